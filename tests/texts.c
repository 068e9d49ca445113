#include "texts.h"

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_append(char **text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *added;
    ck_assert_int_ge(vasprintf(&added, format, arguments), 0);
    va_end(arguments);
    size_t before = *text ? strlen(*text) : 0;
    *text = realloc(*text, before + strlen(added) + 1);
    strcpy(*text + before, added);
    free(added);
}

char *text_messages(const struct diagnostics *diagnostics, const struct sources *sources)
{
    char *text = strdup("");
    for (size_t i = 0; i < diagnostics->count; i++) {
        struct location at = sources_locate(sources, diagnostics->item[i].place);
        text_append(&text, "%zu:%zu %s\n", at.line, at.column, diagnostics->item[i].message);
    }
    return text;
}
