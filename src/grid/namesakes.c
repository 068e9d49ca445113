#include "grid/namesakes.h"

#include "util/array.h"
#include "util/letters.h"
#include <stdlib.h>
#include <string.h>

/* FNV-1a, whose bits are then mixed. */
uint64_t namesakes_hash(const char *text, size_t length)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)lower(text[i])) * 1099511628211u;
    hash = (hash ^ hash >> 32) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 29;
}

/* The names go round in turns, so that little memory is taken at once. */
enum { NAMES_A_TURN = 1 << 20 };

struct item {
    uint64_t hash;
    uint32_t number;
};

struct turn {
    const struct ranks *ranks;
    const uint64_t *hash; /* [count] */
    uint32_t count;
    int64_t number, turns;
    int64_t *given, *taken; /* [ranks] items */
    int64_t *next;          /* [ranks] */
};

static bool is_in_turn(const struct turn *turn, uint64_t hash)
{
    return (int64_t)((hash >> 32) % (uint64_t)turn->turns) == turn->number;
}

/* This rank's names of the turn, by the rank that knows them. NULL when memory is out. */
static struct item *collect(const struct turn *turn)
{
    uint64_t ranks = (uint64_t)turn->ranks->count;
    int64_t sum = 0;
    memset(turn->given, 0, (size_t)ranks * sizeof *turn->given);
    for (uint32_t n = 0; n < turn->count; n++)
        if (is_in_turn(turn, turn->hash[n]))
            turn->given[(uint32_t)turn->hash[n] % ranks]++;
    for (uint64_t r = 0; r < ranks; r++) {
        turn->next[r] = sum;
        sum += turn->given[r];
    }
    struct item *item = array_new((size_t)sum, sizeof *item);
    for (uint32_t n = 0; item && n < turn->count; n++)
        if (is_in_turn(turn, turn->hash[n]))
            item[turn->next[(uint32_t)turn->hash[n] % ranks]++] = (struct item){turn->hash[n], n};
    return item;
}

/* Who of those that were told of a name has a lower rank with the same: answers by rank, answered[r] for rank r. NULL
 * when memory is out. */
static struct namesake *compare(const struct turn *turn, const struct item *told, int64_t *answered)
{
    size_t count = 0, slots = 1, answers = 0, capacity = 0;
    for (int r = 0; r < turn->ranks->count; r++)
        count += (size_t)turn->taken[r];
    while (slots < 2 * count)
        slots *= 2;
    struct namesake *answer = array_new(1, sizeof *answer);
    struct slot {
        uint64_t hash;
        uint32_t number;
        int32_t rank; /* + 1; 0: free */
    } *slot = array_new(slots, sizeof *slot);
    bool done = answer && slot;
    for (int r = 0; done && r < turn->ranks->count; r++) {
        answered[r] = 0;
        for (int64_t q = 0; done && q < turn->taken[r]; q++, told++) {
            size_t at = (size_t)(told->hash * 0x9e3779b97f4a7c15u >> 20) & (slots - 1);
            while (slot[at].rank && slot[at].hash != told->hash)
                at = (at + 1) & (slots - 1);
            if (!slot[at].rank) {
                slot[at] = (struct slot){told->hash, told->number, r + 1};
            } else if (slot[at].rank != r + 1) {
                done = array_reserve(&answer, &capacity, answers + 1, sizeof *answer);
                if (done)
                    answer[answers++] = (struct namesake){told->number, slot[at].rank - 1, slot[at].number};
                answered[r]++;
            }
        }
    }
    free(slot);
    if (done)
        return answer;
    free(answer);
    return NULL;
}

/* One turn; what it finds is added. False when memory is out, on all ranks. */
static bool take_turn(const struct turn *turn, struct namesakes *found)
{
    const struct ranks *ranks = turn->ranks;
    struct item *item = collect(turn), *told = NULL;
    struct namesake *answer = NULL, *own = NULL;
    bool done = ranks_all(item) && ranks_exchange(ranks, item, turn->given, sizeof *item, &told, turn->taken);
    if (done)
        answer = compare(turn, told, turn->next);
    done = ranks_all(done && answer) &&
           ranks_exchange(ranks, answer, turn->next, sizeof *answer, &own, turn->taken);
    size_t more = 0;
    for (int r = 0; done && r < ranks->count; r++)
        more += (size_t)turn->taken[r];
    done = ranks_all(done && array_reserve(&found->item, &found->capacity, found->count + more, sizeof *found->item));
    if (done && more > 0) {
        memcpy(found->item + found->count, own, more * sizeof *own);
        found->count += more;
    }
    free(item);
    free(told);
    free(answer);
    free(own);
    return done;
}

static int by_number(const void *p, const void *q)
{
    uint32_t a = ((const struct namesake *)p)->own, b = ((const struct namesake *)q)->own;
    return (a > b) - (a < b);
}

bool namesakes_find(const struct ranks *ranks, const uint64_t *hash, uint32_t count, struct namesakes *found)
{
    size_t size = (size_t)ranks->count;
    double most = count;
    ranks_greatest(&most, 1);
    int64_t *room = array_new(3 * size, sizeof *room);
    struct turn turn = {ranks, hash, count, 0, 1 + (int64_t)most / NAMES_A_TURN, room, room + size, room + 2 * size};
    bool done = ranks->count > 1 && ranks_all(room);
    for (; done && turn.number < turn.turns; turn.number++)
        done = take_turn(&turn, found);
    if (done && found->count > 0)
        qsort(found->item, found->count, sizeof *found->item, by_number);
    free(room);
    return done || ranks->count == 1;
}
