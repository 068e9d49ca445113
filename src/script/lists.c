/* Commands that show what there is. */
#include "script/commands.h"

#include "script/lines.h"
#include "util/array.h"
#include "write/date.h"
#include "write/label.h"
#include "write/sink.h"
#include <stdlib.h>
#include <string.h>

static void list_plots(struct script *script)
{
    const struct session *session = script->session;
    const struct output *output = script->output;
    char name[PLOT_NAME];
    fputs("List of plots available:\n\n", script->out);
    for (size_t r = session->results; r-- > 0;) {
        const struct plot *plot = &session->result[r].plot;
        fprintf(script->out, "%s%s\t%.*s (%s)\n", r == script->current ? "Current " : "\t",
                script_plot_name(plot, name), (int)output->title_length, output->title ? output->title : "",
                plot_title(plot));
    }
    fprintf(script->out, "%sconst\tConstant values (constants)\n", script->current == NO_RESULT ? "Current " : "\t");
}

/* setplot: list the plots; setplot name: make it current; setplot new: make one for vectors of its own */
void command_setplot(struct script *script, struct command command)
{
    if (command.length == 0) {
        list_plots(script);
        return;
    }
    if (line_word_is(command.text, command.length, "new")) {
        if (session_add_plot(script->session))
            script->current = script->session->results - 1;
        else
            diagnose_no_memory(script->diagnostics);
        return;
    }
    size_t found = script_result_named(script, command.text, command.length);
    if (found != NO_RESULT || line_word_is(command.text, command.length, "const"))
        script->current = found;
    else
        script_complain(script, command, "there is no plot %.*s", (int)command.length, command.text);
}

/* ---- display ---- */

/* A vector as `display` shows it. */
struct shown {
    struct label label;
    const char *type;
    size_t length;
    bool is_scale;
};

static int compare_shown(const void *p, const void *q)
{
    const struct shown *a = p, *b = q;
    return label_compare(&a->label, &b->label);
}

static void put_vector(struct sink *sink, const struct shown *shown)
{
    enum { NAME_WIDTH = 20 };
    sink_text(sink, "    ");
    label_put_padded(&shown->label, sink, SIZE_MAX, NAME_WIDTH);
    sink_text(sink, ": ");
    sink_text(sink, shown->type);
    sink_text(sink, ", real, ");
    sink_count(sink, shown->length);
    sink_text(sink, shown->is_scale ? " long [default scale]\n" : " long\n");
}

/* All vectors of the plot, by name. Returns their number. */
static size_t gather(struct script *script, const struct plot *plot, struct shown *shown)
{
    const struct circuit *circuit = &script->session->circuit;
    size_t count = 0;
    if (plot->axes > 0) {
        const struct axis *axis = &plot->axis[plot->axes - 1];
        struct shown *scale = &shown[count++];
        label_of_axis(axis, &scale->type);
        *scale = (struct shown){{{axis_name(axis)}}, scale->type, plot->points, true};
    }
    for (size_t i = 0; i < plot_listed(plot); i++) {
        struct vector vector = plot->recorded.item[i];
        struct shown *one = &shown[count++];
        label_in_rawfile(&vector, circuit, &one->type);
        if (vector.kind == VECTOR_VOLTAGE && vector.k == GROUND)
            vector.parameter = "";
        *one = (struct shown){label_in_table(&vector, circuit), one->type, plot->points, plot->axes == 0 && i == 0};
    }
    for (size_t o = 0; o < plot->owns; o++)
        shown[count++] = (struct shown){{{plot->own[o].name}}, "notype", plot->own[o].length, false};
    qsort(shown, count, sizeof *shown, compare_shown);
    return count;
}

void command_display(struct script *script, struct command command)
{
    (void)command;
    const struct plot *plot = script_plot(script);
    const struct output *output = script->output;
    char name[PLOT_NAME], date[DATE_SIZE];
    struct shown *shown = array_new(1 + plot->recorded.count + plot->owns, sizeof *shown);
    if (!shown) {
        diagnose_no_memory(script->diagnostics);
        return;
    }
    date_text(output->date, date);
    fprintf(script->out, "Here are the vectors currently active:\n\nTitle: %.*s\nName: %s (%s)\nDate: %s\n\n",
            (int)output->title_length, output->title ? output->title : "", script_plot_name(plot, name),
            script->current == NO_RESULT ? "constants" : plot_title(plot), date);
    size_t count = gather(script, plot, shown);
    struct sink sink;
    sink_open(&sink, script->out);
    for (size_t s = 0; s < count; s++)
        put_vector(&sink, &shown[s]);
    sink_close(&sink); /* the stream keeps an error for its end */
    free(shown);
}

