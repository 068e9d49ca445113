#include "drn/checkpoint.h"

#include "util/array.h"
#include "write/whole_file.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

/* Format 2 has options and lines in its header that format 1, of opspice 0.1.0, does not have; what both have is laid
 * out alike. */
static const char first_line[] = "opspice-train checkpoint 2\n", first_line_1[] = "opspice-train checkpoint 1\n";
static const char last_line[] = "end\n";

/* ---- the binary part, described once for writing and reading ------------------------------------------------ */

struct stream {
    bool reading;
    FILE *file;
    uint32_t sum; /* CRC-32 of all before */
    bool failed;
};

static void pass(struct stream *stream, void *bytes, size_t size)
{
    if (stream->failed || size == 0)
        return;
    size_t done = stream->reading ? fread(bytes, 1, size, stream->file) : fwrite(bytes, 1, size, stream->file);
    stream->failed = done != size;
    for (size_t at = 0; at < size && !stream->failed; at += 1 << 30) {
        size_t piece = size - at < 1 << 30 ? size - at : 1 << 30;
        stream->sum = (uint32_t)crc32(stream->sum, (const unsigned char *)bytes + at, (unsigned)piece);
    }
}

/* Rows without what lies between them. */
static void pass_rows(struct stream *stream, float *row, size_t rows, size_t width, size_t stride)
{
    for (size_t r = 0; r < rows; r++)
        pass(stream, row + r * stride, width * sizeof *row);
}

static void pass_network(struct stream *stream, struct drn_network *network)
{
    pass(stream, network->input, drn_network_input_size(network) * sizeof(float));
    for (int m = 0; m < DRN_MEMORIES; m++) {
        if (network->input_memory[m])
            pass(stream, network->input_memory[m], drn_network_input_size(network) * sizeof(float));
    }
    for (size_t k = 1; k <= network->layers; k++) {
        size_t column = drn_network_column_layer(network, k), width = network->width[column];
        bool dense = network->connection[k].kind == DRN_DENSE;
        size_t rows = k > 1 && dense ? network->units[drn_network_row_layer(network, k)] : 0, units = network->width[k];
        size_t shared = dense ? 0 : drn_network_weight_size(network, k);
        for (size_t copy = 0; copy < network->connection[k].copies; copy++) {
            pass_rows(stream, drn_network_part(network, k, copy), rows, width, network->stride[column]);
            pass(stream, drn_network_part(network, k, copy), shared * sizeof(float));
        }
        pass(stream, network->bias[k], units * sizeof(float));
        pass(stream, network->below[k], units * sizeof(double));
        pass(stream, network->above[k], units * sizeof(double));
        for (int m = 0; m < DRN_MEMORIES; m++) {
            for (size_t copy = 0; copy < 2; copy++) {
                float *memory = network->weight_memory[k][copy][m];
                pass_rows(stream, memory, memory ? rows : 0, width, network->stride[column]);
                pass(stream, memory, memory ? shared * sizeof(float) : 0);
            }
            if (network->bias_memory[k][m])
                pass(stream, network->bias_memory[k][m], units * sizeof(float));
        }
    }
}

/* Numbers that the header does not hold. `epochs` is the length of the history. */
struct place {
    uint64_t epoch, position, errors, epochs;
    double cost, seconds;
};

static void pass_body(struct stream *stream, struct place *place, struct drn_trainer *trainer)
{
    struct drn_states *states = &trainer->equilibrium.states;
    size_t capacity = trainer->inputs[0].capacity; /* where the next batch begins; the other nudging's are made anew */
    pass(stream, place, sizeof *place);
    pass_network(stream, &trainer->network);
    for (size_t k = 1; k <= states->layers; k++)
        pass_rows(stream, states->v[k], capacity, trainer->network.width[k], states->stride[k]);
}

/* ---- the data it belongs to --------------------------------------------------------------------------------- */

