/* --report and the options that belong to it. */
#ifndef OPSPICE_PROGRAM_REPORT_H
#define OPSPICE_PROGRAM_REPORT_H

#include "opspice.h"

#include <stdbool.h>

struct reports {
    const char **file;        /* [files] */
    char **detail;            /* [details] NAME=VALUE; owned */
    size_t files, details;
    const char *first_detail; /* as the user has written its name: --net */
};

/* Take an option; GO_ON, or the status to end with. */
int reports_add(struct reports *reports, const char *path);
int reports_detail(struct reports *reports, const char *name, const char *value);

/* Is one of them written to path? */
bool reports_hold(const struct reports *reports, const char *path);

/* What is asked of the report that a path is for (NULL: of any), in words that NULL ends, the last of which is the
 * format of the path. To be freed; NULL when memory is out. */
const char **reports_options(const struct reports *reports, const char *path);

/* Before it is solved: are the files that the options name well written? */
int reports_check(const struct reports *reports, opspice *deck);

/* Write all. Returns the worst status; what was wrong with files is among the diagnostics, the rest is told. */
int reports_write(const struct reports *reports, opspice *deck);

/* Safe on a zeroed struct. */
void reports_free(struct reports *reports);

#endif
