#include "laws/given.h"
#include "laws/silicon.h"
#include "laws/vdmos_parts.h"

/* ---- tables ------------------------------------------------------------------------------------------------------ */

#define MODEL(name, otherwise) {#name, offsetof(struct vdmos_model, name), otherwise}
#define AS(name, field) {#name, offsetof(struct vdmos_model, field), NAN}
#define IDLE(name) {#name, DEVICE_IDLE, NAN}

const struct device_parameter vdmos_model_parameters[] = {
    MODEL(vto, 0), AS(vth0, vto), MODEL(kp, 1), MODEL(phi, NAN), MODEL(lambda, 0), MODEL(theta, 0), MODEL(rd, 0),
    MODEL(rs, 0), MODEL(rg, 0), MODEL(rds, NAN), MODEL(rb, 0), MODEL(rq, NAN), MODEL(vq, NAN), MODEL(mtriode, 1),
    MODEL(subshift, 0), MODEL(ksubthres, 0.1), MODEL(tnom, NAN), MODEL(tcvth, 0), AS(vtotc, tcvth), MODEL(mu, -1.5),
    AS(bex, mu), MODEL(texp0, NAN), MODEL(texp1, 0.3), MODEL(trd1, 0), MODEL(trd2, 0), MODEL(trg1, 0), MODEL(trg2, 0),
    MODEL(trs1, 0), MODEL(trs2, 0), MODEL(trb1, 0), MODEL(trb2, 0), MODEL(tksubthres1, 0), MODEL(tksubthres2, 0),
    MODEL(is, 1e-14), MODEL(n, 1), MODEL(bv, NAN), MODEL(ibv, 1e-10), MODEL(nbv, 1), MODEL(eg, 1.11), MODEL(xti, 3),
    MODEL(rthjc, NAN), MODEL(rthca, 1000), IDLE(cthj),
    IDLE(kf), IDLE(af), IDLE(tt), IDLE(vj), IDLE(cjo), IDLE(m), IDLE(fc), IDLE(cgdmin), IDLE(cgdmax), IDLE(a),
    IDLE(cgs), IDLE(vgs_max), IDLE(vgd_max), IDLE(vds_max), IDLE(vgsr_max), IDLE(vgdr_max), IDLE(pd_max), IDLE(id_max),
    IDLE(idr_max), IDLE(te_max), IDLE(rth_ext), IDLE(derating), IDLE(lmin), IDLE(lmax), IDLE(wmin), IDLE(wmax),
    {NULL, DEVICE_IDLE, NAN},
};

const struct device_parameter vdmos_size_parameters[] = {
    {"temp", offsetof(struct vdmos_size, temp), NAN}, {"dtemp", offsetof(struct vdmos_size, dtemp), 0},
    {"thermal", offsetof(struct vdmos_size, thermal), NAN}, IDLE(icvds), IDLE(icvgs), {NULL, DEVICE_IDLE, NAN},
};

/* ---- from the cards ---------------------------------------------------------------------------------------------- */

static const char *body_diode(struct vdmos_law *law)
{
    const struct vdmos_model *model = &law->model;
    struct junction_model diode;
    struct junction_size size = {NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    junction_model_init(&diode);
    diode.is = model->is;
    diode.n = model->n;
    diode.bv = model->bv;
    diode.ibv = model->ibv;
    diode.nbv = model->nbv;
    diode.eg = model->eg;
    diode.xti = model->xti;
    return junction_at(&law->diode, &diode, &size, law->temp, law->tnom, law->gmin);
}

static const char *complaint(const struct vdmos_model *model)
{
    if (model->phi <= 0)
        return "PHI must be positive";
    if (model->rd < 0 || model->rs < 0 || model->rg < 0 || model->rb < 0 || model->rq < 0)
        return "RD, RS, RG, RB and RQ must not be negative";
    if (model->mtriode <= 0)
        return "MTRIODE must be positive";
    return NULL;
}

/* Numbers as the laws take them: those of one of all that are in parallel, of an n type. */
static void prepare(struct vdmos_model *model, double share, int type)
{
    model->vto *= type < 0 ? -1 : 1;
    model->bv = fabs(model->bv);
    model->ibv /= share;
    model->eg = fmax(model->eg, 0.1);
    model->rthjc *= share;
    model->rthca *= share;
}

/* What is wrong with it, at its temperature. */
static const char *complaint_at(const struct vdmos_law *law)
{
    const struct vdmos_model *model = &law->model;
    if (law->heats && (!(model->rthjc > 0) || !(model->rthca > 0)))
        return "RTHJC and RTHCA must be positive";
    if (!(law->ksubthres > 0))
        return "KSUBTHRES is not positive at this temperature";
    if (!(law->rd >= 0) || !(law->rg >= 0) || !(law->rs >= 0) || !(law->rb >= 0))
        return "RD, RG, RS or RB is negative at this temperature";
    if ((model->rd > 0 && law->rd == 0) || (model->rg > 0 && law->rg == 0) || (model->rs > 0 && law->rs == 0) ||
        (model->rb > 0 && law->rb == 0))
        return "RD, RG, RS or RB is 0 at this temperature";
    if (!isfinite(law->beta) || !isfinite(law->von) || !isfinite(law->rd + law->rq + law->rg + law->rs + law->rb))
        return "the parameters give no finite current at this temperature";
    return NULL;
}

const char *vdmos_make(void *data, const void *model, const void *size_data,
                       const struct device_conditions *conditions)
{
    struct vdmos_law *law = data;
    const struct vdmos_size *size = size_data;
    const char *wrong = complaint(model);
    if (wrong)
        return wrong;
    *law = (struct vdmos_law){.dtemp = size->dtemp, .type = conditions->type < 0 ? -1 : 1,
                              .ambient = conditions->temp, .model = *(const struct vdmos_model *)model};
    law->share = conditions->m > 0 ? conditions->m : 1;
    prepare(&law->model, law->share, conditions->type);
    law->gmin = conditions->gmin / law->share;
    law->temp = given(size->temp, conditions->temp + law->dtemp);
    law->tnom = given(law->model.tnom, conditions->tnom);
    law->thermal = size->thermal > 0;
    law->heats = size->thermal > 0 && !isnan(law->model.rthjc);
    if ((wrong = body_diode(law)))
        return wrong;
    law->start = law->model.vto + 0.1;
    law->lambda = law->model.lambda;
    law->theta = law->model.theta;
    law->mtriode = law->model.mtriode;
    law->subshift = law->model.subshift;
    law->rds = law->model.rds > 0 ? law->model.rds : 1e15;
    law->vq = fmax(fabs(law->model.vq), 1e-9);
    const struct vdmos_temperature at = vdmos_at_rest(law);
    vdmos_take_temperature(law, &at);
    return complaint_at(law);
}
