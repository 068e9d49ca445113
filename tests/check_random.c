/* Properties on random circuits: each is solved and proved, or has a loop or a cut that says why not; the proof holds
 * in the eyes of the test; the solvers agree; order, names and units do not matter; a warm start forgets nothing.
 *
 * OPSPICE_SEED=n tries other circuits, OPSPICE_CIRCUITS=n tries n of each recipe. */
#include "existence.h"
#include "disproof.h"
#include "gmins.h"
#include "networks.h"
#include "suites.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
enum { SLOWER = 8 };
#else
enum { SLOWER = 1 };
#endif

enum { CIRCUITS = 80, LARGE_CIRCUITS = 4, TINY_CIRCUITS = 500 }; /* of each recipe */

/*   name        least most  spread tied  R    ideal drops pwl  V     I     L,C   short */
static const struct recipe recipes[] = {
    {"resistors",     2, 60, 10, 1.00, 1.0, 0.0, 0.0, 0.0, 0.1, 0.2, 0.10, 0.05},
    {"diodes",        2, 60,  4, 1.00, 0.5, 0.8, 0.2, 0.0, 0.1, 0.2, 0.05, 0.05},
    {"ten decades",   2, 60, 10, 1.00, 0.5, 0.5, 0.2, 0.2, 0.1, 0.2, 0.05, 0.05},
    {"piecewise",     2, 60,  5, 0.90, 0.5, 0.0, 0.0, 1.0, 0.1, 0.2, 0.05, 0.05},
    {"sparse",        2, 40,  3, 0.30, 0.3, 0.8, 0.3, 0.3, 0.2, 0.0, 0.10, 0.05},
    {"floating",      2, 40,  3, 0.60, 0.2, 0.5, 0.1, 0.1, 0.3, 0.1, 0.20, 0.05},
    {"driven",        2, 30,  3, 0.50, 0.2, 1.5, 0.2, 0.2, 0.0, 0.2, 0.05, 0.05},
    {"many diodes",   2, 30,  4, 0.90, 0.1, 3.0, 0.5, 0.0, 0.05, 0.3, 0.00, 0.00},
    {"sources",       2, 60,  6, 0.60, 0.5, 0.05, 0.1, 0.3, 0.5, 0.1, 0.05, 0.05},
    {"coincidences",  2, 20,  0, 0.90, 0.3, 1.0, 0.2, 0.0, 0.2, 0.3, 0.05, 0.05},
    {"degenerate",    2, 12,  0, 0.60, 0.3, 1.5, 0.0, 0.0, 0.3, 0.3, 0.10, 0.10},
    {"drops only",    2, 40,  5, 0.90, 0.5, 0.0, 1.0, 0.0, 0.2, 0.3, 0.00, 0.00},
    {"everything",    2, 60,  8, 0.95, 0.5, 0.3, 0.2, 0.3, 0.2, 0.2, 0.05, 0.05},
    {"medium",       60, 120, 6, 0.95, 0.8, 0.5, 0.2, 0.2, 0.05, 0.1, 0.02, 0.02},
};
enum { RECIPES = sizeof recipes / sizeof *recipes };

static const struct recipe large_recipes[] = {
    {"large",       500, 2000, 4, 1.00, 1.0, 0.5, 0.1, 0.0, 0.01, 0.1, 0.01, 0.01},
    {"large, wide", 500, 2000, 8, 1.00, 1.0, 0.2, 0.1, 0.2, 0.01, 0.1, 0.01, 0.01},
    {"large, loose", 500, 1500, 4, 0.98, 0.5, 0.3, 0.1, 0.1, 0.02, 0.0, 0.01, 0.00},
};
enum { LARGE_RECIPES = sizeof large_recipes / sizeof *large_recipes };

static const struct recipe tiny_recipes[] = {
    {"tiny",          1, 5, 0, 0.8, 0.4, 0.8, 0.3, 0.0, 0.3, 0.4, 0.0, 0.1},
    {"tiny, sparse",  2, 5, 0, 0.4, 0.2, 1.0, 0.3, 0.0, 0.4, 0.3, 0.0, 0.1},
    {"tiny, driven",  1, 4, 0, 0.3, 0.2, 1.5, 0.0, 0.0, 0.1, 0.6, 0.0, 0.0},
};
enum { TINY_RECIPES = sizeof tiny_recipes / sizeof *tiny_recipes };

static const double tolerance = 1e-9;

static long number_from(const char *variable, long otherwise)
{
    const char *text = getenv(variable);
    return text ? atol(text) : otherwise;
}

