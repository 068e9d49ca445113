/* JSON: one object. Nodes, branches and devices of an operating point (none without one), or the rows of a sweep, stand
 * one on a line, made and written one by one. */
#include "analysis/vectors.h"
#include "write/columns.h"
#include "write/finite.h"
#include "write/output.h"
#include "write/sink.h"
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL_SHOWN = 1024 }; /* bytes of the name of a column */

struct json_writer {
    struct sink sink;
    bool no_memory;
};

/* As jansson makes it, but that DEL, which stands in strings only, is a control character too. */
static int to_sink(const char *bytes, size_t length, void *sink)
{
    for (const char *del; (del = memchr(bytes, 0x7f, length));) {
        sink_bytes(sink, bytes, (size_t)(del - bytes));
        sink_text(sink, "\\u007F");
        length -= (size_t)(del + 1 - bytes);
        bytes = del + 1;
    }
    sink_bytes(sink, bytes, length);
    return 0;
}

/* Write a value, in ASCII, which no terminal takes amiss, and let go of it; NULL: memory was out when it was made. */
static void put(struct json_writer *writer, json_t *value)
{
    enum { ROUND_TRIP = 17 };
    if (!value ||
        json_dump_callback(value, to_sink, &writer->sink,
                           JSON_ENCODE_ANY | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(ROUND_TRIP)) != 0)
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
        double volts = operating_point_drop(output->op, element),
               amperes = output->op->current[e];
        put_name(writer, e == 0 ? "\n{\"name\": " : ",\n{\"name\": ", circuit->elements.text[e]);
        put_name(writer, ", \"kind\": ", element_kind_name(circuit, e));
        put_name(writer, ", \"from\": ", circuit->nodes.text[element->a]);
        put_name(writer, ", \"to\": ", circuit->nodes.text[element->k]);
        put_number(writer, ", \"volts\": ", volts);
        put_number(writer, ", \"amperes\": ", amperes);
        put_number(writer, ", \"watts\": ", volts * amperes);
        sink_text(&writer->sink, "}");
    }
}

/* ---- devices ---- */

static void put_quantities(struct json_writer *writer, const struct output *output, const struct device *device)
{
    const struct device_quantity *quantity = device->kind->quantity;
    for (uint32_t q = 0; quantity[q].name; q++) {
        const struct vector vector = vector_of_quantity(device, q);
        double value = vector_value(&vector, output->circuit, output->op);
        put_name(writer, q == 0 ? "" : ", ", quantity[q].name);
        if (isfinite(value))
            put_number(writer, ": ", value);
        else
            sink_text(&writer->sink, ": null");
    }
}

static void put_devices(struct json_writer *writer, const struct output *output)
{
    const struct circuit *circuit = output->circuit;
    for (size_t d = 0; d < circuit->devices; d++) {
        const struct device *device = &circuit->device[d];
        put_name(writer, d == 0 ? "\n{\"name\": " : ",\n{\"name\": ", circuit->elements.text[device->named]);
        put_name(writer, ", \"kind\": ", device->kind->what);
        sink_text(&writer->sink, ", \"model\": ");
        put(writer, string_of(device->model_name, device->model_length));
        sink_text(&writer->sink, ", \"quantities\": {");
        put_quantities(writer, output, device);
        sink_text(&writer->sink, "}}");
    }
}

/* ---- the rest ---- */

/* A figure; null where it has no bound. */
static json_t *figure_of(double figure)
{
    return isfinite(figure) ? json_real(figure) : json_null();
}

/* Whether points that may not be the only ones are isolated, where that was asked. */
static void add_isolation(json_t *certificate, const struct output *output, const struct isolation *isolation)
{
    bool shown = isolation->status == ISOLATION_SHOWN;
    if (!certificate || isolation->status == ISOLATION_UNASKED)
        return;
    json_object_set_new(certificate, "radius", shown ? figure_of(isolation->volts) : json_null());
    json_object_set_new(certificate, "radius_current", shown ? figure_of(isolation->amperes) : json_null());
    json_object_set_new(certificate, "error", shown ? figure_of(isolation->error) : json_null());
    if (shown)
        return;
    json_object_set_new(certificate, "obstacle", json_string(isolation_obstacle(isolation->status)));
    json_object_set_new(certificate, "obstacle_element", worst_of(&output->circuit->elements, isolation->element));
}

