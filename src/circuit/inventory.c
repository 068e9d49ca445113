#include "circuit/inventory.h"

#include "util/array.h"
#include "util/disjoint.h"
#include "util/kernel.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LONG_RUN = 8 }; /* worth a loop of its own, in the mean */

static bool build_branches(struct inventory *inventory, const struct circuit *circuit)
{
    uint32_t nodes = circuit->nodes.count, elements = circuit->elements.count;
    inventory->start = array_new((size_t)nodes + 2, sizeof *inventory->start);
    inventory->list = array_new((size_t)elements * 2, sizeof *inventory->list);
    if (!inventory->start || !inventory->list)
        return false;
    size_t *fill = inventory->start + 1; /* becomes start[] while filling */
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
        inventory->list[fill[element->a]++] = 2 * e;
        inventory->list[fill[element->k]++] = 2 * e + 1;
    }
    return true;
}

static bool allocate(struct inventory *inventory, const struct circuit *circuit)
{
    size_t count[ELEMENT_DIODE + 1] = {0};
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        count[circuit->element[e].kind]++;
    size_t resistors = count[ELEMENT_RESISTOR];
    inventory->a = array_new(resistors, sizeof *inventory->a);
    inventory->k = array_new(resistors, sizeof *inventory->k);
    inventory->resistance = array_new(resistors, sizeof *inventory->resistance);
    inventory->resistor = array_new(resistors, sizeof *inventory->resistor);
    inventory->other = array_new(circuit->elements.count - resistors, sizeof *inventory->other);
    inventory->holder = array_new(count[ELEMENT_VSOURCE] + count[ELEMENT_SHORT], sizeof *inventory->holder);
    inventory->source = array_new(count[ELEMENT_ISOURCE], sizeof *inventory->source);
    inventory->diode = array_new(count[ELEMENT_DIODE], sizeof *inventory->diode);
    inventory->conductance = array_new(circuit->nodes.count, sizeof *inventory->conductance);
    inventory->held = array_new(circuit->nodes.count, sizeof *inventory->held);
    inventory->joined = array_new(circuit->nodes.count, sizeof *inventory->joined);
    return inventory->a && inventory->k && inventory->resistance && inventory->resistor && inventory->other &&
           inventory->holder && inventory->source && inventory->diode && inventory->conductance && inventory->held &&
           inventory->joined;
}

static void add_element(struct inventory *inventory, const struct element *element, uint32_t e)
{
    if (element->kind != ELEMENT_RESISTOR)
        inventory->other[inventory->others++] = e;
    switch ((enum element_kind)element->kind) {
    case ELEMENT_RESISTOR:
        inventory->a[inventory->resistors] = element->a;
        inventory->k[inventory->resistors] = element->k;
        inventory->resistor[inventory->resistors++] = e;
        break;
    case ELEMENT_VSOURCE:
    case ELEMENT_SHORT:
        inventory->holder[inventory->holders++] = e;
        disjoint_join(inventory->held, element->a, element->k);
        break;
    case ELEMENT_ISOURCE:
        inventory->source[inventory->sources++] = e;
        break;
    case ELEMENT_DIODE:
        inventory->diode[inventory->diodes++] = e;
        break;
    case ELEMENT_CAPACITOR:
        break;
    }
}

/* ---- runs -------------------------------------------------------------------------------------------------------- */

/* The longest run from resistor `begin` on. */
static struct inventory_run run_at(const struct inventory *inventory, uint32_t begin)
{
    const uint32_t *a = inventory->a + begin, *k = inventory->k + begin, *resistor = inventory->resistor + begin;
    uint32_t most = inventory->resistors - begin, length = 1;
    bool forward = !(most > 1 && k[1] == k[0]);
    const uint32_t *still = forward ? a : k, *moving = forward ? k : a;
    while (length < most && resistor[length] == resistor[0] + length && still[length] == still[0] &&
           moving[length] == moving[0] + length)
        length++;
    return (struct inventory_run){begin, length, still[0], moving[0], forward ? 1 : -1};
}

/* The runs of all resistors, into run where it is not NULL. Their number; 0 also where it would be more than `most`, or
 * a resistor has both ends on one node. */
static uint32_t find_runs(const struct inventory *inventory, uint32_t most, struct inventory_run *run)
{
    uint32_t runs = 0;
    for (uint32_t begin = 0; begin < inventory->resistors;) {
        struct inventory_run next = run_at(inventory, begin);
        if (runs == most || next.still - next.moving < next.length)
            return 0;
        if (run)
            run[runs] = next;
        runs++;
        begin += next.length;
    }
    return runs;
}

static bool build_runs(struct inventory *inventory)
{
    uint32_t runs = find_runs(inventory, inventory->resistors / LONG_RUN, NULL);
    if (runs == 0)
        return true;
    inventory->run = array_new(runs, sizeof *inventory->run);
    if (!inventory->run)
        return false;
    inventory->runs = find_runs(inventory, runs, inventory->run);
    return true;
}

