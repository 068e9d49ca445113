/* One lexeme after the other; and the interface. */
#include "netlist/compiler.h"

#include <stdlib.h>
#include <string.h>

/* Lexemes in the bodies of all calls: a few lines of functions could ask for 2^1000. */
enum { WRITTEN_LIMIT = 1 << 20 };

/* ---- closing ---- */

static void read_comma(struct compiler *compiler, struct text *text, struct expression_word word)
{
    struct open *top = compiler_close_all(compiler, text);
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
    call_argument(compiler, text, top);
    text->operand_due = text->fresh = true;
}

/* A call's word is its name: what opens it stands behind that. */
static bool closes(struct expression_word word, const struct open *open)
{
    return open->kind != OPEN_QUOTE && (*word.text == '}') == (*strpbrk(open->word.text, "({") == '{');
}

static void read_close(struct compiler *compiler, struct text *text, struct expression_word word)
{
    struct open *top = compiler_close_all(compiler, text);
    if (compiler->failed)
        return;
    if (!top || !closes(word, top)) {
        FAIL(compiler, text->call, word, "`%c` without `%c`", *word.text, *word.text == '}' ? '{' : '(');
        return;
    }
    struct open open = *top;
    compiler->opens--;
    text->operand_due = false;
    if (open.kind == OPEN_CALL)
        call_end(compiler, text, open, (size_t)open.count + 1);
}

/* ' opens where an operand is due, else it closes. */
static void read_quote(struct compiler *compiler, struct text *text, struct expression_word word)
{
    if (text->operand_due) {
        compiler_open(compiler, (struct open){.kind = OPEN_QUOTE, .word = word});
        text->fresh = true;
        return;
    }
    struct open *top = compiler_close_all(compiler, text);
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
    struct open *top = compiler_close_all(compiler, text);
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
    const struct open *top = compiler_top(compiler, text);
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

/* max(a,b); of functions alone max{a,b} too, as in PSpice. */
static bool is_call(const struct compiler *compiler, struct text *text, struct expression_word word)
{
    const struct expression_syntax *syntax = compiler->syntax;
    if (lexemes_call(&text->lexemes))
        return true;
    if (!lexemes_brace(&text->lexemes))
        return false;
    return functions_find(syntax->language, word.text, word.length) ||
           (syntax->function && syntax->function(syntax->data, word.text, word.length));
}

static void read_operand(struct compiler *compiler, struct text *text, struct lexeme lexeme)
{
    struct open *top = compiler_top(compiler, text);
    bool fresh = text->fresh;
    text->operand_due = text->fresh = false;
    switch (lexeme.kind) {
    case LEXEME_NUMBER: operand_number(compiler, text, lexeme.word); return;
    case LEXEME_DEVICE:
        compiler_push_use(compiler, text,
                          (struct expression_use){
                     .kind = EXPRESSION_DEVICE, .whole = lexeme.word, .a = lexeme.a, .b = lexeme.b});
        return;
    case LEXEME_NAME:
        if (!is_call(compiler, text, lexeme.word)) {
            operand_name(compiler, text, lexeme.word);
            return;
        }
        text->operand_due = true;
        operand_call(compiler, text, lexeme.word);
        return;
    case LEXEME_OPEN:
        text->operand_due = text->fresh = true;
        compiler_open(compiler, (struct open){.kind = OPEN_PARENTHESIS, .word = lexeme.word});
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
        operator_sign(compiler, text, lexeme);
        text->fresh = false;
        return;
    case LEXEME_CLOSE:
        if (fresh && top && top->kind == OPEN_CALL && top->count == 0 && top->own) {
            struct open call = *top;
            compiler->opens--;
            call_end(compiler, text, call, 0);
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
    struct open *top = compiler_close_all(compiler, text);
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
    case LEXEME_QUESTION: operator_question(compiler, text, lexeme.word); return;
    case LEXEME_COLON: operator_colon(compiler, text, lexeme.word); return;
    default:
        if (operator_of(compiler->syntax->language, lexeme.kind).level > 0)
            operator_binary(compiler, text, lexeme);
        else
            missing_operator(compiler, text, lexeme);
    }
}

bool compiler_text(struct compiler *compiler, const struct call *call, struct expression_word source,
                   const char **end)
{
    struct text text = {.lexemes = {.language = compiler->syntax->language,
                                    .at = source.text,
                                    .end = source.text + source.length},
                        .start = source.text,
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

/* Move the points of tables into the arena, and lead their steps to them. */
static bool take_points(struct expression_step *step, const struct compiler *compiler, struct arena *arena)
{
    struct function_points *points = arena_alloc(arena, compiler->n_points * sizeof *points);
    double *point = arena_alloc(arena, compiler->n_point * sizeof *point);
    if (!points || !point)
        return false;
    memcpy(points, compiler->points, compiler->n_points * sizeof *points);
    memcpy(point, compiler->point, compiler->n_point * sizeof *point);
    for (size_t p = 0; p < compiler->n_points; p++) {
        points[p].point = point;
        points[p].rise = function_points_rise(point, points[p].count);
        point += 2 * points[p].count;
    }
    for (size_t q = 0; q < compiler->steps; q++)
        if (step[q].kind == STEP_LOOK_UP)
            step[q].points = &points[step[q].operand];
    return true;
}

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
    if (compiler->n_points > 0 && !take_points(step, compiler, arena))
        return false;
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
        diagnose(diagnostics, ERROR_EXPRESSION_LIMIT, source.text, 1, "the expression is too long");
        return status;
    }
    if (compiler_text(&compiler, NULL, source, &end)) {
        expression->source = (struct expression_word){source.text, (size_t)(end - source.text)};
        status = take(expression, &compiler, arena) ? EXPRESSION_OK : EXPRESSION_NO_MEMORY;
    } else if (compiler.no_memory) {
        status = EXPRESSION_NO_MEMORY;
    }
    free(compiler.step);
    free(compiler.use);
    free(compiler.open);
    free(compiler.points);
    free(compiler.point);
    return status;
}
