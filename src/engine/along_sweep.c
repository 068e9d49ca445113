#include "engine/along_sweep.h"

#include "proof/certificate_octet.h"
#include "util/array.h"
#include <stdlib.h>
#include <string.h>

struct along_sweep {
    struct element_tables tables;
    struct operating_point op; /* the point that is judged */
    uint64_t valued;           /* the version of the circuit's values that tables are of */
    uint64_t classed;          /* that the class of the answers is of */
    void *room;                /* of the quick form */
    struct eight {
        struct operating_octet op;
        struct certificate_octet proof;
        double value[OCTET];        /* of the source that is swept */
        uint32_t source;
        uint32_t count, taken;      /* points that were found, and of them those that were asked for */
        uint32_t waits;             /* points until it is tried again */
        struct circuit_version of;  /* the circuit's, at the last of them that was asked for */
    } eight;
};

void along_sweep_free(struct along_sweep *sweep)
{
    if (!sweep)
        return;
    element_tables_free(&sweep->tables);
    operating_point_free(&sweep->op);
    operating_octet_free(&sweep->eight.op);
    certificate_octet_free(&sweep->eight.proof);
    free(sweep->room);
    free(sweep);
}

static struct along_sweep *along_sweep_new(const struct circuit *circuit)
{
    struct along_sweep *sweep = calloc(1, sizeof *sweep);
    if (!sweep)
        return NULL;
    sweep->room = array_new(certificate_quick_room(circuit), 1);
    sweep->valued = circuit->version.values;
    if (sweep->room && operating_point_new(&sweep->op, circuit) && element_tables_build(&sweep->tables, circuit))
        return sweep;
    along_sweep_free(sweep);
    return NULL;
}

static bool proves(struct along_sweep *sweep, struct engine *engine)
{
    const struct claim claim = claim_of(engine->circuit, &sweep->op);
    struct certificate certificate;
    if (!certificate_quick(&certificate, &claim, &sweep->tables, engine->options.tolerance, sweep->room))
        return false;
    engine->certificate = certificate;
    return true;
}

static void refresh(struct along_sweep *sweep, const struct circuit *circuit)
{
    if (sweep->valued != circuit->version.values)
        element_tables_revalue(&sweep->tables, circuit);
    sweep->valued = circuit->version.values;
}

/* What the values decide of an answer that is no switch's. */
static void classify(struct along_sweep *sweep, struct engine *engine)
{
    if (sweep->classed != engine->circuit->version.values)
        engine->class = general_judge(engine->general, &engine->loops);
    sweep->classed = engine->circuit->version.values;
    engine->stability = engine->loops ? ENGINE_UNTESTED : ENGINE_STABLE;
}

/* ---- eight points ------------------------------------------------------------------------------------------------ */

enum {
    FEW = 3,            /* points: fewer are not worth it */
    POINTS_WITHOUT = 8  /* after no more were found, or one that was not proved */
};

static bool make_room(struct eight *eight, const struct circuit *circuit)
{
    if (eight->op.block)
        return true;
    if (operating_octet_new(&eight->op, circuit) && certificate_octet_new(&eight->proof, circuit))
        return true;
    operating_octet_free(&eight->op);
    return false;
}

/* How many of the values ahead are as much 0 as the first: what is 0 decides where nothing flows. */
static uint32_t count_alike(const struct engine_ahead *ahead)
{
    uint32_t count = 1;
    while (count < OCTET && count < ahead->count && (ahead->value[count] == 0) == (ahead->value[0] == 0))
        count++;
    return count;
}

