#include "convex/tree_currents.h"

#include "util/quad_double.h"
#include <float.h>
#include <math.h>

static uint32_t edge_above(const struct tree_currents *tree, uint32_t node)
{
    uint32_t e = tree->forest->via[node];
    return tree->edge_of ? tree->edge_of[e] : e;
}

/* Does the tree begin anew here, as far as currents go? */
static bool is_top(const struct tree_currents *tree, uint32_t node)
{
    return tree->forest->via[node] == FOREST_NO_EDGE || edge_above(tree, node) >= tree->holding;
}

static void begin(struct tree_currents *tree, uint32_t node)
{
    tree->mainstream[node] = node;
    tree->noise[node] = tree->rounding * tree->size[node];
}

static struct qd over_at(const struct tree_currents *tree, uint32_t node)
{
    struct dd over = tree->over[node], under = tree->under[node];
    return (struct qd){{over.hi, over.lo, under.hi, under.lo}};
}

/* What is over at a node goes on to the next. */
static void pass_on(struct tree_currents *tree, uint32_t node, uint32_t up)
{
    if (!tree->under) {
        tree->over[up] = dd_add(tree->over[up], tree->over[node]);
        return;
    }
    struct qd sum = qd_add(over_at(tree, up), over_at(tree, node));
    tree->over[up] = qd_value(sum);
    tree->under[up] = (struct dd){sum.part[2], sum.part[3]};
}

/* Take what is over at `top` to where it is rounding of what meets there: down the largest currents. */
static void leave_over(const struct tree_currents *tree, uint32_t top, double *f)
{
    double over = fabs(dd_value(tree->over[top]));
    for (uint32_t node = tree->mainstream[top], up = top; node != up; up = node, node = tree->mainstream[node]) {
        uint32_t e = edge_above(tree, node);
        if (f[e] == 0 || over <= 32 * DBL_EPSILON * (tree->size[up] + fabs(f[e])))
            return;
        struct dd left = dd_sub(tree->over[node], tree->over[top]);
        f[e] = tree->edge[e].a == node ? dd_value(left) : -dd_value(left);
    }
}

static double flow_above(const struct tree_currents *tree, uint32_t node, const double *f)
{
    return fabs(f[edge_above(tree, node)]);
}

void tree_currents_find(struct tree_currents *tree, double *f)
{
    const struct forest *forest = tree->forest;
    for (uint32_t q = 0; q < tree->followers; q++) {
        begin(tree, tree->follower[q]);
        if (forest->via[forest->parent[tree->follower[q]]] == FOREST_NO_EDGE)
            begin(tree, forest->parent[tree->follower[q]]);
    }
    for (uint32_t q = tree->followers; q-- > 0;) {
        uint32_t node = tree->follower[q], e = edge_above(tree, node), up = forest->parent[node];
        double over = dd_value(tree->over[node]), flow = tree->edge[e].a == node ? over : -over;
        if (is_top(tree, node) || tree->leaving[node] == 0 ||
            (tree->one_way[e] && flow < 0 && -flow <= tree->noise[node])) {
            f[e] = 0; /* there is none, or rounding, which cannot flow backwards */
            leave_over(tree, node, f);
            continue;
        }
        f[e] = flow;
        pass_on(tree, node, up);
        tree->noise[up] += tree->noise[node];
        tree->leaving[up] ^= tree->leaving[node];
        if (tree->mainstream[up] == up || fabs(flow) > flow_above(tree, tree->mainstream[up], f))
            tree->mainstream[up] = node;
    }
    for (uint32_t q = 0; q < tree->followers; q++) {
        uint32_t up = forest->parent[tree->follower[q]];
        if (forest->via[up] == FOREST_NO_EDGE && (q == 0 || forest->parent[tree->follower[q - 1]] != up))
            leave_over(tree, up, f);
    }
    for (uint32_t q = 0; q < tree->followers; q++) {
        uint32_t node = tree->follower[q], e = edge_above(tree, node);
        if (tree->one_way[e] && f[e] < 0 && -f[e] <= tree->noise[node])
            f[e] = 0;
    }
}
