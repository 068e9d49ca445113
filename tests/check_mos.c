/* Laws of MOS and VDMOS transistors: values against ngspice, derivatives, what they promise of their own precision, the
 * exchange of drain and source, temperature, wrong numbers. Random devices against ngspice: validation/devices. */
#include "laws/mos1.h"
#include "laws/mos2.h"
#include "laws/mos3.h"
#include "laws/mos6.h"
#include "laws/vdmos.h"
#include "device_text.h"
#include "suites.h"
#include <float.h>
#include <math.h>
#include <string.h>

enum { SAMPLES = 2000 };

#define COUNT(array) (sizeof array / sizeof *array)

/* ---- against ngspice --------------------------------------------------------------------------------------------- */

/* Currents into drain and source of ngspice 39.3, `ngspice -b -r`, devices without series resistances between sources:
 * reltol=1e-9 abstol=1e-18 vntol=1e-12. v: drain, gate, source, bulk; of a p type of the other sign. */
static const struct {
    const struct device_kind *kind;
    int type;
    const char *model, *size;
    double temp, v[4], i[2];
} ngspice[] = {
    {&mos1_kind, 1, "vto=0.7 kp=0.0001 gamma=0.4 phi=0.65",
     "w=1e-05 l=2e-06", 27, {0.3, 2.5, 0, -1}, {2.18802152328e-04, -2.18802150008e-04}},
    {&mos1_kind, 1, "vto=0.7 kp=0.0001 gamma=0.4 phi=0.65",
     "w=1e-05 l=2e-06", 27, {4, 0.6, 0, -2}, {6.01000000000e-12, 2.01000000000e-12}},
    {&mos1_kind, 1, "vto=0.7 kp=0.0001 gamma=0.4 phi=0.65",
     "w=1e-05 l=2e-06", 27, {-2, 1.5, 0, -3}, {-1.60868100578e-03, 1.60868100980e-03}},
    {&mos1_kind, 1, "vto=0.7 kp=0.0001 gamma=0.4 phi=0.65",
     "w=1e-05 l=2e-06", 27, {1, 3, 0, 0.3}, {9.37210421087e-04, -9.37211510252e-04}},
    {&mos1_kind, 1, "vto=0.7 kp=0.0001 gamma=0.4 phi=0.65",
     "w=1e-05 l=2e-06", 85, {3, 2, 0, 0}, {3.67998091259e-04, -3.67998069878e-04}},
    {&mos1_kind, 1, "vto=0.7 kp=0.0001 gamma=0.4 phi=0.65",
     "w=1e-05 l=2e-06", 85, {-2, 1.5, 0, -3}, {-1.28987844055e-03, 1.28987848131e-03}},
    {&mos1_kind, -1, "vto=-0.8 tox=4e-08 nsub=1e+16 lambda=0.03 ld=1e-07 tpg=-1 nss=1e+10",
     "w=2e-05 l=2e-06", 27, {3, 2, 0, 0}, {-4.51671212009e-04, 4.51671208999e-04}},
    {&mos1_kind, -1, "vto=-0.8 tox=4e-08 nsub=1e+16 lambda=0.03 ld=1e-07 tpg=-1 nss=1e+10",
     "w=2e-05 l=2e-06", 85, {1, 3, 0, 0.3}, {-8.84176861978e-04, 8.84482931446e-04}},
    {&mos1_kind, 1, "tox=2e-08 nsub=4e+15 uo=500 js=0.0001",
     "w=5e-06 l=3e-06 ad=1e-11 as=2e-11", 27, {3, 2, 0, 0}, {3.06360232599e-04, -3.06360229598e-04}},
    {&mos1_kind, 1, "tox=2e-08 nsub=4e+15 uo=500 js=0.0001",
     "w=5e-06 l=3e-06 ad=1e-11 as=2e-11", 27, {4, 0.6, 0, -2}, {1.72785775514e-05, -1.72785695484e-05}},
    {&mos1_kind, 1, "tox=2e-08 nsub=4e+15 uo=500 js=0.0001",
     "w=5e-06 l=3e-06 ad=1e-11 as=2e-11", 85, {4, 0.6, 0, -2}, {1.67847211056e-05, -1.67847075914e-05}},
    {&mos2_kind, 1, "tox=4e-08 nsub=1e+16 uo=500 uexp=0.15 ucrit=50000 xj=3e-07 nfs=2e+11 delta=1 ld=2e-07",
     "w=1e-05 l=2e-06", 27, {3, 2, 0, 0}, {3.86289629471e-04, -3.86289626461e-04}},
    {&mos2_kind, 1, "tox=4e-08 nsub=1e+16 uo=500 uexp=0.15 ucrit=50000 xj=3e-07 nfs=2e+11 delta=1 ld=2e-07",
     "w=1e-05 l=2e-06", 27, {0.3, 2.5, 0, -1}, {1.51898782395e-04, -1.51898780075e-04}},
    {&mos2_kind, 1, "tox=4e-08 nsub=1e+16 uo=500 uexp=0.15 ucrit=50000 xj=3e-07 nfs=2e+11 delta=1 ld=2e-07",
     "w=1e-05 l=2e-06", 27, {-2, 1.5, 0, -3}, {-9.86464433487e-04, 9.86464437507e-04}},
    {&mos2_kind, 1, "tox=4e-08 nsub=1e+16 uo=500 uexp=0.15 ucrit=50000 xj=3e-07 nfs=2e+11 delta=1 ld=2e-07",
     "w=1e-05 l=2e-06", 85, {4, 0.6, 0, -2}, {3.56952589116e-07, -3.56907827696e-07}},
    {&mos2_kind, 1, "tox=4e-08 nsub=1e+16 uo=500 uexp=0.15 ucrit=50000 xj=3e-07 nfs=2e+11 delta=1 ld=2e-07",
     "w=1e-05 l=2e-06", 85, {1, 3, 0, 0.3}, {4.61987832267e-04, -4.62293901736e-04}},
    {&mos2_kind, 1, "vto=0.8 tox=4e-08 nsub=1e+16 vmax=50000 neff=2 xj=3e-07 nfs=1e+11",
     "w=1e-05 l=2e-06", 27, {3, 2, 0, 0}, {1.87548730133e-04, -1.87548727123e-04}},
    {&mos2_kind, -1, "vto=-0.9 kp=2e-05 gamma=0.6 phi=0.7 lambda=0.04",
     "w=1e-05 l=3e-06", 27, {4, 0.6, 0, -2}, {-6.00999999522e-12, -2.00999999522e-12}},
    {&mos2_kind, -1, "vto=-0.9 kp=2e-05 gamma=0.6 phi=0.7 lambda=0.04",
     "w=1e-05 l=3e-06", 85, {0.3, 2.5, 0, -1}, {-1.90445904143e-05, 1.90445513528e-05}},
    {&mos2_kind, -1, "vto=-0.9 kp=2e-05 gamma=0.6 phi=0.7 lambda=0.04",
     "w=1e-05 l=3e-06", 85, {-2, 1.5, 0, -3}, {1.34308921082e-04, -1.34308961843e-04}},
    {&mos3_kind, 1, "tox=2e-08 nsub=2e+16 vto=0.6 theta=0.1 eta=0.3 kappa=0.5 vmax=150000 xj=2e-07 nfs=3e+11 "
     "delta=0.8",
     "w=1e-05 l=1e-06", 27, {3, 2, 0, 0}, {1.03439623179e-03, -1.03439622878e-03}},
    {&mos3_kind, 1, "tox=2e-08 nsub=2e+16 vto=0.6 theta=0.1 eta=0.3 kappa=0.5 vmax=150000 xj=2e-07 nfs=3e+11 "
     "delta=0.8",
     "w=1e-05 l=1e-06", 27, {0.3, 2.5, 0, -1}, {4.01007687906e-04, -4.01007685586e-04}},
    {&mos3_kind, 1, "tox=2e-08 nsub=2e+16 vto=0.6 theta=0.1 eta=0.3 kappa=0.5 vmax=150000 xj=2e-07 nfs=3e+11 "
     "delta=0.8",
     "w=1e-05 l=1e-06", 27, {-2, 1.5, 0, -3}, {-1.98445743429e-03, 1.98445743831e-03}},
    {&mos3_kind, 1, "tox=2e-08 nsub=2e+16 vto=0.6 theta=0.1 eta=0.3 kappa=0.5 vmax=150000 xj=2e-07 nfs=3e+11 "
     "delta=0.8",
     "w=1e-05 l=1e-06", 85, {1, 3, 0, 0.3}, {1.07689312858e-03, -1.07719919805e-03}},
    {&mos3_kind, -1, "vto=-0.9 gamma=0.5 theta=0.05 nsub=1e+16",
     "w=1e-05 l=3e-06", 27, {0.3, 2.5, 0, -1}, {-2.33031082453e-05, 2.33031059253e-05}},
    {&mos3_kind, -1, "vto=-0.9 gamma=0.5 theta=0.05 nsub=1e+16",
     "w=1e-05 l=3e-06", 27, {4, 0.6, 0, -2}, {-6.01000056282e-12, -2.01000013461e-12}},
    {&mos3_kind, -1, "vto=-0.9 gamma=0.5 theta=0.05 nsub=1e+16",
     "w=1e-05 l=3e-06", 27, {-2, 1.5, 0, -3}, {1.60130212965e-04, -1.60130216985e-04}},
    {&mos3_kind, -1, "vto=-0.9 gamma=0.5 theta=0.05 nsub=1e+16",
     "w=1e-05 l=3e-06", 85, {4, 0.6, 0, -2}, {-2.43807066254e-11, -2.03806191924e-11}},
    {&mos3_kind, -1, "vto=-0.9 gamma=0.5 theta=0.05 nsub=1e+16",
     "w=1e-05 l=3e-06", 85, {1, 3, 0, 0.3}, {-7.98840593110e-05, 8.01901287815e-05}},
    {&mos3_kind, 1, "tox=4e-08 nsub=1e+15 xl=-1e-07 wd=1e-07 xw=2e-08 delvto=0.1",
     "w=1e-05 l=2e-06", 27, {3, 2, 0, 0}, {7.34244949323e-04, -7.34244946313e-04}},
    {&mos3_kind, 1, "tox=4e-08 nsub=1e+15 xl=-1e-07 wd=1e-07 xw=2e-08 delvto=0.1",
     "w=1e-05 l=2e-06", 27, {0.3, 2.5, 0, -1}, {1.80586029718e-04, -1.80586027398e-04}},
    {&mos3_kind, 1, "tox=4e-08 nsub=1e+15 xl=-1e-07 wd=1e-07 xw=2e-08 delvto=0.1",
     "w=1e-05 l=2e-06", 27, {-2, 1.5, 0, -3}, {-1.29616648626e-03, 1.29616649028e-03}},
    {&mos3_kind, 1, "tox=4e-08 nsub=1e+15 xl=-1e-07 wd=1e-07 xw=2e-08 delvto=0.1",
     "w=1e-05 l=2e-06", 85, {4, 0.6, 0, -2}, {5.03609021470e-05, -5.03608573857e-05}},
    {&mos3_kind, 1, "tox=4e-08 nsub=1e+15 xl=-1e-07 wd=1e-07 xw=2e-08 delvto=0.1",
     "w=1e-05 l=2e-06", 85, {1, 3, 0, 0.3}, {5.29652146797e-04, -5.29958216268e-04}},
    {&mos6_kind, 1, "vto=0.7 kv=0.9 nv=0.6 kc=4e-05 nc=1.2 gamma=0.4 gamma1=0.02 sigma=0.03 lambda0=0.04 "
     "lambda1=0.005",
     "w=1e-05 l=1e-06", 85, {4, 0.6, 0, -2}, {2.43807099882e-11, 2.03807099882e-11}},
    {&mos6_kind, -1, "tox=2e-08 nsub=1e+16 lambda=0.05",
     "w=1e-05 l=2e-06", 27, {3, 2, 0, 0}, {-5.75275775948e-04, 5.75275772938e-04}},
    {&mos6_kind, -1, "tox=2e-08 nsub=1e+16 lambda=0.05",
     "w=1e-05 l=2e-06", 85, {3, 2, 0, 0}, {-4.61699980140e-04, 4.61699958759e-04}},
    {&mos6_kind, -1, "tox=2e-08 nsub=1e+16 lambda=0.05",
     "w=1e-05 l=2e-06", 85, {1, 3, 0, 0.3}, {-3.14355148305e-04, 3.14661217774e-04}},
    {&vdmos_kind, 1, "vto=3 kp=5 lambda=0.02 theta=0.03 mtriode=1.4 ksubthres=0.12 subshift=0.1 is=1e-11 n=1.1 "
     "bv=30 ibv=0.0001 nbv=2 tcvth=0.004 mu=-1.2",
     "", 27, {5, 2.5, 0}, {1.66122230833e-06, -1.66122230833e-06}},
    {&vdmos_kind, 1, "vto=3 kp=5 lambda=0.02 theta=0.03 mtriode=1.4 ksubthres=0.12 subshift=0.1 is=1e-11 n=1.1 "
     "bv=30 ibv=0.0001 nbv=2 tcvth=0.004 mu=-1.2",
     "", 27, {32, 0, 0}, {6.17763084144e+12, -6.17763084144e+12}},
    {&vdmos_kind, 1, "vto=3 kp=5 lambda=0.02 theta=0.03 mtriode=1.4 ksubthres=0.12 subshift=0.1 is=1e-11 n=1.1 "
     "bv=30 ibv=0.0001 nbv=2 tcvth=0.004 mu=-1.2",
     "", 85, {8, 5, 0}, {9.27262358416e+00, -9.27262358416e+00}},
    {&vdmos_kind, 1, "vto=3 kp=5 lambda=0.02 theta=0.03 mtriode=1.4 ksubthres=0.12 subshift=0.1 is=1e-11 n=1.1 "
     "bv=30 ibv=0.0001 nbv=2 tcvth=0.004 mu=-1.2",
     "", 85, {5, 2.5, 0}, {6.17673961325e-05, -6.17673961325e-05}},
    {&vdmos_kind, -1, "vto=-2 kp=1 is=1e-12 rds=1e+06",
     "", 27, {0.2, 6, 0}, {-7.80000200001e-01, 7.80000200001e-01}},
    {&vdmos_kind, -1, "vto=-2 kp=1 is=1e-12 rds=1e+06",
     "", 27, {32, 0, 0}, {-3.20000330020e-05, 3.20000330020e-05}},
    {&vdmos_kind, -1, "vto=-2 kp=1 is=1e-12 rds=1e+06",
     "", 85, {8, 5, 0}, {-3.45241987933e+00, 3.45241987933e+00}},
    {&vdmos_kind, -1, "vto=-2 kp=1 is=1e-12 rds=1e+06",
     "", 85, {0.2, 6, 0}, {-5.98418260539e-01, 5.98418260539e-01}},
    {&vdmos_kind, -1, "vto=-2 kp=1 is=1e-12 rds=1e+06",
     "", 85, {32, 0, 0}, {-3.20018039760e-05, 3.20018039760e-05}},
};

