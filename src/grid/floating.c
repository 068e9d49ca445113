#include "grid/floating.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_SHOWN = 8, NAME_SHOWN = 80 };

/* Parts that have been told of, by the node that their potentials are relative to. */
struct told {
    int64_t reference[DIAGNOSTICS_OF_A_KIND];
    int count;
};

static bool is_told(const struct told *told, int64_t reference)
{
    for (int t = 0; t < told->count; t++)
        if (told->reference[t] == reference)
            return true;
    return false;
}

/* The least of all ranks' numbers, which are below 2^53. */
static int64_t least_of(int64_t number)
{
    double most = -(double)number;
    ranks_greatest(&most, 1);
    return (int64_t)-most;
}

/* The first node of a part that has not been told of: what its potential is relative to; GRID_TIED: there is none. */
static int64_t next_part(const struct share *share, const struct grid_answer *answer, const struct told *told)
{
    int64_t own = share->total, reference = GRID_TIED;
    for (int64_t q = share->owned; q-- > 0;) {
        int64_t floats = answer->floats[share->own[q]];
        if (floats != GRID_TIED && !is_told(told, floats)) {
            own = share->first + q;
            reference = floats;
        }
    }
    int64_t first = least_of(own);
    if (first < share->total)
        ranks_spread(share_owner(share, first), &reference, sizeof reference);
    return first < share->total ? reference : GRID_TIED;
}

/* The names of a part's nodes, as a message lists them. */
struct list {
    char text[(NAMES_SHOWN + 1) * (NAME_SHOWN + 4)];
    char reference[NAME_SHOWN + 1];
    int64_t count; /* of nodes */
};

/* What a rank knows of it. */
struct names_here {
    char name[NAMES_SHOWN][NAME_SHOWN + 1];
    char reference[NAME_SHOWN + 1];
    int64_t count;
};

static void copy_name(char *name, const char *text)
{
    size_t length = strnlen(text, NAME_SHOWN);
    memcpy(name, text, length);
    name[length] = '\0';
}

static bool list_nodes(const struct share *share, const struct grid_answer *answer, int64_t reference,
                       struct list *list)
{
    struct names_here own = {.count = 0}, *all = NULL;
    int64_t total, shown = 0;
    for (int64_t q = 0; q < share->owned; q++) {
        const char *name = share->circuit->nodes.text[share->own[q]];
        if (answer->floats[share->own[q]] != reference)
            continue;
        if (own.count < NAMES_SHOWN)
            copy_name(own.name[own.count], name);
        own.count++;
        if (share->first + q == reference)
            copy_name(own.reference, name);
    }
    *list = (struct list){.count = 0};
    if (!ranks_gather(&share->ranks, &own, 1, sizeof own, &all, &total, NULL))
        return false;
    for (int r = 0; r < share->ranks.count; r++) {
        for (int64_t n = 0; n < all[r].count && n < NAMES_SHOWN && shown < NAMES_SHOWN; n++, shown++) {
            strcat(list->text, shown > 0 ? ", " : "");
            strcat(list->text, all[r].name[n]);
        }
        list->count += all[r].count;
        if (*all[r].reference)
            copy_name(list->reference, all[r].reference);
    }
    if (list->count > NAMES_SHOWN)
        sprintf(list->text + strlen(list->text), " and %lld more", (long long)(list->count - NAMES_SHOWN));
    free(all);
    return true;
}

/* The first element here that touches a part, or the number of elements. */
static uint32_t element_of(const struct share *share, const struct grid_answer *answer, int64_t reference)
{
    const struct circuit *circuit = share->circuit;
    uint32_t e = 0;
    while (e < circuit->elements.count && answer->floats[circuit->element[e].a] != reference &&
           answer->floats[circuit->element[e].k] != reference)
        e++;
    return e;
}

/* The first rank that has such an element says so; `more`: parts that are not told of. */
static bool warn_part(const struct share *share, const struct grid_answer *answer, int64_t reference, int64_t more,
                      struct diagnostics *diagnostics)
{
    const struct circuit *circuit = share->circuit;
    struct list list;
    if (!list_nodes(share, answer, reference, &list))
        return false;
    uint32_t e = element_of(share, answer, reference);
    bool has_one = e < circuit->elements.count, one = list.count == 1;
    if (least_of(has_one ? share->ranks.rank : share->ranks.count) != share->ranks.rank)
        return true;
    circuit_diagnose(circuit, e, diagnostics, WARNING_FLOATING,
                     "node%s %s float%s: no DC path to ground decides %s potential; it is given relative to node %s",
                     one ? "" : "s", list.text, one ? "s" : "", one ? "its" : "their", list.reference);
    if (more > 0)
        diagnose_more(diagnostics, WARNING_FLOATING, (size_t)more);
    return true;
}

static int64_t count_parts(const struct share *share, const struct grid_answer *answer)
{
    int64_t parts = 0;
    for (int64_t q = 0; q < share->owned; q++)
        parts += answer->floats[share->own[q]] == share->first + q;
    ranks_count(&parts, 1);
    return parts;
}

bool floating_warn(const struct share *share, const struct grid_answer *answer, struct diagnostics *diagnostics)
{
    struct told told = {.count = 0};
    bool done = true;
    if (ranks_any(answer->any_shared) && share->ranks.rank == 0)
        diagnose(diagnostics, WARNING_CURRENTS_NOT_UNIQUE, NULL, 0,
                 "the currents of sources and shorts that form loops without resistance are not unique; the split of "
                 "least norm is given");
    int64_t parts = ranks_any(answer->any_floats) ? count_parts(share, answer) : 0, reference;
    while (done && told.count < DIAGNOSTICS_OF_A_KIND &&
           (reference = parts > 0 ? next_part(share, answer, &told) : GRID_TIED) != GRID_TIED) {
        told.reference[told.count++] = reference;
        done = warn_part(share, answer, reference, told.count == DIAGNOSTICS_OF_A_KIND ? parts - told.count : 0,
                         diagnostics);
    }
    return done;
}
