#include "analysis/lookup.h"

#include "elaborate/card_reader.h"
#include "util/letters.h"
#include "util/letters.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char branch_ending[] = "#branch";

/* The name, or what it is with points for colons. */
static uint32_t find_path(const struct names *names, const char *text, size_t length)
{
    enum { SHORT = 256 };
    char room[SHORT], *path = room;
    uint32_t number = names_find(names, text, length);
    if (number != NAMES_NONE || !memchr(text, ':', length) || (length > SHORT && !(path = malloc(length))))
        return number;
    for (size_t i = 0; i < length; i++)
        path[i] = text[i] == ':' ? '.' : text[i];
    number = names_find(names, path, length);
    if (path != room)
        free(path);
    return number;
}

/* The node of that name (0 and gnd are ground), or NAMES_NONE. */
static uint32_t find_node(const struct circuit *circuit, const char *text, size_t length)
{
    return node_is_ground(text, length) ? GROUND : find_path(&circuit->nodes, text, length);
}

uint32_t lookup_element(const struct circuit *circuit, const char *text, size_t length)
{
    uint32_t element = find_path(&circuit->elements, text, length);
    if (element == NAMES_NONE && length > 2 && text[1] == '.')
        element = names_find(&circuit->elements, text + 2, length - 2);
    return element;
}

/* Parameters of elements: @NAME[parameter]. */
static const struct parameter {
    const char *name;
    const char *letters; /* of the elements that have it; NULL: all */
    enum vector_kind kind;
} parameters[] = {
    {"i", NULL, VECTOR_CURRENT},       {"p", NULL, VECTOR_POWER},
    {"id", "d", VECTOR_CURRENT},       {"vd", "d", VECTOR_JUNCTION},
    {"current", "i", VECTOR_CURRENT},  {"v", "l", VECTOR_DROP},
    {"resistance", "r", VECTOR_VALUE}, {"r", "r", VECTOR_VALUE},
    {"gd", "d", VECTOR_SLOPE},         {"power", NULL, VECTOR_POWER},
    {"dc", "vi", VECTOR_VALUE},        {"dcv0", "vi", VECTOR_VALUE},
    {"gain", "efgh", VECTOR_VALUE},
};

static bool find_quantity(const struct device *device, const char *text, size_t length, struct vector *vector)
{
    uint32_t number = device_quantity_number(device, text, length);
    if (number == NAMES_NONE)
        return false;
    *vector = vector_of_quantity(device, number);
    return true;
}

/* The current into the collector or drain is that of a device. */
static bool find_device_current(const struct device *device, struct vector *vector)
{
    return find_quantity(device, "ic", 2, vector) || find_quantity(device, "id", 2, vector) ||
           find_quantity(device, "cd", 2, vector);
}

/* vth is von by another name, which it keeps. */
static bool find_threshold(const struct device *device, const char *text, size_t length, struct vector *vector)
{
    bool is_threshold = letters_spell(text, length, "vth") && find_quantity(device, "von", strlen("von"), vector);
    if (is_threshold)
        vector->parameter = "vth";
    return is_threshold;
}

bool lookup_parameter(const struct circuit *circuit, uint32_t element, const char *text, size_t length,
                      struct vector *vector)
{
    const struct device *device = circuit_device(circuit, element);
    if (device && device->named == element)
        return find_quantity(device, text, length, vector) ||
               (letters_spell(text, length, "i") && find_device_current(device, vector)) ||
               find_threshold(device, text, length, vector) ||
               (letters_spell(text, length, "power") && find_quantity(device, "p", 1, vector));
    for (size_t p = 0; p < sizeof parameters / sizeof *parameters; p++) {
        const struct parameter *parameter = &parameters[p];
        if (!letters_spell(text, length, parameter->name) ||
            (parameter->letters && !strchr(parameter->letters, element_letter(circuit, element))))
            continue;
        bool is_gain = strcmp(parameter->name, "gain") == 0;
        if (parameter->kind == VECTOR_VALUE &&
            (is_gain ? isnan(circuit_gain(circuit, element)) : circuit_coupling(circuit, element) != NULL))
            continue; /* its value is none of its card */
        *vector = (struct vector){parameter->kind, element, 0, parameter->name};
        return true;
    }
    return false;
}

