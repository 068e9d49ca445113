#include "analysis/formula.h"

#include "util/array.h"
#include <stdio.h>
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
    formula->whole = arena_alloc(&formulas->arena, (uses + 1) * sizeof *formula->whole);
    formula->plot = arena_alloc(&formulas->arena, (uses + 1) * sizeof *formula->plot);
    formula->operand = arena_alloc(&formulas->arena, (uses + 1) * sizeof *formula->operand);
    formula->number = arena_alloc(&formulas->arena, (uses + 1) * sizeof *formula->number);
    return formula->vector && formula->plot && formula->whole && formula->operand && formula->number;
}

/* Add a formula that is this vector. False when memory is out. */
static bool add_vector(struct formulas *formulas, struct vector vector)
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
    formula->whole[0] = NULL;
    formula->plot[0] = NULL;
    formulas->count++;
    return true;
}

/* Would what ends with one byte and what begins with the other become one word? */
static bool joins_words(char last, char first)
{
    bool ends = is_letter(last) || is_digit(last) || last == ')' || last == ']';
    return ends && (is_letter(first) || is_digit(first) || first == '@');
}

/* The text of an expression as a name: without the marks of continuation lines and blanks, but for one around an
 * operator that is a word, or one wherever there are some, but within brackets; in lower case. */
static const char *name_of(struct formulas *formulas, struct expression_word text)
{
    char *name = arena_text(&formulas->arena, text.text, text.length), *end = name;
    bool is_apart = false; /* something was left out before this byte */
    if (!name)
        return NULL;
    for (const char *from = name; *from; from++) {
        bool breaks = *from == '\n' || *from == '\r';
        while (breaks && (unsigned char)(from[1] - 1) < ' ')
            from++;
        from += breaks && from[1] == '+';
        if (breaks || is_space(*from)) {
            is_apart = true;
        } else if (*from != '"') {
            bool is_inside = end > name && (strchr("(,", end[-1]) || *from == ')');
            if (is_apart && end > name && ((formulas->keeps_blanks && !is_inside) || joins_words(end[-1], *from)))
                *end++ = ' ';
            *end++ = lower(*from);
            is_apart = false;
        }
    }
    *end = '\0';
    return name;
}

static bool find_own(const struct plot *plot, enum vector_kind kind, const struct expression_word *word,
                     struct vector *vector)
{
    uint32_t own = plot ? plot_find_own(plot, word->text, word->length) : NAMES_NONE;
    *vector = (struct vector){kind, own, 0, NULL};
    return own != NAMES_NONE;
}

/* The vector of its own that a plot has under a name between two texts. */
static bool find_own_called(const struct plot *plot, enum vector_kind kind, const char *before,
                            const struct expression_word *word, const char *behind, struct vector *vector)
{
    char name[256];
    int length = snprintf(name, sizeof name, "%s%.*s%s", before, (int)word->length, word->text, behind);
    return length > 0 && (size_t)length < sizeof name &&
           find_own(plot, kind, &(struct expression_word){name, (size_t)length}, vector);
}

/* What a use means among the vectors of its own that a plot has: v(a) is a, i(v1) is v1#branch; or they are called so,
 * as a rawfile does it. */
static bool find_own_use(const struct plot *plot, enum vector_kind kind, const struct expression_use *use,
                         struct vector *vector)
{
    if (!plot || plot->own_names.count == 0)
        return false;
    if (find_own(plot, kind, &use->whole, vector))
        return true;
    if (use->kind == EXPRESSION_VOLTAGE && use->b.length == 0)
        return find_own(plot, kind, &use->a, vector) || find_own_called(plot, kind, "v(", &use->a, ")", vector);
    if (use->kind == EXPRESSION_CURRENT)
        return find_own_called(plot, kind, "", &use->a, "#branch", vector) ||
               find_own_called(plot, kind, "i(", &use->a, ")", vector);
    return use->kind == EXPRESSION_NAME && (find_own_called(plot, kind, "v(", &use->whole, ")", vector));
}

