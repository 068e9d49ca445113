/* src/netlist/expression.h: the values that ngspice 39 gives, mistakes with their places. */
#include "expressions.h"
#include "fail_alloc.h"
#include "suites.h"
#include <ctype.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void expect_value(enum expression_language language, const char *text, double expected)
{
    struct diagnostics diagnostics = {0};
    double value = NAN;
    bool ok = evaluate(language, word(text), &diagnostics, &value);
    ck_assert_msg(ok, "%s: %s", text, diagnostics.count ? diagnostics.item[0].message : "failed");
    /* ngspice prints 15 digits */
    ck_assert_msg(fabs(value - expected) <= 1e-14 * fabs(expected), "%s: %.17g, not %.17g", text, value, expected);
    diagnostics_free(&diagnostics);
}

/* ---- values ---- */

struct row {
    const char *text;
    double value;
};

/* Each put through ngspice 39, as .param p={text} with aa=2 bb=3 cc=-4 zz=0 and the functions above. */
static const struct row parameter_table[] = {
    {"-2**2", -4.0}, {"2**3**2", 64.0}, {"-2^2", -4.0}, {"2^-1", 0.5}, {"2^-2^2", 0.0625}, {"2*-2^2", 8.0},
    {"2--3", 5.0}, {"--3", 3.0}, {"+5", 5.0}, {"1?2:3?4:5", 2.0}, {"0?2:3?4:5", 4.0}, {"0?2:0?4:5", 5.0},
    {"1?1?2:3:4", 2.0}, {"0?1?2:3:4", 4.0}, {"1?(0?2:3):4", 3.0}, {"!0", 1.0}, {"!5", 0.0}, {"!2^2", 0.0},
    {"-!0", -1.0}, {"!!5", 1.0}, {"1&&0||1", 1.0}, {"1||0&&0", 1.0}, {"1<2==1", 1.0}, {"3==2<5", 1.0},
    {"1==2<5", 1.0}, {"5!=2", 1.0}, {"5<>5", 0.0}, {"2>=2", 1.0}, {"2<=1", 0.0}, {"2=2", 1.0}, {"7%4", 3.0},
    {"-7%4", -3.0}, {"7%-4", 3.0}, {"7.5%2.2", 0.899999999999999}, {"7\\2", 3.0}, {"-7\\2", -3.0}, {"7/2", 3.5},
    {"1/3", 0.333333333333333}, {"4.7k", 4700.0}, {"1meg", 1000000.0}, {"1megohm", 1000000.0}, {"1mA", 0.001},
    {"1F", 1e-15}, {"1e-3k", 1.0}, {".5", 0.5}, {"5.", 5.0}, {"cc^2", 16.0}, {"cc^3", 64.0}, {"cc^0.5", 2.0},
    {"cc**2", 16.0}, {"0^0", 1.0}, {"pow(-2,3)", -8.0}, {"pwr(-2,3)", 8.0}, {"pwr(-2,0.5)", 1.4142135623731},
    {"log(2)", 0.693147180559945}, {"ln(2)", 0.693147180559945}, {"log10(2)", 0.301029995663981}, {"min(1,2)", 1.0},
    {"max(1,2)", 2.0}, {"sqr(3)", 9.0}, {"arctan(1)", 0.785398163397448}, {"atan(1)", 0.785398163397448},
    {"int(2.7)", 2.0}, {"int(-2.7)", -2.0}, {"nint(2.5)", 2.0}, {"nint(3.5)", 4.0}, {"nint(-2.5)", -2.0},
    {"floor(-2.5)", -3.0}, {"ceil(-2.5)", -2.0}, {"sgn(-3)", -1.0}, {"sgn(0)", 0.0}, {"abs(-3)", 3.0},
    {"ternary_fcn(1,2,3)", 2.0}, {"ternary_fcn(0,2,3)", 3.0}, {"ff(1+2)", 6.0}, {"2*ff(1+2)", 12.0},
    {"gg(5,1-3)", 7.0}, {"ff(ff(2))", 8.0}, {"aa*bb", 6.0}, {"AA+Bb", 5.0}, {"sqrt (4)", 2.0}, {"1 + 2 * 3", 7.0},
    {"(1+2)*3", 9.0}, {"2*(3+4)*5", 70.0}, {"1<2?3:4", 3.0}, {"1 ? 2 : 3", 2.0}, {"ceil(2.1)", 3.0},
    {"asinh(1)", 0.881373587019543}, {"acosh(2)", 1.31695789692482}, {"atanh(0.5)", 0.549306144334055},
    {"asin(1)", 1.5707963267949}, {"acos(0)", 1.5707963267949}, {"tan(1)", 1.5574077246549},
    {"sinh(1)", 1.1752011936438}, {"cosh(1)", 1.54308063481524}, {"tanh(1)", 0.761594155955765}, {"2==2<1", 0.0},
    {"2<1==0", 1.0}, {"1<2<0", 0.0}, {"5>4>0.5", 1.0}, {"1||1==0", 1.0}, {"-2\\2+3", 2.0}, {"-7\\2*2", -6.0},
    {"-3%2^2", -3.0}, {"2*3%4", 2.0}, {"2%3*4", 8.0}, {"2^3%5", 3.0}, {"1-2-3", -4.0}, {"8/4/2", 1.0}, {"8/4*2", 4.0},
    {"-3-4", -7.0}, {"2^-1*4", 2.0}, {"0?-2^2:-3^2", 9.0}, {"1<-2^2", 1.0}, {"1 ? -2 : -3", -2.0}, {"!0+1", 2.0},
    {"!0*5", 5.0}, {"-(2)^2", -4.0}, {"-aa^2", -4.0}, {"(-2)^2", 4.0}, {"(-2)^3", 8.0}, {"abs(-2^2)", 4.0},
    {"max(-2^2,-3)", -3.0}, {"1<2&&2<3||0", 1.0}, {"0&&0||1&&1", 1.0}, {"0||1?2:3", 2.0}, {"1?2:3||4", 2.0},
    {"1?2:3+4", 2.0}, {"(1?2:3)+4", 6.0}, {"2.5e0", 2.5}, {"1e+2", 100.0}, {"1E2", 100.0}, {"1e2k", 100000.0},
    {"1G", 1000000000.0}, {"1T", 1000000000000.0}, {"1u", 1e-06}, {"1n", 1e-09}, {"1p", 1e-12}, {"1f", 1e-15},
    {"1x", 1.0}, {"1_", 1.0}, {"1kohm", 1000.0}, {"zz?1/zz:7", 7.0}, {"1&&2", 1.0}, {"0.1+0.2", 0.3}, {"1/3*3", 1.0},
    {"int(-0.5)", 0.0}, {"nint(0.5)", 0.0}, {"nint(1.5)", 2.0}, {"nint(-0.5)", 0.0}, {"sgn(2)", 1.0},
    {"sgn(-0)", 0.0}, {"pow(2,0.5)", 1.4142135623731}, {"pow(0,0)", 1.0}, {"pow(2,-1)", 0.5}, {"pwr(2,-1)", 0.5},
    {"min(-1,-2)", -2.0}, {"max(-1,-2)", -1.0}, {"exp(1)", 2.71828182845905}, {"exp(-1)", 0.367879441171442},
    {"sqrt(2)", 1.4142135623731}, {"sin(1)", 0.841470984807897}, {"cos(1)", 0.54030230586814},
    {"tan(0.5)", 0.54630248984379}, {"asin(0.5)", 0.523598775598299}, {"acos(0.5)", 1.0471975511966},
    {"atan(0.5)", 0.463647609000806}, {"atan(-1e9)", -1.5707963257949}, {"sinh(-1)", -1.1752011936438},
    {"cosh(-1)", 1.54308063481524}, {"tanh(-1)", -0.761594155955765}, {"asinh(-1)", -0.881373587019543},
    {"acosh(1)", 0.0}, {"atanh(-0.5)", -0.549306144334055}, {"floor(2.5)", 2.0}, {"floor(-0.1)", -1.0},
    {"ceil(0.1)", 1.0}, {"abs(3)", 3.0}, {"sqr(-3)", 9.0}, {"arctan(-1)", -0.785398163397448},
    {"arctan(1)*4", 3.14159265358979}, {"ternary_fcn(aa>1,10,20)", 10.0}, {"ternary_fcn(aa>3,10,20)", 20.0},
    {"ternary_fcn(0.1,2,3)", 2.0}, {"SQRT(4)", 2.0}, {"Sqrt(4)+AA", 4.0}, {"sqrt(aa*bb+3)", 3.0},
    {"sqrt(sqrt(16))", 2.0}, {"max(min(1,2),3)", 3.0}, {"max(aa,max(bb,cc))", 3.0}, {"ff(aa)+gg(aa,bb)", 3.0},
    {"gg(gg(1,2),gg(3,4))", 0.0}, {"ff(-1)", -2.0}, {"ff(1)^2", 4.0}, {"2^ff(1)", 4.0}, {"-ff(3)", -6.0},
    {"gg(1?2:3,4)", -2.0}, {"log(10)", 2.30258509299405}, {"ln(10)", 2.30258509299405}, {"log10(0.001)", -3.0},
    {"ln(exp(1))", 1.0}, {"aa**bb", 8.0}, {"aa^bb", 8.0}, {"bb**aa**aa", 81.0}, {"cc%3", -1.0}, {"cc\\3", 1.0},
    {"cc<0", 1.0}, {"cc<=-4", 1.0}, {"cc==-4", 1.0}, {"cc!=aa", 1.0}, {"aa<>aa", 0.0}, {"aa=2", 1.0}, {"aa>=2", 1.0},
    {"aa>2", 0.0}, {"!aa", 0.0}, {"!zz", 1.0}, {"!!zz", 0.0}, {"zz||aa", 1.0}, {"zz&&aa", 0.0}, {"aa&&bb", 1.0},
    {"zz||zz", 0.0}, {"1e-15+1", 1.0}, {"123456789", 123456789.0}, {"1.5meg", 1500000.0}, {"1Meg", 1000000.0},
    {"3m", 0.003}, {"3M", 0.003}, {"2.2ku", 2200.0}, {"100%7", 2.0}, {"-100%7", -2.0}, {"100%-7", 2.0},
    {"1.5%1", 0.5}, {"2*(1+2*(3+4*(5+6)))", 190.0}, {"((((1))))", 1.0}, {"\t1 +\t2", 3.0}, {"2^-1^2", 0.25},
    {"7.9\\-2", 3.0}, {"-7.9\\2", -3.0}, {"9%4%3", 1.0}, {"9-4%3", 8.0}, {"2+3*4^2/6", 10.0}, {"1+2<3+4", 1.0},
    {"1<2+3", 1.0}, {"1+1==2", 1.0}, {"1==1==1", 1.0}, {"0==0==0", 0.0}, {"1!=2!=1", 0.0}, {"!1==0", 1.0},
    {"!(1==0)", 1.0}, {"-!1", 0.0}, {"1-!0", 0.0}, {"2*!0", 2.0}, {"2^!0", 2.0}, {"2&&3==1", 0.0},
    {"1||0&&0==1", 1.0}, {"0?1:0?2:0?3:4", 4.0}, {"1>2?3:4<5?6:7", 6.0}, {"(1?2:3)*(0?2:3)", 6.0}, {"-1?2:3", 2.0},
    {"!1?2:3", 3.0}, {"bb-aa-1", 0.0}, {"bb-(aa-1)", 2.0}, {"bb/aa/2", 0.75}, {"bb/(aa/2)", 3.0}, {"bb*-2", -6.0},
    {"bb- -2", 5.0}, {"bb--2", 5.0}, {"bb^-1", 0.333333333333333}, {"bb>-1", 1.0}, {"4*atan(1)", 3.14159265358979},
    {"exp(ln(3))", 3.0}, {"sqrt(abs(cc))", 2.0}, {"max(aa,bb)-min(aa,bb)", 1.0}, {"int(7/2)", 3.0},
    {"int(-7/2)", -3.0}, {"nint(-1.5)", -2.0}, {"nint(-3.5)", -4.0}, {"floor(7/2)", 3.0}, {"ceil(-7/2)", -3.0},
    {"sgn(cc)*abs(cc)", -4.0}, {"pow(cc,2)", 16.0}, {"pow(cc,3)", -64.0}, {"pwr(cc,0.5)", 2.0},
    {"sin(4*atan(1)/2)", 1.0}, {"ff(gg(3,1))", 4.0}, {"gg(ff(1),ff(2))*2", -4.0}, {"ff(1?2:3)", 4.0},
    {"ff(-1)^2", 4.0}, {"gg(2^2,-2^2)", 8.0}, {"1e3k", 1000000.0}, {"1.k", 1000.0}, {".1m", 0.0001}, {"1kk", 1000.0},
    {"2g", 2000000000.0}, {"5V", 5.0}, {"100_ohm", 100.0}, {"1E-3", 0.001}, {"6e+2u", 0.0006}, {"aa*1k", 2000.0},
    {"1k*aa", 2000.0}, {"1k+1meg", 1001000.0}, {"AA*BB", 6.0}, {"Max(Aa,bB)", 3.0}, {" 1  +2", 3.0}, {"1 ==1", 1.0},
};

