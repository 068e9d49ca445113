#include "proof/drop_loops.h"

#include "util/disjoint.h"
#include <math.h>
#include <string.h>

static const double of_drops = 1024 * DBL_EPSILON * DBL_EPSILON; /* of the largest sum of drops along a path */

struct rise drop_loops_rise(const struct branch *branch, struct dd u)
{
    if (isinf(branch->slope) && branch->relative > 0)
        return (struct rise){u, {0, 0}};
    return (struct rise){dd_from(branch->emf), branch->drop};
}

static struct rise rise_add(struct rise p, struct rise q)
{
    return (struct rise){dd_add(p.emf, q.emf), dd_add(p.drop, q.drop)};
}

static struct rise rise_sub(struct rise p, struct rise q)
{
    return (struct rise){dd_sub(p.emf, q.emf), dd_sub(p.drop, q.drop)};
}

void drop_loops_begin(const struct drop_loops *loops)
{
    disjoint_init(loops->set, loops->nodes);
    memset(loops->above, 0, loops->nodes * sizeof *loops->above);
}

/* The root of a node's set; *above: the node's rise above the root. */
static uint32_t root_of(const struct drop_loops *loops, uint32_t node, struct rise *above)
{
    uint32_t *set = loops->set;
    *above = (struct rise){{0, 0}, {0, 0}};
    while (set[node] != node) {
        uint32_t up = set[node];
        if (set[up] != up) { /* path halving */
            loops->above[node] = rise_add(loops->above[node], loops->above[up]);
            set[node] = set[up];
        }
        *above = rise_add(*above, loops->above[node]);
        node = set[node];
    }
    return node;
}

bool drop_loops_join(const struct drop_loops *loops, uint32_t a, uint32_t k, struct rise by, double *left,
                     double *floor)
{
    struct rise above_a, above_k;
    a = root_of(loops, a, &above_a);
    k = root_of(loops, k, &above_k);
    struct rise rest = rise_sub(rise_sub(above_a, above_k), by);
    double size = fmax(fabs(by.emf.hi), fmax(fabs(above_a.emf.hi), fabs(above_k.emf.hi)));
    double drops = fmax(fabs(by.drop.hi), fmax(fabs(above_a.drop.hi), fabs(above_k.drop.hi)));
    bool closes = fabs(rest.emf.hi) <= of_drops * size;
    *floor = of_drops * drops + DBL_MIN;
    *left = fabs(dd_value(closes ? rest.drop : dd_add(rest.emf, rest.drop)));
    if (a == k)
        return false;
    uint32_t low = a < k ? a : k, high = a < k ? k : a;
    loops->set[high] = low;
    loops->above[high] = high == a ? rise_sub((struct rise){{0, 0}, {0, 0}}, rest) : rest;
    return true;
}

double drop_loops_relative(double left, double floor, double drop)
{
    double relative = left <= floor ? 0 : (left - floor) / drop;
    return isnan(relative) ? INFINITY : relative;
}
