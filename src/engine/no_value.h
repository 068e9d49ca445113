/* Laws that have no value where a search ended: the logarithm of a negative voltage. */
#ifndef OPSPICE_NO_VALUE_H
#define OPSPICE_NO_VALUE_H

#include "engine/engine.h"

/* Report that the law of an element (or CERTIFICATE_NONE) has no value where the operating point has its controls.
 * False: it has one, or it is not known, or memory is out. */
bool no_value_report(const struct engine *engine, uint32_t element, struct diagnostics *diagnostics);

#endif
