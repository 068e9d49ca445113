/* Values of parameters. */
#include "flatten/flat.h"

#include "util/array.h"
#include "util/letters.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- looking up ---- */

/* Where a name stands for something. */
struct place {
    enum { PLACE_NONE, PLACE_PARAMETER, PLACE_MULTIPLIER } kind;
    size_t level;
    uint32_t number; /* PLACE_PARAMETER */
};

/* What an expression is compiled and evaluated in. */
struct scope {
    struct flat *flat;
    size_t level;
    uint32_t self; /* the parameter of that level whose value this is, given by the instance or said in the
                    * subcircuit: in it its own name means one further out; or NO_NUMBER */
};

static struct cell *cell_at(const struct flat *flat, struct pending at)
{
    return &flat->cell[flat->frame[at.level].cells + at.number];
}

/* Look for a name from the scope outward. number: in the definition of its level, where it is known already. */
static struct place find_place(const struct scope *scope, const char *text, size_t length, uint32_t number)
{
    const struct flat *flat = scope->flat;
    size_t level = scope->level;
    if (number != NAMES_NONE && number == scope->self)
        number = NAMES_NONE;
    for (size_t l = level;; l--) {
        const struct frame *frame = &flat->frame[l];
        const struct table *table = &flat->definition[frame->definition].table[PARAMETERS];
        if (l < level)
            number = names_find(&table->names, text, length);
        const struct cell *cell = number == NAMES_NONE ? NULL : &flat->cell[frame->cells + number];
        if (cell && (cell->state == VALUE_GIVEN || cell->given || frames_declaration(flat, table, l, number)))
            return (struct place){PLACE_PARAMETER, l, number};
        if (frame->multiplied && letters_spell(text, length, "m"))
            return (struct place){PLACE_MULTIPLIER, l, 0};
        if (l == 0)
            return (struct place){PLACE_NONE, 0, 0};
    }
}

static uint32_t own_number(const struct flat *flat, size_t level, const char *text, size_t length)
{
    return names_find(&flat->definition[flat->frame[level].definition].table[PARAMETERS].names, text, length);
}

/* A value that an instance gave a parameter which its subcircuit does not have: the innermost. */
static bool find_extra(const struct flat *flat, size_t level, const char *text, size_t length, double *value)
{
    size_t end = level + 1 < flat->depth ? flat->frame[level + 1].extras : flat->extras;
    while (end-- > 0) {
        const struct extra *extra = &flat->extra[end];
        if (extra->name.length == length && strncasecmp(extra->name.text, text, length) == 0) {
            *value = extra->value;
            return true;
        }
    }
    return false;
}

/* ---- compiling ---- */

static const struct expression_function *find_function(void *data, const char *text, size_t length)
{
    const struct scope *scope = data;
    bool given = scope->self != NO_NUMBER && cell_at(scope->flat, (struct pending){scope->level, scope->self})->given;
    size_t level = scope->level - given; /* what an instance gives is of the scope of its card */
    const struct declaration *found =
        frames_look_up(scope->flat, FUNCTIONS, text, length, &level);
    return found ? found->function : NULL;
}

static bool compile(struct scope *scope, struct expression *expression, struct expression_word text,
                    struct arena *arena)
{
    struct flat *flat = scope->flat;
    struct expression_syntax syntax = {.language = EXPRESSION_PARAMETER, .function = find_function, .data = scope};
    enum expression_status status = expression_compile(expression, &syntax, text, arena, flat->diagnostics);
    flat->failed |= status == EXPRESSION_NO_MEMORY;
    if (status != EXPRESSION_OK)
        return false;
    for (size_t u = 0; u < expression->uses; u++) {
        struct expression_use *use = &expression->use[u];
        use->binding = (size_t)own_number(flat, scope->level, use->whole.text, use->whole.length) + 1;
    }
    return true;
}

/* ---- evaluating ---- */

static void evaluate_parameter(struct flat *flat, size_t level, uint32_t number);

bool parameters_is_given(const char *text, size_t length)
{
    static const char *const name[] = {"temper", "temp", "vt", "gmin"};
    for (size_t i = 0; i < sizeof name / sizeof *name; i++)
        if (letters_spell(text, length, name[i]))
            return true;
    return false;
}

/* What is there without a parameter of its name: the temperature, and what PSpice has, with ngspice's numbers of it. */
static bool find_given(struct flat *flat, const char *text, size_t length, double *value)
{
    const double kelvin = 273.15, boltzmann = 8.6173303e-5; /* V/K */
    if (!parameters_is_given(text, length))
        return false;
    if (letters_spell(text, length, "gmin")) {
        *value = 1e-12;
        return true;
    }
    flat->saw_temper = true;
    *value = letters_spell(text, length, "vt") ? (flat->temper + kelvin) * boltzmann : flat->temper;
    return true;
}

