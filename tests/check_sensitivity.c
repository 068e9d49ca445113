/* Sensitivities against differences of operating points, and against ngspice. */
#include "analysis/sensitivity.h"
#include "lowered.h"
#include "netlist/cards.h"
#include "suites.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct solve_options newton = {
    .method = METHOD_NEWTON, .linear = FACTOR_CHOLESKY, .tolerance = 1e-9, .threads = 1};

static struct observed read_card(struct lowered *lowered, bool *good)
{
    struct observed observed = {.k = 0};
    for (size_t c = 0; c < lowered->netlist.count; c++)
        if (lowered->netlist.card[c].kind == CARD_SENS)
            *good = sensitivity_read(&observed, &lowered->netlist.card[c], &lowered->circuit, &lowered->diagnostics);
    return observed;
}

static void free_found(struct sensitivities *found)
{
    for (size_t s = 0; s < found->count; s++)
        free(found->name[s]);
    free(found->name);
    free(found->value);
}

static double value_of(const struct sensitivities *found, const char *name)
{
    for (size_t s = 0; s < found->count; s++)
        if (strcmp(found->name[s], name) == 0)
            return found->value[s];
    ck_abort_msg("no row %s", name);
    return NAN;
}

static double output_of(const char *cards)
{
    struct lowered lowered = lowered_circuit(cards);
    struct engine engine;
    bool good = false;
    struct observed observed = read_card(&lowered, &good);
    ck_assert_msg(good, "%s", cards);
    ck_assert(engine_init(&engine, &lowered.circuit, &newton, true));
    ck_assert_int_eq(engine_solve(&engine, &lowered.diagnostics), ENGINE_OK);
    double output = observed.of_current ? engine.op.current[observed.output]
                                        : operating_point_voltage(&engine.op, observed.a, observed.k);
    engine_free(&engine);
    lowered_free(&lowered);
    return output;
}

