/* Formulas: what .print, .plot and .measure ask for, expressions over the vectors of a plot. */
#ifndef OPSPICE_FORMULA_H
#define OPSPICE_FORMULA_H

#include "analysis/lookup.h"
#include "analysis/plot.h"
#include "elaborate/card_reader.h"
#include "util/letters.h"

/* What names can mean in a formula: vectors that `let` has made, those of a circuit, then parameters of the netlist. */
struct formula_scope {
    const struct circuit *circuit;       /* may be NULL */
    struct flat *flat;                   /* whose parameters count; may be NULL */
    const struct plot *plot, *constants; /* whose own vectors count, before those of the circuit and after; or NULL */
    /* The plot of that name, as in op1.v(a), or NULL. May itself be NULL: there are none. */
    struct plot *(*named)(void *data, const char *name, size_t length);
    void *data;
    struct random *random; /* for gauss and its like; NULL: they give their nominal value */
    bool refuses_plus;     /* see struct expression_syntax */
};

/* Where the values of a use lie: value[point * stride]; beyond the last of count values that one goes on. */
struct operand {
    const double *value; /* NULL: the points' own numbers, 0, 1, .. */
    size_t stride, count;
    bool failed; /* a diagnostic has said why there is none */
};

struct formula {
    const char *name; /* heads its column: in lower case, NUL-terminated; NULL: that of its vector */
    struct expression expression; /* EXPRESSION_VECTOR */
    struct vector *vector;        /* [expression.uses] what each use means */
    struct plot **plot;           /* [expression.uses] that was named; NULL: the one that it is bound to */
    struct whole **whole;         /* [expression.uses] of VECTOR_WHOLE, else NULL */
    double *number;               /* [expression.uses] of VECTOR_PARAMETER its value */
    struct operand *operand;      /* [expression.uses] in the plot that it was bound to last */
    struct random *random;
    enum formula_word {
        FORMULA_TYPED,
        FORMULA_OF_ALL, FORMULA_OF_ALLV, FORMULA_OF_ALLI /* one of those that all, allv, alli stand for */
    } word;
    size_t of_word; /* those that one word stands for have the same number; 0: it stands for itself */
};

/* What is worked out of all points of a formula: mean(v(a)), v(a)[3]. */
enum whole_kind {
    WHOLE_ELEMENT, WHOLE_LENGTH, WHOLE_MEAN, WHOLE_DEVIATION, WHOLE_MAXIMUM, WHOLE_MINIMUM,
    WHOLE_DERIVATIVE, /* deriv(y), by the scale of its plot */
    WHOLE_NUMBERS, /* vector(n): 0 .. n - 1 */
    WHOLE_ONES,    /* unitvec(n) */
    WHOLE_VALUES,      /* values_of(x): x */
    WHOLE_SLICE,       /* v(a)[1,3] */
    WHOLE_NORM,        /* divided by the largest magnitude */
    WHOLE_INTEGRAL,    /* from the first point, by the scale of its plot: the trapezoidal rule */
    WHOLE_AVERAGE,     /* of all points up to each */
    WHOLE_INTERPOLATE, /* from the scale of its plot to that of the current one, straight */
    WHOLE_ORDER,       /* sortorder(x): the numbers of the points in the order of their rising values */
    WHOLE_DIFFERENCE,  /* vecd(x): from the point before to the one behind; at the ends from or to themselves */
    WHOLE_UNIFORM,     /* sunif(x): a random number in [-1, 1) for each point of x */
    WHOLE_NORMAL,      /* sgauss(x): with mean 0 and standard deviation 1 */
    WHOLE_WHOLE_NUMBER, /* rnd(x): a whole one from 0 to below x */
    WHOLE_POISSON,     /* poisson(x): of expectation x */
    WHOLE_EXPONENTIAL  /* exponential(x): of mean x */
};

/* Where minimum(v(*)) and its like are reached first. */
struct extreme {
    const struct plot *in; /* NULL: the formula is not made of one of these */
    struct vector vector;
    size_t point;
};

