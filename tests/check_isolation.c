/* Operating points that are the only ones near: radii against all points that there are, mutations, what is refused. */
#include "isolation/isolation.h"

#include "decks.h"
#include "engine/engine.h"
#include "fail_alloc.h"
#include "laws/control_law.h"
#include "lowered.h"
#include "suites.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- circuits and points ----------------------------------------------------------------------------------------- */

/* A circuit and a point that is given to it. */
struct given {
    struct lowered lowered;
    struct operating_point op;
};

static struct given given_circuit(const char *cards)
{
    struct given given = {.lowered = lowered_circuit(cards)};
    ck_assert_msg(given.lowered.diagnostics.errors == 0, "%s", cards);
    ck_assert(operating_point_new(&given.op, &given.lowered.circuit));
    return given;
}

static void given_free(struct given *given)
{
    operating_point_free(&given->op);
    lowered_free(&given->lowered);
}

static double *potential(struct given *given, const char *node)
{
    return &given->op.voltage[lowered_node(&given->lowered, node)];
}

static double *current(struct given *given, const char *element)
{
    return &given->op.current[lowered_element(&given->lowered, element)];
}

static struct isolation find(const struct given *given)
{
    return isolation_find(&given->lowered.circuit, &given->op);
}

static bool holds(const struct given *given, double volts)
{
    return isolation_within(&given->lowered.circuit, &given->op, volts).status == ISOLATION_SHOWN;
}

/* ---- by hand ----------------------------------------------------------------------------------------------------- */

static const char flipflop[] = "bq q 0 v=2.5-2.5*tanh(4*(v(nq)-2.5))\nbnq nq 0 v=2.5-2.5*tanh(4*(v(q)-2.5))\n"
                               "rq q 0 1k\nrnq nq 0 1k\n";

/* Its outputs, with what the sources carry. */
static void set_flipflop(struct given *given, double q, double nq)
{
    *potential(given, "q") = q;
    *potential(given, "nq") = nq;
    *current(given, "bq") = -q / 1e3;
    *current(given, "bnq") = -nq / 1e3;
}

/* All three points are isolated, the middle one too, and no radius reaches another one. */
START_TEST(points_of_a_flipflop)
{
    double rail = 5 - 1.0305769088465144e-8, low = 1.0305769088465144e-8;
    const double point[][2] = {{rail, low}, {2.5, 2.5}, {low, rail}};
    struct given given = given_circuit(flipflop);
    for (int p = 0; p < 3; p++) {
        set_flipflop(&given, point[p][0], point[p][1]);
        struct isolation isolation = find(&given);
        ck_assert_int_eq(isolation.status, ISOLATION_SHOWN);
        ck_assert_msg(isolation.volts > (p == 1 ? 0.05 : 1) && isolation.volts < 2.5, "%g V", isolation.volts);
        ck_assert_double_lt(isolation.error, 1e-12);
        ck_assert(isinf(isolation.amperes));
        ck_assert(holds(&given, 0.9 * isolation.volts));
        ck_assert(!holds(&given, 2.6)); /* another point is there */
    }
    given_free(&given);
}
END_TEST

/* What is no operating point, by more than the radius, is not shown to have one near. */
START_TEST(shifted_points_are_refused)
{
    struct given given = given_circuit(flipflop);
    double rail = 5 - 1.0305769088465144e-8;
    set_flipflop(&given, rail, 5 - rail);
    double radius = find(&given).volts;
    for (int n = 1; n <= 20; n++) {
        double volts = radius * pow(0.6, n);
        ck_assert(holds(&given, volts));
        *potential(&given, "q") = rail + 1.01 * volts;
        ck_assert(!holds(&given, volts));
        *potential(&given, "q") = rail - 1.01 * volts;
        ck_assert(!holds(&given, volts));
        *potential(&given, "q") = rail + 0.4 * volts;
        ck_assert(holds(&given, volts) || volts > 0.1);
        *potential(&given, "q") = rail;
    }
    given_free(&given);
}
END_TEST

