#include "linear/star_mesh.h"

#include "util/array.h"
#include "util/kernel.h"
#include "util/search.h"
#include <float.h>
#include <stdlib.h>
#include <string.h>

bool star_mesh_plan(struct star_mesh *mesh, const struct laplacian *A, const int32_t *given)
{
    return elimination_plan(&mesh->places, A, given);
}

bool star_mesh_lay_out(struct star_mesh *mesh, const struct laplacian *A)
{
    size_t n = (size_t)A->n;
    if (!elimination_lay_out(&mesh->places, A))
        return false;
    const struct array_request request[] = {
        {&mesh->share, (size_t)mesh->places.start[n], sizeof *mesh->share},
        {&mesh->pivot, n, sizeof *mesh->pivot},
        {&mesh->ground, n, sizeof *mesh->ground},
        {&mesh->joined, n, sizeof *mesh->joined},
        {&mesh->current, n, sizeof *mesh->current},
    };
    mesh->block = arrays_new(request, sizeof request / sizeof *request);
    return mesh->block;
}

/* ---- the factor -------------------------------------------------------------------------------------------------- */

/* What the circuit itself has at the node of step k. */
KERNEL_PART void load(struct star_mesh *mesh, const struct laplacian *A, const double *ground, const double *anchor,
                 int32_t k)
{
    const struct elimination *places = &mesh->places;
    int32_t node = places->order[k];
    double g = ground[node] + (anchor ? anchor[node] : 0);
    mesh->ground[k] = g < 0 ? 0 : g;
    mesh->pivot[k] = A->x[A->d[node]] + (anchor ? anchor[node] : 0); /* until its own is known */
    for (int32_t q = places->entries[k]; q < places->entries[k + 1]; q++) {
        double c = -A->x[places->entry[q].from];
        mesh->joined[places->entry[q].to] = c < 0 ? 0 : c;
    }
}

/* y[row] += factor * share, for the entries of a column from `place` on. */
KERNEL_PART void spread(const struct elimination *places, const double *restrict share, int32_t column,
                          int32_t place, double factor, double *restrict y)
{
    int32_t end = places->start[column + 1], run = places->run[column];
    const int32_t *row = places->row;
    for (; place < run; place++)
        y[row[place]] += factor * share[place];
    if (place == end)
        return;
    double *restrict along = y + row[place];
    share += place;
#pragma omp simd
    for (int32_t q = 0; q < end - place; q++)
        along[q] += factor * share[q];
}

/* Take what has gathered at step k into its column. Returns the pivot. */
KERNEL_PART double collect(struct star_mesh *mesh, int32_t k)
{
    const struct elimination *places = &mesh->places;
    double pivot = mesh->ground[k];
    for (int32_t q = places->start[k]; q < places->start[k + 1]; q++) {
        double *c = &mesh->joined[places->row[q]];
        pivot += *c;
        mesh->share[q] = *c;
        *c = 0;
    }
    return pivot;
}

/* The pivot of step k is found: its column becomes shares. False: it is no pivot. */
KERNEL_PART bool divide(struct star_mesh *mesh, int32_t k, double pivot)
{
    const int32_t *start = mesh->places.start;
    double *share = mesh->share + start[k];
    mesh->cancels |= pivot < DBL_EPSILON * mesh->pivot[k];
    mesh->pivot[k] = pivot;
#pragma omp simd
    for (int32_t q = 0; q < start[k + 1] - start[k]; q++)
        share[q] /= pivot;
    return pivot > 0 && pivot <= DBL_MAX;
}

/* ---- the tail: columns are full, and are added to later ones four at a time ---- */

enum { FOUR = 4 };

/* Column j takes what column k brings. */
KERNEL_PART void take_column(struct star_mesh *mesh, int32_t j, int32_t k)
{
    const int32_t *start = mesh->places.start;
    const double *restrict from = mesh->share + start[k] + (j - k);
    double *restrict to = mesh->share + start[j], share = from[-1], c = share * mesh->pivot[k];
    mesh->ground[j] += share * mesh->ground[k];
#pragma omp simd
    for (int32_t q = 0; q < start[j + 1] - start[j]; q++)
        to[q] += c * from[q];
}

