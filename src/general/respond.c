/* Responses of an answer to small changes of its sources. */
#include "general/equations_parts.h"
#include "general/general_parts.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* The change of F, turned round, is in rest: more of it by a current of so many A into a node. */
static void drive_node(struct general *general, uint32_t node, double current)
{
    if (node != GROUND && !general->equations->replaced[node - 1])
        general->rest[node - 1] = dd_add_double(general->rest[node - 1], current);
}

/* By a source of so many V or A. */
static void drive_source(struct general *general, uint32_t source, double value)
{
    const struct equations *equations = general->equations;
    const struct element *element = &equations->circuit->element[source];
    if (equations->branch[source] != EQUATIONS_NONE) {
        general->rest[equations->branch[source]] = dd_from(value);
        return;
    }
    drive_node(general, element->k, value);
    drive_node(general, element->a, -value);
}

static void drive_nothing(struct general *general)
{
    memset(general->rest, 0, (size_t)general->equations->n * sizeof *general->rest);
}

static void take_potentials(const struct general *general, double *v, double *low)
{
    v[GROUND] = low[GROUND] = 0;
    for (uint32_t node = 0; node < general->equations->nodes; node++) {
        v[node + 1] = general->rest[node].hi;
        low[node + 1] = general->rest[node].lo;
    }
}

/* The derivatives at the answer, factored: first without the conductance that holds what blocking diodes leave open,
 * which would count. */
static enum general_status linearise(struct general *general)
{
    struct equations *equations = general->equations;
    const double held = equations->held;
    enum general_status status = GENERAL_SINGULAR;
    equations_start(equations, general->op, general->hi, general->lo);
    for (int way = equations->any_states ? 0 : 1; status == GENERAL_SINGULAR && way < 2; way++) {
        equations->held = way == 0 ? 0 : held;
        equations_evaluate(equations, general->hi, general->lo, 1, true);
        status = general_factor_finely(general);
    }
    equations->held = held;
    general->responds = status == GENERAL_OK;
    return status;
}

enum general_status general_respond(struct general *general, uint32_t source, uint32_t into, uint32_t out_of,
                                    const struct response *response)
{
    struct equations *equations = general->equations;
    const struct circuit *circuit = equations->circuit;
    enum general_status status = general->responds ? GENERAL_OK : linearise(general);
    if (status != GENERAL_OK)
        return status;
    drive_nothing(general);
    if (source != EQUATIONS_NONE)
        drive_source(general, source, 1);
    drive_node(general, into, 1);
    drive_node(general, out_of, -1);
    lu_solve_finely(general->lu, general->rest);
    take_potentials(general, response->v, response->low);
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        response->i[e] = equations_change(equations, e, general->hi, general->lo, general->rest);
    if (source != EQUATIONS_NONE && circuit->element[source].kind == ELEMENT_ISOURCE)
        response->i[source] = 1;
    return GENERAL_OK;
}

void general_visit(struct general *general)
{
    struct equations *equations = general->equations;
    if (general->responds)
        return;
    equations_start(equations, general->op, general->hi, general->lo);
    equations_follow(equations, general->hi);
}

enum general_status general_drive(struct general *general, uint32_t sources, const uint32_t *source,
                                  const double *value, double *v, double *low, struct dd *held)
{
    const struct equations *equations = general->equations;
    enum general_status status = general->responds ? GENERAL_OK : linearise(general);
    if (status != GENERAL_OK)
        return status;
    drive_nothing(general);
    for (uint32_t s = 0; s < sources; s++)
        drive_source(general, source[s], value[s]);
    lu_solve_finely(general->lu, general->rest);
    take_potentials(general, v, low);
    for (uint32_t e = 0; e < equations->circuit->elements.count; e++)
        held[e] = equations->branch[e] == EQUATIONS_NONE ? dd_from(0) : general->rest[equations->branch[e]];
    return GENERAL_OK;
}

/* ---- the adjoint ------------------------------------------------------------------------------------------------- */

/* The multiplier of a node's equation: none where that is v = 0. */
static struct dd multiplier(const struct general *general, uint32_t node)
{
    const struct equations *equations = general->equations;
    return node == GROUND || equations->replaced[node - 1] ? dd_from(0) : general->rest[node - 1];
}

