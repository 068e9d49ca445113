/* Along a sweep, eight points at once: as track.c goes to one, from where the last answers lead. What lies beyond the
 * first of them that is far off, or is not found, is left: the sweep goes on from there. */
#include "general/equations_parts.h"
#include "general/general_parts.h"

#include "laws/junctions.h"
#include "util/array.h"
#include "util/kernel.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_STEPS = 3 };

/* V: within half of kT/q a first step is on its branch, and the next ones converge */
static const double too_far = 0.01;
/* As in track.c; the farthest of eight points is led to from farther. */
static const double settled = 2e-8, left = 1e-14, nearest = 1e-3;

struct track_octet {
    octet leads[TRACK_POINTS];        /* how much of each past answer a point has */
    octet *x, *low, *way;             /* [n]; way: -F, then the step */
    octet *value;                     /* [entries] */
    bool *varies;                     /* [entries] a junction is there */
    uint8_t *first;                   /* [plain.count] of its four derivatives those where no other was before: bits */
    octet *u, *i, *slope;             /* [plain.count] V, A, S */
    octet *rest;                      /* [elements] of gains */
    const struct general_ahead *ahead;
    uint64_t values;                  /* the version of the circuit's that `value` is of; 0: none */
    double volts;                     /* V, the largest first step of the last eight */
    bool apart;                       /* some is done for one point after the other */
    void *block;
};

/* ---- life -------------------------------------------------------------------------------------------------------- */

/* The weight of the answer p points before the last one at `by` points behind it, of a polynomial through all. */
static double lead(int p, int by)
{
    double weight = 1;
    for (int other = 0; other < TRACK_POINTS; other++)
        weight *= other == p ? 1 : (double)(by + other) / (other - p);
    return weight;
}

static struct track_octet *octet_new(const struct equations *equations)
{
    size_t n = (size_t)equations->n, entries = (size_t)equations->start[n], junctions = equations->plain.count;
    struct track_octet *track = calloc(1, sizeof *track);
    if (!track)
        return NULL;
    const struct array_request request[] = {
        {&track->x, n, sizeof(octet)},           {&track->low, n, sizeof(octet)},
        {&track->way, n, sizeof(octet)},
        {&track->value, entries, sizeof(octet)}, {&track->varies, entries, sizeof *track->varies},
        {&track->first, junctions, sizeof *track->first},
        {&track->u, junctions, sizeof(octet)},   {&track->i, junctions, sizeof(octet)},
        {&track->slope, junctions, sizeof(octet)},
        {&track->rest, equations->circuit->elements.count, sizeof(octet)},
    };
    track->block = arrays_new(request, sizeof request / sizeof *request);
    if (!track->block) {
        free(track);
        return NULL;
    }
    for (int p = 0; p < TRACK_POINTS; p++)
        for (int l = 0; l < OCTET; l++)
            track->leads[p][l] = lead(p, l + 1);
    for (uint32_t q = 0; q < equations->plain.count; q++) {
        const uint32_t *place = equations->plain.junction[q].place;
        for (int of = 0; of < 4; of++)
            if (place[of] != JUNCTION_NOWHERE && !track->varies[place[of]]) {
                track->varies[place[of]] = true;
                track->first[q] |= (uint8_t)(1 << of);
            }
    }
    track->volts = INFINITY;
    return track;
}

void general_track_octet_free(struct track_octet *track)
{
    if (track)
        free(track->block);
    free(track);
}

/* ---- F and its derivatives --------------------------------------------------------------------------------------- */

static void take_values(struct track_octet *track, const struct equations *equations)
{
    for (int32_t q = 0; q < equations->start[equations->n]; q++)
        track->value[q] = (octet){0} + equations->whole[q];
    track->values = equations->base_values;
}