/* Column j takes what the four columns from k on bring. */
KERNEL_PART void take_four(struct star_mesh *mesh, int32_t j, int32_t k)
{
    const int32_t *start = mesh->places.start;
    const double *restrict s0 = mesh->share + start[k] + (j - k);
    const double *restrict s1 = mesh->share + start[k + 1] + (j - k - 1);
    const double *restrict s2 = mesh->share + start[k + 2] + (j - k - 2);
    const double *restrict s3 = mesh->share + start[k + 3] + (j - k - 3);
    double *restrict to = mesh->share + start[j];
    const double *pivot = mesh->pivot + k, *ground = mesh->ground + k;
    double c0 = s0[-1] * pivot[0], c1 = s1[-1] * pivot[1], c2 = s2[-1] * pivot[2], c3 = s3[-1] * pivot[3];
    mesh->ground[j] += s0[-1] * ground[0] + s1[-1] * ground[1] + (s2[-1] * ground[2] + s3[-1] * ground[3]);
#pragma omp simd
    for (int32_t q = 0; q < start[j + 1] - start[j]; q++)
        to[q] += c0 * s0[q] + c1 * s1[q] + (c2 * s2[q] + c3 * s3[q]);
}

KERNEL_PART double sum_column(const struct star_mesh *mesh, int32_t k)
{
    const int32_t *start = mesh->places.start;
    double sum = 0;
    KERNEL_SUM(sum)
    for (int32_t q = start[k]; q < start[k + 1]; q++)
        sum += mesh->share[q];
    return sum;
}

KERNEL_PART bool eliminate_tail(struct star_mesh *mesh)
{
    int32_t n = mesh->places.n;
    for (int32_t k = mesh->places.tail; k < n; k += FOUR) {
        int32_t end = k + FOUR < n ? k + FOUR : n;
        for (int32_t j = k; j < end; j++) {
            for (int32_t i = k; i < j; i++)
                take_column(mesh, j, i);
            if (!divide(mesh, j, mesh->ground[j] + sum_column(mesh, j)))
                return false;
        }
        for (int32_t j = end; j < n; j++)
            take_four(mesh, j, k);
    }
    return true;
}

KERNEL
static bool eliminate(struct star_mesh *mesh, const struct laplacian *A, const double *ground, const double *anchor)
{
    const struct elimination *places = &mesh->places;
    for (int32_t k = 0; k < places->n; k++) {
        load(mesh, A, ground, anchor, k);
        for (int32_t q = places->begin[k]; q < places->begin[k + 1]; q++) {
            struct crossing at = places->crossing[q];
            double share = mesh->share[at.place];
            if (share == 0)
                continue;
            mesh->ground[k] += share * mesh->ground[at.column];
            spread(places, mesh->share, at.column, at.place + 1, share * mesh->pivot[at.column], mesh->joined);
        }
        double pivot = collect(mesh, k);
        if (k < places->tail && !divide(mesh, k, pivot))
            return false;
    }
    return eliminate_tail(mesh);
}

bool star_mesh_factor(struct star_mesh *mesh, const struct laplacian *A, const double *ground, const double *anchor)
{
    mesh->cancels = false;
    return eliminate(mesh, A, ground, anchor);
}

/* The sum of share * y[row] over a column. */
KERNEL_PART double gather(const struct elimination *places, const double *restrict share, int32_t column,
                            const double *restrict y)
{
    int32_t place = places->start[column], end = places->start[column + 1], run = places->run[column];
    const int32_t *row = places->row;
    double sum = 0, rest = 0;
    for (; place + 1 < run; place += 2) {
        sum += share[place] * y[row[place]];
        rest += share[place + 1] * y[row[place + 1]];
    }
    if (place < run) {
        sum += share[place] * y[row[place]];
        place++;
    }
    if (place == end)
        return sum + rest;
    const double *restrict along = y + row[place];
    share += place;
    KERNEL_SUM(rest)
    for (int32_t q = 0; q < end - place; q++)
        rest += share[q] * along[q];
    return sum + rest;
}

