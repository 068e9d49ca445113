#include "drn/train_batch.h"

#include "drn/currents.h"
#include "drn/drn_dense.h"
#include "drn/drn_kernels_widths.h"
#include "drn/input_layer.h"
#include "drn/train_images.h"
#include <math.h>
#include <string.h>

struct team train_batch_finders(const struct drn_network *network, size_t groups, struct team team)
{
    /* Products g v of one iteration over all samples, a few microseconds' work. Results are the same for any team: see
     * threads_do_not_matter_in_wide_layers of tests/check_train.c, on both sides of it. */
    enum { FEWEST_PRODUCTS_TO_SHARE = 1 << 17 };
    size_t products = 0;
    for (size_t k = 2; k <= network->layers; k++)
        products += network->units[k] * groups *
                    (network->connection[k].kind == DRN_DENSE ? network->stride[k - 1]
                                                              : drn_connection_fan(&network->connection[k]));
    return products >= FEWEST_PRODUCTS_TO_SHARE ? team : (struct team){team.rank, 1, NULL};
}

bool train_batch_score(const struct drn_network *network, const struct drn_inputs *inputs,
                       const struct drn_states *free, size_t *errors, double *cost)
{
    size_t last = network->layers;
    double total = 0;
    for (size_t b = 0; b < inputs->samples; b++) {
        const float *output = free->v[last] + b * network->stride[last];
        size_t best = 0;
        for (size_t c = 0; c < drn_network_classes(network); c++) {
            double answer = drn_network_answer(network, output, c), off = answer - (c == inputs->label[b]);
            total += off * off / 2;
            best = answer > drn_network_answer(network, output, best) ? c : best;
        }
        *errors += best != inputs->label[b];
    }
    *cost += total;
    return isfinite(total);
}

/* ---- equilibria --------------------------------------------------------------------------------------------- */

/* One minimisation from where `states` stand; the first that fails is kept in trainer->status. */
static void find(struct drn_trainer *trainer, const struct drn_phase *phase, struct team team)
{
    equilibrium_find(&trainer->equilibrium, &trainer->network, &trainer->inputs[trainer->now], phase, &trainer->free,
                     team);
    if (team.rank == 0 && !trainer->equilibrium.converged && trainer->status == TRAIN_OK)
        trainer->status = TRAIN_NOT_CONVERGED;
}

/* What makes d of du/dbeta (network.h). */
static double outputs_squared(const struct drn_network *network)
{
    return network->scale[network->layers] * network->scale[network->layers];
}

/* d and s of all units of the samples that count, from both nudged states: du/dbeta = (high - low) / span,
 * s = (high + low) / 2. */
static void contrast(struct drn_trainer *trainer, double span, struct team team)
{
    const struct drn_inputs *inputs = &trainer->inputs[trainer->now];
    float scale = (float)(outputs_squared(&trainer->network) / span);
    for (size_t k = 1; k <= trainer->network.layers; k++) {
        size_t from, to, stride = trainer->network.stride[k];
        team_share(team, inputs->samples * stride, &from, &to);
        const float *high = states_under(&trainer->equilibrium.states, inputs, k, 0);
        const float *low = states_under(&trainer->equilibrium.states, inputs, k, 1);
        float *d = trainer->d.v[k], *s = trainer->s.v[k];
        for (size_t n = from; n < to; n++) {
            d[n] = (high[n] - low[n]) * scale;
            s[n] = (high[n] + low[n]) * 0.5f;
        }
    }
}

/* Equilibrium propagation: two nudged states from the free one; coupled learning: two with outputs that are held. The
 * first of them begins the next batch. */
static void propagate(struct drn_trainer *trainer, struct team team)
{
    const struct drn_settings *settings = &trainer->settings;
    double high = drn_settings_high(settings), low = drn_settings_low(settings);
    find(trainer,
         &(struct drn_phase){.iterations = settings->nudged_iterations,
                             .tolerance = settings->tolerance,
                             .held = settings->gradient == DRN_COUPLED,
                             .nudgings = 2,
                             .beta = {high, low}},
         team);
    contrast(trainer, high - low, team);
}

