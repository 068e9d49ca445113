/* What the files of a region do for each other: linear_region.c seeks the answer, region_circuit.c makes the linear
 * circuit of the segments, region_columns.c several answers at once, dead_blocks.c finds where no current can flow in
 * it, region_currents.c finds currents from potentials and judges the segments, place_floating.c places what the
 * potentials leave open; what they work in is of region_memory.c. */
#ifndef OPSPICE_REGION_PARTS_H
#define OPSPICE_REGION_PARTS_H

#include "convex/linear_region.h"
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

/* The answers to the values of one source: v = centre + value of the source * direction. */
struct source_line {
    uint32_t source;                /* element, or REGION_NO_SOURCE */
    struct potentials centre, direction; /* in [nodes], pairs of doubles */
    uint64_t centre_found, direction_found; /* the versions of the segments that they are of; 0: none */
    /* nonlinear circuits: the last answers, newest first, at equal steps of the source */
    double *past[4];                /* [nodes] V, hi of each */
    double value[4];
    int pasts;
    bool in_any_order; /* the values come: a line is found where it is likely to serve */
    bool settled;      /* neither values nor segments have changed since the point before the last */
    void *block;
};

/* What the plain junctions of tables->laws are at the present potentials, by vectors (laws/junctions.h). */
struct junction_batch {
    double *u, *i, *slope; /* [junctions_padded(junctions)] V, A, S */
};

/* Versions, from 1 on, of what a region is made from; who changes something takes the next. What is derived keeps the
 * version it is of, and is good as long as that is the present one. */
struct region_version {
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

struct linear_region {
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
    struct region_version version;
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
    struct stamp *resistor_stamp; /* [resistors] NULL as long as no resistance has changed */
    struct stamp *stamp;         /* [diodes] */
    double *slope;               /* [diodes] S, in the last factor */
    struct factor *factor;
    enum region_status fitness;  /* of the present segments */
    bool awake;                  /* parts where no current of the answer flows are not contracted */