/* Is this a terminal's name, or its number? */
static bool is_terminal(const char *text, size_t length, const char *probed, uint32_t number)
{
    return letters_spell(text, length, probed + 1) || (length == 1 && *text == (char)('0' + number));
}

bool lookup_terminal(const struct circuit *circuit, uint32_t element, const char *text, size_t length,
                     struct vector *vector)
{
    const struct device *device = circuit_device(circuit, element);
    for (uint32_t k = 1; !device && k <= 2; k++) {
        const char *probed = probed_terminal(circuit, element, k);
        *vector = (struct vector){VECTOR_CURRENT, element, k, probed};
        if (is_terminal(text, length, probed, k))
            return true;
    }
    const struct terminal *terminals = terminals_of(element_letter(circuit, element)), *terminal = terminals;
    if (!device || device->named != element)
        return false;
    while (terminal->quantity && !is_terminal(text, length, terminal->probed, (uint32_t)(terminal - terminals) + 1))
        terminal++;
    if (!terminal->quantity || !find_quantity(device, terminal->quantity, strlen(terminal->quantity), vector))
        return false;
    vector->parameter = terminal->probed;
    return true;
}

/* q1:c */
static bool find_terminal(const struct circuit *circuit, const char *text, size_t length, struct vector *vector)
{
    const char *colon = memrchr(text, ':', length);
    uint32_t element = colon ? lookup_element(circuit, text, (size_t)(colon - text)) : NAMES_NONE;
    return element != NAMES_NONE &&
           lookup_terminal(circuit, element, colon + 1, length - (size_t)(colon + 1 - text), vector);
}

static bool find_current(const struct circuit *circuit, const char *text, size_t length, struct vector *vector)
{
    uint32_t element = lookup_element(circuit, text, length);
    if (element == NAMES_NONE)
        return find_terminal(circuit, text, length, vector);
    const struct device *device = circuit_device(circuit, element);
    if (device && device->named == element)
        return find_device_current(device, vector);
    *vector = (struct vector){VECTOR_CURRENT, element, 0, current_parameter(circuit, element)};
    return true;
}

static size_t without_ending(const struct expression_word *word)
{
    const size_t length = sizeof branch_ending - 1;
    bool ends = word->length > length && letters_spell(word->text + word->length - length, length, branch_ending);
    return ends ? word->length - length : 0;
}

static bool is_scale(const struct expression_word *word)
{
    static const char *const scales[] = {"v-sweep", "i-sweep", "res-sweep", "temp-sweep", "sweep"};
    for (size_t s = 0; s < sizeof scales / sizeof *scales; s++) {
        if (letters_spell(word->text, word->length, scales[s]))
            return true;
    }
    return false;
}

/* r1:r, of which the last part is the parameter. */
static bool find_colon(const struct circuit *circuit, const char *text, size_t length, struct vector *vector)
{
    size_t element = length;
    while (element > 0 && text[element - 1] != ':')
        element--;
    const struct metered *metered = element > 1 ? circuit_metered(circuit, text, element - 1) : NULL;
    if (metered && letters_spell(text + element, length - element, probed_power + 1)) {
        *vector = vector_of_ports(metered);
        return true;
    }
    uint32_t number = element > 1 ? lookup_element(circuit, text, element - 1) : NAMES_NONE;
    return number != NAMES_NONE && lookup_parameter(circuit, number, text + element, length - element, vector);
}

/* A word that stands for a vector by itself: a node's name, v-sweep, v1#branch, or r1:r, which is Xyce's spelling of
 * @r1[r]. False when it is none. */
static bool find_word(const struct circuit *circuit, const char *text, size_t length, struct vector *vector)
{
    const struct expression_word word = {text, length};
    uint32_t node = names_find(&circuit->nodes, text, length);
    size_t branch = without_ending(&word);
    if (node != NAMES_NONE)
        *vector = (struct vector){VECTOR_VOLTAGE, node, GROUND, ""};
    else if (is_scale(&word))
        *vector = (struct vector){VECTOR_SCALE, 0, 0, NULL};
    else if (branch > 0)
        return find_current(circuit, text, branch, vector);
    else
        return find_colon(circuit, text, length, vector);
    return true;
}

