/* .model cards and the laws of diodes. */
#ifndef OPSPICE_MODELS_H
#define OPSPICE_MODELS_H

#include "circuit/words.h"

#define MODELS_NO_LAW UINT32_MAX       /* the model is read, but is no law that opspice has */
#define MODELS_WRONG (UINT32_MAX - 1) /* the model's card had an error, which was reported */

struct models {
    struct flat *flat;
    enum diode_reading reading;
    const struct conditions *conditions;
    struct model {
        const struct card *card;
        uint32_t law; /* number, MODELS_NO_LAW or MODELS_WRONG */
    } *model;         /* [count] by the numbers that flat keeps for models */
    uint32_t count;
    size_t capacity;
    struct law *law; /* [n_laws] */
    size_t law_capacity;
    uint32_t n_laws;
};

/* Read a .model card of the top level, unless that has been done. False when memory is out. */
bool models_add(struct models *models, const struct card *card, struct diagnostics *diagnostics);

/* The law of the model that a diode names; a diagnostic and MODELS_NO_LAW when there is none. False when memory is out. */
bool models_use(struct models *models, const struct words *element, const struct arg *name,
                struct diagnostics *diagnostics, uint32_t *law);

/* Say that there is no model of that name. */
void models_missing(const struct words *element, const struct arg *name, struct diagnostics *diagnostics);

/* What a resistor takes from its model (R or RES); NAN: not given. Source: ngspice 39 manual, 3.2.3, and its behaviour. */
struct resistor_model {
    double r, rsh, l, w, defw, narrow, shortened, tc1, tc2, tnom; /* ohm, ohm, m, m, m, m, m, 1/K, 1/K^2, degrees Celsius */
};

/* Read the model that a resistor names. False: that is wrong, and a diagnostic says why. */
bool models_resistor(const struct words *element, const struct arg *name, const struct flat_model *found,
                     struct diagnostics *diagnostics, struct resistor_model *model);

void models_free(struct models *models);

#endif
