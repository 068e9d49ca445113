/* The public API: the answer, its nodes and branches, its proof and what it took. */
#include "api/deck.h"

#include "analysis/lookup.h"
#include "api/views.h"
#include "elaborate/card_reader.h"
#include <stddef.h>
#include <string.h>

/* ---- nodes and branches -------------------------------------------------------------------------------------- */

const char *opspice_title(const opspice *deck)
{
    return deck->title ? deck->title : "";
}

size_t opspice_node_count(const opspice *deck)
{
    return deck->shown->circuit.nodes.count ? deck->shown->circuit.nodes.count - 1 : 0;
}

const char *opspice_node_name(const opspice *deck, size_t node)
{
    return node < opspice_node_count(deck) ? deck->shown->circuit.nodes.text[node + 1] : NULL;
}

const char *const *opspice_node_names(const opspice *deck)
{
    return opspice_node_count(deck) > 0 ? deck->shown->circuit.nodes.text + 1 : NULL;
}

size_t opspice_node_number(const opspice *deck, const char *name)
{
    uint32_t number = names_find(&deck->shown->circuit.nodes, name, strlen(name));
    return number == NAMES_NONE || number == GROUND ? OPSPICE_NONE : number - 1;
}

const double *opspice_node_voltages(const opspice *deck)
{
    return deck->shown->engine.answered ? deck->shown->engine.op.voltage + 1 : NULL;
}

int opspice_voltage(const opspice *deck, const char *node, double *volts)
{
    uint32_t number = GROUND;
    if (!node_is_ground(node, strlen(node)))
        number = names_find(&deck->shown->circuit.nodes, node, strlen(node));
    if (!deck->shown->engine.answered || number == NAMES_NONE)
        return OPSPICE_USAGE;
    *volts = deck->shown->engine.op.voltage[number];
    return OPSPICE_OK;
}

size_t opspice_branch_count(const opspice *deck)
{
    return deck->shown->circuit.elements.count;
}

const char *opspice_branch_name(const opspice *deck, size_t branch)
{
    return branch < opspice_branch_count(deck) ? deck->shown->circuit.elements.text[branch] : NULL;
}

const char *const *opspice_branch_names(const opspice *deck)
{
    return deck->shown->circuit.elements.text;
}

size_t opspice_branch_number(const opspice *deck, const char *name)
{
    uint32_t number = lookup_element(&deck->shown->circuit, name, strlen(name));
    return number == NAMES_NONE ? OPSPICE_NONE : number;
}

const char *opspice_branch_kind(const opspice *deck, size_t branch)
{
    return branch < opspice_branch_count(deck) ? element_kind_name(&deck->shown->circuit, (uint32_t)branch) : NULL;
}

int opspice_branch_nodes(const opspice *deck, size_t branch, size_t count, size_t *nodes)
{
    const struct circuit *circuit = &deck->shown->circuit;
    if (branch > circuit->elements.count || count > circuit->elements.count - branch)
        return OPSPICE_USAGE;
    for (size_t q = 0; q < count; q++) {
        const struct element *element = &circuit->element[branch + q];
        nodes[2 * q] = (size_t)element->a - 1; /* ground, 0, becomes OPSPICE_NONE */
        nodes[2 * q + 1] = (size_t)element->k - 1;
    }
    return OPSPICE_OK;
}

const double *opspice_branch_currents(const opspice *deck)
{
    return deck->shown->engine.answered ? deck->shown->engine.op.current : NULL;
}

int opspice_current(const opspice *deck, const char *element, double *amperes)
{
    uint32_t number = names_find(&deck->shown->circuit.elements, element, strlen(element));
    if (!deck->shown->engine.answered || number == NAMES_NONE)
        return OPSPICE_USAGE;
    *amperes = deck->shown->engine.op.current[number];
    return OPSPICE_OK;
}

static const char *name_of(const struct names *names, uint32_t number)
{
    return number < names->count ? names->text[number] : NULL;
}

/* The proof with all its figures, where it is of the answer that is there and they are wanted: solving leaves those
 * alone that its verdict does not take. */
