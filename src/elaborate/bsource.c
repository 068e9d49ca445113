#include "elaborate/bsource.h"

#include "elaborate/bsource_text.h"
#include "laws/expression_law.h"
#include "netlist/number.h"
#include "util/letters.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- what the expression uses ------------------------------------------------------------------------------------ */

struct binder {
    struct models *models;
    const struct card_reader *reader;
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

/* What a name that is no parameter stands for in ngspice's B sources: the time and the frequency of the operating point
 * are nought. Source: ngspice 39, src/spicelib/parser/inpptree.c, its table of constants. */
static bool is_known(struct expression_word name, double *value)
{
    static const struct {
        const char *name;
        double value;
    } known[] = {{"time", 0}, {"hertz", 0}, {"pi", M_PI}, {"e", M_E}};
    for (size_t q = 0; q < sizeof known / sizeof *known; q++)
        if (strlen(known[q].name) == name.length && strncasecmp(known[q].name, name.text, name.length) == 0) {
            *value = known[q].value;
            return true;
        }
    return false;
}

/* The number that a name stands for. False after a diagnostic. */
static bool bind_name(const struct binder *binder, struct expression_word name, double *value)
{
    if (flatten_parameter(binder->models->flat, name.text, name.length, value))
        return !isnan(*value);
    if (is_known(name, value))
        return true;
    const char *near = flatten_nearest_parameter(binder->models->flat, name.text, name.length);
    diagnose(binder->diagnostics, ERROR_UNKNOWN_NAME, name.text, name.length, "%.*s is unknown%s%s%s", (int)name.length,
             name.text, near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    return false;
}

static bool bind_voltage(const struct binder *binder, const struct expression_use *use, double *slope, double *shift)
{
    uint32_t a = use->kind == EXPRESSION_VOLTAGE ? own_node(binder, use->a) : NAMES_NONE;
    uint32_t k = use->kind == EXPRESSION_VOLTAGE && use->b.length > 0 ? own_node(binder, use->b) : GROUND;
    if (a == NAMES_NONE || k == NAMES_NONE) {
        bsource_unsupported(binder->reader, binder->diagnostics);
        diagnose(binder->diagnostics, NOTE, use->whole.text, use->whole.length,
                 "%.*s is not its own voltage", (int)use->whole.length, use->whole.text);
        return false;
    }
    add_node(binder, a, 1, slope, shift);
    add_node(binder, k, -1, slope, shift);
    return true;
}

/* Give a use its meaning. False after a diagnostic, with a note of the source where a function's body is to blame. */
static bool bind(const struct binder *binder, struct expression_law *own, size_t q)
{
    const struct expression_use *use = &own->expression.use[q];
    struct expression_word source = own->expression.source;
    if (use->kind == EXPRESSION_NAME ? bind_name(binder, use->whole, &own->constant[q])
                                     : bind_voltage(binder, use, &own->slope[q], &own->shift[q]))
        return true;
    uintptr_t at = (uintptr_t)use->whole.text, start = (uintptr_t)source.text;
    if (at < start || at >= start + source.length)
        diagnose(binder->diagnostics, NOTE, source.text, source.length, "in a function called here");
    return false;
}

static const struct expression_function *find_function(void *flat, const char *text, size_t length)
{
    return flatten_function(flat, text, length);
}

/* Compile into the circuit's arena. NULL after a diagnostic, or where memory is out: *done is false then. */
static struct expression_law *compile(const struct binder *binder, struct expression_word source, bool *done)
{
    struct flat *flat = binder->models->flat;
    struct expression_syntax syntax = {.language = EXPRESSION_BEHAVIOUR, .function = find_function, .data = flat};
    struct arena *arena = &binder->models->circuit->arena;
    struct expression_law *own = arena_alloc(arena, sizeof *own);
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
    own->random = flatten_random(flat, binder->reader->card, source);
    *done = true;
    for (size_t q = 0; q < uses; q++)
        if (!bind(binder, own, q))
            return NULL;
    return own;
}

/* ---- laws -------------------------------------------------------------------------------------------------------- */

static bool falls(const struct binder *binder, struct expression_word source, const struct expression_finding *finding)
{
    diagnose(binder->diagnostics, ERROR_FALLING_CURRENT, source.text, source.length,
             "%.*s: the current falls while the voltage rises, or has no value, between %g V and %g V: this has no "
             "convex program",
             binder->reader->name_length, binder->reader->name, finding->low, finding->high);
    return true;
}

/* A note at what a source uses, or at its expression where that stands in a function. */
static void note_use(const struct binder *binder, const struct expression_law *own, size_t use)
{
    struct expression_word source = own->expression.source, at = own->expression.use[use].whole;
    bool is_inside = (uintptr_t)at.text >= (uintptr_t)source.text &&
                     (uintptr_t)at.text < (uintptr_t)source.text + source.length;
    struct expression_word shown = is_inside ? at : source;
    diagnose(binder->diagnostics, NOTE, shown.text, shown.length > 0 ? shown.length : 1,
             "it does not depend on the voltage between its nodes alone, but on %.*s as well", (int)at.length, at.text);
}

/* Say what has been found of an expression that is no law, or may be none. */
static void report(const struct binder *binder, const struct expression_law *own, enum expression_law_status status,
                   const struct expression_finding *finding)
{
    struct expression_word source = own->expression.source;
    switch (status) {
    case EXPRESSION_LAW_NOT_SHOWN:
        diagnose(binder->diagnostics, WARNING_RISE_NOT_SHOWN, source.text, source.length,
                 "%.*s: the current was not shown to rise with the voltage between %g V and %g V: the answer may not "
                 "be the only one",
                 binder->reader->name_length, binder->reader->name, finding->low, finding->high);
        break;
    case EXPRESSION_LAW_FALLS: falls(binder, source, finding); break;
    case EXPRESSION_LAW_STEP:
        diagnose(binder->diagnostics, ERROR_JUMPING_CURRENT, source.text, source.length,
                 "%.*s: the current jumps at %g V", binder->reader->name_length, binder->reader->name, finding->low);
        break;
    case EXPRESSION_LAW_NOT_OWN:
        bsource_unsupported(binder->reader, binder->diagnostics);
        note_use(binder, own, finding->use);
        break;
    default: break;
    }
}

/* The law of an expression. False when memory is out. */
static bool expression_law(const struct binder *binder, struct expression_word source, uint32_t *number)
{
    bool done;
    struct curve curve;
    struct expression_finding finding;
    struct expression_law *own = compile(binder, source, &done);
    if (!own)
        return done;
    enum expression_law_status status =
        expression_law_judge(own, &binder->models->circuit->arena, &curve, &finding);
    report(binder, own, status, &finding);
    if (status != EXPRESSION_LAW_RISES && status != EXPRESSION_LAW_NOT_SHOWN)
        return status != EXPRESSION_LAW_NO_MEMORY;
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
    return flatten_value(binder->models->flat, binder->reader->card, text, NULL, value);
}

static bool bad_points(const struct binder *binder, struct expression_word at, const char *what)
{
    diagnose(binder->diagnostics, ERROR_BEHAVIOUR, at.text, at.length > 0 ? at.length : 1, "%.*s: %s",
             binder->reader->name_length, binder->reader->name, what);
    return false;
}

/* The points of a TABLE, straight between and constant beyond: one more at each end says so. False after a
 * diagnostic. */
static bool read_table(const struct binder *binder, struct expression_word source, double *u, double *i, size_t *points)
{
    struct bsource_text text = {source.text, source.text + source.length};
    size_t count = 1;
    for (bsource_skip(&text); text.at < text.end; bsource_skip(&text)) {
        if (bsource_take(&text, '(') || bsource_take(&text, ')'))
            continue;
        struct expression_word x = bsource_enclosed(&text);
        x = x.text ? x : bsource_word(&text, "()");
        bsource_skip(&text);
        struct expression_word y = bsource_enclosed(&text);
        y = y.text ? y : bsource_word(&text, "()");
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

/* Is the controlling expression the source's own voltage, in one direction or the other? */
static bool is_plain(const struct expression_law *own, double *sign)
{
    double c;
    return expression_law_is_line(own, &c, sign) && c == 0 && fabs(*sign) == 1;
}

static void turn_round(double *value, size_t count)
{
    for (size_t p = 0; p < count / 2; p++) {
        double held = value[p];
        value[p] = value[count - 1 - p];
        value[count - 1 - p] = held;
    }
}

static bool table_law(const struct binder *binder, const struct bsource *bsource, uint32_t *number)
{
    bool done;
    double sign;
    struct expression_finding finding;
    size_t most = bsource->points.length / 2 + 3;
    struct curve curve = {.kind = CURVE_TABLE};
    struct expression_law *own = compile(binder, bsource->expression, &done);
    if (!own)
        return done;
    if (!is_plain(own, &sign)) {
        bsource_unsupported(binder->reader, binder->diagnostics);
        return true;
    }
    double *u = arena_alloc(&binder->models->circuit->arena, 2 * most * sizeof *u), *i = u + most;
    if (!u)
        return false;
    if (!read_table(binder, bsource->points, u, i, &curve.table.points))
        return true;
    if (sign < 0) {
        turn_round(u, curve.table.points);
        turn_round(i, curve.table.points);
        for (size_t p = 0; p < curve.table.points; p++)
            u[p] = -u[p];
    }
    curve.table.u = u;
    curve.table.i = i;
    if (!curve_table_rises(&curve.table, &finding.low, &finding.high))
        return falls(binder, bsource->points, &finding);
    struct law *law = models_new_curve(binder->models, CURVE_TABLE, number);
    if (!law)
        return false;
    *law->curve = curve;
    law_of_curve(law);
    return true;
}

static bool conductance_law(const struct binder *binder, const struct bsource *bsource, uint32_t *number)
{
    uint32_t c = own_node(binder, bsource->c), d = own_node(binder, bsource->d);
    double g;
    if (!((c == binder->a && d == binder->k) || (c == binder->k && d == binder->a))) {
        bsource_unsupported(binder->reader, binder->diagnostics);
        return true;
    }
    if (!number_of(binder, bsource->expression, &g)) {
        bad_points(binder, bsource->expression, "expected a conductance");
        return true;
    }
    g = c == binder->a ? g : -g;
    if (!(g >= 0))
        return falls(binder, bsource->expression, &(struct expression_finding){-INFINITY, INFINITY, 0});
    struct law *law = models_new_law(binder->models, number);
    if (!law)
        return false;
    law->g_off = law->g_on = law->g_rev = g;
    return true;
}

bool bsource_law(const struct bsource *bsource, struct models *models, const struct card_reader *reader, uint32_t a,
                   uint32_t k, struct diagnostics *diagnostics, uint32_t *law, double *multiple)
{
    struct binder binder = {models, reader, a, k, diagnostics};
    *law = MODELS_NO_LAW;
    *multiple = 1;
    if (bsource->multiple.length > 0 && (!number_of(&binder, bsource->multiple, multiple) || !(*multiple > 0))) {
        bad_points(&binder, bsource->multiple, "expected a positive number as m");
        return true;
    }
    switch (bsource->form) {
    case BSOURCE_EXPRESSION: return expression_law(&binder, bsource->expression, law);
    case BSOURCE_TABLE: return table_law(&binder, bsource, law);
    default: return conductance_law(&binder, bsource, law);
    }
}