START_TEST(parameters_as_ngspice)
{
    expect_value(EXPRESSION_PARAMETER, parameter_table[_i].text, parameter_table[_i].value);
}
END_TEST

/* Where ngspice 39 fails or reads something else than what is written (see the header). */
static const struct row own_table[] = {
    {"2*-aa", -4.0}, {"2*-aa+3", -1.0}, {"2*-(3)", -6.0}, {"2*-(3)+4", -2.0}, {"2*+5", 10.0}, {"2---3", -1.0},
    {"!-1", 0.0}, {"1?0?2:3:4", 3.0}, {"1?0?2:3:4?5:6", 3.0}, {"1?-1:+1", -1.0}, {"bb>=-cc", 0.0}, {"10mil", 254e-6},
    {"1a", 1.0}, {"1d3", 1000.0}, {"1|0", 1.0}, {"1&0", 0.0}, {"a.b", 5.0}, {"a[1]", 6.0}, {"limit(5,1,3)", 3.0},
    {"limit(0,3,1)", 1.0}, {"limit(2,1,3)", 2.0}, {"u2(0.5)", 0.5}, {"u2(3)", 1.0}, {"u2(-3)", 0.0}, {"uramp(-2)", 0.0},
    {"uramp(2)", 2.0}, {"atan2(1,1)*4", 3.14159265358979}, {"five()", 5.0}, {"five( )*2", 10.0}, {"u(1)", 101.0},
    {"pick(1,10)", 8.0}, {"pick(-1,10)", 0.0}, {"pick(pick(1,10),ff(20))", 24.0}, {"FF(3)", 6.0}, {"~0", 1.0},
    {"agauss(5,1,3)", 5.0}, {"gauss(5,1,3)", 5.0}, {"aunif(5,1)", 5.0}, {"unif(5,1)", 5.0}, {"limit(5,1)", 5.0},
    {"zz!=0 && 1/zz>1", 0.0}, {"zz==0 || 1/zz>1", 1.0}, {"zz ? 1/zz : zz", 0.0}, {"ternary_fcn(zz,1/zz,3)", 3.0},
    {"ternary_fcn(aa,ternary_fcn(zz,1/zz,4),1/zz)", 4.0}, {"1+ternary_fcn(1,2+3,4)*2", 11.0},
    {"aa+(zz?1:bb>2?cc:7)*aa", -6.0}, {"1 +\n+ 2", 3.0}, {"1 +\r\n* a comment\r\n\r\n  + 2", 3.0},
    {"1\n; one\n$ two\n// three\n+ -2", -1.0}, {"pwl(2,0,0,1,10,3,20)", 15.0}, {"pwl(5,0,0,1,10,3,20)", 30.0},
    {"pwl(-1,0,0,1,10,3,20)", -10.0}, {"pwl(1,0,0,1,10,3,20)", 10.0}, {"table(5,0,0,1,10,3,20)", 20.0},
    {"table(-5,0,1,1,10,3,20)", 1.0}, {"table(0.5,0,0,1,10,3,20)", 5.0}, {"table(3,0,0,1,10,3,20)", 20.0},
};

