#include "laws/silicon.h"

#include <math.h>

static const double boltzmann = 1.38064852e-23, charge = SILICON_CHARGE;

double silicon_thermal(double temp)
{
    return boltzmann / charge * temp;
}

double silicon_gap(double temp)
{
    return 1.16 - 7.02e-4 * temp * temp / (temp + 1108);
}

double silicon_growth(double temp, double tnom, double eg, double xti, double n)
{
    return exp((temp / tnom - 1) * eg / (n * silicon_thermal(temp)) + xti / n * log(temp / tnom));
}

/* How a junction potential shifts between T0 and T. */
static double shift(double temp)
{
    double arg = -silicon_gap(temp) / (2 * boltzmann * temp) + 1.1150877 / (2 * boltzmann * SILICON_REFERENCE);
    return -2 * silicon_thermal(temp) * (1.5 * log(temp / SILICON_REFERENCE) + charge * arg);
}

double silicon_potential(double value, double temp, double tnom)
{
    double at_reference = (value - shift(tnom)) / (tnom / SILICON_REFERENCE);
    return shift(temp) + temp / SILICON_REFERENCE * at_reference;
}
