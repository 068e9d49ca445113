/* Commands that show what there is. */
#include "script/commands.h"

#include "analysis/card_values.h"
#include "script/plots.h"
#include "util/letters.h"
#include "write/date.h"
#include "write/sink.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void list_plots(struct script *script)
{
    fputs("List of plots available:\n\n", script->out);
    for (size_t p = script->plots; p-- > 0;) {
        const struct script_plot *plot = script->plot[p];
        fprintf(script->out, "%s%s\t%s (%s)\n", plot == script->current ? "Current " : "\t", plot->name, plot->title,
                plot->type);
    }
}

static void new_plot(struct script *script)
{
    static const char title[] = "Anonymous";
    struct result result = {.by_script = true, .plot = {.kind = PLOT_OWN, .points = 1}};
    struct script_plot *plot =
        plots_new(script, plots_short_name(PLOT_OWN), plot_title(&result.plot), title, strlen(title));
    if (!plots_add(script, plot, &result))
        diagnose_no_memory(script->diagnostics);
}

/* The next older or newer plot becomes the current one; at the end none does. */
static void step(struct script *script, bool to_older)
{
    size_t number = 0;
    while (script->plot[number] != script->current)
        number++;
    if (to_older ? number > 0 : number + 1 < script->plots)
        script->current = script->plot[to_older ? number - 1 : number + 1];
}

/* setplot: list the plots; setplot name, previous, next: make it current; setplot new: make one for vectors of its
 * own */
void command_setplot(struct script *script, struct command command)
{
    struct script_plot *found = script_plot_named(script, command.text, command.length);
    if (command.length == 0)
        list_plots(script);
    else if (letters_spell(command.text, command.length, "new"))
        new_plot(script);
    else if (letters_spell(command.text, command.length, "previous"))
        step(script, true);
    else if (letters_spell(command.text, command.length, "next"))
        step(script, false);
    else if (found)
        script->current = found;
    else
        script_complain(script, command, "there is no plot %.*s", (int)command.length, command.text);
}

/* ---- display ---- */

static int compare_names(const void *p, const void *q)
{
    const struct script_vector *a = p, *b = q;
    return strcmp(a->name, b->name);
}

static void show_vector(struct script *script, const struct script_vector *vector)
{
    fprintf(script->out, "    %-20s: %s, real, %zu long%s\n", vector->name, plots_type_text(vector->type),
            vector->length, vector->is_scale ? " [default scale]" : "");
}

/* Is the vector the one that a word names: out, v(out); 2, V(2)? */
static bool is_named(const struct script_vector *vector, const char *word, size_t length)
{
    const char *name = vector->name;
    size_t size = strlen(name);
    if (size > 3 && lower(name[0]) == 'v' && name[1] == '(') {
        name += 2;
        size -= 3;
    }
    if (length > 3 && lower(word[0]) == 'v' && word[1] == '(' && word[length - 1] == ')') {
        word += 2;
        length -= 3;
    }
    return size == length && strncasecmp(name, word, length) == 0;
}

static void show_named(struct script *script, struct command command, const struct script_vector *list, size_t count)
{
    const char *at = command.text, *end = command.text + command.length, *word;
    size_t length;
    while (line_next_word(&at, end, &word, &length)) {
        size_t v = 0;
        while (v < count && !is_named(&list[v], word, length))
            v++;
        if (v < count)
            show_vector(script, &list[v]);
        else
            script_complain(script, command, "there is no vector %.*s", (int)length, word);
    }
}

static void show_all(struct script *script, const struct script_plot *plot, struct script_vector *list, size_t count)
{
    char date[DATE_SIZE];
    date_text(plot->date, date);
    fprintf(script->out, "Here are the vectors currently active:\n\nTitle: %s\nName: %s (%s)\nDate: %s\n\n",
            plot->title, plot->name, plot->type, date);
    qsort(list, count, sizeof *list, compare_names);
    for (size_t v = 0; v < count; v++)
        show_vector(script, &list[v]);
}

/* display [names]: what the current plot holds */
void command_display(struct script *script, struct command command)
{
    const struct script_plot *plot = script->current;
    size_t count;
    struct script_vector *list = script_vectors(plot, &count);
    if (!list) {
        diagnose_no_memory(script->diagnostics);
        return;
    }
    if (command.length > 0 && !letters_spell(command.text, command.length, "all"))
        show_named(script, command, list, count);
    else
        show_all(script, plot, list, count);
    script_vectors_free(list, count);
}

