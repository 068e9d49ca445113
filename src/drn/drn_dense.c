#include "drn/drn_dense.h"

#include "drn/drn_kernels.h"
#include <assert.h>

void drn_dense_to_columns(const struct drn_dense *dense, const float *v, float *in, size_t from, size_t to)
{
    assert(from % STRIP == 0 && to % STRIP == 0 && to <= dense->stride);
    dense->kernels->to_columns(dense, v, in, from, to);
}

void drn_dense_to_rows(const struct drn_dense *dense, const float *v, float *in, size_t from, size_t to)
{
    assert(dense->width % STRIP == 0 && to <= dense->rows);
    dense->kernels->to_rows(dense, v, in, from, to);
}

void drn_dense_relax(const struct relaxation *relaxation, size_t from, size_t to)
{
    assert(from % STRIP == 0 && to % STRIP == 0 && to <= relaxation->stride);
    relaxation->kernels->relax(relaxation, from, to);
}

void drn_dense_gather_relax_scatter(const struct drn_dense_neighbour *neighbour, size_t neighbours,
                                    const struct relaxation *relaxation, float *in, size_t from, size_t to)
{
    relaxation->kernels->gather_relax_scatter(neighbour, neighbours, relaxation, in, from, to);
}

void drn_dense_move(const struct drn_dense *dense, const struct drn_dense_step *step, size_t chunk, size_t block)
{
    assert(chunk < drn_dense_chunks(dense->rows) && block < drn_dense_blocks(dense->width));
    dense->kernels->move(dense, step, chunk, block);
}
