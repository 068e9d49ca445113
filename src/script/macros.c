#include "script/macros.h"

#include "analysis/card_values.h"
#include "script/circuits.h"
#include "script/variables.h"
#include "util/array.h"
#include "util/letters.h"
#include "write/sink.h"
#include <stdlib.h>
#include <string.h>

/* ---- the functions ---- */

/* Those of ngspice's own; x and y are their arguments. */
static const struct own_function {
    const char *name, *one, *two; /* of one argument, of two; NULL: none */
} own_functions[] = {
    {"vm", "mag(v(x))", "mag(v(x)-v(y))"}, {"vp", "ph(v(x))", "ph(v(x)-v(y))"}, {"vr", "re(v(x))", "re(v(x)-v(y))"},
    {"vi", "im(v(x))", "im(v(x)-v(y))"},   {"vdb", "db(v(x))", "db(v(x)-v(y))"},
};

/* `set units=degrees`: what functions of angles are. */
static const struct own_function of_degrees[] = {
    {"sin", "sin((x)*(pi/180))", NULL},   {"cos", "cos((x)*(pi/180))", NULL},   {"tan", "tan((x)*(pi/180))", NULL},
    {"asin", "(asin(x)*(180/pi))", NULL}, {"acos", "(acos(x)*(180/pi))", NULL}, {"atan", "(atan(x)*(180/pi))", NULL},
};

static bool is_name_byte(char byte)
{
    return is_letter(byte) || is_digit(byte) || byte == '_';
}

static bool same_name(const char *name, const char *text, size_t length)
{
    return strlen(name) == length && strncasecmp(name, text, length) == 0;
}

/* The last macro of that name, + 1, or 0. */
static size_t find_named(const struct script *script, const char *name, size_t length)
{
    uint32_t number = names_find(&script->macro_names, name, length);
    return number != NAMES_NONE ? script->macro_named[number] : 0;
}

static struct macro *find_macro(const struct script *script, const char *name, size_t length, size_t arguments)
{
    size_t found = find_named(script, name, length);
    while (found > 0 && script->macro[found - 1].parameters != arguments)
        found = script->macro[found - 1].another;
    return found > 0 ? &script->macro[found - 1] : NULL;
}

/* Let the last macro be found by its name. False when memory is out. */
static bool name_last(struct script *script)
{
    struct macro *macro = &script->macro[script->macros - 1];
    bool is_new;
    uint32_t number = array_reserve(&script->macro_named, &script->macro_named_capacity,
                                    (size_t)script->macro_names.count + 1, sizeof *script->macro_named)
                          ? names_add(&script->macro_names, macro->name, strlen(macro->name), &is_new)
                          : NAMES_NONE;
    if (number == NAMES_NONE)
        return false;
    macro->another = is_new ? 0 : script->macro_named[number];
    script->macro_named[number] = script->macros;
    return true;
}

static const char *find_own(const struct own_function *functions, size_t count, const char *name, size_t length,
                            size_t arguments)
{
    for (size_t f = 0; f < count; f++) {
        if (same_name(functions[f].name, name, length))
            return arguments == 1 ? functions[f].one : arguments == 2 ? functions[f].two : NULL;
    }
    return NULL;
}

/* May a call of this name be replaced? */
static bool may_replace(const struct script *script, const char *name, size_t length)
{
    bool found = false;
    for (size_t f = 0; f < sizeof own_functions / sizeof *own_functions; f++)
        found = found || same_name(own_functions[f].name, name, length);
    for (size_t f = 0; f < sizeof of_degrees / sizeof *of_degrees; f++)
        found = found || same_name(of_degrees[f].name, name, length);
    return found || find_named(script, name, length) > 0;
}

/* ---- calls ---- */

enum { ARGUMENTS = 16, DEPTH = 50, MOST_BYTES = 1 << 24 };

struct call {
    struct command argument[ARGUMENTS];
    size_t arguments;
    const char *end; /* behind the parenthesis */
};

/* The arguments from behind an opening parenthesis on. False: there are too many, or no end. */
static bool read_call(const char *at, const char *end, struct call *call)
{
    int depth = 0;
    const char *from = at;
    call->arguments = 0;
    for (; at < end; at++) {
        bool closes = *at == ')' && depth == 0;
        if (closes || (*at == ',' && depth == 0)) {
            if (call->arguments == ARGUMENTS)
                return false;
            call->argument[call->arguments++] = text_between(from, at);
            from = at + 1;
        }
        if (closes) {
            call->end = at + 1;
            return true;
        }
        depth += (*at == '(') - (*at == ')');
    }
    return false;
}

