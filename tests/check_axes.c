/* The axes of sweeps: mistakes on .dc and .step cards, and their places. */
#include "suites.h"
#include "sweeps.h"
#include "switching.h"
#include <stdio.h>

/* A wrong card, the word that is wrong, the message. */
static const struct {
    const char *card, *word, *message;
} wrong[] = {
    {".dc", ".dc", "has no source, resistor, parameter or TEMP"},
    {".dc v1", ".dc", "has no start value"},
    {".dc v1 0", ".dc", "has no stop value"},
    {".dc v1 0 5", ".dc", "has no step"},
    {".dc v1 0 5 0", "0", "the step is 0"},
    {".dc v1 0 5 -1", "-1", "does not lead from 0 to 5"},
    {".dc v1 5 0 1", "1", "does not lead from 5 to 0"},
    {".dc v1 0 5 1n", "1n", "more than 1e+08"},
    {".dc v1 1e20 1.0000000000000002e20 1", "1", "is lost in the rounding"},
    {".dc v1 0 5 x", "x", "expected a number as step"},
    {".dc v1 0 5 1 v2 0 1", ".dc", "has no step"},
    {".dc v1 0 5 1 v2 0 1 1 v1 0 1 1", "v1", "did not expect v1 here"},
    {".dc v1 0 5 1 v1 0 1 1", ".dc", "sweeps the same thing twice"},
    {".dc nosuch 0 5 1", "nosuch", "there is no source, resistor or parameter nosuch"},
    {".dc v11 0 5 1", "v11", "did you mean v1?"},
    {".dc param 0 5 1", "0", ""},
    {".dc d1 0 5 1", "d1", "neither a source nor a resistor"},
    {".dc temp -300 0 100", "temp", "temp cannot be -300"},
    {".dc dec v1 0 5 3", "3", "goes from a positive value to a larger one"},
    {".dc v1 dec 1 10 2.5", "2.5", "expected a whole number of points"},
    {".dc v1 list", ".dc", "has no value after list"},
    {".step v1 0 1 1 v2 0 1 1", "v2", "did not expect v2 here"},
    {".step npn 2n2222(vaf) 50 100 25", "npn", "model's parameter (2n2222) are not supported"},
};

START_TEST(mistakes_are_located)
{
    char cards[1000];
    snprintf(cards, sizeof cards, TWO_SOURCES "d1 b 0 pw\n" DIODES "%s\n", wrong[_i].card);
    struct lowered lowered = lowered_circuit(cards);
    struct axes axes = sweep_axes(&lowered);
    if (*wrong[_i].message) {
        ck_assert_uint_eq(lowered.diagnostics.errors, 1);
        ck_assert_uint_eq(axes.count, 0);
        lowered_check_last(&lowered, wrong[_i].word, wrong[_i].message);
    }
    axes_free(&axes);
    lowered_free(&lowered);
}
END_TEST

Suite *suite_axes(void)
{
    Suite *suite = suite_create("axes");
    TCase *tests = tcase_create("axes");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, mistakes_are_located, 0, sizeof wrong / sizeof *wrong);
    suite_add_tcase(suite, tests);
    return suite;
}