/* -F of what is linear but the sources. */
KERNEL
static void take_linear(struct track_octet *track, const struct equations *equations)
{
    const int32_t *start = equations->start, *row = equations->row;
    octet *restrict way = track->way;
    memset(way, 0, (size_t)equations->n * sizeof *way);
    for (int32_t column = 0; column < equations->n; column++) {
        octet x = track->x[column];
        for (int32_t q = start[column]; q < start[column + 1]; q++)
            way[row[q]] -= equations->whole[q] * x;
    }
}

/* A source's value; behind the last point it stays what it is there. */
static void find_value(const struct track_octet *track, const struct equations *equations, uint32_t e, octet *value)
{
    const struct general_ahead *ahead = track->ahead;
    *value = (octet){0} + equations->circuit->element[e].value;
    for (uint32_t l = 0; e == ahead->source && l < OCTET; l++)
        (*value)[l] = ahead->value[l < ahead->count ? l : ahead->count - 1];
}

static void add_to(struct track_octet *track, const struct equations *equations, uint32_t row, const octet *value,
                   double sign)
{
    if (row != EQUATIONS_NONE && !equations->replaced[row])
        track->way[row] -= sign * *value;
}

static void add_sources(struct track_octet *track, const struct equations *equations)
{
    for (uint32_t s = 0; s < equations->sources; s++) {
        uint32_t e = equations->source[s];
        const struct element *element = &equations->circuit->element[e];
        octet value;
        find_value(track, equations, e, &value);
        if (element->kind == ELEMENT_VSOURCE) {
            add_to(track, equations, equations->branch[e], &value, -1);
            continue;
        }
        add_to(track, equations, equations_unknown(element->a), &value, 1);
        add_to(track, equations, equations_unknown(element->k), &value, -1);
    }
}

KERNEL
static void find_junction_voltages(struct track_octet *track, const struct plain_junctions *plain)
{
    for (uint32_t q = 0; q < plain->count; q++) {
        const struct plain_junction *junction = &plain->junction[q];
        octet a = {0};
        if (junction->a != JUNCTION_NOWHERE)
            a = track->x[junction->a];
        if (junction->k != JUNCTION_NOWHERE)
            a -= track->x[junction->k];
        track->u[q] = a;
    }
}

/* Add g to a derivative, or begin it with what is linear. */
KERNEL_PART void put_octet(octet *value, const double *whole, uint32_t place, bool first, const octet *g, double sign)
{
    if (place == JUNCTION_NOWHERE)
        return;
    if (first)
        value[place] = whole[place] + sign * *g;
    else
        value[place] += sign * *g;
}

KERNEL
static void add_junctions(struct track_octet *track, const struct equations *equations)
{
    const struct plain_junctions *plain = &equations->plain;
    const double *whole = equations->whole;
    octet *value = track->value, *way = track->way;
    for (uint32_t q = 0; q < plain->count; q++) {
        const struct plain_junction *junction = &plain->junction[q];
        double g_off = plain->g_off[q], m = plain->multiple[q];
        octet i = m * (g_off * track->u[q] + track->i[q]), g = m * (g_off + track->slope[q]);
        uint8_t first = track->first[q];
        if (junction->row_a != JUNCTION_NOWHERE)
            way[junction->row_a] -= i;
        if (junction->row_k != JUNCTION_NOWHERE)
            way[junction->row_k] += i;
        put_octet(value, whole, junction->place[0], first & 1, &g, 1);
        put_octet(value, whole, junction->place[1], first & 2, &g, -1);
        put_octet(value, whole, junction->place[2], first & 4, &g, -1);
        put_octet(value, whole, junction->place[3], first & 8, &g, 1);
    }
}

static void evaluate(struct track_octet *track, const struct equations *equations)
{
    const struct plain_junctions *plain = &equations->plain;
    take_linear(track, equations);
    find_junction_voltages(track, plain);
    junctions_current_octets(plain->count, plain->is, plain->vt, track->u, track->i, track->slope);
    add_junctions(track, equations);
    add_sources(track, equations);
}

