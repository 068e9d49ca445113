/* The structure of the equations: which unknowns there are, and where derivatives stand. */
#include "general/equations_parts.h"

#include "circuit/forest.h"
#include "util/array.h"
#include "util/disjoint.h"
#include "util/random.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool equations_are_linear(const struct circuit *circuit, bool always)
{
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        const struct coupling *coupling = circuit_coupling(circuit, e);
        const struct law *law = &circuit->law[element->kind == ELEMENT_DIODE ? element->law : 0];
        if (element->kind == ELEMENT_DIODE && (always ? !law_is_line(law) : law->curve != NULL))
            return false;
        bool straight = !coupling || control_law_is_linear(&coupling->law);
        if (element->kind == ELEMENT_SWITCH ? always : !straight)
            return false;
    }
    return true;
}

/* ---- unknowns ---------------------------------------------------------------------------------------------------- */

static uint32_t count_currents(const struct circuit *circuit)
{
    uint32_t count = 0;
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        count += circuit_unknown_current(circuit, &circuit->element[e]);
    return count;
}

/* The controls of all couplings with devices, first [couplings + 1] out where it is not NULL. */
static size_t near_controls(const struct circuit *circuit, size_t *first)
{
    size_t count = 0;
    for (size_t c = 0; c < circuit->couplings; c++) {
        const struct control_law *law = &circuit->coupling[c].law;
        if (first)
            first[c] = count;
        count += law->kind == CONTROL_DEVICE ? law->n : 0;
    }
    if (first)
        first[circuit->couplings] = count;
    return count;
}

static size_t most_work(const struct circuit *circuit)
{
    size_t most = 0;
    for (size_t c = 0; c < circuit->couplings; c++) {
        const struct control_law *law = &circuit->coupling[c].law;
        size_t work = law->kind == CONTROL_SWITCH ? 0 : control_law_work(law);
        most = work > most ? work : most;
    }
    return most;
}

static void number_currents(struct equations *equations)
{
    uint32_t next = equations->nodes;
    for (uint32_t e = 0; e < equations->circuit->elements.count; e++) {
        bool has = circuit_unknown_current(equations->circuit, &equations->circuit->element[e]);
        const struct element *element = &equations->circuit->element[e];
        equations->branch[e] = has ? next : EQUATIONS_NONE;
        equations->any_states |= element->kind == ELEMENT_SWITCH || (has && element->kind == ELEMENT_DIODE);
        if (has)
            equations->owner[next++ - equations->nodes] = e;
    }
}

/* With x; what has a constant beside its gains counts as such. */
static bool changes(const struct circuit *circuit, uint32_t e)
{
    const struct element *element = &circuit->element[e];
    const struct coupling *coupling = circuit_coupling(circuit, e);
    if (element->kind == ELEMENT_DIODE)
        return !law_is_line(&circuit->law[element->law]);
    return coupling && !control_law_is_sum(&coupling->law);
}

static bool is_scaled(const struct circuit *circuit, uint32_t e)
{
    const struct element *element = &circuit->element[e];
    return circuit_coupling(circuit, e) || (element->kind == ELEMENT_RESISTOR && element->value < 0);
}

/* Where the voltage from p to q is among the tangents of a transfer; EQUATIONS_NONE: it is not. */
static uint32_t find_near(const struct equations *equations, uint32_t transfer, uint32_t p, uint32_t q)
{
    const struct coupling *coupling = circuit_coupling(equations->circuit, transfer);
    for (uint32_t c = 0; coupling && c < coupling->law.n; c++)
        if (coupling->control[c].p == p && coupling->control[c].q == q)
            return (uint32_t)equations->first_near[equations->circuit->element[transfer].law] + c;
    return EQUATIONS_NONE;
}

/* A junction of a device has its tangent where a transfer of the same device has it, that hangs on the same voltage, or
 * on two of which that is the difference. */
