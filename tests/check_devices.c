/* Laws of transistors: derivatives, what they promise of their own precision, symmetries, temperature, wrong numbers.
 * Values against ngspice: the decks transistor-*.cir of tests/valid, and validation/devices. */
#include "laws/bipolar.h"
#include "laws/devices.h"
#include "laws/jfet.h"
#include "laws/mesfet.h"
#include "laws/mos1.h"
#include "laws/mos6.h"
#include "laws/vdmos.h"
#include "device_text.h"
#include "suites.h"
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 3000 };

static const struct {
    const struct device_kind *kind;
    const char *model;
} sample[] = {
    {&bipolar_kind, "is=1e-15"},
    {&bipolar_kind, "is=1e-15 vaf=50 var=8 ikf=.01 ikr=1e-3 ise=1e-13 isc=1e-12 rb=100 rbm=5 rc=2 re=1"},
    {&bipolar_kind, "is=1e-16 nf=1.1 nr=1.05 ikf=1e-3 nkf=.7 rb=200 rbm=20 irb=1e-5 iss=1e-16"},
    {&bipolar_kind, "is=1e-14 rc=5 rco=80 vo=3 gamma=1e-8 rb=10 ikr=1e-3 irb=1e-4 rbm=1"},
    {&jfet_kind, "vto=-2 beta=1e-3"},
    {&jfet_kind, "vto=-3 beta=2e-3 lambda=.05 b=.6 pb=.9 rd=10 rs=5"},
    {&jfet2_kind, "vto=-2 beta=1e-3"},
    {&jfet2_kind, "vto=-1.5 beta=5e-3 lambda=.03 delta=.3 lfgam=.05 lfg1=.003 lfg2=-.002 vst=.08 mvst=.2 p=2.5 q=1.8 "
                  "xi=.8 mxi=.3 z=.4 ibd=1e-12 vbd=2 n=1.2"},
    {&jfet2_kind, "vto=-2 beta=1e-2 vst=.05 p=1.6 q=2.3 xi=50 z=1.5"},
    {&mesfet_kind, "vto=-1.8 beta=3e-3 alpha=2.5 lambda=.04 b=.4 rs=2"},
};

#define KINDS(sample) (sizeof sample / sizeof *sample)

static double draw(uint64_t *state)
{
    return device_text_random(state);
}

/* Controls as they are in circuits: an exponential is not far up. */
static void draw_controls(const struct device_text *device, uint64_t *state, double *x)
{
    double wide = device->kind == &bipolar_kind ? 12 : 16;
    for (size_t k = 0; k < 2; k++)
        x[k] = draw(state) < 0.5 ? 1.5 * draw(state) - 0.7 : 0.8 - wide * draw(state);
    if (device->kind != &bipolar_kind)
        x[1] = draw(state) < 0.3 ? 4 * draw(state) - 2 : wide * (draw(state) - 0.5);
}

/* ---- derivatives ------------------------------------------------------------------------------------------------- */

static double at(const struct device_text *device, const struct device_part *part, const double *x)
{
    double slope[DEVICE_CONTROLS], size;
    return part->transfer.function->at(device->law, x, slope, &size);
}

/* (f(x + h) - f(x - h)) / 2h by control k. */
static double difference(const struct device_text *device, const struct device_part *part, const double *x, size_t k,
                         double h)
{
    double up[2] = {x[0], x[1]}, down[2] = {x[0], x[1]};
    up[k] += h;
    down[k] -= h;
    return (at(device, part, up) - at(device, part, down)) / (up[k] - down[k]);
}

/* Richardson's extrapolation of central differences, and how far it is to be trusted. */
static double derivative(const struct device_text *device, const struct device_part *part, const double *x, size_t k,
                         double *doubt)
{
    double h = 4e-4, wide = difference(device, part, x, k, h), half = difference(device, part, x, k, h / 2);
    double quarter = difference(device, part, x, k, h / 4);
    double once = (4 * half - wide) / 3, twice = (4 * quarter - half) / 3, value = (16 * twice - once) / 15;
    double slope[DEVICE_CONTROLS], size;
    double f = part->transfer.function->at(device->law, x, slope, &size);
    double rounding = DBL_EPSILON * (size + fabs(f) + fabs(x[0] * slope[0]) + fabs(x[1] * slope[1]));
    *doubt = fabs(twice - once) + 10 * rounding / h;
    return value;
}

