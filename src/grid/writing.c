#include "grid/writing.h"

#include "grid/post.h"
#include "util/array.h"
#include "write/callback_stream.h"
#include "write/csv.h"
#include "write/label.h"
#include "write/listing.h"
#include "write/rawfile.h"
#include "write/whole_file.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- what there is to write -------------------------------------------------------------------------------------- */

/* Of a recorded vector. */
static enum writing_section section_of(const struct writing *writing, size_t q)
{
    const struct vector *vector = &writing->recorded.item[q];
    if (q >= writing->devices)
        return SECTION_DEVICES;
    if (vector->kind == VECTOR_VOLTAGE)
        return SECTION_NODES;
    if (vector->kind != VECTOR_CURRENT || vector->parameter)
        return SECTION_NAMED;
    return element_letter(writing->share->circuit, vector->a) == 'l' ? SECTION_INDUCTORS : SECTION_SOURCES;
}

/* Nodes are of their owners. named_only: what .save names is known to other ranks alone, which have it. */
static void leave_others(struct writing *writing, bool named_only)
{
    const struct share *share = writing->share;
    struct vectors *recorded = &writing->recorded;
    size_t kept = 0, devices = 0;
    for (size_t q = 0; q < recorded->count; q++) {
        enum writing_section section = section_of(writing, q);
        bool is_copy = section == SECTION_NODES && !post_is_own(share, share->number[recorded->item[q].a]);
        if (!is_copy && (!named_only || section >= SECTION_NAMED)) {
            recorded->item[kept++] = recorded->item[q];
            devices += section == SECTION_DEVICES;
        }
    }
    vectors_cut(recorded, kept);
    writing->devices = kept - devices;
}

/* What .save names, all nodes and all branches. False when memory is out. */
static bool want_all(struct vectors *all, const struct vectors *wanted, const struct circuit *circuit)
{
    bool done = vectors_add_nodes(all, circuit) && vectors_add_branches(all, circuit);
    for (size_t i = 0; done && i < wanted->count; i++)
        done = vectors_include(all, wanted->item[i]);
    return done;
}

/* What this rank has to write; whole: .save leaves out no node and branch. False when memory is out. */
static bool record(struct writing *writing, bool whole)
{
    const struct circuit *circuit = writing->share->circuit;
    struct output_requests requests = writing->part->session.requests;
    struct vectors all = {0};
    bool saves_currents = requests.save_currents, done = true;
    if (whole && requests.wanted.count > 0) {
        done = want_all(&all, &requests.wanted, circuit);
        requests.wanted = all;
    }
    requests.save_currents = false;
    vectors_free(&writing->recorded);
    done = done && output_requests_recorded(&requests, circuit, PLOT_OP, true, &writing->recorded);
    writing->devices = writing->recorded.count;
    requests.save_currents = true;
    if (saves_currents) {
        vectors_free(&writing->recorded);
        done = done && output_requests_recorded(&requests, circuit, PLOT_OP, true, &writing->recorded);
    }
    vectors_free(&all);
    return done;
}

/* False when memory is out, on all ranks. */
static bool begin(struct writing *writing, bool whole)
{
    bool saves = writing->part->session.requests.wanted.count > 0, any_saves = ranks_any(saves);
    if (whole && !any_saves)
        return true;
    bool done = record(writing, whole);
    leave_others(writing, !whole && any_saves && !saves);
    if (!ranks_all(done))
        return false;
    memset(writing->own, 0, sizeof writing->own);
    for (size_t q = 0; q < writing->recorded.count; q++)
        writing->own[section_of(writing, q)]++;
    for (int s = 0; s < SECTIONS; s++)
        writing->before[s] = ranks_before(&writing->share->ranks, writing->own[s], &writing->all[s]);
    return true;
}

bool writing_begin(struct writing *writing)
{
    return begin(writing, false);
}

bool writing_begin_listing(struct writing *writing)
{
    return begin(writing, true);
}

static double value_of(const struct writing *writing, const struct vector *vector)
{
    const struct grid_answer *answer = writing->answer;
    const struct operating_point op = {.voltage = answer->hi, .low = answer->lo, .current = answer->current};
    return vector_value(vector, writing->share->circuit, &op);
}

