/* Rawfiles, for those that choose what is in them. */
#ifndef OPSPICE_RAWFILE_H
#define OPSPICE_RAWFILE_H

#include "write/output.h"
#include "write/sink.h"

/* The lines of a plot's variables, and its rows of little-endian doubles. */
void rawfile_put_variables(struct sink *sink, const struct plot *plot, const struct circuit *circuit);
void rawfile_put_points(struct sink *sink, const struct plot *plot);

/* One plot with these columns, and its scale before them where it has one. */
void rawfile_put_series(struct sink *sink, const struct output *output, const struct plot *plot,
                        const struct series_list *list, bool ascii);

#endif
