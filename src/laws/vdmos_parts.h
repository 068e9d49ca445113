/* What the files of VDMOS transistors share: vdmos_make.c (from the cards to the law), vdmos_temperature.c (what a
 * temperature does), vdmos_heat.c (the parts of one that heats itself), vdmos.c (all else). */
#ifndef OPSPICE_VDMOS_PARTS_H
#define OPSPICE_VDMOS_PARTS_H

#include "laws/device.h"
#include "laws/dual.h"

enum {
    VDMOS_DRAIN,
    VDMOS_GATE,
    VDMOS_SOURCE,
    VDMOS_TJ, /* temperatures of junction and case */
    VDMOS_TC,
    VDMOS_INNER_DRAIN,
    VDMOS_INNER_GATE,
    VDMOS_INNER_SOURCE,
    VDMOS_ANODE,
    VDMOS_NODES
};

enum { VDMOS_CHANNEL, VDMOS_DIODE }; /* parts of each device; the others behind */

/* A .model card; NAN where it says nothing. */
struct vdmos_model {
    double vto, kp, phi, lambda, theta, rd, rs, rg, rds, rb, rq, vq, mtriode, subshift, ksubthres, tnom;
    double tcvth, mu, texp0, texp1, trd1, trd2, trg1, trg2, trs1, trs2, trb1, trb2, tksubthres1, tksubthres2;
    double is, n, bv, ibv, nbv, eg, xti, rthjc, rthca;
};

struct vdmos_size {
    double temp, dtemp; /* degrees Celsius */
    double thermal;     /* 1: the card's word; NAN: not */
};

struct vdmos_law {
    double temp, dtemp;                 /* degrees Celsius */
    double beta, von, start;            /* A/V^2, V, V: where the first guess is */
    double lambda, theta, mtriode;      /* 1/V, 1/V, 1 */
    double subshift, ksubthres;         /* V */
    double rd, rq, vq, rg, rs, rds, rb; /* ohm, V; 0: none */
    double share, gmin;                 /* how many in parallel; S: of one of them */
    struct junction diode;
    bool heats;     /* itself */
    double thermal; /* 1: by the card's word it should */
    double type;    /* 1: n; -1: p */
    double ambient; /* degrees Celsius: of the circuit */
    double tnom;    /* degrees Celsius */
    struct vdmos_model model; /* what it is at other temperatures; complete */
};

/* A temperature, and what it does. */
struct vdmos_temperature {
    struct dual kelvin, ratio, dt, again; /* K; over Tnom; less Tnom, K; over the device's own TEMP */
};

/* At the device's own temperature; and where v(tj) is a control x, number `index`: as much above it. */
struct vdmos_temperature vdmos_at_rest(const struct vdmos_law *law);
struct vdmos_temperature vdmos_heated(const struct vdmos_law *law, double x, int index);

/* law's own numbers become those at a temperature. */
void vdmos_take_temperature(struct vdmos_law *law, const struct vdmos_temperature *at);

struct dual vdmos_beta(const struct vdmos_law *law, const struct vdmos_temperature *at);
struct dual vdmos_von(const struct vdmos_law *law, const struct vdmos_temperature *at);
struct dual vdmos_ksubthres(const struct vdmos_law *law, const struct vdmos_temperature *at);
struct dual vdmos_rd(const struct vdmos_law *law, const struct vdmos_temperature *at);
struct dual vdmos_rq(const struct vdmos_law *law, const struct vdmos_temperature *at);
struct dual vdmos_rg(const struct vdmos_law *law, const struct vdmos_temperature *at);
struct dual vdmos_rs(const struct vdmos_law *law, const struct vdmos_temperature *at);
struct dual vdmos_rb(const struct vdmos_law *law, const struct vdmos_temperature *at);

/* The channel's current at vgs', vds'. */
struct vdmos_channel {
    struct dual beta, von, ksubthres;
    double lambda, theta, mtriode, subshift;
};

struct vdmos_channel vdmos_channel(const struct vdmos_law *law, const struct vdmos_temperature *at);
struct dual vdmos_channel_current(const struct vdmos_channel *channel, struct dual vgs, struct dual vds);

/* RD with RQ at v, the voltage between drain and source. */
struct dual vdmos_drain_resistance(const struct vdmos_law *law, struct dual rd, struct dual rq, struct dual v);

/* Put the parts of one that heats itself: part [DEVICE_PARTS] out, alias [VDMOS_NODES]; returns how many. */
size_t vdmos_put_heated_parts(const struct vdmos_law *law, const uint8_t *alias, struct device_part *part);

/* One more of `count`, where ohms > 0; returns how many there are then. */
size_t vdmos_put_resistance(struct device_part *part, size_t count, const char *name, uint8_t a, uint8_t k,
                            double ohms);

/* kind->make */
const char *vdmos_make(void *law, const void *model, const void *size, const struct device_conditions *conditions);

extern const struct device_parameter vdmos_model_parameters[], vdmos_size_parameters[];

#endif
