/* Sources: their values, and the transient functions among these. */
#ifndef OPSPICE_WAVEFORM_H
#define OPSPICE_WAVEFORM_H

#include "elaborate/card_reader.h"

struct source_values {
    double value; /* V or A, at direct current */
    double rser;  /* ohm in series with it: Rser, or z0 of a port; 0: nothing */
    double rpar;  /* ohm beside it; INFINITY: nothing */
    double m;     /* of a current source, which its value has already */
};

/* A V or I card after its nodes: a bare value, DC value, or the transient function at t = 0; Rser= and Rpar=
 * (LTspice), portnum and z0. False where it is wrong, which was reported. */
bool source_read(struct card_reader *reader, struct diagnostics *diagnostics, struct source_values *source);

#endif
