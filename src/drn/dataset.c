#include "drn/dataset.h"

#include "util/array.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum { HEADER_LIMIT = 16, UNSIGNED_BYTES = 8 };

/* Where what is wrong is said. */
struct reading {
    const char *path;
    char *why;
    size_t size;
};

__attribute__((format(printf, 2, 3)))
static enum dataset_status wrong(const struct reading *reading,
                                                                       const char *format, ...)
{
    int length = snprintf(reading->why, reading->size, "%s: ", reading->path);
    size_t used = length < 0 ? 0 : (size_t)length < reading->size ? (size_t)length : reading->size - 1;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reading->why + used, reading->size - used, format, arguments);
    va_end(arguments);
    return DATASET_WRONG;
}

/* What zlib says of a file that could not be read to its end. */
static enum dataset_status damaged(const struct reading *reading, gzFile file)
{
    int code;
    const char *text = gzerror(file, &code);
    if (code == Z_ERRNO)
        text = strerror(errno);
    return code == Z_MEM_ERROR ? DATASET_NO_MEMORY
                               : wrong(reading, "%s", code == Z_OK || code == Z_BUF_ERROR ? "ends too early" : text);
}

/* Up to size bytes, less than 2^31; fewer at the end of the file. -1 when the file is damaged. */
static int64_t read_bytes(gzFile file, uint8_t *to, size_t size)
{
    size_t done = 0;
    while (done < size) {
        int got = gzread(file, to + done, (unsigned)(size - done));
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        done += (size_t)got;
    }
    int code;
    gzerror(file, &code);
    return code == Z_OK || code == Z_STREAM_END ? (int64_t)done : -1;
}

static size_t whole_number(const uint8_t bytes[4])
{
    return (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
}

/* The header: two zero bytes, the type, the number of dimensions, and each as four bytes, the most significant first.
 */
static enum dataset_status read_header(const struct reading *reading, gzFile file, size_t dimensions, size_t *dimension)
{
    uint8_t header[HEADER_LIMIT];
    size_t length = 4 + 4 * dimensions;
    int64_t got = read_bytes(file, header, length);
    if (got < 0)
        return damaged(reading, file);
    if (got < 4 || header[0] || header[1] || header[2] != UNSIGNED_BYTES || header[3] == 0)
        return wrong(reading, "is no IDX file of bytes");
    if (header[3] != dimensions)
        return wrong(reading, "holds %s, not %s",
                     header[3] == 1   ? "labels"
                     : header[3] == 3 ? "images"
                                      : "other data",
                     dimensions == 1 ? "labels" : "images");
    if ((size_t)got < length)
        return wrong(reading, "ends too early");
    for (size_t d = 0; d < dimensions; d++)
        dimension[d] = whole_number(header + 4 + 4 * d);
    return DATASET_OK;
}

/* The bytes behind the header, exactly as many as it says. Memory grows with what is really there: headers may lie. */
static enum dataset_status read_body(const struct reading *reading, gzFile file, size_t size, uint8_t **bytes)
{
    enum { PIECE = 1 << 22 };
    size_t capacity = 0, done = 0;
    uint8_t beyond;
    int64_t got = 1;
    while (done < size && got > 0) {
        size_t piece = size - done < PIECE ? size - done : PIECE;
        if (!array_reserve(bytes, &capacity, done + piece, 1))
            return DATASET_NO_MEMORY;
        got = read_bytes(file, *bytes + done, piece);
        done += got > 0 ? (size_t)got : 0;
    }
    int64_t more = done < size ? 0 : read_bytes(file, &beyond, 1);
    if (got < 0 || more < 0)
        return damaged(reading, file);
    if (done < size)
        return wrong(reading, "ends too early: %zu bytes of data where its header says %zu", done, size);
    if (more > 0)
        return wrong(reading, "goes on behind the %zu bytes of data that its header says", size);
    return DATASET_OK;
}

/* Read a whole IDX file. */
static enum dataset_status read_idx(const struct reading *reading, size_t dimensions, size_t *dimension,
                                    uint8_t **bytes)
{
    errno = 0;
    gzFile file = gzopen(reading->path, "rbe");
    if (!file)
        return errno && errno != ENOMEM ? wrong(reading, "cannot be read: %s", strerror(errno)) : DATASET_NO_MEMORY;
    enum dataset_status status = read_header(reading, file, dimensions, dimension);
    size_t size = 1;
    for (size_t d = 0; d < dimensions && status == DATASET_OK; d++) {
        if (dimension[d] == 0)
            status = wrong(reading, "has no data");
        else if (dimension[d] > ((size_t)1 << 40) / size)
            status = wrong(reading, "says that it has more data than there can be");
        else
            size *= dimension[d];
    }
    if (status == DATASET_OK)
        status = read_body(reading, file, size, bytes);
    gzclose_r(file);
    return status;
}

enum dataset_status dataset_read(struct drn_dataset *dataset, const char *images, const char *labels, char *why,
                                 size_t size)
{
    *dataset = (struct drn_dataset){0};
    size_t shape[3], count;
    const struct reading image_file = {images, why, size}, label_file = {labels, why, size};
    enum dataset_status status = read_idx(&image_file, 3, shape, &dataset->pixel);
    if (status == DATASET_OK)
        status = read_idx(&label_file, 1, &count, &dataset->label);
    if (status == DATASET_OK && count != shape[0])
        status = wrong(&label_file, "has %zu labels for the %zu images of %s", count, shape[0], images);
    if (status != DATASET_OK) {
        dataset_free(dataset);
        return status;
    }
    dataset->count = shape[0];
    dataset->height = shape[1];
    dataset->width = shape[2];
    return DATASET_OK;
}

char *dataset_find(const char *folder, const char *name, bool *out_of_memory)
{
    size_t size = strlen(folder) + strlen(name) + sizeof "/.gz";
    char *path = malloc(size);
    *out_of_memory = !path;
    for (int form = 0; form < 4 && path; form++) {
        snprintf(path, size, "%s/%s%s", folder, name, form % 2 ? ".gz" : "");
        char *dash = strstr(path + strlen(folder), "-idx");
        if (form >= 2 && dash)
            *dash = '.';
        if (access(path, F_OK) == 0)
            return path;
    }
    free(path);
    return NULL;
}

uint8_t dataset_largest_label(const struct drn_dataset *dataset)
{
    uint8_t largest = 0;
    for (size_t n = 0; n < dataset->count; n++)
        largest = dataset->label[n] > largest ? dataset->label[n] : largest;
    return largest;
}

void dataset_free(struct drn_dataset *dataset)
{
    free(dataset->pixel);
    free(dataset->label);
    *dataset = (struct drn_dataset){0};
}
