/* Files that files include, and sections of libraries. */
#include "reading.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    INCLUDE_LIMIT = 200, /* files open at once */
    /* files that are read, each as often as it is included: pairs of includes grow exponentially */
    FILES_LIMIT = 100000
};

/* The path as the including file means it: beside that file or, when nothing is there, as it stands. NULL when memory
 * is out; else free() it. */
static char *resolve_path(const char *includer, struct span path)
{
    const char *slash = path.text[0] == '/' ? NULL : strrchr(includer, '/');
    size_t folder = slash ? (size_t)(slash - includer) + 1 : 0;
    char *full = malloc(folder + path.length + 1);
    if (!full)
        return NULL;
    memcpy(full, includer, folder);
    memcpy(full + folder, path.text, path.length);
    full[folder + path.length] = '\0';
    struct stat about;
    if (folder > 0 && stat(full, &about) != 0 && errno == ENOENT)
        memmove(full, full + folder, path.length + 1);
    return full;
}

void reading_identify(struct reading *reading)
{
    struct stat about;
    if (stat(reading->name, &about) != 0 || !S_ISREG(about.st_mode))
        return;
    reading->device = about.st_dev;
    reading->inode = about.st_ino;
    reading->has_identity = true;
}

/* The same file, and of a library the same section. */
static bool is_same_text(const struct reading *a, const struct reading *b)
{
    return a->has_identity && b->has_identity && a->device == b->device && a->inode == b->inode &&
           span_is_word(a->section, b->section);
}

/* The names from the deck to this reading, with ` -> ` between them. NULL when memory is out. */
static char *chain_of(const struct reading *reading)
{
    char *chain = NULL;
    size_t length = 0;
    for (const struct reading *at = reading; at; at = at->includer)
        length += strlen(at->name) + strlen(" ") + at->section.length + strlen(" -> ");
    if (!(chain = malloc(length + 1)))
        return NULL;
    char *end = chain + length;
    *end = '\0';
    for (const struct reading *at = reading; at; at = at->includer) {
        size_t size = strlen(at->name);
        if (at->section.length > 0) {
            memcpy(end -= at->section.length, at->section.text, at->section.length);
            *--end = ' ';
        }
        end -= size;
        memcpy(end, at->name, size);
        if (at->includer)
            memcpy(end -= strlen(" -> "), " -> ", strlen(" -> "));
    }
    memmove(chain, end, strlen(end) + 1);
    return chain;
}

/* Whether this reading may begin: no file includes itself, and few enough are open. False when memory is out. */
static bool may_begin(const struct reading *reading, struct span path, bool *may)
{
    const struct reading *other = reading->includer;
    while (other && !is_same_text(reading, other))
        other = other->includer;
    bool too_many = reading->netlist->sources.count >= FILES_LIMIT;
    *may = !other && reading->depth <= INCLUDE_LIMIT && !too_many;
    if (*may)
        return true;
    if (!other && too_many) {
        if (!reading->netlist->too_many_files)
            diagnose(reading->diagnostics, ERROR_INCLUDE_LIMIT, path.text, path.length,
                     "more than %d files are included", FILES_LIMIT);
        reading->netlist->too_many_files = true;
        return true;
    }
    if (!other) {
        diagnose(reading->diagnostics, ERROR_INCLUDE_LIMIT, path.text, path.length,
                 "more than %d files include one another", INCLUDE_LIMIT);
        return true;
    }
    char *chain = chain_of(reading);
    if (!chain)
        return false;
    diagnose(reading->diagnostics, ERROR_INCLUDE_LOOP, path.text, path.length, "include loop: %s", chain);
    free(chain);
    return true;
}

/* Read the file of this reading into the netlist. False when memory is out. */
static bool read_included(struct reading *reading, struct span path)
{
    struct sources *sources = &reading->netlist->sources;
    switch (sources_read(sources, reading->name, path.text)) {
    case SOURCE_NO_MEMORY:
        return false;
    case SOURCE_NO_FILE:
        /* what is needed of a library and not there is an error where it is needed */
        diagnose(reading->diagnostics, reading->is_library && errno == ENOENT ? WARNING_NO_LIBRARY : ERROR_CANNOT_READ,
                 path.text, path.length, "cannot read %s: %s", reading->name, sources_reason(sources, errno));
        return true;
    case SOURCE_OK:
        break;
    }
    return reading_run(reading, false);
}

/* The names with commas between them, as many as fit into a line. NULL when memory is out. */
static char *joined(const struct names *names)
{
    enum { LINE = 200 };
    char *list = malloc(LINE + NAME_SHOWN + sizeof ", and others");
    size_t used = 0;
    for (uint32_t i = 0; list && i < names->count && used <= LINE; i++) {
        const char *comma = i ? ", " : "";
        if (used + strlen(names->text[i]) > LINE)
            used += (size_t)sprintf(list + used, "%sand others", comma) + LINE;
        else
            used += (size_t)sprintf(list + used, "%s%s", comma, names->text[i]);
    }
    if (list && names->count == 0)
        strcpy(list, "none");
    return list;
}

