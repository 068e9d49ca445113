#include "reader.h"

#include "netlist/number.h"
#include "reading.h"
#include "util/array.h"
#include "util/letters.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    INCLUDE_LIMIT = 200, /* files open at once */
    FILES_LIMIT =
        100000, /* files that are read, each as often as it is included: pairs of includes grow exponentially */
    ARG_LIMIT = 1 << 28, /* args of a card; arg.count holds 29 bits */
    NAME_SHOWN = 80      /* bytes of a name in a message */
};

static bool read_text(struct reading *reading, bool is_deck);

/* ---- small helpers ---- */

static int shown(size_t length)
{
    return length < NAME_SHOWN ? (int)length : NAME_SHOWN;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\v' || byte == '\f' || byte == ',';
}

static bool ends_line(char byte)
{
    return byte == '\n' || byte == '\r';
}

/* Whether a line begins with these letters, given in lower case. */
static bool begins_like(const char *line, size_t length, const char *word)
{
    size_t i = 0;
    while (i < length && word[i] != '\0' && lower(line[i]) == word[i])
        i++;
    return word[i] == '\0';
}

/* Whether the first word of a line is this one, given in lower case. */
static bool begins_with(const char *line, size_t length, const char *word)
{
    size_t i = strlen(word);
    return begins_like(line, length, word) &&
           (i == length || (unsigned char)line[i] <= ' ' || line[i] == '(' || line[i] == ';');
}

/* ---- called by the grammar ---- */

bool reading_grow(struct reading *reading)
{
    if (reading->count < ARG_LIMIT &&
        array_reserve(&reading->arg, &reading->capacity, reading->count + 1, sizeof *reading->arg))
        return true;
    reading->no_memory = true;
    return false;
}

/* Is the card one that shows something? */
static bool shows(const struct reading *reading)
{
    return reading->row && reading->row->kind >= CARD_PRINT && reading->row->kind <= CARD_MEASURE;
}

/* Keep what is wrong in a subcircuit for those who know whether there is an instance of it. */
static void keep_mistake(struct reading *reading, enum card_kind kind, struct span place, const char *message)
{
    struct netlist *netlist = reading->netlist;
    size_t length = strlen(message);
    char *text = arena_alloc(&netlist->arena, length + 1);
    struct arg word[] = {{.text = place.text, .length = place.length, .kind = ARG_WORD},
                         {.text = text, .length = (uint32_t)length, .kind = ARG_STRING}};
    reading->no_memory |= !text || !netlist_add(netlist, kind, word, 2);
    if (text)
        memcpy(text, message, length + 1);
}

/* Something is wrong with the card. What cannot be shown is left out with a warning. */
__attribute__((format(printf, 4, 5)))
static void complain(struct reading *reading, enum diagnostic_code code, struct span place, const char *format, ...)
{
    enum { MESSAGE = 500 };
    char message[MESSAGE];
    bool lenient = reading->diagnostics->lenient;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (reading->subcircuits > 0 && !shows(reading)) {
        keep_mistake(reading, code == ERROR_SYNTAX ? CARD_UNREAD : CARD_UNKNOWN, place, message);
        return;
    }
    reading->diagnostics->lenient |= shows(reading);
    diagnose(reading->diagnostics, code, place.text, place.length, "%s", message);
    reading->diagnostics->lenient = lenient;
}

void reading_error(struct reading *reading, struct span place, const char *message)
{
    complain(reading, ERROR_SYNTAX, place, "%s", message);
}

/* Say what the parser did not expect, and what it did. In some places bison expects too many tokens to name them, or
 * names them without helping. */
static void report_syntax(struct reading *reading, struct span token, const char *message)
{
    const char *expected = NULL;
    if (reading->count == 0)
        expected = "the name of a card";
    else if (reading->arg[reading->count - 1].kind == ARG_KEY)
        expected = "a value";
    else if (reading->nesting > 0 && (ends_line(*token.text) || *token.text == '\0'))
        expected = "`)`";
    if (!expected) {
        reading_error(reading, token, message);
        return;
    }
    const char *list = strstr(message, ", expecting");
    int unexpected = (int)(list ? (size_t)(list - message) : strlen(message));
    complain(reading, ERROR_SYNTAX, token, "%.*s, expecting %s", unexpected, message, expected);
}

