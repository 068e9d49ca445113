#include "engine/coupled.h"

#include "circuit/topology.h"
#include "convex/admits.h"
#include "engine/along_sweep.h"
#include "engine/prove.h"
#include "engine/tearing.h"
#include "engine/warnings.h"
#include "util/array.h"
#include "util/clock.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is derived from the circuit ---------------------------------------------------------------------------- */

static void forget_equations(struct engine *engine)
{
    along_sweep_free(engine->along_sweep);
    engine->along_sweep = NULL;
    general_free(engine->general);
    engine->general = NULL;
}

void coupled_forget(struct engine *engine)
{
    forget_equations(engine);
    engine->equated = (struct circuit_version){0};
    tearing_free(engine->tearing);
    engine->tearing = NULL;
    engine->torn = (struct circuit_version){0};
}

static bool refresh_equations(struct engine *engine)
{
    const struct circuit_version *version = &engine->circuit->version;
    if (engine->general && engine->equated.structure == version->structure)
        return engine->equated.sources == version->sources || general_follow_sources(engine->general);
    forget_equations(engine);
    engine->general = general_new(engine->circuit, &engine->op);
    if (engine->general)
        general_watch(engine->general, engine->options.watch);
    engine->equated = *version;
    return engine->general;
}

bool coupled_make_equations(struct engine *engine)
{
    if (!engine->tearing)
        return true;
    if (!refresh_equations(engine))
        return false;
    general_visit(engine->general);
    return true;
}

/* Each analysis begins with switches as their cards say. */
static void reset_switches(struct circuit *circuit)
{
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        struct element *element = &circuit->element[e];
        if (element->kind != ELEMENT_SWITCH)
            continue;
        const struct control_law *law = &circuit->coupling[element->law].law;
        element->value = law->switching.starts_on ? law->switching.ron : law->switching.roff;
    }
}

static void forget_point(struct engine *engine)
{
    const struct circuit *circuit = engine->circuit;
    memset(engine->op.voltage, 0, circuit->nodes.count * sizeof *engine->op.voltage);
    memset(engine->op.low, 0, circuit->nodes.count * sizeof *engine->op.low);
    memset(engine->op.current, 0, circuit->elements.count * sizeof *engine->op.current);
}

/* ---- the proof --------------------------------------------------------------------------------------------------- */

/* Twice the precision is 106 bits; where currents have gone through large resistances more of them are rounding, and
 * where laws are curved all beyond a double's. */
static void round_finely(struct general *general)
{
    general_round(general, 0x1p-100);
}

static void round_coarsely(struct general *general)
{
    general_round(general, 0x1p-85);
}

static void round_to_double(struct general *general)
{
    general_round(general, 0x1p-50);
}

/* The same; where rounding alone fails the proof of an answer, currents that potentials do not tell follow from others;
 * or what twice the precision cannot tell apart is taken to be alike; then it is refined on, so that what is small gets
 * its digits too. */
static bool prove_answer(struct engine *engine, enum general_status status)
{
    static void (*const mend[])(struct general *general) = {
        NULL,         general_lead, round_finely,   general_polish,
        general_lead, round_finely, round_coarsely, round_to_double};
    bool done = engine_prove_fully(engine);
    if (status != GENERAL_OK)
        return done;
    for (size_t m = 0; done && !engine->certificate.proved && m < sizeof mend / sizeof *mend; m++) {
        if (mend[m]) {
            mend[m](engine->general);
            done = engine_prove_fully(engine);
        }
        if (done && !engine->certificate.proved)
            done = general_restore(engine->general) && engine_prove_fully(engine);
    }
    return done;
}

/* ---- rungs ------------------------------------------------------------------------------------------------------- */

/* From the operating point that is there. */
static enum general_status from_last(struct engine *engine)
{
    return general_newton(engine->general);
}

static enum general_status from_zero(struct engine *engine)
{
    forget_point(engine);
    return general_newton(engine->general);
}

/* The same of circuits that are not linear, as other simulators begin. */
static enum general_status from_nothing(struct engine *engine)
{
    return from_zero(engine);
}

static enum general_status from_guesses(struct engine *engine)
{
    return general_begin(engine->general);
}

static enum general_status by_leak(struct engine *engine)
{
    return general_lower_leak(engine->general);
}

