/* Expressions of sources by their structure: own voltage, monotony, enclosures, gradients; on random ones against
 * samples. */
#include "expressions.h"
#include "laws/enclosure.h"
#include "laws/gradient.h"
#include "laws/interval_gradient.h"
#include "lowered.h"
#include "suites.h"
#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- random texts ------------------------------------------------------------------------------------------------ */

enum { TEXT = 1 << 16 };

struct writer {
    char text[TEXT];
    size_t length;
    struct random random;
    const char *const *own; /* ways to write the source's voltage */
    unsigned owns;
    bool is_turned; /* write minus the voltage instead */
};

static const char *const exact_own[] = {"v(a,k)", "(v(a)-v(k))", "-v(k,a)"};
static const char *const rounded_own[] = {"v(a,k)", "(v(a)-v(k))", "-v(k,a)", "(v(a)*3-v(k)*3)/3",
                                          "v(a)*0.1+v(a)*0.2-v(k)*0.3"};

static void put(struct writer *writer, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(writer->text + writer->length, TEXT - writer->length, format, args);
    va_end(args);
    ck_assert_int_lt(length, (int)(TEXT - writer->length));
    writer->length += (size_t)length;
}

static struct writer writer_from(uint64_t seed)
{
    return (struct writer){.random = random_from(seed), .own = exact_own, .owns = sizeof exact_own / sizeof *exact_own};
}

static double between(struct writer *writer, double low, double high)
{
    return low + (high - low) * (random_uniform(&writer->random) + 1) / 2;
}

static void put_own(struct writer *writer)
{
    const char *text = writer->own[pick(&writer->random, writer->owns)];
    put(writer, writer->is_turned ? "(-(%s))" : "(%s)", text);
}

/* `format` has a %r for each inner expression and a %c for each positive number. */
static void expand(struct writer *writer, const char *format, int depth, void (*inner)(struct writer *, int))
{
    for (; *format; format++) {
        if (*format != '%') {
            put(writer, "%c", *format);
            continue;
        }
        switch (*++format) {
        case 'r': inner(writer, depth - 1); break;
        case 'c': put(writer, "%.3g", between(writer, 0.1, 3)); break;
        default: put(writer, "%c", *format);
        }
    }
}

/* A text that rises, or stays, with the voltage. */
static void rising(struct writer *writer, int depth)
{
    static const char *const forms[] = {
        "(%r+%r)", "(%c*%r)", "(%r-%c)", "tanh(%r)", "atan(%r)", "asinh(%r)", "exp(min(%r,%c))", "ln(1+exp(%r))",
        "sqrt(max(%r,0))", "pwr(%r,3)", "max(%r,%r)", "min(%r,%r)", "limit(%r,%c,-%c)", "pwl(%r,-1,-%c,0,0,1,%c)",
        "table(%r,-2,-%c,-1,0,0.5,0,4,%c)", "uramp(%r)", "u2(%r)", "exp(min(%r,2))*uramp(%r)", "pwr(%r,0.5)",
        "sinh(tanh(%r))", "cosh(max(%r,0))", "1/(1+exp(-%r))", "%r/%c", "1-exp(-(%r))",
        "(%c>2?%r:%r)", "pwr(max(%r,0),1.5)", "2**tanh(%r)", "2/(2-tanh(%r))", "agauss(%r,0.1,3)"};
    if (depth == 0) {
        put_own(writer);
        return;
    }
    if (pick(&writer->random, 8) == 0) { /* minus what falls */
        writer->is_turned = !writer->is_turned;
        put(writer, "(-(");
        rising(writer, depth - 1);
        put(writer, "))");
        writer->is_turned = !writer->is_turned;
        return;
    }
    put(writer, "(");
    expand(writer, forms[pick(&writer->random, sizeof forms / sizeof *forms)], depth, rising);
    put(writer, ")");
}

