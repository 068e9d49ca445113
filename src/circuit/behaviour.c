#include "circuit/behaviour.h"

#include "circuit/own_voltage.h"
#include "netlist/cards.h"
#include "netlist/number.h"
#include "util/array.h"
#include "util/letters.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the text of the card ------------------------------------------------------------------------------------------------ */

struct text {
    const char *at, *end;
};

/* Blanks, commas, line ends with the comment lines and the `+` behind them. */
static void skip(struct text *text)
{
    while (text->at < text->end) {
        if (*text->at == '\n') {
            text->at++;
            while (text->at < text->end && (*text->at == '*' || *text->at == '\n' || *text->at == '\r'))
                while (text->at < text->end && *text->at++ != '\n')
                    continue;
            while (text->at < text->end && (*text->at == ' ' || *text->at == '\t'))
                text->at++;
            if (text->at < text->end && *text->at == '+')
                text->at++;
        } else if (strchr(" \t\r,", *text->at)) {
            text->at++;
        } else {
            return;
        }
    }
}

/* The next word, up to a blank or one of `stops`; length 0 at the end. */
static struct expression_word word(struct text *text, const char *stops)
{
    skip(text);
    const char *start = text->at;
    while (text->at < text->end && !strchr(" \t\r\n,", *text->at) && !strchr(stops, *text->at))
        text->at++;
    return (struct expression_word){start, (size_t)(text->at - start)};
}

static bool is(struct expression_word word, const char *keyword)
{
    for (size_t q = 0; q < word.length; q++)
        if (lower(word.text[q]) != keyword[q])
            return false;
    return keyword[word.length] == '\0';
}

static bool take(struct text *text, char byte)
{
    skip(text);
    if (text->at >= text->end || *text->at != byte)
        return false;
    text->at++;
    return true;
}

/* A value in braces or quotes, without them. Length 0 and NULL: there is none. */
static struct expression_word enclosed(struct text *text)
{
    struct expression_word none = {NULL, 0};
    skip(text);
    if (text->at >= text->end || !strchr("{'\"", *text->at))
        return none;
    char open = *text->at, close = open == '{' ? '}' : open;
    const char *start = ++text->at;
    for (int depth = 1; text->at < text->end; text->at++) {
        if (*text->at == close && --depth == 0) {
            text->at++;
            return (struct expression_word){start, (size_t)(text->at - 1 - start)};
        }
        depth += open == '{' && *text->at == '{';
    }
    return none;
}

/* Where `m=` begins outside of parentheses, or the end. */
static const char *before_multiple(const struct text *text)
{
    int depth = 0;
    for (const char *at = text->at; at + 1 < text->end; at++) {
        depth += (*at == '(') - (*at == ')');
        if (depth > 0 || lower(*at) != 'm' || (at > text->at && !strchr(" \t\r\n+}", at[-1])))
            continue;
        const char *next = at + 1;
        while (next < text->end && (*next == ' ' || *next == '\t'))
            next++;
        if (next < text->end && *next == '=' && next[1] != '=')
            return at;
    }
    return text->end;
}

static struct expression_word value(struct text *text)
{
    struct expression_word inner = enclosed(text);
    if (inner.text)
        return inner;
    const char *start = text->at;
    text->at = before_multiple(text);
    return (struct expression_word){start, (size_t)(text->at - start)};
}

/* m=..; false where something else stands there. */
static bool read_multiple(struct behaviour *behaviour, struct text *text)
{
    skip(text);
    if (text->at >= text->end)
        return true;
    if (!is(word(text, "="), "m") || !take(text, '='))
        return false;
    behaviour->multiple = enclosed(text);
    if (!behaviour->multiple.text)
        behaviour->multiple = word(text, "");
    skip(text);
    return behaviour->multiple.length > 0 && text->at >= text->end;
}

static bool unsupported(const struct words *words, struct diagnostics *diagnostics)
{
    const struct arg *name = words->card->arg;
    diagnose(diagnostics, SEVERITY_ERROR, name->text, name->length, "%s is not supported: %.*s",
             cards_find(name->text, name->length)->what, words->name_length, words->name);
    return false;
}

static bool read_points(struct behaviour *behaviour, struct text *text)
{
    take(text, '=');
    behaviour->form = BEHAVIOUR_TABLE;
    behaviour->expression = enclosed(text);
    take(text, '=');
    skip(text);
    behaviour->points.text = text->at;
    text->at = before_multiple(text);
    behaviour->points.length = (size_t)(text->at - behaviour->points.text);
    return behaviour->expression.text && read_multiple(behaviour, text);
}

