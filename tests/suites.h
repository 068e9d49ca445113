/* The Check suites of check_opspice. To add one: its file tests/check_NAME.c defines
 * `Suite *suite_NAME(void)`, its name joins the list here, its file joins Makefile.am.
 *
 * Test data: TOP_SRCDIR "/tests/..." (a string literal, made by Makefile.am). The corpus: getenv("OPSPICE_CORPUS"),
 * which check_main.c has set; a test that finds no folder there says so and passes. */
#ifndef OPSPICE_SUITES_H
#define OPSPICE_SUITES_H

#include "assertions.h"

/* In the order of the rooms. */
#define SUITES(SUITE) \
    SUITE(fail_alloc) \
    SUITE(util) \
    SUITE(source) \
    SUITE(double_double) \
    SUITE(number) \
    SUITE(reader) \
    SUITE(include) \
    SUITE(chunks) \
    SUITE(expression) \
    SUITE(expression_limits) \
    SUITE(random_expressions) \
    SUITE(flatten) \
    SUITE(flatten_depth) \
    SUITE(random_hierarchies) \
    SUITE(circuit) \
    SUITE(stretch) \
    SUITE(curves) \
    SUITE(control_law) \
    SUITE(monotone) \
    SUITE(devices) \
    SUITE(mos) \
    SUITE(vdmos) \
    SUITE(curved_circuits) \
    SUITE(logic) \
    SUITE(order) \
    SUITE(linear) \
    SUITE(iterations) \
    SUITE(lu) \
    SUITE(lu_singular) \
    SUITE(lu_large) \
    SUITE(qp) \
    SUITE(solve) \
    SUITE(proof) \
    SUITE(certificate) \
    SUITE(mutants) \
    SUITE(isolation) \
    SUITE(tearing) \
    SUITE(superposition) \
    SUITE(axes) \
    SUITE(totals) \
    SUITE(sweep) \
    SUITE(sweep_course) \
    SUITE(batch_order) \
    SUITE(transfer) \
    SUITE(sensitivity) \
    SUITE(write) \
    SUITE(report) \
    SUITE(whole_file) \
    SUITE(script) \
    SUITE(script_files) \
    SUITE(script_mistakes) \
    SUITE(api) \
    SUITE(api_certificate) \
    SUITE(api_results) \
    SUITE(api_output) \
    SUITE(api_interrupts) \
    SUITE(api_calls) \
    SUITE(api_diagnostics) \
    SUITE(inputs) \
    SUITE(warm) \
    SUITE(gradient) \
    SUITE(batch) \
    SUITE(alloc) \
    SUITE(golden) \
    SUITE(random) \
    SUITE(drn) \
    SUITE(drn_layers) \
    SUITE(train) \
    SUITE(train_data) \
    SUITE(train_files) \
    SUITE(update) \
    SUITE(audit)

#define DECLARE_SUITE(name) Suite *suite_##name(void);
SUITES(DECLARE_SUITE)
#undef DECLARE_SUITE

#endif
