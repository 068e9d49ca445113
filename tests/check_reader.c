/* src/netlist and grammar: numbers, cards, and from netlist text to syntax tree. */
#include "fail_alloc.h"
#include "netlist/cards.h"
#include "netlist/number.h"
#include "reader.h"
#include "suites.h"
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- numbers ---- */

static const struct {
    const char *text;
    enum number_status status;
    double value;
} number_table[] = {
    {"0", NUMBER_OK, 0.0},
    {"1", NUMBER_OK, 1.0},
    {"+5", NUMBER_OK, 5.0},
    {"-2.5", NUMBER_OK, -2.5},
    {".5", NUMBER_OK, 0.5},
    {"5.", NUMBER_OK, 5.0},
    {"1e3", NUMBER_OK, 1e3},
    {"1E-3", NUMBER_OK, 1e-3},
    {"1d3", NUMBER_OK, 1e3},
    {"1.5D+2", NUMBER_OK, 150.0},
    {"4.463529", NUMBER_OK, 4.463529},
    {"2.500000e-01", NUMBER_OK, 0.25},
    {"4.7k", NUMBER_OK, 4700.0},
    {"1t", NUMBER_OK, 1e12},
    {"1G", NUMBER_OK, 1e9},
    {"1meg", NUMBER_OK, 1e6},
    {"1MEGohm", NUMBER_OK, 1e6},
    {"3.3K", NUMBER_OK, 3300.0},
    {"10mil", NUMBER_OK, 254e-6},
    {"1MIL", NUMBER_OK, 25.4e-6},
    {"1M", NUMBER_OK, 1e-3},
    {"1me", NUMBER_OK, 1e-3},
    {"1mA", NUMBER_OK, 1e-3},
    {"2u", NUMBER_OK, 2e-6},
    {"2n", NUMBER_OK, 2e-9},
    {"2p", NUMBER_OK, 2e-12},
    {"1F", NUMBER_OK, 1e-15},
    {"1a", NUMBER_OK, 1},
    {"1e3k", NUMBER_OK, 1e6},
    {"1e", NUMBER_OK, 1.0},
    {"1e+", NUMBER_TRAILING, 1.0},
    {"5V", NUMBER_OK, 5.0},
    {"1mV", NUMBER_OK, 1e-3},
    {"100ohm", NUMBER_OK, 100.0},
    {"10\xce\xa9", NUMBER_OK, 10.0},       /* ohm sign */
    {"10\xc2\xb5", NUMBER_TRAILING, 10.0}, /* micro sign */
    {"4k7", NUMBER_TRAILING, 4000.0},
    {"1.5.2", NUMBER_TRAILING, 1.5},
    {"5%", NUMBER_TRAILING, 5.0},
    {"1-2", NUMBER_TRAILING, 1.0},
    {"0.1", NUMBER_OK, 0.1},
    {"0.3", NUMBER_OK, 0.3},
    {"123456789012345678901234567890", NUMBER_OK, 123456789012345678901234567890.0},
    {"0.000000000000000000000000000000000001", NUMBER_OK, 1e-36},
    {"00000000000000000000000000000000000001", NUMBER_OK, 1.0},
    {"9007199254740993", NUMBER_OK, 9007199254740992.0},
    {"9007199254740993.00000000000000000001", NUMBER_OK, 9007199254740994.0},
    {"2.2250738585072011e-308", NUMBER_OK, 2.2250738585072011e-308},
    {"4.9406564584124654e-324", NUMBER_OK, 4.9406564584124654e-324},
    {"1.7976931348623157e308", NUMBER_OK, 1.7976931348623157e308},
    {"1e-400", NUMBER_OK, 0.0},
    {"1e-99999999999999999999", NUMBER_OK, 0.0},
    {"0e99999999999999999999", NUMBER_OK, 0.0},
    {"1e23", NUMBER_OK, 1e23},
    {"1e400", NUMBER_RANGE, INFINITY},
    {"-1e300t", NUMBER_RANGE, -INFINITY},
    {"", NUMBER_NONE, 0.0},
    {"+", NUMBER_NONE, 0.0},
    {".", NUMBER_NONE, 0.0},
    {"-.e5", NUMBER_NONE, 0.0},
    {"e5", NUMBER_NONE, 0.0},
    {"k", NUMBER_NONE, 0.0},
    {"inf", NUMBER_NONE, 0.0},
    {"nan", NUMBER_NONE, 0.0},
    {"0x10", NUMBER_TRAILING, 0.0},
    {"--1", NUMBER_NONE, 0.0},
    {" 1", NUMBER_NONE, 0.0},
};

START_TEST(numbers)
{
    double value = 0.0;
    enum number_status status = number_parse(number_table[_i].text, strlen(number_table[_i].text), &value);
    ck_assert_msg(status == number_table[_i].status, "%s: status %d", number_table[_i].text, (int)status);
    ck_assert_msg(value == number_table[_i].value, "%s: %.17g", number_table[_i].text, value);
}
END_TEST

