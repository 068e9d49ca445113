#include "grid/share.h"

#include "util/array.h"
#include <stdlib.h>
#include <string.h>

/* ---- the directory ------------------------------------------------------------------------------------------------
 *
 * Each name has a rank that knows it, by its hash. All ranks tell it of the names that they have; it answers who owns
 * them, and, when the owners have numbered theirs, with which number. */

/* By the highest bits of the hash: the table of a rank goes by the others, and where one of those were the same in all
 * of its names half of it would stay empty, and the names lie in long runs. */
static int knower_of(const char *text, int ranks)
{
    return (int)((uint64_t)names_hash(text, strlen(text)) * (uint64_t)ranks >> 32);
}

struct directory {
    const struct share *share;
    int *at;             /* [nodes] the rank that knows this node's name */
    uint32_t *node;      /* [asked] this rank's nodes in the order in which the ranks that know them are told */
    int64_t *asked;      /* [ranks] how many names each of them is told */
    int64_t *told;       /* [ranks] how many names this one was told by each */
    uint32_t *name;      /* [told] their number in `names` */
    struct names names;
    int32_t *owner;      /* [names] */
    int64_t *number;     /* [names] */
};

static void directory_free(struct directory *directory)
{
    free(directory->at);
    free(directory->node);
    free(directory->asked);
    free(directory->told);
    free(directory->name);
    free(directory->owner);
    free(directory->number);
    names_free(&directory->names);
}

/* Which rank knows which name, and in which order they are told. False when memory is out. */
static bool sort_names(struct directory *directory)
{
    const struct names *nodes = &directory->share->circuit->nodes;
    int ranks = directory->share->ranks.count;
    directory->at = array_new(nodes->count, sizeof *directory->at);
    directory->node = array_new(nodes->count, sizeof *directory->node);
    directory->asked = array_new((size_t)ranks, sizeof *directory->asked);
    directory->told = array_new((size_t)ranks, sizeof *directory->told);
    int64_t *next = array_new((size_t)ranks + 1, sizeof *next);
    bool done = directory->at && directory->node && directory->asked && directory->told && next;
    for (uint32_t node = 1; done && node < nodes->count; node++) {
        directory->at[node] = knower_of(nodes->text[node], ranks);
        directory->asked[directory->at[node]]++;
    }
    for (int r = 0; done && r < ranks; r++)
        next[r + 1] = next[r] + directory->asked[r];
    for (uint32_t node = 1; done && node < nodes->count; node++)
        directory->node[next[directory->at[node]]++] = node;
    free(next);
    return done;
}

/* The names of this rank, each with its NUL, for those that know them: *text, bytes[r] for rank r. */
static bool write_names(const struct directory *directory, char **text, int64_t *bytes)
{
    const struct names *nodes = &directory->share->circuit->nodes;
    size_t size = 0;
    for (uint32_t node = 1; node < nodes->count; node++)
        size += strlen(nodes->text[node]) + 1;
    *text = array_new(size, 1);
    if (!*text)
        return false;
    char *to = *text;
    for (uint32_t q = 0; q + 1 < nodes->count; q++) {
        uint32_t node = directory->node[q];
        size_t length = strlen(nodes->text[node]) + 1;
        memcpy(to, nodes->text[node], length);
        bytes[directory->at[node]] += (int64_t)length;
        to += length;
    }
    return true;
}

/* Number the names that were told, and find who owns them: the lowest rank that has told. */
static bool read_names(struct directory *directory, const char *text)
{
    int ranks = directory->share->ranks.count;
    size_t told = 0, place = 0;
    for (int r = 0; r < ranks; r++)
        told += (size_t)directory->told[r];
    directory->name = array_new(told, sizeof *directory->name);
    directory->owner = array_new(told, sizeof *directory->owner);
    directory->number = array_new(told, sizeof *directory->number);
    if (!directory->name || !directory->owner || !directory->number)
        return false;
    for (int r = 0; r < ranks; r++)
        for (int64_t q = 0; q < directory->told[r]; q++) {
            bool is_new;
            size_t length = strlen(text);
            uint32_t name = names_add(&directory->names, text, length, &is_new);
            if (name == NAMES_NONE)
                return false;
            if (is_new)
                directory->owner[name] = r;
            directory->name[place++] = name;
            text += length + 1;
        }
    return true;
}

static bool tell_names(struct directory *directory)
{
    const struct ranks *ranks = &directory->share->ranks;
    int64_t *bytes = array_new((size_t)ranks->count, 2 * sizeof *bytes);
    char *text = NULL, *taken = NULL;
    int64_t *counts = NULL;
    bool done = ranks_all(bytes && write_names(directory, &text, bytes)) &&
                ranks_exchange(ranks, text, bytes, 1, &taken, bytes + ranks->count);
    free(text);
    int64_t *one = array_new((size_t)ranks->count, sizeof *one); /* a count for each rank */
    for (int r = 0; one && r < ranks->count; r++)
        one[r] = 1;
    done = done && ranks_all(one) &&
           ranks_exchange(ranks, directory->asked, one, sizeof *directory->asked, &counts, bytes);
    if (done)
        memcpy(directory->told, counts, (size_t)ranks->count * sizeof *counts);
    done = done && ranks_all(read_names(directory, taken));
    free(one);
    free(counts);
    free(taken);
    free(bytes);
    return done;
}

/* Answer all that were told of names with what is known of each, in the order in which they told: own[names] of `size`
 * bytes. *answers: for directory->node, to be freed. */
