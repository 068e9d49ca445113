/* Gradients: against differences of solves, of random circuits with every law, and by what must be so. */
#include "decks.h"
#include "gmins.h"
#include "suites.h"
#include "util/random.h"
#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- random circuits -------------------------------------------------------------------------------------------- */

/* A netlist that grows line by line. */
struct text {
    char at[8000];
    size_t length;
    struct random random;
    int nodes;
};

__attribute__((format(printf, 2, 3))) static void put(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    text->length += (size_t)vsnprintf(text->at + text->length, sizeof text->at - text->length, format, arguments);
    va_end(arguments);
    ck_assert_uint_lt(text->length, sizeof text->at);
}

static double from_to(struct text *text, double low, double high)
{
    return low + (high - low) * (1 + random_uniform(&text->random)) / 2;
}

/* A node; ground is 0. */
static int node(struct text *text)
{
    return (int)from_to(text, 0, text->nodes + 1);
}

static int other_node(struct text *text, int than)
{
    int found = node(text);
    return found != than ? found : found == text->nodes ? 0 : found + 1;
}

enum { RESISTIVE = 1, IDEAL = 2, PIECEWISE = 4, EXPONENTIAL = 8, COUPLED = 16, TRANSISTORS = 32 };

static void put_diode(struct text *text, int number, unsigned laws)
{
    static const char *const models[] = {"di", "dv", "dp", "de", "dr", "dz"};
    int least = laws & IDEAL ? 0 : laws & PIECEWISE ? 2 : 3, most = laws & EXPONENTIAL ? 6 : laws & PIECEWISE ? 3 : 2;
    int a = node(text), which = (int)from_to(text, least, most);
    put(text, "d%d n%d n%d %s\n", number, a, other_node(text, a), models[which]);
}

static void put_coupling(struct text *text, int number)
{
    int a = node(text), p = node(text), q = other_node(text, p);
    double gain = from_to(text, -0.9, 0.9);
    switch ((int)from_to(text, 0, 5)) {
    case 0:
        put(text, "e%d en%d 0 n%d n%d %.6g\nre%d en%d n%d 470\n", number, number, p, q, gain, number, number, a);
        break;
    case 1: put(text, "f%d n%d n%d v1 %.6g\n", number, a, other_node(text, a), gain); break;
    case 2: put(text, "g%d n%d n%d n%d n%d %.6g\n", number, a, other_node(text, a), p, q, 1e-3 * gain); break;
    case 3: put(text, "h%d hn%d 0 v1 %.6g\nrh%d hn%d n%d 1k\n", number, number, 300 * gain, number, number, a); break;
    default:
        put(text, "b%d n%d n%d i=1m*tanh(%.6g*v(n%d,n%d))+1u*v(n%d)^2\n", number, a, other_node(text, a), gain, p, q,
            node(text));
    }
}

static void put_transistor(struct text *text, int number)
{
    int c = node(text), b = node(text), e = other_node(text, c);
    switch ((int)from_to(text, 0, 4)) {
    case 0: put(text, "q%d n%d n%d n%d qn\n", number, c, b, e); break;
    case 1: put(text, "q%d n%d n%d n%d qp\n", number, c, b, e); break;
    case 2: put(text, "m%d n%d n%d n%d 0 mn w=20u l=2u\n", number, c, b, e); break;
    default: put(text, "j%d n%d n%d n%d jn\n", number, c, b, e);
    }
}

static const char models[] =
    ".model di d(ron=0 roff=1e15 vfwd=0)\n.model dv d(ron=0 vfwd=0.35 vrev=4 rrev=1m)\n"
    ".model dp d(ron=7 roff=1meg vfwd=0.6 vrev=3 rrev=20)\n.model de d(is=2f n=1.3)\n.model dr d(is=1p rs=4 ikf=1m)\n"
    ".model dz d(is=1f bv=2.2 ibv=1m)\n.model qn npn(bf=90 is=1f vaf=60 rb=100 re=1)\n"
    ".model qp pnp(bf=40 is=2f vaf=30 ikf=10m)\n.model mn nmos(vto=0.7 kp=50u lambda=0.02 gamma=0.4)\n"
    ".model jn njf(vto=-2 beta=1m lambda=0.01)\n";

