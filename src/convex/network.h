/* The linear circuit on one set of segments of its diodes.
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
 * Which segments the diodes are on is for linear_region.h to find. */
#ifndef OPSPICE_NETWORK_H
#define OPSPICE_NETWORK_H

#include "circuit/element_tables.h"
#include "circuit/operating_point.h"
#include "convex/info.h"
#include "linear/factor.h"
#include "util/watch.h"

enum network_status {
    NETWORK_OK,
    NETWORK_UNSOLVED, /* loops that do not close, a current that has no way, or rounding: no answer of these segments */
    NETWORK_NO_MEMORY
};

enum segment { SEGMENT_MIDDLE, SEGMENT_FORWARD, SEGMENT_REVERSE, SEGMENT_CURVED };

#define NETWORK_NO_SOURCE UINT32_MAX

struct network;

/* For a circuit with its tables; answers go to op. All three outlive it. All diodes are on their middle segments, or
 * curved. linear: how its equations may be solved. NULL when memory is out. network_free: NULL is allowed. */
struct network *network_new(const struct circuit *circuit, const struct element_tables *tables,
                            enum factor_choice linear, struct operating_point *op);
void network_free(struct network *network);

/* Answers end by it with NETWORK_UNSOLVED from now on; NULL: they do not. It outlives the network. */
void network_watch(struct network *network, struct watch *watch);

/* Put diode d of the tables on a segment; one with a curved law keeps to its companion. */
void network_set_segment(struct network *network, uint32_t d, enum segment segment);

/* Does diode d of the tables hold its voltage there: 1 forward, -1 in reverse, 0 not? And how many of the diodes stand
 * just where two segments of their laws meet, so that derivatives are those of one side? */
int network_holding(const struct network *network, uint32_t d);
uint32_t network_kinks(const struct network *network);

/* Currents for the potentials in op, which were found without the network. */
enum network_status network_currents(struct network *network, struct solve_info *info);

/* Potentials nearer to the answer of a linear circuit for the present values, by iterations to this share of what they
 * are short of: no currents yet. It begins at those in op where they are of network_approach, or of an answer after
 * one, else at 0 V; and so does the next answer. NETWORK_UNSOLVED: not where there is a factor, or by now is one, where
 * parts float, or where loops share currents. network_withdraw: what follows begins at 0 V again. */
enum network_status network_approach(struct network *network, double accuracy, struct solve_info *info);
void network_withdraw(struct network *network);

/* Many right-hand sides follow each matrix from now on: for what one alone would have no factor, one may be cheaper. */
enum network_status network_expect_many(struct network *network, struct solve_info *info);

/* Spend more on companions that do not come to rest: for where there is no other way left. */
void network_be_patient(struct network *network, bool patient);

/* What companions an answer that was sought in vain has come to lead the next one astray: as if there had been none. */
void network_forget_companions(struct network *network);

/* Parts that nothing ties to ground may be shifted as far as blocked diodes stay blocked; with `idle`, ideal diodes
 * that conduct no current need not hold their voltage either, and block from now on where that lets a part float. Each
 * part is shifted so that its reference is at 0 V or as near as it can come; op->floats names it. Where diodes have
 * changed their segments since the last answer there is none to place. False when memory is out. */
bool network_place_floating(struct network *network, bool idle);

/* The response to one source alone (NETWORK_NO_SOURCE: none), which is 1 V or 1 A, and to 1 A driven into one node and
 * out of another (none where they are equal), at the answer that was found last. response: its arrays v, low [nodes] V
 * and i [elements] A out, defined after NETWORK_OK alone. */
enum network_status network_respond(struct network *network, uint32_t source, uint32_t into, uint32_t out_of,
                                    const struct response *response, struct solve_info *info);

/* Why network_respond has no answer, for a message. */
const char *network_fault(const struct network *network);

/* What the potentials of some nodes become when a current goes into one of them and out of ground, in doubles: ohm
 * [nodes][nodes] out, zeroed before, the first index is that of the current. accuracy: of iterations, where there is no
 * factor. */
enum network_status network_resistances(struct network *network, uint32_t nodes, const uint32_t *node, double accuracy,
                                        double *ohm, struct solve_info *info);

/* The same of what is near them alone, `most` unknowns, all beyond being held at 0 V: less than those of the whole, and
 * those of a circuit as well. After an answer or network_approach. */
enum network_status network_resistances_nearby(struct network *network, uint32_t nodes, const uint32_t *node,
                                               uint32_t most, double *ohm);

/* Several answers of a linear circuit at once: it may have no diodes. Column c is that where source[s], V or A, is
 * value[c][s], and the others are as they are in the circuit or, without `others`, 0. */
struct network_columns {
    size_t count, most;     /* columns now, and those that there is room for */
    uint32_t sources;
    const uint32_t *source; /* [sources] elements */
    const double *value;    /* [count][sources] */
    bool others;
    bool finely;            /* currents that the laws say leave next to nothing over, not only those that are rounded */
    double *v, *low;        /* [count][nodes] V out */
    double *i;              /* [count][elements] A out */
    bool *found;            /* [count] out; not: rounding, as an answer of its own */
    uint32_t *drive;        /* [elements] work: number of the source + 1 */
    struct network_lanes *lanes; /* work */
    void *block;
};

/* Room for so many columns of these sources; columns is zeroed before. False when memory is out. network_columns_free:
 * safe on a zeroed struct; leaves it zeroed. */
bool network_columns_new(struct network_columns *columns, const struct network *network, size_t most, uint32_t sources,
                         const uint32_t *source);
void network_columns_free(struct network_columns *columns);

/* Fill the columns, in the clusters of the last answer: no source that was 0 there may be another now. */
enum network_status network_drive(struct network *network, struct network_columns *columns, struct solve_info *info);

/* What an output becomes by small changes of the elements, at the answer that was found last: sum of node[n] v_n and
 * branch[e] i_e. node [nodes] A/A or 1, branch [elements]; NULL: all 0. weight [elements] out: the change of the
 * output by a current of 1 A beside an element, from its a to its k, and where the element holds its voltage, by 1 V
 * more of that. One solution by the factor, with its corrections. NETWORK_UNSOLVED: it is not unique. Not to be asked
 * for what hangs on how a loop shares its currents.
 *
 * The linear circuit is symmetric: v^ of the adjoint circuit, with the currents `node` into its nodes and the voltages
 * `branch` in series with its elements, gives branch - (v^_a - v^_k), and i^ where the voltage is held. Source:
 * Director and Rohrer 1969, The generalized adjoint network; Tellegen's theorem. */
enum network_status network_adjoint(struct network *network, const double *node, const double *branch, double *weight,
                                    struct solve_info *info);

/* Floating-point operations of a factorisation, once there is an analysis (network_prepare); clusters beside ground's,
 * and nonzeros of their matrix. */
enum network_status network_prepare(struct network *network, struct solve_info *info);
double network_flops(const struct network *network);
uint32_t network_unknowns(const struct network *network);
size_t network_nonzeros(const struct network *network);

/* What has solved the last equations; FACTOR_NONE once that is gone. */
enum factor_kind network_served_by(const struct network *network);

/* Let go of what iterations take, where the linear circuit is so large that there is no factor; the next answer makes
 * it again. */
void network_release(struct network *network);

#endif
