/* Expressions: compiled once from a place in a source text, evaluated many times.
 *
 * One evaluator serves three languages, each with the meaning that ngspice 39 gives it:
 *
 *                          PARAMETER                VECTOR                     BEHAVIOUR
 *   found in               .param {..} '..' .func   .print .measure .control   B sources, par('..')
 *   names                  a, a.b, a[1]             also v(a) v(a,b) i(v1) p(r1) @r1[i] v1#branch
 *   x^y, x**y              |x| to the power y       x to the power y           |x| to the power y
 *   2^3^2                  (2^3)^2                  2^(3^2)                    (2^3)^2
 *   -2^2                   -(2^2)                   -(2^2)                     -(2^2)
 *   2*-2^2                 2*(-2)^2, a warning      2*-(2^2)                   2*-(2^2)
 *   1==2<5                 (1==2)<5                 (1==2)<5                   1==(2<5)
 *   !x^y                   (!x)^y                   !(x^y)                     !(x^y)
 *   x%y                    x - y trunc(x/y)         of floor|x| and floor|y|   as in PARAMETER
 *   pow(x,y)               x to the power y         x to the power y           |x| to the power y
 *   pwr(x,y)               |x| to the power y       sgn(x) |x|^y               sgn(x) |x|^y
 *   exp(x), log(0)         as they are              as they are                at most 1e99; -1e99
 *
 * From loose to tight: ?: | || then & && then == = != <> and < <= > >= then + - then * / % \ then a sign, then ^ **.
 * x\y is trunc |x/y|. All are left-associative but ?: (and ^ in VECTOR). A comparison is 1 or 0; what is not 0 is true.
 * VECTOR also has the words gt lt ge le ne eq and or not, and ~ and not bind looser than + there.
 * Only what decides is evaluated of ?: && || and ternary_fcn(condition,yes,no), so zz ? 1/zz : 0 is well defined.
 *
 * log and ln are natural in all three. Functions of one argument: abs sqrt sqr exp ln log log10 sin cos tan asin acos
 * atan arctan sinh cosh tanh asinh acosh atanh sgn int floor ceil nint (halves to even) u (step, 0.5 at 0) u2 uramp;
 * in BEHAVIOUR eq0 ne0 lt0 le0 gt0 ge0, which compare with 0, and ddt, which is 0 at direct current; of two: min max
 * pow pwr atan2; table(x, x1,y1, ..) constant and pwl(x, x1,y1, ..) straight beyond its ends; limit(x,a,b), the middle
 * one. Random: agauss(nominal,deviation,sigma) gauss(nominal,relative,sigma)
 * aunif(nominal,deviation) unif(nominal,relative) limit(nominal,deviation). VECTOR: mag db par.
 *
 * Otherwise than ngspice 39, which is wrong or silent there: a sign before a name or parenthesis after an operator is
 * that operand's (2*-a+3 is read as 2*a-3); 2*+5, !-1, 2---3 and 1?0?2:3:4 mean what they say; mil and the exponent
 * d are those of number_parse; too few or too many arguments, hexadecimal numbers, `sqrt 4`, `*2`, `1?2`, `1:2`,
 * `(1,2)`, `1#2` are errors; so is each operation without a finite result, also where the whole would have one (but see
 * extremes_pass_over).
 * Spellings of an operator in one language (== = && & ~ **) are taken in all. Braces are parentheses, but for
 * VECTOR. */
#ifndef OPSPICE_EXPRESSION_H
#define OPSPICE_EXPRESSION_H

#include "util/arena.h"
#include "util/diagnostics.h"
#include "util/random.h"
#include <stdbool.h>
#include <stdint.h>

enum expression_language { EXPRESSION_PARAMETER, EXPRESSION_VECTOR, EXPRESSION_BEHAVIOUR };

struct expression_word {
    const char *text; /* place; not NUL-terminated */
    size_t length;
};

/* A function of the user: .func name(argument, ..) = {body}. */
struct expression_function {
    struct expression_word name;
    const struct expression_word *argument; /* [arguments] */
    size_t arguments;
    struct expression_word body;
};

