/* X cards: what an instance is of, its nodes, and what it gives the parameters. */
#include "flatten/flat.h"

#include "netlist/number.h"
#include "util/array.h"
#include "util/letters.h"
#include <stdio.h>
#include <string.h>

/* Why an instance cannot be opened: a chain of instances that leads into itself. */
static void report_recursion(struct flat *flat, const struct arg *name, uint32_t definition)
{
    enum { LINE = 400 };
    char line[LINE + 2 * NAME_SHOWN];
    size_t used = 0, l = flat->depth;
    while (flat->frame[l - 1].definition != definition)
        l--;
    for (; l <= flat->depth && used < LINE; l++) {
        const struct card *card = flat->definition[flat->frame[l - 1].definition].card;
        used += (size_t)sprintf(line + used, "%.*s -> ", SHOW(card->arg[1]));
    }
    diagnose(flat->diagnostics, ERROR_SUBCIRCUIT_LOOP, name->text, name->length,
             "the subcircuit %.*s contains itself: %s%s%.*s", SHOW(*name), line, used < LINE ? "" : ".. -> ",
             SHOW(*name));
}

static void report_unknown(struct flat *flat, const struct arg *name)
{
    diagnose(flat->diagnostics, ERROR_UNKNOWN_SUBCIRCUIT, name->text, name->length, "there is no subcircuit %.*s",
             SHOW(*name));
    for (uint32_t number = frames_last(flat)->definition;; number = flat->definition[number].outer) {
        const struct table *table = &flat->definition[number].table[SUBCIRCUITS];
        uint32_t near = names_nearest(&table->names, name->text, name->length);
        if (near != NAMES_NONE) {
            const struct arg *found = &table->item[table->latest[near]].card->arg[1];
            diagnose(flat->diagnostics, NOTE, found->text, found->length, "did you mean %.*s?", SHOW(*found));
        }
        if (near != NAMES_NONE || number == 0)
            return;
    }
}

/* The definition that an X card names, or NO_NUMBER, which was reported. */
static uint32_t find_subcircuit(struct flat *flat, const struct arg *name)
{
    size_t level = flat->depth - 1, length = name->length;
    const char *text = flatten_word(flat, name->text, &length);
    if (!text)
        return NO_NUMBER;
    const struct declaration *found = frames_look_up(flat, SUBCIRCUITS, text, length, &level);
    if (!found) {
        report_unknown(flat, name);
        return NO_NUMBER;
    }
    return found->definition;
}

/* May an instance of this definition, with so many nodes, be opened here? */
static bool may_open(struct flat *flat, const struct card *card, const struct arg *name, uint32_t number, size_t nodes)
{
    const struct definition *definition = &flat->definition[number];
    if (nodes != definition->ports) {
        const struct arg *defined = &definition->card->arg[1];
        diagnose(flat->diagnostics, ERROR_PORT_COUNT, card->arg->text, card->arg->length,
                 "%.*s has %zu node%s, but the subcircuit %.*s has %zu port%s", SHOW(*card->arg), nodes,
                 nodes == 1 ? "" : "s", SHOW(*defined), (size_t)definition->ports, definition->ports == 1 ? "" : "s");
        diagnose(flat->diagnostics, NOTE, defined->text, defined->length, "the subcircuit is here");
        return false;
    }
    if (definition->open) {
        report_recursion(flat, name, number);
        return false;
    }
    if (flat->depth > SUBCIRCUIT_DEPTH) {
        diagnose(flat->diagnostics, ERROR_SUBCIRCUIT_DEPTH, card->arg->text, card->arg->length,
                 "more than %d instances inside of one another", SUBCIRCUIT_DEPTH);
        return false;
    }
    return true;
}

/* Does `$word` begin a comment, behind a subcircuit's name and as many nodes as it has? */
static bool begins_comment(const struct flat *flat, const struct arg *word, const struct arg *name, size_t nodes)
{
    size_t level = flat->depth - 1;
    if (*word->text != '$' || !name)
        return false;
    const struct declaration *found = frames_look_up(flat, SUBCIRCUITS, name->text, name->length, &level);
    return found && flat->definition[found->definition].ports == nodes;
}

/* From the words of a comment to those of the next line of the card that has others. */
static void pass_comment(const struct card *card, const struct arg *word, uint32_t *at)
{
    do {
        const char *end = word->text + strcspn(word->text, "\r\n");
        while (*at < card->count && card->arg[*at].text < end)
            ++*at;
        word = &card->arg[*at];
    } while (*at < card->count && *word->text == '$');
}

