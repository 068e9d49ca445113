/* Lines with the values of variables and vectors put in. */
#ifndef OPSPICE_SCRIPT_EXPAND_H
#define OPSPICE_SCRIPT_EXPAND_H

#include "script/state.h"

/* A line with its variables put in and its comment taken off; owned by the caller. NULL: memory is out, or a diagnostic
 * at the place says what is wrong. */
char *script_expand(struct script *script, const char *line, size_t length, const char *place);

#endif
