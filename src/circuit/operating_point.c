#include "circuit/operating_point.h"

#include "laws/law.h"
#include "util/array.h"
#include <stdlib.h>
#include <string.h>

bool operating_point_new(struct operating_point *op, const struct circuit *circuit)
{
    size_t nodes = circuit->nodes.count, elements = circuit->elements.count;
    const struct array_request request[] = {
        {&op->voltage, nodes, sizeof *op->voltage},      {&op->low, nodes, sizeof *op->low},
        {&op->current, elements, sizeof *op->current},   {&op->shared, elements, sizeof *op->shared},
        {&op->floats, nodes, sizeof *op->floats},
    };
    op->block = arrays_new(request, sizeof request / sizeof *request);
    if (op->block)
        memset(op->floats, 0xff, nodes * sizeof *op->floats); /* POINT_TIED */
    return op->block;
}

double operating_point_junction(const struct operating_point *op, const struct circuit *circuit, uint32_t element,
                                double *slope)
{
    const struct law *law = &circuit->law[circuit->element[element].law];
    double drop = operating_point_drop(op, &circuit->element[element]);
    if (!law->curve || law->curve->kind != CURVE_JUNCTION) {
        *slope = law_at(law, dd_from(drop), 0).slope;
        return drop;
    }
    const struct junction *junction = &law->curve->junction;
    double w = drop - junction->rs * op->current[element];
    junction_current(junction, w, slope);
    *slope += junction->gmin;
    return w;
}

void operating_point_take(struct operating_point *op, const struct operating_point *from, const struct circuit *circuit)
{
    size_t nodes = circuit->nodes.count;
    memcpy(op->voltage, from->voltage, nodes * sizeof *op->voltage);
    memcpy(op->low, from->low, nodes * sizeof *op->low);
    memcpy(op->current, from->current, circuit->elements.count * sizeof *op->current);
}

void operating_point_copy(struct operating_point *op, const struct operating_point *from,
                          const struct circuit *circuit)
{
    size_t nodes = circuit->nodes.count, elements = circuit->elements.count;
    operating_point_take(op, from, circuit);
    memcpy(op->shared, from->shared, elements * sizeof *op->shared);
    memcpy(op->floats, from->floats, nodes * sizeof *op->floats);
    op->any_shared = from->any_shared;
    op->any_floats = from->any_floats;
}

void operating_point_free(struct operating_point *op)
{
    free(op->block);
    *op = (struct operating_point){0};
}
