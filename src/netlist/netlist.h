/* The syntax tree of a netlist: what the text says, card by card, with its places.
 *
 * SPICE leaves the meaning of a word to its card: `1` may be a node or a number, parentheses and commas may be blanks.
 * So the tree is generic: a card is its words in preorder, and each room takes what it needs from them. */
#ifndef OPSPICE_NETLIST_H
#define OPSPICE_NETLIST_H

#include "util/arena.h"
#include "util/diagnostics.h"
#include "util/source.h"
#include <stdint.h>

enum arg_kind {
    ARG_WORD,       /* name, node or number: R1, net_3, 4.7k */
    ARG_KEY,        /* NAME of `NAME = value`; the value follows */
    ARG_GROUP,      /* NAME of `NAME(...)`, or the bare parenthesis of `(...)`; the contents and an ARG_CLOSE follow */
    ARG_CLOSE,      /* the closing parenthesis of the group */
    ARG_STRING,     /* "..." without its quotes */
    ARG_EXPRESSION  /* {...} or '...' without its braces or quotes; where it goes on in a continuation line, the end of
                     * the line, comment lines and the `+` are in it and mean a blank */
};

/* One word. Words of a card lie in preorder, so a card whose parentheses do not matter is read straight through.
 * `V1(a b)` has the words V1, ( and so on: the first is always an ARG_WORD. Of `v(a) = 5` the sign is dropped: a group,
 * then a word. */
struct arg {
    const char *text;    /* place; not NUL-terminated. A bare parenthesis: the parenthesis */
    uint32_t length;     /* bytes; 0 for a bare parenthesis */
    uint32_t kind : 3;   /* enum arg_kind */
    uint32_t count : 29; /* args after this one that belong to it (group contents with the ARG_CLOSE, key's value) */
};

enum { PLAIN_WORDS = 4 };

/* A large netlist is mostly plain cards, `R1 a b 1k`: an element of two terminals and four words near one another. Of
 * these only the places of the words are kept until somebody wants them (netlist_words, netlist_expand). */
struct card {
    union {
        struct arg *arg;  /* [count] arg[0] is the name: R1, .model */
        const char *text; /* of a plain card: where its first word begins */
    };
    union {
        uint32_t count;
        uint8_t length[PLAIN_WORDS]; /* of a plain card: bytes of each word */
    };
    uint8_t gap[PLAIN_WORDS - 1]; /* of a plain card: bytes between two words, at least 1; else 0 */
    uint8_t kind;                 /* enum card_kind of netlist/cards.h */
};

enum { NETLIST_MOST = INT32_MAX };

struct netlist {
    struct sources sources;
    const char *title; /* place of line 1 or of what `.title` says */
    size_t title_length;
    struct card *card; /* [count] in the order of reading, included files in their place */
    size_t count, capacity;
    struct arena arena; /* the args */
    bool too_many_files; /* that has been said */
    size_t most; /* cards, and elements made of them; 0: NETLIST_MOST */
    /* that may read and build a large one; 0: one for each processor where it is worth it, 1: only the caller's */
    int threads;
};

/* How many cards it may have: who adds them looks. */
static inline size_t netlist_most(const struct netlist *netlist)
{
    return netlist->most > 0 ? netlist->most : NETLIST_MOST;
}

/* Add a copy of a card's args. False when memory is out. */
bool netlist_add(struct netlist *netlist, uint32_t kind, const struct arg *arg, size_t count);

/* Has it a card of this kind, of netlist/cards.h? O(cards). */
bool netlist_has(const struct netlist *netlist, uint32_t kind);

static inline bool card_is_plain(const struct card *card)
{
    return card->gap[0] > 0;
}

/* The card with its words, which are put into word where it is plain. */
static inline struct card netlist_words(const struct card *card, struct arg word[PLAIN_WORDS])
{
    if (!card_is_plain(card))
        return *card;
    const char *text = card->text;
    for (size_t w = 0; w < PLAIN_WORDS; w++) {
        text += w > 0 ? card->gap[w - 1] : 0;
        word[w] = (struct arg){.text = text, .length = card->length[w], .kind = ARG_WORD};
        text += card->length[w];
    }
    return (struct card){.arg = word, .count = PLAIN_WORDS, .kind = card->kind};
}

/* Give plain cards their words, for those who come back to cards or change them. Who walks through them has
 * netlist_words. False when memory is out. */
bool netlist_expand(struct netlist *netlist);

/* Free cards and args, keep the sources: places stay valid. */
void netlist_free_cards(struct netlist *netlist);

/* Free all; safe on a zeroed struct; leaves it zeroed. */
void netlist_free(struct netlist *netlist);

#endif