/* i = v^2 - d^2 has its points at d and -d, 2 d apart, and at d = 0 a double one. */
START_TEST(folds)
{
    for (int decade = 1; decade <= 6; decade++) {
        char cards[80];
        double d = pow(10, -decade);
        snprintf(cards, sizeof cards, "b1 0 a i=%.17g-v(a)*v(a)\n", d * d);
        struct given given = given_circuit(cards);
        *potential(&given, "a") = d;
        struct isolation isolation = find(&given);
        ck_assert_int_eq(isolation.status, ISOLATION_SHOWN);
        ck_assert_msg(isolation.volts > 0.5 * d && isolation.volts < 2 * d, "%g V of %g V", isolation.volts, d);
        given_free(&given);
    }
    struct given given = given_circuit("b1 0 a i=-v(a)*v(a)\n");
    ck_assert_int_eq(find(&given).status, ISOLATION_NOT_SHOWN);
    given_free(&given);
}
END_TEST

/* Beyond 1 V the current falls, to 0 at 11 V: where a slope may be 0 nothing is shown. */
START_TEST(slopes_that_change_sign)
{
    struct given given = given_circuit("g1 a 0 TABLE {v(a)} = (-5,-5) (1,1) (11,0) (12,-0.1)\n");
    ck_assert(holds(&given, 0.99));
    ck_assert(!holds(&given, 1.01));
    struct isolation isolation = find(&given);
    ck_assert_msg(isolation.volts > 0.9 && isolation.volts <= 1, "%g V", isolation.volts);
    given_free(&given);
}
END_TEST

/* -1 mA + d into a node with -1 kohm and an ideal diode to ground: at 1 V the diode carries d, and d times 1 kohm below
 * it blocks. Neither radius reaches the other point. */
START_TEST(ideal_diodes_hold_and_block)
{
    for (int decade = 4; decade <= 9; decade++) {
        char cards[120];
        double d = pow(10, -decade), apart = 1e3 * d;
        snprintf(cards, sizeof cards, "i1 0 a %.17g\nr1 a 0 -1k\nd1 a 0 m\n.model m d(ron=0 vfwd=1)\n", d - 1e-3);
        struct given given = given_circuit(cards);
        *potential(&given, "a") = 1;
        *current(&given, "d1") = d;
        struct isolation holding = find(&given);
        ck_assert_int_eq(holding.status, ISOLATION_SHOWN);
        ck_assert_msg(holding.volts > 0.5 * apart && holding.volts < apart, "%g V of %g V", holding.volts, apart);
        *potential(&given, "a") = 1 - apart;
        *current(&given, "d1") = 0;
        struct isolation blocking = find(&given);
        ck_assert_int_eq(blocking.status, ISOLATION_SHOWN);
        ck_assert_msg(blocking.volts > 0.3 * apart && blocking.volts < apart, "%g V of %g V", blocking.volts, apart);
        given_free(&given);
    }
}
END_TEST

/* An answer where an ideal diode may hold or block is not shown to be alone. */
START_TEST(ideal_diodes_at_their_corner)
{
    struct given given = given_circuit("i1 0 a -1m\nr1 a 0 -1k\nd1 a 0 m\n.model m d(ron=0 vfwd=1)\n");
    *potential(&given, "a") = 1;
    struct isolation isolation = find(&given);
    ck_assert_int_eq(isolation.status, ISOLATION_NOT_SHOWN);
    ck_assert_uint_eq(isolation.element, lowered_element(&given.lowered, "d1"));
    given_free(&given);
}
END_TEST

/* The position of a switch is clear up to its threshold, and between two of them it may be either. */
START_TEST(switches)
{
    struct given given =
        given_circuit("v1 c 0 3\nr1 c b 1k\ns1 b 0 b 0 m\n.model m sw(vt=1 vh=0.25 ron=1k roff=1e9)\n");
    struct element *element = &given.lowered.circuit.element[lowered_element(&given.lowered, "s1")];
    element->value = 1e3;
    *potential(&given, "c") = 3;
    *potential(&given, "b") = 1.5;
    *current(&given, "v1") = -1.5e-3;
    struct isolation isolation = find(&given);
    ck_assert_int_eq(isolation.status, ISOLATION_SHOWN);
    ck_assert_msg(isolation.volts > 0.2 && isolation.volts <= 0.25, "%g V", isolation.volts);
    given_free(&given);

    given = given_circuit("v1 c 0 2.2\nr1 c b 1k\ns1 b 0 b 0 m\n.model m sw(vt=1 vh=0.25 ron=1k roff=1e9)\n");
    given.lowered.circuit.element[lowered_element(&given.lowered, "s1")].value = 1e3;
    *potential(&given, "c") = 2.2;
    *potential(&given, "b") = 1.1;
    *current(&given, "v1") = -1.1e-3;
    isolation = find(&given);
    ck_assert_int_eq(isolation.status, ISOLATION_BETWEEN);
    ck_assert_uint_eq(isolation.element, lowered_element(&given.lowered, "s1"));
    given_free(&given);
}
END_TEST

