/* Reports: what an engineer reads of a power grid's operating point, and of the curves of generators. */
#ifndef OPSPICE_WRITE_REPORT_H
#define OPSPICE_WRITE_REPORT_H

#include "analysis/report.h"
#include "write/output.h"

struct report_output {
    const struct output *output; /* its op NULL: no operating point is at hand, and report counts for nothing */
    const struct report *report;
    const struct swept *swept; /* [output->results] */
    const char *name;          /* of the netlist */
};

/* Each writes one format and returns false with errno set, as those of output.h do. */
typedef bool report_format(FILE *file, const struct report_output *of);

report_format write_report_html; /* one page, which needs nothing beside it */
report_format write_report_csv;  /* the same facts: a row for each net, node, layer, branch, curve */

#endif
