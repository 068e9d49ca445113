#include "drn/layers.h"

#include "drn/option_text.h"
#include <stdbool.h>
#include <string.h>

enum { UNITS_LIMIT = 1 << 20, KERNEL_LIMIT = 1 << 10, NUMBERS = 4 };

/* One part of the text, [at, end), and where reasons go. */
struct part {
    const char *at, *end;
    size_t number; /* counted from 1 */
    char *rule;
    size_t size;
};

static const char *wrong(const struct part *part, const char *what)
{
    int length = part->end - part->at < 40 ? (int)(part->end - part->at) : 40;
    snprintf(part->rule, part->size, "has %.*s as part %zu, which %s", length, part->at, part->number, what);
    return part->rule;
}

static bool skip(const char **at, const char *word)
{
    size_t length = strlen(word);
    if (strncmp(*at, word, length) != 0)
        return false;
    *at += length;
    return true;
}

/* Up to `most` whole numbers behind colons at *at, which moves behind them. */
static size_t read_numbers(const char **at, uint64_t *number, size_t most)
{
    size_t count = 0;
    while (count < most && **at == ':') {
        const char *next = *at + 1;
        if (!option_text_whole(&next, UNITS_LIMIT, &number[count]))
            break;
        *at = next;
        count++;
    }
    return count;
}

/* ---- kinds of parts ----------------------------------------------------------------------------------------- */

static const char *read_image(const struct part *part, struct drn_shape *shape, size_t *units)
{
    static const char form[] = "is no HEIGHTxWIDTH or HEIGHTxWIDTHxCHANNELS";
    const char *at = part->at;
    uint64_t number[3] = {0, 0, 1};
    size_t count = 0;
    do {
        if (count == 3 || !option_text_whole(&at, UNITS_LIMIT, &number[count++]))
            return wrong(part, form);
    } while (skip(&at, "x"));
    if (at != part->end || count < 2)
        return wrong(part, form);
    if (number[0] == 0 || number[1] == 0 || number[2] == 0)
        return wrong(part, "has no pixels");
    if (number[0] * number[1] > UNITS_LIMIT || 2 * number[0] * number[1] * number[2] > UNITS_LIMIT)
        return wrong(part, "has too many pixels");
    *shape = (struct drn_shape){.height = (size_t)number[0], .width = (size_t)number[1], .channels = (size_t)number[2]};
    *units = 2 * shape->height * shape->width * shape->channels;
    return NULL;
}

/* The image of a convolution or a pool over the one below. */
static const char *place_windows(const struct part *part, const struct drn_shape *below, struct drn_shape *shape,
                                 size_t *units)
{
    if (below->channels == 0)
        return wrong(part, "is over units in a row: an image or another conv or pool has to be below it");
    if (shape->channels == 0 || shape->kernel == 0 || shape->stride == 0)
        return wrong(part, "has a number that is 0");
    if (shape->kernel > KERNEL_LIMIT)
        return wrong(part, "has a window of more than 1024 x 1024");
    if (shape->padding >= shape->kernel)
        return wrong(part, "has a padding as wide as its kernel: some windows would see nothing");
    if (shape->kernel > below->height + 2 * shape->padding || shape->kernel > below->width + 2 * shape->padding)
        return wrong(part, "has a window larger than the image below it");
    shape->height = (below->height + 2 * shape->padding - shape->kernel) / shape->stride + 1;
    shape->width = (below->width + 2 * shape->padding - shape->kernel) / shape->stride + 1;
    *units = shape->height * shape->width * shape->channels;
    return *units > UNITS_LIMIT ? wrong(part, "has too many units") : NULL;
}

static const char *read_convolution(const struct part *part, const struct drn_shape *below, struct drn_shape *shape,
                                    size_t *units)
{
    uint64_t number[NUMBERS] = {0, 0, 1, 0};
    const char *at = part->at + strlen("conv");
    if (read_numbers(&at, number, NUMBERS) < 2 || at != part->end)
        return wrong(part, "is no conv:CHANNELS:KERNEL[:STRIDE[:PADDING]]");
    *shape = (struct drn_shape){.kind = DRN_CONVOLUTION,
                                .channels = (size_t)number[0],
                                .kernel = (size_t)number[1],
                                .stride = (size_t)number[2],
                                .padding = (size_t)number[3]};
    return place_windows(part, below, shape, units);
}

static const char *read_pool(const struct part *part, const struct drn_shape *below, bool of_inputs,
                             struct drn_shape *shape, size_t *units)
{
    uint64_t number[2] = {0, 0};
    double conductance = 1;
    const char *at = part->at + strlen("pool");
    size_t count = read_numbers(&at, number, 2);
    bool good = count > 0;
    if (count == 2 && skip(&at, ":"))
        good = option_text_number(&at, &conductance);
    if (!good || at != part->end)
        return wrong(part, "is no pool:SIZE[:STRIDE[:SIEMENS]]");
    if (!(conductance >= 1e-9 && conductance <= 1e9))
        return wrong(part, "has resistors that are not from 1e-9 to 1e9 S");
    *shape = (struct drn_shape){.kind = DRN_POOLING,
                                .channels = of_inputs ? 2 * below->channels : below->channels,
                                .kernel = (size_t)number[0],
                                .stride = (size_t)number[count - 1],
                                .conductance = conductance};
    return place_windows(part, below, shape, units);
}

