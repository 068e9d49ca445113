/* The words of an expression. */
#ifndef OPSPICE_LEXEMES_H
#define OPSPICE_LEXEMES_H

#include "netlist/expression.h"

enum lexeme_kind {
    LEXEME_END,
    LEXEME_NUMBER, /* as much as looks like one; number_parse has the word */
    LEXEME_NAME,
    LEXEME_DEVICE, /* @a[b] */
    LEXEME_OPEN,
    LEXEME_CLOSE,
    LEXEME_QUOTE, /* ': what is inside is one operand; in VECTOR of par('..') */
    LEXEME_COMMA,
    LEXEME_QUESTION,
    LEXEME_COLON,
    LEXEME_ADD,
    LEXEME_SUBTRACT,
    LEXEME_MULTIPLY,
    LEXEME_DIVIDE,
    LEXEME_REMAINDER,
    LEXEME_INTEGER_QUOTIENT,
    LEXEME_POWER,
    LEXEME_EQUAL,
    LEXEME_UNEQUAL,
    LEXEME_LESS,
    LEXEME_LESS_EQUAL,
    LEXEME_GREATER,
    LEXEME_GREATER_EQUAL,
    LEXEME_AND,
    LEXEME_OR,
    LEXEME_NOT,       /* ! */
    LEXEME_LOOSE_NOT, /* ~, not */
    LEXEME_UNKNOWN    /* a byte that means nothing here */
};

struct lexeme {
    enum lexeme_kind kind;
    struct expression_word word; /* at least one byte long but for LEXEME_END */
    struct expression_word a, b; /* LEXEME_DEVICE */
};

/* What is still to be read. */
struct lexemes {
    enum expression_language language;
    const char *at, *end;
    unsigned choices; /* `?` without their `:` so far */
};

/* Take the next one. In VECTOR `not` is an operator where an operand is due, else gt lt ge le ne eq and or are. */
struct lexeme lexemes_next(struct lexemes *lexemes, bool operand_due);

/* Is an opening parenthesis next, or a brace, which may stand for it in netlists? */
bool lexemes_call(struct lexemes *lexemes);
bool lexemes_brace(struct lexemes *lexemes);

/* With the parenthesis of v(a,b) next: take it with all up to the closing one, which may be missing: then false. Words
 * beyond the second are counted only. */
bool lexemes_words(struct lexemes *lexemes, struct expression_word *a, struct expression_word *b, size_t *count);

/* With a parenthesis or bracket next: take it with all up to the one that closes it, whose inside is *inside. False
 * where it is not closed. */
bool lexemes_inside(struct lexemes *lexemes, char open, char close, struct expression_word *inside);

#endif
