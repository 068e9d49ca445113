/* What solving took, and how it ended. */
#ifndef OPSPICE_INFO_H
#define OPSPICE_INFO_H

#include "linear/factor.h"
#include <stddef.h>

enum solve_status {
    SOLVE_OK,
    SOLVE_STALLED,  /* no further progress before the goal */
    SOLVE_NO_MEMORY
};

struct solve_info {
    enum factor_kind linear; /* what has served the last point; of sums the last of the list of all */
    size_t nonzeros;       /* lower triangle of the Laplacian */
    size_t fill;           /* of the largest factor */
    size_t sweeps;         /* of coordinate descent */
    size_t factorisations; /* numeric */
    size_t analyses;       /* symbolic */
    size_t outer;          /* multiplier steps */
    /* Seconds that equations of a thousand unknowns and more took where no diode changes its segment: to factor, or to
     * set up what iterates; to solve for the first time at each point; to correct that. */
    double setup, first, corrections;
};

#endif
