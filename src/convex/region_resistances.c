/* What currents between some nodes and ground do to their potentials. */
#include "convex/region_parts.h"

#include "util/array.h"
#include <stdlib.h>
#include <string.h>

/* Where the ports' currents go: the whole matrix, or what of it is near. */
struct network {
    struct factor *factor;
    const int32_t *unknown; /* [nodes] the ports' */
    size_t n;               /* unknowns */
};

/* The unknown that is a node's potential, or GROUND_UNKNOWN where it is held. */
static int32_t *find_unknowns(const struct linear_region *region, uint32_t nodes, const uint32_t *node)
{
    int32_t *unknown = array_new(nodes, sizeof *unknown);
    for (uint32_t m = 0; unknown && m < nodes; m++)
        unknown[m] = forest_unknown(&region->forest, node[m]);
    return unknown;
}

/* The rows from `first` on, as many as go together. d, work [n][FACTOR_LANES]. */
static enum region_status respond_together(const struct network *network, uint32_t nodes, uint32_t first, double *d,
                                           double *work, double *ohm)
{
    const int32_t *unknown = network->unknown;
    uint32_t count = nodes - first < FACTOR_LANES ? nodes - first : FACTOR_LANES;
    memset(d, 0, network->n * FACTOR_LANES * sizeof *d);
    for (uint32_t c = 0; c < count; c++)
        if (unknown[first + c] != GROUND_UNKNOWN)
            d[(size_t)unknown[first + c] * FACTOR_LANES + c] = 1;
    enum factor_status done = factor_solve_lanes(network->factor, d, work);
    for (uint32_t c = 0; c < count; c++)
        for (uint32_t m = 0; m < nodes; m++)
            ohm[(size_t)(first + c) * nodes + m] =
                unknown[m] != GROUND_UNKNOWN ? d[(size_t)unknown[m] * FACTOR_LANES + c] : 0;
    return region_status_of(done);
}

static enum region_status respond(const struct network *network, uint32_t nodes, double *ohm)
{
    enum region_status status = REGION_OK;
    size_t size = network->n * FACTOR_LANES;
    double *d = array_new(2 * size, sizeof *d);
    if (!d)
        return REGION_NO_MEMORY;
    for (uint32_t first = 0; status == REGION_OK && size > 0 && first < nodes; first += FACTOR_LANES)
        status = respond_together(network, nodes, first, d, d + size, ohm);
    free(d);
    return status;
}

enum region_status region_resistances(struct linear_region *region, uint32_t nodes, const uint32_t *node,
                                      double accuracy, double *ohm, struct solve_info *info)
{
    enum region_status status = region_begin_response(region, info);
    if (status == REGION_OK && region_fault(region))
        status = REGION_UNSOLVED;
    int32_t *unknown = status == REGION_OK ? find_unknowns(region, nodes, node) : NULL;
    if (status == REGION_OK && !unknown)
        status = REGION_NO_MEMORY;
    if (status == REGION_OK && region->L.n > 0) {
        const struct network all = {region->factor, unknown, (size_t)region->L.n};
        factor_set_accuracy(region->factor, accuracy);
        status = respond(&all, nodes, ohm);
    }
    free(unknown);
    return status;
}

/* ---- nearby ------------------------------------------------------------------------------------------------------ */

/* The unknowns that are nearest to some of the matrix's. */
struct neighbourhood {
    int32_t n, most;    /* members, and those that there is room for */
    int32_t *member;    /* [n] unknowns of the matrix, from the nearest on */
    int32_t *place;     /* [unknowns] their number here + 1; 0: it is further away */
    struct laplacian L; /* of the members, where all others have 0 V */
    double *ground;     /* [n] S */
};

static void take(struct neighbourhood *near, int32_t unknown)
{
    if (unknown == GROUND_UNKNOWN || near->place[unknown] > 0 || near->n == near->most)
        return;
    near->member[near->n] = unknown;
    near->place[unknown] = ++near->n;
}

/* From what some nodes are on, as far as there is room. */
static void go_out(struct neighbourhood *near, const struct laplacian *L, uint32_t nodes, const int32_t *unknown)
{
    for (uint32_t m = 0; m < nodes; m++)
        take(near, unknown[m]);
    for (int32_t next = 0; next < near->n; next++)
        for (int32_t j = near->member[next], q = L->p[j]; q < L->p[j + 1]; q++)
            if (L->x[q] < 0)
                take(near, L->i[q]);
}

/* The principal submatrix of the members. False when memory is out. */
static bool cut_out(struct neighbourhood *near, const struct linear_region *region)
{
    const struct laplacian *L = &region->L;
    size_t most = 0, m = 0;
    for (int32_t k = 0; k < near->n; k++)
        most += (size_t)(L->p[near->member[k] + 1] - L->p[near->member[k]]);
    struct conductance *edge = array_new(most, sizeof *edge);
    near->ground = array_new((size_t)near->n, sizeof *near->ground);
    for (int32_t k = 0; edge && near->ground && k < near->n; k++) {
        int32_t j = near->member[k];
        near->ground[k] = region->ground[j];
        for (int32_t q = L->p[j]; q < L->p[j + 1]; q++) {
            int32_t other = near->place[L->i[q]] - 1;
            if (other < 0)
                near->ground[k] -= L->x[q];
            else if (other < k)
                edge[m++] = (struct conductance){k, other, -L->x[q]};
        }
        edge[m++] = (struct conductance){k, GROUND_UNKNOWN, near->ground[k]};
    }
    bool done = edge && near->ground && laplacian_build(&near->L, near->n, edge, m);
    free(edge);
    return done;
}

static enum region_status respond_nearby(const struct neighbourhood *near, uint32_t nodes, const int32_t *unknown,
                                         double *ohm)
{
    struct factor *factor = factor_new(&near->L, FACTOR_CHOLESKY);
    int32_t *here = array_new(nodes, sizeof *here);
    enum region_status status = REGION_NO_MEMORY;
    if (factor && here) {
        for (uint32_t m = 0; m < nodes; m++)
            here[m] = unknown[m] == GROUND_UNKNOWN ? GROUND_UNKNOWN : near->place[unknown[m]] - 1;
        const struct network network = {factor, here, (size_t)near->n};
        status = region_status_of(factor_refactor(factor, &near->L, near->ground, NULL));
        if (status == REGION_OK)
            status = respond(&network, nodes, ohm);
    }
    free(here);
    factor_free(factor);
    return status;
}

enum region_status region_resistances_nearby(struct linear_region *region, uint32_t nodes, const uint32_t *node,
                                             uint32_t most, double *ohm)
{
    int32_t n = most < (uint32_t)region->L.n ? (int32_t)most : region->L.n;
    struct neighbourhood near = {.most = n,
                                 .member = array_new((size_t)n, sizeof *near.member),
                                 .place = array_new((size_t)region->L.n, sizeof *near.place)};
    int32_t *unknown = find_unknowns(region, nodes, node);
    enum region_status status = REGION_NO_MEMORY;
    if (near.member && near.place && unknown) {
        go_out(&near, &region->L, nodes, unknown);
        if (cut_out(&near, region))
            status = respond_nearby(&near, nodes, unknown, ohm);
    }
    free(near.member);
    free(near.place);
    free(near.ground);
    laplacian_free(&near.L);
    free(unknown);
    return status;
}
