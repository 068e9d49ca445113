#include "drn/dataset.h"

#include "util/array.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { DIMENSIONS = 4, UNSIGNED_BYTES = 8 };

enum dataset_status dataset_wrong(const struct dataset_reading *reading, const char *format, ...)
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
static enum dataset_status damaged(const struct dataset_reading *reading, gzFile file)
{
    int code;
    const char *text = gzerror(file, &code);
    if (code == Z_ERRNO)
        text = strerror(errno);
    if (code == Z_OK || code == Z_BUF_ERROR)
        text = "ends too early";
    return code == Z_MEM_ERROR ? DATASET_NO_MEMORY : dataset_wrong(reading, "%s", text);
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

/* The dimensions of an array, the first one that of its images or labels. */
struct shape {
    size_t dimensions, dimension[DIMENSIONS];
};

/* The header: two zero bytes, the type, the number of dimensions, and each as four bytes, the most significant first.
 */
static enum dataset_status read_header(const struct dataset_reading *reading, gzFile file, bool images,
                                       struct shape *shape)
{
    uint8_t header[4], number[4];
    int64_t got = read_bytes(file, header, sizeof header);
    if (got < 0)
        return damaged(reading, file);
    if (got < 4 || header[0] || header[1] || header[2] != UNSIGNED_BYTES || header[3] == 0)
        return dataset_wrong(reading, "is no IDX file of bytes");
    if (images ? header[3] < 2 || header[3] > DIMENSIONS : header[3] != 1)
        return dataset_wrong(reading, "holds %s, not %s",
                             header[3] > DIMENSIONS ? "other data"
                             : header[3] == 1       ? "labels"
                                                    : "images",
                             images ? "images" : "labels");
    shape->dimensions = header[3];
    for (size_t d = 0; d < shape->dimensions; d++) {
        got = read_bytes(file, number, sizeof number);
        if (got < (int64_t)sizeof number)
            return got < 0 ? damaged(reading, file) : dataset_wrong(reading, "ends too early");
        shape->dimension[d] = whole_number(number);
    }
    return DATASET_OK;
}

/* The bytes behind the header, exactly as many as it says. Memory grows with what is really there: headers may lie. */
static enum dataset_status read_body(const struct dataset_reading *reading, gzFile file, size_t size, uint8_t **bytes)
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
        return dataset_wrong(reading, "ends too early: %zu bytes of data where its header says %zu", done, size);
    if (more > 0)
        return dataset_wrong(reading, "goes on behind the %zu bytes of data that its header says", size);
    return DATASET_OK;
}

/* *file is NULL where it cannot be opened. */
static enum dataset_status open_file(const struct dataset_reading *reading, gzFile *file)
{
    errno = 0;
    *file = gzopen(reading->path, "rbe");
    if (*file)
        return DATASET_OK;
    return errno && errno != ENOMEM ? dataset_wrong(reading, "cannot be read: %s", strerror(errno))
                                    : DATASET_NO_MEMORY;
}

