#include "linear/factor.h"

#include "linear/cholesky.h"
#include "linear/components.h"
#include "linear/multigrid.h"
#include "linear/star_mesh.h"
#include "linear/support_tree.h"
#include "util/array.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What the code of this room does alone. Up to there, as measured, it takes no longer than CHOLMOD to order, factor and
 * solve, and to load CHOLMOD with its BLAS takes 3 ms. Tests: loads.sh, large_networks_are_held. */
enum { SMALL = 20000 };               /* unknowns */
static const double small_work = 1e8; /* flops; 5 ms */

/* Elimination without subtractions, beyond, takes longer than CHOLMOD; more than this is not worth its price. */
static const double most_work = 1e10; /* flops; 1 s */

/* Flops of CHOLMOD's that take as long as conjugate gradients with multigrid do, for each entry of the matrix, as
 * measured on grids and crossbars of a million nodes. Where conductances are alike, that is faster from a million
 * unknowns on, and takes less memory than the order alone that tells the flops; but for ladders, whose factors are as
 * short as they are narrow. Test: multigrid_is_chosen. */
static const double flops_an_entry = 15000;
enum {
    LARGE = 700000, LARGE_FOR_MANY = 4 * LARGE, /* unknowns */
    WIDE = 100                                  /* unknowns a level: a ladder has fewer */
};

/* A factor takes the place of a spanning tree once the iterations with one matrix have taken as long as it will, if
 * then it solves faster. An iteration takes as long as so many flops of CHOLMOD's for each unknown, and as to pass over
 * so many nonzeros; the order that tells both, as so many iterations. As measured on crossbars. Tests:
 * support_tree_gives_way_to_a_factor, support_tree_stays. */
static const double flops_an_iteration = 75, fill_an_iteration = 12;
enum { ITERATIONS_TO_LOOK = 250 };

/* Where nothing within this of the largest conductance ties an unknown to ground, a difference may lose what does. */
static const double safe_spread = 1e8; /* S/S; test: large_networks_are_held */

static const double default_accuracy = 1e-8;

/* A difference that is smaller beside its terms is rounding. */
static const double left_over = 1e-12; /* test: resistance_that_cancels_is_none */

struct factor {
    int32_t n;
    enum factor_choice choice;
    struct star_mesh mesh;
    struct cholesky *cholesky;   /* NULL: the pattern is small, or there is no factor */
    struct support_tree *tree;   /* what iterates in its place, one of them, or NULL */
    struct multigrid *multigrid;
    const struct laplacian *A;   /* these as they were given last */
    const double *ground, *anchor;
    double entries;              /* of the matrix */
    double accuracy, residual;   /* of iterations: what is asked, and the largest since then */
    int solves;                  /* by the tree with the present values */
    double next_look;            /* after so many of its iterations a factor may serve better; INFINITY: it will not */
    bool exact;                  /* the last factor is the mesh */
    double *shifted;             /* [entries of A] with anchors; NULL as long as there were none */
    struct component_search search;
};

/* Is there a mesh, with room for its numbers? */
static bool is_laid_out(const struct factor *factor)
{
    return factor->mesh.block;
}

/* Lays out what is small. */
static bool plan_small(struct factor *factor, const struct laplacian *A)
{
    if (!star_mesh_plan(&factor->mesh, A, NULL))
        return false;
    if (factor->mesh.places.flops > small_work)
        return true;
    return star_mesh_lay_out(&factor->mesh, A);
}

static void forget_cholesky(struct factor *factor)
{
    cholesky_free(factor->cholesky);
    factor->cholesky = NULL;
}

/* Order for a factor. False when memory is out, or CHOLMOD is not there. */
static bool plan_cholesky(struct factor *factor, const struct laplacian *A)
{
    factor->cholesky = cholesky_new(A, factor->mesh.places.order);
    if (factor->cholesky && (factor->search.queue || component_search_new(&factor->search, A->n)))
        return true;
    forget_cholesky(factor);
    return false;
}

static bool is_wide(const struct laplacian *A)
{
    struct component_levels levels;
    return component_levels_count(&levels, A) && A->n / WIDE >= levels.all;
}

/* Is multigrid cheaper than even the order for a factor would be? */
static bool is_for_multigrid(const struct laplacian *A, enum factor_choice choice)
{
    bool may = choice == FACTOR_CHEAPEST || choice == FACTOR_CHEAPEST_FOR_MANY;
    return may && A->n > (choice == FACTOR_CHEAPEST ? LARGE : LARGE_FOR_MANY) &&
           laplacian_spread(A, A->x) <= MULTIGRID_ALIKE && is_wide(A);
}

/* What is not small: multigrid where it is chosen, by size or by the work of a factor, or there is no room to order for
 * one; and is there. */
