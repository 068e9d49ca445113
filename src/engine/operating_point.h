/* The operating point: the answer of the convex program as volts and amperes of the circuit. */
#ifndef OPSPICE_OPERATING_POINT_H
#define OPSPICE_OPERATING_POINT_H

#include "circuit/circuit.h"
#include "circuit/element_tables.h"
#include "circuit/supernodes.h"
#include "proof/certificate.h"
#include "convex/solve.h"

struct operating_point {
    double *voltage; /* [nodes] V; node 0 is ground */
    double *current; /* [elements] A, from a through the element to k */
    bool *shared; /* [elements] its current is one of many possible ones: stiff branches in a loop share it */
    bool any_shared; /* one of them is */
    struct certificate certificate;
};

/* Volts and amperes from the solver's answer. op is zeroed before, or holds an earlier point of the same circuit.
 * tables: of the circuit, or NULL where there is none yet.
 * SOLVE_STALLED: no split of the stiff currents was found (they are left at 0; the certificate will say so). */
enum solve_status op_recover(struct operating_point *op, const struct circuit *circuit,
                             const struct element_tables *tables, const struct supernodes *supernodes,
                             const struct qp *qp, const struct solver *solver);

/* No current is shared any more. */
void op_forget_shared(struct operating_point *op, const struct circuit *circuit);

/* Warn of parts that float and of currents that are not unique. False when memory is out. */
bool op_warn(const struct operating_point *op, const struct circuit *circuit, const struct supernodes *supernodes,
             const struct solver *solver, struct diagnostics *diagnostics);

void op_free(struct operating_point *op);

#endif