static double part_current(const struct device_text *device, const struct device_part *part, const double *v)
{
    double x[DEVICE_CONTROLS], slope[DEVICE_CONTROLS], size, u = v[part->a] - v[part->k];
    if (part->kind == PART_RESISTANCE)
        return u / part->ohms;
    if (part->kind == PART_JUNCTION)
        return junction_current(&part->junction, u, slope) + part->junction.gmin * u;
    const struct device_function *function = part->transfer.function;
    for (uint32_t k = 0; k < function->n; k++)
        x[k] = v[part->transfer.control[k][0]] - v[part->transfer.control[k][1]];
    return function->at(device->law, x, slope, &size);
}

START_TEST(as_ngspice_has_it)
{
    struct device_text device = device_text(ngspice[_i].kind, ngspice[_i].type, ngspice[_i].temp, ngspice[_i].model,
                                            ngspice[_i].size);
    double into[DEVICE_NODES] = {0}, current[DEVICE_PARTS];
    ck_assert_msg(device.wrong == NULL, "%s", device.wrong);
    for (size_t p = 0; p < device.parts; p++) {
        current[p] = part_current(&device, &device.part[p], ngspice[_i].v);
        into[device.part[p].a] += current[p];
        into[device.part[p].k] -= current[p];
    }
    for (size_t k = 0; k < 2; k++) {
        double expected = ngspice[_i].type * ngspice[_i].i[k], mine = into[2 * k];
        ck_assert_msg(fabs(mine - expected) <= 1e-8 * fabs(expected) + 1e-17, "%s at %g %g: %.11e for %.11e",
                      ngspice[_i].model, ngspice[_i].v[0], ngspice[_i].v[1], mine, expected);
    }
    const struct device_point at = {.v = ngspice[_i].v, .i = current, .m = 1, .type = ngspice[_i].type};
    for (const struct device_quantity *q = device.kind->quantity; q->name; q++)
        if (strcmp(q->name, "id") == 0 && device.kind != &vdmos_kind)
            ck_assert_double_eq_tol(q->value(device.law, &at), into[0], 1e-14 * fabs(into[0]));
        else
            ck_assert(isfinite(q->value(device.law, &at)));
}
END_TEST