static uint64_t seed_of(int batch, int circuit)
{
    return (uint64_t)number_from("OPSPICE_SEED", 0) * 1000000007u + (uint64_t)batch * 1000003u + (uint64_t)circuit;
}

static int circuits(int usual)
{
    int number = (int)number_from("OPSPICE_CIRCUITS", usual / SLOWER);
    return number > 0 ? number : 1;
}

/* ---- one property each ------------------------------------------------------------------------------------------ */

/* Fail and leave the circuit behind. Takes complaint; NULL: all is well. */
static void require_none(char *complaint, const struct random_network *network, const char *property)
{
    char path[64];
    if (!complaint)
        return;
    snprintf(path, sizeof path, "random-failed-%ld.cir", (long)getpid()); /* each batch is a process of its own */
    char *text = random_network_text(network);
    FILE *file = fopen(path, "w");
    if (file) {
        fputs(text, file);
        fclose(file);
    }
    ck_abort_msg("%s: %s; the circuit is in %s", property, complaint, path);
}

__attribute__((format(printf, 4, 5)))
static void require(bool good, const struct random_network *network, const char *property, const char *format, ...)
{
    if (good)
        return;
    char *complaint = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&complaint, format, arguments);
    va_end(arguments);
    require_none(length < 0 ? strdup("no memory") : complaint, network, property);
}

static bool is_topology(const char *message)
{
    static const char *const kinds[] = {"closes a loop", "between a node and itself", "forced forward", "no DC path"};
    for (size_t k = 0; message && k < sizeof kinds / sizeof *kinds; k++)
        if (strstr(message, kinds[k]))
            return true;
    return false;
}

/* Solved and proved, or refused with a reason. */
static void check_outcome(const struct random_network *network, const struct answer *answer, const char *property)
{
    if (answer->status == OPSPICE_OK)
        require_none(random_network_disproof(network, answer, tolerance), network, property);
    else
        require(answer->status == OPSPICE_NO_OPERATING_POINT && is_topology(answer->message), network, property,
                "status %d: %s", answer->status, answer->message ? answer->message : "no message");
}

static void check_same(const struct random_network *network, const struct answer *answer, const struct answer *other,
                       const char *property)
{
    require(answer->status == other->status, network, property, "status %d or %d", answer->status, other->status);
    if (answer->status == OPSPICE_OK)
        require_none(random_network_difference(network, answer, other, tolerance), network, property);
}

static void check_solver(const struct random_network *network, const struct answer *answer, const char *solver)
{
    struct answer other = random_network_solve(network, solver);
    check_outcome(network, &other, solver);
    check_same(network, answer, &other, solver);
    answer_free(&other);
}

/* The answer of another circuit, brought back to the parts of the first one. */
static void check_shuffled(const struct random_network *network, const struct answer *answer, uint64_t seed)
{
    int *node_at = malloc((size_t)network->nodes * sizeof *node_at);
    int *part_at = malloc((size_t)network->parts * sizeof *part_at);
    struct random_network shuffled = random_network_shuffled(network, seed, node_at, part_at);
    struct answer there = random_network_solve(&shuffled, "auto"), back = {.status = there.status};
    check_outcome(&shuffled, &there, "shuffled");
    if (there.status == OPSPICE_OK) {
        back.v = malloc((size_t)network->nodes * sizeof *back.v);
        back.i = malloc((size_t)network->parts * sizeof *back.i);
        for (int node = 0; node < network->nodes; node++)
            back.v[node] = there.v[node_at[node]];
        for (int p = 0; p < network->parts; p++)
            back.i[p] = there.i[part_at[p]];
    }
    check_same(network, answer, &back, "shuffled");
    answer_free(&back);
    answer_free(&there);
    random_network_free(&shuffled);
    free(node_at);
    free(part_at);
}

/* Solve the changed network; its voltages and currents over these factors must be the answer of the first. */
static void check_scaled(const struct random_network *network, const struct answer *answer,
                         struct random_network *changed, double volts, double amperes, const char *property)
{
    struct answer there = random_network_solve(changed, "auto");
    check_outcome(changed, &there, property);
    for (int node = 0; there.v && node < network->nodes; node++)
        there.v[node] /= volts;
    for (int p = 0; there.i && p < network->parts; p++)
        there.i[p] /= amperes;
    check_same(network, answer, &there, property);
    answer_free(&there);
    random_network_free(changed);
}

