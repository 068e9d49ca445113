/* The parts that find the minimum, on cases solved by hand: loop currents, the linear region, floating parts, the
 * solver; and the certificate, which must not be fooled. */
#include "decks.h"
#include "lowered.h"
#include "texts.h"
#include "circuit/operating_point.h"
#include "proof/certificate.h"
#include "linear/components.h"
#include "convex/interior_point.h"
#include "convex/linear_region.h"
#include "convex/loop_currents.h"
#include "convex/solve.h"
#include "util/random.h"
#include "suites.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool close_to(double value, double expected)
{
    return fabs(value - expected) <= 1e-12 * (1 + fabs(expected));
}

/* ---- currents of voltage-defined branches ------------------------------------------------------------------------ */

enum { NODES = 4, EDGES = 5 };

static const struct flow_case {
    const char *what;
    uint32_t edges;
    struct forest_edge edge[EDGES];
    bool one_way[EDGES];
    double supply[NODES]; /* that of node 0, ground, is what brings the sum to 0 */
    double f[EDGES];
    bool loop;
} flow_table[] = {
    {"a tree", 3, {{1, 0}, {1, 2}, {3, 2}}, {false}, {0, 1, 2, 4}, {7, -6, 4}, false},
    {"two in parallel", 2, {{1, 0}, {0, 1}}, {false}, {0, 6}, {3, -3}, true},
    {"one against two", 3, {{1, 0}, {1, 2}, {2, 0}}, {false}, {0, 6}, {4, 2, 2}, true},
    {"diodes in parallel", 2, {{1, 0}, {1, 0}}, {true, true}, {0, 6}, {3, 3}, true},
    {"a diode the wrong way", 2, {{1, 0}, {0, 1}}, {true, true}, {0, 6}, {6, 0}, true},
    {"a diode against a short", 2, {{1, 0}, {0, 1}}, {false, true}, {0, 6}, {6, 0}, true},
    {"a ring of diodes", 4, {{1, 2}, {2, 3}, {3, 1}, {1, 0}}, {true, true, true, false}, {0, 0, 6, 0}, {0, 6, 6, 6},
     true},
    {"nothing flows", 2, {{1, 0}, {1, 0}}, {false, true}, {0, 0}, {0, 0}, true},
    {"a floating loop", 3, {{1, 2}, {2, 3}, {1, 3}}, {false}, {0, 3, 0, -3}, {1, 1, 2}, true},
};

START_TEST(flow_splits)
{
    const struct flow_case *here = &flow_table[_i];
    struct dd supply[NODES] = {{0, 0}};
    double size[NODES];
    uint64_t leaving[NODES];
    for (int node = 1; node < NODES; node++) {
        supply[node].hi = here->supply[node];
        supply[0].hi -= supply[node].hi;
    }
    for (int node = 0; node < NODES; node++) {
        size[node] = fabs(supply[node].hi);
        leaving[node] = size[node] == 0 ? 0 : (uint64_t)1 << node;
    }
    struct loop_currents flow = {.nodes = NODES,
                        .edges = here->edges,
                        .edge = here->edge,
                        .one_way = here->one_way,
                        .supply = supply,
                        .leaving = leaving,
                        .size = size};
    struct solve_info info = {0};
    double f[EDGES];
    bool loop[EDGES], any = false;
    ck_assert_int_eq(loop_currents_solve(&flow, f, loop, &info), SOLVE_OK);
    for (uint32_t e = 0; e < here->edges; e++) {
        ck_assert_msg(fabs(f[e] - here->f[e]) < 1e-9, "%s: edge %u carries %g", here->what, e, f[e]);
        any = any || loop[e];
    }
    ck_assert_msg(any == here->loop, "%s: loops %d", here->what, any);
}
END_TEST

/* ---- the region -------------------------------------------------------------------------------------------------- */

/* A circuit with its region; the diodes begin on their middle segments. */
struct regional {
    struct lowered lowered;
    struct element_tables tables;
    struct operating_point op;
    struct linear_region *region;
    struct solve_info info;
};

