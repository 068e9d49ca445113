/* Commands that print and write. */
#include "script/commands.h"

#include "script/evaluate.h"
#include "script/output_files.h"
#include "script/plots.h"
#include "script/variables.h"
#include "util/array.h"
#include "write/label.h"
#include "write/listing.h"
#include "write/rawfile.h"
#include "write/table.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is written ---- */

/* How tables are laid out: as the variables say, or cards of the netlist. */
static struct page page_of(const struct script *script, const struct output_requests *requests)
{
    enum { MOST = 1 << 16 };
    double width = variable_number(script, "width", requests ? requests->page_width : 0);
    double lines = variable_number(script, "height", 0);
    return (struct page){.width = width > 0 ? (int)fmin(width, MOST) : 0,
                         .lines = lines > 0 ? (int)fmin(lines, MOST) : 0,
                         .is_endless = variable_is_set(script, "nobreak") || (requests && requests->no_page),
                         .has_no_scale = variable_is_set(script, "noprintscale")};
}

/* What heads a plot. */
static struct output output_of(const struct script *script, const struct script_plot *plot)
{
    const struct session *session = script_session(script);
    const struct output_requests *requests = session ? &session->requests : NULL;
    return (struct output){.version = script->host.version,
                           .date = plot->date,
                           .title = plot->title,
                           .title_length = strlen(plot->title),
                           .circuit = plot->result.plot.circuit,
                           .requests = requests,
                           .page = page_of(script, requests),
                           .digits = (int)variable_number(script, "numdgt", 0)};
}

/* The plot that a formula takes its first vector from. */
static const struct script_plot *plot_of(const struct script *script, const struct formula *formula)
{
    for (size_t u = 0; u < formula->expression.uses; u++) {
        if (formula->plot[u])
            return plots_of(formula->plot[u]);
        if (formula->vector[u].kind == VECTOR_CONSTANT)
            return plots_constants(script);
        if (formula->vector[u].kind <= VECTOR_OWN && formula->vector[u].kind != VECTOR_PARAMETER)
            return script->current;
    }
    return script->current;
}

static const struct script_plot *plot_of_vector(const struct script *script, const struct formula *formula)
{
    return formula_is_vector(formula) ? plot_of(script, formula) : script->current;
}

/* The scale of a plot as a series; without one its length is 0. */
static struct series scale_of(const struct script_plot *shown)
{
    const struct plot *plot = &shown->result.plot;
    if (plot->own_scale) {
        const struct own_vector *own = &plot->own[plot->own_scale - 1];
        return (struct series){.value = own->value, .stride = 1, .length = own->length};
    }
    if (plot->axes > 0)
        return (struct series){.value = plot->scale, .stride = 1, .length = plot->points};
    if (plot_listed(plot) > 0)
        return (struct series){.value = plot->value, .stride = plot->recorded.count, .length = plot->points};
    return (struct series){.length = 0};
}

/* ---- print ---- */