/* Every source times s: every answer times s, where no diode has a voltage of its own. */
static void check_source_scale(const struct random_network *network, double s)
{
    struct random_network plain = random_network_copy(network);
    for (int m = 0; m < plain.models; m++) {
        plain.model[m].vfwd = 0;
        plain.model[m].vrev = NAN;
    }
    struct random_network scaled = random_network_copy(&plain);
    for (int p = 0; p < scaled.parts; p++)
        if (scaled.part[p].letter == 'V' || scaled.part[p].letter == 'I')
            scaled.part[p].value *= s;
    struct answer answer = random_network_solve(&plain, "auto");
    check_outcome(&plain, &answer, "without drops");
    check_scaled(&plain, &answer, &scaled, s, s, "scaled sources");
    answer_free(&answer);
    random_network_free(&plain);
}

/* Every resistance times s, current sources by 1/s: every current by 1/s. */
static void check_resistance_scale(const struct random_network *network, double s)
{
    struct random_network explicit = random_network_copy(network);
    for (int m = 0; m < explicit.models; m++) { /* no default of a model is left: they would not scale */
        struct model *model = &explicit.model[m];
        model->ron = isnan(model->ron) ? 2 : model->ron;
        model->roff = isnan(model->roff) && model->ron > 0 ? 1e6 : model->roff;
    }
    struct random_network scaled = random_network_copy(&explicit);
    for (int m = 0; m < scaled.models; m++) {
        scaled.model[m].ron *= s;
        scaled.model[m].roff *= s;
        scaled.model[m].rrev *= s;
    }
    for (int p = 0; p < scaled.parts; p++)
        scaled.part[p].value *= scaled.part[p].letter == 'R' ? s : scaled.part[p].letter == 'I' ? 1 / s : 1;
    struct answer answer = random_network_solve(&explicit, "auto");
    check_outcome(&explicit, &answer, "without defaults");
    check_scaled(&explicit, &answer, &scaled, 1, 1 / s, "scaled resistances");
    answer_free(&answer);
    random_network_free(&explicit);
}

/* All sources the other way, all diodes turned round: everything the other way. */
static void check_mirrored(const struct random_network *network, const struct answer *answer)
{
    struct random_network mirrored = random_network_copy(network);
    for (int p = 0; p < mirrored.parts; p++) {
        struct part *part = &mirrored.part[p];
        if (part->letter == 'V' || part->letter == 'I')
            part->value = -part->value;
        if (part->letter == 'D') {
            int a = part->a;
            part->a = part->k;
            part->k = a;
        }
    }
    struct answer there = random_network_solve(&mirrored, "auto");
    check_outcome(&mirrored, &there, "mirrored");
    for (int node = 0; there.v && node < network->nodes; node++)
        there.v[node] = -there.v[node];
    for (int p = 0; there.i && p < network->parts; p++)
        there.i[p] *= network->part[p].letter == 'D' ? 1 : -1;
    check_same(network, answer, &there, "mirrored");
    answer_free(&there);
    random_network_free(&mirrored);
}

static void set_sources(const struct random_network *network, opspice *deck)
{
    for (int p = 0; p < network->parts; p++) {
        char name[16];
        snprintf(name, sizeof name, "%c%d", network->part[p].letter, p);
        if (network->part[p].letter == 'V' || network->part[p].letter == 'I')
            ck_assert_int_eq(opspice_set_source(deck, name, network->part[p].value), OPSPICE_OK);
    }
}

/* New source values, one of them or all, in a deck that is solved already; then the old ones again. */
static void check_warm(const struct random_network *network, const struct answer *answer, uint64_t seed)
{
    int status;
    opspice *deck = random_network_load(network, "auto", &status);
    struct answer first = answer_of(network, deck, status);
    if (status != OPSPICE_OK) { /* a deck that was refused stays refused */
        answer_free(&first);
        opspice_free(deck);
        return;
    }
    struct random_network changed = random_network_copy(network);
    bool all = random_bits(&seed) & 1;
    for (int p = 0, sources = 0; p < changed.parts; p++)
        if ((changed.part[p].letter == 'V' || changed.part[p].letter == 'I') && (all || sources++ == 0))
            changed.part[p].value *= 2 * random_share(&seed) - 0.5;
    struct answer fresh = random_network_solve(&changed, "auto");
    set_sources(&changed, deck);
    struct answer warm = answer_of(&changed, deck, OPSPICE_OK);
    check_outcome(&changed, &warm, "warm");
    check_same(&changed, &fresh, &warm, "warm");
    set_sources(network, deck);
    struct answer again = answer_of(network, deck, OPSPICE_OK);
    check_outcome(network, &again, "warm, back");
    check_same(network, answer, &again, "warm, back");
    answer_free(&first);
    answer_free(&fresh);
    answer_free(&warm);
    answer_free(&again);
    random_network_free(&changed);
    opspice_free(deck);
}

