#include "analysis/formula.h"

#include "netlist/cards.h"
#include "util/array.h"
#include "util/letters.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

bool formula_is_vector(const struct formula *formula)
{
    return formula->expression.steps == 1 && formula->expression.uses == 1;
}

/* ---- making one ---- */

static struct formula *add(struct formulas *formulas)
{
    if (!array_reserve(&formulas->item, &formulas->capacity, formulas->count + 1, sizeof *formulas->item))
        return NULL;
    struct formula *formula = &formulas->item[formulas->count];
    *formula = (struct formula){0};
    return formula;
}

/* Give it room for its uses and let it count. */
static bool complete(struct formulas *formulas, struct formula *formula)
{
    size_t uses = formula->expression.uses;
    formula->vector = arena_alloc(&formulas->arena, (uses + 1) * sizeof *formula->vector);
    formula->operand = arena_alloc(&formulas->arena, (uses + 1) * sizeof *formula->operand);
    formula->number = arena_alloc(&formulas->arena, (uses + 1) * sizeof *formula->number);
    return formula->vector && formula->operand && formula->number;
}

bool formulas_add_vector(struct formulas *formulas, struct vector vector)
{
    static const struct expression_syntax syntax = {.language = EXPRESSION_VECTOR};
    static const char any[] = "x"; /* an expression that is one use; the vector says which */
    struct diagnostics unheard = {0};
    struct formula *formula = add(formulas);
    bool done = formula &&
                expression_compile(&formula->expression, &syntax, (struct expression_word){any, 1}, &formulas->arena,
                                   &unheard) == EXPRESSION_OK &&
                complete(formulas, formula);
    diagnostics_free(&unheard);
    if (!done)
        return false;
    formula->vector[0] = vector;
    formulas->count++;
    return true;
}

/* The text of an expression as a name: without blanks and the marks of continuation lines, in lower case. */
static const char *name_of(struct arena *arena, struct expression_word text)
{
    char *name = arena_text(arena, text.text, text.length), *end = name;
    if (!name)
        return NULL;
    for (const char *from = name; *from; from++) {
        bool breaks = *from == '\n' || *from == '\r';
        if ((unsigned char)*from > ' ')
            *end++ = lower(*from);
        while (breaks && (from[1] == '+' || (unsigned char)(from[1] - 1) < ' '))
            from++;
    }
    *end = '\0';
    return name;
}

/* x or x[3], of a plot's own vectors. */
static bool find_own(const struct plot *plot, enum vector_kind kind, const struct expression_word *word, struct vector *vector)
{
    const char *bracket = memchr(word->text, '[', word->length);
    size_t length = bracket ? (size_t)(bracket - word->text) : word->length, index = 0;
    uint32_t own = plot ? plot_find_own(plot, word->text, length) : NAMES_NONE;
    if (own == NAMES_NONE)
        return false;
    if (bracket) {
        const char *digit = bracket + 1, *end = word->text + word->length - 1;
        for (; digit < end && is_digit(*digit) && index < UINT32_MAX / 20; digit++)
            index = index * 10 + (size_t)(*digit - '0');
        if (digit != end || *end != ']' || index >= plot->own[own].length)
            return false;
    }
    *vector = (struct vector){kind, own, bracket ? (uint32_t)index + 1 : 0, NULL};
    return true;
}

/* number becomes the value where it is a parameter. */
static bool find(const struct formula_scope *scope, const struct expression_use *use, struct vector *vector, double *number)
{
    bool is_name = use->kind == EXPRESSION_NAME;
    if (is_name && find_own(scope->plot, VECTOR_OWN, &use->whole, vector))
        return true;
    if (lookup_vector(scope->circuit, use, vector) ||
        (is_name && find_own(scope->constants, VECTOR_CONSTANT, &use->whole, vector)))
        return true;
    *vector = (struct vector){VECTOR_PARAMETER, 0, 0, NULL};
    return is_name && scope->flat && flatten_parameter(scope->flat, use->whole.text, use->whole.length, number);
}

