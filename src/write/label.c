#include "write/label.h"

#include "util/letters.h"

#include <stdlib.h>
#include <string.h>

struct label label_in_table(const struct vector *vector, const struct circuit *circuit)
{
    const char *parameter = vector->parameter;
    if (vector->kind == VECTOR_VOLTAGE) {
        const char *a = circuit->nodes.text[vector->a], *k = circuit->nodes.text[vector->k];
        if (parameter && is_digit(*a))
            return (struct label){{"V(", a, ")"}};
        if (parameter)
            return (struct label){{a}};
        if (vector->k == GROUND)
            return (struct label){{"v(", a, ")"}};
        if (vector->a == GROUND)
            return (struct label){{"-v(", k, ")"}};
        return (struct label){{"v(", a, ")-v(", k, ")"}};
    }
    if (vector->kind == VECTOR_POWER && vector->k > 0)
        return (struct label){{parameter}};
    const char *prefix = element_prefix(circuit, vector->a), *element = circuit->elements.text[vector->a];
    if (!parameter)
        return (struct label){{prefix, element, "#branch"}};
    if (*parameter == ':')
        return (struct label){{prefix, element, parameter, vector_is_power(vector) ? NULL : "#branch"}};
    return (struct label){{"@", prefix, element, "[", parameter, "]"}};
}

struct label label_in_rawfile(const struct vector *vector, const struct circuit *circuit, const char **type)
{
    *type = "voltage";
    if (vector->kind == VECTOR_VOLTAGE && vector->k == GROUND)
        return (struct label){{"v(", circuit->nodes.text[vector->a], ")"}};
    if (vector->kind == VECTOR_VOLTAGE)
        return label_in_table(vector, circuit);

    static const char *const alone[] = {
        [TYPE_POWER] = "power", [TYPE_ADMITTANCE] = "admittance", [TYPE_CAPACITANCE] = "capacitance"};
    const enum vector_type is = vector_type(vector);
    if (is == TYPE_POWER || is == TYPE_ADMITTANCE || is == TYPE_CAPACITANCE) {
        *type = alone[is];
        return label_in_table(vector, circuit);
    }
    const char *prefix = element_prefix(circuit, vector->a), *element = circuit->elements.text[vector->a];
    const char *parameter = vector->parameter;
    if (is != TYPE_CURRENT)
        return (struct label){{"v(@", prefix, element, "[", parameter, "])"}};
    *type = "current";
    if (!parameter)
        return (struct label){{"i(", prefix, element, ")"}};
    if (*parameter == ':')
        return (struct label){{"i(", prefix, element, parameter, ")"}};
    return (struct label){{"i(@", prefix, element, "[", parameter, "])"}};
}

struct label label_of_series(const struct series *series, const struct plot *plot, const struct circuit *circuit)
{
    if (series->name)
        return (struct label){{series->name}};
    if (series->vector.kind == VECTOR_SCALE)
        return (struct label){{plot->axes > 0 ? axis_name(&plot->axis[plot->axes - 1]) : "sweep"}};
    return label_in_table(&series->vector, circuit);
}

struct label label_of_axis(const struct axis *axis, const char **type)
{
    const char *name = axis_name(axis);
    switch (axis->kind) {
    case AXIS_VSOURCE: *type = "voltage"; return (struct label){{"v(", name, ")"}};
    case AXIS_ISOURCE: *type = "current"; return (struct label){{"i(", name, ")"}};
    case AXIS_PARAMETER: *type = "notype"; return (struct label){{name}};
    default: *type = name; return (struct label){{name}};
    }
}

/* A place in the text of a label; at is NULL at its end. */
struct label_place {
    const char *const *part;
    const char *at;
};

static void next_byte(struct label_place *place, size_t more)
{
    place->at += more;
    while (place->at && !*place->at)
        place->at = *++place->part;
}

/* The digits of a number without leading zeros, which are taken off; none of 0. */
static size_t take_number(struct label_place *place, const char **digit)
{
    size_t zeros = strspn(place->at, "0"), digits = strspn(place->at + zeros, "0123456789");
    *digit = place->at + zeros;
    next_byte(place, zeros + digits);
    return digits;
}

/* The order of two numbers, which are passed over. */
static int compare_numbers(struct label_place *x, struct label_place *y)
{
    const char *p, *q;
    size_t m = take_number(x, &p), n = take_number(y, &q);
    return m != n ? (m > n) - (m < n) : memcmp(p, q, m);
}

int label_compare(const struct label *p, const struct label *q)
{
    struct label_place x = {p->part, *p->part}, y = {q->part, *q->part};
    int order = 0;
    next_byte(&x, 0);
    next_byte(&y, 0);
    while (order == 0 && x.at && y.at) {
        if (is_digit(*x.at) && is_digit(*y.at)) {
            order = compare_numbers(&x, &y);
        } else {
            order = (unsigned char)*x.at - (unsigned char)*y.at;
            next_byte(&x, 1);
            next_byte(&y, 1);
        }
    }
    return order != 0 ? order : (x.at != NULL) - (y.at != NULL);
}

size_t label_length(const struct label *label)
{
    size_t length = 0;
    for (size_t p = 0; p < LABEL_PARTS && label->part[p]; p++)
        length += strlen(label->part[p]);
    return length;
}

void label_write(const struct label *label, char *text)
{
    *text = '\0';
    for (size_t p = 0; p < LABEL_PARTS && label->part[p]; p++)
        text = stpcpy(text, label->part[p]);
}

char *label_text(const struct label *label)
{
    char *text = malloc(label_length(label) + 1);
    if (text)
        label_write(label, text);
    return text;
}

void label_put(const struct label *label, struct sink *sink)
{
    for (size_t p = 0; p < LABEL_PARTS && label->part[p]; p++)
        sink_text(sink, label->part[p]);
}

void label_put_padded(const struct label *label, struct sink *sink, size_t most, size_t width)
{
    size_t put = 0;
    for (size_t p = 0; p < LABEL_PARTS && label->part[p]; p++) {
        size_t length = strnlen(label->part[p], most - put);
        sink_bytes(sink, label->part[p], length);
        put += length;
    }
    for (; put < width; put++)
        sink_text(sink, " ");
}