bool reading_check_sections(const struct reading *reading)
{
    struct span section = reading->section;
    if (reading->opened) {
        diagnose(reading->diagnostics, ERROR_LIBRARY_SECTION, reading->opened, 1,
                 "this section is not closed by `.endl`");
        return true;
    }
    if (!reading->passing)
        return true;
    diagnose(reading->diagnostics, ERROR_UNKNOWN_SECTION, section.text, section.length, "%s has no section %.*s",
             reading->name, reading_shown(section.length), section.text);
    char *list = joined(&reading->sections);
    if (list)
        diagnose(reading->diagnostics, NOTE, section.text, section.length, "it has %s", list);
    free(list);
    return list;
}

/* `.include path` and `.lib path section`. False when memory is out. */
static bool include(const struct reading *includer, struct span path, struct span section)
{
    char *name = resolve_path(includer->name, path);
    if (!name)
        return false;
    struct reading reading = {
        .netlist = includer->netlist,
        .diagnostics = includer->diagnostics,
        .includer = includer,
        .depth = includer->depth + 1,
        .name = name,
        .section = section,
        .until = UNTIL_SECTION,
        .subcircuits = includer->subcircuits,
        .is_library = includer->row && includer->row->kind == CARD_LIB,
        .passing = section.length > 0,
    };
    bool may;
    reading_identify(&reading);
    bool done = may_begin(&reading, path, &may) && (!may || read_included(&reading, path));
    free(name);
    return done;
}

/* ---- their cards ---- */

static bool is_quoted(struct arg word)
{
    return word.text[-1] == '"' || word.text[-1] == '\'';
}

static bool needs_path(struct reading *reading)
{
    struct arg name = reading->arg[0];
    diagnose(reading->diagnostics, ERROR_PATH, name.text, name.length, "`%.*s` needs a path",
             reading_shown(name.length), name.text);
    return true;
}

bool reading_take_include(struct reading *reading)
{
    struct arg name = reading->arg[0], path = reading->arg[reading->count > 1];
    if (reading->count > 2) {
        struct arg further = reading->arg[2];
        diagnose(reading->diagnostics, ERROR_PATH, further.text, further.length ? further.length : 1,
                 "`%.*s` takes one path", reading_shown(name.length), name.text);
    } else if (path.kind == ARG_STRING && path.length > 0) {
        return include(reading, (struct span){path.text, path.length}, (struct span){0});
    } else {
        return needs_path(reading);
    }
    return true;
}

/* Does a word name a file and not a section? As in LTspice, `.lib FILE` includes the whole file. */
static bool is_path(struct span word, bool quoted)
{
    return quoted || memchr(word.text, '.', word.length) || memchr(word.text, '/', word.length) ||
           memchr(word.text, '\\', word.length);
}

/* The path of a library and its section (length 0: none) from the words of the card. Without quotes the rest of the
 * line is the path, with its blanks as in LTspice, or two words are path and section. False where that is wrong. */
static bool read_library(struct reading *reading, struct span *path, struct span *section, bool *quoted)
{
    struct arg first = reading->arg[1], further = reading->arg[reading->count - 1];
    struct span word[2];
    *quoted = is_quoted(first);
    *path = (struct span){first.text, first.length};
    *section = (struct span){0};
    if (!*quoted && line_split(path->text, path->length, word, 2) == 2) {
        *path = word[0];
        *section = word[1];
        if (section->length > 2 && is_quoted((struct arg){.text = section->text + 1}) &&
            section->text[section->length - 1] == section->text[0])
            *section = (struct span){section->text + 1, section->length - 2};
    } else if (reading->count > 2) {
        *section = (struct span){further.text, further.length};
    }
    if (reading->count <= 2 || (reading->count == 3 && (further.kind == ARG_WORD || further.kind == ARG_STRING)))
        return true;
    diagnose(reading->diagnostics, ERROR_PATH, further.text, further.length,
             "`.lib` takes a path and a section");
    return false;
}

bool reading_take_library(struct reading *reading)
{
    struct span path, section;
    bool quoted;
    if (reading->count < 2 || reading->arg[1].length == 0)
        return needs_path(reading);
    if (!read_library(reading, &path, &section, &quoted))
        return true;
    if (section.length > 0 || is_path(path, quoted))
        return include(reading, path, section);
    if (reading->opened) {
        diagnose(reading->diagnostics, ERROR_LIBRARY_SECTION, path.text, path.length, "a section inside of a section");
    } else {
        reading->opened = path.text;
        reading->until = UNTIL_ENDL;
        reading->passing = true;
    }
    return true;
}

bool reading_take_end_of_section(struct reading *reading)
{
    struct arg name = reading->arg[0];
    if (!reading->opened)
        diagnose(reading->diagnostics, ERROR_LIBRARY_SECTION, name.text, name.length, "`.endl` without `.lib`");
    reading->opened = NULL;
    return reading->section.length == 0;
}
