#include "laws/mos.h"

#include "laws/silicon.h"
#include <float.h>
#include <math.h>

#define SIZE(name, otherwise) {#name, offsetof(struct mos_size, name), otherwise}

const struct device_parameter mos_sizes[] = {
    SIZE(l, 1e-4), SIZE(w, 1e-4), SIZE(ad, 0), SIZE(as, 0), SIZE(pd, 0), SIZE(ps, 0), SIZE(nrd, NAN), SIZE(nrs, NAN),
    SIZE(temp, NAN), SIZE(dtemp, 0),
    {"icvds", DEVICE_IDLE, NAN}, {"icvgs", DEVICE_IDLE, NAN}, {"icvbs", DEVICE_IDLE, NAN},
    {"sens_l", DEVICE_IDLE, NAN}, {"sens_w", DEVICE_IDLE, NAN}, {NULL, DEVICE_IDLE, NAN},
};

static const char *complaint(const struct mos_model *model, const struct mos_size *size)
{
    if (model->phi <= 0)
        return "PHI must be positive";
    if (model->tox < 0 || model->nsub < 0 || model->uo < 0)
        return "TOX, NSUB and UO must not be negative";
    if (model->rd < 0 || model->rs < 0 || model->rsh < 0 || size->nrd < 0 || size->nrs < 0)
        return "RD, RS, RSH, NRD and NRS must not be negative";
    if (model->is < 0 || model->js < 0 || size->ad < 0 || size->as < 0)
        return "IS, JS, AD and AS must not be negative";
    return NULL;
}

/* The process at Tnom: what PHI, GAMMA and VTO are by NSUB, where they are not given. */
struct process {
    double phi, gamma, vto;
};

static double intrinsic(const struct mos_rules *rules, double tnom)
{
    double ratio = tnom / 300, vt = silicon_thermal(1);
    double more = ratio * sqrt(ratio) * exp(0.5 * silicon_gap(tnom) * (1.0 / 300 - 1 / tnom) / vt);
    return 1.45e10 * (rules->ni_at_tnom ? more : 1); /* 1/cm^3 */
}

/* The work function of the gate against the substrate of an n type or p type. */
static double work_function(const struct mos_model *model, int type, double gap, double phi)
{
    double gate = floor(model->tpg + 0.5);
    double metal = gate == 0 ? 3.2 : 3.25 + 0.5 * gap - type * gate * 0.5 * gap;
    return metal - (3.25 + 0.5 * gap + type * 0.5 * phi);
}

static struct process process_at(struct mos_law *law, const struct mos_model *model, double tnom, const char **wrong)
{
    struct process p = {given(model->phi, 0.6), given(model->gamma, 0), given(model->vto, 0)};
    double ni = intrinsic(law->rules, tnom);
    law->nsub = law->cox > 0 ? given(model->nsub, 0) : 0;
    if (law->cox == 0 || isnan(model->nsub))
        return p;
    if (!(model->nsub > ni)) {
        *wrong = "NSUB must be more than the carriers of pure silicon, 1.45e10 per cubic centimetre";
        return p;
    }
    double charge = 2 * EPSILON_SILICON * SILICON_CHARGE * model->nsub * 1e6;
    law->xd = sqrt(2 * EPSILON_SILICON / (SILICON_CHARGE * model->nsub * 1e6));
    if (isnan(model->phi))
        p.phi = fmax(0.1, 2 * silicon_thermal(tnom) * log(model->nsub / ni));
    if (isnan(model->gamma))
        p.gamma = sqrt(charge) / law->cox;
    if (isnan(model->vto)) {
        double flat = work_function(model, law->type, silicon_gap(tnom), p.phi) -
                      model->nss * 1e4 * SILICON_CHARGE / law->cox;
        p.vto = flat + law->type * (p.gamma * sqrt(p.phi) + p.phi);
    }
    return p;
}

static double series(double ohms, double sheet, double squares)
{
    return isnan(ohms) ? given(sheet, 0) * squares : ohms;
}

