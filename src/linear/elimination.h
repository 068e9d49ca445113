/* What elimination of the unknowns of a symmetric matrix does to its pattern: order, tree and places of the factor,
 * found once for all values.
 *
 * At step k goes unknown order[k]; what it meets then are the unknowns of later steps: column k of the factor, without
 * its diagonal. Source: Liu 1990, SIAM Journal on Matrix Analysis and Applications 11; Davis 2006, Direct Methods for
 * Sparse Linear Systems, chapter 4. */
#ifndef OPSPICE_ELIMINATION_H
#define OPSPICE_ELIMINATION_H

#include "linear/laplacian.h"

struct elimination {
    int32_t n;
    int32_t *order;  /* [n] the unknown that goes at each step */
    int32_t *step;   /* [n] and when an unknown goes */
    int32_t *parent; /* [n] the first step of column k; n: the column is empty */
    int32_t *start;  /* [n + 1] of column k in row; not where the factor has 2^31 entries or more */
    int32_t tail;    /* from this step on all columns are full; n: not worth the name */
    double fill, flops; /* entries of the factor with its diagonal; operations of a factorisation */

    /* ---- the places; NULL before elimination_lay_out ---- */
    int32_t *row;   /* [start[n]] steps of the entries of column k, increasing */
    int32_t *run;   /* [n] place in column k from which on its rows follow each other; its end: those are few */
    int32_t *begin; /* [n + 1] */
    struct crossing {
        int32_t column, place;
    } *crossing;      /* [begin[n]] columns before the tail that have an entry in row k, and its place */
    int32_t *entries; /* [n + 1] */
    struct matrix_entry {
        int32_t from, to;
    } *entry; /* [entries[n]] of column k: place in the matrix's x, and row of the factor */

    void *plan_block, *places_block; /* the arrays of each part */
};

/* Order and count, but lay nothing out yet. given [n]: the order to keep to but for the order of subtrees, or NULL: of
 * minimum degree. elimination is zeroed before. False when memory is out. */
bool elimination_plan(struct elimination *elimination, const struct laplacian *A, const int32_t *given);

/* Find the places for the same pattern. False when memory is out or the factor has 2^31 entries or more. */
bool elimination_lay_out(struct elimination *elimination, const struct laplacian *A);

/* Safe on a zeroed struct; leaves it zeroed. */
void elimination_free(struct elimination *elimination);

#endif
