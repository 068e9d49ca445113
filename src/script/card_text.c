#include "script/card_text.h"

#include "netlist/cards.h"
#include "netlist/expression.h"
#include "script/lines.h"
#include "write/sink.h"
#include <stdio.h>
#include <string.h>

bool card_is_text(const struct card *card)
{
    return card->kind >= CARD_B && card->kind <= CARD_H && card->count == 2;
}

/* The words of its text, and where the last one begins. */
static size_t words_of(const struct card *card, size_t *last)
{
    const char *start = card->arg[1].text, *at = start, *end = at + card->arg[1].length, *word;
    size_t count = 0, length;
    while (line_next_word(&at, end, &word, &length)) {
        *last = (size_t)(word - start);
        count++;
    }
    return count;
}

bool card_text_has_gain(const struct card *card)
{
    enum { WORDS_OF_VOLTAGE = 5, WORDS_OF_CURRENT = 4 };
    size_t last;
    if (!card_is_text(card) || card->kind == CARD_B)
        return false;
    return words_of(card, &last) ==
           (card->kind == CARD_E || card->kind == CARD_G ? WORDS_OF_VOLTAGE : WORDS_OF_CURRENT);
}

/* The first bytes of the text, then key= and a number. */
static bool with_end(struct netlist *netlist, struct card *card, size_t kept, struct expression_word key, double value)
{
    enum { NUMBER = 32 };
    struct arg *arg = arena_alloc(&netlist->arena, 2 * sizeof *arg);
    char *text = arena_alloc(&netlist->arena, kept + key.length + NUMBER + 3), number[NUMBER];
    if (!arg || !text)
        return false;
    snprintf(number, sizeof number, "%.17g", value);
    size_t digits = without_locale(number), length = kept;
    memcpy(text, card->arg[1].text, kept);
    if (key.length > 0) {
        text[length++] = ' ';
        memcpy(text + length, key.text, key.length);
        length += key.length;
        text[length++] = '=';
    }
    memcpy(text + length, number, digits);
    memcpy(arg, card->arg, 2 * sizeof *arg);
    arg[1].text = text;
    arg[1].length = (uint32_t)(length + digits);
    card->arg = arg;
    return true;
}

bool card_text_with_gain(struct netlist *netlist, struct card *card, double value)
{
    size_t last = 0;
    words_of(card, &last);
    return with_end(netlist, card, last, (struct expression_word){"", 0}, value);
}

bool card_text_with_key(struct netlist *netlist, struct card *card, const char *key, size_t length, double value)
{
    return with_end(netlist, card, card->arg[1].length, (struct expression_word){key, length}, value);
}
