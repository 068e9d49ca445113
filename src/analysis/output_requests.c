#include "analysis/output_requests.h"

#include "analysis/probe.h"
#include "netlist/cards.h"
#include "netlist/number.h"
#include "util/array.h"
#include "util/letters.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- .options ---- */

static const double room_temperature = 27, absolute_zero = -273.15; /* degrees Celsius */
static const double default_gmin = 1e-12;                           /* S */

/* Options that say how ngspice solves and prints: these do not change the answer of a convex program. */
static const char idle_options[][16] = {
    "abstol",   "acct",     "autostop", "bypass",       "chgtol", "cptime", "defm",     "gminsteps",
    "interp",   "itl1",     "itl2",     "itl3",         "itl4",   "itl5",   "itl6",     "keepopinfo",
    "klu",      "limpts",   "limtim",   "list",         "lvltim", "maxord", "method",   "minbreak",
    "mu",       "noacct",   "node",     "noinit",       "nomod",  "noopac", "noopiter", "numdgt",
    "oldlimit", "opts",     "pivrel",   "pivtol",       "rawfmt", "reltol", "seed",     "seedinfo",
    "sparse",   "srcsteps", "trtol",    "trytocompact", "vntol",  "warn",   "xmu",
};

static bool is_idle(const struct arg *arg)
{
    for (size_t i = 0; i < sizeof idle_options / sizeof *idle_options; i++) {
        if (arg_is(arg, idle_options[i]))
            return true;
    }
    return false;
}

/* The value of NAME=value, or NULL. */
static const struct arg *value_of(const struct arg *arg)
{
    return arg->kind == ARG_KEY && arg->count > 0 ? arg + 1 : NULL;
}

/* The number of NAME=number into *value, where it is at least `least`; else say what is expected. */
static void read_number(struct card_reader *reader, const struct arg *arg, struct diagnostics *diagnostics,
                        double least, const char *expected, double *value)
{
    const struct arg *text = value_of(arg);
    double number;
    if (text && card_reader_is_number(reader, text, &number)) {
        reader->at = (uint32_t)(text - reader->card->arg);
        reader->failed = false;
        if (!card_reader_number(reader, diagnostics, "value of the option", &number))
            return;
        if (number >= least) {
            *value = number;
            return;
        }
    }
    diagnose(diagnostics, ERROR_OPTION_VALUE, arg->text, arg->length, "expected %.*s=number%s", (int)arg->length,
             arg->text, expected);
}

static void read_seed(struct card_reader *reader, const struct arg *arg, struct diagnostics *diagnostics,
                      uint64_t *seed)
{
    double number = 0;
    const struct arg *text = value_of(arg);
    if (text && arg_is(text, "random")) {
        diagnose(diagnostics, WARNING_RANDOM_SEED, text->text, text->length,
                 "random numbers are reproducible here: seed=%llu is used", (unsigned long long)*seed);
        return;
    }
    read_number(reader, arg, diagnostics, 0, ", from 0 on", &number);
    *seed = (uint64_t)number;
}

static void read_diode(const struct arg *arg, struct diagnostics *diagnostics, enum diode_reading *reading)
{
    const struct arg *value = value_of(arg);
    if (value && arg_is(value, "ideal"))
        *reading = DIODE_IDEAL;
    else if (value && arg_is(value, "model"))
        *reading = DIODE_BY_MODEL;
    else
        diagnose(diagnostics, ERROR_OPTION_VALUE, arg->text, arg->length, "expected diode=ideal or diode=model");
}

static void read_filetype(const struct arg *arg, struct diagnostics *diagnostics, bool *ascii)
{
    const struct arg *value = value_of(arg);
    *ascii = value && arg_is(value, "ascii");
    if (!value || (!*ascii && !arg_is(value, "binary")))
        diagnose(diagnostics, ERROR_OPTION_VALUE, arg->text, arg->length,
                 "expected filetype=ascii or filetype=binary");
}

