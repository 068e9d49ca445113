/* Curved laws: values against ngspice, derivatives, monotony, where they meet straight lines. */
#include "laws/curve.h"
#include "laws/junctions.h"
#include "laws/law_range.h"
#include "decks.h"
#include "lowered.h"
#include "networks.h"
#include "suites.h"
#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- against ngspice --------------------------------------------------------------------------------------------- */

/* Currents of ngspice 39.3, `ngspice -b -r` on a voltage source across each diode, with reltol=1e-9 abstol=1e-18
 * vntol=1e-12. With rs its sums carry the rounding of u / rs. */
static const struct {
    const char *model, *diode;
    double temp, u, i;
} ngspice[] = {
    {"is=1e-14", "", 27, -5, -5.009999998139e-12},
    {"is=1e-14", "", 27, -1, -1.009999767398e-12},
    {"is=1e-14", "", 27, -0.05, -5.855304023255e-14},
    {"is=1e-14", "", 27, 0.3, 1.089875375125e-09},
    {"is=1e-14", "", 27, 0.7, 5.670346772122e-03},
    {"is=2.52n rs=.568 n=1.752", "", 27, -0.3, -2.508625085440e-09},
    {"is=2.52n rs=.568 n=1.752", "", 27, 0.5, 1.557617491860e-04},
    {"is=2.52n rs=.568 n=1.752", "", 27, 0.9, 1.541222825975e-01},
    {"is=2.52n rs=.568 n=1.752", "", 27, 1.2, 5.769765953378e-01},
    {"is=2.52n rs=.568 n=1.752", "area=3 m=2", 85, 0.5, 1.099482729532e-02},
    {"is=2.52n rs=.568 n=1.752", "area=3 m=2", 85, 1.2, 4.032716745992e+00},
    {"is=5e-14 n=1.05 rs=1.5 bv=5.1 ibv=5m nbv=1.3", "", 27, -5.3, -7.317973125567e-02},
    {"is=5e-14 n=1.05 rs=1.5 bv=5.1 ibv=5m nbv=1.3", "", 27, -5.05, -1.077202777692e-03},
    {"is=5e-14 n=1.05 rs=1.5 bv=5.1 ibv=5m nbv=1.3", "", 27, -4.9, -1.304687466064e-05},
    {"is=5e-14 n=1.05 rs=1.5 bv=5.1 ibv=5m nbv=1.3", "", 27, 0.8, 3.802051445181e-02},
    {"is=1e-10 bv=6 tcv=1m", "temp=100", 27, -5.9, -3.670398926769e-04},
    {"is=1e-10 bv=6 tcv=1m", "temp=100", 27, 0.4, 2.148868409181e-01},
    {"is=1e-10 bv=6 tcv=1m tlev=1", "dtemp=50 m=2", 27, -5.9, -1.492770500099e+00},
    {"is=1e-10 bv=6 tcv=1m tlev=1", "dtemp=50 m=2", 27, 0.4, 8.326632736097e-02},
    {"is=1e-13 n=1.1 ikf=2m ikr=1u", "", 27, -2, -2.099968000412e-12},
    {"is=1e-13 n=1.1 ikf=2m ikr=1u", "", 27, 0.5, 4.097862368525e-06},
    {"is=1e-13 n=1.1 ikf=2m ikr=1u", "", 27, 0.7, 1.894625774802e-03},
    {"is=1e-13 n=1.1 ikf=2m ikr=1u", "", 27, 0.9, 1.026317326787e-01},
    {"is=1e-15 isr=1e-11 nr=2 vj=0.7 m=0.4", "", 27, 0.01, 2.133024079885e-12},
    {"is=1e-15 isr=1e-11 nr=2 vj=0.7 m=0.4", "", 27, 0.2, 4.120177039257e-10},
    {"is=1e-15 isr=1e-11 nr=2 vj=0.7 m=0.4", "", 27, 0.4, 2.153978692987e-08},
    {"is=1e-15 isr=1e-11 nr=2 vj=0.7 m=0.4", "", 27, 0.6, 1.239466281420e-05},
    {"is=1e-15 isr=1e-11 nr=2 vj=0.7 m=0.4", "", 27, 0.8, 2.710796177435e-02},
    {"is=1e-15 isr=1e-12 nr=1.5 vj=3 m=2 tm1=1m", "", 85, 0.1, 1.118982726746e-09},
    {"is=1e-15 isr=1e-12 nr=1.5 vj=3 m=2 tm1=1m", "", 85, 0.5, 2.480979457003e-05},
    {"is=1e-15 isr=1e-12 nr=1.5 vj=3 m=2 tm1=1m", "", 85, 0.7, 1.291857804249e-02},
    {"is=1e-15 jtun=1e-13 jtunsw=1e-14 ntun=15", "pj=10", 27, -2, -3.645974080565e-11},
    {"is=1e-15 jtun=1e-13 jtunsw=1e-14 ntun=15", "pj=10", 27, -0.5, -1.026647294606e-12},
    {"is=1e-15 jtun=1e-13 jtunsw=1e-14 ntun=15", "pj=10", 27, 0.2, 2.560816274056e-12},
    {"is=1e-15 jtun=1e-13 jtunsw=1e-14 ntun=15", "pj=10", 27, 0.6, 1.187196365327e-05},
    {"is=1e-15 jsw=1e-15", "pj=2", 27, -1, -1.002999930219e-12},
    {"is=1e-15 jsw=1e-15", "pj=2", 27, 0.4, 1.561279480071e-08},
    {"is=1e-15 jsw=1e-15", "pj=2", 27, 0.7, 1.701104032127e-03},
    {"is=1e-15 jsw=1e-15 ns=.65", "pj=.5", 27, -1, -1.001499973546e-12},
    {"is=1e-15 jsw=1e-15 ns=.65", "pj=.5", 27, 0.4, 1.076523808215e-05},
    {"is=1e-15 jsw=1e-15 ns=.65", "pj=.5", 27, 0.7, 6.045702170685e+02},
    {"n=40 is=1e-6", "", 27, -9, -9.979669515981e-07},
    {"n=40 is=1e-6", "", 27, -2, -8.553060232548e-07},
    {"n=40 is=1e-6", "", 27, 0.5, 6.213845112735e-07},
    {"n=40 is=1e-6", "", 27, 20, 2.485624039216e+02},
    {"n=.5 is=1e-18", "", 27, 0.2, 5.404131600238e-12},
    {"n=.5 is=1e-18", "", 27, 0.45, 1.293551715096e-03},
    {"is=1e-9 eg=.69 xti=2 trs1=1m trs2=1u rs=100 tnom=50", "", 85, 0.3, 1.426801212950e-04},
    {"is=1e-9 eg=.69 xti=2 trs1=1m trs2=1u rs=100 tnom=50", "", 85, 1.2, 7.642418592862e-03},
    {"is=1e-14 level=3 bv=4", "w=2 l=3", 27, -4.05, -4.146625309046e-02},
    {"is=1e-14 level=3 bv=4", "w=2 l=3", 27, 0.6, 7.123177743522e-04},
    {"is=1e-6 n=40 bv=2 ibv=1u", "", 27, -1, -6.196117562704e-07},
    {"is=1e-6 n=40 bv=2 ibv=1u", "", 27, -4, -6.911046189936e-06},
    {"is=1e-6 n=40 bv=2 ibv=1u", "", 27, -6, -4.776251015108e-05},
    {"is=1e-12 n=0.001", "", 27, -1, -2.000000000000e-12},
    {"is=1e-12 n=0.001", "", 27, 0.0004, 5.204131600638e-06},
};

