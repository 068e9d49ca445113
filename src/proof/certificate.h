/* The proof of an operating point, from the circuit and the numbers that are given to the user, and nothing else.
 *
 * Kirchhoff's law: the residual at each node but ground, relative to the largest branch current there. Node voltages in
 * double precision cannot make the current of a conductance g more exact than g times their rounding, so residuals
 * under the floor 8 eps sum g max(|v_a|, |v_k|) of the node count as zero. For this, the |v| of a node is the largest
 * of those that voltage sources, shorts and conducting ideal diodes hold at a distance from it: it is rounded with
 * them; and never less than the tolerance of the circuit's largest: of what rounding makes of that, less than the
 * tolerance is nothing. At a corner of a diode's law, the threshold is rounded too. Expressions are made of terms as
 * large as the largest voltage makes them. The currents of stiff branches are rounded together too: 8 eps of the
 * largest current at any of their nodes is added to the floor.
 * Floors of large conductances add up along what they join, and would hide what small ones carry there. So
 * Kirchhoff's law is asked of groups of nodes too, joined by ever smaller conductances, from the currents that leave
 * them: what is above the floor of these branches is relative to the largest of the currents, or to what the largest
 * voltage would drive through their conductances. Thus potentials are proved, not currents node by node alone. Laws:
 * u = value at a voltage source; u <= v_fwd, no current below it at an ideal diode; i = law(u) elsewhere, in volts.
 * What the rounding of current sources makes of a potential counts as zero here too: 8 eps sum |I| r over all
 * sources' ends, r the resistance of a path from there to ground, diodes included that conduct. At a node or a group
 * that is left with more, the residual counts as zero all the same where, through r, it would move the potential by
 * no more than that and 8 eps of the largest voltage, if that is at most a thousandth of the tolerance. Numbers too
 * small for full precision (below DBL_MIN) count as zero everywhere. Power: what sources deliver is what the rest
 * takes (Tellegen), up to the floors. */
#ifndef OPSPICE_CERTIFICATE_H
#define OPSPICE_CERTIFICATE_H

#include "circuit/circuit.h"

#define CERTIFICATE_NONE UINT32_MAX

struct certificate {
    double kcl;           /* A, largest residual */
    double kcl_relative;  /* largest residual above its floor over the largest branch current there */
    double kcl_floor;     /* A, largest floor */
    uint32_t kcl_node;    /* worst node by kcl_relative, or CERTIFICATE_NONE */
    double law;           /* V, largest violation of an element's law */
    double law_relative;  /* over the largest node voltage */
    uint32_t law_element; /* worst element, or CERTIFICATE_NONE */
    double complementarity; /* W, largest |current beyond the law| x |distance to the threshold| of an ideal diode */
    double power;           /* W, delivered less taken */
    double power_relative;  /* above its floor, over the sum of |u i| */
    double tolerance;
    bool proved; /* every relative figure is within tolerance */
};

/* v [nodes] V, i [elements] A. False when memory is out. */
bool certificate_compute(struct certificate *certificate, const struct circuit *circuit, const double *v,
                         const double *i, double tolerance);

/* The same in the caller's room of certificate_room(circuit) bytes, aligned for any object. */
size_t certificate_room(const struct circuit *circuit);
void certificate_fill(struct certificate *certificate, void *room, const struct circuit *circuit, const double *v,
                      const double *i, double tolerance);

/* How far an element with voltage u and current i is from its law, V; INFINITY: its current is
 * impossible at any voltage near. *complementarity: of an ideal diode, |current beyond the law| x
 * |distance to the threshold|, W; else 0. */
double element_violation(const struct circuit *circuit, const struct element *element, double u, double i,
                         double *complementarity);

#endif
