/* Functions that stand for expressions: those of `define`, and those of ngspice's own that are made of others. */
#ifndef OPSPICE_SCRIPT_MACROS_H
#define OPSPICE_SCRIPT_MACROS_H

#include "script/state.h"

/* A text with calls replaced by what they stand for, and where that was. */
struct replaced {
    char *text; /* owned; NULL: there was nothing to replace */
    struct replacement {
        size_t from, to;                /* in the new text */
        size_t source_from, source_to;  /* in the old one */
    } *item; /* [count] in order; owned */
    size_t count, capacity;
};

/* Replace calls in an expression. False when memory is out, or with a diagnostic where it grows without end. */
bool macros_replace(struct script *script, struct command expression, struct replaced *replaced);

/* A part of the new text as it was written, to be freed. NULL when memory is out. */
char *macros_restore(const struct replaced *replaced, struct command expression, const char *from, size_t length);

/* Safe on a zeroed struct. */
void macros_free_replaced(struct replaced *replaced);

/* name(x, y) = expression. False: a diagnostic says why, or memory is out. */
bool macros_add(struct script *script, struct command command);
void macros_remove(struct script *script, const char *name, size_t length);
void macros_list(const struct script *script);
void macros_free(struct script *script);

#endif
