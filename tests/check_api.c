/* The public interface, as a program that links libopspice sees it. */
#include "decks.h"
#include "suites.h"
#include <jansson.h>
#include <errno.h>
#include <malloc.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char divider[] = "The divider\nV1 In 0 10\nR1 In Out 1k\nR2 Out 0 2k\n.end\n";

static const char *const formats[] = {[OPSPICE_LISTING] = "Circuit", [OPSPICE_LOG] = "Circuit",
                                      [OPSPICE_RAW_BINARY] = "Title", [OPSPICE_RAW_ASCII] = "Title",
                                      [OPSPICE_CSV] = "quantity", [OPSPICE_JSON] = "{"};
enum { FORMATS = sizeof formats / sizeof *formats };

/* ---- the answer ------------------------------------------------------------------------------------------------- */

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

START_TEST(certificate_and_statistics)
{
    opspice *deck = deck_solved(divider);
    const opspice_certificate *proof = opspice_get_certificate(deck);
    const opspice_stats *stats = opspice_get_stats(deck);
    ck_assert_int_eq(proof->proved, 1);
    ck_assert(proof->tolerance == 1e-9);
    ck_assert(proof->kcl_relative <= 1e-9 && proof->law_relative <= 1e-9 && proof->power_relative <= 1e-9);
    ck_assert(proof->kcl >= 0 && proof->kcl_floor > 0 && proof->kcl_floor < 1e-15 && proof->complementarity == 0);
    ck_assert_uint_eq(stats->nodes, 2);
    ck_assert_uint_eq(stats->branches, 3);
    ck_assert_uint_eq(stats->supernodes, 1);
    ck_assert_uint_eq(stats->nonzeros, 1);
    ck_assert_uint_eq(stats->diodes, 0);
    ck_assert_ptr_nonnull(stats->solver);
    ck_assert_str_eq(stats->linear, "star-mesh");
    ck_assert(stats->read >= 0 && stats->build >= 0 && stats->solve >= 0 && stats->prove >= 0);
    opspice_free(deck);
}
END_TEST

/* Solving leaves figures alone that its verdict does not take; they are of the answer, not of what was changed since. */
START_TEST(figures_are_there_when_asked_for)
{
    opspice *deck = deck_solved(divider);
    ck_assert_int_eq(opspice_set_source(deck, "v1", 5), OPSPICE_OK);
    ck_assert_int_eq(opspice_get_certificate(deck)->proved, 1);
    ck_assert(opspice_get_certificate(deck)->kcl_floor == 0);
    ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
    ck_assert(opspice_get_certificate(deck)->kcl_floor > 0);
    ck_assert_int_eq(opspice_set(deck, "proof", "verdict"), OPSPICE_OK);
    ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
    ck_assert(opspice_get_certificate(deck)->kcl_floor == 0);
    opspice_free(deck);
}
END_TEST

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

