/* Inputs by name: a netlist with another value is the netlist whose text has that value. */
#include "decks.h"
#include "suites.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A netlist where `?` stands for a number, in two forms: one with the value that it has, and what it is called. */
static const struct row {
    const char *input, *text;
    double before, after;
} rows[] = {
    {"r1", "t\nv1 a 0 5\nr1 a b ?\nr2 b 0 1k\n", 1000, 2500},
    {"R.X1.R1", "t\nv1 a 0 5\nx1 a b s\nr2 b 0 1k\n.subckt s p q\nr1 p q ?\n.ends\n", 1000, 2500},
    {"x1:r1", "t\nv1 a 0 5\nx1 a b s\nr2 b 0 1k\n.subckt s p q\nr1 p q ?\n.ends\n", 1000, 0},
    {"@r1[resistance]", "t\nv1 a 0 5\nr1 a b ? tc1=1m temp=57\nr2 b 0 1k\n", 1000, 10},
    {"r1", "t\nv1 a 0 5\nr1 a b ?\nr2 b 0 1k\nr3 b 0 3k\n", 1000, -500},
    {"@r1[tc1]", "t\n.temp 77\nv1 a 0 5\nr1 a b 1k tc1=?\nr2 b 0 1k\n", 0.001, 0.002},
    {"r1_m", "t\nv1 a 0 5\nr1 a b 1k m=?\nr2 b 0 1k\n", 1, 3},
    {"V1", "t\nv1 a 0 ?\nr1 a b 1k\nd1 b 0 dm\n.model dm d\n", 5, -7},
    {"@v1[dc]", "t\nv1 a 0 dc ?\nr1 a b 1k\nd1 b 0 dm\n.model dm d\n", 5, 0},
    {"i1", "t\ni1 0 b ? m=3\nr1 b 0 1k\n", 0.001, 0.002},
    {"e1", "t\nv1 a 0 1\nr1 a 0 1k\ne1 b 0 a 0 ?\nr2 b c 1k\nr3 c 0 1k\n", 2, 5},
    {"@g1[gain]", "t\nv1 a 0 1\nr1 a 0 1k\ng1 b 0 a 0 ?\nr2 b 0 1k\n", 0.002, 0},
    {"f1", "t\nv1 a 0 1\nr1 a 0 1k\nf1 b 0 v1 ?\nr2 b 0 1k\n", 2, -5},
    {"h1", "t\nv1 a 0 1\nr1 a 0 1k\nh1 b 0 v1 ?\nr2 b 0 1k\n", 2, 50},
    {"x1.e1", "t\nv1 a 0 1\nr1 a 0 1k\nx1 a b s\nr2 b 0 1k\n.subckt s p q\ne1 q 0 p 0 ?\n.ends\n", 2, 5},
    {"g1", "t\nv1 a 0 1\nr1 a b 1k\ng1 b 0 b 0 ?\n", 0.001, 0.003}, /* a conductance */
    {"@d1[area]", "t\nv1 a 0 5\nr1 a b 1k\nd1 b 0 dm area=?\n.model dm d\n", 1, 4},
    {"d1_area", "t\nv1 a 0 5\nr1 a b 1k\nd1 b 0 dm ?\n.model dm d\n", 2, 4},
    {"@dm[is]", "t\nv1 a 0 5\nr1 a b 1k\nd1 b 0 dm\n.model dm d is=?\n", 1e-14, 1e-11},
    {"dm:N", "t\nv1 a 0 5\nr1 a b 1k\nd1 b 0 dm\n.model dm d is=1p n=?\n", 1, 2},
    {"@d1[rs]", "t\nv1 a 0 5\nr1 a b 1k\nd1 b 0 dm\n.model dm d is=1p rs=?\n", 1, 200},
    {"d1:is", "t\nv1 a 0 5\nr1 a b 1k\nd1 b c dm\nd2 c 0 dm\n.model dm d is=?\n", 1e-14, 1e-11},
    {"x1.d1:is", "t\nv1 a 0 5\nr1 a b 1k\nx1 b s\n.subckt s p\nd1 p 0 dm\n.model dm d is=?\n.ends\n", 1e-14, 1e-11},
    {"qn:bf", "t\nv1 a 0 5\nr1 a b 100k\nr2 a c 1k\nq1 c b 0 qn\n.model qn npn bf=?\n", 100, 50},
    {"@q1[bf]", "t\nv1 a 0 5\nr1 a b 100k\nr2 a c 1k\nq1 c b 0 qn\n.model qn npn bf=?\n", 100, 50},
    {"@q1[area]", "t\nv1 a 0 5\nr1 a b 100k\nr2 a c 1k\nq1 c b 0 qn ?\n.model qn npn\n", 1, 3},
    {"m1_w", "t\nv1 a 0 5\nr2 a c 1k\nm1 c a 0 0 nm w=? l=10u\n.model nm nmos\n", 1e-5, 2e-5},
    {"width", "t\n.param width=? twice={2*width}\nv1 a 0 5\nr1 a b {twice}\nr2 b 0 1k\n", 1000, 3000},
    {"temp", "t\n.temp ?\nv1 a 0 5\nr1 a b 1k\nd1 b 0 dm\n.model dm d\n", 27, 100},
    {"temp", "t\n.temp ?\nv1 a 0 5\nr1 a b {1k+temper}\nd1 b 0 dm\n.model dm d\n", 27, 100},
};

