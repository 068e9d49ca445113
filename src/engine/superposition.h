/* Many operating points of a linear circuit as sums of responses to its sources.
 *
 * With the sources x_s at c_s times a scale each, a power of two, all potentials and currents are
 *
 *   v = sum over s of c_s v_s        i = sum over s of c_s i_s
 *
 * v_s being the answer to source s alone at its scale, and one more, with c = 1, of all the sources that stay; v_s are
 * of twice a double's precision. The currents are those that the laws say, so that laws hold exactly; and what
 * Kirchhoff's law leaves over of any group of nodes is at most rho_s in a response (proof/left_over.h) and so
 *
 *   R = sum over s of |c_s| rho_s
 *
 * in a point. It is within tolerance of the largest current that leaves the group, where that is R / tolerance or
 * more. So a point is proved where each branch with a current has that much, what the rounding of sums of S numbers
 * may take off considered; or where the ends of those that fall short, as the detector of a bridge may, are joined by
 * such: then one of them leaves each group that the others leave. A point for which that cannot be said is not proved
 * here.
 *
 * With couplings that are gains (E, F, G, H) all this is the same, but that the currents of branches that hold a
 * voltage are given in twice the precision, too, and rho_s is summed over nodes; and a controlled voltage has to be
 * the one of its law to the rounding of a double, which what it misses in the responses, weighted by |c_s|, may take
 * off. */
#ifndef OPSPICE_SUPERPOSITION_H
#define OPSPICE_SUPERPOSITION_H

#include "engine/engine.h"

enum { SUPERPOSITION_LANES = 16 }; /* points at a time */

struct superposition;

/* Responses of an engine that nobody else uses, whose circuit is changed; it is to be freed afterwards. source
 * [sources] voltage and current sources; largest [sources] > 0: how large their values may be, V or A. output
 * [outputs]: node n > 0 as n - 1, element e as nodes.count - 1 + e. *made NULL: the circuit is none for it, or a
 * response was not proved. False when memory is out. */
bool superposition_new(struct superposition **made, struct engine *engine, uint32_t sources, const uint32_t *source,
                       const double *largest, size_t outputs, const size_t *output);

/* Points of a circuit as above. */
struct superposition_request {
    uint32_t sources;
    const uint32_t *source; /* [sources] */
    size_t points;
    const double *value;    /* [points][sources] V or A */
    size_t outputs;
    const size_t *output;   /* [outputs] */
};

/* What became of them. */
struct superposition_found {
    double *result;           /* [points][outputs] V or A */
    bool *proved;             /* [points] zeroed before */
    size_t count;             /* what were proved */
    struct certificate worst; /* of these, where there are any */
};

/* One by one, in blocks of right-hand sides: for few of them. False when memory is out. */
bool superposition_few(struct engine *engine, const struct superposition_request *request,
                       struct superposition_found *results);

/* What one thread needs beside it, or NULL when memory is out; free() it. */
void *superposition_room(const struct superposition *superposition);

/* Points, at most SUPERPOSITION_LANES: value [points][sources] in, result [points][outputs] out. proved [points] out:
 * not where it is to be found otherwise; its result means nothing then. */
void superposition_points(const struct superposition *superposition, size_t points, const double *value, double *result,
                          bool *proved, void *room);

/* The derivative of an output by a source. */
double superposition_derivative(const struct superposition *superposition, size_t output, uint32_t source);

/* A certificate that all proved points have. */
struct certificate superposition_certificate(const struct superposition *superposition);

/* NULL is allowed. */
void superposition_free(struct superposition *superposition);

#endif
