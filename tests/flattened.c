#include "flattened.h"

#include "reader.h"
#include "texts.h"
#include "assertions.h"
#include <stdlib.h>
#include <string.h>

bool flattened_build(struct flattened *deck)
{
    const struct sim_options conditions = {.temp = 27, .tnom = 27, .gmin = deck->gmin, .scale = 1};
    circuit_free(&deck->circuit);
    return elaborate(&deck->circuit, &deck->netlist, deck->flat, DIODE_BY_MODEL, &conditions, &deck->diagnostics);
}

void flattened_read(struct flattened *deck, const char *cards)
{
    flattened_read_at(deck, 1e-12, cards);
}

void flattened_read_at(struct flattened *deck, double gmin, const char *cards)
{
    char *text = NULL;
    text_append(&text, "t\n%s", cards);
    *deck = (struct flattened){.gmin = gmin};
    ck_assert_int_eq(reader_memory(&deck->netlist, "deck.cir", text, strlen(text), &deck->diagnostics), READER_OK);
    deck->flat = flatten(&deck->netlist, &deck->diagnostics);
    ck_assert_ptr_nonnull(deck->flat);
    ck_assert(flattened_build(deck));
    free(text);
}

void flattened_free(struct flattened *deck)
{
    circuit_free(&deck->circuit);
    flatten_free(deck->flat);
    netlist_free(&deck->netlist);
    diagnostics_free(&deck->diagnostics);
}

char *flattened_elements(const struct flattened *deck)
{
    const struct circuit *circuit = &deck->circuit;
    char *text = NULL;
    text_append(&text, "%s", "");
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        text_append(&text, "%s %s %s %.13g\n", circuit->elements.text[e], circuit->nodes.text[element->a],
                    circuit->nodes.text[element->k], element->value);
    }
    return text_sorted(text);
}

void flattened_check(const char *cards, const char *elements)
{
    struct flattened deck;
    flattened_read(&deck, cards);
    text_check(cards, text_messages(&deck.diagnostics, &deck.netlist.sources), "");
    text_check(cards, flattened_elements(&deck), elements);
    flattened_free(&deck);
}
