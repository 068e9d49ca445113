/* src/flatten: from cards to the flat circuit. */
#include "circuit/circuit.h"
#include "flatten/flatten.h"
#include "networks.h"
#include "reader.h"
#include "suites.h"
#include "texts.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- a flat circuit as text ------------------------------------------------------------------------------------- */

struct deck {
    struct netlist netlist;
    struct diagnostics diagnostics;
    struct flat *flat;
    struct circuit circuit;
};

static const struct conditions conditions = {.temp = 27, .tnom = 27, .gmin = 1e-12};

static bool build(struct deck *deck)
{
    circuit_free(&deck->circuit);
    return circuit_build(&deck->circuit, &deck->netlist, deck->flat, DIODE_BY_MODEL, &conditions, &deck->diagnostics);
}

/* Read and build; the title line is added. */
static void read_deck(struct deck *deck, const char *cards)
{
    char *text = NULL;
    text_append(&text, "t\n%s", cards);
    *deck = (struct deck){0};
    ck_assert_int_eq(reader_memory(&deck->netlist, "deck.cir", text, strlen(text), &deck->diagnostics), READER_OK);
    deck->flat = flatten(&deck->netlist, &deck->diagnostics);
    ck_assert_ptr_nonnull(deck->flat);
    ck_assert(build(deck));
    free(text);
}

static void forget(struct deck *deck)
{
    circuit_free(&deck->circuit);
    flatten_free(deck->flat);
    netlist_free(&deck->netlist);
    diagnostics_free(&deck->diagnostics);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* NAME NODE NODE VALUE, one element a line, sorted; free() it. */
static char *described(const struct circuit *circuit)
{
    uint32_t count = circuit->elements.count;
    char **line = calloc(count + 1, sizeof *line), *text = NULL;
    for (uint32_t e = 0; e < count; e++) {
        const struct element *element = &circuit->element[e];
        text_append(&line[e], "%s %s %s %.13g\n", circuit->elements.text[e], circuit->nodes.text[element->a],
               circuit->nodes.text[element->k], element->value);
    }
    qsort(line, count, sizeof *line, by_text);
    text_append(&text, "%s", "");
    for (uint32_t e = 0; e < count; e++) {
        text_append(&text, "%s", line[e]);
        free(line[e]);
    }
    free(line);
    return text;
}

static void check_text(const char *cards, char *text, const char *expected)
{
    ck_assert_msg(strcmp(text, expected) == 0, "%s\ngives:\n%s\nexpected:\n%s", cards, text, expected);
    free(text);
}

static void check_flat(const char *cards, const char *elements)
{
    struct deck deck;
    read_deck(&deck, cards);
    check_text(cards, text_messages(&deck.diagnostics, &deck.netlist.sources), "");
    check_text(cards, described(&deck.circuit), elements);
    forget(&deck);
}

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
    check_flat(flat_table[_i].cards, flat_table[_i].elements);
}
END_TEST

/* ---- messages --------------------------------------------------------------------------------------------------- */

START_TEST(messages_lead_to_the_element)
{
    static const char cards[] =
        "x1 a s\nx2 a s\n.subckt s a\nx3 a t\nr2 a 0 4k7\n.ends\n.subckt t b\nr1 b 0 -1\n.ends\n";
    struct deck deck;
    read_deck(&deck, cards);
    check_text(cards, text_messages(&deck.diagnostics, &deck.netlist.sources),
               "9:1 x1.x3.r1 has a negative resistance (-1 ohm), which has no convex program\n"
               "5:1 in instance x3\n2:1 in instance x1\n"
               "6:8 4k7 is read as 4000, as SPICE does\n2:1 in instance x1\n");
    forget(&deck);
}
END_TEST

START_TEST(origins_of_elements)
{
    struct deck deck;
    read_deck(
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
    forget(&deck);
}
END_TEST

/* ---- depth ------------------------------------------------------------------------------------------------------ */

/* A chain of instances, each in the one before. */
static char *chain(int depth)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    fprintf(file, "x s0\n");
    for (int i = 0; i < depth; i++)
        fprintf(file, ".subckt s%d\nx s%d\n.ends\n", i, i + 1);
    fprintf(file, ".subckt s%d\nr a 0 1\n.ends\n", depth);
    fclose(file);
    return text;
}

