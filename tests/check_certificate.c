/* The certificate of points by hand, and what it leaves undetermined. */
#include "convex/admits.h"
#include "lowered.h"
#include "proof/certificate.h"
#include "proof/certificate_quick.h"
#include "proof/undetermined.h"
#include "proof/unproved.h"
#include "suites.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The value of `name` in a text like "a=5 b=2.5m"; 0 where it has none. */
static double value_in(const char *text, const char *name)
{
    size_t length = strlen(name);
    for (const char *word = text; *word; word += strcspn(word, " "), word += strspn(word, " "))
        if (strncmp(word, name, length) == 0 && word[length] == '=') {
            char *end;
            double value = strtod(word + length + 1, &end);
            return *end == 'm' ? value * 1e-3 : value;
        }
    return 0;
}

/* ---- points by hand ---------------------------------------------------------------------------------------------- */

/* Cards, a point, and whether it is proved. */
static const struct {
    const char *cards, *volts, *amperes;
    bool proved;
} point[] = {
    {"v1 a 0 5\nr1 a b 1k\nr2 b 0 1k\n", "a=5 b=2.5", "v1=-2.5m r1=2.5m r2=2.5m", true},
    {"v1 a 0 5\nr1 a b 1k\nr2 b 0 1k\n", "a=5 b=2.5", "v1=-2.4m r1=2.5m r2=2.5m", false},
    /* ground is a node */
    {"i1 0 a 1\nr1 a 0 1\nr2 a a 1\n", "a=1", "i1=1 r1=1", true},
    {"i1 0 a 1\nr1 a 0 1\nr2 a a 1\n", "a=1", "i1=1 r1=1 r2=1", false},
    /* potentials do not tell how the two smallest share: their drops do */
    {"v1 a 0 3\nr1 a b 1k\nr2 b c 1e-30\nr3 b c 2e-30\nr4 c 0 1k\n", "a=3 b=1.5 c=1.5",
     "v1=-1.5m r1=1.5m r2=1m r3=0.5m r4=1.5m", true},
    {"v1 a 0 3\nr1 a b 1k\nr2 b c 1e-30\nr3 b c 2e-30\nr4 c 0 1k\n", "a=3 b=1.5 c=1.5",
     "v1=-1.5m r1=1.5m r2=0.5m r3=1m r4=1.5m", false},
    {"v1 a 0 3\nr1 a b 1k\nr2 b c 1e-30\nr3 b c 0\nr4 c 0 1k\n", "a=3 b=1.5 c=1.5",
     "v1=-1.5m r1=1.5m r3=1.5m r4=1.5m", true},
    {"v1 a 0 3\nr1 a b 1k\nr2 b c 1e-30\nr3 b c 0\nr4 c 0 1k\n", "a=3 b=1.5 c=1.5",
     "v1=-1.5m r1=1.5m r2=1.5m r4=1.5m", false},
    /* sources that agree, nearly, and that do not */
    {"v1 a 0 5\nv2 a 0 5.0000000001\nr1 a 0 1k\n", "a=5", "v1=-5m r1=5m", true},
    {"v1 a 0 5\nv2 a 0 5.0000000001\nr1 a 0 1k\nv3 b 0 1\nr2 b 0 1k\n", "a=5 b=1.0000000001",
     "v1=-5m r1=5m v3=-1.0000000001m r2=1.0000000001m", false},
    /* what one loop leaves is not forgiven in another, though it is met in ground */
    {"v1 a 0 1000\nv2 a 0 1000.0000009\nr1 a 0 1k\nv3 b 0 1\nv4 b 0 1.0000000001\nr2 b 0 1k\nv5 b c 0\n",
     "a=1000 b=1.00000085 c=1.00000085", "v1=-1 r1=1 v3=-1.00000085m r2=1.00000085m", false},
    {"v1 a 0 1000\nv2 a 0 1000.0000009\nr1 a 0 1k\nv3 b 0 1\nv4 b 0 1.0000000001\nr2 b 0 1k\nv5 b c 0\n",
     "a=1000 b=1 c=1", "v1=-1 r1=1 v3=-1m r2=1m", true},
    {"v1 a 0 5\nv2 a 0 5.1\nr1 a 0 1k\n", "a=5", "v1=-5m r1=5m", false},
    {"v1 a 0 0.1\nv2 b a 0.2\nv3 b 0 0.3\nr1 b 0 0.1k\n", "a=0.1 b=0.3", "v3=-3m r1=3m", true},
    /* ideal diodes: beyond the threshold, before it with a current, backwards */
    {"i1 0 a 1m\nd1 a 0 i\n.model i d(ron=0 vfwd=0.5)\n", "a=0.5", "i1=1m d1=1m", true},
    {"i1 0 a 1m\nd1 a 0 i\n.model i d(ron=0 vfwd=0.5)\n", "a=0.50000000000001", "i1=1m d1=1m", false},
    {"i1 0 a 1m\nd1 a 0 i\n.model i d(ron=0 vfwd=0.5)\n", "a=0.49999999999999", "i1=1m d1=1m", false},
    {"i1 a 0 1m\nd1 a 0 i\n.model i d(ron=0 vfwd=0.5)\n", "a=0.5", "i1=1m d1=-1m", false},
    {"c1 a 0 1u\nr1 a 0 1k\n", "", "c1=1n", false},
    {"v1 a 0 nan\nr1 a 0 1k\n", "a=nan", "v1=nan r1=nan", false},
};