/* name = value, name = (  value\tvalue\t.. ) on lines of a page's width. */
static void put_line(struct sink *sink, const struct label *label, const struct series *series,
                     const struct output *output)
{
    enum { LEAST_WIDTH = 60, TAB = 8, NUMBER = 12, BEGIN = 10, INDENT = 9 };
    for (size_t p = 0; p < LABEL_PARTS && label->part[p]; p++)
        sink_lower(sink, label->part[p]);
    sink_text(sink, series->length > 1 ? " = (  " : " = ");
    const int page = table_page_width(output);
    size_t column = BEGIN, width = (size_t)(page < LEAST_WIDTH ? LEAST_WIDTH : page);
    for (size_t p = 0; p < series->length; p++) {
        sink_digits(sink, series_value(series, p), output->digits);
        if (series->length == 1)
            break;
        column = (column + NUMBER + TAB - 1) / TAB * TAB;
        sink_text(sink, column >= width ? "\n\t" : "\t");
        if (column >= width)
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

/* Vectors of several plots have the names that these have for them, and in lines say which one has them; what is
 * computed is of the current one. False when memory is out. */
static bool name_plots(struct script *script, struct formulas *formulas, struct series_list *list, bool as_table)
{
    bool several = false, done = true;
    for (size_t s = 1; s < list->count; s++)
        several = several || plot_of_vector(script, &formulas->item[s]) != plot_of_vector(script, &formulas->item[0]);
    for (size_t s = 0; several && done && s < list->count; s++) {
        const struct script_plot *shown = plot_of_vector(script, &formulas->item[s]);
        if (as_table && list->item[s].name)
            continue;
        const struct label label = label_of_series(&list->item[s], &shown->result.plot, shown->result.plot.circuit);
        char *own = label_text(&label), *text = NULL;
        done = own && asprintf(&text, "%s%s%s", as_table ? "" : shown->name, as_table ? "" : ".", own) >= 0 &&
               (list->item[s].name = formulas_name(formulas, (struct expression_word){text, strlen(text)}));
        free(own);
        free(text);
    }
    return done;
}

static void print_all(struct script *script, const struct script_plot *shown, const struct series_list *list,
                      bool as_table)
{
    const struct plot *plot = &shown->result.plot;
    struct output output = output_of(script, shown);
    struct sink sink;
    sink_open(&sink, script->out);
    if (as_table)
        table_put(&sink, &output, plot, list);
    for (size_t s = 0; !as_table && s < list->count; s++) {
        struct label label = label_of_series(&list->item[s], plot, output.circuit);
        put_line(&sink, &label, &list->item[s], &output);
    }
    if (!as_table)
        table_put_extremes(&sink, &output, plot, list);
    sink_close(&sink); /* the stream keeps an error for its end */
}

/* print [col|line] expressions: without either, a line each where all have one value, else a table. */
void command_print(struct script *script, struct command command)
{
    struct formulas formulas = {.keeps_blanks = true};
    struct series_list list = {0};
    bool as_table = take_word(&command, "col"), as_lines = !as_table && take_word(&command, "line");
    if (command.length == 0) {
        script_complain(script, command, "print needs expressions");
        return;
    }
    if (script_evaluate_some(script, command, &formulas, &list) && script_name_as_asked(script, &formulas, &list)) {
        for (size_t s = 0; !as_lines && s < list.count; s++)
            as_table = as_table || list.item[s].length > 1;
        if (!name_plots(script, &formulas, &list, as_table))
            diagnose_no_memory(script->diagnostics);
        else if (list.count > 0)
            print_all(script, plot_of(script, &formulas.item[0]), &list, as_table);
    }
    series_free(&list);
    formulas_free(&formulas);
}

/* asciiplot expressions */
void command_asciiplot(struct script *script, struct command command)
{
    struct formulas formulas = {.keeps_blanks = true};
    struct series_list list = {0};
    struct output output = output_of(script, script->current);
    if (script_evaluate_all(script, command, &formulas, &list) && script_name_as_asked(script, &formulas, &list)) {
        struct sink sink;
        sink_open(&sink, script->out);
        drawing_put(&sink, &output, &script->current->result.plot, &list);
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

/* ---- columns of files ---- */

static bool is_ascii(const struct script *script)
{
    const char *type = variable_value(script, "filetype", strlen("filetype"));
    const struct session *session = script_session(script);
    return type ? strcasecmp(type, "ascii") == 0 : session && session->requests.ascii;
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

/* A vector of a plot's own as a rawfile calls it: v(x) where it is a voltage. */
static char *own_label(const char *name, enum vector_type type, const char **type_name)
{
    char *label = NULL;
    bool is_called_so = (name[0] == 'v' || name[0] == 'i') && name[1] == '(';
    *type_name = type == TYPE_VOLTAGE ? "voltage" : type == TYPE_CURRENT ? "current" : "notype";
    size_t length = strlen(name), ending = strlen("#branch");
    if (type == TYPE_CURRENT && length > ending && strcmp(name + length - ending, "#branch") == 0)
        length -= ending;
    if (is_called_so || (type != TYPE_VOLTAGE && type != TYPE_CURRENT))
        return strdup(name);
    return asprintf(&label, "%c(%.*s)", type == TYPE_VOLTAGE ? 'v' : 'i', (int)length, name) < 0 ? NULL : label;
}

/* What `write` calls a column: a vector as in other rawfiles, a formula by its text. */
static char *column_label(const struct script *script, const struct formula *formula, const struct series *series,
                          const char **type)
{
    const struct script_plot *shown = plot_of(script, formula);
    const struct plot *plot = &shown->result.plot;
    struct label label;
    *type = "notype";
    if (!formula_is_vector(formula) || formula->vector[0].kind >= VECTOR_PARAMETER)
        ;
    else if (formula->vector[0].kind == VECTOR_SCALE && plot->axes > 0 && !formula->plot[0]) {
        label = label_of_axis(&plot->axis[plot->axes - 1], type);
        return label_text(&label);
    } else if (formula->vector[0].kind < VECTOR_VALUE &&
               vectors_find((struct vectors *)&plot->recorded, &formula->vector[0]) < plot_listed(plot)) {
        label = label_in_rawfile(&formula->vector[0], plot->circuit, type);
        return formula->plot[0] ? own_label(series->name, vector_type(&formula->vector[0]), type) : label_text(&label);
    }
    if (formula_is_vector(formula) && formula->vector[0].kind == VECTOR_OWN)
        return own_label(series->name, plot->own[formula->vector[0].a].type, type);
    label = label_of_series(series, plot, plot->circuit);
    return label_text(&label);
}

static char *scale_label(const struct script_plot *shown, const char **type)
{
    const struct plot *plot = &shown->result.plot;
    struct label label;
    if (plot->own_scale)
        return own_label(plot->own_names.text[plot->own_scale - 1], plot->own[plot->own_scale - 1].type, type);
    label = plot->axes > 0 ? label_of_axis(&plot->axis[plot->axes - 1], type)
                           : label_in_rawfile(&plot->recorded.item[0], plot->circuit, type);
    return label_text(&label);
}

/* Is the formula the scale itself, under its own name? */
static bool is_scale(const struct formula *formula, const struct script_plot *shown)
{
    const struct plot *plot = &shown->result.plot;
    const struct vector *vector = formula->vector;
    if (!formula_is_vector(formula))
        return false;
    if (plot->own_scale)
        return vector->kind == VECTOR_OWN && vector->a == plot->own_scale - 1;
    if (plot->axes > 0)
        return vector->kind == VECTOR_SCALE;
    return plot_listed(plot) > 0 && vector->kind == plot->recorded.item[0].kind &&
           vector->a == plot->recorded.item[0].a && vector->k == plot->recorded.item[0].k &&
           (vector->kind != VECTOR_VOLTAGE || vector->parameter);
}

/* ---- write ---- */

static void free_columns(struct rawfile_column *column, size_t count)
{
    for (size_t c = 0; column && c < count; c++)
        free(column[c].name);
    free(column);
}

/* The vectors of one plot among those that were asked for, its scale before them. False when memory is out. */
static bool put_plot(const struct script *script, struct sink *sink, const struct script_plot *shown,
                     const struct formulas *formulas, const struct series_list *list)
{
    struct rawfile_column *column = array_new(list->count + 1, sizeof *column);
    const struct output output = output_of(script, shown);
    struct series scale = scale_of(shown);
    size_t count = 0;
    bool done = column;
    if (done && scale.length > 0) {
        column[count] = (struct rawfile_column){.series = &scale};
        done = (column[count].name = scale_label(shown, &column[count].type));
        count += done;
    }
    for (size_t s = 0; done && s < list->count; s++) {
        const struct formula *formula = &formulas->item[s];
        if (plot_of(script, formula) != shown || is_scale(formula, shown))
            continue;
        column[count] = (struct rawfile_column){.series = &list->item[s]};
        done = (column[count].name = column_label(script, formula, &list->item[s], &column[count].type));
        count += done;
    }
    if (done)
        rawfile_put_series(sink, &output, &shown->result.plot, column, count, is_ascii(script));
    free_columns(column, count);
    return done;
}

/* A block for each plot, in the order of the vectors. */
static bool put_plots(struct script *script, struct sink *sink, const struct formulas *formulas,
                      const struct series_list *list)
{
    bool done = true;
    for (size_t s = 0; done && s < list->count; s++) {
        const struct script_plot *shown = plot_of(script, &formulas->item[s]);
        size_t before = 0;
        while (before < s && plot_of(script, &formulas->item[before]) != shown)
            before++;
        if (before == s)
            done = put_plot(script, sink, shown, formulas, list);
    }
    return done;
}

/* write [file [expressions]]: a rawfile */
void command_write(struct script *script, struct command command)
{
    const char *at = command.text, *end = command.text + command.length, *name = "rawspice.raw";
    const char *standard = variable_value(script, "rawfile", strlen("rawfile"));
    size_t length = strlen(name);
    struct formulas formulas = {.keeps_blanks = true};
    struct series_list list = {0};
    struct whole_file file;
    if (standard && *standard) {
        name = standard;
        length = strlen(standard);
    }
    line_next_word(&at, end, &name, &length);
    if (script->plots == 1 && command.length == 0) {
        script_complain(script, command, "there is no plot to write: run an analysis first");
        return;
    }
    bool append = variable_is_set(script, "appendwrite");
    if (vectors_of(script, &command, at, &formulas, &list) &&
        script_open_file(script, command, name, length, append, &file)) {
        struct sink sink;
        sink_open(&sink, file.file);
        bool good = put_plots(script, &sink, &formulas, &list);
        if (!good)
            diagnose_no_memory(script->diagnostics);
        good = sink_close(&sink) && good;
        if (script_close_file(script, command, &file, good))
            fprintf(script->host.out, "%s raw file \"%.*s\"\n", is_ascii(script) ? "ASCII" : "binary", (int)length,
                    name);
    }
    series_free(&list);
    formulas_free(&formulas);
}

/* ---- wrdata ---- */

/* A column of wrdata: a vector and the scale of its plot. */
struct data_column {
    const struct series *series;
    struct series scale;
    size_t rows;
    const char *scale_name;
};

static void put_data(struct sink *sink, double value, int digits)
{
    sink_signed(sink, value, digits);
    sink_text(sink, " ");
}

static void put_data_heads(struct script *script, struct sink *sink, const struct data_column *column,
                           const struct formulas *formulas, size_t count, bool single, int digits)
{
    const int width = digits + 7;
    for (size_t c = 0; c < count; c++) {
        const struct plot *plot = &plot_of(script, &formulas->item[c])->result.plot;
        struct label label = label_of_series(column[c].series, plot, plot->circuit);
        struct label scale = {{column[c].scale_name}};
        if (c == 0 || !single) {
            sink_text(sink, " ");
            label_put_padded(&scale, sink, SIZE_MAX, width);
        }
        sink_text(sink, " ");
        label_put_padded(&label, sink, SIZE_MAX, width);
    }
    sink_text(sink, "\n");
}

/* A value, or blanks where the column is shorter than others. */
static void put_data_cell(struct sink *sink, const struct series *series, size_t row, size_t rows, int digits)
{
    enum { AROUND = 8 }; /* sign, digit, point, exponent, blank */
    if (row < rows)
        put_data(sink, series_value(series, row), digits);
    else
        sink_blanks(sink, digits + AROUND);
}

/* Before each column its scale, or once where wr_singlescale is set. */
static void put_data_columns(struct script *script, struct sink *sink, const struct data_column *column,
                             const struct formulas *formulas, size_t count)
{
    enum { DIGITS = 8, MOST_DIGITS = 30 };
    bool single = variable_is_set(script, "wr_singlescale");
    double wanted = variable_number(script, "numdgt", DIGITS);
    int digits = wanted >= 1 && wanted <= MOST_DIGITS ? (int)wanted : DIGITS;
    size_t rows = 0;
    for (size_t c = 0; c < count; c++)
        rows = column[c].rows > rows ? column[c].rows : rows;
    if (variable_is_set(script, "wr_vecnames"))
        put_data_heads(script, sink, column, formulas, count, single, digits);
    for (size_t r = 0; r < rows; r++) {
        for (size_t c = 0; c < count; c++) {
            if (c == 0 || !single)
                put_data_cell(sink, &column[c].scale, r, column[c].rows, digits);
            put_data_cell(sink, column[c].series, r, column[c].rows, digits);
        }
        sink_text(sink, "\n");
    }
}

/* The columns of a list. NULL when memory is out. */
static struct data_column *data_columns(struct script *script, const struct formulas *formulas,
                                        const struct series_list *list)
{
    struct data_column *column = array_new(list->count, sizeof *column);
    for (size_t s = 0; column && s < list->count; s++) {
        const struct script_plot *shown = plot_of(script, &formulas->item[s]);
        struct series scale = scale_of(shown);
        size_t length = list->item[s].length;
        if (scale.length == 0)
            scale = list->item[s];
        column[s] = (struct data_column){&list->item[s], scale, length < scale.length ? length : scale.length, NULL};
        const struct plot *plot = &shown->result.plot;
        if (plot->own_scale)
            column[s].scale_name = plot->own_names.text[plot->own_scale - 1];
        else if (plot->axes > 0)
            column[s].scale_name = axis_name(&plot->axis[plot->axes - 1]);
        else
            column[s].scale_name = "scale";
        if (plot->own_scale == 0 && plot->axes == 0 && plot_listed(plot) > 0 &&
            plot->recorded.item[0].kind == VECTOR_VOLTAGE)
            column[s].scale_name = plot->circuit->nodes.text[plot->recorded.item[0].a];
    }
    return column;
}

/* wrdata file expressions: columns of numbers */
void command_wrdata(struct script *script, struct command command)
{
    const char *at = command.text, *end = command.text + command.length, *name;
    size_t length;
    struct formulas formulas = {0};
    struct series_list list = {0};
    struct data_column *column = NULL;
    struct whole_file file;
    if (!line_next_word(&at, end, &name, &length)) {
        script_complain(script, command, "wrdata needs a file and expressions");
        return;
    }
    if (vectors_of(script, &command, at, &formulas, &list) && script_name_as_asked(script, &formulas, &list)) {
        column = data_columns(script, &formulas, &list);
        if (!column)
            diagnose_no_memory(script->diagnostics);
    }
    if (column &&
        script_open_file(script, command, name, length, variable_is_set(script, "appendwrite"), &file)) {
        struct sink sink;
        sink_open(&sink, file.file);
        put_data_columns(script, &sink, column, &formulas, list.count);
        script_close_file(script, command, &file, sink_close(&sink));
    }
    free(column);
    series_free(&list);
    formulas_free(&formulas);
}

/* ---- wrnodev ---- */

/* wrnodev [file]: the voltages of all nodes as .ic cards */
void command_wrnodev(struct script *script, struct command command)
{
    const char *at = command.text, *end = command.text + command.length, *name = "dot_ic_out.txt";
    size_t length = strlen(name);
    struct whole_file file;
    line_next_word(&at, end, &name, &length);
    struct session *session = script_session(script);
    if (!session || !session->engine.answered) {
        script_complain(script, command, "there is no operating point whose voltages could be written");
        return;
    }
    if (!script_open_file(script, command, name, length, false, &file))
        return;
    fprintf(file.file, "* Operating point\n* Circuit: %.*s\n", (int)session->netlist.title_length,
            session->netlist.title ? session->netlist.title : "");
    struct sink sink;
    sink_open(&sink, file.file);
    for (uint32_t node = GROUND + 1; node < session->circuit.nodes.count; node++) {
        sink_text(&sink, ".ic v(");
        sink_text(&sink, session->circuit.nodes.text[node]);
        sink_text(&sink, ") = ");
        sink_exact(&sink, session->engine.op.voltage[node]);
        sink_text(&sink, "\n");
    }
    if (script_close_file(script, command, &file, sink_close(&sink)))
        fprintf(script->host.out, "Node data saved to file %.*s\n", (int)length, name);
}
