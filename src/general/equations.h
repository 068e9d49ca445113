/* The equations of a circuit with couplings, F(x, lambda) = 0, and their derivatives: modified nodal analysis (Ho,
 * Ruehli and Brennan 1975).
 *
 * Unknowns x: the potentials of all nodes but ground, V; then the currents of voltage-defined branches (voltage
 * sources, shorts, controlled voltages, ideal diodes), A. Equations: Kirchhoff's law at each of these nodes, A; then
 * the law of each of these branches.
 *
 * lambda is what is there of the couplings: at 1 the circuit that was asked for, at 0 one without gain, whose
 * operating point is unique.
 *
 *   controlled current   lambda f                         a resistance that depends on the answer: and
 *                                                         (1 - lambda) g0 u
 *   controlled voltage   u = lambda f + (1 - lambda) r0 i
 *   R < 0                (1 - lambda) g0 u + lambda u / R
 *   every node           (1 - lambda) (g0 v + a), a small random current a (seeded, the same in each run) that keeps
 *                        circuits with symmetries off their bifurcations
 *
 * Two other ways from an easy circuit are there: a conductance `leak` from every node to ground, and a `part` of all
 * independent sources.
 *
 * Source: Melville, Trajkovic, Fang and Watson 1993, "Artificial parameter homotopy methods for the DC operating point
 * problem" (variable gain).
 *
 * A node of a part that nothing ties to ground, and that no control sees, has the equation v = 0 in place of
 * Kirchhoff's law (one in each part); a branch that closes a loop of sources and shorts has i = 0. */
#ifndef OPSPICE_EQUATIONS_H
#define OPSPICE_EQUATIONS_H

#include "circuit/element_tables.h"
#include "circuit/operating_point.h"
#include "general/no_gain.h"
#include "general/plain_junctions.h"
#include "general/still_blocks.h"

#define EQUATIONS_NONE UINT32_MAX

static const double equations_g0 = 1e-3; /* S; the path from it is taken where a circuit is hard, tests/valid has
                                          * some */
static const double equations_r0 = 1e3;  /* ohm */

/* Which segment of its law an ideal diode is on. */
enum diode_state { DIODE_BLOCKS, DIODE_FORWARD, DIODE_REVERSE };

struct equations {
    struct circuit *circuit; /* the resistances of switches are set here */
    int32_t n;             /* unknowns, and equations */
    uint32_t nodes;        /* of them potentials: node v is unknown v - 1 */
    uint32_t *branch;      /* [elements] the unknown that is its current, or EQUATIONS_NONE */
    uint32_t *owner;       /* [n - nodes] the element of a current */
    bool *replaced;        /* [n] the equation is x = 0 */
    double *nudge;         /* [nodes + 1] A, the random currents */
    uint8_t *state;        /* [elements] enum diode_state of ideal diodes */
    uint8_t *next;         /* [elements] work: the next states */
    bool any_states;       /* there is an ideal diode or a switch */
    bool frozen;           /* equations_switch leaves all of them as they are */
    struct companion *companion; /* [elements] in place of a curved law of one voltage; i and g where g is not NAN */
    double leak, part;     /* S; 0 and 1 of the circuit itself */
    double held;           /* S, of ideal diodes that block: in the derivatives alone, so that what they leave open
                            * stays as it is; not beside a leak, which holds it */
    size_t *first_near;    /* [couplings + 1] where the controls of each are in `near` */
    double *near;          /* [controls of all couplings] V: where the law of a device is replaced by its tangent */
    double *near_value, *near_slope; /* [couplings], [as near] what the law of a device is there */
    uint32_t left_out;     /* couplings that had no tangent where they were evaluated last, but exactly */
    bool holds_off;        /* diodes and devices that are off by their cards keep theirs: 0 V, and device.h's begin */
    struct leader {
        uint32_t plus, minus;
    } *leader;             /* [elements] of a device's junction: which of these have its voltage, or EQUATIONS_NONE */
    struct no_gain no_gain;
    struct plain_junctions plain;
    struct still_blocks blocks;
    uint64_t silent;       /* a number made of the sources that are 0, which blocks are of */
    uint32_t undecided;    /* a node of a part that no element carries a current to, though controls see it; or
                            * EQUATIONS_NONE */
    bool is_straight;      /* at given states of ideal diodes and switches all is linear: nothing is rounded but sums */
    bool is_linear;        /* no law is curved or has corners, no control is nonlinear: one solution is the answer */