START_TEST(parameters_as_written)
{
    expect_value(EXPRESSION_PARAMETER, own_table[_i].text, own_table[_i].value);
}
END_TEST

/* The same through `print`, with the voltages of value_of. */
static const struct row vector_table[] = {
    {"2^-3^2", 1.953125e-03}, {"2^3^2*2", 1024.0}, {"2^3^2", 512.0}, {"v(ny)^3", -64.0}, {"v(ny)^2", 16.0},
    {"-v(ny)^2", -16.0}, {"2*-2^2", -8.0}, {"2-3-4", -5.0}, {"v(nx)*v(ny)/2", -4.0}, {"2 eq 2 lt 2", 1.0},
    {"1|0&0", 1.0}, {"5+~0", 6.0}, {"5-~0", 4.0}, {"not 5+1", 0.0}, {"-~0", -1.0}, {"not v(nx)", 0.0},
    {"v(nx) gt v(ny) and v(ny) lt v(nx) or 0", 1.0}, {"2 le 2", 1.0}, {"2 ge 3", 0.0}, {"2 eq 2", 1.0}, {"1 NE 2", 1.0},
    {"7%4", 3.0}, {"-7%4", 3.0}, {"7.5%2.2", 1.0}, {"-7.9%3.9", 1.0}, {"7.9%-3.9", 1.0}, {"v(nx,ny)", 6.0},
    {"v( nx , ny )", 6.0}, {"V(NX)", 2.0}, {"i(vx)", -2.0}, {"vx#branch", -2.0}, {"@r1[i]", 2.0}, {"p(r1)", 4.0},
    {"@r[3][p]", 8.0}, {"@r1[i]*v(nx)", 4.0}, {"v(nx)-v(ny)*2", 10.0}, {"abs(v(ny))", 4.0}, {"floor(v(ny)/3)", -2.0},
    {"nint(1.5)", 2.0}, {"db(v(nx))", 6.0205999132796242}, {"mag(v(ny))", 4.0}, {"log(v(nx))", 0.69314718055994529},
    {"ln(2)", 0.69314718055994529}, {"log10(2)", 0.3010299956639812}, {"max(nx,ny)", 2.0}, {"min(nx,ny)", -4.0},
    {"nx*1k", 2000.0}, {"--3", 3.0}, {"v(net-(r1-pad1))+1", 8.0}, {"par('v(nx)*2')", 4.0}, {"par ( 'nx' )+1", 3.0},
    {"nx >1 ? 5 : 6", 5.0}, {"nx $ two\n+ * 3", 6.0},
};

