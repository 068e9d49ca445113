/* The bipolar transistor of Gummel and Poon, as ngspice 39 has it (level 1), at direct current.
 *
 * Nodes: collector c, base b, emitter e, substrate s; behind RC, RCO, RB and RE the inner ones x (between RC and RCO),
 * c', b', e'. J(u; I, n) is the current of a junction of saturation current I and emission coefficient n: exponential
 * above -3 n Vt, and the generation region below (junction.h). vbe = v(b') - v(e'), vbc = v(b') - v(c').
 *
 *   be         J(vbe; IS/BF, NF) + J(vbe; ISE, NE) + gmin vbe
 *   bc         J(vbc; IS/BR, NR) + J(vbc; ISC, NC) + gmin vbc
 *   transport  c' to e': (F - R) / qb,  F = J(vbe; IBE, NF),  R = J(vbc; IBC, NR),
 *              1 / qb = (1 - vbc/VAF - vbe/VAR) 2 / (1 + (1 + 4 F/IKF + 4 R/IKR)^NKF)
 *   substrate  J(u; ISS, NS) + gmin u, from s to c' (vertical), from b' to s (lateral); only gmin without ISS
 *   rb         RBM + (RB - RBM) / qb; with IRB: RBM + 3 (RB - RBM) (tan z - z) / (z tan^2 z),
 *              z = (sqrt(1 + 14.59025 ib/IRB) - 1) / (2.4317 sqrt(ib/IRB)), ib that of be and bc
 *   epitaxial  x to c', u = v(x) - v(c'): u / RCO for u < 0, else Kull's
 *              (u + Vt (K' - K - log((1 + K') / (1 + K)))) / (RCO (1 + u/VO)),
 *              K = sqrt(1 + GAMMA exp(v/Vt)) of v = v(b') - v(x), K' of vbc; and gmin u
 *
 * IBE and IBC are IS unless both are given. AREA multiplies IS, IBE, ISE, IKF, IKR, IRB and divides resistances; AREAB
 * (vertical; AREAC if lateral) multiplies IS of the collector's side once more, and IBC and ISC; ISS has AREA, or with
 * IBE and IBC that of AREAC and AREAB which they do not have. ISE and ISC above 1e-4 are multiples of IS.
 *
 * Temperature: TLEV 0 and 1: currents grow as exp(factor / n) with factor = EG/Vt (T/Tnom - 1) + XTI log(T/Tnom), IS
 * with n = 1; gains by (T/Tnom)^XTB or 1 + XTB dT, by which leakages are divided. TLEV 3: I^(1 + a dT + b dT^2). All
 * else has polynomials of dT; RCO, VO, GAMMA powers of T/Tnom with QUASIMOD=1. Parameters that are 0 mean: none (VAF,
 * VAR, IKF, IKR, IRB). NKF is at most 1, RCO at least 0.01 ohm.
 *
 * Differences from ngspice 39, which make the law continuous and the resistance positive: where 1 + 4 F/IKF + 4 R/IKR
 * is not positive, it counts as 1e-12 (ngspice: 1); rb is never less than 1e-9 of the larger of RB and RBM. With TLEV 3
 * gains without coefficients stay as they are (ngspice: they grow as those of the transistor that it read before).
 *
 * Printed: ngspice's @q[..]. ic, ib and ie are what the junctions and the transport carry; the substrate's current is
 * in ib of a lateral transistor and in ie of a vertical one, as there, and `is` is that out of the substrate.
 *
 * Sources: Gummel and Poon, Bell Syst. Tech. J. 49 (1970); Antognetti and Massobrio, Semiconductor Device Modeling with
 * SPICE, 1988, chapter 2; Kull, Nagel, Lee, Lloyd, Prendergast and Dirks, IEEE Trans. ED-32 (1985); ngspice 39 manual,
 * chapter 8. */
#ifndef OPSPICE_BIPOLAR_H
#define OPSPICE_BIPOLAR_H

#include "laws/device.h"

/* Parameters of the card; NAN: not given. */
struct bipolar_model {
    double is, ibe, ibc, ise, isc, iss;         /* A */
    double bf, br, nf, nr, ne, nc, ns, nkf;
    double vaf, var;                            /* V; 0: none */
    double ikf, ikr, irb;                       /* A; 0: none */
    double rb, rbm, rc, re;                     /* ohm */
    double rco, vo, gamma, vg, cn, d, quasimod; /* ohm, V, 1, V: of the epitaxial layer */
    double subs;                                /* 1: vertical; -1: lateral; else by the type */
    double eg, xti, xtb, tlev, tnom;            /* V, 1, 1, which, degrees Celsius */
    double tis1, tis2, tise1, tise2, tisc1, tisc2, tiss1, tiss2; /* 1/K, 1/K^2, as all that follow */
    double tbf1, tbf2, tbr1, tbr2, tnf1, tnf2, tnr1, tnr2, tne1, tne2, tnc1, tnc2, tns1, tns2;
    double tvaf1, tvaf2, tvar1, tvar2, tikf1, tikf2, tikr1, tikr2, tirb1, tirb2;
    double trb1, trb2, trm1, trm2, trc1, trc2, tre1, tre2;
};

struct bipolar_size {
    double area, areab, areac;
    double temp, dtemp; /* degrees Celsius, K */
};

extern const struct device_kind bipolar_kind;

#endif