void reading_syntax_error(struct reading *reading, struct span token, const char *message)
{
    static const char prefix[] = "syntax error, ";
    if (strncmp(message, prefix, sizeof prefix - 1) == 0)
        message += sizeof prefix - 1;
    bool quoted = token.text > reading->text && token.text[-1] == '"';
    if (reading->count == 0 && (*token.text == '(' || *token.text == ')' || quoted)) {
        diagnose(reading->diagnostics, WARNING_NOT_A_CARD, token.text, token.length,
                 "a line that begins with a parenthesis or a quotation is no card: it is left out");
        return;
    }
    report_syntax(reading, token, message);
    reading->unclosed = true; /* nothing more is said of the parentheses of a card that is not understood */
}

/* The cards that do something to the reading, and those whose mistakes are only warnings. */
bool reading_leaves_card(struct reading *reading, struct span word)
{
    const struct card_row *row = reading->is_chunk && *word.text == '.' ? cards_find(word.text, word.length) : NULL;
    if (!row || row->kind < CARD_TITLE || row->treatment == CARD_LATER || row->treatment == CARD_IDLE)
        return false;
    if (row->kind > CARD_END && (row->kind < CARD_PRINT || row->kind > CARD_CONTROL))
        return false;
    reading->stopped = reading->text + (word.text - reading->text);
    return true;
}

bool reading_stops(struct reading *reading, struct span end)
{
    if (!reading->limit || reading->passing || end.text < reading->limit)
        return false;
    reading->stopped = reading->text + (end.text - reading->text);
    return true;
}

enum reading_mode reading_begin_card(struct reading *reading, struct span word)
{
    const struct card_row *row = reading->row = cards_find(word.text, word.length);
    reading->unclosed = false;
    reading->closed = 0;
    if (!row) {
        complain(reading, ERROR_UNKNOWN_CARD, word, "unknown card: %.*s", shown(word.length), word.text);
        return MODE_SKIP;
    }
    if (row->treatment == CARD_LATER)
        return MODE_SKIP;
    if (row->treatment == CARD_STRAY)
        diagnose(reading->diagnostics, WARNING_CLOSES_NOTHING, word.text, word.length,
                 "`%.*s` closes nothing: it is left out", shown(word.length), word.text);
    if (row->treatment != CARD_TAKEN)
        return MODE_SKIP;
    reading->blocks = 1;
    switch (row->kind) {
    case CARD_INCLUDE:
    case CARD_LIB: return MODE_PATH;
    case CARD_B:
    case CARD_E:
    case CARD_F:
    case CARD_G:
    case CARD_H:
    case CARD_IF:
    case CARD_ELSEIF: return MODE_VALUE;
    case CARD_TITLE: return MODE_TEXT;
    case CARD_CONTROL: return MODE_LINES;
    default: return MODE_WORDS;
    }
}

/* Up to most words of a line, split at blanks. Their count; most + 1 when there are more. */
static size_t split(const char *line, size_t length, struct span *word, size_t most)
{
    size_t count = 0;
    for (const char *at = line, *end = line + length; at < end;) {
        const char *start = at;
        while (at < end && !is_blank(*at))
            at++;
        if (at > start && count == most)
            return most + 1;
        if (at > start)
            word[count++] = (struct span){start, (uint32_t)(at - start)};
        while (at < end && is_blank(*at))
            at++;
    }
    return count;
}

static bool same_word(struct span a, struct span b)
{
    bool same = a.length == b.length;
    for (size_t i = 0; same && i < a.length; i++)
        same = lower(a.text[i]) == lower(b.text[i]);
    return same;
}

/* Is the line `.lib NAME` with the wanted name? Other names are kept, for a message. */
static bool begins_section(struct reading *reading, const char *line, size_t length)
{
    struct span word[2];
    size_t shown = 0;
    while (shown < length && line[shown] != ';' && line[shown] != '$')
        shown++;
    if (!begins_with(line, length, ".lib") || split(line, shown, word, 2) != 2)
        return false;
    if (same_word(word[1], reading->section)) {
        reading->opened = word[1].text;
        reading->passing = false;
        reading->until = UNTIL_CARD;
        return true;
    }
    reading->no_memory |= names_add(&reading->sections, word[1].text, word[1].length, NULL) == NAMES_NONE;
    return false;
}

bool reading_closes_block(struct reading *reading, const char *line, size_t length)
{
    if (reading->until == UNTIL_ENDL) {
        if (!begins_with(line, length, ".endl"))
            return false;
        reading->opened = NULL;
        reading->passing = false;
        reading->until = UNTIL_CARD;
        return true;
    }
    if (reading->until == UNTIL_SECTION)
        return begins_section(reading, line, length);
    if (begins_like(line, length, reading->row->spelling))
        reading->blocks++;
    else if (begins_like(line, length, reading->row->until))
        reading->blocks--;
    return reading->blocks == 0;
}