START_TEST(points_by_hand)
{
    struct lowered lowered = lowered_circuit(point[_i].cards);
    struct circuit *circuit = &lowered.circuit;
    struct element_tables tables = {0};
    struct certificate certificate, brief;
    double *v = calloc(circuit->nodes.count, sizeof *v), *i = calloc(circuit->elements.count, sizeof *i);
    void *room = calloc(1, certificate_quick_room(circuit));
    for (uint32_t n = 0; n < circuit->nodes.count; n++)
        v[n] = value_in(point[_i].volts, circuit->nodes.text[n]);
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        i[e] = value_in(point[_i].amperes, circuit->elements.text[e]);
    ck_assert(element_tables_build(&tables, circuit));
    ck_assert(certificate_compute(&certificate, &(struct claim){circuit, v, NULL, i}, 1e-9));
    ck_assert_msg(certificate.proved == point[_i].proved, "law %g, kcl %g, loop %g, power %g", certificate.law_relative,
                  certificate.kcl_relative, certificate.loop_relative, certificate.power_relative);
    ck_assert(certificate.proved ||
              !certificate_quick(&brief, &(struct claim){circuit, v, NULL, i}, &tables, 1e-9, room));
    ck_assert((certificate.mismatch > 0) == (strstr(point[_i].cards, "0000") || strstr(point[_i].cards, "v3 b 0 0.3")));
    element_tables_free(&tables);
    free(room);
    free(v);
    free(i);
    lowered_free(&lowered);
}
END_TEST

/* ---- several voltages -------------------------------------------------------------------------------------------- */

/* A transistor: currents into collector and base by their voltages against the emitter. */
static void transistor(const void *data, const double *u, double *i, double *slope)
{
    const double is = 1e-15, vt = 0.02585, gain = *(const double *)data, early = 50; /* A, V, 1, V */
    double forward = is * expm1(u[1] / vt), steep = is * exp(u[1] / vt) / vt;
    i[0] = forward * (1 + u[0] / early);
    i[1] = forward / gain;
    slope[0] = forward / early;
    slope[1] = steep * (1 + u[0] / early);
    slope[2] = 0;
    slope[3] = steep / gain;
}

/* Collector and base at sources, the emitter at a resistance that fits. */
enum { STAGE_BASE, STAGE_COLLECTOR, STAGE_I_C, STAGE_I_B, STAGE_RESISTOR, STAGE_ELEMENTS };

struct stage {
    struct lowered lowered;
    struct element_tables tables;
    double gain, hi[4], i[STAGE_ELEMENTS];
    struct curve curve;
    void *room;
};