KERNEL
static void substitute(const struct star_mesh *mesh, double *y)
{
    const struct elimination *places = &mesh->places;
    for (int32_t k = 0; k < places->n; k++) {
        if (y[k] != 0)
            spread(places, mesh->share, k, places->start[k], y[k], y);
        y[k] /= mesh->pivot[k];
    }
    for (int32_t k = places->n; k-- > 0;) {
        y[k] += gather(places, mesh->share, k, y);
    }
}

void star_mesh_solve(struct star_mesh *mesh, const double *b, double *x)
{
    const int32_t *order = mesh->places.order;
    for (int32_t k = 0; k < mesh->places.n; k++)
        mesh->current[k] = b[order[k]];
    substitute(mesh, mesh->current);
    for (int32_t k = 0; k < mesh->places.n; k++)
        x[order[k]] = mesh->current[k];
}

/* The neighbour that gets most of what node k has; end: there is none. */
static int32_t main_share(const struct star_mesh *mesh, int32_t k)
{
    const int32_t *start = mesh->places.start;
    int32_t most = start[k];
    for (int32_t q = start[k] + 1; q < start[k + 1]; q++)
        most = mesh->share[q] > mesh->share[most] ? q : most;
    return most;
}

/* Divide the current of node k: its main neighbour gets what the others and ground leave. */
static void spread_finely(struct star_mesh *mesh, int32_t k, struct dd *y)
{
    const struct elimination *places = &mesh->places;
    int32_t most = main_share(mesh, k);
    struct dd left = y[k];
    if (most == places->start[k + 1] || (left.hi == 0 && left.lo == 0))
        return;
    left = dd_sub(left, dd_mul_double(y[k], mesh->ground[k] / mesh->pivot[k]));
    for (int32_t q = places->start[k]; q < places->start[k + 1]; q++) {
        struct dd part = dd_mul_double(y[k], mesh->share[q]);
        if (q == most)
            continue;
        y[places->row[q]] = dd_add(y[places->row[q]], part);
        left = dd_sub(left, part);
    }
    y[places->row[most]] = dd_add(y[places->row[most]], left);
}

/* The potential of node k, from those of its neighbours, as a distance from that of the main one. */
static struct dd potential_finely(const struct star_mesh *mesh, int32_t k, const struct dd *y)
{
    const struct elimination *places = &mesh->places;
    int32_t most = main_share(mesh, k);
    struct dd x = dd_div_double(y[k], mesh->pivot[k]);
    if (most == places->start[k + 1])
        return x;
    struct dd main = y[places->row[most]];
    x = dd_sub(x, dd_mul_double(main, mesh->ground[k] / mesh->pivot[k]));
    for (int32_t q = places->start[k]; q < places->start[k + 1]; q++)
        if (q != most)
            x = dd_add(x, dd_mul_double(dd_sub(y[places->row[q]], main), mesh->share[q]));
    return dd_add(main, x);
}

bool star_mesh_solve_finely(struct star_mesh *mesh, const double *b, const double *b_low, double *x, double *x_low)
{
    const int32_t *order = mesh->places.order;
    int32_t n = mesh->places.n;
    if (!mesh->fine)
        mesh->fine = array_new((size_t)n, sizeof *mesh->fine);
    if (!mesh->fine)
        return false;
    for (int32_t k = 0; k < n; k++)
        mesh->fine[k] = two_sum(b[order[k]], b_low[order[k]]);
    for (int32_t k = 0; k < n; k++)
        spread_finely(mesh, k, mesh->fine);
    for (int32_t k = n; k-- > 0;)
        mesh->fine[k] = potential_finely(mesh, k, mesh->fine);
    for (int32_t k = 0; k < n; k++) {
        x[order[k]] = mesh->fine[k].hi;
        x_low[order[k]] = mesh->fine[k].lo;
    }
    return true;
}

/* ---- entries of the inverse -------------------------------------------------------------------------------------- */

/* Z_kj += share_ki Z_ij and Z_ki += share_kj Z_ij for the entries j of column k from `next` on, all of which column i
 * has too; its entries from `place` on are looked through. sum [n]: row k of Z so far. */
