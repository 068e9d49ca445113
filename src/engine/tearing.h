/* Circuits with couplings of which most is convex, torn apart (Kron 1953, "A set of principles to interconnect the
 * solutions of physical systems"): a grid of a million nodes with some amplifiers.
 *
 * What is convex and large is solved as what it is, by its own factor and with its own proof: the inner circuit. The
 * rest, the outer circuit, sees of it potentials behind resistances: each node that both have is a port, where
 *     v = v0 + Z j,
 * v0 its potential while nothing is driven into the ports, j the currents that the outer circuit drives into them, Z
 * [ports][ports] ohm. Z stands there as the resistors of the network that has it. The inner circuit is solved with
 * these currents, and where it has other potentials at its ports than the outer one v0 is corrected, until they agree:
 * a Z that is not exact costs rounds, not digits. What only watches the inner circuit is a port without current, and
 * where nothing but such ports are the inner circuit may have diodes.
 *
 * Where the inner circuit is so large that it is iterated, each round only brings it nearer; and where the outer one is
 * linear, Z is that of what is near the ports. Rounds that gain with that in place of Z also show that there is one
 * answer where the outer circuit has one: its equations with either differ by less than would make them singular. */
#ifndef OPSPICE_TEARING_H
#define OPSPICE_TEARING_H

#include "engine/engine.h"

enum tearing_status { TEARING_OK, TEARING_UNSOLVED, TEARING_NO_MEMORY };

struct tearing;

/* Tear a circuit, which must outlive it, where that is worth it: *tearing stays NULL where it is not. last: a point
 * whose states (of switches, of what has several) the outer circuit goes on from, or NULL. False when memory is out. */
bool tearing_new(struct tearing **tearing, struct circuit *circuit, const struct solve_options *options,
                 const struct operating_point *last);

/* Solve at the present values of the sources, from the last answer or, not `again`, from nothing. op, class, stability
 * out; TEARING_UNSOLVED: it was not to be had in this way. */
enum tearing_status tearing_solve(struct tearing *tearing, bool again, struct operating_point *op,
                                  enum general_class *class, enum engine_stability *stability);

/* Let go of what is as large as the room for a proof, and would be made again. */
void tearing_release(struct tearing *tearing);

/* The same answer with ports that agree to twice a double's precision: where the proof has missed. */
enum tearing_status tearing_refine(struct tearing *tearing, struct operating_point *op);

/* engine_holding and engine_kinks of the last answer. */
int tearing_holding(const struct tearing *tearing, uint32_t element);
uint32_t tearing_kinks(const struct tearing *tearing);

/* What that took so far. */
struct solve_info tearing_info(const struct tearing *tearing);

/* NULL is allowed. */
void tearing_free(struct tearing *tearing);

#endif
