#include "util/names.h"

#include "util/array.h"
#include "util/letters.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

/* A name is stored in lower case and padded with NULs to whole words of eight bytes. A name asked for is folded word
 * by word as it is read, so that hashing and comparing go by words and nothing is copied. */

enum { WORD = 8, FIRST_SLOTS = 64 };

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
static uint32_t hash_of(const char *text, size_t length)
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

static bool same_name(const char *stored, const char *text, size_t length)
{
    uint64_t word;
    if (length < WORD) {
        memcpy(&word, stored, WORD);
        return word == only_word(text, length);
    }
    for (; length > WORD; text += WORD, stored += WORD, length -= WORD) {
        memcpy(&word, stored, WORD);
        if (word != whole_word(text))
            return false;
    }
    memcpy(&word, stored, WORD);
    return word == last_word(text, length) && (length < WORD || stored[WORD] == '\0');
}

/* ---- the set ---- */

/* The slot that holds the name, or the free slot where it belongs. */
static struct names_slot *slot_of(const struct names *names, const char *text, size_t length, uint32_t hash)
{
    for (size_t at = hash & (names->slots - 1);; at = (at + 1) & (names->slots - 1)) {
        struct names_slot *slot = &names->slot[at];
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

/* Make room for count names. */
static bool grow(struct names *names, size_t count)
{
    size_t slots = names->slots ? names->slots : FIRST_SLOTS;
    while (!enough_slots(slots, count))
        slots *= 2;
    struct names_slot *slot = array_new(slots, sizeof *slot);
    if (!slot)
        return false;
    for (size_t i = 0; i < names->slots; i++) {
        size_t at = names->slot[i].hash & (slots - 1);
        if (names->slot[i].number == 0)
            continue;
        while (slot[at].number != 0)
            at = (at + 1) & (slots - 1);
        slot[at] = names->slot[i];
    }
    free(names->slot);
    names->slot = slot;
    names->slots = slots;
    return true;
}

/* A copy in lower case, padded to whole words, at least one of its bytes a NUL. */
static const char *stored_text(struct arena *arena, const char *text, size_t length)
{
    char *stored = length <= SIZE_MAX - WORD ? arena_alloc(arena, length / WORD * WORD + WORD) : NULL;
    if (!stored)
        return NULL;
    char *at = stored;
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

uint32_t names_add(struct names *names, const char *text, size_t length, bool *is_new)
{
    if (is_new)
        *is_new = false;
    if (!enough_slots(names->slots, (size_t)names->count + 1) && !grow(names, (size_t)names->count + 1))
        return NAMES_NONE;

    uint32_t hash = hash_of(text, length);
    struct names_slot *slot = slot_of(names, text, length, hash);
    if (slot->number != 0)
        return slot->number - 1;

    if (names->count >= NAMES_NONE - 1 ||
        !array_reserve(&names->text, &names->capacity, (size_t)names->count + 1, sizeof *names->text))
        return NAMES_NONE;
    const char *stored = stored_text(&names->arena, text, length);
    if (!stored)
        return NAMES_NONE;
    names->text[names->count++] = stored;
    *slot = (struct names_slot){names->count, hash};
    if (is_new)
        *is_new = true;
    return names->count - 1;
}

uint32_t names_find(const struct names *names, const char *text, size_t length)
{
    if (names->count == 0)
        return NAMES_NONE;
    const struct names_slot *slot = slot_of(names, text, length, hash_of(text, length));
    return slot->number == 0 ? NAMES_NONE : slot->number - 1;
}

void names_free(struct names *names)
{
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
