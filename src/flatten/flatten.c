/* The walk through the instances: frames, names and nodes. */
#include "flatten/flat.h"

#include "netlist/number.h"
#include "util/array.h"
#include "util/letters.h"
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a binding of a node says: ground, or the number in its definition from NODE_LOCAL on. 0: nothing yet. */
enum { NODE_GROUND = 1, NODE_LOCAL = 2 };

/* Reserve room in a stack of flat; where memory is out, say so. */
#define RESERVE(flat, stack, capacity, need) \
    (array_reserve(&(flat)->stack, &(flat)->capacity, need, sizeof *(flat)->stack) || ((flat)->failed = true, false))

bool node_is_ground(const char *text, size_t length)
{
    return (length == 1 && text[0] == '0') ||
           (length == 3 && lower(text[0]) == 'g' && lower(text[1]) == 'n' && lower(text[2]) == 'd');
}

static struct frame *last_frame(const struct flat *flat)
{
    return &flat->frame[flat->depth - 1];
}

static void look_from(struct flat *flat, size_t level)
{
    flat->level = level;
    flat->diagnostics->origin = flat->frame[level].origin;
}

size_t flatten_enter(struct flat *flat, size_t level)
{
    size_t before = flat->level;
    look_from(flat, level);
    return before;
}

bool flatten_failed(const struct flat *flat)
{
    return flat->failed;
}

static bool is_global(const struct flat *flat, const char *text, size_t length)
{
    return flat->globals.count > 0 && names_find(&flat->globals, text, length) != NAMES_NONE;
}

/* ---- frames ---- */

/* Put the text and a point behind the names so far. */
static bool extend_name(struct flat *flat, size_t prefix, const struct arg *name)
{
    if (!RESERVE(flat, name, name_capacity, prefix + name->length + 1))
        return false;
    for (size_t i = 0; i < name->length; i++)
        flat->name[prefix + i] = lower(name->text[i]);
    flat->name[prefix + name->length] = '.';
    return true;
}

/* Open a frame in a definition. Its parameters have no values yet, its nodes no numbers. */
static bool push_frame(struct flat *flat, uint32_t number, struct frame frame)
{
    struct definition *definition = &flat->definition[number];
    size_t parameters = definition->table[PARAMETERS].names.count, models = definition->table[MODELS].count;
    frame.definition = number;
    frame.at = definition->first;
    frame.cells = flat->cells;
    frame.models = flat->models;
    frame.lives = flat->lives;
    frame.nodes = flat->nodes;
    frame.node_count = number == 0 ? 0 : definition->nodes.count;
    if (number != 0 && !definition->side &&
        !(definition->side = array_new(definition->last - definition->first, sizeof *definition->side))) {
        flat->failed = true;
        return false;
    }
    if (!RESERVE(flat, frame, frame_capacity, flat->depth + 1) ||
        !RESERVE(flat, cell, cell_capacity, flat->cells + parameters) ||
        !RESERVE(flat, model, model_capacity, flat->models + models) ||
        !RESERVE(flat, live, live_capacity, flat->lives + definition->branches) ||
        !RESERVE(flat, node, node_capacity, flat->nodes + frame.node_count))
        return false;
    for (size_t p = 0; p < parameters; p++)
        flat->cell[flat->cells++] = (struct cell){.value = NAN, .state = VALUE_UNKNOWN};
    for (size_t m = 0; m < models; m++)
        flat->model[flat->models++] = NAMES_NONE;
    for (size_t b = 0; b < definition->branches; b++)
        flat->live[flat->lives++] = 0;
    for (size_t n = 0; n < frame.node_count; n++)
        flat->node[flat->nodes++] = NAMES_NONE;
    flat->frame[flat->depth++] = frame;
    definition->open = true;
    return true;
}

static void pop_frame(struct flat *flat)
{
    const struct frame *frame = last_frame(flat);
    flat->definition[frame->definition].open = false;
    flat->cells = frame->cells;
    flat->models = frame->models;
    flat->lives = frame->lives;
    flat->nodes = frame->nodes;
    flat->extras = frame->extras;
    flat->givens = frame->givens;
    flat->depth--;
    look_from(flat, flat->depth - 1);
}