static struct leader find_leader(const struct equations *equations, const struct device *device,
                                 const struct element *junction)
{
    const struct circuit *circuit = equations->circuit;
    for (uint32_t e = device->first; e < device->first + device->parts; e++) {
        uint32_t plus = find_near(equations, e, junction->a, junction->k);
        const struct coupling *coupling = circuit_coupling(circuit, e);
        if (plus != EQUATIONS_NONE)
            return (struct leader){plus, EQUATIONS_NONE};
        for (uint32_t c = 0; coupling && c < coupling->law.n; c++) {
            plus = find_near(equations, e, junction->a, coupling->control[c].q);
            uint32_t minus = find_near(equations, e, junction->k, coupling->control[c].q);
            if (plus != EQUATIONS_NONE && minus != EQUATIONS_NONE)
                return (struct leader){plus, minus};
            plus = find_near(equations, e, coupling->control[c].p, junction->k);
            minus = find_near(equations, e, coupling->control[c].p, junction->a);
            if (plus != EQUATIONS_NONE && minus != EQUATIONS_NONE)
                return (struct leader){plus, minus};
        }
    }
    return (struct leader){EQUATIONS_NONE, EQUATIONS_NONE};
}

static void find_leaders(struct equations *equations)
{
    const struct circuit *circuit = equations->circuit;
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        equations->leader[e] = (struct leader){EQUATIONS_NONE, EQUATIONS_NONE};
    for (size_t d = 0; d < circuit->devices; d++) {
        const struct device *device = &circuit->device[d];
        for (uint32_t e = device->first; e < device->first + device->parts; e++)
            if (circuit->element[e].kind == ELEMENT_DIODE)
                equations->leader[e] = find_leader(equations, device, &circuit->element[e]);
    }
}

static void list_elements(struct equations *equations)
{
    for (uint32_t e = 0; e < equations->circuit->elements.count; e++) {
        const struct element *element = &equations->circuit->element[e];
        if (changes(equations->circuit, e))
            equations->curved[equations->curves++] = e;
        else if (is_scaled(equations->circuit, e))
            equations->scaled[equations->scales++] = e;
        if (element_is_source(element))
            equations->source[equations->sources++] = e;
    }
}

static void draw_nudges(struct equations *equations)
{
    const double size = 1e-6; /* A */
    struct random random = random_from(1);
    for (uint32_t node = 0; node < equations->nodes; node++)
        equations->nudge[node] = size * random_uniform(&random);
}

/* ---- loops of sources and shorts --------------------------------------------------------------------------------- */

struct loops {
    struct forest forest;
    struct forest_edge *edge; /* [edges] */
    uint32_t *element;        /* [edges] */
    bool *in_tree;            /* [edges] */
    uint32_t *path;           /* [nodes] */
    uint32_t edges;
    void *block;
};

static bool loops_new(struct loops *loops, const struct equations *equations)
{
    const struct circuit *circuit = equations->circuit;
    uint32_t nodes = circuit->nodes.count, most = (uint32_t)equations->n - equations->nodes;
    const struct array_request request[] = {
        {&loops->edge, most, sizeof *loops->edge},
        {&loops->element, most, sizeof *loops->element},
        {&loops->in_tree, most, sizeof *loops->in_tree},
        {&loops->path, nodes, sizeof *loops->path},
    };
    loops->block = arrays_new(request, sizeof request / sizeof *request);
    if (!loops->block)
        return false;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (!element_is_voltage_defined(element))
            continue;
        loops->edge[loops->edges] = (struct forest_edge){element->a, element->k};
        loops->element[loops->edges++] = e;
    }
    if (!forest_build(&loops->forest, nodes, loops->edge, loops->edges, NULL))
        return false;
    for (uint32_t v = 0; v < nodes; v++)
        if (loops->forest.via[v] != FOREST_NO_EDGE)
            loops->in_tree[loops->forest.via[v]] = true;
    return true;
}

