#include "linear/port_resistances.h"

#include "util/array.h"
#include <stdlib.h>
#include <string.h>

/* Right-hand sides that go together. */
struct lanes {
    size_t size;      /* [n][FACTOR_LANES] */
    double *d, *work; /* [size] */
};

/* The rows from `first` on, as many as go together. */
static enum factor_status respond_together(struct factor *factor, const struct lanes *lanes, uint32_t ports,
                                           const int32_t *unknown, uint32_t first, double *ohm)
{
    uint32_t count = ports - first < FACTOR_LANES ? ports - first : FACTOR_LANES;
    double *d = lanes->d;
    memset(d, 0, lanes->size * sizeof *d);
    for (uint32_t c = 0; c < count; c++)
        if (unknown[first + c] != GROUND_UNKNOWN)
            d[(size_t)unknown[first + c] * FACTOR_LANES + c] = 1;
    enum factor_status status = factor_solve_lanes(factor, d, lanes->work);
    for (uint32_t c = 0; c < count; c++)
        for (uint32_t p = 0; p < ports; p++)
            ohm[(size_t)(first + c) * ports + p] =
                unknown[p] != GROUND_UNKNOWN ? d[(size_t)unknown[p] * FACTOR_LANES + c] : 0;
    return status;
}

enum factor_status port_resistances(struct factor *factor, int32_t n, uint32_t ports, const int32_t *unknown,
                                    double *ohm)
{
    enum factor_status status = FACTOR_OK;
    struct lanes lanes = {.size = (size_t)n * FACTOR_LANES};
    lanes.d = array_new(2 * lanes.size, sizeof *lanes.d);
    if (!lanes.d)
        return FACTOR_NO_MEMORY;
    lanes.work = lanes.d + lanes.size;
    for (uint32_t first = 0; status == FACTOR_OK && lanes.size > 0 && first < ports; first += FACTOR_LANES)
        status = respond_together(factor, &lanes, ports, unknown, first, ohm);
    free(lanes.d);
    return status;
}

/* ---- nearby ------------------------------------------------------------------------------------------------------ */

/* The unknowns that are nearest to the ports. */
struct neighbourhood {
    int32_t n, most;    /* members, and those that there is room for */
    int32_t *member;    /* [most] unknowns of the matrix, from the nearest on */
    int32_t *place;     /* [unknowns] their number here + 1; 0: it is further away */
    int32_t *port;      /* [ports] the ports' numbers here */
    double *ground;     /* [most] S */
    struct laplacian L; /* of the members, where all others have 0 V */
};

static void take(struct neighbourhood *near, int32_t unknown)
{
    if (unknown == GROUND_UNKNOWN || near->place[unknown] > 0 || near->n == near->most)
        return;
    near->member[near->n] = unknown;
    near->place[unknown] = ++near->n;
}

/* From the ports on, as far as there is room. */
static void go_out(struct neighbourhood *near, const struct laplacian *L, uint32_t ports, const int32_t *unknown)
{
    for (uint32_t p = 0; p < ports; p++)
        take(near, unknown[p]);
    for (int32_t next = 0; next < near->n; next++)
        for (int32_t j = near->member[next], q = L->p[j]; q < L->p[j + 1]; q++)
            if (L->x[q] < 0)
                take(near, L->i[q]);
    for (uint32_t p = 0; p < ports; p++)
        near->port[p] = unknown[p] == GROUND_UNKNOWN ? GROUND_UNKNOWN : near->place[unknown[p]] - 1;
}

/* The principal submatrix of the members. False when memory is out. */
static bool cut_out(struct neighbourhood *near, const struct laplacian *L, const double *ground)
{
    size_t most = 0, m = 0;
    for (int32_t k = 0; k < near->n; k++)
        most += (size_t)(L->p[near->member[k] + 1] - L->p[near->member[k]]);
    struct conductance *edge = array_new(most, sizeof *edge);
    for (int32_t k = 0; edge && k < near->n; k++) {
        int32_t j = near->member[k];
        near->ground[k] = ground[j];
        for (int32_t q = L->p[j]; q < L->p[j + 1]; q++) {
            int32_t other = near->place[L->i[q]] - 1;
            if (other < 0)
                near->ground[k] -= L->x[q];
            else if (other < k)
                edge[m++] = (struct conductance){k, other, -L->x[q]};
        }
        edge[m++] = (struct conductance){k, GROUND_UNKNOWN, near->ground[k]};
    }
    bool done = edge && laplacian_build(&near->L, near->n, edge, m);
    free(edge);
    return done;
}

static enum factor_status respond_nearby(const struct neighbourhood *near, uint32_t ports, double *ohm)
{
    struct factor *factor = factor_new(&near->L, FACTOR_CHOLESKY);
    enum factor_status status =
        factor ? factor_refactor(factor, &near->L, near->ground, NULL) : FACTOR_NO_MEMORY;
    if (status == FACTOR_OK)
        status = port_resistances(factor, near->n, ports, near->port, ohm);
    factor_free(factor);
    return status;
}

enum factor_status port_resistances_nearby(const struct laplacian *L, const double *ground, uint32_t ports,
                                           const int32_t *unknown, int32_t most, double *ohm)
{
    struct neighbourhood near = {.most = most < L->n ? most : L->n};
    const struct array_request request[] = {
        {&near.member, (size_t)near.most, sizeof *near.member},
        {&near.place, (size_t)L->n, sizeof *near.place},
        {&near.port, ports, sizeof *near.port},
        {&near.ground, (size_t)near.most, sizeof *near.ground},
    };
    void *block = arrays_new(request, sizeof request / sizeof *request);
    enum factor_status status = FACTOR_NO_MEMORY;
    if (block) {
        go_out(&near, L, ports, unknown);
        if (cut_out(&near, L, ground))
            status = respond_nearby(&near, ports, ohm);
    }
    laplacian_free(&near.L);
    free(block);
    return status;
}
