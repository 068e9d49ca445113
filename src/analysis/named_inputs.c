#include "analysis/named_inputs.h"

#include "analysis/lookup.h"
#include "analysis/session.h"
#include "util/array.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- names ---- */

/* What a name says: an element, a model or a parameter; and of one of the first two the name of a number of it. */
struct asked {
    struct expression_word name, parameter;
};

static enum input_kind kind_of_element(const struct session *session, uint32_t number)
{
    const struct circuit *circuit = &session->circuit;
    const struct element *element = &circuit->element[number];
    char letter = element_letter(circuit, number);
    if (circuit_device(circuit, number))
        return INPUT_NONE;
    switch (element->kind) {
    case ELEMENT_RESISTOR:
    case ELEMENT_SHORT: return letter == 'r' ? INPUT_RESISTANCE : INPUT_NONE;
    case ELEMENT_VSOURCE: return letter == 'v' ? INPUT_SOURCE : INPUT_NONE;
    case ELEMENT_ISOURCE: return letter == 'i' ? INPUT_SOURCE : INPUT_NONE;
    default: return !isnan(circuit_gain(circuit, number)) && strchr("efgh", letter) ? INPUT_GAIN : INPUT_NONE;
    }
}

enum input_kind named_inputs_kind(const struct session *session, size_t input)
{
    size_t elements = session->circuit.elements.count;
    return input < elements ? kind_of_element(session, (uint32_t)input) : session->inputs.item[input - elements].kind;
}

static bool is_named(const struct input *input, struct expression_word name)
{
    return strlen(input->name) == name.length && strncasecmp(input->name, name.text, name.length) == 0;
}

/* The number of an input like this one, which is added where there is none. */
static enum input_status add(struct session *session, const struct input *input, struct expression_word name,
                             size_t *number)
{
    struct named_inputs *inputs = &session->inputs;
    for (size_t q = 0; q < inputs->count; q++) {
        const struct input *item = &inputs->item[q];
        if (item->kind == input->kind && item->card == input->card && item->element == input->element &&
            is_named(item, name)) {
            *number = session->circuit.elements.count + q;
            return INPUT_OK;
        }
    }
    char *copy = arena_alloc(&session->netlist.arena, name.length + 1);
    if (!copy || !array_reserve(&inputs->item, &inputs->capacity, inputs->count + 1, sizeof *inputs->item))
        return INPUT_NO_MEMORY;
    memcpy(copy, name.text, name.length);
    copy[name.length] = '\0';
    *number = session->circuit.elements.count + inputs->count;
    inputs->item[inputs->count] = *input;
    inputs->item[inputs->count++].name = copy;
    return INPUT_OK;
}

/* Of a card that is one text no more than one number is changed: where others stand would hang on it. */
static bool has_other_number(const struct session *session, const struct card *card, struct expression_word name)
{
    const struct named_inputs *inputs = &session->inputs;
    for (size_t q = 0; card_is_text(card) && q < inputs->count; q++) {
        const struct input *item = &inputs->item[q];
        if (item->kind == INPUT_CARD && item->card == (size_t)(card - session->netlist.card) && !is_named(item, name))
            return true;
    }
    return false;
}

static enum input_status add_of_card(struct session *session, const struct card *card, uint32_t element,
                                     struct expression_word name, size_t *number)
{
    if (!card || has_other_number(session, card, name))
        return INPUT_UNKNOWN;
    const struct input input = {
        .kind = INPUT_CARD, .card = (size_t)(card - session->netlist.card), .element = element};
    return add(session, &input, name, number);
}

static enum input_status find_of_model(struct session *session, const struct card *model, struct expression_word name,
                                       size_t *number)
{
    if (!model || !model_card_knows(model, name))
        return INPUT_UNKNOWN;
    return add_of_card(session, model, NAMES_NONE, name, number);
}

/* A number of an element, by the name of a parameter or without one. */
static enum input_status find_of_element(struct session *session, uint32_t element, struct expression_word name,
                                         size_t *number)
{
    const struct expression_word last = {"", 0};
    switch (value_place_of(element_letter(&session->circuit, element), name)) {
    case VALUE_LAST:
        if (kind_of_element(session, element) == INPUT_NONE) {
            const struct card *own = find_own_card(session, element);
            return own && card_has_gain(own) ? add_of_card(session, own, element, last, number) : INPUT_UNKNOWN;
        }
        *number = element;
        return INPUT_OK;
    case VALUE_ITSELF:
        *number = element;
        return kind_of_element(session, element) == INPUT_NONE ? INPUT_UNKNOWN : INPUT_OK;
    case VALUE_ON_CARD:
        if (strchr("rdefgh", element_letter(&session->circuit, element)) || device_card_knows(session, element, name))
            return add_of_card(session, find_own_card(session, element), element, name, number);
        return find_of_model(session, find_model_of(session, element), name, number);
    case VALUE_UNKNOWN:
        return name.length > 0 ? find_of_model(session, find_model_of(session, element), name, number)
                               : INPUT_UNKNOWN;
    default: return INPUT_UNKNOWN;
    }
}

