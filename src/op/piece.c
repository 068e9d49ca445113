#include "op/piece.h"

#include "circuit/curve.h"
#include "util/array.h"
#include "util/kernel.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double verge = 64 * DBL_EPSILON; /* of the voltages: nearer to a threshold a diode's side cannot be told */
static const double touching = 1e-13;         /* of the voltages: as near as tangent and law have to be */

static const struct law *law_of(const struct piece *piece, uint32_t d)
{
    return &piece->circuit->law[piece->circuit->element[piece->inventory->diode[d]].law];
}

/* Does the part of the law hold the diode's voltage, whatever its current? */
static bool is_stiff(const struct law *law, enum piece_side side)
{
    return (side == SIDE_FORWARD && isinf(law->g_on)) || (side == SIDE_REVERSE && isinf(law->g_rev));
}

/* The straight part of a law: i = slope u + intercept, for one diode of it; of a stiff one, what it has beside the constraint. */
static double slope_of(const struct piece *piece, uint32_t d)
{
    const struct law *law = law_of(piece, d);
    enum piece_side side = piece->side[d];
    if (side == SIDE_TANGENT)
        return piece->tangent[d].slope;
    if (is_stiff(law, side) || side == SIDE_MIDDLE)
        return law->g_off;
    return side == SIDE_FORWARD ? law->g_on : law->g_rev;
}

/* Its current at u, without a difference of large numbers. */
static double current_of(const struct piece *piece, uint32_t d, double u)
{
    const struct law *law = law_of(piece, d);
    const struct piece_tangent *tangent = &piece->tangent[d];
    enum piece_side side = piece->side[d];
    if (side == SIDE_TANGENT)
        return tangent->i + tangent->slope * (u - tangent->u);
    if (is_stiff(law, side) || side == SIDE_MIDDLE)
        return law->g_off * u;
    if (side == SIDE_FORWARD)
        return law->g_off * law->v_fwd + law->g_on * (u - law->v_fwd);
    return law->g_rev * (u + law->v_rev) - law->g_off * law->v_rev;
}

/* ---- making ---- */

bool piece_new(struct piece *piece, const struct circuit *circuit, const struct inventory *inventory)
{
    size_t nodes = circuit->nodes.count, stiff = (size_t)inventory->holders + inventory->diodes;
    piece->circuit = circuit;
    piece->inventory = inventory;
    piece->along = PIECE_NO_LINE;
    piece->side = array_new(piece->inventory->diodes, sizeof *piece->side);
    piece->tangent = array_new(piece->inventory->diodes, sizeof *piece->tangent);
    piece->edge = array_new(stiff, sizeof *piece->edge);
    piece->element = array_new(stiff, sizeof *piece->element);
    piece->follower = array_new(nodes, sizeof *piece->follower);
    piece->offset = array_new(nodes, sizeof *piece->offset);
    piece->noise = array_new(nodes, sizeof *piece->noise);
    piece->entry = array_new((size_t)piece->inventory->resistors + piece->inventory->diodes, sizeof *piece->entry);
    piece->y = array_new(nodes, sizeof *piece->y);
    piece->drive.voltage = array_new(stiff, sizeof *piece->drive.voltage);
    piece->drive.current = array_new(piece->inventory->sources, sizeof *piece->drive.current);
    piece->centre = array_new(nodes, sizeof *piece->centre);
    piece->direction = array_new(nodes, sizeof *piece->direction);
    if (!piece->side || !piece->tangent || !piece->edge || !piece->element || !piece->follower || !piece->offset || !piece->noise ||
        !piece->entry || !piece->y || !piece->drive.voltage || !piece->drive.current || !piece->centre || !piece->direction) {
        piece_free(piece);
        return false;
    }
    return true;
}

/* ---- sides ---- */

static void dismiss_line(struct piece *piece)
{
    piece->centred = piece->directed = false;
}

/* A stiff part changes the clusters, another one only the conductances. */
static void change_side(struct piece *piece, uint32_t d, enum piece_side side)
{
    const struct law *law = law_of(piece, d);
    if (piece->side[d] == side)
        return;
    if (is_stiff(law, side) || is_stiff(law, piece->side[d]))
        piece->shaped = false;
    piece->side[d] = side;
    piece->valued = false;
    dismiss_line(piece);
}

