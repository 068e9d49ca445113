#include "elaborate/starts.h"

#include "elaborate/builder.h"
#include "elaborate/card_reader.h"
#include "netlist/cards.h"
#include "util/array.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A node that .nodeset or .ic names. */
struct start_word {
    const struct card *card;
    const struct arg *place;
    const struct origin *origin;
    const char *name; /* of the flat circuit */
    double volts;     /* NAN: none */
    bool is_given;    /* else it is what ngspice takes where none is given */
};

/* Behind v(node) stands a number of volts; without one it is 0, as in ngspice. NAN where it is wrong. */
static double read_start(const struct builder *builder, const struct card *card, const struct arg *group,
                         bool *is_given)
{
    struct card_reader reader = card_reader_in(builder->flat, card);
    const struct arg *value = group + group->count + 1; /* the last of the group is its parenthesis */
    double volts = NAN;
    reader.at = (uint32_t)(value - card->arg);
    *is_given = value < card->arg + card->count && value->kind != ARG_GROUP;
    if (!*is_given) {
        size_t length = (size_t)(value[-1].text + value[-1].length - group->text);
        diagnose(builder->diagnostics, WARNING_START_WITHOUT_VALUE, group->text, length,
                 "%.*s gives no value to %.*s: 0 is taken, as in ngspice, where nothing else gives it one",
                 (int)card->arg->length, card->arg->text, (int)length, group->text);
        return 0;
    }
    if (!card_reader_is_number(&reader, value, &volts))
        diagnose(builder->diagnostics, ERROR_NODESET, value->text, value->length, "%.*s is not a number of volts",
                 (int)value->length, value->text);
    else if (!card_reader_number(&reader, builder->diagnostics, "voltage", &volts))
        volts = NAN;
    return volts;
}

bool starts_keep(struct builder *builder, const struct card *card)
{
    for (uint32_t at = 1; at < card->count; at++) {
        const struct arg *arg = &card->arg[at];
        if (arg->kind != ARG_GROUP || !arg_is(arg, "v") || arg->count < 2)
            continue;
        bool is_given;
        double volts = read_start(builder, card, arg, &is_given);
        const struct arg *node = arg + 1, *last = arg + arg->count - 1;
        size_t length = (size_t)(last->text + last->length - node->text);
        const char *name = flatten_node_name(builder->flat, node->text, &length);
        if (!name ||
            !array_reserve(&builder->start, &builder->start_capacity, builder->starts + 1, sizeof *builder->start) ||
            !(name = arena_text(&builder->start_names, name, length)))
            return false;
        builder->start[builder->starts++] =
            (struct start_word){card, node, flatten_origin(builder->flat), name, volts, is_given};
    }
    return true;
}

/* A node starts from what is given last. volts: of each node, NAN: none; is_given [nodes]. */
static void take_start(const struct start_word *start, double *volts, bool *is_given, uint32_t node)
{
    if (start->card->kind != CARD_NODESET || isnan(start->volts) || (is_given[node] && !start->is_given))
        return;
    volts[node] = start->volts;
    is_given[node] = start->is_given;
}

static bool add_nodesets(struct circuit *circuit, const double *volts)
{
    for (uint32_t node = 1; node < circuit->nodes.count; node++) {
        if (isnan(volts[node]))
            continue;
        if (!array_reserve(&circuit->nodeset, &circuit->nodeset_capacity, circuit->nodesets + 1,
                           sizeof *circuit->nodeset))
            return false;
        circuit->nodeset[circuit->nodesets++] = (struct nodeset){node, volts[node]};
    }
    return true;
}

/* volts, is_given: of each node, see take_start. False when memory is out. */
static bool match_starts(struct builder *builder, double *volts, bool *is_given)
{
    struct names said = {0}; /* places: one warning is enough for all instances */
    bool done = true;
    for (size_t s = 0; done && s < builder->starts; s++) {
        const struct start_word *start = &builder->start[s];
        size_t length = strlen(start->name);
        char place[32];
        bool is_new;
        uint32_t node = names_find(&builder->circuit->nodes, start->name, length);
        if (node_is_ground(start->name, length))
            continue;
        if (node != NAMES_NONE) {
            take_start(start, volts, is_given, node);
            continue;
        }
        int digits = snprintf(place, sizeof place, "%p", (const void *)start->place);
        done = names_add(&said, place, (size_t)digits, &is_new) != NAMES_NONE;
        builder->diagnostics->origin = start->origin;
        if (done && is_new)
            diagnose(builder->diagnostics, WARNING_NODESET_OF_NO_NODE, start->place->text, start->place->length,
                     "%.*s names a node that is not there: %s", (int)start->card->arg->length, start->card->arg->text,
                     start->name);
    }
    builder->diagnostics->origin = NULL;
    names_free(&said);
    return done;
}

bool starts_check(struct builder *builder)
{
    const size_t nodes = builder->starts > 0 ? builder->circuit->nodes.count : 0;
    double *volts = array_new(nodes, sizeof *volts);
    bool *is_given = array_new(nodes, sizeof *is_given);
    bool done = volts && is_given;
    for (size_t node = 0; done && node < nodes; node++)
        volts[node] = NAN;
    done = done && match_starts(builder, volts, is_given) && (nodes == 0 || add_nodesets(builder->circuit, volts));
    free(is_given);
    free(volts);
    free(builder->start);
    arena_free(&builder->start_names);
    return done;
}
