/* Random hierarchies, against the same flattened by hand; nonsense, which must do no harm. */
#include "flattened.h"
#include "networks.h"
#include "reader.h"
#include "suites.h"
#include "texts.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    char *expected = text_sorted(flat);
    for (int from = 0; from < PARTS; from++) {
        char *text = tree_text(&tree, from);
        flattened_check(text, expected);
        free(text);
    }
    free(expected);
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
    struct flattened deck = {.gmin = 1e-12};
    ck_assert_int_eq(reader_memory(&deck.netlist, "deck.cir", text, size, &deck.diagnostics), READER_OK);
    deck.flat = flatten(&deck.netlist, &deck.diagnostics);
    ck_assert_ptr_nonnull(deck.flat);
    ck_assert(flattened_build(&deck));
    bool wrong = deck.diagnostics.errors > 0;
    char *first = flattened_elements(&deck);
    ck_assert(flattened_build(&deck));
    if (!wrong)
        text_check(text, flattened_elements(&deck), first);
    free(first);
    flattened_free(&deck);
}
END_TEST

/* ---- the suite -------------------------------------------------------------------------------------------------- */

Suite *suite_random_hierarchies(void)
{
    Suite *suite = suite_create("random_hierarchies");
    TCase *hierarchies = tcase_create("hierarchies");
    tcase_add_loop_test(hierarchies, hierarchies_are_flattened_as_by_hand, 0, 40);
    suite_add_tcase(suite, hierarchies);

    TCase *nonsense = tcase_create("nonsense");
    tcase_add_loop_test(nonsense, nonsense_does_no_harm, 0, 500);
    suite_add_tcase(suite, nonsense);
    return suite;
}