static void set_tangent(struct piece *piece, uint32_t d, double u)
{
    const struct law *law = law_of(piece, d);
    double slope, current = law->g_off * u + curve_current(law->curve, u, &slope);
    piece->tangent[d] = (struct piece_tangent){u, current, law->g_off + slope};
    piece->side[d] = SIDE_TANGENT;
    piece->valued = false;
    dismiss_line(piece);
}

void piece_take(struct piece *piece, const struct operating_point *op)
{
    piece->curved = false;
    for (uint32_t d = 0; d < piece->inventory->diodes; d++) {
        uint32_t e = piece->inventory->diode[d];
        const struct element *element = &piece->circuit->element[e];
        const struct law *law = law_of(piece, d);
        double u = op->voltage[element->a] - op->voltage[element->k];
        double beyond = op->current[e] - element->value * law_current(law, u);
        enum piece_side side = SIDE_MIDDLE;
        if (law->curve) {
            set_tangent(piece, d, u);
            piece->curved = true;
            continue;
        }
        if (law->g_on != law->g_off && (isinf(law->g_on) ? beyond > 0 : u > law->v_fwd))
            side = SIDE_FORWARD;
        else if (law->g_rev != law->g_off && (isinf(law->g_rev) ? beyond < 0 : u < -law->v_rev))
            side = SIDE_REVERSE;
        change_side(piece, d, side);
    }
}

void piece_revalued(struct piece *piece)
{
    piece->valued = false;
    dismiss_line(piece);
}

void piece_follow(struct piece *piece, uint32_t element)
{
    piece->along = element;
    dismiss_line(piece);
}

void piece_off_line(struct piece *piece)
{
    piece->centred = false;
}

/* Below (< 0) or above (> 0) a threshold, or too near to tell (0). */
static int beyond(double u, double threshold, double va, double vk)
{
    double noise = verge * fmax(fabs(threshold), fmax(fabs(va), fabs(vk)));
    return u > threshold + noise ? 1 : u < threshold - noise ? -1 : 0;
}

/* The end of a stiff branch that follows the other. */
static uint32_t follower_of(const struct piece *piece, uint32_t e)
{
    uint32_t a = piece->circuit->element[e].a, via = piece->forest.via[a];
    return via != FOREST_NO_EDGE && piece->element[via] == e ? a : piece->circuit->element[e].k;
}

/* The side that a diode asks for; *unclear: it is a matter of rounding, and matters. */
static enum piece_side wanted_side(const struct piece *piece, const struct operating_point *op, uint32_t d, bool *unclear)
{
    uint32_t e = piece->inventory->diode[d];
    const struct element *element = &piece->circuit->element[e];
    const struct law *law = law_of(piece, d);
    enum piece_side side = piece->side[d];
    double va = op->voltage[element->a], vk = op->voltage[element->k], u = va - vk;
    if (is_stiff(law, side)) {
        double more = op->current[e] - element->value * law_current(law, u);
        double current = side == SIDE_FORWARD ? more : -more, floor = piece->noise[follower_of(piece, e)];
        *unclear |= fabs(current) <= floor;
        return current >= 0 ? side : SIDE_MIDDLE;
    }
    int above = law->g_on != law->g_off ? beyond(u, law->v_fwd, va, vk) : -1;
    int below = law->g_rev != law->g_off && !isinf(law->v_rev) ? beyond(-u, law->v_rev, va, vk) : -1;
    if ((above == 0 && isinf(law->g_on)) || (below == 0 && isinf(law->g_rev)))
        *unclear = true;
    if (above == 0 || below == 0)
        return side; /* both parts are right there */
    return above > 0 ? SIDE_FORWARD : below > 0 ? SIDE_REVERSE : SIDE_MIDDLE;
}

/* Is the tangent of a curved law the law itself at its voltage? Else it gets another one. */
static bool touches(struct piece *piece, const struct operating_point *op, uint32_t d)
{
    const struct element *element = &piece->circuit->element[piece->inventory->diode[d]];
    const struct law *law = law_of(piece, d);
    const struct piece_tangent *tangent = &piece->tangent[d];
    double va = op->voltage[element->a], vk = op->voltage[element->k], u = va - vk, slope, unused;
    double line = current_of(piece, d, u), current = law->g_off * u + curve_current(law->curve, u, &slope);
    if (fabs(current - line) <= touching * (law->g_off + slope) * fmax(fabs(va), fabs(vk)))
        return true;
    if (u > tangent->u && line > tangent->i && law->g_off > 0)
        u = fmin(u, curve_meet(law->curve, law->g_off, line, &unused, &slope));
    set_tangent(piece, d, u);
    return false;
}

