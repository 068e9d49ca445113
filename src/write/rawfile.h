/* Rawfiles, for those that choose what is in them. */
#ifndef OPSPICE_RAWFILE_H
#define OPSPICE_RAWFILE_H

#include "write/label.h"
#include "write/output.h"
#include "write/sink.h"

/* The head of a plot up to the number of its variables, without the end of that line. command: what the opspice that
 * wrote it calls itself, before its version, or NULL for no such line. */
void rawfile_put_head(struct sink *sink, const struct output *output, const struct plot *plot, size_t variables,
                      const char *command);

/* The same with all that comes before the lines of the variables. */
void rawfile_put_whole_head(struct sink *sink, const struct output *output, const struct plot *plot, size_t variables,
                            size_t points);

/* The line of a variable, whose number is counted on. */
void rawfile_put_variable(struct sink *sink, size_t *number, const struct label *label, const char *type);

/* A value of a binary file, and of an ascii one. */
void rawfile_put_double(struct sink *sink, double number);
void rawfile_put_line(struct sink *sink, double number);

/* The lines of a plot's variables, and its rows of little-endian doubles. */
void rawfile_put_variables(struct sink *sink, const struct plot *plot, const struct circuit *circuit);
void rawfile_put_points(struct sink *sink, const struct plot *plot);

/* A column of a rawfile. */
struct rawfile_column {
    char *name;       /* owned by the caller */
    const char *type; /* voltage, current, notype */
    const struct series *series;
};

/* One plot with these columns [count]; one that is shorter than others goes on with its last value. */
void rawfile_put_series(struct sink *sink, const struct output *output, const struct plot *plot,
                        const struct rawfile_column *column, size_t count, bool ascii);

#endif
