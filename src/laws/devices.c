#include "laws/devices.h"

#include "laws/bipolar.h"
#include "laws/jfet.h"
#include "laws/mesfet.h"
#include "laws/mos1.h"
#include "laws/mos2.h"
#include "laws/mos3.h"
#include "laws/mos6.h"
#include "laws/vdmos.h"

#include <stddef.h>

const struct device_type device_types[] = {
    {"npn", "pnp", 'q', 1, &bipolar_kind},
    {"npn", "pnp", 'q', 2, &bipolar_kind},
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
