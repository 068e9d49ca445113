/* Krawczyk's test for one part of a box's equations (isolation.h). */
#ifndef OPSPICE_CONTRACTION_H
#define OPSPICE_CONTRACTION_H

#include "isolation/box.h"
#include "isolation/strong_parts.h"

/* The dense work for parts of up to `most` unknowns; NULL when memory is out. */
struct contraction;
struct contraction *contraction_new(uint32_t unknowns, uint32_t most);

enum contraction_status {
    CONTRACTION_INSIDE, /* it has one solution in the box */
    CONTRACTION_BEYOND, /* one at most; where there is one it is within `error`, if in the box */
    CONTRACTION_NOT,    /* that is not shown */
    CONTRACTION_NO_MEMORY
};

/* What is so of a part wherever within error [n] of the point those before it are. Its own error is filled in, V or A,
 * unless it is one of the last two. */
enum contraction_status contraction_test(struct contraction *work, const struct box *box,
                                         const struct strong_parts *parts, uint32_t part, double *error);

/* NULL is allowed. */
void contraction_free(struct contraction *work);

#endif
