#include "api/ngspice_turns.h"

#include "write/listing.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* ---- turns ---- */

/* Wait until nothing runs. What runs or waits in the background is told to end. Under the lock. */
static void wait_for_turn(struct simulator *simulator)
{
    while (simulator->has_turn) {
        if (simulator->is_background) {
            atomic_store(&simulator->halted, 1);
            simulator->is_left = true;
            pthread_cond_broadcast(&simulator->changed);
        }
        pthread_cond_wait(&simulator->changed, &simulator->lock);
    }
}

/* The thread that has ended is joined, by itself where a callback of its end calls. Returns whether there was one. */
static bool join_thread(struct simulator *simulator)
{
    pthread_mutex_lock(&simulator->lock);
    bool has_thread = simulator->has_thread;
    pthread_t thread = simulator->thread;
    simulator->has_thread = false;
    pthread_mutex_unlock(&simulator->lock);
    if (has_thread && pthread_equal(thread, pthread_self()))
        pthread_detach(thread);
    else if (has_thread)
        pthread_join(thread, NULL);
    return has_thread;
}

static void say_stopped(const struct ngspice_client *client)
{
    client_say(client, false, "Background thread stopped with timeout = 0");
}

bool turn_take(struct simulator *simulator)
{
    pthread_mutex_lock(&simulator->lock);
    bool has_it = simulator->has_turn && pthread_equal(simulator->worker, pthread_self());
    if (!has_it) {
        wait_for_turn(simulator);
        simulator->has_turn = true;
        simulator->worker = pthread_self();
        simulator->is_background = simulator->is_left = simulator->is_resumed = false;
        atomic_store(&simulator->halted, 0);
        atomic_store(&simulator->pauses, false);
    }
    pthread_mutex_unlock(&simulator->lock);
    if (!has_it && join_thread(simulator))
        say_stopped(&simulator->client);
    return !has_it;
}

void turn_give(struct simulator *simulator)
{
    pthread_mutex_lock(&simulator->lock);
    simulator->has_turn = simulator->is_background = false;
    simulator->is_stale = true;
    pthread_cond_broadcast(&simulator->changed);
    pthread_mutex_unlock(&simulator->lock);
}

/* ---- pauses ---- */

static void tell_running(const struct ngspice_client *client, bool is_done)
{
    if (client->thread_running)
        client->thread_running(is_done, client->id, client->user);
}

/* What runs goes on: as ngspice, with the line that it began with. */
static void say_analysis(struct simulator *simulator)
{
    const struct session *session = script_session(simulator->script);
    struct sink sink;
    sink_open(&sink, simulator->out);
    listing_put_temperatures(&sink, &session->requests.sim_options);
    sink_close(&sink);
    fflush(simulator->out);
}

bool turn_waited(struct simulator *simulator)
{
    if (atomic_load(&simulator->halted) || !atomic_exchange(&simulator->pauses, false))
        return false;
    const char *analysis = simulator_analysis(simulator->background);
    client_say(&simulator->client, true, "%s simulation interrupted", analysis ? analysis : "run");
    pthread_mutex_lock(&simulator->lock);
    simulator->is_resumed = false;
    simulator->is_paused = true; /* it does not run any more, for a callback that asks */
    pthread_mutex_unlock(&simulator->lock);
    tell_running(&simulator->client, true);
    pthread_mutex_lock(&simulator->lock);
    pthread_cond_broadcast(&simulator->changed);
    while (!simulator->is_resumed && !simulator->is_left)
        pthread_cond_wait(&simulator->changed, &simulator->lock);
    bool goes_on = !simulator->is_left;
    simulator->is_paused = false;
    pthread_mutex_unlock(&simulator->lock);
    if (goes_on) {
        tell_running(&simulator->client, false);
        say_analysis(simulator);
    }
    return goes_on;
}

/* Does it wait, and is not to go on? Under the lock. */
static bool is_waiting(const struct simulator *simulator)
{
    return simulator->is_paused && !simulator->is_resumed;
}

/* Let what waits go on. False: nothing does. */
static bool resume(struct simulator *simulator)
{
    pthread_mutex_lock(&simulator->lock);
    bool can = simulator->is_paused && !simulator->is_left;
    simulator->is_resumed |= can;
    pthread_cond_broadcast(&simulator->changed);
    pthread_mutex_unlock(&simulator->lock);
    return can;
}

