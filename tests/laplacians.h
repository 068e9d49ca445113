/* Resistive networks and their Laplacians for the tests of src/linear. */
#ifndef OPSPICE_TEST_LAPLACIANS_H
#define OPSPICE_TEST_LAPLACIANS_H

#include "linear/laplacian.h"
#include "util/random.h"

/* A network and its Laplacian; zeroed before conductances are added. */
struct conductors {
    int32_t n;
    struct conductance *edge;
    size_t edges, room;
    double *ground, *anchor; /* [n] S */
    struct laplacian L;
};

/* Add a conductance; then make ground, anchor (all 0) and L. */
void conductors_join(struct conductors *network, int32_t i, int32_t j, double g);
void conductors_build(struct conductors *network);

/* Make ground and L anew, after conductances have changed. */
void conductors_rebuild(struct conductors *network);

void conductors_free(struct conductors *network);

/* Less than limit. */
uint32_t draw_below(struct random *random, uint32_t limit);

/* Of 10^-decades to 10^decades S. */
double draw_conductance(struct random *random, double decades);

/* side x side unknowns, one of them tied to ground. */
struct conductors grid_conductors(int32_t side);

/* A tree of n unknowns that reaches ground, and as many conductances more. */
struct conductors random_conductors(struct random *random, int32_t n, uint32_t more, double decades);

/* A ladder that is too long for the code of src/linear alone, tied to ground at its first unknown, with a link in the
 * middle. */
struct conductors long_ladder(double tie, double link);

#endif
