/* Values of the transient functions of sources. */
#ifndef OPSPICE_WAVEFORM_H
#define OPSPICE_WAVEFORM_H

#include "circuit/words.h"

/* The DC value of a V or I card after its nodes: a bare value, DC value, or the transient function at t = 0. */
bool source_value(struct words *words, struct diagnostics *diagnostics, double *value);

#endif
