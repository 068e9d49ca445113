#include "write/heat_map.h"

#include "util/array.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

void heat_palette(uint8_t palette[256][3])
{
    static const uint8_t colour[][3] = {{252, 255, 164}, {249, 142, 9}, {188, 55, 84}, {87, 16, 110}, {0, 0, 4}};
    enum { PIECES = sizeof colour / sizeof *colour - 1 };
    memset(palette, 255, 3); /* what is transparent is white where that is not known */
    for (int level = 1; level <= HEAT_MAP_LEVELS; level++) {
        double at = (double)PIECES * (level - 1) / (HEAT_MAP_LEVELS - 1);
        int piece = at < PIECES ? (int)at : PIECES - 1;
        for (int c = 0; c < 3; c++)
            palette[level][c] =
                (uint8_t)lround(colour[piece][c] + (at - piece) * (colour[piece + 1][c] - colour[piece][c]));
    }
}

struct heat_scale heat_scale_of(const struct report *report, uint32_t net)
{
    double low = INFINITY, high = -INFINITY;
    for (size_t q = 0; q < report->layers.count; q++) {
        const struct net_layer *layer = &report->layers.item[q];
        if (layer->net != net)
            continue;
        low = fmin(low, layer->least_drop);
        high = fmax(high, layer->worst_drop);
    }
    if (low > 0 && low < high / 2)
        low = 0;
    if (!(low < high)) { /* one value, or none */
        low = isfinite(low) && low < 0 ? low : 0;
        high = low + fmax(isfinite(high) ? high - low : 0, 1e-15);
    }
    return (struct heat_scale){low, high};
}

static uint8_t level_of(const struct heat_scale *scale, double drop)
{
    double part = (drop - scale->low) / (scale->high - scale->low);
    return (uint8_t)(1 + lround(fmin(fmax(part, 0), 1) * (HEAT_MAP_LEVELS - 1)));
}

/* ---- how many cells ---- */

static int compare(const void *p, const void *q)
{
    double a = *(const double *)p, b = *(const double *)q;
    return (a > b) - (a < b);
}

/* How many cells a row has in which all of these coordinates lie in cells of their own; 0: too many, or not at equal
 * distances. value [count] is sorted. */
static uint32_t regular_cells(double *value, size_t count)
{
    double pitch = INFINITY;
    qsort(value, count, sizeof *value, compare);
    double extent = value[count - 1] - value[0];
    for (size_t q = 1; q < count; q++) {
        if (value[q] > value[q - 1])
            pitch = fmin(pitch, value[q] - value[q - 1]);
    }
    if (extent == 0)
        return 1;
    if (extent / pitch > HEAT_MAP_CELLS - 1)
        return 0;
    for (size_t q = 1; q < count; q++) {
        double steps = (value[q] - value[0]) / pitch;
        if (fabs(steps - round(steps)) > 1e-3)
            return 0;
    }
    return (uint32_t)lround(extent / pitch) + 1;
}

/* Is it a plane, a mesh of wires or a grid by its nodes' names, and not single straps or ends of vias? */
static bool is_plane(const struct heat_map *map, const struct report *report)
{
    return report->placement.in_rows[map->of->layer] || map->of->wires > 1.2 * map->of->nodes;
}

/* The cells of a regular grid most of whose cells have a node. *regular false: it is none. False when memory is out. */
static bool size_regular(struct heat_map *map, const struct report *report, uint32_t nodes, bool *regular)
{
    enum { DENSITY = 3 }; /* there may be so many cells for a node */
    const struct net_layer *of = map->of;
    *regular = false;
    if (of->nodes > HEAT_MAP_CELLS * HEAT_MAP_CELLS || !is_plane(map, report))
        return true;
    double *x = array_new(of->nodes, sizeof *x), *y = array_new(of->nodes, sizeof *y);
    size_t count = 0;
    for (uint32_t node = 0; x && y && node < nodes; node++) {
        if (report->placement.layer[node] == of->layer && report->nets.of[node] == of->net) {
            x[count] = report->placement.x[node];
            y[count++] = report->placement.y[node];
        }
    }
    if (x && y) {
        map->width = regular_cells(x, count);
        map->height = regular_cells(y, count);
        *regular = map->width > 0 && map->height > 0 && (uint64_t)map->width * map->height <= DENSITY * of->nodes;
    }
    bool done = x && y;
    free(x);
    free(y);
    return done;
}

/* Cells in the proportion of the layer, about as many as there are nodes. */
static void size_irregular(struct heat_map *map)
{
    double width = map->x_most - map->x_least, height = map->y_most - map->y_least, larger = fmax(width, height);
    double cells = larger > 0 ? sqrt(map->of->nodes * larger / fmax(fmin(width, height), larger / HEAT_MAP_CELLS)) : 1;
    cells = fmin(fmax(cells, HEAT_MAP_LEAST), HEAT_MAP_CELLS);
    map->width = larger > 0 ? (uint32_t)lround(fmax(1, cells * width / larger)) : 1;
    map->height = larger > 0 ? (uint32_t)lround(fmax(1, cells * height / larger)) : 1;
}

/* All layers of a net show the same, so that they can be laid over each other; but for grids, whose cells are nodes. */
static void frame(struct heat_map *map, const struct report *report)
{
    const struct net_layer *of = map->of;
    map->x_least = of->x_least;
    map->x_most = of->x_most;
    map->y_least = of->y_least;
    map->y_most = of->y_most;
    for (size_t q = 0; !map->exact && q < report->layers.count; q++) {
        const struct net_layer *other = &report->layers.item[q];
        if (other->net != of->net || report->placement.in_rows[other->layer] != map->in_rows)
            continue;
        map->x_least = fmin(map->x_least, other->x_least);
        map->x_most = fmax(map->x_most, other->x_most);
        map->y_least = fmin(map->y_least, other->y_least);
        map->y_most = fmax(map->y_most, other->y_most);
    }
}

