#include "networks.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- random numbers --------------------------------------------------------------------------------------------- */

uint64_t random_bits(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

double random_share(uint64_t *state)
{
    return (double)(random_bits(state) >> 11) * 0x1p-53;
}

static int below(uint64_t *state, int n)
{
    return (int)(random_bits(state) % (uint64_t)n);
}

static double between(uint64_t *state, double low, double high)
{
    return low + (high - low) * random_share(state);
}

/* ---- making networks -------------------------------------------------------------------------------------------- */

struct maker {
    const struct recipe *recipe;
    struct random_network *network;
    uint64_t state;
    int capacity;
    int *tree; /* [nodes] union-find over voltage-defined branches */
};

int random_network_root(int *set, int node)
{
    while (set[node] != node)
        node = set[node] = set[set[node]];
    return node;
}

static void add(struct maker *maker, struct part part)
{
    struct random_network *network = maker->network;
    if (network->parts == maker->capacity) {
        maker->capacity = 2 * maker->capacity + 64;
        network->part = realloc(network->part, (size_t)maker->capacity * sizeof part);
    }
    network->part[network->parts++] = part;
}

static double resistance(struct maker *maker)
{
    double half = maker->recipe->spread / 2;
    return half > 0 ? pow(10, 3 + between(&maker->state, -half, half)) : 1 + below(&maker->state, 5);
}

static double voltage(struct maker *maker)
{
    return maker->recipe->spread > 0 ? between(&maker->state, -10, 10) : below(&maker->state, 7) - 3;
}

static double current(struct maker *maker)
{
    uint64_t *state = &maker->state;
    if (maker->recipe->spread == 0)
        return below(state, 5) - 2;
    return (below(state, 2) ? 1 : -1) * pow(10, between(state, -5, -1));
}

/* Two different nodes, seldom one twice. */
static struct part anywhere(struct maker *maker, char letter)
{
    int nodes = maker->network->nodes;
    struct part part = {.letter = letter, .a = below(&maker->state, nodes), .k = below(&maker->state, nodes)};
    if (part.a == part.k && below(&maker->state, 10) > 0)
        part.k = (part.a + 1) % nodes;
    return part;
}

/* How many for this share of the nodes: the rest after the point is a chance. */
static int count(struct maker *maker, double share)
{
    double number = share * (maker->network->nodes - 1);
    return (int)(number + random_share(&maker->state));
}

static void add_tree(struct maker *maker)
{
    for (int node = 1; node < maker->network->nodes; node++)
        if (random_share(&maker->state) < maker->recipe->tied)
            add(maker, (struct part){'R', node, below(&maker->state, node), 0, resistance(maker)});
}

/* Voltage sources and shorts; few of them close a loop. */
static void add_voltage_defined(struct maker *maker, char letter, int number, bool valued)
{
    while (number-- > 0) {
        struct part part = anywhere(maker, letter);
        if (valued && below(&maker->state, 8) > 0)
            part.value = voltage(maker);
        int a = random_network_root(maker->tree, part.a), k = random_network_root(maker->tree, part.k);
        if (a == k && below(&maker->state, 40) > 0)
            continue;
        maker->tree[a] = k;
        add(maker, part);
    }
}

static void add_diodes(struct maker *maker, int number, int first_model, int models)
{
    while (number-- > 0) {
        struct part part = anywhere(maker, 'D');
        part.model = first_model + below(&maker->state, models);
        add(maker, part);
    }
}

static double maybe(struct maker *maker, double value)
{
    return below(&maker->state, 2) ? value : NAN;
}

/* Model 0 is ideal, 1 and 2 are ideal with a drop, 3 to 8 piecewise linear. */
enum { IDEAL = 0, DROPS = 1, PIECEWISE = 3, MODELS = 9 };

static void make_models(struct maker *maker)
{
    struct random_network *network = maker->network;
    bool whole = maker->recipe->spread == 0;
    network->models = MODELS;
    network->model = malloc(MODELS * sizeof *network->model);
    for (int m = 0; m < MODELS; m++) {
        struct model *model = &network->model[m];
        *model = (struct model){0, NAN, NAN, NAN, NAN};
        if (m >= DROPS)
            model->vfwd = whole ? m : between(&maker->state, 0, 2);
        if (m < PIECEWISE)
            continue;
        model->ron = below(&maker->state, 4) ? pow(10, between(&maker->state, -3, 3)) : maybe(maker, 0);
        model->roff = maybe(maker, pow(10, between(&maker->state, 3, 9)));
        model->vfwd = maybe(maker, model->vfwd);
        model->vrev = maybe(maker, between(&maker->state, 0, 6));
        model->rrev = maybe(maker, pow(10, between(&maker->state, -2, 4)));
        if (isnan(model->ron) && isnan(model->roff) && isnan(model->vfwd) && isnan(model->vrev) && isnan(model->rrev))
            model->vfwd = 0.5; /* a model without any of them is no piecewise-linear one */
    }
}

struct random_network random_network_draw(const struct recipe *recipe, double gmin, uint64_t seed)
{
    struct random_network network = {.gmin = gmin};
    struct maker maker = {.recipe = recipe, .network = &network, .state = seed};
    network.nodes = recipe->least + below(&maker.state, recipe->most - recipe->least + 1) + 1;
    maker.tree = malloc((size_t)network.nodes * sizeof *maker.tree);
    for (int node = 0; node < network.nodes; node++)
        maker.tree[node] = node;

    make_models(&maker);
    add_tree(&maker);
    add_voltage_defined(&maker, 'V', count(&maker, recipe->sources), true);
    add_voltage_defined(&maker, 'R', count(&maker, recipe->shorts), false);
    add_voltage_defined(&maker, 'L', count(&maker, recipe->reactances), false);
    for (int left = count(&maker, recipe->reactances); left > 0; left--)
        add(&maker, anywhere(&maker, 'C'));
    for (int left = count(&maker, recipe->resistors); left > 0; left--) {
        struct part part = anywhere(&maker, 'R');
        part.value = resistance(&maker);
        add(&maker, part);
    }
    for (int left = count(&maker, recipe->currents); left > 0; left--) {
        struct part part = anywhere(&maker, 'I');
        part.value = current(&maker);
        add(&maker, part);
    }
    add_diodes(&maker, count(&maker, recipe->ideal), IDEAL, 1);
    add_diodes(&maker, count(&maker, recipe->drops), DROPS, PIECEWISE - DROPS);
    add_diodes(&maker, count(&maker, recipe->piecewise), PIECEWISE, MODELS - PIECEWISE);
    add(&maker, (struct part){'R', 1, 0, 0, resistance(&maker)}); /* there is a ground */
    free(maker.tree);
    return network;
}

struct random_network random_network_copy(const struct random_network *network)
{
    struct random_network copy = *network;
    size_t parts = (size_t)network->parts * sizeof *copy.part, models = (size_t)network->models * sizeof *copy.model;
    copy.part = memcpy(malloc(parts + 1), network->part, parts);
    copy.model = memcpy(malloc(models + 1), network->model, models);
    return copy;
}

void random_network_free(struct random_network *network)
{
    free(network->part);
    free(network->model);
    *network = (struct random_network){0};
}

/* at [n]: a random permutation that leaves 0..first-1 in place. */
static void permute(int *at, int first, int n, uint64_t *state)
{
    for (int q = 0; q < n; q++)
        at[q] = q;
    for (int q = n - 1; q > first; q--) {
        int other = first + below(state, q - first + 1), kept = at[q];
        at[q] = at[other];
        at[other] = kept;
    }
}

struct random_network random_network_shuffled(const struct random_network *network, uint64_t seed, int *node_at,
                                              int *part_at)
{
    struct random_network shuffled = random_network_copy(network);
    permute(node_at, 1, network->nodes, &seed);
    permute(part_at, 0, network->parts, &seed);
    for (int p = 0; p < network->parts; p++) {
        struct part part = network->part[p];
        part.a = node_at[part.a];
        part.k = node_at[part.k];
        shuffled.part[part_at[p]] = part;
    }
    return shuffled;
}

/* ---- text ------------------------------------------------------------------------------------------------------- */

static void print_parameter(FILE *file, const char *name, double value)
{
    if (!isnan(value))
        fprintf(file, " %s=%.17g", name, value);
}

static void print_node(char name[16], int node)
{
    snprintf(name, 16, node == 0 ? "0" : "n%d", node);
}

static void print_part(FILE *file, const struct part *part, int number)
{
    char a[16], k[16];
    print_node(a, part->a);
    print_node(k, part->k);
    fprintf(file, "%c%d %s %s ", part->letter, number, a, k);
    if (part->letter == 'D')
        fprintf(file, "m%d\n", part->model);
    else
        fprintf(file, "%.17g\n", part->value);
}

static void print_model(FILE *file, const struct random_network *network, int number)
{
    const struct model *model = &network->model[number];
    int p = 0;
    while (p < network->parts && (network->part[p].letter != 'D' || network->part[p].model != number))
        p++;
    if (p == network->parts)
        return; /* no diode uses it */
    fprintf(file, ".model m%d D(", number);
    print_parameter(file, "Ron", model->ron);
    print_parameter(file, "Roff", model->roff);
    print_parameter(file, "Vfwd", model->vfwd);
    print_parameter(file, "Vrev", model->vrev);
    print_parameter(file, "Rrev", model->rrev);
    fputs(")\n", file);
}

char *random_network_text(const struct random_network *network)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    fputs("random\n", file);
    for (int p = 0; p < network->parts; p++)
        print_part(file, &network->part[p], p);
    for (int m = 0; m < network->models; m++)
        print_model(file, network, m);
    fprintf(file, ".options gmin=%g\n", network->gmin);
    fclose(file);
    return text;
}

