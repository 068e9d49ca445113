#include "engine/operating_point.h"

#include "convex/loop_currents.h"
#include "convex/vertex.h"
#include "util/array.h"
#include "util/kernel.h"
#include "util/magnitude.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double rounding = 64 * DBL_EPSILON; /* of a voltage that sums up sources along a tree */

static void recover_voltages(struct operating_point *op, const struct circuit *circuit,
                             const struct supernodes *supernodes, const double *x)
{
    for (uint32_t node = 0; node < circuit->nodes.count; node++) {
        uint32_t tree = supernodes->forest.tree[node];
        op->voltage[node] = (tree ? x[tree - 1] : 0) + supernodes->offset[node];
    }
}

/* Elements to go over one by one: a list of them, or all. */
struct walk {
    uint32_t count;
    const uint32_t *list; /* [count] ascending; NULL: all */
};

static inline uint32_t walk_element(const struct walk *walk, uint32_t q)
{
    return walk->list ? walk->list[q] : q;
}

/* All elements, but those that are gone over by runs. */
static struct walk all_but_runs(const struct circuit *circuit, const struct element_tables *tables)
{
    return tables && tables->fans ? (struct walk){tables->others, tables->other}
                                        : (struct walk){circuit->elements.count, NULL};
}

static struct walk all_diodes(const struct circuit *circuit, const struct element_tables *tables)
{
    return tables ? (struct walk){tables->diodes, tables->diode}
                     : (struct walk){circuit->elements.count, NULL};
}

KERNEL
static void recover_runs(double *restrict current, const double *restrict v, const struct element_tables *tables)
{
    for (uint32_t r = 0; r < tables->fans; r++) {
        const struct fan *fan = &tables->fan[r];
        const double *restrict resistance = tables->resistance + fan->begin, *other = v + fan->moving;
        double *i = current + tables->resistor[fan->begin];
        double own = v[fan->still], sign = fan->sign;
        for (uint32_t q = 0; q < fan->length; q++)
            i[q] = sign * (own - other[q]) / resistance[q];
    }
}

/* Currents that follow from voltages; those of stiff branches stay 0. */
static void recover_currents(struct operating_point *op, const struct circuit *circuit,
                             const struct element_tables *tables)
{
    const struct walk walk = all_but_runs(circuit, tables);
    if (tables)
        recover_runs(op->current, op->voltage, tables);
    for (uint32_t q = 0; q < walk.count; q++) {
        uint32_t e = walk_element(&walk, q);
        const struct element *element = &circuit->element[e];
        double u = op->voltage[element->a] - op->voltage[element->k];
        switch ((enum element_kind)element->kind) {
        case ELEMENT_RESISTOR:
            op->current[e] = u / element->value;
            break;
        case ELEMENT_ISOURCE:
            op->current[e] = element->value;
            break;
        case ELEMENT_DIODE:
            op->current[e] = element->value * law_current(&circuit->law[element->law], u);
            break;
        default:
            op->current[e] = 0;
        }
    }
}

/* Is the voltage u, of nodes at va and vk, at the threshold up to rounding? */
static bool is_at(double u, double threshold, double va, double vk)
{
    return isfinite(threshold) && fabs(u - threshold) <= rounding * fmax(fabs(threshold), fmax(fabs(va), fabs(vk)));
}

static bool is_forward(const struct knee *knee, const struct supernodes *supernodes, const struct element *element)
{
    return knee->i == (int32_t)supernodes->forest.tree[element->a] - 1;
}

