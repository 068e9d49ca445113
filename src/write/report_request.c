#include "write/report_request.h"

#include "util/array.h"
#include "write/whole_file.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- options ---- */

static enum report_status take_format(struct report_request *request, const char *value)
{
    bool csv = strcmp(value, "csv") == 0;
    request->write = csv ? write_report_csv : write_report_html;
    return csv || strcmp(value, "html") == 0 ? REPORT_OK : REPORT_USAGE;
}

static enum report_status take_net(struct report_request *request, const char *value)
{
    if (*value == '\0')
        return REPORT_USAGE;
    if (!array_reserve(&request->net, &request->capacity, request->wishes.nets + 1, sizeof *request->net))
        return REPORT_SYSTEM;
    request->net[request->wishes.nets++] = value;
    request->wishes.net = request->net;
    return REPORT_OK;
}

static enum report_status take_worst(struct report_request *request, const char *value)
{
    enum { DIGITS = 7 };
    size_t length = strlen(value);
    if (length == 0 || length > DIGITS || strspn(value, "0123456789") != length)
        return REPORT_USAGE;
    request->wishes.worst = strtoul(value, NULL, 10);
    return REPORT_OK;
}

static enum report_status take_coordinates(struct report_request *request, const char *value)
{
    request->coordinates = value;
    return REPORT_OK;
}

static enum report_status take_limits(struct report_request *request, const char *value)
{
    request->limits = value;
    return REPORT_OK;
}

static enum report_status take_option(struct report_request *request, const char *option)
{
    static const struct {
        const char *name;
        enum report_status (*take)(struct report_request *request, const char *value);
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
    return REPORT_USAGE;
}

enum report_status report_request_read(struct report_request *request, const char *const *options)
{
    enum { WORST = 20 };
    enum report_status status = REPORT_OK;
    *request = (struct report_request){.wishes.worst = WORST, .write = write_report_html};
    for (; status == REPORT_OK && options && *options; options++)
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

enum report_status report_request_read_files(struct report_request *request, struct sources *sources,
                                             struct diagnostics *diagnostics)
{
    size_t coordinates = 0, limits = 0;
    if (request->coordinates)
        coordinates = read_source(sources, request->coordinates, diagnostics);
    if (request->limits && coordinates != SIZE_MAX)
        limits = read_source(sources, request->limits, diagnostics);
    if (coordinates == SIZE_MAX || limits == SIZE_MAX)
        return REPORT_SYSTEM;
    request->wishes.coordinates = request->coordinates ? &sources->item[coordinates] : NULL;
    request->wishes.limits = request->limits ? &sources->item[limits] : NULL;
    return REPORT_OK;
}

enum report_status report_request_check(struct report_request *request, const struct circuit *circuit,
                                        struct sources *sources, struct diagnostics *diagnostics)
{
    if (report_request_read_files(request, sources, diagnostics) != REPORT_OK)
        return REPORT_SYSTEM;
    bool done = report_check_files(&request->wishes, circuit, diagnostics);
    errno = ENOMEM;
    if (!done || diagnostics->out_of_memory)
        return REPORT_SYSTEM;
    return diagnostics->errors > 0 ? REPORT_NETLIST : REPORT_OK;
}

/* ---- the report ---- */

static enum report_status write_file(const struct report_output *of, report_format *write, const char *path)
{
    struct whole_file whole;
    if (!whole_file_open(&whole, path))
        return REPORT_SYSTEM;
    bool good = write(whole.file, of);
    good = whole_file_close(&whole, good) && good;
    return good ? REPORT_OK : REPORT_SYSTEM;
}

enum report_status report_request_write(const struct report_request *request, const struct report_output *of,
                                        const char *path, struct diagnostics *diagnostics)
{
    const struct output *output = of->output;
    struct report report = {0};
    struct report_output all = *of;
    bool done = !output->op || report_make(&report, &request->wishes, output->circuit, output->op, diagnostics);
    all.report = &report;
    errno = ENOMEM;
    enum report_status status = !done || diagnostics->out_of_memory ? REPORT_SYSTEM : REPORT_OK;
    if (status == REPORT_OK)
        status = diagnostics->errors > 0 ? REPORT_NETLIST : write_file(&all, request->write, path);
    int reason = errno;
    report_free(&report);
    errno = reason;
    return status;
}

void report_request_free(struct report_request *request)
{
    free(request->net);
    request->net = NULL;
}