/* The adjoint of the free equilibrium, which then begins the next batch. */
static void linearise(struct drn_trainer *trainer, struct team team)
{
    const struct drn_settings *settings = &trainer->settings;
    size_t groups = trainer->inputs[trainer->now].groups;
    struct drn_states *states = &trainer->equilibrium.states;
    float scale = (float)outputs_squared(&trainer->network);
    if (team.rank == 0)
        states_clear(states);
    team_barrier(team);
    find(trainer,
         &(struct drn_phase){.iterations = settings->nudged_iterations,
                             .tolerance = settings->tolerance,
                             .adjoint = true,
                             .nudgings = 1},
         team);
    for (size_t k = 1; k <= trainer->network.layers; k++) {
        size_t from, to;
        team_share(team, trainer->inputs[trainer->now].samples * trainer->network.stride[k], &from, &to);
        for (size_t n = from; n < to; n++)
            trainer->d.v[k][n] = scale * states->v[k][n];
        memcpy(trainer->s.v[k] + from, trainer->free.v[k] + from, (to - from) * sizeof(float));
    }
    team_barrier(team);
    states_copy(states, &trainer->free, groups, team);
}

/* Whether every output keeps a minimum under -beta. */
static bool is_stable(const struct drn_trainer *trainer)
{
    size_t last = trainer->network.layers;
    if (trainer->settings.variant == DRN_POSITIVE || trainer->settings.gradient != DRN_EP)
        return true;
    for (size_t o = 0; o < trainer->network.units[last]; o++) {
        double own = trainer->network.below[last][o], beta = trainer->settings.beta;
        double other = trainer->network.pairs ? trainer->network.below[last][o ^ 1] : INFINITY;
        if (!(own > beta && (isinf(other) || own * other > beta * (own + other))))
            return false;
    }
    return true;
}

void train_batch_find(struct drn_trainer *trainer, struct team team)
{
    const struct drn_settings *settings = &trainer->settings;
    const struct drn_inputs *inputs = &trainer->inputs[trainer->now];
    find(trainer,
         &(struct drn_phase){
             .iterations = settings->free_iterations, .tolerance = settings->tolerance, .nudgings = 1},
         team);
    states_copy(&trainer->free, &trainer->equilibrium.states, inputs->groups, team);
    team_barrier(team);
    if (team.rank == 0) {
        if (!train_batch_score(&trainer->network, inputs, &trainer->free, &trainer->errors, &trainer->cost))
            trainer->status = TRAIN_DIVERGED;
        else if (!is_stable(trainer))
            trainer->status = TRAIN_UNSTABLE;
    }
    if (settings->gradient == DRN_ADJOINT)
        linearise(trainer, team);
    else
        propagate(trainer, team);
}

/* ---- gradient step ------------------------------------------------------------------------------------------ */

/* How conductances k, or the biases of layer k, move in the batch at hand. */
static struct drn_update update_now(const struct drn_trainer *trainer, size_t k, bool bias)
{
    size_t batch = trainer->settings.batch, batches = (trainer->data->count + batch - 1) / batch;
    return drn_update_of(&trainer->settings, k, bias, trainer->epoch * batches + trainer->position / batch + 1);
}

/* Biases of a strip of units of layer k, by - mean d. They are few: the kernels for all processors do. */
static void move_strip(struct drn_trainer *trainer, const struct drn_update *update, size_t k, size_t strip)
{
    struct drn_network *network = &trainer->network;
    size_t samples = trainer->inputs[trainer->now].samples;
    float *gradient = trainer->bias_gradient[k];
    for (size_t j = 0; j < STRIP; j++) {
        double sum = 0;
        for (size_t b = 0; b < samples; b++)
            sum += trainer->d.v[k][b * network->stride[k] + strip + j];
        gradient[strip + j] = (float)(-sum / network->scale[k] / (double)samples);
    }
    drn_kernels_16.move_all(update, network->bias_memory[k], gradient, network->bias[k], strip, strip + STRIP);
}

static void move_biases(struct drn_trainer *trainer, struct team team)
{
    struct drn_network *network = &trainer->network;
    for (size_t k = 1; k <= network->layers; k++) {
        const struct drn_update update = update_now(trainer, k, true);
        size_t from, to;
        if (network->connection[k].kind != DRN_DENSE) {
            train_images_move_biases(trainer, k, &update, team);
            continue;
        }
        team_share_steps(team, network->width[k], STRIP, &from, &to);
        for (size_t strip = from; strip < to; strip += STRIP)
            move_strip(trainer, &update, k, strip);
    }
}

/* Where a layer's sums of conductances k are kept. */
static double *sums_at(struct drn_network *network, size_t k, size_t layer)
{
    return layer == k ? network->below[layer] : network->above[layer];
}

