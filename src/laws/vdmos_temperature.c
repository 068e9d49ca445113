#include "laws/silicon.h"
#include "laws/vdmos_parts.h"

static const double coldest = 50, hottest = 5000; /* K: beyond them all stays as it is there */

static struct vdmos_temperature at_kelvin(const struct vdmos_law *law, struct dual kelvin)
{
    double nominal = law->tnom + SILICON_CELSIUS, own = law->temp + SILICON_CELSIUS;
    return (struct vdmos_temperature){
        .kelvin = kelvin,
        .ratio = dual_over(kelvin, dual_of(nominal)),
        .dt = dual_shift(kelvin, -nominal),
        .again = dual_over(kelvin, dual_of(own)),
    };
}

struct vdmos_temperature vdmos_at_rest(const struct vdmos_law *law)
{
    struct vdmos_temperature at = at_kelvin(law, dual_of(law->temp + SILICON_CELSIUS));
    at.dt = dual_of(law->temp - law->tnom);
    at.again = dual_of(1);
    return at;
}

struct vdmos_temperature vdmos_heated(const struct vdmos_law *law, double x, int index)
{
    struct dual rise = dual_scale(law->type, dual_variable(x, index));
    struct dual kelvin = dual_shift(rise, law->temp + SILICON_CELSIUS);
    if (kelvin.v < coldest)
        kelvin = dual_of(coldest);
    if (kelvin.v > hottest)
        kelvin = dual_of(hottest);
    return at_kelvin(law, kelvin);
}

/* 1 + a dt + b dt^2 */
static struct dual drift(const struct vdmos_temperature *at, double a, double b)
{
    struct dual slope = dual_shift(dual_scale(b, at->dt), a);
    return dual_shift(dual_times(at->dt, slope), 1);
}

/* value times that; of one that heats itself never less than a thousandth of the value */
static struct dual drifted(const struct vdmos_law *law, const struct vdmos_temperature *at, double value, double a,
                           double b)
{
    struct dual result = dual_scale(value, drift(at, a, b));
    return law->heats && result.v < value / 1000 ? dual_of(value / 1000) : result;
}

/* (T / Tnom)^power (T / TEMP)^power */
static struct dual growth(const struct vdmos_temperature *at, double power)
{
    return dual_times(dual_power(at->ratio, power), dual_power(at->again, power));
}

struct dual vdmos_beta(const struct vdmos_law *law, const struct vdmos_temperature *at)
{
    return dual_scale(law->model.kp, growth(at, law->model.mu));
}

struct dual vdmos_von(const struct vdmos_law *law, const struct vdmos_temperature *at)
{
    return dual_shift(dual_scale(-law->model.tcvth, at->dt), law->model.vto);
}

struct dual vdmos_ksubthres(const struct vdmos_law *law, const struct vdmos_temperature *at)
{
    return drifted(law, at, law->model.ksubthres, law->model.tksubthres1, law->model.tksubthres2);
}

struct dual vdmos_rd(const struct vdmos_law *law, const struct vdmos_temperature *at)
{
    const double usual = 1.5; /* TEXP0 of what is more than TEMP, where it is not given */
    const struct vdmos_model *model = &law->model;
    if (!isnan(model->texp0))
        return dual_scale(model->rd, growth(at, model->texp0));
    return dual_times(drifted(law, at, model->rd, model->trd1, model->trd2), dual_power(at->again, usual));
}

struct dual vdmos_rq(const struct vdmos_law *law, const struct vdmos_temperature *at)
{
    bool has = law->model.rd > 0 && law->model.rq > 0 && !isnan(law->model.vq);
    return dual_scale(has ? law->model.rq : 0, growth(at, law->model.texp1));
}

struct dual vdmos_rg(const struct vdmos_law *law, const struct vdmos_temperature *at)
{
    return drifted(law, at, law->model.rg, law->model.trg1, law->model.trg2);
}

struct dual vdmos_rs(const struct vdmos_law *law, const struct vdmos_temperature *at)
{
    return drifted(law, at, law->model.rs, law->model.trs1, law->model.trs2);
}

struct dual vdmos_rb(const struct vdmos_law *law, const struct vdmos_temperature *at)
{
    return drifted(law, at, law->model.rb, law->model.trb1, law->model.trb2);
}

struct vdmos_channel vdmos_channel(const struct vdmos_law *law, const struct vdmos_temperature *at)
{
    return (struct vdmos_channel){
        .beta = vdmos_beta(law, at), .von = vdmos_von(law, at), .ksubthres = vdmos_ksubthres(law, at),
        .lambda = law->lambda, .theta = law->theta, .mtriode = law->mtriode, .subshift = law->subshift,
    };
}

void vdmos_take_temperature(struct vdmos_law *law, const struct vdmos_temperature *at)
{
    law->beta = vdmos_beta(law, at).v;
    law->von = vdmos_von(law, at).v;
    law->ksubthres = vdmos_ksubthres(law, at).v;
    law->rd = vdmos_rd(law, at).v;
    law->rq = vdmos_rq(law, at).v;
    law->rg = vdmos_rg(law, at).v;
    law->rs = vdmos_rs(law, at).v;
    law->rb = vdmos_rb(law, at).v;
}
