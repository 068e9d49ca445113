/* What .tf and .sens are about: v(a), v(a,b) or i(v1); and how the linear circuit at an operating point responds. */
#ifndef OPSPICE_OBSERVED_H
#define OPSPICE_OBSERVED_H

#include "elaborate/card_reader.h"
#include "engine/engine.h"

struct observed {
    bool of_current;
    uint32_t a, k;   /* nodes of the output voltage */
    uint32_t output; /* element of the output current: voltage source or inductor */
};

struct observed_reading {
    struct card_reader reader;
    const struct circuit *circuit;
    struct diagnostics *diagnostics; /* what is wrong goes there */
};

/* Take it from a card. False when it is wrong. */
bool observed_take(struct observed_reading *reading, struct observed *observed);

/* Take the name of an element that is one of two kinds; an inductor is a short with the letter l. False when it is
 * wrong. */
bool observed_take_element(struct observed_reading *reading, const char *what, enum element_kind kind,
                           enum element_kind other, uint32_t *element);

/* Does the card end here? */
bool observed_end(const struct observed_reading *reading);

/* response is zeroed before. False when memory is out. */
bool response_new(struct response *response, const struct circuit *circuit);
double response_voltage(const struct response *response, uint32_t a, uint32_t k);

/* What the output is in a response. */
double observed_value(const struct observed *observed, const struct response *response);

/* The response to 1 A into the output's first node and out of its second, or to 1 V in series with its element. */
enum engine_status observed_excite(const struct observed *observed, struct engine *engine,
                                   const struct response *response);

/* Say that the response to an element is not unique: why, where that is known, or NULL. */
void response_report(const struct engine *engine, uint32_t element, const struct undecided *undecided,
                     struct diagnostics *diagnostics);

/* Safe on a zeroed struct; leaves it zeroed. */
void response_free(struct response *response);

#endif
