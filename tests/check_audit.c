/* Learning rules against each other and against the exact gradient, and what an audit says of them. */
#include "drn/audit.h"
#include "drn/reference.h"
#include "drn_case.h"
#include "suites.h"
#include "training.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A handle with these options on top of a small network with smooth diodes, a little way into its training. */
static opspice_drn *with_rule(const char *rule, const char *variant, const char *beta, const char *layers)
{
    const struct training_option option[] = {
        {"layers", layers}, {"input-gain", "20"}, {"beta", beta},       {"lr", "0.002"},     {"threads", "1"},
        {"diode", "pair"},  {"gradient", rule},   {"variant", variant}, {"tolerance", "1e-6"}, {"batch", "5"}};
    opspice_drn *drn = training_begin(option, sizeof option / sizeof *option, NULL);
    ck_assert_msg(opspice_drn_step(drn, 4) == OPSPICE_OK, "%s", opspice_drn_message(drn));
    return drn;
}

static const opspice_drn_audit_row *audited(opspice_drn *drn, size_t samples, size_t *count)
{
    const opspice_drn_audit_row *row;
    ck_assert_int_eq(opspice_drn_audit(drn, samples, &row, count), OPSPICE_OK);
    return row;
}

/* ---- nudging ------------------------------------------------------------------------------------------------ */

static const struct {
    const char *rule, *variant;
    double falls; /* the error by half of beta */
} nudgings[] = {{"ep", "centered", 4},      {"ep", "positive", 2},      {"ep", "negative", 2},
                {"coupled", "centered", 4}, {"coupled", "positive", 2}, {"coupled", "negative", 2}};

/* In double precision: as beta for one-sided rules, as beta^2 for centered ones. */
START_TEST(error_falls_with_nudging)
{
    static const char *const betas[] = {"0.04", "0.02", "0.01"};
    double error[3][4];
    for (int b = 0; b < 3; b++) {
        size_t count;
        opspice_drn *drn = with_rule(nudgings[_i].rule, nudgings[_i].variant, "0.01", "128,14,5");
        opspice_drn_free(drn);
        drn = with_rule(nudgings[_i].rule, nudgings[_i].variant, betas[b], "128,14,5");
        const opspice_drn_audit_row *row = audited(drn, 5, &count);
        ck_assert_uint_eq(count, 4);
        for (size_t r = 0; r < 4; r++)
            error[b][r] = row[r].nudging;
        opspice_drn_free(drn);
    }
    for (int b = 0; b < 2; b++) {
        for (size_t r = 0; r < 4; r++) {
            if (error[b][r] < 1e-12) /* outputs that are held: their biases answer to their error alone */
                continue;
            ck_assert_msg(fabs(error[b][r] / error[b + 1][r] - nudgings[_i].falls) < 0.25 * nudgings[_i].falls,
                          "%s %s, row %zu: %g, %g", nudgings[_i].rule, nudgings[_i].variant, r, error[b][r],
                          error[b + 1][r]);
        }
    }
    ck_assert_double_gt(error[0][0], 1e-9);
}
END_TEST

/* ---- causes ------------------------------------------------------------------------------------------------- */

/* With pairs of outputs, whose way both share. */
START_TEST(pairs_of_outputs)
{
    static const struct training_option pairs[] = {{"layers", "128,20,10"}, {"outputs", "10"},      {"beta", "0.01"},
                                                   {"input-gain", "20"},    {"iterations", "400"}, {"lr", "0.02"},
                                                   {"threads", "1"},        {"epochs", "4"}};
    const struct training_option rule = {"gradient", _i == 0 ? "ep" : "coupled"};
    size_t count;
    opspice_drn *drn = training_begin(pairs, sizeof pairs / sizeof *pairs, &rule);
    const opspice_drn_audit_row *row = audited(drn, 8, &count);
    for (size_t r = 0; r < count; r++) {
        ck_assert_double_lt(row[r].nudging, 0.05);
        ck_assert_double_lt(row[r].iterations, 1e-4);
        ck_assert_double_lt(row[r].precision, 0.05);
    }
    ck_assert_int_eq(_i == 0, row->rule == 0);
    ck_assert_msg(training_steps(drn, SIZE_MAX) == OPSPICE_OK, "%s", opspice_drn_message(drn));
    ck_assert_double_le(opspice_drn_get_progress(drn)->test_error, 0.1);
    opspice_drn_free(drn);
}
END_TEST

