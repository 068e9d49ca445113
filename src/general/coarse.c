/* The equations in doubles: what Newton's method needs until rounding matters. The stamps of what is linear are kept;
 * so is a companion that has not moved, which most have not once a large circuit has settled down. */
#include "general/equations_parts.h"

#include <math.h>
#include <string.h>

/* One evaluation. */
struct coarse {
    struct equations *equations;
    const double *x; /* [n] */
    double *value;   /* [start[n]] derivatives */
    double lambda;
    bool exact;      /* at x itself, not on companions */
    size_t at;       /* the next stamp */
};

static double voltage(const struct coarse *coarse, uint32_t p, uint32_t q)
{
    return (p == GROUND ? 0 : coarse->x[p - 1]) - (q == GROUND ? 0 : coarse->x[q - 1]);
}

/* As in equations.c: stamps come in the order in which they were listed. */
static void put(struct coarse *coarse, uint32_t row, uint32_t column, double value)
{
    const struct equations *equations = coarse->equations;
    if (row == EQUATIONS_NONE || column == EQUATIONS_NONE || (equations->replaced[row] && row != column))
        return;
    size_t at = equations->slot[coarse->at++];
    if (!equations->replaced[row])
        coarse->value[at] += value;
}

static void put_voltage(struct coarse *coarse, uint32_t row, uint32_t p, uint32_t q, double value)
{
    put(coarse, row, equations_unknown(p), value);
    put(coarse, row, equations_unknown(q), -value);
}

static void add_residual(const struct coarse *coarse, uint32_t row, double value)
{
    if (row != EQUATIONS_NONE && !coarse->equations->replaced[row])
        coarse->equations->residual[row].hi += value;
}

static void add_gain(const struct coarse *coarse, uint32_t row, double value)
{
    if (row != EQUATIONS_NONE && !coarse->equations->replaced[row])
        coarse->equations->gain[row] += value;
}

/* ---- junctions --------------------------------------------------------------------------------------------------- */

static struct companion companion_at(const struct law *law, double u)
{
    struct companion companion = {.u = u};
    companion.i = law->g_off * u + curve_current(law->curve, u, &companion.g);
    companion.g += law->g_off;
    return companion;
}

const struct companion *equations_companion(struct equations *equations, uint32_t e)
{
    struct companion *companion = &equations->companion[e];
    if (isnan(companion->g))
        *companion = companion_at(&equations->circuit->law[equations->circuit->element[e].law], companion->u);
    return companion;
}

static void add_junction(struct coarse *coarse, uint32_t e)
{
    struct equations *equations = coarse->equations;
    const struct element *element = &equations->circuit->element[e];
    const struct law *law = &equations->circuit->law[element->law];
    double u = voltage(coarse, element->a, element->k);
    const struct companion line = coarse->exact ? companion_at(law, u) : *equations_companion(equations, e);
    double m = element->value, i = m * companion_current(&line, u);
    uint32_t a = equations_unknown(element->a), k = equations_unknown(element->k);
    add_residual(coarse, a, i);
    add_residual(coarse, k, -i);
    put_voltage(coarse, a, element->a, element->k, m * line.g);
    put_voltage(coarse, k, element->a, element->k, -m * line.g);
}

/* ---- devices ----------------------------------------------------------------------------------------------------- */

/* f and its slopes [law.n] at x. */
static double law_at_point(const struct control_law *law, const double *x, double *slope)
{
    double size, f = law->device.function->at(law->device.law, x + law->divides, slope + law->divides, &size);
    if (!law->divides)
        return f;
    for (uint32_t c = 1; c < law->n; c++)
        slope[c] *= -x[0] / (f * f);
    slope[0] = 1 / f;
    return x[0] / f;
}

/* f at x, or on the tangent there; *slope: its derivatives. */
static double transfer_at(struct coarse *coarse, const struct coupling *coupling, const double **slope)
{
    struct equations *equations = coarse->equations;
    size_t number = (size_t)(coupling - equations->circuit->coupling), first = equations->first_near[number];
    double *near = coarse->exact ? equations->before : equations->near + first;
    double *slopes = coarse->exact ? equations->slope : equations->near_slope + first;
    *slope = slopes;
    if (coarse->exact)
        for (uint32_t c = 0; c < coupling->law.n; c++)
            near[c] = voltage(coarse, coupling->control[c].p, coupling->control[c].q);
    if (coarse->exact)
        return law_at_point(&coupling->law, near, slopes);
    if (isnan(equations->near_value[number]))
        equations->near_value[number] = law_at_point(&coupling->law, near, slopes);
    double f = equations->near_value[number];
    for (uint32_t c = 0; c < coupling->law.n; c++)
        f += slopes[c] * (voltage(coarse, coupling->control[c].p, coupling->control[c].q) - near[c]);
    return f;
}

