#include "engine/undecided.h"

#include "circuit/voltage_loops.h"
#include "util/array.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Of what a sum is made of: less is rounding. */
static const double rounded = 1e-12;

/* A node of a part that floats on which the weights do not sum up to 0. False when memory is out. */
static bool find_part(struct undecided *undecided, const struct circuit *circuit, const struct operating_point *op,
                      const double *node)
{
    uint32_t nodes = circuit->nodes.count;
    double *sum = array_new(nodes, 2 * sizeof *sum), *size = sum + nodes;
    for (uint32_t n = 1; sum && n < nodes; n++) {
        if (op->floats[n] == POINT_TIED)
            continue;
        sum[op->floats[n]] += node[n];
        size[op->floats[n]] += fabs(node[n]);
    }
    for (uint32_t n = nodes; sum && n-- > 1;)
        if (op->floats[n] != POINT_TIED && node[n] != 0 && fabs(sum[op->floats[n]]) > rounded * size[op->floats[n]])
            undecided->node = n;
    free(sum);
    return sum;
}

static bool is_shared(const struct circuit *circuit, const struct operating_point *op, uint32_t e)
{
    return op->shared[e] && circuit->element[e].a != circuit->element[e].k;
}

/* A branch of a loop along which the weights do not sum up to 0: as if they were voltages. False when memory is out. */
static bool find_loop(struct undecided *undecided, const struct circuit *circuit, const struct operating_point *op,
                      const double *branch)
{
    struct voltage_loops loops = {0};
    uint32_t count = 0, weighs = UNDECIDED_NONE;
    for (uint32_t e = circuit->elements.count; e-- > 0;) {
        count += is_shared(circuit, op, e);
        if (is_shared(circuit, op, e) && branch[e] != 0)
            weighs = e;
    }
    if (weighs == UNDECIDED_NONE)
        return true;
    if (!voltage_loops_new(&loops, circuit->nodes.count, count))
        return false;
    count = 0;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (is_shared(circuit, op, e))
            loops.branch[count++] = (struct loop_branch){branch[e], element->a, element->k, e, LOOP_NONE};
    }
    voltage_loops_find(&loops);
    if (!loops.agree)
        undecided->element = weighs;
    voltage_loops_free(&loops);
    return true;
}

bool undecided_find(struct undecided *undecided, const struct circuit *circuit, const struct operating_point *op,
                    const double *node, const double *branch)
{
    *undecided = (struct undecided){UNDECIDED_NONE, UNDECIDED_NONE};
    return (!node || !op->any_floats || find_part(undecided, circuit, op, node)) &&
           (!branch || !op->any_shared || find_loop(undecided, circuit, op, branch));
}

void undecided_tell(const struct undecided *undecided, const struct circuit *circuit, char *text, size_t size)
{
    if (undecided->node != UNDECIDED_NONE)
        snprintf(text, size, "node %s floats", circuit->nodes.text[undecided->node]);
    else
        snprintf(text, size, "%s is in a loop without resistance, which may share its current otherwise",
                 circuit->elements.text[undecided->element]);
}

void undecided_weights(const struct circuit *circuit, const struct operating_point *op, double *weight)
{
    for (uint32_t e = 0; (op->any_floats || op->any_shared) && e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if ((op->any_shared && op->shared[e] && element->kind == ELEMENT_VSOURCE) ||
            (op->any_floats && op->floats[element->a] != op->floats[element->k]))
            weight[e] = NAN;
    }
}