/* Read the nodes and the name of an X card: the positions of the nodes into flat->position, the name's into *name. The
 * number of nodes; *at is behind them. NULL in *name: there is none. */
static size_t read_nodes(struct flat *flat, const struct card *card, uint32_t *at, const struct arg **name)
{
    size_t words = 0, length;
    const struct arg *word;
    *name = NULL;
    while ((word = assignments_node(card, at, &length))) {
        if (begins_comment(flat, word, *name, words - 1)) {
            pass_comment(card, word, at);
            break;
        }
        if (!RESERVE(flat, position, position_capacity, words + 1))
            return 0;
        flat->position[words++] = (uint32_t)(word - card->arg);
        *name = word;
    }
    if (words > 0)
        return words - 1;
    diagnose(flat->diagnostics, ERROR_UNKNOWN_SUBCIRCUIT, card->arg->text, card->arg->length,
             "%.*s names no subcircuit", SHOW(*card->arg));
    return 0;
}

/* What is outside of the ports, from positions in flat->position to flat->port. */
static bool find_nodes(struct flat *flat, const struct card *card, uint32_t *binding, const struct instance *instance)
{
    bool has_meters = meters_are_at(flat, card);
    if (!RESERVE(flat, port, port_capacity, instance->nodes))
        return false;
    for (size_t n = 0; n < instance->nodes; n++) {
        uint32_t at = flat->position[n];
        size_t length;
        const struct arg *node = assignments_node(card, &at, &length);
        const char *inner = has_meters ? meters_node(flat, card, &flat->definition[instance->definition], n) : NULL;
        if (has_meters && !inner)
            return false;
        if (inner ? !resolve_node(flat, inner, strlen(inner), NULL, &flat->port[n])
                  : !resolve_node(flat, node->text, length, binding ? &binding[flat->position[n]] : NULL,
                                  &flat->port[n]))
            return false;
    }
    return true;
}

/* What an instance gives a parameter that its subcircuit does not have. */
static void warn_unasked(struct flat *flat, const struct arg *name, const struct definition *definition)
{
    const struct names *names = &definition->table[PARAMETERS].names;
    uint32_t near = names_nearest(names, name->text, name->length);
    diagnose(flat->diagnostics, WARNING_UNKNOWN_INSTANCE_PARAMETER, name->text, name->length,
             "the subcircuit %.*s has no parameter %.*s", SHOW(definition->card->arg[1]), SHOW(*name));
    if (near != NAMES_NONE)
        diagnose(flat->diagnostics, NOTE, name->text, name->length, "did you mean %s?", names->text[near]);
}

static bool is_multiplier(const struct expression_word *name)
{
    return name->length == 1 && lower(name->text[0]) == 'm';
}

/* m, and what the subcircuit has no parameter for, are of the scope of the card. False where it is wrong. */
static bool give_outside(struct flat *flat, const struct definition *definition, const struct arg *name,
                         struct given *given)
{
    if (!given->is_number && !flatten_value(flat, given->card, given->text, given->binding, &given->value))
        return false;
    given->is_number = true;
    if (!is_multiplier(&given->name))
        warn_unasked(flat, name, definition);
    else if (!(given->value >= 0))
        diagnose(flat->diagnostics, ERROR_MULTIPLIER, name->text, name->length,
                 "the multiplier must not be negative, as %g is", given->value);
    return !is_multiplier(&given->name) || given->value >= 0;
}

/* One that the instance gives. False where it is wrong. */
static bool give(struct flat *flat, const struct card *card, uint32_t *binding, const struct assignment *assignment,
                 const struct definition *definition, struct given *given)
{
    const struct arg *name = assignment->name;
    struct expression_word text = assignment->text;
    *given = (struct given){.name = {name->text, name->length},
                            .text = text,
                            .number = names_find(&definition->table[PARAMETERS].names, name->text, name->length),
                            .binding = binding ? &binding[assignment->position] : NULL,
                            .card = card};
    if (text.length == 0) {
        diagnose(flat->diagnostics, ERROR_VALUE_EXPECTED, name->text, name->length, "the parameter has no value");
        return false;
    }
    given->is_number = number_parse(text.text, text.length, &given->value) == NUMBER_OK;
    return given->number != NAMES_NONE || give_outside(flat, definition, name, given);
}