/* ---- samples ----------------------------------------------------------------------------------------------------- */

static const struct {
    const struct device_kind *kind;
    const char *model, *size;
} sample[] = {
    {&mos1_kind, "vto=.7 kp=1e-4", "w=1e-5 l=2e-6"},
    {&mos1_kind, "vto=.7 kp=1e-4 gamma=.5 phi=.65 lambda=.03", "w=1e-5 l=2e-6"},
    {&mos2_kind, "vto=.8 kp=3e-5 gamma=.6 lambda=.02", "w=1e-5 l=3e-6"},
    {&mos2_kind, "tox=4e-8 nsub=1e16 uo=500 uexp=.15 ucrit=5e4 xj=3e-7 nfs=2e11 delta=1 ld=2e-7", "w=1e-5 l=2e-6"},
    {&mos2_kind, "vto=.8 tox=4e-8 nsub=1e16 vmax=5e4 neff=2 xj=3e-7 nfs=1e11", "w=1e-5 l=2e-6"},
    {&mos2_kind, "vto=.8 tox=4e-8 nsub=1e15 vmax=3e5 xj=3e-7", "w=1e-5 l=2e-5"},
    {&mos3_kind, "vto=.7", "w=1e-5 l=2e-6"},
    {&mos3_kind, "tox=2e-8 nsub=2e16 vto=.6 theta=.1 eta=.3 kappa=.5 vmax=1.5e5 xj=2e-7 nfs=3e11 delta=.8",
     "w=1e-5 l=1e-6"},
    {&mos3_kind, "vto=.9 gamma=.5 theta=.05 nsub=1e16", "w=1e-5 l=3e-6"},
    {&mos6_kind, "vto=.7 kv=.9 nv=.6 kc=4e-5 nc=1.2 gamma=.4 gamma1=.02 sigma=.03 lambda0=.04 lambda1=.005",
     "w=1e-5 l=1e-6"},
    {&mos6_kind, "tox=2e-8 nsub=1e16 lambda=.05", "w=1e-5 l=2e-6"},
    {&vdmos_kind, "vto=3 kp=5 rd=.1 rq=.5 vq=4", ""},
    {&vdmos_kind, "vto=3 kp=5 lambda=.02 theta=.03 mtriode=1.4 ksubthres=.12 subshift=.1 rs=.01 rg=2 rb=.05 bv=30", ""},
};

