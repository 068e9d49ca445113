/* What the parameters of a D model mean. */
#ifndef OPSPICE_DIODE_MODEL_H
#define OPSPICE_DIODE_MODEL_H

#include "elaborate/models.h"

/* Read the parameters of the D model `model`, whose type was taken from reader already, and make its law where all its
 * diodes share one. Parameters that mean nothing here are warnings. False when memory is out. */
bool diode_model_read(struct models *models, struct model *model, struct card_reader *reader,
                      struct diagnostics *diagnostics);

/* Is it the name of such a parameter? */
bool diode_model_knows(const struct arg *name);

#endif