/* ---- conditions of the top level ---- */

static bool hide(struct flat *flat, uint32_t card)
{
    if (!RESERVE(flat, hidden, hidden_capacity, flat->hidden_count + 1))
        return false;
    flat->hidden[flat->hidden_count++] = (struct hidden){card, flat->netlist->card[card].kind};
    flat->netlist->card[card].kind = CARD_NONE;
    return true;
}

/* Hide the cards in branches that do not count, so that nobody needs to know of conditions. */
static bool hide_branches(struct flat *flat)
{
    const struct definition *top = flat->definition;
    for (size_t b = 0; b < top->branches; b++) {
        if (flat->live[b] & BRANCH_LIVE)
            continue;
        for (uint32_t c = top->branch[b].card + 1; c < top->branch[b].end; c++)
            if (flat->netlist->card[c].kind != CARD_NONE && !hide(flat, c))
                return false;
    }
    return true;
}

static void show_again(struct flat *flat)
{
    while (flat->hidden_count > 0) {
        struct hidden hidden = flat->hidden[--flat->hidden_count];
        flat->netlist->card[hidden.card].kind = hidden.kind;
    }
}

/* ---- beginning ---- */

/* Open the frame of the top level, the only one then. */
static bool open_top(struct flat *flat)
{
    while (flat->depth > 0)
        flat->definition[flat->frame[--flat->depth].definition].open = false;
    flat->cells = flat->models = flat->lives = flat->nodes = flat->extras = flat->givens = 0;
    arena_free(&flat->walk);
    flat->saw_temper = false;
    flat->side = NULL;
    flat->diagnostics->warned = false;
    for (size_t d = 0; d < flat->definitions; d++)
        for (size_t m = 0; m < flat->definition[d].table[MODELS].count; m++)
            flat->definition[d].table[MODELS].item[m].model.number = NAMES_NONE;
    show_again(flat);
    if (!push_frame(flat, 0, (struct frame){.multiplier = 1.0}))
        return false;
    for (size_t o = 0; o < flat->overrides; o++)
        flat->cell[flat->override[o].number] = (struct cell){.value = flat->override[o].value, .state = VALUE_GIVEN};
    look_from(flat, 0);
    decide(flat);
    return !flat->failed && hide_branches(flat);
}

struct flat *flatten(struct netlist *netlist, struct diagnostics *diagnostics)
{
    struct flat *flat = calloc(1, sizeof *flat);
    if (!flat)
        return NULL;
    *flat = (struct flat){.netlist = netlist, .diagnostics = diagnostics, .temper = 27.0, .seed = 1};
    if (definitions_read(flat) && open_top(flat))
        return flat;
    flatten_free(flat);
    return NULL;
}

void flatten_free(struct flat *flat)
{
    if (!flat)
        return;
    flat->diagnostics->origin = NULL;
    flat->diagnostics->warned = false;
    definitions_free(flat);
    arena_free(&flat->arena);
    arena_free(&flat->walk);
    free(flat->hidden);
    free(flat->override);
    free(flat->frame);
    free(flat->cell);
    free(flat->model);
    free(flat->live);
    free(flat->node);
    free(flat->extra);
    free(flat->name);
    free(flat->card_name);
    free(flat->node_name);
    free(flat->given);
    free(flat->expression);
    free(flat->position);
    free(flat->pending);
    free(flat);
}

void flatten_conditions(struct flat *flat, double temper, uint64_t seed)
{
    flat->temper = temper;
    flat->seed = seed;
}

bool flatten_override(struct flat *flat, const char *name, size_t length, double value)
{
    uint32_t number = names_find(&flat->definition->table[PARAMETERS].names, name, length);
    if (number == NAMES_NONE)
        return false;
    for (size_t o = flat->kept_overrides; o < flat->overrides; o++)
        if (flat->override[o].number == number) {
            flat->override[o].value = value;
            return true;
        }
    if (!array_reserve(&flat->override, &flat->override_capacity, flat->overrides + 1, sizeof *flat->override))
        return false;
    flat->override[flat->overrides++] = (struct override){number, value};
    return true;
}

