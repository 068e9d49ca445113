/* The public interface, as a program that links libopspice sees it: the answer by name, by number and in bulk; the same
 * deck solved again, and decks of two threads. */
#include "api_decks.h"
#include "suites.h"
#include <malloc.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the answer -------------------------------------------------------------------------------------------------- */

START_TEST(answers_by_name_and_in_bulk)
{
    opspice *deck = deck_solved(divider);
    ck_assert_str_eq(opspice_title(deck), "The divider");
    ck_assert_uint_eq(opspice_node_count(deck), 2);
    ck_assert_str_eq(opspice_node_name(deck, 0), "in");
    ck_assert_str_eq(opspice_node_name(deck, 1), "out");
    ck_assert_ptr_null(opspice_node_name(deck, 2));
    ck_assert_uint_eq(opspice_branch_count(deck), 3);
    ck_assert_str_eq(opspice_branch_name(deck, 0), "v1");
    ck_assert_ptr_null(opspice_branch_name(deck, 3));
    ck_assert(near(deck_voltage(deck, "OUT"), 20. / 3, 10));
    ck_assert(near(deck_current(deck, "V1"), -10. / 3000, 1));
    ck_assert(deck_voltage(deck, "0") == 0 && deck_voltage(deck, "GND") == 0);
    ck_assert(opspice_node_voltages(deck)[1] == deck_voltage(deck, "out"));
    ck_assert(opspice_branch_currents(deck)[2] == deck_current(deck, "r2"));
    opspice_free(deck);
}
END_TEST

START_TEST(nothing_unknown)
{
    opspice *deck = deck_solved("t\nv1 a 0 1\n");
    ck_assert_str_eq(opspice_get_stats(deck)->solver, "none");
    ck_assert_uint_eq(opspice_get_stats(deck)->supernodes, 0);
    ck_assert(deck_current(deck, "v1") == 0);
    opspice_free(deck);
}
END_TEST

START_TEST(graph_in_bulk)
{
    opspice *deck = deck_solved("t\nV1 In 0 10\nx1 in out s\nl1 out 0 1\n.subckt s a b\nR1 a b 1k\n.ends\n");
    size_t nodes[6];
    ck_assert_uint_eq(opspice_node_number(deck, "OUT"), 1);
    ck_assert_uint_eq(opspice_node_number(deck, "0"), OPSPICE_NONE);
    ck_assert_uint_eq(opspice_node_number(deck, "no"), OPSPICE_NONE);
    ck_assert_str_eq(opspice_node_names(deck)[1], "out");
    ck_assert_uint_eq(opspice_branch_number(deck, "X1.R1"), 1);
    ck_assert_uint_eq(opspice_branch_number(deck, "r.x1.r1"), 1);
    ck_assert_uint_eq(opspice_branch_number(deck, "r1"), OPSPICE_NONE);
    ck_assert_str_eq(opspice_branch_names(deck)[2], "l1");
    ck_assert_str_eq(opspice_branch_kind(deck, 0), "voltage source");
    ck_assert_str_eq(opspice_branch_kind(deck, 1), "resistor");
    ck_assert_str_eq(opspice_branch_kind(deck, 2), "inductor");
    ck_assert_ptr_null(opspice_branch_kind(deck, 3));
    ck_assert_int_eq(opspice_branch_nodes(deck, 0, 3, nodes), OPSPICE_OK);
    static const size_t expected[6] = {0, OPSPICE_NONE, 0, 1, 1, OPSPICE_NONE};
    ck_assert_mem_eq(nodes, expected, sizeof expected);
    ck_assert_int_eq(opspice_branch_nodes(deck, 1, 3, nodes), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_branch_nodes(deck, 3, 0, nodes), OPSPICE_OK);
    opspice_free(deck);
}
END_TEST

