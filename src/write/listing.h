/* Parts of a listing, for those that write it piece by piece. */
#ifndef OPSPICE_LISTING_H
#define OPSPICE_LISTING_H

#include "write/output.h"
#include "write/sink.h"

/* Circuit: title */
void listing_put_circuit(struct sink *sink, const struct output *output);

/* Doing analysis at TEMP = .. and TNOM = .. */
void listing_put_temperatures(struct sink *sink, const struct sim_options *sim_options);

/* No. of Data Columns : n; No. of Data Rows : n */
void listing_put_columns(struct sink *sink, size_t columns);
void listing_put_rows(struct sink *sink, size_t points);

/* The lists of nodes and branches of an operating point: heads, and a line of each. */
void listing_put_node_heads(struct sink *sink);
void listing_put_node(struct sink *sink, const char *name, double volts);
void listing_put_branch_heads(struct sink *sink);
void listing_put_branch(struct sink *sink, const struct vector *vector, const struct circuit *circuit, double amps);

/* Tables: of one sweep and one operating point in the order of the cards; of more sweeps each by itself, then the
 * operating point. False when memory is out. */
bool listing_put_tables(struct sink *sink, const struct output *output);

/* What the .measure cards have found in a result. */
void listing_put_measurements(struct sink *sink, const struct output *output, const struct result *result);

/* name = value, and where; with the digits of what a card or a command asks for. */
void listing_put_measured(struct sink *sink, const struct measure *measure, const struct measured *found, bool is_card);

#endif
