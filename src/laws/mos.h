/* What the MOS transistors of levels 1, 2, 3 and 6 share: parameters, geometry, temperature, bulk junctions, series
 * resistances, the exchange of drain and source, and what is printed.
 *
 * Nodes: drain, gate, source, bulk; drain' and source' behind the series resistances. Parts: the channel from drain' to
 * source', controlled by vgs', vds', vbs'; the junctions bulk to source' and bulk to drain', each with gmin; RD and RS,
 * or NRD and NRS squares of RSH.
 *
 * Where vds < 0 drain and source change their parts: i(vgs, vds, vbs) = -i(vgs - vds, -vds, vbs - vds). Beyond
 * MOS_FARTHEST V the channel goes on in a straight line.
 *
 * Over temperature, r = T / Tnom and Eg the band gap: KP and UO as r^-1.5; IS and JS as exp(Eg(Tnom)/Vt(Tnom) -
 * Eg(T)/Vt(T)); PHI and PB as potentials (silicon.h); VTO = Vbi + GAMMA sqrt(PHI), where Vbi moves by half of what
 * PHI moves and of what Eg moves back.
 * From the process, where not given: KP = UO Cox; PHI = 2 Vt ln(NSUB / ni); GAMMA = sqrt(2 eps q NSUB) / Cox; VTO from
 * the work function of the gate (TPG) and NSS.
 *
 * Bulk junctions: IS, or JS times AD and AS where all three are given and not 0. Levels 1, 2 and 6: -IS below -3 Vt, in
 * place of the generation region of junction.h; the step of exp(-3) IS that ngspice has there is its ramp.
 *
 * Differences from ngspice 39: slopes are the derivatives of the current (ngspice's gmbs is another one above vbs = 0,
 * and some of levels 2 and 3); a given RD = 0 or RS = 0 means no resistance where RSH is given too (ngspice leaves that
 * node in the air); a channel without length or width is refused, not warned of. The first guess and fetlim, limvds are
 * those of SPICE3 (Quarles, Analysis of Performance and Convergence Issues for Circuit Simulation, 1989, 3.3).
 * Source: Vladimirescu and Liu, The Simulation of MOS Integrated Circuits using SPICE2, 1980; Antognetti and Massobrio,
 * Semiconductor Device Modeling with SPICE; ngspice 39's manual, 11. */
#ifndef OPSPICE_MOS_H
#define OPSPICE_MOS_H

#include "laws/device.h"
#include "laws/channel_range.h"
#include "laws/dual.h"
#include "laws/given.h"

#define MOS_FARTHEST 1e9 /* V */
#define MOS_OFF -70.0     /* exp of it times any current is none */
#define EPSILON_SILICON (11.7 * 8.854214871e-12) /* F/m, with the vacuum's as SPICE2 took it */
#define EPSILON_OXIDE (3.9 * 8.854214871e-12)    /* F/m */

/* Voltages as the channel takes them; and whether a box [n] of them is within that. */
static inline double mos_near(double x)
{
    return fmin(fmax(x, -MOS_FARTHEST), MOS_FARTHEST);
}

static inline bool mos_covers(uint32_t n, const struct interval *x)
{
    bool covers = true;
    for (uint32_t k = 0; k < n; k++)
        covers &= x[k].low >= -MOS_FARTHEST && x[k].high <= MOS_FARTHEST;
    return covers;
}

/* A .model card, all levels together; NAN where it says nothing. Units as on the card. */
struct mos_model {
    double vto, kp, gamma, phi, lambda, rd, rs, rsh, is, js, pb, tox, ld, uo, nsub, tpg, nss, tnom;
    double delta, uexp, ucrit, vmax, xj, neff, nfs;                /* level 2, some of them level 3 */
    double xl, wd, xw, delvto, eta, theta, kappa;                  /* level 3 */
    double kv, nv, kc, nc, gamma1, sigma, lambda0, lambda1;        /* level 6 */
};

/* An element's card; NAN where it says nothing. */
struct mos_size {
    double l, w, ad, as, pd, ps, nrd, nrs, temp, dtemp; /* m, m^2, 1, degrees Celsius */
};

struct mos_law;

/* The channel at vds >= 0: its current, A, by x = vgs, vds, vbs. */
struct mos_channel {
    struct dual current;
    double von, vdsat; /* V */
};

/* How the levels differ in what they share. */
struct mos_rules {
    double tox;          /* m: where not given; NAN: no oxide, and NSUB idle */
    double nrd;          /* squares of drain and source, where not given */
    bool ni_at_tnom;     /* the intrinsic carriers are those at Tnom, not at 300 K */
    bool generation;     /* the bulk junctions have a generation region */
    bool gmin_of_each;   /* gmin lies across the junctions of each of m devices, not once across all */
    void (*channel)(const struct mos_law *law, const double *x, struct mos_channel *channel);
    double (*von)(const struct mos_law *law, const double *x); /* its von alone; NULL: there is no shorter way to it */
    channel_forward *range; /* the same over boxes; NULL: not known */
};

