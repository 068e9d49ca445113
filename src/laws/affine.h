/* Is an expression a straight line of its controls? The algebra of affine forms. */
#ifndef OPSPICE_AFFINE_H
#define OPSPICE_AFFINE_H

#include "laws/control_law.h"

/* line[0] + the sum of line[1 + k] x[k], where the expression of the law says just that by its structure, whatever x
 * is; *is_line is false where it does not, or has no value. line [1 + n]; of the law only .expression is looked at.
 * False when memory is out. */
bool affine_read(const struct control_law *law, size_t n, double *line, bool *is_line);

#endif