START_TEST(currents_of_ngspice)
{
    char cards[400];
    const char *model = ngspice[_i].model, *rs = strstr(model, "rs=");
    snprintf(cards, sizeof cards, "d1 a 0 m %s\n.model m d(%s)\n", ngspice[_i].diode, model);
    struct lowered lowered = lowered_circuit(cards);
    ck_assert_uint_eq(lowered.diagnostics.errors, 0);
    circuit_set_temperature(&lowered.circuit, ngspice[_i].temp);
    const struct element *diode = &lowered.circuit.element[0];
    double i = diode->value * law_current(&lowered.circuit.law[diode->law], ngspice[_i].u);
    double noise = 2e-9 * fabs(ngspice[_i].i) + 1e-18 + (rs ? 1e-14 * fabs(ngspice[_i].u) / atof(rs + 3) : 0);
    ck_assert_msg(fabs(i - ngspice[_i].i) <= noise, "%s %s at %g V: %.12e A, ngspice %.12e A", model, ngspice[_i].diode,
                  ngspice[_i].u, i, ngspice[_i].i);
    lowered_free(&lowered);
}
END_TEST

/* Currents of ngspice 39.3's code model sidiode: `v1 1 0 U`, `a1 %gd(1 0) m`, `.model m sidiode(..)`, `.op`, with
 * reltol=1e-10 abstol=1e-16 vntol=1e-13; i is minus that of v1. Of rounded knees without a limit only the round part:
 * behind it sidiode jumps, which LTspice does not. validation/diodes compares whole curves. */