START_TEST(slopes_are_derivatives)
{
    size_t looked = 0, doubtful = 0;
    uint64_t state = (uint64_t)_i + 1;
    struct device_text device = device_text(sample[_i].kind, 1, 27, sample[_i].model, "");
    ck_assert_ptr_null(device.wrong);
    const struct device_part *part;
    for (size_t which = 0; (part = device_text_function(&device, which)) != NULL; which++) {
        ck_assert_uint_eq(part->transfer.function->n, 2);
        for (int s = 0; s < SAMPLES; s++) {
            double x[2], slope[DEVICE_CONTROLS], size, doubt, scale;
            draw_controls(&device, &state, x);
            double value = part->transfer.function->at(device.law, x, slope, &size);
            scale = fmax(fabs(slope[0]), fabs(slope[1])) + 1e-9 * fabs(value);
            for (size_t k = 0; k < 2; k++, looked++) {
                double expected = derivative(&device, part, x, k, &doubt);
                doubtful += doubt > 1e-6 * scale && scale > 1e-8 * fabs(value) + 1e-18;
                ck_assert_msg(fabs(slope[k] - expected) <= 1e-6 * scale + 10 * doubt,
                              "%s %s %g %g by %zu: %.9e for %.9e, %g", sample[_i].model, part->name, x[0], x[1], k,
                              slope[k], expected, doubt);
            }
        }
    }
    ck_assert_msg(doubtful * 5 < looked, "%s: %zu of %zu", sample[_i].model, doubtful, looked);
}
END_TEST

/* ---- over boxes -------------------------------------------------------------------------------------------------- */

static const struct {
    const struct device_kind *kind;
    const char *model;
    double narrow; /* of how many boxes that are 1 mV wide something is known, at least */
} boxed[] = {
    {&bipolar_kind, "is=1e-15", 1},
    {&bipolar_kind, "is=1e-15 vaf=50 var=8 ikf=.01 ikr=1e-3 ise=1e-13 isc=1e-12 rb=100 rbm=5 rc=2 re=1", 1},
    {&bipolar_kind, "is=1e-16 nf=1.1 nr=1.05 ikf=1e-3 nkf=.7 rb=200 rbm=20 irb=1e-5 iss=1e-16", 1},
    {&jfet_kind, "vto=-2 beta=1e-3", 1},
    {&jfet_kind, "vto=-3 beta=2e-3 lambda=.05 b=.6 pb=.9 rd=10 rs=5", 1},
    {&mesfet_kind, "vto=-1.8 beta=3e-3 alpha=2.5 lambda=.04 b=.4 rs=2", 1},
    {&mos1_kind, "vto=1 kp=1e-4 gamma=.5 phi=.7 lambda=.02", 1},
    {&mos1_kind, "vto=-1 kp=2e-3", 1},
    {&mos6_kind, "vto=.8 kc=2e-5 kv=.9 nv=.6 nc=1.3 gamma=.4 phi=.65 lambda=.02", 0.9},
    {&vdmos_kind, "vto=2 kp=3 lambda=.01 ksubthres=.1 mtriode=.9 theta=.02 rd=.1 rq=.5 vq=2 subshift=.1", 1},
};

static void draw_corner(const struct device_text *device, uint64_t *state, double *x)
{
    draw_controls(device, state, x);
    x[2] = draw(state) < 0.5 ? 0.8 * draw(state) - 0.4 : -5 * draw(state);
}

/* Values and difference quotients of all points of a box are within what is said of it; of a narrow one not much more
 * is said. */