/* Resistors that join all nodes, sources, and elements of these laws. */
static void put_circuit(struct text *text, double gmin, uint64_t seed, unsigned laws)
{
    *text = (struct text){.random = random_from(seed)};
    text->nodes = 3 + (int)from_to(text, 0, 8);
    put(text, "random %d\n.param scale=%.6g\nrg n0 0 {100*scale}\nv1 n1 0 %.6g\nv2 n2 m2 %.6g\nrm m2 0 %.6g tc1=1m\n",
        (int)seed, from_to(text, 0.5, 2), from_to(text, -5, 5), from_to(text, -5, 5), from_to(text, 10, 1000));
    for (int n = 1; n <= text->nodes; n++)
        put(text, "r%d n%d n%d %.6g\n", n, n, (int)from_to(text, 0, n), exp(from_to(text, log(30), log(30e3))));
    for (int n = 0; n < text->nodes; n++) {
        int a = node(text);
        put(text, "rx%d n%d n%d {scale*%.6g}\n", n, a, other_node(text, a), exp(from_to(text, log(30), log(30e3))));
    }
    put(text, "i1 n%d 0 %.6g\n", node(text), from_to(text, -5e-3, 5e-3));
    int diodes = laws & (IDEAL | PIECEWISE | EXPONENTIAL) ? text->nodes : 0;
    for (int d = 0; d < diodes; d++)
        put_diode(text, d, laws);
    for (int c = 0; laws & COUPLED && c < 3; c++)
        put_coupling(text, c);
    for (int q = 0; laws & TRANSISTORS && q < 3; q++)
        put_transistor(text, q);
    put(text, "%s.options gmin=%g\n.end\n", models, gmin);
}

/* ---- differences ------------------------------------------------------------------------------------------------- */

/* A solved deck, its outputs and its gradient. */
struct solved {
    opspice *deck;
    size_t nodes, branches, outputs;
    size_t input[100], inputs;
    double *gradient; /* [outputs][inputs] */
    bool open[300];   /* [outputs] that have no derivatives, as a warning says */
    double *at;       /* [8][outputs] */
};

static void take_outputs(const struct solved *solved, double *value)
{
    memcpy(value, opspice_node_voltages(solved->deck), solved->nodes * sizeof *value);
    memcpy(value + solved->nodes, opspice_branch_currents(solved->deck), solved->branches * sizeof *value);
}

static void add_named_inputs(struct solved *solved)
{
    static const char *const names[] = {"scale", "temp",  "dp:vfwd", "dp:ron", "dv:vfwd",  "dv:rrev",   "de:is",
                                        "de:n",  "dr:rs", "qn:bf",   "qp:is",  "@mn[vto]", "@jn[beta]", "@rm[tc1]"};
    for (size_t n = 0; n < sizeof names / sizeof *names; n++)
        if (opspice_find_input(solved->deck, names[n], &solved->input[solved->inputs]) == OPSPICE_OK)
            solved->inputs++;
}

/* A point that has no answer has none either where it is the first. */
static void check_unsolved(const char *text, size_t input, double value)
{
    struct solved fresh = {.deck = deck_load(text, OPSPICE_OK)};
    add_named_inputs(&fresh); /* which have numbers as they are found */
    ck_assert_int_eq(opspice_set_input(fresh.deck, input, value), OPSPICE_OK);
    ck_assert_msg(opspice_solve(fresh.deck) != OPSPICE_OK, "unsolved at %.17g of input %zu\n%s", value, input, text);
    opspice_free(fresh.deck);
}

/* Differences of fourth order of all outputs by an input into row [outputs]. False where a point has no answer. */
static bool difference(struct solved *solved, const char *text, size_t input, double value, double step, double *row)
{
    static const double at[] = {-2, -1, 1, 2}, weight[] = {1. / 12, -8. / 12, 8. / 12, -1. / 12};
    double *found = solved->at;
    memset(row, 0, solved->outputs * sizeof *row);
    for (int q = 0; q < 4; q++) {
        ck_assert_int_eq(opspice_set_input(solved->deck, input, value + at[q] * step), OPSPICE_OK);
        if (opspice_solve(solved->deck) != OPSPICE_OK) {
            check_unsolved(text, input, value + at[q] * step);
            return false;
        }
        take_outputs(solved, found);
        for (size_t o = 0; o < solved->outputs; o++)
            row[o] += weight[q] * found[o] / step;
    }
    return true;
}