static struct regional *regional_new(const char *cards)
{
    struct regional *regional = calloc(1, sizeof *regional);
    ck_assert_ptr_nonnull(regional);
    regional->lowered = lowered_program(cards);
    ck_assert(element_tables_build(&regional->tables, &regional->lowered.circuit));
    ck_assert(operating_point_new(&regional->op, &regional->lowered.circuit));
    regional->region = region_new(&regional->lowered.circuit, &regional->tables, FACTOR_CHOLESKY,
                                  &regional->op);
    ck_assert_ptr_nonnull(regional->region);
    return regional;
}

static void regional_free(struct regional *regional)
{
    region_free(regional->region);
    operating_point_free(&regional->op);
    element_tables_free(&regional->tables);
    lowered_free(&regional->lowered);
    free(regional);
}

static double volts(const struct regional *regional, const char *node)
{
    return regional->op.voltage[lowered_node(&regional->lowered, node)];
}

static double amperes(const struct regional *regional, const char *element)
{
    return regional->op.current[lowered_element(&regional->lowered, element)];
}

static const struct {
    const char *what, *source;
    bool conducts, objects;
    double a, b, i;
} region_table[] = {
    {"conducts rightly", "1", true, false, 0.5, 0.5, 0.5},
    {"ought to conduct", "1", false, true, 1, 0, 0},
    {"ought to block", "-1", true, true, -0.5, -0.5, -0.5},
    {"blocks rightly", "-1", false, false, -1, 0, 0},
};

START_TEST(region_tells_the_segments)
{
    char cards[200] = "r1 in a 1\nd1 a b m\nr2 b 0 1\n.model m D(Ron=0)\nv1 in 0 ";
    strcat(cards, region_table[_i].source);
    struct regional *regional = regional_new(cards);
    network_set_segment(region_network(regional->region), 0,
                        region_table[_i].conducts ? SEGMENT_FORWARD : SEGMENT_MIDDLE);
    ck_assert_int_eq(region_point(regional->region, &regional->info), NETWORK_OK);
    ck_assert(close_to(volts(regional, "a"), region_table[_i].a) && close_to(volts(regional, "b"), region_table[_i].b));
    ck_assert(close_to(amperes(regional, "d1"), region_table[_i].i));
    ck_assert_msg(region_object(regional->region) == region_table[_i].objects, "%s", region_table[_i].what);
    ck_assert_int_eq(region_solve(regional->region, 4, &regional->info), NETWORK_OK);
    ck_assert_uint_eq(region_object(regional->region), 0);
    regional_free(regional);
}
END_TEST

/* Currents of resistances over many decades, where potentials alone say nothing; and none where none can flow. */
START_TEST(region_has_currents_of_small_resistances)
{
    struct regional *regional =
        regional_new("v1 a 0 5\nr1 a b 1e-12\nr2 b c 1e-18\nr3 c 0 4.7k\nr4 b d 1\nr5 d e 1e-30\nr6 c f 1e-30\n"
                     "r7 f g 3e-30\nr8 g 0 1meg\n");
    ck_assert_int_eq(region_point(regional->region, &regional->info), NETWORK_OK);
    double i3 = 5 / 4700.0, i8 = 5e-6;
    ck_assert(fabs(amperes(regional, "r3") / i3 - 1) < 1e-12 && fabs(amperes(regional, "r8") / i8 - 1) < 1e-12);
    ck_assert(fabs(amperes(regional, "r6") / i8 - 1) < 1e-9 && fabs(amperes(regional, "r7") / i8 - 1) < 1e-9);
    ck_assert(fabs(amperes(regional, "r2") / (i3 + i8) - 1) < 1e-9);
    ck_assert(fabs(amperes(regional, "r1") / (i3 + i8) - 1) < 1e-9);
    ck_assert(fabs(amperes(regional, "v1") / (i3 + i8) + 1) < 1e-12);
    ck_assert(amperes(regional, "r4") == 0 && amperes(regional, "r5") == 0);
    regional_free(regional);
}
END_TEST

