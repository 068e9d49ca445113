/* From names to vectors: v(a), v(a,b), i(r1), p(r1), @r1[i], v1#branch, bare node names. */
#ifndef OPSPICE_LOOKUP_H
#define OPSPICE_LOOKUP_H

#include "analysis/vectors.h"
#include "netlist/expression.h"

/* The element of that name, or NAMES_NONE. What is x1.r2 in opspice may be called r.x1.r2, as in ngspice, and x1:r2, as
 * in Xyce. */
uint32_t lookup_element(const struct circuit *circuit, const char *text, size_t length);

/* The parameter of @element[parameter], as a vector. False when the element has none of that name. */
bool lookup_parameter(const struct circuit *circuit, uint32_t element, const char *text, size_t length,
                      struct vector *vector);

/* The current into a terminal (c of q1, n2 of r1, or its number) as a vector. False when the element has none of that
 * name. */
bool lookup_terminal(const struct circuit *circuit, uint32_t element, const char *text, size_t length,
                     struct vector *vector);

/* The vector that an expression uses. False when there is none. */
bool lookup_vector(const struct circuit *circuit, const struct expression_use *use, struct vector *vector);

/* Say that there is none, with the nearest name where one is near. */
void lookup_unknown(const struct circuit *circuit, const struct expression_use *use, struct diagnostics *diagnostics);

#endif
