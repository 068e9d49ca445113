#include "convex/region_parts.h"

enum factor_kind region_served_by(const struct linear_region *region)
{
    return region->L.n > 0 ? factor_kind(region->factor) : FACTOR_NONE;
}