static const struct {
    const char *model;
    double u, i;
} sidiode[] = {
    {"ron=2 roff=1k vfwd=.7", -3, -3.000000000000e-03},
    {"ron=2 roff=1k vfwd=.7", 0.5, 5.000000000000e-04},
    {"ron=2 roff=1k vfwd=.7", 0.7, 7.000000000000e-04},
    {"ron=2 roff=1k vfwd=.7", 2, 6.507000000000e-01},
    {"ron=.1 roff=1meg vfwd=.6 vrev=5 rrev=2", -8, -1.500005000000e+00},
    {"ron=.1 roff=1meg vfwd=.6 vrev=5 rrev=2", -5, -5.000000000000e-06},
    {"ron=.1 roff=1meg vfwd=.6 vrev=5 rrev=2", -1, -1.000000000000e-06},
    {"ron=.1 roff=1meg vfwd=.6 vrev=5 rrev=2", 1, 4.000000600000e+00},
    {"ron=3 roff=1k vrev=0 rrev=5", -2, -4.000000000000e-01},
    {"ron=3 roff=1k vrev=0 rrev=5", 2, 6.666666666667e-01},
    {"ron=1k roff=1", -1, -1.000000000000e+00},
    {"ron=1k roff=1", 1, 1.000000000000e-03},
    {"ron=2 roff=1k vfwd=.7 ilimit=1", 0.7, 7.000000000000e-04},
    {"ron=2 roff=1k vfwd=.7 ilimit=1", 1, 1.494808140998e-01},
    {"ron=2 roff=1k vfwd=.7 ilimit=1", 3, 8.178816501157e-01},
    {"ron=2 roff=1k vfwd=.7 ilimit=1", 40, 1.000000000000e+00},
    {"ron=2 roff=1k vrev=5 revilimit=.5", -5.2, -1.027007835113e-01},
    {"ron=2 roff=1k vrev=5 revilimit=.5", -9, -4.996680033708e-01},
    {"ron=2 roff=1k vfwd=.7 epsilon=.2 ilimit=1 vrev=5 rrev=3 revepsilon=.5 revilimit=2", -9, -1.092237533979e+00},
    {"ron=2 roff=1k vfwd=.7 epsilon=.2 ilimit=1 vrev=5 rrev=3 revepsilon=.5 revilimit=2", -5.6, -1.204373283884e-01},
    {"ron=2 roff=1k vfwd=.7 epsilon=.2 ilimit=1 vrev=5 rrev=3 revepsilon=.5 revilimit=2", -5.5, -8.858333333333e-02},
    {"ron=2 roff=1k vfwd=.7 epsilon=.2 ilimit=1 vrev=5 rrev=3 revepsilon=.5 revilimit=2", -5.3, -3.521000000000e-02},
    {"ron=2 roff=1k vfwd=.7 epsilon=.2 ilimit=1 vrev=5 rrev=3 revepsilon=.5 revilimit=2", -1, -1.000000000000e-03},
    {"ron=2 roff=1k vfwd=.7 epsilon=.2 ilimit=1 vrev=5 rrev=3 revepsilon=.5 revilimit=2", 0.6, 6.000000000000e-04},
    {"ron=2 roff=1k vfwd=.7 epsilon=.2 ilimit=1 vrev=5 rrev=3 revepsilon=.5 revilimit=2", 0.8, 1.327500000000e-02},
    {"ron=2 roff=1k vfwd=.7 epsilon=.2 ilimit=1 vrev=5 rrev=3 revepsilon=.5 revilimit=2", 0.9, 5.080000000000e-02},
    {"ron=2 roff=1k vfwd=.7 epsilon=.2 ilimit=1 vrev=5 rrev=3 revepsilon=.5 revilimit=2", 1, 9.822048951002e-02},
    {"ron=2 roff=1k vfwd=.7 epsilon=.2 ilimit=1 vrev=5 rrev=3 revepsilon=.5 revilimit=2", 4, 9.181651872198e-01},
    {"ron=.01 roff=100 vfwd=1 epsilon=1 ilimit=80", 1.5, 1.251375000000e+01},
    {"ron=.01 roff=100 vfwd=1 epsilon=1 ilimit=80", 2, 5.001500000000e+01},
    {"ron=.01 roff=100 vfwd=1 epsilon=1 ilimit=80", 2.5, 6.664467267465e+01},
    {"ron=.01 roff=100 vfwd=1 epsilon=1 ilimit=80", 12, 7.999999999917e+01},
    {"ron=2 roff=1k vfwd=.7 epsilon=.2", 0.75, 3.868750000000e-03},
    {"ron=2 roff=1k vfwd=.7 epsilon=.2", 0.89, 4.592475000000e-02},
    {"ron=1 roff=1k vrev=5 revepsilon=.4", -5.1, -1.758750000000e-02},
    {"ron=1 roff=1k vrev=5 revepsilon=.4", -5.39, -1.953248750000e-01},
};

