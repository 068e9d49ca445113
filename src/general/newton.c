/* Newton's method on the equations, and its last steps in twice the precision. */
#include "general/general_parts.h"

#include <assert.h>
#include <float.h>
#include <math.h>

/* ---- linear algebra ---------------------------------------------------------------------------------------------- */

static void note_fault(struct general *general)
{
    const struct equations *equations = general->equations;
    struct lu_singular singular = lu_singular(general->lu);
    general->fault = (struct general_fault){EQUATIONS_NONE, EQUATIONS_NONE};
    if (singular.count == 0)
        return;
    uint32_t column = (uint32_t)singular.column[0];
    if (column < equations->nodes)
        general->fault.node = column + 1;
    else
        general->fault.element = equations->owner[column - equations->nodes];
}

static enum general_status factored(struct general *general, enum lu_status status)
{
    general->info.factorisations++;
    general->responds = false;
    if (status == LU_SINGULAR)
        note_fault(general);
    return status == LU_OK ? GENERAL_OK : status == LU_SINGULAR ? GENERAL_SINGULAR : GENERAL_NO_MEMORY;
}

enum general_status general_factor_value(struct general *general, double near)
{
    if (watch_ends(general->watch, (size_t)general->equations->n))
        return GENERAL_UNSOLVED;
    general->fine = false;
    if (!general_choose_pattern(general, general->equations->lambda))
        return GENERAL_NO_MEMORY;
    return factored(general, near > 0 ? lu_refactor_nearly(general->lu, general->value, near)
                                      : lu_refactor(general->lu, general->value));
}

enum general_status general_factor(struct general *general)
{
    const struct equations *equations = general->equations;
    for (int32_t q = 0; q < equations->start[equations->n]; q++)
        general->value[q] = equations->value[q].hi;
    return general_factor_value(general, 0);
}

enum general_status general_factor_finely(struct general *general)
{
    if (watch_ends(general->watch, (size_t)general->equations->n))
        return GENERAL_UNSOLVED;
    general->fine = true;
    if (!general_choose_pattern(general, general->equations->lambda))
        return GENERAL_NO_MEMORY;
    return factored(general, lu_refactor_finely(general->lu, general->equations->value));
}

/* x becomes J^-1 x, by the last factor. x [n]; work [n] */
static void solve(struct general *general, struct dd *x, double *work)
{
    const int32_t n = general->equations->n;
    if (general->fine) {
        lu_solve_finely(general->lu, x);
        return;
    }
    for (int32_t q = 0; q < n; q++)
        work[q] = dd_value(x[q]);
    lu_solve(general->lu, work);
    for (int32_t q = 0; q < n; q++)
        x[q] = dd_from(work[q]);
}

/* rest = -F - J step: what the step leaves of the linear equations. */
static void find_rest(struct general *general)
{
    const struct equations *equations = general->equations;
    for (int32_t row = 0; row < equations->n; row++)
        general->rest[row] = (struct dd){-equations->residual[row].hi, -equations->residual[row].lo};
    for (int32_t column = 0; column < equations->n; column++)
        for (int32_t q = equations->start[column]; q < equations->start[column + 1]; q++) {
            struct dd *rest = &general->rest[equations->row[q]];
            *rest = dd_sub(*rest, dd_mul_double(equations->value[q], general->step[column]));
        }
}

void general_find_step(struct general *general, bool twice)
{
    const struct equations *equations = general->equations;
    const int32_t n = equations->n;
    for (int32_t q = 0; q < n; q++)
        general->rest[q] = (struct dd){-equations->residual[q].hi, -equations->residual[q].lo};
    solve(general, general->rest, general->step);
    for (int32_t q = 0; q < n; q++) {
        general->step[q] = general->rest[q].hi;
        general->step_low[q] = general->rest[q].lo;
    }
    if (!twice)
        return;
    find_rest(general);
    solve(general, general->rest, general->step_low);
    for (int32_t q = 0; q < n; q++)
        general->step_low[q] = dd_value(general->rest[q]);
}

enum general_status general_solve_straight(struct general *general)
{
    size_t size = (size_t)general->equations->n * sizeof(double);
    memset(general->hi, 0, size);
    memset(general->lo, 0, size);
    enum general_status status = general_linearise(general, general->hi, general->lo, 1, true);
    if (status != GENERAL_OK)
        return status;
    general_find_step(general, true);
    memcpy(general->hi, general->step, size);
    memcpy(general->lo, general->step_low, size);
    return GENERAL_OK;
}

/* ---- iterations -------------------------------------------------------------------------------------------------- */

/* Unknowns below this part of the largest of their kind count as that, where rounding of laws may be all that moves
 * them; and where nothing is computed but sums and products. */
static const double coarse = 1e-3, finest = 1e-20;

