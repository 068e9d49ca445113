/* Texts that grow, for the tests that compare what was found with what is expected. */
#ifndef OPSPICE_TEST_TEXTS_H
#define OPSPICE_TEST_TEXTS_H

#include "util/diagnostics.h"

/* Put more behind *text, which is NULL or from malloc; free() it. */
__attribute__((format(printf, 2, 3)))
void text_append(char **text, const char *format, ...);

/* The lines of a text in order; free() it. The text itself is freed. */
char *text_sorted(char *text);

/* The text, which comes of these cards and is freed, must be the expected one. */
void text_check(const char *cards, char *text, const char *expected);

/* The diagnostics, one a line: LINE:COLUMN message; free() it. */
char *text_messages(const struct diagnostics *diagnostics, const struct sources *sources);

#endif
