/* A large text is read by several threads: each parses chunks of it, as if they were the whole, into cards of its own.
 *
 * Chunks begin and end between two cards. A chunk ends early at a card that does more than being kept: `.include`, the
 * end of a library's section, a script. The reading itself goes on from there, and it reads the line between two
 * chunks. Where it comes by a chunk's first line in the middle of something, a script or a section that is passed
 * over, it goes on through that chunk, whose cards are dropped; and through one that something is wrong with, where it
 * is known what it is inside of. So the cards, their order and what is said of them are those that one parser finds.
 *
 * Between two chunks there is a line because flex looks one byte ahead, and writes there while it scans. */
#include "reading.h"

#include "util/array.h"
#include "util/letters.h"
#include "util/threads.h"

#include <stdlib.h>
#include <string.h>

enum {
    CHUNK = 1 << 17,           /* bytes, some thousand cards, a millisecond */
    CHUNKS_A_THREAD = 32,      /* at once */
    SMALLEST_TEXT = 8 * CHUNK, /* smaller ones are read before the threads would be there */
    SMALLEST_UNASKED = 1 << 24, /* where nobody asked for threads: on busy processors they wait for each other */
    CARD_BYTES = 32            /* of text, to begin with */
};

struct chunk {
    struct reading reading;
    struct netlist netlist;
    struct diagnostics diagnostics;
    bool done; /* memory was not out */
};

/* Some chunks one after the other. */
struct chunks {
    struct chunk *item; /* [count] */
    size_t count;
};

/* ---- where to cut ---- */

/* The line from here to *end, which holds its LF, begins a card and has no other end of a line in it. */
static bool begins_card(const char *line, const char *text_end, const char **end)
{
    *end = memchr(line, '\n', (size_t)(text_end - line));
    return *end && is_letter(*line) && !memchr(line, '\r', (size_t)(*end - line - (*end > line)));
}

/* The end of a line with its CR. */
static const char *with_return(const char *end)
{
    return end[-1] == '\r' ? end - 1 : end;
}

/* Three lines after one another that each begin a card: a chunk ends with the first of them, where *limit is, and the
 * next begins with the third, at the end of line *start before it. Looks at CHUNK bytes. */
static bool find_cut(const char *at, const char *text_end, const char **limit, const char **start)
{
    const char *line, *first, *second, *third, *until = text_end - at > CHUNK ? at + CHUNK : text_end;
    while (at < until && (at = memchr(at, '\n', (size_t)(until - at)))) {
        line = ++at;
        if (begins_card(line, text_end, &first) && begins_card(first + 1, text_end, &second) &&
            begins_card(second + 1, text_end, &third)) {
            *limit = with_return(first);
            *start = with_return(second);
            return true;
        }
    }
    return false;
}

/* Cut the text from `from` on into chunks [most]. What is behind the last one is left. */
static void cut(struct chunks *chunks, const struct reading *reading, char *from, size_t most)
{
    const char *text_end = reading->text + reading->size, *at = from, *limit, *start;
    chunks->count = 0;
    while (chunks->count < most && text_end - at > 2 * CHUNK) {
        at += CHUNK;
        if (!find_cut(at, text_end, &limit, &start))
            continue;
        struct chunk *chunk = &chunks->item[chunks->count++];
        *chunk = (struct chunk){.diagnostics = {.strict = reading->diagnostics->strict}};
        chunk->reading = (struct reading){.includer = reading->includer,
                                          .name = reading->name,
                                          .text = reading->text,
                                          .size = reading->size,
                                          .from = from,
                                          .limit = limit,
                                          .is_chunk = true};
        at = start;
        from = reading->text + (start - reading->text);
    }
}

/* ---- reading ---- */

static void parse_chunk(struct chunk *chunk)
{
    struct reading *reading = &chunk->reading;
    struct netlist *netlist = &chunk->netlist;
    size_t cards = (size_t)(reading->limit - reading->from) / CARD_BYTES;
    reading->netlist = netlist;
    reading->diagnostics = &chunk->diagnostics;
    chunk->done = array_reserve(&netlist->card, &netlist->capacity, cards, sizeof *netlist->card) &&
                  scan_and_parse(reading) && !chunk->diagnostics.out_of_memory;
    free(reading->arg);
}