/* Nodes a and b hang together, c is on ground, d and e are apart; one diode. */
static const struct {
    const char *what, *cards;
    bool conducts;
    double before, a, b;
    bool floats;
} floating_table[] = {
    {"to 0 V", "d1 a c m\n.model m D(Ron=0 Vfwd=100)\n", false, 3, 0, 1, true},
    {"down to a bound", "d1 0 a m\n.model m D(Ron=0 Vrev=100 Rrev=0)\n", false, 5, 0, 1, true},
    {"up to a bound", "v1 n 0 2\nd1 n a m\n.model m D(Ron=0)\n", false, 5, 2, 3, true},
    {"down from a bound", "v1 n 0 -2\nd1 b n m\n.model m D(Ron=0)\n", false, -5, -3, -2, true},
    {"at a bound", "v1 n 0 2\nd1 n a m\n.model m D(Ron=0)\n", true, 5, 2, 3, true},
};

START_TEST(floating_parts_are_placed)
{
    char cards[300] = "r1 a b 1k\ni1 a b 1m\nr2 c 0 1k\nr3 d e 1k\n";
    strcat(cards, floating_table[_i].cards);
    struct regional *regional = regional_new(cards);
    uint32_t a = lowered_node(&regional->lowered, "a"), d = lowered_node(&regional->lowered, "d");
    network_set_segment(region_network(regional->region), 0,
                        floating_table[_i].conducts ? SEGMENT_FORWARD : SEGMENT_MIDDLE);
    regional->op.voltage[a] = regional->op.voltage[lowered_node(&regional->lowered, "b")] = floating_table[_i].before;
    ck_assert_int_eq(region_point(regional->region, &regional->info), NETWORK_OK);
    ck_assert(network_place_floating(region_network(regional->region), true));
    ck_assert_msg(close_to(volts(regional, "a"), floating_table[_i].a) &&
                      close_to(volts(regional, "b"), floating_table[_i].b),
                  "%s: %g, %g", floating_table[_i].what, volts(regional, "a"), volts(regional, "b"));
    ck_assert_int_eq(regional->op.floats[a] != POINT_TIED, floating_table[_i].floats);
    ck_assert(regional->op.floats[d] != POINT_TIED && volts(regional, "d") == 0 && volts(regional, "e") == 0);
    ck_assert_uint_eq(regional->op.floats[lowered_node(&regional->lowered, "c")], POINT_TIED);
    regional_free(regional);
}
END_TEST

/* ---- components -------------------------------------------------------------------------------------------------- */

START_TEST(components_are_told_apart)
{
    static const struct conductance edge[] = {{0, 3, 1}, {1, 2, 1}, {2, GROUND_UNKNOWN, 1}};
    static const double ground[] = {0, 0, 1, 0, 0};
    struct laplacian L = {0};
    struct components parts = {0};
    ck_assert(laplacian_build(&L, 5, edge, 3));
    ck_assert(components_build(&parts, &L, ground, 0));
    ck_assert_int_eq(parts.count, 3);
    ck_assert_int_eq(parts.floating, 2);
    ck_assert(parts.part[0] == parts.part[3] && parts.part[1] == parts.part[2]);
    ck_assert(parts.part[0] != parts.part[1] && parts.part[4] != parts.part[0] && parts.part[4] != parts.part[1]);
    ck_assert(parts.grounded[parts.part[1]] && !parts.grounded[parts.part[0]] && !parts.grounded[parts.part[4]]);
    components_free(&parts);
    laplacian_free(&L);
}
END_TEST

START_TEST(components_of_large_conductances)
{
    static const struct conductance edge[] = {{0, 1, 1}, {1, 2, 1e-6}, {0, GROUND_UNKNOWN, 1e-3}};
    static const double ground[] = {1e-3, 0, 0};
    static const struct {
        double least;
        int count, floating;
    } row[] = {{1e-6, 1, 0}, {1e-3, 2, 1}, {1, 2, 2}, {2, 3, 3}};
    struct laplacian L = {0};
    ck_assert(laplacian_build(&L, 3, edge, 3));
    for (size_t q = 0; q < sizeof row / sizeof *row; q++) {
        struct components parts = {0};
        ck_assert(components_build(&parts, &L, ground, row[q].least));
        ck_assert_int_eq(parts.count, row[q].count);
        ck_assert_int_eq(parts.floating, row[q].floating);
        components_free(&parts);
    }
    laplacian_free(&L);
}
END_TEST

