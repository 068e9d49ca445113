/* Derivatives of outputs by inputs (named_inputs.h) at an operating point.
 *
 * An input p changes the current i_e of elements e at the voltages and controls that they have, and the voltage of
 * those that hold one: by di_e/dp, which are the terms here. What the output makes of these is the adjoint weight of
 * the element (engine_adjoint), so that dOutput/dp = sum over e of weight_e di_e/dp: one solution for an output,
 * whatever the inputs.
 *
 * Of resistances, sources and gains the terms are formulas. Of numbers on cards, parameters and the temperature they
 * are central differences of fourth order of the laws themselves, in circuits that are made of the netlist beside the
 * value, or one-sided ones where the netlist takes no value on one side; with steps of 1e-4 of the value within about
 * 1e-11 of what is true. */
#ifndef OPSPICE_DERIVATIVES_H
#define OPSPICE_DERIVATIVES_H

#include "analysis/named_inputs.h"
#include "engine/engine.h"

struct derivative_term {
    uint32_t element;
    double by; /* A or V per unit of the input */
};

struct derivatives {
    size_t inputs;
    const size_t *input;     /* [inputs] the caller's; NULL: 0, 1, ... */
    size_t *start;           /* [inputs + 1] of the terms of each */
    struct derivative_term *term; /* [start[inputs]] */
    size_t capacity;
    double *weight;          /* [elements] of the last output */
    double *node, *branch;   /* [nodes] [elements] an output that is a sum; 0 but while it is looked at */
    double *work;            /* of any element's law */
    double *law;             /* [elements] NULL: no law was differenced yet */
    void *block;
};

/* Room for the derivatives by these inputs; derivatives is zeroed before. False when memory is out. */
bool derivatives_new(struct derivatives *derivatives, const struct circuit *circuit, size_t inputs,
                     const size_t *input);

/* Terms at the operating point that an engine holds, which is the session's or one of a copy of its circuit where all
 * inputs are values of elements. An input whose value the netlist does not say, or beside which it is another one, has
 * the term NAN. False when memory is out. */
bool derivatives_find_terms(struct derivatives *derivatives, struct session *session, const struct engine *engine,
                            struct diagnostics *diagnostics);

/* The derivatives of an output: the sum of node[n] v_n, n a node of the circuit, and branch[e] i_e; NULL: all 0.
 * gradient [inputs] out. Statuses as of engine_adjoint. */
enum engine_status derivatives_of(struct derivatives *derivatives, struct engine *engine, const double *node,
                                  const double *branch, double *gradient);

/* The same of the output of a number: node output + 1, or the element output - (nodes - 1). */
enum engine_status derivatives_of_output(struct derivatives *derivatives, struct engine *engine, size_t output,
                                         double *gradient);

/* Safe on a zeroed struct; leaves it zeroed. */
void derivatives_free(struct derivatives *derivatives);

#endif
