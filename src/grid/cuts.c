#include "grid/cuts.h"

#include "util/array.h"
#include "util/letters.h"
#include <stdlib.h>
#include <string.h>

enum dot_kind {
    DOT_OTHER, DOT_TITLE, DOT_SUBCKT, DOT_ENDS, DOT_IF, DOT_ENDIF, DOT_CONTROL, DOT_ENDC, DOT_SECTION, DOT_ENDL, DOT_END
};

/* ---- lines ---- */

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\v' || byte == '\f' || byte == ',';
}

static bool ends_line(char byte)
{
    return byte == '\n' || byte == '\r';
}

/* Behind the end of the line: LF, CR LF or a lone CR. end where it has none. has_returns: there are CRs in the text. */
static const char *next_line(const char *line, const char *end, bool has_returns)
{
    const char *feed = memchr(line, '\n', (size_t)(end - line));
    const char *stop = feed ? feed : end;
    const char *lone = has_returns ? memchr(line, '\r', (size_t)(stop - line)) : NULL;
    if (lone && lone + 1 < stop)
        return lone + 1;
    if (lone && !feed)
        return end;
    return feed ? feed + 1 : end;
}

enum line_kind { LINE_EMPTY, LINE_CONTINUES, LINE_DOT, LINE_CARD };

/* What a line of a file is; *first: its first byte that is not blank. */
static enum line_kind kind_of_line(const char *line, const char *end, const char **first)
{
    while (line < end && is_blank(*line))
        line++;
    *first = line;
    char next = end - line > 1 ? line[1] : '\n';
    if (line == end || ends_line(*line) || *line == '*' || *line == ';' || (*line == '/' && next == '/') ||
        (*line == '$' && (next == ' ' || next == '\t' || ends_line(next))))
        return LINE_EMPTY;
    return *line == '+' ? LINE_CONTINUES : *line == '.' ? LINE_DOT : LINE_CARD;
}

static bool begins_card(enum line_kind kind)
{
    return kind == LINE_DOT || kind == LINE_CARD;
}

size_t cuts_first_card(const char *text, size_t size, bool *unsure)
{
    const char *end = text + size, *first;
    bool has_returns = memchr(text, '\r', size);
    *unsure = true; /* the last line that is seen here may be another one */
    for (const char *line = next_line(text, end, has_returns); line < end;) {
        const char *next = next_line(line, end, has_returns);
        if (begins_card(kind_of_line(line, end, &first))) {
            *unsure = end - first < 2;
            return (size_t)(line - text);
        }
        line = next;
    }
    return size;
}

/* ---- dot cards ---- */

/* The end of the word there, as the scanner has it: a slash belongs to it, two begin a comment. */
static const char *end_of_word(const char *at, const char *end)
{
    while (at < end && (unsigned char)*at > ' ' && !strchr("\x7f,()=;", *at) &&
           !(*at == '/' && at + 1 < end && at[1] == '/'))
        at++;
    return at;
}

/* Does `.lib` begin a section, and include no file: one word behind it that is no path? */
static bool begins_section(const char *at, const char *end)
{
    size_t words = 0;
    for (;;) {
        while (at < end && is_blank(*at))
            at++;
        if (at == end || ends_line(*at) || *at == ';' || *at == '$')
            return words != 2;
        words++;
        for (; at < end && !is_blank(*at) && !ends_line(*at) && *at != ';'; at++)
            if (strchr("\"'./\\", *at))
                return false;
    }
}

static enum dot_kind kind_of_dot(const char *word, const char *end)
{
    static const struct {
        char spelling[9];
        enum dot_kind kind;
        bool any_ending;
    } row[] = {{".subckt", DOT_SUBCKT, false},   {".ends", DOT_ENDS, true}, {".if", DOT_IF, false},
               {".macro", DOT_SUBCKT, false},    {".eom", DOT_ENDS, false},
               {".endif", DOT_ENDIF, false},     {".end", DOT_END, false},   {".control", DOT_CONTROL, true},
               {".endc", DOT_ENDC, true},        {".lib", DOT_SECTION, false}, {".endl", DOT_ENDL, false}};
    const char *stop = end_of_word(word, end);
    for (size_t r = 0; r < sizeof row / sizeof *row; r++) {
        size_t length = strlen(row[r].spelling), i = 0;
        while (i < length && word + i < stop && lower(word[i]) == row[r].spelling[i])
            i++;
        if (i < length || (word + length != stop && !row[r].any_ending))
            continue;
        return row[r].kind == DOT_SECTION && !begins_section(stop, end) ? DOT_OTHER : row[r].kind;
    }
    return DOT_OTHER;
}

