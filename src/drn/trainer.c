#include "drn/trainer.h"

#include "drn/currents.h"
#include "drn/drn_dense.h"
#include "drn/train_batch.h"
#include "util/threads.h"
#include <stdlib.h>
#include <string.h>
#ifdef _OPENMP
#include <omp.h>
#endif

/* The calling thread's place in the parallel region. */
static struct team this_team(struct team_arrivals *arrivals)
{
#ifdef _OPENMP
    return (struct team){(size_t)omp_get_thread_num(), (size_t)omp_get_num_threads(), arrivals};
#else
    return (struct team){0, 1, arrivals};
#endif
}

/* ---- beginning and end -------------------------------------------------------------------------------------- */

static bool new_sums(struct drn_trainer *trainer)
{
    const struct drn_network *network = &trainer->network;
    for (size_t k = 1; k <= network->layers; k++) {
        trainer->bias_gradient[k] = drn_lanes_new(network->stride[k], sizeof(float));
        if (!trainer->bias_gradient[k])
            return false;
        if (network->connection[k].kind == DRN_CONVOLUTION) {
            trainer->gradient[k] = drn_lanes_new(drn_network_weight_size(network, k), sizeof(float));
            if (!trainer->gradient[k])
                return false;
        }
        if (k == 1 || network->connection[k].kind != DRN_DENSE)
            continue;
        size_t rows = network->units[drn_network_row_layer(network, k)];
        size_t width = network->width[drn_network_column_layer(network, k)];
        size_t copies = network->connection[k].copies;
        trainer->row_sum[k] = drn_lanes_new(copies * drn_dense_blocks(width) * rows, sizeof(float));
        trainer->column_sum[k] = drn_lanes_new(copies * drn_dense_chunks(rows) * width, sizeof(float));
        if (!trainer->row_sum[k] || !trainer->column_sum[k])
            return false;
    }
    return true;
}

/* A mini-batch of a small network is over before threads have met. The number of threads changes no result: see
 * threads_do_not_matter of tests/check_train.c. */
static size_t threads_of(const struct drn_settings *settings)
{
    enum { FEWEST_CONDUCTANCES_TO_SHARE = 1 << 19 };
    size_t weights = 0;
    for (size_t k = 1; k <= settings->stack.layers; k++)
        weights += drn_stack_branches(&settings->stack, k);
    size_t processors = (size_t)threads_wanted(0);
    size_t wanted = settings->threads ? settings->threads : weights < FEWEST_CONDUCTANCES_TO_SHARE ? 1 : processors;
    return (size_t)threads_ready((int)(wanted < TEAM_LIMIT ? wanted : TEAM_LIMIT));
}

/* Room for a batch of inputs, as the network sees them. */
static bool new_inputs(struct drn_inputs *inputs, const struct drn_network *network, size_t samples)
{
    const struct drn_connection *connection = &network->connection[1];
    return inputs_new(inputs, network->pixels, samples) &&
           (connection->kind == DRN_DENSE || inputs_see(inputs, connection->places_below, network->stride[0]));
}

/* Room for what is found in a mini-batch by the trainer's settings and network. */
static bool new_rooms(struct drn_trainer *trainer)
{
    const struct drn_network *network = &trainer->network;
    size_t batch = trainer->settings.batch, nudgings = trainer->settings.gradient == DRN_ADJOINT ? 1 : NUDGINGS;
    return new_inputs(&trainer->inputs[0], network, batch) && new_inputs(&trainer->inputs[1], network, batch) &&
           equilibrium_new(&trainer->equilibrium, network, batch, nudgings) &&
           states_new(&trainer->free, network, batch) && states_new(&trainer->d, network, batch) &&
           states_new(&trainer->s, network, batch);
}

static void free_rooms(struct drn_trainer *trainer)
{
    inputs_free(&trainer->inputs[0]);
    inputs_free(&trainer->inputs[1]);
    equilibrium_free(&trainer->equilibrium);
    states_free(&trainer->free);
    states_free(&trainer->d);
    states_free(&trainer->s);
}

bool trainer_new(struct drn_trainer *trainer, const struct drn_settings *settings, const struct drn_dataset *data)
{
    *trainer = (struct drn_trainer){.settings = *settings, .data = data, .threads = threads_of(settings)};
    struct drn_network *network = &trainer->network;
    bool good = drn_network_new(network, settings) && new_rooms(trainer) && new_sums(trainer);
    if (good)
        trainer->order = drn_lanes_new(data->count, sizeof *trainer->order);
    if (!good || !trainer->order) {
        trainer_free(trainer);
        return false;
    }
    drn_network_randomise(network, settings);
    trainer_shuffle(trainer);
    return true;
}

void trainer_set(struct drn_trainer *trainer, const struct drn_settings *settings)
{
    trainer->settings.epochs = settings->epochs;
    trainer->settings.threads = settings->threads;
    trainer->settings.audit = settings->audit;
    trainer->threads = threads_of(&trainer->settings);
}

