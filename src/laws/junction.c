#include "laws/junction.h"
#include "laws/given.h"
#include "laws/silicon.h"

#include <float.h>
#include <math.h>
#include <stddef.h>

static const double least_saturation = 1e-28; /* ngspice's epsmin */

/* ---- parameters -------------------------------------------------------------------------------------------------- */

void junction_model_init(struct junction_model *model)
{
    *model = (struct junction_model){
        .level = 1, .is = 1e-14, .jsw = NAN, .n = 1, .ns = NAN, .bv = NAN, .ibv = 1e-3, .nbv = NAN, .isr = NAN,
        .nr = NAN, .vj = 1, .m = 0.5, .fc = 0.5, .ikf = NAN, .ikr = NAN, .ntun = 30, .xtitun = 3, .keg = 1,
        .tnom = NAN, .eg = 1.11, .xti = 3, .area = 1, .temp = NAN, .dtemp = NAN, .w = NAN, .l = NAN,
    };
}

static double junction_potential(const struct junction_model *model, double temp, double tnom)
{
    if (model->tlevc == 1)
        return fmin(model->vj - model->tpb * (temp - SILICON_REFERENCE), 1 / model->fc);
    return fmin(silicon_potential(model->vj, temp, tnom), 1 / model->fc);
}

double junction_breakdown(double bv, double ibv, double is, double vtb, double vt)
{
    if (ibv < is * bv / vt)
        return bv;
    double x = bv - vtb * log1p(ibv / is);
    for (int step = 0; step < 100; step++) {
        double next = bv - vtb * log(ibv / is + 1 - x / vt);
        if (!(fabs(next - x) > DBL_EPSILON * fabs(x)))
            break;
        x = next;
    }
    return x;
}

static const char *complaint(const struct junction_model *model)
{
    if (!(model->n > 0) || model->ns <= 0 || model->nbv <= 0 || model->nr <= 0 || !(model->ntun > 0))
        return "N, NS, NBV, NR and NTUN must be positive";
    if (model->is < 0 || model->jsw < 0 || model->isr < 0 || model->jtun < 0 || model->jtunsw < 0)
        return "saturation currents must not be negative";
    if (model->rs < 0)
        return "Rs must not be negative";
    if (model->bv < 0 || !(model->ibv >= 0))
        return "BV and IBV must not be negative";
    if (!isnan(model->isr) && (!(model->vj > 0) || !(model->m >= 0) || !(model->fc > 0)))
        return "VJ, M and FC must be positive where ISR is given";
    return NULL;
}

static double knee_current(double knee, double area)
{
    return knee >= least_saturation ? knee * area : INFINITY; /* NAN too: not given */
}

