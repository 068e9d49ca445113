/* Solved again with other values: whenever the circuit that was just loaded has an answer, there is one after others
 * too. */
#include "decks.h"
#include "gmins.h"
#include "networks.h"
#include "suites.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- random circuits --------------------------------------------------------------------------------------------- */

/* All of a few nodes, where potentials coincide and what ties a node may be what a blocking diode leaks.
 *   name       least most  spread tied  R    ideal drops pwl  V     I     L,C  short */
static const struct recipe recipes[] = {
    {"hanging",   2, 10,  3, 1.00, 0.7, 0.7, 0.3, 0.0, 0.2, 0.2, 0.0, 0.0},
    {"leaking",   2, 10,  3, 0.70, 0.4, 0.7, 0.3, 0.1, 0.2, 0.2, 0.0, 0.0},
    {"whole",     2, 10,  0, 0.80, 0.4, 0.8, 0.4, 0.3, 0.3, 0.2, 0.0, 0.1},
};
enum { RECIPES = sizeof recipes / sizeof *recipes, CIRCUITS = 150, POINTS = 4 };

/* Ideal diodes that leak next to nothing. */
static void make_ideal(struct random_network *network, uint64_t *seed)
{
    for (int m = 0; m < network->models; m++) {
        struct model *model = &network->model[m];
        if (random_bits(seed) % 4 == 0)
            continue;
        model->ron = 0;
        model->roff = pow(10, 12 + (double)(random_bits(seed) % 7));
        model->vfwd = random_bits(seed) & 1 ? 0.35 : 0;
    }
}

static bool is_source(const struct part *part)
{
    return part->letter == 'V' || part->letter == 'I';
}

/* Sources a little larger, and much larger and smaller; sometimes one alone. */
static void change(struct random_network *network, const struct random_network *from, int point, uint64_t *seed)
{
    double by = point == 0 ? 1 + 0.3 * random_share(seed) : exp(6 * random_share(seed) - 3);
    bool all = random_bits(seed) & 1;
    for (int p = 0, sources = 0; p < network->parts; p++)
        if (is_source(&network->part[p]) && (all || sources++ == 0))
            network->part[p].value = by * from->part[p].value;
}

static void set_sources(opspice *deck, const struct random_network *network)
{
    for (int p = 0; p < network->parts; p++) {
        char name[16];
        snprintf(name, sizeof name, "%c%d", network->part[p].letter, p);
        if (is_source(&network->part[p]))
            ck_assert_int_eq(opspice_set_source(deck, name, network->part[p].value), OPSPICE_OK);
    }
}

/* Returns how many points have been compared. */
static int compare(const struct random_network *network, const char *solver, uint64_t *seed)
{
    struct random_network changed = random_network_copy(network);
    int status, points = 0;
    opspice *deck = random_network_load(network, solver, &status);
    for (int point = 0; status == OPSPICE_OK && point < POINTS; point++) {
        int fresh_status;
        change(&changed, network, point, seed);
        opspice *fresh = random_network_load(&changed, solver, &fresh_status);
        set_sources(deck, &changed);
        int warm = opspice_solve(deck);
        if (fresh_status == OPSPICE_OK && opspice_solve(fresh) == OPSPICE_OK) {
            char *text = warm == OPSPICE_OK ? NULL : random_network_text(&changed), *messages = deck_diagnostics(deck);
            ck_assert_msg(warm == OPSPICE_OK, "%s, point %d: %s%s", solver, point, messages, text);
            free(messages);
            points++;
        }
        opspice_free(fresh);
    }
    opspice_free(deck);
    random_network_free(&changed);
    return points;
}

START_TEST(warm_answers_where_fresh_does)
{
    static const char *const solvers[] = {"auto", "newton", "cd"};
    int points = 0;
    for (int c = 0; c < CIRCUITS; c++) {
        uint64_t seed = (uint64_t)(_i * 10000 + c);
        struct random_network network = random_network_draw(&recipes[_i % RECIPES], gmins[_i / RECIPES], seed);
        make_ideal(&network, &seed);
        points += compare(&network, solvers[c % 3], &seed);
        random_network_free(&network);
    }
    ck_assert_int_ge(points, CIRCUITS * POINTS / 3);
}
END_TEST

