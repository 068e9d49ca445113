/* What the netlist asks for: its .options, .op, .print and .save cards. */
#ifndef OPSPICE_REQUESTS_H
#define OPSPICE_REQUESTS_H

#include "analysis/vectors.h"

/* One .print card: a table of its own. */
struct table {
    size_t first, count; /* its vectors in requests.printed */
};

struct requests {
    /* set by requests_options */
    struct conditions conditions; /* .options temp, tnom, gmin; 27 degrees Celsius each, 1 pS */
    enum diode_reading reading;   /* .options diode=ideal|model; DIODE_BY_MODEL */
    uint64_t seed;                /* .options seed; 1 */
    bool save_currents;           /* .options savecurrents */

    /* set by requests_vectors */
    struct vectors printed; /* of all .print cards */
    struct table *table;    /* [tables] */
    size_t tables, table_capacity;
    struct vectors saved; /* the variables of a rawfile, in its order: .save, or all nodes and branches */
};

/* Read the .options and .temp cards; requests is zeroed before. Mistakes go to the diagnostics. */
void requests_options(struct requests *requests, const struct netlist *netlist, struct flat *flat,
                      struct diagnostics *diagnostics);

/* Read the .print and .save cards, once the circuit is built. Mistakes go to the diagnostics (count errors there).
 * False when memory is out. */
bool requests_vectors(struct requests *requests, const struct netlist *netlist, const struct circuit *circuit,
                      struct diagnostics *diagnostics);

/* Safe on a zeroed struct; leaves it zeroed. */
void requests_free(struct requests *requests);

#endif