enum piece_status piece_judge(struct piece *piece, const struct operating_point *op, uint32_t *wrong)
{
    bool unclear = false;
    *wrong = 0;
    for (uint32_t d = 0; d < piece->inventory->diodes; d++) {
        if (piece->side[d] == SIDE_TANGENT) {
            *wrong += !touches(piece, op, d);
            continue;
        }
        enum piece_side side = wanted_side(piece, op, d, &unclear);
        *wrong += side != piece->side[d];
        change_side(piece, d, side);
    }
    return unclear && *wrong == 0 ? PIECE_UNUSABLE : PIECE_OK;
}

/* ---- the structure ---- */

static void add_edge(struct piece *piece, uint32_t element, uint32_t a, uint32_t k)
{
    if (a == k)
        return;
    piece->edge[piece->edges] = (struct forest_edge){a, k};
    piece->element[piece->edges++] = element;
}

static void find_edges(struct piece *piece)
{
    const struct circuit *circuit = piece->circuit;
    piece->edges = 0;
    for (uint32_t h = 0; h < piece->inventory->holders; h++) {
        uint32_t e = piece->inventory->holder[h];
        add_edge(piece, e, circuit->element[e].a, circuit->element[e].k);
    }
    for (uint32_t d = 0; d < piece->inventory->diodes; d++) {
        const struct element *element = &circuit->element[piece->inventory->diode[d]];
        if (is_stiff(law_of(piece, d), piece->side[d])) {
            bool forward = piece->side[d] == SIDE_FORWARD;
            add_edge(piece, piece->inventory->diode[d], forward ? element->a : element->k, forward ? element->k : element->a);
        }
    }
}

/* Roots are nodes with large conductances: rounding that is left over in a cluster matters least there. */
static bool find_clusters(struct piece *piece)
{
    const struct circuit *circuit = piece->circuit;
    forest_free(&piece->forest);
    if (!forest_build(&piece->forest, circuit->nodes.count, piece->edge, piece->edges, piece->inventory->conductance))
        return false;
    piece->followers = 0;
    memset(piece->offset, 0, circuit->nodes.count * sizeof *piece->offset);
    for (uint32_t q = 0; q < piece->forest.nodes; q++)
        if (piece->forest.via[piece->forest.order[q]] != FOREST_NO_EDGE)
            piece->follower[piece->followers++] = piece->forest.order[q];
    return true;
}

/* Resistors first, then diodes: those that carry current by a conductance. */
static const struct element *conductor(const struct piece *piece, uint32_t q)
{
    return &piece->circuit->element[q < piece->inventory->resistors ? piece->inventory->resistor[q] : piece->inventory->diode[q - piece->inventory->resistors]];
}

static double conductance_of(const struct piece *piece, uint32_t q)
{
    const struct element *element = conductor(piece, q);
    if (q < piece->inventory->resistors)
        return 1 / element->value;
    return element->value * slope_of(piece, q - piece->inventory->resistors);
}

static int32_t cluster(const struct piece *piece, uint32_t node)
{
    return (int32_t)piece->forest.tree[node] - 1; /* tree 0 is QP_GROUND */
}

static int32_t place(const struct laplacian *L, int32_t row, int32_t column)
{
    return row == QP_GROUND || column == QP_GROUND ? -1 : laplacian_find(L, row, column);
}

/* The pattern of all conductors, those of diodes without conductance too, with 1 S for each: a part that these do not tie to ground
 * is anchored by the analysis; whether the present conductances do, find_grounded tells. */