/* Where the number of an option goes; NULL: it is none of these. least: the smallest one. */
static double *number_of_option(struct output_requests *requests, const struct arg *arg, double *least,
                                const char **expected)
{
    struct sim_options *options = &requests->sim_options;
    const struct {
        const char *name;
        double *number, least;
        const char *expected;
    } table[] = {{"temp", &options->temp, absolute_zero, ", in degrees Celsius"},
                 {"tnom", &options->tnom, absolute_zero, ", in degrees Celsius"},
                 {"gmin", &options->gmin, 0, ", in siemens"},
                 {"scale", &options->scale, 0, ", from 0 on"},
                 {"defl", &options->defl, 0, ", in metres"},
                 {"defw", &options->defw, 0, ", in metres"},
                 {"defad", &options->defad, 0, ", in square metres"},
                 {"defas", &options->defas, 0, ", in square metres"}};
    for (size_t o = 0; o < sizeof table / sizeof *table; o++) {
        if (arg_is(arg, table[o].name)) {
            *least = table[o].least;
            *expected = table[o].expected;
            return table[o].number;
        }
    }
    return NULL;
}

/* Does an option of that name stand before it on the card? */
static bool is_second(const struct card *card, const struct arg *arg)
{
    for (const struct arg *before = card->arg + 1; before < arg; before++) {
        if (before->kind == ARG_KEY && before->length == arg->length &&
            strncasecmp(before->text, arg->text, arg->length) == 0)
            return true;
    }
    return false;
}

static void read_number_option(struct card_reader *reader, const struct arg *arg, struct diagnostics *diagnostics,
                               double least, const char *expected, double *number)
{
    double unused;
    const struct arg *next = arg + 1;
    bool second = is_second(reader->card, arg);
    if (arg->kind == ARG_KEY && !second) {
        read_number(reader, arg, diagnostics, least, expected, number);
        return;
    }
    diagnose(diagnostics, WARNING_OPTION_LEFT_OUT, arg->text, arg->length,
             second ? "a second %.*s: the first one counts" : "%.*s has no `=`: it is left out", (int)arg->length,
             arg->text);
    if (!second && next < reader->card->arg + reader->card->count && card_reader_is_number(reader, next, &unused))
        reader->at++; /* its number */
}

static void read_option(struct output_requests *requests, struct card_reader *reader, const struct arg *arg,
                        struct diagnostics *diagnostics)
{
    double least;
    const char *expected;
    double *number = number_of_option(requests, arg, &least, &expected);
    if (number)
        read_number_option(reader, arg, diagnostics, least, expected, number);
    else if (arg_is(arg, "seed"))
        read_seed(reader, arg, diagnostics, &requests->seed);
    else if (arg_is(arg, "diode"))
        read_diode(arg, diagnostics, &requests->reading);
    else if (arg_is(arg, "savecurrents"))
        requests->save_currents = true;
    else if (arg_is(arg, "nopage"))
        requests->no_page = true;
    else if (arg_is(arg, "filetype"))
        read_filetype(arg, diagnostics, &requests->ascii);
    else if (!is_idle(arg))
        diagnose(diagnostics, WARNING_UNKNOWN_OPTION, arg->text, arg->length,
                 "opspice has no option %.*s: it is left out", (int)arg->length, arg->text);
}

/* .width out=N: bytes of a line of tables; others of its numbers have no effect. */
static void read_width(struct output_requests *requests, struct card_reader *reader)
{
    enum { MOST = 1 << 16 };
    double number;
    for (const struct arg *arg; (arg = card_reader_next(reader));) {
        const struct arg *text = value_of(arg);
        if (arg_is(arg, "out") && text && card_reader_is_number(reader, text, &number) && number >= 1 && number <= MOST)
            requests->page_width = (int)number;
        reader->at = (uint32_t)(arg - reader->card->arg) + 1 + arg->count;
    }
}

/* 50, -5.5e1: digits, and nothing that a suffix, a unit or a name would have; no 1e. */
static bool is_bare_number(const struct arg *arg)
{
    double number;
    for (uint32_t i = 0; i < arg->length; i++)
        if (!strchr("0123456789.+-eE", arg->text[i]))
            return false;
    return arg->length > 0 && !strchr("eE", arg->text[arg->length - 1]) &&
           number_parse(arg->text, arg->length, &number) == NUMBER_OK;
}

