/* The public API: a list of named steps over the rooms. */
#include "api/deck.h"

#include "api/views.h"
#include "netlist/cards.h"
#include "reader.h"
#include "script/hidden.h"
#include "script/script.h"
#include "util/clock.h"
#include "util/kernel.h"
#include "write/callback_stream.h"
#include "write/listing.h"
#include "write/output.h"
#include "write/visible_stream.h"
#include "write/whole_file.h"
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *opspice_version(void)
{
    return OPSPICE_VERSION;
}

const char *opspice_status_text(int status)
{
    static const char *const texts[] = {
        [OPSPICE_OK] = "solved and proved",
        [OPSPICE_NETLIST] = "the netlist is wrong",
        [OPSPICE_USAGE] = "the call is wrong",
        [OPSPICE_NO_OPERATING_POINT] = "there is no operating point, or none was proved",
        [OPSPICE_SYSTEM] = "memory or a file failed",
    };
    return status >= 0 && (size_t)status < sizeof texts / sizeof *texts ? texts[status] : "unknown status";
}

/* While a point is solved: what was told last is told again. */
static void tell_at_work(void *context)
{
    const opspice *deck = context;
    if (deck->progress)
        deck->progress(deck->progress_context, deck->told_done, deck->told_total);
}

/* Of points, from now on. */
static void tell_progress(void *context, size_t done, size_t total)
{
    opspice *deck = context;
    deck->told_done = done;
    deck->told_total = total;
    tell_at_work(deck);
}

void deck_begin_progress(opspice *deck, size_t points)
{
    deck->told_done = 0;
    deck->told_total = points;
    deck->session.sweep.progress = tell_progress;
    deck->session.sweep.progress_context = deck;
}

opspice *opspice_new(void)
{
    opspice *deck = calloc(1, sizeof *deck);
    struct views *views = calloc(1, sizeof *views);
    if (!deck || !views) {
        free(deck);
        free(views);
        return NULL;
    }
    deck->views = views;
    deck->session.options = (struct solve_options){.tolerance = 1e-9, .linear = FACTOR_SERIAL, .watch = &deck->watch};
    deck->watch = (struct watch){.interrupt = &deck->interrupted, .poll = tell_at_work, .context = deck};
    deck->shown = &deck->session;
    deck->session.record_all = true;
    deck->session.sweep.interrupt = &deck->interrupted;
    return deck;
}

void opspice_free(opspice *deck)
{
    if (!deck)
        return;
    views_clear(deck->views);
    free(deck->views);
    script_free(deck->script);
    session_free(&deck->session);
    while (deck->definitions > 0)
        free(deck->definition[--deck->definitions]);
    free(deck->definition);
    free(deck->rawfile);
    diagnostics_free(&deck->load_diagnostics);
    diagnostics_free(&deck->solve_diagnostics);
    free(deck->title);
    free(deck->printed);
    free(deck);
}

static int verdict(const struct diagnostics *diagnostics)
{
    if (diagnostics->out_of_memory || diagnostics->failures)
        return OPSPICE_SYSTEM;
    if (diagnostics->errors)
        return OPSPICE_NETLIST;
    return diagnostics->outcomes ? OPSPICE_NO_OPERATING_POINT : OPSPICE_OK;
}

/* ---- load ---------------------------------------------------------------------------------------------------- */

static bool copy_title(opspice *deck)
{
    const struct netlist *netlist = &deck->session.netlist;
    deck->title = calloc(1, netlist->title_length + 1);
    if (deck->title && netlist->title)
        memcpy(deck->title, netlist->title, netlist->title_length);
    return deck->title;
}

/* From cards to the circuit; and where it is solved as it stands, whether it can have an operating point. */
static int build(opspice *deck, double *mark)
{
    bool more = false;
    struct session *session = &deck->session;
    bool done = session_build(session, &deck->load_diagnostics);
    clock_lap(mark, &deck->stats.build);
    more = session_asks_for_more(session);
    if (done && !more && deck->load_diagnostics.errors == 0 && !session_is_empty(session))
        done = engine_check(&session->engine, &deck->load_diagnostics);
    clock_lap(mark, &deck->lowered);
    deck->stats.lower = deck->lowered;
    return done ? verdict(&deck->load_diagnostics) : OPSPICE_SYSTEM;
}

