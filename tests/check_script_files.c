/* The files that scripts make, as ngspice 39.3 makes them. */
#include "scripts.h"
#include "suites.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RAW_HEAD(plot, variables, points) RAW_HEAD_OF("script", plot, variables, points)
#define RAW_HEAD_OF(title, plot, variables, points) \
    "Title: " title "\nDate: DATE\nCommand: ngspice-compatible opspice-" OPSPICE_VERSION "\nPlotname: " plot \
    "\nFlags: real\nNo. Variables: " #variables "\nNo. Points: " #points "\nVariables:\n"

/* As ngspice 39.3 writes them, but for its missing `Command:` line. */
static const struct {
    const char *commands, *file, *content;
} files[] = {
    {"op;print v(out) > f;print v(in) >> f", "f", "v(out) = 4.000000e+00\nv(in) = 6.000000e+00\n"},
    {"echo a > f;echo b > ./f", "f", "b\n"},
    {"echo a>f;echo b >>f;echo c >& f2", "f", "a\nb\n"},
    {"op;print all > spice4qucs.cir.dc_op", "spice4qucs.cir.dc_op",
     "in = 6.000000e+00\nout = 4.000000e+00\nv1#branch = -2.00000e-03\nv2#branch = -5.00000e-04\nx = 1.000000e+00\n"},
    {"op;wrdata f v(out) i(v1)", "f", " 6.00000000e+00  4.00000000e+00  6.00000000e+00 -2.00000000e-03 \n"},
    {"dc v1 0 2 1;wrdata f v(out) i(v1)", "f",
     " 0.00000000e+00  0.00000000e+00  0.00000000e+00  0.00000000e+00 \n"
     " 1.00000000e+00  6.66666667e-01  1.00000000e+00 -3.33333333e-04 \n"
     " 2.00000000e+00  1.33333333e+00  2.00000000e+00 -6.66666667e-04 \n"},
    {"dc v1 0 1 1;set wr_singlescale;set wr_vecnames;wrdata f.txt v(out) i(v1)", "f.txt",
     " v-sweep         v(out)          i(v1)          \n"
     " 0.00000000e+00  0.00000000e+00  0.00000000e+00 \n"
     " 1.00000000e+00  6.66666667e-01 -3.33333333e-04 \n"},
    {"set appendwrite;op;wrdata f v(in);wrdata f v(in)", "f",
     " 6.00000000e+00  6.00000000e+00 \n 6.00000000e+00  6.00000000e+00 \n"},
    {"set filetype=ascii;op;write f", "f",
     RAW_HEAD("Operating Point", 5, 1)
     "\t0\tv(in)\tvoltage\n\t1\tv(out)\tvoltage\n\t2\ti(v1)\tcurrent\n\t3\ti(v2)\tcurrent\n"
     "\t4\tv(x)\tvoltage\nValues:\n 0\t6.000000000000000e+00\n\t4.000000000000000e+00\n\t-2.000000000000000e-03\n"
     "\t-5.000000000000000e-04\n\t1.000000000000000e+00\n\n"},
    {"set filetype=ascii;dc v1 0 1 1;write f v(in)*2 i(v2)", "f",
     RAW_HEAD("DC transfer characteristic", 3, 2)
     "\t0\tv(v-sweep)\tvoltage\n\t1\tv(in)*2\tnotype\n\t2\ti(v2)\tcurrent\nValues:\n"
     " 0\t0.000000000000000e+00\n\t0.000000000000000e+00\n\t-5.000000000000000e-04\n\n"
     " 1\t1.000000000000000e+00\n\t2.000000000000000e+00\n\t-5.000000000000000e-04\n\n"},
    {"set filetype=ascii;op;write f v(in) v(out)*2 out", "f",
     RAW_HEAD("Operating Point", 4, 1)
     "\t0\tv(in)\tvoltage\n\t1\tv(in)\tvoltage\n\t2\tv(out)*2\tnotype\n\t3\tv(out)\tvoltage\nValues:\n"
     " 0\t6.000000000000000e+00\n\t6.000000000000000e+00\n\t8.000000000000000e+00\n\t4.000000000000000e+00\n\n"},
    {"set filetype=ascii;dc v1 0 1 1;setscale out;write f in", "f",
     RAW_HEAD("DC transfer characteristic", 2, 2)
     "\t0\tv(out)\tvoltage\n\t1\tv(in)\tvoltage\nValues:\n"
     " 0\t0.000000000000000e+00\n\t0.000000000000000e+00\n\n"
     " 1\t6.666666666666666e-01\n\t1.000000000000000e+00\n\n"},
    {"set filetype=ascii;op;setplot new;let a=vector(2);let b=a*3;write f b", "f",
     RAW_HEAD_OF("Anonymous", "unknown", 2, 2)
     "\t0\ta\tnotype\n\t1\tb\tnotype\nValues:\n 0\t0.000000000000000e+00\n\t0.000000000000000e+00\n\n"
     " 1\t1.000000000000000e+00\n\t3.000000000000000e+00\n\n"},
    {"set filetype=ascii;op;dc v1 0 1 1;write f out op1.x", "f",
     RAW_HEAD("DC transfer characteristic", 2, 2)
     "\t0\tv(v-sweep)\tvoltage\n\t1\tv(out)\tvoltage\nValues:\n"
     " 0\t0.000000000000000e+00\n\t0.000000000000000e+00\n\n"
     " 1\t1.000000000000000e+00\n\t6.666666666666666e-01\n\n"
     RAW_HEAD("Operating Point", 2, 1)
     "\t0\tv(in)\tvoltage\n\t1\tv(op1.x)\tvoltage\nValues:\n"
     " 0\t6.000000000000000e+00\n\t1.000000000000000e+00\n\n"},
    {"op;dc v1 0 1 1;wrdata f out op1.out", "f",
     " 0.00000000e+00  0.00000000e+00  6.00000000e+00  4.00000000e+00 \n"
     " 1.00000000e+00  6.66666667e-01                                 \n"},
    {"op;set numdgt=4;wrdata f out in", "f", " 6.0000e+00  4.0000e+00  6.0000e+00  6.0000e+00 \n"},
    {"foreach k 1 2;alter r1 = {$k}k;op;print v(out) > out_{$k}.txt;end", "out_2.txt", "v(out) = 3.000000e+00\n"},
    {"op;write f;load f;print v(out) i(v1) > g", "g", "v(out) = 4.000000e+00\ni(v1) = -2.00000e-03\n"},
    {"dc v1 0 1 1;write f out;load f;load f;op;echo $plots > g", "g", "const dc1 dc2 dc3 op4\n"},
    {"op;set numdgt=4;set wr_vecnames;wrdata f out", "f",
     " in          out        \n 6.0000e+00  4.0000e+00 \n"},
    {"op;write f v(in) v(out);load f;print v(in) v(out) > g", "g", "v(in) = 6.000000e+00\nv(out) = 4.000000e+00\n"},
    {"op;write f;load f;print v(out)[0] v(out)*v(in) v(out) - v(in) > g", "g",
     "v(out)[0] = 4.000000e+00\nv(out)*v(in) = 2.400000e+01\nv(out) - v(in) = -2.00000e+00\n"},
    {"dc v1 0 6 1;write f;destroy all;load f;meas dc m find v(out) at=2.5;meas dc n when v(out)=1;op;setplot previous;"
     "meas dc o avg v(out) from=1 to=2;print m n o > g", "g",
     "m = 1.666667e+00\nn = 1.500000e+00\no = 1.000000e+00\n"},
    {"dc v1 0 6 1;dc v1 0 1 1;setplot dc1;meas dc m max v(out) from=2 to=4.5;print m > g", "g", "m = 2.666667e+00\n"},
    {"setplot new;let x=vector(6);let y=x*x;setscale x;meas dc m find y at=2.5;print m > g", "g", "m = 6.500000e+00\n"},
    {"op;wrnodev f", "f",
     "* Operating point\n* Circuit: script\n.ic v(in) = 6\n.ic v(out) = 4\n.ic v(x) = 1\n"},
};