bool turn_resume(struct simulator *simulator)
{
    if (!resume(simulator))
        return false;
    pthread_mutex_lock(&simulator->lock);
    while (simulator->has_turn && !is_waiting(simulator))
        pthread_cond_wait(&simulator->changed, &simulator->lock);
    bool ended = !simulator->has_turn;
    pthread_mutex_unlock(&simulator->lock);
    if (ended)
        join_thread(simulator); /* its last callback has been called then */
    return true;
}

/* ---- the background ---- */

static void *run_background(void *context)
{
    struct simulator *simulator = context;
    pthread_mutex_lock(&simulator->lock); /* until its number is known */
    pthread_mutex_unlock(&simulator->lock);
    const struct ngspice_client client = simulator->client;
    tell_running(&client, false);
    simulator_command(simulator, simulator->background);
    turn_give(simulator);
    tell_running(&client, true);
    return NULL;
}

static int start(struct simulator *simulator, const char *text)
{
    if (!turn_take(simulator))
        return 1;
    free(simulator->background);
    simulator->background = strdup(text);
    bool ready = simulator->background && simulator_publish(simulator);
    pthread_mutex_lock(&simulator->lock);
    int failed = ready ? pthread_create(&simulator->thread, NULL, run_background, simulator) : ENOMEM;
    if (!failed) {
        simulator->worker = simulator->thread;
        simulator->is_background = simulator->has_thread = true;
    }
    pthread_mutex_unlock(&simulator->lock);
    if (!failed)
        return 0;
    client_say(&simulator->client, true, "Error: no thread for bg_%s", text);
    turn_give(simulator);
    return 1;
}

/* bg_halt: what runs in the background waits at its next point, or ends before that; what waits already is not running.
 * A command of another thread ends. Without the turn: who has it may give the simulator another client. */
static int halt(struct simulator *simulator)
{
    pthread_mutex_lock(&simulator->lock);
    const struct ngspice_client client = simulator->client;
    bool waits = is_waiting(simulator);
    bool runs = simulator->has_turn && !waits, has_thread = simulator->has_thread && !waits;
    bool is_own = runs && pthread_equal(simulator->worker, pthread_self());
    if (runs && simulator->is_background)
        atomic_store(&simulator->pauses, true);
    else if (runs)
        atomic_store(&simulator->halted, 1);
    while (has_thread && !is_own && simulator->is_background && !is_waiting(simulator))
        pthread_cond_wait(&simulator->changed, &simulator->lock);
    bool ended = has_thread && !simulator->has_turn;
    pthread_mutex_unlock(&simulator->lock);
    if (ended)
        join_thread(simulator);
    if (has_thread && !is_own)
        say_stopped(&client);
    else if (!runs)
        client_say(&client, true, "Warning: Spice not running");
    return 0;
}

int turn_background(struct simulator *simulator, const char *text)
{
    if (strncasecmp(text, "halt", 4) == 0)
        return halt(simulator);
    if (strncasecmp(text, "resume", 6) == 0 && resume(simulator))
        return 0;
    return start(simulator, text);
}

/* ---- ends ---- */

int turn_quit_soon(struct simulator *simulator, int code)
{
    const struct ngspice_client *client = &simulator->client;
    pthread_mutex_lock(&simulator->lock);
    bool again = simulator->quits;
    simulator->quits = true;
    pthread_mutex_unlock(&simulator->lock);
    atomic_store(&simulator->halted, 1);
    if (!again && client->controlled_exit)
        client->controlled_exit(code, false, true, client->id, client->user);
    return 1;
}

bool turn_end(struct simulator *simulator)
{
    enum { PATIENCE = 2 }; /* s; a callback may wait for a program that is ending */
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE;
    atomic_store(&simulator->halted, 1);
    pthread_mutex_lock(&simulator->lock);
    simulator->is_left = true;
    pthread_cond_broadcast(&simulator->changed);
    while (simulator->has_turn && pthread_cond_timedwait(&simulator->changed, &simulator->lock, &until) == 0)
        ;
    bool ended = !simulator->has_turn;
    pthread_mutex_unlock(&simulator->lock);
    if (!ended)
        return false;
    join_thread(simulator);
    simulator_clear(simulator);
    free(simulator->background);
    free(simulator->input_path);
    simulator->background = simulator->input_path = NULL;
    return true;
}
