#include "netlist/expression_code.h"
#include "netlist/lexemes.h"
#include "netlist/number.h"
#include "util/array.h"

#include <stdlib.h>
#include <string.h>

/* Operator precedence with a stack of what is open: a step is written when what follows binds looser. The stack is on
 * the heap, so nesting costs no recursion; only the body of a function is compiled by a call of its own.
 * Source: Dijkstra 1961, "Algol 60 translation", MR 35: the shunting yard. */

enum {
    CALL_DEPTH = 100,        /* of functions that call functions */
    WRITTEN_LIMIT = 1 << 20, /* lexemes in the bodies of all calls: a few lines of functions could ask for 2^1000 */
    NAME_SHOWN = 80          /* bytes of a name in a message */
};

/* From loose to tight. */
enum level {
    LEVEL_CHOICE = 1,
    LEVEL_OR,
    LEVEL_AND,
    LEVEL_EQUALITY,
    LEVEL_ORDER,
    LEVEL_LOOSE_NOT,
    LEVEL_SUM,
    LEVEL_PRODUCT,
    LEVEL_SIGN,
    LEVEL_POWER,
    LEVEL_TIGHT
};

enum open_kind {
    /* These wait for their second part; what follows closes nothing before them. */
    OPEN_PARENTHESIS,
    OPEN_QUOTE,
    OPEN_CALL,
    OPEN_QUESTION, /* `?` without its `:` yet */
    /* These are written when what follows binds looser. */
    OPEN_OPERATOR, /* step is written */
    OPEN_LAZY      /* && || and the `:` of a choice: step, if any, is written; the jump at `patch` leads behind */
};

struct open {
    unsigned char kind;  /* enum open_kind */
    unsigned char level; /* enum level */
    unsigned char step;  /* enum step_kind; OPEN_LAZY: or STEP_NUMBER for none */
    uint32_t count;      /* OPEN_CALL: commas */
    size_t patch;        /* OPEN_QUESTION, OPEN_LAZY, ternary_fcn: the jump to complete */
    struct expression_word word;
    const struct function *function;       /* OPEN_CALL: built in */
    const struct expression_function *own; /* OPEN_CALL: or the user's */
};

/* A call whose body is being compiled. */
struct call {
    const struct expression_function *function;
    struct expression_word word; /* where it is called */
    size_t base;                 /* stack[base..) are its arguments */
    const struct call *caller;   /* NULL: the expression */
    unsigned depth;
};

struct compiler {
    const struct expression_syntax *syntax;
    struct diagnostics *diagnostics;
    struct expression_step *step;
    struct expression_use *use;
    struct open *open;
    size_t steps, uses, opens;
    size_t step_capacity, use_capacity, open_capacity;
    size_t height;  /* of the evaluator's stack at this point */
    size_t written; /* lexemes read in bodies */
    bool draws;
    bool failed;    /* a diagnostic was made, or: */
    bool no_memory;
};

/* One text: the expression, or the body of a call. */
struct text {
    struct lexemes lexemes;
    const struct call *call; /* NULL: the expression */
    size_t first_open;       /* open[first_open..) belong to it */
    bool operand_due;
    bool fresh; /* nothing but an opening parenthesis or comma is before */
    bool done;
    const char *end; /* of the last lexeme */
};

static bool compile_text(struct compiler *compiler, const struct call *call, struct expression_word source,
                         const char **end);

/* ---- mistakes ---- */

static int shown(size_t length)
{
    return length < NAME_SHOWN ? (int)length : NAME_SHOWN;
}

static void note_calls(struct compiler *compiler, const struct call *call)
{
    for (; call; call = call->caller)
        diagnose(compiler->diagnostics, SEVERITY_NOTE, call->word.text, call->word.length, "%.*s is called here",
                 shown(call->word.length), call->word.text);
}

/* Say what is wrong at a word, with that word where the format wants one. */
#define FAIL(compiler, call_, word_, ...)                                                                       \
    do {                                                                                                        \
        diagnose((compiler)->diagnostics, SEVERITY_ERROR, (word_).text, (word_).length ? (word_).length : 1,    \
                 __VA_ARGS__);                                                                                  \
        note_calls(compiler, call_);                                                                            \
        (compiler)->failed = true;                                                                              \
    } while (0)

#define SHOW(word) shown((word).length), (word).text

/* ---- writing ---- */

static void out_of_memory(struct compiler *compiler)
{
    compiler->failed = compiler->no_memory = true;
}

