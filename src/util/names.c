#include "util/names.h"

#include "util/array.h"
#include "util/letters.h"

#include <endian.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* A name is stored in lower case with a NUL behind it, and the next one follows. A name asked for is folded word by
 * word of eight bytes as it is read, so that hashing and comparing go by words and nothing is copied. */

enum { WORD = 8, FIRST_SLOTS = 64 };

/* The table of a packed set. The first thread that asks for a name makes it. */
struct names_again {
    _Atomic(struct names_slot *) slot; /* [slots], or NULL */
    size_t slots;
};

/* ---- words of eight bytes ---- */

/* Bytes A..Z become a..z; all others, those of UTF-8 among them, stay. */
static uint64_t lower_case(uint64_t word)
{
    const uint64_t each = 0x0101010101010101u;
    uint64_t seven_bits = word & 0x7f * each;
    uint64_t from_a = seven_bits + (0x80 - 'A') * each;
    uint64_t beyond_z = seven_bits + (0x80 - 'Z' - 1) * each;
    uint64_t capital = (from_a ^ beyond_z) & ~word & 0x80 * each;
    return word | capital >> 2;
}

static uint64_t whole_word(const char *text)
{
    uint64_t word;
    memcpy(&word, text, WORD);
    return lower_case(word);
}

/* The last 1..8 bytes of a text that has eight bytes before its end, padded with NULs. */
static uint64_t last_word(const char *text, size_t length)
{
    uint64_t word;
    memcpy(&word, text + length - WORD, WORD);
    return lower_case(htole64(le64toh(word) >> 8 * (WORD - length)));
}

/* A text of at most seven bytes, padded with NULs; reads no byte beyond it. */
static uint64_t only_word(const char *text, size_t length)
{
    uint64_t word = 0;
    if (length >= 4) {
        uint32_t low, high;
        memcpy(&low, text, 4);
        memcpy(&high, text + length - 4, 4);
        word = le32toh(low) | (uint64_t)le32toh(high) << 8 * (length - 4);
    } else {
        for (size_t i = 0; i < length; i++)
            word |= (uint64_t)(unsigned char)text[i] << 8 * i;
    }
    return lower_case(htole64(word));
}

static uint64_t mixed(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 32;
}

/* Names that differ by the low bits of their last byte alone get neighbouring slots, eight to a cache line: numbered
 * elements come in that order. */
uint32_t names_hash(const char *text, size_t length)
{
    const unsigned low_bits = 7;
    uint64_t hash = length, word;
    if (length == 0)
        return 0;
    unsigned last = (unsigned char)text[length - 1] & low_bits;
    if (length < WORD) {
        word = only_word(text, length);
    } else {
        for (; length > WORD; text += WORD, length -= WORD)
            hash = mixed(hash, whole_word(text));
        word = last_word(text, length);
    }
    hash = mixed(hash, word & ~htole64((uint64_t)low_bits << 8 * (length - 1)));
    hash *= 0xd6e8feb86659fd93u;
    return (uint32_t)(hash >> 32) ^ last;
}

/* The first `length` < WORD bytes of a stored name, padded with NULs, and the byte behind them. */
static uint64_t stored_word(const char *stored, size_t length)
{
    uint64_t word;
    memcpy(&word, stored, WORD);
    return length + 1 == WORD ? word : htole64(le64toh(word) & (((uint64_t)1 << 8 * (length + 1)) - 1));
}

/* WORD bytes from the start of each stored name on may be read. */
static bool same_name(const char *stored, const char *text, size_t length)
{
    uint64_t word;
    if (length < WORD)
        return stored_word(stored, length) == only_word(text, length);
    for (size_t at = 0; at + WORD <= length; at += WORD) {
        memcpy(&word, stored + at, WORD);
        if (word != whole_word(text + at))
            return false;
    }
    memcpy(&word, stored + length - WORD, WORD);
    return word == whole_word(text + length - WORD) && stored[length] == '\0';
}

/* ---- the set ---- */

