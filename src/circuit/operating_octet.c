#include "circuit/operating_octet.h"

#include "laws/junctions.h"
#include "util/array.h"
#include "util/double_double.h"
#include <stdlib.h>

enum { CHUNK = 16 };

static size_t whole_vectors(size_t count)
{
    return (count + OCTET - 1) / OCTET * OCTET;
}

bool operating_octet_new(struct operating_octet *op, const struct circuit *circuit)
{
    size_t nodes = circuit->nodes.count, elements = circuit->elements.count;
    op->nodes = nodes;
    op->elements = elements;
    op->rows = whole_vectors(nodes);
    op->apart = 2 * op->rows + whole_vectors(elements);
    const struct array_request request[] = {
        {&op->voltage, nodes, sizeof(octet)},
        {&op->low, nodes, sizeof(octet)},
        {&op->current, elements, sizeof(octet)},
        {&op->part, op->apart, sizeof(octet)},
    };
    op->block = arrays_new(request, sizeof request / sizeof *request);
    return op->block;
}

KERNEL
static void find_resistor_currents(struct operating_octet *op, const struct element_tables *tables)
{
    const octet *hi = op->voltage, *lo = op->low;
    for (uint32_t r = 0; r < tables->resistors; r++) {
        uint32_t a = tables->a[r], k = tables->k[r];
        op->current[tables->resistor[r]] = ((hi[a] - hi[k]) + (lo[a] - lo[k])) * (1 / tables->resistance[r]);
    }
}

/* Some junctions at their voltages u + low, V: what the law says at u, A, and its slope there, S. */
struct octet_chunk {
    octet u[CHUNK], low[CHUNK], law[CHUNK], slope[CHUNK];
};

/* The voltages of `count` junctions from `begin` on. */
KERNEL
static void find_octet_drops(const struct operating_octet *op, const struct junction_columns *junction, size_t begin,
                             size_t count, struct octet_chunk *chunk)
{
    for (size_t q = 0; q < count; q++) {
        uint32_t a = junction->a[begin + q], k = junction->k[begin + q];
        const double *hi_a = (const double *)&op->voltage[a], *lo_a = (const double *)&op->low[a];
        const double *hi_k = (const double *)&op->voltage[k], *lo_k = (const double *)&op->low[k];
        octet_difference(hi_a, lo_a, hi_k, lo_k, (double *)&chunk->u[q], (double *)&chunk->low[q]);
    }
}

KERNEL
static void put_octet_currents(struct operating_octet *op, const struct junction_columns *junction, size_t begin,
                               size_t count, const struct octet_chunk *chunk)
{
    const octet *u = chunk->u, *low = chunk->low, *law = chunk->law, *slope = chunk->slope;
    const double *g_off = junction->g_off + begin, *multiple = junction->multiple + begin;
    for (size_t q = 0; q < count; q++)
        op->current[junction->element[begin + q]] =
            multiple[q] * (law[q] + g_off[q] * (u[q] + low[q]) + slope[q] * low[q]);
}

void operating_octet_find_currents(struct operating_octet *op, const struct element_tables *tables)
{
    const struct junction_columns *junction = &tables->laws.junction;
    struct octet_chunk chunk;
    find_resistor_currents(op, tables);
    for (size_t begin = 0; begin < junction->count; begin += CHUNK) {
        size_t left = junction->count - begin, count = left < CHUNK ? left : CHUNK;
        find_octet_drops(op, junction, begin, count, &chunk);
        junctions_current_octets(count, junction->is + begin, junction->vt + begin, chunk.u, chunk.law, chunk.slope);
        put_octet_currents(op, junction, begin, count, &chunk);
    }
}

KERNEL
static void find_octet_rests(const struct operating_octet *op, const struct gain_columns *gains, octet *rest)
{
    for (uint32_t g = 0; g < gains->count; g++) {
        const double *a = (const double *)&op->voltage[gains->a[g]], *k = (const double *)&op->voltage[gains->k[g]];
        const double *p = (const double *)&op->voltage[gains->p[g]], *q = (const double *)&op->voltage[gains->q[g]];
        const double gain = gains->gain[g];
        double *to = (double *)&rest[g];
        OCTET_EACH
        for (int l = 0; l < OCTET; l++) {
            struct dd by = dd_mul_double(two_sum(p[l], -q[l]), gain);
            to[l] = dd_value(dd_sub(two_sum(a[l], -k[l]), by));
        }
    }
}

void operating_octet_find_rests(const struct operating_octet *op, const struct element_tables *tables, octet *rest)
{
    find_octet_rests(op, &tables->laws.gain, rest);
}

/* ---- one point --------------------------------------------------------------------------------------------------- */

typedef double pair __attribute__((vector_size(2 * sizeof(double)), aligned(8), may_alias));
typedef double quad __attribute__((vector_size(4 * sizeof(double)), aligned(8), may_alias));

/* Two points of four rows, which are OCTET apart, to four numbers of each point. */
KERNEL_PART void part_pair(const double *from, double *to, size_t apart)
{
    const pair a = *(const pair *)from, b = *(const pair *)(from + OCTET), c = *(const pair *)(from + 2 * OCTET),
               d = *(const pair *)(from + 3 * OCTET);
    const quad even = __builtin_shufflevector(a, c, 0, 1, 2, 3), odd = __builtin_shufflevector(b, d, 0, 1, 2, 3);
    *(quad *)to = __builtin_shufflevector(even, odd, 0, 4, 2, 6);
    *(quad *)(to + apart) = __builtin_shufflevector(even, odd, 1, 5, 3, 7);
}

/* Numbers from [rows] of all points to those of each, `apart` apart. */
KERNEL
static void part_rows(size_t rows, const octet *from, double *to, size_t apart)
{
    enum { ROWS = 4 };
    size_t row = 0;
    for (; row + ROWS <= rows; row += ROWS)
        for (size_t l = 0; l < OCTET; l += 2)
            part_pair((const double *)(from + row) + l, to + l * apart + row, apart);
    for (; row < rows; row++)
        for (size_t l = 0; l < OCTET; l++)
            to[l * apart + row] = from[row][l];
}

void operating_octet_part(struct operating_octet *op)
{
    part_rows(op->nodes, op->voltage, op->part, op->apart);
    part_rows(op->nodes, op->low, op->part + op->rows, op->apart);
    part_rows(op->elements, op->current, op->part + 2 * op->rows, op->apart);
}

struct operating_point operating_octet_point(const struct operating_octet *op, uint32_t lane)
{
    double *at = op->part + lane * op->apart;
    return (struct operating_point){.voltage = at, .low = at + op->rows, .current = at + 2 * op->rows};
}

void operating_octet_free(struct operating_octet *op)
{
    free(op->block);
    *op = (struct operating_octet){0};
}
