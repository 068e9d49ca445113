/* What .print and .plot show in a listing, as ngspice lays it out on pages. */
#ifndef OPSPICE_TABLE_H
#define OPSPICE_TABLE_H

#include "write/output.h"
#include "write/sink.h"

/* The columns, with the scale before them where the plot has one; empty cells where one is shorter than others. */
void table_put(struct sink *sink, const struct output *output, const struct plot *plot, const struct series_list *list);

/* Bytes of a line. */
int table_page_width(const struct output *output);

/* Which node or branch the extreme ones of minimum(v(*)) and its like are of, a line each. */
void table_put_extremes(struct sink *sink, const struct output *output, const struct plot *plot,
                        const struct series_list *list);

/* The same drawn with letters, the scale going down the page, and an empty line; one point is a table. */
void drawing_put(struct sink *sink, const struct output *output, const struct plot *plot,
                 const struct series_list *list);

#endif
