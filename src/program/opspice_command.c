#include "program/opspice_command.h"

#include "opspice.h"
#include "program/command_line.h"
#include "program/figures.h"
#include "program/interrupts.h"
#include "program/message.h"
#include "program/netlist_options.h"
#include "program/plot.h"
#include "program/process.h"
#include "program/report.h"
#include "util/clock.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct command {
    opspice *deck;
    const char *input;   /* "-": standard input */
    const char *output;  /* -o; "-": standard output */
    const char *rawfile; /* -r, or NULL */
    enum opspice_format format, raw_format;
    bool format_given, only_point, certificate, stats;
    const char *plot; /* --plot, or NULL */
    struct reports reports;
};

static const char usage[] =
    "Usage: opspice [options] [file]\n"
    "Find and prove the DC operating point of a SPICE netlist (standard input when no file is given).\n"
    "\n"
    "  -o, --output=FILE          write the listing to FILE\n"
    "  -r, --rawfile=FILE         write a SPICE rawfile\n"
    "  -D, --define=NAME[=VALUE]  a variable of scripts; filetype=ascii or filetype=binary for -r too\n"
    "  -c, --circuitfile=FILE     the netlist, as FILE alone\n"
    "  -s, --server               send a rawfile's head and binary rows, as ngspice -s\n"
    "      --format=FORMAT        listing, csv or json, to standard output or -o\n"
    "      --plot=FILE            draw sweeps into FILE.svg or FILE.png, with gnuplot\n"
    "      --report=FILE          nets, drops, currents, heat maps; curves of generators: FILE.html or FILE.csv\n"
    "      --net=PREFIX           of the report: nodes whose names begin so are a net; may be given again\n"
    "      --worst=NUMBER         of the report: how many nodes and currents are listed (20)\n"
    "      --coordinates=FILE     of the report: node,layer,x,y, where names of nodes do not say it\n"
    "      --current-limit=FILE   of the report: layer or resistor, ampere\n"
    "      --solver=METHOD        auto, cd (coordinate descent) or newton\n"
    "      --linear=METHOD        auto, serial, cholesky or multigrid: for the equations of large circuits\n"
    "      --diode=LAW            model: as .model says; ideal: every diode ideal\n"
    "      --tolerance=NUMBER     of the proof, relative (1e-9)\n"
    "      --threads=NUMBER       0: one for each processor\n"
    "      --sandbox              read only what is in the netlist's folder; its scripts replace no file\n"
    "      --op                   the operating point, whatever the netlist asks for\n"
    "      --strict               take warnings as errors\n"
    "      --certificate[=KIND]   print the proof; KIND interval: and whether there are other points near\n"
    "      --stats                print what it took\n"
    "  -h, --help                 print this\n"
    "  -v, --version              print the version\n"
    "  -a -b -i -n -p -q -t TERM  accepted for ngspice's sake\n"
    "Exit status: 0 solved and proved, 1 wrong netlist, 2 wrong usage, 3 no operating point, 4 system failure.\n"
    "SIGINT and SIGTERM end it by that signal, with a message; no file is then written in part.\n";

/* ---- messages ---- */

/* "-" has a name of its own. */
static int cannot(const char *what, const char *path, const char *standard)
{
    return system_error(what, strcmp(path, "-") != 0 ? path : standard);
}

/* Those from a number on. */
static void print_diagnostics(const opspice *deck, size_t number)
{
    char *text;
    for (; (text = opspice_diagnostic_text(deck, number)); number++) {
        fputs(text, stderr);
        opspice_free_text(text);
    }
}

/* ---- the command line ---- */

enum {
    OPTION_FORMAT = OPTION_SET + 1, OPTION_PLOT, OPTION_CERTIFICATE, OPTION_SANDBOX, OPTION_STATS, OPTION_STRICT,
    OPTION_POINT, OPTION_REPORT, OPTION_REPORT_DETAIL
};