void flatten_keep(struct flat *flat)
{
    flat->kept_overrides = flat->overrides;
}

void flatten_restore(struct flat *flat)
{
    flat->overrides = flat->kept_overrides;
}

void flatten_report(struct flat *flat, struct diagnostics *diagnostics)
{
    flat->diagnostics = diagnostics;
}

bool flatten_saw_temperature(const struct flat *flat)
{
    return flat->saw_temper;
}

bool flatten_begin(struct flat *flat, struct names *nodes)
{
    flat->names = nodes;
    flat->failed = false;
    if (!open_top(flat))
        return false;
    check_parameters(flat);
    return !flat->failed;
}

/* ---- instances ---- */

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
    diagnose(flat->diagnostics, SEVERITY_ERROR, name->text, name->length, "the subcircuit %.*s contains itself: %s%s%.*s",
             SHOW(*name), line, used < LINE ? "" : ".. -> ", SHOW(*name));
}

static void report_unknown(struct flat *flat, const struct arg *name)
{
    diagnose(flat->diagnostics, SEVERITY_ERROR, name->text, name->length, "there is no subcircuit %.*s", SHOW(*name));
    for (uint32_t number = last_frame(flat)->definition;; number = flat->definition[number].outer) {
        const struct table *table = &flat->definition[number].table[SUBCIRCUITS];
        uint32_t near = names_nearest(&table->names, name->text, name->length);
        if (near != NAMES_NONE) {
            const struct arg *found = &table->item[table->latest[near]].card->arg[1];
            diagnose(flat->diagnostics, SEVERITY_NOTE, found->text, found->length, "did you mean %.*s?", SHOW(*found));
        }
        if (near != NAMES_NONE || number == 0)
            return;
    }
}

/* The definition that an X card names, or NO_NUMBER, which was reported. */
static uint32_t find_subcircuit(struct flat *flat, const struct arg *name)
{
    size_t level = flat->depth - 1;
    const struct declaration *found =
        look_up(flat, SUBCIRCUITS, name->text, name->length, &level);
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
        diagnose(flat->diagnostics, SEVERITY_ERROR, card->arg->text, card->arg->length,
                 "%.*s has %zu node%s, but the subcircuit %.*s has %zu port%s", SHOW(*card->arg), nodes,
                 nodes == 1 ? "" : "s", SHOW(*defined), (size_t)definition->ports, definition->ports == 1 ? "" : "s");
        diagnose(flat->diagnostics, SEVERITY_NOTE, defined->text, defined->length, "the subcircuit is here");
        return false;
    }
    if (definition->open) {
        report_recursion(flat, name, number);
        return false;
    }
    if (flat->depth > SUBCIRCUIT_DEPTH) {
        diagnose(flat->diagnostics, SEVERITY_ERROR, card->arg->text, card->arg->length,
                 "more than %d instances inside of one another", SUBCIRCUIT_DEPTH);
        return false;
    }
    return true;
}

/* Read the nodes and the name of an X card: the positions of the nodes into flat->position, the name's into *name. The
 * number of nodes; *at is behind them. NULL in *name: there is none. */
static size_t read_nodes(struct flat *flat, const struct card *card, uint32_t *at, const struct arg **name)
{
    size_t words = 0, length;
    const struct arg *word;
    *name = NULL;
    while ((word = next_node(card, at, &length))) {
        if (!RESERVE(flat, position, position_capacity, words + 1))
            return 0;
        flat->position[words++] = (uint32_t)(word - card->arg);
        *name = word;
    }
    if (words > 0)
        return words - 1;
    diagnose(flat->diagnostics, SEVERITY_ERROR, card->arg->text, card->arg->length, "%.*s names no subcircuit",
             SHOW(*card->arg));
    return 0;
}

