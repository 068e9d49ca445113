/* Circuits of curved laws: random ones, against the laws again; layers and runs with new resistances. */
#include "decks.h"
#include "networks.h"
#include "suites.h"
#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double draw(uint64_t *state, double low, double high)
{
    return low + (high - low) * random_share(state);
}

__attribute__((format(printf, 2, 3)))
static void print(char **at, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    *at += vsprintf(*at, format, arguments);
    va_end(arguments);
}

enum { NODES = 24, MODELS = 4, TEXT = 20000 };

struct shockley {
    double is, n, rs;
};

/* Resistors of ten decades tie all nodes to ground; sources, and diodes of every kind between any two nodes. */
static void random_deck(char *text, struct shockley *model, double gmin, uint64_t seed)
{
    int nodes = 2 + (int)draw(&seed, 0, NODES - 2), part = 0;
    print(&text, "random circuit of curved laws\n.options gmin=%g\n", gmin);
    for (int k = 1; k <= nodes; k++)
        print(&text, "r%d %d %d %.6g\n", part++, k, (int)draw(&seed, 0, k), pow(10, draw(&seed, -2, 8)));
    for (int k = 0; k < 1 + nodes / 5; k++, part += 2)
        print(&text, "v%d s%d 0 %.6g\nr%d s%d %d %.6g\n", part, part, draw(&seed, -20, 20), part + 1, part,
              1 + (int)draw(&seed, 0, nodes), pow(10, draw(&seed, -2, 6)));
    for (int k = 0; k < nodes / 6; k++)
        print(&text, "i%d %d 0 %.6g\n", part++, 1 + (int)draw(&seed, 0, nodes), pow(10, draw(&seed, -9, -2)));
    for (int m = 0; m < MODELS; m++) {
        model[m] = (struct shockley){pow(10, draw(&seed, -18, -6)), pow(10, draw(&seed, -0.3, 1.6)),
                                     m % 2 ? pow(10, draw(&seed, -3, 3)) : 0};
        print(&text, ".model e%d d(is=%.17g n=%.17g rs=%.17g%s)\n", m, model[m].is, model[m].n, model[m].rs,
              m > 1 ? " bv=6" : "");
    }
    print(&text,
          ".model l d(Ron=.1 Roff=1meg Vfwd=.6 Epsilon=.2 Ilimit=5)\n.model o d(Ron=0 Vfwd=.3)\n"
          ".model p d(Ron=1 Roff=1meg)\n");
    for (int k = 0; k < 2 * nodes; k++, part++) {
        int a = (int)draw(&seed, 0, nodes + 1), b = (a + 1 + (int)draw(&seed, 0, nodes)) % (nodes + 1);
        switch ((int)draw(&seed, 0, 10)) {
        case 0:
            print(&text, "b%d %d %d i=v(%d,%d)>0.5 ? v(%d,%d)-0.5 : 1u*(v(%d,%d)-0.5)\n", part, a, b, a, b, a, b, a, b);
            break;
        case 1: print(&text, "d%d %d %d l\n", part, a, b); break;
        case 2: print(&text, "d%d %d 0 o\n", part, a ? a : b); break;
        case 3: print(&text, "d%d %d %d p\n", part, a, b); break;
        default: print(&text, "d%d %d %d e%d\n", part, a, b, (int)draw(&seed, 0, MODELS));
        }
    }
}

/* What node voltages and the card's words say of each current: Kirchhoff's law in the eyes of the test. */
static void check_kirchhoff(const opspice *deck, const char *text)
{
    double sum[NODES + 1] = {0}, largest[NODES + 1] = {0};
    const opspice_certificate *proof = opspice_get_certificate(deck);
    for (const char *line = strchr(text, '\n') + 1; *line; line = strchr(line, '\n') + 1) {
        char name[20], a[20], k[20];
        if (line[0] == '.' || sscanf(line, "%19s %19s %19s", name, a, k) != 3)
            continue;
        double current = deck_current(deck, name);
        for (int end = 0; end < 2; end++) {
            const char *node = end ? k : a;
            if (node[0] == 's')
                continue;
            sum[atoi(node)] += end ? -current : current;
            largest[atoi(node)] = fmax(largest[atoi(node)], fabs(current));
        }
    }
    for (int node = 1; node <= NODES; node++)
        ck_assert_msg(fabs(sum[node]) <= 1e-9 * largest[node] + 2 * proof->kcl_floor, "node %d: %g A left of %g A\n%s",
                      node, sum[node], largest[node], text);
}

static double voltage_of(const opspice *deck, const char *node)
{
    double volts;
    ck_assert_int_eq(opspice_voltage(deck, node, &volts), OPSPICE_OK);
    return volts;
}