/* A growing text. */
struct buffer {
    char *text;
    size_t length, capacity;
    bool out_of_memory, too_long;
};

static void put(struct buffer *buffer, const char *bytes, size_t length)
{
    if (buffer->length + length > MOST_BYTES) {
        buffer->too_long = true;
        return;
    }
    if (!array_reserve(&buffer->text, &buffer->capacity, buffer->length + length + 1, 1)) {
        buffer->out_of_memory = true;
        return;
    }
    memcpy(buffer->text + buffer->length, bytes, length);
    buffer->length += length;
    buffer->text[buffer->length] = '\0';
}

static bool is_full(const struct buffer *buffer)
{
    return buffer->out_of_memory || buffer->too_long;
}

static struct command trimmed(struct command text)
{
    while (text.length > 0 && line_is_blank(*text.text))
        text.text++, text.length--;
    while (text.length > 0 && line_is_blank(text.text[text.length - 1]))
        text.length--;
    return text;
}

/* Put an argument where a parameter stands: in parentheses unless it is a word, which may be a node's name. */
static void put_argument(struct buffer *buffer, struct command argument)
{
    bool is_word = true;
    argument = trimmed(argument);
    for (size_t b = 0; b < argument.length; b++)
        is_word = is_word && (is_name_byte(argument.text[b]) || argument.text[b] == '.' || argument.text[b] == '#');
    put(buffer, "(", !is_word);
    put(buffer, argument.text, argument.length);
    put(buffer, ")", !is_word);
}

/* What a body stands in: an operand that can have an index, also behind another expression. */
static const char values_of[] = "values_of(";

/* Put a body with its arguments in. */
static void put_body(struct buffer *buffer, const char *body, const char *const *parameter, size_t parameters,
                     const struct call *call)
{
    const char *at = body;
    put(buffer, values_of, strlen(values_of));
    while (*at && !is_full(buffer)) {
        size_t length = 0, p = 0;
        while (is_name_byte(at[length]))
            length++;
        while (length > 0 && p < parameters && !same_name(parameter[p], at, length))
            p++;
        if (length > 0 && p < parameters && at[length] != '(')
            put_argument(buffer, call->argument[p]);
        else
            put(buffer, at, length > 0 ? length : 1);
        at += length > 0 ? length : 1;
    }
    put(buffer, ")", 1);
}

static void replace(struct script *script, struct command text, struct buffer *buffer, struct replaced *replaced,
                    unsigned depth, const char *inside);

/* Put what a call of this name stands for. False: it is no such function. */
static bool put_call(struct script *script, const char *name, size_t length, const struct call *call,
                     struct buffer *buffer, unsigned depth, const char *inside)
{
    static const char *const own_parameter[] = {"x", "y"};
    struct buffer once = {0};
    const struct macro *macro = find_macro(script, name, length, call->arguments);
    bool in_itself = inside && same_name(inside, name, length);
    const char *units = variable_value(script, "units", strlen("units"));
    const char *body = NULL, *own_name = NULL;
    if (!macro && !in_itself && units && letters_spell(units, strlen(units), "degrees"))
        body = find_own(of_degrees, sizeof of_degrees / sizeof *of_degrees, name, length, call->arguments);
    if (!macro && !body)
        body = find_own(own_functions, sizeof own_functions / sizeof *own_functions, name, length, call->arguments);
    if (macro)
        put_body(&once, macro->body, (const char *const *)macro->parameter, macro->parameters, call);
    else if (body)
        put_body(&once, body, own_parameter, call->arguments, call);
    else
        return false;
    char *copy = body ? strndup(name, length) : NULL;
    own_name = copy;
    buffer->out_of_memory |= once.out_of_memory || (body && !copy);
    buffer->too_long |= once.too_long || depth >= DEPTH;
    if (!is_full(buffer))
        replace(script, text_between(once.text, once.text + once.length), buffer, NULL, depth + 1, own_name);
    free(copy);
    free(once.text);
    return true;
}

