#include "linear/star_mesh.h"

#include "util/array.h"
#include <stdlib.h>
#include <string.h>

static const int32_t none = -1;

/* What meets at the node that goes now, and which columns of the factor have it as their next neighbour. */
struct work {
    double *ground;  /* [n] S, so far */
    double *joined;  /* [n] S, by step: zero between steps */
    int32_t *found;  /* [n] steps of the neighbours */
    int32_t *first, *after; /* [n] lists of columns */
    size_t *next;    /* [n] a column's next neighbour */
};

static bool work_new(struct work *work, int32_t n)
{
    size_t size = (size_t)n;
    work->ground = array_new(size, sizeof *work->ground);
    work->joined = array_new(size, sizeof *work->joined);
    work->found = array_new(size, sizeof *work->found);
    work->first = array_new(size, sizeof *work->first);
    work->after = array_new(size, sizeof *work->after);
    work->next = array_new(size, sizeof *work->next);
    return work->ground && work->joined && work->found && work->first && work->after && work->next;
}

static void work_free(struct work *work)
{
    free(work->ground);
    free(work->joined);
    free(work->found);
    free(work->first);
    free(work->after);
    free(work->next);
}

static void join(struct work *work, int32_t step, double c, int32_t *count)
{
    if (c <= 0)
        return;
    if (work->joined[step] == 0)
        work->found[(*count)++] = step;
    work->joined[step] += c;
}

static void queue(struct work *work, const struct star_mesh *mesh, int32_t column)
{
    if (work->next[column] == mesh->start[column + 1])
        return;
    int32_t step = mesh->row[work->next[column]];
    work->after[column] = work->first[step];
    work->first[step] = column;
}

/* The neighbours of the node of a step, by the circuit and by the meshes of nodes that went before.
 * Returns how many. */
static int32_t gather(const struct star_mesh *mesh, struct work *work, const struct laplacian *L, int32_t step)
{
    int32_t node = mesh->order[step], count = 0;
    for (int32_t q = L->p[node]; q < L->p[node + 1]; q++)
        if (mesh->step[L->i[q]] > step)
            join(work, mesh->step[L->i[q]], -L->x[q], &count);
    for (int32_t column = work->first[step], after; column != none; column = after) {
        size_t at = work->next[column]++;
        double share = mesh->c[at] / mesh->pivot[column];
        after = work->after[column];
        work->ground[step] += share * work->ground[column];
        for (size_t q = at + 1; q < mesh->start[column + 1]; q++)
            join(work, mesh->row[q], share * mesh->c[q], &count);
        queue(work, mesh, column);
    }
    return count;
}

static int by_step(const void *p, const void *q)
{
    int32_t s = *(const int32_t *)p, t = *(const int32_t *)q;
    return (s > t) - (s < t);
}

static bool make_room(struct star_mesh *mesh, size_t needed)
{
    return array_reserve(&mesh->row, &mesh->row_room, needed, sizeof *mesh->row) &&
           array_reserve(&mesh->c, &mesh->c_room, needed, sizeof *mesh->c);
}

static enum star_mesh_status eliminate(struct star_mesh *mesh, struct work *work, const struct laplacian *L)
{
    for (int32_t step = 0; step < mesh->n; step++) {
        int32_t count = gather(mesh, work, L, step);
        size_t at = mesh->start[step];
        if (!make_room(mesh, at + (size_t)count))
            return STAR_MESH_NO_MEMORY;
        qsort(work->found, (size_t)count, sizeof *work->found, by_step);
        mesh->pivot[step] = work->ground[step];
        for (int32_t q = 0; q < count; q++) {
            int32_t other = work->found[q];
            mesh->row[at] = other;
            mesh->c[at++] = work->joined[other];
            mesh->pivot[step] += work->joined[other];
            work->joined[other] = 0;
        }
        mesh->start[step + 1] = at;
        work->next[step] = mesh->start[step];
        if (!(mesh->pivot[step] > 0))
            return STAR_MESH_NOT_DEFINITE;
        queue(work, mesh, step);
    }
    return STAR_MESH_OK;
}

enum star_mesh_status star_mesh_factor(struct star_mesh *mesh, const struct laplacian *L, const double *ground, const double *anchor,
                             const int32_t *order)
{
    struct work work = {0};
    size_t n = (size_t)L->n;
    enum star_mesh_status status = STAR_MESH_NO_MEMORY;
    mesh->n = L->n;
    mesh->order = array_new(n, sizeof *mesh->order);
    mesh->step = array_new(n, sizeof *mesh->step);
    mesh->start = array_new(n + 1, sizeof *mesh->start);
    mesh->pivot = array_new(n, sizeof *mesh->pivot);
    mesh->current = array_new(n, sizeof *mesh->current);
    if (!mesh->order || !mesh->step || !mesh->start || !mesh->pivot || !mesh->current || !make_room(mesh, n + 1) ||
        !work_new(&work, L->n))
        goto done;
    for (int32_t step = 0; step < L->n; step++) {
        int32_t node = order ? order[step] : step;
        mesh->order[step] = node;
        mesh->step[node] = step;
        work.first[step] = none;
        work.ground[step] = ground[node] + anchor[node];
    }
    status = eliminate(mesh, &work, L);
done:
    work_free(&work);
    if (status != STAR_MESH_OK)
        star_mesh_free(mesh);
    return status;
}

void star_mesh_solve(const struct star_mesh *mesh, const double *b, double *x)
{
    double *y = mesh->current;
    for (int32_t step = 0; step < mesh->n; step++)
        y[step] = b[mesh->order[step]];
    for (int32_t step = 0; step < mesh->n; step++) {
        double share = y[step] / mesh->pivot[step];
        for (size_t q = mesh->start[step]; q < mesh->start[step + 1]; q++)
            y[mesh->row[q]] += share * mesh->c[q];
    }
    for (int32_t step = mesh->n; step-- > 0;) {
        for (size_t q = mesh->start[step]; q < mesh->start[step + 1]; q++)
            y[step] += mesh->c[q] * y[mesh->row[q]];
        y[step] /= mesh->pivot[step];
    }
    for (int32_t step = 0; step < mesh->n; step++)
        x[mesh->order[step]] = y[step];
}

void star_mesh_free(struct star_mesh *mesh)
{
    free(mesh->order);
    free(mesh->step);
    free(mesh->start);
    free(mesh->row);
    free(mesh->c);
    free(mesh->pivot);
    free(mesh->current);
    *mesh = (struct star_mesh){0};
}
