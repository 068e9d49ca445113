/* A small network with nine images of 7 x 10 pixels, for tests of what is inside a trainer. */
#ifndef OPSPICE_TEST_DRN_CASE_H
#define OPSPICE_TEST_DRN_CASE_H

#include "drn/trainer.h"

static const char drn_case_odd_sizes[] = "140,19,37,23,5";

/* Nine samples: three groups, the last with one sample; one batch, to a tolerance of 1e-6. settings: begun, with all
 * else. */
void drn_case_make(struct drn_trainer *trainer, struct drn_settings *settings, struct drn_dataset *data,
                   const char *layers);

#endif