START_TEST(boxes_hold_what_is_in_them)
{
    enum { BOXES = 600, POINTS = 12 };
    uint64_t state = (uint64_t)_i + 11;
    size_t narrow = 0, known = 0, tight = 0;
    struct device_text device = device_text(boxed[_i].kind, 1, 27, boxed[_i].model, "");
    ck_assert_msg(!device.wrong, "%s", device.wrong);
    const struct device_part *part;
    for (size_t which = 0; (part = device_text_function(&device, which)) != NULL; which++) {
        const struct device_function *function = part->transfer.function;
        ck_assert_msg(function->over != NULL, "%s", part->name);
        for (int s = 0; s < BOXES; s++) {
            double x[3], before[3] = {0}, value_before = 0, width = s % 2 ? 1e-3 : pow(10, 4 * draw(&state) - 4);
            double low[3], slope_at[DEVICE_CONTROLS], size;
            struct interval box[3], value, slope[DEVICE_CONTROLS];
            draw_corner(&device, &state, low);
            for (size_t k = 0; k < 3; k++)
                box[k] = (struct interval){low[k], low[k] + width};
            bool found = function->over(device.law, box, &value, slope) && isfinite(value.high - value.low);
            narrow += s % 2;
            known += found && s % 2;
            for (int p = 0; found && p < POINTS; p++) {
                for (size_t k = 0; k < 3; k++)
                    x[k] = p == 0 ? low[k] : p == 1 ? low[k] + width : low[k] + width * draw(&state);
                double f = function->at(device.law, x, slope_at, &size), noise = 1e-13 * (size + fabs(f)) + 1e-300;
                struct interval change = interval_point(0);
                for (size_t k = 0; k < function->n; k++) {
                    noise += 1e-14 * fabs(x[k]) * fmax(fabs(slope[k].low), fabs(slope[k].high));
                    struct interval step = interval_point(x[k] - before[k]);
                    change = interval_sum(change, interval_product(slope[k], step));
                }
                ck_assert_msg(f >= value.low - noise && f <= value.high + noise, "%s %s %g %g %g: %g, not [%g, %g]",
                              boxed[_i].model, part->name, x[0], x[1], x[2], f, value.low, value.high);
                ck_assert_msg(p == 0 || (f - value_before >= change.low - noise &&
                                         f - value_before <= change.high + noise),
                              "%s %s %g %g %g: by %g, not [%g, %g]", boxed[_i].model, part->name, x[0], x[1], x[2],
                              f - value_before, change.low, change.high);
                value_before = f;
                memcpy(before, x, sizeof before);
            }
            double spread = 0, scale = 1e-12;
            for (size_t k = 0; found && k < function->n; k++) {
                spread = fmax(spread, slope[k].high - slope[k].low);
                scale = fmax(scale, fabs(slope_at[k]));
            }
            tight += found && s % 2 && spread <= 0.3 * scale;
        }
    }
    ck_assert_msg((double)known >= boxed[_i].narrow * (double)narrow, "%s: %zu of %zu", boxed[_i].model, known, narrow);
    ck_assert_msg(tight * 10 > narrow * 7, "%s: %zu of %zu", boxed[_i].model, tight, narrow);
}
END_TEST

/* ---- precision --------------------------------------------------------------------------------------------------- */

/* Over a step in which curvature is nothing, the second difference is rounding: is it what size allows? */
START_TEST(sizes_are_honest)
{
    uint64_t state = (uint64_t)_i + 1;
    struct device_text device = device_text(sample[_i].kind, 1, 27, sample[_i].model, "");
    const struct device_part *part;
    for (size_t which = 0; (part = device_text_function(&device, which)) != NULL; which++) {
        for (int s = 0; s < SAMPLES; s++) {
            double x[2], slope[DEVICE_CONTROLS], size, bent[2], h = 1e-11;
            draw_controls(&device, &state, x);
            double value = part->transfer.function->at(device.law, x, slope, &size), up[2], down[2];
            ck_assert(isfinite(size) && size >= 0);
            for (size_t k = 0; k < 2; k++) {
                up[k] = x[k] + h;
                down[k] = x[k] - h;
            }
            double after = part->transfer.function->at(device.law, up, bent, &size);
            double rough = fabs(after - 2 * value + at(&device, part, down));
            double kink = h * (fabs(bent[0] - slope[0]) + fabs(bent[1] - slope[1]));
            double floor = size + fabs(value) + fabs(x[0] * slope[0]) + fabs(x[1] * slope[1]);
            ck_assert_msg(rough <= 16 * DBL_EPSILON * floor + 4 * kink + DBL_MIN, "%s %s %g %g: %g of %g",
                          sample[_i].model, part->name, x[0], x[1], rough, floor);
        }
    }
}
END_TEST

