/* src/elaborate and src/circuit: words of cards, values of sources, elements and laws, the forest of voltage-defined
 * branches, routing. */
#include "circuit/forced_loop.h"
#include "circuit/forest.h"
#include "circuit/max_flow.h"
#include "circuit/voltage_loops.h"
#include "elaborate/waveform.h"
#include "elaborate/card_reader.h"
#include "lowered.h"
#include "suites.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool close_to(double value, double expected)
{
    return value == expected || fabs(value - expected) <= 1e-14 * fabs(expected);
}

/* ---- words ------------------------------------------------------------------------------------------------------ */

/* The words of a card, as card_reader_next gives them, with blanks between. */
static void check_words(const char *card, const char *expected)
{
    struct lowered lowered = lowered_circuit(card);
    ck_assert(netlist_expand(&lowered.netlist));
    struct card_reader words = card_reader_of(&lowered.netlist.card[0]);
    char text[200] = "";
    for (const struct arg *arg; (arg = card_reader_next(&words));) {
        strcat(text, " ");
        strncat(text, arg->text, arg->length);
    }
    ck_assert_str_eq(text, expected);
    ck_assert_ptr_null(card_reader_peek(&words));
    lowered_free(&lowered);
}

START_TEST(card_reader_without_parentheses)
{
    check_words("r1 a b 1k\n", " a b 1k");
    check_words("r1 (a, b) 1k\n", " a b 1k");
    check_words("r1(a b)(1k)\n", " a b 1k");
    check_words("v1 a b sin(0 1 , 2)\n", " a b sin 0 1 2");
    check_words("r1 a b r = 1k tc=1,2\n", " a b r 1k tc 1 2");
    check_words("r1\n", "");
}
END_TEST

START_TEST(nodes_with_parentheses)
{
    struct lowered lowered = lowered_circuit("r1 net-(r1-pad1) (b) 1k\n");
    ck_assert(netlist_expand(&lowered.netlist));
    struct card_reader words = card_reader_of(&lowered.netlist.card[0]);
    size_t length;
    ck_assert_ptr_nonnull(card_reader_node(&words, &length));
    ck_assert_uint_eq(length, strlen("net-(r1-pad1)"));
    ck_assert_ptr_nonnull(card_reader_node(&words, &length));
    ck_assert_uint_eq(length, 1);
    double value = 0;
    ck_assert(card_reader_number(&words, &lowered.diagnostics, "resistance", &value));
    ck_assert(value == 1000);
    ck_assert_ptr_null(card_reader_node(&words, &length));
    ck_assert(!card_reader_number(&words, &lowered.diagnostics, "resistance", &value));
    ck_assert(words.failed);
    lowered_free(&lowered);
}
END_TEST

START_TEST(keyed_values)
{
    double m = 1, tc[2] = {0, 0};
    const struct key keys[] = {{"m", &m, 1}, {"tc", tc, 2}, {"off", NULL, 0}, {NULL, NULL, 0}};
    struct lowered lowered = lowered_circuit("r1 TC=1m 2m M=3 OFF tc=5\n");
    size_t before = lowered.diagnostics.errors;
    ck_assert(netlist_expand(&lowered.netlist));
    struct card_reader words = card_reader_of(&lowered.netlist.card[0]);
    card_reader_keys(&words, &lowered.diagnostics, keys);
    ck_assert(!words.failed);
    ck_assert(m == 3 && tc[0] == 5 && tc[1] == 2e-3);
    ck_assert_uint_eq(lowered.diagnostics.errors, before);
    lowered_free(&lowered);
}
END_TEST

START_TEST(ground_has_two_names)
{
    ck_assert(node_is_ground("0", 1) && node_is_ground("gnd", 3) && node_is_ground("GnD", 3));
    ck_assert(!node_is_ground("00", 2) && !node_is_ground("gnd!", 4) && !node_is_ground("", 0));
}
END_TEST

/* ---- sources ---------------------------------------------------------------------------------------------------- */