/* A chain of three whose end is looked at first, a ring of four, a single unknown. */
START_TEST(levels_of_parts)
{
    static const struct conductance edge[] = {{0, 2, 1}, {2, 1, 0}, {3, 4, 1}, {4, 5, 1}, {5, 6, 1}, {6, 3, 1}};
    struct laplacian L = {0};
    struct component_levels levels;
    ck_assert(laplacian_build(&L, 8, edge, 6));
    ck_assert(component_levels_count(&levels, &L));
    ck_assert_int_eq(levels.all, 3 + 3 + 1);
    ck_assert_int_eq(levels.most, 3);
    laplacian_free(&L);
}
END_TEST

/* ---- the whole solver -------------------------------------------------------------------------------------------- */

static struct regional *solve(const char *cards, enum solve_method method)
{
    struct regional *solved = regional_new(cards);
    struct lowered *lowered = &solved->lowered;
    struct solve_options options = {.method = method, .tolerance = 1e-9};
    struct solver *solver = solver_new(&lowered->qp, &lowered->circuit, &lowered->supernodes, &solved->tables,
                                       solved->region, FACTOR_CHOLESKY, &solved->op);
    ck_assert_ptr_nonnull(solver);
    ck_assert_int_eq(solver_run(solver, &options), SOLVE_OK);
    solved->info = *solver_info(solver);
    solver_free(solver);
    return solved;
}

/* Chains of ideal diodes: @ is the number of a stage, # that of the next. */
static const struct {
    const char *what, *stage;
} chain_table[] = {
    {"diodes alone", "d@ n@ n# m\n"},
    {"loads between them", "d@ n@ n# m\nr@ n# 0 1k\n"},
    {"drops that the source does not reach over", "d@ n@ n# q\nr@ n# 0 1k\n"},
    {"resistors between them", "d@ n@ p@ m\nr@ p@ n# 1\n"},
    {"pairs against each other", "d@ n@ n# m\ndr@ n# n@ m\n"},
    {"bridges", "da@ n@ p@ m\ndb@ q@ n@ m\ndc@ n# p@ m\ndd@ q@ n# m\nr@ p@ q@ 10\n"},
    {"turned round", "d@ n# n@ m\n"},
};

static char *chain(const char *stage, int stages)
{
    size_t room = (size_t)stages * (strlen(stage) + 64) + 256, length;
    char *cards = malloc(room);
    ck_assert_ptr_nonnull(cards);
    length = (size_t)snprintf(cards, room, ".model m D(Ron=0)\n.model q D(Ron=0 Vfwd=0.7)\nv1 a 0 50\nri a n0 1\n");
    for (int q = 0; q < stages; q++)
        for (const char *c = stage; *c; c++)
            length += (size_t)snprintf(cards + length, room - length, *c == '@' || *c == '#' ? "%d" : "%c",
                                       *c == '@' ? q : *c == '#' ? q + 1 : *c);
    snprintf(cards + length, room - length, "ro n%d 0 1\n", stages);
    return cards;
}

/* However long a chain is, no diode waits for the one before it. */
START_TEST(chains_close_at_once)
{
    enum { STAGES = 3000, FACTORISATIONS = 80 };
    char *cards = chain(chain_table[_i].stage, STAGES);
    struct regional *solved = solve(cards, METHOD_AUTO);
    ck_assert_msg(solved->info.factorisations <= FACTORISATIONS, "%s: %zu factorisations", chain_table[_i].what,
                  solved->info.factorisations);
    regional_free(solved);
    free(cards);
}
END_TEST

/* ---- layers ------------------------------------------------------------------------------------------------------ */

enum { INPUTS = 20, HIDDEN = 30, OUTPUTS = 5, RESISTORS = (INPUTS + OUTPUTS) * HIDDEN };

/* Resistors in the order in which each unit's follow each other, 10 to 1e7 ohm. card [RESISTORS] out, to be free()d. */
static void layers(struct random *random, char **card)
{
    for (int h = 0; h < HIDDEN; h++)
        for (int n = 0; n < INPUTS + OUTPUTS; n++) {
            char **here = n < INPUTS ? &card[INPUTS * h + n] : &card[INPUTS * HIDDEN + HIDDEN * (n - INPUTS) + h];
            *here = NULL;
            text_append(here, "r%d_%d %c%d h%d %.9g\n", h, n, n < INPUTS ? 'i' : 'o', n < INPUTS ? n : n - INPUTS, h,
                        pow(10, 4 + 3 * random_uniform(random)));
        }
}