static bool build_program(struct piece *piece)
{
    struct qp *program = &piece->program;
    uint32_t conductors = piece->inventory->resistors + piece->inventory->diodes;
    size_t n = piece->forest.trees - 1;
    linear_free(&piece->linear);
    qp_free(program);
    struct conductance *edge = array_new(conductors, sizeof *edge);
    program->b = array_new(n, sizeof *program->b);
    program->drive = array_new(n, sizeof *program->drive);
    program->floor = array_new(n, sizeof *program->floor);
    program->ground = array_new(n, sizeof *program->ground);
    bool done = edge && program->b && program->drive && program->floor && program->ground;
    for (uint32_t q = 0; done && q < conductors; q++) {
        const struct element *element = conductor(piece, q);
        edge[q] = (struct conductance){cluster(piece, element->a), cluster(piece, element->k), 1};
    }
    done = done && laplacian_build(&program->L, (int32_t)n, edge, conductors);
    for (uint32_t q = 0; done && q < conductors; q++) {
        int32_t i = edge[q].i, j = edge[q].j;
        if (i != j && (i == QP_GROUND || j == QP_GROUND))
            program->ground[i == QP_GROUND ? j : i] += 1;
        piece->entry[q] = i == j ? (struct piece_entry){-1, -1, -1, -1}
                                 : (struct piece_entry){place(&program->L, i, i), place(&program->L, j, j),
                                                        place(&program->L, i, j), place(&program->L, j, i)};
    }
    free(edge);
    return done;
}

static uint32_t find(uint32_t *set, uint32_t v)
{
    while (set[v] != v)
        v = set[v] = set[set[v]];
    return v;
}

/* PIECE_OK where each cluster has a path of conductors to ground. */
static enum piece_status find_grounded(const struct piece *piece)
{
    uint32_t trees = piece->forest.trees, parts = trees;
    uint32_t *set = array_new(trees, sizeof *set);
    if (!set)
        return PIECE_NO_MEMORY;
    for (uint32_t v = 0; v < trees; v++)
        set[v] = v;
    for (uint32_t q = 0; q < piece->inventory->resistors + piece->inventory->diodes; q++) {
        const struct element *element = conductor(piece, q);
        uint32_t a = find(set, piece->forest.tree[element->a]), k = find(set, piece->forest.tree[element->k]);
        if (a == k || conductance_of(piece, q) == 0)
            continue;
        set[a > k ? a : k] = a > k ? k : a;
        parts--;
    }
    free(set);
    return parts == 1 ? PIECE_OK : PIECE_UNUSABLE;
}

static enum piece_status shape(struct piece *piece, struct solve_info *info)
{
    piece->valued = false;
    find_edges(piece);
    if (!find_clusters(piece))
        return PIECE_NO_MEMORY;
    piece->shaped = true;
    piece->fitness = piece->forest.acyclic ? PIECE_OK : PIECE_UNUSABLE;
    if (piece->fitness != PIECE_OK)
        return piece->fitness;
    if (!build_program(piece) || linear_new(&piece->linear, &piece->program, true, info) != SOLVE_OK) {
        piece->shaped = false;
        return PIECE_NO_MEMORY;
    }
    return PIECE_OK;
}

static void add(double *x, int32_t at, double g)
{
    if (at >= 0)
        x[at] += g;
}

/* The conductances of the present sides. */
static void value(struct piece *piece)
{
    struct laplacian *L = &piece->program.L;
    memset(L->x, 0, (size_t)L->p[L->n] * sizeof *L->x);
    memset(piece->program.ground, 0, (size_t)L->n * sizeof *piece->program.ground);
    for (uint32_t q = 0; q < piece->inventory->resistors + piece->inventory->diodes; q++) {
        const struct piece_entry *entry = &piece->entry[q];
        const struct element *element = conductor(piece, q);
        double g = conductance_of(piece, q);
        add(L->x, entry->ii, g);
        add(L->x, entry->jj, g);
        add(L->x, entry->ij, -g);
        add(L->x, entry->ji, -g);
        int32_t i = cluster(piece, element->a), j = cluster(piece, element->k);
        if (i != j && (i == QP_GROUND || j == QP_GROUND))
            piece->program.ground[i == QP_GROUND ? j : i] += g;
    }
    piece->linear.factored = false;
    piece->fitness = find_grounded(piece);
    piece->valued = piece->fitness != PIECE_NO_MEMORY;
}

static enum piece_status prepare(struct piece *piece, struct solve_info *info)
{
    if (!piece->shaped) {
        enum piece_status status = shape(piece, info);
        if (status != PIECE_OK)
            return status;
    }
    if (piece->fitness != PIECE_UNUSABLE && !piece->valued)
        value(piece);
    return piece->fitness;
}

