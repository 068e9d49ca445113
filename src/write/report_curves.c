/* Reports: sweeps of a source or a resistor across a generator, with a picture of current and power over voltage. */
#include "write/report_parts.h"

#include "util/array.h"
#include "write/label.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    WIDTH = 640, HEIGHT = 320,                         /* of what the curves lie in, px */
    LEFT = 64, RIGHT = 64, TOP = 24, BELOW = 44,       /* round it */
    DRAWN = 8,                                         /* curves in a picture: as many as there are colours */
    VERTICES = 400                                     /* of a curve, about */
};

/* ---- numbers ---- */

struct sweep {
    const struct plot *plot;
    const struct swept *swept;
    const struct circuit *circuit;
};

/* What the other axes are at: r1 = 1 kohm, ... */
static void put_parameters(struct sink *sink, const struct sweep *sweep, size_t curve)
{
    const struct plot *plot = sweep->plot;
    static const char *const unit[] = {
        [AXIS_VSOURCE] = "V", [AXIS_ISOURCE] = "A", [AXIS_RESISTOR] = "\xce\xa9",
        [AXIS_TEMPERATURE] = "\302\260C", [AXIS_PARAMETER] = ""};
    for (size_t a = 0; a + 1 < plot->axes; a++) {
        const struct axis *axis = &plot->axis[a];
        double value = plot_axis_value(plot, a, curve * sweep->swept->points);
        sink_text(sink, a > 0 ? ", " : "");
        if (axis->kind <= AXIS_RESISTOR)
            report_element(sink, sweep->circuit, axis->element);
        else
            html_text(sink, axis_swept(axis, sweep->circuit));
        sink_text(sink, " = ");
        if (axis->kind <= AXIS_RESISTOR) {
            html_si(sink, value, unit[axis->kind]);
        } else {
            html_number(sink, value, 6);
            sink_text(sink, axis->kind == AXIS_TEMPERATURE ? "\xc2\xa0" : "");
            sink_text(sink, unit[axis->kind]);
        }
    }
}

static void put_optional(struct sink *sink, bool has, double value, const char *unit)
{
    if (has)
        html_si_cell(sink, value, unit);
    else
        sink_text(sink, "<td class=\"n\">\xe2\x80\x93</td>");
}

static void put_curve(struct sink *sink, const struct generator_curve *curve, bool any_at_end)
{
    put_optional(sink, curve->has_isc, curve->isc, "A");
    put_optional(sink, curve->has_voc, curve->voc, "V");
    html_si_cell(sink, curve->pmax, "W");
    html_si_cell(sink, curve->vmp, "V");
    html_si_cell(sink, curve->imp, "A");
    if (curve->has_isc && curve->has_voc)
        html_percent_cell(sink, 100 * curve->fill_factor);
    else
        put_optional(sink, false, 0, "");
    html_count_cell(sink, curve->peaks);
    if (any_at_end)
        html_cell(sink, curve->at_end ? "the sweep ends at the largest power" : "");
}

static void put_table(struct sink *sink, const struct sweep *sweep)
{
    const struct plot *plot = sweep->plot;
    const struct swept *swept = sweep->swept;
    static const char heads[] = "curve|>Isc|>Voc|>Pmax|>Vmp|>Imp|>fill factor|>peaks";
    static const char with_note[] = "curve|>Isc|>Voc|>Pmax|>Vmp|>Imp|>fill factor|>peaks|note";
    size_t shown = 0, skip = plot->axes > 1 ? 0 : strlen("curve|");
    bool any_at_end = false;
    for (size_t c = 0; c < swept->curves; c++)
        any_at_end = any_at_end || (swept->curve[c].is_generator && swept->curve[c].at_end);
    html_table(sink, NULL, (any_at_end ? with_note : heads) + skip);
    for (size_t c = 0; c < swept->curves && shown < REPORT_SHOWN_CURVES; c++) {
        if (!swept->curve[c].is_generator)
            continue;
        shown++;
        sink_text(sink, "<tr>");
        if (plot->axes > 1) {
            sink_text(sink, "<td>");
            put_parameters(sink, sweep, c);
            sink_text(sink, "</td>");
        }
        put_curve(sink, &swept->curve[c], any_at_end);
        sink_text(sink, "</tr>\n");
    }
    html_end_table(sink);
    if (shown < swept->generators) {
        sink_text(sink, "<p class=\"note\">The first ");
        html_count(sink, shown);
        sink_text(sink, " of ");
        html_count(sink, swept->generators);
        sink_text(sink, " curves.</p>\n");
    }
}

/* ---- the picture ---- */

/* What the picture reaches to, and its numbers between 0 and these. */
struct scales {
    double u, i, p; /* V, A, W */
};

