/* Every choice of segments of a few ideal diodes, one after the other: where nothing else finds an operating point. */
#include "general/equations_parts.h"
#include "general/general_parts.h"

#include <math.h>
#include <string.h>

enum { MOST_CHOICES = 1 << 12 };

/* How many segments the law of an ideal diode has. */
static uint32_t segments_of(const struct equations *equations, uint32_t e)
{
    const struct law *law = &equations->circuit->law[equations->circuit->element[e].law];
    return isinf(law->v_rev) ? DIODE_REVERSE : DIODE_REVERSE + 1;
}

/* How many choices there are; 0: more than are tried, or what is not ideal diodes alone. */
static uint32_t choices_of(const struct equations *equations)
{
    const struct circuit *circuit = equations->circuit;
    uint64_t choices = equations->is_straight ? 1 : 0;
    for (uint32_t e = 0; e < circuit->elements.count && choices > 0; e++) {
        if (circuit->element[e].kind == ELEMENT_SWITCH)
            return 0;
        if (equations_is_ideal(circuit, &circuit->element[e]))
            choices *= segments_of(equations, e);
        if (choices > MOST_CHOICES)
            return 0;
    }
    return (uint32_t)choices;
}

/* The segments of choice number `choice`: its digits. */
static void choose(struct equations *equations, uint32_t choice)
{
    const struct circuit *circuit = equations->circuit;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        if (!equations_is_ideal(circuit, &circuit->element[e]))
            continue;
        uint32_t segments = segments_of(equations, e);
        equations->state[e] = (uint8_t)(choice % segments);
        choice /= segments;
    }
}

/* The answer of the linear circuit that the segments make, if no diode objects. */
static enum general_status try_choice(struct general *general)
{
    struct equations *equations = general->equations;
    size_t size = (size_t)equations->n * sizeof(double);
    memset(general->hi, 0, size);
    memset(general->lo, 0, size);
    enum general_status status = general_linearise(general, general->hi, general->lo, 1, true);
    if (status != GENERAL_OK)
        return status;
    general_find_step(general, true);
    memcpy(general->hi, general->step, size);
    memcpy(general->lo, general->step_low, size);
    if (equations_switch(equations, general->hi, general->lo) > 0)
        return GENERAL_UNSOLVED;
    return general_refine(general);
}

enum general_status general_try_segments(struct general *general)
{
    uint32_t choices = choices_of(general->equations);
    enum general_status status = GENERAL_UNSOLVED;
    for (uint32_t choice = 0; choice < choices && status != GENERAL_OK; choice++) {
        choose(general->equations, choice);
        status = try_choice(general);
        if (status == GENERAL_NO_MEMORY)
            return status;
    }
    if (status != GENERAL_OK)
        return GENERAL_UNSOLVED;
    equations_take(general->equations, general->hi, general->lo, general->op);
    return status;
}