static bool plan_large(struct factor *factor, const struct laplacian *A)
{
    enum factor_choice choice = factor->choice;
    bool is_chosen = choice == FACTOR_MULTIGRID || is_for_multigrid(A, choice);
    if (is_chosen && (factor->multigrid = multigrid_new(A)))
        return true;
    bool ordered = plan_cholesky(factor, A);
    if (is_chosen || choice == FACTOR_CHOLESKY || choice == FACTOR_SERIAL ||
        (ordered && cholesky_flops(factor->cholesky) <= flops_an_entry * factor->entries))
        return ordered;
    factor->multigrid = multigrid_new(A);
    if (factor->multigrid)
        forget_cholesky(factor);
    return ordered || factor->multigrid;
}

/* First of all a tree, where the conductances are a tree's and the right-hand sides are few. */
static bool plan_tree(struct factor *factor, const struct laplacian *A)
{
    if ((factor->choice == FACTOR_SERIAL || factor->choice == FACTOR_CHEAPEST) && support_tree_may_serve(A))
        factor->tree = support_tree_new(A);
    return factor->tree;
}

struct factor *factor_new(const struct laplacian *A, enum factor_choice choice)
{
    assert(A->n >= 0 && A->p);
    struct factor *factor = calloc(1, sizeof *factor);
    if (!factor)
        return NULL;
    factor->n = A->n;
    factor->choice = choice;
    factor->entries = A->p[A->n];
    factor->next_look = ITERATIONS_TO_LOOK;
    factor->accuracy = default_accuracy;
    bool is_large = A->n > SMALL || (A->n > 0 && choice == FACTOR_MULTIGRID && multigrid_is_there());
    if ((is_large || plan_small(factor, A)) &&
        (is_laid_out(factor) || plan_tree(factor, A) || plan_large(factor, A)))
        return factor;
    factor_free(factor);
    return NULL;
}

bool factor_has_multigrid(void)
{
    return multigrid_is_there();
}

void factor_set_accuracy(struct factor *factor, double accuracy)
{
    factor->accuracy = accuracy;
    factor->residual = 0;
}

double factor_residual(const struct factor *factor)
{
    return factor->residual;
}

enum factor_kind factor_kind(const struct factor *factor)
{
    return !factor             ? FACTOR_NONE
           : factor->tree      ? FACTOR_BY_TREE
           : factor->multigrid ? FACTOR_BY_MULTIGRID
           : factor->cholesky && !factor->exact ? FACTOR_OF_CHOLESKY
                                                : FACTOR_OF_STAR_MESH;
}

const char *factor_kind_name(enum factor_kind kind)
{
    static const char *const name[] = {[FACTOR_NONE] = "none",           [FACTOR_OF_LU] = "lu",
                                       [FACTOR_OF_STAR_MESH] = "star-mesh", [FACTOR_OF_CHOLESKY] = "cholesky",
                                       [FACTOR_BY_TREE] = "tree",        [FACTOR_BY_MULTIGRID] = "multigrid"};
    return name[kind];
}

bool factor_is_iterative(const struct factor *factor)
{
    return factor->tree || factor->multigrid;
}

/* ---- the choice -------------------------------------------------------------------------------------------------- */

static enum factor_status eliminate(struct factor *factor, const struct laplacian *A, const double *ground,
                                    const double *anchor)
{
    if (!is_laid_out(factor)) {
        if (factor->mesh.places.n == 0 && !star_mesh_plan(&factor->mesh, A, cholesky_order(factor->cholesky)))
            return FACTOR_NO_MEMORY;
        if (!star_mesh_lay_out(&factor->mesh, A)) {
            star_mesh_free(&factor->mesh);
            return FACTOR_NO_MEMORY;
        }
    }
    factor->exact = true;
    return star_mesh_factor(&factor->mesh, A, ground, anchor) ? FACTOR_OK : FACTOR_NOT_DEFINITE;
}

/* A's values with the anchors in the diagonal; NULL: memory is out. */
static double *shift(struct factor *factor, const struct laplacian *A, const double *anchor)
{
    bool any = false;
    for (int32_t i = 0; anchor && i < A->n && !any; i++)
        any = anchor[i] > 0;
    if (!any)
        return A->x;
    size_t entries = (size_t)A->p[A->n];
    if (!factor->shifted && !(factor->shifted = array_new(entries, sizeof *factor->shifted)))
        return NULL;
    memcpy(factor->shifted, A->x, entries * sizeof *A->x);
    for (int32_t i = 0; i < A->n; i++)
        factor->shifted[A->d[i]] += anchor[i];
    return factor->shifted;
}

