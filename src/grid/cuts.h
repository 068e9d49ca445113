/* Where the text of a netlist may be cut, and which of its cards all ranks need.
 *
 * It is cut where a card begins: not before a line that continues one, nor before the blank and comment lines in front
 * of such. Cards that begin with a dot are common: definitions, options, what is asked for. So are the lines from
 * .subckt to .ends, .if to .endif, .control to .endc, and of a section of a library, with the elements in them; and the
 * title. Where it is not clear what closes a block, it goes on: more lines are common then, and the text means the
 * same. */
#ifndef OPSPICE_CUTS_H
#define OPSPICE_CUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A card with a dot. */
struct dot_card {
    int64_t start, end;      /* bytes of the file; up to the next card */
    int64_t lines, end_lines; /* that end before these */
    int64_t kind;            /* private */
};

struct dot_cards {
    struct dot_card *item; /* [count] */
    size_t count, capacity;
};

/* Lines that are common. */
struct common {
    size_t start, end; /* bytes of the file */
    size_t lines, end_lines; /* that end before these */
};

/* The first byte behind text[0] at which a card begins. `size` where there is none; *unsure: more of the text might
 * change that, unless it ends here. */
size_t cuts_first_card(const char *text, size_t size, bool *unsure);

/* Add the dot cards of a text that begins at this byte of the file with a card, or with the title. *lines becomes how
 * many lines end in it. False when memory is out. */
bool cuts_scan(struct dot_cards *cards, const char *text, size_t size, size_t offset, size_t *lines);

/* What is common by the dot cards of the whole file in its order; *count, *size: up to .end or the file's size. NULL
 * when memory is out, else to be freed. */
struct common *cuts_common(const struct dot_card *card, size_t cards, size_t *count, size_t *size);

/* The last of them that begins before this byte, or at it; NULL: none does. */
const struct common *cuts_common_at(const struct common *common, size_t count, size_t offset);

#endif
