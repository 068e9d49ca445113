#include "analysis/card_values.h"

#include "analysis/listed_models.h"
#include "analysis/session.h"
#include "analysis/vectors.h"
#include "elaborate/card_reader.h"
#include "elaborate/device_model.h"
#include "elaborate/diode_model.h"
#include "laws/devices.h"
#include "netlist/cards.h"
#include "netlist/number.h"
#include "util/number_text.h"
#include "util/letters.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- cards ---- */

struct card *find_model_card(const struct session *session, const char *name, size_t length)
{
    const struct netlist *netlist = &session->netlist;
    for (size_t c = 0; c < netlist->count; c++) {
        struct card *card = &netlist->card[c];
        if (card->kind == CARD_MODEL && card->count >= 2 && card->arg[1].length == length &&
            strncasecmp(card->arg[1].text, name, length) == 0)
            return card;
    }
    return NULL;
}

struct card *find_card(const struct session *session, uint32_t element)
{
    const struct netlist *netlist = &session->netlist;
    const char *place = session->circuit.element[element].place;
    for (size_t c = 0; c < netlist->count; c++) {
        if (netlist->card[c].arg->text == place)
            return &netlist->card[c];
    }
    return NULL;
}

struct card *find_own_card(const struct session *session, uint32_t element)
{
    return circuit_origin(&session->circuit, element) ? NULL : find_card(session, element);
}

struct card *find_model_of(const struct session *session, uint32_t element)
{
    const struct card *card = find_card(session, element);
    struct card *model = NULL;
    for (uint32_t a = 1; card && !model && a < card->count; a++)
        model = find_model_card(session, card->arg[a].text, card->arg[a].length);
    return model;
}

/* ---- cards of instances ---- */

/* Look at the card's words from where it stands, until flatten_leave. False: memory is out. */
static bool enter(const struct session *session, const struct placed_card *placed)
{
    return placed->instance_length == 0 || flatten_visit(session->flat, placed->name, placed->instance_length);
}

bool place_element(const struct session *session, uint32_t element, struct placed_card *placed)
{
    const char *name = session->circuit.elements.text[element];
    const struct card *own = find_card(session, element);
    size_t length = strlen(name), instance = length;
    *placed = (struct placed_card){.card = own, .multiplier = 1};
    if (!own || length == own->arg->length)
        return own;
    while (instance > 0 && (name[instance] != '.' || !flatten_visit(session->flat, name, instance)))
        instance--;
    if (instance == 0)
        return false;
    const struct card *amended = flatten_amended(session->flat, name, length);
    *placed = (struct placed_card){.card = amended ? amended : own,
                                   .name = name,
                                   .name_length = length,
                                   .instance_length = instance,
                                   .multiplier = flatten_multiplier(session->flat)};
    flatten_leave(session->flat);
    return true;
}

/* The card of a model that was found. False when memory is out. */
static bool place_found(struct session *session, const struct flat_model *found, struct placed_card *placed)
{
    size_t length;
    *placed = (struct placed_card){.card = found->card, .multiplier = 1};
    if (found->level == 0)
        return true;
    const char *name = flatten_model_name(session->flat, found, &length);
    placed->name = name ? arena_text(&session->circuit.arena, name, length) : NULL;
    placed->name_length = length;
    placed->instance_length = length - found->card->arg[1].length - 1;
    return placed->name;
}

bool place_model_of(struct session *session, uint32_t element, struct placed_card *placed)
{
    enum { FIRST = 3 }; /* behind two nodes */
    struct placed_card own;
    struct flat_model found;
    bool done = false;
    if (!place_element(session, element, &own) || !enter(session, &own))
        return false;
    for (uint32_t a = FIRST; !done && a < own.card->count; a++)
        done = flatten_model(session->flat, own.card->arg[a].text, own.card->arg[a].length, &found);
    done = done && place_found(session, &found, placed);
    flatten_leave(session->flat);
    return done;
}