/* v(q) = 2 tanh v(q) has three solutions; capacitances make no motion of such a loop, so that nothing is known of it. */
START_TEST(loop_of_voltages_has_no_motion)
{
    opspice *deck = deck_solved("t\nb1 q 0 v=2*tanh(v(p))\nb2 p 0 v=v(q)\nr1 q 0 1k\n");
    ck_assert_str_eq(opspice_get_certificate(deck)->answer, "solution");
    ck_assert_str_eq(opspice_get_certificate(deck)->stability, "not tested");
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

/* ---- wrong calls ------------------------------------------------------------------------------------------------ */

static void check_no_answer(opspice *deck)
{
    double value = 7;
    ck_assert_ptr_null(opspice_node_voltages(deck));
    ck_assert_ptr_null(opspice_branch_currents(deck));
    ck_assert_ptr_null(opspice_get_certificate(deck));
    ck_assert_int_eq(opspice_voltage(deck, "in", &value), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_voltage(deck, "0", &value), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_current(deck, "v1", &value), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_write(deck, OPSPICE_CSV, "/nowhere/at/all"), OPSPICE_USAGE);
    ck_assert(value == 7);
}

START_TEST(before_load)
{
    opspice *deck = opspice_new();
    check_no_answer(deck);
    ck_assert_int_eq(opspice_solve(deck), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_set_source(deck, "v1", 1), OPSPICE_USAGE);
    ck_assert_str_eq(opspice_title(deck), "");
    ck_assert_uint_eq(opspice_node_count(deck), 0);
    ck_assert_uint_eq(opspice_branch_count(deck), 0);
    ck_assert_ptr_null(opspice_node_name(deck, 0));
    ck_assert_ptr_null(opspice_branch_name(deck, 0));
    ck_assert_uint_eq(opspice_diagnostic_count(deck), 0);
    ck_assert_ptr_null(opspice_get_diagnostic(deck, 0));
    ck_assert_ptr_null(opspice_diagnostic_text(deck, 0));
    ck_assert_ptr_nonnull(opspice_get_stats(deck));
    ck_assert_str_eq(opspice_version(), OPSPICE_VERSION);
    opspice_free(deck);
    opspice_free(NULL);
}
END_TEST

START_TEST(before_solve)
{
    opspice *deck = deck_load(divider, OPSPICE_OK);
    check_no_answer(deck);
    ck_assert_uint_eq(opspice_node_count(deck), 2);
    ck_assert_str_eq(opspice_title(deck), "The divider");
    opspice_free(deck);
}
END_TEST

START_TEST(loaded_once)
{
    opspice *deck = deck_solved(divider);
    ck_assert_int_eq(opspice_load_memory(deck, "again", divider, strlen(divider)), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_load_file(deck, "again"), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
    ck_assert(near(deck_voltage(deck, "out"), 20. / 3, 10));
    opspice_free(deck);
}
END_TEST

START_TEST(wrong_names_and_values)
{
    opspice *deck = deck_solved(divider);
    double value;
    ck_assert_int_eq(opspice_voltage(deck, "inn", &value), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_voltage(deck, "", &value), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_current(deck, "r3", &value), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_current(deck, "", &value), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_set_source(deck, "r1", 1), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_set_source(deck, "v2", 1), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_set_source(deck, "v1", NAN), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_set_source(deck, "v1", INFINITY), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_write(deck, (enum opspice_format)99, "-"), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
    ck_assert(near(deck_voltage(deck, "out"), 20. / 3, 10));
    opspice_free(deck);
}
END_TEST

static const struct {
    const char *option, *value;
    int status;
} settings[] = {
    {"solver", "auto", OPSPICE_OK},       {"solver", "cd", OPSPICE_OK},         {"solver", "newton", OPSPICE_OK},
    {"solver", "", OPSPICE_USAGE},        {"solver", "Newton", OPSPICE_USAGE},  {"diode", "ideal", OPSPICE_OK},
    {"diode", "model", OPSPICE_OK},       {"diode", "perfect", OPSPICE_USAGE},  {"tolerance", "1e-6", OPSPICE_OK},
    {"tolerance", "1u", OPSPICE_OK},      {"tolerance", "0", OPSPICE_USAGE},    {"tolerance", "-1", OPSPICE_USAGE},
    {"tolerance", "nan", OPSPICE_USAGE},  {"tolerance", "", OPSPICE_USAGE},     {"tolerance", "1e400", OPSPICE_USAGE},
    {"threads", "0", OPSPICE_OK},         {"threads", "2", OPSPICE_OK},         {"threads", "-1", OPSPICE_USAGE},
    {"threads", "1.5", OPSPICE_USAGE},    {"threads", "1e9", OPSPICE_USAGE},    {"threads", "many", OPSPICE_USAGE},
    {"colour", "blue", OPSPICE_USAGE},    {"", "", OPSPICE_USAGE},
};

START_TEST(options)
{
    opspice *deck = opspice_new();
    ck_assert_msg(opspice_set(deck, settings[_i].option, settings[_i].value) == settings[_i].status, "%s=%s",
                  settings[_i].option, settings[_i].value);
    ck_assert_int_eq(opspice_load_memory(deck, "deck.cir", divider, strlen(divider)), OPSPICE_OK);
    ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
    ck_assert(near(deck_voltage(deck, "out"), 20. / 3, 10));
    ck_assert_int_eq(opspice_set(deck, "diode", "ideal"), OPSPICE_USAGE); /* too late */
    opspice_free(deck);
}
END_TEST

START_TEST(solver_is_the_one_that_was_asked_for)
{
    static const char *const solvers[] = {"newton", "cd"};
    for (int s = 0; s < 2; s++) {
        opspice *deck =
            deck_load("t\nv1 a 0 5\nr1 a b 1k\nd1 b c m\nr2 c 0 1k\nr3 b 0 1k\n.model m D(Ron=0)\n", OPSPICE_OK);
        ck_assert_int_eq(opspice_set(deck, "solver", solvers[s]), OPSPICE_OK);
        ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
        ck_assert_str_eq(opspice_get_stats(deck)->solver, solvers[s]);
        opspice_free(deck);
    }
}
END_TEST

START_TEST(all_diodes_ideal)
{
    static const char text[] = "t\nv1 a 0 1\nd1 a b silicon\nr1 b 0 1\n.model silicon D(is=1e-14)\n";
    opspice *deck = opspice_new();
    ck_assert_int_eq(opspice_set(deck, "diode", "ideal"), OPSPICE_OK);
    ck_assert_int_eq(opspice_load_memory(deck, "deck.cir", text, strlen(text)), OPSPICE_OK);
    ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
    ck_assert(deck_voltage(deck, "b") == 1);
    opspice_free(deck);
    deck = deck_load(text, OPSPICE_OK);
    ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
    ck_assert(deck_voltage(deck, "b") > 0.2 && deck_voltage(deck, "b") < 0.23); /* a silicon diode at 0.2 A */
    opspice_free(deck);
}
END_TEST

START_TEST(files_that_cannot_be_read)
{
    opspice *deck = opspice_new();
    errno = 0;
    ck_assert_int_eq(opspice_load_file(deck, "/nowhere/at/all.cir"), OPSPICE_SYSTEM);
    ck_assert_int_eq(errno, ENOENT);
    opspice_free(deck);
    deck = opspice_new();
    ck_assert_int_eq(opspice_load_file(deck, "/tmp"), OPSPICE_SYSTEM);
    opspice_free(deck);
    deck = opspice_new();
    ck_assert_int_eq(opspice_load_memory(deck, "empty", NULL, 0), OPSPICE_NETLIST);
    ck_assert_int_eq(opspice_solve(deck), OPSPICE_NETLIST);
    opspice_free(deck);
}
END_TEST

/* ---- options, statistics, words ---------------------------------------------------------------------------------- */

START_TEST(options_are_listed)
{
    opspice *deck = opspice_new();
    const opspice_option *option;
    size_t count = 0;
    for (; (option = opspice_get_option(count)); count++) {
        ck_assert_str_eq(opspice_get(deck, option->name), option->initial);
        ck_assert(*option->about);
        char words[100];
        snprintf(words, sizeof words, "%s", option->values);
        for (char *word = strtok(words, " "); word; word = strtok(NULL, " ")) {
            if (strcmp(word, "multigrid") == 0)
                continue; /* brings MPI into the process, or says that there is no hypre: tests/options.sh */
            ck_assert_int_eq(opspice_set(deck, option->name, word), OPSPICE_OK);
            ck_assert_str_eq(opspice_get(deck, option->name), word);
        }
    }
    ck_assert_uint_eq(count, 14);
    ck_assert_ptr_null(opspice_get(deck, "colour"));
    ck_assert_int_eq(opspice_set(deck, "tolerance", "2.5u"), OPSPICE_OK);
    ck_assert_str_eq(opspice_get(deck, "tolerance"), "2.5e-06");
    ck_assert_int_eq(opspice_set(deck, "threads", "3"), OPSPICE_OK);
    ck_assert_str_eq(opspice_get(deck, "threads"), "3");
    ck_assert_int_eq(opspice_set(deck, "define", "a=1"), OPSPICE_OK);
    ck_assert_int_eq(opspice_set(deck, "define", "b=2"), OPSPICE_OK);
    ck_assert_str_eq(opspice_get(deck, "define"), "b=2");
    opspice_free(deck);
}
END_TEST

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

START_TEST(statuses_in_words)
{
    for (int status = OPSPICE_OK; status <= OPSPICE_SYSTEM; status++)
        for (int other = status + 1; other <= OPSPICE_SYSTEM + 1; other++)
            ck_assert_str_ne(opspice_status_text(status), opspice_status_text(other));
    ck_assert_str_eq(opspice_status_text(-1), "unknown status");
}
END_TEST

/* ---- nodes and branches by number -------------------------------------------------------------------------------- */

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

/* ---- diagnostics ------------------------------------------------------------------------------------------------- */

START_TEST(diagnostics_as_data)
{
    opspice *deck = deck_load("t\nv1 a 0 4k7\n  r1 a 0 what\nr2 a 0 1\nR2 a 0 1\n.print v(b)\n", OPSPICE_NETLIST);
    static const struct {
        enum opspice_severity severity;
        size_t line, column;
        const char *message;
    } expected[] = {{OPSPICE_WARNING, 2, 8, "4k7 is read as 4000"},
                    {OPSPICE_ERROR, 3, 10, "expected a number"},
                    {OPSPICE_ERROR, 5, 1, "a second element named R2"},
                    {OPSPICE_NOTE, 4, 1, "the first one is here"},
                    {OPSPICE_WARNING, 6, 10, "there is no node b"}};
    ck_assert_uint_eq(opspice_diagnostic_count(deck), 5);
    for (size_t n = 0; n < 5; n++) {
        const opspice_diagnostic *found;
        ck_assert_ptr_nonnull(found = opspice_get_diagnostic(deck, n));
        ck_assert_int_eq((int)found->severity, (int)expected[n].severity);
        ck_assert_str_eq(found->file, "deck.cir");
        ck_assert_uint_eq(found->line, expected[n].line);
        ck_assert_uint_eq(found->column, expected[n].column);
        ck_assert_ptr_nonnull(strstr(found->message, expected[n].message));
    }
    char *text = opspice_diagnostic_text(deck, 1);
    ck_assert_str_eq(text, "deck.cir:3:10: error: expected a number as resistance, not what\n"
                           "   r1 a 0 what\n"
                           "          ^~~~\n");
    free(text);
    ck_assert_int_eq(opspice_solve(deck), OPSPICE_NETLIST);
    ck_assert_uint_eq(opspice_diagnostic_count(deck), 5);
    check_no_answer(deck);
    opspice_free(deck);
}
END_TEST

START_TEST(diagnostics_without_a_place)
{
    opspice *deck = deck_load("t\nv1 a 0 1\nr1 a 0 1\nr2 p q 1\n.dc v1 0 1 1\n", OPSPICE_OK);
    const opspice_diagnostic *found;
    ck_assert_int_eq(opspice_run(deck, NULL, NULL), OPSPICE_OK);
    ck_assert_uint_eq(opspice_diagnostic_count(deck), 2);
    ck_assert_ptr_nonnull(found = opspice_get_diagnostic(deck, 1));
    ck_assert_int_eq(found->severity, OPSPICE_NOTE);
    ck_assert_ptr_null(found->file);
    ck_assert_uint_eq(found->line, 0);
    ck_assert_str_eq(found->code, "floating");
    char *text = opspice_diagnostic_text(deck, 1);
    ck_assert_str_eq(text, "note: first at v1 = 0\n");
    free(text);
    opspice_free(deck);
}
END_TEST

START_TEST(diagnostics_of_a_kind)
{
    enum { PARTS = 62, CARD = 40, KEPT = 20 };
    char cards[PARTS * CARD], *end = cards + sprintf(cards, "many parts that float\nv1 a 0 1\nr1 a 0 1\n");
    for (int p = 2; p < PARTS; p++)
        end += sprintf(end, "r%d p%d q%d 1\n", p, p, p);
    opspice *deck = deck_solved(cards);
    const opspice_diagnostic *found;
    ck_assert_uint_eq(opspice_diagnostic_count(deck), KEPT);
    for (size_t d = 0; d < KEPT; d++) {
        ck_assert_ptr_nonnull(found = opspice_get_diagnostic(deck, d));
        ck_assert_str_eq(found->code, "floating");
        ck_assert_uint_eq(found->more, d < KEPT - 1 ? 0 : PARTS - 2 - KEPT);
    }
    char *text = opspice_diagnostic_text(deck, KEPT - 1);
    ck_assert_ptr_nonnull(strstr(text, "\nand 40 more of this kind\n"));
    free(text);
    opspice_free(deck);
}
END_TEST

/* A thousand faults of twenty kinds, mixed: each kind is there, however many there are of others. */
START_TEST(faults_of_all_kinds)
{
    static const struct {
        const char *card, *code; /* %d: the number of the fault */
    } faults[] = {
        {"R%d a b what\n", "value-expected"},
        {"D%d a 0 none\n", "unknown-model"},
        {"X%d a b none\n", "unknown-subcircuit"},
        {".frob%d x\n", "unknown-card"},
        {"R0 a%d 0 1k\n", "duplicate-element"},
        {"Rm%d a 0 1e400\n", "out-of-range"},
        {".print dc v(none%d)\n", "unknown-vector"},
        {".options frob%d\n", "unknown-option"},
        {"Rk%d a b 4k7\n", "number-read-as-spice"},
        {"Y%d a b c m\n", "not-supported"},
        {"Rp%d a 0 {none}\n", "unknown-name"},
        {".include none%d.inc\n", "cannot-read"},
        {"Rs%d a b r=\n", "syntax"},
        {".param p%d={1/0}\n", "not-finite"},
        {".dc none%d 0 1 1\n", "sweep"},
        {".tf v(a) none%d\n", "unknown-element"},
        {"Re%d a 0 1k extra\n", "unexpected-word"},
        {"Rz%d a 0 0\n", "zero-resistance"},
        {".tran 1n %d\n", "analysis-not-run"},
        {".measure dc m%d frob\n", "value-expected"},
    };
    enum { KINDS = sizeof faults / sizeof *faults, FAULTS = 1000, CARD = 40 };
    char *text = calloc(FAULTS + 2, CARD), *end = text + sprintf(text, "Faults\nV1 a 0 1\nR0 a b 1k\n");
    for (int f = 0; f < FAULTS; f++)
        end += sprintf(end, faults[f % KINDS].card, f);
    opspice *deck = deck_load(text, OPSPICE_NETLIST);
    for (size_t k = 0; k < KINDS; k++) {
        size_t expected = 0, made = 0;
        const opspice_diagnostic *found;
        for (size_t other = 0; other < KINDS; other++)
            expected += strcmp(faults[other].code, faults[k].code) == 0 ? FAULTS / KINDS : 0;
        for (size_t d = 0; (found = opspice_get_diagnostic(deck, d)); d++)
            made += found->severity != OPSPICE_NOTE && strcmp(found->code, faults[k].code) == 0 ? 1 + found->more : 0;
        ck_assert_msg(made == expected, "%s: %zu, not %zu", faults[k].code, made, expected);
    }
    free(text);
    opspice_free(deck);
}
END_TEST

/* Those of a solve go with the next solve; those of the load stay. */
START_TEST(diagnostics_of_the_last_solve)
{
    opspice *deck = deck_solved("t\nv1 a 0 5\nv2 b 0 5\nr1 a b 0\nr2 a 0 1k\n");
    ck_assert_int_ge(deck_message(deck, OPSPICE_WARNING, "0 ohm"), 0);
    size_t count = opspice_diagnostic_count(deck);
    ck_assert_int_eq(opspice_set_source(deck, "v2", 6), OPSPICE_OK);
    ck_assert_int_eq(opspice_solve(deck), OPSPICE_NO_OPERATING_POINT);
    ck_assert_int_ge(deck_message(deck, OPSPICE_ERROR, "closes a loop of voltage sources"), 0);
    ck_assert_ptr_null(opspice_node_voltages(deck));
    ck_assert_int_eq(opspice_solve(deck), OPSPICE_NO_OPERATING_POINT);
    ck_assert_int_eq(opspice_set_source(deck, "v2", 5), OPSPICE_OK);
    ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
    ck_assert_uint_eq(opspice_diagnostic_count(deck), count);
    ck_assert_int_lt(deck_message(deck, OPSPICE_ERROR, ""), 0);
    opspice_free(deck);
}
END_TEST

/* ---- not proved -------------------------------------------------------------------------------------------------- */

/* A diode that no resistance protects: at 100 kV its law has no finite current. */
static opspice *unprotected(const char *volts, const char *cards)
{
    char text[300];
    snprintf(text, sizeof text, "No finite current\nv1 a 0 %s\nd1 a 0 dm\nr1 a 0 1k\n.model dm d\n%s", volts, cards);
    return deck_load(text, OPSPICE_OK);
}

START_TEST(an_unproved_answer)
{
    opspice *deck = unprotected("100k", "");
    ck_assert_int_eq(opspice_solve(deck), OPSPICE_NO_OPERATING_POINT);
    const opspice_certificate *proof = opspice_get_certificate(deck);
    ck_assert_ptr_nonnull(proof);
    ck_assert_int_eq(proof->proved, 0);
    ck_assert(proof->tolerance == 1e-9);
    ck_assert(proof->law > 0 && proof->law_relative > 1e-9);
    ck_assert_str_eq(proof->law_element, "d1");
    ck_assert_str_eq(proof->answer, "none");
    ck_assert_str_eq(proof->stability, "not tested");
    ck_assert_int_ge(deck_message(deck, OPSPICE_ERROR, "d1 has 100000 V across it"), 0);
    for (int format = 0; format < FORMATS; format++) {
        bool tells_why = format == OPSPICE_LISTING || format == OPSPICE_LOG || format == OPSPICE_JSON;
        ck_assert_int_eq(opspice_write(deck, (enum opspice_format)format, "unproved.out"),
                         tells_why ? OPSPICE_OK : OPSPICE_USAGE);
        ck_assert_int_eq(unlink("unproved.out"), tells_why ? 0 : -1);
    }
    ck_assert_int_eq(opspice_set_source(deck, "v1", 0.5), OPSPICE_OK);
    ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
    opspice_free(deck);
}
END_TEST

/* Where nothing decides a potential, of whatever fulfils the laws nothing is claimed. */
START_TEST(an_undecided_potential)
{
    opspice *deck = deck_load("A follower of itself\ne1 q 0 p 0 1\nr1 q p 1k\nr2 q o 1k\nr3 o 0 1k\n", OPSPICE_OK);
    ck_assert_int_eq(opspice_solve(deck), OPSPICE_NO_OPERATING_POINT);
    ck_assert_int_ge(deck_message(deck, OPSPICE_ERROR, "nothing decides the potential of node q"), 0);
    const opspice_certificate *proof = opspice_get_certificate(deck);
    ck_assert_ptr_nonnull(proof);
    ck_assert_int_eq(proof->proved, 0);
    ck_assert_str_eq(proof->answer, "none");
    ck_assert_str_eq(proof->stability, "not tested");
    opspice_free(deck);
}
END_TEST

/* ---- warm -------------------------------------------------------------------------------------------------------- */

static const char warm_text[] = "Warm\nv1 a 0 5\nr1 a b 1k\nd1 b c m\nr2 c 0 1k\nd2 0 b m\ni1 0 c 1m\nr3 b d 2k\n"
                                "d3 d c m\nv2 e d 1\nr4 e 0 1k\n.model m D(Ron=0)\n";

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

/* ---- runs -------------------------------------------------------------------------------------------------------- */

static const char sweep_text[] =
    "Sweep\nv1 a 0 5\nr1 a b 1k\nr2 b 0 1k\n.dc v1 0 5 0.001 r1 1k 2k 1k\n.op\n.print dc v(b)\n";

struct watch {
    opspice *deck; /* to interrupt, or NULL */
    size_t calls, done, total;
};

static void watch_points(void *context, size_t done, size_t total)
{
    struct watch *watch = context;
    watch->calls++;
    watch->done = done;
    watch->total = total;
    if (watch->deck)
        opspice_interrupt(watch->deck);
}

START_TEST(results_and_progress)
{
    opspice *deck = deck_load(sweep_text, OPSPICE_OK);
    struct watch watch = {.deck = NULL};
    opspice_set_progress(deck, watch_points, &watch);
    ck_assert_int_eq(opspice_run(deck, NULL, NULL), OPSPICE_OK);
    ck_assert_uint_gt(watch.calls, 0);
    ck_assert_uint_le(watch.done, watch.total);
    ck_assert_uint_eq(watch.total, 10002);
    ck_assert_uint_eq(opspice_result_count(deck), 2);
    ck_assert_uint_eq(opspice_result_points(deck, 0), 10002);
    ck_assert_uint_eq(opspice_result_axes(deck, 0), 2);
    ck_assert_uint_eq(opspice_result_points(deck, 1), 1);
    ck_assert_uint_eq(opspice_result_axes(deck, 1), 0);
    ck_assert_uint_eq(opspice_result_points(deck, 2), 0);
    ck_assert_uint_eq(opspice_result_axes(deck, 2), 0);
    ck_assert_int_eq(opspice_exit_code(deck), 0);
    opspice_free(deck);
}
END_TEST

static const struct {
    const char *shown, *unit;
} unit_cases[] = {
    {"v(a)", "V"}, {"i(v1)", "A"}, {"v(a,b)", "V"}, {"@r1[p]", "W"}, {"@r1[r]", "ohm"}, {"b", "V"}, {"v1#branch", "A"},
    {"v(a)*i(v1)", "W"}, {"2*v(a)+1", "V"}, {"-v(a)/i(r1)", "ohm"}, {"i(r1)/v(b)", "S"}, {"v(a)/v(b)", ""},
    {"v(a)^2", "V^2"}, {"v(a)^2/@r1[r]", "W"}, {"sqrt(v(a)*v(b))", "V"}, {"v(a)+i(v1)", ""}, {"3", ""}, {"v(a)*k", "V"},
    {"1/(i(r1)+1)", "1/A"}, {"max(v(a),0)", "V"}, {"min(v(a),i(r1))", ""}, {"abs(i(r1))", "A"}, {"log10(v(a)+1)", ""},
    {"v(a)>1 ? v(a) : v(b)", "V"}, {"v(a)>1", ""}, {"mean(v(a))*i(r1)", "W"}, {"deriv(i(v1))", "S"},
    {"maximum(i(r1))", "A"}, {"v(a)[0]", "V"}, {"length(v(a))", ""}, {"v(a)^i(r1)", ""}, {"table(v(a),0,0,1,1)", ""},
    {"sweep", "V"}, {"sweep*i(v1)", "W"}, {"0*v(a)+2", "V"}, {"v(a)*(v(a)/v(a))^k", "V"},
};

START_TEST(units_of_columns)
{
    enum { UNITS = sizeof unit_cases / sizeof *unit_cases };
    char text[4096], *end = text + sprintf(text, "Units\nv1 a 0 5\nr1 a b 1k\nr2 b 0 1k\n.param k=3\n.dc v1 1 2 1\n");
    for (size_t u = 0; u < UNITS; u++)
        end += sprintf(end, ".print dc x%zu=par('%s')\n", u, unit_cases[u].shown);
    opspice *deck = deck_load(text, OPSPICE_OK);
    ck_assert_int_eq(opspice_run(deck, NULL, NULL), OPSPICE_OK);
    ck_assert_str_eq(opspice_result_unit(deck, 0, 0), "V");
    for (size_t u = 0; u < UNITS; u++)
        ck_assert_msg(strcmp(opspice_result_unit(deck, 0, u + 1), unit_cases[u].unit) == 0, "%s is in %s", unit_cases[u].shown,
                      opspice_result_unit(deck, 0, u + 1));
    ck_assert_ptr_null(opspice_result_unit(deck, 0, UNITS + 1));
    ck_assert_ptr_null(opspice_result_unit(deck, 1, 0));
    opspice_free(deck);
}
END_TEST

/* What a file format says of a sweep in a sweep. */
START_TEST(sweeps_as_data)
{
    opspice *deck = deck_load(
        "Sweep\nv1 a 0 5\nr1 a b 1k\nr2 b 0 1k\n.dc v1 0 2 2 r1 1k 3k 2k\n.print dc v(b) x=par('2*v(a)') i(v1)\n"
        ".meas dc most max v(b)\n.meas dc never when v(b)=9\n",
        OPSPICE_OK);
    static const double expected[4][5] = {{1e3, 0, 0, 0, 0}, {1e3, 2, 1, 4, -1e-3}, {3e3, 0, 0, 0, 0},
                                          {3e3, 2, 0.5, 4, -0.5e-3}};
    char path[] = "opspice-api-XXXXXX";
    close(mkstemp(path));
    ck_assert_int_eq(opspice_run(deck, NULL, NULL), OPSPICE_OK);
    ck_assert_int_eq(opspice_write(deck, OPSPICE_JSON, path), OPSPICE_OK);
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error), *rows, *measured;
    ck_assert_msg(root != NULL, "%s at %d", error.text, error.position);
    const char *plot, *name[5], *unit[5];
    ck_assert_int_eq(
        json_unpack(root, "{s:[{s:s, s:[{s:s, s:s}, {s:s, s:s}, {s:s, s:s}, {s:s, s:s}, {s:s, s:s}], s:o, s:o}]}",
                    "analyses", "plotname", &plot, "columns", "name", &name[0], "unit", &unit[0], "name", &name[1],
                    "unit", &unit[1], "name", &name[2], "unit", &unit[2], "name", &name[3], "unit", &unit[3], "name",
                    &name[4], "unit", &unit[4], "rows", &rows, "measurements", &measured),
        0);
    static const char *const names[] = {"r1", "v1", "v(b)", "x", "v1#branch"};
    static const char *const units[] = {"ohm", "V", "V", "V", "A"};
    ck_assert_str_eq(plot, "DC transfer characteristic");
    ck_assert_uint_eq(json_array_size(rows), 4);
    for (size_t c = 0; c < 5; c++) {
        ck_assert_str_eq(name[c], names[c]);
        ck_assert_str_eq(unit[c], units[c]);
        for (size_t r = 0; r < 4; r++)
            ck_assert(near(json_number_value(json_array_get(json_array_get(rows, r), c)), expected[r][c], 1));
    }
    ck_assert_uint_eq(json_array_size(measured), 2);
    ck_assert(near(json_number_value(json_object_get(json_array_get(measured, 1), "most")), 0.5, 1));
    ck_assert(json_is_null(json_object_get(json_array_get(measured, 0), "never")));
    /* a sweep's last point is no operating point */
    ck_assert_uint_eq(json_array_size(json_object_get(root, "nodes")), 0);
    ck_assert_uint_eq(json_array_size(json_object_get(root, "branches")), 0);
    json_decref(root);
    unlink(path);
    opspice_free(deck);
}
END_TEST

/* After a run the certificate is that of the worst point of all analyses, also of one at which a sweep ended. */
START_TEST(certificate_of_a_run)
{
    opspice *deck = unprotected("0", ".dc v1 0 1 0.1\n.op\n.tf v(a) v1\n");
    ck_assert_int_eq(opspice_run(deck, NULL, NULL), OPSPICE_OK);
    const opspice_certificate *proof = opspice_get_certificate(deck);
    ck_assert_ptr_nonnull(proof);
    ck_assert_int_eq(proof->proved, 1);
    ck_assert_uint_eq(proof->points, 13);
    ck_assert(proof->tolerance == 1e-9 && proof->kcl_relative <= 1e-9 && proof->law_relative == 0);
    ck_assert(opspice_get_stats(deck)->solve > 0);
    ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
    ck_assert_uint_eq(opspice_get_certificate(deck)->points, 1);
    opspice_free(deck);
    deck = unprotected("0", ".dc v1 0 100k 50k\n.op\n");
    ck_assert_int_eq(opspice_run(deck, NULL, NULL), OPSPICE_NO_OPERATING_POINT);
    proof = opspice_get_certificate(deck);
    ck_assert_ptr_nonnull(proof);
    ck_assert_int_eq(proof->proved, 0);
    ck_assert_uint_eq(proof->points, 2); /* 0 V, and the one that ends the sweep */
    ck_assert_ptr_nonnull(proof->law_element);
    opspice_free(deck);
}
END_TEST

START_TEST(interrupted_sweep)
{
    opspice *deck = deck_load(sweep_text, OPSPICE_OK);
    struct watch watch = {.deck = deck};
    opspice_set_progress(deck, watch_points, &watch);
    ck_assert_int_eq(opspice_run(deck, NULL, NULL), OPSPICE_NO_OPERATING_POINT);
    ck_assert_int_ge(deck_message(deck, OPSPICE_ERROR, "interrupted after "), 0);
    ck_assert_int_ge(deck_message(deck, OPSPICE_ERROR, " of 10002 points"), 0);
    opspice_set_progress(deck, NULL, NULL);
    ck_assert_int_eq(opspice_run(deck, NULL, NULL), OPSPICE_OK);
    ck_assert_uint_eq(opspice_result_points(deck, 0), 10002);
    opspice_free(deck);
}
END_TEST

/* A solve that is under way ends, one that was asked to end before it begins, too; and the next one is done. */
static const char *const interrupted_rows[] = {
    "t\nv1 a 0 5\nr1 a b 1k\nr2 b 0 1k\n",
    "t\nv1 a 0 5\nr1 a b 1k\nd1 b 0 dm\n.model dm d\n",
    "t\nv1 a 0 5\nr1 a b 1k\nd1 b c di\nr2 c 0 1k\nd2 0 b di\n.model di d(ron=0 roff=1g vfwd=0.2)\n",
    "t\nv1 a 0 1\nr1 a b 1k\ne1 c 0 b 0 2\nr2 c b 3k\nr3 c 0 1k\n",
    "t\nv1 a 0 5\nr1 a b 100k\nr2 a c 1k\nq1 c b 0 qn\n.model qn npn\n",
};
enum { INTERRUPTED_ROWS = sizeof interrupted_rows / sizeof *interrupted_rows };

static void check_interrupted(opspice *deck)
{
    ck_assert_int_eq(opspice_solve(deck), OPSPICE_NO_OPERATING_POINT);
    size_t errors = 0;
    for (size_t d = 0; d < opspice_diagnostic_count(deck); d++) {
        const opspice_diagnostic *diagnostic = opspice_get_diagnostic(deck, d);
        errors += diagnostic->severity == OPSPICE_ERROR;
        ck_assert(diagnostic->severity != OPSPICE_ERROR || strcmp(diagnostic->code, "interrupted") == 0);
    }
    ck_assert_uint_eq(errors, 1);
}

START_TEST(interrupted_before)
{
    opspice *deck = deck_load(interrupted_rows[_i], OPSPICE_OK);
    for (int time = 0; time < 2; time++) {
        ck_assert_int_eq(opspice_set_source(deck, "v1", 3 + time), OPSPICE_OK);
        opspice_interrupt(deck);
        check_interrupted(deck);
        ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
    }
    opspice_free(deck);
}
END_TEST

/* A square of resistors with junctions, or transistors, at all nodes. */
static opspice *square(int side, const char *at_node)
{
    size_t room = (size_t)side * (size_t)side * 120 + 200, length;
    char *text = malloc(room);
    length = (size_t)sprintf(text, "square\nv1 n0_0 0 5\n.model dm d\n.model qn npn\n");
    for (int x = 0; x < side; x++)
        for (int y = 0; y < side; y++) {
            length += (size_t)sprintf(text + length, "rx%d_%d n%d_%d n%d_%d 1k\nry%d_%d n%d_%d n%d_%d 1k\n", x, y, x, y,
                                      x + 1, y, x, y, x, y, x, y + 1);
            length += (size_t)sprintf(text + length, at_node, x, y, x, y, x, y);
        }
    opspice *deck = deck_load(text, OPSPICE_OK);
    free(text);
    return deck;
}

START_TEST(interrupted_meanwhile)
{
    opspice *deck = _i ? square(40, "qn%d_%d n%d_%d n%d_%d 0 qn\n") : square(70, "dn%d_%d n%d_%d 0 dm\n*%d%d\n");
    struct watch watch = {.deck = deck};
    opspice_set_progress(deck, watch_points, &watch);
    check_interrupted(deck);
    ck_assert(watch.calls >= 1 && watch.done == 0 && watch.total == 1);
    watch.deck = NULL;
    ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
    opspice_free(deck);
}
END_TEST

/* ---- results as vectors ------------------------------------------------------------------------------------------ */

static const char vectors_text[] =
    "Vectors\n.param p=1k\nv1 a 0 5\nr1 a b {p}\nr2 b 0 1k\n.dc v1 0 4 1 r2 1k 2k 1k\n.op\n.tf v(b) v1\n"
    ".print dc v(b) x=par('2*v(a)') @r1[p]\n.meas dc most max v(b)\n.meas dc never when v(b)=99\n";

static void check_vector(const opspice_vector *vector, const char *name, const char *unit, size_t count)
{
    ck_assert_ptr_nonnull(vector);
    ck_assert_str_eq(vector->name, name);
    ck_assert_str_eq(vector->unit, unit);
    ck_assert_uint_eq(vector->count, count);
}

static double at(const opspice_vector *vector, size_t point)
{
    return vector->value[point * vector->stride];
}

START_TEST(vectors_of_a_sweep)
{
    opspice *deck = deck_load(vectors_text, OPSPICE_OK);
    static const struct {
        const char *name, *unit;
    } all[] = {{"v(a)", "V"}, {"v(b)", "V"}, {"i(v1)", "A"}, {"@r1[p]", "W"}, {"x", "V"}};
    ck_assert_ptr_null(opspice_get_vector(deck, 0, 0));
    ck_assert_int_eq(opspice_run(deck, NULL, NULL), OPSPICE_OK);
    ck_assert_uint_eq(opspice_result_count(deck), 3);
    ck_assert_str_eq(opspice_result_title(deck, 0), "DC transfer characteristic");
    ck_assert_ptr_null(opspice_result_title(deck, 3));
    check_vector(opspice_get_axis(deck, 0, 0), "r2", "ohm", 2);
    check_vector(opspice_get_axis(deck, 0, 1), "v1", "V", 5);
    ck_assert(at(opspice_get_axis(deck, 0, 1), 4) == 4);
    ck_assert_ptr_null(opspice_get_axis(deck, 0, 2));
    ck_assert_uint_eq(opspice_result_vectors(deck, 0), 5);
    for (size_t v = 0; v < 5; v++) {
        const opspice_vector *vector = opspice_get_vector(deck, 0, v);
        check_vector(vector, all[v].name, all[v].unit, 10);
        const opspice_vector *found = opspice_find_vector(deck, 0, vector->name);
        ck_assert_ptr_nonnull(found);
        for (size_t p = 0; p < 10; p++)
            ck_assert(at(found, p) == at(vector, p));
    }
    ck_assert_ptr_null(opspice_get_vector(deck, 0, 5));
    ck_assert(near(at(opspice_find_vector(deck, 0, "B"), 9), 4 / 1.5, 1));
    ck_assert(near(at(opspice_find_vector(deck, 0, "v1#branch"), 4), -2e-3, 1));
    ck_assert(near(at(opspice_find_vector(deck, 0, "@r1[p]"), 4), 4e-3, 1));
    check_vector(opspice_find_vector(deck, 0, "v(a,b)*I(v1)*p"), "v(a,b)*I(v1)*p", "W", 10);
    ck_assert(near(at(opspice_find_vector(deck, 0, "v(a,b)*i(v1)*p"), 4), -4, 1));
    ck_assert(at(opspice_find_vector(deck, 0, "p"), 9) == 1000);
    ck_assert(near(at(opspice_find_vector(deck, 0, "maximum(v(b))"), 3), 4 / 1.5, 1));
    ck_assert_ptr_null(opspice_find_vector(deck, 0, "v(c)"));
    ck_assert_ptr_null(opspice_find_vector(deck, 0, "1/v(a)")); /* 0 V at its first point */
    ck_assert_ptr_null(opspice_find_vector(deck, 0, "@r2[i]")); /* not recorded */
    ck_assert_ptr_null(opspice_find_vector(deck, 9, "v(a)"));
    opspice_free(deck);
}
END_TEST

START_TEST(measurements_and_numbers)
{
    opspice *deck = deck_load(vectors_text, OPSPICE_OK);
    ck_assert_int_eq(opspice_run(deck, NULL, NULL), OPSPICE_OK);
    ck_assert_uint_eq(opspice_result_measures(deck, 0), 2);
    check_vector(opspice_get_measure(deck, 0, 0), "most", "", 2);
    ck_assert(near(at(opspice_get_measure(deck, 0, 0), 0), 2, 1));
    ck_assert(near(at(opspice_get_measure(deck, 0, 0), 1), 4 / 1.5, 1));
    check_vector(opspice_get_measure(deck, 0, 1), "never", "", 2);
    ck_assert(isnan(at(opspice_get_measure(deck, 0, 1), 0)));
    ck_assert_ptr_null(opspice_get_measure(deck, 0, 2));
    ck_assert_str_eq(opspice_result_title(deck, 1), "Operating Point");
    check_vector(opspice_get_vector(deck, 1, 1), "v(b)", "V", 1);
    ck_assert_uint_eq(opspice_result_axes(deck, 1), 0);
    ck_assert_uint_eq(opspice_result_vectors(deck, 2), 3);
    check_vector(opspice_get_vector(deck, 2, 0), "Transfer_function", "", 1);
    ck_assert(near(at(opspice_find_vector(deck, 2, "TRANSFER_function"), 0), 0.5, 1));
    ck_assert_ptr_null(opspice_find_vector(deck, 2, "v(a)"));
    opspice_free(deck);
}
END_TEST

/* ---- output by callback ------------------------------------------------------------------------------------------ */

static int refuse(void *context, const char *text, size_t size)
{
    int *calls = context;
    (void)text, (void)size;
    ++*calls;
    errno = ENOSPC;
    return -1;
}

static size_t count_written(opspice *deck, enum opspice_format format, const char *phrase)
{
    char *text = NULL;
    size_t size, count = 0;
    FILE *file = open_memstream(&text, &size);
    ck_assert_int_eq(opspice_write_to(deck, format, deck_print, file), OPSPICE_OK);
    fclose(file);
    for (const char *at = text; (at = strstr(at, phrase)); at += strlen(phrase))
        count++;
    free(text);
    return count;
}

/* As in ngspice, whether or not the netlist asks for more; what shows all of a point shows it once. */
START_TEST(a_plot_for_each_op_card)
{
    static const char *const more[] = {"", ".tf v(b) v1\n"};
    char text[400];
    snprintf(text, sizeof text, "title\nv1 a 0 2\nr1 a b 1k\nr2 b 0 1k\n.op\n.op\n%s.op\n.print op v(b)\n", more[_i]);
    opspice *deck = deck_load(text, OPSPICE_OK);
    ck_assert_int_eq(opspice_run(deck, NULL, NULL), OPSPICE_OK);
    ck_assert_uint_eq(count_written(deck, OPSPICE_RAW_ASCII, "Plotname: Operating Point"), 3);
    ck_assert_uint_eq(count_written(deck, OPSPICE_LISTING, "No. of Data Rows : 1"), 3u + (_i > 0));
    ck_assert_uint_eq(count_written(deck, OPSPICE_LISTING, "v1#branch "), 1);
    ck_assert_uint_eq(count_written(deck, OPSPICE_LISTING, "Index"), 1);
    ck_assert_uint_eq(count_written(deck, OPSPICE_CSV, "voltage,b,1,V"), 1);
    ck_assert_uint_eq(count_written(deck, OPSPICE_JSON, "{\"name\": \"b\""), 1);
    opspice_free(deck);
}
END_TEST

START_TEST(output_by_callback)
{
    opspice *deck = deck_solved(divider);
    for (enum opspice_format format = OPSPICE_LISTING; format <= OPSPICE_RAW; format++) {
        char *text = NULL, *again = NULL;
        size_t size, length;
        int calls = 0;
        FILE *file = open_memstream(&text, &size);
        ck_assert_int_eq(opspice_write_to(deck, format, deck_print, file), OPSPICE_OK);
        fclose(file);
        ck_assert_int_eq(opspice_write(deck, format, "written-to"), OPSPICE_OK);
        file = fopen("written-to", "r");
        again = calloc(1, size + 1);
        length = fread(again, 1, size + 1, file);
        fclose(file);
        unlink("written-to");
        if (format == OPSPICE_CSV)
            ck_assert(length == size && memcmp(text, again, size) == 0);
        ck_assert_uint_gt(size, 0);
        free(text);
        free(again);
        errno = 0;
        ck_assert_int_eq(opspice_write_to(deck, format, refuse, &calls), OPSPICE_SYSTEM);
        ck_assert_int_eq(errno, ENOSPC);
        ck_assert_int_gt(calls, 0);
    }
    opspice_free(deck);
}
END_TEST

START_TEST(prints_come_as_they_run)
{
    opspice *deck = deck_load("t\nv1 a 0 1\nr1 a 0 1\n.control\nop\necho one\necho two\n.endc\n", OPSPICE_OK);
    char *text = NULL;
    size_t size;
    int calls = 0;
    FILE *file = open_memstream(&text, &size);
    ck_assert_int_eq(opspice_run(deck, deck_print, file), OPSPICE_OK);
    fclose(file);
    ck_assert_ptr_nonnull(strstr(text, "one\ntwo\n"));
    free(text);
    ck_assert_int_eq(opspice_run(deck, refuse, &calls), OPSPICE_SYSTEM);
    ck_assert_int_gt(calls, 0);
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

/* ---- output ------------------------------------------------------------------------------------------------------ */

START_TEST(every_format_is_written)
{
    opspice *deck = deck_solved(warm_text);
    char path[] = "opspice-api-XXXXXX", start[16] = "";
    int handle = mkstemp(path);
    ck_assert_int_ge(handle, 0);
    close(handle);
    ck_assert_int_eq(opspice_write(deck, (enum opspice_format)_i, path), OPSPICE_OK);
    FILE *file = fopen(path, "r");
    size_t length = fread(start, 1, sizeof start - 1, file);
    fclose(file);
    unlink(path);
    ck_assert_uint_gt(length, 0);
    ck_assert_msg(strncmp(start, formats[_i], strlen(formats[_i])) == 0, "format %d begins with %s", _i, start);
    errno = 0;
    ck_assert_int_eq(opspice_write(deck, (enum opspice_format)_i, "/nowhere/at/all"), OPSPICE_SYSTEM);
    ck_assert_int_eq(errno, ENOENT);
    opspice_free(deck);
}
END_TEST

Suite *suite_api(void)
{
    Suite *suite = suite_create("api");
    TCase *answer = tcase_create("answer"), *calls = tcase_create("calls");
    tcase_add_test(answer, answers_by_name_and_in_bulk);
    tcase_add_test(answer, certificate_and_statistics);
    tcase_add_test(answer, nothing_unknown);
    tcase_add_test(answer, graph_in_bulk);
    tcase_add_test(answer, expressions_at_the_operating_point);
    tcase_add_test(answer, statistics_by_name);
    tcase_add_test(answer, statistics_of_equations);
    tcase_add_test(answer, vectors_of_a_sweep);
    tcase_add_test(answer, measurements_and_numbers);
    tcase_add_test(answer, output_by_callback);
    tcase_add_loop_test(answer, a_plot_for_each_op_card, 0, 2);
    tcase_add_test(answer, prints_come_as_they_run);
    tcase_add_test(answer, an_unproved_answer);
    tcase_add_test(answer, an_undecided_potential);
    tcase_add_test(answer, warm_equals_fresh);
    tcase_add_test(answer, warm_solves_do_not_grow);
    tcase_add_test(answer, results_and_progress);
    tcase_add_test(answer, units_of_columns);
    tcase_add_test(answer, sweeps_as_data);
    tcase_add_test(answer, figures_are_there_when_asked_for);
    tcase_add_test(answer, source_that_alone_is_changed);
    tcase_add_test(answer, loop_of_voltages_has_no_motion);
    tcase_add_test(answer, certificate_of_a_run);
    tcase_add_test(answer, interrupted_sweep);
    tcase_add_loop_test(answer, interrupted_before, 0, INTERRUPTED_ROWS);
    tcase_add_loop_test(answer, interrupted_meanwhile, 0, 2);
    tcase_add_test(answer, handles_in_two_threads);
    tcase_add_loop_test(answer, every_format_is_written, 0, FORMATS);
    tcase_add_test(calls, before_load);
    tcase_add_test(calls, before_solve);
    tcase_add_test(calls, loaded_once);
    tcase_add_test(calls, options_are_listed);
    tcase_add_test(calls, statuses_in_words);
    tcase_add_test(calls, wrong_names_and_values);
    tcase_add_loop_test(calls, options, 0, sizeof settings / sizeof *settings);
    tcase_add_test(calls, solver_is_the_one_that_was_asked_for);
    tcase_add_test(calls, all_diodes_ideal);
    tcase_add_test(calls, files_that_cannot_be_read);
    tcase_add_test(calls, diagnostics_as_data);
    tcase_add_test(calls, diagnostics_without_a_place);
    tcase_add_test(calls, diagnostics_of_a_kind);
    tcase_add_test(calls, faults_of_all_kinds);
    tcase_add_test(calls, diagnostics_of_the_last_solve);
    suite_add_tcase(suite, answer);
    suite_add_tcase(suite, calls);
    return suite;
}
