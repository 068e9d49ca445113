/* A controlled branch at a point: does its law hold for what controls it there? */
#ifndef OPSPICE_CONTROLLED_H
#define OPSPICE_CONTROLLED_H

#include "proof/branch.h"
#include "proof/claim.h"

/* Is it one, or a switch? */
static inline bool controlled_is(const struct element *element)
{
    return element->kind == ELEMENT_CONTROLLED_VOLTAGE || element->kind == ELEMENT_CONTROLLED_CURRENT ||
           element->kind == ELEMENT_SWITCH;
}

/* The bytes of work that controlled_at needs for any element of the circuit, aligned for any object. */
size_t controlled_room(const struct circuit *circuit);

/* The branch; own: its voltage.
 *
 * Voltages that control are known to 8 eps^2 (|v_p| + |v_q|), currents are what is printed. A controlled current:
 * |i - m f| <= 8 eps (|i| + m size) + e, e what the rounding of the potentials makes of m f. A controlled voltage:
 * |u - f| <= 8 eps^2 (|v_a| + |v_k|) + e, and 8 eps (|f| + size) where f is computed: where it is not a sum of voltages
 * by gains. A switch is on above its threshold and off below the other, and R i = u as of a resistor. */
struct branch controlled_at(const struct claim *claim, uint32_t e, const struct branch_voltage *own, void *work);

/* Branch e of any kind. slack: V, what its loop of sources leaves; *u: V, its voltage. */
struct branch branch_any_at(const struct claim *claim, uint32_t e, double slack, void *work, struct dd *u);

#endif
