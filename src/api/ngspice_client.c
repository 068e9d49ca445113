#include "api/ngspice_client.h"

#include "script/lines.h"
#include "util/array.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- lines ---- */

/* Send one line, of which nothing is left where it was blank. */
static void send_line(const struct ngspice_client *client, const char *stream, const char *text, size_t length)
{
    while (length > 0 && line_is_blank(*text))
        text++, length--;
    while (length > 0 && text[length - 1] == '\r')
        length--;
    char *line = length > 0 ? malloc(strlen(stream) + 1 + length + 1) : NULL;
    if (!line)
        return; /* a line less is all that can be done without memory */
    char *at = stpcpy(line, stream);
    *at++ = ' ';
    for (size_t c = 0; c < length; c++)
        *at++ = (text[c] >= ' ' && text[c] <= '~') || text[c] == '\t' ? text[c] : '?';
    *at = '\0';
    client->send_char(line, client->id, client->user);
    free(line);
}

void client_send(const struct ngspice_client *client, bool is_error, const char *text, size_t length)
{
    const char *end = text + length;
    while (client->send_char && text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text)), *stop = newline ? newline : end;
        send_line(client, is_error ? "stderr" : "stdout", text, (size_t)(stop - text));
        text = stop + 1;
    }
}

void client_say(const struct ngspice_client *client, bool is_error, const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        return;
    client_send(client, is_error, text, (size_t)length);
    free(text);
}

/* ---- the stream ---- */

static ssize_t write_lines(void *cookie, const char *text, size_t length)
{
    struct client_stream *stream = cookie;
    if (stream->before)
        stream->before(stream->context);
    client_send(stream->client, false, text, length);
    return (ssize_t)length;
}

FILE *client_stream(struct client_stream *stream)
{
    FILE *file = fopencookie(stream, "w", (cookie_io_functions_t){.write = write_lines});
    if (file)
        setvbuf(file, NULL, _IOLBF, BUFSIZ);
    return file;
}

/* ---- diagnostics ---- */

/* Where it is: "Error on line 3: ", "Warning: line 3: ", with the file where that is another one than the circuit. */
static void put_head(FILE *out, const struct diagnostic *diagnostic, const struct sources *sources)
{
    bool is_warning = diagnostic->severity == SEVERITY_WARNING && !diagnostic->failed;
    struct location location = {0};
    if (sources && diagnostic->place)
        location = sources_locate(sources, diagnostic->place);
    if (!location.source) {
        fputs(is_warning ? "Warning: " : "Error: ", out);
        return;
    }
    fprintf(out, is_warning ? "Warning: line %zu" : "Error on line %zu", location.line);
    if (location.source->included_from)
        fprintf(out, " of %s", location.source->name);
    fputs(": ", out);
}

void client_send_diagnostics(const struct ngspice_client *client, const struct diagnostics *diagnostics, size_t first,
                             const struct sources *sources)
{
    for (size_t d = first; client->send_char && d < diagnostics->count;) {
        char *text = NULL;
        size_t length = 0;
        if (diagnostics->item[d].code == OUTCOME_INTERRUPTED) { /* by the client, who knows */
            d++;
            continue;
        }
        FILE *out = open_memstream(&text, &length);
        if (!out)
            return;
        put_head(out, &diagnostics->item[d], sources);
        fputs(diagnostics->item[d].message, out);
        if (diagnostics->item[d].more > 0)
            fprintf(out, "; and %zu more of this kind", diagnostics->item[d].more);
        while (++d < diagnostics->count && diagnostics->item[d].severity == SEVERITY_NOTE)
            fprintf(out, "; %s", diagnostics->item[d].message);
        if (fclose(out) == 0)
            client_send(client, true, text, length);
        free(text);
    }
}

/* ---- plots ---- */

/* The scale of a plot, or NULL. */
static struct published_vector *scale_of(const struct published_plot *plot)
{
    for (size_t v = 0; v < plot->vectors; v++) {
        if (plot->vector[v]->is_scale)
            return plot->vector[v];
    }
    return NULL;
}

bool client_telling_make(struct client_telling *telling, const struct published_plot *plot)
{
    size_t count = telling->count = plot->vectors;
    struct published_vector *scale = scale_of(plot);
    const struct array_request request[] = {{&telling->entry, count, sizeof *telling->entry},
                                            {&telling->entries, count, sizeof *telling->entries},
                                            {&telling->value, count, sizeof *telling->value},
                                            {&telling->values, count, sizeof *telling->values}};
    telling->memory = arrays_new(request, sizeof request / sizeof *request);
    for (size_t v = 0; telling->memory && v < count; v++) {
        struct published_vector *vector = plot->vector[count - 1 - v];
        telling->entry[v] = (struct ngspice_entry){
            .number = (int)v, .name = vector->info.name, .is_real = true, .vector = vector, .scale = scale};
        telling->value[v] = (struct ngspice_value){.name = vector->info.name, .is_scale = vector->is_scale};
        telling->entries[v] = &telling->entry[v];
        telling->values[v] = &telling->value[v];
    }
    return telling->memory;
}

void client_telling_free(struct client_telling *telling)
{
    free(telling->memory);
    *telling = (struct client_telling){0};
}

void client_tell_plot(const struct ngspice_client *client, const struct client_telling *telling,
                      const struct published_plot *plot)
{
    struct ngspice_plot info = {.name = plot->type,
                                .title = plot->title,
                                .date = plot->date,
                                .type = plot->name,
                                .count = (int)telling->count,
                                .item = telling->entries};
    if (client->send_init_data)
        client->send_init_data(&info, client->id, client->user);
}

void client_tell_point(const struct ngspice_client *client, const struct client_telling *telling,
                       const struct published_plot *plot, size_t point)
{
    struct ngspice_values values = {.count = (int)telling->count, .index = (int)point, .item = telling->values};
    if (!client->send_init_data || !client->send_data)
        return;
    for (size_t v = 0; v < telling->count; v++)
        telling->value[v].real = plot->vector[telling->count - 1 - v]->info.real[point];
    client->send_data(&values, values.count, client->id, client->user);
}
