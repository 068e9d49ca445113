#include "elaborate/device_model.h"

#include "laws/devices.h"
#include <math.h>
#include <string.h>

/* ---- types ------------------------------------------------------------------------------------------------------- */

static const struct type {
    const char *name;
    char letter;
    int polarity;
} types[] = {
    {"npn", 'q', 1},    {"pnp", 'q', -1},   {"njf", 'j', 1},     {"pjf", 'j', -1},    {"nmf", 'z', 1},    {"pmf", 'z', -1},
    {"nmos", 'm', 1},   {"pmos", 'm', -1},  {"vdmos", 'm', 1},   {"vdmosn", 'm', 1},  {"vdmosp", 'm', -1}, {"nhfet", 'z', 1},
    {"phfet", 'z', -1}, {"nsoi", 'm', 1},   {"psoi", 'm', -1},   {"nbjt", 'q', 1},
};

/* The devices that there are. */
static const struct level {
    const char *n, *p; /* types */
    double level;
    const struct device_kind *kind;
} levels[] = {
    {"npn", "pnp", 1, &bipolar_kind},
    {"npn", "pnp", 2, &bipolar_kind},
    {"nmos", "pmos", 1, &mos1_kind},
};

bool device_model_type(const struct arg *type, struct device_model *model)
{
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        if (!arg_is(type, types[t].name))
            continue;
        *model = (struct device_model){.type = types[t].name, .letter = types[t].letter, .level = 1,
                                       .polarity = types[t].polarity, .lmax = INFINITY, .wmax = INFINITY};
        return true;
    }
    return false;
}

static const struct device_kind *find_kind(const struct device_model *model)
{
    for (size_t l = 0; l < sizeof levels / sizeof *levels; l++)
        if ((strcmp(model->type, levels[l].n) == 0 || strcmp(model->type, levels[l].p) == 0) &&
            (model->level == levels[l].level || isnan(levels[l].level)))
            return levels[l].kind;
    return NULL;
}

/* ---- parameters -------------------------------------------------------------------------------------------------- */

const struct key *device_keys(const struct device_parameter *parameter, void *values, const struct key *first,
                              struct arena *arena)
{
    size_t count = 0, extra = 0;
    while (parameter[count].name)
        count++;
    while (first[extra].name)
        extra++;
    struct key *keys = arena_alloc(arena, (count + extra + 1) * sizeof *keys);
    double *idle = arena_alloc(arena, sizeof *idle); /* what has no effect at direct current goes here */
    if (!keys || !idle)
        return NULL;
    memcpy(keys, first, extra * sizeof *keys);
    for (size_t k = 0; k < count; k++) {
        bool acts = parameter[k].offset != DEVICE_IDLE;
        keys[extra + k] = (struct key){parameter[k].name, acts ? (double *)((char *)values + parameter[k].offset) : idle, 1};
    }
    keys[extra + count] = (struct key){NULL, NULL, 0};
    return keys;
}

/* The level decides which parameters there are: it is looked for first. */
static void find_level(struct card_reader reader, struct device_model *model, struct diagnostics *diagnostics)
{
    const struct key level[] = {{"level", &model->level, 1}, {NULL, NULL, 0}};
    for (uint32_t at = reader.at; at < reader.card->count; at++)
        if (arg_is(&reader.card->arg[at], "pchan"))
            model->polarity = -1;
    card_reader_take(&reader, diagnostics, level);
}

static void clear(const struct device_kind *kind, double *value)
{
    for (size_t q = 0; q < kind->model_size / sizeof *value; q++)
        value[q] = NAN;
}

bool device_model_read(struct device_model *model, struct card_reader *reader, struct arena *arena,
                       struct diagnostics *diagnostics)
{
    double level;
    const struct key more[] = {{"level", &level, 1},       {"nchan", NULL, 0},          {"pchan", NULL, 0},
                               {"lmin", &model->lmin, 1}, {"lmax", &model->lmax, 1},   {"wmin", &model->wmin, 1},
                               {"wmax", &model->wmax, 1}, {NULL, NULL, 0}};
    find_level(*reader, model, diagnostics);
    model->kind = find_kind(model);
    if (!model->kind)
        return true;
    model->values = arena_alloc(arena, model->kind->model_size);
    if (!model->values)
        return false;
    clear(model->kind, model->values);
    const struct key *keys = device_keys(model->kind->model, model->values, more, arena);
    if (keys)
        card_reader_model(reader, diagnostics, keys, model->kind->what);
    return keys;
}
