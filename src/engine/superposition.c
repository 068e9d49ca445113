#include "engine/superposition_parts.h"

#include "convex/admits.h"
#include "engine/coupled.h"
#include "proof/certificate_quick.h"
#include "util/array.h"
#include "util/disjoint.h"
#include "util/kernel.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = SUPERPOSITION_LANES, HALF = LANES / 2, BLOCK = 8 /* responses at a time */ };
enum { TOGETHER = 4 }; /* branches for which coefficients are loaded once */

typedef double lanes __attribute__((vector_size(HALF * sizeof(double)), aligned(8), may_alias));

/* What the proof asks of Kirchhoff's law, of the tolerance: next to nothing costs no more. */
static const double share = 1e-3;

/* ---- responses --------------------------------------------------------------------------------------------------- */

/* Are there sources beside these that are not 0? drives [elements] of these. */
static bool has_others(const struct circuit *circuit, const bool *drives)
{
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        if (element_is_source(&circuit->element[e]) && !drives[e] && circuit->element[e].value != 0)
            return true;
    return false;
}

/* Of a node or a branch [count] columns from `first` on. */
static void keep_output(struct superposition *superposition, size_t output, size_t number,
                        const struct network_columns *columns, size_t first)
{
    const struct circuit *circuit = superposition->engine->circuit;
    struct observed_sum *sum = &superposition->sum[output];
    size_t nodes = circuit->nodes.count;
    const struct element *element = number < nodes - 1 ? NULL : &circuit->element[number - (nodes - 1)];
    bool by_voltage = element && element->kind == ELEMENT_RESISTOR;
    sum->ohms = by_voltage ? element->value : 1;
    sum->is_current = element && !by_voltage;
    for (size_t c = 0; c < columns->count; c++) {
        const double *v = columns->v + c * nodes, *low = columns->low + c * nodes;
        struct dd value = {0, 0};
        if (!element)
            value = (struct dd){v[number + 1], low[number + 1]};
        else if (by_voltage)
            value = dd_difference(v[element->a], low[element->a], v[element->k], low[element->k]);
        else
            value = dd_from(columns->i[c * circuit->elements.count + number - (nodes - 1)]);
        sum->hi[first + c] = value.hi;
        sum->low[first + c] = value.lo;
    }
}

/* The sources of a column; others that it has not are 0. */
static void set_sources(struct circuit *circuit, const struct network_columns *columns, size_t c)
{
    for (uint32_t e = 0; !columns->others && e < circuit->elements.count; e++)
        if (element_is_source(&circuit->element[e]))
            circuit->element[e].value = 0;
    for (uint32_t s = 0; s < columns->sources; s++)
        circuit->element[columns->source[s]].value = columns->value[c * columns->sources + s];
}

/* What is left over in each of the columns, by a proof that has not seen how they were found; and the sizes. own
 * [elements] the values that sources have; size [elements] work. */
static bool prove_columns(struct superposition *superposition, const struct network_columns *columns, uint32_t first,
                          const double *own, double *size)
{
    struct circuit *circuit = superposition->engine->circuit;
    size_t nodes = circuit->nodes.count, elements = circuit->elements.count;
    bool proved = true;
    for (size_t c = 0; proved && c < columns->count; c++) {
        set_sources(circuit, columns, c);
        superposition->rho[first + c] =
            left_over_find(superposition->left, columns->v + c * nodes, columns->low + c * nodes);
        proved = columns->found[c] && isfinite(superposition->rho[first + c]) &&
                 left_over_holds(superposition->left, columns->i + c * elements, superposition->rho[first + c]);
        left_over_sizes(superposition->left, columns->i + c * elements, size);
        for (size_t e = 0; e < elements; e++)
            if (superposition->join[e] > 0)
                superposition->size[(superposition->join[e] - 1) * superposition->columns + first + c] = size[e];
    }
    for (size_t e = 0; e < elements; e++)
        circuit->element[e].value = own[e];
    return proved;
}

/* Work of making responses. */
struct making {
    struct network_columns columns;
    double *value;      /* [BLOCK][sources] */
    double *own, *size; /* [elements] */
    void *block;
};