static void stage_init(struct stage *stage)
{
    *stage = (struct stage){.lowered = lowered_circuit("v1 b 0 0.7\nv2 c 0 5\nd1 c e m\nd2 b e m\nre e 0 1k\n"
                                                       ".model m d(ron=1)\n"), .gain = 100};
    struct circuit *circuit = &stage->lowered.circuit;
    stage->curve = (struct curve){.kind = CURVE_FUNCTION,
                                  .function = {transistor, &stage->gain, 2, -INFINITY, INFINITY}};
    ck_assert(convex_admits(circuit) && circuit->n_laws == 1);
    circuit->law[0] = (struct law){.v_fwd = INFINITY, .v_rev = INFINITY, .curve = &stage->curve};
    circuit->element[STAGE_I_B].branch = 1;
    double *hi = stage->hi, *i = stage->i, slope[4];
    uint32_t b = lowered_node(&stage->lowered, "b"), c = lowered_node(&stage->lowered, "c");
    uint32_t e = lowered_node(&stage->lowered, "e");
    hi[b] = 0.7;
    hi[c] = 5;
    hi[e] = 0.046875; /* their differences are doubles */
    const double u[2] = {hi[c] - hi[e], hi[b] - hi[e]};
    transistor(&stage->gain, u, &i[STAGE_I_C], slope);
    i[STAGE_BASE] = -i[STAGE_I_B];
    i[STAGE_COLLECTOR] = -i[STAGE_I_C];
    i[STAGE_RESISTOR] = i[STAGE_I_C] + i[STAGE_I_B];
    circuit->element[STAGE_RESISTOR].value = hi[e] / i[STAGE_RESISTOR];
    ck_assert(element_tables_build(&stage->tables, circuit));
    stage->room = calloc(1, certificate_quick_room(circuit));
}

/* What the quick form proves the certificate does. */
static bool is_proved(struct stage *stage)
{
    struct certificate certificate, brief;
    const struct circuit *circuit = &stage->lowered.circuit;
    const struct claim claim = {circuit, stage->hi, NULL, stage->i};
    ck_assert(certificate_compute(&certificate, &claim, 1e-9));
    ck_assert(certificate.proved || !certificate_quick(&brief, &claim, &stage->tables, 1e-9, stage->room));
    return certificate.proved;
}

/* Each current is judged by all voltages of its element; and it is no convex program. */
START_TEST(laws_of_two_voltages)
{
    struct stage stage;
    bool node[4], current[STAGE_ELEMENTS];
    stage_init(&stage);
    struct circuit *circuit = &stage.lowered.circuit;
    ck_assert(is_proved(&stage) && !convex_admits(circuit));
    ck_assert(undetermined_find(&(struct claim){circuit, stage.hi, NULL, stage.i}, undetermined_step, node, current));
    for (uint32_t e = 0; e < STAGE_ELEMENTS; e++) {
        double before = stage.i[e];
        ck_assert(!current[e]);
        stage.i[e] *= 1 + 1e-6;
        ck_assert(!is_proved(&stage));
        stage.i[e] = before;
    }
    for (uint32_t q = STAGE_BASE; q <= STAGE_COLLECTOR; q++) { /* with their sources: only the transistor can tell */
        struct element *source = &circuit->element[q];
        ck_assert(!node[source->a]);
        source->value = stage.hi[source->a] += 1e-6;
        ck_assert(!is_proved(&stage));
        source->value = stage.hi[source->a] = q == STAGE_BASE ? 0.7 : 5;
        ck_assert(is_proved(&stage));
    }
    stage.gain = 99; /* another law */
    ck_assert(!is_proved(&stage));
    element_tables_free(&stage.tables);
    free(stage.room);
    lowered_free(&stage.lowered);
}
END_TEST

/* Where potentials do not tell a current, it is by the voltage that is rounded most, of whichever branch. */
static void amplifier(const void *data, const double *u, double *i, double *slope)
{
    (void)data;
    const double g[4] = {1e-3, 1e9, 0, 0}; /* S */
    memcpy(slope, g, sizeof g);
    i[0] = g[0] * u[0] + g[1] * u[1];
    i[1] = 0;
}

