#include "util/diagnostics.h"

#include "util/array.h"
#include "util/visible.h"

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

static struct diagnostic_kind *kind_of(struct diagnostics *diagnostics, enum diagnostic_code code)
{
    const size_t size = DIAGNOSTIC_KINDS * sizeof *diagnostics->kind;
    if (!diagnostics->kind && (diagnostics->kind = arena_alloc(&diagnostics->texts, size)))
        memset(diagnostics->kind, 0, size);
    if (!diagnostics->kind)
        diagnose_no_memory(diagnostics);
    return diagnostics->kind ? &diagnostics->kind[code] : NULL;
}

/* Is another one of its kind to be kept? Else it is counted. */
static bool count_kind(struct diagnostics *diagnostics, enum diagnostic_code code)
{
    struct diagnostic_kind *kind = kind_of(diagnostics, code);
    if (!kind)
        return false;
    diagnostics->passed_over = kind->count == DIAGNOSTICS_OF_A_KIND;
    if (diagnostics->passed_over)
        diagnostics->item[kind->last].more++;
    else
        *kind = (struct diagnostic_kind){kind->count + 1, (uint32_t)diagnostics->count};
    return !diagnostics->passed_over;
}

__attribute__((format(printf, 4, 5)))
static void note(struct diagnostics *diagnostics, const char *place, size_t length, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    keep(diagnostics, (struct diagnostic){
        .severity = SEVERITY_NOTE,
        .code = diagnostics->item[diagnostics->count - 1].code,
        .place = place,
        .length = length,
        .message = format_message(&diagnostics->texts, format, arguments),
    });
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

/* What it is here; SEVERITY_NOTE for a note. */
static enum severity severity_of(const struct diagnostics *diagnostics, enum diagnostic_code code)
{
    enum severity severity = code_severity(code);
    if (severity == SEVERITY_ERROR && diagnostics->lenient)
        severity = SEVERITY_WARNING;
    return severity == SEVERITY_WARNING && diagnostics->strict ? SEVERITY_ERROR : severity;
}

static bool drops(const struct diagnostics *diagnostics, enum diagnostic_code code)
{
    return (diagnostics->warned || diagnostics->rebuilds) && code_severity(code) == SEVERITY_WARNING;
}

static void count_made(struct diagnostics *diagnostics, enum severity severity, size_t count)
{
    diagnostics->made += count;
    diagnostics->errors += severity == SEVERITY_ERROR ? count : 0;
    diagnostics->outcomes += severity == SEVERITY_OUTCOME ? count : 0;
    diagnostics->failures += severity == SEVERITY_FAILURE ? count : 0;
}

/* Is it one to keep? */
static bool takes(struct diagnostics *diagnostics, enum diagnostic_code code)
{
    if (code == NOTE)
        return diagnostics->count > 0 && !diagnostics->passed_over;
    if (drops(diagnostics, code)) {
        diagnostics->passed_over = true;
        return false;
    }
    count_made(diagnostics, severity_of(diagnostics, code), 1);
    return count_kind(diagnostics, code);
}

static const char *top_of(const struct origin *origin, const char *place)
{
    while (origin && origin->outer)
        origin = origin->outer;
    return origin ? origin->place : place;
}

bool diagnose_arguments(struct diagnostics *diagnostics, enum diagnostic_code code, const char *place, size_t length,
                        const char *format, va_list arguments)
{
    if (!takes(diagnostics, code))
        return false;
    bool kept = keep(diagnostics, (struct diagnostic){
        .severity = severity_of(diagnostics, code),
        .code = code != NOTE ? code : diagnostics->item[diagnostics->count - 1].code,
        .place = place,
        .top = top_of(diagnostics->origin, place),
        .length = place && length == 0 ? 1 : length,
        .message = format_message(&diagnostics->texts, format, arguments),
    });
    if (kept && code != NOTE)
        note_origins(diagnostics);
    return kept;
}

bool diagnose(struct diagnostics *diagnostics, enum diagnostic_code code, const char *place, size_t length,
              const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    bool kept = diagnose_arguments(diagnostics, code, place, length, format, arguments);
    va_end(arguments);
    return kept;
}

bool diagnostics_keep(const struct diagnostics *diagnostics, enum diagnostic_code code)
{
    bool full = diagnostics->kind && diagnostics->kind[code].count == DIAGNOSTICS_OF_A_KIND;
    return !full && !drops(diagnostics, code);
}

void diagnose_more(struct diagnostics *diagnostics, enum diagnostic_code code, size_t count)
{
    const struct diagnostic_kind *kind = diagnostics->kind ? &diagnostics->kind[code] : NULL;
    if (drops(diagnostics, code) || !kind || kind->count == 0)
        return;
    count_made(diagnostics, severity_of(diagnostics, code), count);
    diagnostics->item[kind->last].more += count;
}

static void add_copy(struct diagnostics *diagnostics, const struct diagnostic *item)
{
    enum diagnostic_code code = item->severity == SEVERITY_NOTE ? NOTE : item->code;
    diagnose(diagnostics, code, item->place, item->length, "%s", item->message);
}

void diagnostics_append(struct diagnostics *diagnostics, const struct diagnostics *more)
{
    for (size_t q = 0; q < more->count; q++) {
        const struct diagnostic *item = &more->item[q];
        add_copy(diagnostics, item);
        if (item->more)
            diagnose_more(diagnostics, item->code, item->more);
    }
    if (more->out_of_memory)
        diagnose_no_memory(diagnostics);
}

/* Is there one of the same kind, place and words? */
static bool have(const struct diagnostics *diagnostics, const struct diagnostic *one)
{
    for (size_t q = 0; q < diagnostics->count; q++) {
        const struct diagnostic *item = &diagnostics->item[q];
        if (item->severity != SEVERITY_NOTE && item->code == one->code && item->place == one->place &&
            strcmp(item->message, one->message) == 0)
            return true;
    }
    return false;
}

void diagnostics_append_news(struct diagnostics *diagnostics, const struct diagnostics *more, const char *note)
{
    bool is_new = false;
    for (size_t q = 0; q < more->count; q++) {
        const struct diagnostic *item = &more->item[q];
        bool ends = q + 1 == more->count || item[1].severity != SEVERITY_NOTE;
        if (item->severity != SEVERITY_NOTE)
            is_new = diagnostics_keep(diagnostics, item->code) && !have(diagnostics, item);
        if (is_new)
            add_copy(diagnostics, item);
        if (is_new && ends && note)
            diagnose(diagnostics, NOTE, NULL, 0, "%s", note);
    }
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
    if (text->out_of_memory)
        return;
    for (char *at = text->bytes + start; *at; at++)
        *at = *at == '\n' || *at == '\f' ? '?' : *at;
    text->length = start + visible_make(text->bytes + start, text->length - start, NULL);
    text->bytes[text->length] = '\0';
}

/* 40541 as 40,541. */
static void put_count(struct text *text, size_t count)
{
    char digits[HEAD_SIZE];
    int length = snprintf(digits, sizeof digits, "%zu", count);
    for (int at = 0; at < length; at++) {
        if (at > 0 && (length - at) % 3 == 0)
            put_text(text, ",");
        put(text, digits + at, 1);
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

static void put_more(struct text *text, size_t more)
{
    put_text(text, "and ");
    put_count(text, more);
    put_text(text, " more of this kind\n");
}

/* Its bytes, or NULL where memory was out. */
static char *finish(struct text *text)
{
    if (!text->out_of_memory)
        return text->bytes;
    free(text->bytes);
    return NULL;
}

char *diagnostic_more_text(size_t more)
{
    struct text text = {0};
    put_more(&text, more);
    return finish(&text);
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
    if (diagnostic->more)
        put_more(&text, diagnostic->more);
    return finish(&text);
}
