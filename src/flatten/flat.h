/* What this folder shares: definitions, found once, and frames, one for each open instance of a walk. */
#ifndef OPSPICE_FLAT_H
#define OPSPICE_FLAT_H

#include "flatten/flatten.h"

#include "netlist/cards.h"

#define NO_NUMBER UINT32_MAX

enum { NAME_SHOWN = 80 }; /* bytes of a name in a message */
#define SHOW(word) ((word).length < NAME_SHOWN ? (int)(word).length : NAME_SHOWN), (word).text

/* ---- definitions ---- */

enum parameter_state { PARAMETER_TEXT, PARAMETER_NUMBER, PARAMETER_COMPILED, PARAMETER_WRONG };

/* name = text */
struct parameter {
    struct expression_word name, text;
    enum parameter_state state; /* WRONG: a diagnostic was made, there will be no other */
    bool is_string;             /* "..", which may be a path: looked at only where it is used */
    double number;              /* PARAMETER_NUMBER */
    struct expression expression; /* PARAMETER_COMPILED. What it uses is bound to 1 + the number of the parameter of
                                   * that name in the same scope */
};

struct declaration {
    uint32_t guard; /* the branch of a condition that it is in, or NO_NUMBER */
    uint32_t older; /* the one of the same name before it, or NO_NUMBER */
    const struct card *card;
    union {
        struct parameter *parameter;
        struct expression_function *function; /* argument is NULL where its card is wrong */
        uint32_t definition;
        struct {
            uint32_t number; /* of a shared model; else by frame */
            bool shared;     /* nothing in it depends on the instance */
        } model;
    };
};

/* What is declared in a scope under names. */
struct table {
    struct names names;
    uint32_t *latest; /* [names.count] the last declaration of a name */
    struct declaration *item; /* [count] */
    size_t latest_capacity, count, capacity;
};

/* `.if`, `.elseif` or `.else` with the cards up to the next of its kind: netlist->card[card + 1 .. end). */
struct branch {
    uint32_t card, end;
    uint32_t outer; /* the branch it is in, or NO_NUMBER */
    uint32_t chain; /* the branch of its `.if` */
    bool wrong;     /* a diagnostic was made for its condition; there will be no other */
};

/* What earlier instances of a subcircuit have found out about a card of it. */
struct card_memo {
    uint32_t *binding; /* [card.count] or NULL */
    size_t wrong;      /* the walk in which it had an error: it is passed over there in further instances */
    bool warned;       /* it had warnings */
};

enum table_kind { PARAMETERS, FUNCTIONS, MODELS, SUBCIRCUITS, TABLES };

/* A parameter of a definition, and the value that it has whatever the cards say. */
struct override {
    uint32_t number;
    double value;
};

struct definition {
    const struct card *card; /* .subckt; NULL: the top level, which is definition 0 */
    uint32_t outer;          /* the definition it is in */
    uint32_t guard;          /* the branch of a condition it is in there */
    uint32_t first, last;    /* its cards are netlist->card[first .. last) */
    struct table table[TABLES];
    struct names nodes; /* those of ports, then others as they come by */
    uint32_t *port;     /* [ports] the node of each; NO_NUMBER: what is outside is not connected there */
    size_t ports, port_capacity;
    struct names instances; /* of all X cards, while they are read */
    struct branch *branch;  /* [branches] in order of their cards */
    size_t branches, branch_capacity;
    struct card_memo *memo; /* [last - first], when a walk has come here */
    bool open;         /* a frame is in it */
    struct override *fixed; /* [fixed_count] of flatten_fix; owned */
    size_t fixed_count, fixed_capacity;
};

/* ---- frames ---- */

enum value_state {
    VALUE_UNKNOWN,
    VALUE_OPEN,  /* waits for others */
    VALUE_KNOWN,
    VALUE_WRONG, /* a diagnostic says why */
    VALUE_GIVEN  /* a number, by the instance or by flatten_override: no matter what the cards say */
};

enum { BRANCH_LIVE = 1, BRANCH_TAKEN = 2 /* of an `.if`: one of its branches counts, or none may */ };

struct cell {
    double value;
    uint32_t given; /* one more than the number of what the instance gives; 0: nothing */
    unsigned char state;
};

