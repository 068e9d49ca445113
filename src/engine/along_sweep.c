#include "engine/along_sweep.h"

#include "proof/certificate_quick.h"
#include "util/array.h"
#include <stdlib.h>

struct along_sweep {
    struct element_tables tables;
    struct operating_point op; /* the point that is judged */
    uint64_t valued;           /* the version of the circuit's values that tables are of */
    uint64_t classed;          /* that the class of the answers is of */
    void *room;                /* of the quick form */
};

void along_sweep_free(struct along_sweep *sweep)
{
    if (!sweep)
        return;
    element_tables_free(&sweep->tables);
    operating_point_free(&sweep->op);
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
    const struct circuit *circuit = engine->circuit;
    const struct operating_point *op = &sweep->op;
    struct certificate certificate;
    if (!certificate_quick(&certificate, &sweep->tables, circuit, op->voltage, op->low, op->current,
                           engine->options.tolerance, sweep->room))
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

enum along_sweep_status along_sweep_solve(struct along_sweep **sweep, struct engine *engine)
{
    if (!*sweep)
        *sweep = along_sweep_new(engine->circuit);
    if (!*sweep)
        return ALONG_SWEEP_NO_MEMORY;
    refresh(*sweep, engine->circuit);
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
