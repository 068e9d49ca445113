#include "analysis/observed.h"

#include "util/array.h"
#include "util/double_double.h"
#include <stdlib.h>

static bool unknown(const struct observed_reading *reading, const struct names *names, const char *what,
                    const char *text, size_t length)
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

static bool take_node(struct observed_reading *reading, const struct arg *close, uint32_t *node)
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

bool observed_take_element(struct observed_reading *reading, const char *what, enum element_kind kind,
                           enum element_kind other, uint32_t *element)
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

bool observed_take(struct observed_reading *reading, struct observed *observed)
{
    const struct arg *head = card_reader_next(&reading->reader);
    bool voltage = head && head->kind == ARG_GROUP && arg_is(head, "v");
    observed->of_current = head && head->kind == ARG_GROUP && arg_is(head, "i");
    if (!voltage && !observed->of_current) {
        const struct arg *place = head ? head : reading->reader.card->arg;
        diagnose(reading->diagnostics, ERROR_TRANSFER, place->text, place->length,
                 "expected an output here: v(node), v(node,node) or i(vsource)");
        return false;
    }
    if (observed->of_current)
        return observed_take_element(reading, "voltage source", ELEMENT_VSOURCE, ELEMENT_SHORT, &observed->output);
    const struct arg *close = head + head->count, *next;
    observed->k = GROUND;
    return take_node(reading, close, &observed->a) &&
           (!(next = card_reader_peek(&reading->reader)) || next > close || take_node(reading, close, &observed->k));
}

bool observed_end(const struct observed_reading *reading)
{
    const struct arg *more = card_reader_peek(&reading->reader), *card = reading->reader.card->arg;
    if (more)
        diagnose(reading->diagnostics, ERROR_TRANSFER, more->text, more->length, "%.*s: did not expect %.*s here",
                 (int)card->length, card->text, (int)more->length, more->text);
    return !more;
}

double observed_value(const struct observed *observed, const struct response *response)
{
    return observed->of_current ? response->i[observed->output]
                                : response_voltage(response, observed->a, observed->k);
}

enum engine_status observed_excite(const struct observed *observed, struct engine *engine,
                                   const struct response *response)
{
    return observed->of_current ? engine_respond(engine, observed->output, GROUND, GROUND, response)
                                : engine_respond(engine, ENGINE_NO_SOURCE, observed->a, observed->k, response);
}

double response_voltage(const struct response *response, uint32_t a, uint32_t k)
{
    return dd_difference(response->v[a], response->low[a], response->v[k], response->low[k]).hi;
}

bool response_new(struct response *response, const struct circuit *circuit)
{
    const struct array_request request[] = {
        {&response->v, circuit->nodes.count, sizeof *response->v},
        {&response->low, circuit->nodes.count, sizeof *response->low},
        {&response->i, circuit->elements.count, sizeof *response->i},
    };
    response->block = arrays_new(request, sizeof request / sizeof *request);
    return response->block;
}

void response_report(const struct engine *engine, uint32_t element, const struct undecided *undecided,
                     struct diagnostics *diagnostics)
{
    const struct element *source = &engine->circuit->element[element];
    const char *fault = engine_response_fault(engine);
    char why[512];
    if (undecided) {
        undecided_tell(undecided, engine->circuit, why, sizeof why);
        fault = why;
    }
    diagnose(diagnostics, OUTCOME_RESPONSE_NOT_UNIQUE, source->place, source->name_length,
             "the response to %.*s is not unique: %s", (int)source->name_length, source->place,
             fault ? fault : "the circuit is too near to a singular one");
}

void response_free(struct response *response)
{
    free(response->block);
    *response = (struct response){0};
}