static enum expression_answer value_of(void *data, const struct expression_use *use, double *value)
{
    const struct scope *scope = data;
    struct flat *flat = scope->flat;
    const char *text = use->whole.text;
    size_t length = use->whole.length;
    struct place place = find_place(scope, text, length, (uint32_t)(use->binding - 1));
    if (place.kind == PLACE_MULTIPLIER) {
        *value = flat->frame[place.level].multiplier;
        return EXPRESSION_KNOWN;
    }
    if (place.kind == PLACE_PARAMETER) {
        size_t at = flat->frame[place.level].cells + place.number;
        if (flat->cell[at].state == VALUE_UNKNOWN)
            evaluate_parameter(flat, place.level, place.number);
        *value = flat->cell[at].value;
        return flat->cell[at].state == VALUE_KNOWN || flat->cell[at].state == VALUE_GIVEN ? EXPRESSION_KNOWN
                                                                                         : EXPRESSION_FAILED;
    }
    if (find_extra(flat, scope->level, text, length, value))
        return EXPRESSION_KNOWN;
    return find_given(flat, text, length, value) ? EXPRESSION_KNOWN : EXPRESSION_UNKNOWN;
}

static const char *nearest_parameter(const struct flat *flat, size_t level, const char *text, size_t length)
{
    for (size_t l = level;; l--) {
        const struct names *names = &flat->definition[flat->frame[l].definition].table[PARAMETERS].names;
        uint32_t near = names_nearest(names, text, length);
        if (near != NAMES_NONE)
            return names->text[near];
        if (l == 0)
            return NULL;
    }
}

static const char *nearest(void *data, const struct expression_use *use)
{
    const struct scope *scope = data;
    return nearest_parameter(scope->flat, scope->level, use->whole.text, use->whole.length);
}

const char *flatten_nearest_parameter(const struct flat *flat, const char *text, size_t length)
{
    return nearest_parameter(flat, flat->level, text, length);
}

/* What random numbers are for: a parameter or card by name, and which of its words. */
struct purpose {
    struct expression_word name;
    size_t word;
};

/* They begin anew for each thing of its own flat name: FNV-1a of the seed, the instance, and the purpose. */
static struct random random_for(const struct flat *flat, size_t level, struct purpose purpose)
{
    const uint64_t prime = 0x100000001b3u;
    uint64_t hash = 0xcbf29ce484222325u ^ flat->seed * 0x9e3779b97f4a7c15u;
    for (size_t i = 0; i < flat->frame[level].prefix; i++)
        hash = (hash ^ (unsigned char)lower(flat->name[i])) * prime;
    for (size_t i = 0; i < purpose.name.length; i++)
        hash = (hash ^ (unsigned char)lower(purpose.name.text[i])) * prime;
    return random_from((hash ^ purpose.word) * prime);
}

static bool run(struct scope *scope, const struct expression *expression, struct purpose purpose, double *value)
{
    struct random random;
    struct expression_scope known = {
        .value = value_of, .nearest = nearest, .data = scope, .extremes_pass_over = true};
    if (expression->draws) {
        random = random_for(scope->flat, scope->level, purpose);
        known.random = &random;
    }
    return expression_evaluate(expression, &known, scope->flat->diagnostics, value);
}

/* The compiled form of text, kept where there is a binding for it; else it is *once, in that arena. NULL: it is
 * wrong, or memory is out. */
static const struct expression *compiled(struct scope *scope, struct expression_word text, uint32_t *binding,
                                         struct expression *once, struct arena *arena)
{
    struct flat *flat = scope->flat;
    if (!binding)
        return compile(scope, once, text, arena) ? once : NULL;
    if (*binding)
        return flat->expression[*binding - 1];
    struct expression *kept = arena_alloc(&flat->arena, sizeof *kept);
    if (!kept || !array_reserve(&flat->expression, &flat->expression_capacity, flat->expressions + 1,
                                sizeof *flat->expression)) {
        flat->failed = true;
        return NULL;
    }
    if (!compile(scope, kept, text, &flat->arena))
        return NULL;
    flat->expression[flat->expressions++] = kept;
    *binding = (uint32_t)flat->expressions;
    return kept;
}

static struct purpose purpose_of(const struct card *card, struct expression_word text)
{
    const struct arg *name = &card->arg[card->kind == CARD_MODEL];
    return (struct purpose){{name->text, name->length}, (size_t)(text.text - name->text)};
}

struct random flatten_random(const struct flat *flat, const struct card *card, struct expression_word text)
{
    return random_for(flat, flat->level, purpose_of(card, text));
}

const struct expression_function *flatten_function(struct flat *flat, const char *text, size_t length)
{
    struct scope scope = {flat, flat->level, NO_NUMBER};
    return find_function(&scope, text, length);
}

