/* The kernels of convolution.h for vectors of DRN_LANE_COUNT floats. */
#ifndef OPSPICE_DRN_CONVOLUTION_BODY_H
#define OPSPICE_DRN_CONVOLUTION_BODY_H

#include "drn/convolution.h"
#include "drn/drn_vectors.h"
#include <string.h>

/* Places, and rows of a gradient, worked on together: as many as have their sums in the processor's registers, and
 * enough to hide the time that one takes. */
enum { PLACES = DRN_LANE_COUNT == 16 ? DRN_CONVOLUTION_BLOCK : 4, ROWS = DRN_LANE_COUNT == 16 ? 8 : 4 };

/* Vectors at any place: channels need not be a multiple of a vector's length. */
typedef float drn_loose __attribute__((vector_size(4 * DRN_LANE_COUNT), may_alias, aligned(4)));

/* ---- currents ----------------------------------------------------------------------------------------------- */

/* Where the taps of a block's places find their potentials; false where all see ground. */
DRN_LANES_INLINE bool find_sources(const struct drn_place_sums *sums, const float *v, size_t first,
                                   size_t places, size_t tap, const float *source[PLACES])
{
    bool any = false;
    for (size_t b = 0; b < PLACES; b++) {
        int32_t place = b < places ? sums->place[(first + b) * sums->taps + tap] : DRN_NO_PLACE;
        source[b] = place == DRN_NO_PLACE ? sums->ground : v + (size_t)place * sums->depth;
        any = any || place != DRN_NO_PLACE;
    }
    return any;
}

/* The sums of one block of places in one strip of channels, added to in[PLACES]. */
DRN_LANES_INLINE void add_block(const struct drn_place_sums *sums, const float *v, size_t first, size_t places,
                                const float *g, float *const *in)
{
    drn_loose sum[PLACES][STRIP_VECTORS];
    DRN_LANES_UNROLL
    for (int b = 0; b < PLACES; b++) {
        DRN_LANES_UNROLL
        for (int h = 0; h < STRIP_VECTORS; h++)
            sum[b][h] = ((const drn_loose *)(const void *)in[b])[h];
    }
    for (size_t tap = 0; tap < sums->taps; tap++, g += sums->depth * STRIP) {
        const float *source[PLACES];
        if (!find_sources(sums, v, first, places, tap, source))
            continue;
        for (size_t i = 0; i < sums->depth; i++) {
            const drn_loose *row = (const drn_loose *)(const void *)(g + i * STRIP);
            drn_loose here[STRIP_VECTORS];
            DRN_LANES_UNROLL
            for (int h = 0; h < STRIP_VECTORS; h++)
                here[h] = row[h];
            DRN_LANES_UNROLL
            for (int b = 0; b < PLACES; b++) {
                DRN_LANES_UNROLL
                for (int h = 0; h < STRIP_VECTORS; h++)
                    sum[b][h] += source[b][i] * here[h];
            }
        }
    }
    DRN_LANES_UNROLL
    for (int b = 0; b < PLACES; b++) {
        DRN_LANES_UNROLL
        for (int h = 0; h < STRIP_VECTORS; h++)
            ((drn_loose *)(void *)in[b])[h] = sum[b][h];
    }
}

/* All blocks of a sample in one strip; its channels may be fewer than STRIP, and the last block's places than PLACES.
 * */
DRN_LANES_INLINE void add_strip(const struct drn_place_sums *sums, const float *v, float *in, size_t strip,
                                size_t from, size_t to)
{
    const float *g = sums->g + strip * sums->taps * sums->depth * STRIP;
    size_t left = sums->breadth - strip * STRIP, channels = left < STRIP ? left : STRIP;
    for (size_t first = from; first < to; first += PLACES) {
        size_t places = to - first < PLACES ? to - first : PLACES;
        float copy[PLACES][STRIP] = {{0}}, *block[PLACES];
        bool whole = channels == STRIP;
        for (size_t b = 0; b < PLACES; b++) {
            float *at = in + (first + b) * sums->breadth + strip * STRIP;
            block[b] = whole && b < places ? at : copy[b];
            if (!whole && b < places)
                memcpy(copy[b], at, channels * sizeof(float));
        }
        add_block(sums, v, first, places, g, block);
        for (size_t b = 0; b < places && !whole; b++)
            memcpy(in + (first + b) * sums->breadth + strip * STRIP, copy[b], channels * sizeof(float));
    }
}

DRN_TARGET
static void convolve(const struct drn_place_sums *sums, const struct drn_convolution *pass, size_t from, size_t to)
{
    for (size_t b = 0; b < pass->samples; b++) {
        for (size_t strip = 0; strip < drn_convolution_strips(sums->breadth); strip++)
            add_strip(sums, pass->v + b * pass->v_stride, pass->in + b * pass->in_stride, strip, from, to);
    }
}