/* Whatever Newton's method tries: values and slopes are finite, resistances positive. */
START_TEST(all_is_finite)
{
    static const double far[] = {-1e8, -1e3, -30, -1, -1e-9, 0, 1e-300, 1e-9, 0.5, 2, 30, 1e3, 1e8};
    struct device_text device = device_text(sample[_i].kind, 1, 27, sample[_i].model, "");
    const struct device_part *part;
    for (size_t which = 0; (part = device_text_function(&device, which)) != NULL; which++) {
        for (size_t j = 0; j < KINDS(far); j++) {
            for (size_t k = 0; k < KINDS(far); k++) {
                const double x[2] = {far[j], far[k]};
                double slope[DEVICE_CONTROLS], size, value = part->transfer.function->at(device.law, x, slope, &size);
                bool finite = isfinite(value) && isfinite(slope[0]) && isfinite(slope[1]) && isfinite(size);
                ck_assert_msg(finite, "%s %s %g %g", sample[_i].model, part->name, x[0], x[1]);
                ck_assert(part->kind != PART_RESISTIVE || value > 0);
            }
        }
    }
}
END_TEST

/* ---- shape of the laws ------------------------------------------------------------------------------------------- */

/* Drain and source of a field effect transistor change places; and its channel rises with both controls. */
START_TEST(channels_turn_round)
{
    uint64_t state = (uint64_t)_i + 1;
    struct device_text device = device_text(sample[_i].kind, 1, 27, sample[_i].model, "");
    const struct device_part *part = device_text_function(&device, 0);
    if (sample[_i].kind == &bipolar_kind)
        return;
    for (int s = 0; s < SAMPLES; s++) {
        double x[2], slope[2], size;
        draw_controls(&device, &state, x);
        x[1] = fabs(x[1]);
        const double turned[2] = {x[0] - x[1], -x[1]};
        double value = part->transfer.function->at(device.law, x, slope, &size);
        double noise = 64 * DBL_EPSILON * (size + fabs(value) + fabs(x[0] * slope[0]) + fabs(x[1] * slope[1]));
        ck_assert(value >= 0 && slope[0] >= 0);
        ck_assert(fabs(value + at(&device, part, turned)) <= noise + DBL_MIN);
        ck_assert(part->a != part->k && part->transfer.control[1][0] == part->a);
    }
}
END_TEST

/* Collector and emitter change places with their parameters. */
START_TEST(transport_turns_round)
{
    uint64_t state = 1;
    const char *there = "is=1e-15 nf=1.1 nr=1.02 vaf=40 var=9 ikf=1e-3 ikr=3e-4";
    const char *back = "is=1e-15 nf=1.02 nr=1.1 vaf=9 var=40 ikf=3e-4 ikr=1e-3";
    struct device_text one = device_text(&bipolar_kind, 1, 27, there, "");
    struct device_text other = device_text(&bipolar_kind, 1, 27, back, "");
    const struct device_part *part = device_text_function(&one, 0), *turned_part = device_text_function(&other, 0);
    for (int s = 0; s < SAMPLES; s++) {
        double x[2], slope[2], size;
        draw_controls(&one, &state, x);
        const double turned[2] = {x[1], x[0]};
        double value = part->transfer.function->at(one.law, x, slope, &size);
        ck_assert_double_le(fabs(value + at(&other, turned_part, turned)), 64 * DBL_EPSILON * size);
    }
}
END_TEST

/* The transport flows down, from collector to emitter or back, but for as much as the saturation currents and emission
 * coefficients of its two sides differ. */