START_TEST(vectors)
{
    expect_value(EXPRESSION_VECTOR, vector_table[_i].text, vector_table[_i].value);
}
END_TEST

/* The same as B sources. */
static const struct row behaviour_table[] = {
    {"2^-3^2", 1.953125e-03}, {"2^-v(nx)^2", 0.0625}, {"v(ny)^3", 64.0}, {"-v(ny)^3", -64.0}, {"2^3^2", 64.0},
    {"2**3**2", 64.0}, {"-2^2", -4.0}, {"2*-2^2", -8.0}, {"2-3-4", -5.0}, {"1==0==0", 1.0}, {"2==2<1", 0.0},
    {"3==2<5", 0.0}, {"2<1==0", 1.0}, {"!v(nx)==0", 1.0}, {"!v(nx)^2", 0.0}, {"!0+1", 2.0}, {"-!0", -1.0},
    {"-v(nx)*3", -6.0}, {"2*-v(ny)", 8.0}, {"v(nx)<3&&v(ny)<0||0", 1.0}, {"v(nx)>3?1:v(ny)<0?5:6", 5.0},
    {"1?0?2:3:4", 3.0}, {"pwr(v(ny),3)", -64.0}, {"pwr(v(ny),2)", -16.0}, {"pow(v(ny),2)", 16.0},
    {"pow(v(ny),3)", 64.0}, {"exp(300)", 1e99}, {"log(0)", -1e99}, {"log10(0)", -1e99}, {"log10(100)", 2.0},
    {"v(nx,ny)", 6.0}, {"10mil", 254e-6}, {"u2(2)", 1.0}, {"u2(-2)", 0.0}, {"uramp(v(nx))", 2.0}, {"sgn(v(ny))", -1.0},
    {"nint(2.5)", 2.0}, {"2**-1", 0.5}, {"nx<>2", 0.0}, {"max((v(nx)-0.5)/1k,(V(nx)-0.5)/3)", 0.5},
    {"i(vx)*@r1[i]", -4.0},
};

START_TEST(behaviours)
{
    expect_value(EXPRESSION_BEHAVIOUR, behaviour_table[_i].text, behaviour_table[_i].value);
}
END_TEST

START_TEST(values_whatever_the_locale)
{
    setlocale(LC_ALL, "de_DE.UTF-8");
    expect_value(EXPRESSION_PARAMETER, "1.5+2.5e-1", 1.75);
    setlocale(LC_ALL, "C");
}
END_TEST

/* ---- mistakes ---- */

