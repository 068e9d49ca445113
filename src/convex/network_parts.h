/* What the files of a network do for each other: network.c has the lines and clusters of the segments, network_matrix.c
 * the conductances between clusters and their factor, network_potentials.c and network_fans.c the corrections,
 * network_companions.c the lines that touch curved laws, network_currents.c currents from potentials, network_columns.c
 * several answers at once, network_response.c responses, dead_blocks.c finds where no current can flow,
 * place_floating.c places what the potentials leave open; what they work in is of network_memory.c. linear_region.c and
 * source_line.c stand on it. */
#ifndef OPSPICE_NETWORK_PARTS_H
#define OPSPICE_NETWORK_PARTS_H

#include "convex/network.h"
#include "circuit/forest.h"
#include "convex/tree_currents.h"
#include "linear/components.h"
#include "linear/factor.h"
#include "laws/junctions.h"
#include "linear/stamp.h"
#include "util/clock.h"
#include "util/double_double.h"
#include "util/exact.h"
#include "util/magnitude.h"
#include "util/quad_double.h"

#include <float.h>
#include <math.h>

/* Node potentials as sums of doubles, largest first: hi, lo and, where `parts` is 4, two more. V */
struct potentials {
    double *part[QUAD_PARTS]; /* [nodes] each */
    int parts;
};

/* What drives the linear circuit. */
struct excitation {
    double *voltage; /* [edges] of a over k, V */
    double *current; /* [sources of the tables] A */
    bool intercepts; /* with the currents that the diodes' straight lines have at 0 V: off in a response */
    const double *into; /* [nodes] A, into each, for a response, which may go where no current of the answer does; NULL:
                         * it is none */
};

/* What the plain junctions of tables->laws are at the present potentials, by vectors (laws/junctions.h). */
struct junction_batch {
    double *u, *i, *slope; /* [junctions_padded(junctions)] V, A, S */
};

/* Versions, from 1 on, of what a network is made from; who changes something takes the next. What is derived keeps the
 * version it is of, and is good as long as that is the present one. */
struct network_version {
    uint64_t clusters;    /* which branches hold their voltage, and sources that are 0 */
    uint64_t flows;       /* segments that leave the clusters alone, but for parts that are dead by them */
    uint64_t resistances; /* and laws */
    uint64_t segments;    /* any of these */
};

/* Room for responses. */
struct response_room {
    double *v, *low; /* [nodes] V, of an adjoint one */
    double *into;    /* [nodes] A */
    double *size;    /* [nodes] A, work */
    void *block;
};

struct network {
    const struct circuit *circuit;
    const struct element_tables *tables;
    struct operating_point *op;
    enum factor_choice linear;
    struct watch *watch;
    struct potentials v; /* of op, with the parts beyond lo where they are needed */
    void *block, *edge_block, *fine_block;

    unsigned char *segment;      /* [diodes] enum segment */
    struct companion *companion; /* [diodes] of curved laws */
    uint32_t curves;             /* curved laws among the diodes */
    struct junction_batch plain;
    struct network_version version;
    /* the versions of the clusters, the resistances, the segments that clusters and pattern, the stamped resistances,
     * the factor are of; 0: of none. `searched` is that of `flows` for dead blocks */
    uint64_t clustered, stamped, factored, searched;

    /* the clusters */
    uint32_t edges;              /* those behind the first tree.holding have no current */
    size_t edge_room;
    bool acyclic;                /* no loops of those */
    bool enclosed;               /* an ideal diode blocks with both ends in one cluster */
    struct forest_edge *edge;    /* [edges] voltage-defined, diodes in the direction of their current */
    uint32_t *element;           /* [edges] */
    bool *one_way;               /* [edges] a diode */
    double *flow;                /* [edges] A, beside what a diode has by its conductance */
    struct forest forest;        /* its trees are the clusters; unknown t - 1 belongs to tree t */
    uint32_t *follower;          /* [tree.followers] nodes that edges hold at a distance from others, parents first */
    struct excitation excitation;
    bool *silent;                /* [elements] a source of 0 */

