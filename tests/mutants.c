#include "mutants.h"

#include "engine/engine.h"
#include "fine.h"
#include "lowered.h"
#include "networks.h"
#include "proof/certificate.h"
#include "proof/certificate_quick.h"
#include "proof/undetermined.h"
#include "switching.h"
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const mutation_names[MUTATIONS] = {"none", "current", "potential", "cluster", "series pair", "state",
                                               "neighbour"};

static const double tolerance = 1e-9, by = 1e-6;

/* ---- circuits ---------------------------------------------------------------------------------------------------- */

/* For each node: resistors of 10^low to 10^high ohm, and diodes of each kind. */
static const struct {
    double low, high, ideal, piecewise, exponential, curves, others;
} recipe_of[MUTANT_RECIPES] = {
    {0, 6, 0, 0, 0, 0, 0},          {-6, 6, 0, 0, 0, 0, 0},       {-12, 9, 0, 0, 0, 0, 0},
    {0, 6, 0.4, 0, 0, 0, 0.1},      {-12, 9, 0.4, 0.2, 0, 0, 0.1}, {0, 6, 0, 0.5, 0, 0, 0.1},
    {0, 6, 0, 0, 0.5, 0, 0},        {-6, 6, 0, 0, 0.3, 0.4, 0},   {-12, 9, 0.2, 0.2, 0.2, 0.2, 0.2},
    {2, 5, 0.1, 0, 0, 0, 0},
};
enum { LAYERS = MUTANT_RECIPES - 1 }; /* joined densely: the quick form goes by fans there */
const char *const mutant_recipes[MUTANT_RECIPES] = {"six decades", "twelve decades", "21 decades", "ideal diodes",
                                                    "ideal, 21 decades", "piecewise linear", "exponential",
                                                    "curves, twelve decades", "everything", "dense layers"};

static double between(uint64_t *state, double low, double high)
{
    return low + (high - low) * random_share(state);
}

static int below(uint64_t *state, int n)
{
    return (int)(random_bits(state) % (uint64_t)n);
}

static int count(uint64_t *state, double share, int nodes)
{
    return (int)(share * nodes + random_share(state));
}

/* Two different nodes, and the beginning of a card. */
static void begin_card(FILE *file, const char *letter, int number, int nodes, uint64_t *state)
{
    int a = below(state, nodes + 1), k = (a + 1 + below(state, nodes)) % (nodes + 1);
    fprintf(file, "%s%d %d %d ", letter, number, a, k);
}

static void print_models(FILE *file)
{
    fputs(".model i1 d(ron=0)\n.model i2 d(ron=0 vfwd=0.6)\n.model i3 d(ron=0 vfwd=0.7 vrev=3)\n"
          ".model i4 d(ron=0 roff=1meg)\n"
          ".model p1 d(ron=0.1 roff=1e9 vfwd=0.7)\n.model p2 d(ron=10 roff=1meg vfwd=0.7 vrev=4.7 rrev=20)\n"
          ".model p3 d(ron=1m roff=1e6)\n.model p4 d(ron=1k roff=1e7 vfwd=0 vrev=1 rrev=0)\n"
          ".model e1 d(is=1e-14)\n.model e2 d(is=1e-9 n=1.5 rs=0.1)\n.model e3 d(is=1e-12 bv=4.7 ibv=1m)\n"
          ".model e4 d(is=1e-13 isr=1e-10 nr=2 ikf=1m)\n"
          ".model c1 d(ron=0.5 roff=1k vfwd=0.4 epsilon=0.2)\n.model c2 d(ron=1 roff=1meg vfwd=0.5 ilimit=1)\n", file);
}

static void print_curve(FILE *file, int number, int nodes, uint64_t *state)
{
    int a = below(state, nodes + 1), k = (a + 1 + below(state, nodes)) % (nodes + 1);
    static const char *const laws[] = {"tanh(v(%d,%d))*1m", "table(v(%d,%d),-1,-1m,-0.5,0,0.5,0,1,5m)",
                                       "1m*v(%d,%d)+1u*v(%d,%d)*v(%d,%d)*v(%d,%d)",
                                       "table(v(%d,%d),-1,-3m,0,-1m,1,1m,2,1)"};
    fprintf(file, "b%d %d %d i=", number, a, k);
    fprintf(file, laws[below(state, 4)], a, k, a, k, a, k, a, k);
    fputc('\n', file);
}