static char *content_of(const char *path)
{
    char *text = calloc(1, 10000);
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "there is no %s", path);
    ck_assert_uint_lt(fread(text, 1, 9999, file), 9999);
    fclose(file);
    char *same = without_dates(text);
    free(text);
    return same;
}

START_TEST(files_of_commands)
{
    folder_enter();
    opspice *deck = scripted_deck(files[_i].commands, OPSPICE_OK);
    free(printed_by(deck, OPSPICE_OK));
    char *content = content_of(files[_i].file);
    ck_assert_msg(strcmp(content, files[_i].content) == 0, "%s makes\n%s, not\n%s", files[_i].commands, content,
                  files[_i].content);
    free(content);
    opspice_free(deck);
    folder_leave();
}
END_TEST

START_TEST(binary_file)
{
    folder_enter();
    opspice *deck = scripted_deck("dc v1 0 2 1;write f v(out)", OPSPICE_OK);
    char *printed = printed_by(deck, OPSPICE_OK), bytes[1000];
    ck_assert_str_eq(printed, "[3]\nbinary raw file \"f\"\n");
    FILE *file = fopen("f", "r");
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    double value[6];
    const char *data = (char *)memmem(bytes, size, "Binary:\n", 8) + 8;
    ck_assert_uint_eq(size - (size_t)(data - bytes), sizeof value);
    memcpy(value, data, sizeof value);
    for (int p = 0; p < 3; p++)
        ck_assert(value[2 * p] == p && fabs(value[2 * p + 1] - p / 1.5) < 1e-12);
    free(printed);
    opspice_free(deck);
    folder_leave();
}
END_TEST

