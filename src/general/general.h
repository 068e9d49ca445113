/* The operating point of a circuit with couplings.
 *
 * Ways, from what costs least; the engine (engine.h) chooses and judges:
 *   general_newton   Newton's method from a point, with limited steps of junctions and switched states of ideal diodes
 *                    (semismooth); of a linear circuit one factorisation
 *   general_path     along the solutions of F(x, lambda) = 0 (equations.h), from the circuit without its gain to the
 *                    one that was asked for, by pseudo-arclength, so that folds are followed (Keller 1977)
 *   general_rest     along the motion of the circuit with a capacitance at each node, until it rests
 * The answer of each is refined in twice the precision. What it is: general_judge. */
#ifndef OPSPICE_GENERAL_H
#define OPSPICE_GENERAL_H

#include "circuit/element_tables.h"
#include "circuit/operating_octet.h"
#include "circuit/operating_point.h"
#include "util/watch.h"
#include <stddef.h>

enum general_status {
    GENERAL_OK,
    GENERAL_UNSOLVED, /* it did not converge */
    GENERAL_SINGULAR, /* there is no answer, or more than one; general_fault */
    GENERAL_NO_MEMORY /* or the library that factors cannot be loaded */
};

/* What is so of an answer. */
enum general_class {
    GENERAL_UNIQUE,  /* the only operating point */
    GENERAL_SOLUTION /* others may exist */
};

struct general_info {
    size_t factorisations; /* of all solves */
    size_t steps, folds;   /* of the last path */
    double fill;           /* nonzeros of the factor */
};

struct general;

/* The equations of a circuit, which must outlive them, of its present structure. op gets answers, and what floats or is
 * shared. NULL when memory is out. */
struct general *general_new(struct circuit *circuit, struct operating_point *op);

/* Solves end by it with GENERAL_UNSOLVED from now on; NULL: they do not. It outlives the equations. */
void general_watch(struct general *general, struct watch *watch);

/* Does Newton's method keep potentials where circuits without gain have theirs (no_gain.h)? At first it does. */
void general_stay_within(struct general *general, bool within);

/* Is there a node that nothing decides, whatever the values? Then general_fault names it, and there is no answer. */
bool general_is_undecided(struct general *general);

/* Is one factorisation all that it takes? */
bool general_is_linear(const struct general *general);

/* The same of a circuit that there are no equations of. */
bool general_would_be_linear(const struct circuit *circuit);

/* Solve from what op holds; switches that stand between their thresholds stay as they are. */
enum general_status general_newton(struct general *general);

/* Solve from the first guesses of junctions and devices, each at the verge of conducting; diodes and transistors that
 * are off by their cards stay so until all else has its answer. Source: SPICE3's initial modes (Quarles 1989). */
enum general_status general_begin(struct general *general);

/* Solve with a conductance from every node to ground that is lowered to nothing, or with sources that are raised from
 * nothing. */
enum general_status general_lower_leak(struct general *general);
enum general_status general_raise_sources(struct general *general);

/* Solve with some nodes held, or nearly, at potentials: where to start from. held [helds] */
enum general_status general_hold(struct general *general, const struct nodeset *held, size_t helds);

/* Solve with one choice of segments of the ideal diodes and positions of the switches after the other, where there are
 * few, until none objects. *next: the choice to begin with, 0 at first; out: the one after that of the answer. */
enum general_status general_try_choices(struct general *general, uint32_t *next);

/* Refine the answer in op by some more steps. */
void general_polish(struct general *general);

/* Make exactly 0 in op what is so with ideal diodes on the segments where they are, and let the laws of
 * voltage-defined branches hold again, which equal potentials may have disturbed: after an answer that the proof has
 * refused. False when memory is out. */
bool general_restore(struct general *general);

/* Make equal in op potentials that are no further apart than `alike` times the largest, where something passive joins
 * them: after an answer that the proof has refused. */
void general_round(struct general *general, double alike);

/* Give those currents of resistors in op which potentials do not tell by Kirchhoff's law, where no loop is made of such
 * resistors alone: after an answer that the proof has refused. */
void general_lead(struct general *general);

/* Take over which sources are 0. False when memory is out. */
bool general_follow_sources(struct general *general);

/* Solve along the path; op holds the answer of the circuit without its gain (general_without_gain). */
enum general_status general_path(struct general *general);

/* Solve where the last answers of a sweep lead, which general_track_note was told: op stays, and what is found is in
 * `to`: potentials and currents. tables: of the circuit and its values. GENERAL_UNSOLVED: it takes the other ways. */
