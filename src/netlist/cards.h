/* The table of cards: each card that SPICE knows, and what opspice makes of it. To add a card: a row here and a
 * handler in the room that gives it its meaning. */
#ifndef OPSPICE_CARDS_H
#define OPSPICE_CARDS_H

#include <stddef.h>
#include <stdint.h>

enum card_kind {
    CARD_NONE, /* not a card */
    CARD_R, CARD_C, CARD_L, CARD_V, CARD_I, CARD_D,           /* elements: elaborate/ */
    CARD_B, CARD_E, CARD_F, CARD_G, CARD_H, CARD_S, CARD_W,   /* elements that others control */
    CARD_T, CARD_O, CARD_U, CARD_P,                           /* transmission lines */
    CARD_Q, CARD_J, CARD_M, CARD_Z,                           /* transistors */
    CARD_UNSUPPORTED,                                         /* an element that elaborate/ refuses */
    CARD_NODESET, CARD_IC,                                    /* elaborate/ */
    CARD_MODEL,                                               /* elaborate/; from here on flatten/ looks at it */
    CARD_X, CARD_PARAM, CARD_FUNC, CARD_SUBCKT, CARD_ENDS,    /* flatten/ */
    CARD_GLOBAL, CARD_IF, CARD_ELSEIF, CARD_ELSE, CARD_ENDIF, /* flatten/ */
    CARD_UNREAD, CARD_UNKNOWN, /* flatten/: in a subcircuit, a card that is wrong, or whose name no card has: the place
                                * of the mistake (ARG_WORD) and a sentence (ARG_STRING) */
    CARD_TITLE, CARD_INCLUDE, CARD_LIB, CARD_ENDL, CARD_END,  /* the reader's own */
    CARD_OP, CARD_DC, CARD_STEP, CARD_TF, CARD_SENS,          /* analysis/ */
    CARD_FOREIGN,                                             /* analysis/: an analysis that is not opspice's */
    CARD_OPTIONS, CARD_TEMP, CARD_CSPARAM,                    /* analysis/ */
    CARD_PRINT, CARD_PLOT, CARD_PROBE, CARD_SAVE,             /* analysis/ */
    CARD_MEASURE,                                             /* analysis/ */
    CARD_CONTROL, /* analysis/: the block as one card, an ARG_STRING for each of its lines that is not empty */
    CARD_OTHER    /* known, not taken: the row says why */
};

enum card_treatment {
    CARD_TAKEN,   /* some room gives it its meaning */
    CARD_STRAY,   /* closes a block that is not open: a warning, then left out */
    CARD_LATER,   /* kept by its name: what it means is decided when all is read */
    CARD_IDLE     /* cannot change the operating point, nor what is asked for: left out without a word */
};

struct card_row {
    char spelling[16]; /* lower case: an element's letter, or a dot and a word; every accepted spelling has a row, but
                        * for those with any ending */
    enum card_kind kind;
    enum card_treatment treatment;
    const char *what;  /* for messages: "resistor", "bipolar transistor" */
    const char *until; /* the card that closes the block this one opens, or NULL: read or refused as one */
};

/* The row of a card's first word: by letter for elements, by whole word after a dot. NULL: no such card. */
const struct card_row *cards_find(const char *text, size_t length);

#endif
