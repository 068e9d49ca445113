/* What all ranks have to say, told by rank 0 as one process would have said it: in the order of the file, what is said
 * of cards that all ranks have once, and of each kind the first DIAGNOSTICS_OF_A_KIND. */
#ifndef OPSPICE_MESSAGES_H
#define OPSPICE_MESSAGES_H

#include "grid/ranks.h"
#include "util/diagnostics.h"
#include <stdio.h>

struct message {
    char *text, *notes; /* as diagnostic_text has them; owned */
    size_t more;        /* of its kind that were not kept */
};

struct messages {
    struct message *item; /* [count] of rank 0; none of the others has any */
    size_t count, capacity;
    struct diagnostic_kind kind[DIAGNOSTIC_KINDS];
    size_t errors, outcomes, failures; /* on all ranks: so many were made */
};

/* Add the diagnostics [lists] of all ranks, which were made beside each other. True on all ranks, or false where
 * memory is out on one of them, for this or, as its diagnostics say, before. */
bool messages_gather(struct messages *messages, const struct ranks *ranks, const struct diagnostics *diagnostics,
                     int lists, const struct sources *sources);

/* On rank 0: print them. */
void messages_print(const struct messages *messages, FILE *file);

/* Safe on a zeroed struct; leaves it zeroed. */
void messages_free(struct messages *messages);

#endif
