#include "program/plot.h"

#include "program/gnuplot.h"
#include "program/interrupts.h"
#include "program/message.h"
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the table ---- */

struct table {
    size_t axes, columns, rows, capacity;
    char **name;       /* [columns] */
    const char **unit; /* [columns] "" where there is none; of the deck */
    double *value;     /* [rows][columns] */
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
    free(table->unit);
    free(table->value);
}

/* ---- the script ---- */

/* How many bytes of UTF-8 the character has that begins here; 0: it is none. */
static size_t character_length(const unsigned char *text)
{
    size_t length = *text < 0x80 ? 1 : *text >= 0xc2 && *text < 0xe0 ? 2 : *text >= 0xe0 && *text < 0xf0 ? 3
                    : *text >= 0xf0 && *text < 0xf5                      ? 4 : 0;
    for (size_t b = 1; b < length; b++) {
        if ((text[b] & 0xc0) != 0x80)
            return 0;
    }
    return length;
}

/* One character. Its bytes come from the netlist, and quotes, backquotes and backslashes would mean something, so all
 * but letters are written by their numbers; digits too, which would belong to the number before them. Bytes that are no
 * UTF-8 are taken as Latin-1; what is a control character in either has no place in a picture. Returns its bytes. */
static size_t put_character(FILE *script, const unsigned char *text)
{
    size_t length = character_length(text);
    bool is_letter = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z');
    if (length == 0 && *text >= 0xa0)
        fprintf(script, "%c%c", 0xc0 | *text >> 6, 0x80 | (*text & 0x3f));
    else if (*text == 0x7f || length == 0 || (*text == 0xc2 && text[1] < 0xa0))
        fputc('?', script);
    else if (length > 1 || is_letter)
        fwrite(text, 1, length, script);
    else
        fprintf(script, "\\%03o", *text == '\t' ? ' ' : *text < ' ' ? '?' : *text);
    return length > 0 ? length : 1;
}

/* Characters of text, up to `end`. */
static void put_characters(FILE *script, const char *text, const char *end)
{
    while (text < end)
        text += put_character(script, (const unsigned char *)text);
}

/* A string of gnuplot. */
static void put_string(FILE *script, const char *text)
{
    fputc('"', script);
    put_characters(script, text, text + strlen(text));
    fputc('"', script);
}

/* Up to `most` characters of a text, and fewer where that ends between words. */
static const char *end_of_line(const char *text, size_t most)
{
    const char *end = text, *blank = NULL;
    for (size_t count = 0; count < most && *end; count++) {
        size_t length = character_length((const unsigned char *)end);
        blank = *end == ' ' ? end : blank;
        end += length > 0 ? length : 1;
    }
    return *end && *end != ' ' && blank && blank > text ? blank : end;
}

enum { TITLE_WIDTH = 100, TITLE_LINES = 8 }; /* characters that have room above the picture */

