/* Numbers, names and calls. */
#include "netlist/compiler.h"

#include "netlist/number.h"
#include "util/array.h"
#include <string.h>

enum { CALL_DEPTH = 100 }; /* of functions that call functions */

/* ---- operands ---- */

void operand_number(struct compiler *compiler, const struct text *text, struct expression_word word)
{
    double number = 0.0;
    switch (number_parse(word.text, word.length, &number)) {
    case NUMBER_OK:
        compiler_push(compiler, text, word, (struct expression_step){.kind = STEP_NUMBER, .number = number});
        break;
    case NUMBER_RANGE:
        FAIL(compiler, text->call, word, "%.*s is too large for a number", SHOW(word));
        break;
    default:
        FAIL(compiler, text->call, word, "%.*s is not a number", SHOW(word));
    }
}

static bool same_word(struct expression_word a, struct expression_word b)
{
    if (a.length != b.length)
        return false;
    for (size_t i = 0; i < a.length; i++) {
        unsigned char x = (unsigned char)a.text[i], y = (unsigned char)b.text[i];
        x = x >= 'A' && x <= 'Z' ? (unsigned char)(x + ('a' - 'A')) : x;
        y = y >= 'A' && y <= 'Z' ? (unsigned char)(y + ('a' - 'A')) : y;
        if (x != y)
            return false;
    }
    return true;
}

void operand_name(struct compiler *compiler, const struct text *text, struct expression_word word)
{
    const struct call *call = text->call;
    for (size_t i = 0; call && i < call->function->arguments; i++) {
        if (same_word(call->function->argument[i], word)) {
            compiler_push(compiler, text, word, compiler_step(word, STEP_COPY, call->base + i));
            return;
        }
    }
    compiler_push_use(compiler, text, (struct expression_use){.kind = EXPRESSION_NAME, .whole = word, .a = word});
}

/* A use, with an index in brackets behind it or not. */
static void push_indexed(struct compiler *compiler, struct text *text, struct expression_use use)
{
    struct lexemes *lexemes = &text->lexemes;
    if (!compiler->syntax->whole || lexemes->at == lexemes->end || *lexemes->at != '[') {
        compiler_push_use(compiler, text, use);
        return;
    }
    struct expression_use element = {.kind = EXPRESSION_ELEMENT, .whole = use.whole, .a = use.whole};
    if (!lexemes_inside(lexemes, '[', ']', &element.b)) {
        FAIL(compiler, text->call, use.whole, "the bracket behind %.*s is not closed", SHOW(use.whole));
        return;
    }
    element.whole.length = (size_t)(lexemes->at - use.whole.text);
    compiler_push_use(compiler, text, element);
}

/* mean(expression) and its like: the caller's. */
static void read_whole(struct compiler *compiler, struct text *text, struct expression_word word)
{
    struct expression_use use = {.kind = EXPRESSION_WHOLE, .whole = word, .a = word};
    if (!lexemes_inside(&text->lexemes, '(', ')', &use.b)) {
        FAIL(compiler, text->call, word, "the parenthesis of `%.*s(` is not closed", SHOW(word));
        return;
    }
    use.whole.length = (size_t)(text->lexemes.at - word.text);
    push_indexed(compiler, text, use);
}

/* A name may stand in quotes. */
static void unquote(struct expression_word *word)
{
    if (word->length > 2 && *word->text == '"' && word->text[word->length - 1] == '"') {
        word->text++;
        word->length -= 2;
    }
}

/* v(a), v(a,b), i(a), p(a), or op1.v(a) */
static void read_vector(struct compiler *compiler, struct text *text, struct expression_word word)
{
    struct expression_use use = {.whole = word, .plot = {word.text, word.length > 1 ? word.length - 2 : 0}};
    size_t count;
    switch (word.text[word.length - 1] | 0x20) {
    case 'v': use.kind = EXPRESSION_VOLTAGE; break;
    case 'i': use.kind = EXPRESSION_CURRENT; break;
    default: use.kind = EXPRESSION_POWER;
    }
    if (!lexemes_words(&text->lexemes, &use.a, &use.b, &count)) {
        FAIL(compiler, text->call, word, "the parenthesis of `%.*s(` is not closed", SHOW(word));
        return;
    }
    if (text->lexemes.language == EXPRESSION_VECTOR) {
        unquote(&use.a);
        unquote(&use.b);
    }
    use.whole.length = (size_t)(text->lexemes.at - word.text);
    if (count == 0 || count > 2 || (count == 2 && use.kind != EXPRESSION_VOLTAGE)) {
        FAIL(compiler, text->call, use.whole, "%.*s takes %s, and this has %zu", SHOW(word),
             use.kind == EXPRESSION_VOLTAGE ? "one node or two" : "one element", count);
        return;
    }
    push_indexed(compiler, text, use);
}