static void print_diodes(FILE *file, const char *letter, double share, int nodes, int *number, uint64_t *state)
{
    for (int left = count(state, share, nodes); left > 0; left--) {
        begin_card(file, "d", ++*number, nodes, state);
        fprintf(file, "%s%d\n", letter, 1 + below(state, 4));
    }
}

/* Eleven to fourteen inputs, nine to twelve hidden nodes with diodes, two outputs. */
static void print_layers(FILE *file, uint64_t *state)
{
    int inputs = 11 + below(state, 4), hidden = 9 + below(state, 4), number = 0;
    for (int input = 1; input <= inputs; input++)
        fprintf(file, "v%d a%d 0 %.4g\n", ++number, input, between(state, -2, 2));
    for (int node = 1; node <= hidden; node++)
        for (int input = 1; input <= inputs; input++)
            fprintf(file, "r%d b%d a%d %.6g\n", ++number, node, input, pow(10, between(state, 2, 5)));
    for (int output = 1; output <= 2; output++)
        for (int node = 1; node <= hidden; node++)
            fprintf(file, "r%d c%d b%d %.6g\n", ++number, output, node, pow(10, between(state, 2, 5)));
    for (int node = 1; node <= hidden; node++)
        fprintf(file, node % 2 ? "d%d b%d 0 i2\n" : "d%d 0 b%d i2\n", ++number, node);
}

char *mutant_cards(int recipe, uint64_t seed)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    uint64_t state = seed;
    int nodes = 4 + below(&state, 9), number = 0, last = nodes;
    double low = recipe_of[recipe].low, high = recipe_of[recipe].high;
    if (recipe == LAYERS) {
        print_layers(file, &state);
        print_models(file);
        fclose(file);
        return text;
    }
    for (int node = 1; node <= nodes; node++) {
        int other = below(&state, nodes + 1);
        fprintf(file, "r%d %d %d %.6g\n", ++number, node, node - 1, pow(10, between(&state, low, high)));
        if (other != node && other != node - 1)
            fprintf(file, "r%d %d %d %.6g\n", ++number, node, other, pow(10, between(&state, low, high)));
    }
    for (int left = nodes / 4 + 1; left > 0; left--)
        fprintf(file, "i%d 0 %d %.5g\n", ++number, 1 + below(&state, nodes),
                between(&state, -1, 1) * pow(10, between(&state, -6, 0)));
    for (int left = nodes / 5 + 1; left > 0; left--) {
        ++last;
        fprintf(file, "v%d %d %d %.4g\n", ++number, last, below(&state, last), between(&state, -5, 5));
        fprintf(file, "r%d %d %d %.6g\n", ++number, last, 1 + below(&state, nodes),
                pow(10, between(&state, low, high)));
    }
    print_diodes(file, "i", recipe_of[recipe].ideal, nodes, &number, &state);
    print_diodes(file, "p", recipe_of[recipe].piecewise, nodes, &number, &state);
    print_diodes(file, "e", recipe_of[recipe].exponential, nodes, &number, &state);
    for (int left = count(&state, recipe_of[recipe].curves, nodes); left > 0; left--) {
        if (below(&state, 3)) {
            print_curve(file, ++number, nodes, &state);
            continue;
        }
        begin_card(file, "d", ++number, nodes, &state);
        fprintf(file, "c%d\n", 1 + below(&state, 2));
    }
    for (int left = count(&state, recipe_of[recipe].others, nodes); left > 0; left--) {
        ++last;
        fprintf(file, "%c%d %d %d 0\n", below(&state, 2) ? 'c' : 'r', ++number, last, below(&state, last));
        fprintf(file, "r%d %d 0 1k\n", ++number, last);
    }
    print_models(file);
    fclose(file);
    return text;
}

/* ---- one circuit ------------------------------------------------------------------------------------------------- */

