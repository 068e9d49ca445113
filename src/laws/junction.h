/* The exponential diode: SPICE's diode model as ngspice has it, at direct current.
 *
 * J(w), the current of the junction at its own voltage w, is the sum of
 *   is (exp(w / n Vt) - 1)                     w >= -3 n Vt
 *   -is (1 + (3 n Vt / e w)^3)                 -bv' <= w < -3 n Vt
 *   -is exp(-(bv' + w) / nbv Vt)               below: breakdown
 * the same for the sidewall (jsw, ns), the recombination current
 *   isr (exp(w / nr Vt) - 1) ((1 - w / vj)^2 + 0.005)^(m/2),
 * and the tunnel currents -jtun (exp(-w / ntun Vt) - 1); of all these, I, high injection leaves
 *   I / (1 + sqrt(|I| / ikf))
 * (ikr below -3 n Vt). gmin lies across the junction and rs in series with both:
 *   u = w + rs (J + gmin w),   i = J + gmin w.
 *
 * Differences from ngspice 39, which make the law monotone and continuous: the steps at bv' and, for isr and ikr, at
 * -3 n Vt have no gap (recombination stays as it is below -3 n Vt, as in later versions; what ikr takes away there is
 * never more than the current above it allows).
 * Source: ngspice 39, src/spicelib/devices/dio; Sze, Physics of Semiconductor Devices, for the parts. */
#ifndef OPSPICE_JUNCTION_H
#define OPSPICE_JUNCTION_H

#include <math.h>
#include <stdbool.h>

#define JUNCTION_EXPONENT_LIMIT 600.0 /* exponentials go straight on from exp of it */
#define JUNCTION_RAMP 1e-6            /* of n Vt: what replaces a step of the law */

/* What a .model card says; NAN where it says nothing and that makes a difference. Units as on the card. */
struct junction_model {
    double level, is, jsw, n, ns, rs, bv, ibv, nbv, isr, nr, vj, m, fc, ikf, ikr, jtun, jtunsw, ntun, xtitun, keg;
    double tnom, eg, xti, tcv, trs1, trs2, tm1, tm2, tlev, tlevc, tpb;
    double area, pj, temp, dtemp, w, l;
};

/* What the element's card says; NAN where it says nothing. */
struct junction_size {
    double area, pj, m, temp, dtemp, w, l;
};

/* The law of one junction at its temperature. */
struct junction {
    double is, vt;           /* A, V: n Vt */
    double isw, vts;         /* sidewall with an emission coefficient of its own; isw = 0: none */
    double isr, vtr, vj, m;  /* recombination; isr = 0: none */
    double jt, vtt;          /* tunnel currents; jt = 0: none */
    double bv, vtb;          /* V; bv = INFINITY: no breakdown */
    double ikf, ikr;         /* A; INFINITY: none */
    double held;             /* A: the least current above -3 n Vt */
    double rs, gmin;         /* ohm, S */
};

/* A junction of nothing but is and n Vt, and gmin across. */
static inline struct junction junction_plain(double is, double vt, double gmin)
{
    return (struct junction){
        .is = is, .vt = vt, .vts = vt, .vtr = vt, .vtt = vt, .bv = INFINITY, .vtb = vt, .ikf = INFINITY,
        .ikr = INFINITY, .held = -INFINITY, .gmin = gmin,
    };
}

/* All parameters not given. */
void junction_model_init(struct junction_model *model);

/* The law at the simulator's temperature `temp` (degrees Celsius), which an element's own overrides. Returns NULL, or
 * what is wrong with the parameters. */
const char *junction_at(struct junction *junction, const struct junction_model *model, const struct junction_size *size,
                        double temp, double tnom, double gmin);

/* The voltage where the breakdown exponential begins, so that ibv flows at bv: x = bv' <= bv of
 *   is (exp((bv - x) / vtb) - 1 + x / vt) = ibv,
 * and bv where ibv is too little for that. */
double junction_breakdown(double bv, double ibv, double is, double vtb, double vt);

/* J(w) and its derivative. Beyond exp(JUNCTION_EXPONENT_LIMIT) it goes on in a straight line. */
double junction_current(const struct junction *junction, double w, double *slope);

/* The w at which a J(w) + g w = c; a, g > 0. */
double junction_solve(const struct junction *junction, double a, double g, double c);

/* Where J decreases with w, if it does (recombination with unusual parameters): false, and the interval. */
bool junction_is_monotone(const struct junction *junction, double *low, double *high);

/* Are all exponentials themselves at w, and not continued in a straight line? */
bool junction_covers(const struct junction *junction, double w);

#endif
