/* Conjugate gradients with algebraic multigrid before them, for networks whose factor would take too long or too much
 * memory: hypre's BoomerAMG (Henson and Yang 2002), the only place that knows it.
 *
 * hypre and the MPI under it are loaded when the first network needs them. A process that no mpirun has started is a
 * single rank; MPI ends where the process does. Both are one for the whole process: calls of several threads take
 * turns. Memory is a few hundred bytes an unknown and time grows with the number of unknowns. */
#ifndef OPSPICE_MULTIGRID_H
#define OPSPICE_MULTIGRID_H

#include "linear/iteration.h"
#include "linear/laplacian.h"

/* Up to this laplacian_spread a network is solved in half the time and memory that others take. Test:
 * multigrid_is_chosen. */
#define MULTIGRID_ALIKE 4.0

struct multigrid;

/* Can hypre be loaded, and was the program built with it? Loads it. */
bool multigrid_is_there(void);

/* Make room for the pattern of A and for everything that follows. NULL when memory is out or hypre is not there. */
struct multigrid *multigrid_new(const struct laplacian *A);

/* Take the values of A, which has the pattern of multigrid_new, with x in place of A->x: coarser and coarser networks
 * are made of them. Those of earlier values are kept where few rows have changed since, and serve as well. */
enum iteration_status multigrid_setup(struct multigrid *multigrid, const struct laplacian *A, const double *x);

/* Solve A x = b until the residual's norm is `accuracy` of that of b; x may be b. [n] */
enum iteration_status multigrid_solve(struct multigrid *multigrid, double accuracy, const double *b, double *x);

/* What the residual of the last solve is of b, by norm: at most its accuracy. */
double multigrid_residual(const struct multigrid *multigrid);

/* What has become of something on all processes, where `own` is what has on this one: the worst. They call it
 * together. */
typedef enum iteration_status multigrid_agreement(enum iteration_status own);

/* multigrid_new of a matrix whose rows the processes of MPI_COMM_WORLD divide among them, each first .. first + n - 1,
 * all of them calling together; what one of them fails in, all of them do, by the same status. sizes [n]: entries of
 * each row, about. *out: NULL where it fails. */
enum iteration_status multigrid_new_shared(int32_t first, int32_t n, const int32_t *sizes, multigrid_agreement *agree,
                                           struct multigrid **out);

/* Rows of such a matrix, as far as one process knows them: what several of them know of a row is added up. */
struct multigrid_rows {
    int32_t rows;
    int32_t *row;   /* [rows] its number, anybody's */
    int32_t *count; /* [rows] of its entries here */
    int32_t *column;
    double *x;      /* S */
};

/* Take these values, once. alike, on all processes: conductances are (MULTIGRID_ALIKE). */
enum iteration_status multigrid_setup_shared(struct multigrid *multigrid, const struct multigrid_rows *rows,
                                             bool alike);

/* NULL is allowed. */
void multigrid_free(struct multigrid *multigrid);

#endif
