#include "sweeps.h"

#include "assertions.h"
#include "elaborate/card_reader.h"
#include "netlist/cards.h"
#include "switching.h"
#include <stdio.h>
#include <stdlib.h>

struct axes sweep_axes(struct lowered *lowered)
{
    struct axes axes = {0};
    struct axes_scope scope = {.circuit = &lowered->circuit};
    for (size_t c = 0; c < lowered->netlist.count; c++) {
        const struct card *card = &lowered->netlist.card[c];
        if (card->kind == CARD_DC || card->kind == CARD_STEP)
            ck_assert(axes_read(&axes, card, &scope, &lowered->diagnostics));
    }
    return axes;
}

/* On the heap: parts of it point to each other. */
struct swept *sweep_with(const char *cards, const struct sweep_options *options)
{
    struct swept *swept = calloc(1, sizeof *swept);
    swept->lowered = lowered_circuit(cards);
    struct axes axes = sweep_axes(&swept->lowered);
    struct circuit *circuit = &swept->lowered.circuit;
    ck_assert_uint_eq(swept->lowered.diagnostics.errors, 0);
    swept->plot = (struct plot){.kind = PLOT_DC, .axis = axes.item, .axes = axes.count};
    ck_assert(vectors_add_nodes(&swept->plot.recorded, circuit) &&
              vectors_add_branches(&swept->plot.recorded, circuit));
    ck_assert(engine_init(&swept->engine, circuit, &newton, true));
    swept->status = sweep_run(&swept->plot, &swept->engine, options, &swept->lowered.diagnostics);
    return swept;
}

struct swept *sweep(const char *cards, int threads)
{
    return sweep_with(cards, &(struct sweep_options){.threads = threads, .temperature = 27});
}

void sweep_free(struct swept *swept)
{
    plot_free(&swept->plot);
    engine_free(&swept->engine);
    lowered_free(&swept->lowered);
    free(swept);
}

double sweep_value(const struct swept *swept, const char *node, size_t point)
{
    uint32_t number = lowered_node(&swept->lowered, node);
    for (size_t c = 0; c < swept->plot.recorded.count; c++) {
        const struct vector *vector = &swept->plot.recorded.item[c];
        if (vector->kind == VECTOR_VOLTAGE && vector->a == number && vector->k == GROUND)
            return plot_value(&swept->plot, c, point);
    }
    ck_abort_msg("%s is not recorded", node);
}

char *sweep_ladder(size_t sections, const char *card)
{
    char *text = malloc(sections * 120 + 500), *at = text;
    at += sprintf(at, "v1 n0 0 1\ni1 0 n%zu 1u\n", sections);
    for (size_t s = 0; s < sections; s++) {
        at += sprintf(at, "ra%zu n%zu n%zu %zu\nrb%zu n%zu 0 %zu\n", s, s, s + 1, 90 + s * 7 % 20, s, s + 1,
                      2000 + s * 13 % 99);
        if (s % 5 == 1)
            at += sprintf(at, "d%zu n%zu %s %s\n", s, s, s % 2 ? "0" : "n1", s % 3 ? "pw" : "drop");
    }
    sprintf(at, DIODES IDEAL "%s", card);
    return text;
}