void reading_unclosed(struct reading *reading)
{
    struct arg name = reading->arg[0];
    diagnose(reading->diagnostics, WARNING_BLOCK_NOT_CLOSED, name.text, name.length, "`%.*s` is not closed by `%s`",
             shown(name.length), name.text, reading->row->until);
}

void reading_continues_nothing(struct reading *reading, const char *start, const char *plus)
{
    if (start == reading->text && !reading->includer)
        diagnose(reading->diagnostics, WARNING_TITLE_CONTINUED, plus, 1, "the continuation of the title is left out");
    else if (start == reading->text)
        diagnose(reading->diagnostics, ERROR_NOTHING_TO_CONTINUE, plus, 1, "there is no card to continue");
}

/* Parentheses are blanks in elements and models. */
static bool ignores_parentheses(const struct reading *reading)
{
    return reading->count > 0 && reading->row && (reading->row->kind <= CARD_MODEL || reading->row->kind == CARD_X);
}

bool reading_closes_group(struct reading *reading, struct span place)
{
    if (reading->nesting == 0 || reading->nesting > NESTING_LIMIT || !ignores_parentheses(reading))
        return false;
    if (reading->closed == 0)
        reading->open = reading->nesting;
    if (reading->closed == reading->open)
        return false; /* the parser has not understood the card, and passes over all of it */
    reading->closed++;
    if (!reading->unclosed)
        diagnose(reading->diagnostics, WARNING_PARENTHESIS, place.text, place.length,
                 "a `)` is missing: what is open is closed here");
    reading->unclosed = true;
    return true;
}

bool reading_passes_close(struct reading *reading, struct span place)
{
    if (reading->nesting > 0 || !ignores_parentheses(reading))
        return false;
    if (!reading->unclosed)
        diagnose(reading->diagnostics, WARNING_PARENTHESIS, place.text, place.length, "a `)` too many: it is left out");
    reading->unclosed = true;
    return true;
}

bool reading_begins_comment(const struct reading *reading)
{
    enum { NAME_AND_NODES = 3 };
    if (reading->count == 0 || !reading->row)
        return true;
    switch (reading->row->kind) {
    case CARD_R:
    case CARD_C:
    case CARD_L:
    case CARD_V:
    case CARD_I:
    case CARD_D: return reading->count >= NAME_AND_NODES;
    case CARD_X:
        for (size_t a = 0; a < reading->count; a++)
            if (reading->arg[a].kind == ARG_KEY)
                return true; /* no node comes behind the parameters */
        return false;
    case CARD_MODEL:
    case CARD_PARAM:
    case CARD_CSPARAM:
    case CARD_OPTIONS:
    case CARD_TEMP:
    case CARD_OP:
    case CARD_DC:
    case CARD_STEP:
    case CARD_ENDS:
    case CARD_END: return true;
    default: return false;
    }
}

const char *reading_end_of_path(const char *start, const char *end)
{
    for (const char *at = start + 1; at < end; at++)
        if (is_blank(at[-1]) && (*at == '$' || (*at == '/' && at + 1 < end && at[1] == '/'))) {
            end = at;
            while (end > start && is_blank(end[-1]))
                end--;
        }
    return end;
}

bool reading_passes_equals(struct reading *reading, struct span place)
{
    if (reading->count != 1 || !reading->row || reading->row->kind != CARD_TEMP)
        return false;
    diagnose(reading->diagnostics, WARNING_WORD_LEFT_OUT, place.text, place.length, "`.temp` takes no `=`: it is left out");
    return true;
}

/* ---- includes ---- */

/* The path as the including file means it: beside that file or, when nothing is there, as it stands. NULL when memory
 * is out; else free() it. */
static char *resolve_path(const char *includer, struct span path)
{
    const char *slash = path.text[0] == '/' ? NULL : strrchr(includer, '/');
    size_t folder = slash ? (size_t)(slash - includer) + 1 : 0;
    char *full = malloc(folder + path.length + 1);
    if (!full)
        return NULL;
    memcpy(full, includer, folder);
    memcpy(full + folder, path.text, path.length);
    full[folder + path.length] = '\0';
    struct stat about;
    if (folder > 0 && stat(full, &about) != 0 && errno == ENOENT)
        memmove(full, full + folder, path.length + 1);
    return full;
}