/* dmod[is], d1[is] */
static enum input_status find_part(struct session *session, struct asked asked, size_t *number)
{
    const struct card *model = find_model_card(session, asked.name.text, asked.name.length);
    uint32_t element = lookup_element(&session->circuit, asked.name.text, asked.name.length);
    if (element != NAMES_NONE)
        return find_of_element(session, element, asked.parameter, number);
    return find_of_model(session, model, asked.parameter, number);
}

/* @name[parameter] */
static bool read_device(const char *text, size_t length, struct asked *asked)
{
    const char *bracket = memchr(text, '[', length);
    if (length < 5 || *text != '@' || !bracket || text[length - 1] != ']')
        return false;
    *asked = (struct asked){{text + 1, (size_t)(bracket - text) - 1},
                            {bracket + 1, (size_t)(text + length - bracket) - 2}};
    return asked->name.length > 0 && asked->parameter.length > 0;
}

/* name:parameter, name_parameter */
static bool read_divided(const char *text, size_t length, char divider, struct asked *asked)
{
    const char *at = memrchr(text, divider, length);
    if (!at || at == text || at + 1 == text + length)
        return false;
    *asked = (struct asked){{text, (size_t)(at - text)}, {at + 1, (size_t)(text + length - at) - 1}};
    return true;
}

static enum input_status find_global(struct session *session, const char *text, size_t length, size_t *number)
{
    const struct expression_word word = {text, length};
    static const char *const temperatures[] = {"temp", "temper", NULL};
    bool is_temperature = parameter_is_among(word, temperatures), has_cards = session->netlist.count > 0;
    const struct input input = {.kind = is_temperature ? INPUT_TEMPERATURE : INPUT_PARAMETER, .element = NAMES_NONE};
    double value;
    if (is_temperature)
        return has_cards || !flatten_saw_temperature(session->flat)
                   ? add(session, &input, (struct expression_word){"temp", 4}, number)
                   : INPUT_UNKNOWN;
    if (!has_cards || !flatten_has_parameter(session->flat, text, length) ||
        !flatten_parameter(session->flat, text, length, &value))
        return INPUT_UNKNOWN;
    return add(session, &input, word, number);
}

enum input_status named_inputs_find(struct session *session, const char *name, size_t length, size_t *input)
{
    struct asked asked;
    const struct expression_word none = {"", 0};
    if (read_device(name, length, &asked))
        return find_part(session, asked, input);
    uint32_t element = lookup_element(&session->circuit, name, length);
    if (element != NAMES_NONE)
        return find_of_element(session, element, none, input);
    enum input_status status = find_global(session, name, length, input);
    if (status == INPUT_UNKNOWN && read_divided(name, length, ':', &asked))
        status = find_part(session, asked, input);
    if (status == INPUT_UNKNOWN && read_divided(name, length, '_', &asked))
        status = find_part(session, asked, input);
    return status;
}

/* ---- values ---- */

bool named_inputs_fix(struct session *session, uint32_t first, uint32_t count)
{
    struct named_inputs *inputs = &session->inputs;
    if (session->netlist.count == 0)
        return true; /* it is never made anew */
    if (!inputs->fixed && !(inputs->fixed = array_new(session->circuit.elements.count, sizeof *inputs->fixed)))
        return false;
    memset(inputs->fixed + first, true, count);
    return true;
}

void named_inputs_loosen(struct session *session)
{
    free(session->inputs.fixed);
    session->inputs.fixed = NULL;
}

void named_inputs_put_value(struct engine *engine, enum input_kind kind, uint32_t element, double value)
{
    struct circuit *circuit = engine->circuit;
    if (kind == INPUT_RESISTANCE) {
        if ((value < 0) != (circuit->element[element].value < 0))
            circuit_changed(circuit, true); /* another program altogether */
        engine_set_resistance(engine, element, value);
    } else if (kind == INPUT_SOURCE) {
        engine_set_source(engine, element, value * circuit_multiple(circuit, element));
    } else {
        circuit_set_gain(circuit, element, value);
    }
}

static enum input_status set_element(struct session *session, uint32_t element, double value)
{
    enum input_kind kind = kind_of_element(session, element);
    if (kind == INPUT_NONE)
        return INPUT_UNKNOWN;
    if (!named_inputs_fix(session, element, 1))
        return INPUT_NO_MEMORY;
    named_inputs_put_value(&session->engine, kind, element, value);
    return INPUT_OK;
}

