#include "grid/clusters.h"

#include "circuit/voltage_loops.h"
#include "linear/factor.h"
#include "util/array.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- members ----------------------------------------------------------------------------------------------------- */

static int by_number(const void *x, const void *y)
{
    const int64_t *a = x, *b = y;
    return (*a > *b) - (*a < *b);
}

uint32_t clusters_member(const struct clusters *clusters, int64_t number)
{
    const int64_t *found = bsearch(&number, clusters->number, clusters->members, sizeof number, by_number);
    return found ? (uint32_t)(found - clusters->number) : UINT32_MAX;
}

/* False when memory is out. */
static bool find_members(struct clusters *clusters)
{
    size_t branches = (size_t)clusters->branches, kept = 0;
    clusters->number = array_new(2 * branches + 1, sizeof *clusters->number);
    clusters->edge = array_new(branches, sizeof *clusters->edge);
    if (!clusters->number || !clusters->edge)
        return false;
    clusters->number[0] = GROUND_NUMBER;
    for (size_t q = 0; q < branches; q++) {
        clusters->number[2 * q + 1] = clusters->branch[q].a;
        clusters->number[2 * q + 2] = clusters->branch[q].k;
    }
    qsort(clusters->number, 2 * branches + 1, sizeof *clusters->number, by_number);
    for (size_t q = 0; q < 2 * branches + 1; q++)
        if (q == 0 || clusters->number[q] != clusters->number[kept - 1])
            clusters->number[kept++] = clusters->number[q];
    clusters->members = (uint32_t)kept;
    for (size_t q = 0; q < branches; q++)
        clusters->edge[q] = (struct forest_edge){clusters_member(clusters, clusters->branch[q].a),
                                                 clusters_member(clusters, clusters->branch[q].k)};
    return forest_build(&clusters->forest, clusters->members, clusters->edge, (uint32_t)branches, NULL);
}

/* Potentials above the roots, and who has none of its own. False when memory is out. */
static bool find_rises(struct clusters *clusters)
{
    const struct forest *forest = &clusters->forest;
    clusters->rise = array_new(clusters->members, sizeof *clusters->rise);
    clusters->tied = array_new(clusters->members, sizeof *clusters->tied);
    if (!clusters->rise || !clusters->tied)
        return false;
    for (uint32_t q = 0; q < clusters->members; q++) {
        uint32_t member = forest->order[q], e = forest->via[member];
        if (e == FOREST_NO_EDGE)
            continue;
        double volts = clusters->branch[e].volts;
        clusters->rise[member] = dd_add_double(clusters->rise[forest->parent[member]],
                                               clusters->edge[e].a == member ? volts : -volts);
    }
    for (uint32_t member = 1; member < clusters->members; member++)
        if (forest->tree[member] == 0 || forest->via[member] != FOREST_NO_EDGE)
            clusters->tied[clusters->ties++] = clusters->number[member];
    return true;
}

/* ---- loops ------------------------------------------------------------------------------------------------------- */

enum { NOTES = 20, NAME = 200 };

/* The name of its element, for all: its rank knows it. */
static void spell(const struct share *share, const struct voltage_branch *branch, char name[NAME])
{
    if (branch->rank == share->ranks.rank) {
        int length;
        const char *own = circuit_spelling(share->circuit, branch->element, &length);
        snprintf(name, NAME, "%.*s", length, own);
    }
    ranks_spread(branch->rank, name, NAME);
}

/* The rank whose branch closes the loop tells it, with the names of those that it goes through. */
static bool report_loop(const struct clusters *clusters, const struct share *share, const struct voltage_loops *loops,
                        uint32_t q, struct diagnostics *diagnostics)
{
    const struct voltage_branch *closing = &clusters->branch[loops->branch[q].number];
    bool is_own = closing->rank == share->ranks.rank;
    uint32_t *path = array_new(clusters->members, sizeof *path);
    char name[NAME] = "";
    if (!ranks_all(path)) {
        free(path);
        return false;
    }
    spell(share, closing, name);
    if (is_own) {
        const struct element *element = &share->circuit->element[closing->element];
        diagnose(diagnostics, OUTCOME_SOURCE_LOOP, element->place, element->name_length,
                 "%s closes a loop of voltage sources whose values differ by %g V", name, loops->branch[q].volts);
    }
    uint32_t length = voltage_loops_path(loops, q, path);
    for (uint32_t s = 0; s < length && s < NOTES; s++) {
        const struct voltage_branch *branch = &clusters->branch[loops->branch[path[s]].number];
        spell(share, branch, name);
        if (is_own)
            diagnose(diagnostics, NOTE, NULL, 0, "%s holds %g V", name, branch->volts);
    }
    free(path);
    return true;
}

