#include "proof/unproved.h"

#include <math.h>
#include <stdio.h>

void unproved_tell(const struct certificate *certificate, const struct unproved_names *names, char *text, size_t size)
{
    enum { PART = 160 };
    char node[PART] = "", law[PART] = "", loop[PART] = "", power[PART] = "";
    if (names->node)
        snprintf(node, PART, "worst node %.80s (relative current residual %.3g), ", names->node,
                 certificate->kcl_relative);
    if (names->law && isfinite(certificate->law))
        snprintf(law, PART, "worst element %.80s (violation %.3g V), ", names->law, certificate->law);
    else if (names->law) /* a switch on the wrong side, an open with a current */
        snprintf(law, PART, "worst element %.80s (its law does not hold), ", names->law);
    if (names->loop && !names->node && !names->law)
        snprintf(loop, PART, "worst loop that of %.80s (relative sum of its drops %.3g), ", names->loop,
                 certificate->loop_relative);
    if (names->power && !names->node && !names->law && !names->loop)
        snprintf(power, PART, ", the largest power that of %.80s", names->power);
    snprintf(text, size, "%s%s%srelative power residual %.3g%s", node, law, loop, certificate->power_relative, power);
}
