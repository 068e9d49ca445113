/* The lines of a script, and which of them belong together. */
#ifndef OPSPICE_LINES_H
#define OPSPICE_LINES_H

#include "netlist/netlist.h"
#include "util/diagnostics.h"

enum line_kind {
    LINE_COMMAND,
    LINE_FOREACH,
    LINE_WHILE,
    LINE_DOWHILE,
    LINE_REPEAT,
    LINE_IF,
    LINE_ELSE,
    LINE_END,
    LINE_BREAK,
    LINE_CONTINUE,
    LINE_LABEL,
    LINE_GOTO
};

struct line {
    const char *text;  /* in the netlist, or in the lines' arena where it was continued */
    size_t length;
    char *joined;      /* [room] the text where it was continued */
    size_t room;
    const char *place; /* in the netlist */
    enum line_kind kind;
    size_t otherwise;  /* of `if`: its else or end */
    size_t end;        /* of what opens a block, and of `else`: the end; of `end`: the line that opens it */
};

struct lines {
    struct line *item; /* [count] */
    size_t count, capacity;
    struct arena arena;
};

/* The lines of all .control blocks, without comments that have no command (hidden.h), continuations joined; lines is
 * zeroed before. False when memory is out. */
bool lines_read(struct lines *lines, const struct netlist *netlist);

/* Add a line of a program, which is copied; *depth counts the blocks that are open. False when memory is out. */
bool lines_add(struct lines *lines, const char *text, size_t length, size_t *depth);

/* Does the line `label` name this one? */
bool lines_label_is(const struct line *line, const char *label);

/* Find the end of each block. Mistakes go to the diagnostics. False when memory is out. */
bool lines_match(struct lines *lines, struct diagnostics *diagnostics);

/* The length of a text's first word: letters and digits. */
size_t line_first_word(const char *text, size_t length);

/* What a line is by its first word. */
enum line_kind line_kind_of(const char *text, size_t length);

/* What stands between words. */
static inline bool line_is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\v' || byte == '\f' || byte == '\r';
}

static inline const char *line_skip_blanks(const char *at, const char *end)
{
    while (at < end && line_is_blank(*at))
        at++;
    return at;
}

/* The next word of a text from *at on, without its quotes; false at the end. */
bool line_next_word(const char **at, const char *end, const char **word, size_t *length);

/* Safe on a zeroed struct; leaves it zeroed. */
void lines_free(struct lines *lines);

#endif
