/* The MESFET of Statz et al., as ngspice 39 has it (level 1), at direct current. Parts: junction_fet.h. vds >= 0:
 *
 *   channel  AREA BETA v^2 / (1 + B v) (1 + LAMBDA vds) f,  v = vgs - VTO > 0, else 0,
 *            f = 1 - (1 - ALPHA vds / 3)^3 for vds < 3 / ALPHA, else 1
 *   gs, gd   AREA IS (exp(u / Vt) - 1), below -3 Vt the generation region (junction.h); gmin u
 *
 * and RD / AREA, RS / AREA. Nothing depends on temperature: Vt is that of 27 degrees Celsius.
 * Source: Statz, Newman, Smith, Pucel and Haus, IEEE Trans. ED-34 (1987); ngspice 39 manual, chapter 10. */
#ifndef OPSPICE_MESFET_H
#define OPSPICE_MESFET_H

#include "laws/device.h"

/* Parameters of the card; NAN: not given. */
struct mesfet_model {
    double vto, alpha, beta, lambda, b; /* V, 1/V, A/V^2, 1/V, 1/V */
    double rd, rs;                      /* ohm */
    double is;                          /* A */
};

struct mesfet_size {
    double area;
};

extern const struct device_kind mesfet_kind;

#endif