static const struct {
    const char *card;
    double value;
} source_table[] = {
    {"v1 a 0", 0},
    {"v1 a 0 5", 5},
    {"v1 a 0 -5m", -5e-3},
    {"v1 a 0 dc 5 ac 1 90", 5},
    {"v1 a 0 ac 1 dc 5", 5},
    {"v1 a 0 dc=5", 5},
    {"v1 a 0 pulse 1 2", 1},
    {"v1 a 0 dc 7 pulse(1 2)", 7},
    {"v1 a 0 sin(1 2)", 1},
    {"v1 a 0 sin(1 2 1k 0 0 30)", 2},
    {"v1 a 0 exp(3 4 1 2 3 4)", 3},
    {"v1 a 0 sffm(1 2 1k 5 10)", 1},
    {"v1 a 0 sffm(1 2 1k 5 10 90 0)", 3},
    {"v1 a 0 am(1 2 3 4)", 0},
    {"v1 a 0 pwl(0 1 1 2)", 1},
    {"v1 a 0 pwl(1 5 2 6)", 5},
    {"v1 a 0 pwl(-2 5 -1 6)", 6},
    {"v1 a 0 pwl(-1 2 3 4)", 2.5},
    {"v1 a 0 pwl(0 1 0 2)", 1},
    {"v1 a 0 trnoise(1 1n)", 0},
    {"v1 a 0 distof1 1 0 3", 0},
    {"i1 a 0 2 m=3", 6},
    {"i1 a 0 m=3 pulse(2 1)", 6},
};

START_TEST(values_of_sources)
{
    struct lowered lowered = lowered_circuit(source_table[_i].card);
    ck_assert_msg(lowered.diagnostics.errors == 0, "%s: %s", source_table[_i].card,
                  lowered.diagnostics.errors ? lowered.diagnostics.item[0].message : "");
    ck_assert_msg(close_to(lowered.circuit.element[0].value, source_table[_i].value), "%s: %.17g",
                  source_table[_i].card, lowered.circuit.element[0].value);
    lowered_free(&lowered);
}
END_TEST

/* ---- elements and laws ------------------------------------------------------------------------------------------ */

static const struct {
    const char *card;
    enum element_kind kind;
    double value;
} element_table[] = {
    {"r1 a 0 2k", ELEMENT_RESISTOR, 2000},
    {"r1 a 0 r=2k m=2", ELEMENT_RESISTOR, 1000},
    {"r1 a 0 0", ELEMENT_SHORT, 0},
    {"r1 a 0 1k scale=0", ELEMENT_SHORT, 0},
    {"r1 a 0 1e-320", ELEMENT_SHORT, 0}, /* its conductance is no double; see below */
    {"c1 a 0 1u", ELEMENT_CAPACITOR, 0},
    {"l1 a 0 1u ic=3", ELEMENT_SHORT, 0},
    {"v1 a 0 3", ELEMENT_VSOURCE, 3},
    {"i1 a 0 3", ELEMENT_ISOURCE, 3},
    {"d1 a 0 m 3 m=2\n.model m D(Ron=0)", ELEMENT_DIODE, 6},
};

START_TEST(elements)
{
    struct lowered lowered = lowered_circuit(element_table[_i].card);
    if (element_table[_i].value == 0 && strstr(element_table[_i].card, "e-320")) {
        ck_assert_uint_eq(lowered.diagnostics.errors, 1); /* out of range, and no short */
    } else {
        ck_assert_uint_eq(lowered.diagnostics.errors, 0);
        ck_assert_int_eq(lowered.circuit.element[0].kind, element_table[_i].kind);
        ck_assert(close_to(lowered.circuit.element[0].value, element_table[_i].value));
        ck_assert_uint_eq(lowered.circuit.element[0].k, GROUND);
    }
    lowered_free(&lowered);
}
END_TEST

START_TEST(laws_of_diodes)
{
    static const struct {
        double u, i;
    } points[] = {{0, 0}, {0.5, 0.5e-3}, {1, 1e-3}, {3, 1e-3 + 2}, {-4, -4e-3}, {-5, -5e-3}, {-9, -5e-3 - 2}};
    struct lowered lowered = lowered_circuit("d1 a 0 m\n.model m D(Ron=1 Roff=1k Vfwd=1 Vrev=5 Rrev=2)\n");
    const struct law *law = &lowered.circuit.law[lowered.circuit.element[0].law];
    for (size_t p = 0; p < sizeof points / sizeof *points; p++)
        ck_assert_msg(close_to(law_current(law, points[p].u), points[p].i), "%g V: %.17g A", points[p].u,
                      law_current(law, points[p].u));
    lowered_free(&lowered);
}
END_TEST

