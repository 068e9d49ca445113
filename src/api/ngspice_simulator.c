#include "api/ngspice_simulator.h"

#include "api/ngspice_turns.h"

#include "opspice.h"
#include "netlist/cards.h"
#include "reader.h"
#include "script/hidden.h"
#include "script/lines.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void simulator_lock(struct simulator *simulator)
{
    pthread_mutex_lock(&simulator->reading);
    pthread_mutex_lock(&simulator->lock);
}

void simulator_unlock(struct simulator *simulator)
{
    pthread_mutex_unlock(&simulator->lock);
    pthread_mutex_unlock(&simulator->reading);
}

/* ---- the script ---- */

static void send_diagnostics(void *context)
{
    struct simulator *simulator = context;
    const struct session *session = simulator->script ? script_session(simulator->script) : NULL;
    size_t first = simulator->sent;
    simulator->sent = simulator->diagnostics.count;
    client_send_diagnostics(&simulator->client, &simulator->diagnostics, first,
                            session ? &session->netlist.sources : NULL);
}

static void forget_diagnostics(struct simulator *simulator)
{
    diagnostics_free(&simulator->diagnostics);
    simulator->sent = 0;
}

/* An analysis begins: its plot is readable from now on, and the client is told of it. One that the client could never
 * read ends here. */
static void plot_begun(void *context, const struct script_plot *plot)
{
    struct simulator *simulator = context;
    size_t points = plot_points(&plot->result.plot);
    if (points > PUBLISHED_MOST_POINTS) {
        client_say(&simulator->client, true,
                   "Error: %s has %zu points, and vectors of ngspice's library have at most %d: it is not run",
                   plot->name, points, PUBLISHED_MOST_POINTS);
        atomic_store(&simulator->halted, 1);
        return;
    }
    struct published_plot *copy = published_begin(plot);
    simulator_lock(simulator);
    if (copy && published_add(&simulator->published, copy))
        simulator->published.current = simulator->growing = copy;
    simulator_unlock(simulator);
    if (!simulator->growing || !client_telling_make(&simulator->telling, copy))
        diagnose_no_memory(&simulator->diagnostics);
    else
        client_tell_plot(&simulator->client, &simulator->telling, copy);
}

/* It has a point more. Where the analysis has waited after it, the client is told of the plot anew. */
static void plot_grown(void *context, const struct script_plot *plot)
{
    struct simulator *simulator = context;
    struct published_plot *copy = simulator->growing;
    size_t points = plot->result.plot.points;
    if (!simulator->telling.memory)
        return;
    simulator_lock(simulator);
    published_grow(copy, plot);
    simulator_unlock(simulator);
    client_tell_point(&simulator->client, &simulator->telling, copy, points - 1);
    if (points < plot_points(&plot->result.plot) && turn_waited(simulator))
        client_tell_plot(&simulator->client, &simulator->telling, copy);
}

/* It is complete, or gone where it has no points. */
static void plot_ended(void *context, const struct script_plot *plot)
{
    struct simulator *simulator = context;
    const struct ngspice_client *client = &simulator->client;
    client_telling_free(&simulator->telling);
    simulator->growing = NULL;
    if (plot->result.plot.points == 0) {
        simulator_lock(simulator);
        published_remove(&simulator->published, plot->name);
        simulator_unlock(simulator);
    } else if (client->send_stat) {
        client->send_stat((char[]){"--ready--"}, client->id, client->user);
    }
}

/* Points of a sweep are done. */
static void tell_progress(void *context, size_t done, size_t total)
{
    struct simulator *simulator = context;
    const struct ngspice_client *client = &simulator->client;
    char text[32];
    if (client->send_stat && total > 0) {
        snprintf(text, sizeof text, "dc: %.1f%%", 100 * (double)done / (double)total);
        client->send_stat(text, client->id, client->user);
    }
}

static struct session *new_session(void *context)
{
    struct simulator *simulator = context;
    struct session *session = calloc(1, sizeof *session);
    if (session) {
        session->options =
            (struct solve_options){.tolerance = 1e-9, .linear = FACTOR_SERIAL, .watch = &simulator->watch};
        simulator->watch = (struct watch){.interrupt = &simulator->halted};
        session->keeps_cards = session->record_all = true;
        session->sweep.interrupt = &simulator->halted;
        session->sweep.progress = tell_progress;
        session->sweep.progress_context = simulator;
    }
    return session;
}

