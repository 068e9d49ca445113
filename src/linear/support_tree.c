#include "linear/support_tree.h"

#include "linear/components.h"
#include "util/array.h"
#include "util/disjoint.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A tree may serve where its middle conductance is that many times the middle one of the others, and as many times as a
 * way through the network has conductances: what joins the ends of a longer one is better than the way. */
static const double least_step = 32; /* S/S; test: support_tree_is_chosen */

/* It does where what it leaves out at an unknown is on the mean no more than that of the unknown's conductances. */
static const double most_left_out = 0.2; /* S/S; test: values_leave_the_support_tree */

/* Iterations for each decade of the residual: more take longer than a factor of a crossbar. The first few tell. Test:
 * slow_support_tree_turns_direct. */
enum { ITERATIONS_A_DECADE = 7, FIRST_ITERATIONS = 12 };

/* A conductance between unknowns or, later, places. */
struct tie {
    int32_t i, j;
    double g; /* S */
};

/* Places are those of unknowns in the order of elimination, children before their parent. */
struct support_tree {
    int32_t n;
    void *block;
    int32_t *order;     /* [n] the unknown of each place */
    int32_t *parent;    /* [n] its place; a root is its own */
    double *up;         /* [n] conductance to the parent, S; 0 at a root */
    double *ground;     /* [n] conductance to ground, anchors too, S */
    double *resistance; /* [n] 1 / pivot of the elimination, ohm */
    double *passed;     /* [n] up / pivot: what is passed on to the parent, and from it */
    struct tie *across; /* [ties] places that are joined beside the tree */
    size_t ties;
    double *x, *r, *z, *direction, *image; /* [n] of conjugate gradients: x, r, z, p, Ap */
    double left;        /* of the right-hand side of the last solve, by norm */
    int iterations;     /* since setup */
};

bool support_tree_may_serve(const struct laplacian *A)
{
    struct component_levels levels;
    bool is_forest = A->p[A->n] < 3 * (int64_t)A->n; /* at most n - 1 ties: a factor of it has no fill */
    double step = is_forest ? 0 : laplacian_step_below_tree(A);
    return step >= least_step && component_levels_count(&levels, A) && step > levels.most;
}

struct support_tree *support_tree_new(const struct laplacian *A)
{
    struct support_tree *tree = calloc(1, sizeof *tree);
    if (!tree)
        return NULL;
    size_t n = (size_t)A->n, ties = ((size_t)A->p[A->n] - n) / 2;
    tree->n = A->n;
    const struct array_request request[] = {
        {&tree->order, n, sizeof *tree->order},           {&tree->parent, n, sizeof *tree->parent},
        {&tree->up, n, sizeof *tree->up},                 {&tree->ground, n, sizeof *tree->ground},
        {&tree->resistance, n, sizeof *tree->resistance}, {&tree->passed, n, sizeof *tree->passed},
        {&tree->across, ties, sizeof *tree->across},      {&tree->x, n, sizeof *tree->x},
        {&tree->r, n, sizeof *tree->r},                   {&tree->z, n, sizeof *tree->z},
        {&tree->direction, n, sizeof *tree->direction},   {&tree->image, n, sizeof *tree->image},
    };
    tree->block = arrays_new(request, sizeof request / sizeof *request);
    if (tree->block)
        return tree;
    free(tree);
    return NULL;
}

void support_tree_free(struct support_tree *tree)
{
    if (!tree)
        return;
    free(tree->block);
    free(tree);
}

/* ---- the tree ---------------------------------------------------------------------------------------------------- */

/* What a tree is found with. */
struct search {
    void *block;
    struct tie *tie;    /* [ties] all of them, the larger size first */
    size_t ties;
    bool *taken;        /* [ties] the tree has it */
    uint32_t *set;      /* [n] disjoint sets of unknowns; then the place of each */
    int32_t *start;     /* [n + 1] into incident */
    uint32_t *incident; /* [start[n]] the ties of each unknown that the tree has */
    int32_t *stack;     /* [n] */
};