static struct certificate proof_of(const opspice *deck)
{
    const struct engine *engine = &deck->shown->engine;
    const struct certificate *worst = &deck->totals.worst;
    const struct claim claim = claim_of(engine->circuit, &engine->op);
    struct certificate full;
    bool of_answer = deck->totals.points == 1 && deck->shown->results == 0 && engine_is_current(engine);
    if (deck->shown->proof == PROOF_VERDICT || !worst->proved || !of_answer ||
        !certificate_compute(&full, &claim, worst->tolerance))
        return *worst;
    return full;
}

static void make_certificate(const opspice *deck)
{
    const struct certificate found = proof_of(deck), *proof = &found;
    const struct isolation *isolation = &deck->totals.isolation;
    bool isolated = isolation->status == ISOLATION_SHOWN;
    deck->views->has_certificate = true;
    deck->views->certificate =
        (opspice_certificate){.points = deck->totals.points,
                              .kcl = proof->kcl,
                              .kcl_relative = proof->kcl_relative,
                              .kcl_floor = proof->kcl_floor,
                              .kcl_node = name_of(&deck->shown->circuit.nodes, proof->kcl_node),
                              .law = proof->law,
                              .law_relative = proof->law_relative,
                              .law_element = name_of(&deck->shown->circuit.elements, proof->law_element),
                              .loop = proof->loop,
                              .loop_relative = proof->loop_relative,
                              .loop_element = name_of(&deck->shown->circuit.elements, proof->loop_element),
                              .mismatch = proof->mismatch,
                              .complementarity = proof->complementarity,
                              .power = proof->power,
                              .power_relative = proof->power_relative,
                              .tolerance = proof->tolerance,
                              .proved = proof->proved,
                              .answer = engine_class_name(deck->totals.class),
                              .stability = engine_stability_name(deck->totals.stability),
                              .radius = isolated ? isolation->volts : 0,
                              .radius_current = isolated ? isolation->amperes : 0,
                              .error = isolated ? isolation->error : 0,
                              .obstacle = isolation_obstacle(isolation->status),
                              .obstacle_element = isolated ? NULL : name_of(&deck->shown->circuit.elements,
                                                                            isolation->element)};
}

const opspice_certificate *opspice_get_certificate(const opspice *deck)
{
    if (deck->totals.points == 0)
        return NULL;
    if (!deck->views->has_certificate)
        make_certificate(deck);
    return &deck->views->certificate;
}

const opspice_stats *opspice_get_stats(const opspice *deck)
{
    return &deck->stats;
}

/* ---- statistics ---------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    size_t offset;
    bool is_time; /* seconds, a double; else a count, a size_t */
} statistics[] = {
#define COUNT(field) {#field, offsetof(opspice_stats, field), false}
#define TIME(field) {#field, offsetof(opspice_stats, field), true}
    COUNT(nodes), COUNT(branches), COUNT(supernodes), COUNT(nonzeros), COUNT(fill), COUNT(diodes), COUNT(sweeps),
    COUNT(factorisations), COUNT(analyses), COUNT(outer), TIME(read), TIME(build), TIME(lower), TIME(solve),
    TIME(recover), TIME(prove), TIME(write), TIME(setup), TIME(first), TIME(corrections)
#undef COUNT
#undef TIME
};
enum { STATISTICS = sizeof statistics / sizeof *statistics };

const char *opspice_statistic_name(size_t number)
{
    return number < STATISTICS ? statistics[number].name : NULL;
}

int opspice_statistic(const opspice *deck, const char *name, double *value)
{
    for (size_t q = 0; q < STATISTICS; q++) {
        const char *at = (const char *)&deck->stats + statistics[q].offset;
        if (strcmp(name, statistics[q].name) != 0)
            continue;
        if (statistics[q].is_time) {
            memcpy(value, at, sizeof *value);
        } else {
            size_t count;
            memcpy(&count, at, sizeof count);
            *value = (double)count;
        }
        return OPSPICE_OK;
    }
    return OPSPICE_USAGE;
}
