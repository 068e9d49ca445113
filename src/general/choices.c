/* Every choice of segments of a few ideal diodes and positions of a few switches, one after the other: where nothing
 * else finds an operating point. */
#include "general/equations_parts.h"
#include "general/general_parts.h"

#include <math.h>

enum { MOST_CHOICES = 1 << 12, MOST_WORK = 1 << 18 }; /* unknowns that are solved for in all */
enum { ITERATIONS = 40 };                             /* of Newton's method, where laws are curved */

/* How many segments of the law of an ideal diode hold its voltage, and the one that does not; or positions of a switch;
 * 1 of other elements. */
static uint32_t states_of(const struct equations *equations, uint32_t e)
{
    const struct element *element = &equations->circuit->element[e];
    if (element->kind == ELEMENT_SWITCH)
        return 2;
    if (!circuit_ideal_diode(equations->circuit, element))
        return 1;
    const struct law *law = &equations->circuit->law[element->law];
    return 1 + (isinf(law->g_on) ? 1 : 0) + (isinf(law->g_rev) && !isinf(law->v_rev) ? 1 : 0);
}

/* How many choices there are; 0: more than are tried. */
static uint32_t choices_of(const struct equations *equations)
{
    uint64_t choices = 1, each = (uint64_t)equations->n * (equations->is_straight ? 1 : ITERATIONS);
    for (uint32_t e = 0; e < equations->circuit->elements.count && choices <= MOST_CHOICES; e++)
        choices *= states_of(equations, e);
    return choices > MOST_CHOICES || choices * each > MOST_WORK ? 0 : (uint32_t)choices;
}

/* The states of choice number `choice`: its digits. Switches stand as their cards say in the first ones. */
static void choose(struct equations *equations, uint32_t choice)
{
    struct circuit *circuit = equations->circuit;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        struct element *element = &circuit->element[e];
        uint32_t states = states_of(equations, e), state = choice % states;
        choice /= states;
        if (states == 1)
            continue;
        const struct control_law *law = &circuit->coupling[element->law].law;
        if (element->kind == ELEMENT_SWITCH)
            element->value = law->switching.starts_on == (state == 0) ? law->switching.ron : law->switching.roff;
        else
            equations->state[e] = state == 1 && isfinite(circuit->law[element->law].g_on) ? DIODE_REVERSE
                                                                                          : (uint8_t)state;
    }
}

/* The answer of a choice, if no diode or switch objects to it by more than rounding. */
static enum general_status try_choice(struct general *general, uint32_t choice)
{
    const double loose = 1e-9, tight = 1e-24; /* of the largest potential, and current */
    struct equations *equations = general->equations;
    if (!equations->is_straight)
        general_guess(general);
    choose(equations, choice);
    enum general_status status =
        equations->is_straight ? general_solve_straight(general) : general_iterate(general, 1, ITERATIONS);
    if (status == GENERAL_OK && equations_object(equations, general->hi, general->lo, loose))
        status = GENERAL_UNSOLVED;
    if (status == GENERAL_OK)
        status = general_refine(general);
    if (status == GENERAL_OK && equations_object(equations, general->hi, general->lo, tight))
        status = GENERAL_UNSOLVED;
    return status;
}

enum general_status general_try_choices(struct general *general, uint32_t *next)
{
    uint32_t choices = choices_of(general->equations);
    enum general_status status = GENERAL_UNSOLVED;
    general->equations->frozen = true;
    while (*next < choices && status != GENERAL_OK && status != GENERAL_NO_MEMORY)
        status = try_choice(general, (*next)++);
    general->equations->frozen = false;
    if (status == GENERAL_OK)
        equations_take(general->equations, general->hi, general->lo, general->op);
    else if (choices > 0)
        choose(general->equations, 0);
    return status == GENERAL_SINGULAR ? GENERAL_UNSOLVED : status;
}