/* Columns from `first` on. False: not all of them are proved, or memory is out. */
static bool respond(struct superposition *superposition, struct making *making, uint32_t first, const size_t *output)
{
    struct network_columns *columns = &making->columns;
    double *value = making->value;
    struct engine *engine = superposition->engine;
    uint32_t sources = superposition->sources, branches = superposition->branches;
    columns->others = first == sources;
    columns->count = columns->others ? 1 : sources - first < BLOCK ? sources - first : BLOCK;
    columns->value = value;
    memset(value, 0, columns->count * sources * sizeof *value);
    for (uint32_t c = 0; !columns->others && c < columns->count; c++)
        value[c * sources + first + c] = superposition->scale[first + c];
    if (network_drive(region_network(engine->region), columns, &engine->info) != NETWORK_OK ||
        !prove_columns(superposition, columns, first, making->own, making->size))
        return false;
    for (uint32_t b = 0; b < branches; b++)
        for (size_t c = 0; c < columns->count; c++)
            superposition->current[(size_t)b * superposition->columns + first + c] = columns->i[c * branches + b];
    for (size_t o = 0; o < superposition->outputs; o++)
        keep_output(superposition, o, output[o], columns, first);
    return true;
}

/* Of what the current of a branch is made in a response, A. */
static double size_in(const struct superposition *superposition, uint32_t b, uint32_t s)
{
    size_t columns = superposition->columns;
    return superposition->join[b] > 0 ? superposition->size[(superposition->join[b] - 1) * columns + s]
                                      : fabs(superposition->current[b * columns + s]);
}

static void sum_sizes(struct superposition *superposition)
{
    for (uint32_t b = 0; b < superposition->branches; b++)
        for (uint32_t s = 0; s < superposition->columns; s++)
            superposition->whole[b] += size_in(superposition, b, s);
}

static bool respond_all(struct superposition *superposition, const size_t *output)
{
    const struct engine *engine = superposition->engine;
    const struct circuit *circuit = engine->circuit;
    struct making making = {0};
    const struct array_request request[] = {
        {&making.value, (size_t)BLOCK * superposition->sources, sizeof *making.value},
        {&making.own, circuit->elements.count, sizeof *making.own},
        {&making.size, circuit->elements.count, sizeof *making.size},
    };
    making.block = arrays_new(request, sizeof request / sizeof *request);
    making.columns.finely = true;
    bool done = making.block && network_columns_new(&making.columns, region_network(engine->region), BLOCK,
                                                    superposition->sources, superposition->source);
    for (uint32_t e = 0; done && e < circuit->elements.count; e++)
        making.own[e] = circuit->element[e].value;
    for (uint32_t first = 0; done && first < superposition->columns;) {
        done = respond(superposition, &making, first, output);
        first += (uint32_t)making.columns.count;
    }
    network_columns_free(&making.columns);
    free(making.block);
    return done;
}

/* A circuit without parts that float, nor loops of sources. */
static bool is_possible(const struct engine *engine)
{
    return !engine->op.any_floats && !engine->op.any_shared && (engine->general || engine->region);
}

/* The answer where all these sources have values, in no simple proportion to each other: so that what is dead there is
 * dead in each response. Of linear circuits alone. */
static bool solve_generic(struct engine *engine, uint32_t sources, const uint32_t *source, const double *scale)
{
    const double golden = 0.6180339887498949;
    struct diagnostics unheard = {0};
    for (uint32_t s = 0; s < sources; s++)
        engine_set_source(engine, source[s], scale[s] * (1 + fmod(s * golden, 1) / 2));
    bool done = left_over_is_for(engine->circuit) && engine_solve(engine, &unheard) == ENGINE_OK &&
                (convex_admits(engine->circuit) || (coupled_make_equations(engine) && engine->general));
    diagnostics_free(&unheard);
    return done;
}

static bool arrays(struct superposition *superposition)
{
    size_t columns = superposition->columns, outputs = superposition->outputs;
    double *parts;
    const struct array_request request[] = {
        {&superposition->current, (superposition->branches + TOGETHER) * columns, sizeof(double)},
        {&superposition->whole, superposition->branches + TOGETHER, sizeof(double)},
        {&superposition->scale, superposition->sources, sizeof(double)},
        {&superposition->size, superposition->joins * columns, sizeof(double)},
        {&superposition->rho, columns, sizeof(double)},
        {&superposition->emf, superposition->emfs * columns, sizeof(double)},
        {&superposition->missed, superposition->emfs * columns, sizeof(double)},
        {&superposition->join, superposition->branches, sizeof *superposition->join},
        {&superposition->sum, outputs, sizeof *superposition->sum},
        {&parts, 2 * outputs * columns, sizeof *parts},
    };
    superposition->block = arrays_new(request, sizeof request / sizeof *request);
    uint32_t joins = 0;
    for (uint32_t e = 0; superposition->block && e < superposition->branches; e++)
        superposition->join[e] = element_is_voltage_defined(&superposition->engine->circuit->element[e]) ? ++joins : 0;
    for (size_t o = 0; superposition->block && o < outputs; o++) {
        superposition->sum[o].hi = parts + 2 * o * columns;
        superposition->sum[o].low = parts + (2 * o + 1) * columns;
    }
    return superposition->block;
}

