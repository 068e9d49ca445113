#include "grid/messages.h"

#include "util/array.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A message as it travels; its text and its notes, each with a NUL, follow. */
struct record {
    int64_t top;    /* byte of the file where its card of the top level begins: the order of the file */
    uint64_t place; /* what is the same for the same place in the same file, however it was included */
    uint64_t more;
    uint32_t code, severity;
    uint32_t list; /* of its rank's, where it stood */
    uint64_t text, notes; /* bytes */
};

enum { NOWHERE = -1 };

/* ---- what a rank tells ------------------------------------------------------------------------------------------- */

static uint64_t mixed(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 29;
}

/* Where the including card of the deck is, or the place itself. */
static int64_t place_in_deck(const struct sources *sources, const char *place, uint64_t *hash)
{
    const struct source *source = sources_find(sources, place);
    *hash = 0;
    for (; source && source->included_from; source = sources_find(sources, place)) {
        *hash = mixed(*hash, 1 + sources_offset(source, place));
        place = source->included_from;
    }
    if (!source)
        return NOWHERE;
    *hash = mixed(*hash, 1 + sources_offset(source, place));
    return (int64_t)sources_offset(source, place);
}

/* The texts of the notes behind item q. False when memory is out. */
static bool put_notes(FILE *file, const struct diagnostics *diagnostics, size_t q, const struct sources *sources,
                      uint64_t *size)
{
    for (q++; q < diagnostics->count && diagnostics->item[q].severity == SEVERITY_NOTE; q++) {
        char *text = diagnostic_text(&diagnostics->item[q], sources);
        if (!text)
            return false;
        *size += strlen(text);
        fputs(text, file);
        free(text);
    }
    return true;
}

static bool put_record(FILE *file, const struct diagnostics *diagnostics, size_t q, int list,
                       const struct sources *sources)
{
    struct diagnostic item = diagnostics->item[q];
    struct record record = {.code = item.code, .severity = item.severity, .more = item.more, .list = (uint32_t)list};
    uint64_t unused;
    char *notes = NULL;
    size_t size;
    FILE *stream = open_memstream(&notes, &size);
    item.more = 0;
    record.top = place_in_deck(sources, item.top, &unused);
    place_in_deck(sources, item.place, &record.place);
    char *text = diagnostic_text(&item, sources);
    bool done = stream && text && put_notes(stream, diagnostics, q, sources, &record.notes);
    done = stream && fclose(stream) == 0 && done;
    if (done) {
        record.text = strlen(text);
        fwrite(&record, sizeof record, 1, file);
        fwrite(text, 1, record.text + 1, file);
        fwrite(notes, 1, record.notes + 1, file);
    }
    free(text);
    free(notes);
    return done;
}

/* All of this rank's. *bytes: to be freed. */
static bool put_records(const struct diagnostics *diagnostics, int lists, const struct sources *sources, char **bytes,
                        size_t *size)
{
    FILE *file = open_memstream(bytes, size);
    bool done = file;
    for (int list = 0; list < lists; list++) {
        done = done && !diagnostics[list].out_of_memory;
        for (size_t q = 0; done && q < diagnostics[list].count; q++)
            if (diagnostics[list].item[q].severity != SEVERITY_NOTE)
                done = put_record(file, &diagnostics[list], q, list, sources);
    }
    return file && fclose(file) == 0 && done;
}

/* ---- what rank 0 makes of it ------------------------------------------------------------------------------------- */

struct told {
    struct record record;
    const char *text, *notes;
    int rank;
    size_t list; /* of all ranks' */
    bool dropped;
};

struct tale {
    struct told *item; /* [count] by rank */
    size_t count, capacity;
    int ranks;
    size_t lists; /* of all */
};

