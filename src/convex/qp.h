/* The convex program of a circuit.
 *
 * Letters:  x  supernode potentials, V        L  Laplacian of the resistors, S      b  current into a supernode, A
 *           s  excess of a knee, V            c  threshold of a knee, V             g  conductance beyond c, S
 *
 * A supernode is a tree of the forest of voltage sources and shorts: v(node) = x(tree) + offset(node). The ground tree
 * has x = 0 and is no unknown: unknown i belongs to tree i + 1, and GROUND_UNKNOWN stands for the ground tree.
 *
 * minimise  1/2 x'Lx - b'x + sum over knees of  g/2 max(0, s)^2,   s = x_i - x_j - c;   g = INFINITY means s <= 0,
 *                           + sum over nonlinear branches of  m R(u),             u = x_i - x_j + c,   R' = r,
 *
 * r increasing.
 *
 * Sign: b counts current that flows into the node from sources and fixed potentials. At the minimum
 * (Lx)_i + (knee currents leaving i) = b_i, which is Kirchhoff's current law of the supernode. The current of a knee
 * with finite g is g max(0, s); that of one with g = INFINITY is its multiplier lambda >= 0. Both flow from i to j.
 * Source: Scellier 2024, Theorem 1; a knee is one bend of a piecewise-linear diode (laws/law.h). */
#ifndef OPSPICE_QP_H
#define OPSPICE_QP_H

#include "circuit/circuit.h"
#include "circuit/forest.h"
#include "circuit/element_tables.h"
#include "linear/dense_segments.h"
#include "linear/laplacian.h"
#include "util/exact.h"

struct knee {
    int32_t i, j; /* unknowns or GROUND_UNKNOWN; i != j */
    double c;     /* V */
    double g;     /* S, > 0; INFINITY: a constraint. Negative allowed where the element's whole law stays monotone */
};

/* The curved part of a law between two unknowns: the current m r(u) flows from i to j (laws/curve.h). */
struct nonlinear_branch {
    int32_t i, j; /* unknowns or GROUND_UNKNOWN; i != j */
    double c;     /* V */
    double m;     /* how many in parallel */
    const struct curve *curve;
};

struct qp {
    struct laplacian L;
    struct dense_segments segments;
    uint64_t version; /* of what is numeric in L: what is made from it keeps this */
    bool upper_stale; /* mirror images of the entries in segments have old values */
    double *ground; /* [n] conductance from the unknown to the ground tree, S; part of L's diagonal */
    double *b;      /* [n] A */
    double *rest;   /* [n] what rounding took from b, A; NULL: not kept */
    double *injected_magnitude; /* [n] sum of the magnitudes that b is made of, A */
    /* [n] sum of g |v| over the fixed ends and offsets of the node's resistors, A: rounding scale of b */
    double *floor;
    struct knee *knee; /* [knees] */
    uint32_t knees;
    uint32_t *element; /* [knees] whose knee it is; the knees of one element follow each other: forward, then reverse */
    struct nonlinear_branch *nonlinear; /* [nonlinears] */
    uint32_t nonlinears;
    uint32_t *nonlinear_element; /* [nonlinears] whose it is */
    /* [drivers] the elements that b may depend on: current sources, and what meets a tree of several nodes */
    uint32_t *driven;
    uint32_t drivers;

    /* Where the conductances stand, made when they are revalued first. */
    struct qp_place {
        int32_t ij, ji; /* in L.x; or -1 and the unknown that is joined to ground, or -1; -2: it has none there */
    } *place;           /* [elements] of the tables's resistors, then of its others; not in straight spans */
    struct qp_span {
        uint32_t begin, length; /* of the tables's resistors */
        /* straight: in L.x from `at` on, a run of rows; or column is GROUND_UNKNOWN. at < 0: each in its place */
        int32_t column, row, at;
    } *span;                    /* [spans] all the resistors */
    uint32_t spans;
    double *beside; /* [n] work */
    void *block;    /* all arrays but L's, segments, driven, and where the conductances stand */
};

/* Lower a circuit: structure and values. qp is zeroed before. False when memory is out. */
bool qp_build(struct qp *qp, const struct circuit *circuit, const struct forest *forest, const double *offset);

/* Lower again the values that depend on sources: b, floor and c, for new source values or offsets. */
void qp_update(struct qp *qp, const struct circuit *circuit, const struct forest *forest, const double *offset);

/* Lower again everything numeric, L included; the pattern stays, and a conductance that became 0 keeps its place in it.
 * For changed resistances, laws and sources of a circuit whose structure is the same. False when it is not after all: a
 * conductance has no place, or knees have come or gone; or memory is out. Then qp is to be built anew.
 * tables: of the circuit, with the changed resistances; for one qp the same structure each time. */
bool qp_revalue(struct qp *qp, const struct circuit *circuit, const struct element_tables *tables,
                const struct forest *forest, const double *offset);

/* Look for long segments; from then on qp_revalue leaves their mirror images in L.x behind, and is the faster for it,
 * until qp_complete is called. False when memory is out. */
bool qp_find_segments(struct qp *qp);
void qp_complete(struct qp *qp);

/* u of a nonlinear branch. */
double nonlinear_voltage(const struct nonlinear_branch *branch, const double *x);

/* Safe on a zeroed struct; leaves it zeroed. */
void qp_free(struct qp *qp);

#endif