bool flatten_value(struct flat *flat, const struct card *card, struct expression_word text, uint32_t *binding,
                   double *value)
{
    struct scope scope = {flat, flat->level, NO_NUMBER};
    struct expression once;
    struct arena arena = {0};
    const struct expression *expression = compiled(&scope, text, binding, &once, &arena);
    bool done = expression && run(&scope, expression, purpose_of(card, text), value);
    arena_free(&arena);
    return done;
}

/* ---- parameters ---- */

/* What says the value of a parameter: an expression, or a number where expression is NULL. */
struct rule {
    const struct expression *expression;
    double number;
    struct purpose purpose;
    bool wrong;
};

static struct parameter *parameter_at(const struct flat *flat, struct pending at)
{
    const struct table *table = &flat->definition[flat->frame[at.level].definition].table[PARAMETERS];
    return frames_declaration(flat, table, at.level, at.number)->parameter;
}

static struct rule rule_at(struct scope *scope, struct pending at)
{
    struct flat *flat = scope->flat;
    uint32_t number = cell_at(flat, at)->given;
    if (number > 0) {
        const struct given *given = &flat->given[number - 1];
        const struct arg *name = given->card->arg;
        return (struct rule){.expression = given->expression,
                               .purpose = {{name->text, name->length}, (size_t)(given->text.text - name->text)},
                               .wrong = !given->expression};
    }
    struct parameter *parameter = parameter_at(flat, at);
    if (parameter->state == PARAMETER_TEXT)
        parameter->state = compile(scope, &parameter->expression, parameter->text, &flat->arena) ? PARAMETER_COMPILED
                                                                                                 : PARAMETER_WRONG;
    return (struct rule){.expression = parameter->state == PARAMETER_COMPILED ? &parameter->expression : NULL,
                           .number = parameter->number,
                           .purpose = {parameter->name, 0},
                           .wrong = parameter->state == PARAMETER_WRONG};
}

/* Where a parameter is given its value. */
static struct expression_word word_at(const struct flat *flat, struct pending at)
{
    uint32_t given = cell_at(flat, at)->given;
    return given ? flat->given[given - 1].name : parameter_at(flat, at)->name;
}

/* It has no value, and that has been said. */
static void spoil(struct flat *flat, struct pending at)
{
    cell_at(flat, at)->state = VALUE_WRONG;
    if (cell_at(flat, at)->given == 0)
        parameter_at(flat, at)->state = PARAMETER_WRONG;
}

static bool same_place(struct pending a, struct pending b)
{
    return a.level == b.level && a.number == b.number;
}

/* Is pending[p] the one at work among those of its parameter, which may wait for several others? */
static bool is_at_work(const struct flat *flat, size_t p, size_t count)
{
    if (cell_at(flat, flat->pending[p])->state != VALUE_OPEN)
        return false;
    for (size_t later = p + 1; later < count; later++)
        if (same_place(flat->pending[later], flat->pending[p]))
            return false;
    return true;
}

/* The last of pending[0 .. count) needs one that is open: a -> b -> a. None of these has a value. */
static void break_circle(struct flat *flat, struct pending again, size_t count)
{
    enum { LINE = 400 };
    char line[LINE + 2 * NAME_SHOWN];
    size_t used = 0, from = count - 1;
    struct expression_word first = word_at(flat, again);
    while (!same_place(flat->pending[from], again))
        from--;
    for (size_t p = from; p < count && used < LINE; p++)
        if (is_at_work(flat, p, count))
            used += (size_t)sprintf(line + used, "%.*s -> ", SHOW(word_at(flat, flat->pending[p])));
    sprintf(line + used, "%s%.*s", used < LINE ? "" : ".. -> ", SHOW(first));
    diagnose(flat->diagnostics, ERROR_PARAMETER_LOOP, first.text, first.length,
             "the parameter %.*s depends on itself: %s", SHOW(first), line);
    for (size_t p = from; p < count; p++)
        if (cell_at(flat, flat->pending[p])->state == VALUE_OPEN)
            spoil(flat, flat->pending[p]);
}

static bool push_pending(struct flat *flat, size_t *count, struct pending pending)
{
    if (!array_reserve(&flat->pending, &flat->pending_capacity, *count + 1, sizeof *flat->pending)) {
        flat->failed = true;
        return false;
    }
    flat->pending[(*count)++] = pending;
    return true;
}

/* Make the parameters wait that this expression needs and that have no value yet. False: it is in a circle with one of
 * them, or memory is out. */
