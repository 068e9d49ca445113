/* What the files of equations.h share. */
#ifndef OPSPICE_EQUATIONS_PARTS_H
#define OPSPICE_EQUATIONS_PARTS_H

#include "general/equations.h"

/* The unknown that is a node's potential; EQUATIONS_NONE of ground. */
static inline uint32_t equations_unknown(uint32_t node)
{
    return node == GROUND ? EQUATIONS_NONE : node - 1;
}

struct place {
    uint32_t row, column;
    bool vanishes; /* at lambda = 1 */
};

/* The places of all stamps, in their order, with nothing evaluated; to be freed. NULL when memory is out. */
struct place *equations_places(struct equations *equations, size_t *count);

/* Is it an ideal diode or a switch? */
bool equations_has_states(const struct circuit *circuit, const struct element *element);

/* What an element adds to F and its derivatives, in doubles: to residual[].hi and gain, and to value [start[n]]. */
void equations_add_coarsely(struct equations *equations, uint32_t e, const double *x, double lambda, bool exact,
                            double *value);

/* The companion of a curved law of one voltage, i and g too: kept, until it moves. */
const struct companion *equations_companion(struct equations *equations, uint32_t e);

/* Laws are evaluated anew where their companions are. */
void equations_forget_companions(struct equations *equations);

/* A control at x = hi + lo [n]; lo NULL: 0. */
struct dd equations_control(const struct equations *equations, const struct control *control, const double *hi,
                            const double *lo);

/* Exactly 0 what is so: potentials that twice the precision cannot tell from it, or that no source could make, voltages
 * across blocks where nothing flows, and the currents of these. */
void equations_level(const struct equations *equations, double *hi, double *lo);

/* The current of any branch at x, A. */
struct dd equations_current(const struct equations *equations, uint32_t e, const double *hi, const double *lo);

/* How the current of a branch changes, A, where x = hi + lo changes by d [n]. */
double equations_change(const struct equations *equations, uint32_t e, const double *hi, const double *lo,
                        const struct dd *d);

/* equations->slope: the derivatives of a coupling's law by its controls, at x = hi + lo. */
void equations_find_slopes(const struct equations *equations, const struct coupling *coupling, const double *hi,
                           const double *lo);

/* The other way round: add to weight [n] what each unknown weighs where the current of a branch weighs `by`. */
void equations_weigh(const struct equations *equations, uint32_t e, const double *hi, const double *lo, double by,
                     struct dd *weight);

#endif
