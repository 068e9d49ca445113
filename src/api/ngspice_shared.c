/* libngspice: the functions that programs find in it. */
#include "api/ngspice_turns.h"

#include "opspice.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define EXPORT __attribute__((visibility("default")))

static struct simulator simulator = {.reading = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP,
                                     .lock = PTHREAD_MUTEX_INITIALIZER,
                                     .changed = PTHREAD_COND_INITIALIZER};

/* ---- beginning and end ---- */

/* With the turn. */
static void set_client(const struct ngspice_client *client, bool is_ready)
{
    pthread_mutex_lock(&simulator.lock);
    simulator.client = *client;
    simulator.is_ready = is_ready;
    pthread_mutex_unlock(&simulator.lock);
}

EXPORT int ngSpice_Init(ngspice_send_char *send_char, ngspice_send_stat *send_stat,
                        ngspice_controlled_exit *controlled_exit, ngspice_send_data *send_data,
                        ngspice_send_init_data *send_init_data, ngspice_thread_running *thread_running, void *user)
{
    if (!turn_take(&simulator))
        return 1;
    const struct ngspice_client client = {.send_char = send_char,
                                          .send_stat = send_stat,
                                          .controlled_exit = controlled_exit,
                                          .send_data = send_data,
                                          .send_init_data = send_init_data,
                                          .thread_running = thread_running,
                                          .user = user,
                                          .id = simulator.client.id};
    set_client(&client, true);
    client_say(&client, false, "******\n** ngspice-39 shared library, by opspice-%s\n******", OPSPICE_VERSION);
    bool begun = simulator_publish(&simulator);
    turn_give(&simulator);
    return begun ? 0 : 1;
}

EXPORT int ngSpice_Init_Sync(ngspice_source_data *voltage, ngspice_source_data *current, ngspice_sync_data *sync,
                             int *id, void *user)
{
    (void)voltage, (void)current, (void)sync;
    if (!turn_take(&simulator))
        return 1;
    struct ngspice_client client = simulator.client;
    client.id = id ? *id : client.id;
    client.user = user ? user : client.user;
    set_client(&client, simulator.is_ready);
    turn_give(&simulator);
    return 0;
}

EXPORT int ngSpice_Init_Evt(ngspice_event_function *data, ngspice_event_function *names, void *user)
{
    (void)data, (void)names;
    if (!turn_take(&simulator))
        return 1;
    struct ngspice_client client = simulator.client;
    client.user = user ? user : client.user;
    set_client(&client, simulator.is_ready);
    turn_give(&simulator);
    return 0;
}

/* No file of settings is ever read. */
EXPORT int ngSpice_nospinit(void)
{
    return 0;
}

EXPORT int ngSpice_nospiceinit(void)
{
    return 0;
}

/* As before ngSpice_Init. */
EXPORT int ngSpice_Reset(void)
{
    if (!turn_take(&simulator))
        return 1;
    int code = simulator.is_ready ? 0 : 1;
    client_say(&simulator.client, false, "Note: Resetting ngspice");
    simulator_clear(&simulator);
    set_client(&(struct ngspice_client){0}, false);
    turn_give(&simulator);
    return code;
}

/* The library is unloaded, or the program ends. */
__attribute__((destructor)) static void end(void)
{
    turn_end(&simulator);
}

/* ---- commands ---- */

/* A callback has called, while a command runs. */
static int command_in_callback(const char *command)
{
    if (!command || strncasecmp(command, "quit", 4) != 0)
        return 1;
    return turn_quit_soon(&simulator, atoi(command + 4));
}

static bool is_ready(void)
{
    pthread_mutex_lock(&simulator.lock);
    bool ready = simulator.is_ready;
    pthread_mutex_unlock(&simulator.lock);
    return ready;
}

EXPORT int ngSpice_Command(char *command)
{
    int code = 1;
    if (command && strncasecmp(command, "bg_", 3) == 0)
        return is_ready() ? turn_background(&simulator, command + 3) : 1;
    if (command && strcasecmp(command, "resume") == 0 && turn_resume(&simulator))
        return 0;
    if (!turn_take(&simulator))
        return command_in_callback(command);
    if (simulator.is_ready && !command) {
        if (simulator.script)
            script_forget_lines(simulator.script);
        code = 0;
    } else if (simulator.is_ready && *command == '\0') {
        client_say(&simulator.client, true, "Warning: Received empty string as command, ignored");
    } else if (simulator.is_ready) {
        code = simulator_command(&simulator, command);
    }
    turn_give(&simulator);
    return code;
}

