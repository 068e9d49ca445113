/* Part of lu_double.c: the factors of eight matrices at once, with the pattern and the pivots of the last one alone. */

struct lu_octet {
    octet *entry;          /* [plan->start[n]] of the matrices, rows scaled */
    octet *lower, *upper;  /* values of the triangles */
    octet *inverse;        /* [n] of pivots */
    double *scale;         /* [n] that entries have */
    octet *x, *y, *z;      /* [n] work; x, of labels, is zero between columns */
    uint32_t varying;
    struct varying {
        int32_t entry, block;
    } *vary;               /* [varying] by step */
    bool *changed;         /* [blocks] */
    uint64_t pivots;       /* which the arrays are for */
    bool loaded;           /* the factors are there */
    void *arrays;
};

static void octet_free(struct lu_octet *o)
{
    if (o)
        free(o->arrays);
    free(o);
}

static bool octet_allocate(struct lu_octet *o, const struct lu_double *f, uint32_t varying)
{
    size_t n = (size_t)f->plan->n;
    const struct array_request request[] = {
        {&o->entry, (size_t)f->plan->start[n], sizeof(octet)},
        {&o->lower, (size_t)f->lower.start[n], sizeof(octet)},
        {&o->upper, (size_t)f->upper.start[n], sizeof(octet)},
        {&o->inverse, n, sizeof(octet)},
        {&o->scale, n, sizeof *o->scale},
        {&o->x, n, sizeof(octet)},
        {&o->y, n, sizeof(octet)},
        {&o->z, n, sizeof(octet)},
        {&o->vary, varying, sizeof *o->vary},
        {&o->changed, (size_t)f->plan->blocks, sizeof *o->changed},
    };
    o->arrays = arrays_new(request, sizeof request / sizeof *request);
    o->pivots = f->pivots;
    return o->arrays;
}

static struct lu_octet *octet_new(const struct lu_double *f, const bool *varies)
{
    const struct lu_plan *plan = f->plan;
    uint32_t varying = 0;
    struct lu_octet *o = calloc(1, sizeof *o);
    for (int32_t q = 0; q < plan->start[plan->n]; q++)
        varying += varies[plan->entry[q].place];
    if (!o || !octet_allocate(o, f, varying)) {
        octet_free(o);
        return NULL;
    }
    for (int32_t b = 0; b < plan->blocks; b++)
        for (int32_t q = plan->start[plan->begin[b]]; q < plan->start[plan->begin[b + 1]]; q++)
            if (varies[plan->entry[q].place])
                o->vary[o->varying++] = (struct varying){q, b};
    return o;
}

static void octet_load_all(struct lu_octet *o, const struct lu_double *f, const octet *value)
{
    const struct lu_plan *plan = f->plan;
    memcpy(o->scale, f->scale, (size_t)plan->n * sizeof *o->scale);
    for (int32_t q = 0; q < plan->start[plan->n]; q++)
        o->entry[q] = value[plan->entry[q].place] * o->scale[plan->entry[q].label];
    memset(o->changed, true, (size_t)plan->blocks * sizeof *o->changed);
}

/* moved |= lanes that are not within `near` of what they were, relative. */
KERNEL_PART void octet_note_moved(int64_t *moved, const double *now, const double *before, double near)
{
    OCTET_EACH
    for (int l = 0; l < OCTET; l++)
        moved[l] |= !(fabs(now[l] - before[l]) <= near * fabs(before[l]));
}

KERNEL_PART bool octet_any(const int64_t *flag)
{
    int64_t any = 0;
    for (int l = 0; l < OCTET; l++)
        any |= flag[l];
    return any != 0;
}

