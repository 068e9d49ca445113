/* Part of lu_factor_body.h: solutions with the factors. */

/* Steps of one block, y of labels to z of steps. */
static void solve_block(struct LU_NAME *f, int32_t block)
{
    const struct triangle *lower = &f->lower, *upper = &f->upper;
    int32_t begin = f->plan->begin[block], end = f->plan->begin[block + 1], tail = f->tail[block];
    NUMBER *y = f->y, *z = f->z;
    for (int32_t k = begin; k < tail; k++) {
        NUMBER t = y[f->label[k]];
        z[k] = t;
        for (int32_t q = lower->start[k] + 1; q < lower->start[k + 1]; q++)
            y[lower->row[q]] = number_minus_product(y[lower->row[q]], lower->value[q], t);
    }
    for (int32_t k = tail; k < end; k++)
        z[k] = y[f->label[k]];
    if (tail < end)
        LU_(dense_solve)(f->dense + f->tail_at[block], end - tail, z + tail);
    for (int32_t k = end - 1; k >= begin; k--) {
        NUMBER t = k < tail ? number_quotient(z[k], f->pivot[k]) : z[k];
        z[k] = t;
        for (int32_t q = upper->start[k]; q < upper->start[k + 1]; q++)
            z[upper->row[q]] = number_minus_product(z[upper->row[q]], upper->value[q], t);
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
    if (!f->factored) {
        leave_unsolved(f, b);
        return;
    }
    for (int32_t i = 0; i < plan->n; i++)
        f->y[i] = number_scaled(b[plan->row[i]], f->scale[i]);
    for (int32_t block = 0; block < plan->blocks; block++) {
        int32_t begin = plan->begin[block], end = plan->begin[block + 1];
        if (end - begin == 1)
            f->z[begin] = number_quotient(f->y[begin], f->pivot[begin]);
        else
            solve_block(f, block);
        for (int32_t k = begin; k < end; k++) {
            NUMBER t = f->z[k];
            for (int32_t q = plan->later[k]; q < plan->start[k + 1]; q++) {
                int32_t i = plan->entry[q].label;
                f->y[i] = number_minus_product(f->y[i], f->entry[q], t);
            }
        }
    }
    for (int32_t k = 0; k < plan->n; k++)
        b[plan->column[k]] = f->z[k];
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
