/* The convex program of a circuit.
 *
 * Letters:  x  supernode potentials, V        L  Laplacian of the resistors, S      b  current into a supernode, A
 *           s  excess of a knee, V            c  threshold of a knee, V             g  conductance beyond c, S
 *
 * A supernode is a tree of the forest of voltage sources and shorts: v(node) = x(tree) + offset(node). The ground tree
 * has x = 0 and is no unknown: unknown i belongs to tree i + 1, and QP_GROUND stands for the ground tree.
 *
 * minimise  1/2 x'Lx - b'x + sum over knees of  g/2 max(0, s)^2,   s = x_i - x_j - c;   g = INFINITY means s <= 0,
 *                           + sum over bends of  m R(u),             u = x_i - x_j + c,   R' = r increasing.
 *
 * Sign: b counts current that flows into the node from sources and fixed potentials. At the minimum
 * (Lx)_i + (knee currents leaving i) = b_i, which is Kirchhoff's current law of the supernode. The current of a knee
 * with finite g is g max(0, s); that of one with g = INFINITY is its multiplier lambda >= 0. Both flow from i to j.
 * Source: Scellier 2024, Theorem 1; knees are the piecewise-linear diodes of DESIGN's section 1. */
#ifndef OPSPICE_QP_H
#define OPSPICE_QP_H

#include "circuit/circuit.h"
#include "circuit/forest.h"
#include "circuit/inventory.h"

#define QP_GROUND (-1)

struct knee {
    int32_t i, j; /* unknowns or QP_GROUND; i != j */
    double c;     /* V */
    double g;     /* S, > 0; INFINITY: a constraint. Negative allowed where the element's whole law stays monotone */
};

/* The curved part of a law between two unknowns: the current m r(u) flows from i to j (circuit/curve.h). */
struct bend {
    int32_t i, j; /* unknowns or QP_GROUND; i != j */
    double c;     /* V */
    double m;     /* how many in parallel */
    const struct curved *curve;
};

/* Symmetric matrix in compressed columns, both triangles, rows sorted, every diagonal entry present. */
struct laplacian {
    int32_t n;
    int32_t *p; /* [n + 1] */
    int32_t *i; /* [p[n]] */
    double *x;  /* [p[n]] S */
    int32_t *d; /* [n] places of the diagonal */
};

/* Long runs of entries (qp/runs.h). */
struct runs {
    size_t count; /* 0: none, or not sought */
    struct qp_run *run; /* [count] */
    size_t entries; /* in them */
};

struct qp {
    struct laplacian L;
    struct runs runs;
    bool half; /* mirror images of the entries in runs have old values */
    double *ground; /* [n] conductance from the unknown to the ground tree, S; part of L's diagonal */
    double *b;      /* [n] A */
    double *rest;   /* [n] what rounding took from b, A; NULL: not kept */
    double *drive;  /* [n] sum of the magnitudes that b is made of, A */
    /* [n] sum of g |v| over the fixed ends and offsets of the node's resistors, A: rounding scale of b */
    double *floor;
    struct knee *knee; /* [knees] */
    uint32_t knees;
    uint32_t *element; /* [knees] whose knee it is; the knees of one element follow each other: forward, then reverse */
    struct bend *bend; /* [bends] */
    uint32_t bends;
    uint32_t *bend_element; /* [bends] whose it is */
    /* [drivers] the elements that b may depend on: current sources, and what meets a tree of several nodes */
    uint32_t *driven;
    uint32_t drivers;

    /* Where the conductances stand, made when they are revalued first. */
    struct qp_place {
        int32_t ij, ji; /* in L.x; or -1 and the unknown that is joined to ground, or -1; -2: it has none there */
    } *place;           /* [elements] of the inventory's resistors, then of its others; not in straight spans */
    struct qp_span {
        uint32_t begin, length; /* of the inventory's resistors */
        /* straight: in L.x from `at` on, a run of rows; or column is QP_GROUND. at < 0: each in its place */
        int32_t column, row, at;
    } *span;                    /* [spans] all the resistors */
    uint32_t spans;
    double *beside; /* [n] work */
};

/* *sum += term; what that rounds off is added to *rest (Knuth's two-sum). */
static inline void add_exactly(double *sum, double *rest, double term)
{
    double total = *sum + term, added = total - *sum;
    *rest += (*sum - (total - added)) + (term - added);
    *sum = total;
}

/* An off-diagonal conductance between unknowns i and j, or to QP_GROUND. */
struct conductance {
    int32_t i, j;
    double g; /* S */
};

/* The Laplacian of m conductances on n unknowns, parallel ones added up; those with i == j are left out. L is zeroed
 * before. False when memory is out or the matrix has 2^31 entries or more. */
bool laplacian_build(struct laplacian *L, int32_t n, const struct conductance *edge, size_t m);

/* The place in L.i and L.x of the entry (row, column), which must be in the pattern. */
int32_t laplacian_find(const struct laplacian *L, int32_t row, int32_t column);

/* y = Lx, as sums of g (x_i - x_j) and ground_i x_i: no cancellation between large conductances. */
void laplacian_apply(const struct laplacian *L, const double *ground, const double *x, double *y);

void laplacian_free(struct laplacian *L);

/* Lower a circuit: structure and values. qp is zeroed before. False when memory is out. */
bool qp_build(struct qp *qp, const struct circuit *circuit, const struct forest *forest, const double *offset);

/* Lower again the values that depend on sources: b, floor and c, for new source values or offsets. */
void qp_update(struct qp *qp, const struct circuit *circuit, const struct forest *forest, const double *offset);

/* Lower again everything numeric, L included; the pattern stays, and a conductance that became 0 keeps its place in it.
 * For changed resistances, laws and sources of a circuit whose structure is the same. False when it is not after all: a
 * conductance has no place, or knees have come or gone; or memory is out. Then qp is to be built anew.
 * inventory: of the circuit, with the changed resistances; for one qp the same structure each time. */
bool qp_revalue(struct qp *qp, const struct circuit *circuit, const struct inventory *inventory,
                const struct forest *forest, const double *offset);

/* Look for long runs; from then on qp_revalue leaves their mirror images in L.x behind, and is the faster for it, until
 * qp_complete is called. False when memory is out. */
bool qp_find_runs(struct qp *qp);
void qp_complete(struct qp *qp);

/* u of a bend. */
double bend_voltage(const struct bend *bend, const double *x);

/* Safe on a zeroed struct; leaves it zeroed. */
void qp_free(struct qp *qp);

#endif
