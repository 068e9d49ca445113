/* Does the current of an expression that is not straight rise with the voltage? By branch and bound: a piece on which
 * the enclosure of the derivative tells nothing is cut in two. */
#include "laws/pieces.h"

#include "util/array.h"
#include <float.h>
#include <stdint.h>
#include <string.h>

/* Defended by laws_end_in_lines and judgements_by_hand of tests/check_monotone.c. */
#define ASKED 1e3           /* V: beyond, what falls is left out */
#define DISTANT 1e6         /* V: beyond, what is undecided is left out */
#define SMALLEST 1e-30      /* V: nearer to 0 no piece is cut */
#define FAR_CURRENT 1e150   /* A and S: a straight line from there stays finite */
#define LARGE_CURRENT 1e90  /* A and S: beyond, it is the current itself that grows out of bounds, and functions are
                             * capped (exp at 1e99): what falls there is left out */

/* Steps to be run for one law: some milliseconds, which laws that are not shown to rise cost. More do not help those of
 * samples_agree there. */
enum { WORK = 50000, PASSES = 100 };

/* ---- cutting ----------------------------------------------------------------------------------------------------- */

/* The number of a double among all of them, in their order. */
static int64_t rank(double x)
{
    int64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits < 0 ? INT64_MIN - bits : bits;
}

