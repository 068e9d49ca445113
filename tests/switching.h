/* Circuits to sweep, most with diodes that switch on the way, for the tests of sweeps and of the proof of points. */
#ifndef OPSPICE_TEST_SWITCHING_H
#define OPSPICE_TEST_SWITCHING_H

#include "convex/solve.h"

#define DIODES ".model pw d(ron=0.1 roff=1e9 vfwd=0.7)\n.model z d(ron=10 roff=1meg vfwd=0.7 vrev=4.7 rrev=20)\n"
#define TWO_SOURCES "v1 a 0 5\nv2 c 0 1\nr1 a b 1k\nr2 b c 2k\nr3 b 0 3k\n"
#define DIODE "v1 a 0 5\nr1 a b 1k\nd1 b c pw\nr2 c 0 1k\n" DIODES
#define ZENER "v1 a 0 5\nr1 a b 100\nd1 b 0 z\nr2 b 0 10k\n" DIODES
#define JUNCTION \
    "v1 a 0 5\nr1 a b 1k\nd1 b c dd\nd2 c 0 dz\nr2 c 0 10k\n.model dd d(is=1e-14 rs=1 n=1.2)\n" \
    ".model dz d(is=1e-12 bv=4.7 ibv=1m)\n"
#define BRIDGE \
    "v1 a b 0\nr1 a 0 10k\nr2 b 0 10k\nd1 a p pw\nd2 b p pw\nd3 m a pw\nd4 m b pw\nrl p m 1k\nrg m 0 1meg\n" DIODES
#define IDEAL ".model ideal d(ron=0)\n.model drop d(ron=0 vfwd=0.6)\n.model both d(ron=0 vfwd=0.7 vrev=3)\n"

static const struct solve_options newton = {
    .method = METHOD_NEWTON, .linear = FACTOR_CHOLESKY, .tolerance = 1e-9, .threads = 1};

/* How far the points of a sweep may be from single solves, beside the largest value of a column. Conductances of more
 * decades make both answers less exact. */
static const double exact = 1e-12, stiff = 1e-10, curved = 1e-9;

struct swept_cards {
    double tolerance;
    const char *cards;
};

static const struct swept_cards switching[] = {
    {exact, DIODE ".dc v1 -2 2 10m\n"},
    {exact, ZENER ".dc v1 -10 10 30m\n"},
    {stiff, BRIDGE ".dc v1 -5 5 50m\n"},
    /* ideal diodes: clusters change with the sides */
    {exact, "v1 a 0 1\nr1 a b 1k\nd1 b c ideal\nr2 c 0 1k\n" IDEAL ".dc v1 -2 2 70m\n"},
    {exact, "v1 a 0 1\nr1 a b 1k\nd1 b c drop\nr2 c 0 1k\nd2 0 b both\n" IDEAL ".dc v1 -9 9 110m\n"},
    {exact,
     "v1 a b 0\nr1 a 0 10k\nr2 b 0 10k\nd1 a p ideal\nd2 b p ideal\nd3 m a ideal\nd4 m b ideal\nrl p m 1k\n"
     "rg m 0 1meg\n" IDEAL
     ".dc v1 -5 5 130m\n"},
    /* a limiter, two sources, one of them a current */
    {exact, "v1 a 0 1\ni1 0 b 1m\nr1 a b 1k\nd1 b 0 z\nd2 b c drop\nv2 c 0 3\nr3 c 0 1k\n" DIODES IDEAL
            ".dc i1 -10m 10m 0.3m v2 1 4 0.7\n"},
    /* parts that float at some points, and loops of diodes */
    {exact, "v1 a 0 1\nr1 a b 1k\nd1 b c ideal\nr2 c d 1k\nd2 d 0 ideal\n" IDEAL ".dc v1 -2 2 0.3\n"},
    {exact, "v1 a 0 1\nr1 a b 1k\nd1 b c ideal\nd2 b c ideal\nr2 c 0 1k\n" IDEAL ".dc v1 -2 2 0.3\n"},
    /* a resistor, from a short on */
    {stiff, BRIDGE ".dc rl 0 2k 0.1k v1 -5 5 2.5\n"},
    {exact, TWO_SOURCES ".dc v1 dec 10m 10 7 v2 list 1 2 -3 0\n"},
    {exact, TWO_SOURCES ".dc v1 0 1 0.4 r2 oct 1k 16k 2\n.step v2 -1 1 1\n"},
    {exact, TWO_SOURCES ".dc v1 0 0 0\n"},
    /* exponential diodes, alone and beside an ideal one; small steps and large */
    {curved, JUNCTION ".dc v1 -10 10 0.1\n"},
    {curved, JUNCTION ".dc v1 -1000 1000 100\n"},
    {curved, JUNCTION ".dc r1 100 10k 300 v1 -10 10 5\n"},
    {curved, JUNCTION IDEAL "d3 c e drop\nr3 e 0 1k\n.dc v1 -10 10 0.3\n"},
};

/* The same with couplings, whose sweeps have one branch. */
#define LIMITER(gain) \
    "v1 a 0 0\nr1 a m 10k\nr2 m o 10k\ne1 o 0 0 m " gain "\nd1 m o dd\nd2 o m dd\nr3 o 0 1k\n.model dd d(is=1e-14)\n"
#define COMMON_EMITTER \
    "vcc c 0 12\nv1 b 0 0\nrc c o 2.2k\nre e 0 220\nq1 o b e npn\n.model npn npn(is=1e-15 bf=150 vaf=60)\n"
static const struct swept_cards coupled[] = {
    {curved, LIMITER("100k") ".dc v1 -2 2 20m\n"},
    {curved, LIMITER("100k") ".dc v1 -2 2 0.8\n"},
    {curved, LIMITER("3") ".dc r2 1k 50k 500\n"},
    {curved, COMMON_EMITTER ".dc v1 0 3 10m\n"},
    {curved, COMMON_EMITTER "rn o 0 -50k\n.dc vcc 5 20 0.1 v1 0.9 1.2 0.1\n"},
    {curved, "v1 a 0 0\nr1 a b 1k\nb1 b 0 i=1e-3*tanh(v(b)/0.1)+1e-4*v(b)\ne1 c 0 b 0 2\nr2 c d 1k\n"
             "h1 d f v1 100\nd1 f 0 dd\nf1 0 f v1 0.1\n.model dd d(is=1e-12 rs=2)\n.dc v1 -3 3 30m\n"},
};

#endif