/* Look up what the expression uses. */
static bool resolve(struct formula *formula, const struct formula_scope *scope, struct diagnostics *diagnostics)
{
    bool found = true;
    for (size_t u = 0; u < formula->expression.uses; u++) {
        const struct expression_use *use = &formula->expression.use[u];
        if (!find(scope, use, &formula->vector[u], &formula->number[u])) {
            lookup_unknown(scope->circuit, use, diagnostics);
            found = false;
        }
    }
    return found;
}

/* What a plot holds, named as ngspice lists it: a node by its bare name. */
static bool add_recorded(struct formulas *formulas, const struct plot *plot, bool nodes, bool branches, bool everything)
{
    bool done = true;
    for (size_t i = 0; done && i < plot->recorded.count; i++) {
        struct vector vector = plot->recorded.item[i];
        bool is_node = vector.kind == VECTOR_VOLTAGE && vector.k == GROUND;
        bool is_branch = vector.kind == VECTOR_CURRENT && !vector.parameter;
        if (is_node)
            vector.parameter = "";
        if (everything || (nodes && is_node) || (branches && is_branch))
            done = formulas_add_vector(formulas, vector);
    }
    for (uint32_t o = 0; done && everything && o < plot->owns; o++) {
        done = formulas_add_vector(formulas, (struct vector){VECTOR_OWN, o, 0, NULL});
        if (done)
            done = (formulas->item[formulas->count - 1].name = arena_text(&formulas->arena, plot->own[o].name,
                                                                          strlen(plot->own[o].name)));
    }
    return done;
}

/* The vectors that one word stands for. *is_many: the formula is such a word. */
static bool add_many(struct formulas *formulas, const struct formula *formula, const struct formula_scope *scope,
                     bool *is_many)
{
    *is_many = false;
    if (!formula_is_vector(formula))
        return true;
    const struct expression_use *use = formula->expression.use;
    struct arg word = {.text = use->whole.text, .length = (uint32_t)use->whole.length, .kind = ARG_WORD};
    bool everything = false, nodes = false, branches = false, done = true;
    if (use->kind == EXPRESSION_NAME && names_find(&scope->circuit->nodes, word.text, word.length) == NAMES_NONE) {
        everything = arg_is(&word, "all");
        nodes = everything || arg_is(&word, "allv");
        branches = everything || arg_is(&word, "alli");
    } else if (use->kind == EXPRESSION_VOLTAGE || use->kind == EXPRESSION_CURRENT) {
        bool star = use->a.length == 1 && *use->a.text == '*' && use->b.length == 0;
        nodes = star && use->kind == EXPRESSION_VOLTAGE;
        branches = star && use->kind == EXPRESSION_CURRENT;
    }
    *is_many = nodes || branches;
    if (!*is_many)
        return true;
    struct vectors many = {0};
    done = scope->plot ? add_recorded(formulas, scope->plot, nodes, branches, everything)
                       : (!nodes || vectors_add_nodes(&many, scope->circuit)) &&
                             (!branches || vectors_add_branches(&many, scope->circuit));
    for (size_t i = 0; done && i < many.count; i++)
        done = formulas_add_vector(formulas, many.item[i]);
    vectors_free(&many);
    return done;
}