/* ---- in turn ----------------------------------------------------------------------------------------------------- */

/* What a rank puts; number: of the first of its section. */
typedef void put_section(struct sink *sink, const struct writing *writing, enum writing_section section, size_t number);

struct turns {
    const struct writing *writing;
    FILE *file;   /* of rank 0 */
    bool visible; /* for people */
    int error;    /* errno of the first failure, on rank 0 */
};

/* A piece for rank 0: its size and its bytes. Size 0 ends a turn, a negative one with the reason for which it ends. */
static int send_piece(void *context, const char *bytes, size_t size)
{
    int64_t count = (int64_t)size;
    (void)context;
    ranks_send(0, &count, sizeof count);
    ranks_send(0, bytes, size);
    return 0;
}

static void send_end(int reason)
{
    int64_t count = -reason;
    ranks_send(0, &count, sizeof count);
}

static void put_turn(struct turns *turns, FILE *file, put_section *put, enum writing_section section, size_t number)
{
    struct sink sink;
    (turns->visible ? sink_open_visible : sink_open)(&sink, file);
    put(&sink, turns->writing, section, number);
    if (!sink_close(&sink) && turns->error == 0)
        turns->error = errno;
}

/* Rank 0 takes what one gives. It is taken also where it can no more be written. */
static void take_turn(struct turns *turns, int from)
{
    enum { ROOM = 1 << 16 };
    char room[ROOM];
    int64_t left;
    for (;;) {
        ranks_receive(from, &left, sizeof left);
        if (left <= 0)
            break;
        while (left > 0) {
            size_t size = left < ROOM ? (size_t)left : ROOM;
            ranks_receive(from, room, size);
            left -= (int64_t)size;
            errno = EIO;
            if (turns->error == 0 && fwrite(room, 1, size, turns->file) != size)
                turns->error = errno;
        }
    }
    if (left < 0 && turns->error == 0)
        turns->error = (int)-left;
}

static void send_turn(struct turns *turns, put_section *put, enum writing_section section, size_t number)
{
    FILE *file = callback_stream(send_piece, NULL);
    if (file) {
        put_turn(turns, file, put, section, number);
        fclose(file);
    }
    send_end(file ? turns->error : ENOMEM);
}

/* All ranks, one after the other, put a section; number: of its first. */
static void each_rank(struct turns *turns, put_section *put, enum writing_section section, bool last_first,
                      size_t number)
{
    const struct writing *writing = turns->writing;
    const struct ranks *ranks = &writing->share->ranks;
    int64_t before = writing->before[section], own = writing->own[section], all = writing->all[section];
    number += (size_t)(last_first ? all - before - own : before);
    for (int step = 0; step < ranks->count; step++) {
        int rank = last_first ? ranks->count - 1 - step : step;
        if (rank == ranks->rank && rank == 0)
            put_turn(turns, turns->file, put, section, number);
        else if (rank == ranks->rank)
            send_turn(turns, put, section, number);
        else if (ranks->rank == 0)
            take_turn(turns, rank);
    }
}

/* ---- what rank 0 puts -------------------------------------------------------------------------------------------- */

static struct output output_of(const struct writing *writing)
{
    const struct session *session = &writing->part->session;
    return (struct output){.version = writing->version,
                           .date = time(NULL),
                           .title = session->netlist.title,
                           .title_length = session->netlist.title_length,
                           .circuit = &session->circuit,
                           .requests = &session->requests};
}

typedef void put_text(struct sink *sink, const struct writing *writing);

static void put_first(struct turns *turns, put_text *put)
{
    struct sink sink;
    if (turns->writing->share->ranks.rank > 0)
        return;
    (turns->visible ? sink_open_visible : sink_open)(&sink, turns->file);
    put(&sink, turns->writing);
    if (!sink_close(&sink) && turns->error == 0)
        turns->error = errno;
}

static size_t columns_of(const struct writing *writing)
{
    size_t columns = 0;
    for (int s = 0; s < SECTIONS; s++)
        columns += (size_t)writing->all[s];
    return columns;
}

/* ---- rawfiles ---------------------------------------------------------------------------------------------------- */

