/* MOS transistors of level 2: Frohman-Bentchkowsky and Grove, with Meyer's bulk charge.
 *
 * s(v) = sqrt(PHI - v), above v = 0 sqrt(PHI) / (1 + v / 2 PHI); S = s(vbs), D = s(vbs - vds), E = s(vbs - vdsat);
 * L = L - 2 LD, n = DELTA pi eps / (4 Cox W), X = sqrt(2 eps / q NSUB), without XJ no short channel:
 *   G     = GAMMA (1 - XJ/2L (sqrt(1 + 2 X S / XJ) - 1) - XJ/2L (sqrt(1 + 2 X D / XJ) - 1))
 *   vbin  = Vbi + n (PHI - vbs),  vth = vbin + G S
 *   von   = vth + Vt xn,  xn = 1 + q NFS / Cox + n - d(G S)/dvbs      with NFS; else vth
 *   U     = (UCRIT eps / (Cox (vgs - von)))^UEXP, never above 1
 *   g     = max(vgs, von)
 *   vdsat: where the charge at the drain is nothing, v1 - x^2 = G/(1+n) x with v1 = (g - vbin) / (1+n) + PHI - vbs and
 *          x^2 = vdsat + PHI - vbs (Grove and Frohman); with VMAX where the carriers reach it (Baum's quartic in x)
 *   i     = KP U W / (L c) ((g - vbin - (1+n) v/2) v - 2/3 G (s(vbs - v)^3 - S^3)),  v = min(vds, vdsat)
 * times exp((vgs - von) / (Vt xn)) where vgs < von with NFS (mos_weak). c is what is left of the channel's length:
 *   LAMBDA > 0:        1 - LAMBDA vds
 *   NSUB, no VMAX:     1 - X/L sqrt(a + sqrt(1 + a^2)),  a = (vds - vdsat) / 4
 *   NSUB and VMAX:     1 - X'/L (sqrt(w^2 + vds - vdsat) - w) above vdsat,  X' = X / sqrt(NEFF),
 *                      w = VMAX X' / (2 UO U)
 *   and where c L < B = X sqrt(PB) (0.25 um without NSUB): c L = B / (1 + (L (1 - c) - L + B) / B)
 *
 * The current is continuous; slopes have the model's corners.
 * Differences from ngspice 39: slopes are the derivatives of the current. It does not stop at 1e-10 V of vds, and c
 * does not leave its limit at vds = 0. With VMAX nothing flows below threshold without NFS, nor where a conducting bulk
 * leaves no positive vdsat: ngspice's is negative there, and its current flows backwards. Baum's root is taken wherever
 * it is; ngspice's formula misses it where a cube root is negative, VMAX L / UO being some volts or more, and takes
 * Grove's and Frohman's vdsat there: a gap of less than 2e-4 of the current with usual models, of hundredths in weak
 * inversion with a small GAMMA; with G = 0 its rounding makes it NAN. Without NSUB the end of the channel's shortening
 * has no gap. xn is at least 0.01, where ngspice has what it is.
 * DELTA's effect is not divided by M.
 * Source: Vladimirescu and Liu 1980; Baum and Beneking, Drift velocity saturation in MOS transistors, IEEE Trans.
 * Electron Devices 17, 1970; mos.h. */
#ifndef OPSPICE_MOS2_H
#define OPSPICE_MOS2_H

#include "laws/device.h"

extern const struct device_kind mos2_kind;

#endif
