/* The simulator behind libngspice: one a process, as in ngspice, since its interface has no handles.
 *
 * One command runs at a time, in the thread that gave it or, after bg_, in a thread of its own: the one that runs it
 * has the turn, and all that a script holds is its own until it gives the turn back. What clients ask for meanwhile is
 * read from the published copies of plots, under the lock. The lock is never held while a callback is called, so that
 * callbacks may ask, too. */
#ifndef OPSPICE_NGSPICE_SIMULATOR_H
#define OPSPICE_NGSPICE_SIMULATOR_H

#include "api/ngspice_client.h"
#include <pthread.h>

struct simulator {
    pthread_mutex_t reading; /* recursive; held by clients while they read vectors, taken before the lock */
    pthread_mutex_t lock;
    pthread_cond_t changed; /* something of what follows has */

    /* under the lock */
    bool has_turn;    /* a command runs */
    pthread_t worker; /* that runs it */
    bool is_background; /* in the thread below */
    bool has_thread;    /* which was made, and not joined yet */
    pthread_t thread;
    bool is_paused;  /* the background waits, until */
    bool is_resumed; /* it is to go on, */
    bool is_left;    /* or to end */
    bool quits;      /* a callback has said `quit` */
    struct published published;
    bool is_stale; /* commands have run since it was refreshed */
    bool is_ready; /* ngSpice_Init was called */
    struct ngspice_client client; /* read by whoever has the turn, too */

    atomic_int halted;  /* the command that runs is to end */
    struct watch watch; /* of its solves */
    atomic_bool pauses; /* it is to wait at its next point */

    /* of whoever has the turn */
    struct script *script; /* NULL before the first command */
    struct published_plot *growing; /* one of the published ones, which an analysis fills; or NULL */
    struct client_telling telling;  /* of it */
    struct diagnostics diagnostics;
    size_t sent;           /* diagnostics that were sent */
    struct client_stream stream;
    FILE *out;
    /* The last circuit is none to run, until the next comes, or `remcirc`: it was refused, or has no cards. */
    bool is_refused;
    char *empty_title; /* owned; NULL: it is not that */
    char *background;  /* the command of the thread; owned */
    char *input_path;  /* owned */
};

/* Take and give both locks: published copies are changed, or read. */
void simulator_lock(struct simulator *simulator);
void simulator_unlock(struct simulator *simulator);

/* With the turn: let clients see all plots as they are now. False when memory is out. */
bool simulator_publish(struct simulator *simulator);

/* The first word of a command that runs analyses; NULL: it is none. */
const char *simulator_analysis(const char *text);

/* With the turn: run a command; read a circuit from lines that end with NULL. */
int simulator_command(struct simulator *simulator, const char *text);
int simulator_circuit(struct simulator *simulator, char **lines);

/* With the turn: free all but what the client has given. */
void simulator_clear(struct simulator *simulator);

#endif
