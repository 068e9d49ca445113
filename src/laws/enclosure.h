/* Own-voltage expressions on an interval of the voltage: the algebra of enclosures.
 *
 * Each part of the expression is f(u) + e s, where the nodes of the source are at u + s and s: f by an interval that
 * holds all its values and one that holds all its difference quotients, or as the straight line that it is; e as a
 * number, since s may take part by sums and constant factors only, and must be gone where anything else is done.
 * Growth and order tell of quotients what slopes do not: exp(u)/(1 + exp(u)) and u/(1 + |u|) rise. */
#ifndef OPSPICE_ENCLOSURE_H
#define OPSPICE_ENCLOSURE_H

#include "laws/expression_law.h"
#include "laws/interval.h"

struct enclosure {
    struct interval value, slope; /* of f; unit of the expression, that per V */
    struct interval growth;       /* where f has one sign: difference quotients of ln|f| by u, 1/V */
    struct interval order;        /* and by ln|u|, where u has one sign: p of u^p */
    bool is_line;                 /* f = c + d u on the whole interval */
    bool is_partial;              /* there may be no value somewhere */
    double c, d;
    double e, e_size;             /* e, and the sum of the magnitudes that it was added up from */
    size_t use;                   /* one that brought s */
};

/* Where the expression is run: on the open interval (low, high), whose signs of lines decide; values are those within
 * `at`, which is all of it or one of its ends. */
struct cell {
    double low, high;
    struct interval at;
};

enum enclosure_status {
    ENCLOSURE_OK,
    ENCLOSURE_SPLIT,     /* at *split, within the interval, a straight part has its corner or its zero */
    ENCLOSURE_UNDECIDED, /* a condition is true in one place and not in another, or may be */
    ENCLOSURE_NO_VALUE,  /* anywhere on the interval */
    ENCLOSURE_NOT_OWN    /* it depends on s, by use[*use] */
};

/* The expression on a cell. */
enum enclosure_status enclosure_run(const struct expression_law *own, const struct cell *cell,
                                    struct enclosure *result, double *split, size_t *use);

#endif
