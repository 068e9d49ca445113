/* .model cards and the laws of diodes. */
#ifndef OPSPICE_MODELS_H
#define OPSPICE_MODELS_H

#include "circuit/words.h"

#define MODELS_NO_LAW UINT32_MAX       /* the model is read, but is no law that opspice has */
#define MODELS_WRONG (UINT32_MAX - 1) /* the model's card had an error, which was reported */

struct models {
    struct names names;
    struct model {
        const struct card *card;
        uint32_t law; /* number, MODELS_NO_LAW or MODELS_WRONG */
    } *model;         /* [names.count] */
    size_t capacity;
    struct law *law; /* [n_laws] */
    size_t law_capacity;
    uint32_t n_laws;
};

/* Read a .model card. False when memory is out. */
bool models_add(struct models *models, const struct card *card, enum diode_reading reading,
                const struct conditions *conditions, struct diagnostics *diagnostics);

/* The law of the model that a diode names; a diagnostic and MODELS_NO_LAW when there is none. */
uint32_t models_use(const struct models *models, const struct card *card, const struct arg *name,
                    struct diagnostics *diagnostics);

void models_free(struct models *models);

#endif
