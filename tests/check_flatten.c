/* src/flatten: from cards to the flat circuit. */
#include "flattened.h"
#include "suites.h"
#include "texts.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- names, nodes and values ------------------------------------------------------------------------------------ */

static const struct {
    const char *cards, *elements;
} flat_table[] = {
    {"x1 a s\n.subckt s p\nr1 p n 1\nr2 n 0 2\n.ends\n", "x1.r1 a x1.n 1\nx1.r2 x1.n 0 2\n"},
    {"X1 A S\n.SUBCKT s P\nR1 p N 1\nr2 N gnd 2\n.Ends S\n", "x1.r1 a x1.n 1\nx1.r2 x1.n 0 2\n"},
    {"x1 (a b) s\n.subckt s(p q)\nr1 p q 1\nr2 q 0 1\n.ends\n", "x1.r1 a b 1\nx1.r2 b 0 1\n"},
    {"x1 a s\n.subckt s p\nx2 p m t\nr1 m 0 1\n.ends\n.subckt t a b\nr1 a b 2\nr2 b n 3\nr3 n 0 4\n.ends\n",
     "x1.r1 x1.m 0 1\nx1.x2.r1 a x1.m 2\nx1.x2.r2 x1.m x1.x2.n 3\nx1.x2.r3 x1.x2.n 0 4\n"},
    /* one node at two ports, and ground at one */
    {"x1 a a 0 s\n.subckt s p q g\nr1 p g 1\nr2 q n 2\nr3 n g 3\n.ends\n",
     "x1.r1 a 0 1\nx1.r2 a x1.n 2\nx1.r3 x1.n 0 3\n"},
    /* a node of an instance by its flat name, before and behind the instance */
    {"r1 x1.n 0 1\nx1 a s\nr2 a X1.N 2\n.subckt s p\nr1 p n 1\n.ends\n", "r1 x1.n 0 1\nr2 a x1.n 2\nx1.r1 a x1.n 1\n"},
    {"x1 a s\nx2 b s\n.global g\n.subckt s p\nr1 p g 1\nr2 g 0 1\n.ends\nr1 g 0 1\n",
     "r1 g 0 1\nx1.r1 a g 1\nx1.r2 g 0 1\nx2.r1 b g 1\nx2.r2 g 0 1\n"},
    {"x1 net-(a-b) s\n.subckt s net-(x)\nr1 net-(x) 0 1\n.ends\n", "x1.r1 net-(a-b) 0 1\n"},
    /* values */
    {".param a=1 b={a+1} c=b*2\nr1 1 0 {c}\nr2 1 0 'a+b' \nr3 1 0 r={c}\nr4 1 0 c\nr5 1 0 \"c\"\nr6 1 0 2*c+a\n",
     "r1 1 0 4\nr2 1 0 3\nr3 1 0 4\nr4 1 0 4\nr5 1 0 4\nr6 1 0 9\n"},
    {"x1 a s p=2\nx2 a s p={1+2} q=5\nx3 a s q='p'\n.subckt s a p=1 q={p*10}\nr1 a 0 {p+q}\n.ends\n",
     "x1.r1 a 0 22\nx2.r1 a 0 8\nx3.r1 a 0 2\n"},
    {".param p=7\n.subckt s a p=1\nr1 a 0 {p}\n.ends\nx1 a s p={p}\nx2 a s p=p\nx3 a s p={p*2}\n",
     "x1.r1 a 0 7\nx2.r1 a 0 7\nx3.r1 a 0 14\n"},
    {".temp 50\n.param t={temper}\nr1 a 0 {t}\n", "r1 a 0 27\n"}, /* conditions are the caller's */
    {"v1 a 0 vv ac 1\ni1 0 a dc ii\ni2 a 0 {ii} m={vv}\nr1 a 0 1\n.param vv=3 ii=2\n",
     "i1 0 a 2\ni2 a 0 6\nr1 a 0 1\nv1 a 0 3\n"},
    {"v1 a 0 ac 1 dc 5\nv2 b 0 pulse(x 2) ac x\nv3 c 0 x ac 1\n.param ac=7 dc=8 pulse=1 x=2\n",
     "v1 a 0 5\nv2 b 0 2\nv3 c 0 2\n"},
    {".subckt s a ; c\n+ p=1\nr1 a 0 {p\n* c\n++1}\n.ends $ c\nx1 a s\n", "x1.r1 a 0 2\n"},
    {".param x={2*{1+{2}}}\nr1 a 0 {x}\n", "r1 a 0 6\n"},
    {".param w=\"no/number.txt\"\nr1 a 0 1\n", "r1 a 0 1\n"},
    /* m */
    {"x1 a s m=2\n.subckt s a\nr1 a 0 6\nr2 a 0 6 m=3\nv1 b 0 1\ni1 a 0 1\nl1 b 0 1\nd1 a 0 d\n.ends\n"
     ".model d d(ron=1)\n",
     "x1.d1 a 0 2\nx1.i1 a 0 2\nx1.l1 x1.b 0 0\nx1.r1 a 0 3\nx1.r2 a 0 1\nx1.v1 x1.b 0 1\n"},
    {"x1 a s m=2\n.subckt s a\nx1 a t m={m*2}\nx2 a t\n.ends\n.subckt t a\ni1 a 0 1\n.ends\nr1 a 0 1\n",
     "r1 a 0 1\nx1.x1.i1 a 0 8\nx1.x2.i1 a 0 2\n"},
    /* conditions */
    {".param k=1\n.if (k)\nr1 a 0 1\n.if (k>1)\nr2 a 0 1\n.else\nr3 a 0 1\n.endif\n.else\nr4 a 0 1\n.if (1)\nr5 a 0 1\n"
     ".endif\n.endif\n.if (0)\n.endif\n.if (0)\nr6 a 0 1\n.elseif (0)\nr7 a 0 1\n.endif\nr8 a 0 1\n",
     "r1 a 0 1\nr3 a 0 1\nr8 a 0 1\n"},
    {"x1 a s\nx2 a s k=2\nx3 a s k=3\n.subckt s a k=1\n.if (k==1)\nr1 a 0 {v}\n.param v=10\n.elseif (k==2)\n"
     "r1 a 0 {v}\n.param v=20\nx1 a t\n.else\n.param v=30\nr1 a 0 {v}\n.endif\n.subckt t a\nr1 a 0 {v}\n.ends\n"
     ".ends\n",
     "x1.r1 a 0 10\nx2.r1 a 0 20\nx2.x1.r1 a 0 20\nx3.r1 a 0 30\n"},
    /* what a condition decides cannot decide it */
    {".param k=1\n.if (k==1)\n.param k=2\n.endif\nr1 a 0 {k}\n", "r1 a 0 2\n"},
    {".if (1)\n.subckt s a\nr1 a 0 1\n.ends\n.else\n.subckt s a\nr1 a 0 2\n.ends\n.endif\nx1 a s\n", "x1.r1 a 0 1\n"},
    /* models */
    {"x1 a s\nx2 a s r=4\n.subckt s a r=2\n.model m r(r={r})\nr1 a 0 m\n.ends\n.model m r(r=9)\nr1 a 0 m\n",
     "r1 a 0 9\nx1.r1 a 0 2\nx2.r1 a 0 4\n"},
    {".subckt o a\n.model m r(r=5)\n.subckt s a\nr1 a 0 m\n.ends\nx1 a s\nx2 a t\n.ends\n.model m r(r=9)\n.subckt t a\n"
     "r1 a 0 m\n.ends\nx1 a o\n",
     "x1.x1.r1 a 0 5\nx1.x2.r1 a 0 9\n"},
};