struct bench {
    struct circuit *circuit;
    struct element_tables tables;
    void *room; /* of the quick form */
    struct fine right;
    double most; /* V */
    uint64_t state;
    struct tally *tally;
    int recipe;
    uint64_t seed;
    other_judge *other; /* NULL: the quick form */
    void *context;
};

/* di/du of an element at the answer, S; 0 of voltage-defined branches. */
static double slope_of(const struct bench *bench, uint32_t e)
{
    const struct element *element = &bench->circuit->element[e];
    const struct fine *right = &bench->right;
    if (element->kind == ELEMENT_RESISTOR)
        return 1 / element->value;
    if (element->kind != ELEMENT_DIODE)
        return 0;
    struct dd u = dd_difference(right->hi[element->a], right->lo[element->a], right->hi[element->k],
                                right->lo[element->k]);
    return element->value * law_at(&bench->circuit->law[element->law], u, 0).slope;
}

/* All potentials and currents. */
static void show(const struct bench *bench)
{
    const struct circuit *circuit = bench->circuit;
    for (uint32_t v = 0; v < circuit->nodes.count; v++)
        printf("node %s: %.17g %+.17g V\n", circuit->nodes.text[v], bench->right.hi[v], bench->right.lo[v]);
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        printf("%s %s %s %g: %.17g A, %g S, state %d\n", circuit->elements.text[e], circuit->nodes.text[element->a],
               circuit->nodes.text[element->k], element->value, bench->right.i[e], slope_of(bench, e),
               bench->right.state[e]);
    }
}

static void complain(const struct bench *bench, const char *what, uint32_t which, const struct certificate *proof)
{
    if (getenv("OPSPICE_SHOW"))
        show(bench);
    printf("recipe %d, gmin %g, seed %llu: %s %u; law %g at %s, kcl %g at %s, loop %g, power %g\n", bench->recipe,
           bench->circuit->sim_options.gmin, (unsigned long long)bench->seed, what, which, proof->law_relative,
           proof->law_element == CERTIFICATE_NONE ? "-" : bench->circuit->elements.text[proof->law_element],
           proof->kcl_relative, proof->kcl_node == CERTIFICATE_NONE ? "-" : bench->circuit->nodes.text[proof->kcl_node],
           proof->loop_relative, proof->power_relative);
}

static bool judge(struct bench *bench, const struct fine *point, struct certificate *certificate, bool *quick)
{
    struct certificate brief;
    const struct claim claim = {bench->circuit, point->hi, point->lo, point->i};
    if (!certificate_compute(certificate, &claim, tolerance))
        abort();
    *quick = bench->other ? bench->other(bench->context, bench->circuit, point, certificate)
                          : certificate_quick(&brief, &claim, &bench->tables, tolerance, bench->room);
    return certificate->proved;
}

static void judge_wrong(struct bench *bench, const struct fine *point, enum mutation mutation, uint32_t which)
{
    struct certificate certificate;
    bool quick, accepted = judge(bench, point, &certificate, &quick);
    bench->tally->wrong[mutation]++;
    bench->tally->accepted[mutation] += accepted;
    bench->tally->accepted_quick[mutation] += quick;
    if (accepted || quick)
        complain(bench, mutation_names[mutation], which, &certificate);
}

static bool is_fixed(const struct element *element)
{
    return element->kind == ELEMENT_ISOURCE || element->a == element->k;
}

/* What the rounding of its potentials makes of an element's current, A: e of certificate.h. */
static double current_floor(const struct bench *bench, uint32_t e)
{
    const struct element *element = &bench->circuit->element[e];
    double magnitude = fabs(bench->right.hi[element->a]) + fabs(bench->right.hi[element->k]);
    return 8 * DBL_EPSILON * DBL_EPSILON * slope_of(bench, e) * magnitude;
}

static bool is_held(const struct bench *bench, uint32_t e)
{
    uint32_t kind = bench->circuit->element[e].kind;
    return kind == ELEMENT_VSOURCE || kind == ELEMENT_SHORT || bench->right.state[e];
}

/* Is so little more of a current within the tolerance and the floors at both of its nodes, and of its law? No law tells
 * that of a voltage-defined branch. */
