/* Scripts: what commands print, as ngspice 39.3 prints it; the files that they make; what they
 * change; what is wrong in them. */
#include "decks.h"
#include "fail_alloc.h"
#include "suites.h"
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CIRCUIT "v1 in 0 6\nr1 in out 1k\nr2 out 0 2k\ni1 0 out 0\n.param p=2k\nr3 x 0 {p}\nv2 x 0 1\n"

/* A deck with these commands, `;` between them, in a .control block from line 10 on. */
static opspice *scripted(const char *commands, int status)
{
    char text[4000];
    snprintf(text, sizeof text, "script\n" CIRCUIT ".control\n%s\n.endc\n.end\n", commands);
    for (char *at = strstr(text, ".control"); *at; at++) {
        bool is_comment = *at == ';' && at[1] == ' ';
        if (*at == ';' && !is_comment)
            *at = '\n';
    }
    return deck_load(text, status);
}

/* ---- what is printed ---- */

/* Dates become DATE, and the head of each analysis the number of its points in brackets. */
static char *normal(char *text)
{
    static const char head[] = "Doing analysis at TEMP = 27.000000 and TNOM = 27.000000\n\n\nNo. of Data Rows : ";
    static const char *const before_dates[] = {"Operating Point  ", "DC transfer characteristic  ", "\nDate: "};
    char *result = NULL;
    size_t size;
    FILE *file = open_memstream(&result, &size);
    while (*text) {
        if (strncmp(text, head, strlen(head)) == 0) {
            text += strlen(head);
            fprintf(file, "[%.*s]", (int)strcspn(text, "\n"), text);
            text += strcspn(text, "\n");
            continue;
        }
        for (size_t b = 0; b < sizeof before_dates / sizeof *before_dates; b++) {
            size_t length = strlen(before_dates[b]);
            if (strncmp(text, before_dates[b], length) == 0) {
                fprintf(file, "%sDATE", before_dates[b]);
                text += length + strcspn(text + length, "\n");
            }
        }
        putc(*text++, file);
    }
    fclose(file);
    return result;
}

/* Run, and what is printed behind the line of the circuit; free() it. */
static char *run(opspice *deck, int status)
{
    static const char circuit[] = "Circuit: script\n\n";
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    int ran = opspice_run(deck, file);
    fclose(file);
    ck_assert_msg(ran == status, "status %d, expected %d: %s", ran, status, deck_diagnostics(deck));
    ck_assert_msg(strncmp(text, circuit, strlen(circuit)) == 0, "begins with %s", text);
    char *printed = normal(text + strlen(circuit));
    free(text);
    return printed;
}

#define RULE   "--------------------------------------------------------------------------------\n"
#define INDENT "                                     "

