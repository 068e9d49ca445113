#include "grid/part.h"

#include "grid/deck.h"
#include "grid/namesakes.h"
#include "grid/stretch.h"
#include "netlist/cards.h"
#include "reader.h"
#include "util/array.h"
#include "util/clock.h"
#include "util/letters.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- which cards are this rank's --------------------------------------------------------------------------------- */

/* Where the cards of included files are: those of one come after each other. */
struct whereabouts {
    const struct part *part;
    const struct source *last;
    bool last_is_own;
};

static bool is_in_stretch(const struct part *part, const char *place)
{
    const char *own = part->session.netlist.sources.item[0].text + part->own_at;
    return (uintptr_t)place >= (uintptr_t)own && (uintptr_t)place < (uintptr_t)(own + part->own_size);
}

static bool holds(const struct source *source, const char *place)
{
    return source && (uintptr_t)place >= (uintptr_t)source->text &&
           (uintptr_t)place <= (uintptr_t)(source->text + source->size);
}

/* Is it in this rank's stretch, or in a file that is included from there? */
static bool is_own(struct whereabouts *where, const char *place)
{
    const struct sources *sources = &where->part->session.netlist.sources;
    if (holds(&sources->item[0], place))
        return is_in_stretch(where->part, place);
    if (!holds(where->last, place)) {
        const struct source *source = where->last = sources_find(sources, place);
        for (; source && source->included_from; source = sources_find(sources, place))
            place = source->included_from;
        where->last_is_own = is_in_stretch(where->part, place);
    }
    return where->last_is_own;
}

/* How deep cards are in blocks. */
struct depth {
    size_t subcircuits, conditions;
};

static void follow(struct depth *depth, enum card_kind kind)
{
    depth->subcircuits += kind == CARD_SUBCKT;
    depth->subcircuits -= kind == CARD_ENDS && depth->subcircuits > 0;
    depth->conditions += kind == CARD_IF;
    depth->conditions -= kind == CARD_ENDIF && depth->conditions > 0;
}

static bool makes_elements(enum card_kind kind)
{
    return (kind >= CARD_R && kind <= CARD_UNSUPPORTED) || kind == CARD_X;
}

static const char *place_of(const struct card *card)
{
    return card_is_plain(card) ? card->text : card->arg->text;
}

/* Of the elements and instances that are in no subcircuit those of other ranks are left to them. */
static void leave_others(struct part *part)
{
    struct netlist *netlist = &part->session.netlist;
    struct whereabouts where = {.part = part};
    struct depth depth = {0};
    for (size_t c = 0; c < netlist->count; c++) {
        struct card *card = &netlist->card[c];
        enum card_kind kind = (enum card_kind)card->kind;
        follow(&depth, kind);
        if (depth.subcircuits == 0 && makes_elements(kind) && !is_own(&where, place_of(card)))
            card->kind = CARD_NONE;
    }
}

/* ---- what opspice-mpi does not take ------------------------------------------------------------------------------ */

static void refuse_analysis(const struct card *card, struct diagnostics *diagnostics)
{
    diagnose(diagnostics, ERROR_NOT_SUPPORTED, card->arg->text, card->arg->length,
             "`%.*s` is for opspice: opspice-mpi finds one operating point", (int)card->arg->length, card->arg->text);
}

static void leave_table(const struct card *card, struct diagnostics *diagnostics)
{
    diagnose(diagnostics, WARNING_SHOWS_NOTHING, card->arg->text, card->arg->length,
             "`%.*s` is left out: opspice-mpi prints no tables", (int)card->arg->length, card->arg->text);
}

/* Of v(a,b) both nodes are saved, if one rank has them. */
static void warn_of_pairs(const struct card *card, struct diagnostics *diagnostics)
{
    enum { TWO_AND_CLOSE = 3 };
    for (uint32_t a = 0; a < card->count; a++) {
        const struct arg *arg = &card->arg[a];
        if (arg->kind == ARG_GROUP && arg->count >= TWO_AND_CLOSE && arg->length == 1 && lower(*arg->text) == 'v')
            diagnose(diagnostics, WARNING_SHOWS_NOTHING, arg->text, arg->length,
                     "the nodes are saved if they lie in the same part of the netlist: name them one by one");
    }
}

