/* The certificate's conditions in a stricter form that costs one pass over the branches: enough for most points of a
 * sweep.
 *
 * Laws of resistors: |R i - u| <= 8 eps |R i|, without e. So the drops round a loop of them sum to zero too, since
 * voltages do, unless its sources have rounded potentials; then some drop of every loop must be much larger than that.
 * Kirchhoff's law at the nodes with nothing but 64 eps of the largest current for a floor, and with what rounding may
 * make of the sum.
 *
 * Groups of nodes are not asked one by one. A tree joins all nodes with a current, in stages of ever smaller currents,
 * kept in the room from point to point. A set of nodes that no branch of the first stages leaves, but one of the next
 * one, with at least M amperes, is made of whole parts that these stages join. So what is left over there is at most
 * the sum R of what is left over at the nodes outside the largest part, or equally inside, since all nodes together
 * have nothing left over. R <= tolerance M for each stage proves every set of nodes, whatever joins them. Where points
 * have little to do with each other it is done without a tree. */
#ifndef OPSPICE_CERTIFICATE_QUICK_H
#define OPSPICE_CERTIFICATE_QUICK_H

#include "circuit/element_tables.h"
#include "proof/certificate.h"

/* True: the point is proved, and the certificate filled in as certificate_fill would, but for figures of groups and for
 * kcl_floor, which is 0. False: it takes certificate_fill to tell; the certificate is undefined.
 * tables: of the circuit. room: certificate_quick_room bytes, zeroed before the first point of a circuit and left alone
 * between points, but for what certificate_quick_lend says. Nothing is allocated. */
bool certificate_quick(struct certificate *certificate, const struct claim *claim, const struct element_tables *tables,
                       double tolerance, void *room);
size_t certificate_quick_room(const struct circuit *circuit);

/* The room behind its first CERTIFICATE_QUICK_KEPT bytes, for another use until the next point: the tree is made anew
 * then. */
enum { CERTIFICATE_QUICK_KEPT = 192 };
void *certificate_quick_lend(void *room);

#endif