static void loops_free(struct loops *loops)
{
    forest_free(&loops->forest);
    free(loops->block);
}

/* A branch that closes a loop carries nothing; those of the loop share their current. False when memory is out. */
static bool open_loops(struct equations *equations, struct operating_point *op)
{
    struct loops loops = {0};
    bool done = loops_new(&loops, equations);
    for (uint32_t q = 0; done && q < loops.edges; q++) {
        if (loops.in_tree[q])
            continue;
        uint32_t length = forest_path(&loops.forest, loops.edge[q].a, loops.edge[q].k, loops.path);
        for (uint32_t s = 0; s < length; s++)
            op->shared[loops.element[loops.path[s]]] = true;
        op->shared[loops.element[q]] = op->any_shared = true;
        equations->replaced[equations->branch[loops.element[q]]] = true;
    }
    loops_free(&loops);
    return done;
}

/* ---- parts that float -------------------------------------------------------------------------------------------- */

/* An element through which a current can pass from a to k. */
static bool conducts(const struct element *element)
{
    return element->kind != ELEMENT_CAPACITOR && element->kind != ELEMENT_ISOURCE &&
           element->kind != ELEMENT_CONTROLLED_CURRENT;
}

/* Nodes whose difference an element sees: a controlled current does not see that at its ends, unless it is controlled
 * by it. */
static void join_seen(const struct circuit *circuit, uint32_t e, uint32_t *set)
{
    const struct element *element = &circuit->element[e];
    if (conducts(element))
        disjoint_join(set, element->a, element->k);
    const struct coupling *coupling = circuit_coupling(circuit, e);
    for (uint32_t c = 0; coupling && c < coupling->law.n; c++) {
        const struct control *control = &coupling->control[c];
        if (control->kind == CONTROL_VOLTAGE)
            disjoint_join(set, control->p, control->q);
    }
}

/* Nodes that can all rise together without any branch or control noticing are given relative to the first of them. */
static void tie_floating(struct equations *equations, struct operating_point *op)
{
    const struct circuit *circuit = equations->circuit;
    disjoint_init(equations->set, circuit->nodes.count);
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        join_seen(circuit, e, equations->set);
    for (uint32_t v = 1; v < circuit->nodes.count; v++) {
        uint32_t root = disjoint_root(equations->set, v);
        op->floats[v] = root == GROUND ? POINT_TIED : root;
        op->any_floats |= root != GROUND;
        equations->replaced[v - 1] = root == v;
    }
}

/* The first node of those of a coupling's controls that is not in ground's set. */
static uint32_t undecided_control(const struct coupling *coupling, uint32_t *set)
{
    for (uint32_t c = 0; c < coupling->law.n; c++) {
        const struct control *control = &coupling->control[c];
        if (control->kind != CONTROL_VOLTAGE)
            continue;
        if (disjoint_root(set, control->p) != GROUND)
            return control->p;
        if (disjoint_root(set, control->q) != GROUND)
            return control->q;
    }
    return EQUATIONS_NONE;
}

/* A gate that hangs on capacitors alone: controls see it, but no current comes to it or the nodes that it is joined
 * with, so that these could rise together. Loops of voltages may decide what controls them. */
static void find_undecided(struct equations *equations, const struct operating_point *op)
{
    const struct circuit *circuit = equations->circuit;
    uint32_t *set = equations->set;
    disjoint_init(set, circuit->nodes.count);
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        if (conducts(&circuit->element[e]) || circuit_coupling(circuit, e))
            disjoint_join(set, circuit->element[e].a, circuit->element[e].k);
    for (uint32_t node = 0; node < equations->nodes; node++)
        if (equations->replaced[node])
            disjoint_join(set, GROUND, node + 1);
    equations->undecided = EQUATIONS_NONE;
    for (uint32_t e = 0; e < circuit->elements.count && equations->undecided == EQUATIONS_NONE; e++)
        if (circuit_coupling(circuit, e) && !op->shared[e])
            equations->undecided = undecided_control(circuit_coupling(circuit, e), set);
}

