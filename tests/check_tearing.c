/* Circuits with couplings that are torn apart: the answers of the whole equations, and its proof. */
#include "engine/tearing.h"
#include "fail_alloc.h"
#include "lowered.h"
#include "suites.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct solve_options automatic = {.linear = FACTOR_CHEAPEST, .tolerance = 1e-9, .threads = 1};
static const struct solve_options iterating = {.linear = FACTOR_MULTIGRID, .tolerance = 1e-9, .threads = 1};

enum { SIDE = 34 };

/* A grid of SIDE x SIDE nodes n0 ... between two supplies, with loads; and cards beside it. */
struct deck {
    char *text;
    size_t size;
    FILE *file;
    uint64_t seed;
};

static uint32_t draw(struct deck *deck, uint32_t most)
{
    deck->seed = deck->seed * 6364136223846793005 + 1442695040888963407;
    return (uint32_t)(deck->seed >> 33) % most;
}

static double draw_ohms(struct deck *deck)
{
    return pow(10, draw(deck, 4000) / 1000.0);
}

static void begin(struct deck *deck, uint64_t seed)
{
    *deck = (struct deck){.seed = seed};
    deck->file = open_memstream(&deck->text, &deck->size);
    ck_assert_ptr_nonnull(deck->file);
}

static void begin_grid(struct deck *deck, uint64_t seed)
{
    begin(deck, seed);
    fprintf(deck->file, "vdd top 0 5\nrtop top n0 1\nvmid middle 0 2\nrmid middle n%d 10\n", SIDE * SIDE / 2);
    for (int n = 0; n < SIDE * SIDE; n++) {
        if ((n + 1) % SIDE != 0)
            fprintf(deck->file, "rr%d n%d n%d %g\n", n, n, n + 1, draw_ohms(deck));
        if (n + SIDE < SIDE * SIDE)
            fprintf(deck->file, "rd%d n%d n%d %g\n", n, n, n + SIDE, draw_ohms(deck));
        if (draw(deck, 3) == 0)
            fprintf(deck->file, "i%d n%d 0 %g\n", n, n, draw(deck, 1000) * 1e-7);
    }
}

static void deck_add(struct deck *deck, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(deck->file, format, arguments);
    va_end(arguments);
}

static const char *deck_text(struct deck *deck)
{
    fclose(deck->file);
    return deck->text;
}

/* ---- all kinds of couplings -------------------------------------------------------------------------------------- */

/* Every kind of coupling, n is a number of its own, a, b, c nodes of the grid. */
static const char *const kinds[] = {
    "ri%1$d n%2$d m%1$d 10k\nrf%1$d m%1$d o%1$d 10k\ne%1$d o%1$d 0 0 m%1$d 100k\nro%1$d o%1$d n%3$d 1k\n",
    "g%1$d n%2$d n%3$d n%4$d n%2$d 1m\n",
    "vs%1$d n%2$d s%1$d 0\nrs%1$d s%1$d n%3$d 100\nf%1$d 0 n%4$d vs%1$d 0.5\n",
    "vs%1$d n%2$d s%1$d 0.1\nrs%1$d s%1$d n%3$d 100\nh%1$d h%1$d 0 vs%1$d 50\nrh%1$d h%1$d n%4$d 1k\n",
    "e%1$d e%1$d n%2$d n%3$d n%4$d 3\nre%1$d e%1$d n%3$d 2k\n",
    "b%1$d n%2$d n%3$d i=1m*tanh(v(n%4$d)-2)\n",
    "b%1$d b%1$d 0 v=v(n%2$d)*v(n%3$d)/5\nrb%1$d b%1$d n%4$d 1k\n",
    "e%1$d e%1$d 0 n%2$d n%3$d 2\nd%1$d e%1$d n%4$d ex\n",
    "g%1$d 0 g%1$d n%2$d n%3$d 1m\nrg%1$d g%1$d 0 1k\nd%1$d g%1$d n%4$d ideal\n",
    "rneg%1$d n%2$d k%1$d -5k\nrk%1$d k%1$d n%3$d 20k\n",
    "s%1$d n%2$d n%3$d n%4$d 0 switch\n",
    "e%1$d w%1$d 0 n%2$d n%3$d 4\nrw%1$d w%1$d 0 1k\n",
    "e%1$d e%1$d 0 n%2$d 0 3\nre%1$d e%1$d k%1$d 500\nd%1$d k%1$d n%4$d ideal\n",
};