static opspice *load_row(const struct row *row, double value)
{
    char text[500];
    const char *mark = strchr(row->text, '?');
    snprintf(text, sizeof text, "%.*s%.17g%s", (int)(mark - row->text), row->text, value, mark + 1);
    return deck_load(text, OPSPICE_OK);
}

static void check_same(const opspice *deck, const opspice *other)
{
    const double *v = opspice_node_voltages(deck), *i = opspice_branch_currents(deck);
    const double *w = opspice_node_voltages(other), *j = opspice_branch_currents(other);
    ck_assert_uint_eq(opspice_node_count(deck), opspice_node_count(other));
    for (size_t n = 0; n < opspice_node_count(deck); n++)
        ck_assert_msg(fabs(v[n] - w[n]) <= 1e-11 * (1 + fabs(v[n])), "%s: %.17g, %.17g", opspice_node_name(deck, n),
                      v[n], w[n]);
    for (size_t b = 0; b < opspice_branch_count(deck); b++)
        ck_assert_msg(fabs(i[b] - j[b]) <= 1e-9 * (1e-3 + fabs(i[b])), "%s: %.17g, %.17g",
                      opspice_branch_name(deck, b), i[b], j[b]);
}

START_TEST(another_value_is_another_text)
{
    const struct row *row = &rows[_i];
    opspice *deck = load_row(row, row->before), *other = load_row(row, row->after);
    size_t input, again;
    double value;
    ck_assert_msg(opspice_find_input(deck, row->input, &input) == OPSPICE_OK, "%s", row->input);
    ck_assert_int_eq(opspice_find_input(deck, row->input, &again), OPSPICE_OK);
    ck_assert_uint_eq(input, again);
    ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
    ck_assert_int_eq(opspice_solve(other), OPSPICE_OK);
    ck_assert_int_eq(opspice_get_input(deck, input, &value), OPSPICE_OK);
    if (!isnan(value))
        ck_assert_msg(fabs(value - row->before) <= 1e-15 * fabs(row->before), "%s: %g", row->input, value);
    ck_assert_int_eq(opspice_set_input(deck, input, row->after), OPSPICE_OK);
    ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
    check_same(deck, other);
    ck_assert_int_eq(opspice_get_input(deck, input, &value), OPSPICE_OK);
    ck_assert_msg(fabs(value - row->after) <= 1e-15 * fabs(row->after), "%s: %g", row->input, value);
    /* and back again */
    ck_assert_int_eq(opspice_set_input(deck, input, row->before), OPSPICE_OK);
    ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
    opspice_free(other);
    other = load_row(row, row->before);
    ck_assert_int_eq(opspice_solve(other), OPSPICE_OK);
    check_same(deck, other);
    opspice_free(deck);
    opspice_free(other);
}
END_TEST

/* What was given to elements stays where the circuit is made anew; and so do sweeps of its own. */
START_TEST(values_of_elements_stay)
{
    static const char text[] = "t\n.param p=1k\nv1 a 0 5\nr1 a b {p}\nr2 b 0 1k\nr3 b c {p}\nr4 c 0 1k\n"
                               "d1 c 0 dm\n.model dm d\n.dc temp 20 30 5\n";
    static const char changed[] = "t\n.param p=2k\nv1 a 0 7\nr1 a b 3k\nr2 b 0 4k\nr3 b c {p}\nr4 c 0 5k\n"
                                  "d1 c 0 dm\n.model dm d is=1p\n";
    opspice *deck = deck_load(text, OPSPICE_OK), *other = deck_solved(changed);
    static const char *const names[] = {"p", "r1", "r2", "@dm[is]"};
    const double values[] = {2000, 3000, 4000, 1e-12}, r4 = 5000;
    size_t input[4];
    double found[4];
    for (size_t q = 0; q < 4; q++)
        ck_assert_int_eq(opspice_find_input(deck, names[q], &input[q]), OPSPICE_OK);
    ck_assert_int_eq(opspice_set_source(deck, "v1", 7), OPSPICE_OK);
    ck_assert_int_eq(opspice_set_resistances(deck, 4, 1, &r4), OPSPICE_OK);
    ck_assert_int_eq(opspice_set_inputs(deck, 4, input, values), OPSPICE_OK);
    ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
    check_same(deck, other);
    ck_assert_int_eq(opspice_run(deck, NULL, NULL), OPSPICE_OK);
    ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
    check_same(deck, other);
    ck_assert_int_eq(opspice_get_inputs(deck, 4, input, found), OPSPICE_OK);
    ck_assert(memcmp(found, values, sizeof found) == 0);
    opspice_free(deck);
    opspice_free(other);
}
END_TEST