/* The plot that a use names, in front of a point; *inside is the use in it. NULL: none. */
static struct plot *named_plot(const struct formula_scope *scope, const struct expression_use *use,
                               struct expression_use *inside)
{
    struct expression_word name = use->plot;
    const char *dot = use->kind == EXPRESSION_NAME ? memchr(use->whole.text, '.', use->whole.length) : NULL;
    *inside = *use;
    if (dot) {
        name = (struct expression_word){use->whole.text, (size_t)(dot - use->whole.text)};
        inside->whole = inside->a = (struct expression_word){dot + 1, use->whole.length - name.length - 1};
    }
    return name.length > 0 && scope->named ? scope->named(scope->data, name.text, name.length) : NULL;
}

/* A vector of another plot, op1.v(a). */
static bool find_in_plot(const struct formula_scope *scope, const struct expression_use *use, struct vector *vector,
                         struct plot **plot)
{
    struct expression_use inside;
    *plot = named_plot(scope, use, &inside);
    return *plot && (find_own_use(*plot, VECTOR_OWN, &inside, vector) ||
                     ((*plot)->circuit && lookup_vector((*plot)->circuit, &inside, vector)));
}

/* number becomes the value where it is a parameter; *plot the one that was named, or NULL. */
static bool find(const struct formula_scope *scope, const struct expression_use *use, struct vector *vector,
                 double *number, struct plot **plot)
{
    bool is_name = use->kind == EXPRESSION_NAME;
    *plot = NULL;
    if (use->plot.length > 0)
        return find_in_plot(scope, use, vector, plot);
    if (find_own_use(scope->plot, VECTOR_OWN, use, vector) ||
        (scope->circuit && lookup_vector(scope->circuit, use, vector)) ||
        (is_name &&
         (find_own(scope->constants, VECTOR_CONSTANT, &use->whole, vector) || find_in_plot(scope, use, vector, plot))))
        return true;
    *plot = NULL;
    *vector = (struct vector){VECTOR_PARAMETER, 0, 0, NULL};
    return is_name && scope->flat && flatten_parameter(scope->flat, use->whole.text, use->whole.length, number);
}

/* ---- compiling ---- */

enum { WHOLE_DEPTH = 50 }; /* mean(mean(..)) */

struct reading {
    struct formulas *formulas;
    const struct formula_scope *scope;
    struct diagnostics *diagnostics;
    unsigned depth;
};

static enum expression_status compile(const struct reading *reading, struct formula *formula,
                                      struct expression_word text);
static bool compile_all(const struct reading *reading, struct formula *formula, struct expression_word text,
                        bool *good);

/* x[3] of a vector x, m[1][2] of m[1]: what the language takes as one name. */
static bool is_element(struct expression_use *use)
{
    const struct expression_word *word = &use->whole;
    if (use->kind != EXPRESSION_NAME || word->text[word->length - 1] != ']')
        return false;
    const char *bracket = word->text + word->length - 1;
    int depth = 1;
    while (depth > 0 && --bracket > word->text)
        depth += (*bracket == ']') - (*bracket == '[');
    if (bracket == word->text)
        return false;
    use->kind = EXPRESSION_ELEMENT;
    use->a = (struct expression_word){word->text, (size_t)(bracket - word->text)};
    use->b = (struct expression_word){bracket + 1, word->length - use->a.length - 2};
    return true;
}

/* The comma between the two ends of [1,3], or NULL. */
static const char *find_comma(struct expression_word text)
{
    int depth = 0;
    for (const char *at = text.text; at < text.text + text.length; at++) {
        depth += (*at == '(') - (*at == ')');
        if (*at == ',' && depth == 0)
            return at;
    }
    return NULL;
}

/* What a word such as v(*) stands for. */
struct many {
    struct plot *named; /* of op1.v(*); NULL: the plot at hand */
    bool nodes, branches, everything;
    enum formula_word word;
};