static const struct option long_options[] = {
    NGSPICE_OPTIONS,
    {"solver", 1, NULL, OPTION_SET}, {"diode", 1, NULL, OPTION_SET}, {"tolerance", 1, NULL, OPTION_SET},
    {"threads", 1, NULL, OPTION_SET}, {"linear", 1, NULL, OPTION_SET}, {"format", 1, NULL, OPTION_FORMAT},
    {"plot", 1, NULL, OPTION_PLOT},
    {"certificate", 2, NULL, OPTION_CERTIFICATE}, {"sandbox", 0, NULL, OPTION_SANDBOX},
    {"stats", 0, NULL, OPTION_STATS}, {"strict", 0, NULL, OPTION_STRICT}, {"op", 0, NULL, OPTION_POINT},
    {"report", 1, NULL, OPTION_REPORT}, {"net", 1, NULL, OPTION_REPORT_DETAIL},
    {"worst", 1, NULL, OPTION_REPORT_DETAIL}, {"coordinates", 1, NULL, OPTION_REPORT_DETAIL},
    {"current-limit", 1, NULL, OPTION_REPORT_DETAIL},
    {NULL, 0, NULL, 0}};

/* -D name[=value]: a variable of scripts; one name means something for -r too. */
static int define(struct command *command, const char *definition)
{
    enum raw_type type = RAW_NOT_SAID;
    int status = read_raw_type(definition, &type);
    if (status != GO_ON)
        return status;
    if (type != RAW_NOT_SAID)
        command->raw_format = type == RAW_ASCII ? OPSPICE_RAW_ASCII : OPSPICE_RAW_BINARY;
    if (opspice_set(command->deck, "define", definition) == OPSPICE_USAGE)
        return usage_error("-D needs the name of a variable before %s", *definition ? definition : "its value");
    return GO_ON;
}

static int choose_format(struct command *command, const char *name)
{
    command->format_given = true;
    if (strcmp(name, "listing") == 0)
        command->format = OPSPICE_LISTING;
    else if (strcmp(name, "csv") == 0)
        command->format = OPSPICE_CSV;
    else if (strcmp(name, "json") == 0)
        command->format = OPSPICE_JSON;
    else
        return usage_error("--format is listing, csv or json, not %s", name);
    return GO_ON;
}

/* --certificate, --certificate=interval */
static int choose_certificate(struct command *command, const char *kind)
{
    command->certificate = true;
    if (kind && strcmp(kind, "interval") != 0)
        return usage_error("--certificate is interval, where it is more, not %s", kind);
    if (kind)
        opspice_set(command->deck, "proof", "interval");
    return GO_ON;
}

static bool ends_with(const char *text, const char *ending)
{
    size_t length = strlen(text), size = strlen(ending);
    return length > size && strcmp(text + length - size, ending) == 0;
}

static int choose_plot(struct command *command, const char *path)
{
    command->plot = path;
    if (!ends_with(path, ".svg") && !ends_with(path, ".png"))
        return usage_error("--plot draws FILE.svg or FILE.png, not %s", path);
    return GO_ON;
}

static int take_input(void *context, const char *path)
{
    struct command *command = context;
    if (strcmp(command->input, "-") != 0)
        return usage_error("one netlist at a time, not %s and %s", command->input, path);
    command->input = path;
    return GO_ON;
}

static int set(struct command *command, const char *name, const char *value)
{
    int status = opspice_set(command->deck, name, value);
    if (status == OPSPICE_SYSTEM)
        return usage_error("--%s=%s needs hypre, which is not there (Debian package: libhypre-dev)", name, value);
    return status == OPSPICE_OK ? GO_ON : usage_error("--%s cannot be %s", name, value);
}