/* A file that cannot be read is the caller's to tell, by errno; for who asks for the diagnostics it is there too. */
static int say_unread(opspice *deck, const char *name)
{
    int reason = errno;
    diagnose(&deck->load_diagnostics, FAILURE_CANNOT_READ_NETLIST, NULL, 0, "cannot read %s: %s",
             strcmp(name, "-") != 0 ? name : "standard input", strerror(reason));
    errno = reason;
    return OPSPICE_SYSTEM;
}

static int load(opspice *deck, const char *name, const char *text, size_t size)
{
    double mark = clock_seconds();
    struct netlist *netlist = &deck->session.netlist;
    views_clear(deck->views);
    deck->loaded = true;
    deck->session.keeps_cards = !deck->only_values;
    netlist->threads = deck->session.options.threads;
    if (deck->sandbox && !sources_confine(&netlist->sources, name))
        return OPSPICE_SYSTEM;
    enum reader_status read = text ? reader_memory(netlist, name, text, size, &deck->load_diagnostics)
                                   : reader_file(netlist, name, &deck->load_diagnostics);
    clock_lap(&mark, &deck->stats.read);
    if (read == READER_NO_FILE)
        return say_unread(deck, name);
    if (read != READER_OK || !hidden_add(netlist) || !copy_title(deck))
        return OPSPICE_SYSTEM;
    int status = build(deck, &mark);
    deck->ready = status == OPSPICE_OK;
    return status;
}

int opspice_load_file(opspice *deck, const char *path)
{
    return deck->loaded ? OPSPICE_USAGE : (deck->status = load(deck, path, NULL, 0));
}

int opspice_load_memory(opspice *deck, const char *name, const char *text, size_t size)
{
    return deck->loaded ? OPSPICE_USAGE : (deck->status = load(deck, name, text ? text : "", size));
}

/* ---- solve --------------------------------------------------------------------------------------------------- */

/* What solving took, for the statistics. */
static void show_stats(opspice *deck)
{
    const struct engine *engine = &deck->shown->engine;
    const struct circuit *circuit = &deck->shown->circuit;
    const struct totals *totals = &deck->totals;
    opspice_stats *stats = &deck->stats;
    stats->solver = engine_method(engine);
    stats->linear = engine_linear_name(totals->info.linear);
    stats->nodes = circuit->nodes.count > 0 ? circuit->nodes.count - 1 : 0;
    stats->branches = circuit->elements.count;
    stats->supernodes = engine->supernodes.forest.trees > 0 ? engine->supernodes.forest.trees - 1 : 0;
    stats->diodes = engine->tables.diodes;
    stats->nonzeros = totals->info.nonzeros;
    stats->fill = totals->info.fill;
    stats->sweeps = totals->info.sweeps;
    stats->factorisations = totals->info.factorisations;
    stats->analyses = totals->info.analyses;
    stats->outer = totals->info.outer;
    stats->lower = deck->lowered + totals->lower;
    stats->solve = totals->solve;
    stats->recover = totals->recover;
    stats->prove = totals->prove;
    stats->setup = totals->info.setup;
    stats->first = totals->info.first;
    stats->corrections = totals->info.corrections;
}

/* Keep what a solve or a run came to; the counts of the session's engine go with those of engines that are gone. */
void deck_show(opspice *deck, const struct totals *totals)
{
    const struct solve_info info = engine_info(&deck->shown->engine);
    deck->totals = *totals;
    totals_add_info(&deck->totals, &info);
    show_stats(deck);
}

/* May a script be run? Forgets what the last solve has found. */
static int begin(opspice *deck)
{
    views_clear(deck->views);
    diagnostics_free(&deck->solve_diagnostics);
    deck->solve_diagnostics.strict = deck->load_diagnostics.strict;
    session_forget(deck->shown);
    deck->shown = &deck->session;
    session_forget(deck->shown);
    free(deck->printed);
    deck->printed = NULL;
    deck->scripted = deck->asked_foreign = false;
    deck->totals = (struct totals){0};
    deck->exit_code = 0;
    if (!deck->loaded)
        return OPSPICE_USAGE;
    int status = verdict(&deck->load_diagnostics);
    if (status != OPSPICE_OK || !deck->ready)
        return status == OPSPICE_OK ? OPSPICE_SYSTEM /* memory was out while loading */ : status;
    if (!named_inputs_refresh(&deck->session, &deck->solve_diagnostics))
        return OPSPICE_SYSTEM;
    return verdict(&deck->solve_diagnostics);
}

