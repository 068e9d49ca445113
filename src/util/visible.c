#include "util/visible.h"

#include <stdint.h>
#include <string.h>

/* Bytes of the UTF-8 character that begins so; 0: none does. */
static size_t character_length(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        return 2;
    if (first >= 0xe0 && first <= 0xef)
        return 3;
    return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

/* How many of the bytes that follow the first belong to its character. */
static size_t continued(const char *bytes, size_t length)
{
    size_t count = 0;
    while (count < length && ((unsigned char)bytes[count] & 0xc0) == 0x80)
        count++;
    return count;
}

static bool is_control(unsigned char byte)
{
    bool is_layout = byte == '\t' || byte == '\n' || byte == '\f';
    return (byte < ' ' && !is_layout) || (byte >= 0x7f && byte <= 0x9f);
}

/* Are eight bytes all from the blank to the tilde? In no byte is then the highest bit set, nor by adding 1 (of DEL) or
 * taking a blank away (of C0). */
static bool eight_are_plain(const char *bytes)
{
    const uint64_t ones = UINT64_MAX / 0xff;
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return ((word | (word + ones) | (word - ones * ' ')) & (ones << 7)) == 0;
}

/* Nothing to do for so many bytes. */
static size_t plain(const char *bytes, size_t length)
{
    const char *at = bytes, *end = bytes + length;
    while (at < end) {
        if (end - at >= 8 && eight_are_plain(at))
            at += 8;
        else if ((unsigned char)*at < 0x7f && !is_control((unsigned char)*at))
            at++;
        else
            break;
    }
    return (size_t)(at - bytes);
}

size_t visible_make(char *bytes, size_t length, size_t *whole)
{
    size_t at = plain(bytes, length), made = at;
    while (at < length) {
        unsigned char first = (unsigned char)bytes[at];
        size_t size = character_length(first), have = size > 0 ? 1 + continued(bytes + at + 1, length - at - 1) : 1;
        if (whole && have < size && at + have == length)
            break;
        if (size == 0 || have < size)
            size = 1; /* a byte of another encoding */
        bool hidden = size == 1 ? is_control(first) : first == 0xc2 && (unsigned char)bytes[at + 1] <= 0x9f;
        if (hidden)
            bytes[made++] = '?';
        else
            for (size_t b = 0; b < size; b++)
                bytes[made++] = bytes[at + b];
        at += size;
        size_t further = plain(bytes + at, length - at);
        memmove(bytes + made, bytes + at, further);
        made += further;
        at += further;
    }
    if (whole)
        *whole = made;
    memmove(bytes + made, bytes + at, length - at);
    return made + (length - at);
}
