#include "elaborate/source_expression.h"

#include "laws/affine.h"
#include <math.h>
#include <string.h>

/* ---- what the expression uses ------------------------------------------------------------------------------------ */

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
static bool bind_name(struct builder *builder, struct expression_word name, double *value)
{
    if (flatten_parameter(builder->flat, name.text, name.length, value))
        return !isnan(*value);
    if (is_known(name, value))
        return true;
    const char *near = flatten_nearest_parameter(builder->flat, name.text, name.length);
    diagnose(builder->diagnostics, ERROR_UNKNOWN_NAME, name.text, name.length, "%.*s is unknown%s%s%s",
             (int)name.length, name.text, near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    return false;
}

static bool bind_node(struct builder *builder, struct expression_word name, uint32_t *node)
{
    *node = name.length > 0 ? flatten_node(builder->flat, name.text, name.length, NULL) : GROUND;
    return *node != NAMES_NONE;
}

/* Give a use its meaning; *good: it has one, else a diagnostic. False when memory is out. */
static bool bind_use(struct builder *builder, const struct expression_use *use, struct source_use *bound, bool *good)
{
    *good = true;
    switch (use->kind) {
    case EXPRESSION_NAME:
        *good = bind_name(builder, use->whole, &bound->constant);
        return !flatten_failed(builder->flat);
    case EXPRESSION_VOLTAGE:
        bound->kind = SOURCE_VOLTAGE;
        return bind_node(builder, use->a, &bound->p) && bind_node(builder, use->b, &bound->q);
    case EXPRESSION_CURRENT:
        bound->kind = SOURCE_CURRENT;
        bound->name = use->a;
        return true;
    default:
        diagnose(builder->diagnostics, ERROR_BEHAVIOUR, use->whole.text, use->whole.length,
                 "%.*s cannot control: v(node), v(node,node) and i(element) can", (int)use->whole.length,
                 use->whole.text);
        *good = false;
        return true;
    }
}

/* All uses; where a function's body is to blame, a note leads there. */
static bool bind(struct builder *builder, struct source_expression *expression, bool *good)
{
    struct expression_word source = expression->code.source;
    *good = true;
    for (size_t q = 0; *good && q < expression->code.uses; q++) {
        const struct expression_use *use = &expression->code.use[q];
        if (!bind_use(builder, use, &expression->use[q], good))
            return false;
        uintptr_t at = (uintptr_t)use->whole.text, start = (uintptr_t)source.text;
        if (!*good && (at < start || at >= start + source.length))
            diagnose(builder->diagnostics, NOTE, source.text, source.length, "in a function called here");
    }
    return true;
}

static const struct expression_function *find_function(void *flat, const char *text, size_t length)
{
    return flatten_function(flat, text, length);
}

struct source_expression *source_expression_read(struct builder *builder, const struct card_reader *reader,
                                                 struct expression_word source, bool *done)
{
    struct flat *flat = builder->flat;
    struct expression_syntax syntax = {.language = EXPRESSION_BEHAVIOUR, .function = find_function, .data = flat};
    struct arena *arena = &builder->circuit->arena;
    struct source_expression *expression = arena_alloc(arena, sizeof *expression);
    *done = false;
    if (!expression)
        return NULL;
    enum expression_status status = expression_compile(&expression->code, &syntax, source, arena, builder->diagnostics);
    if (status != EXPRESSION_OK) {
        *done = status == EXPRESSION_WRONG;
        return NULL;
    }
    size_t size = (expression->code.uses + 1) * sizeof *expression->use;
    bool good;
    expression->random = flatten_random(flat, reader->card, source);
    expression->use = arena_alloc(arena, size);
    if (!expression->use)
        return NULL;
    memset(expression->use, 0, size);
    *done = bind(builder, expression, &good);
    return *done && good ? expression : NULL;
}

/* ---- of its own voltage ------------------------------------------------------------------------------------------ */

/* The voltage of a node, for a at u + s and k at s; where one is ground, s makes it so. */
static void add_node(uint32_t a, uint32_t k, uint32_t node, double sign, double *slope, double *shift)
{
    if (node == GROUND)
        return;
    if (a == GROUND)
        *slope -= sign; /* k is at -u */
    else
        *slope += node == a ? sign : 0;
    if (a != GROUND && k != GROUND)
        *shift += sign;
}

static bool is_own(const struct source_expression *expression, uint32_t a, uint32_t k)
{
    for (size_t q = 0; q < expression->code.uses; q++) {
        const struct source_use *use = &expression->use[q];
        bool own_nodes = (use->p == GROUND || use->p == a || use->p == k) &&
                         (use->q == GROUND || use->q == a || use->q == k);
        if (use->kind == SOURCE_CURRENT || (use->kind == SOURCE_VOLTAGE && !own_nodes))
            return false;
    }
    return true;
}

bool source_expression_own(const struct source_expression *expression, struct arena *arena, uint32_t a, uint32_t k,
                           struct expression_law **own)
{
    size_t uses = expression->code.uses, size = (3 * uses + 1) * sizeof(double);
    *own = NULL;
    if (!is_own(expression, a, k))
        return true;
    struct expression_law *law = arena_alloc(arena, sizeof *law);
    double *meaning = arena_alloc(arena, size);
    if (!law || !meaning)
        return false;
    memset(meaning, 0, size);
    *law = (struct expression_law){expression->code, meaning, meaning + uses, meaning + 2 * uses, expression->random};
    for (size_t q = 0; q < uses; q++) {
        const struct source_use *use = &expression->use[q];
        law->constant[q] = use->constant;
        if (use->kind == SOURCE_VOLTAGE) {
            add_node(a, k, use->p, 1, &law->slope[q], &law->shift[q]);
            add_node(a, k, use->q, -1, &law->slope[q], &law->shift[q]);
        }
    }
    *own = law;
    return true;
}

/* ---- of controls ------------------------------------------------------------------------------------------------- */

static bool add_control(const struct source_use *use, struct builder *builder, struct controls *controls,
                        uint32_t *number)
{
    *number = CONTROL_NONE;
    if (use->kind == SOURCE_CURRENT)
        return controls_current(controls, builder, use->name, CONTROL_BY_ANY, number);
    return use->kind == SOURCE_CONSTANT || use->p == use->q || controls_voltage(controls, use->p, use->q, number);
}

/* A straight line as a polynomial of degree 1, or where nothing is added to it as a sum. */
static enum affine make_line(size_t n, struct arena *arena, struct control_law *law)
{
    double *line = arena_alloc(arena, (n + 1) * sizeof *line);
    enum affine found = line ? affine_read(law, n, line) : AFFINE_NO_MEMORY;
    if (found == AFFINE_LINE && line[0] == 0 && n > 0)
        *law = (struct control_law){.kind = CONTROL_LINEAR, .gain = line + 1};
    else if (found == AFFINE_LINE)
        *law = (struct control_law){.kind = CONTROL_POLYNOMIAL, .polynomial = {line, n + 1}};
    return found;
}

bool source_expression_law(const struct source_expression *expression, struct builder *builder,
                           const struct card_reader *reader, struct controls *controls, struct control_law *law,
                           bool *good)
{
    struct arena *arena = &builder->circuit->arena;
    size_t uses = expression->code.uses;
    uint32_t *control = arena_alloc(arena, (uses + 1) * sizeof *control);
    double *constant = arena_alloc(arena, (uses + 1) * sizeof *constant);
    if (!control || !constant)
        return false;
    for (size_t q = 0; q < uses; q++) {
        constant[q] = expression->use[q].constant;
        if (!add_control(&expression->use[q], builder, controls, &control[q]))
            return false;
    }
    *law = (struct control_law){.kind = CONTROL_EXPRESSION,
                                .expression = {&expression->code, control, constant, expression->random}};
    enum affine found = make_line(controls->count, arena, law);
    struct expression_word source = expression->code.source;
    *good = found != AFFINE_NO_VALUE;
    if (!*good)
        diagnose(builder->diagnostics, ERROR_NOT_FINITE, source.text, source.length, "%.*s: it has no value",
                 reader->name_length, reader->name);
    return found != AFFINE_NO_MEMORY;
}