/* From positions in flat->position to the numbers of the nodes there. */
static bool find_nodes(struct flat *flat, const struct card *card, uint32_t *binding, size_t nodes)
{
    for (size_t n = 0; n < nodes; n++) {
        uint32_t at = flat->position[n];
        size_t length;
        const struct arg *node = next_node(card, &at, &length);
        uint32_t number =
            flatten_node(flat, node->text, length, binding ? &binding[flat->position[n]] : NULL);
        if (number == NAMES_NONE)
            return false;
        flat->position[n] = number;
    }
    return true;
}

/* What an instance gives a parameter that its subcircuit does not have. */
static void warn_unasked(struct flat *flat, const struct arg *name, const struct definition *definition)
{
    const struct names *names = &definition->table[PARAMETERS].names;
    uint32_t near = names_nearest(names, name->text, name->length);
    diagnose(flat->diagnostics, SEVERITY_WARNING, name->text, name->length, "the subcircuit %.*s has no parameter %.*s",
             SHOW(definition->card->arg[1]), SHOW(*name));
    if (near != NAMES_NONE)
        diagnose(flat->diagnostics, SEVERITY_NOTE, name->text, name->length, "did you mean %s?", names->text[near]);
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
    else if (!(given->value > 0))
        diagnose(flat->diagnostics, SEVERITY_ERROR, name->text, name->length,
                 "the multiplier must be positive, not %g", given->value);
    return !is_multiplier(&given->name) || given->value > 0;
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
        diagnose(flat->diagnostics, SEVERITY_ERROR, name->text, name->length, "the parameter has no value");
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
    while (next_assignment(card, &at, &assignment, flat->diagnostics, &wrong)) {
        if (!RESERVE(flat, given, given_capacity, flat->givens + 1))
            return false;
        wrong |= !give(flat, card, binding, &assignment, definition, &flat->given[flat->givens++]);
    }
    return !wrong;
}