bool place_model(struct session *session, const char *name, size_t length, struct placed_card *placed)
{
    const char *colon = memrchr(name, ':', length);
    size_t instance = colon ? (size_t)(colon - name) : 0, before = colon ? instance + 1 : 0;
    struct flat_model found;
    if (session->netlist.count == 0)
        return false;
    if (flatten_model(session->flat, name, length, &found))
        return place_found(session, &found, placed);
    if (instance == 0 || !flatten_visit(session->flat, name, instance))
        return false;
    bool done = flatten_model(session->flat, name + before, length - before, &found) &&
                place_found(session, &found, placed) && placed->instance_length == instance;
    flatten_leave(session->flat);
    return done;
}

/* ---- what is on them ---- */

static bool is_word(struct expression_word word, const char *name)
{
    return letters_spell(word.text, word.length, name);
}

bool parameter_is_among(struct expression_word parameter, const char *const names[])
{
    for (; *names; names++) {
        if (is_word(parameter, *names))
            return true;
    }
    return false;
}

/* A number that is taken where a card does not say one. */
struct otherwise {
    const char *name;
    double value;
};

static bool find_otherwise(const struct otherwise *otherwise, size_t count, struct expression_word parameter,
                           double *value)
{
    for (size_t o = 0; o < count; o++) {
        if (is_word(parameter, otherwise[o].name)) {
            *value = otherwise[o].value;
            return true;
        }
    }
    return false;
}

static bool is_key(const struct arg *arg, struct expression_word parameter)
{
    return arg->kind == ARG_KEY && arg->length == parameter.length &&
           strncasecmp(arg->text, parameter.text, parameter.length) == 0;
}

/* The value behind a key of a card. False: it has none. */
static bool key_value(const struct session *session, const struct placed_card *placed,
                      struct expression_word parameter, struct diagnostics *diagnostics, double *value)
{
    struct card_reader reader = card_reader_in(session->flat, placed->card);
    const struct arg *key;
    while ((key = card_reader_next(&reader)) && !is_key(key, parameter))
        ;
    if (!key || !enter(session, placed))
        return false;
    bool known = card_reader_number(&reader, diagnostics, "value", value);
    flatten_leave(session->flat);
    return known;
}

const struct device_kind *model_card_kind(const struct session *session, const struct placed_card *model,
                                          struct diagnostics *diagnostics)
{
    double level = 1;
    if (model->card->count <= 2)
        return NULL;
    key_value(session, model, (struct expression_word){"level", strlen("level")}, diagnostics, &level);
    return device_model_kind(&model->card->arg[2], level);
}

/* A number of a transistor's model, by whatever name the card gives it, or else what its table has. */
static bool device_value(const struct session *session, const struct placed_card *model,
                         struct expression_word parameter, struct diagnostics *diagnostics, double *value)
{
    const struct device_kind *kind = model_card_kind(session, model, diagnostics);
    const struct device_parameter *row = kind ? kind->model : NULL, *first;
    while (row && row->name && !is_word(parameter, row->name))
        row++;
    if (!row || !row->name || row->offset == DEVICE_IDLE)
        return false;
    first = device_first(kind->model, row);
    for (row = first; row->name; row++) {
        const struct expression_word name = {row->name, strlen(row->name)};
        if (row->offset == first->offset && key_value(session, model, name, diagnostics, value))
            return true;
    }
    *value = first->otherwise;
    return !isnan(*value);
}

/* The same of a diode's or resistor's. */
static bool listed_value(const struct session *session, const struct placed_card *model,
                         struct expression_word parameter, struct diagnostics *diagnostics, double *value)
{
    const struct arg *type = model->card->count > 2 ? &model->card->arg[2] : NULL;
    const struct listed_model *listed = type ? listed_model(type->text, type->length) : NULL;
    const struct listed_parameter *row = listed ? listed_parameter(listed, parameter) : NULL;
    if (!row)
        return false;
    const struct arg *last = NULL; /* of the names, the one that counts */
    for (uint32_t a = 3; a < model->card->count; a++)
        if (model->card->arg[a].kind == ARG_KEY &&
            listed_parameter(listed, (struct expression_word){model->card->arg[a].text, model->card->arg[a].length}) ==
                row)
            last = &model->card->arg[a];
    if (!last || !key_value(session, model, (struct expression_word){last->text, last->length}, diagnostics, value))
        *value = row->otherwise;
    return true;
}

