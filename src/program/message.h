/* What the programs say on standard error, and the exit status that it means. */
#ifndef OPSPICE_MESSAGE_H
#define OPSPICE_MESSAGE_H

#include <stdio.h>

/* What messages begin with. Each program defines its own. */
extern const char program_name[];

/* "NAME: TEXT; see NAME --help". Returns OPSPICE_USAGE. */
__attribute__((format(printf, 1, 2))) int usage_error(const char *format, ...);

/* "NAME: TEXT". */
__attribute__((format(printf, 1, 2))) void program_message(const char *format, ...);

/* "NAME: cannot WHAT PATH: REASON", by errno, of which 0 too means that memory has run out. Returns OPSPICE_SYSTEM. */
int system_error(const char *what, const char *path);

/* Returns the status, or, of OPSPICE_OK where standard output has not taken all, OPSPICE_SYSTEM after a message. */
int end_output(int status);

/* All but mistakes of usage is said to this stream too from now on; NULL: to none. */
void messages_copy(FILE *copy);

#endif
