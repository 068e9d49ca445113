#include "convex/newton.h"

#include <float.h>
#include <math.h>

/* Gradient over the terms that it is made of: 0 but for rounding; and so small that what no longer halves it is. */
static const double rounding = 8 * DBL_EPSILON, near_rounding = 1e-13;

/* The Hessian of the present piece. */
static void assemble(struct newton *newton, const struct lagrangian *lagrangian)
{
    for (uint32_t k = 0; k < lagrangian->qp->knees; k++)
        newton->g[k] = newton->active[k] ? lagrangian->w[k] : 0;
    newton_assemble(newton, lagrangian->qp);
}

/* Is the Hessian that of the piece where x is? */
static bool is_same_piece(const struct newton *newton, uint32_t knees)
{
    for (uint32_t k = 0; k < knees; k++)
        if (newton->active[k] != (newton->g[k] != 0))
            return false;
    return true;
}

enum solve_status newton_minimise_knees(struct newton *newton, struct lagrangian *lagrangian, double *x,
                                        struct solve_info *info)
{
    double left = INFINITY;
    for (int step = 0; step < newton->knee_steps; step++) {
        double before = left;
        left = lagrangian_gradient(lagrangian, x, NULL, newton->gradient);
        if (step > 0 && (left <= rounding || (left <= near_rounding && left > before / 2)))
            return SOLVE_OK;
        assemble(newton, lagrangian);
        enum solve_status status = newton_factor(newton, lagrangian->anchor, FACTOR_FAST, info);
        if (status == SOLVE_OK)
            status = newton_direction(newton);
        if (status != SOLVE_OK)
            return status;
        double t = lagrangian_search(lagrangian, x, newton->d, newton->gradient, NULL);
        if (t == 0)
            return SOLVE_OK; /* the direction is rounding error: x is the minimum */
        if (newton_move(newton, lagrangian, t, x) == 1 && is_same_piece(newton, lagrangian->qp->knees))
            return SOLVE_OK;
    }
    return SOLVE_STALLED;
}