/* ngspice 39.3 prints the same, but for those of the second table. */
static const struct {
    const char *commands, *printed;
} as_ngspice[] = {
    {"op;print v(out)", "[1]\nv(out) = 4.000000e+00\n"},
    {"op;print out IN V(Out) i(V1) v1#branch",
     "[1]\nout = 4.000000e+00\nin = 6.000000e+00\nv(out) = 4.000000e+00\ni(v1) = -2.00000e-03\n"
     "v1#branch = -2.00000e-03\n"},
    {"op;print all", "[1]\nin = 6.000000e+00\nout = 4.000000e+00\nv1#branch = -2.00000e-03\n"
                     "v2#branch = -5.00000e-04\nx = 1.000000e+00\n"},
    {"op;print allv", "[1]\nin = 6.000000e+00\nout = 4.000000e+00\nx = 1.000000e+00\n"},
    {"op;print line v(out) v(in)", "[1]\nv(out) = 4.000000e+00\nv(in) = 6.000000e+00\n"},
    {"op;print col v(out) v(in)",
     "[1]\n" INDENT "script\n" INDENT "Operating Point  DATE\n" RULE "Index   v(out)          v(in)           \n" RULE
     "0\t4.000000e+00\t6.000000e+00\t\n"},
    {"op;print @r1[i] @r1[p] @r1[resistance] @v1[dc] @i1[dc]",
     "[1]\n@r1[i] = 2.000000e-03\n@r1[p] = 4.000000e-03\n@r1[resistance] = 1.000000e+03\n"
     "@v1[dc] = 6.000000e+00\n@i1[dc] = 0.000000e+00\n"},
    {"op;let x = v(out)*2;let y = x+1;print y x x+y", "[1]\ny = 9.000000e+00\nx = 8.000000e+00\nx+y = 1.700000e+01\n"},
    {"print pi e c boltz echarge kelvin yes no",
     "pi = 3.141593e+00\ne = 2.718282e+00\nc = 2.997925e+08\nboltz = 1.380649e-23\n"
     "echarge = 1.602177e-19\nkelvin = -2.73150e+02\nyes = 1.000000e+00\nno = 0.000000e+00\n"},
    {"echo hello \"two words\" 'three  blanks' end", "hello two words three  blanks end\n"},
    {"echo", "\n"},
    {"echo \"a > b\" ; comment", "a > b\n"},
    {"echo a $ comment", "a\n"},
    {"set l = ( a b c );echo $l $l[2] $#l", "a b c b 3\n"},
    {"set n = 5;let y = $n*2;print y", "y = 1.000000e+01\n"},
    {"op;echo v is $&v(out) and $&out", "[1]\nv is 4 and 4\n"},
    {"op;let k = 3;echo $&k", "[1]\n3\n"},
    {"op;echo $curplot", "[1]\nop1\n"},
    {"strcmp r a b;echo $r", "-1\n"},
    {"strcmp r b b;echo $r", "0\n"},
    {"foreach n 1 2 3;echo n $n;end", "n 1\nn 2\nn 3\n"},
    {"set l = ( a b );foreach n $l c;echo n $n;end", "n a\nn b\nn c\n"},
    {"repeat 3;echo r;end", "r\nr\nr\n"},
    {"let k = 0;while k < 3;let k = k+1;echo k $&k;end", "k 1\nk 2\nk 3\n"},
    {"let k = 5;dowhile k < 3;let k = k+1;echo k $&k;end", "k 6\n"},
    {"let k = 0;while 1;let k = k+1;if k > 4;break;end;if k = 2;continue;end;echo k $&k;end", "k 1\nk 3\nk 4\n"},
    {"if 1;echo yes;else;echo no;end", "yes\n"},
    {"if 0;echo yes;else;echo no;end", "no\n"},
    {"if 1 > 2;echo yes;end;echo after", "after\n"},
    {"op;if v(out) > 3 & v(out) < 5;echo between;end", "[1]\nbetween\n"},
    {"dc v1 0 2 1;print v(out)", "[3]\n" INDENT "script\n" INDENT "DC transfer characteristic  DATE\n" RULE
                                 "Index   v-sweep         v(out)          \n" RULE
                                 "0\t0.000000e+00\t0.000000e+00\t\n1\t1.000000e+00\t6.666667e-01\t\n"
                                 "2\t2.000000e+00\t1.333333e+00\t\n"},
    {"dc v1 0 2 1;print v(out) i(v1) v(in)*2 v(in,out) in",
     "[3]\n" INDENT "script\n" INDENT "DC transfer characteristic  DATE\n" RULE
     "Index   v-sweep         v(out)          i(v1)           v(in)*2         \n" RULE
     "0\t0.000000e+00\t0.000000e+00\t0.000000e+00\t0.000000e+00\t\n"
     "1\t1.000000e+00\t6.666667e-01\t-3.33333e-04\t2.000000e+00\t\n"
     "2\t2.000000e+00\t1.333333e+00\t-6.66667e-04\t4.000000e+00\t\n\f\n" INDENT "script\n" INDENT
     "DC transfer characteristic  DATE\n" RULE "Index   v-sweep         v(in,out)       in              \n" RULE
     "0\t0.000000e+00\t0.000000e+00\t0.000000e+00\t\n1\t1.000000e+00\t3.333333e-01\t1.000000e+00\t\n"
     "2\t2.000000e+00\t6.666667e-01\t2.000000e+00\t\n"},
    {"dc v1 0 2 1;print line v(out)", "[3]\nv(out) = (  0.000000e+00\t6.666667e-01\t1.333333e+00\t)\n"},
    {"dc v1 0 9 1;print line v(out) v(in)*2",
     "[10]\nv(out) = (  0.000000e+00\t6.666667e-01\t1.333333e+00\t2.000000e+00\t2.666667e+00\n"
     "\t3.333333e+00\t4.000000e+00\t4.666667e+00\t5.333333e+00\t6.000000e+00\n\t)\n"
     "v(in)*2 = (  0.000000e+00\t2.000000e+00\t4.000000e+00\t6.000000e+00\t8.000000e+00\n"
     "\t1.000000e+01\t1.200000e+01\t1.400000e+01\t1.600000e+01\t1.800000e+01\n\t)\n"},
    {"dc v1 0 2 1;print length(v(out)) mean(v(out)) maximum(v(out)) minimum(v(out)) vecmax(i(v1)) vecmin(i(v1))",
     "[3]\nlength(v(out)) = 3.000000e+00\nmean(v(out)) = 6.666667e-01\n"
     "maximum(v(out)) = 1.333333e+00\nminimum(v(out)) = 0.000000e+00\nvecmax(i(v1)) = 0.000000e+00\n"
     "vecmin(i(v1)) = -6.66667e-04\n"},
    {"dc v1 0 2 1;let a = vector(4);let b = 7;print a b;print a[2] v(out)[1] unitvec(2)",
     "[3]\n" INDENT "script\n" INDENT "DC transfer characteristic  DATE\n" RULE
     "Index   v-sweep         a               b               \n" RULE
     "0\t0.000000e+00\t0.000000e+00\t7.000000e+00\t\n1\t1.000000e+00\t1.000000e+00\t\t\t\n"
     "2\t2.000000e+00\t2.000000e+00\t\t\t\n3\t\t\t3.000000e+00\t\t\t\n" INDENT "script\n" INDENT
     "DC transfer characteristic  DATE\n" RULE
     "Index   v-sweep         a[2]            v(out)[1]       unitvec(2)      \n" RULE
     "0\t0.000000e+00\t2.000000e+00\t6.666667e-01\t1.000000e+00\t\n"
     "1\t1.000000e+00\t\t\t\t\t1.000000e+00\t\n2\t2.000000e+00\t\t\t\t\t\t\t\n"},
    {"dc v1 0 2 1;let a = v(out);let a[1] = 9;print a;echo $&a",
     "[3]\n" INDENT "script\n" INDENT "DC transfer characteristic  DATE\n" RULE
     "Index   v-sweep         a               \n" RULE
     "0\t0.000000e+00\t0.000000e+00\t\n1\t1.000000e+00\t9.000000e+00\t\n"
     "2\t2.000000e+00\t1.333333e+00\t\n0 9 1.33333\n"},
    {"dc v1 0 1 1 v2 1 2 1;print v(in) v(x)",
     "[4]\n" INDENT "script\n" INDENT "DC transfer characteristic  DATE\n" RULE
     "Index   v-sweep         v(in)           v(x)            \n" RULE
     "0\t0.000000e+00\t0.000000e+00\t1.000000e+00\t\n1\t1.000000e+00\t1.000000e+00\t1.000000e+00\t\n"
     "2\t0.000000e+00\t0.000000e+00\t2.000000e+00\t\n3\t1.000000e+00\t1.000000e+00\t2.000000e+00\t\n"},
    {"op;dc v1 0 1 1;setplot op1;print v(out);setplot dc1;print v(out)",
     "[1]\n[2]\nv(out) = 4.000000e+00\n" INDENT "script\n" INDENT "DC transfer characteristic  DATE\n" RULE
     "Index   v-sweep         v(out)          \n" RULE
     "0\t0.000000e+00\t0.000000e+00\t\n1\t1.000000e+00\t6.666667e-01\t\n"},
    {"op;dc v1 0 1 1;setplot;destroy dc1;setplot",
     "[1]\n[2]\nList of plots available:\n\nCurrent dc1\tscript (DC transfer characteristic)\n"
     "\top1\tscript (Operating Point)\n\tconst\tConstant values (constants)\n"
     "List of plots available:\n\nCurrent op1\tscript (Operating Point)\n"
     "\tconst\tConstant values (constants)\n"},
    {"op;display",
     "[1]\nHere are the vectors currently active:\n\nTitle: script\nName: op1 (Operating Point)\n"
     "Date: DATE\n\n    in                  : voltage, real, 1 long [default scale]\n"
     "    out                 : voltage, real, 1 long\n"
     "    v1#branch           : current, real, 1 long\n"
     "    v2#branch           : current, real, 1 long\n    x                   : voltage, real, 1 long\n"},
    {"dc v1 0 1 1;let q = 3;display",
     "[2]\nHere are the vectors currently active:\n\nTitle: script\n"
     "Name: dc1 (DC transfer characteristic)\nDate: DATE\n\n"
     "    in                  : voltage, real, 2 long\n"
     "    out                 : voltage, real, 2 long\n"
     "    q                   : notype, real, 1 long\n"
     "    v-sweep             : voltage, real, 2 long [default scale]\n"
     "    v1#branch           : current, real, 2 long\n"
     "    v2#branch           : current, real, 2 long\n    x                   : voltage, real, 2 long\n"},
    {"alter v1 = 3;op;print v(out);alter v1 dc = 9;op;print v(out);alter @v1[dc] = 12;op;print v(out)",
     "[1]\nv(out) = 2.000000e+00\n[1]\nv(out) = 6.000000e+00\n[1]\nv(out) = 8.000000e+00\n"},
    {"alter r1 = 2k;op;print v(out);alter r1 resistance = 4k;op;print v(out);alter @r2[resistance] = 4k;op;"
     "print v(out)",
     "[1]\nv(out) = 3.000000e+00\n[1]\nv(out) = 2.000000e+00\n[1]\nv(out) = 3.000000e+00\n"},
    {"alter i1 = 3m;op;print v(out);reset;op;print v(out)",
     "[1]\nv(out) = 6.000000e+00\nReset re-loads circuit script\n\nCircuit: script\n\n[1]\n"
     "v(out) = 4.000000e+00\n"},
    {"alterparam p = 4k;op;print i(v2);reset;op;print i(v2)",
     "[1]\ni(v2) = -5.00000e-04\nReset re-loads circuit script\n\nCircuit: script\n\n[1]\n"
     "i(v2) = -2.50000e-04\n"},
    {"set x=1;unset x;echo $?x", "0\n"},
    {"op;let a=5;unlet a;let b = 6;print b", "[1]\nb = 6.000000e+00\n"},
    {"dc v1 0 9 3;meas dc m find v(out) at=4;meas dc n max v(out);meas dc o min v(out);print m n o",
     "[4]\nm                   =  2.666667e+00\n"
     "n                   =  6.000000e+00 at=  9.000000e+00\n"
     "o                   =  0.000000e+00 at=  0.000000e+00\nm = 2.666667e+00\nn = 6.000000e+00\n"
     "o = 0.000000e+00\n"},
    {"dc v1 0 9 1;meas dc m when v(out)=3;meas dc n find i(v1) when v(out)=3;meas dc o when v(out)=v(x)",
     "[10]\nm                   =  4.500000e+00\nn                   =  -1.500000e-03\n"
     "o                   =  1.500000e+00\n"},
    {"op;print v(out) > f;echo done", "[1]\ndone\n"},
};