/* Cards that ask for something else than the operating point, and those that show parts of it. */
static void leave_requests(struct part *part, const struct ranks *ranks, const struct part_options *options,
                           struct diagnostics *diagnostics)
{
    struct netlist *netlist = &part->session.netlist;
    struct depth depth = {0};
    for (size_t c = 0; c < netlist->count; c++) {
        struct card *card = &netlist->card[c];
        follow(&depth, (enum card_kind)card->kind);
        if (depth.subcircuits > 0)
            continue;
        switch ((enum card_kind)card->kind) {
        case CARD_DC:
        case CARD_STEP:
        case CARD_TF:
        case CARD_SENS:
        case CARD_CONTROL:
            if (!options->only_point)
                refuse_analysis(card, diagnostics);
            break;
        case CARD_PRINT:
        case CARD_PLOT:
        case CARD_MEASURE: leave_table(card, diagnostics); break;
        case CARD_SAVE:
            if (ranks->count > 1)
                warn_of_pairs(card, diagnostics);
            continue;
        default: continue;
        }
        card->kind = CARD_NONE;
    }
}

static void refuse_element(const struct arg *name, struct diagnostics *diagnostics)
{
    const struct card_row *row = cards_find(name->text, name->length);
    diagnose(diagnostics, ERROR_NOT_SUPPORTED, name->text, name->length,
             "%.*s is for opspice, a %s: opspice-mpi takes R, C, L, V, I and D", (int)name->length, name->text,
             row ? row->what : "part of another element");
}

/* Cards of elements, outside of subcircuits, that others may control. */
static void refuse_cards(struct part *part, struct diagnostics *diagnostics)
{
    struct netlist *netlist = &part->session.netlist;
    struct depth depth = {0};
    for (size_t c = 0; c < netlist->count; c++) {
        struct card *card = &netlist->card[c];
        follow(&depth, (enum card_kind)card->kind);
        if (depth.subcircuits > 0 || card->kind < CARD_B || card->kind > CARD_Z)
            continue;
        struct arg word[PLAIN_WORDS];
        refuse_element(netlist_words(card, word).arg, diagnostics);
        card->kind = CARD_NONE;
    }
}

/* What makes the circuit more than a convex one: an answer would not be the only one. */
static void refuse_coupling(const struct element *element, struct diagnostics *diagnostics)
{
    diagnose(diagnostics, ERROR_NOT_SUPPORTED, element->place, element->name_length,
             "%.*s is for opspice, %s: opspice-mpi takes resistances above 0 that nothing controls",
             element->name_length, element->place,
             element->kind == ELEMENT_RESISTOR ? "a negative resistance" : "an element that the answer controls");
}

/* Elements that instances have brought in, and those that are not what their letters promise. */
static void refuse_elements(const struct part *part, struct diagnostics *diagnostics)
{
    const struct circuit *circuit = &part->session.circuit;
    const char *last = NULL;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        bool is_taken = strchr("rclvid", lower(*element->place));
        bool is_coupled = circuit_coupling(circuit, e) || (element->kind == ELEMENT_RESISTOR && element->value < 0);
        if ((is_taken && !is_coupled) || element->place == last)
            continue;
        last = element->place;
        diagnostics->origin = circuit_origin(circuit, e);
        if (is_taken)
            refuse_coupling(element, diagnostics);
        else
            refuse_element(&(struct arg){.text = element->place, .length = element->name_length}, diagnostics);
    }
    diagnostics->origin = NULL;
}

/* ---- names that two ranks have ----------------------------------------------------------------------------------- */

