/* Heat maps: the drops in a layer of a net as a picture of bounded size. */
#ifndef OPSPICE_HEAT_MAP_H
#define OPSPICE_HEAT_MAP_H

#include "analysis/report.h"

enum {
    HEAT_MAP_CELLS = 400,  /* the most in a row or column */
    HEAT_MAP_LEAST = 64,   /* about the least where nodes are irregular */
    HEAT_MAP_LEVELS = 255  /* colours, from 1 on; 0: nothing is there */
};

/* A scale of drops, V. */
struct heat_scale {
    double low, high; /* low < high */
};

struct heat_map {
    const struct net_layer *of;
    double x_least, x_most, y_least, y_most; /* what it shows: the whole net, or an exact layer */
    uint32_t width, height;
    uint8_t *level; /* [height][width] of the largest drop in a cell, the top row first */
    bool in_rows;   /* y grows downwards */
    bool exact;     /* each node has a cell of its own in a regular grid */
};

/* red, green, blue of each level: dark is a large drop. It is the palette `inferno` turned round, whose lightness falls
 * all the way, so that the colour blind and grey printers see the same. Source: S. van der Walt and N. Smith, 2015,
 * released under CC0; five of its colours, straight between them. */
void heat_palette(uint8_t palette[256][3]);

/* The scale of a net: from 0 on, or from the least drop where that is negative or more than half of the largest. */
struct heat_scale heat_scale_of(const struct report *report, uint32_t net);

/* Draw maps, each for its layer, together: nodes, and between them the wires of the layer. map [maps] with their `of`
 * set, the rest zeroed; scale [nets of report->layers]. False when memory is out. */
bool heat_maps_draw(struct heat_map *map, size_t maps, const struct report *report, const struct heat_scale *scale,
                    const struct circuit *circuit, const struct operating_point *op);

/* Where a place lies in the picture, 0 to width, 0 to height. */
double heat_map_x(const struct heat_map *map, double x);
double heat_map_y(const struct heat_map *map, double y);

#endif
