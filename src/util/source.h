/* Source texts and places in them.
 *
 * A place is a pointer into the text of a source file. It costs eight bytes, is kept by every syntax tree
 * node and every element, and becomes file, line and column only when a message needs them. The texts
 * therefore live as long as the circuit. A text in UTF-16 with a byte order mark is kept, and located, in UTF-8. */
#ifndef OPSPICE_SOURCE_H
#define OPSPICE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

/* A part of a text that is a part of a file: of another place in it, whose line is known. */
struct source_piece {
    size_t at;     /* from this byte of the text on, the start of a line, up to the next piece */
    size_t offset; /* its byte in the file */
    size_t line;   /* its line there, from 1 */
};

struct source {
    char *name;                /* as the user wrote it; owned */
    char *text;                /* [size + 2], the last two bytes are NUL (flex wants them); owned */
    size_t size;               /* bytes */
    dev_t device;              /* where has_identity: which file it was */
    ino_t inode;
    bool has_identity;         /* a regular file, not text from memory or a pipe */
    const char *included_from; /* place of the card that included this file; NULL for the deck */
    size_t *line_at;           /* [size / SOURCE_MARK + 1] line of each SOURCE_MARKth byte; 0: not yet counted; owned */
    struct source_piece *piece; /* [pieces] of a text that is not all of its file; the first begins at 0; owned */
    size_t pieces;
};

enum { SOURCE_MARK = 1 << 18 };

struct sources {
    struct source *item; /* [count] */
    size_t count, capacity;
    char *folder; /* the real path of the folder that all included files have to be in; NULL: they may be anywhere;
                     owned */
    struct sources *next; /* of a ring whose texts are those of one user; NULL: of these alone */
};

/* A place for people: line and column count from 1, columns in bytes. */
struct location {
    const struct source *source; /* NULL when the place is NULL or not in any text */
    size_t line, column;
    const char *line_text; /* start of the line */
    size_t line_length;    /* without its end-of-line bytes */
};

enum source_status {
    SOURCE_OK,
    SOURCE_NO_MEMORY,
    SOURCE_NO_FILE
}; /* NO_FILE: errno says why; EPERM: it is outside of the folder */

/* From now on read only what is in the folder of the file at this path ("-": in the working directory). False with
 * errno set. */
bool sources_confine(struct sources *sources, const char *path);

/* What errno says of a file that was not read. */
const char *sources_reason(const struct sources *sources, int reason);

/* Read a whole file into sources, as the last item; or standard input, named <stdin>, when path is "-".
 * Directories and devices that are not regular files, pipes or terminals are refused with SOURCE_NO_FILE. */
enum source_status sources_read(struct sources *sources, const char *path, const char *included_from);

/* Copy size bytes of text into sources, as the last item, under the given name. */
enum source_status sources_copy(struct sources *sources, const char *name, const char *text, size_t size);

/* Take over text [size + 2], allocated, as the last item, which is pieces [count] of the file at this path or, "-", of
 * standard input. piece is allocated; both are freed where it fails. */
enum source_status sources_take(struct sources *sources, const char *path, char *text, size_t size,
                                struct source_piece *piece, size_t pieces);

/* The byte of the file that a place in its text is. */
size_t sources_offset(const struct source *source, const char *place);

/* From now on places and files of either are found in both, until one is freed; more was alone before. Neither may be
 * moved. */
void sources_join(struct sources *sources, struct sources *more);

/* The text that a place is in, or NULL. O(files). Own: of these alone, not of the ring. */
const struct source *sources_find(const struct sources *sources, const char *place);
const struct source *sources_find_own(const struct sources *sources, const char *place);

/* Was the file at this path, or the one that stat tells this of, read into sources, under whatever name? Own: into
 * these alone, not into others of the ring. */
bool sources_hold(const struct sources *sources, const char *path);
bool sources_hold_own(const struct sources *sources, const struct stat *about);

/* Where a place is, for messages. The first place in a file takes O(bytes of the file), others O(files + SOURCE_MARK +
 * bytes of the line). It fills line_at, so it is not for two threads at once. */
struct location sources_locate(const struct sources *sources, const char *place);

/* Free all texts; safe on a zeroed struct. */
void sources_free(struct sources *sources);

#endif
