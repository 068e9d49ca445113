/* MOS transistors of level 3: semi-empirical.
 *
 * With L, W effective (L - 2 LD + XL, W - 2 WD + XW), s = sqrt(PHI - vbs), above vbs = 0 sqrt(PHI) / (1 + vbs / 2 PHI),
 * n = DELTA pi eps / (2 Cox W) and Dau's and Dang's short channel factor Fs of XJ, LD and the depletion layer's width:
 *   vth   = Vbi + DELVTO - 8.15e-22 ETA vds / (Cox L^3) + GAMMA Fs s + n s^2
 *   von   = vth + Vt xn,  xn = 1 + q NFS / Cox + (GAMMA Fs s + n s^2) / 2 s^2     with NFS; else vth
 *   drive = max(vgs, von) - vth
 *   Fb    = GAMMA Fs / 4s + n,  Fg = 1 / (1 + THETA drive)
 *   vdsat = a = drive / (1 + Fb);  with VMAX a + c - sqrt(a^2 + c^2), c = L VMAX / (UO Fg)
 *   i     = KP W/L Fg (drive - (1 + Fb) v/2) v / (1 + v/c),  v = min(vds, vdsat);  without VMAX c is infinite
 * then, lengthened: i / (1 - dL/L), with A = 2 eps / q NSUB (0 without NSUB),
 *   with VMAX, above vdsat:  dL = sqrt((E A / 2)^2 + KAPPA A (vds - vdsat)) - E A / 2, E = KAPPA i / (L g) the field
 *                            there, g = i (1 - Fd) / c >= 1e-12 S, Fd = 1 / (1 + v/c)
 *   without, above vdsat:    dL = sqrt(KAPPA A (vds - vdsat + vdsat/8)); below: sqrt(KAPPA A vdsat/8) (vds/vdsat)^4
 *   and where that is above L/2: L - L^2 / 4 dL
 * and with NFS below von: i exp((vgs - von) / (Vt xn)) (mos_weak).
 *
 * The current is continuous; slopes have the model's corners, at von and at vdsat.
 * Differences from ngspice 39: slopes are the derivatives of the current; 1 + THETA drive and 1 + Fb are never less
 * than 0.01. `option badmos3` is not there.
 * Source: Vladimirescu and Liu 1980; Dang, A simple current model for short-channel IGFET, IEEE J. Solid-State Circuits
 * 14, 1979; mos.h. */
#ifndef OPSPICE_MOS3_H
#define OPSPICE_MOS3_H

#include "laws/device.h"

extern const struct device_kind mos3_kind;

#endif
