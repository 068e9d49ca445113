/* Commands that print and write. */
#include "script/commands.h"

#include "script/evaluate.h"
#include "script/lines.h"
#include "script/output_files.h"
#include "script/variables.h"
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

/* name = value, name = (  value\tvalue\t.. ) on lines of a page's width. */
static void put_line(struct sink *sink, const struct label *label, const struct series *series)
{
    enum { PAGE_WIDTH = 80, TAB = 8, NUMBER = 12, BEGIN = 10, INDENT = 9 };
    label_put(label, sink);
    sink_text(sink, series->length > 1 ? " = (  " : " = ");
    size_t column = BEGIN;
    for (size_t p = 0; p < series->length; p++) {
        sink_printnum(sink, series_value(series, p), 0);
        if (series->length == 1)
            break;
        column = (column + NUMBER + TAB - 1) / TAB * TAB;
        sink_text(sink, column > PAGE_WIDTH ? "\n\t" : "\t");
        if (column > PAGE_WIDTH)
            column = INDENT;
    }
    sink_text(sink, series->length > 1 ? ")\n" : "\n");
}

/* Is the command's first word this one? Then it is taken. */
static bool take_word(struct command *command, const char *name)
{
    const char *at = command->text, *end = command->text + command->length, *word;
    size_t length;
    if (!line_next_word(&at, end, &word, &length) || length != strlen(name) || strncasecmp(word, name, length) != 0)
        return false;
    while (at < end && (unsigned char)*at <= ' ')
        at++;
    *command = text_between(at, end);
    return true;
}

static void print_all(struct script *script, const struct series_list *list, bool as_table)
{
    const struct plot *plot = script_plot(script);
    struct output output = output_of(script);
    struct sink sink;
    sink_open(&sink, script->out);
    if (as_table)
        table_put(&sink, &output, plot, list);
    for (size_t s = 0; !as_table && s < list->count; s++) {
        struct label label = label_of_series(&list->item[s], plot, output.circuit);
        put_line(&sink, &label, &list->item[s]);
    }
    sink_close(&sink); /* the stream keeps an error for its end */
}

/* print [col|line] expressions: without either, a line each where all have one value, else a table. */
void command_print(struct script *script, struct command command)
{
    struct formulas formulas = {0};
    struct series_list list = {0};
    bool as_table = take_word(&command, "col"), as_lines = !as_table && take_word(&command, "line");
    if (command.length == 0) {
        script_complain(script, command, "print needs expressions");
        return;
    }
    if (script_evaluate_all(script, command, &formulas, &list) &&
        script_name_as_asked(script, command, &formulas, &list)) {
        for (size_t s = 0; !as_lines && s < list.count; s++)
            as_table = as_table || list.item[s].length > 1;
        print_all(script, &list, as_table);
    }
    series_free(&list);
    formulas_free(&formulas);
}

/* asciiplot expressions */
void command_asciiplot(struct script *script, struct command command)
{
    struct formulas formulas = {0};
    struct series_list list = {0};
    struct output output = output_of(script);
    if (script_evaluate_all(script, command, &formulas, &list) &&
        script_name_as_asked(script, command, &formulas, &list)) {
        struct sink sink;
        sink_open(&sink, script->out);
        drawing_put(&sink, &output, script_plot(script), &list);
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
    while (line_next_word(&at, end, &word, &length)) {
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
static bool vectors_of(struct script *script, const struct command *command, const char *at, struct formulas *formulas,
                       struct series_list *list)
{
    static const char all[] = "all";
    const char *end = command->text + command->length;
    while (at < end && (unsigned char)*at <= ' ')
        at++;
    struct command rest = text_between(at, end);
    if (rest.length == 0)
        rest = text_between(all, all + strlen(all));
    return script_evaluate_all(script, rest, formulas, list);
}

/* write [file [expressions]]: a rawfile */
void command_write(struct script *script, struct command command)
{
    const char *at = command.text, *end = command.text + command.length, *name = "rawspice.raw";
    size_t length = strlen(name);
    struct formulas formulas = {0};
    struct series_list list = {0};
    struct whole_file file;
    line_next_word(&at, end, &name, &length);
    if (script->current == NO_RESULT) {
        script_complain(script, command, "there is no plot to write: run an analysis first");
        return;
    }
    bool append = is_set(script, "appendwrite");
    if (vectors_of(script, &command, at, &formulas, &list) &&
        script_open_file(script, command, name, length, append, &file)) {
        struct output output = output_of(script);
        struct sink sink;
        sink_open(&sink, file.file);
        rawfile_put_series(&sink, &output, script_plot(script), &list, is_ascii(script));
        if (script_close_file(script, command, &file, sink_close(&sink)))
            fprintf(script->listing, "%s raw file \"%.*s\"\n", is_ascii(script) ? "ASCII" : "binary", (int)length,
                    name);
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
    const struct plot *plot = script_plot(script);
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

/* wrdata file expressions: columns of numbers */
void command_wrdata(struct script *script, struct command command)
{
    const char *at = command.text, *end = command.text + command.length, *name;
    size_t length;
    struct formulas formulas = {0};
    struct series_list list = {0};
    struct whole_file file;
    if (!line_next_word(&at, end, &name, &length)) {
        script_complain(script, command, "wrdata needs a file and expressions");
        return;
    }
    if (vectors_of(script, &command, at, &formulas, &list) && script_name_as_asked(script, command, &formulas, &list) &&
        script_open_file(script, command, name, length, is_set(script, "appendwrite"), &file)) {
        struct sink sink;
        sink_open(&sink, file.file);
        put_columns(script, &sink, &list);
        script_close_file(script, command, &file, sink_close(&sink));
    }
    series_free(&list);
    formulas_free(&formulas);
}
