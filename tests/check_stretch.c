/* elaborate: stretches of plain cards, built at once and by several threads, make the circuit that card by card
 * makes. */
#include "fail_alloc.h"
#include "flattened.h"
#include "reader.h"
#include "suites.h"
#include "util/random.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Cards of which some are plain and some have more to say; %d is a number. */
static const char *const kinds[] = {
    "R%d n%d n%d 1.5k\n",         "r%d a%d A%d 2meg\n",        "c%d n%d 0 1u\n",          "L%d n%d gnd {p}\n",
    "v%d n%d GND -1m\n",          "i%d m%d 0 1e-3A\n",         "d%d n%d 0 dm\n",          "r%d n%d 0 0\n",
    "r%d n%d 0 p\n",              "r%d n%d 0 rm\n",            "r%d n%d 0 nosuch\n",      "r%d n{%d} 0 1\n",
    "r%d n%d 0 1e999\n",          "r%d n%d 0 1e-320\n",        "r%d n%d 0 1k_\n",         "v%d n%d 0 dc\n",
    "i%d n%d 0 -0\n",             "r%d%d n 0 1 tc=1m\n",       "x%d n%d sub\n",           "r1 n%d n%d 1\n",
    "R%d a_rather_long_name_of_a_node_%d 0 1\n",               "c%d n%d 0 whatever\n",    "g%d n%d 0 n1 0 2\n",
    "r%d n%d 0 +1.0%d\n",         "l%d n%d n%d 1n\n",          ".nodeset v(n%d)=1\n",     "v%d (n%d 0) 5\n"};

static size_t below(struct random *random, size_t limit)
{
    return (size_t)((random_uniform(random) + 1) / 2 * (double)limit);
}

/* One card in `plain` is of any kind, the others are resistors. */
static char *random_cards(uint64_t seed, size_t cards, size_t plain)
{
    enum { LINE = 64 };
    struct random random = random_from(seed);
    char *text = malloc(cards * LINE + 256);
    size_t size = (size_t)sprintf(text, "t\n.param p=3\n.model dm d\n.model rm r(r=5)\n"
                                        ".subckt sub a\nrs a b 1k\nrt b 0 1k\n.ends\n");
    for (size_t n = 0; n < cards; n++) {
        const char *kind = below(&random, plain) == 0 ? kinds[below(&random, sizeof kinds / sizeof *kinds)] : *kinds;
        int number = (int)(below(&random, 100) == 0 ? below(&random, cards) : n);
        size += (size_t)snprintf(text + size, LINE, kind, number, (int)below(&random, 1 + n / 2),
                                 (int)below(&random, 1 + cards / 3));
    }
    return text;
}

static const struct sim_options conditions = {.temp = 50, .tnom = 27, .gmin = 1e-12, .scale = 1};

/* threads 0: by their handlers alone. most: elements; 0: any number. False when memory is out. */
static bool build_limited(struct flattened *deck, const char *text, int threads, size_t most)
{
    *deck = (struct flattened){0};
    deck->netlist.threads = threads > 0 ? threads : 1;
    if (reader_memory(&deck->netlist, "deck", text, strlen(text), &deck->diagnostics) != READER_OK ||
        (threads == 0 && !netlist_expand(&deck->netlist)))
        return false;
    deck->netlist.most = most;
    deck->flat = flatten(&deck->netlist, &deck->diagnostics);
    return deck->flat &&
           elaborate(&deck->circuit, &deck->netlist, deck->flat, DIODE_BY_MODEL, &conditions, &deck->diagnostics) &&
           !deck->diagnostics.out_of_memory;
}

static bool build(struct flattened *deck, const char *text, int threads)
{
    return build_limited(deck, text, threads, 0);
}

static size_t offset_of(const struct flattened *deck, const char *place)
{
    return place ? (size_t)(place - deck->netlist.sources.item[0].text) : SIZE_MAX;
}

static bool is_same_element(const struct flattened *p, const struct flattened *q, uint32_t e)
{
    const struct element *a = &p->circuit.element[e], *b = &q->circuit.element[e];
    const struct origin *origin_a = circuit_origin(&p->circuit, e), *origin_b = circuit_origin(&q->circuit, e);
    return a->kind == b->kind && a->a == b->a && a->k == b->k && a->law == b->law && a->branch == b->branch &&
           a->name_length == b->name_length && memcmp(&a->value, &b->value, sizeof a->value) == 0 &&
           offset_of(p, a->place) == offset_of(q, b->place) && !origin_a == !origin_b &&
           strcmp(p->circuit.elements.text[e], q->circuit.elements.text[e]) == 0 &&
           (!origin_a || offset_of(p, origin_a->place) == offset_of(q, origin_b->place));
}