bool lookup_vector(const struct circuit *circuit, const struct expression_use *use, struct vector *vector)
{
    const struct expression_word *a = &use->a, *b = &use->b;
    uint32_t p, q = GROUND;
    switch (use->kind) {
    case EXPRESSION_VOLTAGE:
        p = find_node(circuit, a->text, a->length);
        if (b->length > 0)
            q = find_node(circuit, b->text, b->length);
        *vector = (struct vector){VECTOR_VOLTAGE, p, q, NULL};
        return p != NAMES_NONE && q != NAMES_NONE;
    case EXPRESSION_CURRENT:
        return find_current(circuit, a->text, a->length, vector);
    case EXPRESSION_POWER:
        p = lookup_element(circuit, a->text, a->length);
        return p != NAMES_NONE && lookup_parameter(circuit, p, "p", 1, vector);
    case EXPRESSION_DEVICE:
        p = lookup_element(circuit, a->text, a->length);
        return p != NAMES_NONE && lookup_parameter(circuit, p, b->text, b->length, vector);
    case EXPRESSION_WHOLE:
    case EXPRESSION_ELEMENT: return false;
    case EXPRESSION_NAME: break;
    }
    return find_word(circuit, use->whole.text, use->whole.length, vector);
}

static void unknown(const struct names *names, const char *what, const struct expression_word *word,
                    struct diagnostics *diagnostics)
{
    uint32_t nearest = diagnostics_keep(diagnostics, ERROR_UNKNOWN_VECTOR)
                           ? names_nearest(names, word->text, word->length)
                           : NAMES_NONE;
    if (nearest == NAMES_NONE)
        diagnose(diagnostics, ERROR_UNKNOWN_VECTOR, word->text, word->length, "there is no %s %.*s", what,
                 (int)word->length, word->text);
    else
        diagnose(diagnostics, ERROR_UNKNOWN_VECTOR, word->text, word->length, "there is no %s %.*s; did you mean %s?",
                 what, (int)word->length, word->text, names->text[nearest]);
}

void lookup_unknown(const struct circuit *circuit, const struct expression_use *use, struct diagnostics *diagnostics)
{
    const struct expression_word *word = &use->a;
    switch (use->kind) {
    case EXPRESSION_VOLTAGE:
        if (find_node(circuit, word->text, word->length) != NAMES_NONE)
            word = &use->b;
        unknown(&circuit->nodes, "node", word, diagnostics);
        return;
    case EXPRESSION_DEVICE:
        if (lookup_element(circuit, word->text, word->length) != NAMES_NONE) {
            diagnose(diagnostics, ERROR_UNKNOWN_VECTOR, use->whole.text, use->whole.length,
                     "%.*s has no parameter %.*s that opspice knows", (int)word->length, word->text, (int)use->b.length,
                     use->b.text);
            return;
        }
        __attribute__((fallthrough));
    case EXPRESSION_CURRENT:
    case EXPRESSION_POWER:
        unknown(&circuit->elements, "element", word, diagnostics);
        return;
    default: break;
    }
    struct expression_word branch = {use->whole.text, without_ending(&use->whole)};
    const char *colon = memchr(use->whole.text, ':', use->whole.length);
    if (colon && lookup_element(circuit, use->whole.text, (size_t)(colon - use->whole.text)) != NAMES_NONE)
        diagnose(diagnostics, ERROR_UNKNOWN_VECTOR, use->whole.text, use->whole.length,
                 "there is no vector %.*s: a parameter of an element is written @name[parameter], as in @r1[i]",
                 (int)use->whole.length, use->whole.text);
    else if (branch.length > 0)
        unknown(&circuit->elements, "element", &branch, diagnostics);
    else
        unknown(&circuit->nodes, "node or vector", &use->whole, diagnostics);
}
