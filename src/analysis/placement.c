#include "analysis/placement.h"

#include "analysis/csv_reader.h"
#include "netlist/number.h"
#include "util/array.h"
#include "util/letters.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_low_letter(char byte)
{
    return byte >= 'a' && byte <= 'z';
}

/* ---- names ---- */

/* The decimal number text[0..length), with a sign or a point perhaps, of at most 15 digits, which are exact. */
static bool read_coordinate(const char *text, size_t length, double *value)
{
    enum { DIGITS = 15 };
    double number = 0, scale = 1;
    size_t digits = 0;
    bool negative = length > 0 && *text == '-', fraction = false;
    for (size_t at = negative; at < length; at++) {
        if (text[at] == '.' && !fraction) {
            fraction = true;
            continue;
        }
        if (!is_digit(text[at]) || ++digits > DIGITS)
            return false;
        number = 10 * number + (text[at] - '0');
        scale *= fraction ? 10 : 1;
    }
    *value = (negative ? -number : number) / scale;
    return digits > 0;
}

/* The beginning of the word that ends at `end`, behind an underscore or at the beginning of the name. */
static const char *word_before(const char *name, const char *end)
{
    while (end > name && end[-1] != '_')
        end--;
    return end;
}

/* A row's number behind letters: n3 of n3_4. */
static bool parse_row(const char *name, const char *end, struct node_name *parsed)
{
    const char *row = end;
    while (row > name && is_digit(row[-1]))
        row--;
    const char *word = row;
    while (word > name && is_low_letter(word[-1]))
        word--;
    parsed->layer = name;
    parsed->layer_length = (size_t)(row - name);
    parsed->prefix = 0;
    parsed->in_rows = true;
    return word < row && (word == name || word[-1] == '_' || word[-1] == '.') &&
           read_coordinate(row, (size_t)(end - row), &parsed->y);
}

bool node_name_parse(const char *name, struct node_name *parsed)
{
    const char *end = name + strlen(name), *last = word_before(name, end);
    if (last == name || !read_coordinate(last, (size_t)(end - last), &parsed->y))
        return false;
    const char *x_end = last - 1, *x = word_before(name, x_end);
    if (!read_coordinate(x, (size_t)(x_end - x), &parsed->x)) {
        parsed->x = parsed->y;
        return parse_row(name, x_end, parsed);
    }
    if (x == name)
        return false;
    const char *layer_end = x - 1, *layer = word_before(name, layer_end);
    while (layer > name && !is_low_letter(*layer))
        layer = word_before(name, layer - 1);
    parsed->layer = layer;
    parsed->layer_length = (size_t)(layer_end - layer);
    parsed->prefix = layer > name ? (size_t)(layer - 1 - name) : 0;
    parsed->in_rows = false;
    return is_low_letter(*layer);
}

/* ---- places ---- */

static bool begin(struct placement *placement, const struct circuit *circuit)
{
    size_t nodes = circuit->nodes.count;
    placement->x = array_new(nodes, sizeof *placement->x);
    placement->y = array_new(nodes, sizeof *placement->y);
    placement->layer = array_new(nodes, sizeof *placement->layer);
    if (placement->layer)
        memset(placement->layer, 0xff, nodes * sizeof *placement->layer); /* PLACEMENT_NONE */
    return placement->x && placement->y && placement->layer;
}

/* The number of a layer, which is added; PLACEMENT_NONE: there are too many. *done false: memory is out. */
static uint32_t add_layer(struct placement *placement, const char *name, size_t length, bool *done)
{
    if (placement->found.count == PLACEMENT_LAYERS)
        return names_find(&placement->found, name, length);
    uint32_t layer = names_add(&placement->found, name, length, NULL);
    *done = layer != NAMES_NONE;
    return layer;
}

static void place(struct placement *placement, uint32_t node, uint32_t layer, double x, double y)
{
    if (layer == PLACEMENT_NONE)
        return;
    placement->placed += placement->layer[node] == PLACEMENT_NONE;
    placement->layer[node] = layer;
    placement->x[node] = x;
    placement->y[node] = y;
}

/* As strcmp, but that digits are compared as numbers. */
static int compare_names(const char *p, const char *q)
{
    while (*p && *q) {
        if (is_digit(*p) && is_digit(*q)) {
            size_t zeros_p = strspn(p, "0"), zeros_q = strspn(q, "0");
            size_t m = strspn(p + zeros_p, "0123456789"), n = strspn(q + zeros_q, "0123456789");
            int order = m != n ? (m < n ? -1 : 1) : memcmp(p + zeros_p, q + zeros_q, m);
            if (order != 0)
                return order;
            p += zeros_p + m;
            q += zeros_q + n;
        } else if (*p != *q) {
            break;
        } else {
            p++;
            q++;
        }
    }
    return (unsigned char)*p - (unsigned char)*q;
}

struct found_layer {
    const char *name;
    uint32_t number; /* in the order of first nodes */
    bool in_rows;
};

