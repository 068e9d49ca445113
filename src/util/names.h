/* A set of names without regard to case, numbered in the order of their first appearance. */
#ifndef OPSPICE_NAMES_H
#define OPSPICE_NAMES_H

#include "util/arena.h"
#include "util/threads.h"
#include <stdbool.h>
#include <stdint.h>

#define NAMES_NONE UINT32_MAX

struct names_slot {
    uint32_t number; /* of the name + 1; 0: a free slot */
    uint32_t hash;
};

struct names_again;

struct names {
    const char **text; /* [count] in lower case, NUL-terminated, in the arena */
    uint32_t count;
    size_t capacity;         /* of text */
    struct names_slot *slot; /* [slots] open addressing, linear probing; private */
    size_t slots;            /* 0 or a power of two, at least 3/2 count */
    struct names_again *again; /* of a packed set: what finding has made since; private */
    char *next;                /* where the next text goes */
    size_t left;               /* bytes there */
    struct arena arena;
};

/* Make room for count names at once: a table that grows step by step is filled anew at each. False when memory is
 * out. */
bool names_expect(struct names *names, size_t count);

/* The memory that so many more names are going to be written to, in a set for which room was made: two ranges. */
enum { NAMES_RANGES = 2 };
void names_ranges(const struct names *names, size_t more, struct memory_range range[NAMES_RANGES]);

/* The number of text[0..length), which is added when new; *is_new (may be NULL) says which.
 * NAMES_NONE when memory is out. */
uint32_t names_add(struct names *names, const char *text, size_t length, bool *is_new);

/* The same in steps, for those who add many: the hash of a name, which any thread may work out; a name of that hash is
 * going to be added, to a set that has some; and adding it. */
uint32_t names_hash(const char *text, size_t length);

static inline void names_prefetch(const struct names *names, uint32_t hash)
{
    __builtin_prefetch(&names->slot[hash & (names->slots - 1)]);
}

uint32_t names_add_hashed(struct names *names, const char *text, size_t length, uint32_t hash, bool *is_new);

/* The number of a name, or NAMES_NONE. Several threads may ask. */
uint32_t names_find(const struct names *names, const char *text, size_t length);

/* Nothing will be added, and hardly anything asked for: give back what that takes, two fifths of the memory. Who asks
 * nevertheless waits once, until it is made again. */
void names_pack(struct names *names);

/* The known name nearest to text by edit distance, for "did you mean": NAMES_NONE when none is near (at most a third
 * of its letters differ). O(count x length^2), gives up beyond 100,000 names. */
uint32_t names_nearest(const struct names *names, const char *text, size_t length);

/* Safe on a zeroed struct; leaves it zeroed, ready for use. */
void names_free(struct names *names);

#endif