/* Instances of the top level, but for those in conditions, whose branches may each have one. */
static bool refuse_instance_names(struct part *part, const struct ranks *ranks, struct diagnostics *diagnostics)
{
    struct netlist *netlist = &part->session.netlist;
    struct depth depth = {0};
    struct namesakes found = {0};
    uint32_t count = 0;
    uint64_t *hash = array_new(netlist->count, sizeof *hash);
    uint32_t *at = array_new(netlist->count, sizeof *at);
    bool done = ranks_all(hash && at);
    for (size_t c = 0; done && c < netlist->count; c++) {
        follow(&depth, (enum card_kind)netlist->card[c].kind);
        if (netlist->card[c].kind != CARD_X || depth.subcircuits > 0 || depth.conditions > 0)
            continue;
        struct arg word[PLAIN_WORDS], *name = netlist_words(&netlist->card[c], word).arg;
        hash[count] = namesakes_hash(name->text, name->length);
        at[count++] = (uint32_t)c;
    }
    done = done && namesakes_find(ranks, hash, count, &found);
    for (size_t n = 0; done && n < found.count; n++) {
        struct card *card = &netlist->card[at[found.item[n].own]];
        struct arg word[PLAIN_WORDS], *name = netlist_words(card, word).arg;
        diagnose(diagnostics, ERROR_DUPLICATE_INSTANCE, name->text, name->length, "a second instance named %.*s",
                 (int)name->length, name->text);
        card->kind = CARD_NONE;
    }
    free(hash);
    free(at);
    free(found.item);
    return done;
}

/* Where the first one of two elements is, for the rank that has the second one: the names of element and file, and the
 * line, each with a NUL, follow. */
struct first_place {
    uint64_t offset, line; /* of the line's start */
    uint64_t column;       /* bytes of the line before the name */
    uint64_t length;       /* of the name there */
    uint64_t name, file, text; /* bytes */
};

static void put_first_place(FILE *file, const struct part *part, uint32_t e)
{
    const struct circuit *circuit = &part->session.circuit;
    const struct element *element = &circuit->element[e];
    struct location location = sources_locate(&part->session.netlist.sources, element->place);
    const char *name = circuit->elements.text[e];
    const struct first_place first = {.offset = sources_offset(location.source, location.line_text),
                                      .line = location.line,
                                      .column = location.column - 1,
                                      .length = element->name_length,
                                      .name = strlen(name),
                                      .file = strlen(location.source->name),
                                      .text = location.line_length};
    fwrite(&first, sizeof first, 1, file);
    fwrite(name, 1, first.name + 1, file);
    fwrite(location.source->name, 1, first.file + 1, file);
    fwrite(location.line_text, 1, first.text, file);
    fputc('\0', file);
}

/* Say that an element has the name of one on another rank, whose line becomes a text of this one's. Returns what
 * follows the description. *done becomes false when memory is out. */
static const char *say_second(struct part *part, uint32_t e, const char *at, struct diagnostics *diagnostics,
                              bool *done)
{
    const struct circuit *circuit = &part->session.circuit;
    const struct element *element = &circuit->element[e];
    struct sources *sources = &part->session.netlist.sources;
    struct first_place first;
    memcpy(&first, at, sizeof first);
    const char *name = at + sizeof first, *file = name + first.name + 1, *text = file + first.file + 1;
    at = text + first.text + 1;
    if (strcmp(name, circuit->elements.text[e]) != 0)
        return at; /* their hashes are the same, and nothing else */
    int length;
    const char *spelling = circuit_spelling(circuit, e, &length);
    diagnostics->origin = circuit_origin(circuit, e);
    if (diagnose(diagnostics, ERROR_DUPLICATE_ELEMENT, element->place, element->name_length,
                 "a second element named %.*s", length, spelling)) {
        char *line = malloc(first.text + 2);
        struct source_piece *piece = malloc(sizeof *piece);
        if (line && piece) {
            memcpy(line, text, first.text);
            *piece = (struct source_piece){0, first.offset, first.line};
            *done = sources_take(sources, file, line, first.text, piece, 1) == SOURCE_OK;
        } else {
            free(line);
            free(piece);
            *done = false;
        }
        if (*done)
            diagnose(diagnostics, NOTE, sources->item[sources->count - 1].text + first.column, first.length,
                     "the first one is here");
    }
    diagnostics->origin = NULL;
    return at;
}

