/* Power MOS transistors, VDMOS; with temperatures of junction and case where they heat themselves.
 *
 * Nodes: drain, gate, source; tj, tc, degrees Celsius; drain', gate', source' behind RD, RG, RS; the anode of the body
 * diode behind RB. Parts: the channel from drain' to source', controlled by vgs', vds'; RD, which with RQ and VQ
 * depends on the voltage between the terminals drain and source; RG, RS, RB; RDS (1e15 ohm where not given) between
 * the terminals; the body diode from source to drain (junction.h), with gmin across it.
 *
 * The channel, vds >= 0, with a = KSUBTHRES:
 *   drive = a ln(1 + exp((vgs - von - SUBSHIFT) / a)), below exp(-36) its tangent, as far as 0
 *   beta  = KP (1 + LAMBDA vds) / (1 + THETA vgs)
 *   i     = beta/2 drive^2                                    drive <= MTRIODE vds
 *           beta MTRIODE vds (drive - MTRIODE vds / 2)        else
 * Where vds < 0 the drive is that of vgd, |vds| stands in the last line, and i is negative; LAMBDA and THETA keep vds
 * and vgs. Current and slopes are continuous, but those at vds = 0 with LAMBDA or THETA.
 *   RD at v = vds of the terminals >= 0: 1 / (1 / (RD + RQ v / (v + |VQ|)) + gmin), else RD
 *
 * gmin and IBV are those of all M devices together.
 *
 * Over temperature, r = T / Tnom, dt = T - Tnom: KP as r^MU; VTO less TCVTH dt; KSUBTHRES (1 + TKSUBTHRES1 dt +
 * TKSUBTHRES2 dt^2); RD as r^TEXP0 where that is given, else as 1 + TRD1 dt + TRD2 dt^2; RQ as r^TEXP1; RG, RS, RB with
 * their coefficients.
 *
 * Where the card says thermal and the model RTHJC, the device heats itself. 1 V is a degree and 1 A a watt:
 *   into tj    the losses of channel, i vds', RD, RB, and body diode with its gmin, of all M devices together
 *   RTHJC      from tj to tc, RTHCA from tc to 0, whatever M is; and (TEMP of the circuit) / RTHCA flows into tj, which
 *              in ngspice 39 stands for a source of that temperature behind RTHCA
 *   T          = TEMP of the device + v(tj): ngspice 39 takes v(tj) for the rise above TEMP, though that is in it too
 * KP, RD and RQ at that T go once more with T / TEMP to the powers MU, TEXP0 (1.5 where not given) and TEXP1, as in
 * ngspice 39. T stays within 50 and 5000 K, where laws beyond are those there; resistances that fall with T, and
 * KSUBTHRES, do not fall below a thousandth. Its functions have no interval forms, and lift tj as far as it takes.
 *
 * Differences from ngspice 39: slopes are the derivatives of the current; the drive goes on where ngspice's
 * exponential overflows, and ends where its is rounding; 1 + THETA vgs is never less than 0.1; gmin is in RD where it
 * is bias dependent, also at v < 0 (no gap). Of one that heats itself RG and RS have their coefficients once: ngspice's
 * have them once more in each iteration.
 * Source: ngspice 39's manual, 11.3; D'Alessandro, Frisina, Rinaldi, A new SPICE model of VDMOS transistors including
 * thermal and quasi-saturation effects, EPE 2001; for the drive, the logarithm of weak inversion as LTspice has it. */
#ifndef OPSPICE_VDMOS_H
#define OPSPICE_VDMOS_H

#include "laws/device.h"

extern const struct device_kind vdmos_kind;

#endif
