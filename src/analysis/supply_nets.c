#include "analysis/supply_nets.h"

#include "analysis/placement.h"
#include "util/array.h"
#include "util/disjoint.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool supply_is_wire(const struct circuit *circuit, const struct element *element)
{
    if (element->a == GROUND || element->k == GROUND)
        return false;
    switch ((enum element_kind)element->kind) {
    case ELEMENT_RESISTOR:
    case ELEMENT_SHORT:
        return true;
    case ELEMENT_VSOURCE:
        return element->value == 0;
    case ELEMENT_SWITCH: { /* the control of a switch has both resistances: the lower one is that of a closed one */
        const struct control_law *law = &circuit->coupling[element->law].law;
        return element->value == fmin(law->switching.ron, law->switching.roff);
    }
    default:
        return false;
    }
}

/* ---- what voltage sources reach ---- */

/* Sets of nodes that are joined by whatever lets current pass, without ground. */
struct reach {
    uint32_t *of;  /* [nodes] the root of its set */
    bool *reached; /* [nodes] of a root: there is a voltage source at its set */
    bool any;      /* there is one at all */
};

static bool lets_pass(const struct element *element)
{
    return element->kind != ELEMENT_ISOURCE && element->kind != ELEMENT_CAPACITOR;
}

static bool is_voltage(const struct element *element)
{
    return element->kind == ELEMENT_VSOURCE || element->kind == ELEMENT_CONTROLLED_VOLTAGE;
}

static void reach_free(struct reach *reach)
{
    free(reach->of);
    free(reach->reached);
}

/* reach is zeroed before. False when memory is out. */
static bool reach_find(struct reach *reach, const struct circuit *circuit)
{
    uint32_t nodes = circuit->nodes.count;
    reach->of = array_new(nodes, sizeof *reach->of);
    reach->reached = array_new(nodes, sizeof *reach->reached);
    if (!reach->of || !reach->reached)
        return false;
    disjoint_init(reach->of, nodes);
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (lets_pass(element) && element->a != GROUND && element->k != GROUND)
            disjoint_join(reach->of, element->a, element->k);
    }
    for (uint32_t node = 0; node < nodes; node++)
        reach->of[node] = disjoint_root(reach->of, node);
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (!is_voltage(element))
            continue;
        reach->reached[reach->of[element->a]] = reach->reached[reach->of[element->k]] = true;
        reach->any = true;
    }
    return true;
}

/* Currents below this are rounding, A: so much less than the largest. */
static double least_current(const struct circuit *circuit, const struct operating_point *op)
{
    double most = 0;
    for (uint32_t e = 0; e < circuit->elements.count; e++)
        most = fmax(most, fabs(op->current[e]));
    return 1e-12 * most;
}

/* ---- which nodes are in which net ---- */

/* Sets of nodes that wires join. */
static void join_wires(uint32_t *of, const struct circuit *circuit)
{
    disjoint_init(of, circuit->nodes.count);
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (supply_is_wire(circuit, element))
            disjoint_join(of, element->a, element->k);
    }
    for (uint32_t node = 0; node < circuit->nodes.count; node++)
        of[node] = disjoint_root(of, node);
}

/* The terminals of a voltage source or short that feed nets, of[] being the nets or sets of nodes: those that are not
 * ground, where the source does not lie within one. Returns how many. */
static int terminals(const uint32_t *of, const struct element *element, uint32_t terminal[2])
{
    int count = 0;
    bool to_ground = element->a == GROUND || element->k == GROUND;
    bool feeds = element->kind == ELEMENT_CONTROLLED_VOLTAGE || (element->kind == ELEMENT_SHORT && to_ground) ||
                 (element->kind == ELEMENT_VSOURCE && (element->value != 0 || to_ground));
    if (!feeds || of[element->a] == of[element->k])
        return 0;
    if (element->a != GROUND)
        terminal[count++] = element->a;
    if (element->k != GROUND)
        terminal[count++] = element->k;
    return count;
}

/* The end of a resistor to ground that is not ground; GROUND: it is no such element. */
static uint32_t grounded_end(const struct element *element)
{
    if (element->kind != ELEMENT_RESISTOR || (element->a != GROUND && element->k != GROUND))
        return GROUND;
    return element->a != GROUND ? element->a : element->k;
}

struct order {
    uint32_t root, nodes;
};

static int compare_orders(const void *p, const void *q)
{
    const struct order *a = p, *b = q;
    if (a->nodes != b->nodes)
        return a->nodes < b->nodes ? 1 : -1;
    return a->root < b->root ? -1 : a->root > b->root;
}