static bool is_vector(const struct text *text, struct expression_word word)
{
    if (text->lexemes.language == EXPRESSION_PARAMETER || !strchr("vViIpP", word.text[word.length - 1]))
        return false;
    return word.length == 1 ||
           (text->lexemes.language == EXPRESSION_VECTOR && word.length > 2 && word.text[word.length - 2] == '.');
}

void operand_call(struct compiler *compiler, struct text *text, struct expression_word word)
{
    const struct expression_syntax *syntax = compiler->syntax;
    struct open call = {.kind = OPEN_CALL, .word = word};
    if (syntax->function)
        call.own = syntax->function(syntax->data, word.text, word.length);
    if (!call.own && is_vector(text, word)) {
        read_vector(compiler, text, word);
        text->operand_due = false;
        return;
    }
    if (!call.own && syntax->whole && syntax->whole(word.text, word.length)) {
        read_whole(compiler, text, word);
        text->operand_due = false;
        return;
    }
    if (!call.own)
        call.function = functions_find(syntax->language, word.text, word.length);
    if (!call.own && !call.function && syntax->language == EXPRESSION_PARAMETER && word.length == 1 &&
        strchr("vViI", *word.text)) {
        FAIL(compiler, text->call, word, "%.*s(..) depends on the answer, and no value on a card may", SHOW(word));
        return;
    }
    if (!call.own && !call.function) {
        const char *nearest = functions_nearest(syntax->language, word.text, word.length);
        if (nearest)
            FAIL(compiler, text->call, word, "there is no function %.*s; did you mean %s?", SHOW(word), nearest);
        else
            FAIL(compiler, text->call, word, "there is no function %.*s", SHOW(word));
        return;
    }
    lexemes_next(&text->lexemes, true);
    compiler_open(compiler, call);
    text->fresh = true;
}

/* ---- calls ---- */

static bool is_ternary(const struct open *call)
{
    return call->function && call->function->kind == FUNCTION_TERNARY;
}

bool call_has_points(const struct open *call)
{
    return call->function && (call->function->kind == FUNCTION_TABLE || call->function->kind == FUNCTION_PWL);
}

/* Is all of the latest argument of a table a number, with a sign or without? */
static bool is_number(const struct compiler *compiler, const struct open *call)
{
    size_t steps = compiler->steps - call->patch;
    const struct expression_step *step = compiler->step + call->patch;
    return (steps == 1 || steps == 2) && step[0].kind == STEP_NUMBER && (steps == 1 || step[1].kind == STEP_NEGATE);
}

/* An argument of a table ends. Count numbers behind the first argument; where one is none, all must find room on the
 * stack. */
static void end_point(struct compiler *compiler, const struct text *text, struct open *call)
{
    if (call->count > 0 && call->numbers + 1 == call->count && is_number(compiler, call))
        call->numbers++;
    else if (compiler->height > EXPRESSION_DEPTH)
        FAIL(compiler, text->call, call->word, "the expression is nested too deeply");
    call->patch = compiler->steps;
}

/* The numbers behind the first argument leave the code. False: memory is out. */
static bool take_points(struct compiler *compiler, const struct open *call)
{
    size_t count = call->numbers, steps = compiler->steps;
    if (!array_reserve(&compiler->points, &compiler->points_capacity, compiler->n_points + 1,
                       sizeof *compiler->points) ||
        !array_reserve(&compiler->point, &compiler->point_capacity, compiler->n_point + count, sizeof *compiler->point))
        return false;
    for (double *point = compiler->point + compiler->n_point + count; count > 0; count--) {
        bool negative = compiler->step[--steps].kind == STEP_NEGATE;
        steps -= negative;
        *--point = negative ? -compiler->step[steps].number : compiler->step[steps].number;
    }
    compiler->steps = steps;
    compiler->n_point += call->numbers;
    compiler->points[compiler->n_points++] =
        (struct function_points){.function = call->function, .count = call->numbers / 2};
    return true;
}