KERNEL
static void sum_runs(struct inventory *inventory)
{
    double most = 0; /* S */
    for (uint32_t r = 0; r < inventory->runs; r++) {
        const struct inventory_run *run = &inventory->run[r];
        const double *restrict resistance = inventory->resistance + run->begin;
        double *restrict there = inventory->conductance + run->moving;
        double sum = 0;
        KERNEL_REDUCTION(most, sum)
        for (uint32_t q = 0; q < run->length; q++) {
            double g = 1 / resistance[q];
            there[q] += g;
            sum += g;
            most = g > most ? g : most;
        }
        inventory->conductance[run->still] += sum;
    }
    inventory->least = 1 / most;
}

static void sum_resistors(struct inventory *inventory)
{
    inventory->least = INFINITY;
    for (uint32_t r = 0; r < inventory->resistors; r++) {
        double resistance = inventory->resistance[r];
        inventory->least = resistance < inventory->least ? resistance : inventory->least;
        if (inventory->a[r] == inventory->k[r])
            continue;
        inventory->conductance[inventory->a[r]] += 1 / resistance;
        inventory->conductance[inventory->k[r]] += 1 / resistance;
    }
}

/* Join sets by the resistors up to `limit` until one set is left. Dense layers have many more than it takes: of theirs,
 * some of each layer are tried before the others. */
static void join_within(struct inventory *inventory, double limit, uint32_t *sets)
{
    const uint32_t step = inventory->runs ? 61 : 1; /* prime: other columns in each row */
    for (uint32_t first = 0; first < step; first++) {
        for (uint32_t r = first; r < inventory->resistors && *sets > 1; r += step) {
            double resistance = inventory->resistance[r];
            if (resistance > limit || !disjoint_join(inventory->joined, inventory->a[r], inventory->k[r]))
                continue;
            inventory->loosest = resistance > inventory->loosest ? resistance : inventory->loosest;
            --*sets;
        }
    }
}

/* A tree of resistors that joins what holders do not, decade after decade. */
static void join_nodes(struct inventory *inventory)
{
    uint32_t sets = 0;
    memcpy(inventory->joined, inventory->held, inventory->nodes * sizeof *inventory->joined);
    for (uint32_t v = 0; v < inventory->nodes; v++)
        sets += inventory->joined[v] == v;
    inventory->loosest = 0;
    for (double reach = 10; reach <= inventory_reach && sets > 1; reach *= 10)
        join_within(inventory, reach * inventory->least, &sets);
    if (sets > 1)
        inventory->loosest = INFINITY;
}

void inventory_sum(struct inventory *inventory)
{
    if (!inventory->unsummed)
        return;
    memset(inventory->conductance, 0, inventory->nodes * sizeof *inventory->conductance);
    if (inventory->runs)
        sum_runs(inventory);
    else
        sum_resistors(inventory);
    join_nodes(inventory);
    inventory->unsummed = false;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

bool inventory_build(struct inventory *inventory, const struct circuit *circuit)
{
    inventory->nodes = circuit->nodes.count;
    if (circuit->elements.count > UINT32_MAX / 2 || !allocate(inventory, circuit) ||
        !build_branches(inventory, circuit)) {
        inventory_free(inventory);
        return false;
    }
    disjoint_init(inventory->held, inventory->nodes);
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        add_element(inventory, &circuit->element[e], e);
    if (!build_runs(inventory)) {
        inventory_free(inventory);
        return false;
    }
    inventory_revalue(inventory, circuit);
    return true;
}

void inventory_revalue(struct inventory *inventory, const struct circuit *circuit)
{
    for (uint32_t r = 0; r < inventory->resistors; r++)
        inventory->resistance[r] = circuit->element[inventory->resistor[r]].value;
    inventory->unsummed = true;
    inventory_sum(inventory);
}

/* The first resistor that is element `element` or behind it. */
static uint32_t place_of(const struct inventory *inventory, uint32_t element)
{
    uint32_t low = 0, high = inventory->resistors;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (inventory->resistor[middle] < element)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool inventory_has_resistors(const struct inventory *inventory, uint32_t element, uint32_t count)
{
    uint32_t first = place_of(inventory, element);
    return count == 0 || (count <= inventory->resistors - first && inventory->resistor[first] == element &&
                          inventory->resistor[first + count - 1] == element + count - 1);
}

void inventory_set_resistances(struct inventory *inventory, uint32_t element, uint32_t count, const double *ohms)
{
    memcpy(inventory->resistance + place_of(inventory, element), ohms, count * sizeof *ohms);
    inventory->unsummed = true;
}

void inventory_free(struct inventory *inventory)
{
    free(inventory->a);
    free(inventory->k);
    free(inventory->resistance);
    free(inventory->resistor);
    free(inventory->other);
    free(inventory->holder);
    free(inventory->source);
    free(inventory->diode);
    free(inventory->conductance);
    free(inventory->held);
    free(inventory->joined);
    free(inventory->run);
    free(inventory->start);
    free(inventory->list);
    *inventory = (struct inventory){0};
}
