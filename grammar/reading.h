/* One file being read: what scan.l, parse.y and the files beside them share. Private to this folder. */
#ifndef OPSPICE_READING_H
#define OPSPICE_READING_H

#include "line.h"
#include "netlist/cards.h"
#include "netlist/netlist.h"
#include "util/diagnostics.h"
#include "util/names.h"
#include <stddef.h>
#include <sys/types.h>

/* What the scanner expects behind the first word of a card. */
enum reading_mode {
    MODE_WORDS, /* the words of a card */
    MODE_PATH,  /* one path, quoted or not, then words */
    MODE_TEXT,  /* the rest of the line as it stands */
    MODE_VALUE, /* the rest of the card as it stands, with its continuation lines but without a comment at its end */
    MODE_SKIP,  /* nothing: the rest of the card is passed over */
    MODE_LINES, /* the lines of a block, each as it stands, until the block is closed */
    MODE_BLOCK  /* nothing: all lines are passed over until reading_closes_block says so */
};

/* What ends a block of lines that are passed over. */
enum reading_until {
    UNTIL_CARD,    /* the card that closes the block which reading.row opens */
    UNTIL_SECTION, /* the first line of the wanted section of a library */
    UNTIL_ENDL     /* `.endl`, of a section that is not wanted */
};

enum {
    FLEX_MEMORY = 1024,  /* bytes; flex needs some 250 */
    NESTING_LIMIT = 1000, /* of parentheses; the parser's stack holds more */
    NAME_SHOWN = 80      /* bytes of a name in a message */
};

/* How much of a name a message shows, bytes. */
static inline int reading_shown(size_t length)
{
    return length < NAME_SHOWN ? (int)length : NAME_SHOWN;
}

struct reading {
    struct netlist *netlist;
    struct diagnostics *diagnostics;

    /* this file, and those that include it */
    const struct reading *includer; /* NULL for the deck */
    unsigned depth;                 /* how many includers */
    const char *name;               /* owned by the reading's caller */
    dev_t device;                   /* its identity, where has_identity */
    ino_t inode;
    bool has_identity;
    bool is_library;       /* `.lib` names it */
    struct span section;   /* of a library: all that is read of the file; length 0: the whole file is read */
    struct names sections; /* those that were passed over, looking for it */
    const char *opened;    /* place of the section that is being read or passed over, or NULL */
    char *text; /* [size + 2] what is read of it, and two NULs */
    size_t size;

    /* how far it is read at once */
    char *from;          /* in text; the start, or what `stopped` was */
    const char *limit;   /* stop at the first end of a line here or behind, between two cards; NULL: at the end */
    bool is_chunk;       /* read beside others: stop before a card that does more than being kept */
    char *stopped;       /* where that was: at the end of a line, or at such a card; NULL: nothing more is read */

    int subcircuits; /* open; of a chunk, how many more there are than before it */

    /* the card being read */
    struct arg *arg; /* [count] */
    size_t count, capacity;
    const struct card_row *row; /* NULL: an unknown card */
    unsigned nesting;           /* parentheses open */
    unsigned open, closed;      /* parentheses open at the end of the line, and how many of them were closed there */
    bool unclosed;              /* one is missing or too many, and that has been said */
    bool no_memory;

    /* the scanner's own */
    const char *quoted; /* first byte inside the quotes or braces being read */
    size_t braces;      /* open */
    size_t blocks;      /* open, each inside the one before */
    enum reading_until until;
    bool passing; /* the next lines are a block */
    bool at_end;        /* the last line has been closed */
    size_t flex_used;   /* of flex_memory */
    union {
        max_align_t align;
        char bytes[FLEX_MEMORY];
    } flex_memory; /* flex exits where memory is out, so it gets none that could be out */
};

/* ---- scan.l ---- */

/* Parse reading->text from `from` on. False when memory is out. */
bool scan_and_parse(struct reading *reading);

/* Set what the scanner expects next. */
void scan_mode(void *scanner, enum reading_mode mode);

/* ---- chunks.c ---- */

/* Parse all of reading->text, a large one with netlist->threads. False when memory is out. */
bool chunks_parse(struct reading *reading);

/* ---- reader.c ---- */

/* Read the last source. False when memory is out. */
bool reading_run(struct reading *reading, bool is_deck);

/* ---- include.c ---- */

/* Which file it is of, so that one that includes itself is found. */
void reading_identify(struct reading *reading);

/* At the end of a file: were all sections closed, and was the wanted one found? False when memory is out. */
bool reading_check_sections(const struct reading *reading);

/* The card `.include path`. False when memory is out. */
bool reading_take_include(struct reading *reading);

/* The card `.lib path section`, `.lib path`, or `.lib section`, which is not wanted here. False when memory is out. */
bool reading_take_library(struct reading *reading);

/* The card `.endl`. False: of a library nothing more is read. */
bool reading_take_end_of_section(struct reading *reading);

/* ---- reading.c, for the actions of the grammar ---- */

/* Is a card that begins with this word left to the reading that this one is a chunk of? Then it stops here. */
bool reading_leaves_card(struct reading *reading, struct span word);

/* The line that ends here is not inside of a card: is it as far as this reading goes? */
bool reading_stops(struct reading *reading, struct span end);

/* Add an arg to the card; the slow case of reading_push. */
bool reading_grow(struct reading *reading);

/* The card begins with this word: classify it, and say what is wrong with it. Returns what to read after it. */
enum reading_mode reading_begin_card(struct reading *reading, struct span word);

/* The card is complete: keep it, or do what it says. False to stop reading: at `.end` and where memory is out. */
bool reading_end_card(struct reading *reading);

/* In a block: see whether this line opens another, or closes the block. True when it has been closed. */
bool reading_closes_block(struct reading *reading, const char *line, size_t length);

/* The text ends in a block: say so at the card that opened it. */
void reading_unclosed(struct reading *reading);

/* The lines from start end with a `+` that continues no card: but the title, or a line that was not understood. */
void reading_continues_nothing(struct reading *reading, const char *start, const char *plus);

/* At the end of a line: is a parenthesis open on a card where it means nothing? Then it is closed here. */
bool reading_closes_group(struct reading *reading, struct span place);

/* Is a parenthesis that closes nothing a word here? In .temp it spoils what stands there. */
bool reading_keeps_close(const struct reading *reading);

/* Is this a parenthesis too many on such a card? */
bool reading_passes_close(struct reading *reading, struct span place);

/* Does a dollar sign at the start of a word begin a comment here? In ngspice it always does; where a node may stand,
 * it is a name (PSpice's $N_0001). */
bool reading_begins_comment(const struct reading *reading);

/* Of the rest of a line that begins with a path: behind it and all that is not a comment. */
const char *reading_end_of_path(const char *start, const char *end);

/* Is this the sign of `.temp = 27`, which means nothing? */
bool reading_passes_equals(struct reading *reading, struct span place);

void reading_error(struct reading *reading, struct span place, const char *message);

/* What the parser makes of a token that it does not expect. */
void reading_syntax_error(struct reading *reading, struct span token, const char *message);

/* Add an arg to the card. False when memory is out. */
static inline bool reading_push(struct reading *reading, enum arg_kind kind, struct span span)
{
    if (reading->count == reading->capacity && !reading_grow(reading))
        return false;
    reading->arg[reading->count++] = (struct arg){.text = span.text, .length = span.length, .kind = kind};
    return true;
}

/* Give the arg at index all that was pushed after it. */
static inline void reading_close(struct reading *reading, size_t index)
{
    reading->arg[index].count = (uint32_t)(reading->count - index - 1) & 0x1fffffff;
}

#endif