static struct scales scales_of(const struct swept *swept)
{
    struct scales scales = {0, 0, 0};
    for (size_t c = 0; c < swept->curves; c++) {
        const struct generator_curve *curve = &swept->curve[c];
        if (!curve->is_generator)
            continue;
        scales.u = fmax(scales.u, curve->has_voc ? curve->voc : 1.25 * curve->vmp);
        scales.i = fmax(scales.i, curve->has_isc ? curve->isc : 1.25 * curve->imp);
        scales.p = fmax(scales.p, curve->pmax);
    }
    return (struct scales){1.05 * scales.u, 1.08 * scales.i, 1.08 * scales.p};
}

static void put_point(struct sink *sink, double x, double y)
{
    enum { DIGITS = 5 };
    html_number(sink, x, DIGITS);
    sink_text(sink, " ");
    html_number(sink, y, DIGITS);
}

struct vertex {
    double u, i;
};

static int compare(const void *p, const void *q)
{
    double a = ((const struct vertex *)p)->u, b = ((const struct vertex *)q)->u;
    return (a > b) - (a < b);
}

/* A curve of current or power, in the order of its voltages. vertex [n] */
static void put_path(struct sink *sink, const struct vertex *vertex, size_t n, const struct scales *scales, bool power,
                     size_t colour)
{
    size_t stride = n > VERTICES ? n / VERTICES : 1;
    bool begun = false;
    sink_text(sink, "<path class=\"c");
    sink_count(sink, colour);
    sink_text(sink, power ? " power\" d=\"" : "\" d=\"");
    for (size_t j = 0; j < n; j = j + stride < n || j + 1 == n ? j + stride : n - 1) {
        double x = vertex[j].u / scales->u, y = power ? vertex[j].u * vertex[j].i / scales->p : vertex[j].i / scales->i;
        if (!(fabs(x) < 100 && fabs(y) < 100)) /* far outside, where letters of numbers would say nothing */
            continue;
        sink_text(sink, begun ? "L" : "M");
        begun = true;
        put_point(sink, LEFT + WIDTH * x, TOP + HEIGHT * (1 - y));
    }
    sink_text(sink, "\"/>\n");
}

static bool put_drawn(struct sink *sink, const struct sweep *sweep, size_t c, const struct scales *scales,
                      size_t colour)
{
    const struct swept *swept = sweep->swept;
    const double *u = swept->u + c * swept->points, *i = swept->i + c * swept->points;
    size_t n = swept_length(swept, sweep->plot, c);
    double sign = swept->curve[c].sign;
    struct vertex *vertex = array_new(n, sizeof *vertex);
    if (!vertex)
        return false;
    for (size_t j = 0; j < n; j++)
        vertex[j] = (struct vertex){sign * u[j], sign * i[j]};
    qsort(vertex, n, sizeof *vertex, compare);
    put_path(sink, vertex, n, scales, false, colour);
    put_path(sink, vertex, n, scales, true, colour);
    const struct generator_curve *curve = &swept->curve[c];
    sink_text(sink, "<circle class=\"c");
    sink_count(sink, colour);
    sink_text(sink, "\" r=\"4\" cx=\"");
    html_number(sink, LEFT + WIDTH * curve->vmp / scales->u, 5);
    sink_text(sink, "\" cy=\"");
    html_number(sink, TOP + HEIGHT * (1 - curve->imp / scales->i), 5);
    sink_text(sink, "\"/>\n");
    free(vertex);
    return true;
}

/* Ticks and their numbers along an axis: 0 below, 1 to the left, 2 to the right. */
static void put_axis(struct sink *sink, int side, double most, const char *name, const char *unit)
{
    enum { TICKS = 6 };
    static const char *const anchor[] = {"middle", "end", "start"};
    double step = report_step(most, TICKS);
    for (double value = 0; value <= most; value += step) {
        double x = side == 0 ? LEFT + WIDTH * value / most : side == 1 ? LEFT - 8 : LEFT + WIDTH + 8;
        double y = side == 0 ? TOP + HEIGHT + 16 : TOP + HEIGHT * (1 - value / most) + 4;
        if (side < 2) {
            sink_text(sink, "<path class=\"grid\" d=\"M");
            put_point(sink, side == 0 ? x : LEFT, side == 0 ? TOP : y - 4);
            sink_text(sink, side == 0 ? "v" : "h");
            sink_count(sink, side == 0 ? HEIGHT : WIDTH);
            sink_text(sink, "\"/>");
        }
        sink_text(sink, "<text text-anchor=\"");
        sink_text(sink, anchor[side]);
        sink_text(sink, "\" x=\"");
        html_number(sink, x, 5);
        sink_text(sink, "\" y=\"");
        html_number(sink, y, 5);
        sink_text(sink, "\">");
        html_number(sink, value, 6);
        sink_text(sink, "</text>\n");
    }
    sink_text(sink, "<text class=\"name\" text-anchor=\"middle\" x=\"");
    sink_count(sink, side == 0 ? LEFT + WIDTH / 2 : side == 1 ? LEFT : LEFT + WIDTH);
    sink_text(sink, "\" y=\"");
    sink_count(sink, side == 0 ? TOP + HEIGHT + 36 : TOP - 10);
    sink_text(sink, "\">");
    sink_text(sink, name);
    sink_text(sink, " / ");
    sink_text(sink, unit);
    sink_text(sink, "</text>\n");
}

