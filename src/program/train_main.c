/* opspice-train: the program. What it can do is what opspice_drn.h offers. */
#include "opspice_drn.h"
#include "program/command_line.h"
#include "program/gnuplot.h"
#include "program/interrupts.h"
#include "program/message.h"
#include "program/process.h"
#include "util/clock.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char program_name[] = "opspice-train";

enum { SETTINGS_LIMIT = 64 }; /* options given */

struct command {
    opspice_drn *drn;
    const char *model, *data;
    struct {
        const char *option, *value;
    } setting[SETTINGS_LIMIT]; /* what goes to the library as it is */
    size_t settings;
    const char *resume, *save, *log, *plot, *netlist;
    size_t sample;
    bool check_gradient;
    bool bar;        /* standard output is a terminal */
    int plot_status; /* of the last plot; after a failure there are no more */
};

static const char usage[] =
    "Usage: opspice-train [options] [model]\n"
    "Train a deep resistive network: drn-xs, drn-1h (default), drn-2h, drn-3h or drn-xl, changed by options.\n"
    "\n"
    "  --data=FOLDER         four IDX files, plain or .gz; mnist (default) and fashion-mnist: below data/\n"
    "  --layers=LIST         units of each layer, inputs (twice the pixels) first: 1568,100,10\n"
    "                        images: 28x28,conv:CHANNELS:KERNEL[:STRIDE[:PADDING]],pool:SIZE[:STRIDE[:SIEMENS]],10\n"
    "  --differential=yes    weights behind hidden layers are pairs of conductances, from a node and its negated copy\n"
    "  --outputs=N           as many as there are classes, or twice as many: pairs, whose differences are the answers\n"
    "  --amplifier=GAIN      between a hidden layer and the next, voltage up and current back (1: none)\n"
    "  --input-gain=VOLTS    of a white pixel beyond a black one\n"
    "  --input-offset=VOLTS  of a black pixel (0)\n"
    "  --iterations=N[,N]    of coordinate descent: free phase, nudged phases\n"
    "  --tolerance=NUMBER    instead: until no unit moves by more than this part of the largest potential\n"
    "  --relaxation=NUMBER   above 1: units go beyond their best potentials (1)\n"
    "  --diode=NAME          of hidden units: ideal, exponential, pair (one each way) or table\n"
    "  --saturation-current=AMPERES, --thermal-voltage=VOLTS (n kT/q), --offset-voltage=VOLTS  of exponential ones\n"
    "  --diode-table=FILE    volts and amperes of a measured one, a line each\n"
    "  --beta=NUMBER         nudging\n"
    "  --lr=LIST             learning rates of the conductances: one, or one for each layer\n"
    "  --lr-bias=LIST        of the biases; those of the conductances unless given\n"
    "  --decay=FACTOR        of the learning rates after each epoch (0.99)\n"
    "  --optimiser=NAME      sgd: gradient descent (default); adam\n"
    "  --momentum=NUMBER     of gradient descent (0)\n"
    "  --adam=LIST           Adam's decays of its two moments, and epsilon (0.9,0.999,1e-8)\n"
    "  --floor=SIEMENS       of the conductances (0)\n"
    "  --ceiling=SIEMENS     of the conductances (0: none)\n"
    "  --levels=N            values that a conductance can have from floor to ceiling (0: any)\n"
    "  --noise=NUMBER        of each change of a conductance, over it (0)\n"
    "  --batch=N             images of a mini-batch (4)\n"
    "  --epochs=N            to train in all\n"
    "  --variant=NAME        centered, positive or negative nudging\n"
    "  --gradient=NAME       ep: equilibrium propagation; coupled: coupled learning; exact: the adjoint of the\n"
    "                        equilibrium\n"
    "  --weight-gain=NUMBER  scale of the first conductances (1)\n"
    "  --seed=N              of the first conductances and of the order of the images (0)\n"
    "  --shuffle=no          images in the order of their file\n"
    "  --threads=N           0: one for each processor; the result does not depend on it\n"
    "\n"
    "  --save=FILE           a checkpoint after each epoch, and when interrupted\n"
    "  --resume=FILE         go on from a checkpoint, with its settings; --epochs may be more\n"
    "  --log=FILE.csv        a line for each epoch\n"
    "  --plot=FILE.svg       error curves and the first layer's conductances (needs gnuplot)\n"
    "  --export-netlist=FILE at the end: the network, with an image of the test as its sources\n"
    "  --sample=N            which one, from 0 (0)\n"
    "  --audit[=SAMPLES]     after each epoch: how good the gradient is, and what makes it worse (16)\n"
    "  --check-gradient      compare the rule (--gradient), adjoint and finite differences; no training\n"
    "  -h, --help            print this\n"
    "  -v, --version         print the version\n"
    "Exit status: 0 done, 1 wrong data or checkpoint, 2 wrong usage, 3 no equilibrium, 4 system failure,\n"
    "130 or 143 interrupted.\n";

