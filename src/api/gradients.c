/* The public API: outputs and their derivatives. */
#include "api/deck.h"

#include "analysis/derivatives.h"
#include "analysis/lookup.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- outputs ----------------------------------------------------------------------------------------------------- */

/* letter(name): the name between the parentheses. */
static bool is_function_of(const char *text, char letter, const char **name, size_t *length)
{
    size_t end = strlen(text);
    if (end < 4 || (text[0] | 0x20) != letter || text[1] != '(' || text[end - 1] != ')')
        return false;
    *name = text + 2;
    *length = end - 3;
    return true;
}

static int find_node(const opspice *deck, const char *name, size_t length, size_t *output)
{
    uint32_t node = names_find(&deck->session.circuit.nodes, name, length);
    if (node == NAMES_NONE || node == GROUND)
        return OPSPICE_USAGE;
    *output = node - 1;
    return OPSPICE_OK;
}

static int find_branch(const opspice *deck, const char *name, size_t length, size_t *output)
{
    uint32_t element = lookup_element(&deck->session.circuit, name, length);
    if (element == NAMES_NONE)
        return OPSPICE_USAGE;
    *output = opspice_node_count(deck) + element;
    return OPSPICE_OK;
}

int opspice_find_output(const opspice *deck, const char *name, size_t *output)
{
    static const char ending[] = "#branch";
    const char *inner;
    size_t length = strlen(name), last = sizeof ending - 1;
    if (is_function_of(name, 'v', &inner, &length))
        return find_node(deck, inner, length, output);
    if (is_function_of(name, 'i', &inner, &length))
        return find_branch(deck, inner, length, output);
    length = strlen(name);
    if (length > last && strcasecmp(name + length - last, ending) == 0)
        return find_branch(deck, name, length - last, output);
    return find_node(deck, name, length, output);
}

bool deck_has_output(const opspice *deck, size_t output)
{
    return output < opspice_node_count(deck) + opspice_branch_count(deck);
}

/* ---- gradients --------------------------------------------------------------------------------------------------- */

static bool are_inputs(const opspice *deck, size_t inputs, const size_t *input)
{
    if (!input)
        return inputs <= opspice_branch_count(deck);
    for (size_t q = 0; q < inputs; q++)
        if (!deck_has_input(deck, input[q]))
            return false;
    return true;
}

/* Is there an answer, of the inputs that are set now? */
static bool has_answer(const opspice *deck)
{
    return deck->ready && !deck->session.inputs.is_stale && engine_is_current(&deck->session.engine);
}

/* An output that has no derivatives: all are NAN. of: its name, or what it is. */
static void refuse(opspice *deck, const char *of, size_t inputs, double *gradient)
{
    char why[512];
    undecided_tell(&deck->session.engine.undecided, &deck->session.circuit, why, sizeof why);
    diagnose(&deck->solve_diagnostics, WARNING_NO_DERIVATIVE, NULL, 0, "%s has no derivatives: %s", of, why);
    for (size_t q = 0; q < inputs; q++)
        gradient[q] = NAN;
}

static void refuse_output(opspice *deck, size_t output, size_t inputs, double *gradient)
{
    char name[512];
    size_t nodes = opspice_node_count(deck);
    snprintf(name, sizeof name, output < nodes ? "v(%s)" : "i(%s)",
             output < nodes ? opspice_node_name(deck, output) : opspice_branch_name(deck, output - nodes));
    refuse(deck, name, inputs, gradient);
}

static int report(opspice *deck, enum engine_status status)
{
    if (status == ENGINE_UNSOLVED)
        diagnose(&deck->solve_diagnostics, OUTCOME_RESPONSE_NOT_UNIQUE, NULL, 0,
                 "the derivatives are not unique: the circuit is too near to a singular one");
    return status == ENGINE_OK ? OPSPICE_OK : status == ENGINE_UNSOLVED ? OPSPICE_NO_OPERATING_POINT : OPSPICE_SYSTEM;
}

int opspice_gradient_of(opspice *deck, const double *node, const double *branch, size_t inputs, const size_t *input,
                        double *gradient)
{
    if (!has_answer(deck) || !are_inputs(deck, inputs, input))
        return OPSPICE_USAGE;
    struct engine *engine = &deck->session.engine;
    const struct circuit *circuit = &deck->session.circuit;
    struct derivatives derivatives = {0};
    enum engine_status status = ENGINE_NO_MEMORY;
    if (derivatives_new(&derivatives, circuit, inputs, input) &&
        derivatives_find_terms(&derivatives, &deck->session, engine, &deck->solve_diagnostics)) {
        if (node)
            memcpy(derivatives.node + 1, node, (circuit->nodes.count - 1) * sizeof *node);
        status = derivatives_of(&derivatives, engine, node ? derivatives.node : NULL, branch, gradient);
    }
    if (status == ENGINE_UNDECIDED) {
        refuse(deck, "the sum of outputs", inputs, gradient);
        status = ENGINE_OK;
    }
    derivatives_free(&derivatives);
    return report(deck, status);
}

int opspice_gradient(opspice *deck, size_t outputs, const size_t *output, size_t inputs, const size_t *input,
                     double *gradient)
{
    if (!has_answer(deck) || !are_inputs(deck, inputs, input))
        return OPSPICE_USAGE;
    for (size_t o = 0; o < outputs; o++)
        if (!deck_has_output(deck, output[o]))
            return OPSPICE_USAGE;
    struct engine *engine = &deck->session.engine;
    struct derivatives derivatives = {0};
    enum engine_status status = ENGINE_NO_MEMORY;
    if (derivatives_new(&derivatives, &deck->session.circuit, inputs, input) &&
        derivatives_find_terms(&derivatives, &deck->session, engine, &deck->solve_diagnostics))
        status = ENGINE_OK;
    for (size_t o = 0; status == ENGINE_OK && o < outputs; o++) {
        status = derivatives_of_output(&derivatives, engine, output[o], gradient + o * inputs);
        if (status == ENGINE_UNDECIDED) {
            refuse_output(deck, output[o], inputs, gradient + o * inputs);
            status = ENGINE_OK;
        }
    }
    derivatives_free(&derivatives);
    return report(deck, status);
}

size_t opspice_kinks(const opspice *deck)
{
    return has_answer(deck) ? engine_kinks(&deck->session.engine) : 0;
}
