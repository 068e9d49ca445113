/* The proof of an operating point, from the circuit and the numbers that are given to the user, and nothing else.
 *
 * Potentials are v = hi + lo, of which hi is printed; |lo| <= eps |hi|. u = v_a - v_k and its distance to thresholds
 * are taken in double-double. g is the slope of a branch at u; what rounding of the potentials makes of its current is
 *   e = 8 eps^2 g (|v_a| + |v_k|).
 *
 * Laws hold to rounding: |i - f(u)| <= 8 eps (|i| + |u| g) + e; where f is made of straight lines, whose values are
 * exact, |i| + |f(u)| stands for |i| + |u| g; for what an expression says, what cancels inside it counts too. Current
 * sources and opens exactly. Voltage sources and shorts: |u - E| <= 8 eps^2 (|v_a| + |v_k|), and what the loops of
 * sources that they are in leave, if that is little enough to agree. Ideal diodes: u <= v_fwd, the current beyond that
 * of their resistance is positive at u = v_fwd only, each to the same floors; and the same in reverse. Nothing is
 * forgiven within a tolerance here: a current that is computed from its law has no error but rounding.
 *
 * Kirchhoff's law holds within tolerance: |sum of i| <= tolerance I + 64 eps sum |i|, I the largest of the currents
 * summed; at each node, ground too, and for each group of nodes that voltage-defined branches (sources, shorts, ideal
 * diodes that conduct) and conductances above 10^k S join, every k, from the currents that leave it. Nodes that 1 A
 * joins may be shifted as one against 1 Gohm without any of them noticing; the group does. What e forgives a law is
 * not forgiven here, since currents that potentials do not tell could hide in it.
 *
 * Small drops: where e > tolerance |i| potentials do not tell the current. So the drops that these currents make, and
 * the sources, sum to zero round every loop of such and of voltage-defined branches, within tolerance of the largest
 * drop there: of each loop that such a branch closes when they are joined in the order of their drops, which no other
 * loop of it has smaller.
 *
 * Power, by the laws: sources deliver E i and I u, the rest takes R i^2 and u i, within tolerance of the sum of all.
 *
 * Numbers below DBL_MIN count as zero. NAN and infinity hold no law. */
#ifndef OPSPICE_CERTIFICATE_H
#define OPSPICE_CERTIFICATE_H

#include "proof/claim.h"

#define CERTIFICATE_NONE UINT32_MAX

struct certificate {
    double kcl;           /* A, largest residual of a node */
    double kcl_relative;  /* largest residual of a node above its floor, over the largest current there; of a group too
                             where that of no node is above tolerance */
    double kcl_floor;     /* A, largest floor of a node */
    uint32_t kcl_node;    /* worst by kcl_relative, of a group one of its nodes; or CERTIFICATE_NONE */
    double law;           /* V, largest violation of an element's law above its floor; of a current, by its slope */
    double law_relative;  /* largest violation above its floor, over |i| + |f|, or |v_a| + |v_k|; proved: 0 */
    uint32_t law_element; /* worst by law_relative, or CERTIFICATE_NONE */
    double loop;          /* V, largest sum round a loop of small drops */
    double loop_relative; /* above its floor, over the largest drop there */
    uint32_t loop_element; /* that closes the worst loop, or CERTIFICATE_NONE */
    double mismatch;        /* V, largest that a loop of voltage sources and shorts leaves */
    double complementarity; /* W, largest |current beyond the law| x |distance to the threshold| of an ideal diode */
    double power;           /* W, delivered less taken */
    double power_relative;  /* over the sum of all that is delivered or taken */
    double tolerance;
    bool proved; /* law_relative is 0, every other relative figure within tolerance */
};

/* False when memory is out. */
bool certificate_compute(struct certificate *certificate, const struct claim *claim, double tolerance);

/* The same in the caller's room of certificate_room(circuit) bytes, aligned for any object. */
size_t certificate_room(const struct circuit *circuit);
void certificate_fill(struct certificate *certificate, void *room, const struct claim *claim, double tolerance);

/* Is one farther from being a proof than the other? For the worst point of a sweep. */
bool certificate_worse(const struct certificate *one, const struct certificate *other);

#endif