bool cuts_scan(struct dot_cards *cards, const char *text, size_t size, size_t offset, size_t *lines)
{
    const char *end = text + size, *first;
    bool has_returns = memchr(text, '\r', size), open = false;
    size_t count = 0;
    for (const char *line = text, *next; line < end; line = next) {
        bool is_title = offset == 0 && line == text;
        enum line_kind kind = kind_of_line(line, end, &first);
        next = next_line(line, end, has_returns);
        if (open && begins_card(kind)) {
            cards->item[cards->count - 1].end = (int64_t)(offset + (size_t)(line - text));
            cards->item[cards->count - 1].end_lines = (int64_t)count;
            open = false;
        }
        if (is_title || kind == LINE_DOT) {
            if (!array_reserve(&cards->item, &cards->capacity, cards->count + 1, sizeof *cards->item))
                return false;
            cards->item[cards->count++] = (struct dot_card){.start = (int64_t)(offset + (size_t)(line - text)),
                                                            .lines = (int64_t)count,
                                                            .kind = is_title ? DOT_TITLE : kind_of_dot(first, end)};
            open = true;
        }
        count += next > line && ends_line(next[-1]);
    }
    if (open) {
        cards->item[cards->count - 1].end = (int64_t)(offset + size);
        cards->item[cards->count - 1].end_lines = (int64_t)count;
    }
    *lines = count;
    return true;
}

/* ---- blocks ---- */

/* What is open, the last one innermost. */
struct blocks {
    unsigned char *kind; /* [count] enum dot_kind of the card that opened it */
    size_t count, capacity;
};

static enum dot_kind innermost(const struct blocks *blocks)
{
    return blocks->count > 0 ? (enum dot_kind)blocks->kind[blocks->count - 1] : DOT_OTHER;
}

static bool open_block(struct blocks *blocks, enum dot_kind kind)
{
    if (!array_reserve(&blocks->kind, &blocks->capacity, blocks->count + 1, sizeof *blocks->kind))
        return false;
    blocks->kind[blocks->count++] = (unsigned char)kind;
    return true;
}

/* .ends closes the innermost subcircuit, and the conditions in it. */
static void close_subcircuit(struct blocks *blocks)
{
    size_t count = blocks->count;
    while (count > 0 && blocks->kind[count - 1] != DOT_SUBCKT)
        count--;
    if (count > 0)
        blocks->count = count - 1;
}

/* Let the card open or close blocks. False when memory is out. */
static bool pass_card(struct blocks *blocks, enum dot_kind kind)
{
    enum dot_kind in = innermost(blocks);
    if (in == DOT_CONTROL || in == DOT_SECTION) { /* lines that are no cards */
        if (kind == DOT_CONTROL && in == DOT_CONTROL)
            return open_block(blocks, kind);
        blocks->count -= kind == (in == DOT_CONTROL ? DOT_ENDC : DOT_ENDL);
        return true;
    }
    switch (kind) {
    case DOT_SUBCKT:
    case DOT_IF:
    case DOT_CONTROL:
    case DOT_SECTION: return open_block(blocks, kind);
    case DOT_ENDS: close_subcircuit(blocks); return true;
    case DOT_ENDIF: blocks->count -= in == DOT_IF; return true;
    default: return true;
    }
}

struct common *cuts_common(const struct dot_card *card, size_t cards, size_t *count, size_t *size)
{
    struct blocks blocks = {0};
    struct common *common = array_new(cards, sizeof *common), *last = NULL;
    bool done = common, at_end = false;
    *count = 0;
    for (size_t c = 0; done && !at_end && c < cards; c++) {
        enum dot_kind kind = (enum dot_kind)card[c].kind, in = innermost(&blocks);
        size_t start = (size_t)card[c].start;
        if (!last || (blocks.count == 0 && last->end != start)) {
            last = &common[(*count)++];
            *last = (struct common){.start = start, .lines = (size_t)card[c].lines};
        }
        last->end = (size_t)card[c].end;
        last->end_lines = (size_t)card[c].end_lines;
        at_end = kind == DOT_END && in != DOT_CONTROL && in != DOT_SECTION;
        done = pass_card(&blocks, kind);
    }
    if (at_end)
        *size = last->end;
    else if (blocks.count > 0)
        last->end = *size;
    free(blocks.kind);
    if (done)
        return common;
    free(common);
    return NULL;
}

const struct common *cuts_common_at(const struct common *common, size_t count, size_t offset)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (common[middle].start <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? &common[low - 1] : NULL;
}
