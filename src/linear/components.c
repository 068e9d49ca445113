#include "linear/components.h"

#include "util/array.h"
#include "util/magnitude.h"
#include <stdlib.h>
#include <string.h>

/* Collect the part of a seed breadth first, from node[end] on; returns the new end. */
static int32_t collect(struct components *components, const struct laplacian *L, const double *ground, double least,
                       int32_t seed, int32_t end)
{
    int32_t begin = end, number = components->count;
    components->part[seed] = number;
    components->node[end++] = seed;
    for (; begin < end; begin++) {
        int32_t j = components->node[begin];
        components->grounded[number] |= ground[j] > 0 && ground[j] >= least;
        for (int32_t q = L->p[j]; q < L->p[j + 1]; q++) {
            int32_t i = L->i[q];
            if (components->part[i] >= 0 || L->x[q] == 0 || -L->x[q] < least)
                continue;
            components->part[i] = number;
            components->node[end++] = i;
        }
    }
    return end;
}

bool components_build(struct components *components, const struct laplacian *L, const double *ground, double least)
{
    size_t n = (size_t)L->n;
    components->part = array_new(n, sizeof *components->part);
    components->start = array_new(n + 1, sizeof *components->start);
    components->node = array_new(n, sizeof *components->node);
    components->grounded = array_new(n, sizeof *components->grounded);
    if (!components->part || !components->start || !components->node || !components->grounded) {
        components_free(components);
        return false;
    }
    memset(components->part, 0xff, n * sizeof *components->part);
    int32_t end = 0;
    for (int32_t i = 0; i < L->n; i++) {
        if (components->part[i] >= 0)
            continue;
        end = collect(components, L, ground, least, i, end);
        components->floating += !components->grounded[components->count];
        components->start[++components->count] = end;
    }
    return true;
}

bool component_search_new(struct component_search *search, int32_t n)
{
    search->queue = array_new((size_t)n, sizeof *search->queue);
    search->reached = array_new((size_t)n, sizeof *search->reached);
    if (search->queue && search->reached)
        return true;
    component_search_free(search);
    return false;
}

void component_search_free(struct component_search *search)
{
    free(search->queue);
    free(search->reached);
    *search = (struct component_search){0};
}

static double largest_conductance(const struct laplacian *L, const double *ground)
{
    double most = largest_magnitude(ground, (size_t)L->n);
    for (int32_t j = 0; j < L->n; j++)
        for (int32_t q = L->p[j]; q < L->p[j + 1]; q++)
            if (L->i[q] != j && -L->x[q] > most)
                most = -L->x[q];
    return most;
}

static int32_t reach(struct component_search *search, int32_t i, int32_t end)
{
    if (search->reached[i])
        return end;
    search->reached[i] = true;
    search->queue[end] = i;
    return end + 1;
}

bool component_search_is_tied(struct component_search *search, const struct laplacian *L, const double *ground,
                              const double *anchor, double spread)
{
    double least = largest_conductance(L, ground) / spread;
    int32_t end = 0;
    memset(search->reached, 0, (size_t)L->n * sizeof *search->reached);
    for (int32_t i = 0; i < L->n; i++) {
        double tie = ground[i] + (anchor ? anchor[i] : 0);
        if (tie > 0 && tie >= least)
            end = reach(search, i, end);
    }
    for (int32_t at = 0; at < end; at++)
        for (int32_t j = search->queue[at], q = L->p[j]; q < L->p[j + 1]; q++)
            if (L->x[q] != 0 && -L->x[q] >= least)
                end = reach(search, L->i[q], end);
    return end == L->n;
}

/* The levels of the part that is reached from queue[*end - 1]; end: of the queue. */
static int32_t count_levels(struct component_search *search, const struct laplacian *L, int32_t *end)
{
    int32_t levels = 0, at = *end - 1;
    while (at < *end) {
        int32_t level_end = *end;
        for (levels++; at < level_end; at++)
            for (int32_t j = search->queue[at], q = L->p[j]; q < L->p[j + 1]; q++)
                *end = reach(search, L->i[q], *end);
    }
    return levels;
}

bool component_levels_count(struct component_levels *levels, const struct laplacian *L)
{
    struct component_search search = {0};
    *levels = (struct component_levels){0};
    if (!component_search_new(&search, L->n))
        return false;
    memset(search.reached, 0, (size_t)L->n * sizeof *search.reached);
    for (int32_t i = 0, end = 0; end < L->n; i++) {
        int32_t before = end;
        end = reach(&search, i, end);
        if (end == before)
            continue;
        int32_t here = count_levels(&search, L, &end);
        levels->all += here;
        levels->most = here > levels->most ? here : levels->most;
    }
    component_search_free(&search);
    return true;
}

void components_free(struct components *components)
{
    free(components->part);
    free(components->start);
    free(components->node);
    free(components->grounded);
    *components = (struct components){0};
}