START_TEST(currents_of_sidiode)
{
    char cards[200];
    snprintf(cards, sizeof cards, "d1 a 0 m\n.model m d(%s)\n", sidiode[_i].model);
    struct lowered lowered = lowered_circuit(cards);
    ck_assert_uint_eq(lowered.diagnostics.errors, 0);
    double i = law_current(&lowered.circuit.law[lowered.circuit.element[0].law], sidiode[_i].u);
    ck_assert_msg(fabs(i - sidiode[_i].i) <= 1e-11 * fabs(sidiode[_i].i), "%s at %g V: %.12e A, sidiode %.12e A",
                  sidiode[_i].model, sidiode[_i].u, i, sidiode[_i].i);
    lowered_free(&lowered);
}
END_TEST

/* Behind a rounded knee the current goes on where it is, and as steeply: LTspice's meaning. */
START_TEST(knees_are_smooth)
{
    struct lowered lowered =
        lowered_circuit("d1 a 0 m\n.model m d(ron=2 roff=1k vfwd=.7 epsilon=.2 vrev=5 rrev=4 revepsilon=.5)\n");
    const struct law *law = &lowered.circuit.law[lowered.circuit.element[0].law];
    ck_assert(near(law_current(law, .9), .9e-3 + .499 * .2 / 2, 1));
    ck_assert(near(law_current(law, 2.9), .9e-3 + .499 * .2 / 2 + 2 / 2., 1));
    ck_assert(near(law_current(law, -5.5), -5.5e-3 - .249 * .5 / 2, 1));
    ck_assert(near(law_current(law, -9.5), -5.5e-3 - .249 * .5 / 2 - 4 / 4., 1));
    lowered_free(&lowered);
}
END_TEST

/* ---- sources ----------------------------------------------------------------------------------------------------- */

/* Random numbers in a source's expression are one draw of that source: the same at all voltages and in each run,
 * another one in another source or with another seed. */
START_TEST(random_sources)
{
    double volt[3][2];
    static const char *const options[] = {"", "", ".options seed=7\n"};
    for (int run = 0; run < 3; run++) {
        char text[400];
        snprintf(text, sizeof text,
                 "random sources\nv1 in 0 1\nr1 in a 1\nr2 in b 1\nb1 a 0 i=v(a)*agauss(1,0.2,3)+aunif(0.1,0.1)\n"
                 "b2 b 0 i=v(b)*agauss(1,0.2,3)+aunif(0.1,0.1)\n%s.op\n.end\n", options[run]);
        opspice *deck = deck_solved(text);
        volt[run][0] = deck_voltage(deck, "a");
        volt[run][1] = deck_voltage(deck, "b");
        ck_assert(opspice_get_certificate(deck)->proved);
        opspice_free(deck);
    }
    ck_assert(volt[0][0] == volt[1][0] && volt[0][1] == volt[1][1]);
    ck_assert(fabs(volt[0][0] - volt[0][1]) > 1e-6 && fabs(volt[0][0] - volt[2][0]) > 1e-6);
    ck_assert(volt[0][0] > 0.3 && volt[0][0] < 0.6);
}
END_TEST

/* ---- properties -------------------------------------------------------------------------------------------------- */

