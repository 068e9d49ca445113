/* What a card declares: parameters, functions and models, each in the table of its definition. */
#include "flatten/flat.h"

#include "netlist/number.h"
#include "util/array.h"
#include <stdlib.h>

/* ---- tables ---- */

struct declaration *declarations_add(struct table *table, const char *text, size_t length, const struct card *card,
                                     uint32_t guard)
{
    bool is_new;
    uint32_t name = names_add(&table->names, text, length, &is_new);
    if (name == NAMES_NONE ||
        !array_reserve(&table->latest, &table->latest_capacity, table->names.count, sizeof *table->latest) ||
        !array_reserve(&table->item, &table->capacity, table->count + 1, sizeof *table->item))
        return NULL;
    struct declaration *item = &table->item[table->count];
    *item = (struct declaration){.guard = guard, .older = is_new ? NO_NUMBER : table->latest[name], .card = card};
    table->latest[name] = (uint32_t)table->count++;
    return item;
}

const struct declaration *declarations_unguarded(const struct table *table, const char *text, size_t length)
{
    uint32_t name = names_find(&table->names, text, length);
    uint32_t number = name == NAMES_NONE ? NO_NUMBER : table->latest[name];
    while (number != NO_NUMBER && table->item[number].guard != NO_NUMBER)
        number = table->item[number].older;
    return number == NO_NUMBER ? NULL : &table->item[number];
}

void declarations_free(struct table *table)
{
    names_free(&table->names);
    free(table->latest);
    free(table->item);
}

/* ---- parameters and functions ---- */

bool declarations_parameter(struct flat *flat, struct definition *definition, const struct card *card, uint32_t guard,
                            const struct assignment *assignment)
{
    const struct arg *name = assignment->name;
    struct parameter *parameter = arena_alloc(&flat->arena, sizeof *parameter);
    if (!parameter)
        return false;
    *parameter = (struct parameter){.name = {name->text, name->length},
                                    .text = assignment->text,
                                    .is_string = assignment->is_string};
    if (number_parse(parameter->text.text, parameter->text.length, &parameter->number) == NUMBER_OK)
        parameter->state = PARAMETER_NUMBER;
    if (parameter->text.length == 0) {
        flat_complain(flat, name, "the parameter has no value");
        parameter->state = PARAMETER_WRONG;
    }
    struct table *table = &definition->table[PARAMETERS];
    const struct declaration *first =
        guard == NO_NUMBER ? declarations_unguarded(table, name->text, name->length) : NULL;
    if (first && first->card->kind == CARD_PARAM) { /* not the default of a subcircuit's parameter */
        struct expression_word place = first->parameter->name;
        diagnose(flat->diagnostics, WARNING_DUPLICATE_PARAMETER, name->text, name->length,
                 "a second parameter named %.*s: the last one counts", SHOW(*name));
        diagnose(flat->diagnostics, NOTE, place.text, place.length, "the first one is here");
    }
    struct declaration *item = declarations_add(table, name->text, name->length, card, guard);
    if (item)
        item->parameter = parameter;
    return item;
}

/* NAME(ARGUMENT, ..) BODY, from word at on up to before word end. */
static bool declare_function(struct flat *flat, struct definition *definition, const struct card *card,
                             uint32_t guard, uint32_t at, uint32_t end)
{
    const struct arg *name = &card->arg[at];
    bool bare = name->kind == ARG_WORD && at + 1 < end && card->arg[at + 1].kind == ARG_GROUP &&
                card->arg[at + 1].length == 0;
    uint32_t group = at + bare;
    if (card->arg[group].kind != ARG_GROUP || name->length == 0) {
        flat_complain(flat, name, "expected NAME(ARGUMENT, ..) = EXPRESSION");
        return true;
    }
    uint32_t behind = group + card->arg[group].count + 1;
    size_t arguments = card->arg[group].count - 1;
    struct expression_function *function = arena_alloc(&flat->arena, sizeof *function);
    struct expression_word *argument = arena_alloc(&flat->arena, (arguments + 1) * sizeof *argument);
    if (!function || !argument)
        return false;
    for (size_t i = 0; i < arguments; i++) {
        const struct arg *arg = &card->arg[group + 1 + i];
        if (arg->kind != ARG_WORD) {
            flat_complain(flat, arg, "expected the name of an argument");
            return true;
        }
        argument[i] = (struct expression_word){arg->text, arg->length};
    }
    if (behind >= end) {
        flat_complain(flat, name, "the function has no expression");
        return true;
    }
    *function = (struct expression_function){.name = {name->text, name->length},
                                             .argument = argument,
                                             .arguments = arguments,
                                             .body = assignments_text(card, behind, end)};
    struct declaration *item = declarations_add(&definition->table[FUNCTIONS], name->text, name->length, card, guard);
    if (item)
        item->function = function;
    return item;
}

