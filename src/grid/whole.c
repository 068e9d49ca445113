#include "grid/whole.h"

#include "util/array.h"
#include <stdlib.h>
#include <string.h>

struct sent_node {
    double hi, lo;  /* V */
    int64_t floats; /* as grid_answer has it */
};

struct sent_element {
    int64_t a, k; /* numbers of nodes */
    double value, current;
    uint32_t kind, branch;
};

/* What has come to rank 0 of all of them. */
struct gathered {
    struct sent_node *node;       /* by their numbers */
    struct sent_element *element; /* in the order of the netlist */
    char *node_names;             /* one after the other, NUL-terminated */
    char *element_names;          /* the same, each followed by how its card spells it */
    int64_t nodes, elements;
};

static void gathered_free(struct gathered *gathered)
{
    free(gathered->node);
    free(gathered->element);
    free(gathered->node_names);
    free(gathered->element_names);
}

/* ---- what a rank sends ------------------------------------------------------------------------------------------- */

/* Its nodes' names; *size: bytes. NULL when memory is out. */
static char *list_node_names(const struct share *share, size_t *size)
{
    const struct names *names = &share->circuit->nodes;
    *size = 0;
    for (int64_t q = 0; q < share->owned; q++)
        *size += strlen(names->text[share->own[q]]) + 1;
    char *list = array_new(*size, 1), *at = list;
    for (int64_t q = 0; list && q < share->owned; q++)
        at = stpcpy(at, names->text[share->own[q]]) + 1;
    return list;
}

static char *list_element_names(const struct circuit *circuit, size_t *size)
{
    int length;
    *size = 0;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        circuit_spelling(circuit, e, &length);
        *size += strlen(circuit->elements.text[e]) + (size_t)length + 2;
    }
    char *list = array_new(*size, 1), *at = list;
    for (uint32_t e = 0; list && e < circuit->elements.count; e++) {
        const char *spelled = circuit_spelling(circuit, e, &length);
        at = stpcpy(at, circuit->elements.text[e]) + 1;
        memcpy(at, spelled, (size_t)length);
        at += length + 1; /* array_new has cleared what lies between */
    }
    return list;
}

static bool send_nodes(struct gathered *gathered, const struct share *share, const struct grid_answer *answer)
{
    size_t size;
    int64_t bytes;
    struct sent_node *node = array_new((size_t)share->owned, sizeof *node);
    char *names = list_node_names(share, &size);
    bool done = ranks_all(node && names);
    for (int64_t q = 0; done && q < share->owned; q++) {
        uint32_t own = share->own[q];
        node[q] = (struct sent_node){answer->hi[own], answer->lo[own], answer->floats[own]};
    }
    done = done &&
           ranks_gather_first(&share->ranks, node, share->owned, sizeof *node, &gathered->node, &gathered->nodes,
                              NULL) &&
           ranks_gather_first(&share->ranks, names, (int64_t)size, 1, &gathered->node_names, &bytes, NULL);
    free(node);
    free(names);
    return done;
}

static bool send_elements(struct gathered *gathered, const struct share *share, const struct grid_answer *answer)
{
    const struct circuit *circuit = share->circuit;
    uint32_t count = circuit->elements.count;
    size_t size;
    int64_t bytes;
    struct sent_element *element = array_new(count, sizeof *element);
    char *names = list_element_names(circuit, &size);
    bool done = ranks_all(element && names);
    for (uint32_t e = 0; done && e < count; e++) {
        const struct element *own = &circuit->element[e];
        element[e] = (struct sent_element){
            share->number[own->a], share->number[own->k], own->value, answer->current[e], own->kind, own->branch};
    }
    done = done &&
           ranks_gather_first(&share->ranks, element, count, sizeof *element, &gathered->element, &gathered->elements,
                              NULL) &&
           ranks_gather_first(&share->ranks, names, (int64_t)size, 1, &gathered->element_names, &bytes, NULL);
    free(element);
    free(names);
    return done;
}

/* ---- what rank 0 makes of it ------------------------------------------------------------------------------------- */

/* Node 0 is ground. */
static uint32_t node_of(int64_t number)
{
    return number == GROUND_NUMBER ? GROUND : (uint32_t)number + 1;
}

static bool add_name(struct names *names, const char *text, size_t number)
{
    return names_add(names, text, strlen(text), NULL) == number;
}

static bool make_nodes(struct circuit *circuit, const struct gathered *gathered, const char *ground)
{
    size_t count = (size_t)gathered->nodes;
    const char *at = gathered->node_names;
    bool done = names_expect(&circuit->nodes, count + 1) && add_name(&circuit->nodes, ground, GROUND);
    for (size_t q = 0; done && q < count; q++) {
        done = add_name(&circuit->nodes, at, q + 1);
        at += strlen(at) + 1;
    }
    return done;
}

static bool make_elements(struct circuit *circuit, const struct gathered *gathered)
{
    size_t count = (size_t)gathered->elements;
    const char *at = gathered->element_names;
    circuit->element = array_new(count, sizeof *circuit->element);
    bool done = circuit->element && names_expect(&circuit->elements, count);
    for (size_t e = 0; done && e < count; e++) {
        const struct sent_element *sent = &gathered->element[e];
        done = add_name(&circuit->elements, at, e);
        at += strlen(at) + 1;
        circuit->element[e] = (struct element){.place = at,
                                               .name_length = (uint32_t)strlen(at),
                                               .kind = sent->kind & 0xf,
                                               .branch = sent->branch & 3,
                                               .a = node_of(sent->a),
                                               .k = node_of(sent->k),
                                               .value = sent->value};
        at += strlen(at) + 1;
    }
    return done;
}

static bool make_point(struct grid_whole *whole, const struct gathered *gathered, const struct grid_answer *answer)
{
    struct operating_point *op = &whole->op;
    if (!operating_point_new(op, &whole->circuit))
        return false;
    op->any_shared = answer->any_shared;
    op->floats[GROUND] = POINT_TIED;
    for (uint32_t node = 1; node < whole->circuit.nodes.count; node++) {
        const struct sent_node *sent = &gathered->node[node - 1];
        op->voltage[node] = sent->hi;
        op->low[node] = sent->lo;
        op->floats[node] = sent->floats == GRID_TIED ? POINT_TIED : node_of(sent->floats);
        op->any_floats |= sent->floats != GRID_TIED;
    }
    for (uint32_t e = 0; e < whole->circuit.elements.count; e++)
        op->current[e] = gathered->element[e].current;
    return true;
}

bool whole_gather(struct grid_whole *whole, const struct share *share, const struct grid_answer *answer)
{
    struct gathered gathered = {0};
    bool done = send_nodes(&gathered, share, answer) && send_elements(&gathered, share, answer);
    done = done && gathered.nodes < INT32_MAX && gathered.elements < INT32_MAX;
    if (done && share->ranks.rank == 0)
        done = make_nodes(&whole->circuit, &gathered, share->circuit->nodes.text[GROUND]) &&
               make_elements(&whole->circuit, &gathered) && make_point(whole, &gathered, answer);
    whole->text = gathered.element_names;
    gathered.element_names = NULL;
    gathered_free(&gathered);
    return ranks_all(done);
}

void whole_free(struct grid_whole *whole)
{
    operating_point_free(&whole->op);
    circuit_free(&whole->circuit);
    free(whole->text);
    *whole = (struct grid_whole){0};
}
