/* Devices: transistors, as parts of two terminals each.
 *
 * A device has the terminals of its card, and nodes of its own behind its series resistances. Between them lie parts:
 *
 *   resistance   constant, ohm
 *   junction     a diode of its own voltage (junction.h)
 *   transfer     a current that other voltages of the device control: transport current, channel
 *   resistive    its own voltage over a resistance that voltages of the device control: base resistance
 *
 * So what is convex in a device are diodes and resistors like any other, and what gives it gain are its transfers
 * alone.
 *
 * All voltages and currents here are those of an n type (NPN, NMOS); of a p type every part is turned round, with its
 * controls, by whoever builds it. Currents are of one device; m of them lie in parallel. */
#ifndef OPSPICE_DEVICE_H
#define OPSPICE_DEVICE_H

#include "laws/interval.h"
#include "laws/junction.h"
#include <stddef.h>
#include <stdint.h>

enum {
    DEVICE_TERMINALS = 5, /* the most that a card has */
    DEVICE_NODES = 9,     /* terminals and nodes of its own */
    DEVICE_PARTS = 14,
    DEVICE_CONTROLS = 4   /* of a part */
};

/* A quantity as a function of n voltages x: of a transfer its current, A; of a resistive part its resistance, ohm, > 0.
 * law: that of the device. */
struct device_function {
    uint32_t n;
    /* slope [n] out: its derivatives, and *size: of what the value was summed, so that it is within a few eps of that
     * (0 where it is exact to a few eps of itself and of x times slope). Finite for all x: straight on where an
     * exponential would overflow. */
    double (*at)(const void *law, const double *x, double *slope, double *size);
    /* A step of Newton's method from `before` [n], at which the law was linearised, to x [n]: shortens it to where the
     * tangent is still of use. NULL: any step will do. */
    void (*limit)(const void *law, const double *before, double *x);
    /* x [n] at which the first linearisation is made; off: by the card's word. NULL: all 0. */
    void (*begin)(const void *law, bool off, double *x);
    /* Over a box x [n]: what the value can be there, and slope [n] out what its difference quotients can be
     * (law_range.h). False where that is not known; NULL: nowhere. */
    bool (*over)(const void *law, const struct interval *x, struct interval *value, struct interval *slope);
    /* Of a transfer, V: between nodes that are further apart its current flows from the higher one to the lower one, as
     * long as no junction of it has more than 1 V. NULL: between any; INFINITY: between none. */
    double (*lift)(const void *law);
    /* Of a resistive part that `limit` holds back: its own voltage becomes what its current on the tangent makes of the
     * resistance where it is held, for its law is far from its tangents. */
    bool keeps_current;
};

enum device_part_kind { PART_RESISTANCE, PART_JUNCTION, PART_TRANSFER, PART_RESISTIVE };

struct device_part {
    enum device_part_kind kind;
    const char *name; /* lower case, in one word: "be", "channel"; the first transfer has the device's own name */
    uint8_t a, k;     /* nodes of the device, or DEVICE_GROUND: its current flows from a to k */
    union {
        double ohms; /* > 0 */
        struct junction junction;
        struct {
            const struct device_function *function;
            uint8_t control[DEVICE_CONTROLS][2]; /* [function->n] x = v of the first node less v of the second one,
                                                  * which may be DEVICE_GROUND; of a resistive part these begin
                                                  * behind its own voltage, which is no x */
        } transfer;
    };
};

static inline struct device_part device_resistance(const char *name, uint8_t a, uint8_t k, double ohms)
{
    return (struct device_part){.kind = PART_RESISTANCE, .name = name, .a = a, .k = k, .ohms = ohms};
}

/* A junction; where nothing but its gmin conducts, a resistance. */
static inline struct device_part device_junction(const char *name, uint8_t a, uint8_t k,
                                                 const struct junction *junction, bool conducts)
{
    if (!conducts)
        return device_resistance(name, a, k, 1 / junction->gmin);
    return (struct device_part){.kind = PART_JUNCTION, .name = name, .a = a, .k = k, .junction = *junction};
}