enum general_status general_track(struct general *general, const struct element_tables *tables,
                                  struct operating_point *to);

/* The values that a source of the sweep takes at the next points, V or A. Where one of them is 0 all are, or none. */
struct general_ahead {
    uint32_t source;
    uint32_t count;
    const double *value; /* [count] */
};

/* The same for as many points as an octet has, or as lie ahead: how many are found, from the first on. 0: it takes
 * general_track, or memory is out. The laws of the circuit, but for that source, are those of the last answer. */
uint32_t general_track_octet(struct general *general, const struct element_tables *tables,
                             const struct general_ahead *ahead, struct operating_octet *to);

/* op holds the next answer of a sweep; answers before have nothing to do with the next one; what general_track has
 * found was none. */
void general_track_note(struct general *general);
void general_track_forget(struct general *general);
void general_track_missed(struct general *general);

/* From the point that op holds, to where the circuit with a capacitance at each node comes to rest. */
enum general_status general_rest(struct general *general);

/* The same from a point that the circuit leaves, pushed along the motion that leaves it, until there is none; not to
 * where a potential is beyond `farthest`, V. *oscillates: as in general_stability, where it stays. */
enum general_status general_settle(struct general *general, double farthest, bool *oscillates);

/* Is sign(det J) at the last answer not that of the circuit without gain? Then the circuit leaves it. */
bool general_is_turned(const struct general *general);

/* Is the answer in op left by the circuit with the same capacitance at each node? GENERAL_OK: *unstable tells; and
 * *oscillates whether it turns about it with more and more, which other capacitances may prevent. */
enum general_status general_stability(struct general *general, bool *unstable, bool *oscillates);

/* The class of the answer in op. *loops: a control hangs on what it controls, or a resistance is negative; where that
 * is not so the circuit is stable. */
enum general_class general_judge(struct general *general, bool *loops);

/* Go to the answer in op, which others have found: ideal diodes are on the segments that it has. */
void general_visit(struct general *general);

/* The response to sources: the change of all potentials and currents. source: an element that changes by 1 V or 1 A,
 * or EQUATIONS_NONE; 1 A more into node `into` and out of `out_of`, where these differ. response: its arrays v, low
 * [nodes] V and i [elements] A out, defined after GENERAL_OK alone. GENERAL_SINGULAR: it is not unique. */
enum general_status general_respond(struct general *general, uint32_t source, uint32_t into, uint32_t out_of,
                                    const struct response *response);

/* The answer of a linear circuit to some of its sources alone, value [sources] V or A. v, low [nodes] V out; held
 * [elements] A out, currents of the branches that voltages do not tell, 0 of others. */
enum general_status general_drive(struct general *general, uint32_t sources, const uint32_t *source,
                                  const double *value, double *v, double *low, struct dd *held);

/* What an output becomes by small changes of the elements, as network_adjoint of convex/network.h has it: one
 * solution of the transposed equations. GENERAL_SINGULAR: it is not unique. */
enum general_status general_adjoint(struct general *general, const double *node, const double *branch, double *weight);

/* Does a diode hold its voltage: 1 forward, -1 in reverse, 0 not? And how many diodes stand where segments of their
 * laws meet? */
int general_holding(const struct general *general, uint32_t element);
uint32_t general_kinks(const struct general *general);

/* Responses from now on are those of another answer. */
void general_forget_responses(struct general *general);

/* After GENERAL_SINGULAR: the unknown that no equation decides, or equations that contradict: a node, or the element of
 * a current, EQUATIONS_NONE for the other one. */
struct general_fault {
    uint32_t node, element;
};
struct general_fault general_fault(const struct general *general);

/* Where there was no answer: a switch that turns off wherever it is on, and on wherever it is off, as long as all else
 * is linear but ideal diodes; or EQUATIONS_NONE. Switches are left as they were last. */
uint32_t general_find_jump(struct general *general);

/* The controlled elements and negative resistances that make it so, where that is found. blamed [elements] out */
void general_blame(struct general *general, bool *blamed);

struct general_info general_info(const struct general *general);

/* The circuit at lambda = 0: a convex one, with the same elements, numbers and nodes, and behind them a conductance
 * and a small current at each node. To be freed by general_without_gain_free. NULL when memory is out. */
struct circuit *general_without_gain(const struct general *general);
void general_without_gain_free(struct circuit *circuit);

/* NULL is allowed. */
void general_free(struct general *general);

#endif
