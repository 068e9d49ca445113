#include "elaborate/diode_model.h"

#include "elaborate/iv_table.h"
#include "laws/given.h"
#include "util/array.h"
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* ---- parameters -------------------------------------------------------------------------------------------------- */

/* Parameters of the idealised law; NAN: not given. */
struct piecewise {
    double ron, roff, vfwd, vrev, rrev, epsilon, revepsilon, ilimit, revilimit;
};

struct parameters {
    struct piecewise piecewise;
    struct junction_model junction;
    const struct arg *table; /* name of its file, or NULL */
    bool failed;
};

struct parameter {
    const char *name; /* lower case */
    size_t offset;    /* of its double in struct parameters; IDLE: known, and without effect at direct current */
};

#define IDLE SIZE_MAX
#define PIECEWISE(name) {#name, offsetof(struct parameters, piecewise.name)}
#define JUNCTION(name, field) {name, offsetof(struct parameters, junction.field)}

static const struct parameter table[] = {
    PIECEWISE(ron), PIECEWISE(roff), PIECEWISE(vfwd), PIECEWISE(vrev), PIECEWISE(rrev), PIECEWISE(epsilon),
    PIECEWISE(revepsilon), PIECEWISE(ilimit), PIECEWISE(revilimit),
    JUNCTION("level", level), JUNCTION("is", is), JUNCTION("js", is), JUNCTION("jsw", jsw), JUNCTION("isw", jsw),
    JUNCTION("n", n), JUNCTION("ns", ns), JUNCTION("rs", rs), JUNCTION("bv", bv), JUNCTION("vb", bv),
    JUNCTION("vrb", bv), JUNCTION("var", bv), JUNCTION("ibv", ibv), JUNCTION("ib", ibv), JUNCTION("nbv", nbv),
    JUNCTION("nz", nbv), JUNCTION("isr", isr), JUNCTION("nr", nr), JUNCTION("vj", vj), JUNCTION("pb", vj),
    JUNCTION("m", m), JUNCTION("mj", m), JUNCTION("fc", fc), JUNCTION("ikf", ikf), JUNCTION("ik", ikf),
    JUNCTION("ikr", ikr), JUNCTION("jtun", jtun), JUNCTION("jtunsw", jtunsw), JUNCTION("ntun", ntun),
    JUNCTION("xtitun", xtitun), JUNCTION("keg", keg), JUNCTION("tnom", tnom), JUNCTION("tref", tnom),
    JUNCTION("eg", eg), JUNCTION("xti", xti), JUNCTION("tcv", tcv), JUNCTION("tbv1", tcv), JUNCTION("trs", trs1),
    JUNCTION("trs1", trs1), JUNCTION("trs2", trs2), JUNCTION("tm1", tm1), JUNCTION("tm2", tm2),
    JUNCTION("tlev", tlev), JUNCTION("tlevc", tlevc), JUNCTION("tpb", tpb), JUNCTION("tvj", tpb),
    JUNCTION("area", area), JUNCTION("pj", pj), JUNCTION("temp", temp), JUNCTION("dtemp", dtemp), JUNCTION("w", w),
    JUNCTION("l", l),
    {"tt", IDLE}, {"ttt1", IDLE}, {"ttt2", IDLE}, {"cjo", IDLE}, {"cj0", IDLE}, {"cj", IDLE}, {"cjp", IDLE},
    {"cjsw", IDLE}, {"php", IDLE}, {"vjsw", IDLE}, {"mjsw", IDLE}, {"cta", IDLE}, {"ctc", IDLE}, {"ctp", IDLE},
    {"tphp", IDLE}, {"kf", IDLE}, {"af", IDLE}, {"fcs", IDLE}, {"fv_max", IDLE}, {"bv_max", IDLE}, {"id_max", IDLE},
    {"te_max", IDLE}, {"pd_max", IDLE}, {"rth0", IDLE}, {"cth0", IDLE}, {"lm", IDLE}, {"lp", IDLE}, {"wm", IDLE},
    {"wp", IDLE}, {"xom", IDLE}, {"xoi", IDLE}, {"xm", IDLE}, {"xp", IDLE}, {"ic", IDLE}, {"d", IDLE},
    {"off", IDLE},
};