static uint32_t sum_of_data(const struct drn_dataset *data)
{
    uint32_t sum = 0;
    size_t pixels = dataset_pixels(data);
    for (size_t n = 0; n < data->count; n++)
        sum = (uint32_t)crc32(sum, data->pixel + n * pixels, (unsigned)pixels);
    return (uint32_t)crc32_z(sum, data->label, data->count);
}

/* ---- writing ------------------------------------------------------------------------------------------------ */

/* The header as text, with its length; NULL when memory is out. */
static char *header_of(const struct drn_trainer *trainer, const struct drn_history *history, size_t *length)
{
    char *text = NULL;
    FILE *file = open_memstream(&text, length);
    if (!file)
        return NULL;
    fputs(first_line, file);
    settings_write(&trainer->settings, file);
    if (history->rows > 0)
        fprintf(file, "audited=%zu\n", history->rows);
    fprintf(file, "data=%zu,%08" PRIx32 "\n%s", trainer->data->count, sum_of_data(trainer->data), last_line);
    bool good = !ferror(file);
    if (fclose(file) != 0 || !good) {
        free(text);
        return NULL;
    }
    return text;
}

enum checkpoint_status checkpoint_write(const char *path, struct drn_trainer *trainer, struct drn_history *history,
                                        double seconds)
{
    size_t length;
    char *header = header_of(trainer, history, &length);
    if (!header) {
        errno = ENOMEM;
        return CHECKPOINT_SYSTEM;
    }
    struct place place = {trainer->epoch, trainer->position, trainer->errors, history->count, trainer->cost, seconds};
    struct whole_file whole;
    bool good = whole_file_open(&whole, path);
    if (good) {
        struct stream stream = {.file = whole.file};
        pass(&stream, header, length);
        pass_body(&stream, &place, trainer);
        pass(&stream, history->record, history->count * sizeof *history->record);
        pass(&stream, history->audit, history->count * history->rows * sizeof *history->audit);
        uint32_t sum = stream.sum;
        pass(&stream, &sum, sizeof sum);
        good = whole_file_close(&whole, !stream.failed);
    }
    free(header);
    return good ? CHECKPOINT_OK : CHECKPOINT_SYSTEM;
}

/* ---- reading ------------------------------------------------------------------------------------------------ */

struct reading {
    const char *path;
    char *why;
    size_t size;
    struct stream stream;
    struct drn_settings settings;
    uint64_t samples, audited; /* audited: rows of an epoch's audit */
    uint32_t data_sum;
};

static enum checkpoint_status wrong(struct reading *reading, const char *what)
{
    snprintf(reading->why, reading->size, "%s: %s", reading->path, what);
    return CHECKPOINT_WRONG;
}

/* One option of the header. False when it is none. */
static bool take_line(struct reading *reading, char *line)
{
    char *value = strchr(line, '=');
    if (!value)
        return false;
    *value++ = '\0';
    value[strcspn(value, "\n")] = '\0';
    if (strcmp(line, "data") == 0)
        return sscanf(value, "%" SCNu64 ",%" SCNx32, &reading->samples, &reading->data_sum) == 2;
    if (strcmp(line, "audited") == 0)
        return sscanf(value, "%" SCNu64, &reading->audited) == 1;
    return !settings_set(&reading->settings, line, value);
}

static enum checkpoint_status read_header(struct reading *reading)
{
    char line[1024];
    settings_init(&reading->settings);
    for (int number = 0; fgets(line, sizeof line, reading->stream.file); number++) {
        reading->stream.sum = (uint32_t)crc32(reading->stream.sum, (const unsigned char *)line, (unsigned)strlen(line));
        if (strcmp(line, last_line) == 0)
            return settings_complete(&reading->settings) ? wrong(reading, "is damaged") : CHECKPOINT_OK;
        if (number == 0 ? strcmp(line, first_line) != 0 && strcmp(line, first_line_1) != 0 : !take_line(reading, line))
            return wrong(reading, number == 0 ? "is no checkpoint of opspice-train" : "is damaged");
    }
    return ferror(reading->stream.file) ? CHECKPOINT_SYSTEM : wrong(reading, "is no checkpoint of opspice-train");
}