static struct audit_row first_of(const char *option, const char *value)
{
    struct drn_trainer trainer;
    struct drn_dataset data;
    struct drn_settings settings;
    struct audit_row row[2 * DRN_LAYERS];
    settings_init(&settings);
    ck_assert_ptr_null(settings_set(&settings, option, value));
    drn_case_make(&trainer, &settings, &data, drn_case_odd_sizes);
    ck_assert_int_eq(audit_run(&trainer, 9, row), GRADIENT_OK);
    trainer_free(&trainer);
    return row[0];
}

/* A cause that is taken away makes no error; one alone makes all of it. */
START_TEST(causes_are_told_apart)
{
    struct audit_row exact = first_of("gradient", "exact"), ep = first_of("gradient", "ep");
    ck_assert_double_eq(exact.rule, 0);
    ck_assert_double_eq(exact.nudging, 0);
    ck_assert_double_gt(exact.cosine, 0.99999);
    ck_assert_double_eq_tol(exact.norm_ratio, 1, 1e-3);
    ck_assert_double_lt(exact.error, 5e-3);
    ck_assert_double_eq(ep.rule, 0);
    ck_assert_double_gt(ep.nudging, 1e-4);
    ck_assert_double_le(ep.error, ep.nudging + ep.iterations + ep.precision + 1e-9);
    ck_assert_double_eq(ep.parameters, 140 * 19);
    struct audit_row coupled = first_of("gradient", "coupled");
    ck_assert_double_gt(coupled.rule, 0.1);
    ck_assert_double_le(coupled.error, coupled.rule + coupled.nudging + coupled.iterations + coupled.precision + 1e-9);
}
END_TEST

/* Fewer iterations, in training alone. */
START_TEST(iterations_are_blamed)
{
    static const char *const iterations[] = {"2", "6", "60"};
    double error[3], precision[3];
    for (int n = 0; n < 3; n++) {
        const struct training_option option[] = {{"layers", "128,20,12,5"}, {"input-gain", "60"}, {"beta", "0.05"},
                                                 {"iterations", iterations[n]}, {"threads", "1"}};
        size_t count;
        opspice_drn *drn = training_begin(option, sizeof option / sizeof *option, NULL);
        const opspice_drn_audit_row *row = audited(drn, 8, &count);
        error[n] = row->iterations;
        precision[n] = row->precision;
        ck_assert_double_lt(row->rule, 1e-12);
        opspice_drn_free(drn);
    }
    ck_assert_double_gt(error[0], 5 * error[1]);
    ck_assert_double_gt(error[1], 100 * error[2]);
    ck_assert_double_lt(precision[2], 0.05);
    ck_assert_double_gt(precision[2], 1e-9);
}
END_TEST

/* There is no minimum under -beta: no numbers, and training says why. */
START_TEST(no_equilibrium)
{
    static const struct training_option large[] = {{"layers", "128,12,5"}, {"beta", "1000"}};
    size_t count;
    opspice_drn *drn = training_begin(large, 2, NULL);
    const opspice_drn_audit_row *row = audited(drn, 1, &count);
    for (size_t r = 0; r < count; r++)
        ck_assert(isnan(row[r].cosine) && isnan(row[r].nudging));
    ck_assert_int_eq(opspice_drn_step(drn, 1), OPSPICE_NO_EQUILIBRIUM);
    opspice_drn_free(drn);
}
END_TEST

/* ---- coupled learning --------------------------------------------------------------------------------------- */

/* Outputs go on by beta of the way to their targets, so that d there is the error itself; the free phase and nothing
 * else says where they begin. */
