/* The linear region of an answer: the set of segments on which no diode of the linear circuit objects (Katzenelson
 * 1965). From region to region, each diode that objects changing its segment, until none does; and from answer to
 * answer of one region where the values of a single source change. */
#ifndef OPSPICE_LINEAR_REGION_H
#define OPSPICE_LINEAR_REGION_H

#include "convex/network.h"

struct linear_region;

/* As network_new, of a network of its own. NULL when memory is out. region_free: NULL is allowed. */
struct linear_region *region_new(const struct circuit *circuit, const struct element_tables *tables,
                                 enum factor_choice linear, struct operating_point *op);
void region_free(struct linear_region *region);

/* Its linear circuit. */
struct network *region_network(struct linear_region *region);

/* Take the segments from the answer in op. */
void region_take(struct linear_region *region);

/* Resistances or laws of the circuit have other values. */
void region_revalued(struct linear_region *region);

/* Of all source values, that of this element changes most often from now on (NETWORK_NO_SOURCE: none does): points
 * where no other has changed cost no solve where the circuit is linear, and start from extrapolated potentials where it
 * is not. in_any_order: its values do not lie beside each other, diodes may change their segments at most of them.
 * region_source_changed: another one has changed. */
void region_follow(struct linear_region *region, uint32_t source, bool in_any_order);
void region_source_changed(struct linear_region *region, uint32_t element);

/* The answer of the present segments for the present values, from the potentials in op. info counts. */
enum network_status region_point(struct linear_region *region, struct solve_info *info);

/* Let the diodes that object to their segments change them; returns how many do. The sign of a conducting ideal diode's
 * current, and of a voltage beyond a threshold, counts where it is more than rounding as the certificate has it. */
uint32_t region_object(struct linear_region *region);

/* region_point and region_object until no diode objects, at most `most` times or while their number falls. */
enum network_status region_solve(struct linear_region *region, int most, struct solve_info *info);

/* The same point once more, from the potentials in op, until also what is small beside others at its nodes is right:
 * sums over sets of nodes ask for that. */
enum network_status region_refine(struct linear_region *region, struct solve_info *info);

#endif
