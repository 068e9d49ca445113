/* A reading position in the text of a controlled source's card: blanks, commas, line ends with the comment lines and
 * the `+` behind them are blanks. */
#ifndef OPSPICE_SOURCE_TEXT_H
#define OPSPICE_SOURCE_TEXT_H

#include "netlist/expression.h"

struct source_text {
    const char *at, *end;
};

/* Go behind blanks. */
void source_text_skip(struct source_text *text);

/* The next word, up to a blank or one of `stops`; length 0 at the end. */
struct expression_word source_text_word(struct source_text *text, const char *stops);

/* The next word as the name of a node or element, with the parentheses that belong to it, KiCad's net-(r1-pad1); others
 * are blanks. */
struct expression_word source_text_name(struct source_text *text);

/* Take this byte, if it is the next one. */
bool source_text_take(struct source_text *text, char byte);

/* A value in braces or quotes, without them. Length 0 and NULL: there is none. */
struct expression_word source_text_enclosed(struct source_text *text);

/* A value in braces, quotes or by itself, up to a blank or parenthesis. */
struct expression_word source_text_value(struct source_text *text);

/* Is the word this keyword (lower case), in any case? */
bool source_text_is(struct expression_word word, const char *keyword);

#endif
