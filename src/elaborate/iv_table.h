/* Measured laws: tables of volts and amperes. */
#ifndef OPSPICE_IV_TABLE_H
#define OPSPICE_IV_TABLE_H

#include "elaborate/models.h"

/* .model NAME D(table=FILE): the law of the model from a file of two columns, volts and amperes, separated by a comma,
 * semicolon or blanks; a header line and lines that begin with # are passed over. FILE is looked for beside the netlist
 * that has the card, then in the working directory. Volts must increase and amperes not decrease. Beyond its ends the
 * law goes on straight. What is wrong with the file is reported at its line. False when memory is out. */
bool iv_table_model(struct models *models, struct model *model, const struct arg *file,
                    struct diagnostics *diagnostics);

#endif
