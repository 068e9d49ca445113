/* Reports: heat maps as pictures with scales, marks and a frame. */
#include "write/report_parts.h"

#include "write/png.h"
#include <math.h>
#include <stdlib.h>

enum {
    SIDE = 360,  /* of the longer side of a map, px */
    THIN = 24,   /* the least of the shorter side */
    LEFT = 10, TOP = 8, RIGHT = 10, BELOW = 22, /* round the map */
    MARKS = 400  /* so many sources are marked in a map */
};

/* How large the map is shown, px. */
struct frame {
    double width, height;
};

static struct frame frame_of(const struct heat_map *map)
{
    double x = map->x_most - map->x_least, y = map->y_most - map->y_least;
    if (map->exact) { /* the cells at the edges are whole */
        x *= map->width > 1 ? (double)map->width / (map->width - 1) : 1;
        y *= map->height > 1 ? (double)map->height / (map->height - 1) : 1;
    }
    double larger = fmax(x, y);
    return (struct frame){fmax(THIN, SIDE * x / larger), fmax(THIN, SIDE * y / larger)};
}

/* name="number" */
static void put_attribute(struct sink *sink, const char *name, double number)
{
    enum { DIGITS = 5 };
    sink_text(sink, " ");
    sink_text(sink, name);
    sink_text(sink, "=\"");
    html_number(sink, number, DIGITS);
    sink_text(sink, "\"");
}

static bool put_image(struct sink *sink, const struct heat_map *map, const struct frame *frame)
{
    uint8_t palette[256][3];
    size_t size;
    heat_palette(palette);
    unsigned char *png = png_of(map->level, map->width, map->height, (const uint8_t(*)[3])palette, &size);
    if (!png)
        return false;
    sink_text(sink, "<image");
    put_attribute(sink, "x", LEFT);
    put_attribute(sink, "y", TOP);
    put_attribute(sink, "width", frame->width);
    put_attribute(sink, "height", frame->height);
    sink_text(sink, " preserveAspectRatio=\"none\" href=\"data:image/png;base64,");
    html_base64(sink, png, size);
    sink_text(sink, "\"/>\n");
    free(png);
    return true;
}

static double shown_x(const struct heat_map *map, const struct frame *frame, double x)
{
    return LEFT + heat_map_x(map, x) / map->width * frame->width;
}

static double shown_y(const struct heat_map *map, const struct frame *frame, double y)
{
    return TOP + heat_map_y(map, y) / map->height * frame->height;
}

/* Is it the terminal of a source that feeds a net, in this map? */
static bool is_fed(const struct report_output *of, const struct heat_map *map, const struct element *element,
                   uint32_t node)
{
    const struct report *report = of->report;
    return node != GROUND && supply_is_pad(&report->nets, element) &&
           net_layers_of(&report->layers, &report->nets, &report->placement, node) == map->of;
}

static void put_sources(struct sink *sink, const struct report_output *of, const struct heat_map *map,
                        const struct frame *frame)
{
    const struct circuit *circuit = of->output->circuit;
    const struct placement *placement = &of->report->placement;
    int marks = 0;
    for (uint32_t e = 0; marks < MARKS && e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        uint32_t node = element->a != GROUND ? element->a : element->k;
        if (!is_fed(of, map, element, node))
            continue;
        sink_text(sink, marks++ == 0 ? "<path class=\"source\" d=\"" : "");
        sink_text(sink, "M");
        html_number(sink, shown_x(map, frame, placement->x[node]), 5);
        sink_text(sink, " ");
        html_number(sink, shown_y(map, frame, placement->y[node]) - 4, 5);
        sink_text(sink, "l4 7h-8z");
    }
    sink_text(sink, marks > 0 ? "\"/>\n" : "");
}

