#include "texts.h"

#include "assertions.h"
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

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char *text_sorted(char *text)
{
    size_t count = 0;
    for (const char *at = text; *at; at++)
        count += *at == '\n';
    char **line = calloc(count + 1, sizeof *line), *sorted = NULL, *save = NULL;
    size_t lines = 0;
    for (char *at = strtok_r(text, "\n", &save); at; at = strtok_r(NULL, "\n", &save))
        text_append(&line[lines++], "%s\n", at);
    qsort(line, lines, sizeof *line, by_text);
    text_append(&sorted, "%s", "");
    for (size_t i = 0; i < lines; i++) {
        text_append(&sorted, "%s", line[i]);
        free(line[i]);
    }
    free(line);
    free(text);
    return sorted;
}

void text_check(const char *cards, char *text, const char *expected)
{
    ck_assert_msg(strcmp(text, expected) == 0, "%s\ngives:\n%s\nexpected:\n%s", cards, text, expected);
    free(text);
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
