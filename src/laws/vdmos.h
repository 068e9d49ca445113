/* Power MOS transistors, VDMOS, without self-heating.
 *
 * Nodes: drain, gate, source; drain', gate', source' behind RD, RG, RS; the anode of the body diode behind RB. Parts:
 * the channel from drain' to source', controlled by vgs', vds'; RD, which with RQ and VQ depends on the voltage between
 * the terminals drain and source; RG, RS, RB; RDS (1e15 ohm where not given) between the terminals; the body diode from
 * source to drain (junction.h), with gmin across it.
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
 * Differences from ngspice 39: slopes are the derivatives of the current; the drive goes on where ngspice's
 * exponential overflows, and ends where its is rounding; 1 + THETA vgs is never less than 0.1; gmin is in RD where it
 * is bias dependent, also at v < 0 (no gap).
 * Source: ngspice 39's manual, 11.3; D'Alessandro, Frisina, Rinaldi, A new SPICE model of VDMOS transistors including
 * thermal and quasi-saturation effects, EPE 2001; for the drive, the logarithm of weak inversion as LTspice has it. */
#ifndef OPSPICE_VDMOS_H
#define OPSPICE_VDMOS_H

#include "laws/device.h"

extern const struct device_kind vdmos_kind;

#endif
