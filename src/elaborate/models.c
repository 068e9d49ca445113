#include "elaborate/models.h"

#include "elaborate/device_model.h"
#include "elaborate/diode_model.h"
#include "elaborate/model_heirs.h"
#include "elaborate/switches.h"
#include "laws/given.h"
#include "util/array.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- laws -------------------------------------------------------------------------------------------------------- */

struct law *models_new_law(struct models *models, uint32_t *number)
{
    struct circuit *circuit = models->circuit;
    if (circuit->n_laws >= CIRCUIT_LAWS ||
        !array_reserve(&circuit->law, &models->law_capacity, circuit->n_laws + 1u, sizeof *circuit->law))
        return NULL;
    *number = circuit->n_laws++;
    circuit->law[*number] = (struct law){.v_rev = INFINITY, .v_fwd = INFINITY};
    return &circuit->law[*number];
}

struct law *models_new_curve(struct models *models, enum curve_kind kind, uint32_t *number)
{
    struct curve *curve = arena_alloc(&models->circuit->arena, sizeof *curve);
    struct law *law = curve ? models_new_law(models, number) : NULL;
    if (!law)
        return NULL;
    *curve = (struct curve){.kind = kind};
    law->curve = curve;
    models->circuit->n_curves++;
    return law;
}

void law_of_curve(struct law *law)
{
    curve_finish(law->curve);
    law->g_off = law->g_on = law->g_rev = law->curve->g_floor;
}

/* ---- models ------------------------------------------------------------------------------------------------------ */

static bool add_switch(struct models *models, struct model *model, struct switch_model *switching,
                       struct card_reader *reader, struct diagnostics *diagnostics)
{
    struct switch_model *kept = arena_alloc(&models->circuit->arena, sizeof *kept);
    if (!kept)
        return false;
    bool good = switch_model_read(switching, reader, models->circuit->sim_options.gmin, diagnostics);
    *kept = *switching;
    model->kind = good ? MODEL_SWITCH : MODEL_WRONG;
    model->switching = kept;
    return true;
}

static bool add_device(struct models *models, size_t number, struct device_model *device, struct card_reader *reader,
                       struct diagnostics *diagnostics)
{
    struct arena *arena = &models->circuit->arena;
    struct device_model *kept = arena_alloc(arena, sizeof *kept);
    if (!kept || !device_model_read(device, reader, arena, diagnostics))
        return false;
    *kept = *device;
    models->model[number].kind = reader->failed ? MODEL_WRONG : MODEL_DEVICE;
    models->model[number].device = kept;
    return true;
}

/* Read a .model card, which becomes the model models->count. False when memory is out. */
static bool read_model(struct models *models, const struct card *card, struct diagnostics *diagnostics)
{
    bool no_memory;
    const struct card *whole = model_heirs_card(models->flat, card, &models->circuit->arena, diagnostics, &no_memory);
    struct card_reader reader = card_reader_in(models->flat, whole ? whole : card);
    const struct arg *name = card_reader_next(&reader);
    if (no_memory || !array_reserve(&models->model, &models->capacity, models->count + 1u, sizeof *models->model))
        return false;
    struct model *model = &models->model[models->count++];
    *model = (struct model){.card = card, .kind = MODEL_WRONG};
    if (!whole)
        return true;
    if (!name || !card_reader_peek(&reader)) {
        card_reader_missing(&reader, diagnostics, name ? "model type" : "model name");
        return true;
    }
    model->kind = MODEL_OTHER;
    const struct arg *type = card_reader_next(&reader);
    struct switch_model switching;
    struct device_model device;
    if (device_model_type(type, &device))
        return add_device(models, models->count - 1u, &device, &reader, diagnostics);
    if (switch_model_type(type, &switching))
        return add_switch(models, model, &switching, &reader, diagnostics);
    return !arg_is(type, "d") || diode_model_read(models, model, &reader, diagnostics);
}

/* Find what flat has found for a name; read its card the first time. False when memory is out. */
static bool take(struct models *models, const struct flat_model *found, struct diagnostics *diagnostics)
{
    if (*found->number != NAMES_NONE)
        return true;
    size_t level = flatten_enter(models->flat, found->level);
    bool done = read_model(models, found->card, diagnostics);
    flatten_enter(models->flat, level);
    *found->number = models->count - 1;
    return done;
}