/* The script, made where there is none. NULL when memory is out. */
static struct script *script_of(struct simulator *simulator)
{
    static const struct script_listener listener = {plot_begun, plot_grown, plot_ended};
    if (!simulator->out) {
        simulator->stream = (struct client_stream){&simulator->client, send_diagnostics, simulator};
        simulator->out = client_stream(&simulator->stream);
    }
    const struct script_host host = {.out = simulator->out,
                                     .diagnostics = &simulator->diagnostics,
                                     .version = OPSPICE_VERSION,
                                     .new_session = new_session,
                                     .interrupt = &simulator->halted,
                                     .listener = &listener,
                                     .context = simulator};
    if (!simulator->script && simulator->out)
        simulator->script = script_new(&host);
    return simulator->script;
}

/* The last circuit is none any more that could not be run. */
static void forget_unrunnable(struct simulator *simulator)
{
    simulator->is_refused = false;
    free(simulator->empty_title);
    simulator->empty_title = NULL;
}

bool simulator_publish(struct simulator *simulator)
{
    const struct script *script = script_of(simulator);
    simulator_lock(simulator);
    bool done = script && published_refresh(&simulator->published, script);
    simulator->is_stale = !done;
    simulator_unlock(simulator);
    return done;
}

void simulator_clear(struct simulator *simulator)
{
    simulator_lock(simulator);
    published_free(&simulator->published);
    simulator_unlock(simulator);
    script_free(simulator->script);
    simulator->script = NULL;
    forget_diagnostics(simulator);
    if (simulator->out)
        fclose(simulator->out);
    simulator->out = NULL;
    forget_unrunnable(simulator);
}

/* ---- commands ---- */

static bool is_blank(char byte)
{
    return line_is_blank(byte) || byte == '\n';
}

/* The first word of a command is this one. */
static bool is_command(const char *text, const char *word)
{
    size_t length = strlen(word);
    return strncasecmp(text, word, length) == 0 && (text[length] == '\0' || is_blank(text[length]));
}

/* Commands that need a circuit, and what ngspice says where there is none. */
enum need { NEEDS_LOADED, NEEDS_CIRCUIT, RUNS, FOREIGN };
static const struct {
    const char *word;
    enum need need;
} needs[] = {{"reset", NEEDS_LOADED}, {"remcirc", NEEDS_LOADED}, {"listing", NEEDS_CIRCUIT}, {"alter", NEEDS_CIRCUIT},
             {"altermod", NEEDS_CIRCUIT}, {"alterparam", NEEDS_CIRCUIT}, {"show", NEEDS_CIRCUIT},
             {"showmod", NEEDS_CIRCUIT}, {"run", RUNS}, {"op", RUNS}, {"dc", RUNS}, {"tf", RUNS}, {"sens", RUNS},
             {"resume", RUNS}, {"tran", FOREIGN}, {"ac", FOREIGN}, {"noise", FOREIGN}, {"pz", FOREIGN},
             {"disto", FOREIGN}, {"sp", FOREIGN}, {"pss", FOREIGN}};

/* What is said of a command for which there is no circuit. */
static void miss_circuit(struct simulator *simulator, const char *word, enum need need)
{
    const struct ngspice_client *client = &simulator->client;
    if (need == NEEDS_LOADED)
        client_say(client, true, "Warning: there is no circuit loaded.\nWarning: command '%s' is ignored.", word);
    else
        client_say(client, true,
                   need >= RUNS ? "Error: there aren't any circuits loaded." : "Error: no circuit loaded.");
}

/* What a command does to a circuit without cards. */
static void use_empty(struct simulator *simulator, const char *word, enum need need)
{
    const struct ngspice_client *client = &simulator->client;
    const char *title = simulator->empty_title;
    if (strcmp(word, "reset") == 0)
        client_say(client, false, "Reset re-loads circuit %s\nCircuit: %s", title, title);
    else if (strcmp(word, "listing") == 0)
        client_say(client, false, "%s", title);
    else
        client_say(client, true, "Warning: the circuit has no elements: %s", need >= RUNS ? "nothing is run" : word);
}