static const char *read_units(const struct part *part, struct drn_shape *shape, size_t *units)
{
    uint64_t number;
    const char *at = part->at;
    if (!option_text_whole(&at, UNITS_LIMIT, &number) || at != part->end)
        return wrong(part, "is no number of units up to 1048576, no conv:..., no pool:..., nor, as the first, an image "
                           "such as 28x28");
    *shape = (struct drn_shape){.kind = DRN_DENSE};
    *units = (size_t)number;
    return number == 0 ? "has a layer without units" : NULL;
}

/* ---- the whole ---------------------------------------------------------------------------------------------- */

static const char *read_part(struct drn_stack *stack, size_t k, const struct part *part)
{
    struct drn_shape *shape = &stack->shape[k];
    const struct drn_shape *below = k > 0 ? &stack->shape[k - 1] : NULL;
    size_t digits = strspn(part->at, "0123456789");
    if (k > 0 && strncmp(part->at, "conv", 4) == 0)
        return read_convolution(part, below, shape, &stack->units[k]);
    if (k > 0 && strncmp(part->at, "pool", 4) == 0)
        return read_pool(part, below, k == 1, shape, &stack->units[k]);
    if (k == 0 && digits > 0 && part->at[digits] == 'x')
        return read_image(part, shape, &stack->units[k]);
    return read_units(part, shape, &stack->units[k]);
}

/* From a unit down. */
static uint64_t fan(const struct drn_stack *stack, size_t k)
{
    const struct drn_shape *shape = &stack->shape[k], *below = &stack->shape[k - 1];
    uint64_t taps = (uint64_t)shape->kernel * shape->kernel;
    if (shape->kind == DRN_DENSE)
        return stack->units[k - 1];
    return shape->kind == DRN_POOLING ? taps : taps * below->channels * (k == 1 ? 2 : 1);
}

uint64_t drn_stack_branches(const struct drn_stack *stack, size_t k)
{
    return fan(stack, k) * stack->units[k];
}

uint64_t drn_stack_conductances(const struct drn_stack *stack, size_t k)
{
    const struct drn_shape *shape = &stack->shape[k];
    if (shape->kind == DRN_POOLING)
        return 0;
    return fan(stack, k) * (shape->kind == DRN_DENSE ? stack->units[k] : shape->channels);
}

const char *drn_stack_read(struct drn_stack *stack, const char *text, char *rule, size_t size)
{
    static const char list[] = "is a list of 2 to 17 sizes, inputs first, such as 1568,100,10";
    size_t count = 0;
    *stack = (struct drn_stack){0};
    for (const char *at = text;; at++) {
        const struct part part = {at, at + strcspn(at, ","), count + 1, rule, size};
        if (count > DRN_LAYERS || part.end == at)
            return list;
        const char *reason = read_part(stack, count, &part);
        if (reason)
            return reason;
        count++;
        at = part.end;
        if (*at == '\0')
            break;
    }
    if (count < 2)
        return list;
    if (stack->units[0] % 2)
        return "begins with the inputs, which are doubled: an even number";
    if (stack->shape[count - 1].channels > 0 || stack->units[count - 1] < 2 || stack->units[count - 1] > 256)
        return "ends with the number of classes: 2 to 256";
    stack->layers = count - 1;
    for (size_t k = 1; k < count; k++) {
        if (fan(stack, k) > (uint64_t)1 << 32 || drn_stack_branches(stack, k) > (uint64_t)1 << 32)
            return "has layers that are too large";
    }
    return NULL;
}

static void write_part(const struct drn_shape *shape, size_t units, FILE *file)
{
    if (shape->kind == DRN_CONVOLUTION) {
        fprintf(file, "conv:%zu:%zu:%zu:%zu", shape->channels, shape->kernel, shape->stride, shape->padding);
    } else if (shape->kind == DRN_POOLING) {
        fprintf(file, "pool:%zu:%zu:", shape->kernel, shape->stride);
        option_text_put(shape->conductance, file);
    } else if (shape->channels > 0) {
        fprintf(file, "%zux%zux%zu", shape->height, shape->width, shape->channels);
    } else {
        fprintf(file, "%zu", units);
    }
}

void drn_stack_write(const struct drn_stack *stack, FILE *file)
{
    for (size_t k = 0; k <= stack->layers; k++) {
        if (k > 0)
            fputc(',', file);
        write_part(&stack->shape[k], stack->units[k], file);
    }
}