/* Compare the derivatives of all outputs by one input with differences, kinks aside: where two steps agree. Returns how
 * many have been compared. */
static size_t compare(struct solved *solved, size_t q, const char *text)
{
    size_t input = solved->input[q], compared = 0;
    double value, *wide = solved->at + 2 * solved->outputs, *narrow = wide + solved->outputs;
    double *base = narrow + solved->outputs, size[2] = {0, 0};
    ck_assert_int_eq(opspice_get_input(solved->deck, input, &value), OPSPICE_OK);
    double step = value != 0 ? 2e-4 * fabs(value) : 1e-5;
    take_outputs(solved, base);
    bool good = difference(solved, text, input, value, step, wide) &&
                difference(solved, text, input, value, step / 2, narrow);
    ck_assert_int_eq(opspice_set_input(solved->deck, input, value), OPSPICE_OK);
    ck_assert_int_eq(opspice_solve(solved->deck), OPSPICE_OK);
    for (size_t o = 0; o < solved->outputs; o++)
        size[o >= solved->nodes] = fmax(size[o >= solved->nodes], fabs(solved->gradient[o * solved->inputs + q]));
    for (size_t o = 0; good && o < solved->outputs; o++) {
        double found = solved->gradient[o * solved->inputs + q], most = size[o >= solved->nodes];
        double noise = 1e-13 * fabs(base[o]) / step;
        if (solved->open[o]) {
            ck_assert(isnan(found));
            compared++;
            continue;
        }
        if (!(fabs(wide[o] - narrow[o]) <= 1e-8 * most + noise))
            continue;
        compared++;
        ck_assert_msg(fabs(found - narrow[o]) <= 1e-7 * most + 10 * noise,
                      "output %zu (%s) by input %zu (%s): %.12g, difference %.12g, largest %.3g\n%s", o,
                      o < solved->nodes ? opspice_node_name(solved->deck, o)
                                        : opspice_branch_name(solved->deck, o - solved->nodes),
                      input, input < solved->branches ? opspice_branch_name(solved->deck, input) : "-", found,
                      narrow[o], most, text);
    }
    return compared;
}

static void find_open(struct solved *solved)
{
    for (size_t o = 0; o < solved->outputs; o++) {
        char message[100];
        bool is_node = o < solved->nodes;
        snprintf(message, sizeof message, "%c(%s) has no derivatives", is_node ? 'v' : 'i',
                 is_node ? opspice_node_name(solved->deck, o) : opspice_branch_name(solved->deck, o - solved->nodes));
        solved->open[o] = deck_message(solved->deck, OPSPICE_WARNING, message) >= 0;
    }
}

static bool solve_all(struct solved *solved, const char *text)
{
    double value;
    *solved = (struct solved){.deck = opspice_new()};
    if (opspice_load_memory(solved->deck, "random", text, strlen(text)) != OPSPICE_OK ||
        opspice_solve(solved->deck) != OPSPICE_OK)
        return false;
    solved->nodes = opspice_node_count(solved->deck);
    solved->branches = opspice_branch_count(solved->deck);
    solved->outputs = solved->nodes + solved->branches;
    add_named_inputs(solved);
    for (size_t b = 0; b < solved->branches && solved->inputs < 60; b++)
        if (opspice_get_input(solved->deck, b, &value) == OPSPICE_OK)
            solved->input[solved->inputs++] = b;
    size_t output[300];
    for (size_t o = 0; o < solved->outputs; o++)
        output[o] = o;
    solved->gradient = calloc(solved->outputs * solved->inputs, sizeof *solved->gradient);
    solved->at = calloc(5 * solved->outputs, sizeof *solved->at);
    if (opspice_gradient(solved->deck, solved->outputs, output, solved->inputs, solved->input, solved->gradient) !=
        OPSPICE_OK)
        return false;
    find_open(solved);
    return true;
}

static void free_solved(struct solved *solved)
{
    opspice_free(solved->deck);
    free(solved->gradient);
    free(solved->at);
}

