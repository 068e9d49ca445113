/* src/convex/qp.h: the Laplacian, and circuits lowered to programs whose values are known by hand. */
#include "lowered.h"
#include "suites.h"
#include <math.h>
#include <stdio.h>

static bool close_to(double value, double expected)
{
    return value == expected || fabs(value - expected) <= 1e-14 * fabs(expected);
}

/* ---- the Laplacian ---------------------------------------------------------------------------------------------- */

static const struct conductance edges[] = {{2, 0, 3},  {0, 2, 4}, {1, GROUND_UNKNOWN, 5}, {1, 1, 100},
                                           {0, 1, 0.5}, {2, 1, 2}, {GROUND_UNKNOWN, 1, 1}};
enum { EDGES = sizeof edges / sizeof *edges, N = 4 };

/* Unknown 3 has no conductance at all. */
static const double dense[N][N] = {{7.5, -0.5, -7, 0}, {-0.5, 8.5, -2, 0}, {-7, -2, 9, 0}, {0, 0, 0, 0}};

START_TEST(laplacian_is_sorted_and_merged)
{
    struct laplacian L = {0};
    ck_assert(laplacian_build(&L, N, edges, EDGES));
    ck_assert_int_eq(L.n, N);
    ck_assert_int_eq(L.p[N], 10); /* 3 x 3, and the diagonal entry of unknown 3 */
    for (int32_t column = 0; column < N; column++)
        for (int32_t q = L.p[column]; q < L.p[column + 1]; q++) {
            ck_assert(q == L.p[column] || L.i[q] > L.i[q - 1]);
            ck_assert(close_to(L.x[q], dense[L.i[q]][column]));
            ck_assert_int_eq(laplacian_find(&L, L.i[q], column), q);
        }
    laplacian_free(&L);
    laplacian_free(&L);
}
END_TEST

START_TEST(laplacian_is_applied)
{
    static const double ground[N] = {0, 6, 0, 0}, x[N] = {1, 2, 4, 8};
    struct laplacian L = {0};
    double y[N];
    ck_assert(laplacian_build(&L, N, edges, EDGES));
    laplacian_apply(&L, ground, x, y);
    for (int i = 0; i < N; i++) {
        double expected = 0;
        for (int j = 0; j < N; j++)
            expected += dense[i][j] * x[j];
        ck_assert_msg(close_to(y[i], expected), "row %d: %g, not %g", i, y[i], expected);
    }
    laplacian_free(&L);
}
END_TEST

/* A potential that all share is no current, to the last digit: large conductances do not cancel. */
START_TEST(laplacian_does_not_cancel)
{
    static const struct conductance chain[] = {{0, 1, 1e12}, {1, 2, 1e-3}, {2, 3, 1.0 / 3}};
    static const double ground[N] = {0}, x[N] = {1e6 / 3, 1e6 / 3, 1e6 / 3, 1e6 / 3};
    struct laplacian L = {0};
    double y[N];
    ck_assert(laplacian_build(&L, N, chain, 3));
    laplacian_apply(&L, ground, x, y);
    for (int i = 0; i < N; i++)
        ck_assert(y[i] == 0);
    laplacian_free(&L);
}
END_TEST

START_TEST(laplacian_of_nothing)
{
    struct laplacian L = {0};
    ck_assert(laplacian_build(&L, 0, NULL, 0));
    ck_assert_int_eq(L.n, 0);
    laplacian_free(&L);
}
END_TEST

/* ---- lowering ---------------------------------------------------------------------------------------------------- */

static double entry(const struct lowered *lowered, const char *row, const char *column)
{
    const struct laplacian *L = &lowered->qp.L;
    return L->x[laplacian_find(L, lowered_unknown(lowered, row), lowered_unknown(lowered, column))];
}

/* Fixed potentials become currents, parallel resistors merge. */
START_TEST(resistors_and_sources)
{
    struct lowered lowered = lowered_program("v1 a 0 10\nr1 a b 2\nr2 b 0 4\nr3 b c 1\nr4 c b 1\ni1 0 c 3\ni2 c b 1\n");
    int32_t b = lowered_unknown(&lowered, "b"), c = lowered_unknown(&lowered, "c");
    ck_assert_int_eq(lowered.qp.L.n, 2);
    ck_assert(close_to(entry(&lowered, "b", "b"), 2.75) && close_to(entry(&lowered, "c", "c"), 2));
    ck_assert(close_to(entry(&lowered, "b", "c"), -2) && close_to(entry(&lowered, "c", "b"), -2));
    ck_assert(close_to(lowered.qp.ground[b], 0.75) && lowered.qp.ground[c] == 0);
    ck_assert(close_to(lowered.qp.b[b], 5 + 1) && close_to(lowered.qp.b[c], 3 - 1));
    ck_assert_uint_eq(lowered.qp.knees, 0);
    lowered_free(&lowered);
}
END_TEST

