#include "laws/junctions.h"

#include "util/kernel.h"
#include <float.h>
#include <math.h>
#include <stdint.h>

typedef double lanes __attribute__((vector_size(32), aligned(8), may_alias));
typedef uint64_t words __attribute__((vector_size(32), aligned(8), may_alias));

#define PICK(condition, yes, no) VECTOR_PICK(lanes, words, condition, yes, no)
#define MAGNITUDE(of) VECTOR_MAGNITUDE(lanes, words, of)
#define INLINE static inline __attribute__((always_inline))

static const double limit = JUNCTION_EXPONENT_LIMIT, edge = -3; /* of w / n Vt; beyond edge, the generation region */
static const double short_step = 1e-16; /* squared, over n Vt and the smaller of that and w */
static const double euler = 2.71828182845904523536;
static const double to_integer = 0x1.8p52; /* added: the low bits are the nearest integer */
static const double log2_e = 1.44269504088896340736, ln2 = 0.693147180559945309417;
static const double ln2_high = 6.93147180369123816490e-01, ln2_low = 1.90821492927058770002e-10;

bool junction_is_plain(const struct junction *junction)
{
    return junction->rs == 0 && junction->isw == 0 && junction->isr == 0 && junction->jt == 0 && isinf(junction->bv) &&
           isinf(junction->ikf) && isinf(junction->ikr);
}

#define EXPONENTIAL exponential
#define VECTOR lanes
#define VECTOR_BITS words
#include "laws/exponential_body.h"

#define EXPONENTIAL exponentials
#define VECTOR octet
#define VECTOR_BITS octet_bits
#include "laws/exponential_body.h"

INLINE void law(const lanes *is, const lanes *vt, const lanes *w, lanes *current, lanes *slope)
{
    lanes x = *w / *vt, none = x - x, within = PICK(x > limit, none + limit, x), e, less_one;
    within = PICK(within < edge - 1, none + (edge - 1), within);
    exponential(&within, &e, &less_one);
    less_one = PICK(x > limit, e * (1 + (x - limit)) - 1, less_one);
    lanes arg = -edge / euler / PICK(x < edge, x, none + edge), square = arg * arg;
    *current = *is * PICK(x < edge, -1 - square * arg, less_one);
    *slope = PICK(x < edge, square * square * euler, e) * (*is / *vt);
}

KERNEL
static void currents(size_t count, const double *is, const double *vt, const double *w, double *current, double *slope)
{
    for (size_t q = 0; q < count; q += JUNCTION_LANES)
        law((const lanes *)(is + q), (const lanes *)(vt + q), (const lanes *)(w + q), (lanes *)(current + q),
            (lanes *)(slope + q));
}

void junctions_current(size_t count, const double *is, const double *vt, const double *w, double *current,
                       double *slope)
{
    currents(count, is, vt, w, current, slope);
}

/* ---- eight points ------------------------------------------------------------------------------------------------ */

/* Which law do all voltages w have: that beyond `least` and up to `most`, that below `least`, or not one alone? NAN is
 * taken for one beyond. */
enum region { FORWARD, BACKWARD, BOTH };

/* The sign of each lane: those of all together. */
KERNEL_PART bool any_negative(const octet_bits *of)
{
    words v = ((const words *)of)[0] | ((const words *)of)[1];
    v |= __builtin_shufflevector(v, v, 2, 3, 0, 1);
    return (v[0] | v[1]) >> 63 != 0;
}

KERNEL_PART enum region region_of(const octet *w, double least, double most)
{
    octet_bits below = (octet_bits)(*w - least), outside = below | (octet_bits)(most - *w), above = ~below;
    if (!any_negative(&outside))
        return FORWARD;
    return any_negative(&above) ? BOTH : BACKWARD;
}

KERNEL_PART void both_laws(double is, double vt, const octet *w, octet *current, octet *slope)
{
    const lanes is_all = {is, is, is, is}, vt_all = {vt, vt, vt, vt};
    for (int half = 0; half < OCTET / JUNCTION_LANES; half++)
        law(&is_all, &vt_all, (const lanes *)w + half, (lanes *)current + half, (lanes *)slope + half);
}

