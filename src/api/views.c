#include "api/views.h"

#include <stdlib.h>

void views_clear(struct views *views)
{
    while (views->values > 0)
        free(views->value[--views->values]);
    free(views->value);
    free(views->diagnostic);
    free(views->result);
    arena_free(&views->arena);
    *views = (struct views){0};
}
