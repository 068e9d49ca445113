/* A netlist taken through the rooms up to the convex program, for the tests of each room. */
#ifndef OPSPICE_TEST_LOWERED_H
#define OPSPICE_TEST_LOWERED_H

#include "elaborate/elaborate.h"
#include "circuit/supernodes.h"
#include "netlist/netlist.h"
#include "convex/qp.h"

struct lowered {
    struct netlist netlist;
    struct diagnostics diagnostics;
    struct circuit circuit;
    struct supernodes supernodes;
    struct qp qp;
};

/* Read and build, at gmin of 1e-12 S or another; the title line is added. */
struct lowered lowered_circuit(const char *cards);
struct lowered lowered_circuit_at(double gmin, const char *cards);

/* The same, and lowered; there must be no error. */
struct lowered lowered_program(const char *cards);

void lowered_free(struct lowered *lowered);

/* The last diagnostic has this in its message, and stands at this word. */
void lowered_check_last(const struct lowered *lowered, const char *word, const char *message);

/* The number of a node, of its unknown, of an element. */
uint32_t lowered_node(const struct lowered *lowered, const char *name);
int32_t lowered_unknown(const struct lowered *lowered, const char *node);
uint32_t lowered_element(const struct lowered *lowered, const char *name);

#endif
