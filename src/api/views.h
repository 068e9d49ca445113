/* Views: what the API hands out as structs, made when it is first asked for, kept until the next load, solve or run. */
#ifndef OPSPICE_VIEWS_H
#define OPSPICE_VIEWS_H

#include "opspice.h"

#include "util/arena.h"
#include <stdbool.h>

struct result_view {
    opspice_vector *axis;    /* [axes] */
    opspice_vector *vector;  /* [vectors] recorded ones, those that only tables show, labelled numbers */
    opspice_vector *measure; /* [measures] */
    size_t axes, vectors, measures;
};

struct views {
    struct arena arena;                       /* texts and structs */
    const opspice_diagnostic **diagnostic;    /* [diagnostics] those that were asked for; NULL: not yet; owned */
    size_t diagnostics, diagnostic_capacity;
    struct result_view **result; /* [results] NULL: not yet; owned, what it points to is in the arena */
    size_t results, result_capacity;
    double **value; /* [values] of expressions; each owned */
    size_t values, value_capacity;
    opspice_certificate certificate; /* where has_certificate */
    bool has_certificate;
    char option[64]; /* the last text of opspice_get that is no constant */
};

/* Forget all of it; the struct is as new. Safe on a zeroed struct. */
void views_clear(struct views *views);

/* The view of a result, made where there is none yet. NULL: no such result, or memory is out. */
const struct result_view *views_of_result(const opspice *deck, size_t result);

#endif
