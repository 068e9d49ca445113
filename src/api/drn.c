/* Deep resistive networks through opspice_drn.h: each function a list of steps. */
#include "api/drn_handle.h"

#include "drn/checkpoint.h"
#include "drn/export.h"
#include "drn/gradient.h"
#include "util/array.h"
#include "util/clock.h"
#include "write/whole_file.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what went wrong ---------------------------------------------------------------------------------------- */

int drn_fail(opspice_drn *drn, int status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(drn->message, sizeof drn->message, format, arguments);
    va_end(arguments);
    return status;
}

int drn_done(opspice_drn *drn)
{
    drn->message[0] = '\0';
    return OPSPICE_OK;
}

int drn_no_memory(opspice_drn *drn)
{
    errno = ENOMEM;
    return drn_fail(drn, OPSPICE_SYSTEM, "%s", strerror(ENOMEM));
}

static int file_failed(opspice_drn *drn, const char *what, const char *path)
{
    return drn_fail(drn, OPSPICE_SYSTEM, "cannot %s %s: %s", what, path, strerror(errno ? errno : EIO));
}

int drn_not_begun(opspice_drn *drn)
{
    return drn_fail(drn, OPSPICE_USAGE, "there is no network yet");
}

int drn_trained(opspice_drn *drn, enum train_status status)
{
    switch (status) {
    case TRAIN_OK: return drn_done(drn);
    case TRAIN_UNSTABLE:
        return drn_fail(drn, OPSPICE_NO_EQUILIBRIUM,
                    "beta = %g S is more than the conductance of an output: nudged by -beta the "
                    "energy has no minimum; a smaller beta or the variant positive has one",
                    drn->trainer.settings.beta);
    case TRAIN_DIVERGED:
        return drn_fail(drn, OPSPICE_NO_EQUILIBRIUM,
                    "potentials grew without bounds in epoch %zu, near sample %zu: the learning "
                    "rates are too large",
                    drn->trainer.epoch + 1, drn->trainer.position);
    case TRAIN_NOT_CONVERGED: break;
    }
    return drn_fail(drn, OPSPICE_NO_EQUILIBRIUM,
                "an equilibrium was not reached within the tolerance of %g in %d iterations",
                drn->trainer.settings.tolerance, (int)ITERATION_LIMIT);
}

/* ---- life --------------------------------------------------------------------------------------------------- */

opspice_drn *opspice_drn_new(void)
{
    opspice_drn *drn = calloc(1, sizeof *drn);
    if (drn)
        settings_init(&drn->settings);
    return drn;
}

void opspice_drn_free(opspice_drn *drn)
{
    if (!drn)
        return;
    dataset_free(&drn->train);
    dataset_free(&drn->test);
    trainer_free(&drn->trainer);
    tester_free(&drn->tester);
    history_free(&drn->history);
    free(drn->rows);
    free(drn->audit);
    free(drn);
}

const char *opspice_drn_message(const opspice_drn *drn)
{
    return drn->message;
}

enum { SIZE_TEXT = 72 };

/* ---- settings and data -------------------------------------------------------------------------------------- */

int opspice_drn_set(opspice_drn *drn, const char *option, const char *value)
{
    if (drn->begun && strcmp(option, "epochs") != 0 && strcmp(option, "threads") != 0 && strcmp(option, "audit") != 0)
        return drn_fail(drn, OPSPICE_USAGE, "%s cannot change any more", option);
    struct drn_settings settings = drn->begun ? drn->trainer.settings : drn->settings;
    const char *rule = settings_set(&settings, option, value);
    if (rule)
        return drn_fail(drn, OPSPICE_USAGE, "%s %s, not %s", option, rule, *value ? value : "nothing");
    drn->settings = settings;
    if (drn->begun)
        trainer_set(&drn->trainer, &settings);
    drn->progress.epochs = settings.epochs;
    return drn_done(drn);
}

static int read_part(opspice_drn *drn, const char *folder, enum dataset_part part, struct drn_dataset *dataset)
{
    switch (dataset_read_folder(dataset, folder, part, drn->message, sizeof drn->message)) {
    case DATASET_OK: return drn_done(drn);
    case DATASET_WRONG: return OPSPICE_DATA;
    case DATASET_NO_MEMORY: break;
    }
    return drn_no_memory(drn);
}

/* The size of images, as messages have it: channels only where there are several. */
static const char *size_text(const struct drn_dataset *dataset, char *text, size_t size)
{
    if (dataset->channels > 1)
        snprintf(text, size, "%zu x %zu x %zu", dataset->channels, dataset->height, dataset->width);
    else
        snprintf(text, size, "%zu x %zu", dataset->height, dataset->width);
    return text;
}