/* The slot that holds the name, or the free slot where it belongs. */
static struct names_slot *slot_of(const struct names *names, struct names_slot *table, size_t slots, const char *text,
                                  size_t length, uint32_t hash)
{
    for (size_t at = hash & (slots - 1);; at = (at + 1) & (slots - 1)) {
        struct names_slot *slot = &table[at];
        if (slot->number == 0)
            return slot;
        if (slot->hash == hash && same_name(names->text[slot->number - 1], text, length))
            return slot;
    }
}

static bool enough_slots(size_t slots, size_t count)
{
    return slots >= count + count / 2;
}

static void put(struct names_slot *table, size_t slots, struct names_slot slot)
{
    size_t at = slot.hash & (slots - 1);
    while (table[at].number != 0)
        at = (at + 1) & (slots - 1);
    table[at] = slot;
}

/* A table of all names from their texts. */
static void put_all(struct names_slot *table, size_t slots, const struct names *names)
{
    for (uint32_t n = 0; n < names->count; n++) {
        const char *text = names->text[n];
        put(table, slots, (struct names_slot){n + 1, names_hash(text, strlen(text))});
    }
}

/* Leave the table that a packed set has made. */
static void forget_again(struct names *names)
{
    if (names->again)
        free(atomic_load(&names->again->slot));
    free(names->again);
    names->again = NULL;
}

/* Make room for count names. */
static bool grow(struct names *names, size_t count)
{
    size_t slots = names->slots ? names->slots : FIRST_SLOTS;
    while (!enough_slots(slots, count))
        slots *= 2;
    struct names_slot *slot = array_new(slots, sizeof *slot);
    if (!slot)
        return false;
    if (names->again)
        put_all(slot, slots, names);
    for (size_t i = 0; i < names->slots; i++)
        if (names->slot[i].number != 0)
            put(slot, slots, names->slot[i]);
    forget_again(names);
    free(names->slot);
    names->slot = slot;
    names->slots = slots;
    return true;
}

static size_t between(size_t least, size_t size, size_t most)
{
    return size < least ? least : size < most ? size : most;
}

/* Room for a text, behind which a whole word may be read. A piece of the arena is for many; the most that is left of
 * one is a part of what the names take. */
static char *room_for(struct names *names, size_t size)
{
    enum { FIRST_PIECE = 1 << 7, LARGEST_PIECE = 1 << 22, BYTES_A_NAME = 4 };
    if (size > names->left) {
        size_t piece = between(FIRST_PIECE, (size_t)names->count * BYTES_A_NAME, LARGEST_PIECE);
        if (piece < size)
            piece = size;
        if (!(names->next = arena_alloc(&names->arena, piece))) {
            names->left = 0;
            return NULL;
        }
        names->left = piece;
    }
    return names->next;
}

/* A copy in lower case. */
static const char *stored_text(struct names *names, const char *text, size_t length)
{
    char *stored = length <= PTRDIFF_MAX - 2 * WORD ? room_for(names, length + 1 + WORD) : NULL;
    if (!stored)
        return NULL;
    char *at = stored;
    names->next += length + 1;
    names->left -= length + 1;
    for (; length >= WORD; text += WORD, length -= WORD, at += WORD)
        memcpy(at, &(uint64_t){whole_word(text)}, WORD);
    memcpy(at, &(uint64_t){only_word(text, length)}, WORD);
    return stored;
}

bool names_expect(struct names *names, size_t count)
{
    return (enough_slots(names->slots, count) || grow(names, count)) &&
           array_reserve(&names->text, &names->capacity, count, sizeof *names->text);
}

void names_ranges(const struct names *names, size_t more, struct memory_range range[NAMES_RANGES])
{
    size_t room = names->capacity - names->count;
    range[0] = (struct memory_range){names->slot, names->slots * sizeof *names->slot};
    range[1] = (struct memory_range){names->text + names->count, (more < room ? more : room) * sizeof *names->text};
}

