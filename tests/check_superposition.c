/* Points as sums of responses, and what Kirchhoff's law leaves over, by which they are judged. */
#include "engine/engine.h"
#include "engine/superposition.h"
#include "lowered.h"
#include "proof/left_over.h"
#include "suites.h"
#include "util/random.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* What Kirchhoff's law leaves over is next to nothing at an answer, and something beside it. */
START_TEST(left_over_is_told)
{
    struct lowered lowered = lowered_circuit(
        "v1 a 0 6\nr1 a b 1k\nr2 b 0 2k\nv2 c b 1\nr3 c d 3k\nr4 d 0 7k\ni1 0 d 1m\nl1 d e 1\nr5 e 0 1k\n");
    struct engine engine = {0};
    const struct solve_options options = {.method = METHOD_AUTO, .tolerance = 1e-9, .threads = 1};
    ck_assert(engine_init(&engine, &lowered.circuit, &options, true));
    ck_assert_int_eq(engine_solve(&engine, &lowered.diagnostics), ENGINE_OK);
    struct left_over *left = left_over_new(&lowered.circuit);
    ck_assert_ptr_nonnull(left);
    double *v = engine.op.voltage, *low = engine.op.low;
    double found = left_over_find(left, v, low);
    ck_assert_msg(found < 1e-15, "%g", found);
    ck_assert(left_over_holds(left, engine.op.current, found));
    for (uint32_t node = 1; node < lowered.circuit.nodes.count; node++) {
        double before = v[node];
        v[node] += 1e-9;
        found = left_over_find(left, v, low);
        ck_assert_msg(found > 1e-13, "%s: %g", lowered.circuit.nodes.text[node], found);
        v[node] = NAN;
        ck_assert(isinf(left_over_find(left, v, low)));
        v[node] = before;
    }
    for (uint32_t e = 0; e < lowered.circuit.elements.count; e++) {
        double before = engine.op.current[e];
        engine.op.current[e] = before * (1 + 1e-12);
        ck_assert_msg(!left_over_holds(left, engine.op.current, 0), "%s", lowered.circuit.elements.text[e]);
        engine.op.current[e] = before;
    }
    left_over_free(left);
    engine_free(&engine);
    lowered_free(&lowered);
}
END_TEST

/* Kirchhoff's law and those of gains, at an answer and beside it. */
START_TEST(left_over_of_gains)
{
    struct lowered lowered = lowered_circuit("v1 a 0 6\nr1 a b 1k\nr2 b 0 2k\ne1 c 0 b 0 2\nr3 c d 3k\nr4 d 0 7k\n"
                                             "f1 0 d e1 0.3\ng1 d 0 c 0 1m\nh1 e 0 v1 70\nr5 e 0 1k\n");
    struct circuit *circuit = &lowered.circuit;
    struct engine engine = {0};
    const struct solve_options options = {.method = METHOD_AUTO, .tolerance = 1e-9, .threads = 1};
    ck_assert(engine_init(&engine, circuit, &options, true));
    ck_assert_int_eq(engine_solve(&engine, &lowered.diagnostics), ENGINE_OK);
    struct left_over *left = left_over_new(circuit);
    ck_assert(left && left_over_is_for(circuit));
    struct dd held[20], current[20];
    double missed[20], *v = engine.op.voltage, *low = engine.op.low;
    bool still[20] = {false};
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        held[e] = dd_from(engine.op.current[e]);
    double found = left_over_find_coupled(left, v, low, held, still, current, missed);
    ck_assert_msg(found < 1e-15, "%g", found);
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        enum element_kind kind = circuit->element[e].kind;
        bool holds = kind == ELEMENT_VSOURCE || kind == ELEMENT_CONTROLLED_VOLTAGE;
        ck_assert(missed[e] < 1e-15 && fabs(current[e].hi - engine.op.current[e]) < 1e-15);
        held[e].hi += 1e-9;
        found = left_over_find_coupled(left, v, low, held, still, current, missed);
        ck_assert_msg(holds ? found > 1e-12 : found < 1e-15, "%s: %g", circuit->elements.text[e], found);
        held[e].hi -= 1e-9;
        still[e] = true; /* but a current flows */
        found = left_over_find_coupled(left, v, low, held, still, current, missed);
        ck_assert_msg(found > 1e-6, "%s: %g", circuit->elements.text[e], found);
        still[e] = false;
    }
    for (uint32_t node = 1; node < circuit->nodes.count; node++) {
        double before = v[node];
        v[node] += 1e-9;
        found = left_over_find_coupled(left, v, low, held, still, current, missed);
        ck_assert_msg(found > 1e-13, "%s: %g", circuit->nodes.text[node], found);
        v[node] = before;
    }
    v[names_find(&circuit->nodes, "c", 1)] += 1e-9;
    left_over_find_coupled(left, v, low, held, still, current, missed);
    ck_assert(fabs(missed[names_find(&circuit->elements, "e1", 2)] - 1e-9) < 1e-15);
    left_over_free(left);
    engine_free(&engine);
    lowered_free(&lowered);
}
END_TEST