/* Any text. */
static void any(struct writer *writer, int depth)
{
    static const char *const forms[] = {
        "(%r+%r)", "(%r-%r)", "(%r*%r)", "(%r/(1+sqr(%r)))", "-%r", "sin(%r)", "cos(%r)", "abs(%r)", "sqr(%r)",
        "cosh(tanh(%r))", "(%r>%c?%r:%r)", "(%r<=%r)*%r", "exp(%r)", "ln(%c+abs(%r))", "max(%r,%r)", "min(%r,%r)",
        "%r**2", "pwr(%r,%c)", "pow(%r,2)", "limit(%r,%c,-%c)", "atan2(%r,%c)", "tanh(%r)", "%r%%%c", "floor(%r)",
        "sqrt(%r)", "asin(0.9*tanh(%r))", "u(%r)+%r", "pwl(%r,-1,%c,0,0,1,%c)", "table(%r,-1,%c,%c,%c)",
        "%r/(%c+abs(%r))", "%c/cosh(tanh(%r))", "!(%r>1)&&(%r<2)", "acosh(1+abs(%r))", "atanh(0.99*tanh(%r))",
        "log10(abs(%r)+%c)", "acos(0.9*tanh(%r))", "nint(%r)",
        "(abs(%r)+%c)**tanh(%r)", "%r\\%c", "tan(%r)", "sgn(%r)*%r", "(%c+%r)", "1e-3*%r", "%c*%r+%r"};
    if (depth == 0)
        put_own(writer);
    else
        expand(writer, forms[pick(&writer->random, sizeof forms / sizeof *forms)], depth, any);
}

/* ---- laws -------------------------------------------------------------------------------------------------------- */

struct sample_law {
    struct expression_law own;
    double slope[10000], shift[10000], constant[10000];
    struct arena arena;
    struct diagnostics diagnostics;
};

/* What a node's voltage is made of: u and s of a, s of k. */
static void bind_node(struct expression_word node, double sign, double *slope, double *shift)
{
    if (node.length == 0)
        return;
    *slope += is(node, "a") ? sign : 0;
    *shift += sign;
}

static struct sample_law *law_of_text(const char *text)
{
    struct sample_law *law = calloc(1, sizeof *law);
    struct expression_syntax syntax = {.language = EXPRESSION_BEHAVIOUR};
    ck_assert_msg(expression_compile(&law->own.expression, &syntax, word(text), &law->arena, &law->diagnostics) ==
                      EXPRESSION_OK, "%s: %s", text, law->diagnostics.count ? law->diagnostics.item[0].message : "");
    law->own.slope = law->slope;
    law->own.shift = law->shift;
    law->own.constant = law->constant;
    law->own.random = random_from(7);
    ck_assert_uint_le(law->own.expression.uses, 10000);
    for (size_t q = 0; q < law->own.expression.uses; q++) {
        const struct expression_use *use = &law->own.expression.use[q];
        ck_assert_int_eq(use->kind, EXPRESSION_VOLTAGE);
        bind_node(use->a, 1, &law->slope[q], &law->shift[q]);
        bind_node(use->b, -1, &law->slope[q], &law->shift[q]);
    }
    return law;
}

static void sample_law_free(struct sample_law *law)
{
    arena_free(&law->arena);
    diagnostics_free(&law->diagnostics);
    free(law);
}

static enum expression_law_status judged(struct sample_law *law, struct curve *curve,
                                         struct expression_finding *finding)
{
    enum expression_law_status status = expression_law_judge(&law->own, &law->arena, curve, finding);
    if (status <= EXPRESSION_LAW_NOT_SHOWN)
        curve_finish(curve);
    return status;
}

static double current(const struct curve *curve, double u)
{
    double slope;
    return curve_current(curve, u, &slope) + curve->g_floor * u;
}

/* Volts of both signs from 1e-4 to 1e3, and 0. */
static double volt(int step, int steps)
{
    double share = 2.0 * step / steps - 1;
    return share == 0 ? 0 : copysign(pow(10, 7 * fabs(share) - 4), share);
}

/* ---- monotony ---------------------------------------------------------------------------------------------------- */

enum { COUNT = 400 };

