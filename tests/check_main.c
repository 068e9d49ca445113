/* Runs the suites of suites.h. Check's own variables choose what and how: CK_RUN_SUITE=name, CK_RUN_CASE=name,
 * CK_FORK=no (for a debugger), CK_VERBOSITY=verbose, CK_DEFAULT_TIMEOUT=seconds. */
#include "suites.h"
#include <stdlib.h>

#define MAKE_SUITE(name) suite_##name,
static Suite *(*const make_suite[])(void) = {SUITES(MAKE_SUITE)};

int main(void)
{
    setenv("OPSPICE_CORPUS", TOP_SRCDIR "/../shared/corpus", 0);
    setenv("CK_DEFAULT_TIMEOUT", "300", 0); /* Check's 4 s are too few under sanitizers on a busy machine */

    SRunner *runner = srunner_create(NULL);
    for (size_t i = 0; i < sizeof make_suite / sizeof *make_suite; i++)
        srunner_add_suite(runner, make_suite[i]());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    int run = srunner_ntests_run(runner);
    srunner_free(runner);
    return failed || run == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