static void put_circle(struct sink *sink, double x, double y, double radius, const char *class)
{
    sink_text(sink, "<circle class=\"");
    sink_text(sink, class);
    sink_text(sink, "\"");
    put_attribute(sink, "cx", x);
    put_attribute(sink, "cy", y);
    put_attribute(sink, "r", radius);
    sink_text(sink, "/>");
}

/* A ring that is seen on dark and on light. */
static void put_worst(struct sink *sink, const struct report_output *of, const struct heat_map *map,
                      const struct frame *frame)
{
    const struct placement *placement = &of->report->placement;
    double x = shown_x(map, frame, placement->x[map->of->worst]);
    double y = shown_y(map, frame, placement->y[map->of->worst]);
    put_circle(sink, x, y, 6, "ring");
    put_circle(sink, x, y, 6, "dot");
    sink_text(sink, "\n");
}

static void put_corner(struct sink *sink, double x, double y, const char *anchor, double first, double second)
{
    enum { DIGITS = 12 };
    sink_text(sink, "<text");
    put_attribute(sink, "x", x);
    put_attribute(sink, "y", y);
    sink_text(sink, " text-anchor=\"");
    sink_text(sink, anchor);
    sink_text(sink, "\">");
    html_number(sink, first, DIGITS);
    sink_text(sink, ", ");
    html_number(sink, second, DIGITS);
    sink_text(sink, "</text>\n");
}

/* Coordinates of the lower corners, or of rows and columns of all four: what stands below is enough to know where up
 * is. */
static void put_corners(struct sink *sink, const struct heat_map *map, const struct frame *frame)
{
    double lower = map->in_rows ? map->y_most : map->y_least;
    put_corner(sink, LEFT, TOP + frame->height + BELOW - 8, "start", map->in_rows ? lower : map->x_least,
               map->in_rows ? map->x_least : lower);
    if (frame->width > SIDE / 2.0)
        put_corner(sink, LEFT + frame->width, TOP + frame->height + BELOW - 8, "end",
                   map->in_rows ? lower : map->x_most, map->in_rows ? map->x_most : lower);
}

static void put_caption(struct sink *sink, const struct report_output *of, const struct heat_map *map)
{
    const struct report *report = of->report;
    const struct net_layer *layer = map->of;
    const struct supply_net *net = &report->nets.net[layer->net];
    sink_text(sink, "<figcaption><strong>");
    html_text(sink, report->placement.name[layer->layer]);
    sink_text(sink, "</strong>: worst ");
    html_si(sink, layer->worst_drop, "V");
    if (net->supply != 0) {
        sink_text(sink, " (");
        html_percent(sink, supply_net_percent(net, layer->worst_drop));
        sink_text(sink, ")");
    }
    sink_text(sink, " at ");
    report_node(sink, of->output->circuit, layer->worst);
    sink_text(sink, "; average ");
    html_si(sink, layer->average_drop, "V");
    sink_text(sink, "; ");
    html_count(sink, layer->nodes);
    sink_text(sink, layer->nodes == 1 ? " node" : " nodes");
    sink_text(sink, map->in_rows ? " (corners: row, column)" : " (corners: x, y)");
    sink_text(sink, "</figcaption>");
}

static bool put_map(struct sink *sink, const struct report_output *of, const struct heat_map *map)
{
    const struct frame frame = frame_of(map);
    sink_text(sink, "<figure class=\"map\"><svg role=\"img\"");
    put_attribute(sink, "width", LEFT + frame.width + RIGHT);
    put_attribute(sink, "height", TOP + frame.height + BELOW);
    sink_text(sink, " aria-label=\"heat map of drops\">\n<rect class=\"ground\"");
    put_attribute(sink, "x", LEFT);
    put_attribute(sink, "y", TOP);
    put_attribute(sink, "width", frame.width);
    put_attribute(sink, "height", frame.height);
    sink_text(sink, "/>\n");
    bool done = put_image(sink, map, &frame);
    put_sources(sink, of, map, &frame);
    put_worst(sink, of, map, &frame);
    put_corners(sink, map, &frame);
    sink_text(sink, "</svg>");
    put_caption(sink, of, map);
    sink_text(sink, "</figure>\n");
    return done;
}