static enum factor_status subtract(struct factor *factor, const struct laplacian *A, const double *anchor)
{
    static const enum factor_status status[] = {[CHOLESKY_OK] = FACTOR_OK,
                                                [CHOLESKY_NOT_DEFINITE] = FACTOR_NOT_DEFINITE,
                                                [CHOLESKY_NO_MEMORY] = FACTOR_NO_MEMORY};
    struct laplacian shifted = *A;
    factor->exact = false;
    shifted.x = shift(factor, A, anchor);
    return shifted.x ? status[cholesky_factor(factor->cholesky, &shifted)] : FACTOR_NO_MEMORY;
}

static enum factor_status factorise(struct factor *factor, enum factor_care care, const struct laplacian *A,
                                    const double *ground, const double *anchor)
{
    if (!factor->cholesky && is_laid_out(factor))
        return eliminate(factor, A, ground, anchor);
    if (!factor->cholesky && !plan_cholesky(factor, A)) /* nor was there one when iterations had stalled */
        return FACTOR_NO_MEMORY;
    bool can = cholesky_flops(factor->cholesky) < most_work;
    if (care == FACTOR_EXACT)
        return can ? eliminate(factor, A, ground, anchor) : FACTOR_NOT_DEFINITE;
    if (care == FACTOR_BY_SPREAD && can && !component_search_is_tied(&factor->search, A, ground, anchor, safe_spread))
        return eliminate(factor, A, ground, anchor);
    return subtract(factor, A, anchor);
}

static void end_iterations(struct factor *factor)
{
    support_tree_free(factor->tree);
    multigrid_free(factor->multigrid);
    factor->tree = NULL;
    factor->multigrid = NULL;
}

enum factor_status factor_turn_direct(struct factor *factor)
{
    if (!factor_is_iterative(factor))
        return FACTOR_OK;
    end_iterations(factor);
    return factorise(factor, FACTOR_BY_SPREAD, factor->A, factor->ground, factor->anchor);
}

static enum iteration_status begin_iterations(struct factor *factor)
{
    if (factor->tree)
        return support_tree_setup(factor->tree, factor->A, factor->ground, factor->anchor);
    const double *x = shift(factor, factor->A, factor->anchor);
    return x ? multigrid_setup(factor->multigrid, factor->A, x) : ITERATION_NO_MEMORY;
}

static enum factor_status status_of(enum iteration_status status)
{
    return status == ITERATION_OK          ? FACTOR_OK
           : status == ITERATION_NO_MEMORY ? FACTOR_NO_MEMORY
                                           : FACTOR_NOT_DEFINITE;
}

/* What comes where iterations stall: after a tree what else is cheapest, in the end a factor. */
static enum factor_status take_next(struct factor *factor, enum factor_care care)
{
    if (!factor->tree)
        return factor_turn_direct(factor);
    end_iterations(factor);
    if (!plan_large(factor, factor->A))
        return FACTOR_NO_MEMORY;
    return factor_refactor_with(factor, care, factor->A, factor->ground, factor->anchor);
}

enum factor_status factor_refactor_with(struct factor *factor, enum factor_care care, const struct laplacian *A,
                                        const double *ground, const double *anchor)
{
    if (!factor_is_iterative(factor))
        return factorise(factor, care, A, ground, anchor);
    factor->A = A;
    factor->ground = ground;
    factor->anchor = anchor;
    factor->solves = 0;
    enum iteration_status status = care == FACTOR_EXACT && factor->tree ? ITERATION_STALLED : begin_iterations(factor);
    return status == ITERATION_STALLED ? take_next(factor, care) : status_of(status);
}

enum factor_status factor_refactor(struct factor *factor, const struct laplacian *A, const double *ground,
                                   const double *anchor)
{
    return factor_refactor_with(factor, FACTOR_BY_SPREAD, A, ground, anchor);
}

/* ---- what it is for ---------------------------------------------------------------------------------------------- */

static enum iteration_status iterate(struct factor *factor, const double *b, double *x)
{
    enum iteration_status status = factor->tree ? support_tree_solve(factor->tree, factor->accuracy, b, x)
                                                : multigrid_solve(factor->multigrid, factor->accuracy, b, x);
    double residual = factor->tree ? support_tree_residual(factor->tree) : multigrid_residual(factor->multigrid);
    if (status == ITERATION_OK)
        factor->residual = fmax(factor->residual, residual);
    factor->solves++;
    return status;
}

/* Would a factor, whose order is there, solve faster than the tree, so that the time for it comes back? When. */
static double when_to_factor(const struct factor *factor)
{
    double iterations = support_tree_iterations(factor->tree), n = factor->n;
    if (cholesky_fill(factor->cholesky) > fill_an_iteration * n * iterations / factor->solves)
        return INFINITY;
    return cholesky_flops(factor->cholesky) / (flops_an_iteration * n);
}

