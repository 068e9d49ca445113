/* Parts of a circuit that ranks share: the nodes that some of its branches join, through whatever ranks. */
#ifndef OPSPICE_PARTS_H
#define OPSPICE_PARTS_H

#include "grid/share.h"
#include "util/disjoint.h"

/* Sets are what the branches of this rank join; a part is made of sets, of this rank and others, that share nodes. */
struct parts {
    const struct share *share;
    uint32_t *set;  /* [nodes] disjoint sets, of which the lowest node is the root */
    int64_t *label; /* [nodes] of a root: the least number of a node in its part */
};

/* False when memory is out; parts_free is safe then. */
bool parts_new(struct parts *parts, const struct share *share);
void parts_free(struct parts *parts);

/* Each node is a part of its own. */
void parts_begin(struct parts *parts);

/* Join the sets of two nodes of this rank. Labels are right after parts_settle. */
static inline void parts_join(struct parts *parts, uint32_t a, uint32_t k)
{
    disjoint_join(parts->set, a, k);
}

/* Let all ranks have the labels of the parts that have been joined so far; may be called again after further joins. All
 * ranks at once. The node whose number is a label is the root of its set, at its owner. False when memory is out, on
 * all ranks. */
bool parts_settle(struct parts *parts);

static inline int64_t parts_label(const struct parts *parts, uint32_t node)
{
    return parts->label[disjoint_root(parts->set, node)];
}

#endif
