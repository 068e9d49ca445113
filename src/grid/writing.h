/* Files of an operating point that ranks share: rank 0 writes what each of them has, in turn, as it comes. They are
 * laid out as those of one process (write/output.h), in the order of the netlist, and appear whole or not at all. */
#ifndef OPSPICE_WRITING_H
#define OPSPICE_WRITING_H

#include "analysis/vectors.h"
#include "grid/part.h"
#include "grid/share.h"
#include "grid/solve.h"

enum writing_format { WRITING_LISTING, WRITING_LOG, WRITING_RAW_BINARY, WRITING_RAW_ASCII, WRITING_CSV };

/* In the order of a rawfile: nodes, currents that are unknowns of SPICE's equations, what .save and .probe name, what
 * .options savecurrents adds. */
enum writing_section { SECTION_NODES, SECTION_INDUCTORS, SECTION_SOURCES, SECTION_NAMED, SECTION_DEVICES, SECTIONS };

struct writing {
    /* set by the caller */
    const struct part *part;
    const struct share *share;
    const struct grid_answer *answer;
    const struct messages *solved; /* of solving, for the end of a listing in a file */
    const char *version;           /* of opspice */

    /* private */
    struct vectors recorded;                               /* this rank's, by section */
    size_t devices;                                        /* where of SECTION_DEVICES the first is */
    int64_t own[SECTIONS], before[SECTIONS], all[SECTIONS]; /* how many: here, of lower ranks, of all */
};

/* Find what there is to write. False when memory is out, on all ranks. */
bool writing_begin(struct writing *writing);

/* The same for a listing, which has all nodes and branches, after what .save restricts is written. */
bool writing_begin_listing(struct writing *writing);

/* Write a file. Returns 0 or why it could not be written, as errno has it, on all ranks. */
int writing_file(const struct writing *writing, enum writing_format format, const char *path);

/* Without an answer: what a listing has to say of that. Of rank 0 alone; answer, share and recorded are not needed. */
int writing_refusal(const struct writing *writing, const char *path);

/* Safe on a zeroed struct. */
void writing_free(struct writing *writing);

#endif
