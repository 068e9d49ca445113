/* Commands that change the circuit. */
#include "script/commands.h"

#include "analysis/card_values.h"
#include "analysis/named_inputs.h"
#include "script/circuits.h"
#include "script/evaluate.h"
#include "netlist/cards.h"
#include "util/array.h"
#include "util/letters.h"
#include <stdlib.h>
#include <string.h>

/* ---- assignments ---- */

/* One of the assignments of a command: the words before a parameter's name, that name, and its value. */
struct assignment {
    const char *left, *left_end; /* r1, @r1[resistance], dm, r1 tc1 */
    struct command right;
};

static const char *trim(const char *from, const char *end)
{
    while (end > from && line_is_blank(end[-1]))
        end--;
    return end;
}

/* The next `=` of an assignment from here on, outside of parentheses and quotes; NULL: none. */
static const char *find_equals(const char *at, const char *end)
{
    int depth = 0;
    char quote = '\0';
    for (const char *from = at; at < end; at++) {
        if (quote == '\0' && (*at == '"' || *at == '\''))
            quote = *at;
        else if (quote == *at)
            quote = '\0';
        depth += (*at == '(' || *at == '[') - (*at == ')' || *at == ']');
        bool compares = (at > from && strchr("<>!=", at[-1])) || (at + 1 < end && at[1] == '=');
        if (*at == '=' && quote == '\0' && depth <= 0 && !compares)
            return at;
    }
    return NULL;
}

static const char *last_word(const char *from, const char *end)
{
    end = trim(from, end);
    while (end > from && !line_is_blank(end[-1]))
        end--;
    return end;
}

/* Take the next assignment from *at on: up to where the name of the next one begins. False with a diagnostic where
 * there is none; without one at the end. */
static bool next_assignment(struct script *script, struct command command, const char **at,
                            struct assignment *assignment)
{
    const char *end = command.text + command.length, *from = line_skip_blanks(*at, end);
    const char *equals = find_equals(from, end);
    bool is_first = *at == command.text;
    if (from == end && !is_first)
        return false;
    const char *left_end = equals ? equals : last_word(from, end), *right = equals ? equals + 1 : left_end;
    const char *more = equals ? find_equals(right, end) : NULL;
    const char *right_end = more ? last_word(right, more) : end;
    right = line_skip_blanks(right, right_end);
    *assignment = (struct assignment){from, trim(from, left_end), text_between(right, trim(right, right_end))};
    *at = right_end;
    if (assignment->left_end > from && assignment->right.length > 0)
        return true;
    script_complain(script, command, "expected name = value");
    return false;
}

/* name parameter, name, or @name[parameter]. */
struct target {
    const char *name, *parameter;
    size_t name_length, parameter_length; /* 0: none */
};

/* @name[parameter], @name. */
static bool read_device(const char *at, const char *end, struct target *target)
{
    const char *bracket = memchr(at, '[', (size_t)(end - at));
    *target = (struct target){.name = at + 1, .name_length = (size_t)((bracket ? bracket : end) - at) - 1};
    if (bracket) {
        target->parameter = bracket + 1;
        target->parameter_length = (size_t)(end - bracket) - 2;
    }
    return target->name_length > 0 && (!bracket || end[-1] == ']');
}

/* What an assignment changes; the name of a second one may be missing, which is that of the first. */
static bool find_target(struct script *script, const struct assignment *assignment, const struct target *first,
                        struct target *target)
{
    const char *at = assignment->left, *end = assignment->left_end, *word;
    size_t length;
    *target = (struct target){0};
    if (*at == '@' && !memchr(at, ' ', (size_t)(end - at)) && read_device(at, end, target))
        return true;
    if (*at != '@' && line_next_word(&at, end, &target->name, &target->name_length)) {
        line_next_word(&at, end, &target->parameter, &target->parameter_length);
        if (target->parameter_length == 0 && first) {
            target->parameter = target->name;
            target->parameter_length = target->name_length;
            target->name = first->name;
            target->name_length = first->name_length;
        }
        if (!line_next_word(&at, end, &word, &length))
            return true;
    }
    script_complain(script, text_between(assignment->left, assignment->left_end),
                    "expected name = value, name parameter = value or @name[parameter] = value");
    return false;
}

/* Take the next assignment and what it changes; *target was that of the one before. False at the end, or with a
 * diagnostic. */
static bool next_target(struct script *script, struct command command, const char **at, struct assignment *assignment,
                        struct target *target)
{
    const struct target before = *target;
    bool is_first = *at == command.text;
    return next_assignment(script, command, at, assignment) &&
           find_target(script, assignment, is_first ? NULL : &before, target);
}

/* ---- changed cards ---- */

static struct expression_word parameter_of(const struct target *target)
{
    return (struct expression_word){target->parameter, target->parameter_length};
}

/* Give a card another value of a parameter, and build the circuit of it. */
static void change(struct script *script, const struct placed_card *placed, const struct target *target, double value)
{
    struct card changed = *placed->card;
    struct card_number number;
    if (!card_with_value(&script_session(script)->netlist, &changed, parameter_of(target), &number)) {
        diagnose_no_memory(script->diagnostics);
        return;
    }
    card_number_put(&number, value);
    circuits_change_card(script, placed, changed);
}

