/* Steps of Newton's method in the voltages of a transistor, shortened to where the tangent is still of use: `before` is
 * the voltage at which the law was linearised, `next` the one that the linear circuit has; returned is where to go, V.
 *
 *   junction  a step up beyond vcrit, where the exponential is curved most, grows with the logarithm of what the line
 *             asked for: the current, not the voltage, is followed. vt = k T / q, vcrit = vt log(vt / (sqrt(2) is)).
 *             A step down to below 0 is one volt more than twice what it was.
 *   gate      of a field effect transistor with the threshold vto: small steps across it, larger ones far from it
 *   channel   both voltages of one, x = vgs, vds: that of the end that acts as source as gate, and the one along it
 *             likewise
 *
 * Sources: Nagel, SPICE2: A Computer Program to Simulate Semiconductor Circuits, Berkeley ERL-M520, 1975, appendix 2;
 * Quarles, Analysis of Performance and Convergence Issues for Circuit Simulation, Berkeley ERL-M89/42, 1989. */
#ifndef OPSPICE_LIMITING_H
#define OPSPICE_LIMITING_H

#include <stdint.h>

double limiting_critical(double vt, double is);
double limiting_junction(double before, double next, double vt, double vcrit);
double limiting_gate(double before, double next, double vto);
void limiting_channel(const double *before, double *x, double vto);

/* Of a resistance the current, not the voltage: that at `next`, A, on the tangent at `before`, where it was `ohms` with
 * these slopes [n] by other controls, which go by change [n]. */
double limiting_current(double before, double next, double ohms, uint32_t n, const double *slope,
                        const double *change);

#endif
