/* Reports: where names of nodes lie, the largest of many, curves of generators, numbers and text for people; the API,
 * and every allocation failed in turn. What stands in a report is checked by report.sh. */
#include "decks.h"
#include "fail_alloc.h"
#include "suites.h"

#include "analysis/generator_curve.h"
#include "analysis/largest.h"
#include "analysis/placement.h"
#include "util/random.h"
#include "write/heat_map.h"
#include "write/html.h"
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- names ---- */

static const struct {
    const char *name, *layer; /* NULL: no place */
    size_t prefix;
    double x, y;
    bool in_rows;
} names[] = {
    {"n1_m3_100_200", "m3", 2, 100, 200, false},
    {"node_metal10_20330_22400", "metal10", 4, 20330, 22400, false},
    {"x1.n1_m3_1_2", "m3", 5, 1, 2, false},
    {"n1_100_200", "n1", 0, 100, 200, false},
    {"_x_n2_5_6", "n2", 2, 5, 6, false},
    {"n1_m1_-3_2.5", "m1", 2, -3, 2.5, false},
    {"a_2_3_4", "a_2", 0, 3, 4, false},
    {"n3_4", "n", 0, 4, 3, true},
    {"x2.row12_7", "x2.row", 0, 7, 12, true},
    {"top_row12_7", "top_row", 0, 7, 12, true},
    {"n3", NULL, 0, 0, 0, false},
    {"n3_", NULL, 0, 0, 0, false},
    {"_3_4", NULL, 0, 0, 0, false},
    {"3_4", NULL, 0, 0, 0, false},
    {"vdd_4", NULL, 0, 0, 0, false},
    {"n1_m1_x_4", NULL, 0, 0, 0, false},
    {"n1_m1_1e3_4", NULL, 0, 0, 0, false},
    {"n1_1234567890123456_4", NULL, 0, 0, 0, false},
    {"n1_-_4", NULL, 0, 0, 0, false},
    {"", NULL, 0, 0, 0, false},
};

START_TEST(names_of_nodes)
{
    struct node_name parsed;
    bool has = node_name_parse(names[_i].name, &parsed);
    ck_assert_msg(has == (names[_i].layer != NULL), "%s: %d", names[_i].name, has);
    if (!has)
        return;
    ck_assert_uint_eq(parsed.layer_length, strlen(names[_i].layer));
    ck_assert_int_eq(strncmp(parsed.layer, names[_i].layer, parsed.layer_length), 0);
    ck_assert_uint_eq(parsed.prefix, names[_i].prefix);
    ck_assert_double_eq(parsed.x, names[_i].x);
    ck_assert_double_eq(parsed.y, names[_i].y);
    ck_assert_int_eq(parsed.in_rows, names[_i].in_rows);
}
END_TEST

/* ---- the largest of many ---- */

START_TEST(largest_of_many)
{
    enum { OFFERS = 500 };
    struct random random = {.state = (uint64_t)_i + 1};
    struct largest largest = {.most = (size_t)_i};
    double value[OFFERS];
    for (uint32_t n = 0; n < OFFERS; n++) {
        value[n] = floor(50 * random_uniform(&random)); /* many are equal */
        ck_assert(largest_offer(&largest, value[n], n));
    }
    largest_sort(&largest);
    ck_assert_uint_eq(largest.count, (size_t)_i < OFFERS ? (size_t)_i : OFFERS);
    for (size_t q = 0; q < largest.count; q++) {
        size_t before = 0; /* how many come before it, by value and number */
        uint32_t own = largest.item[q].number;
        for (uint32_t n = 0; n < OFFERS; n++)
            before += value[n] > value[own] || (value[n] == value[own] && n < own);
        ck_assert_double_eq(largest.item[q].value, value[own]);
        ck_assert_uint_eq(before, q);
    }
    largest_free(&largest);
}
END_TEST

/* ---- curves ---- */

enum { POINTS = 41 };

/* i = 1 - exp(4 (u - 1)) from -0.5 to 1.5 V, as a diode in the sun: 1 V, and most where i + u di/du = 0. */
static void diode(double *u, double *i, double scale)
{
    for (int j = 0; j < POINTS; j++) {
        u[j] = -0.5 + 2.0 * j / (POINTS - 1) + 0.013;
        i[j] = scale * (1 - exp(4 * (u[j] - 1)));
        u[j] *= scale;
    }
}