/* ---- potentials ---- */

/* The present values of the sources, but that of one of them. */
static void drive_all(struct piece *piece, uint32_t but)
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
    for (uint32_t s = 0; s < piece->inventory->sources; s++)
        piece->drive.current[s] = piece->inventory->source[s] == but ? 0 : circuit->element[piece->inventory->source[s]].value;
    piece->drive.intercepts = true;
    piece->drive.into = piece->drive.out_of = GROUND;
}

static void drive_only(struct piece *piece, uint32_t only, uint32_t into, uint32_t out_of)
{
    for (uint32_t q = 0; q < piece->edges; q++)
        piece->drive.voltage[q] = piece->element[q] == only;
    for (uint32_t s = 0; s < piece->inventory->sources; s++)
        piece->drive.current[s] = piece->inventory->source[s] == only;
    piece->drive.intercepts = false;
    piece->drive.into = into;
    piece->drive.out_of = out_of;
}

static void inject(struct qp *program, int32_t i, double current, double scale)
{
    if (i == QP_GROUND)
        return;
    program->b[i] += current;
    program->drive[i] += fabs(current);
    program->floor[i] += scale;
}

/* A current from node a to node k inside an element that does not depend on the unknowns. */
static void lead(struct piece *piece, uint32_t a, uint32_t k, double current, double scale)
{
    inject(&piece->program, cluster(piece, a), -current, scale);
    inject(&piece->program, cluster(piece, k), current, scale);
}

/* What the offset of a follower drives through the conductors at it. A conductor between two followers is met twice, and gets
 * at each end the current of that end's offset. */
