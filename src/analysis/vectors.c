#include "analysis/vectors.h"

#include "util/array.h"
#include <stdlib.h>
#include <string.h>

/* ---- lists ---- */

bool vectors_add(struct vectors *vectors, struct vector vector)
{
    if (!array_reserve(&vectors->item, &vectors->capacity, vectors->count + 1, sizeof *vectors->item))
        return false;
    vectors->item[vectors->count++] = vector;
    return true;
}

bool vectors_add_nodes(struct vectors *vectors, const struct circuit *circuit)
{
    for (uint32_t node = GROUND + 1; node < circuit->nodes.count; node++) {
        if (!vectors_add(vectors, (struct vector){VECTOR_VOLTAGE, node, GROUND, NULL}))
            return false;
    }
    return true;
}

static char letter_of(const struct circuit *circuit, uint32_t element)
{
    return circuit->elements.text[element][0];
}

bool vectors_add_branches(struct vectors *vectors, const struct circuit *circuit)
{
    for (const char *letter = "lv"; *letter; letter++) {
        for (uint32_t element = circuit->elements.count; element-- > 0;) {
            if (letter_of(circuit, element) == *letter &&
                !vectors_add(vectors, (struct vector){VECTOR_CURRENT, element, 0, NULL}))
                return false;
        }
    }
    return true;
}

/* The parameter that is the current of an element of this letter; NULL where the current is a vector by itself. */
static const char *current_parameter(char letter)
{
    switch (letter) {
    case 'd': return "id";
    case 'i': return "current";
    case 'v': return NULL;
    default: return "i";
    }
}

bool vectors_add_devices(struct vectors *vectors, const struct circuit *circuit)
{
    for (uint32_t element = 0; element < circuit->elements.count; element++) {
        const char *parameter = current_parameter(letter_of(circuit, element));
        if (parameter && !vectors_add(vectors, (struct vector){VECTOR_CURRENT, element, 0, parameter}))
            return false;
    }
    return true;
}

void vectors_free(struct vectors *vectors)
{
    free(vectors->item);
    *vectors = (struct vectors){0};
}

double vector_value(const struct vector *vector, const struct circuit *circuit, const struct operating_point *op)
{
    if (vector->kind == VECTOR_VOLTAGE)
        return op->voltage[vector->a] - op->voltage[vector->k];

    const struct element *element = &circuit->element[vector->a];
    double drop = op->voltage[element->a] - op->voltage[element->k];
    switch (vector->kind) {
    case VECTOR_CURRENT: return op->current[vector->a];
    case VECTOR_DROP: return drop;
    case VECTOR_POWER: return drop * op->current[vector->a];
    default: return element->kind == ELEMENT_SHORT ? 0 : element->value;
    }
}

/* ---- names ---- */

/* Parameters of elements: @NAME[parameter]. */
static const struct parameter {
    const char *name;
    const char *letters; /* of the elements that have it; NULL: all */
    enum vector_kind kind;
} parameters[] = {
    {"i", NULL, VECTOR_CURRENT},       {"p", NULL, VECTOR_POWER},
    {"id", "d", VECTOR_CURRENT},       {"vd", "d", VECTOR_DROP},
    {"current", "i", VECTOR_CURRENT},  {"v", "l", VECTOR_DROP},
    {"resistance", "r", VECTOR_VALUE}, {"r", "r", VECTOR_VALUE},
    {"dc", "vi", VECTOR_VALUE},
};

struct reading {
    struct vectors *vectors;
    struct words *words;
    const struct circuit *circuit;
    struct diagnostics *diagnostics;
    bool no_memory;
};

static void add(struct reading *reading, struct vector vector)
{
    if (!vectors_add(reading->vectors, vector))
        reading->no_memory = true;
}

/* The search for the nearest name takes its time, so only the first mistakes get it. */
static void unknown(struct reading *reading, const struct names *names, const char *what, const char *text, size_t length)
{
    enum { SUGGESTIONS = 20 };
    uint32_t nearest = reading->diagnostics->errors < SUGGESTIONS ? names_nearest(names, text, length) : NAMES_NONE;
    if (nearest == NAMES_NONE)
        diagnose(reading->diagnostics, SEVERITY_ERROR, text, length, "there is no %s %.*s", what, (int)length, text);
    else
        diagnose(reading->diagnostics, SEVERITY_ERROR, text, length, "there is no %s %.*s; did you mean %s?", what,
                 (int)length, text, names->text[nearest]);
}