static void junctions_of(struct mos_law *law, const struct mos_model *model, double kelvin, double nominal)
{
    double growth =
        exp(silicon_gap(nominal) / silicon_thermal(nominal) - silicon_gap(kelvin) / silicon_thermal(kelvin));
    double density = model->js, whole = model->is;
    bool by_area = density > 0 && law->size.ad > 0 && law->size.as > 0;
    double isd = by_area ? density * law->size.ad : whole, iss = by_area ? density * law->size.as : whole;
    law->isd = isd > 0 ? fmax(isd * growth, DBL_MIN) : 0; /* in the cold too there is a junction */
    law->iss = iss > 0 ? fmax(iss * growth, DBL_MIN) : 0;
}

static const char *geometry(struct mos_law *law, const struct mos_model *model)
{
    law->length = law->size.l - 2 * model->ld + given(model->xl, 0);
    law->width = law->size.w - 2 * given(model->wd, 0) + given(model->xw, 0);
    if (!(law->length > 0))
        return "the effective length of the channel, L - 2 LD, is not positive";
    if (!(law->width > 0))
        return "the effective width of the channel is not positive";
    return NULL;
}

static const char *temperature(struct mos_law *law, const struct mos_size *size,
                               const struct device_conditions *conditions, double tnom)
{
    law->temp = given(size->temp, conditions->temp + size->dtemp);
    law->vt = silicon_thermal(law->temp + SILICON_CELSIUS);
    if (!(law->temp + SILICON_CELSIUS > 0) || !(tnom > 0))
        return "the temperature is below absolute zero";
    return NULL;
}

static const char *threshold(struct mos_law *law, const struct process *at_tnom, double kelvin, double tnom)
{
    law->phi = silicon_potential(at_tnom->phi, kelvin, tnom);
    law->gamma = at_tnom->gamma;
    if (!(law->phi > 0))
        return "PHI is not positive at this temperature";
    law->vbi = law->type * (at_tnom->vto + 0.5 * (silicon_gap(tnom) - silicon_gap(kelvin))) -
               law->gamma * sqrt(at_tnom->phi) + 0.5 * (law->phi - at_tnom->phi);
    law->vto = law->vbi + law->gamma * sqrt(law->phi);
    return isfinite(law->vto) ? NULL : "the parameters give no finite threshold at this temperature";
}

const char *mos_make(struct mos_law *law, const struct mos_rules *rules, const struct mos_model *model,
                     const struct mos_size *size, const struct device_conditions *conditions)
{
    const char *wrong = complaint(model, size);
    if (wrong)
        return wrong;
    double nominal = SILICON_CELSIUS + given(model->tnom, conditions->tnom);
    double tox = given(model->tox, rules->tox);
    *law = (struct mos_law){.rules = rules, .type = conditions->type < 0 ? -1 : 1};
    law->gmin = conditions->gmin / (conditions->m > 0 && !rules->gmin_of_each ? conditions->m : 1);
    law->size = *size;
    law->size.nrd = given(size->nrd, rules->nrd);
    law->size.nrs = given(size->nrs, rules->nrd);
    if ((wrong = temperature(law, size, conditions, nominal)) || (wrong = geometry(law, model)))
        return wrong;
    if (!isnan(rules->tox) && tox == 0)
        return "TOX must be positive";
    double kelvin = law->temp + SILICON_CELSIUS, ratio = kelvin / nominal;
    law->cox = tox > 0 ? EPSILON_OXIDE / tox : 0;
    law->uo = model->uo;
    law->mobility_falls = ratio * sqrt(ratio);
    law->kp = given(model->kp, law->cox > 0 ? law->uo * 1e-4 * law->cox : 2e-5) / law->mobility_falls;
    struct process at_tnom = process_at(law, model, nominal, &wrong);
    at_tnom.vto += given(model->delvto, 0);
    if (wrong || (wrong = threshold(law, &at_tnom, kelvin, nominal)))
        return wrong;
    law->pb = silicon_potential(given(model->pb, 0.8), kelvin, nominal);
    law->rd = series(model->rd, model->rsh, law->size.nrd);
    law->rs = series(model->rs, model->rsh, law->size.nrs);
    junctions_of(law, model, kelvin, nominal);
    if (!isfinite(law->kp) || !isfinite(law->rd + law->rs) || !isfinite(law->isd + law->iss))
        return "the parameters give no finite current at this temperature";
    return NULL;
}
