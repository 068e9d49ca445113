/* A netlist taken to its flat circuit, for the tests of flatten. */
#ifndef OPSPICE_TEST_FLATTENED_H
#define OPSPICE_TEST_FLATTENED_H

#include "elaborate/elaborate.h"
#include "flatten/flatten.h"
#include "netlist/netlist.h"
#include "util/diagnostics.h"

struct flattened {
    double gmin; /* S */
    struct netlist netlist;
    struct diagnostics diagnostics;
    struct flat *flat;
    struct circuit circuit;
};

/* Read and build, at gmin of 1e-12 S or another; the title line is added. */
void flattened_read(struct flattened *deck, const char *cards);
void flattened_read_at(struct flattened *deck, double gmin, const char *cards);

/* Build the circuit, or build it again; false when memory is out. */
bool flattened_build(struct flattened *deck);

void flattened_free(struct flattened *deck);

/* NAME NODE NODE VALUE, one element a line, sorted; free() it. */
char *flattened_elements(const struct flattened *deck);

/* These cards give these elements, and no message. */
void flattened_check(const char *cards, const char *elements);

#endif
