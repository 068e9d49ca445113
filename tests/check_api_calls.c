/* Calls of the public interface: too early, twice, with wrong names and values, and with options. */
#include "api_decks.h"
#include "suites.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- wrong calls ------------------------------------------------------------------------------------------------- */

START_TEST(before_load)
{
    opspice *deck = opspice_new();
    deck_check_no_answer(deck);
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
    deck_check_no_answer(deck);
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

START_TEST(statuses_in_words)
{
    for (int status = OPSPICE_OK; status <= OPSPICE_SYSTEM; status++)
        for (int other = status + 1; other <= OPSPICE_SYSTEM + 1; other++)
            ck_assert_str_ne(opspice_status_text(status), opspice_status_text(other));
    ck_assert_str_eq(opspice_status_text(-1), "unknown status");
}
END_TEST

/* ---- options ----------------------------------------------------------------------------------------------------- */

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

Suite *suite_api_calls(void)
{
    Suite *suite = suite_create("api_calls");
    TCase *tests = tcase_create("calls");
    tcase_add_test(tests, before_load);
    tcase_add_test(tests, before_solve);
    tcase_add_test(tests, loaded_once);
    tcase_add_test(tests, wrong_names_and_values);
    tcase_add_test(tests, files_that_cannot_be_read);
    tcase_add_test(tests, statuses_in_words);
    tcase_add_loop_test(tests, options, 0, sizeof settings / sizeof *settings);
    tcase_add_test(tests, solver_is_the_one_that_was_asked_for);
    tcase_add_test(tests, all_diodes_ideal);
    tcase_add_test(tests, options_are_listed);
    suite_add_tcase(suite, tests);
    return suite;
}