static const char *const laws[] = {
    "d1 a 0 m\n.model m d(is=1e-14)\n",
    "d1 a 0 m 3\n.model m d(is=2.52n rs=.568 n=1.752)\n",
    "d1 a 0 m\n.model m d(is=5e-14 n=1.05 rs=1.5 bv=5.1 ibv=5m nbv=1.3)\n",
    "d1 a 0 m\n.model m d(is=1e-13 n=1.1 ikf=2m ikr=1u bv=7)\n",
    "d1 a 0 m\n.model m d(is=1e-15 isr=1e-11 nr=2 vj=.7 m=.4 bv=6 ibv=10u)\n",
    "d1 a 0 m pj=10\n.model m d(is=1e-15 jtun=1e-13 jtunsw=1e-14 ntun=15 jsw=1e-15 ns=1.2 bv=5 nbv=2)\n",
    "d1 a 0 m\n.model m d(is=1e-18 n=0.001 rs=1)\n",
    "d1 a 0 m\n.model m d(is=1e-6 n=40 bv=2 ibv=1u)\n",
    "d1 a 0 m m=2\n.model m d(Ron=1 Roff=1k Vfwd=.7 Epsilon=.2 Vrev=5 Rrev=2 Revepsilon=.5)\n",
    "d1 a 0 m\n.model m d(Ron=1 Roff=1meg Vfwd=.7 Ilimit=2 Vrev=5 Revilimit=1)\n",
    "b1 a 0 i={max((v(a)-0.01)/1e20,(v(a)-0.01)/1)}\n",
    "b1 a 0 i=1m*(exp(v(a)/0.5)-1)\n",
    "b1 0 a i=v(a)<-1 ? 2*(-1-v(a))+0.1 : min(0.1,-0.1*v(a))\n",
    "g1 a 0 TABLE {v(a)} = (-2,-1) (0,0) (0.5,0.01) (1,1)\n",
};
enum { LAWS = sizeof laws / sizeof *laws };

static const struct curve *curve_of(const struct lowered *lowered)
{
    const struct curve *curve = lowered->circuit.law[lowered->circuit.element[0].law].curve;
    ck_assert_ptr_nonnull(curve);
    return curve;
}

/* Volts from 1e-6 to 1e4 of both signs, and 0. */
static double voltage_at(int step, int steps)
{
    int half = steps / 2, k = step - half;
    return k == 0 ? 0 : copysign(pow(10, 10.0 * abs(k) / half - 6), k);
}

/* The current is finite and never falls: so its integral, the co-content, is convex. The derivative
 * is that of the current. */
START_TEST(currents_rise)
{
    enum { STEPS = 1000 };
    struct lowered lowered = lowered_circuit(laws[_i]);
    ck_assert_uint_eq(lowered.diagnostics.errors, 0);
    const struct curve *curve = curve_of(&lowered);
    double before = -INFINITY;
    ck_assert(curve->g_floor >= 0);
    for (int step = 0; step <= STEPS; step++) {
        double u = voltage_at(step, STEPS), slope, left, right, h = 1e-7 * fmax(fabs(u), 1e-7);
        double i = curve_current(curve, u, &slope);
        ck_assert_msg(isfinite(i) && slope >= 0 && isfinite(slope), "%s at %g V: %g A, %g S", laws[_i], u, i, slope);
        ck_assert_msg(i >= before - 1e-12 * (fabs(i) + curve->g_floor * fabs(u)), "%s falls at %g V", laws[_i], u);
        before = i;
        double below = curve_current(curve, u - h, &left), above = curve_current(curve, u + h, &right);
        double mean = (above - below) / (2 * h);
        double least = fmin(slope, fmin(left, right)), most = fmax(slope, fmax(left, right));
        double noise = 1e-2 * most + 1e-6 * (fabs(above) + fabs(below)) / fmax(fabs(u), 1e-7) +
                       DBL_EPSILON * curve->g_floor * fabs(u) / h;
        ck_assert_msg(!curve_covers(curve, &(struct dd){u + h, 0}) || (mean >= least - noise && mean <= most + noise),
                      "%s at %g V: slope %g S, differences %g S", laws[_i], u, slope, mean);
    }
    lowered_free(&lowered);
}
END_TEST

/* Over an interval of the voltage currents and difference quotients are within what is said of them, which is little
 * more than they are where the interval is narrow. */