/* What an instance gives without being asked. */
struct extra {
    struct expression_word name;
    double value;
};

/* What an X card gives. */
struct given {
    struct expression_word name, text;
    uint32_t number;    /* of the parameter in the definition, or NAMES_NONE */
    uint32_t *binding;  /* of the text, or NULL */
    const struct card *card;
    bool is_number;     /* value is known */
    double value;
    const struct expression *expression; /* else, once the frame is open; NULL: it is wrong */
};

/* A node of a frame, by its number in the definition there. It is one of the circuit when an element names it. */
struct inner_node {
    uint32_t number; /* in names; NAMES_NONE: no element has named it yet */
    uint32_t outer;  /* of a port, what is outside: its number in the definition there, or at the top level the length
                      * of its name; NO_NUMBER: it is no port */
    const char *outside; /* at the top level: that name */
};

struct frame {
    uint32_t definition;
    uint32_t at; /* the next card */
    const struct origin *origin;
    size_t cells, models, lives, nodes, extras, givens; /* where its part of flat's stacks begins */
    size_t node_count;
    size_t prefix; /* flat->name[0 .. prefix) is x1.x2. */
    double multiplier;
    bool multiplied; /* an instance gave m */
};

/* What an X card names. */
struct instance {
    const struct arg *name; /* of its subcircuit */
    size_t nodes;           /* whose positions are in flat->position */
    uint32_t definition;
    uint32_t at; /* the word behind */
};

struct flat {
    struct netlist *netlist;
    struct diagnostics *diagnostics;
    double temper; /* degrees Celsius */
    uint64_t seed;
    bool saw_temper, failed;
    size_t walks;
    size_t seen, most; /* cards of instances in this walk, and those that there is memory for */
    bool ended;  /* they are too many: a diagnostic says so */
    struct arena arena;
    struct arena walk; /* of this walk alone: origins, and expressions that are not kept */

    struct definition *definition; /* [definitions] in order of their cards */
    size_t definitions, definition_capacity;
    struct names globals;
    struct hidden {
        uint32_t card, kind;
    } *hidden; /* [hidden_count] cards that have become CARD_NONE */
    size_t hidden_count, hidden_capacity;
    struct override *override; /* [overrides] of definition 0 */
    size_t overrides, override_capacity, kept_overrides;
    struct names amended; /* elements and models of instances (x1.r1, x1:dm) whose cards are others there */
    struct amendment {
        struct card card;
        uint32_t model; /* of a model: its number for the caller */
    } *amendment; /* [amended.count] */
    size_t amendment_capacity;
    struct names visited; /* nodes that come by in a visit */
    struct meters {
        struct names instances; /* of the top level, that have ammeters at their ports */
        bool all;               /* all of them have */
        struct names texts;     /* words of their cards: x1:in, x1#in */
        uint32_t of;            /* the X card that comes next, + 1; 0: none of these */
        struct meter *meter;    /* [count] before it, of which [at] have come by; in the arena of the walk */
        size_t count, at;
        const char *power;      /* x1:power */
        size_t name_length;     /* of x1 */
    } meters;

    /* the walk: one frame for the top level and one for each open instance, and their stacks */
    struct frame *frame; /* [depth] */
    size_t depth, frame_capacity;
    size_t level;      /* the frame whose scope counts, mostly the last one */
    struct cell *cell; /* parameters by their numbers in the definition */
    size_t cells, cell_capacity;
    uint32_t *model; /* numbers of models */
    size_t models, model_capacity;
    unsigned char *live; /* branches of `.if` blocks: BRANCH_LIVE, BRANCH_TAKEN */
    size_t lives, live_capacity;
    struct inner_node *node;
    size_t nodes, node_capacity;
    struct inner_node *port; /* what is outside of those of an X card */
    size_t port_capacity;
    struct names unnamed; /* nodes of instances that no element in them has named */
    struct extra *extra;
    size_t extras, extra_capacity;
    struct given *given;
    size_t givens, given_capacity;
    char *name; /* x1.x2. of the last frame, and so of all */
    size_t name_capacity;
    char *card_name, *node_name; /* what has been put together for the caller */
    size_t card_name_capacity, node_name_capacity;
    struct names *names; /* of the circuit's nodes */