START_TEST(transport_flows_down)
{
    static const struct {
        const char *model, *size;
        double most; /* V */
    } side[] = {
        {"is=1e-15 vaf=50", "", 0},
        {"is=1e-15 vaf=50", "area=10", 0.06},
        {"is=1e-15 nf=1.02 nr=1.05", "", 0.03},
    };
    uint64_t state = (uint64_t)_i + 1;
    struct device_text device = device_text(&bipolar_kind, 1, 27, side[_i].model, side[_i].size);
    const struct device_part *part = device_text_function(&device, 0);
    double lift = part->transfer.function->lift(device.law);
    ck_assert(lift >= 0 && lift <= side[_i].most);
    for (int s = 0; s < SAMPLES; s++) {
        const double x[2] = {draw(&state), draw(&state)};
        double value = at(&device, part, x), down = x[0] - x[1];
        ck_assert(down <= lift || value >= 0);
        ck_assert(down >= -lift || value <= 0);
    }
}
END_TEST

/* Where regions meet, the law is continuous: at x, and a step to either side of it along control k. */
static const struct {
    const struct device_kind *kind;
    const char *model, *part;
    double x[2];
    size_t k;
} edge[] = {
    {&jfet_kind, "vto=-2 beta=1e-3 lambda=.05 b=.6", "channel", {-0.5, 1.5}, 1},
    {&jfet_kind, "vto=-2 beta=1e-3 lambda=.05 b=.6", "channel", {-0.5, 0}, 1},
    {&jfet_kind, "vto=-2 beta=1e-3 lambda=.05 b=.6", "channel", {-2, 1}, 0},
    {&jfet2_kind, "vto=-2 beta=1e-3 vst=.1 p=2.5", "channel", {-3, 1}, 0},
    {&jfet2_kind, "vto=-2 beta=1e-3 vst=.1 p=2.5", "channel", {-3.0001, 1}, 0},
    {&jfet2_kind, "vto=-2 beta=1e-3 vst=.1 p=2.5", "channel", {2, 1}, 0},
    {&jfet2_kind, "vto=-2 beta=1e-3 p=1.5", "channel", {-2, 1}, 0},
    {&jfet2_kind, "vto=-2 beta=1e-3 lfgam=.1", "channel", {0, 0}, 1},
    {&mesfet_kind, "vto=-2 alpha=2 lambda=.1", "channel", {0, 1.5}, 1},
    {&mesfet_kind, "vto=-2 alpha=2 lambda=.1", "channel", {0, 0}, 1},
    {&mesfet_kind, "vto=-2 alpha=2 lambda=.1", "channel", {-2, 1}, 0},
    {&bipolar_kind, "is=1e-15", "transport", {0.5, 0}, 1},
    {&bipolar_kind, "is=1e-4 ikf=1e-5", "transport", {-0.005, -1}, 0},
    {&bipolar_kind, "is=1e-15 rco=10 gamma=1e-6", "epitaxial", {0, 0.6}, 0},
    {&bipolar_kind, "is=1e-15 rb=10 rbm=1 irb=1e-5", "rb", {0, 0}, 0},
    {&bipolar_kind, "is=1e-15 rb=1e5 rbm=1 irb=1e-12", "rb", {0.9, 0}, 0},
};

START_TEST(regions_meet)
{
    struct device_text device = device_text(edge[_i].kind, 1, 27, edge[_i].model, "");
    ck_assert_ptr_null(device.wrong);
    const struct device_part *part = NULL;
    for (size_t which = 0; (part = device_text_function(&device, which)) && strcmp(part->name, edge[_i].part) != 0;)
        which++;
    ck_assert_ptr_nonnull(part);
    const double h = 1e-9;
    double x[2] = {edge[_i].x[0], edge[_i].x[1]}, slope[2], more[2], size;
    double middle = part->transfer.function->at(device.law, x, slope, &size);
    for (int side = -1; side <= 1; side += 2) {
        x[edge[_i].k] = edge[_i].x[edge[_i].k] + side * h;
        double beside = part->transfer.function->at(device.law, x, more, &size);
        double steep = fmax(fabs(slope[edge[_i].k]), fabs(more[edge[_i].k]));
        double allowed = 1.01 * h * steep + 16 * DBL_EPSILON * (size + fabs(middle));
        ck_assert_msg(fabs(beside - middle) <= allowed, "%s %g: %g %g", edge[_i].model, x[edge[_i].k], middle, beside);
    }
}
END_TEST