int drn_take_data(opspice_drn *drn, int status, const char *name)
{
    char train[SIZE_TEXT], test[SIZE_TEXT];
    if (status == OPSPICE_OK && (drn->train.channels != drn->test.channels || drn->train.height != drn->test.height ||
                                 drn->train.width != drn->test.width))
        status = drn_fail(drn, OPSPICE_DATA, "%s: images for training have %s pixels, those of the test %s", name,
                          size_text(&drn->train, train, sizeof train), size_text(&drn->test, test, sizeof test));
    if (status == OPSPICE_OK && drn->train.count > UINT32_MAX)
        status = drn_fail(drn, OPSPICE_DATA, "%s: too many images", name);
    if (status != OPSPICE_OK) {
        dataset_free(&drn->train);
        dataset_free(&drn->test);
    }
    drn->read = status == OPSPICE_OK;
    return status;
}

int opspice_drn_read(opspice_drn *drn, const char *folder)
{
    if (drn->read || drn->train.count > 0 || drn->test.count > 0)
        return drn_fail(drn, OPSPICE_USAGE, "data were read already");
    int status = read_part(drn, folder, DATASET_TRAIN, &drn->train);
    if (status == OPSPICE_OK)
        status = read_part(drn, folder, DATASET_TEST, &drn->test);
    return drn_take_data(drn, status, folder);
}

/* Inputs and outputs against pixels and labels. */
static int check_fit(opspice_drn *drn, const struct drn_settings *settings)
{
    size_t pixels = dataset_pixels(&drn->train), outputs = settings->stack.units[settings->stack.layers];
    size_t classes = outputs / (settings->pairs ? 2 : 1);
    const struct drn_shape *image = &settings->stack.shape[0];
    char text[SIZE_TEXT], seen[SIZE_TEXT];
    size_text(&drn->train, text, sizeof text);
    if (image->channels > 0 && (image->channels != drn->train.channels || image->height != drn->train.height ||
                                image->width != drn->train.width)) {
        const struct drn_dataset wanted = {
            .channels = image->channels, .height = image->height, .width = image->width};
        return drn_fail(drn, OPSPICE_DATA, "images have %s pixels; the network sees %s", text,
                        size_text(&wanted, seen, sizeof seen));
    }
    if (settings->stack.units[0] != 2 * pixels)
        return drn_fail(drn, OPSPICE_DATA, "images of %s pixels, doubled, need %zu inputs; the network has %zu", text,
                        2 * pixels, settings->stack.units[0]);
    size_t train = dataset_largest_label(&drn->train), test = dataset_largest_label(&drn->test);
    if (train >= classes || test >= classes)
        return drn_fail(drn, OPSPICE_DATA, "there is a label %zu; the network has %zu outputs, for labels from 0",
                    train > test ? train : test, classes);
    return OPSPICE_OK;
}

/* ---- beginning ---------------------------------------------------------------------------------------------- */

static void follow(opspice_drn *drn)
{
    const struct drn_trainer *trainer = &drn->trainer;
    opspice_drn_progress *progress = &drn->progress;
    progress->epoch = trainer->epoch;
    progress->epochs = trainer->settings.epochs;
    progress->sample = trainer->position;
    progress->samples = drn->train.count;
    progress->errors = trainer->errors;
    progress->cost = trainer->cost;
    progress->tests = drn->test.count;
    if (drn->history.count > 0) {
        const struct drn_record *last = &drn->history.record[drn->history.count - 1];
        progress->train_error = last->train_error;
        progress->train_cost = last->train_cost;
        progress->test_error = last->test_error;
        progress->test_cost = last->test_cost;
        progress->epoch_seconds = last->seconds;
    }
}

/* What begin and resume have in common, after the trainer was made. */
static int get_ready(opspice_drn *drn)
{
    if (!tester_new(&drn->tester, &drn->trainer.network)) {
        trainer_free(&drn->trainer);
        return drn_no_memory(drn);
    }
    drn->begun = true;
    drn->progress.parameters = 0;
    for (size_t k = 1; k <= drn->trainer.network.layers; k++)
        drn->progress.parameters += opspice_drn_conductances(drn, k) + opspice_drn_biases(drn, k);
    follow(drn);
    return drn_done(drn);
}

static int may_begin(opspice_drn *drn)
{
    if (!drn->read)
        return drn_fail(drn, OPSPICE_USAGE, "data were not read yet");
    return drn->begun ? drn_fail(drn, OPSPICE_USAGE, "there is a network already") : OPSPICE_OK;
}

