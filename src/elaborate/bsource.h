/* B and G cards that are monotone laws of their own voltage.
 *
 *   Bname a k I={expression of V(a,k)}               Gname a k VALUE={..} or CUR=..
 *   Gname a k TABLE {V(a,k)} = (u0,i0) (u1,i1) ..    constant beyond its ends, as in PSpice and ngspice
 *   Gname a k a k conductance
 *
 * each with m=. All else that B and G can be is not supported, and is said to be so. */
#ifndef OPSPICE_BSOURCE_H
#define OPSPICE_BSOURCE_H

#include "elaborate/models.h"

enum bsource_form { BSOURCE_EXPRESSION, BSOURCE_TABLE, BSOURCE_CONDUCTANCE };

struct bsource {
    enum bsource_form form;
    struct expression_word a, k;       /* node names */
    struct expression_word c, d;       /* BSOURCE_CONDUCTANCE: the controlling ones */
    struct expression_word expression; /* or the conductance */
    struct expression_word points;     /* BSOURCE_TABLE: (u0,i0) (u1,i1) .. */
    struct expression_word multiple;   /* of m=; length 0: none */
};

/* Take the card apart. False: it is another kind of source, or wrong; a diagnostic says so. */
bool bsource_read(struct bsource *bsource, const struct card_reader *reader, struct diagnostics *diagnostics);

/* Its law between nodes a and k of the circuit, and how many of it are in parallel; MODELS_NO_LAW after a diagnostic.
 * False when memory is out. */
bool bsource_law(const struct bsource *bsource, struct models *models, const struct card_reader *reader, uint32_t a,
                   uint32_t k, struct diagnostics *diagnostics, uint32_t *law, double *multiple);

#endif