/* All that it gives, from word `at` of the card on. False where one is wrong. */
static bool give_all(struct flat *flat, const struct card *card, uint32_t *binding, uint32_t at,
                     const struct definition *definition)
{
    struct assignment assignment;
    bool wrong = false;
    while (assignments_next(card, &at, &assignment, flat->diagnostics, &wrong)) {
        if (!RESERVE(flat, given, given_capacity, flat->givens + 1))
            return false;
        wrong |= !give(flat, card, binding, &assignment, definition, &flat->given[flat->givens++]);
    }
    return !wrong;
}

/* The frame just opened takes its nodes and what it is given. */
static bool receive(struct flat *flat)
{
    struct frame *frame = frames_last(flat);
    const struct definition *definition = &flat->definition[frame->definition];
    for (size_t p = 0; p < definition->ports; p++) {
        uint32_t node = definition->port[p];
        const char *port = node == NO_NUMBER ? NULL : definition->nodes.text[node];
        if (port && !resolve_is_global(flat, port, strlen(port)))
            flat->node[frame->nodes + node] = flat->port[p];
    }
    for (size_t g = frame->givens; g < flat->givens; g++) {
        const struct given *given = &flat->given[g];
        if (given->number != NAMES_NONE) {
            struct cell *cell = &flat->cell[frame->cells + given->number];
            *cell = given->is_number ? (struct cell){.value = given->value, .state = VALUE_GIVEN}
                                     : (struct cell){.given = (uint32_t)g + 1, .state = VALUE_UNKNOWN};
        } else if (is_multiplier(&given->name)) {
            frame->multiplier *= given->value;
            frame->multiplied = true;
        } else {
            if (!RESERVE(flat, extra, extra_capacity, flat->extras + 1))
                return false;
            flat->extra[flat->extras++] = (struct extra){given->name, given->value};
        }
    }
    return parameters_compile_given(flat);
}

/* Put the text and a point behind the names so far; *length: of the text. */
static bool extend_name(struct flat *flat, size_t prefix, const struct arg *name, size_t *length)
{
    *length = name->length;
    const char *text = flatten_word(flat, name->text, length);
    if (!text || !RESERVE(flat, name, name_capacity, prefix + *length + 1))
        return false;
    for (size_t i = 0; i < *length; i++)
        flat->name[prefix + i] = lower(text[i]);
    flat->name[prefix + *length] = '.';
    return true;
}

bool instances_read(struct flat *flat, const struct card *card, struct instance *instance)
{
    const uint32_t *binding = flatten_bindings(flat, card);
    *instance = (struct instance){.at = 1};
    instance->nodes = read_nodes(flat, card, &instance->at, &instance->name);
    if (!instance->name || flat->failed)
        return false;
    instance->definition = binding && *binding ? *binding - 1 : find_subcircuit(flat, instance->name);
    return instance->definition != NO_NUMBER &&
           may_open(flat, card, instance->name, instance->definition, instance->nodes);
}

bool instances_open(struct flat *flat, const struct card *card)
{
    const struct frame *frame = frames_last(flat);
    uint32_t *binding = flatten_bindings(flat, card);
    size_t givens = flat->givens;
    struct instance instance;
    if (!instances_read(flat, card, &instance) || !find_nodes(flat, card, binding, &instance))
        return false;
    /* Where conditions decide, the name may mean another subcircuit next time. */
    bool settled = binding && flat->definition[frame->definition].branches == 0 &&
                   !memchr(instance.name->text, '{', instance.name->length);
    uint32_t number = instance.definition;
    size_t name_length;
    if (settled)
        *binding = number + 1;
    if (!give_all(flat, card, settled ? binding : NULL, instance.at, &flat->definition[number]) ||
        !extend_name(flat, frame->prefix, card->arg, &name_length))
        return false;
    struct origin *origin = arena_alloc(&flat->walk, sizeof *origin);
    if (!origin) {
        flat->failed = true;
        return false;
    }
    *origin = (struct origin){frame->origin, card->arg->text, card->arg->length};
    if (!frames_push(flat, number, (struct frame){.origin = origin,
                                                 .extras = flat->extras,
                                                 .givens = givens,
                                                 .prefix = frame->prefix + name_length + 1,
                                                 .multiplier = frame->multiplier,
                                                 .multiplied = frame->multiplied}))
        return false;
    frames_look_from(flat, flat->depth - 1);
    if (!receive(flat))
        return false;
    const struct definition *opened = &flat->definition[number];
    for (size_t f = 0; f < opened->fixed_count; f++)
        flat->cell[flat->frame[flat->depth - 1].cells + opened->fixed[f].number] =
            (struct cell){.value = opened->fixed[f].value, .state = VALUE_GIVEN};
    if_blocks_decide(flat);
    return parameters_evaluate_given(flat);
}
