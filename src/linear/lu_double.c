#include "linear/lu_factor.h"

#include <float.h>
#include <math.h>

#define LU_NAME lu_double
#define NUMBER double
#define NUMBER_EPSILON DBL_EPSILON

DOUBLE_INLINE double number_size(double x)
{
    return fabs(x);
}

DOUBLE_INLINE bool number_is_finite(double x)
{
    return isfinite(x);
}

DOUBLE_INLINE bool number_is_near(double x, double y, double near)
{
    return fabs(x - y) <= near * fabs(y);
}

DOUBLE_INLINE double number_scaled(double x, double power_of_two)
{
    return x * power_of_two;
}

DOUBLE_INLINE double number_minus_product(double x, double a, double b)
{
    return x - a * b;
}

DOUBLE_INLINE double number_quotient(double x, double y)
{
    return x / y;
}

DOUBLE_INLINE bool number_is_negative(double x)
{
    return x < 0;
}

#include "linear/lu_factor_body.h"

#include "linear/lu_octet_body.h"
