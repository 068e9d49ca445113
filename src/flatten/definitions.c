/* Definitions: one pass over the cards finds subcircuits and `.if` blocks, and what is declared in each. */
#include "flatten/flat.h"

#include "util/array.h"
#include <stdlib.h>
#include <string.h>

/* What is open at a card: a subcircuit or a branch of a condition. */
struct block {
    uint32_t card;       /* that opened it */
    uint32_t definition; /* that its cards belong to */
    uint32_t branch;     /* of that definition, or NO_NUMBER */
    bool is_condition;
};

struct reader {
    struct flat *flat;
    struct block *block; /* [blocks] the first one is the top level */
    size_t blocks, block_capacity;
};
/* ---- subcircuits ---- */

/* Of a name that stands twice the first one counts, and ground is ground without being a port. */
static bool read_ports(struct flat *flat, struct definition *definition, const struct card *card, uint32_t *at)
{
    size_t length;
    const struct arg *port;
    while ((port = assignments_node(card, at, &length))) {
        bool is_new = true, is_ground = node_is_ground(port->text, length);
        uint32_t node = is_ground ? NO_NUMBER : names_add(&definition->nodes, port->text, length, &is_new);
        if ((!is_ground && node == NAMES_NONE) ||
            !array_reserve(&definition->port, &definition->port_capacity, definition->ports + 1,
                           sizeof *definition->port))
            return false;
        definition->port[definition->ports++] = is_new ? node : NO_NUMBER;
        if (!is_new || is_ground)
            diagnose(flat->diagnostics, WARNING_PORT_NOT_CONNECTED, port->text, length,
                     is_new ? "ground as a port: it is ground inside, and what is outside is not connected to it"
                            : "a second port of this name: what is outside is not connected to it");
    }
    return true;
}

/* The parameters behind the ports, `params:` before them or not. */
static bool read_defaults(struct flat *flat, struct definition *definition, const struct card *card, uint32_t at)
{
    struct assignment assignment;
    bool wrong = false;
    while (assignments_next(card, &at, &assignment, flat->diagnostics, &wrong))
        if (!declarations_parameter(flat, definition, card, NO_NUMBER, &assignment))
            return false;
    return true;
}

static bool open_block(struct reader *reader, struct block block)
{
    if (!array_reserve(&reader->block, &reader->block_capacity, reader->blocks + 1, sizeof *reader->block))
        return false;
    reader->block[reader->blocks++] = block;
    return true;
}

/* `.subckt NAME PORT .. PARAMETER=DEFAULT ..`: all that follows is in it. */
static bool begin_subcircuit(struct reader *reader, uint32_t number)
{
    struct flat *flat = reader->flat;
    const struct card *card = &flat->netlist->card[number];
    const struct block *block = &reader->block[reader->blocks - 1];
    uint32_t outer = block->definition, guard = block->branch, own = (uint32_t)flat->definitions;
    if (!array_reserve(&flat->definition, &flat->definition_capacity, flat->definitions + 1, sizeof *flat->definition))
        return false;
    struct definition *definition = &flat->definition[flat->definitions++];
    *definition = (struct definition){
        .card = card, .outer = outer, .guard = guard, .first = number + 1, .last = number + 1};
    if (!open_block(reader, (struct block){.card = number, .definition = own, .branch = NO_NUMBER}))
        return false;
    if (card->count < 2 || card->arg[1].length == 0 ||
        (card->arg[1].kind != ARG_WORD && card->arg[1].kind != ARG_GROUP)) {
        flat_complain(flat, card->arg, "the subcircuit has no name");
        return true;
    }
    const struct arg *name = &card->arg[1];
    uint32_t at = 2;
    if (!read_ports(flat, definition, card, &at) || !read_defaults(flat, definition, card, at))
        return false;
    struct table *table = &flat->definition[outer].table[SUBCIRCUITS];
    const struct declaration *first =
        guard == NO_NUMBER ? declarations_unguarded(table, name->text, name->length) : NULL;
    if (first) {
        diagnose(flat->diagnostics, WARNING_DUPLICATE_SUBCIRCUIT, name->text, name->length,
                 "a second subcircuit named %.*s: the first one is used", SHOW(*name));
        diagnose(flat->diagnostics, NOTE, first->card->arg[1].text, first->card->arg[1].length,
                 "the first one is here");
        return true;
    }
    struct declaration *item = declarations_add(table, name->text, name->length, card, guard);
    if (item)
        item->definition = own;
    return item;
}

static void not_closed(struct flat *flat, const struct block *block)
{
    const struct card *card = &flat->netlist->card[block->card];
    const struct arg *name = &card->arg[card->count > 1 && !block->is_condition];
    if (block->is_condition)
        flat_complain(flat, name, "the condition is not closed by `.endif`");
    else
        diagnose(flat->diagnostics, ERROR_SUBCIRCUIT_NOT_CLOSED, name->text, name->length,
                 "the subcircuit %.*s is not closed by `.ends`", SHOW(*name));
}

