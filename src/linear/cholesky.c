#include "linear/cholesky.h"

#include "linear/shared_library.h"
#include "util/array.h"
#include "util/kernel.h"
#include "util/search.h"
#include "util/threads.h"
#include <math.h>
#ifdef _OPENMP
#include <omp.h>
#endif
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <suitesparse/cholmod.h>

/* CHOLMOD as it is found when the first matrix comes: with its BLAS it takes longer to load than a small netlist to
 * read. It stays loaded: the next matrix comes soon. */
struct library {
    void *handle;
    __typeof__(cholmod_start) *start;
    __typeof__(cholmod_finish) *finish;
    __typeof__(cholmod_analyze_p) *analyze;
    __typeof__(cholmod_l_analyze_p) *analyze_wide; /* of the two the one that the other functions go with */
    __typeof__(cholmod_change_factor) *change_factor;
    __typeof__(cholmod_factorize) *factorize;
    __typeof__(cholmod_solve2) *solve2;
    __typeof__(cholmod_free_factor) *free_factor;
    __typeof__(cholmod_free_dense) *free_dense;
    __typeof__(cholmod_free_work) *free_work;
    void (*factor_dense)(const char *uplo, const int *n, double *a, const int *lda, int *info); /* LAPACK's dpotrf */
    int (*get_threads)(void);        /* OpenBLAS's own switch, where that is the BLAS in use; else NULL */
    void (*set_threads)(int threads);
};