/* A network of resistors, some of them negative, with all kinds of gains. Returns the length of its text. */
static int gains(char *text, struct random *random, int nodes)
{
    int length = sprintf(text, "v1 n1 0 1\nvm n2 m 0\nrm m 0 1k\ni1 0 n3 1m\nv9 z 0 2\nr9 z n1 3k\n");
#define ANY() ((int)((1 + random_uniform(random)) / 2 * (nodes + 0.999)))
    for (int n = 1; n <= nodes; n++)
        length += sprintf(text + length, "r%d n%d %s%d %.4g\nrg%d n%d 0 %.4g\n", n, n, "n", n > 1 ? n - 1 : nodes,
                          exp(7 + 3 * random_uniform(random)), n, n, exp(7 + 2 * random_uniform(random)));
    for (int c = 0; c < 3; c++) {
        double gain = random_uniform(random);
        int to = 1 + ANY() % nodes, from = 1 + to % nodes; /* one that its own voltage controls is no coupling */
        length += sprintf(text + length, "e%d en%d 0 n%d 0 %.6g\nre%d en%d n%d 470\n", c, c, 1 + ANY() % nodes, gain,
                          c, c, 1 + ANY() % nodes);
        length += sprintf(text + length, "g%d n%d 0 n%d 0 %.6g\nf%d 0 n%d vm %.6g\n", c, to, from, 1e-4 * gain, c,
                          1 + ANY() % nodes, gain);
        length += sprintf(text + length, "h%d hn%d 0 vm %.6g\nrh%d hn%d n%d 1k\n", c, c, 300 * gain, c, c,
                          1 + ANY() % nodes);
    }
    return length + sprintf(text + length, "rn n%d 0 -90k\n", 1 + ANY() % nodes);
}

/* The points are sums, all proved, and those of an engine that solves each. */
START_TEST(gains_are_superposed)
{
    enum { NODES = 8, POINTS_NOW = 50 };
    char text[4000];
    struct random random = random_from(300 + (uint64_t)_i);
    gains(text, &random, NODES);
    struct lowered lowered = lowered_circuit(text);
    struct circuit *circuit = &lowered.circuit;
    const struct solve_options options = {.method = METHOD_AUTO, .tolerance = 1e-9, .threads = 1};
    struct engine engine = {0}, copy = {0};
    ck_assert(engine_init(&engine, circuit, &options, true) && engine_copy(&copy, &engine));
    const uint32_t source[2] = {names_find(&circuit->elements, "v1", 2), names_find(&circuit->elements, "i1", 2)};
    const double largest[2] = {2, 3e-3};
    size_t outputs = circuit->nodes.count - 1 + circuit->elements.count, output[200];
    for (size_t o = 0; o < outputs; o++)
        output[o] = o;
    struct superposition *sums;
    ck_assert(superposition_new(&sums, &copy, 2, source, largest, outputs, output));
    ck_assert_msg(sums != NULL, "%s", text);
    void *room = superposition_room(sums);
    size_t all_proved = 0;
    for (int p = 0; p < POINTS_NOW; p++) {
        double value[2] = {2 * random_uniform(&random), 3e-3 * random_uniform(&random)}, result[200];
        bool proved;
        superposition_points(sums, 1, value, result, &proved, room);
        all_proved += proved;
        engine_set_source(&engine, source[0], value[0]);
        engine_set_source(&engine, source[1], value[1]);
        ck_assert_int_eq(engine_solve(&engine, &lowered.diagnostics), ENGINE_OK);
        for (size_t o = 0; proved && o < outputs; o++) {
            bool is_node = o < circuit->nodes.count - 1;
            double is = is_node ? engine.op.voltage[o + 1] : engine.op.current[o - (circuit->nodes.count - 1)];
            ck_assert_msg(fabs(result[o] - is) <= 1e-11 * fabs(is) + (is_node ? 1e-13 : 1e-16),
                          "output %zu: %.17g, %.17g\n%s", o, result[o], is, text);
        }
    }
    ck_assert_uint_ge(all_proved, POINTS_NOW * 9 / 10);
    free(room);
    superposition_free(sums);
    engine_free(&copy);
    engine_free(&engine);
    lowered_free(&lowered);
}
END_TEST

Suite *suite_superposition(void)
{
    Suite *suite = suite_create("superposition");
    TCase *tests = tcase_create("superposition");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, left_over_is_told);
    tcase_add_test(tests, left_over_of_gains);
    tcase_add_loop_test(tests, gains_are_superposed, 0, 10);
    suite_add_tcase(suite, tests);
    return suite;
}
