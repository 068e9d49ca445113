/* Part of lu_factor_body.h: one column, its values and its pattern. */

/* x = column k of its block, minus what earlier columns take from it; entries of upper on the way. Returns a sum that
 * bounds what it was computed from, for multipliers of 1. */
static double eliminate(struct LU_NAME *f, int32_t k)
{
    const struct lu_plan *plan = f->plan;
    const struct triangle *lower = &f->lower, *upper = &f->upper;
    NUMBER *x = f->x;
    double sum = 0;
    for (int32_t q = plan->start[k]; q < plan->later[k]; q++) {
        x[plan->entry[q].label] = f->entry[q];
        sum += number_size(f->entry[q]);
    }
    for (int32_t q = upper->start[k]; q < upper->start[k + 1]; q++) {
        int32_t j = upper->row[q];
        NUMBER u = x[f->label[j]];
        x[f->label[j]] = (NUMBER){0};
        upper->value[q] = u;
        if (number_size(u) == 0)
            continue;
        sum += number_size(u);
        for (int32_t r = lower->start[j] + 1; r < lower->start[j + 1]; r++)
            x[lower->row[r]] = number_minus_product(x[lower->row[r]], lower->value[r], u);
    }
    return sum;
}

/* Is all that is left of column k rounding of what it was computed from? */
static bool is_rounding(struct LU_NAME *f, int32_t k)
{
    const struct lu_plan *plan = f->plan;
    const struct triangle *lower = &f->lower, *upper = &f->upper;
    double *magnitude = f->magnitude;
    for (int32_t q = plan->start[k]; q < plan->later[k]; q++)
        magnitude[plan->entry[q].label] = number_size(f->entry[q]);
    for (int32_t q = upper->start[k]; q < upper->start[k + 1]; q++) {
        int32_t j = upper->row[q];
        double u = number_size(upper->value[q]);
        magnitude[f->label[j]] = 0;
        for (int32_t r = lower->start[j] + 1; r < lower->start[j + 1]; r++)
            magnitude[lower->row[r]] += number_size(lower->value[r]) * u;
    }
    bool rounding = true;
    for (int32_t q = lower->start[k]; q < lower->start[k + 1]; q++) {
        int32_t i = lower->row[q];
        rounding = rounding && number_size(f->x[i]) <= ROUNDING * magnitude[i];
    }
    for (int32_t q = plan->start[k]; q < plan->later[k]; q++)
        magnitude[plan->entry[q].label] = 0;
    for (int32_t q = upper->start[k]; q < upper->start[k + 1]; q++)
        for (int32_t r = lower->start[upper->row[q]] + 1; r < lower->start[upper->row[q] + 1]; r++)
            magnitude[lower->row[r]] = 0;
    return rounding;
}

/* Column k of lower from x, which is cleared. */
static void divide_by_pivot(struct LU_NAME *f, int32_t k)
{
    struct triangle *lower = &f->lower;
    NUMBER pivot = f->x[f->label[k]];
    f->pivot[k] = pivot;
    f->x[f->label[k]] = (NUMBER){0};
    for (int32_t q = lower->start[k] + 1; q < lower->start[k + 1]; q++) {
        lower->value[q] = number_quotient(f->x[lower->row[q]], pivot);
        f->x[lower->row[q]] = (NUMBER){0};
    }
}

static void clear_column(struct LU_NAME *f, int32_t k)
{
    for (int32_t q = f->lower.start[k]; q < f->lower.start[k + 1]; q++)
        f->x[f->lower.row[q]] = (NUMBER){0};
}

/* ---- the reach of a column --------------------------------------------------------------------------------------- */

/* Follow columns of lower from a pivot that column k has an entry in. A step is left when all that depend on it are:
 * reach is filled from its end. Rows without a pivot join column k of lower. */
static void reach_from(struct LU_NAME *f, int32_t k, int32_t first, int32_t *top)
{
    struct triangle *lower = &f->lower;
    int32_t depth = 0;
    f->stack[0] = first;
    f->next[0] = lower->start[first] + 1;
    while (depth >= 0) {
        int32_t j = f->stack[depth], q = f->next[depth], enter = NONE;
        for (; q < f->pruned[j] && enter == NONE; q++) {
            int32_t i = lower->row[q];
            if (f->mark[i] == k)
                continue;
            f->mark[i] = k;
            enter = f->step[i];
            if (enter == NONE)
                lower->row[lower->start[k + 1]++] = i;
        }
        f->next[depth] = q;
        if (enter == NONE) {
            f->reach[--*top] = j;
            depth--;
        } else {
            f->stack[++depth] = enter;
            f->next[depth] = lower->start[enter] + 1;
        }
    }
}

/* The rows of column k of both factors, pivot or not. False when memory is out. */
static bool find_reach(struct LU_NAME *f, int32_t k, int32_t block_end)
{
    const struct lu_plan *plan = f->plan;
    struct triangle *lower = &f->lower, *upper = &f->upper;
    int32_t top = plan->n;
    lower->start[k + 1] = lower->start[k];
    int32_t without_pivot = block_end - k + (int32_t)f->singular.count;
    if (!triangle_reserve(lower, lower->start[k], without_pivot))
        return false;
    for (int32_t q = plan->start[k]; q < plan->later[k]; q++) {
        int32_t i = plan->entry[q].label;
        if (f->mark[i] == k)
            continue;
        f->mark[i] = k;
        if (f->step[i] == NONE)
            lower->row[lower->start[k + 1]++] = i;
        else
            reach_from(f, k, f->step[i], &top);
    }
    int32_t reached = plan->n - top;
    if (!triangle_reserve(upper, upper->start[k], reached))
        return false;
    if (reached > 0)
        memcpy(upper->row + upper->start[k], f->reach + top, (size_t)reached * sizeof *upper->row);
    upper->start[k + 1] = upper->start[k] + reached;
    return true;
}

/* Where row `pivot` is in column j of lower, and j in the column that it is the pivot of, what column j has in rows
 * without a pivot is reached through that column too. */
static void prune(struct LU_NAME *f, int32_t j, int32_t pivot)
{
    struct triangle *lower = &f->lower;
    int32_t end = lower->start[j + 1], q = lower->start[j] + 1;
    if (f->pruned[j] < end)
        return;
    while (q < end && lower->row[q] != pivot)
        q++;
    if (q == end)
        return;
    q = lower->start[j] + 1;
    while (q < end)
        if (f->step[lower->row[q]] != NONE) {
            q++;
        } else {
            int32_t row = lower->row[--end];
            NUMBER value = lower->value[end];
            lower->row[end] = lower->row[q];
            lower->value[end] = lower->value[q];
            lower->row[q] = row;
            lower->value[q] = value;
        }
    f->pruned[j] = end;
}
