/* What an answer has to say beside its numbers. */
#ifndef OPSPICE_WARNINGS_H
#define OPSPICE_WARNINGS_H

#include "engine/engine.h"

/* Warn of parts that float, of currents that are not unique and of junctions. False when memory is out. */
bool engine_warn(struct engine *engine, struct diagnostics *diagnostics);

/* The same, but for what the answer before left open too. */
bool engine_warn_of_news(struct engine *engine, struct diagnostics *diagnostics);

/* Tell why there is no proof of the present point: what is seen to be impossible, or where the certificate misses. */
void engine_report(const struct engine *engine, struct diagnostics *diagnostics);

/* Find currents that are not unique, and report a control by one of these: *found. False when memory is out. */
bool engine_check_controls(struct engine *engine, bool *found, struct diagnostics *diagnostics);

/* The same of circuits with couplings: `first`: of the first point of an analysis. False when memory is out. */
bool engine_warn_coupled(struct engine *engine, bool first, struct diagnostics *diagnostics);

/* Report why there is no answer. again: there was one at the point before. */
void engine_report_coupled(const struct engine *engine, enum general_status status, bool again,
                           struct diagnostics *diagnostics);

#endif