/* ---- netlists that a script reads ------------------------------------------------------------------------------- */

static void put_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    ck_assert_int_eq(fclose(file), 0);
}

#define OTHER "Other\nv1 a 0 3\nr1 a b 1k\nr2 b 0 1k\n.op\n.end\n"
#define WITHOUT_ELEMENTS "script\n.control\n"

/* Netlists as they stand, what they print and the status: as ngspice 39.3, which ends with 1 where nothing was run. */
static const struct {
    const char *text, *printed;
    int status, exit_code;
} sourcing[] = {
    {WITHOUT_ELEMENTS "echo hello;let x=3;print x;source other.cir;run;print b;foreach r 2k 3k;alter r2 $r;op;print b;"
                      "end;write f b;.endc",
     "hello\nx = 3.000000e+00\nCircuit: Other\n\n[1]\nb = 1.500000e+00\n[1]\nb = 2.000000e+00\n[1]\n"
     "b = 2.250000e+00\nbinary raw file \"f\"\n", OPSPICE_OK, 0},
    {WITHOUT_ELEMENTS "source other.cir;op;write f b;load f;.endc",
     "Circuit: Other\n\n[1]\nbinary raw file \"f\"\nLoading raw data file (\"f\") ...\ndone.\nTitle:  Other\n"
     "Name: Operating Point\nDate: DATE\n\nHere are the vectors currently active:\n\nTitle: Other\n"
     "Name: op2 (Operating Point)\nDate: DATE\n\n    v(a)                : voltage, real, 1 long [default scale]\n"
     "    v(b)                : voltage, real, 1 long\n",
     OPSPICE_OK, 0},
    {WITHOUT_ELEMENTS "foreach f other inner;source $f.cir;op;print a;end;setcirc;.endc",
     "Circuit: Other\n\n[1]\na = 3.000000e+00\nCircuit: Inner\n\ninside\n[1]\na = 1.000000e+00\n"
     "List of circuits loaded:\n\nCurrent\t1\tInner\n\t2\tOther\n\t3\tscript\n", OPSPICE_OK, 0},
    {WITHOUT_ELEMENTS "foreach r 1k 3k;echo Made > made.cir;echo v1 a 0 4 >> made.cir;echo r1 a b 1k >> made.cir;"
                      "echo r2 b 0 $r >> made.cir;source made.cir;op;print b;end;.endc",
     "Circuit: Made\n\n[1]\nb = 2.000000e+00\nCircuit: Made\n\n[1]\nb = 3.000000e+00\n", OPSPICE_OK, 0},
    {WITHOUT_ELEMENTS "source commands.sp;echo done;.endc", "q = 7.000000e+00\ndone\n", OPSPICE_OK, 0},
    {WITHOUT_ELEMENTS "echo a;quit 3;.endc", "a\n", OPSPICE_OK, 3},
    {WITHOUT_ELEMENTS "op;echo a;save all;.endc", "a\n", OPSPICE_NETLIST, 0},
    {WITHOUT_ELEMENTS "echo a;source none.cir;echo b;.endc", "a\n", OPSPICE_NETLIST, 0},
    {WITHOUT_ELEMENTS "echo a;source wrong.cir;echo b;.endc", "a\n", OPSPICE_NETLIST, 0},
    {WITHOUT_ELEMENTS "source itself.cir;echo b;.endc", NULL, OPSPICE_NETLIST, 0},
    {WITHOUT_ELEMENTS "source inner.cir;remcirc;remcirc;op;.endc", "Circuit: Inner\n\ninside\n", OPSPICE_OK, 0},
    {"script\nv9 z 0 2\nr9 z 0 1\n.control\nsource other.cir;op;print b;setcirc 2;op;print z;.endc",
     "Circuit: Other\n\n[1]\nb = 1.500000e+00\n\tscript\n[1]\nz = 2.000000e+00\n", OPSPICE_OK, 0},
};

