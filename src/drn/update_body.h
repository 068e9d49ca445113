/* Parts of kernels: how vectors of elements are moved (update.h). */
#ifndef OPSPICE_DRN_UPDATE_BODY_H
#define OPSPICE_DRN_UPDATE_BODY_H

#include "drn/drn_vectors.h"
#include "drn/update.h"

/* Where a vector of elements is kept, and what tells its random numbers from others: the number of a row of its layer,
 * and of its first element in that row. */
struct drn_update_place {
    float *memory[DRN_MEMORIES]; /* NULL: not kept */
    uint64_t row;
    uint32_t column;
};

typedef uint32_t drn_lanes_bits __attribute__((vector_size(sizeof(drn_lanes)), may_alias));

/* chosen where the mask is -1, other where it is 0 */
DRN_LANES_INLINE drn_lanes drn_update_choose(drn_lanes_mask mask, drn_lanes chosen, drn_lanes other)
{
    return (drn_lanes)(((drn_lanes_mask)chosen & mask) | ((drn_lanes_mask)other & ~mask));
}

DRN_LANES_INLINE drn_lanes drn_update_between(drn_lanes v, float least, float most)
{
    drn_lanes low = least + (drn_lanes){0}, high = most + (drn_lanes){0};
    v = drn_update_choose(v < low, low, v);
    return drn_update_choose(v > high, high, v);
}

/* Towards 0, of what is small enough for int32_t. */
DRN_LANES_INLINE drn_lanes drn_update_truncated(drn_lanes v)
{
    return __builtin_convertvector(__builtin_convertvector(v, drn_lanes_mask), drn_lanes);
}

/* sqrt(v) of 0 or more, within a few last places, with the operations that vectors have: Newton's iteration for 1 /
 * sqrt(v) from a guess by the exponent (Lomont 2003). */
DRN_LANES_INLINE drn_lanes drn_update_root(drn_lanes v)
{
    drn_lanes inverse = (drn_lanes)(0x5f375a86 - ((drn_lanes_mask)v >> 1));
    DRN_LANES_UNROLL
    for (int n = 0; n < 3; n++)
        inverse *= 1.5f - 0.5f * v * inverse * inverse;
    return v * inverse;
}

/* 32 bits of each lane well mixed. Source: Appleby, MurmurHash3. */
DRN_LANES_INLINE drn_lanes_bits drn_update_mixed_lanes(drn_lanes_bits bits)
{
    bits = (bits ^ bits >> 16) * 0x85ebca6bu;
    bits = (bits ^ bits >> 13) * 0xc2b2ae35u;
    return bits ^ bits >> 16;
}

/* Numbers of mean 0 and deviation 1, near enough to normal: sums of eight uniform ones. The same for a key and an
 * element, whoever asks for them and when. */
DRN_LANES_INLINE drn_lanes drn_update_random(uint64_t key, const struct drn_update_place *place)
{
    const float mean = 8 * 127.5f, per_deviation = 1 / 209.0231646f; /* of eight bytes; sqrt(8 (256^2 - 1) / 12) */
    uint64_t row = drn_update_mixed(key + drn_update_mixed(place->row));
    drn_lanes_bits number, low = 0x00ff00ff + (drn_lanes_bits){0};
    DRN_LANES_UNROLL
    for (uint32_t l = 0; l < DRN_LANE_COUNT; l++)
        number[l] = place->column + l;
    drn_lanes_bits first = drn_update_mixed_lanes(number * 0x9e3779b9u + (uint32_t)row);
    drn_lanes_bits second = drn_update_mixed_lanes(first ^ (uint32_t)(row >> 32));
    drn_lanes_bits sum = (first & low) + (first >> 8 & low) + (second & low) + (second >> 8 & low);
    sum = (sum & 0xffff) + (sum >> 16);
    return (__builtin_convertvector((drn_lanes_mask)sum, drn_lanes) - mean) * per_deviation;
}

DRN_LANES_INLINE drn_lanes drn_update_adam(const struct drn_update *update, drn_lanes gradient,
                                           const struct drn_update_place *place)
{
    drn_lanes *moment = drn_lanes_at(place->memory[DRN_VELOCITY]), *square = drn_lanes_at(place->memory[DRN_SQUARE]);
    *moment = update->keep * *moment + (1 - update->keep) * gradient;
    *square = update->keep_square * *square + (1 - update->keep_square) * gradient * gradient;
    return (float)update->rate * *moment / (update->square_scale * drn_update_root(*square) + update->epsilon);
}

/* What the optimiser takes from elements under a gradient. general: update->general, which the compiler may then know.
 */
DRN_LANES_INLINE drn_lanes drn_update_step(const struct drn_update *update, bool general, drn_lanes gradient,
                                           const struct drn_update_place *place)
{
    if (general && update->adam)
        return drn_update_adam(update, gradient, place);
    if (place->memory[DRN_VELOCITY]) {
        drn_lanes *velocity = drn_lanes_at(place->memory[DRN_VELOCITY]);
        gradient = *velocity = update->momentum * *velocity + gradient;
    }
    return (float)update->rate * gradient;
}

/* What devices that hold g hold after they were to become g - step. */
DRN_LANES_INLINE drn_lanes drn_update_programmed(const struct drn_update *update, drn_lanes g, drn_lanes step,
                                                 const struct drn_update_place *place)
{
    drn_lanes target;
    if (place->memory[DRN_PENDING]) {
        float per_level = 1 / update->level, last = update->levels - 1;
        drn_lanes *pending = drn_lanes_at(place->memory[DRN_PENDING]);
        *pending -= step;
        drn_lanes written = drn_update_truncated(drn_update_between(*pending * per_level, -last, last));
        *pending -= written * update->level;
        drn_lanes held = drn_update_truncated((g - update->floor) * per_level + 0.5f);
        target = update->floor + drn_update_between(held + written, 0, last) * update->level;
        target = drn_update_choose(written == 0, g, target);
    } else {
        target = drn_update_between(g - step, update->floor, update->ceiling);
    }
    if (update->noise > 0) {
        target += update->noise * drn_update_random(update->key, place) * (target - g);
        target = drn_update_between(target, update->floor, update->ceiling);
    }
    return target;
}

/* What becomes of elements g by a step; for gradient descent alone: max(0, g - step). */
DRN_LANES_INLINE drn_lanes drn_update_written(const struct drn_update *update, bool general, drn_lanes g,
                                              drn_lanes step, const struct drn_update_place *place)
{
    if (general)
        return drn_update_programmed(update, g, step, place);
    drn_lanes moved = g - step;
    return (drn_lanes)((drn_lanes_mask)moved & ~((drn_lanes_mask)moved >> 31));
}

/* Both: what becomes of elements g under a gradient. */
DRN_LANES_INLINE drn_lanes drn_update_moved(const struct drn_update *update, bool general, drn_lanes g,
                                            drn_lanes gradient, const struct drn_update_place *place)
{
    return drn_update_written(update, general, g, drn_update_step(update, general, gradient, place), place);
}

/* The memories of a vector of elements, `at` elements from the beginning of each. */
DRN_LANES_INLINE struct drn_update_place drn_update_place_of(float *const memory[DRN_MEMORIES], size_t at, uint64_t row,
                                                             uint32_t column)
{
    struct drn_update_place place = {.row = row, .column = column};
    DRN_LANES_UNROLL
    for (int m = 0; m < DRN_MEMORIES; m++)
        place.memory[m] = memory[m] ? memory[m] + at : NULL;
    return place;
}

#endif
