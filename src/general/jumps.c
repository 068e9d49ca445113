/* Switches that turn for ever: where a circuit between these and ideal diodes is linear, each answer may ask for others
 * than it was found with, and there is no operating point; a jump is in its place. */
#include "general/equations_parts.h"
#include "general/general_parts.h"

/* The answer with the states that are there, which take those that it asks for: how many. 0 too where there is none. */
static uint32_t turn(struct general *general)
{
    if (general_solve_straight(general) != GENERAL_OK)
        return 0;
    return equations_switch(general->equations, general->hi, general->lo);
}

static uint32_t first_switch(const struct circuit *circuit)
{
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        if (circuit->element[e].kind == ELEMENT_SWITCH)
            return e;
    return EQUATIONS_NONE;
}

uint32_t general_find_jump(struct general *general)
{
    enum { TURNS = 40 }; /* that come to an end, if they do */
    struct equations *equations = general->equations;
    const struct circuit *circuit = equations->circuit;
    uint32_t first = equations->is_straight ? first_switch(circuit) : EQUATIONS_NONE, found = EQUATIONS_NONE;
    for (int t = 0; first != EQUATIONS_NONE && t < TURNS; t++)
        if (turn(general) == 0)
            return EQUATIONS_NONE;
    for (uint32_t e = first; e < circuit->elements.count && found == EQUATIONS_NONE; e++) {
        double before = circuit->element[e].value;
        if (circuit->element[e].kind != ELEMENT_SWITCH)
            continue;
        for (int t = 0; t < TURNS && found == EQUATIONS_NONE && turn(general) > 0; t++)
            found = circuit->element[e].value != before ? e : EQUATIONS_NONE;
    }
    return found;
}