/* Whether the file is as long as the conductances of its header are, before room is made for them. */
static bool is_long_enough(const struct reading *reading)
{
    struct stat file;
    uint64_t weights = 0;
    for (size_t k = 1; k <= reading->settings.stack.layers; k++)
        weights += drn_stack_conductances(&reading->settings.stack, k);
    return fstat(fileno(reading->stream.file), &file) == 0 && (uint64_t)file.st_size > weights * sizeof(float);
}

static enum checkpoint_status check_data(struct reading *reading, const struct drn_dataset *data)
{
    if (reading->settings.stack.units[0] != 2 * dataset_pixels(data) || reading->samples != data->count ||
        reading->data_sum != sum_of_data(data))
        return wrong(reading, "was trained with other data");
    return is_long_enough(reading) ? CHECKPOINT_OK : wrong(reading, "ends too early");
}

static enum checkpoint_status read_history(struct reading *reading, struct drn_history *history, uint64_t epochs)
{
    if (epochs > 1 << 24)
        return wrong(reading, "is damaged");
    if (!array_reserve(&history->record, &history->capacity, (size_t)epochs + 1, sizeof *history->record))
        return CHECKPOINT_SYSTEM;
    pass(&reading->stream, history->record, (size_t)epochs * sizeof *history->record);
    if (reading->audited > 0) {
        if (reading->audited != 2 * reading->settings.stack.layers)
            return wrong(reading, "is damaged");
        if (!history_make_audits(history, (size_t)reading->audited, (size_t)epochs))
            return CHECKPOINT_SYSTEM;
        pass(&reading->stream, history->audit, (size_t)(epochs * reading->audited) * sizeof *history->audit);
    }
    history->count = (size_t)epochs;
    return CHECKPOINT_OK;
}

static enum checkpoint_status read_body(struct reading *reading, struct drn_trainer *trainer,
                                        struct drn_history *history, double *seconds)
{
    struct place place = {0};
    pass_body(&reading->stream, &place, trainer);
    if (reading->stream.failed)
        return ferror(reading->stream.file) ? CHECKPOINT_SYSTEM : wrong(reading, "ends too early");
    if (place.epoch != place.epochs || place.position >= trainer->data->count)
        return wrong(reading, "is damaged");
    enum checkpoint_status status = read_history(reading, history, place.epochs);
    if (status != CHECKPOINT_OK)
        return status;
    uint32_t sum = reading->stream.sum, written = 0;
    pass(&reading->stream, &written, sizeof written);
    if (reading->stream.failed || written != sum)
        return wrong(reading, "is damaged");
    trainer->epoch = (size_t)place.epoch;
    trainer->position = (size_t)place.position;
    trainer->errors = (size_t)place.errors;
    trainer->cost = place.cost;
    *seconds = place.seconds;
    for (size_t k = 1; k <= trainer->network.layers; k++) {
        drn_network_reflect(&trainer->network, k);
        drn_network_invert(&trainer->network, k);
    }
    trainer_shuffle(trainer);
    return CHECKPOINT_OK;
}

enum checkpoint_status checkpoint_read(const char *path, struct drn_trainer *trainer, struct drn_history *history,
                                       double *seconds, const struct drn_dataset *data, char *why, size_t size)
{
    struct reading reading = {.path = path, .why = why, .size = size, .stream.reading = true};
    reading.stream.file = fopen(path, "rbe");
    if (!reading.stream.file)
        return CHECKPOINT_SYSTEM;
    enum checkpoint_status status = read_header(&reading);
    if (status == CHECKPOINT_OK)
        status = check_data(&reading, data);
    if (status == CHECKPOINT_OK && !trainer_new(trainer, &reading.settings, data)) {
        errno = ENOMEM;
        status = CHECKPOINT_SYSTEM;
    }
    if (status == CHECKPOINT_OK)
        status = read_body(&reading, trainer, history, seconds);
    if (status != CHECKPOINT_OK) {
        int reason = errno;
        trainer_free(trainer);
        history_free(history);
        errno = reason;
    }
    fclose(reading.stream.file);
    return status;
}
