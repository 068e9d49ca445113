/* Networks of the tests' own making: random ones, their netlists, and what opspice says of them. */
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

struct random_network {
    int nodes; /* node 0 is ground */
    int parts, models;
    struct part *part;
    struct model *model;
    double gmin; /* S, of .options */
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

struct random_network random_network_draw(const struct recipe *recipe, double gmin, uint64_t seed);
struct random_network random_network_copy(const struct random_network *network);
void random_network_free(struct random_network *network);

/* Cards and nodes in another order. node_at [nodes], part_at [parts]: where the old ones went. */
struct random_network random_network_shuffled(const struct random_network *network, uint64_t seed, int *node_at,
                                              int *part_at);

/* The cards as text; free() it. */
char *random_network_text(const struct random_network *network);

/* The node that stands for all of its set. set [nodes]: for each another one of its set, or itself. */
int random_network_root(int *set, int node);

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
opspice *random_network_load(const struct random_network *network, const char *solver, int *status);

/* What a loaded deck answers. */
struct answer answer_of(const struct random_network *network, opspice *deck, int status);

/* Both. */
struct answer random_network_solve(const struct random_network *network, const char *solver);

void answer_free(struct answer *answer);

#endif
