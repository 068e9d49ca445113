/* .model cards and the laws of diodes. */
#ifndef OPSPICE_MODELS_H
#define OPSPICE_MODELS_H

#include "elaborate/elaborate.h"
#include "elaborate/card_reader.h"

#define MODELS_NO_LAW UINT32_MAX /* a diagnostic says why */

enum model_kind {
    MODEL_OTHER,    /* of another type than these: read, but no law */
    MODEL_WRONG,    /* its card had an error, which was reported */
    MODEL_SWITCH,   /* of switches */
    MODEL_DEVICE,   /* of transistors */
    MODEL_SHARED,   /* one law for all its diodes */
    MODEL_JUNCTION  /* a law for each size and temperature */
};

struct models {
    struct circuit *circuit; /* takes the laws */
    struct sources *sources; /* takes the files of tables */
    struct flat *flat;
    enum diode_reading reading;
    struct model {
        const struct card *card;
        enum model_kind kind;
        uint32_t law;                          /* MODEL_SHARED */
        const struct junction_model *junction; /* MODEL_JUNCTION */
        const struct switch_model *switching;  /* MODEL_SWITCH */
        const struct device_model *device;     /* MODEL_DEVICE */
        size_t last; /* one more than the number in circuit->junction of its latest law; 0: none */
    } *model;         /* [count] by the numbers that flat keeps for models */
    uint32_t count;
    size_t capacity;
    size_t law_capacity; /* of circuit->law */
};

/* Read a .model card of the top level, unless that has been done. False when memory is out. */
bool models_add(struct models *models, const struct card *card, struct diagnostics *diagnostics);

/* The law of a diode of that size (lengths before .options scale) with the model that it names, and how many of it are
 * in parallel; a diagnostic and MODELS_NO_LAW when there is none. False when memory is out. */
bool models_use(struct models *models, const struct card_reader *element, const struct arg *name,
                const struct junction_size *size, struct diagnostics *diagnostics, uint32_t *law, double *multiple);

/* The model that a switch names; NULL after a diagnostic. False when memory is out. */
bool models_switch(struct models *models, const struct card_reader *element, const struct arg *name, bool by_current,
                   struct diagnostics *diagnostics, const struct switch_model **model);

/* The model that a transistor names; NULL after a diagnostic. False when memory is out. */
bool models_device(struct models *models, const struct card_reader *element, const struct arg *name,
                   struct diagnostics *diagnostics, const struct device_model **model);

/* Of models that share a name, nch.1, nch.2 ..., that for this length and width, m. *model: the one that is named else;
 * NULL after a diagnostic. False when memory is out. */
bool models_bin(struct models *models, const struct card_reader *element, const struct arg *name, double l, double w,
                struct diagnostics *diagnostics, const struct device_model **model);

/* Is there a model of that name, or one of several for different sizes (nch.1, nch.2)? */
bool models_know(struct flat *flat, const struct arg *name);

/* Read the model that an element names: one of these types (ending with NULL), in words as `wanted`. What the keys do
 * not know is passed over. False: that is wrong, and a diagnostic says why. */
bool models_read(const struct card_reader *element, const struct arg *name, const char *const *types,
                 const char *wanted, const struct key *keys, struct diagnostics *diagnostics);

/* Add a law to the circuit. NULL when memory is out. */
struct law *models_new_law(struct models *models, uint32_t *number);

/* Add a law that is a curve, which the caller fills in and finishes with law_of_curve. NULL when memory is out. */
struct law *models_new_curve(struct models *models, enum curve_kind kind, uint32_t *number);

/* Take over the curve's g_floor. */
void law_of_curve(struct law *law);

/* What a resistor takes from its model (R or RES); NAN: not given. resistance, scale, temp and dtemp are a card's own
 * words, which ngspice takes from a model too; resistance comes before rsh, r after it. Source: ngspice 39 manual,
 * 3.2.3, and its bsource. */
struct resistor_model {
    double resistance, r, rsh, l, defw, narrow, shortened; /* ohm, ohm, ohm, m, m, m, m */
    double tc1, tc2, tce, tnom;                            /* 1/K, 1/K^2, %/K, degrees Celsius */
    double scale, temp, dtemp;                             /* 1, degrees Celsius, K */
};

/* Read the model that a resistor names. False: that is wrong, and a diagnostic says why. */
bool models_resistor(const struct card_reader *element, const struct arg *name, const struct flat_model *found,
                     struct diagnostics *diagnostics, struct resistor_model *model);

void models_free(struct models *models);

#endif
