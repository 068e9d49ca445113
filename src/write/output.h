/* The formats of an operating point. */
#ifndef OPSPICE_OUTPUT_H
#define OPSPICE_OUTPUT_H

#include "analysis/result.h"
#include "circuit/operating_point.h"
#include "engine/engine.h"
#include "util/diagnostics.h"
#include <stdio.h>
#include <time.h>

/* What it took, for those formats that tell it. */
struct output_statistics {
    const char *solver, *linear;
    size_t nodes, branches, supernodes, diodes;
    struct solve_info info;
    struct {
        double read, build, lower, solve, recover, prove; /* seconds */
    } time;
};

/* How tables are laid out on pages; 0: as they are. */
struct page {
    int width, lines;  /* bytes (80), at the least 40; lines (60), at the least 20 */
    bool is_endless;   /* rows go on without heads between them */
    bool has_no_scale; /* before the columns */
};

/* All that is written, gathered by the caller, who keeps it. */
struct output {
    const char *version; /* of opspice, for a rawfile's `Command:` */
    time_t date;
    const char *title; /* [title_length]; NULL: none */
    size_t title_length;
    const struct circuit *circuit;
    /* the last point that was solved, all of it, for csv and json; NULL: none is at hand */
    const struct operating_point *op;
    const struct totals *totals; /* of all that was solved, for json */
    const struct output_requests *requests;
    const struct result *result; /* [results] the analyses that were run, in order */
    size_t results;
    int digits;         /* of numbers that a script prints, behind the point; 0: six */
    struct page page;
    bool scripted;      /* a script has run */
    const char
        *script; /* [script_length] what a script has printed, shown before the rest; NULL: it was shown as it ran */
    size_t script_length;
    struct output_statistics statistics;
    int status; /* what the program exits with */
    bool refused; /* there is no answer: listing, log and json say why, the others are not asked */
    /* Of loading and of solving, for json and, where they are `logged`, at the end of listing and log. */
    const struct diagnostics *loaded, *solved;
    const struct sources *sources; /* where their places are */
    bool logged;
};

/* Is it an operating point, and the last of several? It is the same with each of them, and shown once. */
static inline bool output_is_last_point(const struct output *output, size_t result)
{
    size_t last = output->results;
    while (last > 0 && !plot_is_single(&output->result[last - 1].plot))
        last--;
    return last == result + 1;
}

/* Each writes one format and returns false with errno set when a write failed, memory is out (ENOMEM), or a number is
 * not finite (EDOM). Nothing depends on the locale; times are UTC. */
typedef bool output_format(FILE *file, const struct output *output);

output_format write_listing;    /* as `ngspice -b` prints it, without the dump of every device */
output_format write_log;        /* what `ngspice -b -r` prints beside the rawfile: what was done, no tables */
output_format write_raw_binary; /* SPICE rawfile: a plot after the other */
output_format write_raw_ascii;
output_format write_raw;        /* one of these, as .options filetype says */
output_format write_csv;        /* operating point: quantity,name,value,unit; sweeps: a row for each point */
output_format write_json;
output_format write_server; /* what `ngspice -s` sends: a header and binary rows */

#endif
