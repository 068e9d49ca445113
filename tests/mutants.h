/* Right answers of random circuits, and wrong ones made of them, before the certificate and its quick form. */
#ifndef OPSPICE_TEST_MUTANTS_H
#define OPSPICE_TEST_MUTANTS_H

#include "circuit/circuit.h"
#include "fine.h"
#include "proof/certificate.h"

enum mutation {
    MUTATION_NONE,      /* an answer that breaks Kirchhoff's law as it is */
    MUTATION_CURRENT,   /* one current changed by 1e-6 of itself */
    MUTATION_POTENTIAL, /* one potential by 1e-6 of the largest voltage */
    MUTATION_CLUSTER,   /* nodes that large conductances join shifted together, currents by their laws */
    MUTATION_PAIR,      /* both currents at a node of two branches by 1e-6 */
    MUTATION_STATE,     /* an ideal diode conducts where it blocks, or the other way, and all follows */
    MUTATION_NEIGHBOUR, /* the answer for another value of a source */
    MUTATIONS
};

/* How many answers were judged, and what was accepted. */
struct tally {
    int right, right_accepted, right_quick; /* right ones */
    int unsolved;                           /* circuits without an answer to mutate */
    int wrong[MUTATIONS], accepted[MUTATIONS], accepted_quick[MUTATIONS];
    int excepted;     /* mutations of currents within the floors and the tolerance */
    int undetermined; /* potentials */
};

extern const char *const mutation_names[MUTATIONS];

enum { MUTANT_RECIPES = 10 };
extern const char *const mutant_recipes[MUTANT_RECIPES];

/* The circuit of a recipe and a seed, as cards; free() it. */
char *mutant_cards(int recipe, uint64_t seed);

/* Solve it, with so much gmin, S; mutate the answer in all ways, and count. Says on standard output where the right
 * answer is refused or a wrong one accepted. */
void mutants_judge(int recipe, double gmin, uint64_t seed, struct tally *tally);

/* The same before another judge, in the place of the quick form. Is the point proved? certificate: what
 * certificate_compute says of it. */
typedef bool other_judge(void *context, const struct circuit *circuit, const struct fine *point,
                         const struct certificate *certificate);
void mutants_judge_by(int recipe, double gmin, uint64_t seed, other_judge *other, void *context, struct tally *tally);

#endif
