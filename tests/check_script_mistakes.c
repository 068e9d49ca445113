/* What is wrong in scripts, where it is, and what ends them: mistakes, interrupts, memory. */
#include "fail_alloc.h"
#include "scripts.h"
#include "suites.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mistake {
    const char *commands;
    size_t line, column; /* of the block, from 1 */
    const char *message;
};

/* These commands fail with a warning, and the script goes on, as in ngspice. */
static const struct mistake failing[] = {
    {"dc v1 0 5[x]^ e", 1, 10, "this has no meaning in an expression"},
    {"op;print v(out) >", 2, 7, "the name of a file is missing after `>`"},
    {"tran 1n 1u", 1, 1, "tran is not run: opspice finds operating points"},
    {"nonsense 3", 1, 1, "there is no command nonsense"},
    {"= 3", 1, 1, "expected a command"},
    {"op;print v(nowhere)", 2, 9, "there is no node nowhere"},
    {"op;print v(oux)*2", 2, 9, "there is no node oux; did you mean out?"},
    {"op;print v(out", 2, 12, "unexpected end of line, expecting `)`"},
    {"op;print v(out)*", 2, 13, "an operand is missing behind `*`"},
    {"print v(out)", 1, 7, "there is no plot yet that could hold v(out): run an analysis first"},
    {"op;print sinn(3)", 2, 7, "there is no function sinn; did you mean sin?"},
    {"op;print", 2, 6, "print needs expressions"},
    {"op;print v(out)/(v(in)-6)", 2, 13, "division by zero"},
    {"op;print length()", 2, 14, "the expression is empty"},
    {"op;print mean(v(nix))", 2, 14, "there is no node nix"},
    {"op;let x = vector(3);print x[3]", 3, 7, "there is no value 3: x has those from 0 to 2"},
    {"op;let x = vector(0.5)", 2, 9, "a vector cannot have 0.5 values"},
    {"op;let x[9] = 3", 2, 7, "there is no such element of the vector"},
    {"let 3 = 4", 1, 5, "let cannot name a vector 3"},
    {"let = 4", 1, 5, "let needs name = expression"},
    {"let x", 1, 5, "let needs name = expression"},
    {"op;let x = v(out) > 2", 2, 8, "`>` sends output to a file in commands: write gt"},
    {"goto nowhere", 1, 1, "there is no label nowhere here"},
    {"op;write f v(out) v(nix)", 2, 18, "there is no node nix"},
    {"dc v1 0 1 1;print @r1[i]", 2, 7, "@r1[i] was not saved in this plot: `save` it before the analysis"},
    {"dc v1 0 1", 1, 1, "dc has no step"},
    {"dc v9 0 1 1", 1, 4, "there is no source, resistor or parameter v9 to sweep; did you mean v1?"},
    {"dc v1 0 1 -1", 1, 11, "a step of -1 does not lead from 0 to 1"},
    {"op;meas dc m max v(out)", 2, 6, "there is nothing to measure: the current plot is no sweep"},
    {"setplot new;let x=5;meas dc m max x", 3, 6, "there is nothing to measure: the current plot is no sweep"},
    {"dc v1 0 1 1;meas dc m foo v(out)", 2, 11, "meas: expected a find"},
    {"dc v1 0 1 1;meas dc m find v(out)", 2, 1, "meas has no place: at=, or when"},
    {"echo $nothing", 1, 7, "there is no variable nothing"},
    {"op;echo $&v(nix)", 2, 1, "there is no node nix"},
    {"foreach;end", 1, 1, "foreach needs a name and values"},
    {"while;end", 1, 6, "an expression is missing"},
    {"repeat zz;end", 1, 8, "there is no node or vector zz"},
    {"if v(out) >;end", 1, 11, "an operand is missing behind `>`"},
    {"alter r9 = 3", 1, 7, "there is no element r9; did you mean r1?"},
    {"alter v1 foo = 3", 1, 7, "v1 has no parameter foo that can be altered here"},
    {"alter r1", 1, 7, "expected name = value"},
    {"altermod nix is = 3", 1, 10, "there is no model nix"},
    {"op;let z = 2 * +3", 2, 13, "an operand is missing before `+`, which is no sign in scripts"},
    {"op;print +v(out)", 2, 7, "an operand is missing before `+`"},
    {"op;print v(out)+ +v(in)", 2, 15, "an operand is missing before `+`"},
    {"op;let y = 0;while y < +2;let y = y + 1;end", 3, 11, "an operand is missing before `+`"},
    {"alterparam nope = 3", 1, 12, "there is no parameter nope at the top level"},
    {"setplot dc9", 1, 9, "there is no plot dc9"},
    {"destroy op7", 1, 9, "there is no plot op7"},
    {"show q9", 1, 6, "there is no element q9"},
    {"set = 5", 1, 5, "set needs a name before the `=`"},
    {"strcmp a b", 1, 8, "strcmp needs a name and two words"},
};

