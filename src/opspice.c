/* The public API: a list of named steps over the rooms. */
#include "opspice.h"

#include "analysis/requests.h"
#include "analysis/simulation.h"
#include "circuit/words.h"
#include "flatten/flatten.h"
#include "netlist/number.h"
#include "reader.h"
#include "write/output.h"
#include "write/whole_file.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct opspice {
    struct netlist netlist;
    struct flat *flat;
    struct requests requests;
    struct circuit circuit;
    struct simulation simulation;
    struct diagnostics load_diagnostics, solve_diagnostics;
    struct solve_options options;
    bool all_ideal;               /* option diode=ideal */
    bool loaded, ready;           /* a netlist was read; it is a program to solve */
    char *title; /* NUL-terminated copy */
    opspice_certificate certificate;
    opspice_stats stats;
};

const char *opspice_version(void)
{
    return OPSPICE_VERSION;
}

opspice *opspice_new(void)
{
    opspice *deck = calloc(1, sizeof *deck);
    if (deck)
        deck->options = (struct solve_options){METHOD_AUTO, 1e-9, 0};
    return deck;
}

void opspice_free(opspice *deck)
{
    if (!deck)
        return;
    simulation_free(&deck->simulation);
    circuit_free(&deck->circuit);
    requests_free(&deck->requests);
    flatten_free(deck->flat);
    netlist_free(&deck->netlist);
    diagnostics_free(&deck->load_diagnostics);
    diagnostics_free(&deck->solve_diagnostics);
    free(deck->title);
    free(deck);
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void lap(double *mark, double *total)
{
    double now = seconds();
    *total += now - *mark;
    *mark = now;
}

static int verdict(const struct diagnostics *diagnostics)
{
    if (diagnostics->out_of_memory)
        return OPSPICE_SYSTEM;
    if (diagnostics->errors)
        return OPSPICE_NETLIST;
    return diagnostics->outcomes ? OPSPICE_NO_OPERATING_POINT : OPSPICE_OK;
}

/* ---- options ---------------------------------------------------------------------------------------------------- */

static int set_solver(opspice *deck, const char *value)
{
    static const char *const names[] = {[METHOD_AUTO] = "auto", [METHOD_CD] = "cd", [METHOD_NEWTON] = "newton"};
    for (int method = 0; method <= METHOD_NEWTON; method++)
        if (strcmp(value, names[method]) == 0) {
            deck->options.method = (enum solve_method)method;
            return OPSPICE_OK;
        }
    return OPSPICE_USAGE;
}

static int set_diode(opspice *deck, const char *value)
{
    bool ideal = strcmp(value, "ideal") == 0;
    if (deck->loaded || (!ideal && strcmp(value, "model") != 0))
        return OPSPICE_USAGE;
    deck->all_ideal = ideal;
    return OPSPICE_OK;
}

static int set_tolerance(opspice *deck, const char *value)
{
    double number;
    if (number_parse(value, strlen(value), &number) != NUMBER_OK || !(number > 0))
        return OPSPICE_USAGE;
    deck->options.tolerance = number;
    return OPSPICE_OK;
}

static int set_threads(opspice *deck, const char *value)
{
    double number;
    if (number_parse(value, strlen(value), &number) != NUMBER_OK || number < 0 || number > 4096 || number != floor(number))
        return OPSPICE_USAGE;
    deck->options.threads = (int)number;
    return OPSPICE_OK;
}

int opspice_set(opspice *deck, const char *option, const char *value)
{
    static const struct {
        const char *name;
        int (*set)(opspice *deck, const char *value);
    } options[] = {{"solver", set_solver}, {"diode", set_diode}, {"tolerance", set_tolerance}, {"threads", set_threads}};
    for (size_t q = 0; q < sizeof options / sizeof *options; q++)
        if (strcmp(option, options[q].name) == 0)
            return options[q].set(deck, value);
    return OPSPICE_USAGE;
}

/* ---- load ------------------------------------------------------------------------------------------------------- */

/* From cards to the circuit and what is asked of it; the cards are not needed afterwards. */
static int build(opspice *deck)
{
    struct diagnostics *diagnostics = &deck->load_diagnostics;
    deck->flat = flatten(&deck->netlist, diagnostics);
    if (!deck->flat)
        return OPSPICE_SYSTEM;
    requests_options(&deck->requests, &deck->netlist, deck->flat, diagnostics);
    flatten_conditions(deck->flat, deck->requests.conditions.temp, deck->requests.seed);
    if (deck->all_ideal)
        deck->requests.reading = DIODE_IDEAL;
    if (!circuit_build(&deck->circuit, &deck->netlist, deck->flat, deck->requests.reading, &deck->requests.conditions,
                       diagnostics) ||
        !requests_vectors(&deck->requests, &deck->netlist, &deck->circuit, diagnostics))
        return OPSPICE_SYSTEM;
    netlist_free_cards(&deck->netlist);
    return verdict(diagnostics);
}

/* From the circuit to a program with a minimum. */
static int lower(opspice *deck)
{
    if (!simulation_init(&deck->simulation, &deck->circuit, &deck->options, true) ||
        !simulation_check(&deck->simulation, &deck->load_diagnostics))
        return OPSPICE_SYSTEM;
    return verdict(&deck->load_diagnostics);
}

static bool copy_title(opspice *deck)
{
    deck->title = calloc(1, deck->netlist.title_length + 1);
    if (deck->title && deck->netlist.title)
        memcpy(deck->title, deck->netlist.title, deck->netlist.title_length);
    return deck->title;
}

static int load(opspice *deck, const char *name, const char *text, size_t size)
{
    double mark = seconds();
    if (deck->loaded)
        return OPSPICE_USAGE;
    deck->loaded = true;
    enum reader_status read = text ? reader_memory(&deck->netlist, name, text, size, &deck->load_diagnostics)
                                   : reader_file(&deck->netlist, name, &deck->load_diagnostics);
    lap(&mark, &deck->stats.read);
    if (read != READER_OK || !copy_title(deck))
        return OPSPICE_SYSTEM;
    int status = build(deck);
    lap(&mark, &deck->stats.build);
    if (status == OPSPICE_OK)
        status = lower(deck);
    lap(&mark, &deck->stats.lower);
    deck->ready = status == OPSPICE_OK;
    return status;
}

int opspice_load_file(opspice *deck, const char *path)
{
    return load(deck, path, NULL, 0);
}

int opspice_load_memory(opspice *deck, const char *name, const char *text, size_t size)
{
    return load(deck, name, text ? text : "", size);
}

/* ---- solve ------------------------------------------------------------------------------------------------------ */

static const char *name_of(const struct names *names, uint32_t number)
{
    return number == CERTIFICATE_NONE ? NULL : names->text[number];
}

static void show_certificate(opspice *deck)
{
    const struct certificate *proof = &deck->simulation.op.certificate;
    deck->certificate = (opspice_certificate){.kcl = proof->kcl,
                                              .kcl_relative = proof->kcl_relative,
                                              .kcl_floor = proof->kcl_floor,
                                              .kcl_node = name_of(&deck->circuit.nodes, proof->kcl_node),
                                              .law = proof->law,
                                              .law_relative = proof->law_relative,
                                              .law_element = name_of(&deck->circuit.elements, proof->law_element),
                                              .complementarity = proof->complementarity,
                                              .power = proof->power,
                                              .power_relative = proof->power_relative,
                                              .tolerance = proof->tolerance,
                                              .proved = proof->proved};
}

/* What solving took, for the statistics. */
static void count(opspice *deck)
{
    const struct simulation *simulation = &deck->simulation;
    struct solve_info info = simulation_info(simulation);
    opspice_stats *stats = &deck->stats;
    stats->solver = simulation_method(simulation);
    stats->nodes = deck->circuit.nodes.count - 1;
    stats->branches = deck->circuit.elements.count;
    stats->supernodes = (size_t)simulation->qp.L.n;
    stats->diodes = simulation->qp.knees;
    stats->nonzeros = info.nonzeros;
    stats->fill = info.fill;
    stats->sweeps = info.sweeps;
    stats->factorisations = info.factorisations;
    stats->analyses = info.analyses;
    stats->outer = info.outer;
    stats->solve = simulation->seconds_solve;
    stats->recover = simulation->seconds_recover;
    stats->prove = simulation->seconds_prove;
}

int opspice_solve(opspice *deck)
{
    diagnostics_free(&deck->solve_diagnostics);
    if (!deck->loaded)
        return OPSPICE_USAGE;
    int status = verdict(&deck->load_diagnostics);
    if (status == OPSPICE_OK && !deck->ready)
        return OPSPICE_SYSTEM; /* memory was out while loading */
    if (status != OPSPICE_OK)
        return status;
    deck->simulation.options = deck->options;
    enum simulation_status solved = simulation_solve(&deck->simulation, &deck->solve_diagnostics);
    count(deck);
    if (deck->simulation.answered)
        show_certificate(deck);
    return solved == SIMULATION_NO_MEMORY ? OPSPICE_SYSTEM : verdict(&deck->solve_diagnostics);
}

int opspice_set_source(opspice *deck, const char *name, double value)
{
    uint32_t number = names_find(&deck->circuit.elements, name, strlen(name));
    if (number == NAMES_NONE || !isfinite(value))
        return OPSPICE_USAGE;
    uint32_t kind = deck->circuit.element[number].kind;
    if (kind != ELEMENT_VSOURCE && kind != ELEMENT_ISOURCE)
        return OPSPICE_USAGE;
    simulation_set_source(&deck->simulation, number, value);
    return OPSPICE_OK;
}

/* ---- the answer --------------------------------------------------------------------------------------------------- */

const char *opspice_title(const opspice *deck)
{
    return deck->title ? deck->title : "";
}

size_t opspice_node_count(const opspice *deck)
{
    return deck->circuit.nodes.count ? deck->circuit.nodes.count - 1 : 0;
}

const char *opspice_node_name(const opspice *deck, size_t node)
{
    return node < opspice_node_count(deck) ? deck->circuit.nodes.text[node + 1] : NULL;
}

const double *opspice_node_voltages(const opspice *deck)
{
    return deck->simulation.answered ? deck->simulation.op.voltage + 1 : NULL;
}

int opspice_voltage(const opspice *deck, const char *node, double *volts)
{
    uint32_t number = GROUND;
    if (!node_is_ground(node, strlen(node)))
        number = names_find(&deck->circuit.nodes, node, strlen(node));
    if (!deck->simulation.answered || number == NAMES_NONE)
        return OPSPICE_USAGE;
    *volts = deck->simulation.op.voltage[number];
    return OPSPICE_OK;
}

size_t opspice_branch_count(const opspice *deck)
{
    return deck->circuit.elements.count;
}

const char *opspice_branch_name(const opspice *deck, size_t branch)
{
    return branch < opspice_branch_count(deck) ? deck->circuit.elements.text[branch] : NULL;
}

const double *opspice_branch_currents(const opspice *deck)
{
    return deck->simulation.answered ? deck->simulation.op.current : NULL;
}

int opspice_current(const opspice *deck, const char *element, double *amperes)
{
    uint32_t number = names_find(&deck->circuit.elements, element, strlen(element));
    if (!deck->simulation.answered || number == NAMES_NONE)
        return OPSPICE_USAGE;
    *amperes = deck->simulation.op.current[number];
    return OPSPICE_OK;
}

const opspice_certificate *opspice_get_certificate(const opspice *deck)
{
    return deck->simulation.answered ? &deck->certificate : NULL;
}

const opspice_stats *opspice_get_stats(const opspice *deck)
{
    return &deck->stats;
}

/* ---- output ------------------------------------------------------------------------------------------------------- */

static struct output gather(const opspice *deck)
{
    const opspice_stats *stats = &deck->stats;
    return (struct output){
        .version = OPSPICE_VERSION,
        .date = time(NULL),
        .title = deck->netlist.title,
        .title_length = deck->netlist.title_length,
        .circuit = &deck->circuit,
        .op = &deck->simulation.op,
        .requests = &deck->requests,
        .statistics = {.solver = stats->solver,
                       .nodes = stats->nodes,
                       .branches = stats->branches,
                       .supernodes = stats->supernodes,
                       .diodes = stats->diodes,
                       .info = simulation_info(&deck->simulation),
                       .time = {stats->read, stats->build, stats->lower, stats->solve, stats->recover, stats->prove}}};
}

int opspice_write(opspice *deck, enum opspice_format format, const char *path)
{
    static output_format *const writers[] = {
        [OPSPICE_LISTING] = write_listing,      [OPSPICE_LOG] = write_log, [OPSPICE_RAW_BINARY] = write_raw_binary,
        [OPSPICE_RAW_ASCII] = write_raw_ascii, [OPSPICE_CSV] = write_csv, [OPSPICE_JSON] = write_json};
    double mark = seconds();
    if (!deck->simulation.proved || (unsigned)format >= sizeof writers / sizeof *writers)
        return OPSPICE_USAGE;
    struct whole_file whole;
    struct output output = gather(deck);
    if (!whole_file_open(&whole, path))
        return OPSPICE_SYSTEM;
    bool good = writers[format](whole.file, &output);
    good = whole_file_close(&whole, good) && good;
    lap(&mark, &deck->stats.write);
    return good ? OPSPICE_OK : OPSPICE_SYSTEM;
}

/* ---- diagnostics ---------------------------------------------------------------------------------------------------- */

size_t opspice_diagnostic_count(const opspice *deck)
{
    return deck->load_diagnostics.count + deck->solve_diagnostics.count;
}

static const struct diagnostic *find_diagnostic(const opspice *deck, size_t number)
{
    size_t loaded = deck->load_diagnostics.count;
    if (number >= opspice_diagnostic_count(deck))
        return NULL;
    return number < loaded ? &deck->load_diagnostics.item[number] : &deck->solve_diagnostics.item[number - loaded];
}

int opspice_get_diagnostic(const opspice *deck, size_t number, opspice_diagnostic *diagnostic)
{
    static const enum opspice_severity severity[] = {[SEVERITY_NOTE] = OPSPICE_NOTE,
                                                     [SEVERITY_WARNING] = OPSPICE_WARNING,
                                                     [SEVERITY_ERROR] = OPSPICE_ERROR,
                                                     [SEVERITY_OUTCOME] = OPSPICE_ERROR};
    const struct diagnostic *found = find_diagnostic(deck, number);
    if (!found)
        return OPSPICE_USAGE;
    struct location location = sources_locate(&deck->netlist.sources, found->place);
    *diagnostic = (opspice_diagnostic){.severity = severity[found->severity],
                                       .file = location.source ? location.source->name : NULL,
                                       .line = location.line,
                                       .column = location.column,
                                       .message = found->message};
    return OPSPICE_OK;
}

char *opspice_diagnostic_text(const opspice *deck, size_t number)
{
    const struct diagnostic *found = find_diagnostic(deck, number);
    return found ? diagnostic_text(found, &deck->netlist.sources) : NULL;
}
