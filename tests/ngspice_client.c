/* ngspice_client LIBRARY PLAY: load a libngspice, call it as a program does, and print calls, answers and callbacks.
 *
 * With LINKED defined opspice's is a part of the program, for sanitizers: `-` is then the library. */
#include "ngspice_client.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct library ng;
void (*client_on_char)(const char *text);
void (*client_on_data)(void);
atomic_int *client_points;
bool client_sorts;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t thread_ended = PTHREAD_COND_INITIALIZER;
static bool thread_is_done;

void client_put(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
}

/* ---- callbacks ---- */

static int on_char(char *text, int id, void *user)
{
    client_put("  char %d%s: %s", id, user == &ng ? "" : " of a stranger", text);
    if (client_on_char)
        client_on_char(text);
    return 0;
}

static int on_stat(char *text, int id, void *user)
{
    (void)user;
    client_put("  stat %d: %s", id, text);
    return 0;
}

static int on_exit_asked(int status, bool immediate, bool by_quit, int id, void *user)
{
    (void)user;
    client_put("  exit %d: status %d, immediate %d, by quit %d", id, status, immediate, by_quit);
    return 0;
}

static int on_data(struct vector_values *values, int count, int id, void *user)
{
    (void)user;
    if (client_points) {
        usleep(200);
        ++*client_points;
        return 0;
    }
    client_put("  data %d: point %d, %d vectors, %d structs", id, values->index, values->count, count);
    for (int v = 0; v < values->count; v++) {
        const struct vector_value *value = values->item[v];
        client_put("    %s = %.10g%s%s", value->name, value->real, value->is_scale ? " scale" : "",
                   value->is_complex ? " complex" : "");
    }
    if (client_on_data)
        client_on_data();
    return 0;
}

static int on_init_data(struct plot_info *plot, int id, void *user)
{
    (void)user;
    client_put("  plot %d: name %s, title %s, type %s, %d vectors", id, plot->name, plot->title, plot->type,
               plot->count);
    for (int v = 0; v < plot->count; v++) {
        const struct vector_entry *entry = plot->item[v];
        client_put("    %d %s%s%s%s", entry->number, entry->name, entry->is_real ? " real" : " complex",
                   entry->vector ? "" : " without a vector", entry->vector == entry->scale ? " scale" : "");
    }
    return 0;
}

static int on_running(bool is_done, int id, void *user)
{
    (void)user;
    client_put("  thread %d: %s", id, is_done ? "done" : "runs");
    pthread_mutex_lock(&lock);
    thread_is_done = is_done;
    pthread_cond_broadcast(&thread_ended);
    pthread_mutex_unlock(&lock);
    return 0;
}

void client_init(unsigned gives)
{
    int code = ng.init(gives & GIVES_CHAR ? on_char : NULL, gives & GIVES_STAT ? on_stat : NULL,
                       gives & GIVES_EXIT ? on_exit_asked : NULL, gives & GIVES_DATA ? on_data : NULL,
                       gives & GIVES_INIT_DATA ? on_init_data : NULL, gives & GIVES_RUNNING ? on_running : NULL, &ng);
    client_put("init %u -> %d", gives, code);
}

/* ---- calls ---- */

/* The interface takes texts that it may write to. */
static char *writable(const char *text)
{
    char *copy = strdup(text);
    if (!copy)
        abort();
    return copy;
}

void client_command(const char *text)
{
    char *copy = writable(text);
    client_put("command %s", text);
    client_put("-> %d", ng.command(copy));
    free(copy);
}

void client_wait(void)
{
    pthread_mutex_lock(&lock);
    while (!thread_is_done)
        pthread_cond_wait(&thread_ended, &lock);
    pthread_mutex_unlock(&lock);
    while (ng.running())
        usleep(1000);
}

static int start(const char *text)
{
    char *copy = writable(text);
    client_put("command %s", text);
    pthread_mutex_lock(&lock);
    thread_is_done = false;
    pthread_mutex_unlock(&lock);
    int code = ng.command(copy);
    free(copy);
    return code;
}

void client_start(const char *text)
{
    start(text);
}

void client_background(const char *text)
{
    int code = start(text);
    client_wait();
    client_put("-> %d", code);
}

void client_circuit(const char *text)
{
    enum { MOST_LINES = 100 };
    if (!text) {
        client_put("no circuit -> %d", ng.circuit(NULL));
        return;
    }
    char *line[MOST_LINES + 1], *copy = writable(text), *rest = copy;
    size_t lines = 0;
    while (lines < MOST_LINES && rest)
        line[lines++] = strsep(&rest, "\n");
    line[lines] = NULL;
    client_put("circuit of %zu lines, %s", lines, line[0]);
    client_put("-> %d", ng.circuit(line));
    free(copy);
}

void client_plots(void)
{
    char **plot = ng.plots();
    client_put("current plot %s", ng.current_plot());
    for (size_t p = 0; plot && plot[p]; p++)
        client_put("  plot %s", plot[p]);
}