static void write_look_up(struct compiler *compiler, const struct open *call)
{
    if (!take_points(compiler, call)) {
        compiler->failed = compiler->no_memory = true;
        return;
    }
    compiler->height -= call->numbers;
    compiler_write(compiler, compiler_step(call->word, STEP_LOOK_UP, compiler->n_points - 1));
}

void call_argument(struct compiler *compiler, const struct text *text, struct open *call)
{
    if (call_has_points(call))
        end_point(compiler, text, call);
    call->count++;
    if (!is_ternary(call) || call->count > 2)
        return;
    size_t jump = compiler_jump(compiler, call->word, call->count == 1 ? STEP_JUMP_UNLESS : STEP_JUMP);
    if (call->count == 2)
        compiler_land(compiler, call->patch);
    call->patch = jump;
}

static bool count_is_right(struct compiler *compiler, const struct text *text, const struct open *call, size_t count)
{
    size_t least = call->own ? call->own->arguments : call->function->least;
    size_t most = call->own ? least : call->function->most;
    if (count >= least && count <= most)
        return true;
    FAIL(compiler, text->call, call->word, "%.*s takes %s%zu argument%s, and this has %zu", SHOW(call->word),
         least == most ? "" : count < least ? "at least " : "at most ", count < least ? least : most,
         (count < least ? least : most) == 1 ? "" : "s", count);
    return false;
}

/* The body in place of the call: its arguments are the last values on the stack. */
static void write_body(struct compiler *compiler, const struct text *text, const struct open *open)
{
    struct call call = {.function = open->own,
                        .word = open->word,
                        .base = compiler->height - open->own->arguments,
                        .caller = text->call,
                        .depth = text->call ? text->call->depth + 1 : 1};
    for (const struct call *outer = text->call; outer; outer = outer->caller) {
        if (outer->function == open->own) {
            FAIL(compiler, text->call, open->word, "function %.*s calls itself", SHOW(open->word));
            return;
        }
    }
    if (call.depth > CALL_DEPTH) {
        FAIL(compiler, text->call, open->word, "functions call each other more than %d deep", CALL_DEPTH);
        return;
    }
    const char *end;
    if (!compiler_text(compiler, &call, open->own->body, &end))
        return;
    if (open->own->arguments > 0)
        compiler_write(compiler, compiler_step(open->word, STEP_LEAVE, open->own->arguments));
    compiler->height = call.base + 1;
}

/* max, min: of any number of arguments. */
static bool is_extreme(const struct open *call)
{
    return call->function && (call->function->kind == FUNCTION_MIN || call->function->kind == FUNCTION_MAX);
}

static void write_call(struct compiler *compiler, const struct open *call, size_t count)
{
    struct expression_step step = compiler_step(call->word, STEP_CALL, 0);
    step.count = (uint16_t)count;
    step.function = call->function;
    compiler->height -= count - 1;
    compiler->draws |= function_draws(call->function, (unsigned)count);
    compiler_write(compiler, step);
}

/* gt0(x) is x > 0. */
static void write_comparison(struct compiler *compiler, const struct text *text, const struct open *call)
{
    enum step_kind step = STEP_EQUAL + (call->function->kind - FUNCTION_EQUAL);
    compiler_push(compiler, text, call->word, (struct expression_step){.kind = STEP_NUMBER, .number = 0});
    compiler->height--;
    compiler_write(compiler, compiler_step(call->word, step, 0));
}

void call_end(struct compiler *compiler, const struct text *text, struct open call, size_t count)
{
    if (!compiler->failed && count == 1 && is_extreme(&call)) {
        diagnose(compiler->diagnostics, WARNING_ONE_ARGUMENT, call.word.text, call.word.length,
                 "%.*s has one argument, and is that: ngspice compares it with 1", SHOW(call.word));
        return;
    }
    if (compiler->failed || !count_is_right(compiler, text, &call, count))
        return;
    if (call_has_points(&call))
        end_point(compiler, text, &call);
    if (compiler->failed)
        return;
    if (call.own) {
        write_body(compiler, text, &call);
    } else if (is_ternary(&call)) {
        compiler_land(compiler, call.patch);
    } else if (call_has_points(&call) && call.numbers + 1 == count && count % 2 == 1) {
        write_look_up(compiler, &call);
    } else if (is_extreme(&call)) {
        for (; count > 1; count--) /* max(x,y,z): max(x,max(y,z)) */
            write_call(compiler, &call, 2);
    } else if (call.function->kind >= FUNCTION_EQUAL) {
        write_comparison(compiler, text, &call);
    } else {
        write_call(compiler, &call, count);
    }
}