START_TEST(deep_instances)
{
    struct deck deck;
    char *text = chain(SUBCIRCUIT_DEPTH - 1);
    read_deck(&deck, text);
    ck_assert_uint_eq(deck.diagnostics.errors, 0);
    ck_assert_uint_eq(deck.circuit.elements.count, 1);
    ck_assert_uint_eq(strlen(deck.circuit.elements.text[0]), 2 * SUBCIRCUIT_DEPTH + 1);
    forget(&deck);
    free(text);

    text = chain(10000);
    read_deck(&deck, text);
    ck_assert_uint_eq(deck.diagnostics.errors, 1);
    ck_assert_str_eq(deck.diagnostics.item[0].message, "more than 1000 instances inside of one another");
    ck_assert_uint_lt(deck.diagnostics.count, 20);
    forget(&deck);
    free(text);
}
END_TEST

START_TEST(deep_blocks)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    enum { DEPTH = 10000 };
    for (int i = 0; i < DEPTH; i++)
        fprintf(file, ".if (1)\n");
    fprintf(file, "r1 a 0 1\n");
    for (int i = 0; i < DEPTH; i++)
        fprintf(file, ".endif\n");
    for (int i = 0; i < DEPTH; i++)
        fprintf(file, ".subckt s\n");
    fprintf(file, "q1\n");
    for (int i = 0; i < DEPTH; i++)
        fprintf(file, ".ends\n");
    fclose(file);
    check_flat(text, "r1 a 0 1\n");
    free(text);
}
END_TEST

START_TEST(long_chains_of_parameters)
{
    enum { LENGTH = 20000 };
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    for (int i = 0; i < LENGTH; i++)
        fprintf(file, ".param p%d={p%d+1}\n", i, i + 1);
    fprintf(file, ".param p%d=1\nr1 a 0 {p0}\n", LENGTH);
    fclose(file);
    check_flat(text, "r1 a 0 20001\n");
    free(text);
}
END_TEST

static const struct {
    const char *cards, *message;
} circles[] = {
    {".param a={a}\n", "the parameter a depends on itself: a -> a"},
    {".param a={b} b={c+d} c={d} d={b}\n", "the parameter b depends on itself: b -> d -> b"},
    {".param a={b+c} b={c} c={a}\nr2 a 0 {c}\n", "the parameter a depends on itself: a -> c -> a"},
    {".subckt s a p=1 q=2\nr1 a 0 1\n.ends\nx1 a s p={q} q={p}\n", "the parameter p depends on itself: p -> q -> p"},
};

START_TEST(circles_of_parameters)
{
    struct deck deck;
    char *text = NULL;
    text_append(&text, "r1 a 0 1\n%s", circles[_i].cards);
    read_deck(&deck, text);
    ck_assert_uint_eq(deck.diagnostics.errors, 1);
    ck_assert_str_eq(deck.diagnostics.item[0].message, circles[_i].message);
    forget(&deck);
    free(text);
}
END_TEST

/* ---- building again --------------------------------------------------------------------------------------------- */

START_TEST(overridden_parameters)
{
    static const char cards[] = ".param k=1 v={k*10}\n.if (k==1)\nr1 a 0 {v}\n.else\nr2 a 0 {v}\n.endif\nx1 a s\n"
                                ".subckt s a\nr1 a n {v+1}\n.if (k>2)\nr2 n 0 1\n.else\nr3 n 0 1\n.endif\n.ends\n";
    struct deck deck;
    read_deck(&deck, cards);
    check_text(cards, described(&deck.circuit), "r1 a 0 10\nx1.r1 a x1.n 11\nx1.r3 x1.n 0 1\n");
    ck_assert(!flatten_override(deck.flat, "nobody", 6, 1));
    ck_assert(flatten_override(deck.flat, "K", 1, 3));
    ck_assert(build(&deck));
    check_text(cards, described(&deck.circuit), "r2 a 0 30\nx1.r1 a x1.n 31\nx1.r2 x1.n 0 1\n");
    ck_assert(flatten_override(deck.flat, "v", 1, 5) && flatten_override(deck.flat, "k", 1, 2));
    ck_assert(build(&deck));
    check_text(cards, described(&deck.circuit), "r2 a 0 5\nx1.r1 a x1.n 6\nx1.r3 x1.n 0 1\n");
    ck_assert(flatten_override(deck.flat, "k", 1, 1));
    ck_assert(build(&deck));
    check_text(cards, described(&deck.circuit), "r1 a 0 5\nx1.r1 a x1.n 6\nx1.r3 x1.n 0 1\n");
    ck_assert_uint_eq(deck.diagnostics.count, 0);
    forget(&deck);
}
END_TEST