static double of_rank(int64_t number)
{
    int64_t bits = number < 0 ? INT64_MIN - number : number;
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static double not_smaller(double x, double sign)
{
    return fabs(x) < SMALLEST ? copysign(SMALLEST, sign) : x;
}

/* In the middle of two voltages: of their logarithms, so to say, where they are far apart. */
static double middle_of(double low, double high)
{
    if (low < 0 && high > 0)
        return 0;
    if (low < -DISTANT && high > -DISTANT)
        return -DISTANT;
    if (low < DISTANT && high > DISTANT)
        return DISTANT;
    if (fmin(fabs(low), fabs(high)) > fmax(fabs(low), fabs(high)) / 4)
        return low + (high - low) / 2;
    int64_t a = rank(not_smaller(low, high)), b = rank(not_smaller(high, low));
    return of_rank(a + (b - a) / 2);
}

static bool can_be_cut(const struct piece *piece)
{
    double size = fmax(fabs(piece->low), fabs(piece->high));
    return piece->state == PIECE_OPEN && size > SMALLEST &&
           (isinf(size) || piece->high - piece->low > 8 * DBL_EPSILON * size);
}

/* Is an open piece so short that it is no more than the end of its neighbours? */
static bool is_border(const struct piece *piece)
{
    return piece->state == PIECE_OPEN && !can_be_cut(piece) && fmax(fabs(piece->low), fabs(piece->high)) > SMALLEST;
}

/* The right part becomes a piece of its own. False: memory is out. */
static bool cut(struct pieces *pieces, size_t number)
{
    if (!array_reserve(&pieces->piece, &pieces->capacity, pieces->count + 1, sizeof *pieces->piece))
        return false;
    struct piece *left = &pieces->piece[number], *right = &pieces->piece[pieces->count];
    double at = isnan(left->split) ? middle_of(left->low, left->high) : left->split;
    *right = *left;
    right->low = left->high = at;
    left->next = pieces->count++;
    return true;
}

/* ---- what is shown ----------------------------------------------------------------------------------------------- */

static enum expression_law_status found(enum expression_law_status status, double low, double high,
                                        struct expression_finding *finding)
{
    finding->low = low;
    finding->high = high;
    return status;
}

static bool is_within(const struct piece *piece, double low, double high)
{
    return piece->low < high && piece->high > low;
}

/* How well a piece shows what is wrong: a long one, near to 0 V. */
static double plainness(const struct piece *piece)
{
    double length = fmin(piece->high, ASKED) - fmax(piece->low, -ASKED);
    return length / (1 + fmin(fabs(piece->low), fabs(piece->high)));
}

/* The plainest piece within [low, high] and what is asked on which the current is known to fall, or else to have no
 * value. */
static enum expression_law_status find_fall(const struct pieces *pieces, double low, double high,
                                            struct expression_finding *finding)
{
    const struct piece *worst = NULL;
    for (size_t p = 0; p != PIECES_END; p = pieces->piece[p].next) {
        const struct piece *piece = &pieces->piece[p];
        if (piece->state <= PIECE_RISES || !is_within(piece, fmax(low, -ASKED), fmin(high, ASKED)))
            continue;
        if (!worst || piece->state < worst->state ||
            (piece->state == worst->state && plainness(piece) > plainness(worst)))
            worst = piece;
    }
    return worst ? found(EXPRESSION_LAW_FALLS, worst->low, worst->high, finding) : EXPRESSION_LAW_RISES;
}

/* Leave out what falls where the current is too large. */
static void leave_out_large(const struct expression_law *own, const struct pieces *pieces, double *low, double *high)
{
    double slope;
    for (size_t p = 0; p != PIECES_END; p = pieces->piece[p].next) {
        const struct piece *piece = &pieces->piece[p];
        if (piece->state != PIECE_FALLS)
            continue;
        if (piece->low > 0 && expression_law_value(own, piece->low, &slope) > LARGE_CURRENT)
            *high = fmin(*high, piece->low);
        if (piece->high < 0 && expression_law_value(own, piece->high, &slope) < -LARGE_CURRENT)
            *low = fmax(*low, piece->high);
    }
}

/* Leave out what lies beyond the pieces where the current is known to rise: the law is straight there. On the side
 * where it falls somewhere beyond what is asked, that is from what is asked on; else from DISTANT on. */
static void leave_out(const struct pieces *pieces, double *low, double *high)
{
    double above = DISTANT, below = -DISTANT;
    for (size_t p = 0; p != PIECES_END; p = pieces->piece[p].next) {
        const struct piece *piece = &pieces->piece[p];
        if (piece->state > PIECE_RISES && piece->low >= ASKED)
            above = ASKED;
        if (piece->state > PIECE_RISES && piece->high <= -ASKED)
            below = -ASKED;
    }
    for (size_t p = 0; p != PIECES_END; p = pieces->piece[p].next) {
        const struct piece *piece = &pieces->piece[p];
        if (piece->state != PIECE_RISES && piece->low >= above)
            *high = fmin(*high, piece->low);
        if (piece->state != PIECE_RISES && piece->high <= below)
            *low = fmax(*low, piece->high);
    }
}

/* Cut open pieces within [low, high] that are not distant, all of a pass before those that it leaves. */
static enum expression_law_status cut_open(const struct expression_law *own, struct pieces *pieces, double *low,
                                           double *high, struct expression_finding *finding)
{
    bool is_done = false;
    for (int pass = 0; pass < PASSES && !is_done; pass++) {
        is_done = true;
        for (size_t p = 0, next; p != PIECES_END && pieces->work < WORK; p = next) {
            next = pieces->piece[p].next;
            if (!can_be_cut(&pieces->piece[p]) ||
                !is_within(&pieces->piece[p], fmax(*low, -DISTANT), fmin(*high, DISTANT)))
                continue;
            if (!cut(pieces, p))
                return EXPRESSION_LAW_NO_MEMORY;
            is_done = false;
            if (!pieces_enclose(own, pieces, &pieces->piece[p], &finding->use) ||
                !pieces_enclose(own, pieces, &pieces->piece[pieces->piece[p].next], &finding->use))
                return EXPRESSION_LAW_NOT_OWN;
        }
        leave_out_large(own, pieces, low, high);
        if (find_fall(pieces, *low, *high, finding) == EXPRESSION_LAW_FALLS)
            return EXPRESSION_LAW_FALLS;
    }
    return EXPRESSION_LAW_RISES;
}

/* The current at an end of a piece, as the piece has it. At the end more may be known of a choice than on the whole
 * piece, so that there is a corner on it. Where an operation has no value there the expression as a whole may:
 * u/(1 + 1/|u|). Returns PIECE_RISES, PIECE_NO_VALUE, or PIECE_OPEN: it cannot be told. */
static enum piece_state at_end(const struct expression_law *own, const struct piece *piece, double end,
                               struct interval *value)
{
    struct cell cell = {piece->low, piece->high, {end, end}};
    struct enclosure result;
    enum enclosure_status status;
    double split, slope;
    size_t use;
    if (piece->is_line) {
        *value = interval_point(piece->d == 0 ? piece->c : piece->c + piece->d * end);
        return PIECE_RISES;
    }
    while ((status = enclosure_run(own, &cell, &result, &split, &use)) == ENCLOSURE_SPLIT)
        *(end == cell.low ? &cell.high : &cell.low) = split;
    if (status == ENCLOSURE_OK) {
        *value = result.value;
        return result.is_partial ? PIECE_OPEN : PIECE_RISES;
    }
    *value = interval_point(expression_law_value(own, end, &slope));
    return isfinite(value->low) ? PIECE_RISES : PIECE_NO_VALUE;
}

/* What the current does between two pieces. */
static enum piece_state between(const struct expression_law *own, const struct piece *before,
                                const struct piece *behind)
{
    struct interval left, right;
    if (before->state != PIECE_RISES || behind->state != PIECE_RISES)
        return PIECE_RISES; /* or worse, which is known of the pieces */
    enum piece_state one = at_end(own, before, before->high, &left), other = at_end(own, behind, behind->low, &right);
    if (one != PIECE_RISES || other != PIECE_RISES)
        return one > other ? one : other;
    return right.high < left.low - 1e-12 * (fabs(left.low) + fabs(right.high)) ? PIECE_FALLS : PIECE_RISES;
}

/* Look at where pieces meet. Beyond what is asked, the range ends where the current falls. */
static enum expression_law_status check_borders(const struct expression_law *own, const struct pieces *pieces,
                                                double *low, double *high, struct expression_finding *finding)
{
    enum expression_law_status status = EXPRESSION_LAW_RISES;
    const struct piece *before = NULL;
    double first = *low, last = *high;
    for (size_t p = 0; p != PIECES_END; p = pieces->piece[p].next) {
        const struct piece *piece = &pieces->piece[p];
        if (!is_within(piece, first, last) || is_border(piece))
            continue;
        enum piece_state state = before ? between(own, before, piece) : PIECE_RISES;
        bool is_asked = before && before->high < ASKED && piece->low > -ASKED;
        if (state > PIECE_RISES && is_asked)
            return found(EXPRESSION_LAW_FALLS, before->high, piece->low, finding);
        if (state == PIECE_OPEN && is_asked)
            status = found(EXPRESSION_LAW_NOT_SHOWN, before->high, piece->low, finding);
        if (state != PIECE_RISES && !is_asked && piece->low <= -ASKED)
            *low = fmax(*low, piece->low);
        if (state != PIECE_RISES && !is_asked && piece->low > -ASKED)
            *high = fmin(*high, before->high);
        before = piece;
    }
    return status;
}

/* Is all of a piece's current below all of that of another one to its left? */
static enum expression_law_status compare_pieces(const struct pieces *pieces, double low, double high,
                                                 struct expression_finding *finding)
{
    double most = -INFINITY, from = 0;
    for (size_t p = 0; p != PIECES_END; p = pieces->piece[p].next) {
        const struct piece *piece = &pieces->piece[p];
        if (!is_within(piece, fmax(low, -ASKED), fmin(high, ASKED)) || piece->state == PIECE_NO_VALUE)
            continue;
        if (piece->value.high < most - 1e-12 * fabs(most))
            return found(EXPRESSION_LAW_FALLS, from, piece->high, finding);
        if (piece->value.low > most) {
            most = piece->value.low;
            from = piece->low;
        }
    }
    return EXPRESSION_LAW_RISES;
}

/* The open piece that is nearest to 0 V. */
static enum expression_law_status find_open(const struct pieces *pieces, double low, double high,
                                            struct expression_finding *finding)
{
    enum expression_law_status status = EXPRESSION_LAW_RISES;
    double nearest = INFINITY;
    for (size_t p = 0; p != PIECES_END; p = pieces->piece[p].next) {
        const struct piece *piece = &pieces->piece[p];
        double distance = fmin(fabs(piece->low), fabs(piece->high));
        if (piece->state != PIECE_OPEN || !is_within(piece, low, high) || is_border(piece) || distance >= nearest)
            continue;
        nearest = distance;
        status = found(EXPRESSION_LAW_NOT_SHOWN, piece->low, piece->high, finding);
    }
    return status;
}

/* ---- where the law is finite ------------------------------------------------------------------------------------- */

static bool is_finite_at(const struct expression_law *own, double u)
{
    double slope, i = expression_law_value(own, u, &slope);
    return fabs(i) <= FAR_CURRENT && fabs(slope) <= FAR_CURRENT;
}

/* The last voltage on the way from 0 to the end at which the numbers of the machine hold the law; INFINITY of either
 * sign: all do. */
static double last_finite(const struct expression_law *own, double end)
{
    double inside = 0, outside = end;
    if (is_finite_at(own, end))
        return copysign(INFINITY, end);
    for (double next; (next = of_rank(rank(inside) + (rank(outside) - rank(inside)) / 2)) != inside && next != outside;)
        *(is_finite_at(own, next) ? &inside : &outside) = next;
    return inside;
}

/* Does the range end within what is asked for another reason than that something grows out of bounds: in a pole, at the
 * end of a domain, where pieces meet? */
static bool ends_early(const struct expression_law *own, const struct pieces *pieces, double end)
{
    double slope, i = expression_law_value(own, end, &slope), behind = nextafter(end, copysign(INFINITY, end));
    if (fabs(end) >= ASKED || fabs(i) > LARGE_CURRENT || fabs(slope) > LARGE_CURRENT)
        return false;
    for (size_t p = 0; p < pieces->count; p++)
        if (pieces->piece[p].low == end || pieces->piece[p].high == end || pieces->piece[p].low == behind ||
            pieces->piece[p].high == behind)
            return true;
    return isnan(expression_law_value(own, behind, &slope));
}

/* The range in which the numbers of the machine hold the law: what it does beyond, where it has grown out of bounds, is
 * not asked. */
static enum expression_law_status find_range(const struct expression_law *own, const struct pieces *pieces, double *low,
                                             double *high, struct expression_finding *finding)
{
    bool is_finite = is_finite_at(own, 0);
    *low = is_finite ? last_finite(own, -DBL_MAX) : -INFINITY;
    *high = is_finite ? last_finite(own, DBL_MAX) : INFINITY;
    leave_out_large(own, pieces, low, high);
    if (find_fall(pieces, *low, *high, finding) == EXPRESSION_LAW_FALLS)
        return EXPRESSION_LAW_FALLS;
    if (!is_finite)
        return found(EXPRESSION_LAW_FALLS, 0, 0, finding);
    if (ends_early(own, pieces, *low))
        return found(EXPRESSION_LAW_FALLS, -INFINITY, *low, finding);
    if (ends_early(own, pieces, *high))
        return found(EXPRESSION_LAW_FALLS, *high, INFINITY, finding);
    return EXPRESSION_LAW_RISES;
}

enum expression_law_status pieces_judge(const struct expression_law *own, struct pieces *pieces, double *low,
                                        double *high, struct expression_finding *finding)
{
    enum expression_law_status status = find_range(own, pieces, low, high, finding);
    if (status == EXPRESSION_LAW_RISES)
        status = cut_open(own, pieces, low, high, finding);
    if (status == EXPRESSION_LAW_RISES)
        leave_out(pieces, low, high);
    if (status == EXPRESSION_LAW_RISES)
        status = check_borders(own, pieces, low, high, finding);
    if (status != EXPRESSION_LAW_RISES && status != EXPRESSION_LAW_NOT_SHOWN)
        return status;
    if (compare_pieces(pieces, *low, *high, finding) == EXPRESSION_LAW_FALLS)
        return EXPRESSION_LAW_FALLS;
    return find_open(pieces, *low, *high, finding) == EXPRESSION_LAW_NOT_SHOWN ? EXPRESSION_LAW_NOT_SHOWN : status;
}
