#include "analysis/unit.h"

#include "netlist/expression_run.h"
#include <math.h>
#include <stdlib.h>

/* ---- vectors and axes ---- */

const char *unit_of_vector(const struct vector *vector, const struct circuit *circuit)
{
    switch (vector->kind) {
    case VECTOR_VOLTAGE:
    case VECTOR_DROP: return "V";
    case VECTOR_CURRENT: return "A";
    case VECTOR_POWER: return "W";
    case VECTOR_QUANTITY: return circuit_device(circuit, vector->a)->kind->quantity[vector->k].unit;
    case VECTOR_VALUE: break;
    default: return "";
    }
    switch (element_letter(circuit, vector->a)) {
    case 'e':
    case 'f': return "";
    case 'g': return "S";
    case 'h':
    case 'r': return "ohm";
    case 'v': return "V";
    default: return "A";
    }
}

const char *unit_of_axis(const struct axis *axis)
{
    static const char *const units[] = {[AXIS_VSOURCE] = "V",
                                        [AXIS_ISOURCE] = "A",
                                        [AXIS_RESISTOR] = "ohm",
                                        [AXIS_TEMPERATURE] = "Celsius",
                                        [AXIS_PARAMETER] = ""};
    return units[axis->kind];
}

/* ---- the algebra of units ---- */

/* A unit is V^volts A^amperes. */
struct unit {
    enum { UNIT_KNOWN, UNIT_ANY, UNIT_OPEN } kind; /* ANY: a number, which takes that of what it is added to */
    double volts, amperes;
    double number; /* of UNIT_ANY, for exponents */
};

static const struct unit no_unit = {.kind = UNIT_OPEN}, number_unit = {.kind = UNIT_KNOWN};

static const struct {
    char name[8];
    int volts, amperes;
} names[] = {{"", 0, 0},     {"V", 1, 0},   {"A", 0, 1},   {"W", 1, 1},    {"ohm", 1, -1},  {"S", -1, 1},
             {"V^2", 2, 0},  {"A^2", 0, 2}, {"1/V", -1, 0}, {"1/A", 0, -1}, {"1/W", -1, -1}, {"W^2", 2, 2}};
enum { NAMES = sizeof names / sizeof *names };

static const char *name_of(const struct unit *unit)
{
    for (size_t n = 0; unit->kind == UNIT_KNOWN && n < NAMES; n++) {
        if (unit->volts == names[n].volts && unit->amperes == names[n].amperes)
            return names[n].name;
    }
    return "";
}

static struct unit unit_of(const char *name)
{
    for (size_t n = 0; n < NAMES; n++) {
        if (strcmp(name, names[n].name) == 0)
            return (struct unit){UNIT_KNOWN, names[n].volts, names[n].amperes, 0};
    }
    return no_unit;
}

/* Of a sum, or of what is one of the two. */
static struct unit common(const struct unit *x, const struct unit *y)
{
    if (x->kind == UNIT_ANY)
        return *y;
    bool same = y->kind == UNIT_ANY || (x->kind == UNIT_KNOWN && y->kind == UNIT_KNOWN && x->volts == y->volts &&
                                        x->amperes == y->amperes);
    return same ? *x : no_unit;
}

static struct unit product(const struct unit *x, const struct unit *y, double power)
{
    if (x->kind == UNIT_OPEN || y->kind == UNIT_OPEN)
        return no_unit;
    bool numbers = x->kind == UNIT_ANY && y->kind == UNIT_ANY;
    return (struct unit){numbers ? UNIT_ANY : UNIT_KNOWN, x->volts + power * y->volts, x->amperes + power * y->amperes,
                         x->number * pow(y->number, power)};
}

static struct unit power_of(const struct unit *x, const struct unit *y)
{
    if (x->kind == UNIT_ANY && y->kind == UNIT_ANY)
        return (struct unit){.kind = UNIT_ANY, .number = pow(x->number, y->number)};
    bool is_number = x->volts == 0 && x->amperes == 0;
    if (x->kind != UNIT_KNOWN || (y->kind != UNIT_ANY && !is_number))
        return no_unit;
    return (struct unit){UNIT_KNOWN, x->volts * y->number, x->amperes * y->number, 0};
}

struct units {
    const struct formula *formula;
    const struct plot *plot;
    const struct circuit *circuit;
};

static struct unit of_formula(const struct formula *formula, const struct plot *plot, const struct circuit *circuit);

static struct unit of_scale(const struct plot *plot)
{
    return plot->axes > 0 ? unit_of(unit_of_axis(&plot->axis[plot->axes - 1])) : no_unit;
}

/* Of all of v(*). */
static struct unit of_each(const struct units *units, const struct whole *whole)
{
    struct unit unit = {.kind = UNIT_ANY};
    for (size_t e = 0; e < whole->eachs; e++) {
        struct unit one = unit_of(unit_of_vector(&whole->each[e], units->circuit));
        unit = common(&unit, &one);
    }
    return unit;
}