enum { KINDS = sizeof kinds / sizeof *kinds };

static const char models[] =
    ".model ex d(is=1e-14)\n.model ideal D(Ron=0)\n.model switch sw(vt=1.7 vh=0.1 ron=10 roff=1meg)\n";

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void add_kind(struct deck *deck, size_t kind, int number)
{
    uint32_t a = draw(deck, SIDE * SIDE), b = (a + 1 + draw(deck, SIDE * SIDE - 2)) % (SIDE * SIDE), c;
    do
        c = draw(deck, SIDE * SIDE);
    while (c == a || c == b);
    deck_add(deck, kinds[kind], number, a, b, c);
}
#pragma GCC diagnostic pop

/* ---- beside the whole -------------------------------------------------------------------------------------------- */

/* A deck as a circuit, with the engine that is tried on it. */
struct tried {
    struct deck deck;
    struct lowered lowered;
    struct engine engine;
};

/* What was added to the deck, as a circuit. */
static void load_with(struct tried *tried, const struct solve_options *options)
{
    deck_add(&tried->deck, "%s", models);
    tried->lowered = lowered_circuit(deck_text(&tried->deck));
    tried->engine = (struct engine){0};
    ck_assert(engine_init(&tried->engine, &tried->lowered.circuit, options, true));
}

static void load(struct tried *tried)
{
    load_with(tried, &automatic);
}

static void tried_free(struct tried *tried)
{
    engine_free(&tried->engine);
    lowered_free(&tried->lowered);
    free(tried->deck.text);
}

/* The answer of the whole equations, in op, from that of the parts. */
static struct general *solve_whole(struct tried *tried, struct operating_point *op)
{
    struct circuit *circuit = &tried->lowered.circuit;
    ck_assert(operating_point_new(op, circuit));
    operating_point_copy(op, &tried->engine.op, circuit);
    struct general *general = general_new(circuit, op);
    ck_assert_ptr_nonnull(general);
    ck_assert(general_newton(general) == GENERAL_OK);
    return general;
}

static void check_potentials(const struct circuit *circuit, const double *one, const double *other, const char *what)
{
    for (uint32_t node = 0; node < circuit->nodes.count; node++)
        ck_assert_msg(fabs(one[node] - other[node]) <= 1e-11 + 1e-11 * fabs(other[node]),
                      "%s: v(%s) %.17g, not %.17g", what, circuit->nodes.text[node], one[node], other[node]);
}

static void check_currents(const struct circuit *circuit, const double *one, const double *other, const char *what)
{
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        ck_assert_msg(fabs(one[e] - other[e]) <= 1e-12 + 1e-9 * fabs(other[e]), "%s: i(%s) %.17g, not %.17g", what,
                      circuit->elements.text[e], one[e], other[e]);
}

static void check_whole(struct tried *tried, const char *what)
{
    struct operating_point op = {0};
    struct general *general = solve_whole(tried, &op);
    check_potentials(&tried->lowered.circuit, tried->engine.op.voltage, op.voltage, what);
    check_currents(&tried->lowered.circuit, tried->engine.op.current, op.current, what);
    general_free(general);
    operating_point_free(&op);
}

static void solve_torn(struct tried *tried, const char *what)
{
    struct engine *engine = &tried->engine;
    ck_assert_msg(engine_solve(engine, &tried->lowered.diagnostics) == ENGINE_OK, "%s", what);
    ck_assert(engine->certificate.proved);
    ck_assert_msg(strcmp(engine_method(engine), "torn apart") == 0, "%s: %s", what, engine_method(engine));
    check_whole(tried, what);
}