/* ngspice keeps blanks in names, takes `>` of `let` for a file, has no ${name}, writes windows without ends as 1e99,
 * and the vectors of a transfer function in another order. */
static const struct {
    const char *commands, *printed;
} otherwise[] = {
    {"op;print v(in)-v(out) v(in,out) 2*v(out)^2 -v(out) v(out)/v(in)",
     "[1]\nv(in)-v(out) = 2.000000e+00\nv(in,out) = 2.000000e+00\n2*v(out)^2-v(out) = 2.800000e+01\n"
     "v(out)/v(in) = 6.666667e-01\n"},
    {"op;print 1e-20 123456789 -0.1 1meg 3",
     "[1]\n1e-20 = 1.000000e-20\n123456789-0.1 = 1.234568e+08\n1meg = 1.000000e+06\n3 = 3.000000e+00\n"},
    {"op;let x=v(in)>5;let y = v(in)<5;print x y x&y x|y",
     "[1]\nx = 1.000000e+00\ny = 0.000000e+00\nx&y = 0.000000e+00\nx|y = 1.000000e+00\n"},
    {"set n = bob;echo $n ${n}by $?n $?m",
     "bob bobby 1 0\n"},
    {"dc v1 0 9 3;meas dc m avg v(out);meas dc n rms v(out);meas dc o integ v(out);meas dc p pp v(out)",
     "[4]\nm                   =  3.000000e+00 from=  0.000000e+00 to=  9.000000e+00\n"
     "n                   =  3.464102e+00 from=  0.000000e+00 to=  9.000000e+00\n"
     "o                   =  2.700000e+01 from=  0.000000e+00 to=  9.000000e+00\n"
     "p                   =  6.000000e+00 from=  0.000000e+00 to=  9.000000e+00\n"},
    {"tf v(out) v1;print all",
     "[1]\noutput_impedance_at_v(out) = 6.666667e+02\ntransfer_function = 6.666667e-01\n"
     "v1#input_impedance = 3.000000e+03\n"},
};