/* The card of an element; false: memory is out. */
static bool find_placed(struct script *script, uint32_t element, struct placed_card *placed)
{
    bool found = place_element(script_session(script), element, placed);
    if (!found)
        diagnose_no_memory(script->diagnostics);
    return found;
}

/* m is what m of the instances has been multiplied with already, as in ngspice. */
static void change_element(struct script *script, struct command command, uint32_t element, const struct target *target,
                           double value)
{
    static const char *const multiplier[] = {"m", NULL};
    struct placed_card placed;
    if (!find_placed(script, element, &placed))
        return;
    bool is_multiplier = parameter_is_among(parameter_of(target), multiplier);
    if (is_multiplier && !(value >= 0))
        script_complain(script, command, "m must not be negative, as %g is", value);
    else if (is_multiplier && placed.multiplier > 0)
        change(script, &placed, target, value / placed.multiplier);
    else
        change(script, &placed, target, value);
}

/* ---- alter ---- */

/* The element, or NAMES_NONE: a diagnostic says so. */
static uint32_t find_element(struct script *script, const struct target *target)
{
    const struct circuit *circuit = &script_session(script)->circuit;
    uint32_t element = lookup_element(circuit, target->name, target->name_length);
    struct expression_word word = {target->name, target->name_length};
    if (element == NAMES_NONE)
        lookup_unknown(circuit, &(struct expression_use){.kind = EXPRESSION_CURRENT, .whole = word, .a = word},
                       script->diagnostics);
    return element;
}

static void complain_of_target(struct script *script, struct command command, const struct target *target)
{
    if (target->parameter_length > 0)
        script_complain(script, command, "%.*s has no parameter %.*s that can be altered here",
                        (int)target->name_length, target->name, (int)target->parameter_length, target->parameter);
    else
        script_complain(script, command, "%.*s has no value of its own: name the parameter to alter",
                        (int)target->name_length, target->name);
}

/* E1 a b c d 10: the gain is the last word, where the card has no more than these. */
static void change_gain(struct script *script, struct command command, uint32_t element, const struct target *target,
                        double value)
{
    struct placed_card placed;
    struct card_number number;
    if (!find_placed(script, element, &placed))
        return;
    struct card changed = *placed.card;
    if (!card_has_gain(placed.card)) {
        complain_of_target(script, command, target);
    } else if (!card_with_gain(&script_session(script)->netlist, &changed, &number)) {
        diagnose_no_memory(script->diagnostics);
    } else {
        card_number_put(&number, value);
        circuits_change_card(script, &placed, changed);
    }
}

/* A card without waveforms: pulse(..) and what belongs to it. */
static uint32_t without_waves(struct arg *arg, const struct card *card)
{
    uint32_t count = 0;
    for (uint32_t a = 0; a < card->count; a++) {
        if (card->arg[a].kind == ARG_GROUP && card->arg[a].length > 0)
            a += card->arg[a].count;
        else
            arg[count++] = card->arg[a];
    }
    return count;
}

/* alter v1 pulse = [ 0 1 ]: the card with this waveform in place of others. */
static void change_wave(struct script *script, uint32_t element, const struct target *target, struct command numbers)
{
    struct netlist *netlist = &script_session(script)->netlist;
    struct placed_card placed;
    const char *at = numbers.text, *end = at + numbers.length, *word;
    if (!find_placed(script, element, &placed))
        return;
    const struct card *card = placed.card;
    size_t length, room = card->count + numbers.length + 2;
    struct arg *arg = arena_alloc(&netlist->arena, room * sizeof *arg);
    const char *name = arena_text(&netlist->arena, target->parameter, target->parameter_length);
    if (!arg || !name) {
        diagnose_no_memory(script->diagnostics);
        return;
    }
    struct card changed = {.arg = arg, .kind = card->kind, .count = without_waves(arg, card)};
    uint32_t group = changed.count++;
    arg[group] = (struct arg){.text = name, .length = (uint32_t)target->parameter_length, .kind = ARG_GROUP};
    while (line_next_word(&at, end, &word, &length)) {
        double value;
        while (length > 0 && (*word == '[' || *word == '('))
            word++, length--;
        while (length > 0 && (word[length - 1] == ']' || word[length - 1] == ')'))
            length--;
        if (length == 0)
            continue;
        if (!script_evaluate_number(script, text_between(word, word + length), &value))
            return;
        struct card_number number;
        if (!card_number_new(netlist, &arg[changed.count++], &number)) {
            diagnose_no_memory(script->diagnostics);
            return;
        }
        card_number_put(&number, value);
    }
    arg[changed.count++] = (struct arg){.text = name, .length = 0, .kind = ARG_CLOSE};
    arg[group].count = changed.count - group - 1;
    circuits_change_card(script, &placed, changed);
}