START_TEST(intervals_hold_currents)
{
    enum { INTERVALS = 400, SAMPLES = 12 };
    struct lowered lowered = lowered_circuit(laws[_i]);
    const struct law *law = &lowered.circuit.law[lowered.circuit.element[0].law];
    struct random random = random_from((uint64_t)_i);
    unsigned held = 0;
    ck_assert_uint_eq(lowered.diagnostics.errors, 0);
    for (int n = 0; n < INTERVALS; n++) {
        double middle = n % 2 ? 9 * random_uniform(&random) : random_uniform(&random);
        double width = pow(10, 4 * random_uniform(&random) - 4), before = middle, i_before = law_current(law, middle);
        struct interval u = {middle - width, middle + width}, i, slope;
        if (!law_range(law, u, &i, &slope))
            continue;
        held++;
        for (int sample = 0; sample < SAMPLES; sample++) {
            double x = sample == 0 ? u.low : sample == 1 ? u.high : middle + width * random_uniform(&random);
            double current = law_current(law, x), noise = 1e-13 * (fabs(current) + fabs(i_before));
            double steep = fmax(fabs(slope.low), fabs(slope.high)), off = noise + 1e-14 * steep * (1 + fabs(x));
            ck_assert_msg(current >= i.low - off && current <= i.high + off, "%s at %.17g V: %.17g A, not [%g, %g]",
                          laws[_i], x, current, i.low, i.high);
            struct interval change = interval_product(slope, interval_point(x - before));
            ck_assert_msg(current - i_before >= change.low - off && current - i_before <= change.high + off,
                          "%s from %.17g to %.17g V: %g A, not [%g, %g]", laws[_i], before, x, current - i_before,
                          change.low, change.high);
            before = x;
            i_before = current;
        }
        double exact = law_at(law, dd_from(middle), 0).slope, loose = width < 1e-6 ? 1.01 : 1e4;
        if (width < 1e-4)
            ck_assert_msg(slope.high <= loose * exact + 1e-3 && slope.low <= exact * (1 + 1e-9),
                          "%s at %.17g V: %g S, [%g, %g]", laws[_i], middle, exact, slope.low, slope.high);
    }
    ck_assert_uint_gt(held, INTERVALS / 4);
    lowered_free(&lowered);
}
END_TEST

/* Lines of any slope are met where both have the same current. */
START_TEST(lines_are_met)
{
    struct lowered lowered = lowered_circuit(laws[_i]);
    const struct curve *curve = curve_of(&lowered);
    for (double g = 1e-15; g < 1e9; g *= 31)
        for (int step = 0; step <= 60; step++) {
            double c = g * voltage_at(step, 60), i, slope, again, unused, u = curve_meet(curve, g, c, &i, &slope);
            ck_assert_msg(isfinite(u) && isfinite(i) && isfinite(slope), "%s: g %g, c %g", laws[_i], g, c);
            double noise = 4 * DBL_EPSILON * slope * fabs(u) + (curve->kind == CURVE_FUNCTION ? 1e-17 : 0);
            ck_assert_msg(fabs(i + g * u - c) <= 1e-9 * (fabs(i) + fabs(g * u) + fabs(c)) + noise,
                          "%s: g %g, c %g: %g A at %g V", laws[_i], g, c, i, u);
            again = curve_current(curve, u, &unused);
            ck_assert_msg(fabs(again - i) <=
                              1e-9 * fabs(i) + 1e-12 * slope * fabs(u) + 1e-13 * fabs(unused * u) + noise,
                          "%s: %g A or %g A at %g V", laws[_i], i, again, u);
        }
    lowered_free(&lowered);
}
END_TEST

/* Lines so flat that the junction takes all of the current: its bound is the root but for rounding. */
START_TEST(flat_lines_are_met)
{
    for (int c_decade = -9; c_decade <= 3; c_decade++)
        for (int g_decade = -15; g_decade <= -3; g_decade++)
            for (int step = 0; step < 140; step++) {
                struct junction junction = {.is = pow(10, -16 + 0.1 * step), .vt = 0.02 + 0.1 * fmod(0.618 * step, 1),
                                            .bv = INFINITY,
                                            .ikf = INFINITY, .ikr = INFINITY, .held = -INFINITY};
                double g = pow(10, g_decade), c = pow(10, c_decade + 0.37), slope;
                double w = junction_solve(&junction, 1, g, c);
                ck_assert_msg(fabs(junction_current(&junction, w, &slope) + g * w - c) <= 1e-11 * c,
                              "is %g, vt %g, g %g, c %g: %g V", junction.is, junction.vt, g, c, w);
            }
}
END_TEST

