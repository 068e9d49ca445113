/* Decks with scripts, what they print, and a folder for their files. */
#ifndef OPSPICE_TEST_SCRIPTS_H
#define OPSPICE_TEST_SCRIPTS_H

#include "decks.h"

/* The cards of each deck, from line 2 on. */
#define SCRIPT_CIRCUIT "v1 in 0 6\nr1 in out 1k\nr2 out 0 2k\ni1 0 out 0\n.param p=2k\nr3 x 0 {p}\nv2 x 0 1\n"

/* A deck with these commands, `;` between them, in a .control block from line 10 on. */
opspice *scripted_deck(const char *commands, int status);

/* Run, and what is printed behind the line of the circuit; free() it. */
char *printed_by(opspice *deck, int status);

/* Dates become DATE, and the head of each analysis the number of its points in brackets; free() it. */
char *without_dates(char *text);

/* An empty folder becomes the working directory; and is removed with the files in it. */
void folder_enter(void);
void folder_leave(void);

/* The entries of the working directory; with `remove_them` they are gone then. */
int folder_entries(bool remove_them);

#endif