/* What printf writes is read back exactly, however many digits. */
START_TEST(numbers_are_read_back)
{
    uint64_t bits = 88172645463325252u;
    for (int i = 0; i < 200000; i++) {
        char text[64];
        double value, read;
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value))
            continue;
        int length = snprintf(text, sizeof text, i % 2 ? "%.16e" : "%.25e", value);
        ck_assert_int_eq(number_parse(text, (size_t)length, &read), NUMBER_OK);
        ck_assert_msg(read == value, "%s: %.17g", text, read);
    }
}
END_TEST

/* A suffix means the same as its power of ten. */
START_TEST(numbers_join_their_suffix)
{
    static const struct {
        const char *suffix;
        int exponent;
    } table[] = {{"t", 12}, {"g", 9},  {"meg", 6}, {"k", 3},   {"m", -3},
                 {"u", -6}, {"n", -9}, {"p", -12}, {"f", -15}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        for (int j = 1; j < 5000; j++) {
            char with_suffix[64], with_power[64];
            double a, b;
            snprintf(with_suffix, sizeof with_suffix, "%d.%03d%s", j, j * 7 % 1000, table[i].suffix);
            snprintf(with_power, sizeof with_power, "%d.%03de%d", j, j * 7 % 1000, table[i].exponent);
            number_parse(with_suffix, strlen(with_suffix), &a);
            number_parse(with_power, strlen(with_power), &b);
            ck_assert_msg(a == b && b == strtod(with_power, NULL), "%s", with_suffix);
        }
    }
}
END_TEST

START_TEST(numbers_of_any_length)
{
    const size_t size = 100000;
    char *text = malloc(size + 8);
    double value;

    memset(text, '9', size);
    ck_assert_int_eq(number_parse(text, size, &value), NUMBER_RANGE);
    text[1] = '.';
    ck_assert_int_eq(number_parse(text, size, &value), NUMBER_OK);
    ck_assert(value == 10.0);

    /* Just above, at and just below a point halfway between two doubles. */
    memset(text, '0', size);
    memcpy(text, "9007199254740993.", 17);
    ck_assert_int_eq(number_parse(text, size, &value), NUMBER_OK);
    ck_assert(value == 9007199254740992.0);
    text[size - 1] = '1';
    ck_assert_int_eq(number_parse(text, size, &value), NUMBER_OK);
    ck_assert(value == 9007199254740994.0);

    /* The factor of `mil` reaches through all digits: 1/254 = 0.003937..., 70000 digits. */
    unsigned remainder = 1;
    for (size_t i = 0; i < 70000; i++) {
        remainder *= 10;
        text[i] = (char)('0' + remainder / 254);
        remainder %= 254;
    }
    memcpy(text + 70000, "e-70000mil", 10); /* a little below 0.1 um */
    ck_assert_int_eq(number_parse(text, 70010, &value), NUMBER_OK);
    ck_assert(value == 1e-7);
    free(text);
}
END_TEST

START_TEST(numbers_whatever_the_locale)
{
    static const char *const name[] = {"de_DE.UTF-8", "de_DE", "fr_FR.UTF-8", "C.UTF-8"};
    double value;
    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        setlocale(LC_ALL, name[i]);
        number_parse("1.234567890123456789e-5k", 24, &value);
        ck_assert(value == 1.234567890123456789e-2);
    }
    setlocale(LC_ALL, "C");
}
END_TEST

/* ---- cards ---- */

START_TEST(cards_are_found)
{
    ck_assert_int_eq(cards_find("R1", 2)->kind, CARD_R);
    ck_assert_int_eq(cards_find("dx", 2)->kind, CARD_D);
    ck_assert_int_eq(cards_find(".MODEL", 6)->kind, CARD_MODEL);
    ck_assert_int_eq(cards_find(".opt", 4)->kind, CARD_OPTIONS);
    ck_assert_int_eq(cards_find(".options", 8)->kind, CARD_OPTIONS);
    ck_assert_int_eq(cards_find("Q1", 2)->treatment, CARD_LATER);
    ck_assert_int_eq(cards_find(".tran", 5)->treatment, CARD_WARNED);
    ck_assert_ptr_null(cards_find(".opx", 4));
    ck_assert_ptr_null(cards_find(".o", 2));
    ck_assert_ptr_null(cards_find(".modelx", 7));
    ck_assert_ptr_null(cards_find("", 0));
    ck_assert_ptr_null(cards_find("1", 1));
    for (char letter = 'a'; letter <= 'z'; letter++)
        ck_assert_int_eq(cards_find(&letter, 1)->spelling[0], letter);
}
END_TEST

/* ---- trees ---- */

struct deck {
    struct netlist netlist;
    struct diagnostics diagnostics;
    char *tree;     /* the cards, one a line: words as they are, KEY=, NAME( and ), "string", {expression} */
    char *messages; /* the diagnostics, one a line: LINE:COLUMN message */
};

static void append(char **text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *added;
    ck_assert_int_ge(vasprintf(&added, format, arguments), 0);
    va_end(arguments);
    size_t before = *text ? strlen(*text) : 0;
    *text = realloc(*text, before + strlen(added) + 1);
    strcpy(*text + before, added);
    free(added);
}

