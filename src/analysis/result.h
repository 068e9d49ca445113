/* Results: an analysis that was run, with all that is shown of it worked out. */
#ifndef OPSPICE_RESULT_H
#define OPSPICE_RESULT_H

#include "analysis/plot.h"
#include "analysis/output_requests.h"
#include <assert.h>

/* A column of numbers, in the plot or of its own. */
/* A vector at a point of its plot. */
struct place {
    const struct circuit *circuit; /* NULL: the one at hand */
    struct vector vector;
    const struct axis *axis; /* the innermost one, and where the point is on it; NULL: there is one point only */
    double at;
};

struct series {
    const char *name;     /* heads it; NULL: that of its vector */
    struct vector vector; /* where name is NULL */
    const struct formula *formula; /* that it shows; lives as long as what asked for it */
    const double *value;  /* value[point * stride] */
    size_t stride;
    double *own; /* [length] where they are in no plot; owned */
    size_t length; /* as many as the plot has points, but of `let` vectors */
    struct place *extreme; /* of minimum(v(*)) and its like; owned; NULL: it is something else */
};

struct series_list {
    struct series *item; /* [count] */
    size_t count;
};

static inline double series_value(const struct series *series, size_t point)
{
    assert(series->length > 0);
    return series->value[(point < series->length ? point : series->length - 1) * series->stride];
}

struct measured {
    bool failed;
    double value, first, second; /* as in struct measure; value NAN where it failed */
};

struct result {
    struct plot plot;
    struct series_list *shown; /* [requests->tables] the columns of each table; none where it shows other analyses */
    size_t tables;
    struct measured *measured; /* [curves][measures] */
    size_t curves, measures;
    bool by_script; /* a script has run it, and shows of it what it likes */
};

/* Work out tables and measurements of result->plot, which has recorded what they need. A formula without a value at
 * some point is left out, with a warning at its place. False when memory is out. */
bool result_work_out(struct result *result, struct output_requests *requests, struct diagnostics *diagnostics);

/* The values of formulas in a plot that has recorded their vectors, with the plot of constants or NULL; list is zeroed
 * before. False when memory is out; a formula without a value at some point is left out, with an error at its place. */
bool series_of(struct series_list *list, struct formula *formula, size_t count, struct plot *plot,
               const struct plot *constants, struct diagnostics *diagnostics);

/* Safe on zeroed structs; leave them zeroed. */
void series_free(struct series_list *list);
void result_free(struct result *result);

#endif