static void find_scales(struct superposition *superposition, const double *largest)
{
    for (uint32_t s = 0; s < superposition->sources; s++) {
        int exponent;
        frexp(largest[s], &exponent);
        superposition->scale[s] = ldexp(1, exponent);
    }
}

bool superposition_new(struct superposition **made, struct engine *engine, uint32_t sources, const uint32_t *source,
                       const double *largest, size_t outputs, const size_t *output)
{
    const struct circuit *circuit = engine->circuit;
    struct superposition *superposition = calloc(1, sizeof *superposition);
    bool *drives = array_new(circuit->elements.count, sizeof *drives), done = superposition && drives;
    *made = NULL;
    for (uint32_t s = 0; done && s < sources; s++)
        drives[source[s]] = true;
    if (done) {
        *superposition = (struct superposition){.engine = engine, .sources = sources, .source = source,
                                                .outputs = outputs, .branches = circuit->elements.count};
        superposition->columns = sources + has_others(circuit, drives);
        for (uint32_t e = 0; e < circuit->elements.count; e++) {
            superposition->joins += element_is_voltage_defined(&circuit->element[e]);
            superposition->emfs += circuit->element[e].kind == ELEMENT_CONTROLLED_VOLTAGE;
        }
        done = arrays(superposition);
    }
    free(drives);
    if (done) {
        find_scales(superposition, largest);
        if (solve_generic(engine, sources, source, superposition->scale) && is_possible(engine)) {
            superposition->worst = engine->certificate;
            superposition->left = left_over_new(circuit);
            if (superposition->left && (engine->general ? superposition_respond_coupled(superposition, output)
                                                        : respond_all(superposition, output))) {
                sum_sizes(superposition);
                *made = superposition;
            }
        }
    }
    if (!*made)
        superposition_free(superposition);
    return done;
}

void superposition_free(struct superposition *superposition)
{
    if (!superposition)
        return;
    left_over_free(superposition->left);
    free(superposition->block);
    free(superposition);
}

double superposition_derivative(const struct superposition *superposition, size_t output, uint32_t source)
{
    const struct observed_sum *sum = &superposition->sum[output];
    return sum->hi[source] / superposition->scale[source] / sum->ohms;
}

struct certificate superposition_certificate(const struct superposition *superposition)
{
    struct certificate certificate = superposition->worst;
    certificate.tolerance = superposition->engine->options.tolerance;
    certificate.kcl_relative = share * certificate.tolerance; /* no more is known */
    return certificate;
}

/* ---- few points -------------------------------------------------------------------------------------------------- */

static void take_outputs(const struct engine *engine, const struct network_columns *columns, size_t c, size_t outputs,
                         const size_t *output, double *result)
{
    size_t nodes = engine->circuit->nodes.count, elements = engine->circuit->elements.count;
    for (size_t o = 0; o < outputs; o++)
        result[o] = (output[o] < nodes - 1 ? columns->v[c * nodes + output[o] + 1]
                                           : columns->i[c * elements + output[o] - (nodes - 1)]) + 0.0;
}

/* What few points are found in. */
struct few {
    struct network_columns columns;
    double *own, *largest; /* [elements], [sources] */
    void *room, *block;
};

static bool few_new(struct few *few, const struct engine *engine, uint32_t sources, const uint32_t *source)
{
    const struct circuit *circuit = engine->circuit;
    const struct array_request request[] = {
        {&few->own, circuit->elements.count, sizeof *few->own},
        {&few->largest, sources, sizeof *few->largest},
    };
    few->block = arrays_new(request, sizeof request / sizeof *request);
    few->room = array_new(certificate_quick_room(circuit), 1);
    for (uint32_t e = 0; few->block && e < circuit->elements.count; e++)
        few->own[e] = circuit->element[e].value;
    for (uint32_t s = 0; few->block && s < sources; s++)
        few->largest[s] = circuit->element[source[s]].value != 0 ? circuit->element[source[s]].value : 1;
    return few->block && few->room;
}

/* A block of columns that are filled: which of them are proved? */
static void judge_columns(struct few *few, struct engine *engine, bool *proved, struct superposition_found *results)
{
    struct circuit *circuit = engine->circuit;
    const struct network_columns *columns = &few->columns;
    size_t nodes = circuit->nodes.count, elements = circuit->elements.count;
    for (size_t c = 0; c < columns->count; c++) {
        const struct claim claim = {circuit, columns->v + c * nodes, columns->low + c * nodes,
                                    columns->i + c * elements};
        struct certificate certificate;
        set_sources(circuit, columns, c);
        proved[c] = columns->found[c] &&
                    certificate_quick(&certificate, &claim, &engine->tables, engine->options.tolerance, few->room);
        if (proved[c] && (results->count == 0 || certificate_worse(&certificate, &results->worst)))
            results->worst = certificate;
        results->count += proved[c];
    }
    for (size_t e = 0; e < elements; e++)
        circuit->element[e].value = few->own[e];
}

