/* Elements with laws so plain that loops without a choice go over them: junctions that are nothing but exponentials
 * (laws/junctions.h), and voltages that are a gain times another voltage. */
#ifndef OPSPICE_LAW_COLUMNS_H
#define OPSPICE_LAW_COLUMNS_H

#include "circuit/circuit.h"
#include "laws/junctions.h"

struct law_columns {
    struct junction_columns {
        uint32_t count;
        uint32_t *element;        /* [count] ascending */
        uint32_t *a, *k;          /* [junctions_padded(count)] nodes */
        double *is, *vt;          /* [junctions_padded(count)] A, V */
        double *g_off, *multiple; /* [count] S; how many in parallel */
    } junction;
    struct gain_columns {
        uint32_t count;
        uint32_t *element;      /* [count] ascending */
        uint32_t *a, *k, *p, *q; /* [count] nodes: v_a - v_k = gain (v_p - v_q) */
        double *gain;
    } gain;
    uint32_t others;
    uint32_t *other; /* [others] elements that are neither, nor resistors; ascending */
    void *block;
};

/* Room for them, to be followed by law_columns_revalue; columns is zeroed before. elements: those that are no
 * resistors, with so many diodes and controlled voltages. False when memory is out. */
bool law_columns_build(struct law_columns *columns, size_t diodes, size_t voltages, size_t elements);

/* Take over changed laws: which elements are plain may change too. element [elements]: those that are no resistors,
 * ascending. */
void law_columns_revalue(struct law_columns *columns, const struct circuit *circuit, const uint32_t *element,
                         uint32_t elements);

/* u + low [junctions_padded(count)] V, out: the voltages of junctions from `begin` on, at potentials hi + lo [nodes];
 * lo NULL: 0. Are all where their exponentials are themselves? */
bool law_columns_drops(const struct junction_columns *columns, size_t begin, size_t count, const double *hi,
                       const double *lo, double *u, double *low);

/* The currents of the junctions at potentials hi + lo [nodes], V. i [elements] A, out: those of junctions. */
void law_columns_currents(const struct law_columns *columns, const double *hi, const double *lo, double *i);

/* What the voltages by gains are off at the potentials hi [nodes], V. rest [gain.count] out */
void law_columns_rests(const struct law_columns *columns, const double *hi, double *rest);

/* Safe on a zeroed struct; leaves it zeroed. */
void law_columns_free(struct law_columns *columns);

#endif