EXPORT int ngSpice_Circ(char **lines)
{
    if (!lines || !turn_take(&simulator))
        return 1;
    int code = simulator.is_ready ? simulator_circuit(&simulator, lines) : 1;
    turn_give(&simulator);
    return code;
}

EXPORT bool ngSpice_running(void)
{
    pthread_mutex_lock(&simulator.lock);
    bool runs = simulator.is_background && !simulator.is_paused;
    pthread_mutex_unlock(&simulator.lock);
    return runs;
}

/* ---- plots and vectors ---- */

/* Take the lock, with the copies as new as they can be: while a command runs they are as they were before it, and with
 * the plots of its analyses, as far as these have points. */
static void lock_published(void)
{
    simulator_lock(&simulator);
    if (simulator.is_stale && !simulator.has_turn && simulator.script) {
        /* without memory some copies are not there */
        simulator.is_stale = !published_refresh(&simulator.published, simulator.script);
    }
}

EXPORT int ngSpice_LockRealloc(void)
{
    return pthread_mutex_lock(&simulator.reading);
}

EXPORT int ngSpice_UnlockRealloc(void)
{
    return pthread_mutex_unlock(&simulator.reading);
}

/* A vector that is in no plot, such as the power of an element. NULL: there is none, or a command runs. Under the
 * lock, which commands need to begin. */
static struct published_vector *work_out(const char *name)
{
    struct script_vector vector = {0};
    if (*name != '@' || simulator.has_turn || !simulator.script)
        return NULL;
    bool found = script_find_vector(simulator.script, name, &vector);
    diagnostics_free(&simulator.diagnostics);
    vector.length = vector.length > 0; /* as it stands now */
    return found ? published_keep(&simulator.published, &vector) : NULL;
}

EXPORT struct ngspice_vector *ngGet_Vec_Info(char *name)
{
    if (!name)
        return NULL;
    lock_published();
    struct published_vector *found = published_vector(&simulator.published, name);
    if (!found)
        found = work_out(name);
    const struct ngspice_client client = simulator.client;
    simulator_unlock(&simulator);
    if (!found)
        client_say(&client, true, "Error: vector %s not found!", name);
    return found ? &found->info : NULL;
}

EXPORT char *ngSpice_CurPlot(void)
{
    static char constants[] = "const";
    lock_published();
    char *name = simulator.published.current ? simulator.published.current->name : constants;
    simulator_unlock(&simulator);
    return name;
}

EXPORT char **ngSpice_AllPlots(void)
{
    lock_published();
    char **list = published_plots(&simulator.published);
    simulator_unlock(&simulator);
    return list;
}

EXPORT char **ngSpice_AllVecs(char *plot)
{
    if (!plot)
        return NULL;
    lock_published();
    char **list = published_vectors(&simulator.published, published_find(&simulator.published, plot));
    const struct ngspice_client client = simulator.client;
    simulator_unlock(&simulator);
    if (!list)
        client_say(&client, true, "Error: There are no vectors currently active.");
    return list;
}

/* ---- what opspice has nothing of ---- */

/* Is there a circuit? Where there is none, the client is told. */
static bool has_circuit(void)
{
    if (!turn_take(&simulator))
        return false;
    bool has = simulator.script && script_session(simulator.script);
    if (!has)
        client_say(&simulator.client, true, "Error: no circuit loaded.");
    turn_give(&simulator);
    return has;
}

/* Break points are of transient analyses: they are taken, and never met. */
EXPORT bool ngSpice_SetBkpt(double time)
{
    (void)time;
    return has_circuit();
}

/* Where code models would look for files. */
EXPORT char *ngCM_Input_Path(const char *path)
{
    if (!turn_take(&simulator))
        return NULL;
    char *copy = path ? strdup(path) : NULL;
    if (copy) {
        free(simulator.input_path);
        simulator.input_path = copy;
    }
    if (simulator.input_path)
        client_say(&simulator.client, false, "Note: Codel model file loading path is %s", simulator.input_path);
    turn_give(&simulator);
    return simulator.input_path;
}

EXPORT void *ngGet_Evt_NodeInfo(char *node)
{
    (void)node;
    return NULL;
}

EXPORT char **ngSpice_AllEvtNodes(void)
{
    has_circuit();
    return NULL;
}
