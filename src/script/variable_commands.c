/* Commands of variables. */
#include "script/commands.h"

#include "script/circuits.h"
#include "script/evaluate.h"
#include "script/macros.h"
#include "script/plots.h"
#include "script/variables.h"
#include "netlist/number.h"
#include "util/letters.h"
#include "write/sink.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a text is without blanks at its ends, or what its parentheses or quotes hold. */
static struct command stripped(const char *at, const char *end)
{
    at = line_skip_blanks(at, end);
    while (end > at && line_is_blank(end[-1]))
        end--;
    bool is_list = end - at >= 2 && *at == '(' && end[-1] == ')';
    bool is_quoted =
        end - at >= 2 && (*at == '"' || *at == '\'') && memchr(at + 1, *at, (size_t)(end - at) - 1) == end - 1;
    if (is_list)
        return stripped(at + 1, end - 1);
    return is_quoted ? text_between(at + 1, end - 1) : text_between(at, end);
}

/* What `write` and `print` make of a value that they cannot take. */
static void check_variable(struct script *script, struct command command, struct command name, struct command value)
{
    double digits;
    if (letters_spell(name.text, name.length, "filetype") && !letters_spell(value.text, value.length, "ascii") &&
        !letters_spell(value.text, value.length, "binary"))
        diagnose(script->diagnostics, WARNING_VARIABLE_VALUE, command.text, command.length,
                 "filetype is ascii or binary, not %.*s: files are written in binary", (int)value.length, value.text);
    else if (letters_spell(name.text, name.length, "numdgt") &&
             number_parse(value.text, value.length, &digits) != NUMBER_OK)
        diagnose(script->diagnostics, WARNING_VARIABLE_VALUE, command.text, command.length,
                 "numdgt is a number, not %.*s", (int)value.length, value.text);
}

/* What a variable of the current plot becomes. False when memory is out. */
static bool replace_text(char **text, struct command value)
{
    char *copy = strndup(value.text, value.length);
    if (!copy)
        return false;
    free(*text);
    *text = copy;
    return true;
}

/* set curplot= and its like, which are no variables. False: it is none of these. */
static bool set_plot(struct script *script, struct command name, struct command value)
{
    struct script_plot *plot = script->current;
    bool done = true;
    if (letters_spell(name.text, name.length, "curplot")) {
        command_setplot(script, value);
    } else if (letters_spell(name.text, name.length, "curplottitle")) {
        done = replace_text(&plot->title, value);
    } else if (letters_spell(name.text, name.length, "curplotname")) {
        done = replace_text(&plot->type, value);
        plot->result.plot.type = plot->type;
    } else if (letters_spell(name.text, name.length, "curplotdate")) {
        script_complain(script, name, "the date of a plot stays");
    } else {
        return false;
    }
    if (!done)
        diagnose_no_memory(script->diagnostics);
    return true;
}

/* An option of the simulation acts on the analyses from now on. */
static void set_option(struct script *script, struct command name, struct command value)
{
    static const char *const options[] = {"temp", "tnom", "gmin"};
    double number;
    size_t o = 0;
    while (o < sizeof options / sizeof *options && !letters_spell(name.text, name.length, options[o]))
        o++;
    if (o == sizeof options / sizeof *options || !script->here)
        return;
    static const double least[] = {-273.15, -273.15, 0};
    if (number_parse(value.text, value.length, &number) == NUMBER_OK && number >= least[o])
        circuits_set_option(script, name.text, name.length, number);
    else
        script_complain(script, value.length > 0 ? value : name, "%.*s must be a number from %g on", (int)name.length,
                        name.text, least[o]);
}

/* Is it a number and nothing else, but for a scale: 1k, 2meg, -3m? */
static bool is_plain_number(struct command word, double *number)
{
    static const char *const scales[] = {"t", "g", "meg", "k", "mil", "m", "u", "n", "p", "f"};
    size_t digits = word.length, s = 0;
    while (digits > 0 && is_letter(word.text[digits - 1]))
        digits--;
    while (s < sizeof scales / sizeof *scales && !letters_spell(word.text + digits, word.length - digits, scales[s]))
        s++;
    return digits > 0 && (digits == word.length || s < sizeof scales / sizeof *scales) &&
           number_parse(word.text, word.length, number) == NUMBER_OK;
}