int opspice_drn_begin(opspice_drn *drn)
{
    int status = may_begin(drn);
    struct drn_settings settings = drn->settings;
    const char *wrong = settings_complete(&settings);
    if (status == OPSPICE_OK && wrong)
        status = drn_fail(drn, OPSPICE_USAGE, "%s", wrong);
    if (status == OPSPICE_OK)
        status = check_fit(drn, &settings);
    if (status != OPSPICE_OK)
        return status;
    return trainer_new(&drn->trainer, &settings, &drn->train) ? get_ready(drn) : drn_no_memory(drn);
}

int opspice_drn_resume(opspice_drn *drn, const char *path)
{
    int status = may_begin(drn);
    if (status != OPSPICE_OK)
        return status;
    errno = 0;
    switch (checkpoint_read(path, &drn->trainer, &drn->history, &drn->progress.seconds, &drn->train, drn->message,
                            sizeof drn->message)) {
    case CHECKPOINT_OK: break;
    case CHECKPOINT_WRONG: return OPSPICE_DATA;
    case CHECKPOINT_SYSTEM: return file_failed(drn, "read", path);
    }
    status = check_fit(drn, &drn->trainer.settings);
    if (status == OPSPICE_OK)
        return get_ready(drn);
    trainer_free(&drn->trainer);
    history_free(&drn->history);
    return status;
}

int opspice_drn_save(opspice_drn *drn, const char *path)
{
    if (!drn->begun)
        return drn_not_begun(drn);
    errno = 0;
    if (checkpoint_write(path, &drn->trainer, &drn->history, drn->progress.seconds) != CHECKPOINT_OK)
        return file_failed(drn, "write", path);
    return drn_done(drn);
}

/* ---- training ----------------------------------------------------------------------------------------------- */

int opspice_drn_step(opspice_drn *drn, size_t batches)
{
    if (!drn->begun)
        return drn_not_begun(drn);
    if (trainer_epoch_is_over(&drn->trainer))
        return drn_fail(drn, OPSPICE_USAGE, "the epoch is over");
    double start = clock_seconds();
    enum train_status status = trainer_step(&drn->trainer, batches);
    drn->progress.seconds += clock_seconds() - start;
    drn->progress.sample = drn->trainer.position;
    drn->progress.errors = drn->trainer.errors;
    drn->progress.cost = drn->trainer.cost;
    return status == TRAIN_OK ? OPSPICE_OK : drn_trained(drn, status);
}

int opspice_drn_test(opspice_drn *drn, size_t *errors, double *cost)
{
    if (!drn->begun)
        return drn_not_begun(drn);
    return drn_trained(drn, tester_run(&drn->tester, &drn->trainer, &drn->test, NULL, errors, cost));
}

int opspice_drn_end_epoch(opspice_drn *drn)
{
    struct audit_row audit[2 * DRN_LAYERS];
    size_t errors, samples_audited = drn->trainer.settings.audit;
    double cost;
    if (!drn->begun)
        return drn_not_begun(drn);
    if (!trainer_epoch_is_over(&drn->trainer))
        return drn_fail(drn, OPSPICE_USAGE, "the epoch is not over");
    if (samples_audited > 0 && audit_run(&drn->trainer, samples_audited, audit) == GRADIENT_NO_MEMORY)
        return drn_no_memory(drn);
    double start = clock_seconds();
    int status = opspice_drn_test(drn, &errors, &cost);
    if (status != OPSPICE_OK)
        return status;
    double samples = (double)drn->train.count;
    struct drn_record record = {(double)drn->trainer.errors / samples, (double)errors / (double)drn->test.count,
                                drn->trainer.cost / samples, cost, drn->progress.seconds + clock_seconds() - start};
    if (!history_add(&drn->history, &record, samples_audited > 0 ? audit : NULL, 2 * drn->trainer.network.layers))
        return drn_no_memory(drn);
    trainer_end_epoch(&drn->trainer);
    drn->progress.seconds = 0;
    follow(drn);
    return drn_done(drn);
}

const opspice_drn_progress *opspice_drn_get_progress(const opspice_drn *drn)
{
    return &drn->progress;
}

/* ---- what is made of it ------------------------------------------------------------------------------------- */

static opspice_drn_match match_of(struct gradient_match match)
{
    return (opspice_drn_match){match.cosine, match.error};
}