static const struct parameter *find(const struct arg *arg)
{
    for (size_t p = 0; p < sizeof table / sizeof *table; p++)
        if (arg_is(arg, table[p].name))
            return &table[p];
    return NULL;
}

bool diode_model_knows(const struct arg *name)
{
    return find(name);
}

static void warn_unknown(const struct arg *arg, const struct arg *model, struct diagnostics *diagnostics)
{
    diagnose(diagnostics, WARNING_UNKNOWN_MODEL_PARAMETER, arg->text, arg->length,
             "the diode model %.*s has no parameter %.*s: it is left out", (int)model->length, model->text,
             (int)arg->length, arg->text);
}

/* A value follows `name =`, or `name` alone where that is a known parameter: SPICE takes the sign for a blank. */
static bool has_value(const struct arg *arg, const struct parameter *known, const struct card_reader *reader)
{
    const struct arg *next = card_reader_peek(reader);
    double unused;
    return arg->kind == ARG_KEY ||
           (known && next && next->kind != ARG_KEY && card_reader_is_number(reader, next, &unused));
}

static void read_parameters(struct card_reader *reader, struct parameters *parameters, struct diagnostics *diagnostics)
{
    const struct arg *arg, *model = reader->card->arg + 1;
    while (!reader->failed && (arg = card_reader_next(reader))) {
        const struct parameter *known = find(arg);
        double value;
        if (arg->kind == ARG_KEY && arg_is(arg, "table")) {
            parameters->table = card_reader_next(reader);
            if (parameters->table->kind == ARG_GROUP || parameters->table->length == 0)
                card_reader_missing(reader, diagnostics, "file name");
        } else if (!has_value(arg, known, reader)) {
            if (!known || known->offset != IDLE)
                warn_unknown(arg, model, diagnostics);
        } else if (!known) {
            warn_unknown(arg, model, diagnostics);
            card_reader_next(reader);
        } else if (card_reader_number(reader, diagnostics, known->name, &value) && known->offset != IDLE) {
            memcpy((char *)parameters + known->offset, &value, sizeof value);
        }
    }
}

/* ---- idealised laws ---------------------------------------------------------------------------------------------- */

