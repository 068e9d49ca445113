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
        {"ilimit", &p->ilimit, 1}, {"revepsilon", &p->revepsilon, 1}, {"revilimit", &p->revilimit, 1}};
    *p = (struct piecewise){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    const struct arg *arg;
    while ((arg = words_next(words))) {
        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
            if (arg->kind == ARG_KEY && arg_is(arg, keys[i].name) &&
                !words_number(words, diagnostics, keys[i].name, keys[i].value))
                return false;
    }
    return true;
}

/* The law of a D model, MODELS_NO_LAW for an exponential diode, or MODELS_WRONG. False when memory is out. */
static bool add_law(struct models *models, struct words *words, enum diode_reading reading,
                    const struct conditions *conditions, struct diagnostics *diagnostics, uint32_t *number)
{
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
    models->law[models->n_laws] = reading == DIODE_IDEAL ? ideal_law() : piecewise_law(&p, conditions->gmin);
    *number = models->n_laws++;
    return true;
}

bool models_add(struct models *models, const struct card *card, enum diode_reading reading,
                const struct conditions *conditions, struct diagnostics *diagnostics)
{
    struct words words = words_of(card);
    const struct arg *name = words_next(&words);
    if (!name || !words_peek(&words)) {
        words_missing(&words, diagnostics, name ? "model type" : "model name");
        return true;
    }
    const struct arg *type = words_next(&words);
    bool is_new;
    uint32_t number = names_add(&models->names, name->text, name->length, &is_new);
    if (number == NAMES_NONE)
        return false;
    if (!is_new) {
        const struct card *first = models->model[number].card;
        diagnose(diagnostics, SEVERITY_ERROR, name->text, name->length, "a second model named %.*s", (int)name->length, name->text);
        diagnose(diagnostics, SEVERITY_NOTE, first->arg->text, first->arg->length, "the first one is here");
        return true;
    }
    if (!array_reserve(&models->model, &models->capacity, number + 1u, sizeof *models->model))
        return false;
    models->model[number] = (struct model){.card = card, .law = MODELS_NO_LAW};
    if (!arg_is(type, "d"))
        return true;
    return add_law(models, &words, reading, conditions, diagnostics, &models->model[number].law);
}

uint32_t models_use(const struct models *models, const struct card *card, const struct arg *name,
                    struct diagnostics *diagnostics)
{
    uint32_t number = names_find(&models->names, name->text, name->length);
    const struct arg *element = card->arg;
    if (number == NAMES_NONE) {
        uint32_t near = names_nearest(&models->names, name->text, name->length);
        diagnose(diagnostics, SEVERITY_ERROR, name->text, name->length, "%.*s: no .model named %.*s", (int)element->length,
                 element->text, (int)name->length, name->text);
        if (near != NAMES_NONE)
            diagnose(diagnostics, SEVERITY_NOTE, models->model[near].card->arg[1].text,
                     models->model[near].card->arg[1].length, "did you mean %s?", models->names.text[near]);
        return MODELS_NO_LAW;
    }
    const struct model *model = &models->model[number];
    if (model->law != MODELS_NO_LAW)
        return model->law == MODELS_WRONG ? MODELS_NO_LAW : model->law;
    const struct arg *type = &model->card->arg[2];
    if (!arg_is(type, "d"))
        diagnose(diagnostics, SEVERITY_ERROR, name->text, name->length, "%.*s: the model %.*s is not a diode (D) model",
                 (int)element->length, element->text, (int)name->length, name->text);
    else
        diagnose(diagnostics, SEVERITY_ERROR, name->text, name->length,
                 "%.*s: exponential diodes are not supported: give the model Ron, Roff or Vfwd, or run with --diode=ideal",
                 (int)element->length, element->text);
    diagnose(diagnostics, SEVERITY_NOTE, type->text, type->length, "the model is here");
    return MODELS_NO_LAW;
}

void models_free(struct models *models)
{
    names_free(&models->names);
    free(models->model);
    free(models->law);
    *models = (struct models){0};
}
