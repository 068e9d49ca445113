/* Inner loops, by the width of their vectors: what drn_dense.h, input_layer.h and convolution.h do, without their
 * assertions. */
#ifndef OPSPICE_DRN_KERNELS_H
#define OPSPICE_DRN_KERNELS_H

#include "drn/convolution.h"
#include "drn/drn_dense.h"
#include "drn/drn_lanes.h"
#include "drn/input_layer.h"

/* What a panel's columns have in common during a pass. */
struct input_columns {
    /* mean(d s); [samples][PANEL] d / batch. Where nothing is kept but the conductances the rate is part of both, and 1
     * in `update`. */
    float constant[PANEL] __attribute__((aligned(DRN_LANES_BYTES))), rank[DRN_BATCH_LIMIT * PANEL];
    int32_t inside[PANEL] __attribute__((aligned(DRN_LANES_BYTES))); /* -1: a column, 0: beyond the last one */
    double sum[PANEL];
    struct drn_update update;
};

/* One panel of a pass. */
struct input_panel {
    float *g, *memory[DRN_MEMORIES]; /* [pixels][2][PANEL] */
    uint64_t row;                    /* of the first pixel's +x, counted through all panels */
    size_t pixels;
    ptrdiff_t ahead; /* elements to the next panel, which is fetched meanwhile; 0: there is none */
    const struct input_pass *pass;
    struct input_columns *columns;
    double *product; /* [samples of pass->next][PANEL] V S, is added to */
};

struct drn_kernels {
    const char *bytes; /* of a vector, as OPSPICE_VECTORS names it */
    bool fused;        /* multiply-add with one rounding */
    void (*to_columns)(const struct drn_dense *dense, const float *v, float *in, size_t from, size_t to);
    void (*to_rows)(const struct drn_dense *dense, const float *v, float *in, size_t from, size_t to);
    void (*relax)(const struct relaxation *relaxation, size_t from, size_t to);
    void (*gather_relax_scatter)(const struct drn_dense_neighbour *neighbour, size_t neighbours,
                                 const struct relaxation *relaxation, float *in, size_t from, size_t to);
    void (*move)(const struct drn_dense *dense, const struct drn_dense_step *step, size_t chunk, size_t block);
    void (*pass_panel)(const struct input_panel *panel);
    void (*move_all)(const struct drn_update *update, float *const memory[DRN_MEMORIES], const float *gradient,
                     float *value, size_t from, size_t to);
    /* Of places [from, to); of the rows of a tap in a strip of columns. */
    void (*convolve)(const struct drn_place_sums *sums, const struct drn_convolution *pass, size_t from, size_t to);
    void (*pool)(const struct drn_place_sums *sums, const struct drn_convolution *pass, size_t from, size_t to);
    void (*convolution_gradient)(const struct drn_convolution_gradient *pass, size_t tap, size_t strip);
};

/* The widest that the processor has, or the one whose bytes the environment's OPSPICE_VECTORS names, 16, 32 or 64,
 * where the processor has it: those with fused multiply-add, 32 and 64, give the same bits. */
const struct drn_kernels *drn_kernels_choose(void);

#endif