/* ---- the scale ---- */

static void put_stops(struct sink *sink)
{
    enum { STOPS = 16 };
    uint8_t palette[256][3];
    heat_palette(palette);
    for (int stop = 0; stop <= STOPS; stop++) {
        const uint8_t *colour = palette[1 + stop * (HEAT_MAP_LEVELS - 1) / STOPS];
        char text[64];
        int length = snprintf(text, sizeof text, "<stop offset=\"%d%%\" stop-color=\"#%02x%02x%02x\"/>",
                              stop * 100 / STOPS, colour[0], colour[1], colour[2]);
        sink_bytes(sink, text, (size_t)length);
    }
}

double report_step(double range, int most)
{
    double power = pow(10, floor(log10(range / most))), step = power;
    const double factor[] = {1, 2, 5, 10};
    for (int f = 0; f < 4 && range / step > most; f++)
        step = factor[f] * power;
    return step;
}

static void put_tick(struct sink *sink, double x, double volts, const struct supply_net *net)
{
    sink_text(sink, "<path class=\"tick\" d=\"M");
    html_number(sink, x, 5);
    sink_text(sink, " 14v6\"/><text text-anchor=\"middle\" y=\"32\"");
    put_attribute(sink, "x", x);
    sink_text(sink, ">");
    html_number(sink, volts * 1e3, 6);
    sink_text(sink, "\xc2\xa0mV</text>");
    if (net->supply != 0) {
        sink_text(sink, "<text text-anchor=\"middle\" y=\"46\"");
        put_attribute(sink, "x", x);
        sink_text(sink, ">");
        html_number(sink, supply_net_percent(net, volts), 3);
        sink_text(sink, "\xc2\xa0%</text>");
    }
    sink_text(sink, "\n");
}

static void put_scale(struct sink *sink, const struct supply_net *net, uint32_t number, const struct heat_scale *scale)
{
    enum { WIDTH = 640, EDGE = 40, TICKS = 7 };
    double range = scale->high - scale->low, step = report_step(range, TICKS);
    sink_text(sink, "<figure class=\"scale\"><svg role=\"img\" aria-label=\"scale of drops\"");
    put_attribute(sink, "width", WIDTH + 2 * EDGE);
    put_attribute(sink, "height", 50);
    sink_text(sink, "><defs><linearGradient id=\"scale");
    sink_count(sink, number);
    sink_text(sink, "\">");
    put_stops(sink);
    sink_text(sink, "</linearGradient></defs>\n<rect class=\"bar\" height=\"14\"");
    put_attribute(sink, "x", EDGE);
    put_attribute(sink, "width", WIDTH);
    sink_text(sink, " fill=\"url(#scale");
    sink_count(sink, number);
    sink_text(sink, ")\"/>\n");
    for (double volts = ceil(scale->low / step) * step; volts <= scale->high + range / 1e6; volts += step)
        put_tick(sink, EDGE + WIDTH * (volts - scale->low) / range, fabs(volts) < step / 1e6 ? 0 : volts, net);
    sink_text(sink, "</svg><figcaption>Drop from the supply of ");
    html_si(sink, net->supply, "V");
    sink_text(sink, "; the largest of each cell. A ring marks the worst node of a layer, triangles the voltage "
                    "sources; grey has no nodes.</figcaption></figure>\n");
}

bool report_maps(struct sink *sink, const struct report_output *of, uint32_t net, const struct heat_map *map,
                 size_t maps, const struct heat_scale *scale)
{
    bool done = true;
    put_scale(sink, &of->report->nets.net[net], net, scale);
    sink_text(sink, "<div class=\"maps\">\n");
    for (size_t m = 0; done && m < maps; m++)
        done = put_map(sink, of, &map[m]);
    sink_text(sink, "</div>\n");
    return done;
}