/* These end it. */
static const struct mistake ending[] = {
    {"shell rm f", 1, 1, "opspice never runs a program: `shell` is refused"},
    {"op;!ls", 2, 1, "opspice never runs a program: `!` is refused"},
    {"echo `ls`", 1, 1, "opspice never runs a program: backquotes are refused"},
    {"op;print v(out) > ../f", 2, 7, "../f: a script writes files in the working directory, and below it, only"},
    {"op;print v(out) >> /tmp/f", 2, 7, "/tmp/f: a script writes files in the working directory, and below it, only"},
    {"op;write ../f", 2, 7, "../f: a script writes files in the working directory, and below it, only"},
    {"op;wrdata /dev/full v(out)", 2, 8,
     "/dev/full: a script writes files in the working directory, and below it, only"},
    {"op;write ..", 2, 7, "..: a script writes files in the working directory, and below it, only"},
    {"set f=../f;echo a > $f", 2, 1, "../f: a script writes files in the working directory, and below it, only"},
    {"cd ..", 1, 1, "opspice stays in the working directory: `cd` is refused"},
    {"source f", 1, 8, "cannot read f: No such file or directory"},
    {"if 1;echo a", 1, 1, "this block has no `end`"},
    {"echo a;end", 2, 1, "`end` ends no block"},
    {"else", 1, 1, "`else` without `if`"},
    {"if 1;else if 2;end", 2, 1, "`else` stands alone"},
    {"if 1;break;end", 2, 1, "this is in no loop"},
};

static void check_mistake(const struct mistake *wrong, int status, bool goes_on)
{
    folder_enter();
    char commands[500];
    const opspice_diagnostic *found;
    snprintf(commands, sizeof commands, "%s;echo went on", wrong->commands);
    opspice *deck = scripted_deck(commands, OPSPICE_OK);
    char *printed = printed_by(deck, status);
    ck_assert_int_eq(strstr(printed, "went on") != NULL, goes_on);
    ck_assert_uint_eq(opspice_diagnostic_count(deck), 1);
    ck_assert_ptr_nonnull(found = opspice_get_diagnostic(deck, 0));
    ck_assert_msg(strncmp(found->message, wrong->message, strlen(wrong->message)) == 0 &&
                      found->line == wrong->line + 9 && found->column == wrong->column,
                  "%s: %zu:%zu %s", commands, found->line - 9, found->column, found->message);
    ck_assert_int_eq(found->severity, status == OPSPICE_OK ? OPSPICE_WARNING : OPSPICE_ERROR);
    free(printed);
    opspice_free(deck);
    folder_leave();
}

START_TEST(failing_commands)
{
    check_mistake(&failing[_i], OPSPICE_OK, true);
}
END_TEST

START_TEST(ending_commands)
{
    check_mistake(&ending[_i], OPSPICE_NETLIST, false);
}
END_TEST

