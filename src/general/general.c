#include "general/general_parts.h"

#include "util/array.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Blocks of what only feeds forward are found without what is there along a path; what is singular without it is blamed
 * with it. False when memory is out. */
static bool make_own(struct general *general)
{
    const struct equations *equations = general->equations;
    if (!equations->any_vanishes)
        return true;
    general->own = lu_new_without(equations->n, equations->start, equations->row, equations->vanishes);
    if (!general->own)
        return false;
    if (lu_singular(general->own).reason == LU_STRUCTURE) {
        lu_free(general->own);
        general->own = NULL;
    }
    return true;
}

bool general_choose_pattern(struct general *general, double lambda)
{
    const struct equations *equations = general->equations;
    bool own = general->own && lambda == 1;
    if (!own && !general->on_path)
        general->on_path = lu_new(equations->n, equations->start, equations->row);
    general->lu = own ? general->own : general->on_path;
    return general->lu;
}

struct general *general_new(struct circuit *circuit, struct operating_point *op)
{
    struct general *general = calloc(1, sizeof *general);
    if (!general)
        return NULL;
    general->op = op;
    general->within = true;
    general->equations = equations_new(circuit, op);
    if (general->equations) {
        const struct equations *equations = general->equations;
        size_t n = (size_t)equations->n;
        const struct array_request request[] = {
            {&general->hi, n, sizeof(double)},      {&general->lo, n, sizeof(double)},
            {&general->step, n, sizeof(double)},    {&general->step_low, n, sizeof(double)},
            {&general->moved, n, sizeof(double)},   {&general->reach, n, sizeof(double)},
            {&general->value, (size_t)equations->start[n], sizeof(double)},
            {&general->scale, n, sizeof(double)},   {&general->rest, n, sizeof(struct dd)},
            {&general->work[0], n, sizeof(double)}, {&general->work[1], n, sizeof(double)},
            {&general->work[2], n, sizeof(double)}, {&general->work[3], n, sizeof(double)},
            {&general->work[4], n, sizeof(double)},
        };
        general->block = arrays_new(request, sizeof request / sizeof *request);
        if (general->block && make_own(general) && general_choose_pattern(general, 1) && general_track_new(general))
            return general;
    }
    general_free(general);
    return NULL;
}

void general_watch(struct general *general, struct watch *watch)
{
    general->watch = watch;
}

bool general_is_undecided(struct general *general)
{
    general->fault = (struct general_fault){general->equations->undecided, EQUATIONS_NONE};
    return general->equations->undecided != EQUATIONS_NONE;
}

bool general_is_linear(const struct general *general)
{
    return general->equations->is_linear;
}

bool general_would_be_linear(const struct circuit *circuit)
{
    return equations_are_linear(circuit, true);
}

struct general_fault general_fault(const struct general *general)
{
    return general->fault;
}

struct general_info general_info(const struct general *general)
{
    return general->info;
}

/* ---- ways -------------------------------------------------------------------------------------------------------- */

/* Newton's method from x until nothing changes any more, refined. */
static enum general_status solve(struct general *general)
{
    enum { ROUNDS = 4 }; /* of states that change when x is known better */
    enum general_status status = GENERAL_UNSOLVED;
    for (int round = 0; round < ROUNDS && status == GENERAL_UNSOLVED; round++) {
        status = general_iterate(general, 1, GENERAL_ITERATIONS);
        if (status == GENERAL_OK)
            status = general_refine(general);
        else if (status == GENERAL_UNSOLVED)
            break;
    }
    return status;
}

enum general_status general_newton(struct general *general)
{
    struct equations *equations = general->equations;
    equations_start(equations, general->op, general->hi, general->lo);
    equations_follow(equations, general->hi);
    enum general_status status = solve(general);
    equations_take(equations, general->hi, general->lo, general->op);
    return status;
}

