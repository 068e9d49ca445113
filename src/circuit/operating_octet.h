/* Eight operating points of one circuit side by side, with what is done for each branch done for all of them. */
#ifndef OPSPICE_OPERATING_OCTET_H
#define OPSPICE_OPERATING_OCTET_H

#include "circuit/element_tables.h"
#include "circuit/operating_point.h"
#include "util/octet.h"

struct operating_octet {
    octet *voltage, *low; /* [nodes] V: potentials are voltage + low */
    octet *current;       /* [elements] A */
    double *part;         /* [OCTET][2 rows + elements] the same of each point */
    size_t nodes, elements;
    size_t rows, apart;   /* nodes, and all numbers of a point, in whole vectors */
    void *block;
};

/* op is zeroed before. False when memory is out. */
bool operating_octet_new(struct operating_octet *op, const struct circuit *circuit);

/* The currents of resistors and junctions at the potentials, to a double's precision. */
void operating_octet_find_currents(struct operating_octet *op, const struct element_tables *tables);

/* What the voltages by gains are off at the potentials, without low parts, V. rest [gain.count] out */
void operating_octet_find_rests(const struct operating_octet *op, const struct element_tables *tables, octet *rest);

/* Part the points; and one of them, to read, until they are parted again. */
void operating_octet_part(struct operating_octet *op);
struct operating_point operating_octet_point(const struct operating_octet *op, uint32_t lane);

/* Safe on a zeroed struct; leaves it zeroed. */
void operating_octet_free(struct operating_octet *op);

#endif
