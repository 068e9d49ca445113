/* opspice-mpi: the operating point of a netlist that is too large for one process. Each rank has a part of it; rank 0
 * speaks for all. What one process has done before the others are ready is rank 0's alone, as opspice does it. */
#include "grid/floating.h"
#include "grid/part.h"
#include "grid/proof.h"
#include "grid/reporting.h"
#include "grid/share.h"
#include "grid/solve.h"
#include "grid/writing.h"
#include "opspice.h"
#include "program/command_line.h"
#include "program/figures.h"
#include "program/interrupts.h"
#include "program/message.h"
#include "program/netlist_options.h"
#include "program/opspice_command.h"
#include "program/process.h"
#include "program/report.h"
#include "util/clock.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char program_name[] = "opspice-mpi";

struct command {
    struct ranks ranks;
    struct part_options part;
    const char *output;  /* -o; "-": standard output */
    const char *rawfile; /* -r, or NULL */
    enum writing_format format;
    enum raw_type raw_type;
    bool format_given, certificate, stats;
    double tolerance;
    struct reports reports;
    const char *of_one; /* an option, or its value, that is of netlists of one rank; or NULL */
};

static const char usage[] =
    "Usage: mpirun -n N opspice-mpi [options] [file]\n"
    "Find and prove the DC operating point of a large SPICE netlist of resistors, capacitors, inductors, sources and\n"
    "diodes, of which each of N processes has a part (standard input when no file is given).\n"
    "\n"
    "  -o, --output=FILE          write the listing to FILE\n"
    "  -r, --rawfile=FILE         write a SPICE rawfile\n"
    "  -D, --define=filetype=F    ascii or binary: of the rawfile\n"
    "  -c, --circuitfile=FILE     the netlist, as FILE alone\n"
    "      --format=FORMAT        listing or csv, to standard output or -o\n"
    "      --report=FILE          nets, drops, currents, heat maps: FILE.html or FILE.csv, with --net, --worst,\n"
    "                             --coordinates and --current-limit as opspice has them\n"
    "      --diode=LAW            model: as .model says; ideal: every diode ideal\n"
    "      --tolerance=NUMBER     of the proof, relative (1e-9)\n"
    "      --sandbox              read only what is in the netlist's folder\n"
    "      --op                   the operating point, whatever the netlist asks for\n"
    "      --strict               take warnings as errors\n"
    "      --certificate          print the proof\n"
    "      --stats                print what it took\n"
    "  -h, --help                 print this\n"
    "  -v, --version              print the version\n"
    "  -a -b -i -n -p -q -t TERM  accepted for ngspice's sake\n"
    "A file of up to 16 MB is solved by one of the processes, as opspice does it and with all of its options.\n"
    "Exit status: 0 solved and proved, 1 wrong netlist, 2 wrong usage, 3 no operating point, 4 system failure.\n";

/* ---- the command line ---- */

enum {
    OPTION_FORMAT = OPTION_SET + 1, OPTION_CERTIFICATE, OPTION_SANDBOX, OPTION_STATS, OPTION_STRICT, OPTION_POINT,
    OPTION_REPORT, OPTION_REPORT_DETAIL, OPTION_OF_ONE
};

static const struct option long_options[] = {
    NGSPICE_OPTIONS,
    {"diode", 1, NULL, OPTION_SET}, {"tolerance", 1, NULL, OPTION_SET}, {"linear", 1, NULL, OPTION_SET},
    {"format", 1, NULL, OPTION_FORMAT}, {"certificate", 0, NULL, OPTION_CERTIFICATE},
    {"sandbox", 0, NULL, OPTION_SANDBOX}, {"stats", 0, NULL, OPTION_STATS}, {"strict", 0, NULL, OPTION_STRICT},
    {"op", 0, NULL, OPTION_POINT},
    {"report", 1, NULL, OPTION_REPORT}, {"net", 1, NULL, OPTION_REPORT_DETAIL},
    {"worst", 1, NULL, OPTION_REPORT_DETAIL}, {"coordinates", 1, NULL, OPTION_REPORT_DETAIL},
    {"current-limit", 1, NULL, OPTION_REPORT_DETAIL},
    /* opspice's, where one rank does all */
    {"solver", 1, NULL, OPTION_OF_ONE}, {"threads", 1, NULL, OPTION_OF_ONE}, {"plot", 1, NULL, OPTION_OF_ONE},
    {NULL, 0, NULL, 0}};

