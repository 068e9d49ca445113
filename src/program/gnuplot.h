/* Drawing with gnuplot, for the programs. */
#ifndef OPSPICE_GNUPLOT_H
#define OPSPICE_GNUPLOT_H

#include <stdbool.h>
#include <stddef.h>

/* Draw the table of this number (from 0; empty lines are between them) of a csv file into path (.svg or .png), which
 * appears whole or not at all. Of its columns the last of the `axes` first ones goes across and those behind them up, a
 * curve for each value of the other axes; voltages and currents together have a scale each. False with errno set:
 * ENOPKG where gnuplot is not installed, EDOM where there is nothing to draw, ENOEXEC where gnuplot cannot. */
bool gnuplot_draw(const char *csv, size_t number, size_t axes, const char *path, const char *title);

/* Is a picture whole, which gnuplot has drawn? It does not say so where its disk was full. False with errno ENOEXEC. */
bool gnuplot_has_drawn(const char *picture);

#endif