    /* the matrix */
    struct laplacian L;
    double *base, *base_ground;  /* of the resistors alone */
    double *ground, *anchor;     /* [n] S */
    struct components parts;     /* where some have no tie to ground; else empty */
    struct stamp *resistor_stamp; /* [resistors] NULL as long as no resistance has changed in a pattern that lasts */
    uint64_t revalued;            /* times that resistances have changed in the pattern */
    struct stamp *stamp;         /* [diodes] */
    double *slope;               /* [diodes] S, in the last factor */
    struct factor *factor;
    enum network_status fitness;  /* of the present segments */
    bool awake;                  /* parts where no current of the answer flows are not contracted */

    double enough;               /* what the last correction may change, of the largest current at a node */
    bool approached;             /* answers begin at the potentials of op, not at 0 V */
    bool patient;                /* companions that do not come to rest are told in four parts */
    bool fine;                   /* currents and corrections in double-double: rounding of theirs has been seen */
    double *sum[QUAD_PARTS];     /* [nodes] A, into each tree that Kirchhoff's law is short of: the sum of two, of all
                                  * where it is fine */
    double *d, *d_low;           /* [nodes] V, a correction of each tree; d_low where it is fine */
    double *most;                /* [nodes] A, largest current of a conductor or source there */
    double least;                /* A, what corrections pass over */
    struct tree_currents tree;   /* of the edges */
    struct dd *under;            /* [nodes] A, two more parts of tree.over */
    uint64_t *meets;             /* [nodes] marks of the blocks that meet a cluster there */
    double *fan_sum, *fan_rest;  /* [nodes] A, work; where resistors are in fans */
    double *fan_row;             /* [nodes] A, work of one fan */
    struct response_room response;
};

/* A diode at gmin = 0 that blocks: as if gmin went to 0. S. Test: a-point-sought-in-vain.cir */
static const double least_slope = 1e-40;

/* What the last correction may change, of the largest current at a node. Tests: points_are_single_solves,
 * a-point-sought-in-vain.cir */
#define NETWORK_ENOUGH 1e-12

/* What is asked of iterations that stand for a factor, of the norm of currents. */
#define NETWORK_ACCURACY 1e-11

/* Currents less than this of the circuit's largest have no part in a response. */
#define NETWORK_LEAST_SHARE 1e-36

/* Where currents are summed in double-double, the corrections leave this of them. */
#define FINE_ROUNDING 1e-27

static inline const struct element *network_diode(const struct network *network, uint32_t d)
{
    return &network->circuit->element[network->tables->diode[d]];
}

static inline const struct law *network_law(const struct network *network, uint32_t d)
{
    return &network->circuit->law[network_diode(network, d)->law];
}

/* Does the segment hold the diode's voltage, whatever its current? */
static inline bool network_holds(const struct law *law, enum segment segment)
{
    return (segment == SEGMENT_FORWARD && isinf(law->g_on)) || (segment == SEGMENT_REVERSE && isinf(law->g_rev));
}

static inline enum network_status network_status_of(enum factor_status status)
{
    return status == FACTOR_OK ? NETWORK_OK : status == FACTOR_NO_MEMORY ? NETWORK_NO_MEMORY : NETWORK_UNSOLVED;
}

/* v_a - v_k, V, of four parts. */
static inline struct qd network_voltage_finely(const struct potentials *v, uint32_t a, uint32_t k)
{
    struct qd u = {{v->part[0][a], v->part[1][a], v->part[2][a], v->part[3][a]}};
    for (int p = 0; p < QUAD_PARTS; p++)
        qd_add_double(&u, -v->part[p][k]);
    return u;
}

/* v_a - v_k, V, within a few eps^2 of the potentials; of four parts of itself. */
static inline struct dd network_voltage(const struct potentials *v, uint32_t a, uint32_t k)
{
    const double *hi = v->part[0], *lo = v->part[1];
    if (v->parts > 2)
        return qd_value(network_voltage_finely(v, a, k));
    struct dd u = two_sum(hi[a], -hi[k]);
    return two_sum(u.hi, u.lo + (lo[a] - lo[k]));
}

