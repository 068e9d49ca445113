#include "engine/superposition_parts.h"

#include "util/array.h"
#include <math.h>
#include <stdlib.h>

/* Of one column at a time. */
struct coupled_column {
    double *v, *low;      /* [nodes] V */
    struct dd *held;      /* [elements] A, of branches that hold a voltage */
    struct dd *current;   /* [elements] A, of all */
    double *missed;       /* [elements] V */
    double *own;          /* [elements] what sources have in the circuit */
    double *value;        /* [sources] V or A, of those that drive it */
    uint32_t *source;     /* [sources] elements */
    uint32_t sources;
    bool *varies;         /* [elements] one of the superposition's */
    bool *still;          /* [elements] nothing flows in it, whatever the sources */
    void *block;
};

static bool column_new(struct coupled_column *column, const struct superposition *superposition)
{
    const struct engine *engine = superposition->engine;
    const struct circuit *circuit = engine->circuit;
    size_t nodes = circuit->nodes.count, elements = circuit->elements.count;
    const struct array_request request[] = {
        {&column->v, nodes, sizeof *column->v},
        {&column->low, nodes, sizeof *column->low},
        {&column->held, elements, sizeof *column->held},
        {&column->current, elements, sizeof *column->current},
        {&column->missed, elements, sizeof *column->missed},
        {&column->own, elements, sizeof *column->own},
        {&column->value, elements, sizeof *column->value},
        {&column->source, elements, sizeof *column->source},
        {&column->varies, elements, sizeof *column->varies},
        {&column->still, elements, sizeof *column->still},
    };
    column->block = arrays_new(request, sizeof request / sizeof *request);
    for (size_t e = 0; column->block && e < elements; e++) {
        column->own[e] = circuit->element[e].value;
        column->still[e] = engine->op.current[e] == 0 && circuit->element[e].kind != ELEMENT_ISOURCE;
    }
    for (uint32_t s = 0; column->block && s < superposition->sources; s++)
        column->varies[superposition->source[s]] = true;
    return column->block;
}

/* The sources that drive a column: one of those that vary, or in the last one all others. */
static void choose_sources(struct coupled_column *column, const struct superposition *superposition, uint32_t c)
{
    struct circuit *circuit = superposition->engine->circuit;
    column->sources = 0;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        struct element *element = &circuit->element[e];
        if (!element_is_source(element))
            continue;
        bool drives = c < superposition->sources ? e == superposition->source[c] : !column->varies[e];
        element->value = !drives ? 0 : c < superposition->sources ? superposition->scale[c] : column->own[e];
        if (drives) {
            column->source[column->sources] = e;
            column->value[column->sources++] = element->value;
        }
    }
}

static void keep_output(struct superposition *superposition, const struct coupled_column *column, size_t o,
                        size_t output, uint32_t c)
{
    const struct circuit *circuit = superposition->engine->circuit;
    struct observed_sum *sum = &superposition->sum[o];
    size_t nodes = circuit->nodes.count;
    sum->ohms = 1;
    if (output < nodes - 1) {
        sum->hi[c] = column->v[output + 1];
        sum->low[c] = column->low[output + 1];
        return;
    }
    size_t e = output - (nodes - 1);
    sum->is_current = element_holds_voltage(&circuit->element[e]);
    sum->hi[c] = column->still[e] ? 0 : column->current[e].hi;
    sum->low[c] = column->still[e] ? 0 : column->current[e].lo;
}

static void keep(struct superposition *superposition, const struct coupled_column *column, const size_t *output,
                 uint32_t c)
{
    const struct circuit *circuit = superposition->engine->circuit;
    size_t columns = superposition->columns;
    uint32_t emf = 0;
    for (uint32_t e = 0; e < superposition->branches; e++) {
        const struct element *element = &circuit->element[e];
        superposition->current[e * columns + c] = column->still[e] ? 0 : column->current[e].hi;
        if (element->kind != ELEMENT_CONTROLLED_VOLTAGE)
            continue;
        uint32_t a = element->a, k = element->k;
        struct dd u = dd_difference(column->v[a], column->low[a], column->v[k], column->low[k]);
        superposition->emf[emf * columns + c] = dd_value(u);
        superposition->missed[emf++ * columns + c] = column->missed[e];
    }
    for (size_t o = 0; o < superposition->outputs; o++)
        keep_output(superposition, column, o, output[o], c);
}

static bool respond(struct superposition *superposition, struct coupled_column *column, const size_t *output,
                    uint32_t c)
{
    choose_sources(column, superposition, c);
    if (general_drive(superposition->engine->general, column->sources, column->source, column->value, column->v,
                      column->low, column->held) != GENERAL_OK)
        return false;
    superposition->rho[c] = left_over_find_coupled(superposition->left, column->v, column->low, column->held,
                                                   column->still, column->current, column->missed);
    keep(superposition, column, output, c);
    return isfinite(superposition->rho[c]);
}

bool superposition_respond_coupled(struct superposition *superposition, const size_t *output)
{
    struct circuit *circuit = superposition->engine->circuit;
    struct coupled_column column = {0};
    bool done = column_new(&column, superposition);
    for (uint32_t e = 0; done && e < superposition->branches; e++)
        superposition->join[e] = 0; /* the size of a current that is given is its own */
    for (uint32_t c = 0; done && c < superposition->columns; c++)
        done = respond(superposition, &column, output, c);
    for (uint32_t e = 0; column.block && e < circuit->elements.count; e++)
        circuit->element[e].value = column.own[e];
    free(column.block);
    return done;
}