int general_holding(const struct general *general, uint32_t e)
{
    const struct equations *equations = general->equations;
    if (!circuit_ideal_diode(equations->circuit, &equations->circuit->element[e]) ||
        equations->state[e] == DIODE_BLOCKS)
        return 0;
    return equations->state[e] == DIODE_FORWARD ? 1 : -1;
}

/* dOutput/dF of an element's own equation, or of its current in those of its nodes. */
static double weight_of(const struct general *general, uint32_t e, const double *branch)
{
    const struct equations *equations = general->equations;
    const struct element *element = &equations->circuit->element[e];
    uint32_t own = equations->branch[e];
    if (own == EQUATIONS_NONE)
        return dd_value(dd_sub(dd_from(branch ? branch[e] : 0),
                               dd_sub(multiplier(general, element->a), multiplier(general, element->k))));
    return general_holding(general, e) != 0 ? -dd_value(general->rest[own]) : dd_value(general->rest[own]);
}

/* The current of an element that is no unknown may control others: what that makes of the output is its weight too. */
static void weigh_control(const struct general *general, uint32_t e, double *weight)
{
    const struct equations *equations = general->equations;
    const struct circuit *circuit = equations->circuit;
    const struct coupling *coupling = circuit_coupling(circuit, e);
    if (!coupling || circuit->element[e].kind == ELEMENT_SWITCH)
        return;
    equations_find_slopes(equations, coupling, general->hi, general->lo);
    for (uint32_t c = 0; c < coupling->law.n; c++) {
        const struct control *control = &coupling->control[c];
        if (control->kind == CONTROL_CURRENT && equations->branch[control->p] == EQUATIONS_NONE)
            weight[control->p] += weight[e] * circuit->element[e].value * equations->slope[c];
    }
}

enum general_status general_adjoint(struct general *general, const double *node, const double *branch, double *weight)
{
    struct equations *equations = general->equations;
    enum general_status status = general->responds ? GENERAL_OK : linearise(general);
    if (status != GENERAL_OK)
        return status;
    uint32_t elements = equations->circuit->elements.count;
    memset(general->rest, 0, (size_t)equations->n * sizeof *general->rest);
    for (uint32_t n = 0; node && n < equations->nodes; n++)
        general->rest[n] = dd_from(node[n + 1]);
    for (uint32_t e = 0; branch && e < elements; e++) {
        if (branch[e] != 0)
            equations_weigh(equations, e, general->hi, general->lo, branch[e], general->rest);
    }
    lu_solve_transposed_finely(general->lu, general->rest);
    for (uint32_t e = 0; e < elements; e++)
        weight[e] = weight_of(general, e, branch);
    for (uint32_t e = 0; e < elements; e++)
        weigh_control(general, e, weight);
    return GENERAL_OK;
}

/* Is it just where it changes its state: no current while it holds a voltage, or a threshold while it blocks? */
static bool is_at_kink(const struct general *general, uint32_t e)
{
    const struct circuit *circuit = general->equations->circuit;
    const struct element *element = &circuit->element[e];
    const struct law *law = &circuit->law[element->law];
    const struct operating_point *op = general->op;
    double u = operating_point_drop(op, element), rounding = 64 * DBL_EPSILON;
    double volts = fabs(op->voltage[element->a]) + fabs(op->voltage[element->k]);
    if (general_holding(general, e) != 0)
        return fabs(op->current[e] - element->value * law->g_off * u) <= rounding * fabs(op->current[e]);
    return (law->g_on != law->g_off && fabs(u - law->v_fwd) <= rounding * (volts + law->v_fwd)) ||
           (law->g_rev != law->g_off && !isinf(law->v_rev) && fabs(u + law->v_rev) <= rounding * (volts + law->v_rev));
}

uint32_t general_kinks(const struct general *general)
{
    const struct circuit *circuit = general->equations->circuit;
    uint32_t kinks = 0;
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        kinks += circuit->element[e].kind == ELEMENT_DIODE && !circuit->law[circuit->element[e].law].curve &&
                 is_at_kink(general, e);
    return kinks;
}