START_TEST(ideal_law)
{
    struct lowered lowered =
        lowered_circuit("d1 a 0 m\nd2 a 0 n\n.model m D(Ron=0)\n.model n D(Ron=0 Vrev=2 Roff=1k)\n");
    const struct law *m = &lowered.circuit.law[lowered.circuit.element[0].law];
    const struct law *n = &lowered.circuit.law[lowered.circuit.element[1].law];
    ck_assert(m->g_off == 0 && isinf(m->g_on) && isinf(m->v_rev) && m->v_fwd == 0);
    ck_assert(close_to(n->g_off, 1e-3) && isinf(n->g_on) && isinf(n->g_rev) && n->v_rev == 2);
    ck_assert(law_current(m, -1e9) == 0);
    lowered_free(&lowered);
}
END_TEST

START_TEST(supernodes_hold_offsets)
{
    struct lowered lowered = lowered_program("v1 a 0 1\nv2 b a 2\nl1 c b 1\nv3 d e 5\nr1 d 0 1\nv4 f f 0\n");
    const struct supernodes *supernodes = &lowered.supernodes;
    ck_assert(supernodes->offset[lowered_node(&lowered, "c")] == 3);
    ck_assert(supernodes->offset[lowered_node(&lowered, "d")] - supernodes->offset[lowered_node(&lowered, "e")] == 5);
    ck_assert_int_eq(lowered_unknown(&lowered, "c"), GROUND_UNKNOWN);
    ck_assert_int_eq(lowered_unknown(&lowered, "d"), lowered_unknown(&lowered, "e"));
    ck_assert_uint_eq(supernodes->edges, 4); /* v4 is none */
    lowered.circuit.element[1].value = 20;
    supernodes_update(&lowered.supernodes, &lowered.circuit);
    ck_assert(supernodes->offset[lowered_node(&lowered, "c")] == 21);
    lowered_free(&lowered);
}
END_TEST

/* Sources leave 20.25 V round d1, d2 backwards and an ideal diode; resistances, and d5 backwards, bound nothing. */
static const char driven[] = "v1 a 0 15\nd1 a b e\nv2 c b 5.25\nd2 d c z\nd3 d 0 drop\nr1 b 0 1k\n"
                             "v3 f 0 100\nd4 f 0 rs\nd5 b f e\n"
                             ".model e d(is=1e-15 n=1.2)\n.model z d(bv=4.7 ibv=1m)\n.model rs d(rs=1)\n"
                             ".model drop d(ron=0 vfwd=0.25)\n";

/* The current at which the laws have what the sources leave, and that no loop is found beyond it. */
START_TEST(sources_drive_a_loop)
{
    struct lowered lowered = lowered_program(driven);
    const struct circuit *circuit = &lowered.circuit;
    struct forced_loop loop = {0}, beyond = {0};
    ck_assert(forced_loop_find(&loop, circuit, &lowered.supernodes, 1e16));
    ck_assert_uint_eq(loop.diodes, 3);
    ck_assert(close_to(loop.volts, 20.25) && loop.over > 0);
    double amperes = forced_loop_current(&loop, circuit), low = 0, high = 20;
    const struct law *one = &circuit->law[circuit->element[lowered_element(&lowered, "d1")].law];
    const struct law *other = &circuit->law[circuit->element[lowered_element(&lowered, "d2")].law];
    for (int halvings = 0; halvings < 200; halvings++) {
        double middle = (low + high) / 2;
        *(law_current(one, middle) < -law_current(other, -(20 - middle)) ? &low : &high) = middle;
    }
    ck_assert(fabs(law_current(one, low) / amperes - 1) < 1e-6);
    ck_assert(forced_loop_find(&beyond, circuit, &lowered.supernodes, 1.001 * amperes));
    ck_assert_uint_eq(beyond.diodes, 0);
    ck_assert(forced_loop_find(&beyond, circuit, &lowered.supernodes, INFINITY));
    ck_assert_uint_eq(beyond.diodes, 0);
    forced_loop_free(&loop);
    lowered_free(&lowered);
}
END_TEST

/* ---- versions ---------------------------------------------------------------------------------------------------- */

