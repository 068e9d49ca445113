/* What is found from the pattern of a matrix once: its blocks, an order of columns that keeps the factor sparse, and
 * where its entries are then.
 *
 * Step k brings in column column[k]; its own row, which is its pivot where that serves, has the label k too. Steps of a
 * block follow each other, blocks are in the order of solution. */
#ifndef OPSPICE_LU_PLAN_H
#define OPSPICE_LU_PLAN_H

#include "linear/block_triangular.h"

struct lu_plan {
    int32_t n;
    int32_t *row, *column;  /* [n] of the matrix: of each label, of each step */
    int32_t blocks, *begin; /* [blocks + 1] steps of each block */

    struct lu_entry {
        int32_t label, place; /* of its row; in the values of the matrix */
    } *entry;       /* [start[n]] of each step, those within its block first */
    int32_t *start; /* [n + 1] */
    int32_t *later; /* [n] where entries in rows of later blocks begin */

    struct block_triangular form;
    void *arrays; /* the block that these are in */
};

/* plan is zeroed before. False when memory is out. */
bool lu_plan_make(struct lu_plan *plan, int32_t n, const int32_t *start, const int32_t *row);

/* Safe on a zeroed struct; leaves it zeroed. */
void lu_plan_free(struct lu_plan *plan);

#endif