/* Blocks of which an entry has moved take all that vary. */
KERNEL
static void octet_load_moved(struct lu_octet *o, const struct lu_plan *plan, const octet *value, double near)
{
    const struct lu_entry *entry = plan->entry;
    memset(o->changed, false, (size_t)plan->blocks * sizeof *o->changed);
    for (uint32_t begin = 0, end = 0; begin < o->varying; begin = end) {
        const int32_t block = o->vary[begin].block;
        int64_t moved[OCTET] = {0};
        for (; end < o->varying && o->vary[end].block == block; end++) {
            int32_t q = o->vary[end].entry;
            octet now = value[entry[q].place] * o->scale[entry[q].label];
            octet_note_moved(moved, (const double *)&now, (const double *)&o->entry[q], near);
        }
        o->changed[block] = octet_any(moved);
        for (uint32_t v = begin; o->changed[block] && v < end; v++) {
            int32_t q = o->vary[v].entry;
            o->entry[q] = value[entry[q].place] * o->scale[entry[q].label];
        }
    }
}

/* sum += |x| */
KERNEL_PART void octet_add_size(double *sum, const double *x)
{
    OCTET_EACH
    for (int l = 0; l < OCTET; l++)
        sum[l] += fabs(x[l]);
}

/* The pivots of all lanes, for numbers of the size `below` in their columns and `sum` in what they come from. */
KERNEL_PART bool octet_serves(const double *pivot, const double *below, const double *sum)
{
    int bad = 0;
    OCTET_FLAG(bad)
    for (int l = 0; l < OCTET; l++) {
        double size = fabs(pivot[l]);
        bad |= !(size > SUSPECT * sum[l] && size >= KEPT_PIVOT * below[l] && size <= DBL_MAX);
    }
    return !bad;
}

/* Column k of both triangles. False where its pivot does not serve, or may be rounding. */
KERNEL_PART bool octet_factor_column(struct lu_octet *o, const struct lu_double *f, int32_t k)
{
    const struct lu_plan *plan = f->plan;
    const int32_t *lower = f->lower.start, *upper = f->upper.start, *row = f->lower.row, *label = f->label;
    octet *x = o->x, sum = {0}, below = {0};
    for (int32_t q = plan->start[k]; q < plan->later[k]; q++) {
        x[plan->entry[q].label] = o->entry[q];
        octet_add_size((double *)&sum, (const double *)&o->entry[q]);
    }
    for (int32_t q = upper[k]; q < upper[k + 1]; q++) {
        int32_t j = f->upper.row[q];
        octet u = x[label[j]];
        x[label[j]] = (octet){0};
        o->upper[q] = u;
        octet_add_size((double *)&sum, (const double *)&u);
        for (int32_t r = lower[j] + 1; r < lower[j + 1]; r++)
            x[row[r]] -= o->lower[r] * u;
    }
    octet pivot = x[label[k]], inverse = 1 / pivot;
    x[label[k]] = (octet){0};
    o->inverse[k] = inverse;
    for (int32_t q = lower[k] + 1; q < lower[k + 1]; q++) {
        octet_add_size((double *)&below, (const double *)&x[row[q]]);
        o->lower[q] = x[row[q]] * inverse;
        x[row[q]] = (octet){0};
    }
    return octet_serves((const double *)&pivot, (const double *)&below, (const double *)&sum);
}

KERNEL
static bool octet_factor(struct lu_octet *o, const struct lu_double *f)
{
    const struct lu_plan *plan = f->plan;
    bool serve = true;
    for (int32_t b = 0; b < plan->blocks; b++)
        for (int32_t k = plan->begin[b]; o->changed[b] && k < plan->begin[b + 1]; k++)
            serve &= octet_factor_column(o, f, k);
    return serve;
}

void lu_double_octet_forget(struct lu_double *f)
{
    octet_free(f->octet);
    f->octet = NULL;
}

enum lu_status lu_double_octet_refactor(struct lu_double *f, const octet *value, const bool *varies, double near)
{
    if (!f->factored || f->tail_at[f->plan->blocks] > 0)
        return LU_SINGULAR;
    if (f->octet && f->octet->pivots != f->pivots)
        lu_double_octet_forget(f);
    if (!f->octet)
        f->octet = octet_new(f, varies);
    if (!f->octet)
        return LU_NO_MEMORY;
    if (f->octet->loaded)
        octet_load_moved(f->octet, f->plan, value, near);
    else
        octet_load_all(f->octet, f, value);
    f->octet->loaded = octet_factor(f->octet, f);
    return f->octet->loaded ? LU_OK : LU_SINGULAR;
}

