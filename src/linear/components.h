/* Parts of a program that resistors hold together. */
#ifndef OPSPICE_COMPONENTS_H
#define OPSPICE_COMPONENTS_H

#include "linear/laplacian.h"

struct components {
    int32_t count;
    int32_t floating; /* how many of them are not grounded */
    int32_t *part;  /* [n] of each unknown */
    int32_t *start; /* [count + 1] into node */
    int32_t *node;  /* [n] the unknowns, part after part */
    bool *grounded; /* [count] some node of it has a conductance to ground */
};

/* ground [n]: conductance to the ground tree, S; conductances under least, S, do not count. components is zeroed
 * before. False when memory is out. */
bool components_build(struct components *components, const struct laplacian *L, const double *ground, double least);

/* Levels of searches breadth first through each part, from its first unknown on; a single unknown is one level. */
struct component_levels {
    int32_t all, most; /* of all parts together; of the one that has most */
};

/* Conductances of 0 count too. False when memory is out. */
bool component_levels_count(struct component_levels *levels, const struct laplacian *L);

/* Room for a search through parts. */
struct component_search {
    int32_t *queue; /* [n] */
    bool *reached;  /* [n] */
};

/* search is zeroed before. False when memory is out. */
bool component_search_new(struct component_search *search, int32_t n);

/* Is every unknown joined to ground, or to an anchor, by conductances of at least the largest of all over `spread`?
 * Subtractions lose a small conductance only where nothing larger joins what it joins. ground, anchor (NULL: none) [n]
 * S. */
bool component_search_is_tied(struct component_search *search, const struct laplacian *L, const double *ground,
                              const double *anchor, double spread);

/* Safe on a zeroed struct, which it is afterwards. */
void component_search_free(struct component_search *search);

void components_free(struct components *components);

#endif