/* A resistance, a source's value, the gain of one that is no more than a gain: by itself, no card changes. */
static void change_value(struct script *script, struct command command, uint32_t element, const struct target *target,
                         double value)
{
    struct session *session = script_session(script);
    switch (named_inputs_set(session, element, value)) {
    case INPUT_OK: script->live = NULL; break;
    case INPUT_UNKNOWN: complain_of_target(script, command, target); break;
    case INPUT_IMPOSSIBLE: script_complain(script, command, "%g is no value", value); break;
    case INPUT_NO_MEMORY: diagnose_no_memory(script->diagnostics); break;
    }
}

static void alter(struct script *script, struct command command, const struct target *target, struct command right)
{
    double value;
    uint32_t element = find_element(script, target);
    if (element == NAMES_NONE)
        return;
    char letter = element_letter(&script_session(script)->circuit, element);
    enum value_place place = value_place_of(letter, parameter_of(target));
    if (place == VALUE_NOWHERE)
        return;
    if (place == VALUE_UNKNOWN) {
        complain_of_target(script, command, target);
        return;
    }
    if (place == VALUE_WAVE) {
        change_wave(script, element, target, right);
        return;
    }
    if (!script_evaluate_number(script, right, &value))
        return;
    if (place == VALUE_ON_CARD)
        change_element(script, command, element, target, value);
    else if (place == VALUE_LAST && named_inputs_kind(script_session(script), element) != INPUT_GAIN)
        change_gain(script, command, element, target, value);
    else
        change_value(script, command, element, target, value);
}

/* alter r1 = 2k, alter v1 dc = 5, alter @r1[resistance] = 2k, alter d1 area = 3, alter v1 pulse = [ 0 1 ] */
void command_alter(struct script *script, struct command command)
{
    const char *at = command.text;
    struct assignment assignment;
    struct target target = {0};
    if (!script_has_circuit(script, command) || !circuits_refresh(script))
        return;
    while (next_target(script, command, &at, &assignment, &target))
        alter(script, command, &target, assignment.right);
}

/* ---- altermod ---- */

/* The model of that name, as in dm, x1:dm, or of that element. False: a diagnostic says that there is none. */
static bool find_any_model(struct script *script, struct command command, const char *name, size_t length,
                           struct placed_card *model)
{
    struct session *session = script_session(script);
    if (place_model(session, name, length, model))
        return true;
    uint32_t element = lookup_element(&session->circuit, name, length);
    if (element != NAMES_NONE && place_model_of(session, element, model))
        return true;
    script_complain(script, command, "there is no model %.*s", (int)length, name);
    return false;
}

/* altermod model parameter = value .., altermod @model[parameter] = value, altermod model parameter value */
void command_altermod(struct script *script, struct command command)
{
    const char *at = command.text;
    struct assignment assignment;
    struct target target = {0};
    if (!script_has_circuit(script, command) || !circuits_refresh(script))
        return;
    while (next_target(script, command, &at, &assignment, &target)) {
        double value;
        struct placed_card model;
        if (!find_any_model(script, command, target.name, target.name_length, &model))
            return;
        if (target.parameter_length == 0) {
            script_complain(script, command, "altermod needs a parameter");
            return;
        }
        if (!model_card_alters(script_session(script), &model, parameter_of(&target), script->diagnostics)) {
            complain_of_target(script, command, &target);
            continue;
        }
        if (!script_evaluate_number(script, assignment.right, &value))
            return;
        change(script, &model, &target, value);
    }
}

/* ---- alterparam, reset ---- */

/* alterparam name = value, alterparam subcircuit name = value; counts from the next reset on, as in ngspice */
void command_alterparam(struct script *script, struct command command)
{
    const char *at = command.text;
    struct assignment assignment;
    struct target target;
    double value;
    if (!script_has_circuit(script, command) || !next_assignment(script, command, &at, &assignment) ||
        !find_target(script, &assignment, NULL, &target) ||
        !script_evaluate_number(script, assignment.right, &value))
        return;
    bool is_inside = target.parameter_length > 0;
    const char *name = is_inside ? target.parameter : target.name;
    size_t length = is_inside ? target.parameter_length : target.name_length;
    struct session *session = script_session(script);
    bool found = is_inside ? session_fix_parameter(session, target.name, target.name_length, name, length, value)
                           : session_set_parameter(session, name, length, value);
    if (!found && is_inside)
        script_complain(script, command, "there is no subcircuit %.*s with a parameter %.*s", (int)target.name_length,
                        target.name, (int)length, name);
    else if (!found)
        script_complain(script, command, "there is no parameter %.*s at the top level", (int)length, name);
}

/* reset: the circuit of the netlist again */
void command_reset(struct script *script, struct command command)
{
    if (!script->here) {
        script_warn(script, command, "there is no circuit loaded: reset is ignored");
        return;
    }
    const struct netlist *netlist = &script_session(script)->netlist;
    int length = (int)netlist->title_length;
    const char *title = netlist->title ? netlist->title : "";
    circuits_reset(script);
    fprintf(script->host.out, "Reset re-loads circuit %.*s\n\nCircuit: %.*s\n\n", length, title, length, title);
}