START_TEST(change_by_other_voltages)
{
    const struct curve curve = {.kind = CURVE_FUNCTION, .function = {amplifier, NULL, 2, -INFINITY, INFINITY}};
    const struct law law = {.v_fwd = INFINITY, .v_rev = INFINITY, .curve = (struct curve *)&curve};
    const struct dd u[2] = {{2, 0}, {1e-12, 1e-30}};
    const double near[2] = {1e-30, 1e-28};
    struct law_point at[2];
    ck_assert_uint_eq(law_voltages(&law), 2);
    law_currents(&law, u, near, at);
    ck_assert(fabs(dd_value(at[0].i) - 3e-3) < 1e-17 && at[0].slope == 1e-3);
    ck_assert(fabs(at[0].change / 1e-19 - 1) < 1e-9); /* 1e9 S of 1e-28 V */
    ck_assert(dd_value(at[1].i) == 0 && at[1].slope == 0 && at[1].change == 0);
    ck_assert(law_covers(&law, u));
}
END_TEST

/* What is not proved is worse than what is; among these the larger figure counts. */
START_TEST(worse_certificates)
{
    const struct certificate right = {.proved = true, .kcl_relative = 1e-12}, better = {.proved = true},
                             wrong = {.law_relative = 1e-15}, powerless = {.proved = true, .power_relative = 1e-10};
    ck_assert(certificate_worse(&right, &better) && !certificate_worse(&better, &right));
    ck_assert(certificate_worse(&powerless, &right) && !certificate_worse(&right, &right));
    ck_assert(certificate_worse(&wrong, &powerless) && !certificate_worse(&powerless, &wrong));
}
END_TEST

/* ---- what is undetermined ---------------------------------------------------------------------------------------- */

/* Cards, what holds at them, and which potentials and currents are undetermined then. */
static const struct {
    const char *cards, *volts, *amperes, *nodes, *currents;
} undetermined[] = {
    {"v1 a 0 5\nr1 a b 1k\nr2 b 0 1k\n", "a=5 b=2.5", "v1=-2.5m r1=2.5m r2=2.5m", "", ""},
    {"v1 a 0 5\nr1 a 0 1k\nr2 b c 1k\n", "a=5", "v1=-5m r1=5m", "b c", ""},
    {"v1 a 0 5\nr1 a 0 1k\nc1 a b 1u\nv2 b c 1\n", "a=5 b=1", "v1=-5m r1=5m", "b c", ""},
    {"v1 a 0 5\nv2 a 0 5\nr1 a 0 1k\n", "a=5", "v1=-5m r1=5m", "", "v1 v2"},
    {"v1 a 0 5\nv2 a b 2\nv3 b 0 3\nv4 b c 1\nr1 a 0 1k\n", "a=5 b=3 c=2", "v1=-5m r1=5m", "", "v1 v2 v3"},
    {"v1 a 0 -5\nd1 a b i\nd2 b 0 i\n.model i d(ron=0)\n", "a=-5 b=-2", "", "b", ""},
    {"i1 0 a 1m\nd1 a b i\nd2 a b i\nr1 b 0 1k\n.model i d(ron=0)\n", "a=1 b=1", "i1=1m d1=0.5m d2=0.5m r1=1m", "",
     "d1 d2"},
    {"i1 0 a 1m\nd1 a b i\nd2 b a i\nr1 b 0 1k\n.model i d(ron=0)\n", "a=1 b=1", "i1=1m d1=1m r1=1m", "", "d1 d2"},
    /* both at their threshold: neither can carry more without the other carrying less than nothing */
    {"r1 a 0 1k\nd1 a 0 i\nd2 a 0 i\n.model i d(ron=0)\n", "", "", "", ""},
    {"r1 a 0 1k\nd1 a 0 i\nd2 0 a i\n.model i d(ron=0)\n", "", "", "", "d1 d2"},
    {"v1 a 0 -100\nd1 a b s\nd2 b 0 s\n.model s d(is=1e-14)\n.options gmin=0\n", "a=-100 b=-50", "d1=-1e-14 d2=-1e-14",
     "b", ""},
    {"v1 a 0 -100\nd1 a b s\nd2 b 0 s\n.model s d(is=1e-14)\n", "a=-100 b=-50", "d1=-6e-11 d2=-6e-11", "", ""},
};

