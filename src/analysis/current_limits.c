#include "analysis/current_limits.h"

#include "analysis/csv_reader.h"
#include "analysis/supply_nets.h"
#include "netlist/number.h"
#include "util/array.h"
#include "util/letters.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the file ---- */

enum { PATTERN, AMPERE, FIELDS };

/* Is it a record? Else a mistake is told. */
static bool check_record(const struct csv_field *field, size_t count, double *ampere, struct diagnostics *diagnostics)
{
    if (count != FIELDS || field[PATTERN].length == 0) {
        diagnose(diagnostics, ERROR_REPORT_FILE, field->text, field->length,
                 "pattern,ampere is expected here%s", count != FIELDS ? "" : ", not an empty pattern");
        return false;
    }
    const struct csv_field *number = &field[AMPERE];
    if (number_parse(number->text, number->length, ampere) != NUMBER_OK || !(*ampere > 0)) {
        diagnose(diagnostics, ERROR_REPORT_FILE, number->text, number->length,
                 "a current above 0 is expected here");
        return false;
    }
    return true;
}

bool current_limits_read(struct current_limits *limits, const struct source *file, struct diagnostics *diagnostics)
{
    struct csv_reader reader = csv_reader_of(file);
    struct csv_field field[FIELDS];
    bool is_first = true;
    for (size_t count; (count = csv_next(&reader, field, FIELDS)) > 0; is_first = false) {
        double ampere = 0;
        if ((is_first && csv_is(&field[PATTERN], "pattern")) || !check_record(field, count, &ampere, diagnostics))
            continue;
        if (!array_reserve(&limits->item, &limits->capacity, limits->count + 1, sizeof *limits->item))
            return false;
        limits->item[limits->count++] =
            (struct current_limit){.pattern = field[PATTERN].text, .length = field[PATTERN].length, .ampere = ampere};
    }
    return true;
}

/* ---- patterns ---- */

/* Does a pattern fit a name (in lower case)? Back to the last * where it does not, one letter further on. */
static bool fits(const char *pattern, size_t length, const char *name)
{
    size_t at = 0, star = length;
    const char *after_star = NULL;
    while (*name) {
        if (at < length && pattern[at] == '*') {
            star = at++;
            after_star = name;
        } else if (at < length && (pattern[at] == '?' || lower(pattern[at]) == *name)) {
            at++;
            name++;
        } else if (after_star) {
            at = star + 1;
            name = ++after_star;
        } else {
            return false;
        }
    }
    while (at < length && pattern[at] == '*')
        at++;
    return at == length;
}

static bool has_wildcard(const struct current_limit *limit)
{
    return memchr(limit->pattern, '*', limit->length) || memchr(limit->pattern, '?', limit->length);
}

/* The name of a pair of layers, in the caller's room of PAIR_SIZE bytes; long ones are cut. */
enum { PAIR_SIZE = 512 };

static void pair_name(char *name, const char *first, const char *second)
{
    enum { PART = PAIR_SIZE / 2 - 1 };
    snprintf(name, PAIR_SIZE, "%.*s-%.*s", PART, first, PART, second);
}

/* Does the pattern mean the wires between layers a and k (equal: in one)? */
static bool fits_layers(const struct current_limit *limit, const struct placement *placement, uint32_t a, uint32_t k)
{
    char name[PAIR_SIZE];
    if (a == k)
        return fits(limit->pattern, limit->length, placement->name[a]);
    pair_name(name, placement->name[a], placement->name[k]);
    if (fits(limit->pattern, limit->length, name))
        return true;
    pair_name(name, placement->name[k], placement->name[a]);
    return fits(limit->pattern, limit->length, name);
}

/* ---- which counts for which wire ---- */

static bool may_have_limit(const struct circuit *circuit, const struct element *element)
{
    return element->kind == ELEMENT_RESISTOR || supply_is_wire(circuit, element);
}

static void give(struct current_limit *limit, uint32_t number, uint32_t *of, uint32_t element)
{
    if (of[element] == SUPPLY_NONE) {
        of[element] = number;
        limit->wires++;
    }
}

/* Pairs of layers that the pattern means, a marked square, and whether there are any. */
static bool mark_layers(bool *means, const struct current_limit *limit, const struct placement *placement)
{
    bool any = false;
    for (uint32_t a = 0; a < placement->layers; a++) {
        for (uint32_t k = a; k < placement->layers; k++)
            any |= means[a * placement->layers + k] = fits_layers(limit, placement, a, k);
    }
    return any;
}

/* Give a limit to the wires that its record fits and none before it did. means: room for layers x layers. */
static void apply(struct current_limits *limits, uint32_t number, const struct placement *placement,
                  const struct circuit *circuit, uint32_t *of, bool *means)
{
    struct current_limit *limit = &limits->item[number];
    bool by_layer = mark_layers(means, limit, placement), by_name = has_wildcard(limit);
    uint32_t named = by_name ? NAMES_NONE : names_find(&circuit->elements, limit->pattern, limit->length);
    if (named != NAMES_NONE && may_have_limit(circuit, &circuit->element[named]))
        give(limit, number, of, named);
    for (uint32_t e = 0; (by_layer || by_name) && e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        uint32_t a, k;
        if (of[e] != SUPPLY_NONE || !may_have_limit(circuit, element))
            continue;
        if ((by_layer && placement_layers(placement, element, &a, &k) && means[a * placement->layers + k]) ||
            (by_name && fits(limit->pattern, limit->length, circuit->elements.text[e])))
            give(limit, number, of, e);
    }
}

static int compare(const void *p, const void *q)
{
    const struct violation *v = p, *w = q;
    if (v->ratio != w->ratio)
        return v->ratio < w->ratio ? 1 : -1;
    return v->element < w->element ? -1 : v->element > w->element;
}

static bool find_violations(struct current_limits *limits, const uint32_t *of, uint32_t elements,
                            const struct operating_point *op)
{
    for (uint32_t e = 0; e < elements; e++) {
        if (of[e] == SUPPLY_NONE)
            continue;
        double ratio = fabs(op->current[e]) / limits->item[of[e]].ampere;
        limits->wires++;
        if (!(ratio > 1))
            continue;
        if (!array_reserve(&limits->violation, &limits->violation_capacity, limits->violations + 1,
                           sizeof *limits->violation))
            return false;
        limits->violation[limits->violations++] = (struct violation){e, of[e], ratio};
    }
    if (limits->violations > 0)
        qsort(limits->violation, limits->violations, sizeof *limits->violation, compare);
    return true;
}

bool current_limits_check(struct current_limits *limits, const struct placement *placement,
                          const struct circuit *circuit, const struct operating_point *op,
                          struct diagnostics *diagnostics)
{
    uint32_t elements = circuit->elements.count;
    size_t layers = placement->layers;
    uint32_t *of = array_new(elements, sizeof *of);
    bool *means = array_new(layers * layers, sizeof *means);
    bool done = of && means;
    if (done)
        memset(of, 0xff, elements * sizeof *of); /* SUPPLY_NONE */
    for (uint32_t q = 0; done && q < limits->count; q++) {
        apply(limits, q, placement, circuit, of, means);
        if (limits->item[q].wires == 0)
            diagnose(diagnostics, WARNING_REPORT_UNUSED, limits->item[q].pattern, limits->item[q].length,
                     "no resistor and no layer has this limit");
    }
    done = done && find_violations(limits, of, elements, op);
    free(of);
    free(means);
    return done;
}

void current_limits_free(struct current_limits *limits)
{
    free(limits->item);
    free(limits->violation);
    *limits = (struct current_limits){0};
}