/* Each member moves about those rows that it will read first for the next batch. copy: connection.h. */
static void move_dense(struct drn_trainer *trainer, size_t k, size_t copy, const struct drn_update *update,
                       struct team team)
{
    struct drn_network *network = &trainer->network;
    const struct drn_inputs *inputs = &trainer->inputs[trainer->now];
    size_t from, to, row = drn_network_row_layer(network, k), column = drn_network_column_layer(network, k);
    const struct drn_dense dense = drn_dense_of(network, k, inputs->groups);
    size_t blocks = drn_dense_blocks(dense.width), chunks = drn_dense_chunks(dense.rows);
    const struct drn_dense_step step = {.row_d = trainer->d.v[row],
                                        .row_s = trainer->s.v[row],
                                        .column_d = trainer->d.v[column],
                                        .column_s = trainer->s.v[column],
                                        .sign = copy == 0 ? 1 : -1,
                                        .update = update,
                                        .samples = inputs->samples,
                                        .g = drn_network_part(network, k, copy),
                                        .memory = network->weight_memory[k][copy],
                                        .row_sum = trainer->row_sum[k] + copy * blocks * dense.rows,
                                        .column_sum = trainer->column_sum[k] + copy * chunks * dense.width};
    team_share(team, chunks * blocks, &from, &to);
    for (size_t tile = from; tile < to; tile++)
        drn_dense_move(&dense, &step, tile / blocks, tile % blocks);
}

/* sum[length] = the sums over part[parts][length]. */
static void add_parts(const float *part, size_t parts, size_t length, double *sum, struct team team)
{
    size_t from, to;
    team_share(team, length, &from, &to);
    for (size_t n = from; n < to; n++) {
        sum[n] = 0;
        for (size_t p = 0; p < parts; p++)
            sum[n] += (double)part[p * length + n];
    }
}

/* The sums of conductances k at the units of their rows and columns, from the tiles', and their differences. */
static void add_tiles(struct drn_trainer *trainer, size_t k, struct team team)
{
    struct drn_network *network = &trainer->network;
    size_t row = drn_network_row_layer(network, k), column = drn_network_column_layer(network, k);
    size_t rows = network->units[row], width = network->width[column], copies = network->connection[k].copies, from, to;
    add_parts(trainer->row_sum[k], copies * drn_dense_blocks(width), rows, sums_at(network, k, row), team);
    add_parts(trainer->column_sum[k], copies * drn_dense_chunks(rows), width, sums_at(network, k, column), team);
    team_share(team, drn_network_weight_size(network, k), &from, &to);
    drn_network_subtract(network, k, from, to);
}

/* The conductances of connection k, but for those of dense inputs. Copies have random numbers of their own. */
static void move_copy(struct drn_trainer *trainer, size_t k, size_t copy, struct team team)
{
    enum drn_kind kind = trainer->network.connection[k].kind;
    struct drn_update update = update_now(trainer, k, false);
    update.key += copy;
    if (kind == DRN_CONVOLUTION)
        train_images_move(trainer, k, copy, &update, team);
    else if (kind == DRN_DENSE && k > 1)
        move_dense(trainer, k, copy, &update, team);
}

void train_batch(struct drn_trainer *trainer, const struct drn_inputs *next, struct team team)
{
    struct drn_network *network = &trainer->network;
    const struct drn_inputs *inputs = &trainer->inputs[trainer->now];
    struct team finders = train_batch_finders(network, inputs->groups, team);
    if (team.rank < finders.size)
        train_batch_find(trainer, finders);
    team_barrier(team);

    move_biases(trainer, team);
    for (size_t k = 1; k <= network->layers; k++) {
        for (size_t copy = 0; copy < network->connection[k].copies; copy++)
            move_copy(trainer, k, copy, team);
    }
    team_barrier(team);

    for (size_t k = 1; k <= network->layers; k++) {
        if (network->connection[k].kind == DRN_CONVOLUTION && k % team.size == team.rank)
            drn_network_sum_connection(network, k);
        else if (network->connection[k].kind == DRN_DENSE && k > 1)
            add_tiles(trainer, k, team);
    }
    if (next && network->connection[1].kind != DRN_DENSE)
        currents_of_inputs(network, next, trainer->equilibrium.base.v[1], team);
    const struct drn_update update = update_now(trainer, 1, false);
    const struct input_pass pass = {.inputs = inputs,
                                    .d = trainer->d.v[1],
                                    .s = trainer->s.v[1],
                                    .update = &update,
                                    .next = next,
                                    .product = trainer->equilibrium.base.v[1],
                                    .backwards = trainer->position / trainer->settings.batch % 2 == 1};
    size_t from, to;
    team_share(team, network->panels, &from, &to);
    input_layer_pass(network, &pass, from, to);
    team_barrier(team);

    for (size_t k = 1 + team.rank; k <= network->layers; k += team.size)
        drn_network_invert(network, k);
    if (team.rank == 0 && next)
        equilibrium_take_biases(&trainer->equilibrium, network, next->groups);
}