static void write_step(struct compiler *compiler, struct expression_step step)
{
    if (!array_reserve(&compiler->step, &compiler->step_capacity, compiler->steps + 1, sizeof *compiler->step))
        out_of_memory(compiler);
    else
        compiler->step[compiler->steps++] = step;
}

static struct expression_step step_at(struct expression_word word, enum step_kind kind, size_t operand)
{
    return (struct expression_step){
        .kind = (uint16_t)kind, .length = (uint32_t)word.length, .place = word.text, .operand = operand};
}

/* A step that pushes a value. */
static void push(struct compiler *compiler, const struct text *text, struct expression_word word,
                 struct expression_step step)
{
    if (compiler->height == EXPRESSION_DEPTH) {
        FAIL(compiler, text->call, word, "the expression is nested too deeply");
        return;
    }
    compiler->height++;
    write_step(compiler, step);
}

static void push_use(struct compiler *compiler, const struct text *text, struct expression_use use)
{
    if (!array_reserve(&compiler->use, &compiler->use_capacity, compiler->uses + 1, sizeof *compiler->use)) {
        out_of_memory(compiler);
        return;
    }
    compiler->use[compiler->uses] = use;
    push(compiler, text, use.whole, step_at(use.whole, STEP_USE, compiler->uses++));
}

/* Write a jump and return where it is. The value that it pops, or leaves in one of two ways, is gone. */
static size_t write_jump(struct compiler *compiler, struct expression_word word, enum step_kind kind)
{
    write_step(compiler, step_at(word, kind, 0));
    compiler->height--;
    return compiler->steps - 1;
}

static void land(struct compiler *compiler, size_t jump)
{
    if (!compiler->failed)
        compiler->step[jump].operand = compiler->steps;
}

/* ---- what is open ---- */

static void open_push(struct compiler *compiler, struct open open)
{
    if (!array_reserve(&compiler->open, &compiler->open_capacity, compiler->opens + 1, sizeof *compiler->open))
        out_of_memory(compiler);
    else
        compiler->open[compiler->opens++] = open;
}

static struct open *open_top(const struct compiler *compiler, const struct text *text)
{
    return compiler->opens > text->first_open ? &compiler->open[compiler->opens - 1] : NULL;
}

static void close_operator(struct compiler *compiler, const struct open *open)
{
    if (open->kind == OPEN_OPERATOR && open->step < STEP_NEGATE)
        compiler->height--;
    if (open->kind == OPEN_OPERATOR || open->step != STEP_NUMBER)
        write_step(compiler, step_at(open->word, open->step, 0));
    if (open->kind == OPEN_LAZY)
        land(compiler, open->patch);
}

/* Write what binds tighter than a following operator, or as tight where that is left-associative. */
static void close_above(struct compiler *compiler, const struct text *text, enum level level, bool right)
{
    struct open *top;
    while (!compiler->failed && (top = open_top(compiler, text)) != NULL && top->kind >= OPEN_OPERATOR &&
           (top->level > level || (top->level == level && !right))) {
        struct open open = *top;
        compiler->opens--;
        close_operator(compiler, &open);
    }
}

/* Write all up to the innermost parenthesis or call, which is returned; NULL: there is none. */
static struct open *close_all(struct compiler *compiler, const struct text *text)
{
    close_above(compiler, text, LEVEL_CHOICE, false);
    struct open *top = compiler->failed ? NULL : open_top(compiler, text);
    if (top && top->kind == OPEN_QUESTION) {
        FAIL(compiler, text->call, top->word, "`?` without `:`");
        return NULL;
    }
    return top;
}

/* ---- operands ---- */

