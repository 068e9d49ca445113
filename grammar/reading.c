/* What the grammar's actions make of words, lines and cards. */
#include "reading.h"

#include "util/array.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { ARG_LIMIT = 1 << 28 }; /* args of a card; arg.count holds 29 bits */

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
    else if (reading->nesting > 0 && (line_ends_at(*token.text) || *token.text == '\0'))
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
        complain(reading, ERROR_UNKNOWN_CARD, word, "unknown card: %.*s", reading_shown(word.length), word.text);
        return MODE_SKIP;
    }
    if (row->treatment == CARD_LATER)
        return MODE_SKIP;
    if (row->treatment == CARD_STRAY)
        diagnose(reading->diagnostics, WARNING_CLOSES_NOTHING, word.text, word.length,
                 "`%.*s` closes nothing: it is left out", reading_shown(word.length), word.text);
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

/* Is the line `.lib NAME` with the wanted name? Other names are kept, for a message. */
static bool begins_section(struct reading *reading, const char *line, size_t length)
{
    struct span word[2];
    size_t shown = 0;
    while (shown < length && line[shown] != ';' && line[shown] != '$')
        shown++;
    if (!line_begins_with(line, length, ".lib") || line_split(line, shown, word, 2) != 2)
        return false;
    if (span_is_word(word[1], reading->section)) {
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
        if (!line_begins_with(line, length, ".endl"))
            return false;
        reading->opened = NULL;
        reading->passing = false;
        reading->until = UNTIL_CARD;
        return true;
    }
    if (reading->until == UNTIL_SECTION)
        return begins_section(reading, line, length);
    if (line_begins_like(line, length, reading->row->spelling))
        reading->blocks++;
    else if (line_begins_like(line, length, reading->row->until))
        reading->blocks--;
    return reading->blocks == 0;
}

void reading_unclosed(struct reading *reading)
{
    struct arg name = reading->arg[0];
    diagnose(reading->diagnostics, WARNING_BLOCK_NOT_CLOSED, name.text, name.length, "`%.*s` is not closed by `%s`",
             reading_shown(name.length), name.text, reading->row->until);
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

static bool is_temperature(const struct reading *reading)
{
    return reading->count > 0 && reading->row && reading->row->kind == CARD_TEMP;
}

bool reading_keeps_close(const struct reading *reading)
{
    return reading->nesting == 0 && is_temperature(reading);
}

bool reading_closes_group(struct reading *reading, struct span place)
{
    if (reading->nesting == 0 || reading->nesting > NESTING_LIMIT ||
        !(ignores_parentheses(reading) || is_temperature(reading)))
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
        if (line_is_blank(at[-1]) && (*at == '$' || (*at == '/' && at + 1 < end && at[1] == '/'))) {
            end = at;
            while (end > start && line_is_blank(end[-1]))
                end--;
        }
    return end;
}

bool reading_passes_equals(struct reading *reading, struct span place)
{
    if (reading->count != 1 || !reading->row || reading->row->kind != CARD_TEMP)
        return false;
    diagnose(reading->diagnostics, WARNING_WORD_LEFT_OUT, place.text, place.length,
             "`.temp` takes no `=`: it is left out");
    return true;
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
        case CARD_INCLUDE: has_memory = reading_take_include(reading); break;
        case CARD_LIB: has_memory = reading_take_library(reading); break;
        case CARD_ENDL: goes_on = reading_take_end_of_section(reading); break;
        case CARD_END: goes_on = false; break;
        default: has_memory = keep_card(reading, &goes_on);
        }
    }
    reading->no_memory |= !has_memory;
    reading->count = 0;
    return has_memory && goes_on;
}