static bool read_form(struct behaviour *behaviour, struct text *text, bool is_b)
{
    struct text start = *text;
    struct expression_word key = word(text, "={(");
    if (is(key, "table") && !is_b)
        return read_points(behaviour, text);
    if (is(key, is_b ? "i" : "cur") || (!is_b && (is(key, "value") || is(key, "i")))) {
        behaviour->form = BEHAVIOUR_EXPRESSION;
        if (!take(text, '=') && is_b)
            return false;
        behaviour->expression = value(text);
        return behaviour->expression.length > 0 && read_multiple(behaviour, text);
    }
    if (is_b)
        return false;
    *text = start;
    behaviour->form = BEHAVIOUR_CONDUCTANCE;
    take(text, '(');
    behaviour->c = word(text, ")");
    behaviour->d = word(text, ")");
    take(text, ')');
    behaviour->expression = enclosed(text);
    if (!behaviour->expression.text)
        behaviour->expression = word(text, "");
    return behaviour->expression.length > 0 && read_multiple(behaviour, text);
}

bool behaviour_read(struct behaviour *behaviour, const struct words *words, struct diagnostics *diagnostics)
{
    const struct card *card = words->card;
    *behaviour = (struct behaviour){.form = BEHAVIOUR_EXPRESSION};
    if (card->count < 2)
        return unsupported(words, diagnostics);
    struct text text = {card->arg[1].text, card->arg[1].text + card->arg[1].length};
    behaviour->a = word(&text, "");
    behaviour->k = word(&text, "");
    if (behaviour->k.length == 0 || !read_form(behaviour, &text, card->kind == CARD_B))
        return unsupported(words, diagnostics);
    return true;
}

/* ---- what the expression uses ------------------------------------------------------------------------------------------------ */

struct binder {
    struct models *models;
    const struct words *words;
    uint32_t a, k;
    struct diagnostics *diagnostics;
};

/* The node of that name, if it is one of the source's own or ground; else NAMES_NONE. */
static uint32_t own_node(const struct binder *binder, struct expression_word name)
{
    size_t length = name.length;
    const char *flat = flatten_node_name(binder->models->flat, name.text, &length);
    const char *const *text = (const char *const *)binder->models->circuit->nodes.text;
    if (!flat)
        return NAMES_NONE;
    if (node_is_ground(flat, length))
        return GROUND;
    for (int end = 0; end < 2; end++) {
        const char *own = text[end ? binder->k : binder->a];
        size_t q = 0;
        while (q < length && own[q] != '\0' && lower(own[q]) == lower(flat[q]))
            q++;
        if (q == length && own[q] == '\0')
            return end ? binder->k : binder->a;
    }
    return NAMES_NONE;
}

/* The voltage of a node, for a at u + s and k at s; where one is ground, s makes it so. */
static void add_node(const struct binder *binder, uint32_t node, double sign, double *slope, double *shift)
{
    if (node == GROUND)
        return;
    bool is_a = node == binder->a;
    if (binder->a == GROUND)
        *slope -= sign; /* k is at -u */
    else
        *slope += is_a ? sign : 0;
    if (binder->a != GROUND && binder->k != GROUND)
        *shift += sign;
}

static bool bind(const struct binder *binder, struct own_voltage *own, size_t q)
{
    const struct expression_use *use = &own->expression.use[q];
    const struct words *words = binder->words;
    if (use->kind == EXPRESSION_NAME) {
        if (flatten_parameter(binder->models->flat, use->whole.text, use->whole.length, &own->constant[q]))
            return !isnan(own->constant[q]);
        diagnose(binder->diagnostics, SEVERITY_ERROR, use->whole.text, use->whole.length, "%.*s is unknown",
                 (int)use->whole.length, use->whole.text);
        return false;
    }
    uint32_t a = use->kind == EXPRESSION_VOLTAGE ? own_node(binder, use->a) : NAMES_NONE;
    uint32_t k = use->kind == EXPRESSION_VOLTAGE && use->b.length > 0 ? own_node(binder, use->b) : GROUND;
    if (a == NAMES_NONE || k == NAMES_NONE) {
        unsupported(words, binder->diagnostics);
        diagnose(binder->diagnostics, SEVERITY_NOTE, use->whole.text, use->whole.length,
                 "%.*s is not its own voltage", (int)use->whole.length, use->whole.text);
        return false;
    }
    add_node(binder, a, 1, &own->slope[q], &own->shift[q]);
    add_node(binder, k, -1, &own->slope[q], &own->shift[q]);
    return true;
}