static void no_expressions(struct reading *reading, const struct arg *arg)
{
    diagnose(reading->diagnostics, SEVERITY_ERROR, arg->text, arg->length,
             "expressions are not supported: ask for v(node), v(node,node), i(element), p(element) or @element[parameter]");
}

static bool find_node(struct reading *reading, const char *text, size_t length, uint32_t *node)
{
    *node = node_is_ground(text, length) ? GROUND : names_find(&reading->circuit->nodes, text, length);
    if (*node == NAMES_NONE)
        unknown(reading, &reading->circuit->nodes, "node", text, length);
    return *node != NAMES_NONE;
}

static bool find_element(struct reading *reading, const char *text, size_t length, uint32_t *element)
{
    *element = names_find(&reading->circuit->elements, text, length);
    if (*element == NAMES_NONE)
        unknown(reading, &reading->circuit->elements, "element", text, length);
    return *element != NAMES_NONE;
}

static void add_all(struct reading *reading, bool nodes, bool branches)
{
    if ((nodes && !vectors_add_nodes(reading->vectors, reading->circuit)) ||
        (branches && !vectors_add_branches(reading->vectors, reading->circuit)))
        reading->no_memory = true;
}

/* @NAME[parameter]; with its closing bracket the word ends. */
static void read_parameter(struct reading *reading, const struct arg *arg)
{
    const char *name = arg->text + 1, *end = arg->text + arg->length;
    const char *bracket = memchr(name, '[', (size_t)(end - name));
    uint32_t element;
    if (!bracket || bracket == name || end[-1] != ']' || end - bracket == 2) {
        diagnose(reading->diagnostics, SEVERITY_ERROR, arg->text, arg->length, "expected @element[parameter], as in @r1[i]");
        return;
    }
    if (!find_element(reading, name, (size_t)(bracket - name), &element))
        return;
    struct arg word = {.text = bracket + 1, .length = (uint32_t)(end - bracket - 2), .kind = ARG_WORD};
    for (size_t p = 0; p < sizeof parameters / sizeof *parameters; p++) {
        const struct parameter *parameter = &parameters[p];
        if (arg_is(&word, parameter->name) &&
            (!parameter->letters || strchr(parameter->letters, letter_of(reading->circuit, element)))) {
            add(reading, (struct vector){parameter->kind, element, 0, parameter->name});
            return;
        }
    }
    diagnose(reading->diagnostics, SEVERITY_ERROR, arg->text, arg->length, "%.*s has no parameter %.*s that opspice knows",
             (int)(bracket - name), name, (int)word.length, word.text);
}

static const char branch_ending[] = "#branch";

static bool ends_in_branch(const struct arg *arg)
{
    const size_t length = sizeof branch_ending - 1;
    if (arg->length <= length)
        return false;
    struct arg tail = {.text = arg->text + arg->length - length, .length = (uint32_t)length, .kind = ARG_WORD};
    return arg_is(&tail, branch_ending);
}

static void add_current(struct reading *reading, const char *name, size_t length)
{
    uint32_t element;
    if (!find_element(reading, name, length, &element))
        return;
    char letter = letter_of(reading->circuit, element);
    add(reading, (struct vector){VECTOR_CURRENT, element, 0, letter == 'l' ? NULL : current_parameter(letter)});
}

static bool looks_like_expression(const struct arg *arg)
{
    for (uint32_t i = 0; i < arg->length; i++) {
        if (strchr("*/^", arg->text[i]) || (i == 0 && strchr("+-", arg->text[i])))
            return true;
    }
    return false;
}

/* A bare node name. False when it is none. */
static bool read_node(struct reading *reading, const char *text, size_t length)
{
    uint32_t node = names_find(&reading->circuit->nodes, text, length);
    if (node != NAMES_NONE)
        add(reading, (struct vector){VECTOR_VOLTAGE, node, GROUND, ""});
    return node != NAMES_NONE;
}

