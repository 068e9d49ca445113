/* Text of a user's that is shown: control characters steer terminals, so none of them gets there. */
#ifndef OPSPICE_VISIBLE_H
#define OPSPICE_VISIBLE_H

#include <stdbool.h>
#include <stddef.h>

/* Make the control characters of bytes[0..length) question marks, one for each, in place: C0 but the tab and the ends
 * of lines and pages, DEL, and C1, in UTF-8 and as bytes that belong to no character of it. Where the text goes on, a
 * character that is not complete at its end is left as it is.
 *
 * *whole   out: bytes that are decided now; those behind were left        may be NULL where the text does not go on
 *
 * Returns how many bytes there are now: a C1 of two bytes becomes one. */
size_t visible_make(char *bytes, size_t length, size_t *whole);

#endif