/* Compile into the circuit's arena. NULL after a diagnostic, or where memory is out: *done is false then. */
static struct own_voltage *compile(const struct binder *binder, struct expression_word source, bool *done)
{
    static const struct expression_syntax syntax = {.language = EXPRESSION_BEHAVIOUR};
    struct arena *arena = &binder->models->circuit->arena;
    struct own_voltage *own = arena_alloc(arena, sizeof *own);
    *done = false;
    if (!own)
        return NULL;
    enum expression_status status = expression_compile(&own->expression, &syntax, source, arena, binder->diagnostics);
    if (status != EXPRESSION_OK) {
        *done = status == EXPRESSION_WRONG;
        return NULL;
    }
    size_t uses = own->expression.uses;
    double *meaning = arena_alloc(arena, (3 * uses + 1) * sizeof *meaning);
    if (!meaning)
        return NULL;
    memset(meaning, 0, 3 * uses * sizeof *meaning);
    own->slope = meaning;
    own->shift = meaning + uses;
    own->constant = meaning + 2 * uses;
    *done = true;
    for (size_t q = 0; q < uses; q++)
        if (!bind(binder, own, q))
            return NULL;
    if (own_voltage_is_own(own))
        return own;
    unsupported(binder->words, binder->diagnostics);
    diagnose(binder->diagnostics, SEVERITY_NOTE, source.text, source.length > 0 ? source.length : 1,
             "it does not depend on the voltage between its nodes alone");
    return NULL;
}

/* ---- laws ------------------------------------------------------------------------------------------------------------------------ */

static bool falls(const struct binder *binder, struct expression_word source, double low, double high)
{
    diagnose(binder->diagnostics, SEVERITY_ERROR, source.text, source.length,
             "%.*s: the current falls while the voltage rises, or has no value, between %g V and %g V: this has no convex program",
             binder->words->name_length, binder->words->name, low, high);
    return true;
}

/* The law of an expression. False when memory is out. */
static bool expression_law(const struct binder *binder, struct expression_word source, uint32_t *number)
{
    bool done;
    double low, high;
    struct curved curve = {.kind = CURVE_TABLE};
    struct own_voltage *own = compile(binder, source, &done);
    if (!own)
        return done;
    switch (own_voltage_table(own, &binder->models->circuit->arena, &curve.table, &low)) {
    case OWN_VOLTAGE_NO_MEMORY:
        return false;
    case OWN_VOLTAGE_STEP:
        diagnose(binder->diagnostics, SEVERITY_ERROR, source.text, source.length, "%.*s: the current jumps at %g V",
                 binder->words->name_length, binder->words->name, low);
        return true;
    case OWN_VOLTAGE_CURVED:
        curve = (struct curved){.kind = CURVE_FUNCTION, .function = {own_voltage_value, own}};
        break;
    case OWN_VOLTAGE_TABLE:
        break;
    }
    if (!own_voltage_rises(&curve, &low, &high))
        return falls(binder, source, low, high);
    struct law *law = models_new_curve(binder->models, curve.kind, number);
    if (!law)
        return false;
    *law->curve = curve;
    law_of_curve(law);
    return true;
}

static bool number_of(const struct binder *binder, struct expression_word text, double *value)
{
    if (number_parse(text.text, text.length, value) == NUMBER_OK)
        return true;
    return flatten_value(binder->models->flat, binder->words->card, text, NULL, value);
}

static bool bad_points(const struct binder *binder, struct expression_word at, const char *what)
{
    diagnose(binder->diagnostics, SEVERITY_ERROR, at.text, at.length > 0 ? at.length : 1, "%.*s: %s",
             binder->words->name_length, binder->words->name, what);
    return false;
}

