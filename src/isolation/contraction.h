/* Krawczyk's test for one part of a box's equations (isolation.h). */
#ifndef OPSPICE_CONTRACTION_H
#define OPSPICE_CONTRACTION_H

#include "isolation/box.h"
#include "isolation/strong_parts.h"

/* The dense work for parts of up to `most` unknowns; NULL when memory is out. */
struct contraction;
struct contraction *contraction_new(uint32_t unknowns, uint32_t most);

/* Has the part one solution in the box, wherever within error [n] of the point those before it are? ISOLATION_SHOWN:
 * its own error is filled in, V or A; and in released [n] that of points at which held diodes may be blocked, in the
 * box or not. Else ISOLATION_NOT_SHOWN or ISOLATION_NO_MEMORY. */
enum isolation_status contraction_test(struct contraction *work, const struct box *box,
                                       const struct strong_parts *parts, uint32_t part, double *error,
                                       double *released);

/* NULL is allowed. */
void contraction_free(struct contraction *work);

#endif
