/* The devices that there are. */
#ifndef OPSPICE_DEVICES_H
#define OPSPICE_DEVICES_H

#include "laws/bipolar.h"
#include "laws/mos1.h"

#endif
