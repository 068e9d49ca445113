#include "elaborate/switches.h"

#include "netlist/cards.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- models ------------------------------------------------------------------------------------------------------ */

bool switch_model_type(const struct arg *type, struct switch_model *model)
{
    bool by_current = arg_is(type, "csw") || arg_is(type, "iswitch");
    *model = (struct switch_model){.by_current = by_current, .ron = 1, .roff = NAN, .on = NAN, .off = NAN};
    return by_current || arg_is(type, "sw") || arg_is(type, "vswitch");
}

bool switch_model_read(struct switch_model *model, struct card_reader *reader, double gmin,
                       struct diagnostics *diagnostics)
{
    bool i = model->by_current;
    const struct key keys[] = {{"ron", &model->ron, 1},
                               {"roff", &model->roff, 1},
                               {i ? "it" : "vt", &model->threshold, 1},
                               {i ? "ih" : "vh", &model->hysteresis, 1},
                               {i ? "ion" : "von", &model->on, 1},
                               {i ? "ioff" : "voff", &model->off, 1},
                               {NULL, NULL, 0}};
    const struct arg *name = reader->card->arg + 1;
    card_reader_model(reader, diagnostics, keys, "switch");
    model->roff = isnan(model->roff) ? 1 / gmin : model->roff;
    model->is_smooth = !isnan(model->on) && !isnan(model->off) && model->on != model->off;
    if (reader->failed)
        return false;
    if (model->ron > 0 && isfinite(model->ron) && model->roff > 0 && isfinite(model->roff))
        return true;
    diagnose(diagnostics, ERROR_MODEL_VALUE, name->text, name->length, "the model %.*s: ron and roff must be positive",
             (int)name->length, name->text);
    return false;
}

/* ---- elements ---------------------------------------------------------------------------------------------------- */

/* The controlling nodes or element. *number is that of the control. */
static bool take_control(struct builder *builder, struct card_reader *reader, struct controls *controls,
                         uint32_t *number)
{
    uint32_t p, q;
    size_t length;
    if (reader->card->kind == CARD_S)
        return builder_take_node(builder, reader, &p) && (reader->failed || builder_take_node(builder, reader, &q)) &&
               (reader->failed || controls_voltage(controls, p, q, number));
    const struct arg *name = card_reader_node(reader, &length);
    if (!name) {
        card_reader_missing(reader, builder->diagnostics, "controlling element");
        return true;
    }
    return controls_current(controls, builder, (struct expression_word){name->text, length}, CONTROL_BY_BRANCH, number);
}

/* on or off behind the model; anything else is a diagnostic. */
static bool take_state(struct card_reader *reader, struct diagnostics *diagnostics)
{
    const struct key none[] = {{"on", NULL, 0}, {"off", NULL, 0}, {NULL, NULL, 0}};
    const struct arg *state = card_reader_peek(reader);
    card_reader_keys(reader, diagnostics, none);
    return state && arg_is(state, "on");
}

/* ln R runs between those of ron and roff as 3/2 x - 2 x^3, x from -1/2 to 1/2 between off and on; PSpice's rule. The
 * control is number 1, behind its own voltage. */
static bool make_smooth(const struct switch_model *model, struct arena *arena, struct control_law *law)
{
    enum { SIZE = 300, USES = 2 };
    static const struct expression_syntax syntax = {.language = EXPRESSION_BEHAVIOUR};
    static const uint32_t control[USES] = {1, 1};
    static const double constant[USES] = {0, 0};
    struct diagnostics unused = {0};
    struct expression *code = arena_alloc(arena, sizeof *code);
    char text[SIZE], x[SIZE / 3];
    double middle = (model->on + model->off) / 2, width = model->on - model->off;
    snprintf(x, sizeof x, "limit((v(x)-(%.17g))/(%.17g),-0.5,0.5)", middle, width);
    int length = snprintf(text, sizeof text, "exp(%.17g+(%.17g)*%s*(1.5-2*%s^2))", log(model->ron * model->roff) / 2,
                          log(model->ron / model->roff), x, x);
    const char *source = arena_text(arena, text, (size_t)length);
    if (!code || !source ||
        expression_compile(code, &syntax, (struct expression_word){source, (size_t)length}, arena, &unused) !=
            EXPRESSION_OK)
        return false;
    *law = (struct control_law){
        .kind = CONTROL_EXPRESSION, .divides = true, .expression = {code, control, constant, random_from(0)}};
    return true;
}

/* With a negative hysteresis it is on above the lower threshold. */
static struct control_law abrupt(const struct switch_model *model, double m, bool starts_on)
{
    return (struct control_law){.kind = CONTROL_SWITCH,
                                .switching = {.ron = model->ron / m,
                                              .roff = model->roff / m,
                                              .on_above = model->threshold + model->hysteresis,
                                              .off_below = model->threshold - fabs(model->hysteresis),
                                              .starts_on = starts_on}};
}

static bool add_switch(struct builder *builder, const struct card_reader *reader, struct element element,
                       const struct switch_model *model, struct controls *controls, bool starts_on)
{
    double m = flatten_multiplier(builder->flat);
    struct control_law law = abrupt(model, m, starts_on);
    uint32_t number;
    if (m == 0) {
        element.kind = ELEMENT_CAPACITOR; /* none of it is there */
        return builder_add(builder, reader, element);
    }
    element.kind = model->is_smooth ? ELEMENT_CONTROLLED_CURRENT : ELEMENT_SWITCH;
    element.value = model->is_smooth ? m : starts_on ? law.switching.ron : law.switching.roff;
    if (model->is_smooth && !make_smooth(model, &builder->circuit->arena, &law))
        return false;
    const struct control *control = controls_finish(controls, builder);
    if (!control || !builder_add_coupling(builder, law, control, controls->count, &number))
        return false;
    element.law = number;
    return builder_add(builder, reader, element);
}

/* Its own voltage is the first control, where the model is a smooth one. */
static bool build(struct builder *builder, struct card_reader *reader, struct controls *controls)
{
    struct element element = {.kind = ELEMENT_SWITCH};
    const struct switch_model *model = NULL;
    uint32_t number;
    struct controls smooth = {0};
    if (!builder_take_nodes(builder, reader, &element) || reader->failed)
        return !flatten_failed(builder->flat);
    if (!take_control(builder, reader, controls, &number))
        return false;
    const struct arg *name = reader->failed ? NULL : card_reader_next(reader);
    if (!name) {
        if (!reader->failed)
            card_reader_missing(reader, builder->diagnostics, "model name");
        return true;
    }
    if (!models_switch(&builder->models, reader, name, reader->card->kind == CARD_W, builder->diagnostics, &model))
        return false;
    bool starts_on = take_state(reader, builder->diagnostics);
    if (!model || reader->failed)
        return true;
    if (!model->is_smooth)
        return add_switch(builder, reader, element, model, controls, starts_on);
    bool done = controls_voltage(&smooth, element.a, element.k, &number) && controls_append(&smooth, controls) &&
                add_switch(builder, reader, element, model, &smooth, starts_on);
    controls_free(&smooth);
    return done;
}

bool switches_build(struct builder *builder, const struct card *card)
{
    struct card_reader reader = card_reader_in(builder->flat, card);
    struct controls controls = {.keeps_twice = true};
    bool done = reader.name && build(builder, &reader, &controls);
    controls_free(&controls);
    return done;
}
