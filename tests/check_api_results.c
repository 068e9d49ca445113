/* The results of a run as a program gets them: vectors, axes, measurements, and their units. */
#include "decks.h"
#include "suites.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- vectors ----------------------------------------------------------------------------------------------------- */

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

/* ---- units ------------------------------------------------------------------------------------------------------- */

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
        ck_assert_msg(strcmp(opspice_result_unit(deck, 0, u + 1), unit_cases[u].unit) == 0, "%s is in %s",
                      unit_cases[u].shown, opspice_result_unit(deck, 0, u + 1));
    ck_assert_ptr_null(opspice_result_unit(deck, 0, UNITS + 1));
    ck_assert_ptr_null(opspice_result_unit(deck, 1, 0));
    opspice_free(deck);
}
END_TEST

Suite *suite_api_results(void)
{
    Suite *suite = suite_create("api_results");
    TCase *tests = tcase_create("results");
    tcase_add_test(tests, vectors_of_a_sweep);
    tcase_add_test(tests, measurements_and_numbers);
    tcase_add_test(tests, units_of_columns);
    suite_add_tcase(suite, tests);
    return suite;
}
