/* The public API: what a caller changes about a deck. */
#include "api/deck.h"

#include "util/kernel.h"
#include <float.h>
#include <math.h>
#include <string.h>

/* ---- sources and resistances by element ------------------------------------------------------------------------- */

int opspice_set_source(opspice *deck, const char *name, double value)
{
    uint32_t number = names_find(&deck->session.circuit.elements, name, strlen(name));
    if (number == NAMES_NONE || !isfinite(value))
        return OPSPICE_USAGE;
    if (!element_is_source(&deck->session.circuit.element[number]))
        return OPSPICE_USAGE;
    if (!named_inputs_fix(&deck->session, number, 1))
        return OPSPICE_SYSTEM;
    engine_set_source(&deck->session.engine, number, value);
    return OPSPICE_OK;
}

/* Are resistances, and so conductances, positive and finite? */
KERNEL
static bool are_possible(const double *ohms, size_t count)
{
    uint64_t wrong = 0;
#pragma omp simd reduction(+ : wrong)
    for (size_t q = 0; q < count; q++)
        wrong += !((ohms[q] > 0x1p-1024) & (ohms[q] <= DBL_MAX));
    return wrong == 0;
}

int opspice_set_resistances(opspice *deck, size_t branch, size_t count, const double *ohms)
{
    const struct circuit *circuit = &deck->session.circuit;
    if (branch > circuit->elements.count || count > circuit->elements.count - branch)
        return OPSPICE_USAGE;
    if (!engine_has_resistors(&deck->session.engine, (uint32_t)branch, (uint32_t)count))
        return OPSPICE_USAGE;
    if (!are_possible(ohms, count))
        return OPSPICE_USAGE;
    if (!named_inputs_fix(&deck->session, (uint32_t)branch, (uint32_t)count))
        return OPSPICE_SYSTEM;
    engine_set_resistances(&deck->session.engine, (uint32_t)branch, (uint32_t)count, ohms);
    return OPSPICE_OK;
}

/* ---- inputs ----------------------------------------------------------------------------------------------------- */

static int status_of(enum input_status status)
{
    return status == INPUT_OK ? OPSPICE_OK : status == INPUT_NO_MEMORY ? OPSPICE_SYSTEM : OPSPICE_USAGE;
}

bool deck_has_input(const opspice *deck, size_t input)
{
    const struct session *session = &deck->session;
    return deck->ready && input < session->circuit.elements.count + session->inputs.count;
}

int opspice_find_input(opspice *deck, const char *name, size_t *input)
{
    return deck->ready ? status_of(named_inputs_find(&deck->session, name, strlen(name), input)) : OPSPICE_USAGE;
}

int opspice_set_input(opspice *deck, size_t input, double value)
{
    return deck_has_input(deck, input) ? status_of(named_inputs_set(&deck->session, input, value)) : OPSPICE_USAGE;
}

int opspice_get_input(opspice *deck, size_t input, double *value)
{
    return deck_has_input(deck, input) ? status_of(named_inputs_get(&deck->session, input, value)) : OPSPICE_USAGE;
}

int opspice_set_inputs(opspice *deck, size_t count, const size_t *input, const double *value)
{
    int status = OPSPICE_OK;
    for (size_t q = 0; status == OPSPICE_OK && q < count; q++)
        status = opspice_set_input(deck, input[q], value[q]);
    return status;
}

int opspice_get_inputs(opspice *deck, size_t count, const size_t *input, double *value)
{
    int status = OPSPICE_OK;
    for (size_t q = 0; status == OPSPICE_OK && q < count; q++)
        status = opspice_get_input(deck, input[q], &value[q]);
    return status;
}
