/* JSON: one object, whose nodes and branches stand one on a line, made and written one by one. */
#include "write/finite.h"
#include "write/output.h"
#include "write/sink.h"
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct json_writer {
    struct sink sink;
    bool no_memory;
};

static int to_sink(const char *bytes, size_t length, void *sink)
{
    sink_bytes(sink, bytes, length);
    return 0;
}

/* Write a value and let go of it; NULL: memory was out when it was made. */
static void put(struct json_writer *writer, json_t *value)
{
    enum { ROUND_TRIP = 17 };
    if (!value || json_dump_callback(value, to_sink, &writer->sink, JSON_ENCODE_ANY | JSON_REAL_PRECISION(ROUND_TRIP)) != 0)
        writer->no_memory = true;
    json_decref(value);
}

/* A string; bytes that are not UTF-8 are taken as Latin-1, which old netlists are written in. */
static json_t *string_of(const char *text, size_t length)
{
    json_t *string = json_stringn(text, length);
    if (string)
        return string;
    char *utf8 = malloc(2 * length + 1), *end = utf8;
    if (!utf8)
        return NULL;
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte >= 0x80)
            *end++ = (char)(0xc0 | byte >> 6);
        *end++ = (char)(byte >= 0x80 ? 0x80 | (byte & 0x3f) : byte);
    }
    string = json_stringn(utf8, (size_t)(end - utf8));
    free(utf8);
    return string;
}

static json_t *name_of(const struct names *names, uint32_t number)
{
    return string_of(names->text[number], strlen(names->text[number]));
}

/* A name, or null where there is none. */
static json_t *worst_of(const struct names *names, uint32_t number)
{
    return number == CERTIFICATE_NONE ? json_null() : name_of(names, number);
}

static const char *kind_of(const struct circuit *circuit, uint32_t element)
{
    static const char *const kind[] = {
        [ELEMENT_RESISTOR] = "resistor",       [ELEMENT_SHORT] = "short",
        [ELEMENT_CAPACITOR] = "capacitor",     [ELEMENT_VSOURCE] = "voltage source",
        [ELEMENT_ISOURCE] = "current source",  [ELEMENT_DIODE] = "diode",
    };
    return circuit->elements.text[element][0] == 'l' ? "inductor" : kind[circuit->element[element].kind];
}

/* ---- nodes and branches: there may be millions, so jansson is asked only where it knows better ---- */

static bool is_plain(const char *text)
{
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte < ' ' || byte >= 0x7f || byte == '"' || byte == '\\')
            return false;
    }
    return true;
}

static void put_name(struct json_writer *writer, const char *before, const char *name)
{
    sink_text(&writer->sink, before);
    if (is_plain(name)) {
        sink_text(&writer->sink, "\"");
        sink_text(&writer->sink, name);
        sink_text(&writer->sink, "\"");
    } else {
        put(writer, string_of(name, strlen(name)));
    }
}

static void put_number(struct json_writer *writer, const char *before, double number)
{
    sink_text(&writer->sink, before);
    sink_exact(&writer->sink, number);
}

static void put_nodes(struct json_writer *writer, const struct output *output)
{
    const struct names *nodes = &output->circuit->nodes;
    for (uint32_t node = GROUND + 1; node < nodes->count; node++) {
        put_name(writer, node == GROUND + 1 ? "\n{\"name\": " : ",\n{\"name\": ", nodes->text[node]);
        put_number(writer, ", \"volts\": ", output->op->voltage[node]);
        sink_text(&writer->sink, "}");
    }
}

static void put_branches(struct json_writer *writer, const struct output *output)
{
    const struct circuit *circuit = output->circuit;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        double volts = output->op->voltage[element->a] - output->op->voltage[element->k], amperes = output->op->current[e];
        put_name(writer, e == 0 ? "\n{\"name\": " : ",\n{\"name\": ", circuit->elements.text[e]);
        put_name(writer, ", \"kind\": ", kind_of(circuit, e));
        put_name(writer, ", \"from\": ", circuit->nodes.text[element->a]);
        put_name(writer, ", \"to\": ", circuit->nodes.text[element->k]);
        put_number(writer, ", \"volts\": ", volts);
        put_number(writer, ", \"amperes\": ", amperes);
        put_number(writer, ", \"watts\": ", volts * amperes);
        sink_text(&writer->sink, "}");
    }
}

/* ---- the rest ---- */

static json_t *certificate_of(const struct output *output)
{
    const struct certificate *proof = &output->op->certificate;
    return json_pack("{sb sf sf sf sf so sf sf so sf sf sf}", "proved", proof->proved, "tolerance", proof->tolerance,
                     "kcl", proof->kcl, "kcl_relative", proof->kcl_relative, "kcl_floor", proof->kcl_floor,
                     "kcl_node", worst_of(&output->circuit->nodes, proof->kcl_node),
                     "law", proof->law, "law_relative", proof->law_relative,
                     "law_element", worst_of(&output->circuit->elements, proof->law_element),
                     "complementarity", proof->complementarity, "power", proof->power,
                     "power_relative", proof->power_relative);
}

static json_t *statistics_of(const struct output_statistics *statistics)
{
    const struct solve_info *info = &statistics->info;
    json_t *seconds = json_pack("{sf sf sf sf sf sf}", "read", statistics->time.read, "build", statistics->time.build,
                                "lower", statistics->time.lower, "solve", statistics->time.solve,
                                "recover", statistics->time.recover, "prove", statistics->time.prove);
    return json_pack("{ss sI sI sI sI sI sI sI sI sI sI so}", "solver", statistics->solver,
                     "nodes", (json_int_t)statistics->nodes, "branches", (json_int_t)statistics->branches,
                     "supernodes", (json_int_t)statistics->supernodes, "diodes", (json_int_t)statistics->diodes,
                     "nonzeros", (json_int_t)info->nonzeros, "fill", (json_int_t)info->fill,
                     "sweeps", (json_int_t)info->sweeps, "factorisations", (json_int_t)info->factorisations,
                     "analyses", (json_int_t)info->analyses, "outer", (json_int_t)info->outer, "seconds", seconds);
}

bool write_json(FILE *file, const struct output *output)
{
    struct json_writer writer = {.no_memory = false};
    if (!output_is_finite(output))
        return false;
    sink_open(&writer.sink, file);
    sink_text(&writer.sink, "{\"title\": ");
    put(&writer, string_of(output->title ? output->title : "", output->title ? output->title_length : 0));
    sink_text(&writer.sink, ",\n\"nodes\": [");
    put_nodes(&writer, output);
    sink_text(&writer.sink, "],\n\"branches\": [");
    put_branches(&writer, output);
    sink_text(&writer.sink, "],\n\"certificate\": ");
    put(&writer, certificate_of(output));
    sink_text(&writer.sink, ",\n\"statistics\": ");
    put(&writer, statistics_of(&output->statistics));
    sink_text(&writer.sink, "}\n");

    bool written = sink_close(&writer.sink);
    if (written && writer.no_memory)
        errno = ENOMEM;
    return written && !writer.no_memory;
}
