/* Plots: what an analysis found (SPICE's word for a set of vectors, whether or not anybody draws it).
 *
 * An analysis is a product of axes over one circuit, each of whose points is one operating point; an operating point
 * alone has no axis. A plot holds a row for each point: the values of the vectors that were to be recorded. */
#ifndef OPSPICE_PLOT_H
#define OPSPICE_PLOT_H

#include "analysis/totals.h"
#include "analysis/vectors.h"
#include <stddef.h>

enum axis_kind {
    AXIS_VSOURCE,     /* V */
    AXIS_ISOURCE,     /* A */
    AXIS_RESISTOR,    /* ohm */
    AXIS_TEMPERATURE, /* degrees Celsius */
    AXIS_PARAMETER    /* of .param */
};

struct axis {
    enum axis_kind kind;
    uint32_t element; /* number of the source or resistor in the circuit */
    char *name;       /* of the parameter, NUL-terminated, or NULL; owned */
    double *value;    /* [count]; owned */
    size_t count;
};

enum plot_kind {
    PLOT_OP, PLOT_DC, PLOT_TF, PLOT_SENS,
    PLOT_OWN /* of no analysis: a script has made it for vectors of its own */
};

/* What a vector is of, with the numbers of ngspice's simulation types. */
enum vector_type {
    TYPE_NONE = 0, TYPE_TIME = 1, TYPE_FREQUENCY = 2, TYPE_VOLTAGE = 3, TYPE_CURRENT = 4, TYPE_TEMPERATURE = 14,
    TYPE_RESISTANCE = 15, TYPE_ADMITTANCE = 17, TYPE_POWER = 18, TYPE_CAPACITANCE = 21
};

/* What ngspice takes a vector for: a device's value for an admittance or a capacitance by the first letter of its name,
 * @m1[gm], @z1[cd]. */
static inline enum vector_type vector_type(const struct vector *vector)
{
    bool is_value = vector->kind == VECTOR_QUANTITY || vector->kind == VECTOR_SLOPE || vector->kind == VECTOR_VALUE;
    if (vector_is_current(vector))
        return TYPE_CURRENT;
    if (vector_is_power(vector))
        return TYPE_POWER;
    return is_value && *vector->parameter == 'g'   ? TYPE_ADMITTANCE
           : is_value && *vector->parameter == 'c' ? TYPE_CAPACITANCE
                                                   : TYPE_VOLTAGE;
}

/* The rows, columns and so on of a vector, the last of which runs fastest. */
enum { DIMENSIONS = 8 };
struct shape {
    uint32_t size[DIMENSIONS];
    unsigned dimensions; /* 0 or 1: values one after the other */
};

/* A vector that `let` has made, or `load` has read. */
struct own_vector {
    double *value; /* [length]; owned; NULL: there is none of this name any more */
    size_t length;
    enum vector_type type;
    struct shape shape; /* given by `reshape`: an index takes one of the rows */
};

struct plot {
    enum plot_kind kind;
    struct axis
        *axis; /* [axes] the outermost first: .step, then the second source of .dc, then its first, the scale; owned */
    size_t axes, steps;      /* of these, the first `steps` are of .step cards */
    struct vectors recorded; /* what the columns hold; owned */
    size_t added;            /* of these the last ones, which only expressions of a script have asked for */
    size_t points;           /* rows filled */
    struct totals totals;    /* of these points, and of the one that failed */
    double *value;           /* [points][recorded.count] SI units; owned */
    double *scale;           /* [points] of the last axis; NULL without axes; owned */
    double **expanded;       /* [axes] values of an axis at all points, where they have been asked for; owned */
    struct names own_names;
    struct own_vector *own; /* [own_names.count] in the order of the first appearance of their names; owned */
    size_t own_capacity;
    uint32_t own_scale; /* number of the own vector that `setscale` has made the scale, + 1; 0: none */
    const struct circuit *circuit; /* of a script's plot: whose nodes and elements its vectors are of; NULL: none */
    const char *type;          /* what its analysis is called, where that is not what its kind is; not owned */
    char **label;  /* [labels] of PLOT_TF and PLOT_SENS, which record nothing: names of value[0..labels), as ngspice
                    * writes them; owned */
    size_t labels;
};

