#include "engine/operating_point.h"

#include "util/array.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FLOATING_REPORTS = 20, NAMES_SHOWN = 8, TEXT = 400 };

/* A list of names as long as is worth reading: "a, b and 3 more". */
struct list {
    char text[TEXT];
    size_t used, count;
};

static void list_name(struct list *list, const char *name)
{
    size_t length = strlen(name);
    if (++list->count > NAMES_SHOWN || list->used + length + 3 > TEXT)
        return;
    if (list->used > 0) {
        memcpy(list->text + list->used, ", ", 2);
        list->used += 2;
    }
    memcpy(list->text + list->used, name, length + 1);
    list->used += length;
}

static void list_end(struct list *list)
{
    enum { TAIL = 40 };
    if (list->count > NAMES_SHOWN && list->used + TAIL < TEXT)
        snprintf(list->text + list->used, TAIL, " and %zu more", list->count - NAMES_SHOWN);
}

static void warn_shared(const struct operating_point *op, const struct circuit *circuit,
                        struct diagnostics *diagnostics)
{
    struct list list = {.count = 0};
    uint32_t first = UINT32_MAX;
    if (!op->any_shared)
        return;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        if (!op->shared[e])
            continue;
        first = first < e ? first : e;
        list_name(&list, circuit->elements.text[e]);
    }
    list_end(&list);
    const struct element *element = &circuit->element[first];
    diagnostics->origin = circuit_origin(circuit, first);
    diagnose(diagnostics, SEVERITY_WARNING, element->place, element->name_length,
             "the currents of %s are not unique: they form loops without resistance; the split of least norm is given",
             list.text);
    diagnostics->origin = NULL;
}

/* The first element that touches a part. */
static uint32_t element_of(const struct circuit *circuit, const int32_t *reference, const uint32_t *tree, int32_t part)
{
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const uint32_t end[2] = {tree[circuit->element[e].a], tree[circuit->element[e].k]};
        if ((end[0] != 0 && reference[end[0] - 1] == part) || (end[1] != 0 && reference[end[1] - 1] == part))
            return e;
    }
    return 0;
}

/* The node of a tree whose potential is the tree's. */
static uint32_t root_of(const struct forest *forest, uint32_t tree)
{
    uint32_t node = 0;
    while (forest->tree[node] != tree || forest->via[node] != FOREST_NO_EDGE)
        node++;
    return node;
}

static void warn_part(const struct circuit *circuit, const int32_t *reference, const struct forest *forest,
                      uint32_t first, struct diagnostics *diagnostics)
{
    const uint32_t *tree = forest->tree;
    struct list list = {.count = 0};
    int32_t part = reference[tree[first] - 1];
    for (uint32_t node = first; node < circuit->nodes.count; node++)
        if (tree[node] != 0 && reference[tree[node] - 1] == part)
            list_name(&list, circuit->nodes.text[node]);
    list_end(&list);
    bool one = list.count == 1;
    uint32_t e = element_of(circuit, reference, tree, part);
    diagnostics->origin = circuit_origin(circuit, e);
    diagnose(diagnostics, SEVERITY_WARNING, circuit->element[e].place, circuit->element[e].name_length,
             "node%s %s float%s: no DC path to ground decides %s potential; it is given relative to node %s",
             one ? "" : "s", list.text, one ? "s" : "", one ? "its" : "their",
             circuit->nodes.text[root_of(forest, (uint32_t)part + 1)]);
    diagnostics->origin = NULL;
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
    warn_shared(op, circuit, diagnostics);
    for (uint32_t node = 1; node < circuit->nodes.count; node++) {
        if (tree[node] == 0 || reference[tree[node] - 1] == GROUND_UNKNOWN || seen[reference[tree[node] - 1]])
            continue;
        seen[reference[tree[node] - 1]] = true;
        if (++reports <= FLOATING_REPORTS)
            warn_part(circuit, reference, &supernodes->forest, node, diagnostics);
    }
    if (reports > FLOATING_REPORTS)
        diagnose(diagnostics, SEVERITY_WARNING, NULL, 0, "%u more parts float", reports - FLOATING_REPORTS);
    free(seen);
    return true;
}