static char folder[64];

static void enter_folder(void)
{
    strcpy(folder, "/tmp/opspice-script-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
}

/* The entries of the working directory; with `remove` they are gone then. */
static int entries(bool remove_them)
{
    DIR *open = opendir(".");
    int count = 0;
    for (struct dirent *entry; (entry = readdir(open));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        count++;
        if (remove_them)
            ck_assert_int_eq(unlink(entry->d_name), 0);
    }
    closedir(open);
    return count;
}

static void leave_folder(void)
{
    entries(true);
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(rmdir(folder), 0);
}

static void check_printed(const char *commands, const char *expected)
{
    opspice *deck = scripted(commands, OPSPICE_OK);
    char *printed = run(deck, OPSPICE_OK);
    ck_assert_msg(strcmp(printed, expected) == 0, "%s prints\n%s, not\n%s", commands, printed, expected);
    ck_assert_uint_eq(opspice_diagnostic_count(deck), 0);
    free(printed);
    opspice_free(deck);
}

START_TEST(prints_as_ngspice)
{
    enter_folder();
    check_printed(as_ngspice[_i].commands, as_ngspice[_i].printed);
    leave_folder();
}
END_TEST

START_TEST(prints_otherwise)
{
    check_printed(otherwise[_i].commands, otherwise[_i].printed);
}
END_TEST

/* Tables go on pages of 60 lines, the columns that do not fit on others behind them. */
START_TEST(pages)
{
    opspice *deck = scripted("dc v1 0 70 1;print v(in) v(out) v(x) in out", OPSPICE_OK);
    char *printed = run(deck, OPSPICE_OK), *page = printed;
    static const char *const heads[] = {
        "\n" INDENT "script\n" INDENT "DC transfer characteristic  DATE\n" RULE
        "Index   v-sweep         v(in)           v(out)          v(x)            \n" RULE "0\t",
        "\f\nIndex   v-sweep         v(in)           v(out)          v(x)            \n" RULE "55\t",
        "\f\n" INDENT "script\n" INDENT "DC transfer characteristic  DATE\n" RULE
        "Index   v-sweep         in              out             \n" RULE "0\t",
        "\f\nIndex   v-sweep         in              out             \n" RULE "55\t"};
    for (size_t h = 0; h < sizeof heads / sizeof *heads; h++) {
        page = strstr(page, heads[h]);
        ck_assert_msg(page != NULL, "page %zu is missing of\n%s", h, printed);
    }
    free(printed);
    opspice_free(deck);
}
END_TEST

/* Without a stream what is printed comes first in the listing. */
START_TEST(printed_in_the_listing)
{
    opspice *deck = scripted("op;print v(out);quit 7", OPSPICE_OK);
    char path[] = "opspice-script-XXXXXX", text[1000] = "";
    close(mkstemp(path));
    ck_assert_int_eq(opspice_run(deck, NULL), OPSPICE_OK);
    ck_assert_int_eq(opspice_exit_code(deck), 7);
    ck_assert_int_eq(opspice_write(deck, OPSPICE_LISTING, path), OPSPICE_OK);
    FILE *file = fopen(path, "r");
    ck_assert_uint_gt(fread(text, 1, sizeof text - 1, file), 0);
    fclose(file);
    unlink(path);
    ck_assert_str_eq(
        text, "Circuit: script\n\nDoing analysis at TEMP = 27.000000 and TNOM = 27.000000\n\n\nNo. of Data Rows : 1\n"
              "v(out) = 4.000000e+00\n");
    opspice_free(deck);
}
END_TEST

/* ---- quit ---- */

static const struct {
    const char *commands;
    int code;
} quits[] = {{"quit", 0}, {"quit 3", 3}, {"exit 255", 255}, {"op;quit v(out)", 4}, {"if 1;quit 2;end;quit 5", 2},
             {"foreach n 1 2;quit $n;end", 1}, {"echo nothing", 0}};

START_TEST(quit_codes)
{
    opspice *deck = scripted(quits[_i].commands, OPSPICE_OK);
    free(run(deck, OPSPICE_OK));
    ck_assert_int_eq(opspice_exit_code(deck), quits[_i].code);
    opspice_free(deck);
}
END_TEST

/* ---- changes, against decks that say so themselves ---- */

static const struct {
    const char *commands, *from, *to; /* in the circuit */
} changes[] = {
    {"alter v1 = 3", "v1 in 0 6", "v1 in 0 3"},
    {"alter @v1[dc]=v(in)*2", "v1 in 0 6", "v1 in 0 12"},
    {"alter i1 -2m", "i1 0 out 0", "i1 0 out -2m"},
    {"alter r1 = 3k;alter r1 = 2k", "r1 in out 1k", "r1 in out 2k"},
    {"alter @R2[Resistance] = 500", "r2 out 0 2k", "r2 out 0 500"},
    {"alter r2 = 0", "r2 out 0 2k", "r2 out 0 0"},
    {"altermod dm vfwd = 2", "vfwd=0.7", "vfwd=2"},
    {"altermod @dm[ron] = 50", "ron=1 ", "ron=50 "},
    {"altermod dm roff=1k;alter v1 = 3;altermod dm vfwd=1", "vfwd=0.7)\nv1 in 0 6", "vfwd=1 roff=1k)\nv1 in 0 3"},
    {"alterparam p = 5k;reset", ".param p=2k", ".param p=5k"},
    {"alter r1 = 7;altermod dm vfwd=3;alter v1 1;reset", "", ""},
};

static char *changed_deck(const char *from, const char *to, const char *script)
{
    static const char circuit[] = "r9 out d 100\nd1 d 0 dm\n.model dm d(ron=1 vfwd=0.7)\n" CIRCUIT;
    const char *at = strstr(circuit, from);
    char *text = malloc(4000);
    ck_assert_ptr_nonnull(at);
    snprintf(text, 4000, "t\n%.*s%s%s%s.end\n", (int)(at - circuit), circuit, to, at + strlen(from), script);
    return text;
}

START_TEST(changes_are_those_of_the_deck)
{
    char script[500];
    snprintf(script, sizeof script, ".control\nop\n%s\nop\n.endc\n", changes[_i].commands);
    for (char *at = script; (at = strchr(at, ';'));)
        *at = '\n';
    char *text = changed_deck("", "", script), *other = changed_deck(changes[_i].from, changes[_i].to, "");
    opspice *deck = deck_load(text, OPSPICE_OK), *expected = deck_solved(other);
    ck_assert_msg(opspice_run(deck, NULL) == OPSPICE_OK, "%s: %s", changes[_i].commands, deck_diagnostics(deck));
    for (size_t n = 0; n < opspice_node_count(deck); n++)
        ck_assert_msg(near(opspice_node_voltages(deck)[n], deck_voltage(expected, opspice_node_name(deck, n)), 1),
                      "%s: %s = %g", changes[_i].commands, opspice_node_name(deck, n), opspice_node_voltages(deck)[n]);
    opspice_free(deck);
    opspice_free(expected);
    free(text);
    free(other);
}
END_TEST

/* ---- files ---- */

#define RAW_HEAD(plot, variables, points) \
    "Title: script\nDate: DATE\nCommand: ngspice-compatible opspice-" OPSPICE_VERSION "\nPlotname: " plot \
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
};