/* ---- messages ----------------------------------------------------------------------------------------------- */

/* Pass on a status of the library, with its message where there is one. */
static int said(const struct command *command, int status)
{
    if (status == OPSPICE_USAGE)
        return usage_error("%s", opspice_drn_message(command->drn));
    if (status != OPSPICE_OK)
        fprintf(stderr, "opspice-train: %s\n", opspice_drn_message(command->drn));
    return status;
}

/* ---- the command line --------------------------------------------------------------------------------------- */

enum {
    OPTION_DATA = OPTION_SET + 1,
    OPTION_SAVE,
    OPTION_RESUME,
    OPTION_LOG,
    OPTION_PLOT,
    OPTION_NETLIST,
    OPTION_SAMPLE,
    OPTION_CHECK,
    OPTION_AUDIT,
    OPTION_MODEL
};

static const struct option long_options[] = {
    /* the library's */
    {"layers", 1, NULL, OPTION_SET},
    {"input-gain", 1, NULL, OPTION_SET},
    {"differential", 1, NULL, OPTION_SET},
    {"outputs", 1, NULL, OPTION_SET},
    {"amplifier", 1, NULL, OPTION_SET},
    {"input-offset", 1, NULL, OPTION_SET},
    {"iterations", 1, NULL, OPTION_SET},
    {"tolerance", 1, NULL, OPTION_SET},
    {"relaxation", 1, NULL, OPTION_SET},
    {"diode", 1, NULL, OPTION_SET},
    {"saturation-current", 1, NULL, OPTION_SET},
    {"thermal-voltage", 1, NULL, OPTION_SET},
    {"offset-voltage", 1, NULL, OPTION_SET},
    {"diode-table", 1, NULL, OPTION_SET},
    {"beta", 1, NULL, OPTION_SET},
    {"lr", 1, NULL, OPTION_SET},
    {"lr-bias", 1, NULL, OPTION_SET},
    {"decay", 1, NULL, OPTION_SET},
    {"optimiser", 1, NULL, OPTION_SET},
    {"momentum", 1, NULL, OPTION_SET},
    {"adam", 1, NULL, OPTION_SET},
    {"floor", 1, NULL, OPTION_SET},
    {"ceiling", 1, NULL, OPTION_SET},
    {"levels", 1, NULL, OPTION_SET},
    {"noise", 1, NULL, OPTION_SET},
    {"batch", 1, NULL, OPTION_SET},
    {"epochs", 1, NULL, OPTION_SET},
    {"variant", 1, NULL, OPTION_SET},
    {"gradient", 1, NULL, OPTION_SET},
    {"weight-gain", 1, NULL, OPTION_SET},
    {"seed", 1, NULL, OPTION_SET},
    {"shuffle", 1, NULL, OPTION_SET},
    {"threads", 1, NULL, OPTION_SET},
    /* the program's */
    {"model", 1, NULL, OPTION_MODEL},
    {"data", 1, NULL, OPTION_DATA},
    {"save", 1, NULL, OPTION_SAVE},
    {"resume", 1, NULL, OPTION_RESUME},
    {"log", 1, NULL, OPTION_LOG},
    {"plot", 1, NULL, OPTION_PLOT},
    {"export-netlist", 1, NULL, OPTION_NETLIST},
    {"sample", 1, NULL, OPTION_SAMPLE},
    {"audit", 2, NULL, OPTION_AUDIT},
    {"check-gradient", 0, NULL, OPTION_CHECK},
    {"help", 0, NULL, 'h'},
    {"version", 0, NULL, 'v'},
    {NULL, 0, NULL, 0}};

static int take_setting(struct command *command, const char *option, const char *value)
{
    if (command->settings == SETTINGS_LIMIT)
        return usage_error("too many options");
    command->setting[command->settings].option = option;
    command->setting[command->settings++].value = value;
    return GO_ON;
}

