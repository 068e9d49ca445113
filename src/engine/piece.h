/* The piece of the circuit's piecewise-linear characteristic on which an operating point lies.
 *
 * While every diode stays on the same straight part of its law, the circuit is linear: voltages are affine functions of
 * the source values, and one factorisation serves for all of them. A piece holds that linear circuit: what stiff
 * branches (voltage sources, shorts, conducting ideal diodes) hold together is one unknown, and the currents of these
 * branches follow along their trees.
 *
 * A point of a piece is an operating point where every diode is on its part of the law and the proof holds. Diodes that
 * are not change sides, which is a new piece: with the same analysis where these diodes have finite slopes.
 *
 * A curved law is represented by its tangent. Its diode is on its side where tangent and law agree; else it gets a
 * tangent nearer by, which is Newton's method. The forward end of a tangent is taken where the law has the current that
 * the tangent had, not where it has the voltage (Nagel 1975, section 4.2).
 *
 * Unusable are sets whose answer is not unique (loops of stiff branches, parts without a path to ground), and sets on
 * which some diode is on the verge: the whole program has to be solved then. */
#ifndef OPSPICE_PIECE_H
#define OPSPICE_PIECE_H

#include "circuit/element_tables.h"
#include "circuit/forest.h"
#include "engine/operating_point.h"
#include "convex/qp.h"
#include "convex/linear.h"

enum piece_status {
    PIECE_OK,
    PIECE_UNUSABLE,
    PIECE_NO_MEMORY
};

/* Which part of its law a diode is on; a curved law has tangents instead. */
enum piece_side { SIDE_MIDDLE, SIDE_FORWARD, SIDE_REVERSE, SIDE_TANGENT };

/* The straight line that stands for a curved law: i + slope (u - its u), of one diode. */
struct piece_tangent {
    double u, i, slope; /* V, A, S */
};

/* Where a conductance between two clusters stands in the matrix; negative: nowhere. */
struct piece_entry {
    int32_t ii, jj, ij, ji;
};

/* The values that drive the linear circuit. */
struct piece_drive {
    double *voltage; /* [edges] of the stiff branches, V */
    double *current; /* [sources] of the current sources, A */
    bool intercepts; /* with the currents that the straight parts of diodes have at 0 V; they are off in a response */
    uint32_t into, out_of; /* 1 A more is driven into one node and out of the other; none where they are equal */
};

struct piece {
    const struct circuit *circuit;
    const struct element_tables *tables; /* [resistors], [sources], [diodes] below are its */
    enum piece_side *side;         /* [diodes] */
    struct piece_tangent *tangent; /* [diodes] where the law is curved */
    bool curved;                   /* some law is */

    /* the linear circuit of these sides */
    uint32_t edges;
    struct forest_edge *edge; /* [edges] stiff branches, diodes in the direction of their current */
    uint32_t *element;        /* [edges] */
    struct forest forest;     /* its trees are the clusters */
    uint32_t followers;
    uint32_t *follower; /* [followers] nodes that a stiff branch holds at a distance from another, parents first */
    double *offset;           /* [nodes] V */
    double *noise;            /* [nodes] rounding of the current of the branch by which a node follows, A */
    struct piece_entry *entry; /* [resistors + diodes] */
    struct qp program;        /* of the clusters; no knees */
    double *y;                /* [clusters] V, y[0] is ground */
    struct linear linear;
    struct piece_drive drive;
    bool shaped, valued;      /* the structure, and the conductances, are those of the sides */
    enum piece_status fitness; /* found when it was shaped or valued last */

    /* the line along one source: v = centre + value of the source * direction */
    double *centre, *direction; /* [nodes] V, V/V or V/A */
    uint32_t along;             /* element, or PIECE_NO_LINE */
    bool centred, directed;
};

#define PIECE_NO_LINE UINT32_MAX

/* For a circuit, with its tables, that outlives it. piece is zeroed before. False when memory is out. */
bool piece_new(struct piece *piece, const struct circuit *circuit, const struct element_tables *tables);

/* Take the sides from an operating point. */
void piece_take(struct piece *piece, const struct operating_point *op);

/* Resistances or laws of the circuit have changed; their kinds have not. */
void piece_revalued(struct piece *piece);

/* Points are sought on a line: of all sources only this element changes often. PIECE_NO_LINE: none. Until
 * piece_off_line says that another source has changed, a point costs no solve. */
void piece_follow(struct piece *piece, uint32_t element);
void piece_off_line(struct piece *piece);

/* Voltages and currents of the present source values, with all diodes on their sides; on the line that is followed
 * unless `direct`. op: arrays of the circuit's size. */
enum piece_status piece_point(struct piece *piece, struct operating_point *op, bool direct, struct solve_info *info);

/* Are the diodes on their sides at this point? *wrong: how many are not; these change sides. PIECE_UNUSABLE: one is on
 * the verge. */
enum piece_status piece_judge(struct piece *piece, const struct operating_point *op, uint32_t *wrong);

/* The response of the linear circuit, after piece_point: with all sources off but `element` (PIECE_NO_LINE: none),
 * which is 1 V or 1 A, and with 1 A driven into a node and out of another (none where they are equal). v [nodes], i
 * [elements] out. */
enum piece_status piece_respond(struct piece *piece, uint32_t element, uint32_t into, uint32_t out_of, double *v,
                                double *i, struct solve_info *info);

/* Safe on a zeroed struct; leaves it zeroed. */
void piece_free(struct piece *piece);

#endif