/* By vectors as one by one, and where lines are met. */
START_TEST(plain_junctions_by_vectors)
{
    enum { LANES = JUNCTION_LANES };
    static const double at[] = {-1e8, -690, -3.001, -3, -2.9, -0.4, -1e-9, 0, 1e-12, 0.34, 0.36, 1.05, 40, 599, 601,
                                1e6};
    for (size_t p = 0; p < sizeof at / sizeof *at; p++) {
        double is[LANES], vt[LANES], w[LANES], i[LANES], slope[LANES], g[LANES], c[LANES];
        struct junction junction[LANES];
        for (int k = 0; k < LANES; k++) {
            is[k] = pow(10, -2 * k);
            vt[k] = 0.02 * (k + 1);
            w[k] = at[p] * vt[k];
            junction[k] = (struct junction){
                .is = is[k], .vt = vt[k], .bv = INFINITY, .ikf = INFINITY, .ikr = INFINITY, .held = -INFINITY};
            ck_assert(junction_is_plain(&junction[k]));
        }
        junctions_current(LANES, is, vt, w, i, slope);
        for (int k = 0; k < LANES; k++) {
            double steep, current = junction_current(&junction[k], w[k], &steep);
            ck_assert_double_le(fabs(i[k] - current), 8 * DBL_EPSILON * fabs(current));
            ck_assert_double_le(fabs(slope[k] - steep), 16 * DBL_EPSILON * steep);
            g[k] = pow(10, 3 - (k + (int)p) % 15);
            c[k] = p % 2 ? at[p] : -is[k] * (1 + at[p] / 700);
        }
        junctions_meet(LANES, &(struct junctions_met){is, vt, g, c, w, i, slope});
        for (int k = 0; k < LANES; k++) {
            double steep, current = junction_current(&junction[k], w[k], &steep);
            ck_assert_double_le(fabs(i[k] + g[k] * w[k] - c[k]), 8 * DBL_EPSILON * fabs(c[k]));
            ck_assert_double_le(fabs(i[k] - current), 1e-12 * fabs(c[k]));
            ck_assert_double_le(fabs(slope[k] - steep), 1e-6 * steep);
        }
    }
}
END_TEST

/* Eight voltages of a junction, within one part of its law and over both its knees, are as one by one. */
START_TEST(plain_junctions_by_octets)
{
    static const double at[] = {-1e8, -690, -3.001, -3, -2.9, -0.4, 0, 1e-12, 0.36, 40, 599, 601, 1e6, 1.05};
    enum { PLACES = sizeof at / sizeof *at };
    const double is[] = {1e-14, 1e-3}, vt[] = {0.026, 0.05};
    for (int p = 0; p < PLACES; p++)
        for (int spread = 0; spread < 2; spread++) {
            octet w[2], i[2], slope[2];
            for (int q = 0; q < 2; q++)
                for (int l = 0; l < OCTET; l++)
                    w[q][l] = vt[q] * (spread ? at[(p + l) % PLACES] : at[p] * (1 + 1e-4 * l));
            junctions_current_octets(2, is, vt, w, i, slope);
            for (int q = 0; q < 2; q++)
                for (int l = 0; l < OCTET; l++) {
                    double volts[JUNCTION_LANES], current[JUNCTION_LANES], steep[JUNCTION_LANES];
                    double is_all[JUNCTION_LANES], vt_all[JUNCTION_LANES];
                    for (int k = 0; k < JUNCTION_LANES; k++) {
                        volts[k] = w[q][l];
                        is_all[k] = is[q];
                        vt_all[k] = vt[q];
                    }
                    junctions_current(JUNCTION_LANES, is_all, vt_all, volts, current, steep);
                    ck_assert_double_le(fabs(i[q][l] - *current), 8 * DBL_EPSILON * fabs(*current));
                    ck_assert_double_le(fabs(slope[q][l] - *steep), 16 * DBL_EPSILON * *steep);
                }
        }
}
END_TEST

/* Straight pieces become tables of exactly these. */
START_TEST(straight_pieces_are_exact)
{
    struct lowered lowered = lowered_circuit("b1 a 0 i={max((v(a)-0.01)/1e20,(v(a)-0.01)/4)}\n");
    const struct curve *curve = curve_of(&lowered);
    double slope;
    ck_assert_int_eq(curve->kind, CURVE_TABLE);
    ck_assert_uint_eq(curve->table.points, 3);
    ck_assert(fabs(curve->table.u[1] - 0.01) < 1e-17 && fabs(curve->table.i[1]) < 1e-30);
    ck_assert(fabs(curve_current(curve, 5.01, &slope) - 1.25) < 1e-15 && fabs(slope - 0.25) < 1e-16);
    lowered_free(&lowered);
}
END_TEST

