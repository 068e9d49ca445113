#include "grid/network_parts.h"

#include "util/clock.h"
#include "util/magnitude.h"

/* What the last correction may change, of the largest current at a node; by how much a correction is wrong while none
 * has shown it: as in convex/network.h. */
static const double enough = 1e-12, unseen_rate = 1e-3;
static const double quiet_share = 1e-8; /* of the rounding of the largest current, that iterations leave elsewhere */

/* What is asked of the iterations of a correction: of a linear circuit's first one nearly all, so that the second finds
 * little left and tells; of nonlinear ones, whose lines change in between, the same of all. */
static double accuracy_of(const struct grid_network *network, int step)
{
    return network->diodes->any ? 1e-8 : step == 0 ? 1e-11 : 1e-5;
}

/* ---- what a correction changes ----------------------------------------------------------------------------------- */

/* The current below which none has a part in the answer, A. */
static double least_current(const struct grid_network *network)
{
    double floor = 1e-60 * largest_magnitude(network->most, network->share->circuit->nodes.count);
    ranks_greatest(&floor, 1);
    return floor;
}

/* What rounding of potentials, which are sums of two doubles, makes of the currents at a branch's nodes, some of which
 * may be all that flows there, A. */
static inline double rounding_of(const struct grid_network *network, const struct element *element)
{
    return 4096 * DBL_EPSILON * DBL_EPSILON * fmax(network->steep[element->a], network->steep[element->k]);
}

/* How much the correction d changes, over what is next to nothing beside the largest currents at its ends. */
static double measure(const struct grid_network *network)
{
    const struct circuit *circuit = network->share->circuit;
    double change = 0, floor = least_current(network);
    for (uint32_t e = 0, q = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        int32_t i = unknown_of(network, element->a), j = unknown_of(network, element->k);
        double g = branch_slope(network, element, &q);
        if (g == 0 || i == j)
            continue;
        double d = (i == GROUND_UNKNOWN ? 0 : network->d[i]) - (j == GROUND_UNKNOWN ? 0 : network->d[j]);
        double moved = fabs(g * d), least = fmin(network->most[element->a], network->most[element->k]);
        if (moved > enough * floor && moved > rounding_of(network, element))
            change = fmax(change, moved / (enough * fmax(least, floor)));
    }
    ranks_greatest(&change, 1);
    return change;
}

/* Lines of the free diodes at the present potentials. Returns by how much the currents of laws differ from those of the
 * lines so far, over what is next to nothing; 0 where there are no diodes. *serves: slopes are still those of the
 * equations, as far as that matters. */
static double touch(struct grid_network *network, bool *serves)
{
    const struct circuit *circuit = network->share->circuit;
    const double alike = 0.1;
    double off = 0, floor = least_current(network);
    *serves = true;
    for (uint32_t d = 0; d < network->diodes->count; d++) {
        struct diode *diode = &network->diodes->diode[d];
        const struct element *element = &circuit->element[diode->element];
        double u = drop(network->answer, element);
        double differs = element->value * diode_meet(diode, &circuit->law[element->law], u);
        double least = fmin(network->most[element->a], network->most[element->k]), own = network->slope[d];
        double around = isinf(diode->around) ? 0 : diode->around;
        if (differs > enough * floor && differs > rounding_of(network, element))
            off = fmax(off, differs / (enough * fmax(least, floor)));
        *serves &= fabs(diode->g - own) <= alike * (own + around);
    }
    ranks_greatest(&off, 1);
    *serves = ranks_all(*serves);
    return off;
}

/* ---- steps ------------------------------------------------------------------------------------------------------- */