/* Compile one formula from the beginning of a text; *used: its bytes, 0 where it is wrong. name: of its column, or NULL. */
static bool read_one(struct formulas *formulas, struct expression_word text, const char *name,
                     const struct formula_scope *scope, struct diagnostics *diagnostics, size_t *used)
{
    static const struct expression_syntax syntax = {.language = EXPRESSION_VECTOR};
    struct formula *formula = add(formulas);
    *used = 0;
    if (!formula)
        return false;
    enum expression_status status =
        expression_compile(&formula->expression, &syntax, text, &formulas->arena, diagnostics);
    if (status != EXPRESSION_OK)
        return status == EXPRESSION_WRONG;
    *used = formula->expression.source.length;
    struct formula compiled = *formula;
    bool is_many;
    if (!add_many(formulas, &compiled, scope, &is_many))
        return false;
    if (is_many)
        return true;
    if (!complete(formulas, formula))
        return false;
    if (!resolve(formula, scope, diagnostics))
        return true;
    formula->name = name;
    bool has_name = formula_is_vector(formula) && formula->vector[0].kind < VECTOR_PARAMETER;
    if (!name && !has_name && !(formula->name = name_of(&formulas->arena, formula->expression.source)))
        return false;
    formulas->count++;
    return true;
}

static bool is_blank(char byte)
{
    return (unsigned char)byte <= ' ' || byte == ',';
}

/* All of a text as one formula. */
static bool read_whole(struct formulas *formulas, struct expression_word text, const char *name,
                       const struct formula_scope *scope, struct diagnostics *diagnostics)
{
    size_t used, before = formulas->count;
    struct vector vector;
    for (; text.length > 0 && is_blank(*text.text); text.length--)
        text.text++;
    while (text.length > 0 && is_blank(text.text[text.length - 1]))
        text.length--;
    if (lookup_word(scope->circuit, text.text, text.length, &vector)) { /* which may have any sign: x1:r1:r */
        bool done = formulas_add_vector(formulas, vector);
        if (done)
            formulas->item[before].name = name;
        return done;
    }
    if (!read_one(formulas, text, name, scope, diagnostics, &used))
        return false;
    while (used > 0 && used < text.length && is_blank(text.text[used]))
        used++;
    if (used > 0 && used < text.length) {
        diagnose(diagnostics, SEVERITY_ERROR, text.text + used, 1, "expected one expression here");
        formulas->count = before;
    }
    return true;
}

bool formulas_read_text(struct formulas *formulas, struct expression_word text, const struct formula_scope *scope,
                        struct diagnostics *diagnostics)
{
    return read_whole(formulas, text, NULL, scope, diagnostics);
}

/* ---- reading a card ---- */

static const char *end_of(const struct arg *arg)
{
    return arg->text + arg->length + (arg->kind == ARG_GROUP && arg->length == 0);
}

/* The end of the text that goes on from this arg: at what stands alone (quotations, NAME=), or at the card's end. */
static const char *end_of_run(const struct card *card, const struct arg *from)
{
    const struct arg *end = card->arg + card->count, *last = from;
    for (const struct arg *arg = from; arg < end; arg += arg->count + 1) {
        if (arg > from && (arg->kind == ARG_EXPRESSION || arg->kind == ARG_STRING || arg->kind == ARG_KEY))
            break;
        last = arg + arg->count;
    }
    return end_of(last);
}

/* A word, or a group, that is a name as a whole: node names may have any sign. */
static bool read_name(struct formulas *formulas, struct words *words, const struct arg *arg, const struct formula_scope *scope,
                      bool *is_name)
{
    const char *end = end_of(arg + (arg->kind == ARG_GROUP ? arg->count : 0));
    struct expression_use use = {.kind = EXPRESSION_NAME, .whole = {arg->text, (size_t)(end - arg->text)}};
    struct vector vector;
    double number;
    *is_name = find(scope, &use, &vector, &number) && vector.kind != VECTOR_PARAMETER;
    if (!*is_name)
        return true;
    if (arg->kind == ARG_GROUP)
        words->at += arg->count;
    if (!formulas_add_vector(formulas, vector))
        return false;
    struct formula *formula = &formulas->item[formulas->count - 1];
    return vector.kind < VECTOR_OWN || (formula->name = name_of(&formulas->arena, use.whole));
}