/* One to three couplings over a grid; then other sources, then another resistance. */
static void solve_parts(int seed, const struct solve_options *options)
{
    enum { WHAT = 80 };
    char what[WHAT];
    struct tried tried;
    begin_grid(&tried.deck, (uint64_t)seed);
    add_kind(&tried.deck, (size_t)seed % KINDS, 1);
    for (int more = 0; more < seed / KINDS; more++)
        add_kind(&tried.deck, draw(&tried.deck, KINDS), more + 2);
    load_with(&tried, options);
    snprintf(what, WHAT, "seed %d", seed);
    solve_torn(&tried, what);
    for (int n = 0; n < 3; n++) {
        snprintf(what, WHAT, "seed %d, sources %d", seed, n);
        engine_set_source(&tried.engine, lowered_element(&tried.lowered, "vdd"), 5.5 + 0.1 * n);
        solve_torn(&tried, what);
    }
    engine_set_resistance(&tried.engine, lowered_element(&tried.lowered, "rtop"), 3);
    solve_torn(&tried, "another resistance");
    tried_free(&tried);
}

START_TEST(parts_have_the_answer_of_the_whole)
{
    solve_parts(_i, &automatic);
}
END_TEST

START_TEST(parts_that_are_iterated_have_it_too)
{
    if (engine_has_multigrid())
        solve_parts(_i, &iterating);
}
END_TEST

/* Amplifiers that watch a grid with diodes: it has a proof of its own, and all is unique and stable. */
START_TEST(what_only_watches_leaves_diodes_inside)
{
    struct tried tried;
    begin_grid(&tried.deck, 7);
    for (int n = 3; n < SIDE * SIDE; n += 100)
        deck_add(&tried.deck, "d%d n%d n%d %s\n", n, n, n + 40, n % 2 ? "ex" : "ideal");
    deck_add(&tried.deck, "e1 a 0 n5 n300 10\nra a b 1k\nd1 b 0 ex\ne2 c 0 b n700 2\nrc c 0 1k\n");
    deck_add(&tried.deck, "rz n5 z 1k\ndz z y ideal\nry y n5 1k\nez x 0 y 0 1\nrx x w 1k\ndx w x ideal\n");
    load(&tried);
    solve_torn(&tried, "watching");
    ck_assert_int_eq(tried.engine.class, GENERAL_UNIQUE);
    ck_assert_int_eq(tried.engine.stability, ENGINE_STABLE);
    ck_assert_uint_eq(engine_kinks(&tried.engine), 2); /* nothing flows through dz in one part, dx in the other */
    tried_free(&tried);
}
END_TEST

/* A grid with loads alone, whose nodes begin with a letter. */
static void add_loads(struct deck *deck, char letter)
{
    for (int n = 0; n < SIDE * SIDE; n++) {
        if ((n + 1) % SIDE != 0)
            deck_add(deck, "r%cr%d %c%d %c%d 1\n", letter, n, letter, n, letter, n + 1);
        if (n + SIDE < SIDE * SIDE)
            deck_add(deck, "r%cd%d %c%d %c%d 1\n", letter, n, letter, n, letter, n + SIDE);
        deck_add(deck, "r%cl%d %c%d 0 100\n", letter, n, letter, n);
    }
}

/* Amplifiers in one grid that watch another one, both without a factor. */
START_TEST(what_is_watched_is_solved_to_its_end)
{
    struct tried tried;
    begin_grid(&tried.deck, 29);
    add_loads(&tried.deck, 'w');
    deck_add(&tried.deck, "vw w0 0 1.8\ne1 o 0 n70 n80 3\nro o n400 10\ne2 z 0 w100 0 3\nrz z n500 1\n");
    load_with(&tried, engine_has_multigrid() ? &iterating : &automatic);
    solve_torn(&tried, "watched");
    tried_free(&tried);
}
END_TEST

/* Sources that are 0 leave nothing but 0, exactly, and come to others from there. */
START_TEST(sources_may_begin_at_zero)
{
    struct tried tried;
    begin(&tried.deck, 31);
    add_loads(&tried.deck, 'n');
    deck_add(&tried.deck, "v1 n0 0 0\ne1 o 0 n70 n80 3\nro o n400 10\n");
    load_with(&tried, _i == 1 && engine_has_multigrid() ? &iterating : &automatic);
    for (int n = 0; n < 3; n++) {
        engine_set_source(&tried.engine, lowered_element(&tried.lowered, "v1"), n);
        solve_torn(&tried, "from nothing");
        ck_assert_int_eq(tried.engine.op.voltage[lowered_node(&tried.lowered, "o")] == 0, n == 0);
    }
    tried_free(&tried);
}
END_TEST