bool model_card_value(const struct session *session, const struct placed_card *model, struct expression_word parameter,
                      struct diagnostics *diagnostics, double *value)
{
    return listed_value(session, model, parameter, diagnostics, value) ||
           key_value(session, model, parameter, diagnostics, value) ||
           device_value(session, model, parameter, diagnostics, value);
}

/* A size that may stand on the card without its name; NAN: the card does not say it. */
static double size_of(const struct circuit *circuit, uint32_t element, struct expression_word parameter)
{
    const struct device *device = circuit_device(circuit, element);
    for (const struct device_parameter *row = device ? device->kind->size : NULL; row && row->name; row++)
        if (is_word(parameter, row->name) && row->offset != DEVICE_IDLE)
            return ((const double *)device->size)[row->offset / sizeof(double)];
    const bool is_diode = circuit->element[element].kind == ELEMENT_DIODE;
    const struct thermal_junction *junction =
        is_diode ? circuit_junction(circuit, circuit->element[element].law) : NULL;
    return junction && is_word(parameter, "area") ? junction->size.area : NAN;
}

bool element_card_value(const struct session *session, uint32_t element, struct expression_word parameter,
                        struct diagnostics *diagnostics, double *value)
{
    static const struct otherwise of_element[] = {{"m", 1},  {"area", 1},  {"tc1", 0}, {"tc2", 0},
                                                  {"tc", 0}, {"dtemp", 0}, {"scale", 1}};
    struct placed_card placed;
    if (!place_element(session, element, &placed))
        return false;
    bool known = key_value(session, &placed, parameter, diagnostics, value);
    if (!known) {
        *value = size_of(&session->circuit, element, parameter);
        known = !isnan(*value) || find_otherwise(of_element, sizeof of_element / sizeof *of_element, parameter, value);
    }
    if (known && is_word(parameter, "m"))
        *value *= placed.multiplier;
    if (!known)
        *value = session->requests.sim_options.temp;
    return known || is_word(parameter, "temp");
}

static bool device_knows(const struct device_parameter *table, struct expression_word parameter)
{
    for (; table->name; table++) {
        if (is_word(parameter, table->name))
            return true;
    }
    return false;
}

bool device_card_knows(const struct session *session, uint32_t element, struct expression_word parameter)
{
    static const char *const common[] = {"m", NULL};
    const struct device *device = circuit_device(&session->circuit, element);
    return parameter_is_among(parameter, common) || (device && device_knows(device->kind->size, parameter));
}

bool model_card_knows(const struct card *model, struct expression_word parameter)
{
    const struct arg arg = {.text = parameter.text, .length = (uint32_t)parameter.length, .kind = ARG_KEY};
    for (uint32_t a = 2; a < model->count; a++) {
        if (is_key(&model->arg[a], parameter))
            return true;
    }
    if (model->count < 3)
        return false;
    if (arg_is(&model->arg[2], "d"))
        return diode_model_knows(&arg);
    for (const struct device_type *row = device_types; row->n; row++) {
        if (row->kind && (arg_is(&model->arg[2], row->n) || arg_is(&model->arg[2], row->p)) &&
            device_knows(row->kind->model, parameter))
            return true;
    }
    return false;
}

/* Of models without a table of their own: what ngspice 39 knows, and what acts here. Of other types all is taken. */
static bool plain_model_knows(const struct card *model, struct expression_word parameter)
{
    static const struct {
        const char *type, *also;
        const char *name[20];
    } plain[] = {
        {"r", "res", {"tnom", "scale", "temp", "dtemp", "t_measured"}},
        {"c", "c", {"c", "cap", "cj", "cjsw", "defl", "defw", "del", "di", "l", "narrow", "short", "tc1", "tc2",
                    "thick", "tnom", "w", "bv_max"}},
        {"l", "l", {"l", "ind", "csect", "dia", "length", "mu", "nt", "tc1", "tc2", "tnom"}},
        {"sw", "vswitch", {"sw", "vt", "vh", "von", "voff", "ron", "roff"}},
        {"csw", "iswitch", {"csw", "it", "ih", "ion", "ioff", "ron", "roff"}},
    };
    const struct arg *type = &model->arg[2];
    const struct listed_model *listed = listed_model(type->text, type->length);
    for (size_t p = 0; p < sizeof plain / sizeof *plain; p++)
        if (arg_is(type, plain[p].type) || arg_is(type, plain[p].also))
            return parameter_is_among(parameter, plain[p].name) || (listed && listed_parameter(listed, parameter));
    return true;
}