/* Cards with one number to be put in, the row that is by it, and the number. */
static const struct {
    const char *cards, *name;
    double value, step;
} by_differences[] = {
#define BRIDGE(r1, v1, i1) \
    "v1 a 0 " v1 "\nr1 a b " r1 " tc=1m,2u temp=57\nr2 a c 2k\nr3 b 0 3k\nr4 c 0 4k\nr5 b c 5k\ni1 0 c " i1 "\n"
    {BRIDGE("%.17g", "2", "1m") ".sens v(b,c)\n", "r1", 1000, 1},
    {BRIDGE("%.17g", "2", "1m") ".sens i(v1)\n", "r1", 1000, 1},
    {BRIDGE("1k", "%.17g", "1m") ".sens v(b,c)\n", "v1", 2, 1},
    {BRIDGE("1k", "%.17g", "1m") ".sens i(v1)\n", "v1", 2, 1},
    {BRIDGE("1k", "2", "%.17g") ".sens v(c)\n", "i1", 1e-3, 1e-3},
    {BRIDGE("1k", "2", "1m m=%.17g") ".sens v(c)\n", "i1_m", 2, 1},
    {BRIDGE("1k m=%.17g", "2", "1m") ".sens v(c)\n", "r1_m", 3, 1e-3},
    {BRIDGE("1k m=2 scale=%.17g", "2", "1m") ".sens v(c)\n", "r1_scale", 3, 1e-3},
    {"v1 a 0 2\nr1 a b 1k tc=%.17g,1u temp=67\nr2 b 0 1k\n.sens v(b)\n", "r1_tc", 1e-3, 1e-6},
    {"v1 a 0 2\nr1 a b 1k tc=1m,%.17g temp=67\nr2 b 0 1k\n.sens v(b)\n", "r1_tc2", 1e-6, 1e-9},
    {"v1 a 0 2\nr1 a b 1k tce=%.17g temp=67\nr2 b 0 1k\n.sens v(b)\n", "r1_tce", 0.5, 1e-3},
    {"v1 a 0 2\nx1 a b s m=2\nr2 b 0 1k\n.subckt s x y\nr1 x y %.17g\n.ends\n.sens v(b)\n", "r.x1.r1", 1000, 1},
#define DIODE(model, size) \
    "v1 a 0 5\nr1 a b 1k\nd1 b c dd " size "\nr2 c 0 500\n.model dd d(" model ")\n.sens v(c)\n"
    {DIODE("is=%.17g rs=20 n=1.1", "3"), "d1:is", 1e-14, 1e-18},
    {DIODE("is=1f rs=%.17g n=1.1", "3"), "d1:rs", 20, 1e-2},
    {DIODE("is=1f rs=20 n=%.17g", "3"), "d1:n", 1.1, 1e-5},
    {DIODE("is=1f rs=20 n=1.1", "3 temp=77 m=%.17g"), "d1_m", 2, 1e-3},
    {DIODE("is=1f rs=20 n=1.1 ikf=1m", "area=%.17g"), "d1_area", 2, 1e-3},
    {DIODE("is=1f rs=20 n=1.1 trs1=1m", "3 temp=%.17g"), "d1_temp", 57, 1e-2},
    {DIODE("is=1f rs=20 n=1.1 tnom=%.17g", "3 temp=87"), "d1:tnom", 27, 1e-2},
    {DIODE("is=1f rs=20 eg=%.17g", "3 temp=87"), "d1:eg", 1.11, 1e-4},
    {DIODE("is=1f rs=20 xti=%.17g", "3 temp=87"), "d1:xti", 3, 1e-2},
    {DIODE("is=1f ikf=%.17g", "3"), "d1:ikf", 1e-3, 1e-7},
    {DIODE("is=1f jsw=%.17g ns=1.3", "pj=3"), "d1:jsw", 1e-12, 1e-15},
    {DIODE("is=1f isr=%.17g nr=2", "1"), "d1:isr", 1e-8, 1e-11},
    {DIODE("is=1f isr=10n nr=2 vj=%.17g", "1"), "d1:vj", 1, 1e-4},
    {"v1 a 0 5\nr1 a b 300k\nr2 a c 1k\nq1 c b 0 qn\n.model qn npn bf=%.17g is=2f vaf=50 rb=100\n.sens v(c)\n", "q1:bf",
     80, 0.1},
    {"v1 a 0 5\nr1 a b 300k\nr2 a c 1k\nq1 c b 0 qn\n.model qn npn bf=80 is=%.17g vaf=50\n.sens i(v1)\n", "q1:is",
     2e-15, 1e-18},
    {"v1 a 0 -5\nr1 a b 300k\nr2 a c 1k\nq1 c b 0 qp area=%.17g\n.model qp pnp bf=80 re=2 br=3\n.sens v(c)\n",
     "q1_area", 2, 1e-3},
    {"v1 a 0 5\nr2 a d 1k\nm1 d a 0 0 mn w=%.17g l=2u\n.model mn nmos vto=0.7 kp=50u lambda=0.02\n.sens v(d)\n", "m1_w",
     2e-5, 1e-9},
    {"v1 a 0 5\nr2 a d 1k\nm1 d a 0 0 mn w=20u l=2u\n.model mn nmos vto=%.17g kp=50u lambda=0.02\n.sens v(d)\n",
     "m1:vto", 0.7, 1e-4},
    {"v1 a 0 5\nr2 a d 1k\nj1 d 0 0 jn\n.model jn njf vto=-2 beta=%.17g\n.sens v(d)\n", "j1:beta", 1e-3, 1e-6},
    {"v1 0 a 12\nr1 a b 470\nd1 b 0 dz\n.model dz d(bv=%.17g ibv=1m rs=1)\n.sens v(b)\n", "d1:bv", 5.6, 1e-4},
    {"v1 0 a 12\nr1 a b 470\nd1 b 0 dz\n.model dz d(bv=5.6 ibv=%.17g rs=1)\n.sens i(v1)\n", "d1:ibv", 1e-3, 1e-6},
};

START_TEST(differences_of_points)
{
    char cards[1000];
    double value = by_differences[_i].value, step = by_differences[_i].step;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(cards, sizeof cards, by_differences[_i].cards, value + step);
    double above = output_of(cards);
    snprintf(cards, sizeof cards, by_differences[_i].cards, value - step);
    double below = output_of(cards);
    snprintf(cards, sizeof cards, by_differences[_i].cards, value);
#pragma GCC diagnostic pop
    struct lowered lowered = lowered_circuit(cards);
    struct engine engine;
    struct sensitivities found = {0};
    bool good = false;
    struct observed observed = read_card(&lowered, &good);
    ck_assert(engine_init(&engine, &lowered.circuit, &newton, true));
    ck_assert_int_eq(sensitivity_solve(&observed, &engine, &found, &lowered.diagnostics), ENGINE_OK);
    double slope = value_of(&found, by_differences[_i].name), expected = (above - below) / (2 * step);
    ck_assert(expected != 0);
    ck_assert_msg(fabs(slope - expected) <= 2e-6 * fabs(expected), "%s%s is %.12g, not %.12g", cards,
                  by_differences[_i].name, slope, expected);
    free_found(&found);
    engine_free(&engine);
    lowered_free(&lowered);
}
END_TEST

