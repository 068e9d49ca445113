/* The listing: what `ngspice -b` prints, byte for byte but for the title's case and what is left out. */
#include "write/date.h"
#include "write/label.h"
#include "write/output.h"
#include "write/sink.h"
#include <errno.h>
#include <stdint.h>

enum {
    PAGE_WIDTH = 80,
    PAGE_COLUMNS = 4,  /* of a .print table: 8 + 16 each must fit the page */
    COLUMN_WIDTH = 16, /* one blank at the least */
    NAME_WIDTH = 30,   /* of a listed vector */
    NUMBER_WIDTH = 15
};

static void put_blanks(struct sink *sink, int count)
{
    while (count-- > 0)
        sink_text(sink, " ");
}

static void put_head(struct sink *sink, const struct output *output)
{
    const struct conditions *conditions = &output->requests->conditions;
    sink_text(sink, "Circuit: ");
    if (output->title)
        sink_bytes(sink, output->title, output->title_length);
    sink_text(sink, "\n\nDoing analysis at TEMP = ");
    sink_fixed(sink, conditions->temp);
    sink_text(sink, " and TNOM = ");
    sink_fixed(sink, conditions->tnom);
    sink_text(sink, "\n\n");
}

/* ---- all nodes and branches ---- */

static void put_listed(struct sink *sink, const struct label *label, double value)
{
    sink_text(sink, "\t");
    label_put_padded(label, sink, SIZE_MAX, NAME_WIDTH);
    sink_printnum(sink, value, NUMBER_WIDTH);
    sink_text(sink, "\n");
}

/* Nodes whose names begin with a digit are shown as V(name). */
static struct label node_label(const char *name)
{
    if (name[0] >= '0' && name[0] <= '9')
        return (struct label){{"V(", name, ")"}};
    return (struct label){{name}};
}

/* Nodes, last first. */
static void put_nodes(struct sink *sink, const struct output *output)
{
    sink_text(sink, "\tNode                                  Voltage\n"
                    "\t----                                  -------\n"
                    "\t----\t-------\n");
    for (uint32_t node = output->circuit->nodes.count; node-- > GROUND + 1;) {
        struct label label = node_label(output->circuit->nodes.text[node]);
        put_listed(sink, &label, output->op->voltage[node]);
    }
}

/* The saved currents of devices and then all branches, last first. */
static bool put_branches(struct sink *sink, const struct output *output)
{
    const struct vectors *saved = &output->requests->saved;
    struct vectors branches = {0};
    if (!vectors_add_branches(&branches, output->circuit))
        return false;
    sink_text(sink, "\n\tSource\tCurrent\n\t------\t-------\n\n");
    for (size_t i = saved->count; i-- > 0;) {
        const struct vector *vector = &saved->item[i];
        struct label label = label_in_table(vector, output->circuit);
        if (vector->kind == VECTOR_CURRENT && vector->parameter)
            put_listed(sink, &label, vector_value(vector, output->circuit, output->op));
    }
    for (size_t i = branches.count; i-- > 0;) {
        struct label label = label_in_table(&branches.item[i], output->circuit);
        put_listed(sink, &label, vector_value(&branches.item[i], output->circuit, output->op));
    }
    sink_text(sink, "\n");
    vectors_free(&branches);
    return true;
}

/* ---- .print ---- */

static void put_rule(struct sink *sink)
{
    for (int i = 0; i < PAGE_WIDTH; i++)
        sink_text(sink, "-");
    sink_text(sink, "\n");
}

/* The title stands in the middle, the second line begins below it. */
static void put_page_head(struct sink *sink, const struct output *output)
{
    char date[DATE_SIZE];
    date_text(output->date, date);
    int indent = output->title_length < PAGE_WIDTH ? (int)(PAGE_WIDTH - output->title_length) / 2 : 0;
    put_blanks(sink, indent);
    if (output->title)
        sink_bytes(sink, output->title, output->title_length);
    sink_text(sink, "\n");
    put_blanks(sink, indent);
    sink_text(sink, "Operating Point  ");
    sink_text(sink, date);
    sink_text(sink, "\n");
}

static void put_page(struct sink *sink, const struct output *output, const struct vector *vector, size_t count)
{
    put_page_head(sink, output);
    put_rule(sink);
    sink_text(sink, "Index   ");
    for (size_t i = 0; i < count; i++) {
        struct label label = label_in_table(&vector[i], output->circuit);
        label_put_padded(&label, sink, COLUMN_WIDTH - 1, COLUMN_WIDTH);
    }
    sink_text(sink, "\n");
    put_rule(sink);
    sink_text(sink, "0\t");
    for (size_t i = 0; i < count; i++) {
        sink_printnum(sink, vector_value(&vector[i], output->circuit, output->op), 0);
        sink_text(sink, "\t");
    }
    sink_text(sink, "\n");
}

static void put_table(struct sink *sink, const struct output *output, const struct table *table)
{
    const struct vector *vector = output->requests->printed.item + table->first;
    for (size_t at = 0; at < table->count; at += PAGE_COLUMNS) {
        size_t left = table->count - at;
        if (at > 0)
            sink_text(sink, "\f\n");
        put_page(sink, output, vector + at, left < PAGE_COLUMNS ? left : PAGE_COLUMNS);
    }
    sink_text(sink, "\n");
}

/* ---- the whole ---- */

bool write_listing(FILE *file, const struct output *output)
{
    struct sink sink;
    sink_open(&sink, file);
    put_head(&sink, output);
    sink_text(&sink, "\nNo. of Data Rows : 1\n");
    put_nodes(&sink, output);
    if (!put_branches(&sink, output)) {
        errno = ENOMEM;
        return false;
    }
    for (size_t t = 0; t < output->requests->tables; t++)
        put_table(&sink, output, &output->requests->table[t]);
    return sink_close(&sink);
}

bool write_log(FILE *file, const struct output *output)
{
    struct sink sink;
    sink_open(&sink, file);
    put_head(&sink, output);
    sink_text(&sink, "No. of Data Columns : ");
    sink_count(&sink, output->requests->saved.count);
    sink_text(&sink, "  \n\nNo. of Data Rows : 1\n");
    for (size_t t = 0; t < output->requests->tables; t++)
        sink_text(&sink, ".print line ignored since rawfile was produced.\n");
    return sink_close(&sink);
}
