/* The linear circuit of the present sides: clusters of nodes, the pattern of conductances between them, their values.
 */
#include "engine/piece_parts.h"

#include "util/array.h"
#include "util/disjoint.h"
#include <stdlib.h>
#include <string.h>

static void add_edge(struct piece *piece, uint32_t element, uint32_t a, uint32_t k)
{
    if (a == k)
        return;
    piece->edge[piece->edges] = (struct forest_edge){a, k};
    piece->element[piece->edges++] = element;
}

static void find_edges(struct piece *piece)
{
    const struct circuit *circuit = piece->circuit;
    piece->edges = 0;
    for (uint32_t h = 0; h < piece->tables->holders; h++) {
        uint32_t e = piece->tables->holder[h];
        add_edge(piece, e, circuit->element[e].a, circuit->element[e].k);
    }
    for (uint32_t d = 0; d < piece->tables->diodes; d++) {
        const struct element *element = &circuit->element[piece->tables->diode[d]];
        if (piece_is_stiff(piece_law(piece, d), piece->side[d])) {
            bool forward = piece->side[d] == SIDE_FORWARD;
            add_edge(piece, piece->tables->diode[d], forward ? element->a : element->k,
                     forward ? element->k : element->a);
        }
    }
}

/* Roots are nodes with large conductances: rounding that is left over in a cluster matters least there. */
static bool find_clusters(struct piece *piece)
{
    const struct circuit *circuit = piece->circuit;
    forest_free(&piece->forest);
    if (!forest_build(&piece->forest, circuit->nodes.count, piece->edge, piece->edges, piece->tables->conductance))
        return false;
    piece->followers = 0;
    memset(piece->offset, 0, circuit->nodes.count * sizeof *piece->offset);
    for (uint32_t q = 0; q < piece->forest.nodes; q++)
        if (piece->forest.via[piece->forest.order[q]] != FOREST_NO_EDGE)
            piece->follower[piece->followers++] = piece->forest.order[q];
    return true;
}

/* Resistors first, then diodes: those that carry current by a conductance. q < resistors + diodes. */
static const struct element *conductor(const struct piece *piece, uint32_t q)
{
    return &piece->circuit
                ->element[q < piece->tables->resistors ? piece->tables->resistor[q]
                                                          : piece->tables->diode[q - piece->tables->resistors]];
}

static double conductance_of(const struct piece *piece, uint32_t q)
{
    const struct element *element = conductor(piece, q);
    if (q < piece->tables->resistors)
        return 1 / element->value;
    return element->value * piece_slope(piece, q - piece->tables->resistors);
}

int32_t piece_cluster(const struct piece *piece, uint32_t node)
{
    return (int32_t)piece->forest.tree[node] - 1; /* tree 0 is GROUND_UNKNOWN */
}

static int32_t place(const struct laplacian *L, int32_t row, int32_t column)
{
    return row == GROUND_UNKNOWN || column == GROUND_UNKNOWN ? -1 : laplacian_find(L, row, column);
}

/* The pattern of all conductors, those of diodes without conductance too, with 1 S for each: a part that these do not
 * tie to ground is anchored by the analysis; whether the present conductances do, find_grounded tells. */