    /* derivatives by compressed columns; slot: where each stamp goes, in the order in which they are made */
    int32_t *start, *row;   /* [n + 1], [start[n]] */
    struct dd *value;       /* [start[n]] */
    bool *vanishes;         /* [start[n]] it is no entry at lambda = 1 */
    bool any_vanishes;
    double lambda;          /* of the derivatives that were evaluated last */
    uint32_t *slot;         /* [stamps] */
    uint32_t *own;          /* [n] of an equation x = 0: where its derivative by x is */
    size_t stamps;
    size_t *first_stamp;    /* [elements + 1] of each element's */
    uint32_t *curved;       /* [curves] elements whose stamps change with x */
    uint32_t curves;
    uint32_t *scaled;       /* [scales] others that lambda scales */
    uint32_t scales;
    uint32_t *source;       /* [sources] independent sources */
    uint32_t sources;
    double *base, *whole;   /* [start[n]] the stamps of the others; and of what lambda scales, at 1 */
    uint64_t base_values;   /* of which version of the circuit's values; 0: none */
    struct dd *residual;    /* [n] F */
    double *magnitude;      /* [n] the sum of the magnitudes that F is made of, A or V */
    double *gain;           /* [n] dF/dlambda */
    double *work;           /* of control laws */
    struct dd *control;     /* [most controls] */
    double *slope;          /* [most controls] */
    double *before;         /* [most controls] work */
    struct dd *shift;       /* [nodes + 1] work */
    uint32_t *set;          /* [nodes + 1] work */
    void *block, *pattern;
};

/* The equations of a circuit, which must outlive them; their structure is that of its present one. op: parts that float
 * and currents that are shared are noted there. NULL when memory is out. */
struct equations *equations_new(struct circuit *circuit, struct operating_point *op);

/* Are those of a circuit linear, at given states of ideal diodes and switches, or `always`? */
bool equations_are_linear(const struct circuit *circuit, bool always);

/* Take over which sources are 0: where nothing flows hangs on that. False when memory is out. */
bool equations_follow_sources(struct equations *equations);

/* F and its derivatives at x = hi + lo [n], with curved laws replaced by their tangents at the companions' voltages:
 * where these are the voltages of x itself, `exact`, nothing is replaced. */
void equations_evaluate(struct equations *equations, const double *hi, const double *lo, double lambda, bool exact);

/* The same in doubles alone, for steps that need no more; derivatives go to value [start[n]]. What is linear is not
 * looked at again. Not where there are ideal diodes or switches. */
void equations_evaluate_coarsely(struct equations *equations, const double *x, double lambda, bool exact,
                                 double *value);

/* The same at lambda = 1, without dF/dlambda. */
void equations_evaluate_circuit(struct equations *equations, const double *x, bool exact, double *value);

/* F alone, of lambda = 1 and x itself; the derivatives stay. */
void equations_find_residual(struct equations *equations, const double *hi, const double *lo);

/* Take the states of ideal diodes that x has, and companions at its voltages. */
void equations_follow(struct equations *equations, const double *hi);

/* States that x asks for: how many ideal diodes and switches are in another one; all take it. */
uint32_t equations_switch(struct equations *equations, const double *hi, const double *lo);

/* A number made of all states; others have others, but for rare chances. */
uint64_t equations_number_states(const struct equations *equations);

/* Does a diode at x ask for another segment, or a switch for its other position, by more than `part` of the largest
 * potential or current? */
bool equations_object(const struct equations *equations, const double *hi, const double *lo, double part);

/* Is a diode or a device off by its card? */
bool equations_any_off(const struct equations *equations);

/* Companions where the first step of Newton's method from nothing has its tangents: junctions and devices at the verge
 * of conducting, but for those that are off by their cards. */
void equations_begin(struct equations *equations);

/* Nearer than this the tangent of a device always serves, V: the error of a current is that of (distance / vt)^2 /
 * 2. */
static const double equations_still = 1e-7;

/* Companions for the potentials x, from those that are there, each no farther than its law can bear; those of devices
 * that are within `still` of their voltages stay. Returns the largest distance that is left between a companion and its
 * voltage, V. */
double equations_limit(struct equations *equations, const double *hi, double still);

/* x as an operating point, with the currents of all branches; exactly 0 where none can flow. Those that are unknowns
 * are rounded to doubles, in x too, since what they control is judged by what is printed. */
void equations_take(const struct equations *equations, double *hi, double *lo, struct operating_point *op);

/* The same to a double's precision, of what has no ideal diodes or switches. x is changed only where it is exactly
 * 0. */
void equations_take_plainly(struct equations *equations, const struct element_tables *tables, double *hi, double *lo,
                            struct operating_point *op);

/* By how much the law of the voltage-defined branch that has unknown q misses at x [n], to twice the precision, V. */
double equations_branch_residual(struct equations *equations, uint32_t q, const double *x);

/* Make equal the potentials at both ends of a branch where they are no further apart than `alike` times the largest,
 * and unknown currents 0 that are no larger than `amperes`. A guess at what is so exactly, where rounding alone fails
 * the proof. */
void equations_round(struct equations *equations, double alike, double amperes, double *hi, double *lo);

/* The same, and exactly 0 what is so with ideal diodes on the segments where they are. False when memory is out. */
bool equations_take_still(struct equations *equations, double *hi, double *lo, struct operating_point *op);

/* x from an operating point. */
void equations_start(const struct equations *equations, const struct operating_point *op, double *hi, double *lo);

/* NULL is allowed. */
void equations_free(struct equations *equations);

#endif