static void ck_diode(const struct generator_curve *curve, double scale)
{
    double isc = 1 - exp(-4), low = 0, high = 1;
    for (int step = 0; step < 60; step++) {
        double u = (low + high) / 2;
        *(1 - exp(4 * (u - 1)) * (1 + 4 * u) > 0 ? &low : &high) = u;
    }
    double pmax = low * (1 - exp(4 * (low - 1)));
    ck_assert(curve->is_generator && curve->has_isc && curve->has_voc && !curve->at_end);
    ck_assert_double_eq_tol(curve->isc, scale * isc, 1e-5 * scale);
    ck_assert_double_eq_tol(curve->voc, scale, 1e-4 * scale);
    ck_assert_double_eq_tol(curve->vmp, scale * low, 1e-3 * scale);
    ck_assert_double_eq_tol(curve->pmax, scale * scale * pmax, 1e-4 * scale * scale);
    ck_assert_double_eq_tol(curve->fill_factor, pmax / isc, 1e-3);
    ck_assert_double_eq_tol(curve->imp * curve->vmp, curve->pmax, 1e-12 * scale * scale);
    ck_assert_uint_eq(curve->peaks, 1);
}

START_TEST(curve_of_a_generator)
{
    double u[POINTS], i[POINTS];
    struct generator_curve curve;
    diode(u, i, 3);
    ck_assert(generator_curve_find(&curve, u, i, POINTS));
    ck_diode(&curve, 3);
    ck_assert_double_eq(curve.sign, 1);
    for (int j = 0; j < POINTS; j++) { /* turned round, in another order */
        u[j] = -u[j];
        i[j] = -i[j];
    }
    for (int j = 0; j < POINTS / 2; j += 3) {
        double kept_u = u[j], kept_i = i[j];
        u[j] = u[POINTS - 1 - j];
        i[j] = i[POINTS - 1 - j];
        u[POINTS - 1 - j] = kept_u;
        i[POINTS - 1 - j] = kept_i;
    }
    ck_assert(generator_curve_find(&curve, u, i, POINTS));
    ck_diode(&curve, 3);
    ck_assert_double_eq(curve.sign, -1);
    diode(u, i, 1);
    i[3] = NAN; /* a point that is not there */
    ck_assert(generator_curve_find(&curve, u, i, POINTS));
    ck_assert(curve.is_generator);
    ck_assert_double_eq_tol(curve.voc, 1, 1e-4);
}
END_TEST

/* What a curve has where the sweep does not go all the way. */
START_TEST(parts_of_curves)
{
    double u[POINTS], i[POINTS];
    struct generator_curve curve;
    diode(u, i, 1);
    ck_assert(generator_curve_find(&curve, u + 12, i + 12, 10)); /* 0.113 to 0.563 V */
    ck_assert(curve.is_generator && !curve.has_isc && !curve.has_voc && curve.at_end);
    ck_assert_double_eq(curve.vmp, u[21]);
    ck_assert(generator_curve_find(&curve, u + 5, i + 5, 20));
    ck_assert(curve.has_isc && !curve.has_voc && !curve.at_end && curve.fill_factor == 0);
    ck_assert(generator_curve_find(&curve, u, i, 1));
    ck_assert(!curve.is_generator);
    ck_assert(generator_curve_find(&curve, u, i, 0));
    ck_assert(!curve.is_generator);
    for (int j = 0; j < POINTS; j++)
        i[j] = -u[j]; /* a resistor is a load */
    ck_assert(generator_curve_find(&curve, u, i, POINTS));
    ck_assert(!curve.is_generator);
    for (int j = 0; j < POINTS; j++)
        i[j] = -u[j] - 1e-12; /* but for rounding */
    ck_assert(generator_curve_find(&curve, u, i, POINTS));
    ck_assert(!curve.is_generator);
}
END_TEST

/* Two strings, one of them shaded: two steps; and an ideal source, whose curve is a step. */
START_TEST(steps_of_curves)
{
    static const double u[] = {0, 1, 2, 2.2, 3, 4, 4.2}, i[] = {3, 3, 3, 1, 1, 1, 0};
    static const double square_u[] = {0, 1, 1, 1}, square_i[] = {2, 2, 1, 0};
    struct generator_curve curve;
    ck_assert(generator_curve_find(&curve, u, i, 7));
    ck_assert_uint_eq(curve.peaks, 2);
    ck_assert_double_ge(curve.pmax, 6);
    ck_assert_double_lt(curve.pmax, 6.4);
    ck_assert_double_eq(curve.isc, 3);
    ck_assert_double_eq(curve.voc, 4.2);
    ck_assert(generator_curve_find(&curve, square_u, square_i, 4));
    ck_assert(curve.is_generator);
    ck_assert_double_eq_tol(curve.pmax, 2, 1e-12);
}
END_TEST

/* ---- numbers and text ---- */

#define BLANK "\xc2\xa0"

