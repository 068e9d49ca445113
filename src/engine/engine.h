/* A circuit made solvable: solved again and again for changed sources, resistances, temperatures.
 *
 * The first solve takes the whole way: topology, convex program, solver, recovery of currents, certificate, warnings.
 * Later ones first try the linear piece of the characteristic that the last answer was on (op/piece.h), let diodes
 * change sides as their signs ask, and prove the point; only where that fails they take the whole way again, from the
 * last answer. A point that is proved has an operating point, so that topology is checked on the whole way only. */
#ifndef OPSPICE_ENGINE_H
#define OPSPICE_ENGINE_H

#include "circuit/circuit.h"
#include "circuit/element_tables.h"
#include "circuit/supernodes.h"
#include "engine/operating_point.h"
#include "engine/piece.h"
#include "convex/qp.h"
#include "convex/solve.h"
#include "util/diagnostics.h"

enum engine_status {
    ENGINE_OK,        /* solved and proved */
    ENGINE_UNSOLVED,  /* no operating point, or none was proved: an outcome among the diagnostics says which */
    ENGINE_NO_MEMORY  /* nothing is known of the point */
};

struct engine {
    struct circuit *circuit; /* the caller's; values of its elements are changed here */
    bool owns_circuit;       /* a copy made by engine_copy */
    struct solve_options options;

    struct supernodes supernodes;
    struct qp qp;
    struct solver *solver;
    struct operating_point op;
    void *room; /* for the certificate */

    struct element_tables tables;
    struct piece piece;
    bool has_tables, has_piece; /* made for the present structure */
    bool tables_behind; /* has not yet the present values of resistors */
    bool piece_behind;    /* has not yet the sides of the last answer */
    uint32_t followed;    /* element, or PIECE_NO_LINE */

    bool lowered;          /* supernodes and qp are of the present structure */
    bool checked;          /* the topology allows the present values */
    bool sources_changed;  /* since qp was lowered */
    bool values_changed;   /* resistances or laws, since qp was lowered */
    bool full_figures;     /* the certificate with all its figures, not only its verdict */
    bool answered, proved; /* op holds a point, proved or not */
    struct solve_info piece_info; /* what pieces took so far */
    double seconds_lower, seconds_solve, seconds_recover, seconds_prove; /* of the last solve */
};

/* Make a circuit solvable, which must outlive the engine. engine is zeroed before. False when memory is out.
 * full: every point gets the certificate with all its figures; else points may be proved by verdict only, with the
 * figures 0. */
bool engine_init(struct engine *engine, struct circuit *circuit, const struct solve_options *options,
                     bool full);

/* Report, as outcomes, why the circuit has no operating point at the present values; solving does it too. False when
 * memory is out. */
bool engine_check(struct engine *engine, struct diagnostics *diagnostics);

/* Change values; what follows from that waits until the next solve. A resistance of 0 becomes a short. */
void engine_set_source(struct engine *engine, uint32_t element, double value);
void engine_set_resistance(struct engine *engine, uint32_t element, double ohms);
/* Of `count` resistors that follow each other, which engine_has_resistors tells; none of them 0. */
void engine_set_resistances(struct engine *engine, uint32_t first, uint32_t count, const double *ohms);
bool engine_has_resistors(const struct engine *engine, uint32_t first, uint32_t count);
void engine_set_temperature(struct engine *engine, double celsius);

/* The caller has changed values of elements or laws by himself; restructured: kinds of elements too. */
void engine_revalued(struct engine *engine, bool restructured);

/* Of all values that of this source changes at most solves from now on (PIECE_NO_LINE: none does). */
void engine_follow(struct engine *engine, uint32_t element);

/* Solve, prove and warn; engine->op is the answer. After the second solve nothing is allocated while diodes stay on
 * their sides. */
enum engine_status engine_solve(struct engine *engine, struct diagnostics *diagnostics);

/* The linear piece of the present answer. NULL when memory is out. */
struct piece *engine_piece(struct engine *engine);

/* What solving took so far, and the method that found the last conducting set from scratch: "newton", "cd" or
 * "none". */
struct solve_info engine_info(const struct engine *engine);
const char *engine_method(const struct engine *engine);

/* An independent copy, for another thread, of a engine that is not being used: with its values and the sides of its
 * diodes, without the rest of its history. copy is zeroed before. False when memory is out. */
bool engine_copy(struct engine *copy, const struct engine *engine);

/* Forget earlier answers: the next one depends on the present values only. */
void engine_restart(struct engine *engine);

/* Safe on a zeroed struct; leaves it zeroed. */
void engine_free(struct engine *engine);

#endif