static struct law ideal_law(void)
{
    return (struct law){.g_off = 0, .g_on = INFINITY, .g_rev = INFINITY, .v_fwd = 0, .v_rev = INFINITY};
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

static bool is_piecewise(const struct piecewise *p)
{
    return !(isnan(p->ron) && isnan(p->roff) && isnan(p->vfwd) && isnan(p->vrev) && isnan(p->rrev) &&
             isnan(p->epsilon) && isnan(p->revepsilon) && isnan(p->ilimit) && isnan(p->revilimit));
}

static bool is_limited(const struct piecewise *p)
{
    return p->epsilon > 0 || p->revepsilon > 0 || p->ilimit < 1e29 || p->revilimit < 1e29;
}

static struct limited limited_law(const struct piecewise *p, const struct law *law)
{
    return (struct limited){law->g_off,
                            {law->v_fwd, law->g_on, given(p->epsilon, 0), given(p->ilimit, INFINITY)},
                            {law->v_rev, law->g_rev, given(p->revepsilon, 0), given(p->revilimit, INFINITY)}};
}

/* Where the limit is approached from, A. */
static double current_before_limit(const struct limited_side *side, double g_off)
{
    return g_off * (side->v + side->epsilon) + (side->g - g_off) * side->epsilon / 2;
}

static const char *limited_complaint(const struct limited *limited)
{
    if (isinf(limited->forward.g) || isinf(limited->reverse.g))
        return "Epsilon and Ilimit need Ron > 0";
    if (!(limited->forward.limit > current_before_limit(&limited->forward, limited->g_off)))
        return "Ilimit is less than the current where it begins";
    if (isfinite(limited->reverse.v) &&
        !(limited->reverse.limit > current_before_limit(&limited->reverse, limited->g_off)))
        return "Revilimit is less than the current where it begins";
    if ((limited->forward.epsilon > 0 && limited->forward.g < limited->g_off) ||
        (limited->reverse.epsilon > 0 && limited->reverse.g < limited->g_off))
        return "Epsilon needs Ron and Rrev below Roff";
    return NULL;
}

static const char *complaint(const struct piecewise *p)
{
    if (p->ron < 0 || p->rrev < 0)
        return "Ron and Rrev must not be negative";
    if (p->roff <= 0)
        return "Roff must be positive";
    if (p->vfwd < 0 || p->vrev < 0)
        return "Vfwd and Vrev must not be negative";
    if (p->epsilon < 0 || p->revepsilon < 0)
        return "Epsilon and Revepsilon must not be negative";
    if (p->ilimit <= 0 || p->revilimit <= 0)
        return "Ilimit and Revilimit must be positive";
    return NULL;
}

/* ---- the model --------------------------------------------------------------------------------------------------- */

static bool wrong(struct model *model, const char *what, struct diagnostics *diagnostics)
{
    const struct arg *name = model->card->arg;
    diagnose(diagnostics, ERROR_MODEL_VALUE, name->text, name->length, "%s", what);
    model->kind = MODEL_WRONG;
    return true;
}

static bool add_law(struct models *models, struct model *model, struct law new)
{
    struct law *law = models_new_law(models, &model->law);
    if (!law)
        return false;
    *law = new;
    model->kind = MODEL_SHARED;
    return true;
}

static bool add_piecewise(struct models *models, struct model *model, const struct piecewise *p, double gmin,
                          struct diagnostics *diagnostics)
{
    const char *what = complaint(p);
    if (what)
        return wrong(model, what, diagnostics);
    struct law law = piecewise_law(p, gmin);
    if (!is_limited(p))
        return add_law(models, model, law);
    struct limited limited = limited_law(p, &law);
    what = limited_complaint(&limited);
    if (what)
        return wrong(model, what, diagnostics);
    struct law *curved = models_new_curve(models, CURVE_LIMITED, &model->law);
    if (!curved)
        return false;
    curved->curve->limited = limited;
    law_of_curve(curved);
    model->kind = MODEL_SHARED;
    return true;
}

static bool add_junction(struct models *models, struct model *model, const struct junction_model *parameters,
                         struct diagnostics *diagnostics)
{
    struct junction_model *junction = arena_alloc(&models->circuit->arena, sizeof *junction);
    const struct arg *name = model->card->arg + 1;
    if (!junction)
        return false;
    *junction = *parameters;
    if (junction->level == 3) {
        double scale = models->circuit->sim_options.scale;
        junction->area *= scale * scale;
        junction->pj *= scale;
        junction->w *= scale;
        junction->l *= scale;
    }
    model->junction = junction;
    model->kind = MODEL_JUNCTION;
    if (!isnan(junction->isr) && isnan(junction->nr))
        diagnose(diagnostics, WARNING_ISR_WITHOUT_NR, name->text, name->length,
                 "the model %.*s has Isr without Nr: Nr is 1, as in ngspice 39 (2 in later versions)",
                 (int)name->length, name->text);
    return true;
}

bool diode_model_read(struct models *models, struct model *model, struct card_reader *reader,
                      struct diagnostics *diagnostics)
{
    struct parameters parameters = {.piecewise = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN}};
    junction_model_init(&parameters.junction);
    if (models->reading == DIODE_IDEAL)
        return add_law(models, model, ideal_law());
    read_parameters(reader, &parameters, diagnostics);
    if (reader->failed) {
        model->kind = MODEL_WRONG;
        return true;
    }
    if (parameters.table)
        return iv_table_model(models, model, parameters.table, diagnostics);
    if (is_piecewise(&parameters.piecewise))
        return add_piecewise(models, model, &parameters.piecewise, models->circuit->sim_options.gmin, diagnostics);
    return add_junction(models, model, &parameters.junction, diagnostics);
}
