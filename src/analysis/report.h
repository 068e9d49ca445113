/* What a report tells of an operating point: nets, layers, the nodes of the largest drops, the largest currents, limits
 * that are exceeded, nodes without a source. */
#ifndef OPSPICE_REPORT_H
#define OPSPICE_REPORT_H

#include "analysis/current_limits.h"
#include "analysis/generator_curve.h"
#include "analysis/net_layers.h"
#include "analysis/result.h"

enum { REPORT_NETS = 8 }; /* so many are told of by layers */

/* What the user asks for. */
struct report_wishes {
    const char *const *net; /* [nets] prefixes of nodes' names; none: nets are found by connection */
    size_t nets;
    size_t worst;           /* how many nodes, currents, violations are listed */
    const struct source *coordinates, *limits; /* files, or NULL */
};

struct report {
    struct placement placement;
    struct supply_nets nets;
    struct net_layers layers;    /* of the first REPORT_NETS */
    struct largest *worst;       /* [nets.count] nodes by their drops */
    struct largest wires, sources; /* elements by the magnitudes of their currents */
    bool has_limits;
    struct current_limits limits;
    uint32_t *unreached;         /* [unreached_count] nodes that no voltage source reaches */
    size_t unreached_count;
};

/* Are the files well written? What is wrong is told. False when memory is out. */
bool report_check_files(const struct report_wishes *wishes, const struct circuit *circuit,
                        struct diagnostics *diagnostics);

/* report is zeroed before; it is not complete where a file is wrong, which the diagnostics then say. False when memory
 * is out. */
bool report_make(struct report *report, const struct report_wishes *wishes, const struct circuit *circuit,
                 const struct operating_point *op, struct diagnostics *diagnostics);

/* Safe on a zeroed struct; leaves it zeroed. */
void report_free(struct report *report);

#endif