/* A law that bends by the current of a source, which has a radius then: i = -(1 - i - i^3 / 4), i^3 = 4. */
START_TEST(currents_that_bend_laws)
{
    struct given given = given_circuit("v1 c 0 0\nb1 c a v=1-i(v1)-i(v1)**3*0.25\nr1 a 0 -1\n");
    double i = cbrt(4);
    *potential(&given, "a") = i;
    *current(&given, "v1") = i;
    *current(&given, "b1") = -i;
    *current(&given, "r1") = -i;
    struct isolation isolation = find(&given);
    ck_assert_int_eq(isolation.status, ISOLATION_SHOWN);
    ck_assert(isolation.amperes > 0.01 && isolation.amperes < 10);
    given_free(&given);
}
END_TEST

/* A loop whose gain is less than one everywhere has one point, anywhere. */
START_TEST(weak_loops_have_one_point)
{
    struct given given =
        given_circuit("bq q 0 v=tanh(0.9*v(nq))\nbn nq 0 v=tanh(v(q))+0*v(nq)\nrq q 0 1k\nrn nq 0 1k\n");
    struct isolation isolation = find(&given);
    ck_assert_int_eq(isolation.status, ISOLATION_SHOWN);
    ck_assert(isinf(isolation.volts));
    given_free(&given);
    given = given_circuit("bq q 0 v=tanh(1.1*v(nq))\nbn nq 0 v=tanh(v(q))\nrq q 0 1k\nrn nq 0 1k\n");
    isolation = find(&given);
    ck_assert_int_eq(isolation.status, ISOLATION_SHOWN);
    ck_assert(isolation.volts < 0.5);
    given_free(&given);
}
END_TEST

/* What cannot be shown says why. */
START_TEST(obstacles)
{
    struct given given = given_circuit("b1 a 0 v=1+0.1*v(a)**3\nr1 a 0 1k\nr2 x y 1k\n");
    given.op.any_floats = true;
    ck_assert_int_eq(find(&given).status, ISOLATION_OPEN);
    given_free(&given);
    given = given_circuit("b1 0 a i=v(a)>0 ? -1m*v(a)**3 : 0\nr1 a 0 1k\n");
    struct isolation isolation = find(&given);
    ck_assert_int_eq(isolation.status, ISOLATION_NO_RANGE); /* at 0 V its condition is true on one side */
    ck_assert_uint_eq(isolation.element, lowered_element(&given.lowered, "b1"));
    *potential(&given, "a") = 1;
    given_free(&given);
}
END_TEST

/* ---- against all points ------------------------------------------------------------------------------------------ */

/* A ring of two controlled voltages, or one node with currents that rise and fall: h(v) = 0 is all there is to it, and
 * h is scanned. */
enum { MOST_ROOTS = 64, SCAN = 40000 };
static const double farthest = 12;

struct scanned {
    struct given given;
    bool is_ring;
    const struct control_law *p, *q; /* of a ring */
    uint32_t first, elements;        /* of one node */
    double root[MOST_ROOTS];
    size_t roots;
};

static double law_value(const struct control_law *law, double x)
{
    double slope, work[64 * 2];
    struct dd at = dd_from(x);
    return dd_value(control_law_at(law, &at, &slope, work).value);
}

static double miss(const struct scanned *scanned, double v)
{
    if (scanned->is_ring)
        return law_value(scanned->p, law_value(scanned->q, v)) - v;
    const struct circuit *circuit = &scanned->given.lowered.circuit;
    double sum = 0;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        double sign = element->a == GROUND ? -1 : 1, u = sign * v;
        sum += sign * (element->kind == ELEMENT_RESISTOR  ? u / element->value
                       : element->kind == ELEMENT_ISOURCE ? element->value
                       : element->kind == ELEMENT_DIODE
                           ? element->value * law_current(&circuit->law[element->law], u)
                           : element->value * law_value(&circuit->coupling[element->law].law, v));
    }
    return sum;
}

