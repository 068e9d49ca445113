/* The interface of libngspice, as programs have it that were made for version 39 of ngspice: the layout of its structs,
 * the types of its callbacks and its functions. Names of structs and fields are opspice's; a program never sees them.
 *
 * Source: ngspice 39 manual, chapter "ngspice as shared library or dynamic link library", and what the library of
 * Debian's package libngspice0 was seen to do. */
#ifndef OPSPICE_NGSPICE_ABI_H
#define OPSPICE_NGSPICE_ABI_H

#include <stdbool.h>

struct ngspice_complex {
    double real, imaginary;
};

/* A vector, which the library owns. */
struct ngspice_vector {
    char *name;
    int type;    /* enum vector_type */
    short flags; /* NGSPICE_REAL .. */
    double *real;                    /* [length], or NULL */
    struct ngspice_complex *complex; /* [length], or NULL */
    int length;
};

enum { NGSPICE_REAL = 1, NGSPICE_COMPLEX = 2, NGSPICE_PERMANENT = 128 };

/* Of one point: the value of a vector, and those of all vectors of a plot. */
struct ngspice_value {
    char *name;
    double real, imaginary;
    bool is_scale, is_complex;
};

struct ngspice_values {
    int count, index; /* of vectors; of the point, from 0 */
    struct ngspice_value **item; /* [count] */
};

/* What is known before the first point: a vector, and the plot. */
struct ngspice_entry {
    int number;
    char *name;
    bool is_real;
    void *vector, *scale;
};

struct ngspice_plot {
    char *name, *title, *date, *type; /* Operating Point, the netlist's title, .., op1 */
    int count;
    struct ngspice_entry **item; /* [count] */
};

/* Callbacks; id is that of ngSpice_Init_Sync, user what the program gave. */
typedef int ngspice_send_char(char *line, int id, void *user);
typedef int ngspice_send_stat(char *text, int id, void *user);
typedef int ngspice_controlled_exit(int status, bool at_once, bool by_quit, int id, void *user);
typedef int ngspice_send_data(struct ngspice_values *values, int count, int id, void *user);
typedef int ngspice_send_init_data(struct ngspice_plot *plot, int id, void *user);
typedef int ngspice_thread_running(bool is_done, int id, void *user);

/* Those of sources and time steps of a transient analysis, of which there is none, and of events, of which there are
 * none: they are never called. */
typedef int ngspice_source_data(double *value, double time, char *node, int id, void *user);
typedef int ngspice_sync_data(double time, double *delta, double old, int redo, int id, int location, void *user);
typedef void ngspice_event_function(void);

/* The functions. All are 0 where it went well, but those that return what was asked for. */
int ngSpice_Init(ngspice_send_char *send_char, ngspice_send_stat *send_stat, ngspice_controlled_exit *controlled_exit,
                 ngspice_send_data *send_data, ngspice_send_init_data *send_init_data,
                 ngspice_thread_running *thread_running, void *user);
int ngSpice_Init_Sync(ngspice_source_data *voltage, ngspice_source_data *current, ngspice_sync_data *sync, int *id,
                      void *user);
int ngSpice_Init_Evt(ngspice_event_function *data, ngspice_event_function *names, void *user);
int ngSpice_Command(char *command);
int ngSpice_Circ(char **lines);
struct ngspice_vector *ngGet_Vec_Info(char *name);
char *ngSpice_CurPlot(void);
char **ngSpice_AllPlots(void);
char **ngSpice_AllVecs(char *plot);
bool ngSpice_running(void);
bool ngSpice_SetBkpt(double time);
char *ngCM_Input_Path(const char *path);
void *ngGet_Evt_NodeInfo(char *node);
char **ngSpice_AllEvtNodes(void);

/* Of later versions. */
int ngSpice_nospinit(void);
int ngSpice_nospiceinit(void);
int ngSpice_Reset(void);
int ngSpice_LockRealloc(void);
int ngSpice_UnlockRealloc(void);

#endif
