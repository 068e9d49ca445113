/* Plays of what is called while an analysis runs, by callbacks and by other threads. */
#include "ngspice_client.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

/* ---- halting ---- */

static atomic_int points;

static void wait_for_points(int count)
{
    while (points < count)
        usleep(100);
}

static size_t length_of(const char *name)
{
    char copy[100];
    snprintf(copy, sizeof copy, "%s", name);
    const struct vector_info *info = ng.vector(copy);
    return info ? (size_t)info->length : 0;
}

void play_halt(void)
{
    client_points = &points;
    client_init(GIVES_CHAR | GIVES_STAT | GIVES_EXIT | GIVES_DATA | GIVES_INIT_DATA | GIVES_RUNNING);
    client_circuit("long\n"
                   "v1 a 0 2\n"
                   "r1 a b 1k\n"
                   "r2 b 0 1k\n"
                   ".dc v1 0 1000 1\n"
                   ".end");
    client_start("bg_run");
    wait_for_points(10);
    client_put("running %d", ng.running());
    client_command("bg_halt");
    client_wait();
    client_put("running %d", ng.running());
    client_put("halted %s", points < 1001 ? "early" : "late");
    client_plots();
    client_put("vector b %s", length_of("b") == (size_t)points ? "as long as that" : "of another length");
    client_command("bg_halt");
    client_background("bg_resume");
    client_put("points %d, length %zu", points, length_of("b"));
    client_plots();
}

/* ---- while an analysis runs ---- */

static void look_at_plot(void)
{
    client_put("  running %d", ng.running());
    client_plots();
    client_vector("b");
    client_vector("v-sweep");
}

/* Each point is told as soon as it is solved, and can be read from then on. */
void play_growing(void)
{
    client_init(GIVES_CHAR | GIVES_EXIT | GIVES_DATA | GIVES_INIT_DATA | GIVES_RUNNING);
    client_circuit("growing\nv1 a 0 2\nr1 a b 1k\nr2 b 0 1k\n.dc v1 0 3 1\n.end");
    client_on_data = look_at_plot;
    client_command("run");
    client_background("bg_run");
    client_on_data = NULL;
    client_plots();
}

/* A command ends what runs, and what waits. */
void play_stop(void)
{
    client_points = &points;
    client_init(GIVES_DATA | GIVES_INIT_DATA | GIVES_RUNNING);
    client_circuit(several);
    client_circuit("long\nv1 a 0 2\nr1 a b 1k\nr2 b 0 1k\n.dc v1 0 1000 1\n.op\n.end");
    client_start("bg_run");
    wait_for_points(10);
    client_command("set x = 1");
    client_put("running %d, %s", ng.running(), points < 1001 ? "early" : "late");
    client_put("%s", length_of("b") == (size_t)points ? "as long" : "of another length");
    client_plots();
    points = 0;
    client_start("bg_run");
    wait_for_points(10);
    client_command("bg_halt");
    client_put("running %d, %s", ng.running(), points < 1001 ? "early" : "late");
    client_put("%s", length_of("b") == (size_t)points ? "as long" : "of another length");
    client_command("alter r1 = 3k");
    client_plots();
    client_put("%s", length_of("b") == (size_t)points ? "as long" : "of another length");
    client_background("bg_op");
    client_vector("b");
    points = 0;
    client_start("bg_run");
    wait_for_points(10);
    client_command("bg_halt");
    client_command("resume");
    client_put("running %d, points %d", ng.running(), points);
    client_plots();
}

/* ---- threads that ask while one runs ---- */

static void *ask(void *data)
{
    const atomic_bool *done = data;
    while (!*done) {
        ng.lock();
        char **plot = ng.plots();
        for (size_t p = 0; plot && plot[p]; p++)
            length_of(plot[p]);
        length_of("b");
        length_of("@r1[p]");
        ng.current_plot();
        ng.unlock();
        ng.running();
    }
    return NULL;
}

void play_threads(void)
{
    atomic_bool done = false;
    pthread_t asking;
    client_init(GIVES_RUNNING | GIVES_DATA | GIVES_INIT_DATA);
    client_points = &points;
    client_circuit("long\nv1 a 0 2\nr1 a b 1k\nr2 b 0 1k\n.dc v1 0 100 1\n.end");
    if (pthread_create(&asking, NULL, ask, &done) != 0)
        return;
    for (int n = 0; n < 5; n++) {
        client_background("bg_run");
        client_start("bg_run");
        client_command("bg_halt");
        client_command("alter r1 = 2k");
        client_command("op");
    }
    done = true;
    pthread_join(asking, NULL);
    client_plots();
}

/* ---- a thread that halts while another begins anew ---- */

static void *halt_again_and_again(void *data)
{
    const atomic_bool *done = data;
    while (!*done)
        ng.command((char[]){"bg_halt"});
    return NULL;
}

void play_resets(void)
{
    atomic_bool done = false;
    pthread_t halting;
    client_init(GIVES_RUNNING);
    if (pthread_create(&halting, NULL, halt_again_and_again, &done) != 0)
        return;
    for (int n = 0; n < 200; n++) {
        ng.reset();
        client_init(GIVES_RUNNING);
    }
    done = true;
    pthread_join(halting, NULL);
}