static void check_same_circuit(const struct flattened *p, const struct flattened *q)
{
    uint32_t e = 0, n = 0;
    ck_assert_uint_eq(p->circuit.elements.count, q->circuit.elements.count);
    ck_assert_uint_eq(p->circuit.nodes.count, q->circuit.nodes.count);
    while (e < p->circuit.elements.count && is_same_element(p, q, e))
        e++;
    ck_assert_uint_eq(e, p->circuit.elements.count);
    while (n < p->circuit.nodes.count && strcmp(p->circuit.nodes.text[n], q->circuit.nodes.text[n]) == 0)
        n++;
    ck_assert_uint_eq(n, p->circuit.nodes.count);
    ck_assert_uint_eq(p->circuit.n_laws, q->circuit.n_laws);
    ck_assert_uint_eq(p->circuit.couplings, q->circuit.couplings);
    ck_assert_uint_eq(p->circuit.n_thermal, q->circuit.n_thermal);
    ck_assert_uint_eq(p->circuit.multiples, q->circuit.multiples);
    ck_assert_uint_eq(p->circuit.nodesets, q->circuit.nodesets);
}

static void check_same_messages(const struct flattened *p, const struct flattened *q)
{
    ck_assert_uint_eq(p->diagnostics.count, q->diagnostics.count);
    ck_assert_uint_eq(p->diagnostics.made, q->diagnostics.made);
    for (size_t d = 0; d < p->diagnostics.count; d++) {
        const struct diagnostic *a = &p->diagnostics.item[d], *b = &q->diagnostics.item[d];
        ck_assert_str_eq(a->message, b->message);
        ck_assert(a->code == b->code && a->severity == b->severity && a->more == b->more && a->length == b->length);
        ck_assert_uint_eq(offset_of(p, a->place), offset_of(q, b->place));
    }
}

/* Up to so many threads. */
static void check_ways(const char *text, int most, size_t elements)
{
    struct flattened each;
    ck_assert(build_limited(&each, text, 0, elements));
    for (int threads = 1; threads <= most; threads++) {
        struct flattened deck;
        ck_assert(build_limited(&deck, text, threads, elements));
        check_same_circuit(&each, &deck);
        check_same_messages(&each, &deck);
        flattened_free(&deck);
    }
    flattened_free(&each);
}

START_TEST(stretches_are_built_as_cards_are)
{
    char *text = random_cards(1 + (uint64_t)_i, 300 + 17 * (size_t)_i, 1 + (size_t)_i % 30);
    check_ways(text, 1, 0);
    free(text);
}
END_TEST

/* Enough cards for threads. */
START_TEST(threads_build_what_one_builds)
{
    static const size_t plain[] = {1u << 30, 1000, 100, 20};
    char *text = random_cards(100 + (uint64_t)_i, 300000, plain[_i]);
    check_ways(text, 3, 0);
    free(text);
}
END_TEST

/* One element too many is an error at its card, and no other card is looked at. */
START_TEST(too_many_elements)
{
    static const size_t limit[] = {1, 40, 400, 410, 2000};
    struct flattened deck;
    char *text = random_cards(4, 400, 4), *end = text + strlen(text);
    strcpy(end - strlen(strrchr(text, 'R')), "x9 n1 sub\nxa n2 sub\nR9999 1 0 1\n");
    check_ways(text, 1, limit[_i]);
    ck_assert(build_limited(&deck, text, 1, limit[_i]));
    size_t said = 0;
    for (size_t d = 0; d < deck.diagnostics.count; d++)
        said += deck.diagnostics.item[d].code == ERROR_CIRCUIT_TOO_LARGE;
    ck_assert_uint_eq(said, deck.circuit.elements.count == limit[_i]);
    ck_assert_uint_le(deck.circuit.elements.count, limit[_i]);
    flattened_free(&deck);
    free(text);

    text = random_cards(5, 200000, 1u << 30);
    check_ways(text, 2, limit[_i] * 97);
    free(text);
}
END_TEST

/* Of the first text that is built, all memory that it asks for is out in turn. */
START_TEST(stretches_without_memory)
{
    char *text = random_cards(9, _i == 0 ? 400 : 150000, _i == 0 ? 5 : 1u << 30);
    long failed = 1;
    for (long n = 0; failed; n += _i == 0 ? 1 : 1 + n / 4) {
        struct flattened deck;
        fail_alloc_after(n);
        bool built = build(&deck, text, 1 + 2 * _i);
        failed = fail_alloc_off();
        ck_assert(failed || built);
        flattened_free(&deck);
    }
    free(text);
}
END_TEST

Suite *suite_stretch(void)
{
    Suite *suite = suite_create("stretch");
    TCase *tests = tcase_create("stretch");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, stretches_are_built_as_cards_are, 0, 90);
    tcase_add_loop_test(tests, threads_build_what_one_builds, 0, 4);
    tcase_add_loop_test(tests, too_many_elements, 0, 5);
    tcase_add_loop_test(tests, stretches_without_memory, 0, 2);
    suite_add_tcase(suite, tests);
    return suite;
}
