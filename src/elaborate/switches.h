/* Switches: S and W cards, and their models.
 *
 *   Sname a k c d model [on|off]                     .model SW(ron roff vt vh)  or VSWITCH
 *   Wname a k element model [on|off]                 .model CSW(ron roff it ih) or ISWITCH
 *
 * ngspice 39 manual, 11.4. With a negative hysteresis the thresholds of ngspice change places: at an operating point it
 * is on from the lower one on, and so here. A VSWITCH or ISWITCH with von and voff, or ion and ioff, is PSpice's, whose
 * resistance changes smoothly between them; ngspice has it with ngbehavior=psa. */
#ifndef OPSPICE_SWITCHES_H
#define OPSPICE_SWITCHES_H

#include "elaborate/builder.h"

struct switch_model {
    bool by_current;
    bool is_smooth;
    double ron, roff;             /* ohm, > 0 */
    double threshold, hysteresis; /* V or A */
    double on, off;               /* V or A: of a smooth one */
};

/* Is it the type of a switch's model? */
bool switch_model_type(const struct arg *type, struct switch_model *model);

/* Read the parameters of the model, whose type was taken. False where that is wrong, which is a diagnostic. */
bool switch_model_read(struct switch_model *model, struct card_reader *reader, double gmin,
                       struct diagnostics *diagnostics);

/* Build the element of an S or W card. False when memory is out. */
bool switches_build(struct builder *builder, const struct card *card);

#endif
