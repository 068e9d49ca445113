#include "coupled_mutants.h"

#include "lowered.h"
#include "networks.h"
#include "proof/certificate.h"
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef __float128 quad;

const char *const coupled_mutation_names[COUPLED_MUTATIONS] = {"current", "potential", "gain", "switch"};
const char *const coupled_recipes[COUPLED_RECIPES] = {"gains near 1", "gains to 1e5", "negative resistances",
                                                      "nonlinear sources", "switches"};
enum { NEAR_ONE, LARGE, NEGATIVE, NONLINEAR, SWITCHES };

static const double tolerance = 1e-9, by = 1e-6;

/* ---- circuits ---------------------------------------------------------------------------------------------------- */

static double between(uint64_t *state, double low, double high)
{
    return low + (high - low) * random_share(state);
}

static int below(uint64_t *state, int n)
{
    return (int)(random_bits(state) % (uint64_t)n);
}

static double sign(uint64_t *state)
{
    return below(state, 2) ? 1 : -1;
}

/* A source that another quantity controls, its output at a node of its own behind 1 kohm where it is of volts. */
static void print_controlled(FILE *file, int number, int nodes, int *last, int recipe, uint64_t *state)
{
    int p = 1 + below(state, nodes), q = below(state, p), out = 1 + below(state, nodes);
    double gain = sign(state) * pow(10, between(state, recipe == LARGE ? 2 : -1, recipe == LARGE ? 5 : 0.5));
    const char letter = "egfh"[below(state, 4)];
    bool volts = letter == 'e' || letter == 'h';
    if (volts)
        fprintf(file, "r%d %d %d 1k\n", number, ++*last, out);
    if (recipe == NONLINEAR && below(state, 2))
        fprintf(file, "b%d %d 0 %s*%.4g*tanh(%.4g*v(%d,%d))%s\n", number, volts ? *last : out, volts ? "v=1" : "i=1m",
                sign(state), pow(10, between(state, -1, 1)), p, q, volts ? "+i(v0)*100" : "");
    else if (letter == 'e' || letter == 'g')
        fprintf(file, "%c%d %d 0 %d %d %.6g\n", letter, number, volts ? *last : out, p, q, volts ? gain : 1e-4 * gain);
    else
        fprintf(file, "%c%d %d 0 v0 %.6g\n", letter, number, volts ? *last : out, volts ? 1e3 * gain : gain);
}

static char *cards(int recipe, uint64_t seed)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    uint64_t state = seed;
    int nodes = 3 + below(&state, 8), last = nodes + 1, number = 0;
    fprintf(file, "v0 %d 0 %.4g\nrv %d 1 %.5g\n", last, between(&state, 1, 5), last, pow(10, between(&state, 2, 4)));
    fprintf(file, "i0 0 %d %.4g\n", nodes, between(&state, -1e-3, 1e-3));
    for (int node = 1; node <= nodes; node++) {
        double ohms = pow(10, between(&state, 2, 5)) * (recipe == NEGATIVE && below(&state, 3) == 0 ? -1 : 1);
        fprintf(file, "r%d %d %d %.6g\n", ++number, node, node - 1, pow(10, between(&state, 1, 5)));
        fprintf(file, "r%d %d %d %.6g\n", ++number, node, (node + 1 + below(&state, nodes)) % (nodes + 1), ohms);
    }
    for (int left = 1 + below(&state, 4); left > 0; left--)
        print_controlled(file, ++number, nodes, &last, recipe, &state);
    for (int left = recipe == SWITCHES ? 1 + below(&state, 2) : 0; left > 0; left--) {
        int node = 1 + below(&state, nodes);
        fprintf(file, "gswitch%d %d 0 %d 0 1\n", ++number, node, 1 + (node + below(&state, nodes - 1)) % nodes);
    }
    fclose(file);
    return text;
}

/* Those sources become switches, of 10 ohm above 0.2 V and 1 Mohm below. */
static void make_switches(struct circuit *circuit)
{
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        struct element *element = &circuit->element[e];
        if (strncmp(circuit->elements.text[e], "gswitch", strlen("gswitch")) != 0)
            continue;
        circuit->coupling[element->law].law = (struct control_law){
            .kind = CONTROL_SWITCH, .n = 1, .switching = {.ron = 10, .roff = 1e6, .on_above = 0.2, .off_below = 0.2}};
        element->kind = ELEMENT_SWITCH;
        element->value = 1e6;
    }
}

