/* Own-voltage expressions in pieces, and those that are made of straight ones as tables of these.
 *
 * The expression is run on intervals, from left to right: where a straight part of it has a corner or a zero within,
 * the interval is split there. */
#include "laws/pieces.h"

#include "util/array.h"
#include <float.h>
#include <stdlib.h>

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static enum piece_state state_of(const struct enclosure *enclosure)
{
    if (enclosure->is_partial)
        return PIECE_OPEN;
    return enclosure->slope.low >= 0 ? PIECE_RISES : enclosure->slope.high < 0 ? PIECE_FALLS : PIECE_OPEN;
}

bool pieces_enclose(const struct expression_law *own, struct pieces *pieces, struct piece *piece, size_t *use)
{
    struct cell cell = {piece->low, piece->high, {piece->low, piece->high}};
    struct enclosure result;
    double split;
    enum enclosure_status status = enclosure_run(own, &cell, &result, &split, use);
    *piece = (struct piece){.low = piece->low, .high = piece->high, .next = piece->next, .split = NAN,
                            .value = INTERVAL_WHOLE};
    pieces->work += own->expression.steps;
    switch (status) {
    case ENCLOSURE_OK:
        piece->state = state_of(&result);
        piece->is_line = result.is_line;
        piece->c = result.c;
        piece->d = result.d;
        piece->value = result.is_partial ? INTERVAL_WHOLE : result.value;
        break;
    case ENCLOSURE_SPLIT: piece->split = split; break;
    case ENCLOSURE_UNDECIDED: break;
    case ENCLOSURE_NO_VALUE: piece->state = PIECE_NO_VALUE; break;
    case ENCLOSURE_NOT_OWN: return false;
    }
    return true;
}

/* Add a piece at the right end, or make the last one longer where it is the same line. False: memory is out. */
static bool append(struct pieces *pieces, const struct piece *piece)
{
    struct piece *last = pieces->count > 0 ? &pieces->piece[pieces->count - 1] : NULL;
    if (last && last->is_line && piece->is_line && last->c == piece->c && last->d == piece->d) {
        last->high = piece->high; /* no corner after all */
        return true;
    }
    if (!array_reserve(&pieces->piece, &pieces->capacity, pieces->count + 1, sizeof *pieces->piece))
        return false;
    if (pieces->count > 0)
        pieces->piece[pieces->count - 1].next = pieces->count;
    pieces->piece[pieces->count] = *piece;
    pieces->piece[pieces->count++].next = PIECES_END;
    return true;
}

/* What is still to be read lies behind as a stack of ends. */
enum expression_law_status pieces_read(const struct expression_law *own, struct pieces *pieces,
                                       struct expression_finding *finding)
{
    enum { MOST = 1 << 20, WAITING = 200 };
    double waiting[WAITING] = {INFINITY};
    size_t ends = 1;
    struct piece piece = {.low = -INFINITY};
    while (ends > 0) {
        piece.high = waiting[ends - 1];
        if (!pieces_enclose(own, pieces, &piece, &finding->use))
            return EXPRESSION_LAW_NOT_OWN;
        if (!isnan(piece.split) && ends < WAITING && pieces->count < MOST) {
            waiting[ends++] = piece.split;
            continue;
        }
        if (!append(pieces, &piece))
            return EXPRESSION_LAW_NO_MEMORY;
        piece.low = waiting[--ends];
    }
    return EXPRESSION_LAW_RISES;
}

bool pieces_are_lines(const struct pieces *pieces)
{
    for (size_t p = 0; p < pieces->count; p++)
        if (!pieces->piece[p].is_line)
            return false;
    return true;
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

static double on(const struct piece *line, double u)
{
    return line->c + line->d * u;
}

/* The current at a corner u, where the flatter of two lines makes it i: the expression knows it better within the
 * rounding of that line. What differs by more is on the steeper line, which the rounding of u moves. */
static double current_at(const struct expression_law *own, double u, double i, const struct piece *flatter)
{
    double slope, exact = expression_law_value(own, u, &slope);
    return fabs(exact - i) <= 4 * DBL_EPSILON * (fabs(flatter->c) + fabs(flatter->d * u)) ? exact : i;
}

/* Points at the corners, and one beyond at each end. */
enum expression_law_status pieces_tabulate(const struct expression_law *own, const struct pieces *pieces,
                                           struct arena *arena, struct curve_table *table, double *low)
{
    size_t corners = pieces->count - 1, points = corners + 2;
    double *u = arena_alloc(arena, points * sizeof *u), *i = arena_alloc(arena, points * sizeof *i);
    if (!u || !i)
        return EXPRESSION_LAW_NO_MEMORY;
    for (size_t c = 0; c < corners; c++) {
        const struct piece *a = &pieces->piece[c], *b = a + 1;
        double at = a->high, left = on(a, at), right = on(b, at);
        double noise = 1e-12 * (fabs(a->c) + fabs(b->c) + fabs(left) + fabs(right));
        *low = at;
        if (fabs(right - left) > noise)
            return EXPRESSION_LAW_STEP;
        bool left_is_flatter = fabs(a->d) < fabs(b->d);
        u[c + 1] = at;
        i[c + 1] = current_at(own, at, left_is_flatter ? left : right, left_is_flatter ? a : b);
    }
    double first = corners ? u[1] : 0, last = corners ? u[corners] : 0;
    u[0] = first - fmax(1, fabs(first));
    i[0] = on(&pieces->piece[0], u[0]);
    u[points - 1] = last + fmax(1, fabs(last));
    i[points - 1] = on(&pieces->piece[corners], u[points - 1]);
    for (size_t p = 0; p + 1 < points; p++)
        if (pieces->piece[p].d >= 0)
            i[p + 1] = fmax(i[p + 1], i[p]); /* rounding makes no fall of a level */
    *table = (struct curve_table){points, u, i};
    return EXPRESSION_LAW_RISES;
}
