#include "fine.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef __float128 quad;

/* Unknowns: one potential for each set of nodes that voltage-defined branches join, but ground's. */
struct system {
    const struct circuit *circuit;
    struct fine *fine;
    uint32_t unknowns;
    bool *dead;       /* [elements] a resistor that is on no loop with a source: it carries nothing */
    uint32_t *root;   /* [nodes] the node that leads its set */
    uint32_t *column; /* [nodes] of a root: its unknown; of ground's set: unknowns */
    quad *above;      /* [nodes] V, the node's potential less its root's */
    quad *x;          /* [unknowns + 1] V; the last is ground's */
    quad *i;          /* [elements] A */
    struct tangent {
        quad u, i, g; /* V, A, S */
    } *tangent;       /* [elements] to the law of a diode */
    bool straight;    /* tangents stand for laws, whose last digits are noise */
    quad *matrix;     /* [unknowns][unknowns + 1] with the right-hand side */
};

static quad magnitude(quad x)
{
    return x < 0 ? -x : x;
}

static quad potential(const struct system *system, uint32_t node)
{
    return system->x[system->column[system->root[node]]] + system->above[node];
}

static struct dd split(quad x)
{
    double hi = (double)x;
    return (struct dd){hi, (double)(x - hi)};
}

/* The voltage that an element holds, or NAN. */
static double held_voltage(const struct circuit *circuit, const struct element *element, int state)
{
    const struct law *law = element->kind == ELEMENT_DIODE ? &circuit->law[element->law] : NULL;
    if (element->kind == ELEMENT_SHORT)
        return 0;
    if (element->kind == ELEMENT_VSOURCE)
        return element->value;
    return law && state ? (state > 0 ? law->v_fwd : -law->v_rev) : NAN;
}

/* Current at u, and slope, of an element that is not voltage-defined. */
static quad current_at(const struct system *system, uint32_t e, quad u, quad *slope)
{
    const struct circuit *circuit = system->circuit;
    const struct element *element = &circuit->element[e];
    struct tangent *tangent = &system->tangent[e];
    *slope = 0;
    if (element->kind == ELEMENT_RESISTOR) {
        *slope = (quad)1 / element->value;
        return u / element->value;
    }
    if (element->kind == ELEMENT_ISOURCE)
        return element->value;
    if (element->kind != ELEMENT_DIODE)
        return 0;
    if (!system->straight) {
        struct law_point at = law_at(&circuit->law[element->law], split(u), 0);
        quad scale = element->value;
        *tangent = (struct tangent){u, scale * ((quad)at.i.hi + at.i.lo), scale * at.slope};
    }
    *slope = tangent->g;
    return tangent->i + tangent->g * (u - tangent->u);
}

static quad *entry(const struct system *system, uint32_t row, uint32_t column)
{
    return &system->matrix[(size_t)row * (system->unknowns + 1) + column];
}

static bool is_held(const struct system *system, uint32_t e)
{
    return !isnan(held_voltage(system->circuit, &system->circuit->element[e], system->fine->state[e]));
}

/* part [nodes]: the lowest node that one leads to without passing the node `without`. */
static void find_parts(const struct circuit *circuit, uint32_t without, uint32_t *part)
{
    for (uint32_t v = 0; v < circuit->nodes.count; v++)
        part[v] = v;
    for (bool more = true; more;) {
        more = false;
        for (uint32_t e = 0; e < circuit->elements.count; e++) {
            const struct element *element = &circuit->element[e];
            uint32_t *a = &part[element->a], *k = &part[element->k];
            if (element->kind == ELEMENT_CAPACITOR || element->a == without || element->k == without || *a == *k)
                continue;
            *a = *k = *a < *k ? *a : *k;
            more = true;
        }
    }
}

static bool is_source(const struct circuit *circuit, uint32_t e)
{
    const struct element *element = &circuit->element[e];
    if (element->kind == ELEMENT_DIODE)
        return law_at(&circuit->law[element->law], dd_from(0), 0).i.hi != 0;
    return element_is_source(element);
}

/* The part that an element is in when a node is gone. */
static uint32_t part_of(const struct element *element, uint32_t gone, const uint32_t *part)
{
    return part[element->a == gone ? element->k : element->a];
}