static const struct mistake {
    enum expression_language language;
    const char *text;
    int at, length; /* of the place; at -1: outside the text, in a function */
    const char *message;
} mistakes[] = {
    {EXPRESSION_PARAMETER, "", 0, 1, "the expression is empty"},
    {EXPRESSION_PARAMETER, "  ", 2, 1, "the expression is empty"},
    {EXPRESSION_PARAMETER, "1+", 1, 1, "an operand is missing behind `+`"},
    {EXPRESSION_PARAMETER, "1+*2", 2, 1, "an operand is missing before `*`"},
    {EXPRESSION_PARAMETER, "*2", 0, 1, "an operand is missing before `*`"},
    {EXPRESSION_PARAMETER, "(1+2", 0, 1, "the parenthesis is not closed"},
    {EXPRESSION_PARAMETER, "2*sqrt(1+2", 2, 4, "the parenthesis of `sqrt(` is not closed"},
    {EXPRESSION_PARAMETER, "max(1,", 0, 3, "the parenthesis of `max(` is not closed"},
    {EXPRESSION_PARAMETER, "1+2)", 3, 1, "`)` without `(`"},
    {EXPRESSION_PARAMETER, "()", 1, 1, "an operand is missing before `)`"},
    {EXPRESSION_PARAMETER, "1 2", 2, 1, "an operator is missing before `2`"},
    {EXPRESSION_PARAMETER, "aa bb", 3, 2, "an operator is missing before `bb`"},
    {EXPRESSION_PARAMETER, "(1)(2)", 3, 1, "an operator is missing before `(`"},
    {EXPRESSION_PARAMETER, "1,2", 1, 1, "a comma stands between the arguments of a function only"},
    {EXPRESSION_PARAMETER, "(1,2)", 2, 1, "a comma stands between the arguments of a function only"},
    {EXPRESSION_PARAMETER, "1?2", 1, 1, "`?` without `:`"},
    {EXPRESSION_PARAMETER, "(1?2)", 2, 1, "`?` without `:`"},
    {EXPRESSION_PARAMETER, "1:2", 1, 1, "`:` without `?`"},
    {EXPRESSION_PARAMETER, "1?(2:3)", 4, 1, "`:` without `?`"},
    {EXPRESSION_PARAMETER, "1?2:3:4", 5, 1, "`:` without `?`"},
    {EXPRESSION_PARAMETER, "1??2:3", 2, 1, "an operand is missing before `?`"},
    {EXPRESSION_PARAMETER, "1#2", 1, 1, "this has no meaning in an expression"},
    {EXPRESSION_PARAMETER, "\"1\"", 0, 1, "this has no meaning in an expression"},
    {EXPRESSION_PARAMETER, "1 {2}", 2, 1, "an operator is missing before `{`"},
    {EXPRESSION_PARAMETER, "@r1[i]", 0, 1, "this has no meaning in an expression"},
    {EXPRESSION_PARAMETER, "2+4k7", 2, 3, "4k7 is not a number"},
    {EXPRESSION_PARAMETER, "0x10", 0, 4, "0x10 is not a number"},
    {EXPRESSION_PARAMETER, "1.2.3", 0, 5, "1.2.3 is not a number"},
    {EXPRESSION_PARAMETER, ".", 0, 1, ". is not a number"},
    {EXPRESSION_PARAMETER, "-1e400", 1, 5, "1e400 is too large for a number"},
    {EXPRESSION_PARAMETER, "1+foo(1)", 2, 3, "there is no function foo"},
    {EXPRESSION_PARAMETER, "Sqrtt(1)", 0, 5, "there is no function Sqrtt; did you mean sqrt?"},
    {EXPRESSION_PARAMETER, "v(a)", 0, 1, "v(..) depends on the answer, and no value on a card may"},
    {EXPRESSION_PARAMETER, "aa(2)", 0, 2, "there is no function aa"},
    {EXPRESSION_PARAMETER, "1+sqrt(1,2)", 2, 4, "sqrt takes 1 argument, and this has 2"},
    {EXPRESSION_PARAMETER, "min(1)", 0, 3, "min takes 2 arguments, and this has 1"},
    {EXPRESSION_PARAMETER, "limit(1)", 0, 5, "limit takes at least 2 arguments, and this has 1"},
    {EXPRESSION_PARAMETER, "limit(1,2,3,4)", 0, 5, "limit takes at most 3 arguments, and this has 4"},
    {EXPRESSION_PARAMETER, "ternary_fcn(1,2)", 0, 11, "ternary_fcn takes 3 arguments, and this has 2"},
    {EXPRESSION_PARAMETER, "ternary_fcn(1,2,3,4)", 0, 11, "ternary_fcn takes 3 arguments, and this has 4"},
    {EXPRESSION_PARAMETER, "gg(1)", 0, 2, "gg takes 2 arguments, and this has 1"},
    {EXPRESSION_PARAMETER, "gg()", 0, 2, "gg takes 2 arguments, and this has 0"},
    {EXPRESSION_PARAMETER, "five(1)", 0, 4, "five takes 0 arguments, and this has 1"},
    {EXPRESSION_PARAMETER, "sqrt()", 5, 1, "an operand is missing before `)`"},
    {EXPRESSION_PARAMETER, "max(,1)", 4, 1, "an operand is missing before `,`"},
    {EXPRESSION_PARAMETER, "max(1,)", 6, 1, "an operand is missing before `)`"},
    {EXPRESSION_PARAMETER, "1+loop1(2)", -1, 5, "function loop1 calls itself"},
    {EXPRESSION_PARAMETER, "wrong(2)", -1, 1, "an operand is missing behind `+`"},
    {EXPRESSION_PARAMETER, "empty(2)", -1, 1, "the expression is empty"},
    {EXPRESSION_PARAMETER, "1+aaa", 2, 3, "aaa is unknown; did you mean aa?"},
    {EXPRESSION_PARAMETER, "1+pi", 2, 2, "pi is unknown"},
    {EXPRESSION_PARAMETER, "1+huge", 2, 4, "huge is not finite"},
    {EXPRESSION_PARAMETER, "1+2/zz", 3, 1, "division by zero"},
    {EXPRESSION_PARAMETER, "0/0", 1, 1, "division by zero"},
    {EXPRESSION_PARAMETER, "5%zz", 1, 1, "division by zero"},
    {EXPRESSION_PARAMETER, "5\\zz", 1, 1, "division by zero"},
    {EXPRESSION_PARAMETER, "bad(zz)", -1, 1, "division by zero"},
    {EXPRESSION_PARAMETER, "1<2/0", 3, 1, "division by zero"},
    {EXPRESSION_PARAMETER, "1+log(cc)", 2, 3, "log(-4) is not a finite number"},
    {EXPRESSION_PARAMETER, "log(0)", 0, 3, "log(0) is not a finite number"},
    {EXPRESSION_PARAMETER, "sqrt(-1)", 0, 4, "sqrt(-1) is not a finite number"},
    {EXPRESSION_PARAMETER, "pow(-2,0.5)", 0, 3, "pow(-2,0.5) is not a finite number"},
    {EXPRESSION_PARAMETER, "table(1,2,3,1,5)", 0, 5, "table(1,2,..) is not a finite number"},
    {EXPRESSION_PARAMETER, "0^-1", 1, 1, "0 ^ -1 is not a finite number"},
    {EXPRESSION_PARAMETER, "1e308*10", 5, 1, "1e+308 * 10 is not a finite number"},
    {EXPRESSION_PARAMETER, "exp(1000)", 0, 3, "exp(1000) is not a finite number"},
    {EXPRESSION_PARAMETER, "1 +\n* x\n+ *", 10, 1, "an operand is missing before `*`"},
    {EXPRESSION_VECTOR, "v(a", 0, 1, "the parenthesis of `v(` is not closed"},
    {EXPRESSION_VECTOR, "1+v()", 2, 3, "v takes one node or two, and this has 0"},
    {EXPRESSION_VECTOR, "v(a,b,c)", 0, 8, "v takes one node or two, and this has 3"},
    {EXPRESSION_VECTOR, "i(a,b)", 0, 6, "i takes one element, and this has 2"},
    {EXPRESSION_VECTOR, "@r1", 0, 3, "expected @element[parameter], as in @r1[i]"},
    {EXPRESSION_VECTOR, "@r1[]", 0, 5, "expected @element[parameter], as in @r1[i]"},
    {EXPRESSION_VECTOR, "par('v(nx)", 4, 1, "the quotation is not closed"},
    {EXPRESSION_VECTOR, "par('nx)", 7, 1, "`)` without `(`"},
    {EXPRESSION_VECTOR, "nx'", 2, 1, "this quote closes none"},
    {EXPRESSION_VECTOR, "nx ? ny, nx", 3, 1, "`?` without `:`"},
    {EXPRESSION_VECTOR, "(nx ny)", 4, 2, "an operator is missing before `ny`"},
    {EXPRESSION_VECTOR, "ny^0.5", 2, 1, "-4 ^ 0.5 is not a finite number"},
    {EXPRESSION_VECTOR, "7%0.5", 1, 1, "division by zero"},
};

static bool is_mean(const char *text, size_t length)
{
    return is((struct expression_word){text, length}, "mean");
}

