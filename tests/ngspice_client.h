/* A program that uses libngspice, whichever is loaded: its calls and what it is told, as a transcript. */
#ifndef TESTS_NGSPICE_CLIENT_H
#define TESTS_NGSPICE_CLIENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* The structs of the interface, as a client has them. */
struct vector_info {
    char *name;
    int type;
    short flags;
    double *real;
    void *complex;
    int length;
};

struct vector_value {
    char *name;
    double real, imaginary;
    bool is_scale, is_complex;
};

struct vector_values {
    int count, index;
    struct vector_value **item;
};

struct vector_entry {
    int number;
    char *name;
    bool is_real;
    void *vector, *scale;
};

struct plot_info {
    char *name, *title, *date, *type;
    int count;
    struct vector_entry **item;
};

typedef int send_char(char *text, int id, void *user);
typedef int send_stat(char *text, int id, void *user);
typedef int controlled_exit(int status, bool immediate, bool by_quit, int id, void *user);
typedef int send_data(struct vector_values *values, int count, int id, void *user);
typedef int send_init_data(struct plot_info *plot, int id, void *user);
typedef int bg_thread_running(bool is_done, int id, void *user);
typedef int source_data(double *value, double time, char *node, int id, void *user);
typedef int sync_data(double time, double *delta, double old, int redo, int id, int location, void *user);

/* The functions of the loaded library; those of later versions than 39 may be NULL. */
extern struct library {
    int (*init)(send_char *, send_stat *, controlled_exit *, send_data *, send_init_data *, bg_thread_running *,
                void *);
    int (*init_sync)(source_data *, source_data *, sync_data *, int *id, void *);
    int (*init_evt)(void *, void *, void *);
    int (*command)(char *);
    struct vector_info *(*vector)(char *);
    char *(*input_path)(const char *);
    void *(*event_node)(char *);
    char **(*event_nodes)(void);
    int (*circuit)(char **);
    char *(*current_plot)(void);
    char **(*plots)(void);
    char **(*vectors)(char *);
    bool (*running)(void);
    bool (*breakpoint)(double);
    int (*no_spinit)(void), (*no_spiceinit)(void), (*reset)(void), (*lock)(void), (*unlock)(void);
} ng;

/* Which callbacks a client gives. */
enum { GIVES_CHAR = 1, GIVES_STAT = 2, GIVES_EXIT = 4, GIVES_DATA = 8, GIVES_INIT_DATA = 16, GIVES_RUNNING = 32 };
void client_init(unsigned gives);

/* Called with every line that is sent, where it is not NULL. */
extern void (*client_on_char)(const char *text);

/* Called after each point that is shown, where it is not NULL. */
extern void (*client_on_data)(void);

/* Where it is not NULL, points are counted there, slowly, and not shown. */
extern atomic_int *client_points;

/* Lists of vectors are shown by name. */
extern bool client_sorts;

void client_command(const char *text); /* and its return code */
void client_background(const char *text); /* a bg_ command, until the thread is done */
void client_start(const char *text);      /* the same, without the wait */
void client_wait(void);
void client_circuit(const char *text); /* lines with a newline between */
void client_plots(void);
void client_vectors(const char *plot); /* NULL: the current one */
void client_vector(const char *name);
void client_put(const char *format, ...);

/* A circuit whose cards ask for several analyses. */
extern const char several[];

/* The plays, each for a process of its own. */
void play_pyspice(void);
void play_kicad(void);
void play_fritzing(void);
void play_ngspyce(void);
void play_analyses(void);
void play_files(void);
void play_missing(void);
void play_blocks(void);
void play_circuits(void);
void play_nothing(void);
void play_halt(void);
void play_growing(void);

/* Those that ngspice does not stand, or answers otherwise. */
void play_refused(void);
void play_quit(void);
void play_stop(void);
void play_null(void);
void play_many(void);
void play_threads(void);
void play_resets(void);

#endif