/* The ranks that have the first ones say where they are. asked: what each rank wants to know, [asks] numbers of
 * elements by rank. *answers: by rank that was asked; to be freed. */
static bool ask_first_places(const struct part *part, const struct ranks *ranks, const uint32_t *asks,
                             const int64_t *asked, char **answers)
{
    uint32_t *wanted = NULL;
    int64_t *took = array_new((size_t)ranks->count, 2 * sizeof *took), *bytes = took + ranks->count;
    char *text = NULL;
    size_t size = 0;
    bool done = ranks_all(took) && ranks_exchange(ranks, asks, asked, sizeof *asks, &wanted, took);
    FILE *file = done ? open_memstream(&text, &size) : NULL;
    const uint32_t *next = wanted;
    for (int r = 0; file && r < ranks->count; r++) {
        long before = ftell(file);
        for (int64_t q = 0; q < took[r]; q++)
            put_first_place(file, part, *next++);
        bytes[r] = ftell(file) - before;
    }
    done = ranks_all(file && fclose(file) == 0) && done;
    done = done && ranks_exchange(ranks, text, bytes, 1, answers, took);
    free(wanted);
    free(took);
    free(text);
    return done;
}

/* Elements of other ranks' names. Of those of a rank the first are told, and the rest is counted. */
static bool refuse_element_names(struct part *part, const struct ranks *ranks, struct diagnostics *diagnostics)
{
    const struct names *names = &part->session.circuit.elements;
    struct namesakes found = {0};
    char *answers = NULL;
    uint64_t *hash = array_new(ranks->count > 1 ? names->count : 0, sizeof *hash);
    bool done = ranks_all(hash);
    for (uint32_t e = 0; done && ranks->count > 1 && e < names->count; e++)
        hash[e] = namesakes_hash(names->text[e], strlen(names->text[e]));
    done = done && namesakes_find(ranks, hash, names->count, &found);
    free(hash);
    size_t told = found.count < DIAGNOSTICS_OF_A_KIND ? found.count : DIAGNOSTICS_OF_A_KIND, n = 0;
    uint32_t *asks = array_new(told, sizeof *asks);
    int64_t *asked = array_new((size_t)ranks->count, sizeof *asked);
    done = ranks_all(asks && asked) && done;
    for (int r = 0; done && r < ranks->count; r++)
        for (size_t q = 0; q < told; q++)
            if (found.item[q].rank == r) {
                asks[n++] = found.item[q].first;
                asked[r]++;
            }
    if (done)
        done = ask_first_places(part, ranks, asks, asked, &answers);
    const char *at = answers;
    for (int r = 0; done && r < ranks->count; r++)
        for (size_t q = 0; done && q < told; q++)
            if (found.item[q].rank == r)
                at = say_second(part, found.item[q].own, at, diagnostics, &done);
    if (done && found.count > told)
        diagnose_more(diagnostics, ERROR_DUPLICATE_ELEMENT, found.count - told);
    free(asks);
    free(asked);
    free(answers);
    free(found.item);
    return ranks_all(done);
}

/* ---- stages ------------------------------------------------------------------------------------------------------ */

/* What the deck is made of, and what this rank reads of it. */
static enum part_status take_text(struct stretch *stretch, const struct ranks *ranks,
                                  const struct part_options *options)
{
    struct deck_bytes deck = {.file = -1};
    enum deck_status status = deck_open(&deck, ranks, options->path);
    if (status == DECK_OK)
        status = stretch_read(stretch, &deck);
    int reason = errno;
    deck_close(&deck);
    errno = reason;
    return status == DECK_OK ? PART_OK : status == DECK_NO_FILE ? PART_NO_FILE : PART_NO_MEMORY;
}