/* ---- between nodes of one potential ------------------------------------------------------------------------------ */

enum { TWINS = 4, HANGING = 3, LEVEL_CIRCUITS = 500 };

static double between(uint64_t *seed, double low, double high)
{
    return low + (high - low) * random_share(seed);
}

/* A diode or resistor between two nodes. */
static void put_part(FILE *file, int number, const char *a, const char *k, uint64_t *seed)
{
    static const char *const models[] = {"di", "dv", "dp"};
    int kind = (int)(random_bits(seed) % 5);
    if (kind < 3)
        fprintf(file, "d%d %s %s %s\n", number, a, k, models[kind]);
    else
        fprintf(file, "r%d %s %s %.6g\n", number, a, k, pow(10, between(seed, 1, 4)));
}

/* Nodes that diodes of the same drop hold to one, and what hangs between them, where no current can flow. */
static char *level_text(uint64_t seed)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    ck_assert_ptr_nonnull(file);
    fprintf(file, "level\nv1 s m %.6g\nrm m 0 %.6g\n", between(&seed, 1, 5), pow(10, between(&seed, 1, 3)));
    for (int t = 0; t < TWINS; t++)
        fprintf(file, "dt%d s t%d dv\nrt%d t%d %s %.6g\n", t, t, t, t, random_bits(&seed) % 3 ? "0" : "m",
                pow(10, between(&seed, 2, 4)));
    for (int q = 0; q < 3 * HANGING + 1; q++) {
        char from[4], to[4];
        snprintf(from, sizeof from, q < 3 * HANGING ? "h%d" : "t%d", q / 3 % HANGING);
        snprintf(to, sizeof to, random_bits(&seed) % 5 ? "t%d" : "h%d", (int)(random_bits(&seed) % HANGING));
        if (strcmp(from, to) != 0)
            put_part(file, q, from, to, &seed);
    }
    fputs(".model di d(ron=0 roff=1e15 vfwd=0)\n.model dv d(ron=0 vfwd=0.35)\n"
          ".model dp d(ron=7 roff=1meg vfwd=0.6 vrev=3 rrev=20)\n.end\n", file);
    fclose(file);
    return text;
}

START_TEST(nothing_flows_where_nothing_can)
{
    for (int c = 0; c < LEVEL_CIRCUITS; c++) {
        uint64_t seed = (uint64_t)(_i * 10000 + c);
        char *text = level_text(seed);
        opspice *deck = deck_load(text, OPSPICE_OK);
        for (int point = 0; point < POINTS; point++) {
            ck_assert_int_eq(opspice_set_source(deck, "v1", between(&seed, 1, 5)), OPSPICE_OK);
            ck_assert_msg(opspice_solve(deck) == OPSPICE_OK, "%d, point %d: %s%s", c, point, deck_diagnostics(deck),
                          text);
        }
        opspice_free(deck);
        free(text);
    }
}
END_TEST

/* ---- one circuit ------------------------------------------------------------------------------------------------- */

/* h hangs between nodes of one potential, on a resistor and a diode that leaks next to nothing. */
static const char hanging[] = "hanging\nv1 s 0 1\nd1 s a dv\nd2 s b dv\nr1 a 0 1k\nr2 b 0 330\nr3 h a 180\n"
                              "r4 h b 90\nd3 h b di\nd4 b h di\n"
                              ".model di d(ron=0 roff=1e15 vfwd=0)\n.model dv d(ron=0 vfwd=0.35)\n";

START_TEST(a_node_that_hangs)
{
    opspice *deck = deck_solved(hanging);
    for (int point = 0; point < 50; point++) {
        ck_assert_int_eq(opspice_set_source(deck, "v1", 1.1102 + 0.1 * point), OPSPICE_OK);
        ck_assert_msg(opspice_solve(deck) == OPSPICE_OK, "point %d: %s", point, deck_diagnostics(deck));
        ck_assert(deck_current(deck, "r3") == 0 && deck_current(deck, "d3") == 0);
    }
    opspice_free(deck);
}
END_TEST