/* Exponential diodes without breakdown obey Shockley's equation, which is solved here for the current: w = u - rs i. */
static void check_diodes(const opspice *deck, const char *text, const struct shockley *model, double gmin)
{
    const double vt = 1.38064852e-23 / 1.6021766208e-19 * 300.15;
    for (const char *line = strchr(text, '\n') + 1; *line; line = strchr(line, '\n') + 1) {
        char name[20], a[20], k[20];
        int m;
        if (line[0] != 'd' || sscanf(line, "%19s %19s %19s e%d", name, a, k, &m) != 4 || m > 1)
            continue;
        double va = voltage_of(deck, a), vk = voltage_of(deck, k), i = deck_current(deck, name), n = model[m].n * vt;
        double w = va - vk - model[m].rs * i, noise = 1e-13 * (fabs(va) + fabs(vk) + fabs(model[m].rs * i));
        if (w < -3 * n)
            ck_assert(i <= 0 && i >= -model[m].is * 1.001 + 1.001 * gmin * w);
        else
            ck_assert_msg(i >= model[m].is * expm1((w - noise) / n) + gmin * (w - noise) - 1e-12 * fabs(i) &&
                              i <= model[m].is * expm1((w + noise) / n) + gmin * (w + noise) + 1e-12 * fabs(i),
                          "%s: %g A at %g V\n%s", name, i, w, text);
    }
}

static opspice *solve_with(const char *text, const char *solver)
{
    opspice *deck = opspice_new();
    ck_assert_int_eq(opspice_set(deck, "solver", solver), OPSPICE_OK);
    int status = opspice_load_memory(deck, "random.cir", text, strlen(text));
    if (status == OPSPICE_OK)
        status = opspice_solve(deck);
    ck_assert_msg(status == OPSPICE_OK, "%s: status %d: %s\n%s", solver, status, deck_diagnostics(deck), text);
    return deck;
}

START_TEST(random_circuits)
{
    char *text = malloc(TEXT);
    struct shockley model[MODELS];
    const char *more = getenv("OPSPICE_CIRCUITS");
    int circuits = more ? atoi(more) : 30;
    double gmin = _i == 0 ? 1e-12 : 0;
    for (int circuit = 0; circuit < circuits; circuit++) {
        random_deck(text, model, gmin, (uint64_t)(circuit + 1) * 7919);
        opspice *newton = solve_with(text, "newton");
        check_kirchhoff(newton, text);
        check_diodes(newton, text, model, gmin);
        if (circuit % 10 == 0) { /* voltages agree as far as they are determined */
            opspice *cd = solve_with(text, "cd");
            const double *v = opspice_node_voltages(newton), *w = opspice_node_voltages(cd);
            for (size_t node = 0; node < opspice_node_count(newton); node++)
                ck_assert_msg(fabs(v[node] - w[node]) <= 1e-6 * (20 + fabs(v[node])), "%s: %.12g or %.12g V\n%s",
                              opspice_node_name(newton, node), v[node], w[node], text);
            opspice_free(cd);
        }
        opspice_free(newton);
    }
    free(text);
}
END_TEST

/* A dense layered network takes the way without factors; new resistances in bulk give what a new deck would. */
START_TEST(layers_and_new_resistances)
{
    enum { UNITS = 300 };
    char *text = malloc(8000000), *at = text;
    uint64_t seed = 5;
    double *ohms = malloc(UNITS * UNITS * sizeof *ohms);
    for (int q = 0; q < UNITS * UNITS; q++)
        ohms[q] = 100 / draw(&seed, 0.01, 1);
    opspice *deck = NULL;
    for (int pass = 0; pass < 2; pass++) { /* first with 1 ohm each, then with the drawn ones */
        at = text;
        print(&at, "layers\nvin in 0 5\n.model e d(is=1e-6 n=1.93)\n");
        for (int q = 0; q < UNITS; q++)
            print(&at, "ra%d in a%d %d\nda%d a%d 0 e\n", q, q, 10 + q, q, q);
        for (int q = 0; q < UNITS; q++)
            print(&at, "db%d 0 b%d e\n", q, q);
        for (int q = 0; q < UNITS * UNITS; q++)
            print(&at, "rw%d a%d b%d %.17g\n", q, q / UNITS, q % UNITS, pass ? ohms[q] : 1);
        for (int q = 0; q < UNITS; q++)
            print(&at, "rb%d b%d 0 50\n", q, q);
        opspice *fresh = deck_solved(text);
        if (!deck) {
            deck = fresh;
            ck_assert_uint_le(opspice_get_stats(deck)->factorisations, 25);
            continue;
        }
        ck_assert_uint_eq(opspice_get_stats(fresh)->fill, 0); /* no factor was made */
        size_t first = 0;
        while (strcmp(opspice_branch_name(deck, first), "rw0") != 0)
            first++;
        ck_assert_int_eq(opspice_set_resistances(deck, first - 1, 2, ohms), OPSPICE_USAGE); /* a diode */
        ck_assert_int_eq(opspice_set(deck, "proof", "verdict"), OPSPICE_OK);
        ck_assert_int_eq(opspice_set_resistances(deck, first, UNITS * UNITS, ohms), OPSPICE_OK);
        ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
        ck_assert(opspice_get_certificate(deck)->proved);
        for (size_t node = 0; node < opspice_node_count(deck); node++)
            ck_assert(fabs(opspice_node_voltages(deck)[node] - opspice_node_voltages(fresh)[node]) < 1e-10);
        opspice_free(fresh);
    }
    opspice_free(deck);
    free(ohms);
    free(text);
}
END_TEST

