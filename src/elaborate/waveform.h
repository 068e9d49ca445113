/* Values of the transient functions of sources. */
#ifndef OPSPICE_WAVEFORM_H
#define OPSPICE_WAVEFORM_H

#include "elaborate/card_reader.h"

/* The DC value of a V or I card after its nodes: a bare value, DC value, or the transient function at t = 0. */
bool source_value(struct card_reader *reader, struct diagnostics *diagnostics, double *value);

#endif
