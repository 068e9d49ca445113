/* The bytes of a netlist, of which each rank takes its part.
 *
 * A regular file is read by each rank where it wants to. Anything else, standard input, a pipe or a text in UTF-16, is
 * read by rank 0, which hands out what the others ask for. */
#ifndef OPSPICE_DECK_BYTES_H
#define OPSPICE_DECK_BYTES_H

#include "grid/ranks.h"
#include "util/source.h"

struct deck_bytes {
    struct ranks ranks;
    const char *path;     /* "-": standard input; the caller's */
    int file;             /* of a regular file; else -1 */
    struct sources whole; /* of rank 0, which has read all of it */
    size_t size;          /* bytes */
};

enum deck_status {
    DECK_OK,
    DECK_NO_FILE,  /* it cannot be read: errno, on all ranks, says why */
    DECK_NO_MEMORY /* on one rank at least */
};

/* Each is called by all ranks and returns the same on all of them. deck: zeroed before. */
enum deck_status deck_open(struct deck_bytes *deck, const struct ranks *ranks, const char *path);

/* Take size bytes from offset on; offset + size <= deck->size. */
enum deck_status deck_fetch(struct deck_bytes *deck, size_t offset, size_t size, char *into);

void deck_close(struct deck_bytes *deck);

#endif