int deck_begin(opspice *deck)
{
    int status = begin(deck);
    if (status == OPSPICE_OK && !session_require_elements(&deck->session, &deck->solve_diagnostics))
        status = OPSPICE_NETLIST;
    return status;
}

static int solve(opspice *deck)
{
    int status = deck_begin(deck);
    if (status != OPSPICE_OK)
        return status;
    struct engine *engine = &deck->session.engine;
    engine->options = deck->session.options;
    deck_begin_progress(deck, 1);
    bool full = engine->full_figures;
    engine->full_figures = false; /* those that the quick proof has not are found when they are asked for */
    enum engine_status solved = engine_solve(engine, &deck->solve_diagnostics);
    engine->full_figures = full;
    deck->interrupted = 0;
    struct totals totals = {0};
    totals_add_point(&totals, engine);
    deck_show(deck, &totals);
    return solved == ENGINE_NO_MEMORY ? OPSPICE_SYSTEM : verdict(&deck->solve_diagnostics);
}

int opspice_solve(opspice *deck)
{
    return deck->status = solve(deck);
}

/* ---- run ----------------------------------------------------------------------------------------------------- */

static struct output gather(const opspice *deck);

/* For a netlist that a script reads: a session like that of the deck. */
static struct session *new_session(void *context)
{
    const struct session *own = context;
    struct session *session = calloc(1, sizeof *session);
    if (!session)
        return NULL;
    session->options = own->options;
    session->all_ideal = own->all_ideal;
    session->proof = own->proof;
    session->record_all = own->record_all;
    session->only_own = own->only_own;
    session->keeps_cards = true;
    session->sweep = own->sweep;
    session->netlist.threads = own->netlist.threads;
    return session;
}

/* The script that begins anew; what was altered stays so until `reset`. False when memory is out. */
static bool begin_script(opspice *deck, const struct script_host *host)
{
    if (deck->script) {
        script_set_host(deck->script, host);
        return script_restart(deck->script) &&
               (script_session(deck->script) || script_add(deck->script, &deck->session, false));
    }
    deck->script = script_new(host);
    return deck->script && script_add(deck->script, &deck->session, false);
}

/* The .control blocks. What they print goes to output, or is kept where that is NULL. */
static bool run_scripts(opspice *deck, FILE *output, bool *quits)
{
    FILE *out = output ? visible_stream(output) : open_memstream(&deck->printed, &deck->printed_length);
    const struct script_host host = {.out = out,
                                     .diagnostics = &deck->solve_diagnostics,
                                     .version = OPSPICE_VERSION,
                                     .rawfile = deck->rawfile,
                                     .new_session = new_session,
                                     .interrupt = &deck->interrupted,
                                     .context = &deck->session};
    deck->scripted = true;
    bool done = out && begin_script(deck, &host);
    struct script *script = deck->script;
    for (size_t d = 0; done && d < deck->definitions; d++)
        done = script_define(script, deck->definition[d]);
    if (done) {
        struct output heads = gather(deck);
        struct sink sink;
        sink_open(&sink, out);
        listing_put_circuit(&sink, &heads);
        done = sink_close(&sink) && script_run_blocks(script);
        if (session_is_empty(&deck->session) && script_session(script))
            deck->shown = script_session(script);
        done = done && script_give_back(script, deck->shown);
        *quits = script_quits(script, &deck->exit_code);
        deck->asked_foreign = script_asked_foreign(script);
    }
    if (out)
        done = fclose(out) == 0 && done;
    return done;
}