/* ---- places of derivatives --------------------------------------------------------------------------------------- */

/* Places by column and then by row: counting sort, twice. order [count] out. False when memory is out. */
static bool sort_places(const struct place *place, size_t count, int32_t n, uint32_t *order)
{
    size_t *fill = array_new((size_t)n + 1, sizeof *fill);
    uint32_t *by_row = array_new(count, sizeof *by_row);
    bool done = fill && by_row;
    for (int pass = 0; done && pass < 2; pass++) {
        memset(fill, 0, ((size_t)n + 1) * sizeof *fill);
        for (size_t s = 0; s < count; s++)
            fill[(pass == 0 ? place[s].row : place[s].column) + 1]++;
        for (int32_t q = 0; q < n; q++)
            fill[q + 1] += fill[q];
        for (size_t s = 0; s < count; s++) {
            uint32_t here = pass == 0 ? (uint32_t)s : by_row[s];
            uint32_t key = pass == 0 ? place[here].row : place[here].column;
            (pass == 0 ? by_row : order)[fill[key]++] = here;
        }
    }
    free(fill);
    free(by_row);
    return done;
}

/* Compressed columns of sorted places, those at one place together; slot of each stamp. */
static void compress(struct equations *equations, const struct place *place, const uint32_t *order)
{
    int32_t entries = 0;
    size_t s = 0;
    for (int32_t column = 0; column < equations->n; column++) {
        equations->start[column] = entries;
        for (; s < equations->stamps && place[order[s]].column == (uint32_t)column; s++) {
            int32_t row = (int32_t)place[order[s]].row;
            if (entries == equations->start[column] || equations->row[entries - 1] != row) {
                equations->row[entries] = row;
                equations->vanishes[entries++] = true;
            }
            equations->vanishes[entries - 1] &= place[order[s]].vanishes;
            equations->slot[order[s]] = (uint32_t)entries - 1;
            if (row == column)
                equations->own[row] = (uint32_t)entries - 1;
        }
    }
    equations->start[equations->n] = entries;
    for (int32_t q = 0; q < entries; q++)
        equations->any_vanishes |= equations->vanishes[q];
}