static bool answer(const struct directory *directory, const void *own, size_t size, void *answers)
{
    const struct ranks *ranks = &directory->share->ranks;
    int64_t told = 0, *came = array_new((size_t)ranks->count, sizeof *came);
    for (int r = 0; r < ranks->count; r++)
        told += directory->told[r];
    char *give = array_new((size_t)told, size);
    bool done = ranks_all(give && came);
    for (int64_t q = 0; done && q < told; q++)
        memcpy(give + (size_t)q * size, (const char *)own + directory->name[q] * size, size);
    done = done && ranks_exchange(ranks, give, directory->told, size, answers, came);
    free(give);
    free(came);
    return done;
}

/* ---- numbers ----------------------------------------------------------------------------------------------------- */

/* Own nodes get their numbers. owner [nodes - 1] of directory->node. */
static bool number_own(struct share *share, const struct directory *directory, const int32_t *owner)
{
    uint32_t nodes = share->circuit->nodes.count;
    bool *is_own = array_new(nodes, sizeof *is_own);
    share->number = array_new(nodes, sizeof *share->number);
    share->firsts = array_new((size_t)share->ranks.count + 1, sizeof *share->firsts);
    bool done = is_own && share->number && share->firsts;
    for (uint32_t q = 0; done && q + 1 < nodes; q++) {
        is_own[directory->node[q]] = owner[q] == share->ranks.rank;
        share->owned += owner[q] == share->ranks.rank;
    }
    share->own = array_new((size_t)share->owned, sizeof *share->own);
    if (ranks_all(done && share->own)) {
        int64_t *firsts = NULL, count;
        share->first = ranks_before(&share->ranks, share->owned, &share->total);
        done = ranks_gather(&share->ranks, &share->first, 1, sizeof share->first, &firsts, &count, NULL);
        if (done)
            memcpy(share->firsts, firsts, (size_t)share->ranks.count * sizeof *firsts);
        share->firsts[share->ranks.count] = share->total;
        free(firsts);
        int64_t next = 0;
        share->number[GROUND] = GROUND_NUMBER;
        for (uint32_t node = 1; node < nodes; node++) {
            share->number[node] = is_own[node] ? share->first + next : GROUND_NUMBER;
            if (is_own[node])
                share->own[next++] = node;
        }
    } else {
        done = false;
    }
    free(is_own);
    return done;
}

/* The owners' numbers become known to the directory, and from there to all. */
static bool number_all(struct share *share, struct directory *directory)
{
    const struct ranks *ranks = &share->ranks;
    uint32_t nodes = share->circuit->nodes.count;
    int64_t *give = array_new(nodes, sizeof *give), *taken = NULL, *all = NULL, told = 0;
    int64_t *came = array_new((size_t)ranks->count, sizeof *came);
    bool done = ranks_all(give && came);
    for (uint32_t q = 0; done && q + 1 < nodes; q++)
        give[q] = share->number[directory->node[q]];
    done = done && ranks_exchange(ranks, give, directory->asked, sizeof *give, &taken, came);
    for (int r = 0; done && r < ranks->count; r++)
        for (int64_t q = 0; q < directory->told[r]; q++, told++)
            if (taken[told] != GROUND_NUMBER)
                directory->number[directory->name[told]] = taken[told];
    done = done && answer(directory, directory->number, sizeof *directory->number, &all);
    for (uint32_t q = 0; done && q + 1 < nodes; q++)
        share->number[directory->node[q]] = all[q];
    free(give);
    free(taken);
    free(all);
    free(came);
    return done;
}

/* ---- copies ------------------------------------------------------------------------------------------------------ */

int share_owner(const struct share *share, int64_t number)
{
    int low = 0, high = share->ranks.count; /* firsts[low] <= number < firsts[high] */
    while (high - low > 1) {
        int middle = (low + high) / 2;
        *(share->firsts[middle] <= number ? &low : &high) = middle;
    }
    return low;
}

/* Tell the owners of which nodes this rank has copies. */
static bool find_copies(struct share *share)
{
    const struct ranks *ranks = &share->ranks;
    uint32_t nodes = share->circuit->nodes.count;
    size_t count = (size_t)ranks->count;
    int64_t *copies = array_new(count, sizeof *copies), *next = array_new(count + 1, sizeof *next);
    uint32_t *copy = array_new(nodes, sizeof *copy), *at = array_new(nodes, sizeof *at);
    bool done = ranks_all(copies && next && copy && at);
    for (uint32_t node = 1; done && node < nodes; node++) {
        int owner = share_owner(share, share->number[node]);
        copies[owner] += owner != ranks->rank;
    }
    for (int r = 0; done && r < ranks->count; r++)
        next[r + 1] = next[r] + copies[r];
    for (uint32_t node = 1; done && node < nodes; node++) {
        int owner = share_owner(share, share->number[node]);
        if (owner == ranks->rank)
            continue;
        at[next[owner]] = (uint32_t)(share->number[node] - share->firsts[owner]);
        copy[next[owner]++] = node;
    }
    if (done) {
        done = halo_new(&share->halo, ranks, copies, copy, at, share->own);
    } else {
        free(copies);
        free(copy);
    }
    free(next);
    free(at);
    return done;
}

bool share_number(struct share *share)
{
    struct directory directory = {.share = share};
    int32_t *owner = NULL;
    bool done = ranks_all(sort_names(&directory)) && tell_names(&directory) &&
                answer(&directory, directory.owner, sizeof *directory.owner, &owner) &&
                number_own(share, &directory, owner) && number_all(share, &directory);
    free(owner);
    directory_free(&directory);
    return done && find_copies(share);
}

void share_free(struct share *share)
{
    free(share->number);
    free(share->firsts);
    free(share->own);
    halo_free(&share->halo);
    *share = (struct share){0};
}
