/* The table of kernels for vectors of DRN_LANE_COUNT floats. */
#ifndef OPSPICE_DRN_KERNELS_BODY_H
#define OPSPICE_DRN_KERNELS_BODY_H

#include "drn/convolution_body.h"
#include "drn/drn_dense_body.h"
#include "drn/drn_kernels_widths.h"
#include "drn/input_layer_body.h"
#include "drn/update_body.h"

/* Values [from, to) that stand alone, such as biases, under their gradients: multiples of STRIP. */
DRN_TARGET
static void move_all(const struct drn_update *update, float *const memory[DRN_MEMORIES], const float *gradient,
                     float *value, size_t from, size_t to)
{
    for (size_t n = from; n < to; n += DRN_LANE_COUNT) {
        const struct drn_update_place place = drn_update_place_of(memory, n, 0, (uint32_t)n);
        *drn_lanes_at(value + n) = drn_update_moved(update, update->general, *drn_lanes_of(value + n),
                                                    *drn_lanes_of(gradient + n), &place);
    }
}

const struct drn_kernels DRN_KERNELS = {
    DRN_BYTES,  DRN_LANE_COUNT > 4, to_columns, to_rows,  relax, gather_relax_scatter, move,
    pass_panel, move_all,           convolve,   pool, convolution_gradient};

#endif
