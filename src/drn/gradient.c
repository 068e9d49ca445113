#include "drn/gradient.h"

#include "drn/gradient_ways.h"
#include <math.h>

enum { TRIED_WEIGHTS = 24, TRIED_BIASES = 8 };

/* Sums for comparing a with b. */
struct sums {
    double ab, aa, bb, off;
};

static void add(struct sums *sums, double a, double b)
{
    sums->ab += a * b;
    sums->aa += a * a;
    sums->bb += b * b;
    sums->off += (a - b) * (a - b);
}

static struct gradient_match match(const struct sums *sums)
{
    if (sums->aa == 0 && sums->bb == 0)
        return (struct gradient_match){1, 0};
    double lengths = sqrt(sums->aa) * sqrt(sums->bb);
    return (struct gradient_match){lengths > 0 ? sums->ab / lengths : 0,
                                   sums->bb > 0 ? sqrt(sums->off / sums->bb) : INFINITY};
}

/* A weight of layer k, from unit i to j; or the bias of its unit j. */
struct parameter {
    size_t k, i, j;
    bool bias;
};

static void change_parameter(struct reference *reference, const struct parameter *parameter, double change)
{
    if (parameter->bias)
        reference_change_bias(reference, parameter->k, parameter->j, change);
    else
        reference_change_weight(reference, parameter->k, parameter->i, parameter->j, change);
}

/* The mean cost after one parameter was changed. False when an equilibrium was not reached. */
static bool cost_after(struct gradient_batch *batch, struct reference_states *trial, const struct parameter *parameter,
                       double change, double *cost)
{
    struct reference *reference = &batch->reference;
    bool found = true;
    *cost = 0;
    for (size_t b = 0; b < batch->inputs.samples && found; b++) {
        size_t label = batch->inputs.label[b];
        reference_take(reference, &batch->trainer->network, &batch->inputs, b);
        for (size_t layer = 1; layer <= reference->layers; layer++) {
            for (size_t unit = 0; unit < reference->units[layer]; unit++)
                trial->v[layer][unit] = batch->sample[b].free.v[layer][unit];
        }
        change_parameter(reference, parameter, change);
        found = reference_find(reference, 0, label, trial);
        *cost += reference_cost(reference, trial, label) / (double)batch->inputs.samples;
        change_parameter(reference, parameter, -change);
    }
    return found;
}

/* The settings' rule against the adjoint, everywhere. */
static void compare_all(const struct gradient_batch *batch, struct gradient_row *row)
{
    struct sums sums = {0};
    size_t rows, columns;
    gradient_size(&batch->trainer->network, row->layer, row->bias, &rows, &columns);
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < columns; j++)
            add(&sums, gradient_batch_mean(batch, WAY_NUDGED, row->layer, row->bias, i, j),
                gradient_batch_mean(batch, WAY_EXACT, row->layer, row->bias, i, j));
    }
    row->parameters = rows * columns;
    row->ep_adjoint = match(&sums);
}

/* Both against central differences, at parameters drawn at random. */
static bool compare_some(struct gradient_batch *batch, struct reference_states *trial, struct gradient_row *row,
                         struct random *random)
{
    struct sums ep_sums = {0}, adjoint_sums = {0};
    size_t rows, columns, most = row->bias ? TRIED_BIASES : TRIED_WEIGHTS;
    gradient_size(&batch->trainer->network, row->layer, row->bias, &rows, &columns);
    row->tried = row->parameters < most ? row->parameters : most;
    for (size_t n = 0; n < row->tried; n++) {
        size_t at =
            row->tried == row->parameters ? n : (size_t)((random_uniform(random) + 1) / 2 * (double)row->parameters);
        size_t i = at / columns, j = at % columns;
        double change = 1e-5 * (row->bias ? 1 : batch->reference.sum[row->layer][j] / (double)rows);
        double up, down;
        if (change == 0)
            change = 1e-6;
        const struct parameter parameter = {row->layer, i, j, row->bias};
        if (!cost_after(batch, trial, &parameter, change, &up) || !cost_after(batch, trial, &parameter, -change, &down))
            return false;
        double difference = (up - down) / (2 * change);
        add(&ep_sums, gradient_batch_mean(batch, WAY_NUDGED, row->layer, row->bias, i, j), difference);
        add(&adjoint_sums, gradient_batch_mean(batch, WAY_EXACT, row->layer, row->bias, i, j), difference);
    }
    row->ep_difference = match(&ep_sums);
    row->adjoint_difference = match(&adjoint_sums);
    return true;
}

enum gradient_status gradient_check(const struct drn_trainer *trainer, bool differences, struct gradient_row *row)
{
    struct gradient_batch batch;
    struct reference_states trial = {0};
    struct random random = random_from(trainer->settings.seed);
    enum gradient_status status = GRADIENT_OK;
    if (!gradient_batch_new(&batch, trainer) || !reference_states_new(&trial, &batch.reference))
        status = GRADIENT_NO_MEMORY;
    else if (!gradient_batch_find(&batch, 0))
        status = GRADIENT_NOT_FOUND;
    for (size_t r = 0; r < 2 * trainer->network.layers && status == GRADIENT_OK; r++) {
        row[r] = (struct gradient_row){.layer = r / 2 + 1, .bias = r % 2};
        compare_all(&batch, &row[r]);
        if (differences && !compare_some(&batch, &trial, &row[r], &random))
            status = GRADIENT_NOT_FOUND;
    }
    reference_states_free(&trial);
    gradient_batch_free(&batch);
    return status;
}