static void shuffle(struct random *random, char **card, int count)
{
    for (int q = count - 1; q > 0; q--) {
        int other = (int)((random_uniform(random) + 1) / 2 * (q + 1));
        char *here = card[q];
        card[q] = card[other];
        card[other] = here;
    }
}

/* The deck of these resistors with inputs, of which some are 0 V, and hidden units that ideal diodes hold. */
static opspice *layered_deck(char *const *card, uint64_t seed)
{
    struct random random = random_from(seed);
    char *text = NULL;
    text_append(&text, "layers\n.model m D(Ron=0)\n");
    for (int q = 0; q < RESISTORS; q++)
        text_append(&text, "%s", card[q]);
    for (int n = 0; n < INPUTS; n++)
        text_append(&text, "v%d i%d 0 %.9g\n", n, n, n % 4 == 0 ? 0 : random_uniform(&random));
    for (int h = 0; h < HIDDEN; h++)
        text_append(&text, h % 2 ? "d%d h%d 0 m\n" : "d%d 0 h%d m\n", h, h);
    opspice *deck = deck_solved(text);
    free(text);
    return deck;
}

/* Resistors that follow each other are added up together, others one by one: the answer is the same. */
START_TEST(layers_have_one_answer_in_any_order)
{
    struct random random = random_from((uint64_t)_i + 1);
    char *card[RESISTORS], name[32];
    layers(&random, card);
    opspice *rows = layered_deck(card, (uint64_t)_i);
    shuffle(&random, card, RESISTORS);
    opspice *single = layered_deck(card, (uint64_t)_i);
    int held = 0;
    for (int h = 0; h < HIDDEN; h++) {
        snprintf(name, sizeof name, "h%d", h);
        held += deck_voltage(rows, name) == 0;
        ck_assert(near(deck_voltage(rows, name), deck_voltage(single, name), 1));
        snprintf(name, sizeof name, "d%d", h);
        ck_assert(near(deck_current(rows, name), deck_current(single, name), 1e-3));
    }
    ck_assert(held > 0 && held < HIDDEN);
    for (int q = 0; q < RESISTORS; q++) {
        snprintf(name, sizeof name, "r%d_%d", q % HIDDEN, q / HIDDEN);
        ck_assert(near(deck_current(rows, name), deck_current(single, name), 1e-3));
        free(card[q]);
    }
    opspice_free(rows);
    opspice_free(single);
}
END_TEST

/* The two ways to a minimum without constraints, with knees of both signs, and a part that floats. */
static const char *const minimum_table[] = {
    "v1 a 0 5\nr1 a b 1k\nd1 b c p\nr2 c 0 2k\nd2 0 c p\n.model p D(Ron=10 Roff=1meg Vfwd=0.6)\n",
    "v1 a 0 5\nr1 a b 1k\nd1 b c p\nr2 c 0 2k\nd2 0 c p\n.model p D(Ron=5k Roff=100 Vfwd=0.6)\n",
    ("i1 0 b 1m\nr1 b 0 3k\nd1 b c p\nd2 c 0 q\n.model p D(Ron=5k Roff=100 Vfwd=0.2 Vrev=1)\n"
     ".model q D(Ron=1 Roff=1k)\n"),
    "v1 a 0 5\nr1 a 0 1k\nv2 e f 3\nd1 e g p\nr3 g f 1k\n.model p D(Ron=10 Roff=1meg Vfwd=0.6)\n",
};

START_TEST(interior_point_finds_what_newton_finds)
{
    struct lowered lowered = lowered_program(minimum_table[_i]);
    const struct qp *qp = &lowered.qp;
    struct newton newton = {0};
    struct lagrangian lagrangian = {0};
    struct solve_info info = {0};
    double *x = calloc((size_t)qp->L.n, sizeof *x), *y = calloc((size_t)qp->L.n, sizeof *y);
    bool *conducts = calloc(qp->knees, sizeof *conducts);
    ck_assert(x && y && conducts && newton_new(&newton, qp, FACTOR_CHOLESKY) && lagrangian_new(&lagrangian, qp));
    ck_assert_int_eq(newton_minimise(&newton, &lagrangian, x, &info), SOLVE_OK);
    ck_assert_int_eq(interior_point_minimise(&newton, &lagrangian, y, conducts, &info), SOLVE_OK);
    for (uint32_t k = 0; k < qp->knees; k++) {
        ck_assert(conducts[k] == (lagrangian_excess(&lagrangian, k, x) > 0));
        ck_assert(fabs(lagrangian_excess(&lagrangian, k, x) - lagrangian_excess(&lagrangian, k, y)) < 1e-7);
    }
    free(x), free(y), free(conducts);
    newton_free(&newton);
    lagrangian_free(&lagrangian);
    lowered_free(&lowered);
}
END_TEST

