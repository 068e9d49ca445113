/* The words of B and G cards: what both files of their reading need. */
#ifndef OPSPICE_BEHAVIOUR_TEXT_H
#define OPSPICE_BEHAVIOUR_TEXT_H

#include "circuit/words.h"

struct behaviour_text {
    const char *at, *end;
};

/* Go behind blanks, commas, line ends with the comment lines and the `+` behind them. */
void behaviour_skip(struct behaviour_text *text);

/* The next word, up to a blank or one of `stops`; length 0 at the end. */
struct expression_word behaviour_word(struct behaviour_text *text, const char *stops);

/* Take this byte, if it is the next one. */
bool behaviour_take(struct behaviour_text *text, char byte);

/* A value in braces or quotes, without them. Length 0 and NULL: there is none. */
struct expression_word behaviour_enclosed(struct behaviour_text *text);

/* Say that this is another kind of source; false. */
bool behaviour_unsupported(const struct words *words, struct diagnostics *diagnostics);

#endif
