#include "circuit/models.h"

#include "util/array.h"
#include <math.h>
#include <stdlib.h>

/* Parameters of the piecewise-linear law; NAN: not given. */
struct piecewise {
    double ron, roff, vfwd, vrev, rrev, epsilon, revepsilon, ilimit, revilimit;
};

static struct law ideal_law(void)
{
    return (struct law){.g_off = 0, .g_on = INFINITY, .g_rev = INFINITY, .v_fwd = 0, .v_rev = INFINITY};
}

static double given(double value, double otherwise)
{
    return isnan(value) ? otherwise : value;
}

/* LTspice's defaults: Ron 1 ohm, Roff 1/gmin, Rrev as Ron; Ron = 0 without Roff is open in reverse. */
static struct law piecewise_law(const struct piecewise *p, double gmin)
{
    double ron = given(p->ron, 1), rrev = given(p->rrev, 0);
    if (rrev == 0)
        rrev = ron;
    return (struct law){.g_off = isnan(p->roff) ? (ron == 0 ? 0 : gmin) : 1 / p->roff,
                        .g_on = 1 / ron,
                        .g_rev = 1 / rrev,
                        .v_fwd = given(p->vfwd, 0),
                        .v_rev = given(p->vrev, INFINITY)};
}

static bool is_given(const struct piecewise *p)
{
    return !(isnan(p->ron) && isnan(p->roff) && isnan(p->vfwd) && isnan(p->vrev) && isnan(p->rrev) && isnan(p->epsilon) &&
             isnan(p->revepsilon) && isnan(p->ilimit) && isnan(p->revilimit));
}

static const char *complaint(const struct piecewise *p)
{
    if (p->ron < 0 || p->rrev < 0)
        return "Ron and Rrev must not be negative";
    if (p->roff <= 0)
        return "Roff must be positive";
    if (p->vfwd < 0 || p->vrev < 0)
        return "Vfwd and Vrev must not be negative";
    if (p->epsilon != 0 && !isnan(p->epsilon))
        return "Epsilon is not supported";
    if (p->revepsilon != 0 && !isnan(p->revepsilon))
        return "Revepsilon is not supported";
    if (!isnan(p->ilimit) || !isnan(p->revilimit))
        return "Ilimit and Revilimit are not supported";
    return NULL;
}

