/* Currents from potentials, and which diodes object to their segments. */
#include "convex/region_parts.h"

#include "convex/loop_currents.h"
#include "convex/tree_currents.h"
#include "util/array.h"
#include "util/kernel.h"
#include "util/search.h"
#include <stdlib.h>
#include <string.h>

static const double negligible = 0.1; /* of what a correction may change, what a companion may miss */
/* Of what it may miss: the law bends away from the line; and has little to do with it. */
static const double away = 1e9, astray = 1e13;

/* ---- what drives the circuit ---- */

void region_excite(struct linear_region *region, uint32_t but)
{
    const struct circuit *circuit = region->circuit;
    const struct element_tables *tables = region->tables;
    struct excitation *excitation = &region->excitation;
    for (uint32_t q = 0; q < region->edges; q++) {
        const struct element *element = &circuit->element[region->element[q]];
        double voltage = element->kind == ELEMENT_VSOURCE ? element->value : 0;
        if (region->one_way[q]) {
            const struct law *law = &circuit->law[element->law];
            voltage = region->edge[q].a == element->a ? law->v_fwd : law->v_rev;
        }
        excitation->voltage[q] = region->element[q] == but ? 0 : voltage;
    }
    for (uint32_t s = 0; s < tables->sources; s++)
        excitation->current[s] = tables->source[s] == but ? 0 : circuit->element[tables->source[s]].value;
    excitation->intercepts = true;
    excitation->into = NULL;
}

void region_excite_only(struct linear_region *region, uint32_t only, const double *into)
{
    struct excitation *excitation = &region->excitation;
    for (uint32_t q = 0; q < region->edges; q++)
        excitation->voltage[q] = region->element[q] == only;
    for (uint32_t s = 0; s < region->tables->sources; s++)
        excitation->current[s] = region->tables->source[s] == only;
    excitation->intercepts = false;
    excitation->into = into;
}

/* ---- branches whose voltage tells their current ---- */

KERNEL
static void fan_currents(const struct element_tables *tables, const double *hi, const double *lo, double *restrict i)
{
    for (uint32_t f = 0; f < tables->fans; f++) {
        const struct fan *fan = &tables->fan[f];
        const double *restrict resistance = tables->resistance + fan->begin;
        const double *restrict other = hi + fan->moving, *restrict other_lo = lo + fan->moving;
        double *restrict own_i = i + tables->resistor[fan->begin];
        double own = hi[fan->still], own_lo = lo[fan->still], sign = fan->sign;
        for (uint32_t q = 0; q < fan->length; q++)
            own_i[q] = sign * ((own - other[q]) + (own_lo - other_lo[q])) / resistance[q];
    }
}

/* What rounding leaves of the voltage between two nodes, V, as the certificate has it, or where there are four parts,
 * of these. */
static double rounding_of(const struct potentials *v, uint32_t a, uint32_t k)
{
    double rounding = 8 * DBL_EPSILON * DBL_EPSILON * (fabs(v->part[0][a]) + fabs(v->part[0][k]));
    return v->parts > 2 ? rounding * DBL_EPSILON * DBL_EPSILON : rounding;
}

/* How far u is beyond a threshold: > 0 beyond, < 0 not, 0 within rounding. volts: the sum of both potentials' sizes. */
static int beyond(struct dd u, double threshold, double volts, double rounding)
{
    double far = u.hi - threshold;
    if (fabs(far) > 1e-9 * (fabs(threshold) + volts))
        return far > 0 ? 1 : -1;
    double excess = dd_value(dd_sub_double(u, threshold));
    return excess > rounding ? 1 : excess < -rounding ? -1 : 0;
}

/* Is a current no more than what rounding of potentials makes of the slope g, S? Of currents that corrections pass
 * over, some hundred times that. Test: nothing_flows_where_nothing_can; validation/exact --wide has small ones that
 * flow. */
static bool is_noise(const struct linear_region *region, const struct potentials *v, uint32_t a, uint32_t k, double g,
                     double i)
{
    const double passed_over = 256;
    double size = fabs(i), noise = g * rounding_of(v, a, k);
    return size <= noise || (v->parts > 2 && size <= region->least && size <= passed_over * noise);
}