/* Functions of all points, and indices, are uses whose inside is the caller's. */
START_TEST(functions_of_all_points)
{
    static const struct {
        const char *text;
        enum expression_use_kind kind;
        const char *whole, *a, *b;
    } uses[] = {
        {"2*mean(v(a)+(1,2))/3", EXPRESSION_WHOLE, "mean(v(a)+(1,2))", "mean", "v(a)+(1,2)"},
        {"-v(a,b)[2+i(v1)]", EXPRESSION_ELEMENT, "v(a,b)[2+i(v1)]", "v(a,b)", "2+i(v1)"},
        {"mean(x)[0]", EXPRESSION_ELEMENT, "mean(x)[0]", "mean(x)", "0"},
        {"x[0]", EXPRESSION_NAME, "x[0]", "x[0]", ""},
        {"@r1[i]", EXPRESSION_DEVICE, "@r1[i]", "r1", "i"},
    };
    const struct expression_syntax syntax = {.language = EXPRESSION_VECTOR, .whole = is_mean};
    for (size_t u = 0; u < sizeof uses / sizeof *uses; u++) {
        struct expression expression;
        struct diagnostics diagnostics = {0};
        struct arena arena = {0};
        ck_assert_int_eq(expression_compile(&expression, &syntax, word(uses[u].text), &arena, &diagnostics),
                         EXPRESSION_OK);
        ck_assert_uint_eq(expression.uses, 1);
        const struct expression_use *use = expression.use;
        ck_assert_int_eq(use->kind, uses[u].kind);
        ck_assert(is(use->whole, uses[u].whole) && is(use->a, uses[u].a) && is(use->b, uses[u].b));
        arena_free(&arena);
        diagnostics_free(&diagnostics);
    }
}
END_TEST

START_TEST(mistakes_have_places)
{
    const struct mistake *mistake = &mistakes[_i];
    struct diagnostics diagnostics = {0};
    double value = 123.0;
    ck_assert_msg(!evaluate(mistake->language, word(mistake->text), &diagnostics, &value), "%s", mistake->text);
    ck_assert_double_eq(value, 123.0);
    ck_assert_uint_eq(diagnostics.errors, 1);
    struct diagnostic *first = &diagnostics.item[0];
    ck_assert_msg(strcmp(first->message, mistake->message) == 0, "%s: %s", mistake->text, first->message);
    ck_assert_uint_eq(first->length, (size_t)mistake->length);
    if (mistake->at >= 0)
        ck_assert_msg(first->place == mistake->text + mistake->at, "%s: %s", mistake->text, first->place);
    diagnostics_free(&diagnostics);
}
END_TEST

START_TEST(mistakes_in_functions_name_the_calls)
{
    struct diagnostics diagnostics = {0};
    const char *text = "1+loop1(2)";
    double value;
    ck_assert(!evaluate(EXPRESSION_PARAMETER, word(text), &diagnostics, &value));
    ck_assert_uint_eq(diagnostics.count, 3);
    ck_assert_str_eq(diagnostics.item[1].message, "loop2 is called here");
    ck_assert_str_eq(diagnostics.item[2].message, "loop1 is called here");
    ck_assert_ptr_eq(diagnostics.item[2].place, text + 2);
    diagnostics_free(&diagnostics);
}
END_TEST

START_TEST(mistakes_of_the_scope_are_its_own)
{
    struct diagnostics diagnostics = {0};
    double value;
    ck_assert(!evaluate(EXPRESSION_PARAMETER, word("1+silent"), &diagnostics, &value));
    ck_assert_uint_eq(diagnostics.count, 0);
    diagnostics_free(&diagnostics);
}
END_TEST

START_TEST(a_sign_before_a_power_is_warned_of)
{
    struct diagnostics diagnostics = {0};
    const char *text = "2*-3^2";
    double value;
    ck_assert(evaluate(EXPRESSION_PARAMETER, word(text), &diagnostics, &value));
    ck_assert_double_eq(value, 18.0);
    ck_assert_uint_eq(diagnostics.count, 1);
    ck_assert_int_eq(diagnostics.item[0].severity, SEVERITY_WARNING);
    ck_assert_ptr_eq(diagnostics.item[0].place, text + 2);
    diagnostics_free(&diagnostics);
}
END_TEST

/* ---- what it uses, where it ends ---- */

START_TEST(uses_are_listed)
{
    static const struct {
        enum expression_use_kind kind;
        const char *whole, *a, *b;
    } expected[] = {{EXPRESSION_NAME, "r", "r", ""},           {EXPRESSION_VOLTAGE, "v( a , B )", "a", "B"},
                    {EXPRESSION_NAME, "aa", "aa", ""},         {EXPRESSION_NAME, "bb", "bb", ""},
                    {EXPRESSION_CURRENT, "I(v1)", "v1", ""},   {EXPRESSION_DEVICE, "@d.x1.d1[id]", "d.x1.d1", "id"},
                    {EXPRESSION_NAME, "v1#branch", "v1#branch", ""}, {EXPRESSION_NAME, "r", "r", ""}};
    struct expression_syntax syntax = syntax_of(EXPRESSION_VECTOR);
    struct diagnostics diagnostics = {0};
    struct arena arena = {0};
    struct expression expression;
    enum expression_status status = expression_compile(
        &expression, &syntax, word("r*v( a , B )+ff(five())-I(v1)*@d.x1.d1[id]/v1#branch+r"), &arena, &diagnostics);
    ck_assert_int_eq(status, EXPRESSION_OK);
    ck_assert_uint_eq(expression.uses, sizeof expected / sizeof *expected);
    for (size_t i = 0; i < expression.uses; i++) {
        ck_assert_int_eq(expression.use[i].kind, expected[i].kind);
        ck_assert_msg(is(expression.use[i].whole, expected[i].whole), "use %zu", i);
        ck_assert_msg(is(expression.use[i].a, expected[i].a), "use %zu", i);
        ck_assert_msg(is(expression.use[i].b, expected[i].b), "use %zu", i);
        ck_assert_uint_eq(expression.use[i].binding, 0);
    }
    arena_free(&arena);
}
END_TEST

