#include "drn/gradient.h"

#include "drn/reference.h"
#include "util/array.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TRIED_WEIGHTS = 24, TRIED_BIASES = 8 };

/* The states of one sample that gradients are made of: ep from two nudged states, the adjoint from the free one. */
struct answer {
    struct reference_states free, ep_d, ep_s, adjoint;
    double *x; /* its inputs, V */
};

/* What a comparison works with. */
struct check {
    const struct drn_trainer *trainer;
    const struct drn_network *network;
    struct drn_inputs inputs;
    struct reference reference;
    struct answer *answer; /* [samples] */
    struct reference_states trial;
};

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

/* ---- states ------------------------------------------------------------------------------------------------- */

static void copy(const struct reference *reference, struct reference_states *to, const struct reference_states *from)
{
    for (size_t k = 1; k <= reference->layers; k++) {
        for (size_t j = 0; j < reference->units[k]; j++)
            to->v[k][j] = from->v[k][j];
    }
}

/* All states of sample b, which the network already has as its input. */
static bool find_answer(struct check *check, size_t b)
{
    const struct drn_settings *settings = &check->trainer->settings;
    struct reference *reference = &check->reference;
    struct answer *answer = &check->answer[b];
    size_t label = check->inputs.label[b];
    double low = settings->variant == DRN_POSITIVE ? 0 : -settings->beta;
    double high = settings->variant == DRN_NEGATIVE ? 0 : settings->beta;
    if (!reference_find(reference, 0, label, &answer->free) ||
        !reference_adjoint(reference, &answer->free, label, &answer->adjoint))
        return false;
    copy(reference, &answer->ep_d, &answer->free);
    copy(reference, &answer->ep_s, &answer->free);
    if (!reference_find(reference, high, label, &answer->ep_d) || !reference_find(reference, low, label, &answer->ep_s))
        return false;
    double scale = check->network->scale[reference->layers], squared = scale * scale; /* d: network.h */
    for (size_t k = 1; k <= reference->layers; k++) {
        for (size_t j = 0; j < reference->units[k]; j++) {
            double above = answer->ep_d.v[k][j], below = answer->ep_s.v[k][j];
            answer->adjoint.v[k][j] *= squared;
            answer->ep_d.v[k][j] = squared * (above - below) / (high - low);
            answer->ep_s.v[k][j] = (above + below) / 2;
        }
    }
    return true;
}

/* ---- gradients ---------------------------------------------------------------------------------------------- */

/* Means over the samples by both rules, of the parameter in row i and column j, or of bias j. */
static void gradients_of(const struct check *check, size_t k, bool bias, size_t i, size_t j, double *ep,
                         double *adjoint)
{
    const struct reference *reference = &check->reference;
    size_t samples = check->inputs.samples;
    *ep = *adjoint = 0;
    for (size_t b = 0; b < samples; b++) {
        const struct answer *answer = &check->answer[b];
        const struct reference_states *way[2][2] = {{&answer->ep_d, &answer->ep_s}, {&answer->adjoint, &answer->free}};
        for (int w = 0; w < 2; w++) {
            double one = bias ? reference_bias_gradient(reference, way[w][0], k, j)
                              : reference_weight_gradient(reference, answer->x, way[w][0], way[w][1], k, i, j);
            *(w == 0 ? ep : adjoint) += one / (double)samples;
        }
    }
}

/* The mean cost after one parameter was changed. False when an equilibrium was not reached. */
static bool cost_after(struct check *check, size_t k, bool bias, size_t i, size_t j, double change, double *cost)
{
    struct reference *reference = &check->reference;
    bool found = true;
    *cost = 0;
    for (size_t b = 0; b < check->inputs.samples && found; b++) {
        reference_take(reference, check->network, &check->inputs, b);
        copy(reference, &check->trial, &check->answer[b].free);
        if (bias)
            reference_change_bias(reference, k, j, change);
        else
            reference_change_weight(reference, k, i, j, change);
        found = reference_find(reference, 0, check->inputs.label[b], &check->trial);
        *cost += reference_cost(reference, &check->trial, check->inputs.label[b]) / (double)check->inputs.samples;
        if (bias)
            reference_change_bias(reference, k, j, -change);
        else
            reference_change_weight(reference, k, i, j, -change);
    }
    return found;
}

/* The matrix of a row's parameters: rows, 1 for biases, and columns. */
static void size_of(const struct check *check, const struct gradient_row *row, size_t *below, size_t *here)
{
    const struct drn_connection *connection = &check->network->connection[row->layer];
    *below = row->bias ? 1 : connection->rows;
    *here = row->bias ? drn_network_biases(check->network, row->layer) : connection->columns;
}

