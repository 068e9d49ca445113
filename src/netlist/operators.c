/* What stands before operands and between them. */
#include "netlist/compiler.h"

#include "util/letters.h"

struct binary operator_of(enum expression_language language, enum lexeme_kind kind)
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

void operator_binary(struct compiler *compiler, struct text *text, struct lexeme lexeme)
{
    enum expression_language language = compiler->syntax->language;
    struct binary binary = operator_of(language, lexeme.kind);
    struct open *top = compiler_top(compiler, text);
    if (!text->call && binary.level == LEVEL_POWER && top && top->level == LEVEL_TIGHT && top->step == STEP_NEGATE)
        diagnose(compiler->diagnostics, WARNING_SIGN_BEFORE_POWER, top->word.text, top->word.length,
                 "a sign after an operator is read before `%.*s` here: 2*-3^2 is 2*(-3)^2", SHOW(lexeme.word));
    compiler_close_above(compiler, text, binary.level, binary.level == LEVEL_POWER && language == EXPRESSION_VECTOR);
    if (compiler->failed)
        return;
    struct open open = {.kind = OPEN_OPERATOR,
                        .level = (unsigned char)binary.level,
                        .step = (unsigned char)binary.step,
                        .word = lexeme.word};
    if (binary.step == STEP_AND || binary.step == STEP_OR) {
        open.patch = compiler_jump(compiler, lexeme.word, binary.step);
        open.kind = OPEN_LAZY;
        open.step = STEP_TRUTH;
    }
    compiler_open(compiler, open);
    text->operand_due = true;
}

void operator_question(struct compiler *compiler, struct text *text, struct expression_word word)
{
    compiler_close_above(compiler, text, LEVEL_CHOICE, true);
    if (compiler->failed)
        return;
    size_t jump = compiler_jump(compiler, word, STEP_JUMP_UNLESS);
    compiler_open(compiler, (struct open){.kind = OPEN_QUESTION, .patch = jump, .word = word});
    text->operand_due = true;
}

void operator_colon(struct compiler *compiler, struct text *text, struct expression_word word)
{
    compiler_close_above(compiler, text, LEVEL_CHOICE, false);
    struct open *top = compiler_top(compiler, text);
    if (compiler->failed)
        return;
    if (!top || top->kind != OPEN_QUESTION) {
        FAIL(compiler, text->call, word, "`:` without `?`");
        return;
    }
    size_t jump = compiler_jump(compiler, word, STEP_JUMP);
    compiler_land(compiler, top->patch);
    *top = (struct open){.kind = OPEN_LAZY, .level = LEVEL_CHOICE, .step = STEP_NUMBER, .patch = jump, .word = word};
    text->operand_due = true;
}

void operator_sign(struct compiler *compiler, const struct text *text, struct lexeme lexeme)
{
    enum expression_language language = compiler->syntax->language;
    struct open open = {.kind = OPEN_OPERATOR, .level = LEVEL_SIGN, .step = STEP_NOT, .word = lexeme.word};
    if (lexeme.kind == LEXEME_ADD) {
        if (compiler->syntax->refuses_plus && !text->call)
            FAIL(compiler, text->call, lexeme.word, "an operand is missing before `+`, which is no sign in scripts");
        return;
    }
    if (lexeme.kind == LEXEME_SUBTRACT)
        open.step = STEP_NEGATE;
    if (language == EXPRESSION_PARAMETER)
        open.level = lexeme.kind == LEXEME_SUBTRACT && text->fresh ? LEVEL_SUM : LEVEL_TIGHT;
    else if (lexeme.kind == LEXEME_LOOSE_NOT)
        open.level = language == EXPRESSION_VECTOR ? LEVEL_LOOSE_NOT : LEVEL_SIGN;
    compiler_open(compiler, open);
}