START_TEST(temperature_of_parameters)
{
    static const char cards[] = ".param k={temper}\n.if (k>40)\nr1 a 0 {k}\n.else\nr2 a 0 {k}\n.endif\n";
    struct deck deck;
    read_deck(&deck, cards);
    ck_assert(flatten_saw_temperature(deck.flat));
    check_text(cards, described(&deck.circuit), "r2 a 0 27\n");
    flatten_conditions(deck.flat, 50, 1);
    ck_assert(build(&deck));
    check_text(cards, described(&deck.circuit), "r1 a 0 50\n");
    forget(&deck);
    read_deck(&deck, "r1 a 0 1\n.param k=1\n");
    ck_assert(!flatten_saw_temperature(deck.flat));
    forget(&deck);
}
END_TEST

/* ---- random numbers --------------------------------------------------------------------------------------------- */

static double value_in(const struct deck *deck, const char *name)
{
    uint32_t number = names_find(&deck->circuit.elements, name, strlen(name));
    ck_assert_msg(number != NAMES_NONE, "%s", name);
    return deck->circuit.element[number].value;
}

START_TEST(random_numbers_belong_to_names)
{
    struct deck one, other;
    read_deck(&one,
              ".param p=agauss(100,1,1)\nr1 a 0 {p}\nr2 a 0 {p}\nr3 a 0 {aunif(5,1)} \nx1 a s\nx2 a s\n.subckt s a\n"
              "r1 a 0 {gauss(5,.1,1)}\nr2 a 0 {gauss(5,.1,1)}\n.ends\n");
    read_deck(&other,
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
    flatten_conditions(one.flat, 27, 2);
    ck_assert(build(&one));
    ck_assert(value_in(&one, "x1.r1") != before);
    flatten_conditions(one.flat, 27, 1);
    ck_assert(build(&one));
    ck_assert(value_in(&one, "x1.r1") == before);
    forget(&one);
    forget(&other);
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
    struct deck deck;
    read_deck(&deck, text);
    double sum = 0, squares = 0;
    for (uint32_t e = 0; e < INSTANCES; e++) {
        double off = deck.circuit.element[e].value - 100;
        sum += off;
        squares += off * off;
    }
    ck_assert(fabs(sum / INSTANCES) < 5 / sqrt(INSTANCES));
    ck_assert(fabs(squares / INSTANCES - 1) < 5 * sqrt(2.0 / INSTANCES));
    forget(&deck);
    free(text);
}
END_TEST

/* ---- flattened by hand ------------------------------------------------------------------------------------------ */

enum { DEFINITIONS = 5, PARTS = 6 };

/* A hierarchy: definition d has instances of later ones only. Each has two ports, a parameter p and
 * three local nodes. */
struct hierarchy {
    struct part_of_tree {
        bool is_instance;
        int a, k;      /* 0: ground, 1, 2: ports, 3..5: local nodes */
        int of;        /* definition of an instance */
        double factor; /* a resistor's value is p * factor, an instance's p is p + factor */
        int m;
    } part[DEFINITIONS][PARTS];
};

static struct hierarchy random_hierarchy(uint64_t *seed)
{
    struct hierarchy tree;
    for (int d = 0; d < DEFINITIONS; d++)
        for (int i = 0; i < PARTS; i++) {
            struct part_of_tree *part = &tree.part[d][i];
            part->is_instance = i < 2 && d + 1 < DEFINITIONS;
            part->a = (int)(random_bits(seed) % 6);
            part->k = (int)(random_bits(seed) % 6);
            part->of = d + 1 + (d + 1 < DEFINITIONS ? (int)(random_bits(seed) % (unsigned)(DEFINITIONS - d - 1)) : 0);
            part->factor = 1 + (double)(random_bits(seed) % 9);
            part->m = 1 + (int)(random_bits(seed) % 3);
        }
    return tree;
}

static void put_node(FILE *file, int node)
{
    if (node == 0)
        fprintf(file, " 0");
    else
        fprintf(file, " %c", "pqxyz"[node - 1]);
}

/* The cards of a definition, from one of its parts on around. */
static void put_definition(FILE *file, const struct hierarchy *tree, int d, int from)
{
    for (int i = 0; i < PARTS; i++) {
        int n = (i + from) % PARTS;
        const struct part_of_tree *part = &tree->part[d][n];
        fprintf(file, "%c%d", part->is_instance ? 'x' : 'r', n);
        put_node(file, part->a);
        put_node(file, part->k);
        if (part->is_instance)
            fprintf(file, " s%d p={p+%g} m=%d\n", part->of, part->factor, part->m);
        else
            fprintf(file, " {p*%g} m=%d\n", part->factor, part->m);
    }
}

/* The deck, its definitions before or behind their use and their cards in another order. */
static char *tree_text(const struct hierarchy *tree, int from)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    for (int d = 1; d < DEFINITIONS; d++) {
        if (d == 1 + from % (DEFINITIONS - 1)) {
            fprintf(file, ".param p=1\nr9 p 0 1\n");
            put_definition(file, tree, 0, from);
        }
        fprintf(file, ".subckt s%d p q params: p=0\n", d);
        put_definition(file, tree, d, from);
        fprintf(file, ".ends\n");
    }
    fclose(file);
    return text;
}

