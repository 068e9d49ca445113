/* src/flatten: netlists that go deep, in instances, blocks and parameters; parameters in circles. */
#include "flattened.h"
#include "suites.h"
#include "texts.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    struct flattened deck;
    char *text = chain(SUBCIRCUIT_DEPTH - 1);
    flattened_read(&deck, text);
    ck_assert_uint_eq(deck.diagnostics.errors, 0);
    ck_assert_uint_eq(deck.circuit.elements.count, 1);
    ck_assert_uint_eq(strlen(deck.circuit.elements.text[0]), 2 * SUBCIRCUIT_DEPTH + 1);
    flattened_free(&deck);
    free(text);

    text = chain(10000);
    flattened_read(&deck, text);
    ck_assert_uint_eq(deck.diagnostics.errors, 1);
    ck_assert_str_eq(deck.diagnostics.item[0].message, "more than 1000 instances inside of one another");
    ck_assert_uint_lt(deck.diagnostics.count, 20);
    flattened_free(&deck);
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
    flattened_check(text, "r1 a 0 1\n");
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
    flattened_check(text, "r1 a 0 20001\n");
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
    struct flattened deck;
    char *text = NULL;
    text_append(&text, "r1 a 0 1\n%s", circles[_i].cards);
    flattened_read(&deck, text);
    ck_assert_uint_eq(deck.diagnostics.errors, 1);
    ck_assert_str_eq(deck.diagnostics.item[0].message, circles[_i].message);
    flattened_free(&deck);
    free(text);
}
END_TEST

Suite *suite_flatten_depth(void)
{
    Suite *suite = suite_create("flatten_depth");
    TCase *depth = tcase_create("depth");
    tcase_add_test(depth, deep_instances);
    tcase_add_test(depth, deep_blocks);
    tcase_add_test(depth, long_chains_of_parameters);
    tcase_add_loop_test(depth, circles_of_parameters, 0, sizeof circles / sizeof *circles);
    suite_add_tcase(suite, depth);
    return suite;
}