/* ---- Newton's steps ---------------------------------------------------------------------------------------------- */

START_TEST(steps_are_shortened)
{
    uint64_t state = (uint64_t)_i + 1;
    struct device_text device = device_text(sample[_i].kind, 1, 27, sample[_i].model, "");
    const struct device_part *part;
    for (size_t which = 0; (part = device_text_function(&device, which)) != NULL; which++) {
        const struct device_function *function = part->transfer.function;
        ck_assert_ptr_nonnull(function->limit);
        for (int s = 0; s < SAMPLES; s++) {
            double before[2], x[2], asked[2];
            draw_controls(&device, &state, before);
            for (size_t k = 0; k < 2; k++)
                x[k] = asked[k] = before[k] + 1e-4 * (draw(&state) - 0.5);
            function->limit(device.law, before, x);
            ck_assert_msg(fabs(x[0] - asked[0]) <= 1e-12 && fabs(x[1] - asked[1]) <= 1e-12, "small steps stay");
            for (size_t k = 0; k < 2; k++)
                x[k] = asked[k] = 1e6 * (draw(&state) - 0.5);
            function->limit(device.law, before, x);
            ck_assert(isfinite(x[0]) && isfinite(x[1]) && fabs(x[0]) < 200 && fabs(x[1]) < 400);
        }
    }
}
END_TEST

START_TEST(first_guesses)
{
    double x[2] = {5, 5};
    struct device_text device = device_text(&bipolar_kind, 1, 27, "is=1e-15", "");
    device.part[2].transfer.function->begin(device.law, false, x);
    ck_assert_double_eq_tol(x[0], 0.78985, 1e-5); /* Vt log(Vt / (sqrt(2) Is)) */
    ck_assert_double_eq(x[1], 0);
    device.part[2].transfer.function->begin(device.law, true, x);
    ck_assert_double_eq(x[0], 0);
    device = device_text(&jfet_kind, 1, 27, "", "");
    device.part[0].transfer.function->begin(device.law, false, x);
    ck_assert_double_eq(x[0], -1);
    ck_assert_double_eq(x[1], 0);
}
END_TEST

/* ---- parameters -------------------------------------------------------------------------------------------------- */

static const struct device_kind *const kinds[] = {&bipolar_kind, &jfet_kind, &jfet2_kind, &mesfet_kind};

static void check_table(const struct device_parameter *table, size_t bytes)
{
    for (; table->name; table++) {
        ck_assert(table->offset == DEVICE_IDLE || (table->offset % sizeof(double) == 0 && table->offset < bytes));
        for (const char *c = table->name; *c; c++)
            ck_assert(!(*c >= 'A' && *c <= 'Z'));
        for (const struct device_parameter *other = table + 1; other->name; other++)
            ck_assert_str_ne(table->name, other->name);
    }
}

START_TEST(tables_are_sound)
{
    const struct device_kind *kind = kinds[_i];
    check_table(kind->model, kind->model_size);
    check_table(kind->size, kind->size_size);
    ck_assert_uint_le(kind->nodes, DEVICE_NODES);
    ck_assert_uint_le(kind->most, DEVICE_TERMINALS);
    for (uint32_t q = 0; q < kind->nodes; q++)
        ck_assert_ptr_nonnull(kind->node[q]);
}
END_TEST

/* Nodes and parts of all samples are in range, and the same at any temperature. */
START_TEST(shapes_are_sound)
{
    struct device_text device = device_text(sample[_i].kind, 1, 27, sample[_i].model, "");
    struct device_text hot = device_text(sample[_i].kind, -1, 125, sample[_i].model, "area=3");
    ck_assert_ptr_null(device.wrong);
    ck_assert_ptr_null(hot.wrong);
    ck_assert_uint_le(device.parts, DEVICE_PARTS);
    ck_assert_uint_eq(device.parts, hot.parts);
    for (uint32_t q = 0; q < device.kind->nodes; q++) {
        ck_assert(device.alias[q] == DEVICE_GROUND || device.alias[device.alias[q]] == device.alias[q]);
        ck_assert_uint_eq(device.alias[q], hot.alias[q]);
    }
    for (size_t p = 0; p < device.parts; p++) {
        const struct device_part *part = &device.part[p];
        ck_assert(part->kind == hot.part[p].kind && strcmp(part->name, hot.part[p].name) == 0);
        ck_assert(part->a < device.kind->nodes && part->k < device.kind->nodes && part->a != part->k);
        ck_assert(part->kind != PART_RESISTANCE || part->ohms > 0);
    }
}
END_TEST