/* Where currents are next to none anywhere, what the potentials leave is noise. */
static void extended_currents(const struct linear_region *region, const struct potentials *v, double *i)
{
    const struct element_tables *tables = region->tables;
    for (uint32_t r = 0; r < tables->resistors; r++) {
        uint32_t a = tables->a[r], k = tables->k[r];
        double current = dd_value(region_voltage(v, a, k)) / tables->resistance[r];
        bool is_none = is_noise(region, v, a, k, 1 / tables->resistance[r], current);
        i[tables->resistor[r]] = is_none ? 0 : current;
    }
}

static double diode_current(const struct linear_region *region, const struct potentials *v, uint32_t d)
{
    const struct element *element = region_diode(region, d);
    const struct law *law = &region->circuit->law[element->law];
    enum segment segment = region->segment[d];
    if ((segment == SEGMENT_MIDDLE || region_holds(law, segment)) && law->g_off == 0)
        return 0;
    struct dd u = region_voltage(v, element->a, element->k);
    if (!region->excitation.intercepts)
        return element->value * region_slope(region, d) * u.hi;
    bool corners = segment == SEGMENT_CURVED && law->curve->kind == CURVE_TABLE; /* where lines have sides */
    double m = element->value, i = m * (corners ? dd_value(law_at(law, u, 0).i) : dd_value(region_line(region, d, u)));
    bool tells = v->parts > 2 || region->forest.tree[element->a] == region->forest.tree[element->k];
    return tells && is_noise(region, v, element->a, element->k, m * region_slope(region, d), i) ? 0 : i;
}

static void conductor_currents(const struct linear_region *region, const struct potentials *v, double *i)
{
    const struct element_tables *tables = region->tables;
    if (v->parts > 2)
        extended_currents(region, v, i);
    else if (tables->fans > 0)
        fan_currents(tables, v->part[0], v->part[1], i);
    else
        element_tables_currents(tables, v->part[0], v->part[1], i);
    for (uint32_t s = 0; s < tables->sources; s++)
        i[tables->source[s]] = region->excitation.current[s];
    for (uint32_t d = 0; d < tables->diodes; d++)
        i[tables->diode[d]] = diode_current(region, v, d);
}

/* ---- voltage-defined branches ---- */

/* The end of an edge that follows the other. */
static uint32_t follower_of(const struct linear_region *region, uint32_t e)
{
    uint32_t a = region->edge[e].a;
    return region->forest.via[a] == e ? a : region->edge[e].k;
}

uint32_t region_diode_of(const struct linear_region *region, uint32_t element)
{
    return (uint32_t)search_ascending(region->tables->diode, region->tables->diodes, element);
}

/* The current of a branch before it was rounded to i, A. Neither this nor what follows is inlined: the sums of gather()
 * stay in registers. */
__attribute__((noinline))
static struct qd unrounded(const struct linear_region *region, const struct potentials *v, uint32_t e, double i)
{
    const struct element *element = &region->circuit->element[e];
    if (element->kind == ELEMENT_RESISTOR)
        return region_resistor_current(v, element->a, element->k, element->value);
    if (element->kind == ELEMENT_DIODE)
        return region_diode_line(region, v, region_diode_of(region, e));
    return qd_from_dd(dd_from(i));
}

/* Are currents that are not rounded summed up? */
static bool sums_finely(const struct linear_region *region)
{
    return region->fine && region->excitation.intercepts;
}

/* Within a cluster sources that sum up to 0 leave rounding. */
__attribute__((noinline))
static bool is_idle_resistor(const struct linear_region *region, const struct potentials *v,
                             const struct element *element, double i)
{
    return element->kind == ELEMENT_RESISTOR && is_noise(region, v, element->a, element->k, 1 / element->value, i);
}

/* What the edges have to lead away from a node, A: what comes in by the branches that are listed there. Branches with a
 * current have their marks; those from one cluster to another those of their blocks. */
