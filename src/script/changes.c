/* Commands that change the circuit. */
#include "script/commands.h"

#include "script/evaluate.h"
#include "script/lines.h"
#include "netlist/cards.h"
#include "util/array.h"
#include "write/sink.h"
#include <stdlib.h>
#include <string.h>

/* What stands before and behind the `=` of an assignment, or of the last word where there is none. */
struct assignment {
    const char *left;
    size_t left_length;
    struct command right;
};

static bool split(struct script *script, struct command command, struct assignment *assignment)
{
    const char *equals = memchr(command.text, '=', command.length), *end = command.text + command.length;
    const char *left_end = equals, *right = equals ? equals + 1 : end;
    if (!equals) {
        while (right > command.text && (unsigned char)right[-1] > ' ')
            right--;
        left_end = right;
    }
    while (left_end > command.text && (unsigned char)left_end[-1] <= ' ')
        left_end--;
    while (right < end && (unsigned char)*right <= ' ')
        right++;
    *assignment = (struct assignment){command.text, (size_t)(left_end - command.text), text_between(right, end)};
    if (assignment->left_length > 0 && assignment->right.length > 0)
        return true;
    script_complain(script, command, "expected name = value");
    return false;
}

/* name parameter, name, or @name[parameter]. */
struct target {
    const char *name, *parameter;
    size_t name_length, parameter_length; /* 0: none */
};

static bool find_target(struct script *script, const struct assignment *assignment, struct target *target)
{
    const char *at = assignment->left, *end = at + assignment->left_length;
    *target = (struct target){0};
    if (*at == '@' && end[-1] == ']') {
        const char *bracket = end - 1;
        while (bracket > at && *bracket != '[')
            bracket--;
        *target = (struct target){at + 1, bracket + 1, (size_t)(bracket - at) - 1, (size_t)(end - bracket) - 2};
        if (bracket > at)
            return true;
    } else if (line_next_word(&at, end, &target->name, &target->name_length)) {
        line_next_word(&at, end, &target->parameter, &target->parameter_length);
        if (!line_next_word(&at, end, &at, &(size_t){0}))
            return true;
    }
    script_complain(script, text_between(assignment->left, assignment->left + assignment->left_length),
                    "expected name = value, name parameter = value or @name[parameter] = value");
    return false;
}

/* Give an element a value, and keep it for when the circuit is built anew. */
static void apply(struct script *script, struct alteration alteration)
{
    struct session *session = script->session;
    if (session->circuit.element[alteration.element].kind == ELEMENT_VSOURCE ||
        session->circuit.element[alteration.element].kind == ELEMENT_ISOURCE)
        engine_set_source(&session->engine, alteration.element, alteration.value);
    else
        engine_set_resistance(&session->engine, alteration.element, alteration.value);
    script->live = NO_RESULT;
}

/* ---- changed cards ---- */

static bool rebuild(struct script *script)
{
    script->live = NO_RESULT;
    if (session_rebuild(script->session, script->diagnostics))
        return true;
    diagnose_no_memory(script->diagnostics);
    return false;
}

/* The card of a model of this name, or NULL. */
static struct card *find_model(struct netlist *netlist, const char *name, size_t length)
{
    for (size_t c = 0; c < netlist->count; c++) {
        struct card *card = &netlist->card[c];
        if (card->kind != CARD_MODEL || card->count < 2 || card->arg[1].length != length)
            continue;
        if (strncasecmp(card->arg[1].text, name, length) == 0)
            return card;
    }
    return NULL;
}

/* Keep a card as it is before its first change. False when memory is out. */
static bool keep_card(struct script *script, const struct card *card)
{
    size_t number = (size_t)(card - script->session->netlist.card);
    for (size_t c = 0; c < script->changes; c++) {
        if (script->changed[c].number == number)
            return true;
    }
    if (!array_reserve(&script->changed, &script->change_capacity, script->changes + 1, sizeof *script->changed))
        return false;
    script->changed[script->changes++] = (struct changed_card){number, *card};
    return true;
}