static int take_option(void *context, int letter, const char *value, const char *name)
{
    struct command *command = context;
    switch (letter) {
    case 'c': return take_input(command, value);
    case 'D': return define(command, value);
    case 'h': fputs(usage, stdout); return OPSPICE_OK;
    case 'o': command->output = value; return GO_ON;
    case 'r': command->rawfile = value; opspice_set(command->deck, "rawfile", value); return GO_ON;
    case 's': command->format = OPSPICE_SERVER; command->format_given = true; return GO_ON;
    case 'v': puts("opspice " OPSPICE_VERSION); return OPSPICE_OK;
    case OPTION_PLOT: return choose_plot(command, value);
    case OPTION_REPORT: return reports_add(&command->reports, value);
    case OPTION_REPORT_DETAIL: return reports_detail(&command->reports, name, value);
    case OPTION_FORMAT: return choose_format(command, value);
    case OPTION_CERTIFICATE: return choose_certificate(command, value);
    case OPTION_SANDBOX: opspice_set(command->deck, "sandbox", "yes"); return GO_ON;
    case OPTION_STATS: command->stats = true; return GO_ON;
    case OPTION_STRICT: opspice_set(command->deck, "strict", "yes"); return GO_ON;
    case OPTION_POINT: command->only_point = true; return GO_ON;
    case OPTION_SET: return set(command, name, value);
    default: return GO_ON; /* of ngspice's: -a -b -i -n -p -q -t */
    }
}

/* What goes together, and what follows from it. */
static int check_options(struct command *command)
{
    int status = check_outputs(command->output, command->rawfile, command->format != OPSPICE_LISTING,
                               command->certificate || command->stats);
    if (status != GO_ON)
        return status;
    if (reports_hold(&command->reports, command->output) || reports_hold(&command->reports, command->rawfile))
        return usage_error("--report and another option write to one file");
    if (command->reports.files > 0)
        opspice_set(command->deck, "report", "yes");
    else if (command->reports.details > 0)
        return usage_error("%s is of a report: give --report=FILE", command->reports.first_detail);
    if ((command->rawfile || command->reports.files > 0) && !command->format_given)
        command->format = OPSPICE_LOG;
    if (!command->certificate && command->reports.files == 0 && command->format != OPSPICE_JSON)
        opspice_set(command->deck, "proof", "verdict"); /* nothing shows its figures */
    bool for_programs = command->rawfile || command->format == OPSPICE_SERVER;
    if (!for_programs)
        opspice_set(command->deck, "record", "shown");
    if (command->only_point || for_programs)
        opspice_set(command->deck, "analyses", command->only_point ? "op" : "own");
    return GO_ON;
}

static int parse(struct command *command, int argc, char **argv)
{
    static const struct command_line line = {NGSPICE_LETTERS, long_options, take_option, take_input};
    int status = command_line_read(&line, command, argc, argv);
    return status == GO_ON ? check_options(command) : status;
}

/* ---- what is printed on request ---- */

static void print_stats(const opspice_stats *stats, double loaded)
{
    printf("Statistics: solver %s, linear %s\n", stats->solver, stats->linear);
    printf("\tnodes %zu, branches %zu, supernodes %zu, knees of diodes %zu, nonzeros %zu, fill %zu\n", stats->nodes,
           stats->branches, stats->supernodes, stats->diodes, stats->nonzeros, stats->fill);
    printf("\tanalyses %zu, factorisations %zu, outer steps %zu, sweeps %zu\n", stats->analyses, stats->factorisations,
           stats->outer, stats->sweeps);
    printf("\tseconds: read %.6f, build %.6f, lower %.6f, solve %.6f, recover %.6f, prove %.6f, write %.6f\n",
           stats->read, stats->build, stats->lower, stats->solve, stats->recover, stats->prove, stats->write);
    printf("\tof these, equations: setup %.6f, first %.6f, corrections %.6f\n", stats->setup, stats->first,
           stats->corrections);
    printf("\tmegabytes: loaded %.1f, peak %.1f\n", loaded, figures_peak_memory());
}

/* ---- a sweep under way ---- */

static opspice *running; /* for the signal handler */