/* A word: a bare node name, v1#branch, all, @r1[i]. */
static void read_word(struct reading *reading, const struct arg *arg)
{
    if (read_node(reading, arg->text, arg->length))
        return;
    if (arg_is(arg, "all"))
        add_all(reading, true, true);
    else if (arg_is(arg, "allv"))
        add_all(reading, true, false);
    else if (arg_is(arg, "alli"))
        add_all(reading, false, true);
    else if (arg->text[0] == '@')
        read_parameter(reading, arg);
    else if (ends_in_branch(arg))
        add_current(reading, arg->text, arg->length - (sizeof branch_ending - 1));
    else if (looks_like_expression(arg))
        no_expressions(reading, arg);
    else
        unknown(reading, &reading->circuit->nodes, "node or vector", arg->text, arg->length);
}

enum { FUNCTION_ARGUMENTS = 2 };

/* The names in v(...), i(...), p(...). Their number; more than FUNCTION_ARGUMENTS are counted but not kept. */
static size_t arguments(struct reading *reading, const struct arg *head, const struct arg *name[], size_t length[])
{
    const struct arg *close = head + head->count, *next;
    size_t count = 0;
    while ((next = words_peek(reading->words)) && next < close) {
        size_t size = 0;
        const struct arg *word = words_node(reading->words, &size);
        if (!word) /* an expression */
            word = words_next(reading->words);
        if (count < FUNCTION_ARGUMENTS) {
            name[count] = word;
            length[count] = size;
        }
        count++;
    }
    return count;
}

/* A node whose name has parentheses, v(...), i(...) or p(...). */
static void read_function(struct reading *reading, const struct arg *head)
{
    const struct arg *close = head + head->count;
    if (read_node(reading, head->text, (size_t)(close->text + close->length - head->text))) {
        reading->words->at += head->count;
        return;
    }

    const struct arg *name[FUNCTION_ARGUMENTS];
    size_t length[FUNCTION_ARGUMENTS];
    uint32_t a, k = GROUND;
    size_t count = arguments(reading, head, name, length);
    bool voltage = arg_is(head, "v"), current = arg_is(head, "i"), power = arg_is(head, "p");
    for (size_t n = 0; n < count && n < FUNCTION_ARGUMENTS; n++)
        voltage = voltage && length[n] > 0, current = current && length[n] > 0, power = power && length[n] > 0;

    if (!voltage && !current && !power)
        no_expressions(reading, head);
    else if (count == 0 || count > (voltage ? 2 : 1))
        diagnose(reading->diagnostics, SEVERITY_ERROR, head->text, head->length, "expected %s",
                 voltage ? "v(node) or v(node,node)" : "the name of one element");
    else if (voltage && count == 1 && arg_is(name[0], "*"))
        add_all(reading, true, false);
    else if (voltage) {
        if (find_node(reading, name[0]->text, length[0], &a) &&
            (count == 1 || find_node(reading, name[1]->text, length[1], &k)))
            add(reading, (struct vector){VECTOR_VOLTAGE, a, k, NULL});
    } else if (current)
        add_current(reading, name[0]->text, length[0]);
    else if (find_element(reading, name[0]->text, length[0], &a))
        add(reading, (struct vector){VECTOR_POWER, a, 0, "p"});
}

/* FORMAT=PROBE and its like, of other simulators; or the name of an expression. */
static void read_key(struct reading *reading, const struct arg *key)
{
    const struct arg *value = key + 1;
    reading->words->at += key->count;
    if (key->count > 0 && (value->kind == ARG_EXPRESSION || value->kind == ARG_GROUP))
        no_expressions(reading, key);
    else
        diagnose(reading->diagnostics, SEVERITY_WARNING, key->text, key->length,
                 "%.*s= is left out: opspice has no such option here", (int)key->length, key->text);
}

bool vectors_read(struct vectors *vectors, struct words *words, const struct circuit *circuit,
                  struct diagnostics *diagnostics)
{
    struct reading reading = {vectors, words, circuit, diagnostics, false};
    const struct arg *arg;
    while (!reading.no_memory && (arg = words_next(words))) {
        switch (arg->kind) {
        case ARG_WORD: read_word(&reading, arg); break;
        case ARG_GROUP: read_function(&reading, arg); break;
        case ARG_KEY: read_key(&reading, arg); break;
        default: no_expressions(&reading, arg); break;
        }
    }
    return !reading.no_memory;
}
