/* What the files of proof.h share. */
#ifndef OPSPICE_PROOF_PARTS_H
#define OPSPICE_PROOF_PARTS_H

#include "grid/parts.h"
#include "grid/proof.h"
#include "proof/balance.h"
#include "proof/controlled.h"

/* The largest figure of its kind that this rank knows, and the node or element that has it. */
struct worst {
    double relative;
    uint32_t which; /* node or element here, or CERTIFICATE_NONE */
    int64_t place;  /* the lowest one counts, where several ranks have the same */
};

/* A source here whose loops do not close, but nearly: what they leave. */
struct element_slack {
    uint32_t element;
    double volts;
};

/* The rank's part of the point that is judged. */
struct grid_point {
    const struct share *share;
    struct claim claim;
    double tolerance;
    double *slope;             /* [elements] S, of struct branch */
    uint32_t *list;            /* [elements] work; between laws and loops its first ones are the small drops */
    uint32_t small;
    struct element_slack *slack; /* [slacks] in the order of the elements, or NULL */
    size_t slacks;
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
    if (relative > worst->relative)
        *worst = (struct worst){relative, which, place};
}

/* Loops of sources: figures.mismatch, point->slack. All these are false when memory is out, on all ranks. */
bool grid_prove_sources(struct grid_certificate *certificate, struct grid_point *point);

/* Loops of small drops and voltage-defined branches; *worst: at its rank. */
bool grid_prove_drops(struct grid_certificate *certificate, struct grid_point *point, struct worst *worst);

/* Kirchhoff's law at each node and for each group of nodes: figures.kcl and kcl_floor of all ranks, kcl_relative too;
 * *worst of this one. */
bool grid_prove_kirchhoff(struct certificate *figures, struct grid_point *point, struct worst *worst);

#endif
