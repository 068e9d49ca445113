/* What the files of a network do for each other: network.c makes its equations, network_supplies.c finds parts that no
 * current can leave, network_kirchhoff.c has potentials, currents and what Kirchhoff's law is short of,
 * network_steps.c corrects until nothing is. */
#ifndef OPSPICE_GRID_NETWORK_PARTS_H
#define OPSPICE_GRID_NETWORK_PARTS_H

#include "grid/network.h"
#include "util/double_double.h"
#include <float.h>
#include <math.h>

/* ---- network.c ---- */

static inline int32_t unknown_of(const struct grid_network *network, uint32_t node)
{
    return network->unknowns.of[node];
}

/* Does a part that floats have its 0 V at this own unknown? */
static inline bool grid_network_is_reference(const struct grid_network *network, uint32_t q)
{
    int64_t number = network->unknowns.number[q];
    return parts_label(&network->parts, network->share->own[number - network->share->first]) == number;
}

/* Which parts float, on some rank. False when memory is out, on all ranks. */
bool grid_network_settle_parts(struct grid_network *network);

/* The equations with the present lines of the diodes. */
enum grid_status grid_network_set_up(struct grid_network *network);

/* ---- network_kirchhoff.c ---- */

/* The voltage of a branch, V; what rounding of the potentials may have left of 0 is 0, so that no current is where none
 * can flow. */
static inline struct dd drop_finely(const struct grid_answer *answer, const struct element *element)
{
    double a = answer->hi[element->a], k = answer->hi[element->k];
    struct dd u = dd_difference(a, answer->lo[element->a], k, answer->lo[element->k]);
    double rounding = 8 * DBL_EPSILON * DBL_EPSILON * (fabs(a) + fabs(k));
    return fabs(u.hi) <= rounding ? dd_from(0) : u;
}

static inline double drop(const struct grid_answer *answer, const struct element *element)
{
    return dd_value(drop_finely(answer, element));
}

/* The current of a branch that does not hold its voltage, A; of diode *d where it is one, which is counted. Not
 * rounded: corrections would have its rounding in them, everywhere. */
static inline struct dd branch_current(const struct grid_network *network, const struct element *element, uint32_t *d)
{
    const struct diode *diode;
    struct dd beyond;
    switch ((enum element_kind)element->kind) {
    case ELEMENT_RESISTOR: return dd_div_double(drop_finely(network->answer, element), element->value);
    case ELEMENT_ISOURCE: return dd_from(element->value);
    case ELEMENT_DIODE:
        diode = &network->diodes->diode[(*d)++];
        beyond = dd_sub_double(drop_finely(network->answer, element), diode->u);
        return dd_mul_double(dd_add_double(dd_mul_double(beyond, diode->g), diode->i), element->value);
    default: return dd_from(0);
    }
}

/* The conductance of a branch in the equations, S; diodes are counted by *d. */
static inline double branch_slope(const struct grid_network *network, const struct element *element, uint32_t *d)
{
    return element->kind == ELEMENT_RESISTOR ? 1 / element->value
           : element->kind == ELEMENT_DIODE  ? element->value * network->slope[(*d)++]
                                             : 0;
}

/* What flows into the unknowns of this rank that Kirchhoff's law is short of; the largest currents at the nodes. False
 * when memory is out, on all ranks. */
bool grid_network_residual(struct grid_network *network);

/* Potentials of all nodes from those of the unknowns. */
void grid_network_place_nodes(struct grid_network *network);

/* Shift parts that float, and tell what they float with. False when memory is out, on all ranks. */
bool grid_network_place_floating(struct grid_network *network);

#endif
