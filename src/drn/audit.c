#include "drn/audit.h"

#include "drn/gradient_ways.h"
#include <math.h>

/* Of a row: sums over its parameters of squares, a product, and the squares of how each way differs from the one before
 * it. */
struct sums {
    double trained, exact, product, off, step[WAYS];
};

/* Add the gradients of one mini-batch. */
static void add_row(const struct gradient_batch *batch, size_t k, bool bias, struct sums *sums)
{
    size_t rows, columns;
    gradient_size(&batch->trainer->network, k, bias, &rows, &columns);
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < columns; j++) {
            double way[WAYS];
            for (int w = 0; w < WAYS; w++)
                way[w] = gradient_batch_mean(batch, (enum gradient_way)w, k, bias, i, j);
            double off = way[WAY_TRAINED] - way[WAY_EXACT];
            sums->trained += way[WAY_TRAINED] * way[WAY_TRAINED];
            sums->exact += way[WAY_EXACT] * way[WAY_EXACT];
            sums->product += way[WAY_TRAINED] * way[WAY_EXACT];
            sums->off += off * off;
            for (int w = 1; w < WAYS; w++)
                sums->step[w] += (way[w] - way[w - 1]) * (way[w] - way[w - 1]);
        }
    }
}

static void conclude(const struct drn_network *network, const struct sums *sums, bool found, struct audit_row *row)
{
    size_t rows, columns;
    gradient_size(network, (size_t)row->layer, row->bias != 0, &rows, &columns);
    row->parameters = (double)(rows * columns);
    if (!found) {
        row->cosine = row->norm_ratio = row->error = NAN;
        row->rule = row->nudging = row->iterations = row->precision = NAN;
        return;
    }
    if (sums->trained == 0 && sums->exact == 0) { /* as of units that are all at 0 V */
        row->cosine = row->norm_ratio = 1;
        return;
    }
    double exact = sums->exact;
    row->cosine = sums->product / sqrt(sums->trained * exact);
    row->norm_ratio = sqrt(sums->trained / exact);
    row->error = sqrt(sums->off / exact);
    row->rule = sqrt(sums->step[WAY_LIMIT] / exact);
    row->nudging = sqrt(sums->step[WAY_NUDGED] / exact);
    row->iterations = sqrt(sums->step[WAY_WALKED] / exact);
    row->precision = sqrt(sums->step[WAY_TRAINED] / exact);
}

/* Add the mini-batches up to that of the last sample. */
static bool add_batches(struct gradient_batch *batch, struct drn_trainer *shadow, size_t samples, struct sums *sums)
{
    const struct drn_trainer *trainer = batch->trainer;
    for (size_t at = 0; at < samples && at < trainer->data->count; at += trainer->settings.batch) {
        if (!gradient_batch_find(batch, at) || shadow_find(shadow, trainer, at) != TRAIN_OK)
            return false;
        gradient_batch_follow(batch, shadow);
        for (size_t r = 0; r < 2 * trainer->network.layers; r++)
            add_row(batch, r / 2 + 1, r % 2, &sums[r]);
    }
    return true;
}

enum gradient_status audit_run(const struct drn_trainer *trainer, size_t samples, struct audit_row *row)
{
    struct gradient_batch batch;
    struct drn_trainer shadow = {0};
    struct sums sums[2 * DRN_LAYERS] = {{0}};
    bool good = gradient_batch_new(&batch, trainer) && shadow_new(&shadow, trainer);
    bool found = good && add_batches(&batch, &shadow, samples, sums);
    for (size_t r = 0; r < 2 * trainer->network.layers; r++) {
        row[r] = (struct audit_row){.layer = (double)(r / 2 + 1), .bias = r % 2};
        conclude(&trainer->network, &sums[r], found, &row[r]);
    }
    shadow_free(&shadow);
    gradient_batch_free(&batch);
    return good ? GRADIENT_OK : GRADIENT_NO_MEMORY;
}