/* ---- the answer ------------------------------------------------------------------------------------------------- */

opspice *random_network_load(const struct random_network *network, const char *solver, int *status)
{
    opspice *deck = opspice_new();
    char *text = random_network_text(network);
    *status = deck && text ? opspice_set(deck, "solver", solver) : OPSPICE_SYSTEM;
    if (*status == OPSPICE_OK)
        *status = opspice_load_memory(deck, "random", text, strlen(text));
    free(text);
    return deck;
}

static char *first_error(const opspice *deck)
{
    const opspice_diagnostic *diagnostic;
    for (size_t n = 0; (diagnostic = opspice_get_diagnostic(deck, n)); n++)
        if (diagnostic->severity == OPSPICE_ERROR)
            return strdup(diagnostic->message);
    return NULL;
}

struct answer answer_of(const struct random_network *network, opspice *deck, int status)
{
    struct answer answer = {.status = status};
    if (status == OPSPICE_OK)
        answer.status = opspice_solve(deck);
    answer.message = first_error(deck);
    const double *currents = opspice_branch_currents(deck);
    if (answer.status != OPSPICE_OK || !currents || opspice_branch_count(deck) != (size_t)network->parts)
        return answer;
    answer.v = malloc((size_t)network->nodes * sizeof *answer.v);
    answer.i = malloc((size_t)network->parts * sizeof *answer.i);
    for (int node = 0; node < network->nodes; node++) {
        char name[16];
        print_node(name, node);
        if (opspice_voltage(deck, name, &answer.v[node]) != OPSPICE_OK)
            answer.v[node] = 0; /* no part is connected to it */
    }
    memcpy(answer.i, currents, (size_t)network->parts * sizeof *answer.i);
    return answer;
}

struct answer random_network_solve(const struct random_network *network, const char *solver)
{
    int status;
    opspice *deck = random_network_load(network, solver, &status);
    struct answer answer = answer_of(network, deck, status);
    opspice_free(deck);
    return answer;
}

void answer_free(struct answer *answer)
{
    free(answer->v);
    free(answer->i);
    free(answer->message);
    *answer = (struct answer){0};
}