/* ---- modified nodal analysis in quadruple precision -------------------------------------------------------------- */

struct point {
    double *hi, *lo, *i;
};

struct system {
    const struct circuit *circuit;
    uint32_t n;       /* unknowns: potentials of nodes 1.., then currents of voltage-defined branches */
    uint32_t *column; /* [elements] */
    quad *x;          /* [n] */
    quad *matrix;     /* [n][n + 1] */
};

static bool is_voltage_defined(const struct element *element)
{
    return element->kind == ELEMENT_VSOURCE || element->kind == ELEMENT_CONTROLLED_VOLTAGE ||
           element->kind == ELEMENT_SHORT;
}

static quad volts(const struct system *system, uint32_t node)
{
    return node == GROUND ? 0 : system->x[node - 1];
}

static void add(struct system *system, uint32_t row, uint32_t column, quad value)
{
    system->matrix[(size_t)row * (system->n + 1) + column] += value;
}

static void add_at_node(struct system *system, uint32_t row, uint32_t node, quad value)
{
    if (node != GROUND)
        add(system, row, node - 1, value);
}

/* f of a coupling at x, and to its row -scale times the slopes. */
static quad controlled(struct system *system, const struct element *element, uint32_t row, double scale)
{
    const struct coupling *coupling = &system->circuit->coupling[element->law];
    const struct control_law *law = &coupling->law;
    struct dd *x = calloc(law->n, sizeof *x);
    double *slope = calloc(law->n, sizeof *slope), *work = calloc(control_law_work(law) + 1, sizeof *work);
    for (uint32_t c = 0; c < law->n; c++) {
        const struct control *control = &coupling->control[c];
        quad value = control->kind == CONTROL_CURRENT ? system->x[system->column[control->p]]
                                                      : volts(system, control->p) - volts(system, control->q);
        x[c].hi = (double)value;
        x[c].lo = (double)(value - x[c].hi);
    }
    struct control_value value = control_law_at(law, x, slope, work);
    for (uint32_t c = 0; c < law->n && row != UINT32_MAX; c++) {
        const struct control *control = &coupling->control[c];
        if (control->kind == CONTROL_CURRENT) {
            add(system, row, system->column[control->p], scale * slope[c]);
            continue;
        }
        add_at_node(system, row, control->p, scale * slope[c]);
        add_at_node(system, row, control->q, -scale * slope[c]);
    }
    free(x);
    free(slope);
    free(work);
    return (quad)value.value.hi + value.value.lo;
}

/* The current of a branch that is not voltage-defined; to its nodes' rows its slopes. */
static quad current(struct system *system, uint32_t e, bool stamps)
{
    const struct element *element = &system->circuit->element[e];
    quad u = volts(system, element->a) - volts(system, element->k);
    if (element->kind == ELEMENT_CONTROLLED_CURRENT) {
        if (stamps && element->a != GROUND)
            controlled(system, element, element->a - 1, element->value);
        if (stamps && element->k != GROUND)
            controlled(system, element, element->k - 1, -element->value);
        return element->value * controlled(system, element, UINT32_MAX, 0);
    }
    if (element->kind == ELEMENT_ISOURCE)
        return element->value;
    quad g = (quad)1 / element->value, i = g * u;
    if (element->kind == ELEMENT_DIODE) { /* a source that its own voltage controls */
        struct dd drop = {(double)u, (double)(u - (double)u)};
        struct law_point at = law_at(&system->circuit->law[element->law], drop, 0);
        i = element->value * ((quad)at.i.hi + at.i.lo);
        g = element->value * at.slope;
    }
    const uint32_t end[2] = {element->a, element->k};
    for (int n = 0; n < 2 && stamps; n++)
        if (end[n] != GROUND) {
            add_at_node(system, end[n] - 1, element->a, n ? -g : g);
            add_at_node(system, end[n] - 1, element->k, n ? g : -g);
        }
    return i;
}