START_TEST(rising_texts_are_shown_to_rise)
{
    for (int n = 0; n < COUNT; n++) {
        struct writer writer = writer_from((uint64_t)n);
        struct curve curve;
        struct expression_finding finding = {NAN, NAN, 0};
        writer.own = rounded_own;
        writer.owns = sizeof rounded_own / sizeof *rounded_own;
        rising(&writer, 1 + n % 4);
        struct sample_law *law = law_of_text(writer.text);
        enum expression_law_status status = judged(law, &curve, &finding);
        ck_assert_msg(status == EXPRESSION_LAW_RISES, "%d: %s: status %d between %g V and %g V", n, writer.text,
                      status, finding.low, finding.high);
        sample_law_free(law);
    }
}
END_TEST

/* What is taken does not fall, what is refused does: as far as samples tell. */
static void compare_with_samples(const char *text, unsigned *counts)
{
    enum { STEPS = 2001 }; /* odd: single points, such as 0, may be otherwise */
    struct curve curve;
    struct expression_finding finding = {NAN, NAN, 0};
    struct sample_law *law = law_of_text(text);
    enum expression_law_status status = judged(law, &curve, &finding);
    counts[status]++;
    double before = NAN, slope = 0;
    bool falls = status == EXPRESSION_LAW_FALLS && fabs(finding.high) <= 1e3 &&
                 !isfinite(expression_law_value(&law->own, finding.high, &slope));
    double low = fmax(-1e3, finding.low - 1e-12 * (1 + fabs(finding.low)));
    double high = fmin(1e3, finding.high + 1e-12 * (1 + fabs(finding.high)));
    for (int step = 0; step <= STEPS; step++) {
        double u = status == EXPRESSION_LAW_FALLS ? low + (high - low) * step / STEPS : volt(step, STEPS);
        double i = status == EXPRESSION_LAW_RISES ? current(&curve, u) : expression_law_value(&law->own, u, &slope);
        double noise = status == EXPRESSION_LAW_FALLS ? 0 : 1e-9 * (1e-9 + fabs(i) + fabs(before));
        falls = falls || !isfinite(i) || (status == EXPRESSION_LAW_FALLS && slope < 0) || i < before - noise;
        before = i;
    }
    if (status == EXPRESSION_LAW_RISES || status == EXPRESSION_LAW_FALLS)
        ck_assert_msg(falls == (status == EXPRESSION_LAW_FALLS), "%s: status %d, between %.17g V and %.17g V", text,
                      status, finding.low, finding.high);
    sample_law_free(law);
}

START_TEST(samples_agree)
{
    unsigned counts[EXPRESSION_LAW_NO_MEMORY + 1] = {0};
    for (int n = 0; n < 3 * COUNT; n++) {
        struct writer writer = writer_from((uint64_t)n + 1000000);
        any(&writer, 1 + n % 3);
        compare_with_samples(writer.text, counts);
    }
    ck_assert_uint_gt(counts[EXPRESSION_LAW_RISES], COUNT / 4);
    ck_assert_uint_gt(counts[EXPRESSION_LAW_FALLS], COUNT / 4);
    ck_assert_uint_lt(counts[EXPRESSION_LAW_NOT_SHOWN], COUNT / 6); /* those with steps */
    ck_assert_uint_eq(counts[EXPRESSION_LAW_NOT_OWN], 0);
}
END_TEST

/* ---- own voltage ------------------------------------------------------------------------------------------------- */