struct expression_syntax {
    enum expression_language language;
    /* The user's function of that name (any case), or NULL: the built-in one. May itself be NULL: there are none. A
     * function stays at its address while it can be called, since that is how recursion is seen. */
    const struct expression_function *(*function)(void *data, const char *text, size_t length);
    void *data;
    /* VECTOR: is that a function of all points of a vector, such as mean? Its call is a use then, and so is v(a)[3].
     * NULL: there are none. */
    bool (*whole)(const char *text, size_t length);
    bool refuses_plus; /* `+` is no sign, as in ngspice's scripts: +1 is a mistake */
};

enum expression_use_kind {
    EXPRESSION_NAME,    /* a: parameter, node, out, v1#branch: what is no call and no number */
    EXPRESSION_VOLTAGE, /* v(a) or v(a,b) */
    EXPRESSION_CURRENT, /* i(a) */
    EXPRESSION_POWER,   /* p(a) */
    EXPRESSION_DEVICE,  /* @a[b] */
    EXPRESSION_WHOLE,   /* a(b), where b is the text of an expression and a one of syntax->whole */
    EXPRESSION_ELEMENT  /* a[b], where a is v(a), i(a), p(a) or an EXPRESSION_WHOLE, and b the text of an expression */
};

/* A value that the expression takes from outside. */
struct expression_use {
    enum expression_use_kind kind;
    struct expression_word whole; /* v(a,b) */
    struct expression_word a, b;  /* length 0 where there is none */
    /* VECTOR: op1 of op1.v(a); length 0 where there is none. In a name like op1.a it is the caller's */
    struct expression_word plot;
    size_t binding;               /* 0 at first; for the caller, who may number here what he has looked up */
};

struct expression {
    struct expression_word source;      /* what was read; in VECTOR maybe less than was given */
    const struct expression_step *step; /* [steps] postfix code */
    struct expression_use *use;         /* [uses] in the order of the text, with those of the functions that it calls;
                                         * what is used twice is there twice */
    size_t steps, uses;
    bool draws; /* it calls for random numbers */
};

enum expression_status {
    EXPRESSION_OK,
    EXPRESSION_WRONG, /* a diagnostic says why */
    EXPRESSION_NO_MEMORY
};

/* Compile source into arena. The first mistake in it is a diagnostic at its place, and ends the reading; one in a
 * function has notes that lead to it. Line ends inside, with comment lines and the `+` of a continuation, are blanks.
 * The texts must live as long as the expression.
 *
 * In VECTOR several expressions may follow each other, `v(a) v(b)-v(c), out`: outside of parentheses one ends at a
 * comma or where an operator is missing, and the rest is the caller's, from source.text + source.length on.
 *
 * Functions are written out where they are called: arguments are evaluated once, other names in the body are those of
 * the caller, as in ngspice. Recursion is an error. Parentheses may be nested without limit; an expression that needs
 * more than EXPRESSION_DEPTH intermediate values is an error; the points of a table or pwl that are numbers are none,
 * however many they are. */
enum expression_status expression_compile(struct expression *expression, const struct expression_syntax *syntax,
                                          struct expression_word source, struct arena *arena,
                                          struct diagnostics *diagnostics);

enum { EXPRESSION_DEPTH = 1000 };

enum expression_answer {
    EXPRESSION_KNOWN,
    EXPRESSION_UNKNOWN, /* a diagnostic is wanted */
    EXPRESSION_FAILED   /* has made its diagnostic already, or needs none */
};

struct expression_scope {
    /* The value of what the expression uses. NULL: nothing is known. */
    enum expression_answer (*value)(void *data, const struct expression_use *use, double *value);
    /* A known name near an unknown one, for "did you mean", or NULL. May itself be NULL. */
    const char *(*nearest)(void *data, const struct expression_use *use);
    void *data;
    struct random *random; /* for gauss and its like; NULL: they give their nominal value */
    bool extremes_pass_over; /* of max and min, the second argument where it is not a number (sqrt(-1)), as in ngspice's
                              * parameters: a warning */
};

/* Evaluate. False when a value is not known or not finite, or an operation has no finite result (division by zero, log
 * of a negative number, overflow): a diagnostic at the name or operation says so, and *value is unchanged. Allocates
 * nothing when all is well; threads may share an expression, not a scope's random or the diagnostics. */
bool expression_evaluate(const struct expression *expression, const struct expression_scope *scope,
                         struct diagnostics *diagnostics, double *value);

#endif