static void append_arg(char **tree, struct arg arg)
{
    static const char *const format[] = {
        [ARG_WORD] = "%.*s", [ARG_KEY] = "%.*s=",       [ARG_GROUP] = "%.*s(",
        [ARG_CLOSE] = ")",   [ARG_STRING] = "\"%.*s\"", [ARG_EXPRESSION] = "{%.*s}",
    };
    append(tree, format[arg.kind], (int)arg.length, arg.text);
}

/* The counts must nest: a key has one value, a group ends with its ARG_CLOSE. */
static void check_counts(const struct card *card)
{
    for (uint32_t i = 0; i < card->count; i++) {
        struct arg arg = card->arg[i];
        ck_assert_uint_lt(i + arg.count, card->count);
        if (arg.kind == ARG_GROUP)
            ck_assert_int_eq(card->arg[i + arg.count].kind, ARG_CLOSE);
        else if (arg.kind == ARG_KEY)
            ck_assert_uint_eq(arg.count, 1 + card->arg[i + 1].count);
        else
            ck_assert_uint_eq(arg.count, 0);
    }
}

static void describe(struct deck *deck)
{
    append(&deck->tree, "%s", "");
    append(&deck->messages, "%s", "");
    for (size_t i = 0; i < deck->netlist.count; i++) {
        const struct card *card = &deck->netlist.card[i];
        check_counts(card);
        for (uint32_t j = 0; j < card->count; j++) {
            if (j > 0)
                append(&deck->tree, " ");
            append_arg(&deck->tree, card->arg[j]);
        }
        append(&deck->tree, "\n");
    }
    for (size_t i = 0; i < deck->diagnostics.count; i++) {
        const struct diagnostic *diagnostic = &deck->diagnostics.item[i];
        struct location at = sources_locate(&deck->netlist.sources, diagnostic->place);
        append(&deck->messages, "%zu:%zu %s\n", at.line, at.column, diagnostic->message);
    }
}

static struct deck read_text(const char *text)
{
    struct deck deck = {0};
    ck_assert_int_eq(reader_memory(&deck.netlist, "deck", text, strlen(text), &deck.diagnostics), READER_OK);
    ck_assert_mem_eq(deck.netlist.sources.item[0].text, text, strlen(text) + 1);
    describe(&deck);
    return deck;
}

static void free_deck(struct deck *deck)
{
    netlist_free(&deck->netlist);
    diagnostics_free(&deck->diagnostics);
    free(deck->tree);
    free(deck->messages);
}

/* Read text behind a title line; compare the tree and the messages. */
static void check_deck(const char *text, const char *tree, const char *messages)
{
    char *whole = NULL;
    append(&whole, "title\n%s", text);
    struct deck deck = read_text(whole);
    ck_assert_msg(strcmp(deck.tree, tree) == 0, "%s\nread as:\n%s", text, deck.tree);
    ck_assert_msg(strcmp(deck.messages, messages) == 0, "%s\nmessages:\n%s", text, deck.messages);
    free_deck(&deck);
    free(whole);
}

START_TEST(words)
{
    check_deck("", "", "");
    check_deck("R1 a b 1k\n", "R1 a b 1k\n", "");
    check_deck("R1 a b 1k", "R1 a b 1k\n", "");
    check_deck("\t  R1\ta  b,1k , \n", "R1 a b 1k\n", "");
    check_deck("Ry net/ a/b /vcc +5v a#b out[3] / a/", "Ry net/ a/b /vcc +5v a#b out[3] / a/\n", "");
    check_deck("R\xc3\xa4 \xce\xa9 b'c d\"e f{g}h *x -1", "R\xc3\xa4 \xce\xa9 b'c d\"e f{g}h *x -1\n", "");
    check_deck("r1 @r1[i] $x x$ $$", "r1 @r1[i] $x x$ $$\n", "");
}
END_TEST

START_TEST(groups_and_keys)
{
    check_deck("V1 (a b) PULSE(0 5, 1u)", "V1 ( a b ) PULSE( 0 5 1u )\n", "");
    check_deck("V1(a b) 5", "V1 ( a b ) 5\n", "");
    check_deck("R1 a b R=5 tc1 = 1,tc2= 2 m =3", "R1 a b R= 5 tc1= 1 tc2= 2 m= 3\n", "");
    check_deck(".model d D(Ron=1 Roff = 1e9)", ".model d D( Ron= 1 Roff= 1e9 )\n", "");
    check_deck(".print v(net-(r1-pad1)) v() ()", ".print v( net-( r1-pad1 ) ) v( ) ( )\n", "");
    check_deck(".print a=(1 2) b=f(x y=z) c", ".print a= ( 1 2 ) b= f( x y= z ) c\n", "");
    check_deck(".print v(a)=5 v(b) = 6", ".print v( a ) 5 v( b ) 6\n", "");
    check_deck(".print 'a+b' \"c d\" {e{f}g} x='1;2' y={ z }", ".print {a+b} \"c d\" {e{f}g} x= {1;2} y= { z }\n", "");
    check_deck(".print par('v(a)*2')", ".print par( {v(a)*2} )\n", "");
}
END_TEST

