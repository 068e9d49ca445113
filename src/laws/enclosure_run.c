/* The algebra of enclosures. */
#include "laws/enclosure_parts.h"

#include "netlist/expression_run.h"

static void put_number(void *data, double number, void *value)
{
    (void)data;
    *(struct enclosure *)value = enclosure_constant(number);
}

static int put_use(void *data, size_t use, void *value)
{
    const struct enclosure_run *run = data;
    const struct expression_law *own = run->own;
    struct enclosure shift = {.e = own->shift[use], .e_size = fabs(own->shift[use]), .use = use};
    *(struct enclosure *)value = enclosure_line(run, own->constant[use], own->slope[use], &shift);
    return ENCLOSURE_OK;
}

static int truth_of(void *data, const void *x, bool *truth)
{
    int sign;
    bool known;
    int status = enclosure_sign(data, x, &sign, &known);
    *truth = sign != 0;
    return status == ENCLOSURE_OK && !known ? ENCLOSURE_UNDECIDED : status;
}

static int negate(void *data, const void *x, void *value)
{
    *(struct enclosure *)value = enclosure_scaled(data, x, -1);
    return ENCLOSURE_OK;
}

/* trunc(x/y), or trunc|x/y| */
static int whole_part(struct enclosure_run *run, const struct enclosure *x, const struct enclosure *y,
                      bool of_magnitude, struct enclosure *value)
{
    struct enclosure ratio = enclosure_anything, other;
    int status = enclosure_quotient(run, x, y, &ratio);
    if (status == ENCLOSURE_OK)
        status = enclosure_bend(run, &ratio);
    if (status == ENCLOSURE_OK && of_magnitude) {
        other = enclosure_scaled(run, &ratio, -1);
        status = enclosure_choose(run, &ratio, &other, true, &ratio);
    }
    struct interval whole = interval_steps(trunc, ratio.value);
    struct interval slope = interval_product(ratio.slope, (struct interval){0, INFINITY});
    *value = (struct enclosure){.value = whole, .slope = slope, .growth = WHOLE, .order = WHOLE,
                                .is_partial = ratio.is_partial || enclosure_is_vague(run, whole)};
    if (whole.low == whole.high && isfinite(whole.low) && !ratio.is_partial)
        *value = enclosure_constant(whole.low);
    return status;
}

/* x - y trunc(x/y) */
static int remainder_of(struct enclosure_run *run, const struct enclosure *x, const struct enclosure *y,
                        struct enclosure *value)
{
    struct enclosure whole, taken;
    int status = whole_part(run, x, y, false, &whole);
    if (status == ENCLOSURE_OK)
        status = enclosure_product(run, y, &whole, &taken);
    if (status == ENCLOSURE_OK)
        *value = enclosure_difference(run, x, &taken);
    return status;
}

static int binary(void *data, const struct expression_step *step, const void *left, const void *right, void *value)
{
    struct enclosure_run *run = data;
    const struct enclosure *x = left, *y = right;
    enum step_kind kind = step->kind;
    struct enclosure result = enclosure_anything;
    int status = ENCLOSURE_OK;
    if (enclosure_is_constant(x) && enclosure_is_constant(y))
        return enclosure_settled(expression_binary(kind, x->c, y->c), value);
    switch (kind) {
    case STEP_ADD: result = enclosure_sum(run, x, y); break;
    case STEP_SUBTRACT: result = enclosure_difference(run, x, y); break;
    case STEP_MULTIPLY: status = enclosure_product(run, x, y, &result); break;
    case STEP_DIVIDE: status = enclosure_quotient(run, x, y, &result); break;
    case STEP_REMAINDER: status = remainder_of(run, x, y, &result); break;
    case STEP_INTEGER_QUOTIENT: status = whole_part(run, x, y, true, &result); break;
    case STEP_MAGNITUDE_POWER: status = enclosure_power(run, x, y, false, &result); break;
    case STEP_EQUAL:
    case STEP_UNEQUAL:
    case STEP_LESS:
    case STEP_LESS_EQUAL:
    case STEP_GREATER:
    case STEP_GREATER_EQUAL: status = enclosure_compare(run, kind, x, y, &result); break;
    default: /* of other languages */
        status = enclosure_without_shift(run, x);
        if (status == ENCLOSURE_OK)
            status = enclosure_without_shift(run, y);
    }
    *(struct enclosure *)value = result;
    return status;
}

enum enclosure_status enclosure_run(const struct expression_law *own, const struct cell *cell,
                                    struct enclosure *result, double *split, size_t *use)
{
    static const struct expression_algebra enclosures = {sizeof(struct enclosure), put_number, put_use, truth_of,
                                                         negate, enclosure_call, enclosure_look_up, binary};
    struct enclosure stack[EXPRESSION_DEPTH];
    struct enclosure_run run = {.own = own, .cell = cell};
    int status = expression_run(&own->expression, &enclosures, &run, stack);
    if (status == ENCLOSURE_OK)
        status = enclosure_without_shift(&run, &stack[0]);
    *result = status == ENCLOSURE_OK ? stack[0] : enclosure_anything;
    *split = run.split;
    *use = run.use;
    return status;
}