bool models_add(struct models *models, const struct card *card, struct diagnostics *diagnostics)
{
    struct flat_model found;
    if (card->count < 2)
        return read_model(models, card, diagnostics);
    return !flatten_model(models->flat, card->arg[1].text, card->arg[1].length, &found) || found.card != card ||
           take(models, &found, diagnostics);
}

/* Say that there is no model of that name. */
static void complain_of_model(const struct card_reader *element, const struct arg *name,
                              struct diagnostics *diagnostics)
{
    const struct card *near = flatten_nearest_model(element->flat, name->text, name->length);
    diagnose(diagnostics, ERROR_UNKNOWN_MODEL, name->text, name->length, "%.*s: no .model named %.*s",
             element->name_length, element->name, (int)name->length, name->text);
    if (near)
        diagnose(diagnostics, NOTE, near->arg[1].text, near->arg[1].length, "did you mean %.*s?",
                 (int)near->arg[1].length, near->arg[1].text);
}

static void wrong_type(const struct card_reader *element, const struct arg *name, const struct card *model,
                       const char *wanted, struct diagnostics *diagnostics)
{
    diagnose(diagnostics, ERROR_MODEL_TYPE, name->text, name->length, "%.*s: the model %.*s is not a %s model",
             element->name_length, element->name, (int)name->length, name->text, wanted);
    diagnose(diagnostics, NOTE, model->arg[2].text, model->arg[2].length, "the model is here");
}

static void complain(const struct card_reader *element, const char *wrong, struct diagnostics *diagnostics)
{
    const struct arg *name = element->card->arg;
    diagnose(diagnostics, ERROR_MODEL_VALUE, name->text, name->length, "%.*s: %s", element->name_length, element->name,
             wrong);
}

static bool same_size(const struct junction_size *one, const struct junction_size *other)
{
    return memcmp(one, other, sizeof *one) == 0; /* doubles only: no padding; a NAN has one pattern here */
}

static bool check_junction(struct junction *junction, const struct junction_model *model,
                           const struct junction_size *size, const struct sim_options *sim_options,
                           const struct card_reader *element, struct diagnostics *diagnostics)
{
    const struct arg *name = element->card->arg;
    const char *wrong = junction_at(junction, model, size, sim_options->temp, sim_options->tnom, sim_options->gmin);
    double low, high;
    if (wrong) {
        complain(element, wrong, diagnostics);
        return false;
    }
    if (junction_is_monotone(junction, &low, &high))
        return true;
    diagnose(diagnostics, ERROR_FALLING_CURRENT, name->text, name->length,
             "%.*s: with these parameters the current falls while the voltage rises, between %.3g V and %.3g V",
             element->name_length, element->name, low, high);
    return false;
}

/* A junction's law; that of the latest diode with this model serves again where the size is the same. */
static bool use_junction(struct models *models, struct model *model, const struct card_reader *element,
                         const struct junction_size *size, struct diagnostics *diagnostics, uint32_t *number)
{
    struct circuit *circuit = models->circuit;
    struct junction junction;
    if (model->last > 0 && same_size(&circuit->junction[model->last - 1].size, size)) {
        *number = circuit->junction[model->last - 1].law;
        return true;
    }
    if (!check_junction(&junction, model->junction, size, &circuit->sim_options, element, diagnostics))
        return true;
    struct law *law = models_new_curve(models, CURVE_JUNCTION, number);
    if (!law || !array_reserve(&circuit->junction, &circuit->junction_capacity, circuit->junctions + 1,
                               sizeof *circuit->junction))
        return false;
    law->curve->junction = junction;
    law_of_curve(law);
    circuit->junction[circuit->junctions++] = (struct thermal_junction){*number, model->junction, *size};
    model->last = circuit->junctions;
    return true;
}

/* The law of a diode of which nothing is there: g, S, that remains. */
static bool use_nothing(struct models *models, const struct card_reader *element, double g,
                        struct diagnostics *diagnostics, uint32_t *number)
{
    const struct arg *name = element->card->arg;
    struct law *law = models_new_law(models, number);
    if (!law)
        return false;
    *law = (struct law){.g_off = g, .g_on = g, .g_rev = g, .v_fwd = INFINITY, .v_rev = INFINITY};
    diagnose(diagnostics, WARNING_ZERO_MULTIPLIER, name->text, name->length, "%.*s has an area or m of 0: %s",
             element->name_length, element->name, g > 0 ? "only gmin is left of it" : "it is left open");
    return true;
}

