/* What the files of proof.h share. */
#ifndef OPSPICE_PROOF_PARTS_H
#define OPSPICE_PROOF_PARTS_H

#include "grid/parts.h"
#include "grid/proof.h"
#include "proof/balance.h"
#include "proof/branch.h"

/* The largest figure of its kind that this rank knows, and the node or element that has it. */
struct worst {
    double relative;
    uint32_t which; /* node or element here, or CERTIFICATE_NONE */
    int64_t place;  /* the lowest one counts, where several ranks have the same */
};

/* The rank's part of the point that is judged. */
struct grid_point {
    const struct share *share;
    const struct circuit *circuit;
    const double *hi, *lo, *i; /* [nodes] V, V or NULL; [elements] A */
    double tolerance;
    double *slope;             /* [elements] S, of struct branch */
    uint32_t *list;            /* [elements] work */
    union {
        struct balance *balance; /* [nodes] */
        double *potential;       /* [nodes] V */
        struct loop_tally *tally; /* [nodes] */
    };
    struct parts parts;
    int64_t *took; /* [ranks] work */
    void *work;    /* of controlled branches */
};

static inline void note_worst(struct worst *worst, double relative, uint32_t which, int64_t place)
{
    if (relative > worst->relative || (relative == worst->relative && relative > 0 && place < worst->place))
        *worst = (struct worst){relative, which, place};
}

/* Kirchhoff's law at each node and for each group of nodes: figures.kcl and kcl_floor of all ranks, kcl_relative too;
 * *worst of this one. False when memory is out, on all ranks, as below. */
bool grid_prove_kirchhoff(struct certificate *figures, struct grid_point *point, struct worst *worst);

#endif