static void end_branch(struct reader *reader, uint32_t number)
{
    const struct block *block = &reader->block[reader->blocks - 1];
    reader->flat->definition[block->definition].branch[block->branch].end = number;
}

/* Close the last block before card `number`; missing: it should have been closed before. */
static void close_block(struct reader *reader, uint32_t number, bool missing)
{
    const struct block *block = &reader->block[reader->blocks - 1];
    if (missing)
        not_closed(reader->flat, block);
    if (block->is_condition)
        end_branch(reader, number);
    else
        reader->flat->definition[block->definition].last = number;
    reader->blocks--;
}

/* The block of the subcircuit that `.ends [NAME]` closes: the last one, or one around it of that name; 0: none. */
static size_t ended_block(const struct reader *reader, const struct arg *name)
{
    const struct card *cards = reader->flat->netlist->card;
    size_t last = 0;
    for (size_t b = reader->blocks - 1; b > 0; b--) {
        const struct card *card = &cards[reader->block[b].card];
        if (reader->block[b].is_condition)
            continue;
        last = last ? last : b;
        if (!name || (card->count > 1 && card->arg[1].length == name->length &&
                      strncasecmp(card->arg[1].text, name->text, name->length) == 0))
            return b;
    }
    return last;
}

static void end_subcircuit(struct reader *reader, uint32_t number)
{
    struct flat *flat = reader->flat;
    const struct card *card = &flat->netlist->card[number];
    const struct arg *name = card->count > 1 ? &card->arg[1] : NULL;
    size_t block = ended_block(reader, name);
    if (block == 0) {
        flat_complain(flat, card->arg, "`.ends` without `.subckt`");
        return;
    }
    while (reader->blocks > block + 1)
        close_block(reader, number, true);
    const struct card *opened = &flat->netlist->card[reader->block[block].card];
    if (name && opened->count > 1 &&
        (opened->arg[1].length != name->length || strncasecmp(opened->arg[1].text, name->text, name->length) != 0))
        diagnose(flat->diagnostics, WARNING_ENDS_OF_ANOTHER, name->text, name->length,
                 "this ends the subcircuit %.*s, not %.*s", SHOW(opened->arg[1]), SHOW(*name));
    close_block(reader, number, false);
}

/* ---- `.if` blocks ---- */

static bool add_branch(struct reader *reader, uint32_t number, uint32_t outer, uint32_t chain, uint32_t *branch)
{
    struct definition *definition = &reader->flat->definition[reader->block[reader->blocks - 1].definition];
    if (!array_reserve(&definition->branch, &definition->branch_capacity, definition->branches + 1,
                       sizeof *definition->branch))
        return false;
    *branch = (uint32_t)definition->branches++;
    definition->branch[*branch] = (struct branch){
        .card = number, .end = number + 1, .outer = outer, .chain = chain == NO_NUMBER ? *branch : chain};
    return true;
}

static bool begin_condition(struct reader *reader, uint32_t number)
{
    struct block block = reader->block[reader->blocks - 1];
    uint32_t branch;
    if (!add_branch(reader, number, block.branch, NO_NUMBER, &branch))
        return false;
    return open_block(reader, (struct block){number, block.definition, branch, true});
}

/* .elseif, .else */
static bool next_branch(struct reader *reader, uint32_t number)
{
    struct flat *flat = reader->flat;
    struct block *block = &reader->block[reader->blocks - 1];
    struct card *card = &flat->netlist->card[number];
    if (!block->is_condition) {
        flat_complain(flat, card->arg, "a branch without `.if`");
        card->kind = CARD_NONE;
        return true;
    }
    struct branch before = flat->definition[block->definition].branch[block->branch];
    if (flat->netlist->card[before.card].kind == CARD_ELSE)
        flat_complain(flat, card->arg, "a branch behind `.else`");
    end_branch(reader, number);
    return add_branch(reader, number, before.outer, before.chain, &block->branch);
}

static void end_condition(struct reader *reader, uint32_t number)
{
    if (reader->block[reader->blocks - 1].is_condition)
        close_block(reader, number, false);
    else
        flat_complain(reader->flat, reader->flat->netlist->card[number].arg, "`.endif` without `.if`");
}

/* ---- other cards ---- */

static bool read_globals(struct flat *flat, const struct card *card)
{
    uint32_t at = 1;
    size_t length;
    const struct arg *node;
    while ((node = assignments_node(card, &at, &length)))
        if (!node_is_ground(node->text, length) && names_add(&flat->globals, node->text, length, NULL) == NAMES_NONE)
            return false;
    return true;
}

