/* Rawfiles, for those that choose what is in them. */
#ifndef OPSPICE_RAWFILE_H
#define OPSPICE_RAWFILE_H

#include "write/output.h"
#include "write/sink.h"

/* The head of a plot up to the number of its variables, without the end of that line. command: what the opspice that
 * wrote it calls itself, before its version, or NULL for no such line. */
void rawfile_put_head(struct sink *sink, const struct output *output, const struct plot *plot, size_t variables,
                      const char *command);

/* The lines of a plot's variables, and its rows of little-endian doubles. */
void rawfile_put_variables(struct sink *sink, const struct plot *plot, const struct circuit *circuit);
void rawfile_put_points(struct sink *sink, const struct plot *plot);

/* One plot with these columns, and its scale before them where it has one. */
void rawfile_put_series(struct sink *sink, const struct output *output, const struct plot *plot,
                        const struct series_list *list, bool ascii);

#endif
