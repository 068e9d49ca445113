#include "existence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DIODES = 9, ROWS = 64, COLUMNS = 160 };

static const long double epsilon = 1e-11L;

/* ---- phase 1 of the simplex method ------------------------------------------------------------------------------ */

/* Rows of A x = b with x >= 0; a free unknown is the difference of two columns. */
struct system {
    int rows, columns;
    long double cell[ROWS][COLUMNS + 1]; /* b is the last: cell[row][COLUMNS] */
    int basis[ROWS];                     /* column, or COLUMNS + row for the artificial one of the row */
    long double cost[COLUMNS + 1];       /* reduced; the last: less the sum of the artificial unknowns */
};

static void start(struct system *system)
{
    memset(system->cost, 0, sizeof system->cost);
    for (int row = 0; row < system->rows; row++) {
        long double *cell = system->cell[row];
        long double sign = cell[COLUMNS] < 0 ? -1 : 1;
        for (int column = 0; column <= COLUMNS; column++) {
            cell[column] *= sign;
            system->cost[column] -= cell[column];
        }
        system->basis[row] = COLUMNS + row;
    }
}

static void eliminate(long double *row, const long double *pivot, int column)
{
    long double factor = row[column];
    if (factor == 0)
        return;
    for (int q = 0; q <= COLUMNS; q++)
        row[q] -= factor * pivot[q];
    row[column] = 0;
}

static void pivot(struct system *system, int row, int column)
{
    long double *here = system->cell[row], divisor = here[column];
    for (int q = 0; q <= COLUMNS; q++)
        here[q] /= divisor;
    for (int other = 0; other < system->rows; other++)
        if (other != row)
            eliminate(system->cell[other], here, column);
    eliminate(system->cost, here, column);
    system->basis[row] = column;
}

/* The row that limits a column; of several the one whose unknown has the lowest number (Bland). -1: none. */
static int leaving(const struct system *system, int column)
{
    int best = -1;
    long double least = INFINITY;
    for (int row = 0; row < system->rows; row++) {
        long double cell = system->cell[row][column], ratio = system->cell[row][COLUMNS] / cell;
        if (cell <= epsilon)
            continue;
        if (ratio < least - epsilon ||
            (ratio <= least + epsilon && best >= 0 && system->basis[row] < system->basis[best])) {
            best = row;
            least = ratio;
        }
    }
    return best;
}

static bool is_feasible(struct system *system)
{
    start(system);
    for (int column = 0; column < system->columns;) {
        int row = system->cost[column] < -epsilon ? leaving(system, column) : -1;
        if (row >= 0)
            pivot(system, row, column);
        column = row >= 0 ? 0 : column + 1;
    }
    return -system->cost[COLUMNS] < 1e-9L;
}

static long double value(const struct system *system, int column)
{
    for (int row = 0; row < system->rows; row++)
        if (system->basis[row] == column)
            return system->cell[row][COLUMNS];
    return 0;
}

/* ---- the equations of one set ----------------------------------------------------------------------------------- */

/* Columns: two for each node but ground, then two for each part: its current from a to k and from k to a, or, of a
 * blocking diode, the voltage that it has left. */
static int node_column(int node)
{
    return 2 * (node - 1);
}

static int part_column(const struct random_network *network, int p)
{
    return 2 * (network->nodes - 1) + 2 * p;
}

static void add_voltage(long double *row, int node, long double factor)
{
    if (node == 0)
        return;
    row[node_column(node)] += factor;
    row[node_column(node) + 1] -= factor;
}

static void add_drop(long double *row, const struct part *part, long double factor)
{
    add_voltage(row, part->a, factor);
    add_voltage(row, part->k, -factor);
}

/* Kirchhoff's law is row node - 1; current [p] is what a part adds to it. */
static void add_current(struct system *system, const struct part *part, int column, long double amperes)
{
    if (part->a > 0)
        system->cell[part->a - 1][column] += amperes;
    if (part->k > 0)
        system->cell[part->k - 1][column] -= amperes;
}

static double threshold(const struct random_network *network, const struct part *part)
{
    double vfwd = network->model[part->model].vfwd;
    return isnan(vfwd) ? 0 : vfwd;
}

static void add_part(struct system *system, const struct random_network *network, int p, bool conducts)
{
    const struct part *part = &network->part[p];
    int column = part_column(network, p);
    if (part->letter == 'C')
        return;
    if (part->letter == 'I') {
        add_current(system, part, COLUMNS, -part->value);
        return;
    }
    long double *row = system->cell[system->rows++];
    add_drop(row, part, 1);
    if (part->letter == 'D' && !conducts) {
        row[column] = 1;
        row[COLUMNS] = threshold(network, part);
        return;
    }
    add_current(system, part, column, 1);
    if (part->letter == 'D') {
        row[COLUMNS] = threshold(network, part);
        return;
    }
    add_current(system, part, column + 1, -1);
    if (part->letter == 'R') {
        row[column] = -part->value;
        row[column + 1] = part->value;
    } else {
        row[COLUMNS] = part->value;
    }
}

static long double difference(const struct system *system, int column)
{
    return value(system, column) - value(system, column + 1);
}

static void read_answer(const struct system *system, const struct random_network *network, unsigned set,
                        struct answer *answer)
{
    answer->v = calloc((size_t)network->nodes, sizeof *answer->v);
    answer->i = calloc((size_t)network->parts, sizeof *answer->i);
    for (int node = 1; node < network->nodes; node++)
        answer->v[node] = (double)difference(system, node_column(node));
    for (int p = 0, diode = 0; p < network->parts; p++) {
        const struct part *part = &network->part[p];
        bool blocks = part->letter == 'D' && !(set >> diode++ & 1);
        if (part->letter == 'I')
            answer->i[p] = part->value;
        else if (!blocks && part->letter != 'C')
            answer->i[p] = (double)difference(system, part_column(network, p));
    }
}

static bool try_set(struct system *system, const struct random_network *network, unsigned set)
{
    memset(system, 0, sizeof *system);
    system->rows = network->nodes - 1;
    system->columns = part_column(network, network->parts);
    for (int p = 0, diode = 0; p < network->parts; p++) {
        bool conducts = network->part[p].letter == 'D' && (set >> diode++ & 1);
        add_part(system, network, p, conducts);
    }
    return is_feasible(system);
}

/* How many diodes; DIODES or more: beyond this. */
static int count_diodes(const struct random_network *network)
{
    int diodes = 0;
    for (int p = 0; p < network->parts; p++) {
        const struct part *part = &network->part[p];
        if (part->letter != 'D')
            continue;
        const struct model *model = &network->model[part->model];
        diodes += model->ron == 0 && isnan(model->roff) && isnan(model->vrev) ? 1 : DIODES;
    }
    return diodes;
}

bool existence_decide(const struct random_network *network, struct answer *answer)
{
    int diodes = count_diodes(network);
    if (diodes >= DIODES || network->nodes - 1 + network->parts > ROWS ||
        part_column(network, network->parts) > COLUMNS)
        return false;
    struct system *system = malloc(sizeof *system);
    *answer = (struct answer){.status = OPSPICE_NO_OPERATING_POINT};
    for (unsigned set = 0; set < 1u << diodes && answer->status != OPSPICE_OK; set++) {
        if (!try_set(system, network, set))
            continue;
        answer->status = OPSPICE_OK;
        read_answer(system, network, set, answer);
    }
    free(system);
    return true;
}