START_TEST(outputs_are_held)
{
    struct drn_trainer trainer;
    struct drn_dataset data;
    struct drn_settings settings;
    settings_init(&settings);
    ck_assert_ptr_null(settings_set(&settings, "gradient", "coupled"));
    ck_assert_ptr_null(settings_set(&settings, "variant", _i == 0 ? "centered" : "positive"));
    drn_case_make(&trainer, &settings, &data, drn_case_odd_sizes);
    ck_assert_int_eq(trainer_step(&trainer, 1), TRAIN_OK);
    const struct drn_inputs *inputs = &trainer.inputs[!trainer.now];
    size_t last = trainer.network.layers, stride = trainer.network.stride[last];
    for (size_t b = 0; b < inputs->samples; b++) {
        for (size_t o = 0; o < trainer.network.units[last]; o++) {
            double free = (double)trainer.free.v[last][b * stride + o], off = (o == inputs->label[b]) - free;
            ck_assert_double_eq_tol((double)trainer.d.v[last][b * stride + o], off, 1e-4 * (1 + fabs(free)));
            ck_assert_double_eq_tol((double)trainer.s.v[last][b * stride + o],
                                    free + (_i == 0 ? 0 : settings.beta / 2 * off), 1e-5 * (1 + fabs(free)));
        }
    }
    trainer_free(&trainer);
}
END_TEST

/* ---- at each epoch ------------------------------------------------------------------------------------------ */

/* An audit changes nothing, is kept in checkpoints, and stands in the log. */
START_TEST(audits_of_epochs)
{
    opspice_drn *drn = BEGIN(training_small, NULL), *plain = BEGIN(training_small, NULL);
    const opspice_drn_audit_row *row;
    static float weights[2][128 * 24];
    size_t count, size;
    int status;
    ck_assert_int_eq(opspice_drn_get_audit(drn, 1, &row, &count), OPSPICE_USAGE);
    while (opspice_drn_get_progress(drn)->epoch < 1) /* the first epoch without, the second with it */
        ck_assert_int_eq(training_steps(drn, 1), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_set(drn, "audit", "7"), OPSPICE_OK);
    while (opspice_drn_get_progress(drn)->epoch < 2)
        ck_assert_int_eq(training_steps(drn, 1), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_save(drn, training_path("checkpoint")), OPSPICE_OK);
    opspice_drn_free(drn);
    drn = training_resumed("checkpoint", &status);
    ck_assert_msg(status == OPSPICE_OK, "%s", opspice_drn_message(drn));
    ck_assert_int_eq(opspice_drn_get_audit(drn, 1, &row, &count), OPSPICE_OK);
    ck_assert_uint_eq(count, 0);
    ck_assert_int_eq(opspice_drn_get_audit(drn, 2, &row, &count), OPSPICE_OK);
    ck_assert_uint_eq(count, 4);
    ck_assert_double_gt(row[0].cosine, 0.5);
    ck_assert_uint_eq(row[2].parameters, 24 * 5);
    ck_assert_int_eq(training_steps(drn, SIZE_MAX), OPSPICE_OK);
    ck_assert_int_eq(training_steps(plain, SIZE_MAX), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_get_weights(drn, 1, weights[0]), OPSPICE_OK);
    ck_assert_int_eq(opspice_drn_get_weights(plain, 1, weights[1]), OPSPICE_OK);
    ck_assert_mem_eq(weights[0], weights[1], sizeof weights[0]);
    ck_assert_int_eq(opspice_drn_write_log(drn, training_path("log")), OPSPICE_OK);
    char *log = (char *)training_contents("log", &size), *line = strchr(log, '\n');
    ck_assert_ptr_nonnull(strstr(log, ",seconds,conductances_1_cosine,conductances_1_norm_ratio,"));
    ck_assert_ptr_nonnull(strstr(line, ",,,,,,,,,,,,,,,,,,,,,,,,,,,,\n")); /* 28 numbers that are not there */
    free(log);
    opspice_drn_free(drn);
    opspice_drn_free(plain);
}
END_TEST

Suite *suite_audit(void)
{
    Suite *suite = suite_create("audit");
    TCase *tcase = tcase_create("rules");
    tcase_add_checked_fixture(tcase, training_set_up, training_tear_down);
    tcase_add_loop_test(tcase, error_falls_with_nudging, 0, sizeof nudgings / sizeof *nudgings);
    tcase_add_test(tcase, causes_are_told_apart);
    tcase_add_test(tcase, iterations_are_blamed);
    tcase_add_loop_test(tcase, pairs_of_outputs, 0, 2);
    tcase_add_test(tcase, no_equilibrium);
    tcase_add_loop_test(tcase, outputs_are_held, 0, 2);
    tcase_add_test(tcase, audits_of_epochs);
    suite_add_tcase(suite, tcase);
    return suite;
}