/* Return GO_ON: whether a netlist is one rank's is not known before all is read. */
static int leave_to_one(struct command *command, const char *what)
{
    command->of_one = what;
    return GO_ON;
}

static int define(struct command *command, const char *definition)
{
    enum raw_type type = RAW_NOT_SAID;
    int status = read_raw_type(definition, &type);
    if (status == GO_ON && type == RAW_NOT_SAID)
        return leave_to_one(command, "-D of anything but filetype");
    command->raw_type = type;
    return status;
}

static int choose_format(struct command *command, const char *name)
{
    command->format_given = true;
    if (strcmp(name, "listing") == 0)
        command->format = WRITING_LISTING;
    else if (strcmp(name, "csv") == 0)
        command->format = WRITING_CSV;
    else if (strcmp(name, "json") == 0)
        return leave_to_one(command, "--format=json");
    else
        return usage_error("--format is listing, csv or json, not %s", name);
    return GO_ON;
}

static int take_input(void *context, const char *path)
{
    struct command *command = context;
    if (strcmp(command->part.path, "-") != 0)
        return usage_error("one netlist at a time, not %s and %s", command->part.path, path);
    command->part.path = path;
    return GO_ON;
}

/* A number from 0 to below 1. */
static bool read_tolerance(const char *text, double *tolerance)
{
    char *end;
    *tolerance = strtod(text, &end);
    return *text && !*end && *tolerance >= 0 && *tolerance < 1;
}

static int set(struct command *command, const char *name, const char *value)
{
    bool good;
    if (strcmp(name, "tolerance") == 0) {
        good = read_tolerance(value, &command->tolerance);
    } else if (strcmp(name, "diode") == 0) {
        command->part.all_ideal = strcmp(value, "ideal") == 0;
        good = command->part.all_ideal || strcmp(value, "model") == 0;
    } else if (strcmp(value, "cholesky") == 0 || strcmp(value, "serial") == 0) {
        return leave_to_one(command, value[0] == 'c' ? "--linear=cholesky" : "--linear=serial");
    } else {
        good = strcmp(value, "auto") == 0 || strcmp(value, "multigrid") == 0;
    }
    return good ? GO_ON : usage_error("--%s cannot be %s", name, value);
}

static int take_option(void *context, int letter, const char *value, const char *name)
{
    struct command *command = context;
    switch (letter) {
    case 'c': return take_input(command, value);
    case 'D': return define(command, value);
    case 'h': fputs(usage, stdout); return OPSPICE_OK;
    case 'o': command->output = value; return GO_ON;
    case 'r': command->rawfile = value; return GO_ON;
    case 's': return leave_to_one(command, "-s");
    case 'v': puts("opspice-mpi " OPSPICE_VERSION); return OPSPICE_OK;
    case OPTION_FORMAT: return choose_format(command, value);
    case OPTION_CERTIFICATE: command->certificate = true; return GO_ON;
    case OPTION_SANDBOX: command->part.confined = true; return GO_ON;
    case OPTION_STATS: command->stats = true; return GO_ON;
    case OPTION_STRICT: command->part.strict = true; return GO_ON;
    case OPTION_POINT: command->part.only_point = true; return GO_ON;
    case OPTION_SET: return set(command, name, value);
    case OPTION_REPORT: return reports_add(&command->reports, value);
    case OPTION_REPORT_DETAIL: return reports_detail(&command->reports, name, value);
    case OPTION_OF_ONE: return leave_to_one(command, name);
    default: return GO_ON; /* of ngspice's: -a -b -i -n -p -q -t */
    }
}