static struct device_text sample_of(int index)
{
    struct device_text device = device_text(sample[index].kind, 1, 27, sample[index].model, sample[index].size);
    ck_assert_msg(device.wrong == NULL, "%s", device.wrong);
    return device;
}

/* Controls as they are in circuits; fewer are used by some. */
static void draw_controls(uint64_t *state, double *x)
{
    x[0] = 7 * device_text_random(state) - 2;
    x[1] = device_text_random(state) < 0.3 ? device_text_random(state) - 0.5 : 12 * device_text_random(state) - 6;
    x[2] = fmin(x[1], 0) + 0.6 - 4 * device_text_random(state);
}

/* What rounding leaves of a value, by its size. */
static double noise_of(const struct device_function *function, const double *x, const double *slope, double value,
                       double size)
{
    double sum = fabs(value) + size;
    for (uint32_t k = 0; k < function->n; k++)
        sum += fabs(x[k] * slope[k]);
    return DBL_EPSILON * sum;
}

/* ---- derivatives ------------------------------------------------------------------------------------------------- */

static double beside(const struct device_text *device, const struct device_function *function, const double *x,
                     size_t k, double h)
{
    double y[DEVICE_CONTROLS], slope[DEVICE_CONTROLS], size;
    memcpy(y, x, 3 * sizeof *y);
    y[k] += h;
    return function->at(device->law, y, slope, &size);
}

