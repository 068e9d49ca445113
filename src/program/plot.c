#include "program/plot.h"

#include "program/gnuplot.h"
#include "program/interrupts.h"
#include "program/message.h"
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the table ---- */

struct table {
    size_t axes, columns, rows, capacity;
    char **name;   /* [columns] */
    double *value; /* [rows][columns] */
};

/* The next field of a line of csv, unquoted in its place; *at becomes NULL behind the last. */
static char *next_field(char **at)
{
    char *field = *at, *end = field, *from = field;
    bool quoted = *from == '"';
    for (from += quoted; *from && (quoted || (*from != ',' && *from != '\n')); from++) {
        if (quoted && *from == '"' && *++from != '"')
            quoted = false;
        if (!quoted && (*from == ',' || *from == '\n' || !*from))
            break;
        *end++ = *from;
    }
    *at = *from == ',' ? from + 1 : NULL;
    *end = '\0';
    return field;
}

static bool read_names(struct table *table, char *line)
{
    size_t columns = 1;
    for (const char *at = line; *at; at++)
        columns += *at == ',';
    table->name = calloc(columns, sizeof *table->name);
    for (char *at = line; table->name && at; table->columns++) {
        if (!(table->name[table->columns] = strdup(next_field(&at))))
            return false;
    }
    return table->name;
}

static bool read_row(struct table *table, char *line)
{
    if (table->rows == table->capacity) {
        size_t capacity = table->capacity ? 2 * table->capacity : 256;
        double *value = reallocarray(table->value, capacity * table->columns, sizeof *value);
        if (!value)
            return false;
        table->value = value;
        table->capacity = capacity;
    }
    double *row = table->value + table->rows * table->columns;
    char *at = line;
    for (size_t c = 0; c < table->columns; c++)
        row[c] = at ? strtod(next_field(&at), NULL) : 0;
    table->rows++;
    return true;
}

/* Up to an empty line, behind as many of them as are to be skipped. */
static bool read_table(struct table *table, FILE *csv, size_t skip)
{
    char *line = NULL;
    size_t size = 0;
    while (skip > 0 && getline(&line, &size, csv) > 0)
        skip -= *line == '\n';
    bool done = getline(&line, &size, csv) > 0 && read_names(table, line);
    while (done && getline(&line, &size, csv) > 1)
        done = read_row(table, line);
    free(line);
    return done;
}

static void free_table(struct table *table)
{
    for (size_t c = 0; c < table->columns; c++)
        free(table->name[c]);
    free(table->name);
    free(table->value);
}

/* ---- the script ---- */

/* A string of gnuplot. Its bytes come from the netlist, and quotes, backquotes and backslashes would mean something, so
 * all but letters are written by their numbers; digits too, which would belong to the number before them. */
static void put_string(FILE *script, const char *text)
{
    fputc('"', script);
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        bool is_plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte > 127;
        if (is_plain)
            fputc(byte, script);
        else
            fprintf(script, "\\%03o", byte < ' ' ? ' ' : byte);
    }
    fputc('"', script);
}

/* Does a curve begin at this row: is any axis but the last another than before? */
static bool begins_curve(const struct table *table, size_t row)
{
    const double *here = table->value + row * table->columns;
    for (size_t a = 0; row > 0 && a + 1 < table->axes; a++) {
        if (here[a] != (here - table->columns)[a])
            return true;
    }
    return row == 0;
}

/* Two empty lines part the curves. */
static void put_data(FILE *script, const struct table *table)
{
    fputs("$data << END\n", script);
    for (size_t r = 0; r < table->rows; r++) {
        if (r > 0 && begins_curve(table, r))
            fputs("\n\n", script);
        for (size_t c = table->axes - 1; c < table->columns; c++)
            fprintf(script, "%.10g%c", table->value[r * table->columns + c], c + 1 < table->columns ? ' ' : '\n');
    }
    fputs("END\n", script);
}

static bool is_current(const char *name)
{
    return strncmp(name, "i(", 2) == 0 || strstr(name, "#branch") || strstr(name, "[i]") || strstr(name, "[id]") ||
           strstr(name, "[current]");
}

/* Colours that can be told apart by all. Source: Okabe and Ito, "Color universal design", 2008. */
static const char *const colours[] = {"0072b2", "d55e00", "009e73", "cc79a7", "e69f00", "56b4e9", "000000", "999999"};
enum { COLOURS = sizeof colours / sizeof *colours };

static void put_frame(FILE *script, const struct table *table, const struct gnuplot *plot, const char *title)
{
    bool is_png = strcmp(plot->path + strlen(plot->path) - strlen(".png"), ".png") == 0;
    fprintf(script, "set terminal %s size 960,600 background rgb '#ffffff' font 'sans,%d'\nset output ",
            is_png ? "pngcairo" : "svg dynamic", is_png ? 11 : 14);
    put_string(script, plot->picture);
    fputs("\nset title ", script);
    put_string(script, title);
    fputs(" noenhanced\nset xlabel ", script);
    put_string(script, table->name[table->axes - 1]);
    fputs(" noenhanced\nset key outside right top Left reverse noenhanced samplen 2\nset border 3 lc rgb '#555555'\n"
          "set tics nomirror out\nset grid lc rgb '#dddddd' lw 1\nset autoscale xfix\n"
          "set offsets graph 0, graph 0, graph 0.03, graph 0.03\n",
          script);
}