/* The same without subcircuits: what a definition becomes under a path, with these names for its nodes. */
static void put_flat(FILE *file, const struct hierarchy *tree, int d, const char *path, char node[6][100], double p,
                     int m)
{
    for (int i = 0; i < PARTS; i++) {
        const struct part_of_tree *part = &tree->part[d][i];
        const char *a = node[part->a], *k = node[part->k];
        if (!part->is_instance) {
            fprintf(file, "%sr%d %s %s %.13g\n", path, i, a, k, p * part->factor / (m * part->m));
            continue;
        }
        char inner[100], inside[6][100];
        snprintf(inner, sizeof inner, "%sx%d.", path, i);
        strcpy(inside[0], "0");
        strcpy(inside[1], a);
        strcpy(inside[2], k);
        for (int n = 3; n < 6; n++)
            snprintf(inside[n], sizeof inside[n], "%.90s%c", inner, "pqxyz"[n - 1]);
        put_flat(file, tree, part->of, inner, inside, p + part->factor, m * part->m);
    }
}

static char *sorted_lines(char *text)
{
    size_t count = 0;
    for (const char *at = text; *at; at++)
        count += *at == '\n';
    char **line = calloc(count + 1, sizeof *line), *sorted = NULL, *save = NULL;
    size_t lines = 0;
    for (char *at = strtok_r(text, "\n", &save); at; at = strtok_r(NULL, "\n", &save))
        text_append(&line[lines++], "%s\n", at);
    qsort(line, lines, sizeof *line, by_text);
    text_append(&sorted, "%s", "");
    for (size_t i = 0; i < lines; i++) {
        text_append(&sorted, "%s", line[i]);
        free(line[i]);
    }
    free(line);
    return sorted;
}

START_TEST(hierarchies_are_flattened_as_by_hand)
{
    uint64_t seed = 1000 + (uint64_t)_i;
    struct hierarchy tree = random_hierarchy(&seed);
    char top[6][100] = {"0", "p", "q", "x", "y", "z"}, *flat = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&flat, &size);
    put_flat(file, &tree, 0, "", top, 1, 1);
    fprintf(file, "r9 p 0 1\n");
    fclose(file);
    char *expected = sorted_lines(flat);
    for (int from = 0; from < PARTS; from++) {
        char *text = tree_text(&tree, from);
        check_flat(text, expected);
        free(text);
    }
    free(expected);
    free(flat);
}
END_TEST

/* ---- nonsense --------------------------------------------------------------------------------------------------- */