    /* the card that is being looked at */
    const struct card *card; /* or NULL */
    struct card plain;       /* that card, where the netlist has it without its words */
    struct arg word[PLAIN_WORDS];
    struct card_memo *memo;  /* or NULL */
    size_t errors_before, messages_before;

    struct expression **expression; /* [expressions] of cards that come by often; their bindings are numbers + 1 */
    size_t expressions, expression_capacity;
    uint32_t *position; /* of the nodes of an X card */
    size_t position_capacity;
    struct pending {
        size_t level;
        uint32_t number;
    } *pending; /* parameters that wait for others */
    size_t pending_capacity;
};

/* ---- assignments.c ---- */

/* The text of words [first .. end) of a card, of one in quotes without them. */
struct expression_word assignments_text(const struct card *card, uint32_t first, uint32_t end);

/* Is it this word of small letters? */
bool assignments_is_word(const struct arg *arg, const char *word);

/* NAME(..) = .. begins a function; the sign is in the text alone. */
bool assignments_is_function(const struct arg *arg);

/* The word behind the value that begins at word `at`. */
uint32_t assignments_end(const struct card *card, uint32_t at);

/* `name = value` pairs of a card, from word *at on. */
struct assignment {
    const struct arg *name;
    uint32_t position; /* of the value's first word */
    struct expression_word text; /* of the value; length 0: there is none */
    bool is_string;
};

/* Take the next one; false at the end. What is none is a diagnostic; *wrong is set then. */
bool assignments_next(const struct card *card, uint32_t *at, struct assignment *assignment,
                     struct diagnostics *diagnostics, bool *wrong);

/* Take the next word that names a node or a subcircuit, with its parentheses, from word *at on, and set *at behind it.
 * NULL at a key, at `params:` and at the end. */
const struct arg *assignments_node(const struct card *card, uint32_t *at, size_t *length);

/* ---- declarations.c: a card within a definition; guard is the branch that it stands in, or NO_NUMBER ---- */

/* Declare a name; NULL when memory is out. */
struct declaration *declarations_add(struct table *table, const char *text, size_t length, const struct card *card,
                                     uint32_t guard);

/* The declaration of that name that stands in no condition, or NULL. */
const struct declaration *declarations_unguarded(const struct table *table, const char *text, size_t length);

/* NAME=VALUE. False when memory is out, as with those below. */
bool declarations_parameter(struct flat *flat, struct definition *definition, const struct card *card, uint32_t guard,
                            const struct assignment *assignment);

/* .param NAME=VALUE ..; also NAME(ARGUMENT, ..)=VALUE, which is a function. */
bool declarations_read_param(struct flat *flat, struct definition *definition, const struct card *card,
                             uint32_t guard);

/* Is it a name that expressions know without a parameter of it: temper, vt? */
bool parameters_is_given(const char *text, size_t length);

/* .func NAME(ARGUMENT, ..) = EXPRESSION */
bool declarations_read_func(struct flat *flat, struct definition *definition, const struct card *card, uint32_t guard);

/* .step: the parameter that a .step card names, with its first value, where nothing else declares it. */
bool declarations_read_step(struct flat *flat, struct definition *definition, const struct card *card);

/* .model NAME TYPE .. */
bool declarations_read_model(struct flat *flat, struct definition *definition, const struct card *card,
                             uint32_t guard);

/* Safe on a zeroed table. */
void declarations_free(struct table *table);

/* ---- definitions.c ---- */

/* Read all definitions. False when memory is out. */
bool definitions_read(struct flat *flat);

void definitions_free(struct flat *flat);

/* The branch of a definition that begins with this card. */
uint32_t definitions_branch(const struct definition *definition, uint32_t card);

/* The definition that begins with this card of the netlist. */
uint32_t definitions_at(const struct flat *flat, uint32_t card);

/* ---- frames.c ---- */

/* Open a frame in a definition. Its parameters have no values yet, its nodes no numbers. False when memory is out. */
bool frames_push(struct flat *flat, uint32_t number, struct frame frame);

/* Look from the scope of a frame. */
void frames_look_from(struct flat *flat, size_t level);

/* Close the last one. */
void frames_pop(struct flat *flat);

/* The declaration of that number that counts in a frame, or NULL. */
struct declaration *frames_declaration(const struct flat *flat, const struct table *table, size_t level, uint32_t name);