/* A block of two, y of labels to z, without a way through memory: each stage of a chain waits for the one before. */
KERNEL_PART void octet_solve_two(const struct lu_octet *o, const struct lu_double *f, int32_t k, octet *z)
{
    const int32_t below = f->lower.start[k] + 1, above = f->upper.start[k + 1];
    octet first = o->y[f->label[k]], second = o->y[f->label[k + 1]];
    if (below < f->lower.start[k + 1])
        second -= o->lower[below] * first;
    second *= o->inverse[k + 1];
    if (above < f->upper.start[k + 2])
        first -= o->upper[above] * second;
    z[0] = first * o->inverse[k];
    z[1] = second;
}

/* Steps of one block, y of labels to z of steps. */
KERNEL_PART void octet_solve_block(struct lu_octet *o, const struct lu_double *f, int32_t begin, int32_t end)
{
    const int32_t *lower = f->lower.start, *lower_row = f->lower.row, *label = f->label;
    const int32_t *upper = f->upper.start, *upper_row = f->upper.row;
    octet *restrict y = o->y, *restrict z = o->z;
    for (int32_t k = begin; k < end; k++) {
        octet t = z[k] = y[label[k]];
        for (int32_t q = lower[k] + 1, last = lower[k + 1]; q < last; q++)
            y[lower_row[q]] -= o->lower[q] * t;
    }
    for (int32_t k = end - 1; k >= begin; k--) {
        octet t = z[k] *= o->inverse[k];
        for (int32_t q = upper[k], last = upper[k + 1]; q < last; q++)
            z[upper_row[q]] -= o->upper[q] * t;
    }
}

KERNEL
static void octet_solve(struct lu_octet *o, const struct lu_double *f, octet *b)
{
    const struct lu_plan *plan = f->plan;
    const int32_t *begin = plan->begin, *later = plan->later, *start = plan->start, *column = plan->column;
    const struct lu_entry *entry = plan->entry;
    const octet *value = o->entry;
    octet *restrict y = o->y;
    for (int32_t i = 0; i < plan->n; i++)
        y[i] = b[plan->row[i]] * o->scale[i];
    for (int32_t block = 0, blocks = plan->blocks; block < blocks; block++) {
        int32_t first = begin[block], end = begin[block + 1];
        octet few[2], *z = few;
        if (end - first == 1) {
            few[0] = y[first] * o->inverse[first];
        } else if (end - first == 2) {
            octet_solve_two(o, f, first, few);
        } else {
            octet_solve_block(o, f, first, end);
            z = o->z + first;
        }
        for (int32_t k = first; k < end; k++, z++) {
            const octet x = *z;
            b[column[k]] = x;
            for (int32_t q = later[k], last = start[k + 1]; q < last; q++)
                y[entry[q].label] -= value[q] * x;
        }
    }
}

void lu_double_octet_solve(struct lu_double *f, octet *b)
{
    octet_solve(f->octet, f, b);
}

KERNEL
static void octet_count_negative(const struct lu_octet *o, int32_t n, int64_t *negative)
{
    int64_t count[OCTET] = {0};
    for (int32_t k = 0; k < n; k++) {
        const double *inverse = (const double *)&o->inverse[k];
        OCTET_EACH
        for (int l = 0; l < OCTET; l++)
            count[l] += inverse[l] < 0;
    }
    memcpy(negative, count, sizeof count);
}

void lu_double_octet_signs(const struct lu_double *f, int *sign)
{
    int64_t negative[OCTET];
    octet_count_negative(f->octet, f->plan->n, negative);
    for (int l = 0; l < OCTET; l++)
        sign[l] = negative[l] % 2 == 0 ? f->parity : -f->parity;
}