/* 0x20, -0x1F: a whole number to the base of 16. */
static bool is_hexadecimal(const struct arg *arg, double *number)
{
    const char *digits = arg->text + (*arg->text == '-' || *arg->text == '+') + 2, *end = arg->text + arg->length;
    if (digits >= end || digits[-2] != '0' || lower(digits[-1]) != 'x' ||
        digits + strspn(digits, "0123456789abcdefABCDEF") != end)
        return false;
    *number = strtod(arg->text, NULL);
    return true;
}

/* Does a comma stand beside the word? Commas are blanks, but ngspice takes one of .temp for a part of its number. */
static bool has_comma(const struct arg *arg)
{
    const char *before = arg->text - 1, *behind = arg->text + arg->length;
    while (*before == ' ' || *before == '\t')
        before--;
    behind += strspn(behind, " \t");
    return *before == ',' || *behind == ',';
}

/* Degrees of .temp: a number without suffix or unit, or an expression; any other word, and what has parentheses,
 * commas or `=`, is room temperature with a warning, as in ngspice, which looks up names in braces and quotes only. */
static bool read_degrees(struct card_reader *reader, struct diagnostics *diagnostics, double *degrees)
{
    const struct arg *word = reader->at < reader->card->count ? &reader->card->arg[reader->at] : NULL;
    bool is_word = word && word->kind == ARG_WORD;
    bool is_last = word && reader->at + 1 + word->count == reader->card->count;
    bool is_odd = word && (word->kind == ARG_GROUP || word->kind == ARG_KEY || (is_last && has_comma(word)));
    if (!is_odd && (!is_word || memchr(word->text, '{', word->length) || is_bare_number(word)))
        return card_reader_number(reader, diagnostics, "temperature", degrees);
    reader->at += 1 + word->count;
    if (is_word && !is_odd && is_hexadecimal(word, degrees))
        return true;
    const struct arg *last = word + word->count;
    bool is_closed = last->kind != ARG_CLOSE || *last->text == ')'; /* and not by the end of the line */
    int length = (int)(last->text + (is_closed ? last->length : 0) - word->text);
    diagnose(diagnostics, WARNING_NUMBER_READ_AS_SPICE, word->text, (size_t)length,
             "`.temp` takes a number or an expression in braces; %.*s means %g degrees, as in ngspice", length,
             word->text, room_temperature);
    *degrees = room_temperature;
    return true;
}

/* .temp T: of two the last one counts, and it counts more than .options. */
static void read_temp(struct output_requests *requests, struct card_reader *reader, struct diagnostics *diagnostics)
{
    double number;
    if (!read_degrees(reader, diagnostics, &number))
        return;
    const struct arg *name = reader->card->arg, *further = card_reader_peek(reader);
    if (further) {
        diagnose(diagnostics, WARNING_SEVERAL_TEMPERATURES, further->text, further->length,
                 "`.temp` takes one temperature; with more it means %g degrees, as in ngspice", room_temperature);
        number = room_temperature;
    }
    if (number < absolute_zero)
        diagnose(diagnostics, ERROR_TEMPERATURE, name->text, name->length, "the temperature is below absolute zero");
    else
        requests->sim_options.temp = number;
}

void output_requests_options(struct output_requests *requests, const struct netlist *netlist, struct flat *flat,
                             struct diagnostics *diagnostics)
{
    requests->sim_options = (struct sim_options){
        .temp = room_temperature, .tnom = room_temperature, .gmin = default_gmin, .scale = 1};
    requests->reading = DIODE_BY_MODEL;
    requests->seed = 1;
    for (size_t c = 0; c < netlist->count; c++) {
        const struct card *card = &netlist->card[c];
        if (card->kind != CARD_OPTIONS)
            continue;
        struct card_reader reader = card_reader_in(flat, card);
        if (arg_is(card->arg, ".width")) {
            read_width(requests, &reader);
            continue;
        }
        for (const struct arg *arg; (arg = card_reader_next(&reader));) {
            uint32_t behind = (uint32_t)(arg - card->arg) + 1 + arg->count;
            reader.at = behind;
            read_option(requests, &reader, arg, diagnostics);
            reader.at = reader.at > behind ? reader.at : behind;
        }
    }
    for (size_t c = 0; c < netlist->count; c++) {
        if (netlist->card[c].kind != CARD_TEMP)
            continue;
        struct card_reader reader = card_reader_in(flat, &netlist->card[c]);
        read_temp(requests, &reader, diagnostics);
    }
}