/* The declaration of a name in the definition of a frame or in what that is defined in; *level becomes the frame's of
 * the scope that has it. NULL: there is none. */
struct declaration *frames_look_up(const struct flat *flat, enum table_kind kind, const char *text, size_t length,
                                   size_t *level);

/* ---- parameters.c ---- */

/* Compile what the last frame is given. False when memory is out. */
bool parameters_compile_given(struct flat *flat);

/* Evaluate it. False where something of it is wrong. */
bool parameters_evaluate_given(struct flat *flat);

/* Look at all parameters of the top level, so that mistakes in those that nobody uses are found. */
void parameters_check(struct flat *flat);

/* ---- if_blocks.c ---- */

/* Decide which branches count in the last frame. */
void if_blocks_decide(struct flat *flat);

/* At the top level: hide the cards in branches that do not count, so that nobody else needs to know of them.
 * False when memory is out. */
bool if_blocks_hide(struct flat *flat);

/* Undo it. */
void if_blocks_show(struct flat *flat);

/* ---- instances.c ---- */

/* Read what an X card names. False where it is wrong, which was reported, or memory is out. */
bool instances_read(struct flat *flat, const struct card *card, struct instance *instance);

/* An X card: open a frame for what is in it. False where it is wrong, or memory is out; the frame may be open then. */
bool instances_open(struct flat *flat, const struct card *card);

/* ---- meters.c ---- */

enum { METER_WORDS = 4 };

struct meter {
    struct card card; /* its first word is the instance's name, which is its place */
    struct arg word[METER_WORDS];
    const char *name; /* x1:in; x1: from the first of two ports to the second */
    size_t port;      /* 0: the first; METER_THROUGH */
};

/* The ammeter whose card this is, or NULL. */
const struct meter *meters_find(const struct flat *flat, const struct card *card);

/* Has the instance of an X card ammeters at its ports? */
bool meters_are_at(struct flat *flat, const struct card *card);

/* The card of the next ammeter before this X card, number `number` of the netlist; NULL: there is none, or no more. */
const struct card *meters_next(struct flat *flat, const struct card *card, uint32_t number);

/* The node between an ammeter and the port, at the top level. NULL when memory is out. */
const char *meters_node(struct flat *flat, const struct card *card, const struct definition *definition, size_t port);

void meters_free(struct flat *flat);

/* ---- amendments.c ---- */

/* A walk begins. */
void amendments_begin(struct flat *flat);

/* What has been said of the current card, and of a model that was found, takes its place. */
void amendments_of_card(struct flat *flat);
void amendments_of_model(struct flat *flat, struct flat_model *model);

/* ---- card_count.c ---- */

/* How many cards there is memory for. */
size_t card_count_limit(void);

/* Count a card of an instance, or an instance. False: they are or will be more than there is memory for, which is an
 * error at the card and ends the walk; or memory is out. */
bool card_count_allows(struct flat *flat, const struct card *card);

/* ---- resolve.c ---- */

/* Is it the name of a `.global` node? */
bool resolve_is_global(const struct flat *flat, const char *text, size_t length);

/* What a word of the last frame names as a node, before it is one of the circuit: number is 0 at ground, else
 * NAMES_NONE; outer and outside are as a port has them that is connected there. False when memory is out. */
bool resolve_node(struct flat *flat, const char *text, size_t length, uint32_t *binding, struct inner_node *node);

/* The last frame is closed: remember what no element of it has named. */
void resolve_unnamed(struct flat *flat);

/* Behind the brace that closes the one at `at`, or NULL. */
const char *resolve_behind_braces(const char *at, const char *end);

/* An error at a word. */
static inline void flat_complain(struct flat *flat, const struct arg *arg, const char *what)
{
    diagnose(flat->diagnostics, ERROR_DEFINITION, arg->text, arg->length, "%s", what);
}

static inline struct frame *frames_last(const struct flat *flat)
{
    return &flat->frame[flat->depth - 1];
}

/* Reserve room in a stack of flat; where memory is out, say so. */
#define RESERVE(flat, stack, capacity, need) \
    (array_reserve(&(flat)->stack, &(flat)->capacity, need, sizeof *(flat)->stack) || ((flat)->failed = true, false))

#endif