/* Mark the roots of sets that are nets. count [nodes] 0; 1 out: a net. */
static void mark_sets(const uint32_t *of, const struct circuit *circuit, const struct operating_point *op,
                      const struct reach *reach, uint32_t *count)
{
    uint32_t terminal[2];
    double least = least_current(circuit, op);
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        for (int t = terminals(of, &circuit->element[e], terminal); t > 0; t--)
            count[of[terminal[t - 1]]] = 1;
    }
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        uint32_t end = grounded_end(&circuit->element[e]);
        if (end != GROUND && !reach->reached[reach->of[end]] && fabs(op->current[e]) > least)
            count[of[end]] = 1;
    }
}

/* Of the sets of nodes keep those that are marked, and number them, the largest first.
 * count [nodes] 1 at their roots; order [nodes] room. Returns how many there are. */
static uint32_t number_sets(uint32_t *of, const struct circuit *circuit, uint32_t *count, struct order *order)
{
    uint32_t sets = 0, nodes = circuit->nodes.count;
    for (uint32_t node = GROUND + 1; node < nodes; node++)
        count[of[node]] += count[of[node]] > 0;
    for (uint32_t node = GROUND + 1; node < nodes; node++) {
        if (count[node] > 0)
            order[sets++] = (struct order){node, count[node]};
    }
    if (sets > 0)
        qsort(order, sets, sizeof *order, compare_orders);
    memset(count, 0xff, nodes * sizeof *count); /* SUPPLY_NONE */
    for (uint32_t s = 0; s < sets; s++)
        count[order[s].root] = s;
    of[GROUND] = SUPPLY_NONE;
    for (uint32_t node = GROUND + 1; node < nodes; node++)
        of[node] = count[of[node]];
    return sets;
}

static bool connect(struct supply_nets *nets, const struct circuit *circuit, const struct operating_point *op)
{
    uint32_t nodes = circuit->nodes.count, *count = array_new(nodes, sizeof *count);
    struct order *order = array_new(nodes, sizeof *order);
    struct reach reach = {0};
    nets->of = array_new(nodes, sizeof *nets->of);
    bool done = count && order && nets->of && reach_find(&reach, circuit);
    if (done) {
        join_wires(nets->of, circuit);
        mark_sets(nets->of, circuit, op, &reach, count);
        nets->count = number_sets(nets->of, circuit, count, order);
        nets->net = array_new(nets->count, sizeof *nets->net);
        done = nets->net;
    }
    free(count);
    free(order);
    reach_free(&reach);
    return done;
}

/* The longest prefix that a name begins with. */
static uint32_t find_prefix(const char *name, const char *const *prefix, size_t prefixes)
{
    uint32_t found = SUPPLY_NONE;
    size_t longest = 0;
    for (uint32_t p = 0; p < prefixes; p++) {
        size_t length = strlen(prefix[p]);
        if ((found == SUPPLY_NONE || length > longest) && strncasecmp(name, prefix[p], length) == 0) {
            found = p;
            longest = length;
        }
    }
    return found;
}

/* ---- what each has ---- */

static void add_potentials(struct supply_nets *nets, const struct circuit *circuit, const struct operating_point *op)
{
    for (uint32_t node = GROUND + 1; node < circuit->nodes.count; node++) {
        if (nets->of[node] == SUPPLY_NONE)
            continue;
        struct supply_net *net = &nets->net[nets->of[node]];
        double volts = op->voltage[node];
        bool is_first = net->nodes++ == 0;
        if (is_first)
            net->first = node;
        net->least = is_first ? volts : fmin(net->least, volts);
        net->most = is_first ? volts : fmax(net->most, volts);
        net->average += volts;
    }
    for (uint32_t n = 0; n < nets->count; n++)
        nets->net[n].average /= nets->net[n].nodes > 0 ? nets->net[n].nodes : 1;
}

/* A terminal, from which `current` flows into the net. */
static void add_terminal(struct supply_net *net, uint32_t source, uint32_t node, double volts, double current)
{
    bool is_first = net->sources++ == 0;
    if (is_first)
        net->source = source;
    if (is_first || fabs(volts) > fabs(net->supply)) {
        net->supply = volts;
        net->supply_node = node;
    }
    if (is_first || fabs(volts) < fabs(net->lowest_supply))
        net->lowest_supply = volts;
    net->is_supplied = true;
    *(current > 0 ? &net->sent : &net->taken) += current;
    net->power += volts * current;
}