static void parse_chunks(struct chunks *chunks, int threads)
{
    (void)threads;
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
    for (size_t c = 0; c < chunks->count; c++)
        parse_chunk(&chunks->item[c]);
}

/* Make room for the cards of the whole text, if the rest of it is like what was read up to `at`. */
static bool expect_cards(const struct reading *reading, const char *at)
{
    struct netlist *netlist = reading->netlist;
    double part = (double)(at - reading->text) / (double)reading->size;
    if (reading->includer || part <= 0)
        return true;
    const double more = 1.01;
    return array_reserve(&netlist->card, &netlist->capacity, (size_t)(more * (double)netlist->count / part),
                         sizeof *netlist->card);
}

/* Add what a chunk has found. False when memory is out. */
static bool take_chunk(struct reading *reading, struct chunk *chunk)
{
    struct netlist *netlist = reading->netlist, *own = &chunk->netlist;
    if (!chunk->done ||
        !array_reserve(&netlist->card, &netlist->capacity, netlist->count + own->count, sizeof *netlist->card))
        return false;
    if (own->count > 0)
        memcpy(netlist->card + netlist->count, own->card, own->count * sizeof *own->card);
    netlist->count += own->count;
    arena_join(&netlist->arena, &own->arena);
    diagnostics_append(reading->diagnostics, &chunk->diagnostics);
    reading->subcircuits += chunk->reading.subcircuits;
    return !reading->diagnostics->out_of_memory;
}

/* Go on alone until limit, or to the end. False when memory is out. */
static bool parse_alone(struct reading *reading, char *from, const char *limit)
{
    reading->from = from;
    reading->limit = limit;
    return scan_and_parse(reading);
}

/* Put the chunks together; reading->stopped is where they end. False when memory is out. */
static bool put_together(struct reading *reading, struct chunks *chunks)
{
    bool done = true;
    for (size_t c = 0; done && c < chunks->count && reading->stopped; c++) {
        struct chunk *chunk = &chunks->item[c];
        if (reading->stopped < chunk->reading.from)
            done = parse_alone(reading, reading->stopped, chunk->reading.from);
        if (!done || reading->stopped != chunk->reading.from)
            continue;
        if (chunk->netlist.count > netlist_most(reading->netlist) - reading->netlist->count) {
            done = parse_alone(reading, reading->stopped, NULL); /* up to the card that is too many */
        } else if (chunk->diagnostics.errors > 0) {
            done = parse_alone(reading, reading->stopped, chunk->reading.limit);
        } else {
            done = take_chunk(reading, chunk);
            reading->stopped = chunk->reading.stopped;
        }
    }
    return done;
}

static void free_chunks(struct chunks *chunks)
{
    for (size_t c = 0; c < chunks->count; c++) {
        netlist_free(&chunks->item[c].netlist);
        diagnostics_free(&chunks->item[c].diagnostics);
    }
}

static bool parse_by_threads(struct reading *reading, int threads)
{
    size_t most = (size_t)threads * CHUNKS_A_THREAD;
    struct chunks chunks = {.item = array_new(most, sizeof *chunks.item)};
    bool done = chunks.item;
    reading->stopped = reading->text;
    while (done && reading->stopped) {
        cut(&chunks, reading, reading->stopped, most);
        if (chunks.count < 2) {
            done = parse_alone(reading, reading->stopped, NULL);
            break;
        }
        parse_chunks(&chunks, threads);
        done = put_together(reading, &chunks);
        free_chunks(&chunks);
        done = done && (!reading->stopped || expect_cards(reading, reading->stopped));
    }
    free(chunks.item);
    return done;
}

bool chunks_parse(struct reading *reading)
{
    int asked = reading->netlist->threads;
    bool is_large = reading->size >= (asked > 0 ? SMALLEST_TEXT : SMALLEST_UNASKED) && !reading->passing;
    int threads = is_large ? threads_wanted(asked) : 1;
    if (threads > 1)
        threads = threads_ready(threads);
    return threads > 1 ? parse_by_threads(reading, threads) : parse_alone(reading, reading->text, NULL);
}