START_TEST(flat_circuits)
{
    flattened_check(flat_table[_i].cards, flat_table[_i].elements);
}
END_TEST

/* Nodes are numbered as elements name them, those of instances where these stand; then come nodes that ports without
 * an element inside are at. */
static const struct {
    const char *cards, *nodes;
} orders[] = {
    {"x1 a b s\nv1 a 0 1\nr1 b 0 1\n.subckt s p q\nr1 p m 1\nr2 m q 1\n.ends\n", "0 a x1.m b"},
    {"x1 a b s\nv1 b 0 1\nr1 a 0 1\n.subckt s p q\nr1 q m 1\nr2 m p 1\n.ends\n", "0 b x1.m a"},
    {"x1 a b s\nr1 b 0 1\n.subckt s p q\nx2 p m t\nx3 m q t\nr9 m k 1\nr8 k 0 1\n.ends\n"
     ".subckt t u w\nr1 u i 1\nr2 i w 2\n.ends\n",
     "0 a x1.x2.i x1.m x1.x3.i b x1.k"},
    {"x1 a z b s\nx2 y y 0 s\nr1 c z 1\n.subckt s p n q\nx1 n 0 i t\nr1 p m 1\nr2 m q 1\n.ends\n"
     ".subckt t a b c\nr1 b 0 1\n.ends\n",
     "0 a x1.m b y x2.m c z x1.i x2.i"},
    {".global g\nx1 a s\nr1 a 0 1\n.subckt s p\nr1 g m 1\nr2 m p 1\n.ends\n", "0 g x1.m a"},
};