/* Richardson's extrapolation of central differences, and how far it is to be trusted. */
static double derivative(const struct device_text *device, const struct device_function *function, const double *x,
                         size_t k, double noise, double *doubt)
{
    double d[3], h = 0x1p-11;
    for (int halved = 0; halved < 3; halved++) {
        double step = ldexp(h, -halved);
        d[halved] = (beside(device, function, x, k, step) - beside(device, function, x, k, -step)) / (2 * step);
    }
    double once = (4 * d[1] - d[0]) / 3, twice = (4 * d[2] - d[1]) / 3;
    *doubt = fabs(twice - once) + 20 * noise / h;
    return (16 * twice - once) / 15;
}

START_TEST(slopes_are_derivatives)
{
    size_t looked = 0, doubtful = 0;
    uint64_t state = (uint64_t)_i + 1;
    struct device_text device = sample_of(_i);
    const struct device_part *part;
    for (size_t which = 0; (part = device_text_function(&device, which)) != NULL; which++) {
        const struct device_function *function = part->transfer.function;
        for (int s = 0; s < SAMPLES; s++) {
            double x[DEVICE_CONTROLS], slope[DEVICE_CONTROLS] = {0}, size, doubt;
            draw_controls(&state, x);
            double value = function->at(device.law, x, slope, &size);
            double noise = noise_of(function, x, slope, value, size), scale = 1e-9 * fabs(value);
            for (uint32_t k = 0; k < function->n; k++)
                scale = fmax(scale, fabs(slope[k]));
            for (uint32_t k = 0; k < function->n; k++, looked++) {
                double expected = derivative(&device, function, x, k, noise, &doubt);
                doubtful += doubt > 1e-6 * scale && scale > 1e-12;
                ck_assert_msg(fabs(slope[k] - expected) <= 1e-6 * scale + 10 * doubt,
                              "%s %s %g %g %g by %u: %.9e for %.9e, %g", sample[_i].model, part->name, x[0], x[1], x[2],
                              k, slope[k], expected, doubt);
            }
        }
    }
    ck_assert_msg(doubtful * 5 < looked, "%s: %zu of %zu", sample[_i].model, doubtful, looked);
}
END_TEST

/* ---- precision --------------------------------------------------------------------------------------------------- */

/* Over a step in which curvature is nothing, the second difference is rounding: is it what size allows? */
START_TEST(sizes_are_honest)
{
    uint64_t state = (uint64_t)_i + 1;
    const double h = 1e-11;
    struct device_text device = sample_of(_i);
    const struct device_part *part;
    for (size_t which = 0; (part = device_text_function(&device, which)) != NULL; which++) {
        const struct device_function *function = part->transfer.function;
        for (int s = 0; s < SAMPLES; s++) {
            double x[DEVICE_CONTROLS], up[DEVICE_CONTROLS], down[DEVICE_CONTROLS], size, unused, kink = 0;
            double slope[DEVICE_CONTROLS], bent[DEVICE_CONTROLS], before[DEVICE_CONTROLS];
            draw_controls(&state, x);
            for (uint32_t k = 0; k < 3; k++) {
                up[k] = x[k] + h;
                down[k] = x[k] - h;
            }
            double value = function->at(device.law, x, slope, &size);
            double above = function->at(device.law, up, bent, &unused);
            double below = function->at(device.law, down, before, &unused);
            for (uint32_t k = 0; k < function->n; k++)
                kink += h * (fabs(bent[k] - slope[k]) + fabs(before[k] - slope[k]));
            double rough = fabs(above - 2 * value + below), noise = noise_of(function, x, slope, value, size);
            ck_assert(isfinite(size) && size >= 0);
            ck_assert_msg(rough <= 16 * noise + 4 * kink + DBL_MIN, "%s %s %g %g %g: %g of %g", sample[_i].model,
                          part->name, x[0], x[1], x[2], rough, noise);
            ck_assert_msg(noise <= 1e-9 * (fabs(value) + fabs(slope[0]) + fabs(slope[1])) + 1e-17,
                          "%s %s %g %g %g: %g", sample[_i].model, part->name, x[0], x[1], x[2], noise);
        }
    }
}
END_TEST