static int take_model(void *context, const char *name)
{
    struct command *command = context;
    if (command->model)
        return usage_error("one model at a time, not %s and %s", command->model, name);
    command->model = name;
    return GO_ON;
}

static int take_sample(struct command *command, const char *value)
{
    char *end;
    errno = 0;
    unsigned long long sample = strtoull(value, &end, 10);
    if (*value < '0' || *value > '9' || *end || errno)
        return usage_error("sample is the number of an image, from 0, not %s", value);
    command->sample = (size_t)sample;
    return GO_ON;
}

static int take_option(void *context, int letter, const char *value, const char *name)
{
    struct command *command = context;
    switch (letter) {
    case 'h': fputs(usage, stdout); return OPSPICE_OK;
    case 'v': puts("opspice-train " OPSPICE_VERSION); return OPSPICE_OK;
    case OPTION_SET: return take_setting(command, name, value);
    case OPTION_MODEL: return take_model(command, value);
    case OPTION_DATA: command->data = value; return GO_ON;
    case OPTION_SAVE: command->save = value; return GO_ON;
    case OPTION_RESUME: command->resume = value; return GO_ON;
    case OPTION_LOG: command->log = value; return GO_ON;
    case OPTION_PLOT: command->plot = value; return GO_ON;
    case OPTION_NETLIST: command->netlist = value; return GO_ON;
    case OPTION_AUDIT: return take_setting(command, "audit", value ? value : "16");
    case OPTION_SAMPLE: return take_sample(command, value);
    default: command->check_gradient = true; return GO_ON;
    }
}

static int parse(struct command *command, int argc, char **argv)
{
    static const struct command_line line = {"hv", long_options, take_option, take_model};
    int status = command_line_read(&line, command, argc, argv);
    if (status == GO_ON && command->resume && command->model)
        return usage_error("--resume has its model from the checkpoint");
    return status;
}

/* ---- beginning ---------------------------------------------------------------------------------------------- */

/* Where a data set is: the folder of that name, or one below data/, or a package's. */
static int read_data(const struct command *command)
{
    static const char *const places[] = {"", "data/", "/usr/share/datasets/"};
    char folder[4096];
    for (size_t p = 0; p < sizeof places / sizeof *places; p++) {
        struct stat found;
        int length = snprintf(folder, sizeof folder, "%s%s", places[p], command->data);
        if (length < (int)sizeof folder && stat(folder, &found) == 0)
            return said(command, opspice_drn_read(command->drn, folder));
    }
    fprintf(stderr,
            "opspice-train: there is no folder %s, nor data/%s (./bootstrap.sh data brings MNIST and Fashion-MNIST)\n",
            command->data, command->data);
    return OPSPICE_DATA;
}

static int apply_settings(const struct command *command)
{
    int status = OPSPICE_OK;
    for (size_t n = 0; n < command->settings && status == OPSPICE_OK; n++)
        status = said(command, opspice_drn_set(command->drn, command->setting[n].option, command->setting[n].value));
    return status;
}

static int begin(const struct command *command)
{
    int status = command->model ? said(command, opspice_drn_set(command->drn, "model", command->model)) : OPSPICE_OK;
    if (status == OPSPICE_OK && !command->resume)
        status = apply_settings(command);
    if (status == OPSPICE_OK)
        status = read_data(command);
    if (status != OPSPICE_OK)
        return status;
    if (!command->resume)
        return said(command, opspice_drn_begin(command->drn));
    status = said(command, opspice_drn_resume(command->drn, command->resume));
    return status == OPSPICE_OK ? apply_settings(command) : status;
}

/* Whether a file can be made: said before an hour's training, not after it. */
static int check_place(const char *path)
{
    if (!path || strcmp(path, "-") == 0 || access(path, W_OK) == 0)
        return OPSPICE_OK;
    const char *slash = strrchr(path, '/');
    char folder[4096];
    int length = snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
    if (errno == ENOENT && length < (int)sizeof folder && access(folder, W_OK) == 0)
        return OPSPICE_OK;
    return system_error("write", path);
}

static int check_output(const struct command *command)
{
    size_t tests = opspice_drn_get_progress(command->drn)->tests;
    const char *const paths[] = {command->save, command->log, command->plot, command->netlist};
    int status = OPSPICE_OK;
    for (size_t p = 0; p < sizeof paths / sizeof *paths && status == OPSPICE_OK; p++)
        status = check_place(paths[p]);
    if (status == OPSPICE_OK && command->netlist && command->sample >= tests)
        status = usage_error("there is no sample %zu: the test has %zu images, counted from 0", command->sample, tests);
    return status;
}