START_TEST(a_node_name_may_have_parentheses)
{
    struct deck deck = read_text("t\nR1 net-(r1-pad1) b 1\n");
    const struct arg *arg = deck.netlist.card[0].arg;
    const struct arg *close = arg + 1 + arg[1].count;
    ck_assert_int_eq(arg[1].kind, ARG_GROUP);
    ck_assert_int_eq(strncmp(arg[1].text, "net-(r1-pad1) b", (size_t)(close->text + close->length - arg[1].text)), 0);
    ck_assert_int_eq(close->text + close->length - arg[1].text, 13);
    free_deck(&deck);
}
END_TEST

START_TEST(comments_and_continuations)
{
    check_deck("* no\n  * no\n; no\n$ no\n$\n// no\n\n  \n*\nR1 a b 1\n", "R1 a b 1\n", "");
    check_deck("R1 a b 1 ; no\nR2 a b 1 $ no\nR3 a b 1 $\nR4 a b 1 // no\nR5 a b//no\nR6 a b;no",
               "R1 a b 1\nR2 a b 1\nR3 a b 1\nR4 a b 1\nR5 a b\nR6 a b\n", "");
    check_deck("R1 a\n+ b\n+1", "R1 a b 1\n", "");
    check_deck("R1 a ; x\n\n* c\n  $ d\n ; e\n// f\n \t + b 1", "R1 a b 1\n", "");
    check_deck("R1 a b 1\n* c +\n+ tc1=2\n*+ 5", "R1 a b 1 tc1= 2\n", "");
    check_deck("R1 a b {1 +\n+ 2}\n", "R1 a b {1 +\n+ 2}\n", "");
    check_deck("R1 a b '1 +\n* c\n + 2'\n", "R1 a b {1 +\n* c\n + 2}\n", "");
    check_deck("R1 a b 1\n+", "R1 a b 1\n", "");
    check_deck("R1 a b 1\n/x\n$x\n", "R1 a b 1\n", "3:1 unknown card: /x\n4:1 unknown card: $x\n");
}
END_TEST

START_TEST(line_ends)
{
    check_deck("R1 a b 1\r\nR2 a b\r\n+ 1\r\n\r\n* c\r\n", "R1 a b 1\nR2 a b 1\n", "");
    check_deck("R1 a b 1\rR2 a b\r+ 1\r", "R1 a b 1\nR2 a b 1\n", "");
    check_deck("R1 a b 1\r\n.foo\r\n", "R1 a b 1\n", "3:1 unknown card: .foo\n");
}
END_TEST