/* Two elements are on a loop where no node parts them. part [nodes][nodes]: of each node, when another one is gone. */
static bool share_loop(const struct circuit *circuit, uint32_t e, uint32_t other, const uint32_t *part)
{
    uint32_t nodes = circuit->nodes.count;
    const struct element *one = &circuit->element[e], *two = &circuit->element[other];
    for (uint32_t gone = 0; gone < nodes; gone++, part += nodes)
        if (part_of(one, gone, part) != part_of(two, gone, part))
            return false;
    return true;
}

static void find_dead(const struct system *system)
{
    const struct circuit *circuit = system->circuit;
    uint32_t nodes = circuit->nodes.count, elements = circuit->elements.count;
    uint32_t *part = calloc((size_t)nodes * nodes, sizeof *part);
    for (uint32_t gone = 0; gone < nodes; gone++)
        find_parts(circuit, gone, part + (size_t)gone * nodes);
    for (uint32_t e = 0; e < elements; e++) {
        system->dead[e] = circuit->element[e].kind == ELEMENT_RESISTOR;
        for (uint32_t other = 0; other < elements && system->dead[e]; other++)
            system->dead[e] = !is_source(circuit, other) || !share_loop(circuit, e, other, part);
    }
    free(part);
}

/* Join the nodes of voltage-defined branches; false where they form a loop. */
static bool join(struct system *system)
{
    const struct circuit *circuit = system->circuit;
    uint32_t nodes = circuit->nodes.count;
    for (uint32_t v = 0; v < nodes; v++) {
        system->root[v] = v;
        system->above[v] = 0;
    }
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        uint32_t a = system->root[element->a], k = system->root[element->k];
        if ((!is_held(system, e) && !system->dead[e]) || (system->dead[e] && a == k))
            continue;
        if (a == k)
            return false;
        double volts = system->dead[e] ? 0 : held_voltage(circuit, element, system->fine->state[e]);
        quad up = system->above[element->k] + volts - system->above[element->a]; /* root a above root k */
        uint32_t from = a == GROUND ? k : a, to = a == GROUND ? a : k;
        for (uint32_t v = 0; v < nodes; v++)
            if (system->root[v] == from) {
                system->root[v] = to;
                system->above[v] += from == a ? up : -up;
            }
    }
    system->unknowns = 0;
    for (uint32_t v = 1; v < nodes; v++)
        if (system->root[v] == v)
            system->column[v] = system->unknowns++;
    system->column[GROUND] = system->unknowns;
    return true;
}

static void stamp(const struct system *system, uint32_t row, uint32_t other, quad i, quad g)
{
    if (row == system->unknowns)
        return;
    *entry(system, row, system->unknowns) -= i;
    *entry(system, row, row) += g;
    if (other != system->unknowns)
        *entry(system, row, other) -= g;
}

static void assemble(const struct system *system)
{
    const struct circuit *circuit = system->circuit;
    memset(system->matrix, 0, (size_t)system->unknowns * (system->unknowns + 1) * sizeof *system->matrix);
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        uint32_t a = system->column[system->root[element->a]], k = system->column[system->root[element->k]];
        quad g;
        if (is_held(system, e) || system->dead[e])
            continue;
        system->i[e] = current_at(system, e, potential(system, element->a) - potential(system, element->k), &g);
        if (a == k)
            continue;
        stamp(system, a, k, system->i[e], g);
        stamp(system, k, a, -system->i[e], g);
    }
}

/* Gauss with the largest pivot of each column; false where there is none. The answer is the last column. */
static bool eliminate(const struct system *system)
{
    uint32_t n = system->unknowns;
    for (uint32_t p = 0; p < n; p++) {
        uint32_t best = p;
        for (uint32_t r = p + 1; r < n; r++)
            if (magnitude(*entry(system, r, p)) > magnitude(*entry(system, best, p)))
                best = r;
        if (*entry(system, best, p) == 0)
            return false;
        for (uint32_t c = p; c <= n && best != p; c++) {
            quad kept = *entry(system, p, c);
            *entry(system, p, c) = *entry(system, best, c);
            *entry(system, best, c) = kept;
        }
        for (uint32_t r = p + 1; r < n; r++) {
            quad factor = *entry(system, r, p) / *entry(system, p, p);
            for (uint32_t c = p + 1; c <= n && factor != 0; c++)
                *entry(system, r, c) -= factor * *entry(system, p, c);
        }
    }
    for (uint32_t p = n; p-- > 0;) {
        for (uint32_t c = p + 1; c < n; c++)
            *entry(system, p, n) -= *entry(system, p, c) * *entry(system, c, n);
        *entry(system, p, n) /= *entry(system, p, p);
    }
    return true;
}