bool declarations_read_param(struct flat *flat, struct definition *definition, const struct card *card, uint32_t guard)
{
    struct assignment assignment;
    bool wrong = false;
    uint32_t at = 1;
    if (card->count == 1)
        flat_complain(flat, card->arg, "expected NAME=VALUE");
    while (at < card->count) {
        const struct arg *arg = &card->arg[at];
        if (assignments_is_function(arg)) {
            uint32_t end = assignments_end(card, at + arg->count + 1);
            if (!declare_function(flat, definition, card, guard, at, end))
                return false;
            at = end;
        } else if (!assignments_next(card, &at, &assignment, flat->diagnostics, &wrong)) {
            return true;
        } else if (!declarations_parameter(flat, definition, card, guard, &assignment)) {
            return false;
        }
    }
    return true;
}

static bool is_spacing(const struct card *card, uint32_t at)
{
    static const char *const spacing[] = {"lin", "dec", "oct", "list"};
    for (size_t i = 0; at < card->count && i < sizeof spacing / sizeof *spacing; i++)
        if (assignments_is_word(&card->arg[at], spacing[i]))
            return true;
    return false;
}

/* .step [lin|dec|oct] param NAME [lin|dec|oct|list] VALUE .. */
bool declarations_read_step(struct flat *flat, struct definition *definition, const struct card *card)
{
    uint32_t at = 1 + (uint32_t)is_spacing(card, 1);
    if (at + 1 >= card->count || !assignments_is_word(&card->arg[at], "param") || card->arg[at + 1].kind != ARG_WORD)
        return true;
    const struct arg *name = &card->arg[at + 1];
    if (names_find(&definition->table[PARAMETERS].names, name->text, name->length) != NAMES_NONE ||
        parameters_is_given(name->text, name->length))
        return true;
    at += 2;
    at += (uint32_t)is_spacing(card, at);
    if (at >= card->count)
        return true; /* who reads the card has the words for it */
    struct assignment assignment = {.name = name, .text = assignments_text(card, at, at + 1), .position = at};
    return declarations_parameter(flat, definition, card, NO_NUMBER, &assignment);
}

bool declarations_read_func(struct flat *flat, struct definition *definition, const struct card *card, uint32_t guard)
{
    if (card->count > 1)
        return declare_function(flat, definition, card, guard, 1, card->count);
    flat_complain(flat, card->arg, "expected NAME(ARGUMENT, ..) = EXPRESSION");
    return true;
}

/* ---- models ---- */

/* Does nothing in a .model card depend on parameters? */
static bool is_constant(const struct card *card)
{
    double number;
    for (uint32_t i = 3; i < card->count; i++) {
        const struct arg *arg = &card->arg[i];
        if (arg->kind == ARG_EXPRESSION ||
            (i > 3 && arg[-1].kind == ARG_KEY && number_parse(arg->text, arg->length, &number) == NUMBER_NONE))
            return false;
    }
    return true;
}

bool declarations_read_model(struct flat *flat, struct definition *definition, const struct card *card, uint32_t guard)
{
    if (card->count < 2)
        return true; /* who reads the model has the words for it */
    const struct arg *name = &card->arg[1];
    const struct declaration *first =
        guard == NO_NUMBER ? declarations_unguarded(&definition->table[MODELS], name->text, name->length) : NULL;
    if (first) {
        diagnose(flat->diagnostics, WARNING_DUPLICATE_MODEL, name->text, name->length,
                 "a second model named %.*s: the first one is used", SHOW(*name));
        diagnose(flat->diagnostics, NOTE, first->card->arg->text, first->card->arg->length,
                 "the first one is here");
        return true;
    }
    struct declaration *item = declarations_add(&definition->table[MODELS], name->text, name->length, card, guard);
    if (!item)
        return false;
    item->model.number = NO_NUMBER;
    item->model.shared = definition->card == NULL || is_constant(card);
    return true;
}
