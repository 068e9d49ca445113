/* The public API: options. */
#include "api/deck.h"

#include "api/views.h"
#include "netlist/number.h"
#include "util/array.h"
#include "write/sink.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const solver_names[] = {[METHOD_AUTO] = "auto", [METHOD_CD] = "cd", [METHOD_NEWTON] = "newton"};

static const char *const linear_names[] = {
    [FACTOR_CHOLESKY] = "cholesky", [FACTOR_SERIAL] = "serial", [FACTOR_CHEAPEST] = "auto",
    [FACTOR_MULTIGRID] = "multigrid"};

/* ---- set ----------------------------------------------------------------------------------------------------- */

static int set_solver(opspice *deck, const char *value)
{
    for (int method = 0; method <= METHOD_NEWTON; method++)
        if (strcmp(value, solver_names[method]) == 0) {
            deck->session.options.method = (enum solve_method)method;
            return OPSPICE_OK;
        }
    return OPSPICE_USAGE;
}

static int set_linear(opspice *deck, const char *value)
{
    for (int choice = 0; choice <= FACTOR_MULTIGRID; choice++)
        if (strcmp(value, linear_names[choice]) == 0) {
            if (choice == FACTOR_MULTIGRID && !engine_has_multigrid())
                return OPSPICE_SYSTEM;
            deck->session.options.linear = (enum factor_choice)choice;
            return OPSPICE_OK;
        }
    return OPSPICE_USAGE;
}

/* Which of two words the value is; *yes stays where it is neither. */
static int read_choice(const char *value, const char *yes_word, const char *no_word, bool *yes)
{
    bool is_yes = strcmp(value, yes_word) == 0;
    if (!is_yes && strcmp(value, no_word) != 0)
        return OPSPICE_USAGE;
    *yes = is_yes;
    return OPSPICE_OK;
}

static int set_diode(opspice *deck, const char *value)
{
    return read_choice(value, "ideal", "model", &deck->session.all_ideal);
}

static int set_tolerance(opspice *deck, const char *value)
{
    double number;
    if (number_parse(value, strlen(value), &number) != NUMBER_OK || !(number > 0))
        return OPSPICE_USAGE;
    deck->session.options.tolerance = number;
    return OPSPICE_OK;
}

static int set_threads(opspice *deck, const char *value)
{
    enum { MOST = 4096 };
    unsigned long number = 0;
    if (*value == '\0' || value[strspn(value, "0123456789")] != '\0' || (number = strtoul(value, NULL, 10)) > MOST)
        return OPSPICE_USAGE;
    deck->session.options.threads = (int)number;
    return OPSPICE_OK;
}

static int set_record(opspice *deck, const char *value)
{
    return read_choice(value, "all", "shown", &deck->session.record_all);
}

static int set_report(opspice *deck, const char *value)
{
    return read_choice(value, "yes", "no", &deck->session.reported);
}

static int set_sandbox(opspice *deck, const char *value)
{
    return read_choice(value, "yes", "no", &deck->sandbox);
}

static int set_strict(opspice *deck, const char *value)
{
    return read_choice(value, "yes", "no", &deck->load_diagnostics.strict);
}

static int set_analyses(opspice *deck, const char *value)
{
    bool own = strcmp(value, "own") == 0, point = strcmp(value, "op") == 0;
    if (!own && !point && strcmp(value, "all") != 0)
        return OPSPICE_USAGE;
    deck->session.only_own = own;
    deck->session.only_point = point;
    return OPSPICE_OK;
}

/* A variable of scripts, as -D gives it: name, name=value. */
static int set_define(opspice *deck, const char *value)
{
    if (*value == '\0' || *value == '=')
        return OPSPICE_USAGE;
    char *copy = strdup(value);
    if (!copy || !array_reserve(&deck->definition, &deck->definition_capacity, deck->definitions + 1,
                                sizeof *deck->definition)) {
        free(copy);
        return OPSPICE_SYSTEM;
    }
    deck->definition[deck->definitions++] = copy;
    return OPSPICE_OK;
}

/* What scripts see as $rawfile. */
static int set_rawfile(opspice *deck, const char *value)
{
    char *copy = strdup(value);
    if (!copy)
        return OPSPICE_SYSTEM;
    free(deck->rawfile);
    deck->rawfile = copy;
    return OPSPICE_OK;
}

static const char *const proofs[] = {
    [PROOF_FULL] = "full", [PROOF_VERDICT] = "verdict", [PROOF_INTERVAL] = "interval"};

static int set_proof(opspice *deck, const char *value)
{
    for (size_t p = 0; p < sizeof proofs / sizeof *proofs; p++) {
        if (strcmp(value, proofs[p]) != 0)
            continue;
        session_set_proof(&deck->session, (enum session_proof)p);
        return OPSPICE_OK;
    }
    return OPSPICE_USAGE;
}