/* *done becomes false when memory is out. */
static void read_records(struct tale *tale, const char *bytes, const int64_t *from, bool *done)
{
    for (int r = 0; *done && r < tale->ranks; r++) {
        for (const char *end = bytes + from[r]; *done && bytes < end;) {
            struct told told = {.rank = r};
            memcpy(&told.record, bytes, sizeof told.record);
            told.list = (size_t)r * (tale->lists / (size_t)tale->ranks) + told.record.list;
            told.text = bytes + sizeof told.record;
            told.notes = told.text + told.record.text + 1;
            bytes = told.notes + told.record.notes + 1;
            *done = array_reserve(&tale->item, &tale->capacity, tale->count + 1, sizeof *tale->item);
            if (*done)
                tale->item[tale->count++] = told;
        }
    }
}

/* In the order of the file, as far as each list's own order has it so; what belongs nowhere comes last. False when
 * memory is out. */
static bool sort(struct tale *tale)
{
    struct told *sorted = array_new(tale->count, sizeof *sorted);
    size_t *next = array_new(tale->lists, sizeof *next);
    size_t *begin = array_new(tale->lists + 1, sizeof *begin); /* of list l, up to the next one */
    bool done = sorted && next && begin;
    for (size_t q = 0; done && q < tale->count; q++)
        begin[tale->item[q].list + 1]++;
    for (size_t l = 0; done && l < tale->lists; l++) {
        begin[l + 1] += begin[l];
        next[l] = begin[l];
    }
    for (size_t q = 0; done && q < tale->count; q++) {
        size_t first = tale->lists;
        for (size_t l = 0; l < tale->lists; l++)
            if (next[l] < begin[l + 1] && (first == tale->lists || (uint64_t)tale->item[next[l]].record.top <
                                                                       (uint64_t)tale->item[next[first]].record.top))
                first = l; /* NOWHERE is the largest */
        sorted[q] = tale->item[next[first]++];
    }
    free(next);
    free(begin);
    if (done) {
        free(tale->item);
        tale->item = sorted;
    } else {
        free(sorted);
    }
    return done;
}

static bool is_same(const struct told *p, const struct told *q)
{
    return p->record.code == q->record.code && p->record.place == q->record.place &&
           (p->record.place != 0 || strcmp(p->text, q->text) == 0);
}

/* What another rank has said before of the same place is not said again. */
static void drop_repeated(struct tale *tale)
{
    for (size_t q = 0; q < tale->count; q++)
        for (size_t p = 0; p < q && !tale->item[q].dropped; p++)
            tale->item[q].dropped = tale->item[p].rank != tale->item[q].rank && is_same(&tale->item[p], &tale->item[q]);
}

static bool is_of_whole(const struct told *told)
{
    return told->record.code == ERROR_NO_ELEMENTS || told->record.code == ERROR_NO_GROUND;
}

/* How many ranks say the same, which each says once, or, of a circuit without elements or ground, the like. */
static int count_ranks(const struct tale *tale, const struct told *told)
{
    int count = 0;
    for (size_t q = 0; q < tale->count; q++) {
        const struct told *other = &tale->item[q];
        count += is_same(told, other) || (is_of_whole(told) && is_of_whole(other));
    }
    return count;
}

/* Is it not so where another rank does not say so too? Nodes and elements that common cards name may be elsewhere,
 * and so may be all elements, and ground. `wrong`: there are other errors, of which a circuit without elements
 * comes. */
static bool is_untrue(const struct tale *tale, const struct told *told, bool wrong)
{
    uint32_t code = told->record.code;
    bool is_partial = code == WARNING_NODESET_OF_NO_NODE || code == ERROR_UNKNOWN_VECTOR ||
                      code == ERROR_UNKNOWN_ELEMENT || is_of_whole(told);
    return (is_of_whole(told) && wrong) || (is_partial && count_ranks(tale, told) < tale->ranks);
}

static void drop_untrue(struct tale *tale, bool wrong)
{
    bool ungrounded = false;
    for (size_t q = 0; q < tale->count; q++)
        wrong = wrong || (tale->item[q].record.severity == SEVERITY_ERROR && !is_of_whole(&tale->item[q]));
    for (size_t q = 0; q < tale->count; q++)
        ungrounded = ungrounded || tale->item[q].record.code == ERROR_NO_GROUND;
    bool said = false;
    for (size_t q = 0; q < tale->count; q++) {
        struct told *told = &tale->item[q];
        bool lesser = told->record.code == ERROR_NO_ELEMENTS && ungrounded; /* other ranks have elements */
        told->dropped = is_untrue(tale, told, wrong) || lesser || (is_of_whole(told) && said);
        said = said || (is_of_whole(told) && !told->dropped);
    }
}

