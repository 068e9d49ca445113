#include "circuit/columns.h"

#include "util/array.h"
#include <stdlib.h>
#include <string.h>

static bool build_branches(struct columns *columns, const struct circuit *circuit)
{
    uint32_t nodes = circuit->nodes.count, elements = circuit->elements.count;
    columns->start = array_new((size_t)nodes + 2, sizeof *columns->start);
    columns->list = array_new((size_t)elements * 2, sizeof *columns->list);
    if (!columns->start || !columns->list)
        return false;
    size_t *fill = columns->start + 1; /* becomes start[] while filling */
    for (uint32_t e = 0; e < elements; e++) {
        const struct element *element = &circuit->element[e];
        fill[element->a + 1] += element->a != element->k;
        fill[element->k + 1] += element->a != element->k;
    }
    for (uint32_t v = 0; v < nodes; v++)
        fill[v + 1] += fill[v];
    for (uint32_t e = 0; e < elements; e++) {
        const struct element *element = &circuit->element[e];
        if (element->a == element->k)
            continue;
        columns->list[fill[element->a]++] = 2 * e;
        columns->list[fill[element->k]++] = 2 * e + 1;
    }
    return true;
}

static bool allocate(struct columns *columns, const struct circuit *circuit)
{
    size_t count[ELEMENT_DIODE + 1] = {0};
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        count[circuit->element[e].kind]++;
    size_t resistors = count[ELEMENT_RESISTOR];
    columns->a = array_new(resistors, sizeof *columns->a);
    columns->k = array_new(resistors, sizeof *columns->k);
    columns->resistance = array_new(resistors, sizeof *columns->resistance);
    columns->resistor = array_new(resistors, sizeof *columns->resistor);
    columns->other = array_new(circuit->elements.count - resistors, sizeof *columns->other);
    columns->holder = array_new(count[ELEMENT_VSOURCE] + count[ELEMENT_SHORT], sizeof *columns->holder);
    columns->source = array_new(count[ELEMENT_ISOURCE], sizeof *columns->source);
    columns->diode = array_new(count[ELEMENT_DIODE], sizeof *columns->diode);
    columns->conductance = array_new(circuit->nodes.count, sizeof *columns->conductance);
    return columns->a && columns->k && columns->resistance && columns->resistor && columns->other && columns->holder &&
           columns->source && columns->diode && columns->conductance;
}

static void add_element(struct columns *columns, const struct element *element, uint32_t e)
{
    if (element->kind != ELEMENT_RESISTOR)
        columns->other[columns->others++] = e;
    switch ((enum element_kind)element->kind) {
    case ELEMENT_RESISTOR:
        columns->a[columns->resistors] = element->a;
        columns->k[columns->resistors] = element->k;
        columns->resistor[columns->resistors++] = e;
        break;
    case ELEMENT_VSOURCE:
    case ELEMENT_SHORT:
        columns->holder[columns->holders++] = e;
        break;
    case ELEMENT_ISOURCE:
        columns->source[columns->sources++] = e;
        break;
    case ELEMENT_DIODE:
        columns->diode[columns->diodes++] = e;
        break;
    case ELEMENT_CAPACITOR:
        break;
    }
}

bool columns_build(struct columns *columns, const struct circuit *circuit)
{
    if (circuit->elements.count > UINT32_MAX / 2 || !allocate(columns, circuit) || !build_branches(columns, circuit)) {
        columns_free(columns);
        return false;
    }
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        add_element(columns, &circuit->element[e], e);
    columns_revalue(columns, circuit);
    return true;
}

void columns_revalue(struct columns *columns, const struct circuit *circuit)
{
    memset(columns->conductance, 0, circuit->nodes.count * sizeof *columns->conductance);
    for (uint32_t r = 0; r < columns->resistors; r++) {
        double resistance = circuit->element[columns->resistor[r]].value;
        columns->resistance[r] = resistance;
        if (columns->a[r] == columns->k[r])
            continue;
        columns->conductance[columns->a[r]] += 1 / resistance;
        columns->conductance[columns->k[r]] += 1 / resistance;
    }
}

void columns_free(struct columns *columns)
{
    free(columns->a);
    free(columns->k);
    free(columns->resistance);
    free(columns->resistor);
    free(columns->other);
    free(columns->holder);
    free(columns->source);
    free(columns->diode);
    free(columns->conductance);
    free(columns->start);
    free(columns->list);
    *columns = (struct columns){0};
}
