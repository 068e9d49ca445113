#include "analysis/plot.h"

#include "util/array.h"
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

bool plot_make_scale(struct plot *plot)
{
    if (plot->axes == 0)
        return true;
    plot->scale = array_new(plot->points, sizeof *plot->scale);
    for (size_t p = 0; plot->scale && p < plot->points; p++)
        plot->scale[p] = plot_axis_value(plot, plot->axes - 1, p);
    return plot->scale;
}

size_t plot_step_columns(const struct plot *plot)
{
    return plot->steps == plot->axes && plot->steps > 0 ? plot->steps - 1 : plot->steps;
}

size_t plot_columns(const struct plot *plot)
{
    if (plot->kind == PLOT_TF)
        return sizeof plot->label / sizeof *plot->label;
    return (plot->axes > 0) + plot_step_columns(plot) + plot->recorded.count;
}

const char *plot_title(const struct plot *plot)
{
    static const char *const title[] = {[PLOT_OP] = "Operating Point",
                                        [PLOT_DC] = "DC transfer characteristic",
                                        [PLOT_TF] = "Transfer Function"};
    return title[plot->kind];
}

const char *axis_name(const struct axis *axis)
{
    static const char *const name[] = {[AXIS_VSOURCE] = "v-sweep",
                                       [AXIS_ISOURCE] = "i-sweep",
                                       [AXIS_RESISTOR] = "res-sweep",
                                       [AXIS_TEMPERATURE] = "temp-sweep"};
    return axis->kind == AXIS_PARAMETER ? axis->name : name[axis->kind];
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
    free(plot->scale);
    for (size_t l = 0; l < sizeof plot->label / sizeof *plot->label; l++)
        free(plot->label[l]);
    *plot = (struct plot){0};
}