/* What each change makes old of what is derived: structure, values, sources. */
START_TEST(changes_have_versions)
{
    struct lowered lowered = lowered_circuit("v1 a 0 1\nr1 a b 1k\nr2 b 0 1k\nr3 b 0 1k tc1=1m\n");
    struct circuit *circuit = &lowered.circuit;
    struct circuit_version before = circuit->version, *now = &circuit->version;
    const double ohms[] = {10, 20};
    ck_assert(before.structure > 0 && before.values > 0 && before.sources > 0);
    circuit_set_source(circuit, 0, 2);
    ck_assert(now->structure == before.structure && now->values == before.values && now->sources != before.sources);
    before = *now;
    ck_assert(circuit_set_resistances(circuit, 1, 2, ohms));
    ck_assert(now->structure == before.structure && now->values != before.values && now->sources == before.sources);
    ck_assert(circuit_resistance(circuit, 1) == 10 && circuit_resistance(circuit, 2) == 20);
    before = *now;
    circuit_set_temperature(circuit, 127);
    ck_assert(now->structure == before.structure && now->values != before.values && now->sources == before.sources);
    ck_assert(!circuit_set_resistances(circuit, 2, 2, ohms)); /* r3 has another at this temperature */
    ck_assert(circuit_resistance(circuit, 3) == 20 && close_to(circuit->element[3].value, 22));
    before = *now;
    circuit_set_resistance(circuit, 1, 0); /* a short */
    ck_assert(now->structure != before.structure && now->values != before.values);
    before = *now;
    circuit_changed(circuit, false);
    ck_assert(now->structure == before.structure && now->values != before.values && now->sources != before.sources);
    lowered_free(&lowered);
}
END_TEST

/* ---- forest ------------------------------------------------------------------------------------------------------ */

/* 0 - 1 - 2 - 3 with a second edge from 1 to 3; 4 - 5; 6 with an edge to itself. */
static const struct forest_edge edges[] = {{1, 0}, {1, 2}, {3, 2}, {3, 1}, {4, 5}, {6, 6}};
enum { EDGES = sizeof edges / sizeof *edges, NODES = 7 };

START_TEST(forest_has_trees)
{
    struct forest forest = {0};
    ck_assert(forest_build(&forest, NODES, edges, EDGES, NULL));
    ck_assert_uint_eq(forest.trees, 3);
    ck_assert(!forest.acyclic);
    ck_assert_uint_eq(forest.parent[0], 0);
    ck_assert_uint_eq(forest.via[0], FOREST_NO_EDGE);
    bool seen[NODES] = {false};
    for (int q = 0; q < NODES; q++) {
        uint32_t node = forest.order[q];
        ck_assert(seen[forest.parent[node]] || forest.parent[node] == node);
        seen[node] = true;
    }
    ck_assert(forest.tree[0] == 0 && forest.tree[1] == 0 && forest.tree[2] == 0 && forest.tree[3] == 0);
    ck_assert(forest.tree[4] == forest.tree[5] && forest.tree[4] != forest.tree[6]);
    forest_free(&forest);
}
END_TEST

START_TEST(forest_offsets_follow_edges)
{
    static const double value[EDGES] = {1, 2, 4, 2, 7, 0}; /* the loop agrees: v3 - v1 = 4 - 2 */
    struct forest forest = {0};
    double offset[NODES];
    ck_assert(forest_build(&forest, NODES, edges, EDGES, NULL));
    forest_offsets(&forest, edges, value, offset);
    ck_assert(offset[0] == 0 && offset[1] == 1 && offset[2] == -1 && offset[3] == 3);
    ck_assert(offset[4] - offset[5] == 7);
    forest_free(&forest);
}
END_TEST

START_TEST(forest_paths_and_roots)
{
    static const double weight[NODES] = {0, 0, 0, 0, 1, 5, 0};
    struct forest forest = {0};
    uint32_t path[NODES];
    ck_assert(forest_build(&forest, NODES, edges, 3, weight)); /* the chain alone */
    ck_assert(forest.acyclic);
    ck_assert_uint_eq(forest_path(&forest, 0, 3, path), 3);
    ck_assert(path[0] == 0 && path[1] == 1 && path[2] == 2);
    ck_assert_uint_eq(forest_path(&forest, 3, 1, path), 2);
    ck_assert(path[0] == 2 && path[1] == 1);
    ck_assert_uint_eq(forest_path(&forest, 2, 2, path), 0);
    forest_free(&forest);
    ck_assert(forest_build(&forest, NODES, edges, EDGES, weight));
    ck_assert_uint_eq(forest.parent[5], 5); /* the heavier one */
    ck_assert_uint_eq(forest.parent[4], 5);
    forest_free(&forest);
    forest_free(&forest);
}
END_TEST

