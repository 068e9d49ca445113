/* The public API: reports. */
#include "api/deck.h"

#include "util/array.h"
#include "util/clock.h"
#include "write/report_request.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- the report ---- */

/* Is the operating point of a result at hand? */
static bool has_point(const struct output *output)
{
    for (size_t r = 0; r < output->results; r++) {
        if (plot_is_single(&output->result[r].plot))
            return output->op;
    }
    return false;
}

/* The figures of all sweeps; vectors of plots are looked up, which makes tables there. NULL when memory is out. */
static struct swept *find_swept(opspice *deck, const struct output *output)
{
    struct session *session = deck->shown;
    size_t first = session->results - output->results;
    struct swept *swept = array_new(output->results, sizeof *swept);
    bool done = swept;
    for (size_t r = 0; done && r < output->results; r++)
        done = swept_find(&swept[r], &session->result[first + r].plot, &session->circuit);
    for (size_t r = 0; swept && !done && r < output->results; r++)
        swept_free(&swept[r]);
    if (!done)
        free(swept);
    return done ? swept : NULL;
}

static int status_of(enum report_status status)
{
    static const int statuses[] = {[REPORT_OK] = OPSPICE_OK,
                                   [REPORT_USAGE] = OPSPICE_USAGE,
                                   [REPORT_NETLIST] = OPSPICE_NETLIST,
                                   [REPORT_SYSTEM] = OPSPICE_SYSTEM};
    return statuses[status];
}

/* Where memory is out, errno says so. */
static int make_and_write(opspice *deck, const struct report_request *request, const char *path,
                          struct diagnostics *diagnostics)
{
    struct output output;
    int status = deck_output(deck, &output);
    if (status != OPSPICE_OK || sources_hold(&deck->session.netlist.sources, path))
        return status != OPSPICE_OK ? status : OPSPICE_USAGE;
    struct swept *swept = find_swept(deck, &output);
    output.op = has_point(&output) ? output.op : NULL;
    const struct report_output of = {&output, NULL, swept, deck->session.netlist.sources.item[0].name};
    errno = ENOMEM;
    status = swept ? status_of(report_request_write(request, &of, path, diagnostics)) : OPSPICE_SYSTEM;
    int reason = errno;
    for (size_t r = 0; swept && r < output.results; r++)
        swept_free(&swept[r]);
    free(swept);
    errno = reason;
    return status;
}

static int write_report(opspice *deck, struct report_request *request, const char *path,
                        struct diagnostics *diagnostics)
{
    struct sources *sources = &deck->session.netlist.sources;
    if (!path)
        return status_of(report_request_check(request, &deck->session.circuit, sources, diagnostics));
    int status = status_of(report_request_read_files(request, sources, diagnostics));
    return status == OPSPICE_OK ? make_and_write(deck, request, path, diagnostics) : status;
}

/* Has the same been said of another report? */
static bool is_said(const struct diagnostics *said, const struct diagnostic *item)
{
    for (size_t q = 0; q < said->count; q++) {
        const struct diagnostic *other = &said->item[q];
        if (other->code == item->code && other->place == item->place && strcmp(other->message, item->message) == 0)
            return true;
    }
    return false;
}

static void say(struct diagnostics *said, const struct diagnostics *more)
{
    for (size_t q = 0; q < more->count; q++) {
        const struct diagnostic *item = &more->item[q];
        if (item->severity == SEVERITY_NOTE || is_said(said, item))
            continue;
        diagnose(said, item->code, item->place, item->length, "%s", item->message);
        if (item->more > 0)
            diagnose_more(said, item->code, item->more);
    }
    if (more->out_of_memory)
        diagnose_no_memory(said);
}

int opspice_write_report(opspice *deck, const char *path, const char *const *options)
{
    double mark = clock_seconds();
    struct report_request request;
    struct diagnostics diagnostics = {.strict = deck->load_diagnostics.strict};
    int status = deck->loaded ? status_of(report_request_read(&request, options)) : OPSPICE_USAGE;
    if (status == OPSPICE_OK)
        status = write_report(deck, &request, path, &diagnostics);
    int reason = errno;
    say(&deck->solve_diagnostics, &diagnostics);
    diagnostics_free(&diagnostics);
    if (deck->loaded)
        report_request_free(&request);
    clock_lap(&mark, &deck->stats.write);
    errno = reason;
    return status;
}
