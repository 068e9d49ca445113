#include "linear/minimum_degree.h"

#include "util/array.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const int32_t none = -1;

/* Every unknown begins as a variable and becomes an element when it is eliminated, or part of another variable. The
 * list of a variable has its elements first and then variables. It never grows: each elimination takes at least one
 * entry out of every list that gets the new element. */
struct quotient {
    int32_t n, left;   /* unknowns; those not eliminated yet */
    int32_t *block;    /* all arrays of [n] */
    int32_t *list;     /* [room] lists of variables, then those of elements */
    size_t variables, used, room;
    size_t *start;     /* [n] into list */
    int32_t *length;   /* [n] of a list */
    int32_t *elements; /* [n] that a variable's list begins with; none: it was left out */
    int32_t *size;     /* [n] unknowns that a variable stands for; negative in the newest element; 0: is no variable */
    int32_t *degree;   /* [n] of a variable, at most; of an element its unknowns, 0: it lies within another */
    int32_t *outside;  /* [n] of an element: mark + its unknowns outside of the newest; below mark: not counted */
    int32_t mark;
    int32_t *stamp, stamps;         /* [n] work of comparisons */
    int32_t *first, *next, *before; /* [n] variables of each degree, in lists linked both ways */
    int32_t lowest;                 /* no variable has a smaller degree */
    int32_t *bucket, *hash;         /* [n] variables of each hash, in lists by next; [n] of a variable */
    int32_t *member, *last;         /* [n] unknowns that a variable or an element stands for, in a list from it on */
    int32_t *pivot, pivots;         /* [n] elements, as they were made */
};

static void quotient_free(struct quotient *graph)
{
    free(graph->block);
    free(graph->list);
    free(graph->start);
}

static bool quotient_new(struct quotient *graph, const struct laplacian *A)
{
    int32_t **arrays[] = {&graph->length, &graph->elements, &graph->size,   &graph->degree, &graph->outside,
                          &graph->stamp,  &graph->first,    &graph->next,   &graph->before, &graph->bucket,
                          &graph->hash,   &graph->member,   &graph->last,   &graph->pivot};
    size_t n = (size_t)A->n, count = sizeof arrays / sizeof *arrays;
    graph->n = graph->left = A->n;
    graph->variables = (size_t)(A->p[n] - A->n);
    graph->room = 2 * graph->variables + n;
    graph->block = array_new(n, count * sizeof *graph->block);
    graph->list = array_new(graph->room, sizeof *graph->list);
    graph->start = array_new(n, sizeof *graph->start);
    if (!graph->block || !graph->list || !graph->start)
        return false;
    for (size_t i = 0; i < count; i++)
        *arrays[i] = graph->block + i * n;
    return true;
}

/* ---- variables by degree ----------------------------------------------------------------------------------------- */

static void link_by_degree(struct quotient *graph, int32_t i)
{
    int32_t degree = graph->degree[i], after = graph->first[degree];
    graph->next[i] = after;
    graph->before[i] = none;
    if (after != none)
        graph->before[after] = i;
    graph->first[degree] = i;
    if (degree < graph->lowest)
        graph->lowest = degree;
}

static void unlink_by_degree(struct quotient *graph, int32_t i)
{
    int32_t before = graph->before[i], after = graph->next[i];
    if (after != none)
        graph->before[after] = before;
    if (before != none)
        graph->next[before] = after;
    else
        graph->first[graph->degree[i]] = after;
}

static int32_t lowest_degree(struct quotient *graph)
{
    while (graph->first[graph->lowest] == none)
        graph->lowest++;
    return graph->first[graph->lowest];
}

/* The graph of A; unknowns that almost all others meet are left out, and go last. */
static void begin(struct quotient *graph, const struct laplacian *A)
{
    enum { FEW = 16 };
    double many = fmax(FEW, 10 * sqrt(A->n));
    graph->lowest = A->n - 1;
    graph->mark = 1;
    memset(graph->first, 0xff, (size_t)A->n * sizeof *graph->first);
    memset(graph->bucket, 0xff, (size_t)A->n * sizeof *graph->bucket);
    for (int32_t j = 0; j < A->n; j++) {
        graph->start[j] = graph->used;
        for (int32_t q = A->p[j]; q < A->p[j + 1]; q++)
            if (A->i[q] != j)
                graph->list[graph->used++] = A->i[q];
        graph->length[j] = (int32_t)(graph->used - graph->start[j]);
        graph->degree[j] = graph->length[j];
        graph->member[j] = none;
        graph->last[j] = j;
        graph->size[j] = graph->length[j] <= many;
        if (graph->size[j] > 0) {
            link_by_degree(graph, j);
        } else {
            graph->elements[j] = none;
            graph->left--;
        }
    }
}