START_TEST(what_is_not_own_is_refused)
{
    static const char *const mixed[] = {"v(a,k)", "(v(a)-v(k))", "v(a)"};
    static const char *const other[] = {"v(k)"};
    unsigned refused = 0;
    for (int n = 0; n < COUNT; n++) {
        struct writer writer = writer_from((uint64_t)n + 2000000);
        struct curve curve;
        struct expression_finding finding;
        writer.own = n % 2 ? mixed : other;
        writer.owns = n % 2 ? 3 : 1;
        rising(&writer, 1 + n % 3);
        struct sample_law *law = law_of_text(writer.text);
        bool has_common = false;
        for (size_t q = 0; q < law->own.expression.uses; q++)
            has_common = has_common || law->shift[q] != 0;
        enum expression_law_status status = judged(law, &curve, &finding);
        if (status == EXPRESSION_LAW_NOT_OWN) {
            ck_assert_uint_lt(finding.use, law->own.expression.uses);
            ck_assert(law->shift[finding.use] != 0);
            refused++;
        } else {
            /* it must not change with the common voltage */
            for (int step = 0; step <= 40; step++) {
                double slope, u = volt(step, 40), here = expression_law_value(&law->own, u, &slope);
                for (size_t q = 0; q < law->own.expression.uses; q++)
                    law->constant[q] = 2.625 * law->shift[q];
                double there = expression_law_value(&law->own, u, &slope);
                memset(law->constant, 0, sizeof law->constant);
                double noise = 1e-9 * fabs(here) + 1e-12 * (1 + fabs(slope));
                ck_assert_msg(here == there || fabs(here - there) <= noise, "%s at %g V: %g A, %g A", writer.text, u,
                              here, there);
            }
        }
        ck_assert(has_common || status != EXPRESSION_LAW_NOT_OWN);
        sample_law_free(law);
    }
    ck_assert_uint_gt(refused, COUNT / 2);
}
END_TEST

static const struct {
    const char *text;
    enum expression_law_status status;
    double low, high; /* of FALLS: where; else NAN */
} judgements[] = {
    {"ln(1+exp(v(a,k)))", EXPRESSION_LAW_RISES, NAN, NAN},
    {"sinh(v(a,k))", EXPRESSION_LAW_RISES, NAN, NAN},
    {"cosh(max(v(a,k),0))", EXPRESSION_LAW_RISES, NAN, NAN},
    {"v(a,k)+0.5*sin(v(a,k))", EXPRESSION_LAW_RISES, NAN, NAN},
    {"v(a,k)+sin(v(a,k))", EXPRESSION_LAW_RISES, NAN, NAN},
    {"v(a,k)-tanh(v(a,k))", EXPRESSION_LAW_RISES, NAN, NAN},
    {"sgn(v(a,k))*v(a,k)*v(a,k)", EXPRESSION_LAW_RISES, NAN, NAN},
    {"(v(a,k)-0.3)*(v(a,k)-0.3)*(v(a,k)-0.3)", EXPRESSION_LAW_RISES, NAN, NAN},
    {"v(a,k)/(1+abs(v(a,k)))", EXPRESSION_LAW_RISES, NAN, NAN},
    {"v(a,k)/sqrt(1+v(a,k)*v(a,k))", EXPRESSION_LAW_RISES, NAN, NAN},
    {"exp(v(a,k))/(1+exp(v(a,k)))", EXPRESSION_LAW_RISES, NAN, NAN},
    {"(exp(v(a,k))-1)/(exp(v(a,k))+1)", EXPRESSION_LAW_RISES, NAN, NAN},
    {"v(a,k)*v(a,k)*v(a,k)/(1+v(a,k)*v(a,k))", EXPRESSION_LAW_RISES, NAN, NAN},
    {"exp(v(a,k))>3?exp(v(a,k))-1:v(a,k)", EXPRESSION_LAW_RISES, NAN, NAN},
    {"(v(a)-0.7)/0.3-(v(k))/0.3", EXPRESSION_LAW_RISES, NAN, NAN},
    {"v(a)*0.1+v(a)*0.2-v(k)*0.3", EXPRESSION_LAW_RISES, NAN, NAN},
    {"max(v(a),v(k))-v(k)", EXPRESSION_LAW_RISES, NAN, NAN},
    {"v(a)>v(k)?exp(v(a)-v(k))-1:v(a,k)", EXPRESSION_LAW_RISES, NAN, NAN},
    {"v(a,k)+0*v(a)", EXPRESSION_LAW_RISES, NAN, NAN},
    {"ln(2000+v(a,k))", EXPRESSION_LAW_RISES, NAN, NAN}, /* beyond 1 kV it may end */
    {"v(a,k)+1e-7*v(a,k)*v(a,k)", EXPRESSION_LAW_RISES, NAN, NAN},
    {"sqrt(v(a,k)*v(a,k)+1)+v(a,k)", EXPRESSION_LAW_NOT_SHOWN, NAN, NAN},
    {"v(a,k)*1m+max(v(a)-50,0)*1m", EXPRESSION_LAW_NOT_OWN, NAN, NAN},
    {"v(a)", EXPRESSION_LAW_NOT_OWN, NAN, NAN},
    {"sin(v(k))", EXPRESSION_LAW_NOT_OWN, NAN, NAN},
    {"v(a)>50?v(a,k):2*v(a,k)", EXPRESSION_LAW_NOT_OWN, NAN, NAN},
    {"v(a)*v(a,k)", EXPRESSION_LAW_NOT_OWN, NAN, NAN},
    {"v(a)*0.3-v(k)*0.300001", EXPRESSION_LAW_NOT_OWN, NAN, NAN},
    {"v(a,k)>1?1:0", EXPRESSION_LAW_STEP, NAN, NAN},
    /* what falls, and not where exp is capped; a text that falls there only rises */
    {"exp(v(a,k))-1e-3*pwr(v(a,k),3)", EXPRESSION_LAW_FALLS, NAN, NAN},
    {"exp(v(a,k))-1e-3*abs(v(a,k))**3", EXPRESSION_LAW_RISES, NAN, NAN},
    {"exp(v(a,k))*(2-v(a,k))", EXPRESSION_LAW_FALLS, 2, 227.95592420641054},
    {"exp(exp(v(a,k)))-v(a,k)*1e-3", EXPRESSION_LAW_FALLS, NAN, NAN},
    {"1-v(a,k)", EXPRESSION_LAW_FALLS, -1, 1},
    {"v(a,k)>1?exp(v(a,k))-2:v(a,k)", EXPRESSION_LAW_FALLS, 1, 1},
    {"exp(v(a,k))>3?exp(v(a,k))-2:v(a,k)", EXPRESSION_LAW_FALLS, 1.09861228866811, 1.09861228866811},
    {"sqrt(v(a,k))", EXPRESSION_LAW_FALLS, -INFINITY, 0},
    {"1/v(a,k)", EXPRESSION_LAW_FALLS, 0, 0},
};