/* The same where each channel is joined to itself alone, by one conductance. */
DRN_TARGET
static void pool(const struct drn_place_sums *sums, const struct drn_convolution *pass, size_t from, size_t to)
{
    size_t channels = sums->breadth;
    float g = pass->connection->conductance;
    for (size_t b = 0; b < pass->samples; b++) {
        for (size_t place = from; place < to; place++) {
            float *in = pass->in + b * pass->in_stride + place * channels;
            for (size_t tap = 0; tap < sums->taps; tap++) {
                int32_t other = sums->place[place * sums->taps + tap];
                if (other == DRN_NO_PLACE)
                    continue;
                const float *v = pass->v + b * pass->v_stride + (size_t)other * channels;
                size_t c = 0;
                for (; c + DRN_LANE_COUNT <= channels; c += DRN_LANE_COUNT)
                    *(drn_loose *)(void *)(in + c) += g * *(const drn_loose *)(const void *)(v + c);
                for (; c < channels; c++)
                    in[c] += g * v[c];
            }
        }
    }
}

/* ---- gradient ----------------------------------------------------------------------------------------------- */

/* Up to ROWS rows of one tap in one strip: their gradients over all places of a sample, added to sum. */
DRN_LANES_INLINE void correlate_places(const struct drn_convolution_gradient *pass, size_t sample, size_t tap,
                                       size_t channel, size_t strip, int rows, drn_loose sum[ROWS][STRIP_VECTORS])
{
    const struct drn_connection *connection = pass->connection;
    size_t channels = connection->channels_below, here = connection->columns, left = here - strip * STRIP;
    const float *here_d = pass->here_d + sample * pass->here_stride + strip * STRIP;
    const float *here_s = pass->here_s + sample * pass->here_stride + strip * STRIP;
    for (size_t place = 0; place < connection->places_here; place++, here_d += here, here_s += here) {
        int32_t other = connection->tap_below[place * connection->taps + tap];
        const float *d = connection->ground, *s = connection->ground;
        if (other != DRN_NO_PLACE) {
            size_t at = sample * pass->below_stride + (size_t)other * channels + channel;
            d = pass->below_d ? pass->below_d + at : d;
            s = pass->below_s + at;
        }
        drn_loose nudged[STRIP_VECTORS], mean[STRIP_VECTORS];
        if (left >= STRIP) {
            memcpy(nudged, here_d, sizeof nudged);
            memcpy(mean, here_s, sizeof mean);
        } else {
            float part[2][STRIP] = {{0}};
            memcpy(part[0], here_d, left * sizeof(float));
            memcpy(part[1], here_s, left * sizeof(float));
            memcpy(nudged, part[0], sizeof nudged);
            memcpy(mean, part[1], sizeof mean);
        }
        DRN_LANES_UNROLL
        for (int h = 0; h < STRIP_VECTORS; h++) {
            nudged[h] *= pass->sign; /* both signs turned round: the same products */
            mean[h] *= pass->sign;
        }
        DRN_LANES_UNROLL
        for (int r = 0; r < rows; r++) {
            DRN_LANES_UNROLL
            for (int h = 0; h < STRIP_VECTORS; h++)
                sum[r][h] += (d[r] - nudged[h]) * (s[r] - mean[h]);
        }
    }
}

/* The same over all samples, stored. */
DRN_LANES_INLINE void gradient_of_rows(const struct drn_convolution_gradient *pass, size_t tap, size_t channel,
                                       size_t strip, int rows)
{
    const struct drn_connection *connection = pass->connection;
    float mean = (float)(1 / (double)pass->samples);
    drn_loose sum[ROWS][STRIP_VECTORS];
    memset(sum, 0, sizeof sum);
    for (size_t b = 0; b < pass->samples; b++)
        correlate_places(pass, b, tap, channel, strip, rows, sum);
    size_t row = tap * connection->channels_below + channel;
    drn_loose *gradient = (drn_loose *)(void *)(pass->gradient + drn_convolution_at(connection, row, strip * STRIP));
    size_t left = connection->columns - strip * STRIP;
    for (int r = 0; r < rows; r++) {
        for (int h = 0; h < STRIP_VECTORS; h++)
            gradient[r * STRIP_VECTORS + h] = mean * sum[r][h];
        for (size_t c = left; c < STRIP; c++) /* beyond the last column there is nothing */
            pass->gradient[drn_convolution_at(connection, row + (size_t)r, strip * STRIP + c)] = 0;
    }
}

DRN_TARGET
static void convolution_gradient(const struct drn_convolution_gradient *pass, size_t tap, size_t strip)
{
    size_t channels = pass->connection->channels_below, channel = 0;
    for (; channel + ROWS <= channels; channel += ROWS)
        gradient_of_rows(pass, tap, channel, strip, ROWS);
    for (; channel < channels; channel++)
        gradient_of_rows(pass, tap, channel, strip, 1);
}

#endif