/* b joins what a stands for. */
static void join(struct quotient *graph, int32_t a, int32_t b)
{
    graph->member[graph->last[a]] = b;
    graph->last[a] = graph->last[b];
}

/* ---- one elimination --------------------------------------------------------------------------------------------- */

/* Move the lists of elements that still count to where the variables' end. */
static void compact(struct quotient *graph)
{
    graph->used = graph->variables;
    for (int32_t k = 0; k < graph->pivots; k++) {
        int32_t e = graph->pivot[k];
        if (graph->degree[e] == 0)
            continue;
        memmove(graph->list + graph->used, graph->list + graph->start[e],
                (size_t)graph->length[e] * sizeof *graph->list);
        graph->start[e] = graph->used;
        graph->used += (size_t)graph->length[e];
    }
}

static int32_t take(struct quotient *graph, int32_t i)
{
    int32_t size = graph->size[i];
    if (size <= 0)
        return 0;
    graph->size[i] = -size;
    graph->list[graph->used++] = i;
    unlink_by_degree(graph, i);
    return size;
}

/* Variable p becomes an element: the variables that it or its elements meet, of which they are the last trace. */
static void make_element(struct quotient *graph, int32_t p)
{
    if (graph->used + (size_t)graph->left > graph->room)
        compact(graph);
    const int32_t *own = graph->list + graph->start[p];
    size_t begins = graph->used;
    int32_t unknowns = 0;
    unlink_by_degree(graph, p);
    graph->left -= graph->size[p];
    graph->size[p] = 0;
    for (int32_t q = 0; q < graph->length[p]; q++) {
        int32_t e = own[q];
        if (q >= graph->elements[p]) {
            unknowns += take(graph, e);
        } else if (graph->degree[e] > 0) {
            for (int32_t r = 0; r < graph->length[e]; r++)
                unknowns += take(graph, graph->list[graph->start[e] + (size_t)r]);
            graph->degree[e] = 0;
        }
    }
    graph->start[p] = begins;
    graph->length[p] = (int32_t)(graph->used - begins);
    graph->degree[p] = unknowns;
    graph->pivot[graph->pivots++] = p;
}

/* How much of each element that the variables of p meet lies outside of p. */
static void count_outside(struct quotient *graph, int32_t p)
{
    if (graph->mark > INT32_MAX - 2 * graph->n) {
        memset(graph->outside, 0, (size_t)graph->n * sizeof *graph->outside);
        graph->mark = 1;
    }
    for (int32_t q = 0; q < graph->length[p]; q++) {
        int32_t i = graph->list[graph->start[p] + (size_t)q];
        for (int32_t r = 0; r < graph->elements[i]; r++) {
            int32_t e = graph->list[graph->start[i] + (size_t)r];
            if (graph->outside[e] < graph->mark)
                graph->outside[e] = graph->mark + graph->degree[e];
            graph->outside[e] += graph->size[i];
        }
    }
}

/* The list of variable i without what p covers, and with p. Returns how many unknowns it meets outside of p, at
 * most. */
static int32_t renew_list(struct quotient *graph, int32_t i, int32_t p)
{
    int32_t *list = graph->list + graph->start[i], to = 0, outside = 0, all = graph->length[i];
    uint32_t hash = 0;
    for (int32_t q = 0; q < graph->elements[i]; q++) {
        int32_t e = list[q], more = graph->outside[e] - graph->mark;
        if (graph->degree[e] == 0)
            continue;
        if (more == 0) {
            graph->degree[e] = 0; /* it lies within p */
            continue;
        }
        list[to++] = e;
        hash += (uint32_t)e;
        outside += more;
    }
    int32_t elements = to;
    for (int32_t q = graph->elements[i]; q < all; q++) {
        int32_t j = list[q];
        if (graph->size[j] <= 0)
            continue;
        list[to++] = j;
        hash += (uint32_t)j;
        outside += graph->size[j];
    }
    list[to] = list[elements];
    list[elements] = p;
    graph->elements[i] = elements + 1;
    graph->length[i] = to + 1;
    graph->hash[i] = (int32_t)(hash % (uint32_t)graph->n);
    return outside;
}