static bool search_new(struct search *search, const struct laplacian *A)
{
    size_t n = (size_t)A->n, most = ((size_t)A->p[A->n] - n) / 2;
    const struct array_request request[] = {
        {&search->tie, most, sizeof *search->tie},        {&search->taken, most, sizeof *search->taken},
        {&search->set, n, sizeof *search->set},           {&search->start, n + 1, sizeof *search->start},
        {&search->incident, 2 * n, sizeof *search->incident}, {&search->stack, n, sizeof *search->stack},
    };
    search->block = arrays_new(request, sizeof request / sizeof *request);
    return search->block;
}

static void list_ties(struct search *search, const struct laplacian *A)
{
    enum { LAST = CONDUCTANCE_SIZES - 1 };
    size_t first[CONDUCTANCE_SIZES + 1] = {0}; /* of each size, the largest first */
    for (int32_t j = 0; j < A->n; j++)
        for (int32_t q = A->p[j]; q < A->d[j]; q++)
            if (A->x[q] < 0)
                first[LAST - conductance_size(A->x[q]) + 1]++;
    for (size_t k = 0; k < CONDUCTANCE_SIZES; k++)
        first[k + 1] += first[k];
    search->ties = first[CONDUCTANCE_SIZES];
    for (int32_t j = 0; j < A->n; j++)
        for (int32_t q = A->p[j]; q < A->d[j]; q++)
            if (A->x[q] < 0)
                search->tie[first[LAST - conductance_size(A->x[q])]++] = (struct tie){A->i[q], j, -A->x[q]};
}

/* A spanning forest of largest conductances, by size: Kruskal's algorithm (1956). */
static void take_ties(struct search *search, uint32_t n)
{
    disjoint_init(search->set, n);
    for (size_t q = 0; q < search->ties; q++)
        search->taken[q] = disjoint_join(search->set, (uint32_t)search->tie[q].i, (uint32_t)search->tie[q].j);
}

static void list_incident(struct search *search, size_t n)
{
    int32_t *end = search->stack; /* of each unknown's as far as they are listed */
    for (size_t q = 0; q < search->ties; q++)
        if (search->taken[q]) {
            search->start[search->tie[q].i + 1]++;
            search->start[search->tie[q].j + 1]++;
        }
    for (size_t i = 0; i < n; i++)
        search->start[i + 1] += search->start[i];
    memcpy(end, search->start, n * sizeof *end);
    for (uint32_t q = 0; q < search->ties; q++)
        if (search->taken[q]) {
            search->incident[end[search->tie[q].i]++] = q;
            search->incident[end[search->tie[q].j]++] = q;
        }
}

#define NO_PLACE UINT32_MAX

/* Places for the unknowns of the tree that has root, from the end downwards, depth first, so that what follows each
 * other in a chain does so in its places. Returns the last one. */
static uint32_t place_tree(struct support_tree *tree, struct search *search, int32_t root, uint32_t place)
{
    size_t depth = 1;
    search->stack[0] = root;
    while (depth > 0) {
        int32_t u = search->stack[--depth];
        uint32_t parent = --place;
        search->set[u] = place;
        tree->order[place] = u;
        for (int32_t q = search->start[u]; q < search->start[u + 1]; q++) {
            const struct tie *tie = &search->tie[search->incident[q]];
            int32_t other = tie->i == u ? tie->j : tie->i;
            if (search->set[other] == NO_PLACE) {
                search->stack[depth++] = other;
                continue;
            }
            parent = search->set[other];
            tree->up[place] = tie->g;
        }
        tree->parent[place] = (int32_t)parent;
    }
    return place;
}

static void place_all(struct support_tree *tree, struct search *search)
{
    uint32_t place = (uint32_t)tree->n;
    memset(search->set, 0xff, (size_t)tree->n * sizeof *search->set);
    memset(tree->up, 0, (size_t)tree->n * sizeof *tree->up);
    for (int32_t u = 0; u < tree->n; u++)
        if (search->set[u] == NO_PLACE && search->start[u + 1] - search->start[u] <= 1) /* an end */
            place = place_tree(tree, search, u, place);
    assert(place == 0);
}

