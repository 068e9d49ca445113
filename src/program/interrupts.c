#include "program/interrupts.h"

#include "program/message.h"
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Any thread may take a signal: what its handler touches is atomic. */
_Static_assert(ATOMIC_INT_LOCK_FREE == 2 && ATOMIC_LLONG_LOCK_FREE == 2 && ATOMIC_POINTER_LOCK_FREE == 2,
               "a signal handler may touch only atomics that take no lock");

typedef void (*request_function)(void);
static _Atomic(request_function) asked;
static atomic_llong asked_at = LLONG_MIN;       /* ns */
static const long long same_signal = 200000000; /* ns within which a signal is the first one again (tests/faults.sh) */
static atomic_uint patient;                     /* s */
static atomic_int seen;
static _Atomic(const char *) unfinished[INTERRUPTS_FILES];

static void say(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0)
        return; /* there is nobody to tell */
}

static void die(void)
{
    sigset_t one;
    int number = seen;
    signal(number, SIG_DFL);
    sigemptyset(&one);
    sigaddset(&one, number);
    raise(number);
    sigprocmask(SIG_UNBLOCK, &one, NULL);
    _exit(128 + number);
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
        const char *path = unfinished[f];
        if (path)
            unlink(path);
    }
    say(program_name);
    say(seen == SIGINT ? ": interrupted\n" : ": terminated\n");
    die();
}

/* Nanoseconds since some moment. */
static long long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/* The first signal asks; the second one, or the alarm after the time for it, does not. timeout(1) sends its own to the
 * process and to its group, and both are the first. */
static void handle(int number)
{
    request_function request = asked;
    if (!request && number == seen && now() < asked_at + same_signal)
        return;
    if (number != SIGALRM)
        seen = number;
    if (request)
        asked_at = now(); /* before another thread can see that it has been asked */
    asked = NULL;
    if (!request)
        end();
    alarm(patient);
    request();
}

static const int numbers[] = {SIGINT, SIGTERM, SIGALRM};
enum { NUMBERS = sizeof numbers / sizeof *numbers };

void interrupts_catch(void (*request)(void), unsigned patience)
{
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
    asked_at = LLONG_MIN;
    asked = request;
    patient = patience;
    sigemptyset(&action.sa_mask);
    for (size_t n = 0; n < NUMBERS; n++)
        sigaddset(&action.sa_mask, numbers[n]);
    for (size_t n = 0; n < NUMBERS; n++) {
        struct sigaction before;
        if (sigaction(numbers[n], NULL, &before) == 0 &&
            before.sa_handler != SIG_IGN) /* nohup, a shell's background jobs */
            sigaction(numbers[n], &action, NULL);
    }
}

void interrupts_leave(void)
{
    for (size_t n = 0; n < NUMBERS; n++) {
        struct sigaction before;
        if (sigaction(numbers[n], NULL, &before) == 0 && before.sa_handler == handle)
            signal(numbers[n], SIG_DFL);
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
