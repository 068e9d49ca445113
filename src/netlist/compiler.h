/* The compiler of expressions: what it holds, and what its files do for each other.
 *
 * Operator precedence with a stack of what is open: a step is written when what follows binds looser. The stack is on
 * the heap, so nesting costs no recursion; only the body of a function is compiled by a call of its own.
 * Source: Dijkstra 1961, "Algol 60 translation", MR 35: the shunting yard.
 *
 * expression.c reads one lexeme after the other, operands.c what is a value, operators.c what joins values, and
 * compiler.c writes the steps. Each of these functions reports what is wrong by compiler->failed. */
#ifndef OPSPICE_COMPILER_H
#define OPSPICE_COMPILER_H

#include "netlist/expression_code.h"
#include "netlist/lexemes.h"

/* From loose to tight. */
enum level {
    LEVEL_CHOICE = 1,
    LEVEL_OR,
    LEVEL_AND,
    LEVEL_EQUALITY,
    LEVEL_ORDER,
    LEVEL_LOOSE_NOT,
    LEVEL_SUM,
    LEVEL_PRODUCT,
    LEVEL_SIGN,
    LEVEL_POWER,
    LEVEL_TIGHT
};

enum open_kind {
    /* These wait for their second part; what follows closes nothing before them. */
    OPEN_PARENTHESIS,
    OPEN_QUOTE,
    OPEN_CALL,
    OPEN_QUESTION, /* `?` without its `:` yet */
    /* These are written when what follows binds looser. */
    OPEN_OPERATOR, /* step is written */
    OPEN_LAZY      /* && || and the `:` of a choice: step, if any, is written; the jump at `patch` leads behind */
};

struct open {
    unsigned char kind;  /* enum open_kind */
    unsigned char level; /* enum level */
    unsigned char step;  /* enum step_kind; OPEN_LAZY: or STEP_NUMBER for none */
    uint32_t count;      /* OPEN_CALL: commas */
    uint32_t numbers;    /* table, pwl: the arguments behind the first that are numbers, so long as all are */
    size_t patch;        /* OPEN_QUESTION, OPEN_LAZY, ternary_fcn: the jump to complete; table, pwl: the step at which
                          * the latest argument begins */
    struct expression_word word;
    const struct function *function;       /* OPEN_CALL: built in */
    const struct expression_function *own; /* OPEN_CALL: or the user's */
};

/* A call whose body is being compiled. */
struct call {
    const struct expression_function *function;
    struct expression_word word; /* where it is called */
    size_t base;                 /* stack[base..) are its arguments */
    const struct call *caller;   /* NULL: the expression */
    unsigned depth;
};

struct compiler {
    const struct expression_syntax *syntax;
    struct diagnostics *diagnostics;
    struct expression_step *step;
    struct expression_use *use;
    struct open *open;
    size_t steps, uses, opens;
    size_t step_capacity, use_capacity, open_capacity;
    struct function_points *points; /* [n_points] of STEP_LOOK_UP, whose operand is the number; .. */
    double *point;                  /* .. their points one behind the other */
    size_t n_points, n_point, points_capacity, point_capacity;
    size_t height;  /* of the evaluator's stack at this point */
    size_t written; /* lexemes read in bodies */
    bool draws;
    bool failed;    /* a diagnostic was made, or: */
    bool no_memory;
};

/* One text: the expression, or the body of a call. */
struct text {
    struct lexemes lexemes;
    const char *start;
    const struct call *call; /* NULL: the expression */
    size_t first_open;       /* open[first_open..) belong to it */
    bool operand_due;
    bool fresh; /* nothing but an opening parenthesis or comma is before */
    bool done;
};

/* ---- mistakes ---- */

/* Say what is wrong at a word, with that word where the format wants one. */
#define FAIL(compiler, call_, word_, ...)                                                                       \
    do {                                                                                                        \
        diagnose((compiler)->diagnostics, ERROR_EXPRESSION, (word_).text, (word_).length ? (word_).length : 1,    \
                 __VA_ARGS__);                                                                                  \
        compiler_note_calls(compiler, call_);                                                                   \
        (compiler)->failed = true;                                                                              \
    } while (0)

#define SHOW(word) compiler_shown((word).length), (word).text

/* How many bytes of a name of this length a message shows. */
int compiler_shown(size_t length);

/* Notes that lead from the body of a function to where it is called. */
void compiler_note_calls(struct compiler *compiler, const struct call *call);

/* ---- writing ---- */

struct expression_step compiler_step(struct expression_word word, enum step_kind kind, size_t operand);
void compiler_write(struct compiler *compiler, struct expression_step step);

/* A step that pushes a value: not beyond EXPRESSION_DEPTH, but for the number that is all of a point of a table, which
 * leaves the stack again. */
void compiler_push(struct compiler *compiler, const struct text *text, struct expression_word word,
                   struct expression_step step);
void compiler_push_use(struct compiler *compiler, const struct text *text, struct expression_use use);

/* Write a jump and return where it is. The value that it pops, or leaves in one of two ways, is gone. */
size_t compiler_jump(struct compiler *compiler, struct expression_word word, enum step_kind kind);

/* The jump leads here. */
void compiler_land(struct compiler *compiler, size_t jump);

/* ---- what is open ---- */

void compiler_open(struct compiler *compiler, struct open open);

/* The innermost of the text, or NULL. */
struct open *compiler_top(const struct compiler *compiler, const struct text *text);

/* Write what binds tighter than a following operator, or as tight where that is left-associative. */
void compiler_close_above(struct compiler *compiler, const struct text *text, enum level level, bool right);

/* Write all up to the innermost parenthesis or call, which is returned; NULL: there is none, or a mistake. */
struct open *compiler_close_all(struct compiler *compiler, const struct text *text);

/* ---- operands.c ---- */

void operand_number(struct compiler *compiler, const struct text *text, struct expression_word word);
void operand_name(struct compiler *compiler, const struct text *text, struct expression_word word);

/* NAME(, with the parenthesis still to be read. */
void operand_call(struct compiler *compiler, struct text *text, struct expression_word word);

/* Is it of a function whose points may be numbers: table, pwl? */
bool call_has_points(const struct open *call);

/* An argument of the call ends with a comma. */
void call_argument(struct compiler *compiler, const struct text *text, struct open *call);

/* The parenthesis of the call, which is open no more, is closed behind `count` arguments. */
void call_end(struct compiler *compiler, const struct text *text, struct open call, size_t count);

/* ---- operators.c ---- */

struct binary {
    enum level level;
    enum step_kind step;
};

/* What a lexeme is between two operands; level 0: nothing. */
struct binary operator_of(enum expression_language language, enum lexeme_kind kind);

void operator_binary(struct compiler *compiler, struct text *text, struct lexeme lexeme);
void operator_question(struct compiler *compiler, struct text *text, struct expression_word word);
void operator_colon(struct compiler *compiler, struct text *text, struct expression_word word);
void operator_sign(struct compiler *compiler, const struct text *text, struct lexeme lexeme);

/* ---- expression.c ---- */

/* Compile one text, the body of `call` or (NULL) the expression; its value is then on top of the stack. *end is behind
 * what was read of it. */
bool compiler_text(struct compiler *compiler, const struct call *call, struct expression_word source, const char **end);

#endif
