/* Ammeters at the ports of instances, for those who ask for the currents there: voltage sources of 0 V, each a card at
 * the top level before those of its instance. */
#include "flatten/flat.h"

#include "util/array.h"
#include "util/letters.h"
#include <stdlib.h>
#include <string.h>

bool flatten_measure(struct flat *flat, const char *instance, size_t length)
{
    if (instance)
        return names_add(&flat->meters.instances, instance, length, NULL) != NAMES_NONE;
    flat->meters.all = true;
    return true;
}

const struct meter *meters_find(const struct flat *flat, const struct card *card)
{
    const struct meters *meters = &flat->meters;
    const struct meter *last = meters->count > 0 && meters->at > 0 ? &meters->meter[meters->at - 1] : NULL;
    return last && card == &last->card ? last : NULL;
}

bool flatten_meter(const struct flat *flat, struct flat_meter *meter)
{
    const struct meters *meters = &flat->meters;
    const struct meter *found = meters_find(flat, flat->card);
    if (found)
        *meter = (struct flat_meter){meters->power, meters->name_length, found->port};
    return found;
}

bool meters_are_at(struct flat *flat, const struct card *card)
{
    const struct meters *meters = &flat->meters;
    size_t length = card->arg->length;
    if (flat->depth > 1 || (!meters->all && meters->instances.count == 0))
        return false;
    const char *name = flatten_word(flat, card->arg->text, &length);
    return name && (meters->all || names_find(&meters->instances, name, length) != NAMES_NONE);
}

/* The instance's name, the sign, the text, in lower case: one for all walks. NULL when memory is out. */
static const char *joined(struct flat *flat, struct expression_word instance, const char *sign,
                          struct expression_word text)
{
    char *whole = malloc(instance.length + strlen(sign) + text.length + 1), *at = whole;
    uint32_t number = NAMES_NONE;
    if (whole) {
        memcpy(at, instance.text, instance.length);
        at = stpcpy(at + instance.length, sign);
        memcpy(at, text.text, text.length);
        number = names_add(&flat->meters.texts, whole, (size_t)(at - whole) + text.length, NULL);
    }
    free(whole);
    flat->failed |= number == NAMES_NONE;
    return number != NAMES_NONE ? flat->meters.texts.text[number] : NULL;
}

/* X A K 0 */
static void fill(struct meter *meter, const struct arg *instance, struct expression_word a, const char *k)
{
    struct arg *word = meter->word;
    word[0] = (struct arg){.text = instance->text, .length = instance->length, .kind = ARG_WORD};
    word[1] = (struct arg){.text = a.text, .length = (uint32_t)a.length, .kind = ARG_WORD};
    word[2] = (struct arg){.text = k, .length = (uint32_t)strlen(k), .kind = ARG_WORD};
    word[3] = (struct arg){.text = "0", .length = 1, .kind = ARG_WORD};
    meter->card = (struct card){.arg = word, .count = METER_WORDS, .kind = CARD_V};
}

/* The name of a port, as the subcircuit's card has it. */
static struct expression_word port_name(const struct definition *definition, size_t port)
{
    uint32_t at = 2;
    size_t length = 0;
    const struct arg *word = NULL;
    for (size_t p = 0; p <= port; p++)
        word = assignments_node(definition->card, &at, &length);
    return (struct expression_word){word->text, length};
}

const char *meters_node(struct flat *flat, const struct card *card, const struct definition *definition, size_t port)
{
    struct expression_word instance = {card->arg->text, card->arg->length};
    instance.text = flatten_word(flat, instance.text, &instance.length);
    return instance.text ? joined(flat, instance, "#", port_name(definition, port)) : NULL;
}

/* Is there an ammeter before this node already? All nodes are of meters.texts. */
static bool is_metered(const struct meter *made, size_t count, const char *node)
{
    for (size_t m = 0; m < count; m++) {
        if (made[m].word[2].text == node)
            return true;
    }
    return false;
}

/* One at each port; of two ports the second has another one inside, for the current from the first to it. A second port
 * of the same name is connected to nothing and has none. */
static void make_cards(struct flat *flat, const struct card *card, const struct instance *instance)
{
    static const struct expression_word nothing = {"", 0};
    struct meters *meters = &flat->meters;
    const struct definition *definition = &flat->definition[instance->definition];
    struct expression_word name = {card->arg->text, card->arg->length};
    size_t ports = definition->ports, count = 0;
    struct meter *made = arena_alloc(&flat->walk, (ports + 1) * sizeof *made);
    name.text = flatten_word(flat, name.text, &name.length);
    flat->failed |= !made;
    for (size_t p = 0; !flat->failed && p < ports; p++) {
        uint32_t at = flat->position[p];
        struct expression_word outer = {NULL, 0};
        outer.text = assignments_node(card, &at, &outer.length)->text;
        bool is_last_of_two = ports == 2 && p == 1;
        const char *meter = joined(flat, name, ":", port_name(definition, p));
        const char *inner = meters_node(flat, card, definition, p);
        const char *middle = is_last_of_two ? joined(flat, name, "#", nothing) : inner;
        const char *whole = is_last_of_two ? joined(flat, name, "", nothing) : NULL;
        if (flat->failed)
            return;
        if (!is_metered(made, count, inner)) {
            made[count] = (struct meter){.name = meter, .port = p};
            fill(&made[count++], card->arg, outer, middle);
        }
        if (is_last_of_two) {
            made[count] = (struct meter){.name = whole, .port = METER_THROUGH};
            fill(&made[count++], card->arg, (struct expression_word){inner, strlen(inner)}, middle);
        }
    }
    meters->meter = made;
    meters->count = count;
    meters->name_length = name.length;
    meters->power = joined(flat, name, ":power", nothing);
}

/* Those of an instance that can be opened. What is wrong with it is said when it is. */
static void make(struct flat *flat, const struct card *card)
{
    struct diagnostics unheard = {.warned = true}, *diagnostics = flat->diagnostics;
    struct instance instance;
    flat->diagnostics = &unheard;
    bool good = instances_read(flat, card, &instance);
    flat->diagnostics = diagnostics;
    diagnostics_free(&unheard);
    if (good)
        make_cards(flat, card, &instance);
}

const struct card *meters_next(struct flat *flat, const struct card *card, uint32_t number)
{
    struct meters *meters = &flat->meters;
    if (meters->of != number + 1) {
        meters->of = number + 1;
        meters->at = meters->count = 0;
        if (meters_are_at(flat, card))
            make(flat, card);
    }
    if (!flat->failed && meters->at < meters->count)
        return &meters->meter[meters->at++].card;
    meters->of = 0;
    meters->count = 0;
    return NULL;
}

void meters_free(struct flat *flat)
{
    names_free(&flat->meters.instances);
    names_free(&flat->meters.texts);
}