/* ---- all of them ------------------------------------------------------------------------------------------------ */

/* Returns whether the circuit had an operating point. */
static bool check_circuit(const struct recipe *recipe, double gmin, uint64_t seed)
{
    struct random_network network = random_network_draw(recipe, gmin, seed);
    struct answer answer = random_network_solve(&network, "newton");
    double s = pow(10, 4 * random_share(&seed) - 2);
    bool solved = answer.status == OPSPICE_OK;
    check_outcome(&network, &answer, "newton");
    check_solver(&network, &answer, "cd");
    check_shuffled(&network, &answer, seed);
    switch (random_bits(&seed) % 4) {
    case 0: check_source_scale(&network, s); break;
    case 1: check_resistance_scale(&network, s); break;
    case 2: check_mirrored(&network, &answer); break;
    default: check_warm(&network, &answer, seed);
    }
    answer_free(&answer);
    random_network_free(&network);
    return solved;
}

START_TEST(random_circuits)
{
    int number = circuits(CIRCUITS), solved = 0, recipe = _i % RECIPES;
    for (int circuit = 0; circuit < number; circuit++)
        solved += check_circuit(&recipes[recipe], gmins[_i / RECIPES], seed_of(recipe, circuit));
    ck_assert_msg(number < 50 || solved >= number / 5, "%s: only %d of %d have an operating point",
                  recipes[recipe].name, solved, number);
}
END_TEST

START_TEST(large_circuits)
{
    for (int circuit = 0; circuit < circuits(LARGE_CIRCUITS); circuit++)
        check_circuit(&large_recipes[_i % LARGE_RECIPES], gmins[_i / LARGE_RECIPES],
                      seed_of(100 + _i % LARGE_RECIPES, circuit));
}
END_TEST

/* All conducting sets tried one by one decide whether there is an operating point, and which. */
static void check_existence(const struct recipe *recipe, double gmin, uint64_t seed)
{
    struct random_network network = random_network_draw(recipe, gmin, seed);
    struct answer answer = random_network_solve(&network, "auto"), expected = {0};
    if (existence_decide(&network, &expected))
        check_same(&network, &expected, &answer, "against all conducting sets");
    answer_free(&expected);
    answer_free(&answer);
    random_network_free(&network);
}

START_TEST(tiny_circuits)
{
    for (int circuit = 0; circuit < circuits(TINY_CIRCUITS); circuit++) {
        uint64_t seed = seed_of(200 + _i % TINY_RECIPES, circuit);
        check_existence(&tiny_recipes[_i % TINY_RECIPES], gmins[_i / TINY_RECIPES], seed);
        check_circuit(&tiny_recipes[_i % TINY_RECIPES], gmins[_i / TINY_RECIPES], seed);
    }
}
END_TEST

/* ---- twelve decades of resistance -------------------------------------------------------------------------------- */

enum { LINE = 1000, SIDE = 20 };

static struct random_network wide_new(int nodes, int parts)
{
    struct random_network network = {.nodes = nodes, .models = 1, .gmin = 1e-12};
    network.part = calloc((size_t)parts, sizeof *network.part);
    network.model = malloc(sizeof *network.model);
    network.model[0] = (struct model){0, NAN, 0, NAN, NAN};
    return network;
}

static void wide_add(struct random_network *network, char letter, int a, int k, double value)
{
    network->part[network->parts++] = (struct part){letter, a, k, 0, value};
}

static double wide_ohms(uint64_t *seed)
{
    return pow(10, 12 * random_share(seed) - 6);
}

/* 1 V or 1 A at node 1 of a line of resistors, drawn or by turns 1e-6 and 1e6 ohm, that ends in 1 ohm; diodes beside
 * some of them, which block where the current flows or conduct and carry all of it. */
static struct random_network wide_line(char drive, bool drawn, bool diodes, uint64_t seed)
{
    struct random_network network = wide_new(LINE + 1, 2 * LINE + 2);
    wide_add(&network, drive, drive == 'V' ? 1 : 0, drive == 'V' ? 0 : 1, 1);
    for (int node = 1; node < LINE; node++) {
        wide_add(&network, 'R', node, node + 1, drawn ? wide_ohms(&seed) : node % 2 ? 1e-6 : 1e6);
        if (diodes && node % 7 == 3)
            wide_add(&network, 'D', node % 2 ? node : node + 1, node % 2 ? node + 1 : node, 0);
    }
    wide_add(&network, 'R', LINE, 0, 1);
    return network;
}

