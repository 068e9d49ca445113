/* The columns of a sweep in csv and json: its axes, then those of its tables; without a table, all that was
 * recorded. */
#ifndef OPSPICE_COLUMNS_H
#define OPSPICE_COLUMNS_H

#include "analysis/result.h"
#include "write/label.h"

struct columns {
    const struct result *result;
    size_t shown; /* columns of tables */
};

struct columns columns_of(const struct result *result);

size_t columns_count(const struct columns *columns);

/* Its name; *unit becomes V, A, W, ohm, Celsius, of an expression also a power of these, or "". */
struct label columns_label(const struct columns *columns, size_t column, const struct circuit *circuit,
                           const char **unit);

double columns_value(const struct columns *columns, size_t column, size_t point);

#endif