/* The value of a parameter of a card: of a model, or of an element where it is no vector. */
static bool card_value(struct script *script, const char *name, size_t length, const char *parameter,
                       size_t parameter_length, double *value)
{
    struct session *session = script->here->session;
    const struct circuit *circuit = &session->circuit;
    const struct expression_word word = {parameter, parameter_length};
    uint32_t element = lookup_element(circuit, name, length);
    struct placed_card model;
    struct vector vector;
    if (element != NAMES_NONE && lookup_parameter(circuit, element, parameter, parameter_length, &vector)) {
        if (vector.kind != VECTOR_VALUE ||
            vectors_find(&script->current->result.plot.recorded, &vector) != VECTORS_NONE)
            return false; /* it is a vector there */
        *value = vector_value(&vector, circuit, NULL);
        return true;
    }
    if (element != NAMES_NONE)
        return element_card_value(session, element, word, script->diagnostics, value);
    return place_model(session, name, length, &model) &&
           model_card_value(session, &model, word, script->diagnostics, value);
}

/* Put the value of @dm[is], @r1[tc1]; *end is behind it. False: it is none, or a vector. */
static bool put_card_value(struct script *script, const char *at, const char *limit, struct buffer *buffer,
                           const char **end)
{
    const char *name = at + 1, *bracket = name, *close;
    double value;
    while (bracket < limit && *bracket != '[' && !line_is_blank(*bracket))
        bracket++;
    close = bracket < limit ? memchr(bracket, ']', (size_t)(limit - bracket)) : NULL;
    if (!script->here || !close || *bracket != '[' || bracket == name)
        return false;
    if (!card_value(script, name, (size_t)(bracket - name), bracket + 1, (size_t)(close - bracket) - 1, &value))
        return false;
    char text[64];
    snprintf(text, sizeof text, "%.17g", value);
    size_t length = without_locale(text);
    put(buffer, values_of, strlen(values_of));
    put(buffer, text, length);
    put(buffer, ")", 1);
    *end = close + 1;
    return true;
}

/* Copy a text with calls replaced; replaced (or NULL) notes them. inside: the function whose body this is, which means
 * the language's own there. */
static void replace(struct script *script, struct command text, struct buffer *buffer, struct replaced *replaced,
                    unsigned depth, const char *inside)
{
    const char *at = text.text, *end = at + text.length;
    while (at < end && !is_full(buffer)) {
        size_t length = 0, before = buffer->length;
        struct call call;
        while (at + length < end && is_name_byte(at[length]))
            length++;
        const char *open = at + length;
        while (open < end && line_is_blank(*open))
            open++;
        bool calls = *at == '@' && put_card_value(script, at, end, buffer, &call.end);
        bool is_open = length > 0 && !is_digit(*at) && open < end && *open == '(';
        calls = calls || (is_open && may_replace(script, at, length) && read_call(open + 1, end, &call) &&
                          put_call(script, at, length, &call, buffer, depth, inside));
        if (!calls) {
            put(buffer, at, length > 0 ? length : 1);
            at += length > 0 ? length : 1;
            continue;
        }
        if (replaced && !array_reserve(&replaced->item, &replaced->capacity, replaced->count + 1,
                                       sizeof *replaced->item))
            buffer->out_of_memory = true;
        else if (replaced)
            replaced->item[replaced->count++] = (struct replacement){
                before, buffer->length, (size_t)(at - text.text), (size_t)(call.end - text.text)};
        at = call.end;
    }
}

bool macros_replace(struct script *script, struct command expression, struct replaced *replaced)
{
    struct buffer buffer = {0};
    if (!memchr(expression.text, '(', expression.length) && !memchr(expression.text, '@', expression.length))
        return true;
    replace(script, expression, &buffer, replaced, 0, NULL);
    if (!is_full(&buffer) && replaced->count > 0) {
        replaced->text = buffer.text;
        return true;
    }
    free(buffer.text);
    macros_free_replaced(replaced);
    if (buffer.too_long)
        script_refuse(script, ERROR_SCRIPT_COMMAND, expression, "functions of `define` call each other without end");
    else if (buffer.out_of_memory)
        diagnose_no_memory(script->diagnostics);
    return !is_full(&buffer);
}

