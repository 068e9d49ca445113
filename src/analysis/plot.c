#include "analysis/plot.h"

#include "util/array.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

double plot_axis_value(const struct plot *plot, size_t axis, size_t point)
{
    assert(axis < plot->axes);
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

bool plot_find_columns(struct plot *plot, const struct vector *vector, size_t column[2])
{
    const uint32_t node[2] = {vector->a, vector->k};
    bool found = vector->kind == VECTOR_VOLTAGE;
    column[0] = vectors_find(&plot->recorded, vector);
    column[1] = VECTORS_NONE;
    if (column[0] != VECTORS_NONE)
        return true;
    for (int n = 0; found && n < 2; n++) {
        const struct vector potential = {VECTOR_VOLTAGE, node[n], GROUND, NULL};
        column[n] = node[n] == GROUND ? VECTORS_NONE : vectors_find(&plot->recorded, &potential);
        found = node[n] == GROUND || column[n] != VECTORS_NONE;
    }
    return found;
}

uint32_t plot_find_own(const struct plot *plot, const char *text, size_t length)
{
    uint32_t own = names_find(&plot->own_names, text, length);
    return own != NAMES_NONE && plot->own[own].value ? own : NAMES_NONE;
}

bool plot_let(struct plot *plot, const char *text, size_t length, enum vector_type type, double *value, size_t count)
{
    bool is_new, has_room = array_reserve(&plot->own, &plot->own_capacity, (size_t)plot->own_names.count + 1,
                                          sizeof *plot->own);
    uint32_t own = has_room ? names_add(&plot->own_names, text, length, &is_new) : NAMES_NONE;
    if (own == NAMES_NONE) {
        free(value);
        return false;
    }
    if (!is_new)
        free(plot->own[own].value);
    plot->own[own] = (struct own_vector){.value = value, .length = count, .type = type};
    return true;
}

void plot_unlet(struct plot *plot, const char *text, size_t length)
{
    uint32_t found = plot_find_own(plot, text, length);
    if (found == NAMES_NONE)
        return;
    free(plot->own[found].value);
    plot->own[found] = (struct own_vector){0};
    if (plot->own_scale == found + 1)
        plot->own_scale = 0;
}

bool plot_add_column(struct plot *plot, struct vector vector, const double *value)
{
    size_t columns = plot->recorded.count, size;
    if (__builtin_mul_overflow(plot->points, columns + 1, &size))
        return false;
    double *wider = array_new(size, sizeof *wider);
    if (!wider || !vectors_add(&plot->recorded, vector)) {
        free(wider);
        return false;
    }
    for (size_t p = 0; p < plot->points; p++) {
        if (columns > 0)
            memcpy(wider + p * (columns + 1), plot->value + p * columns, columns * sizeof *wider);
        wider[p * (columns + 1) + columns] = value[p];
    }
    free(plot->value);
    plot->value = wider;
    plot->added++;
    return true;
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

const double *plot_axis_values(struct plot *plot, size_t axis)
{
    if (axis + 1 == plot->axes)
        return plot->scale;
    if (!plot->expanded && !(plot->expanded = array_new(plot->axes, sizeof *plot->expanded)))
        return NULL;
    if (plot->expanded[axis])
        return plot->expanded[axis];
    double *value = plot->expanded[axis] = array_new(plot->points, sizeof *value);
    for (size_t p = 0; value && p < plot->points; p++)
        value[p] = plot_axis_value(plot, axis, p);
    return value;
}

size_t plot_step_columns(const struct plot *plot)
{
    return plot->steps == plot->axes && plot->steps > 0 ? plot->steps - 1 : plot->steps;
}

size_t plot_columns(const struct plot *plot)
{
    if (plot_is_labelled(plot))
        return plot->labels;
    return (plot->axes > 0) + plot_step_columns(plot) + plot_listed(plot);
}

const char *plot_title(const struct plot *plot)
{
    static const char *const title[] = {[PLOT_OP] = "Operating Point",
                                        [PLOT_DC] = "DC transfer characteristic",
                                        [PLOT_TF] = "Transfer Function",
                                        [PLOT_SENS] = "Sensitivity Analysis",
                                        [PLOT_OWN] = "unknown"};
    return plot->type ? plot->type : title[plot->kind];
}

const char *axis_name(const struct axis *axis)
{
    static const char *const name[] = {[AXIS_VSOURCE] = "v-sweep",
                                       [AXIS_ISOURCE] = "i-sweep",
                                       [AXIS_RESISTOR] = "res-sweep",
                                       [AXIS_TEMPERATURE] = "temp-sweep"};
    return axis->kind == AXIS_PARAMETER ? axis->name : name[axis->kind];
}

const char *axis_swept(const struct axis *axis, const struct circuit *circuit)
{
    if (axis->kind <= AXIS_RESISTOR)
        return circuit->elements.text[axis->element];
    return axis->kind == AXIS_TEMPERATURE ? "temp" : axis->name;
}

void axis_free(struct axis *axis)
{
    free(axis->name);
    free(axis->value);
    *axis = (struct axis){0};
}

void plot_free(struct plot *plot)
{
    for (size_t a = 0; a < plot->axes; a++) {
        axis_free(&plot->axis[a]);
        if (plot->expanded)
            free(plot->expanded[a]);
    }
    free(plot->expanded);
    free(plot->axis);
    vectors_free(&plot->recorded);
    free(plot->value);
    free(plot->scale);
    for (uint32_t o = 0; o < plot->own_names.count; o++)
        free(plot->own[o].value);
    free(plot->own);
    names_free(&plot->own_names);
    for (size_t l = 0; l < plot->labels; l++)
        free(plot->label[l]);
    free(plot->label);
    *plot = (struct plot){0};
}