/* The junction's own size: lengths of level 3 are scaled. */
static struct junction_size scaled(const struct junction_model *model, const struct junction_size *size, double scale)
{
    struct junction_size own = *size;
    if (model->level == 3) {
        own.area *= scale * scale;
        own.pj *= scale;
        own.w *= scale;
        own.l *= scale;
    }
    return own;
}

/* Is nothing of it there? */
static bool is_nothing(const struct junction_model *model, const struct junction_size *size)
{
    double w = given(size->w, model->w), l = given(size->l, model->l);
    double area = given(size->area, model->area), pj = given(size->pj, model->pj);
    if (model->level == 3 && !isnan(w) && !isnan(l)) {
        area = w * l;
        pj = 2 * (w + l);
    }
    return given(size->m, 1) == 0 || (area == 0 && (pj == 0 || given(model->jsw, 0) == 0));
}

/* Find and read the model that an element names. *model is NULL where there is none, which was said. False when memory
 * is out. */
static bool find_model(struct models *models, const struct card_reader *element, const struct arg *name,
                       struct diagnostics *diagnostics, struct model **model)
{
    struct flat_model found;
    *model = NULL;
    if (!flatten_model(models->flat, name->text, name->length, &found)) {
        complain_of_model(element, name, diagnostics);
        return true;
    }
    if (!take(models, &found, diagnostics))
        return false;
    *model = &models->model[*found.number];
    return true;
}

bool models_use(struct models *models, const struct card_reader *element, const struct arg *name,
                const struct junction_size *size, struct diagnostics *diagnostics, uint32_t *law, double *multiple)
{
    struct model *model;
    *law = MODELS_NO_LAW;
    *multiple = 1;
    if (!find_model(models, element, name, diagnostics, &model))
        return false;
    if (!model)
        return true;
    switch (model->kind) {
    case MODEL_OTHER:
    case MODEL_SWITCH:
    case MODEL_DEVICE:
        wrong_type(element, name, model->card, "diode (D)", diagnostics);
        break;
    case MODEL_WRONG:
        break;
    case MODEL_SHARED:
        *multiple = given(size->area, 1) * given(size->m, 1);
        if (*multiple == 0) {
            *multiple = 1;
            return use_nothing(models, element, 0, diagnostics, law);
        }
        if (*multiple > 0 && isfinite(*multiple))
            *law = model->law;
        else
            complain(element, "the area must be positive", diagnostics);
        break;
    case MODEL_JUNCTION: {
        const struct sim_options *sim_options = &models->circuit->sim_options;
        const struct junction_size own = scaled(model->junction, size, sim_options->scale);
        return is_nothing(model->junction, &own)
                   ? use_nothing(models, element, sim_options->gmin, diagnostics, law)
                   : use_junction(models, model, element, &own, diagnostics, law);
    }
    }
    return true;
}

/* ---- switches, and others ---- */

bool models_switch(struct models *models, const struct card_reader *element, const struct arg *name, bool by_current,
                   struct diagnostics *diagnostics, const struct switch_model **model)
{
    struct model *taken;
    *model = NULL;
    if (!find_model(models, element, name, diagnostics, &taken))
        return false;
    if (!taken)
        return true;
    if (taken->kind == MODEL_SWITCH && taken->switching->by_current == by_current)
        *model = taken->switching;
    else if (taken->kind != MODEL_WRONG)
        wrong_type(element, name, taken->card, by_current ? "current-controlled switch (CSW)" : "switch (SW)",
                   diagnostics);
    return true;
}

/* The model number `bin` of those that share a name. */
static bool find_bin(struct flat *flat, const struct arg *name, int bin, struct flat_model *found)
{
    char text[256];
    int length = snprintf(text, sizeof text, "%.*s.%d", (int)name->length, name->text, bin);
    return length > 0 && length < (int)sizeof text && flatten_model(flat, text, (size_t)length, found);
}

bool models_know(struct flat *flat, const struct arg *name)
{
    struct flat_model found;
    return flatten_model(flat, name->text, name->length, &found) || find_bin(flat, name, 0, &found) ||
           find_bin(flat, name, 1, &found);
}

bool models_device(struct models *models, const struct card_reader *element, const struct arg *name,
                   struct diagnostics *diagnostics, const struct device_model **model)
{
    struct flat_model found;
    *model = NULL;
    if (!flatten_model(models->flat, name->text, name->length, &found) &&
        !find_bin(models->flat, name, 0, &found) && !find_bin(models->flat, name, 1, &found)) {
        complain_of_model(element, name, diagnostics);
        return true;
    }
    if (!take(models, &found, diagnostics))
        return false;
    const struct model *taken = &models->model[*found.number];
    if (taken->kind == MODEL_DEVICE)
        *model = taken->device;
    else if (taken->kind != MODEL_WRONG)
        wrong_type(element, name, taken->card, "transistor", diagnostics);
    return true;
}

