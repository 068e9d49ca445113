/* Transistors: their cards become the parts of a device (laws/device.h). */
#ifndef OPSPICE_ELABORATE_DEVICES_H
#define OPSPICE_ELABORATE_DEVICES_H

#include "elaborate/builder.h"

/* Build a Q, J, M or Z card. False when memory is out. */
bool devices_build(struct builder *builder, const struct card *card);

#endif
