#include "circuit/element_tables.h"

#include "util/array.h"
#include "util/search.h"
#include "util/kernel.h"
#include "util/octet.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LONG_FAN = 8 }; /* worth a loop of its own, in the mean */

/* Of all branches: fewer of them side by side are not worth it. */
static const double MOSTLY = 0.5;

static bool allocate(struct element_tables *tables, const struct circuit *circuit)
{
    size_t count[ELEMENT_SWITCH + 1] = {0}, elements = circuit->elements.count, nodes = circuit->nodes.count;
    for (uint32_t e = 0; e < elements; e++)
        count[circuit->element[e].kind]++;
    size_t resistors = count[ELEMENT_RESISTOR], others = elements - resistors;
    const struct array_request request[] = {
        {&tables->a, resistors, sizeof *tables->a},
        {&tables->k, resistors, sizeof *tables->k},
        {&tables->resistance, resistors, sizeof *tables->resistance},
        {&tables->resistor, resistors, sizeof *tables->resistor},
        {&tables->other, others, sizeof *tables->other},
        {&tables->voltage_defined, count[ELEMENT_VSOURCE] + count[ELEMENT_SHORT], sizeof *tables->voltage_defined},
        {&tables->source, count[ELEMENT_ISOURCE], sizeof *tables->source},
        {&tables->diode, count[ELEMENT_DIODE], sizeof *tables->diode},
        {&tables->conductance, nodes, sizeof *tables->conductance},
        {&tables->start, nodes + 2, sizeof *tables->start},
        {&tables->list, elements * 2, sizeof *tables->list},
    };
    tables->block = arrays_new(request, sizeof request / sizeof *request);
    return tables->block &&
           law_columns_build(&tables->laws, count[ELEMENT_DIODE], count[ELEMENT_CONTROLLED_VOLTAGE], others);
}

static void build_branches(struct element_tables *tables, const struct circuit *circuit)
{
    uint32_t nodes = circuit->nodes.count, elements = circuit->elements.count;
    uint32_t *fill = tables->start + 1; /* becomes start[] while filling */
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
        tables->list[fill[element->a]++] = 2 * e;
        tables->list[fill[element->k]++] = 2 * e + 1;
    }
}

/* The fewest branches that one of eight nodes has. */
static uint32_t fewest_of(const uint32_t *start)
{
    uint32_t fewest = start[1] - start[0];
    for (int l = 1; l < OCTET; l++)
        fewest = start[l + 1] - start[l] < fewest ? start[l + 1] - start[l] : fewest;
    return fewest;
}

bool element_tables_arrange(struct element_tables *tables)
{
    if (tables->fans > 0 || tables->arranged)
        return true;
    const uint32_t *start = tables->start;
    uint32_t octets = tables->nodes / OCTET;
    size_t entries = 0;
    for (uint32_t o = 0; o < octets; o++)
        entries += OCTET * (size_t)fewest_of(start + o * OCTET);
    if (entries < MOSTLY * start[tables->nodes])
        octets = 0;
    const struct array_request request[] = {
        {&tables->fewest, octets, sizeof *tables->fewest},
        {&tables->side_by_side, octets ? entries : 0, sizeof *tables->side_by_side},
    };
    tables->arranged = arrays_new(request, sizeof request / sizeof *request);
    tables->octets = tables->arranged ? octets : 0;
    uint32_t *entry = tables->side_by_side;
    for (uint32_t o = 0; o < tables->octets; o++, start += OCTET) {
        tables->fewest[o] = fewest_of(start);
        for (uint32_t q = 0; q < tables->fewest[o]; q++)
            for (int l = 0; l < OCTET; l++)
                *entry++ = tables->list[start[l] + q];
    }
    return tables->arranged;
}

static void add_element(struct element_tables *tables, const struct element *element, uint32_t e)
{
    if (element->kind != ELEMENT_RESISTOR)
        tables->other[tables->others++] = e;
    switch ((enum element_kind)element->kind) {
    case ELEMENT_RESISTOR:
        tables->a[tables->resistors] = element->a;
        tables->k[tables->resistors] = element->k;
        tables->resistor[tables->resistors++] = e;
        break;
    case ELEMENT_VSOURCE:
    case ELEMENT_SHORT:
        tables->voltage_defined[tables->voltage_defined_count++] = e;
        break;
    case ELEMENT_ISOURCE:
        tables->source[tables->sources++] = e;
        break;
    case ELEMENT_DIODE:
        tables->diode[tables->diodes++] = e;
        break;
    case ELEMENT_CAPACITOR:
    case ELEMENT_CONTROLLED_VOLTAGE:
    case ELEMENT_CONTROLLED_CURRENT:
    case ELEMENT_SWITCH:
        break;
    }
}

/* ---- fans -------------------------------------------------------------------------------------------------------- */

