/* Commands that show what there is. */
#include "script/state.h"

#include "write/label.h"
#include "write/sink.h"
#include <string.h>

static const char *const kind_names[] = {[PLOT_OP] = "op", [PLOT_DC] = "dc", [PLOT_TF] = "tf"};

/* The number of the result that is called op1, dc2, .., or NO_RESULT. */
static size_t find_result(const struct script *script, const char *name, size_t length)
{
    for (size_t r = 0; r < script->session->results; r++) {
        const struct plot *plot = &script->session->result[r].plot;
        char own[32];
        int written = snprintf(own, sizeof own, "%s%u", kind_names[plot->kind], plot->number);
        if ((size_t)written == length && strncasecmp(own, name, length) == 0)
            return r;
    }
    return NO_RESULT;
}

/* setplot: list the plots; setplot name: make it current; `new`, `next` and their like are not needed in batch mode */
void command_setplot(struct script *script, struct command command)
{
    const struct session *session = script->session;
    const struct output *output = script->output;
    if (command.length > 0) {
        size_t found = find_result(script, command.text, command.length);
        bool is_constants = command.length == strlen("const") && strncasecmp(command.text, "const", command.length) == 0;
        if (found == NO_RESULT && !is_constants)
            complain(script, command, "there is no plot %.*s", (int)command.length, command.text);
        else
            script->current = found;
        return;
    }
    fputs("List of plots available:\n\n", script->out);
    for (size_t r = session->results; r-- > 0;) {
        const struct plot *plot = &session->result[r].plot;
        fprintf(script->out, "%s%s%u\t%.*s (%s)\n", r == script->current ? "Current " : "\t", kind_names[plot->kind],
                plot->number, (int)output->title_length, output->title ? output->title : "", plot_title(plot));
    }
    fprintf(script->out, "%sconst\tConstant values (constants)\n", script->current == NO_RESULT ? "Current " : "\t");
}

static void put_vector(struct script *script, const struct label *label, const char *type, size_t length)
{
    enum { NAME_WIDTH = 20 };
    struct sink sink;
    sink_open(&sink, script->out);
    sink_text(&sink, "    ");
    label_put_padded(label, &sink, SIZE_MAX, NAME_WIDTH);
    sink_text(&sink, ": ");
    sink_text(&sink, type);
    sink_text(&sink, ", real, ");
    sink_count(&sink, length);
    sink_text(&sink, " long\n");
    sink_close(&sink); /* the stream keeps an error for its end */
}

void command_display(struct script *script, struct command command)
{
    (void)command;
    const struct plot *plot = current_plot(script);
    fprintf(script->out, "Here are the vectors currently active:\n\nTitle: %.*s\n", (int)script->output->title_length,
            script->output->title ? script->output->title : "");
    if (script->current == NO_RESULT)
        fputs("Name: const (Constant values)\n\n", script->out);
    else
        fprintf(script->out, "Name: %s%u (%s)\n\n", kind_names[plot->kind], plot->number, plot_title(plot));
    for (size_t i = 0; i < plot->recorded.count; i++) {
        const char *type;
        struct vector vector = plot->recorded.item[i];
        label_in_rawfile(&vector, &script->session->circuit, &type);
        if (vector.kind == VECTOR_VOLTAGE && vector.k == GROUND)
            vector.parameter = "";
        struct label label = label_in_table(&vector, &script->session->circuit);
        put_vector(script, &label, type, plot->points);
    }
    for (size_t o = 0; o < plot->owns; o++)
        put_vector(script, &(struct label){{plot->own[o].name}}, "notype", plot->own[o].length);
}

/* destroy [all | names] */
void command_destroy(struct script *script, struct command command)
{
    const char *at = command.text, *end = command.text + command.length, *word;
    size_t length;
    if (command.length == 0 && script->current != NO_RESULT)
        session_drop(script->session, script->current);
    while (next_word(&at, end, &word, &length)) {
        size_t found = find_result(script, word, length);
        if (length == 3 && strncasecmp(word, "all", 3) == 0)
            session_forget(script->session);
        else if (found != NO_RESULT)
            session_drop(script->session, found);
        else
            complain(script, command, "there is no plot %.*s", (int)length, word);
    }
    size_t left = script->session->results;
    script->current = left > 0 ? left - 1 : NO_RESULT;
    script->live = NO_RESULT;
}

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
            (vector.kind != VECTOR_VALUE && !session->simulation.answered))
            continue;
        fprintf(script->out, "%11s%*g\n", parameter[p], SHOW_WIDTH,
                vector_value(&vector, circuit, &session->simulation.op));
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
    while (next_word(&at, end, &word, &length)) {
        uint32_t element = lookup_element(circuit, word, length);
        if (length == 1 && *word == ':')
            break; /* a list of parameters: all are shown */
        if (length == 3 && strncasecmp(word, "all", 3) == 0)
            everything = true;
        else if (element != NAMES_NONE)
            show_element(script, element);
        else
            complain(script, command, "there is no element %.*s", (int)length, word);
    }
    for (uint32_t e = 0; everything && e < circuit->elements.count; e++)
        show_element(script, e);
}