static void add_elements(struct supply_nets *nets, const struct circuit *circuit, const struct operating_point *op)
{
    uint32_t terminal[2];
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        uint32_t a = nets->of[element->a], k = nets->of[element->k];
        if (element->kind == ELEMENT_RESISTOR && a != SUPPLY_NONE && a == k)
            nets->net[a].loss += operating_point_drop(op, element) * op->current[e];
        for (int t = terminals(nets->of, element, terminal); t > 0; t--) {
            uint32_t node = terminal[t - 1];
            if (nets->of[node] != SUPPLY_NONE)
                add_terminal(&nets->net[nets->of[node]], e, node, op->voltage[node],
                             node == element->a ? -op->current[e] : op->current[e]);
        }
    }
}

/* Nets without a source are at 0 V where resistors join them to ground. */
static void add_grounded(struct supply_nets *nets, const struct circuit *circuit, const struct operating_point *op)
{
    for (uint32_t n = 0; n < nets->count; n++)
        nets->net[n].is_grounded = nets->net[n].sources == 0;
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        uint32_t end = grounded_end(&circuit->element[e]);
        uint32_t n = end != GROUND ? nets->of[end] : SUPPLY_NONE;
        if (n == SUPPLY_NONE || !nets->net[n].is_grounded)
            continue;
        double into = end == circuit->element[e].a ? -op->current[e] : op->current[e];
        add_terminal(&nets->net[n], e, GROUND, 0, into);
        nets->net[n].loss += operating_point_drop(op, &circuit->element[e]) * op->current[e];
    }
}

bool supply_is_pad(const struct supply_nets *nets, const struct element *element)
{
    uint32_t terminal[2], end = grounded_end(element);
    if (element->a != GROUND && element->k != GROUND)
        return false;
    if (end != GROUND)
        return nets->of[end] != SUPPLY_NONE && nets->net[nets->of[end]].is_grounded;
    return terminals(nets->of, element, terminal) > 0;
}

static void add_drops(struct supply_nets *nets, const struct circuit *circuit, const struct operating_point *op)
{
    for (uint32_t n = 0; n < nets->count; n++) {
        struct supply_net *net = &nets->net[n];
        net->sign = net->average > net->supply ? -1 : 1;
        net->average_drop = net->sign * (net->supply - net->average);
        net->worst = SUPPLY_NONE;
    }
    for (uint32_t node = GROUND + 1; node < circuit->nodes.count; node++) {
        if (nets->of[node] == SUPPLY_NONE)
            continue;
        struct supply_net *net = &nets->net[nets->of[node]];
        double drop = supply_nets_drop(nets, op, node);
        if (net->worst == SUPPLY_NONE || drop > net->worst_drop) {
            net->worst_drop = drop;
            net->worst = node;
        }
    }
}

/* ---- names ---- */

/* The name of the node of the net at its first source. */
static const char *terminal_name(const struct supply_nets *nets, const struct supply_net *net,
                                 const struct circuit *circuit)
{
    const struct element *element = &circuit->element[net->source];
    uint32_t n = (uint32_t)(net - nets->net);
    return circuit->nodes.text[nets->of[element->a] == n ? element->a : element->k];
}

/* A net by connection is called as the node at its first source, without layer and coordinates; where nothing is left
 * of that, or the word by which OpenROAD begins all its nodes, as the source. */
static bool name_net(struct supply_nets *nets, struct supply_net *net, const struct circuit *circuit)
{
    const char *name = terminal_name(nets, net, circuit), *source = circuit->elements.text[net->source];
    struct node_name parsed;
    net->name = name;
    if (!node_name_parse(name, &parsed))
        return true;
    bool says = parsed.prefix > 0 && *name != '_' && strncmp(name, "node_", strlen("node_")) != 0;
    net->name = says ? arena_text(&nets->names, name, parsed.prefix) : source;
    return net->name;
}

/* Where two have one name, each is called as its source. */
static void tell_apart(struct supply_nets *nets, const struct circuit *circuit)
{
    enum { MANY = 1000 }; /* they are compared pair by pair */
    for (uint32_t n = 0; n < nets->count && nets->count <= MANY; n++) {
        bool alike = false;
        for (uint32_t m = n + 1; m < nets->count; m++) {
            if (strcmp(nets->net[n].name, nets->net[m].name) != 0)
                continue;
            alike = true;
            nets->net[m].name = circuit->elements.text[nets->net[m].source];
        }
        if (alike)
            nets->net[n].name = circuit->elements.text[nets->net[n].source];
    }
}