/* With one matrix and many right-hand sides, a factor in place of the tree: which stays where there is no memory. */
static void look_for_a_factor(struct factor *factor)
{
    double iterations = support_tree_iterations(factor->tree);
    if (iterations < factor->next_look)
        return;
    double when = plan_cholesky(factor, factor->A) ? when_to_factor(factor) : INFINITY;
    bool now = iterations >= when;
    factor->next_look = now ? INFINITY : when;
    if (now && factorise(factor, FACTOR_BY_SPREAD, factor->A, factor->ground, factor->anchor) == FACTOR_OK) {
        end_iterations(factor);
    } else {
        factor->exact = false;
        forget_cholesky(factor);
    }
}

enum factor_status factor_solve(struct factor *factor, const double *b, double *x)
{
    if (factor->tree)
        look_for_a_factor(factor);
    if (factor_is_iterative(factor)) {
        enum iteration_status status = iterate(factor, b, x);
        enum factor_status next = status == ITERATION_STALLED ? take_next(factor, FACTOR_BY_SPREAD) : status_of(status);
        return status == ITERATION_STALLED && next == FACTOR_OK ? factor_solve(factor, b, x) : next;
    }
    if (!factor->exact && !factor->cholesky)
        return FACTOR_NO_MEMORY; /* for a factor where iterations had stalled */
    if (!factor->exact)
        return cholesky_solve(factor->cholesky, b, x) == CHOLESKY_OK ? FACTOR_OK : FACTOR_NO_MEMORY;
    star_mesh_solve(&factor->mesh, b, x);
    return FACTOR_OK;
}

_Static_assert((int)FACTOR_LANES == (int)CHOLESKY_LANES, "a block of right-hand sides is one for CHOLMOD");

enum factor_status factor_solve_lanes(struct factor *factor, double *x, double *work)
{
    enum factor_status status = FACTOR_OK;
    if (factor->cholesky && !factor_is_iterative(factor) && !factor->exact)
        return cholesky_solve_lanes(factor->cholesky, x, work) == CHOLESKY_OK ? FACTOR_OK : FACTOR_NO_MEMORY;
    size_t n = (size_t)factor->n;
    for (size_t l = 0; status == FACTOR_OK && l < FACTOR_LANES; l++) {
        for (size_t j = 0; j < n; j++)
            work[j] = x[j * FACTOR_LANES + l];
        status = factor_solve(factor, work, work);
        for (size_t j = 0; j < n; j++)
            x[j * FACTOR_LANES + l] = work[j];
    }
    return status;
}

enum factor_status factor_solve_finely(struct factor *factor, const double *b, const double *b_low, double *x,
                                       double *x_low)
{
    if (factor->exact)
        return star_mesh_solve_finely(&factor->mesh, b, b_low, x, x_low) ? FACTOR_OK : FACTOR_NO_MEMORY;
    memset(x_low, 0, (size_t)factor->n * sizeof *x_low);
    return factor_solve(factor, b, x);
}

bool factor_invert(struct factor *factor)
{
    if (factor->exact)
        return star_mesh_invert(&factor->mesh);
    return factor->cholesky && cholesky_invert(factor->cholesky);
}

static double inverse_entry(const struct factor *factor, int32_t i, int32_t j)
{
    return factor->exact ? star_mesh_inverse_entry(&factor->mesh, i, j)
                         : cholesky_inverse_entry(factor->cholesky, i, j);
}

double factor_resistance(const struct factor *factor, int32_t i, int32_t j)
{
    if (i == GROUND_UNKNOWN || j == GROUND_UNKNOWN) {
        int32_t own = i == GROUND_UNKNOWN ? j : i;
        return inverse_entry(factor, own, own);
    }
    double both = inverse_entry(factor, i, i) + inverse_entry(factor, j, j);
    double resistance = both - 2 * inverse_entry(factor, i, j);
    return resistance > left_over * both ? resistance : NAN;
}

double factor_fill(const struct factor *factor)
{
    if (factor_is_iterative(factor))
        return factor->entries;
    return factor->cholesky ? cholesky_fill(factor->cholesky) : factor->mesh.places.fill;
}

double factor_flops(const struct factor *factor)
{
    if (factor_is_iterative(factor))
        return flops_an_entry * factor->entries;
    return factor->cholesky ? cholesky_flops(factor->cholesky) : factor->mesh.places.flops;
}

bool factor_is_exact(const struct factor *factor)
{
    return factor->exact;
}

bool factor_cancels(const struct factor *factor)
{
    return factor->exact && factor->mesh.cancels;
}

void factor_free(struct factor *factor)
{
    if (!factor)
        return;
    star_mesh_free(&factor->mesh);
    forget_cholesky(factor);
    end_iterations(factor);
    free(factor->shifted);
    component_search_free(&factor->search);
    free(factor);
}