static bool is_within_floors(const struct bench *bench, uint32_t e, double amperes)
{
    const struct circuit *circuit = bench->circuit;
    const uint32_t end[2] = {circuit->element[e].a, circuit->element[e].k};
    double floor[2] = {0, 0}, most[2] = {0, 0};
    for (uint32_t other = 0; other < circuit->elements.count; other++)
        for (int n = 0; n < 2; n++)
            if (circuit->element[other].a == end[n] || circuit->element[other].k == end[n]) {
                floor[n] += current_floor(bench, other) + 64 * DBL_EPSILON * fabs(bench->right.i[other]);
                most[n] = fmax(most[n], fabs(bench->right.i[other]));
            }
    return amperes <= 2 * (floor[0] + tolerance * most[0]) && amperes <= 2 * (floor[1] + tolerance * most[1]) &&
           (is_held(bench, e) || amperes <= 2 * current_floor(bench, e));
}

static void mutate_currents(struct bench *bench)
{
    double *i = bench->right.i;
    for (uint32_t e = 0; e < bench->circuit->elements.count; e++) {
        double before = i[e];
        if (is_fixed(&bench->circuit->element[e]) || fabs(before) < 1e6 * DBL_MIN)
            continue;
        if (is_within_floors(bench, e, by * fabs(before))) {
            bench->tally->excepted++;
            continue;
        }
        i[e] *= 1 + by;
        judge_wrong(bench, &bench->right, MUTATION_CURRENT, e);
        i[e] = before;
    }
}

static void shift(struct fine *point, uint32_t node, double volts)
{
    struct dd v = dd_add_double((struct dd){point->hi[node], point->lo[node]}, volts);
    point->hi[node] = v.hi;
    point->lo[node] = v.lo;
}

/* But for those that no measurement could tell. */
static void mutate_potentials(struct bench *bench)
{
    const struct circuit *circuit = bench->circuit;
    bool *node_moves = malloc(circuit->nodes.count), *current_moves = malloc(circuit->elements.count);
    const struct claim right = {circuit, bench->right.hi, bench->right.lo, bench->right.i};
    if (!undetermined_find(&right, by * bench->most, node_moves, current_moves))
        abort();
    for (uint32_t node = 1; node < circuit->nodes.count; node++) {
        if (node_moves[node]) {
            bench->tally->undetermined++;
            continue;
        }
        struct fine point = fine_copy(bench->circuit, &bench->right);
        shift(&point, node, by * bench->most);
        judge_wrong(bench, &point, MUTATION_POTENTIAL, node);
        fine_free(&point);
    }
    free(node_moves);
    free(current_moves);
}

static double conductance(const struct bench *bench, uint32_t e)
{
    const struct element *element = &bench->circuit->element[e];
    if (element->kind == ELEMENT_RESISTOR)
        return 1 / element->value;
    return is_held(bench, e) ? INFINITY : 0;
}

/* in [nodes]: those that a node hangs together with by such conductances. False where ground is one of them. */
static bool grow_cluster(const struct bench *bench, uint32_t node, double least, bool *in)
{
    const struct circuit *circuit = bench->circuit;
    memset(in, 0, circuit->nodes.count * sizeof *in);
    in[node] = true;
    for (bool grew = true; grew;) {
        grew = false;
        for (uint32_t e = 0; e < circuit->elements.count; e++) {
            const struct element *element = &circuit->element[e];
            if (in[element->a] == in[element->k] || !(conductance(bench, e) >= least))
                continue;
            in[element->a] = in[element->k] = grew = true;
        }
    }
    return !in[GROUND];
}

