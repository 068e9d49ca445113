/* What temperature does to silicon, as SPICE has it: T and Tnom in kelvin.
 *
 *   thermal    k T / q
 *   gap        1.16 - 7.02e-4 T^2 / (T + 1108)                                   V: the band gap
 *   growth     exp((eg / Vt (T / Tnom - 1) + xti log(T / Tnom)) / n)             of a saturation current from Tnom to T
 *   drift      1 + a dt + b dt^2, dt = T - Tnom
 *   potential  of a junction that is `value` at Tnom, at T:
 *              phi(T) = T / T0 phi0 + shift(T)
 *              shift(T) = -2 Vt (1.5 log(T / T0) + q / 2k (gap(T0) / T0 - gap(T) / T))
 *
 * T0 = 300.15 K, gap(T0) = 1.1150877 V. Sources: Varshni, Physica 34 (1967); Antognetti and Massobrio, Semiconductor
 * Device Modeling with SPICE, 1988, chapters 1 and 2. Constants: CODATA 2014, as in ngspice 39. */
#ifndef OPSPICE_SILICON_H
#define OPSPICE_SILICON_H

#define SILICON_CELSIUS 273.15          /* K: 0 degrees Celsius */
#define SILICON_REFERENCE 300.15        /* K: T0 */
#define SILICON_CHARGE 1.6021766208e-19 /* C: q */

double silicon_thermal(double temp);
double silicon_gap(double temp);
double silicon_growth(double temp, double tnom, double eg, double xti, double n);
static inline double silicon_drift(double dt, double a, double b)
{
    return 1 + a * dt + b * dt * dt;
}

double silicon_potential(double value, double temp, double tnom);

#endif