/* The largest current at either end of a branch, whichever is smaller, A: Kirchhoff's law is asked beside it. */
static inline double network_least(const struct network *network, uint32_t a, uint32_t k)
{
    return network->most[a] < network->most[k] ? network->most[a] : network->most[k];
}

/* Add what has passed since *mark to *total, and set the mark anew; not where equations take no time beside the
 * clock. */
static inline void network_lap(const struct network *network, double *mark, double *total)
{
    enum { LEAST = 1000 };
    if (network->L.n >= LEAST)
        clock_lap(mark, total);
}

/* What rounding leaves of the voltage between two nodes, V, as the certificate has it, or where there are four parts,
 * of these. */
static inline double network_rounding(const struct potentials *v, uint32_t a, uint32_t k)
{
    double rounding = 8 * DBL_EPSILON * DBL_EPSILON * (fabs(v->part[0][a]) + fabs(v->part[0][k]));
    return v->parts > 2 ? rounding * DBL_EPSILON * DBL_EPSILON : rounding;
}

/* The end of an edge that follows the other. */
static inline uint32_t network_follower(const struct network *network, uint32_t e)
{
    uint32_t a = network->edge[e].a;
    return network->forest.via[a] == e ? a : network->edge[e].k;
}

/* ---- network_memory.c ---- */

/* Make room for so many edges; those that there are stay. False when memory is out. */
bool network_reserve_edges(struct network *network, size_t edges);

/* Room that most answers do without: for sums and corrections in double-double and potentials of four parts; for
 * responses. False when memory is out. */
bool network_make_fine(struct network *network);
bool network_make_response(struct network *network);

/* ---- network.c ---- */

/* Are there edges without current, which hold what is dead? */
static inline bool network_has_dead(const struct network *network)
{
    return network->edges > network->tree.holding;
}

/* Is the linear circuit solved by iterations, as long as they do not stall? */
static inline bool network_iterates(const struct network *network)
{
    return network->factor && factor_is_iterative(network->factor);
}

/* Has a part no tie to ground? */
static inline bool network_is_open(const struct network *network)
{
    return network->parts.floating > 0;
}

/* Clusters are to be made anew, and all that follows. */
static inline void network_remake_clusters(struct network *network)
{
    network->version.clusters++;
    network->version.segments++;
}

/* A response goes where no current of the answer does: clusters without contracted dead parts, and with them again. */
static inline void network_wake(struct network *network, bool awake)
{
    if (network->awake == awake)
        return;
    network->awake = awake;
    network_remake_clusters(network);
}

/* The straight line of the present segment, for one diode: its slope, S, and its current at u, A. */
double network_slope(const struct network *network, uint32_t d);
struct dd network_line(const struct network *network, uint32_t d, struct dd u);
struct qd network_line_finely(const struct network *network, uint32_t d, struct qd u);

/* Not yet rounded, A, at these potentials: the current of a resistor from a to k, and that of the line of diode d. */
static inline struct qd network_resistor_current(const struct potentials *v, uint32_t a, uint32_t k, double ohms)
{
    if (v->parts > 2)
        return qd_div_double(network_voltage_finely(v, a, k), ohms);
    return qd_from_dd(dd_div_double(network_voltage(v, a, k), ohms));
}

static inline struct qd network_diode_line(const struct network *network, const struct potentials *v, uint32_t d)
{
    const struct element *element = network_diode(network, d);
    uint32_t a = element->a, k = element->k;
    if (v->parts > 2)
        return qd_mul_double(network_line_finely(network, d, network_voltage_finely(v, a, k)), element->value);
    return qd_from_dd(dd_mul_double(network_line(network, d, network_voltage(v, a, k)), element->value));
}

/* Add a branch to the voltage-defined ones, for which there is room. one_way: a diode, whose current flows from a to
 * k. */
void network_add_edge(struct network *network, uint32_t element, uint32_t a, uint32_t k, bool one_way);

/* Resistances or laws of the circuit have other values; a source has. */
void network_revalued(struct network *network);
void network_source_changed(struct network *network, uint32_t element);