static json_t *certificate_of(const struct output *output, const struct totals *totals)
{
    if (totals->points == 0)
        return json_null();
    const struct certificate *proof = &totals->worst;
    json_t *certificate = json_pack(
        "{sI sb ss ss sf so so so so so so so so so so so so so so}", "points", (json_int_t)totals->points, "proved",
        proof->proved, "answer", engine_class_name(totals->class), "stability",
        engine_stability_name(totals->stability), "tolerance", proof->tolerance, "kcl", figure_of(proof->kcl),
        "kcl_relative", figure_of(proof->kcl_relative), "kcl_floor", figure_of(proof->kcl_floor), "kcl_node",
        worst_of(&output->circuit->nodes, proof->kcl_node), "law", figure_of(proof->law), "law_relative",
        figure_of(proof->law_relative), "law_element", worst_of(&output->circuit->elements, proof->law_element), "loop",
        figure_of(proof->loop), "loop_relative", figure_of(proof->loop_relative), "loop_element",
        worst_of(&output->circuit->elements, proof->loop_element), "mismatch", figure_of(proof->mismatch),
        "complementarity", figure_of(proof->complementarity), "power", figure_of(proof->power), "power_relative",
        figure_of(proof->power_relative));
    add_isolation(certificate, output, &totals->isolation);
    return certificate;
}

static json_t *statistics_of(const struct output_statistics *statistics)
{
    const struct solve_info *info = &statistics->info;
    json_t *seconds = json_pack(
        "{sf sf sf sf sf sf sf sf sf}", "read", statistics->time.read, "build", statistics->time.build, "lower",
        statistics->time.lower, "solve", statistics->time.solve, "recover", statistics->time.recover, "prove",
        statistics->time.prove, "setup", info->setup, "first", info->first, "corrections", info->corrections);
    return json_pack("{ss ss sI sI sI sI sI sI sI sI sI sI so}", "solver", statistics->solver,
                     "linear", statistics->linear,
                     "nodes", (json_int_t)statistics->nodes, "branches", (json_int_t)statistics->branches,
                     "supernodes", (json_int_t)statistics->supernodes, "diodes", (json_int_t)statistics->diodes,
                     "nonzeros", (json_int_t)info->nonzeros, "fill", (json_int_t)info->fill,
                     "sweeps", (json_int_t)info->sweeps, "factorisations", (json_int_t)info->factorisations,
                     "analyses", (json_int_t)info->analyses, "outer", (json_int_t)info->outer, "seconds", seconds);
}

/* ---- sweeps ---- */

static void put_label(struct json_writer *writer, const char *before, const struct label *label)
{
    char name[LABEL_SHOWN];
    size_t length = 0;
    for (size_t p = 0; p < LABEL_PARTS && label->part[p]; p++) {
        size_t size = strnlen(label->part[p], LABEL_SHOWN - 1 - length);
        memcpy(name + length, label->part[p], size);
        length += size;
    }
    name[length] = '\0';
    put_name(writer, before, name);
}

static void put_columns(struct json_writer *writer, const struct output *output, const struct columns *columns)
{
    for (size_t c = 0; c < columns_count(columns); c++) {
        const char *unit;
        struct label label = columns_label(columns, c, output->circuit, &unit);
        put_label(writer, c == 0 ? "\n{\"name\": " : ",\n{\"name\": ", &label);
        put_name(writer, ", \"unit\": ", unit);
        sink_text(&writer->sink, "}");
    }
}

static void put_measured(struct json_writer *writer, const struct output *output, const struct result *result)
{
    for (size_t c = 0; c < result->curves; c++) {
        sink_text(&writer->sink, c == 0 ? "\n{" : ",\n{");
        for (size_t m = 0; m < result->measures; m++) {
            const struct measured *found = &result->measured[c * result->measures + m];
            put_name(writer, m == 0 ? "" : ", ", output->requests->measures.item[m].name);
            if (found->failed)
                sink_text(&writer->sink, ": null");
            else
                put_number(writer, ": ", found->value);
        }
        sink_text(&writer->sink, "}");
    }
}

