#include "ngspice.h"

#include "api/ngspice_abi.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- the client ---- */

static int on_char(char *line, int id, void *user)
{
    (void)id, (void)user;
    fuzz_require(strncmp(line, "stdout ", 7) == 0 || strncmp(line, "stderr ", 7) == 0);
    for (const char *at = line; *at; at++)
        fuzz_require((*at >= ' ' && *at <= '~') || *at == '\t');
    return 0;
}

static int on_data(struct ngspice_values *values, int count, int id, void *user)
{
    (void)id, (void)user;
    fuzz_require(values->count == count && values->index >= 0);
    for (int v = 0; v < count; v++)
        fuzz_require(values->item[v]->name);
    return 0;
}

static int on_init_data(struct ngspice_plot *plot, int id, void *user)
{
    (void)id, (void)user;
    fuzz_require(plot->name && plot->title && plot->date && plot->type);
    for (int v = 0; v < plot->count; v++)
        fuzz_require(plot->item[v]->number == v && plot->item[v]->name && plot->item[v]->vector);
    return 0;
}

static int on_exit_asked(int status, bool at_once, bool by_quit, int id, void *user)
{
    (void)status, (void)id, (void)user;
    fuzz_require(!at_once && by_quit);
    return 0;
}

static int on_running(bool is_done, int id, void *user)
{
    (void)is_done, (void)id, (void)user;
    return 0;
}

/* ---- an end for what has none ---- */

static atomic_bool is_busy;

static void *halt_now_and_then(void *unused)
{
    const struct timespec moment = {0, 300000000};
    for (;;) {
        nanosleep(&moment, NULL);
        if (is_busy)
            ngSpice_Command((char[]){"bg_halt"});
    }
    return unused;
}

void ngspice_begin(void)
{
    static bool has_halter;
    pthread_t halter;
    fuzz_begin();
    if (!has_halter)
        fuzz_require(pthread_create(&halter, NULL, halt_now_and_then, NULL) == 0);
    has_halter = true;
    is_busy = true;
    fuzz_require(ngSpice_Init(on_char, NULL, on_exit_asked, on_data, on_init_data, on_running, NULL) == 0);
}

void ngspice_end(void)
{
    ngSpice_Command((char[]){"bg_halt"});
    fuzz_require(ngSpice_Reset() == 0 && !ngSpice_running());
    is_busy = false;
    fuzz_end();
}

/* ---- calls ---- */

/* Lines that end with NULL, in a copy of the text; free() the first and the array. */
static char **split(const char *text, size_t size)
{
    struct fuzz_text copy = fuzz_copy(text, size);
    size_t lines = 1;
    for (size_t c = 0; c < size; c++)
        lines += copy.data[c] == '\n';
    char **line = calloc(lines + 1, sizeof *line), *rest = copy.data;
    fuzz_require(line);
    for (size_t l = 0; l < lines; l++)
        line[l] = strsep(&rest, "\n");
    return line;
}

int ngspice_circuit(const char *text, size_t size)
{
    char **line = split(text, size);
    int code = ngSpice_Circ(line);
    fuzz_require(code == 0 || code == 1);
    free(line[0]);
    free(line);
    return code;
}

void ngspice_commands(const char *text, size_t size)
{
    char **line = split(text, size);
    for (size_t l = 0; line[l]; l++) {
        int code = ngSpice_Command(line[l]);
        fuzz_require(code == 0 || code == 1);
    }
    ngSpice_Command(NULL);
    free(line[0]);
    free(line);
}

static void look_at(const char *plot, const char *vector)
{
    size_t size = strlen(plot) + strlen(vector) + 2;
    char *name = malloc(size);
    fuzz_require(name);
    stpcpy(stpcpy(stpcpy(name, plot), "."), vector);
    const struct ngspice_vector *info = ngGet_Vec_Info(name);
    fuzz_require(info && info->name && info->length >= 0 && (info->real || info->complex));
    double sum = 0;
    for (int i = 0; info->real && i < info->length; i++)
        sum += info->real[i];
    (void)sum;
    free(name);
}

void ngspice_look(void)
{
    char **plots = ngSpice_AllPlots();
    size_t count = 0;
    fuzz_require(plots && ngSpice_CurPlot());
    while (plots[count])
        count++;
    struct fuzz_text copy = fuzz_copy(plots, (count + 1) * sizeof *plots);
    for (size_t p = 0; p < count; p++) {
        char *plot = ((char **)(void *)copy.data)[p];
        for (size_t v = 0;; v++) {
            char **vectors = ngSpice_AllVecs(plot);
            fuzz_require(vectors);
            if (!vectors[v] || v > 50)
                break;
            look_at(plot, vectors[v]);
        }
    }
    free(copy.data);
    ngGet_Vec_Info((char[]){"@r1[p]"});
    ngGet_Vec_Info((char[]){"V(b)"});
}