static void ask_to_end(void)
{
    opspice_interrupt(running);
}

struct progress {
    double begin; /* of clock_seconds */
    double last;  /* seconds after it, when the line was written */
    bool shown;
};

static void show_progress(void *context, size_t done, size_t total)
{
    struct progress *progress = context;
    double seconds = clock_seconds() - progress->begin;
    if (seconds < 1 || seconds - progress->last < 0.1 || done == 0)
        return;
    progress->last = seconds;
    double left = seconds * (double)(total - done) / (double)done;
    fprintf(stderr, "\r%zu of %zu points (%.0f %%), %.0f s left \033[K", done, total,
            100.0 * (double)done / (double)total, left);
    progress->shown = true;
}

static int print(void *file, const char *text, size_t size)
{
    return fwrite(text, 1, size, file) == size ? 0 : -1;
}

static int run_analyses(const struct command *command)
{
    struct progress progress = {.begin = clock_seconds()};
    enum { SECONDS_TO_END = 1 }; /* a point of a sweep, or a command of a script, is mostly done before */
    bool is_data = command->format != OPSPICE_LISTING && command->format != OPSPICE_LOG;
    bool streams = strcmp(command->output, "-") == 0;
    /* beside data on standard output there is no other place */
    FILE *prints = !streams ? NULL : is_data ? stderr : stdout;
    running = command->deck;
    interrupts_catch(ask_to_end, SECONDS_TO_END);
    if (isatty(STDERR_FILENO))
        opspice_set_progress(command->deck, show_progress, &progress);
    int status = opspice_run(command->deck, prints ? print : NULL, prints);
    interrupts_catch(NULL, 0);
    if (progress.shown)
        fputs("\r\033[K", stderr);
    if (status == OPSPICE_SYSTEM && prints && ferror(prints))
        system_error("write", prints == stdout ? "standard output" : "standard error");
    else if (status == OPSPICE_SYSTEM && opspice_diagnostic_count(command->deck) == 0)
        program_message("cannot solve %s: out of memory", command->input);
    return status;
}

static int write_file(const struct command *command, enum opspice_format format, const char *path)
{
    int status = opspice_write(command->deck, format, path);
    if (status == OPSPICE_USAGE && strcmp(path, "-") != 0 && access(path, F_OK) == 0)
        return usage_error("%s belongs to the netlist: it is not written over", path);
    return status == OPSPICE_OK ? OPSPICE_OK : cannot("write", path, "standard output");
}

/* Has a script left no plot, as a warning has said? There is no rawfile then. */
static bool has_no_plot(const struct command *command)
{
    return !command->only_point && opspice_result_count(command->deck) == 0;
}

/* Does what is said belong to a file, for those who read that in place of standard error? */
static bool has_log(const struct command *command)
{
    return (command->format == OPSPICE_LISTING || command->format == OPSPICE_LOG) && strcmp(command->output, "-") != 0;
}

static int write_reports(const struct command *command)
{
    size_t told = opspice_diagnostic_count(command->deck);
    int status = reports_write(&command->reports, command->deck);
    print_diagnostics(command->deck, told);
    return status;
}

/* *logged: the log has been written. */
static int write_answer(const struct command *command, bool *logged)
{
    int status = OPSPICE_OK, raw_status = OPSPICE_OK;
    bool no_plot = (command->rawfile || command->format == OPSPICE_SERVER) && has_no_plot(command);
    if (command->rawfile && !no_plot)
        raw_status = write_file(command, command->raw_format, command->rawfile);
    if ((raw_status == OPSPICE_OK || (raw_status == OPSPICE_SYSTEM && has_log(command))) &&
        !(no_plot && command->format == OPSPICE_SERVER))
        status = write_file(command, command->format, command->output);
    *logged = status == OPSPICE_OK && has_log(command) && raw_status != OPSPICE_USAGE;
    if (raw_status != OPSPICE_OK || status != OPSPICE_OK)
        return raw_status != OPSPICE_OK ? raw_status : status;
    if (command->reports.files > 0)
        status = write_reports(command);
    if (command->plot && status == OPSPICE_OK)
        return plot_sweep(command->deck, command->plot);
    for (size_t result = 0; command->format == OPSPICE_SERVER && result < opspice_result_count(command->deck); result++)
        fprintf(stderr, "@@@ 0 %zu\n", opspice_result_points(command->deck, result));
    return status;
}

