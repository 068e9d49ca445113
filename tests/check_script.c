/* Scripts: what commands print, as ngspice 39.3 prints it, and what they change. */
#include "scripts.h"
#include "suites.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- what is printed ---- */

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
    {"op;print allv alli all v(out)",
     "[1]\nin = 6.000000e+00\nout = 4.000000e+00\nx = 1.000000e+00\nv1#branch = -2.00000e-03\n"
     "v2#branch = -5.00000e-04\nin = 6.000000e+00\nout = 4.000000e+00\nv1#branch = -2.00000e-03\n"
     "v2#branch = -5.00000e-04\nx = 1.000000e+00\nv(out) = 4.000000e+00\n"},
    {"op;print line v(out) v(in)", "[1]\nv(out) = 4.000000e+00\nv(in) = 6.000000e+00\n"},
    {"op;print col v(out) v(in)",
     "[1]\n" INDENT "script\n" INDENT "Operating Point  DATE\n" RULE "Index   v(out)          v(in)           \n" RULE
     "0\t4.000000e+00\t6.000000e+00\t\n"},
    {"op;print in - out in -out out *2, -out",
     "[1]\nin - out = 2.000000e+00\nin -out = 2.000000e+00\nout *2 -out = 4.000000e+00\n"},
    {"op;print in + x out", "[1]\nin + x = 7.000000e+00\nout = 4.000000e+00\n"},
    {"op;print out <= 5 in != 6 in", "[1]\nout <= 5 = 1.000000e+00\nin != 6 = 0.000000e+00\nin = 6.000000e+00\n"},
    {"op;print in gt 5 and out lt 5, not x",
     "[1]\nin gt 5 and out lt 5 = 1.000000e+00\nnot x = 0.000000e+00\n"},
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
    {"set l = ( a b c );set k = 7;echo $l[0] $l[0-1] $l[3-2] $l[2-9] $l[x] $k[0] $k[2] end", "a a b c b b c a 7 end\n"},
    {"set l = ( a \"b c\" 1k );echo $l;echo $#l $l[2];foreach n $l;echo n $n;end",
     "a b c 1000\n3 b c\nn a\nn b c\nn 1000\n"},
    {"op;settype current v(out);setscale i(v1);setscale;let out[0] = 7;print v(out)",
     "[1]\nv1#branch\nv(out) = 7.000000e+00\n"},
    {"set n = 5;let y = $n*2;print y", "y = 1.000000e+01\n"},
    {"op;echo v is $&v(out) and $&out", "[1]\nv is 4 and 4\n"},
    {"op;let k = 3;let m = 1e-9;let n = 1e12;echo $&k $&m $&n", "[1]\n3 1E-09 1E+12\n"},
    {"setplot new;let x = 5;print all;print all x", "all = 5.000000e+00\nall = 5.000000e+00\nx = 5.000000e+00\n"},
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
    {"set n=1k k=0.5 l=-3m m=1.23456789 n2=100000000 p=2meg q=1u s=\"1k\" t=( 1k 3 x );"
     "echo $n $k $l $m $n2 $p $q $s $t $t[2-3] $#t",
     "1000 0.5 -0.003 1.23457 100000000 2000000 1E-06 1k 1000 3 x 3 x 3\n"},
    {"op;op;dc v1 0 1 1;op;echo $plots now $curplot $curplotname $curplottitle",
     "[1]\n[1]\n[2]\n[1]\nconst op1 op2 dc2 op3 now op3 Operating Point script\n"},
    {"op;op;destroy op1;op;destroy all;op;echo $plots", "[1]\n[1]\n[1]\n[1]\nconst op1\n"},
    {"let a=1;op;let a=a+1;print a const.a;let b=a;op;print a",
     "[1]\na = 2.000000e+00\nconst.a = 2.000000e+00\n[1]\na = 2.000000e+00\n"},
    {"op;let in = 3;let x2 = in*2;print in v(in) x2",
     "[1]\nin = 3.000000e+00\nv(in) = 3.000000e+00\nx2 = 6.000000e+00\n"},
    {"op;dc v1 0 1 1;let op1.q = 7;print op1.q op1.out", "[1]\n[2]\nop1.q = 7.000000e+00\nop1.out = 4.000000e+00\n"},
    {"op;print @r1[tc1] @r1[m] @r1[resistance]",
     "[1]\n@r1[tc1] = 0.000000e+00\n@r1[m] = 1.000000e+00\n@r1[resistance] = 1.000000e+03\n"},
    {"op;set numdgt=3;print out;set numdgt=10;print out", "[1]\nout = 4.000e+00\nout = 4.0000000000e+00\n"},
    {"define pw(x) v(x)*2;define g(x,y) x+y*2;op;print pw(in) g(1,2) vdb(in)",
     "[1]\npw(in) = 1.200000e+01\ng(1,2) = 5.000000e+00\nvdb(in) = 1.556303e+01\n"},
    {"repeat 2;echo a;goto done;echo never;label done;echo b;end", "a\nb\na\nb\n"},
    {"alias hi echo hello;hi bob", "hello bob\n"},
    {"setplot new;let a=vector(3);let b=a*2;display",
     "Here are the vectors currently active:\n\nTitle: Anonymous\nName: unknown1 (unknown)\nDate: DATE\n\n"
     "    a                   : notype, real, 3 long [default scale]\n"
     "    b                   : notype, real, 3 long\n"},
    {"dc v1 0 2 1;setscale out;setscale;cross c 1 in out;echo $&c", "[3]\nout\n1 0.666667\n"},
    {"set units=degrees;print sin(90) cos(180) atan(1) ph(-1)",
     "sin(90) = 1.000000e+00\ncos(180) = -1.00000e+00\natan(1) = 4.500000e+01\nph(-1) = 0.000000e+00\n"},
    {"op;remcirc;print out;setplot",
     "[1]\nout = 4.000000e+00\nList of plots available:\n\nCurrent op1\tscript (Operating Point)\n"
     "\tconst\tConstant values (constants)\n"},
    {"set curplot=new;set curplotname=\"my plot\" curplottitle=\"my title\";setplot",
     "List of plots available:\n\nCurrent unknown1\tmy title (my plot)\n\tconst\tConstant values (constants)\n"},
};