static const char *const lines[] = {
    ".param a=1 b={a*2} c=\"b\"", ".param b={c} c={b}", ".param f(x)={x+a}", ".func g(x,y) {x*y+g2(x)}",
    ".func g2(x) {g(x,x)}", ".global vdd", ".subckt s n p=1 q={p*2}", ".subckt t a b m=2", ".subckt s n", ".subckt",
    ".ends", ".ends s", ".ends t", "x1 a s p={b} q={f(1)} m=2", "x2 a b t m={a}", "x3 a s zz=3", "x4 a", "x5",
    "x1 a s", "xs n s p=p", "xt n 0 t params: m=3", ".if (a==1)", ".if (p>q)", ".elseif (b)", ".else", ".endif",
    ".if", "r1 n 0 {p}", "r2 a vdd {q*r}", "r3 n 0 w", "r4 a b b m=3", "r5 a 0 {agauss(5,1,1)}", "d1 n 0 m1",
    ".model m1 d(ron={p} vfwd=a)", ".model w r(rsh=p)", ".model m1 d(ron=1)", "v1 a 0 {g(1,2)}", "i1 0 n {m}",
    ".nodeset v(n)=1", ".ic v(a)={b}", ".temp {a}", ".options temp={temper}", "q1 a b c", "r9 (a b) 1", "+ p=3",
    "+ {", "v2 b 0 a", ".print v(a)", ".end",
};

enum { LINES = sizeof lines / sizeof *lines };

/* Cards in any order, some bytes of them changed: no harm is done, and building again finds the same. */
START_TEST(nonsense_does_no_harm)
{
    uint64_t seed = 77 + (uint64_t)_i;
    char text[8000] = "t\n";
    for (int i = 0; i < 60; i++) {
        strcat(text, lines[random_bits(&seed) % LINES]);
        strcat(text, "\n");
    }
    size_t size = strlen(text);
    for (int i = 0; i < _i % 8; i++)
        text[random_bits(&seed) % size] = "(){}='\" \n+ab01.*"[random_bits(&seed) % 17];
    struct deck deck = {0};
    ck_assert_int_eq(reader_memory(&deck.netlist, "deck.cir", text, size, &deck.diagnostics), READER_OK);
    deck.flat = flatten(&deck.netlist, &deck.diagnostics);
    ck_assert_ptr_nonnull(deck.flat);
    ck_assert(build(&deck));
    bool wrong = deck.diagnostics.errors > 0;
    char *first = described(&deck.circuit);
    ck_assert(build(&deck));
    if (!wrong)
        check_text(text, described(&deck.circuit), first);
    free(first);
    forget(&deck);
}
END_TEST

/* ---- the suite -------------------------------------------------------------------------------------------------- */

Suite *suite_flatten(void)
{
    Suite *suite = suite_create("flatten");
    TCase *cards = tcase_create("cards");
    tcase_add_loop_test(cards, flat_circuits, 0, sizeof flat_table / sizeof *flat_table);
    tcase_add_test(cards, messages_lead_to_the_element);
    tcase_add_test(cards, origins_of_elements);
    suite_add_tcase(suite, cards);

    TCase *depth = tcase_create("depth");
    tcase_add_test(depth, deep_instances);
    tcase_add_test(depth, deep_blocks);
    tcase_add_test(depth, long_chains_of_parameters);
    tcase_add_loop_test(depth, circles_of_parameters, 0, sizeof circles / sizeof *circles);
    suite_add_tcase(suite, depth);

    TCase *again = tcase_create("again");
    tcase_add_test(again, overridden_parameters);
    tcase_add_test(again, temperature_of_parameters);
    suite_add_tcase(suite, again);

    TCase *random = tcase_create("random");
    tcase_add_test(random, random_numbers_belong_to_names);
    tcase_add_test(random, random_numbers_of_instances);
    suite_add_tcase(suite, random);

    TCase *hierarchies = tcase_create("hierarchies");
    tcase_add_loop_test(hierarchies, hierarchies_are_flattened_as_by_hand, 0, 40);
    suite_add_tcase(suite, hierarchies);

    TCase *nonsense = tcase_create("nonsense");
    tcase_add_loop_test(nonsense, nonsense_does_no_harm, 0, 500);
    suite_add_tcase(suite, nonsense);
    return suite;
}
