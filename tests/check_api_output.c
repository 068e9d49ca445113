/* What a program has written: every format, to files and through functions, and what stands in it. */
#include "api_decks.h"
#include "suites.h"
#include <jansson.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- files ------------------------------------------------------------------------------------------------------- */

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

/* ---- functions --------------------------------------------------------------------------------------------------- */

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

Suite *suite_api_output(void)
{
    Suite *suite = suite_create("api_output");
    TCase *tests = tcase_create("output");
    tcase_add_loop_test(tests, every_format_is_written, 0, FORMATS);
    tcase_add_test(tests, sweeps_as_data);
    tcase_add_loop_test(tests, a_plot_for_each_op_card, 0, 2);
    tcase_add_test(tests, output_by_callback);
    tcase_add_test(tests, prints_come_as_they_run);
    suite_add_tcase(suite, tests);
    return suite;
}