/* ngspice keeps blanks in names, takes `>` of `let` for a file, has no ${name}, writes windows without ends as 1e99,
 * and the vectors of a transfer function in another order. */
static const struct {
    const char *commands, *printed;
} otherwise[] = {
    {"op;print v(in)-v(out) v(in,out) 2*v(out)^2 -v(out) v(out)/v(in)",
     "[1]\nv(in)-v(out) = 2.000000e+00\nv(in,out) = 2.000000e+00\n2*v(out)^2 -v(out) = 2.800000e+01\n"
     "v(out)/v(in) = 6.666667e-01\n"},
    {"op;print 1e-20 123456789 -0.1 1meg 3",
     "[1]\n1e-20 = 1.000000e-20\n123456789 -0.1 = 1.234568e+08\n1meg = 1.000000e+06\n3 = 3.000000e+00\n"},
    {"op;let x=(v(in)>5);let y = v(in) lt 5;print x y x&y x|y",
     "[1]\nx = 1.000000e+00\ny = 0.000000e+00\nx&y = 0.000000e+00\nx|y = 1.000000e+00\n"},
    {"set n = bob;echo $n ${n}by $?n $?m",
     "bob bobby 1 0\n"},
    {"dc v1 0 9 3;meas dc m avg v(out);meas dc n rms v(out);meas dc o integ v(out);meas dc p pp v(out)",
     "[4]\nm                   =  3.000000e+00 from=  0.000000e+00 to=  9.000000e+00\n"
     "n                   =  3.46410e+00 from=  0.00000e+00 to=  9.00000e+00\n"
     "o                   =  2.70000e+01 from=  0.00000e+00 to=  9.00000e+00\n"
     "p                   =  6.000000e+00 from=  0.000000e+00 to=  9.000000e+00\n"},
    {"tf v(out) v1;print all",
     "[1]\ntransfer_function = 6.666667e-01\noutput_impedance_at_v(out) = 6.666667e+02\n"
     "v1#input_impedance = 3.000000e+03\n"},
};

/* How many lines are heads of tables, and form feeds, of 100 points: of each width and height as of ngspice 39.3. */
static const struct {
    const char *commands;
    size_t heads, feeds;
} paged[] = {
    {"dc v1 1 100 1;print in out x v(in) v(out)", 4, 3},
    {"set nobreak;dc v1 1 100 1;print in out x v(in) v(out)", 2, 1},
    {"set height=3;dc v1 1 100 1;print in", 6, 5},
    {"set height=30;dc v1 1 100 1;print in", 4, 3},
    {"set width=120;dc v1 1 100 1;print in out x v(in) v(out)", 2, 1},
    {"set width=40 height=200;dc v1 1 100 1;print in out", 2, 1},
};

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    while ((text = strstr(text, part))) {
        text += strlen(part);
        count++;
    }
    return count;
}

START_TEST(pages_of_tables)
{
    opspice *deck = scripted_deck(paged[_i].commands, OPSPICE_OK);
    char *printed = printed_by(deck, OPSPICE_OK);
    ck_assert_uint_eq(count_of(printed, "Index"), paged[_i].heads);
    ck_assert_uint_eq(count_of(printed, "\f"), paged[_i].feeds);
    free(printed);
    opspice_free(deck);
}
END_TEST