/* Whatever Newton's method tries: values and slopes are finite, resistances positive. */
START_TEST(all_is_finite)
{
    static const double far[] = {-1e300, -1e8, -30, -1, -1e-9, 0, 1e-300, 1e-9, 0.5, 2, 30, 1e8, 1e300};
    struct device_text device = sample_of(_i);
    const struct device_part *part;
    for (size_t which = 0; (part = device_text_function(&device, which)) != NULL; which++) {
        const struct device_function *function = part->transfer.function;
        for (size_t j = 0; j < COUNT(far) * COUNT(far) * COUNT(far); j++) {
            const double x[] = {far[j % COUNT(far)], far[j / COUNT(far) % COUNT(far)],
                                far[j / COUNT(far) / COUNT(far)]};
            double slope[DEVICE_CONTROLS], size, value = function->at(device.law, x, slope, &size);
            bool finite = (isfinite(value) || fabs(x[0]) + fabs(x[1]) + fabs(x[2]) > 1e299) && isfinite(size);
            for (uint32_t k = 0; k < function->n; k++)
                finite = finite && isfinite(slope[k]);
            ck_assert_msg(finite, "%s %s %g %g %g", sample[_i].model, part->name, x[0], x[1], x[2]);
            ck_assert(part->kind != PART_RESISTIVE || value > 0);
        }
    }
}
END_TEST

/* ---- shape of the laws ------------------------------------------------------------------------------------------- */

/* Drain and source of MOS transistors change places. */
START_TEST(channels_turn_round)
{
    uint64_t state = (uint64_t)_i + 1;
    struct device_text device = sample_of(_i);
    const struct device_function *function = device_text_function(&device, 0)->transfer.function;
    if (function->n < 3)
        return;
    for (int s = 0; s < SAMPLES; s++) {
        double x[DEVICE_CONTROLS], slope[DEVICE_CONTROLS], other[DEVICE_CONTROLS], size;
        draw_controls(&state, x);
        const double turned[] = {x[0] - x[1], -x[1], x[2] - x[1]};
        double back = function->at(device.law, turned, other, &size);
        double value = function->at(device.law, x, slope, &size);
        ck_assert_double_le(fabs(value + back), 64 * noise_of(function, x, slope, value, size) + DBL_MIN);
        ck_assert(x[1] == 0 || value * x[1] >= 0);
    }
}
END_TEST

struct place {
    double x[DEVICE_CONTROLS], value, slope[DEVICE_CONTROLS];
};

static struct place place_at(const struct device_text *device, const struct device_function *function,
                             const double *from, const double *to, double way)
{
    struct place place = {.value = 0};
    double size;
    for (uint32_t k = 0; k < function->n; k++)
        place.x[k] = from[k] + (to[k] - from[k]) * way;
    place.value = function->at(device->law, place.x, place.slope, &size);
    return place;
}

/* The step from one place to the next is what slopes allow, or its halves are. */
static bool meets(const struct device_text *device, const struct device_function *function, const struct place *one,
                  const struct place *other, int halvings)
{
    double allowed = 1e-13 + 1e-10 * fabs(one->value);
    for (uint32_t k = 0; k < function->n; k++)
        allowed += 1.5 * (fabs(one->slope[k]) + fabs(other->slope[k])) * fabs(one->x[k] - other->x[k]);
    if (fabs(one->value - other->value) <= allowed)
        return true;
    struct place middle = place_at(device, function, one->x, other->x, 0.5);
    return halvings > 0 && meets(device, function, one, &middle, halvings - 1) &&
           meets(device, function, &middle, other, halvings - 1);
}

/* Along any line the law has no gap. */
START_TEST(regions_meet)
{
    enum { STEPS = 1000, HALVINGS = 30 };
    uint64_t state = (uint64_t)_i + 1;
    struct device_text device = sample_of(_i);
    const struct device_function *function = device_text_function(&device, 0)->transfer.function;
    for (int line = 0; line < 60; line++) {
        double from[DEVICE_CONTROLS], to[DEVICE_CONTROLS];
        draw_controls(&state, from);
        draw_controls(&state, to);
        struct place before = place_at(&device, function, from, to, 0);
        for (int s = 1; s <= STEPS; s++) {
            struct place next = place_at(&device, function, from, to, (double)s / STEPS);
            ck_assert_msg(meets(&device, function, &before, &next, HALVINGS), "%s %g %g %g: %g after %g",
                          sample[_i].model, next.x[0], next.x[1], next.x[2], next.value, before.value);
            before = next;
        }
    }
}
END_TEST

/* ---- Newton's steps ---------------------------------------------------------------------------------------------- */