static void put_key(struct sink *sink, const struct sweep *sweep)
{
    const struct swept *swept = sweep->swept;
    size_t colour = 0;
    sink_text(sink, "<figcaption>Current (solid) and power (dashed) over voltage; circles: points of maximum power.");
    for (size_t c = 0; sweep->plot->axes > 1 && c < swept->curves && colour < DRAWN; c++) {
        if (!swept->curve[c].is_generator)
            continue;
        sink_text(sink, " <span class=\"legend\"><svg width=\"22\" height=\"10\"><path class=\"c");
        sink_count(sink, colour++);
        sink_text(sink, "\" d=\"M0 5h22\"/></svg> ");
        put_parameters(sink, sweep, c);
        sink_text(sink, "</span>");
    }
    sink_text(sink, colour < swept->generators && colour > 0 ? " The other curves are not drawn." : "");
    sink_text(sink, "</figcaption>");
}

static bool put_picture(struct sink *sink, const struct sweep *sweep, size_t number)
{
    const struct swept *swept = sweep->swept;
    const struct scales scales = scales_of(swept);
    bool done = true;
    sink_text(sink, "<figure><svg role=\"img\" aria-label=\"current and power over voltage\" width=\"");
    sink_count(sink, LEFT + WIDTH + RIGHT);
    sink_text(sink, "\" height=\"");
    sink_count(sink, TOP + HEIGHT + BELOW);
    sink_text(sink, "\" class=\"curves\">\n<clipPath id=\"clip");
    sink_count(sink, number);
    sink_text(sink, "\"><rect x=\"64\" y=\"24\" width=\"640\" height=\"320\"/></clipPath>\n");
    put_axis(sink, 0, scales.u, "voltage", "V");
    put_axis(sink, 1, scales.i, "current", "A");
    put_axis(sink, 2, scales.p, "power", "W");
    sink_text(sink, "<rect class=\"frame\" x=\"64\" y=\"24\" width=\"640\" height=\"320\"/>\n<g clip-path=\"url(#clip");
    sink_count(sink, number);
    sink_text(sink, ")\">\n");
    size_t colour = 0;
    for (size_t c = 0; done && c < swept->curves && colour < DRAWN; c++) {
        if (swept->curve[c].is_generator)
            done = put_drawn(sink, sweep, c, &scales, colour++);
    }
    sink_text(sink, "</g></svg>");
    put_key(sink, sweep);
    sink_text(sink, "</figure>\n");
    return done;
}

/* ---- a sweep ---- */

static void put_heading(struct sink *sink, const struct plot *plot, const struct circuit *circuit)
{
    const struct axis *axis = &plot->axis[plot->axes - 1];
    sink_text(sink, "<h2>Sweep of ");
    if (axis->kind <= AXIS_RESISTOR)
        report_element(sink, circuit, axis->element);
    else
        html_text(sink, axis->kind == AXIS_TEMPERATURE ? "the temperature" : axis->name);
    sink_text(sink, "</h2>\n<p>");
    html_count(sink, plot->points);
    sink_text(sink, plot->points == 1 ? " point" : " points");
}

bool report_curves(struct sink *sink, const struct report_output *of)
{
    const struct output *output = of->output;
    bool done = true;
    for (size_t r = 0; done && r < output->results; r++) {
        const struct plot *plot = &output->result[r].plot;
        if (plot->axes == 0)
            continue;
        put_heading(sink, plot, output->circuit);
        if (of->swept[r].generators == 0) {
            sink_text(sink, "; what is swept takes no power from the rest: no curve of a generator.</p>\n");
            continue;
        }
        sink_text(sink, ", across a generator; between points its current is a monotone cubic.</p>\n");
        const struct sweep sweep = {plot, &of->swept[r], output->circuit};
        put_table(sink, &sweep);
        done = put_picture(sink, &sweep, r);
    }
    return done;
}