static int check_options(struct command *command)
{
    int status = check_outputs(command->output, command->rawfile, command->format == WRITING_CSV,
                               command->certificate || command->stats);
    if (status != GO_ON)
        return status;
    if (reports_hold(&command->reports, command->output) || reports_hold(&command->reports, command->rawfile))
        return usage_error("--report and another option write to one file");
    if (command->reports.files == 0 && command->reports.details > 0)
        return usage_error("%s is of a report: give --report=FILE", command->reports.first_detail);
    if ((command->rawfile || command->reports.files > 0) && !command->format_given)
        command->format = WRITING_LOG;
    command->part.only_own = command->rawfile && !command->part.only_point;
    return GO_ON;
}

/* Is the netlist a file that can be read again, and what of it? "-" is standard input. */
static bool is_file(const struct command *command, struct stat *about)
{
    const char *path = command->part.path;
    return strcmp(path, "-") != 0 && stat(path, about) == 0 && S_ISREG(about->st_mode);
}

/* Is the netlist a file that one process has solved before several have agreed on their parts of it? Where it is to be
 * shared whatever it is, as tests and timings want it, the environment says so. */
static bool is_of_one(const struct command *command)
{
    enum { MOST_BYTES = 16 << 20 }; /* some 200,000 nodes, which take a process half a second */
    const char *share = getenv("OPSPICE_MPI_SHARE");
    struct stat about;
    return !(share && strcmp(share, "always") == 0) && is_file(command, &about) && about.st_size <= MOST_BYTES;
}

static int refuse_of_one(const char *what)
{
    return usage_error("%s%s is of files of up to 16 MB, which one rank solves", *what == '-' ? "" : "--", what);
}

/* Rank 0 says what is wrong with it, to all. */
static int parse(struct command *command, int argc, char **argv)
{
    static const struct command_line line = {NGSPICE_LETTERS, long_options, take_option, take_input};
    int status = GO_ON;
    if (command->ranks.rank == 0)
        status = command_line_read(&line, command, argc, argv);
    if (command->ranks.rank == 0 && status == GO_ON)
        status = check_options(command);
    ranks_spread(0, &status, sizeof status);
    if (command->ranks.rank > 0 && status == GO_ON) {
        command_line_read(&line, command, argc, argv);
        check_options(command);
    }
    return status;
}

/* ---- what is said ---- */

/* What a run holds, on this rank. */
struct run {
    const struct command *command;
    struct part part;
    struct share share;
    struct grid_answer answer;
    struct grid_certificate proof;
    struct diagnostics diagnostics; /* of solving */
    bool left_to_one; /* the ranks have come to no end, and rank 0 is to solve it alone */
    struct messages solved;
    struct writing writing;
    double numbering, solving, proving, written; /* seconds */
};

static bool is_first(const struct run *run)
{
    return run->command->ranks.rank == 0;
}

/* By errno. Rank 0 says so. */
static int cannot(const struct run *run, const char *what, const char *path, const char *standard)
{
    return is_first(run) ? system_error(what, strcmp(path, "-") != 0 ? path : standard) : OPSPICE_SYSTEM;
}

static int no_memory(const struct run *run, const char *what)
{
    errno = ENOMEM;
    return cannot(run, what, run->command->part.path, "standard input");
}

static void print_certificate(const struct grid_certificate *proof)
{
    const struct certificate *figures = &proof->figures;
    const opspice_certificate shown = {.points = 1,
                                       .kcl = figures->kcl,
                                       .kcl_relative = figures->kcl_relative,
                                       .kcl_floor = figures->kcl_floor,
                                       .kcl_node = proof->kcl_node,
                                       .law = figures->law,
                                       .law_relative = figures->law_relative,
                                       .law_element = proof->law_element,
                                       .loop = figures->loop,
                                       .loop_relative = figures->loop_relative,
                                       .loop_element = proof->loop_element,
                                       .mismatch = figures->mismatch,
                                       .complementarity = figures->complementarity,
                                       .power = figures->power,
                                       .power_relative = figures->power_relative,
                                       .tolerance = figures->tolerance,
                                       .proved = figures->proved,
                                       .answer = figures->proved ? "unique" : "none",
                                       .stability = figures->proved ? "stable" : "not tested"};
    figures_print_certificate(&shown);
}