/* A ladder, and a current against a diode that has no way but through rx. */
static char *ladder_text(double rx)
{
    enum { RUNGS = 40 };
    char *text;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    fputs("a ladder\nv1 n0 0 1\n", file);
    for (int n = 0; n < RUNGS; n++)
        fprintf(file, "ra%d n%d n%d %d\nrb%d n%d 0 %d\n", n, n, n + 1, 101 + n, n, n + 1, 5000 - 11 * n);
    fprintf(file, "i1 b 0 1m\nd1 b 0 dm\n.model dm d\nrx b 0 %g\n", rx);
    fclose(file);
    return text;
}

/* What is kept for the proof of a convex circuit is of no use after it was none: a resistance goes below zero, also to
 * where there is no answer, and comes back. */
START_TEST(convex_and_not_and_again)
{
    static const double ohms[] = {1000, 1000, 1000, 1000, 1000, -5, 1000, 1000, 1000, 1000, 1000, -1000};
    char *text = ladder_text(1000);
    opspice *deck = deck_load(text, OPSPICE_OK);
    size_t rx;
    ck_assert_int_eq(opspice_set(deck, "proof", "verdict"), OPSPICE_OK);
    ck_assert_int_eq(opspice_find_input(deck, "rx", &rx), OPSPICE_OK);
    for (int point = 0; point < 48; point++) {
        double volts = 1 + 0.013 * point, value = ohms[point % 12];
        char *fresh_text = ladder_text(value);
        opspice *fresh = deck_load(fresh_text, OPSPICE_OK);
        ck_assert_int_eq(opspice_set_source(fresh, "v1", volts), OPSPICE_OK);
        ck_assert_int_eq(opspice_set_source(deck, "v1", volts), OPSPICE_OK);
        ck_assert_int_eq(opspice_set_input(deck, rx, value), OPSPICE_OK);
        int expected = value == -1000 ? OPSPICE_NO_OPERATING_POINT : OPSPICE_OK;
        ck_assert_int_eq(opspice_solve(fresh), expected);
        ck_assert_int_eq(opspice_solve(deck), expected);
        if (expected == OPSPICE_OK)
            ck_assert(near(deck_current(deck, "v1"), deck_current(fresh, "v1"), 1e-9));
        opspice_free(fresh);
        free(fresh_text);
    }
    opspice_free(deck);
    free(text);
}
END_TEST

/* A parameter that makes a junction plain, with nothing beside its exponential, and not: in a convex circuit and beside
 * a gain. */
START_TEST(a_diode_plain_and_not)
{
    static const char *const cards[] = {"", "e1 e 0 b 0 2\nr2 e c 1k\n"};
    static const double ohms[] = {0, 10, 0, 5, 5, 0};
    char text[400], fresh_text[400];
    const char *form = "plain\n.param rs=%g\nv1 a 0 1\nr1 a b 1k\nd1 b c dd\nr3 c 0 100\n%s"
                       ".model dd d(is=1e-14 rs={rs})\n.op\n.end\n";
    snprintf(text, sizeof text, form, 0.0, cards[_i]);
    opspice *deck = deck_solved(text);
    size_t rs;
    ck_assert_int_eq(opspice_find_input(deck, "rs", &rs), OPSPICE_OK);
    for (size_t point = 0; point < sizeof ohms / sizeof *ohms; point++) {
        snprintf(fresh_text, sizeof fresh_text, form, ohms[point], cards[_i]);
        opspice *fresh = deck_solved(fresh_text);
        ck_assert_int_eq(opspice_set_input(deck, rs, ohms[point]), OPSPICE_OK);
        ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
        ck_assert(near(deck_current(deck, "d1"), deck_current(fresh, "d1"), 1e-9));
        opspice_free(fresh);
    }
    opspice_free(deck);
}
END_TEST

Suite *suite_warm(void)
{
    Suite *suite = suite_create("warm");
    TCase *tcase = tcase_create("random");
    tcase_set_timeout(tcase, 300);
    tcase_add_loop_test(tcase, warm_answers_where_fresh_does, 0, RECIPES * GMINS);
    tcase_add_test(tcase, a_node_that_hangs);
    tcase_add_test(tcase, convex_and_not_and_again);
    tcase_add_loop_test(tcase, a_diode_plain_and_not, 0, 2);
    tcase_add_loop_test(tcase, nothing_flows_where_nothing_can, 0, 2);
    suite_add_tcase(suite, tcase);
    return suite;
}