/* Where it changes sign, halved until nothing is left to halve. */
static void scan(struct scanned *scanned)
{
    double before = -farthest, h_before = miss(scanned, before);
    scanned->roots = 0;
    for (int k = 1; k <= SCAN && scanned->roots < MOST_ROOTS; k++) {
        double v = -farthest + 2 * farthest * (k + 0.0123) / SCAN, h = miss(scanned, v), low = before, high = v;
        if (isfinite(h) && isfinite(h_before) && (h > 0) != (h_before > 0)) {
            for (int half = 0; half < 100; half++) {
                double middle = low + (high - low) / 2;
                if ((miss(scanned, middle) > 0) == (h > 0))
                    high = middle;
                else
                    low = middle;
            }
            scanned->root[scanned->roots++] = low;
        }
        before = v;
        h_before = h;
    }
}

static void set_point(struct scanned *scanned, double v)
{
    struct given *given = &scanned->given;
    *potential(given, "a") = v;
    if (!scanned->is_ring)
        return;
    *potential(given, "b") = law_value(scanned->q, v);
    *current(given, "ra") = v / 1e3;
    *current(given, "rb") = *potential(given, "b") / 1e3;
    *current(given, "ba") = -v / 1e3;
    *current(given, "bb") = -*potential(given, "b") / 1e3;
}

static double pick(struct random *random, double low, double high)
{
    return low + (high - low) * (random_uniform(random) + 1) / 2;
}

static void write_ring(struct random *random, char *cards, size_t size)
{
    static const char *const shapes[] = {
        "%.6g*tanh(%.6g*(v(%s)-%.6g))", "%.6g*atan(%.6g*(v(%s)-%.6g))", "%.6g*sin(%.6g*(v(%s)-%.6g))",
        "%.6g/(1+exp(-%.6g*(v(%s)-%.6g)))", "%.6g*max(min(%.6g*(v(%s)-%.6g),1),-1)",
        "%.6g*exp(-(%.6g*(v(%s)-%.6g))**2)"};
    char text[2][120];
    for (int k = 0; k < 2; k++) {
        size_t shape = (size_t)pick(random, 0, 5.999);
        double high = pick(random, -5, 5), steep = pick(random, 0.1, 3), at = pick(random, -2, 2);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(text[k], sizeof text[k], shapes[shape], high, steep, k == 0 ? "b" : "a", at);
#pragma GCC diagnostic pop
    }
    snprintf(cards, size, "ba a 0 v=%s\nbb b 0 v=%s\nra a 0 1k\nrb b 0 1k\n", text[0], text[1]);
}

static void write_node(struct random *random, char *cards, size_t size)
{
    static const char *const parts[] = {
        "d1 a 0 d\n", "d2 0 a z\n", "d3 a 0 l\n", "d4 a 0 w\n", "b2 a 0 i=1m*tanh(v(a))\n",
        "b3 a 0 i=-2m*v(a)*exp(-v(a)*v(a))\n", "b4 a 0 i=1m*max(v(a)-1,0)\n",
        "g1 a 0 table {v(a)} = (-3,-1m) (-1,2m) (1,-2m) (3,1m)\n", "g2 a 0 poly(1) a 0 0 -1m 0 0.1m\n"};
    double g = pick(random, 0, 1);
    size_t length = (size_t)snprintf(cards, size, "i1 0 a %.6gm\nr1 a 0 %.6gk\nb1 a 0 i=%.6gm*v(a)*(v(a)*v(a)-%.6g)\n",
                                     pick(random, -3, 3), 1 / (g + 0.1), pick(random, 0.1, 1), pick(random, 0.1, 6));
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++)
        if (pick(random, 0, 1) < 0.3)
            length += (size_t)snprintf(cards + length, size - length, "%s", parts[k]);
    snprintf(cards + length, size - length, ".model d d(is=1e-14 rs=100)\n.model z d(is=1e-15 bv=4 ikf=1m)\n"
             ".model l d(ron=200 roff=1meg vfwd=0.6 epsilon=0.3 ilimit=3m)\n.model w d(ron=300 vfwd=1.2 vrev=2)\n");
}

/* No radius reaches another point; a point that is moved by more than a radius in which no point is then is refused;
 * nearly all points are shown to be isolated. */