START_TEST(many_ports_are_solved_as_a_whole)
{
    struct tried tried;
    begin_grid(&tried.deck, 11);
    for (int n = 0; n < 40; n++)
        deck_add(&tried.deck, "g%d n%d 0 n%d 0 1u\n", n, 3 * n, 5 * n + 1);
    load(&tried);
    ck_assert_int_eq(engine_solve(&tried.engine, &tried.lowered.diagnostics), ENGINE_OK);
    ck_assert_str_eq(engine_method(&tried.engine), "linear");
    tried_free(&tried);
}
END_TEST

/* A switch with hysteresis keeps its state from point to point, through parts that are made anew too. */
START_TEST(states_go_on)
{
    struct tried tried;
    begin_grid(&tried.deck, 13);
    deck_add(&tried.deck, "vin in 0 0\nrin in 0 1k\ns1 n20 n900 in 0 h\n.model h sw(vt=1 vh=0.5 ron=1 roff=1meg)\n");
    load(&tried);
    uint32_t in = lowered_element(&tried.lowered, "vin"), s = lowered_element(&tried.lowered, "s1");
    static const struct {
        double volts, ohms;
    } step[] = {{0, 1e6}, {1, 1e6}, {1.6, 1}, {1, 1}, {0.4, 1e6}, {1, 1e6}};
    for (size_t n = 0; n < sizeof step / sizeof *step; n++) {
        engine_set_source(&tried.engine, in, step[n].volts);
        if (n % 2 == 1)
            engine_set_resistance(&tried.engine, lowered_element(&tried.lowered, "rtop"), 1 + 0.1 * (double)n);
        solve_torn(&tried, "switch");
        ck_assert_double_eq(tried.lowered.circuit.element[s].value, step[n].ohms);
    }
    tried_free(&tried);
}
END_TEST

/* Responses to the supply, before and after it changes, and what diodes hold. */
START_TEST(responses_are_those_of_the_whole)
{
    struct tried tried;
    begin_grid(&tried.deck, (uint64_t)_i + 17);
    add_kind(&tried.deck, (size_t)_i, 1);
    load(&tried);
    const struct circuit *circuit = &tried.lowered.circuit;
    uint32_t nodes = circuit->nodes.count, elements = circuit->elements.count;
    uint32_t vdd = lowered_element(&tried.lowered, "vdd");
    double *work = calloc(2 * (2 * (size_t)nodes + elements), sizeof *work);
    ck_assert(work);
    double *v = work, *whole_v = v + nodes, *low = whole_v + nodes, *whole_low = low + nodes, *i = whole_low + nodes;
    double *whole_i = i + elements;
    const struct response torn = {v, low, i, NULL}, whole = {whole_v, whole_low, whole_i, NULL};
    for (int n = 0; n < 2; n++) {
        struct operating_point op = {0};
        engine_set_source(&tried.engine, vdd, 5 + n);
        solve_torn(&tried, "responses");
        struct general *general = solve_whole(&tried, &op);
        for (uint32_t e = 0; e < elements; e++)
            ck_assert_int_eq(engine_holding(&tried.engine, e),
                             circuit->element[e].kind == ELEMENT_DIODE ? general_holding(general, e) : 0);
        ck_assert_uint_eq(engine_kinks(&tried.engine), 0);
        ck_assert_int_eq(engine_respond(&tried.engine, vdd, GROUND, GROUND, &torn), ENGINE_OK);
        ck_assert_int_eq(general_respond(general, vdd, GROUND, GROUND, &whole), GENERAL_OK);
        check_potentials(circuit, v, whole_v, "response");
        check_currents(circuit, i, whole_i, "response");
        general_free(general);
        operating_point_free(&op);
    }
    tried_free(&tried);
    free(work);
}
END_TEST

/* ---- what is near ------------------------------------------------------------------------------------------------ */

enum { NEAR = 5 };

/* The resistances between some nodes of a grid that is solved, and of `most` unknowns near them; true where all went
 * well. */
