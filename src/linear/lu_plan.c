#include "linear/lu_plan.h"

#include "linear/minimum_degree.h"
#include "util/array.h"
#include <stdlib.h>

/* The pattern of B + B' for each diagonal block B, rows named after the columns they are paired with. */
static bool graph_of_pairs(const struct block_triangular *form, const int32_t *start, const int32_t *row,
                           struct laplacian *graph)
{
    struct conductance *edge = array_new((size_t)start[form->n], sizeof *edge);
    if (!edge)
        return false;
    size_t edges = 0;
    for (int32_t j = 0; j < form->n; j++)
        for (int32_t q = start[j]; q < start[j + 1]; q++) {
            int32_t other = form->column[row[q]];
            if (other != j && form->block[other] == form->block[j])
                edge[edges++] = (struct conductance){other, j, 1};
        }
    bool built = laplacian_build(graph, form->n, edge, edges);
    free(edge);
    return built;
}

/* All columns, so that those of each block are in an order of minimum degree, for pivots that are the pairs. An order
 * for any pivots (of minimum degree in B'B, as COLAMD's) has twice the entries where the pattern has symmetry, and as
 * many for transistors, of whose entries a third has a mirror image. */
static bool order_columns(const struct block_triangular *form, const int32_t *start, const int32_t *row, int32_t *order)
{
    struct laplacian graph = {0};
    if (form->blocks == form->n) {
        for (int32_t j = 0; j < form->n; j++)
            order[j] = j;
        return true;
    }
    bool ordered = graph_of_pairs(form, start, row, &graph) && minimum_degree(&graph, order);
    laplacian_free(&graph);
    return ordered;
}

/* Columns by block, and in each as they are ordered. `order` [n] is work. */
static bool choose_steps(struct lu_plan *plan, const int32_t *start, const int32_t *row, int32_t *order)
{
    const struct block_triangular *form = &plan->form;
    if (!order_columns(form, start, row, order))
        return false;
    for (int32_t j = 0; j < form->n; j++)
        plan->begin[form->block[j] + 1]++;
    for (int32_t b = 0; b < form->blocks; b++)
        plan->begin[b + 1] += plan->begin[b];
    for (int32_t k = 0; k < form->n; k++) {
        int32_t j = order[k], to = plan->begin[form->block[j]]++;
        plan->column[to] = j;
        plan->row[to] = form->row[j];
    }
    for (int32_t b = form->blocks; b > 0; b--)
        plan->begin[b] = plan->begin[b - 1];
    plan->begin[0] = 0;
    return true;
}

/* `label` [n] is work: of each row. */
static void place_entries(struct lu_plan *plan, const int32_t *start, const int32_t *row, int32_t *label)
{
    const struct block_triangular *form = &plan->form;
    int32_t at = 0;
    for (int32_t k = 0; k < plan->n; k++)
        label[plan->row[k]] = k;
    for (int32_t k = 0; k < plan->n; k++) {
        int32_t j = plan->column[k];
        plan->start[k] = at;
        for (int later = 0; later < 2; later++) {
            if (later)
                plan->later[k] = at;
            for (int32_t q = start[j]; q < start[j + 1]; q++)
                if ((form->block[form->column[row[q]]] > form->block[j]) == later)
                    plan->entry[at++] = (struct lu_entry){label[row[q]], q};
        }
    }
    plan->start[plan->n] = at;
}

bool lu_plan_make(struct lu_plan *plan, int32_t n, const int32_t *start, const int32_t *row)
{
    size_t columns = (size_t)n;
    plan->n = n;
    if (!block_triangular_find(&plan->form, n, start, row))
        return false;
    plan->blocks = plan->form.blocks;
    const struct array_request request[] = {{&plan->row, columns, sizeof *plan->row},
                                            {&plan->column, columns, sizeof *plan->column},
                                            {&plan->begin, (size_t)plan->blocks + 1, sizeof *plan->begin},
                                            {&plan->entry, (size_t)start[n], sizeof *plan->entry},
                                            {&plan->start, columns + 1, sizeof *plan->start},
                                            {&plan->later, columns, sizeof *plan->later}};
    plan->arrays = arrays_new(request, sizeof request / sizeof *request);
    int32_t *work = array_new(columns, sizeof *work);
    bool made = plan->arrays && work && choose_steps(plan, start, row, work);
    if (made)
        place_entries(plan, start, row, work);
    free(work);
    if (!made)
        lu_plan_free(plan);
    return made;
}

void lu_plan_free(struct lu_plan *plan)
{
    block_triangular_free(&plan->form);
    free(plan->arrays);
    *plan = (struct lu_plan){0};
}