/* Of what fails the rest is done, as in ngspice. */
static const struct {
    const char *commands, *printed;
} partly[] = {
    {"op;print out 1/0 in", "[1]\nout = 4.000000e+00\nin = 6.000000e+00\n"},
    {"op;print 1/(out-4) ln(0) in[3] in*2", "[1]\nin*2 = 1.200000e+01\n"},
    {"op;print 1/0", "[1]\n"},
    {"op;print out nothing in", "[1]\n"},
    {"op;define f(x) 1/(x-4);print f(out) out", "[1]\nout = 4.000000e+00\n"},
    {"dc v1 0 3 3;print line 1/out in 2/0", "[2]\nin = (  0.000000e+00\t3.000000e+00\t)\n"},
    {"op;write f out 1/0;wrdata g out 1/0;asciiplot out 1/0;let k = 1/0;print k", "[1]\n"},
    {"op;echo x $&nothing;echo y $nothing z;echo $&in $&nope $&out;echo \"a $nothing b\"",
     "[1]\nx\ny z\n6 4\na  b\n"},
    {"op;print $nothing out;print $&nothing in", "[1]\nout = 4.000000e+00\nin = 6.000000e+00\n"},
    {"set w=a;set w = $nothing;echo $w;set w = \"b$nothing\";echo $w", "a\nb\n"},
    {"if $nothing;echo yes;else;echo no;end;while $nothing;echo round;end", "no\n"},
    {"if 1/0;echo yes;else;echo no;end", "no\n"},
    {"foreach n $nothing 1 2;echo $n;end;repeat $nothing;echo round;end", "1\n2\nround\n"},
    {"echo $#nothing $?nothing", "0\n"},
};

START_TEST(partly_failing_commands)
{
    folder_enter();
    opspice *deck = scripted_deck(partly[_i].commands, OPSPICE_OK);
    char *printed = printed_by(deck, OPSPICE_OK);
    ck_assert_msg(strcmp(printed, partly[_i].printed) == 0, "%s prints\n%s, not\n%s", partly[_i].commands, printed,
                  partly[_i].printed);
    ck_assert_uint_gt(opspice_diagnostic_count(deck), 0);
    ck_assert_int_eq(folder_entries(false), 0);
    free(printed);
    opspice_free(deck);
    folder_leave();
}
END_TEST

/* A file that is not written counts at the end; so does what has no operating point. */
START_TEST(failures_at_the_end)
{
    static const struct mistake unwritten = {"op;write sub/f", 2, 7, "cannot write sub/f: there is no such folder"};
    static const struct mistake unsolved = {"alter r3 = 0;op;op", 2, 1, ""};
    check_mistake(&unwritten, OPSPICE_SYSTEM, true);
    opspice *deck = scripted_deck(unsolved.commands, OPSPICE_OK);
    free(printed_by(deck, OPSPICE_NO_OPERATING_POINT));
    opspice_free(deck);
}
END_TEST

/* A place in a line that was continued or has variables is that of the line. */
START_TEST(places_of_changed_lines)
{
    static const char *const commands[] = {"set n=nix;op;print v($n)", "op;print v(out);+ v(nix)"};
    static const size_t line[] = {12, 11};
    for (int c = 0; c < 2; c++) {
        opspice *deck = scripted_deck(commands[c], OPSPICE_OK);
        const opspice_diagnostic *found;
        free(printed_by(deck, OPSPICE_OK));
        ck_assert_ptr_nonnull(found = opspice_get_diagnostic(deck, 0));
        ck_assert_str_eq(found->message, "there is no node nix");
        ck_assert_uint_eq(found->line, line[c]);
        ck_assert_uint_eq(found->column, 1);
        free(opspice_diagnostic_text(deck, 0));
        opspice_free(deck);
    }
}
END_TEST