START_TEST(titles)
{
    static const struct {
        const char *text, *title, *messages;
    } table[] = {
        {"", "", ""},
        {"only", "only", ""},
        {"\nR1 a b 1", "", ""},
        {"* t (\r\nR1 a b 1", "* t (", ""},
        {"\xef\xbb\xbftitle\n", "title", ""},
        {"t\n.title New 'title (x  \n", "New 'title (x", ""},
        {"t\n.TITLE\n", "", ""},
        {"R0 n1_m1_0_0 n1_m1_4000_0 4.463529 \n", "R0 n1_m1_0_0 n1_m1_4000_0 4.463529 ",
         "1:1 line 1 is the title; it looks like an element\n"},
        {"V1 1 0 DC 5\n", "V1 1 0 DC 5", "1:1 line 1 is the title; it looks like an element\n"},
        {"I1 1 0 5m AC 1\n", "I1 1 0 5m AC 1", "1:1 line 1 is the title; it looks like an element\n"},
        {"Resistor network with 5 nodes\n", "Resistor network with 5 nodes", ""},
        {"divider\n", "divider", ""},
        {"Q1 a b 5\n", "Q1 a b 5", ""},
        {"title\n* c\n + more (\nR1 a b 1", "title", "3:2 the continuation of the title is left out\n"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct deck deck = read_text(table[i].text);
        ck_assert_uint_eq(deck.netlist.title_length, strlen(table[i].title));
        ck_assert_mem_eq(deck.netlist.title, table[i].title, strlen(table[i].title));
        ck_assert_str_eq(deck.messages, table[i].messages);
        free_deck(&deck);
    }
}
END_TEST

START_TEST(errors_have_places)
{
    check_deck("R1 a ) 1\n", "", "2:6 unexpected `)`\n");
    check_deck("R1 a (b\n", "", "2:8 unexpected end of line, expecting `)`\n");
    check_deck("R1 a (b", "", "2:8 unexpected end of line, expecting `)`\n");
    check_deck("R1 a b r==5\n", "", "2:10 unexpected `=`, expecting a value\n");
    check_deck("R1 a b r=", "", "2:10 unexpected end of line, expecting a value\n");
    check_deck("R1 a 'b\n+ c\nR2 a b 1", "R2 a b 1\n", "2:6 the quotation is not closed\n");
    check_deck("R1 a {b {c}", "", "2:6 the quotation is not closed\n");
    check_deck("R1 a \"b", "", "2:6 the quotation is not closed\n");
    check_deck("R1 a }b\nR2 a b 1", "R2 a b 1\n", "2:6 `}` without `{`\n");
    check_deck("R1 a \x01 b\nR2 a b 1", "R2 a b 1\n", "2:6 control character\n");
    check_deck("= 5\n'x'\n(a)\n", "",
               "2:1 unexpected `=`, expecting the name of a card\n"
               "3:2 unexpected expression, expecting the name of a card\n"
               "4:1 unexpected `(`, expecting the name of a card\n");
}
END_TEST

START_TEST(many_errors_in_one_run)
{
    check_deck("R1 a )\n+ b\nR2 a b 1\nfoo\nR3 a b (((\n1 2\nR4 a b 1\n.nothing\nR5 = )\n", "R2 a b 1\nfoo\nR4 a b 1\n",
               "2:6 unexpected `)`\n"
               "6:11 unexpected end of line, expecting `)`\n"
               "7:1 unknown card: 1\n"
               "9:1 unknown card: .nothing\n"
               "10:4 unexpected `=`\n");
}
END_TEST

START_TEST(cards_are_refused_or_warned_of)
{
    check_deck("q1 a b c 'mod\n+ (\nR1 a b 1\n", "q1\nR1 a b 1\n", "");
    check_deck(".tran 1n 'x\n.ac(dec 1\n.op\n", ".op\n",
               "2:1 `.tran` is not run: the operating point is computed\n"
               "3:1 `.ac` is not run: the operating point is computed\n");
    check_deck(".width out=80\nK1 l1 l2 1\n.save all\n", ".save all\n", "");
}
END_TEST

START_TEST(scripts_are_texts)
{
    check_deck(".control\nfoo \"bar (\n\n* .endc\n  let x = = 1\n.END\n  .endc foo\nR1 a b 1\n",
               ".control \"foo \"bar (\" \"* .endc\" \"let x = = 1\" \".END\"\nR1 a b 1\n", "");
    check_deck(".CONTROL\r\n+ x > y\r\n", ".CONTROL \"+ x > y\"\n", "2:1 `.CONTROL` is not closed by `.endc`\n");
    check_deck(".control\n.endc\n.endc\n", ".control\n", "4:1 stray end of a script is not supported: .endc\n");
}
END_TEST

START_TEST(conditions_are_texts)
{
    check_deck(".if(x==1)\n.elseif a<=b ; c\n.elseif  a/b $c $ d\n.else\n.if\n.endif // e\n",
               ".if \"(x==1)\"\n.elseif \"a<=b\"\n.elseif \"a/b $c\"\n.else\n.if\n.endif\n", "");
    check_deck(".if a &&\n* c\n+ b\n.IF (a\r\n+ )", ".if \"a &&\n* c\n+ b\"\n.IF \"(a\r\n+ )\"\n", "");
}
END_TEST

START_TEST(parameters_and_functions)
{
    check_deck(".param a=1, b = {2*a} ,c='x+1'\n+ d=\"a\"", ".param a= 1 b= {2*a} c= {x+1} d= \"a\"\n", "");
    check_deck(".param a=2*(b+1) c = d * 2", ".param a= 2*( b+1 ) c= d * 2\n", "");
    check_deck(".func f(x,y)={x*y}\n.func g() 5", ".func f( x y ) {x*y}\n.func g( ) 5\n", "");
    check_deck("X1 a b s PARAMS: p={a} q=1", "X1 a b s PARAMS: p= {a} q= 1\n", "");
    check_deck(".param a=1 b={", "", "2:14 the quotation is not closed\n");
}
END_TEST

START_TEST(end_ends)
{
    check_deck("R1 a b 1\n.end\nR2 ((( '\n", "R1 a b 1\n", "");
    check_deck(".END ; x\n)", "", "");
    check_deck("R1 a b 1\n.ends\n", "R1 a b 1\n.ends\n", "");
}
END_TEST

START_TEST(nul_bytes_are_an_error)
{
    struct netlist netlist = {0};
    struct diagnostics diagnostics = {0};
    ck_assert_int_eq(reader_memory(&netlist, "d", "t\nR1 a\0b 1\n", 11, &diagnostics), READER_OK);
    ck_assert_uint_eq(diagnostics.errors, 1);
    ck_assert_uint_eq(sources_locate(&netlist.sources, diagnostics.item[0].place).line, 2);
    ck_assert_uint_eq(sources_locate(&netlist.sources, diagnostics.item[0].place).column, 5);
    netlist_free(&netlist);
    diagnostics_free(&diagnostics);
}
END_TEST

/* ---- nasty sizes ---- */

static char *repeated(const char *before, const char *part, size_t times, const char *after)
{
    size_t a = strlen(before), b = strlen(part), c = strlen(after);
    char *text = malloc(a + b * times + c + 1);
    memcpy(text, before, a);
    for (size_t i = 0; i < times; i++)
        memcpy(text + a + i * b, part, b);
    memcpy(text + a + b * times, after, c + 1);
    return text;
}

START_TEST(deep_nesting_is_an_error)
{
    char *text = repeated("t\nR1 ", "(", 1000000, "\nR2 a b 1\n");
    struct deck deck = read_text(text);
    ck_assert_str_eq(deck.tree, "R2 a b 1\n");
    ck_assert_str_eq(deck.messages, "2:1004 parentheses are nested too deeply\n");
    free_deck(&deck);
    free(text);

    text = repeated("t\n.print ", "x(", 1000, "");
    char *closed = repeated(text, ")", 1000, "\n");
    deck = read_text(closed);
    ck_assert_str_eq(deck.messages, "");
    free_deck(&deck);
    free(closed);
    free(text);
}
END_TEST

START_TEST(long_lines_and_names)
{
    char *text = repeated("t\nR1 ", "abcdefghij", 1000000, " b 1\n");
    struct deck deck = read_text(text);
    ck_assert_uint_eq(deck.netlist.card[0].arg[1].length, 10000000);
    free_deck(&deck);
    free(text);

    text = repeated("t\n.save", " a", 1000000, "\n");
    deck = (struct deck){0};
    reader_memory(&deck.netlist, "d", text, strlen(text), &deck.diagnostics);
    ck_assert_uint_eq(deck.netlist.card[0].count, 1000001);
    free_deck(&deck);
    free(text);

    text = repeated("t\nR1 a b\n", "* comment\n\n", 1000000, "+ 1\n");
    deck = read_text(text);
    ck_assert_str_eq(deck.tree, "R1 a b 1\n");
    free_deck(&deck);
    free(text);

    text = repeated("t\n", "Q", 1000000, "\n");
    deck = read_text(text);
    ck_assert_uint_lt(strlen(deck.messages), 200);
    free_deck(&deck);
    free(text);
}
END_TEST

/* ---- included files ---- */

static char folder[64];

static void make_folder(void)
{
    strcpy(folder, "/tmp/opspice-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
    ck_assert_int_eq(mkdir("sub", 0700), 0);
}

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    fclose(file);
}

static void remove_folder(void)
{
    ck_assert_int_eq(chdir("/"), 0);
    char *command = NULL;
    append(&command, "rm -r '%s'", folder);
    ck_assert_int_eq(system(command), 0);
    free(command);
}

static struct deck read_path(const char *path)
{
    struct deck deck = {0};
    ck_assert_int_eq(reader_file(&deck.netlist, path, &deck.diagnostics), READER_OK);
    describe(&deck);
    return deck;
}

static void check_file(const char *path, const char *tree, const char *messages)
{
    struct deck deck = read_path(path);
    ck_assert_str_eq(deck.tree, tree);
    ck_assert_str_eq(deck.messages, messages);
    free_deck(&deck);
}

START_TEST(includes_are_read_in_place)
{
    write_file("d.cir", "t\nR1 a b 1\n.include sub/a.inc ; c\nR5 a b 1\n.inc \"sub/s p.inc\"\n.INCLUDE 'top.inc'");
    write_file("sub/a.inc", "* no title\nR2 a b 1\n.include b.inc\n.include top.inc\n.end\nR9 (");
    write_file("sub/b.inc", "\xef\xbb\xbf  R3 a b\n+ 1");
    write_file("sub/s p.inc", "R6 a b 1\n");
    write_file("top.inc", "R4 a b 1\n");
    check_file("d.cir", "R1 a b 1\nR2 a b 1\nR3 a b 1\nR4 a b 1\nR5 a b 1\nR6 a b 1\nR4 a b 1\n", "");
}
END_TEST

START_TEST(includes_that_fail)
{
    write_file("d.cir", "t\n.include none.inc\n.include sub\n.include /dev/zero\n.include\n.include \"x\n"
                        ".include a b\n.include sub/a.inc\n.include \"\"\n.include + \nR1 a b 1\n");
    write_file("sub/a.inc", "\n+ 1\nR2 a )\n");
    check_file("d.cir", "R1 a b 1\n",
               "2:10 cannot read none.inc: No such file or directory\n"
               "3:10 cannot read sub: Is a directory\n"
               "4:10 cannot read /dev/zero: No such device\n"
               "5:1 `.include` needs a path\n"
               "6:10 the quotation is not closed\n"
               "7:12 `.include` takes one path; quote it where it has blanks\n"
               "2:1 there is no card to continue\n"
               "3:6 unexpected `)`\n"
               "9:1 `.include` needs a path\n"
               "10:10 cannot read +: No such file or directory\n");

    struct deck deck = read_path("d.cir");
    char *text = diagnostic_text(&deck.diagnostics.item[7], &deck.netlist.sources);
    ck_assert_str_eq(text, "sub/a.inc:3:6: error: unexpected `)`\n R2 a )\n      ^\nincluded from d.cir:8:\n");
    free(text);
    free_deck(&deck);
}
END_TEST

START_TEST(include_loops_are_named)
{
    write_file("d.cir", "t\n.include sub/a.inc\nR1 a b 1\n");
    write_file("sub/a.inc", ".include b.inc\nR2 a b 1\n");
    write_file("sub/b.inc", ".include ../sub/a.inc\n.include b.inc\n");
    check_file("d.cir", "R2 a b 1\nR1 a b 1\n",
               "1:10 include loop: d.cir -> sub/a.inc -> sub/b.inc -> sub/../sub/a.inc\n"
               "2:10 include loop: d.cir -> sub/a.inc -> sub/b.inc -> sub/b.inc\n");

    for (int i = 0; i < 250; i++) {
        char name[32], text[64];
        snprintf(name, sizeof name, "chain%d", i);
        snprintf(text, sizeof text, "* c\n.include chain%d\n", i + 1);
        write_file(name, text);
    }
    write_file("d.cir", "t\n.include chain0\n");
    check_file("d.cir", "", "2:10 more than 200 files include one another\n");
}
END_TEST

START_TEST(sections_of_libraries)
{
    write_file("d.cir", "t\n.lib sub/a.lib TT\n.lib 'sub/a.lib' \"ss\"\n.lib sub/b.lib\nR9 a b 1\n"
                        ".lib own\nR8 (\n.endl own\nR7 a b 1\n.lib d.cir own2\n.lib own2\nR6 a b 1\n.endl");
    write_file("sub/a.lib", "* .lib tt\nR0 (\n.lib ff\nR1 (\n.endl\n.LIB tt ; c\nR2 a b 1\n.endl tt\nR3 a b 1\n"
                            ".lib ss $ c\n.lib a.lib common\n.endl ss\n.lib common\nR4 a b 1\n.endl\n.lib tt\nR5 a b 1\n");
    write_file("sub/b.lib", "R10 a b 1\n");
    check_file("d.cir", "R2 a b 1\nR4 a b 1\nR10 a b 1\nR9 a b 1\nR7 a b 1\nR6 a b 1\n", "");
}
END_TEST

START_TEST(sections_that_fail)
{
    write_file("d.cir", "t\n.lib sub/a.lib qq\n.lib none.lib tt\n.lib sub/a.lib open\n.lib sub/a.lib b c\n.lib\n.endl\n"
                        ".lib sub/a.lib loop\n.lib sub/a.lib nest\n.lib last\nR1 a b 1\n");
    write_file("sub/a.lib", ".lib tt\n.endl\n.lib loop\n.lib a.lib loop2\n.endl\n.lib loop2\n.lib a.lib LOOP\n.endl\n"
                            ".lib nest\n.lib inner\n.endl\n.lib open\nR1 a b 1\n");
    check_file("d.cir", "R1 a b 1\n",
               "2:16 sub/a.lib has no section qq\n"
               "2:16 it has tt, loop, loop2, nest, inner, open\n"
               "3:6 cannot read none.lib: No such file or directory\n"
               "12:6 this section is not closed by `.endl`\n"
               "5:18 `.lib` takes a path and a section\n"
               "6:1 `.lib` needs a path\n"
               "7:1 `.endl` without `.lib`\n"
               "7:6 include loop: d.cir -> sub/a.lib loop -> sub/a.lib loop2 -> sub/a.lib LOOP\n"
               "10:6 a section inside of a section\n"
               "10:6 this section is not closed by `.endl`\n");
}
END_TEST

START_TEST(decks_that_cannot_be_opened)
{
    struct netlist netlist = {0};
    struct diagnostics diagnostics = {0};
    ck_assert_int_eq(reader_file(&netlist, "none.cir", &diagnostics), READER_NO_FILE);
    ck_assert_int_eq(errno, ENOENT);
    ck_assert_uint_eq(diagnostics.count, 0);
    netlist_free(&netlist);
}
END_TEST

/* ---- no memory, no sense ---- */

static const char rich_deck[] =
    "title\n"
    "R1 a b 1k tc1=0.5, tc2 = 1 ; comment\n"
    "* comment\n"
    "V1 (a 0) DC 5 PULSE(0 5 1u (1 2) x=max(a,b)) // comment\r\n"
    "+ 'expr + 1' {ex{p}r} \"str\" net-(r1-pad1)\n"
    ".model d D(Ron=1u Roff=1e12)\n"
    ".print v(a,b) v(a)=5 par('1')\n"
    ".include /nowhere\n"
    ".options reltol=1e-3 noacct\n"
    ".title new title\n"
    "Q1 a b c )\n"
    ".control\nop\nprint 'x\n.endc\n"
    ".tran 1 2\n"
    ".if (a==b)\nR2 a b 1\n.endif\n"
    "R3 ( a\nR4 = 1\nR5 a {b\n"
    ".end\n";

START_TEST(reading_without_memory)
{
    write_file("d.cir", "t\n.include sub/a.inc\n.include d.cir\n");
    write_file("sub/a.inc", rich_deck);
    long failed = 1;
    for (long n = 0; failed; n++) {
        struct netlist netlist = {0};
        struct diagnostics diagnostics = {0};
        fail_alloc_after(n);
        enum reader_status status = reader_file(&netlist, "d.cir", &diagnostics);
        failed = fail_alloc_off();
        ck_assert_int_eq(status, failed ? READER_NO_MEMORY : READER_OK);
        netlist_free(&netlist);
        diagnostics_free(&diagnostics);
    }
}
END_TEST

static uint32_t random_below(uint64_t *state, uint32_t limit)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((*state >> 33) % limit);
}