START_TEST(judgements_by_hand)
{
    struct curve curve;
    struct expression_finding finding = {NAN, NAN, 0};
    struct sample_law *law = law_of_text(judgements[_i].text);
    enum expression_law_status status = judged(law, &curve, &finding);
    ck_assert_msg(status == judgements[_i].status, "%s: status %d between %g V and %g V", judgements[_i].text, status,
                  finding.low, finding.high);
    if (!isnan(judgements[_i].low)) {
        ck_assert(finding.low == judgements[_i].low || fabs(finding.low - judgements[_i].low) < 1e-13);
        ck_assert(finding.high == judgements[_i].high || fabs(finding.high - judgements[_i].high) < 1e-13);
    }
    sample_law_free(law);
}
END_TEST

/* Beyond where numbers hold the law, or where it is known to rise, it is a straight line and says so. */
START_TEST(laws_end_in_lines)
{
    static const struct {
        const char *text;
        double low, high;
    } table[] = {{"sinh(v(a,k))", -346.08, 346.08},
                 {"ln(2000+v(a,k))", -2000, INFINITY},
                 {"v(a,k)+1e-7*v(a,k)*v(a,k)+tanh(v(a,k))", -1e6, INFINITY},
                 {"v(a,k)+1e-4*v(a,k)*v(a,k)+tanh(v(a,k))", -5e3, INFINITY},
                 {"tanh(v(a,k))", -INFINITY, INFINITY}};
    for (size_t n = 0; n < sizeof table / sizeof *table; n++) {
        struct curve curve;
        struct expression_finding finding;
        struct sample_law *law = law_of_text(table[n].text);
        ck_assert_int_eq(judged(law, &curve, &finding), EXPRESSION_LAW_RISES);
        ck_assert_int_eq(curve.kind, CURVE_FUNCTION);
        for (int side = 0; side < 2; side++) {
            double end = side ? table[n].high : table[n].low, slope, further;
            double found = side ? curve.function.high : curve.function.low;
            ck_assert_msg(found == end || fabs(found - end) <= 1e-3 * fabs(end), "%s ends at %g V", table[n].text,
                          found);
            if (isinf(end))
                continue;
            double at = curve_current(&curve, found, &slope), beyond = curve_current(&curve, found * 1.5, &further);
            ck_assert(curve_covers(&curve, &(struct dd){found, 0}) &&
                      !curve_covers(&curve, &(struct dd){found * 1.5, 0}));
            ck_assert(slope == further && fabs(beyond - at - slope * found * 0.5) <= 1e-9 * fabs(beyond));
        }
        sample_law_free(law);
    }
}
END_TEST