static const unsigned kinds[] = {
    RESISTIVE, IDEAL, PIECEWISE, EXPONENTIAL, IDEAL | PIECEWISE | EXPONENTIAL, COUPLED, COUPLED | IDEAL,
    COUPLED | PIECEWISE | EXPONENTIAL, TRANSISTORS, TRANSISTORS | COUPLED | EXPONENTIAL};
enum { KINDS = sizeof kinds / sizeof *kinds, CIRCUITS = 8 };

START_TEST(derivatives_are_differences)
{
    size_t compared = 0, all = 0, solved_circuits = 0;
    for (int c = 0; c < CIRCUITS; c++) {
        struct text text;
        struct solved solved;
        put_circuit(&text, gmins[_i / KINDS], (uint64_t)(_i * 1000 + c), kinds[_i % KINDS]);
        if (solve_all(&solved, text.at)) {
            solved_circuits++;
            for (size_t q = 0; q < solved.inputs; q++)
                compared += compare(&solved, q, text.at);
            all += solved.inputs * solved.outputs;
        }
        free_solved(&solved);
    }
    ck_assert_uint_ge(solved_circuits, CIRCUITS / 2);
    ck_assert_msg(compared > all * 8 / 10, "%zu of %zu", compared, all);
}
END_TEST

/* ---- what must be so --------------------------------------------------------------------------------------------- */

static size_t output_of(const opspice *deck, const char *name)
{
    size_t output = SIZE_MAX;
    ck_assert_msg(opspice_find_output(deck, name, &output) == OPSPICE_OK, "%s", name);
    return output;
}

static size_t input_of(opspice *deck, const char *name)
{
    size_t input = SIZE_MAX;
    ck_assert_msg(opspice_find_input(deck, name, &input) == OPSPICE_OK, "%s", name);
    return input;
}

static double derivative(opspice *deck, const char *output, const char *input)
{
    size_t out = output_of(deck, output), in = input_of(deck, input);
    double found = NAN;
    ck_assert_msg(opspice_gradient(deck, 1, &out, 1, &in, &found) == OPSPICE_OK, "%s by %s", output, input);
    return found;
}

/* By hand. */
START_TEST(formulas)
{
    static const struct {
        const char *text, *output, *input;
        double value;
    } row[] = {
        {"t\nv1 a 0 6\nr1 a b 1k\nr2 b 0 2k\n", "b", "v1", 2. / 3},
        {"t\nv1 a 0 6\nr1 a b 1k\nr2 b 0 2k\n", "V(B)", "r1", -6 * 2e3 / 9e6},
        {"t\nv1 a 0 6\nr1 a b 1k\nr2 b 0 2k\n", "i(V1)", "r2", 6 / 9e6},
        {"t\nv1 a 0 6\nr1 a b 1k\nr2 b 0 2k\n", "v1#branch", "v1", -1 / 3e3},
        {"t\nv1 a 0 6\nr1 a b 1k\nr2 b 0 2k\n", "i(r1)", "r1", -6 / 9e6},
        {"t\nv1 a 0 6\nr1 a b 1k\nr2 b 0 2k\n", "a", "r1", 0},
        {"t\ni1 0 b 1m m=2\nr2 b 0 2k\n", "b", "i1", 4e3},
        {"t\nv1 a 0 6\nr1 a b 0\nr2 b 0 2k\n", "i(r2)", "r1", -6 / 4e6}, /* a short that becomes a resistance */
        {"t\nv1 a 0 6\nr1 a b 1k\nd1 b 0 di\n.model di d(ron=0 vfwd=1)\n", "i(d1)", "di:vfwd", -1e-3},
        {"t\nv1 a 0 6\nr1 a b 1k\nd1 b 0 di\n.model di d(ron=0 vfwd=1)\n", "i(d1)", "di:ron", -5e-6},
        {"t\nv1 a 0 6\nr1 a 0 3\nb1 0 b i=2*i(r1)\nr2 b 0 5\n", "b", "r1", -10 * 6 / 9.}, /* which controls b1 */
        {"t\nv1 a 0 6\nr1 a 0 3\nh1 b 0 v1 2\nr2 b 0 5\n", "b", "h1", -2},
        {"t\n.param p=2\nv1 a 0 {p*p}\nr1 a b {p}\nr2 b 0 2\n", "b", "p", 1.5},
    };
    opspice *deck = deck_load(row[_i].text, OPSPICE_OK);
    ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
    double found = derivative(deck, row[_i].output, row[_i].input);
    ck_assert_msg(fabs(found - row[_i].value) <= 1e-9 * fabs(row[_i].value) + 1e-300, "%s by %s: %.15g, not %.15g",
                  row[_i].output, row[_i].input, found, row[_i].value);
    opspice_free(deck);
}
END_TEST
enum { FORMULAS = 13 };