/* A few bytes replaced, removed or doubled, or a piece copied to another place. */
static size_t mutate(char *text, size_t size, uint64_t *state)
{
    static const char bytes[] = "\n\r \t()={}'\"+*;$/,.\0Rv1\xc3\x01";
    for (uint32_t times = 1 + random_below(state, 8); times > 0; times--) {
        size_t at = random_below(state, (uint32_t)size), from = random_below(state, (uint32_t)size);
        size_t piece = 1 + random_below(state, 30);
        switch (random_below(state, 3)) {
        case 0: text[at] = bytes[random_below(state, sizeof bytes - 1)]; break;
        case 1: text[at] = (char)random_below(state, 256); break;
        default:
            if (at + piece < size && from + piece < size)
                memmove(text + at, text + from, piece);
        }
    }
    return size - random_below(state, (uint32_t)size) / 4;
}

START_TEST(mutated_decks_do_no_harm)
{
    uint64_t state = 20240711;
    for (int i = 0; i < 10000; i++) {
        struct netlist netlist = {0};
        struct diagnostics diagnostics = {0};
        char text[sizeof rich_deck];
        memcpy(text, rich_deck, sizeof rich_deck);
        size_t size = mutate(text, sizeof rich_deck - 1, &state);
        ck_assert_int_eq(reader_memory(&netlist, "d", text, size, &diagnostics), READER_OK);
        ck_assert_mem_eq(netlist.sources.item[0].text, text, size);
        for (size_t j = 0; j < netlist.count; j++)
            check_counts(&netlist.card[j]);
        if (i % 16 == 0) {
            for (size_t j = 0; j < diagnostics.count; j++)
                free(diagnostic_text(&diagnostics.item[j], &netlist.sources));
        }
        netlist_free(&netlist);
        diagnostics_free(&diagnostics);
    }
}
END_TEST