static struct unit of_whole(const struct units *units, const struct whole *whole)
{
    struct unit unit = no_unit, scale = of_scale(units->plot);
    switch (whole->kind) {
    case WHOLE_LENGTH:
    case WHOLE_ORDER: return number_unit;
    case WHOLE_NUMBERS:
    case WHOLE_ONES: return (struct unit){.kind = UNIT_ANY};
    case WHOLE_ELEMENT:
    case WHOLE_MEAN:
    case WHOLE_DEVIATION:
    case WHOLE_MAXIMUM:
    case WHOLE_MINIMUM:
    case WHOLE_VALUES:
    case WHOLE_SLICE:
    case WHOLE_AVERAGE:
    case WHOLE_INTERPOLATE:
    case WHOLE_DIFFERENCE:
        return whole->eachs > 0 ? of_each(units, whole) : of_formula(&whole->of, units->plot, units->circuit);
    case WHOLE_NORM: return number_unit;
    case WHOLE_UNIFORM:
    case WHOLE_NORMAL:
    case WHOLE_WHOLE_NUMBER:
    case WHOLE_POISSON:
    case WHOLE_EXPONENTIAL: return (struct unit){.kind = UNIT_ANY};
    case WHOLE_INTEGRAL:
    case WHOLE_DERIVATIVE:
        unit = of_formula(&whole->of, units->plot, units->circuit);
        return product(&unit, &scale, whole->kind == WHOLE_INTEGRAL ? 1 : -1);
    }
    return unit;
}

static void put_number(void *data, double number, void *value)
{
    (void)data;
    *(struct unit *)value = (struct unit){.kind = UNIT_ANY, .number = number};
}

static int use(void *data, size_t use, void *value)
{
    const struct units *units = data;
    const struct vector *vector = &units->formula->vector[use];
    struct unit *unit = value;
    switch (vector->kind) {
    case VECTOR_SCALE: *unit = of_scale(units->plot); break;
    case VECTOR_PARAMETER: put_number(NULL, units->formula->number[use], unit); break;
    case VECTOR_OWN:
    case VECTOR_CONSTANT: *unit = no_unit; break;
    case VECTOR_WHOLE: *unit = of_whole(units, units->formula->whole[use]); break;
    default: *unit = unit_of(unit_of_vector(vector, units->circuit));
    }
    return 0;
}

/* Of a condition that is not known the first branch speaks for both. */
static int truth_of(void *data, const void *x, bool *truth)
{
    (void)data, (void)x;
    *truth = true;
    return 0;
}

static int negate(void *data, const void *x, void *value)
{
    struct unit unit = *(const struct unit *)x;
    (void)data;
    unit.number = -unit.number;
    *(struct unit *)value = unit;
    return 0;
}

static int binary(void *data, const struct expression_step *step, const void *left, const void *right, void *value)
{
    const struct unit *x = left, *y = right;
    struct unit unit = number_unit;
    (void)data;
    switch ((enum step_kind)step->kind) {
    case STEP_ADD:
    case STEP_SUBTRACT:
    case STEP_REMAINDER:
        unit = common(x, y);
        unit.number = expression_binary(step->kind, x->number, y->number);
        break;
    case STEP_MULTIPLY: unit = product(x, y, 1); break;
    case STEP_DIVIDE: unit = product(x, y, -1); break;
    case STEP_POWER:
    case STEP_MAGNITUDE_POWER: unit = power_of(x, y); break;
    default: break; /* comparisons, and what counts */
    }
    *(struct unit *)value = unit;
    return 0;
}

/* Of one argument, most of which take and give numbers. */
static struct unit of_one(const struct function *function, const struct unit *x)
{
    const struct unit half = {.kind = UNIT_ANY, .number = 0.5};
    if (strcmp(function->name, "sqrt") == 0)
        return power_of(x, &half);
    return strcmp(function->name, "par") == 0 || strcmp(function->name, "real") == 0 ? *x : number_unit;
}

static int call(void *data, const struct expression_step *step, const void *arguments, void *value)
{
    const struct unit *x = arguments, *y = x + 1;
    struct unit unit = number_unit;
    (void)data;
    switch (step->function->kind) {
    case FUNCTION_ONE: unit = of_one(step->function, x); break;
    case FUNCTION_MAGNITUDE:
    case FUNCTION_RAMP:
    case FUNCTION_RANDOM: unit = *x; break;
    case FUNCTION_MIN:
    case FUNCTION_MAX:
    case FUNCTION_LIMIT: unit = common(x, y); break;
    case FUNCTION_POWER:
    case FUNCTION_MAGNITUDE_POWER:
    case FUNCTION_SIGNED_POWER: unit = power_of(x, y); break;
    case FUNCTION_TABLE:
    case FUNCTION_PWL: unit = no_unit; break;
    default: break; /* angles, signs, steps */
    }
    *(struct unit *)value = unit;
    return 0;
}

static int look_up(void *data, const struct expression_step *step, const void *x, void *value)
{
    (void)data, (void)step, (void)x;
    *(struct unit *)value = no_unit;
    return 0;
}

static struct unit of_formula(const struct formula *formula, const struct plot *plot, const struct circuit *circuit)
{
    static const struct expression_algebra algebra = {sizeof(struct unit), put_number, use, truth_of,
                                                      negate, call, look_up, binary};
    struct units units = {formula, plot, circuit};
    struct unit stack[EXPRESSION_DEPTH];
    expression_run(&formula->expression, &algebra, &units, stack);
    return stack[0];
}

const char *unit_of_formula(const struct formula *formula, const struct plot *plot, const struct circuit *circuit)
{
    struct unit unit = of_formula(formula, plot, circuit);
    return name_of(&unit);
}
