#include "elaborate/device_model.h"

#include "laws/devices.h"
#include <math.h>
#include <string.h>

/* ---- types ------------------------------------------------------------------------------------------------------- */

bool device_model_type(const struct arg *type, struct device_model *model)
{
    const struct device_type *row = device_types;
    while (row->n && !arg_is(type, row->n) && !arg_is(type, row->p))
        row++;
    if (!row->n)
        return false;
    bool n = arg_is(type, row->n);
    *model = (struct device_model){.type = n ? row->n : row->p, .letter = row->letter, .level = 1,
                                   .polarity = n ? 1 : -1, .lmax = INFINITY, .wmax = INFINITY};
    return true;
}

static const struct device_kind *find_kind(const struct device_model *model)
{
    for (const struct device_type *row = device_types; row->n; row++)
        if ((strcmp(model->type, row->n) == 0 || strcmp(model->type, row->p) == 0) && model->level == row->level)
            return row->kind;
    return NULL;
}

const struct device_kind *device_model_kind(const struct arg *type, double level)
{
    struct device_model model;
    if (!device_model_type(type, &model))
        return NULL;
    model.level = level;
    return find_kind(&model);
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
    double *number = values;
    double *idle = arena_alloc(arena, sizeof *idle); /* what has no effect at direct current goes here */
    if (!keys || !idle)
        return NULL;
    memcpy(keys, first, extra * sizeof *keys);
    for (size_t k = 0; k < count; k++) {
        size_t offset = parameter[k].offset;
        double *value = offset == DEVICE_IDLE ? idle : &number[offset / sizeof *number];
        keys[extra + k] = (struct key){parameter[k].name, value, 1};
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

/* Numbers that nothing gives. NULL when memory is out. */
static void *nothing_given(size_t bytes, struct arena *arena)
{
    double *value = arena_alloc(arena, bytes);
    for (size_t q = 0; value && q < bytes / sizeof *value; q++)
        value[q] = NAN;
    return value;
}

bool device_model_read(struct device_model *model, struct card_reader *reader, struct arena *arena,
                       struct diagnostics *diagnostics)
{
    double level;
    const struct key more[] = {{"level", &level, 1},       {"nchan", NULL, 0},          {"pchan", NULL, 0},
                               {"lmin", &model->lmin, 1}, {"lmax", &model->lmax, 1},   {"wmin", &model->wmin, 1},
                               {"wmax", &model->wmax, 1}, {NULL, NULL, 0}};
    find_level(*reader, model, diagnostics);
    const struct device_kind *kind = model->kind = find_kind(model);
    if (!kind)
        return true;
    model->values = nothing_given(kind->model_size, arena);
    model->sizes = nothing_given(kind->size_size, arena);
    if (!model->values || !model->sizes)
        return false;
    const struct key *of_model = device_keys(kind->model, model->values, more, arena);
    const struct key *keys = of_model ? device_keys(kind->size, model->sizes, of_model, arena) : NULL;
    if (keys)
        card_reader_model(reader, diagnostics, keys, kind->what);
    return keys;
}
