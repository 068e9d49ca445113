/* The circuit: what the netlist means.
 *
 * An element has two terminals or more, and a branch from each of them but the last to the last one: n branches for
 * n + 1 terminals, each with its voltage and its current, which may depend on the voltages of all (laws/law.h). A
 * struct element is one branch; those of one element follow each other, and share its law. All elements that cards
 * make today have two terminals, and so one branch.
 *
 * Sign convention, here once for all rooms: an element goes from node a (first node, anode, +) to node k (second node,
 * cathode, -). Branch voltage u = v_a - v_k; branch current i flows from a through the element to k. Kirchhoff's
 * current law at a node: the sum of i over elements with a there, less that over elements with k there, is zero. */
#ifndef OPSPICE_CIRCUIT_H
#define OPSPICE_CIRCUIT_H

#include "flatten/flatten.h"
#include "laws/control_law.h"
#include "laws/law.h"
#include "util/arena.h"
#include "util/diagnostics.h"
#include "util/names.h"
#include <stdint.h>

enum element_kind {
    ELEMENT_RESISTOR,  /* value: resistance, ohm, not 0;      i = u / value */
    ELEMENT_SHORT,     /* a resistor of 0 ohm or an inductor: u = 0 */
    ELEMENT_CAPACITOR, /* open:                               i = 0 */
    ELEMENT_VSOURCE,   /* value: V:                           u = value */
    ELEMENT_ISOURCE,   /* value: A:                           i = value */
    ELEMENT_DIODE,     /* value: how many in parallel:        i = value * law(u), u of all branches */
    ELEMENT_CONTROLLED_VOLTAGE, /*                              u = value * f(x), f and x of its coupling */
    ELEMENT_CONTROLLED_CURRENT, /* value: how many in parallel: i = value * f(x) */
    ELEMENT_SWITCH     /* value: resistance that it has now, ohm, one of the two of its coupling: i = u / value */
};

struct element {
    const char *place;    /* of the card; its name begins there */
    uint32_t name_length; /* bytes of the name at place */
    uint32_t kind : 4;    /* enum element_kind */
    uint32_t branch : 2;  /* which of its element's it is, from 0 */
    uint32_t law : 26;    /* number of a diode's law, or of its coupling */
    uint32_t a, k;        /* nodes: its terminal, and the last one */
    double value;
};

/* A quantity that controls an element: a voltage between two nodes, or the current of a branch. */
enum control_kind { CONTROL_VOLTAGE, CONTROL_CURRENT };

struct control {
    enum control_kind kind;
    uint32_t p, q; /* nodes: v_p - v_q; p: an element: its current */
};

/* How an element depends on others. */
struct coupling {
    struct control_law law;
    const struct control *control; /* [law.n] */
};

/* A potential that .nodeset gives a node to start from. */
struct nodeset {
    uint32_t node;
    double volts;
};

/* A device, whose parts are elements (laws/device.h). */
struct device {
    const struct device_kind *kind;
    const void *model, *size; /* what its cards say, in the circuit's arena */
    const char *model_name;   /* as its card spells it */
    uint32_t model_length;    /* bytes of that */
    void *law;                /* [kind->law_size] at the present temperature */
    uint32_t first, parts;    /* its elements */
    uint32_t named;           /* the element that has its name */
    uint32_t node[DEVICE_NODES];
    double m;                 /* how many in parallel */
    int type;                 /* 1: n; -1: p, all its parts are turned round */
};

/* A junction, whose law depends on temperature. */
struct thermal_junction {
    uint32_t law; /* first: they are found by it, as what follows by its element */
    const struct junction_model *model; /* in the circuit's arena */
    struct junction_size size;
};

/* An instance that has an ammeter at each port: voltage sources of 0 V, into the port. */
struct metered {
    const char *power;      /* x1:power, as .probe calls what flows in there; lives as long as flat */
    size_t name_length;     /* of x1 */
    uint32_t first, ports;  /* elements [ports] from the first on: into each port of another name */
    uint32_t *port;         /* [ports] which ports these are, from 0; in the circuit's arena */
    uint32_t through;       /* the element from the first of two ports to the second; NAMES_NONE: there are not two */
};

/* A resistor, or an element that others control, whose value is not just what its card says: nominal factor growth(dt),
 * dt = temperature + dtemp. */
struct thermal {
    uint32_t element;
    double nominal;  /* ohm, of the card; 1 of an element that others control */
    double factor;   /* its scale, over its multiplicity; how many in parallel */
    bool reciprocal; /* it is over that growth: a current, of a resistance that grows */
    double tc1, tc2; /* 1/K, 1/K^2 */
    double tce;      /* per cent a kelvin; NAN: tc1 and tc2 count */
    double own;      /* its own temperature, degrees Celsius; NAN: the circuit's */
    double dtemp;    /* of the card, less tnom; degrees */
};

/* A resistor or current source with an m, its own or its instance's. */
struct multiple {
    uint32_t element;
    double m; /* not 1 */
};

/* How a resistance grows over dt, K: 1 + tc1 dt + tc2 dt^2, or 1.01^(tce dt) where tce is a number.
 * Source: ngspice 39 manual, 3.2.2. */
