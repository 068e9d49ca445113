/* The quick form of the certificate (certificate_quick.h) for eight points at once, by the same conditions. */
#ifndef OPSPICE_CERTIFICATE_OCTET_H
#define OPSPICE_CERTIFICATE_OCTET_H

#include "circuit/operating_octet.h"
#include "proof/certificate_quick.h"

struct certificate_octet {
    bool holds[OCTET];          /* all that is looked at here */
    double turned[OCTET], power[OCTET], inexact[OCTET], least[OCTET], left[OCTET]; /* sums, as there */
    double some[OCTET], any[OCTET]; /* least drops, as there */
    octet *residual;            /* [nodes] A, at most what is left over */
    void *block;
};

/* judged is zeroed before. False when memory is out. */
bool certificate_octet_new(struct certificate_octet *judged, const struct circuit *circuit);

/* Judge the points: potentials, laws of resistors, junctions and gains, Kirchhoff's law at nodes and sets of nodes.
 * tables: of the circuit, whose resistors are in no fans. room: that of certificate_quick. */
void certificate_octet_judge(struct certificate_octet *judged, const struct element_tables *tables,
                             const struct circuit *circuit, const struct operating_octet *op, double tolerance,
                             void *room);

/* One of them: with the laws of all others, the sources as they are now. True: it is proved, as certificate_quick has
 * it; false: that may still prove it. claim: that of the point. */
bool certificate_octet_prove(const struct certificate_octet *judged, uint32_t lane, struct certificate *certificate,
                             const struct claim *claim, const struct element_tables *tables, double tolerance,
                             void *room);

/* Safe on a zeroed struct; leaves it zeroed. */
void certificate_octet_free(struct certificate_octet *judged);

#endif
