#include "device_text.h"
#include "laws/devices.h"

#include "assertions.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* name=value words into a struct of doubles. */
static void read_numbers(const struct device_parameter *table, size_t bytes, double *numbers, const char *text)
{
    char name[40];
    double value;
    int used;
    ck_assert_uint_le(bytes, DEVICE_TEXT_WORK);
    for (size_t k = 0; k < bytes / sizeof(double); k++)
        numbers[k] = NAN;
    for (; sscanf(text, " %39[^=]=%lf%n", name, &value, &used) == 2; text += used) {
        const struct device_parameter *found = table;
        while (found->name && strcmp(found->name, name) != 0)
            found++;
        ck_assert_msg(found->name != NULL, "%s", name);
        if (found->offset != DEVICE_IDLE)
            numbers[found->offset / sizeof(double)] = value;
    }
}

struct device_text device_text(const struct device_kind *kind, int type, double temp, const char *model,
                               const char *size)
{
    double models[DEVICE_TEXT_WORK / sizeof(double)], sizes[DEVICE_TEXT_WORK / sizeof(double)];
    struct device_conditions conditions = {.temp = temp, .tnom = 27, .gmin = 1e-12, .type = type};
    struct device_text device = {.kind = kind};
    ck_assert_uint_le(kind->law_size, sizeof device.law);
    read_numbers(kind->model, kind->model_size, models, model);
    read_numbers(kind->size, kind->size_size, sizes, size);
    device.wrong = device_make(kind, device.law, models, sizes, &conditions);
    if (!device.wrong)
        device.parts = kind->shape(device.law, device.alias, device.part);
    return device;
}

const struct device_part *device_text_function(const struct device_text *device, size_t k)
{
    for (size_t p = 0; p < device->parts; p++)
        if ((device->part[p].kind == PART_TRANSFER || device->part[p].kind == PART_RESISTIVE) && k-- == 0)
            return &device->part[p];
    return NULL;
}

double device_text_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) * 0x1p-53;
}

void device_text_refused(const struct device_kind *kind, const char *model, const char *size, const char *words)
{
    struct device_text device = device_text(kind, 1, 27, model, size);
    if (!words)
        ck_assert_msg(device.wrong == NULL, "%s %s: %s", model, size, device.wrong);
    else
        ck_assert_msg(device.wrong && strstr(device.wrong, words), "%s %s: %s", model, size,
                      device.wrong ? device.wrong : "taken");
}