/* The card with another value of a parameter, which it may not have had. False when memory is out. */
static bool change_card(struct netlist *netlist, struct card *card, const struct target *target, double value)
{
    char number[32], *text = arena_alloc(&netlist->arena, target->parameter_length + sizeof number);
    struct arg *arg = arena_alloc(&netlist->arena, (card->count + 2) * sizeof *arg);
    if (!text || !arg)
        return false;
    uint32_t key = 0;
    memcpy(text, target->parameter, target->parameter_length);
    memcpy(arg, card->arg, card->count * sizeof *arg);
    for (uint32_t a = 2; a < card->count; a++) {
        if (arg[a].kind == ARG_KEY && arg[a].count == 1 && arg[a].length == target->parameter_length &&
            strncasecmp(arg[a].text, target->parameter, target->parameter_length) == 0)
            key = a;
    }
    if (key == 0) {
        key = card->count;
        arg[key] =
            (struct arg){.text = text, .length = (uint32_t)target->parameter_length, .kind = ARG_KEY, .count = 1};
        card->count += 2;
    }
    char *digits = text + target->parameter_length;
    snprintf(digits, sizeof number, "%.17g", value);
    arg[key + 1] = (struct arg){.text = digits, .length = (uint32_t)without_locale(digits), .kind = ARG_WORD};
    card->arg = arg;
    return true;
}

/* Give a card another value of a parameter, and build the circuit of it, with what has been altered before. */
static void change(struct script *script, struct card *card, const struct target *target, double value)
{
    if (!keep_card(script, card) || !change_card(&script->session->netlist, card, target, value)) {
        diagnose_no_memory(script->diagnostics);
        return;
    }
    if (!rebuild(script))
        return;
    for (size_t a = 0; script->diagnostics->errors == 0 && a < script->alterations; a++)
        apply(script, script->alteration[a]);
}

/* The card of an element of the top level changes; one of a subcircuit stands for all its instances. */
static void change_element(struct script *script, struct command command, uint32_t element, const struct target *target,
                           double value)
{
    struct netlist *netlist = &script->session->netlist;
    const char *place = script->session->circuit.element[element].place;
    struct arg parameter = {.text = target->parameter, .length = (uint32_t)target->parameter_length, .kind = ARG_WORD};
    size_t c = 0;
    while (c < netlist->count && netlist->card[c].arg->text != place)
        c++;
    if (c == netlist->count || circuit_origin(&script->session->circuit, element))
        script_complain(script, command, "%.*s of an element in a subcircuit cannot be altered",
                        (int)target->parameter_length, target->parameter);
    else if (arg_is(&parameter, "m") && !(value > 0))
        script_complain(script, command, "m must be positive, not %g", value);
    else
        change(script, &netlist->card[c], target, value);
}

/* ---- alter ---- */

static bool is_parameter(const struct target *target, const char *const names[])
{
    struct arg arg = {.text = target->parameter, .length = (uint32_t)target->parameter_length, .kind = ARG_WORD};
    if (target->parameter_length == 0)
        return true;
    for (; *names; names++) {
        if (arg_is(&arg, *names))
            return true;
    }
    return false;
}

/* Parameters that stand behind the value or model on the card of an element, which is changed then. */
static bool is_on_card(char letter, const struct target *target)
{
    static const char *const of_resistor[] = {"m", "tc1", "tc2", "temp", "dtemp", "scale", NULL};
    static const char *const of_diode[] = {"area", "m", "temp", "dtemp", "pj", "w", "l", NULL};
    return target->parameter_length > 0 &&
           ((letter == 'r' && is_parameter(target, of_resistor)) || (letter == 'd' && is_parameter(target, of_diode)));
}

/* The value of a resistor or source. */
static bool is_value(char letter, const struct target *target)
{
    static const char *const of_resistor[] = {"resistance", "r", NULL}, *const of_source[] = {"dc", NULL};
    return (letter == 'r' && is_parameter(target, of_resistor)) ||
           ((letter == 'v' || letter == 'i') && is_parameter(target, of_source));
}