static void identify(struct reading *reading)
{
    struct stat about;
    if (stat(reading->name, &about) != 0 || !S_ISREG(about.st_mode))
        return;
    reading->device = about.st_dev;
    reading->inode = about.st_ino;
    reading->has_identity = true;
}

/* The same file, and of a library the same section. */
static bool is_same_text(const struct reading *a, const struct reading *b)
{
    return a->has_identity && b->has_identity && a->device == b->device && a->inode == b->inode &&
           same_word(a->section, b->section);
}

/* The names from the deck to this reading, with ` -> ` between them. NULL when memory is out. */
static char *chain_of(const struct reading *reading)
{
    char *chain = NULL;
    size_t length = 0;
    for (const struct reading *at = reading; at; at = at->includer)
        length += strlen(at->name) + strlen(" ") + at->section.length + strlen(" -> ");
    if (!(chain = malloc(length + 1)))
        return NULL;
    char *end = chain + length;
    *end = '\0';
    for (const struct reading *at = reading; at; at = at->includer) {
        size_t size = strlen(at->name);
        if (at->section.length > 0) {
            memcpy(end -= at->section.length, at->section.text, at->section.length);
            *--end = ' ';
        }
        end -= size;
        memcpy(end, at->name, size);
        if (at->includer)
            memcpy(end -= strlen(" -> "), " -> ", strlen(" -> "));
    }
    memmove(chain, end, strlen(end) + 1);
    return chain;
}

/* Whether this reading may begin: no file includes itself, and few enough are open. False when memory is out. */
static bool may_begin(const struct reading *reading, struct span path, bool *may)
{
    const struct reading *other = reading->includer;
    while (other && !is_same_text(reading, other))
        other = other->includer;
    bool too_many = reading->netlist->sources.count >= FILES_LIMIT;
    *may = !other && reading->depth <= INCLUDE_LIMIT && !too_many;
    if (*may)
        return true;
    if (!other && too_many) {
        if (!reading->netlist->too_many_files)
            diagnose(reading->diagnostics, ERROR_INCLUDE_LIMIT, path.text, path.length,
                     "more than %d files are included", FILES_LIMIT);
        reading->netlist->too_many_files = true;
        return true;
    }
    if (!other) {
        diagnose(reading->diagnostics, ERROR_INCLUDE_LIMIT, path.text, path.length,
                 "more than %d files include one another", INCLUDE_LIMIT);
        return true;
    }
    char *chain = chain_of(reading);
    if (!chain)
        return false;
    diagnose(reading->diagnostics, ERROR_INCLUDE_LOOP, path.text, path.length, "include loop: %s", chain);
    free(chain);
    return true;
}

/* Read the file of this reading into the netlist. False when memory is out. */
static bool read_included(struct reading *reading, struct span path)
{
    struct sources *sources = &reading->netlist->sources;
    switch (sources_read(sources, reading->name, path.text)) {
    case SOURCE_NO_MEMORY:
        return false;
    case SOURCE_NO_FILE:
        /* what is needed of a library and not there is an error where it is needed */
        diagnose(reading->diagnostics, reading->is_library && errno == ENOENT ? WARNING_NO_LIBRARY : ERROR_CANNOT_READ,
                 path.text, path.length, "cannot read %s: %s", reading->name, sources_reason(sources, errno));
        return true;
    case SOURCE_OK:
        break;
    }
    return read_text(reading, false);
}

/* The names with commas between them, as many as fit into a line. NULL when memory is out. */
static char *joined(const struct names *names)
{
    enum { LINE = 200 };
    char *list = malloc(LINE + NAME_SHOWN + sizeof ", and others");
    size_t used = 0;
    for (uint32_t i = 0; list && i < names->count && used <= LINE; i++) {
        const char *comma = i ? ", " : "";
        if (used + strlen(names->text[i]) > LINE)
            used += (size_t)sprintf(list + used, "%sand others", comma) + LINE;
        else
            used += (size_t)sprintf(list + used, "%s%s", comma, names->text[i]);
    }
    if (list && names->count == 0)
        strcpy(list, "none");
    return list;
}

/* At the end of a file: were all sections closed, and was the wanted one found? False when memory is out. */
static bool check_sections(const struct reading *reading)
{
    struct span section = reading->section;
    if (reading->opened) {
        diagnose(reading->diagnostics, ERROR_LIBRARY_SECTION, reading->opened, 1,
                 "this section is not closed by `.endl`");
        return true;
    }
    if (!reading->passing)
        return true;
    diagnose(reading->diagnostics, ERROR_UNKNOWN_SECTION, section.text, section.length, "%s has no section %.*s",
             reading->name, shown(section.length), section.text);
    char *list = joined(&reading->sections);
    if (list)
        diagnose(reading->diagnostics, NOTE, section.text, section.length, "it has %s", list);
    free(list);
    return list;
}

