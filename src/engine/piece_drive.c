/* What the sources drive through the linear circuit: potentials of the clusters, then currents of the elements. */
#include "engine/piece_parts.h"

#include "util/kernel.h"
#include <math.h>
#include <string.h>

void piece_drive_all(struct piece *piece, uint32_t but)
{
    const struct circuit *circuit = piece->circuit;
    for (uint32_t q = 0; q < piece->edges; q++) {
        const struct element *element = &circuit->element[piece->element[q]];
        double v = element->kind == ELEMENT_VSOURCE ? element->value : 0;
        if (element->kind == ELEMENT_DIODE) {
            const struct law *law = &circuit->law[element->law];
            v = piece->edge[q].a == element->a ? law->v_fwd : law->v_rev;
        }
        piece->drive.voltage[q] = piece->element[q] == but ? 0 : v;
    }
    for (uint32_t s = 0; s < piece->tables->sources; s++)
        piece->drive.current[s] =
            piece->tables->source[s] == but ? 0 : circuit->element[piece->tables->source[s]].value;
    piece->drive.intercepts = true;
    piece->drive.into = piece->drive.out_of = GROUND;
}

void piece_drive_only(struct piece *piece, uint32_t only, uint32_t into, uint32_t out_of)
{
    for (uint32_t q = 0; q < piece->edges; q++)
        piece->drive.voltage[q] = piece->element[q] == only;
    for (uint32_t s = 0; s < piece->tables->sources; s++)
        piece->drive.current[s] = piece->tables->source[s] == only;
    piece->drive.intercepts = false;
    piece->drive.into = into;
    piece->drive.out_of = out_of;
}

static void inject(struct qp *program, int32_t i, double current, double scale)
{
    if (i == GROUND_UNKNOWN)
        return;
    program->b[i] += current;
    program->injected_magnitude[i] += fabs(current);
    program->floor[i] += scale;
}

/* A current from node a to node k inside an element that does not depend on the unknowns. */
static void lead(struct piece *piece, uint32_t a, uint32_t k, double current, double scale)
{
    inject(&piece->program, piece_cluster(piece, a), -current, scale);
    inject(&piece->program, piece_cluster(piece, k), current, scale);
}

/* What the offset of a follower drives through the conductors at it. A conductor between two followers is met twice,
 * and gets at each end the current of that end's offset. */
static void lead_offset(struct piece *piece, uint32_t node)
{
    const struct element_tables *tables = piece->tables;
    double offset = piece->offset[node];
    for (size_t q = tables->start[node]; q < tables->start[node + 1]; q++) {
        const struct element *element = &piece->circuit->element[tables->list[q] >> 1];
        uint32_t other = tables->list[q] & 1 ? element->a : element->k;
        double g = 0;
        if (element->kind == ELEMENT_RESISTOR)
            g = 1 / element->value;
        if (g == 0 || piece->forest.tree[node] == piece->forest.tree[other])
            continue;
        lead(piece, node, other, g * offset, g * fabs(offset));
    }
}

static void lead_diodes(struct piece *piece)
{
    for (uint32_t d = 0; d < piece->tables->diodes; d++) {
        const struct element *element = &piece->circuit->element[piece->tables->diode[d]];
        double offset = piece->offset[element->a] - piece->offset[element->k];
        double g = element->value * piece_slope(piece, d);
        double intercept = piece->drive.intercepts ? element->value * piece_current(piece, d, 0) : 0;
        double current = g * offset + intercept;
        if (current != 0 || intercept != 0)
            lead(piece, element->a, element->k, current, fmax(fabs(g * offset), fabs(intercept)));
    }
}

static void lead_currents(struct piece *piece)
{
    size_t n = (size_t)piece->program.L.n * sizeof(double);
    memset(piece->program.b, 0, n);
    memset(piece->program.injected_magnitude, 0, n);
    memset(piece->program.floor, 0, n);
    for (uint32_t s = 0; s < piece->tables->sources; s++) {
        const struct element *element = &piece->circuit->element[piece->tables->source[s]];
        if (piece->drive.current[s] != 0)
            lead(piece, element->a, element->k, piece->drive.current[s], 0);
    }
    for (uint32_t q = 0; q < piece->followers; q++)
        if (piece->offset[piece->follower[q]] != 0)
            lead_offset(piece, piece->follower[q]);
    lead_diodes(piece);
    if (piece->drive.into != piece->drive.out_of)
        lead(piece, piece->drive.out_of, piece->drive.into, 1, 0);
}

