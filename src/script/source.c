/* The command that reads netlists, and files of commands. */
#include "script/commands.h"

#include "script/circuits.h"
#include "script/expand.h"
#include "script/hidden.h"
#include "script/output_files.h"
#include "reader.h"
#include "write/listing.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What begins a file of commands. */
static const char mark[] = "*ng_script";

/* Does the file, which begins so, have commands? */
static bool is_commands(const char *text, size_t size)
{
    return size == strlen(mark) && strncasecmp(text, mark, size) == 0;
}

bool script_has_commands(const char *path)
{
    char begin[sizeof mark];
    struct stat about;
    bool is_file = stat(path, &about) == 0 && S_ISREG(about.st_mode); /* of a pipe nothing may be lost */
    FILE *file = is_file ? fopen(path, "r") : NULL;
    size_t size = file ? fread(begin, 1, strlen(mark), file) : 0;
    if (file)
        fclose(file);
    return is_commands(begin, size);
}

char *script_sourced_path(struct script *script, const char *line)
{
    size_t first = script->diagnostics->count, length;
    char *text = script_expand(script, line, strlen(line), line), *path = NULL;
    const char *at = text, *end = text ? text + strlen(text) : NULL, *word;
    bool is_named = text && line_next_word(&at, end, &word, &length) && line_next_word(&at, end, &word, &length);
    if (is_named && !(path = strndup(word, length)))
        diagnose_no_memory(script->diagnostics);
    else if (text && !is_named)
        script_complain(script, text_between(line, line + strlen(line)), "source needs the name of a file");
    for (size_t d = first; d < script->diagnostics->count; d++)
        script->diagnostics->item[d].place = NULL;
    free(text);
    return path;
}

/* ---- files of commands ---- */

/* Is the place in a netlist? */
static bool is_in_netlist(const struct script *script, const char *place)
{
    bool found = false;
    for (size_t c = 0; c < script->circuits && !found; c++)
        found = sources_find_own(&script->circuit[c]->session->netlist.sources, place);
    return found;
}

/* Its lines; as they are copies, what is said of them is said of the command that reads them. */
static void run_commands(struct script *script, struct command command, const char *name, size_t length)
{
    struct lines lines = {0};
    size_t depth = 0, first = script->diagnostics->count, size;
    char *text = script_read_file(script, command, name, length, SIZE_MAX, &size);
    bool done = true;
    if (!text)
        return;
    for (const char *at = text, *end = text + size; done && at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        stop = stop ? stop : end;
        done = lines_add(&lines, at, (size_t)(stop - at), &depth);
        at = stop + 1;
    }
    if (done)
        done = script_run_lines(script, &lines, script->diagnostics->errors);
    for (size_t d = first; d < script->diagnostics->count; d++) {
        struct diagnostic *diagnostic = &script->diagnostics->item[d];
        if (!diagnostic->place || is_in_netlist(script, diagnostic->place))
            continue;
        diagnostic->place = command.text;
        diagnostic->length = command.length;
    }
    lines_free(&lines);
    free(text);
    if (!done)
        diagnose_no_memory(script->diagnostics);
}

/* ---- netlists ---- */

/* Read and build it as a session like those of the host. NULL: the diagnostics say why, or memory is out. */
static struct session *load(struct script *script, const char *path)
{
    struct diagnostics *diagnostics = script->diagnostics;
    struct loaded *known = script->here ? script->here : script->circuits > 0 ? script->circuit[0] : NULL;
    struct session *session = script->host.new_session ? script->host.new_session(script->host.context) : NULL;
    size_t errors = diagnostics->errors;
    bool done = session;
    if (done && script->folder)
        done = (session->netlist.sources.folder = strdup(script->folder));
    done = done && reader_file(&session->netlist, path, diagnostics) == READER_OK;
    done = done && hidden_add(&session->netlist);
    if (done && known)
        sources_join(&known->session->netlist.sources, &session->netlist.sources);
    done = done && (diagnostics->errors > errors || session_build(session, diagnostics));
    bool good = done && diagnostics->errors == errors;
    if (good && (good = done = script_add(script, session, true)))
        return session;
    if (!done)
        diagnose_no_memory(diagnostics);
    circuits_keep_wrong(script, session);
    return NULL;
}

static void put_title(struct script *script, const struct netlist *netlist)
{
    const struct output heads = {.title = netlist->title, .title_length = netlist->title_length};
    struct sink sink;
    sink_open(&sink, script->out);
    listing_put_circuit(&sink, &heads);
    sink_close(&sink); /* the stream keeps an error for its end */
}

/* It becomes the current circuit, and its blocks are run. */
static void run_netlist(struct script *script, const char *path)
{
    struct session *session = load(script, path);
    if (!session)
        return;
    struct loaded *loaded = script->here;
    put_title(script, &session->netlist);
    loaded->is_sourced = true;
    if (!script_run_netlist(script, loaded, script->diagnostics->errors))
        diagnose_no_memory(script->diagnostics);
}

/* source file: a netlist, which becomes the current circuit, and whose blocks are run; or commands, where the first
 * line is *ng_script. That it cannot be read, or is wrong, ends the script. */
void command_source(struct script *script, struct command command)
{
    enum { DEPTH = 20 };
    const char *at = command.text, *end = command.text + command.length, *name;
    size_t length, size, errors = script->diagnostics->errors;
    if (!line_next_word(&at, end, &name, &length)) {
        script_complain(script, command, "source needs the name of a file");
        return;
    }
    if (script->sourcing == DEPTH) {
        script_refuse(script, ERROR_SCRIPT_COMMAND, command, "files that source each other are nested too deeply");
        return;
    }
    char *path = strndup(name, length), *begin = script_read_file(script, command, name, length, strlen(mark), &size);
    script->sourcing++;
    if (!path)
        diagnose_no_memory(script->diagnostics);
    else if (begin && is_commands(begin, size))
        run_commands(script, command, name, length);
    else if (begin)
        run_netlist(script, path);
    script->sourcing--;
    script->refused |= script->diagnostics->errors > errors;
    free(begin);
    free(path);
}
