/* Frames, and what names mean from them. */
#include "flatten/flat.h"

#include "util/array.h"
#include <math.h>

void frames_look_from(struct flat *flat, size_t level)
{
    flat->level = level;
    flat->diagnostics->origin = flat->frame[level].origin;
}

bool frames_push(struct flat *flat, uint32_t number, struct frame frame)
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
    if (number != 0 && !definition->memo &&
        !(definition->memo = array_new(definition->last - definition->first, sizeof *definition->memo))) {
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
        flat->node[flat->nodes++] = (struct inner_node){NAMES_NONE, NO_NUMBER, NULL};
    flat->frame[flat->depth++] = frame;
    definition->open = true;
    return true;
}

void frames_pop(struct flat *flat)
{
    const struct frame *frame = frames_last(flat);
    flat->definition[frame->definition].open = false;
    flat->cells = frame->cells;
    flat->models = frame->models;
    flat->lives = frame->lives;
    flat->nodes = frame->nodes;
    flat->extras = frame->extras;
    flat->givens = frame->givens;
    flat->depth--;
    frames_look_from(flat, flat->depth - 1);
}

struct declaration *frames_declaration(const struct flat *flat, const struct table *table, size_t level, uint32_t name)
{
    const unsigned char *live = flat->live + flat->frame[level].lives;
    uint32_t number = name == NAMES_NONE ? NO_NUMBER : table->latest[name];
    while (number != NO_NUMBER && table->item[number].guard != NO_NUMBER &&
           !(live[table->item[number].guard] & BRANCH_LIVE))
        number = table->item[number].older;
    return number == NO_NUMBER ? NULL : &table->item[number];
}

struct declaration *frames_look_up(const struct flat *flat, enum table_kind kind, const char *text, size_t length,
                                   size_t *level)
{
    uint32_t number = flat->frame[*level].definition;
    for (;;) {
        const struct definition *definition = &flat->definition[number];
        const struct table *table = &definition->table[kind];
        while (flat->frame[*level].definition != number)
            --*level;
        struct declaration *found = frames_declaration(flat, table, *level, names_find(&table->names, text, length));
        if (found || number == 0)
            return found;
        number = definition->outer;
    }
}
