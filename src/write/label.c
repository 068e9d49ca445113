#include "write/label.h"

#include <string.h>

struct label label_in_table(const struct vector *vector, const struct circuit *circuit)
{
    const char *parameter = vector->parameter;
    if (vector->kind == VECTOR_VOLTAGE) {
        const char *a = circuit->nodes.text[vector->a], *k = circuit->nodes.text[vector->k];
        if (parameter)
            return (struct label){{a}};
        if (vector->k == GROUND)
            return (struct label){{"v(", a, ")"}};
        if (vector->a == GROUND)
            return (struct label){{"-v(", k, ")"}};
        return (struct label){{"v(", a, ")-v(", k, ")"}};
    }
    const char *element = circuit->elements.text[vector->a];
    if (!parameter)
        return (struct label){{element, "#branch"}};
    return (struct label){{"@", element, "[", parameter, "]"}};
}

struct label label_in_rawfile(const struct vector *vector, const struct circuit *circuit, const char **type)
{
    *type = "voltage";
    if (vector->kind == VECTOR_VOLTAGE)
        return (struct label){{"v(", circuit->nodes.text[vector->a], ")"}};

    const char *element = circuit->elements.text[vector->a], *parameter = vector->parameter;
    switch (vector->kind) {
    case VECTOR_CURRENT:
        *type = "current";
        if (!parameter)
            return (struct label){{"i(", element, ")"}};
        return (struct label){{"i(@", element, "[", parameter, "])"}};
    case VECTOR_POWER:
        *type = "power";
        return (struct label){{"@", element, "[", parameter, "]"}};
    default:
        return (struct label){{"v(@", element, "[", parameter, "])"}};
    }
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
