#include "engine/no_value.h"

#include "util/array.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 300, PART = 100, NAME = 30 };

/* What a law is asked: the controls of a coupling at the operating point. */
struct question {
    const struct control_law *law;
    struct dd *x;         /* [law->n] V, A */
    double *slope, *work; /* [law->n], [control_law_work(law)] */
    char text[TEXT];      /* v(a) = -1 V, i(v1) = 2 A */
};

/* The value of a control at the last point, V or A. */
static double control_at(const struct operating_point *op, const struct control *control)
{
    if (control->kind == CONTROL_CURRENT)
        return op->current[control->p];
    return op->voltage[control->p] - op->voltage[control->q];
}

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

/* False where a control itself has no value. */
static bool take_controls(struct question *question, const struct engine *engine, const struct coupling *coupling)
{
    bool known = true;
    for (uint32_t c = 0; c < coupling->law.n; c++) {
        double at = control_at(&engine->op, &coupling->control[c]);
        question->x[c] = dd_from(at);
        known = known && isfinite(at);
        tell_control(question->text, engine->circuit, &coupling->control[c], at);
    }
    return known;
}

bool no_value_report(const struct engine *engine, uint32_t element, struct diagnostics *diagnostics)
{
    const struct circuit *circuit = engine->circuit;
    const struct coupling *coupling = element == CERTIFICATE_NONE ? NULL : circuit_coupling(circuit, element);
    struct question question = {.law = coupling ? &coupling->law : NULL};
    if (!coupling || question.law->kind == CONTROL_SWITCH)
        return false;
    const uint32_t n = question.law->n;
    const struct array_request request[] = {{&question.x, n, sizeof *question.x},
                                            {&question.slope, n, sizeof *question.slope},
                                            {&question.work, control_law_work(question.law), sizeof *question.work}};
    void *block = arrays_new(request, sizeof request / sizeof *request);
    bool found = block && take_controls(&question, engine, coupling) &&
                 !isfinite(control_law_at(question.law, question.x, question.slope, question.work).value.hi);
    free(block);
    if (found)
        circuit_diagnose(circuit, element, diagnostics, OUTCOME_NOT_CONVERGED,
                         "not converged: the law of %s has no value where the search ended, at %s",
                         circuit->elements.text[element], question.text);
    return found;
}
