#include "analysis/transfer.h"

#include "elaborate/card_reader.h"
#include "util/array.h"
#include "util/double_double.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const double least_current = 1e-20; /* A for 1 V: below it a resistance is given as open ohm */
static const double open = 1e20;           /* ohm */

/* ---- the card ---- */

struct reading {
    struct card_reader reader;
    const struct circuit *circuit;
    struct diagnostics *diagnostics;
};

static bool unknown(const struct reading *reading, const struct names *names, const char *what, const char *text,
                    size_t length)
{
    uint32_t nearest = names_nearest(names, text, length);
    if (nearest == NAMES_NONE)
        diagnose(reading->diagnostics, ERROR_UNKNOWN_ELEMENT, text, length, "there is no %s %.*s", what, (int)length,
                 text);
    else
        diagnose(reading->diagnostics, ERROR_UNKNOWN_ELEMENT, text, length, "there is no %s %.*s; did you mean %s?",
                 what, (int)length, text, names->text[nearest]);
    return false;
}

static bool take_node(struct reading *reading, const struct arg *close, uint32_t *node)
{
    size_t length;
    const struct arg *next = card_reader_peek(&reading->reader),
                     *arg = next && next < close ? card_reader_node(&reading->reader, &length) : NULL;
    if (!arg) {
        card_reader_missing(&reading->reader, reading->diagnostics, "node in v(node) or v(node,node)");
        return false;
    }
    *node = node_is_ground(arg->text, length) ? GROUND : names_find(&reading->circuit->nodes, arg->text, length);
    return *node != NAMES_NONE || unknown(reading, &reading->circuit->nodes, "node", arg->text, length);
}

/* An element that is one of two kinds; an inductor is a short with the letter l. */
static bool take_element(struct reading *reading, const char *what, enum element_kind kind, enum element_kind other,
                         uint32_t *element)
{
    const struct circuit *circuit = reading->circuit;
    const struct arg *arg = card_reader_next(&reading->reader);
    if (!arg) {
        card_reader_missing(&reading->reader, reading->diagnostics, what);
        return false;
    }
    *element = names_find(&circuit->elements, arg->text, arg->length);
    if (*element == NAMES_NONE)
        return unknown(reading, &circuit->elements, what, arg->text, arg->length);
    uint32_t found = circuit->element[*element].kind;
    if (found == kind || (found == other && (found != ELEMENT_SHORT || circuit->elements.text[*element][0] == 'l')))
        return true;
    diagnose(reading->diagnostics, ERROR_TRANSFER, arg->text, arg->length, "%.*s is no %s", (int)arg->length, arg->text,
             what);
    return false;
}

/* v(a), v(a,b) or i(v1) */
static bool take_output(struct reading *reading, struct transfer *transfer)
{
    const struct arg *head = card_reader_next(&reading->reader);
    bool voltage = head && head->kind == ARG_GROUP && arg_is(head, "v");
    transfer->of_current = head && head->kind == ARG_GROUP && arg_is(head, "i");
    if (!voltage && !transfer->of_current) {
        const struct arg *place = head ? head : reading->reader.card->arg;
        diagnose(reading->diagnostics, ERROR_TRANSFER, place->text, place->length,
                 "expected an output here: v(node), v(node,node) or i(vsource)");
        return false;
    }
    if (transfer->of_current)
        return take_element(reading, "voltage source", ELEMENT_VSOURCE, ELEMENT_SHORT, &transfer->output);
    const struct arg *close = head + head->count, *next;
    transfer->k = GROUND;
    return take_node(reading, close, &transfer->a) &&
           (!(next = card_reader_peek(&reading->reader)) || next > close || take_node(reading, close, &transfer->k));
}

