/* Limits of branch currents, for electromigration, and which wires exceed them.
 *
 * A file has records pattern,ampere, which a line of these words may head. A pattern is the name of a layer (m3: the
 * wires in it), two of them (m3-m4: the vias between them, in either order), or the name of a resistor; with * for any
 * letters and ? for any letter, of either. The first record that fits a wire counts for it. */
#ifndef OPSPICE_CURRENT_LIMITS_H
#define OPSPICE_CURRENT_LIMITS_H

#include "analysis/placement.h"
#include "circuit/operating_point.h"

struct current_limit {
    const char *pattern; /* [length] in the file */
    size_t length;
    double ampere; /* > 0 */
    size_t wires;  /* that it counts for */
};

struct violation {
    uint32_t element, limit;
    double ratio; /* of its current to the limit, > 1 */
};

struct current_limits {
    struct current_limit *item; /* [count] */
    size_t count, capacity;
    size_t wires;                /* that have a limit */
    struct violation *violation; /* [violations] the largest ratio first */
    size_t violations, violation_capacity;
};

/* Read the file; mistakes are errors at their places. limits is zeroed before. False when memory is out. */
bool current_limits_read(struct current_limits *limits, const struct source *file, struct diagnostics *diagnostics);

/* Compare all resistors and wires with them. A record that fits none is a warning. False when memory is out. */
bool current_limits_check(struct current_limits *limits, const struct placement *placement,
                          const struct circuit *circuit, const struct operating_point *op,
                          struct diagnostics *diagnostics);

/* Safe on a zeroed struct; leaves it zeroed. */
void current_limits_free(struct current_limits *limits);

#endif
