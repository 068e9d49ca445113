/* Laws of controlled sources whose current depends on their own voltage alone, and does not fall. *number stays as it
 * is where there is no such law. Each returns false when memory is out. */
#ifndef OPSPICE_OWN_LAW_H
#define OPSPICE_OWN_LAW_H

#include "elaborate/source_expression.h"

/* The law of a source from node a to node k. It may be one that was not shown to rise, nor to fall: a warning says so.
 * *current: A, where it is the same at all voltages and needs no law; else NAN. */
bool own_law_of_expression(struct builder *builder, const struct card_reader *reader,
                           const struct source_expression *expression, uint32_t a, uint32_t k, uint32_t *number,
                           double *current);

/* What the table says of a straight line of the voltage. */
bool own_law_of_table(struct builder *builder, const struct source_expression *expression,
                      const struct curve_table *table, uint32_t a, uint32_t k, uint32_t *number);

/* conductance >= 0, S. */
bool own_law_conductance(struct builder *builder, double conductance, uint32_t *number);

#endif
