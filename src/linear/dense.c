#include "linear/dense.h"

#include <math.h>
#include <string.h>

bool dense_factor(double *L, const struct laplacian *A)
{
    size_t n = (size_t)A->n;
    memset(L, 0, n * n * sizeof *L);
    for (size_t j = 0; j < n; j++)
        for (int32_t q = A->p[j]; q < A->p[j + 1]; q++)
            if ((size_t)A->i[q] >= j)
                L[(size_t)A->i[q] * n + j] = A->x[q];
    for (size_t i = 0; i < n; i++) {
        double *row = L + i * n;
        for (size_t j = 0; j <= i; j++) {
            const double *above = L + j * n;
            double sum = row[j];
            for (size_t k = 0; k < j; k++)
                sum -= row[k] * above[k];
            if (j < i)
                row[j] = sum / above[j];
            else if (sum > 0)
                row[i] = sqrt(sum);
            else
                return false;
        }
    }
    return true;
}

void dense_solve(const double *L, int32_t n, const double *b, double *x)
{
    size_t size = (size_t)n;
    for (size_t i = 0; i < size; i++) {
        double sum = b[i];
        for (size_t k = 0; k < i; k++)
            sum -= L[i * size + k] * x[k];
        x[i] = sum / L[i * size + i];
    }
    for (size_t i = size; i-- > 0;) {
        x[i] /= L[i * size + i];
        for (size_t k = 0; k < i; k++)
            x[k] -= L[i * size + k] * x[i];
    }
}
