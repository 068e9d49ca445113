#include "write/finite.h"

#include <errno.h>
#include <math.h>

bool output_is_finite(const struct output *output)
{
    const struct circuit *circuit = output->circuit;
    bool finite = true;
    if (!output->op)
        return true;
    for (uint32_t node = 0; node < circuit->nodes.count; node++)
        finite = finite && isfinite(output->op->voltage[node]);
    for (uint32_t e = 0; e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        double drop = output->op->voltage[element->a] - output->op->voltage[element->k];
        finite = finite && isfinite(drop * output->op->current[e]);
    }
    if (!finite)
        errno = EDOM;
    return finite;
}
