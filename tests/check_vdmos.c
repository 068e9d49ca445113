/* Transistors that heat themselves: their laws by temperature (laws/vdmos_heat.c). */
#include "device_text.h"
#include "laws/vdmos.h"
#include "suites.h"

#include "assertions.h"
#include <float.h>
#include <math.h>
#include <string.h>

enum { SAMPLES = 400 };

static const char *const sample[] = {
    "vto=3 kp=5 rthjc=.5",
    "vto=3 kp=5 rd=.1 rq=.5 vq=4 texp1=.7 rthjc=.5 tcvth=5e-3",
    ("vto=3 kp=5 lambda=.02 theta=.03 mtriode=1.4 ksubthres=.12 tksubthres1=1e-3 tksubthres2=2e-6 subshift=.1 rs=.01 "
     "trs1=2e-3 rg=2 trg1=1e-3 trg2=1e-6 rd=.1 trd1=4e-3 rb=.05 trb1=3e-3 mu=-1.2 tnom=40 rthjc=2"),
    "vto=3 kp=5 rd=.1 texp0=1.7 rb=.05 bv=22 ibv=1e-3 nbv=2 is=1e-11 n=1.1 eg=1.05 xti=2 rthjc=2",
};

enum { KINDS = sizeof sample / sizeof *sample };

static struct device_text sample_of(int index, int type)
{
    struct device_text device = device_text(&vdmos_kind, type, 27, sample[index], "thermal=1");
    ck_assert_msg(device.wrong == NULL, "%s", device.wrong);
    return device;
}

static bool is_temperature(const struct device_part *part, uint32_t k)
{
    return part->transfer.control[k][1] == DEVICE_GROUND;
}

/* Voltages and a temperature as they are in circuits, of an n type. */
static void draw_controls(const struct device_part *part, uint64_t *state, double *x)
{
    bool diode = strstr(part->name, "diode") != NULL;
    for (uint32_t k = 0; k < part->transfer.function->n; k++)
        if (is_temperature(part, k))
            x[k] = 180 * device_text_random(state) - 20;
        else if (diode)
            x[k] = device_text_random(state) < 0.5 ? 1.4 * device_text_random(state) - 0.4
                                                   : -24 * device_text_random(state);
        else
            x[k] = 9 * device_text_random(state) - 3;
}

static double value_at(const struct device_text *device, const struct device_part *part, const double *x)
{
    double slope[DEVICE_CONTROLS], size;
    return part->transfer.function->at(device->law, x, slope, &size);
}

static const struct device_part *part_of(const struct device_text *device, const char *name)
{
    for (size_t p = 0; p < device->parts; p++)
        if (strcmp(device->part[p].name, name) == 0)
            return &device->part[p];
    return NULL;
}

/* Richardson's extrapolation of central differences, and how far it is to be trusted. */
static double derivative(const struct device_text *device, const struct device_part *part, const double *x, uint32_t k,
                         double *doubt)
{
    double d[3], y[DEVICE_CONTROLS], h = is_temperature(part, k) ? 0x1p-3 : 0x1p-11, most = 0;
    memcpy(y, x, part->transfer.function->n * sizeof *y);
    for (int halved = 0; halved < 3; halved++) {
        double step = ldexp(h, -halved);
        y[k] = x[k] + step;
        double up = value_at(device, part, y);
        y[k] = x[k] - step;
        double down = value_at(device, part, y);
        d[halved] = (up - down) / (2 * step);
        most = fmax(most, fabs(up) + fabs(down));
    }
    double once = (4 * d[1] - d[0]) / 3, twice = (4 * d[2] - d[1]) / 3;
    *doubt = fabs(twice - once) + 1e3 * DBL_EPSILON * most / h;
    return (16 * twice - once) / 15;
}

START_TEST(slopes_are_derivatives)
{
    uint64_t state = (uint64_t)_i + 1;
    size_t looked = 0, doubtful = 0;
    struct device_text device = sample_of(_i / 2, _i % 2 ? -1 : 1);
    const struct device_part *part;
    for (size_t which = 0; (part = device_text_function(&device, which)) != NULL; which++) {
        for (int s = 0; s < SAMPLES; s++) {
            double x[DEVICE_CONTROLS] = {0}, slope[DEVICE_CONTROLS], size, doubt;
            draw_controls(part, &state, x);
            double value = part->transfer.function->at(device.law, x, slope, &size), scale = 1e-9 * fabs(value);
            ck_assert(isfinite(size) && size >= 0);
            for (uint32_t k = 0; k < part->transfer.function->n; k++, looked++) {
                double expected = derivative(&device, part, x, k, &doubt);
                scale = fmax(scale, fabs(expected));
                doubtful += doubt > 1e-5 * scale && scale > 1e-12;
                ck_assert_msg(fabs(slope[k] - expected) <= 1e-6 * scale + 10 * doubt,
                              "%s %s %g %g %g by %u: %.9e for %.9e, %g", sample[_i / 2], part->name, x[0], x[1], x[2],
                              k, slope[k], expected, doubt);
            }
        }
    }
    ck_assert_msg(doubtful * 5 < looked, "%s: %zu of %zu", sample[_i / 2], doubtful, looked);
}
END_TEST