static void gather(struct linear_region *region, const struct potentials *v, uint32_t node, double *i)
{
    const struct element_tables *tables = region->tables;
    const uint32_t *cluster = region->forest.tree;
    const double *into = region->excitation.into;
    double sum = into ? into[node] : 0, rest = 0, size = 0;
    struct qd all = {{sum}}; /* where they are not rounded */
    bool finely = sums_finely(region);
    uint64_t leaving = into ? tree_currents_mark(MARK_NODE, node) : region->meets[node];
    for (size_t q = tables->start[node]; q < tables->start[node + 1]; q++) {
        uint32_t e = tables->list[q] >> 1;
        if (i[e] == 0)
            continue;
        const struct element *element = &region->circuit->element[e];
        bool comes = tables->list[q] & 1, inner = cluster[element->a] == cluster[element->k];
        if (inner && is_idle_resistor(region, v, element, i[e])) {
            i[e] = 0;
            continue;
        }
        if (finely)
            all = qd_add(all, comes ? unrounded(region, v, e, i[e]) : qd_negative(unrounded(region, v, e, i[e])));
        else
            add_exactly(&sum, &rest, comes ? i[e] : -i[e]);
        size += fabs(i[e]);
        leaving ^= inner ? tree_currents_mark(MARK_BRANCH, e) : 0;
    }
    region->tree.over[node] = finely ? qd_value(all) : two_sum(sum, rest);
    if (finely)
        region->under[node] = (struct dd){all.part[2], all.part[3]};
    region->tree.size[node] = size;
    region->tree.leaving[node] = leaving;
}

static void tree_edges(struct linear_region *region, const struct potentials *v, double *i)
{
    const struct forest *forest = &region->forest;
    struct tree_currents *tree = &region->tree;
    tree->under = sums_finely(region) && v->parts > 2 ? region->under : NULL;
    tree->rounding = region->fine ? FINE_ROUNDING : 64 * DBL_EPSILON;
    for (uint32_t q = 0; q < tree->followers; q++) {
        uint32_t node = region->follower[q], up = forest->parent[node];
        gather(region, v, node, i);
        if (forest->via[up] == FOREST_NO_EDGE && (q == 0 || forest->parent[region->follower[q - 1]] != up))
            gather(region, v, up, i);
    }
    tree_currents_find(tree, region->flow);
}

/* met [nodes] work, false. */
static void gather_ends(struct linear_region *region, const struct potentials *v, double *i, bool *met)
{
    struct tree_currents *tree = &region->tree;
    for (uint32_t e = 0; e < tree->holding; e++)
        for (int end = 0; end < 2; end++) {
            uint32_t node = end == 0 ? region->edge[e].a : region->edge[e].k;
            if (met[node])
                continue;
            met[node] = true;
            gather(region, v, node, i);
            tree->noise[node] = 64 * DBL_EPSILON * tree->size[node];
        }
}

/* Edges that form loops: the split of least norm. */
static enum region_status loop_edges(struct linear_region *region, const struct potentials *v, double *i, bool *shared,
                                     struct solve_info *info)
{
    struct tree_currents *tree = &region->tree;
    struct loop_currents currents = {region->circuit->nodes.count, tree->holding, region->edge, region->one_way,
                                     tree->over, tree->leaving, tree->size};
    bool *loop, *met;
    const struct array_request request[] = {{&loop, tree->holding, sizeof *loop}, {&met, currents.nodes, sizeof *met}};
    void *block = arrays_new(request, sizeof request / sizeof *request);
    if (!block)
        return REGION_NO_MEMORY;
    gather_ends(region, v, i, met);
    enum solve_status status = loop_currents_solve(&currents, region->flow, loop, info);
    for (uint32_t e = 0; status == SOLVE_OK && e < tree->holding; e++) {
        if (region->one_way[e] && region->flow[e] < 0 && -region->flow[e] <= tree->noise[follower_of(region, e)])
            region->flow[e] = 0;
        if (shared && loop[e])
            shared[region->element[e]] = region->op->any_shared = true;
    }
    memset(region->flow + tree->holding, 0, (region->edges - tree->holding) * sizeof *region->flow);
    free(block);
    return status == SOLVE_OK ? REGION_OK : status == SOLVE_NO_MEMORY ? REGION_NO_MEMORY : REGION_UNSOLVED;
}

