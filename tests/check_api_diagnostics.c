/* Diagnostics as a program gets them: places, codes and texts; how many of a kind; how long they stay. */
#include "decks.h"
#include "suites.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    deck_check_no_answer(deck);
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

Suite *suite_api_diagnostics(void)
{
    Suite *suite = suite_create("api_diagnostics");
    TCase *tests = tcase_create("diagnostics");
    tcase_add_test(tests, diagnostics_as_data);
    tcase_add_test(tests, diagnostics_without_a_place);
    tcase_add_test(tests, diagnostics_of_a_kind);
    tcase_add_test(tests, faults_of_all_kinds);
    tcase_add_test(tests, diagnostics_of_the_last_solve);
    suite_add_tcase(suite, tests);
    return suite;
}
