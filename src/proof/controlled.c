#include "proof/controlled.h"

#include "proof/branch_parts.h"
#include <math.h>
#include <string.h>

/* The controls of an element at the point, and its law there. */
struct controlled {
    const struct coupling *coupling;
    struct dd *x;              /* [law.n] */
    double *near, *slope;      /* [law.n] what x is unknown by; derivatives */
    double *work;              /* of the law */
    struct control_value value; /* f */
    double change;             /* what the unknown part of x makes of f */
};

size_t controlled_room(const struct circuit *circuit)
{
    size_t most = 0;
    for (size_t c = 0; c < circuit->couplings; c++) {
        const struct control_law *law = &circuit->coupling[c].law;
        size_t work = law->kind == CONTROL_SWITCH ? 0 : control_law_work(law);
        size_t room = law->n * (sizeof(struct dd) + 2 * sizeof(double)) + work * sizeof(double);
        most = room > most ? room : most;
    }
    return most;
}

static void lay_out(struct controlled *controlled, void *work)
{
    uint32_t n = controlled->coupling->law.n;
    controlled->x = work;
    controlled->near = (double *)(controlled->x + n);
    controlled->slope = controlled->near + n;
    controlled->work = controlled->slope + n;
}

static void read_controls(struct controlled *controlled, const struct claim *claim)
{
    for (uint32_t c = 0; c < controlled->coupling->law.n; c++) {
        const struct control *control = &controlled->coupling->control[c];
        if (control->kind == CONTROL_CURRENT) {
            controlled->x[c] = dd_from(claim->i[control->p]);
            controlled->near[c] = 0;
        } else {
            struct dd p = claim_potential(claim, control->p), q = claim_potential(claim, control->q);
            controlled->x[c] = dd_sub(p, q);
            controlled->near[c] = branch_rounding * (fabs(p.hi) + fabs(q.hi)) + DBL_MIN;
        }
    }
}

static void evaluate(struct controlled *controlled)
{
    const struct control_law *law = &controlled->coupling->law;
    controlled->value = control_law_at(law, controlled->x, controlled->slope, controlled->work);
    controlled->change = 0;
    for (uint32_t c = 0; c < law->n; c++)
        controlled->change += fabs(controlled->slope[c]) * controlled->near[c];
}

/* f is a sum of voltages by gains: nothing of it is rounded. */
static bool is_exact(const struct coupling *coupling)
{
    bool exact = control_law_is_sum(&coupling->law);
    for (uint32_t c = 0; exact && c < coupling->law.n; c++)
        exact = coupling->control[c].kind == CONTROL_VOLTAGE;
    return exact;
}

/* How f changes with the branch's own voltage. */
static double own_slope(const struct controlled *controlled, const struct element *element)
{
    double sum = 0;
    for (uint32_t c = 0; c < controlled->coupling->law.n; c++) {
        const struct control *control = &controlled->coupling->control[c];
        bool own = control->kind == CONTROL_VOLTAGE &&
                   ((control->p == element->a && control->q == element->k) ||
                    (control->p == element->k && control->q == element->a));
        sum += own ? fabs(controlled->slope[c]) : 0;
    }
    return sum;
}

static struct branch current_at(const struct controlled *controlled, const struct element *element, double i)
{
    double m = element->value;
    struct branch branch = {.slope = fabs(m) * own_slope(controlled, element),
                            .floor = fabs(m) * controlled->change,
                            .drop = dd_from(NAN)};
    struct dd law_i = dd_mul_double(controlled->value.value, m);
    if (controlled->coupling->law.divides) /* by a resistance */
        branch.drop = dd_from(i / (m * controlled->slope[0]));
    branch_judge_current(&branch, i, law_i, fabs(m) * controlled->value.size);
    return branch;
}

static struct branch voltage_at(const struct controlled *controlled, const struct element *element,
                                const struct branch_voltage *own)
{
    struct dd f = dd_mul_double(controlled->value.value, element->value);
    double scale = fabs(element->value), computed = branch_unit * (fabs(f.hi) + scale * controlled->value.size);
    double rounding = branch_rounding_of(own) + scale * controlled->change;
    struct branch branch = {.slope = INFINITY, .emf = own->u.hi, .drop = dd_from(own->u.lo)};
    rounding += is_exact(controlled->coupling) && element->value == 1 ? 0 : computed;
    branch_judge(&branch, fabs(dd_sub(own->u, f).hi), rounding, 1, own->magnitude + fabs(f.hi));
    return branch;
}

/* The resistance that it has is one that its control allows. */
static struct branch switch_at(const struct controlled *controlled, const struct element *element,
                               const struct branch_voltage *own, double i)
{
    const struct control_law *law = &controlled->coupling->law;
    double x = dd_value(*controlled->x), ohms = element->value;
    struct branch branch = branch_resistor(ohms, own->u, branch_rounding_of(own), i);
    bool is_one = ohms == law->switching.ron || ohms == law->switching.roff;
    if (!is_one || control_law_resistance(law, x, ohms) != ohms)
        branch.violation = branch.relative = INFINITY;
    return branch;
}

struct branch controlled_at(const struct claim *claim, uint32_t e, const struct branch_voltage *own, void *work)
{
    const struct element *element = &claim->circuit->element[e];
    struct controlled controlled = {.coupling = &claim->circuit->coupling[element->law]};
    lay_out(&controlled, work);
    read_controls(&controlled, claim);
    if (element->kind == ELEMENT_SWITCH)
        return switch_at(&controlled, element, own, claim->i[e]);
    evaluate(&controlled);
    return element->kind == ELEMENT_CONTROLLED_VOLTAGE ? voltage_at(&controlled, element, own)
                                                       : current_at(&controlled, element, claim->i[e]);
}

struct branch branch_any_at(const struct claim *claim, uint32_t e, double slack, void *work, struct dd *u)
{
    const struct element *element = &claim->circuit->element[e];
    struct branch_voltage of[LAW_VOLTAGES];
    branch_voltages(claim, e, of);
    *u = of[element->branch].u;
    if (controlled_is(element))
        return controlled_at(claim, e, of, work);
    return branch_at(claim->circuit, element, of, claim->i[e], slack);
}
