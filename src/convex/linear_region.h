/* The linear region: the linear circuit on one set of segments of its diodes, and its answer (Katzenelson 1965).
 *
 * A diode's law is piecewise linear; the segment that it is on is a conductance with an intercept, or holds its voltage
 * (an ideal diode that conducts). A curved law is on its companion, the straight line that touches it at the present
 * voltage, and the answer is sought by Newton's method. What voltage-defined branches (sources, shorts, conducting
 * ideal diodes) hold together is one unknown, a cluster.
 *
 * Potentials are carried as hi + lo, and where that is not enough beside conductances of very many decades, as sums of
 * four doubles. Each correction d solves L d = r with a factor in double precision, from the currents r that
 * Kirchhoff's law is short of at the potentials so far: these are computed branch by branch, and a branch counts
 * exactly the same at both its ends, so that what large conductances join keeps what small ones bring. It is done when
 * the currents that the next correction would change are next to nothing beside the largest at their nodes. The
 * currents of voltage-defined branches follow from Kirchhoff's law along their trees, and where these form loops as the
 * split of least norm.
 *
 * An answer on a region is one of the circuit when no diode objects to its segment. */
#ifndef OPSPICE_LINEAR_REGION_H
#define OPSPICE_LINEAR_REGION_H

#include "circuit/element_tables.h"
#include "circuit/operating_point.h"
#include "convex/info.h"
#include "linear/factor.h"
#include "util/watch.h"

enum region_status {
    REGION_OK,
    REGION_UNSOLVED, /* loops that do not close, a current that has no way, or rounding: no answer on this region */
    REGION_NO_MEMORY
};

enum segment { SEGMENT_MIDDLE, SEGMENT_FORWARD, SEGMENT_REVERSE, SEGMENT_CURVED };

#define REGION_NO_SOURCE UINT32_MAX

struct linear_region;

/* For a circuit with its tables; answers go to op. All three outlive it. All diodes are on their middle segments, or
 * curved. linear: how its linear circuits may be solved. NULL when memory is out. */
struct linear_region *region_new(const struct circuit *circuit, const struct element_tables *tables,
                                 enum factor_choice linear, struct operating_point *op);

/* Points end by it with REGION_UNSOLVED from now on; NULL: they do not. It outlives the region. */
void region_watch(struct linear_region *region, struct watch *watch);

/* Put diode d of the tables on a segment; one with a curved law keeps to its companion. */
void region_set_segment(struct linear_region *region, uint32_t d, enum segment segment);

/* Take the segments from the answer in op. */
void region_take(struct linear_region *region);

/* What companions a point that was sought in vain has come to lead the next one astray: as if there had been none. */
void region_forget_companions(struct linear_region *region);

/* Resistances or laws of the circuit have other values. */
void region_revalued(struct linear_region *region);

/* Of all source values, that of this element changes most often from now on (REGION_NO_SOURCE: none does): points where
 * no other has changed cost no solve where the circuit is linear, and start from extrapolated potentials where it is
 * not. in_any_order: its values do not lie beside each other, diodes may change their segments at most of them.
 * region_source_changed: another one has changed. */
void region_follow(struct linear_region *region, uint32_t source, bool in_any_order);
void region_source_changed(struct linear_region *region, uint32_t element);

/* The answer of the region for the present values, from the potentials in op. info counts. */
enum region_status region_point(struct linear_region *region, struct solve_info *info);

/* Potentials nearer to the answer of a linear circuit for the present values, by iterations to this share of what they
 * are short of: no currents yet. It begins at those in op where they are of region_approach, or of a region_point after
 * one, else at 0 V; and so does the next region_point. REGION_UNSOLVED: not where there is a factor, or by now is one,
 * where parts float, or where loops share currents. region_withdraw: what follows begins at 0 V again. */
enum region_status region_approach(struct linear_region *region, double accuracy, struct solve_info *info);
void region_withdraw(struct linear_region *region);

/* Many right-hand sides follow each matrix from now on: for what one alone would have no factor, one may be cheaper. */
enum region_status region_expect_many(struct linear_region *region, struct solve_info *info);

/* Spend more on companions that do not come to rest: for where there is no other way left. */
void region_be_patient(struct linear_region *region, bool patient);

/* The same point once more, from the potentials in op, until also what is small beside others at its nodes is right:
 * sums over sets of nodes ask for that. */
enum region_status region_refine(struct linear_region *region, struct solve_info *info);

/* Currents for the potentials in op, which were found without the region. */
enum region_status region_currents(struct linear_region *region, struct solve_info *info);

/* Let the diodes that object to their segments change them; returns how many do. The sign of a conducting ideal diode's
 * current, and of a voltage beyond a threshold, counts where it is more than rounding as the certificate has it. */
uint32_t region_object(struct linear_region *region);

/* region_point and region_object until no diode objects, at most `most` times or while their number falls. */
enum region_status region_solve(struct linear_region *region, int most, struct solve_info *info);