static void check_points(struct scanned *scanned, const char *cards, unsigned *shown)
{
    for (size_t r = 0; r < scanned->roots; r++) {
        set_point(scanned, scanned->root[r]);
        struct isolation isolation = find(&scanned->given);
        if (isolation.status != ISOLATION_SHOWN)
            continue;
        double b = scanned->is_ring ? *potential(&scanned->given, "b") : 0;
        (*shown)++;
        for (size_t s = 0; s < scanned->roots; s++) {
            double other = scanned->is_ring ? law_value(scanned->q, scanned->root[s]) : 0;
            double apart = fmax(fabs(scanned->root[s] - scanned->root[r]), fabs(other - b));
            ck_assert_msg(s == r || apart > isolation.volts, "%s%g V of %.17g V reach %.17g V", cards,
                          isolation.volts, scanned->root[r], scanned->root[s]);
        }
        double volts = isolation.volts / 64, moved = scanned->root[r] + 1.1 * volts;
        set_point(scanned, moved);
        if (isfinite(volts) && volts > 1e-9)
            ck_assert_msg(!holds(&scanned->given, volts), "%s%.17g V is taken for a point within %g V", cards, moved,
                          volts);
    }
}

START_TEST(radii_reach_no_other_point)
{
    enum { CIRCUITS = 60, CARDS = 1500 };
    unsigned shown = 0, points = 0, several = 0;
    for (int n = 0; n < CIRCUITS; n++) {
        char cards[CARDS];
        struct random random = random_from((uint64_t)(n + CIRCUITS * _i));
        struct scanned scanned = {.is_ring = n % 2};
        if (scanned.is_ring)
            write_ring(&random, cards, sizeof cards);
        else
            write_node(&random, cards, sizeof cards);
        scanned.given = given_circuit(cards);
        const struct circuit *circuit = &scanned.given.lowered.circuit;
        if (scanned.is_ring) {
            scanned.p = &circuit->coupling[0].law;
            scanned.q = &circuit->coupling[1].law;
        }
        scan(&scanned);
        check_points(&scanned, cards, &shown);
        points += (unsigned)scanned.roots;
        several += scanned.roots > 1;
        given_free(&scanned.given);
    }
    ck_assert_uint_gt(several, CIRCUITS / 6);
    ck_assert_msg(shown >= 0.97 * points, "%u of %u", shown, points);
}
END_TEST

/* ---- from the netlist to what is printed ------------------------------------------------------------------------- */

static const opspice_certificate *certificate_of(const char *cards, opspice **deck)
{
    *deck = deck_load(cards, OPSPICE_OK);
    ck_assert_int_eq(opspice_set(*deck, "proof", "interval"), OPSPICE_OK);
    ck_assert_str_eq(opspice_get(*deck, "proof"), "interval");
    ck_assert_int_eq(opspice_run(*deck, NULL, NULL), OPSPICE_OK);
    return opspice_get_certificate(*deck);
}

START_TEST(answers_are_called_isolated)
{
    opspice *deck;
    char cards[400];
    snprintf(cards, sizeof cards, "flip-flop\n%s.nodeset v(q)=5 v(nq)=0\n.op\n.end\n", flipflop);
    const opspice_certificate *proof = certificate_of(cards, &deck);
    ck_assert_str_eq(proof->answer, "isolated");
    ck_assert(proof->radius > 1 && proof->radius < 2.5 && proof->error < 1e-12 && !proof->obstacle);
    ck_assert_int_eq(opspice_set(deck, "proof", "full"), OPSPICE_OK);
    ck_assert_int_eq(opspice_run(deck, NULL, NULL), OPSPICE_OK);
    proof = opspice_get_certificate(deck);
    ck_assert_str_eq(proof->answer, "solution"); /* it was not asked */
    ck_assert(proof->radius == 0 && proof->error == 0);
    opspice_free(deck);

    proof = certificate_of("linear\nv1 a 0 1\nr1 a b 1k\nr2 b 0 1k\n.op\n.end\n", &deck);
    ck_assert_str_eq(proof->answer, "unique");
    ck_assert(proof->radius == 0 && !proof->obstacle);
    opspice_free(deck);

    proof = certificate_of("double\nr1 a 0 1k\nb1 0 a i=v(a)*1m-v(a)*v(a)\n.op\n.end\n", &deck);
    ck_assert_str_eq(proof->answer, "solution");
    ck_assert_ptr_nonnull(strstr(proof->obstacle, "singular"));
    opspice_free(deck);
}
END_TEST