int opspice_drn_check_gradient(opspice_drn *drn, const opspice_drn_gradient **rows, size_t *count)
{
    struct gradient_row row[2 * DRN_LAYERS];
    if (!drn->begun)
        return drn_not_begun(drn);
    *count = 2 * drn->trainer.network.layers;
    free(drn->rows);
    drn->rows = array_new(*count, sizeof *drn->rows);
    enum gradient_status status = drn->rows ? gradient_check(&drn->trainer, true, row) : GRADIENT_NO_MEMORY;
    if (status == GRADIENT_NO_MEMORY)
        return drn_no_memory(drn);
    if (status == GRADIENT_NOT_FOUND)
        return drn_fail(drn, OPSPICE_NO_EQUILIBRIUM, "an equilibrium was not reached, or there is none");
    for (size_t r = 0; r < *count; r++)
        drn->rows[r] = (opspice_drn_gradient){row[r].layer,
                                              row[r].bias,
                                              row[r].parameters,
                                              row[r].tried,
                                              match_of(row[r].ep_adjoint),
                                              match_of(row[r].ep_difference),
                                              match_of(row[r].adjoint_difference),
                                              settings_rule(&drn->trainer.settings)};
    *rows = drn->rows;
    return drn_done(drn);
}

static opspice_drn_audit_row audit_of(const struct audit_row *row)
{
    return (opspice_drn_audit_row){(size_t)row->layer, row->bias != 0, (size_t)row->parameters, row->cosine,
                                   row->norm_ratio,    row->error,     row->rule,               row->nudging,
                                   row->iterations,    row->precision};
}

/* Keep rows for the caller. */
static int give_audit(opspice_drn *drn, const struct audit_row *row, size_t count, const opspice_drn_audit_row **rows)
{
    free(drn->audit);
    drn->audit = array_new(count, sizeof *drn->audit);
    if (!drn->audit)
        return drn_no_memory(drn);
    for (size_t r = 0; r < count; r++)
        drn->audit[r] = audit_of(&row[r]);
    *rows = drn->audit;
    return drn_done(drn);
}

int opspice_drn_audit(opspice_drn *drn, size_t samples, const opspice_drn_audit_row **rows, size_t *count)
{
    struct audit_row row[2 * DRN_LAYERS];
    if (!drn->begun)
        return drn_not_begun(drn);
    *count = 2 * drn->trainer.network.layers;
    return audit_run(&drn->trainer, samples, row) == GRADIENT_OK ? give_audit(drn, row, *count, rows)
                                                                 : drn_no_memory(drn);
}

int opspice_drn_get_audit(opspice_drn *drn, size_t epoch, const opspice_drn_audit_row **rows, size_t *count)
{
    const struct drn_history *history = &drn->history;
    if (epoch < 1 || epoch > history->count)
        return drn_fail(drn, OPSPICE_USAGE, "there is no epoch %zu: %zu are done", epoch, history->count);
    const struct audit_row *first = history->audit + (epoch - 1) * history->rows;
    *count = history->rows > 0 && first->layer == 1 ? history->rows : 0; /* its number is NAN in an epoch without */
    return give_audit(drn, first, *count, rows);
}

int opspice_drn_export(opspice_drn *drn, const char *path, size_t sample)
{
    struct drn_inputs inputs;
    if (!drn->begun)
        return drn_not_begun(drn);
    if (sample >= drn->test.count)
        return drn_fail(drn, OPSPICE_USAGE, "there is no sample %zu: the test has %zu images, counted from 0", sample,
                    drn->test.count);
    if (!inputs_new(&inputs, drn->trainer.network.pixels, 1))
        return drn_no_memory(drn);
    uint32_t number = (uint32_t)sample;
    inputs_take(&inputs, drn->test.pixel, drn->test.label, &number, 1, drn->trainer.settings.input_gain,
                drn->trainer.settings.input_offset);
    char title[128];
    snprintf(title, sizeof title, "Deep resistive network after %zu epochs, test image %zu", drn->trainer.epoch,
             sample);
    struct whole_file whole;
    errno = 0;
    bool good = whole_file_open(&whole, path);
    good = good && whole_file_close(&whole, export_netlist(&drn->trainer.network, &inputs, title, whole.file));
    inputs_free(&inputs);
    return good ? drn_done(drn) : file_failed(drn, "write", path);
}

int opspice_drn_write_log(opspice_drn *drn, const char *path)
{
    struct whole_file whole;
    errno = 0;
    bool good = whole_file_open(&whole, path);
    good = good && whole_file_close(&whole, history_write_csv(&drn->history, whole.file));
    return good ? drn_done(drn) : file_failed(drn, "write", path);
}

int opspice_drn_write_plot(opspice_drn *drn, const char *path, const char *svg)
{
    struct whole_file whole;
    if (!drn->begun)
        return drn_not_begun(drn);
    errno = 0;
    bool good = whole_file_open(&whole, path);
    good = good && whole_file_close(&whole, history_write_plot(&drn->history, &drn->trainer.network,
                                                               drn->train.channels * drn->train.height,
                                                               drn->train.width, svg, whole.file));
    return good ? drn_done(drn) : file_failed(drn, "write", path);
}
