/* Numbers as text. */
#ifndef OPSPICE_NUMBER_TEXT_H
#define OPSPICE_NUMBER_TEXT_H

#include <stddef.h>

/* A number that printf has made of a value, in place, with a point as the C locale has it; returns its length. */
size_t without_locale(char *text);

#endif