/* Until steps are rounding, or do not get shorter any more. */
static bool newton(struct system *system)
{
    enum { STEPS = 60, STILL = 6 };
    quad before = INFINITY;
    int still = 0;
    system->straight = false;
    for (int step = 0; step < STEPS; step++) {
        quad change = 0, most = 0;
        assemble(system);
        if (!eliminate(system))
            return false;
        for (uint32_t q = 0; q < system->unknowns; q++) {
            quad by = *entry(system, q, system->unknowns);
            change = magnitude(by) <= change ? change : magnitude(by); /* NAN stays */
            system->x[q] += by;
            most = magnitude(system->x[q]) > most ? magnitude(system->x[q]) : most;
        }
        if (!(change < (quad)1e300))
            return false;
        still += step > 2 && change >= before / 2 && change <= most * (quad)1e-13;
        system->straight = still > STILL / 2;
        if (still == STILL)
            return true;
        before = change;
    }
    return false;
}

/* The currents of voltage-defined branches, which form trees: from their ends inwards,
 * to ground. open [nodes]: how many of them are not known yet at each node. */
static void find_held_currents(const struct system *system, uint32_t *open, quad *sum)
{
    const struct circuit *circuit = system->circuit;
    memset(open, 0, circuit->nodes.count * sizeof *open);
    memset(sum, 0, circuit->nodes.count * sizeof *sum);
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        bool held = is_held(system, e);
        open[element->a] += held;
        open[element->k] += held;
        sum[element->a] += held ? 0 : system->i[e];
        sum[element->k] -= held ? 0 : system->i[e];
    }
    bool *known = calloc(circuit->elements.count, sizeof *known);
    for (bool found = true; found;) {
        found = false;
        for (uint32_t e = 0; e < circuit->elements.count; e++) {
            const struct element *element = &circuit->element[e];
            bool at_a = element->a != GROUND && open[element->a] == 1;
            bool at_k = element->k != GROUND && open[element->k] == 1;
            if (!is_held(system, e) || known[e] || (!at_a && !at_k))
                continue;
            system->i[e] = at_a ? -sum[element->a] : sum[element->k];
            sum[element->a] += system->i[e];
            sum[element->k] -= system->i[e];
            open[element->a]--;
            open[element->k]--;
            known[e] = found = true;
        }
    }
    free(known);
}

static bool solve_states(struct system *system)
{
    const struct circuit *circuit = system->circuit;
    struct fine *fine = system->fine;
    if (!join(system))
        return false;
    for (uint32_t v = 1; v < circuit->nodes.count; v++)
        if (system->root[v] == v)
            system->x[system->column[v]] = (quad)fine->hi[v] + fine->lo[v];
    system->x[system->unknowns] = 0;
    if (!newton(system))
        return false;
    assemble(system);
    uint32_t *open = calloc(circuit->nodes.count, sizeof *open);
    quad *sum = calloc(circuit->nodes.count, sizeof *sum);
    find_held_currents(system, open, sum);
    free(open);
    free(sum);
    return true;
}

static void take(const struct system *system)
{
    const struct circuit *circuit = system->circuit;
    struct fine *fine = system->fine;
    for (uint32_t node = 1; node < circuit->nodes.count; node++) {
        struct dd v = split(potential(system, node));
        fine->hi[node] = v.hi;
        fine->lo[node] = v.lo;
    }
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        fine->i[e] = system->dead[e] ? 0 : is_held(system, e) ? (double)system->i[e] : fine_current(circuit, fine, e);
}

/* Change the state of the first diode that objects to it. */
static bool change_state(const struct system *system)
{
    const struct circuit *circuit = system->circuit;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (element->kind != ELEMENT_DIODE || element->a == element->k)
            continue;
        const struct law *law = &circuit->law[element->law];
        int *state = &system->fine->state[e], former = *state;
        quad u = potential(system, element->a) - potential(system, element->k);
        double v_fwd = isinf(law->g_on) ? law->v_fwd : INFINITY, v_rev = isinf(law->g_rev) ? law->v_rev : INFINITY;
        if (former == 0)
            *state = u > v_fwd ? 1 : u < -v_rev ? -1 : 0;
        else if ((system->i[e] - (quad)element->value * law->g_off * u) * former < 0)
            *state = 0;
        if (*state != former)
            return true;
    }
    return false;
}