/* More of a kind were counted by a rank that has also told of others than those that all have. */
static bool counts_more(const struct tale *tale, const struct told *told)
{
    for (size_t q = 0; q < tale->count; q++) {
        const struct told *other = &tale->item[q];
        if (other->rank == told->rank && other->record.code == told->record.code && !other->dropped)
            return true;
    }
    return false;
}

static void count_made(struct messages *messages, uint32_t severity, size_t count)
{
    messages->errors += severity == SEVERITY_ERROR ? count : 0;
    messages->outcomes += severity == SEVERITY_OUTCOME ? count : 0;
    messages->failures += severity == SEVERITY_FAILURE ? count : 0;
}

/* Keep it, or count it where there are enough of its kind. False when memory is out. */
static bool keep(struct messages *messages, const struct told *told)
{
    struct diagnostic_kind *kind = &messages->kind[told->record.code];
    count_made(messages, told->record.severity, 1);
    if (kind->count == DIAGNOSTICS_OF_A_KIND) {
        messages->item[kind->last].more++;
        return true;
    }
    struct message message = {.text = strdup(told->text), .notes = strdup(told->notes)};
    if (!message.text || !message.notes ||
        !array_reserve(&messages->item, &messages->capacity, messages->count + 1, sizeof *messages->item)) {
        free(message.text);
        free(message.notes);
        return false;
    }
    *kind = (struct diagnostic_kind){kind->count + 1, (uint32_t)messages->count};
    messages->item[messages->count++] = message;
    return true;
}

static bool merge(struct messages *messages, struct tale *tale)
{
    bool done = sort(tale);
    drop_untrue(tale, messages->errors > 0);
    drop_repeated(tale);
    for (size_t q = 0; done && q < tale->count; q++)
        done = tale->item[q].dropped || keep(messages, &tale->item[q]);
    for (size_t q = 0; done && q < tale->count; q++) {
        const struct told *told = &tale->item[q];
        size_t more = told->record.more;
        if (more > 0 && counts_more(tale, told)) {
            messages->item[messages->kind[told->record.code].last].more += more;
            count_made(messages, told->record.severity, more);
        }
    }
    return done;
}

bool messages_gather(struct messages *messages, const struct ranks *ranks, const struct diagnostics *diagnostics,
                     int lists, const struct sources *sources)
{
    char *own = NULL, *all = NULL;
    size_t size = 0;
    int64_t total, *from = array_new((size_t)ranks->count, sizeof *from);
    struct tale tale = {.ranks = ranks->count, .lists = (size_t)(ranks->count * lists)};
    bool done = ranks_all(put_records(diagnostics, lists, sources, &own, &size) && from) &&
                ranks_gather_first(ranks, own, (int64_t)size, 1, &all, &total, from);
    if (done && ranks->rank == 0) {
        read_records(&tale, all, from, &done);
        done = done && merge(messages, &tale);
    }
    free(tale.item);
    free(own);
    free(all);
    free(from);
    size_t made[] = {messages->errors, messages->outcomes, messages->failures};
    ranks_spread(0, made, sizeof made);
    messages->errors = made[0];
    messages->outcomes = made[1];
    messages->failures = made[2];
    return ranks_all(done);
}

void messages_print(const struct messages *messages, FILE *file)
{
    for (size_t q = 0; q < messages->count; q++) {
        const struct message *message = &messages->item[q];
        char *more = message->more > 0 ? diagnostic_more_text(message->more) : NULL;
        fputs(message->text, file);
        fputs(more ? more : "", file);
        fputs(message->notes, file);
        free(more);
    }
}

void messages_free(struct messages *messages)
{
    for (size_t q = 0; q < messages->count; q++) {
        free(messages->item[q].text);
        free(messages->item[q].notes);
    }
    free(messages->item);
    *messages = (struct messages){0};
}
