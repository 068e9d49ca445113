/* A batch of operating points: microseconds a point, of one thread's or several threads' processor time and of the
 * clock, and growth of memory.
 *
 *     many POINTS THREADS NETLIST OUTPUT INPUT...
 *
 * gives each input values about its own, half of it to half as much again, in POINTS settings, and solves them three
 * times by opspice_solve_many; every point must be proved. Prints `many N us a point, N us by the clock, N bytes of
 * growth` of the last time. */
#include "opspice.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MOST_INPUTS = 1000, TIMES = 3, WARM = 30, WARM_POINTS = 100 /* until the allocator keeps what it keeps */ };

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int find(opspice *deck, int count, char **name, size_t *input, double *value)
{
    int status = OPSPICE_OK;
    for (int q = 0; status == OPSPICE_OK && q < count; q++) {
        status = opspice_find_input(deck, name[q], &input[q]);
        if (status == OPSPICE_OK)
            status = opspice_get_input(deck, input[q], &value[q]);
    }
    return status;
}

static double *settings(size_t points, size_t inputs, const double *value)
{
    double *setting = malloc(points * inputs * sizeof *setting);
    for (size_t p = 0; setting && p < points; p++)
        for (size_t q = 0; q < inputs; q++)
            setting[p * inputs + q] = value[q] * (0.5 + (double)((p * (7 + 4 * q)) % 1009) / 1009);
    return setting;
}

static int measure(opspice *deck, size_t points, size_t inputs, const size_t *input, const double *setting, size_t output)
{
    double *result = malloc(points * sizeof *result);
    int status = result ? OPSPICE_OK : OPSPICE_SYSTEM;
    for (int time = 0; status == OPSPICE_OK && time < WARM; time++)
        status = opspice_solve_many(deck, points < WARM_POINTS ? points : WARM_POINTS, inputs, input, setting, 1, &output,
                                    result, NULL, NULL);
    for (int time = 0; status == OPSPICE_OK && time < TIMES; time++) {
        double spent = seconds(CLOCK_PROCESS_CPUTIME_ID), passed = seconds(CLOCK_MONOTONIC);
        size_t used = mallinfo2().uordblks;
        status = opspice_solve_many(deck, points, inputs, input, setting, 1, &output, result, NULL, NULL);
        spent = seconds(CLOCK_PROCESS_CPUTIME_ID) - spent;
        passed = seconds(CLOCK_MONOTONIC) - passed;
        if (time + 1 == TIMES)
            printf("many %.4f us a point, %.4f us by the clock, %ld bytes of growth\n", 1e6 * spent / (double)points,
                   1e6 * passed / (double)points, (long)(mallinfo2().uordblks - used));
    }
    free(result);
    return status;
}

int main(int argc, char **argv)
{
    size_t input[MOST_INPUTS], output, points = argc > 1 ? (size_t)atol(argv[1]) : 0;
    double value[MOST_INPUTS];
    if (argc < 6 || argc - 5 > MOST_INPUTS || points == 0)
        return 2;
    opspice *deck = opspice_new();
    int status = opspice_set(deck, "threads", argv[2]);
    if (status == OPSPICE_OK)
        status = opspice_load_file(deck, argv[3]);
    if (status == OPSPICE_OK)
        status = opspice_find_output(deck, argv[4], &output);
    if (status == OPSPICE_OK)
        status = find(deck, argc - 5, argv + 5, input, value);
    double *setting = status == OPSPICE_OK ? settings(points, (size_t)(argc - 5), value) : NULL;
    if (setting)
        status = measure(deck, points, (size_t)(argc - 5), input, setting, output);
    if (status != OPSPICE_OK)
        fprintf(stderr, "many: status %d\n", status);
    free(setting);
    opspice_free(deck);
    return status;
}