START_TEST(random_bytes_do_no_harm)
{
    uint64_t state = 1;
    for (int i = 0; i < 3000; i++) {
        struct netlist netlist = {0};
        struct diagnostics diagnostics = {0};
        char text[300] = "t\nR";
        for (size_t j = 3; j < sizeof text; j++)
            text[j] = (char)(1 + random_below(&state, i % 2 ? 127 : 255));
        ck_assert_int_eq(reader_memory(&netlist, "d", text, sizeof text, &diagnostics), READER_OK);
        netlist_free(&netlist);
        diagnostics_free(&diagnostics);
    }
}
END_TEST

Suite *suite_reader(void)
{
    Suite *suite = suite_create("reader");
    TCase *number = tcase_create("number");
    tcase_add_loop_test(number, numbers, 0, sizeof number_table / sizeof *number_table);
    tcase_add_test(number, numbers_are_read_back);
    tcase_add_test(number, numbers_join_their_suffix);
    tcase_add_test(number, numbers_of_any_length);
    tcase_add_test(number, numbers_whatever_the_locale);
    suite_add_tcase(suite, number);

    TCase *tree = tcase_create("tree");
    tcase_add_test(tree, cards_are_found);
    tcase_add_test(tree, words);
    tcase_add_test(tree, groups_and_keys);
    tcase_add_test(tree, a_node_name_may_have_parentheses);
    tcase_add_test(tree, comments_and_continuations);
    tcase_add_test(tree, line_ends);
    tcase_add_test(tree, titles);
    tcase_add_test(tree, errors_have_places);
    tcase_add_test(tree, many_errors_in_one_run);
    tcase_add_test(tree, cards_are_refused_or_warned_of);
    tcase_add_test(tree, scripts_are_texts);
    tcase_add_test(tree, conditions_are_texts);
    tcase_add_test(tree, parameters_and_functions);
    tcase_add_test(tree, end_ends);
    tcase_add_test(tree, nul_bytes_are_an_error);
    tcase_add_test(tree, deep_nesting_is_an_error);
    tcase_add_test(tree, long_lines_and_names);
    suite_add_tcase(suite, tree);

    TCase *files = tcase_create("files");
    tcase_add_checked_fixture(files, make_folder, remove_folder);
    tcase_add_test(files, includes_are_read_in_place);
    tcase_add_test(files, includes_that_fail);
    tcase_add_test(files, include_loops_are_named);
    tcase_add_test(files, sections_of_libraries);
    tcase_add_test(files, sections_that_fail);
    tcase_add_test(files, decks_that_cannot_be_opened);
    tcase_add_test(files, reading_without_memory);
    suite_add_tcase(suite, files);

    TCase *nonsense = tcase_create("nonsense");
    tcase_add_test(nonsense, mutated_decks_do_no_harm);
    tcase_add_test(nonsense, random_bytes_do_no_harm);
    suite_add_tcase(suite, nonsense);
    return suite;
}
