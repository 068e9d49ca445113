#include "elaborate/stretch.h"

#include "netlist/cards.h"
#include "netlist/number.h"
#include "util/array.h"
#include "util/threads.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Cards are prepared in blocks: what their words mean, and the hashes of their names, which any thread finds out from
 * the text alone. Then names are looked up and elements added in the order of the cards by the caller's thread, while
 * the others prepare the next block. A name takes the time of a miss in a large table unless that is asked for early,
 * which the hashes allow. */

enum {
    SMALLEST_RUN = 16,         /* cards; shorter ones are left to the handlers */
    BLOCK = 1 << 16,           /* cards prepared at once; threads wait for each other after each */
    BLOCK_OF_ONE = 1 << 7,     /* the same in one thread, that they stay in its cache */
    SMALLEST_SHARED = 1 << 17, /* cards of a stretch that threads share */
    PART = 1 << 11,            /* cards that a thread takes of a block */
    AHEAD = 12,                /* cards between asking for a name and looking it up */
    SOLUTION_BYTES = 260,      /* an element, that solving takes: of a ladder 265, a grid 279, a crossbar 293 */
    SOLUTION_RANGES = 64
};

enum prepared_kind { NOT_PLAIN = -1 /* left to its handler */ };

struct prepared {
    double value;
    int kind; /* enum element_kind, or NOT_PLAIN */
    uint32_t hash, hash_a, hash_k; /* of its names */
};

struct stretch {
    int threads; /* more than 1: where they were asked for, since on busy processors they wait for each other; 0: one,
                  * and another that fetches memory, for which nobody waits */
    struct prepared *block[2]; /* [size] */
    size_t size, capacity;
    size_t left; /* cards that flatten_next hands out before another stretch can begin */
};

struct stretch *stretch_new(int threads)
{
    struct stretch *stretch = calloc(1, sizeof *stretch);
    if (stretch)
        stretch->threads = threads;
    return stretch;
}

void stretch_free(struct stretch *stretch)
{
    if (!stretch)
        return;
    free(stretch->block[0]);
    free(stretch->block[1]);
    free(stretch);
}

/* ---- preparing ---- */

/* The value of the last word; NOT_PLAIN where a handler has more to say. grown: what the value of a resistor without
 * coefficients is multiplied with. */
static int read_value(const struct card *card, double grown, double *value)
{
    const struct arg *word = &card->arg[PLAIN_WORDS - 1];
    *value = 0;
    if (card->kind == CARD_C)
        return ELEMENT_CAPACITOR;
    if (card->kind == CARD_L)
        return ELEMENT_SHORT;
    if (card->kind == CARD_D || number_parse(word->text, word->length, value) != NUMBER_OK)
        return NOT_PLAIN;
    if (card->kind == CARD_V)
        return ELEMENT_VSOURCE;
    if (card->kind == CARD_I)
        return ELEMENT_ISOURCE;
    return grown == 1 && *value != 0 && isfinite(1 / *value) ? ELEMENT_RESISTOR : NOT_PLAIN;
}

static void prepare(struct prepared *prepared, const struct card *plain, double grown)
{
    struct arg word[PLAIN_WORDS];
    const struct card card = netlist_words(plain, word);
    const char *end = word[2].text + word[2].length;
    prepared->kind = NOT_PLAIN;
    if (memchr(word->text, '{', (size_t)(end - word->text)))
        return;
    prepared->kind = read_value(&card, grown, &prepared->value);
    prepared->hash = names_hash(word[0].text, word[0].length);
    prepared->hash_a = names_hash(word[1].text, word[1].length);
    prepared->hash_k = names_hash(word[2].text, word[2].length);
}

/* ---- adding ---- */

static uint32_t add_node(struct names *nodes, const struct arg *word, uint32_t hash)
{
    return node_is_ground(word->text, word->length) ? GROUND
                                                    : names_add_hashed(nodes, word->text, word->length, hash, NULL);
}

static bool add_element(struct builder *builder, const struct card *plain, const struct prepared *prepared)
{
    struct circuit *circuit = builder->circuit;
    struct arg word[PLAIN_WORDS];
    netlist_words(plain, word);
    struct element element = {.kind = (uint32_t)prepared->kind & 15, .value = prepared->value};
    element.a = add_node(&circuit->nodes, &word[1], prepared->hash_a);
    element.k = element.a == NAMES_NONE ? NAMES_NONE : add_node(&circuit->nodes, &word[2], prepared->hash_k);
    return element.k != NAMES_NONE &&
           builder_add_hashed(builder, word->text, word->length, prepared->hash, word, element);
}

static void ask_for(const struct circuit *circuit, const struct prepared *prepared)
{
    names_prefetch(&circuit->nodes, prepared->hash_a);
    names_prefetch(&circuit->nodes, prepared->hash_k);
    names_prefetch(&circuit->elements, prepared->hash);
}

/* ---- both ---- */

