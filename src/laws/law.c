#include "laws/law.h"

#include <math.h>

double law_current(const struct law *law, double u)
{
    double slope;
    if (law->curve)
        return law->g_off * u + curve_current(law->curve, u, &slope);
    if (u > law->v_fwd)
        return law->g_off * law->v_fwd + (isinf(law->g_on) ? 0 : law->g_on * (u - law->v_fwd));
    if (u < -law->v_rev)
        return -law->g_off * law->v_rev + (isinf(law->g_rev) ? 0 : law->g_rev * (u + law->v_rev));
    return law->g_off * u;
}

bool law_covers(const struct law *law, double u)
{
    return !law->curve || curve_covers(law->curve, u);
}
