#include "elaborate/model_heirs.h"

#include "elaborate/card_reader.h"
#include "util/letters.h"
#include <string.h>

enum { NAME = 1, TYPE = 2 }; /* words of a .model card */

static const char word[] = "ako:";

static bool begins(const struct arg *arg)
{
    const size_t length = sizeof word - 1;
    if (arg->length < length)
        return false;
    for (size_t q = 0; q < length; q++)
        if (lower(arg->text[q]) != word[q])
            return false;
    return true;
}

static bool alike(const struct arg *one, const struct arg *other)
{
    if (one->length != other->length)
        return false;
    for (uint32_t q = 0; q < one->length; q++)
        if (lower(one->text[q]) != lower(other->text[q]))
            return false;
    return true;
}

/* What `ako:` names, and the number of the card's word behind that. A name that is missing is empty. */
static struct arg other_of(const struct card *card, uint32_t *behind)
{
    const size_t length = sizeof word - 1;
    struct arg other = card->arg[TYPE];
    other.text += length;
    other.length -= length;
    *behind = TYPE + 1;
    if (other.length == 0 && card->count > TYPE + 1)
        other = card->arg[(*behind)++];
    return other;
}

/* The words of `base` and then those of `card` from `from` on, with the name of card and the type of base. NULL when
 * memory is out. */
static const struct card *join(const struct card *base, const struct card *card, uint32_t from, struct arena *arena)
{
    struct card *joined = arena_alloc(arena, sizeof *joined);
    size_t count = base->count + (card->count - from);
    struct arg *arg = joined ? arena_alloc(arena, count * sizeof *arg) : NULL;
    if (!arg)
        return NULL;
    memcpy(arg, base->arg, base->count * sizeof *arg);
    memcpy(arg + base->count, card->arg + from, (card->count - from) * sizeof *arg);
    arg[NAME] = card->arg[NAME];
    *joined = (struct card){.arg = arg, .count = (uint32_t)count, .kind = card->kind};
    return joined;
}

/* Is the type that the card says, if any, that of the model it takes over from? Steps over it. */
static bool same_type(const struct card *card, const struct card *base, uint32_t *from, struct diagnostics *diagnostics)
{
    const struct arg *type = &card->arg[*from], *wanted = &base->arg[TYPE];
    if (*from >= card->count || type->kind == ARG_KEY || type->length == 0)
        return true;
    ++*from;
    if (alike(type, wanted))
        return true;
    diagnose(diagnostics, ERROR_MODEL_TYPE, type->text, type->length,
             "%.*s takes over the parameters of %.*s, which is a model of type %.*s", (int)card->arg[NAME].length,
             card->arg[NAME].text, (int)base->arg[NAME].length, base->arg[NAME].text, (int)wanted->length,
             wanted->text);
    return false;
}

static const struct card *card_at(struct flat *flat, const struct card *card, struct arena *arena,
                                  struct diagnostics *diagnostics, bool *no_memory, int depth)
{
    enum { DEEPEST = 32 };
    if (card->count <= TYPE || !begins(&card->arg[TYPE]))
        return card;
    uint32_t from;
    const struct arg other = other_of(card, &from);
    const struct arg *name = &card->arg[NAME];
    struct flat_model found;
    if (depth == DEEPEST || other.length == 0 || !flatten_model(flat, other.text, other.length, &found)) {
        diagnose(diagnostics, ERROR_UNKNOWN_MODEL, card->arg[TYPE].text, card->arg[TYPE].length,
                 depth == DEEPEST    ? "%.*s takes over its own parameters"
                 : other.length == 0 ? "%.*s: ako: names no model"
                                     : "%.*s: no .model named %.*s",
                 (int)name->length, name->text, (int)other.length, other.text);
        return NULL;
    }
    const struct card *base = card_at(flat, found.card, arena, diagnostics, no_memory, depth + 1);
    if (!base || base->count <= TYPE || !same_type(card, base, &from, diagnostics))
        return NULL;
    const struct card *joined = join(base, card, from, arena);
    *no_memory = !joined;
    return joined;
}

const struct card *model_heirs_card(struct flat *flat, const struct card *card, struct arena *arena,
                                    struct diagnostics *diagnostics, bool *no_memory)
{
    *no_memory = false;
    return card_at(flat, card, arena, diagnostics, no_memory, 0);
}