/* Row by row F, in the last column, and its derivatives. */
static void assemble(struct system *system)
{
    const struct circuit *circuit = system->circuit;
    memset(system->matrix, 0, (size_t)system->n * (system->n + 1) * sizeof *system->matrix);
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        uint32_t row = system->column[e];
        quad i;
        if (is_voltage_defined(element)) {
            quad value = element->kind == ELEMENT_CONTROLLED_VOLTAGE ? controlled(system, element, row, -1)
                         : element->kind == ELEMENT_SHORT            ? 0
                                                                     : element->value;
            add_at_node(system, row, element->a, 1);
            add_at_node(system, row, element->k, -1);
            add(system, row, system->n, volts(system, element->a) - volts(system, element->k) - value);
            if (element->a != GROUND)
                add(system, element->a - 1, row, 1);
            if (element->k != GROUND)
                add(system, element->k - 1, row, -1);
            i = system->x[row];
        } else {
            i = current(system, e, true);
        }
        if (element->a != GROUND)
            add(system, element->a - 1, system->n, i);
        if (element->k != GROUND)
            add(system, element->k - 1, system->n, -i);
    }
}

static quad magnitude(quad x)
{
    return x < 0 ? -x : x;
}

/* One step of Newton's method, by elimination with pivots of columns; returns its largest change over the largest
 * unknown, or INFINITY where the matrix is singular. */
static double step(struct system *system)
{
    uint32_t n = system->n, width = n + 1;
    quad *m = system->matrix, most = 0, change = 0;
    assemble(system);
    for (uint32_t k = 0; k < n; k++) {
        uint32_t pivot = k;
        for (uint32_t r = k + 1; r < n; r++)
            if (magnitude(m[r * width + k]) > magnitude(m[pivot * width + k]))
                pivot = r;
        if (m[pivot * width + k] == 0)
            return INFINITY;
        for (uint32_t c = k; c < width; c++) {
            quad held = m[k * width + c];
            m[k * width + c] = m[pivot * width + c];
            m[pivot * width + c] = held;
        }
        for (uint32_t r = 0; r < n; r++) {
            quad share = r == k ? 0 : m[r * width + k] / m[k * width + k];
            for (uint32_t c = k; c < width && share != 0; c++)
                m[r * width + c] -= share * m[k * width + c];
        }
    }
    for (uint32_t k = 0; k < n; k++) {
        quad dx = m[k * width + n] / m[k * width + k];
        system->x[k] -= dx;
        change = magnitude(dx) > change ? magnitude(dx) : change;
        most = magnitude(system->x[k]) > most ? magnitude(system->x[k]) : most;
    }
    return (double)(change / (most > 0 ? most : 1));
}

/* Potentials and currents from where x is; false where there are none. */
static bool solve(struct system *system, struct point *point)
{
    enum { STEPS = 60 };
    const struct circuit *circuit = system->circuit;
    double change = INFINITY;
    for (int n = 0; n < STEPS && !(change < 1e-28); n++)
        change = step(system);
    for (uint32_t node = 0; node < circuit->nodes.count; node++) {
        quad v = volts(system, node);
        point->hi[node] = (double)v;
        point->lo[node] = (double)(v - point->hi[node]);
    }
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        point->i[e] = (double)(is_voltage_defined(&circuit->element[e]) ? system->x[system->column[e]]
                                                                        : current(system, e, false));
    return change < 1e-28;
}

/* ---- one circuit ------------------------------------------------------------------------------------------------- */

struct bench {
    struct circuit *circuit;
    struct system system;
    struct point right, wrong;
    double most; /* V */
    struct coupled_tally *tally;
    int recipe;
    uint64_t seed;
};

static bool judge(const struct bench *bench, const struct point *point, struct certificate *certificate)
{
    if (!certificate_compute(certificate, &(struct claim){bench->circuit, point->hi, point->lo, point->i}, tolerance))
        abort();
    return certificate->proved;
}

/* All potentials and currents. */
static void show(const struct bench *bench)
{
    const struct circuit *circuit = bench->circuit;
    for (uint32_t v = 0; v < circuit->nodes.count; v++)
        printf("node %s: %.17g %+.17g V\n", circuit->nodes.text[v], bench->right.hi[v], bench->right.lo[v]);
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        printf("%s %s %s %g: %.17g A\n", circuit->elements.text[e], circuit->nodes.text[element->a],
               circuit->nodes.text[element->k], element->value, bench->right.i[e]);
    }
}