/* A knee that blocks is at most at its threshold: what rounding puts the voltage beyond is no current. */
static void block_knees(struct operating_point *op, const struct circuit *circuit, const struct supernodes *supernodes,
                        const struct qp *qp, const bool *conducts)
{
    double most = largest_magnitude(op->voltage, circuit->nodes.count);
    for (uint32_t k = 0; k < qp->knees; k++) {
        const struct knee *knee = &qp->knee[k];
        const struct element *element = &circuit->element[qp->element[k]];
        const struct law *law = &circuit->law[element->law];
        if (conducts[k] || isinf(knee->g))
            continue;
        double va = op->voltage[element->a], vk = op->voltage[element->k], u = va - vk;
        bool forward = is_forward(knee, supernodes, element);
        double beyond = forward ? u - law->v_fwd : -u - law->v_rev;
        bool at_threshold =
            beyond <= vertex_floor * most || is_at(forward ? u : -u, forward ? law->v_fwd : law->v_rev, va, vk);
        if (beyond > 0 && at_threshold)
            op->current[qp->element[k]] = element->value * law->g_off * u;
    }
}

/* The stiff branches of the answer: sources, shorts, and ideal diodes at their threshold. */
struct stiff {
    uint32_t edges;
    struct forest_edge *edge; /* [edges] in the direction of a diode's current */
    bool *one_way;            /* [edges] */
    uint32_t *element;        /* [edges] */
    /* [holding] those that hold their voltage: not the diodes that merely touch their threshold */
    struct forest_edge *held;
    uint32_t holding;
};

static void add_stiff(struct stiff *stiff, uint32_t element, uint32_t a, uint32_t k, bool one_way, bool holds)
{
    if (holds)
        stiff->held[stiff->holding++] = (struct forest_edge){a, k};
    stiff->edge[stiff->edges] = (struct forest_edge){a, k};
    stiff->one_way[stiff->edges] = one_way;
    stiff->element[stiff->edges++] = element;
}

/* Ideal diodes at a threshold may carry current, whether the solver counts them as conducting or not: where others
 * beside them could do so instead, the split is not unique. */
static void add_diode(struct stiff *stiff, const struct circuit *circuit, const double *v, uint32_t e, bool forward,
                      bool reverse)
{
    const struct element *element = &circuit->element[e];
    const struct law *law = &circuit->law[element->law];
    double va = v[element->a], vk = v[element->k];
    if (element->a == element->k)
        return;
    if (forward || (isinf(law->g_on) && is_at(va - vk, law->v_fwd, va, vk)))
        add_stiff(stiff, e, element->a, element->k, true, forward);
    else if (reverse || (isinf(law->g_rev) && is_at(vk - va, law->v_rev, va, vk)))
        add_stiff(stiff, e, element->k, element->a, true, reverse);
}

static bool find_stiff(struct stiff *stiff, const struct circuit *circuit, const struct element_tables *tables,
                       const struct supernodes *supernodes, const struct qp *qp, const bool *conducts, const double *v)
{
    const struct walk walk = all_diodes(circuit, tables);
    size_t most = supernodes->edges;
    for (uint32_t q = 0; q < walk.count; q++)
        most += circuit->element[walk_element(&walk, q)].kind == ELEMENT_DIODE;
    stiff->edge = array_new(most, sizeof *stiff->edge);
    stiff->one_way = array_new(most, sizeof *stiff->one_way);
    stiff->element = array_new(most, sizeof *stiff->element);
    stiff->held = array_new(most, sizeof *stiff->held);
    if (!stiff->edge || !stiff->one_way || !stiff->element || !stiff->held)
        return false;
    for (uint32_t q = 0; q < supernodes->edges; q++)
        add_stiff(stiff, supernodes->element[q], supernodes->edge[q].a, supernodes->edge[q].k, false, true);
    for (uint32_t q = 0, k = 0; q < walk.count; q++) {
        uint32_t e = walk_element(&walk, q);
        bool forward = false, reverse = false; /* conducting constraints of the element */
        for (; k < qp->knees && qp->element[k] == e; k++) {
            bool in_front = is_forward(&qp->knee[k], supernodes, &circuit->element[e]);
            forward |= conducts[k] && isinf(qp->knee[k].g) && in_front;
            reverse |= conducts[k] && isinf(qp->knee[k].g) && !in_front;
        }
        if (circuit->element[e].kind == ELEMENT_DIODE)
            add_diode(stiff, circuit, v, e, forward, reverse);
    }
    return true;
}

