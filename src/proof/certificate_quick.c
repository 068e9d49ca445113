#include "proof/certificate_quick.h"

#include "proof/certificate.h"
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
static void add_resistors(const struct element_tables *tables, const double *v, const double *i, struct account *account)
{
    const uint32_t *a = tables->a, *k = tables->k, *resistor = tables->resistor;
    const double *resistance = tables->resistance;
    double worst = 0, turned = 0;
    KERNEL_REDUCTION(worst, turned)
    for (size_t r = 0; r < tables->resistors; r++) {
        double u = v[a[r]] - v[k[r]], current = i[resistor[r]], off = fabs(u - resistance[r] * current);
        worst = off > worst ? off : worst;
        turned += fabs(u * current);
    }
    account->worst = greater(account->worst, worst);
    account->turned += turned; /* a sum that is not a number fails below, where the maximum may have missed it */
}

static void add_others(const struct element_tables *tables, const struct circuit *circuit, const double *v,
                       const double *i, struct account *account)
{
    for (size_t q = 0; q < tables->others; q++) {
        uint32_t e = tables->other[q];
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
static inline bool add_node(const struct element_tables *tables, const double *v, uint32_t node, double sum,
                            double largest, double tolerance, struct account *account)
{
    double count = (double)(tables->start[node + 1] - tables->start[node]);
    double residual = fabs(sum) + DBL_EPSILON / 2 * count * count * largest, size = fabs(v[node]);
    double rounding = unit * greater(largest, tables->conductance[node] * size);
    account->unbalanced += residual * size;
    account->noise += rounding * size;
    return residual <= greater(tolerance * largest, rounding);
}

static bool add_nodes(const struct element_tables *tables, const double *v, const double *i, double tolerance,
                      struct account *account)
{
    const size_t *start = tables->start;
    const uint32_t *list = tables->list;
    for (uint32_t node = 1; node < tables->nodes; node++) {
        double sum = 0, largest = 0;
        for (size_t q = start[node]; q < start[node + 1]; q++) {
            double current = i[list[q] >> 1];
            sum += leaving(current, list[q]);
            largest = greater(largest, fabs(current));
        }
        if (!add_node(tables, v, node, sum, largest, tolerance, account))
            return false;
    }
    return true;
}

/* Are some nodes joined to the others by conductances so small that groups of them have to be asked too? Up to
 * element_tables_reach, floors of large conductances hide next to nothing of small ones. */
static bool is_uneven(const struct element_tables *tables, const struct circuit *circuit, const double *v)
{
    double low = tables->least; /* ohm */
    for (size_t q = 0; q < tables->others; q++) {
        const struct element *element = &circuit->element[tables->other[q]];
        if (element->kind != ELEMENT_DIODE)
            continue;
        double g = element_slope(circuit, element, v[element->a] - v[element->k], 0);
        if (g > 0 && isfinite(g))
            low = fmin(low, 1 / g);
    }
    return tables->loosest > element_tables_reach * low;
}

/* ---- by runs ----------------------------------------------------------------------------------------------------- */

/* The laws of the resistors, and their currents at the nodes: sum, largest [nodes], zeroed before. */
KERNEL
static void add_runs(const struct element_tables *tables, const double *v, const double *i, double *restrict sum,
                     double *restrict largest, struct account *account)
{
    double worst = 0, turned = 0;
    for (uint32_t r = 0; r < tables->fans; r++) {
        const struct fan *fan = &tables->fan[r];
        const double *resistance = tables->resistance + fan->begin, *current = i + tables->resistor[fan->begin];
        const double *other = v + fan->moving;
        double *there = sum + fan->moving, *there_largest = largest + fan->moving;
        double own = v[fan->still], sign = fan->sign, total = 0, most = 0;
        KERNEL_REDUCTIONS(worst, most, turned, total)
        for (uint32_t q = 0; q < fan->length; q++) {
            double u = sign * (own - other[q]), c = current[q], size = fabs(c), off = fabs(u - resistance[q] * c);
            worst = off > worst ? off : worst;
            most = size > most ? size : most;
            turned += fabs(u * c);
            total += c;
            there[q] -= sign * c;
            there_largest[q] = size > there_largest[q] ? size : there_largest[q];
        }
        sum[fan->still] += sign * total;
        largest[fan->still] = greater(largest[fan->still], most);
    }
    account->worst = greater(account->worst, worst);
    account->turned += turned;
}

/* The rest of the currents, and then the nodes. */
static bool add_summed_nodes(const struct element_tables *tables, const struct circuit *circuit, const double *v,
                             const double *i, double *sum, double *largest, double tolerance, struct account *account)
{
    for (uint32_t q = 0; q < tables->others; q++) {
        uint32_t e = tables->other[q], a = circuit->element[e].a, k = circuit->element[e].k;
        if (a == k)
            continue;
        sum[a] += i[e];
        sum[k] -= i[e];
        largest[a] = greater(largest[a], fabs(i[e]));
        largest[k] = greater(largest[k], fabs(i[e]));
    }
    for (uint32_t node = 1; node < tables->nodes; node++)
        if (!add_node(tables, v, node, sum[node], largest[node], tolerance, account))
            return false;
    return true;
}

bool certificate_quick(const struct element_tables *tables, const struct circuit *circuit, const double *v, const double *i,
                 double tolerance, double *work)
{
    struct account account = {0};
    double *sum = work, *largest = work + tables->nodes;
    bool by_runs = tables->fans > 0;
    if (by_runs) {
        memset(work, 0, 2 * (size_t)tables->nodes * sizeof *work);
        add_runs(tables, v, i, sum, largest, &account);
    } else {
        add_resistors(tables, v, i, &account);
    }
    add_others(tables, circuit, v, i, &account);
    return account.worst <= tolerance * largest_magnitude(v, circuit->nodes.count) && isfinite(account.turned) &&
           account.product <= tolerance * account.turned &&
           (by_runs ? add_summed_nodes(tables, circuit, v, i, sum, largest, tolerance, &account)
                    : add_nodes(tables, v, i, tolerance, &account)) &&
           account.unbalanced <= greater(tolerance * account.turned, account.noise) &&
           !is_uneven(tables, circuit, v);
}