/* False: the formula is no such word. */
static bool find_many(const struct formula *formula, const struct formula_scope *scope, struct many *many)
{
    if (!formula_is_vector(formula))
        return false;
    const struct expression_use *use = formula->expression.use;
    struct expression_use inside;
    *many = (struct many){.named = named_plot(scope, use, &inside)};
    if (many->named)
        use = &inside;
    struct arg word = {.text = use->whole.text, .length = (uint32_t)use->whole.length, .kind = ARG_WORD};
    bool is_node = scope->circuit && names_find(&scope->circuit->nodes, word.text, word.length) != NAMES_NONE;
    if (use->kind == EXPRESSION_NAME && !is_node) {
        many->everything = arg_is(&word, "all");
        many->nodes = many->everything || arg_is(&word, "allv");
        many->branches = many->everything || arg_is(&word, "alli");
        many->word = many->everything ? FORMULA_OF_ALL : many->nodes ? FORMULA_OF_ALLV : FORMULA_OF_ALLI;
    } else if (use->kind == EXPRESSION_VOLTAGE || use->kind == EXPRESSION_CURRENT) {
        bool star = use->a.length == 1 && *use->a.text == '*' && use->b.length == 0;
        many->nodes = star && use->kind == EXPRESSION_VOLTAGE;
        many->branches = star && use->kind == EXPRESSION_CURRENT;
    }
    return many->nodes || many->branches;
}

static bool is_among(const struct many *many, const struct vector *vector)
{
    return (many->nodes && vector->kind == VECTOR_VOLTAGE && vector->k == GROUND) ||
           (many->branches && vector->kind == VECTOR_CURRENT && !vector->parameter);
}

/* The vectors that are looked over by minimum(v(*)) and its like. False when memory is out. */
static bool read_each(const struct reading *reading, const struct many *many, struct whole *whole)
{
    const struct formula_scope *scope = reading->scope;
    const struct plot *plot = many->named ? many->named : scope->plot;
    struct vectors all = {0};
    bool done = true;
    for (size_t i = 0; plot && done && i < plot_listed(plot); i++)
        done = !is_among(many, &plot->recorded.item[i]) || vectors_add(&all, plot->recorded.item[i]);
    if (!plot)
        done = (!many->nodes || vectors_add_nodes(&all, scope->circuit)) &&
               (!many->branches || vectors_add_branches(&all, scope->circuit));
    whole->named = many->named;
    whole->eachs = all.count;
    whole->each = done ? arena_alloc(whole->arena, (all.count + 1) * sizeof *whole->each) : NULL;
    whole->column = done ? arena_alloc(whole->arena, (all.count + 1) * sizeof *whole->column) : NULL;
    done = whole->each && whole->column;
    if (done && all.count > 0)
        memcpy(whole->each, all.item, all.count * sizeof *whole->each);
    vectors_free(&all);
    return done;
}

/* What a tally is of: v(*) and its like, or one expression. *good: it is right. False when memory is out. */
static bool read_tallied(const struct reading *reading, struct expression_word text, struct whole *whole, bool *good)
{
    struct many many;
    struct diagnostics unheard = {0};
    struct reading quiet = *reading;
    quiet.diagnostics = &unheard;
    enum expression_status status = compile(&quiet, &whole->of, text);
    bool is_many = status == EXPRESSION_OK && find_many(&whole->of, reading->scope, &many);
    diagnostics_free(&unheard);
    if (!is_many)
        return status != EXPRESSION_NO_MEMORY && compile_all(reading, &whole->of, text, good);
    whole->of = (struct formula){0};
    *good = read_each(reading, &many, whole);
    if (*good && whole->eachs == 0) {
        diagnose(reading->diagnostics, ERROR_UNKNOWN_VECTOR, text.text, text.length, "%.*s stands for no vector here",
                 (int)text.length, text.text);
        *good = false;
        return true;
    }
    return *good;
}

