/* Numbers of the exponential diode's law that both readings of it share. */
#ifndef OPSPICE_JUNCTION_PARTS_H
#define OPSPICE_JUNCTION_PARTS_H

static const double junction_exponent_limit = 600; /* exponentials go straight on from exp of it */
static const double junction_ramp = 1e-6;          /* of n Vt: what replaces a step of the law */

#endif