static bool is_for_size(const struct device_model *model, double l, double w)
{
    return l >= model->lmin && l < model->lmax && w >= model->wmin && w < model->wmax;
}

bool models_bin(struct models *models, const struct card_reader *element, const struct arg *name, double l, double w,
                struct diagnostics *diagnostics, const struct device_model **model)
{
    struct flat_model found;
    if (flatten_model(models->flat, name->text, name->length, &found))
        return true;
    *model = NULL;
    for (int bin = 0; bin <= 1 || find_bin(models->flat, name, bin, &found); bin++) {
        if (!find_bin(models->flat, name, bin, &found))
            continue;
        if (!take(models, &found, diagnostics))
            return false;
        const struct model *taken = &models->model[*found.number];
        if (taken->kind == MODEL_WRONG)
            return true;
        if (taken->kind == MODEL_DEVICE && is_for_size(taken->device, l, w)) {
            *model = taken->device;
            return true;
        }
    }
    diagnose(diagnostics, ERROR_UNKNOWN_MODEL, name->text, name->length,
             "%.*s: none of the models %.*s.1, %.*s.2 ... is for l=%g w=%g", element->name_length, element->name,
             (int)name->length, name->text, (int)name->length, name->text, l, w);
    return true;
}

bool models_read(const struct card_reader *element, const struct arg *name, const char *const *types,
                 const char *wanted, const struct key *keys, struct diagnostics *diagnostics)
{
    struct flat_model found;
    if (!flatten_model(element->flat, name->text, name->length, &found)) {
        complain_of_model(element, name, diagnostics);
        return false;
    }
    while (*types && !(found.card->count >= 3 && arg_is(&found.card->arg[2], *types)))
        types++;
    if (!*types) {
        if (found.card->count >= 3)
            wrong_type(element, name, found.card, wanted, diagnostics);
        return false;
    }
    size_t level = flatten_enter(element->flat, found.level);
    struct card_reader reader = card_reader_in(element->flat, found.card);
    reader.at = 3;
    card_reader_take(&reader, diagnostics, keys);
    flatten_enter(element->flat, level);
    return !reader.failed;
}

/* ---- resistors ---- */

bool models_resistor(const struct card_reader *element, const struct arg *name, const struct flat_model *found,
                     struct diagnostics *diagnostics, struct resistor_model *model)
{
    const struct card *card = found->card;
    struct resistor_model m = {.resistance = NAN, .r = NAN, .rsh = NAN, .l = NAN, .defw = NAN, .tce = NAN, .tnom = NAN,
                               .scale = NAN, .temp = NAN, .dtemp = NAN};
    if (card->count < 3 || !(arg_is(&card->arg[2], "r") || arg_is(&card->arg[2], "res"))) {
        if (card->count >= 3)
            wrong_type(element, name, card, "resistor (R)", diagnostics);
        return false;
    }
    const struct key keys[] = {{"resistance", &m.resistance, 1}, {"r", &m.r, 1},
                               {"res", &m.r, 1},                 {"rsh", &m.rsh, 1},
                               {"l", &m.l, 1},                   {"w", &m.defw, 1},
                               {"defw", &m.defw, 1},             {"narrow", &m.narrow, 1},
                               {"short", &m.shortened, 1},       {"tc", &m.tc1, 1},
                               {"tc1", &m.tc1, 1},               {"tc1r", &m.tc1, 1},
                               {"tc2", &m.tc2, 1},               {"tc2r", &m.tc2, 1},
                               {"tce", &m.tce, 1},               {"tnom", &m.tnom, 1},
                               {"t_measured", &m.tnom, 1},       {"scale", &m.scale, 1},
                               {"temp", &m.temp, 1},             {"dtemp", &m.dtemp, 1},
                               {"dlr", &m.shortened, 1},         {"dw", &m.narrow, 1},
                               {NULL, NULL, 0}};
    size_t level = flatten_enter(element->flat, found->level);
    struct card_reader reader = card_reader_in(element->flat, card);
    reader.at = 3;
    card_reader_take(&reader, diagnostics, keys);
    flatten_enter(element->flat, level);
    *model = m;
    return !reader.failed;
}

void models_free(struct models *models)
{
    free(models->model);
    *models = (struct models){0};
}