START_TEST(expressions_at_the_operating_point)
{
    opspice *deck = deck_solved("t\n.param k=3\nv1 in 0 10\nr1 in out 1k\nr2 out 0 1k\nq1 in out 0 m\n.model m npn\n");
    double value, base, collector;
    static const char *const wrong[] = {"v(no)", "", "v(in", "nothing", "@r1[frob]", "1/0", "all", "v(in) v(out)"};
    ck_assert_int_eq(opspice_evaluate(deck, "v(in,out)/v(in)", &value), OPSPICE_OK);
    ck_assert(near(value, 1 - deck_voltage(deck, "out") / 10, 1));
    ck_assert_int_eq(opspice_evaluate(deck, "OUT", &value), OPSPICE_OK);
    ck_assert(value == deck_voltage(deck, "out"));
    ck_assert_int_eq(opspice_evaluate(deck, "i(r1)*k", &value), OPSPICE_OK);
    ck_assert(near(value, 3 * deck_current(deck, "r1"), 1e-3));
    ck_assert_int_eq(opspice_evaluate(deck, "@q1[ib]", &base), OPSPICE_OK);
    ck_assert_int_eq(opspice_evaluate(deck, "@q1[ic]", &collector), OPSPICE_OK);
    ck_assert(near(base, deck_current(deck, "r1") - deck_current(deck, "r2"), 1e-3) && near(collector, 100 * base, 1));
    for (size_t w = 0; w < sizeof wrong / sizeof *wrong; w++) {
        value = 7;
        ck_assert_msg(opspice_evaluate(deck, wrong[w], &value) == OPSPICE_USAGE && value == 7, "%s", wrong[w]);
    }
    ck_assert_uint_eq(opspice_diagnostic_count(deck), 0);
    opspice_free(deck);
}
END_TEST

/* ---- statistics -------------------------------------------------------------------------------------------------- */

/* What equations took is part of what solving took; nothing is said of few. */
START_TEST(statistics_of_equations)
{
    enum { NODES = 1500, CARD = 40 };
    char *text = malloc(2 * NODES * CARD), *end = text + sprintf(text, "ladder\nv1 n0 0 1\n");
    for (int n = 0; n < NODES; n++)
        end += sprintf(end, "r%d n%d n%d 1\nrg%d n%d 0 1k\n", n, n, n + 1, n, n + 1);
    opspice *deck = deck_solved(text), *small = deck_solved(divider);
    const opspice_stats *stats = opspice_get_stats(deck), *none = opspice_get_stats(small);
    ck_assert(stats->setup > 0 && stats->first > 0 && stats->corrections > 0);
    ck_assert(stats->setup + stats->first + stats->corrections <= stats->solve);
    ck_assert(none->setup == 0 && none->first == 0 && none->corrections == 0);
    opspice_free(deck);
    opspice_free(small);
    free(text);
}
END_TEST

START_TEST(statistics_by_name)
{
    opspice *deck = deck_solved(divider);
    const opspice_stats *stats = opspice_get_stats(deck);
    double value;
    for (size_t q = 0; opspice_statistic_name(q); q++) {
        value = -1;
        ck_assert_int_eq(opspice_statistic(deck, opspice_statistic_name(q), &value), OPSPICE_OK);
        ck_assert(value >= 0);
    }
    ck_assert_str_eq(opspice_statistic_name(0), "nodes");
    ck_assert_int_eq(opspice_statistic(deck, "nodes", &value), OPSPICE_OK);
    ck_assert(value == 2);
    ck_assert_int_eq(opspice_statistic(deck, "solve", &value), OPSPICE_OK);
    ck_assert(value == stats->solve);
    ck_assert_int_eq(opspice_statistic(deck, "solver", &value), OPSPICE_USAGE);
    opspice_free(deck);
}
END_TEST

/* ---- solved again ------------------------------------------------------------------------------------------------ */

/* One source changed again and again is followed along a line, where diodes stay on their segments; in between they do
 * not, and other values change. */
START_TEST(source_that_alone_is_changed)
{
    static const char text[] = "t\nv1 a 0 1\nv2 d 0 1\nr1 a b 1k\nr2 b c 3k\nr3 c d 2k\nr4 c 0 1k\n"
                               "d1 b 0 pw\n.model pw d(ron=10 roff=1meg vfwd=0.7)\n";
    opspice *deck = deck_solved(text);
    double v2 = 1;
    for (int point = 0; point < 60; point++) {
        double v1 = (point * 7) % 23 - 9;
        ck_assert_int_eq(opspice_set_source(deck, "v1", v1), OPSPICE_OK);
        if (point % 20 == 13)
            ck_assert_int_eq(opspice_set_source(deck, "v2", v2 = 0.1 * point), OPSPICE_OK);
        ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
        opspice *fresh = deck_load(text, OPSPICE_OK);
        ck_assert_int_eq(opspice_set_source(fresh, "v1", v1), OPSPICE_OK);
        ck_assert_int_eq(opspice_set_source(fresh, "v2", v2), OPSPICE_OK);
        ck_assert_int_eq(opspice_solve(fresh), OPSPICE_OK);
        ck_assert(near(deck_voltage(deck, "b"), deck_voltage(fresh, "b"), 10));
        ck_assert(near(deck_current(deck, "r3"), deck_current(fresh, "r3"), 1));
        opspice_free(fresh);
    }
    opspice_free(deck);
}
END_TEST

