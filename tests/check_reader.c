/* src/netlist and grammar: cards, and from netlist text to syntax tree. */
#include "netlist/cards.h"
#include "reader.h"
#include "suites.h"
#include "texts.h"
#include "trees.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* ---- cards ---- */

START_TEST(cards_are_found)
{
    ck_assert_int_eq(cards_find("R1", 2)->kind, CARD_R);
    ck_assert_int_eq(cards_find("dx", 2)->kind, CARD_D);
    ck_assert_int_eq(cards_find(".MODEL", 6)->kind, CARD_MODEL);
    ck_assert_int_eq(cards_find(".opt", 4)->kind, CARD_OPTIONS);
    ck_assert_int_eq(cards_find(".options", 8)->kind, CARD_OPTIONS);
    ck_assert_int_eq(cards_find("A1", 2)->treatment, CARD_LATER);
    ck_assert_int_eq(cards_find(".tran", 5)->kind, CARD_FOREIGN);
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

/* Read text behind a title line; compare the tree and the messages. */
static void check_deck(const char *text, const char *tree, const char *messages)
{
    char *whole = NULL;
    text_append(&whole, "title\n%s", text);
    struct deck deck = tree_of_text(whole);
    ck_assert_msg(strcmp(deck.tree, tree) == 0, "%s\nread as:\n%s", text, deck.tree);
    ck_assert_msg(strcmp(deck.messages, messages) == 0, "%s\nmessages:\n%s", text, deck.messages);
    tree_free(&deck);
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
    check_deck("x1 @r1[i] $x x$ $$", "x1 @r1[i] $x x$ $$\n", "");
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
    struct deck deck = tree_of_text("t\nR1 net-(r1-pad1) b 1\n");
    const struct arg *arg = deck.netlist.card[0].arg;
    const struct arg *close = arg + 1 + arg[1].count;
    ck_assert_int_eq(arg[1].kind, ARG_GROUP);
    ck_assert_int_eq(strncmp(arg[1].text, "net-(r1-pad1) b", (size_t)(close->text + close->length - arg[1].text)), 0);
    ck_assert_int_eq(close->text + close->length - arg[1].text, 13);
    tree_free(&deck);
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
    check_deck("R1 a b 1\n/x\n$x\n", "R1 a b 1\n", "3:1 unknown card: /x\n");
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
        struct deck deck = tree_of_text(table[i].text);
        ck_assert_uint_eq(deck.netlist.title_length, strlen(table[i].title));
        ck_assert_mem_eq(deck.netlist.title, table[i].title, strlen(table[i].title));
        ck_assert_str_eq(deck.messages, table[i].messages);
        tree_free(&deck);
    }
}
END_TEST

START_TEST(errors_have_places)
{
    check_deck(".tf a ) 1\n", "", "2:7 unexpected `)`\n");
    check_deck(".tf a (b\n", "", "2:9 unexpected end of line, expecting `)`\n");
    check_deck(".tf a (b", "", "2:9 unexpected end of line, expecting `)`\n");
    check_deck("R1 a ) 1\n", "R1 a 1\n", "2:6 a `)` too many: it is left out\n");
    check_deck("R1 a (b\n", "R1 a ( b )\n", "2:8 a `)` is missing: what is open is closed here\n");
    check_deck("R1 a (b", "R1 a ( b )\n", "2:8 a `)` is missing: what is open is closed here\n");
    check_deck("R1 a b r==5\n", "", "2:9 `==` needs braces around its expression: {a == b}\n");
    check_deck("R1 a b r=", "", "2:10 unexpected end of line, expecting a value\n");
    check_deck("R1 a 'b\n+ c\nR2 a b 1", "R2 a b 1\n", "2:6 the quotation is not closed\n");
    check_deck("R1 a {b {c}", "", "2:6 the brace is not closed\n");
    check_deck("R1 a \"b", "", "2:6 the quotation is not closed\n");
    check_deck("R1 a }b\nR2 a b 1", "R2 a b 1\n", "2:6 `}` without `{`\n");
    check_deck("R1 a \x01 b\nR2 a b 1", "R2 a b 1\n", "2:6 control character\n");
    check_deck("= 5\n'x'\n(a)\n", "",
               "2:1 unexpected `=`, expecting the name of a card\n"
               "3:2 unexpected expression, expecting the name of a card\n"
               "4:1 a line that begins with a parenthesis or a quotation is no card: it is left out\n");
}
END_TEST