/* Whatever Newton's method tries: values and slopes are finite, resistances positive. */
START_TEST(all_is_finite)
{
    static const double far[] = {-1e8, -1e3, -273.15, -30, -1, -1e-9, 0, 1e-300, 1e-9, 0.5, 2, 30, 1e3, 1e8};
    enum { FAR = sizeof far / sizeof *far };
    struct device_text device = sample_of(_i / 2, _i % 2 ? -1 : 1);
    const struct device_part *part;
    for (size_t which = 0; (part = device_text_function(&device, which)) != NULL; which++) {
        for (size_t j = 0; j < (size_t)FAR * FAR * FAR; j++) {
            const double x[] = {far[j % FAR], far[j / FAR % FAR], far[j / FAR / FAR]};
            double slope[DEVICE_CONTROLS], size, value = part->transfer.function->at(device.law, x, slope, &size);
            bool finite = isfinite(value) && isfinite(size);
            for (uint32_t k = 0; k < part->transfer.function->n; k++)
                finite = finite && isfinite(slope[k]);
            ck_assert_msg(finite, "%s %s %g %g %g", sample[_i / 2], part->name, x[0], x[1], x[2]);
            ck_assert(part->kind != PART_RESISTIVE || value > 0);
        }
    }
}
END_TEST

/* Heat is the power of the part whose it is, and flows into the junction of either type. */
START_TEST(heat_is_power)
{
    static const char *const pair[][2] = {
        {"channel", "channelheat"}, {"diode", "diodeheat"}, {"rd", "rdheat"}, {"rb", "rbheat"}};
    uint64_t state = (uint64_t)_i + 1;
    int type = _i % 2 ? -1 : 1;
    struct device_text device = sample_of(_i / 2, type);
    for (size_t q = 0; q < sizeof pair / sizeof *pair; q++) {
        const struct device_part *part = part_of(&device, pair[q][0]), *heat = part_of(&device, pair[q][1]);
        ck_assert((part == NULL) == (heat == NULL));
        for (int s = 0; part && s < SAMPLES; s++) {
            double x[DEVICE_CONTROLS] = {0};
            draw_controls(heat, &state, x);
            double u = strcmp(pair[q][0], "channel") == 0 ? x[1] : x[0], power;
            if (part->kind == PART_RESISTANCE)
                power = u * u / part->ohms;
            else if (part->kind == PART_RESISTIVE)
                power = u * u / value_at(&device, part, x + 1);
            else
                power = u * value_at(&device, part, x);
            ck_assert(fabs(type * value_at(&device, heat, x) - power) <= 1e-12 * fabs(power));
        }
    }
}
END_TEST

/* Where the card does not say so, or the model has no RTHJC, there is no heat, and no node of it. */
START_TEST(others_stay_cold)
{
    static const char *const text[][2] = {{"vto=3 kp=5", "thermal=1"}, {"vto=3 kp=5 rthjc=1", ""}};
    struct device_text device = device_text(&vdmos_kind, 1, 27, text[_i][0], text[_i][1]);
    ck_assert_ptr_null(device.wrong);
    ck_assert_uint_eq(device.alias[3], DEVICE_GROUND);
    ck_assert_uint_eq(device.alias[4], DEVICE_GROUND);
    ck_assert_ptr_null(part_of(&device, "channelheat"));
}
END_TEST

/* A step of Newton's method in temperature stays near, one in voltage where the tangent is of use. */
START_TEST(steps_are_limited)
{
    struct device_text device = sample_of(3, 1);
    const struct device_function *channel = part_of(&device, "channel")->transfer.function;
    const struct device_function *diode = part_of(&device, "diode")->transfer.function;
    const double before[] = {3, 1, 27}, quiet[] = {0, 27}, broken[] = {-22, 27};
    double x[] = {3, 1, 1e6}, forward[] = {30, 20}, reverse[] = {-40, 27};
    channel->limit(device.law, before, x);
    ck_assert(x[2] > 27 && x[2] < 100 && x[0] == 3 && x[1] == 1);
    diode->limit(device.law, quiet, forward);
    ck_assert(forward[0] < 1 && forward[1] == 20);
    diode->limit(device.law, broken, reverse);
    ck_assert(reverse[0] > -25 && reverse[0] < -22);
    channel->begin(device.law, false, x);
    ck_assert(x[0] > 3 && x[1] == 0 && x[2] == 0);
}
END_TEST

START_TEST(wrong_numbers)
{
    device_text_refused(&vdmos_kind, "rthjc=0", "thermal=1", "RTHJC");
    device_text_refused(&vdmos_kind, "rthjc=1 rthca=-1", "thermal=1", "RTHCA");
    device_text_refused(&vdmos_kind, "rthjc=0 rthca=0", "", NULL);
}
END_TEST

Suite *suite_vdmos(void)
{
    Suite *suite = suite_create("vdmos");
    TCase *laws = tcase_create("laws");
    tcase_add_loop_test(laws, slopes_are_derivatives, 0, 2 * KINDS);
    tcase_add_loop_test(laws, all_is_finite, 0, 2 * KINDS);
    tcase_add_loop_test(laws, heat_is_power, 0, 2 * KINDS);
    tcase_add_loop_test(laws, others_stay_cold, 0, 2);
    tcase_add_test(laws, steps_are_limited);
    tcase_add_test(laws, wrong_numbers);
    suite_add_tcase(suite, laws);
    return suite;
}