static bool push_needs(const struct scope *scope, const struct expression *expression, size_t *count)
{
    struct flat *flat = scope->flat;
    size_t waiting = *count;
    for (size_t u = 0; u < expression->uses; u++) {
        const struct expression_use *use = &expression->use[u];
        struct place place =
            find_place(scope, use->whole.text, use->whole.length, (uint32_t)(use->binding - 1));
        struct pending need = {place.level, place.number};
        if (place.kind != PLACE_PARAMETER)
            continue;
        if (cell_at(flat, need)->state == VALUE_OPEN) {
            break_circle(flat, need, waiting);
            return false;
        }
        if (cell_at(flat, need)->state == VALUE_UNKNOWN && !push_pending(flat, count, need))
            return false;
    }
    return true;
}

/* Work on the last pending parameter: it gets its value, or what it needs becomes pending. */
static void advance(struct flat *flat, size_t *count)
{
    struct pending at = flat->pending[*count - 1];
    struct cell *cell = cell_at(flat, at);
    struct scope scope = {flat, at.level, at.level > 0 ? at.number : NO_NUMBER};
    if (cell->state != VALUE_UNKNOWN && cell->state != VALUE_OPEN) {
        --*count;
        return;
    }
    const struct origin *origin = flat->frame[at.level].origin;
    flat->diagnostics->origin = cell->given ? origin->outer : origin;
    struct rule rule = rule_at(&scope, at);
    if (rule.wrong) {
        cell->state = VALUE_WRONG;
    } else if (!rule.expression) {
        cell->value = rule.number;
        cell->state = VALUE_KNOWN;
    } else if (cell->state == VALUE_UNKNOWN) {
        cell->state = VALUE_OPEN;
        push_needs(&scope, rule.expression, count);
        return;
    } else if (run(&scope, rule.expression, rule.purpose, &cell->value)) {
        cell->state = VALUE_KNOWN;
    } else {
        spoil(flat, at);
    }
    --*count;
}

/* Give a parameter its value, and before it all that it needs; no recursion, so no chain is too long. */
static void evaluate_parameter(struct flat *flat, size_t level, uint32_t number)
{
    size_t count = 0;
    const struct origin *origin = flat->diagnostics->origin;
    push_pending(flat, &count, (struct pending){level, number});
    while (count > 0 && !flat->failed)
        advance(flat, &count);
    flat->diagnostics->origin = origin;
}

bool parameters_compile_given(struct flat *flat)
{
    const struct frame *frame = &flat->frame[flat->depth - 1];
    flat->diagnostics->origin = frame->origin->outer;
    for (size_t g = frame->givens; g < flat->givens && !flat->failed; g++) {
        struct given *given = &flat->given[g];
        if (given->is_number)
            continue;
        struct scope scope = {flat, flat->depth - 1, given->number};
        struct expression *once = given->binding ? NULL : arena_alloc(&flat->walk, sizeof *once);
        if (!given->binding && !once)
            flat->failed = true;
        else
            given->expression = compiled(&scope, given->text, given->binding, once, &flat->walk);
    }
    flat->diagnostics->origin = frame->origin;
    return !flat->failed;
}

bool parameters_evaluate_given(struct flat *flat)
{
    const struct frame *frame = &flat->frame[flat->depth - 1];
    bool right = true;
    for (size_t g = frame->givens; g < flat->givens; g++) {
        struct given *given = &flat->given[g];
        if (given->is_number || given->number == NAMES_NONE)
            continue;
        struct cell *cell = &flat->cell[frame->cells + given->number];
        if (cell->state == VALUE_UNKNOWN)
            evaluate_parameter(flat, flat->depth - 1, given->number);
        right &= cell->state == VALUE_KNOWN || cell->state == VALUE_GIVEN;
    }
    return right;
}

bool flatten_parameter(struct flat *flat, const char *text, size_t length, double *value)
{
    struct expression_use use = {.whole = {text, length}};
    struct scope scope = {flat, flat->level, NO_NUMBER};
    use.binding = (size_t)own_number(flat, flat->level, text, length) + 1;
    enum expression_answer answer = value_of(&scope, &use, value);
    if (answer == EXPRESSION_FAILED)
        *value = NAN;
    return answer != EXPRESSION_UNKNOWN;
}

bool flatten_is_given(struct flat *flat, const char *text, size_t length)
{
    const struct scope scope = {flat, flat->level, NO_NUMBER};
    double value;
    if (!parameters_is_given(text, length))
        return false;
    struct place place = find_place(&scope, text, length, own_number(flat, flat->level, text, length));
    return place.kind != PLACE_MULTIPLIER && place.kind != PLACE_PARAMETER &&
           !find_extra(flat, scope.level, text, length, &value);
}

void parameters_check(struct flat *flat)
{
    const struct table *table = &flat->definition->table[PARAMETERS];
    for (uint32_t name = 0; name < table->names.count && !flat->failed; name++) {
        const struct declaration *found = frames_declaration(flat, table, 0, name);
        if (found && !found->parameter->is_string && flat->cell[name].state == VALUE_UNKNOWN)
            evaluate_parameter(flat, 0, name);
    }
}
