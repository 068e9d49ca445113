/* The date as ngspice writes it, in UTC: the library does not read the environment for a time zone. */
#ifndef OPSPICE_DATE_H
#define OPSPICE_DATE_H

#include <time.h>

enum { DATE_SIZE = 64 };

void date_text(time_t date, char text[DATE_SIZE]);

#endif