double thermal_growth(double tc1, double tc2, double tce, double dt);

/* Its value at a temperature of the circuit, degrees Celsius. */
double thermal_value(const struct thermal *thermal, double temp);

/* Elements that an instance of a subcircuit has brought in. */
struct instance_range {
    uint32_t first; /* element; up to the first of the next range */
    const struct origin *origin;
};

enum { CIRCUIT_LAWS = 1 << 26 }; /* the most that there may be: as many as element.law counts */

enum { GROUND = 0 }; /* the number of the ground node */

/* What .options sets for all elements. */
struct sim_options {
    double temp; /* of the elements, degrees Celsius */
    double tnom; /* at which their values were measured, degrees Celsius */
    double gmin; /* across a junction; of an idealised diode in reverse whose model does not tell it, S */
    double scale; /* of the lengths of diodes whose model has level 3 */
    double defl, defw, defad, defas; /* of MOS transistors whose cards do not say them, m, m, m^2, m^2; 0: not given */
};

/* How often a circuit has changed, from 1 on. What is made of it keeps the versions that it was made of, and is good
 * while these are the same; 0: it is not there. */
struct circuit_version {
    uint64_t structure; /* kinds of elements */
    uint64_t values;    /* resistances, laws */
    uint64_t sources;   /* of voltage and current sources */
};

struct circuit {
    struct circuit_version version;
    struct names nodes;      /* node 0 is ground */
    struct names elements;   /* element e has the name elements.text[e] */
    struct element *element; /* [elements.count] in netlist order */
    size_t capacity;
    struct law *law; /* [n_laws] */
    uint32_t n_laws;
    uint32_t n_curves; /* how many of them are curved */
    struct coupling *coupling; /* [couplings] in the order of their elements */
    size_t couplings, coupling_capacity;
    struct nodeset *nodeset; /* [nodesets] */
    size_t nodesets, nodeset_capacity;
    uint32_t *off; /* [offs] diodes that do not conduct where the search begins, by their cards' word; ascending */
    size_t offs, off_capacity;
    struct thermal *thermal; /* [n_thermal] in the order of their elements */
    size_t thermal_capacity;
    uint32_t n_thermal;
    struct multiple *multiple; /* [multiples] in the order of their elements */
    size_t multiples, multiple_capacity;
    struct thermal_junction *junction; /* [junctions] */
    size_t junctions, junction_capacity;
    struct device *device; /* [devices] in the order of their elements */
    size_t devices, device_capacity;
    struct names metered_names; /* of instances with ammeters */
    struct metered *metered;    /* [metered_names.count] */
    size_t metered_capacity;
    struct sim_options sim_options; /* that it was built for */
    struct arena arena;           /* curves and what they need */
    struct curve *copied;         /* of a copy: its own curves */
    char *copied_laws;            /* of a copy: its own laws of devices */
    double *copied_gains;         /* of a copy: those of its couplings */
    double temp; /* of the present values, degrees Celsius */
    struct instance_range *range; /* [ranges] those before the first are of the top level */
    size_t ranges, range_capacity;
    struct populating *populating; /* a thread that fetches memory for it and its solution, or NULL */
};

/* Is it an independent source? */
static inline bool element_is_source(const struct element *element)
{
    return element->kind == ELEMENT_VSOURCE || element->kind == ELEMENT_ISOURCE;
}

/* Is it a voltage source or a short, which hold their voltage? That voltage, V. */
static inline bool element_is_voltage_defined(const struct element *element)
{
    return element->kind == ELEMENT_VSOURCE || element->kind == ELEMENT_SHORT;
}

static inline double element_defined_voltage(const struct element *element)
{
    return element->kind == ELEMENT_VSOURCE ? element->value : 0;
}

/* Does it hold a voltage, its own or one that others control? */
static inline bool element_holds_voltage(const struct element *element)
{
    return element_is_voltage_defined(element) || element->kind == ELEMENT_CONTROLLED_VOLTAGE;
}

/* Is it an ideal diode? */
static inline bool circuit_ideal_diode(const struct circuit *circuit, const struct element *element)
{
    return element->kind == ELEMENT_DIODE && law_is_ideal(&circuit->law[element->law]);
}

/* May there be ideal diodes? */
static inline bool circuit_has_ideal_laws(const struct circuit *circuit)
{
    for (uint32_t l = 0; l < circuit->n_laws; l++)
        if (law_is_ideal(&circuit->law[l]))
            return true;
    return false;
}

/* Do potentials not tell its current? */
static inline bool circuit_unknown_current(const struct circuit *circuit, const struct element *element)
{
    return element_holds_voltage(element) || circuit_ideal_diode(circuit, element);
}

/* Its law where it is a diode that is a plain junction (laws/junctions.h), else NULL. */
static inline const struct junction *circuit_plain_junction(const struct circuit *circuit,
                                                            const struct element *element)
{
    const struct curve *curve = element->kind == ELEMENT_DIODE ? circuit->law[element->law].curve : NULL;
    return curve && curve->is_plain ? &curve->junction : NULL;
}