/* Weights on all outputs are the sum of their gradients by these weights. */
START_TEST(weights_are_sums)
{
    struct text text;
    struct solved solved;
    put_circuit(&text, gmins[_i / 2], 77 + (uint64_t)_i, _i % 2 ? COUPLED | EXPONENTIAL : IDEAL | EXPONENTIAL);
    ck_assert(solve_all(&solved, text.at));
    double node[100], branch[100], sum[100] = {0}, found[100];
    for (size_t o = 0; o < solved.outputs; o++) {
        double by = from_to(&text, -1, 1) * (o < solved.nodes ? 1 : 1e3);
        *(o < solved.nodes ? &node[o] : &branch[o - solved.nodes]) = by;
        for (size_t q = 0; q < solved.inputs; q++)
            sum[q] += by * solved.gradient[o * solved.inputs + q];
    }
    ck_assert_int_eq(opspice_gradient_of(solved.deck, node, branch, solved.inputs, solved.input, found), OPSPICE_OK);
    for (size_t q = 0; q < solved.inputs; q++)
        ck_assert_msg(fabs(found[q] - sum[q]) <= 1e-9 * (fabs(sum[q]) + 1e-12), "%zu: %.12g, %.12g", q, found[q],
                      sum[q]);
    free_solved(&solved);
}
END_TEST

/* All values of elements at once, of one solution, and 0 for those that have none. */
START_TEST(all_branches)
{
    opspice *deck = deck_solved("t\nv1 a 0 6\nr1 a b 1k\nd1 b c dm\nr2 c 0 2k\nc1 c 0 1\n.model dm d\n");
    size_t count = opspice_branch_count(deck), output = output_of(deck, "c"), one;
    double all[10], single;
    ck_assert_int_eq(opspice_gradient(deck, 1, &output, count, NULL, all), OPSPICE_OK);
    for (size_t b = 0; b < count; b++) {
        one = b;
        ck_assert_int_eq(opspice_gradient(deck, 1, &output, 1, &one, &single), OPSPICE_OK);
        const char *name = opspice_branch_name(deck, b);
        ck_assert(all[b] == single);
        ck_assert((all[b] == 0) == (*name == 'd' || *name == 'c'));
    }
    ck_assert_int_eq(opspice_gradient(deck, 1, &output, count + 1, NULL, all), OPSPICE_USAGE);
    opspice_free(deck);
}
END_TEST

/* Derivatives of one side are said to be that. */
START_TEST(kinks_are_counted)
{
    static const struct {
        const char *text;
        size_t kinks;
    } row[] = {
        {"t\nv1 a 0 0\nr1 a b 1k\nd1 b 0 di\n.model di d(ron=0)\n", 1},
        {"t\nv1 a 0 1\nr1 a b 1k\nd1 b 0 di\n.model di d(ron=0)\n", 0},
        {"t\nv1 a 0 -1\nr1 a b 1k\nd1 b 0 di\n.model di d(ron=0)\n", 0},
        {"t\nv1 a 0 1\nr1 a 0 1k\nd1 a 0 dp\n.model dp d(ron=1 roff=1k vfwd=1)\n", 1},
        {"t\nv1 a 0 1.25\nr1 a 0 1k\nd1 a 0 dp\n.model dp d(ron=1 roff=1k vfwd=1)\n", 0},
        {"t\nv1 a 0 1\nr1 a 0 1k\ne1 b 0 a 0 2\nr2 b c 1k\nd1 c d di\nv3 d 0 2\n.model di d(ron=0)\n", 1},
        {"t\nv1 a 0 1\nr1 a 0 1k\ne1 b 0 a 0 2\nr2 b c 1k\nd1 c d di\nv3 d 0 1\n.model di d(ron=0)\n", 0},
    };
    opspice *deck = deck_solved(row[_i].text);
    ck_assert_uint_eq(opspice_kinks(deck), row[_i].kinks);
    opspice_free(deck);
}
END_TEST
enum { KINK_ROWS = 7 };

