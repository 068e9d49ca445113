/* The largest of many numbers, a heap whose top is the least of those that are kept. */
#ifndef OPSPICE_LARGEST_H
#define OPSPICE_LARGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ranked {
    double value;
    uint32_t number; /* of what has it; of equal values the lower numbers are kept */
};

struct largest {
    struct ranked *item; /* [count] */
    size_t count, capacity;
    size_t most; /* how many are kept */
};

/* What is kept by largest_offer; out of line, since most offers are of less than is there. False when memory is out. */
bool largest_take(struct largest *largest, struct ranked offer);

/* Does q come before p, when they are listed from the largest on? */
static inline bool ranked_before(struct ranked p, struct ranked q)
{
    return q.value > p.value || (q.value == p.value && q.number < p.number);
}

/* Keep it, where it is among the largest. False when memory is out. */
static inline bool largest_offer(struct largest *largest, double value, uint32_t number)
{
    struct ranked offer = {value, number};
    bool is_full = largest->count == largest->most;
    return (is_full && (largest->most == 0 || !ranked_before(largest->item[0], offer))) || largest_take(largest, offer);
}

/* In order, the largest first; nothing is offered afterwards. */
void largest_sort(struct largest *largest);

/* Safe on a zeroed struct; leaves it zeroed. */
void largest_free(struct largest *largest);

#endif
