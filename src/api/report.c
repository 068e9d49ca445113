/* The public API: reports. */
#include "api/deck.h"

#include "util/array.h"
#include "util/clock.h"
#include "write/report.h"
#include "write/whole_file.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- options ---- */

struct request {
    struct report_wishes wishes;
    const char **net; /* that wishes.net is; owned */
    size_t capacity;
    const char *coordinates, *limits; /* paths, or NULL */
    report_format *write;
};

static int take_format(struct request *request, const char *value)
{
    bool csv = strcmp(value, "csv") == 0;
    request->write = csv ? write_report_csv : write_report_html;
    return csv || strcmp(value, "html") == 0 ? OPSPICE_OK : OPSPICE_USAGE;
}

static int take_net(struct request *request, const char *value)
{
    if (*value == '\0')
        return OPSPICE_USAGE;
    if (!array_reserve(&request->net, &request->capacity, request->wishes.nets + 1, sizeof *request->net))
        return OPSPICE_SYSTEM;
    request->net[request->wishes.nets++] = value;
    request->wishes.net = request->net;
    return OPSPICE_OK;
}

static int take_worst(struct request *request, const char *value)
{
    enum { DIGITS = 7 };
    size_t length = strlen(value);
    if (length == 0 || length > DIGITS || strspn(value, "0123456789") != length)
        return OPSPICE_USAGE;
    request->wishes.worst = strtoul(value, NULL, 10);
    return OPSPICE_OK;
}

static int take_coordinates(struct request *request, const char *value)
{
    request->coordinates = value;
    return OPSPICE_OK;
}

static int take_limits(struct request *request, const char *value)
{
    request->limits = value;
    return OPSPICE_OK;
}

static int take_option(struct request *request, const char *option)
{
    static const struct {
        const char *name;
        int (*take)(struct request *request, const char *value);
    } options[] = {{"format", take_format},
                   {"net", take_net},
                   {"worst", take_worst},
                   {"coordinates", take_coordinates},
                   {"current-limit", take_limits}};
    for (size_t q = 0; q < sizeof options / sizeof *options; q++) {
        size_t length = strlen(options[q].name);
        if (strncmp(option, options[q].name, length) == 0 && option[length] == '=')
            return options[q].take(request, option + length + 1);
    }
    return OPSPICE_USAGE;
}

static int read_options(struct request *request, const char *const *options)
{
    enum { WORST = 20 };
    int status = OPSPICE_OK;
    *request = (struct request){.wishes.worst = WORST, .write = write_report_html};
    for (; status == OPSPICE_OK && options && *options; options++)
        status = take_option(request, *options);
    return status;
}

/* ---- files ---- */

/* Read a file among the sources, where its places are found, unless it is there. The netlist's folder confines what the
 * netlist names, not what the user does. Returns its number; SIZE_MAX: it failed. */
static size_t read_source(struct sources *sources, const char *path, struct diagnostics *diagnostics)
{
    for (size_t s = sources->count; s-- > 1;) {
        if (strcmp(sources->item[s].name, path) == 0)
            return s;
    }
    char *folder = sources->folder;
    sources->folder = NULL;
    enum source_status status = sources_read(sources, path, NULL);
    int reason = errno;
    sources->folder = folder;
    if (status == SOURCE_OK)
        return sources->count - 1;
    if (status == SOURCE_NO_MEMORY)
        diagnose_no_memory(diagnostics);
    else
        diagnose(diagnostics, FAILURE_CANNOT_READ_REPORT_FILE, NULL, 0, "cannot read %s: %s", path, strerror(reason));
    return SIZE_MAX;
}

static bool read_files(opspice *deck, struct request *request, struct diagnostics *diagnostics)
{
    struct sources *sources = &deck->session.netlist.sources;
    size_t coordinates = 0, limits = 0;
    if (request->coordinates)
        coordinates = read_source(sources, request->coordinates, diagnostics);
    if (request->limits && coordinates != SIZE_MAX)
        limits = read_source(sources, request->limits, diagnostics);
    if (coordinates == SIZE_MAX || limits == SIZE_MAX)
        return false;
    request->wishes.coordinates = request->coordinates ? &sources->item[coordinates] : NULL;
    request->wishes.limits = request->limits ? &sources->item[limits] : NULL;
    return true;
}

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

static int write_file(const struct report_output *of, report_format *write, const char *path)
{
    struct whole_file whole;
    if (!whole_file_open(&whole, path))
        return OPSPICE_SYSTEM;
    bool good = write(whole.file, of);
    good = whole_file_close(&whole, good) && good;
    return good ? OPSPICE_OK : OPSPICE_SYSTEM;
}

/* Where memory is out, errno says so. */
static int make_and_write(opspice *deck, const struct request *request, const char *path,
                          struct diagnostics *diagnostics)
{
    struct output output;
    int status = deck_output(deck, &output);
    if (status != OPSPICE_OK || sources_hold(&deck->session.netlist.sources, path))
        return status != OPSPICE_OK ? status : OPSPICE_USAGE;
    struct report report = {0};
    struct swept *swept = find_swept(deck, &output);
    output.op = has_point(&output) ? output.op : NULL;
    bool done = swept && (!output.op || report_make(&report, &request->wishes, output.circuit, output.op, diagnostics));
    const struct report_output of = {&output, &report, swept, deck->session.netlist.sources.item[0].name};
    errno = ENOMEM;
    status = !done || diagnostics->out_of_memory ? OPSPICE_SYSTEM : OPSPICE_OK;
    if (status == OPSPICE_OK)
        status = diagnostics->errors > 0 ? OPSPICE_NETLIST : write_file(&of, request->write, path);
    int reason = errno;
    for (size_t r = 0; swept && r < output.results; r++)
        swept_free(&swept[r]);
    free(swept);
    report_free(&report);
    errno = reason;
    return status;
}

static int check_only(opspice *deck, const struct request *request, struct diagnostics *diagnostics)
{
    bool done = report_check_files(&request->wishes, &deck->session.circuit, diagnostics);
    errno = ENOMEM;
    if (!done || diagnostics->out_of_memory)
        return OPSPICE_SYSTEM;
    return diagnostics->errors > 0 ? OPSPICE_NETLIST : OPSPICE_OK;
}

static int write_report(opspice *deck, const struct request *request, const char *path, struct diagnostics *diagnostics)
{
    return path ? make_and_write(deck, request, path, diagnostics) : check_only(deck, request, diagnostics);
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
    struct request request;
    struct diagnostics diagnostics = {.strict = deck->load_diagnostics.strict};
    int status = deck->loaded ? read_options(&request, options) : OPSPICE_USAGE;
    if (status == OPSPICE_OK)
        status = read_files(deck, &request, &diagnostics) ? write_report(deck, &request, path, &diagnostics)
                                                          : OPSPICE_SYSTEM;
    int reason = errno;
    say(&deck->solve_diagnostics, &diagnostics);
    diagnostics_free(&diagnostics);
    if (deck->loaded)
        free(request.net);
    clock_lap(&mark, &deck->stats.write);
    errno = reason;
    return status;
}