/* ---- enclosures and gradients ------------------------------------------------------------------------------------ */

static void check_cell(const struct sample_law *law, const char *text, const struct cell *cell,
                       const struct enclosure *enclosure)
{
    enum { POINTS = 20 };
    double before_u = NAN, before_i = NAN, slope;
    for (int p = 1; p < POINTS; p++) {
        double u = cell->low + (cell->high - cell->low) * p / POINTS;
        double i = expression_law_value(&law->own, u, &slope), rise = (i - before_i) / (u - before_u);
        double noise = 1e-9 * fabs(i) + 1e-12;
        double steep = 1e-6 * fabs(rise) + 1e-8 + 1e-9 * (fabs(i) + 1e-3) / (u - before_u);
        if (isfinite(i) && !enclosure->is_partial)
            ck_assert_msg(i >= enclosure->value.low - noise && i <= enclosure->value.high + noise,
                          "%s: %.17g at %.17g, in [%.17g, %.17g] on (%.17g, %.17g)", text, i, u, enclosure->value.low,
                          enclosure->value.high, cell->low, cell->high);
        else
            ck_assert_msg(enclosure->is_partial || !isnan(i), "%s: no value at %.17g on (%g, %g)", text, u, cell->low,
                          cell->high);
        if (isfinite(rise) && !enclosure->is_partial)
            ck_assert_msg(rise >= enclosure->slope.low - steep && rise <= enclosure->slope.high + steep,
                          "%s: slope %.17g at %.17g, in [%.17g, %.17g] on (%.17g, %.17g)", text, rise, u,
                          enclosure->slope.low, enclosure->slope.high, cell->low, cell->high);
        before_u = u;
        before_i = i;
    }
}

START_TEST(enclosures_hold_what_they_say)
{
    unsigned held = 0;
    for (int n = 0; n < 3 * COUNT; n++) {
        struct writer writer = writer_from((uint64_t)n + 3000000);
        any(&writer, 1 + n % 3);
        struct sample_law *law = law_of_text(writer.text);
        for (int c = 0; c < 20; c++) {
            double one = pow(10, between(&writer, -3, 1)) * (c % 2 ? -1 : 1), other = one * between(&writer, 1.01, 3);
            struct cell cell = {fmin(one, other), fmax(one, other), {fmin(one, other), fmax(one, other)}};
            struct enclosure enclosure;
            double split;
            size_t use;
            enum enclosure_status status = enclosure_run(&law->own, &cell, &enclosure, &split, &use);
            if (status == ENCLOSURE_SPLIT)
                ck_assert(split > cell.low && split < cell.high);
            ck_assert_int_ne(status, ENCLOSURE_NOT_OWN);
            if (status != ENCLOSURE_OK)
                continue;
            check_cell(law, writer.text, &cell, &enclosure);
            held++;
        }
        sample_law_free(law);
    }
    ck_assert_uint_gt(held, COUNT * 10);
}
END_TEST