/* Parts that nothing ties to ground may be shifted as far as blocked diodes stay blocked; with `idle`, ideal diodes
 * that conduct no current need not hold their voltage either, and block from now on where that lets a part float. Each
 * part is shifted so that its reference is at 0 V or as near as it can come; op->floats names it. Where diodes have
 * changed their segments since the last point there is none to place. False when memory is out. */
bool region_place_floating(struct linear_region *region, bool idle);

/* The response to one source alone (REGION_NO_SOURCE: none), which is 1 V or 1 A, and to 1 A driven into one node and
 * out of another (none where they are equal), at the answer that was found last. v + low [nodes], i [elements] out. */
enum region_status region_respond(struct linear_region *region, uint32_t source, uint32_t into, uint32_t out_of,
                                  double *v, double *low, double *i, struct solve_info *info);

/* What the potentials of some nodes become when a current goes into one of them and out of ground, in doubles: ohm
 * [nodes][nodes] out, zeroed before, the first index is that of the current. accuracy: of iterations, where there is no
 * factor. */
enum region_status region_resistances(struct linear_region *region, uint32_t nodes, const uint32_t *node,
                                      double accuracy, double *ohm, struct solve_info *info);

/* The same of what is near them alone, `most` unknowns, all beyond being held at 0 V: less than those of the whole, and
 * those of a network as well. After a point or region_approach. */
enum region_status region_resistances_nearby(struct linear_region *region, uint32_t nodes, const uint32_t *node,
                                             uint32_t most, double *ohm);

/* Several answers of a linear circuit at once: it may have no diodes. Column c is that where source[s], V or A, is
 * value[c][s], and the others are as they are in the circuit or, without `others`, 0. */
struct region_columns {
    size_t count, most;     /* columns now, and those that there is room for */
    uint32_t sources;
    const uint32_t *source; /* [sources] elements */
    const double *value;    /* [count][sources] */
    bool others;
    bool finely;            /* currents that the laws say leave next to nothing over, not only those that are rounded */
    double *v, *low;        /* [count][nodes] V out */
    double *i;              /* [count][elements] A out */
    bool *found;            /* [count] out; not: rounding, as a region of its own */
    uint32_t *drive;        /* [elements] work: number of the source + 1 */
    struct region_lanes *lanes; /* work */
    void *block;
};

/* Room for so many columns of these sources; columns is zeroed before. False when memory is out. region_columns_free:
 * safe on a zeroed struct; leaves it zeroed. */
bool region_columns_new(struct region_columns *columns, const struct linear_region *region, size_t most,
                        uint32_t sources, const uint32_t *source);
void region_columns_free(struct region_columns *columns);

/* Fill the columns, in the clusters of the last answer: no source that was 0 there may be another now. */
enum region_status region_drive(struct linear_region *region, struct region_columns *columns, struct solve_info *info);

/* What an output becomes by small changes of the elements, at the answer that was found last: sum of node[n] v_n and
 * branch[e] i_e. node [nodes] A/A or 1, branch [elements]; NULL: all 0. weight [elements] out: the change of the
 * output by a current of 1 A beside an element, from its a to its k, and where the element holds its voltage, by 1 V
 * more of that. One solution by the factor, with its corrections. REGION_UNSOLVED: it is not unique. Not to be asked
 * for what hangs on how a loop shares its currents.
 *
 * The linear circuit is symmetric: v^ of the adjoint circuit, with the currents `node` into its nodes and the voltages
 * `branch` in series with its elements, gives branch - (v^_a - v^_k), and i^ where the voltage is held. Source:
 * Director and Rohrer 1969, The generalized adjoint network; Tellegen's theorem. */
enum region_status region_adjoint(struct linear_region *region, const double *node, const double *branch, double *weight,
                                  struct solve_info *info);

/* Does diode d of the tables hold its voltage there: 1 forward, -1 in reverse, 0 not? And how many of the diodes stand
 * just where two segments of their laws meet, so that derivatives are those of one side? */
int region_holding(const struct linear_region *region, uint32_t d);
uint32_t region_kinks(const struct linear_region *region);

/* Why region_respond has no answer, for a message. */
const char *region_fault(const struct linear_region *region);

/* Floating-point operations of a factorisation, once there is an analysis (region_prepare); clusters beside ground's,
 * and nonzeros of their matrix. */
enum region_status region_prepare(struct linear_region *region, struct solve_info *info);
double region_flops(const struct linear_region *region);
uint32_t region_unknowns(const struct linear_region *region);
size_t region_nonzeros(const struct linear_region *region);

/* What has solved the last equations; FACTOR_NONE once that is gone. */
enum factor_kind region_served_by(const struct linear_region *region);

/* Let go of what iterations take, where the linear circuit is so large that there is no factor; the next point makes it
 * again. */
void region_release(struct linear_region *region);

/* NULL is allowed. */
void region_free(struct linear_region *region);

#endif
