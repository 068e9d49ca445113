/* The text that a rank reads of a netlist: the title and the common cards of all, and its own stretch of the file. */
#ifndef OPSPICE_STRETCH_H
#define OPSPICE_STRETCH_H

#include "grid/deck.h"

struct stretch {
    char *text; /* [size + 2] to be taken over by sources_take, or freed */
    size_t size;
    struct source_piece *piece; /* [pieces] the same */
    size_t pieces;
    size_t own_at, own_size; /* of the text, what is of this rank's stretch */
};

/* Called by all ranks; the same status on all. stretch is zeroed before. */
enum deck_status stretch_read(struct stretch *stretch, struct deck_bytes *deck);

#endif