/* Called by all ranks. */
static void print_stats(const struct run *run)
{
    const struct part *part = &run->part;
    int64_t branches = part->session.circuit.elements.count;
    double worst[] = {part->seconds_read, part->seconds_build, run->numbering, run->answer.seconds_setup,
                      run->answer.seconds_solve, run->solving, run->proving, run->written, figures_peak_memory()};
    ranks_count(&branches, 1);
    ranks_greatest(worst, sizeof worst / sizeof *worst);
    if (!is_first(run))
        return;
    printf("Statistics: solver newton, linear %s, ranks %d\n", run->answer.unknowns > 0 ? "multigrid" : "none",
           run->command->ranks.count);
    printf("\tnodes %lld, branches %lld, unknowns %lld, setups %d, corrections %d\n", (long long)run->share.total,
           (long long)branches, (long long)run->answer.unknowns, run->answer.setups, run->answer.corrections);
    printf("\tseconds of the slowest rank: read %.6f, build %.6f, number %.6f, setup %.6f, solve %.6f, all of solving "
           "%.6f, prove %.6f, write %.6f\n",
           worst[0], worst[1], worst[2], worst[3], worst[4], worst[5], worst[6], worst[7]);
    printf("\tmegabytes of the largest rank: peak %.1f\n", worst[8]);
}

/* ---- stages ---- */

static int load(struct run *run)
{
    const struct command *command = run->command;
    errno = 0;
    enum part_status status = part_load(&run->part, &command->ranks, &command->part);
    if (status == PART_NO_FILE)
        return cannot(run, "read", command->part.path, "standard input");
    return status == PART_NO_MEMORY ? no_memory(run, "read") : status == PART_WRONG ? OPSPICE_NETLIST : OPSPICE_OK;
}

/* Why the certificate is none. On rank 0. */
static void report_unproved(struct run *run)
{
    char message[GRID_CERTIFICATE_TEXT];
    grid_certificate_tell(&run->proof, message, sizeof message);
    diagnose(&run->diagnostics, OUTCOME_NOT_CONVERGED, NULL, 0, "%s", message);
}

/* Find and prove it. False when memory is out, on all ranks. */
static bool find(struct run *run, bool *proved)
{
    double mark = clock_seconds();
    struct share *share = &run->share;
    *proved = false;
    *share = (struct share){.ranks = run->command->ranks, .circuit = &run->part.session.circuit};
    if (!share_number(share))
        return false;
    clock_lap(&mark, &run->numbering);
    enum grid_status status = grid_solve(share, &run->answer, &run->diagnostics);
    clock_lap(&mark, &run->solving);
    if (status == GRID_UNSOLVED && !ranks_any(!diagnostics_are_clear(&run->diagnostics)) && is_first(run))
        diagnose(&run->diagnostics, OUTCOME_NOT_CONVERGED, NULL, 0, "not converged");
    if (status != GRID_OK)
        return status != GRID_NO_MEMORY;
    if (!grid_prove(&run->proof, share, run->answer.hi, run->answer.lo, run->answer.current, run->command->tolerance))
        return false;
    clock_lap(&mark, &run->proving);
    *proved = run->proof.figures.proved;
    if (!*proved && is_first(run))
        report_unproved(run);
    return !*proved || floating_warn(share, &run->answer, &run->diagnostics);
}

/* Is all that is wrong, on all ranks, that iterations have not come to an end? A factor of one process may. */
static bool is_unsettled(const struct diagnostics *diagnostics)
{
    bool unsettled = false, settled = diagnostics->errors > 0 || diagnostics->failures > 0;
    for (size_t q = 0; q < diagnostics->count; q++) {
        bool is_one = diagnostics->item[q].code == OUTCOME_NOT_CONVERGED;
        unsettled |= is_one;
        settled |= !is_one && diagnostics->item[q].severity == SEVERITY_OUTCOME;
    }
    return ranks_any(unsettled) && !ranks_any(settled);
}

