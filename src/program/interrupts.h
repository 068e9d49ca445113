/* SIGINT and SIGTERM in a program: it ends as by the signal, after a message, and leaves nothing unfinished. */
#ifndef OPSPICE_INTERRUPTS_H
#define OPSPICE_INTERRUPTS_H

/* From now on the first of these signals calls `request`, which asks the work to end; where the work has not ended
 * after `patience` seconds, at the next signal that is not the first sent twice, or without a request at once, the
 * program removes what interrupts_remove has named and ends by the signal, with a message. May be called again, with
 * another request. */
void interrupts_catch(void (*request)(void), unsigned patience);

/* The signal that has come, or 0. */
int interrupts_seen(void);

/* A file to remove at such an end, of those that are told apart here; NULL: none any more. */
enum interrupts_file { INTERRUPTS_DATA, INTERRUPTS_SCRIPT, INTERRUPTS_PICTURE, INTERRUPTS_FILES };
void interrupts_remove(enum interrupts_file file, const char *path);

/* From now on these signals end the program without a word: its work is done. */
void interrupts_leave(void);

/* End the program by the signal that has come, as its parent expects: a shell then sees 128 + its number. */
void interrupts_obey(void);

#endif