static void mutate_clusters(struct bench *bench)
{
    enum { CLUSTERS = 6 };
    const struct circuit *circuit = bench->circuit;
    bool *in = malloc(circuit->nodes.count * sizeof *in);
    for (uint32_t trial = 0; trial < CLUSTERS; trial++) {
        double least =
            pow(10, between(&bench->state, -recipe_of[bench->recipe].high, -recipe_of[bench->recipe].low));
        uint32_t node = 1 + (uint32_t)below(&bench->state, (int)circuit->nodes.count - 1);
        struct fine point = fine_copy(circuit, &bench->right);
        bool differs = false;
        if (grow_cluster(bench, node, least, in)) {
            for (uint32_t v = 1; v < circuit->nodes.count; v++)
                if (in[v])
                    shift(&point, v, by * bench->most);
            for (uint32_t e = 0; e < circuit->elements.count; e++) {
                point.i[e] = fine_current(circuit, &point, e);
                differs |= fabs(point.i[e] - bench->right.i[e]) > 2e-16 * fabs(bench->right.i[e]);
            }
        }
        if (differs)
            judge_wrong(bench, &point, MUTATION_CLUSTER, node);
        fine_free(&point);
    }
    free(in);
}

/* Both currents where two branches meet at a node and no other. */
static void mutate_pairs(struct bench *bench)
{
    const struct circuit *circuit = bench->circuit;
    double *i = bench->right.i;
    for (uint32_t node = 1; node < circuit->nodes.count; node++) {
        uint32_t branch[2], branches = 0;
        for (uint32_t e = 0; e < circuit->elements.count; e++)
            if ((circuit->element[e].a == node) != (circuit->element[e].k == node) && branches++ < 2)
                branch[branches - 1] = e;
        if (branches != 2 || is_fixed(&circuit->element[branch[0]]) || is_fixed(&circuit->element[branch[1]]) ||
            fabs(i[branch[0]]) < 1e6 * DBL_MIN || fabs(i[branch[1]]) < 1e6 * DBL_MIN)
            continue;
        double before[2] = {i[branch[0]], i[branch[1]]};
        if (is_within_floors(bench, branch[0], by * fabs(before[0])) &&
            is_within_floors(bench, branch[1], by * fabs(before[1]))) {
            bench->tally->excepted++;
            continue;
        }
        i[branch[0]] *= 1 + by;
        i[branch[1]] *= 1 + by;
        judge_wrong(bench, &bench->right, MUTATION_PAIR, node);
        i[branch[0]] = before[0];
        i[branch[1]] = before[1];
    }
}

static bool is_ideal(const struct circuit *circuit, uint32_t e)
{
    const struct element *element = &circuit->element[e];
    return element->kind == ELEMENT_DIODE && element->a != element->k && isinf(circuit->law[element->law].g_on);
}

/* Do the currents differ by more than what is within the floors? */
static bool differs(const struct bench *bench, const struct fine *point)
{
    for (uint32_t node = 1; node < bench->circuit->nodes.count; node++)
        if (fabs(point->hi[node] - bench->right.hi[node]) > 1e-9 * bench->most)
            return true;
    return false;
}

static void mutate_states(struct bench *bench)
{
    for (uint32_t e = 0; e < bench->circuit->elements.count; e++) {
        if (!is_ideal(bench->circuit, e))
            continue;
        struct fine point = fine_copy(bench->circuit, &bench->right);
        point.state[e] = !point.state[e];
        if (fine_refine(bench->circuit, &point, false) && differs(bench, &point))
            judge_wrong(bench, &point, MUTATION_STATE, e);
        fine_free(&point);
    }
}