/* The largest |v| of each cluster that stiff branches hold together: what the potentials in it are rounded with.
 * magnitude [clusters->trees] zero. */
static void find_magnitudes(const struct operating_point *op, const struct forest *clusters, double *magnitude)
{
    for (uint32_t node = 0; node < clusters->nodes; node++) {
        double *largest = &magnitude[clusters->tree[node]];
        *largest = fmax(*largest, fabs(op->voltage[node]));
    }
}

/* touched [nodes + 1]: how many nodes before each are at stiff branches. */
static void count_touched(const struct stiff *stiff, uint32_t nodes, uint32_t *touched)
{
    for (uint32_t q = 0; q < stiff->edges; q++)
        touched[stiff->edge[q].a + 1] = touched[stiff->edge[q].k + 1] = 1;
    for (uint32_t node = 0; node < nodes; node++)
        touched[node + 1] += touched[node];
}

/* find_supplies for the resistors in runs; what flows between nodes that no stiff branch touches does not matter.
 * size [nodes] V: the magnitude of each node's cluster. */
KERNEL
static void supply_runs(double *restrict current, const double *restrict v, const struct element_tables *tables,
                        const struct forest *held_together, const uint32_t *touched, const double *restrict size,
                        double *restrict supply, double *restrict floor)
{
    for (uint32_t r = 0; r < tables->fans; r++) {
        const struct fan *fan = &tables->fan[r];
        if (touched[fan->still] == touched[fan->still + 1] &&
            touched[fan->moving] == touched[fan->moving + fan->length])
            continue;
        const double *resistance = tables->resistance + fan->begin, *other = v + fan->moving,
                     *other_size = size + fan->moving;
        const uint32_t *other_tree = held_together->tree + fan->moving;
        double *i = current + tables->resistor[fan->begin], *there = supply + fan->moving,
               *there_floor = floor + fan->moving;
        double own = v[fan->still], own_size = size[fan->still], near = 8 * DBL_EPSILON * own_size, sign = fan->sign;
        uint32_t own_tree = held_together->tree[fan->still];
        double sum = 0, sum_floor = 0;
#pragma omp simd reduction(+ : sum, sum_floor)
        for (uint32_t q = 0; q < fan->length; q++) {
            bool held = (own_tree == other_tree[q]) & (fabs(own - other[q]) <= near);
            double c = held ? 0 : i[q], largest = own_size > other_size[q] ? own_size : other_size[q];
            double scale = 8 * DBL_EPSILON * (largest / resistance[q] + fabs(c));
            i[q] = c;
            sum += c;
            there[q] += sign * c;
            sum_floor += scale;
            there_floor[q] += scale;
        }
        supply[fan->still] -= sign * sum;
        floor[fan->still] += sum_floor;
    }
}

/* What stiff branches must lead away from each node, and its rounding floor.
 * A resistor between two nodes that stiff branches hold together at one potential has no current: what rounding gives
 * it could not always flow off through diodes. */
static void find_supplies(struct operating_point *op, const struct circuit *circuit, const struct element_tables *tables,
                          const struct forest *clusters, const struct forest *held, const double *magnitude,
                          double *supply, double *floor)
{
    const struct walk walk = all_but_runs(circuit, tables);
    for (uint32_t q = 0; q < walk.count; q++) {
        uint32_t e = walk_element(&walk, q);
        const struct element *element = &circuit->element[e];
        uint32_t from = clusters->tree[element->a], to = clusters->tree[element->k];
        double u = op->voltage[element->a] - op->voltage[element->k];
        double largest = magnitude[from] > magnitude[to] ? magnitude[from] : magnitude[to];
        if (element->kind == ELEMENT_RESISTOR && held->tree[element->a] == held->tree[element->k] &&
            fabs(u) <= 8 * DBL_EPSILON * magnitude[from])
            op->current[e] = 0;
        double i = op->current[e];
        double slope =
            element->kind == ELEMENT_RESISTOR ? 1 / element->value : element_slope(circuit, element, u, largest);
        double scale = 8 * DBL_EPSILON * (slope * largest + fabs(i));
        supply[element->a] -= i;
        supply[element->k] += i;
        floor[element->a] += scale;
        floor[element->k] += scale;
    }
}