/* ---- .print, .plot ---- */

static bool is_other_analysis(const struct arg *arg)
{
    static const char *const analysis[] = {"tran", "ac", "noise", "disto", "pz", "sp", "pss"};
    for (size_t i = 0; i < sizeof analysis / sizeof *analysis; i++) {
        if (arg_is(arg, analysis[i]))
            return true;
    }
    return false;
}

/* The analysis that a card names as its first word: false, with a warning, when it is none that opspice runs. */
static bool take_analysis(struct card_reader *reader, bool of[PLOT_SENS + 1], struct diagnostics *diagnostics)
{
    static const char *const name[] = {[PLOT_OP] = "op", [PLOT_DC] = "dc", [PLOT_TF] = "tf", [PLOT_SENS] = "sens"};
    const struct arg *card = reader->card->arg, *analysis = card_reader_peek(reader);
    int named = -1;
    for (int kind = 0; analysis && analysis->kind == ARG_WORD && kind <= PLOT_SENS; kind++) {
        if (arg_is(analysis, name[kind]))
            named = kind;
    }
    for (int kind = 0; kind <= PLOT_SENS; kind++)
        of[kind] = named < 0 ? kind < PLOT_TF : kind == named;
    if (named >= 0)
        card_reader_next(reader);
    if (named >= 0 || !analysis || analysis->kind != ARG_WORD || !is_other_analysis(analysis))
        return true;
    diagnose(diagnostics, WARNING_ANALYSIS_NOT_RUN, card->text, card->length,
             "%.*s %.*s is left out: opspice runs operating points, dc, tf and sens only", (int)card->length,
             card->text, (int)analysis->length, analysis->text);
    return false;
}

static bool read_table(struct output_requests *requests, const struct card *card, bool has_sweep,
                       const struct formula_scope *scope, struct diagnostics *diagnostics)
{
    struct card_reader reader = card_reader_of(card);
    struct table table = {.first = requests->printed.count, .drawn = card->kind == CARD_PLOT};
    if (!take_analysis(&reader, table.of, diagnostics) || table.of[PLOT_SENS]) /* all sensitivities are shown */
        return true;
    if (table.of[PLOT_DC] && !table.of[PLOT_OP] && !has_sweep)
        diagnose(diagnostics, WARNING_SHOWS_NOTHING, card->arg->text, card->arg->length,
                 "%.*s dc shows nothing: the netlist has no .dc", (int)card->arg->length, card->arg->text);
    if (!card_reader_peek(&reader))
        diagnose(diagnostics, WARNING_SHOWS_NOTHING, card->arg->text, card->arg->length, "%.*s names no vector",
                 (int)card->arg->length, card->arg->text);
    if (!formulas_read(&requests->printed, &reader, scope, diagnostics) ||
        !array_reserve(&requests->table, &requests->table_capacity, requests->tables + 1, sizeof *requests->table))
        return false;
    table.count = requests->printed.count - table.first;
    if (table.count > 0)
        requests->table[requests->tables++] = table;
    return true;
}

/* ---- .measure ---- */

static bool read_measure(struct output_requests *requests, const struct card *card, bool has_sweep,
                         const struct formula_scope *scope, struct diagnostics *diagnostics)
{
    struct card_reader reader = card_reader_of(card);
    const struct arg *name = card->arg;
    bool of[PLOT_SENS + 1];
    if (!take_analysis(&reader, of, diagnostics))
        return true;
    if (!of[PLOT_DC] || !has_sweep)
        diagnose(diagnostics, WARNING_MEASURES_NOTHING, name->text, name->length,
                 !of[PLOT_DC] ? "%.*s is left out: only sweeps are measured"
                              : "%.*s measures nothing: the netlist has no .dc",
                 (int)name->length, name->text);
    return !of[PLOT_DC] || measures_read(&requests->measures, card, scope, diagnostics);
}