/* The example on which plain coordinate descent stalls. */
START_TEST(both_methods_pass_the_stall)
{
    struct regional *solved =
        solve("v1 in 0 1\nr1 in a 1\nd1 a b m\nr2 b 0 1\n.model m D(Ron=0)\n", (enum solve_method)_i);
    ck_assert(close_to(volts(solved, "a"), 0.5) && close_to(amperes(solved, "d1"), 0.5));
    regional_free(solved);
}
END_TEST

/* ---- the certificate --------------------------------------------------------------------------------------------- */

/* Every kind of element; each current and each voltage matters. */
static const char honest[] =
    "v1 a 0 5\nr1 a b 1k\nd1 b c ideal\nr2 c 0 1k\nd2 0 c ideal\nd3 c e ideal\nr3 e 0 2k\nl1 e f 1u\nr4 f 0 1k\n"
    "c1 f a 1n\ni1 0 b 1m\nd4 f 0 knee\nd5 0 f zener\nr5 a g 1k\nv2 g h 1\nr6 h 0 1k\nr7 f i 0\nr8 i 0 3k\n"
    ".model ideal D(Ron=0)\n.model knee D(Ron=10 Roff=1meg Vfwd=1)\n.model zener D(Ron=0 Vrev=0.5 Rrev=7 Roff=2k)\n";

static bool proves(const struct regional *solved, const double *v, const double *i)
{
    struct certificate certificate;
    ck_assert(certificate_compute(&certificate, &(struct claim){&solved->lowered.circuit, v, solved->op.low, i}, 1e-9));
    return certificate.proved;
}

static void swap(double *slot, double *value)
{
    double kept = *slot;
    *slot = *value;
    *value = kept;
}

/* Each number in turn replaced by a wrong one. */
static void check_corruptions(const struct regional *solved, double *number, size_t count, const char *what)
{
    static const double factors[] = {1 + 1e-6, 1 - 1e-6, -1, 2, 0, NAN, INFINITY};
    for (size_t n = 0; n < count; n++)
        for (size_t q = 0; q < sizeof factors / sizeof *factors; q++) {
            double wrong = factors[q] == 0 ? 0 : number[n] * factors[q];
            if (number[n] == 0)
                wrong = isfinite(factors[q]) ? factors[q] * 1e-5 : factors[q];
            if (wrong == number[n])
                continue;
            swap(&number[n], &wrong);
            ck_assert_msg(!proves(solved, solved->op.voltage, solved->op.current), "%s %zu may be %g instead of %g",
                          what, n, number[n], wrong);
            swap(&number[n], &wrong);
        }
}

START_TEST(certificate_is_not_fooled)
{
    struct regional *solved = solve(honest, METHOD_AUTO);
    const struct circuit *circuit = &solved->lowered.circuit;
    ck_assert(proves(solved, solved->op.voltage, solved->op.current));
    check_corruptions(solved, solved->op.voltage + 1, circuit->nodes.count - 1, "voltage");
    check_corruptions(solved, solved->op.current, circuit->elements.count, "current");
    ck_assert(proves(solved, solved->op.voltage, solved->op.current));
    regional_free(solved);
}
END_TEST

START_TEST(certificate_names_the_worst)
{
    struct regional *solved = solve(honest, METHOD_AUTO);
    const struct lowered *lowered = &solved->lowered;
    struct certificate certificate;
    uint32_t r2 = lowered_element(lowered, "r2");
    solved->op.current[r2] *= 1.5;
    const struct claim claim = claim_of(&lowered->circuit, &solved->op);
    ck_assert(certificate_compute(&certificate, &claim, 1e-9));
    ck_assert_uint_eq(certificate.law_element, r2);
    ck_assert(certificate.law > 0.1 && certificate.law_relative > 0.02);
    ck_assert_uint_ne(certificate.kcl_node, CERTIFICATE_NONE);
    ck_assert(certificate.kcl > 1e-4 && certificate.kcl_relative > 0.01 && certificate.power_relative > 1e-9);
    regional_free(solved);
}
END_TEST

