/* The bipolar transistor's law: bipolar_make.c makes it, bipolar.c evaluates it, bipolar_range.c over boxes. Letters as
 * in bipolar.h. */
#ifndef OPSPICE_BIPOLAR_PARTS_H
#define OPSPICE_BIPOLAR_PARTS_H

#include "laws/bipolar.h"

#define BIPOLAR_LEAST_CHARGE 1e-12    /* of 1 + 4 F/IKF + 4 R/IKR */
#define BIPOLAR_LEAST_RESISTANCE 1e-9 /* of the larger of RB and RBM */

struct bipolar_law {
    double vt, vcrit, gmin;
    struct junction forward, reverse;               /* of the transport: F, R */
    struct junction be, bc, substrate;
    double inverse_vaf, inverse_var;                /* 1/V */
    double inverse_ikf, inverse_ikr, nkf;           /* 1/A */
    double rb, rbm, irb, rc, re, rco, vo, gamma;
    bool collector, base, emitter; /* are there resistances? */
    bool base_varies, epitaxial, has_iss, lateral;
};

extern const struct device_parameter bipolar_model_parameters[], bipolar_size_parameters[];

/* As in device_kind. */
const char *bipolar_make(void *law, const void *model, const void *size, const struct device_conditions *conditions);

/* (tan z - z) / (z tan^2 z) for 0 < z, falling from 1/3 to 0 at pi/2, and its slope. */
double bipolar_crowding(double z, double *slope);

/* Of vbe, vbc, as in device_function: the transport, and the base resistance. */
bool bipolar_transport_over(const void *law, const struct interval *x, struct interval *value, struct interval *slope);
bool bipolar_base_over(const void *law, const struct interval *x, struct interval *value, struct interval *slope);

#endif
