/* Transmission lines at direct current.
 *
 *   Tname a b c d ..                  v(a,b) = v(c,d), and what goes in at a comes out at c: no path between its ports
 *   Oname a b c d model               LTRA: the same behind its resistance r len; with r and g by cosh and sinh
 *   Uname a k common model l=..       URC: a resistor of rperl l
 *   Pname a.. common k.. common model CPL: a resistor for each of its conductors, r_ii length
 *
 * As in ngspice 39.3. Each builds the element of its card; false when memory is out. */
#ifndef OPSPICE_LINES_H
#define OPSPICE_LINES_H

#include "elaborate/builder.h"

bool lines_build_ideal(struct builder *builder, const struct card *card);
bool lines_build_lossy(struct builder *builder, const struct card *card);
bool lines_build_distributed(struct builder *builder, const struct card *card);
bool lines_build_coupled(struct builder *builder, const struct card *card);

#endif