bool superposition_few(struct engine *engine, const struct superposition_request *request,
                       struct superposition_found *results)
{
    const uint32_t sources = request->sources, *source = request->source;
    const size_t all = request->points, outputs = request->outputs;
    struct few few = {0};
    results->count = 0;
    bool done = few_new(&few, engine, sources, source);
    bool possible = done && convex_admits(engine->circuit) && solve_generic(engine, sources, source, few.largest) &&
                    is_possible(engine);
    if (possible)
        done = network_columns_new(&few.columns, region_network(engine->region), all < BLOCK ? all : BLOCK,
                                   sources, source);
    few.columns.others = true;
    for (size_t first = 0; done && possible && first < all; first += few.columns.count) {
        few.columns.count = all - first < few.columns.most ? all - first : few.columns.most;
        few.columns.value = request->value + first * sources;
        enum network_status status = network_drive(region_network(engine->region), &few.columns, &engine->info);
        done = status != NETWORK_NO_MEMORY;
        possible = status == NETWORK_OK;
        if (possible)
            judge_columns(&few, engine, results->proved + first, results);
        for (size_t c = 0; possible && c < few.columns.count; c++)
            take_outputs(engine, &few.columns, c, outputs, request->output, results->result + (first + c) * outputs);
    }
    network_columns_free(&few.columns);
    free(few.block);
    free(few.room);
    return done;
}

/* ---- points ------------------------------------------------------------------------------------------------------ */

/* One thread's. */
struct room {
    double *coefficient; /* [columns][LANES] */
    double *i, *m;                   /* [branches] of one point */
    uint32_t *set;                   /* [nodes] */
};

static size_t room_size(const struct superposition *superposition)
{
    size_t doubles = (size_t)superposition->columns * LANES + 2 * (size_t)superposition->branches;
    return doubles * sizeof(double) +
           superposition->engine->circuit->nodes.count * sizeof(uint32_t);
}

void *superposition_room(const struct superposition *superposition)
{
    return array_new(room_size(superposition), 1);
}

static struct room room_at(const struct superposition *superposition, void *memory)
{
    size_t columns = superposition->columns, branches = superposition->branches;
    double *doubles = memory;
    struct room room = {.coefficient = doubles, .i = doubles + columns * LANES};
    room.m = room.i + branches;
    room.set = (uint32_t *)(void *)(room.m + branches);
    return room;
}

/* i [TOGETHER][LANES] of the branches from x on. x [TOGETHER][columns] */
KERNEL_PART void sum_branches(uint32_t columns, const double *restrict x, const double *restrict coefficient,
                              double *restrict i)
{
    lanes low[TOGETHER] = {{0}}, high[TOGETHER] = {{0}};
    for (uint32_t s = 0; s < columns; s++) {
        const lanes c = *(const lanes *)(coefficient + s * LANES), d = *(const lanes *)(coefficient + s * LANES + HALF);
        for (int b = 0; b < TOGETHER; b++) {
            low[b] += x[(size_t)b * columns + s] * c;
            high[b] += x[(size_t)b * columns + s] * d;
        }
    }
    for (int b = 0; b < TOGETHER; b++) {
        *(lanes *)(i + b * LANES) = low[b];
        *(lanes *)(i + b * LANES + HALF) = high[b];
    }
}

/* How many branches fall short of `least` A and of what rounding may make of their sums. most [LANES] the largest |c|.
 * weak [LANES] out. */
KERNEL
static void count_weak(const struct superposition *superposition, const double *restrict coefficient,
                       const double *restrict most, double rounding, const double *restrict least,
                       double *restrict weak)
{
    uint32_t columns = superposition->columns;
    const double *restrict whole = superposition->whole;
    double i[TOGETHER * LANES];
    for (int l = 0; l < LANES; l++)
        weak[l] = 0;
    for (uint32_t first = 0; first < superposition->branches; first += TOGETHER) {
        sum_branches(columns, superposition->current + (size_t)first * columns, coefficient, i);
        for (uint32_t b = 0; b < TOGETHER; b++) {
            double rounded = rounding * whole[first + b], any = whole[first + b] > 0;
            KERNEL_EACH
            for (int l = 0; l < LANES; l++)
                weak[l] += fabs(i[b * LANES + (uint32_t)l]) < rounded * most[l] + least[l] ? any : 0;
        }
    }
}

