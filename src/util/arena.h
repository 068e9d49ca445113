/* Bump allocation: many small objects, one free. */
#ifndef OPSPICE_ARENA_H
#define OPSPICE_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *head; /* newest block */
    char *next;               /* next free byte of it */
    size_t left;              /* bytes left in it */
};

/* size bytes, aligned for any object, not cleared. NULL when memory is out. */
void *arena_alloc(struct arena *arena, size_t size);

/* A NUL-terminated copy of text[0..length). NULL when memory is out. */
char *arena_text(struct arena *arena, const char *text, size_t length);

/* Give all that is in another arena to this one; the other is left empty. */
void arena_join(struct arena *arena, struct arena *other);

/* Safe on a zeroed struct; leaves it zeroed. */
void arena_free(struct arena *arena);

#endif