/* wide: the functions that count in 64 bits. Types of the others are the same. */
static bool library_open(struct library *library, bool wide)
{
    library->handle = dlopen(CHOLMOD_NAME, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
    if (!library->handle)
        return false;
    shared_library_find(library->handle, "dpotrf_", &library->factor_dense);
    shared_library_find(library->handle, "openblas_get_num_threads", &library->get_threads);
    shared_library_find(library->handle, "openblas_set_num_threads", &library->set_threads);
    bool all = wide ? shared_library_find(library->handle, "cholmod_l_analyze_p", &library->analyze_wide)
                    : shared_library_find(library->handle, "cholmod_analyze_p", &library->analyze);
#define FOUND(name) \
    shared_library_find(library->handle, wide ? "cholmod_l_" #name : "cholmod_" #name, &library->name)
    return all && FOUND(start) && FOUND(finish) && FOUND(change_factor) && FOUND(factorize) && FOUND(solve2) &&
           FOUND(free_factor) && FOUND(free_dense) && FOUND(free_work);
#undef FOUND
}

/* Supernodes of circuits are narrow: threads inside one wait for each other longer than they work, and spin meanwhile.
 * So factoring is kept on the calling thread; the caller's settings come back afterwards. */
struct threading {
    int blas, levels;
};

static struct threading threading_off(const struct library *library)
{
    struct threading before = {1, 1};
    if (library->set_threads && library->get_threads) {
        before.blas = library->get_threads();
        library->set_threads(1);
    }
#ifdef _OPENMP
    before.levels = omp_get_max_active_levels();
    omp_set_max_active_levels(0);
#endif
    return before;
}

static void threading_restore(const struct library *library, struct threading before)
{
    if (library->set_threads && library->get_threads)
        library->set_threads(before.blas);
#ifdef _OPENMP
    omp_set_max_active_levels(before.levels);
#endif
}

/* May dense kernels be used? OpenBLAS takes a buffer for each thread that is in one, and keeps it; where there is no
 * room for that, it tries again for ever. So the first one is here, when it is known that there is room for those of
 * the threads of a sweep. */
static bool has_dense_kernels(const struct library *library)
{
    enum { BUFFER = 1 << 27, MOST = 8 };
    const int one = 1;
    size_t threads = (size_t)threads_wanted(0);
    size_t size = (threads < MOST ? threads : MOST) * BUFFER + BUFFER / 8;
    int info;
    double number = 1;
    if (!library->get_threads || !library->factor_dense)
        return true; /* another BLAS */
    void *room = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED)
        return false;
    munmap(room, size);
    library->factor_dense("L", &one, &number, &one, &info);
    return true;
}

/* Flops for each nonzero of the factor from which on supernodes pay, as measured on grids of 10k to 90k nodes;
 * CHOLMOD's own choice, 40, is too early by a factor of two in time. */
enum { SUPERNODAL_SWITCH = 100 };

struct cholesky {
    struct library library;
    bool started;
    cholmod_common common;
    cholmod_factor *factor;
    cholmod_dense *x, *y, *e; /* kept by cholmod_solve2 between solves */
    int32_t n;
    SuiteSparse_long *p, *i; /* of the matrix, where CHOLMOD counts in 64 bits; else NULL */
    double fill, flops;
    double *inverse;  /* [factor->nzmax] in the places of the factor; NULL as long as nobody asked */
    double *gathered; /* [n] work: zero between calls */
    int32_t *place;   /* [n] of a node in the order of elimination */
    bool *listed;     /* [n] work: false between calls */
    size_t room;      /* of inverse */
};

/* CHOLMOD's view of the caller's arrays: the lower triangle counts, entries above are passed over. */
static cholmod_sparse view(const struct cholesky *cholesky, const struct laplacian *A)
{
    bool wide = cholesky->p;
    return (cholmod_sparse){.nrow = (size_t)A->n,
                            .ncol = (size_t)A->n,
                            .nzmax = (size_t)A->p[A->n],
                            .p = wide ? (void *)cholesky->p : A->p,
                            .i = wide ? (void *)cholesky->i : A->i,
                            .x = A->x,
                            .stype = -1,
                            .itype = wide ? CHOLMOD_LONG : CHOLMOD_INT,
                            .xtype = CHOLMOD_REAL,
                            .dtype = CHOLMOD_DOUBLE,
                            .sorted = 1,
                            .packed = 1};
}

static bool widen(struct cholesky *cholesky, const struct laplacian *A)
{
    size_t n = (size_t)A->n, entries = (size_t)A->p[n];
    cholesky->p = array_new(n + 1, sizeof *cholesky->p);
    cholesky->i = array_new(entries, sizeof *cholesky->i);
    if (!cholesky->p || !cholesky->i)
        return false;
    for (size_t j = 0; j <= n; j++)
        cholesky->p[j] = A->p[j];
    for (size_t q = 0; q < entries; q++)
        cholesky->i[q] = A->i[q];
    return true;
}

static void start(struct cholesky *cholesky, bool has_order)
{
    cholmod_common *common = &cholesky->common;
    cholesky->library.start(common);
    cholesky->started = true;
    common->print = 0;
    common->try_catch = 1;
    common->final_ll = 1; /* LL': unlike LDL', it does not get past a negative pivot */
    common->supernodal_switch = SUPERNODAL_SWITCH;
    /* minimum degree: nested dissection saves little fill and takes longer than factoring */
    common->nmethods = 1;
    common->method[0].ordering = has_order ? CHOLMOD_GIVEN : CHOLMOD_AMD;
}

/* given: read only, and not where CHOLMOD counts in 64 bits. */
static void analyse(struct cholesky *cholesky, cholmod_sparse *A, const int32_t *given)
{
    const struct library *library = &cholesky->library;
    cholesky->factor = cholesky->p
                           ? library->analyze_wide(A, NULL, NULL, 0, &cholesky->common)
                           : library->analyze(A, (void *)(uintptr_t)given, NULL, 0, &cholesky->common);
}

/* too_large: is it a matter of indices that there is no factor? */
static struct cholesky *make(const struct laplacian *pattern, const int32_t *given, bool wide, bool *too_large)
{
    struct cholesky *cholesky = calloc(1, sizeof *cholesky);
    *too_large = false;
    if (!cholesky)
        return NULL;
    cholesky->n = pattern->n;
    if (!library_open(&cholesky->library, wide) || (wide && !widen(cholesky, pattern))) {
        cholesky_free(cholesky);
        return NULL;
    }
    start(cholesky, given);
    cholmod_sparse A = view(cholesky, pattern);
    analyse(cholesky, &A, given);
    if (cholesky->factor && cholesky->factor->is_super && !has_dense_kernels(&cholesky->library)) {
        cholesky->library.free_factor(&cholesky->factor, &cholesky->common);
        cholesky->common.supernodal = CHOLMOD_SIMPLICIAL;
        analyse(cholesky, &A, given);
    }
    cholesky->library.free_work(&cholesky->common); /* factoring takes less */
    cholesky->fill = cholesky->common.lnz;
    cholesky->flops = cholesky->common.fl;
    *too_large = !wide && (cholesky->common.status == CHOLMOD_TOO_LARGE || cholesky->fill > INT32_MAX);
    if (!cholesky->factor || *too_large) {
        cholesky_free(cholesky);
        return NULL;
    }
    return cholesky;
}

struct cholesky *cholesky_new(const struct laplacian *pattern, const int32_t *given)
{
    bool too_large;
    struct cholesky *cholesky = make(pattern, given, false, &too_large);
    bool counts = sizeof(SuiteSparse_long) > sizeof(int32_t);
    return too_large && counts ? make(pattern, NULL, true, &too_large) : cholesky;
}

struct cholesky *cholesky_new_wide(const struct laplacian *pattern)
{
    bool too_large;
    return make(pattern, NULL, true, &too_large);
}

static enum cholesky_status status_of(const struct cholesky *cholesky)
{
    if (cholesky->common.status == CHOLMOD_OK)
        return CHOLESKY_OK;
    /* Small pivots (CHOLMOD_DSMALL) are warnings, > 0 */
    if (cholesky->common.status >= 0)
        return CHOLESKY_NOT_DEFINITE;
    return CHOLESKY_NO_MEMORY;
}

/* The first time, memory for a factor with supernodes, which another thread fetches meanwhile. */
static struct populating *make_room(struct cholesky *cholesky)
{
    cholmod_factor *factor = cholesky->factor;
    if (!factor->is_super || factor->xtype != CHOLMOD_PATTERN ||
        !cholesky->library.change_factor(CHOLMOD_REAL, true, true, true, true, factor, &cholesky->common))
        return NULL;
    return threads_populate(1, &(struct memory_range){factor->x, factor->xsize * sizeof(double)});
}

enum cholesky_status cholesky_factor(struct cholesky *cholesky, const struct laplacian *A)
{
    cholmod_sparse matrix = view(cholesky, A);
    cholesky->common.status = CHOLMOD_OK;
    struct populating *populating = make_room(cholesky);
    struct threading before = threading_off(&cholesky->library);
    if (cholesky->common.status == CHOLMOD_OK)
        cholesky->library.factorize(&matrix, cholesky->factor, &cholesky->common);
    threading_restore(&cholesky->library, before);
    threads_end_populating(populating);
    if (cholesky->common.status == CHOLMOD_OK && cholesky->factor->minor < cholesky->factor->n)
        return CHOLESKY_NOT_DEFINITE;
    return status_of(cholesky);
}

/* b, x [count][n] */
static enum cholesky_status solve_many(struct cholesky *cholesky, size_t count, const double *b, double *x)
{
    size_t n = (size_t)cholesky->n;
    cholmod_dense right = {
        .nrow = n, .ncol = count, .nzmax = n * count, .d = n, .xtype = CHOLMOD_REAL, .dtype = CHOLMOD_DOUBLE};
    right.x = (void *)(uintptr_t)b; /* read only */
    cholesky->common.status = CHOLMOD_OK;
    struct threading before = threading_off(&cholesky->library);
    int solved = cholesky->library.solve2(CHOLMOD_A, cholesky->factor, &right, NULL, &cholesky->x, NULL, &cholesky->y,
                                          &cholesky->e, &cholesky->common);
    threading_restore(&cholesky->library, before);
    if (!solved)
        return CHOLESKY_NO_MEMORY;
    memcpy(x, cholesky->x->x, n * count * sizeof *x);
    return CHOLESKY_OK;
}

enum cholesky_status cholesky_solve(struct cholesky *cholesky, const double *b, double *x)
{
    return solve_many(cholesky, 1, b, x);
}

/* ---- right-hand sides side by side ------------------------------------------------------------------------------- */

enum { LANES = CHOLESKY_LANES };

/* to[l] -= by from[l] */
KERNEL_PART void subtract_lanes(double *restrict to, double by, const double *restrict from)
{
    KERNEL_EACH
    for (int l = 0; l < LANES; l++)
        to[l] -= by * from[l];
}

KERNEL_PART void divide_lanes(double *x, double by)
{
    KERNEL_EACH
    for (int l = 0; l < LANES; l++)
        x[l] /= by;
}

/* L L' y = y for a factor without supernodes, in its order. */
KERNEL
static void substitute_lanes(size_t n, const int32_t *p, const int32_t *count, const int32_t *row, const double *L,
                             double *y)
{
    for (size_t j = 0; j < n; j++) {
        double *own = y + j * LANES;
        divide_lanes(own, L[p[j]]);
        for (int32_t q = p[j] + 1; q < p[j] + count[j]; q++)
            subtract_lanes(y + (size_t)row[q] * LANES, L[q], own);
    }
    for (size_t j = n; j-- > 0;) {
        double own[LANES];
        memcpy(own, y + j * LANES, sizeof own);
        for (int32_t q = p[j] + 1; q < p[j] + count[j]; q++)
            subtract_lanes(own, L[q], y + (size_t)row[q] * LANES);
        divide_lanes(own, L[p[j]]);
        memcpy(y + j * LANES, own, sizeof own);
    }
}

enum cholesky_status cholesky_solve_lanes(struct cholesky *cholesky, double *x, double *work)
{
    const cholmod_factor *factor = cholesky->factor;
    const int32_t *order = cholesky_order(cholesky);
    size_t n = (size_t)cholesky->n;
    if (order && !factor->is_super && factor->is_ll) {
        for (size_t j = 0; j < n; j++)
            memcpy(work + j * LANES, x + (size_t)order[j] * LANES, LANES * sizeof *x);
        substitute_lanes(n, factor->p, factor->nz, factor->i, factor->x, work);
        for (size_t j = 0; j < n; j++)
            memcpy(x + (size_t)order[j] * LANES, work + j * LANES, LANES * sizeof *x);
        return CHOLESKY_OK;
    }
    for (size_t j = 0; j < n; j++)
        for (size_t l = 0; l < LANES; l++)
            work[l * n + j] = x[j * LANES + l];
    enum cholesky_status status = solve_many(cholesky, LANES, work, work);
    for (size_t j = 0; j < n; j++)
        for (size_t l = 0; l < LANES; l++)
            x[j * LANES + l] = work[l * n + j];
    return status;
}

/* ---- entries of the inverse -------------------------------------------------------------------------------------- */

static bool prepare_inverse(struct cholesky *cholesky)
{
    size_t n = (size_t)cholesky->n;
    if (!cholesky->gathered)
        cholesky->gathered = array_new(n, sizeof *cholesky->gathered);
    if (!cholesky->listed)
        cholesky->listed = array_new(n, sizeof *cholesky->listed);
    if (!cholesky->gathered || !cholesky->listed)
        return false;
    if (!cholesky->place) {
        cholesky->place = array_new(n, sizeof *cholesky->place);
        if (!cholesky->place)
            return false;
        const int32_t *order = cholesky->factor->Perm;
        for (int32_t j = 0; j < cholesky->n; j++)
            cholesky->place[order[j]] = j;
    }
    if (cholesky->room < cholesky->factor->nzmax) {
        free(cholesky->inverse);
        cholesky->inverse = array_new(cholesky->factor->nzmax, sizeof *cholesky->inverse);
        cholesky->room = cholesky->inverse ? cholesky->factor->nzmax : 0;
    }
    return cholesky->inverse;
}

/* Column j of Z, from those to the right of it: Z L = L'^-1, below the diagonal Z_ij L_jj = -sum over k > j of Z_ik
 * L_kj. Wherever L has entries at (i, j) and (k, j), it has one at (i, k). */
static void invert_column(struct cholesky *cholesky, int32_t j)
{
    const int32_t *p = cholesky->factor->p, *row = cholesky->factor->i, *count = cholesky->factor->nz;
    const double *L = cholesky->factor->x;
    double *Z = cholesky->inverse, *sum = cholesky->gathered;
    int32_t first = p[j], end = first + count[j];
    for (int32_t q = first + 1; q < end; q++)
        cholesky->listed[row[q]] = true;
    for (int32_t q = first + 1; q < end; q++) {
        int32_t k = row[q], next = q + 1;
        sum[k] -= L[q] * Z[p[k]];
        for (int32_t r = p[k] + 1; next < end && r < p[k] + count[k]; r++) {
            if (!cholesky->listed[row[r]])
                continue;
            sum[row[r]] -= L[q] * Z[r];
            sum[k] -= L[next++] * Z[r];
        }
    }
    double diagonal = 1 / L[first];
    for (int32_t q = first + 1; q < end; q++) {
        Z[q] = sum[row[q]] / L[first];
        diagonal -= L[q] * Z[q];
        sum[row[q]] = 0;
        cholesky->listed[row[q]] = false;
    }
    Z[first] = diagonal / L[first];
}

bool cholesky_invert(struct cholesky *cholesky)
{
    if (cholesky->p || cholesky->factor->is_super || !cholesky->factor->is_ll || !prepare_inverse(cholesky))
        return false;
    for (int32_t j = cholesky->n - 1; j >= 0; j--)
        invert_column(cholesky, j);
    return true;
}

double cholesky_inverse_entry(const struct cholesky *cholesky, int32_t i, int32_t j)
{
    const int32_t *p = cholesky->factor->p, *row = cholesky->factor->i, *count = cholesky->factor->nz;
    int32_t a = cholesky->place[i], b = cholesky->place[j], column = a < b ? a : b, to = a < b ? b : a;
    int32_t first = p[column], place = search_indices(row + first, count[column], to);
    return place < count[column] && row[first + place] == to ? cholesky->inverse[first + place] : NAN;
}

const int32_t *cholesky_order(const struct cholesky *cholesky)
{
    return cholesky->p ? NULL : cholesky->factor->Perm;
}

double cholesky_fill(const struct cholesky *cholesky)
{
    return cholesky->fill;
}

double cholesky_flops(const struct cholesky *cholesky)
{
    return cholesky->flops;
}

void cholesky_free(struct cholesky *cholesky)
{
    if (!cholesky)
        return;
    const struct library *library = &cholesky->library;
    cholmod_common *common = &cholesky->common;
    if (cholesky->started) {
        library->free_factor(&cholesky->factor, common);
        library->free_dense(&cholesky->x, common);
        library->free_dense(&cholesky->y, common);
        library->free_dense(&cholesky->e, common);
        library->finish(common);
    }
    if (library->handle)
        dlclose(library->handle);
    free(cholesky->p);
    free(cholesky->i);
    free(cholesky->inverse);
    free(cholesky->gathered);
    free(cholesky->place);
    free(cholesky->listed);
    free(cholesky);
}
