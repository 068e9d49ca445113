/* The command that reads rawfiles. */
#include "script/commands.h"

#include "script/output_files.h"
#include "script/plots.h"
#include "netlist/number.h"
#include "util/array.h"
#include "write/date.h"
#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A rawfile in memory, and what its head says. */
struct raw {
    const char *at, *end;
    char *title, *type; /* owned */
    size_t variables, points;
    bool is_complex;
};

/* The next line, without its end. False at the end of the text. */
static bool next_line(struct raw *raw, const char **line, size_t *length)
{
    if (raw->at == raw->end)
        return false;
    const char *end = memchr(raw->at, '\n', (size_t)(raw->end - raw->at));
    *line = raw->at;
    *length = (size_t)((end ? end : raw->end) - raw->at);
    raw->at = end ? end + 1 : raw->end;
    if (*length > 0 && (*line)[*length - 1] == '\r')
        --*length;
    return true;
}

/* What stands behind a key that begins the line, or NULL. */
static const char *value_of(const char *line, size_t *length, const char *key)
{
    size_t size = strlen(key);
    if (*length < size || strncasecmp(line, key, size) != 0)
        return NULL;
    line += size;
    *length -= size;
    while (*length > 0 && line_is_blank(*line))
        line++, --*length;
    return line;
}

static void take(char **text, const char *value, size_t length)
{
    free(*text);
    *text = strndup(value, length);
}

/* The head of the next plot, up to its variables. False: there is none. */
static bool read_head(struct raw *raw)
{
    const char *line, *value;
    size_t length;
    raw->variables = raw->points = 0;
    raw->is_complex = false;
    while (next_line(raw, &line, &length)) {
        size_t rest = length;
        if ((value = value_of(line, &rest, "Title:")))
            take(&raw->title, value, rest);
        else if (rest = length, (value = value_of(line, &rest, "Plotname:")))
            take(&raw->type, value, rest);
        else if (rest = length, (value = value_of(line, &rest, "Flags:")))
            raw->is_complex = memmem(value, rest, "complex", strlen("complex"));
        else if (rest = length, (value = value_of(line, &rest, "No. Variables:")))
            raw->variables = strtoul(value, NULL, 10);
        else if (rest = length, (value = value_of(line, &rest, "No. Points:")))
            raw->points = strtoul(value, NULL, 10);
        else if (rest = length, value_of(line, &rest, "Variables:"))
            return true;
    }
    return false;
}

/* The lines of the variables: number, name, type. A name that stands twice, as that of the scale does where it was
 * asked for, is one vector. False: they are wrong, or memory is out. */
static bool read_variables(struct raw *raw, struct plot *plot, double **value)
{
    for (size_t v = 0; v < raw->variables; v++) {
        const char *line, *end, *number, *name, *type;
        size_t length, number_length, name_length, type_length;
        if (!next_line(raw, &line, &length))
            return false;
        end = line + length;
        if (!line_next_word(&line, end, &number, &number_length) || !line_next_word(&line, end, &name, &name_length))
            return false;
        enum vector_type kind = TYPE_NONE;
        if (line_next_word(&line, end, &type, &type_length))
            plots_read_type(type, type_length, &kind);
        uint32_t before = plot_find_own(plot, name, name_length);
        value[v] = before != NAMES_NONE ? plot->own[before].value : array_new(raw->points, sizeof(double));
        if (!value[v] || (before == NAMES_NONE && !plot_let(plot, name, name_length, kind, value[v], raw->points)))
            return false;
    }
    return true;
}

static bool read_binary(struct raw *raw, double **value)
{
    for (size_t p = 0; p < raw->points; p++) {
        for (size_t v = 0; v < raw->variables; v++) {
            uint64_t bits;
            memcpy(&bits, raw->at, sizeof bits);
            bits = le64toh(bits);
            memcpy(&value[v][p], &bits, sizeof bits);
            raw->at += sizeof bits;
        }
    }
    return true;
}

/* Words up to the end of the values: each point's number, then its values. */
static bool read_ascii(struct raw *raw, double **value)
{
    for (size_t p = 0; p < raw->points; p++) {
        for (size_t v = 0; v <= raw->variables; v++) {
            while (raw->at < raw->end && (unsigned char)*raw->at <= ' ')
                raw->at++;
            const char *from = raw->at;
            double number;
            while (raw->at < raw->end && (unsigned char)*raw->at > ' ')
                raw->at++;
            if (raw->at == from || number_parse(from, (size_t)(raw->at - from), &number) != NUMBER_OK)
                return false;
            if (v > 0)
                value[v - 1][p] = number;
        }
    }
    const char *line;
    size_t length;
    while (raw->at < raw->end && (unsigned char)*raw->at <= ' ')
        next_line(raw, &line, &length);
    return true;
}

