#include "grid/diodes.h"

#include "util/array.h"
#include <math.h>
#include <stdlib.h>

/* The resistance of an ideal diode whose state is sought, of what is around it (DESIGN's d of the multiplier's
 * method). */
static const double sought_resistance = 1e-3;

/* What a diode meets at least, of its own slope: where only other diodes are around it. */
static const double least_around = 1e-3;

bool diodes_list(struct diodes *diodes, const struct share *share)
{
    const struct circuit *circuit = share->circuit;
    diodes->count = circuit_diodes(circuit);
    diodes->diode = array_new(diodes->count, sizeof *diodes->diode);
    if (!ranks_all(diodes->diode))
        return false;
    uint32_t d = 0;
    bool ideal = false;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (element->kind != ELEMENT_DIODE)
            continue;
        const struct law *law = &circuit->law[element->law];
        bool is_ideal = law_is_ideal(law);
        struct law_point at = law_at(law, dd_from(0), 0);
        diodes->diode[d++] = (struct diode){.element = e,
                                            .is_ideal = is_ideal,
                                            .sought = is_ideal,
                                            .i = is_ideal ? 0 : dd_value(at.i),
                                            .g = is_ideal ? law->g_off : at.slope};
        ideal |= is_ideal;
    }
    diodes->any = ranks_any(d > 0);
    diodes->any_ideal = ranks_any(ideal);
    return true;
}

/* ---- laws of straight lines -------------------------------------------------------------------------------------- */

/* Beyond its thresholds: as the law has it, or what stands for infinity while a state is sought; blocked, or held and
 * counted elsewhere, as between them. */
static double slope_beyond(const struct diode *diode, const struct law *law, double g)
{
    if (!isinf(g))
        return g;
    bool is_alone = isinf(diode->around) || diode->around == 0; /* no resistor tells what is steep */
    return diode->sought ? law->g_off + (is_alone ? 1 : diode->around) / sought_resistance : law->g_off;
}

/* Where the line beyond a threshold begins: as far before it as the multiplier's part takes. */
static double begin_beyond(const struct diode *diode, const struct law *law, double threshold, double g, bool is_ideal)
{
    return is_ideal && diode->sought ? threshold - fabs(diode->multiplier) / (g - law->g_off) : threshold;
}

/* Put the line on the segment where it meets the current c - around u. */
static void meet_straight(struct diode *diode, const struct law *law, double around, double c)
{
    enum diode_state state = diode->state;
    double forward = slope_beyond(diode, law, law->g_on), reverse = slope_beyond(diode, law, law->g_rev);
    double above = begin_beyond(diode, law, law->v_fwd, forward, isinf(law->g_on));
    double below = begin_beyond(diode, law, law->v_rev, reverse, isinf(law->g_rev));
    double u = c / (around + law->g_off), knee = 0, g = law->g_off;
    diode->state = DIODE_BLOCKS;
    if (u > above && forward != law->g_off) {
        knee = above;
        g = forward;
        diode->state = DIODE_FORWARD;
    } else if (-u > below && reverse != law->g_off) {
        knee = -below;
        g = reverse;
        diode->state = DIODE_REVERSE;
    }
    if (diode->state != DIODE_BLOCKS)
        u = (c - law->g_off * knee + g * knee) / (around + g);
    if (diode->is_ideal && !diode->sought)
        diode->state = state;
    diode->u = u;
    diode->g = g;
    diode->i = law->g_off * knee + g * (u - knee);
}

void diode_touch(struct diode *diode, const struct law *law, double u)
{
    const double held = 1e30; /* S: meets at u */
    if (law->curve) {
        struct law_point at = law_at(law, dd_from(u), 0);
        diode->u = u;
        diode->i = dd_value(at.i);
        diode->g = at.slope;
        return;
    }
    meet_straight(diode, law, held, held * u);
    diode->i += diode->g * (u - diode->u);
    diode->u = u;
}

void diode_step(struct diode *diode, const struct law *law, double u)
{
    if (diode->is_ideal)
        diode->multiplier =
            diode->state == DIODE_BLOCKS ? 0 : diode->i + diode->g * (u - diode->u) - law->g_off * u;
}

double diode_meet(struct diode *diode, const struct law *law, double u)
{
    double line = diode->i + diode->g * (u - diode->u);
    double around = fmax(diode->around, least_around * diode->g), former_u = diode->u, former_i = diode->i;
    double former_g = diode->g;
    bool is_held = isinf(around);
    if (is_held)
        around = 1e9 * (former_g + 1); /* as good as held */
    double c = line + around * u;
    if (law->curve) {
        double current, slope;
        diode->u = is_held ? u : curve_meet(law->curve, around + law->g_off, c, &current, &slope);
        struct law_point at = law_at(law, dd_from(diode->u), 0);
        diode->i = dd_value(at.i);
        diode->g = at.slope;
    } else {
        meet_straight(diode, law, around, c);
    }
    double now = diode->i + diode->g * (u - diode->u);
    return fabs(now - (former_i + former_g * (u - former_u)));
}

void diodes_free(struct diodes *diodes)
{
    free(diodes->diode);
    *diodes = (struct diodes){0};
}
