#include "linear/stamp.h"

static int32_t place(const struct laplacian *L, int32_t row, int32_t column)
{
    return row == GROUND_UNKNOWN || column == GROUND_UNKNOWN ? -1 : laplacian_find(L, row, column);
}

struct stamp stamp_find(const struct laplacian *L, int32_t i, int32_t j)
{
    if (i == j)
        return (struct stamp){-1, -1, -1, -1, GROUND_UNKNOWN};
    int32_t to_ground = i == GROUND_UNKNOWN ? j : j == GROUND_UNKNOWN ? i : GROUND_UNKNOWN;
    return (struct stamp){place(L, i, i), place(L, j, j), place(L, i, j), place(L, j, i), to_ground};
}