static void renew_variables(struct quotient *graph, int32_t p)
{
    for (int32_t q = 0; q < graph->length[p]; q++) {
        int32_t i = graph->list[graph->start[p] + (size_t)q], outside = renew_list(graph, i, p);
        if (outside == 0) { /* it meets no others: it goes now, and adds nothing */
            graph->degree[p] += graph->size[i];
            graph->left += graph->size[i];
            graph->size[i] = 0;
            join(graph, p, i);
            continue;
        }
        if (outside < graph->degree[i])
            graph->degree[i] = outside;
        graph->next[i] = graph->bucket[graph->hash[i]];
        graph->bucket[graph->hash[i]] = i;
    }
}

static bool is_stamped(const struct quotient *graph, int32_t i)
{
    for (int32_t q = 0; q < graph->length[i]; q++)
        if (graph->stamp[graph->list[graph->start[i] + (size_t)q]] != graph->stamps)
            return false;
    return true;
}

/* Variables after i in its bucket that meet the same as i become part of it. */
static void merge_equals(struct quotient *graph, int32_t i)
{
    graph->stamps++;
    for (int32_t q = 0; q < graph->length[i]; q++)
        graph->stamp[graph->list[graph->start[i] + (size_t)q]] = graph->stamps;
    for (int32_t before = i, j = graph->next[i]; j != none; j = graph->next[j]) {
        if (graph->length[j] != graph->length[i] || graph->elements[j] != graph->elements[i] || !is_stamped(graph, j)) {
            before = j;
            continue;
        }
        graph->size[i] += graph->size[j];
        graph->size[j] = 0;
        join(graph, i, j);
        graph->next[before] = graph->next[j];
    }
}

static void merge_variables(struct quotient *graph, int32_t p)
{
    for (int32_t q = 0; q < graph->length[p]; q++) {
        int32_t i = graph->list[graph->start[p] + (size_t)q];
        if (graph->size[i] == 0)
            continue;
        int32_t head = graph->bucket[graph->hash[i]];
        graph->bucket[graph->hash[i]] = none;
        for (; head != none; head = graph->next[head])
            if (graph->next[head] != none)
                merge_equals(graph, head);
    }
}

/* The variables that are left of p get their degrees. */
static void end_element(struct quotient *graph, int32_t p)
{
    int32_t *list = graph->list + graph->start[p], to = 0;
    for (int32_t q = 0; q < graph->length[p]; q++) {
        int32_t i = list[q], size = -graph->size[i];
        if (size == 0)
            continue;
        int32_t degree = graph->degree[i] + graph->degree[p] - size, most = graph->left - size;
        graph->size[i] = size;
        graph->degree[i] = degree < most ? degree : most;
        link_by_degree(graph, i);
        list[to++] = i;
    }
    graph->mark += graph->n + 1;
    graph->length[p] = to;
    graph->used = graph->start[p] + (size_t)to;
}

/* Those that were left out go last. */
static void write_order(const struct quotient *graph, int32_t *order)
{
    int32_t at = 0;
    for (int32_t k = 0; k < graph->pivots; k++)
        for (int32_t i = graph->pivot[k]; i != none; i = graph->member[i])
            order[at++] = i;
    for (int32_t i = 0; i < graph->n; i++)
        if (graph->elements[i] == none)
            order[at++] = i;
}

bool minimum_degree(const struct laplacian *A, int32_t *order)
{
    struct quotient graph = {0};
    bool made = quotient_new(&graph, A);
    if (made) {
        begin(&graph, A);
        while (graph.left > 0) {
            int32_t p = lowest_degree(&graph);
            make_element(&graph, p);
            count_outside(&graph, p);
            renew_variables(&graph, p);
            merge_variables(&graph, p);
            end_element(&graph, p);
        }
        write_order(&graph, order);
    }
    quotient_free(&graph);
    return made;
}
