/* What an answer is.
 *
 * The derivatives' block triangular form says who hangs on whom: blocks are solved one after the other, each with what
 * those before it have found. A block whose equations are linear has one solution, where its matrix is regular. A block
 * without couplings inside is a convex program, of which the operating point is unique. A chain of such blocks has one
 * operating point. */
#include "general/equations_parts.h"
#include "general/general_parts.h"

#include "util/array.h"
#include <math.h>
#include <stdlib.h>

struct blocks {
    int32_t count;
    int32_t *of_row, *of_column; /* [n] */
    bool *curved;                /* [count] a law in it is no straight line */
    bool *coupled;               /* [count] a control, or a negative resistance, is in it */
};

static int32_t row_block(const struct blocks *blocks, uint32_t node)
{
    return node == GROUND ? -1 : blocks->of_row[node - 1];
}

static int32_t column_block(const struct blocks *blocks, uint32_t node)
{
    return node == GROUND ? -1 : blocks->of_column[node - 1];
}

/* A derivative in the equations of a and k, and of `branch` where there is one, by an unknown of block `column`. */
static void mark(struct blocks *blocks, const struct equations *equations, uint32_t e, int32_t column, bool *what)
{
    const struct element *element = &equations->circuit->element[e];
    uint32_t branch = equations->branch[e];
    if (column < 0)
        return;
    if (branch != EQUATIONS_NONE) {
        if (blocks->of_row[branch] == column)
            what[column] = true;
        return;
    }
    if (row_block(blocks, element->a) == column || row_block(blocks, element->k) == column)
        what[column] = true;
}

static void mark_node(struct blocks *blocks, const struct equations *equations, uint32_t e, uint32_t node, bool *what)
{
    mark(blocks, equations, e, column_block(blocks, node), what);
}

static void mark_own(struct blocks *blocks, const struct equations *equations, uint32_t e, bool *what)
{
    mark_node(blocks, equations, e, equations->circuit->element[e].a, what);
    mark_node(blocks, equations, e, equations->circuit->element[e].k, what);
}

static void mark_controls(struct blocks *blocks, const struct equations *equations, uint32_t e, bool *what)
{
    const struct circuit *circuit = equations->circuit;
    const struct coupling *coupling = &circuit->coupling[circuit->element[e].law];
    for (uint32_t c = 0; c < coupling->law.n; c++) {
        const struct control *control = &coupling->control[c];
        uint32_t p = control->p, q = control->q;
        if (control->kind == CONTROL_CURRENT) {
            uint32_t branch = equations->branch[control->p];
            if (branch != EQUATIONS_NONE) {
                mark(blocks, equations, e, blocks->of_column[branch], what);
                continue;
            }
            p = circuit->element[control->p].a;
            q = circuit->element[control->p].k;
        }
        mark_node(blocks, equations, e, p, what);
        mark_node(blocks, equations, e, q, what);
    }
}

/* A law that is not its own voltage's alone, or may fall, couples. */
static void mark_element(struct blocks *blocks, const struct equations *equations, uint32_t e)
{
    const struct circuit *circuit = equations->circuit;
    const struct element *element = &circuit->element[e];
    switch ((enum element_kind)element->kind) {
    case ELEMENT_RESISTOR:
        if (element->value < 0)
            mark_own(blocks, equations, e, blocks->coupled);
        break;
    case ELEMENT_DIODE:
        if (!law_is_line(&circuit->law[element->law]))
            mark_own(blocks, equations, e, blocks->curved);
        if (law_voltages(&circuit->law[element->law]) > 1 || law_may_fall(&circuit->law[element->law]))
            mark_own(blocks, equations, e, blocks->coupled);
        break;
    case ELEMENT_SWITCH: /* whether it turns hangs on its control, and what it does on the voltage across it */
        mark_controls(blocks, equations, e, blocks->curved);
        mark_controls(blocks, equations, e, blocks->coupled);
        break;
    case ELEMENT_CONTROLLED_VOLTAGE:
    case ELEMENT_CONTROLLED_CURRENT:
        mark_controls(blocks, equations, e, blocks->coupled);
        if (!control_law_is_linear(&circuit->coupling[element->law].law))
            mark_controls(blocks, equations, e, blocks->curved);
        break;
    default: break;
    }
}

/* A switch between its thresholds has two positions, and so has its circuit. */
static bool any_switch_is_free(const struct general *general)
{
    const struct equations *equations = general->equations;
    for (uint32_t e = 0; e < equations->circuit->elements.count; e++) {
        const struct element *element = &equations->circuit->element[e];
        if (element->kind != ELEMENT_SWITCH)
            continue;
        const struct coupling *coupling = &equations->circuit->coupling[element->law];
        double x = dd_value(equations_control(equations, coupling->control, general->hi, general->lo));
        if (x >= coupling->law.switching.off_below && x <= coupling->law.switching.on_above)
            return true;
    }
    return false;
}

/* A block with curved laws is a convex program where its unknowns are those of its equations, and no coupling is
 * inside. */
static bool all_are_alone(const struct equations *equations, const struct blocks *blocks)
{
    for (int32_t q = 0; q < equations->n; q++) {
        int32_t row = blocks->of_row[q], column = blocks->of_column[q];
        if (row != column && (blocks->curved[row] || blocks->curved[column]))
            return false;
        if (blocks->curved[row] && blocks->coupled[row])
            return false;
    }
    return true;
}

static bool blocks_new(struct blocks *blocks, const struct general *general)
{
    size_t n = (size_t)general->equations->n;
    *blocks = (struct blocks){.of_row = array_new(n, sizeof *blocks->of_row),
                              .of_column = array_new(n, sizeof *blocks->of_column),
                              .curved = array_new(n, sizeof *blocks->curved),
                              .coupled = array_new(n, sizeof *blocks->coupled)};
    if (!blocks->of_row || !blocks->of_column || !blocks->curved || !blocks->coupled)
        return false;
    blocks->count = lu_blocks(general->own ? general->own : general->on_path, blocks->of_row, blocks->of_column);
    return true;
}

static void blocks_free(struct blocks *blocks)
{
    free(blocks->of_row);
    free(blocks->of_column);
    free(blocks->curved);
    free(blocks->coupled);
}

enum general_class general_judge(struct general *general, bool *loops)
{
    const struct equations *equations = general->equations;
    struct blocks blocks;
    equations_start(equations, general->op, general->hi, general->lo);
    bool done = blocks_new(&blocks, general), unique = done;
    for (uint32_t e = 0; done && e < equations->circuit->elements.count; e++)
        mark_element(&blocks, equations, e);
    *loops = !done;
    for (int32_t b = 0; done && b < blocks.count; b++)
        *loops |= blocks.coupled[b];
    unique = unique && (equations->is_linear || (!any_switch_is_free(general) && all_are_alone(equations, &blocks)));
    blocks_free(&blocks);
    return unique ? GENERAL_UNIQUE : GENERAL_SOLUTION;
}
