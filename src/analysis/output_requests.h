/* What the netlist asks for: its .options, .print, .plot, .save, .probe and .measure cards. */
#ifndef OPSPICE_OUTPUT_REQUESTS_H
#define OPSPICE_OUTPUT_REQUESTS_H

#include "analysis/formula.h"
#include "analysis/measure.h"
#include "elaborate/elaborate.h"

/* One .print or .plot card: a table or a drawing of its own. */
struct table {
    size_t first, count; /* its columns in output_requests.printed */
    bool drawn;          /* .plot */
    bool of[PLOT_SENS + 1]; /* [enum plot_kind] the analyses that it shows */
};

struct output_requests {
    /* set by output_requests_options */
    struct sim_options sim_options; /* .options temp, tnom, gmin; 27 degrees Celsius each, 1 pS */
    enum diode_reading reading;   /* .options diode=ideal|model; DIODE_BY_MODEL */
    uint64_t seed;                /* .options seed; 1 */
    bool save_currents;           /* .options savecurrents */
    int page_width;               /* .width out=; 0: not said */
    bool no_page;                 /* .options nopage: tables are not broken into pages */
    bool ascii;                   /* .options filetype=ascii: of rawfiles */

    /* set by output_requests_vectors */
    struct formulas printed; /* the columns of all tables */
    struct table *table;     /* [tables] */
    size_t tables, table_capacity;
    struct measures measures;
    struct vectors wanted; /* what .save cards name; nothing: all */
    struct vectors probed; /* what .probe cards name: saved beside that */
};

/* Read the .options and .temp cards; requests is zeroed before. Mistakes go to the diagnostics. */
void output_requests_options(struct output_requests *requests, const struct netlist *netlist, struct flat *flat,
                             struct diagnostics *diagnostics);

/* Read the other cards, once the circuit is built. What is wrong with them is left out, with a warning. False when
 * memory is out. */
bool output_requests_vectors(struct output_requests *requests, const struct netlist *netlist,
                             const struct formula_scope *scope, struct diagnostics *diagnostics);

/* Read one more .save card, in the same way. False when memory is out. */
bool output_requests_save(struct output_requests *requests, const struct card *card, const struct formula_scope *scope,
                          struct diagnostics *diagnostics);

/* The vectors of the circuit that an analysis of this kind has to record: first those saved (all: whether or not
 * anything shows them), which are the variables of a rawfile in its order, then what tables and measurements need
 * beside them. recorded: empty before. False when memory is out. */
bool output_requests_recorded(const struct output_requests *requests, const struct circuit *circuit,
                              enum plot_kind kind, bool all, struct vectors *recorded);

/* Safe on a zeroed struct; leaves it zeroed. */
void output_requests_free(struct output_requests *requests);

#endif