/* ---- the bar ------------------------------------------------------------------------------------------------ */

static void clear_bar(const struct command *command)
{
    if (command->bar)
        fputs("\r\033[K", stdout);
}

/* The epoch at hand, its speed, and the time that all epochs still take. */
static void draw_bar(const opspice_drn_progress *at)
{
    enum { WIDTH = 30 };
    double part = (double)at->sample / (double)at->samples;
    double speed = at->seconds > 0 ? (double)at->sample / at->seconds : 0;
    double left = (double)(at->epochs - at->epoch) * (double)at->samples - (double)at->sample;
    long seconds = speed > 0 ? (long)(left / speed + 0.5) : 0;
    printf("\r\033[Kepoch %zu/%zu  [", at->epoch + 1, at->epochs);
    for (int cell = 0; cell < WIDTH; cell++)
        putchar(cell < part * WIDTH ? '=' : ' ');
    printf("] %3.0f %%  error %.2f %%  %.0f images/s  %ld:%02ld:%02ld left", 100 * part,
           at->sample ? 100 * (double)at->errors / (double)at->sample : 0, speed, seconds / 3600, seconds / 60 % 60,
           seconds % 60);
    fflush(stdout);
}

/* ---- interrupts --------------------------------------------------------------------------------------------- */

static atomic_int interrupted; /* by a signal, which any thread may take */

static void ask_to_end(void)
{
    interrupted = 1;
}

static int stop(const struct command *command)
{
    const opspice_drn_progress *at = opspice_drn_get_progress(command->drn);
    clear_bar(command);
    fflush(stdout);
    if (command->save) {
        int status = said(command, opspice_drn_save(command->drn, command->save));
        if (status != OPSPICE_OK)
            return status;
    }
    fprintf(stderr, "opspice-train: interrupted in epoch %zu after %zu of %zu images; ", at->epoch + 1, at->sample,
            at->samples);
    if (command->save)
        fprintf(stderr, "go on with --resume=%s\n", command->save);
    else
        fputs("nothing was saved (--save=FILE would)\n", stderr);
    fflush(stdout);
    interrupts_obey();
    return OPSPICE_SYSTEM; /* not reached */
}

/* ---- plots -------------------------------------------------------------------------------------------------- */

static int plot(const struct command *command)
{
    struct gnuplot drawing;
    int status = gnuplot_begin(&drawing, command->plot);
    if (status == OPSPICE_OK)
        status = said(command, opspice_drn_write_plot(command->drn, drawing.script, drawing.picture));
    if (status == OPSPICE_OK)
        status = gnuplot_draw(&drawing);
    gnuplot_end(&drawing);
    return status;
}

/* ---- training ----------------------------------------------------------------------------------------------- */

/* Mini-batches up to the end of the epoch, or an interrupt: as many at a time as take step_time, so that the bar moves
 * and an interrupt is seen soon (tests/train.sh). */
static int train_epoch(const struct command *command, const opspice_drn_progress *at)
{
    enum { MOST_BATCHES = 256 };
    const double step_time = 0.02, bar_time = 0.1; /* s */
    double drawn = 0;
    size_t batches = 1;
    int status = OPSPICE_OK;
    while (status == OPSPICE_OK && at->sample < at->samples && !interrupted) {
        double start = clock_seconds();
        status = opspice_drn_step(command->drn, batches);
        double now = clock_seconds();
        if (now - start > step_time)
            batches = batches > 1 ? batches / 2 : 1;
        else if (batches < MOST_BATCHES)
            batches *= 2;
        if (command->bar && now - drawn > bar_time) {
            draw_bar(at);
            drawn = now;
        }
    }
    if (status != OPSPICE_OK)
        clear_bar(command);
    return said(command, status);
}

/* The table of an epoch's audit, where one was made. */
static int print_audit(const struct command *command, size_t epoch)
{
    const opspice_drn_audit_row *row;
    size_t count;
    int status = said(command, opspice_drn_get_audit(command->drn, epoch, &row, &count));
    if (status != OPSPICE_OK || count == 0)
        return status;
    puts("                                        against exact          of that error");
    puts("layer              parameters    cosine     norm  error     rule     nudging  iterations precision");
    for (size_t n = 0; n < count; n++, row++) {
        if (row->parameters > 0)
            printf("%2zu  %-12s %12zu  %8.5f %8.5f  %.1e   %.1e  %.1e  %.1e    %.1e\n", row->layer,
                   row->bias ? "biases" : "conductances", row->parameters, row->cosine, row->norm_ratio, row->error,
                   row->rule, row->nudging, row->iterations, row->precision);
    }
    return OPSPICE_OK;
}

