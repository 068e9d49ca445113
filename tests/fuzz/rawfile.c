/* Outputs, read back by readers of this file's own: rawfiles in text and in binary say the same, the operating point in
 * them, in csv and in json is that of the API. The input is a netlist. */
#include "fuzz.h"

#include <ctype.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- rawfiles --------------------------------------------------------------------------------------------------- */

struct reader {
    const char *at, *end;
};

/* A line without its end. */
static struct fuzz_text take_line(struct reader *reader)
{
    const char *stop = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));
    fuzz_require(stop);
    struct fuzz_text line = fuzz_copy(reader->at, (size_t)(stop - reader->at));
    reader->at = stop + 1;
    return line;
}

static void expect(struct reader *reader, const char *start)
{
    struct fuzz_text line = take_line(reader);
    fuzz_require(strncmp(line.data, start, strlen(start)) == 0);
    free(line.data);
}

static size_t take_count(struct reader *reader, const char *start)
{
    struct fuzz_text line = take_line(reader);
    fuzz_require(strncmp(line.data, start, strlen(start)) == 0);
    char *end;
    size_t count = strtoull(line.data + strlen(start), &end, 10);
    fuzz_require(*end == '\0');
    free(line.data);
    return count;
}

enum { MOST = 256 };

struct plot {
    char *title, *name, *variable[MOST], *type[MOST];
    size_t variables, points;
    double *value; /* [points][variables] */
};

static char *behind(struct reader *reader, const char *start)
{
    struct fuzz_text line = take_line(reader);
    fuzz_require(strncmp(line.data, start, strlen(start)) == 0);
    memmove(line.data, line.data + strlen(start), line.size - strlen(start) + 1);
    return line.data;
}

/* "\tNUMBER\tNAME\tTYPE" */
static void take_variable(struct reader *reader, struct plot *plot, size_t number)
{
    struct fuzz_text line = take_line(reader);
    char *name = NULL, *type = NULL;
    fuzz_require(line.data[0] == '\t' && strtoull(line.data + 1, &name, 10) == number && *name == '\t');
    type = strchr(++name, '\t');
    fuzz_require(type && type > name && !strchr(type + 1, '\t'));
    *type++ = '\0';
    plot->variable[number] = strdup(name);
    plot->type[number] = strdup(type);
    free(line.data);
}

static void take_values(struct reader *reader, struct plot *plot, bool is_text)
{
    size_t count = plot->points * plot->variables, size = count * sizeof *plot->value;
    plot->value = malloc(size + 1);
    fuzz_require(plot->value && (is_text || size <= (size_t)(reader->end - reader->at)));
    if (!is_text) {
        memcpy(plot->value, reader->at, size);
        reader->at += size;
        return;
    }
    if (count == 0) { /* as ngspice has it: the number of the point, and no value ends its line */
        fuzz_require(reader->end - reader->at >= 2 && memcmp(reader->at, "0\t", 2) == 0);
        reader->at += 2;
    }
    for (size_t i = 0; i < count; i++) {
        struct fuzz_text line = take_line(reader);
        char *at = line.data, *end;
        if (i % plot->variables == 0)
            fuzz_require(isdigit((unsigned char)*at) && strtoull(at, &at, 10) == i / plot->variables);
        fuzz_require(*at == '\t');
        plot->value[i] = strtod(at + 1, &end);
        fuzz_require(*end == '\0' && end > at + 1);
        free(line.data);
    }
}

static bool take_plot(struct reader *reader, struct plot *plot, bool is_text)
{
    *plot = (struct plot){0};
    if (reader->at == reader->end)
        return false;
    plot->title = behind(reader, "Title: ");
    expect(reader, "Date: ");
    expect(reader, "Command: ");
    plot->name = behind(reader, "Plotname: ");
    expect(reader, "Flags: real");
    plot->variables = take_count(reader, "No. Variables: ");
    plot->points = take_count(reader, "No. Points: ");
    expect(reader, "Variables:");
    fuzz_require(plot->variables <= MOST && plot->points > 0);
    fuzz_require(plot->variables > 0 || plot->points == 1); /* of a circuit that is all ground */
    for (size_t v = 0; v < plot->variables; v++)
        take_variable(reader, plot, v);
    expect(reader, is_text ? "Values:" : "Binary:");
    take_values(reader, plot, is_text);
    return true;
}

static void free_plot(struct plot *plot)
{
    for (size_t v = 0; v < plot->variables; v++) {
        free(plot->variable[v]);
        free(plot->type[v]);
    }
    free(plot->title);
    free(plot->name);
    free(plot->value);
}

static bool is_same(double x, double y)
{
    return x == y || (isnan(x) && isnan(y));
}

static void compare_plots(const struct plot *text, const struct plot *binary)
{
    fuzz_require(strcmp(text->title, binary->title) == 0 && strcmp(text->name, binary->name) == 0);
    fuzz_require(text->variables == binary->variables && text->points == binary->points);
    for (size_t v = 0; v < text->variables; v++)
        fuzz_require(strcmp(text->variable[v], binary->variable[v]) == 0 &&
                     strcmp(text->type[v], binary->type[v]) == 0);
    for (size_t i = 0; i < text->points * text->variables; i++)
        fuzz_require(is_same(text->value[i], binary->value[i]));
}

/* The name of a node whose voltage a column holds, or NULL; `axes` columns before hold something
 * else. The plot keeps it. */
