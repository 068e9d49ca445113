/* Which elements of a circuit with couplings make an inner circuit (tearing.h), and where it meets the rest. */
#ifndef OPSPICE_INNER_PARTS_H
#define OPSPICE_INNER_PARTS_H

#include "circuit/circuit.h"

#define INNER_NO_PORT UINT32_MAX

enum { PORTS_THAT_LEAD = 32, PORTS = 4096 }; /* at most */

/* What the outer circuit does at a node that both have: it drives a current, or watches what answers to such, or what
 * does not. The first two lead. */
enum inner_port_kind { PORT_DRIVES, PORT_ANSWERS, PORT_WATCHES };

struct inner_port {
    uint32_t node;
    enum inner_port_kind kind;
};

struct inner_parts {
    bool *inner, *outer;     /* [elements]; some that carry nothing are in neither */
    struct inner_port *port; /* [ports] those that lead first */
    uint32_t *port_of;       /* [nodes] the number of a port, or INNER_NO_PORT */
    uint32_t ports, leading;
    uint32_t nodes;          /* of the inner circuit, without those that lead; 0: it is not worth it */
    void *block;
};

/* parts is zeroed before. False when memory is out. */
bool inner_parts_find(struct inner_parts *parts, const struct circuit *circuit);

/* Safe on a zeroed struct; leaves it zeroed. */
void inner_parts_free(struct inner_parts *parts);

#endif