static const struct {
    const struct device_kind *kind;
    const char *model, *size, *message; /* message: NULL: nothing is wrong */
} numbers[] = {
    {&bipolar_kind, "is=0", "", "IS must be positive"},
    {&bipolar_kind, "bf=0", "", "gains"},
    {&bipolar_kind, "br=-1", "", "gains"},
    {&bipolar_kind, "nf=0", "", "gains"},
    {&bipolar_kind, "", "area=0", "AREA"},
    {&bipolar_kind, "", "areac=-2", "AREA"},
    {&bipolar_kind, "rc=-1", "", "RC"},
    {&bipolar_kind, "rc=1 trc1=-1", "temp=127", "at the temperature"},
    {&bipolar_kind, "ikf=-1e-3", "", "IKF"},
    {&bipolar_kind, "tlev=2", "", "TLEV"},
    {&bipolar_kind, "rco=1 vo=0", "", "VO"},
    {&bipolar_kind, "ise=-1", "", "ISE"},
    {&bipolar_kind, "", "temp=-300", "absolute zero"},
    {&bipolar_kind, "ibe=0 ibc=1e-15", "", "IBE"},
    {&bipolar_kind, "ibe=0", "", NULL},
    {&bipolar_kind, "vaf=0 var=0 ikf=0 ikr=0 irb=0 rb=0 rc=0 re=0 ise=0 isc=0 iss=0", "", NULL},
    {&bipolar_kind, "rco=0", "", NULL},
    {&bipolar_kind, "vaf=-50", "", NULL},
    {&jfet_kind, "beta=-1", "", "BETA"},
    {&jfet_kind, "", "area=-1", "area"},
    {&jfet_kind, "pb=-2 b=.5", "", "PB and VTO"},
    {&jfet_kind, "pb=-2 b=1 is=0", "", NULL},
    {&jfet_kind, "", "temp=-274", "absolute zero"},
    {&jfet2_kind, "vbi=1 vto=1.5", "", "VBI must be above VTO"},
    {&jfet2_kind, "z=-.5", "", "Z"},
    {&jfet2_kind, "q=0", "", "Q must be positive"},
    {&jfet2_kind, "z=0 vst=0 is=0", "", NULL},
    {&jfet2_kind, "delta=-1", "", "DELTA"},
    {&mesfet_kind, "alpha=0", "", "ALPHA"},
    {&mesfet_kind, "b=-1", "", "B must not"},
    {&mesfet_kind, "", "area=0", "area"},
    {&mesfet_kind, "is=0 b=0", "", NULL},
};

START_TEST(wrong_numbers)
{
    device_text_refused(numbers[_i].kind, numbers[_i].model, numbers[_i].size, numbers[_i].message);
}
END_TEST

/* ---- temperature ------------------------------------------------------------------------------------------------- */

