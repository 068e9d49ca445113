/* How many cards a walk comes by. Subcircuits of subcircuits grow exponentially: forty definitions of two instances
 * each make 2^40 elements, so they are counted before the memory is full of them. */
#include "flatten/flat.h"

#include "util/array.h"
#include <stdlib.h>

enum {
    BYTES_A_CARD = 256,              /* of an element in the circuit; solving takes more */
    CARDS_BEFORE_COUNTING = 1 << 20, /* of instances; then those to come are counted (validation/limits, subcircuits) */
    NOT_COUNTED = -1,
    OPEN = -2
};

/* A definition that is being counted. */
struct opened {
    uint32_t definition, at; /* the next card */
    double cards;            /* before it */
};

struct count {
    const struct flat *flat;
    double *cards;       /* [definitions] of one instance; NOT_COUNTED, OPEN */
    struct opened *open; /* [depth] one inside the other */
    size_t depth;
    const struct card *card; /* of the top level: the instance with most cards in it */
    double most;
};

/* The definition that an X card in definition `number` names; NO_NUMBER where there is none, or `.if` blocks choose
 * it. */
static uint32_t definition_of(const struct flat *flat, uint32_t number, const struct card *card)
{
    const struct arg *word, *name = NULL;
    size_t length = 0, next;
    uint32_t at = 1;
    while ((word = assignments_node(card, &at, &next))) {
        name = word;
        length = next;
    }
    for (; name && number != NO_NUMBER; number = flat->definition[number].outer) {
        const struct table *table = &flat->definition[number].table[SUBCIRCUITS];
        uint32_t found = names_find(&table->names, name->text, length);
        const struct declaration *declared = found == NAMES_NONE ? NULL : &table->item[table->latest[found]];
        if (declared)
            return declared->guard == NO_NUMBER ? declared->definition : NO_NUMBER;
    }
    return NO_NUMBER;
}

/* Count an instance, or first the definition that it is of. */
static void count_instance(struct count *count, const struct card *card)
{
    struct opened *last = &count->open[count->depth - 1];
    uint32_t inner = definition_of(count->flat, last->definition, card);
    if (inner == NO_NUMBER || count->cards[inner] == OPEN)
        return;
    if (count->cards[inner] == NOT_COUNTED) {
        last->at--;
        count->cards[inner] = OPEN;
        count->open[count->depth++] = (struct opened){inner, count->flat->definition[inner].first, 0};
        return;
    }
    last->cards += 1 + count->cards[inner];
    if (last->definition == 0 && (!count->card || count->cards[inner] > count->most)) {
        count->card = card;
        count->most = count->cards[inner];
    }
}

/* The next card of the last definition. What is in an `.if` block is not counted: it may not be there. */
static void count_card(struct count *count)
{
    const struct flat *flat = count->flat;
    struct opened *last = &count->open[count->depth - 1];
    const struct definition *definition = &flat->definition[last->definition];
    uint32_t number = last->at++;
    const struct card *card = &flat->netlist->card[number];
    if (card->kind == CARD_X)
        count_instance(count, card);
    else if (card->kind == CARD_SUBCKT)
        last->at = flat->definition[definitions_at(flat, number)].last;
    else if (card->kind == CARD_IF || card->kind == CARD_ELSEIF || card->kind == CARD_ELSE)
        last->at = definition->branch[definitions_branch(definition, number)].end;
    else
        last->cards += card->kind != CARD_NONE && card->kind < CARD_MODEL;
}

/* At least so many cards will come by, most of them in *card. Negative: memory is out. */
static double count_all(const struct flat *flat, const struct card **card)
{
    struct count count = {.flat = flat,
                          .cards = array_new(flat->definitions, sizeof *count.cards),
                          .open = array_new(flat->definitions, sizeof *count.open)};
    double all = -1;
    if (count.cards && count.open) {
        for (size_t d = 0; d < flat->definitions; d++)
            count.cards[d] = NOT_COUNTED;
        count.open[count.depth++] = (struct opened){0, flat->definition->first, 0};
        while (count.depth > 0) {
            struct opened *last = &count.open[count.depth - 1];
            if (last->at < flat->definition[last->definition].last) {
                count_card(&count);
            } else {
                count.cards[last->definition] = last->cards;
                count.depth--;
            }
        }
        all = count.cards[0];
        *card = count.card;
    }
    free(count.cards);
    free(count.open);
    return all;
}

size_t card_count_limit(void)
{
    return array_memory() / BYTES_A_CARD;
}

static void refuse(struct flat *flat, const struct card *card, double cards)
{
    diagnose(flat->diagnostics, ERROR_CIRCUIT_TOO_LARGE, card->arg->text, card->arg->length,
             "%.*s brings the circuit to %.3g elements, and there is memory for %.3g", SHOW(*card->arg), cards,
             (double)flat->most);
    flat->ended = true;
}

bool card_count_allows(struct flat *flat, const struct card *card)
{
    const struct card *largest = card;
    flat->seen++;
    if (flat->seen == CARDS_BEFORE_COUNTING) {
        double all = count_all(flat, &largest);
        flat->failed |= all < 0;
        if (all > (double)flat->most) {
            flat->diagnostics->origin = NULL;
            refuse(flat, largest, all);
        }
    } else if (flat->seen > flat->most) {
        refuse(flat, card, (double)flat->seen);
    }
    return !flat->failed && !flat->ended;
}