static const char *node_of(struct plot *plot, size_t column, size_t axes)
{
    char *name = plot->variable[column];
    size_t length = strlen(name);
    if (column < axes || strcmp(plot->type[column], "voltage") != 0 || strncmp(name, "v(", 2) != 0 || name[2] == '@')
        return NULL;
    if (name[length - 1] == ')')
        name[length - 1] = '\0';
    return name + 2;
}

/* ---- json ------------------------------------------------------------------------------------------------------- */

static bool is_plain(const char *name)
{
    while (*name > ' ' && *name < 0x7f)
        name++;
    return *name == '\0';
}

static const json_t *find_node(const json_t *nodes, const char *name)
{
    for (size_t n = 0; n < json_array_size(nodes); n++) {
        const json_t *node = json_array_get(nodes, n);
        if (strcmp(json_string_value(json_object_get(node, "name")), name) == 0)
            return json_object_get(node, "volts");
    }
    return NULL;
}

/* The nodes of json are those of the last point of the last analysis. */
static void compare_last_point(const opspice *deck, struct plot *plot, size_t axes, const json_t *nodes)
{
    for (size_t v = 0; v < plot->variables; v++) {
        const char *name = node_of(plot, v, axes);
        double last = plot->value[(plot->points - 1) * plot->variables + v], volts;
        const json_t *number = name && is_plain(name) ? find_node(nodes, name) : NULL;
        if (number)
            fuzz_require(is_same(json_number_value(number), last));
        if (name && axes == 0 && opspice_voltage(deck, name, &volts) == OPSPICE_OK)
            fuzz_require(is_same(volts, last));
    }
}

/* ---- csv -------------------------------------------------------------------------------------------------------- */

/* A field, its quotes taken off; false at the end of a row. */
static bool take_field(struct reader *reader, char *field, size_t room)
{
    size_t length = 0;
    bool quoted = reader->at < reader->end && *reader->at == '"';
    for (reader->at += quoted;; reader->at++) {
        fuzz_require(reader->at < reader->end && length + 1 < room);
        if (quoted && *reader->at == '"' && *++reader->at != '"')
            break;
        if (!quoted && (*reader->at == ',' || *reader->at == '\n'))
            break;
        field[length++] = *reader->at;
    }
    field[length] = '\0';
    fuzz_require(*reader->at == ',' || *reader->at == '\n');
    return *reader->at++ == ',';
}

static void compare_csv(const opspice *deck, struct reader *reader)
{
    static char field[4][1 << 16];
    for (size_t row = 0; row <= opspice_node_count(deck); row++) {
        for (int f = 0; f < 4; f++)
            fuzz_require(take_field(reader, field[f], sizeof field[f]) == (f < 3));
        if (row == 0) {
            fuzz_require(strcmp(field[2], "value") == 0);
            continue;
        }
        fuzz_require(strcmp(field[1], opspice_node_name(deck, row - 1)) == 0);
        fuzz_require(is_same(strtod(field[2], NULL), opspice_node_voltages(deck)[row - 1]));
    }
}

/* ---- all -------------------------------------------------------------------------------------------------------- */

static struct fuzz_text written(opspice *deck, enum opspice_format format)
{
    if (opspice_write(deck, format, "out") != OPSPICE_OK)
        return (struct fuzz_text){NULL, 0};
    return fuzz_read_file("out");
}

static void compare(opspice *deck)
{
    enum { FORMATS = 4 };
    static const enum opspice_format format[FORMATS] = {OPSPICE_RAW_ASCII, OPSPICE_RAW_BINARY, OPSPICE_CSV,
                                                        OPSPICE_JSON};
    struct fuzz_text text[FORMATS];
    struct reader reader[FORMATS];
    for (int f = 0; f < FORMATS; f++) {
        text[f] = written(deck, format[f]);
        reader[f] = (struct reader){text[f].data, text[f].data + text[f].size};
    }
    json_t *json = text[3].data ? json_loadb(text[3].data, text[3].size, 0, NULL) : NULL;
    /* csv and json: not where a power overflows */
    fuzz_require(text[0].data && text[1].data && !json == !text[3].data);
    size_t results = opspice_result_count(deck), plots = 0;
    struct plot left, right;
    while (take_plot(&reader[0], &left, true)) {
        fuzz_require(take_plot(&reader[1], &right, false));
        compare_plots(&left, &right);
        if (results == 1 && json && strcmp(left.name, "Transfer Function") != 0)
            compare_last_point(deck, &left, opspice_result_axes(deck, 0), json_object_get(json, "nodes"));
        bool is_present = opspice_node_voltages(deck); /* no script has reset the deck since */
        if (results == 1 && text[2].data && strcmp(left.name, "Operating Point") == 0 && is_present &&
            opspice_result_axes(deck, 0) == 0)
            compare_csv(deck, &reader[2]);
        free_plot(&left);
        free_plot(&right);
        plots++;
    }
    fuzz_require(reader[1].at == reader[1].end && plots == results);
    json_decref(json);
    for (int f = 0; f < FORMATS; f++)
        free(text[f].data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int status;
    opspice *deck = fuzz_load((const char *)data, size, &status);
    if (status == OPSPICE_OK && fuzz_run(deck) == OPSPICE_OK && opspice_result_count(deck) > 0 &&
        opspice_node_count(deck) < MOST / 4)
        compare(deck);
    fuzz_close(deck);
    return 0;
}