static void put_controls(struct coarse *coarse, uint32_t row, const struct coupling *coupling, const double *slope,
                         double factor)
{
    for (uint32_t c = 0; c < coupling->law.n; c++)
        put_voltage(coarse, row, coupling->control[c].p, coupling->control[c].q, factor * slope[c]);
}

static void add_transfer(struct coarse *coarse, uint32_t e)
{
    const struct element *element = &coarse->equations->circuit->element[e];
    const struct coupling *coupling = &coarse->equations->circuit->coupling[element->law];
    const double *slope;
    double f = element->value * transfer_at(coarse, coupling, &slope), factor = coarse->lambda * element->value;
    double u = voltage(coarse, element->a, element->k), change = f;
    double without = coupling->law.divides ? (1 - coarse->lambda) * equations_g0 : 0;
    double i = coarse->lambda * f + without * u;
    uint32_t a = equations_unknown(element->a), k = equations_unknown(element->k);
    put_controls(coarse, a, coupling, slope, factor);
    put_controls(coarse, k, coupling, slope, -factor);
    if (coupling->law.divides) {
        put_voltage(coarse, a, element->a, element->k, without);
        put_voltage(coarse, k, element->a, element->k, -without);
        change -= equations_g0 * u;
    }
    add_residual(coarse, a, i);
    add_residual(coarse, k, -i);
    add_gain(coarse, a, change);
    add_gain(coarse, k, -change);
}

static void add_element(struct coarse *coarse, uint32_t e)
{
    struct equations *equations = coarse->equations;
    const struct circuit *circuit = equations->circuit;
    const struct element *element = &circuit->element[e];
    coarse->at = equations->first_stamp[e];
    if (element->kind == ELEMENT_DIODE && circuit->law[element->law].curve &&
        law_voltages(&circuit->law[element->law]) == 1)
        add_junction(coarse, e);
    else if (element->kind == ELEMENT_CONTROLLED_CURRENT && circuit->coupling[element->law].law.kind == CONTROL_DEVICE)
        add_transfer(coarse, e);
    else
        equations_add_coarsely(equations, e, coarse->x, coarse->lambda, coarse->exact, coarse->value);
}

/* ---- what stays -------------------------------------------------------------------------------------------------- */

/* The stamps of all that is linear; tangents of other values are worth nothing. */
static void find_base(struct equations *equations, const double *x)
{
    const struct circuit *circuit = equations->circuit;
    size_t size = (size_t)equations->start[equations->n] * sizeof *equations->base;
    memset(equations->base, 0, size);
    for (uint32_t e = 0, curve = 0, scale = 0; e < circuit->elements.count; e++)
        if (curve < equations->curves && equations->curved[curve] == e)
            curve++;
        else if (scale < equations->scales && equations->scaled[scale] == e)
            scale++;
        else
            equations_add_coarsely(equations, e, x, 1, true, equations->base);
    for (int32_t row = 0; row < equations->n; row++)
        if (equations->replaced[row])
            equations->base[equations->own[row]] = 1;
    memcpy(equations->whole, equations->base, size);
    for (uint32_t s = 0; s < equations->scales; s++)
        equations_add_coarsely(equations, equations->scaled[s], x, 1, true, equations->whole);
    equations_forget_companions(equations);
    equations->base_values = circuit->version.values;
}

void equations_forget_companions(struct equations *equations)
{
    for (size_t c = 0; c < equations->circuit->couplings; c++)
        equations->near_value[c] = NAN;
    for (uint32_t e = 0; e < equations->circuit->elements.count; e++)
        equations->companion[e].g = NAN;
}

