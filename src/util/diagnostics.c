#include "util/diagnostics.h"

#include "util/array.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- collecting ---- */

__attribute__((format(printf, 2, 0)))
static const char *format_message(struct arena *texts, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    char *message = NULL;
    int length = vsnprintf(NULL, 0, format, arguments);
    if (length >= 0 && (message = arena_alloc(texts, (size_t)length + 1)))
        vsnprintf(message, (size_t)length + 1, format, again);
    va_end(again);
    return message;
}

void diagnose_no_memory(struct diagnostics *diagnostics)
{
    diagnostics->out_of_memory = true;
}

static bool keep(struct diagnostics *diagnostics, struct diagnostic diagnostic)
{
    if (!diagnostic.message || !array_reserve(&diagnostics->item, &diagnostics->capacity, diagnostics->count + 1,
                                              sizeof *diagnostics->item)) {
        diagnose_no_memory(diagnostics);
        return false;
    }
    diagnostics->item[diagnostics->count++] = diagnostic;
    return true;
}

__attribute__((format(printf, 5, 0)))
static void add(struct diagnostics *diagnostics, enum severity severity, const char *place, size_t length,
                const char *format, va_list arguments)
{
    if (diagnostics->count > DIAGNOSTICS_LIMIT)
        return;
    if (diagnostics->count == DIAGNOSTICS_LIMIT) {
        keep(diagnostics, (struct diagnostic){SEVERITY_NOTE, NULL, 0, "more messages were left out"});
        return;
    }
    const char *message = format_message(&diagnostics->texts, format, arguments);
    keep(diagnostics, (struct diagnostic){severity, place, place && length == 0 ? 1 : length, message});
}

__attribute__((format(printf, 4, 5)))
static void note(struct diagnostics *diagnostics, const char *place, size_t length, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(diagnostics, SEVERITY_NOTE, place, length, format, arguments);
    va_end(arguments);
}

/* The chain of instances, innermost first; of a long one its two ends. */
static void note_origins(struct diagnostics *diagnostics)
{
    enum { SHOWN = 5 };
    size_t count = 0, number = 0;
    for (const struct origin *origin = diagnostics->origin; origin; origin = origin->outer)
        count++;
    for (const struct origin *origin = diagnostics->origin; origin; origin = origin->outer, number++) {
        if (number < SHOWN || number + SHOWN >= count)
            note(diagnostics, origin->place, origin->length, "in instance %.*s", (int)origin->length, origin->place);
        else if (number == SHOWN)
            note(diagnostics, NULL, 0, "in %zu further instances", count - 2 * SHOWN);
    }
}

void diagnose(struct diagnostics *diagnostics, enum severity severity, const char *place, size_t length,
              const char *format, ...)
{
    if (severity == SEVERITY_WARNING && diagnostics->warned)
        return;
    diagnostics->errors += severity == SEVERITY_ERROR;
    diagnostics->outcomes += severity == SEVERITY_OUTCOME;
    diagnostics->failures += severity == SEVERITY_FAILURE;
    va_list arguments;
    va_start(arguments, format);
    add(diagnostics, severity, place, length, format, arguments);
    va_end(arguments);
    if (severity != SEVERITY_NOTE)
        note_origins(diagnostics);
}

void diagnostics_append(struct diagnostics *diagnostics, const struct diagnostics *more)
{
    for (size_t q = 0; q < more->count; q++)
        diagnose(diagnostics, more->item[q].severity, more->item[q].place, more->item[q].length, "%s",
                 more->item[q].message);
    if (more->out_of_memory)
        diagnose_no_memory(diagnostics);
}

bool diagnostics_are_clear(const struct diagnostics *diagnostics)
{
    return diagnostics->errors == 0 && diagnostics->outcomes == 0 && diagnostics->failures == 0 &&
           !diagnostics->out_of_memory;
}

void diagnostics_free(struct diagnostics *diagnostics)
{
    free(diagnostics->item);
    arena_free(&diagnostics->texts);
    *diagnostics = (struct diagnostics){0};
}

/* ---- printing ---- */

enum { LINE_SHOWN = 160, SHOWN_BEFORE = 60, HEAD_SIZE = 64 };

struct text {
    char *bytes;
    size_t length, capacity;
    bool out_of_memory;
};

