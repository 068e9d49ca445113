/* Decks for the tests: loading text, finding messages, comparing numbers. */
#ifndef OPSPICE_TEST_DECKS_H
#define OPSPICE_TEST_DECKS_H

#include "opspice.h"
#include <stdbool.h>

/* A deck of this text, which must load with this status; opspice_free it. */
opspice *deck_load(const char *text, int status);

/* The same, and solved. */
opspice *deck_solved(const char *text);

/* The number of the first diagnostic of this severity whose message contains the text, or -1. */
int deck_message(const opspice *deck, enum opspice_severity severity, const char *text);

/* The voltage of a node and the current of a branch, which must exist. */
double deck_voltage(const opspice *deck, const char *node);
double deck_current(const opspice *deck, const char *element);

/* Of a deck without an answer: every question for it is refused, and none leaves something behind. */
void deck_check_no_answer(opspice *deck);

/* All diagnostics as the program prints them, for a test's own message; free() it. */
char *deck_diagnostics(const opspice *deck);

/* For opspice_run and its like: what comes goes to the FILE *file. */
int deck_print(void *file, const char *text, size_t size);

/* Was the answer not proved because long double is only as precise as double here, as it is under valgrind? */
bool deck_lacks_precision(const opspice *deck);

/* Equal to nine digits, or both next to nothing beside scale. */
bool near(double value, double expected, double scale);

#endif
