/* What the files of superposition.h share. */
#ifndef OPSPICE_SUPERPOSITION_PARTS_H
#define OPSPICE_SUPERPOSITION_PARTS_H

#include "engine/superposition.h"
#include "proof/left_over.h"

/* What an output is made of: a potential, a voltage over a resistance, or a current. */
struct observed_sum {
    double *hi, *low; /* [columns] */
    double ohms;      /* 1 of others */
    bool is_current;  /* not told by potentials: good where it does not cancel */
};

struct superposition {
    struct engine *engine;
    uint32_t sources, columns, branches; /* columns: and one for the sources that stay, where some do */
    const uint32_t *source;              /* [sources] the caller's */
    double *scale;                       /* [sources] */
    double *current;                     /* [branches][columns] A; and some more of 0 */
    double *whole;                       /* [branches] A, the sum of magnitudes of all columns; the same */
    struct observed_sum *sum;            /* [outputs] */
    size_t outputs;
    double *size;                        /* [joins][columns] A: of what the current of such a branch is made */
    uint32_t *join;                      /* [branches] the number of a voltage source or short + 1; 0: another branch */
    uint32_t joins;
    double *rho;                         /* [columns] A */
    uint32_t emfs;                       /* controlled voltages */
    double *emf, *missed;                /* [emfs][columns] V: of each, and by how much that misses its law */
    struct certificate worst;
    struct left_over *left;
    void *block;
};

/* The responses of a circuit with couplings, whose present answer is of sources that are not 0. False: not all of them
 * are proved, or memory is out. */
bool superposition_respond_coupled(struct superposition *superposition, const size_t *output);

#endif