/* ---- steps ------------------------------------------------------------------------------------------------------- */

KERNEL
static void extrapolate_octets(struct track_octet *octets, const struct track *track, size_t n)
{
    for (size_t q = 0; q < n; q++) {
        octet x = {0};
        for (int p = 0; p < TRACK_POINTS; p++)
            x += octets->leads[p] * track->past[p][q];
        octets->x[q] = x;
    }
}

/* x += way; volts [OCTET] out: the largest step of a potential. */
KERNEL
static void take_octet_step(struct track_octet *track, size_t nodes, size_t n, double *volts)
{
    double most[OCTET] = {0};
    for (size_t q = 0; q < n; q++)
        track->x[q] += track->way[q];
    for (size_t q = 0; q < nodes; q++) {
        const double *way = (const double *)&track->way[q];
        OCTET_EACH
        for (int l = 0; l < OCTET; l++) {
            double size = fabs(way[l]);
            most[l] = ((size > most[l]) | (size != size)) ? size : most[l]; /* NAN remains */
        }
    }
    memcpy(volts, most, sizeof most);
}

static enum general_status step(struct general *general, struct track_octet *track, double near, double *volts)
{
    const struct equations *equations = general->equations;
    evaluate(track, equations);
    general->info.factorisations++;
    enum lu_status status = lu_octet_refactor(general->lu, track->value, track->varies, near);
    if (status != LU_OK)
        return status == LU_NO_MEMORY ? GENERAL_NO_MEMORY : GENERAL_UNSOLVED;
    lu_octet_solve(general->lu, track->way);
    take_octet_step(track, equations->nodes, (size_t)equations->n, volts);
    return GENERAL_OK;
}

/* How many points from the first one on have such a step at most. */
static uint32_t count_within(const double *volts, uint32_t count, double most)
{
    uint32_t within = 0;
    while (within < count && volts[within] <= most)
        within++;
    return within;
}

static double largest_of(const double *volts, uint32_t count)
{
    double largest = 0;
    for (uint32_t l = 0; l < count; l++)
        largest = fmax(largest, volts[l]);
    return largest;
}

/* *count: of the points, how many are found. */
static enum general_status iterate(struct general *general, struct track_octet *track, uint32_t *count)
{
    double volts[OCTET], last = INFINITY;
    uint32_t found = *count;
    *count = 0;
    for (int s = 0; s < MOST_STEPS && last > settled; s++) {
        enum general_status status = step(general, track, fmin(nearest, left / fmin(last, track->volts)), volts);
        if (status != GENERAL_OK)
            return status;
        found = count_within(volts, found, fmin(last, too_far));
        if (found == 0)
            return GENERAL_UNSOLVED;
        last = largest_of(volts, found);
        if (s == 0)
            track->volts = last;
    }
    *count = count_within(volts, found, settled);
    return *count > 0 ? GENERAL_OK : GENERAL_UNSOLVED;
}

/* On the side of det J that the circuit stays on. */
static uint32_t count_unturned(const struct general *general, uint32_t count)
{
    int sign[OCTET], without = general_sign_without_gain(general);
    uint32_t unturned = 0;
    lu_octet_signs(general->lu, sign);
    while (unturned < count && sign[unturned] == without)
        unturned++;
    return unturned;
}

/* ---- laws to twice the precision --------------------------------------------------------------------------------- */

/* x to potentials. */
static void put_potentials(const struct track_octet *track, const struct equations *equations,
                           struct operating_octet *to)
{
    size_t size = equations->nodes * sizeof(octet);
    memcpy(to->voltage + 1, track->x, size);
    memcpy(to->low + 1, track->low, size);
}

/* The lane of each unknown, or back. */
static void take_lane(const octet *from, size_t n, uint32_t lane, double *to)
{
    for (size_t q = 0; q < n; q++)
        to[q] = from[q][lane];
}

