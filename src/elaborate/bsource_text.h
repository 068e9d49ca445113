/* The reader of B and G cards: what both files of their reading need. */
#ifndef OPSPICE_BSOURCE_TEXT_H
#define OPSPICE_BSOURCE_TEXT_H

#include "elaborate/card_reader.h"

struct bsource_text {
    const char *at, *end;
};

/* Go behind blanks, commas, line ends with the comment lines and the `+` behind them. */
void bsource_skip(struct bsource_text *text);

/* The next word, up to a blank or one of `stops`; length 0 at the end. */
struct expression_word bsource_word(struct bsource_text *text, const char *stops);

/* Take this byte, if it is the next one. */
bool bsource_take(struct bsource_text *text, char byte);

/* A value in braces or quotes, without them. Length 0 and NULL: there is none. */
struct expression_word bsource_enclosed(struct bsource_text *text);

/* Say that this is another kind of source; false. */
bool bsource_unsupported(const struct card_reader *reader, struct diagnostics *diagnostics);

#endif