/* The longest fan from resistor `begin` on. */
static struct fan fan_at(const struct element_tables *tables, uint32_t begin)
{
    const uint32_t *a = tables->a + begin, *k = tables->k + begin, *resistor = tables->resistor + begin;
    uint32_t most = tables->resistors - begin, length = 1;
    bool forward = !(most > 1 && k[1] == k[0]);
    const uint32_t *still = forward ? a : k, *moving = forward ? k : a;
    while (length < most && resistor[length] == resistor[0] + length && still[length] == still[0] &&
           moving[length] == moving[0] + length)
        length++;
    return (struct fan){begin, length, still[0], moving[0], forward ? 1 : -1};
}

/* The fans of all resistors, into fan where it is not NULL. Their number; 0 also where it would be more than `most`, or
 * a resistor has both ends on one node. */
static uint32_t find_fans(const struct element_tables *tables, uint32_t most, struct fan *fan)
{
    uint32_t fans = 0;
    for (uint32_t begin = 0; begin < tables->resistors;) {
        struct fan next = fan_at(tables, begin);
        if (fans == most || next.still - next.moving < next.length)
            return 0;
        if (fan)
            fan[fans] = next;
        fans++;
        begin += next.length;
    }
    return fans;
}

static bool build_fans(struct element_tables *tables)
{
    uint32_t fans = find_fans(tables, tables->resistors / LONG_FAN, NULL);
    if (fans == 0)
        return true;
    tables->fan = array_new(fans, sizeof *tables->fan);
    if (!tables->fan)
        return false;
    tables->fans = find_fans(tables, fans, tables->fan);
    return true;
}

KERNEL
static void sum_fans(struct element_tables *tables)
{
    for (uint32_t r = 0; r < tables->fans; r++) {
        const struct fan *fan = &tables->fan[r];
        const double *restrict resistance = tables->resistance + fan->begin;
        double *restrict there = tables->conductance + fan->moving;
        double sum = 0;
        KERNEL_SUM(sum)
        for (uint32_t q = 0; q < fan->length; q++) {
            double g = 1 / resistance[q];
            there[q] += g;
            sum += g;
        }
        tables->conductance[fan->still] += sum;
    }
}

static void sum_resistors(struct element_tables *tables)
{
    for (uint32_t r = 0; r < tables->resistors; r++) {
        double resistance = tables->resistance[r];
        if (tables->a[r] == tables->k[r])
            continue;
        tables->conductance[tables->a[r]] += 1 / resistance;
        tables->conductance[tables->k[r]] += 1 / resistance;
    }
}

KERNEL
static void divide_drops(const struct element_tables *tables, const double *hi, const double *lo, double *i)
{
    const uint32_t *a = tables->a, *k = tables->k, *resistor = tables->resistor;
    const double *resistance = tables->resistance;
    KERNEL_EACH
    for (uint32_t r = 0; r < tables->resistors; r++)
        i[resistor[r]] = ((hi[a[r]] - hi[k[r]]) + (lo[a[r]] - lo[k[r]])) / resistance[r];
}

void element_tables_currents(const struct element_tables *tables, const double *hi, const double *lo, double *i)
{
    divide_drops(tables, hi, lo, i);
}

void element_tables_sum(struct element_tables *tables)
{
    if (!tables->unsummed)
        return;
    memset(tables->conductance, 0, tables->nodes * sizeof *tables->conductance);
    if (tables->fans)
        sum_fans(tables);
    else
        sum_resistors(tables);
    tables->unsummed = false;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

bool element_tables_build(struct element_tables *tables, const struct circuit *circuit)
{
    tables->nodes = circuit->nodes.count;
    bool built = circuit->elements.count <= UINT32_MAX / 2 && allocate(tables, circuit);
    if (built)
        build_branches(tables, circuit);
    for (uint32_t e = 0; built && e < circuit->elements.count; e++)
        add_element(tables, &circuit->element[e], e);
    if (built && build_fans(tables))
        element_tables_revalue(tables, circuit);
    else
        element_tables_free(tables);
    return tables->block;
}

void element_tables_revalue(struct element_tables *tables, const struct circuit *circuit)
{
    for (uint32_t r = 0; r < tables->resistors; r++)
        tables->resistance[r] = circuit->element[tables->resistor[r]].value;
    law_columns_revalue(&tables->laws, circuit, tables->other, tables->others);
    tables->unsummed = true;
    element_tables_sum(tables);
}

/* The first resistor that is element `element` or behind it. */
static uint32_t place_of(const struct element_tables *tables, uint32_t element)
{
    return (uint32_t)search_ascending(tables->resistor, tables->resistors, element);
}

bool element_tables_has_resistors(const struct element_tables *tables, uint32_t element, uint32_t count)
{
    uint32_t first = place_of(tables, element);
    return count == 0 || (count <= tables->resistors - first && tables->resistor[first] == element &&
                          tables->resistor[first + count - 1] == element + count - 1);
}

void element_tables_set_resistances(struct element_tables *tables, uint32_t element, uint32_t count, const double *ohms)
{
    memcpy(tables->resistance + place_of(tables, element), ohms, count * sizeof *ohms);
    tables->unsummed = true;
}

void element_tables_free(struct element_tables *tables)
{
    law_columns_free(&tables->laws);
    free(tables->fan);
    free(tables->arranged);
    free(tables->block);
    *tables = (struct element_tables){0};
}