KERNEL_PART void add_row(struct star_mesh *mesh, int32_t k, int32_t i, double share, int32_t next,
                           int32_t place)
{
    const int32_t *row = mesh->places.row;
    double *sum = mesh->joined, own = 0;
    for (int32_t end = mesh->places.start[k + 1]; next < end; place++) {
        if (!mesh->listed[row[place]])
            continue;
        sum[row[place]] += share * mesh->inverse[place];
        own += mesh->share[next++] * mesh->inverse[place];
    }
    sum[i] += own;
}

/* The same where the rows from `next` on follow each other in both columns. */
KERNEL_PART void add_run(struct star_mesh *mesh, int32_t k, int32_t i, double share, int32_t next, int32_t place)
{
    int32_t count = mesh->places.start[k + 1] - next;
    const double *restrict shares = mesh->share + next, *restrict Z = mesh->inverse + place;
    double *restrict sum = mesh->joined + mesh->places.row[next];
    double own = 0;
    KERNEL_SUM(own)
    for (int32_t q = 0; q < count; q++) {
        sum[q] += share * Z[q];
        own += shares[q] * Z[q];
    }
    mesh->joined[i] += own;
}

/* Row k of Z = A^-1, from those of later steps: Z_kj = sum of share_ki Z_ij over the column of k, and Z_kk has 1/p
 * besides. Wherever k meets i and j, they meet each other. */
KERNEL_PART void invert_row(struct star_mesh *mesh, int32_t k)
{
    const struct elimination *places = &mesh->places;
    const int32_t *row = places->row, *start = places->start, *run = places->run;
    int32_t begin = start[k], end = start[k + 1];
    double *sum = mesh->joined, own = 1 / mesh->pivot[k];
    for (int32_t q = begin; q < end; q++)
        mesh->listed[row[q]] = true;
    for (int32_t q = begin; q < end; q++) {
        int32_t i = row[q], next = q + 1;
        sum[i] += mesh->share[q] * mesh->own[i];
        if (run[k] <= next && next < end && run[i] < start[i + 1] && row[run[i]] <= row[next])
            add_run(mesh, k, i, mesh->share[q], next, run[i] + row[next] - row[run[i]]);
        else
            add_row(mesh, k, i, mesh->share[q], next, start[i]);
    }
    for (int32_t q = begin; q < end; q++) {
        mesh->inverse[q] = sum[row[q]];
        own += mesh->share[q] * sum[row[q]];
        sum[row[q]] = 0;
        mesh->listed[row[q]] = false;
    }
    mesh->own[k] = own;
}

KERNEL
static void invert(struct star_mesh *mesh)
{
    for (int32_t k = mesh->places.n; k-- > 0;)
        invert_row(mesh, k);
}

bool star_mesh_invert(struct star_mesh *mesh)
{
    size_t n = (size_t)mesh->places.n;
    const struct array_request request[] = {
        {&mesh->inverse, (size_t)mesh->places.start[n], sizeof *mesh->inverse},
        {&mesh->own, n, sizeof *mesh->own},
        {&mesh->listed, n, sizeof *mesh->listed},
    };
    if (!mesh->inverse_block)
        mesh->inverse_block = arrays_new(request, sizeof request / sizeof *request);
    if (!mesh->inverse_block)
        return false;
    invert(mesh);
    return true;
}

double star_mesh_inverse_entry(const struct star_mesh *mesh, int32_t i, int32_t j)
{
    const struct elimination *places = &mesh->places;
    int32_t a = places->step[i], b = places->step[j], k = a < b ? a : b, row = a < b ? b : a;
    if (a == b)
        return mesh->own[a];
    int32_t first = places->start[k];
    return mesh->inverse[first + search_indices(places->row + first, places->start[k + 1] - first, row)];
}

void star_mesh_free(struct star_mesh *mesh)
{
    elimination_free(&mesh->places);
    free(mesh->block);
    free(mesh->fine);
    free(mesh->inverse_block);
    *mesh = (struct star_mesh){0};
}
