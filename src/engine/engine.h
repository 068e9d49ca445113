/* A circuit made solvable: solved again and again for changed sources, resistances, temperatures.
 *
 * The ladder of a solve, from what costs least; nothing else chooses what is tried:
 *   1. The linear region of the last answer (convex/linear_region.h): potentials along the source that is swept, or by
 *      the factor that is there; diodes that object change their segments, curved laws their companions.
 *   2. From the beginning. The topology is checked: loops and cuts that make an operating point impossible are told.
 *      A circuit without diodes is one region. Else coordinate descent or Newton's method (with products in place of a
 *      factor where layers are dense, and an interior point where chains of diodes stall it) minimises the convex
 *      program, from the last potentials, until the region of its conducting set has an answer to which no diode
 *      objects: the method that promises to be faster, and where it stalls the other one from zero, unless the user
 *      has chosen (run_auto of convex/solve.c).
 *   3. The same from zero, with all that is derived from the circuit made anew: what a circuit that was just loaded
 *      has an answer to is answered after others, too.
 *   4. Of small circuits, the method that rung 2 has not ended with, from zero.
 *   5. Of small circuits with curved laws, sources that grow from next to nothing, from answer to answer.
 * A circuit with couplings (general/general.h), which is no convex program, is torn apart where most of it is convex
 * (tearing.h); else, and where that fails, it has a ladder of its own, in coupled.c:
 *   1. A step of Newton's method in doubles from where the last points lead (along_sweep.h), for eight points at once
 *      where they are known; Newton's method from the last point, and where that is beyond a fold, the motion of the
 *      circuit from there.
 *   2. A linear one: one factorisation.
 *   3. The motion from the potentials of .nodeset; Newton's method from the first guesses of transistors, from the
 *      answer of the circuit without its gain, a convex program, and from 0 V, then with a leak that falls: in these
 *      potentials stay between those of the sources, where no element has gain (general/no_gain.h). Without that, with
 *      sources that rise; the path from the circuit without gain to the circuit itself; the motion from there; last
 *      every choice of segments of a few ideal diodes.
 * Where the circuit leaves what was found, its motion is followed to a point where it stays.
 * An answer counts when the certificate proves it; one of 2 to 5 that misses is refined once (region_refine). Else the
 * next rung is tried, and what the last one has left is told (5 leaves nothing where the sources do not grow to their
 * values). Rungs 2 to 5 are `ladder` in convex.c. */
#ifndef OPSPICE_ENGINE_H
#define OPSPICE_ENGINE_H

#include "circuit/circuit.h"
#include "circuit/element_tables.h"
#include "circuit/operating_point.h"
#include "circuit/supernodes.h"
#include "convex/linear_region.h"
#include "convex/qp.h"
#include "convex/solve.h"
#include "engine/undecided.h"
#include "general/general.h"
#include "isolation/isolation.h"
#include "proof/certificate.h"
#include "util/diagnostics.h"

enum engine_status {
    ENGINE_OK,        /* solved and proved */
    ENGINE_UNSOLVED,  /* no operating point, or none was proved: an outcome among the diagnostics says which */
    ENGINE_UNDECIDED, /* of engine_adjoint alone */
    ENGINE_NO_MEMORY  /* nothing is known of the point */
};

#define ENGINE_NO_SOURCE NETWORK_NO_SOURCE

/* What is so of an answer. Later ones are worse. */
enum engine_class {
    ENGINE_UNIQUE,   /* the only operating point */
    ENGINE_ISOLATED, /* the only one near it */
    ENGINE_SOLUTION, /* others may exist */
    ENGINE_NONE      /* it is not proved: nothing is claimed */
};

/* Does the circuit stay at its answer, with the same capacitance from every node to ground? Later ones are worse. */
enum engine_stability {
    ENGINE_STABLE,
    ENGINE_OSCILLATES, /* with equal capacitances it would swing about it; with others it may rest */
    ENGINE_UNTESTED, /* it was not asked closely: a point of a sweep, a large circuit, or one that is not proved */
    ENGINE_UNSTABLE  /* it does not, and no point where it does was found */
};

struct engine {
    struct circuit *circuit; /* the caller's; values of its elements are changed here */
    bool owns_circuit;       /* a copy made by engine_copy */
    bool full_figures;       /* the certificate with all its figures, not only its verdict */
    bool isolates;           /* asks of answers that may not be the only ones whether they are isolated */
    struct solve_options options;

    struct operating_point op;
    struct certificate certificate; /* of op */
    bool answered;                  /* op holds a point; certificate.proved tells whether it is proved */
    /* of the answer: what floats and is not unique, and which potentials diodes leave open, as numbers; 0: nothing */
    uint64_t loose, open_potentials;
    void *room;                     /* for the certificate and its quick form */
    size_t room_size;               /* bytes */

    /* the versions of the circuit that tables and region, supernodes, the program, the verdict on the topology, and
     * that on what it is are of */
    struct circuit_version tabled, grouped, lowered, checked, admitted;
    bool convex; /* that: a convex program */
    struct circuit_version solved; /* of the answer */

    struct element_tables tables;
    struct linear_region *region;
    struct supernodes supernodes;
    struct qp qp;
    struct solver *solver;
    /* circuits with couplings */
    struct general *general;
    struct circuit_version equated; /* that it is of */
    struct along_sweep *along_sweep; /* NULL before the second point of one */
    struct tearing *tearing;        /* NULL: the circuit is not torn */
    struct circuit_version torn;    /* that this is of */
    bool loops;                     /* a control hangs on what it controls, or a resistance is negative */
    const char *rung;               /* of their ladder, that found the answer */
    enum general_class class;       /* of the answer; of a convex circuit unique, and stable */
    struct isolation isolation;     /* of the answer, where that was asked */
    enum engine_stability stability;
    struct undecided undecided;     /* what the last adjoint was refused for */