START_TEST(vectors_follow_each_other)
{
    static const char text[] = "v(nx) v(ny) -1, (nx)*2 (ny) not 0 @r1[i] 5 ; all\n+ nx";
    static const char *const expected[] = {"v(nx)", "v(ny) -1", "(nx)*2", "(ny)", "not 0", "@r1[i]", "5", "nx"};
    struct expression_syntax syntax = syntax_of(EXPRESSION_VECTOR);
    struct diagnostics diagnostics = {0};
    struct arena arena = {0};
    const char *at = text, *end = text + strlen(text);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        struct expression expression;
        at += strspn(at, " ,");
        struct expression_word rest = {at, (size_t)(end - at)};
        ck_assert_int_eq(expression_compile(&expression, &syntax, rest, &arena, &diagnostics), EXPRESSION_OK);
        size_t length = strlen(expected[i]), read = expression.source.length;
        ck_assert_msg(read >= length && memcmp(at + read - length, expected[i], length) == 0, "%.*s", (int)read, at);
        at += read;
    }
    ck_assert_ptr_eq(at, end);
    arena_free(&arena);
}
END_TEST

/* ---- large ones ---- */

/* `before` count times, middle, `after` count times. */
static char *nested(const char *before, const char *middle, const char *after, size_t count)
{
    size_t left = strlen(before), right = strlen(after), size = (left + right) * count + strlen(middle) + 1;
    char *text = malloc(size), *at = text;
    for (size_t i = 0; i < count; i++, at += left)
        memcpy(at, before, left);
    at = stpcpy(at, middle);
    for (size_t i = 0; i < count; i++, at += right)
        memcpy(at, after, right);
    *at = '\0';
    return text;
}