static void complain(const struct bench *bench, const char *what, const char *which,
                     const struct certificate *certificate)
{
    const char *element = certificate->law_element == CERTIFICATE_NONE
                              ? "-"
                              : bench->circuit->elements.text[certificate->law_element];
    printf("recipe %d, gmin %g, seed %llu: %s %s; law %g of %s, kcl %g, loop %g, power %g\n", bench->recipe,
           bench->circuit->sim_options.gmin, (unsigned long long)bench->seed, what, which, certificate->law_relative,
           element, certificate->kcl_relative, certificate->loop_relative, certificate->power_relative);
    if (getenv("OPSPICE_SHOW"))
        show(bench);
}

static void judge_wrong(struct bench *bench, enum coupled_mutation mutation, const char *which)
{
    struct certificate certificate;
    bool accepted = judge(bench, &bench->wrong, &certificate);
    bench->tally->wrong[mutation]++;
    bench->tally->accepted[mutation] += accepted;
    if (accepted)
        complain(bench, coupled_mutation_names[mutation], which, &certificate);
}

static void begin_wrong(struct bench *bench)
{
    memcpy(bench->wrong.hi, bench->right.hi, bench->circuit->nodes.count * sizeof(double));
    memcpy(bench->wrong.lo, bench->right.lo, bench->circuit->nodes.count * sizeof(double));
    memcpy(bench->wrong.i, bench->right.i, bench->circuit->elements.count * sizeof(double));
}

/* May so much more of a voltage-defined branch's current hide at both of its nodes? No law tells it. */
static bool may_hide(const struct bench *bench, uint32_t e, double amperes)
{
    const struct element *element = &bench->circuit->element[e];
    const uint32_t end[2] = {element->a, element->k};
    bool hides = is_voltage_defined(element);
    for (int n = 0; n < 2; n++) {
        double most = 0;
        for (uint32_t other = 0; other < bench->circuit->elements.count; other++)
            if (bench->circuit->element[other].a == end[n] || bench->circuit->element[other].k == end[n])
                most = fmax(most, fabs(bench->right.i[other]));
        hides = hides && amperes <= 2 * tolerance * most;
    }
    return hides;
}

static void mutate_currents(struct bench *bench)
{
    for (uint32_t e = 0; e < bench->circuit->elements.count; e++) {
        double i = bench->right.i[e];
        const struct element *element = &bench->circuit->element[e];
        if (element->kind == ELEMENT_ISOURCE || element->a == element->k || fabs(i) < 1e-20)
            continue;
        if (may_hide(bench, e, by * fabs(i))) {
            bench->tally->excepted++;
            continue;
        }
        begin_wrong(bench);
        bench->wrong.i[e] *= 1 + by;
        judge_wrong(bench, COUPLED_CURRENT, bench->circuit->elements.text[e]);
    }
}

static void mutate_potentials(struct bench *bench)
{
    for (uint32_t node = 1; node < bench->circuit->nodes.count; node++) {
        begin_wrong(bench);
        struct dd v = dd_add_double((struct dd){bench->right.hi[node], bench->right.lo[node]}, by * bench->most);
        bench->wrong.hi[node] = v.hi;
        bench->wrong.lo[node] = v.lo;
        judge_wrong(bench, COUPLED_POTENTIAL, bench->circuit->nodes.text[node]);
    }
}

/* Solved anew from the right answer, with what was changed; nothing where there is no answer. */
static bool solve_changed(struct bench *bench)
{
    quad *x = bench->system.x, *before = malloc(bench->system.n * sizeof *before);
    memcpy(before, x, bench->system.n * sizeof *before);
    bool solved = solve(&bench->system, &bench->wrong);
    memcpy(x, before, bench->system.n * sizeof *before);
    free(before);
    return solved;
}

/* Is what an element gives so different that its law must tell? */
static bool gives_other(const struct bench *bench, uint32_t e)
{
    const struct element *element = &bench->circuit->element[e];
    if (element->kind == ELEMENT_CONTROLLED_CURRENT)
        return fabs(bench->right.i[e]) > 1e-20;
    return fabs(bench->right.hi[element->a] - bench->right.hi[element->k]) > 1e-6 * bench->most;
}

static void mutate_gains(struct bench *bench)
{
    struct circuit *circuit = bench->circuit;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (element->kind != ELEMENT_CONTROLLED_VOLTAGE && element->kind != ELEMENT_CONTROLLED_CURRENT)
            continue;
        struct control_law *law = &circuit->coupling[element->law].law;
        if (law->kind != CONTROL_LINEAR || !gives_other(bench, e))
            continue;
        double *before = law->gain, gain = law->gain[0] * (1 + by);
        law->gain = &gain;
        bool solved = law->n == 1 && solve_changed(bench);
        law->gain = before;
        if (solved)
            judge_wrong(bench, COUPLED_GAIN, circuit->elements.text[e]);
    }
}

