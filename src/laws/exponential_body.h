/* Part of junctions.c, for vectors of one length: VECTOR, and VECTOR_BITS of as many. There is no guard. */

/* exp(x) and exp(x) - 1, each to its own precision, for -4 <= x <= 600; NAN remains. */
INLINE void EXPONENTIAL(const VECTOR *of, VECTOR *e, VECTOR *less_one)
{
    VECTOR x = *of, k = x * log2_e + to_integer;
    VECTOR_BITS bits = (VECTOR_BITS)k;
    k -= to_integer;
    VECTOR r = (x - k * ln2_high) - k * ln2_low;
    VECTOR p = r * (1.0 / 6227020800) + 1.0 / 479001600;
    p = p * r + 1.0 / 39916800;
    p = p * r + 1.0 / 3628800;
    p = p * r + 1.0 / 362880;
    p = p * r + 1.0 / 40320;
    p = p * r + 1.0 / 5040;
    p = p * r + 1.0 / 720;
    p = p * r + 1.0 / 120;
    p = p * r + 1.0 / 24;
    p = p * r + 1.0 / 6;
    p = p * r + 0.5;
    p = p * (r * r) + r;
    VECTOR power = (VECTOR)((bits << 52) + ((uint64_t)1023 << 52));
    *e = power * p + power;
    *less_one = power * p + (power - 1);
}

#undef EXPONENTIAL
#undef VECTOR
#undef VECTOR_BITS
