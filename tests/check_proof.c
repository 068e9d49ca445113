/* The quick proof of a sweep's points, against the certificate. */
#include "engine/engine.h"
#include "lowered.h"
#include "proof/certificate.h"
#include "proof/certificate_quick.h"
#include "suites.h"
#include "switching.h"
#include "util/random.h"
#include <math.h>
#include <stdlib.h>

/* The quick proof of a point says yes only where the certificate does, however the point is bent. */
START_TEST(quick_proof_is_a_proof)
{
    struct lowered lowered = lowered_circuit(switching[_i].cards);
    struct circuit *circuit = &lowered.circuit;
    struct engine engine;
    struct element_tables tables = {0};
    struct random random = random_from((uint64_t)_i);
    ck_assert(engine_init(&engine, circuit, &newton, true) && element_tables_build(&tables, circuit));
    ck_assert_int_eq(engine_solve(&engine, &lowered.diagnostics), ENGINE_OK);
    double *v = engine.op.voltage, *i = engine.op.current;
    double *work = malloc(2 * circuit->nodes.count * sizeof *work);
    for (int trial = 0; trial < 2000; trial++) {
        bool nonlinear_current = trial % 2;
        uint32_t count = nonlinear_current ? circuit->elements.count : circuit->nodes.count - 1;
        double *bent = nonlinear_current ? i : v + 1;
        bent += (uint32_t)(fabs(random_uniform(&random)) * count) % count;
        double before = *bent, by = random_uniform(&random) * pow(10, -16 + 16 * fabs(random_uniform(&random)));
        *bent = trial == 0 ? NAN : before * (1 + by) + (trial % 3 ? 0 : by);
        struct certificate certificate;
        ck_assert(certificate_compute(&certificate, circuit, v, i, 1e-9));
        bool quick = certificate_quick(&tables, circuit, v, i, 1e-9, work);
        ck_assert_msg(!quick || certificate.proved, "trial %d: %g in place of %g", trial, *bent, before);
        *bent = before;
    }
    free(work);
    element_tables_free(&tables);
    engine_free(&engine);
    lowered_free(&lowered);
}
END_TEST

/* Nodes that stiff resistors join and soft ones hold: their rounding hides what a shift of all of them does to the soft
 * ones. The second ties them in one long run. */
static const char *const group[] = {
    "v1 a 0 1\nr1 a b 1g\nr2 b c 1n\nr3 c d 1n\nr4 d 0 1g\n",
    "v1 a 0 1\nr1 a b 1g\nrc b c 1n\nr2 b d 1n\nr3 b e 1n\nr4 b f 1n\nr5 b g 1n\nr6 b i 1n\nr7 b j 1n\nr8 b k 1n\n"
    "r9 b l 1n\nr10 b m 1n\nr11 b n 1n\nr12 b o 1n\nr13 b p 1n\nr14 b q 1n\nr15 b r 1n\nr16 b s 1n\nr17 b t 1n\n"
    "r18 b u 1n\nr19 b v 1n\nr20 b w 1n\nr21 b x 1n\nr22 b y 1n\nr23 b z 1n\nr24 z 0 1g\n",
};

START_TEST(quick_proof_leaves_groups_to_the_certificate)
{
    struct lowered lowered = lowered_circuit(group[_i]);
    struct circuit *circuit = &lowered.circuit;
    struct engine engine;
    struct element_tables tables = {0};
    ck_assert(engine_init(&engine, circuit, &newton, true) && element_tables_build(&tables, circuit));
    ck_assert_int_eq(tables.fans > 0, _i);
    ck_assert_int_eq(engine_solve(&engine, &lowered.diagnostics), ENGINE_OK);
    double *v = engine.op.voltage, *i = engine.op.current;
    double *work = malloc(2 * circuit->nodes.count * sizeof *work);
    uint32_t last = circuit->elements.count - 1;
    ck_assert_double_eq_tol(v[2], 0.5, 1e-9);
    for (uint32_t node = 2; node < circuit->nodes.count; node++)
        v[node] *= 1.01;
    i[1] = (v[1] - v[2]) / 1e9; /* Ohm's law holds all the same */
    i[0] = -i[1];
    i[last] = v[circuit->element[last].a] / 1e9;
    ck_assert(!certificate_quick(&tables, circuit, v, i, 1e-9, work));
    free(work);
    element_tables_free(&tables);
    engine_free(&engine);
    lowered_free(&lowered);
}
END_TEST

Suite *suite_proof(void)
{
    Suite *suite = suite_create("proof");
    TCase *tcase = tcase_create("points");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, quick_proof_is_a_proof, 0, sizeof switching / sizeof *switching);
    tcase_add_loop_test(tcase, quick_proof_leaves_groups_to_the_certificate, 0, sizeof group / sizeof *group);
    suite_add_tcase(suite, tcase);
    return suite;
}