static enum general_status by_sources(struct engine *engine)
{
    return general_raise_sources(engine->general);
}

/* From where the potentials that .nodeset gives hold the circuit, released, to where it comes to rest. */
static enum general_status from_nodeset(struct engine *engine)
{
    enum general_status status =
        general_hold(engine->general, engine->circuit->nodeset, engine->circuit->nodesets);
    if (status != GENERAL_NO_MEMORY)
        status = general_rest(engine->general);
    return status;
}

/* The answer of the circuit without its gain, in op. */
static enum general_status solve_without_gain(struct engine *engine)
{
    struct circuit *circuit = general_without_gain(engine->general);
    struct engine start = {0};
    struct diagnostics diagnostics = {0};
    enum engine_status solved = ENGINE_NO_MEMORY;
    if (circuit && !convex_admits(circuit)) /* laws that fall: it would be its own start, and so on */
        solved = ENGINE_UNSOLVED;
    else if (circuit && engine_init(&start, circuit, &engine->options, false))
        solved = engine_solve(&start, &diagnostics);
    if (solved == ENGINE_OK)
        operating_point_take(&engine->op, &start.op, engine->circuit);
    engine_free(&start);
    diagnostics_free(&diagnostics);
    general_without_gain_free(circuit);
    return solved == ENGINE_OK ? GENERAL_OK : solved == ENGINE_UNSOLVED ? GENERAL_UNSOLVED : GENERAL_NO_MEMORY;
}

static enum general_status from_convex(struct engine *engine)
{
    enum general_status status = solve_without_gain(engine);
    return status == GENERAL_OK ? general_newton(engine->general) : status;
}

static enum general_status along_path(struct engine *engine)
{
    enum general_status status = solve_without_gain(engine);
    return status == GENERAL_OK ? general_path(engine->general) : status;
}

/* By the motion of the circuit with capacitances, from the answer without gain. */
static enum general_status in_motion(struct engine *engine)
{
    enum general_status status = solve_without_gain(engine);
    return status == GENERAL_OK ? general_rest(engine->general) : status;
}

static enum general_status in_motion_from_last(struct engine *engine)
{
    return general_rest(engine->general);
}

/* Choice after choice until one is proved. */
static enum general_status by_choices(struct engine *engine)
{
    enum general_status status = GENERAL_OK;
    uint32_t next = 0;
    for (engine->certificate.proved = false; status == GENERAL_OK && !engine->certificate.proved;) {
        status = general_try_choices(engine->general, &next);
        if (status == GENERAL_OK && !prove_answer(engine, status))
            status = GENERAL_NO_MEMORY;
    }
    return status;
}

/* The ladder (engine.h): when a rung is tried. */
static const struct rung {
    const char *name;
    bool again, first; /* after an answer that was proved; else */
    bool nodeset;      /* where .nodeset says something only */
    bool linear;       /* of linear circuits too */
    bool guesses;      /* of circuits with transistors, or diodes that are off at first, only */
    bool within;       /* potentials stay where circuits without gain have theirs */
    enum general_status (*solve)(struct engine *engine);
} ladder[] = {
    {"newton from the last point", true, false, false, true, false, true, from_last},
    {"motion from the last point", true, false, false, false, false, true, in_motion_from_last},
    {"linear", true, true, false, true, false, true, from_zero},
    {"motion from nodeset", false, true, true, false, false, true, from_nodeset},
    {"newton from first guesses", true, true, false, false, true, true, from_guesses},
    {"newton from the circuit without gain", true, true, false, false, false, true, from_convex},
    {"newton from 0 V", true, true, false, false, false, true, from_nothing},
    {"gmin stepping", true, true, false, false, false, true, by_leak},
    {"source stepping", true, true, false, false, false, false, by_sources},
    {"path from the circuit without gain", true, true, false, false, false, false, along_path},
    {"motion from the circuit without gain", true, true, false, false, false, false, in_motion},
    {"every state of diodes and switches", false, true, false, false, false, false, by_choices},
};

