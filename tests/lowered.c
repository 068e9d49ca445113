#include "lowered.h"

#include "flattened.h"
#include "assertions.h"
#include <string.h>

struct lowered lowered_circuit(const char *cards)
{
    return lowered_circuit_at(1e-12, cards);
}

struct lowered lowered_circuit_at(double gmin, const char *cards)
{
    struct flattened deck;
    flattened_read_at(&deck, gmin, cards);
    flatten_free(deck.flat);
    return (struct lowered){.netlist = deck.netlist, .diagnostics = deck.diagnostics, .circuit = deck.circuit};
}

struct lowered lowered_program(const char *cards)
{
    struct lowered lowered = lowered_circuit(cards);
    ck_assert_uint_eq(lowered.diagnostics.errors, 0);
    ck_assert(supernodes_build(&lowered.supernodes, &lowered.circuit));
    ck_assert(qp_build(&lowered.qp, &lowered.circuit, &lowered.supernodes.forest, lowered.supernodes.offset));
    return lowered;
}

void lowered_free(struct lowered *lowered)
{
    qp_free(&lowered->qp);
    supernodes_free(&lowered->supernodes);
    circuit_free(&lowered->circuit);
    netlist_free(&lowered->netlist);
    diagnostics_free(&lowered->diagnostics);
}

void lowered_check_last(const struct lowered *lowered, const char *word, const char *message)
{
    const struct diagnostics *diagnostics = &lowered->diagnostics;
    ck_assert_uint_gt(diagnostics->count, 0);
    const struct diagnostic *last = &diagnostics->item[diagnostics->count - 1];
    ck_assert_msg(strstr(last->message, message), "at %s: %s", word, last->message);
    ck_assert_uint_eq(last->length, strlen(word));
    ck_assert_int_eq(memcmp(last->place, word, last->length), 0);
}

uint32_t lowered_node(const struct lowered *lowered, const char *name)
{
    uint32_t node = names_find(&lowered->circuit.nodes, name, strlen(name));
    ck_assert_msg(node != NAMES_NONE, "no node %s", name);
    return node;
}

int32_t lowered_unknown(const struct lowered *lowered, const char *node)
{
    return (int32_t)lowered->supernodes.forest.tree[lowered_node(lowered, node)] - 1;
}

uint32_t lowered_element(const struct lowered *lowered, const char *name)
{
    uint32_t element = names_find(&lowered->circuit.elements, name, strlen(name));
    ck_assert_msg(element != NAMES_NONE, "no element %s", name);
    return element;
}