/* Does the netlist ask for analyses, and for none that opspice has? The card is the first of them. */
static const struct card *only_foreign(const struct netlist *netlist)
{
    const struct card *foreign = NULL;
    for (size_t c = 0; c < netlist->count; c++) {
        switch (netlist->card[c].kind) {
        case CARD_OP:
        case CARD_DC:
        case CARD_TF:
        case CARD_SENS: return NULL;
        case CARD_FOREIGN: foreign = foreign ? foreign : &netlist->card[c]; break;
        default: break;
        }
    }
    return foreign;
}

/* No program is to take what is in the current plot for what it has asked for. Returns false. */
static bool refuse_foreign(struct simulator *simulator, const char *name, size_t length, const char *command)
{
    client_say(&simulator->client, true,
               "Error: %.*s is no analysis of opspice, which finds operating points\n%s simulation(s) aborted",
               (int)length, name, command);
    return false;
}

/* Is the circuit there that the command needs? Where it is not, the client is told. */
static bool has_circuit(struct simulator *simulator, const char *text)
{
    size_t count = sizeof needs / sizeof *needs, n = 0;
    while (n < count && !is_command(text, needs[n].word))
        n++;
    if (n == count)
        return true;
    if (!simulator->is_refused && !simulator->empty_title) {
        const struct session *session = script_session(simulator->script);
        const struct card *foreign = session && is_command(text, "run") ? only_foreign(&session->netlist) : NULL;
        if (foreign)
            return refuse_foreign(simulator, foreign->arg->text, foreign->arg->length, "run");
        if (session)
            return needs[n].need != FOREIGN ||
                   refuse_foreign(simulator, needs[n].word, strlen(needs[n].word), needs[n].word);
        miss_circuit(simulator, needs[n].word, needs[n].need);
    } else if (strcmp(needs[n].word, "remcirc") == 0) {
        forget_unrunnable(simulator);
    } else if (simulator->empty_title) {
        use_empty(simulator, needs[n].word, needs[n].need);
    } else {
        client_say(&simulator->client, true, "Error: circuit not parsed.");
    }
    return false;
}

const char *simulator_analysis(const char *text)
{
    for (size_t n = 0; n < sizeof needs / sizeof *needs; n++) {
        if (needs[n].need == RUNS && is_command(text, needs[n].word))
            return needs[n].word;
    }
    return NULL;
}

/* A command of the last diagnostics has failed. */
static bool has_failed(const struct diagnostics *diagnostics)
{
    for (size_t d = 0; d < diagnostics->count; d++) {
        if (diagnostics->item[d].failed || diagnostics->item[d].severity > SEVERITY_WARNING)
            return true;
    }
    return false;
}

/* The client is told that the simulator quits, and all is freed. */
static int quit(struct simulator *simulator, int code)
{
    const struct ngspice_client *client = &simulator->client;
    client_say(client, false, "opspice-%s done\nNote: 'quit' asks for detaching the library.", OPSPICE_VERSION);
    if (client->controlled_exit)
        client->controlled_exit(code, false, true, client->id, client->user);
    simulator_clear(simulator);
    return 1;
}

/* What is left to do after commands: messages, and a `quit` among them. Returns 1 where there was one. */
static int conclude(struct simulator *simulator)
{
    int code = 0;
    fflush(simulator->out);
    send_diagnostics(simulator);
    bool no_memory = simulator->diagnostics.out_of_memory;
    forget_diagnostics(simulator);
    if (no_memory)
        client_say(&simulator->client, true, "Error: out of memory");
    pthread_mutex_lock(&simulator->lock);
    bool quits = simulator->quits;
    simulator->quits = false;
    pthread_mutex_unlock(&simulator->lock);
    if (quits) { /* it was told */
        simulator_clear(simulator);
        return 1;
    }
    return script_quits(simulator->script, &code) ? quit(simulator, code) : 0;
}