static bool is_worth_trying(const struct engine *engine, const struct rung *rung, bool again,
                            enum general_status last)
{
    bool linear = general_is_linear(engine->general);
    if (rung->solve == by_choices && last == GENERAL_SINGULAR)
        return false;
    if (rung->nodeset && engine->circuit->nodesets == 0)
        return false;
    if (rung->solve == from_zero && !linear)
        return false;
    if (rung->guesses && engine->circuit->devices == 0 && engine->circuit->offs == 0)
        return false;
    return (again ? rung->again : rung->first) && (rung->linear || !linear);
}

/* The last point, for rungs that begin there. */
struct kept {
    double *voltage, *low, *current;
    double *value; /* [elements] of switches */
    void *block;
};

static bool keep(struct kept *kept, const struct engine *engine)
{
    size_t nodes = engine->circuit->nodes.count, elements = engine->circuit->elements.count;
    const struct array_request request[] = {
        {&kept->voltage, nodes, sizeof(double)}, {&kept->low, nodes, sizeof(double)},
        {&kept->current, elements, sizeof(double)},
        {&kept->value, elements, sizeof(double)}};
    kept->block = arrays_new(request, sizeof request / sizeof *request);
    if (!kept->block)
        return false;
    memcpy(kept->voltage, engine->op.voltage, nodes * sizeof(double));
    memcpy(kept->low, engine->op.low, nodes * sizeof(double));
    memcpy(kept->current, engine->op.current, elements * sizeof(double));
    for (size_t e = 0; e < elements; e++)
        kept->value[e] = engine->circuit->element[e].value;
    return true;
}

static void restore(const struct kept *kept, struct engine *engine)
{
    size_t nodes = engine->circuit->nodes.count, elements = engine->circuit->elements.count;
    memcpy(engine->op.voltage, kept->voltage, nodes * sizeof(double));
    memcpy(engine->op.low, kept->low, nodes * sizeof(double));
    memcpy(engine->op.current, kept->current, elements * sizeof(double));
    for (size_t e = 0; e < elements; e++)
        if (engine->circuit->element[e].kind == ELEMENT_SWITCH)
            engine->circuit->element[e].value = kept->value[e];
}

/* V: potentials beyond that are far beyond what the sources bring. Newton's method may leap to an operating point that
 * no circuit comes to. */
static double farthest(const struct engine *engine)
{
    const double far = 1e3; /* times the sources in series, and a volt; test: netlists/flipflop.cir */
    return far * (1 + circuit_volts_in_series(engine->circuit));
}

static bool is_far_off(const struct engine *engine)
{
    double least = farthest(engine);
    for (uint32_t node = 0; node < engine->circuit->nodes.count; node++)
        if (fabs(engine->op.voltage[node]) > least)
            return true;
    return false;
}

/* Try a rung from the point that was kept. False when memory is out. */
static bool try_rung(struct engine *engine, const struct rung *rung, const struct kept *kept,
                     enum general_status *status)
{
    if (rung->solve != by_choices) /* which begins nowhere, and leaves the point where it finds none */
        restore(kept, engine);
    general_stay_within(engine->general, rung->within);
    *status = rung->solve(engine);
    general_stay_within(engine->general, true);
    if (*status == GENERAL_NO_MEMORY || !prove_answer(engine, *status))
        return false;
    if (*status == GENERAL_SINGULAR && general_is_linear(engine->general)) /* what is proved is one of many */
        engine->certificate.proved = false;
    engine->rung = rung->name;
    return true;
}

/* Rung after rung until a point is proved; one that is far off counts where none is nearer. The status of the last. */
static enum general_status climb(struct engine *engine, bool again)
{
    struct kept kept, far = {0};
    enum general_status status = GENERAL_UNSOLVED;
    const char *rung = NULL; /* that has found what is far off */
    bool done = keep(&kept, engine), proved = false;
    engine->certificate.proved = false;
    for (size_t r = 0; done && !proved && r < sizeof ladder / sizeof *ladder; r++) {
        if (!is_worth_trying(engine, &ladder[r], again, status))
            continue;
        done = try_rung(engine, &ladder[r], &kept, &status);
        proved = done && engine->certificate.proved;
        if (!proved || rung || general_is_linear(engine->general) || !is_far_off(engine))
            continue;
        rung = engine->rung;
        done = keep(&far, engine);
        proved = false;
    }
    if (done && !proved && rung) {
        restore(&far, engine);
        engine->rung = rung;
        done = engine_prove_fully(engine);
    }
    free(kept.block);
    free(far.block);
    return !done ? GENERAL_NO_MEMORY : engine->certificate.proved ? GENERAL_OK : status;
}