static int solve(struct run *run)
{
    bool proved;
    struct stat about;
    run->diagnostics.strict = run->command->part.strict;
    bool found = find(run, &proved);
    run->left_to_one = found && !proved && is_unsettled(&run->diagnostics) &&
                       ranks_any(is_first(run) && is_file(run->command, &about));
    if (run->left_to_one)
        return OPSPICE_NO_OPERATING_POINT;
    if (!found || !messages_gather(&run->solved, &run->command->ranks, &run->diagnostics, 1,
                                   &run->part.session.netlist.sources))
        return no_memory(run, "solve");
    if (run->solved.errors > 0)
        return OPSPICE_NETLIST;
    return proved && run->solved.outcomes == 0 ? OPSPICE_OK : OPSPICE_NO_OPERATING_POINT;
}

/* The netlist and what it includes are not written over. */
static int write_file(struct run *run, enum writing_format format, const char *path)
{
    bool is_held = is_first(run) && sources_hold(&run->part.session.netlist.sources, path);
    if (ranks_any(is_held))
        return is_first(run) ? usage_error("%s belongs to the netlist: it is not written over", path) : OPSPICE_USAGE;
    errno = writing_file(&run->writing, format, path);
    return errno == 0 ? OPSPICE_OK : cannot(run, "write", path, "standard output");
}

/* On rank 0. */
static int write_report(struct run *run, const struct grid_whole *whole, const char *path,
                        struct diagnostics *diagnostics)
{
    const char **options = reports_options(&run->command->reports, path);
    errno = ENOMEM;
    enum report_status status = REPORT_SYSTEM;
    if (options)
        status = reporting_write(whole, &run->part, &run->proof, OPSPICE_VERSION, options, path, diagnostics);
    int reason = errno;
    free(options);
    errno = reason;
    if (status == REPORT_USAGE)
        return usage_error("%s belongs to the netlist: it is not written over", path);
    if (status == REPORT_SYSTEM)
        return diagnostics->failures > 0 ? OPSPICE_SYSTEM : system_error("write", path);
    return status == REPORT_NETLIST ? OPSPICE_NETLIST : OPSPICE_OK;
}

/* What is said of all reports is said of the first. */
static int write_all_reports(struct run *run, const struct grid_whole *whole, struct diagnostics *diagnostics)
{
    const struct reports *reports = &run->command->reports;
    int worst = OPSPICE_OK;
    for (size_t f = 0; f < reports->files; f++) {
        struct diagnostics again = {.strict = diagnostics->strict};
        int status = write_report(run, whole, reports->file[f], f == 0 ? diagnostics : &again);
        diagnostics_free(&again);
        worst = status > worst ? status : worst;
    }
    return worst;
}

/* Rank 0's diagnostics and status, for all. */
static int say(struct run *run, struct diagnostics *diagnostics, int status)
{
    struct messages told = {0};
    ranks_spread(0, &status, sizeof status);
    bool done =
        messages_gather(&told, &run->command->ranks, diagnostics, 1, &run->part.session.netlist.sources);
    if (done && is_first(run))
        messages_print(&told, stderr);
    messages_free(&told);
    diagnostics_free(diagnostics);
    return done ? status : no_memory(run, "write the report of");
}

static int write_reports(struct run *run)
{
    struct diagnostics diagnostics = {.strict = run->command->part.strict};
    struct grid_whole whole = {0};
    int status = OPSPICE_OK;
    bool done = whole_gather(&whole, &run->share, &run->answer);
    if (done && is_first(run))
        status = write_all_reports(run, &whole, &diagnostics);
    whole_free(&whole);
    return done ? say(run, &diagnostics, status) : no_memory(run, "write the report of");
}

/* Before anything is solved: can the files be read that reports are asked with? */
static int check_reports(struct run *run)
{
    struct diagnostics diagnostics = {0};
    enum report_status status = REPORT_OK;
    const char **options = is_first(run) ? reports_options(&run->command->reports, NULL) : NULL;
    if (options)
        status = reporting_check(&run->part, options, &diagnostics);
    free(options);
    bool is_wrong = status != REPORT_OK;
    if (!ranks_any(is_wrong)) {
        diagnostics_free(&diagnostics);
        return OPSPICE_OK;
    }
    return say(run, &diagnostics, status == REPORT_NETLIST ? OPSPICE_NETLIST : OPSPICE_SYSTEM);
}