static void read_number(struct compiler *compiler, const struct text *text, struct expression_word word)
{
    double number = 0.0;
    switch (number_parse(word.text, word.length, &number)) {
    case NUMBER_OK:
        push(compiler, text, word, (struct expression_step){.kind = STEP_NUMBER, .number = number});
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

static void read_name(struct compiler *compiler, const struct text *text, struct expression_word word)
{
    const struct call *call = text->call;
    for (size_t i = 0; call && i < call->function->arguments; i++) {
        if (same_word(call->function->argument[i], word)) {
            push(compiler, text, word, step_at(word, STEP_COPY, call->base + i));
            return;
        }
    }
    push_use(compiler, text, (struct expression_use){.kind = EXPRESSION_NAME, .whole = word, .a = word});
}

/* A use, with an index in brackets behind it or not. */
static void push_indexed(struct compiler *compiler, struct text *text, struct expression_use use)
{
    struct lexemes *lexemes = &text->lexemes;
    if (!compiler->syntax->whole || lexemes->at == lexemes->end || *lexemes->at != '[') {
        push_use(compiler, text, use);
        return;
    }
    struct expression_use element = {.kind = EXPRESSION_ELEMENT, .whole = use.whole, .a = use.whole};
    if (!lexemes_inside(lexemes, '[', ']', &element.b)) {
        FAIL(compiler, text->call, use.whole, "the bracket behind %.*s is not closed", SHOW(use.whole));
        return;
    }
    element.whole.length = (size_t)(lexemes->at - use.whole.text);
    push_use(compiler, text, element);
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

/* v(a), v(a,b), i(a), p(a) */
static void read_vector(struct compiler *compiler, struct text *text, struct expression_word word)
{
    struct expression_use use = {.whole = word};
    size_t count;
    switch (*word.text | 0x20) {
    case 'v': use.kind = EXPRESSION_VOLTAGE; break;
    case 'i': use.kind = EXPRESSION_CURRENT; break;
    default: use.kind = EXPRESSION_POWER;
    }
    if (!lexemes_words(&text->lexemes, &use.a, &use.b, &count)) {
        FAIL(compiler, text->call, word, "the parenthesis of `%.*s(` is not closed", SHOW(word));
        return;
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
    return text->lexemes.language != EXPRESSION_PARAMETER && word.length == 1 && strchr("vViIpP", *word.text) != NULL;
}

/* NAME(, with the parenthesis still to be read. */
static void read_call(struct compiler *compiler, struct text *text, struct expression_word word)
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
    open_push(compiler, call);
    text->fresh = true;
}

/* ---- calls ---- */

static bool is_ternary(const struct open *call)
{
    return call->function && function_is_ternary(call->function);
}

static void end_argument(struct compiler *compiler, struct open *call)
{
    call->count++;
    if (!is_ternary(call) || call->count > 2)
        return;
    size_t jump = write_jump(compiler, call->word, call->count == 1 ? STEP_JUMP_UNLESS : STEP_JUMP);
    if (call->count == 2)
        land(compiler, call->patch);
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
    if (!compile_text(compiler, &call, open->own->body, &end))
        return;
    if (open->own->arguments > 0)
        write_step(compiler, step_at(open->word, STEP_LEAVE, open->own->arguments));
    compiler->height = call.base + 1;
}

static void end_call(struct compiler *compiler, const struct text *text, struct open call, size_t count)
{
    if (compiler->failed || !count_is_right(compiler, text, &call, count))
        return;
    if (call.own) {
        write_body(compiler, text, &call);
    } else if (is_ternary(&call)) {
        land(compiler, call.patch);
    } else {
        struct expression_step step = step_at(call.word, STEP_CALL, 0);
        step.count = (uint16_t)count;
        step.function = call.function;
        compiler->height -= count - 1;
        compiler->draws |= function_draws(call.function, (unsigned)count);
        write_step(compiler, step);
    }
}

/* ---- operators ---- */

struct binary {
    enum level level;
    enum step_kind step;
};

static struct binary binary_of(enum expression_language language, enum lexeme_kind kind)
{
    enum level order = language == EXPRESSION_BEHAVIOUR ? LEVEL_ORDER : LEVEL_EQUALITY;
    switch (kind) {
    case LEXEME_ADD: return (struct binary){LEVEL_SUM, STEP_ADD};
    case LEXEME_SUBTRACT: return (struct binary){LEVEL_SUM, STEP_SUBTRACT};
    case LEXEME_MULTIPLY: return (struct binary){LEVEL_PRODUCT, STEP_MULTIPLY};
    case LEXEME_DIVIDE: return (struct binary){LEVEL_PRODUCT, STEP_DIVIDE};
    case LEXEME_REMAINDER:
        return (struct binary){LEVEL_PRODUCT,
                               language == EXPRESSION_VECTOR ? STEP_INTEGER_REMAINDER : STEP_REMAINDER};
    case LEXEME_INTEGER_QUOTIENT: return (struct binary){LEVEL_PRODUCT, STEP_INTEGER_QUOTIENT};
    case LEXEME_POWER:
        return (struct binary){LEVEL_POWER, language == EXPRESSION_VECTOR ? STEP_POWER : STEP_MAGNITUDE_POWER};
    case LEXEME_EQUAL: return (struct binary){LEVEL_EQUALITY, STEP_EQUAL};
    case LEXEME_UNEQUAL: return (struct binary){LEVEL_EQUALITY, STEP_UNEQUAL};
    case LEXEME_LESS: return (struct binary){order, STEP_LESS};
    case LEXEME_LESS_EQUAL: return (struct binary){order, STEP_LESS_EQUAL};
    case LEXEME_GREATER: return (struct binary){order, STEP_GREATER};
    case LEXEME_GREATER_EQUAL: return (struct binary){order, STEP_GREATER_EQUAL};
    case LEXEME_AND: return (struct binary){LEVEL_AND, STEP_AND};
    case LEXEME_OR: return (struct binary){LEVEL_OR, STEP_OR};
    default: return (struct binary){0, STEP_NUMBER};
    }
}

static void read_binary(struct compiler *compiler, struct text *text, struct lexeme lexeme)
{
    enum expression_language language = compiler->syntax->language;
    struct binary binary = binary_of(language, lexeme.kind);
    struct open *top = open_top(compiler, text);
    if (!text->call && binary.level == LEVEL_POWER && top && top->level == LEVEL_TIGHT && top->step == STEP_NEGATE)
        diagnose(compiler->diagnostics, SEVERITY_WARNING, top->word.text, top->word.length,
                 "a sign after an operator is read before `%.*s` here: 2*-3^2 is 2*(-3)^2", SHOW(lexeme.word));
    close_above(compiler, text, binary.level, binary.level == LEVEL_POWER && language == EXPRESSION_VECTOR);
    if (compiler->failed)
        return;
    struct open open = {.kind = OPEN_OPERATOR,
                        .level = (unsigned char)binary.level,
                        .step = (unsigned char)binary.step,
                        .word = lexeme.word};
    if (binary.step == STEP_AND || binary.step == STEP_OR) {
        open.patch = write_jump(compiler, lexeme.word, binary.step);
        open.kind = OPEN_LAZY;
        open.step = STEP_TRUTH;
    }
    open_push(compiler, open);
    text->operand_due = true;
}

static void read_question(struct compiler *compiler, struct text *text, struct expression_word word)
{
    close_above(compiler, text, LEVEL_CHOICE, true);
    if (compiler->failed)
        return;
    size_t jump = write_jump(compiler, word, STEP_JUMP_UNLESS);
    open_push(compiler, (struct open){.kind = OPEN_QUESTION, .patch = jump, .word = word});
    text->operand_due = true;
}

static void read_colon(struct compiler *compiler, struct text *text, struct expression_word word)
{
    close_above(compiler, text, LEVEL_CHOICE, false);
    struct open *top = open_top(compiler, text);
    if (compiler->failed)
        return;
    if (!top || top->kind != OPEN_QUESTION) {
        FAIL(compiler, text->call, word, "`:` without `?`");
        return;
    }
    size_t jump = write_jump(compiler, word, STEP_JUMP);
    land(compiler, top->patch);
    *top = (struct open){.kind = OPEN_LAZY, .level = LEVEL_CHOICE, .step = STEP_NUMBER, .patch = jump, .word = word};
    text->operand_due = true;
}

static void read_sign(struct compiler *compiler, const struct text *text, struct lexeme lexeme)
{
    enum expression_language language = compiler->syntax->language;
    struct open open = {.kind = OPEN_OPERATOR, .level = LEVEL_SIGN, .step = STEP_NOT, .word = lexeme.word};
    if (lexeme.kind == LEXEME_ADD)
        return;
    if (lexeme.kind == LEXEME_SUBTRACT)
        open.step = STEP_NEGATE;
    if (language == EXPRESSION_PARAMETER)
        open.level = lexeme.kind == LEXEME_SUBTRACT && text->fresh ? LEVEL_SUM : LEVEL_TIGHT;
    else if (lexeme.kind == LEXEME_LOOSE_NOT)
        open.level = language == EXPRESSION_VECTOR ? LEVEL_LOOSE_NOT : LEVEL_SIGN;
    open_push(compiler, open);
}

/* ---- closing ---- */

static void read_comma(struct compiler *compiler, struct text *text, struct expression_word word)
{
    struct open *top = close_all(compiler, text);
    if (compiler->failed)
        return;
    if (!top && !text->call && compiler->syntax->language == EXPRESSION_VECTOR) {
        text->done = true;
        return;
    }
    if (!top || top->kind != OPEN_CALL) {
        FAIL(compiler, text->call, word, "a comma stands between the arguments of a function only");
        return;
    }
    end_argument(compiler, top);
    text->operand_due = text->fresh = true;
}

static void read_close(struct compiler *compiler, struct text *text, struct expression_word word)
{
    struct open *top = close_all(compiler, text);
    if (compiler->failed)
        return;
    if (!top || top->kind == OPEN_QUOTE) {
        FAIL(compiler, text->call, word, "`)` without `(`");
        return;
    }
    struct open open = *top;
    compiler->opens--;
    text->operand_due = false;
    if (open.kind == OPEN_CALL)
        end_call(compiler, text, open, (size_t)open.count + 1);
}

/* ' opens where an operand is due, else it closes. */
static void read_quote(struct compiler *compiler, struct text *text, struct expression_word word)
{
    if (text->operand_due) {
        open_push(compiler, (struct open){.kind = OPEN_QUOTE, .word = word});
        text->fresh = true;
        return;
    }
    struct open *top = close_all(compiler, text);
    if (compiler->failed)
        return;
    if (!top || top->kind != OPEN_QUOTE)
        FAIL(compiler, text->call, word, "this quote closes none");
    else
        compiler->opens--;
}

static void not_closed(struct compiler *compiler, const struct text *text, const struct open *open)
{
    if (open->kind == OPEN_QUOTE)
        FAIL(compiler, text->call, open->word, "the quotation is not closed");
    else if (open->kind == OPEN_CALL)
        FAIL(compiler, text->call, open->word, "the parenthesis of `%.*s(` is not closed", SHOW(open->word));
    else
        FAIL(compiler, text->call, open->word, "the parenthesis is not closed");
}

static void read_end(struct compiler *compiler, struct text *text)
{
    struct open *top = close_all(compiler, text);
    if (!compiler->failed && top)
        not_closed(compiler, text, top);
    text->done = true;
}

/* ---- reading ---- */

static void unknown_lexeme(struct compiler *compiler, const struct text *text, struct lexeme lexeme)
{
    if (*lexeme.word.text == '@' && compiler->syntax->language != EXPRESSION_PARAMETER)
        FAIL(compiler, text->call, lexeme.word, "expected @element[parameter], as in @r1[i]");
    else
        FAIL(compiler, text->call, lexeme.word, "this has no meaning in an expression");
}

static void missing_operand(struct compiler *compiler, const struct text *text, struct lexeme lexeme)
{
    const struct open *top = open_top(compiler, text);
    if (lexeme.kind == LEXEME_UNKNOWN)
        unknown_lexeme(compiler, text, lexeme);
    else if (lexeme.kind != LEXEME_END)
        FAIL(compiler, text->call, lexeme.word, "an operand is missing before `%.*s`", SHOW(lexeme.word));
    else if (top && top->kind < OPEN_QUESTION)
        not_closed(compiler, text, top);
    else if (top)
        FAIL(compiler, text->call, top->word, "an operand is missing behind `%.*s`", SHOW(top->word));
    else
        FAIL(compiler, text->call, lexeme.word, "the expression is empty");
}

static void read_operand(struct compiler *compiler, struct text *text, struct lexeme lexeme)
{
    struct open *top = open_top(compiler, text);
    bool fresh = text->fresh;
    text->operand_due = text->fresh = false;
    switch (lexeme.kind) {
    case LEXEME_NUMBER: read_number(compiler, text, lexeme.word); return;
    case LEXEME_DEVICE:
        push_use(compiler, text,
                 (struct expression_use){
                     .kind = EXPRESSION_DEVICE, .whole = lexeme.word, .a = lexeme.a, .b = lexeme.b});
        return;
    case LEXEME_NAME:
        if (!lexemes_call(&text->lexemes)) {
            read_name(compiler, text, lexeme.word);
            return;
        }
        text->operand_due = true;
        read_call(compiler, text, lexeme.word);
        return;
    case LEXEME_OPEN:
        text->operand_due = text->fresh = true;
        open_push(compiler, (struct open){.kind = OPEN_PARENTHESIS, .word = lexeme.word});
        return;
    case LEXEME_QUOTE:
        text->operand_due = true;
        read_quote(compiler, text, lexeme.word);
        return;
    case LEXEME_ADD:
    case LEXEME_SUBTRACT:
    case LEXEME_NOT:
    case LEXEME_LOOSE_NOT:
        text->operand_due = true;
        text->fresh = fresh;
        read_sign(compiler, text, lexeme);
        text->fresh = false;
        return;
    case LEXEME_CLOSE:
        if (fresh && top && top->kind == OPEN_CALL && top->count == 0 && top->own) {
            struct open call = *top;
            compiler->opens--;
            end_call(compiler, text, call, 0);
            return;
        }
        break;
    default: break;
    }
    missing_operand(compiler, text, lexeme);
}

/* An operand where an operator is due. */
static void missing_operator(struct compiler *compiler, struct text *text, struct lexeme lexeme)
{
    if (lexeme.kind == LEXEME_UNKNOWN) {
        unknown_lexeme(compiler, text, lexeme);
        return;
    }
    struct open *top = close_all(compiler, text);
    if (compiler->failed)
        return;
    if (!top && !text->call && compiler->syntax->language == EXPRESSION_VECTOR)
        text->done = true;
    else
        FAIL(compiler, text->call, lexeme.word, "an operator is missing before `%.*s`", SHOW(lexeme.word));
}

static void read_operator(struct compiler *compiler, struct text *text, struct lexeme lexeme)
{
    switch (lexeme.kind) {
    case LEXEME_END: read_end(compiler, text); return;
    case LEXEME_CLOSE: read_close(compiler, text, lexeme.word); return;
    case LEXEME_QUOTE: read_quote(compiler, text, lexeme.word); return;
    case LEXEME_COMMA: read_comma(compiler, text, lexeme.word); return;
    case LEXEME_QUESTION: read_question(compiler, text, lexeme.word); return;
    case LEXEME_COLON: read_colon(compiler, text, lexeme.word); return;
    default:
        if (binary_of(compiler->syntax->language, lexeme.kind).level > 0)
            read_binary(compiler, text, lexeme);
        else
            missing_operator(compiler, text, lexeme);
    }
}

/* Compile one text; its value is then on top of the stack. *end is behind what was read of it. */
static bool compile_text(struct compiler *compiler, const struct call *call, struct expression_word source,
                         const char **end)
{
    struct text text = {.lexemes = {compiler->syntax->language, source.text, source.text + source.length},
                        .call = call,
                        .first_open = compiler->opens,
                        .operand_due = true,
                        .fresh = true};
    *end = source.text;
    while (!compiler->failed && !text.done) {
        struct lexeme lexeme = lexemes_next(&text.lexemes, text.operand_due);
        if (call && ++compiler->written > WRITTEN_LIMIT) {
            FAIL(compiler, NULL, call->word, "the functions called here make the expression too long");
            break;
        }
        if (text.operand_due)
            read_operand(compiler, &text, lexeme);
        else
            read_operator(compiler, &text, lexeme);
        if (!text.done)
            *end = text.lexemes.at;
    }
    return !compiler->failed;
}

/* ---- the interface ---- */

/* Move what was compiled into the arena. */
static bool take(struct expression *expression, const struct compiler *compiler, struct arena *arena)
{
    struct expression_step *step = arena_alloc(arena, compiler->steps * sizeof *step);
    struct expression_use *use = compiler->uses ? arena_alloc(arena, compiler->uses * sizeof *use) : NULL;
    if (!step || (compiler->uses && !use))
        return false;
    memcpy(step, compiler->step, compiler->steps * sizeof *step);
    if (use)
        memcpy(use, compiler->use, compiler->uses * sizeof *use);
    expression->step = step;
    expression->use = use;
    expression->steps = compiler->steps;
    expression->uses = compiler->uses;
    expression->draws = compiler->draws;
    return true;
}

enum expression_status expression_compile(struct expression *expression, const struct expression_syntax *syntax,
                                          struct expression_word source, struct arena *arena,
                                          struct diagnostics *diagnostics)
{
    struct compiler compiler = {.syntax = syntax, .diagnostics = diagnostics};
    enum expression_status status = EXPRESSION_WRONG;
    const char *end = source.text;
    *expression = (struct expression){0};
    if (source.length > UINT32_MAX) {
        diagnose(diagnostics, SEVERITY_ERROR, source.text, 1, "the expression is too long");
        return status;
    }
    if (compile_text(&compiler, NULL, source, &end)) {
        expression->source = (struct expression_word){source.text, (size_t)(end - source.text)};
        status = take(expression, &compiler, arena) ? EXPRESSION_OK : EXPRESSION_NO_MEMORY;
    } else if (compiler.no_memory) {
        status = EXPRESSION_NO_MEMORY;
    }
    free(compiler.step);
    free(compiler.use);
    free(compiler.open);
    return status;
}
