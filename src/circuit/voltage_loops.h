/* Loops of branches that fix voltages: do these agree?
 *
 * The branches join their nodes in the order of their voltages. So one that closes a loop has the largest voltage there
 * (Kruskal 1956), by which what is left over round the loop is measured: neither the order of the cards nor the choice
 * of a reference makes a difference. Sums are in double-double. */
#ifndef OPSPICE_VOLTAGE_LOOPS_H
#define OPSPICE_VOLTAGE_LOOPS_H

#include "util/double_double.h"
#include <stdbool.h>
#include <stdint.h>

/* The voltages of a loop agree where what is left over is at most this part of the largest. Defended by loops_agree of
 * tests/check_circuit.c and tests/valid/loop-nearly-closed.cir. */
static const double voltage_loops_tolerance = 1e-9;

enum loop_state {
    LOOP_NONE,    /* in the forest */
    LOOP_AGREES,  /* closes a loop */
    LOOP_DIFFERS  /* the same, and what is left over is too much, or no number */
};

struct loop_branch {
    double volts;    /* from a to k; once it closes a loop: what is left over there */
    uint32_t a, k;   /* nodes; not the same one */
    uint32_t number; /* the caller's */
    enum loop_state state;
};

struct loop_node {
    struct dd rise;            /* V, above the node that its set leads to */
    double left;               /* V, of a block's root: sum of what its loops leave */
    uint32_t set;              /* disjoint sets of nodes that are joined; later, of blocks */
    uint32_t branches, branch; /* how many of a tree are at the node; the exclusive or of their numbers, in the end the
                                * one that leads up */
    uint32_t gone;             /* when the node was taken from its tree, leaves first; UINT32_MAX: it is the root */
    uint32_t top;              /* of a block's root: the node of the block that is nearest to the tree's root */
};

struct voltage_loops {
    uint32_t nodes, branches;
    struct loop_node *node;     /* [nodes] */
    struct loop_branch *branch; /* [branches] sorted by voltage where there are loops */
    uint32_t loops;
    bool agree;  /* all of them */
    double left; /* V, the most that one that agrees leaves */
    void *block; /* all the arrays, where voltage_loops_new has made them */
};

/* Room for so many; who has it elsewhere sets the pointers. loops is zeroed before. False when memory is out. */
bool voltage_loops_new(struct voltage_loops *loops, uint32_t nodes, uint32_t branches);

/* Safe on a zeroed struct; leaves it zeroed. */
void voltage_loops_free(struct voltage_loops *loops);

/* Find the loops: nodes, branches and the arrays of the branches are in, all else is out. O(nodes + branches), and
 * sorting where there are loops. */
void voltage_loops_find(struct voltage_loops *loops);

/* The branches of the forest between the ends of branch q, into path [nodes]. Returns their number. */
uint32_t voltage_loops_path(const struct voltage_loops *loops, uint32_t q, uint32_t *path);

/* Find the blocks: branches that are in loops together (loops that meet in one node are apart). Almost O(nodes +
 * branches), however long the loops. */
void voltage_loops_join(struct voltage_loops *loops);

/* What the loops of the block of branch q leave together, V: no more is left round any loop that it is in, through
 * whatever branches. After voltage_loops_join. */
double voltage_loops_left(const struct voltage_loops *loops, uint32_t q);

#endif