/* Find the points ahead, the present one first. False when memory is out. */
static bool find_eight(struct along_sweep *sweep, struct engine *engine)
{
    struct eight *eight = &sweep->eight;
    const struct circuit *circuit = engine->circuit;
    const struct engine_ahead *ahead = &engine->ahead;
    eight->count = eight->taken = 0;
    if (eight->waits > 0)
        eight->waits--;
    if (eight->waits > 0 || ahead->count < FEW || engine->followed == ENGINE_NO_SOURCE || sweep->tables.fans > 0 ||
        circuit->element[engine->followed].value != *ahead->value)
        return true;
    if (!make_room(eight, circuit))
        return false;
    const struct general_ahead points = {engine->followed, count_alike(ahead), ahead->value};
    eight->count = general_track_octet(engine->general, &sweep->tables, &points, &eight->op);
    if (eight->count < FEW)
        eight->waits = POINTS_WITHOUT;
    if (eight->count == 0)
        return true;
    memcpy(eight->value, ahead->value, eight->count * sizeof *eight->value);
    eight->source = engine->followed;
    eight->of = circuit->version;
    certificate_octet_judge(&eight->proof, &sweep->tables, circuit, &eight->op, engine->options.tolerance, sweep->room);
    return true;
}

/* Is the next of them the present point: was nothing changed but the source? */
static bool is_found(const struct eight *eight, const struct engine *engine)
{
    const struct circuit_version *now = &engine->circuit->version;
    return eight->taken < eight->count && now->structure == eight->of.structure && now->values == eight->of.values &&
           now->sources == eight->of.sources + (eight->taken > 0) && engine->followed == eight->source &&
           engine->circuit->element[eight->source].value == eight->value[eight->taken];
}

static bool proves_one(struct along_sweep *sweep, struct engine *engine, const struct operating_point *op)
{
    const struct claim claim = claim_of(engine->circuit, op);
    const struct eight *eight = &sweep->eight;
    const double tolerance = engine->options.tolerance;
    struct certificate certificate;
    if (!certificate_octet_prove(&eight->proof, eight->taken, &certificate, &claim, &sweep->tables, tolerance,
                                 sweep->room) &&
        !certificate_quick(&certificate, &claim, &sweep->tables, tolerance, sweep->room))
        return false;
    engine->certificate = certificate;
    return true;
}

/* The next of the points that were found, where it is the present one and is proved; else all are forgotten. */
static bool take_one(struct along_sweep *sweep, struct engine *engine)
{
    struct eight *eight = &sweep->eight;
    struct operating_point op = operating_octet_point(&eight->op, eight->taken);
    bool found = is_found(eight, engine);
    if (!found || !proves_one(sweep, engine, &op)) {
        eight->waits = found ? POINTS_WITHOUT : eight->waits;
        eight->count = 0;
        return false;
    }
    operating_point_take(&engine->op, &op, engine->circuit);
    eight->of = engine->circuit->version;
    eight->taken++;
    classify(sweep, engine);
    return true;
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

enum along_sweep_status along_sweep_solve(struct along_sweep **sweep, struct engine *engine)
{
    if (!*sweep)
        *sweep = along_sweep_new(engine->circuit);
    if (!*sweep)
        return ALONG_SWEEP_NO_MEMORY;
    refresh(*sweep, engine->circuit);
    if (take_one(*sweep, engine))
        return ALONG_SWEEP_OK;
    if (engine->ahead.count > 0 && !find_eight(*sweep, engine))
        return ALONG_SWEEP_NO_MEMORY;
    if (take_one(*sweep, engine))
        return ALONG_SWEEP_OK;
    enum general_status status = general_track(engine->general, &(*sweep)->tables, &(*sweep)->op);
    if (status != GENERAL_OK)
        return status == GENERAL_NO_MEMORY ? ALONG_SWEEP_NO_MEMORY : ALONG_SWEEP_UNSOLVED;
    if (general_is_turned(engine->general) || !proves(*sweep, engine)) {
        general_track_missed(engine->general);
        return ALONG_SWEEP_UNSOLVED;
    }
    operating_point_take(&engine->op, &(*sweep)->op, engine->circuit);
    classify(*sweep, engine);
    return ALONG_SWEEP_OK;
}