START_TEST(netlists_that_scripts_read)
{
    char text[1000];
    folder_enter();
    put_file("other.cir", OTHER);
    put_file("inner.cir", "Inner\nv1 a 0 1\n.control\necho inside\n.endc\n");
    put_file("wrong.cir", "Wrong\nr1 a 0 x\n");
    put_file("itself.cir", "Itself\n.control\nsource itself.cir\n.endc\n");
    put_file("commands.sp", "*ng_script\nlet q = 7\nif 0\n print pi\nend\nprint q\n");
    snprintf(text, sizeof text, "%s\n.end\n", sourcing[_i].text);
    for (char *at = text; *at; at++)
        *at = *at == ';' ? '\n' : *at;
    opspice *deck = deck_load(text, OPSPICE_OK);
    for (int run = 0; run < 2; run++) {
        char *printed = printed_by(deck, sourcing[_i].status);
        ck_assert_int_eq(opspice_exit_code(deck), sourcing[_i].exit_code);
        if (sourcing[_i].printed)
            ck_assert_str_eq(printed, sourcing[_i].printed);
        free(printed);
    }
    opspice_free(deck);
    folder_leave();
}
END_TEST

/* What is wrong with a netlist that was read is told at its place there; one that was not run has no answer. */
START_TEST(places_in_netlists_that_scripts_read)
{
    folder_enter();
    put_file("wrong.cir", "Wrong\nr1 a 0 x\n");
    opspice *deck = deck_load(WITHOUT_ELEMENTS "source wrong.cir\n.endc\n", OPSPICE_OK);
    ck_assert_int_eq(opspice_solve(deck), OPSPICE_NETLIST);
    ck_assert_str_eq(opspice_get_diagnostic(deck, 0)->message, "the netlist has no elements");
    free(printed_by(deck, OPSPICE_NETLIST));
    const opspice_diagnostic *found = opspice_get_diagnostic(deck, 0);
    ck_assert_str_eq(found->file, "wrong.cir");
    ck_assert_uint_eq(found->line, 2);
    ck_assert_uint_eq(found->column, 8);
    opspice_free(deck);
    folder_leave();
}
END_TEST

/* The same of one that was removed. */
START_TEST(places_in_netlists_that_scripts_remove)
{
    folder_enter();
    put_file("inner.cir", "Inner\nv1 a 0 1\nr1 a 0 1\n.control\nnonesuch\nremcirc\n.endc\n");
    opspice *deck = deck_load(WITHOUT_ELEMENTS "source inner.cir\nsource inner.cir\n.endc\n", OPSPICE_OK);
    for (int run = 0; run < 2; run++) {
        free(printed_by(deck, OPSPICE_OK));
        for (size_t d = 0; d < 2; d++) {
            const opspice_diagnostic *found = opspice_get_diagnostic(deck, d);
            ck_assert_str_eq(found->file, "inner.cir");
            ck_assert_uint_eq(found->line, 5);
        }
    }
    opspice_free(deck);
    folder_leave();
}
END_TEST

/* What is wrong with a file of commands is told at the command that reads it, but with a netlist at its place there. */
START_TEST(places_in_commands_that_scripts_read)
{
    folder_enter();
    put_file("wrong.cir", "Wrong\nr1 a 0 x\n");
    put_file("commands.sp", "*ng_script\nnonesuch\nsource wrong.cir\n");
    opspice *deck = deck_load(WITHOUT_ELEMENTS "source commands.sp\n.endc\n", OPSPICE_OK);
    free(printed_by(deck, OPSPICE_NETLIST));
    const opspice_diagnostic *found = opspice_get_diagnostic(deck, 0);
    ck_assert_str_eq(found->message, "there is no command nonesuch");
    ck_assert_uint_eq(found->line, 3);
    ck_assert_uint_eq(found->column, 8);
    found = opspice_get_diagnostic(deck, 1);
    ck_assert_str_eq(found->file, "wrong.cir");
    ck_assert_uint_eq(found->line, 2);
    opspice_free(deck);
    folder_leave();
}
END_TEST

/* The analyses of the circuit that is the current one at the end are run, and are the results. */
START_TEST(results_of_netlists_that_scripts_read)
{
    folder_enter();
    put_file("other.cir", OTHER);
    opspice *deck = deck_load(WITHOUT_ELEMENTS "source other.cir\n.endc\n", OPSPICE_OK);
    free(printed_by(deck, OPSPICE_OK));
    ck_assert_uint_eq(opspice_result_count(deck), 1);
    const opspice_vector *b = opspice_find_vector(deck, 0, "b");
    ck_assert_ptr_nonnull(b);
    ck_assert_double_eq_tol(b->value[0], 1.5, 1e-12);
    ck_assert(opspice_get_certificate(deck)->proved);
    ck_assert_uint_eq(opspice_get_stats(deck)->nodes, 2);
    ck_assert_uint_eq(opspice_get_stats(deck)->branches, 3);
    opspice_free(deck);
    folder_leave();
}
END_TEST