/* Rows and their order; numbers of ngspice 39.3, whose rows of what does not act at direct current are left out. */
START_TEST(rows_of_ngspice)
{
    static const struct {
        const char *name;
        double value;
    } rows[] = {{"i2", 14.483308}, {"i2_m", 7.2416542e-3}, {"i1", 14.483308}, {"r3", 3.2535397e-4},
                {"r3_m", -3.253543e-2}, {"r3_scale", 1.6267698e-2}, {"r.x1.rx", 1.3982597e-6},
                {"r.x1.rx_m", -2.796522e-3}, {"r.x1.rx_scale", 2.7965194e-3}, {"r1", -3.061520e-5},
                {"r1_m", 3.0615227e-2}, {"r1_scale", -3.061520e-2}, {"v2", 0.12041147}, {"v1", 7.2416542e-3}};
    struct lowered lowered = lowered_circuit(
        ".model dm d(is=1e-14 rs=2 n=1.1)\n.model d2 d(is=1e-12)\nv1 a 0 5\nv2 f 0 0\nr1 a b 1k\nd1 b c dm\n"
        "d2 b c d2 2\nd3 b c dm\nd4 b c d2 area=3\nx1 b s\n.subckt s x\nrx x 0 2k\ndx x 0 dm\n.ends\n"
        "r3 c f 100 dtemp=5 scale=2\ni1 0 b 0 m=2\ni2 0 b 1m m=2\n.sens v(c)\n");
    struct engine engine;
    struct sensitivities found = {0};
    bool good = false;
    struct observed observed = read_card(&lowered, &good);
    ck_assert(good && engine_init(&engine, &lowered.circuit, &newton, true));
    ck_assert_int_eq(sensitivity_solve(&observed, &engine, &found, &lowered.diagnostics), ENGINE_OK);
    size_t last = found.count - sizeof rows / sizeof *rows;
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        ck_assert_str_eq(found.name[last + r], rows[r].name);
        ck_assert_double_eq_tol(found.value[last + r], rows[r].value, 1e-5 * fabs(rows[r].value));
    }
    ck_assert_str_eq(found.name[0], "d.x1.dx:is");
    ck_assert_str_eq(found.name[last - 1], "d1_temp");
    ck_assert_double_eq_tol(value_of(&found, "d2:is"), 9.0945241e9, 1e-5 * 9.0945241e9);
    ck_assert_double_eq_tol(value_of(&found, "d4:n"), -0.2648387, 1e-5);
    free_found(&found);
    engine_free(&engine);
    lowered_free(&lowered);
}
END_TEST

/* Where ideal diodes close a loop no answer is unique; a current into what blocks it has no response. */
START_TEST(no_response)
{
    struct lowered lowered = lowered_circuit("v1 a 0 5\nr1 a 0 1k\nr2 b c 1k\n.sens v(b)\n");
    struct engine engine;
    struct sensitivities found = {0};
    bool good = false, said = false;
    struct observed observed = read_card(&lowered, &good);
    ck_assert(good && engine_init(&engine, &lowered.circuit, &newton, true));
    ck_assert_int_eq(sensitivity_solve(&observed, &engine, &found, &lowered.diagnostics), ENGINE_UNSOLVED);
    for (size_t d = 0; d < lowered.diagnostics.count; d++)
        said |= strstr(lowered.diagnostics.item[d].message, "the response to r2 is not unique") != NULL;
    ck_assert(said);
    free_found(&found);
    engine_free(&engine);
    lowered_free(&lowered);
}
END_TEST

static const struct {
    const char *card, *word, *message;
} wrong[] = {
    {".sens", ".sens", "expected an output here"},
    {".sens r1", "r1", "expected an output here"},
    {".sens v(x)", "x", "there is no node x"},
    {".sens i(r1)", "r1", "r1 is no voltage source"},
    {".sens v(a) v1", "v1", ".sens: did not expect v1 here"},
    {".sens v(a) ac dec 10 1 1k", ".sens", "`.sens .. ac` is not run"},
};

START_TEST(mistakes_are_located)
{
    char cards[300];
    snprintf(cards, sizeof cards, "v1 a 0 5\nr1 a 0 1k\n%s\n", wrong[_i].card);
    struct lowered lowered = lowered_circuit(cards);
    bool good = true;
    read_card(&lowered, &good);
    ck_assert(!good);
    ck_assert_uint_eq(lowered.diagnostics.count, 1);
    lowered_check_last(&lowered, wrong[_i].word, wrong[_i].message);
    lowered_free(&lowered);
}
END_TEST

Suite *suite_sensitivity(void)
{
    Suite *suite = suite_create("sensitivity");
    TCase *tcase = tcase_create("sensitivity");
    tcase_add_loop_test(tcase, differences_of_points, 0, sizeof by_differences / sizeof *by_differences);
    tcase_add_test(tcase, rows_of_ngspice);
    tcase_add_test(tcase, no_response);
    tcase_add_loop_test(tcase, mistakes_are_located, 0, sizeof wrong / sizeof *wrong);
    suite_add_tcase(suite, tcase);
    return suite;
}