START_TEST(nesting_has_no_end)
{
    enum { COUNT = 100000 };
    static const struct {
        const char *before, *middle, *after;
        double value;
        const char *message; /* NULL: the value */
    } table[] = {
        {"(", "1", ")", 1.0, NULL},
        {"-", "1", "", 1.0, NULL},
        {"!", "0", "", 0.0, NULL},
        {"", "1", "+1", COUNT + 1, NULL},
        {"0?1:", "2", "", 2.0, NULL},
        {"1?", "2", ":3", 2.0, NULL},
        {"1&&", "2", "", 1.0, NULL},
        {"abs(", "-1", ")", 1.0, NULL},
        {"ff(", "0", ")", 0.0, NULL},
        {"ternary_fcn(1,", "4", ",3)", 4.0, NULL},
        {"1+(", "1", ")", 0.0, "the expression is nested too deeply"},
        {"max(1,", "1", ")", 0.0, "the expression is nested too deeply"},
        {"(", "1", "", 0.0, "the parenthesis is not closed"},
        {"abs(", "", "", 0.0, "the parenthesis of `abs(` is not closed"},
        {"", "1", ")", 0.0, "`)` without `(`"},
        {"", "max(1", ",1", 0.0, "the expression is nested too deeply"},
        {"", "ternary_fcn(1", ",1", 0.0, "the expression is nested too deeply"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct diagnostics diagnostics = {0};
        char *text = nested(table[i].before, table[i].middle, table[i].after, COUNT);
        double value = NAN;
        bool ok = evaluate(EXPRESSION_PARAMETER, word(text), &diagnostics, &value);
        if (table[i].message)
            ck_assert_str_eq(diagnostics.item[0].message, table[i].message);
        else
            ck_assert_msg(ok && value == table[i].value, "%zu: %g", i, value);
        diagnostics_free(&diagnostics);
        free(text);
    }
}
END_TEST

/* f1 calls f0 twice, f2 calls f1 twice, and so on. */
static struct expression_function chain[200];
static char chain_text[200][2][32];

static const struct expression_function *chain_of(void *data, const char *text, size_t length)
{
    (void)data;
    size_t number = (size_t)atoi(text + 1);
    return length > 1 && *text == 'f' && number < 200 ? &chain[number] : NULL;
}

START_TEST(functions_that_grow_without_end)
{
    static const char *const expected[] = {"the functions called here make the expression too long",
                                           "functions call each other more than 100 deep"};
    struct expression_syntax syntax = {.function = chain_of};
    for (size_t kind = 0; kind < 2; kind++) {
        struct diagnostics diagnostics = {0};
        struct arena arena = {0};
        struct expression expression;
        for (int i = 0; i < 200; i++) {
            snprintf(chain_text[i][0], 32, "f%d", i);
            snprintf(chain_text[i][1], 32, i == 0 ? "1" : kind == 0 ? "f%d()+f%d()" : "f%d()", i - 1, i - 1);
            chain[i] = (struct expression_function){word(chain_text[i][0]), NULL, 0, word(chain_text[i][1])};
        }
        struct expression_word call = word(kind == 0 ? "f60()" : "f150()");
        ck_assert_int_eq(expression_compile(&expression, &syntax, call, &arena, &diagnostics), EXPRESSION_WRONG);
        ck_assert_str_eq(diagnostics.item[0].message, expected[kind]);
        diagnostics_free(&diagnostics);
        ck_assert_int_eq(expression_compile(&expression, &syntax, word("f10()"), &arena, &diagnostics), EXPRESSION_OK);
        double value;
        ck_assert(expression_evaluate(&expression, &scope, &diagnostics, &value));
        ck_assert_double_eq(value, kind == 0 ? 1024.0 : 1.0);
        arena_free(&arena);
    }
}
END_TEST

/* ---- mutations ---- */

static const char *seed_text(struct random *random, enum expression_language *language)
{
    static const struct {
        const struct row *row;
        size_t count;
    } table[] = {{parameter_table, sizeof parameter_table / sizeof(struct row)},
                 {vector_table, sizeof vector_table / sizeof(struct row)},
                 {behaviour_table, sizeof behaviour_table / sizeof(struct row)},
                 {own_table, sizeof own_table / sizeof(struct row)}};
    unsigned which = pick(random, 4);
    *language = which == 3 ? EXPRESSION_PARAMETER : (enum expression_language)which;
    return table[which].row[pick(random, (unsigned)table[which].count)].text;
}

/* Put together pieces of two texts, then change some bytes. Returns the length. */
static size_t mutate(char *text, struct random *random, enum expression_language *language)
{
    static const char alphabet[] = "()()(),,?::+-*/%\\^!~<>=&|'@[].#0123456789 \n\r\t+*;$ae_kv\xc3\xb5\x01{}\"";
    enum expression_language other;
    const char *a = seed_text(random, language), *b = seed_text(random, &other);
    size_t length_a = pick(random, (unsigned)strlen(a) + 1), skip_b = pick(random, (unsigned)strlen(b) + 1);
    memcpy(text, a, length_a);
    size_t length = (size_t)(stpcpy(text + length_a, b + skip_b) - text);
    for (unsigned changes = pick(random, 4); changes > 0 && length > 0; changes--)
        text[pick(random, (unsigned)length)] = alphabet[pick(random, sizeof alphabet)];
    return length;
}

START_TEST(mutations_end_well)
{
    struct random random = random_from(2);
    for (int i = 0; i < 10000; i++) {
        char text[256];
        struct diagnostics diagnostics = {0};
        enum expression_language language;
        size_t length = mutate(text, &random, &language);
        char *exact = malloc(length + 1); /* without a NUL behind it, for the sanitizer; one byte to point to */
        memcpy(exact, text, length);
        double value = NAN;
        bool ok = evaluate(language, (struct expression_word){exact, length}, &diagnostics, &value);
        ck_assert_msg(ok ? isfinite(value) : diagnostics.errors == 1, "%.*s", (int)length, text);
        for (size_t n = 0; n < diagnostics.count; n++) {
            const char *place = diagnostics.item[n].place;
            if (diagnostics.item[n].severity == SEVERITY_ERROR && place >= exact && place <= exact + length)
                ck_assert_uint_le((size_t)(place - exact) + diagnostics.item[n].length, length + 1);
        }
        diagnostics_free(&diagnostics);
        free(exact);
    }
}
END_TEST

/* ---- memory ---- */

START_TEST(memory_may_run_out)
{
    static const char text[] = "1+ff(gg(aa,v(nx))*2)+max(3,"
                               "((((((((((((((((((((((((((((((((((((((((5)))))))))))))))))))))))))))))))))))))))))";
    struct expression_syntax syntax = syntax_of(EXPRESSION_VECTOR);
    for (long n = 0, failed = 1; failed; n++) {
        struct diagnostics diagnostics = {0};
        struct expression expression;
        struct arena arena = {0};
        double value = 0.0;
        fail_alloc_after(n);
        enum expression_status status = expression_compile(&expression, &syntax, word(text), &arena, &diagnostics);
        bool ok = status == EXPRESSION_OK && expression_evaluate(&expression, &scope, &diagnostics, &value);
        failed = fail_alloc_off();
        ck_assert_int_eq(status, failed ? EXPRESSION_NO_MEMORY : EXPRESSION_OK);
        ck_assert(failed || (ok && value == 6.0));
        ck_assert_uint_eq(diagnostics.count, 0);
        arena_free(&arena);
        diagnostics_free(&diagnostics);
    }
}
END_TEST

START_TEST(evaluation_allocates_nothing)
{
    struct expression_syntax syntax = syntax_of(EXPRESSION_VECTOR);
    struct diagnostics diagnostics = {0};
    struct expression expression;
    struct arena arena = {0};
    double value = 0.0;
    struct expression_word source = word("nx>1 ? ff(max(v(nx),i(vx)))^2 : table(nx,1,2,3,4)");
    ck_assert_int_eq(expression_compile(&expression, &syntax, source, &arena, &diagnostics), EXPRESSION_OK);
    fail_alloc_after(0);
    bool ok = expression_evaluate(&expression, &scope, &diagnostics, &value);
    long count = fail_alloc_count();
    fail_alloc_off();
    ck_assert(ok && value == 16.0);
    ck_assert_int_eq(count, 0);
    arena_free(&arena);
}
END_TEST

/* Without memory for its diagnostic a mistake still ends in EXPRESSION_WRONG. */
START_TEST(mistakes_without_memory)
{
    struct expression_syntax syntax = syntax_of(EXPRESSION_PARAMETER);
    for (long n = 0, failed = 1; failed; n++) {
        struct diagnostics diagnostics = {0};
        struct expression expression;
        struct arena arena = {0};
        fail_alloc_after(n);
        enum expression_status status =
            expression_compile(&expression, &syntax, word("1+sqrtt(2)"), &arena, &diagnostics);
        failed = fail_alloc_off();
        ck_assert_int_ne(status, EXPRESSION_OK);
        ck_assert(status == EXPRESSION_NO_MEMORY || diagnostics.errors == 1 || diagnostics.out_of_memory);
        arena_free(&arena);
        diagnostics_free(&diagnostics);
    }
}
END_TEST

#define LOOP(tests, test, table) tcase_add_loop_test(tests, test, 0, (int)(sizeof table / sizeof *table))

Suite *suite_expression(void)
{
    Suite *suite = suite_create("expression");
    TCase *tests = tcase_create("values");
    LOOP(tests, parameters_as_ngspice, parameter_table);
    LOOP(tests, parameters_as_written, own_table);
    LOOP(tests, vectors, vector_table);
    LOOP(tests, behaviours, behaviour_table);
    tcase_add_test(tests, values_whatever_the_locale);
    suite_add_tcase(suite, tests);

    tests = tcase_create("mistakes");
    tcase_add_test(tests, functions_of_all_points);
    LOOP(tests, mistakes_have_places, mistakes);
    tcase_add_test(tests, mistakes_in_functions_name_the_calls);
    tcase_add_test(tests, mistakes_of_the_scope_are_its_own);
    tcase_add_test(tests, a_sign_before_a_power_is_warned_of);
    suite_add_tcase(suite, tests);

    tests = tcase_create("parts");
    tcase_add_test(tests, uses_are_listed);
    tcase_add_test(tests, vectors_follow_each_other);
    suite_add_tcase(suite, tests);

    tests = tcase_create("large");
    tcase_add_test(tests, nesting_has_no_end);
    tcase_add_test(tests, functions_that_grow_without_end);
    tcase_add_test(tests, mutations_end_well);
    suite_add_tcase(suite, tests);

    tests = tcase_create("memory");
    tcase_add_test(tests, memory_may_run_out);
    tcase_add_test(tests, evaluation_allocates_nothing);
    tcase_add_test(tests, mistakes_without_memory);
    suite_add_tcase(suite, tests);
    return suite;
}
