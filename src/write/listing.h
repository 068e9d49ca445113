/* Parts of a listing, for those that write it piece by piece. */
#ifndef OPSPICE_LISTING_H
#define OPSPICE_LISTING_H

#include "write/output.h"
#include "write/sink.h"

/* Circuit: title */
void listing_put_circuit(struct sink *sink, const struct output *output);

/* Doing analysis at TEMP = .. and TNOM = .. */
void listing_put_temperatures(struct sink *sink, const struct sim_options *sim_options);

/* No. of Data Rows : n */
void listing_put_rows(struct sink *sink, const struct plot *plot);

/* What the .measure cards have found in a result. */
void listing_put_measurements(struct sink *sink, const struct output *output, const struct result *result);

/* name = value, and where */
void listing_put_measured(struct sink *sink, const struct measure *measure, const struct measured *found);

#endif