static enum grid_status close_loops(struct clusters *clusters, const struct share *share,
                                    struct diagnostics *diagnostics)
{
    struct voltage_loops loops = {0};
    if (clusters->forest.acyclic)
        return GRID_OK;
    bool done = voltage_loops_new(&loops, clusters->members, (uint32_t)clusters->branches);
    if (!ranks_all(done)) {
        voltage_loops_free(&loops);
        return GRID_NO_MEMORY;
    }
    for (uint32_t q = 0; q < loops.branches; q++)
        loops.branch[q] = (struct loop_branch){clusters->branch[q].volts, clusters->edge[q].a, clusters->edge[q].k, q,
                                               LOOP_NONE};
    voltage_loops_find(&loops);
    clusters->left = loops.left;
    uint32_t differing = UINT32_MAX;
    for (uint32_t q = 0; q < loops.branches && differing == UINT32_MAX; q++)
        if (loops.branch[q].state == LOOP_DIFFERS)
            differing = q;
    if (!loops.agree && ranks_all(diagnostics))
        done = report_loop(clusters, share, &loops, differing, diagnostics);
    bool agree = loops.agree;
    voltage_loops_free(&loops);
    return !done ? GRID_NO_MEMORY : agree ? GRID_OK : GRID_UNSOLVED;
}

enum grid_status clusters_build(struct clusters *clusters, const struct share *share, const struct voltage_branch *own,
                                uint32_t count, struct diagnostics *diagnostics)
{
    if (!ranks_gather(&share->ranks, own, count, sizeof *own, &clusters->branch, &clusters->branches, NULL) ||
        !ranks_all(find_members(clusters) && find_rises(clusters)))
        return GRID_NO_MEMORY;
    return close_loops(clusters, share, diagnostics);
}

/* ---- currents ---------------------------------------------------------------------------------------------------- */

/* Where these branches form loops, their currents are those of resistors of 1 ohm in their place, whose sum of squares
 * is the least (Kelvin's principle). into is left with what rounding leaves over. False when memory is out. */
static bool divide(const struct clusters *clusters, struct dd *into, double *current)
{
    const struct forest *forest = &clusters->forest;
    int32_t n = (int32_t)clusters->members;
    struct laplacian L = {0};
    struct conductance *unit = array_new((size_t)clusters->branches, sizeof *unit);
    double *ground = array_new((size_t)n, sizeof *ground), *x = array_new((size_t)n, sizeof *x);
    struct factor *factor = NULL;
    bool done = unit && ground && x;
    for (int64_t q = 0; done && q < clusters->branches; q++)
        unit[q] = (struct conductance){(int32_t)clusters->edge[q].a, (int32_t)clusters->edge[q].k, 1};
    done = done && laplacian_build(&L, n, unit, (size_t)clusters->branches) &&
           (factor = factor_new(&L, FACTOR_CHOLESKY));
    for (int32_t member = 0; done && member < n; member++)
        if (forest->via[member] == FOREST_NO_EDGE) /* a root keeps its potential */
            L.x[L.d[member]] += ground[member] = 1;
    done = done && factor_refactor(factor, &L, ground, NULL) == FACTOR_OK;
    for (int32_t member = 0; done && member < n; member++)
        x[member] = forest->tree[member] == 0 || forest->via[member] != FOREST_NO_EDGE ? dd_value(into[member]) : 0;
    done = done && factor_solve(factor, x, x) == FACTOR_OK;
    for (int64_t q = 0; done && q < clusters->branches; q++) {
        struct forest_edge edge = clusters->edge[q];
        current[q] = x[edge.a] - x[edge.k];
        into[edge.a] = dd_add_double(into[edge.a], -current[q]);
        into[edge.k] = dd_add_double(into[edge.k], current[q]);
    }
    laplacian_free(&L);
    factor_free(factor);
    free(unit);
    free(ground);
    free(x);
    return done;
}

bool clusters_currents(const struct clusters *clusters, struct dd *into, double *current)
{
    const struct forest *forest = &clusters->forest;
    ranks_sum_finely(into, clusters->members);
    memset(current, 0, (size_t)clusters->branches * sizeof *current);
    if (!forest->acyclic && !ranks_all(divide(clusters, into, current)))
        return false;
    for (uint32_t q = clusters->members; q-- > 0;) { /* leaves first: what a tree has left over flows to its root */
        uint32_t member = forest->order[q], e = forest->via[member];
        if (e == FOREST_NO_EDGE)
            continue;
        double out = dd_value(into[member]);
        current[e] += clusters->edge[e].a == member ? out : -out;
        into[forest->parent[member]] = dd_add(into[forest->parent[member]], into[member]);
    }
    return true;
}

void clusters_free(struct clusters *clusters)
{
    free(clusters->branch);
    free(clusters->number);
    free(clusters->edge);
    forest_free(&clusters->forest);
    free(clusters->rise);
    free(clusters->tied);
    *clusters = (struct clusters){0};
}
