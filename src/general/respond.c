/* Responses of an answer to small changes of its sources. */
#include "general/equations_parts.h"
#include "general/general_parts.h"

#include <math.h>
#include <string.h>

/* The change of F, turned round, in rest. */
static void drive(struct general *general, uint32_t source, uint32_t into, uint32_t out_of)
{
    const struct equations *equations = general->equations;
    memset(general->rest, 0, (size_t)equations->n * sizeof *general->rest);
    if (source != EQUATIONS_NONE) {
        const struct element *element = &equations->circuit->element[source];
        if (equations->branch[source] != EQUATIONS_NONE) {
            general->rest[equations->branch[source]] = dd_from(1);
        } else {
            into = element->k;
            out_of = element->a;
        }
    }
    if (into == out_of)
        return;
    if (into != GROUND && !equations->replaced[into - 1])
        general->rest[into - 1] = dd_from(1);
    if (out_of != GROUND && !equations->replaced[out_of - 1])
        general->rest[out_of - 1] = dd_from(-1);
}

enum general_status general_respond(struct general *general, uint32_t source, uint32_t into, uint32_t out_of,
                                    double *v, double *low, double *i)
{
    struct equations *equations = general->equations;
    const struct circuit *circuit = equations->circuit;
    equations_start(equations, general->op, general->hi, general->lo);
    equations_evaluate(equations, general->hi, general->lo, 1, true);
    enum general_status status = general_factor_finely(general);
    if (status != GENERAL_OK)
        return status;
    drive(general, source, into, out_of);
    lu_solve_finely(general->lu, general->rest);
    v[GROUND] = low[GROUND] = 0;
    for (uint32_t node = 0; node < equations->nodes; node++) {
        v[node + 1] = general->rest[node].hi;
        low[node + 1] = general->rest[node].lo;
    }
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        i[e] = equations_change(equations, e, general->hi, general->lo, general->rest);
    if (source != EQUATIONS_NONE && circuit->element[source].kind == ELEMENT_ISOURCE)
        i[source] = 1;
    return GENERAL_OK;
}