enum region_status region_branch_currents(struct linear_region *region, const struct potentials *v, double *i,
                                          struct solve_info *info)
{
    struct operating_point *op = region->op;
    conductor_currents(region, v, i);
    for (uint32_t e = 0; e < region->edges; e++)
        if (region->circuit->element[region->element[e]].kind != ELEMENT_DIODE)
            i[region->element[e]] = 0;
    if (i == op->current && op->any_shared) {
        memset(op->shared, 0, region->circuit->elements.count * sizeof *op->shared);
        op->any_shared = false;
    }
    enum region_status status = REGION_OK;
    if (region->acyclic)
        tree_edges(region, v, i);
    else
        status = loop_edges(region, v, i, i == op->current ? op->shared : NULL, info);
    for (uint32_t e = 0; e < region->edges; e++) {
        uint32_t own = region->element[e];
        i[own] += region->edge[e].a == region->circuit->element[own].a ? region->flow[e] : -region->flow[e];
    }
    return status;
}

/* ---- companions ---- */

/* J and its slope of the plain junctions at these potentials. */
static void touch_plain(struct linear_region *region, const struct potentials *v)
{
    const struct junction_columns *plain = &region->tables->laws.junction;
    struct junction_batch *batch = &region->plain;
    for (uint32_t q = 0; q < plain->count; q++)
        batch->u[q] = region_voltage(v, plain->a[q], plain->k[q]).hi;
    junctions_pad(batch->u, plain->count);
    junctions_current(junctions_padded(plain->count), plain->is, plain->vt, batch->u, batch->i, batch->slope);
}

/* The line that touches a curved law at u.hi; *size: what its current is summed from. plain: its place among the plain
 * junctions, which is passed over, where it is one. */
static struct companion touching(const struct linear_region *region, uint32_t d, struct dd u, uint32_t *plain,
                                 double *size)
{
    const struct law *law = region_law(region, d);
    const struct junction_columns *junction = &region->tables->laws.junction;
    const struct junction_batch *batch = &region->plain;
    if (*plain < junction->count && junction->element[*plain] == region->tables->diode[d]) {
        double current = batch->i[*plain] + law->g_off * u.hi, slope = batch->slope[(*plain)++] + law->g_off;
        *size = fabs(current) + fabs(u.hi) * slope;
        return (struct companion){u.hi, current, slope};
    }
    struct law_point point = law_at(law, u, 0);
    *size = point.size;
    return (struct companion){u.hi, dd_value(point.i) - point.slope * u.lo, point.slope};
}

/* Thevenin's conductance of what is around a diode of area 1, S, by the last factor; NAN where it is not to be had. */
static double surroundings(const struct linear_region *region, const struct element *element, double slope)
{
    const struct forest *forest = &region->forest;
    double g = 1 / factor_resistance(region->factor, forest_unknown(forest, element->a),
                                     forest_unknown(forest, element->k));
    double rest = g / element->value - slope;
    return rest > 8 * DBL_EPSILON * g ? rest : NAN;
}

/* Where the line has led far from the law, the next companion is taken where the law meets what the line says of the
 * circuit around: a straight line from there, of the conductance that is around. Where that is not known, forward, the
 * current of the line is kept. */
static void meet(const struct linear_region *region, uint32_t d, bool measured, double u, double line,
                 struct companion *next)
{
    const struct law *law = region_law(region, d);
    const struct companion *before = &region->companion[d];
    double g = measured ? surroundings(region, region_diode(region, d), region->slope[d]) : NAN;
    double least = fmax(law->g_off, least_slope);
    if (!isnan(g))
        g = sqrt(g * fmax(before->g, least)); /* as companions.h has it */
    else if (u > before->u && line > before->i && next->i > line)
        g = 0;
    else
        return;
    if (!isfinite(line + g * u))
        return;
    next->u = curve_meet(law->curve, least + g, line + g * u, &next->i, &next->g);
    next->i += law->g_off * next->u;
    next->g += law->g_off;
}