/* What a law sums its current from is no more than that where nothing cancels, however small it is: else the proof
 * would take a small one for rounding. */
START_TEST(small_currents_are_exact)
{
    static const struct {
        const char *text;
        double volts;
        bool cancels;
    } table[] = {
        {"tanh(v(a))*1m", -3.6e-28, false},
        {"1m*v(a)+1u*v(a)*v(a)*v(a)", 3.1e-25, false},
        {"sinh(v(a)/0.1)", 1e-30, false},
        {"(exp(v(a)/0.1+1)-exp(1))*1m", 1e-20, true},
    };
    char card[100];
    snprintf(card, sizeof card, "b1 a 0 i={%s}\n", table[_i].text);
    struct lowered lowered = lowered_circuit(card);
    ck_assert_int_eq(curve_of(&lowered)->kind, CURVE_FUNCTION);
    struct law_point at = law_at(&lowered.circuit.law[lowered.circuit.element[0].law], dd_from(table[_i].volts), 0);
    ck_assert_int_eq(at.size > 4 * at.slope * fabs(table[_i].volts), table[_i].cancels);
    lowered_free(&lowered);
}
END_TEST

/* Beyond the conductance that is the same everywhere, a straight part through 0 carries nothing, however far away its
 * ends are. */
START_TEST(straight_through_zero)
{
    static const double volts[] = {-777.7, -3.3, -4.9e-8, 1e-300, 0.1, 6543.21};
    struct lowered lowered = lowered_circuit("b1 a 0 i={pwl(v(a),-1e4,-0.1,1e4,0.1,2e4,10)}\n");
    const struct curve *curve = curve_of(&lowered);
    double slope;
    ck_assert_int_eq(curve->kind, CURVE_TABLE);
    ck_assert_double_eq_tol(curve->g_floor, 1e-5, 1e-20);
    for (size_t n = 0; n < sizeof volts / sizeof *volts; n++)
        ck_assert(curve_current(curve, volts[n], &slope) == 0 && slope == 0);
    ck_assert_double_eq_tol(curve_current(curve, 1.5e4, &slope), 5.05 - 0.15, 1e-14);
    lowered_free(&lowered);
}
END_TEST

START_TEST(temperature_changes_laws_and_resistors)
{
    struct lowered lowered = lowered_circuit("d1 a 0 m\nd2 a 0 m temp=27\nr1 a 0 1k tc1=1m\n.model m d(is=1e-14)\n");
    const struct element *element = lowered.circuit.element;
    double before[2], after[2];
    for (int d = 0; d < 2; d++)
        before[d] = law_current(&lowered.circuit.law[element[d].law], 0.6);
    circuit_set_temperature(&lowered.circuit, 77);
    for (int d = 0; d < 2; d++)
        after[d] = law_current(&lowered.circuit.law[element[d].law], 0.6);
    ck_assert(after[0] > 10 * before[0] && after[1] == before[1]);
    ck_assert(fabs(element[2].value - 1050) < 1e-9);
    circuit_set_temperature(&lowered.circuit, 27);
    ck_assert(law_current(&lowered.circuit.law[element[0].law], 0.6) == before[0]);
    lowered_free(&lowered);
}
END_TEST

Suite *suite_curves(void)
{
    Suite *suite = suite_create("curves");
    TCase *values = tcase_create("laws");
    tcase_add_loop_test(values, currents_of_ngspice, 0, sizeof ngspice / sizeof *ngspice);
    tcase_add_loop_test(values, currents_of_sidiode, 0, sizeof sidiode / sizeof *sidiode);
    tcase_add_test(values, knees_are_smooth);
    tcase_add_test(values, random_sources);
    tcase_add_loop_test(values, currents_rise, 0, LAWS);
    tcase_add_loop_test(values, intervals_hold_currents, 0, LAWS);
    tcase_add_loop_test(values, lines_are_met, 0, LAWS);
    tcase_add_test(values, flat_lines_are_met);
    tcase_add_test(values, plain_junctions_by_vectors);
    tcase_add_test(values, plain_junctions_by_octets);
    tcase_add_test(values, straight_pieces_are_exact);
    tcase_add_loop_test(values, small_currents_are_exact, 0, 4);
    tcase_add_test(values, straight_through_zero);
    tcase_add_test(values, temperature_changes_laws_and_resistors);
    suite_add_tcase(suite, values);
    return suite;
}