START_TEST(wrong_calls)
{
    opspice *deck = deck_load("t\nv1 a 0 6\nr1 a b 1k\nr2 b 0 2k\n.dc v1 1 2 1\n", OPSPICE_OK);
    size_t output = 0, input = 1, wrong = 99;
    double found = 7;
    ck_assert_int_eq(opspice_gradient(deck, 1, &output, 1, &input, &found), OPSPICE_USAGE); /* no answer yet */
    ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
    ck_assert_int_eq(opspice_gradient(deck, 1, &wrong, 1, &input, &found), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_gradient(deck, 1, &output, 1, &wrong, &found), OPSPICE_USAGE);
    ck_assert_int_eq(opspice_set_input(deck, 1, 5), OPSPICE_OK);
    ck_assert_int_eq(opspice_gradient(deck, 1, &output, 1, &input, &found), OPSPICE_USAGE); /* of another circuit */
    ck_assert_int_eq(opspice_gradient_of(deck, NULL, NULL, 1, &input, &found), OPSPICE_USAGE);
    ck_assert_uint_eq(opspice_kinks(deck), 0);
    ck_assert(found == 7);
    ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
    ck_assert_int_eq(opspice_gradient_of(deck, NULL, NULL, 1, &input, &found), OPSPICE_OK);
    ck_assert(found == 0);
    ck_assert_int_eq(opspice_run(deck, NULL, NULL), OPSPICE_OK);
    ck_assert_int_eq(opspice_gradient(deck, 1, &output, 1, &input, &found), OPSPICE_USAGE); /* a sweep keeps none */
    static const char *const names[] = {"x", "v(x)", "i(x)", "x#branch", "", "v()", "0", "v(0)", "v(a,b)", "r1"};
    for (size_t n = 0; n < sizeof names / sizeof *names; n++)
        ck_assert_msg(opspice_find_output(deck, names[n], &output) == OPSPICE_USAGE, "%s", names[n]);
    opspice_free(deck);
}
END_TEST

/* Outputs that the circuit leaves open are named and have no derivatives; all others have theirs, and so do sources but
 * for those beside whose value there is no operating point. */
static const struct {
    const char *text, *output, *input, *why; /* why NULL: there is one */
    double value;
} open_rows[] = {
#define FLOATING "t\nv1 a 0 6\nr1 a 0 1k\ni1 b c 1m\nr2 b c 2k\nr3 b c 2k\ni2 b 0 0\n"
#define COUPLED_TOO "e1 x 0 a 0 2\nr9 x 0 1k\n"
    {FLOATING, "v(b)", "r2", "v(b) has no derivatives: node b floats", NAN},
    {FLOATING COUPLED_TOO, "v(b)", "r2", "v(b) has no derivatives: node b floats", NAN},
    {FLOATING COUPLED_TOO, "v(c)", "r2", "v(c) has no derivatives: node c floats", NAN},
    {FLOATING, "i(r2)", "r2", NULL, 1.25e-7},
    {FLOATING COUPLED_TOO, "i(r2)", "r2", NULL, 1.25e-7},
    {FLOATING, "i(r2)", "i1", NULL, -0.5},
    {FLOATING, "i(r2)", "i2", NULL, NAN},
    {FLOATING COUPLED_TOO, "i(r2)", "i2", NULL, NAN},
    {FLOATING, "i(r1)", "r1", NULL, -6e-6},
    {FLOATING, "a", "v1", NULL, 1},
    /* a part that its diodes hold, one from above and one from below, at once */
    {"t\nv1 a 0 6\nr1 a 0 1k\nr2 b c 1k\nd1 b 0 di\nd2 0 c di\n.model di d(ron=0)\n", "i(r1)", "v1", NULL, 1e-3},
#define LOOP "t\nv1 a 0 6\nv2 a 0 6\nr1 a b 1k\nr2 b 0 2k\n"
    {LOOP, "b", "r1", NULL, -6 * 2e3 / 9e6},
    {LOOP COUPLED_TOO, "b", "r1", NULL, -6 * 2e3 / 9e6},
    {LOOP, "b", "v1", NULL, NAN},
    {LOOP COUPLED_TOO, "b", "v1", NULL, NAN},
    {LOOP COUPLED_TOO, "b", "v2", NULL, NAN},
    {LOOP, "i(v1)", "r1", "i(v1) has no derivatives: v1 is in a loop without resistance", NAN},
    {LOOP COUPLED_TOO, "i(v1)", "r1", "i(v1) has no derivatives: v1 is in a loop without resistance", NAN},
    {LOOP COUPLED_TOO, "i(v2)", "r1", "i(v2) has no derivatives: v2 is in a loop without resistance", NAN},
    /* a threshold that two diodes share */
#define DIODES "t\nv1 a 0 6\nr1 a b 1k\nd1 b 0 di\nd2 b 0 di\nr2 b 0 1k\n.model di d(ron=0 vfwd=1)\n"
    {DIODES, "i(r1)", "di:vfwd", NULL, -1e-3},
    {DIODES, "i(d1)", "r1", "i(d1) has no derivatives: d1 is in a loop without resistance", NAN},
};
enum { OPEN_ROWS = sizeof open_rows / sizeof *open_rows };

