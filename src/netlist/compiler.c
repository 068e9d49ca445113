#include "netlist/compiler.h"

#include "util/array.h"

enum { NAME_SHOWN = 80 }; /* bytes of a name in a message */

/* ---- mistakes ---- */

int compiler_shown(size_t length)
{
    return length < NAME_SHOWN ? (int)length : NAME_SHOWN;
}

void compiler_note_calls(struct compiler *compiler, const struct call *call)
{
    for (; call; call = call->caller)
        diagnose(compiler->diagnostics, NOTE, call->word.text, call->word.length, "%.*s is called here",
                 compiler_shown(call->word.length), call->word.text);
}

/* ---- writing ---- */

static void out_of_memory(struct compiler *compiler)
{
    compiler->failed = compiler->no_memory = true;
}

void compiler_write(struct compiler *compiler, struct expression_step step)
{
    if (!array_reserve(&compiler->step, &compiler->step_capacity, compiler->steps + 1, sizeof *compiler->step))
        out_of_memory(compiler);
    else
        compiler->step[compiler->steps++] = step;
}

struct expression_step compiler_step(struct expression_word word, enum step_kind kind, size_t operand)
{
    return (struct expression_step){
        .kind = (uint16_t)kind, .length = (uint32_t)word.length, .place = word.text, .operand = operand};
}

/* Does a number here begin an argument of a table or pwl whose arguments behind the first are numbers so far? */
static bool is_point(const struct compiler *compiler, const struct text *text)
{
    const struct open *top = compiler_top(compiler, text);
    if (top && top->kind == OPEN_OPERATOR && top->step == STEP_NEGATE && compiler->opens > text->first_open + 1)
        top--;
    return top && top->kind == OPEN_CALL && call_has_points(top) && top->count > 0 &&
           top->numbers + 1 == top->count && top->patch == compiler->steps;
}

void compiler_push(struct compiler *compiler, const struct text *text, struct expression_word word,
                   struct expression_step step)
{
    if (compiler->height >= EXPRESSION_DEPTH && !(step.kind == STEP_NUMBER && is_point(compiler, text))) {
        FAIL(compiler, text->call, word, "the expression is nested too deeply");
        return;
    }
    compiler->height++;
    compiler_write(compiler, step);
}

void compiler_push_use(struct compiler *compiler, const struct text *text, struct expression_use use)
{
    if (!array_reserve(&compiler->use, &compiler->use_capacity, compiler->uses + 1, sizeof *compiler->use)) {
        out_of_memory(compiler);
        return;
    }
    compiler->use[compiler->uses] = use;
    compiler_push(compiler, text, use.whole, compiler_step(use.whole, STEP_USE, compiler->uses++));
}

size_t compiler_jump(struct compiler *compiler, struct expression_word word, enum step_kind kind)
{
    compiler_write(compiler, compiler_step(word, kind, 0));
    compiler->height--;
    return compiler->steps - 1;
}

void compiler_land(struct compiler *compiler, size_t jump)
{
    if (!compiler->failed)
        compiler->step[jump].operand = compiler->steps;
}

/* ---- what is open ---- */

void compiler_open(struct compiler *compiler, struct open open)
{
    if (!array_reserve(&compiler->open, &compiler->open_capacity, compiler->opens + 1, sizeof *compiler->open))
        out_of_memory(compiler);
    else
        compiler->open[compiler->opens++] = open;
}

struct open *compiler_top(const struct compiler *compiler, const struct text *text)
{
    return compiler->opens > text->first_open ? &compiler->open[compiler->opens - 1] : NULL;
}

static void close_operator(struct compiler *compiler, const struct open *open)
{
    if (open->kind == OPEN_OPERATOR && open->step < STEP_NEGATE)
        compiler->height--;
    if (open->kind == OPEN_OPERATOR || open->step != STEP_NUMBER)
        compiler_write(compiler, compiler_step(open->word, open->step, 0));
    if (open->kind == OPEN_LAZY)
        compiler_land(compiler, open->patch);
}

void compiler_close_above(struct compiler *compiler, const struct text *text, enum level level, bool right)
{
    struct open *top;
    while (!compiler->failed && (top = compiler_top(compiler, text)) != NULL && top->kind >= OPEN_OPERATOR &&
           (top->level > level || (top->level == level && !right))) {
        struct open open = *top;
        compiler->opens--;
        close_operator(compiler, &open);
    }
}

struct open *compiler_close_all(struct compiler *compiler, const struct text *text)
{
    compiler_close_above(compiler, text, LEVEL_CHOICE, false);
    struct open *top = compiler->failed ? NULL : compiler_top(compiler, text);
    if (top && top->kind == OPEN_QUESTION) {
        FAIL(compiler, text->call, top->word, "`?` without `:`");
        return NULL;
    }
    return top;
}