static void put_raw_head(struct sink *sink, const struct writing *writing)
{
    const struct output output = output_of(writing);
    const struct plot plot = {.kind = PLOT_OP};
    rawfile_put_whole_head(sink, &output, &plot, columns_of(writing), 1);
}

static void put_variables(struct sink *sink, const struct writing *writing, enum writing_section section, size_t number)
{
    const struct circuit *circuit = writing->share->circuit;
    for (size_t q = 0; q < writing->recorded.count; q++) {
        const struct vector *vector = &writing->recorded.item[q];
        const char *type;
        if (section_of(writing, q) != section)
            continue;
        struct label label = label_in_rawfile(vector, circuit, &type);
        rawfile_put_variable(sink, &number, &label, type);
    }
}

static void put_binary_head(struct sink *sink, const struct writing *writing)
{
    (void)writing;
    sink_text(sink, "Binary:\n");
}

static void put_ascii_head(struct sink *sink, const struct writing *writing)
{
    (void)writing;
    sink_text(sink, "Values:\n0\t");
}

static void put_values(struct sink *sink, const struct writing *writing, enum writing_section section,
                       void put(struct sink *sink, double number))
{
    for (size_t q = 0; q < writing->recorded.count; q++)
        if (section_of(writing, q) == section)
            put(sink, value_of(writing, &writing->recorded.item[q]));
}

static void put_binary(struct sink *sink, const struct writing *writing, enum writing_section section, size_t number)
{
    (void)number;
    put_values(sink, writing, section, rawfile_put_double);
}

static void put_ascii(struct sink *sink, const struct writing *writing, enum writing_section section, size_t number)
{
    (void)number;
    put_values(sink, writing, section, rawfile_put_line);
}

/* In a rawfile currents of inductors and sources begin with the last card. */
static void put_sections(struct turns *turns, put_section *put)
{
    size_t number = 0;
    for (int s = 0; s < SECTIONS; s++) {
        each_rank(turns, put, (enum writing_section)s, s == SECTION_INDUCTORS || s == SECTION_SOURCES, number);
        number += (size_t)turns->writing->all[s];
    }
}

static void write_rawfile(struct turns *turns, bool is_binary)
{
    put_first(turns, put_raw_head);
    put_sections(turns, put_variables);
    put_first(turns, is_binary ? put_binary_head : put_ascii_head);
    put_sections(turns, is_binary ? put_binary : put_ascii);
}

/* ---- csv --------------------------------------------------------------------------------------------------------- */

static void put_csv_head(struct sink *sink, const struct writing *writing)
{
    (void)writing;
    csv_put_heads(sink);
}

static void put_csv_nodes(struct sink *sink, const struct writing *writing, enum writing_section section, size_t number)
{
    const struct share *share = writing->share;
    (void)section, (void)number;
    for (int64_t q = 0; q < share->owned; q++) {
        uint32_t node = share->own[q];
        csv_put_row(sink, "voltage,", share->circuit->nodes.text[node], writing->answer->hi[node], ",V\n");
    }
}

static void put_csv_elements(struct sink *sink, const struct writing *writing, enum writing_section section,
                             size_t number)
{
    const struct circuit *circuit = writing->share->circuit;
    (void)section, (void)number;
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        csv_put_row(sink, "current,", circuit->elements.text[e], writing->answer->current[e], ",A\n");
}

static void write_csv_file(struct turns *turns)
{
    put_first(turns, put_csv_head);
    each_rank(turns, put_csv_nodes, SECTION_NODES, false, 0);
    each_rank(turns, put_csv_elements, SECTION_NAMED, false, 0);
}

/* ---- listings ---------------------------------------------------------------------------------------------------- */

static void put_listing_head(struct sink *sink, const struct writing *writing)
{
    const struct output output = output_of(writing);
    listing_put_circuit(sink, &output);
    listing_put_temperatures(sink, &output.requests->sim_options);
}

static void put_columns(struct sink *sink, const struct writing *writing)
{
    listing_put_columns(sink, columns_of(writing));
}

static void put_rows(struct sink *sink, const struct writing *writing)
{
    (void)writing;
    listing_put_rows(sink, 1);
}

static void put_node_heads(struct sink *sink, const struct writing *writing)
{
    (void)writing;
    listing_put_node_heads(sink);
}

