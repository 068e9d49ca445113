#include "analysis/plot.h"

#include <stdlib.h>

double plot_axis_value(const struct plot *plot, size_t axis, size_t point)
{
    for (size_t inner = plot->axes; --inner > axis;)
        point /= plot->axis[inner].count;
    return plot->axis[axis].value[point % plot->axis[axis].count];
}

size_t plot_points(const struct plot *plot)
{
    size_t points = 1;
    for (size_t a = 0; a < plot->axes; a++) {
        if (__builtin_mul_overflow(points, plot->axis[a].count, &points))
            return SIZE_MAX;
    }
    return points;
}

void axis_free(struct axis *axis)
{
    free(axis->name);
    free(axis->value);
    *axis = (struct axis){0};
}

void plot_free(struct plot *plot)
{
    for (size_t a = 0; a < plot->axes; a++)
        axis_free(&plot->axis[a]);
    free(plot->axis);
    vectors_free(&plot->recorded);
    free(plot->value);
    *plot = (struct plot){0};
}
