/* The grammar of a netlist: cards, their words, and what belongs together.
 *
 * The actions push the words of a card in preorder (see netlist/netlist.h) and do nothing else. A list has a name by
 * its last element, so that a word needs no look-ahead and costs one reduction: `words` end with a word, which an `=`
 * may follow; a `group` ends with a closing parenthesis; `others` end with anything else. */

%require "3.8"
%expect 0

%define api.pure full
%define api.prefix {deck_}
%define api.token.prefix {TOKEN_}
%define api.value.type {size_t}
%define api.location.type {struct span}
%define parse.error detailed
%define parse.lac full
%locations

%param {void *scanner}
%parse-param {struct reading *reading}

%code requires {
#include "reading.h"
}

%code provides {
int deck_lex(size_t *value, struct span *location, void *scanner);
}

%code {
#define YYLLOC_DEFAULT(Current, Rhs, N) ((Current) = (Rhs)[(N) != 0])

static void deck_error(const struct span *location, void *scanner, struct reading *reading, const char *message)
{
    (void)scanner;
    reading_syntax_error(reading, *location, message);
}

/* Push an arg, or leave the parser where memory is out. */
#define PUSH(kind, span)                        \
    do {                                        \
        if (!reading_push(reading, kind, span)) \
            YYNOMEM;                            \
    } while (0)

/* Push what opens a group, unless too many are open. */
#define PUSH_OPEN(index, span)                                                   \
    do {                                                                         \
        if (++reading->nesting > NESTING_LIMIT) {                                \
            reading_error(reading, span, "parentheses are nested too deeply");   \
            YYERROR;                                                             \
        }                                                                        \
        index = reading->count;                                                  \
        PUSH(ARG_GROUP, span);                                                   \
    } while (0)

/* Push what closes it. */
#define PUSH_CLOSE(index, span)         \
    do {                                \
        PUSH(ARG_CLOSE, span);          \
        reading_close(reading, index);  \
        reading->nesting--;             \
    } while (0)

/* At the end of a line: does the text for this parser end there? */
#define END_LINE(place)                     \
    do {                                    \
        if (reading_stops(reading, place))  \
            YYACCEPT;                       \
    } while (0)

/* At the end of a line: take the card. */
#define END_CARD(place)                      \
    do {                                     \
        if (!reading_end_card(reading))      \
            YYACCEPT;                        \
        if (reading->passing)                \
            scan_mode(scanner, MODE_BLOCK);  \
        END_LINE(place);                     \
    } while (0)
}

%token END 0 "end of file"
%token EOL "end of line"
%token WORD "word"
%token HEAD "name with `(`"
%token OPEN "`(`"
%token CLOSE "`)`"
%token EQUALS "`=`"
%token STRING "quoted text"
%token EXPRESSION "expression"
%token TEXT "text as it stands"

%%

deck:
  %empty
| deck EOL                { END_LINE(@2); }
| deck first EOL          { END_CARD(@3); }
| deck first words EOL    { END_CARD(@4); }
| deck first group EOL    { END_CARD(@4); }
| deck first others EOL   { END_CARD(@4); }
| deck error EOL          { reading->count = 0; reading->nesting = 0; yyerrok; END_LINE(@3); }
;

first:
  WORD
    {
        if (reading_leaves_card(reading, @1))
            YYACCEPT;
        PUSH(ARG_WORD, @1);
        scan_mode(scanner, reading_begin_card(reading, @1));
    }
;

words:
  WORD                    { PUSH(ARG_WORD, @1); }
| words WORD              { PUSH(ARG_WORD, @2); }
| group WORD              { PUSH(ARG_WORD, @2); }
| others WORD             { PUSH(ARG_WORD, @2); }
;

group:
  any open any CLOSE      { PUSH_CLOSE($2, @4); }
;

others:
  any quoted
| key value               { reading_close(reading, $1); }
| group EQUALS value
;

any:
  %empty
| words
| group
| others
;

open:
  HEAD                    { PUSH_OPEN($$, @1); }
| OPEN                    { PUSH_OPEN($$, @1); }
;

quoted:
  STRING                  { PUSH(ARG_STRING, @1); }
| TEXT                    { PUSH(ARG_STRING, @1); }
| EXPRESSION              { PUSH(ARG_EXPRESSION, @1); }
;

/* `words` have ended with a word: that is the key. */
key:
  words EQUALS            { $$ = reading->count - 1; reading->arg[$$].kind = ARG_KEY; }
;

value:
  WORD                    { PUSH(ARG_WORD, @1); }
| quoted
| open any CLOSE          { PUSH_CLOSE($1, @3); }
;