static char *content_of(const char *path)
{
    char *text = calloc(1, 10000);
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "there is no %s", path);
    ck_assert_uint_lt(fread(text, 1, 9999, file), 9999);
    fclose(file);
    char *same = normal(text);
    free(text);
    return same;
}

START_TEST(files_of_commands)
{
    enter_folder();
    opspice *deck = scripted(files[_i].commands, OPSPICE_OK);
    free(run(deck, OPSPICE_OK));
    char *content = content_of(files[_i].file);
    ck_assert_msg(strcmp(content, files[_i].content) == 0, "%s makes\n%s, not\n%s", files[_i].commands, content,
                  files[_i].content);
    free(content);
    opspice_free(deck);
    leave_folder();
}
END_TEST

START_TEST(binary_file)
{
    enter_folder();
    opspice *deck = scripted("dc v1 0 2 1;write f v(out)", OPSPICE_OK);
    char *printed = run(deck, OPSPICE_OK), bytes[1000];
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
    leave_folder();
}
END_TEST

/* ---- what is wrong ---- */

static const struct {
    const char *commands;
    size_t line, column; /* of the block, from 1 */
    const char *message;
} wrong[] = {
    {"dc v1 0 5[x]^ e", 1, 10, "this has no meaning in an expression"},
    {"shell rm f", 1, 1, "opspice never runs a program: `shell` is refused"},
    {"op;!ls", 2, 1, "opspice never runs a program: `!` is refused"},
    {"echo `ls`", 1, 1, "opspice never runs a program: backquotes are refused"},
    {"op;print v(out) > ../f", 2, 7, "../f: a script writes files in the working directory, and below it, only"},
    {"op;print v(out) >> /tmp/f", 2, 7, "/tmp/f: a script writes files in the working directory, and below it, only"},
    {"op;write ../f", 2, 7, "../f: a script writes files in the working directory, and below it, only"},
    {"op;write sub/f", 2, 7, "sub/f: a script writes files in the working directory, and below it, only"},
    {"op;wrdata /dev/full v(out)", 2, 8,
     "/dev/full: a script writes files in the working directory, and below it, only"},
    {"op;write ..", 2, 7, "..: a script writes files in the working directory, and below it, only"},
    {"set f=../f;echo a > $f", 2, 1, "../f: a script writes files in the working directory, and below it, only"},
    {"op;print v(out) >", 2, 7, "the name of a file is missing after `>`"},
    {"source f", 1, 1, "source is not supported in scripts"},
    {"tran 1n 1u", 1, 1, "tran is not supported in scripts"},
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
    {"op;let x[9] = 3", 2, 5, "there is no such element of a vector: x"},
    {"let 3 = 4", 1, 5, "let cannot name a vector 3"},
    {"let x", 1, 5, "let needs name = expression"},
    {"dc v1 0 1 1;print @r1[i]", 2, 7, "@r1[i] was not saved in this plot: `save` it before the analysis"},
    {"dc v1 0 1", 1, 1, "dc has no step"},
    {"dc v9 0 1 1", 1, 4, "there is no source, resistor or parameter v9 to sweep; did you mean v1?"},
    {"dc v1 0 1 -1", 1, 11, "a step of -1 does not lead from 0 to 1"},
    {"save v(nix)", 1, 8, "there is no node nix"},
    {"op;meas dc m max v(out)", 2, 6, "there is nothing to measure: the current plot is no sweep"},
    {"dc v1 0 1 1;meas dc m foo v(out)", 2, 11, "meas: expected a find"},
    {"dc v1 0 1 1;meas dc m find v(out)", 2, 1, "meas has no place: at=, or when"},
    {"echo $nothing", 1, 7, "there is no variable nothing"},
    {"op;echo $&v(nix)", 2, 1, "there is no node nix"},
    {"if 1;echo a", 1, 1, "this block has no `end`"},
    {"echo a;end", 2, 1, "`end` ends no block"},
    {"else", 1, 1, "`else` without `if`"},
    {"if 1;else if 2;end", 2, 1, "`else` stands alone"},
    {"if 1;break;end", 2, 1, "this is in no loop"},
    {"foreach;end", 1, 1, "foreach needs a name and values"},
    {"while;end", 1, 6, "an expression is missing"},
    {"repeat zz;end", 1, 8, "there is no node or vector zz"},
    {"if v(out) >;end", 1, 11, "an operand is missing behind `>`"},
    {"alter r9 = 3", 1, 7, "there is no element r9; did you mean r1?"},
    {"alter r1 = -5", 1, 7, "a negative resistance (-5 ohm) has no convex program"},
    {"alter v1 foo = 3", 1, 7, "v1 has no parameter foo that can be altered here"},
    {"alter r1", 1, 7, "expected name = value"},
    {"altermod nix is = 3", 1, 10, "there is no model nix"},
    {"alterparam nope = 3", 1, 12, "there is no parameter nope at the top level"},
    {"setplot dc9", 1, 9, "there is no plot dc9"},
    {"destroy op7", 1, 9, "there is no plot op7"},
    {"show q9", 1, 6, "there is no element q9"},
    {"quit 999", 1, 6, "the exit code must be between 0 and 255"},
    {"set = 5", 1, 5, "set needs a name before the `=`"},
    {"strcmp a b", 1, 8, "strcmp needs a name and two words"},
};

