#include "write/label.h"

#include "util/letters.h"

#include <stdio.h>
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
    const char *prefix = element_prefix(circuit, vector->a), *element = circuit->elements.text[vector->a];
    if (!parameter)
        return (struct label){{prefix, element, "#branch"}};
    return (struct label){{"@", prefix, element, "[", parameter, "]"}};
}

struct label label_in_rawfile(const struct vector *vector, const struct circuit *circuit, const char **type)
{
    *type = "voltage";
    if (vector->kind == VECTOR_VOLTAGE && vector->k == GROUND)
        return (struct label){{"v(", circuit->nodes.text[vector->a], ")"}};
    if (vector->kind == VECTOR_VOLTAGE)
        return label_in_table(vector, circuit);

    const char *prefix = element_prefix(circuit, vector->a), *element = circuit->elements.text[vector->a];
    const char *parameter = vector->parameter;
    switch (vector_is_current(vector) ? VECTOR_CURRENT : vector->kind) {
    case VECTOR_CURRENT:
        *type = "current";
        if (!parameter)
            return (struct label){{"i(", prefix, element, ")"}};
        return (struct label){{"i(@", prefix, element, "[", parameter, "])"}};
    case VECTOR_POWER:
        *type = "power";
        return (struct label){{"@", prefix, element, "[", parameter, "]"}};
    default:
        return (struct label){{"v(@", prefix, element, "[", parameter, "])"}};
    }
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

int label_compare(const struct label *p, const struct label *q)
{
    const char *const *p_part = p->part, *const *q_part = q->part, *x = *p_part, *y = *q_part;
    for (;; x++, y++) {
        while (x && !*x)
            x = *++p_part;
        while (y && !*y)
            y = *++q_part;
        if (!x || !y || *x != *y)
            return (x ? (unsigned char)*x : 0) - (y ? (unsigned char)*y : 0);
    }
}

char *label_text(const struct label *label)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    for (size_t p = 0; file && p < LABEL_PARTS && label->part[p]; p++)
        fputs(label->part[p], file);
    if (file && fclose(file) == 0)
        return text;
    free(text);
    return NULL;
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