/* A floating source joins b and c; its offset is a current through the resistors at its ends. */
START_TEST(floating_sources)
{
    struct lowered lowered = lowered_program("v1 b c 6\nr1 b 0 2\nr2 c 0 3\nr3 b d 1\nr4 c d 1\nr5 b c 1\n");
    int32_t x = lowered_unknown(&lowered, "b"), d = lowered_unknown(&lowered, "d");
    double b = lowered.supernodes.offset[lowered_node(&lowered, "b")], c = b - 6;
    ck_assert_int_eq(x, lowered_unknown(&lowered, "c"));
    ck_assert_int_eq(lowered.qp.L.n, 2);
    ck_assert(close_to(entry(&lowered, "b", "b"), 1. / 2 + 1. / 3 + 2) && close_to(entry(&lowered, "b", "d"), -2));
    ck_assert(close_to(lowered.qp.ground[x], 1. / 2 + 1. / 3));
    ck_assert(close_to(lowered.qp.b[d], b + c));
    ck_assert(close_to(lowered.qp.b[x], -(b / 2 + c / 3 + b + c)));
    lowered_free(&lowered);
}
END_TEST

struct expected_knee {
    const char *i, *j; /* nodes */
    double c, g;
};

static void check_knees(const char *cards, const struct expected_knee *expected, uint32_t knees)
{
    struct lowered lowered = lowered_program(cards);
    ck_assert_uint_eq(lowered.qp.knees, knees);
    for (uint32_t q = 0; q < knees; q++) {
        const struct knee *knee = &lowered.qp.knee[q];
        ck_assert_int_eq(knee->i, lowered_unknown(&lowered, expected[q].i));
        ck_assert_int_eq(knee->j, lowered_unknown(&lowered, expected[q].j));
        ck_assert_msg(close_to(knee->c, expected[q].c), "knee %u: c = %g", q, knee->c);
        ck_assert_msg(close_to(knee->g, expected[q].g), "knee %u: g = %g", q, knee->g);
    }
    lowered_free(&lowered);
}

START_TEST(diodes_become_knees)
{
    static const struct expected_knee ideal[] = {{"a", "b", 0.25, INFINITY}, {"b", "0", 0.25, INFINITY}};
    check_knees("d1 a b m\nd2 b 0 m\nr1 a 0 1\n.model m D(Ron=0 Vfwd=0.25)\n", ideal, 2);
    static const struct expected_knee both[] = {{"a", "0", 1, 0.5 - 1e-3}, {"0", "a", 4, 0.25 - 1e-3}};
    check_knees("d1 a 0 m\n.model m D(Ron=2 Roff=1k Vfwd=1 Vrev=4 Rrev=4)\n", both, 2);
    static const struct expected_knee area[] = {{"a", "0", 1, 1.5}};
    check_knees("d1 a 0 m 3\nr1 a 0 1\n.model m D(Ron=1 Roff=2 Vfwd=1)\n", area, 1);
    static const struct expected_knee shifted[] = {{"b", "0", 1 - 5, INFINITY}, {"0", "b", 3 + 5, INFINITY}};
    check_knees("v1 b b2 -5\nd1 b2 0 m\nd2 b b2 m\nr1 b 0 1\n.model m D(Ron=0 Vfwd=1 Vrev=3)\n", shifted, 2);
}
END_TEST

START_TEST(diodes_that_are_resistors)
{
    struct lowered lowered =
        lowered_program("d1 a 0 m 2\nd2 a 0 n\n.model m D(Ron=4 Roff=4)\n.model n D(Ron=1 Roff=8)\n");
    ck_assert_uint_eq(lowered.qp.knees, 1); /* that of d2 */
    ck_assert(close_to(entry(&lowered, "a", "a"), 0.5 + 0.125));
    ck_assert_uint_eq(lowered.qp.element[0], lowered_element(&lowered, "d2"));
    lowered_free(&lowered);
}
END_TEST

START_TEST(values_are_lowered_again)
{
    static const char cards[] =
        "v1 a 0 %s\nv2 b c %s\nr1 a b 2\nr2 c 0 4\ni1 0 c %s\nd1 b a m\n.model m D(Ron=0 Vfwd=1)\n";
    char first[200], second[200];
    snprintf(first, sizeof first, cards, "1", "2", "3");
    snprintf(second, sizeof second, cards, "5", "7", "11");
    struct lowered lowered = lowered_program(first), fresh = lowered_program(second);
    for (uint32_t e = 0; e < lowered.circuit.elements.count; e++)
        lowered.circuit.element[e].value = fresh.circuit.element[e].value;
    supernodes_update(&lowered.supernodes, &lowered.circuit);
    qp_update(&lowered.qp, &lowered.circuit, &lowered.supernodes.forest, lowered.supernodes.offset);
    ck_assert_int_eq(lowered.qp.L.n, 1);
    ck_assert(lowered.qp.b[0] == fresh.qp.b[0]);
    ck_assert(lowered.qp.floor[0] == fresh.qp.floor[0] && fresh.qp.floor[0] > 0);
    ck_assert(lowered.qp.knee[0].c == fresh.qp.knee[0].c);
    lowered_free(&lowered);
    lowered_free(&fresh);
}
END_TEST

Suite *suite_qp(void)
{
    Suite *suite = suite_create("qp");
    TCase *tcase = tcase_create("program");
    tcase_add_test(tcase, laplacian_is_sorted_and_merged);
    tcase_add_test(tcase, laplacian_is_applied);
    tcase_add_test(tcase, laplacian_does_not_cancel);
    tcase_add_test(tcase, laplacian_of_nothing);
    tcase_add_test(tcase, resistors_and_sources);
    tcase_add_test(tcase, floating_sources);
    tcase_add_test(tcase, diodes_become_knees);
    tcase_add_test(tcase, diodes_that_are_resistors);
    tcase_add_test(tcase, values_are_lowered_again);
    suite_add_tcase(suite, tcase);
    return suite;
}
