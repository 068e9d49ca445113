/* Is an expression a straight line of its controls? The algebra of affine forms. */
#ifndef OPSPICE_AFFINE_H
#define OPSPICE_AFFINE_H

#include "laws/control_law.h"

enum affine {
    AFFINE_LINE,
    AFFINE_CURVED,   /* or not seen to be a line */
    AFFINE_NO_VALUE, /* wherever the controls are: 1/0, sqrt(-1) */
    AFFINE_NO_MEMORY
};

/* line[0] + the sum of line[1 + k] x[k], where the expression of the law says just that by its structure, whatever x
 * is. line [1 + n]; of the law only .expression is looked at. */
enum affine affine_read(const struct control_law *law, size_t n, double *line);

#endif