/* Nodes, branches and values are those of the circuit whose results are shown: the last one read, or what setcirc has
 * chosen; after a solve, and of a netlist with elements, its own. */
START_TEST(answers_of_netlists_that_scripts_read)
{
    static const char *const text[] = {
        WITHOUT_ELEMENTS "source other.cir\nop\n.endc\n",
        WITHOUT_ELEMENTS "source other.cir\nop\nsource inner.cir\nsetcirc 2\nop\n.endc\n"};
    double value;
    folder_enter();
    put_file("other.cir", OTHER);
    put_file("inner.cir", "Inner\nv1 z 0 1\nr1 z 0 1\n.op\n");
    opspice *deck = deck_load(text[_i], OPSPICE_OK);
    ck_assert_uint_eq(opspice_node_count(deck), 0);
    ck_assert_int_eq(opspice_evaluate(deck, "v(b)", &value), OPSPICE_USAGE);
    for (int run = 0; run < 2; run++) {
        free(printed_by(deck, OPSPICE_OK));
        ck_assert_uint_eq(opspice_node_count(deck), 2);
        ck_assert_str_eq(opspice_node_name(deck, 1), "b");
        ck_assert_uint_eq(opspice_node_number(deck, "B"), 1);
        ck_assert_double_eq_tol(opspice_node_voltages(deck)[1], 1.5, 1e-12);
        ck_assert_int_eq(opspice_voltage(deck, "b", &value), OPSPICE_OK);
        ck_assert_double_eq_tol(value, 1.5, 1e-12);
        ck_assert_uint_eq(opspice_branch_count(deck), 3);
        ck_assert_str_eq(opspice_branch_kind(deck, 2), "resistor");
        ck_assert_int_eq(opspice_current(deck, "r2", &value), OPSPICE_OK);
        ck_assert_double_eq_tol(value, 1.5e-3, 1e-15);
        ck_assert_int_eq(opspice_evaluate(deck, "v(a,b)*i(r1)", &value), OPSPICE_OK);
        ck_assert_double_eq_tol(value, 2.25e-3, 1e-15);
        size_t output;
        ck_assert_int_eq(opspice_find_output(deck, "b", &output), OPSPICE_USAGE);
    }
    ck_assert_int_eq(opspice_solve(deck), OPSPICE_NETLIST);
    ck_assert_uint_eq(opspice_node_count(deck), 0);
    opspice_free(deck);
    deck = deck_load("script\nv9 q 0 2\nr9 q 0 1\n.op\n.control\nop\nsource other.cir\n.endc\n", OPSPICE_OK);
    free(printed_by(deck, OPSPICE_OK));
    ck_assert_uint_eq(opspice_node_count(deck), 1);
    ck_assert_int_eq(opspice_evaluate(deck, "v(q)", &value), OPSPICE_OK);
    ck_assert(value == 2);
    opspice_free(deck);
    folder_leave();
}
END_TEST

/* A folder in the place of a file, and a file that cannot be made. */
START_TEST(files_that_fail)
{
    folder_enter();
    ck_assert_int_eq(mkdir("f", 0777), 0);
    opspice *deck = scripted_deck("op;print v(out) > f", OPSPICE_OK);
    free(printed_by(deck, OPSPICE_SYSTEM));
    ck_assert_int_ge(deck_message(deck, OPSPICE_ERROR, "cannot write f: "), 0);
    opspice_free(deck);
    ck_assert_int_eq(rmdir("f"), 0);
    folder_leave();
}
END_TEST

Suite *suite_script_files(void)
{
    Suite *suite = suite_create("script_files");
    TCase *tests = tcase_create("files");
    tcase_add_loop_test(tests, files_of_commands, 0, sizeof files / sizeof *files);
    tcase_add_test(tests, binary_file);
    tcase_add_test(tests, files_that_fail);
    tcase_add_loop_test(tests, netlists_that_scripts_read, 0, sizeof sourcing / sizeof *sourcing);
    tcase_add_test(tests, places_in_netlists_that_scripts_read);
    tcase_add_test(tests, places_in_netlists_that_scripts_remove);
    tcase_add_test(tests, places_in_commands_that_scripts_read);
    tcase_add_test(tests, results_of_netlists_that_scripts_read);
    tcase_add_loop_test(tests, answers_of_netlists_that_scripts_read, 0, 2);
    suite_add_tcase(suite, tests);
    return suite;
}
