/* Answers of small circuits to 30 digits and more, from potentials that are nearly right: dense, by Newton's method in
 * quadruple precision. Laws are the circuit's own (laws/); nothing else is shared with how opspice solves. */
#ifndef OPSPICE_TEST_FINE_H
#define OPSPICE_TEST_FINE_H

#include "circuit/circuit.h"

struct fine {
    double *hi, *lo; /* [nodes] V */
    double *i;       /* [elements] A */
    int *state;      /* [elements] of ideal diodes: 1 and -1 conduct forward and in reverse, 0 blocks */
};

/* state, potentials: where to begin. states_free: diodes that ask for it change theirs. False when there is none
 * such answer, or it is not found, or sources and conducting ideal diodes form a loop; *fine is what it came to. */
bool fine_refine(const struct circuit *circuit, struct fine *fine, bool states_free);

/* Do the currents sum to zero at each node, within tolerance of its largest and their rounding? slope: [elements] S or
 * NULL; what the rounding of hi + lo makes of the currents of such slopes is excepted too. */
bool fine_balances(const struct circuit *circuit, const struct fine *fine, double tolerance, const double *slope);

/* All arrays, zero; and a copy. */
struct fine fine_new(const struct circuit *circuit);
struct fine fine_copy(const struct circuit *circuit, const struct fine *fine);
void fine_free(struct fine *fine);

/* The current of an element by its law at the potentials; of voltage-defined branches and sources what it is. */
double fine_current(const struct circuit *circuit, const struct fine *fine, uint32_t element);

#endif