/* Lines of the free diodes at the present voltages themselves. *serves as of touch. */
static void touch_there(struct grid_network *network, bool *serves)
{
    const struct circuit *circuit = network->share->circuit;
    *serves = true;
    for (uint32_t d = 0; d < network->diodes->count; d++) {
        struct diode *diode = &network->diodes->diode[d];
        const struct element *element = &circuit->element[diode->element];
        struct diode there = *diode;
        double u = drop(network->answer, element);
        diode_touch(&there, &circuit->law[element->law], u);
        double line = diode->i + diode->g * (u - diode->u);
        if (there.g != diode->g && !(fabs(there.i - line) <= 4 * DBL_EPSILON * fabs(line)))
            *diode = there; /* else the same line, whose rounding stays what it was */
        *serves &= diode->g == network->slope[d];
    }
    *serves = ranks_all(*serves);
}

/* The voltage that the correction changes a branch by. */
static double change_of(const struct grid_network *network, const struct element *element)
{
    int32_t i = unknown_of(network, element->a), j = unknown_of(network, element->k);
    return (i == GROUND_UNKNOWN ? 0 : network->d[i]) - (j == GROUND_UNKNOWN ? 0 : network->d[j]);
}

/* The slope of the co-content along the correction, t of it ahead: what diodes have of it, W. */
static double slope_of_diodes(const struct grid_network *network, double t)
{
    const struct circuit *circuit = network->share->circuit;
    double sum = 0;
    for (uint32_t d = 0; d < network->diodes->count; d++) {
        struct diode there = network->diodes->diode[d];
        const struct element *element = &circuit->element[there.element];
        double du = change_of(network, element);
        if (du == 0)
            continue;
        diode_touch(&there, &circuit->law[element->law], drop(network->answer, element) + t * du);
        sum += element->value * there.i * du;
    }
    ranks_sum(&sum, 1);
    return sum;
}

/* How much of the correction leads to the least co-content along it: exact where that is more than a tenth of a step.
 * False position that cannot stall (Dowell and Jarratt 1971, the Illinois method). */
static double search(const struct grid_network *network)
{
    enum { DOUBLINGS = 20, TRIALS = 60 };
    const struct circuit *circuit = network->share->circuit;
    double line[2] = {0, 0}; /* of the other branches: at 0, and its growth */
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        double du = change_of(network, element);
        if (element->kind == ELEMENT_RESISTOR) {
            line[0] += drop(network->answer, element) / element->value * du;
            line[1] += du / element->value * du;
        } else if (element->kind == ELEMENT_ISOURCE) {
            line[0] += element->value * du;
        }
    }
    ranks_sum(line, 2);
    double low = 0, high = 1, at_low = line[0] + slope_of_diodes(network, 0), begin = fabs(at_low);
    double at_high = line[0] + line[1] + slope_of_diodes(network, 1);
    if (fabs(at_high) <= 0.1 * begin || !(at_low < 0))
        return 1;
    for (int q = 0; q < DOUBLINGS && at_high < 0; q++) {
        low = high;
        at_low = at_high;
        high *= 2;
        at_high = line[0] + high * line[1] + slope_of_diodes(network, high);
    }
    for (int q = 0; q < TRIALS && at_high > 0 && at_low < 0; q++) {
        double t = low + (high - low) * (-at_low / (at_high - at_low));
        double at = line[0] + t * line[1] + slope_of_diodes(network, t);
        if (fabs(at) <= 0.01 * begin)
            return t;
        if (at < 0) {
            low = t;
            at_low = at;
            at_high /= 2;
        } else {
            high = t;
            at_high = at;
            at_low /= 2;
        }
    }
    return low > 0 ? low : high;
}

/* Is all that Kirchhoff's law is short of the rounding of the currents there, or what iterations, which look at all of
 * them, leave elsewhere of rounding? */
static bool is_quiet(const struct grid_network *network)
{
    bool quiet = true;
    double largest = largest_magnitude(network->largest, network->unknowns.owned);
    ranks_greatest(&largest, 1);
    for (uint32_t q = 0; q < network->unknowns.owned; q++)
        quiet &= fabs(network->b[q]) <= 16 * DBL_EPSILON * fmax(network->largest[q], quiet_share * largest);
    return ranks_all(quiet);
}

/* Do sources drive a current into a part that floats, as long as no diode lets it out? Only potentials that rise, or
 * fall, as far as one does can tell. */