static void find_offsets(struct piece *piece)
{
    const struct forest *forest = &piece->forest;
    for (uint32_t q = 0; q < piece->followers; q++) {
        uint32_t node = piece->follower[q], e = forest->via[node];
        double step = piece->drive.voltage[e];
        piece->offset[node] = piece->offset[forest->parent[node]] + (piece->edge[e].a == node ? step : -step);
    }
}

enum piece_status piece_potentials(struct piece *piece, double *v, struct solve_info *info)
{
    find_offsets(piece);
    lead_currents(piece);
    piece->y[0] = 0;
    if (piece->program.L.n > 0) {
        enum solve_status status = linear_solve(&piece->linear, &piece->program, piece->y + 1, info);
        if (status != SOLVE_OK)
            return status == SOLVE_NO_MEMORY ? PIECE_NO_MEMORY : PIECE_UNUSABLE;
    }
    for (uint32_t node = 0; node < piece->forest.nodes; node++)
        v[node] = piece->y[piece->forest.tree[node]] + piece->offset[node];
    return PIECE_OK;
}

/* ---- currents ---- */

KERNEL
static void resistor_currents(const struct element_tables *tables, const double *v, double *i)
{
    const uint32_t *a = tables->a, *k = tables->k, *resistor = tables->resistor;
    const double *resistance = tables->resistance;
    for (uint32_t r = 0; r < tables->resistors; r++)
        i[resistor[r]] = (v[a[r]] - v[k[r]]) / resistance[r];
}

static void diode_currents(const struct piece *piece, const double *v, double *i)
{
    for (uint32_t d = 0; d < piece->tables->diodes; d++) {
        const struct element *element = &piece->circuit->element[piece->tables->diode[d]];
        double u = v[element->a] - v[element->k];
        double current = piece->drive.intercepts ? piece_current(piece, d, u) : piece_slope(piece, d) * u;
        i[piece->tables->diode[d]] = element->value * current;
    }
}

/* The currents of stiff branches lead away what the others leave at each node, from the leaves of a cluster to its
 * root. What the sign of one is rounded with is left in noise[]. */
static void stiff_currents(struct piece *piece, double *i)
{
    const struct element_tables *tables = piece->tables;
    const struct forest *forest = &piece->forest;
    for (uint32_t q = 0; q < piece->edges; q++)
        if (piece->circuit->element[piece->element[q]].kind != ELEMENT_DIODE)
            i[piece->element[q]] = 0;
    for (uint32_t q = 0; q < piece->followers; q++)
        piece->noise[piece->follower[q]] = 0;
    for (uint32_t q = piece->followers; q-- > 0;) {
        uint32_t node = piece->follower[q], e = forest->via[node], own = piece->element[e];
        double sum = 0, size = 0;
        for (size_t s = tables->start[node]; s < tables->start[node + 1]; s++) {
            double current = i[tables->list[s] >> 1];
            sum += tables->list[s] & 1 ? current : -current;
            size += fabs(current);
        }
        if (node == piece->drive.into)
            sum += piece->drive.into != piece->drive.out_of;
        if (node == piece->drive.out_of)
            sum -= piece->drive.into != piece->drive.out_of;
        i[own] += piece->circuit->element[own].a == node ? sum : -sum; /* children's currents are in the sum already */
        piece->noise[node] += PIECE_VERGE * size;
        if (forest->via[forest->parent[node]] != FOREST_NO_EDGE)
            piece->noise[forest->parent[node]] += piece->noise[node];
    }
}

void piece_currents(struct piece *piece, const double *v, double *i)
{
    resistor_currents(piece->tables, v, i);
    for (uint32_t s = 0; s < piece->tables->sources; s++)
        i[piece->tables->source[s]] = piece->drive.current[s];
    diode_currents(piece, v, i);
    stiff_currents(piece, i);
}
