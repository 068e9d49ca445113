/* How large the entries of a vector are. */
#ifndef OPSPICE_MAGNITUDE_H
#define OPSPICE_MAGNITUDE_H

#include <math.h>
#include <stddef.h>

/* p or q; fmax without its care for NAN, which takes a call. */
static inline double greater(double p, double q)
{
    return p > q ? p : q;
}

/* Of x[n], in its units; 0 where n is 0. */
static inline double largest_magnitude(const double *x, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = greater(most, fabs(x[i]));
    return most;
}

#endif
