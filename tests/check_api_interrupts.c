/* What a program is told while a deck is run or solved, and how it ends that. */
#include "decks.h"
#include "suites.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* ---- solves ------------------------------------------------------------------------------------------------------ */

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

Suite *suite_api_interrupts(void)
{
    Suite *suite = suite_create("api_interrupts");
    TCase *tests = tcase_create("interrupts");
    tcase_add_test(tests, results_and_progress);
    tcase_add_test(tests, interrupted_sweep);
    tcase_add_loop_test(tests, interrupted_before, 0, INTERRUPTED_ROWS);
    tcase_add_loop_test(tests, interrupted_meanwhile, 0, 2);
    suite_add_tcase(suite, tests);
    return suite;
}
