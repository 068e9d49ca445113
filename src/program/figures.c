#include "program/figures.h"

#include <math.h>
#include <stdio.h>
#include <sys/resource.h>

/* A radius that is printed is a little less than what was shown, as an error is more. */
static void print_isolation(const opspice_certificate *proof)
{
    if (proof->obstacle)
        printf("\tisolation        not shown: %s%s%s\n", proof->obstacle, proof->obstacle_element ? ": " : "",
               proof->obstacle_element ? proof->obstacle_element : "");
    if (!(proof->radius > 0))
        return;
    printf("\tisolation        the only point within %.2e V", 0.994 * proof->radius);
    if (isfinite(proof->radius_current))
        printf(" and %.2e A", 0.994 * proof->radius_current);
    printf("; the exact one is within %.1e V\n", 1.06 * proof->error);
}

void figures_print_certificate(const opspice_certificate *proof)
{
    printf("Certificate: %s within %g", proof->proved ? "proved" : "not proved", proof->tolerance);
    if (proof->points > 1)
        printf(", the worst of %zu points", proof->points);
    printf("\n\tanswer           %s", proof->answer);
    if (proof->proved)
        printf(", %s", proof->stability);
    putchar('\n');
    print_isolation(proof);
    printf("\tcurrent law      %.3e A, relative %.3e%s%s", proof->kcl, proof->kcl_relative,
           proof->kcl_node ? " at node " : "", proof->kcl_node ? proof->kcl_node : "");
    if (proof->kcl_floor > 0) /* a quick proof, of a point of a sweep, does not ask for it */
        printf(" (rounding floor %.3e A)", proof->kcl_floor);
    putchar('\n');
    printf("\telement laws     %.3e V, relative %.3e%s%s\n", proof->law, proof->law_relative,
           proof->law_element ? " at " : "", proof->law_element ? proof->law_element : "");
    printf("\tvoltage law      %.3e V, relative %.3e%s%s (source loops leave %.3e V)\n", proof->loop,
           proof->loop_relative, proof->loop_element ? " at " : "", proof->loop_element ? proof->loop_element : "",
           proof->mismatch);
    printf("\tcomplementarity  %.3e W\n", proof->complementarity);
    printf("\tpower balance    %.3e W, relative %.3e\n", proof->power, proof->power_relative);
}

double figures_peak_memory(void)
{
    struct rusage used;
    return getrusage(RUSAGE_SELF, &used) == 0 ? (double)used.ru_maxrss * 1024 / 1e6 : 0; /* it counts in KiB */
}
