/* Conjugate gradients with a spanning tree before them, for networks that trees of large conductances hold together and
 * small ones join across: the wires of a crossbar and its cells.
 *
 * The tree is one of largest conductances; what it leaves out counts as if it led to ground. Such a network is
 * eliminated from the leaves to the root and solved back in two sweeps over the unknowns, without subtractions; the
 * smaller what was left out, the fewer iterations it takes. Source: Bern, Gilbert, Hendrickson, Nguyen and Toledo,
 * Support-graph preconditioners, SIAM Journal on Matrix Analysis and Applications 27 (2006), with Vaidya's trees. */
#ifndef OPSPICE_SUPPORT_TREE_H
#define OPSPICE_SUPPORT_TREE_H

#include "linear/iteration.h"
#include "linear/laplacian.h"

struct support_tree;

/* May a tree serve A, by what its conductances are and how long the ways through it? It looks at each of them once or
 * twice. What has no value yet, as of diodes before the first point, has no size; what has not even loops is better
 * factored. */
bool support_tree_may_serve(const struct laplacian *A);

/* Room for what has as many unknowns and entries as A. NULL when memory is out. */
struct support_tree *support_tree_new(const struct laplacian *A);

/* Find a tree in A + diag(anchor). ITERATION_STALLED: what it leaves out is not small beside it.
 *
 * ground  conductances to ground, which A's diagonal has too     [n]  S
 * anchor  more of them, which it has not; NULL: none             [n]  S */
enum iteration_status support_tree_setup(struct support_tree *tree, const struct laplacian *A, const double *ground,
                                         const double *anchor);

/* Solve A x = b until the residual's norm is `accuracy` of that of b; x may be b. [n] */
enum iteration_status support_tree_solve(struct support_tree *tree, double accuracy, const double *b, double *x);

/* What the residual of the last solve is of b, by norm: at most its accuracy. */
double support_tree_residual(const struct support_tree *tree);

/* How many iterations there have been since setup. */
int support_tree_iterations(const struct support_tree *tree);

/* NULL is allowed. */
void support_tree_free(struct support_tree *tree);

#endif
