/* Plots as clients of libngspice see them: copies of those of the script, which stay where they are while the script
 * goes on in another thread. */
#ifndef OPSPICE_NGSPICE_PLOTS_H
#define OPSPICE_NGSPICE_PLOTS_H

#include "api/ngspice_abi.h"
#include "script/script.h"
#include <limits.h>
#include <stdatomic.h>

struct published_vector {
    struct ngspice_vector info; /* first: a client has a pointer to it; owned */
    bool is_scale;
};

struct published_plot {
    char *name, *title, *type, *date;  /* op1, .., Operating Point, ..; owned */
    struct published_vector **vector; /* [vectors] the scale, then as in the netlist, then those of `let`; owned */
    size_t vectors;
    size_t fixed; /* the first ones, of an analysis: they do not change */
};

struct published {
    struct published_plot **plot; /* [plots] the constants first, then the oldest first; owned */
    size_t plots, plot_capacity;
    struct published_plot *current; /* one of them; NULL: the constants */
    struct published_vector **computed; /* [computeds] that are in no plot, by name; owned */
    size_t computeds, computed_capacity;
    struct published_vector **retired; /* [retireds] of `let` that have changed or are gone, the oldest first: a client
                                        * may still look at them; owned */
    size_t retireds, retired_capacity, retired_values; /* the last: in all of them */
    char **names; /* what was last returned as a list: NULL at its end; owned, the names are not */
};

/* Lengths are int there. */
enum { PUBLISHED_MOST_POINTS = INT_MAX };

/* Copy a plot. NULL when memory is out. */
struct published_plot *published_copy(const struct script_plot *plot);

/* The same of one that an analysis fills, of at most PUBLISHED_MOST_POINTS, with room for all its points: vectors stay
 * where they are. Then it takes over the last point of the plot. */
struct published_plot *published_begin(const struct script_plot *plot);
void published_grow(struct published_plot *copy, const struct script_plot *plot);
void published_plot_free(struct published_plot *plot);

/* Add a copy, in place of one of its name; takes it over, also where it fails. False when memory is out. */
bool published_add(struct published *published, struct published_plot *plot);
void published_remove(struct published *published, const char *name);

/* Make all copies those of the script's plots, as they are now. What has not changed stays where it is. False when
 * memory is out. */
bool published_refresh(struct published *published, const struct script *script);

struct published_plot *published_find(const struct published *published, const char *name);

/* out, V(out), i(v1), v1#branch, op1.out, in any case but for that of the plot's name; NULL: there is none. */
struct published_vector *published_vector(const struct published *published, const char *name);

/* Keep a vector that was worked out, in place of one of its name. NULL when memory is out. Takes it over. */
struct published_vector *published_keep(struct published *published, struct script_vector *vector);

/* Lists that end with NULL, the last first, until the next is asked for; NULL when memory is out, or there is no such
 * plot. */
char **published_plots(struct published *published);
char **published_vectors(struct published *published, const struct published_plot *plot);

/* Safe on a zeroed struct; leaves it zeroed. */
void published_free(struct published *published);

#endif