START_TEST(many_errors_in_one_run)
{
    check_deck("R1 a )\n+ b\nR2 a b 1\nfoo\nR3 a b (((\n1 2\nR4 a b 1\n.nothing\nR5 = )\n",
               "R1 a b\nR2 a b 1\nfoo\nR3 a b ( ( ( ) ) )\nR4 a b 1\n",
               "2:6 a `)` too many: it is left out\n"
               "6:11 a `)` is missing: what is open is closed here\n"
               "7:1 unknown card: 1\n"
               "9:1 unknown card: .nothing\n"
               "10:4 unexpected `=`\n");
}
END_TEST

START_TEST(some_cards_are_kept_by_name)
{
    check_deck("a1 a b c 'mod\n+ (\nR1 a b 1\n", "a1\nR1 a b 1\n", "");
    check_deck(".tran 1n 'x\n.ac(dec 1\n.op\n", ".tran\n.ac\n.op\n", "");
    check_deck(".backanno\nK1 l1 l2 1\n.save all\n", ".save all\n", "");
}
END_TEST

START_TEST(scripts_are_texts)
{
    check_deck(".control\nfoo \"bar (\n\n* .endc\n  let x = = 1\n.END\n  .endc foo\nR1 a b 1\n",
               ".control \"foo \"bar (\" \"* .endc\" \"let x = = 1\" \".END\"\nR1 a b 1\n", "");
    check_deck(".CONTROL\r\n+ x > y\r\n", ".CONTROL \"+ x > y\"\n", "2:1 `.CONTROL` is not closed by `.endc`\n");
    check_deck(".control\n.endc\n.endc\n", ".control\n", "4:1 `.endc` closes nothing: it is left out\n");
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
    check_deck(".param a=1 b={", "", "2:14 the brace is not closed\n");
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
    struct deck deck = tree_of_text(text);
    ck_assert_str_eq(deck.tree, "R2 a b 1\n");
    ck_assert_str_eq(deck.messages, "2:1004 parentheses are nested too deeply\n");
    tree_free(&deck);
    free(text);

    text = repeated("t\n.print ", "x(", 1000, "");
    char *closed = repeated(text, ")", 1000, "\n");
    deck = tree_of_text(closed);
    ck_assert_str_eq(deck.messages, "");
    tree_free(&deck);
    free(closed);
    free(text);
}
END_TEST

START_TEST(long_lines_and_names)
{
    char *text = repeated("t\nR1 ", "abcdefghij", 1000000, " b 1\n");
    struct deck deck = tree_of_text(text);
    ck_assert_uint_eq(deck.netlist.card[0].arg[1].length, 10000000);
    tree_free(&deck);
    free(text);

    text = repeated("t\n.save", " a", 1000000, "\n");
    deck = (struct deck){0};
    reader_memory(&deck.netlist, "d", text, strlen(text), &deck.diagnostics);
    ck_assert_uint_eq(deck.netlist.card[0].count, 1000001);
    tree_free(&deck);
    free(text);

    text = repeated("t\nR1 a b\n", "* comment\n\n", 1000000, "+ 1\n");
    deck = tree_of_text(text);
    ck_assert_str_eq(deck.tree, "R1 a b 1\n");
    tree_free(&deck);
    free(text);

    text = repeated("t\n", "Q", 1000000, "\n");
    deck = tree_of_text(text);
    ck_assert_uint_lt(strlen(deck.messages), 200);
    tree_free(&deck);
    free(text);
}
END_TEST

/* ---- no sense ---- */

static const char rich_deck[] = TREE_RICH_DECK;

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
        ck_assert(netlist_expand(&netlist));
        for (size_t j = 0; j < netlist.count; j++)
            tree_check_counts(&netlist.card[j]);
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
    tcase_add_test(tree, some_cards_are_kept_by_name);
    tcase_add_test(tree, scripts_are_texts);
    tcase_add_test(tree, conditions_are_texts);
    tcase_add_test(tree, parameters_and_functions);
    tcase_add_test(tree, end_ends);
    tcase_add_test(tree, nul_bytes_are_an_error);
    tcase_add_test(tree, deep_nesting_is_an_error);
    tcase_add_test(tree, long_lines_and_names);
    suite_add_tcase(suite, tree);

    TCase *nonsense = tcase_create("nonsense");
    tcase_add_test(nonsense, mutated_decks_do_no_harm);
    tcase_add_test(nonsense, random_bytes_do_no_harm);
    suite_add_tcase(suite, nonsense);
    return suite;
}
