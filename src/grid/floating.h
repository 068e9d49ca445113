/* What an answer that ranks share has to say beside its numbers. */
#ifndef OPSPICE_FLOATING_H
#define OPSPICE_FLOATING_H

#include "grid/share.h"
#include "grid/solve.h"
#include "util/diagnostics.h"

/* Warn of parts that float, at the first element that touches one, and of currents that are not unique. False when
 * memory is out, on all ranks. */
bool floating_warn(const struct share *share, const struct grid_answer *answer, struct diagnostics *diagnostics);

#endif