/* The points of a TABLE, straight between and constant beyond: one more at each end says so. False after a diagnostic. */
static bool read_table(const struct binder *binder, struct expression_word source, double *u, double *i, size_t *points)
{
    struct text text = {source.text, source.text + source.length};
    size_t count = 1;
    for (skip(&text); text.at < text.end; skip(&text)) {
        if (take(&text, '(') || take(&text, ')'))
            continue;
        struct expression_word x = enclosed(&text);
        x = x.text ? x : word(&text, "()");
        skip(&text);
        struct expression_word y = enclosed(&text);
        y = y.text ? y : word(&text, "()");
        if (x.length == 0 || y.length == 0 || !number_of(binder, x, &u[count]) || !number_of(binder, y, &i[count]))
            return bad_points(binder, x, "expected points (volt, ampere)");
        if (count > 1 && !(u[count] > u[count - 1]))
            return bad_points(binder, x, "the voltages of the table do not rise");
        count++;
    }
    if (count == 1)
        return bad_points(binder, source, "the table has no points");
    u[0] = u[1] - fmax(1, fabs(u[1]));
    i[0] = i[1];
    u[count] = u[count - 1] + fmax(1, fabs(u[count - 1]));
    i[count] = i[count - 1];
    *points = count + 1;
    return true;
}

/* Does the controlling expression run straight, with slope 1 or -1? */
static bool is_plain(const struct own_voltage *own, double *sign)
{
    double slope;
    *sign = own_voltage_current(own, 1, 0, &slope);
    return fabs(*sign) == 1 && own_voltage_current(own, 0, 0, &slope) == 0 && own_voltage_current(own, 8, 0, &slope) == 8 * *sign &&
           own_voltage_current(own, -3, 0, &slope) == -3 * *sign;
}

static void turn_round(double *value, size_t count)
{
    for (size_t p = 0; p < count / 2; p++) {
        double held = value[p];
        value[p] = value[count - 1 - p];
        value[count - 1 - p] = held;
    }
}

static bool table_law(const struct binder *binder, const struct behaviour *behaviour, uint32_t *number)
{
    bool done;
    double sign, low, high;
    size_t most = behaviour->points.length / 2 + 3;
    struct curved curve = {.kind = CURVE_TABLE};
    struct own_voltage *own = compile(binder, behaviour->expression, &done);
    if (!own)
        return done;
    if (!is_plain(own, &sign)) {
        unsupported(binder->words, binder->diagnostics);
        return true;
    }
    double *u = arena_alloc(&binder->models->circuit->arena, 2 * most * sizeof *u), *i = u + most;
    if (!u)
        return false;
    if (!read_table(binder, behaviour->points, u, i, &curve.table.points))
        return true;
    if (sign < 0) {
        turn_round(u, curve.table.points);
        turn_round(i, curve.table.points);
        for (size_t p = 0; p < curve.table.points; p++)
            u[p] = -u[p];
    }
    curve.table.u = u;
    curve.table.i = i;
    if (!own_voltage_rises(&curve, &low, &high))
        return falls(binder, behaviour->points, low, high);
    struct law *law = models_new_curve(binder->models, CURVE_TABLE, number);
    if (!law)
        return false;
    *law->curve = curve;
    law_of_curve(law);
    return true;
}

static bool conductance_law(const struct binder *binder, const struct behaviour *behaviour, uint32_t *number)
{
    uint32_t c = own_node(binder, behaviour->c), d = own_node(binder, behaviour->d);
    double g;
    if (!((c == binder->a && d == binder->k) || (c == binder->k && d == binder->a))) {
        unsupported(binder->words, binder->diagnostics);
        return true;
    }
    if (!number_of(binder, behaviour->expression, &g)) {
        bad_points(binder, behaviour->expression, "expected a conductance");
        return true;
    }
    g = c == binder->a ? g : -g;
    if (!(g >= 0))
        return falls(binder, behaviour->expression, -INFINITY, INFINITY);
    struct law *law = models_new_law(binder->models, number);
    if (!law)
        return false;
    law->g_off = law->g_on = law->g_rev = g;
    return true;
}

bool behaviour_law(const struct behaviour *behaviour, struct models *models, const struct words *words, uint32_t a, uint32_t k,
                   struct diagnostics *diagnostics, uint32_t *law, double *multiple)
{
    struct binder binder = {models, words, a, k, diagnostics};
    *law = MODELS_NO_LAW;
    *multiple = 1;
    if (behaviour->multiple.length > 0 && (!number_of(&binder, behaviour->multiple, multiple) || !(*multiple > 0))) {
        bad_points(&binder, behaviour->multiple, "expected a positive number as m");
        return true;
    }
    switch (behaviour->form) {
    case BEHAVIOUR_EXPRESSION: return expression_law(&binder, behaviour->expression, law);
    case BEHAVIOUR_TABLE: return table_law(&binder, behaviour, law);
    default: return conductance_law(&binder, behaviour, law);
    }
}