/* What follows an epoch: its line, and the files. */
static int report(struct command *command, const opspice_drn_progress *at)
{
    clear_bar(command);
    printf("epoch %zu/%zu  train error %.2f %%  test error %.2f %%  cost %.4f  %.2f s\n", at->epoch, at->epochs,
           100 * at->train_error, 100 * at->test_error, at->train_cost, at->epoch_seconds);
    int status = print_audit(command, at->epoch);
    fflush(stdout);
    if (status == OPSPICE_OK && command->save)
        status = said(command, opspice_drn_save(command->drn, command->save));
    if (status == OPSPICE_OK && command->log)
        status = said(command, opspice_drn_write_log(command->drn, command->log));
    if (status == OPSPICE_OK && command->plot && command->plot_status == OPSPICE_OK)
        command->plot_status = plot(command);
    return status;
}

static int train(struct command *command)
{
    const opspice_drn_progress *at = opspice_drn_get_progress(command->drn);
    int status = OPSPICE_OK;
    interrupts_catch(ask_to_end, 0); /* a checkpoint takes as long as it takes; a second signal ends that too */
    while (status == OPSPICE_OK && at->epoch < at->epochs && !interrupted) {
        status = train_epoch(command, at);
        if (status != OPSPICE_OK || at->sample < at->samples)
            continue;
        status = said(command, opspice_drn_end_epoch(command->drn));
        if (status == OPSPICE_OK)
            status = report(command, at);
    }
    if (status == OPSPICE_OK && interrupted)
        return stop(command);
    interrupts_catch(NULL, 0);
    return status;
}

/* With nothing to train: what the network is worth. */
static int test(const struct command *command)
{
    size_t errors;
    double cost;
    int status = said(command, opspice_drn_test(command->drn, &errors, &cost));
    if (status == OPSPICE_OK)
        printf("test error %.2f %%  cost %.4f\n",
               100 * (double)errors / (double)opspice_drn_get_progress(command->drn)->tests, cost);
    return status;
}

static int check_gradient(const struct command *command)
{
    const opspice_drn_gradient *row;
    size_t count;
    int status = said(command, opspice_drn_check_gradient(command->drn, &row, &count));
    if (status != OPSPICE_OK)
        return status;
    char by_adjoint[32], by_differences[32];
    snprintf(by_adjoint, sizeof by_adjoint, "%s, adjoint", row->rule);
    snprintf(by_differences, sizeof by_differences, "%s, differences", row->rule);
    printf("%32s%-21s%-21sadjoint, differences\n", "", by_adjoint, by_differences);
    puts("layer              parameters   cosine    error      cosine    error      cosine    error    tried");
    for (size_t n = 0; n < count; n++, row++)
        printf("%2zu  %-12s %12zu   %.6f  %.1e    %.6f  %.1e    %.6f  %.1e  %5zu\n", row->layer,
               row->bias ? "biases" : "conductances", row->parameters, row->ep_adjoint.cosine, row->ep_adjoint.error,
               row->ep_difference.cosine, row->ep_difference.error, row->adjoint_difference.cosine,
               row->adjoint_difference.error, row->tried);
    return OPSPICE_OK;
}

static int run(struct command *command)
{
    int status = begin(command);
    if (status == OPSPICE_OK)
        status = check_output(command);
    if (status != OPSPICE_OK)
        return status;
    const opspice_drn_progress *at = opspice_drn_get_progress(command->drn);
    if (command->check_gradient)
        status = check_gradient(command);
    else
        status = at->epoch < at->epochs ? train(command) : test(command);
    if (status == OPSPICE_OK && command->netlist)
        status = said(command, opspice_drn_export(command->drn, command->netlist, command->sample));
    return status == OPSPICE_OK ? command->plot_status : status;
}

int main(int argc, char **argv)
{
    struct command command = {.drn = opspice_drn_new(), .data = "mnist", .bar = isatty(STDOUT_FILENO)};
    process_begin();
    interrupts_catch(NULL, 0);
    int status = command.drn ? parse(&command, argc, argv) : system_error("start", program_name);
    if (status == GO_ON)
        status = run(&command);
    opspice_drn_free(command.drn);
    return end_output(status);
}
