/* Where nodes lie: a layer and two coordinates, as the names of power grids carry them or a file says.
 *
 *     n1_m3_100_200, Node_metal3_100_200    layer m3, metal3; x 100, y 200         (ICCAD 2023 contest, OpenROAD)
 *     n1_100_200                            layer n1; x 100, y 200                  (IBM power grid benchmarks)
 *     n3_4                                  layer n; row 3, which is y, column 4, which is x
 *
 * What stands before the name of a layer does not matter. */
#ifndef OPSPICE_PLACEMENT_H
#define OPSPICE_PLACEMENT_H

#include "circuit/circuit.h"
#include "util/diagnostics.h"

#define PLACEMENT_NONE UINT32_MAX

enum { PLACEMENT_LAYERS = 256 }; /* more names of layers than any stack of metals has: the names mean something else */

struct placement {
    double *x, *y;       /* [nodes] in units of the names or of the file */
    uint32_t *layer;     /* [nodes] number of its layer; PLACEMENT_NONE: nothing says where the node lies */
    size_t placed;       /* nodes with a place */
    uint32_t layers;     /* how many there are, in the order of their names, in which m9 is before m10 */
    const char *name[PLACEMENT_LAYERS]; /* of a layer, in lower case */
    bool in_rows[PLACEMENT_LAYERS];     /* of a layer: its y counts rows, from the top */
    struct names found;  /* the layers, in the order of their first nodes; private */
};

/* What a name says. */
struct node_name {
    size_t prefix;             /* bytes before the layer's name, without the underscore there */
    const char *layer;         /* in the name */
    size_t layer_length;
    double x, y;
    bool in_rows;
};

/* False: it says nothing of a place. */
bool node_name_parse(const char *name, struct node_name *parsed);

/* placement is zeroed before. False when memory is out. */
bool placement_by_names(struct placement *placement, const struct circuit *circuit);

/* From a file of records node,layer,x,y, which a line of these words may head. Mistakes are errors at their places; of
 * nodes that the circuit has not, the first is named in a warning. False when memory is out. */
bool placement_by_file(struct placement *placement, const struct circuit *circuit, const struct source *file,
                       struct diagnostics *diagnostics);

/* The layers of the two ends of a branch: *a and *k, a before k; equal where it lies in one. False: an end has none. */
bool placement_layers(const struct placement *placement, const struct element *element, uint32_t *a, uint32_t *k);

/* Safe on a zeroed struct; leaves it zeroed. */
void placement_free(struct placement *placement);

#endif