START_TEST(order_of_nodes)
{
    struct flattened deck;
    char text[256] = "";
    flattened_read(&deck, orders[_i].cards);
    for (uint32_t n = 0; n < deck.circuit.nodes.count; n++) {
        strcat(text, n > 0 ? " " : "");
        strcat(text, deck.circuit.nodes.text[n]);
    }
    ck_assert_str_eq(text, orders[_i].nodes);
    flattened_free(&deck);
}
END_TEST

/* ---- messages --------------------------------------------------------------------------------------------------- */

START_TEST(messages_lead_to_the_element)
{
    static const char cards[] =
        "x1 a s\nx2 a s\n.subckt s a\nx3 a t\nr2 a 0 4k7\n.ends\n.subckt t b\nr1 b 0 1 k=1\n.ends\n";
    struct flattened deck;
    flattened_read(&deck, cards);
    text_check(cards, text_messages(&deck.diagnostics, &deck.netlist.sources),
               "9:10 x1.x3.r1 has no parameter k\n"
               "5:1 in instance x3\n2:1 in instance x1\n"
               "6:8 4k7 is read as 4000, as SPICE does\n2:1 in instance x1\n");
    flattened_free(&deck);
}
END_TEST

START_TEST(origins_of_elements)
{
    struct flattened deck;
    flattened_read(
        &deck,
        "r1 a 0 1\nx1 a s\nr2 a 0 1\nx2 a s\n.subckt s a\nx3 a t\nr1 a 0 1\n.ends\n.subckt t a\nr1 a 0 1\n.ends\n");
    int length;
    for (uint32_t e = 0; e < deck.circuit.elements.count; e++) {
        char *path = NULL, *start = NULL;
        const char *name = circuit_spelling(&deck.circuit, e, &length);
        text_append(&path, "%.*s", (int)deck.circuit.element[e].name_length, deck.circuit.element[e].place);
        for (const struct origin *origin = circuit_origin(&deck.circuit, e); origin; origin = origin->outer) {
            start = path, path = NULL;
            text_append(&path, "%.*s.%s", (int)origin->length, origin->place, start);
            free(start);
        }
        ck_assert_str_eq(path, deck.circuit.elements.text[e]);
        ck_assert_msg((size_t)length == strlen(path) && strncmp(name, path, strlen(path)) == 0, "%s", path);
        free(path);
    }
    ck_assert_uint_eq(deck.circuit.elements.count, 6);
    flattened_free(&deck);
}
END_TEST

/* ---- building again --------------------------------------------------------------------------------------------- */

START_TEST(overridden_parameters)
{
    static const char cards[] = ".param k=1 v={k*10}\n.if (k==1)\nr1 a 0 {v}\n.else\nr2 a 0 {v}\n.endif\nx1 a s\n"
                                ".subckt s a\nr1 a n {v+1}\n.if (k>2)\nr2 n 0 1\n.else\nr3 n 0 1\n.endif\n.ends\n";
    struct flattened deck;
    flattened_read(&deck, cards);
    text_check(cards, flattened_elements(&deck), "r1 a 0 10\nx1.r1 a x1.n 11\nx1.r3 x1.n 0 1\n");
    ck_assert(!flatten_override(deck.flat, "nobody", 6, 1));
    ck_assert(flatten_override(deck.flat, "K", 1, 3));
    ck_assert(flattened_build(&deck));
    text_check(cards, flattened_elements(&deck), "r2 a 0 30\nx1.r1 a x1.n 31\nx1.r2 x1.n 0 1\n");
    ck_assert(flatten_override(deck.flat, "v", 1, 5) && flatten_override(deck.flat, "k", 1, 2));
    ck_assert(flattened_build(&deck));
    text_check(cards, flattened_elements(&deck), "r2 a 0 5\nx1.r1 a x1.n 6\nx1.r3 x1.n 0 1\n");
    ck_assert(flatten_override(deck.flat, "k", 1, 1));
    ck_assert(flattened_build(&deck));
    text_check(cards, flattened_elements(&deck), "r1 a 0 5\nx1.r1 a x1.n 6\nx1.r3 x1.n 0 1\n");
    ck_assert_uint_eq(deck.diagnostics.count, 0);
    flattened_free(&deck);
}
END_TEST

