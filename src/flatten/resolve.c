/* Names, nodes and models that the words of a card stand for. */
#include "flatten/flat.h"

#include "netlist/number.h"
#include "util/array.h"
#include "util/letters.h"
#include <stdio.h>
#include <string.h>

/* What a binding of a node says: ground, or the number in its definition from NODE_LOCAL on. 0: nothing yet. */
enum { NODE_GROUND = 1, NODE_LOCAL = 2 };

enum { GROUND_NUMBER = 0 }; /* in the names of the circuit's nodes */

bool node_is_ground(const char *text, size_t length)
{
    return (length == 1 && text[0] == '0') ||
           (length == 3 && lower(text[0]) == 'g' && lower(text[1]) == 'n' && lower(text[2]) == 'd');
}

bool resolve_is_global(const struct flat *flat, const char *text, size_t length)
{
    return flat->globals.count > 0 && names_find(&flat->globals, text, length) != NAMES_NONE;
}

uint32_t *flatten_bindings(const struct flat *flat, const struct card *card)
{
    return flat->memo && card == flat->card ? flat->memo->binding : NULL;
}

/* The first bytes of the instances' names and the text in lower case, in a buffer. NULL when memory is out. */
static const char *joined(struct flat *flat, size_t prefix, char **buffer, size_t *capacity, const char *text,
                          size_t *length)
{
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

/* The same behind the names of the instances that are looked from. */
static const char *joined_here(struct flat *flat, char **buffer, size_t *capacity, const char *text, size_t *length)
{
    return joined(flat, flat->frame[flat->level].prefix, buffer, capacity, text, length);
}

const char *resolve_behind_braces(const char *at, const char *end)
{
    size_t open = 0;
    for (; at < end; at++) {
        open += *at == '{';
        open -= *at == '}';
        if (open == 0)
            return at + 1;
    }
    return NULL;
}

/* The shortest text that reads as this number, in 15 digits where these will do. */
static int put_number(char *text, size_t size, double value)
{
    int length = snprintf(text, size, "%.15g", value);
    double back;
    if (number_parse(text, (size_t)length, &back) != NUMBER_OK || back != value)
        length = snprintf(text, size, "%.17g", value);
    return length;
}

const char *flatten_word(struct flat *flat, const char *text, size_t *length)
{
    enum { NUMBER = 32 };
    const char *end = text + *length, *brace = memchr(text, '{', *length), *behind;
    if (!brace || !flat->card)
        return text;
    char *word = arena_alloc(&flat->walk, *length + NUMBER * (*length / 2 + 1)), *to = word;
    flat->failed |= !word;
    while (word && brace && (behind = resolve_behind_braces(brace, end))) {
        double value;
        memcpy(to, text, (size_t)(brace - text));
        to += brace - text;
        if (!flatten_value(flat, flat->card, (struct expression_word){brace + 1, (size_t)(behind - brace) - 2}, NULL,
                           &value))
            return NULL;
        to += put_number(to, NUMBER, value);
        text = behind;
        brace = memchr(text, '{', (size_t)(end - text));
    }
    if (word) {
        memcpy(to, text, (size_t)(end - text));
        *length = (size_t)(to - word) + (size_t)(end - text);
    }
    return word;
}

const char *flatten_name(struct flat *flat, const struct card *card, size_t *length)
{
    *length = card->arg->length;
    if (card != flat->card)
        return card->arg->text;
    const struct meter *meter = meters_find(flat, card);
    if (meter) {
        *length = strlen(meter->name);
        return meter->name;
    }
    const char *name = flatten_word(flat, card->arg->text, length);
    if (!name && !flat->failed)
        name = card->arg->text; /* that it is wrong has been said */
    return name ? joined_here(flat, &flat->card_name, &flat->card_name_capacity, name, length) : NULL;
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
    uint32_t number = names_add(&flat->definition[frames_last(flat)->definition].nodes, text, length, NULL);
    if (binding && number != NAMES_NONE)
        *binding = number + NODE_LOCAL;
    return number;
}

/* Names that have come by for the first time since the frame was opened get their places. */
static bool extend_nodes(struct flat *flat, size_t count)
{
    struct frame *frame = frames_last(flat);
    if (!RESERVE(flat, node, node_capacity, frame->nodes + count))
        return false;
    while (frame->node_count < count)
        flat->node[frame->nodes + frame->node_count++] = (struct inner_node){NAMES_NONE, NO_NUMBER, NULL};
    flat->nodes = frame->nodes + count;
    return true;
}

/* The name in the circuit of a node of a frame, by its number in the definition there. NULL when memory is out. */
static const char *node_name(struct flat *flat, size_t level, uint32_t local, size_t *length)
{
    const struct inner_node *node = &flat->node[flat->frame[level].nodes + local];
    while (node->number == NAMES_NONE && !node->outside && node->outer != NO_NUMBER) {
        local = node->outer;
        node = &flat->node[flat->frame[--level].nodes + local];
    }
    if (node->number == NAMES_NONE && node->outside) {
        *length = node->outer;
        return node->outside;
    }
    const char *text = node->number == NAMES_NONE ? flat->definition[flat->frame[level].definition].nodes.text[local]
                                                  : flat->names->text[node->number];
    *length = strlen(text);
    if (node->number != NAMES_NONE || resolve_is_global(flat, text, *length))
        return text;
    return joined(flat, flat->frame[level].prefix, &flat->node_name, &flat->node_name_capacity, text, length);
}

const char *flatten_node_name(struct flat *flat, const char *text, size_t *length)
{
    if (flat->depth == 1 || resolve_is_global(flat, text, *length))
        return text;
    const struct frame *frame = frames_last(flat);
    uint32_t local = names_find(&flat->definition[frame->definition].nodes, text, *length);
    if (local < frame->node_count)
        return node_name(flat, flat->depth - 1, local, length);
    return joined_here(flat, &flat->node_name, &flat->node_name_capacity, text, length);
}

const char *flatten_element_name(struct flat *flat, const char *text, size_t *length)
{
    const char *name = flatten_word(flat, text, length);
    if (!name && !flat->failed)
        name = text; /* that it is wrong has been said */
    return name ? joined_here(flat, &flat->node_name, &flat->node_name_capacity, name, length) : NULL;
}

bool resolve_node(struct flat *flat, const char *text, size_t length, uint32_t *binding, struct inner_node *node)
{
    *node = (struct inner_node){GROUND_NUMBER, NO_NUMBER, NULL};
    if (binding && *binding == NODE_GROUND)
        return true;
    if (memchr(text, '{', length)) {
        binding = NULL;
        if (!(text = flatten_word(flat, text, &length)))
            return !flat->failed;
    }
    if (!(binding && *binding) && node_is_ground(text, length)) {
        if (binding)
            *binding = NODE_GROUND;
        return true;
    }
    node->number = NAMES_NONE;
    if (flat->depth == 1) {
        node->outer = (uint32_t)length;
        node->outside = text;
        return true;
    }
    node->outer = local_number(flat, text, length, binding);
    return node->outer != NAMES_NONE &&
           (node->outer < frames_last(flat)->node_count || extend_nodes(flat, (size_t)node->outer + 1));
}

uint32_t flatten_node(struct flat *flat, const char *text, size_t length, uint32_t *binding)
{
    struct inner_node node;
    if (!resolve_node(flat, text, length, binding, &node))
        return NAMES_NONE;
    if (node.number != NAMES_NONE)
        return node.number;
    if (node.outside)
        return names_add(flat->names, node.outside, node.outer, NULL);
    struct inner_node *inner = &flat->node[frames_last(flat)->nodes + node.outer];
    if (inner->number == NAMES_NONE) {
        const char *name = node_name(flat, flat->depth - 1, node.outer, &length);
        inner->number = name ? names_add(flat->names, name, length, NULL) : NAMES_NONE;
    }
    return inner->number;
}

void resolve_unnamed(struct flat *flat)
{
    const struct frame *frame = frames_last(flat);
    const struct definition *definition = &flat->definition[frame->definition];
    for (size_t p = 0; p < definition->ports && flat->names != &flat->visited; p++) {
        const struct inner_node *node =
            definition->port[p] == NO_NUMBER ? NULL : &flat->node[frame->nodes + definition->port[p]];
        if (!node || node->number != NAMES_NONE || node->outer == NO_NUMBER)
            continue;
        size_t length;
        const char *name = node_name(flat, flat->depth - 1, definition->port[p], &length);
        flat->failed |= !name || names_add(&flat->unnamed, name, length, NULL) == NAMES_NONE;
    }
}

/* ---- models ---- */

bool flatten_model(struct flat *flat, const char *text, size_t length, struct flat_model *model)
{
    size_t level = flat->level;
    struct declaration *found = NULL;
    if ((text = flatten_word(flat, text, &length)))
        found = frames_look_up(flat, MODELS, text, length, &level);
    if (!found)
        return false;
    const struct frame *frame = &flat->frame[level];
    size_t number = (size_t)(found - flat->definition[frame->definition].table[MODELS].item);
    model->card = found->card;
    model->level = level;
    model->number = found->model.shared ? &found->model.number : &flat->model[frame->models + number];
    amendments_of_model(flat, model);
    return true;
}

const char *flatten_model_name(struct flat *flat, const struct flat_model *model, size_t *length)
{
    size_t level = flatten_enter(flat, model->level);
    const struct arg *own = &model->card->arg[1];
    *length = own->length;
    const char *name = joined_here(flat, &flat->node_name, &flat->node_name_capacity, own->text, length);
    if (name && model->level > 0)
        flat->node_name[*length - own->length - 1] = ':';
    flatten_enter(flat, level);
    return name;
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