/* The scales: volts, amperes, or both; a unit that is not known has none. */
static bool put_scales(FILE *script, const struct table *table)
{
    size_t currents = 0, voltages = 0, curves = table->columns - table->axes;
    for (size_t c = table->axes; c < table->columns; c++) {
        const char *name = table->name[c];
        currents += is_current(name);
        voltages += strncmp(name, "v(", 2) == 0 || strncmp(name, "-v(", 3) == 0;
    }
    bool both = currents > 0 && currents < curves;
    if (voltages + currents == curves)
        fprintf(script, "set ylabel '%s'\n", voltages > 0 ? "V" : "A");
    if (both)
        fputs("set y2label 'A'\nset y2tics\nset border 11\n", script);
    return both;
}

/* The name of a column, and the values of the axes that make it this curve. */
static void put_title(FILE *script, const struct table *table, size_t column, size_t row)
{
    char *text = NULL;
    size_t size;
    FILE *title = open_memstream(&text, &size);
    if (!title)
        return;
    fputs(table->name[column], title);
    for (size_t a = 0; a + 1 < table->axes; a++)
        fprintf(title, ", %s = %g", table->name[a], table->value[row * table->columns + a]);
    fclose(title);
    put_string(script, text ? text : "");
    free(text);
}

static void put_curves(FILE *script, const struct table *table, bool both)
{
    enum { NAMED = 40 }; /* more have no room beside the picture */
    size_t curves = 0, number = 0;
    for (size_t r = 0; r < table->rows; r++)
        curves += begins_curve(table, r);
    if (curves * (table->columns - table->axes) > NAMED)
        fputs("unset key\n", script);
    fputs("plot ", script);
    for (size_t r = 0, curve = 0; r < table->rows; r++) {
        if (!begins_curve(table, r))
            continue;
        for (size_t c = table->axes; c < table->columns; c++, number++) {
            fprintf(script, "%s$data index %zu using 1:%zu axes x1y%d with %s lw 2 lc rgb '#%s' title ",
                    number > 0 ? ", \\\n  " : "", curve, c - table->axes + 2,
                    both && is_current(table->name[c]) ? 2 : 1, table->rows > curves ? "lines" : "points pt 7",
                    colours[number % COLOURS]);
            put_title(script, table, c, r);
        }
        curve++;
    }
    fputc('\n', script);
}

/* ---- drawing ---- */

static int write_script(const struct table *table, const struct gnuplot *plot, const char *title)
{
    errno = 0;
    FILE *script = fopen(plot->script, "we");
    if (!script)
        return system_error("write", plot->script);
    put_frame(script, table, plot, title);
    put_data(script, table);
    put_curves(script, table, put_scales(script, table));
    bool whole = !ferror(script);
    return fclose(script) == 0 && whole ? OPSPICE_OK : system_error("write", plot->script);
}

static int draw(const struct table *table, const char *path, const char *title)
{
    struct gnuplot drawing;
    int status = gnuplot_begin(&drawing, path);
    if (status == OPSPICE_OK)
        status = write_script(table, &drawing, title);
    if (status == OPSPICE_OK)
        status = gnuplot_draw(&drawing);
    gnuplot_end(&drawing);
    return status;
}

/* The table of this number, from 0, of the answer as csv. Returns OPSPICE_OK, or OPSPICE_SYSTEM after a message. */
static int read_sweep(struct table *table, opspice *deck, size_t number)
{
    char data[] = "/tmp/opspice-plot-XXXXXX";
    errno = 0;
    int descriptor = mkstemp(data);
    if (descriptor < 0)
        return system_error("write", data);
    interrupts_remove(INTERRUPTS_DATA, data);
    errno = 0;
    int status = opspice_write(deck, OPSPICE_CSV, data) == OPSPICE_OK ? OPSPICE_OK : system_error("write", data);
    FILE *csv = status == OPSPICE_OK ? fopen(data, "re") : NULL;
    if (status == OPSPICE_OK && !(csv && read_table(table, csv, number)))
        status = system_error("read", data);
    if (csv)
        fclose(csv);
    close(descriptor);
    unlink(data);
    interrupts_remove(INTERRUPTS_DATA, NULL);
    return status;
}

int plot_sweep(opspice *deck, const char *path)
{
    size_t results = opspice_result_count(deck), sweep = 0;
    while (sweep < results && opspice_result_axes(deck, sweep) == 0)
        sweep++;
    if (sweep == results) {
        fprintf(stderr, "%s: --plot has nothing to draw: no sweep was run\n", program_name);
        return OPSPICE_USAGE;
    }
    struct table table = {.axes = opspice_result_axes(deck, sweep)};
    int status = read_sweep(&table, deck, sweep);
    if (status == OPSPICE_OK && (table.columns <= table.axes || table.rows == 0)) {
        fprintf(stderr, "%s: --plot has nothing to draw: the sweep has no values\n", program_name);
        status = OPSPICE_USAGE;
    }
    if (status == OPSPICE_OK)
        status = draw(&table, path, opspice_title(deck));
    free_table(&table);
    return status;
}
