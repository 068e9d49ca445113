#include "write/png.h"

#include "util/array.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { SIGNATURE = 8, HEADER = 13, PALETTE = 768, CHUNK = 12 }; /* bytes; CHUNK: of a chunk beside its data */

static unsigned char *put_number(unsigned char *at, uint32_t number)
{
    for (int byte = 0; byte < 4; byte++)
        *at++ = (unsigned char)(number >> (24 - 8 * byte));
    return at;
}

/* A chunk whose data stand at at + 8 already. Returns its end. */
static unsigned char *end_chunk(unsigned char *at, const char *type, size_t length)
{
    put_number(at, (uint32_t)length);
    memcpy(at + 4, type, 4);
    return put_number(at + 8 + length, (uint32_t)crc32(crc32(0, NULL, 0), at + 4, (uInt)length + 4));
}

/* The rows, each behind a byte that says how it is filtered: by the row above, which suits what changes little. */
static unsigned char *filtered(const uint8_t *pixel, uint32_t width, uint32_t height)
{
    enum { UP = 2 };
    unsigned char *row = array_new((size_t)width + 1, height), *to = row;
    for (uint32_t y = 0; row && y < height; y++, pixel += width) {
        *to++ = UP;
        for (uint32_t x = 0; x < width; x++)
            *to++ = (unsigned char)(pixel[x] - (y > 0 ? pixel[x - (size_t)width] : 0));
    }
    return row;
}

unsigned char *png_of(const uint8_t *pixel, uint32_t width, uint32_t height, const uint8_t palette[256][3],
                      size_t *size)
{
    static const unsigned char signature[SIGNATURE] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    static const unsigned char kind[] = {8, 3, 0, 0, 0}; /* bits, palette, deflated, filtered, not interlaced */
    uLong raw = (uLong)(width + 1) * height;
    uLongf packed = compressBound(raw);
    unsigned char *rows = filtered(pixel, width, height);
    unsigned char *png = array_new(SIGNATURE + HEADER + PALETTE + 1 + packed + 5 * CHUNK, 1), *at = png;
    bool done = rows && png;
    if (done) {
        memcpy(at, signature, SIGNATURE);
        at += SIGNATURE;
        memcpy(put_number(put_number(at + 8, width), height), kind, sizeof kind);
        at = end_chunk(at, "IHDR", HEADER);
        memcpy(at + 8, palette, PALETTE);
        at = end_chunk(at, "PLTE", PALETTE);
        at[8] = 0;
        at = end_chunk(at, "tRNS", 1);
        done = compress2(at + 8, &packed, rows, raw, Z_DEFAULT_COMPRESSION) == Z_OK;
    }
    if (done) {
        at = end_chunk(at, "IDAT", packed);
        at = end_chunk(at, "IEND", 0);
    } else {
        free(png);
    }
    free(rows);
    *size = done ? (size_t)(at - png) : 0;
    return done ? png : NULL;
}
