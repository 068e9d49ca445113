/* Cards that say in one instance what the netlist does not say. */
#include "flatten/flat.h"

#include "util/array.h"
#include <stdlib.h>

bool flatten_amend(struct flat *flat, const char *name, size_t length, const struct card *card)
{
    uint32_t number = names_add(&flat->amended, name, length, NULL);
    if (number == NAMES_NONE || !array_reserve(&flat->amendment, &flat->amendment_capacity, number + (size_t)1,
                                               sizeof *flat->amendment))
        return false;
    flat->amendment[number] = (struct amendment){*card, NAMES_NONE};
    return true;
}

const struct card *flatten_amended(const struct flat *flat, const char *name, size_t length)
{
    uint32_t number = flat->amended.count > 0 ? names_find(&flat->amended, name, length) : NAMES_NONE;
    return number != NAMES_NONE ? &flat->amendment[number].card : NULL;
}

void flatten_drop_amendments(struct flat *flat)
{
    names_free(&flat->amended);
    free(flat->amendment);
    flat->amendment = NULL;
    flat->amendment_capacity = 0;
}

void amendments_begin(struct flat *flat)
{
    for (uint32_t a = 0; a < flat->amended.count; a++)
        flat->amendment[a].model = NAMES_NONE;
}

void amendments_of_card(struct flat *flat)
{
    size_t length;
    const char *name = flat->amended.count > 0 && flat->depth > 1 ? flatten_name(flat, flat->card, &length) : NULL;
    const struct card *amended = name ? flatten_amended(flat, name, length) : NULL;
    if (amended) {
        flat->card = amended;
        flat->memo = NULL;
    }
}

void amendments_of_model(struct flat *flat, struct flat_model *model)
{
    size_t length;
    const char *name = flat->amended.count > 0 && model->level > 0 ? flatten_model_name(flat, model, &length) : NULL;
    uint32_t number = name ? names_find(&flat->amended, name, length) : NAMES_NONE;
    if (number != NAMES_NONE) {
        model->card = &flat->amendment[number].card;
        model->number = &flat->amendment[number].model;
    }
}
