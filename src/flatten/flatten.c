/* The walk through the cards of all instances. */
#include "flatten/flat.h"

#include "util/array.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t flatten_enter(struct flat *flat, size_t level)
{
    assert(level < flat->depth);
    size_t before = flat->level;
    frames_look_from(flat, level);
    return before;
}

bool flatten_failed(const struct flat *flat)
{
    return flat->failed;
}

/* ---- beginning ---- */

/* Open the frame of the top level, the only one then. */
static bool open_top(struct flat *flat)
{
    while (flat->depth > 0)
        flat->definition[flat->frame[--flat->depth].definition].open = false;
    flat->cells = flat->models = flat->lives = flat->nodes = flat->extras = flat->givens = 0;
    arena_free(&flat->walk);
    names_free(&flat->unnamed);
    flat->saw_temper = flat->ended = false;
    flat->seen = 0;
    flat->walks++;
    flat->most = card_count_limit();
    flat->memo = NULL;
    flat->meters.of = 0;
    flat->meters.count = 0;
    flat->diagnostics->warned = false;
    for (size_t d = 0; d < flat->definitions; d++)
        for (size_t m = 0; m < flat->definition[d].table[MODELS].count; m++)
            flat->definition[d].table[MODELS].item[m].model.number = NAMES_NONE;
    amendments_begin(flat);
    if_blocks_show(flat);
    if (!frames_push(flat, 0, (struct frame){.multiplier = 1.0}))
        return false;
    for (size_t o = 0; o < flat->overrides; o++)
        flat->cell[flat->override[o].number] = (struct cell){.value = flat->override[o].value, .state = VALUE_GIVEN};
    frames_look_from(flat, 0);
    if_blocks_decide(flat);
    return !flat->failed && if_blocks_hide(flat);
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
    flatten_drop_amendments(flat);
    names_free(&flat->visited);
    names_free(&flat->unnamed);
    meters_free(flat);
    arena_free(&flat->arena);
    arena_free(&flat->walk);
    free(flat->hidden);
    free(flat->override);
    free(flat->frame);
    free(flat->cell);
    free(flat->model);
    free(flat->live);
    free(flat->node);
    free(flat->port);
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

void flatten_set_temperature(struct flat *flat, double temper, uint64_t seed)
{
    flat->temper = temper;
    flat->seed = seed;
}

bool flatten_has_parameter(const struct flat *flat, const char *name, size_t length)
{
    return names_find(&flat->definition->table[PARAMETERS].names, name, length) != NAMES_NONE;
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

/* False when memory is out. */
static bool fix(struct definition *definition, struct override fixed)
{
    for (size_t f = 0; f < definition->fixed_count; f++) {
        if (definition->fixed[f].number == fixed.number) {
            definition->fixed[f].value = fixed.value;
            return true;
        }
    }
    if (!array_reserve(&definition->fixed, &definition->fixed_capacity, definition->fixed_count + 1,
                       sizeof *definition->fixed))
        return false;
    definition->fixed[definition->fixed_count++] = fixed;
    return true;
}

bool flatten_fix(struct flat *flat, const char *subcircuit, size_t subcircuit_length, const char *name, size_t length,
                 double value)
{
    bool found = false;
    for (size_t d = 1; d < flat->definitions; d++) {
        struct definition *definition = &flat->definition[d];
        const struct arg *own = &definition->card->arg[1];
        uint32_t number = names_find(&definition->table[PARAMETERS].names, name, length);
        if (definition->card->count >= 2 && own->length == subcircuit_length &&
            strncasecmp(own->text, subcircuit, subcircuit_length) == 0 && number != NAMES_NONE)
            found = fix(definition, (struct override){number, value}) || found;
    }
    return found;
}

size_t flatten_keep(struct flat *flat)
{
    size_t before = flat->kept_overrides;
    flat->kept_overrides = flat->overrides;
    return before;
}

void flatten_restore(struct flat *flat)
{
    flat->overrides = flat->kept_overrides;
}

void flatten_loosen(struct flat *flat, size_t kept)
{
    flat->kept_overrides = kept;
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
    parameters_check(flat);
    return !flat->failed;
}

/* ---- the walk ---- */

/* Begin to look at a card. False: it is to be passed over. */
static bool begin_card(struct flat *flat, struct definition *definition, uint32_t number)
{
    const struct card *card = &flat->netlist->card[number];
    if (card_is_plain(card)) {
        flat->plain = netlist_words(card, flat->word);
        card = &flat->plain;
    }
    flat->card = card;
    flat->errors_before = flat->diagnostics->errors;
    flat->messages_before = flat->diagnostics->made;
    if (card->kind == CARD_X || definition->card) {
        if (!card_count_allows(flat, card))
            return false;
    }
    if (!definition->card)
        return true;
    struct card_memo *memo = &definition->memo[number - definition->first];
    if (memo->wrong == flat->walks)
        return false;
    if (!memo->binding) {
        memo->binding = arena_alloc(&flat->arena, card->count * sizeof *memo->binding);
        if (!memo->binding) {
            flat->failed = true;
            return false;
        }
        memset(memo->binding, 0, card->count * sizeof *memo->binding);
    }
    flat->memo = memo;
    flat->diagnostics->warned = memo->warned;
    return true;
}

/* A card that is wrong is wrong in each instance, and one message is enough. */
static void end_card(struct flat *flat)
{
    struct card_memo *memo = flat->memo;
    if (memo && flat->diagnostics->errors > flat->errors_before)
        memo->wrong = flat->walks;
    else if (memo && flat->diagnostics->made > flat->messages_before)
        memo->warned = true;
    flat->card = NULL;
    flat->memo = NULL;
    flat->diagnostics->warned = false;
}

/* Behind `.subckt`, its cards are passed over; behind a branch that does not count, those in it. */
static void pass_over(struct flat *flat, struct frame *frame, uint32_t number)
{
    const struct definition *definition = &flat->definition[frame->definition];
    if (flat->netlist->card[number].kind == CARD_SUBCKT) {
        frame->at = flat->definition[definitions_at(flat, number)].last;
    } else {
        uint32_t branch = definitions_branch(definition, number);
        if (!(flat->live[frame->lives + branch] & BRANCH_LIVE))
            frame->at = definition->branch[branch].end;
    }
}

/* A card of a subcircuit that the reader did not understand. */
static void report_unread(struct flat *flat, const struct card *card)
{
    const struct arg *place = &card->arg[0], *message = &card->arg[1];
    diagnose(flat->diagnostics, card->kind == CARD_UNREAD ? ERROR_SYNTAX : ERROR_UNKNOWN_CARD, place->text,
             place->length, "%.*s", (int)message->length, message->text);
}

/* At the end of a walk: those in subcircuits that have no instance. */
static void warn_unread(struct flat *flat)
{
    for (size_t d = 1; d < flat->definitions; d++) {
        const struct definition *definition = &flat->definition[d];
        for (uint32_t c = definition->first; !definition->memo && c < definition->last; c++) {
            const struct card *card = &flat->netlist->card[c];
            if (card->kind == CARD_SUBCKT)
                c = flat->definition[definitions_at(flat, c)].last;
            else if (card->kind == CARD_UNREAD || card->kind == CARD_UNKNOWN)
                diagnose(flat->diagnostics, WARNING_UNREAD_CARD, card->arg[0].text, card->arg[0].length,
                         "%.*s, in a subcircuit without instances", (int)card->arg[1].length, card->arg[1].text);
        }
    }
}

/* Of the current card, an X card; where it is wrong, all is as it was before. */
static void open_instance(struct flat *flat)
{
    size_t depth = flat->depth, givens = flat->givens;
    if (instances_open(flat, flat->card))
        return;
    if (flat->depth > depth)
        frames_pop(flat);
    flat->givens = givens;
}

/* At the end of a walk: nodes that ports alone are at are nodes of the circuit as well. */
static void add_unnamed(struct flat *flat)
{
    for (uint32_t n = 0; n < flat->unnamed.count && !flat->failed; n++) {
        const char *name = flat->unnamed.text[n];
        flat->failed |= names_add(flat->names, name, strlen(name), NULL) == NAMES_NONE;
    }
}

const struct card *flatten_next(struct flat *flat)
{
    end_card(flat);
    while (!flat->failed && !flat->ended) {
        struct frame *frame = frames_last(flat);
        struct definition *definition = &flat->definition[frame->definition];
        if (frame->at == definition->last) {
            if (flat->depth == 1) {
                add_unnamed(flat);
                warn_unread(flat);
                return NULL;
            }
            resolve_unnamed(flat);
            frames_pop(flat);
            continue;
        }
        uint32_t number = frame->at++;
        enum card_kind kind = (enum card_kind)flat->netlist->card[number].kind;
        if (kind == CARD_SUBCKT || kind == CARD_IF || kind == CARD_ELSEIF || kind == CARD_ELSE) {
            pass_over(flat, frame, number);
        } else if (kind == CARD_X) {
            const struct card *meter = NULL;
            if (begin_card(flat, definition, number) && !(meter = meters_next(flat, flat->card, number)))
                open_instance(flat);
            if (meter) {
                frame->at--;
                return flat->card = meter;
            }
            end_card(flat);
        } else if (kind == CARD_UNREAD || kind == CARD_UNKNOWN) {
            if (begin_card(flat, definition, number))
                report_unread(flat, flat->card);
            end_card(flat);
        } else if (kind != CARD_NONE && (kind < CARD_MODEL || (kind == CARD_MODEL && flat->depth == 1))) {
            if (begin_card(flat, definition, number)) {
                amendments_of_card(flat);
                return flat->card;
            }
        }
    }
    return NULL;
}

void flatten_end(struct flat *flat)
{
    flat->ended = true;
}

size_t flatten_stretch(const struct flat *flat, const struct card **card)
{
    const struct frame *frame = frames_last(flat);
    uint32_t last = flat->definition[frame->definition].last, at = frame->at;
    *card = flat->netlist->card + at;
    if (flat->depth > 1 || flat->failed || flat->ended)
        return 0;
    while (at < last && card_is_plain(&flat->netlist->card[at]) && flat->netlist->card[at].kind != CARD_NONE)
        at++;
    return at - frame->at;
}

void flatten_pass(struct flat *flat, size_t count)
{
    end_card(flat);
    frames_last(flat)->at += (uint32_t)count;
}

/* ---- visits ---- */

/* Does the way to an instance lead through this one of the last frame? */
static bool leads_to(struct flat *flat, const struct card *card, const char *instance, size_t length)
{
    size_t own;
    const char *name = flatten_name(flat, card, &own);
    return name && own <= length && strncasecmp(name, instance, own) == 0 && (own == length || instance[own] == '.');
}

/* The next card of the way; all has been said about it in the walk before. False at the end of the way. */
static bool visit_next(struct flat *flat, const char *instance, size_t length)
{
    struct frame *frame = frames_last(flat);
    struct definition *definition = &flat->definition[frame->definition];
    if (frame->at == definition->last) {
        if (flat->depth == 1)
            return false;
        frames_pop(flat);
        return true;
    }
    uint32_t number = frame->at++;
    enum card_kind kind = (enum card_kind)flat->netlist->card[number].kind;
    if (kind == CARD_SUBCKT || kind == CARD_IF || kind == CARD_ELSEIF || kind == CARD_ELSE) {
        pass_over(flat, frame, number);
    } else if (kind == CARD_X && begin_card(flat, definition, number)) {
        flat->diagnostics->warned = true;
        if (leads_to(flat, flat->card, instance, length))
            open_instance(flat);
    }
    end_card(flat);
    return !flat->failed;
}

bool flatten_visit(struct flat *flat, const char *instance, size_t length)
{
    while (flat->depth > 1)
        frames_pop(flat);
    frames_last(flat)->at = flat->definition->first;
    flat->names = &flat->visited;
    while (visit_next(flat, instance, length)) {
        if (frames_last(flat)->prefix == length + 1)
            return true;
    }
    flatten_leave(flat);
    return false;
}

void flatten_leave(struct flat *flat)
{
    while (flat->depth > 1)
        frames_pop(flat);
    names_free(&flat->visited);
    flat->names = NULL;
}
