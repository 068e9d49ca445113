#include "linear/lu_factor.h"

#include <float.h>
#include <math.h>

#define LU_NAME lu_fine
#define NUMBER struct dd
#define NUMBER_EPSILON (DBL_EPSILON * DBL_EPSILON)

DOUBLE_INLINE double number_size(struct dd x)
{
    return fabs(x.hi);
}

DOUBLE_INLINE bool number_is_finite(struct dd x)
{
    return isfinite(x.hi) && isfinite(x.lo);
}

DOUBLE_INLINE bool number_is_near(struct dd x, struct dd y, double near)
{
    return fabs(x.hi - y.hi) + fabs(x.lo - y.lo) <= near * fabs(y.hi);
}

DOUBLE_INLINE struct dd number_scaled(struct dd x, double power_of_two)
{
    return (struct dd){x.hi * power_of_two, x.lo * power_of_two};
}

DOUBLE_INLINE struct dd number_minus_product(struct dd x, struct dd a, struct dd b)
{
    return dd_sub(x, dd_mul(a, b));
}

DOUBLE_INLINE struct dd number_quotient(struct dd x, struct dd y)
{
    return dd_div(x, y);
}

DOUBLE_INLINE bool number_is_negative(struct dd x)
{
    return x.hi < 0;
}

#include "linear/lu_factor_body.h"