/* What a use works out of all points. *good: it is right. False when memory is out. */
static bool read_whole(const struct reading *reading, const struct expression_use *use, struct whole **whole,
                       bool *good)
{
    struct reading inside = *reading;
    inside.depth++;
    *good = false;
    if (inside.depth > WHOLE_DEPTH) {
        diagnose(reading->diagnostics, ERROR_EXPRESSION_LIMIT, use->whole.text, use->whole.length,
                 "the expression is nested too deeply");
        return true;
    }
    if (!(*whole = arena_alloc(&reading->formulas->arena, sizeof **whole)))
        return false;
    **whole = (struct whole){.kind = use->kind == EXPRESSION_ELEMENT ? WHOLE_ELEMENT
                                                                     : whole_find(use->a.text, use->a.length),
                             .arena = &reading->formulas->arena};
    if (whole_is_tally((*whole)->kind))
        return read_tallied(&inside, use->b, *whole, good);
    if (use->kind == EXPRESSION_WHOLE)
        return compile_all(&inside, &(*whole)->of, use->b, good);
    const char *comma = find_comma(use->b);
    struct expression_word first = use->b, last = {NULL, 0};
    if (comma) {
        first.length = (size_t)(comma - first.text);
        last = (struct expression_word){comma + 1, use->b.length - first.length - 1};
        (*whole)->kind = WHOLE_SLICE;
    }
    return compile_all(&inside, &(*whole)->of, use->a, good) &&
           (!*good || compile_all(&inside, &(*whole)->index, first, good)) &&
           (!*good || !comma || compile_all(&inside, &(*whole)->last, last, good));
}

static void report_unknown(const struct reading *reading, const struct expression_use *use)
{
    struct expression_use inside;
    if (use->plot.length > 0 && !named_plot(reading->scope, use, &inside))
        diagnose(reading->diagnostics, ERROR_UNKNOWN_VECTOR, use->plot.text, use->plot.length, "there is no plot %.*s",
                 (int)use->plot.length, use->plot.text);
    else if (reading->scope->circuit)
        lookup_unknown(reading->scope->circuit, use, reading->diagnostics);
    else
        diagnose(reading->diagnostics, ERROR_UNKNOWN_VECTOR, use->whole.text, use->whole.length,
                 "there is no vector %.*s",
                 (int)use->whole.length, use->whole.text);
}

/* Look up what the expression uses. *good: all of it is there. False when memory is out. */
static bool resolve(const struct reading *reading, struct formula *formula, bool *good)
{
    *good = true;
    formula->random = reading->scope->random;
    for (size_t u = 0; u < formula->expression.uses; u++) {
        struct expression_use *use = &formula->expression.use[u];
        bool is_right = true;
        formula->whole[u] = NULL;
        if (use->kind < EXPRESSION_WHOLE &&
            find(reading->scope, use, &formula->vector[u], &formula->number[u], &formula->plot[u]))
            continue;
        formula->plot[u] = NULL;
        if (use->kind >= EXPRESSION_WHOLE || is_element(use)) {
            formula->vector[u] = (struct vector){.kind = VECTOR_WHOLE};
            if (!read_whole(reading, use, &formula->whole[u], &is_right))
                return false;
        } else {
            report_unknown(reading, use);
            is_right = false;
        }
        *good = *good && is_right;
    }
    return true;
}

/* A function of a .func card of the top level. */
static const struct expression_function *find_function(void *flat, const char *text, size_t length)
{
    return flatten_function(flat, text, length);
}

static enum expression_status compile(const struct reading *reading, struct formula *formula,
                                      struct expression_word text)
{
    const struct expression_syntax syntax = {.language = EXPRESSION_VECTOR,
                                             .function = reading->scope->flat ? find_function : NULL,
                                             .data = reading->scope->flat,
                                             .whole = whole_is_function,
                                             .refuses_plus = reading->scope->refuses_plus};
    return expression_compile(&formula->expression, &syntax, text, &reading->formulas->arena, reading->diagnostics);
}

/* Is more than blanks behind the first bytes of a text, which are a formula? Then it is a mistake. */
static bool has_more(struct expression_word text, size_t used, struct diagnostics *diagnostics)
{
    while (used < text.length && is_space(text.text[used]))
        used++;
    if (used < text.length)
        diagnose(diagnostics, ERROR_EXPRESSION, text.text + used, 1, "expected one expression here");
    return used < text.length;
}