/* For circuits that are made from now on. */
static void put_temperature(struct session *session, double value)
{
    struct sim_options options = session->requests.sim_options;
    options.temp = value;
    session_set_options(session, &options);
}

static void set_temperature(struct session *session, double value)
{
    put_temperature(session, value);
    if (flatten_saw_temperature(session->flat))
        session->inputs.is_stale = true;
    else
        engine_set_temperature(&session->engine, value);
}

/* The word of a card that ends with the input's number; NULL: it has been written into others only. */
static struct arg *find_written(const struct card *card, const struct input *input)
{
    struct arg *arg = input->word < card->count ? &card->arg[input->word] : NULL;
    bool is_it = arg && input->digits && input->digits >= arg->text && input->digits < arg->text + arg->length;
    return is_it ? arg : NULL;
}

/* Write the number on its card, in words that are made once. False when memory is out. */
static bool write_on_card(struct session *session, struct input *input, double value)
{
    struct card *card = &session->netlist.card[input->card];
    const struct expression_word name = {input->name, strlen(input->name)};
    struct arg *written = find_written(card, input);
    if (!written && (!input->digits || input->base != card->arg)) {
        struct card_number number;
        input->opened = *card;
        input->base = card->arg;
        input->digits = NULL;
        if (!(name.length > 0 ? card_with_value(&session->netlist, &input->opened, name, &number)
                              : card_with_gain(&session->netlist, &input->opened, &number)))
            return false;
        input->word = (uint32_t)(number.arg - input->opened.arg);
        input->digits = number.digits;
    }
    if (!written) {
        *card = input->opened;
        written = &card->arg[input->word];
    }
    card_number_put(&(struct card_number){written, input->digits}, value);
    return true;
}

/* A number on a card or a parameter, for circuits that are made from now on. False when memory is out. */
static bool put_number(struct session *session, struct input *input, double value)
{
    if (input->kind == INPUT_PARAMETER)
        return session_set_parameter(session, input->name, strlen(input->name), value);
    return write_on_card(session, input, value);
}

enum input_status named_inputs_set(struct session *session, size_t number, double value)
{
    size_t elements = session->circuit.elements.count;
    if (!isfinite(value))
        return INPUT_IMPOSSIBLE;
    if (number < elements)
        return set_element(session, (uint32_t)number, value);
    struct named_inputs *inputs = &session->inputs;
    struct input *input = &inputs->item[number - elements];
    if (input->kind == INPUT_TEMPERATURE) {
        set_temperature(session, value);
    } else {
        if (!put_number(session, input, value))
            return INPUT_NO_MEMORY;
        inputs->is_stale = true;
    }
    inputs->latest = number - elements;
    input->is_set = true;
    input->value = value;
    return INPUT_OK;
}

static double element_value(const struct session *session, uint32_t element)
{
    const struct circuit *circuit = &session->circuit;
    switch (kind_of_element(session, element)) {
    case INPUT_RESISTANCE: return circuit_resistance(circuit, element);
    case INPUT_SOURCE: return circuit->element[element].value / circuit_multiple(circuit, element);
    default: return *circuit->coupling[circuit->element[element].law].law.gain;
    }
}

/* What a card says of it. */
static double card_value(const struct session *session, const struct input *input)
{
    struct diagnostics unheard = {0};
    const struct expression_word name = {input->name, strlen(input->name)};
    const struct placed_card placed = {.card = &session->netlist.card[input->card]};
    double value;
    if (name.length == 0)
        return card_gain(placed.card, &value) ? value : NAN;
    bool known = input->element == NAMES_NONE
                     ? model_card_value(session, &placed, name, &unheard, &value)
                     : element_card_value(session, input->element, name, &unheard, &value);
    diagnostics_free(&unheard);
    return known ? value : NAN;
}

enum input_status named_inputs_get(struct session *session, size_t number, double *value)
{
    size_t elements = session->circuit.elements.count;
    if (number < elements && kind_of_element(session, (uint32_t)number) == INPUT_NONE)
        return INPUT_UNKNOWN;
    if (number < elements) {
        *value = element_value(session, (uint32_t)number);
        return INPUT_OK;
    }
    const struct input *input = &session->inputs.item[number - elements];
    if (input->kind == INPUT_TEMPERATURE)
        *value = session->requests.sim_options.temp;
    else if (input->is_lent || input->is_set)
        *value = input->is_lent ? input->lent : input->value;
    else if (input->kind == INPUT_CARD)
        *value = card_value(session, input);
    else if (!flatten_parameter(session->flat, input->name, strlen(input->name), value))
        *value = NAN;
    return INPUT_OK;
}