/* Those with the bit in j, or in i, behind the others. Returns how many have it not. */
static size_t part_by_bit(struct tie *tie, size_t ties, int bit, bool by_j)
{
    size_t without = 0;
    for (size_t q = 0; q < ties; q++) {
        struct tie here = tie[q];
        if (((by_j ? here.j : here.i) >> bit) & 1)
            continue;
        tie[q] = tie[without];
        tie[without++] = here;
    }
    return without;
}

/* In Morton's order of (i, j) (1966), so that those which follow each other join places near to each other at both
 * ends, be the lines that they join as long as they may. */
static void order_across(struct tie *tie, size_t ties, int bit, bool by_j)
{
    enum { FEW = 32 };
    if (ties <= FEW || bit < 0)
        return;
    size_t without = part_by_bit(tie, ties, bit, by_j);
    order_across(tie, without, by_j ? bit - 1 : bit, !by_j);
    order_across(tie + without, ties - without, by_j ? bit - 1 : bit, !by_j);
}

static void list_across(struct support_tree *tree, const struct search *search)
{
    enum { LAST_BIT = 30 };
    tree->ties = 0;
    for (size_t q = 0; q < search->ties; q++) {
        const struct tie *tie = &search->tie[q];
        int32_t i = (int32_t)search->set[tie->i], j = (int32_t)search->set[tie->j];
        if (!search->taken[q])
            tree->across[tree->ties++] = (struct tie){i < j ? i : j, i < j ? j : i, tie->g};
    }
    order_across(tree->across, tree->ties, LAST_BIT, false);
}

static bool find_tree(struct support_tree *tree, const struct laplacian *A)
{
    struct search search = {0};
    if (!search_new(&search, A))
        return false;
    list_ties(&search, A);
    take_ties(&search, (uint32_t)A->n);
    list_incident(&search, (size_t)A->n);
    place_all(tree, &search);
    list_across(tree, &search);
    free(search.block);
    return true;
}

/* Pivots of the tree, with what joins its places across as if it led to ground. False: one is not positive. left_out:
 * the part of that in an unknown's conductances, on the mean. */
static bool eliminate(struct support_tree *tree, double *left_out)
{
    size_t size = (size_t)tree->n * sizeof(double);
    double *across = tree->x, *below = tree->z, *branches = tree->r, sum = 0; /* below: to ground, of what has gone */
    bool positive = true;
    memset(across, 0, size);
    memset(below, 0, size);
    memset(branches, 0, size);
    for (size_t q = 0; q < tree->ties; q++) {
        across[tree->across[q].i] += tree->across[q].g;
        across[tree->across[q].j] += tree->across[q].g;
    }
    for (int32_t i = 0; i < tree->n; i++) {
        double ground = tree->ground[i] + across[i] + below[i], up = tree->up[i];
        tree->resistance[i] = 1 / (ground + up);
        tree->passed[i] = up / (ground + up);
        positive = positive && tree->resistance[i] > 0 && !isinf(tree->resistance[i]);
        below[tree->parent[i]] += ground * tree->passed[i]; /* a root passes nothing */
        branches[tree->parent[i]] += up;
        branches[i] += up;
        sum += across[i] > 0 ? across[i] / (across[i] + tree->ground[i] + branches[i]) : 0;
    }
    *left_out = tree->n > 0 ? sum / tree->n : 0;
    return positive;
}

enum iteration_status support_tree_setup(struct support_tree *tree, const struct laplacian *A, const double *ground,
                                         const double *anchor)
{
    double left_out;
    assert(A->n == tree->n);
    tree->iterations = 0;
    if (!find_tree(tree, A))
        return ITERATION_NO_MEMORY;
    for (int32_t i = 0; i < tree->n; i++)
        tree->ground[i] = ground[tree->order[i]] + (anchor ? anchor[tree->order[i]] : 0);
    return eliminate(tree, &left_out) && left_out <= most_left_out ? ITERATION_OK : ITERATION_STALLED;
}

/* ---- solving ----------------------------------------------------------------------------------------------------- */

/* From the leaves to the roots: the currents of r and of what is below, into z. First x += step p, r -= step Ap.
 * Returns r'r; rz: r'z of the z that spread_and_apply makes of these. */
