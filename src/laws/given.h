/* Numbers of cards: NAN where not given. */
#ifndef OPSPICE_GIVEN_H
#define OPSPICE_GIVEN_H

#include <math.h>

static inline double given(double value, double otherwise)
{
    return isnan(value) ? otherwise : value;
}

#endif