static bool make_cells(struct heat_map *map, const struct report *report, uint32_t nodes)
{
    if (!size_regular(map, report, nodes, &map->exact))
        return false;
    map->in_rows = report->placement.in_rows[map->of->layer];
    frame(map, report);
    if (!map->exact)
        size_irregular(map);
    map->level = array_new((size_t)map->width * map->height, 1);
    return map->level;
}

/* ---- what is in them ---- */

/* The middle of the cell of a coordinate, in cells. */
static double cell_of(double value, double least, double most, uint32_t cells)
{
    return most > least ? 0.5 + (value - least) / (most - least) * (cells - 1) : 0.5;
}

double heat_map_x(const struct heat_map *map, double x)
{
    return cell_of(x, map->x_least, map->x_most, map->width);
}

double heat_map_y(const struct heat_map *map, double y)
{
    double from_least = cell_of(y, map->y_least, map->y_most, map->height);
    return map->in_rows ? from_least : map->height - from_least;
}

static void mark(struct heat_map *map, double x, double y, uint8_t level)
{
    uint8_t *cell = &map->level[(size_t)y * map->width + (size_t)x];
    *cell = level > *cell ? level : *cell;
}

/* Cells from one end of a wire to the other, with levels between theirs. */
static void mark_wire(struct heat_map *map, const double *x, const double *y, const uint8_t *level)
{
    int steps = (int)fmax(fabs(floor(x[1]) - floor(x[0])), fabs(floor(y[1]) - floor(y[0])));
    for (int step = 1; step < steps; step++) {
        double part = (double)step / steps;
        mark(map, x[0] + part * (x[1] - x[0]), y[0] + part * (y[1] - y[0]),
             (uint8_t)lround(level[0] + part * (level[1] - level[0])));
    }
}

/* A cell that nothing is in, between two that have something, belongs to the metal too: it is empty because rows of
 * nodes and rows of cells do not fall together. scratch [width x height]. */
static void close_gaps(struct heat_map *map, uint8_t *scratch)
{
    size_t width = map->width, height = map->height;
    memcpy(scratch, map->level, width * height);
    for (size_t y = 0; y < height; y++) {
        for (size_t x = 0; x < width; x++) {
            const uint8_t *at = &scratch[y * width + x];
            bool across = x > 0 && x + 1 < width && at[-1] > 0 && at[1] > 0;
            bool along = y > 0 && y + 1 < height && at[-(ptrdiff_t)width] > 0 && at[width] > 0;
            if (*at == 0 && across)
                map->level[y * width + x] = (uint8_t)((at[-1] + at[1]) / 2);
            else if (*at == 0 && along)
                map->level[y * width + x] = (uint8_t)((at[-(ptrdiff_t)width] + at[width]) / 2);
        }
    }
}

/* The map of a layer of a net, or NULL. map_of [layers.count] */
static struct heat_map *find_map(struct heat_map *const *map_of, const struct report *report, uint32_t node)
{
    const struct net_layer *layer = net_layers_of(&report->layers, &report->nets, &report->placement, node);
    return layer ? map_of[layer - report->layers.item] : NULL;
}

struct brush {
    const struct report *report;
    const struct heat_scale *scale;
    const struct operating_point *op;
    struct heat_map *const *map_of;
};

static void draw_nodes(const struct brush *brush, uint32_t nodes)
{
    const struct report *report = brush->report;
    for (uint32_t node = GROUND + 1; node < nodes; node++) {
        struct heat_map *map = find_map(brush->map_of, report, node);
        if (map)
            mark(map, heat_map_x(map, report->placement.x[node]), heat_map_y(map, report->placement.y[node]),
                 level_of(&brush->scale[map->of->net], supply_nets_drop(&report->nets, brush->op, node)));
    }
}

static void draw_wires(const struct brush *brush, const struct circuit *circuit)
{
    const struct report *report = brush->report;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (!supply_is_wire(circuit, element))
            continue;
        struct heat_map *map = find_map(brush->map_of, report, element->a);
        if (!map || map->exact || map != find_map(brush->map_of, report, element->k))
            continue;
        const uint32_t node[] = {element->a, element->k};
        double x[2], y[2];
        uint8_t level[2];
        for (int end = 0; end < 2; end++) {
            x[end] = heat_map_x(map, report->placement.x[node[end]]);
            y[end] = heat_map_y(map, report->placement.y[node[end]]);
            level[end] =
                level_of(&brush->scale[map->of->net], supply_nets_drop(&report->nets, brush->op, node[end]));
        }
        mark_wire(map, x, y, level);
    }
}

bool heat_maps_draw(struct heat_map *map, size_t maps, const struct report *report, const struct heat_scale *scale,
                    const struct circuit *circuit, const struct operating_point *op)
{
    struct heat_map **map_of = array_new(report->layers.count, sizeof(struct heat_map *));
    uint8_t *scratch = array_new(HEAT_MAP_CELLS * HEAT_MAP_CELLS, 1);
    const struct brush brush = {report, scale, op, map_of};
    bool done = map_of && scratch;
    for (size_t m = 0; done && m < maps; m++) {
        done = make_cells(&map[m], report, circuit->nodes.count);
        map_of[map[m].of - report->layers.item] = &map[m];
    }
    if (done) {
        draw_nodes(&brush, circuit->nodes.count);
        draw_wires(&brush, circuit);
    }
    for (size_t m = 0; done && m < maps; m++) {
        if (!map[m].exact)
            close_gaps(&map[m], scratch);
    }
    free(map_of);
    free(scratch);
    return done;
}