/* ---- loops of voltages ------------------------------------------------------------------------------------------- */

enum { LOOP_NODES = 7, LOOP_BRANCHES = 7 };

/* v: branches, and what the blocks that they are in leave. */
static const struct {
    struct loop_branch branch[LOOP_BRANCHES];
    uint32_t branches, loops;
    bool agree;
    double left[LOOP_BRANCHES]; /* V, by number */
} loop_table[] = {
    {{{1, 1, 0, 0, 0}, {2, 2, 1, 1, 0}, {7, 4, 3, 2, 0}}, 3, 0, true, {0}},
    {{{1, 1, 0, 0, 0}, {2, 2, 1, 1, 0}, {3, 2, 0, 2, 0}, {0, 3, 2, 3, 0}}, 4, 1, true, {0}},
    /* the largest voltage measures, not one that closes the loop in this order or another */
    {{{1000, 1, 0, 0, 0}, {500, 1, 2, 1, 0}, {500.0000009, 2, 0, 2, 0}}, 3, 1, true, {9e-7, 9e-7, 9e-7}},
    {{{500.0000009, 2, 0, 2, 0}, {500, 1, 2, 1, 0}, {1000, 1, 0, 0, 0}}, 3, 1, true, {9e-7, 9e-7, 9e-7}},
    {{{1000, 1, 0, 0, 0}, {500, 1, 2, 1, 0}, {500.0000011, 2, 0, 2, 0}}, 3, 1, false, {0}},
    /* what a high potential would forgive is asked all the same */
    {{{1e9, 1, 0, 0, 0}, {5, 2, 1, 1, 0}, {5.00000001, 2, 1, 2, 0}}, 3, 1, false, {0}},
    {{{1e9 + 0.1, 1, 0, 0, 0}, {5.3, 2, 1, 1, 0}, {5.3, 2, 1, 2, 0}}, 3, 1, true, {0}},
    {{{0, 1, 0, 0, 0}, {0, 1, 0, 1, 0}, {1e-300, 0, 1, 2, 0}}, 3, 2, false, {0}},
    {{{NAN, 1, 0, 0, 0}, {1, 1, 0, 1, 0}}, 2, 1, false, {0}},
    /* two loops that meet in a node; one over the other; one that is joined to both */
    {{{4, 1, 0, 0, 0}, {-4.000000002, 0, 1, 1, 0}, {2, 2, 0, 2, 0}, {2.000000001, 2, 0, 3, 0}, {9, 3, 1, 4, 0}},
     5, 2, true, {2e-9, 2e-9, 1e-9, 1e-9, 0}},
    {{{4, 1, 0, 0, 0}, {4.000000002, 1, 0, 1, 0}, {1, 2, 1, 2, 0}, {5.000000001, 2, 0, 3, 0}}, 4, 2, true,
     {3e-9, 3e-9, 3e-9, 3e-9}},
    {{{1, 1, 0, 0, 0}, {2, 2, 1, 1, 0}, {3, 3, 2, 2, 0}, {4, 4, 3, 3, 0}, {7.000000004, 4, 2, 4, 0},
      {3.000000002, 2, 0, 5, 0}, {10.000000001, 4, 0, 6, 0}},
     7, 3, true, {7e-9, 7e-9, 7e-9, 7e-9, 7e-9, 7e-9, 7e-9}},
};

