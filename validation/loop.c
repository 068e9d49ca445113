/* Operating points of one library handle with changed sources: microseconds a point and growth of memory.
 *
 *     loop POINTS NETLIST SOURCE...
 *
 * sets each source to a new value and solves, POINTS times; every point must be proved. Prints `loop N us a
 * point, N bytes of growth`. */
#include "opspice.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int solve(opspice *deck, char **source, int sources, long point)
{
    for (int s = 0; s < sources; s++) {
        double value = 5.0 * (double)((point * (7 + 4 * s)) % 1009) / 1009;
        if (opspice_set_source(deck, source[s], value) != OPSPICE_OK)
            return OPSPICE_USAGE;
    }
    return opspice_solve(deck);
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    long points = atol(argv[1]), warm = points / 10;
    opspice *deck = opspice_new();
    int status = opspice_load_file(deck, argv[2]);
    double begin = 0;
    size_t used = 0;
    for (long point = -warm; status == OPSPICE_OK && point < points; point++) {
        if (point == 0) {
            begin = seconds();
            used = mallinfo2().uordblks;
        }
        status = solve(deck, argv + 3, argc - 3, point + warm);
    }
    if (status == OPSPICE_OK)
        printf("loop %.4f us a point, %ld bytes of growth\n", 1e6 * (seconds() - begin) / (double)points,
               (long)(mallinfo2().uordblks - used));
    else
        fprintf(stderr, "loop: status %d\n", status);
    opspice_free(deck);
    return status;
}