START_TEST(temperature_of_parameters)
{
    static const char cards[] = ".param k={temper}\n.if (k>40)\nr1 a 0 {k}\n.else\nr2 a 0 {k}\n.endif\n";
    struct flattened deck;
    flattened_read(&deck, cards);
    ck_assert(flatten_saw_temperature(deck.flat));
    text_check(cards, flattened_elements(&deck), "r2 a 0 27\n");
    flatten_set_temperature(deck.flat, 50, 1);
    ck_assert(flattened_build(&deck));
    text_check(cards, flattened_elements(&deck), "r1 a 0 50\n");
    flattened_free(&deck);
    flattened_read(&deck, "r1 a 0 1\n.param k=1\n");
    ck_assert(!flatten_saw_temperature(deck.flat));
    flattened_free(&deck);
}
END_TEST

/* ---- random numbers --------------------------------------------------------------------------------------------- */

static double value_in(const struct flattened *deck, const char *name)
{
    uint32_t number = names_find(&deck->circuit.elements, name, strlen(name));
    ck_assert_msg(number != NAMES_NONE, "%s", name);
    return deck->circuit.element[number].value;
}

START_TEST(random_numbers_belong_to_names)
{
    struct flattened one, other;
    flattened_read(
        &one,
        ".param p=agauss(100,1,1)\nr1 a 0 {p}\nr2 a 0 {p}\nr3 a 0 {aunif(5,1)} \nx1 a s\nx2 a s\n.subckt s a\n"
        "r1 a 0 {gauss(5,.1,1)}\nr2 a 0 {gauss(5,.1,1)}\n.ends\n");
    flattened_read(
        &other,
        "x9 a s\nx2 a s\nr3 a 0 {aunif(5,1)}\n.subckt s a\nr2 a 0 {gauss(5,.1,1)}\nr1 a 0 {gauss(5,.1,1)}\n"
        ".ends\nX1 a s\nr2 a 0 {p}\n.param q={unif(1,1)} P=agauss(100,1,1)\n");
    static const char *const names[] = {"r2", "r3", "x1.r1", "x1.r2", "x2.r1", "x2.r2"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        ck_assert_msg(value_in(&one, names[i]) == value_in(&other, names[i]), "%s", names[i]);
        for (size_t j = 0; j < i; j++)
            ck_assert(value_in(&one, names[i]) != value_in(&one, names[j]));
    }
    ck_assert(value_in(&one, "r1") == value_in(&one, "r2"));
    double before = value_in(&one, "x1.r1");
    flatten_set_temperature(one.flat, 27, 2);
    ck_assert(flattened_build(&one));
    ck_assert(value_in(&one, "x1.r1") != before);
    flatten_set_temperature(one.flat, 27, 1);
    ck_assert(flattened_build(&one));
    ck_assert(value_in(&one, "x1.r1") == before);
    flattened_free(&one);
    flattened_free(&other);
}
END_TEST

/* Mean and deviation over many instances: 10,000 draws, so both are within five of their own deviations. */
START_TEST(random_numbers_of_instances)
{
    enum { INSTANCES = 10000 };
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    fprintf(file, ".subckt s a v={agauss(100,3,3)}\nr1 a 0 {v}\n.ends\n");
    for (int i = 0; i < INSTANCES; i++)
        fprintf(file, "x%d a s\n", i);
    fclose(file);
    struct flattened deck;
    flattened_read(&deck, text);
    double sum = 0, squares = 0;
    for (uint32_t e = 0; e < INSTANCES; e++) {
        double off = deck.circuit.element[e].value - 100;
        sum += off;
        squares += off * off;
    }
    ck_assert(fabs(sum / INSTANCES) < 5 / sqrt(INSTANCES));
    ck_assert(fabs(squares / INSTANCES - 1) < 5 * sqrt(2.0 / INSTANCES));
    flattened_free(&deck);
    free(text);
}
END_TEST

/* ---- the suite -------------------------------------------------------------------------------------------------- */

Suite *suite_flatten(void)
{
    Suite *suite = suite_create("flatten");
    TCase *cards = tcase_create("cards");
    tcase_add_loop_test(cards, flat_circuits, 0, sizeof flat_table / sizeof *flat_table);
    tcase_add_loop_test(cards, order_of_nodes, 0, sizeof orders / sizeof *orders);
    tcase_add_test(cards, messages_lead_to_the_element);
    tcase_add_test(cards, origins_of_elements);
    suite_add_tcase(suite, cards);

    TCase *again = tcase_create("again");
    tcase_add_test(again, overridden_parameters);
    tcase_add_test(again, temperature_of_parameters);
    suite_add_tcase(suite, again);

    TCase *random = tcase_create("random");
    tcase_add_test(random, random_numbers_belong_to_names);
    tcase_add_test(random, random_numbers_of_instances);
    suite_add_tcase(suite, random);
    return suite;
}