/* A file with a NUL in it is no text; the first rank that sees one says so, and nothing else is said. */
static bool is_read(const struct stretch *stretch, const struct ranks *ranks)
{
    bool has_nul = memchr(stretch->text + stretch->own_at, '\0', stretch->own_size);
    int64_t total, before = ranks_before(ranks, has_nul, &total);
    return total == 0 || (has_nul && before == 0);
}

/* Read the text; what is not this rank's is left out. False when memory is out. */
static bool read_text(struct part *part, const struct ranks *ranks, struct stretch *stretch,
                      const struct part_options *options, bool is_wanted)
{
    struct session *session = &part->session;
    struct diagnostics *diagnostics = &part->diagnostics[PART_READING];
    part->own_at = stretch->own_at;
    part->own_size = stretch->own_size;
    if (options->confined && !sources_confine(&session->netlist.sources, options->path))
        return false;
    size_t size = is_wanted ? stretch->size : 0, pieces = is_wanted ? stretch->pieces : 0;
    enum reader_status status = reader_pieces(&session->netlist, options->path, stretch->text, size, stretch->piece,
                                              pieces, diagnostics);
    *stretch = (struct stretch){0};
    if (status != READER_OK)
        return false;
    leave_others(part);
    leave_requests(part, ranks, options, diagnostics);
    return true;
}

static bool tell(struct part *part, const struct ranks *ranks, enum part_stage stage, int stages)
{
    return messages_gather(&part->messages, ranks, &part->diagnostics[stage], stages,
                           &part->session.netlist.sources);
}

/* Returns whether memory was there, on all ranks. */
static bool build(struct part *part, const struct ranks *ranks)
{
    struct diagnostics *defining = &part->diagnostics[PART_DEFINING],
                       *elaborating = &part->diagnostics[PART_ELABORATING],
                       *comparing = &part->diagnostics[PART_COMPARING];
    if (!refuse_instance_names(part, ranks, defining) || !ranks_all(session_define(&part->session, defining)))
        return false;
    refuse_cards(part, defining);
    if (!tell(part, ranks, PART_DEFINING, 1) || !ranks_all(session_elaborate(&part->session, elaborating)))
        return false;
    refuse_elements(part, comparing);
    return refuse_element_names(part, ranks, comparing) && tell(part, ranks, PART_ELABORATING, 2);
}

enum part_status part_load(struct part *part, const struct ranks *ranks, const struct part_options *options)
{
    struct stretch stretch = {0};
    double mark = clock_seconds();
    struct session *session = &part->session;
    session->only_point = options->only_point;
    session->only_own = options->only_own;
    session->all_ideal = options->all_ideal;
    for (int stage = 0; stage < PART_STAGES; stage++)
        part->diagnostics[stage].strict = options->strict;
    enum part_status status = take_text(&stretch, ranks, options);
    if (status != PART_OK) {
        int reason = errno;
        free(stretch.text);
        free(stretch.piece);
        errno = reason;
        return status;
    }
    bool is_wanted = is_read(&stretch, ranks), all_wanted = ranks_all(is_wanted);
    if (!ranks_all(read_text(part, ranks, &stretch, options, is_wanted)) || !tell(part, ranks, PART_READING, 1))
        return PART_NO_MEMORY;
    clock_lap(&mark, &part->seconds_read);
    if (all_wanted && !build(part, ranks))
        return PART_NO_MEMORY;
    clock_lap(&mark, &part->seconds_build);
    return part->messages.errors > 0 ? PART_WRONG : PART_OK;
}

void part_free(struct part *part)
{
    session_free(&part->session);
    messages_free(&part->messages);
    for (int stage = 0; stage < PART_STAGES; stage++)
        diagnostics_free(&part->diagnostics[stage]);
    *part = (struct part){0};
}