static enum solve_status recover_stiff(struct operating_point *op, const struct circuit *circuit,
                                       const struct element_tables *tables, const struct stiff *stiff)
{
    uint32_t nodes = circuit->nodes.count;
    struct solve_info info = {0};
    struct forest clusters = {0}, held = {0};
    double *work = array_new((size_t)nodes * 4, sizeof *work), *f = array_new(stiff->edges, sizeof *f);
    bool *loop = array_new(stiff->edges, sizeof *loop);
    uint32_t *touched = array_new((size_t)nodes + 1, sizeof *touched);
    enum solve_status status = SOLVE_NO_MEMORY;
    if (work && f && loop && touched && forest_build(&clusters, nodes, stiff->edge, stiff->edges, NULL) &&
        forest_build(&held, nodes, stiff->held, stiff->holding, NULL)) {
        double *magnitude = work, *supply = work + nodes, *floor = supply + nodes, *size = floor + nodes;
        find_magnitudes(op, &clusters, magnitude);
        if (tables) {
            for (uint32_t node = 0; node < nodes; node++)
                size[node] = magnitude[clusters.tree[node]];
            count_touched(stiff, nodes, touched);
            supply_runs(op->current, op->voltage, tables, &held, touched, size, supply, floor);
        }
        find_supplies(op, circuit, tables, &clusters, &held, magnitude, supply, floor);
        struct loop_currents flow = {nodes, stiff->edges, stiff->edge, stiff->one_way, supply, floor, true};
        status = loop_currents_solve(&flow, f, loop, &info);
        for (uint32_t q = 0; status == SOLVE_OK && q < stiff->edges; q++) {
            const struct element *element = &circuit->element[stiff->element[q]];
            double current = stiff->one_way[q] && f[q] < 0 ? 0 : f[q];
            op->shared[stiff->element[q]] |= loop[q];
            op->any_shared |= loop[q];
            op->current[stiff->element[q]] += stiff->edge[q].a == element->a ? current : -current;
        }
    }
    forest_free(&clusters);
    forest_free(&held);
    free(work);
    free(f);
    free(loop);
    free(touched);
    return status;
}

void op_forget_shared(struct operating_point *op, const struct circuit *circuit)
{
    if (op->any_shared)
        memset(op->shared, 0, circuit->elements.count * sizeof *op->shared);
    op->any_shared = false;
}

enum solve_status op_recover(struct operating_point *op, const struct circuit *circuit,
                             const struct element_tables *tables, const struct supernodes *supernodes,
                             const struct qp *qp, const struct solver *solver)
{
    struct stiff stiff = {0};
    enum solve_status status = SOLVE_NO_MEMORY;
    if (!op->voltage)
        op->voltage = array_new(circuit->nodes.count, sizeof *op->voltage);
    if (!op->current)
        op->current = array_new(circuit->elements.count, sizeof *op->current);
    if (!op->shared)
        op->shared = array_new(circuit->elements.count, sizeof *op->shared);
    if (op->voltage && op->current && op->shared) {
        op_forget_shared(op, circuit);
        recover_voltages(op, circuit, supernodes, solver_x(solver));
        recover_currents(op, circuit, tables);
        block_knees(op, circuit, supernodes, qp, solver_conducts(solver));
        if (find_stiff(&stiff, circuit, tables, supernodes, qp, solver_conducts(solver), op->voltage))
            status = stiff.edges ? recover_stiff(op, circuit, tables, &stiff) : SOLVE_OK;
    }
    free(stiff.edge);
    free(stiff.one_way);
    free(stiff.element);
    free(stiff.held);
    return status;
}

void op_free(struct operating_point *op)
{
    free(op->voltage);
    free(op->current);
    free(op->shared);
    *op = (struct operating_point){0};
}