/* The element, or NAMES_NONE: a diagnostic says so. */
static uint32_t find_element(struct script *script, const struct target *target)
{
    const struct circuit *circuit = &script->session->circuit;
    uint32_t element = lookup_element(circuit, target->name, target->name_length);
    struct expression_word word = {target->name, target->name_length};
    if (element == NAMES_NONE)
        lookup_unknown(circuit, &(struct expression_use){.kind = EXPRESSION_CURRENT, .whole = word, .a = word},
                       script->diagnostics);
    return element;
}

static void refuse(struct script *script, struct command command, const struct target *target)
{
    if (target->parameter_length > 0)
        script_complain(script, command, "%.*s has no parameter %.*s that can be altered here",
                        (int)target->name_length, target->name, (int)target->parameter_length, target->parameter);
    else
        script_complain(script, command, "%.*s has no value of its own: name the parameter to alter",
                        (int)target->name_length, target->name);
}

static void change_value(struct script *script, struct command command, struct alteration alteration, char letter)
{
    if (letter == 'r' && !(alteration.value >= 0))
        script_complain(script, command, "a negative resistance (%g ohm) has no convex program", alteration.value);
    else if (!array_reserve(&script->alteration, &script->alteration_capacity, script->alterations + 1,
                            sizeof *script->alteration))
        diagnose_no_memory(script->diagnostics);
    else
        apply(script, script->alteration[script->alterations++] = alteration);
}

/* alter r1 = 2k, alter v1 dc = 5, alter @r1[resistance] = 2k, alter d1 area = 3 */
void command_alter(struct script *script, struct command command)
{
    struct assignment assignment;
    struct target target;
    double value;
    if (!split(script, command, &assignment) || !find_target(script, &assignment, &target))
        return;
    uint32_t element = find_element(script, &target);
    char letter = element == NAMES_NONE ? '\0' : element_letter(&script->session->circuit, element);
    if (element == NAMES_NONE || letter == 'c' || letter == 'l') /* open and short, whatever their values */
        return;
    bool is_card = is_on_card(letter, &target);
    if (!is_card && !is_value(letter, &target))
        refuse(script, command, &target);
    else if (!script_evaluate_number(script, assignment.right, &value))
        return;
    else if (is_card)
        change_element(script, command, element, &target, value);
    else
        change_value(script, command, (struct alteration){element, value}, letter);
}

/* ---- the others ---- */

/* altermod model parameter = value, altermod @model[parameter] = value */
void command_altermod(struct script *script, struct command command)
{
    struct netlist *netlist = &script->session->netlist;
    struct assignment assignment;
    struct target target;
    double value;
    if (!split(script, command, &assignment) || !find_target(script, &assignment, &target))
        return;
    struct card *card = find_model(netlist, target.name, target.name_length);
    if (!card || target.parameter_length == 0) {
        script_complain(script, command, card ? "altermod needs a parameter" : "there is no model %.*s",
                        (int)target.name_length, target.name);
        return;
    }
    if (!script_evaluate_number(script, assignment.right, &value))
        return;
    change(script, card, &target, value);
}

/* alterparam name = value; counts from the next reset on, as in ngspice */
void command_alterparam(struct script *script, struct command command)
{
    struct assignment assignment;
    double value;
    if (!split(script, command, &assignment) || !script_evaluate_number(script, assignment.right, &value))
        return;
    if (!session_set_parameter(script->session, assignment.left, assignment.left_length, value))
        script_complain(script, command, "there is no parameter %.*s at the top level", (int)assignment.left_length,
                        assignment.left);
}

/* reset: the circuit of the netlist again */
void command_reset(struct script *script, struct command command)
{
    (void)command;
    const struct output *output = script->output;
    const char *title = output->title ? output->title : "";
    while (script->changes > 0) {
        const struct changed_card *changed = &script->changed[--script->changes];
        script->session->netlist.card[changed->number] = changed->card;
    }
    script->alterations = 0;
    rebuild(script);
    fprintf(script->listing, "Reset re-loads circuit %.*s\n\nCircuit: %.*s\n\n", (int)output->title_length, title,
            (int)output->title_length, title);
}
