/* Drawing with gnuplot, for the programs. */
#ifndef OPSPICE_GNUPLOT_H
#define OPSPICE_GNUPLOT_H

#include <stdbool.h>

/* Draw a csv file, its first column across and the others up, into path (.svg or .png), which appears whole or not at all.
 * False with errno set: ENOENT where gnuplot is not installed. */
bool gnuplot_draw(const char *csv, const char *path, const char *title);

#endif
