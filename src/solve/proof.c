#include "solve/proof.h"

#include "solve/certificate.h"
#include "util/kernel.h"
#include "util/magnitude.h"
#include <float.h>
#include <math.h>
#include <string.h>

static const double unit = 8 * DBL_EPSILON;

/* Sums over a part of the circuit. */
struct account {
    double worst;      /* V, largest violation of a law */
    double product;    /* W, largest complementarity product */
    double turned;     /* W, sum of |u i| */
    double unbalanced; /* W, sum of |v| times the current residual; */
    double noise;      /* W, and what rounding explains of it */
};

KERNEL
static void add_resistors(const struct inventory *inventory, const double *v, const double *i, struct account *account)
{
    const uint32_t *a = inventory->a, *k = inventory->k, *resistor = inventory->resistor;
    const double *resistance = inventory->resistance;
    double worst = 0, turned = 0;
    KERNEL_REDUCTION(worst, turned)
    for (size_t r = 0; r < inventory->resistors; r++) {
        double u = v[a[r]] - v[k[r]], current = i[resistor[r]], off = fabs(u - resistance[r] * current);
        worst = off > worst ? off : worst;
        turned += fabs(u * current);
    }
    account->worst = greater(account->worst, worst);
    account->turned += turned; /* a sum that is not a number fails below, where the maximum may have missed it */
}

static void add_others(const struct inventory *inventory, const struct circuit *circuit, const double *v,
                       const double *i, struct account *account)
{
    for (size_t q = 0; q < inventory->others; q++) {
        uint32_t e = inventory->other[q];
        const struct element *element = &circuit->element[e];
        double u = v[element->a] - v[element->k], product;
        double off = element_violation(circuit, element, u, i[e], &product);
        if (!(off <= account->worst))
            account->worst = off;
        account->product = greater(account->product, product);
        account->turned += fabs(u * i[e]);
    }
}

/* The current, or its negative where the lowest bit of the branch says that the node is its k. */
static inline double leaving(double current, uint32_t branch)
{
    uint64_t bits;
    memcpy(&bits, &current, sizeof bits);
    bits ^= (uint64_t)(branch & 1) << 63;
    memcpy(&current, &bits, sizeof bits);
    return current;
}

/* False where a node's residual is beyond both the tolerance and its rounding. sum, largest: of the currents there. The
 * rounding of the sum itself, of d currents at most d^2 eps / 2 of the largest, is added to it. */
static inline bool add_node(const struct inventory *inventory, const double *v, uint32_t node, double sum,
                            double largest, double tolerance, struct account *account)
{
    double count = (double)(inventory->start[node + 1] - inventory->start[node]);
    double residual = fabs(sum) + DBL_EPSILON / 2 * count * count * largest, size = fabs(v[node]);
    double rounding = unit * greater(largest, inventory->conductance[node] * size);
    account->unbalanced += residual * size;
    account->noise += rounding * size;
    return residual <= greater(tolerance * largest, rounding);
}

static bool add_nodes(const struct inventory *inventory, const double *v, const double *i, double tolerance,
                      struct account *account)
{
    const size_t *start = inventory->start;
    const uint32_t *list = inventory->list;
    for (uint32_t node = 1; node < inventory->nodes; node++) {
        double sum = 0, largest = 0;
        for (size_t q = start[node]; q < start[node + 1]; q++) {
            double current = i[list[q] >> 1];
            sum += leaving(current, list[q]);
            largest = greater(largest, fabs(current));
        }
        if (!add_node(inventory, v, node, sum, largest, tolerance, account))
            return false;
    }
    return true;
}

/* Are some nodes joined to the others by conductances so small that groups of them have to be asked too? Up to
 * inventory_reach, floors of large conductances hide next to nothing of small ones. */
static bool is_uneven(const struct inventory *inventory, const struct circuit *circuit, const double *v)
{
    double low = inventory->least; /* ohm */
    for (size_t q = 0; q < inventory->others; q++) {
        const struct element *element = &circuit->element[inventory->other[q]];
        if (element->kind != ELEMENT_DIODE)
            continue;
        double g = element_slope(circuit, element, v[element->a] - v[element->k], 0);
        if (g > 0 && isfinite(g))
            low = fmin(low, 1 / g);
    }
    return inventory->loosest > inventory_reach * low;
}

/* ---- by runs ----------------------------------------------------------------------------------------------------- */

/* The laws of the resistors, and their currents at the nodes: sum, largest [nodes], zeroed before. */
KERNEL
static void add_runs(const struct inventory *inventory, const double *v, const double *i, double *restrict sum,
                     double *restrict largest, struct account *account)
{
    double worst = 0, turned = 0;
    for (uint32_t r = 0; r < inventory->runs; r++) {
        const struct inventory_run *run = &inventory->run[r];
        const double *resistance = inventory->resistance + run->begin, *current = i + inventory->resistor[run->begin];
        const double *other = v + run->moving;
        double *there = sum + run->moving, *there_largest = largest + run->moving;
        double own = v[run->still], sign = run->sign, total = 0, most = 0;
        KERNEL_REDUCTIONS(worst, most, turned, total)
        for (uint32_t q = 0; q < run->length; q++) {
            double u = sign * (own - other[q]), c = current[q], size = fabs(c), off = fabs(u - resistance[q] * c);
            worst = off > worst ? off : worst;
            most = size > most ? size : most;
            turned += fabs(u * c);
            total += c;
            there[q] -= sign * c;
            there_largest[q] = size > there_largest[q] ? size : there_largest[q];
        }
        sum[run->still] += sign * total;
        largest[run->still] = greater(largest[run->still], most);
    }
    account->worst = greater(account->worst, worst);
    account->turned += turned;
}

/* The rest of the currents, and then the nodes. */
static bool add_summed_nodes(const struct inventory *inventory, const struct circuit *circuit, const double *v,
                             const double *i, double *sum, double *largest, double tolerance, struct account *account)
{
    for (uint32_t q = 0; q < inventory->others; q++) {
        uint32_t e = inventory->other[q], a = circuit->element[e].a, k = circuit->element[e].k;
        if (a == k)
            continue;
        sum[a] += i[e];
        sum[k] -= i[e];
        largest[a] = greater(largest[a], fabs(i[e]));
        largest[k] = greater(largest[k], fabs(i[e]));
    }
    for (uint32_t node = 1; node < inventory->nodes; node++)
        if (!add_node(inventory, v, node, sum[node], largest[node], tolerance, account))
            return false;
    return true;
}

bool proof_holds(const struct inventory *inventory, const struct circuit *circuit, const double *v, const double *i,
                 double tolerance, double *work)
{
    struct account account = {0};
    double *sum = work, *largest = work + inventory->nodes;
    bool by_runs = inventory->runs > 0;
    if (by_runs) {
        memset(work, 0, 2 * (size_t)inventory->nodes * sizeof *work);
        add_runs(inventory, v, i, sum, largest, &account);
    } else {
        add_resistors(inventory, v, i, &account);
    }
    add_others(inventory, circuit, v, i, &account);
    return account.worst <= tolerance * largest_magnitude(v, circuit->nodes.count) && isfinite(account.turned) &&
           account.product <= tolerance * account.turned &&
           (by_runs ? add_summed_nodes(inventory, circuit, v, i, sum, largest, tolerance, &account)
                    : add_nodes(inventory, v, i, tolerance, &account)) &&
           account.unbalanced <= greater(tolerance * account.turned, account.noise) &&
           !is_uneven(inventory, circuit, v);
}