START_TEST(what_is_open_is_named)
{
    opspice *deck = deck_solved(open_rows[_i].text);
    size_t before = opspice_diagnostic_count(deck);
    double found = derivative(deck, open_rows[_i].output, open_rows[_i].input), value = open_rows[_i].value;
    ck_assert_msg(isnan(value) ? isnan(found) : fabs(found - value) <= 1e-9 * fabs(value), "%s by %s: %.15g, not %.15g",
                  open_rows[_i].output, open_rows[_i].input, found, value);
    ck_assert_uint_eq(opspice_diagnostic_count(deck), before + (open_rows[_i].why != NULL));
    if (open_rows[_i].why)
        ck_assert_int_ge(deck_message(deck, OPSPICE_WARNING, open_rows[_i].why), 0);
    opspice_free(deck);
}
END_TEST

/* One that is open among outputs is no hindrance, and sums may be decided whose terms are not. */
START_TEST(open_outputs_among_others)
{
    for (int coupled = 0; coupled < 2; coupled++) {
        static const char *const names[] = {"b", "a", "i(v3)", "i(r4)"};
        size_t output[4], input[3];
        double row[4][3], node[10] = {0}, branch[20] = {0};
#define BOTH FLOATING "v3 p 0 1\nv4 p 0 1\nr4 p 0 4\n"
        opspice *deck = deck_solved(coupled ? BOTH COUPLED_TOO : BOTH);
        size_t nodes = opspice_node_count(deck);
        for (int o = 0; o < 4; o++)
            output[o] = output_of(deck, names[o]);
        input[0] = input_of(deck, "v1");
        input[1] = input_of(deck, "r2");
        input[2] = input_of(deck, "r4");
        ck_assert_int_eq(opspice_gradient(deck, 4, output, 3, input, row[0]), OPSPICE_OK);
        ck_assert(isnan(row[0][0]) && isnan(row[2][2]));
        ck_assert(fabs(row[1][0] - 1) < 1e-12 && fabs(row[3][2] + 1. / 16) < 1e-12);
        node[output_of(deck, "b")] = 2;
        node[output_of(deck, "c")] = -2;
        branch[output[2] - nodes] = branch[output_of(deck, "i(v4)") - nodes] = 3;
        ck_assert_int_eq(opspice_gradient_of(deck, node, branch, 3, input, row[0]), OPSPICE_OK);
        ck_assert(fabs(row[0][1] + 2 * 1e-3 / 4) < 1e-12 && fabs(row[0][2] - 3. / 16) < 1e-12);
        branch[output[2] - nodes] = 1;
        ck_assert_int_eq(opspice_gradient_of(deck, node, branch, 3, input, row[0]), OPSPICE_OK);
        ck_assert(isnan(row[0][0]) && isnan(row[0][1]) && isnan(row[0][2]));
        ck_assert_int_ge(deck_message(deck, OPSPICE_WARNING, "the sum of outputs has no derivatives: v3"), 0);
        opspice_free(deck);
    }
}
END_TEST

