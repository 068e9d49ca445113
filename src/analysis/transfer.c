#include "analysis/transfer.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const double least_current = 1e-20; /* A for 1 V: below it a resistance is given as open ohm */
static const double open = 1e20;           /* ohm */

/* ---- the card ---- */

bool transfer_read(struct transfer *transfer, const struct card *card, const struct circuit *circuit,
                   struct diagnostics *diagnostics)
{
    struct observed_reading reading = {card_reader_of(card), circuit, diagnostics};
    return observed_take(&reading, &transfer->observed) &&
           observed_take_element(&reading, "voltage or current source", ELEMENT_VSOURCE, ELEMENT_ISOURCE,
                                 &transfer->input) &&
           observed_end(&reading);
}

__attribute__((format(printf, 1, 2)))
static char *text_of(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = length < 0 ? NULL : malloc((size_t)length + 1);
    va_start(arguments, format);
    if (text)
        vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}

bool transfer_names(const struct transfer *transfer, const struct circuit *circuit, char *name[TRANSFER_VALUES])
{
    const char *const *node = circuit->nodes.text, *const *element = circuit->elements.text;
    const struct observed *observed = &transfer->observed;
    name[TRANSFER_FUNCTION] = text_of("Transfer_function");
    name[TRANSFER_INPUT] = text_of("%s#Input_impedance", element[transfer->input]);
    if (observed->of_current)
        name[TRANSFER_OUTPUT] = text_of("%s#Output_impedance", element[observed->output]);
    else if (observed->k == GROUND)
        name[TRANSFER_OUTPUT] = text_of("output_impedance_at_V(%s)", node[observed->a]);
    else
        name[TRANSFER_OUTPUT] = text_of("output_impedance_at_V(%s,%s)", node[observed->a], node[observed->k]);
    if (name[TRANSFER_FUNCTION] && name[TRANSFER_INPUT] && name[TRANSFER_OUTPUT])
        return true;
    for (int q = 0; q < TRANSFER_VALUES; q++) {
        free(name[q]);
        name[q] = NULL;
    }
    return false;
}

/* ---- the response ---- */

/* What a source of 1 V sees that drives the current i, from its k through the circuit to its a. */
static double resistance(double i)
{
    return fabs(i) < least_current ? open : -1 / i;
}

static enum engine_status respond(const struct transfer *transfer, struct engine *engine,
                                  const struct response *response, double value[TRANSFER_VALUES])
{
    const struct observed *observed = &transfer->observed;
    const struct element *input = &engine->circuit->element[transfer->input];
    enum engine_status status = engine_respond(engine, transfer->input, GROUND, GROUND, response);
    if (status != ENGINE_OK)
        return status;
    value[TRANSFER_FUNCTION] = observed_value(observed, response);
    value[TRANSFER_INPUT] = input->kind == ELEMENT_VSOURCE ? resistance(response->i[transfer->input])
                                                           : response_voltage(response, input->k, input->a);
    status = observed_excite(observed, engine, response);
    value[TRANSFER_OUTPUT] =
        observed->of_current ? resistance(response->i[observed->output]) : observed_value(observed, response);
    return status;
}

enum engine_status transfer_solve(const struct transfer *transfer, struct engine *engine,
                                      double value[TRANSFER_VALUES], struct diagnostics *diagnostics)
{
    enum engine_status solved = engine_solve(engine, diagnostics);
    if (solved != ENGINE_OK)
        return solved;
    struct response response = {0};
    enum engine_status status =
        response_new(&response, engine->circuit) ? respond(transfer, engine, &response, value) : ENGINE_NO_MEMORY;
    if (status == ENGINE_UNSOLVED)
        response_report(engine, transfer->input, NULL, diagnostics);
    response_free(&response);
    return diagnostics->out_of_memory ? ENGINE_NO_MEMORY : status;
}