/* The first error ends the script, and leaves no file. */
START_TEST(wrong_scripts)
{
    enter_folder();
    char commands[500];
    opspice_diagnostic found;
    snprintf(commands, sizeof commands, "%s;echo went on", wrong[_i].commands);
    opspice *deck = scripted(commands, OPSPICE_OK);
    char *printed = run(deck, OPSPICE_NETLIST);
    ck_assert_ptr_null(strstr(printed, "went on"));
    ck_assert_uint_eq(opspice_diagnostic_count(deck), 1);
    ck_assert_int_eq(opspice_get_diagnostic(deck, 0, &found), OPSPICE_OK);
    ck_assert_msg(strncmp(found.message, wrong[_i].message, strlen(wrong[_i].message)) == 0 &&
                      found.line == wrong[_i].line + 9 && found.column == wrong[_i].column,
                  "%s: %zu:%zu %s", commands, found.line - 9, found.column, found.message);
    free(printed);
    opspice_free(deck);
    leave_folder();
}
END_TEST

/* A place in a line that was continued or has variables is that of the line. */
START_TEST(places_of_changed_lines)
{
    static const char *const commands[] = {"set n=nix;op;print v($n)", "op;print v(out);+ v(nix)"};
    static const size_t line[] = {12, 11};
    for (int c = 0; c < 2; c++) {
        opspice *deck = scripted(commands[c], OPSPICE_OK);
        opspice_diagnostic found;
        free(run(deck, OPSPICE_NETLIST));
        ck_assert_int_eq(opspice_get_diagnostic(deck, 0, &found), OPSPICE_OK);
        ck_assert_str_eq(found.message, "there is no node nix");
        ck_assert_uint_eq(found.line, line[c]);
        ck_assert_uint_eq(found.column, 1);
        free(opspice_diagnostic_text(deck, 0));
        opspice_free(deck);
    }
}
END_TEST