static bool is_word_in(const char *text, const char *name)
{
    size_t length = strlen(name);
    for (const char *word = text; *word; word += strcspn(word, " "), word += strspn(word, " "))
        if (strcspn(word, " ") == length && strncmp(word, name, length) == 0)
            return true;
    return false;
}

START_TEST(undetermined_is_found)
{
    double gmin = strstr(undetermined[_i].cards, "gmin=0") ? 0 : 1e-12;
    struct lowered lowered = lowered_circuit_at(gmin, undetermined[_i].cards);
    const struct circuit *circuit = &lowered.circuit;
    uint32_t nodes = circuit->nodes.count, elements = circuit->elements.count;
    double *v = calloc(nodes, sizeof *v), *i = calloc(elements, sizeof *i);
    bool *node = calloc(nodes, sizeof *node), *current = calloc(elements, sizeof *current);
    for (uint32_t n = 0; n < nodes; n++)
        v[n] = value_in(undetermined[_i].volts, circuit->nodes.text[n]);
    for (uint32_t e = 0; e < elements; e++)
        i[e] = value_in(undetermined[_i].amperes, circuit->elements.text[e]);
    if (strstr(undetermined[_i].cards, "is=1e-14"))
        for (uint32_t e = 1; e < elements; e++)
            i[e] = dd_value(law_at(&circuit->law[circuit->element[e].law], dd_from(-50), 0).i);
    ck_assert(undetermined_find(&(struct claim){circuit, v, NULL, i}, undetermined_step, node, current));
    for (uint32_t n = 0; n < nodes; n++)
        ck_assert_msg(node[n] == is_word_in(undetermined[_i].nodes, circuit->nodes.text[n]), "node %s is %d",
                      circuit->nodes.text[n], node[n]);
    for (uint32_t e = 0; e < elements; e++)
        ck_assert_msg(current[e] == is_word_in(undetermined[_i].currents, circuit->elements.text[e]), "%s is %d",
                      circuit->elements.text[e], current[e]);
    free(v);
    free(i);
    free(node);
    free(current);
    lowered_free(&lowered);
}
END_TEST

/* A message has a place where there is one: what is worst, or else what turns most power. */
static const struct {
    struct unproved_names names;
    double law; /* V */
    const char *text;
} unproved[] = {
    {{.node = "n", .power = "v1"}, 2, "worst node n (relative current residual 0.5), relative power residual 0.25"},
    {{.node = "n", .law = "d1", .loop = "r1"}, 2,
     "worst node n (relative current residual 0.5), worst element d1 (violation 2 V), relative power residual 0.25"},
    {{.loop = "r1", .power = "v1"}, 2,
     "worst loop that of r1 (relative sum of its drops 0.125), relative power residual 0.25"},
    {{.power = "v1"}, 2, "relative power residual 0.25, the largest power that of v1"},
    {{.law = "s1"}, INFINITY, "worst element s1 (its law does not hold), relative power residual 0.25"},
};

START_TEST(words_for_what_is_not_proved)
{
    const struct certificate certificate = {.kcl_relative = 0.5, .law = unproved[_i].law, .loop_relative = 0.125,
                                            .power_relative = 0.25};
    char text[UNPROVED_TEXT];
    unproved_tell(&certificate, &unproved[_i].names, text, sizeof text);
    ck_assert_str_eq(text, unproved[_i].text);
}
END_TEST

Suite *suite_certificate(void)
{
    Suite *suite = suite_create("certificate");
    TCase *tcase = tcase_create("points");
    tcase_add_loop_test(tcase, points_by_hand, 0, sizeof point / sizeof *point);
    tcase_add_test(tcase, laws_of_two_voltages);
    tcase_add_test(tcase, change_by_other_voltages);
    tcase_add_test(tcase, worse_certificates);
    tcase_add_loop_test(tcase, words_for_what_is_not_proved, 0, sizeof unproved / sizeof *unproved);
    tcase_add_loop_test(tcase, undetermined_is_found, 0, sizeof undetermined / sizeof *undetermined);
    suite_add_tcase(suite, tcase);
    return suite;
}
