/* Memory for vectors of floats. What keeps many sums works on strips of 16 elements, whatever a vector's width, so that
 * sums are made in one order by all of them (drn_vectors.h). */
#ifndef OPSPICE_DRN_LANES_H
#define OPSPICE_DRN_LANES_H

#include <stddef.h>

enum { STRIP = 16, DRN_LANES_BYTES = 64 };

/* count elements of size bytes, zeroed, aligned for lines of cache, and so for vectors; never a zero-sized block. NULL
 * when memory is out or the product overflows. Free with free(). */
void *drn_lanes_new(size_t count, size_t size);

#endif