/* ---- what it is -------------------------------------------------------------------------------------------------- */

/* From a point that the circuit leaves to one where it stays, if there is one. */
static enum general_status leave(struct engine *engine)
{
    struct kept kept;
    bool oscillates = false;
    if (!keep(&kept, engine))
        return GENERAL_NO_MEMORY;
    enum general_status status = general_settle(engine->general, farthest(engine), &oscillates);
    bool found = status == GENERAL_OK && prove_answer(engine, status) && engine->certificate.proved &&
                 !is_far_off(engine);
    if (!found && status != GENERAL_NO_MEMORY) {
        restore(&kept, engine);
        status = engine_prove_fully(engine) ? GENERAL_OK : GENERAL_NO_MEMORY;
    }
    engine->stability = !found ? ENGINE_UNSTABLE : oscillates ? ENGINE_OSCILLATES : ENGINE_STABLE;
    free(kept.block);
    return status;
}

/* What the answer is; and where the circuit leaves it, another one. closely: not by sign(det J) alone. */
static enum general_status judge(struct engine *engine, bool closely)
{
    /* nodes whose motion is looked for: of a linear circuit for a warning alone */
    enum { MOST = 500, MOST_LINEAR = 100 };
    enum general_status status = GENERAL_OK;
    bool turned = general_is_turned(engine->general), linear = general_is_linear(engine->general);
    bool unstable = turned, oscillates = false;
    engine->class = general_judge(engine->general, &engine->loops);
    bool loops = engine->loops;
    closely = closely && loops && engine->circuit->nodes.count <= (linear ? MOST_LINEAR : MOST);
    engine->stability = closely || !loops ? ENGINE_STABLE : ENGINE_UNTESTED;
    if (closely)
        status = general_stability(engine->general, &unstable, &oscillates);
    if (loops && turned && !unstable)
        engine->stability = ENGINE_UNTESTED; /* a loop of voltages alone: no capacitance makes a motion of it */
    if (oscillates)
        engine->stability = ENGINE_OSCILLATES;
    if (status != GENERAL_OK || !loops || !unstable)
        return status == GENERAL_NO_MEMORY ? status : GENERAL_OK;
    engine->stability = ENGINE_UNSTABLE;
    return engine->class == GENERAL_UNIQUE ? GENERAL_OK : leave(engine);
}

static enum engine_status finish(struct engine *engine, enum general_status status, bool again,
                                 struct diagnostics *diagnostics)
{
    if (status == GENERAL_NO_MEMORY || diagnostics->out_of_memory)
        return ENGINE_NO_MEMORY;
    if (engine->certificate.proved && !again) {
        bool one_of_many = false;
        if (!engine_check_controls(engine, &one_of_many, diagnostics))
            return ENGINE_NO_MEMORY;
        if (one_of_many) {
            engine->certificate.proved = false;
            return ENGINE_UNSOLVED;
        }
    }
    if (!engine->certificate.proved) {
        engine_report_coupled(engine, status, again, diagnostics);
        return diagnostics->out_of_memory ? ENGINE_NO_MEMORY : ENGINE_UNSOLVED;
    }
    return engine_warn_coupled(engine, !again, diagnostics) && !diagnostics->out_of_memory ? ENGINE_OK
                                                                                           : ENGINE_NO_MEMORY;
}

/* ---- circuits that are torn -------------------------------------------------------------------------------------- */

/* Are the parts, or that there are none, those of the present structure and values? */
static bool is_torn(const struct engine *engine)
{
    const struct circuit_version *version = &engine->circuit->version, *torn = &engine->torn;
    return torn->structure == version->structure && (!engine->tearing || torn->values == version->values);
}

/* Parts of the present structure and values, where the circuit is one to be torn. False when memory is out. */
static bool refresh_tearing(struct engine *engine, bool again)
{
    if (is_torn(engine))
        return true;
    tearing_free(engine->tearing);
    engine->torn = engine->circuit->version;
    return tearing_new(&engine->tearing, engine->circuit, &engine->options, again ? &engine->op : NULL);
}