/* destroy [all | names] */
void command_destroy(struct script *script, struct command command)
{
    const char *at = command.text, *end = command.text + command.length, *word;
    size_t length;
    if (command.length == 0 && script->current != plots_constants(script))
        plots_remove(script, script->current);
    while (line_next_word(&at, end, &word, &length)) {
        struct script_plot *found = script_plot_named(script, word, length);
        if (letters_spell(word, length, "all"))
            plots_remove_all(script);
        else if (found && found != plots_constants(script))
            plots_remove(script, found);
        else
            script_complain(script, command, found ? "the constants stay" : "there is no plot %.*s", (int)length, word);
    }
}

/* ---- listing ---- */

/* The lines of the netlist's file. */
void command_listing(struct script *script, struct command command)
{
    if (!script->here) {
        script_has_circuit(script, command);
        return;
    }
    const struct netlist *netlist = &script_session(script)->netlist;
    const struct source *source = &netlist->sources.item[0];
    const char *at = source->text, *end = source->text + source->size;
    fprintf(script->out, "\t%.*s\n\n", (int)netlist->title_length, netlist->title ? netlist->title : "");
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

/* The head of an element, by the letter of its card. */
static const char *head_of(char letter)
{
    switch (letter) {
    case 'r': return "Resistor: Simple linear resistor";
    case 'c': return "Capacitor: Fixed capacitor";
    case 'l': return "Inductor: Fixed inductor";
    case 'v': return "Vsource: Independent voltage source";
    case 'i': return "Isource: Independent current source";
    case 'd': return "Diode: Junction Diode model";
    case 'q': return "BJT: Bipolar Junction Transistor";
    case 'j': return "JFET: Junction Field effect transistor";
    case 'm': return "Mos: MOS field effect transistor";
    case 'z': return "MES: GaAs MESFET model";
    default: return "Device";
    }
}

/* What `show` is to tell of each element; no parameters: all that there are. */
struct shown {
    struct script *script;
    const char *parameters, *end; /* behind the colon */
};

static void show_parameter(const struct shown *shown, uint32_t element, const char *name, size_t length, bool is_asked)
{
    const struct session *session = script_session(shown->script);
    struct vector vector;
    char number[32];
    if (!lookup_parameter(&session->circuit, element, name, length, &vector) ||
        (vector.kind != VECTOR_VALUE && !session->engine.answered)) {
        if (is_asked)
            fprintf(shown->script->out, "%11.*s%*s\n", (int)length, name, SHOW_WIDTH, "-");
        return;
    }
    snprintf(number, sizeof number, "%*g", SHOW_WIDTH, vector_value(&vector, &session->circuit, &session->engine.op));
    without_locale(number);
    fprintf(shown->script->out, "%11.*s%s\n", (int)length, name, number);
}

/* Its name as ngspice has it: r.x1.r1 in a subcircuit. */
static void put_element_name(FILE *out, const struct circuit *circuit, uint32_t element)
{
    const char *prefix = element_prefix(circuit, element), *text = circuit->elements.text[element];
    size_t length = strlen(prefix) + strlen(text);
    fprintf(out, "%*s%s", length < SHOW_WIDTH ? SHOW_WIDTH - (int)length : 1, "", prefix);
    fputs(text, out);
}

/* The name of its model; of passive elements without one their letter, as ngspice has it. Length 0: it has none. */
static struct expression_word model_of(const struct session *session, uint32_t element)
{
    static const char letters[] = "RCL";
    const struct device *device = circuit_device(&session->circuit, element);
    if (device)
        return (struct expression_word){device->model_name, device->model_length};
    const struct card *model = find_model_of(session, element);
    if (model)
        return (struct expression_word){model->arg[1].text, model->arg[1].length};
    const char letter = element_letter(&session->circuit, element);
    const char *known = letter == '\0' ? NULL : strchr(letters, toupper((unsigned char)letter));
    return (struct expression_word){known ? known : letters, known ? 1 : 0};
}

static void show_quantities(const struct shown *shown, const struct device *device)
{
    for (const struct device_quantity *quantity = device->kind->quantity; quantity->name; quantity++)
        show_parameter(shown, device->named, quantity->name, strlen(quantity->name), false);
}

static void show_element(const struct shown *shown, uint32_t element)
{
    static const char *const parameter[] = {"resistance", "dc", "id", "i", "vd", "gd", "p"};
    const struct circuit *circuit = &script_session(shown->script)->circuit;
    const char *at = shown->parameters, *word;
    size_t length;
    fprintf(shown->script->out, " %s\n%11s", head_of(element_letter(circuit, element)), "device");
    put_element_name(shown->script->out, circuit, element);
    fputc('\n', shown->script->out);
    const struct device *device = circuit_device(circuit, element);
    const struct expression_word model = model_of(script_session(shown->script), element);
    if (model.length > 0)
        fprintf(shown->script->out, "%11s%*.*s\n", "model", SHOW_WIDTH, (int)model.length, model.text);
    bool is_asked = at && line_next_word(&at, shown->end, &word, &length) && !letters_spell(word, length, "all") &&
                    !letters_spell(word, length, "*");
    if (device && !is_asked)
        show_quantities(shown, device);
    for (size_t p = 0; !device && !is_asked && p < sizeof parameter / sizeof *parameter; p++)
        show_parameter(shown, element, parameter[p], strlen(parameter[p]), false);
    if (is_asked) {
        do
            show_parameter(shown, element, word, length, true);
        while (line_next_word(&at, shown->end, &word, &length));
    }
    fputc('\n', shown->script->out);
}

/* All elements of a letter; 0: of all. */
static void show_letter(const struct shown *shown, char letter)
{
    const struct circuit *circuit = &script_session(shown->script)->circuit;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct device *device = circuit_device(circuit, e);
        if ((letter == '\0' || element_letter(circuit, e) == letter) && (!device || device->named == e))
            show_element(shown, e);
    }
}