static const struct {
    double value;
    int digits;
    const char *text;
} quantities[] = {
    {0, 4, "0" BLANK "V"},
    {1, 4, "1.000" BLANK "V"},
    {-0.0123456, 4, "-12.35" BLANK "mV"},
    {999.949, 4, "999.9" BLANK "V"},
    {999.951, 4, "1.000" BLANK "kV"},
    {0.99999, 4, "1.000" BLANK "V"},
    {9.9996, 4, "10.00" BLANK "V"},
    {99.996, 4, "100.0" BLANK "V"},
    {1.0949358978, 6, "1.09494" BLANK "V"},
    {999.9996, 6, "1.00000" BLANK "kV"},
    {3.2e-6, 4, "3.200" BLANK "\xc2\xb5V"},
    {1.5e-15, 4, "1.500" BLANK "fV"},
    {1.5e-18, 4, "1.500e-18" BLANK "V"},
    {2.5e12, 4, "2.500" BLANK "TV"},
    {2.5e20, 4, "2.500e+20" BLANK "V"},
    {DBL_MAX, 4, "1.798e+308" BLANK "V"},
    {5e-324, 4, "4.941e-324" BLANK "V"},
};

START_TEST(numbers_with_prefixes)
{
    char text[SI_SIZE];
    si_text(text, quantities[_i].value, quantities[_i].digits, "V");
    ck_assert_str_eq(text, quantities[_i].text);
}
END_TEST

static const struct {
    const char *text, *html;
} texts[] = {
    {"<b>\"&'", "&lt;b&gt;&quot;&amp;&#39;"},
    {"\x1b[1m\x7f\n", "?[1m??"},
    {"\xc2\xb5\xe2\x82\xac\xf0\x9f\x98\x80", "\xc2\xb5\xe2\x82\xac\xf0\x9f\x98\x80"},
    {"\xb5\xe9", "\xc2\xb5\xc3\xa9"}, /* Latin-1 */
    {"\xc2\x9b\x9b", "??"},           /* C1 */
    {"\xe2\x82", "\xc3\xa2?"},        /* cut off */
};

START_TEST(text_is_escaped)
{
    char *written = NULL;
    size_t size;
    struct sink sink;
    FILE *file = open_memstream(&written, &size);
    sink_open(&sink, file);
    html_text(&sink, texts[_i].text);
    ck_assert(sink_close(&sink));
    fclose(file);
    ck_assert_str_eq(written, texts[_i].html);
    free(written);
}
END_TEST

/* Dark is a large drop, for whoever sees colours in whatever way. */
START_TEST(palette_darkens)
{
    uint8_t palette[256][3];
    double before = INFINITY;
    heat_palette(palette);
    for (int level = 1; level <= HEAT_MAP_LEVELS; level++) {
        double luminance = 0.2126 * palette[level][0] + 0.7152 * palette[level][1] + 0.0722 * palette[level][2];
        ck_assert_msg(luminance < before + 0.6, "level %d", level); /* rounding of its colours */
        before = luminance;
    }
    ck_assert_double_lt(before, 2);
}
END_TEST

/* ---- the API ---- */

static const char grid[] =
    "t\nv1 n1_m2_0_0 0 1\nr1 n1_m1_0_0 n1_m2_0_0 1\nr2 n1_m1_0_0 n1_m1_1_0 1\nr3 n1_m1_1_0 n1_m1_1_1 1\n"
    "r4 n1_m1_1_1 n1_m1_0_1 1\nr5 n1_m1_0_1 n1_m1_0_0 1\ni1 n1_m1_1_1 0 10m\nr6 x y 1\n"
    ".dc v1 0 1 0.5 i1 0 1m 1m\n.op\n";

static int write_report(opspice *deck, const char *path, const char *first, const char *second)
{
    const char *options[] = {first, second, NULL};
    return opspice_write_report(deck, path, options);
}

START_TEST(wrong_calls)
{
    static const char *const wrong[] = {"format=pdf", "format=", "net=", "worst=", "worst=-1", "worst=1x",
                                        "worst=10000000", "colour=red", "net", ""};
    opspice *deck = opspice_new();
    ck_assert_int_eq(opspice_write_report(deck, NULL, NULL), OPSPICE_USAGE);
    opspice_free(deck);
    deck = deck_load(grid, OPSPICE_OK);
    ck_assert_int_eq(opspice_write_report(deck, NULL, NULL), OPSPICE_OK);
    ck_assert_int_eq(opspice_write_report(deck, "report.html", NULL), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_run(deck, NULL, NULL), OPSPICE_OK);
    for (size_t q = 0; q < sizeof wrong / sizeof *wrong; q++)
        ck_assert_msg(write_report(deck, "report.html", wrong[q], NULL) == OPSPICE_USAGE, "%s", wrong[q]);
    ck_assert_int_ne(access("report.html", F_OK), 0);
    ck_assert_int_eq(write_report(deck, "nowhere/report.html", "worst=3", NULL), OPSPICE_SYSTEM);
    ck_assert_int_eq(errno, ENOENT);
    ck_assert_int_eq(write_report(deck, NULL, "coordinates=nowhere.csv", NULL), OPSPICE_SYSTEM);
    ck_assert_int_ge(deck_message(deck, OPSPICE_ERROR, "cannot read nowhere.csv"), 0);
    opspice_free(deck);
}
END_TEST

