/* The numbers on a controlled source's card. */
#ifndef OPSPICE_SOURCE_NUMBERS_H
#define OPSPICE_SOURCE_NUMBERS_H

#include "elaborate/builder.h"
#include "elaborate/source_card.h"

/* What its value is multiplied with: thermal.factor, which is m, that of the instances it is in, and the gain of a
 * transfer function at s = 0; and, where it varies, its growth with temperature. */
struct source_factors {
    struct thermal thermal;
    bool varies;
};

/* A number, or the value of an expression of parameters. False where it is none, which need not have been said. */
bool source_number(struct builder *builder, const struct card_reader *reader, struct expression_word text,
                   double *value);

/* Read the keyed values of the card; *good is false after a diagnostic. False when memory is out. */
bool source_factors(struct builder *builder, const struct card_reader *reader, const struct source_card *card,
                    struct source_factors *factors, bool *good);

/* The points of a table, whose first column rises, in the circuit's arena. False after a diagnostic, or where memory is
 * out: *done is false then. */
bool source_points(struct builder *builder, const struct card_reader *reader, struct expression_word text,
                   struct curve_table *table, bool *done);

#endif
