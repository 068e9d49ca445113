#include "analysis/batch_order.h"

#include "util/array.h"
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

/* Inputs that vary, and bits of the place along the curve; of a place along an input. */
enum { MOST_AXES = 16, KEY_BITS = 64, MOST_BITS = 32 };

struct place {
    uint64_t key; /* along the curve */
    size_t point;
};

/* The inputs that vary, and their ranges. */
struct box {
    unsigned axes, bits; /* of a place along each */
    size_t input[MOST_AXES];
    double least[MOST_AXES], width[MOST_AXES];
};

static void find_range(size_t points, size_t inputs, const double *own, double *least, double *most)
{
    *least = INFINITY;
    *most = -INFINITY;
    for (size_t p = 0; p < points; p++) {
        double x = own[p * inputs];
        if (!isfinite(x))
            continue;
        *least = x < *least ? x : *least;
        *most = x > *most ? x : *most;
    }
}

/* False where there are too many axes. */
static bool find_box(size_t points, size_t inputs, const double *setting, struct box *box)
{
    *box = (struct box){0};
    for (size_t q = 0; q < inputs; q++) {
        double least, most;
        find_range(points, inputs, setting + q, &least, &most);
        double width = most - least;
        if (!(width > 0 && isfinite(width)))
            continue;
        if (box->axes == MOST_AXES)
            return false;
        box->input[box->axes] = q;
        box->least[box->axes] = least;
        box->width[box->axes++] = width;
    }
    box->bits = box->axes > KEY_BITS / MOST_BITS ? KEY_BITS / box->axes : MOST_BITS;
    return true;
}

/* Places along the axes become the bits, by axes, of one along Hilbert's curve. Source: J. Skilling, "Programming the
 * Hilbert curve", AIP Conference Proceedings 707 (2004), 381. */
static void turn_along_curve(const struct box *box, uint32_t *x)
{
    const uint32_t top = UINT32_C(1) << (box->bits - 1);
    for (uint32_t bit = top; bit > 1; bit >>= 1)
        for (unsigned axis = 0; axis < box->axes; axis++) {
            uint32_t swapped = x[axis] & bit ? 0 : (x[0] ^ x[axis]) & (bit - 1);
            x[0] ^= x[axis] & bit ? bit - 1 : swapped;
            x[axis] ^= swapped;
        }
    uint32_t turned = 0; /* what follows is a Gray code */
    for (unsigned axis = 1; axis < box->axes; axis++)
        x[axis] ^= x[axis - 1];
    for (uint32_t bit = top; bit > 1; bit >>= 1)
        turned ^= x[box->axes - 1] & bit ? bit - 1 : 0;
    for (unsigned axis = 0; axis < box->axes; axis++)
        x[axis] ^= turned;
}

static uint64_t key_of(const struct box *box, const double *setting)
{
    uint32_t x[MOST_AXES];
    uint64_t key = 0;
    const double last = ldexp(1, (int)box->bits) - 1;
    for (unsigned axis = 0; axis < box->axes; axis++) {
        double own = setting[box->input[axis]];
        x[axis] = isfinite(own) ? (uint32_t)((own - box->least[axis]) / box->width[axis] * last) : 0;
    }
    if (box->axes > 1)
        turn_along_curve(box, x);
    for (unsigned bit = box->bits; bit-- > 0;)
        for (unsigned axis = 0; axis < box->axes; axis++)
            key = key << 1 | (x[axis] >> bit & 1);
    return key;
}

static int by_key(const void *left, const void *right)
{
    const struct place *a = left, *b = right;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return a->point < b->point ? -1 : a->point > b->point;
}

bool batch_order(size_t points, size_t inputs, const double *setting, size_t *order)
{
    struct box box;
    struct place *place = NULL;
    bool ordered = find_box(points, inputs, setting, &box) && box.axes > 0;
    if (ordered && !(place = array_new(points, sizeof *place)))
        return false;
    for (size_t p = 0; p < points; p++)
        order[p] = p;
    for (size_t p = 0; ordered && p < points; p++)
        place[p] = (struct place){key_of(&box, setting + p * inputs), p};
    if (ordered)
        qsort(place, points, sizeof *place, by_key);
    for (size_t p = 0; ordered && p < points; p++)
        order[p] = place[p].point;
    free(place);
    return true;
}