/* F of what is linear but the sources, base x, and its derivatives. */
static void take_base(const struct coarse *coarse, const double *base)
{
    struct equations *equations = coarse->equations;
    equations->lambda = coarse->lambda;
    equations->left_out = 0;
    memcpy(coarse->value, base, (size_t)equations->start[equations->n] * sizeof *base);
    memset(equations->residual, 0, (size_t)equations->n * sizeof *equations->residual);
    for (int32_t column = 0; column < equations->n; column++) {
        double x = coarse->x[column];
        for (int32_t q = equations->start[column]; x != 0 && q < equations->start[column + 1]; q++)
            equations->residual[equations->row[q]].hi += base[q] * x;
    }
}

static void add_sources(const struct coarse *coarse)
{
    const struct equations *equations = coarse->equations;
    for (uint32_t s = 0; s < equations->sources; s++) {
        uint32_t e = equations->source[s];
        const struct element *element = &equations->circuit->element[e];
        double value = element->value * equations->part;
        if (element->kind == ELEMENT_VSOURCE) {
            add_residual(coarse, equations->branch[e], -value);
            continue;
        }
        add_residual(coarse, equations_unknown(element->a), value);
        add_residual(coarse, equations_unknown(element->k), -value);
    }
}

/* What every node has to ground. */
static void add_leaks(const struct coarse *coarse)
{
    const struct equations *equations = coarse->equations;
    double without = 1 - coarse->lambda, leak = without * equations_g0 + equations->leak;
    for (uint32_t node = 0; node < equations->nodes; node++) {
        if (equations->replaced[node])
            continue;
        coarse->value[equations->own[node]] += leak;
        equations->residual[node].hi += leak * coarse->x[node] + without * equations->nudge[node];
        equations->gain[node] -= equations_g0 * coarse->x[node] + equations->nudge[node];
    }
}

void equations_evaluate_coarsely(struct equations *equations, const double *x, double lambda, bool exact, double *value)
{
    struct coarse coarse = {.equations = equations, .x = x, .value = value, .lambda = lambda, .exact = exact};
    memset(equations->gain, 0, (size_t)equations->n * sizeof *equations->gain);
    if (equations->base_values != equations->circuit->version.values)
        find_base(equations, x);
    take_base(&coarse, equations->base);
    for (uint32_t s = 0; s < equations->scales; s++)
        add_element(&coarse, equations->scaled[s]);
    for (uint32_t c = 0; c < equations->curves; c++)
        add_element(&coarse, equations->curved[c]);
    add_sources(&coarse);
    add_leaks(&coarse);
}

static void put_at(double *value, uint32_t place, double g)
{
    if (place != JUNCTION_NOWHERE)
        value[place] += g;
}

static void add_plain_junctions(const struct coarse *coarse)
{
    const struct equations *equations = coarse->equations;
    const struct plain_junctions *plain = &equations->plain;
    for (uint32_t q = 0; q < plain->count; q++) {
        const struct plain_junction *junction = &plain->junction[q];
        double g_off = plain->g_off[q], m = plain->multiple[q];
        double i = m * (g_off * plain->u[q] + plain->i[q]), g = m * (g_off + plain->slope[q]);
        if (junction->row_a != JUNCTION_NOWHERE)
            equations->residual[junction->row_a].hi += i;
        if (junction->row_k != JUNCTION_NOWHERE)
            equations->residual[junction->row_k].hi -= i;
        put_at(coarse->value, junction->place[0], g);
        put_at(coarse->value, junction->place[1], -g);
        put_at(coarse->value, junction->place[2], -g);
        put_at(coarse->value, junction->place[3], g);
    }
}

/* All curved laws, on their tangents; or the plain junctions by themselves. */
static void add_curves(struct coarse *coarse)
{
    struct equations *equations = coarse->equations;
    uint32_t next = coarse->exact ? 0 : equations->plain.count;
    if (coarse->exact) {
        plain_junctions_evaluate(&equations->plain, equations->circuit, coarse->x);
        add_plain_junctions(coarse);
    }
    for (uint32_t c = 0; c < equations->curves; c++)
        if (!plain_junctions_has(&equations->plain, equations->curved[c], &next))
            add_element(coarse, equations->curved[c]);
}

void equations_evaluate_circuit(struct equations *equations, const double *x, bool exact, double *value)
{
    struct coarse coarse = {.equations = equations, .x = x, .value = value, .lambda = 1, .exact = exact};
    if (equations->base_values != equations->circuit->version.values)
        find_base(equations, x);
    take_base(&coarse, equations->whole);
    add_curves(&coarse);
    add_sources(&coarse);
    if (equations->leak != 0)
        add_leaks(&coarse);
}