START_TEST(steps_are_shortened)
{
    uint64_t state = (uint64_t)_i + 1;
    struct device_text device = sample_of(_i);
    const struct device_function *function = device_text_function(&device, 0)->transfer.function;
    for (int s = 0; s < SAMPLES; s++) {
        double before[DEVICE_CONTROLS], x[DEVICE_CONTROLS], asked[DEVICE_CONTROLS];
        draw_controls(&state, before);
        for (size_t k = 0; k < 3; k++)
            x[k] = asked[k] = before[k] + 1e-4 * (device_text_random(&state) - 0.5);
        function->limit(device.law, before, x);
        ck_assert_msg(fabs(x[0] - asked[0]) + fabs(x[1] - asked[1]) <= 1e-12, "small steps stay");
        for (size_t k = 0; k < 3; k++)
            x[k] = 1e6 * (device_text_random(&state) - 0.5);
        function->limit(device.law, before, x);
        ck_assert(fabs(x[0]) < 200 && fabs(x[1]) < 400);
    }
}
END_TEST

START_TEST(first_guesses)
{
    double x[] = {5, 5, 5};
    struct device_text device = device_text(&mos1_kind, -1, 27, "vto=-.9 gamma=.4", "");
    device.part[0].transfer.function->begin(device.law, false, x);
    ck_assert_double_eq_tol(x[0], 0.9, 1e-12);
    ck_assert(x[1] == 0 && x[2] == -1);
    device.part[0].transfer.function->begin(device.law, true, x);
    ck_assert(x[0] == 0 && x[1] == 0 && x[2] == 0);
    device = device_text(&vdmos_kind, 1, 27, "vto=3", "");
    device.part[0].transfer.function->begin(device.law, false, x);
    ck_assert_double_eq_tol(x[0], 3.1, 1e-12);
}
END_TEST

/* ---- parameters -------------------------------------------------------------------------------------------------- */

static const struct device_kind *const kinds[] = {&mos1_kind, &mos2_kind, &mos3_kind, &mos6_kind, &vdmos_kind};

static void check_table(const struct device_parameter *table, size_t bytes)
{
    for (; table->name; table++) {
        ck_assert(table->offset == DEVICE_IDLE || (table->offset % sizeof(double) == 0 && table->offset < bytes));
        for (const struct device_parameter *other = table + 1; other->name; other++)
            ck_assert_str_ne(table->name, other->name);
    }
}

START_TEST(tables_are_sound)
{
    const struct device_kind *kind = kinds[_i];
    check_table(kind->model, kind->model_size);
    check_table(kind->size, kind->size_size);
    ck_assert(kind->nodes <= DEVICE_NODES && kind->most <= DEVICE_TERMINALS);
    for (uint32_t q = 0; q < kind->nodes; q++)
        ck_assert_ptr_nonnull(kind->node[q]);
    for (const struct device_quantity *q = kind->quantity; q->name; q++)
        for (const struct device_quantity *other = q + 1; other->name; other++)
            ck_assert_str_ne(q->name, other->name);
}
END_TEST

/* Nodes and parts of all samples are in range, and the same at any temperature. */
START_TEST(shapes_are_sound)
{
    struct device_text device = sample_of(_i), cold = device_text(sample[_i].kind, 1, -200, sample[_i].model, "");
    ck_assert_uint_le(device.parts, DEVICE_PARTS);
    ck_assert_uint_eq(device.parts, cold.parts);
    for (uint32_t q = 0; q < device.kind->nodes; q++) {
        ck_assert(device.alias[q] == DEVICE_GROUND || device.alias[device.alias[q]] == device.alias[q]);
        ck_assert_uint_eq(device.alias[q], cold.alias[q]);
    }
    for (size_t p = 0; p < device.parts; p++) {
        const struct device_part *part = &device.part[p];
        ck_assert(part->kind == cold.part[p].kind && strcmp(part->name, cold.part[p].name) == 0);
        ck_assert(part->a < device.kind->nodes && part->k < device.kind->nodes && part->a != part->k);
        ck_assert(part->kind != PART_RESISTANCE || part->ohms > 0);
    }
}
END_TEST

/* RD and RS, or RSH by squares, make nodes; a given RD = 0 means none. */
START_TEST(series_resistances)
{
    static const struct {
        const struct device_kind *kind;
        const char *model, *size;
        double rd, rs;
    } series[] = {
        {&mos1_kind, "rd=5", "", 5, 0},
        {&mos1_kind, "rsh=10", "nrd=2", 20, 10},
        {&mos1_kind, "rsh=10 rd=0", "nrs=0", 0, 0},
        {&mos6_kind, "rsh=10", "nrd=2", 20, 0},
        {&mos3_kind, "rsh=10 rs=3", "", 10, 3},
        {&vdmos_kind, "rd=5 trd1=1e-3", "temp=127", 5.5, 0},
        {&vdmos_kind, "rs=5 trs1=1e-3", "temp=127", 0, 5.5},
    };
    for (size_t k = 0; k < COUNT(series); k++) {
        struct device_text device = device_text(series[k].kind, 1, 27, series[k].model, series[k].size);
        double rd = 0, rs = 0;
        for (size_t p = 0; p < device.parts; p++) {
            rd = strcmp(device.part[p].name, "rd") == 0 ? device.part[p].ohms : rd;
            rs = strcmp(device.part[p].name, "rs") == 0 ? device.part[p].ohms : rs;
        }
        ck_assert_msg(fabs(rd - series[k].rd) < 1e-12 && fabs(rs - series[k].rs) < 1e-12, "%s", series[k].model);
    }
}
END_TEST

