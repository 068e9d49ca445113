#include "write/date.h"

#include <stdio.h>

void date_text(time_t date, char text[DATE_SIZE])
{
    static const char day[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char month[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct tm at = {.tm_mday = 1};
    gmtime_r(&date, &at);
    snprintf(text, DATE_SIZE, "%s %s %2d %02d:%02d:%02d  %d", day[at.tm_wday], month[at.tm_mon], at.tm_mday, at.tm_hour,
             at.tm_min, at.tm_sec, at.tm_year + 1900);
}
