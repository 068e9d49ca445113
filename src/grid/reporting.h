/* Reports of an operating point that ranks share: rank 0 makes and writes them, of the whole circuit. */
#ifndef OPSPICE_REPORTING_H
#define OPSPICE_REPORTING_H

#include "grid/part.h"
#include "grid/proof.h"
#include "grid/whole.h"
#include "write/report_request.h"

/* On rank 0, before anything is solved: can what is asked be read? options: of report_request_read. */
enum report_status reporting_check(struct part *part, const char *const *options, struct diagnostics *diagnostics);

/* On rank 0: write a report. Another path than one of the netlist's own. */
enum report_status reporting_write(const struct grid_whole *whole, struct part *part,
                                   const struct grid_certificate *proof, const char *version,
                                   const char *const *options, const char *path, struct diagnostics *diagnostics);

#endif
