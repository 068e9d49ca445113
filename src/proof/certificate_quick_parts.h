/* What the files of certificate_quick.h and certificate_octet.h share. */
#ifndef OPSPICE_CERTIFICATE_QUICK_PARTS_H
#define OPSPICE_CERTIFICATE_QUICK_PARTS_H

#include "proof/certificate_quick.h"
#include "proof/current_tree.h"
#include "util/kernel.h"
#include <float.h>
#include <math.h>

static const double unit = 8 * DBL_EPSILON, of_sums = 64 * DBL_EPSILON;

/* What is kept in the room. */
struct quick {
    struct current_tree tree;
    double *residual, *largest; /* [nodes] A */
    double *low;                /* [nodes] A, the rest of sums */
    double most;                /* A, the largest current at the last point: by fans, of a resistor */
    /* of branches that are neither resistors nor junctions of the columns: */
    uint64_t structured, valued; /* versions of the circuit that this is of */
    bool asked;                  /* it is of any */
    bool looped;                 /* may they make a loop? */
    bool dropping;               /* does the drop of one tell its current: a diode's, a switch's? */
};

/* The least voltages of a point, V, of its resistors and the junctions of the columns. */
struct least_drops {
    double some; /* of those that have one */
    double any;  /* of all */
};

/* The point, and sums over a part of the circuit. */
struct account {
    const struct element_tables *tables;
    struct claim claim;
    double tolerance;
    void *work;     /* of controlled branches */
    bool bad;       /* a law does not hold, or takes the whole certificate */
    bool by_floor;  /* a small drop's current is its law's thanks to e only */
    double inexact; /* V, sum of what voltage-defined branches are off */
    double least;   /* V, the smallest voltage of these but 0 */
    double turned;  /* W, sum of what is delivered or taken; what resistors less than 0 deliver counts against it */
    double power;   /* W, delivered less taken */
    double each;    /* A, what one current in the sum of a node is rounded by at most */
    double left;      /* A, largest residual */
    double worst;   /* the same above its floor, over the largest current there */
    uint32_t node;  /* where */
};

/* Is a drop not that of the voltage over + under? The differences of high and of low parts are rounded, and may be
 * large beside their sum. */
KERNEL_PART bool is_off(double over, double under, double drop)
{
    return !(fabs(over + under - drop) + DBL_EPSILON * (fabs(over) + fabs(under)) <= unit * fabs(drop));
}

/* What rounding may make of the sum of `count` currents, A: each of them rounded to `one`. */
static inline double sum_rounding(double count, double one)
{
    return count * (count - 1) * one;
}

/* The sums of the currents at the nodes, into quick->residual, and the largest there, quick->largest; account->each.
 * Where there are fans: of resistors only, whose laws are judged on the way; the second function adds the others. */
void certificate_quick_add_currents(struct account *account, struct quick *quick);
void certificate_quick_add_other_currents(struct account *account, struct quick *quick);

/* Might a loop of small drops not close? What is left over there is what voltage-defined branches are off: little
 * beside the largest drop of any loop, where no loop is made of others alone. Where there is no drop at all the
 * voltages sum to zero exactly, or to one place of the smallest of them at least: those that are off by less do, if no
 * drop is small but 0. least: NULL: it is not known yet. */
bool certificate_quick_may_not_close(const struct account *account, struct quick *quick,
                                     const struct least_drops *least);

/* What is left of a point whose laws but those of `others` are in the sums, and whose nodes and sets of nodes are
 * proved. */
bool certificate_quick_conclude(struct account *account, struct quick *quick, struct least_drops least);

/* The certificate of a point that is proved. */
void certificate_quick_fill(struct certificate *certificate, const struct account *account);

/* What is in the room; and where the work of controlled branches is there. */
struct quick *certificate_quick_place(void *room, const struct circuit *circuit);
size_t certificate_quick_work(const struct circuit *circuit);

#endif