static void put_sweep(struct json_writer *writer, const struct output *output, const struct result *result)
{
    const struct columns columns = columns_of(result);
    put_name(writer, "{\"plotname\": ", plot_title(&result->plot));
    sink_text(&writer->sink, ",\n\"columns\": [");
    put_columns(writer, output, &columns);
    sink_text(&writer->sink, "],\n\"rows\": [");
    for (size_t p = 0; p < result->plot.points; p++) {
        sink_text(&writer->sink, p == 0 ? "\n[" : ",\n[");
        for (size_t c = 0; c < columns_count(&columns); c++)
            put_number(writer, c == 0 ? "" : ", ", columns_value(&columns, c, p));
        sink_text(&writer->sink, "]");
    }
    sink_text(&writer->sink, "],\n\"measurements\": [");
    put_measured(writer, output, result);
    sink_text(&writer->sink, "],\n\"certificate\": ");
    put(writer, certificate_of(output, &result->plot.totals));
    sink_text(&writer->sink, "}");
}

static void put_sweeps(struct json_writer *writer, const struct output *output)
{
    bool is_first = true;
    for (size_t r = 0; r < output->results; r++) {
        if (plot_is_single(&output->result[r].plot) && output->op)
            continue;
        sink_text(&writer->sink, is_first ? "],\n\"analyses\": [\n" : ",\n");
        is_first = false;
        put_sweep(writer, output, &output->result[r]);
    }
}

/* Was an operating point asked for? That of a sweep's last point is nobody's. */
static bool has_point(const struct output *output)
{
    bool has = output->results == 0;
    if (!output->op)
        return false;
    for (size_t r = 0; r < output->results; r++)
        has = has || plot_is_single(&output->result[r].plot);
    return has;
}

/* ---- diagnostics ---- */

static json_t *diagnostic_of(const struct diagnostic *diagnostic, const struct sources *sources)
{
    static const char *const severity[] = {[SEVERITY_NOTE] = "note",
                                           [SEVERITY_WARNING] = "warning",
                                           [SEVERITY_ERROR] = "error",
                                           [SEVERITY_OUTCOME] = "error",
                                           [SEVERITY_FAILURE] = "error"};
    struct location at = sources_locate(sources, diagnostic->place);
    const char *file = at.source ? at.source->name : NULL;
    return json_pack("{ss ss so so so so sI}", "code", code_name(diagnostic->code), "severity",
                     severity[diagnostic->severity], "file", file ? string_of(file, strlen(file)) : json_null(), "line",
                     file ? json_integer((json_int_t)at.line) : json_null(), "column",
                     file ? json_integer((json_int_t)at.column) : json_null(), "message",
                     string_of(diagnostic->message, strlen(diagnostic->message)), "more",
                     (json_int_t)diagnostic->more);
}

static void put_diagnostics(struct json_writer *writer, const struct output *output)
{
    const struct diagnostics *const both[] = {output->loaded, output->solved};
    bool is_first = true;
    sink_text(&writer->sink, ", \"diagnostics\": [");
    for (size_t b = 0; b < sizeof both / sizeof *both; b++) {
        for (size_t d = 0; both[b] && d < both[b]->count; d++) {
            sink_text(&writer->sink, is_first ? "\n" : ",\n");
            put(writer, diagnostic_of(&both[b]->item[d], output->sources));
            is_first = false;
        }
    }
    sink_text(&writer->sink, "]");
}

static void put_answer(struct json_writer *writer, const struct output *output)
{
    sink_text(&writer->sink, ",\n\"title\": ");
    put(writer, string_of(output->title ? output->title : "", output->title ? output->title_length : 0));
    sink_text(&writer->sink, ",\n\"nodes\": [");
    if (has_point(output))
        put_nodes(writer, output);
    sink_text(&writer->sink, "],\n\"branches\": [");
    if (has_point(output))
        put_branches(writer, output);
    sink_text(&writer->sink, "],\n\"devices\": [");
    if (has_point(output))
        put_devices(writer, output);
    put_sweeps(writer, output);
    sink_text(&writer->sink, "],\n\"certificate\": ");
    put(writer, certificate_of(output, output->totals));
    sink_text(&writer->sink, ",\n\"statistics\": ");
    put(writer, statistics_of(&output->statistics));
}

bool write_json(FILE *file, const struct output *output)
{
    struct json_writer writer = {.no_memory = false};
    if (!output->refused && !output_is_finite(output))
        return false;
    sink_open(&writer.sink, file);
    sink_text(&writer.sink, "{\"status\": ");
    sink_count(&writer.sink, (size_t)output->status);
    put_diagnostics(&writer, output);
    if (!output->refused)
        put_answer(&writer, output);
    sink_text(&writer.sink, "}\n");

    bool written = sink_close(&writer.sink);
    if (written && writer.no_memory)
        errno = ENOMEM;
    return written && !writer.no_memory;
}