static int write_answer(struct run *run)
{
    const struct command *command = run->command;
    double mark = clock_seconds();
    enum raw_type type = command->raw_type;
    bool ascii = type == RAW_NOT_SAID ? run->part.session.requests.ascii : type == RAW_ASCII;
    if (!writing_begin(&run->writing))
        return no_memory(run, "write what was found of");
    int status = OPSPICE_OK;
    if (command->rawfile)
        status = write_file(run, ascii ? WRITING_RAW_ASCII : WRITING_RAW_BINARY, command->rawfile);
    if (status == OPSPICE_OK && command->format == WRITING_LISTING && !writing_begin_listing(&run->writing))
        return no_memory(run, "write what was found of");
    if (status == OPSPICE_OK)
        status = write_file(run, command->format, command->output);
    if (status == OPSPICE_OK && command->reports.files > 0)
        status = write_reports(run);
    clock_lap(&mark, &run->written);
    return status;
}

/* Rank 0 says why there is no answer, where a file is for that too. */
static void write_refusal(struct run *run)
{
    const struct command *command = run->command;
    if (is_first(run) && command->format != WRITING_CSV && strcmp(command->output, "-") != 0 &&
        !sources_hold(&run->part.session.netlist.sources, command->output))
        writing_refusal(&run->writing, command->output);
}

static void print_messages(const struct run *run)
{
    if (is_first(run)) {
        messages_print(&run->part.messages, stderr);
        messages_print(&run->solved, stderr);
    }
}

static int run_stages(struct run *run)
{
    int status = load(run);
    if (status == OPSPICE_OK && run->command->reports.files > 0)
        status = check_reports(run);
    if (status == OPSPICE_OK)
        status = solve(run);
    if (run->left_to_one)
        return status; /* it says all of it again */
    print_messages(run);
    if (status == OPSPICE_OK)
        status = write_answer(run);
    else if (status != OPSPICE_SYSTEM)
        write_refusal(run);
    bool has_proof = run->proving > 0;
    if (has_proof && run->command->certificate && is_first(run))
        print_certificate(&run->proof);
    if (has_proof && run->command->stats)
        print_stats(run);
    return status;
}

/* *left_to_one: that of a run; what all ranks have taken for it is given back then. */
static int run_command(const struct command *command, bool *left_to_one)
{
    struct run run = {.command = command};
    run.writing = (struct writing){.part = &run.part,
                                   .share = &run.share,
                                   .answer = &run.answer,
                                   .solved = &run.solved,
                                   .version = OPSPICE_VERSION};
    int status = run_stages(&run);
    *left_to_one = run.left_to_one;
    writing_free(&run.writing);
    grid_certificate_free(&run.proof);
    grid_answer_free(&run.answer);
    share_free(&run.share);
    messages_free(&run.solved);
    part_free(&run.part);
    diagnostics_free(&run.diagnostics);
    if (*left_to_one)
        process_give_back_memory();
    return status;
}

int main(int argc, char **argv)
{
    struct command command = {.part.path = "-", .output = "-", .tolerance = 1e-9};
    process_keep_memory();
    process_begin();
    process_be_single();
    if (!ranks_begin(&command.ranks, &argc, &argv))
        return system_error("start", "MPI");
    int status = parse(&command, argc, argv);
    bool of_one = status == GO_ON && ranks_any(command.ranks.rank == 0 && is_of_one(&command));
    if (status == GO_ON && !of_one && command.of_one)
        status = command.ranks.rank == 0 ? refuse_of_one(command.of_one) : OPSPICE_USAGE;
    else if (status == GO_ON && !of_one)
        status = run_command(&command, &of_one);
    if (of_one)
        status = command.ranks.rank == 0 ? opspice_command(argc, argv) : OPSPICE_OK;
    reports_free(&command.reports);
    interrupts_leave(); /* mpirun ends the others when one has ended with a status */
    if (of_one)
        ranks_rest();
    if (command.ranks.rank == 0)
        status = end_output(status);
    ranks_spread(0, &status, sizeof status);
    ranks_finish();
    return status;
}
