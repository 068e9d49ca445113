/* Names, nodes and models that the words of a card stand for. */
#include "flatten/flat.h"

#include "netlist/number.h"
#include "util/array.h"
#include "util/letters.h"
#include <stdio.h>
#include <string.h>

/* What a binding of a node says: ground, or the number in its definition from NODE_LOCAL on. 0: nothing yet. */
enum { NODE_GROUND = 1, NODE_LOCAL = 2 };

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
    return name ? joined(flat, &flat->card_name, &flat->card_name_capacity, name, length) : NULL;
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
        flat->node[frame->nodes + frame->node_count++] = NAMES_NONE;
    flat->nodes = frame->nodes + count;
    return true;
}

const char *flatten_node_name(struct flat *flat, const char *text, size_t *length)
{
    if (flat->depth == 1 || resolve_is_global(flat, text, *length))
        return text;
    const struct frame *frame = frames_last(flat);
    uint32_t local = names_find(&flat->definition[frame->definition].nodes, text, *length);
    uint32_t number = local < frame->node_count ? flat->node[frame->nodes + local] : NAMES_NONE;
    if (number != NAMES_NONE) {
        *length = strlen(flat->names->text[number]);
        return flat->names->text[number];
    }
    return joined(flat, &flat->node_name, &flat->node_name_capacity, text, length);
}

const char *flatten_element_name(struct flat *flat, const char *text, size_t *length)
{
    const char *name = flatten_word(flat, text, length);
    if (!name && !flat->failed)
        name = text; /* that it is wrong has been said */
    return name ? joined(flat, &flat->node_name, &flat->node_name_capacity, name, length) : NULL;
}

uint32_t flatten_node(struct flat *flat, const char *text, size_t length, uint32_t *binding)
{
    if (binding && *binding == NODE_GROUND)
        return 0;
    if (memchr(text, '{', length)) {
        binding = NULL;
        if (!(text = flatten_word(flat, text, &length)))
            return flat->failed ? NAMES_NONE : 0;
    }
    if (!(binding && *binding) && node_is_ground(text, length)) {
        if (binding)
            *binding = NODE_GROUND;
        return 0;
    }
    if (flat->depth == 1)
        return names_add(flat->names, text, length, NULL);
    uint32_t local = local_number(flat, text, length, binding);
    const struct frame *frame = frames_last(flat);
    if (local == NAMES_NONE || (local >= frame->node_count && !extend_nodes(flat, (size_t)local + 1)))
        return NAMES_NONE;
    uint32_t *node = &flat->node[frame->nodes + local];
    if (*node == NAMES_NONE) {
        const char *name = resolve_is_global(flat, text, length)
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
    const char *name = joined(flat, &flat->node_name, &flat->node_name_capacity, own->text, length);
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
