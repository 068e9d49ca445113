/* The parts of a report's page, each in a file of its own. */
#ifndef OPSPICE_REPORT_PARTS_H
#define OPSPICE_REPORT_PARTS_H

#include "write/heat_map.h"
#include "write/html.h"
#include "write/report.h"

enum {
    REPORT_MAPS = 16,        /* pictures in one page, which bounds its size */
    REPORT_SHOWN_NETS = 100, /* rows of the table of nets */
    REPORT_SHOWN_CURVES = 100
};

/* A node's name, or an element's as its card spells it. */
void report_node(struct sink *sink, const struct circuit *circuit, uint32_t node);
void report_element(struct sink *sink, const struct circuit *circuit, uint32_t element);

/* Cells: layer, x, y of a node; empty where it has no place. */
void report_place_cells(struct sink *sink, const struct report *report, uint32_t node);

/* The same for an element: its layer, or m3-m4 of a via. */
void report_layer_cell(struct sink *sink, const struct report *report, const struct element *element);

/* The table of nets. */
void report_nets(struct sink *sink, const struct report_output *of);

/* Of each net that is told of: layers, heat maps, worst nodes. False when memory is out. */
bool report_net_details(struct sink *sink, const struct report_output *of);

/* The heat maps of a net with the scale beside them. map [maps], of this net. False when memory is out. */
bool report_maps(struct sink *sink, const struct report_output *of, uint32_t net, const struct heat_map *map,
                 size_t maps, const struct heat_scale *scale);

/* 1, 2 or 5 times a power of ten, so that at most `most` of them make the range. */
double report_step(double range, int most);

/* How many nodes of a net have which drop. */
void report_histogram(struct sink *sink, const struct report_output *of, uint32_t net);

/* The largest currents, violations of limits, nodes without a source. */
void report_currents(struct sink *sink, const struct report_output *of);
void report_violations(struct sink *sink, const struct report_output *of);
void report_unreached(struct sink *sink, const struct report_output *of);

/* The sweeps: what generators deliver, with a picture. False when memory is out. */
bool report_curves(struct sink *sink, const struct report_output *of);

/* The proof of all points. */
void report_proof(struct sink *sink, const struct report_output *of);

#endif