void trainer_free(struct drn_trainer *trainer)
{
    drn_network_free(&trainer->network);
    free_rooms(trainer);
    for (size_t k = 0; k <= DRN_LAYERS; k++) {
        free(trainer->row_sum[k]);
        free(trainer->column_sum[k]);
        free(trainer->gradient[k]);
        free(trainer->bias_gradient[k]);
    }
    free(trainer->order);
    *trainer = (struct drn_trainer){0};
}

/* ---- batches ------------------------------------------------------------------------------------------------ */

/* Source: Fisher and Yates's shuffle, from the seed and the number of the epoch alone. */
void trainer_shuffle(struct drn_trainer *trainer)
{
    size_t count = trainer->data->count;
    for (size_t n = 0; n < count; n++)
        trainer->order[n] = (uint32_t)n;
    if (trainer->settings.in_order)
        return;
    struct random random = random_from(trainer->settings.seed ^ 0xd1342543de82ef95u * (trainer->epoch + 1));
    for (size_t n = count; n > 1; n--) {
        size_t other = (size_t)((random_uniform(&random) + 1) / 2 * (double)n);
        uint32_t number = trainer->order[n - 1];
        trainer->order[n - 1] = trainer->order[other];
        trainer->order[other] = number;
    }
}

/* How many samples the batch has that begins at a position of the epoch; 0 at its end. */
static size_t batch_at(const struct drn_trainer *trainer, size_t position)
{
    size_t left = trainer->data->count - position;
    return left < trainer->settings.batch ? left : trainer->settings.batch;
}

static void take_batch(const struct drn_trainer *trainer, size_t position, struct drn_inputs *inputs)
{
    inputs_take(inputs, trainer->data->pixel, trainer->data->label, trainer->order + position,
                batch_at(trainer, position), trainer->settings.input_gain, trainer->settings.input_offset);
}

/* The first product of an epoch, or after a pause; all others are made on the way. */
static void prime(struct drn_trainer *trainer)
{
    struct drn_inputs *inputs = &trainer->inputs[trainer->now];
    take_batch(trainer, trainer->position, inputs);
    equilibrium_take_biases(&trainer->equilibrium, &trainer->network, inputs->groups);
#pragma omp parallel num_threads(trainer->threads)
    currents_of_inputs(&trainer->network, inputs, trainer->equilibrium.base.v[1], this_team(NULL));
    trainer->primed = true;
}

/* Samples beyond the batch's own have no part in the gradient. */
static void clear_rest(struct drn_trainer *trainer)
{
    size_t samples = trainer->inputs[trainer->now].samples, all = trainer->inputs[trainer->now].groups * GROUP;
    for (size_t k = 1; k <= trainer->network.layers && samples < all; k++) {
        size_t stride = trainer->network.stride[k];
        memset(trainer->d.v[k] + samples * stride, 0, (all - samples) * stride * sizeof(float));
        memset(trainer->s.v[k] + samples * stride, 0, (all - samples) * stride * sizeof(float));
    }
}

/* The mini-batch behind the one at hand, yet to be filled; NULL at the end of the epoch. */
static struct drn_inputs *next_inputs(struct drn_trainer *trainer)
{
    size_t after = trainer->position + trainer->inputs[trainer->now].samples;
    return batch_at(trainer, after) > 0 ? &trainer->inputs[!trainer->now] : NULL;
}

/* What all members do with one mini-batch. */
static void train_next(struct drn_trainer *trainer, struct team team)
{
    struct drn_inputs *next = next_inputs(trainer);
    size_t after = trainer->position + trainer->inputs[trainer->now].samples;
    if (team.rank == 0)
        clear_rest(trainer);
    if (next && team.rank == team.size - 1) /* while the first one may be finding equilibria alone */
        take_batch(trainer, after, next);
    train_batch(trainer, next, team);
    team_barrier(team);
    if (team.rank == 0) {
        trainer->position = after;
        trainer->now = !trainer->now;
        trainer->primed = next != NULL;
    }
    team_barrier(team);
}

enum train_status trainer_step(struct drn_trainer *trainer, size_t batches)
{
    if (!trainer->primed)
        prime(trainer);
    trainer->status = TRAIN_OK;
#pragma omp parallel num_threads(trainer->threads)
    {
        struct team team = this_team(&trainer->arrivals);
        bool more = true;
        for (size_t n = 0; n < batches && more; n++) {
            train_next(trainer, team);
            more = trainer->primed && trainer->status == TRAIN_OK;
        }
    }
    return trainer->status;
}

bool trainer_epoch_is_over(const struct drn_trainer *trainer)
{
    return trainer->position >= trainer->data->count;
}