/* A text that is one formula and nothing else. *good: it is right. False when memory is out. */
static bool compile_all(const struct reading *reading, struct formula *formula, struct expression_word text, bool *good)
{
    *good = false;
    enum expression_status status = compile(reading, formula, text);
    if (status != EXPRESSION_OK)
        return status == EXPRESSION_WRONG;
    if (has_more(text, formula->expression.source.length, reading->diagnostics))
        return true;
    return complete(reading->formulas, formula) && resolve(reading, formula, good);
}

/* Has `let` made another vector of this name? */
static bool is_replaced(const struct plot *plot, const struct vector *vector)
{
    const struct circuit *circuit = plot->circuit;
    struct vector own;
    if (!circuit || plot->own_names.count == 0)
        return false;
    const struct names *names = vector->kind == VECTOR_VOLTAGE ? &circuit->nodes : &circuit->elements;
    const struct expression_word name = {names->text[vector->a], strlen(names->text[vector->a])};
    return vector->kind == VECTOR_VOLTAGE ? find_own(plot, VECTOR_OWN, &name, &own)
                                          : !vector->parameter &&
                                                find_own_called(plot, VECTOR_OWN, "", &name, "#branch", &own);
}

/* What a plot holds, named as ngspice lists it: a node by its bare name. */
static bool add_recorded(struct formulas *formulas, const struct plot *plot, bool nodes, bool branches, bool everything)
{
    bool done = true;
    for (size_t i = 0; done && i < plot_listed(plot); i++) {
        struct vector vector = plot->recorded.item[i];
        bool is_node = vector.kind == VECTOR_VOLTAGE && vector.k == GROUND;
        bool is_branch = vector_is_current(&vector) && (!vector.parameter || *vector.parameter == ':');
        if (is_node)
            vector.parameter = "";
        if ((everything || (nodes && is_node) || (branches && is_branch)) && !is_replaced(plot, &vector))
            done = add_vector(formulas, vector);
    }
    enum axis_kind scale = plot->axes > 0 ? plot->axis[plot->axes - 1].kind : AXIS_PARAMETER;
    if (plot->axes > 0 && (everything || (nodes && scale == AXIS_VSOURCE) || (branches && scale == AXIS_ISOURCE)))
        done = done && add_vector(formulas, (struct vector){VECTOR_SCALE, 0, 0, NULL});
    for (uint32_t o = 0; done && o < plot->own_names.count; o++) {
        const struct own_vector *own = &plot->own[o];
        if (!own->value || !(everything || (nodes && own->type == TYPE_VOLTAGE) ||
                             (branches && own->type == TYPE_CURRENT)))
            continue;
        const char *name = plot->own_names.text[o];
        done = add_vector(formulas, (struct vector){VECTOR_OWN, o, 0, NULL}) &&
               (formulas->item[formulas->count - 1].name = arena_text(&formulas->arena, name, strlen(name)));
    }
    return done;
}

/* The vectors that one word stands for. *is_many: the formula is such a word. */
static bool add_many(struct formulas *formulas, const struct formula *formula, const struct formula_scope *scope,
                     bool *is_many)
{
    struct many wanted;
    size_t before = formulas->count;
    *is_many = find_many(formula, scope, &wanted);
    if (!*is_many)
        return true;
    bool done;
    struct vectors many = {0};
    const struct plot *plot = wanted.named ? wanted.named : scope->plot;
    done = plot ? add_recorded(formulas, plot, wanted.nodes, wanted.branches, wanted.everything)
                : (!wanted.nodes || vectors_add_nodes(&many, scope->circuit)) &&
                      (!wanted.branches || vectors_add_branches(&many, scope->circuit));
    for (size_t i = 0; done && i < many.count; i++)
        done = add_vector(formulas, many.item[i]);
    for (size_t f = before; f < formulas->count; f++) {
        formulas->item[f].plot[0] = wanted.named;
        formulas->item[f].word = wanted.word;
        formulas->item[f].of_word = before + 1;
    }
    vectors_free(&many);
    return done;
}