/* Several numbers of one card, set in any order. */
START_TEST(numbers_of_one_card)
{
    static const char *const names[] = {"dm:is", "@dm[n]", "dm:rs"};
    opspice *deck = deck_load("t\nv1 a 0 5\nr1 a b 1k\nd1 b 0 dm\n.model dm d is=1f\n", OPSPICE_OK);
    size_t input[3];
    for (size_t q = 0; q < 3; q++)
        ck_assert_int_eq(opspice_find_input(deck, names[q], &input[q]), OPSPICE_OK);
    for (int turn = 0; turn < 12; turn++) {
        double is = 1e-15 * (1 + turn % 3), n = 1 + turn % 4, rs = 1 + turn % 5;
        char text[200];
        snprintf(text, sizeof text, "t\nv1 a 0 5\nr1 a b 1k\nd1 b 0 dm\n.model dm d is=%.17g n=%.17g rs=%.17g\n", is, n,
                 rs);
        opspice *other = deck_solved(text);
        const double values[] = {is, n, rs};
        for (int q = 0; q < 3; q++) {
            int which = (q + turn) % 3;
            ck_assert_int_eq(opspice_set_input(deck, input[which], values[which]), OPSPICE_OK);
        }
        ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
        check_same(deck, other);
        opspice_free(other);
    }
    opspice_free(deck);
}
END_TEST

START_TEST(no_such_input)
{
    static const char *const names[] = {
        "r9", "d1", "q1", "c1", "l1", "b1", "@r1[nothing]", "@dm[nothing]", "dm", "dm:nothing", "@r1", "@[is]",
        "@r1[]", "nothing", "x1.r1_m", "", "@", ":", "_", "r1_", ":is", "s1", "@v1[pulse]", "x1.p", "d1:"};
    opspice *deck = deck_load("t\nv1 a 0 pulse(0 5)\nr1 a b 1k\nd1 b 0 dm\nq1 a b 0 qm\nc1 a 0 1\nl1 a e 1\n"
                              "b1 f 0 v=v(a)^2\nr5 f 0 1k\nr6 e 0 1k\nx1 a s\ns1 a 0 b 0 sw\n.model sw sw\n"
                              ".subckt s p\nr1 p 0 1k\n.ends\n.model dm d\n.model qm npn\n",
                              OPSPICE_OK);
    size_t input;
    double value;
    for (size_t q = 0; q < sizeof names / sizeof *names; q++)
        ck_assert_msg(opspice_find_input(deck, names[q], &input) == OPSPICE_USAGE, "%s", names[q]);
    ck_assert_int_eq(opspice_get_input(deck, opspice_branch_count(deck), &value), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_set_input(deck, SIZE_MAX, 1), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_find_input(deck, "r1", &input), OPSPICE_OK);
    ck_assert_int_eq(opspice_set_input(deck, input, NAN), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_set_input(deck, input, INFINITY), OPSPICE_USAGE);
    for (size_t b = 0; b < opspice_branch_count(deck); b++) {
        bool has = opspice_get_input(deck, b, &value) == OPSPICE_OK;
        const char *name = opspice_branch_name(deck, b);
        ck_assert_msg(has == (name[0] == 'v' || name[0] == 'r' || strcmp(name, "x1.r1") == 0), "%s", name);
        ck_assert_int_eq(opspice_set_input(deck, b, 1), has ? OPSPICE_OK : OPSPICE_USAGE);
    }
    opspice_free(deck);
    deck = opspice_new();
    ck_assert_int_eq(opspice_find_input(deck, "r1", &input), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_set_input(deck, 0, 1), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_get_input(deck, 0, &value), OPSPICE_USAGE);
    opspice_free(deck);
}
END_TEST