static void put_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    ck_assert_int_eq(fclose(file), 0);
}

/* After opspice_solve alone, without a run; solved again, the report is of the new answer. */
START_TEST(solved_and_changed)
{
    char path[] = "opspice-report-XXXXXX", text[1 << 14];
    close(mkstemp(path));
    opspice *deck = deck_solved("t\nv1 a 0 1\nr1 a b 1\nr2 b 0 1\n.op\n");
    for (int volts = 1; volts < 3; volts++) {
        char expected[160];
        ck_assert_int_eq(opspice_set_source(deck, "v1", volts), OPSPICE_OK);
        ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
        ck_assert_int_eq(write_report(deck, path, "format=csv", NULL), OPSPICE_OK);
        FILE *file = fopen(path, "r");
        text[fread(text, 1, sizeof text - 1, file)] = '\0';
        fclose(file);
        snprintf(expected, sizeof expected, "\nnet,a,,,,,,,b,,,2,%d,%g,%g,%g,", volts, volts / 2.0, volts * 0.75,
                 volts / 2.0);
        ck_assert_msg(strstr(text, expected) != NULL, "no %s in %s", expected, text);
    }
    opspice_free(deck);
    unlink(path);
}
END_TEST

/* ---- memory ---- */

static int check_and_write(opspice *deck, const char *format, const char *path, const char *places, const char *limits)
{
    const char *options[] = {format, limits, "worst=2", places, places ? "net=n1_m1" : NULL, NULL};
    int status = opspice_write_report(deck, NULL, options);
    return status == OPSPICE_OK ? opspice_write_report(deck, path, options) : status;
}

/* Every allocation fails in turn: the status says so, nothing leaks, no report is written in part. */
START_TEST(every_allocation)
{
    static const char *const format[] = {"format=html", "format=csv"};
    char folder[] = "opspice-report-XXXXXX", path[64], places[64], limits[64], coordinates[96], current[96];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/report", folder);
    snprintf(places, sizeof places, "%s/places.csv", folder);
    snprintf(limits, sizeof limits, "%s/limits.csv", folder);
    snprintf(coordinates, sizeof coordinates, "coordinates=%s", places);
    snprintf(current, sizeof current, "current-limit=%s", limits);
    put_file(places, "n1_m1_0_0,a,0,0\nn1_m1_1_1,a,1,1\nn1_m1_0_1,b,1,1\nnone,b,1,1\n");
    put_file(limits, "a,1m\na-b,1u\nr?,1m\nnone,1\n");
    for (long n = 0, failed = 1; failed; n++) {
        opspice *deck = deck_load(grid, OPSPICE_OK);
        ck_assert_int_eq(opspice_set(deck, "report", "yes"), OPSPICE_OK);
        ck_assert_int_eq(opspice_run(deck, NULL, NULL), OPSPICE_OK);
        fail_alloc_after(n);
        int status = check_and_write(deck, format[_i % 2], path, _i < 2 ? coordinates : NULL, current);
        failed = fail_alloc_off();
        ck_assert_msg(status == OPSPICE_OK || (failed && status == OPSPICE_SYSTEM), "status %d after %ld", status, n);
        ck_assert_int_eq(access(path, F_OK) == 0, status == OPSPICE_OK);
        unlink(path);
        opspice_free(deck);
    }
    unlink(places);
    unlink(limits);
    ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

Suite *suite_report(void)
{
    Suite *suite = suite_create("report");
    TCase *tcase = tcase_create("parts");
    tcase_add_loop_test(tcase, names_of_nodes, 0, sizeof names / sizeof *names);
    tcase_add_loop_test(tcase, largest_of_many, 0, 40);
    tcase_add_loop_test(tcase, largest_of_many, 499, 502);
    tcase_add_test(tcase, curve_of_a_generator);
    tcase_add_test(tcase, parts_of_curves);
    tcase_add_test(tcase, steps_of_curves);
    tcase_add_loop_test(tcase, numbers_with_prefixes, 0, sizeof quantities / sizeof *quantities);
    tcase_add_loop_test(tcase, text_is_escaped, 0, sizeof texts / sizeof *texts);
    tcase_add_test(tcase, palette_darkens);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("api");
    tcase_add_test(tcase, wrong_calls);
    tcase_add_test(tcase, solved_and_changed);
    tcase_add_loop_test(tcase, every_allocation, 0, 4);
    suite_add_tcase(suite, tcase);
    return suite;
}
