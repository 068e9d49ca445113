/* The table of kernels for vectors of DRN_LANE_COUNT floats. */
#ifndef OPSPICE_DRN_KERNELS_BODY_H
#define OPSPICE_DRN_KERNELS_BODY_H

#include "drn/drn_dense_body.h"
#include "drn/drn_kernels_widths.h"
#include "drn/input_layer_body.h"

const struct drn_kernels DRN_KERNELS = {
    DRN_BYTES, DRN_LANE_COUNT > 4, to_columns, to_rows, relax, gather_relax_scatter, move, pass_panel};

#endif