/* All elements of a model. False: there is none. */
static bool show_of_model(const struct shown *shown, const char *name, size_t length)
{
    const struct session *session = script_session(shown->script);
    bool found = false;
    for (uint32_t e = 0; e < session->circuit.elements.count; e++) {
        const struct device *device = circuit_device(&session->circuit, e);
        const struct expression_word model = model_of(session, e);
        if (model.length != length || strncasecmp(model.text, name, length) != 0 || (device && device->named != e))
            continue;
        show_element(shown, e);
        found = true;
    }
    return found;
}

/* show [all | letters | elements | #models] [: parameters] */
void command_show(struct script *script, struct command command)
{
    const char *at = command.text, *end = command.text + command.length, *word;
    size_t length;
    if (!script_has_circuit(script, command))
        return;
    const char *colon = memchr(at, ':', command.length);
    while (colon && colon > at && !line_is_blank(colon[-1])) /* x1:r1 is a name */
        colon = memchr(colon + 1, ':', (size_t)(end - colon) - 1);
    struct shown shown = {script, colon ? colon + 1 : NULL, end};
    bool has_names = false;
    while (line_next_word(&at, colon ? colon : end, &word, &length)) {
        uint32_t element = lookup_element(&script_session(script)->circuit, word, length);
        has_names = true;
        if (letters_spell(word, length, "all") || letters_spell(word, length, "#"))
            show_letter(&shown, '\0');
        else if (element != NAMES_NONE)
            show_element(&shown, element);
        else if (*word == '#' && show_of_model(&shown, word + 1, length - 1))
            continue;
        else if (length == 1)
            show_letter(&shown, lower(*word));
        else
            script_complain(script, command, "there is no element %.*s", (int)length, word);
    }
    if (!has_names)
        show_letter(&shown, '\0');
}

/* ---- circuits ---- */

static void print_title(struct script *script, const struct loaded *loaded)
{
    const struct netlist *netlist = &loaded->session->netlist;
    fprintf(script->out, "%.*s\n", (int)netlist->title_length, netlist->title ? netlist->title : "");
}

/* setcirc: list the circuits, the last one first as in ngspice; setcirc number: make it the current one */
void command_setcirc(struct script *script, struct command command)
{
    size_t number = 0;
    char *end;
    unsigned long wanted = strtoul(command.text, &end, 10);
    if (command.length == 0 && !script->here)
        script_complain(script, command, "there is no circuit loaded");
    else if (command.length == 0)
        fputs("List of circuits loaded:\n\n", script->out);
    for (size_t c = script->circuits; c-- > 0;) {
        struct loaded *loaded = script->circuit[c];
        if (loaded->is_removed)
            continue;
        number++;
        if (command.length == 0) {
            fprintf(script->out, "%s\t%zu\t", loaded == script->here ? "Current" : "", number);
            print_title(script, loaded);
        } else if (number == wanted && *end == '\0') {
            fputc('\t', script->out);
            print_title(script, loaded);
            script->live = loaded == script->here ? script->live : NULL;
            script->here = loaded;
            return;
        }
    }
    if (command.length > 0)
        script_complain(script, command, "there is no circuit %.*s", (int)command.length, command.text);
}

/* remcirc: the current circuit is gone, and the one that came before it is current; plots stay */
void command_remcirc(struct script *script, struct command command)
{
    if (!script->here) {
        script_warn(script, command, "there is no circuit loaded: remcirc is ignored");
        return;
    }
    script->here->is_removed = true;
    script->here = NULL;
    script->live = NULL;
    plots_release_circuits(script);
    for (size_t c = 0; c < script->circuits; c++) {
        if (!script->circuit[c]->is_removed)
            script->here = script->circuit[c];
    }
}
