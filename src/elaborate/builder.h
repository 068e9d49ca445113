/* What the handlers of element cards build with: nodes, elements and what belongs to these. Each returns false (or
 * NULL) when memory is out; what is wrong with the text is a diagnostic. */
#ifndef OPSPICE_BUILDER_H
#define OPSPICE_BUILDER_H

#include "elaborate/controls.h"
#include "elaborate/models.h"

struct builder {
    struct circuit *circuit;
    struct flat *flat;
    struct diagnostics *diagnostics;
    const struct sim_options *sim_options;
    struct models models;
    struct references references; /* elements that control others, by name */
    struct start_word *start;     /* [starts] */
    size_t starts, start_capacity;
    struct arena start_names, part_names;
    size_t most; /* elements */
    bool is_full; /* there would be more: that has been said, and the walk is at its end */
};

/* Take a node from the card; a missing one is a diagnostic. */
bool builder_take_node(struct builder *builder, struct card_reader *reader, uint32_t *node);

/* The two nodes of an element. */
bool builder_take_nodes(struct builder *builder, struct card_reader *reader, struct element *element);

/* Add the element of the card; a second one of that name is a diagnostic. */
bool builder_add(struct builder *builder, const struct card_reader *reader, struct element element);

/* Add an element of this name, which place spells. */
bool builder_add_named(struct builder *builder, const char *name, size_t length, const struct arg *place,
                       struct element element);

/* The same with the name's hash. */
bool builder_add_hashed(struct builder *builder, const char *name, size_t length, uint32_t hash,
                        const struct arg *place, struct element element);

/* The name of the card's element with an ending, in an arena. */
char *builder_part_name(struct builder *builder, const struct card_reader *reader, const char *ending);

/* Add a resistor that belongs to the card's element, named with this ending; a negative one, or no number, is a
 * diagnostic. */
bool builder_add_part(struct builder *builder, const struct card_reader *reader, const char *ending,
                      const struct arg *place, uint32_t a, uint32_t k, double ohms);

/* Add an element with so many ohms in series, between its node a and one of its own, NAME#res as in ngspice; 0: none;
 * and so many beside it all; INFINITY: none. */
bool builder_add_with_parts(struct builder *builder, const struct card_reader *reader, struct element element,
                            double series, double parallel);

/* Keep what the value of the next element follows from. */
bool builder_add_thermal(struct builder *builder, struct thermal thermal);

/* Keep the m of the next element. */
bool builder_add_multiple(struct builder *builder, double m);

/* Add a coupling, for the next element; its controls [n] are in the circuit's arena. */
bool builder_add_coupling(struct builder *builder, struct control_law law, const struct control *control, size_t n,
                          uint32_t *number);

#endif