/* Read a whole IDX file. */
static enum dataset_status read_idx(const struct dataset_reading *reading, bool images, struct shape *shape,
                                    uint8_t **bytes)
{
    gzFile file;
    enum dataset_status status = open_file(reading, &file);
    if (status != DATASET_OK)
        return status;
    status = read_header(reading, file, images, shape);
    size_t size = 1;
    for (size_t d = 0; status == DATASET_OK && d < shape->dimensions; d++) {
        if (shape->dimension[d] == 0)
            status = dataset_wrong(reading, "has no data");
        else if (shape->dimension[d] > ((size_t)1 << 40) / size)
            status = dataset_wrong(reading, "says that it has more data than there can be");
        else
            size *= shape->dimension[d];
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
    struct shape shape, labelled;
    const struct dataset_reading image_file = {images, why, size}, label_file = {labels, why, size};
    enum dataset_status status = read_idx(&image_file, true, &shape, &dataset->pixel);
    if (status == DATASET_OK)
        status = read_idx(&label_file, false, &labelled, &dataset->label);
    if (status == DATASET_OK && labelled.dimension[0] != shape.dimension[0])
        status = dataset_wrong(&label_file, "has %zu labels for the %zu images of %s", labelled.dimension[0],
                               shape.dimension[0], images);
    if (status != DATASET_OK) {
        dataset_free(dataset);
        return status;
    }
    dataset->count = shape.dimension[0];
    dataset->channels = shape.dimensions == DIMENSIONS ? shape.dimension[1] : 1;
    dataset->height = shape.dimensions > 2 ? shape.dimension[shape.dimensions - 2] : 1;
    dataset->width = shape.dimension[shape.dimensions - 1];
    return DATASET_OK;
}

/* ---- CIFAR -------------------------------------------------------------------------------------------------- */

enum { CIFAR_CHANNELS = 3, CIFAR_SIDE = 32, CIFAR_PIXELS = CIFAR_CHANNELS * CIFAR_SIDE * CIFAR_SIDE };

/* All records of a file behind those that the data set already has. */
struct cifar {
    size_t labels, classes; /* bytes of label of a record; the last one is below classes */
    size_t pixel_capacity, label_capacity;
};

/* One record; *more false at the end of the file. */
static enum dataset_status read_record(const struct dataset_reading *reading, gzFile file, size_t number,
                                       struct cifar *cifar, struct drn_dataset *dataset, bool *more)
{
    uint8_t label[2];
    size_t count = dataset->count;
    int64_t got = read_bytes(file, label, cifar->labels), pixels = 0;
    *more = got != 0;
    if (got == 0)
        return DATASET_OK;
    if (!array_reserve(&dataset->pixel, &cifar->pixel_capacity, (count + 1) * CIFAR_PIXELS, 1) ||
        !array_reserve(&dataset->label, &cifar->label_capacity, count + 1, 1))
        return DATASET_NO_MEMORY;
    if (got > 0)
        pixels = read_bytes(file, dataset->pixel + count * CIFAR_PIXELS, CIFAR_PIXELS);
    if (got < 0 || pixels < 0)
        return damaged(reading, file);
    if ((size_t)got < cifar->labels || pixels < CIFAR_PIXELS)
        return dataset_wrong(reading, "ends in the middle of image %zu: an image has %zu bytes", number,
                             cifar->labels + CIFAR_PIXELS);
    uint8_t last = label[cifar->labels - 1];
    if (last >= cifar->classes)
        return dataset_wrong(reading, "image %zu has the label %d: there are %zu classes, from 0", number, (int)last,
                             cifar->classes);
    dataset->label[count] = last;
    dataset->count++;
    return DATASET_OK;
}

static enum dataset_status read_records(const struct dataset_reading *reading, struct cifar *cifar,
                                        struct drn_dataset *dataset)
{
    gzFile file;
    enum dataset_status status = open_file(reading, &file);
    bool more = status == DATASET_OK;
    size_t number = 0;
    while (status == DATASET_OK && more)
        status = read_record(reading, file, number++, cifar, dataset, &more);
    if (status == DATASET_OK && number == 1)
        status = dataset_wrong(reading, "has no data");
    if (file)
        gzclose_r(file);
    return status;
}

enum dataset_status dataset_read_cifar(struct drn_dataset *dataset, const char *const *paths, size_t files,
                                       size_t labels, size_t classes, char *why, size_t size)
{
    struct cifar cifar = {.labels = labels, .classes = classes};
    enum dataset_status status = DATASET_OK;
    *dataset = (struct drn_dataset){.channels = CIFAR_CHANNELS, .height = CIFAR_SIDE, .width = CIFAR_SIDE};
    for (size_t f = 0; f < files && status == DATASET_OK; f++)
        status = read_records(&(struct dataset_reading){paths[f], why, size}, &cifar, dataset);
    if (status != DATASET_OK)
        dataset_free(dataset);
    return status;
}

/* ---- what is read ------------------------------------------------------------------------------------------- */

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