/* What a small resistance joins, between large ones, cannot be somewhere else, although its currents are rounded by
 * more than those that hold it there. */
START_TEST(certificate_asks_groups)
{
    struct regional *solved =
        solve("v1 a 0 1\nr1 a b 1meg\nr2 b c 1u\nr3 c d 1u\nr4 d 0 1meg\nr5 a 0 1k\n", METHOD_AUTO);
    const struct circuit *circuit = &solved->lowered.circuit;
    double *v = solved->op.voltage, *i = solved->op.current;
    ck_assert(proves(solved, v, i));
    static const char *const joined[] = {"b", "c", "d"};
    for (size_t n = 0; n < sizeof joined / sizeof *joined; n++)
        v[lowered_node(&solved->lowered, joined[n])] += 1e-7;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (element->kind == ELEMENT_RESISTOR)
            i[e] = (v[element->a] - v[element->k]) / element->value;
    }
    i[lowered_element(&solved->lowered, "v1")] =
        -i[lowered_element(&solved->lowered, "r1")] - i[lowered_element(&solved->lowered, "r5")];
    ck_assert(!proves(solved, v, i));
    regional_free(solved);
}
END_TEST

/* A shift of all potentials but ground's is no answer; neither is another one that keeps Kirchhoff's law. */
START_TEST(certificate_knows_ground_and_diodes)
{
    struct regional *solved = solve("v1 a 0 1\nd1 a b m\nd2 a b m\nr1 b 0 1\n.model m D(Ron=0)\n", METHOD_AUTO);
    double *i = solved->op.current, *v = solved->op.voltage;
    const struct lowered *lowered = &solved->lowered;
    uint32_t d1 = lowered_element(lowered, "d1"), d2 = lowered_element(lowered, "d2");
    ck_assert(close_to(i[d1], 0.5) && close_to(i[d2], 0.5));
    i[d1] = 0.25, i[d2] = 0.75;
    ck_assert(proves(solved, v, i)); /* another split, as good */
    i[d1] = -0.25, i[d2] = 1.25;
    ck_assert(!proves(solved, v, i)); /* a diode backwards */
    i[d1] = 0.5, i[d2] = 0.5;
    v[GROUND] = 1e-3;
    ck_assert(!proves(solved, v, i));
    regional_free(solved);
}
END_TEST

#define COUNT(table) (sizeof table / sizeof *table)

Suite *suite_solve(void)
{
    Suite *suite = suite_create("solve");
    TCase *parts = tcase_create("parts"), *proof = tcase_create("certificate");
    tcase_add_loop_test(parts, flow_splits, 0, COUNT(flow_table));
    tcase_add_loop_test(parts, floating_parts_are_placed, 0, COUNT(floating_table));
    tcase_add_loop_test(parts, region_tells_the_segments, 0, COUNT(region_table));
    tcase_add_test(parts, region_has_currents_of_small_resistances);
    tcase_add_test(parts, components_are_told_apart);
    tcase_add_test(parts, components_of_large_conductances);
    tcase_add_test(parts, levels_of_parts);
    tcase_add_loop_test(parts, both_methods_pass_the_stall, METHOD_AUTO, METHOD_NEWTON + 1);
    tcase_add_loop_test(parts, interior_point_finds_what_newton_finds, 0,
                        sizeof minimum_table / sizeof *minimum_table);
    tcase_add_loop_test(parts, chains_close_at_once, 0, sizeof chain_table / sizeof *chain_table);
    tcase_add_loop_test(parts, layers_have_one_answer_in_any_order, 0, 10);
    tcase_add_test(proof, certificate_is_not_fooled);
    tcase_add_test(proof, certificate_names_the_worst);
    tcase_add_test(proof, certificate_asks_groups);
    tcase_add_test(proof, certificate_knows_ground_and_diodes);
    suite_add_tcase(suite, parts);
    suite_add_tcase(suite, proof);
    return suite;
}