static void mutate_switches(struct bench *bench)
{
    struct circuit *circuit = bench->circuit;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        struct element *element = &circuit->element[e];
        if (element->kind != ELEMENT_SWITCH)
            continue;
        const struct control_law *law = &circuit->coupling[element->law].law;
        const struct control *control = circuit->coupling[element->law].control;
        double before = element->value;
        element->value = before == law->switching.ron ? law->switching.roff : law->switching.ron;
        bool solved = solve_changed(bench);
        double x = bench->wrong.hi[control->p] - bench->wrong.hi[control->q];
        if (solved && control_law_resistance(law, x, element->value) != element->value)
            judge_wrong(bench, COUPLED_SWITCH, circuit->elements.text[e]);
        element->value = before;
        begin_wrong(bench);
    }
}

/* Switches as their voltages have them; false where they do not come to rest. */
static bool solve_switches(struct bench *bench)
{
    enum { ROUNDS = 8 };
    struct circuit *circuit = bench->circuit;
    for (int round = 0; round < ROUNDS; round++) {
        bool rests = true;
        if (!solve(&bench->system, &bench->right))
            return false;
        for (uint32_t e = 0; e < circuit->elements.count; e++) {
            struct element *element = &circuit->element[e];
            if (element->kind != ELEMENT_SWITCH)
                continue;
            const struct coupling *coupling = &circuit->coupling[element->law];
            double x = bench->right.hi[coupling->control->p] - bench->right.hi[coupling->control->q];
            double now = control_law_resistance(&coupling->law, x, element->value);
            rests = rests && now == element->value;
            element->value = now;
        }
        if (rests)
            return true;
    }
    return false;
}

static void judge_circuit(struct bench *bench)
{
    struct certificate certificate;
    for (uint32_t node = 0; node < bench->circuit->nodes.count; node++)
        bench->most = fmax(bench->most, fabs(bench->right.hi[node]));
    bench->tally->right++;
    if (!judge(bench, &bench->right, &certificate)) {
        complain(bench, "right answer refused", "", &certificate);
        return;
    }
    bench->tally->right_accepted++;
    mutate_currents(bench);
    mutate_potentials(bench);
    mutate_gains(bench);
    mutate_switches(bench);
}

static struct point point_new(const struct circuit *circuit)
{
    return (struct point){calloc(circuit->nodes.count, sizeof(double)), calloc(circuit->nodes.count, sizeof(double)),
                          calloc(circuit->elements.count, sizeof(double))};
}

static void point_free(struct point *point)
{
    free(point->hi);
    free(point->lo);
    free(point->i);
}

static struct system system_new(const struct circuit *circuit)
{
    struct system system = {.circuit = circuit, .n = circuit->nodes.count - 1};
    system.column = calloc(circuit->elements.count, sizeof *system.column);
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        if (is_voltage_defined(&circuit->element[e]))
            system.column[e] = system.n++;
    system.x = calloc(system.n, sizeof *system.x);
    system.matrix = calloc((size_t)system.n * (system.n + 1), sizeof *system.matrix);
    return system;
}

void coupled_mutants_judge(int recipe, double gmin, uint64_t seed, struct coupled_tally *tally)
{
    char *text = cards(recipe, seed);
    struct lowered lowered = lowered_circuit_at(gmin, text);
    struct bench bench = {.circuit = &lowered.circuit, .tally = tally, .recipe = recipe, .seed = seed};
    if (lowered.diagnostics.errors == 0) {
        make_switches(bench.circuit);
        bench.system = system_new(bench.circuit);
        bench.right = point_new(bench.circuit);
        bench.wrong = point_new(bench.circuit);
    }
    if (bench.system.n > 0 && solve_switches(&bench))
        judge_circuit(&bench);
    else if (tally->unsolved++, getenv("OPSPICE_SHOW"))
        printf("recipe %d, gmin %g, seed %llu: not solved\n%s\n", recipe, gmin, (unsigned long long)seed, text);
    point_free(&bench.right);
    point_free(&bench.wrong);
    free(bench.system.column);
    free(bench.system.x);
    free(bench.system.matrix);
    lowered_free(&lowered);
    free(text);
}
