/* Which branches of `.if` blocks count. */
#include "flatten/flat.h"

#include "util/array.h"

static bool holds(struct flat *flat, struct branch *branch)
{
    const struct card *card = &flat->netlist->card[branch->card];
    const struct arg *name = card->arg;
    double value = 0.0;
    if (card->kind == CARD_ELSE)
        return true;
    if (branch->wrong)
        return false;
    if (card->count < 2)
        diagnose(flat->diagnostics, ERROR_VALUE_EXPECTED, name->text, name->length, "the condition is missing");
    struct expression_word text = assignments_text(card, 1, card->count);
    branch->wrong = card->count < 2 || !flatten_value(flat, card, text, NULL, &value);
    return value != 0.0;
}

/* A branch that is not decided yet does not count, so that a condition cannot depend on what it decides. */
void if_blocks_decide(struct flat *flat)
{
    const struct frame *frame = &flat->frame[flat->depth - 1];
    const struct definition *definition = &flat->definition[frame->definition];
    unsigned char *live = flat->live + frame->lives;
    for (size_t b = 0; b < definition->branches; b++) {
        struct branch *branch = &definition->branch[b];
        if ((branch->outer != NO_NUMBER && !(live[branch->outer] & BRANCH_LIVE)) || live[branch->chain] & BRANCH_TAKEN)
            continue;
        if (holds(flat, branch))
            live[b] |= BRANCH_LIVE;
        if (live[b] & BRANCH_LIVE || branch->wrong)
            live[branch->chain] |= BRANCH_TAKEN;
    }
    for (size_t p = 0; definition->branches > 0 && p < definition->table[PARAMETERS].names.count; p++) {
        struct cell *cell = &flat->cell[frame->cells + p];
        if (cell->state != VALUE_GIVEN)
            cell->state = VALUE_UNKNOWN;
    }
}

/* ---- at the top level ---- */

static bool hide(struct flat *flat, uint32_t card)
{
    if (!RESERVE(flat, hidden, hidden_capacity, flat->hidden_count + 1))
        return false;
    flat->hidden[flat->hidden_count++] = (struct hidden){card, flat->netlist->card[card].kind};
    flat->netlist->card[card].kind = CARD_NONE;
    return true;
}

bool if_blocks_hide(struct flat *flat)
{
    const struct definition *top = flat->definition;
    for (size_t b = 0; b < top->branches; b++) {
        if (flat->live[b] & BRANCH_LIVE)
            continue;
        for (uint32_t c = top->branch[b].card + 1; c < top->branch[b].end; c++)
            if (flat->netlist->card[c].kind != CARD_NONE && !hide(flat, c))
                return false;
    }
    return true;
}

void if_blocks_show(struct flat *flat)
{
    while (flat->hidden_count > 0) {
        struct hidden hidden = flat->hidden[--flat->hidden_count];
        flat->netlist->card[hidden.card].kind = (uint8_t)hidden.kind;
    }
}