/* `.include path` and `.lib path section`. False when memory is out. */
static bool include(const struct reading *includer, struct span path, struct span section)
{
    char *name = resolve_path(includer->name, path);
    if (!name)
        return false;
    struct reading reading = {
        .netlist = includer->netlist,
        .diagnostics = includer->diagnostics,
        .includer = includer,
        .depth = includer->depth + 1,
        .name = name,
        .section = section,
        .until = UNTIL_SECTION,
        .subcircuits = includer->subcircuits,
        .is_library = includer->row && includer->row->kind == CARD_LIB,
        .passing = section.length > 0,
    };
    bool may;
    identify(&reading);
    bool done = may_begin(&reading, path, &may) && (!may || read_included(&reading, path));
    free(name);
    return done;
}

/* ---- cards that the reader takes itself ---- */

static bool is_quoted(struct arg word)
{
    return word.text[-1] == '"' || word.text[-1] == '\'';
}

static bool needs_path(struct reading *reading)
{
    struct arg name = reading->arg[0];
    diagnose(reading->diagnostics, ERROR_PATH, name.text, name.length, "`%.*s` needs a path", shown(name.length),
             name.text);
    return true;
}

static bool take_include(struct reading *reading)
{
    struct arg name = reading->arg[0], path = reading->arg[reading->count > 1];
    if (reading->count > 2) {
        struct arg further = reading->arg[2];
        diagnose(reading->diagnostics, ERROR_PATH, further.text, further.length ? further.length : 1,
                 "`%.*s` takes one path", shown(name.length), name.text);
    } else if (path.kind == ARG_STRING && path.length > 0) {
        return include(reading, (struct span){path.text, path.length}, (struct span){0});
    } else {
        return needs_path(reading);
    }
    return true;
}

/* Does a word name a file and not a section? As in LTspice, `.lib FILE` includes the whole file. */
static bool is_path(struct span word, bool quoted)
{
    return quoted || memchr(word.text, '.', word.length) || memchr(word.text, '/', word.length) ||
           memchr(word.text, '\\', word.length);
}

/* The path of a library and its section (length 0: none) from the words of the card. Without quotes the rest of the
 * line is the path, with its blanks as in LTspice, or two words are path and section. False where that is wrong. */
static bool read_library(struct reading *reading, struct span *path, struct span *section, bool *quoted)
{
    struct arg first = reading->arg[1], further = reading->arg[reading->count - 1];
    struct span word[2];
    *quoted = is_quoted(first);
    *path = (struct span){first.text, first.length};
    *section = (struct span){0};
    if (!*quoted && split(path->text, path->length, word, 2) == 2) {
        *path = word[0];
        *section = word[1];
        if (section->length > 2 && is_quoted((struct arg){.text = section->text + 1}) &&
            section->text[section->length - 1] == section->text[0])
            *section = (struct span){section->text + 1, section->length - 2};
    } else if (reading->count > 2) {
        *section = (struct span){further.text, further.length};
    }
    if (reading->count <= 2 || (reading->count == 3 && (further.kind == ARG_WORD || further.kind == ARG_STRING)))
        return true;
    diagnose(reading->diagnostics, ERROR_PATH, further.text, further.length,
             "`.lib` takes a path and a section");
    return false;
}

/* `.lib path section`, `.lib path`, or `.lib section`, which is not wanted here. False when memory is out. */
static bool take_library(struct reading *reading)
{
    struct span path, section;
    bool quoted;
    if (reading->count < 2 || reading->arg[1].length == 0)
        return needs_path(reading);
    if (!read_library(reading, &path, &section, &quoted))
        return true;
    if (section.length > 0 || is_path(path, quoted))
        return include(reading, path, section);
    if (reading->opened) {
        diagnose(reading->diagnostics, ERROR_LIBRARY_SECTION, path.text, path.length, "a section inside of a section");
    } else {
        reading->opened = path.text;
        reading->until = UNTIL_ENDL;
        reading->passing = true;
    }
    return true;
}

/* Of a library nothing more is read. */
static bool take_end_of_section(struct reading *reading)
{
    struct arg name = reading->arg[0];
    if (!reading->opened)
        diagnose(reading->diagnostics, ERROR_LIBRARY_SECTION, name.text, name.length, "`.endl` without `.lib`");
    reading->opened = NULL;
    return reading->section.length == 0;
}