/* name=par('...'), or FORMAT=PROBE and its like, of other simulators. */
static bool read_key(struct formulas *formulas, struct words *words, const struct arg *key, const struct formula_scope *scope,
                     struct diagnostics *diagnostics)
{
    const struct arg *value = key + 1, *last = key + key->count;
    words->at += key->count;
    if (key->count == 0 || (value->kind != ARG_EXPRESSION && value->kind != ARG_GROUP)) {
        diagnose(diagnostics, SEVERITY_WARNING, key->text, key->length,
                 "%.*s= is left out: opspice has no such option here", (int)key->length, key->text);
        return true;
    }
    const char *name = name_of(&formulas->arena, (struct expression_word){key->text, key->length});
    const char *end = value->kind == ARG_GROUP ? end_of(last) : value->text + value->length;
    return name && read_whole(formulas, (struct expression_word){value->text, (size_t)(end - value->text)}, name, scope,
                              diagnostics);
}

/* One of the expressions that follow each other without quotes, from this arg on and before limit. */
static bool read_run(struct formulas *formulas, struct words *words, const struct arg *arg, const char *limit,
                     const struct formula_scope *scope, struct diagnostics *diagnostics)
{
    const struct card *card = words->card;
    size_t used;
    if (!read_one(formulas, (struct expression_word){arg->text, (size_t)(limit - arg->text)}, NULL, scope, diagnostics,
                  &used))
        return false;
    const char *end = used > 0 ? arg->text + used : limit;
    while (words->at < card->count && card->arg[words->at].text < end)
        words->at++;
    return true;
}

bool formulas_read_next(struct formulas *formulas, struct words *words, const char *limit, const struct formula_scope *scope,
                        struct diagnostics *diagnostics)
{
    const struct arg *arg = &words->card->arg[words->at];
    if (words->at == words->card->count) {
        words_missing(words, diagnostics, "expression");
        return true;
    }
    if (arg->kind == ARG_EXPRESSION || arg->kind == ARG_STRING) {
        words->at++;
        return read_whole(formulas, (struct expression_word){arg->text, arg->length}, NULL, scope, diagnostics);
    }
    return read_run(formulas, words, arg, limit ? limit : end_of_run(words->card, arg), scope, diagnostics);
}

/* The limits of a .plot, (0,5): gnuplot and the drawing find their own. */
static bool is_limits(const struct words *words, const struct arg *arg)
{
    double number;
    return words->card->kind == CARD_PLOT && arg->kind == ARG_GROUP && arg->length == 0 && arg->count == 3 &&
           words_is_number(words, arg + 1, &number) && words_is_number(words, arg + 2, &number);
}

bool formulas_read(struct formulas *formulas, struct words *words, const struct formula_scope *scope,
                   struct diagnostics *diagnostics)
{
    const struct card *card = words->card;
    bool done = true;
    while (done && words->at < card->count) {
        const struct arg *arg = &card->arg[words->at++];
        bool is_name = false;
        switch (arg->kind) {
        case ARG_EXPRESSION:
        case ARG_STRING:
            done = read_whole(formulas, (struct expression_word){arg->text, arg->length}, NULL, scope, diagnostics);
            break;
        case ARG_KEY: done = read_key(formulas, words, arg, scope, diagnostics); break;
        case ARG_CLOSE: break;
        default:
            if (is_limits(words, arg)) {
                words->at += arg->count;
                break;
            }
            done = read_name(formulas, words, arg, scope, &is_name) &&
                   (is_name || read_run(formulas, words, arg, end_of_run(card, arg), scope, diagnostics));
        }
    }
    return done;
}

/* ---- values ---- */

bool formula_needs(const struct formula *formula, struct vectors *vectors)
{
    for (size_t u = 0; u < formula->expression.uses; u++) {
        if (formula->vector[u].kind < VECTOR_SCALE && !vectors_include(vectors, formula->vector[u]))
            return false;
    }
    return true;
}