START_TEST(warm_equals_fresh)
{
    opspice *deck = deck_solved(warm_text);
    for (int step = 0; step < 50; step++) {
        char fresh_text[sizeof warm_text + 100];
        double volts = 10 * sin(step), amperes = 0.01 * cos(3 * step);
        snprintf(fresh_text, sizeof fresh_text, "t\nv1 a 0 %.17g\ni1 0 c %.17g\n", volts, amperes);
        for (const char *line = strchr(warm_text, '\n') + 1; *line; line = strchr(line, '\n') + 1)
            if (strncmp(line, "v1", 2) != 0 && strncmp(line, "i1", 2) != 0)
                strncat(fresh_text, line, (size_t)(strchr(line, '\n') + 1 - line));
        opspice *fresh = deck_solved(fresh_text);
        ck_assert_int_eq(opspice_set_source(deck, "V1", volts), OPSPICE_OK);
        ck_assert_int_eq(opspice_set_source(deck, "i1", amperes), OPSPICE_OK);
        ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
        ck_assert(near(deck_voltage(deck, "c"), deck_voltage(fresh, "c"), 10));
        ck_assert(near(deck_voltage(deck, "d"), deck_voltage(fresh, "d"), 10));
        ck_assert(near(deck_current(deck, "v1"), deck_current(fresh, "v1"), 0.01));
        opspice_free(fresh);
    }
    opspice_free(deck);
}
END_TEST

/* Bytes in use, where the system tells; under sanitizers always 0. */
static size_t bytes_in_use(void)
{
    return mallinfo2().uordblks + mallinfo2().hblkhd;
}

START_TEST(warm_solves_do_not_grow)
{
    opspice *deck = deck_solved(warm_text);
    size_t settled = 0;
    for (int step = 0; step < 1000; step++) {
        ck_assert_int_eq(opspice_set_source(deck, "v1", step % 20 - 10), OPSPICE_OK);
        ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
        if (step == 99)
            settled = bytes_in_use();
    }
    ck_assert_uint_le(bytes_in_use(), settled + 8000); /* 32 bytes a solve would be 28,800 */
    opspice_free(deck);
}
END_TEST

/* ---- threads ----------------------------------------------------------------------------------------------------- */

/* Loads and solves decks of its own; returns NULL when all went well. */
static void *work(void *argument)
{
    const char *solver = argument;
    for (int n = 0; n < 200; n++) {
        opspice *deck = opspice_new();
        double volts = 0;
        bool good = opspice_set(deck, "solver", solver) == OPSPICE_OK &&
                    opspice_load_memory(deck, "warm", warm_text, strlen(warm_text)) == OPSPICE_OK &&
                    opspice_set_source(deck, "v1", n) == OPSPICE_OK && opspice_solve(deck) == OPSPICE_OK &&
                    opspice_voltage(deck, "a", &volts) == OPSPICE_OK && volts == n;
        opspice_free(deck);
        if (!good)
            return argument;
    }
    return NULL;
}

START_TEST(handles_in_two_threads)
{
    static char newton[] = "newton", cd[] = "cd";
    pthread_t thread[2];
    void *wrong[2];
    ck_assert_int_eq(pthread_create(&thread[0], NULL, work, newton), 0);
    ck_assert_int_eq(pthread_create(&thread[1], NULL, work, cd), 0);
    for (int t = 0; t < 2; t++)
        ck_assert_int_eq(pthread_join(thread[t], &wrong[t]), 0);
    ck_assert_ptr_null(wrong[0]);
    ck_assert_ptr_null(wrong[1]);
}
END_TEST

Suite *suite_api(void)
{
    Suite *suite = suite_create("api");
    TCase *tests = tcase_create("answer");
    tcase_add_test(tests, answers_by_name_and_in_bulk);
    tcase_add_test(tests, nothing_unknown);
    tcase_add_test(tests, graph_in_bulk);
    tcase_add_test(tests, expressions_at_the_operating_point);
    tcase_add_test(tests, statistics_of_equations);
    tcase_add_test(tests, statistics_by_name);
    tcase_add_test(tests, source_that_alone_is_changed);
    tcase_add_test(tests, warm_equals_fresh);
    tcase_add_test(tests, warm_solves_do_not_grow);
    tcase_add_test(tests, handles_in_two_threads);
    suite_add_tcase(suite, tests);
    return suite;
}