bool model_card_alters(const struct session *session, const struct placed_card *model, struct expression_word parameter,
                       struct diagnostics *diagnostics)
{
    const struct device_kind *kind = model_card_kind(session, model, diagnostics);
    if (kind)
        return device_knows(kind->model, parameter);
    if (model_card_is_of(model->card, 'd'))
        return model_card_knows(model->card, parameter);
    return model->card->count < 3 || plain_model_knows(model->card, parameter);
}

bool model_card_is_of(const struct card *model, char letter)
{
    if (model->count < 3)
        return false;
    const struct arg *type = &model->arg[2];
    const struct listed_model *list = listed_model(type->text, type->length);
    for (const struct device_type *row = device_types; row->n; row++)
        if (arg_is(type, row->n) || arg_is(type, row->p))
            return row->letter == letter;
    if (list)
        return list->letter == letter;
    return arg_is(type, "csw") ? letter == 'w' : lower(*type->text) == letter;
}

enum value_place value_place_of(char letter, struct expression_word parameter)
{
    static const char *const of_resistor[] = {"resistance", "r", NULL}, *const of_source[] = {"dc", NULL};
    static const char *const on_resistor[] = {"m", "tc1", "tc2", "tc", "tce", "temp", "dtemp", "scale", "l", "w", NULL};
    static const char *const on_diode[] = {"area", "m", "temp", "dtemp", "pj", "w", "l", NULL};
    static const char *const gain[] = {"gain", NULL}, *const multiplier[] = {"m", NULL};
    static const char *const waves[] = {"pulse", "sin", "sine", "exp", "pwl", "sffm", "am", NULL};
    static const char *const silent[] = {"ac", "acmag", "acphase", "ic", NULL};
    bool is_plain = parameter.length == 0;
    if (letter == 'c' || letter == 'l' || (!is_plain && parameter_is_among(parameter, silent)))
        return VALUE_NOWHERE;
    switch (letter) {
    case 'r':
        if (is_plain || parameter_is_among(parameter, of_resistor))
            return VALUE_ITSELF;
        return parameter_is_among(parameter, on_resistor) ? VALUE_ON_CARD : VALUE_UNKNOWN;
    case 'v':
    case 'i':
        if (!is_plain && parameter_is_among(parameter, waves))
            return VALUE_WAVE;
        if (is_plain || parameter_is_among(parameter, of_source))
            return VALUE_ITSELF;
        return letter == 'i' && parameter_is_among(parameter, multiplier) ? VALUE_ON_CARD : VALUE_UNKNOWN;
    case 'd': return !is_plain && parameter_is_among(parameter, on_diode) ? VALUE_ON_CARD : VALUE_UNKNOWN;
    case 'e':
    case 'f':
    case 'g':
    case 'h':
        if (is_plain || parameter_is_among(parameter, gain))
            return VALUE_LAST;
        return parameter_is_among(parameter, multiplier) ? VALUE_ON_CARD : VALUE_UNKNOWN;
    default: return is_plain ? VALUE_UNKNOWN : VALUE_ON_CARD;
    }
}

/* ---- cards with another number ---- */

enum { NUMBER_ROOM = 32 };

void card_number_put(const struct card_number *number, double value)
{
    char text[NUMBER_ROOM];
    snprintf(text, sizeof text, "%.17g", value);
    size_t digits = without_locale(text);
    memcpy(number->digits, text, digits);
    number->arg->length = (uint32_t)((size_t)(number->digits - number->arg->text) + digits);
}