/* ---- .save ---- */

/* Which of the plain vectors are saved. */
struct saving {
    bool *node;   /* [nodes] */
    bool *branch; /* [elements] */
};

/* Of the vectors that are neither node voltages nor, but for `branches`, branch currents, add those that are new. */
static bool add_others(struct vectors *saved, const struct vectors *more, bool branches)
{
    for (size_t i = 0; i < more->count; i++) {
        const struct vector *vector = &more->item[i];
        if (vector->kind != VECTOR_VOLTAGE && (vector->parameter || branches) && !vectors_include(saved, *vector))
            return false;
    }
    return true;
}

static void mark(struct saving *saving, const struct vectors *wanted)
{
    for (size_t i = 0; i < wanted->count; i++) {
        const struct vector *vector = &wanted->item[i];
        if (vector->kind == VECTOR_VOLTAGE)
            saving->node[vector->a] = saving->node[vector->k] = true;
        else if (!vector->parameter)
            saving->branch[vector->a] = true;
    }
}

/* Keep what is marked, in its order. */
static void keep_marked(struct vectors *saved, const struct saving *saving)
{
    size_t kept = 0;
    for (size_t i = 0; i < saved->count; i++) {
        struct vector vector = saved->item[i];
        if (vector.kind == VECTOR_VOLTAGE ? saving->node[vector.a] : saving->branch[vector.a])
            saved->item[kept++] = vector;
    }
    vectors_cut(saved, kept);
}

/* What .probe measures stands before the currents of voltage sources, as ngspice has it. */
static bool add_probed(struct vectors *saved, const struct vectors *probed, const struct circuit *circuit)
{
    size_t first = 0, count = saved->count;
    while (first < count && (saved->item[first].kind != VECTOR_CURRENT || saved->item[first].parameter ||
                             element_letter(circuit, saved->item[first].a) != 'v'))
        first++;
    struct vector *behind = array_new(count - first, sizeof *behind);
    if (!behind)
        return false;
    memcpy(behind, saved->item + first, (count - first) * sizeof *behind);
    vectors_cut(saved, first);
    bool done = add_others(saved, probed, true);
    for (size_t i = 0; done && i < count - first; i++)
        done = vectors_include(saved, behind[i]);
    free(behind);
    return done;
}

/* The rawfile's variables: nodes, branches, then the others that were asked for. */
static bool save(const struct output_requests *requests, const struct circuit *circuit, struct vectors *saved)
{
    const struct vectors *wanted = &requests->wanted;
    struct vectors devices = {0};
    struct saving saving = {.node = array_new(circuit->nodes.count, sizeof(bool)),
                            .branch = array_new(circuit->elements.count, sizeof(bool))};
    bool done =
        saving.node && saving.branch && vectors_add_nodes(saved, circuit) && vectors_add_branches(saved, circuit);
    if (done && wanted->count > 0) {
        mark(&saving, wanted);
        keep_marked(saved, &saving);
        done = add_others(saved, wanted, false);
    }
    done = done && (requests->probed.count == 0 || add_probed(saved, &requests->probed, circuit));
    if (done && requests->save_currents)
        done = vectors_add_devices(&devices, circuit) && add_others(saved, &devices, false);
    vectors_free(&devices);
    vectors_forget_table(saved);
    free(saving.node);
    free(saving.branch);
    return done;
}

/* allv means the currents of branches as well where something is saved, as ngspice has it. */
static bool add_allv(struct vectors *wanted, const struct card *card, const struct circuit *circuit)
{
    for (uint32_t a = 1; a < card->count; a++) {
        if (arg_is(&card->arg[a], "allv") && names_find(&circuit->nodes, "allv", strlen("allv")) == NAMES_NONE)
            return vectors_add_branches(wanted, circuit);
    }
    return true;
}