static void take_title(struct reading *reading)
{
    struct arg name = reading->arg[0], title = reading->arg[reading->count - 1];
    bool is_empty = reading->count == 1;
    reading->netlist->title = is_empty ? name.text + name.length : title.text;
    reading->netlist->title_length = is_empty ? 0 : title.length;
}

/* Keep the card; *goes_on: there may be more. False when memory is out. */
static bool keep_card(struct reading *reading, bool *goes_on)
{
    struct netlist *netlist = reading->netlist;
    const struct arg *name = reading->arg;
    reading->subcircuits += reading->row->kind == CARD_SUBCKT;
    reading->subcircuits -= reading->row->kind == CARD_ENDS && (reading->subcircuits > 0 || reading->is_chunk);
    *goes_on = netlist->count < netlist_most(netlist);
    if (*goes_on)
        return netlist_add(netlist, reading->row->kind, name, reading->count);
    diagnose(reading->diagnostics, ERROR_CIRCUIT_TOO_LARGE, name->text, name->length, "more than %zu cards",
             netlist_most(netlist));
    return true;
}

bool reading_end_card(struct reading *reading)
{
    const struct card_row *row = reading->row;
    bool has_memory = true, goes_on = true;
    if (row && (row->treatment == CARD_TAKEN || row->treatment == CARD_LATER)) {
        switch (row->kind) {
        case CARD_TITLE: take_title(reading); break;
        case CARD_INCLUDE: has_memory = take_include(reading); break;
        case CARD_LIB: has_memory = take_library(reading); break;
        case CARD_ENDL: goes_on = take_end_of_section(reading); break;
        case CARD_END: goes_on = false; break;
        default: has_memory = keep_card(reading, &goes_on);
        }
    }
    reading->no_memory |= !has_memory;
    reading->count = 0;
    return has_memory && goes_on;
}

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
    size_t count = split(line, length, word, 5);
    if (count < 4)
        return false;
    const struct card_row *row = cards_find(word[0].text, word[0].length);
    if (!row || row->kind > CARD_D)
        return false;
    bool is_source = row->kind == CARD_V || row->kind == CARD_I;
    size_t number = is_source && begins_with(word[3].text, word[3].length, "dc") ? 4 : 3;
    char last = word[0].text[word[0].length - 1];
    return number < count && is_number(word[number]) && (count == number + 1 || (last >= '0' && last <= '9'));
}

/* Take the first line off the text. */
static void read_title(struct reading *reading)
{
    struct netlist *netlist = reading->netlist;
    size_t length = 0;
    while (length < reading->size && !ends_line(reading->text[length]))
        length++;
    netlist->title = reading->text;
    netlist->title_length = length;
    if (begins_with(reading->text, length, ".title")) {
        struct span word[1];
        const char *behind = reading->text + sizeof ".title" - 1;
        netlist->title = split(behind, (size_t)(reading->text + length - behind), word, 1) > 0 ? word->text : behind;
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
    while (at < reading->size && is_blank(reading->text[at]))
        at++;
    if (at == reading->size || reading->text[at] != '*')
        return;
    while (at < reading->size && !ends_line(reading->text[at]))
        at++;
    reading->text += at;
    reading->size -= at;
}

/* ---- whole files ---- */

/* Read the last source. False when memory is out. */
static bool read_text(struct reading *reading, bool is_deck)
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

    bool done = chunks_parse(reading) && check_sections(reading);
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
    bool done = read_text(reading, is_deck) && !reading->diagnostics->out_of_memory;
    return done ? READER_OK : READER_NO_MEMORY;
}

enum reader_status reader_file(struct netlist *netlist, const char *path, struct diagnostics *diagnostics)
{
    enum source_status status = sources_read(&netlist->sources, path, NULL);
    struct reading reading = {.netlist = netlist, .diagnostics = diagnostics, .name = path};
    if (status == SOURCE_OK)
        identify(&reading);
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
        identify(&reading);
    return read_source(&reading, status, true);
}

enum reader_status reader_cards(struct netlist *netlist, const char *name, const char *text, size_t size,
                                struct diagnostics *diagnostics)
{
    enum source_status status = sources_copy(&netlist->sources, name, text, size);
    struct reading reading = {.netlist = netlist, .diagnostics = diagnostics, .name = name};
    return read_source(&reading, status, false);
}
