/* A report as its user asks for it, by options in words, and the file that comes of it. */
#ifndef OPSPICE_REPORT_REQUEST_H
#define OPSPICE_REPORT_REQUEST_H

#include "write/report.h"

enum report_status {
    REPORT_OK,
    REPORT_USAGE,   /* there is no such option, or it cannot have that value; or the file belongs to the netlist */
    REPORT_NETLIST, /* the diagnostics say what is wrong with a file that was read */
    REPORT_SYSTEM   /* memory is out, or a file cannot be read, as the diagnostics say, or written: errno */
};

struct report_request {
    struct report_wishes wishes;
    const char **net; /* that wishes.net is; owned */
    size_t capacity;
    const char *coordinates, *limits; /* paths, or NULL */
    report_format *write;
};

/* options: format=html or csv, net=PREFIX, worst=NUMBER, coordinates=FILE, current-limit=FILE; NULL ends them, and they
 * outlive the request, which is undefined before. */
enum report_status report_request_read(struct report_request *request, const char *const *options);

/* Read the files that are named, once, among the sources, where their places are found; check: and are they well
 * written? */
enum report_status report_request_read_files(struct report_request *request, struct sources *sources,
                                             struct diagnostics *diagnostics);
enum report_status report_request_check(struct report_request *request, const struct circuit *circuit,
                                        struct sources *sources, struct diagnostics *diagnostics);

/* Write the report of what `of` has but for the report itself, which is made. The files have been read. */
enum report_status report_request_write(const struct report_request *request, const struct report_output *of,
                                        const char *path, struct diagnostics *diagnostics);

void report_request_free(struct report_request *request);

#endif