/* Elements of two instances of one name would have the same names. */
static bool read_instance(struct flat *flat, struct definition *definition, struct card *card, uint32_t guard)
{
    const struct arg *name = card->arg;
    bool is_new;
    if (guard != NO_NUMBER)
        return true;
    if (names_add(&definition->instances, name->text, name->length, &is_new) == NAMES_NONE)
        return false;
    if (!is_new) {
        diagnose(flat->diagnostics, ERROR_DUPLICATE_INSTANCE, name->text, name->length, "a second instance named %.*s",
                 SHOW(*name));
        card->kind = CARD_NONE;
    }
    return true;
}

/* What asks for something is of the whole netlist, and .options are wherever they stand. */
static void leave_out(struct flat *flat, struct card *card)
{
    if (card->kind < CARD_OP || card->kind == CARD_OPTIONS)
        return;
    diagnose(flat->diagnostics, WARNING_CARD_IN_SUBCIRCUIT, card->arg->text, card->arg->length,
             "%.*s inside of a subcircuit is left out", SHOW(*card->arg));
    card->kind = CARD_NONE;
}

static bool read_card(struct reader *reader, uint32_t number)
{
    struct flat *flat = reader->flat;
    struct card *card = &flat->netlist->card[number];
    const struct block block = reader->block[reader->blocks - 1];
    struct definition *definition = &flat->definition[block.definition];
    switch ((enum card_kind)card->kind) {
    case CARD_MODEL: return declarations_read_model(flat, definition, card, block.branch);
    case CARD_X: return read_instance(flat, definition, card, block.branch);
    case CARD_PARAM: return declarations_read_param(flat, definition, card, block.branch);
    case CARD_FUNC: return declarations_read_func(flat, definition, card, block.branch);
    case CARD_GLOBAL: return read_globals(flat, card);
    case CARD_SUBCKT: return begin_subcircuit(reader, number);
    case CARD_ENDS: end_subcircuit(reader, number); return true;
    case CARD_IF: return begin_condition(reader, number);
    case CARD_ELSEIF:
    case CARD_ELSE: return next_branch(reader, number);
    case CARD_ENDIF: end_condition(reader, number); return true;
    default:
        if (block.definition != 0)
            leave_out(flat, card);
        return true;
    }
}

/* What only .step cards declare, once all others are read. */
static bool read_steps(struct flat *flat)
{
    const struct netlist *netlist = flat->netlist;
    bool done = true;
    for (uint32_t c = 0; done && c < netlist->count; c++)
        if (netlist->card[c].kind == CARD_STEP)
            done = declarations_read_step(flat, flat->definition, &netlist->card[c]);
    return done;
}

bool definitions_read(struct flat *flat)
{
    struct reader reader = {.flat = flat};
    const struct netlist *netlist = flat->netlist;
    bool done = array_reserve(&flat->definition, &flat->definition_capacity, 1, sizeof *flat->definition) &&
                open_block(&reader, (struct block){.branch = NO_NUMBER});
    if (done) {
        flat->definitions = 1;
        *flat->definition =
            (struct definition){.guard = NO_NUMBER, .outer = NO_NUMBER, .last = (uint32_t)netlist->count};
    }
    for (uint32_t c = 0; done && c < netlist->count; c++)
        if (netlist->card[c].kind >= CARD_MODEL)
            done = read_card(&reader, c);
    while (done && reader.blocks > 1)
        close_block(&reader, (uint32_t)netlist->count, true);
    done = done && read_steps(flat);
    for (size_t d = 0; d < flat->definitions; d++)
        names_free(&flat->definition[d].instances);
    free(reader.block);
    return done;
}

void definitions_free(struct flat *flat)
{
    for (size_t d = 0; d < flat->definitions; d++) {
        struct definition *definition = &flat->definition[d];
        for (int t = 0; t < TABLES; t++)
            declarations_free(&definition->table[t]);
        names_free(&definition->nodes);
        names_free(&definition->instances);
        free(definition->branch);
        free(definition->port);
        free(definition->memo);
        free(definition->fixed);
    }
    free(flat->definition);
    names_free(&flat->globals);
}

/* ---- finding by card ---- */

uint32_t definitions_branch(const struct definition *definition, uint32_t card)
{
    size_t low = 0, high = definition->branches;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (definition->branch[middle].card <= card)
            low = middle;
        else
            high = middle;
    }
    return (uint32_t)low;
}

uint32_t definitions_at(const struct flat *flat, uint32_t card)
{
    size_t low = 0, high = flat->definitions;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (flat->definition[middle].first <= card + 1)
            low = middle;
        else
            high = middle;
    }
    return (uint32_t)low;
}
