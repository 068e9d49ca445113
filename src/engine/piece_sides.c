/* On which part of its law each diode is. */
#include "engine/piece_parts.h"

#include "laws/curve.h"
#include <math.h>

static const double touching = 1e-13; /* of the voltages: as near as tangent and law have to be */

const struct law *piece_law(const struct piece *piece, uint32_t d)
{
    return &piece->circuit->law[piece->circuit->element[piece->tables->diode[d]].law];
}

bool piece_is_stiff(const struct law *law, enum piece_side side)
{
    return (side == SIDE_FORWARD && isinf(law->g_on)) || (side == SIDE_REVERSE && isinf(law->g_rev));
}

double piece_slope(const struct piece *piece, uint32_t d)
{
    const struct law *law = piece_law(piece, d);
    enum piece_side side = piece->side[d];
    if (side == SIDE_TANGENT)
        return piece->tangent[d].slope;
    if (piece_is_stiff(law, side) || side == SIDE_MIDDLE)
        return law->g_off;
    return side == SIDE_FORWARD ? law->g_on : law->g_rev;
}

double piece_current(const struct piece *piece, uint32_t d, double u)
{
    const struct law *law = piece_law(piece, d);
    const struct piece_tangent *tangent = &piece->tangent[d];
    enum piece_side side = piece->side[d];
    if (side == SIDE_TANGENT)
        return tangent->i + tangent->slope * (u - tangent->u);
    if (piece_is_stiff(law, side) || side == SIDE_MIDDLE)
        return law->g_off * u;
    if (side == SIDE_FORWARD)
        return law->g_off * law->v_fwd + law->g_on * (u - law->v_fwd);
    return law->g_rev * (u + law->v_rev) - law->g_off * law->v_rev;
}

/* The points on the line are not those of the piece any more. */
static void dismiss_line(struct piece *piece)
{
    piece->centred = piece->directed = false;
}

/* A stiff part changes the clusters, another one only the conductances. */
static void change_side(struct piece *piece, uint32_t d, enum piece_side side)
{
    const struct law *law = piece_law(piece, d);
    if (piece->side[d] == side)
        return;
    if (piece_is_stiff(law, side) || piece_is_stiff(law, piece->side[d]))
        piece->shaped = false;
    piece->side[d] = side;
    piece->valued = false;
    dismiss_line(piece);
}

static void set_tangent(struct piece *piece, uint32_t d, double u)
{
    const struct law *law = piece_law(piece, d);
    double slope, current = law->g_off * u + curve_current(law->curve, u, &slope);
    piece->tangent[d] = (struct piece_tangent){u, current, law->g_off + slope};
    piece->side[d] = SIDE_TANGENT;
    piece->valued = false;
    dismiss_line(piece);
}

void piece_take(struct piece *piece, const struct operating_point *op)
{
    piece->curved = false;
    for (uint32_t d = 0; d < piece->tables->diodes; d++) {
        uint32_t e = piece->tables->diode[d];
        const struct element *element = &piece->circuit->element[e];
        const struct law *law = piece_law(piece, d);
        double u = op->voltage[element->a] - op->voltage[element->k];
        double beyond = op->current[e] - element->value * law_current(law, u);
        enum piece_side side = SIDE_MIDDLE;
        if (law->curve) {
            set_tangent(piece, d, u);
            piece->curved = true;
            continue;
        }
        if (law->g_on != law->g_off && (isinf(law->g_on) ? beyond > 0 : u > law->v_fwd))
            side = SIDE_FORWARD;
        else if (law->g_rev != law->g_off && (isinf(law->g_rev) ? beyond < 0 : u < -law->v_rev))
            side = SIDE_REVERSE;
        change_side(piece, d, side);
    }
}

void piece_revalued(struct piece *piece)
{
    piece->valued = false;
    dismiss_line(piece);
}

void piece_follow(struct piece *piece, uint32_t element)
{
    piece->along = element;
    dismiss_line(piece);
}

void piece_off_line(struct piece *piece)
{
    piece->centred = false;
}

/* Below (< 0) or above (> 0) a threshold, or too near to tell (0). */
static int beyond(double u, double threshold, double va, double vk)
{
    double noise = PIECE_VERGE * fmax(fabs(threshold), fmax(fabs(va), fabs(vk)));
    return u > threshold + noise ? 1 : u < threshold - noise ? -1 : 0;
}

/* The end of a stiff branch that follows the other. */
static uint32_t follower_of(const struct piece *piece, uint32_t e)
{
    uint32_t a = piece->circuit->element[e].a, via = piece->forest.via[a];
    return via != FOREST_NO_EDGE && piece->element[via] == e ? a : piece->circuit->element[e].k;
}

/* The side that a diode asks for; *unclear: it is a matter of rounding, and matters. */
static enum piece_side wanted_side(const struct piece *piece, const struct operating_point *op, uint32_t d,
                                   bool *unclear)
{
    uint32_t e = piece->tables->diode[d];
    const struct element *element = &piece->circuit->element[e];
    const struct law *law = piece_law(piece, d);
    enum piece_side side = piece->side[d];
    double va = op->voltage[element->a], vk = op->voltage[element->k], u = va - vk;
    if (piece_is_stiff(law, side)) {
        double more = op->current[e] - element->value * law_current(law, u);
        double current = side == SIDE_FORWARD ? more : -more, floor = piece->noise[follower_of(piece, e)];
        *unclear |= fabs(current) <= floor;
        return current >= 0 ? side : SIDE_MIDDLE;
    }
    int above = law->g_on != law->g_off ? beyond(u, law->v_fwd, va, vk) : -1;
    int below = law->g_rev != law->g_off && !isinf(law->v_rev) ? beyond(-u, law->v_rev, va, vk) : -1;
    if ((above == 0 && isinf(law->g_on)) || (below == 0 && isinf(law->g_rev)))
        *unclear = true;
    if (above == 0 || below == 0)
        return side; /* both parts are right there */
    return above > 0 ? SIDE_FORWARD : below > 0 ? SIDE_REVERSE : SIDE_MIDDLE;
}

/* Is the tangent of a curved law the law itself at its voltage? Else it gets another one. */
static bool touches(struct piece *piece, const struct operating_point *op, uint32_t d)
{
    const struct element *element = &piece->circuit->element[piece->tables->diode[d]];
    const struct law *law = piece_law(piece, d);
    const struct piece_tangent *tangent = &piece->tangent[d];
    double va = op->voltage[element->a], vk = op->voltage[element->k], u = va - vk, slope, unused;
    double line = piece_current(piece, d, u), current = law->g_off * u + curve_current(law->curve, u, &slope);
    if (fabs(current - line) <= touching * (law->g_off + slope) * fmax(fabs(va), fabs(vk)))
        return true;
    if (u > tangent->u && line > tangent->i && law->g_off > 0)
        u = fmin(u, curve_meet(law->curve, law->g_off, line, &unused, &slope));
    set_tangent(piece, d, u);
    return false;
}

enum piece_status piece_judge(struct piece *piece, const struct operating_point *op, uint32_t *wrong)
{
    bool unclear = false;
    *wrong = 0;
    for (uint32_t d = 0; d < piece->tables->diodes; d++) {
        if (piece->side[d] == SIDE_TANGENT) {
            *wrong += !touches(piece, op, d);
            continue;
        }
        enum piece_side side = wanted_side(piece, op, d, &unclear);
        *wrong += side != piece->side[d];
        change_side(piece, d, side);
    }
    return unclear && *wrong == 0 ? PIECE_UNUSABLE : PIECE_OK;
}
