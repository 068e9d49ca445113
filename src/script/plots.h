/* The plots of a script. */
#ifndef OPSPICE_SCRIPT_PLOTS_H
#define OPSPICE_SCRIPT_PLOTS_H

#include "script/state.h"

/* The plot of constants, which is the first. */
static inline struct script_plot *plots_constants(const struct script *script)
{
    return script->plot[0];
}

/* A plot that is not the script's yet, without results. short_name: op, dc, unknown, which a number makes a name. NULL
 * when memory is out. */
struct script_plot *plots_new(struct script *script, const char *short_name, const char *type, const char *title,
                              size_t title_length);

/* Add it with these results; it becomes the current one. Takes both over, also where it fails. False when memory is
 * out. */
bool plots_add(struct script *script, struct script_plot *plot, struct result *result);

/* Free one that was not added; its results are not its own. NULL is allowed. */
void plots_drop(struct script_plot *plot);

/* How the plots of a kind of analysis are called, before their numbers. */
const char *plots_short_name(enum plot_kind kind);

/* Remove one of them, or all but the constants. Where it was the current one, the next newer one is then, or else the
 * last that remains. */
void plots_remove(struct script *script, struct script_plot *plot);
void plots_remove_all(struct script *script);

/* The current circuit is to become another one: the plots that have its names keep them. False when memory is out. */
bool plots_keep_names(struct script *script, struct loaded *loaded, struct circuit *former);

/* Before a circuit and its texts are freed: what was said of it has no place any more. */
void plots_forget_places(struct script *script, const struct session *session);

/* Free circuits that were removed, have no plots any more, and of which no message tells. */
void plots_release_circuits(struct script *script);

/* Has the plot a vector of this name: its scale, one that was recorded, or one of its own? */
bool plots_hold(const struct script_plot *plot, const char *name, size_t length);

/* The vector of this name (b, v(b), v1#branch, i(v1)) as one of the plot's own, which can be changed. NULL: there is
 * none, or memory is out. */
struct own_vector *plots_own_vector(struct script *script, struct script_plot *plot, const char *name, size_t length);

/* The name of a type: voltage, notype; and the type of a name. False: there is none of this name. */
const char *plots_type_text(enum vector_type type);
bool plots_read_type(const char *text, size_t length, enum vector_type *type);

/* What the vector of this name is of; TYPE_NONE where there is none. */
enum vector_type plots_type_named(const struct script_plot *plot, const char *name, size_t length);

/* The plot whose result this is in. */
static inline struct script_plot *plots_of(const struct plot *plot)
{
    void *at = (char *)plot - offsetof(struct script_plot, result) - offsetof(struct result, plot);
    return at;
}

/* What the values of a formula are of; plot: the current one. */
enum vector_type series_type(const struct formula *formula, const struct script_plot *plot);

/* Free all plots, also the constants. */
void plots_free(struct script *script);

/* Free all circuits, with the sessions that are owned. */
void plots_free_circuits(struct script *script);

/* A copy of the series of a formula, with what it is. circuit: of a plot that has none of its own, the current one or
 * NULL. False when memory is out. */
bool vector_of_series(struct script_vector *vector, const struct formula *formula, const struct series *series,
                      const struct script_plot *plot, const struct circuit *circuit);

#endif
