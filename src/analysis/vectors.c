#include "analysis/vectors.h"

#include "util/array.h"
#include "util/letters.h"
#include <stdlib.h>

/* ---- lists ---- */

bool vectors_add(struct vectors *vectors, struct vector vector)
{
    if (!array_reserve(&vectors->item, &vectors->capacity, vectors->count + 1, sizeof *vectors->item))
        return false;
    vectors->item[vectors->count++] = vector;
    return true;
}

bool vectors_expect(struct vectors *vectors, size_t count)
{
    return array_reserve(&vectors->item, &vectors->capacity, count, sizeof *vectors->item);
}

/* i(l1) and @l1[i] are two vectors, since ngspice has both. */
static bool is_same(const struct vector *p, const struct vector *q)
{
    return p->kind == q->kind && p->a == q->a && p->k == q->k &&
           (p->kind != VECTOR_CURRENT || !p->parameter == !q->parameter);
}

static size_t hash(const struct vector *vector)
{
    uint64_t key = ((uint64_t)vector->a << 32 | vector->k) * 16 + vector->kind;
    key *= 0x9e3779b97f4a7c15; /* Knuth's multiplicative hashing */
    return (size_t)(key ^ key >> 32);
}

/* The slot of a vector, or the free one that it would take. */
static uint32_t *slot_of(const struct vectors *vectors, const struct vector *vector)
{
    size_t at = hash(vector) & (vectors->slots - 1);
    while (vectors->slot[at] && !is_same(&vectors->item[vectors->slot[at] - 1], vector))
        at = (at + 1) & (vectors->slots - 1);
    return &vectors->slot[at];
}

/* Bring the table up to the present list. False when there is no memory for it. */
static bool index_all(struct vectors *vectors)
{
    size_t slots = vectors->slots ? vectors->slots : 16;
    while (slots / 2 <= vectors->count)
        slots *= 2;
    if (slots != vectors->slots) {
        uint32_t *slot = array_new(slots, sizeof *slot);
        if (!slot)
            return false;
        free(vectors->slot);
        vectors->slot = slot;
        vectors->slots = slots;
        vectors->indexed = 0;
    }
    for (; vectors->indexed < vectors->count; vectors->indexed++) {
        uint32_t *slot = slot_of(vectors, &vectors->item[vectors->indexed]);
        if (!*slot)
            *slot = (uint32_t)vectors->indexed + 1;
    }
    return true;
}

size_t vectors_find(struct vectors *vectors, const struct vector *vector)
{
    if (vectors->count < UINT32_MAX && index_all(vectors))
        return (size_t)*slot_of(vectors, vector) - 1; /* VECTORS_NONE of a free one */
    for (size_t i = 0; i < vectors->count; i++) {
        if (is_same(&vectors->item[i], vector))
            return i;
    }
    return VECTORS_NONE;
}

bool vectors_include(struct vectors *vectors, struct vector vector)
{
    return vectors_find(vectors, &vector) != VECTORS_NONE || vectors_add(vectors, vector);
}

void vectors_forget_table(struct vectors *vectors)
{
    free(vectors->slot);
    vectors->slot = NULL;
    vectors->slots = vectors->indexed = 0;
}

void vectors_cut(struct vectors *vectors, size_t count)
{
    vectors->count = count;
    vectors_forget_table(vectors);
}

void vectors_free(struct vectors *vectors)
{
    free(vectors->item);
    free(vectors->slot);
    *vectors = (struct vectors){0};
}

/* ---- those of a circuit ---- */

/* Nodes that devices have of their own, behind their resistances, and ammeters. NULL when memory is out. */
static bool *find_inner_nodes(const struct circuit *circuit)
{
    bool *inner = array_new(circuit->nodes.count, sizeof *inner);
    for (uint32_t m = 0; inner && m < circuit->metered_names.count; m++) {
        const struct metered *metered = &circuit->metered[m];
        for (uint32_t p = 0; p < metered->ports; p++)
            inner[circuit->element[metered->first + p].k] = true;
        if (metered->through != NAMES_NONE)
            inner[circuit->element[metered->through].a] = inner[circuit->element[metered->through].k] = true;
    }
    for (size_t d = 0; inner && d < circuit->devices; d++) {
        const struct device *device = &circuit->device[d];
        for (uint32_t q = device->kind->most; q < device->kind->nodes; q++)
            inner[device->node[q]] = true;
        for (uint32_t q = 0; q < device->kind->most; q++)
            inner[device->node[q]] = false;
    }
    return inner;
}