/* The number of a result when another one is dropped. */
static size_t without(size_t number, size_t dropped)
{
    if (number == NO_RESULT || number == dropped)
        return NO_RESULT;
    return number > dropped ? number - 1 : number;
}

/* What is current remains so, or else the last plot is. */
static void drop(struct script *script, size_t result)
{
    bool was_current = script->current == result;
    session_drop(script->session, result);
    script->current = without(script->current, result);
    script->live = without(script->live, result);
    if (was_current && script->session->results > 0)
        script->current = script->session->results - 1;
}

static void drop_all(struct script *script)
{
    session_forget(script->session);
    script->current = script->live = NO_RESULT;
}

/* destroy [all | names] */
void command_destroy(struct script *script, struct command command)
{
    const char *at = command.text, *end = command.text + command.length, *word;
    size_t length;
    if (command.length == 0 && script->current != NO_RESULT)
        drop(script, script->current);
    while (line_next_word(&at, end, &word, &length)) {
        size_t found = script_result_named(script, word, length);
        if (line_word_is(word, length, "all"))
            drop_all(script);
        else if (found != NO_RESULT)
            drop(script, found);
        else
            script_complain(script, command, "there is no plot %.*s", (int)length, word);
    }
}

/* ---- listing ---- */

/* The lines of the netlist's file. */
void command_listing(struct script *script, struct command command)
{
    (void)command;
    const struct source *source = &script->session->netlist.sources.item[0];
    const char *at = source->text, *end = source->text + source->size;
    fprintf(script->out, "\t%.*s\n\n", (int)script->output->title_length,
            script->output->title ? script->output->title : "");
    for (size_t line = 1; at < end; line++) {
        size_t length = 0;
        while (at + length < end && at[length] != '\n' && at[length] != '\r')
            length++;
        fprintf(script->out, "%6zu : %.*s\n", line, (int)length, at);
        at += length;
        at += at < end && *at == '\r' && at + 1 < end && at[1] == '\n' ? 2 : at < end;
    }
}

/* ---- show ---- */

enum { SHOW_WIDTH = 22 };

static void put_padded(FILE *out, const char *text)
{
    fprintf(out, "%*s", SHOW_WIDTH, text);
}

static void show_element(struct script *script, uint32_t element)
{
    static const char *const titles[] = {[ELEMENT_RESISTOR] = "Resistor: Simple linear resistor",
                                         [ELEMENT_SHORT] = "Short",
                                         [ELEMENT_CAPACITOR] = "Capacitor: Fixed capacitor",
                                         [ELEMENT_VSOURCE] = "Vsource: Independent voltage source",
                                         [ELEMENT_ISOURCE] = "Isource: Independent current source",
                                         [ELEMENT_DIODE] = "Diode: Junction Diode model"};
    static const char *const parameter[] = {"resistance", "dc", "id", "i", "vd", "p"};
    const struct session *session = script->session;
    const struct circuit *circuit = &session->circuit;
    fprintf(script->out, " %s\n%11s", titles[circuit->element[element].kind], "device");
    put_padded(script->out, circuit->elements.text[element]);
    fputc('\n', script->out);
    for (size_t p = 0; p < sizeof parameter / sizeof *parameter; p++) {
        struct vector vector;
        if (!lookup_parameter(circuit, element, parameter[p], strlen(parameter[p]), &vector) ||
            (vector.kind != VECTOR_VALUE && !session->engine.answered))
            continue;
        char number[32];
        snprintf(number, sizeof number, "%*g", SHOW_WIDTH, vector_value(&vector, circuit, &session->engine.op));
        without_locale(number);
        fprintf(script->out, "%11s%s\n", parameter[p], number);
    }
    fputc('\n', script->out);
}

/* show [all | elements] */
void command_show(struct script *script, struct command command)
{
    const char *at = command.text, *end = command.text + command.length, *word;
    const struct circuit *circuit = &script->session->circuit;
    size_t length;
    bool everything = command.length == 0;
    while (line_next_word(&at, end, &word, &length)) {
        uint32_t element = lookup_element(circuit, word, length);
        if (length == 1 && *word == ':')
            break; /* a list of parameters: all are shown */
        if (line_word_is(word, length, "all"))
            everything = true;
        else if (element != NAMES_NONE)
            show_element(script, element);
        else
            script_complain(script, command, "there is no element %.*s", (int)length, word);
    }
    for (uint32_t e = 0; everything && e < circuit->elements.count; e++)
        show_element(script, e);
}