static void put_nodes(struct sink *sink, const struct writing *writing, enum writing_section section, size_t number)
{
    (void)number;
    const struct circuit *circuit = writing->share->circuit;
    for (size_t q = writing->recorded.count; q-- > 0;) {
        const struct vector *vector = &writing->recorded.item[q];
        if (section_of(writing, q) == section)
            listing_put_node(sink, circuit->nodes.text[vector->a], value_of(writing, vector));
    }
}

static void put_branch_heads(struct sink *sink, const struct writing *writing)
{
    (void)writing;
    listing_put_branch_heads(sink);
}

static void put_branches(struct sink *sink, const struct writing *writing, enum writing_section section, size_t number)
{
    (void)number;
    const struct circuit *circuit = writing->share->circuit;
    for (size_t q = writing->recorded.count; q-- > 0;) {
        const struct vector *vector = &writing->recorded.item[q];
        if (section_of(writing, q) == section && vector_is_current(vector))
            listing_put_branch(sink, vector, circuit, value_of(writing, vector));
    }
}

static void put_end(struct sink *sink, const struct writing *writing)
{
    (void)writing;
    sink_text(sink, "\n");
}

static void write_listing_file(struct turns *turns)
{
    put_first(turns, put_listing_head);
    put_first(turns, put_rows);
    put_first(turns, put_node_heads);
    each_rank(turns, put_nodes, SECTION_NODES, true, 0);
    put_first(turns, put_branch_heads);
    each_rank(turns, put_branches, SECTION_DEVICES, true, 0);
    each_rank(turns, put_branches, SECTION_NAMED, true, 0);
    each_rank(turns, put_branches, SECTION_SOURCES, false, 0);
    each_rank(turns, put_branches, SECTION_INDUCTORS, false, 0);
    put_first(turns, put_end);
}

static void write_log_file(struct turns *turns)
{
    put_first(turns, put_listing_head);
    put_first(turns, put_columns);
    put_first(turns, put_rows);
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

/* Behind a listing or a log in a file stands what standard error has had. */
static void put_messages(const struct writing *writing, FILE *file)
{
    messages_print(&writing->part->messages, file);
    if (writing->solved)
        messages_print(writing->solved, file);
}

static void write_format(struct turns *turns, enum writing_format format)
{
    switch (format) {
    case WRITING_LISTING: write_listing_file(turns); break;
    case WRITING_LOG: write_log_file(turns); break;
    case WRITING_RAW_BINARY: write_rawfile(turns, true); break;
    case WRITING_RAW_ASCII: write_rawfile(turns, false); break;
    case WRITING_CSV: write_csv_file(turns); break;
    }
}

int writing_file(const struct writing *writing, enum writing_format format, const char *path)
{
    struct whole_file whole = {0};
    struct turns turns = {.writing = writing, .visible = format == WRITING_LISTING || format == WRITING_LOG ||
                                                         format == WRITING_CSV};
    bool is_first = writing->share->ranks.rank == 0;
    int error = is_first && !whole_file_open(&whole, path) ? errno : 0;
    ranks_spread(0, &error, sizeof error);
    if (error != 0)
        return error;
    turns.file = whole.file;
    write_format(&turns, format);
    if (is_first) {
        if ((format == WRITING_LISTING || format == WRITING_LOG) && strcmp(path, "-") != 0)
            put_messages(writing, whole.file);
        errno = turns.error;
        if (!whole_file_close(&whole, turns.error == 0) && turns.error == 0)
            turns.error = errno ? errno : EIO;
        error = turns.error;
    }
    ranks_spread(0, &error, sizeof error);
    return error;
}

int writing_refusal(const struct writing *writing, const char *path)
{
    const struct output output = output_of(writing);
    struct whole_file whole;
    struct sink sink;
    if (!whole_file_open(&whole, path))
        return errno;
    sink_open_visible(&sink, whole.file);
    listing_put_circuit(&sink, &output);
    bool good = sink_close(&sink);
    if (good)
        put_messages(writing, whole.file);
    return whole_file_close(&whole, good) ? 0 : errno;
}

void writing_free(struct writing *writing)
{
    vectors_free(&writing->recorded);
    *writing = (struct writing){0};
}
