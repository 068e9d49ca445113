/* The circuit that ranks share, and its answer, as rank 0 has them whole: for reports, which look at all of it. That
 * takes rank 0 some 100 bytes and a name for each node and each element. */
#ifndef OPSPICE_WHOLE_H
#define OPSPICE_WHOLE_H

#include "circuit/operating_point.h"
#include "grid/share.h"
#include "grid/solve.h"

struct grid_whole {
    struct circuit circuit; /* nodes by their numbers, elements in the order of the netlist; without laws */
    struct operating_point op;
    char *text; /* that elements' places are in: their names as cards spell them */
};

/* whole is zeroed before, and is left empty on other ranks than 0. False when memory is out, on all ranks; it is still
 * to be freed then. */
bool whole_gather(struct grid_whole *whole, const struct share *share, const struct grid_answer *answer);

/* Safe on a zeroed struct; leaves it zeroed. */
void whole_free(struct grid_whole *whole);

#endif