char *macros_restore(const struct replaced *replaced, struct command expression, const char *from, size_t length)
{
    size_t at = (size_t)(from - replaced->text), end = at + length;
    struct buffer buffer = {0};
    put(&buffer, "", 0);
    for (size_t r = 0; r < replaced->count; r++) {
        const struct replacement *item = &replaced->item[r];
        if (item->from < at || item->to > end)
            continue;
        put(&buffer, replaced->text + at, item->from - at);
        put(&buffer, expression.text + item->source_from, item->source_to - item->source_from);
        at = item->to;
    }
    put(&buffer, replaced->text + at, end - at);
    if (!is_full(&buffer))
        return buffer.text;
    free(buffer.text);
    return NULL;
}

void macros_free_replaced(struct replaced *replaced)
{
    free(replaced->text);
    free(replaced->item);
    *replaced = (struct replaced){0};
}

/* ---- define, undefine ---- */

static void free_macro(struct macro *macro)
{
    free(macro->name);
    for (size_t p = 0; p < macro->parameters; p++)
        free(macro->parameter[p]);
    free(macro->parameter);
    free(macro->body);
}

/* The macro of a function. False when memory is out. */
static bool make_macro(struct macro *macro, const char *name, size_t length, const struct call *call,
                       struct command body)
{
    *macro = (struct macro){.name = strndup(name, length), .body = strndup(body.text, body.length)};
    macro->parameter = array_new(call->arguments, sizeof *macro->parameter);
    bool done = macro->name && macro->body && macro->parameter;
    for (size_t p = 0; done && p < call->arguments; p++) {
        struct command parameter = trimmed(call->argument[p]);
        done = (macro->parameter[p] = strndup(parameter.text, parameter.length));
        macro->parameters += done;
    }
    if (!done)
        free_macro(macro);
    return done;
}

bool macros_add(struct script *script, struct command command)
{
    const char *end = command.text + command.length, *open = memchr(command.text, '(', command.length);
    struct call call = {.end = NULL};
    struct macro macro;
    if (!open || !read_call(open + 1, end, &call)) {
        script_complain(script, command, "define needs name(x, y) and an expression");
        return false;
    }
    struct command name = trimmed(text_between(command.text, open)), body = trimmed(text_between(call.end, end));
    if (body.length > 0 && *body.text == '=')
        body = trimmed(text_between(body.text + 1, end));
    bool is_name = name.length > 0 && !is_digit(*name.text);
    for (size_t b = 0; b < name.length; b++)
        is_name = is_name && is_name_byte(name.text[b]);
    if (!is_name || body.length == 0) {
        script_complain(script, command, "define needs name(x, y) and an expression");
        return false;
    }
    struct macro *old = find_macro(script, name.text, name.length, call.arguments);
    if (!make_macro(&macro, name.text, name.length, &call, body)) {
        diagnose_no_memory(script->diagnostics);
        return false;
    }
    if (old) {
        macro.another = old->another;
        free_macro(old);
        *old = macro;
        return true;
    }
    if (array_reserve(&script->macro, &script->macro_capacity, script->macros + 1, sizeof *script->macro)) {
        script->macro[script->macros++] = macro;
        if (name_last(script))
            return true;
        script->macros--;
    }
    free_macro(&macro);
    diagnose_no_memory(script->diagnostics);
    return false;
}

void macros_remove(struct script *script, const char *name, size_t length)
{
    bool all = length == 1 && *name == '*';
    size_t count = script->macros;
    for (uint32_t n = 0; n < script->macro_names.count; n++)
        script->macro_named[n] = 0;
    script->macros = 0;
    for (size_t d = 0; d < count; d++) {
        if (all || same_name(script->macro[d].name, name, length)) {
            free_macro(&script->macro[d]);
        } else {
            script->macro[script->macros++] = script->macro[d];
            name_last(script); /* which it had before */
        }
    }
}

void macros_list(const struct script *script)
{
    for (size_t d = script->macros; d-- > 0;) {
        const struct macro *macro = &script->macro[d];
        fprintf(script->out, "%s (", macro->name);
        for (size_t p = 0; p < macro->parameters; p++)
            fprintf(script->out, p > 0 ? ", %s" : "%s", macro->parameter[p]);
        fprintf(script->out, ") = %s\n", macro->body);
    }
}

void macros_free(struct script *script)
{
    macros_remove(script, "*", 1);
    free(script->macro);
    free(script->macro_named);
    names_free(&script->macro_names);
    script->macro = NULL;
    script->macro_named = NULL;
    script->macro_capacity = script->macro_named_capacity = 0;
}
