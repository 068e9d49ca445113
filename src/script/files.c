/* Commands that print and write. */
#include "script/state.h"

#include "write/label.h"
#include "write/listing.h"
#include "write/rawfile.h"
#include "write/table.h"
#include <stdlib.h>
#include <string.h>

/* ---- print ---- */

static struct output output_of(const struct script *script)
{
    struct output output = *script->output;
    output.circuit = &script->session->circuit;
    output.requests = &script->session->requests;
    return output;
}

/* name = value */
static void put_line(struct sink *sink, const struct label *label, double value)
{
    label_put(label, sink);
    sink_text(sink, " = ");
    sink_printnum(sink, value, 0);
    sink_text(sink, "\n");
}

/* A vector by the name that it was asked for by: i(v1), where tables say v1#branch. */
static struct label label_as_asked(struct formulas *formulas, size_t number, const struct series *series, const struct plot *plot,
                                   struct command command, const struct circuit *circuit)
{
    const struct expression_word *word = &formulas->item[number].expression.source;
    bool is_typed = word->text >= command.text && word->text < command.text + command.length;
    const char *name = is_typed ? arena_text(&formulas->arena, word->text, word->length) : NULL;
    return name ? (struct label){{name}} : label_of_series(series, plot, circuit);
}

/* Of vectors of one value each a line; of longer ones a table. */
void command_print(struct script *script, struct command command)
{
    struct formulas formulas = {0};
    struct series_list list = {0};
    const char *at = command.text, *end = command.text + command.length, *word;
    size_t length;
    if (next_word(&at, end, &word, &length) && (strncmp(word, "col", 3) == 0 || strncmp(word, "line", 4) == 0) && length <= 4)
        command = (struct command){at, (size_t)(end - at)};
    if (command.length == 0) {
        complain(script, command, "print needs expressions");
        return;
    }
    if (evaluate_all(script, command, &formulas, &list)) {
        const struct plot *plot = current_plot(script);
        struct output output = output_of(script);
        struct sink sink;
        bool is_table = false;
        for (size_t s = 0; s < list.count; s++)
            is_table = is_table || list.item[s].length > 1;
        sink_open(&sink, script->out);
        if (is_table)
            table_put(&sink, &output, plot, &list);
        for (size_t s = 0; !is_table && s < list.count; s++) {
            struct label label = label_as_asked(&formulas, s, &list.item[s], plot, command, output.circuit);
            put_line(&sink, &label, series_value(&list.item[s], 0));
        }
        sink_close(&sink); /* the stream keeps an error for its end */
    }
    series_free(&list);
    formulas_free(&formulas);
}

/* ---- echo ---- */

void command_echo(struct script *script, struct command command)
{
    const char *at = command.text, *end = command.text + command.length, *word;
    size_t length;
    bool is_first = true, ends_line = true;
    while (next_word(&at, end, &word, &length)) {
        if (is_first && ends_line && length == 2 && memcmp(word, "-n", 2) == 0) {
            ends_line = false;
            continue;
        }
        fprintf(script->out, is_first ? "%.*s" : " %.*s", (int)length, word);
        is_first = false;
    }
    if (ends_line)
        fputc('\n', script->out);
}

/* ---- write, wrdata ---- */

static bool is_ascii(const struct script *script)
{
    const char *type = variable_value(script, "filetype", strlen("filetype"));
    return type && strcmp(type, "ascii") == 0;
}

static bool is_set(const struct script *script, const char *name)
{
    return variable_value(script, name, strlen(name));
}

/* The vectors that a command names behind its file; without any, all of the plot. */
static bool vectors_of(struct script *script, struct command command, const char *at, struct formulas *formulas,
                       struct series_list *list)
{
    static const char all[] = "x all"; /* behind a name and a blank */
    const char *end = command.text + command.length;
    while (at < end && (unsigned char)*at <= ' ')
        at++;
    struct command rest = {at, (size_t)(end - at)};
    if (rest.length == 0)
        rest = (struct command){all + 2, strlen(all + 2)};
    return evaluate_all(script, rest, formulas, list);
}

