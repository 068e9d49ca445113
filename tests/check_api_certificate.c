/* The certificate that a program gets: its figures, of which answers it claims what, and what it says of a run. */
#include "api_decks.h"
#include "suites.h"
#include <stdio.h>
#include <unistd.h>

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

/* Solving leaves figures alone that its verdict does not take; they are of the answer, not of what was changed
 * since. */
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

/* v(q) = 2 tanh v(q) has three solutions; capacitances make no motion of such a loop, so that nothing is known of
 * it. */
START_TEST(loop_of_voltages_has_no_motion)
{
    opspice *deck = deck_solved("t\nb1 q 0 v=2*tanh(v(p))\nb2 p 0 v=v(q)\nr1 q 0 1k\n");
    ck_assert_str_eq(opspice_get_certificate(deck)->answer, "solution");
    ck_assert_str_eq(opspice_get_certificate(deck)->stability, "not tested");
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

/* ---- a run ------------------------------------------------------------------------------------------------------- */

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

Suite *suite_api_certificate(void)
{
    Suite *suite = suite_create("api_certificate");
    TCase *tests = tcase_create("certificate");
    tcase_add_test(tests, certificate_and_statistics);
    tcase_add_test(tests, figures_are_there_when_asked_for);
    tcase_add_test(tests, loop_of_voltages_has_no_motion);
    tcase_add_test(tests, an_unproved_answer);
    tcase_add_test(tests, an_undecided_potential);
    tcase_add_test(tests, certificate_of_a_run);
    suite_add_tcase(suite, tests);
    return suite;
}