/* A number of a model or of an element's card: where it is in its struct, which is one of doubles, NAN where not
 * given. */
struct device_parameter {
    const char *name; /* lower case */
    size_t offset;    /* bytes; DEVICE_IDLE: known, and without effect at direct current */
    double otherwise; /* what is taken where it is not given. NAN: what the law makes of the others; also of a second
                       * name of a number, whose first row says it */
};

#define DEVICE_IDLE SIZE_MAX
#define DEVICE_GROUND UINT8_MAX /* no node of the device */

/* What a device is built at. */
struct device_conditions {
    double temp, tnom; /* degrees Celsius: of the simulator */
    double gmin;       /* S, across junctions */
    double m;          /* how many lie in parallel; 0: 1. Some of SPICE's numbers are of all of them together */
    int type;          /* of the model; 1: n; -1: p, whose VTO is of the other sign, and whose gate has another work
                        * function */
};

/* A solved device. */
struct device_point {
    const double *v; /* [nodes] V, of terminals and nodes of its own, of an n type */
    const double *i; /* [parts] A, of all m together, of an n type */
    double m;
    int type;        /* 1: n; -1: p */
};

/* A number that is printed of a solved device, @q1[name]. */
struct device_quantity {
    const char *name; /* lower case */
    const char *unit; /* "A", "V", "S", "W", "ohm" or "" */
    double (*value)(const void *law, const struct device_point *at);
};

/* Of any device: what there is none of, and how many lie in parallel. */
static inline double device_none(const void *law, const struct device_point *at)
{
    (void)law, (void)at;
    return 0;
}

static inline double device_multiplier(const void *law, const struct device_point *at)
{
    (void)law;
    return at->m;
}

struct device_kind {
    const char *what;        /* "bipolar transistor", for messages */
    uint32_t least, most;    /* terminals that its card may have */
    uint32_t thermal;        /* the last so many of these are temperatures, of a card with the word `thermal` alone */
    uint32_t nodes;          /* terminals (the most) and then nodes of its own; one that no series resistance makes is
                              * its terminal again: see alias in device_shape */
    const char *const *node; /* [nodes] names: "collector", "base" ... */

    size_t model_size, size_size, law_size; /* bytes of the three structs below */
    const struct device_parameter *model;   /* of the .model card; ends with a name that is NULL */
    const struct device_parameter *size;    /* of the element's card: area, w, l, temp, dtemp ...; the same end */
    bool scales;                            /* .options scale= is the unit of its l, w, ad, as, pd and ps */

    /* The law of one device at its temperature, from what is given and what the tables have otherwise (device_make);
     * NULL, or what is wrong with the numbers. The law has no pointers into itself: it may be copied. */
    const char *(*make)(void *law, const void *model, const void *size, const struct device_conditions *conditions);

    /* alias [nodes] out: the node that node q is one with (q itself where it is one of its own; for a terminal that a
     * card may leave out, what it is tied to then; DEVICE_GROUND: the ground of the circuit); part [DEVICE_PARTS] out.
     * Returns how many parts. Which there are, and the aliases, do not depend on temperature. */
    size_t (*shape)(const void *law, uint8_t *alias, struct device_part *part);

    const struct device_quantity *quantity; /* ends with a name that is NULL */
};

/* The first row of a table that has this row's number: another one is a second name of it. */
static inline const struct device_parameter *device_first(const struct device_parameter *table,
                                                          const struct device_parameter *row)
{
    while (table != row && (table->offset != row->offset || row->offset == DEVICE_IDLE))
        table++;
    return table;
}

/* Of a series resistance, S; none of one that is not there. */
static inline double device_conductance(double ohms)
{
    return ohms > 0 ? 1 / ohms : 0;
}

#endif