/* At Tnom no coefficient does anything; and temp of the card, dtemp and the simulator's are one temperature. */
START_TEST(temperatures_agree)
{
    static const char *const warm[] = {"xtb=2 xti=4 eg=1.2 tvaf1=1e-3", "tcv=1e-3 bex=-1 xti=2", "is=1e-13", ""};
    const struct device_kind *kind = kinds[_i];
    const double x[2] = {0.6, kind == &bipolar_kind ? -1 : 1};
    const char *temp = kind == &mesfet_kind ? "" : "temp=85", *dtemp = kind == &mesfet_kind ? "" : "dtemp=58";
    struct device_text plain = device_text(kind, 1, 27, "", ""), same = device_text(kind, 1, 27, warm[_i], "");
    struct device_text hot = device_text(kind, 1, 85, warm[_i], ""), own = device_text(kind, 1, 27, warm[_i], temp);
    struct device_text more = device_text(kind, 1, 27, warm[_i], dtemp);
    double nominal = at(&same, device_text_function(&same, 0), x), there = at(&hot, device_text_function(&hot, 0), x);
    ck_assert_double_eq(at(&plain, device_text_function(&plain, 0), x), nominal);
    if (kind != &mesfet_kind) {
        ck_assert_double_eq(at(&own, device_text_function(&own, 0), x), there);
        ck_assert_double_eq_tol(at(&more, device_text_function(&more, 0), x), there, 1e-12 * fabs(there));
    }
    ck_assert((kind == &mesfet_kind) == (there == nominal));
    for (size_t p = 0; p < hot.parts; p++) {
        if (hot.part[p].kind != PART_JUNCTION)
            continue;
        double cold = same.part[p].junction.is, warmer = hot.part[p].junction.is;
        ck_assert_double_eq(own.part[p].junction.is, warmer);
        ck_assert(kind == &mesfet_kind ? warmer == cold : warmer > 100 * cold);
    }
}
END_TEST

/* ---- the manual ---- */

/* Is the word in the text, by itself? */
static bool has_word(const char *text, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = text; (at = strstr(at, word)); at++)
        if (strchr(" \"\n", at[-1]) && at[length] && strchr(" \"\n", at[length]))
            return true;
    return false;
}

static void check_named(const char *text, const struct device_parameter *parameter)
{
    for (; parameter->name; parameter++)
        if (parameter->offset != DEVICE_IDLE)
            ck_assert_msg(has_word(text, parameter->name), "man/opspice.1 does not name %s", parameter->name);
}

/* Each parameter that acts, and each quantity. */
START_TEST(the_manual_names_them)
{
    enum { MOST = 200000 };
    static char page[MOST];
    FILE *file = fopen(TOP_SRCDIR "/man/opspice.1", "r");
    ck_assert(file);
    page[fread(page, 1, sizeof page - 1, file)] = '\0';
    fclose(file);
    char *text = strstr(page, ".SH TRANSISTORS"), *end = strstr(page, ".SH SCRIPTS");
    ck_assert(text && end && end > text);
    *end = '\0';
    for (const struct device_type *type = device_types; type->n; type++) {
        if (!type->kind)
            continue;
        check_named(text, type->kind->model);
        check_named(text, type->kind->size);
        for (const struct device_quantity *quantity = type->kind->quantity; quantity->name; quantity++)
            ck_assert_msg(has_word(text, quantity->name), "man/opspice.1 does not name %s", quantity->name);
    }
}
END_TEST

Suite *suite_devices(void)
{
    Suite *suite = suite_create("devices");
    TCase *laws = tcase_create("laws");
    tcase_add_loop_test(laws, slopes_are_derivatives, 0, KINDS(sample));
    tcase_add_loop_test(laws, boxes_hold_what_is_in_them, 0, KINDS(boxed));
    tcase_add_loop_test(laws, sizes_are_honest, 0, KINDS(sample));
    tcase_add_loop_test(laws, all_is_finite, 0, KINDS(sample));
    tcase_add_loop_test(laws, channels_turn_round, 0, KINDS(sample));
    tcase_add_test(laws, transport_turns_round);
    tcase_add_loop_test(laws, transport_flows_down, 0, 3);
    tcase_add_loop_test(laws, regions_meet, 0, KINDS(edge));
    suite_add_tcase(suite, laws);
    TCase *steps = tcase_create("steps");
    tcase_add_loop_test(steps, steps_are_shortened, 0, KINDS(sample));
    tcase_add_test(steps, first_guesses);
    suite_add_tcase(suite, steps);
    TCase *parameters = tcase_create("parameters");
    tcase_add_loop_test(parameters, tables_are_sound, 0, KINDS(kinds));
    tcase_add_loop_test(parameters, shapes_are_sound, 0, KINDS(sample));
    tcase_add_loop_test(parameters, wrong_numbers, 0, KINDS(numbers));
    tcase_add_loop_test(parameters, temperatures_agree, 0, KINDS(kinds));
    tcase_add_test(parameters, the_manual_names_them);
    suite_add_tcase(suite, parameters);
    return suite;
}