/* ---- for a while ---- */

bool named_inputs_hold(struct session *session, size_t count, const size_t *input, struct input_before *before)
{
    if (!named_inputs_fix(session, 0, 0))
        return false;
    size_t elements = session->circuit.elements.count, kept = flatten_keep(session->flat);
    for (size_t q = 0; q < count; q++) {
        before[q] = (struct input_before){
            .input = input[q], .temperature = session->requests.sim_options.temp, .kept = kept};
        if (input[q] < elements) {
            before[q].value = element_value(session, (uint32_t)input[q]);
            before[q].is_fixed = session->inputs.fixed && session->inputs.fixed[input[q]];
            named_inputs_fix(session, (uint32_t)input[q], 1);
            continue;
        }
        const struct input *item = &session->inputs.item[input[q] - elements];
        before[q].is_lent = item->is_lent;
        before[q].value = item->is_lent ? item->lent : item->value;
        if (item->kind == INPUT_CARD)
            before[q].card = session->netlist.card[item->card];
    }
    return true;
}

bool named_inputs_put(struct session *session, size_t number, double value)
{
    size_t elements = session->circuit.elements.count;
    if (number < elements) {
        enum input_kind kind = kind_of_element(session, (uint32_t)number);
        named_inputs_put_value(&session->engine, kind, (uint32_t)number, value);
        return true;
    }
    struct input *input = &session->inputs.item[number - elements];
    session->inputs.latest = number - elements;
    input->is_lent = true;
    input->lent = value;
    if (input->kind != INPUT_TEMPERATURE)
        return put_number(session, input, value);
    put_temperature(session, value);
    return true;
}

static void put_back(struct session *session, const struct input_before *before)
{
    struct input *input = &session->inputs.item[before->input - session->circuit.elements.count];
    input->is_lent = before->is_lent;
    input->lent = before->value;
    if (input->kind == INPUT_TEMPERATURE) {
        put_temperature(session, before->temperature);
    } else if (input->kind == INPUT_CARD) {
        session->netlist.card[input->card] = before->card;
        if (input->is_lent || input->is_set) /* in the words that are there: nothing is allocated */
            write_on_card(session, input, before->value);
    }
}

void named_inputs_release(struct session *session, size_t count, const struct input_before *before)
{
    for (size_t q = count; q-- > 0;) {
        size_t input = before[q].input;
        if (input >= session->circuit.elements.count) {
            put_back(session, &before[q]);
            continue;
        }
        named_inputs_put_value(&session->engine, kind_of_element(session, (uint32_t)input), (uint32_t)input,
                               before[q].value);
        if (session->inputs.fixed)
            session->inputs.fixed[input] = before[q].is_fixed;
    }
    flatten_restore(session->flat);
    flatten_loosen(session->flat, count > 0 ? before[0].kept : 0);
}

/* ---- the circuit made anew ---- */

void named_inputs_keep(const struct named_inputs *inputs, const struct circuit *former, struct circuit *circuit)
{
    for (uint32_t e = 0; inputs->fixed && e < circuit->elements.count; e++) {
        const struct element *before = &former->element[e], *element = &circuit->element[e];
        if (!inputs->fixed[e] || (before->kind != element->kind && before->kind != ELEMENT_SHORT &&
                                  element->kind != ELEMENT_SHORT))
            continue;
        if (element->kind == ELEMENT_RESISTOR || element->kind == ELEMENT_SHORT)
            circuit_set_resistance(circuit, e, circuit_resistance(former, e));
        else if (element_is_source(element) && circuit_multiple(former, e) > 0)
            circuit_set_source(circuit, e, before->value / circuit_multiple(former, e) * circuit_multiple(circuit, e));
        else if (!isnan(circuit_gain(circuit, e)) && !isnan(circuit_gain(former, e)))
            circuit_set_gain(circuit, e, circuit_gain(former, e));
    }
}

bool named_inputs_refresh(struct session *session, struct diagnostics *diagnostics)
{
    struct named_inputs *inputs = &session->inputs;
    if (!inputs->is_stale)
        return true;
    const struct input *latest = &inputs->item[inputs->latest];
    size_t errors = diagnostics->errors;
    if (!session_renew(session, latest->kind == INPUT_PARAMETER || latest->kind == INPUT_TEMPERATURE ? latest->name
                                                                                                    : "an input",
                       latest->value, diagnostics))
        return false;
    inputs->is_stale = diagnostics->errors > errors;
    return true;
}

void named_inputs_free(struct named_inputs *inputs)
{
    free(inputs->item);
    free(inputs->fixed);
    *inputs = (struct named_inputs){0};
}
