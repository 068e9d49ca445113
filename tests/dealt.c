#include "dealt.h"

#include "util/array.h"
#include <stdlib.h>
#include <string.h>

static int dealt_to(const struct circuit *whole, uint32_t e, enum deal deal, int ranks)
{
    e -= whole->element[e].branch;
    return deal == IN_TURN ? (int)(e % (uint32_t)ranks)
                           : (int)((uint64_t)e * (uint64_t)ranks / whole->elements.count);
}

static uint32_t add_node(struct dealt *part, const struct circuit *whole, uint32_t node)
{
    bool is_new;
    const char *name = whole->nodes.text[node];
    uint32_t number = names_add(&part->circuit.nodes, name, strlen(name), &is_new);
    part->node[number] = node;
    return number;
}

struct dealt deal_out(const struct circuit *whole, enum deal deal, const struct ranks *ranks)
{
    struct dealt part = {.node = array_new(whole->nodes.count, sizeof *part.node),
                        .element = array_new(whole->elements.count, sizeof *part.element)};
    part.circuit.element = array_new(whole->elements.count, sizeof *part.circuit.element);
    part.circuit.law = whole->law;
    part.circuit.n_laws = whole->n_laws;
    add_node(&part, whole, GROUND);
    for (uint32_t e = 0; e < whole->elements.count; e++) {
        if (dealt_to(whole, e, deal, ranks->count) != ranks->rank)
            continue;
        const char *name = whole->elements.text[e];
        uint32_t number = names_add(&part.circuit.elements, name, strlen(name), NULL);
        struct element *element = &part.circuit.element[number];
        part.element[number] = e;
        *element = whole->element[e];
        element->a = add_node(&part, whole, element->a);
        element->k = add_node(&part, whole, element->k);
    }
    return part;
}

void dealt_free(struct dealt *part)
{
    part->circuit.law = NULL;
    circuit_free(&part->circuit);
    free(part->node);
    free(part->element);
}

double *dealt_values(const double *x, const uint32_t *list, uint32_t count)
{
    double *picked = array_new(count, sizeof *picked);
    for (uint32_t q = 0; q < count; q++)
        picked[q] = x[list[q]];
    return picked;
}