/* The largest potential and the largest current; not below what little the one may make of the other, where all are
 * nought but for rounding. Of a circuit with curved laws the scale of these counts too: below it all is nought, and
 * what is far beyond it makes nothing else small. */
static void find_sizes(const struct general *general, double *volts, double *amperes)
{
    const double siemens = 1e-9, ohms = 1e-3;
    const struct equations *equations = general->equations;
    *volts = equations->is_straight ? 0 : 1e-6;
    *amperes = equations->is_straight ? 0 : 1e-12;
    for (uint32_t q = 0; q < (uint32_t)equations->n; q++) {
        double *here = q < equations->nodes ? volts : amperes;
        *here = fmax(*here, fabs(general->hi[q]));
    }
    double most = *amperes;
    *amperes = fmax(*amperes, siemens * *volts);
    *volts = fmax(*volts, ohms * most);
    if (!equations->is_straight) {
        *volts = fmin(*volts, 1e3);
        *amperes = fmin(*amperes, 1e3);
    }
}

/* The largest step of the first `count` unknowns, each over its size; sizes below `least` of the largest of their kind
 * count as that. */
static double relative_step_of(const struct general *general, uint32_t count, double least)
{
    const struct equations *equations = general->equations;
    double volts, amperes, worst = 0;
    find_sizes(general, &volts, &amperes);
    for (uint32_t q = 0; q < count; q++) {
        double size = fmax(fabs(general->hi[q]), least * (q < equations->nodes ? volts : amperes));
        double relative = general->step[q] == 0 ? 0 : fabs(general->step[q]) / size;
        if (!(relative <= worst))
            worst = isnan(relative) ? INFINITY : relative;
    }
    return worst;
}

static double relative_step(const struct general *general, double least)
{
    return relative_step_of(general, (uint32_t)general->equations->n, least);
}

/* Of potentials alone: beside large conductances the currents of sources are known to twice the precision only. */
static double relative_step_of_nodes(const struct general *general, double least)
{
    const struct equations *equations = general->equations;
    return relative_step_of(general, equations->nodes > 0 ? equations->nodes : (uint32_t)equations->n, least);
}

/* Nodes that are held have a conductance that outdoes all others to their potentials. */
static void hold(struct general *general)
{
    const double conductance = 1e6; /* S */
    struct equations *equations = general->equations;
    for (size_t h = 0; h < general->helds; h++) {
        uint32_t q = general->held[h].node - 1;
        if (general->held[h].node == GROUND || equations->replaced[q])
            continue;
        struct dd *own = &equations->value[equations->own[q]], *rest = &equations->residual[q];
        *own = dd_add_double(*own, conductance);
        *rest = dd_add_double(*rest, conductance * (general->hi[q] - general->held[h].volts));
    }
}

enum general_status general_linearise(struct general *general, const double *x, const double *low, double lambda,
                                      bool exact)
{
    struct equations *equations = general->equations;
    if (general->helds == 0 && !equations->any_states && !equations->is_linear) {
        if (lambda == 1 && !exact) /* who asks exactly follows a path, and wants dF/dlambda */
            equations_evaluate_circuit(equations, x, false, general->value);
        else
            equations_evaluate_coarsely(equations, x, lambda, exact, general->value);
        return general_factor_value(general, 0);
    }
    equations_evaluate(equations, x, low, lambda, exact);
    hold(general);
    return general_factor(general);
}

/* Steps that are small and do not become smaller are rounding, of large conductances that join nodes which hang on
 * little else: twice the precision does the rest. */
struct pace {
    double least; /* step so far */
    int idle;     /* steps since */
};

static bool is_rounding(struct pace *pace, double step)
{
    enum { IDLE = 4, IDLE_SMALL = 2 };
    const double small = 1e-3, smaller = 1e-4;
    pace->idle = step < pace->least / 2 ? 0 : pace->idle + 1;
    pace->least = fmin(pace->least, step);
    return step <= small && pace->idle >= (step <= smaller ? IDLE_SMALL : IDLE);
}

/* How near to its voltage a tangent serves while others move far, V: beside these its error is none. */
static double still_beside(const struct general *general)
{
    const double part = 4e-3, most = 1e-4;
    double largest = 0;
    for (uint32_t q = 0; q < general->equations->nodes; q++)
        largest = fmax(largest, fabs(general->step[q]));
    return fmin(fmax(part * largest, equations_still), most);
}

/* Where all is linear between states, steps are decided by these: states and a step that were there before come back
 * for ever. */
struct round_trip {
    int steps;
    struct {
        uint64_t states;
        double moved;
    } step[GENERAL_ITERATIONS];
};

