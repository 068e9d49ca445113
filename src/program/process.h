/* How both programs begin. */
#ifndef OPSPICE_PROCESS_H
#define OPSPICE_PROCESS_H

/* Make failures errors that can be told: a descriptor 0, 1 or 2 that the caller has closed does not become that of a
 * file, a file beyond its limit (ulimit -f) is no signal, and memory ends where the machine's ends, before the system
 * has to end a program of its own choice. Ends the program with OPSPICE_SYSTEM where that cannot be done. */
void process_begin(void);

#endif
