/* What the fuzz targets of libngspice share: a client that looks at all that it is told, and at all that it can ask. */
#ifndef OPSPICE_FUZZ_NGSPICE_H
#define OPSPICE_FUZZ_NGSPICE_H

#include "fuzz.h"

/* Begin an input: the library is told of a client. */
void ngspice_begin(void);

/* Give it the lines of a text as a circuit, or as commands. */
int ngspice_circuit(const char *text, size_t size);
void ngspice_commands(const char *text, size_t size);

/* Ask for all plots, and all of their vectors: what is listed can be had. */
void ngspice_look(void);

/* End it: nothing is left. */
void ngspice_end(void);

#endif
