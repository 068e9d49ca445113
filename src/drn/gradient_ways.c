#include "drn/gradient_ways.h"

#include "util/array.h"
#include <stdlib.h>
#include <string.h>

/* ---- room --------------------------------------------------------------------------------------------------- */

static bool new_sample(struct gradient_sample *sample, const struct reference *reference)
{
    sample->x = array_new(reference->units[0], sizeof *sample->x);
    bool good = sample->x && reference_states_new(&sample->free, reference);
    for (int way = 0; way < WAYS && good; way++)
        good = reference_states_new(&sample->d[way], reference) && reference_states_new(&sample->s[way], reference);
    return good;
}

bool gradient_batch_new(struct gradient_batch *batch, const struct drn_trainer *trainer)
{
    size_t samples = trainer->settings.batch < trainer->data->count ? trainer->settings.batch : trainer->data->count;
    *batch = (struct gradient_batch){.trainer = trainer};
    bool good = inputs_new(&batch->inputs, trainer->network.pixels, samples) &&
                reference_new(&batch->reference, &trainer->network);
    batch->sample = good ? array_new(batch->inputs.capacity, sizeof *batch->sample) : NULL;
    good = batch->sample;
    for (size_t b = 0; b < samples && good; b++)
        good = new_sample(&batch->sample[b], &batch->reference);
    if (!good)
        gradient_batch_free(batch);
    return good;
}

void gradient_batch_free(struct gradient_batch *batch)
{
    for (size_t b = 0; batch->sample && b < batch->inputs.capacity; b++) {
        free(batch->sample[b].x);
        reference_states_free(&batch->sample[b].free);
        for (int way = 0; way < WAYS; way++) {
            reference_states_free(&batch->sample[b].d[way]);
            reference_states_free(&batch->sample[b].s[way]);
        }
    }
    free(batch->sample);
    reference_free(&batch->reference);
    inputs_free(&batch->inputs);
    *batch = (struct gradient_batch){0};
}

/* ---- states ------------------------------------------------------------------------------------------------- */

static void copy(const struct reference *reference, struct reference_states *to, const struct reference_states *from)
{
    for (size_t k = 1; k <= reference->layers; k++)
        memcpy(to->v[k], from->v[k], reference->units[k] * sizeof(double));
}

/* From du/dbeta to d (network.h). */
static void scale(const struct reference *reference, struct reference_states *d)
{
    double outputs = reference->network->scale[reference->layers];
    for (size_t k = 1; k <= reference->layers; k++) {
        for (size_t j = 0; j < reference->units[k]; j++)
            d->v[k][j] *= outputs * outputs;
    }
}

static void clear(const struct reference *reference, struct reference_states *states)
{
    for (size_t k = 1; k <= reference->layers; k++)
        memset(states->v[k], 0, reference->units[k] * sizeof(double));
}

/* From high and low to d, of (high - low) / span, and s = (high + low) / 2. */
static void contrast(const struct reference *reference, double span, struct reference_states *high,
                     struct reference_states *low)
{
    for (size_t k = 1; k <= reference->layers; k++) {
        for (size_t j = 0; j < reference->units[k]; j++) {
            double above = high->v[k][j], below = low->v[k][j];
            high->v[k][j] = (above - below) / span;
            low->v[k][j] = (above + below) / 2;
        }
    }
    scale(reference, high);
}

/* d and s by the settings' rule, from a free state; drive: label, sweeps and tolerance. False when a state was not
 * reached. */
static bool by_rule(const struct gradient_batch *batch, const struct reference_states *free,
                    struct reference_drive drive, struct reference_states *d, struct reference_states *s)
{
    const struct drn_settings *settings = &batch->trainer->settings;
    const struct reference *reference = &batch->reference;
    if (settings->gradient == DRN_ADJOINT) {
        copy(reference, s, free);
        clear(reference, d);
        drive.linearised_at = free;
        bool answered = reference_walk(reference, &drive, d);
        scale(reference, d);
        return answered;
    }
    copy(reference, d, free);
    copy(reference, s, free);
    drive.held = settings->gradient == DRN_COUPLED ? free : NULL;
    drive.beta = drn_settings_high(settings);
    bool found = reference_walk(reference, &drive, d);
    drive.beta = drn_settings_low(settings);
    found = found && reference_walk(reference, &drive, s);
    contrast(reference, drn_settings_high(settings) - drn_settings_low(settings), d, s);
    return found;
}

/* What the rule comes to under ever smaller nudging. */
static bool find_limit(const struct gradient_batch *batch, struct gradient_sample *sample, size_t label)
{
    const struct reference *reference = &batch->reference;
    struct reference_drive drive = {.label = label, .held = &sample->free, .linearised_at = &sample->free};
    copy(reference, &sample->s[WAY_LIMIT], &sample->free);
    copy(reference, &sample->d[WAY_LIMIT], &sample->d[WAY_EXACT]);
    if (batch->trainer->settings.gradient != DRN_COUPLED)
        return true;
    bool answered = reference_walk(reference, &drive, &sample->d[WAY_LIMIT]);
    scale(reference, &sample->d[WAY_LIMIT]);
    return answered;
}

