/* What the files of tearing.h share. */
#ifndef OPSPICE_TEARING_PARTS_H
#define OPSPICE_TEARING_PARTS_H

#include "circuit/circuit_part.h"
#include "engine/inner_parts.h"
#include "engine/tearing.h"
#include "util/double_double.h"

/* Of columns of Z, and of rounds with them, where the inner circuit is iterated. */
#define TEARING_COLUMN_ACCURACY 1e-6

/* The numbers of a port's nodes and elements in either circuit. */
struct tearing_port {
    uint32_t inner_node, drive; /* a source of J there */
    uint32_t outer_node, hold;  /* two sources of v0, the second one of what rounding leaves of it */
    bool drives;
    struct dd open;             /* V, v0 */
    struct dd apart;            /* V, by how much the inner circuit's potential is above the outer one's */
    double moved, before;       /* V, the last change of `open`; `apart` before that */
    double conductance, most;   /* S, A: of the inner resistors there the sum, the largest current */
};

/* A resistor of the inner circuit at ports that lead. */
struct beside {
    uint32_t element; /* in the inner circuit */
    uint32_t a, k;    /* ports, or INNER_NO_PORT */
};

struct tearing {
    struct circuit *circuit; /* the caller's */
    struct circuit_part inner_part, outer_part;
    struct engine inner, outer;
    uint32_t ports, leading;
    struct tearing_port *port; /* [ports] those that lead first */
    double *ohm, *conductance; /* [leading][leading] Z, and its inverse, S */
    uint32_t first_resistor;   /* of the outer circuit's that stand for Z */
    uint32_t besides;
    struct beside *beside;     /* [besides] */
    uint32_t sources;
    uint32_t *source;          /* [sources] of the circuit */
    bool fitted;               /* Z stands there */
    bool nearby;               /* of what is near the ports alone */
    bool iterates;             /* the inner circuit has no factor, and may be solved roughly */
    void *block;
};

static inline enum tearing_status tearing_status_of(enum network_status status)
{
    return status == NETWORK_OK          ? TEARING_OK
           : status == NETWORK_NO_MEMORY ? TEARING_NO_MEMORY
                                        : TEARING_UNSOLVED;
}

/* Give the outer circuit the network of resistors that has Z, or with `nearby` that of what is near the ports. The
 * inner circuit was solved before. */
enum tearing_status tearing_fit(struct tearing *tearing);

#endif
