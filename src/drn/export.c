#include "drn/export.h"

#include "write/sink.h"

/* The name of unit j of layer k. */
static void put_unit(struct sink *sink, const struct drn_network *network, size_t k, size_t j)
{
    if (k == 0) {
        sink_text(sink, j < network->pixels ? "xp" : "xn");
        sink_count(sink, j % network->pixels);
    } else if (k == network->layers) {
        sink_text(sink, "y");
        sink_count(sink, j);
    } else {
        sink_text(sink, "h");
        sink_count(sink, k);
        sink_text(sink, "_");
        sink_count(sink, j);
    }
}

/* An element of layer k and unit j: its letter and the unit's name. */
static void put_name(struct sink *sink, const struct drn_network *network, const char *letter, size_t k, size_t j)
{
    sink_text(sink, letter);
    put_unit(sink, network, k, j);
}

static void put_sources(struct sink *sink, const struct drn_network *network, const struct drn_inputs *inputs)
{
    sink_text(sink, "\n* inputs: each pixel and its negative\n");
    for (size_t i = 0; i < network->units[0]; i++) {
        double x = (double)inputs->volts[i % network->pixels * GROUP];
        put_name(sink, network, "V", 0, i);
        sink_text(sink, " ");
        put_unit(sink, network, 0, i);
        sink_text(sink, " 0 ");
        sink_exact(sink, i < network->pixels || x == 0 ? x : -x);
        sink_text(sink, "\n");
    }
}

/* What a unit of layer k shows to the layer above it: itself, its amplifier's output, or its negated copy. */
static void put_shown(struct sink *sink, const struct drn_network *network, size_t k, size_t j, bool negated)
{
    if (negated)
        sink_text(sink, "n");
    else if (k > 0 && network->amplifier != 1)
        sink_text(sink, "a");
    put_unit(sink, network, k, j);
}

/* Branch n from unit j of layer k down. Ground can be met more than once: its names have the branch's number. */
static void put_branch(struct sink *sink, const struct drn_network *network, size_t k, size_t j, size_t n)
{
    const struct drn_connection *connection = &network->connection[k];
    struct drn_branch branch = drn_connection_branch(connection, j, n);
    bool grounded = branch.below == network->units[k - 1];
    double g = connection->kind == DRN_POOLING
                   ? (double)connection->conductance
                   : (double)*drn_network_weight(network, k, branch.row, branch.column);
    if (!(g > 0))
        return;
    sink_text(sink, "R");
    if (grounded) {
        sink_count(sink, n);
    } else {
        sink_text(sink, branch.negated ? "n" : "");
        put_unit(sink, network, k - 1, branch.below);
    }
    sink_text(sink, "_");
    put_unit(sink, network, k, j);
    sink_text(sink, " ");
    if (grounded)
        sink_text(sink, "0");
    else
        put_shown(sink, network, k - 1, branch.below, branch.negated);
    sink_text(sink, " ");
    put_unit(sink, network, k, j);
    sink_text(sink, " ");
    sink_exact(sink, 1 / g);
    sink_text(sink, "\n");
}

static void put_resistors(struct sink *sink, const struct drn_network *network, size_t k)
{
    size_t fan = drn_connection_fan(&network->connection[k]);
    sink_text(sink, "\n* conductances above 0 between layers ");
    sink_count(sink, k - 1);
    sink_text(sink, " and ");
    sink_count(sink, k);
    sink_text(sink, "\n");
    for (size_t n = 0; n < fan; n++) {
        for (size_t j = 0; j < network->units[k]; j++)
            put_branch(sink, network, k, j, n);
    }
}

/* ---- diodes ------------------------------------------------------------------------------------------------- */

static void put_setting(struct sink *sink, const char *before, double value)
{
    sink_text(sink, before);
    sink_exact(sink, value);
}

static void put_table(struct sink *sink, const struct unit_law *law)
{
    sink_text(sink, ".func diode(v) {pwl(v");
    for (size_t n = 0; n < law->points; n++) {
        put_setting(sink, n % 4 == 0 ? ",\n+ " : ", ", law->volts[n]);
        put_setting(sink, ",", law->amperes[n]);
    }
    sink_text(sink, ")}\n");
}

/* What all diodes have in common: a model of ideal ones; of others the current by the voltage, in a source of its own,
 * since a D of SPICE has another reverse current than Shockley's law. */
static void put_law(struct sink *sink, const struct unit_law *law)
{
    switch (law->kind) {
    case DRN_IDEAL:
        sink_text(sink, "* For ngspice, near enough: -D ngbehavior=ltpsa and .model ideal D(Ron=1u Roff=1e12 Vfwd=0)\n"
                        ".model ideal D(Ron=0)\n");
        break;
    case DRN_EXPONENTIAL:
    case DRN_PAIR:
        put_setting(sink, ".func diode(v) {", law->saturation);
        put_setting(sink, "*(exp((v-", law->offset);
        put_setting(sink, ")/", law->thermal);
        sink_text(sink, ")-1)}\n");
        break;
    case DRN_TABLE: put_table(sink, law); break;
    }
}

/* One diode's current, from a unit to ground. */
static void put_current(struct sink *sink, const struct drn_network *network, size_t k, size_t j, const char *before)
{
    sink_text(sink, before);
    put_unit(sink, network, k, j);
    sink_text(sink, "))");
}

