#include "netlist/lexemes.h"
#include "util/letters.h"

#include <string.h>

static bool is_break(char byte)
{
    return byte == '\n' || byte == '\r';
}

/* In VECTOR a colon that is no half of ?: joins two words: r1:power, x1:in#branch. */
static bool in_name(const struct lexemes *lexemes, const char *at)
{
    char byte = *at;
    if (byte == ':' && lexemes->language == EXPRESSION_VECTOR)
        return lexemes->choices == 0 && at + 1 < lexemes->end && is_letter(at[1]);
    if (is_letter(byte) || is_digit(byte) || byte == '.' || byte == '[' || byte == ']')
        return true;
    return lexemes->language != EXPRESSION_PARAMETER && (byte == '#' || byte == '$');
}

/* ---- blanks ---- */

static void skip_line(struct lexemes *lexemes)
{
    while (lexemes->at < lexemes->end && !is_break(*lexemes->at))
        lexemes->at++;
}

static bool begins_comment(const struct lexemes *lexemes)
{
    const char *at = lexemes->at;
    char second = at + 1 < lexemes->end ? at[1] : '\n';
    return *at == ';' || (*at == '/' && second == '/') || (*at == '$' && is_space(second));
}

/* From the end of a line to behind the `+` of its continuation, or to the end. */
static void skip_break(struct lexemes *lexemes)
{
    while (lexemes->at < lexemes->end) {
        if (is_space(*lexemes->at)) {
            lexemes->at++;
        } else if (*lexemes->at == '*' || begins_comment(lexemes)) {
            skip_line(lexemes);
        } else {
            if (*lexemes->at == '+')
                lexemes->at++;
            return;
        }
    }
}

/* Braces and quotes hide a comment at the end of a line; the words of a VECTOR card stand in no quotes. */
static void skip_blanks(struct lexemes *lexemes)
{
    while (lexemes->at < lexemes->end) {
        if (is_break(*lexemes->at))
            skip_break(lexemes);
        else if (is_space(*lexemes->at))
            lexemes->at++;
        else if (lexemes->language == EXPRESSION_VECTOR && begins_comment(lexemes))
            skip_line(lexemes);
        else
            return;
    }
}

/* ---- words ---- */

/* Digits, a point, an exponent, and then letters and digits, so that a mistake is shown whole: 4k7, 1.2.3. */
static const char *end_of_number(const char *at, const char *end)
{
    while (at < end && (is_digit(*at) || *at == '.'))
        at++;
    if (end - at >= 3 && (lower(*at) == 'e' || lower(*at) == 'd') && (at[1] == '+' || at[1] == '-') && is_digit(at[2]))
        at += 2;
    while (at < end && (is_letter(*at) || is_digit(*at) || *at == '.'))
        at++;
    return at;
}

/* Behind the bracket that closes the one here, of x[length(x)-1] or x[1,2]; NULL where a blank comes before it. */
static const char *end_of_bracket(const struct lexemes *lexemes, const char *at)
{
    int depth = 0;
    for (; at < lexemes->end && !is_space(*at); at++) {
        depth += (*at == '[' || *at == '(') - (*at == ']' || *at == ')');
        if (depth == 0)
            return *at == ']' ? at + 1 : NULL;
    }
    return NULL;
}

static const char *end_of_name(const struct lexemes *lexemes, const char *at)
{
    const char *from = at;
    while (at < lexemes->end && in_name(lexemes, at)) {
        const char *bracket = NULL;
        if (*at == '[' && at > from && lexemes->language == EXPRESSION_VECTOR)
            bracket = end_of_bracket(lexemes, at);
        at = bracket ? bracket : at + 1;
    }
    return at;
}

static enum lexeme_kind word_operator(struct expression_word word, bool operand_due)
{
    static const struct {
        const char *word;
        enum lexeme_kind kind;
    } table[] = {{"gt", LEXEME_GREATER},       {"lt", LEXEME_LESS},  {"ge", LEXEME_GREATER_EQUAL},
                 {"le", LEXEME_LESS_EQUAL},    {"eq", LEXEME_EQUAL}, {"ne", LEXEME_UNEQUAL},
                 {"and", LEXEME_AND},          {"or", LEXEME_OR},    {"not", LEXEME_LOOSE_NOT}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        size_t length = strlen(table[i].word), same = 0;
        while (same < length && same < word.length && lower(word.text[same]) == table[i].word[same])
            same++;
        if (same == length && same == word.length && (table[i].kind == LEXEME_LOOSE_NOT) == operand_due)
            return table[i].kind;
    }
    return LEXEME_NAME;
}

/* @a[b]; a may have brackets of its own: the last pair counts. */
static struct lexeme device(struct lexemes *lexemes, const char *at)
{
    const char *bracket = NULL, *close = NULL, *word = at++;
    for (; at < lexemes->end && !is_space(*at) && !strchr("(),", *at) && (!close || *at == '['); at++) {
        if (*at == '[') {
            bracket = at;
            close = NULL;
        } else if (*at == ']') {
            close = at;
        }
    }
    struct lexeme lexeme = {.kind = LEXEME_UNKNOWN, .word = {word, (size_t)(at - word)}};
    if (bracket && close && bracket > word + 1 && close > bracket + 1) {
        lexeme.kind = LEXEME_DEVICE;
        lexeme.a = (struct expression_word){word + 1, (size_t)(bracket - word - 1)};
        lexeme.b = (struct expression_word){bracket + 1, (size_t)(close - bracket - 1)};
    }
    return lexeme;
}

/* ---- operators ---- */

