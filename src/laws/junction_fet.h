/* Field effect transistors whose gate is a junction: what JFETs and MESFETs have in common.
 *
 * Terminals drain d, gate g, source s; behind RD and RS the inner ones d' and s'. Parts:
 *
 *   channel  d' to s': a function of x = (vgs, vds), vgs = v(g) - v(s'), vds = v(d') - v(s'). For vds < 0 drain and
 *            source change places: i(vgs, vds) = -i(vgs - vds, -vds)
 *   gs, gd   the gate's junctions, g to s' and g to d'; where none is left of them, a resistance of 1/gmin
 *   rd, rs   constant
 *
 * Printed: ngspice's @j[..] and @z[..]; currents as those of an n type, and p with the sign that comes of them, as
 * there. */
#ifndef OPSPICE_JUNCTION_FET_H
#define OPSPICE_JUNCTION_FET_H

#include "laws/device.h"

enum { JUNCTION_FET_NODES = 5 };

/* The beginning of the law of each. */
struct junction_fet {
    const struct device_function *channel;
    double vt, vcrit, vto; /* V: where Newton's steps are shortened (limiting.h) */
    double rd, rs;         /* ohm; 0: none */
    double gmin;           /* S */
    bool has_gate;
    struct junction gate;  /* of gs and of gd */
};

/* A channel for vds >= 0, with slope[2] and size as in device_function. */
typedef double junction_fet_forward(const void *law, double vgs, double vds, double *slope, double *size);

/* `at`, `limit` and `begin` of a channel's device_function. */
double junction_fet_channel(junction_fet_forward *forward, const void *law, const double *x, double *slope,
                            double *size);
void junction_fet_limit(const void *law, const double *before, double *x);
void junction_fet_begin(const void *law, bool off, double *x);

/* As in device_kind. */
extern const char *const junction_fet_node[JUNCTION_FET_NODES];
size_t junction_fet_shape(const void *law, uint8_t *alias, struct device_part *part);

/* Functions of device_quantity: currents into drain, gate and source, from gate to drain; and so on. */
double junction_fet_vgs(const void *law, const struct device_point *at);
double junction_fet_vgd(const void *law, const struct device_point *at);
double junction_fet_drain(const void *law, const struct device_point *at);
double junction_fet_gated(const void *law, const struct device_point *at);
double junction_fet_source(const void *law, const struct device_point *at);
double junction_fet_gate_drain(const void *law, const struct device_point *at);
double junction_fet_gm(const void *law, const struct device_point *at);
double junction_fet_gds(const void *law, const struct device_point *at);
double junction_fet_ggs(const void *law, const struct device_point *at);
double junction_fet_ggd(const void *law, const struct device_point *at);
double junction_fet_power(const void *law, const struct device_point *at);

#endif