/* The least radius of all points of a sweep, which shrinks towards the fold of a Schmitt trigger. */
START_TEST(sweeps_have_the_least_radius)
{
    static const char trigger[] = "trigger\nvin in 0 0\nb1 out 0 v=5*tanh(10*(0.5*v(out)-v(in)))\nr1 out 0 1k\n";
    double radius[2];
    for (int far = 0; far < 2; far++) {
        char cards[400];
        opspice *deck;
        snprintf(cards, sizeof cards, "%s.dc vin -3 %g 0.05\n.end\n", trigger, far ? 1.9 : 0.0);
        const opspice_certificate *proof = certificate_of(cards, &deck);
        ck_assert_str_eq(proof->answer, "isolated");
        radius[far] = proof->radius;
        opspice_free(deck);
    }
    ck_assert_msg(radius[1] < 0.7 * radius[0], "%g V, %g V", radius[0], radius[1]);
}
END_TEST

/* Flip-flops in a chain are parts of their own; a part of too many unknowns is told. */
START_TEST(parts_are_taken_one_by_one)
{
    enum { STAGES = 300, SIDE = 24 };
    char *text;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    fprintf(file, "chain\nv1 in0 0 1m\n");
    for (int k = 0; k < STAGES; k++)
        fprintf(file,
                "bq%d q%d 0 v=2*tanh(3*v(n%d)+v(in%d)+0.3)\nbn%d n%d 0 v=2*tanh(3*v(q%d))\n"
                "e%d in%d 0 q%d 0 -0.1\n",
                k, k, k, k, k, k, k, k, k + 1, k);
    fprintf(file, ".op\n.end\n");
    fclose(file);
    opspice *deck;
    const opspice_certificate *proof = certificate_of(text, &deck);
    ck_assert_msg(strcmp(proof->answer, "isolated") == 0, "%s: %s", proof->answer, proof->obstacle);
    opspice_free(deck);
    free(text);

    file = open_memstream(&text, &size);
    fprintf(file, "grid\nv1 a 0 1\nr1 a n0 1\nb1 n0 0 i=1m*v(n0)*(v(n0)-0.5)*(v(n0)-1)\n");
    for (int n = 0; n < SIDE * SIDE; n++) {
        fprintf(file, "rg%d n%d 0 1k\n", n, n);
        if ((n + 1) % SIDE != 0)
            fprintf(file, "rr%d n%d n%d 1\n", n, n, n + 1);
        if (n + SIDE < SIDE * SIDE)
            fprintf(file, "rd%d n%d n%d 1\n", n, n, n + SIDE);
    }
    fprintf(file, ".op\n.end\n");
    fclose(file);
    proof = certificate_of(text, &deck);
    ck_assert_str_eq(proof->answer, "solution");
    ck_assert_ptr_nonnull(strstr(proof->obstacle, "too many"));
    opspice_free(deck);
    free(text);
}
END_TEST

/* ---- memory ------------------------------------------------------------------------------------------------------ */

START_TEST(memory_runs_out)
{
    struct given given = given_circuit(flipflop);
    set_flipflop(&given, 2.5, 2.5);
    for (long n = 0, failed = 1; failed; n++) {
        fail_alloc_after(n);
        struct isolation isolation = isolation_within(&given.lowered.circuit, &given.op, 1e-3);
        failed = fail_alloc_off();
        ck_assert_int_eq(isolation.status, failed ? ISOLATION_NO_MEMORY : ISOLATION_SHOWN);
    }
    given_free(&given);
}
END_TEST

Suite *suite_isolation(void)
{
    Suite *suite = suite_create("isolation");
    TCase *points = tcase_create("points");
    tcase_set_timeout(points, 60);
    tcase_add_test(points, points_of_a_flipflop);
    tcase_add_test(points, shifted_points_are_refused);
    tcase_add_test(points, folds);
    tcase_add_test(points, slopes_that_change_sign);
    tcase_add_test(points, ideal_diodes_hold_and_block);
    tcase_add_test(points, ideal_diodes_at_their_corner);
    tcase_add_test(points, switches);
    tcase_add_test(points, currents_that_bend_laws);
    tcase_add_test(points, weak_loops_have_one_point);
    tcase_add_test(points, obstacles);
    tcase_add_loop_test(points, radii_reach_no_other_point, 0, 5);
    tcase_add_test(points, answers_are_called_isolated);
    tcase_add_test(points, sweeps_have_the_least_radius);
    tcase_add_test(points, parts_are_taken_one_by_one);
    tcase_add_test(points, memory_runs_out);
    suite_add_tcase(suite, points);
    return suite;
}