static bool comes_back(struct round_trip *trip, const struct equations *equations, double moved)
{
    const double alike = 1e-6; /* of the step */
    uint64_t states = equations_number_states(equations);
    for (int s = 0; s < trip->steps; s++)
        if (trip->step[s].states == states && fabs(trip->step[s].moved - moved) <= alike * moved)
            return true;
    trip->step[trip->steps].states = states;
    trip->step[trip->steps++].moved = moved;
    return false;
}

enum general_status general_iterate(struct general *general, double lambda, int most)
{
    struct equations *equations = general->equations;
    const double close = 1e-5, near = 1e-6; /* of the last step; V, of tangents: refinement does the rest */
    struct pace pace = {INFINITY, 0};
    struct round_trip trip = {.steps = 0};
    assert(most <= GENERAL_ITERATIONS);
    for (int iteration = 0; iteration < most; iteration++) {
        enum general_status status = general_linearise(general, general->hi, general->lo, lambda, false);
        if (status != GENERAL_OK)
            return status;
        bool whole = equations->left_out == 0;
        general_find_step(general, false);
        general_take_restrained_step(general, lambda, iteration);
        double farthest = equations_limit(equations, general->hi, still_beside(general));
        uint32_t switched = equations_switch(equations, general->hi, general->lo);
        if (!isfinite(relative_step(general, coarse)))
            return GENERAL_UNSOLVED;
        if (equations->is_linear && general->helds == 0)
            return GENERAL_OK;
        double moved = relative_step_of_nodes(general, coarse);
        if (whole && switched == 0 && farthest <= near && (moved <= close || is_rounding(&pace, moved)))
            return GENERAL_OK;
        if (equations->is_straight && switched > 0 && comes_back(&trip, equations, moved))
            return GENERAL_UNSOLVED;
    }
    return GENERAL_UNSOLVED;
}

/* ---- refinement -------------------------------------------------------------------------------------------------- */

/* One step with the residual of x itself; the factor is made anew where `factor` says so. */
static enum general_status refine_once(struct general *general, bool factor, bool fine)
{
    if (!factor) {
        equations_find_residual(general->equations, general->hi, general->lo);
    } else {
        equations_evaluate(general->equations, general->hi, general->lo, 1, true);
        enum general_status status = fine ? general_factor_finely(general) : general_factor(general);
        if (status != GENERAL_OK)
            return status;
    }
    general_find_step(general, true);
    general_take_step(general);
    return GENERAL_OK;
}

/* Steps until they do not become smaller. *left: the last one, relative. */
static enum general_status refine_by(struct general *general, bool fine, double *left)
{
    enum { STEPS = 40 };
    const int most_idle = general->equations->is_straight ? 2 : 1; /* steps that bring nothing */
    const double exact = 1e-31, settled = 1e-7; /* below: the factor serves */
    const double rounding = 1e-14;              /* of laws: a further step brings nothing */
    double before = INFINITY;
    bool linear = general->equations->is_linear, factor = fine || !linear; /* else it is that of the iteration */
    int idle = 0;
    for (int s = 0; s < STEPS && idle < most_idle; s++) {
        enum general_status status = refine_once(general, factor, fine);
        if (status != GENERAL_OK)
            return status;
        *left = relative_step(general, finest);
        factor = relative_step(general, coarse) > settled && !linear;
        double next = *left < before && !factor ? *left * (*left / before) : *left; /* as the last step made it less */
        *left = next <= exact ? next : *left;
        if (*left <= exact || !isfinite(*left))
            break;
        idle = *left > before / 2 && !factor ? idle + 1 : 0;
        if (!general->equations->is_straight && relative_step(general, coarse) <= rounding)
            idle = most_idle;
        before = *left;
    }
    return GENERAL_OK;
}

/* Where laws are curved their rounding is left; the certificate judges that. */
enum general_status general_refine(struct general *general)
{
    const double enough = general->equations->is_straight ? 1e-28 : 1e-12, any = 1e-9;
    double left = INFINITY;
    enum general_status status = refine_by(general, false, &left);
    if (status == GENERAL_NO_MEMORY)
        return status;
    if (!general->equations->is_straight)
        left = relative_step(general, coarse);
    if (status != GENERAL_OK || !(left <= enough))
        status = refine_by(general, true, &left);
    if (status != GENERAL_OK)
        return status;
    if (!(relative_step(general, coarse) <= any))
        return GENERAL_UNSOLVED;
    return equations_switch(general->equations, general->hi, general->lo) > 0 ? GENERAL_UNSOLVED : GENERAL_OK;
}

void general_restore_laws(struct general *general)
{
    struct equations *equations = general->equations;
    equations_find_residual(equations, general->hi, general->lo);
    for (uint32_t q = 0; q < equations->nodes; q++)
        equations->residual[q] = dd_from(0);
    general_find_step(general, true);
    general_take_step(general);
}

void general_refine_on(struct general *general, int steps)
{
    for (int s = 0; s < steps; s++)
        refine_once(general, s == 0, false);
}
