/* Models that take over another's parameters: .model NAME ako:OTHER TYPE ... ("a kind of"). */
#ifndef OPSPICE_MODEL_HEIRS_H
#define OPSPICE_MODEL_HEIRS_H

#include "flatten/flatten.h"
#include "util/arena.h"

/* The card of a model, from `card`: itself, or where it says ako: one made in the arena, of the words of the other
 * model and then its own, which count where both say something. NULL after a diagnostic (there is no such model, it is
 * of another type, or takes over itself) and when memory is out, which *no_memory tells. */
const struct card *model_heirs_card(struct flat *flat, const struct card *card, struct arena *arena,
                                    struct diagnostics *diagnostics, bool *no_memory);

#endif