/* The vectors of a plot whose head was read. NULL: all is well; else what is not. */
static const char *read_vectors(struct raw *raw, struct plot *plot)
{
    const char *line;
    size_t length, bytes = (size_t)(raw->end - raw->at), size;
    if (raw->is_complex)
        return "its numbers are complex";
    if (raw->variables == 0 || raw->points == 0 || __builtin_mul_overflow(raw->variables, raw->points, &size) ||
        size > bytes)
        return "it is shorter than its head says";
    double **value = array_new(raw->variables, sizeof *value);
    if (!value)
        return "memory is out";
    const char *wrong = "its variables are not understood";
    if (read_variables(raw, plot, value) && next_line(raw, &line, &length)) {
        bool is_binary = value_of(line, &length, "Binary:"), is_ascii = value_of(line, &length, "Values:");
        wrong = "its values are not understood";
        if (is_binary && size > (size_t)(raw->end - raw->at) / sizeof(double))
            wrong = "it is shorter than its head says";
        else if ((is_binary && read_binary(raw, value)) || (is_ascii && read_ascii(raw, value)))
            wrong = NULL;
    }
    free(value);
    return wrong;
}

static const char *short_name(const char *type)
{
    if (strncmp(type, "Operating Point", strlen("Operating Point")) == 0)
        return plots_short_name(PLOT_OP);
    if (strncmp(type, "DC transfer", strlen("DC transfer")) == 0)
        return plots_short_name(PLOT_DC);
    if (strncmp(type, "Transfer Function", strlen("Transfer Function")) == 0)
        return plots_short_name(PLOT_TF);
    if (strncmp(type, "Sensitivity Analysis", strlen("Sensitivity Analysis")) == 0)
        return plots_short_name(PLOT_SENS);
    return plots_short_name(PLOT_OWN);
}

/* Read all plots. NULL: all is well; else what is not. */
static const char *read_plots(struct script *script, struct raw *raw)
{
    const char *wrong = "it is no rawfile";
    while (read_head(raw)) {
        struct result result = {.by_script = true, .plot = {.kind = PLOT_OWN, .points = raw->points}};
        wrong = read_vectors(raw, &result.plot);
        const char *title = raw->title ? raw->title : "", *type = raw->type ? raw->type : "unknown";
        result.plot.own_scale = !wrong;
        bool is_read = !wrong;
        if (!wrong && !plots_add(script, plots_new(script, short_name(type), type, title, strlen(title)), &result))
            wrong = "memory is out";
        script->plot_number += is_read; /* as in ngspice the next one, of any kind, has a larger number */
        result_free(&result);
        if (wrong)
            break;
    }
    return wrong;
}

/* As ngspice tells of a file: its plots, which are those from this one on. */
static void say_loaded(struct script *script, struct command name, size_t plots)
{
    fprintf(script->out, "Loading raw data file (\"%.*s\") ...\ndone.\n", (int)name.length, name.text);
    for (size_t p = plots; p < script->plots; p++) {
        char date[DATE_SIZE];
        date_text(script->plot[p]->date, date);
        fprintf(script->out, "Title:  %s\nName: %s\nDate: %s\n\n", script->plot[p]->title, script->plot[p]->type, date);
    }
}

/* load [files]: the plots of rawfiles */
void command_load(struct script *script, struct command command)
{
    const char *at = command.text, *end = command.text + command.length, *name = "rawspice.raw";
    size_t length = strlen(name);
    line_next_word(&at, end, &name, &length);
    do {
        size_t size;
        char *text = script_read_file(script, command, name, length, SIZE_MAX, &size);
        if (!text)
            return;
        struct raw raw = {.at = text, .end = text + size};
        size_t before = script->plots;
        const char *wrong = read_plots(script, &raw);
        if (wrong)
            script_complain(script, command, "%.*s cannot be loaded: %s", (int)length, name, wrong);
        else
            say_loaded(script, text_between(name, name + length), before);
        free(raw.title);
        free(raw.type);
        free(text);
    } while (line_next_word(&at, end, &name, &length));
    command_display(script, (struct command){.text = end});
}
