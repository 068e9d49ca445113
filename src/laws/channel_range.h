/* Channels of field effect transistors over boxes of their voltages: what those have in common whose drain and source
 * change places where vds < 0. */
#ifndef OPSPICE_CHANNEL_RANGE_H
#define OPSPICE_CHANNEL_RANGE_H

#include "laws/interval_dual.h"
#include <stdint.h>

/* A channel where vds >= 0, continuous and 0 at vds = 0. vbs: of a channel of two voltages not used. */
typedef struct interval_dual channel_forward(const void *law, struct interval_dual vgs, struct interval_dual vds,
                                             struct interval_dual vbs);

/* `over` of device_function (device.h), with n voltages, 2 or 3. */
bool channel_range(channel_forward *forward, const void *law, uint32_t n, const struct interval *x,
                   struct interval *value, struct interval *slope);

/* w (drive - w / 2), w = the less of drive >= 0 and along >= 0: the quadratic channel, saturated beyond. */
struct interval_dual channel_square(struct interval_dual drive, struct interval_dual along);

#endif