/* One stretch under way. */
struct progress {
    struct builder *builder;
    card_handler *const *handler;
    const struct card *card; /* [count] */
    size_t count, prepared, added;
    size_t passed; /* what the walk has come by: at most those that are added */
    double grown;  /* see read_value */
    bool done;     /* memory was not out */
};

/* Let the walk hand out the next card, for its handler. */
static bool call_handler(struct progress *progress)
{
    struct flat *flat = progress->builder->flat;
    flatten_pass(flat, progress->added - progress->passed);
    progress->passed = progress->added + 1;
    const struct card *card = flatten_next(flat);
    return card && progress->handler[card->kind](progress->builder, card);
}

static bool goes_on(const struct progress *progress)
{
    return progress->done && !progress->builder->is_full && progress->added < progress->count;
}

static void add_block(struct progress *progress, const struct prepared *prepared, size_t count)
{
    struct builder *builder = progress->builder;
    for (size_t c = 0; goes_on(progress) && c < count; c++, progress->added++) {
        if (c + AHEAD < count)
            ask_for(builder->circuit, &prepared[c + AHEAD]);
        progress->done = prepared[c].kind == NOT_PLAIN
                             ? call_handler(progress)
                             : add_element(builder, &progress->card[progress->added], &prepared[c]);
    }
}

/* The next block: how many cards of it there are. */
static size_t next_block(const struct stretch *stretch, const struct progress *progress)
{
    size_t left = progress->count - progress->prepared;
    return left < stretch->size ? left : stretch->size;
}

static void build_alone(struct stretch *stretch, struct progress *progress)
{
    while (goes_on(progress)) {
        size_t count = next_block(stretch, progress);
        for (size_t c = 0; c < count; c++)
            prepare(&stretch->block[0][c], &progress->card[progress->prepared + c], progress->grown);
        progress->prepared += count;
        add_block(progress, stretch->block[0], count);
    }
}

/* Let the memory that the elements take be fetched meanwhile, and then what their solution will. */
static void populate(const struct progress *progress)
{
    struct circuit *circuit = progress->builder->circuit;
    size_t room = circuit->capacity - circuit->elements.count, more = progress->count < room ? progress->count : room;
    struct memory_range range[NAMES_RANGES + 1 + SOLUTION_RANGES];
    names_ranges(&circuit->elements, progress->count, range);
    range[NAMES_RANGES] =
        (struct memory_range){circuit->element + circuit->elements.count, more * sizeof *circuit->element};
    size_t ahead = memory_ahead(progress->count * SOLUTION_BYTES, SOLUTION_RANGES, &range[NAMES_RANGES + 1]);
    threads_end_populating(circuit->populating);
    circuit->populating = threads_populate(NAMES_RANGES + 1 + ahead, range);
}

static void build_shared(struct stretch *stretch, struct progress *progress, int threads)
{
    size_t count = 0;
    (void)threads;
    for (int turn = 0; goes_on(progress); turn = !turn) {
        struct prepared *own = stretch->block[turn], *next = stretch->block[!turn];
        const struct card *card = progress->card + progress->prepared;
        const double grown = progress->grown;
        size_t following = next_block(stretch, progress);
#pragma omp parallel num_threads(threads)
        {
#pragma omp master
            add_block(progress, own, count);
#pragma omp for schedule(dynamic, PART)
            for (size_t c = 0; c < following; c++)
                prepare(&next[c], &card[c], grown);
        }
        progress->prepared += following;
        count = following;
    }
}

/* Room for blocks. False when memory is out. */
static bool reserve(struct stretch *stretch, size_t size)
{
    stretch->size = size;
    if (size <= stretch->capacity)
        return true;
    for (int b = 0; b < 2; b++) {
        free(stretch->block[b]);
        stretch->block[b] = array_new(size, sizeof *stretch->block[b]);
    }
    stretch->capacity = stretch->block[0] && stretch->block[1] ? size : 0;
    return stretch->capacity > 0;
}

bool stretch_build(struct stretch *stretch, struct builder *builder, card_handler *const handler[])
{
    if (stretch->left > 0) {
        stretch->left--;
        return true;
    }
    const struct sim_options *options = builder->sim_options;
    struct progress progress = {.builder = builder,
                                .handler = handler,
                                .grown = thermal_growth(0, 0, NAN, options->temp - options->tnom),
                                .done = true};
    progress.count = flatten_stretch(builder->flat, &progress.card);
    if (progress.count < SMALLEST_RUN) {
        stretch->left = progress.count;
        return true;
    }
    bool is_shared = stretch->threads > 1 && progress.count >= SMALLEST_SHARED;
    int threads = is_shared ? threads_ready(stretch->threads) : 1;
    if (!reserve(stretch, threads > 1 ? BLOCK : BLOCK_OF_ONE))
        return false;
    if (stretch->threads != 1)
        populate(&progress);
    if (threads > 1)
        build_shared(stretch, &progress, threads);
    else
        build_alone(stretch, &progress);
    if (progress.done)
        flatten_pass(builder->flat, progress.added - progress.passed);
    return progress.done;
}