void general_guess(struct general *general)
{
    size_t size = (size_t)general->equations->n * sizeof(double);
    memset(general->hi, 0, size);
    memset(general->lo, 0, size);
    equations_follow(general->equations, general->hi);
    equations_begin(general->equations);
}

enum general_status general_begin(struct general *general)
{
    general_guess(general);
    general->equations->holds_off = equations_any_off(general->equations);
    if (general->equations->holds_off) /* where it does not converge it has led somewhere all the same */
        general_iterate(general, 1, GENERAL_ITERATIONS);
    general->equations->holds_off = false;
    enum general_status status = solve(general);
    equations_take(general->equations, general->hi, general->lo, general->op);
    return status;
}

enum general_status general_hold(struct general *general, const struct nodeset *held, size_t helds)
{
    struct equations *equations = general->equations;
    memset(general->hi, 0, (size_t)equations->n * sizeof *general->hi);
    memset(general->lo, 0, (size_t)equations->n * sizeof *general->lo);
    for (size_t h = 0; h < helds; h++)
        if (held[h].node != GROUND)
            general->hi[held[h].node - 1] = held[h].volts;
    equations_follow(equations, general->hi);
    general->held = held;
    general->helds = helds;
    enum general_status status = general_iterate(general, 1, GENERAL_ITERATIONS);
    general->helds = 0;
    equations_take(equations, general->hi, general->lo, general->op);
    return status;
}

void general_polish(struct general *general)
{
    enum { STEPS = 8 };
    struct equations *equations = general->equations;
    equations_start(equations, general->op, general->hi, general->lo);
    general_refine_on(general, STEPS);
    equations_take(equations, general->hi, general->lo, general->op);
}

bool general_restore(struct general *general)
{
    struct equations *equations = general->equations;
    equations_start(equations, general->op, general->hi, general->lo);
    if (!equations_take_still(equations, general->hi, general->lo, general->op))
        return false;
    general_restore_laws(general);
    return equations_take_still(equations, general->hi, general->lo, general->op);
}

void general_round(struct general *general, double alike)
{
    const double nothing = 1e-25; /* of the largest current */
    struct equations *equations = general->equations;
    double largest = 0;
    for (uint32_t e = 0; e < equations->circuit->elements.count; e++)
        largest = fmax(largest, fabs(general->op->current[e]));
    equations_start(equations, general->op, general->hi, general->lo);
    equations_round(equations, alike, fmax(alike, nothing) * largest, general->hi, general->lo);
    equations_take(equations, general->hi, general->lo, general->op);
}

void general_forget_responses(struct general *general)
{
    general->responds = false;
}

bool general_follow_sources(struct general *general)
{
    return equations_follow_sources(general->equations);
}

/* ---- signs ------------------------------------------------------------------------------------------------------- */

/* Without gain J is [G B; B' -R]: G positive definite, R >= 0, a row for each source and controlled voltage. Its
 * determinant has the sign of det G det -(R + B' G^-1 B). Rows of ideal diodes are such that they do not count. */
static int sign_without_gain(const struct equations *equations)
{
    int sign = 1;
    for (uint32_t q = equations->nodes; q < (uint32_t)equations->n; q++) {
        uint32_t e = equations->owner[q - equations->nodes];
        if (!equations->replaced[q] && equations->circuit->element[e].kind != ELEMENT_DIODE)
            sign = -sign;
    }
    return sign;
}

int general_sign_without_gain(const struct general *general)
{
    return sign_without_gain(general->equations);
}

/* The last factor is that of the answer. */
bool general_is_turned(const struct general *general)
{
    return sign_without_gain(general->equations) * lu_sign(general->lu) < 0;
}

void general_free(struct general *general)
{
    if (!general)
        return;
    lu_free(general->own);
    lu_free(general->on_path);
    equations_free(general->equations);
    general_track_octet_free(general->track.octet);
    free(general->track.block);
    free(general->block);
    free(general);
}