/* One device at its temperature: first in the law of each level. */
struct mos_law {
    const struct mos_rules *rules;
    struct mos_size size;        /* as given, or by default */
    int type;                    /* of its model: 1: n; -1: p */
    double temp;                 /* degrees Celsius */
    double vt;                   /* V */
    double length, width;        /* m: effective */
    double cox;                  /* F/m^2; 0: no oxide */
    double uo;                   /* cm^2/Vs, at Tnom */
    double mobility_falls;       /* (T / Tnom)^1.5 */
    double kp;                   /* A/V^2, at T */
    double gamma, phi, pb;       /* sqrt(V), V, V */
    double vbi, vto;             /* V, as of an n type */
    double nsub;                 /* 1/cm^3; 0: not given */
    double xd;                   /* m/sqrt(V): width of the depletion layer at 1 V; 0: NSUB not given */
    double rd, rs;               /* ohm; 0: none */
    double isd, iss;             /* A: bulk-drain, bulk-source */
    double gmin;                 /* S: of one device */
};

/* What all levels make of the cards. Returns NULL, or what is wrong. */
const char *mos_make(struct mos_law *law, const struct mos_rules *rules, const struct mos_model *model,
                     const struct mos_size *size, const struct device_conditions *conditions);

size_t mos_shape(const void *law, uint8_t *alias, struct device_part *part);

/* exp(x) of weak inversion, x <= 0; below MOS_OFF its tangent, as far as 0. */
struct dual mos_weak(struct dual x);

/* sqrt(PHI - vbs), in its tangent at vbs = 0 above that and never below 0: vbs is the control 2. */
struct dual mos_root(const struct mos_law *law, double vbs);

/* mos_root over a box (interval_dual.h). */
struct interval_dual mos_root_range(const struct mos_law *law, struct interval_dual vbs);

/* The channel, with drain and source exchanged where vds < 0. */
extern const struct device_function mos_function;
extern const char *const mos_nodes[], *const mos_inner_nodes[];
extern const struct device_parameter mos_sizes[];
extern const struct device_quantity mos_quantities[];

/* The fields of device_kind that all levels share. */
#define MOS_KIND                                                                                                       \
    .what = "MOS transistor", .least = 4, .most = 4, .nodes = 6, .model_size = sizeof(struct mos_model),               \
    .size_size = sizeof(struct mos_size), .size = mos_sizes, .shape = mos_shape, .quantity = mos_quantities

/* Parameters of the .model card that every level knows: with an effect, and without one at direct current. */
#define MOS_PARAMETER(name, otherwise) {#name, offsetof(struct mos_model, name), otherwise}
#define MOS_COMMON_PARAMETERS                                                                                          \
    MOS_PARAMETER(vto, NAN), {"vt0", offsetof(struct mos_model, vto), NAN}, MOS_PARAMETER(gamma, NAN),                 \
        MOS_PARAMETER(phi, NAN), MOS_PARAMETER(rd, NAN), MOS_PARAMETER(rs, NAN), MOS_PARAMETER(rsh, NAN),              \
        MOS_PARAMETER(is, 1e-14), MOS_PARAMETER(js, 0), MOS_PARAMETER(tox, NAN), MOS_PARAMETER(ld, 0),                 \
        MOS_PARAMETER(uo, 600), {"u0", offsetof(struct mos_model, uo), NAN}, MOS_PARAMETER(nsub, NAN),                 \
        MOS_PARAMETER(tpg, 1), MOS_PARAMETER(nss, 0), MOS_PARAMETER(tnom, NAN)
#define MOS_IDLE_PARAMETERS                                                                                            \
    {"cbd", DEVICE_IDLE, NAN}, {"cbs", DEVICE_IDLE, NAN}, {"cgso", DEVICE_IDLE, NAN}, {"cgdo", DEVICE_IDLE, NAN},      \
        {"cgbo", DEVICE_IDLE, NAN}, {"cj", DEVICE_IDLE, NAN}, {"mj", DEVICE_IDLE, NAN}, {"cjsw", DEVICE_IDLE, NAN},    \
        {"mjsw", DEVICE_IDLE, NAN}, {"fc", DEVICE_IDLE, NAN}, {"kf", DEVICE_IDLE, NAN}, {"af", DEVICE_IDLE, NAN},      \
        {"lmin", DEVICE_IDLE, NAN}, {"lmax", DEVICE_IDLE, NAN}, {"wmin", DEVICE_IDLE, NAN},                            \
        {"wmax", DEVICE_IDLE, NAN}

#endif