/* An interrupt ends loops that would not end. */
START_TEST(interrupted_loops)
{
    static const char *const commands[] = {"while 1;end", "repeat;end", "repeat;let k = 1;end", "dowhile 1;echo a;end"};
    for (size_t c = 0; c < sizeof commands / sizeof *commands; c++) {
        opspice *deck = scripted_deck(commands[c], OPSPICE_OK);
        opspice_interrupt(deck);
        free(printed_by(deck, OPSPICE_NO_OPERATING_POINT));
        ck_assert_int_ge(deck_message(deck, OPSPICE_ERROR, "interrupted"), 0);
        opspice_free(deck);
    }
}
END_TEST

/* ---- without memory ---- */

static const char everything[] =
    "op;print all;print v(out) mean(v(in))*2 @r1[p];let k = 0;while k < 2;let k = k+1;if k > 1;echo $&k;else;"
    "echo no;end;end;set l = ( a b );foreach n $l;echo $n $#l;end;dc v1 0 2 1;print v(in,out) vector(2);"
    "meas dc m max v(out);meas dc o when v(out)=1;print line m;write f v(out);wrdata g v(in);echo a > h;echo b >> h;"
    "display;setplot;listing;show r1;alter r1 = 2k;alterparam p=3k;reset;tf v(out) v1;print all;save @r1[i] v(out);"
    "run;asciiplot v(out);strcmp r a b;unset l;unlet m;destroy op1;destroy all;op;define f(x) v(x)*2;print f(out) "
    "@r1[p];compose c values 1 2;compose d start=0 stop=1 lin=2;cross e 1 c d;reshape c [2][1];print c[1] d[0,1];"
    "setscale c;settype voltage d;write g2 c out;wrdata h2 d;wrnodev n;load g2;display;option temp=30;op;"
    "alter r2 tc1 = 1m;alterparam p = 2k;set curplottitle=t curplotname=u;alias z echo;z {a,b}{c,d} $plots "
    "$curplotdate;"
    "echo Other > other;echo v1 a 0 1 >> other;echo r1 a 0 1 >> other;source other;op;print a;setcirc;remcirc;"
    "echo *ng_script > lines;echo print pi >> lines;source lines;"
    "setplot new;let q = norm(vector(3));let op3.out = 4;print op3.out integ(q);label l;if q[2] > 5;goto l;end;set;"
    "define;alias;reset;quit 3";

START_TEST(scripts_without_memory)
{
    folder_enter();
    for (long n = 0, failed = 1; failed; n++) {
        opspice *deck = scripted_deck(everything, OPSPICE_OK);
        FILE *null = fopen("/dev/null", "w");
        fail_alloc_after(n);
        int status = opspice_run(deck, deck_print, null);
        failed = fail_alloc_off();
        fclose(null);
        ck_assert_msg(status == OPSPICE_OK || (failed && status == OPSPICE_SYSTEM), "status %d after %ld: %s", status,
                      n, deck_diagnostics(deck));
        if (!failed)
            ck_assert_int_eq(opspice_exit_code(deck), 3);
        opspice_free(deck);
        DIR *open = opendir(".");
        for (struct dirent *entry; (entry = readdir(open));)
            ck_assert_msg(strncmp(entry->d_name, ".opspice", 8) != 0, "%s is left after %ld", entry->d_name, n);
        closedir(open);
        folder_entries(true);
    }
    folder_leave();
}
END_TEST

Suite *suite_script_mistakes(void)
{
    Suite *suite = suite_create("script_mistakes");
    TCase *tests = tcase_create("mistakes");
    tcase_add_loop_test(tests, failing_commands, 0, sizeof failing / sizeof *failing);
    tcase_add_loop_test(tests, partly_failing_commands, 0, sizeof partly / sizeof *partly);
    tcase_add_loop_test(tests, ending_commands, 0, sizeof ending / sizeof *ending);
    tcase_add_test(tests, failures_at_the_end);
    tcase_add_test(tests, places_of_changed_lines);
    tcase_add_test(tests, interrupted_loops);
    tcase_add_test(tests, scripts_without_memory);
    suite_add_tcase(suite, tests);
    return suite;
}
