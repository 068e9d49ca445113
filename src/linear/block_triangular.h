/* A square pattern permuted to block triangular form: rows paired with columns, and blocks of pairs that hang on each
 * other, in the order in which they can be solved.
 *
 * Sources: Hopcroft and Karp 1973, SIAM Journal on Computing 2 (the pairs); Tarjan 1972, SIAM Journal on Computing 1
 * (the blocks); Duff and Reid 1978, ACM Transactions on Mathematical Software 4 (both together). */
#ifndef OPSPICE_BLOCK_TRIANGULAR_H
#define OPSPICE_BLOCK_TRIANGULAR_H

#include <stdbool.h>
#include <stdint.h>

struct block_triangular {
    int32_t n;
    int32_t *row;    /* [n] paired with each column: of an entry, its own where it can be */
    int32_t *column; /* [n] paired with each row */
    int32_t blocks;
    int32_t *block; /* [n] of each column and its row; rows of block b have entries in columns of blocks up to b */

    /* Columns and rows that no entries pair, where the pattern is structurally singular. Each of these columns is
     * paired with the row beside it, as if there were an entry. */
    int32_t unpaired;
    int32_t *unpaired_column, *unpaired_row; /* [unpaired] increasing */

    void *arrays; /* the block that these are in */
};

/* start, row: compressed columns, rows sorted, [n + 1], [start[n]]. Among all pairings a largest one is found. form is
 * zeroed before. False when memory is out. */
bool block_triangular_find(struct block_triangular *form, int32_t n, const int32_t *start, const int32_t *row);

/* Safe on a zeroed struct; leaves it zeroed. */
void block_triangular_free(struct block_triangular *form);

#endif
