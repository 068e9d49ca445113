/* A mini-batch's images as the potentials of the input layer.
 *
 * Samples are worked on in groups of GROUP; the last group is filled up with dark images, which are counted nowhere.
 * Pixels are worked on in chunks; those that are dark in all samples of the batch stand behind the others. */
#ifndef OPSPICE_DRN_INPUTS_H
#define OPSPICE_DRN_INPUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GROUP = 4, CHUNK = 64 };

static inline size_t groups_of(size_t samples)
{
    return (samples + GROUP - 1) / GROUP;
}

struct drn_inputs {
    size_t pixels, capacity; /* capacity: samples, a multiple of GROUP */
    size_t samples, groups;  /* that are there now */
    float *volts;            /* [groups][pixels][GROUP] of +x; -x is their negative */
    uint32_t *order;         /* [pixels] pixel numbers, chunk by chunk */
    size_t *lit;             /* [chunks] how many of a chunk are lit in some sample */
    uint8_t *label;          /* [capacity] */
    uint8_t *dark;           /* [pixels] an image without light */
    /* For a network that sees an image: +x and -x of a place's channels side by side, V: [capacity][image_stride]. */
    float *image;
    size_t places, image_stride;
};

/* Room for `samples` images. False when memory is out. */
bool inputs_new(struct drn_inputs *inputs, size_t pixels, size_t samples);

/* Room for `image` too, whose pixels are given channel by channel, each of so many places. False when memory is out,
 * and all room is freed. */
bool inputs_see(struct drn_inputs *inputs, size_t places, size_t image_stride);

/* Take the images number[0..samples) of pixel[][pixels] (0 ... 255) and their labels; a pixel of 0 becomes offset
 * volts, one of 255 gain volts more; what fills the last group is 0 V. */
void inputs_take(struct drn_inputs *inputs, const uint8_t *pixel, const uint8_t *label, const uint32_t *number,
                 size_t samples, double gain, double offset);

/* Find the lit pixels, after `volts` were set. */
void inputs_sort(struct drn_inputs *inputs);

/* Safe on a zeroed struct; leaves it zeroed. */
void inputs_free(struct drn_inputs *inputs);

#endif
