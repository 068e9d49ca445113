/* Right answers of random circuits with couplings, and wrong ones made of them, before the certificate. */
#ifndef OPSPICE_TEST_COUPLED_MUTANTS_H
#define OPSPICE_TEST_COUPLED_MUTANTS_H

#include <stdint.h>

enum coupled_mutation {
    COUPLED_CURRENT,   /* one current changed by 1e-6 of itself */
    COUPLED_POTENTIAL, /* one potential by 1e-6 of the largest voltage */
    COUPLED_GAIN,      /* the answer for a gain, or a constant of an expression, that is larger by 1e-6 */
    COUPLED_SWITCH,    /* a switch is on where it is off, or the other way, and all follows */
    COUPLED_MUTATIONS
};

struct coupled_tally {
    int right, right_accepted, unsolved;
    int wrong[COUPLED_MUTATIONS], accepted[COUPLED_MUTATIONS];
    int excepted; /* mutations within the floors and the tolerance */
};

extern const char *const coupled_mutation_names[COUPLED_MUTATIONS];

enum { COUPLED_RECIPES = 5 };
extern const char *const coupled_recipes[COUPLED_RECIPES];

/* Solve the circuit of a recipe and a seed, with so much gmin, S, to 30 digits; mutate the answer in all ways, and
 * count. Says on standard output where the right answer is refused or a wrong one accepted. */
void coupled_mutants_judge(int recipe, double gmin, uint64_t seed, struct coupled_tally *tally);

#endif
