#include "drn/inputs.h"

#include "drn/drn_lanes.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

bool inputs_new(struct drn_inputs *inputs, size_t pixels, size_t samples)
{
    *inputs = (struct drn_inputs){.pixels = pixels, .capacity = groups_of(samples) * GROUP};
    inputs->volts = drn_lanes_new(pixels * inputs->capacity, sizeof(float));
    inputs->order = drn_lanes_new(pixels, sizeof *inputs->order);
    inputs->lit = drn_lanes_new((pixels + CHUNK - 1) / CHUNK, sizeof *inputs->lit);
    inputs->label = drn_lanes_new(inputs->capacity, 1);
    inputs->dark = drn_lanes_new(pixels, 1);
    if (inputs->volts && inputs->order && inputs->lit && inputs->label && inputs->dark)
        return true;
    inputs_free(inputs);
    return false;
}

bool inputs_see(struct drn_inputs *inputs, size_t places, size_t image_stride)
{
    inputs->places = places;
    inputs->image_stride = image_stride;
    inputs->image = drn_lanes_new(inputs->capacity * image_stride, sizeof(float));
    if (!inputs->image)
        inputs_free(inputs);
    return inputs->image;
}

static void make_image(struct drn_inputs *inputs)
{
    size_t places = inputs->places, channels = inputs->pixels / places;
    for (size_t b = 0; b < inputs->groups * GROUP; b++) {
        const float *volts = inputs->volts + b / GROUP * inputs->pixels * GROUP + b % GROUP;
        float *image = inputs->image + b * inputs->image_stride;
        for (size_t place = 0; place < places; place++, image += 2 * channels) {
            for (size_t c = 0; c < channels; c++) {
                image[c] = volts[(c * places + place) * GROUP];
                image[channels + c] = -image[c];
            }
        }
    }
}

void inputs_take(struct drn_inputs *inputs, const uint8_t *pixel, const uint8_t *label, const uint32_t *number,
                 size_t samples, double gain, double offset)
{
    assert(samples <= inputs->capacity);
    inputs->samples = samples;
    inputs->groups = groups_of(samples);
    static const float dark[256] = {0};
    float volts[256];
    for (int grey = 0; grey < 256; grey++)
        volts[grey] = (float)(gain * grey / 255 + offset);
    for (size_t s = 0; s < inputs->groups * GROUP; s++)
        inputs->label[s] = s < samples ? label[number[s]] : 0;
    for (size_t group = 0; group < inputs->groups; group++) {
        const uint8_t *image[GROUP];
        const float *table[GROUP];
        float *to = inputs->volts + group * inputs->pixels * GROUP;
        for (size_t b = 0; b < GROUP; b++) {
            size_t s = group * GROUP + b;
            image[b] = s < samples ? pixel + number[s] * inputs->pixels : inputs->dark;
            table[b] = s < samples ? volts : dark;
        }
        for (size_t p = 0; p < inputs->pixels; p++, to += GROUP) {
            for (int b = 0; b < GROUP; b++)
                to[b] = table[b][image[b][p]];
        }
    }
    inputs_sort(inputs);
    if (inputs->image)
        make_image(inputs);
}

static bool is_lit(const struct drn_inputs *inputs, size_t pixel)
{
    for (size_t group = 0; group < inputs->groups; group++) {
        const float *volts = inputs->volts + (group * inputs->pixels + pixel) * GROUP;
        if (volts[0] != 0 || volts[1] != 0 || volts[2] != 0 || volts[3] != 0)
            return true;
    }
    return false;
}

void inputs_sort(struct drn_inputs *inputs)
{
    for (size_t start = 0; start < inputs->pixels; start += CHUNK) {
        size_t end = start + CHUNK < inputs->pixels ? start + CHUNK : inputs->pixels;
        size_t lit = start, dark = end;
        for (size_t p = start; p < end; p++) {
            if (is_lit(inputs, p))
                inputs->order[lit++] = (uint32_t)p;
            else
                inputs->order[--dark] = (uint32_t)p;
        }
        inputs->lit[start / CHUNK] = lit - start;
    }
}

void inputs_free(struct drn_inputs *inputs)
{
    free(inputs->volts);
    free(inputs->order);
    free(inputs->lit);
    free(inputs->label);
    free(inputs->dark);
    free(inputs->image);
    *inputs = (struct drn_inputs){0};
}
