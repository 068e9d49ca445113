/* SIGINT and SIGTERM in a program: it ends as by the signal, after a message, and leaves nothing unfinished. */
#ifndef OPSPICE_INTERRUPTS_H
#define OPSPICE_INTERRUPTS_H

/* From now on the first of these signals calls `request`, which asks the work to end; where the work has not ended
 * after `patience` seconds, at the next signal, or without a request at once, the program removes what
 * interrupts_remove has named and ends by the signal, with a message that begins with `name`. May be called again, with
 * another request. */
void interrupts_catch(const char *name, void (*request)(void), unsigned patience);

/* The signal that has come, or 0. */
int interrupts_seen(void);

/* A file to remove at such an end; NULL: none any more. There are INTERRUPTS_FILES, by number. */
enum { INTERRUPTS_FILES = 2 };
void interrupts_remove(int number, const char *path);

/* End the program by the signal that has come, as its parent expects: a shell then sees 128 + its number. */
void interrupts_obey(void);

#endif