/* All of the title, in as many lines as it needs. Returns how many. */
static int put_wrapped(FILE *script, const char *text)
{
    int lines = 0;
    fputc('"', script);
    while (*text && lines < TITLE_LINES) {
        const char *end = end_of_line(text, TITLE_WIDTH);
        fputs(lines++ > 0 ? "\\n" : "", script);
        put_characters(script, text, end);
        for (text = end; *text == ' ';)
            text++;
    }
    fputs(*text ? " ...\"" : "\"", script);
    return lines;
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

/* ---- scales ---- */

/* Two scales at most: the unit of the first curve has the left one, the next unit the right one, and what further units
 * there are go with the first. */
struct scales {
    const char *left, *right; /* units; right NULL: there is one scale */
};

static struct scales find_scales(const struct table *table)
{
    struct scales scales = {table->unit[table->axes], NULL};
    for (size_t c = table->axes; c < table->columns; c++) {
        if (!scales.right && strcmp(table->unit[c], scales.left) != 0)
            scales.right = table->unit[c];
    }
    return scales;
}

static bool is_right(const struct scales *scales, const char *unit)
{
    return scales->right && strcmp(unit, scales->right) == 0;
}

/* How far the curves of a scale go above and below zero, and the larger of the two. */
struct extent {
    double above, below, most;
};

static struct extent find_extent(const struct table *table, const struct scales *scales, bool right)
{
    struct extent extent = {0, 0, 0};
    for (size_t r = 0; r < table->rows; r++) {
        for (size_t c = table->axes; c < table->columns; c++) {
            if (is_right(scales, table->unit[c]) == right) {
                extent.above = fmax(extent.above, table->value[r * table->columns + c]);
                extent.below = fmax(extent.below, -table->value[r * table->columns + c]);
            }
        }
    }
    extent.most = extent.above > 0 || extent.below > 0 ? fmax(extent.above, extent.below) : 1;
    return extent;
}

/* Of two scales both have zero, at one height: a curve that crosses zero does so where it seems to. */
static void put_ranges(FILE *script, const struct table *table, const struct scales *scales)
{
    static const double margin = 1.03;
    struct extent left = find_extent(table, scales, false), right = find_extent(table, scales, true);
    double above = margin * fmax(left.above / left.most, right.above / right.most);
    double below = margin * fmax(left.below / left.most, right.below / right.most);
    if (above == 0 && below == 0)
        above = below = 1;
    fprintf(script, "set yrange [%.10g:%.10g]\nset y2range [%.10g:%.10g]\nset offsets 0, 0, 0, 0\n",
            -below * left.most, above * left.most, -below * right.most, above * right.most);
}

/* "V, W": the units of a scale. */
static void put_units(FILE *script, const char *setting, const struct table *table, const struct scales *scales,
                      bool right)
{
    char *text = NULL;
    size_t size;
    FILE *units = open_memstream(&text, &size);
    if (!units)
        return;
    for (size_t c = table->axes, said = 0; c < table->columns; c++) {
        bool is_new = *table->unit[c] && is_right(scales, table->unit[c]) == right;
        for (size_t before = table->axes; before < c; before++)
            is_new = is_new && strcmp(table->unit[before], table->unit[c]) != 0;
        if (is_new)
            fprintf(units, "%s%s", said++ > 0 ? ", " : "", table->unit[c]);
    }
    fclose(units);
    fprintf(script, "set %s ", setting);
    put_string(script, text ? text : "");
    fputs(" noenhanced\n", script);
    free(text);
}

static void put_scales(FILE *script, const struct table *table, const struct scales *scales)
{
    put_units(script, "ylabel", table, scales, false);
    if (!scales->right)
        return;
    put_units(script, "y2label", table, scales, true);
    fputs("set y2tics\nset border 11\nset xzeroaxis lt 1 lc rgb '#999999'\n", script);
    put_ranges(script, table, scales);
}

/* ---- curves ---- */

/* Colours that can be told apart by all. Source: Okabe and Ito, "Color universal design", 2008. */
static const char *const colours[] = {"0072b2", "d55e00", "009e73", "cc79a7", "e69f00", "56b4e9", "000000", "999999"};
enum { COLOURS = sizeof colours / sizeof *colours };

static void put_frame(FILE *script, const struct table *table, const struct gnuplot *plot, const char *title)
{
    bool is_png = strcmp(plot->path + strlen(plot->path) - strlen(".png"), ".png") == 0;
    size_t scale = table->axes - 1;
    fprintf(script,
            "set encoding utf8\nset terminal %s size 960,600 background rgb '#ffffff' font 'sans,%d'\nset output ",
            is_png ? "pngcairo" : "svg dynamic", is_png ? 11 : 14);
    put_string(script, plot->picture);
    fputs("\nset label ", script);
    int lines = put_wrapped(script, title);
    fprintf(script, " at screen 0.5, screen 0.97 center noenhanced\nset tmargin %d\nset xlabel ", lines + 1);
    fputc('"', script);
    put_characters(script, table->name[scale], table->name[scale] + strlen(table->name[scale]));
    fprintf(script, *table->unit[scale] ? " (%s)\"" : "%s\"", table->unit[scale]);
    fputs(" noenhanced\nset key outside right top Left reverse noenhanced samplen 2\nset border 3 lc rgb '#555555'\n"
          "set tics nomirror out\nset grid lc rgb '#dddddd' lw 1\nset autoscale xfix\n"
          "set offsets graph 0, graph 0, graph 0.03, graph 0.03\n",
          script);
}

/* The name of a column, the values of the axes that make it this curve, and where there are several scales or units its
 * own: "p, r1 = 1000 ohm (W, right)". */
static void put_title(FILE *script, const struct table *table, const struct scales *scales, size_t column, size_t row)
{
    const char *unit = table->unit[column];
    char *text = NULL;
    size_t size;
    FILE *title = open_memstream(&text, &size);
    if (!title)
        return;
    fputs(table->name[column], title);
    for (size_t a = 0; a + 1 < table->axes; a++)
        fprintf(title, ", %s = %g%s%s", table->name[a], table->value[row * table->columns + a],
                *table->unit[a] ? " " : "", table->unit[a]);
    if (scales->right)
        fprintf(title, " (%s%s%s)", unit, *unit ? ", " : "", is_right(scales, unit) ? "right" : "left");
    fclose(title);
    put_string(script, text ? text : "");
    free(text);
}

static void put_curves(FILE *script, const struct table *table, const struct scales *scales)
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
                    is_right(scales, table->unit[c]) ? 2 : 1, table->rows > curves ? "lines" : "points pt 7",
                    colours[number % COLOURS]);
            put_title(script, table, scales, c, r);
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
    const struct scales scales = find_scales(table);
    put_frame(script, table, plot, title);
    put_data(script, table);
    put_scales(script, table, &scales);
    put_curves(script, table, &scales);
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

/* The units of the columns. False when memory is out. */
static bool find_units(struct table *table, const opspice *deck, size_t sweep)
{
    table->unit = calloc(table->columns, sizeof *table->unit);
    for (size_t c = 0; table->unit && c < table->columns; c++) {
        const char *unit = opspice_result_unit(deck, sweep, c);
        table->unit[c] = unit ? unit : "";
    }
    return table->unit;
}

int plot_sweep(opspice *deck, const char *path)
{
    size_t results = opspice_result_count(deck), sweep = 0;
    while (sweep < results && opspice_result_axes(deck, sweep) == 0)
        sweep++;
    if (sweep == results) {
        program_message("--plot has nothing to draw: no sweep was run");
        return OPSPICE_USAGE;
    }
    struct table table = {.axes = opspice_result_axes(deck, sweep)};
    int status = read_sweep(&table, deck, sweep);
    if (status == OPSPICE_OK && (table.columns <= table.axes || table.rows == 0)) {
        program_message("--plot has nothing to draw: the sweep has no values");
        status = OPSPICE_USAGE;
    }
    errno = ENOMEM;
    if (status == OPSPICE_OK && !find_units(&table, deck, sweep))
        status = system_error("draw", path);
    if (status == OPSPICE_OK)
        status = draw(&table, path, opspice_title(deck));
    free_table(&table);
    return status;
}
