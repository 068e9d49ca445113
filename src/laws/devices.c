#include "laws/devices.h"

#include "laws/bipolar.h"
#include "laws/given.h"
#include "laws/jfet.h"
#include "laws/mesfet.h"
#include "laws/mos1.h"
#include "laws/mos2.h"
#include "laws/mos3.h"
#include "laws/mos6.h"
#include "laws/vdmos.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

const struct device_type device_types[] = {
    {"npn", "pnp", 'q', 1, &bipolar_kind},
    {"npn", "pnp", 'q', 2, &bipolar_kind},
    {"npn", "lpnp", 'q', 1, &bipolar_kind}, /* PSpice's lateral one, which every pnp is */
    {"npn", "lpnp", 'q', 2, &bipolar_kind},
    {"njf", "pjf", 'j', 1, &jfet_kind},
    {"njf", "pjf", 'j', 2, &jfet2_kind},
    {"nmf", "pmf", 'z', 1, &mesfet_kind},
    {"nmos", "pmos", 'm', 1, &mos1_kind},
    {"nmos", "pmos", 'm', 2, &mos2_kind},
    {"nmos", "pmos", 'm', 3, &mos3_kind},
    {"nmos", "pmos", 'm', 6, &mos6_kind},
    {"vdmosn", "vdmosp", 'm', 1, &vdmos_kind},
    {"vdmos", "vdmosp", 'm', 1, &vdmos_kind}, /* a word of the card says which */
    {"nsoi", "psoi", 'm', 1, NULL},
    {"nhfet", "phfet", 'z', 1, NULL},
    {NULL, NULL, 0, 0, NULL},
};

double *device_place(const struct device_parameter *table, double *values, const char *name)
{
    for (; table->name; table++)
        if (table->offset != DEVICE_IDLE && strcmp(table->name, name) == 0)
            return &values[table->offset / sizeof *values];
    return NULL;
}

/* number [DEVICE_NUMBERS] out: what is given [bytes], and what the table has otherwise. */
static void complete(const struct device_parameter *table, const void *numbers, size_t bytes, double *number)
{
    assert(bytes <= DEVICE_NUMBERS * sizeof *number);
    memcpy(number, numbers, bytes);
    for (const struct device_parameter *row = table; row->name; row++)
        if (row->offset != DEVICE_IDLE)
            number[row->offset / sizeof *number] = given(number[row->offset / sizeof *number], row->otherwise);
}

const char *device_make(const struct device_kind *kind, void *law, const void *model, const void *size,
                        const struct device_conditions *conditions)
{
    double of_model[DEVICE_NUMBERS], of_size[DEVICE_NUMBERS];
    complete(kind->model, model, kind->model_size, of_model);
    complete(kind->size, size, kind->size_size, of_size);
    return kind->make(law, of_model, of_size, conditions);
}