/* ---- circuits ---- */

/* How many are kept for `setcirc` and `remcirc`: programs that never remove one load many thousands. */
enum { MOST_CIRCUITS = 16 };

/* The lines as a text, each with its end; free() it. NULL when memory is out. */
static char *join_lines(char **lines, size_t *size)
{
    size_t length = 0;
    for (size_t l = 0; lines[l]; l++)
        length += strlen(lines[l]) + 1;
    char *text = malloc(length + 1), *at = text;
    for (size_t l = 0; text && lines[l]; l++) {
        at = stpcpy(at, lines[l]);
        *at++ = '\n';
    }
    *size = length;
    return text;
}

/* What is said of a circuit that was read. That an operating point is found in place of its analyses is not so here: to
 * run them fails. */
static void send_read(struct simulator *simulator, const struct netlist *netlist)
{
    struct diagnostics *diagnostics = &simulator->diagnostics;
    bool foreign = only_foreign(netlist);
    size_t kept = 0;
    for (size_t d = 0; d < diagnostics->count; d++) {
        if (!foreign || diagnostics->item[d].code != WARNING_ANALYSIS_NOT_RUN)
            diagnostics->item[kept++] = diagnostics->item[d];
    }
    diagnostics->count = kept;
    client_send_diagnostics(&simulator->client, diagnostics, 0, &netlist->sources);
    simulator->sent = kept;
}

/* Where a circuit comes from: a text, or a file (text NULL). */
struct origin_of_circuit {
    const char *text, *path;
    size_t size;
};

static enum reader_status read_cards(struct netlist *netlist, const struct origin_of_circuit *from,
                                     struct diagnostics *diagnostics)
{
    if (from->text)
        return reader_memory(netlist, "circuit", from->text, from->size, diagnostics);
    return reader_file(netlist, from->path, diagnostics);
}

/* What became of a circuit that was to be read. */
enum loading {
    LOADING_DONE,
    LOADING_NO_FILE, /* the circuit before it stays */
    LOADING_FOLDER,  /* likewise */
    LOADING_EMPTY,   /* no cards */
    LOADING_REFUSED,
    LOADING_LOST, /* refused for what ngspice's library says of that it cannot recover */
    LOADING_QUIT  /* its script has said `quit` */
};

/* Is an error among these for which ngspice gives up the whole reading of a netlist? Others it says of a card. */
static bool ends_reading(const struct diagnostics *diagnostics)
{
    static const enum diagnostic_code lost[] = {
        ERROR_SYNTAX,       ERROR_EXPRESSION,      ERROR_UNKNOWN_NAME,    ERROR_PARAMETER_LOOP,
        ERROR_LIBRARY_SECTION, ERROR_UNKNOWN_SECTION, ERROR_SUBCIRCUIT_NOT_CLOSED,
    };
    for (size_t d = 0; d < diagnostics->count; d++) {
        for (size_t l = 0; l < sizeof lost / sizeof *lost; l++) {
            if (diagnostics->item[d].severity == SEVERITY_ERROR && diagnostics->item[d].code == lost[l])
                return true;
        }
    }
    return false;
}

/* Make it a circuit of the script. Where it is none, the client has been told why not. */
static enum loading add_circuit(struct simulator *simulator, struct session *session,
                                const struct origin_of_circuit *from)
{
    struct diagnostics *diagnostics = &simulator->diagnostics;
    enum reader_status read = read_cards(&session->netlist, from, diagnostics);
    if (read == READER_NO_FILE) {
        bool is_folder = errno == EISDIR;
        client_say(&simulator->client, true, "Error: %s: %s", from->path, strerror(errno));
        return is_folder ? LOADING_FOLDER : LOADING_NO_FILE;
    }
    forget_unrunnable(simulator);
    bool done = read != READER_NO_MEMORY && (read != READER_OK || hidden_add(&session->netlist));
    if (read == READER_OK && diagnostics->errors == 0 && session->netlist.count == 0) {
        simulator->empty_title = strndup(session->netlist.title, session->netlist.title_length);
        return LOADING_EMPTY;
    }
    bool good = read == READER_OK && diagnostics->errors == 0;
    done = done && (!good || session_build(session, diagnostics));
    good = good && done && diagnostics->errors == 0 && script_add(simulator->script, session, true);
    if (!done)
        diagnose_no_memory(diagnostics);
    simulator->is_refused = !good;
    bool is_lost = ends_reading(diagnostics);
    send_read(simulator, &session->netlist);
    return good ? LOADING_DONE : is_lost ? LOADING_LOST : LOADING_REFUSED;
}