static double use_of_two(const void *data, size_t use, double *slope)
{
    const double *x = data;
    slope[use % 2] = 1;
    return x[use % 2];
}

/* Derivatives by two inputs, each use in turn one of them. */
START_TEST(gradients_are_derivatives)
{
    static double work[GRADIENT_WORK(2)];
    unsigned compared = 0;
    for (int n = 0; n < 3 * COUNT; n++) {
        struct writer writer = writer_from((uint64_t)n + 4000000);
        static const char *const voltage[] = {"v(a)"};
        writer.own = voltage;
        writer.owns = 1;
        any(&writer, 1 + n % 3);
        struct sample_law *law = law_of_text(writer.text);
        double x[2] = {between(&writer, -2, 2), between(&writer, -2, 2)}, slope[2], unused[2], size;
        struct gradient_inputs inputs = {.n = 2, .use = use_of_two, .data = x, .random = random_from(3)};
        const struct expression *expression = &law->own.expression;
        expression_gradient(expression, &inputs, work, slope, &size);
        for (int q = 0; q < 2; q++) {
            double h = 1e-6, at = x[q], i[3];
            for (int side = 0; side < 3; side++) {
                x[q] = at + (side - 1) * h;
                i[side] = expression_gradient(expression, &inputs, work, unused, &size);
            }
            x[q] = at;
            double left = (i[1] - i[0]) / h, right = (i[2] - i[1]) / h, mean = (left + right) / 2;
            if (!isfinite(mean) || isinf(slope[q]) || fabs(left - right) > 1e-4 * fabs(mean) || fabs(mean) > 1e4)
                continue; /* a corner, a jump, or too much curvature to compare */
            ck_assert_msg(fabs(slope[q] - mean) <= 2e-4 * fabs(mean) + 1e-8 * (1 + fabs(i[1])),
                          "%s by %d at %g %g: %g, %g", writer.text, q, x[0], x[1], slope[q], mean);
            compared++;
        }
        sample_law_free(law);
    }
    ck_assert_uint_gt(compared, COUNT);
}
END_TEST

static struct interval use_of_box(const void *data, size_t use, struct interval *slope)
{
    const struct interval *x = data;
    slope[use % 2] = interval_point(1);
    return x[use % 2];
}

/* Two points of a box: values are within what was said of it, and differ by slopes within what was said of these. */
static void check_pair(const char *text, const double x[2], const double y[2], double at_x, double at_y,
                       struct interval value, const struct interval *slope)
{
    struct interval change = interval_point(0);
    for (int q = 0; q < 2; q++)
        change = interval_sum(change, interval_product(slope[q], interval_point(x[q] - y[q])));
    double size = fabs(at_x) + fabs(at_y), noise = 1e-9 * (1e-3 + size);
    ck_assert_msg(at_x >= value.low - noise && at_x <= value.high + noise, "%s at %g %g: %g, not in [%g, %g]", text,
                  x[0], x[1], at_x, value.low, value.high);
    ck_assert_msg(at_x - at_y >= change.low - noise && at_x - at_y <= change.high + noise,
                  "%s from %g %g to %g %g: %g, not in [%g, %g]", text, y[0], y[1], x[0], x[1], at_x - at_y, change.low,
                  change.high);
}

