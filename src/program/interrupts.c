#include "program/interrupts.h"

#include "program/message.h"
#include <signal.h>
#include <string.h>
#include <unistd.h>

static void (*volatile asked)(void);
static volatile unsigned patient;
static volatile sig_atomic_t seen;
static const char *volatile unfinished[INTERRUPTS_FILES];

static void say(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0)
        return; /* there is nobody to tell */
}

static void die(void)
{
    sigset_t one;
    signal(seen, SIG_DFL);
    sigemptyset(&one);
    sigaddset(&one, seen);
    raise(seen);
    sigprocmask(SIG_UNBLOCK, &one, NULL);
    _exit(128 + seen);
}

#ifdef COUNT_LINES
void __gcov_dump(void); /* of libgcov: the counters, which a signal would end unwritten */
#else
#define __gcov_dump() ((void)0)
#endif

void interrupts_obey(void)
{
    __gcov_dump();
    die();
}

static void end(void)
{
    for (int f = 0; f < INTERRUPTS_FILES; f++) {
        if (unfinished[f])
            unlink(unfinished[f]);
    }
    say(program_name);
    say(seen == SIGINT ? ": interrupted\n" : ": terminated\n");
    die();
}

/* The first signal asks; the second one, or the alarm after the time for it, does not. */
static void handle(int number)
{
    void (*request)(void) = asked;
    asked = NULL;
    if (number != SIGALRM)
        seen = number;
    if (!request)
        end();
    alarm(patient);
    request();
}

void interrupts_catch(void (*request)(void), unsigned patience)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGALRM};
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
    asked = request;
    patient = patience;
    sigemptyset(&action.sa_mask);
    for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++)
        sigaddset(&action.sa_mask, numbers[n]);
    for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++) {
        struct sigaction before;
        if (sigaction(numbers[n], NULL, &before) == 0 &&
            before.sa_handler != SIG_IGN) /* nohup, a shell's background jobs */
            sigaction(numbers[n], &action, NULL);
    }
}

int interrupts_seen(void)
{
    return seen;
}

void interrupts_remove(enum interrupts_file file, const char *path)
{
    unfinished[file] = path;
}