static void lead_offset(struct piece *piece, uint32_t node)
{
    const struct inventory *inventory = piece->inventory;
    double offset = piece->offset[node];
    for (size_t q = inventory->start[node]; q < inventory->start[node + 1]; q++) {
        const struct element *element = &piece->circuit->element[inventory->list[q] >> 1];
        uint32_t other = inventory->list[q] & 1 ? element->a : element->k;
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
    for (uint32_t d = 0; d < piece->inventory->diodes; d++) {
        const struct element *element = &piece->circuit->element[piece->inventory->diode[d]];
        double offset = piece->offset[element->a] - piece->offset[element->k];
        double g = element->value * slope_of(piece, d);
        double intercept = piece->drive.intercepts ? element->value * current_of(piece, d, 0) : 0;
        double current = g * offset + intercept;
        if (current != 0 || intercept != 0)
            lead(piece, element->a, element->k, current, fmax(fabs(g * offset), fabs(intercept)));
    }
}

static void lead_currents(struct piece *piece)
{
    size_t n = (size_t)piece->program.L.n * sizeof(double);
    memset(piece->program.b, 0, n);
    memset(piece->program.drive, 0, n);
    memset(piece->program.floor, 0, n);
    for (uint32_t s = 0; s < piece->inventory->sources; s++) {
        const struct element *element = &piece->circuit->element[piece->inventory->source[s]];
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

/* Node voltages for what piece->drive says. v [nodes] V out. */
static enum piece_status potentials(struct piece *piece, double *v, struct solve_info *info)
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
static void resistor_currents(const struct inventory *inventory, const double *v, double *i)
{
    const uint32_t *a = inventory->a, *k = inventory->k, *resistor = inventory->resistor;
    const double *resistance = inventory->resistance;
    for (uint32_t r = 0; r < inventory->resistors; r++)
        i[resistor[r]] = (v[a[r]] - v[k[r]]) / resistance[r];
}

static void diode_currents(const struct piece *piece, const double *v, double *i)
{
    for (uint32_t d = 0; d < piece->inventory->diodes; d++) {
        const struct element *element = &piece->circuit->element[piece->inventory->diode[d]];
        double u = v[element->a] - v[element->k];
        double current = piece->drive.intercepts ? current_of(piece, d, u) : slope_of(piece, d) * u;
        i[piece->inventory->diode[d]] = element->value * current;
    }
}

/* The currents of stiff branches lead away what the others leave at each node, from the leaves of a cluster to its root. What the sign of one is rounded with
 * is left in noise[]. */
static void stiff_currents(struct piece *piece, double *i)
{
    const struct inventory *inventory = piece->inventory;
    const struct forest *forest = &piece->forest;
    for (uint32_t q = 0; q < piece->edges; q++)
        if (piece->circuit->element[piece->element[q]].kind != ELEMENT_DIODE)
            i[piece->element[q]] = 0;
    for (uint32_t q = 0; q < piece->followers; q++)
        piece->noise[piece->follower[q]] = 0;
    for (uint32_t q = piece->followers; q-- > 0;) {
        uint32_t node = piece->follower[q], e = forest->via[node], own = piece->element[e];
        double sum = 0, size = 0;
        for (size_t s = inventory->start[node]; s < inventory->start[node + 1]; s++) {
            double current = i[inventory->list[s] >> 1];
            sum += inventory->list[s] & 1 ? current : -current;
            size += fabs(current);
        }
        if (node == piece->drive.into)
            sum += piece->drive.into != piece->drive.out_of;
        if (node == piece->drive.out_of)
            sum -= piece->drive.into != piece->drive.out_of;
        i[own] += piece->circuit->element[own].a == node ? sum : -sum; /* children's currents are in the sum already */
        piece->noise[node] += verge * size;
        if (forest->via[forest->parent[node]] != FOREST_NO_EDGE)
            piece->noise[forest->parent[node]] += piece->noise[node];
    }
}

static void currents(struct piece *piece, const double *v, double *i)
{
    resistor_currents(piece->inventory, v, i);
    for (uint32_t s = 0; s < piece->inventory->sources; s++)
        i[piece->inventory->source[s]] = piece->drive.current[s];
    diode_currents(piece, v, i);
    stiff_currents(piece, i);
}

/* ---- points ---- */

KERNEL
static void on_line(uint32_t nodes, const double *centre, const double *direction, double s, double *v)
{
    for (uint32_t node = 0; node < nodes; node++)
        v[node] = centre[node] + s * direction[node];
}

/* v = centre + s direction, where what is missing of the two is found first. */
static enum piece_status line_point(struct piece *piece, double *v, struct solve_info *info)
{
    enum piece_status status = PIECE_OK;
    if (!piece->directed) {
        drive_only(piece, piece->along, GROUND, GROUND);
        status = potentials(piece, piece->direction, info);
    }
    piece->directed = status == PIECE_OK;
    if (status == PIECE_OK && !piece->centred) {
        drive_all(piece, piece->along);
        status = potentials(piece, piece->centre, info);
        piece->centred = status == PIECE_OK;
    }
    if (status == PIECE_OK)
        on_line(piece->forest.nodes, piece->centre, piece->direction, piece->circuit->element[piece->along].value, v);
    drive_all(piece, PIECE_NO_LINE);
    return status;
}

enum piece_status piece_point(struct piece *piece, struct operating_point *op, bool direct, struct solve_info *info)
{
    enum piece_status status = prepare(piece, info);
    if (status != PIECE_OK)
        return status;
    if (piece->along != PIECE_NO_LINE && !direct) {
        status = line_point(piece, op->voltage, info);
    } else {
        drive_all(piece, PIECE_NO_LINE);
        status = potentials(piece, op->voltage, info);
    }
    if (status == PIECE_OK)
        currents(piece, op->voltage, op->current);
    return status;
}

enum piece_status piece_respond(struct piece *piece, uint32_t element, uint32_t into, uint32_t out_of, double *v, double *i,
                                struct solve_info *info)
{
    enum piece_status status = prepare(piece, info);
    if (status != PIECE_OK)
        return status;
    drive_only(piece, element, into, out_of);
    status = potentials(piece, v, info);
    if (status == PIECE_OK)
        currents(piece, v, i);
    return status;
}

void piece_free(struct piece *piece)
{
    free(piece->side);
    free(piece->tangent);
    free(piece->edge);
    free(piece->element);
    free(piece->follower);
    free(piece->offset);
    free(piece->noise);
    free(piece->entry);
    free(piece->y);
    free(piece->drive.voltage);
    free(piece->drive.current);
    free(piece->centre);
    free(piece->direction);
    forest_free(&piece->forest);
    qp_free(&piece->program);
    linear_free(&piece->linear);
    *piece = (struct piece){0};
}
