/* The proof of an operating point that several ranks share: what proof/certificate.h states, of the whole circuit.
 *
 * Laws are judged where the branches are. What leaves a node, or a group of nodes, is summed by the rank that owns the
 * node, or that of the group with the least number. Loops of sources that may not close, and of small drops, are judged
 * by all ranks, from those branches alone that are in parts of the circuit where there are such loops. */
#ifndef OPSPICE_GRID_PROOF_H
#define OPSPICE_GRID_PROOF_H

#include "grid/share.h"
#include "proof/certificate.h"
#include "proof/unproved.h"

struct grid_certificate {
    struct certificate figures; /* of all ranks; its node and elements are CERTIFICATE_NONE, and named here: */
    char *kcl_node, *law_element, *loop_element; /* NULL: none */
    bool too_many_loops; /* more branches in loops that are to be judged than one rank should hold: nothing is proved */
};

/* The certificate is undefined before, and the same on all ranks then. hi, lo [nodes] V, lo NULL on all ranks: all 0; i
 * [elements] A: of this rank's nodes and elements. A copy whose potential is not its owner's has an infinite residual.
 * False when memory is out, on all ranks; the certificate is empty then. */
bool grid_prove(struct grid_certificate *certificate, const struct share *share, const double *hi, const double *lo,
                const double *i, double tolerance);

enum { GRID_CERTIFICATE_TEXT = UNPROVED_TEXT + 32 };

/* The message of a point that is not proved. */
void grid_certificate_tell(const struct grid_certificate *certificate, char *text, size_t size);

/* Safe on a zeroed struct; leaves it zeroed. */
void grid_certificate_free(struct grid_certificate *certificate);

#endif