static bool build_program(struct piece *piece)
{
    struct qp *program = &piece->program;
    uint32_t conductors = piece->tables->resistors + piece->tables->diodes;
    size_t n = piece->forest.trees - 1;
    linear_free(&piece->linear);
    qp_free(program);
    struct conductance *edge = array_new(conductors, sizeof *edge);
    program->b = array_new(n, sizeof *program->b);
    program->injected_magnitude = array_new(n, sizeof *program->injected_magnitude);
    program->floor = array_new(n, sizeof *program->floor);
    program->ground = array_new(n, sizeof *program->ground);
    bool done = edge && program->b && program->injected_magnitude && program->floor && program->ground;
    for (uint32_t q = 0; done && q < conductors; q++) {
        const struct element *element = conductor(piece, q);
        edge[q] = (struct conductance){piece_cluster(piece, element->a), piece_cluster(piece, element->k), 1};
    }
    done = done && laplacian_build(&program->L, (int32_t)n, edge, conductors);
    for (uint32_t q = 0; done && q < conductors; q++) {
        int32_t i = edge[q].i, j = edge[q].j;
        if (i != j && (i == GROUND_UNKNOWN || j == GROUND_UNKNOWN))
            program->ground[i == GROUND_UNKNOWN ? j : i] += 1;
        piece->entry[q] = i == j ? (struct piece_entry){-1, -1, -1, -1}
                                 : (struct piece_entry){place(&program->L, i, i), place(&program->L, j, j),
                                                        place(&program->L, i, j), place(&program->L, j, i)};
    }
    free(edge);
    return done;
}

/* PIECE_OK where each cluster has a path of conductors to ground. */
static enum piece_status find_grounded(const struct piece *piece)
{
    uint32_t trees = piece->forest.trees, parts = trees;
    uint32_t *set = array_new(trees, sizeof *set);
    if (!set)
        return PIECE_NO_MEMORY;
    disjoint_init(set, trees);
    for (uint32_t q = 0; q < piece->tables->resistors + piece->tables->diodes; q++) {
        const struct element *element = conductor(piece, q);
        if (conductance_of(piece, q) != 0)
            parts -= disjoint_join(set, piece->forest.tree[element->a], piece->forest.tree[element->k]);
    }
    free(set);
    return parts == 1 ? PIECE_OK : PIECE_UNUSABLE;
}

static enum piece_status shape(struct piece *piece, struct solve_info *info)
{
    piece->valued = false;
    find_edges(piece);
    if (!find_clusters(piece))
        return PIECE_NO_MEMORY;
    piece->shaped = true;
    piece->fitness = piece->forest.acyclic ? PIECE_OK : PIECE_UNUSABLE;
    if (piece->fitness != PIECE_OK)
        return piece->fitness;
    if (!build_program(piece) || linear_new(&piece->linear, &piece->program, true, info) != SOLVE_OK) {
        piece->shaped = false;
        return PIECE_NO_MEMORY;
    }
    return PIECE_OK;
}

static void add(double *x, int32_t at, double g)
{
    if (at >= 0)
        x[at] += g;
}

/* The conductances of the present sides. */
static void value(struct piece *piece)
{
    struct laplacian *L = &piece->program.L;
    memset(L->x, 0, (size_t)L->p[L->n] * sizeof *L->x);
    memset(piece->program.ground, 0, (size_t)L->n * sizeof *piece->program.ground);
    for (uint32_t q = 0; q < piece->tables->resistors + piece->tables->diodes; q++) {
        const struct piece_entry *entry = &piece->entry[q];
        const struct element *element = conductor(piece, q);
        double g = conductance_of(piece, q);
        add(L->x, entry->ii, g);
        add(L->x, entry->jj, g);
        add(L->x, entry->ij, -g);
        add(L->x, entry->ji, -g);
        int32_t i = piece_cluster(piece, element->a), j = piece_cluster(piece, element->k);
        if (i != j && (i == GROUND_UNKNOWN || j == GROUND_UNKNOWN))
            piece->program.ground[i == GROUND_UNKNOWN ? j : i] += g;
    }
    piece->linear.factored = false;
    piece->fitness = find_grounded(piece);
    piece->valued = piece->fitness != PIECE_NO_MEMORY;
}

enum piece_status piece_prepare(struct piece *piece, struct solve_info *info)
{
    if (!piece->shaped) {
        enum piece_status status = shape(piece, info);
        if (status != PIECE_OK)
            return status;
    }
    if (piece->fitness != PIECE_UNUSABLE && !piece->valued)
        value(piece);
    return piece->fitness;
}
