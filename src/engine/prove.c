#include "engine/prove.h"

#include "proof/certificate_quick.h"
#include "util/array.h"
#include <stdlib.h>

/* Room for so many bytes, zeroed where it is new. */
static bool make_room(struct engine *engine, size_t size)
{
    if (engine->room_size >= size)
        return true;
    free(engine->room);
    engine->room = array_new(size, 1);
    engine->room_size = engine->room ? size : 0;
    return engine->room;
}

static bool prove_quickly(struct engine *engine)
{
    const struct claim claim = claim_of(engine->circuit, &engine->op);
    return certificate_quick(&engine->certificate, &claim, &engine->tables, engine->options.tolerance, engine->room);
}

/* Bytes for the whole certificate behind what the quick form keeps, and for that. */
static size_t room_for_both(const struct circuit *circuit)
{
    size_t quick = certificate_quick_room(circuit);
    size_t full = CERTIFICATE_QUICK_KEPT + certificate_room(circuit);
    return full > quick ? full : quick;
}

bool engine_prove_fully(struct engine *engine)
{
    const struct claim claim = claim_of(engine->circuit, &engine->op);
    if (!make_room(engine, room_for_both(engine->circuit)))
        return false;
    certificate_fill(&engine->certificate, certificate_quick_lend(engine->room), &claim, engine->options.tolerance);
    return engine->answered = true;
}

bool engine_prove(struct engine *engine)
{
    enum { MOST_QUICK = 300000 };
    const struct circuit *circuit = engine->circuit;
    bool first = engine->room_size == 0;
    engine_note_linear(engine);
    if (first && engine->region && !engine->stays) /* of the size of the proof's room; who solves again keeps it */
        network_release(region_network(engine->region));
    if (engine->full_figures || circuit->nodes.count > MOST_QUICK)
        return engine_prove_fully(engine);
    if (!make_room(engine, first ? certificate_quick_room(circuit) : room_for_both(circuit)) ||
        (!first && !element_tables_arrange(&engine->tables)))
        return false;
    return prove_quickly(engine) ? engine->answered = true : engine_prove_fully(engine);
}