double region_touch(struct linear_region *region, const struct potentials *v)
{
    double worst = 0, share = negligible * region->enough;
    uint32_t plain = 0;
    int measured = -1; /* not tried */
    if (region->curves == 0)
        return 0;
    touch_plain(region, v);
    for (uint32_t d = 0; d < region->tables->diodes; d++) {
        const struct element *element = region_diode(region, d);
        struct companion *companion = &region->companion[d];
        if (region->segment[d] != SEGMENT_CURVED)
            continue;
        struct dd u = region_voltage(v, element->a, element->k);
        double line = companion->i + region->slope[d] * dd_value(dd_sub_double(u, companion->u)), size;
        struct companion next = touching(region, d, u, &plain, &size);
        double current = next.i + next.g * u.lo;
        double least = share * region_least(region, element->a, element->k) / element->value +
                       8 * DBL_EPSILON * size;
        double off = fabs(current - line) / (least + DBL_MIN);
        if (region->forest.tree[element->a] == region->forest.tree[element->k])
            off = 0; /* no correction moves its voltage */
        if (!(off <= away)) {
            if (measured < 0 && !(off <= astray))
                measured = region->factored > 0 && factor_invert(region->factor);
            meet(region, d, measured > 0 && !(off <= astray), u.hi, line, &next);
            off = INFINITY;
        }
        *companion = next;
        worst = greater(worst, off);
    }
    return worst;
}

/* ---- objections ---- */

/* Is u far from the thresholds of a law, and beyond none? */
static inline bool is_clear(const struct law *law, double u, double volts)
{
    double near = 1e-9 * (volts + law->v_fwd);
    return u < law->v_fwd - near && (isinf(law->v_rev) || -u < law->v_rev - 1e-9 * (volts + law->v_rev));
}

static enum segment wanted(const struct linear_region *region, uint32_t d, const struct element *element,
                           const struct law *law)
{
    double va = region->v.part[0][element->a], vk = region->v.part[0][element->k];
    if (is_clear(law, va - vk, fabs(va) + fabs(vk)))
        return SEGMENT_MIDDLE;
    struct dd u = region_voltage(&region->v, element->a, element->k), back = {-u.hi, -u.lo};
    double volts = fabs(va) + fabs(vk), rounding = rounding_of(&region->v, element->a, element->k);
    int above = law->g_on != law->g_off ? beyond(u, law->v_fwd, volts, rounding) : -1;
    int below = law->g_rev != law->g_off && !isinf(law->v_rev) ? beyond(back, law->v_rev, volts, rounding) : -1;
    enum segment present = region->segment[d];
    if ((above == 0 && present == SEGMENT_FORWARD) || (below == 0 && present == SEGMENT_REVERSE))
        return present; /* both parts are right there */
    return above > 0 ? SEGMENT_FORWARD : below > 0 ? SEGMENT_REVERSE : SEGMENT_MIDDLE;
}

uint32_t region_object(struct linear_region *region)
{
    uint32_t objections = 0;
    for (uint32_t d = 0; d < region->tables->diodes; d++) {
        enum segment segment = region->segment[d];
        const struct element *element = region_diode(region, d);
        const struct law *law = &region->circuit->law[element->law];
        enum segment asked = segment == SEGMENT_CURVED || region_holds(law, segment) ? segment
                                                                                     : wanted(region, d, element, law);
        objections += asked != segment;
        if (asked != segment)
            region_set_segment(region, d, asked);
    }
    for (uint32_t e = 0; e < region->tree.holding; e++) /* ideal diodes that conduct backwards */
        if (region->one_way[e] && region->flow[e] < -region->tree.noise[follower_of(region, e)]) {
            region_set_segment(region, region_diode_of(region, region->element[e]), SEGMENT_MIDDLE);
            objections++;
        }
    return objections;
}
