/* MOS transistors of level 1: Shichman and Hodges.
 *
 *   von = Vbi + GAMMA s, s = sqrt(PHI - vbs) for vbs <= 0, else sqrt(PHI) - vbs / (2 sqrt(PHI)), never below 0
 *   vgs <= von:         i = 0
 *   vgs - von <= vds:   i = beta/2 (vgs - von)^2 (1 + LAMBDA vds)
 *   else:               i = beta vds (vgs - von - vds/2) (1 + LAMBDA vds)
 * with beta = KP W / (L - 2 LD). Current and slopes are continuous.
 * Source: Shichman and Hodges, Modeling and simulation of insulated-gate field-effect transistor switching circuits,
 * IEEE J. Solid-State Circuits 3, 1968; mos.h. */
#ifndef OPSPICE_MOS1_H
#define OPSPICE_MOS1_H

#include "laws/device.h"

extern const struct device_kind mos1_kind;

#endif