static const struct {
    char text[3];
    unsigned char kind;
} operators[] = {
    /* the long ones first */
    {"**", LEXEME_POWER},      {"==", LEXEME_EQUAL},         {"!=", LEXEME_UNEQUAL},  {"<>", LEXEME_UNEQUAL},
    {"<=", LEXEME_LESS_EQUAL}, {">=", LEXEME_GREATER_EQUAL}, {"&&", LEXEME_AND},      {"||", LEXEME_OR},
    {"+", LEXEME_ADD},         {"-", LEXEME_SUBTRACT},       {"*", LEXEME_MULTIPLY},  {"/", LEXEME_DIVIDE},
    {"%", LEXEME_REMAINDER},   {"\\", LEXEME_INTEGER_QUOTIENT}, {"^", LEXEME_POWER},  {"=", LEXEME_EQUAL},
    {"<", LEXEME_LESS},        {">", LEXEME_GREATER},        {"&", LEXEME_AND},       {"|", LEXEME_OR},
    {"!", LEXEME_NOT},         {"~", LEXEME_LOOSE_NOT},      {"?", LEXEME_QUESTION},  {":", LEXEME_COLON},
    {"(", LEXEME_OPEN},        {")", LEXEME_CLOSE},          {",", LEXEME_COMMA},
};

static struct lexeme operator_at(const struct lexemes *lexemes)
{
    const char *at = lexemes->at;
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        size_t length = strlen(operators[i].text);
        if ((size_t)(lexemes->end - at) >= length && memcmp(at, operators[i].text, length) == 0)
            return (struct lexeme){.kind = operators[i].kind, .word = {at, length}};
    }
    if (*at == '{' && lexemes->language != EXPRESSION_VECTOR)
        return (struct lexeme){.kind = LEXEME_OPEN, .word = {at, 1}};
    if (*at == '}' && lexemes->language != EXPRESSION_VECTOR)
        return (struct lexeme){.kind = LEXEME_CLOSE, .word = {at, 1}};
    if (*at == '\'')
        return (struct lexeme){.kind = LEXEME_QUOTE, .word = {at, 1}};
    return (struct lexeme){.kind = LEXEME_UNKNOWN, .word = {at, 1}};
}

/* ---- the interface ---- */

struct lexeme lexemes_next(struct lexemes *lexemes, bool operand_due)
{
    skip_blanks(lexemes);
    struct lexeme lexeme = {.word.text = lexemes->at};
    if (lexemes->at == lexemes->end)
        return lexeme;
    if (is_digit(*lexemes->at) || *lexemes->at == '.') {
        lexeme.kind = LEXEME_NUMBER;
        lexeme.word.length = (size_t)(end_of_number(lexemes->at, lexemes->end) - lexemes->at);
    } else if (is_letter(*lexemes->at)) {
        lexeme.word.length = (size_t)(end_of_name(lexemes, lexemes->at) - lexemes->at);
        lexeme.kind =
            lexemes->language == EXPRESSION_VECTOR ? word_operator(lexeme.word, operand_due) : LEXEME_NAME;
    } else if (*lexemes->at == '@' && lexemes->language != EXPRESSION_PARAMETER) {
        lexeme = device(lexemes, lexemes->at);
    } else {
        lexeme = operator_at(lexemes);
        lexemes->choices += lexeme.kind == LEXEME_QUESTION;
        lexemes->choices -= lexeme.kind == LEXEME_COLON && lexemes->choices > 0;
    }
    lexemes->at += lexeme.word.length;
    return lexeme;
}

bool lexemes_call(struct lexemes *lexemes)
{
    skip_blanks(lexemes);
    return lexemes->at < lexemes->end && *lexemes->at == '(';
}

bool lexemes_brace(struct lexemes *lexemes)
{
    skip_blanks(lexemes);
    return lexemes->at < lexemes->end && *lexemes->at == '{' && lexemes->language != EXPRESSION_VECTOR;
}

bool lexemes_words(struct lexemes *lexemes, struct expression_word *a, struct expression_word *b, size_t *count)
{
    *count = 0;
    *a = *b = (struct expression_word){NULL, 0};
    lexemes->at++;
    for (;;) {
        skip_blanks(lexemes);
        const char *word = lexemes->at;
        size_t open = 0;
        for (; lexemes->at < lexemes->end && !is_space(*lexemes->at) && *lexemes->at != ','; lexemes->at++) {
            if (*lexemes->at == '(')
                open++;
            else if (*lexemes->at == ')' && open-- == 0)
                break;
        }
        if (lexemes->at > word) {
            struct expression_word taken = {word, (size_t)(lexemes->at - word)};
            if (taken.length > 2 && *word == '"' && word[taken.length - 1] == '"')
                taken = (struct expression_word){word + 1, taken.length - 2};
            if (++*count <= 2)
                *(*count == 1 ? a : b) = taken;
        }
        if (lexemes->at == lexemes->end)
            return false;
        if (*lexemes->at == ')') {
            lexemes->at++;
            return true;
        }
        if (*lexemes->at == ',')
            lexemes->at++;
    }
}

bool lexemes_inside(struct lexemes *lexemes, char open, char close, struct expression_word *inside)
{
    const char *from = lexemes->at + 1;
    size_t depth = 0;
    for (const char *at = lexemes->at; at < lexemes->end; at++) {
        depth += *at == open;
        if (*at != close || --depth > 0)
            continue;
        *inside = (struct expression_word){from, (size_t)(at - from)};
        lexemes->at = at + 1;
        return true;
    }
    return false;
}
