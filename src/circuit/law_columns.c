#include "circuit/law_columns.h"

#include "util/array.h"
#include "util/double_double.h"
#include "util/kernel.h"
#include <stdlib.h>

static bool is_gain(const struct circuit *circuit, const struct element *element)
{
    if (element->kind != ELEMENT_CONTROLLED_VOLTAGE || element->value != 1)
        return false;
    const struct coupling *coupling = &circuit->coupling[element->law];
    return control_law_is_sum(&coupling->law) && coupling->law.n == 1 && coupling->control->kind == CONTROL_VOLTAGE;
}

bool law_columns_build(struct law_columns *columns, size_t diodes, size_t voltages, size_t elements)
{
    struct junction_columns *junction = &columns->junction;
    struct gain_columns *gain = &columns->gain;
    size_t padded = junctions_padded(diodes);
    const struct array_request request[] = {
        {&junction->element, diodes, sizeof(uint32_t)}, {&junction->a, padded, sizeof(uint32_t)},
        {&junction->k, padded, sizeof(uint32_t)},       {&junction->is, padded, sizeof(double)},
        {&junction->vt, padded, sizeof(double)},        {&junction->g_off, diodes, sizeof(double)},
        {&junction->multiple, diodes, sizeof(double)},  {&gain->element, voltages, sizeof(uint32_t)},
        {&gain->a, voltages, sizeof(uint32_t)},         {&gain->k, voltages, sizeof(uint32_t)},
        {&gain->p, voltages, sizeof(uint32_t)},         {&gain->q, voltages, sizeof(uint32_t)},
        {&gain->gain, voltages, sizeof(double)},        {&columns->other, elements, sizeof(uint32_t)},
    };
    columns->block = arrays_new(request, sizeof request / sizeof *request);
    return columns->block;
}

static void add_junction(struct junction_columns *columns, const struct circuit *circuit, uint32_t e,
                         const struct junction *junction)
{
    const struct element *element = &circuit->element[e];
    uint32_t q = columns->count++;
    columns->element[q] = e;
    columns->a[q] = element->a;
    columns->k[q] = element->k;
    columns->is[q] = junction->is;
    columns->vt[q] = junction->vt;
    columns->g_off[q] = circuit->law[element->law].g_off;
    columns->multiple[q] = element->value;
}

static void add_gain(struct gain_columns *columns, const struct circuit *circuit, uint32_t e)
{
    const struct element *element = &circuit->element[e];
    const struct coupling *coupling = &circuit->coupling[element->law];
    uint32_t q = columns->count++;
    columns->element[q] = e;
    columns->a[q] = element->a;
    columns->k[q] = element->k;
    columns->p[q] = coupling->control->p;
    columns->q[q] = coupling->control->q;
    columns->gain[q] = coupling->law.gain[0];
}

static void pad(struct junction_columns *columns)
{
    uint32_t count = columns->count;
    junctions_pad(columns->is, count);
    junctions_pad(columns->vt, count);
    for (size_t q = count; q < junctions_padded(count); q++) {
        columns->a[q] = columns->a[count - 1];
        columns->k[q] = columns->k[count - 1];
    }
}

void law_columns_revalue(struct law_columns *columns, const struct circuit *circuit, const uint32_t *element,
                         uint32_t elements)
{
    columns->junction.count = columns->gain.count = columns->others = 0;
    for (uint32_t e = 0; e < elements; e++) {
        const struct junction *junction = circuit_plain_junction(circuit, &circuit->element[element[e]]);
        if (junction)
            add_junction(&columns->junction, circuit, element[e], junction);
        else if (is_gain(circuit, &circuit->element[element[e]]))
            add_gain(&columns->gain, circuit, element[e]);
        else
            columns->other[columns->others++] = element[e];
    }
    pad(&columns->junction);
}

/* ---- at potentials ----------------------------------------------------------------------------------------------- */

KERNEL
static bool find_drops(const struct junction_columns *columns, size_t begin, size_t count, const double *hi,
                       const double *lo, double *restrict u, double *restrict low)
{
    const uint32_t *a = columns->a + begin, *k = columns->k + begin;
    const double *vt = columns->vt + begin, *rest = lo ? lo : hi, scale = lo ? 1 : 0;
    int beyond = 0;
    KERNEL_FLAG(beyond)
    for (size_t q = 0; q < count; q++) {
        struct dd drop = dd_difference(hi[a[q]], scale * rest[a[q]], hi[k[q]], scale * rest[k[q]]);
        u[q] = drop.hi;
        low[q] = drop.lo;
        beyond |= !(drop.hi <= JUNCTION_EXPONENT_LIMIT * vt[q]);
    }
    return !beyond;
}

bool law_columns_drops(const struct junction_columns *columns, size_t begin, size_t count, const double *hi,
                       const double *lo, double *u, double *low)
{
    return find_drops(columns, begin, junctions_padded(count), hi, lo, u, low);
}

/* Some junctions at their voltages u + low, V: what the law says at u, A, and its slope there, S. */
struct junction_chunk {
    double u[JUNCTIONS_CHUNK], low[JUNCTIONS_CHUNK], law[JUNCTIONS_CHUNK], slope[JUNCTIONS_CHUNK];
};

KERNEL
static void put_currents(const struct junction_columns *columns, size_t begin, size_t count,
                         const struct junction_chunk *chunk, double *i)
{
    const double *u = chunk->u, *low = chunk->low, *law = chunk->law, *slope = chunk->slope;
    const double *g_off = columns->g_off + begin, *multiple = columns->multiple + begin;
    const uint32_t *element = columns->element + begin;
    KERNEL_EACH
    for (size_t q = 0; q < count; q++)
        i[element[q]] = multiple[q] * (law[q] + g_off[q] * (u[q] + low[q]) + slope[q] * low[q]);
}

void law_columns_currents(const struct law_columns *columns, const double *hi, const double *lo, double *i)
{
    const struct junction_columns *junction = &columns->junction;
    struct junction_chunk chunk;
    for (size_t begin = 0; begin < junction->count; begin += JUNCTIONS_CHUNK) {
        size_t count = junctions_chunk(junction->count - begin);
        law_columns_drops(junction, begin, count, hi, lo, chunk.u, chunk.low);
        junctions_current(junctions_padded(count), junction->is + begin, junction->vt + begin, chunk.u, chunk.law,
                          chunk.slope);
        put_currents(junction, begin, count, &chunk, i);
    }
}

KERNEL
static void find_rests(const struct gain_columns *columns, const double *hi, double *restrict rest)
{
    const uint32_t *a = columns->a, *k = columns->k, *p = columns->p, *q = columns->q;
    const double *gain = columns->gain;
    KERNEL_EACH
    for (uint32_t g = 0; g < columns->count; g++) {
        struct dd by = dd_mul_double(two_sum(hi[p[g]], -hi[q[g]]), gain[g]);
        rest[g] = dd_value(dd_sub(two_sum(hi[a[g]], -hi[k[g]]), by));
    }
}

void law_columns_rests(const struct law_columns *columns, const double *hi, double *rest)
{
    find_rests(&columns->gain, hi, rest);
}

void law_columns_free(struct law_columns *columns)
{
    free(columns->block);
    *columns = (struct law_columns){0};
}