static bool is_stranded(const struct grid_network *network)
{
    bool stranded = false;
    double largest = largest_magnitude(network->largest, network->unknowns.owned);
    ranks_greatest(&largest, 1);
    for (uint32_t q = 0; network->is_open && q < network->unknowns.owned; q++)
        stranded |= grid_network_is_reference(network, q) && fabs(network->b[q]) > 1e-9 * network->largest[q] &&
                    fabs(network->b[q]) > enough * largest;
    return ranks_any(stranded);
}

/* One correction, or as much of it as leads downhill; *change: what it changes. */
static enum grid_status correct(struct grid_network *network, double accuracy, bool searching, double *change)
{
    const struct unknowns *unknowns = &network->unknowns;
    if (!grid_network_residual(network))
        return GRID_NO_MEMORY;
    for (uint32_t q = 0; q < unknowns->owned; q++)
        network->b[q] = dd_value(network->short_of[q]);
    enum iteration_status solved = multigrid_solve(network->multigrid, accuracy, network->b, network->d);
    if (solved != ITERATION_OK)
        return solved == ITERATION_NO_MEMORY ? GRID_NO_MEMORY : GRID_UNSOLVED;
    if (!halo_spread(&unknowns->halo, network->d, sizeof *network->d))
        return GRID_NO_MEMORY;
    *change = measure(network);
    double t = searching ? search(network) : 1;
    for (uint32_t q = 0; q < unknowns->count; q++)
        network->x[q] = dd_add_double(network->x[q], t * network->d[q]);
    grid_network_place_nodes(network);
    network->answer->corrections++;
    return GRID_OK;
}

/* Corrections until the next one would change next to nothing, and laws have the currents of their lines. Lines that
 * come and go are left for steps along which the co-content falls. */
static enum grid_status correct_all(struct grid_network *network)
{
    enum { LINEAR_STEPS = 25, STEPS = 150, PATIENCE = 6 };
    double before = INFINITY;
    bool serves = false, searching = false;
    int slow = 0, quiet = 0; /* corrections that have not become much smaller; that only rounding has asked for */
    for (int step = 0; step < (network->diodes->any ? STEPS : LINEAR_STEPS); step++) {
        double change, off = 0;
        enum grid_status status = serves ? GRID_OK : grid_network_set_up(network);
        double mark = clock_seconds();
        if (status == GRID_OK)
            status = correct(network, accuracy_of(network, step), searching, &change);
        if (status != GRID_OK)
            return status;
        serves = true;
        slow += !(change < 0.5 * before);
        bool stranded = network->diodes->any && is_stranded(network);
        searching |= stranded || (network->diodes->any && slow >= PATIENCE);
        if (searching)
            touch_there(network, &serves);
        else if (network->diodes->any)
            off = touch(network, &serves);
        clock_lap(&mark, &network->answer->seconds_solve);
        double least = 10 * multigrid_residual(network->multigrid);
        double rate = isinf(before) ? unseen_rate : fmin(1, fmax(least, change / before));
        if (!isfinite(change))
            return GRID_UNSOLVED;
        bool ends = off <= 1 && (serves || !searching) && !stranded;
        if (change * rate <= 1 && ends)
            return GRID_OK;
        before = change;
        quiet = is_quiet(network) ? quiet + 1 : 0;
        if (quiet >= PATIENCE && ends)
            return GRID_OK; /* what still moves are currents that are next to none: the proof judges */
    }
    return GRID_UNSOLVED;
}

enum grid_status grid_network_iterate(struct grid_network *network)
{
    struct grid_answer *answer = network->answer;
    for (uint32_t node = 0; node < network->share->circuit->nodes.count; node++)
        answer->floats[node] = GRID_TIED;
    answer->any_floats = false;
    grid_network_place_nodes(network);
    enum grid_status status = network->unknowns.total > 0 ? correct_all(network) : GRID_OK;
    if (status == GRID_OK && network->is_open && !grid_network_place_floating(network))
        status = GRID_NO_MEMORY;
    return status;
}
