/* Cards of controlled sources, taken apart.
 *
 *   Bname a k V={expression}                         or I=
 *   Ename a k c d gain                               Gname likewise
 *   Fname a k element gain                           Hname likewise
 *   Ename a k POLY(n) c d .. p0 p1 ..                G likewise; F and H with n elements
 *   Ename a k VALUE={expression}                     VOL= of E and H, CUR= of F and G
 *   Ename a k TABLE {expression} = (x0,y0) (x1,y1)   G, F, H likewise; E, G: a k c d TABLE=(x0,y0,x1,y1) as in LTspice
 *   Ename a k LAPLACE {expression} = {of s}          G likewise; a k c d LAPLACE=.., and of B behind V= or I=
 *
 * and behind it m= tc1= tc2= temp= dtemp= reciproctc= reciprocm=. */
#ifndef OPSPICE_SOURCE_CARD_H
#define OPSPICE_SOURCE_CARD_H

#include "elaborate/card_reader.h"
#include "elaborate/source_text.h"

enum source_form { SOURCE_EXPRESSION, SOURCE_TABLE, SOURCE_LINEAR, SOURCE_POLYNOMIAL, SOURCE_CONTROLLED_TABLE };

enum source_key {
    SOURCE_M,
    SOURCE_TC1,
    SOURCE_TC2,
    SOURCE_TEMP,
    SOURCE_DTEMP,
    SOURCE_RECIPROCTC, /* 1: the factor of temperature divides */
    SOURCE_RECIPROCM,  /* 1: m divides */
    SOURCE_LAPLACE,    /* a transfer function of s, of which the gain at s = 0 counts */
    SOURCE_KEYS
};

struct source_card {
    enum source_form form;
    bool is_voltage;                  /* V across it is what it gives, else A through it */
    bool by_currents;                 /* elements are what controls it, not nodes */
    struct expression_word a, k;      /* node names */
    struct expression_word value;     /* SOURCE_EXPRESSION, SOURCE_TABLE: the expression; SOURCE_LINEAR: the gain */
    struct expression_word points;    /* SOURCE_TABLE, SOURCE_CONTROLLED_TABLE: (x0,y0) (x1,y1) .. */
    struct expression_word dimension; /* SOURCE_POLYNOMIAL: n */
    struct source_text controls;      /* SOURCE_LINEAR, SOURCE_CONTROLLED_TABLE: the names; SOURCE_POLYNOMIAL: these,
                                       * and the coefficients */
    struct expression_word key[SOURCE_KEYS]; /* length 0: not given */
};

/* Take the card apart. False: it is another kind of source, or wrong; a diagnostic says so. */
bool source_card_read(struct source_card *source, const struct card_reader *reader, struct diagnostics *diagnostics);

/* Say what is wrong at a place of the card; false. */
bool source_card_wrong(const struct card_reader *reader, struct diagnostics *diagnostics, struct expression_word at,
                       const char *what);

#endif
