#include "laplacians.h"

#include "assertions.h"
#include "util/array.h"
#include <math.h>
#include <stdlib.h>

void conductors_join(struct conductors *network, int32_t i, int32_t j, double g)
{
    ck_assert(array_reserve(&network->edge, &network->room, network->edges + 1, sizeof *network->edge));
    network->edge[network->edges++] = (struct conductance){i, j, g};
}

void conductors_build(struct conductors *network)
{
    size_t n = (size_t)network->n;
    network->ground = array_new(n, sizeof *network->ground);
    network->anchor = array_new(n, sizeof *network->anchor);
    ck_assert(laplacian_build(&network->L, network->n, network->edge, network->edges));
    for (size_t e = 0; e < network->edges; e++)
        if (network->edge[e].j == GROUND_UNKNOWN)
            network->ground[network->edge[e].i] += network->edge[e].g;
}

void conductors_rebuild(struct conductors *network)
{
    double *anchor = network->anchor;
    laplacian_free(&network->L);
    free(network->ground);
    conductors_build(network);
    free(network->anchor);
    network->anchor = anchor;
}

void conductors_free(struct conductors *network)
{
    laplacian_free(&network->L);
    free(network->edge);
    free(network->ground);
    free(network->anchor);
}

uint32_t draw_below(struct random *random, uint32_t limit)
{
    return (uint32_t)((random_uniform(random) + 1) / 2 * limit) % limit;
}

double draw_conductance(struct random *random, double decades)
{
    return pow(10, decades * random_uniform(random));
}

struct conductors grid_conductors(int32_t side)
{
    struct conductors network = {.n = side * side};
    for (int32_t i = 0; i < network.n; i++) {
        if (i % side + 1 < side)
            conductors_join(&network, i, i + 1, 1 + i % 7);
        if (i + side < network.n)
            conductors_join(&network, i, i + side, 1 + i % 5);
    }
    conductors_join(&network, 0, GROUND_UNKNOWN, 1);
    conductors_build(&network);
    return network;
}

struct conductors random_conductors(struct random *random, int32_t n, uint32_t more, double decades)
{
    struct conductors network = {.n = n};
    conductors_join(&network, 0, GROUND_UNKNOWN, draw_conductance(random, decades));
    for (int32_t i = 1; i < n; i++) {
        int32_t j = (int32_t)draw_below(random, (uint32_t)i);
        conductors_join(&network, i, j, draw_conductance(random, decades));
    }
    for (uint32_t e = 0; e < more; e++) {
        int32_t i = (int32_t)draw_below(random, (uint32_t)n);
        int32_t j = (int32_t)draw_below(random, (uint32_t)n + 1);
        if (i != j)
            conductors_join(&network, i, j == n ? GROUND_UNKNOWN : j, draw_conductance(random, decades));
    }
    conductors_build(&network);
    return network;
}

struct conductors long_ladder(double tie, double link)
{
    struct conductors network = {.n = 24000};
    for (int32_t i = 0; i + 1 < network.n; i++)
        conductors_join(&network, i, i + 1, i == network.n / 2 ? link : 1000);
    conductors_join(&network, 0, GROUND_UNKNOWN, tie);
    conductors_build(&network);
    return network;
}