/* A word as a variable holds it: a number as ngspice writes it, 1000 for 1k. */
static void put_value_word(FILE *file, struct command word, bool is_quoted)
{
    char text[32];
    double number;
    bool is_number = !is_quoted && is_plain_number(word, &number);
    if (is_number && number == floor(number) && fabs(number) < 1e9)
        fprintf(file, "%.0f", number);
    if (!is_number)
        fwrite(word.text, 1, word.length, file);
    if (!is_number || (number == floor(number) && fabs(number) < 1e9))
        return;
    snprintf(text, sizeof text, "%g", number);
    without_locale(text);
    for (const char *at = text; *at; at++)
        fputc(*at == 'e' ? 'E' : *at, file);
}

/* The words of a value with their numbers written out, in their quotes those that have blanks; to be freed. NULL when
 * memory is out. */
static char *value_text(struct command value, bool is_quoted)
{
    const char *at = value.text, *end = at + value.length, *word;
    size_t length, size;
    char *text = NULL;
    FILE *file = open_memstream(&text, &size);
    bool is_first = true;
    if (file && is_quoted)
        put_value_word(file, value, true);
    while (file && !is_quoted && line_next_word(&at, end, &word, &length)) {
        bool has_quotes = word > value.text && (word[-1] == '"' || word[-1] == '\'');
        bool has_blanks = has_quotes && memchr(word, ' ', length);
        if (!is_first)
            fputc(' ', file);
        put_value_word(file, text_between(word - has_blanks, word + length + has_blanks), has_quotes);
        is_first = false;
    }
    if (file && fclose(file) == 0)
        return text;
    free(text);
    return NULL;
}

static void set_value(struct script *script, struct command command, struct command name, struct command value,
                      bool is_list, bool is_quoted)
{
    if (set_plot(script, name, value))
        return;
    set_option(script, name, value);
    char *text = value_text(value, is_quoted);
    if (!text)
        diagnose_no_memory(script->diagnostics);
    else if (variable_set(script, name.text, name.length, text, strlen(text), is_list))
        check_variable(script, command, name, value);
    free(text);
}

/* The end of a word that begins here, quotes and parentheses as a whole. */
static const char *end_of_word(const char *at, const char *end)
{
    char close = *at == '(' ? ')' : *at == '"' || *at == '\'' ? *at : '\0';
    const char *found = close ? memchr(at + 1, close, (size_t)(end - at) - 1) : NULL;
    if (found)
        return found + 1;
    while (at < end && !line_is_blank(*at))
        at++;
    return at;
}

/* name, name = value, several of them: each is set. */
static void set_all(struct script *script, struct command command)
{
    const char *end = command.text + command.length, *at = line_skip_blanks(command.text, end);
    while (at < end) {
        const char *from = at;
        while (at < end && !line_is_blank(*at) && *at != '=')
            at++;
        struct command name = text_between(from, at), value = {.text = ""};
        const char *equals = line_skip_blanks(at, end);
        bool is_list = false, is_quoted = false, has_value = equals < end && *equals == '=';
        if (has_value) {
            const char *begin = line_skip_blanks(equals + 1, end);
            at = begin < end ? end_of_word(begin, end) : begin;
            is_list = begin < at && *begin == '(';
            is_quoted = begin < at && (*begin == '"' || *begin == '\'');
            value = stripped(begin, at);
        }
        if (name.length == 0) {
            script_complain(script, command, "set needs a name before the `=`");
            return;
        }
        if (has_value && value.length == 0 && !is_quoted && !is_list)
            script_complain(script, name, "set %.*s= needs a value", (int)name.length, name.text);
        else if (has_value)
            set_value(script, command, name, value, is_list, is_quoted);
        else if (!set_plot(script, name, text_between("", "")))
            variable_set(script, name.text, name.length, "TRUE", strlen("TRUE"), false);
        at = line_skip_blanks(at, end);
    }
}