/* Are the ends of each branch that falls short joined by others? */
static bool weak_are_joined(const struct superposition *superposition, const struct room *room, int lane,
                            double rounding, double least)
{
    const struct circuit *circuit = superposition->engine->circuit;
    uint32_t branches = superposition->branches, columns = superposition->columns;
    disjoint_init(room->set, circuit->nodes.count);
    for (uint32_t b = 0; b < branches; b++) {
        room->i[b] = room->m[b] = 0;
        for (uint32_t s = 0; s < columns; s++) {
            double c = room->coefficient[s * LANES + (uint32_t)lane];
            room->i[b] += superposition->current[(size_t)b * columns + s] * c;
            room->m[b] += size_in(superposition, b, s) * fabs(c);
        }
        if (room->m[b] > 0 && fabs(room->i[b]) >= rounding * room->m[b] + least)
            disjoint_join(room->set, circuit->element[b].a, circuit->element[b].k);
    }
    bool joined = true;
    for (uint32_t b = 0; joined && b < branches; b++)
        joined = room->m[b] == 0 || disjoint_root(room->set, circuit->element[b].a) ==
                                        disjoint_root(room->set, circuit->element[b].k);
    return joined;
}

/* Have controlled voltages those that their laws say, to the rounding of a double? */
static bool hold_their_laws(const struct superposition *superposition, const double *coefficient)
{
    bool hold = true;
    for (uint32_t e = 0; hold && e < superposition->emfs; e++) {
        double emf = 0, missed = 0, size = 0;
        for (uint32_t s = 0; s < superposition->columns; s++) {
            double own = superposition->emf[(size_t)e * superposition->columns + s] * coefficient[s * LANES];
            emf += own;
            size += fabs(own);
            missed += superposition->missed[(size_t)e * superposition->columns + s] * fabs(coefficient[s * LANES]);
        }
        hold = missed <= DBL_EPSILON * fmax(fabs(emf) - DBL_EPSILON * superposition->columns * size, 0);
    }
    return hold;
}

/* An output in twice the precision; false: it is a current that cancels too much to be told. */
static bool find_output(const struct observed_sum *sum, uint32_t columns, const double *coefficient, double *result)
{
    const double least = 1e-4; /* of what is summed; test: gains_are_superposed */
    struct dd value = {0, 0};
    double size = 0;
    for (uint32_t s = 0; s < columns; s++) {
        double c = coefficient[s * LANES];
        value = dd_add(value, dd_mul_double((struct dd){sum->hi[s], sum->low[s]}, c));
        size += fabs(sum->hi[s] * c);
    }
    *result = dd_value(dd_div_double(value, sum->ohms)) + 0.0;
    return !sum->is_current || fabs(value.hi) >= least * size;
}

static void set_coefficients(const struct superposition *superposition, const struct room *room, size_t points,
                             const double *value)
{
    for (uint32_t s = 0; s < superposition->columns; s++)
        for (size_t l = 0; l < LANES; l++) {
            double c = 0;
            if (l < points)
                c = s < superposition->sources ? value[l * superposition->sources + s] / superposition->scale[s] : 1;
            room->coefficient[s * LANES + l] = c;
        }
}

void superposition_points(const struct superposition *superposition, size_t points, const double *value, double *result,
                          bool *proved, void *memory)
{
    const struct room room = room_at(superposition, memory);
    const double tolerance = share * superposition->engine->options.tolerance;
    const double rounding = 4 * DBL_EPSILON * (superposition->columns + 4);
    double weak[LANES], least[LANES] = {0}, most[LANES] = {0};
    set_coefficients(superposition, &room, points, value);
    for (uint32_t s = 0; s < superposition->columns; s++)
        for (int l = 0; l < LANES; l++) {
            double c = fabs(room.coefficient[s * LANES + (uint32_t)l]);
            least[l] += 2 * superposition->rho[s] * c / tolerance;
            most[l] = fmax(most[l], c);
        }
    count_weak(superposition, room.coefficient, most, rounding, least, weak);
    for (size_t l = 0; l < points; l++) {
        proved[l] = (weak[l] == 0 || weak_are_joined(superposition, &room, (int)l, rounding, least[l])) &&
                    hold_their_laws(superposition, room.coefficient + l);
        for (size_t o = 0; proved[l] && o < superposition->outputs; o++)
            proved[l] = find_output(&superposition->sum[o], superposition->columns, room.coefficient + l,
                                    &result[l * superposition->outputs + o]);
    }
}
