#include "engine/no_value.h"

#include "circuit/branch_law.h"
#include "util/array.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 300, PART = 100, NAME = 30 };

static void tell_control(char *text, const struct circuit *circuit, const struct control *control, double at)
{
    char part[PART];
    size_t used = strlen(text);
    if (control->kind == CONTROL_CURRENT)
        snprintf(part, PART, "i(%.*s) = %g A", NAME, circuit->elements.text[control->p], at);
    else if (control->q == GROUND)
        snprintf(part, PART, "v(%.*s) = %g V", NAME, circuit->nodes.text[control->p], at);
    else
        snprintf(part, PART, "v(%.*s,%.*s) = %g V", NAME, circuit->nodes.text[control->p], NAME,
                 circuit->nodes.text[control->q], at);
    if (used + strlen(part) + sizeof ", .." < TEXT)
        snprintf(text + used, TEXT - used, "%s%s", used > 0 ? ", " : "", part);
    else if (used > 0 && text[used - 1] != '.')
        snprintf(text + used, TEXT - used, " ..");
}

/* text: v(a) = -1 V, i(v1) = 2 A. False where a control itself has no value. */
static bool tell_controls(char *text, const struct engine *engine, const struct coupling *coupling)
{
    bool known = true;
    for (uint32_t c = 0; c < coupling->law.n; c++) {
        double at = dd_value(branch_control(&coupling->control[c], &engine->op));
        known = known && isfinite(at);
        tell_control(text, engine->circuit, &coupling->control[c], at);
    }
    return known;
}

bool no_value_report(const struct engine *engine, uint32_t element, struct diagnostics *diagnostics)
{
    const struct circuit *circuit = engine->circuit;
    const struct coupling *coupling = element == CERTIFICATE_NONE ? NULL : circuit_coupling(circuit, element);
    char text[TEXT] = "";
    if (!coupling || coupling->law.kind == CONTROL_SWITCH || !tell_controls(text, engine, coupling))
        return false;
    double *work = array_new(branch_law_work(circuit), sizeof *work);
    bool found = work && !isfinite(branch_law(circuit, element, &engine->op, 0, work).hi);
    free(work);
    if (found)
        circuit_diagnose(circuit, element, diagnostics, OUTCOME_NOT_CONVERGED,
                         "not converged: the law of %s has no value where the search ended, at %s",
                         circuit->elements.text[element], text);
    return found;
}