const char *junction_at(struct junction *junction, const struct junction_model *model, const struct junction_size *size,
                        double temp, double tnom, double gmin)
{
    const char *wrong = complaint(model);
    if (wrong)
        return wrong;
    double own = given(size->temp, model->temp), m = given(size->m, 1);
    double kelvin = SILICON_CELSIUS + (isnan(own) ? temp + given(size->dtemp, given(model->dtemp, 0)) : own);
    double nominal = SILICON_CELSIUS + given(model->tnom, tnom);
    if (!(kelvin > 0) || !(nominal > 0))
        return "the temperature is below absolute zero";
    double w = given(size->w, model->w), l = given(size->l, model->l);
    double area = given(size->area, model->area) * m, pj = given(size->pj, model->pj) * m;
    if (model->level == 3 && !isnan(w) && !isnan(l)) {
        area = w * l * m;
        pj = 2 * (w + l) * m;
    }
    if (!(area > 0) || !isfinite(area) || !(pj >= 0))
        return "the area must be positive and PJ not negative";
    double vt = silicon_thermal(kelvin), dt = kelvin - nominal, ns = given(model->ns, 1), nr = given(model->nr, 1);
    double is = fmax(model->is, least_saturation) * area *
                silicon_growth(kelvin, nominal, model->eg, model->xti, model->n);
    double isw = given(model->jsw, 0) * pj * silicon_growth(kelvin, nominal, model->eg, model->xti, ns);
    double rs = model->rs * silicon_drift(dt, model->trs1, model->trs2) / area;
    *junction = (struct junction){
        .is = is, .vt = model->n * vt, .vts = ns * vt, .vtr = nr * vt, .vtt = model->ntun * vt,
        .vtb = given(model->nbv, model->n) * vt, .bv = INFINITY, .rs = rs, .gmin = gmin,
        .ikf = knee_current(model->ikf, area), .ikr = knee_current(model->ikr, area),
    };
    if (isnan(model->ns))
        junction->is += isw; /* one characteristic for both */
    else
        junction->isw = isw;
    if (!isnan(model->isr)) {
        junction->isr = model->isr * area * silicon_growth(kelvin, nominal, model->eg, model->xti, nr);
        junction->vj = junction_potential(model, kelvin, nominal);
        junction->m = fmin(model->m * silicon_drift(dt, model->tm1, model->tm2), 0.9);
    }
    junction->jt = (model->jtun * area + model->jtunsw * pj) *
                   silicon_growth(kelvin, nominal, model->keg * model->eg, model->xtitun, model->ntun);
    if (!isnan(model->bv)) {
        double bv = model->tlev == 0 ? model->bv - model->tcv * dt : model->bv * (1 - model->tcv * dt);
        junction->bv = junction_breakdown(bv, model->ibv * (model->level == 1 ? m : area), is, junction->vtb, vt);
    }
    junction->held = -INFINITY;
    double slope, edge = -3 * junction->vt;
    junction->held = junction_current(junction, edge * (1 + 2 * JUNCTION_RAMP), &slope);
    if (!(junction->rs >= 0))
        return "Rs is negative at this temperature";
    if (!isfinite(junction->is) || !isfinite(junction->rs) || !isfinite(junction->isw + junction->isr + junction->jt) ||
        isnan(junction->bv))
        return "the parameters give no finite current at this temperature";
    if (isinf(junction->ikr))
        junction->held = -INFINITY;
    return NULL;
}

/* ---- the law ----------------------------------------------------------------------------------------------------- */

static double exponential(double x, double *slope)
{
    double e = exp(x < JUNCTION_EXPONENT_LIMIT ? x : JUNCTION_EXPONENT_LIMIT);
    *slope = e;
    return x > JUNCTION_EXPONENT_LIMIT ? e * (1 + x - JUNCTION_EXPONENT_LIMIT) : e;
}

/* Saturation current, generation region and breakdown of one characteristic. */
static double characteristic(const struct junction *junction, double is, double vt, double w, double *slope)
{
    double edge = -3 * vt;
    if (w >= edge) {
        double e = exponential(w / vt, slope);
        *slope *= is / vt;
        return is * (fabs(w) < vt ? expm1(w / vt) : e - 1);
    }
    if (w >= -junction->bv) {
        double arg = -edge / (w * exp(1)), cube = arg * arg * arg;
        *slope = 3 * is * cube / w;
        return -is * (1 + cube);
    }
    edge = fmin(edge, -junction->bv);
    double deep = edge - JUNCTION_RAMP * vt, e = exponential(-(junction->bv + fmin(w, deep)) / junction->vtb, slope);
    *slope *= is / junction->vtb;
    if (w <= deep)
        return -is * e;
    double unused, above = characteristic(junction, is, vt, edge, &unused);
    *slope = (above + is * e) / (edge - deep);
    return *slope * (w - deep) - is * e;
}

static double recombination(const struct junction *junction, double w, double *slope)
{
    double at = fmax(w, -3 * junction->vt), rest = 1 - at / junction->vj, square = rest * rest + 0.005, steep;
    double e = exponential(at / junction->vtr, &steep), factor = pow(square, junction->m / 2);
    double value = junction->isr * (fabs(at) < junction->vtr ? expm1(at / junction->vtr) : e - 1);
    *slope = w < at ? 0
                    : junction->isr * steep / junction->vtr * factor -
                          value * junction->m * factor / square * rest / junction->vj;
    return value * factor;
}

/* High injection: current / (1 + sqrt(|current| / knee)). */
static double inject(double current, double knee, double *slope)
{
    double root = sqrt(fabs(current) / knee);
    *slope *= (1 + root / 2) / ((1 + root) * (1 + root));
    return current / (1 + root);
}