KERNEL
static void currents_of_octets(size_t count, const double *is, const double *vt, const octet *w, octet *current,
                               octet *slope)
{
    for (size_t q = 0; q < count; q++) {
        double steep = is[q] / vt[q];
        enum region region = region_of(&w[q], edge * vt[q], limit * vt[q]);
        if (region == FORWARD) {
            octet x = w[q] / vt[q], e, less_one;
            exponentials(&x, &e, &less_one);
            current[q] = is[q] * less_one;
            slope[q] = steep * e;
        } else if (region == BACKWARD) {
            octet arg = -edge / euler * vt[q] / w[q], square = arg * arg;
            current[q] = is[q] * (-1 - square * arg);
            slope[q] = steep * (square * square * euler);
        } else {
            both_laws(is[q], vt[q], &w[q], &current[q], &slope[q]);
        }
    }
}

void junctions_current_octets(size_t count, const double *is, const double *vt, const octet *w, octet *current,
                              octet *slope)
{
    currents_of_octets(count, is, vt, w, current, slope);
}

/* ---- where a current meets a straight line ----------------------------------------------------------------------- */

/* ln y within 0.01, y normal and positive. */
INLINE void rough_log(const lanes *of, lanes *log)
{
    words bits = (words)*of, fraction = (bits & (((uint64_t)1 << 52) - 1)) | ((uint64_t)1023 << 52);
    lanes exponent = (lanes)((bits >> 52) | ((uint64_t)1075 << 52)) - (0x1p52 + 1023), m = (lanes)fraction;
    *log = ln2 * (exponent + (2 - m * (1.0 / 3)) * m - 5.0 / 3);
}

/* At or beyond the root, but for the roughness of the logarithm: no part of the current is larger than all of it, and
 * what flows backwards is never more than is (1 + 1 / e^3). */
INLINE void start(const lanes *is, const lanes *vt, const lanes *g, const lanes *c, lanes *w)
{
    lanes none = *c - *c, forward = 1 + *c / *is, back = (*c + *is) / *g, straight = *c / *g, bent;
    rough_log(&forward, &bent);
    bent *= *vt;
    *w = PICK(*c > 0, PICK(bent < straight, bent, straight), PICK(back < 0, back, none));
}

INLINE bool any(const words *of)
{
    words v = *of;
    v |= __builtin_shufflevector(v, v, 2, 3, 0, 1);
    return (v[0] | v[1]) != 0;
}

/* The last step is so short that a tangent is as exact as the law itself. */
KERNEL
static void meet(size_t count, const struct junctions_met *met)
{
    enum { STEPS = 40 };
    for (size_t q = 0; q < count; q += JUNCTION_LANES) {
        const lanes is_q = *(const lanes *)(met->is + q), vt_q = *(const lanes *)(met->vt + q),
                    g_q = *(const lanes *)(met->g + q), c_q = *(const lanes *)(met->c + q);
        lanes at, i, steep;
        words open = {0};
        start(&is_q, &vt_q, &g_q, &c_q, &at);
        for (int step = 0; step < STEPS; step++) {
            law(&is_q, &vt_q, &at, &i, &steep);
            lanes rest = c_q - (i + g_q * at), change = rest / (steep + g_q);
            at += change;
            i += steep * change;
            lanes size = MAGNITUDE(at), scale = PICK(size < vt_q, size, vt_q);
            open = ~((words)(change * change <= short_step * vt_q * scale) |
                     (words)(MAGNITUDE(change) <= 4 * DBL_EPSILON * size) |
                     (words)(MAGNITUDE(rest) <= 2 * DBL_EPSILON * MAGNITUDE(c_q)));
            if (!any(&open))
                break;
        }
        *(lanes *)(met->w + q) = PICK(open, at - at + NAN, at);
        *(lanes *)(met->current + q) = i;
        *(lanes *)(met->slope + q) = steep;
    }
}

void junctions_meet(size_t count, const struct junctions_met *met)
{
    meet(count, met);
}