/* After a script the analyses of the netlist are run where something shows them. */
static bool goes_on(const opspice *deck, bool quits)
{
    const struct session *session = deck->shown;
    const struct netlist *netlist = &session->netlist;
    bool has_analysis = netlist_has(netlist, CARD_OP) || netlist_has(netlist, CARD_DC) ||
                        netlist_has(netlist, CARD_TF) || netlist_has(netlist, CARD_SENS);
    bool shows = session->requests.tables > 0 || session->requests.measures.count > 0 || session->record_all;
    return !quits && !session_is_empty(session) && has_analysis && (shows || session->results == 0) &&
           verdict(&deck->solve_diagnostics) == OPSPICE_OK;
}

/* Who waits for a rawfile is told that there is none: an error, where a script asks for other simulators' analyses. */
static void say_no_plot(opspice *deck)
{
    if (deck->asked_foreign)
        diagnose(&deck->solve_diagnostics, ERROR_NOTHING_TO_RUN, NULL, 0,
                 "the script asks for no analysis but those that opspice does not run");
    else
        diagnose(&deck->solve_diagnostics, WARNING_NO_PLOT, NULL, 0,
                 "the script has left no plot: no rawfile is written");
}

/* Is it the file that -r names, and has the script written it, which is to be shown alone? */
static bool is_of_script(const opspice *deck, const char *path)
{
    size_t results;
    const struct result *result = deck_results(deck, &results);
    return deck->rawfile && deck->scripted && strcmp(path, deck->rawfile) == 0 && deck->script &&
           script_has_written(deck->script, path) && (results == 0 || result->by_script);
}

static int run(opspice *deck, FILE *output)
{
    struct session *session = &deck->session;
    bool quits = false;
    bool scripted = !session->only_point && netlist_has(&session->netlist, CARD_CONTROL);
    int status = scripted ? begin(deck) : deck_begin(deck);
    if (status != OPSPICE_OK)
        return status;
    session_report(session, &deck->solve_diagnostics);
    deck_begin_progress(deck, 1);
    bool done = !scripted || run_scripts(deck, output, &quits);
    session = deck->shown;
    if (done && (!scripted || goes_on(deck, quits)))
        done = session_run(session, &deck->solve_diagnostics);
    deck->interrupted = 0;
    bool is_written = deck->rawfile && is_of_script(deck, deck->rawfile);
    if (session->results == 0 && session->only_own && !is_written && verdict(&deck->solve_diagnostics) == OPSPICE_OK)
        say_no_plot(deck);
    deck_show(deck, &session->totals);
    return done ? verdict(&deck->solve_diagnostics) : OPSPICE_SYSTEM;
}

int opspice_run(opspice *deck, opspice_output output, void *context)
{
    FILE *stream = output ? callback_stream(output, context) : NULL;
    deck->status = output && !stream ? OPSPICE_SYSTEM : run(deck, stream);
    if (stream)
        fclose(stream);
    return deck->status;
}

int opspice_exit_code(const opspice *deck)
{
    return deck->exit_code;
}

void opspice_set_progress(opspice *deck, void (*progress)(void *context, size_t done, size_t total), void *context)
{
    deck->progress = progress;
    deck->progress_context = context;
}

/* A signal handler may touch only atomics that take no lock. */
_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "atomic_int is not free of locks");

void opspice_interrupt(opspice *deck)
{
    deck->interrupted = 1;
}

/* ---- output -------------------------------------------------------------------------------------------------- */

static struct output gather(const opspice *deck)
{
    const struct session *session = deck->shown;
    const opspice_stats *stats = &deck->stats;
    return (struct output){
        .version = OPSPICE_VERSION,
        .date = time(NULL),
        .title = session->netlist.title,
        .title_length = session->netlist.title_length,
        .circuit = &session->circuit,
        .op = session->engine.answered ? &session->engine.op : NULL,
        .totals = &deck->totals,
        .requests = &session->requests,
        .page = {.width = session->requests.page_width, .is_endless = session->requests.no_page},
        .result = session->result,
        .results = session->results,
        .scripted = deck->scripted,
        .script = deck->printed,
        .script_length = deck->printed_length,
        .status = deck->status == OPSPICE_OK ? deck->exit_code : deck->status,
        .refused = deck->status != OPSPICE_OK,
        .loaded = &deck->load_diagnostics,
        .solved = &deck->solve_diagnostics,
        .sources = &deck->session.netlist.sources,
        .statistics = {.solver = stats->solver,
                       .linear = stats->linear,
                       .nodes = stats->nodes,
                       .branches = stats->branches,
                       .supernodes = stats->supernodes,
                       .diodes = stats->diodes,
                       .info = deck->totals.info,
                       .time = {stats->read, stats->build, stats->lower, stats->solve, stats->recover, stats->prove}}};
}

