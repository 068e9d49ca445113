/* Expressions of the answer on a card: compiled, and each thing that they use looked up. */
#ifndef OPSPICE_SOURCE_EXPRESSION_H
#define OPSPICE_SOURCE_EXPRESSION_H

#include "elaborate/builder.h"
#include "laws/expression_law.h"

enum source_use_kind { SOURCE_CONSTANT, SOURCE_VOLTAGE, SOURCE_CURRENT };

struct source_use {
    enum source_use_kind kind;
    double constant;             /* a parameter, time, temper */
    uint32_t p, q;               /* SOURCE_VOLTAGE: nodes */
    struct expression_word name; /* SOURCE_CURRENT: of an element */
};

struct source_expression {
    struct expression code;
    struct source_use *use; /* [code.uses] */
    struct random random;
};

/* Compile into the circuit's arena; nodes that it uses join those of the circuit. NULL after a diagnostic, or where
 * memory is out: *done is false then. */
struct source_expression *source_expression_read(struct builder *builder, const struct card_reader *reader,
                                                 struct expression_word source, bool *done);

/* The law of an expression of the voltage between nodes a and k alone. *own is NULL where it uses other nodes, or a
 * current; what they are at the same time is not asked. False when memory is out. */
bool source_expression_own(const struct source_expression *expression, struct arena *arena, uint32_t a, uint32_t k,
                           struct expression_law **own);

/* The expression as a law of controls, which it adds; a straight line becomes a sum. *good is false where it has no
 * value anywhere, which is a diagnostic. False when memory is out. */
bool source_expression_law(const struct source_expression *expression, struct builder *builder,
                           const struct card_reader *reader, struct controls *controls, struct control_law *law,
                           bool *good);

#endif