static int compare_variables(const void *p, const void *q, void *data)
{
    const struct variables *variables = data;
    const uint32_t *a = p, *b = q;
    return strcmp(variables->names.text[*a], variables->names.text[*b]);
}

static void list_variables(struct script *script)
{
    struct variables *variables = &script->variables;
    uint32_t *order = calloc(variables->names.count + 1, sizeof *order), count = 0;
    if (!order) {
        diagnose_no_memory(script->diagnostics);
        return;
    }
    for (uint32_t v = 0; v < variables->names.count; v++) {
        if (variables->variable[v].value)
            order[count++] = v;
    }
    qsort_r(order, count, sizeof *order, compare_variables, variables);
    for (uint32_t o = 0; o < count; o++) {
        const struct variable *variable = &variables->variable[order[o]];
        fprintf(script->out, variable->is_list ? "  %s\t( %s )\n" : "  %s\t%s\n",
                variables->names.text[order[o]], variable->value);
    }
    free(order);
}

/* set | set name .. | set name = value | set name = ( a b c ) */
void command_set(struct script *script, struct command command)
{
    if (command.length == 0)
        list_variables(script);
    else
        set_all(script, command);
}

/* option | option name = value ..: what acts on the circuit */
void command_option(struct script *script, struct command command)
{
    if (!script_has_circuit(script, command))
        return;
    const struct sim_options *options = &script_session(script)->requests.sim_options;
    if (command.length > 0) {
        set_all(script, command);
        return;
    }
    fprintf(script->out, "temp = %f\ntnom = %f\ngmin = %g\n", options->temp, options->tnom, options->gmin);
}

void command_unset(struct script *script, struct command command)
{
    const char *at = command.text, *end = command.text + command.length, *word;
    size_t length;
    while (line_next_word(&at, end, &word, &length))
        variable_unset(script, word, length);
}

/* define | define name(x, y) = expression */
void command_define(struct script *script, struct command command)
{
    if (command.length > 0)
        macros_add(script, command);
    else
        macros_list(script);
}

void command_undefine(struct script *script, struct command command)
{
    const char *at = command.text, *end = command.text + command.length, *word;
    size_t length;
    while (line_next_word(&at, end, &word, &length))
        macros_remove(script, word, length);
}

/* alias | alias name command */
void command_alias(struct script *script, struct command command)
{
    const char *at = command.text, *end = command.text + command.length, *name;
    size_t length;
    if (!line_next_word(&at, end, &name, &length)) {
        const struct variables *aliases = &script->aliases;
        for (uint32_t a = 0; a < aliases->names.count; a++) {
            if (aliases->variable[a].value)
                fprintf(script->out, "%s\t%s\n", aliases->names.text[a], aliases->variable[a].value);
        }
        return;
    }
    at = line_skip_blanks(at, end);
    alias_set(script, name, length, at, (size_t)(end - at));
}

void command_unalias(struct script *script, struct command command)
{
    const char *at = command.text, *end = command.text + command.length, *word;
    size_t length;
    while (line_next_word(&at, end, &word, &length)) {
        if (length == 1 && *word == '*')
            aliases_unset(script);
        else
            alias_unset(script, word, length);
    }
}

/* setseed [number]: where random numbers begin */
void command_setseed(struct script *script, struct command command)
{
    double seed = 1;
    if (command.length > 0 && !script_evaluate_number(script, command, &seed))
        return;
    script->random = random_from((uint64_t)(int64_t)seed);
}

/* strcmp name a b: the variable becomes -1, 0 or 1 */
void command_strcmp(struct script *script, struct command command)
{
    const char *at = command.text, *end = command.text + command.length, *word[3];
    size_t length[3];
    for (int w = 0; w < 3; w++) {
        if (!line_next_word(&at, end, &word[w], &length[w])) {
            script_complain(script, command, "strcmp needs a name and two words");
            return;
        }
    }
    size_t shared = length[1] < length[2] ? length[1] : length[2];
    int order = memcmp(word[1], word[2], shared);
    if (order == 0)
        order = (length[1] > length[2]) - (length[1] < length[2]);
    const char *value = order < 0 ? "-1" : order > 0 ? "1" : "0";
    variable_set(script, word[0], length[0], value, strlen(value), false);
}