static void check_printed(const char *commands, const char *expected)
{
    opspice *deck = scripted_deck(commands, OPSPICE_OK);
    char *printed = printed_by(deck, OPSPICE_OK);
    ck_assert_msg(strcmp(printed, expected) == 0, "%s prints\n%s, not\n%s", commands, printed, expected);
    ck_assert_uint_eq(opspice_diagnostic_count(deck), 0);
    free(printed);
    opspice_free(deck);
}

START_TEST(prints_as_ngspice)
{
    folder_enter();
    check_printed(as_ngspice[_i].commands, as_ngspice[_i].printed);
    folder_leave();
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
    opspice *deck = scripted_deck("dc v1 0 70 1;print v(in) v(out) v(x) in out", OPSPICE_OK);
    char *printed = printed_by(deck, OPSPICE_OK), *page = printed;
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
    opspice *deck = scripted_deck("op;print v(out);quit 7", OPSPICE_OK);
    char path[] = "opspice-script-XXXXXX", text[1000] = "";
    close(mkstemp(path));
    ck_assert_int_eq(opspice_run(deck, NULL, NULL), OPSPICE_OK);
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
    opspice *deck = scripted_deck(quits[_i].commands, OPSPICE_OK);
    free(printed_by(deck, OPSPICE_OK));
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
    {"alter r1 = +2k", "r1 in out 1k", "r1 in out 2k"},
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
    static const char circuit[] = "r9 out d 100\nd1 d 0 dm\n.model dm d(ron=1 vfwd=0.7)\n" SCRIPT_CIRCUIT;
    const char *at = strstr(circuit, from);
    char *text = malloc(4000);
    ck_assert_ptr_nonnull(at);
    snprintf(text, 4000, "t\n%.*s%s%s%s.end\n", (int)(at - circuit), circuit, to, at + strlen(from), script);
    return text;
}

/* What a run has changed, on cards and in elements, a further run of the same deck undoes; its variables are gone. */
START_TEST(reset_undoes_an_earlier_run)
{
    opspice *deck = scripted_deck(
        "echo $?x;set x = 1;reset;op;print v(out);alter r1 m = 4;alter v1 = 9;op;print v(out)", OPSPICE_OK);
    char *first = printed_by(deck, OPSPICE_OK), *second = printed_by(deck, OPSPICE_OK);
    ck_assert_ptr_nonnull(strstr(first, "v(out) = 4.000000e+00"));
    ck_assert_ptr_nonnull(strstr(first, "v(out) = 8.000000e+00"));
    ck_assert_str_eq(first, second);
    free(first);
    free(second);
    opspice_free(deck);
}
END_TEST

START_TEST(changes_are_those_of_the_deck)
{
    char script[500];
    snprintf(script, sizeof script, ".control\nop\n%s\nop\n.endc\n", changes[_i].commands);
    for (char *at = script; (at = strchr(at, ';'));)
        *at = '\n';
    char *text = changed_deck("", "", script), *other = changed_deck(changes[_i].from, changes[_i].to, "");
    opspice *deck = deck_load(text, OPSPICE_OK), *expected = deck_solved(other);
    ck_assert_msg(opspice_run(deck, NULL, NULL) == OPSPICE_OK, "%s: %s", changes[_i].commands, deck_diagnostics(deck));
    for (size_t n = 0; n < opspice_node_count(deck); n++)
        ck_assert_msg(near(opspice_node_voltages(deck)[n], deck_voltage(expected, opspice_node_name(deck, n)), 1),
                      "%s: %s = %g", changes[_i].commands, opspice_node_name(deck, n), opspice_node_voltages(deck)[n]);
    opspice_free(deck);
    opspice_free(expected);
    free(text);
    free(other);
}
END_TEST

Suite *suite_script(void)
{
    Suite *suite = suite_create("script");
    TCase *printed = tcase_create("printed"), *changed = tcase_create("changed");
    tcase_add_loop_test(printed, prints_as_ngspice, 0, sizeof as_ngspice / sizeof *as_ngspice);
    tcase_add_loop_test(printed, prints_otherwise, 0, sizeof otherwise / sizeof *otherwise);
    tcase_add_test(printed, pages);
    tcase_add_loop_test(printed, pages_of_tables, 0, sizeof paged / sizeof *paged);
    tcase_add_test(printed, printed_in_the_listing);
    tcase_add_loop_test(printed, quit_codes, 0, sizeof quits / sizeof *quits);
    tcase_add_test(changed, reset_undoes_an_earlier_run);
    tcase_add_loop_test(changed, changes_are_those_of_the_deck, 0, sizeof changes / sizeof *changes);
    suite_add_tcase(suite, printed);
    suite_add_tcase(suite, changed);
    return suite;
}