/* The branches of the element that this one belongs to. The first of them is element - element->branch. */
static inline uint32_t circuit_branches(const struct circuit *circuit, const struct element *element)
{
    return element->kind == ELEMENT_DIODE ? law_voltages(&circuit->law[element->law]) : 1;
}

/* The instance of that name (any case) with ammeters at its ports, or NULL. */
const struct metered *circuit_metered(const struct circuit *circuit, const char *name, size_t length);

/* How many of the elements are diodes. */
uint32_t circuit_diodes(const struct circuit *circuit);

/* What controls an element, or NULL where nothing does. */
static inline const struct coupling *circuit_coupling(const struct circuit *circuit, uint32_t element)
{
    const struct element *controlled = &circuit->element[element];
    return controlled->kind >= ELEMENT_CONTROLLED_VOLTAGE ? &circuit->coupling[controlled->law] : NULL;
}

/* The most controls that a coupling has. */
uint32_t circuit_most_controls(const struct circuit *circuit);

/* The instance that an element is in, or NULL; it lives until flat is walked through again. O(log ranges). */
const struct origin *circuit_origin(const struct circuit *circuit, uint32_t element);

/* The name of an element for messages: as its card spells it, or of one in an instance its flat name. */
const char *circuit_spelling(const struct circuit *circuit, uint32_t element, int *length);

/* diagnose at the card of an element; notes lead to its instance. At no card, where there is no such element. */
__attribute__((format(printf, 5, 6)))
bool circuit_diagnose(const struct circuit *circuit, uint32_t element, struct diagnostics *diagnostics,
                      enum diagnostic_code code, const char *format, ...);

/* Give a voltage or current source this value, V or A. */
void circuit_set_source(struct circuit *circuit, uint32_t element, double value);

/* Give all resistors and junctions their values at another temperature, degrees Celsius; those with temp= on their card
 * keep their own. Kinds and nodes stay. A law that is not possible there becomes NAN: no answer will be proved. */
void circuit_set_temperature(struct circuit *circuit, double temp);

/* Give a resistor this resistance, ohm, at the temperature where its value was measured; 0 makes it a short. */
void circuit_set_resistance(struct circuit *circuit, uint32_t element, double ohms);

/* The same for `count` resistors that follow each other; all are positive. Returns whether all have just these
 * resistances at the present temperature. */
bool circuit_set_resistances(struct circuit *circuit, uint32_t first, uint32_t count, const double *ohms);

/* The gain of an element whose law is one control times a gain; NAN of others. */
double circuit_gain(const struct circuit *circuit, uint32_t element);

/* Give a controlled source whose law is one control times a gain another gain. */
void circuit_set_gain(struct circuit *circuit, uint32_t element, double gain);

/* Say that values have been changed in other ways; restructured: kinds of elements too. */
void circuit_changed(struct circuit *circuit, bool restructured);

/* The m that a resistor or current source has; 1: none. */
double circuit_multiple(const struct circuit *circuit, uint32_t element);

/* What a resistance follows from; NULL: its card's value is all. */
const struct thermal *circuit_thermal(const struct circuit *circuit, uint32_t element);

/* Its resistance at that temperature, ohm. */
double circuit_resistance(const struct circuit *circuit, uint32_t element);

/* The law of a device at a temperature of the circuit, degrees Celsius, its size and its model being what they are;
 * NULL, or what is wrong with them. */
const char *circuit_make_device(const struct circuit *circuit, const struct device *device, double temp);

/* Let the parts of a device of the circuit have the law that its model and size say now, at the present temperature.
 * One that is not possible becomes NAN. */
void circuit_renew_device(struct circuit *circuit, const struct device *device);

/* Why an element has no law at the present temperature, and which: of a junction, or the one that has the name of a
 * device. NULL: all have. */
const char *circuit_law_fault(const struct circuit *circuit, uint32_t *element);

/* The device that has an element of that number among its parts, or NULL. O(log devices). */
const struct device *circuit_device(const struct circuit *circuit, uint32_t element);

/* The junction that has a law of this number, or NULL. O(log junctions). */
const struct thermal_junction *circuit_junction(const struct circuit *circuit, uint32_t law);

/* A copy with element values and laws of its own; names are shared with the circuit, which must outlive it. NULL when
 * memory is out. */
struct circuit *circuit_copy(const struct circuit *circuit);

/* The same with these elements in place of its own, from malloc, which it takes over, or frees; the caller says how
 * many. element NULL: memory was out. */
struct circuit *circuit_copy_with(const struct circuit *circuit, struct element *element);

/* Free such a copy; NULL is allowed. */
void circuit_free_copy(struct circuit *copy);

/* Exchange all but names and versions of two circuits whose names are the same: circuit_changed is still to be said. */
void circuit_exchange(struct circuit *p, struct circuit *q);

/* Safe on a zeroed struct; leaves it zeroed. */
void circuit_free(struct circuit *circuit);

/* Give back the room for further elements. */
void circuit_trim(struct circuit *circuit);

/* What all voltage sources in series could bring, V. */
double circuit_volts_in_series(const struct circuit *circuit);

#endif