/* Where a value is neither on its card nor known without that, or has no neighbours, there is no derivative. */
START_TEST(no_derivative)
{
    opspice *deck = deck_solved("t\n.param n=1\nv1 a 0 6\nr1 a b 1k\nq1 b b 0 qn\n.if (n==1)\nr2 b 0 1k\n.else\n"
                                "r2 b c 1k\nr3 c 0 1\n.endif\n.model qn npn\n");
    ck_assert(isnan(derivative(deck, "b", "n")));
    ck_assert(isnan(derivative(deck, "b", "qn:rbm")));
    ck_assert(!isnan(derivative(deck, "b", "r1")));
    double taken = derivative(deck, "b", "qn:bf");
    ck_assert_int_eq(opspice_set_input(deck, input_of(deck, "qn:bf"), 100), OPSPICE_OK);
    ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
    double given = derivative(deck, "b", "qn:bf");
    ck_assert(given > 0 && fabs(taken - given) <= 1e-9 * given);
    opspice_free(deck);
}
END_TEST

/* A grid of 10,000 nodes. */
START_TEST(a_large_grid)
{
    enum { SIDE = 100, ROOM = 1 << 20 };
    char *text = malloc(ROOM);
    size_t length = (size_t)sprintf(text, "grid\nv1 n0_0 0 1\n");
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            if (x + 1 < SIDE)
                length += (size_t)sprintf(text + length, "rx%d_%d n%d_%d n%d_%d %d\n", x, y, x, y, x + 1, y,
                                          100 + (x * y) % 997);
            if (y + 1 < SIDE)
                length += (size_t)sprintf(text + length, "ry%d_%d n%d_%d n%d_%d %d\n", x, y, x, y, x, y + 1,
                                          100 + (x + y) % 89);
        }
    sprintf(text + length, "rl n%d_%d 0 1k\n", SIDE - 1, SIDE - 1);
    opspice *deck = deck_solved(text);
    static const char *const names[] = {"rx0_0", "ry50_50", "rx98_99", "rl", "rx3_90", "v1"};
    size_t output = output_of(deck, "n70_30");
    double *all = calloc(opspice_branch_count(deck), sizeof *all);
    ck_assert_int_eq(opspice_gradient(deck, 1, &output, opspice_branch_count(deck), NULL, all), OPSPICE_OK);
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        size_t input = input_of(deck, names[n]);
        double value, found[2], step;
        ck_assert_int_eq(opspice_get_input(deck, input, &value), OPSPICE_OK);
        step = 0.01 * value;
        for (int side = 0; side < 2; side++) {
            ck_assert_int_eq(opspice_set_input(deck, input, value + (side ? step : -step)), OPSPICE_OK);
            ck_assert_int_eq(opspice_solve(deck), OPSPICE_OK);
            found[side] = deck_voltage(deck, "n70_30");
        }
        ck_assert_int_eq(opspice_set_input(deck, input, value), OPSPICE_OK);
        double difference = (found[1] - found[0]) / (2 * step);
        ck_assert_msg(fabs(all[input] - difference) <= 1e-3 * fabs(difference) + 1e-15 / step, "%s: %g, %g", names[n],
                      all[input], difference);
    }
    free(all);
    free(text);
    opspice_free(deck);
}
END_TEST

Suite *suite_gradient(void)
{
    Suite *suite = suite_create("gradient");
    TCase *tests = tcase_create("gradient");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, derivatives_are_differences, 0, KINDS * GMINS);
    tcase_add_loop_test(tests, formulas, 0, FORMULAS);
    tcase_add_loop_test(tests, weights_are_sums, 0, 2 * GMINS);
    tcase_add_test(tests, all_branches);
    tcase_add_loop_test(tests, kinks_are_counted, 0, KINK_ROWS);
    tcase_add_test(tests, wrong_calls);
    tcase_add_loop_test(tests, what_is_open_is_named, 0, OPEN_ROWS);
    tcase_add_test(tests, open_outputs_among_others);
    tcase_add_test(tests, no_derivative);
    tcase_add_test(tests, a_large_grid);
    suite_add_tcase(suite, tests);
    return suite;
}