/* The vectors that a .save or .probe card names. */
static bool read_save(struct vectors *wanted, const struct card *card, const struct formula_scope *scope,
                      struct diagnostics *diagnostics)
{
    struct card_reader reader = card_reader_of(card);
    struct formulas formulas = {0};
    bool of[PLOT_SENS + 1], done = true;
    if (take_analysis(&reader, of, diagnostics))
        done = formulas_read(&formulas, &reader, scope, diagnostics);
    for (size_t f = 0; done && f < formulas.count; f++)
        done = formula_needs(&formulas.item[f], wanted);
    formulas_free(&formulas);
    return done && add_allv(wanted, card, scope->circuit);
}

/* What a .probe card measures, and vectors that it names otherwise. */
static bool read_probe(struct vectors *probed, const struct card *card, const struct formula_scope *scope,
                       struct diagnostics *diagnostics)
{
    bool done = card->count > 1 || probe_add(probed, card, 1, scope->circuit, diagnostics);
    for (uint32_t at = 1, words; done && at < card->count; at += words) {
        words = probe_words(card, at);
        if (words > 0) {
            done = probe_add(probed, card, at, scope->circuit, diagnostics);
            continue;
        }
        while (at + words < card->count && probe_words(card, at + words) == 0)
            words += 1 + card->arg[at + words].count;
        const struct card others = {.arg = card->arg + at - 1, .count = words + 1, .kind = CARD_PROBE};
        done = read_save(probed, &others, scope, diagnostics);
    }
    return done;
}

/* Is there anything that .print dc and .measure could be about? */
static bool sweeps(const struct netlist *netlist)
{
    for (size_t c = 0; c < netlist->count; c++) {
        if (netlist->card[c].kind == CARD_DC || netlist->card[c].kind == CARD_CONTROL)
            return true;
    }
    return false;
}

bool output_requests_vectors(struct output_requests *requests, const struct netlist *netlist,
                             const struct formula_scope *scope, struct diagnostics *diagnostics)
{
    bool done = true, has_sweep = sweeps(netlist);
    diagnostics->lenient = true;
    for (size_t c = 0; done && c < netlist->count; c++) {
        const struct card *card = &netlist->card[c];
        switch (card->kind) {
        case CARD_PRINT:
        case CARD_PLOT: done = read_table(requests, card, has_sweep, scope, diagnostics); break;
        case CARD_SAVE: done = read_save(&requests->wanted, card, scope, diagnostics); break;
        case CARD_PROBE: done = read_probe(&requests->probed, card, scope, diagnostics); break;
        case CARD_MEASURE: done = read_measure(requests, card, has_sweep, scope, diagnostics); break;
        default: break;
        }
    }
    diagnostics->lenient = false;
    return done && probe_order(&requests->probed);
}

bool output_requests_save(struct output_requests *requests, const struct card *card, const struct formula_scope *scope,
                          struct diagnostics *diagnostics)
{
    diagnostics->lenient = true;
    bool done = read_save(&requests->wanted, card, scope, diagnostics);
    diagnostics->lenient = false;
    return done;
}

bool output_requests_recorded(const struct output_requests *requests, const struct circuit *circuit,
                              enum plot_kind kind, bool all, struct vectors *recorded)
{
    bool shown = false, done = true;
    for (size_t t = 0; t < requests->tables; t++)
        shown = shown || requests->table[t].of[kind];
    shown = shown || (kind == PLOT_DC && requests->measures.count > 0);
    if (all || !shown)
        done = save(requests, circuit, recorded);
    for (size_t t = 0; t < requests->tables; t++) {
        const struct table *table = &requests->table[t];
        for (size_t f = 0; done && table->of[kind] && f < table->count; f++)
            done = formula_needs(&requests->printed.item[table->first + f], recorded);
    }
    return done && (kind != PLOT_DC || measures_need(&requests->measures, recorded));
}

void output_requests_free(struct output_requests *requests)
{
    formulas_free(&requests->printed);
    measures_free(&requests->measures);
    vectors_free(&requests->wanted);
    vectors_free(&requests->probed);
    free(requests->table);
    *requests = (struct output_requests){0};
}
