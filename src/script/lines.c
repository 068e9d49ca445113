#include "script/lines.h"

#include "script/hidden.h"
#include "netlist/cards.h"
#include "util/array.h"
#include "util/letters.h"
#include <stdlib.h>
#include <string.h>

enum { BLOCK_DEPTH = 200 };

static const struct {
    const char *word;
    enum line_kind kind;
} block_words[] = {{"foreach", LINE_FOREACH}, {"while", LINE_WHILE}, {"dowhile", LINE_DOWHILE}, {"repeat", LINE_REPEAT},
                   {"if", LINE_IF},           {"else", LINE_ELSE},   {"end", LINE_END},     {"begin", LINE_IF},
                   {"endif", LINE_END},       {"endwhile", LINE_END}, {"endforeach", LINE_END}, {"endrepeat", LINE_END},
                   {"enddowhile", LINE_END},         {"break", LINE_BREAK},
                   {"continue", LINE_CONTINUE}, {"label", LINE_LABEL}, {"goto", LINE_GOTO}};

size_t line_first_word(const char *text, size_t length)
{
    size_t word = 0;
    while (word < length && (is_letter(text[word]) || is_digit(text[word])))
        word++;
    return word;
}

bool line_next_word(const char **at, const char *end, const char **word, size_t *length)
{
    *at = line_skip_blanks(*at, end);
    if (*at == end)
        return false;
    if (**at == '"' || **at == '\'') {
        const char *close = memchr(*at + 1, **at, (size_t)(end - *at) - 1);
        if (close) {
            *word = *at + 1;
            *length = (size_t)(close - *word);
            *at = close + 1;
            return true;
        }
    }
    *word = *at;
    while (*at < end && !line_is_blank(**at))
        ++*at;
    *length = (size_t)(*at - *word);
    return true;
}

enum line_kind line_kind_of(const char *text, size_t length)
{
    size_t word = line_first_word(text, length);
    for (size_t b = 0; b < sizeof block_words / sizeof *block_words; b++) {
        if (letters_spell(text, word, block_words[b].word))
            return block_words[b].kind;
    }
    return LINE_COMMAND;
}

/* Put a continuation behind the last line. False when memory is out. */
static bool continue_line(struct lines *lines, const struct arg *arg)
{
    struct line *line = &lines->item[lines->count - 1];
    size_t need = line->length + arg->length;
    if (need > line->room) { /* which doubles, so that many continuations cost what they are long */
        char *joined = arena_alloc(&lines->arena, 2 * need);
        if (!joined)
            return false;
        memcpy(joined, line->text, line->length);
        line->text = line->joined = joined;
        line->room = 2 * need;
    }
    line->joined[line->length] = ' ';
    memcpy(line->joined + line->length + 1, arg->text + 1, arg->length - 1);
    line->length = need;
    return true;
}

static bool add_line(struct lines *lines, const struct arg *arg)
{
    if (arg->length == 0 || *arg->text == '*' || *arg->text == '#')
        return true;
    if (*arg->text == '+' && lines->count > 0)
        return continue_line(lines, arg);
    if (!array_reserve(&lines->item, &lines->capacity, lines->count + 1, sizeof *lines->item))
        return false;
    lines->item[lines->count++] = (struct line){
        .text = arg->text, .length = arg->length, .place = arg->text, .kind = line_kind_of(arg->text, arg->length)};
    return true;
}

static void misplaced(struct diagnostics *diagnostics, const struct line *line, const char *what)
{
    diagnose(diagnostics, ERROR_SCRIPT_BLOCK, line->place, line_first_word(line->text, line->length), "%s", what);
}

/* The blocks that are open. */
struct blocks {
    struct lines *lines;
    size_t *open; /* [depth] their lines */
    size_t depth;
    struct diagnostics *diagnostics;
};

static bool is_loop(enum line_kind kind)
{
    return kind == LINE_FOREACH || kind == LINE_WHILE || kind == LINE_DOWHILE || kind == LINE_REPEAT;
}