static void put_lane(octet *to, size_t n, uint32_t lane, const double *from)
{
    for (size_t q = 0; q < n; q++)
        to[q][lane] = from[q];
}

/* Of a source or a short. */
static void find_source_rest(struct track_octet *track, const struct equations *equations, uint32_t e,
                             const struct operating_octet *at)
{
    const struct element *element = &equations->circuit->element[e];
    octet volts = {0}, *way = &track->way[equations->branch[e]];
    if (element->kind == ELEMENT_VSOURCE)
        find_value(track, equations, e, &volts);
    for (uint32_t l = 0; l < OCTET; l++)
        (*way)[l] =
            -dd_value(dd_sub_double(two_sum(at->voltage[element->a][l], -at->voltage[element->k][l]), volts[l]));
}

/* Of controlled voltages that are no plain gains. */
static void add_other_rests(struct general *general, struct track_octet *track, const struct law_columns *laws)
{
    struct equations *equations = general->equations;
    for (uint32_t l = 0; l < OCTET; l++) {
        take_lane(track->x, (size_t)equations->n, l, general->hi);
        for (uint32_t other = 0; other < laws->others; other++) {
            uint32_t e = laws->other[other], q = equations->branch[e];
            if (equations->circuit->element[e].kind == ELEMENT_CONTROLLED_VOLTAGE)
                track->way[q][l] = -equations_branch_residual(equations, q, general->hi);
        }
    }
}

/* way = -rest in the equations of gains, 0 in others. */
KERNEL
static void take_rests(struct track_octet *track, const struct equations *equations, const struct gain_columns *gains)
{
    memset(track->way, 0, (size_t)equations->n * sizeof *track->way);
    for (uint32_t g = 0; g < gains->count; g++)
        track->way[equations->branch[gains->element[g]]] = -track->rest[g];
}

static void find_branch_rests(struct general *general, struct track_octet *track, const struct element_tables *tables,
                              const struct operating_octet *at)
{
    const struct equations *equations = general->equations;
    const struct law_columns *laws = &tables->laws;
    operating_octet_find_rests(at, tables, track->rest);
    take_rests(track, equations, &laws->gain);
    for (uint32_t other = 0; other < laws->others; other++) {
        uint32_t e = laws->other[other];
        if (element_is_voltage_defined(&equations->circuit->element[e]))
            find_source_rest(track, equations, e, at);
    }
    if (track->apart)
        add_other_rests(general, track, laws);
    for (uint32_t q = equations->nodes; q < (uint32_t)equations->n; q++)
        if (equations->replaced[q])
            track->way[q] = (octet){0};
}

KERNEL
static void take_last_step(struct track_octet *track, size_t nodes, size_t n)
{
    for (size_t q = 0; q < nodes; q++) {
        octet a = track->x[q], b = track->way[q], sum = a + b, added = sum - a; /* two_sum */
        track->x[q] = sum;
        track->low[q] = (a - (sum - added)) + (b - added);
    }
    for (size_t q = nodes; q < n; q++)
        track->x[q] += track->way[q];
}

/* ---- currents ---------------------------------------------------------------------------------------------------- */

static bool is_controlled_current(const struct equations *equations, uint32_t e)
{
    return equations->circuit->element[e].kind == ELEMENT_CONTROLLED_CURRENT;
}

static void find_current(const struct track_octet *track, const struct equations *equations, uint32_t e, octet *i)
{
    *i = (octet){0};
    if (equations->branch[e] != EQUATIONS_NONE)
        *i = track->x[equations->branch[e]];
    else if (equations->circuit->element[e].kind == ELEMENT_ISOURCE)
        find_value(track, equations, e, i);
}