/* write [file [expressions]]: a rawfile */
void command_write(struct script *script, struct command command)
{
    const char *at = command.text, *end = command.text + command.length, *name = "rawspice.raw";
    size_t length = strlen(name);
    struct formulas formulas = {0};
    struct series_list list = {0};
    struct whole_file file;
    next_word(&at, end, &name, &length);
    if (script->current == NO_RESULT) {
        complain(script, command, "there is no plot to write: run an analysis first");
        return;
    }
    bool append = is_set(script, "appendwrite");
    if (vectors_of(script, command, at, &formulas, &list) && open_file(script, command, name, length, append, &file)) {
        struct output output = output_of(script);
        struct sink sink;
        sink_open(&sink, file.file);
        rawfile_put_series(&sink, &output, current_plot(script), &list, is_ascii(script));
        if (close_file(script, command, &file, sink_close(&sink)))
            fprintf(script->listing, "%s raw file \"%.*s\"\n", is_ascii(script) ? "ASCII" : "binary", (int)length, name);
    }
    series_free(&list);
    formulas_free(&formulas);
}

static double scale_of(const struct plot *plot, size_t point)
{
    if (plot->scale)
        return plot->scale[point < plot->points ? point : plot->points - 1];
    return plot->recorded.count > 0 ? plot->value[0] : 0; /* as ngspice takes the first vector */
}

static void put_data(struct sink *sink, double value)
{
    enum { DIGITS = 8 };
    sink_signed(sink, value, DIGITS);
    sink_text(sink, " ");
}

/* Before each column the scale, or once where wr_singlescale is set. */
static void put_columns(struct script *script, struct sink *sink, const struct series_list *list)
{
    const struct plot *plot = current_plot(script);
    bool single = is_set(script, "wr_singlescale");
    size_t points = 0;
    for (size_t s = 0; s < list->count; s++)
        points = list->item[s].length > points ? list->item[s].length : points;
    if (is_set(script, "wr_vecnames")) {
        for (size_t s = 0; s < list->count; s++) {
            struct label label = label_of_series(&list->item[s], plot, &script->session->circuit);
            struct label scale = {{plot->axes > 0 ? axis_name(&plot->axis[plot->axes - 1]) : "scale"}};
            if (s == 0 || !single) {
                sink_text(sink, " ");
                label_put_padded(&scale, sink, SIZE_MAX, 15);
            }
            sink_text(sink, " ");
            label_put_padded(&label, sink, SIZE_MAX, 15);
        }
        sink_text(sink, "\n");
    }
    for (size_t p = 0; p < points; p++) {
        for (size_t s = 0; s < list->count; s++) {
            if (s == 0 || !single)
                put_data(sink, scale_of(plot, p));
            put_data(sink, series_value(&list->item[s], p));
        }
        sink_text(sink, "\n");
    }
}

/* wrdata file expressions: columns of numbers; .data is added to a name without an extension, as ngspice does */
void command_wrdata(struct script *script, struct command command)
{
    const char *at = command.text, *end = command.text + command.length, *name;
    size_t length;
    struct formulas formulas = {0};
    struct series_list list = {0};
    struct whole_file file;
    if (!next_word(&at, end, &name, &length)) {
        complain(script, command, "wrdata needs a file and expressions");
        return;
    }
    char *path = malloc(length + sizeof ".data");
    if (!path) {
        script->no_memory = true;
        return;
    }
    memcpy(path, name, length);
    strcpy(path + length, memchr(name + (*name == '.'), '.', length - (*name == '.')) ? "" : ".data");
    if (vectors_of(script, command, at, &formulas, &list) &&
        open_file(script, command, path, strlen(path), is_set(script, "appendwrite"), &file)) {
        struct sink sink;
        sink_open(&sink, file.file);
        put_columns(script, &sink, &list);
        close_file(script, command, &file, sink_close(&sink));
    }
    free(path);
    series_free(&list);
    formulas_free(&formulas);
}