static bool build_pattern(struct equations *equations)
{
    struct place *place = equations_places(equations, &equations->stamps);
    size_t count = equations->stamps;
    const struct array_request request[] = {
        {&equations->start, (size_t)equations->n + 1, sizeof *equations->start},
        {&equations->row, count, sizeof *equations->row},
        {&equations->value, count, sizeof *equations->value},
        {&equations->vanishes, count, sizeof *equations->vanishes},
        {&equations->base, count, sizeof *equations->base},
        {&equations->whole, count, sizeof *equations->whole},
        {&equations->slot, count, sizeof *equations->slot},
    };
    uint32_t *order = array_new(count, sizeof *order);
    bool done = place && order && count < INT32_MAX;
    if (done)
        equations->pattern = arrays_new(request, sizeof request / sizeof *request);
    done = done && equations->pattern && sort_places(place, count, equations->n, order);
    if (done)
        compress(equations, place, order);
    free(place);
    free(order);
    return done;
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

static bool make_arrays(struct equations *equations)
{
    const struct circuit *circuit = equations->circuit;
    size_t n = (size_t)equations->n, elements = circuit->elements.count, controls = circuit_most_controls(circuit);
    size_t nears = near_controls(circuit, NULL);
    const struct array_request request[] = {
        {&equations->branch, elements, sizeof *equations->branch},
        {&equations->owner, n - equations->nodes, sizeof *equations->owner},
        {&equations->replaced, n, sizeof *equations->replaced},
        {&equations->nudge, equations->nodes, sizeof *equations->nudge},
        {&equations->state, elements, sizeof *equations->state},
        {&equations->next, elements, sizeof *equations->next},
        {&equations->companion, elements, sizeof *equations->companion},
        {&equations->own, n, sizeof *equations->own},
        {&equations->first_stamp, elements + 1, sizeof *equations->first_stamp},
        {&equations->curved, elements, sizeof *equations->curved},
        {&equations->scaled, elements, sizeof *equations->scaled},
        {&equations->source, elements, sizeof *equations->source},
        {&equations->residual, n, sizeof *equations->residual},
        {&equations->magnitude, n, sizeof *equations->magnitude},
        {&equations->gain, n, sizeof *equations->gain},
        {&equations->work, most_work(circuit), sizeof *equations->work},
        {&equations->control, controls, sizeof *equations->control},
        {&equations->slope, controls, sizeof *equations->slope},
        {&equations->before, controls, sizeof *equations->before},
        {&equations->leader, elements, sizeof *equations->leader},
        {&equations->first_near, circuit->couplings + 1, sizeof *equations->first_near},
        {&equations->near, nears, sizeof *equations->near},
        {&equations->near_slope, nears, sizeof *equations->near_slope},
        {&equations->near_value, circuit->couplings, sizeof *equations->near_value},
        {&equations->shift, circuit->nodes.count, sizeof *equations->shift},
        {&equations->set, circuit->nodes.count, sizeof *equations->set},
    };
    equations->block = arrays_new(request, sizeof request / sizeof *request);
    if (equations->block)
        near_controls(circuit, equations->first_near);
    if (equations->block)
        equations_forget_companions(equations);
    return equations->block;
}

static uint64_t silent_sources(const struct equations *equations)
{
    uint64_t sum = 1;
    for (uint32_t s = 0; s < equations->sources; s++)
        if (equations->circuit->element[equations->source[s]].value == 0)
            sum = 31 * sum + equations->source[s];
    return sum;
}

bool equations_follow_sources(struct equations *equations)
{
    uint64_t silent = silent_sources(equations);
    if (silent == equations->silent)
        return true;
    still_blocks_free(&equations->blocks);
    equations->silent = silent;
    return still_blocks_find(&equations->blocks, equations->circuit, equations->is_linear, NULL);
}

struct equations *equations_new(struct circuit *circuit, struct operating_point *op)
{
    struct equations *equations = calloc(1, sizeof *equations);
    uint32_t nodes = circuit->nodes.count - 1, currents = count_currents(circuit);
    if (!equations || (uint64_t)nodes + currents > INT32_MAX) {
        free(equations);
        return NULL;
    }
    *equations = (struct equations){
        .circuit = circuit, .n = (int32_t)(nodes + currents), .nodes = nodes, .part = 1, .held = 1e-10};
    equations->is_linear = equations_are_linear(circuit, true);
    equations->is_straight = equations_are_linear(circuit, false);
    memset(op->shared, 0, circuit->elements.count * sizeof *op->shared);
    memset(op->floats, 0xff, circuit->nodes.count * sizeof *op->floats);
    op->any_shared = op->any_floats = false;
    if (make_arrays(equations)) {
        number_currents(equations);
        list_elements(equations);
        find_leaders(equations);
        draw_nudges(equations);
        tie_floating(equations, op);
        if (equations_follow_sources(equations) && open_loops(equations, op)) {
            find_undecided(equations, op);
            if (build_pattern(equations) && plain_junctions_find(&equations->plain, equations) &&
                no_gain_new(&equations->no_gain, circuit))
                return equations;
        }
    }
    equations_free(equations);
    return NULL;
}

void equations_free(struct equations *equations)
{
    if (!equations)
        return;
    still_blocks_free(&equations->blocks);
    no_gain_free(&equations->no_gain);
    plain_junctions_free(&equations->plain);
    free(equations->block);
    free(equations->pattern);
    free(equations);
}