/* What is exactly 0, and the currents of controlled ones, for each point by itself. */
static void level_apart(struct general *general, struct track_octet *track, const struct law_columns *laws,
                        struct operating_octet *to)
{
    struct equations *equations = general->equations;
    size_t n = (size_t)equations->n;
    memset(track->low + equations->nodes, 0, (n - equations->nodes) * sizeof *track->low);
    for (uint32_t l = 0; l < OCTET; l++) {
        take_lane(track->x, n, l, general->hi);
        take_lane(track->low, n, l, general->lo);
        if (equations->blocks.any)
            equations_level(equations, general->hi, general->lo);
        put_lane(track->x, n, l, general->hi);
        put_lane(track->low, n, l, general->lo);
        for (uint32_t other = 0; other < laws->others; other++)
            if (is_controlled_current(equations, laws->other[other]))
                to->current[laws->other[other]][l] =
                    dd_value(equations_current(equations, laws->other[other], general->hi, general->lo));
    }
}

KERNEL
static void take_gain_currents(const struct track_octet *track, const struct equations *equations,
                               const struct gain_columns *gains, octet *current)
{
    for (uint32_t g = 0; g < gains->count; g++)
        current[gains->element[g]] = track->x[equations->branch[gains->element[g]]];
}

static void take_points(struct general *general, struct track_octet *track, const struct element_tables *tables,
                        struct operating_octet *to)
{
    const struct equations *equations = general->equations;
    const struct law_columns *laws = &tables->laws;
    if (track->apart)
        level_apart(general, track, laws, to);
    put_potentials(track, equations, to);
    operating_octet_find_currents(to, tables);
    take_gain_currents(track, equations, &laws->gain, to->current);
    for (uint32_t other = 0; other < laws->others; other++)
        if (!is_controlled_current(equations, laws->other[other]))
            find_current(track, equations, laws->other[other], &to->current[laws->other[other]]);
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

/* Is all that is not linear a plain junction, and has each other branch a current that is known here? */
static bool fits(const struct general *general)
{
    const struct equations *equations = general->equations;
    return !equations->is_linear && !equations->any_states && equations->leak == 0 && equations->part == 1 &&
           equations->curves == equations->plain.count &&
           equations->base_values == equations->circuit->version.values &&
           equations->plain.values == equations->circuit->version.values;
}

/* Is something left that only one point after the other has? */
static bool has_others(const struct equations *equations, const struct law_columns *laws)
{
    for (uint32_t other = 0; other < laws->others; other++) {
        enum element_kind kind = equations->circuit->element[laws->other[other]].kind;
        if (kind == ELEMENT_CONTROLLED_CURRENT || kind == ELEMENT_CONTROLLED_VOLTAGE)
            return true;
    }
    return equations->blocks.any;
}

static void forget_octets(struct general *general)
{
    struct lu *const lu[] = {general->own, general->on_path};
    for (int which = 0; which < 2; which++)
        if (lu[which])
            lu_octet_forget(lu[which]);
}

uint32_t general_track_octet(struct general *general, const struct element_tables *tables,
                             const struct general_ahead *ahead, struct operating_octet *to)
{
    const struct equations *equations = general->equations;
    struct track *past = &general->track;
    uint32_t count = ahead->count < OCTET ? ahead->count : OCTET;
    if (!fits(general) || past->points < TRACK_POINTS || past->waits > 0 || count == 0 ||
        !general_choose_pattern(general, 1))
        return 0;
    if (!past->octet && !(past->octet = octet_new(equations)))
        return 0;
    struct track_octet *track = past->octet;
    track->ahead = ahead;
    track->apart = has_others(equations, &tables->laws);
    if (track->values != equations->base_values) {
        take_values(track, equations);
        forget_octets(general);
    }
    extrapolate_octets(track, past, (size_t)equations->n);
    if (iterate(general, track, &count) != GENERAL_OK)
        return 0;
    count = count_unturned(general, count);
    put_potentials(track, equations, to);
    find_branch_rests(general, track, tables, to);
    lu_octet_solve(general->lu, track->way);
    take_last_step(track, equations->nodes, (size_t)equations->n);
    take_points(general, track, tables, to);
    operating_octet_part(to);
    return count;
}