/* A folder in the place of a file, and a file that cannot be made. */
START_TEST(files_that_fail)
{
    enter_folder();
    ck_assert_int_eq(mkdir("f", 0777), 0);
    opspice *deck = scripted("op;print v(out) > f", OPSPICE_OK);
    free(run(deck, OPSPICE_SYSTEM));
    ck_assert_int_ge(deck_message(deck, OPSPICE_ERROR, "cannot write f: "), 0);
    opspice_free(deck);
    ck_assert_int_eq(rmdir("f"), 0);
    leave_folder();
}
END_TEST

/* An interrupt ends loops that would not end. */
START_TEST(interrupted_loops)
{
    static const char *const commands[] = {"while 1;end", "repeat;end", "repeat;let k = 1;end", "dowhile 1;echo a;end"};
    for (size_t c = 0; c < sizeof commands / sizeof *commands; c++) {
        opspice *deck = scripted(commands[c], OPSPICE_OK);
        opspice_interrupt(deck);
        free(run(deck, OPSPICE_NO_OPERATING_POINT));
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
    "run;asciiplot v(out);strcmp r a b;unset l;unlet m;destroy op1;destroy all;quit 3";

START_TEST(scripts_without_memory)
{
    enter_folder();
    for (long n = 0, failed = 1; failed; n++) {
        opspice *deck = scripted(everything, OPSPICE_OK);
        FILE *null = fopen("/dev/null", "w");
        fail_alloc_after(n);
        int status = opspice_run(deck, null);
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
        entries(true);
    }
    leave_folder();
}
END_TEST

Suite *suite_script(void)
{
    Suite *suite = suite_create("script");
    TCase *printed = tcase_create("printed"), *made = tcase_create("made"), *refused = tcase_create("refused");
    tcase_add_loop_test(printed, prints_as_ngspice, 0, sizeof as_ngspice / sizeof *as_ngspice);
    tcase_add_loop_test(printed, prints_otherwise, 0, sizeof otherwise / sizeof *otherwise);
    tcase_add_test(printed, pages);
    tcase_add_test(printed, printed_in_the_listing);
    tcase_add_loop_test(printed, quit_codes, 0, sizeof quits / sizeof *quits);
    tcase_add_loop_test(made, changes_are_those_of_the_deck, 0, sizeof changes / sizeof *changes);
    tcase_add_loop_test(made, files_of_commands, 0, sizeof files / sizeof *files);
    tcase_add_test(made, binary_file);
    tcase_add_loop_test(refused, wrong_scripts, 0, sizeof wrong / sizeof *wrong);
    tcase_add_test(refused, places_of_changed_lines);
    tcase_add_test(refused, files_that_fail);
    tcase_add_test(refused, interrupted_loops);
    tcase_add_test(refused, scripts_without_memory);
    suite_add_tcase(suite, printed);
    suite_add_tcase(suite, made);
    suite_add_tcase(suite, refused);
    return suite;
}