uint32_t names_add_hashed(struct names *names, const char *text, size_t length, uint32_t hash, bool *is_new)
{
    if (is_new)
        *is_new = false;
    if (!enough_slots(names->slots, (size_t)names->count + 1) && !grow(names, (size_t)names->count + 1))
        return NAMES_NONE;

    struct names_slot *slot = slot_of(names, names->slot, names->slots, text, length, hash);
    if (slot->number != 0)
        return slot->number - 1;

    if (names->count >= NAMES_NONE - 1 ||
        !array_reserve(&names->text, &names->capacity, (size_t)names->count + 1, sizeof *names->text))
        return NAMES_NONE;
    const char *stored = stored_text(names, text, length);
    if (!stored)
        return NAMES_NONE;
    names->text[names->count++] = stored;
    *slot = (struct names_slot){names->count, hash};
    if (is_new)
        *is_new = true;
    return names->count - 1;
}

uint32_t names_add(struct names *names, const char *text, size_t length, bool *is_new)
{
    return names_add_hashed(names, text, length, names_hash(text, length), is_new);
}

/* ---- packed sets ---- */

void names_pack(struct names *names)
{
    struct names_again *again = names->slot ? malloc(sizeof *again) : NULL;
    if (!again)
        return;
    atomic_init(&again->slot, NULL);
    again->slots = names->slots;
    free(names->slot);
    names->slot = NULL;
    names->slots = 0;
    names->again = again;
    const char **text = names->count > 0 ? realloc(names->text, names->count * sizeof *text) : NULL;
    if (!text)
        return;
    names->text = text;
    names->capacity = names->count;
}

/* The table of a packed set, or NULL: memory is out. */
static struct names_slot *table_again(const struct names *names)
{
    struct names_again *again = names->again;
    struct names_slot *slot = atomic_load(&again->slot), *first = NULL;
    if (slot || !(slot = array_new(again->slots, sizeof *slot)))
        return slot;
    put_all(slot, again->slots, names);
    if (atomic_compare_exchange_strong(&again->slot, &first, slot))
        return slot;
    free(slot);
    return first;
}

/* One after the other. */
static uint32_t find_slowly(const struct names *names, const char *text, size_t length)
{
    uint32_t n = 0;
    while (n < names->count && !same_name(names->text[n], text, length))
        n++;
    return n < names->count ? n : NAMES_NONE;
}

uint32_t names_find(const struct names *names, const char *text, size_t length)
{
    if (names->count == 0)
        return NAMES_NONE;
    struct names_slot *table = names->again ? table_again(names) : names->slot;
    if (!table)
        return find_slowly(names, text, length);
    size_t slots = names->again ? names->again->slots : names->slots;
    const struct names_slot *slot = slot_of(names, table, slots, text, length, names_hash(text, length));
    return slot->number == 0 ? NAMES_NONE : slot->number - 1;
}

void names_free(struct names *names)
{
    forget_again(names);
    free(names->text);
    free(names->slot);
    arena_free(&names->arena);
    *names = (struct names){0};
}

/* ---- the nearest name ---- */

enum { NEAREST_COUNT = 100000, NEAREST_LENGTH = 64 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The fewest insertions, deletions and changes of a byte that make b of a, neither longer than NEAREST_LENGTH.
 * Levenshtein's recurrence, one row kept. */
static size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t row[NEAREST_LENGTH + 1];
    for (size_t j = 0; j <= b_length; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t changed = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = least(changed, 1 + least(row[j], row[j - 1]));
        }
    }
    return row[b_length];
}

uint32_t names_nearest(const struct names *names, const char *text, size_t length)
{
    if (names->count > NEAREST_COUNT || length == 0 || length > NEAREST_LENGTH)
        return NAMES_NONE;
    char folded[NEAREST_LENGTH];
    for (size_t i = 0; i < length; i++)
        folded[i] = lower(text[i]);

    uint32_t nearest = NAMES_NONE;
    size_t allowed = (length + 1) / 3;
    for (uint32_t i = 0; i < names->count; i++) {
        size_t other = strlen(names->text[i]);
        if (other > length + allowed || other + allowed < length || other > NEAREST_LENGTH)
            continue;
        size_t distance = edit_distance(folded, length, names->text[i], other);
        if (distance > allowed || distance == 0)
            continue;
        nearest = i;
        allowed = distance - 1;
        if (allowed == 0)
            break;
    }
    return nearest;
}
