/* An own-voltage expression in pieces: intervals of the voltage, from left to right, and what is known of each. */
#ifndef OPSPICE_PIECES_H
#define OPSPICE_PIECES_H

#include "laws/enclosure.h"

enum piece_state {
    PIECE_OPEN, /* undecided */
    PIECE_RISES,
    PIECE_FALLS,
    PIECE_NO_VALUE
};

struct piece {
    double low, high; /* V; the piece is open */
    enum piece_state state;
    bool is_line;          /* c + d u */
    double c, d;
    double split;          /* open: where to cut it; NAN: anywhere */
    struct interval value; /* A */
    size_t next;           /* number of the piece to the right; PIECES_END */
};

#define PIECES_END SIZE_MAX

struct pieces {
    struct piece *piece; /* [count]; the first is leftmost */
    size_t count, capacity;
    size_t work; /* steps that were run */
};

/* Cut where straight parts have their corners and zeros. RISES (to be judged yet), NOT_OWN or NO_MEMORY. */
enum expression_law_status pieces_read(const struct expression_law *own, struct pieces *pieces,
                                       struct expression_finding *finding);

/* Find out what is so on a piece. True unless the expression is not its own voltage's. */
bool pieces_enclose(const struct expression_law *own, struct pieces *pieces, struct piece *piece, size_t *use);

bool pieces_are_lines(const struct pieces *pieces);

/* The table of pieces that are lines. RISES (to be judged yet), STEP at *low, or NO_MEMORY. */
enum expression_law_status pieces_tabulate(const struct expression_law *own, const struct pieces *pieces,
                                           struct arena *arena, struct curve_table *table, double *low);

/* Does the current rise on all pieces and between them? Pieces that are open are cut until that is known, or it costs
 * too much. [*low, *high]: where the law is itself, for RISES and NOT_SHOWN. Not STEP. */
enum expression_law_status pieces_judge(const struct expression_law *own, struct pieces *pieces, double *low,
                                        double *high, struct expression_finding *finding);

#endif