bool card_number_new(struct netlist *netlist, struct arg *arg, struct card_number *number)
{
    char *digits = arena_alloc(&netlist->arena, NUMBER_ROOM);
    *arg = (struct arg){.text = digits, .kind = ARG_WORD};
    *number = (struct card_number){arg, digits};
    return digits;
}

bool card_is_text(const struct card *card)
{
    return card->kind >= CARD_B && card->kind <= CARD_H && card->count == 2;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\v' || byte == '\f' || byte == '\r';
}

/* The end of a word of a text [end], which begins at `at`: what is in quotes is one. */
static size_t word_end(const char *text, size_t at, size_t end)
{
    const char *close = NULL;
    if (text[at] == '"' || text[at] == '\'')
        close = memchr(text + at + 1, text[at], end - at - 1);
    if (close)
        return (size_t)(close - text) + 1;
    while (at < end && !is_blank(text[at]))
        at++;
    return at;
}

/* The words of its text, and where the last one begins. */
static size_t words_of(const struct card *card, size_t *last)
{
    const char *text = card->arg[1].text;
    size_t count = 0, at = 0, end = card->arg[1].length;
    for (;;) {
        while (at < end && is_blank(text[at]))
            at++;
        if (at == end)
            return count;
        *last = at;
        count++;
        at = word_end(text, at, end);
    }
}

bool card_gain(const struct card *card, double *value)
{
    size_t last = 0;
    words_of(card, &last);
    return number_parse(card->arg[1].text + last, card->arg[1].length - last, value) == NUMBER_OK;
}

bool card_has_gain(const struct card *card)
{
    enum { WORDS_OF_VOLTAGE = 5, WORDS_OF_CURRENT = 4 };
    size_t last;
    if (!card_is_text(card) || card->kind == CARD_B)
        return false;
    return words_of(card, &last) ==
           (card->kind == CARD_E || card->kind == CARD_G ? WORDS_OF_VOLTAGE : WORDS_OF_CURRENT);
}

/* The first bytes of the text, then key= and a number. */
static bool with_end(struct netlist *netlist, struct card *card, size_t kept, struct expression_word key,
                     struct card_number *number)
{
    struct arg *arg = arena_alloc(&netlist->arena, 2 * sizeof *arg);
    char *text = arena_alloc(&netlist->arena, kept + key.length + NUMBER_ROOM + 3);
    size_t length = kept;
    if (!arg || !text)
        return false;
    memcpy(text, card->arg[1].text, kept);
    if (key.length > 0) {
        text[length++] = ' ';
        memcpy(text + length, key.text, key.length);
        length += key.length;
        text[length++] = '=';
    }
    memcpy(arg, card->arg, 2 * sizeof *arg);
    arg[1].text = text;
    card->arg = arg;
    *number = (struct card_number){&arg[1], text + length};
    return true;
}

bool card_with_gain(struct netlist *netlist, struct card *card, struct card_number *number)
{
    size_t last = 0;
    words_of(card, &last);
    return with_end(netlist, card, last, (struct expression_word){"", 0}, number);
}

bool card_with_value(struct netlist *netlist, struct card *card, struct expression_word parameter,
                     struct card_number *number)
{
    if (card_is_text(card))
        return with_end(netlist, card, card->arg[1].length, parameter, number);
    const char *name = arena_text(&netlist->arena, parameter.text, parameter.length);
    struct arg *arg = arena_alloc(&netlist->arena, (card->count + 2) * sizeof *arg);
    uint32_t key = 0;
    if (!name || !arg)
        return false;
    memcpy(arg, card->arg, card->count * sizeof *arg);
    for (uint32_t a = 2; a < card->count; a++) {
        if (is_key(&arg[a], parameter) && arg[a].count == 1)
            key = a;
    }
    if (key == 0) {
        key = card->count;
        arg[key] = (struct arg){.text = name, .length = (uint32_t)parameter.length, .kind = ARG_KEY, .count = 1};
        card->count += 2;
    }
    card->arg = arg;
    return card_number_new(netlist, &arg[key + 1], number);
}