/* A value that makes the netlist wrong, or another circuit, is told by the solve; another one heals it. */
START_TEST(a_wrong_value_is_told)
{
    static const struct {
        const char *text, *name, *code;
        double wrong;
    } mistakes[] = {
        {"t\nv1 a 0 5\nr1 a b 1k\nd1 b 0 dm\n.model dm d is=1f\n", "dm:is", NULL, -1},
        {"t\n.param n=1\nv1 a 0 5\nr1 a 0 1k\n.if (n>1)\nr2 a b 1k\nr3 b 0 1k\n.endif\n", "n", "sweep-changes-circuit",
         2},
        {"t\n.param n=1\nv1 a 0 5\nr1 a 0 {sqrt(n)}\n", "n", NULL, -1},
    };
    opspice *deck = deck_load(mistakes[_i].text, OPSPICE_OK);
    size_t input;
    ck_assert_int_eq(opspice_find_input(deck, mistakes[_i].name, &input), OPSPICE_OK);
    ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
    for (int turn = 0; turn < 2; turn++) {
        ck_assert_int_eq(opspice_set_input(deck, input, mistakes[_i].wrong), OPSPICE_OK);
        ck_assert_int_eq(opspice_solve(deck), OPSPICE_NETLIST);
        ck_assert_int_eq(opspice_solve(deck), OPSPICE_NETLIST);
        const opspice_diagnostic *diagnostic = opspice_get_diagnostic(deck, 0);
        ck_assert_ptr_nonnull(diagnostic);
        if (mistakes[_i].code)
            ck_assert_str_eq(diagnostic->code, mistakes[_i].code);
        ck_assert_int_eq(opspice_set_input(deck, input, 0.5), OPSPICE_OK);
        ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
    }
    opspice_free(deck);
}
END_TEST

static const char *const junctions[] = {"d1 b 0 q\n.model q d rs=1", "q1 b a 0 q\n.model q npn rb=1",
                                        "j1 b 0 0 q\n.model q njf rd=1", "m1 b a 0 0 q\n.model q nmos rd=1",
                                        "m1 b a 0 q\n.model q vdmos rd=1"};

/* The element whose law has no numbers there is told; from there the circuit comes back. */
START_TEST(a_temperature_without_laws_is_told)
{
    static const double temperature[] = {-300, -273.15, 1e300};
    char text[200];
    snprintf(text, sizeof text, "t\nv1 a 0 5\nr1 a b 1k\n%s\n", junctions[_i]);
    opspice *deck = deck_load(text, OPSPICE_OK);
    size_t input;
    ck_assert_int_eq(opspice_find_input(deck, "temp", &input), OPSPICE_OK);
    ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
    double before = deck_voltage(deck, "b");
    for (size_t t = 0; t < sizeof temperature / sizeof *temperature; t++) {
        ck_assert_int_eq(opspice_set_input(deck, input, temperature[t]), OPSPICE_OK);
        if (opspice_solve(deck) != OPSPICE_OK)
            ck_assert_ptr_nonnull(strstr(opspice_get_diagnostic(deck, 0)->message, "1 has no law at "));
        else
            ck_assert_double_gt(temperature[t], 0); /* a junction that carries nothing or all is one */
        ck_assert_int_eq(opspice_set_input(deck, input, 27), OPSPICE_OK);
        ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
        ck_assert_double_eq_tol(deck_voltage(deck, "b"), before, 1e-9);
    }
    opspice_free(deck);
}
END_TEST

START_TEST(values_only)
{
    opspice *deck = opspice_new();
    size_t input;
    static const char text[] = "t\n.param p=1\nv1 a 0 5\nr1 a b {p}\nr2 b 0 1\nd1 b 0 dm\n.model dm d is=1f\n";
    ck_assert_int_eq(opspice_set(deck, "inputs", "values"), OPSPICE_OK);
    ck_assert_int_eq(opspice_load_memory(deck, "t", text, strlen(text)), OPSPICE_OK);
    ck_assert_int_eq(opspice_find_input(deck, "p", &input), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_find_input(deck, "@dm[is]", &input), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_find_input(deck, "temp", &input), OPSPICE_OK);
    ck_assert_int_eq(opspice_set_input(deck, input, 57), OPSPICE_OK);
    ck_assert_int_eq(opspice_find_input(deck, "r1", &input), OPSPICE_OK);
    ck_assert_int_eq(opspice_set_input(deck, input, 4), OPSPICE_OK);
    ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
    opspice_free(deck);
}
END_TEST

Suite *suite_inputs(void)
{
    Suite *suite = suite_create("inputs");
    TCase *tests = tcase_create("inputs");
    tcase_add_loop_test(tests, another_value_is_another_text, 0, sizeof rows / sizeof *rows);
    tcase_add_test(tests, values_of_elements_stay);
    tcase_add_test(tests, numbers_of_one_card);
    tcase_add_test(tests, no_such_input);
    tcase_add_loop_test(tests, a_wrong_value_is_told, 0, 3);
    tcase_add_loop_test(tests, a_temperature_without_laws_is_told, 0, sizeof junctions / sizeof *junctions);
    tcase_add_test(tests, values_only);
    suite_add_tcase(suite, tests);
    return suite;
}