/* Choose what is written; scripts have shown in the listing what they like of theirs. */
static void choose_results(const opspice *deck, struct output *output, bool is_listing)
{
    output->result = deck_results(deck, &output->results);
    if (is_listing && output->results > 0 && output->result[0].by_script)
        output->results = 0;
}

/* Can it be written in that format? It is kept, where it is an operating point that is not yet. */
static int prepare(opspice *deck, enum opspice_format format)
{
    struct session *session = deck->shown;
    bool tells_why = format == OPSPICE_LISTING || format == OPSPICE_LOG || format == OPSPICE_JSON;
    if (deck->status != OPSPICE_OK)
        return tells_why ? OPSPICE_OK : OPSPICE_USAGE;
    if (session->results == 0 && !deck->scripted && session->engine.certificate.proved &&
        !session_keep(session, &deck->solve_diagnostics))
        return OPSPICE_SYSTEM;
    bool has_printed = deck->scripted && tells_why;
    return session->results > 0 || has_printed ? OPSPICE_OK : OPSPICE_USAGE;
}

int deck_output(opspice *deck, struct output *output)
{
    int status = prepare(deck, OPSPICE_CSV);
    if (status != OPSPICE_OK)
        return status;
    *output = gather(deck);
    choose_results(deck, output, false);
    return OPSPICE_OK;
}

/* Write to an open file. Returns false with errno set. */
static bool put(opspice *deck, enum opspice_format format, FILE *file, bool logged)
{
    static output_format *const writers[] = {
        [OPSPICE_LISTING] = write_listing,     [OPSPICE_LOG] = write_log, [OPSPICE_RAW_BINARY] = write_raw_binary,
        [OPSPICE_RAW_ASCII] = write_raw_ascii, [OPSPICE_CSV] = write_csv, [OPSPICE_JSON] = write_json,
        [OPSPICE_SERVER] = write_server,
        [OPSPICE_RAW] = write_raw};
    struct output output = gather(deck);
    choose_results(deck, &output, format == OPSPICE_LISTING || format == OPSPICE_LOG);
    output.logged = logged;
    return writers[format](file, &output);
}

/* May an answer be written in that format? */
static int begin_writing(opspice *deck, enum opspice_format format)
{
    return (unsigned)format > OPSPICE_RAW || !deck->loaded ? OPSPICE_USAGE : prepare(deck, format);
}

int opspice_write(opspice *deck, enum opspice_format format, const char *path)
{
    double mark = clock_seconds();
    struct whole_file whole;
    int status = begin_writing(deck, format);
    if (status != OPSPICE_OK)
        return status;
    if (sources_hold(&deck->session.netlist.sources, path))
        return OPSPICE_USAGE;
    bool is_raw = format == OPSPICE_RAW_BINARY || format == OPSPICE_RAW_ASCII || format == OPSPICE_RAW;
    if (is_raw && is_of_script(deck, path))
        return OPSPICE_OK;
    if (!whole_file_open(&whole, path))
        return OPSPICE_SYSTEM;
    bool is_file = strcmp(path, "-") != 0; /* standard error is another place there */
    bool good = put(deck, format, whole.file, is_file);
    good = whole_file_close(&whole, good) && good;
    clock_lap(&mark, &deck->stats.write);
    return good ? OPSPICE_OK : OPSPICE_SYSTEM;
}

int opspice_write_to(opspice *deck, enum opspice_format format, opspice_output output, void *context)
{
    double mark = clock_seconds();
    int status = begin_writing(deck, format);
    if (status != OPSPICE_OK)
        return status;
    FILE *stream = callback_stream(output, context);
    bool good = stream && put(deck, format, stream, false);
    int reason = errno;
    good = stream && fclose(stream) == 0 && good;
    errno = reason;
    clock_lap(&mark, &deck->stats.write);
    return good ? OPSPICE_OK : OPSPICE_SYSTEM;
}