static int compare_layers(const void *p, const void *q)
{
    const struct found_layer *a = p, *b = q;
    int order = compare_names(a->name, b->name);
    return order != 0 ? order : strcmp(a->name, b->name);
}

/* Number the layers in the order of their names. */
static void sort_layers(struct placement *placement, uint32_t nodes)
{
    struct found_layer layer[PLACEMENT_LAYERS];
    uint32_t number[PLACEMENT_LAYERS], count = placement->layers = placement->found.count;
    for (uint32_t l = 0; l < count; l++)
        layer[l] = (struct found_layer){placement->found.text[l], l, placement->in_rows[l]};
    if (count > 0)
        qsort(layer, count, sizeof *layer, compare_layers);
    for (uint32_t l = 0; l < count; l++) {
        number[layer[l].number] = l;
        placement->name[l] = layer[l].name;
        placement->in_rows[l] = layer[l].in_rows;
    }
    for (uint32_t node = 0; node < nodes; node++) {
        if (placement->layer[node] != PLACEMENT_NONE)
            placement->layer[node] = number[placement->layer[node]];
    }
}

bool placement_by_names(struct placement *placement, const struct circuit *circuit)
{
    bool done = begin(placement, circuit);
    uint32_t layer = PLACEMENT_NONE; /* of the node before, which mostly lies beside this one */
    for (uint32_t node = GROUND + 1; done && node < circuit->nodes.count; node++) {
        struct node_name parsed;
        if (!node_name_parse(circuit->nodes.text[node], &parsed))
            continue;
        const char *same = layer != PLACEMENT_NONE ? placement->found.text[layer] : "";
        if (strncmp(same, parsed.layer, parsed.layer_length) != 0 || same[parsed.layer_length] != '\0')
            layer = add_layer(placement, parsed.layer, parsed.layer_length, &done);
        place(placement, node, layer, parsed.x, parsed.y);
        if (layer != PLACEMENT_NONE)
            placement->in_rows[layer] = parsed.in_rows;
    }
    if (done)
        sort_layers(placement, circuit->nodes.count);
    return done;
}

enum { NODE, LAYER, X, Y, FIELDS };

#define FARTHEST 1e30 /* a coordinate, so that distances are finite and in proportion */

/* Is it a record? Else a mistake is told. */
static bool check_record(const struct csv_field *field, size_t count, double *x, double *y,
                         struct diagnostics *diagnostics)
{
    if (count != FIELDS) {
        diagnose(diagnostics, ERROR_REPORT_FILE, field->text, field->length,
                 "node,layer,x,y is expected here, not %zu fields", count);
        return false;
    }
    for (int axis = X; axis <= Y; axis++) {
        double *value = axis == X ? x : y;
        enum number_status status = number_parse(field[axis].text, field[axis].length, value);
        if (status != NUMBER_OK || fabs(*value) > FARTHEST) {
            diagnose(diagnostics, ERROR_REPORT_FILE, field[axis].text, field[axis].length,
                     "a coordinate is expected here");
            return false;
        }
    }
    return true;
}

bool placement_by_file(struct placement *placement, const struct circuit *circuit, const struct source *file,
                       struct diagnostics *diagnostics)
{
    struct csv_reader reader = csv_reader_of(file);
    struct csv_field field[FIELDS];
    struct csv_field stranger = {NULL, 0};
    size_t strangers = 0;
    bool done = begin(placement, circuit), is_first = true;
    for (size_t count; done && (count = csv_next(&reader, field, FIELDS)) > 0; is_first = false) {
        double x = 0, y = 0;
        if ((is_first && csv_is(&field[NODE], "node")) || !check_record(field, count, &x, &y, diagnostics))
            continue;
        uint32_t node = names_find(&circuit->nodes, field[NODE].text, field[NODE].length);
        if (node == NAMES_NONE && strangers++ == 0)
            stranger = field[NODE];
        if (node != NAMES_NONE && node != GROUND)
            place(placement, node, add_layer(placement, field[LAYER].text, field[LAYER].length, &done), x, y);
    }
    if (done)
        sort_layers(placement, circuit->nodes.count);
    if (done && strangers > 0)
        diagnose(diagnostics, WARNING_REPORT_UNUSED, stranger.text, stranger.length,
                 "the circuit has no node of this name%s", strangers > 1 ? ", nor of others of this file" : "");
    return done;
}

bool placement_layers(const struct placement *placement, const struct element *element, uint32_t *a, uint32_t *k)
{
    uint32_t p = placement->layer[element->a], q = placement->layer[element->k];
    *a = p < q ? p : q;
    *k = p < q ? q : p;
    return *k != PLACEMENT_NONE;
}

void placement_free(struct placement *placement)
{
    free(placement->x);
    free(placement->y);
    free(placement->layer);
    names_free(&placement->found);
    *placement = (struct placement){0};
}