static const struct {
    const struct device_kind *kind;
    const char *model, *size, *message; /* message: NULL: nothing is wrong */
} numbers[] = {
    {&mos1_kind, "phi=0", "", "PHI must"},
    {&mos1_kind, "phi=.1", "temp=400", "PHI is not positive"},
    {&mos1_kind, "tox=-1e-8", "", "TOX"},
    {&mos1_kind, "tox=1e-8 nsub=1e10", "", "NSUB"},
    {&mos1_kind, "nsub=1e10", "", NULL},
    {&mos1_kind, "tox=0", "", NULL},
    {&mos1_kind, "ld=1e-6", "l=1.5e-6", "length"},
    {&mos1_kind, "", "w=0", "width"},
    {&mos1_kind, "rd=-1", "", "RD"},
    {&mos1_kind, "is=-1e-14", "", "IS"},
    {&mos1_kind, "is=0", "", NULL},
    {&mos1_kind, "", "temp=-300", "absolute zero"},
    {&mos2_kind, "tox=0", "", "TOX must"},
    {&mos2_kind, "neff=0", "", "NEFF"},
    {&mos2_kind, "xj=-1e-7", "", "XJ"},
    {&mos2_kind, "pb=.1", "temp=150", "PB"},
    {&mos3_kind, "uo=0", "", "UO"},
    {&mos3_kind, "kappa=-1", "", "KAPPA"},
    {&mos3_kind, "wd=1e-5", "w=1e-5", "width"},
    {&mos3_kind, "xl=-1e-5", "l=1e-5", "length"},
    {&mos6_kind, "kv=0", "", "KV"},
    {&mos6_kind, "nc=0", "", "NC"},
    {&vdmos_kind, "mtriode=0", "", "MTRIODE"},
    {&vdmos_kind, "ksubthres=0", "", "KSUBTHRES"},
    {&vdmos_kind, "rd=1 trd1=-.01", "temp=127", "0 at this temperature"},
    {&vdmos_kind, "rd=1 trd1=-.02", "temp=127", "negative at this temperature"},
    {&vdmos_kind, "rb=-1", "", "RB"},
    {&vdmos_kind, "n=0", "", "N,"},
    {&vdmos_kind, "rq=1", "", NULL},
};

START_TEST(wrong_numbers)
{
    device_text_refused(numbers[_i].kind, numbers[_i].model, numbers[_i].size, numbers[_i].message);
}
END_TEST

/* ---- temperature ------------------------------------------------------------------------------------------------- */

/* temp of the card, dtemp and the simulator's are one temperature, which has an effect. */
START_TEST(temperatures_agree)
{
    const struct device_kind *kind = sample[_i].kind;
    const double x[] = {4, 2, -1};
    const char *at[] = {"", "temp=85", "dtemp=58"};
    double value[3], slope[DEVICE_CONTROLS], size;
    for (int k = 0; k < 3; k++) {
        struct device_text device = device_text(kind, 1, k == 0 ? 85 : 27, sample[_i].model, at[k]);
        value[k] = device_text_function(&device, 0)->transfer.function->at(device.law, x, slope, &size);
    }
    struct device_text nominal = device_text(kind, 1, 27, sample[_i].model, "");
    double cool = device_text_function(&nominal, 0)->transfer.function->at(nominal.law, x, slope, &size);
    ck_assert_double_eq(value[1], value[0]);
    ck_assert_double_eq_tol(value[2], value[0], 1e-12 * fabs(value[0]));
    ck_assert(value[0] != cool && cool > 0);
}
END_TEST

Suite *suite_mos(void)
{
    Suite *suite = suite_create("mos");
    TCase *laws = tcase_create("laws");
    tcase_add_loop_test(laws, as_ngspice_has_it, 0, COUNT(ngspice));
    tcase_add_loop_test(laws, slopes_are_derivatives, 0, COUNT(sample));
    tcase_add_loop_test(laws, sizes_are_honest, 0, COUNT(sample));
    tcase_add_loop_test(laws, all_is_finite, 0, COUNT(sample));
    tcase_add_loop_test(laws, channels_turn_round, 0, COUNT(sample));
    tcase_add_loop_test(laws, regions_meet, 0, COUNT(sample));
    suite_add_tcase(suite, laws);
    TCase *steps = tcase_create("steps");
    tcase_add_loop_test(steps, steps_are_shortened, 0, COUNT(sample));
    tcase_add_test(steps, first_guesses);
    suite_add_tcase(suite, steps);
    TCase *parameters = tcase_create("parameters");
    tcase_add_loop_test(parameters, tables_are_sound, 0, COUNT(kinds));
    tcase_add_loop_test(parameters, shapes_are_sound, 0, COUNT(sample));
    tcase_add_test(parameters, series_resistances);
    tcase_add_loop_test(parameters, wrong_numbers, 0, COUNT(numbers));
    tcase_add_loop_test(parameters, temperatures_agree, 0, COUNT(sample));
    suite_add_tcase(suite, parameters);
    return suite;
}