/* How the cards of densely joined layers may be written. */
static const struct dense_cards {
    bool turned;          /* the unit that many cards share is their second node */
    const char *tail;     /* of each card */
    size_t from, to;      /* which of them get new resistances */
} dense_cards[] = {
    {false, "", 0, 30 * 30},
    {true, "", 0, 30 * 30},
    {false, "", 37, 451},
    {true, "", 37, 38},
    {false, " tc1=2e-3 tc2=1e-5", 0, 30 * 30},
    {true, " tc1=2e-3", 100, 777},
};

/* Runs of resistors that share a node: new resistances, of some or all, give the voltages and currents of a new deck,
 * each proved by its verdict and in full. */
START_TEST(runs_and_new_resistances)
{
    enum { UNITS = 30 };
    const struct dense_cards *cards = &dense_cards[_i];
    double ohms[UNITS * UNITS];
    char *text = malloc(200000);
    uint64_t seed = 11;
    opspice *deck[2];
    for (int q = 0; q < UNITS * UNITS; q++)
        ohms[q] = 100 / draw(&seed, 0.01, 1);
    for (int pass = 0; pass < 2; pass++) {
        char *at = text;
        print(&at, "runs\n.options temp=77\nvin in 0 5\n.model e d(is=1e-6 n=1.93)\n");
        for (int q = 0; q < UNITS; q++)
            print(&at, "ra%d in a%d %d\nda%d a%d 0 e\n", q, q, 10 + q, q, q);
        for (int q = 0; q < UNITS; q++)
            print(&at, "rb%d b%d 0 50\n", q, q);
        for (size_t q = 0; q < UNITS * UNITS; q++)
            print(&at, cards->turned ? "rw%zu b%zu a%zu %.17g%s\n" : "rw%zu a%zu b%zu %.17g%s\n", q,
                  cards->turned ? q % UNITS : q / UNITS, cards->turned ? q / UNITS : q % UNITS,
                  pass && q >= cards->from && q < cards->to ? ohms[q] : 7, cards->tail);
        deck[pass] = deck_solved(text);
    }
    size_t first = 0;
    while (strcmp(opspice_branch_name(deck[0], first), "rw0") != 0)
        first++;
    for (int full = 0; full < 2; full++) {
        ck_assert_int_eq(opspice_set(deck[0], "proof", full ? "full" : "verdict"), OPSPICE_OK);
        ck_assert_int_eq(
            opspice_set_resistances(deck[0], first + cards->from, cards->to - cards->from, ohms + cards->from),
            OPSPICE_OK);
        ck_assert_int_eq(opspice_solve(deck[0]), OPSPICE_OK);
        ck_assert(opspice_get_certificate(deck[0])->proved);
        for (size_t node = 0; node < opspice_node_count(deck[0]); node++)
            ck_assert_double_eq_tol(opspice_node_voltages(deck[0])[node], opspice_node_voltages(deck[1])[node], 1e-10);
        for (size_t branch = 0; branch < opspice_branch_count(deck[0]); branch++)
            ck_assert_double_eq_tol(opspice_branch_currents(deck[0])[branch], opspice_branch_currents(deck[1])[branch],
                                    1e-9);
    }
    opspice_free(deck[0]);
    opspice_free(deck[1]);
    free(text);
}
END_TEST

/* Sources drive 1e51 A through two diodes in a loop, and rounding of these is 1e35 A beside the milliamperes that say
 * where the loop is. */
START_TEST(currents_of_fifty_decades)
{
    enum { POINTS = 40 };
    for (int point = 0; point < POINTS; point++) {
        char text[600];
        snprintf(text, sizeof text,
                 "loop\nd1 a b e1\nv1 c a %.6g\nv2 d e 2.4375\nv3 d b 7.75\nd2 e c e0 m=3\nr1 d f 688.529\n"
                 "r2 c 0 2.91554\nd3 f g e0 2.5\nr3 g 0 618.421\n.model e0 d(is=3.235e-16 n=1.664)\n"
                 ".model e1 d(is=1.104e-09 n=2.356)\n",
                 -9 - 0.03 * point);
        opspice_free(deck_solved(text));
    }
}
END_TEST

Suite *suite_curved_circuits(void)
{
    Suite *suite = suite_create("curved_circuits");
    TCase *tests = tcase_create("circuits");
    tcase_add_loop_test(tests, random_circuits, 0, 2); /* gmin of 1e-12 S and of 0 */
    tcase_add_test(tests, currents_of_fifty_decades);
    tcase_add_test(tests, layers_and_new_resistances);
    tcase_add_loop_test(tests, runs_and_new_resistances, 0, sizeof dense_cards / sizeof *dense_cards);
    suite_add_tcase(suite, tests);
    return suite;
}