bool vectors_add_nodes(struct vectors *vectors, const struct circuit *circuit)
{
    bool *inner = find_inner_nodes(circuit);
    bool done = inner && vectors_expect(vectors, vectors->count + circuit->nodes.count);
    for (uint32_t node = GROUND + 1; done && node < circuit->nodes.count; node++)
        done = inner[node] || vectors_add(vectors, (struct vector){VECTOR_VOLTAGE, node, GROUND, NULL});
    free(inner);
    return done;
}

char element_letter(const struct circuit *circuit, uint32_t element)
{
    return lower(*circuit->element[element].place);
}

const char *element_kind_name(const struct circuit *circuit, uint32_t element)
{
    static const char *const kind[] = {
        [ELEMENT_RESISTOR] = "resistor",       [ELEMENT_SHORT] = "short",
        [ELEMENT_CAPACITOR] = "capacitor",     [ELEMENT_VSOURCE] = "voltage source",
        [ELEMENT_ISOURCE] = "current source",  [ELEMENT_DIODE] = "diode",
        [ELEMENT_CONTROLLED_VOLTAGE] = "controlled voltage source",
        [ELEMENT_CONTROLLED_CURRENT] = "controlled current source",
        [ELEMENT_SWITCH] = "switch",
    };
    return element_letter(circuit, element) == 'l' ? "inductor" : kind[circuit->element[element].kind];
}

const char *element_prefix(const struct circuit *circuit, uint32_t element)
{
    static const char prefix['z' - 'a' + 1][3] = {"a.", "b.", "c.", "d.", "e.", "f.", "g.", "h.", "i.",
                                                  "j.", "k.", "l.", "m.", "n.", "o.", "p.", "q.", "r.",
                                                  "s.", "t.", "u.", "v.", "w.", "x.", "y.", "z."};
    char letter = element_letter(circuit, element);
    bool is_inside = circuit->elements.text[element][0] != letter && letter >= 'a' && letter <= 'z';
    return is_inside ? prefix[letter - 'a'] : "";
}

/* Is the current of the element a vector by itself? */
static bool is_branch(const struct circuit *circuit, uint32_t element)
{
    switch (element_letter(circuit, element)) {
    case 'l':
    case 'v': return true;
    case 'b':
    case 'e':
    case 'h':
        return circuit->element[element].kind == ELEMENT_CONTROLLED_VOLTAGE ||
               circuit->element[element].kind == ELEMENT_VSOURCE;
    default: return false;
    }
}

const char *current_parameter(const struct circuit *circuit, uint32_t element)
{
    if (is_branch(circuit, element))
        return NULL;
    switch (element_letter(circuit, element)) {
    case 'd': return "id";
    case 'i': return "current";
    default: return "i";
    }
}

static bool include_branch(struct vectors *vectors, const struct circuit *circuit, uint32_t element)
{
    return !is_branch(circuit, element) ||
           vectors_include(vectors, (struct vector){VECTOR_CURRENT, element, 0, NULL});
}

/* The branch of an element, and those that control it. */
static bool include_controlling(struct vectors *vectors, const struct circuit *circuit, uint32_t element)
{
    const struct coupling *coupling = circuit_coupling(circuit, element);
    bool done = include_branch(vectors, circuit, element);
    for (uint32_t c = 0; done && coupling && c < coupling->law.n; c++)
        if (coupling->control[c].kind == CONTROL_CURRENT)
            done = include_branch(vectors, circuit, coupling->control[c].p);
    return done;
}

bool vectors_add_branches(struct vectors *vectors, const struct circuit *circuit)
{
    for (const char *letter = circuit->couplings > 0 ? "bfhwlev" : "blev"; *letter; letter++) {
        for (uint32_t element = circuit->elements.count; element-- > 0;) {
            if (element_letter(circuit, element) == *letter && !include_controlling(vectors, circuit, element))
                return false;
        }
    }
    return true;
}

uint32_t device_quantity_number(const struct device *device, const char *name, size_t length)
{
    const struct device_quantity *quantity = device->kind->quantity;
    for (uint32_t number = 0; quantity[number].name; number++) {
        size_t c = 0;
        while (c < length && lower(name[c]) == quantity[number].name[c])
            c++;
        if (c == length && quantity[number].name[c] == '\0')
            return number;
    }
    return NAMES_NONE;
}