/* The closed form: one current through all that no diode bridges. */
static struct answer wide_line_answer(const struct random_network *network)
{
    struct answer answer = {.v = calloc((size_t)network->nodes, sizeof *answer.v)};
    long double ohms = 0;
    for (int p = network->parts - 1; p >= 1; p--) {
        const struct part *part = &network->part[p];
        bool bridged =
            p + 1 < network->parts && network->part[p + 1].letter == 'D' && network->part[p + 1].a == part->a;
        if (part->letter == 'R') {
            ohms += bridged ? 0 : (long double)part->value;
            answer.v[part->a] = (double)ohms;
        }
    }
    for (int node = 1; node < network->nodes && network->part[0].letter == 'V'; node++)
        answer.v[node] = (double)(answer.v[node] / ohms);
    return answer;
}

START_TEST(wide_lines)
{
    struct random_network network = wide_line(_i & 1 ? 'V' : 'I', _i & 2, _i & 4, (uint64_t)_i);
    struct answer exact = wide_line_answer(&network), answer = random_network_solve(&network, "auto");
    ck_assert_msg(answer.status == OPSPICE_OK, "%s", answer.message ? answer.message : "");
    check_outcome(&network, &answer, "wide line");
    for (int node = 1; node < network.nodes; node++)
        require(fabs(answer.v[node] - exact.v[node]) <= tolerance * exact.v[node], &network, "wide line",
                "n%d is %.17g V, not %.17g V", node, answer.v[node], exact.v[node]);
    answer_free(&exact);
    answer_free(&answer);
    random_network_free(&network);
}
END_TEST

/* A hub with arms of two resistors, and between these a diode, or not. */
static struct random_network wide_star(char drive, bool diodes, uint64_t seed)
{
    struct random_network network = wide_new(2 * LINE + 2, 3 * LINE + 2);
    wide_add(&network, drive, drive == 'V' ? 1 : 0, drive == 'V' ? 0 : 1, 1);
    for (int arm = 0; arm < LINE; arm++) {
        int near = 2 + 2 * arm, far = diodes ? near + 1 : near;
        wide_add(&network, 'R', 1, near, wide_ohms(&seed));
        wide_add(&network, 'R', far, 0, wide_ohms(&seed));
        if (diodes)
            wide_add(&network, 'D', arm % 2 ? near : far, arm % 2 ? far : near, 0);
        else
            wide_add(&network, 'R', near + 1, near, wide_ohms(&seed));
    }
    return network;
}

static struct random_network wide_grid(char drive, bool diodes, uint64_t seed)
{
    struct random_network network = wide_new(SIDE * SIDE + 1, 3 * SIDE * SIDE + 2);
    wide_add(&network, drive, drive == 'V' ? 1 : 0, drive == 'V' ? 0 : 1, 1);
    wide_add(&network, 'R', SIDE * SIDE, 0, 1);
    for (int row = 0; row < SIDE; row++)
        for (int column = 0; column < SIDE; column++) {
            int node = 1 + row * SIDE + column;
            if (column + 1 < SIDE)
                wide_add(&network, 'R', node, node + 1, wide_ohms(&seed));
            if (row + 1 < SIDE)
                wide_add(&network, 'R', node, node + SIDE, wide_ohms(&seed));
            if (diodes && random_share(&seed) < 0.3)
                wide_add(&network, 'D', node, 1 + (int)(random_share(&seed) * SIDE * SIDE), 0);
        }
    return network;
}

START_TEST(wide_stars_and_grids)
{
    char drive = _i & 1 ? 'V' : 'I';
    struct random_network network =
        _i & 2 ? wide_star(drive, _i & 4, (uint64_t)_i) : wide_grid(drive, _i & 4, (uint64_t)_i);
    struct answer answer = random_network_solve(&network, "auto");
    ck_assert_msg(answer.status == OPSPICE_OK, "%s", answer.message ? answer.message : "");
    check_outcome(&network, &answer, "wide");
    answer_free(&answer);
    random_network_free(&network);
}
END_TEST

Suite *suite_random(void)
{
    Suite *suite = suite_create("random");
    TCase *tcase = tcase_create("circuits");
    tcase_add_loop_test(tcase, random_circuits, 0, RECIPES * GMINS);
    tcase_add_loop_test(tcase, large_circuits, 0, LARGE_RECIPES * GMINS);
    tcase_add_loop_test(tcase, tiny_circuits, 0, TINY_RECIPES * GMINS);
    tcase_add_loop_test(tcase, wide_lines, 0, 8);
    tcase_add_loop_test(tcase, wide_stars_and_grids, 0, 8);
    suite_add_tcase(suite, tcase);
    return suite;
}