static struct operand own_operand(const struct plot *plot, const struct vector *vector)
{
    const struct own_vector *own = &plot->own[vector->a];
    return vector->k > 0 ? (struct operand){own->value + (vector->k - 1), 1, 1} : (struct operand){own->value, 1, own->length};
}

/* A parameter: a number; in a plot that sweeps parameters only those are known. */
static struct operand parameter_operand(const struct formula *formula, size_t use, struct plot *plot)
{
    const struct expression_word *name = &formula->expression.use[use].whole;
    struct arg word = {.text = name->text, .length = (uint32_t)name->length, .kind = ARG_WORD};
    bool swept = false;
    for (size_t a = 0; a < plot->axes; a++) {
        const struct axis *axis = &plot->axis[a];
        swept = swept || axis->kind == AXIS_PARAMETER;
        if (axis->kind != AXIS_PARAMETER || !arg_is(&word, axis->name))
            continue;
        const double *value = plot_axis_values(plot, a);
        return (struct operand){value, 1, value ? plot->points : 0};
    }
    return (struct operand){&formula->number[use], 1, !swept};
}

static struct operand operand_of(const struct formula *formula, size_t use, struct plot *plot, const struct plot *constants)
{
    const struct vector *vector = &formula->vector[use];
    if (vector->kind == VECTOR_PARAMETER)
        return parameter_operand(formula, use, plot);
    if (vector->kind == VECTOR_SCALE)
        return (struct operand){plot->scale, 1, plot->scale ? plot->points : 0};
    if (vector->kind >= VECTOR_OWN)
        return own_operand(vector->kind == VECTOR_OWN ? plot : constants, vector);
    size_t column = vectors_find(&plot->recorded, vector);
    assert(column != VECTORS_NONE);
    return (struct operand){plot->value + column, plot->recorded.count, plot->points};
}

void formula_bind(struct formula *formula, struct plot *plot, const struct plot *constants)
{
    for (size_t u = 0; u < formula->expression.uses; u++) {
        formula->expression.use[u].binding = u;
        formula->operand[u] = operand_of(formula, u, plot, constants);
    }
}

size_t formula_length(const struct formula *formula)
{
    size_t length = formula->expression.uses == 0;
    for (size_t u = 0; u < formula->expression.uses; u++)
        length = formula->operand[u].count > length ? formula->operand[u].count : length;
    return length;
}

struct at_point {
    const struct formula *formula;
    size_t point;
};

static enum expression_answer find_value(void *data, const struct expression_use *use, double *value)
{
    const struct at_point *at = data;
    const struct operand *operand = &at->formula->operand[use->binding];
    if (operand->count == 0)
        return EXPRESSION_UNKNOWN;
    *value = operand->value[(at->point < operand->count ? at->point : operand->count - 1) * operand->stride];
    return EXPRESSION_KNOWN;
}

/* A parameter without a value may follow from one that is swept. */
static bool is_known(const struct formula *formula, struct diagnostics *diagnostics)
{
    for (size_t u = 0; u < formula->expression.uses; u++) {
        const struct expression_word *word = &formula->expression.use[u].whole;
        if (formula->vector[u].kind != VECTOR_PARAMETER || formula->operand[u].count > 0)
            continue;
        diagnose(diagnostics, SEVERITY_ERROR, word->text, word->length,
                 "%.*s may change with the parameter that is swept; only that one itself can be shown", (int)word->length,
                 word->text);
        return false;
    }
    return true;
}

bool formula_value(const struct formula *formula, size_t point, struct diagnostics *diagnostics, double *value)
{
    if (!is_known(formula, diagnostics))
        return false;
    struct at_point at = {formula, point};
    const struct expression_scope scope = {.value = find_value, .data = &at};
    return expression_evaluate(&formula->expression, &scope, diagnostics, value);
}

void formulas_free(struct formulas *formulas)
{
    free(formulas->item);
    arena_free(&formulas->arena);
    *formulas = (struct formulas){0};
}
