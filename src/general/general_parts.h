/* What the ways of general.h share. */
#ifndef OPSPICE_GENERAL_PARTS_H
#define OPSPICE_GENERAL_PARTS_H

#include "general/equations.h"
#include "general/general.h"
#include "linear/lu.h"

enum { TRACK_POINTS = 5 };

/* The last answers of a sweep. */
struct track {
    double *past[TRACK_POINTS]; /* [n] x, the latest first */
    uint32_t points;            /* that are there */
    uint32_t waits;             /* points that are not sought along them */
    double volts;               /* V, how far off the last point was that they led to */
    struct track_octet *octet;  /* of eight points at once; NULL before the first */
    void *block;
};

struct general {
    struct equations *equations;
    struct lu *lu;     /* of the derivatives that were factored last: one of */
    struct lu *own;    /* of the circuit's own pattern; NULL: that is the path's, or singular */
    struct lu *on_path; /* of all entries that there are along a path; NULL before one */
    struct operating_point *op;
    struct general_info info;
    struct general_fault fault;
    struct watch *watch; /* or NULL */
    bool fine;         /* the last factor has twice the precision */
    bool responds;     /* it is that of the answer, for responses */
    double *hi, *lo;   /* [n] x */
    double *step, *step_low; /* [n] the last step of x */
    double *moved, *reach;   /* [n] V: how far the last step went; how far one may go (restraint.c) */
    bool within;             /* general_stay_within */
    double *value;     /* [entries] derivatives, rounded */
    double *scale;     /* [n] of unknowns: the largest of their kind, V or A */
    struct dd *rest;   /* [n] work */
    double *work[5];   /* [n] each */
    struct track track;
    const struct nodeset *held; /* [helds] nodes that Newton's method holds, or nearly */
    size_t helds;
    void *block;
};

/* F, its derivatives and their factor at x [n], or on tangents where not `exact`: in doubles where that will do. */
enum general_status general_linearise(struct general *general, const double *x, const double *low, double lambda,
                                      bool exact);

/* x becomes x + step + step_low; or less of that, as iteration number `iteration` of Newton's method at lambda. */
void general_take_step(struct general *general);
void general_take_restrained_step(struct general *general, double lambda, int iteration);

/* No potential of x beyond those of a circuit without gain, where this is one. */
void general_keep_within(struct general *general);

/* x = 0, with the first tangents at the verge of conducting. */
void general_guess(struct general *general);

/* Make lu that of the pattern at lambda. False when memory is out. */
bool general_choose_pattern(struct general *general, double lambda);

/* Factor the derivatives in general->value, or some within `near` of them. */
enum general_status general_factor_value(struct general *general, double near);

/* The sign of det J of the circuit without its gain. */
int general_sign_without_gain(const struct general *general);

/* NULL is allowed. */
void general_track_octet_free(struct track_octet *track);

/* Room for a sweep's answers. False when memory is out. */
bool general_track_new(struct general *general);

/* Factor the derivatives that equations_evaluate has left. */
enum general_status general_factor(struct general *general);
enum general_status general_factor_finely(struct general *general);

/* step + step_low = -J^-1 F, by the last factor; `twice`: to about twice a double's precision, so that what is linear
 * holds to that afterwards. */
void general_find_step(struct general *general, bool twice);

/* SPICE's itl1: Newton's method at one point; where it has not come to an end by then other ways are taken. */
enum { GENERAL_ITERATIONS = 100 };

/* x, not refined, with the states that there are, of a circuit that is linear with these. */
enum general_status general_solve_straight(struct general *general);

/* Newton's method at lambda, from x; `most` iterations, of GENERAL_ITERATIONS. GENERAL_OK: x is within its last step,
 * to a double's precision. */
enum general_status general_iterate(struct general *general, double lambda, int most);

/* Refine x at lambda = 1 to twice the precision. GENERAL_OK: what is left is rounding; ideal diodes and switches agree
 * with their states. */
enum general_status general_refine(struct general *general);

/* Motions away from x, with the same capacitance at each node. */
struct motions {
    double *d;     /* [n] the direction of one that keeps it */
    double h;      /* s by 1 F: the length of steps in which that grows most; 0: there is none */
    double growth; /* of it, in such a step: the logarithm */
    bool turn;     /* there is one that turns */
};

/* Find them; motions->d is room for [n]. work[3] and work[4] are used. */
enum general_status general_find_motions(struct general *general, struct motions *motions);

/* d [n]: of no direction in particular, the same each time. */
void general_draw_deviation(struct general *general, double *d);

/* V, of x [n] */
double general_largest_potential(const struct equations *equations, const double *x);

/* One step that makes the laws of voltage-defined branches hold again, where x was changed by hand. */
void general_restore_laws(struct general *general);

/* Steps of refinement with the factor that is there. */
void general_refine_on(struct general *general, int steps);

#endif
