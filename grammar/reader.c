#include "reader.h"

#include "netlist/number.h"
#include "reading.h"

#include <stdlib.h>
#include <string.h>

/* ---- the first line ---- */

static bool is_number(struct span word)
{
    double value;
    return number_parse(word.text, word.length, &value) == NUMBER_OK;
}

/* A name, two nodes and a number, and then no prose: nothing more, or a name that ends with a digit. */
static bool looks_like_element(const char *line, size_t length)
{
    struct span word[5];
    size_t count = line_split(line, length, word, 5);
    if (count < 4)
        return false;
    const struct card_row *row = cards_find(word[0].text, word[0].length);
    if (!row || row->kind > CARD_D)
        return false;
    bool is_source = row->kind == CARD_V || row->kind == CARD_I;
    size_t number = is_source && line_begins_with(word[3].text, word[3].length, "dc") ? 4 : 3;
    char last = word[0].text[word[0].length - 1];
    return number < count && is_number(word[number]) && (count == number + 1 || (last >= '0' && last <= '9'));
}

/* Take the first line off the text. */
static void read_title(struct reading *reading)
{
    struct netlist *netlist = reading->netlist;
    size_t length = 0;
    while (length < reading->size && !line_ends_at(reading->text[length]))
        length++;
    netlist->title = reading->text;
    netlist->title_length = length;
    if (line_begins_with(reading->text, length, ".title")) {
        struct span word[1];
        const char *behind = reading->text + sizeof ".title" - 1;
        bool has_words = line_split(behind, (size_t)(reading->text + length - behind), word, 1) > 0;
        netlist->title = has_words ? word->text : behind;
        netlist->title_length = (size_t)(reading->text + length - netlist->title);
    }
    if (looks_like_element(netlist->title, netlist->title_length))
        diagnose(reading->diagnostics, WARNING_TITLE_LOOKS_LIKE_ELEMENT, netlist->title, netlist->title_length,
                 "line 1 is the title; it looks like an element");
    reading->text += length;
    reading->size -= length;
}

/* The grammar knows a comment line by the end of the line before it, so one that comes first is taken off here. */
static void pass_first_comment(struct reading *reading)
{
    size_t at = 0;
    while (at < reading->size && line_is_blank(reading->text[at]))
        at++;
    if (at == reading->size || reading->text[at] != '*')
        return;
    while (at < reading->size && !line_ends_at(reading->text[at]))
        at++;
    reading->text += at;
    reading->size -= at;
}

/* ---- whole files ---- */

bool reading_run(struct reading *reading, bool is_deck)
{
    const struct sources *sources = &reading->netlist->sources;
    const struct source *source = &sources->item[sources->count - 1];
    reading->text = source->text;
    reading->size = source->size;

    /* CP/M's end of a text, which old editors leave there */
    for (size_t end = reading->size; end > 0 && (unsigned char)reading->text[end - 1] <= ' '; end--)
        if (reading->text[end - 1] == '\x1a')
            reading->text[end - 1] = '\n';
    const char *nul = memchr(source->text, '\0', source->size);
    if (nul) {
        diagnose(reading->diagnostics, ERROR_NUL_BYTE, nul, 1, "a NUL byte: %s is not a text file", reading->name);
        return true;
    }
    if (reading->size >= 3 && memcmp(reading->text, "\xef\xbb\xbf", 3) == 0) {
        reading->text += 3;
        reading->size -= 3;
    }
    if (is_deck)
        read_title(reading);
    else
        pass_first_comment(reading);

    bool done = chunks_parse(reading) && reading_check_sections(reading);
    names_free(&reading->sections);
    free(reading->arg);
    return done;
}

static enum reader_status read_source(struct reading *reading, enum source_status status, bool is_deck)
{
    switch (status) {
    case SOURCE_NO_FILE: return READER_NO_FILE;
    case SOURCE_NO_MEMORY: return READER_NO_MEMORY;
    case SOURCE_OK: break;
    }
    bool done = reading_run(reading, is_deck) && !reading->diagnostics->out_of_memory;
    return done ? READER_OK : READER_NO_MEMORY;
}

enum reader_status reader_file(struct netlist *netlist, const char *path, struct diagnostics *diagnostics)
{
    enum source_status status = sources_read(&netlist->sources, path, NULL);
    struct reading reading = {.netlist = netlist, .diagnostics = diagnostics, .name = path};
    if (status == SOURCE_OK)
        reading_identify(&reading);
    return read_source(&reading, status, true);
}

enum reader_status reader_memory(struct netlist *netlist, const char *name, const char *text, size_t size,
                                 struct diagnostics *diagnostics)
{
    enum source_status status = sources_copy(&netlist->sources, name, text, size);
    struct reading reading = {.netlist = netlist, .diagnostics = diagnostics, .name = name};
    return read_source(&reading, status, true);
}

enum reader_status reader_pieces(struct netlist *netlist, const char *path, char *text, size_t size,
                                 struct source_piece *piece, size_t pieces, struct diagnostics *diagnostics)
{
    enum source_status status = sources_take(&netlist->sources, path, text, size, piece, pieces);
    struct reading reading = {.netlist = netlist, .diagnostics = diagnostics, .name = path};
    if (status == SOURCE_OK)
        reading_identify(&reading);
    return read_source(&reading, status, true);
}

enum reader_status reader_cards(struct netlist *netlist, const char *name, const char *text, size_t size,
                                struct diagnostics *diagnostics)
{
    enum source_status status = sources_copy(&netlist->sources, name, text, size);
    struct reading reading = {.netlist = netlist, .diagnostics = diagnostics, .name = name};
    return read_source(&reading, status, false);
}