static void put_source(struct sink *sink, const struct drn_network *network, size_t k, size_t j)
{
    enum drn_diode_kind kind = network->law[1].kind;
    bool excitatory = drn_network_is_excitatory(network, k, j);
    put_name(sink, network, "B", k, j);
    sink_text(sink, " ");
    put_unit(sink, network, k, j);
    sink_text(sink, " 0 I={");
    if (kind == DRN_PAIR || excitatory == (kind == DRN_TABLE))
        put_current(sink, network, k, j, "diode(v(");
    if (kind == DRN_PAIR || excitatory == (kind == DRN_EXPONENTIAL))
        put_current(sink, network, k, j, "-diode(-v(");
    sink_text(sink, "}\n");
}

/* An excitatory unit's ideal diode comes from ground. */
static void put_diode(struct sink *sink, const struct drn_network *network, size_t k, size_t j)
{
    bool excitatory = drn_network_is_excitatory(network, k, j);
    put_name(sink, network, "D", k, j);
    sink_text(sink, excitatory ? " 0 " : " ");
    put_unit(sink, network, k, j);
    sink_text(sink, excitatory ? " ideal\n" : " 0 ideal\n");
}

/* The diode and the bias of each unit that something is connected to. */
static void put_units(struct sink *sink, const struct drn_network *network, size_t k)
{
    sink_text(sink, "\n* diodes and biases of layer ");
    sink_count(sink, k);
    sink_text(sink, "\n");
    for (size_t j = 0; j < network->units[k]; j++) {
        if (network->below[k][j] + network->above[k][j] <= 0)
            continue;
        if (drn_network_has_diodes(network, k) && network->law[1].kind == DRN_IDEAL)
            put_diode(sink, network, k, j);
        else if (drn_network_has_diodes(network, k))
            put_source(sink, network, k, j);
        if (network->bias[k][j] != 0) {
            put_name(sink, network, "I", k, j);
            sink_text(sink, " 0 ");
            put_unit(sink, network, k, j);
            sink_text(sink, " ");
            sink_exact(sink, (double)network->bias[k][j]);
            sink_text(sink, "\n");
        }
    }
}

/* An element of what a unit shows: its letter and that node's name. */
static void put_shown_name(struct sink *sink, const struct drn_network *network, const char *letter, size_t k, size_t j,
                           bool negated)
{
    sink_text(sink, letter);
    put_shown(sink, network, k, j, negated);
}

/* A hidden unit's amplifier or inverter: E makes its voltage, V measures the current that it gives, F draws a part of
 * that from the unit. */
static void put_amplifier(struct sink *sink, const struct drn_network *network, size_t k, size_t j, bool negated)
{
    double gain = negated ? -network->amplifier : network->amplifier;
    put_shown_name(sink, network, "E", k, j, negated);
    put_shown_name(sink, network, " e", k, j, negated);
    put_name(sink, network, " 0 ", k, j);
    sink_text(sink, " 0 ");
    sink_exact(sink, gain);
    put_shown_name(sink, network, "\nV", k, j, negated);
    put_shown_name(sink, network, " e", k, j, negated);
    put_shown_name(sink, network, " ", k, j, negated);
    put_shown_name(sink, network, " 0\nF", k, j, negated);
    put_name(sink, network, " ", k, j);
    put_shown_name(sink, network, " 0 V", k, j, negated);
    sink_text(sink, " ");
    sink_exact(sink, 1 / gain);
    sink_text(sink, "\n");
}

static void put_amplifiers(struct sink *sink, const struct drn_network *network, size_t k)
{
    bool inverted = k < network->layers && network->connection[k + 1].copies > 1;
    if (k == network->layers || (network->amplifier == 1 && !inverted))
        return;
    sink_text(sink, inverted ? "\n* amplifiers and inverters of layer " : "\n* amplifiers of layer ");
    sink_count(sink, k);
    sink_text(sink, "\n");
    for (size_t j = 0; j < network->units[k]; j++) {
        if (network->above[k][j] > 0 && network->amplifier != 1)
            put_amplifier(sink, network, k, j, false);
        if (network->above[k][j] > 0 && inverted)
            put_amplifier(sink, network, k, j, true);
    }
}

bool export_netlist(const struct drn_network *network, const struct drn_inputs *inputs, const char *title, FILE *file)
{
    struct sink sink;
    sink_open(&sink, file);
    sink_text(&sink, title);
    sink_text(&sink, "\n* The largest of ");
    sink_text(&sink, network->pairs ? "v(y0,y1), v(y2,y3)" : "v(y0), v(y1)");
    sink_text(&sink, ", ... is the answer; the label of this sample is ");
    sink_count(&sink, inputs->label[0]);
    sink_text(&sink, ".\n");
    put_law(&sink, &network->law[1]);
    put_sources(&sink, network, inputs);
    for (size_t k = 1; k <= network->layers; k++) {
        put_resistors(&sink, network, k);
        put_units(&sink, network, k);
        put_amplifiers(&sink, network, k);
    }
    sink_text(&sink, "\n.op\n.print op");
    for (size_t j = 0; j < network->units[network->layers]; j++) {
        sink_text(&sink, " v(");
        put_unit(&sink, network, network->layers, j);
        sink_text(&sink, ")");
    }
    sink_text(&sink, "\n.end\n");
    return sink_close(&sink);
}