/* The frame just opened takes its nodes and what it is given. */
static bool receive(struct flat *flat)
{
    struct frame *frame = last_frame(flat);
    const struct definition *definition = &flat->definition[frame->definition];
    for (uint32_t p = 0; p < definition->ports; p++) {
        const char *port = definition->nodes.text[p];
        if (!is_global(flat, port, strlen(port)))
            flat->node[frame->nodes + p] = flat->position[p];
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
    return compile_givens(flat);
}

/* An X card: open a frame for what is in it. False where it is wrong, or memory is out. */
static bool open_instance(struct flat *flat, const struct card *card)
{
    const struct frame *frame = last_frame(flat);
    uint32_t *binding = flatten_bindings(flat, card), at = 1;
    const struct arg *name;
    size_t givens = flat->givens, nodes = read_nodes(flat, card, &at, &name);
    if (!name || flat->failed)
        return false;
    uint32_t number = binding && *binding ? *binding - 1 : find_subcircuit(flat, name);
    if (number == NO_NUMBER || !may_open(flat, card, name, number, nodes) || !find_nodes(flat, card, binding, nodes))
        return false;
    /* Where conditions decide, the name may mean another subcircuit next time. */
    bool settled = binding && flat->definition[frame->definition].branches == 0;
    if (settled)
        *binding = number + 1;
    if (!give_all(flat, card, settled ? binding : NULL, at, &flat->definition[number]) ||
        !extend_name(flat, frame->prefix, card->arg))
        return false;
    struct origin *origin = arena_alloc(&flat->walk, sizeof *origin);
    if (!origin) {
        flat->failed = true;
        return false;
    }
    *origin = (struct origin){frame->origin, card->arg->text, card->arg->length};
    if (!push_frame(flat, number, (struct frame){.origin = origin,
                                                 .extras = flat->extras,
                                                 .givens = givens,
                                                 .prefix = frame->prefix + card->arg->length + 1,
                                                 .multiplier = frame->multiplier,
                                                 .multiplied = frame->multiplied}))
        return false;
    look_from(flat, flat->depth - 1);
    if (!receive(flat))
        return false;
    decide(flat);
    return settle_givens(flat);
}

/* ---- the walk ---- */

/* Begin to look at a card. False: it is to be passed over. */
static bool begin_card(struct flat *flat, struct definition *definition, uint32_t number)
{
    const struct card *card = flat->card = &flat->netlist->card[number];
    flat->errors_before = flat->diagnostics->errors;
    flat->messages_before = flat->diagnostics->count;
    if (!definition->card)
        return true;
    struct side *side = &definition->side[number - definition->first];
    if (side->wrong)
        return false;
    if (!side->binding) {
        side->binding = arena_alloc(&flat->arena, card->count * sizeof *side->binding);
        if (!side->binding) {
            flat->failed = true;
            return false;
        }
        memset(side->binding, 0, card->count * sizeof *side->binding);
    }
    flat->side = side;
    flat->diagnostics->warned = side->warned;
    return true;
}

/* A card that is wrong is wrong in each instance, and one message is enough. */
static void end_card(struct flat *flat)
{
    struct side *side = flat->side;
    if (side && flat->diagnostics->errors > flat->errors_before)
        side->wrong = true;
    else if (side && flat->diagnostics->count > flat->messages_before)
        side->warned = true;
    flat->card = NULL;
    flat->side = NULL;
    flat->diagnostics->warned = false;
}

/* Behind `.subckt`, its cards are passed over; behind a branch that does not count, those in it. */
static void pass_over(struct flat *flat, struct frame *frame, uint32_t number)
{
    const struct definition *definition = &flat->definition[frame->definition];
    if (flat->netlist->card[number].kind == CARD_SUBCKT) {
        frame->at = flat->definition[definition_at(flat, number)].last;
    } else {
        uint32_t branch = branch_at(definition, number);
        if (!(flat->live[frame->lives + branch] & BRANCH_LIVE))
            frame->at = definition->branch[branch].end;
    }
}

const struct card *flatten_next(struct flat *flat)
{
    end_card(flat);
    while (!flat->failed) {
        struct frame *frame = last_frame(flat);
        struct definition *definition = &flat->definition[frame->definition];
        if (frame->at == definition->last) {
            if (flat->depth == 1)
                return NULL;
            pop_frame(flat);
            continue;
        }
        uint32_t number = frame->at++;
        enum card_kind kind = (enum card_kind)flat->netlist->card[number].kind;
        if (kind == CARD_SUBCKT || kind == CARD_IF || kind == CARD_ELSEIF || kind == CARD_ELSE) {
            pass_over(flat, frame, number);
        } else if (kind == CARD_X) {
            size_t depth = flat->depth;
            size_t givens = flat->givens;
            if (begin_card(flat, definition, number) && !open_instance(flat, flat->card)) {
                if (flat->depth > depth)
                    pop_frame(flat);
                flat->givens = givens;
            }
            end_card(flat);
        } else if (kind != CARD_NONE && (kind < CARD_MODEL || (kind == CARD_MODEL && flat->depth == 1))) {
            if (begin_card(flat, definition, number))
                return flat->card;
        }
    }
    return NULL;
}

/* ---- the words of a card ---- */

uint32_t *flatten_bindings(const struct flat *flat, const struct card *card)
{
    return flat->side && card == flat->card ? flat->side->binding : NULL;
}

/* prefix and text in lower case, in a buffer. NULL when memory is out. */
static const char *joined(struct flat *flat, char **buffer, size_t *capacity, const char *text, size_t *length)
{
    size_t prefix = flat->frame[flat->level].prefix;
    if (prefix == 0)
        return text;
    if (!array_reserve(buffer, capacity, prefix + *length, 1)) {
        flat->failed = true;
        return NULL;
    }
    memcpy(*buffer, flat->name, prefix);
    for (size_t i = 0; i < *length; i++)
        (*buffer)[prefix + i] = lower(text[i]);
    *length += prefix;
    return *buffer;
}

const char *flatten_name(struct flat *flat, const struct card *card, size_t *length)
{
    *length = card->arg->length;
    if (card != flat->card)
        return card->arg->text;
    return joined(flat, &flat->card_name, &flat->card_name_capacity, card->arg->text, length);
}

double flatten_multiplier(const struct flat *flat)
{
    return flat->frame[flat->level].multiplier;
}

const struct origin *flatten_origin(const struct flat *flat)
{
    return flat->frame[flat->level].origin;
}

/* The number of a node of the last frame's definition there; NAMES_NONE when memory is out. */
static uint32_t local_number(struct flat *flat, const char *text, size_t length, uint32_t *binding)
{
    if (binding && *binding >= NODE_LOCAL)
        return *binding - NODE_LOCAL;
    uint32_t number = names_add(&flat->definition[last_frame(flat)->definition].nodes, text, length, NULL);
    if (binding && number != NAMES_NONE)
        *binding = number + NODE_LOCAL;
    return number;
}

/* Names that have come by for the first time since the frame was opened get their places. */
static bool extend_nodes(struct flat *flat, size_t count)
{
    struct frame *frame = last_frame(flat);
    if (!RESERVE(flat, node, node_capacity, frame->nodes + count))
        return false;
    while (frame->node_count < count)
        flat->node[frame->nodes + frame->node_count++] = NAMES_NONE;
    flat->nodes = frame->nodes + count;
    return true;
}

const char *flatten_node_name(struct flat *flat, const char *text, size_t *length)
{
    if (flat->depth == 1 || is_global(flat, text, *length))
        return text;
    const struct frame *frame = last_frame(flat);
    uint32_t local = names_find(&flat->definition[frame->definition].nodes, text, *length);
    uint32_t number = local < frame->node_count ? flat->node[frame->nodes + local] : NAMES_NONE;
    if (number != NAMES_NONE) {
        *length = strlen(flat->names->text[number]);
        return flat->names->text[number];
    }
    return joined(flat, &flat->node_name, &flat->node_name_capacity, text, length);
}

uint32_t flatten_node(struct flat *flat, const char *text, size_t length, uint32_t *binding)
{
    if (binding && *binding == NODE_GROUND)
        return 0;
    if (!(binding && *binding) && node_is_ground(text, length)) {
        if (binding)
            *binding = NODE_GROUND;
        return 0;
    }
    if (flat->depth == 1)
        return names_add(flat->names, text, length, NULL);
    uint32_t local = local_number(flat, text, length, binding);
    const struct frame *frame = last_frame(flat);
    if (local == NAMES_NONE || (local >= frame->node_count && !extend_nodes(flat, (size_t)local + 1)))
        return NAMES_NONE;
    uint32_t *node = &flat->node[frame->nodes + local];
    if (*node == NAMES_NONE) {
        const char *name = is_global(flat, text, length)
                               ? text
                               : joined(flat, &flat->node_name, &flat->node_name_capacity, text, &length);
        *node = name ? names_add(flat->names, name, length, NULL) : NAMES_NONE;
    }
    return *node;
}

/* ---- models ---- */

bool flatten_model(struct flat *flat, const char *text, size_t length, struct flat_model *model)
{
    size_t level = flat->level;
    struct declaration *found = look_up(flat, MODELS, text, length, &level);
    if (!found)
        return false;
    const struct frame *frame = &flat->frame[level];
    size_t number = (size_t)(found - flat->definition[frame->definition].table[MODELS].item);
    model->card = found->card;
    model->level = level;
    model->number = found->model.shared ? &found->model.number : &flat->model[frame->models + number];
    return true;
}

const struct card *flatten_nearest_model(const struct flat *flat, const char *text, size_t length)
{
    for (uint32_t number = flat->frame[flat->level].definition;; number = flat->definition[number].outer) {
        const struct table *table = &flat->definition[number].table[MODELS];
        uint32_t near = names_nearest(&table->names, text, length);
        if (near != NAMES_NONE)
            return table->item[table->latest[near]].card;
        if (number == 0)
            return NULL;
    }
}