/* Random expressions over boxes of two inputs, from narrow to wide, against samples in them. */
START_TEST(boxes_hold_what_is_in_them)
{
    enum { SAMPLES = 20 };
    static struct interval work[INTERVAL_WORK(2)];
    static double number[GRADIENT_WORK(2)];
    unsigned held = 0, narrow = 0;
    for (int n = 0; n < 3 * COUNT; n++) {
        struct writer writer = writer_from((uint64_t)n + 6000000);
        static const char *const voltage[] = {"v(a)"};
        writer.own = voltage;
        writer.owns = 1;
        any(&writer, 1 + n % 3);
        struct sample_law *law = law_of_text(writer.text);
        double width = pow(10, between(&writer, -4, 0.5)), low[2], x[2], y[2] = {0}, unused[2], before = NAN;
        for (int q = 0; q < 2; q++)
            low[q] = between(&writer, -2, 2);
        struct interval box[2] = {{low[0], low[0] + width}, {low[1], low[1] + width}}, value, slope[2];
        struct interval_inputs inputs = {.n = 2, .use = use_of_box, .data = box, .random = random_from(3)};
        bool known = expression_over(&law->own.expression, &inputs, work, &value, slope);
        for (int sample = 0; known && sample < SAMPLES; sample++) {
            for (int q = 0; q < 2; q++)
                x[q] = sample < 2 ? low[q] + sample * width : between(&writer, low[q], low[q] + width);
            struct gradient_inputs at = {.n = 2, .use = use_of_two, .data = x, .random = random_from(3)};
            double size, i = expression_gradient(&law->own.expression, &at, number, unused, &size);
            ck_assert_msg(!isnan(i), "%s at %g %g has no value", writer.text, x[0], x[1]);
            check_pair(writer.text, x, sample > 0 ? y : x, i, sample > 0 ? before : i, value, slope);
            before = i;
            memcpy(y, x, sizeof y);
        }
        held += known;
        narrow += known && isfinite(slope[0].high - slope[0].low + slope[1].high - slope[1].low);
        sample_law_free(law);
    }
    ck_assert_uint_gt(held, COUNT);
    ck_assert_uint_gt(narrow, COUNT);
}
END_TEST

/* ---- long tables ------------------------------------------------------------------------------------------------- */

/* 10,000 points become a table of these; or a part of something curved. */
START_TEST(long_tables)
{
    enum { POINTS = 10000 };
    static const char *const heads[] = {"pwl(v(a,k)", "-1*table(v(k,a)", "tanh(v(a,k))+pwl(v(a,k)", "pwl(tanh(v(a,k))"};
    char *text = malloc(60 * POINTS);
    for (size_t form = 0; form < sizeof heads / sizeof *heads; form++) {
        struct curve curve;
        struct expression_finding finding;
        char *at = stpcpy(text, heads[form]);
        for (int p = 0; p < POINTS; p++) {
            double u = -3 + 7.0 * p / POINTS;
            at += sprintf(at, ", %.17g, %.17g", u, u * u * u + u / 3);
        }
        strcpy(at, ")");
        struct sample_law *law = law_of_text(text);
        ck_assert_uint_le(law->own.expression.steps, 6);
        ck_assert_int_eq(judged(law, &curve, &finding), EXPRESSION_LAW_RISES);
        ck_assert_int_eq(curve.kind, form < 2 ? CURVE_TABLE : CURVE_FUNCTION);
        if (form < 2) /* the ends of a table are corners, those of a pwl are none */
            ck_assert_uint_eq(curve.table.points, form ? POINTS + 2 : POINTS);
        for (int p = 1; p + 1 < POINTS && form < 2; p++) {
            double u = form ? -curve.table.u[POINTS - p] : curve.table.u[p];
            double i = form ? -curve.table.i[POINTS - p] : curve.table.i[p], given = -3 + 7.0 * p / POINTS;
            ck_assert(u == given && i == given * given * given + given / 3);
        }
        sample_law_free(law);
    }
    free(text);
}
END_TEST

Suite *suite_monotone(void)
{
    Suite *suite = suite_create("monotone");
    TCase *laws = tcase_create("laws");
    tcase_set_timeout(laws, 60);
    tcase_add_test(laws, rising_texts_are_shown_to_rise);
    tcase_add_test(laws, samples_agree);
    tcase_add_test(laws, what_is_not_own_is_refused);
    tcase_add_loop_test(laws, judgements_by_hand, 0, sizeof judgements / sizeof *judgements);
    tcase_add_test(laws, laws_end_in_lines);
    tcase_add_test(laws, enclosures_hold_what_they_say);
    tcase_add_test(laws, gradients_are_derivatives);
    tcase_add_test(laws, boxes_hold_what_is_in_them);
    tcase_add_test(laws, long_tables);
    suite_add_tcase(suite, laws);
    return suite;
}