    uint32_t followed;           /* the source that changes most often, or ENGINE_NO_SOURCE */
    struct source_changes {
        uint32_t last;  /* the source that was changed last, or ENGINE_NO_SOURCE */
        uint32_t alone; /* solves in a row before which no other was */
        bool told;      /* by who sweeps: `followed` is not found from the changes */
    } changes;
    enum solve_method method;    /* that found the last answer from scratch */
    struct solve_info info;      /* of regions */
    bool stays;                  /* other solves follow: what takes long to make again is kept */
    bool goes_on;                /* the point in op is an answer that was found elsewhere */
    struct engine_ahead {
        uint32_t count;
        const double *value;     /* [count] */
    } ahead;                     /* what the followed source is next, the present point first */
    double seconds_lower, seconds_solve, seconds_recover, seconds_prove; /* of the last solve */
};

/* Make a circuit solvable, which must outlive the engine. engine is zeroed before. False when memory is out.
 * full: every point gets the certificate with all its figures; else points may be proved by the quick form. */
bool engine_init(struct engine *engine, struct circuit *circuit, const struct solve_options *options, bool full);

/* Report, as outcomes, why the circuit has no operating point at the present values; solving does it too. False when
 * memory is out. */
bool engine_check(struct engine *engine, struct diagnostics *diagnostics);

/* Is there one operating point at most, wherever solving begins? */
bool engine_has_one_point(const struct engine *engine);

/* Change values; what follows from that waits until the next solve. A resistance of 0 becomes a short. */
void engine_set_source(struct engine *engine, uint32_t element, double value);
void engine_set_resistance(struct engine *engine, uint32_t element, double ohms);
/* Of `count` resistors that follow each other, which engine_has_resistors tells; all of them positive. */
void engine_set_resistances(struct engine *engine, uint32_t first, uint32_t count, const double *ohms);
bool engine_has_resistors(const struct engine *engine, uint32_t first, uint32_t count);
void engine_set_temperature(struct engine *engine, double celsius);

/* Of all values that of this source changes at most solves from now on (ENGINE_NO_SOURCE: none does). */
void engine_follow(struct engine *engine, uint32_t element);

/* The values that it will have at the next solves, from the one to come on, as long as they are the caller's: a sweep
 * of a circuit with couplings solves several points at once. count 0: they are not known. */
void engine_expect(struct engine *engine, size_t count, const double *value);

/* Solve, prove and warn; engine->op is the answer. After the second solve nothing is allocated while diodes stay on
 * their segments. */
enum engine_status engine_solve(struct engine *engine, struct diagnostics *diagnostics);

/* The response of the last answer to one source alone (ENGINE_NO_SOURCE: none), which is 1 V or 1 A, and to 1 A driven
 * into one node and out of another (none where they are equal). response: its arrays v, low [nodes] V and i [elements]
 * A out, defined after ENGINE_OK alone. ENGINE_UNSOLVED: it is not unique. */
enum engine_status engine_respond(struct engine *engine, uint32_t source, uint32_t into, uint32_t out_of,
                                  const struct response *response);

/* What an output, the sum of node[n] v_n and branch[e] i_e, becomes by small changes of the elements at the last
 * answer: network_adjoint of convex/network.h tells what weight [elements] is; NAN where undecided_weights says
 * so. node [nodes], branch [elements]; NULL: all 0. One solution by the factor for an output. ENGINE_UNDECIDED: the
 * answer leaves the output open, as engine->undecided says; ENGINE_UNSOLVED: it is too near to where it does. */
enum engine_status engine_adjoint(struct engine *engine, const double *node, const double *branch, double *weight);

/* Does an ideal diode hold its voltage at the last answer: 1 forward, -1 in reverse, 0 not; and how many diodes stand
 * just where two segments of their laws meet, so that what engine_adjoint tells is of one side? */
int engine_holding(const struct engine *engine, uint32_t element);
uint32_t engine_kinks(const struct engine *engine);

/* Is the answer there, proved, and that of the present values? */
bool engine_is_current(const struct engine *engine);

/* Why it is not; NULL: rounding. */
const char *engine_response_fault(const struct engine *engine);

/* Can multigrid be had? Loads it. */
bool engine_has_multigrid(void);

/* What solving took so far. */
struct solve_info engine_info(const struct engine *engine);

/* Keep in it what has solved the equations, before that is let go. */
void engine_note_linear(struct engine *engine);

/* The word for what solves equations (factor_kind_name), and for the method that found the last conducting set from
 * scratch: "newton", "cd" or "none". */
const char *engine_linear_name(enum factor_kind kind);
const char *engine_method(const struct engine *engine);

/* What the last answer is. */
enum engine_class engine_class(const struct engine *engine);
enum engine_stability engine_stability(const struct engine *engine);

/* Names of that: "unique", "isolated", "solution" or "none"; "stable", "oscillates", "not tested" or "unstable". */
const char *engine_class_name(enum engine_class class);
const char *engine_stability_name(enum engine_stability stability);

/* An independent copy, for another thread, of an engine that is not being used: with its values and the segments of its
 * diodes, without the rest of its history. copy is zeroed before. False when memory is out. */
bool engine_copy(struct engine *copy, const struct engine *engine);

/* Forget earlier answers: the next one depends on the present values only. */
void engine_restart(struct engine *engine);

/* Safe on a zeroed struct; leaves it zeroed. */
void engine_free(struct engine *engine);

#endif
