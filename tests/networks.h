/* Networks of the tests' own making: random ones, their netlists, what opspice says of them, and a proof of that answer
 * which shares nothing with opspice but the numbers of its public interface. */
#ifndef OPSPICE_NETWORKS_H
#define OPSPICE_NETWORKS_H

#include "opspice.h"
#include <stdbool.h>
#include <stdint.h>

struct model {
    double ron, roff, vfwd, vrev, rrev; /* ohm, ohm, V, V, ohm; NAN: not on the card */
};

struct part {
    char letter; /* R C L V I D */
    int a, k;    /* nodes */
    int model;   /* of a diode */
    double value;
};

struct network {
    int nodes; /* node 0 is ground */
    int parts, models;
    struct part *part;
    struct model *model;
};

/* ---- making them ------------------------------------------------------------------------------------------------ */

/* How many parts of each kind a random network gets, for each node. */
struct recipe {
    const char *name;
    int least, most; /* nodes, without ground */
    double spread;   /* decades of resistance; 0: all values are small whole numbers, so that they coincide */
    double tied;     /* share of the nodes that a tree of resistors ties to ground */
    double resistors, ideal, drops, piecewise, sources, currents, reactances, shorts;
};

struct network network_random(const struct recipe *recipe, uint64_t seed);
struct network network_copy(const struct network *network);
void network_free(struct network *network);

/* Cards and nodes in another order. node_at [nodes], part_at [parts]: where the old ones went. */
struct network network_shuffled(const struct network *network, uint64_t seed, int *node_at, int *part_at);

/* The cards as text; free() it. */
char *network_text(const struct network *network);

/* The next number of a generator (splitmix64), and one in [0, 1). */
uint64_t random_bits(uint64_t *state);
double random_share(uint64_t *state);

/* ---- the answer ------------------------------------------------------------------------------------------------- */

struct answer {
    int status;    /* the worst of opspice_load_memory and opspice_solve */
    double *v, *i; /* [nodes] V, [parts] A; NULL without an answer */
    char *message; /* of the first error, or NULL */
};

/* Load; NULL when memory is out. The status goes to *status. */
opspice *network_load(const struct network *network, const char *solver, int *status);

/* What a loaded deck answers. */
struct answer answer_of(const struct network *network, opspice *deck, int status);

/* Both. */
struct answer network_solve(const struct network *network, const char *solver);

void answer_free(struct answer *answer);

/* ---- the proof -------------------------------------------------------------------------------------------------- */

/* What is wrong with an answer, as text to free(), or NULL: every branch law, Kirchhoff's law at every node and the
 * power balance hold within `tolerance`, relative, or what rounding of the voltages allows. */
char *network_disproof(const struct network *network, const struct answer *answer, double tolerance);

/* Whether two answers agree within `tolerance` of the largest voltage, or what the rounding of either allows. Only
 * what is unique is compared: differences of potential between nodes that conducting branches tie together.
 * NULL, or what differs, to free(). */
char *network_difference(const struct network *network, const struct answer *one, const struct answer *other,
                         double tolerance);

#endif
