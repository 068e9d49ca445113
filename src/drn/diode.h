/* What stands between a hidden unit and ground, as the settings say it.
 *
 * ideal        excitatory units obey v >= 0, inhibitory ones v <= 0.
 * exponential  a Shockley diode where the ideal one stands, from ground to an excitatory unit and from an inhibitory
 *              one to ground, behind a source that moves its knee by the offset: a forward voltage u carries
 *              saturation (exp((u - offset) / thermal) - 1).
 * pair         both, at every hidden unit. Source: Osana et al. 2026, arXiv 2609.07356.
 * table        a measured two-pole, straight between its points and beyond them, from an excitatory unit to ground and
 *              from ground to an inhibitory one. */
#ifndef OPSPICE_DIODE_H
#define OPSPICE_DIODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum drn_diode_kind { DRN_IDEAL, DRN_EXPONENTIAL, DRN_PAIR, DRN_TABLE };

enum { DRN_TABLE_POINTS = 1000 };

struct drn_diode {
    enum drn_diode_kind kind;
    double saturation; /* A */
    double thermal;    /* V: emission coefficient times kT/q */
    double offset;     /* V */
    /* Of the table: volts rise, amperes do not fall. */
    size_t points;
    double volts[DRN_TABLE_POINTS], amperes[DRN_TABLE_POINTS];
};

/* Ideal, with the defaults of the others: 1 uA, 50 mV, 0 V, no table. */
void diode_init(struct drn_diode *diode);

/* One option: diode, saturation-current, thermal-voltage, offset-voltage, diode-table (a file of two columns, volts and
 * amperes, separated by a comma, semicolon or blanks; an empty line, one that begins with # and a first one of words
 * are passed over) or diode-point, which adds a point to the table. *known: it is one of these. NULL when done; else
 * why not, as the end of a sentence that begins with the option. */
const char *diode_set(struct drn_diode *diode, const char *option, const char *value, bool *known);

/* NULL, or what is missing. */
const char *diode_complete(const struct drn_diode *diode);

/* Lines `option=value`, which diode_set reads back exactly; none for ideal ones. */
void diode_write(const struct drn_diode *diode, FILE *file);

#endif
