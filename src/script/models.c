/* showmod: what models have. */
#include "script/commands.h"

#include "analysis/card_values.h"
#include "analysis/listed_models.h"
#include "script/circuits.h"
#include "elaborate/card_reader.h"
#include "netlist/cards.h"
#include "util/letters.h"
#include "write/sink.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { SHOW_WIDTH = 22 };

/* What a showmod command has asked for. */
struct asked {
    struct script *script;
    const char *names, *names_end;      /* before the colon */
    const char *parameters, *end;       /* behind it; NULL: there is none */
};

static void show_value(const struct asked *asked, const struct card *model, const char *name, size_t length,
                       bool is_needed)
{
    const struct placed_card placed = {.card = model};
    double value;
    char number[32];
    if (model_card_value(script_session(asked->script), &placed, (struct expression_word){name, length},
                         asked->script->diagnostics, &value)) {
        snprintf(number, sizeof number, "%*g", SHOW_WIDTH, value);
        without_locale(number);
        fprintf(asked->script->out, "%11.*s%s\n", (int)length, name, number);
    } else if (is_needed) {
        fprintf(asked->script->out, "%11.*s%*s\n", (int)length, name, SHOW_WIDTH, "-");
    }
}

static const struct listed_model *list_of(const struct card *model)
{
    return model->count > 2 ? listed_model(model->arg[2].text, model->arg[2].length) : NULL;
}

static void show_parameters(const struct asked *asked, const struct card *model, const struct listed_model *list,
                            const struct device_kind *kind)
{
    if (list)
        for (const struct listed_parameter *row = list->parameter; row->name; row++)
            show_value(asked, model, row->name, strlen(row->name), false);
    if (list || !kind)
        return;
    for (const struct device_parameter *parameter = kind->model; parameter->name; parameter++)
        if (device_first(kind->model, parameter) == parameter)
            show_value(asked, model, parameter->name, strlen(parameter->name), false);
}

static const struct device_kind *kind_of(const struct asked *asked, const struct card *model)
{
    const struct placed_card placed = {.card = model};
    return model_card_kind(script_session(asked->script), &placed, asked->script->diagnostics);
}

static void show_model(const struct asked *asked, const struct card *model)
{
    const struct listed_model *list = list_of(model);
    const struct device_kind *kind = list ? NULL : kind_of(asked, model);
    const char *at = asked->parameters, *word;
    size_t length;
    fprintf(asked->script->out, " %s%s\n%11s%*.*s\n\n", list ? list->what : kind ? kind->what : "Models",
            kind ? " models" : "", "model", SHOW_WIDTH, (int)model->arg[1].length, model->arg[1].text);
    if (at && line_next_word(&at, asked->end, &word, &length) && !letters_spell(word, length, "all") &&
        !letters_spell(word, length, "*")) {
        do
            show_value(asked, model, word, length, true);
        while (line_next_word(&at, asked->end, &word, &length));
    } else {
        show_parameters(asked, model, list, kind);
    }
    fputc('\n', asked->script->out);
}

/* Does the element's card name the model? */
static bool has_model(const struct script *script, const char *name, size_t length, const struct card *model)
{
    uint32_t element = lookup_element(&script_session(script)->circuit, name, length);
    const struct card *card = element == NAMES_NONE ? NULL : find_card(script_session(script), element);
    for (uint32_t a = 3; card && a < card->count; a++) {
        if (card->arg[a].length == model->arg[1].length &&
            strncasecmp(card->arg[a].text, model->arg[1].text, model->arg[1].length) == 0)
            return true;
    }
    return false;
}

/* Is the model meant: by its name with or without a #, its elements' letter, or an element that has it? Without names
 * all are. */
static bool is_meant(const struct asked *asked, const struct card *model)
{
    const char *at = asked->names, *word;
    const struct arg *name = &model->arg[1];
    size_t length, words = 0;
    for (; line_next_word(&at, asked->names_end, &word, &length); words++) {
        bool is_marked = *word == '#';
        if ((length == 1 && model_card_is_of(model, lower(*word))) || letters_spell(word, length, "all") ||
            (name->length == length - is_marked && strncasecmp(name->text, word + is_marked, name->length) == 0) ||
            (!is_marked && has_model(asked->script, word, length, model)))
            return true;
    }
    return words == 0;
}

/* showmod [all | letters | models | #models | elements] [: parameters] */
void command_showmod(struct script *script, struct command command)
{
    const char *end = command.text + command.length;
    if (!script_has_circuit(script, command))
        return;
    const char *colon = memchr(command.text, ':', command.length);
    while (colon && colon > command.text && !line_is_blank(colon[-1])) /* x1:r1 is a name */
        colon = memchr(colon + 1, ':', (size_t)(end - colon) - 1);
    const struct asked asked = {script, command.text, colon ? colon : end, colon ? colon + 1 : NULL, end};
    const struct netlist *netlist = &script_session(script)->netlist;
    bool found = false;
    for (size_t c = 0; c < netlist->count; c++) {
        const struct card *card = &netlist->card[c];
        if (card->kind != CARD_MODEL || card->count < 2 || !is_meant(&asked, card))
            continue;
        show_model(&asked, card);
        found = true;
    }
    if (!found)
        fputs(command.length > 0 ? "No matching instances or models\n" : "No matching models\n", script->out);
}