/* Equilibrium propagation against the adjoint, everywhere. */
static void compare_all(const struct check *check, struct gradient_row *row)
{
    struct sums sums = {0};
    size_t below, here;
    size_of(check, row, &below, &here);
    for (size_t i = 0; i < below; i++) {
        for (size_t j = 0; j < here; j++) {
            double ep, adjoint;
            gradients_of(check, row->layer, row->bias, i, j, &ep, &adjoint);
            add(&sums, ep, adjoint);
        }
    }
    row->parameters = below * here;
    row->ep_adjoint = match(&sums);
}

/* Both against central differences, at parameters drawn at random. */
static bool compare_some(struct check *check, struct gradient_row *row, struct random *random)
{
    struct sums ep_sums = {0}, adjoint_sums = {0};
    size_t below, here, most = row->bias ? TRIED_BIASES : TRIED_WEIGHTS;
    size_of(check, row, &below, &here);
    row->tried = row->parameters < most ? row->parameters : most;
    for (size_t n = 0; n < row->tried; n++) {
        size_t at =
            row->tried == row->parameters ? n : (size_t)((random_uniform(random) + 1) / 2 * (double)row->parameters);
        size_t i = at / here, j = at % here;
        double change = 1e-5 * (row->bias ? 1 : check->reference.sum[row->layer][j] / (double)below);
        double up, down, ep, adjoint;
        if (change == 0)
            change = 1e-6;
        if (!cost_after(check, row->layer, row->bias, i, j, change, &up) ||
            !cost_after(check, row->layer, row->bias, i, j, -change, &down))
            return false;
        gradients_of(check, row->layer, row->bias, i, j, &ep, &adjoint);
        add(&ep_sums, ep, (up - down) / (2 * change));
        add(&adjoint_sums, adjoint, (up - down) / (2 * change));
    }
    row->ep_difference = match(&ep_sums);
    row->adjoint_difference = match(&adjoint_sums);
    return true;
}

/* ---- the comparison ----------------------------------------------------------------------------------------- */

static bool new_check(struct check *check, const struct drn_trainer *trainer, size_t samples)
{
    bool good = inputs_new(&check->inputs, trainer->network.pixels, samples) &&
                reference_new(&check->reference, &trainer->network) &&
                reference_states_new(&check->trial, &check->reference);
    check->answer = array_new(samples, sizeof *check->answer);
    good = good && check->answer;
    for (size_t b = 0; b < samples && good; b++) {
        struct answer *answer = &check->answer[b];
        answer->x = array_new(check->reference.units[0], sizeof *answer->x);
        good = answer->x && reference_states_new(&answer->free, &check->reference) &&
               reference_states_new(&answer->ep_d, &check->reference) &&
               reference_states_new(&answer->ep_s, &check->reference) &&
               reference_states_new(&answer->adjoint, &check->reference);
    }
    return good;
}

static void free_check(struct check *check, size_t samples)
{
    for (size_t b = 0; b < samples && check->answer; b++) {
        free(check->answer[b].x);
        reference_states_free(&check->answer[b].free);
        reference_states_free(&check->answer[b].ep_d);
        reference_states_free(&check->answer[b].ep_s);
        reference_states_free(&check->answer[b].adjoint);
    }
    free(check->answer);
    reference_states_free(&check->trial);
    reference_free(&check->reference);
    inputs_free(&check->inputs);
}

enum gradient_status gradient_check(const struct drn_trainer *trainer, struct gradient_row *row)
{
    size_t samples = trainer->settings.batch < trainer->data->count ? trainer->settings.batch : trainer->data->count;
    struct check check = {.trainer = trainer, .network = &trainer->network};
    struct random random = random_from(trainer->settings.seed);
    enum gradient_status status = new_check(&check, trainer, samples) ? GRADIENT_OK : GRADIENT_NO_MEMORY;
    if (status == GRADIENT_OK)
        inputs_take(&check.inputs, trainer->data->pixel, trainer->data->label, trainer->order, samples,
                    trainer->settings.input_gain, trainer->settings.input_offset);
    for (size_t b = 0; b < samples && status == GRADIENT_OK; b++) {
        reference_take(&check.reference, &trainer->network, &check.inputs, b);
        memcpy(check.answer[b].x, check.reference.x, check.reference.units[0] * sizeof(double));
        status = find_answer(&check, b) ? GRADIENT_OK : GRADIENT_NOT_FOUND;
    }
    for (size_t r = 0; r < 2 * trainer->network.layers && status == GRADIENT_OK; r++) {
        row[r] = (struct gradient_row){.layer = r / 2 + 1, .bias = r % 2};
        compare_all(&check, &row[r]);
        status = compare_some(&check, &row[r], &random) ? GRADIENT_OK : GRADIENT_NOT_FOUND;
    }
    free_check(&check, samples);
    return status;
}