bool transfer_read(struct transfer *transfer, const struct card *card, const struct circuit *circuit,
                   struct diagnostics *diagnostics)
{
    struct reading reading = {card_reader_of(card), circuit, diagnostics};
    if (!take_output(&reading, transfer) ||
        !take_element(&reading, "voltage or current source", ELEMENT_VSOURCE, ELEMENT_ISOURCE, &transfer->input))
        return false;
    const struct arg *more = card_reader_peek(&reading.reader);
    if (more)
        diagnose(diagnostics, ERROR_TRANSFER, more->text, more->length, ".tf: did not expect %.*s here",
                 (int)more->length, more->text);
    return !more;
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
    name[TRANSFER_FUNCTION] = text_of("Transfer_function");
    name[TRANSFER_INPUT] = text_of("%s#Input_impedance", element[transfer->input]);
    if (transfer->of_current)
        name[TRANSFER_OUTPUT] = text_of("%s#Output_impedance", element[transfer->output]);
    else if (transfer->k == GROUND)
        name[TRANSFER_OUTPUT] = text_of("output_impedance_at_V(%s)", node[transfer->a]);
    else
        name[TRANSFER_OUTPUT] = text_of("output_impedance_at_V(%s,%s)", node[transfer->a], node[transfer->k]);
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

/* Potentials and currents, with room for those of a response. */
struct response {
    double *v, *low; /* [nodes] V */
    double *i;       /* [elements] A */
};

static double voltage(const struct response *response, uint32_t a, uint32_t k)
{
    return dd_difference(response->v[a], response->low[a], response->v[k], response->low[k]).hi;
}

static enum engine_status respond(const struct transfer *transfer, struct engine *engine,
                                  const struct response *response, double value[TRANSFER_VALUES])
{
    double *v = response->v, *low = response->low, *i = response->i;
    const struct element *input = &engine->circuit->element[transfer->input];
    enum engine_status status = engine_respond(engine, transfer->input, GROUND, GROUND, v, low, i);
    if (status != ENGINE_OK)
        return status;
    value[TRANSFER_FUNCTION] = transfer->of_current ? i[transfer->output] : voltage(response, transfer->a, transfer->k);
    value[TRANSFER_INPUT] =
        input->kind == ELEMENT_VSOURCE ? resistance(i[transfer->input]) : voltage(response, input->k, input->a);
    if (transfer->of_current) {
        status = engine_respond(engine, transfer->output, GROUND, GROUND, v, low, i);
        value[TRANSFER_OUTPUT] = resistance(i[transfer->output]);
    } else {
        status = engine_respond(engine, ENGINE_NO_SOURCE, transfer->a, transfer->k, v, low, i);
        value[TRANSFER_OUTPUT] = voltage(response, transfer->a, transfer->k);
    }
    return status;
}

static void report(const struct transfer *transfer, const struct engine *engine, struct diagnostics *diagnostics)
{
    const struct element *input = &engine->circuit->element[transfer->input];
    const char *fault = engine_response_fault(engine);
    diagnose(diagnostics, OUTCOME_RESPONSE_NOT_UNIQUE, input->place, input->name_length,
             "the response to %.*s is not unique: %s", (int)input->name_length, input->place,
             fault ? fault : "the circuit is too near to a singular one");
}

enum engine_status transfer_solve(const struct transfer *transfer, struct engine *engine,
                                      double value[TRANSFER_VALUES], struct diagnostics *diagnostics)
{
    enum engine_status solved = engine_solve(engine, diagnostics);
    if (solved != ENGINE_OK)
        return solved;
    struct response response;
    const struct array_request request[] = {
        {&response.v, engine->circuit->nodes.count, sizeof *response.v},
        {&response.low, engine->circuit->nodes.count, sizeof *response.low},
        {&response.i, engine->circuit->elements.count, sizeof *response.i},
    };
    void *block = arrays_new(request, sizeof request / sizeof *request);
    enum engine_status status = block ? respond(transfer, engine, &response, value) : ENGINE_NO_MEMORY;
    if (status == ENGINE_UNSOLVED)
        report(transfer, engine, diagnostics);
    free(block);
    return diagnostics->out_of_memory ? ENGINE_NO_MEMORY : status;
}