/* Clusters and pattern of the present segments, where they are not at hand. */
enum network_status network_shape(struct network *network);

/* ---- network_matrix.c ---- */

/* The pattern of resistors and of diodes that may conduct, with the values of the former; and nothing of it any more.
 * False when memory is out. */
bool network_build_matrix(struct network *network);
void network_forget_matrix(struct network *network);

/* An analysis of the pattern; conductances of the present lines and their factor; where these are not at hand. */
enum network_status network_analyse(struct network *network, struct solve_info *info);
enum network_status network_factor(struct network *network, struct solve_info *info);

/* How many parts without a tie to ground have more current flowing in, of sum[0], than rounding of what it is made of
 * at each node, most [nodes] A? These drift until a diode conducts. */
enum network_status network_find_drifting(const struct network *network, const double *most, uint32_t *drifting);

/* ---- network_potentials.c ---- */

/* From the potentials v to those where Kirchhoff's law holds for what is excited. */
enum network_status network_iterate(struct network *network, struct potentials *v, struct solve_info *info);

/* Add x, V, to the potential of a node. */
void network_shift(const struct potentials *v, uint32_t node, double x);

/* Add the correction d to the potentials. */
void network_apply(const struct network *network, const struct potentials *v);

/* What is left over at these potentials, of currents that are not rounded: beside sums of columns their rounding
 * counts. */
void network_residual_finely(struct network *network, const struct potentials *v);

/* By how much a correction is wrong, judged by what the last two have changed. */
double network_rate(const struct network *network, double before, double change);

/* Where nothing floats a linear circuit needs no potentials to begin with, and what has 0 V gets exactly that. */
enum network_status network_begin_at_zero(struct network *network, struct solve_info *info);

/* The first correction of an answer, by iterations to this accuracy. */
enum network_status network_correct_once(struct network *network, double accuracy, struct solve_info *info);

/* ---- network_fans.c ---- */

/* Are resistors in fans, and the sums of two parts? Then their currents are added, and what a correction changes of
 * them is measured, with these. */
static inline bool network_goes_by_fans(const struct network *network, const struct potentials *v)
{
    return network->tables->fans > 0 && !network->fine && v->parts == 2;
}

/* Add the currents of all resistors at v to sum[0], sum[1] and most. */
void network_lead_fans(struct network *network, const struct potentials *v);

/* The largest change that the correction d makes of a resistor's current, over what is next to nothing: floor, A, and
 * rounding. needs_parts: true where rounding is more than that, else as before. */
double network_measure_fans(struct network *network, const struct potentials *v, double floor, bool *needs_parts);

/* ---- dead_blocks.c ---- */

/* Add edges of 0 V that hold together what no current can flow in, and find where blocks meet clusters. False when
 * memory is out. */
bool network_add_dead(struct network *network);

/* Where more is dead by now, or may be less, the clusters are made anew, and currents there are not noise but none;
 * where blocks meet clusters elsewhere by now *again is true: currents have to be found again. */
enum network_status network_reconsider_dead(struct network *network, bool *again);

/* Which sources are 0; true where it is others than before. */
bool network_listen(struct network *network);

/* ---- network_currents.c ---- */

/* The present values of the sources, but that of one of them (NETWORK_NO_SOURCE: of all); or one alone, of 1 V or 1 A,
 * and currents into nodes (excitation.into). */
void network_excite(struct network *network, uint32_t but);
void network_excite_only(struct network *network, uint32_t only, const double *into);

/* The currents of all elements at these potentials. i [elements] A out. */
enum network_status network_branch_currents(struct network *network, const struct potentials *v, double *i,
                                            struct solve_info *info);

/* The diode that an element is. */
uint32_t network_diode_of(const struct network *network, uint32_t element);

/* ---- network_companions.c ---- */

/* Companions at these potentials. Returns by how much the currents of curved laws differ from those that the last
 * correction was made for, over what is next to nothing beside the largest currents at their nodes: INFINITY where a
 * companion has to be taken elsewhere, where the law has the line's current (Nagel 1975, section 4.2). */
double network_touch(struct network *network, const struct potentials *v);

#endif
