/* Texts that grow, for the tests that compare what was found with what is expected. */
#ifndef OPSPICE_TEST_TEXTS_H
#define OPSPICE_TEST_TEXTS_H

#include "util/diagnostics.h"

/* Put more behind *text, which is NULL or from malloc; free() it. */
__attribute__((format(printf, 2, 3)))
void text_append(char **text, const char *format, ...);

/* The diagnostics, one a line: LINE:COLUMN message; free() it. */
char *text_messages(const struct diagnostics *diagnostics, const struct sources *sources);

#endif