/* Read and build a circuit, and run its script. */
static enum loading load_circuit(struct simulator *simulator, const struct origin_of_circuit *from)
{
    struct session *session = new_session(simulator);
    if (!session) {
        client_say(&simulator->client, true, "Error: out of memory");
        return LOADING_LOST;
    }
    if (simulator->client.send_stat)
        simulator->client.send_stat((char[]){"Source Deck"}, simulator->client.id, simulator->client.user);
    script_keep_circuits(simulator->script, MOST_CIRCUITS);
    enum loading loading = add_circuit(simulator, session, from);
    const struct netlist *netlist = &session->netlist;
    if (loading == LOADING_DONE || loading == LOADING_EMPTY)
        client_say(&simulator->client, false, "Circuit: %.*s", (int)netlist->title_length,
                   netlist->title ? netlist->title : "");
    if (loading == LOADING_DONE && !script_run_blocks(simulator->script))
        diagnose_no_memory(&simulator->diagnostics);
    if (loading != LOADING_DONE) {
        session_free(session);
        free(session);
    }
    if (conclude(simulator))
        loading = LOADING_QUIT;
    return loading;
}

int simulator_circuit(struct simulator *simulator, char **lines)
{
    struct origin_of_circuit from = {0};
    char *text = script_of(simulator) ? join_lines(lines, &from.size) : NULL;
    if (!text) {
        client_say(&simulator->client, true, "Error: out of memory");
        return 1;
    }
    from.text = text;
    enum loading loading = load_circuit(simulator, &from);
    free(text);
    return loading != LOADING_DONE && loading != LOADING_EMPTY;
}

/* Run a command of the script. */
static int run_command(struct simulator *simulator, const char *text)
{
    const char *analysis = script_is_gathering(simulator->script) ? NULL : simulator_analysis(text);
    if (!script_command(simulator->script, text))
        diagnose_no_memory(&simulator->diagnostics);
    bool aborted = analysis && has_failed(&simulator->diagnostics), halted = atomic_load(&simulator->halted);
    int code = conclude(simulator);
    if (aborted)
        client_say(&simulator->client, true, halted ? "%s simulation interrupted" : "%s simulation(s) aborted",
                   analysis);
    return code;
}

/* source file: a netlist; or commands, which are the script's. Returns as ngspice, which takes a folder for an empty
 * file, and a card that is wrong for none. */
static int source_file(struct simulator *simulator, const char *command)
{
    char *path = script_sourced_path(simulator->script, command);
    int code = 0;
    if (!path) {
        code = conclude(simulator);
    } else if (script_has_commands(path)) {
        script_keep_circuits(simulator->script, MOST_CIRCUITS);
        code = run_command(simulator, command);
    } else {
        enum loading loading = load_circuit(simulator, &(struct origin_of_circuit){.path = path});
        code = loading == LOADING_QUIT || loading == LOADING_LOST || loading == LOADING_NO_FILE;
    }
    free(path);
    return code;
}

int simulator_command(struct simulator *simulator, const char *text)
{
    struct script *script = script_of(simulator);
    if (!script) {
        client_say(&simulator->client, true, "Error: out of memory");
        return 1;
    }
    while (is_blank(*text))
        text++;
    bool is_own = !script_is_gathering(script); /* a line of a block is the script's */
    if (*text == '\0' || (is_own && !has_circuit(simulator, text)))
        return 0;
    if (is_own && is_command(text, "source"))
        return source_file(simulator, text);
    if (is_own && is_command(text, "codemodel")) {
        client_say(&simulator->client, true, "Warning: opspice has no code models: codemodel is passed over");
        return 0;
    }
    return run_command(simulator, text);
}
