/* Who makes the equations singular.
 *
 * There is a d that is not 0 with J d = 0: what can change without any equation noticing. With a little added to the
 * equation of an unknown without a pivot, the answer to a push there is d, but for its size. The controlled elements
 * that see d, or that carry it, are to blame. */
#include "general/equations_parts.h"
#include "general/general_parts.h"

#include <math.h>
#include <string.h>

/* d in general->rest. False where it is not found: there is no derivative by itself in the unknown's equation. */
static bool find_null(struct general *general, uint32_t column)
{
    const double part = 1e-9; /* of the largest derivative there is */
    struct equations *equations = general->equations;
    double largest = 0;
    uint32_t own = equations->own[column];
    if (equations->row[own] != (int32_t)column || (int32_t)own < equations->start[column] ||
        (int32_t)own >= equations->start[column + 1])
        return false;
    for (int32_t q = 0; q < equations->start[equations->n]; q++)
        largest = fmax(largest, fabs(equations->value[q].hi));
    equations->value[own] = dd_add_double(equations->value[own], part * largest);
    if (!general_choose_pattern(general, 0)) /* with all derivatives by themselves */
        return false;
    if (lu_refactor_finely(general->lu, equations->value) != LU_OK)
        return false;
    memset(general->rest, 0, (size_t)equations->n * sizeof *general->rest);
    general->rest[column] = dd_from(1);
    lu_solve_finely(general->lu, general->rest);
    return true;
}

/* The largest change. */
static double scale_of(const struct general *general)
{
    const struct equations *equations = general->equations;
    double largest = 0;
    for (int32_t q = 0; q < equations->n; q++)
        largest = fmax(largest, fabs(general->rest[q].hi));
    return largest;
}

static double moved(const struct general *general, uint32_t p, uint32_t q)
{
    struct dd zero = dd_from(0);
    return fabs(dd_value(dd_sub(p == GROUND ? zero : general->rest[p - 1], q == GROUND ? zero : general->rest[q - 1])));
}

static bool sees(const struct general *general, const struct coupling *coupling, double least)
{
    for (uint32_t c = 0; c < coupling->law.n; c++) {
        const struct control *control = &coupling->control[c];
        uint32_t branch = control->kind == CONTROL_CURRENT ? general->equations->branch[control->p] : EQUATIONS_NONE;
        if (branch != EQUATIONS_NONE
                ? fabs(general->rest[branch].hi) > least
                : control->kind == CONTROL_VOLTAGE && moved(general, control->p, control->q) > least)
            return true;
    }
    return false;
}

void general_blame(struct general *general, bool *blamed)
{
    const double visible = 1e-6; /* of the largest change */
    const struct equations *equations = general->equations;
    const struct circuit *circuit = equations->circuit;
    struct lu_singular singular = lu_singular(general->lu);
    memset(blamed, 0, circuit->elements.count * sizeof *blamed);
    if (singular.count == 0 || singular.reason == LU_NOT_FINITE || !find_null(general, (uint32_t)singular.column[0]))
        return;
    double least = visible * scale_of(general);
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        const struct coupling *coupling = circuit_coupling(circuit, e);
        uint32_t branch = equations->branch[e];
        bool carries = branch != EQUATIONS_NONE && fabs(general->rest[branch].hi) > least;
        bool falls = element->kind == ELEMENT_RESISTOR && element->value < 0;
        blamed[e] = (coupling && (carries || sees(general, coupling, least))) ||
                    (falls && moved(general, element->a, element->k) > least);
    }
}