static bool find_sample(struct gradient_batch *batch, size_t b)
{
    struct reference *reference = &batch->reference;
    struct gradient_sample *sample = &batch->sample[b];
    size_t label = batch->inputs.label[b];
    reference_take(reference, &batch->trainer->network, &batch->inputs, b);
    memcpy(sample->x, reference->x, reference->units[0] * sizeof *sample->x);
    clear(reference, &sample->free);
    if (!reference_find(reference, 0, label, &sample->free) ||
        !reference_adjoint(reference, &sample->free, label, &sample->d[WAY_EXACT]))
        return false;
    scale(reference, &sample->d[WAY_EXACT]);
    copy(reference, &sample->s[WAY_EXACT], &sample->free);
    return find_limit(batch, sample, label) &&
           by_rule(batch, &sample->free, (struct reference_drive){.label = label}, &sample->d[WAY_NUDGED],
                   &sample->s[WAY_NUDGED]);
}

bool gradient_batch_find(struct gradient_batch *batch, size_t position)
{
    const struct drn_trainer *trainer = batch->trainer;
    size_t left = trainer->data->count - position, samples = trainer->settings.batch;
    inputs_take(&batch->inputs, trainer->data->pixel, trainer->data->label, trainer->order + position,
                samples < left ? samples : left, trainer->settings.input_gain,
                trainer->settings.input_offset);
    bool found = true;
    for (size_t b = 0; b < batch->inputs.samples && found; b++)
        found = find_sample(batch, b);
    return found;
}

/* ---- as in training ----------------------------------------------------------------------------------------- */

/* Sample b of states in single precision. */
static void take_states(const struct reference *reference, struct reference_states *to, const struct drn_states *from,
                        size_t b)
{
    for (size_t k = 1; k <= reference->layers; k++) {
        for (size_t j = 0; j < reference->units[k]; j++)
            to->v[k][j] = (double)from->v[k][b * from->stride[k] + j];
    }
}

static void relax_further(struct reference *reference, double relaxation)
{
    for (size_t k = 1; k <= reference->layers; k++)
        reference->law[k].relaxation = relaxation;
}

/* As training goes, in double precision: the free phase from where it begins, then the rule's. */
static void walk_sample(struct gradient_batch *batch, size_t b)
{
    const struct drn_trainer *trainer = batch->trainer;
    const struct drn_settings *settings = &trainer->settings;
    struct reference *reference = &batch->reference;
    struct gradient_sample *sample = &batch->sample[b];
    bool measure = settings->tolerance > 0;
    struct reference_drive drive = {.label = batch->inputs.label[b], .tolerance = settings->tolerance};
    reference_take(reference, &trainer->network, &batch->inputs, b);
    take_states(reference, &sample->free, &trainer->equilibrium.states, b);
    relax_further(reference, settings->relaxation);
    drive.sweeps = measure ? ITERATION_LIMIT : settings->free_iterations;
    reference_walk(reference, &drive, &sample->free);
    drive.sweeps = measure ? ITERATION_LIMIT : settings->nudged_iterations;
    by_rule(batch, &sample->free, drive, &sample->d[WAY_WALKED], &sample->s[WAY_WALKED]);
    relax_further(reference, 1);
}

void gradient_batch_follow(struct gradient_batch *batch, const struct drn_trainer *shadow)
{
    for (size_t b = 0; b < batch->inputs.samples; b++) {
        walk_sample(batch, b);
        take_states(&batch->reference, &batch->sample[b].d[WAY_TRAINED], &shadow->d, b);
        take_states(&batch->reference, &batch->sample[b].s[WAY_TRAINED], &shadow->s, b);
    }
}

/* ---- gradients ---------------------------------------------------------------------------------------------- */

double gradient_batch_mean(const struct gradient_batch *batch, enum gradient_way way, size_t k, bool bias, size_t i,
                           size_t j)
{
    const struct reference *reference = &batch->reference;
    size_t samples = batch->inputs.samples;
    double sum = 0;
    for (size_t b = 0; b < samples; b++) {
        const struct gradient_sample *sample = &batch->sample[b];
        double one = bias ? reference_bias_gradient(reference, &sample->d[way], k, j)
                          : reference_weight_gradient(reference, sample->x, &sample->d[way], &sample->s[way], k, i, j);
        sum += one / (double)samples;
    }
    return sum;
}

void gradient_size(const struct drn_network *network, size_t k, bool bias, size_t *rows, size_t *columns)
{
    const struct drn_connection *connection = &network->connection[k];
    *rows = bias ? 1 : drn_connection_rows(connection);
    *columns = bias ? drn_network_biases(network, k) : connection->columns;
}
