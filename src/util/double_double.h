/* Numbers of twice the precision of a double: the unevaluated sum hi + lo, |lo| <= eps |hi| / 2 where a function here
 * returns it (DBL_EPSILON is eps). Round to nearest, and no compiler option that lets sums be rearranged.
 *
 * A product that is only added to something becomes one fused operation where a processor has it, in clones of a KERNEL
 * too. So two_product takes its product apart, which keeps it rounded; that a product given to a sum may not be rounded
 * makes the sum no worse. Nothing calls a function of the library, so that loops become vectors.
 *
 * Sources: Knuth, The Art of Computer Programming 2, 4.2.2 (two_sum); Dekker 1971, "A floating-point technique for
 * extending the available precision"; Hida, Li, Bailey 2001, "Algorithms for quad-double precision arithmetic". */
#ifndef OPSPICE_DOUBLE_DOUBLE_H
#define OPSPICE_DOUBLE_DOUBLE_H

#include <stdint.h>
#include <string.h>

#define DOUBLE_INLINE static inline __attribute__((always_inline))

struct dd {
    double hi, lo;
};

DOUBLE_INLINE struct dd dd_from(double x)
{
    return (struct dd){x, 0};
}

/* Rounded to a double. */
DOUBLE_INLINE double dd_value(struct dd x)
{
    return x.hi + x.lo;
}

/* a + b exactly. */
DOUBLE_INLINE struct dd two_sum(double a, double b)
{
    double sum = a + b, added = sum - a;
    return (struct dd){sum, (a - (sum - added)) + (b - added)};
}

/* a + b exactly, where |a| >= |b| or a = 0. */
DOUBLE_INLINE struct dd quick_two_sum(double a, double b)
{
    double sum = a + b;
    return (struct dd){sum, b - (sum - a)};
}

/* The upper 26 bits of x, rounded; what they leave has 26 too, with its sign. */
DOUBLE_INLINE double upper_half(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits = (bits + (UINT64_C(1) << 26)) & ~((UINT64_C(1) << 27) - 1);
    memcpy(&x, &bits, sizeof bits);
    return x;
}

/* a b exactly, where neither overflows or is beyond 2^1023, and a b is 0 or at least 2^-960. */
DOUBLE_INLINE struct dd two_product(double a, double b)
{
    double product = a * b, a_hi = upper_half(a), b_hi = upper_half(b), product_hi = upper_half(product);
    double a_lo = a - a_hi, b_lo = b - b_hi;
    double rest = (a_hi * b_hi - product_hi) - (product - product_hi); /* all that follows is exact, fused or not */
    rest += a_hi * b_lo;
    rest += a_lo * b_hi;
    rest += a_lo * b_lo;
    return (struct dd){product, rest};
}

/* x + y, with a relative error of a few eps^2, also where they cancel. */
DOUBLE_INLINE struct dd dd_add(struct dd x, struct dd y)
{
    struct dd sum = two_sum(x.hi, y.hi), rest = two_sum(x.lo, y.lo);
    sum = two_sum(sum.hi, sum.lo + rest.hi);
    return two_sum(sum.hi, sum.lo + rest.lo);
}

DOUBLE_INLINE struct dd dd_sub(struct dd x, struct dd y)
{
    return dd_add(x, (struct dd){-y.hi, -y.lo});
}

DOUBLE_INLINE struct dd dd_add_double(struct dd x, double y)
{
    struct dd sum = two_sum(x.hi, y);
    return two_sum(sum.hi, sum.lo + x.lo);
}

DOUBLE_INLINE struct dd dd_sub_double(struct dd x, double y)
{
    return dd_add_double(x, -y);
}

/* (hi_a + lo_a) - (hi_k + lo_k): the voltage between two nodes. */
DOUBLE_INLINE struct dd dd_difference(double hi_a, double lo_a, double hi_k, double lo_k)
{
    return dd_sub((struct dd){hi_a, lo_a}, (struct dd){hi_k, lo_k});
}

DOUBLE_INLINE struct dd dd_mul_double(struct dd x, double y)
{
    struct dd product = two_product(x.hi, y);
    return quick_two_sum(product.hi, product.lo + x.lo * y);
}

DOUBLE_INLINE struct dd dd_mul(struct dd x, struct dd y)
{
    struct dd product = two_product(x.hi, y.hi);
    return quick_two_sum(product.hi, product.lo + (x.hi * y.lo + x.lo * y.hi));
}

/* x / y, y not 0. */
DOUBLE_INLINE struct dd dd_div_double(struct dd x, double y)
{
    double quotient = x.hi / y;
    struct dd back = two_product(quotient, y);
    double left = (x.hi - back.hi) - back.lo + x.lo;
    return quick_two_sum(quotient, left / y);
}

DOUBLE_INLINE struct dd dd_div(struct dd x, struct dd y)
{
    double quotient = x.hi / y.hi;
    return quick_two_sum(quotient, dd_value(dd_sub(x, dd_mul_double(y, quotient))) / y.hi);
}

/* |x| */
DOUBLE_INLINE struct dd dd_abs(struct dd x)
{
    return x.hi < 0 || (x.hi == 0 && x.lo < 0) ? (struct dd){-x.hi, -x.lo} : x;
}

#endif