/* Read the parameters that decide a piecewise-linear law; others belong to the exponential law and are left out. */
static bool read_piecewise(struct words *words, struct diagnostics *diagnostics, struct piecewise *p)
{
    const struct key keys[] = {
        {"ron", &p->ron, 1},   {"roff", &p->roff, 1},       {"vfwd", &p->vfwd, 1},
        {"vrev", &p->vrev, 1}, {"rrev", &p->rrev, 1},       {"epsilon", &p->epsilon, 1},
        {"ilimit", &p->ilimit, 1}, {"revepsilon", &p->revepsilon, 1}, {"revilimit", &p->revilimit, 1},
        {NULL, NULL, 0}};
    *p = (struct piecewise){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    words_take(words, diagnostics, keys);
    return !words->failed;
}

/* The law of a D model, MODELS_NO_LAW for an exponential diode, or MODELS_WRONG. False when memory is out. */
static bool add_law(struct models *models, struct words *words, struct diagnostics *diagnostics, uint32_t *number)
{
    enum diode_reading reading = models->reading;
    struct piecewise p;
    *number = MODELS_WRONG;
    if (!read_piecewise(words, diagnostics, &p))
        return true;
    const char *wrong = reading == DIODE_IDEAL ? NULL : complaint(&p);
    if (wrong) {
        const struct arg *name = words->card->arg;
        diagnose(diagnostics, SEVERITY_ERROR, name->text, name->length, "%s", wrong);
        return true;
    }
    *number = MODELS_NO_LAW;
    if (reading != DIODE_IDEAL && !is_given(&p))
        return true;
    if (!array_reserve(&models->law, &models->law_capacity, models->n_laws + 1u, sizeof *models->law))
        return false;
    models->law[models->n_laws] = reading == DIODE_IDEAL ? ideal_law() : piecewise_law(&p, models->conditions->gmin);
    *number = models->n_laws++;
    return true;
}

/* Read a .model card, which becomes the model models->count. False when memory is out. */
static bool read_model(struct models *models, const struct card *card, struct diagnostics *diagnostics)
{
    struct words words = words_in(models->flat, card);
    const struct arg *name = words_next(&words);
    if (!array_reserve(&models->model, &models->capacity, models->count + 1u, sizeof *models->model))
        return false;
    struct model *model = &models->model[models->count++];
    *model = (struct model){.card = card, .law = MODELS_WRONG};
    if (!name || !words_peek(&words)) {
        words_missing(&words, diagnostics, name ? "model type" : "model name");
        return true;
    }
    model->law = MODELS_NO_LAW;
    return !arg_is(words_next(&words), "d") || add_law(models, &words, diagnostics, &model->law);
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

void models_missing(const struct words *element, const struct arg *name, struct diagnostics *diagnostics)
{
    const struct card *near = flatten_nearest_model(element->flat, name->text, name->length);
    diagnose(diagnostics, SEVERITY_ERROR, name->text, name->length, "%.*s: no .model named %.*s", element->name_length,
             element->name, (int)name->length, name->text);
    if (near)
        diagnose(diagnostics, SEVERITY_NOTE, near->arg[1].text, near->arg[1].length, "did you mean %.*s?",
                 (int)near->arg[1].length, near->arg[1].text);
}

static void wrong_type(const struct words *element, const struct arg *name, const struct card *model, const char *wanted,
                       struct diagnostics *diagnostics)
{
    diagnose(diagnostics, SEVERITY_ERROR, name->text, name->length, "%.*s: the model %.*s is not a %s model",
             element->name_length, element->name, (int)name->length, name->text, wanted);
    diagnose(diagnostics, SEVERITY_NOTE, model->arg[2].text, model->arg[2].length, "the model is here");
}

bool models_use(struct models *models, const struct words *element, const struct arg *name,
                struct diagnostics *diagnostics, uint32_t *law)
{
    struct flat_model found;
    *law = MODELS_NO_LAW;
    if (!flatten_model(models->flat, name->text, name->length, &found)) {
        models_missing(element, name, diagnostics);
        return true;
    }
    if (!take(models, &found, diagnostics))
        return false;
    const struct model *model = &models->model[*found.number];
    if (model->law != MODELS_NO_LAW) {
        *law = model->law == MODELS_WRONG ? MODELS_NO_LAW : model->law;
        return true;
    }
    const struct arg *type = &model->card->arg[2];
    if (!arg_is(type, "d")) {
        wrong_type(element, name, model->card, "diode (D)", diagnostics);
        return true;
    }
    diagnose(diagnostics, SEVERITY_ERROR, name->text, name->length,
             "%.*s: exponential diodes are not supported: give the model Ron, Roff or Vfwd, or run with --diode=ideal",
             element->name_length, element->name);
    diagnose(diagnostics, SEVERITY_NOTE, type->text, type->length, "the model is here");
    return true;
}

/* ---- resistors ---- */

bool models_resistor(const struct words *element, const struct arg *name, const struct flat_model *found,
                     struct diagnostics *diagnostics, struct resistor_model *model)
{
    const struct card *card = found->card;
    struct resistor_model m = {NAN, NAN, NAN, NAN, NAN, 0, 0, 0, 0, NAN};
    if (card->count < 3 || !(arg_is(&card->arg[2], "r") || arg_is(&card->arg[2], "res"))) {
        if (card->count >= 3)
            wrong_type(element, name, card, "resistor (R)", diagnostics);
        return false;
    }
    const struct key keys[] = {{"r", &m.r, 1},       {"rsh", &m.rsh, 1},         {"l", &m.l, 1},     {"w", &m.w, 1},
                               {"defw", &m.defw, 1}, {"narrow", &m.narrow, 1},   {"short", &m.shortened, 1},
                               {"tc1", &m.tc1, 1},   {"tc1r", &m.tc1, 1},        {"tc2", &m.tc2, 1}, {"tc2r", &m.tc2, 1},
                               {"tnom", &m.tnom, 1}, {"t_measured", &m.tnom, 1}, {NULL, NULL, 0}};
    size_t level = flatten_enter(element->flat, found->level);
    struct words words = words_in(element->flat, card);
    words.at = 3;
    words_take(&words, diagnostics, keys);
    flatten_enter(element->flat, level);
    *model = m;
    return !words.failed;
}

void models_free(struct models *models)
{
    free(models->model);
    free(models->law);
    *models = (struct models){0};
}