static void mutate_neighbours(struct bench *bench)
{
    for (uint32_t e = 0; e < bench->circuit->elements.count; e++) {
        struct element *element = &bench->circuit->element[e];
        double before = element->value;
        if (!element_is_source(element))
            continue;
        struct fine point = fine_copy(bench->circuit, &bench->right);
        element->value *= 1 + pow(10, -1 - below(&bench->state, 6));
        bool solved = fine_refine(bench->circuit, &point, true);
        element->value = before;
        if (solved)
            judge_wrong(bench, &point, MUTATION_NEIGHBOUR, e);
        fine_free(&point);
    }
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

static bool is_proved(const struct bench *bench, const struct fine *point)
{
    const struct claim claim = {bench->circuit, point->hi, point->lo, point->i};
    struct certificate certificate;
    return certificate_compute(&certificate, &claim, tolerance) && certificate.proved;
}

/* Where 106 bits of potentials do not tell all currents the answer is that of the engine. */
static void take_answer(struct bench *bench, const struct engine *engine)
{
    const struct circuit *circuit = bench->circuit;
    memcpy(bench->right.hi, engine->op.voltage, circuit->nodes.count * sizeof *bench->right.hi);
    memcpy(bench->right.lo, engine->op.low, circuit->nodes.count * sizeof *bench->right.lo);
    memcpy(bench->right.i, engine->op.current, circuit->elements.count * sizeof *bench->right.i);
}

/* The answer, from that of the engine. */
static bool solve(struct bench *bench, struct diagnostics *diagnostics)
{
    struct circuit *circuit = bench->circuit;
    struct engine engine;
    bool solved = false;
    if (engine_init(&engine, circuit, &newton, true)) {
        engine_solve(&engine, diagnostics);
        for (uint32_t node = 1; engine.answered && node < circuit->nodes.count; node++)
            bench->right.hi[node] = isfinite(engine.op.voltage[node]) ? engine.op.voltage[node] : 0;
        for (uint32_t e = 0; engine.answered && e < circuit->elements.count; e++)
            if (is_ideal(circuit, e)) {
                const struct law *law = &circuit->law[circuit->element[e].law];
                double i = engine.op.current[e], u = engine.op.voltage[circuit->element[e].a] -
                                                     engine.op.voltage[circuit->element[e].k];
                double beyond = i - law->g_off * u;
                bench->right.state[e] = beyond > 1e-15 ? 1 : beyond < -1e-15 && isinf(law->g_rev) ? -1 : 0;
            }
        solved = fine_refine(circuit, &bench->right, true);
        if (solved && engine.certificate.proved && !is_proved(bench, &bench->right))
            take_answer(bench, &engine);
    }
    engine_free(&engine);
    return solved;
}

/* False: there is no answer. Where 106 bits tell too little of some current, and the engine has none, what is there is
 * wrong itself; the certificate forgives nothing of Kirchhoff's law for that. */
static bool judge_circuit(struct bench *bench)
{
    struct certificate certificate;
    bool quick;
    bench->most = 0;
    for (uint32_t node = 0; node < bench->circuit->nodes.count; node++)
        bench->most = fmax(bench->most, fabs(bench->right.hi[node]));
    if (!fine_balances(bench->circuit, &bench->right, 2 * tolerance, NULL)) {
        judge_wrong(bench, &bench->right, MUTATION_NONE, 0);
        return false;
    }
    bench->tally->right++;
    if (!judge(bench, &bench->right, &certificate, &quick)) {
        complain(bench, "right answer refused", 0, &certificate);
        return true;
    }
    bench->tally->right_accepted++;
    bench->tally->right_quick += quick;
    mutate_currents(bench);
    mutate_potentials(bench);
    mutate_clusters(bench);
    mutate_pairs(bench);
    mutate_states(bench);
    mutate_neighbours(bench);
    return true;
}

void mutants_judge(int recipe, double gmin, uint64_t seed, struct tally *tally)
{
    mutants_judge_by(recipe, gmin, seed, NULL, NULL, tally);
}

void mutants_judge_by(int recipe, double gmin, uint64_t seed, other_judge *other, void *context, struct tally *tally)
{
    char *cards = mutant_cards(recipe, seed);
    struct lowered lowered = lowered_circuit_at(gmin, cards);
    struct bench bench = {.circuit = &lowered.circuit, .state = seed, .tally = tally, .recipe = recipe, .seed = seed,
                          .other = other, .context = context};
    bench.room = calloc(1, certificate_quick_room(bench.circuit));
    bench.right = fine_new(bench.circuit);
    bool solved = lowered.diagnostics.errors == 0 && element_tables_build(&bench.tables, bench.circuit) &&
                  element_tables_arrange(&bench.tables) &&
                  solve(&bench, &lowered.diagnostics) && judge_circuit(&bench);
    tally->unsolved += !solved;
    if (!solved && getenv("OPSPICE_SHOW"))
        printf("recipe %d, gmin %g, seed %llu: not solved\n%s\n", recipe, gmin, (unsigned long long)seed, cards);
    fine_free(&bench.right);
    element_tables_free(&bench.tables);
    free(bench.room);
    lowered_free(&lowered);
    free(cards);
}