    double enough;               /* what the last correction may change, of the largest current at a node */
    bool approached;             /* points begin at the potentials of op, not at 0 V */
    bool patient;                /* companions that do not come to rest are told in four parts */
    bool fine;                   /* currents and corrections in double-double: rounding of theirs has been seen */
    uint32_t fine_left, fine_span;  /* points that remain so, of those after one that was not so from its beginning */
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
    struct source_line line;
    struct response_room response;
};

/* A diode at gmin = 0 that blocks: as if gmin went to 0. S */
static const double least_slope = 1e-40;

/* What the last correction may change, of the largest current at a node. */
#define REGION_ENOUGH 1e-12

/* What is asked of iterations that stand for a factor, of the norm of currents. */
#define REGION_ACCURACY 1e-11

/* Currents less than this of the circuit's largest have no part in a response. */
#define REGION_LEAST_SHARE 1e-36

/* Where currents are summed in double-double, the corrections leave this of them. */
#define FINE_ROUNDING 1e-27

static inline const struct element *region_diode(const struct linear_region *region, uint32_t d)
{
    return &region->circuit->element[region->tables->diode[d]];
}

static inline const struct law *region_law(const struct linear_region *region, uint32_t d)
{
    return &region->circuit->law[region_diode(region, d)->law];
}

/* Does the segment hold the diode's voltage, whatever its current? */
static inline bool region_holds(const struct law *law, enum segment segment)
{
    return (segment == SEGMENT_FORWARD && isinf(law->g_on)) || (segment == SEGMENT_REVERSE && isinf(law->g_rev));
}

static inline enum region_status region_status_of(enum factor_status status)
{
    return status == FACTOR_OK ? REGION_OK : status == FACTOR_NO_MEMORY ? REGION_NO_MEMORY : REGION_UNSOLVED;
}

/* v_a - v_k, V, of four parts. */
static inline struct qd region_voltage_finely(const struct potentials *v, uint32_t a, uint32_t k)
{
    struct qd u = {{v->part[0][a], v->part[1][a], v->part[2][a], v->part[3][a]}};
    for (int p = 0; p < QUAD_PARTS; p++)
        qd_add_double(&u, -v->part[p][k]);
    return u;
}

/* v_a - v_k, V, within a few eps^2 of the potentials; of four parts of itself. */
static inline struct dd region_voltage(const struct potentials *v, uint32_t a, uint32_t k)
{
    const double *hi = v->part[0], *lo = v->part[1];
    if (v->parts > 2)
        return qd_value(region_voltage_finely(v, a, k));
    struct dd u = two_sum(hi[a], -hi[k]);
    return two_sum(u.hi, u.lo + (lo[a] - lo[k]));
}

/* The largest current at either end of a branch, whichever is smaller, A: Kirchhoff's law is asked beside it. */
static inline double region_least(const struct linear_region *region, uint32_t a, uint32_t k)
{
    return region->most[a] < region->most[k] ? region->most[a] : region->most[k];
}

/* Add what has passed since *mark to *total, and set the mark anew; not where equations take no time beside the
 * clock. */
static inline void region_lap(const struct linear_region *region, double *mark, double *total)
{
    enum { LEAST = 1000 };
    if (region->L.n >= LEAST)
        clock_lap(mark, total);
}

/* ---- region_memory.c ---- */

/* Make room for so many edges; those that there are stay. False when memory is out. */
bool region_reserve_edges(struct linear_region *region, size_t edges);

/* Room that most points do without: for sums and corrections in double-double and potentials of four parts; for
 * responses; for points along a source. False when memory is out. */
bool region_make_fine(struct linear_region *region);
bool region_make_response(struct linear_region *region);
bool region_make_line(struct linear_region *region);

/* ---- region_circuit.c ---- */

/* Are there edges without current, which hold what is dead? */
static inline bool region_has_dead(const struct linear_region *region)
{
    return region->edges > region->tree.holding;
}

/* Is the linear circuit solved by iterations, as long as they do not stall? */
static inline bool region_iterates(const struct linear_region *region)
{
    return region->factor && factor_is_iterative(region->factor);
}

/* Has a part no tie to ground? */
static inline bool region_is_open(const struct linear_region *region)
{
    return region->parts.floating > 0;
}

/* Clusters are to be made anew, and all that follows. */
static inline void region_remake_clusters(struct linear_region *region)
{
    region->version.clusters++;
    region->version.segments++;
}

/* A response goes where no current of the answer does: clusters without contracted dead parts, and with them again. */
static inline void region_wake(struct linear_region *region, bool awake)
{
    if (region->awake == awake)
        return;
    region->awake = awake;
    region_remake_clusters(region);
}

/* The straight line of the present segment, for one diode: its slope, S, and its current at u, A. */
double region_slope(const struct linear_region *region, uint32_t d);
struct dd region_line(const struct linear_region *region, uint32_t d, struct dd u);
struct qd region_line_finely(const struct linear_region *region, uint32_t d, struct qd u);

/* Add a branch to the voltage-defined ones, for which there is room. one_way: a diode, whose current flows from a to
 * k. */
void region_add_edge(struct linear_region *region, uint32_t element, uint32_t a, uint32_t k, bool one_way);

/* Clusters and pattern of the present segments, where they are not at hand; conductances and factor. */
enum region_status region_shape(struct linear_region *region);
enum region_status region_analyse(struct linear_region *region, struct solve_info *info);
enum region_status region_factor(struct linear_region *region, struct solve_info *info);

/* How many parts without a tie to ground have more current flowing in, of sum[0], than rounding of what it is made of
 * at each node, most [nodes] A? These drift until a diode conducts. */
enum region_status region_find_drifting(const struct linear_region *region, const double *most, uint32_t *drifting);

/* ---- region_potentials.c ---- */

/* From the potentials v to those where Kirchhoff's law holds for what is excited. */
enum region_status region_iterate(struct linear_region *region, struct potentials *v, struct solve_info *info);

/* Add the correction d to the potentials. */
void region_apply(const struct linear_region *region, const struct potentials *v);

/* What is left over at these potentials, of currents that are not rounded: beside sums of columns their rounding
 * counts. */
void region_residual_finely(struct linear_region *region, const struct potentials *v);

/* By how much a correction is wrong, judged by what the last two have changed. */
double region_rate(const struct linear_region *region, double before, double change);

/* One correction of these potentials for what is excited, by iterations to this share of what they are short of. */
enum region_status region_correct(struct linear_region *region, struct potentials *v, double accuracy,
                                  struct solve_info *info);

/* ---- region_response.c ---- */

/* Clusters and a factor for responses. */
enum region_status region_begin_response(struct linear_region *region, struct solve_info *info);

/* ---- region_fans.c ---- */

/* Are resistors in fans, and the sums of two parts? Then their currents are added, and what a correction changes of
 * them is measured, with these. */
static inline bool region_goes_by_fans(const struct linear_region *region, const struct potentials *v)
{
    return region->tables->fans > 0 && !region->fine && v->parts == 2;
}

/* Add the currents of all resistors at v to sum[0], sum[1] and most. */
void region_lead_fans(struct linear_region *region, const struct potentials *v);

/* The largest change that the correction d makes of a resistor's current, over what is next to nothing: floor, A, and
 * rounding. needs_parts: true where rounding is more than that, else as before. */
double region_measure_fans(struct linear_region *region, const struct potentials *v, double floor, bool *needs_parts);

/* ---- region_potentials.c again ---- */

/* Add x, V, to the potential of a node. */
void region_shift(const struct potentials *v, uint32_t node, double x);

/* ---- dead_blocks.c ---- */

/* Add edges of 0 V that hold together what no current can flow in, and find where blocks meet clusters. False when
 * memory is out. */
bool region_add_dead(struct linear_region *region);

/* Which sources are 0; true where it is others than before. */
bool region_listen(struct linear_region *region);

/* Not yet rounded, A, at these potentials: the current of a resistor from a to k, and that of the line of diode d. */
static inline struct qd region_resistor_current(const struct potentials *v, uint32_t a, uint32_t k, double ohms)
{
    if (v->parts > 2)
        return qd_div_double(region_voltage_finely(v, a, k), ohms);
    return qd_from_dd(dd_div_double(region_voltage(v, a, k), ohms));
}

static inline struct qd region_diode_line(const struct linear_region *region, const struct potentials *v, uint32_t d)
{
    const struct element *element = region_diode(region, d);
    uint32_t a = element->a, k = element->k;
    if (v->parts > 2)
        return qd_mul_double(region_line_finely(region, d, region_voltage_finely(v, a, k)), element->value);
    return qd_from_dd(dd_mul_double(region_line(region, d, region_voltage(v, a, k)), element->value));
}

/* ---- region_currents.c ---- */

/* The present values of the sources, but that of one of them (REGION_NO_SOURCE: of all); or one alone, of 1 V or 1 A,
 * and currents into nodes (excitation.into). */
void region_excite(struct linear_region *region, uint32_t but);
void region_excite_only(struct linear_region *region, uint32_t only, const double *into);

/* The currents of all elements at these potentials. i [elements] A out. */
enum region_status region_branch_currents(struct linear_region *region, const struct potentials *v, double *i,
                                          struct solve_info *info);

/* The diode that an element is. */
uint32_t region_diode_of(const struct linear_region *region, uint32_t element);

/* Companions at these potentials. Returns by how much the currents of curved laws differ from those that the last
 * correction was made for, over what is next to nothing beside the largest currents at their nodes: INFINITY where a
 * companion has to be taken elsewhere, where the law has the line's current (Nagel 1975, section 4.2). */
double region_touch(struct linear_region *region, const struct potentials *v);

#endif