static void match_else(struct blocks *blocks, size_t l)
{
    struct line *item = blocks->lines->item, *line = &item[l];
    struct line *opener = blocks->depth > 0 ? &item[blocks->open[blocks->depth - 1]] : NULL;
    const char *rest = line->text + strlen("else"), *end = line->text + line->length;
    while (rest < end && (unsigned char)*rest <= ' ')
        rest++;
    if (!opener || opener->kind != LINE_IF || opener->otherwise != 0)
        misplaced(blocks->diagnostics, line, "`else` without `if`");
    else if (rest < end && is_letter(*rest))
        misplaced(blocks->diagnostics, line,
                  "`else` stands alone: an `if` behind it needs a line, and an `end`, of its own");
    else
        opener->otherwise = l;
}

static void match_end(struct blocks *blocks, size_t l)
{
    struct line *line = &blocks->lines->item[l];
    if (blocks->depth == 0) {
        misplaced(blocks->diagnostics, line, "`end` ends no block");
        return;
    }
    line->end = blocks->open[--blocks->depth];
    struct line *opener = &blocks->lines->item[line->end];
    opener->end = l;
    if (opener->kind == LINE_IF && opener->otherwise != 0)
        blocks->lines->item[opener->otherwise].end = l;
    if (opener->kind == LINE_IF && opener->otherwise == 0)
        opener->otherwise = l;
}

static void match_break(struct blocks *blocks, size_t l)
{
    size_t d = blocks->depth;
    while (d > 0 && !is_loop(blocks->lines->item[blocks->open[d - 1]].kind))
        d--;
    if (d == 0)
        misplaced(blocks->diagnostics, &blocks->lines->item[l], "this is in no loop");
}

bool lines_match(struct lines *lines, struct diagnostics *diagnostics)
{
    struct blocks blocks = {lines, array_new(BLOCK_DEPTH, sizeof *blocks.open), 0, diagnostics};
    if (!blocks.open)
        return false;
    for (size_t l = 0; l < lines->count; l++) {
        switch (lines->item[l].kind) {
        case LINE_COMMAND:
        case LINE_LABEL:
        case LINE_GOTO: break;
        case LINE_ELSE: match_else(&blocks, l); break;
        case LINE_END: match_end(&blocks, l); break;
        case LINE_BREAK:
        case LINE_CONTINUE: match_break(&blocks, l); break;
        default:
            if (blocks.depth == BLOCK_DEPTH) {
                misplaced(diagnostics, &lines->item[l], "blocks are nested too deeply");
                free(blocks.open);
                return true;
            }
            blocks.open[blocks.depth++] = l;
        }
    }
    while (blocks.depth > 0)
        misplaced(diagnostics, &lines->item[blocks.open[--blocks.depth]], "this block has no `end`");
    free(blocks.open);
    return true;
}

bool lines_label_is(const struct line *line, const char *label)
{
    const char *at = line->text + strlen("label"), *end = line->text + line->length, *word;
    size_t length;
    return line_next_word(&at, end, &word, &length) && strlen(label) == length && memcmp(word, label, length) == 0;
}

bool lines_add(struct lines *lines, const char *text, size_t length, size_t *depth)
{
    while (length > 0 && line_is_blank(*text))
        text++, length--;
    while (length > 0 && (line_is_blank(text[length - 1]) || text[length - 1] == '\n'))
        length--;
    const char *copy = arena_text(&lines->arena, text, length);
    size_t before = lines->count;
    const struct arg line = {.text = copy, .length = (uint32_t)length, .kind = ARG_WORD};
    if (!copy || !add_line(lines, &line))
        return false;
    if (lines->count == before)
        return true;
    enum line_kind kind = lines->item[before].kind;
    *depth += is_loop(kind) || kind == LINE_IF;
    *depth -= kind == LINE_END && *depth > 0;
    return true;
}

bool lines_read(struct lines *lines, const struct netlist *netlist)
{
    for (size_t c = 0; c < netlist->count; c++) {
        const struct card *card = &netlist->card[c];
        for (uint32_t a = 1; card->kind == CARD_CONTROL && a < card->count; a++) {
            struct arg line = card->arg[a];
            size_t length = line.length;
            if (hidden_is(&line.text, &length))
                line.length = (uint32_t)length;
            if (!add_line(lines, &line))
                return false;
        }
    }
    return true;
}

void lines_free(struct lines *lines)
{
    free(lines->item);
    arena_free(&lines->arena);
    *lines = (struct lines){0};
}
