/* Part of lu_factor_body.h: LU of a dense matrix, row pivots, in place, by panels of columns.
 *
 * a [n x n] by columns: U, and below its diagonal L, whose diagonal is 1. */
#include "util/kernel.h"

enum { PANEL = 64, CHUNK = 256 }; /* columns, rows of them that a cache holds */

/* c -= ab. a [rows x depth] by columns, n apart; b [depth] */
KERNEL_PART void subtract_columns(NUMBER *restrict c, const NUMBER *a, const NUMBER *b, int32_t n, int32_t rows,
                                  int32_t depth)
{
    int32_t p = 0;
    for (; p + 4 <= depth; p += 4) {
        const NUMBER *a0 = a + (size_t)p * n, *a1 = a0 + n, *a2 = a1 + n, *a3 = a2 + n;
        NUMBER b0 = b[p], b1 = b[p + 1], b2 = b[p + 2], b3 = b[p + 3];
        KERNEL_EACH
        for (int32_t i = 0; i < rows; i++) {
            NUMBER x = number_minus_product(c[i], a0[i], b0);
            x = number_minus_product(x, a1[i], b1);
            x = number_minus_product(x, a2[i], b2);
            c[i] = number_minus_product(x, a3[i], b3);
        }
    }
    for (; p < depth; p++) {
        const NUMBER *a0 = a + (size_t)p * n;
        NUMBER b0 = b[p];
        KERNEL_EACH
        for (int32_t i = 0; i < rows; i++)
            c[i] = number_minus_product(c[i], a0[i], b0);
    }
}

KERNEL_PART void swap_rows(NUMBER *column, const int32_t *swap, int32_t from, int32_t to)
{
    for (int32_t k = from; k < to; k++) {
        NUMBER other = column[k];
        column[k] = column[swap[k]];
        column[swap[k]] = other;
    }
}

/* Rows [from, to) of a column of U, with the columns of L there. */
KERNEL_PART void solve_panel(const NUMBER *a, int32_t n, int32_t from, int32_t to, NUMBER *column)
{
    for (int32_t k = from; k < to; k++)
        subtract_columns(column + k + 1, a + (size_t)k * n + k + 1, column + k, n, to - k - 1, 1);
}

/* The row of the pivot of column k, and the sum of the sizes above it. */
KERNEL_PART int32_t largest_below(const NUMBER *column, int32_t n, int32_t k, double *above)
{
    int32_t row = k;
    for (int32_t i = 0; i < k; i++)
        *above += number_size(column[i]);
    for (int32_t i = k + 1; i < n; i++)
        if (number_size(column[i]) > number_size(column[row]))
            row = i;
    return row;
}

/* One panel: columns [from, to), rows from `from` on. False where a pivot is suspect. */
KERNEL_PART bool factor_panel(NUMBER *a, int32_t n, int32_t from, int32_t to, int32_t *swap, const double *sum)
{
    for (int32_t k = from; k < to; k++) {
        NUMBER *column = a + (size_t)k * n;
        double above = sum[k];
        swap_rows(column, swap, from, k);
        solve_panel(a, n, from, k, column);
        subtract_columns(column + k, a + (size_t)from * n + k, column + from, n, n - k, k - from);
        swap[k] = largest_below(column, n, k, &above);
        double size = number_size(column[swap[k]]);
        if (!(size > SUSPECT * above) || !isfinite(size))
            return false;
        for (int32_t c = from; c <= k; c++)
            swap_rows(a + (size_t)c * n, swap, k, k + 1);
        for (int32_t i = k + 1; i < n; i++)
            column[i] = number_quotient(column[i], column[k]);
    }
    return true;
}

/* swap [n] out: the row that was exchanged with row k at step k. sum [n]: sizes that the entries of each column were
 * computed from. False where a pivot may be rounding. */
KERNEL static bool LU_(dense_factor)(NUMBER *a, int32_t n, int32_t *swap, const double *sum)
{
    for (int32_t from = 0; from < n; from += PANEL) {
        int32_t to = from + PANEL < n ? from + PANEL : n;
        if (!factor_panel(a, n, from, to, swap, sum))
            return false;
        for (int32_t c = 0; c < from; c++)
            swap_rows(a + (size_t)c * n, swap, from, to);
        for (int32_t c = to; c < n; c++) {
            swap_rows(a + (size_t)c * n, swap, from, to);
            solve_panel(a, n, from, to, a + (size_t)c * n);
        }
        for (int32_t row = to; row < n; row += CHUNK)
            for (int32_t c = to; c < n; c++) {
                NUMBER *column = a + (size_t)c * n;
                subtract_columns(column + row, a + (size_t)from * n + row, column + from, n,
                                 n - row < CHUNK ? n - row : CHUNK, to - from);
            }
    }
    return true;
}

/* LU x = b, in place. */
KERNEL static void LU_(dense_solve)(const NUMBER *a, int32_t n, NUMBER *x)
{
    for (int32_t k = 0; k < n; k++)
        subtract_columns(x + k + 1, a + (size_t)k * n + k + 1, x + k, n, n - k - 1, 1);
    for (int32_t k = n - 1; k >= 0; k--) {
        x[k] = number_quotient(x[k], a[(size_t)k * n + k]);
        subtract_columns(x, a + (size_t)k * n, x + k, n, k, 1);
    }
}

/* (LU)'x = b, in place. */
static void dense_solve_transposed(const NUMBER *a, int32_t n, NUMBER *x)
{
    for (int32_t k = 0; k < n; k++) {
        const NUMBER *column = a + (size_t)k * n;
        NUMBER t = x[k];
        for (int32_t i = 0; i < k; i++)
            t = number_minus_product(t, column[i], x[i]);
        x[k] = number_quotient(t, column[k]);
    }
    for (int32_t k = n - 1; k >= 0; k--) {
        const NUMBER *column = a + (size_t)k * n;
        for (int32_t i = k + 1; i < n; i++)
            x[k] = number_minus_product(x[k], column[i], x[i]);
    }
}
