#include "circuit/forced_loop.h"

#include "laws/law.h"
#include "util/array.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double tolerance_of_sums = 1e-12; /* of the largest constraint */

/* x_i - x_j <= c between the supernodes of from and to. */
struct constraint {
    uint32_t i, j;
    struct forced_diode diode;
    double c; /* V */
};

/* ---- constraints ------------------------------------------------------------------------------------------------- */

static double highest_of_curve(const struct law *law, double amperes)
{
    const double next_to_nothing = 1e-30; /* S */
    double current, slope;
    if (isinf(amperes) || law_voltages(law) != 1)
        return INFINITY;
    double u = curve_meet(law->curve, fmax(law->g_off, next_to_nothing), amperes, &current, &slope);
    return isfinite(u) ? fabs(u) : INFINITY;
}

/* The highest voltage that a law has forward, or in reverse, at this current; INFINITY: any. */
static double highest(const struct law *law, bool forward, double amperes)
{
    if (law->curve)
        return highest_of_curve(law, forward ? amperes : -amperes);
    if (forward)
        return isinf(law->g_on) ? law->v_fwd : INFINITY;
    return isinf(law->g_rev) ? law->v_rev : INFINITY;
}

static double highest_of(const struct circuit *circuit, const struct forced_diode *diode, double amperes)
{
    const struct element *element = &circuit->element[diode->element];
    return highest(&circuit->law[element->law], diode->from == element->a, amperes / element->value);
}

static uint32_t collect(struct constraint *constraint, const struct circuit *circuit,
                        const struct supernodes *supernodes, double amperes)
{
    const uint32_t *tree = supernodes->forest.tree;
    const double all = circuit_volts_in_series(circuit);
    uint32_t count = 0;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (element->kind != ELEMENT_DIODE)
            continue;
        const struct forced_diode ways[] = {{e, element->a, element->k}, {e, element->k, element->a}};
        for (int way = 0; way < 2; way++) {
            const struct forced_diode *diode = &ways[way];
            double volts = highest_of(circuit, diode, amperes);
            double shift = supernodes->offset[diode->from] - supernodes->offset[diode->to];
            bool bounds = circuit->law[element->law].curve ? volts <= all : !isinf(volts);
            if (bounds) /* a curve, by no more than all sources could leave */
                constraint[count++] =
                    (struct constraint){tree[diode->from], tree[diode->to], *diode, volts - shift};
        }
    }
    return count;
}

/* ---- the search -------------------------------------------------------------------------------------------------- */

/* A supernode on a cycle of the predecessor graph, or UINT32_MAX. mark [trees] is work. */
static uint32_t find_cycle(const struct constraint *constraint, const uint32_t *before, uint32_t trees, uint32_t *mark)
{
    memset(mark, 0, trees * sizeof *mark);
    for (uint32_t v = 0; v < trees; v++) {
        uint32_t w = v;
        while (!mark[w] && before[w] != UINT32_MAX) {
            mark[w] = v + 1;
            w = constraint[before[w]].j;
        }
        if (mark[w] == v + 1 && before[w] != UINT32_MAX)
            return w;
        mark[w] = v + 1;
    }
    return UINT32_MAX;
}

/* A supernode on a loop, or UINT32_MAX; before [trees]: the constraint that leads to each. distance [trees], mark
 * [trees] are work. */
static uint32_t search(const struct constraint *constraint, uint32_t count, uint32_t trees, double *distance,
                       uint32_t *before, uint32_t *mark)
{
    uint32_t cycle = UINT32_MAX;
    double tolerance = 0;
    for (uint32_t q = 0; q < count; q++)
        tolerance = fmax(tolerance, tolerance_of_sums * fabs(constraint[q].c));
    memset(before, 0xff, trees * sizeof *before);
    for (bool changed = true; changed && cycle == UINT32_MAX;) {
        changed = false;
        for (uint32_t q = 0; q < count; q++) {
            const struct constraint *here = &constraint[q];
            bool alone = here->i == here->j;
            double reach = alone ? here->c : distance[here->j] + here->c;
            if (!(reach < (alone ? 0 : distance[here->i]) - tolerance))
                continue;
            before[here->i] = q;
            if (alone)
                return here->i;
            distance[here->i] = reach;
            changed = true;
        }
        if (changed)
            cycle = find_cycle(constraint, before, trees, mark);
    }
    return cycle;
}

/* False when memory is out. */
static bool take(struct forced_loop *loop, const struct constraint *constraint, const uint32_t *before, uint32_t start,
                 const struct circuit *circuit, double amperes)
{
    uint32_t length = 0, at = start;
    do {
        at = constraint[before[at]].j;
        length++;
    } while (at != start);
    loop->diode = array_new(length, sizeof *loop->diode);
    if (!loop->diode)
        return false;
    do {
        const struct constraint *here = &constraint[before[at]];
        loop->diode[loop->diodes++] = here->diode;
        loop->over -= here->c;
        loop->volts += highest_of(circuit, &here->diode, amperes) - here->c;
        at = here->j;
    } while (at != start);
    return true;
}

bool forced_loop_find(struct forced_loop *loop, const struct circuit *circuit, const struct supernodes *supernodes,
                      double amperes)
{
    uint32_t trees = supernodes->forest.trees, diodes = circuit_diodes(circuit);
    if (diodes == 0)
        return true;
    struct constraint *constraint;
    double *distance;
    uint32_t *before, *mark;
    const struct array_request request[] = {
        {&constraint, (size_t)diodes * 2, sizeof *constraint},
        {&distance, trees, sizeof *distance},
        {&before, trees, sizeof *before},
        {&mark, trees, sizeof *mark},
    };
    void *block = arrays_new(request, sizeof request / sizeof *request);
    bool done = block;
    if (done) {
        uint32_t count = collect(constraint, circuit, supernodes, amperes);
        uint32_t start = search(constraint, count, trees, distance, before, mark);
        done = start == UINT32_MAX || take(loop, constraint, before, start, circuit, amperes);
    }
    free(block);
    return done;
}

double forced_loop_current(const struct forced_loop *loop, const struct circuit *circuit)
{
    double low = -30, high = 300; /* powers of ten */
    for (int halvings = 0; halvings < 64; halvings++) {
        double middle = (low + high) / 2, volts = 0;
        for (uint32_t d = 0; d < loop->diodes; d++)
            volts += highest_of(circuit, &loop->diode[d], pow(10, middle));
        *(volts < loop->volts ? &low : &high) = middle;
    }
    return pow(10, low);
}

void forced_loop_free(struct forced_loop *loop)
{
    free(loop->diode);
    *loop = (struct forced_loop){0};
}