static int set_inputs(opspice *deck, const char *value)
{
    return read_choice(value, "values", "all", &deck->only_values);
}

/* ---- get ----------------------------------------------------------------------------------------------------- */

static const char *get_solver(const opspice *deck)
{
    return solver_names[deck->session.options.method];
}

static const char *get_linear(const opspice *deck)
{
    return linear_names[deck->session.options.linear];
}

static const char *get_diode(const opspice *deck)
{
    return deck->session.all_ideal ? "ideal" : "model";
}

static const char *get_tolerance(const opspice *deck)
{
    struct views *views = deck->views;
    double number = 0;
    for (int digits = 15; digits <= 17 && number != deck->session.options.tolerance; digits++) {
        snprintf(views->option, sizeof views->option, "%.*g", digits, deck->session.options.tolerance);
        number_parse(views->option, without_locale(views->option), &number);
    }
    return views->option;
}

static const char *get_threads(const opspice *deck)
{
    struct views *views = deck->views;
    snprintf(views->option, sizeof views->option, "%d", deck->session.options.threads);
    return views->option;
}

static const char *get_record(const opspice *deck)
{
    return deck->session.record_all ? "all" : "shown";
}

static const char *get_report(const opspice *deck)
{
    return deck->session.reported ? "yes" : "no";
}

static const char *get_proof(const opspice *deck)
{
    return proofs[deck->session.proof];
}

static const char *get_sandbox(const opspice *deck)
{
    return deck->sandbox ? "yes" : "no";
}

static const char *get_strict(const opspice *deck)
{
    return deck->load_diagnostics.strict ? "yes" : "no";
}

static const char *get_analyses(const opspice *deck)
{
    return deck->session.only_own ? "own" : deck->session.only_point ? "op" : "all";
}

static const char *get_define(const opspice *deck)
{
    return deck->definitions > 0 ? deck->definition[deck->definitions - 1] : "";
}

static const char *get_rawfile(const opspice *deck)
{
    return deck->rawfile ? deck->rawfile : "";
}

static const char *get_inputs(const opspice *deck)
{
    return deck->only_values ? "values" : "all";
}

/* ---- all ----------------------------------------------------------------------------------------------------- */

static const struct {
    opspice_option option;
    int (*set)(opspice *deck, const char *value);
    const char *(*get)(const opspice *deck);
} options[] = {
    {{"solver", "auto cd newton", "auto", "method that finds which diodes conduct", 0}, set_solver, get_solver},
    {{"linear", "serial cholesky auto multigrid", "serial", "how the equations of large circuits are solved", 1},
     set_linear, get_linear},
    {{"diode", "model ideal", "model", "as .model cards say, or every diode ideal", 1}, set_diode, get_diode},
    {{"tolerance", "", "1e-09", "of the certificate, relative", 0}, set_tolerance, get_tolerance},
    {{"threads", "", "0", "of the solver, of sweeps and of loading large netlists; 0: one for each processor", 0},
     set_threads, get_threads},
    {{"proof", "full verdict interval", "full", "the certificate with every figure, less, or with isolation", 0},
     set_proof, get_proof},
    {{"sandbox", "no yes", "no", "nothing is read or replaced outside of the netlist's folder", 1},
     set_sandbox, get_sandbox},
    {{"analyses", "all own op", "all", "what is run of what the netlist asks for", 1}, set_analyses, get_analyses},
    {{"strict", "no yes", "no", "warnings are errors", 1}, set_strict, get_strict},
    {{"record", "all shown", "all", "vectors of sweeps: all, or those that cards show", 0}, set_record, get_record},
    {{"report", "no yes", "no", "sweeps also record what a report needs", 0}, set_report, get_report},
    {{"define", "", "", "name or name=value: a variable of scripts; each adds one", 0}, set_define, get_define},
    {{"rawfile", "", "", "what scripts see as $rawfile", 0}, set_rawfile, get_rawfile},
    {{"inputs", "all values", "all", "what may be changed by name: all, or values of elements only", 1},
     set_inputs, get_inputs},
};
enum { OPTIONS = sizeof options / sizeof *options };

const opspice_option *opspice_get_option(size_t number)
{
    return number < OPTIONS ? &options[number].option : NULL;
}

int opspice_set(opspice *deck, const char *option, const char *value)
{
    for (size_t q = 0; q < OPTIONS; q++)
        if (strcmp(option, options[q].option.name) == 0)
            return options[q].option.before_load && deck->loaded ? OPSPICE_USAGE : options[q].set(deck, value);
    return OPSPICE_USAGE;
}

const char *opspice_get(const opspice *deck, const char *option)
{
    for (size_t q = 0; q < OPTIONS; q++)
        if (strcmp(option, options[q].option.name) == 0)
            return options[q].get(deck);
    return NULL;
}