/* Why there is no answer, for those who read a file or JSON in place of standard error. */
static void write_refusal(const struct command *command, bool *logged)
{
    if (command->format == OPSPICE_JSON || has_log(command))
        *logged = write_file(command, command->format, command->output) == OPSPICE_OK && has_log(command);
}

/* What the program itself had to say goes behind what the log has of the netlist. */
static void end_log(const struct command *command, const char *said)
{
    FILE *log = *said ? fopen(command->output, "ae") : NULL;
    if (!log)
        return;
    fputs(said, log);
    fclose(log);
}

/* *loaded: megabytes after it. */
static int load(const struct command *command, double *loaded)
{
    errno = 0;
    int status = opspice_load_file(command->deck, command->input);
    if (status == OPSPICE_SYSTEM)
        return cannot("read", command->input, "standard input");
    *loaded = figures_peak_memory();
    return status;
}

static int solve(const struct command *command)
{
    errno = 0;
    int status = run_analyses(command);
    print_diagnostics(command->deck, 0);
    if (interrupts_seen()) {
        fflush(stdout);
        interrupts_obey();
    }
    return status;
}

/* Solve and write. */
static int answer(const struct command *command, bool *logged)
{
    int status = solve(command);
    if (status == OPSPICE_OK)
        return write_answer(command, logged);
    write_refusal(command, logged);
    return status;
}

/* The same, where what the program says belongs to the log too. */
static int answer_with_log(const struct command *command)
{
    char *said = NULL;
    size_t size;
    bool logged = false;
    FILE *copy = open_memstream(&said, &size);
    messages_copy(copy);
    int status = answer(command, &logged);
    messages_copy(NULL);
    if (copy && fclose(copy) == 0 && logged)
        end_log(command, said);
    free(said);
    return status;
}

static int run(const struct command *command)
{
    bool logged = false;
    double loaded = 0;
    int status = load(command, &loaded);
    int checked = status == OPSPICE_OK ? reports_check(&command->reports, command->deck) : OPSPICE_OK;
    if (checked != OPSPICE_OK) {
        print_diagnostics(command->deck, 0);
        return checked;
    }
    if (status == OPSPICE_OK) {
        status = has_log(command) ? answer_with_log(command) : answer(command, &logged);
    } else {
        if (status != OPSPICE_SYSTEM)
            print_diagnostics(command->deck, 0);
        write_refusal(command, &logged);
    }
    const opspice_certificate *proof = opspice_get_certificate(command->deck);
    if (command->certificate && proof)
        figures_print_certificate(proof);
    if (command->stats && proof)
        print_stats(opspice_get_stats(command->deck), loaded);
    int code = opspice_exit_code(command->deck);
    return status == OPSPICE_OK || (status == OPSPICE_NO_OPERATING_POINT && code != 0) ? code : status;
}

int opspice_command(int argc, char **argv)
{
    process_choose_blas();
    struct command command = {.deck = opspice_new(), .input = "-", .output = "-", .raw_format = OPSPICE_RAW};
    interrupts_catch(NULL, 0);
    if (command.deck) {
        opspice_set(command.deck, "inputs", "values"); /* none is changed */
        opspice_set(command.deck, "linear", "auto"); /* MPI may come into this process */
    }
    int status = command.deck ? parse(&command, argc, argv) : system_error("start", program_name);
    if (status == GO_ON)
        status = run(&command);
    opspice_free(command.deck);
    reports_free(&command.reports);
    return end_output(status);
}