START_TEST(loops_agree)
{
    struct voltage_loops loops = {0};
    uint32_t path[LOOP_NODES];
    ck_assert(voltage_loops_new(&loops, LOOP_NODES, loop_table[_i].branches));
    memcpy(loops.branch, loop_table[_i].branch, loops.branches * sizeof *loops.branch);
    voltage_loops_find(&loops);
    ck_assert_uint_eq(loops.loops, loop_table[_i].loops);
    ck_assert(loops.agree == loop_table[_i].agree);
    for (uint32_t q = 0; q < loops.branches; q++) {
        uint32_t length = loops.branch[q].state == LOOP_NONE ? 0 : voltage_loops_path(&loops, q, path);
        uint32_t node = loops.branch[q].a; /* the path closes */
        for (uint32_t s = 0; s < length; s++)
            node ^= loops.branch[path[s]].a ^ loops.branch[path[s]].k;
        ck_assert(length == 0 || node == loops.branch[q].k);
    }
    if (loops.loops > 0 && loops.agree) {
        voltage_loops_join(&loops);
        for (uint32_t q = 0; q < loops.branches; q++)
            ck_assert(fabs(voltage_loops_left(&loops, q) - loop_table[_i].left[loops.branch[q].number]) < 1e-12);
    }
    voltage_loops_free(&loops);
}
END_TEST

/* A ladder of shorts, whose loops all go through its end: no more than a moment. */
START_TEST(long_loops_are_joined_quickly)
{
    enum { RUNGS = 200000 };
    struct voltage_loops loops = {0};
    ck_assert(voltage_loops_new(&loops, 2 * RUNGS, 3 * RUNGS - 2));
    uint32_t q = 0;
    for (uint32_t s = 0; s + 1 < RUNGS; s++) {
        loops.branch[q++] = (struct loop_branch){1, 2 * s + 2, 2 * s, 0, 0};
        loops.branch[q++] = (struct loop_branch){1, 2 * s + 3, 2 * s + 1, 0, 0};
    }
    for (uint32_t s = 0; s < RUNGS; s++)
        loops.branch[q++] = (struct loop_branch){s == 0 ? 2 : 2 + 1e-9, 2 * s, 2 * s + 1, 0, 0};
    voltage_loops_find(&loops);
    voltage_loops_join(&loops);
    ck_assert_uint_eq(loops.loops, RUNGS - 1);
    ck_assert(loops.agree && fabs(voltage_loops_left(&loops, 0) / ((RUNGS - 1) * 1e-9) - 1) < 1e-6);
    voltage_loops_free(&loops);
}
END_TEST

/* ---- routing ----------------------------------------------------------------------------------------------------- */

enum { PARTS = 5, ARCS = 6 };

static const struct {
    const char *what;
    double supply[PARTS];
    struct arc arc[ARCS];
    size_t arcs;
    double excess[PARTS];
} routing_table[] = {
    {"nothing", {0}, {{1, 2, INFINITY}}, 1, {0}},
    {"straight", {-1, 1}, {{1, 0, INFINITY}}, 1, {0}},
    {"against the arrow", {-1, 1}, {{0, 1, INFINITY}}, 1, {0, 1}},
    {"through others", {-3, 3}, {{1, 2, 4}, {2, 3, 3}, {3, 4, INFINITY}, {4, 0, INFINITY}}, 4, {0}},
    {"through too thin a one", {-3, 3}, {{1, 2, 4}, {2, 3, 1e-14}, {3, 4, 4}, {4, 0, 4}}, 4, {0, 3 - 1e-14}},
    {"split and joined", {-2, 2}, {{1, 2, 1}, {1, 3, 1}, {2, 0, 1}, {3, 0, 1}}, 4, {0}},
    {"two sources, one way out", {-3, 1, 2}, {{1, 2, INFINITY}, {2, 0, INFINITY}}, 2, {0}},
    {"one of two is stuck", {-3, 1, 2}, {{1, 0, INFINITY}}, 1, {0, 0, 2}},
    {"half of one is stuck", {-3, 1, 2}, {{1, 0, INFINITY}, {2, 1, 1}}, 2, {0, 0, 1}},
    {"a demand beside is met", {-1, 3, -2}, {{1, 0, 1}, {1, 2, 2}}, 2, {0}},
    {"a demand is not overfilled", {0, 3, -2}, {{1, 2, INFINITY}}, 1, {0, 1}},
    {"a wrong first choice is taken back", {0, 1, 1, -1, -1}, {{1, 3, 1}, {1, 4, 1}, {2, 3, 1}}, 3, {0}},
    {"a ring", {-1, 1, 0, 0, 0}, {{1, 2, 1}, {2, 3, 1}, {3, 1, 1}, {3, 0, 1}}, 4, {0}},
    {"rounding is nothing", {-1, 1, 1e-15}, {{1, 0, INFINITY}}, 1, {0}},
};

