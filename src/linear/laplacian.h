/* The Laplacian of a resistive network: the matrix of the linear circuit.
 *
 * Letters:  L  Laplacian, S      n  unknowns      g  conductance, S */
#ifndef OPSPICE_LAPLACIAN_H
#define OPSPICE_LAPLACIAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define GROUND_UNKNOWN (-1) /* stands for ground, which is no unknown */

/* Symmetric matrix in compressed columns, both triangles, rows sorted, every diagonal entry present. */
struct laplacian {
    int32_t n;
    int32_t *p; /* [n + 1] */
    int32_t *i; /* [p[n]] */
    double *x;  /* [p[n]] S */
    int32_t *d; /* [n] places of the diagonal */
};

/* An off-diagonal conductance between unknowns i and j, or to GROUND_UNKNOWN. */
struct conductance {
    int32_t i, j;
    double g; /* S */
};

/* Sizes of conductances, by which they are counted: steps of a quarter of an octave. */
enum { CONDUCTANCE_SIZE_BITS = 13, CONDUCTANCE_SIZES = 1 << CONDUCTANCE_SIZE_BITS };

/* Of g or -g: the larger, the larger. */
static inline size_t conductance_size(double g)
{
    uint64_t bits;
    memcpy(&bits, &g, sizeof bits);
    return (bits << 1) >> (64 - CONDUCTANCE_SIZE_BITS); /* without the sign */
}

/* Can indices count the entries of n diagonal places and this many conductances between unknowns, parallel ones
 * apart? */
bool laplacian_counts(size_t n, size_t between);

/* The Laplacian of m conductances on n unknowns, parallel ones added up; those with i == j are left out. L is zeroed
 * before. False when memory is out or the matrix has 2^31 entries or more. */
bool laplacian_build(struct laplacian *L, int32_t n, const struct conductance *edge, size_t m);

/* The place in L.i and L.x of the entry (row, column), which must be in the pattern. */
int32_t laplacian_find(const struct laplacian *L, int32_t row, int32_t column);

/* y = Lx, as sums of g (x_i - x_j) and ground_i x_i: no cancellation between large conductances. */
void laplacian_apply(const struct laplacian *L, const double *ground, const double *x, double *y);

/* The largest conductance between unknowns over the smallest above 0, with x [p[n]] in place of L->x, when of each
 * 10,000 unknowns one of either end is left out; 1 where there are none. */
double laplacian_spread(const struct laplacian *L, const double *x);

/* How the strongest conductances between unknowns, as many as a spanning tree has, stand to the others: the quotient of
 * the middle ones, by a quarter of an octave; INFINITY where there are no others. Entries of 0 do not count. */
double laplacian_step_below_tree(const struct laplacian *L);

void laplacian_free(struct laplacian *L);

#endif