static bool near_resistances(struct tried *tried, uint32_t most, double *ohm)
{
    static const char *const names[NEAR] = {"n3", "n40", "n41", "n600", "top"}; /* a source holds the last one */
    uint32_t node[NEAR];
    for (size_t p = 0; p < NEAR; p++)
        node[p] = lowered_node(&tried->lowered, names[p]);
    memset(ohm, 0, NEAR * NEAR * sizeof *ohm);
    struct network *network = region_network(tried->engine.region);
    enum network_status status = most > 0 ? network_resistances_nearby(network, NEAR, node, most, ohm)
                                          : network_resistances(network, NEAR, node, 1e-9, ohm, &tried->engine.info);
    ck_assert(status == NETWORK_OK || (most > 0 && status == NETWORK_NO_MEMORY));
    return status == NETWORK_OK;
}

static void solve_grid(struct tried *tried)
{
    begin_grid(&tried->deck, 23);
    load(tried);
    ck_assert_int_eq(engine_solve(&tried->engine, &tried->lowered.diagnostics), ENGINE_OK);
}

/* The more there is of it, the larger they are, up to those of the whole. */
START_TEST(what_is_near_is_part_of_the_whole)
{
    static const uint32_t most[] = {NEAR, 50, 400, 2 * SIDE * SIDE};
    enum { SIZES = sizeof most / sizeof *most };
    struct tried tried;
    double whole[NEAR * NEAR], ohm[SIZES][NEAR * NEAR];
    solve_grid(&tried);
    ck_assert(near_resistances(&tried, 0, whole));
    for (size_t s = 0; s < SIZES; s++) {
        ck_assert(near_resistances(&tried, most[s], ohm[s]));
        for (size_t p = 0; p < NEAR; p++) {
            double own = ohm[s][p * NEAR + p];
            ck_assert(p == NEAR - 1 ? own == 0 : own > 0 && own <= (1 + 1e-9) * whole[p * NEAR + p]);
            ck_assert(s == 0 || own >= (1 - 1e-9) * ohm[s - 1][p * NEAR + p]);
        }
    }
    for (size_t e = 0; e < NEAR * NEAR; e++)
        ck_assert(fabs(ohm[SIZES - 1][e] - whole[e]) <= 1e-9 * whole[0]);
    tried_free(&tried);
}
END_TEST

START_TEST(memory_runs_out_nearby)
{
    struct tried tried;
    double ohm[NEAR * NEAR];
    solve_grid(&tried);
    for (long n = 0, failed = 1; failed; n++) {
        fail_alloc_after(n);
        bool done = near_resistances(&tried, 400, ohm);
        failed = fail_alloc_off();
        ck_assert(done == !failed);
    }
    tried_free(&tried);
}
END_TEST

START_TEST(memory_runs_out)
{
    struct tried tried;
    begin_grid(&tried.deck, 19);
    add_kind(&tried.deck, 0, 1);
    load(&tried);
    for (long n = 0, failed = 1; failed; n++) {
        struct engine engine = {0};
        struct diagnostics diagnostics = {0};
        fail_alloc_after(n);
        bool begun = engine_init(&engine, &tried.lowered.circuit, &automatic, true);
        enum engine_status status = begun ? engine_solve(&engine, &diagnostics) : ENGINE_NO_MEMORY;
        failed = fail_alloc_off();
        ck_assert_int_eq(status, failed ? ENGINE_NO_MEMORY : ENGINE_OK);
        engine_free(&engine);
        diagnostics_free(&diagnostics);
    }
    tried_free(&tried);
}
END_TEST

Suite *suite_tearing(void)
{
    Suite *suite = suite_create("tearing");
    TCase *tcase = tcase_create("tearing");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, parts_have_the_answer_of_the_whole, 0, 3 * KINDS);
    tcase_add_loop_test(tcase, parts_that_are_iterated_have_it_too, 0, 3 * KINDS);
    tcase_add_test(tcase, what_only_watches_leaves_diodes_inside);
    tcase_add_test(tcase, what_is_watched_is_solved_to_its_end);
    tcase_add_loop_test(tcase, sources_may_begin_at_zero, 0, 2);
    tcase_add_test(tcase, many_ports_are_solved_as_a_whole);
    tcase_add_test(tcase, states_go_on);
    tcase_add_loop_test(tcase, responses_are_those_of_the_whole, 0, KINDS);
    tcase_add_test(tcase, what_is_near_is_part_of_the_whole);
    tcase_add_test(tcase, memory_runs_out_nearby);
    tcase_add_test(tcase, memory_runs_out);
    suite_add_tcase(suite, tcase);
    return suite;
}
