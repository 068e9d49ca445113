/* A rank's part of a netlist: what all ranks need, and the elements of its own stretch of the file.
 *
 * The file is cut into as many stretches of about the same size as there are ranks, between cards (cuts.h). Each rank
 * reads its stretch, and has the cards that are common from all others; elements and instances that stand in those are
 * made by the rank in whose stretch they begin, as are those of files that it includes. Places are those of the
 * file. */
#ifndef OPSPICE_PART_H
#define OPSPICE_PART_H

#include "analysis/session.h"
#include "grid/messages.h"
#include "grid/ranks.h"

struct part_options {
    const char *path;  /* "-": standard input of rank 0 */
    bool strict;       /* warnings are errors */
    bool only_point;   /* the operating point, whatever the netlist asks for */
    bool only_own;     /* to ask for other simulators' analyses alone is an error */
    bool all_ideal;    /* every diode is ideal */
    bool confined;     /* read only what is in the netlist's folder */
};

enum part_status {
    PART_OK,       /* messages may have warnings */
    PART_WRONG,    /* messages say what is */
    PART_NO_FILE,  /* it cannot be read: errno, on all ranks, says why */
    PART_NO_MEMORY /* on one rank at least */
};

enum part_stage { PART_READING, PART_DEFINING, PART_ELABORATING, PART_COMPARING, PART_STAGES };

struct part {
    struct session session; /* without an engine; session.circuit is the part's */
    struct messages messages;
    double seconds_read, seconds_build;

    /* private: where the own stretch is in the text */
    size_t own_at, own_size;
    struct diagnostics diagnostics[PART_STAGES];
};

/* Read and elaborate this rank's part; part is zeroed before. The same status on all ranks. */
enum part_status part_load(struct part *part, const struct ranks *ranks, const struct part_options *options);

/* Safe on a zeroed struct; leaves it zeroed. */
void part_free(struct part *part);

#endif