double junction_current(const struct junction *junction, double w, double *slope)
{
    double more, current = characteristic(junction, junction->is, junction->vt, w, slope);
    if (junction->isw > 0) {
        current += characteristic(junction, junction->isw, junction->vts, w, &more);
        *slope += more;
    }
    if (junction->isr > 0) {
        current += recombination(junction, w, &more);
        *slope += more;
    }
    if (junction->jt > 0) {
        double e = exponential(-w / junction->vtt, &more);
        current -= junction->jt * (fabs(w) < junction->vtt ? expm1(-w / junction->vtt) : e - 1);
        *slope += junction->jt * more / junction->vtt;
    }
    if (w >= -3 * junction->vt) {
        if (current > 0 && !isinf(junction->ikf))
            current = inject(current, junction->ikf, slope);
        if (current < junction->held) {
            current = junction->held;
            *slope = 0;
        }
    } else if (current < 0 && !isinf(junction->ikr)) {
        current = inject(current, junction->ikr, slope);
    }
    return current;
}

/* The current before high injection that is `current` after it. */
static double uninject(double current, double knee)
{
    double ratio = current / knee, root = (ratio + sqrt(ratio * (ratio + 4))) / 2;
    return isinf(knee) ? current : knee * root * root;
}

/* Bounds of the root of a J(w) + g w = c: no part of the current can be larger than all of it, since all have one
 * sign. */
static double bound(const struct junction *junction, double a, double g, double c)
{
    double w = c / g, current = uninject(fabs(c) / a, c > 0 ? junction->ikf : junction->ikr);
    if (c > 0) {
        w = fmin(w, junction->vt * log1p(current / junction->is));
        if (junction->isw > 0)
            w = fmin(w, junction->vts * log1p(current / junction->isw));
        if (junction->isr > 0)
            w = fmin(w, junction->vtr * log1p(current / (junction->isr * pow(0.005, junction->m / 2))));
        return w;
    }
    if (!isinf(junction->bv))
        w = fmax(w, fmin(-3 * junction->vt, -junction->bv) - 2 * JUNCTION_RAMP * junction->vt -
                        junction->vtb * log1p(current / junction->is));
    return junction->jt > 0 ? fmax(w, -junction->vtt * log1p(current / junction->jt)) : w;
}

double junction_solve(const struct junction *junction, double a, double g, double c)
{
    enum { STEPS = 200 };
    double w = bound(junction, a, g, c), low = c > 0 ? 0 : w, high = c > 0 ? w : 0, before = INFINITY;
    if (c == 0)
        return 0;
    for (int step = 0; step < STEPS; step++) {
        double slope, current = junction_current(junction, w, &slope), excess = a * current + g * w - c;
        if (excess == 0 || fabs(excess) <= 2 * DBL_EPSILON * fabs(c))
            return w;
        if (excess > 0)
            high = w < high ? w : high;
        else
            low = w > low ? w : low;
        double change = -excess / (a * slope + g), next = w + change;
        if (w >= high && excess < 0) /* rounding of the bound: the root is near */
            high = w + 2 * change;
        if (w <= low && excess > 0)
            low = w + 2 * change;
        if (!(next > low && next < high) || (step % 8 == 7 && fabs(excess) > before / 4))
            next = low + (high - low) / 2;
        if (step % 8 == 7)
            before = fabs(excess);
        if (fabs(next - w) <= DBL_EPSILON / 2 * fabs(w) || next == w)
            return next;
        w = next;
    }
    return w;
}

bool junction_is_monotone(const struct junction *junction, double *low, double *high)
{
    enum { POINTS = 400 };
    bool good = true;
    if (junction->isr <= 0)
        return true;
    for (int p = 0; p <= POINTS; p++) {
        double w = 2 * junction->vj * p / POINTS, slope;
        junction_current(junction, w, &slope);
        if (slope + junction->gmin >= 0)
            continue;
        *low = good ? w : *low;
        *high = w;
        good = false;
    }
    return good;
}

bool junction_covers(const struct junction *junction, double w)
{
    const double limit = JUNCTION_EXPONENT_LIMIT;
    return w <= limit * junction->vt && (junction->isw == 0 || w <= limit * junction->vts) &&
           (junction->isr == 0 || w <= limit * junction->vtr) && -(junction->bv + w) <= limit * junction->vtb &&
           (junction->jt == 0 || -w <= limit * junction->vtt);
}
