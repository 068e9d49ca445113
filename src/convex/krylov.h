/* Newton's method for programs whose factor would be far larger than they are: layers that are joined densely.
 *
 * The Newton equations are solved by conjugate gradients with the diagonal as preconditioner, in single precision and
 * only as well as the step deserves; residuals are in double precision, so that the minimum is as exact as with a
 * factor. The columns of such a Laplacian consist of long runs of neighbouring rows: no index is read inside one. Of
 * an entry and its mirror image, that in the longer run is taken. For curved laws alone: no knees, and every part tied
 * to ground. The companions are those of newton.h. Source: Dembo, Eisenstat and Steihaug 1982, Inexact Newton methods,
 * SIAM J. Numer. Anal. 19. */
#ifndef OPSPICE_KRYLOV_H
#define OPSPICE_KRYLOV_H

#include "convex/info.h"
#include "convex/newton.h"

struct krylov {
    float *g;               /* the negatives of the entries in qp's runs, one after the other */
    double *rest, *size;    /* [n] Lx - b, A, and the magnitudes it is made of */
    double *gradient;       /* [n] A */
    float *H;               /* [n] diagonal of the Hessian, S */
    float *r, *p, *q, *d;   /* [n] work of the inner iteration */
    void *block;
};

/* For a program whose runs are found. krylov is zeroed before. False when memory is out. */
bool krylov_new(struct krylov *krylov, const struct qp *qp);

/* Take over the values of L. */
void krylov_load(struct krylov *krylov, const struct qp *qp);

/* Minimise the program from x, in place. newton: companions and surroundings of the curved laws.
 * SOLVE_STALLED: x is the last point. */
enum solve_status krylov_minimise(struct krylov *krylov, const struct qp *qp, struct newton *newton, double *x,
                                  struct solve_info *info);

/* Safe on a zeroed struct; leaves it zeroed. */
void krylov_free(struct krylov *krylov);

#endif