/* The currents into the terminals of a device. */
static bool add_terminals(struct vectors *vectors, const struct circuit *circuit, const struct device *device)
{
    static const char *const of_bipolar[] = {"ic", "ie", "ib", "is", NULL};
    static const char *const of_gate[] = {"id", "is", "ig", "ib", "igd", NULL};
    bool bipolar = element_letter(circuit, device->named) == 'q';
    for (const char *const *name = bipolar ? of_bipolar : of_gate; *name; name++) {
        uint32_t number = device_quantity_number(device, *name, strlen(*name));
        if (number != NAMES_NONE && !vectors_include(vectors, vector_of_quantity(device, number)))
            return false;
    }
    return true;
}

const struct terminal *terminals_of(char letter)
{
    static const struct terminal of_bipolar[] = {{"ic", ":c"}, {"ib", ":b"}, {"ie", ":e"}, {NULL, NULL}};
    static const struct terminal of_gate[] = {{"id", ":d"}, {"ig", ":g"}, {"is", ":s"}, {"ib", ":b"}, {NULL, NULL}};
    return letter == 'q' ? of_bipolar : of_gate;
}

const char probed_power[] = ":power";

const char *probed_terminal(const struct circuit *circuit, uint32_t element, uint32_t k)
{
    bool is_diode = element_letter(circuit, element) == 'd';
    return k == 1 ? is_diode ? ":a" : ":n1" : is_diode ? ":c" : ":n2";
}

bool vectors_add_probed(struct vectors *vectors, const struct circuit *circuit, uint32_t element)
{
    const struct device *device = circuit_device(circuit, element);
    bool done = true;
    if (!device)
        return vectors_include(vectors, (struct vector){VECTOR_CURRENT, element, 0, NULL});
    const struct terminal *terminal = terminals_of(element_letter(circuit, element));
    for (; done && device->named == element && terminal->quantity; terminal++) {
        uint32_t number = device_quantity_number(device, terminal->quantity, strlen(terminal->quantity));
        done = number == NAMES_NONE ||
               vectors_include(vectors, (struct vector){VECTOR_QUANTITY, element, number, terminal->probed});
    }
    return done;
}

bool vectors_add_devices(struct vectors *vectors, const struct circuit *circuit)
{
    for (uint32_t element = 0; element < circuit->elements.count; element++) {
        const struct device *device = circuit_device(circuit, element);
        if (device && device->named == element && !add_terminals(vectors, circuit, device))
            return false;
        if (device)
            continue;
        bool is_inductor = element_letter(circuit, element) == 'l';
        const char *parameter = is_inductor ? "i" : current_parameter(circuit, element);
        if (parameter && !vectors_include(vectors, (struct vector){VECTOR_CURRENT, element, 0, parameter}))
            return false;
    }
    return true;
}

static double quantity(const struct vector *vector, const struct circuit *circuit, const struct operating_point *op)
{
    const struct device *device = circuit_device(circuit, vector->a);
    double v[DEVICE_NODES];
    for (uint32_t q = 0; q < device->kind->nodes; q++)
        v[q] = device->type * op->voltage[device->node[q]];
    const struct device_point point = {
        .v = v, .i = op->current + device->first, .m = device->m, .type = device->type};
    return device->kind->quantity[vector->k].value(device->law, &point);
}

/* The power that flows into an instance through its ammeters. */
static double into_ports(const struct vector *vector, const struct circuit *circuit, const struct operating_point *op)
{
    double power = 0;
    for (uint32_t e = vector->a; e < vector->a + vector->k; e++)
        power += operating_point_voltage(op, circuit->element[e].a, GROUND) * op->current[e];
    return power;
}

double vector_value(const struct vector *vector, const struct circuit *circuit, const struct operating_point *op)
{
    if (vector->kind == VECTOR_VOLTAGE)
        return operating_point_voltage(op, vector->a, vector->k);

    const struct element *element = &circuit->element[vector->a];
    if (vector->kind == VECTOR_VALUE) /* needs no operating point */
        return element->kind == ELEMENT_SHORT         ? 0
               : circuit_coupling(circuit, vector->a) ? circuit_gain(circuit, vector->a)
                                                      : element->value;
    if (vector->kind == VECTOR_QUANTITY)
        return quantity(vector, circuit, op);
    if (vector->kind == VECTOR_POWER && vector->k > 0)
        return into_ports(vector, circuit, op);
    double drop = operating_point_drop(op, element), slope;
    switch (vector->kind) {
    case VECTOR_CURRENT: return vector->k == 2 ? -op->current[vector->a] : op->current[vector->a];
    case VECTOR_DROP: return drop;
    case VECTOR_JUNCTION: return operating_point_junction(op, circuit, vector->a, &slope);
    case VECTOR_SLOPE: operating_point_junction(op, circuit, vector->a, &slope); return slope;
    default: return drop * op->current[vector->a]; /* VECTOR_POWER */
    }
}
