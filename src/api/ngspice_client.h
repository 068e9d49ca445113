/* The program that has loaded libngspice: its callbacks, each of which may be NULL. */
#ifndef OPSPICE_NGSPICE_CLIENT_H
#define OPSPICE_NGSPICE_CLIENT_H

#include "api/ngspice_abi.h"
#include "api/ngspice_plots.h"
#include "util/diagnostics.h"
#include <stdio.h>

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

/* Tell of a plot, and of its points from number `from` on, one at least, until one of the two says that it is enough.
 * Returns how many of them were told so far, all where the client wants none. False in *done: memory is out. */
size_t client_tell_plot(const struct ngspice_client *client, const struct published_plot *plot, size_t from,
                        const atomic_int *halted, const atomic_bool *pauses, bool *done);

#endif