/* Who is told of a plot while its analysis fills it, by the thread that runs the analysis: that it begins, with its
 * axes and what it records and no point yet; and that there is a point more, or NULL. */
struct plot_listener {
    void (*begun)(void *context, const struct plot *plot);
    void (*grown)(void *context, const struct plot *plot);
    void *context;
};

/* The value of an axis at a point: the last axis runs fastest. */
double plot_axis_value(const struct plot *plot, size_t axis, size_t point);

/* The value of a recorded vector at a point. */
static inline double plot_value(const struct plot *plot, size_t column, size_t point)
{
    return plot->value[point * plot->recorded.count + column];
}

/* Where a vector of the circuit is: the first column less the second, VECTORS_NONE: 0. It is its own column, or of a
 * voltage the potentials of its nodes. False: it was not recorded. */
bool plot_find_columns(struct plot *plot, const struct vector *vector, size_t column[2]);

/* Its value at a point. */
static inline double plot_difference(const struct plot *plot, const size_t column[2], size_t point)
{
    return (column[0] != VECTORS_NONE ? plot_value(plot, column[0], point) : 0) -
           (column[1] != VECTORS_NONE ? plot_value(plot, column[1], point) : 0);
}

/* The number of points that the axes make; SIZE_MAX when it overflows. */
size_t plot_points(const struct plot *plot);

/* The number of the own vector of that name (any case), or NAMES_NONE. */
uint32_t plot_find_own(const struct plot *plot, const char *text, size_t length);

/* Make an own vector, or replace it; takes the values over, also where it fails. False when memory is out. */
bool plot_let(struct plot *plot, const char *text, size_t length, enum vector_type type, double *value, size_t count);

/* Remove an own vector, where there is one of that name. */
void plot_unlet(struct plot *plot, const char *text, size_t length);

/* The columns that belong to the analysis. */
static inline size_t plot_listed(const struct plot *plot)
{
    return plot->recorded.count - plot->added;
}

/* Add a column of values [points], which is not listed. False when memory is out. */
bool plot_add_column(struct plot *plot, struct vector vector, const double *value);

/* Fill in the scale, once axes and points are there. False when memory is out. */
bool plot_make_scale(struct plot *plot);

/* The values of an axis at all points [points]. NULL when memory is out. */
const double *plot_axis_values(struct plot *plot, size_t axis);

/* A rawfile has these columns: the scale, the axes of .step cards that are not it, then what was recorded. */
size_t plot_step_columns(const struct plot *plot);
size_t plot_columns(const struct plot *plot);

/* Operating Point, DC transfer characteristic, Transfer Function, Sensitivity Analysis; or its type. */
const char *plot_title(const struct plot *plot);

/* How ngspice calls what an axis sweeps: v-sweep, i-sweep, res-sweep, temp-sweep; or the name of a parameter. */
const char *axis_name(const struct axis *axis);

/* The name of what an axis sweeps: of an element, temp, or of a parameter. */
const char *axis_swept(const struct axis *axis, const struct circuit *circuit);

/* Has it values of its own names, and no vectors? */
static inline bool plot_is_labelled(const struct plot *plot)
{
    return plot->kind == PLOT_TF || plot->kind == PLOT_SENS;
}

/* One operating point, for which listings have a form of their own. */
static inline bool plot_is_single(const struct plot *plot)
{
    return plot->kind == PLOT_OP && plot->axes == 0;
}

void axis_free(struct axis *axis);

/* Safe on a zeroed struct; leaves it zeroed. */
void plot_free(struct plot *plot);

#endif
