/* What programs print on request. */
#ifndef OPSPICE_FIGURES_H
#define OPSPICE_FIGURES_H

#include "opspice.h"

/* --certificate, on standard output. */
void figures_print_certificate(const opspice_certificate *proof);

/* The largest resident memory so far, in megabytes. */
double figures_peak_memory(void);

#endif
