/* A circuit dealt out to ranks, for tests that mpirun runs: all ranks have the whole circuit, to judge by, and do the
 * same. A check that fails on one of them ends all. */
#ifndef OPSPICE_TEST_DEALT_H
#define OPSPICE_TEST_DEALT_H

#include "grid/share.h"
#include "assertions.h"
#include <stdio.h>

/* One element each in turn, or a run of the netlist each. */
enum deal { IN_TURN, IN_RUNS, DEALS };

/* All of them, as main of check_grid.c has them, and how many random circuits of a kind they are to be tried on. */
extern struct ranks check_ranks;
extern int check_circuits;

#define EXPECT(condition, ...)                                               \
    do {                                                                     \
        if (!(condition)) {                                                  \
            fprintf(stderr, "%s:%d: rank %d: ", __FILE__, __LINE__, check_ranks.rank); \
            fprintf(stderr, __VA_ARGS__);                                    \
            fputc('\n', stderr);                                             \
            ranks_end(1);                                                    \
        }                                                                    \
    } while (0)

/* A rank's part. */
struct dealt {
    struct circuit circuit;
    uint32_t *node, *element; /* of the whole circuit */
};

struct dealt deal_out(const struct circuit *whole, enum deal deal, const struct ranks *ranks);
void dealt_free(struct dealt *part);

/* Those of x [whole] that a list has; free() it. */
double *dealt_values(const double *x, const uint32_t *list, uint32_t count);

Suite *part_suite(void);
Suite *share_suite(void);
Suite *grid_proof_suite(void);

#endif
