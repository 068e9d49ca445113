#include "analysis/probe.h"

#include "analysis/formula.h"
#include "analysis/lookup.h"
#include "elaborate/card_reader.h"
#include "netlist/cards.h"
#include "util/array.h"
#include "util/letters.h"
#include <stdlib.h>
#include <string.h>

uint32_t probe_words(const struct card *card, uint32_t at)
{
    const struct arg *arg = &card->arg[at];
    if (arg->kind == ARG_WORD && arg_is(arg, "alli"))
        return 1;
    if (arg->kind != ARG_GROUP || arg->count < 2 || arg->count > 3 || !(arg_is(arg, "i") || arg_is(arg, "p")))
        return 0;
    const struct arg *close = arg + arg->count;
    bool is_last = at + arg->count + 1 == card->count;
    return is_last || formula_is_gap(close->text[close->length]) ? arg->count + 1 : 0; /* else an expression goes on */
}

bool probe_instances(const struct netlist *netlist, struct flat *flat)
{
    bool done = true;
    for (size_t c = 0; c < netlist->count; c++) {
        const struct card *card = &netlist->card[c];
        if (card->kind == CARD_PROBE && card->count == 1)
            done = done && flatten_measure(flat, NULL, 0);
        for (uint32_t at = 1; card->kind == CARD_PROBE && done && at < card->count; at += 1 + card->arg[at].count) {
            const struct arg *arg = &card->arg[at], *name = arg + 1;
            if (probe_words(card, at) == 0)
                continue;
            if (arg->kind == ARG_WORD)
                done = flatten_measure(flat, NULL, 0);
            else if (lower(*name->text) == 'x')
                done = flatten_measure(flat, name->text, name->length);
        }
    }
    return done;
}

static bool include_current(struct vectors *probed, uint32_t element)
{
    return vectors_include(probed, (struct vector){VECTOR_CURRENT, element, 0, NULL});
}

/* The currents into the ports of an instance, of one that has two the current from the first to the second. */
static bool add_ports(struct vectors *probed, const struct metered *metered)
{
    if (metered->through != NAMES_NONE)
        return include_current(probed, metered->through);
    bool done = true;
    for (uint32_t p = 0; done && p < metered->ports; p++)
        done = include_current(probed, metered->first + p);
    return done;
}

/* Of all elements of the top level. */
static bool add_all(struct vectors *probed, const struct circuit *circuit)
{
    bool done = true;
    for (uint32_t e = 0; done && e < circuit->elements.count; e++)
        done = circuit_origin(circuit, e) || element_letter(circuit, e) == 'x' ||
               vectors_add_probed(probed, circuit, e);
    for (size_t m = 0; done && m < circuit->metered_names.count; m++)
        done = add_ports(probed, &circuit->metered[m]);
    return done;
}

/* The port of this number or name; NAMES_NONE: there is none. */
static uint32_t port_named(const struct circuit *circuit, const struct metered *metered, const struct arg *name)
{
    for (uint32_t p = 0; p < metered->ports; p++) {
        const char *port = circuit->elements.text[metered->first + p] + metered->name_length + 1;
        if (strlen(port) == name->length && strncasecmp(port, name->text, name->length) == 0)
            return metered->first + p;
    }
    char *end;
    unsigned long number = name->length > 0 && is_digit(*name->text) ? strtoul(name->text, &end, 10) : 0;
    bool is_number = number >= 1 && end == name->text + name->length;
    for (uint32_t p = 0; is_number && p < metered->ports; p++) {
        if (metered->port[p] == number - 1)
            return metered->first + p;
    }
    return NAMES_NONE;
}

static bool add_current(struct vectors *probed, const struct circuit *circuit, const struct arg *name,
                        const struct arg *terminal, bool *found)
{
    const struct metered *metered = circuit_metered(circuit, name->text, name->length);
    uint32_t element = metered ? NAMES_NONE : lookup_element(circuit, name->text, name->length);
    struct vector vector;
    *found = true;
    if (metered && !terminal)
        return add_ports(probed, metered);
    if (metered && (element = port_named(circuit, metered, terminal)) != NAMES_NONE)
        return include_current(probed, element);
    if (element != NAMES_NONE && !metered && !terminal)
        return vectors_add_probed(probed, circuit, element);
    *found = element != NAMES_NONE && !metered &&
             lookup_terminal(circuit, element, terminal->text, terminal->length, &vector);
    return !*found || vectors_include(probed, vector);
}

static bool add_power(struct vectors *probed, const struct circuit *circuit, const struct arg *name, bool *found)
{
    const struct metered *metered = circuit_metered(circuit, name->text, name->length);
    uint32_t element = metered ? NAMES_NONE : lookup_element(circuit, name->text, name->length);
    struct vector vector;
    *found = true;
    if (metered)
        return vectors_include(probed, vector_of_ports(metered));
    *found = element != NAMES_NONE && lookup_parameter(circuit, element, "p", 1, &vector);
    vector.parameter = probed_power;
    return !*found || vectors_include(probed, vector);
}

bool probe_add(struct vectors *probed, const struct card *card, uint32_t at, const struct circuit *circuit,
               struct diagnostics *diagnostics)
{
    if (card->count == 1)
        return add_all(probed, circuit);
    const struct arg *arg = &card->arg[at], *name = arg + 1, *terminal = arg->count > 2 ? arg + 2 : NULL;
    bool found;
    if (arg->kind == ARG_WORD)
        return add_all(probed, circuit);
    bool done = arg_is(arg, "i") ? add_current(probed, circuit, name, terminal, &found)
                                 : add_power(probed, circuit, name, &found);
    if (found)
        return done;
    const struct expression_word word = {name->text, name->length};
    if (terminal && (lookup_element(circuit, name->text, name->length) != NAMES_NONE ||
                     circuit_metered(circuit, name->text, name->length)))
        diagnose(diagnostics, ERROR_UNKNOWN_VECTOR, terminal->text, terminal->length, "%.*s has no terminal %.*s",
                 (int)name->length, name->text, (int)terminal->length, terminal->text);
    else
        lookup_unknown(circuit, &(struct expression_use){.kind = EXPRESSION_CURRENT, .whole = word, .a = word},
                       diagnostics);
    return done;
}

/* ---- order ---- */

struct ordered {
    struct vector vector;
    size_t number;
};

static int compare(const void *p, const void *q)
{
    const struct ordered *x = p, *y = q;
    bool is_current[2] = {vector_is_current(&x->vector), vector_is_current(&y->vector)};
    if (is_current[0] != is_current[1])
        return is_current[0] ? -1 : 1;
    if (is_current[0] && x->vector.a != y->vector.a)
        return x->vector.a > y->vector.a ? -1 : 1;
    return (x->number < y->number) == is_current[0] ? 1 : -1;
}

bool probe_order(struct vectors *probed)
{
    struct ordered *ordered = array_new(probed->count, sizeof *ordered);
    for (size_t i = 0; ordered && i < probed->count; i++)
        ordered[i] = (struct ordered){probed->item[i], i};
    if (ordered && probed->count > 0)
        qsort(ordered, probed->count, sizeof *ordered, compare);
    for (size_t i = 0; ordered && i < probed->count; i++)
        probed->item[i] = ordered[i].vector;
    vectors_forget_table(probed);
    bool done = ordered;
    free(ordered);
    return done;
}