static bool name_all(struct supply_nets *nets, const struct circuit *circuit)
{
    bool done = true;
    for (uint32_t n = 0; done && n < nets->count; n++)
        done = name_net(nets, &nets->net[n], circuit);
    if (done)
        tell_apart(nets, circuit);
    return done;
}

/* ---- nets that the user has named ---- */

/* The supply of a net without a terminal is that of the net which holds it. */
static void inherit_supplies(struct supply_nets *nets, const struct supply_nets *holding)
{
    for (uint32_t n = 0; n < nets->count; n++) {
        struct supply_net *net = &nets->net[n];
        if (net->is_supplied || net->nodes == 0)
            continue;
        uint32_t in = holding->of[net->first];
        net->is_supplied = in != SUPPLY_NONE;
        if (net->is_supplied) {
            net->supply = net->lowest_supply = holding->net[in].supply;
            net->supply_node = holding->net[in].supply_node;
        }
    }
}

/* By name in place of by connection, which nets are now. */
static bool regroup(struct supply_nets *nets, const struct circuit *circuit, const struct operating_point *op,
                    const char *const *prefix, size_t prefixes)
{
    struct supply_nets named = {.count = (uint32_t)prefixes};
    named.of = array_new(circuit->nodes.count, sizeof *named.of);
    named.net = array_new(prefixes, sizeof *named.net);
    bool done = named.of && named.net;
    if (done)
        named.of[GROUND] = SUPPLY_NONE;
    for (uint32_t node = GROUND + 1; done && node < circuit->nodes.count; node++)
        named.of[node] = find_prefix(circuit->nodes.text[node], prefix, prefixes);
    for (size_t p = 0; done && p < prefixes; p++) {
        named.net[p].source = SUPPLY_NONE;
        named.net[p].name = arena_text(&named.names, prefix[p], strlen(prefix[p]));
        done = named.net[p].name;
    }
    if (done) {
        add_potentials(&named, circuit, op);
        add_elements(&named, circuit, op);
        inherit_supplies(&named, nets);
    }
    supply_nets_free(nets);
    *nets = named;
    return done;
}

bool supply_nets_find(struct supply_nets *nets, const struct circuit *circuit, const struct operating_point *op,
                      const char *const *prefix, size_t prefixes)
{
    if (!connect(nets, circuit, op))
        return false;
    add_potentials(nets, circuit, op);
    add_elements(nets, circuit, op);
    add_grounded(nets, circuit, op);
    if (!(prefixes > 0 ? regroup(nets, circuit, op, prefix, prefixes) : name_all(nets, circuit)))
        return false;
    add_drops(nets, circuit, op);
    return true;
}

double supply_net_percent(const struct supply_net *net, double drop)
{
    return net->supply != 0 ? 100 * drop / fabs(net->supply) : NAN;
}

bool supply_nets_worst(struct largest *worst, const struct supply_nets *nets, const struct circuit *circuit,
                       const struct operating_point *op)
{
    bool done = true;
    for (uint32_t node = GROUND + 1; done && node < circuit->nodes.count; node++) {
        uint32_t net = nets->of[node];
        if (net != SUPPLY_NONE && nets->net[net].is_supplied)
            done = largest_offer(&worst[net], supply_nets_drop(nets, op, node), node);
    }
    for (uint32_t net = 0; net < nets->count; net++)
        largest_sort(&worst[net]);
    return done;
}

/* ---- nodes without a source ---- */

bool supply_unreached(uint32_t **list, size_t *count, const struct circuit *circuit,
                      const struct operating_point *op)
{
    struct reach reach = {0};
    double least = least_current(circuit, op);
    bool done = reach_find(&reach, circuit);
    *count = 0;
    *list = array_new(circuit->nodes.count, sizeof **list);
    for (uint32_t e = 0; done && e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        bool to_ground = element->a == GROUND || element->k == GROUND;
        if (to_ground && lets_pass(element) && (element->kind == ELEMENT_SHORT || fabs(op->current[e]) > least))
            reach.reached[reach.of[element->a]] = reach.reached[reach.of[element->k]] = true;
    }
    for (uint32_t node = GROUND + 1; done && *list && reach.any && node < circuit->nodes.count; node++) {
        if (!reach.reached[reach.of[node]])
            (*list)[(*count)++] = node;
    }
    reach_free(&reach);
    return done && *list;
}

void supply_nets_free(struct supply_nets *nets)
{
    free(nets->of);
    free(nets->net);
    arena_free(&nets->names);
    *nets = (struct supply_nets){0};
}