static void put(struct text *text, const char *bytes, size_t length)
{
    if (text->out_of_memory || !array_reserve(&text->bytes, &text->capacity, text->length + length + 1, 1)) {
        text->out_of_memory = true;
        return;
    }
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

static void put_text(struct text *text, const char *bytes)
{
    put(text, bytes, strlen(bytes));
}

/* The user's bytes must not steer a terminal. */
static void put_visibly(struct text *text, const char *bytes, size_t length)
{
    size_t start = text->length;
    put(text, bytes, length);
    for (size_t i = start; i < text->length; i++) {
        unsigned char byte = (unsigned char)text->bytes[i];
        if ((byte < ' ' && byte != '\t') || byte == 0x7f)
            text->bytes[i] = '?';
    }
}

static bool inside_character(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

/* The part of a line that is shown: all of it, or a window around the place. */
struct window {
    const char *start, *end;
    bool cut_before, cut_after;
};

static struct window window_around(const struct location *location)
{
    const char *line = location->line_text, *line_end = line + location->line_length;
    struct window window = {line, line_end, false, false};
    if (location->line_length <= LINE_SHOWN)
        return window;

    if (location->column - 1 > SHOWN_BEFORE) {
        window.start = line + (location->column - 1 - SHOWN_BEFORE);
        if (window.start > line_end)
            window.start = line_end;
    }
    if (line_end - window.start > LINE_SHOWN)
        window.end = window.start + LINE_SHOWN;
    while (window.start > line && inside_character(*window.start))
        window.start--;
    while (window.end < line_end && inside_character(*window.end))
        window.end++;
    window.cut_before = window.start > line;
    window.cut_after = window.end < line_end;
    return window;
}

static void put_line(struct text *text, const struct window *window)
{
    put_text(text, window->cut_before ? " ..." : " ");
    put_visibly(text, window->start, (size_t)(window->end - window->start));
    put_text(text, window->cut_after ? "...\n" : "\n");
}

/* A caret under the first byte of the place and tildes under its other letters, as far as they are on the line. */
static void put_caret(struct text *text, const struct window *window, const char *place, size_t length)
{
    put_text(text, window->cut_before ? "    " : " ");
    for (const char *at = window->start; at < place && at < window->end; at++) {
        if (!inside_character(*at))
            put(text, *at == '\t' ? "\t" : " ", 1);
    }
    put(text, "^", 1);
    for (const char *at = place + 1; at < window->end && (size_t)(at - place) < length; at++) {
        if (!inside_character(*at))
            put(text, "~", 1);
    }
    put(text, "\n", 1);
}

static void put_includes(struct text *text, const struct sources *sources, const struct source *source)
{
    while (source && source->included_from) {
        struct location location = sources_locate(sources, source->included_from);
        if (!location.source)
            return;
        char line[HEAD_SIZE];
        snprintf(line, sizeof line, ":%zu:\n", location.line);
        put_text(text, "included from ");
        put_visibly(text, location.source->name, strlen(location.source->name));
        put_text(text, line);
        source = location.source;
    }
}

static void put_head(struct text *text, const struct diagnostic *diagnostic, const struct location *location)
{
    static const char *const word[] = {
        [SEVERITY_NOTE] = "note: ",
        [SEVERITY_WARNING] = "warning: ",
        [SEVERITY_ERROR] = "error: ",
        [SEVERITY_OUTCOME] = "error: ",
        [SEVERITY_FAILURE] = "error: ",
    };
    if (location->source) {
        char numbers[HEAD_SIZE];
        snprintf(numbers, sizeof numbers, ":%zu:%zu: ", location->line, location->column);
        put_visibly(text, location->source->name, strlen(location->source->name));
        put_text(text, numbers);
    }
    put_text(text, word[diagnostic->severity]);
    put_visibly(text, diagnostic->message, strlen(diagnostic->message));
    put_text(text, "\n");
}

char *diagnostic_text(const struct diagnostic *diagnostic, const struct sources *sources)
{
    struct text text = {0};
    struct location location = sources_locate(sources, diagnostic->place);
    put_head(&text, diagnostic, &location);
    if (location.source) {
        struct window window = window_around(&location);
        put_line(&text, &window);
        put_caret(&text, &window, diagnostic->place, diagnostic->length);
        put_includes(&text, sources, location.source);
    }
    if (text.out_of_memory) {
        free(text.bytes);
        return NULL;
    }
    return text.bytes;
}