static double step_and_gather(struct support_tree *tree, double step, double *rz)
{
    const int32_t *parent = tree->parent;
    const double *resistance = tree->resistance, *passed = tree->passed;
    const double *direction = tree->direction, *image = tree->image;
    double *x = tree->x, *r = tree->r, *z = tree->z, square = 0, energy = 0;
    memset(z, 0, (size_t)tree->n * sizeof *z);
    for (int32_t i = 0; i < tree->n; i++) {
        x[i] += step * direction[i];
        r[i] -= step * image[i];
        square += r[i] * r[i];
        double current = z[i] + r[i];
        energy += resistance[i] * current * current;
        z[parent[i]] += passed[i] * current; /* a root passes nothing */
        z[i] = current;
    }
    *rz = energy;
    return square;
}

/* From the roots to the leaves: z from currents to potentials, p = z + beta p, Ap. Returns p'Ap. */
static double spread_and_apply(struct support_tree *tree, double beta)
{
    const int32_t *parent = tree->parent;
    const double *resistance = tree->resistance, *passed = tree->passed, *up = tree->up, *ground = tree->ground;
    double *z = tree->z, *p = tree->direction, *image = tree->image, energy = 0;
    for (int32_t i = tree->n - 1; i >= 0; i--) {
        z[i] = resistance[i] * z[i] + passed[i] * z[parent[i]];
        p[i] = z[i] + beta * p[i];
        double v = p[i] - p[parent[i]], current = up[i] * v;
        image[parent[i]] -= current; /* a root: 0, before its own */
        image[i] = current + ground[i] * p[i];
        energy += current * v + ground[i] * p[i] * p[i];
    }
    for (size_t q = 0; q < tree->ties; q++) {
        const struct tie *tie = &tree->across[q];
        double v = p[tie->i] - p[tie->j], current = tie->g * v;
        image[tie->i] += current;
        image[tie->j] -= current;
        energy += current * v;
    }
    return energy;
}

/* Are they fast enough? */
static bool is_fast(int iterations, double left)
{
    return iterations < FIRST_ITERATIONS || iterations < -log10(left) * ITERATIONS_A_DECADE;
}

/* Conjugate gradients by Hestenes and Stiefel (1952), from 0; r'r: all. */
static enum iteration_status iterate(struct support_tree *tree, double accuracy, double all)
{
    size_t size = (size_t)tree->n * sizeof *tree->x;
    double step = 0, rz = 0;
    memset(tree->x, 0, size);
    memset(tree->direction, 0, size);
    memset(tree->image, 0, size);
    for (int iterations = 0;; iterations++, tree->iterations++) {
        double before = rz;
        tree->left = sqrt(step_and_gather(tree, step, &rz) / all);
        if (tree->left <= accuracy)
            return ITERATION_OK;
        if (!is_fast(iterations, tree->left))
            return ITERATION_STALLED;
        double energy = spread_and_apply(tree, before > 0 ? rz / before : 0);
        if (!(energy > 0))
            return ITERATION_STALLED;
        step = rz / energy;
    }
}

enum iteration_status support_tree_solve(struct support_tree *tree, double accuracy, const double *b, double *x)
{
    double size = 0, all = 0;
    for (int32_t i = 0; i < tree->n; i++)
        size += fabs(b[i]);
    tree->left = 0;
    if (size == 0) {
        memset(x, 0, (size_t)tree->n * sizeof *x);
        return ITERATION_OK;
    }
    for (int32_t i = 0; i < tree->n; i++) {
        tree->r[i] = b[tree->order[i]] / size;
        all += tree->r[i] * tree->r[i];
    }
    enum iteration_status status = isfinite(size) ? iterate(tree, accuracy, all) : ITERATION_STALLED;
    for (int32_t i = 0; status == ITERATION_OK && i < tree->n; i++)
        x[tree->order[i]] = size * tree->x[i];
    return status;
}

double support_tree_residual(const struct support_tree *tree)
{
    return tree->left;
}

int support_tree_iterations(const struct support_tree *tree)
{
    return tree->iterations;
}
