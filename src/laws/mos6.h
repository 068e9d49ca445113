/* MOS transistors of level 6: Sakurai and Newton's n-th power law.
 *
 *   von   = Vbi + GAMMA s - GAMMA1 vbs - SIGMA vds, s as in mos1.h;  drive = vgs - von
 *   drive <= 0:  i = 0
 *   vdsat = KV drive^NV
 *   i     = KC W / (L - 2 LD) drive^NC (1 + (LAMBDA0 - LAMBDA1 vbs) vds)        vds >= vdsat
 *           the same, times (2 - vds / vdsat) vds / vdsat                       else
 * KC falls with temperature as KP does; where it is not given and TOX is, it is UO Cox / 2. LAMBDA stands for LAMBDA0.
 * RSH has an effect with NRD and NRS given only.
 *
 * The current is continuous, its slopes but at drive = 0 with NC <= 1.
 * Differences from ngspice 39: @m[...] of voltages and sizes are not multiplied by M.
 * Source: Sakurai and Newton, A simple MOSFET model for circuit analysis, IEEE Trans. Electron Devices 38, 1991; mos.h.
 */
#ifndef OPSPICE_MOS6_H
#define OPSPICE_MOS6_H

#include "laws/device.h"

extern const struct device_kind mos6_kind;

#endif
