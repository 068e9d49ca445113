/* Answers along the values of one source, the others as they are. Of a linear circuit: v = centre + value * direction,
 * as long as the segments are the same. Of a nonlinear one: the last answers, from which the next is extrapolated. */
#ifndef OPSPICE_SOURCE_LINE_H
#define OPSPICE_SOURCE_LINE_H

#include "convex/network_parts.h"

enum { LINE_PASTS = 4 };

/* source: element, or NETWORK_NO_SOURCE. */
struct source_line {
    uint32_t source;
    struct potentials centre, direction;    /* in [nodes], pairs of doubles */
    uint64_t centre_found, direction_found; /* the versions of the segments that they are of; 0: none */
    double *past[LINE_PASTS];               /* [nodes] V, hi of the last answers, newest first */
    double value[LINE_PASTS];               /* of the source */
    int pasts;
    bool in_any_order; /* the values come: a line is found where it is likely to serve */
    uint64_t settled;  /* the version of the segments that the last two answers are of; 0: of different ones */
    void *block;
};

/* Along this source from now on, from no answers. Zeroed before the first time. */
void source_line_follow(struct source_line *line, uint32_t source, bool in_any_order);

/* Something beside the source has changed its value. */
void source_line_forget(struct source_line *line);

/* Make room for what is kept, before the first source_line_point or source_line_remember. False when memory is out. */
bool source_line_make_room(struct source_line *line, uint32_t nodes);

/* The potentials of the network at the present value of the source; what is missing of centre and direction is found
 * first. */
enum network_status source_line_point(struct source_line *line, struct network *network, struct solve_info *info);

/* Start the network from the potentials that the last answers extrapolate to. */
void source_line_extrapolate(const struct source_line *line, struct network *network);

/* Its potentials are an answer. */
void source_line_remember(struct source_line *line, const struct network *network);

void source_line_free(struct source_line *line);

#endif
