/* The JFETs of ngspice 39 at direct current. Parts: junction_fet.h. vds >= 0; T, Tnom in kelvin, dT = T - Tnom.
 *
 * Level 1, Shichman and Hodges with the doping tail B of Parker and Skellern: v = vgs - VTO > 0, else no current,
 *   channel  k v^2 (B + E v)                                                     vds >= v
 *            k vds (vds (E vds - B) + v (2 B + 3 E (v - vds)))                   vds < v
 *            k = AREA BETA (1 + LAMBDA vds),  E = (1 - B) / (PB - VTO)
 *   gs, gd   AREA IS (exp(u / Vt) - 1), below -3 Vt the generation region (junction.h); gmin u
 * Temperature: VTO + VTOTC dT where VTOTC is given, else VTO - TCV dT; BETA 1.01^(BETATCE dT) where BETATCE is given,
 * else BETA (T/Tnom)^BEX; IS exp(EG/Vt (T/Tnom - 1)), times (T/Tnom)^XTI where XTI is given; E is that of Tnom.
 *
 * Level 2, Parker and Skellern:
 *   v       vgs - VTO - (LFGAM - LFG1 vgs + LFG2 vgd) vgd,  vgd = vgs - vds
 *   vgt     S log(1 + exp(v / S)),  S = VST (1 + MVST vds); v, not less than 0, for S = 0
 *   vdp     vds P/Q (vgt / (VBI - VTO))^(P - Q)
 *   vsat    vgt / (1 + vgt / (MXI vgt + XI (VBI - VTO)))
 *   vdt     sqrt((h + vsat/2)^2 + c) - sqrt((h - vsat/2)^2 + c),  h = vdp sqrt(1 + Z)/2, c = vsat^2 Z/4
 *   channel I / (1 + DELTA vds I / AREA),  I = AREA BETA (1 + LAMBDA vds) (vgt^Q - (vgt - vdt)^Q)
 *   gs, gd  AREA IS (exp(u / N Vt) - 1) - AREA IBD (exp(-u / VBD) - 1) + gmin u
 * Temperature: IS exp(1.11/Vt (T/Tnom - 1)); VBI as a junction potential (silicon.h).
 *
 * From v = -10 S on, where vgt is 4.5e-5 S, it falls to 1e-30 V within 1e-3 S; ngspice 39 has a step to 0 there. Other
 * differences from it, which make level 2 continuous: the exponentials of the gate end, with a step, where u < -10 N Vt
 * and u > 10 VBD (the steps are 4.5e-5 of IS and IBD), and go on in straight lines beyond 40; here they are themselves,
 * but for that of IS below -40 N Vt, which is held. dtemp of a card is a difference; ngspice 39 takes that of level 2
 * for the temperature, in kelvin.
 *
 * Sources: Shichman and Hodges, IEEE J. Solid-State Circuits 3 (1968); Parker and Skellern, IEEE Trans. MTT 45 (1997);
 * Parker and Skellern, Improved MESFET Characterisation for Analog Circuit Design and Analysis, 1992 GaAs IC
 * Symposium; ngspice 39 manual, chapter 9. */
#ifndef OPSPICE_JFET_H
#define OPSPICE_JFET_H

#include "laws/device.h"

/* Parameters of the card; NAN: not given. */
struct jfet_model {
    double vto, beta, lambda, b; /* V, A/V^2, 1/V, 1 */
    double rd, rs;               /* ohm */
    double pb, is, eg, xti;      /* V, A, V, 1 */
    double tcv, vtotc;           /* V/K */
    double bex, betatce, tnom;   /* 1, percent/K, degrees Celsius */
};

struct jfet2_model {
    double vto, beta, lambda, delta;           /* V, A/V^Q, 1/V, 1/W */
    double lfgam, lfg1, lfg2;                  /* 1, 1/V, 1/V */
    double vst, mvst, p, q, xi, mxi, z;        /* V, 1/V, 1 .. */
    double vbi, is, n, ibd, vbd;               /* V, A, 1, A, V */
    double rd, rs, tnom;                       /* ohm, ohm, degrees Celsius */
};

struct jfet_size {
    double area;
    double temp, dtemp; /* degrees Celsius, K */
};

extern const struct device_kind jfet_kind, jfet2_kind;

#endif