bool fine_balances(const struct circuit *circuit, const struct fine *fine, double tolerance, const double *slope)
{
    for (uint32_t node = 0; node < circuit->nodes.count; node++) {
        quad sum = 0, most = 0, floor = 0;
        for (uint32_t e = 0; e < circuit->elements.count; e++) {
            const struct element *element = &circuit->element[e];
            if ((element->a == node) == (element->k == node))
                continue;
            sum += element->a == node ? fine->i[e] : -fine->i[e];
            most = magnitude(fine->i[e]) > most ? magnitude(fine->i[e]) : most;
            floor += 4 * DBL_EPSILON * magnitude(fine->i[e]);
            if (slope)
                floor += 8 * DBL_EPSILON * DBL_EPSILON * slope[e] *
                         (fabs(fine->hi[element->a]) + fabs(fine->hi[element->k]));
        }
        if (!(magnitude(sum) <= most * tolerance + floor))
            return false;
    }
    return true;
}

/* Is it the answer that it should be? Where 34 digits are not enough the currents, rounded to doubles, say so. */
static bool keeps_kirchhoff(const struct system *system)
{
    const struct circuit *circuit = system->circuit;
    double *slope = calloc(circuit->elements.count, sizeof *slope);
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        slope[e] = element->kind == ELEMENT_RESISTOR ? 1 / element->value : (double)system->tangent[e].g;
    }
    bool balances = fine_balances(circuit, system->fine, 1e-10, slope);
    free(slope);
    return balances;
}

bool fine_refine(const struct circuit *circuit, struct fine *fine, bool states_free)
{
    enum { CHANGES = 60 };
    size_t nodes = circuit->nodes.count;
    struct system system = {.circuit = circuit, .fine = fine};
    system.root = calloc(nodes, sizeof *system.root);
    system.dead = calloc(circuit->elements.count, sizeof *system.dead);
    find_dead(&system);
    system.column = calloc(nodes, sizeof *system.column);
    system.above = calloc(nodes, sizeof *system.above);
    system.x = calloc(nodes, sizeof *system.x);
    system.i = calloc(circuit->elements.count, sizeof *system.i);
    system.tangent = calloc(circuit->elements.count, sizeof *system.tangent);
    system.matrix = calloc(nodes * nodes, sizeof *system.matrix);
    bool solved = solve_states(&system);
    for (int change = 0; solved && states_free && change_state(&system); change++)
        solved = change < CHANGES && solve_states(&system);
    if (solved)
        take(&system);
    solved = solved && keeps_kirchhoff(&system);
    free(system.root);
    free(system.dead);
    free(system.column);
    free(system.above);
    free(system.x);
    free(system.i);
    free(system.tangent);
    free(system.matrix);
    return solved;
}

double fine_current(const struct circuit *circuit, const struct fine *fine, uint32_t e)
{
    const struct element *element = &circuit->element[e];
    struct dd u = dd_difference(fine->hi[element->a], fine->lo[element->a], fine->hi[element->k],
                                fine->lo[element->k]);
    if (!isnan(held_voltage(circuit, element, fine->state[e])))
        return fine->i[e];
    switch ((enum element_kind)element->kind) {
    case ELEMENT_RESISTOR:
        return dd_value(dd_div_double(u, element->value));
    case ELEMENT_ISOURCE:
        return element->value;
    case ELEMENT_DIODE:
        return dd_value(dd_mul_double(law_at(&circuit->law[element->law], u, 0).i, element->value));
    default:
        return 0;
    }
}

struct fine fine_new(const struct circuit *circuit)
{
    uint32_t nodes = circuit->nodes.count, elements = circuit->elements.count;
    return (struct fine){calloc(nodes, sizeof(double)), calloc(nodes, sizeof(double)),
                          calloc(elements, sizeof(double)), calloc(elements, sizeof(int))};
}

struct fine fine_copy(const struct circuit *circuit, const struct fine *fine)
{
    uint32_t nodes = circuit->nodes.count, elements = circuit->elements.count;
    struct fine copy = fine_new(circuit);
    memcpy(copy.hi, fine->hi, nodes * sizeof *copy.hi);
    memcpy(copy.lo, fine->lo, nodes * sizeof *copy.lo);
    memcpy(copy.i, fine->i, elements * sizeof *copy.i);
    memcpy(copy.state, fine->state, elements * sizeof *copy.state);
    return copy;
}

void fine_free(struct fine *fine)
{
    free(fine->hi);
    free(fine->lo);
    free(fine->i);
    free(fine->state);
    *fine = (struct fine){0};
}
