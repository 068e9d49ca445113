#include "op/operating_point.h"

#include "util/array.h"
#include <stdlib.h>
#include <string.h>

enum { FLOATING_REPORTS = 20, NAMES_SHOWN = 8, TEXT = 400 };

/* Names of the nodes of one floating part, as many as are worth reading. */
static void list_nodes(char text[TEXT], const struct circuit *circuit, const int32_t *reference, const uint32_t *tree,
                       int32_t part, uint32_t first, size_t *count)
{
    size_t used = 0;
    *count = 0;
    text[0] = '\0';
    for (uint32_t node = first; node < circuit->nodes.count; node++) {
        if (tree[node] == 0 || reference[tree[node] - 1] != part || ++*count > NAMES_SHOWN)
            continue;
        const char *name = circuit->nodes.text[node];
        size_t length = strlen(name);
        if (used + length + 3 > TEXT)
            continue;
        if (used > 0) {
            memcpy(text + used, ", ", 2);
            used += 2;
        }
        memcpy(text + used, name, length + 1);
        used += length;
    }
}

static void warn_part(const struct circuit *circuit, const int32_t *reference, const uint32_t *tree, uint32_t first,
                      struct diagnostics *diagnostics)
{
    char text[TEXT];
    size_t count;
    int32_t part = reference[tree[first] - 1];
    const char *name = circuit->nodes.text[first];
    list_nodes(text, circuit, reference, tree, part, first, &count);
    if (count > NAMES_SHOWN)
        diagnose(diagnostics, SEVERITY_WARNING, NULL, 0,
                 "nodes %s and %zu more float: no DC path to ground decides their potential; it is given relative to node %s",
                 text, count - NAMES_SHOWN, name);
    else
        diagnose(diagnostics, SEVERITY_WARNING, NULL, 0,
                 "node%s %s float%s: no DC path to ground decides %s potential; it is given relative to node %s",
                 count == 1 ? "" : "s", text, count == 1 ? "s" : "", count == 1 ? "its" : "their", name);
}

bool op_warn(const struct operating_point *op, const struct circuit *circuit, const struct supernodes *supernodes,
             const struct solver *solver, struct diagnostics *diagnostics)
{
    const uint32_t *tree = supernodes->forest.tree;
    const int32_t *reference = solver_floating(solver);
    uint32_t reports = 0;
    bool *seen = array_new(supernodes->forest.trees, sizeof *seen);
    if (!seen)
        return false;
    if (!op->unique_currents)
        diagnose(diagnostics, SEVERITY_WARNING, NULL, 0,
                 "voltage sources and conducting ideal diodes form a loop: their currents are not unique, the least are given");
    for (uint32_t node = 1; node < circuit->nodes.count; node++) {
        if (tree[node] == 0 || reference[tree[node] - 1] == QP_GROUND || seen[reference[tree[node] - 1]])
            continue;
        seen[reference[tree[node] - 1]] = true;
        if (++reports <= FLOATING_REPORTS)
            warn_part(circuit, reference, tree, node, diagnostics);
    }
    if (reports > FLOATING_REPORTS)
        diagnose(diagnostics, SEVERITY_WARNING, NULL, 0, "%u more parts float", reports - FLOATING_REPORTS);
    free(seen);
    return true;
}
