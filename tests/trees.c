#include "trees.h"

#include "reader.h"
#include "texts.h"
#include "assertions.h"
#include <stdlib.h>
#include <string.h>

static void append_arg(char **tree, struct arg arg)
{
    static const char *const format[] = {
        [ARG_WORD] = "%.*s", [ARG_KEY] = "%.*s=",       [ARG_GROUP] = "%.*s(",
        [ARG_CLOSE] = ")",   [ARG_STRING] = "\"%.*s\"", [ARG_EXPRESSION] = "{%.*s}",
    };
    text_append(tree, format[arg.kind], (int)arg.length, arg.text);
}

void tree_check_counts(const struct card *card)
{
    for (uint32_t i = 0; i < card->count; i++) {
        struct arg arg = card->arg[i];
        ck_assert_uint_lt(i + arg.count, card->count);
        if (arg.kind == ARG_GROUP)
            ck_assert_int_eq(card->arg[i + arg.count].kind, ARG_CLOSE);
        else if (arg.kind == ARG_KEY)
            ck_assert_uint_eq(arg.count, 1 + card->arg[i + 1].count);
        else
            ck_assert_uint_eq(arg.count, 0);
    }
}

static void describe(struct deck *deck)
{
    text_append(&deck->tree, "%s", "");
    ck_assert(netlist_expand(&deck->netlist));
    for (size_t i = 0; i < deck->netlist.count; i++) {
        const struct card *card = &deck->netlist.card[i];
        tree_check_counts(card);
        for (uint32_t j = 0; j < card->count; j++) {
            if (j > 0)
                text_append(&deck->tree, " ");
            append_arg(&deck->tree, card->arg[j]);
        }
        text_append(&deck->tree, "\n");
    }
    deck->messages = text_messages(&deck->diagnostics, &deck->netlist.sources);
}

struct deck tree_of_text(const char *text)
{
    struct deck deck = {0};
    ck_assert_int_eq(reader_memory(&deck.netlist, "deck", text, strlen(text), &deck.diagnostics), READER_OK);
    ck_assert_mem_eq(deck.netlist.sources.item[0].text, text, strlen(text) + 1);
    describe(&deck);
    return deck;
}

void tree_free(struct deck *deck)
{
    netlist_free(&deck->netlist);
    diagnostics_free(&deck->diagnostics);
    free(deck->tree);
    free(deck->messages);
}

struct deck tree_of_file(const char *path)
{
    struct deck deck = {0};
    ck_assert_int_eq(reader_file(&deck.netlist, path, &deck.diagnostics), READER_OK);
    describe(&deck);
    return deck;
}