struct whole {
    enum whole_kind kind;
    struct formula of, index, last; /* index: of WHOLE_ELEMENT and WHOLE_SLICE; last: of WHOLE_SLICE */
    /* Of minimum(v(*)) and its like, in place of `of`: all that is looked over, at all points. */
    struct vector *each;          /* [eachs]; none: `of` is it */
    size_t *column;               /* [eachs] of each in the plot `in`, where it was bound last */
    size_t eachs;
    struct shape from, shape; /* of `of`, and of what an index takes of it */
    struct plot *named, *in;      /* named: the plot that they are of, or NULL: the one at hand */
    double value;             /* where it was bound */
    struct extreme extreme;
    const double *scale;      /* WHOLE_DERIVATIVE: what it is differentiated by; NULL: the points' own numbers */
    size_t block;             /* in stretches of so many points; 0: all */
    struct arena *arena;      /* of the formulas: for what is worked out at each point */
    double *computed;         /* [capacity] the same, where it was bound last; NULL: nothing yet */
    size_t capacity;
};

/* A growing list; the formulas' parts are in the arena. */
struct formulas {
    struct formula *item; /* [count] */
    size_t count, capacity;
    bool keeps_blanks; /* in names, one where some are */
    struct arena arena;
};

/* May the byte stand between formulas that follow each other? */
static inline bool formula_is_gap(char byte)
{
    return is_space(byte) || byte == ',';
}

/* Is it a vector and nothing else? */
bool formula_is_vector(const struct formula *formula);

/* In the plot that the formula was bound to last. */
struct extreme formula_extreme(const struct formula *formula);

/* Its text as a name: in lower case, without blanks; lives as long as the formulas. NULL when memory is out. */
const char *formula_text(struct formulas *formulas, const struct formula *formula);

/* A text as such a name; it lives as long as the formulas. NULL when memory is out. */
const char *formulas_name(struct formulas *formulas, struct expression_word text);

/* Take the rest of a card as formulas: expressions, in quotes or braces or not; all, allv, alli and v(*) stand for many
 * vectors; name=par('...') names its column. Mistakes are diagnostics. False when memory is out. */
bool formulas_read(struct formulas *formulas, struct card_reader *reader, const struct formula_scope *scope,
                   struct diagnostics *diagnostics);

/* Take one formula from a text that holds nothing else; name: of its column, or empty. False when memory is out. */
bool formulas_read_text(struct formulas *formulas, struct expression_word text, struct expression_word name,
                        const struct formula_scope *scope, struct diagnostics *diagnostics);

/* Take one formula, or one word for many, from the beginning of a text; *used: its bytes, 0 where it is wrong. False
 * when memory is out. */
bool formulas_read_first(struct formulas *formulas, struct expression_word text, const struct formula_scope *scope,
                         struct diagnostics *diagnostics, size_t *used);

/* Is the word the name of one vector, whatever signs it has? */
bool formulas_has_name(struct expression_word word, const struct formula_scope *scope);

/* Take a word that is the name of one vector, whatever signs it has; *is_name: it is one. False when memory is out. */
bool formulas_add_name(struct formulas *formulas, struct expression_word word, const struct formula_scope *scope,
                       bool *is_name);

/* Take one formula from where the reader stands, before `limit` (NULL: the card's end), and set it behind that. False
 * when memory is out. */
bool formulas_read_next(struct formulas *formulas, struct card_reader *reader, const char *limit,
                        const struct formula_scope *scope, struct diagnostics *diagnostics);

/* Is that the name of a function of all points? */
bool whole_is_function(const char *text, size_t length);

/* Is it one number of all values: mean, maximum and the like? */
bool whole_is_tally(enum whole_kind kind);

/* Its kind. */
enum whole_kind whole_find(const char *text, size_t length);

/* Include the vectors that the formula uses. False when memory is out. */
bool formula_needs(const struct formula *formula, struct vectors *vectors);

/* Find the values of its vectors in a plot that has recorded them, and in the plot of constants (NULL: it uses none).
 * What is worked out of all points and has no value there is an error at its place. */
void formula_bind(struct formula *formula, struct plot *plot, const struct plot *constants,
                  struct diagnostics *diagnostics);

/* How many values it has where it is bound: the most of any of its vectors, 1 without vectors. */
size_t formula_length(const struct formula *formula);

/* Its value at a point of that plot. False with a diagnostic where there is none. */
bool formula_value(const struct formula *formula, size_t point, struct diagnostics *diagnostics, double *value);

/* Safe on a zeroed struct; leaves it zeroed. */
void formulas_free(struct formulas *formulas);

#endif