const char *formula_text(struct formulas *formulas, const struct formula *formula)
{
    return name_of(formulas, formula->expression.source);
}

const char *formulas_name(struct formulas *formulas, struct expression_word text)
{
    return name_of(formulas, text);
}

/* The name of the last formula. */
static bool give_name(struct formulas *formulas, struct expression_word name)
{
    struct formula *formula = &formulas->item[formulas->count - 1];
    formula->name = name_of(formulas, name);
    return formula->name;
}

/* The vector, and its plot, whose name is a word as a whole. False: there is none, or the word begins as a number does,
 * though a node may be called so: it is a number then. */
static bool find_name(const struct formula_scope *scope, struct expression_word word, struct vector *vector,
                      struct plot **plot)
{
    const struct expression_use use = {.kind = EXPRESSION_NAME, .whole = word};
    double number;
    bool is_number = word.length > 0 && (is_digit(*word.text) || *word.text == '.');
    return !is_number && find(scope, &use, vector, &number, plot) && vector->kind != VECTOR_PARAMETER;
}

bool formulas_has_name(struct expression_word word, const struct formula_scope *scope)
{
    struct vector vector;
    struct plot *plot;
    return find_name(scope, word, &vector, &plot);
}

bool formulas_add_name(struct formulas *formulas, struct expression_word word, const struct formula_scope *scope,
                       bool *is_name)
{
    struct vector vector;
    struct plot *plot;
    *is_name = find_name(scope, word, &vector, &plot);
    if (!*is_name)
        return true;
    if (!add_vector(formulas, vector))
        return false;
    formulas->item[formulas->count - 1].expression.source = word;
    formulas->item[formulas->count - 1].plot[0] = plot;
    return (vector.kind < VECTOR_OWN && !plot) || give_name(formulas, word);
}

bool formulas_read_first(struct formulas *formulas, struct expression_word text, const struct formula_scope *scope,
                         struct diagnostics *diagnostics, size_t *used)
{
    const struct reading reading = {formulas, scope, diagnostics, 0};
    struct formula *formula = add(formulas);
    *used = 0;
    if (!formula)
        return false;
    enum expression_status status = compile(&reading, formula, text);
    if (status != EXPRESSION_OK)
        return status == EXPRESSION_WRONG;
    *used = formula->expression.source.length;
    struct formula compiled = *formula;
    bool is_many, good;
    if (!add_many(formulas, &compiled, scope, &is_many))
        return false;
    if (is_many)
        return true;
    if (!complete(formulas, formula) || !resolve(&reading, formula, &good))
        return false;
    if (!good)
        return true;
    formulas->count++;
    bool has_name = formula_is_vector(formula) && formula->vector[0].kind < VECTOR_PARAMETER && !formula->plot[0];
    return has_name || give_name(formulas, formula->expression.source);
}

bool formulas_read_text(struct formulas *formulas, struct expression_word text, struct expression_word name,
                        const struct formula_scope *scope, struct diagnostics *diagnostics)
{
    size_t used, before = formulas->count;
    bool is_name;
    for (; text.length > 0 && formula_is_gap(*text.text); text.length--)
        text.text++;
    while (text.length > 0 && formula_is_gap(text.text[text.length - 1]))
        text.length--;
    if (!formulas_add_name(formulas, text, scope, &is_name)) /* which may have any sign: x1:r1:r */
        return false;
    if (is_name)
        return name.length == 0 || give_name(formulas, name);
    if (!formulas_read_first(formulas, text, scope, diagnostics, &used))
        return false;
    if (used > 0 && has_more(text, used, diagnostics))
        formulas->count = before;
    return name.length == 0 || formulas->count != before + 1 || give_name(formulas, name);
}

void formulas_free(struct formulas *formulas)
{
    free(formulas->item);
    arena_free(&formulas->arena);
    *formulas = (struct formulas){0};
}
