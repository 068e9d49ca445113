#include "general/plain_junctions.h"

#include "general/equations_parts.h"
#include "laws/junctions.h"
#include "util/array.h"
#include <stdlib.h>

static bool make_arrays(struct plain_junctions *junctions, const struct circuit *circuit)
{
    size_t count = 0;
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        count += circuit_plain_junction(circuit, &circuit->element[e]) != NULL;
    size_t padded = junctions_padded(count);
    const struct array_request request[] = {
        {&junctions->junction, count, sizeof *junctions->junction}, {&junctions->is, padded, sizeof(double)},
        {&junctions->vt, padded, sizeof(double)},                   {&junctions->u, padded, sizeof(double)},
        {&junctions->i, padded, sizeof(double)},                    {&junctions->slope, padded, sizeof(double)},
        {&junctions->g_off, count, sizeof(double)},                 {&junctions->multiple, count, sizeof(double)},
    };
    junctions->block = arrays_new(request, sizeof request / sizeof *request);
    return junctions->block;
}

static uint32_t equation_of(const struct equations *equations, uint32_t node)
{
    uint32_t row = equations_unknown(node);
    return row == EQUATIONS_NONE || equations->replaced[row] ? JUNCTION_NOWHERE : row;
}

/* The place of the next stamp of an element, `at` of its first. */
static uint32_t next_place(const struct equations *equations, uint32_t row, uint32_t column, size_t *at)
{
    if (row == EQUATIONS_NONE || column == EQUATIONS_NONE || (equations->replaced[row] && row != column))
        return JUNCTION_NOWHERE;
    uint32_t place = equations->slot[(*at)++];
    return equations->replaced[row] ? JUNCTION_NOWHERE : place;
}

static struct plain_junction place(const struct equations *equations, uint32_t e)
{
    const struct element *element = &equations->circuit->element[e];
    size_t at = equations->first_stamp[e];
    struct plain_junction junction = {.element = e,
                                      .a = equations_unknown(element->a),
                                      .k = equations_unknown(element->k),
                                      .row_a = equation_of(equations, element->a),
                                      .row_k = equation_of(equations, element->k)};
    junction.place[0] = next_place(equations, junction.a, junction.a, &at);
    junction.place[1] = next_place(equations, junction.a, junction.k, &at);
    junction.place[2] = next_place(equations, junction.k, junction.a, &at);
    junction.place[3] = next_place(equations, junction.k, junction.k, &at);
    return junction;
}

bool plain_junctions_find(struct plain_junctions *junctions, const struct equations *equations)
{
    const struct circuit *circuit = equations->circuit;
    if (!make_arrays(junctions, circuit))
        return false;
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        if (circuit_plain_junction(circuit, &circuit->element[e]))
            junctions->junction[junctions->count++] = place(equations, e);
    return true;
}

static void take_values(struct plain_junctions *junctions, const struct circuit *circuit)
{
    if (junctions->values == circuit->version.values)
        return;
    for (uint32_t q = 0; q < junctions->count; q++) {
        const struct element *element = &circuit->element[junctions->junction[q].element];
        const struct junction *law = circuit_plain_junction(circuit, element);
        junctions->is[q] = law->is;
        junctions->vt[q] = law->vt;
        junctions->g_off[q] = circuit->law[element->law].g_off;
        junctions->multiple[q] = element->value;
    }
    junctions_pad(junctions->is, junctions->count);
    junctions_pad(junctions->vt, junctions->count);
    junctions->values = circuit->version.values;
}

void plain_junctions_evaluate(struct plain_junctions *junctions, const struct circuit *circuit, const double *x)
{
    take_values(junctions, circuit);
    for (uint32_t q = 0; q < junctions->count; q++) {
        const struct plain_junction *junction = &junctions->junction[q];
        double a = junction->a == JUNCTION_NOWHERE ? 0 : x[junction->a];
        junctions->u[q] = a - (junction->k == JUNCTION_NOWHERE ? 0 : x[junction->k]);
    }
    junctions_pad(junctions->u, junctions->count);
    junctions_current(junctions_padded(junctions->count), junctions->is, junctions->vt, junctions->u, junctions->i,
                      junctions->slope);
}

void plain_junctions_free(struct plain_junctions *junctions)
{
    free(junctions->block);
    *junctions = (struct plain_junctions){0};
}
