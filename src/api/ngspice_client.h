/* The program that has loaded libngspice: its callbacks, each of which may be NULL. */
#ifndef OPSPICE_NGSPICE_CLIENT_H
#define OPSPICE_NGSPICE_CLIENT_H

#include "api/ngspice_abi.h"
#include "api/ngspice_plots.h"
#include "util/diagnostics.h"
#include <stdio.h>

/* What the callbacks get of each vector of a plot, and pointers to that, in the order of clients: the last first. */
struct client_telling {
    void *memory; /* of all; owned; NULL: none */
    struct ngspice_entry *entry; /* [count] */
    struct ngspice_entry **entries;
    struct ngspice_value *value;
    struct ngspice_value **values;
    size_t count;
};

struct ngspice_client {
    ngspice_send_char *send_char;
    ngspice_send_stat *send_stat;
    ngspice_controlled_exit *controlled_exit;
    ngspice_send_data *send_data;
    ngspice_send_init_data *send_init_data;
    ngspice_thread_running *thread_running;
    void *user;
    int id;
};

/* Send text as lines, each after "stdout " or "stderr ", without blanks before it, control characters, other bytes than
 * ASCII and empty lines. */
void client_send(const struct ngspice_client *client, bool is_error, const char *text, size_t length);
__attribute__((format(printf, 3, 4)))
void client_say(const struct ngspice_client *client, bool is_error, const char *format, ...);

/* A stream whose lines are sent as those of stdout; before (or NULL) is called before each. NULL when memory is
 * out. */
struct client_stream {
    const struct ngspice_client *client;
    void (*before)(void *context);
    void *context;
};
FILE *client_stream(struct client_stream *stream);

/* Send diagnostics from number `first` on, with their lines in the netlist, notes in the line of what they belong to. A
 * command that failed and what ends an analysis are errors. */
void client_send_diagnostics(const struct ngspice_client *client, const struct diagnostics *diagnostics, size_t first,
                             const struct sources *sources);

/* Tell of a plot that an analysis fills; then of its last point. As in ngspice, no points where the client is not told
 * of plots. A telling is made once for a plot, client_telling_free it. False when memory is out. */
bool client_telling_make(struct client_telling *telling, const struct published_plot *plot);
void client_tell_plot(const struct ngspice_client *client, const struct client_telling *telling,
                      const struct published_plot *plot);
void client_tell_point(const struct ngspice_client *client, const struct client_telling *telling,
                       const struct published_plot *plot, size_t point);

/* Safe on a zeroed struct; leaves it zeroed. */
void client_telling_free(struct client_telling *telling);

#endif