/* The answer of the parts, where the proof of the whole has it too. Else it is not tried again. */
static enum tearing_status solve_torn(struct engine *engine, bool again, struct diagnostics *diagnostics)
{
    if (!again)
        reset_switches(engine->circuit);
    if (is_torn(engine) && !engine->tearing)
        return TEARING_UNSOLVED;
    double mark = clock_seconds();
    if (!refresh_tearing(engine, again))
        return TEARING_NO_MEMORY;
    clock_lap(&mark, &engine->seconds_lower);
    if (!engine->tearing)
        return TEARING_UNSOLVED;
    enum tearing_status status =
        tearing_solve(engine->tearing, again, &engine->op, &engine->class, &engine->stability);
    clock_lap(&mark, &engine->seconds_solve);
    if (status == TEARING_OK) {
        tearing_release(engine->tearing);
        if (!engine_prove_fully(engine))
            status = TEARING_NO_MEMORY;
    }
    if (status == TEARING_OK && !engine->certificate.proved) {
        status = tearing_refine(engine->tearing, &engine->op);
        if (status == TEARING_OK && !engine_prove_fully(engine))
            status = TEARING_NO_MEMORY;
    }
    clock_lap(&mark, &engine->seconds_prove);
    if (status == TEARING_OK && engine->certificate.proved) {
        engine->rung = "torn apart";
        if (engine->general)
            general_forget_responses(engine->general);
        return engine_warn_coupled(engine, !again, diagnostics) ? TEARING_OK : TEARING_NO_MEMORY;
    }
    tearing_free(engine->tearing);
    engine->tearing = NULL;
    engine->answered = false;
    return status == TEARING_NO_MEMORY ? status : TEARING_UNSOLVED;
}

/* Where a point was proved before, and not all figures are asked for. */
static enum along_sweep_status solve_along_sweep(struct engine *engine, bool again)
{
    if (!again)
        general_track_forget(engine->general);
    if (!again || engine->full_figures)
        return ALONG_SWEEP_UNSOLVED;
    enum along_sweep_status status = along_sweep_solve(&engine->along_sweep, engine);
    if (status == ALONG_SWEEP_OK) {
        engine->rung = "newton along the sweep";
        engine->answered = true;
        general_track_note(engine->general);
    }
    return status;
}

enum engine_status coupled_solve(struct engine *engine, struct diagnostics *diagnostics)
{
    bool again = engine->answered && engine->certificate.proved &&
                 (engine->general || engine->tearing || engine->goes_on);
    engine->answered = engine->goes_on = false;
    engine->seconds_lower = engine->seconds_solve = engine->seconds_recover = engine->seconds_prove = 0;
    enum tearing_status torn = solve_torn(engine, again, diagnostics);
    if (torn != TEARING_UNSOLVED)
        return torn == TEARING_OK ? ENGINE_OK : ENGINE_NO_MEMORY;
    double mark = clock_seconds();
    size_t outcomes = diagnostics->outcomes;
    bool is_new = !engine->general;
    if (!refresh_equations(engine))
        return ENGINE_NO_MEMORY;
    general_forget_responses(engine->general);
    if (is_new)
        clock_lap(&mark, &engine->seconds_lower);
    enum along_sweep_status along = solve_along_sweep(engine, again);
    clock_lap(&mark, &engine->seconds_solve);
    if (along != ALONG_SWEEP_UNSOLVED)
        return along == ALONG_SWEEP_OK ? ENGINE_OK : ENGINE_NO_MEMORY;
    if (!engine_check(engine, diagnostics))
        return ENGINE_NO_MEMORY;
    clock_lap(&mark, &engine->seconds_lower);
    if (diagnostics->outcomes > outcomes)
        return ENGINE_UNSOLVED;
    if (!again) {
        reset_switches(engine->circuit);
        forget_point(engine);
    }
    bool undecided = !general_is_linear(engine->general) && general_is_undecided(engine->general);
    enum general_status status = undecided ? GENERAL_SINGULAR : climb(engine, again);
    if (status == GENERAL_OK && engine->certificate.proved)
        status = judge(engine, !again);
    if (status == GENERAL_OK && engine->certificate.proved)
        general_track_note(engine->general);
    clock_lap(&mark, &engine->seconds_solve);
    return finish(engine, status, again, diagnostics);
}
