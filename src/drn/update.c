#include "drn/update.h"

#include <math.h>

bool drn_update_keeps(const struct drn_settings *settings, enum drn_memory memory, bool bias)
{
    switch (memory) {
    case DRN_VELOCITY: return settings->momentum > 0 || settings->optimiser == DRN_ADAM;
    case DRN_SQUARE: return settings->optimiser == DRN_ADAM;
    case DRN_PENDING: return settings->levels > 0 && !bias;
    case DRN_MEMORIES: break;
    }
    return false;
}

/* S from one level to the next. */
static double level_of(const struct drn_settings *settings)
{
    return settings->levels > 0 ? (settings->ceiling - settings->floor) / (double)(settings->levels - 1) : 0;
}

static double ceiling_of(const struct drn_settings *settings)
{
    return settings->ceiling > 0 ? settings->ceiling : INFINITY;
}

struct drn_update drn_update_of(const struct drn_settings *settings, size_t k, bool bias, uint64_t t)
{
    double rate = bias ? settings->bias_rate[k] : settings->rate[k];
    struct drn_update update = {.rate = rate,
                                .momentum = (float)settings->momentum,
                                .adam = settings->optimiser == DRN_ADAM,
                                .floor = bias ? -INFINITY : (float)settings->floor,
                                .ceiling = bias ? INFINITY : (float)ceiling_of(settings)};
    if (update.adam) {
        update.keep = (float)settings->adam[0];
        update.keep_square = (float)settings->adam[1];
        update.epsilon = (float)settings->adam[2];
        update.rate = rate / (1 - pow(settings->adam[0], (double)t));
        update.square_scale = (float)sqrt(1 / (1 - pow(settings->adam[1], (double)t)));
    }
    if (!bias) {
        update.level = (float)level_of(settings);
        update.levels = (float)settings->levels;
        update.noise = (float)settings->noise;
        update.key = drn_update_mixed(settings->seed + drn_update_mixed(t * (DRN_LAYERS + 1) + k));
    }
    update.general = bias || update.adam || settings->floor > 0 || settings->ceiling > 0 || settings->noise > 0;
    return update;
}

double drn_update_held(const struct drn_settings *settings, double g)
{
    double level = level_of(settings);
    g = fmin(fmax(g, settings->floor), ceiling_of(settings));
    if (level > 0)
        g = (double)((float)settings->floor + (float)round((g - settings->floor) / level) * (float)level);
    return g;
}
