/* What controls an element: voltages and currents, numbered as its card names them. An element that controls another by
 * its current may come on a later card: its name is kept, and looked up when all cards are read. */
#ifndef OPSPICE_CONTROLS_H
#define OPSPICE_CONTROLS_H

#include "circuit/circuit.h"
#include "netlist/expression.h"

struct builder;

/* Names of controlling elements that are still to be found. */
struct references {
    struct reference *item; /* [count] */
    size_t count, capacity;
    struct arena arena; /* their names */
};

/* The controls of one element, while its card is read. */
struct controls {
    struct control *item; /* [count] p of a current is a number in references until they are finished */
    size_t count, capacity;
    bool keeps_twice; /* what is named twice is two, as in POLY */
};

/* Who may control by a current: of F, H and W cards the elements whose current is an unknown of SPICE's equations; of
 * expressions any of two nodes. */
enum control_reach { CONTROL_BY_BRANCH, CONTROL_BY_ANY };

/* The number of a control; the same for the same one, unless twice is kept. False when memory is out. */
bool controls_voltage(struct controls *controls, uint32_t p, uint32_t q, uint32_t *number);
bool controls_current(struct controls *controls, struct builder *builder, struct expression_word name,
                      enum control_reach reach, uint32_t *number);

/* Those of another list behind these. False when memory is out. */
bool controls_append(struct controls *controls, const struct controls *more);

/* The controls in the circuit's arena. NULL when memory is out. */
const struct control *controls_finish(struct controls *controls, struct builder *builder);

/* Leave a card's controls, finished or not. */
void controls_free(struct controls *controls);

/* All cards are read: find the elements that control others. One that is not there, or has no current that can
 * control, is a diagnostic; so is a voltage of a node that no element is connected to. False when memory is out. */
bool controls_resolve(struct builder *builder);

/* Safe on a zeroed struct. */
void references_free(struct references *references);

#endif
