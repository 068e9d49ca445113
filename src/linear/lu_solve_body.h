/* Part of lu_factor_body.h: solutions with the factors. */

/* Steps of one block, y of labels to z of steps. */
static void solve_block(struct LU_NAME *f, int32_t block)
{
    const int32_t *lower = f->lower.start, *lower_row = f->lower.row, *label = f->label;
    const int32_t *upper = f->upper.start, *upper_row = f->upper.row;
    const NUMBER *lower_value = f->lower.value, *upper_value = f->upper.value, *pivot = f->pivot;
    int32_t begin = f->plan->begin[block], end = f->plan->begin[block + 1], tail = f->tail[block];
    NUMBER *restrict y = f->y, *restrict z = f->z;
    for (int32_t k = begin; k < tail; k++) {
        NUMBER t = z[k] = y[label[k]];
        for (int32_t q = lower[k] + 1, last = lower[k + 1]; q < last; q++)
            y[lower_row[q]] = number_minus_product(y[lower_row[q]], lower_value[q], t);
    }
    for (int32_t k = tail; k < end; k++)
        z[k] = y[label[k]];
    if (tail < end)
        LU_(dense_solve)(f->dense + f->tail_at[block], end - tail, z + tail);
    for (int32_t k = end - 1; k >= begin; k--) {
        NUMBER t = z[k] = k < tail ? number_quotient(z[k], pivot[k]) : z[k];
        for (int32_t q = upper[k], last = upper[k + 1]; q < last; q++)
            z[upper_row[q]] = number_minus_product(z[upper_row[q]], upper_value[q], t);
    }
}

/* What a solution is without a factor. */
static void leave_unsolved(const struct LU_NAME *f, NUMBER *b)
{
    for (int32_t i = 0; i < f->plan->n; i++)
        b[i] = number_scaled((NUMBER){0}, NAN);
}

void LU_(solve)(struct LU_NAME *f, NUMBER *b)
{
    const struct lu_plan *plan = f->plan;
    const int32_t n = plan->n, blocks = plan->blocks, *begin = plan->begin, *later = plan->later, *start = plan->start;
    const struct lu_entry *entry = plan->entry;
    const NUMBER *value = f->entry;
    NUMBER *restrict y = f->y, *restrict z = f->z;
    if (!f->factored) {
        leave_unsolved(f, b);
        return;
    }
    for (int32_t i = 0; i < n; i++)
        y[i] = number_scaled(b[plan->row[i]], f->scale[i]);
    for (int32_t block = 0; block < blocks; block++) {
        int32_t first = begin[block], end = begin[block + 1];
        if (end - first == 1)
            z[first] = number_quotient(y[first], f->pivot[first]);
        else
            solve_block(f, block);
        for (int32_t k = first; k < end; k++)
            for (int32_t q = later[k], last = start[k + 1]; q < last; q++)
                y[entry[q].label] = number_minus_product(y[entry[q].label], value[q], z[k]);
    }
    for (int32_t k = 0; k < n; k++)
        b[plan->column[k]] = z[k];
}

/* Steps of one block, z of steps to y of labels. */
static void solve_block_transposed(struct LU_NAME *f, int32_t block)
{
    const struct triangle *lower = &f->lower, *upper = &f->upper;
    int32_t begin = f->plan->begin[block], end = f->plan->begin[block + 1], tail = f->tail[block];
    NUMBER *y = f->y, *z = f->z;
    for (int32_t k = begin; k < end; k++) {
        NUMBER t = z[k];
        for (int32_t q = upper->start[k]; q < upper->start[k + 1]; q++)
            t = number_minus_product(t, upper->value[q], z[upper->row[q]]);
        z[k] = k < tail ? number_quotient(t, f->pivot[k]) : t;
    }
    if (tail < end)
        dense_solve_transposed(f->dense + f->tail_at[block], end - tail, z + tail);
    for (int32_t k = tail; k < end; k++)
        y[f->label[k]] = z[k];
    for (int32_t k = tail - 1; k >= begin; k--) {
        NUMBER t = z[k];
        for (int32_t q = lower->start[k] + 1; q < lower->start[k + 1]; q++)
            t = number_minus_product(t, lower->value[q], y[lower->row[q]]);
        y[f->label[k]] = t;
    }
}

void LU_(solve_transposed)(struct LU_NAME *f, NUMBER *b)
{
    const struct lu_plan *plan = f->plan;
    if (!f->factored) {
        leave_unsolved(f, b);
        return;
    }
    for (int32_t block = plan->blocks - 1; block >= 0; block--) {
        for (int32_t k = plan->begin[block]; k < plan->begin[block + 1]; k++) {
            NUMBER t = b[plan->column[k]];
            for (int32_t q = plan->later[k]; q < plan->start[k + 1]; q++)
                t = number_minus_product(t, f->entry[q], f->y[plan->entry[q].label]);
            f->z[k] = t;
        }
        solve_block_transposed(f, block);
    }
    for (int32_t i = 0; i < plan->n; i++)
        b[plan->row[i]] = number_scaled(f->y[i], f->scale[i]);
}