void trainer_end_epoch(struct drn_trainer *trainer)
{
    trainer->epoch++;
    trainer->position = 0;
    trainer->errors = 0;
    trainer->cost = 0;
    trainer->primed = false;
    for (size_t k = 1; k <= trainer->network.layers; k++) {
        trainer->settings.rate[k] *= trainer->settings.decay;
        trainer->settings.bias_rate[k] *= trainer->settings.decay;
    }
    trainer_shuffle(trainer);
}

/* ---- what another trainer would find ------------------------------------------------------------------------ */

bool shadow_new(struct drn_trainer *shadow, const struct drn_trainer *trainer)
{
    *shadow = (struct drn_trainer){.settings = trainer->settings, .network = trainer->network, .data = trainer->data};
    bool good = new_rooms(shadow);
    if (!good)
        shadow_free(shadow);
    return good;
}

void shadow_free(struct drn_trainer *shadow)
{
    free_rooms(shadow);
    *shadow = (struct drn_trainer){0};
}

enum train_status shadow_find(struct drn_trainer *shadow, const struct drn_trainer *trainer, size_t position)
{
    const struct team alone = {0, 1, NULL};
    struct drn_inputs *inputs = &shadow->inputs[0];
    shadow->order = trainer->order;
    shadow->status = TRAIN_OK;
    take_batch(shadow, position, inputs);
    shadow->order = NULL;
    equilibrium_take_biases(&shadow->equilibrium, &shadow->network, inputs->groups);
    currents_of_inputs(&shadow->network, inputs, shadow->equilibrium.base.v[1], alone);
    states_copy(&shadow->equilibrium.states, &trainer->equilibrium.states, inputs->groups, alone);
    train_batch_find(shadow, alone);
    return shadow->status;
}

/* ---- evaluation --------------------------------------------------------------------------------------------- */

enum { TEST_BATCH = 64 };

bool tester_new(struct drn_tester *tester, const struct drn_network *network)
{
    *tester = (struct drn_tester){0};
    bool good = new_inputs(&tester->inputs, network, TEST_BATCH) &&
                equilibrium_new(&tester->equilibrium, network, TEST_BATCH, 1);
    if (!good)
        tester_free(tester);
    return good;
}

void tester_free(struct drn_tester *tester)
{
    inputs_free(&tester->inputs);
    equilibrium_free(&tester->equilibrium);
    *tester = (struct drn_tester){0};
}

/* The free equilibria of a batch. */
static void test_batch(struct drn_tester *tester, const struct drn_trainer *trainer, struct team team)
{
    struct drn_network network = trainer->network; /* its arrays, which a pass without a gradient only reads */
    const struct drn_phase phase = {
        .iterations = trainer->settings.free_iterations, .tolerance = trainer->settings.tolerance, .nudgings = 1};
    currents_of_inputs(&network, &tester->inputs, tester->equilibrium.base.v[1], team);
    team_barrier(team);
    struct team finders = train_batch_finders(&network, tester->inputs.groups, team);
    if (team.rank < finders.size)
        equilibrium_find(&tester->equilibrium, &network, &tester->inputs, &phase, NULL, finders);
}

static void copy_outputs(const struct drn_trainer *trainer, const struct drn_states *states, size_t samples,
                         float *volts)
{
    size_t layers = trainer->network.layers, outputs = trainer->network.units[layers];
    for (size_t n = 0; n < samples; n++)
        for (size_t o = 0; o < outputs; o++)
            volts[n * outputs + o] =
                (float)trainer->network.scale[layers] * states->v[layers][n * states->stride[layers] + o];
}

enum train_status tester_run(struct drn_tester *tester, const struct drn_trainer *trainer,
                             const struct drn_dataset *data, float *volts, size_t *errors, double *cost)
{
    size_t outputs = trainer->network.units[trainer->network.layers];
    *errors = 0;
    *cost = 0;
    equilibrium_take_biases(&tester->equilibrium, &trainer->network, groups_of(TEST_BATCH));
    for (size_t start = 0; start < data->count; start += TEST_BATCH) {
        uint32_t number[TEST_BATCH];
        size_t samples = data->count - start < TEST_BATCH ? data->count - start : TEST_BATCH;
        for (size_t n = 0; n < samples; n++)
            number[n] = (uint32_t)(start + n);
        inputs_take(&tester->inputs, data->pixel, data->label, number, samples, trainer->settings.input_gain,
                    trainer->settings.input_offset);
        states_clear(&tester->equilibrium.states);
#pragma omp parallel num_threads(trainer->threads)
        test_batch(tester, trainer, this_team(&tester->arrivals));
        if (!tester->equilibrium.converged)
            return TRAIN_NOT_CONVERGED;
        if (!train_batch_score(&trainer->network, &tester->inputs, &tester->equilibrium.states, errors, cost))
            return TRAIN_DIVERGED;
        if (volts)
            copy_outputs(trainer, &tester->equilibrium.states, samples, volts + start * outputs);
    }
    *cost /= (double)data->count;
    return TRAIN_OK;
}