START_TEST(currents_find_their_way)
{
    double scale[PARTS], excess[PARTS];
    for (int p = 0; p < PARTS; p++)
        scale[p] = 3;
    struct max_flow *flow = max_flow_new(PARTS, routing_table[_i].supply, scale, routing_table[_i].arc,
                                         routing_table[_i].arcs, excess);
    ck_assert(flow != NULL);
    for (int p = 0; p < PARTS; p++)
        ck_assert_msg(fabs(excess[p] - routing_table[_i].excess[p]) < 1e-15, "%s: part %d keeps %g",
                      routing_table[_i].what, p, excess[p]);
    max_flow_free(flow);
}
END_TEST

/* 3 A into part 1, of which 2 leave by way of part 2; part 3 leads into the cut and part 4 is beyond it. */
START_TEST(currents_have_a_cut)
{
    static const double supply[PARTS] = {-3, 3}, scale[PARTS] = {3, 3};
    static const struct arc arc[] = {{1, 2, INFINITY}, {2, 4, 2}, {4, 0, INFINITY}, {3, 1, INFINITY}};
    static const bool expected[PARTS] = {false, true, true, false, false};
    double excess[PARTS];
    bool cut[PARTS];
    struct max_flow *flow = max_flow_new(PARTS, supply, scale, arc, sizeof arc / sizeof *arc, excess);
    ck_assert(flow != NULL);
    max_flow_cut(flow, 1, cut);
    for (int p = 0; p < PARTS; p++)
        ck_assert_msg(cut[p] == expected[p], "part %d", p);
    max_flow_free(flow);
}
END_TEST

/* A thousand parts in a row, and as many sources: long paths, not deep recursion. */
START_TEST(currents_find_long_ways)
{
    enum { LONG = 1000 };
    static double supply[LONG], scale[LONG], excess[LONG];
    static struct arc arc[2 * LONG];
    for (uint32_t p = 0; p < LONG; p++) {
        supply[p] = 1;
        scale[p] = LONG;
        arc[2 * p] = (struct arc){p, p ? p - 1 : 0, INFINITY};
        arc[2 * p + 1] = (struct arc){p, p / 2, 1};
    }
    struct max_flow *flow = max_flow_new(LONG, supply, scale, arc, 2 * LONG, excess);
    ck_assert(flow != NULL);
    for (int p = 0; p < LONG; p++)
        ck_assert(excess[p] == 0);
    max_flow_free(flow);
}
END_TEST

#define COUNT(table) (sizeof table / sizeof *table)

Suite *suite_circuit(void)
{
    Suite *suite = suite_create("circuit");
    TCase *cards = tcase_create("cards"), *graphs = tcase_create("graphs");
    tcase_add_test(cards, card_reader_without_parentheses);
    tcase_add_test(cards, nodes_with_parentheses);
    tcase_add_test(cards, keyed_values);
    tcase_add_test(cards, ground_has_two_names);
    tcase_add_loop_test(cards, values_of_sources, 0, COUNT(source_table));
    tcase_add_loop_test(cards, elements, 0, COUNT(element_table));
    tcase_add_test(cards, laws_of_diodes);
    tcase_add_test(cards, ideal_law);
    tcase_add_test(graphs, supernodes_hold_offsets);
    tcase_add_test(graphs, sources_drive_a_loop);
    tcase_add_test(graphs, changes_have_versions);
    tcase_add_test(graphs, forest_has_trees);
    tcase_add_test(graphs, forest_offsets_follow_edges);
    tcase_add_test(graphs, forest_paths_and_roots);
    tcase_add_loop_test(graphs, loops_agree, 0, COUNT(loop_table));
    tcase_add_test(graphs, long_loops_are_joined_quickly);
    tcase_add_loop_test(graphs, currents_find_their_way, 0, COUNT(routing_table));
    tcase_add_test(graphs, currents_have_a_cut);
    tcase_add_test(graphs, currents_find_long_ways);
    suite_add_tcase(suite, cards);
    suite_add_tcase(suite, graphs);
    return suite;
}