void client_vector(const char *name)
{
    char *copy = writable(name);
    client_put("vector %s", name);
    const struct vector_info *info = ng.vector(copy);
    if (!info) {
        client_put("  none");
    } else {
        client_put("  %s: type %d, flags %d, length %d%s", info->name, info->type, info->flags, info->length,
                   info->complex ? ", complex" : "");
        for (int i = 0; info->real && i < info->length; i++)
            client_put("    %.10g", info->real[i]);
    }
    free(copy);
}

static int compare(const void *p, const void *q)
{
    return strcmp(*(char *const *)p, *(char *const *)q);
}

void client_vectors(const char *plot)
{
    char *copy = writable(plot ? plot : ng.current_plot());
    char **vector = ng.vectors(copy);
    client_put("vectors of %s%s", copy, vector ? "" : ": none");
    size_t count = 0;
    while (vector && vector[count])
        count++;
    if (client_sorts)
        qsort(vector, count, sizeof *vector, compare);
    for (size_t v = 0; v < count; v++) {
        char name[200];
        client_put("  %s", vector[v]);
        snprintf(name, sizeof name, "%s.%s", copy, vector[v]);
        client_vector(name);
    }
    free(copy);
}

/* ---- the library ---- */

/* Its functions, and where a client keeps them; those of later versions than 39 need not be there. */
#define FUNCTIONS(with)                                                                                                \
    with(ngSpice_Init, ng.init, false) with(ngSpice_Init_Sync, ng.init_sync, false)                                   \
    with(ngSpice_Init_Evt, ng.init_evt, false) with(ngSpice_Command, ng.command, false)                               \
    with(ngGet_Vec_Info, ng.vector, false) with(ngCM_Input_Path, ng.input_path, false)                                \
    with(ngGet_Evt_NodeInfo, ng.event_node, false) with(ngSpice_AllEvtNodes, ng.event_nodes, false)                   \
    with(ngSpice_Circ, ng.circuit, false) with(ngSpice_CurPlot, ng.current_plot, false)                               \
    with(ngSpice_AllPlots, ng.plots, false) with(ngSpice_AllVecs, ng.vectors, false)                                  \
    with(ngSpice_running, ng.running, false) with(ngSpice_SetBkpt, ng.breakpoint, false)                              \
    with(ngSpice_nospinit, ng.no_spinit, true) with(ngSpice_nospiceinit, ng.no_spiceinit, true)                       \
    with(ngSpice_Reset, ng.reset, true) with(ngSpice_LockRealloc, ng.lock, true)                                      \
    with(ngSpice_UnlockRealloc, ng.unlock, true)

#ifdef LINKED
#define DECLARE(name, field, later) extern void name(void);
FUNCTIONS(DECLARE)
#define ADDRESS(name) ((void *)(intptr_t)name)
#else
#define ADDRESS(name) NULL
#endif

static bool find_all(void *handle)
{
#define ROW(name, field, later) {#name, &field, ADDRESS(name), later},
    const struct {
        const char *name;
        void *function, *linked;
        bool later;
    } wanted[] = {FUNCTIONS(ROW)};
    for (size_t w = 0; w < sizeof wanted / sizeof *wanted; w++) {
        void *found = handle ? dlsym(handle, wanted[w].name) : wanted[w].linked;
        if (!found && !wanted[w].later) {
            fprintf(stderr, "ngspice_client: the library has no %s\n", wanted[w].name);
            return false;
        }
        memcpy(wanted[w].function, &found, sizeof found);
    }
    return true;
}

int main(int count, char **argument)
{
    static const struct {
        const char *name;
        void (*play)(void);
    } plays[] = {{"pyspice", play_pyspice},   {"kicad", play_kicad},       {"fritzing", play_fritzing},
                 {"ngspyce", play_ngspyce},   {"analyses", play_analyses}, {"blocks", play_blocks},
                 {"circuits", play_circuits}, {"nothing", play_nothing},   {"halt", play_halt},
                 {"refused", play_refused},   {"quit", play_quit},         {"null", play_null},
                 {"many", play_many},         {"threads", play_threads},   {"stop", play_stop},
                 {"growing", play_growing},   {"resets", play_resets},     {"files", play_files},
                 {"missing", play_missing}};
    if (count != 3) {
        fputs("usage: ngspice_client LIBRARY PLAY\n", stderr);
        return 2;
    }
    bool linked = strcmp(argument[1], "-") == 0;
    void *handle = linked ? NULL : dlopen(argument[1], RTLD_NOW | RTLD_LOCAL);
    if (!handle && !linked) {
        fprintf(stderr, "ngspice_client: %s\n", dlerror());
        return 2;
    }
    if (!find_all(handle))
        return 1;
    for (size_t p = 0; p < sizeof plays / sizeof *plays; p++) {
        if (strcmp(argument[2], plays[p].name) == 0) {
            plays[p].play();
            return 0;
        }
    }
    fprintf(stderr, "ngspice_client: there is no play %s\n", argument[2]);
    return 2;
}
