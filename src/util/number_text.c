#include "util/number_text.h"

#include <stdbool.h>

/* The locale's point may have several bytes: the only ones that belong to no number. */
size_t without_locale(char *text)
{
    size_t kept = 0;
    for (const char *from = text; *from; from++) {
        bool is_point = *from != '+' && *from != '-' && *from != ' ' && !(*from >= '0' && *from <= '9') &&
                        !(*from >= 'a' && *from <= 'z');
        if (!is_point)
            text[kept++] = *from;
        else if (kept > 0 && text[kept - 1] != '.')
            text[kept++] = '.';
    }
    text[kept] = '\0';
    return kept;
}
