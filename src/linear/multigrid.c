#include "linear/multigrid.h"

#ifdef HAVE_HYPRE

#include "linear/shared_library.h"
#include "util/array.h"
#include <HYPRE.h>
#include <HYPRE_IJ_mv.h>
#include <HYPRE_parcsr_ls.h>
#include <assert.h>
#include <math.h>
#include <mpi.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Rows of the matrix are handed over as they are. */
_Static_assert(sizeof(HYPRE_BigInt) == sizeof(int32_t) && sizeof(HYPRE_Real) == sizeof(double), "another hypre");

/* ---- the library ------------------------------------------------------------------------------------------------- */

/* Declared among what hypre's own files share. */
HYPRE_Int HYPRE_ParVectorAxpy(HYPRE_Complex alpha, HYPRE_ParVector x, HYPRE_ParVector y);

#define HYPRE_CALLS(CALL)                                                                                              \
    CALL(HYPRE_Init) CALL(HYPRE_GetError) CALL(HYPRE_ClearAllErrors)                                                   \
    CALL(HYPRE_IJMatrixCreate) CALL(HYPRE_IJMatrixDestroy) CALL(HYPRE_IJMatrixSetObjectType)                           \
    CALL(HYPRE_IJMatrixSetRowSizes) CALL(HYPRE_IJMatrixSetDiagOffdSizes)                                               \
    CALL(HYPRE_IJMatrixInitialize) CALL(HYPRE_IJMatrixSetValues)                                                       \
    CALL(HYPRE_IJMatrixAddToValues)                                                                                    \
    CALL(HYPRE_IJMatrixAssemble) CALL(HYPRE_IJMatrixGetObject)                                                         \
    CALL(HYPRE_IJVectorCreate) CALL(HYPRE_IJVectorDestroy) CALL(HYPRE_IJVectorSetObjectType)                           \
    CALL(HYPRE_IJVectorInitialize) CALL(HYPRE_IJVectorSetValues) CALL(HYPRE_IJVectorGetValues)                         \
    CALL(HYPRE_IJVectorAssemble) CALL(HYPRE_IJVectorGetObject) CALL(HYPRE_ParVectorSetConstantValues)                  \
    CALL(HYPRE_BoomerAMGCreate) CALL(HYPRE_BoomerAMGDestroy) CALL(HYPRE_BoomerAMGSetup) CALL(HYPRE_BoomerAMGSolve)     \
    CALL(HYPRE_BoomerAMGSetCoarsenType) CALL(HYPRE_BoomerAMGSetInterpType) CALL(HYPRE_BoomerAMGSetPMaxElmts)           \
    CALL(HYPRE_BoomerAMGSetRelaxType) CALL(HYPRE_BoomerAMGSetMaxIter) CALL(HYPRE_BoomerAMGSetTol)                      \
    CALL(HYPRE_BoomerAMGSetAggNumLevels) CALL(HYPRE_BoomerAMGSetAggInterpType)                                         \
    CALL(HYPRE_ParCSRMatrixMatvec) CALL(HYPRE_ParVectorInnerProd) CALL(HYPRE_ParVectorScale) CALL(HYPRE_ParVectorAxpy) \
    CALL(MPI_Initialized) CALL(MPI_Finalized) CALL(MPI_Init_thread) CALL(MPI_Finalize)

struct hypre {
#define MEMBER(name) __typeof__(name) *name;
    HYPRE_CALLS(MEMBER)
#undef MEMBER
    MPI_Comm self, world; /* this process alone; all of them */
};

/* MPI can be begun once in a process, so what is known of it is the process's. */
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static struct hypre hypre;
static enum { NOT_TRIED, THERE, NOT_THERE } presence;

static bool find_all(void *handle)
{
    bool all = true;
#define FIND(name) all = all && shared_library_find(handle, #name, &hypre.name);
    HYPRE_CALLS(FIND)
#undef FIND
#ifdef OPEN_MPI
    return shared_library_find(handle, "ompi_mpi_comm_self", &hypre.self) &&
           shared_library_find(handle, "ompi_mpi_comm_world", &hypre.world) && all;
#else
    hypre.self = MPI_COMM_SELF;
    hypre.world = MPI_COMM_WORLD;
    return all;
#endif
}

/* At the end of the process, where its user has not done it: MPI leaves folders otherwise. */
static void end_mpi(void)
{
    int ended = 1;
    hypre.MPI_Finalized(&ended);
    if (!ended)
        hypre.MPI_Finalize();
}

static bool begin(void)
{
    int begun = 0, ended = 0, level = MPI_THREAD_SINGLE;
    /* plugins of MPI look for its symbols among those of the process */
    void *handle = dlopen(HYPRE_NAME, RTLD_LAZY | RTLD_GLOBAL | RTLD_NODELETE);
    if (!handle || !find_all(handle))
        return false;
    hypre.MPI_Finalized(&ended);
    hypre.MPI_Initialized(&begun);
    if (ended || (!begun && (hypre.MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &level) != MPI_SUCCESS)))
        return false;
    if (!begun)
        atexit(end_mpi);
    hypre.HYPRE_Init();
    return true;
}

bool multigrid_is_there(void)
{
    pthread_mutex_lock(&turn);
    if (presence == NOT_TRIED)
        presence = begin() ? THERE : NOT_THERE;
    bool there = presence == THERE;
    pthread_mutex_unlock(&turn);
    return there;
}

/* ---- the parts of a solver --------------------------------------------------------------------------------------- */

/* How a hierarchy is made. HMIS coarsening, extended+i interpolation of four entries a row and symmetric Gauss-Seidel
 * serve all networks. Where conductances are alike (MULTIGRID_ALIKE), coarsening that takes two steps at once at first
 * makes a hierarchy of half the work and memory; where they differ it stalls. Parameters as measured on grids of a
 * million nodes.
 *
 * Between processes Gauss-Seidel is Jacobi, which overshoots where most neighbours are another's; with the sums of what
 * leads there added to the diagonal it never does, and takes half as many iterations more. Source: Baker, Falgout,
 * Kolev and Yang, Multigrid smoothers for ultraparallel computing, SIAM Journal on Scientific Computing 33 (2011),
 * section 4. */
enum {
    HMIS = 10, EXTENDED_I = 6, SYMMETRIC_GAUSS_SEIDEL = 6, SCALED_GAUSS_SEIDEL = 8, TWO_STAGE_EXTENDED_I = 1,
    ENTRIES_A_ROW = 4
};

enum {
    MOST_ITERATIONS = 120,
    AGGRESSIVE_ITERATIONS = 40, /* more than these, and the hierarchy is made the other way */
    SETUP_ITERATIONS = 7,       /* that take as long as to make a hierarchy */
    BYTES_A_ENTRY = 80          /* of hypre's memory, for each entry of the matrix, about */
};

/* A hierarchy is made anew where more of the rows than this have changed by more than a quarter. */
static const double changed_share = 0.05, changed_by = 0.25;

struct multigrid {
    MPI_Comm comm; /* whose the matrix is */
    multigrid_agreement *agree; /* of all of those; NULL: this process alone */
    int32_t first, n;
    HYPRE_IJMatrix matrix;
    HYPRE_ParCSRMatrix A; /* the same, as solvers see it */
    HYPRE_Solver amg;
    struct vector {
        HYPRE_IJVector values;
        HYPRE_ParVector par; /* the same */
    } x, residual, direction, image; /* of conjugate gradients: x, r, p; and z, then Ap */
    double *diagonal;    /* [n] S, of the values that the hierarchy was made of */
    bool made;           /* there is a hierarchy */
    bool aggressive;     /* it has the aggressive coarsening */
    bool refused;        /* aggressive coarsening has stalled */
    bool scaled;         /* Gauss-Seidel is, since it has stalled between processes */
    int fresh;           /* iterations of the first solve with it; 0: there was none */
    double left;         /* of the right-hand side of the last solve, by norm */
    bool worn;           /* changed values made it so slow that a new one costs less */
    int32_t *room;       /* [2 BATCH] work */
};

static enum iteration_status agreed(const struct multigrid *multigrid, enum iteration_status own)
{
    return multigrid->agree ? multigrid->agree(own) : own;
}

/* hypre's own complaint, with what else went before forgotten; of all processes the worst, so that none goes on to
 * where it waits for another that does not come. */
static enum iteration_status verdict(const struct multigrid *multigrid)
{
    int error = hypre.HYPRE_GetError();
    hypre.HYPRE_ClearAllErrors();
    return agreed(multigrid, error == 0                     ? ITERATION_OK
                             : (error & HYPRE_ERROR_MEMORY) ? ITERATION_NO_MEMORY
                                                            : ITERATION_STALLED);
}

static void make_vector(const struct multigrid *multigrid, struct vector *vector)
{
    void *object = NULL;
    int32_t first = multigrid->first, last = first + multigrid->n - 1;
    hypre.HYPRE_IJVectorCreate(multigrid->comm, first, last, &vector->values);
    hypre.HYPRE_IJVectorSetObjectType(vector->values, HYPRE_PARCSR);
    hypre.HYPRE_IJVectorInitialize(vector->values);
    hypre.HYPRE_IJVectorAssemble(vector->values);
    hypre.HYPRE_IJVectorGetObject(vector->values, &object);
    vector->par = object;
}

/* Rows that are handed over at once. */
enum { BATCH = 4096 };

/* sizes [n] entries of the rows; others [n]: those of other processes, where that is known, so that entries go where
 * they stay; or NULL. */
static void make_matrix(struct multigrid *multigrid, const int32_t *sizes, const int32_t *others)
{
    int32_t first = multigrid->first, last = first + multigrid->n - 1;
    hypre.HYPRE_IJMatrixCreate(multigrid->comm, first, last, first, last, &multigrid->matrix);
    hypre.HYPRE_IJMatrixSetObjectType(multigrid->matrix, HYPRE_PARCSR);
    if (others)
        hypre.HYPRE_IJMatrixSetDiagOffdSizes(multigrid->matrix, sizes, others);
    else
        hypre.HYPRE_IJMatrixSetRowSizes(multigrid->matrix, sizes);
}

static void forget_hierarchy(struct multigrid *multigrid)
{
    if (multigrid->amg)
        hypre.HYPRE_BoomerAMGDestroy(multigrid->amg);
    multigrid->amg = NULL;
    multigrid->made = multigrid->worn = false;
    multigrid->fresh = 0;
}

/* The parts of a solver that are not hypre's. NULL when memory is out, or there is no room for what hypre will take: it
 * goes on then, and falls. */
static struct multigrid *allocate(int32_t n, const int32_t *sizes)
{
    size_t entries = 0;
    for (int32_t j = 0; j < n; j++)
        entries += (size_t)sizes[j];
    bool can = multigrid_is_there() && array_has_room(entries * BYTES_A_ENTRY);
    struct multigrid *multigrid = can ? calloc(1, sizeof *multigrid) : NULL;
    if (!multigrid)
        return NULL;
    multigrid->n = n;
    multigrid->diagonal = array_new((size_t)n, sizeof *multigrid->diagonal);
    multigrid->room = array_new(BATCH, 2 * sizeof *multigrid->room);
    if (multigrid->diagonal && multigrid->room)
        return multigrid;
    multigrid_free(multigrid);
    return NULL;
}

/* sizes, others: of make_matrix */
static enum iteration_status make_parts(struct multigrid *multigrid, const int32_t *sizes, const int32_t *others)
{
    pthread_mutex_lock(&turn);
    make_matrix(multigrid, sizes, others);
    make_vector(multigrid, &multigrid->x);
    make_vector(multigrid, &multigrid->residual);
    make_vector(multigrid, &multigrid->direction);
    make_vector(multigrid, &multigrid->image);
    enum iteration_status status = verdict(multigrid);
    pthread_mutex_unlock(&turn);
    return status;
}

struct multigrid *multigrid_new(const struct laplacian *A)
{
    int32_t *sizes = A->n > 0 ? array_new((size_t)A->n, 2 * sizeof *sizes) : NULL; /* and as many 0 behind them */
    for (int32_t j = 0; sizes && j < A->n; j++)
        sizes[j] = A->p[j + 1] - A->p[j];
    struct multigrid *multigrid = sizes ? allocate(A->n, sizes) : NULL;
    if (multigrid) {
        multigrid->comm = hypre.self;
        if (make_parts(multigrid, sizes, sizes + A->n) != ITERATION_OK) {
            multigrid_free(multigrid);
            multigrid = NULL;
        }
    }
    free(sizes);
    return multigrid;
}

enum iteration_status multigrid_new_shared(int32_t first, int32_t n, const int32_t *sizes, multigrid_agreement *agree,
                                           struct multigrid **out)
{
    struct multigrid *multigrid = allocate(n, sizes);
    enum iteration_status status = agree(multigrid ? ITERATION_OK : ITERATION_NO_MEMORY);
    if (status == ITERATION_OK) {
        multigrid->comm = hypre.world;
        multigrid->agree = agree;
        multigrid->first = first;
        status = make_parts(multigrid, sizes, NULL);
    }
    if (status != ITERATION_OK) {
        multigrid_free(multigrid);
        multigrid = NULL;
    }
    *out = multigrid;
    return status;
}

static void forget_vector(struct vector *vector)
{
    if (vector->values)
        hypre.HYPRE_IJVectorDestroy(vector->values);
}

void multigrid_free(struct multigrid *multigrid)
{
    if (!multigrid)
        return;
    pthread_mutex_lock(&turn);
    forget_hierarchy(multigrid);
    if (multigrid->matrix)
        hypre.HYPRE_IJMatrixDestroy(multigrid->matrix);
    forget_vector(&multigrid->x);
    forget_vector(&multigrid->residual);
    forget_vector(&multigrid->direction);
    forget_vector(&multigrid->image);
    hypre.HYPRE_ClearAllErrors();
    pthread_mutex_unlock(&turn);
    free(multigrid->diagonal);
    free(multigrid->room);
    free(multigrid);
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

static void assemble(struct multigrid *multigrid)
{
    void *object = NULL;
    hypre.HYPRE_IJMatrixAssemble(multigrid->matrix);
    hypre.HYPRE_IJMatrixGetObject(multigrid->matrix, &object);
    multigrid->A = object;
}

/* Rows are columns: the matrix is symmetric. */
static void hand_over(struct multigrid *multigrid, const struct laplacian *A, const double *x)
{
    int32_t *count = multigrid->room, *row = multigrid->room + BATCH;
    hypre.HYPRE_IJMatrixInitialize(multigrid->matrix);
    for (int32_t first = 0; first < A->n; first += BATCH) {
        int32_t rows = A->n - first < BATCH ? A->n - first : BATCH;
        for (int32_t q = 0; q < rows; q++) {
            row[q] = first + q;
            count[q] = A->p[first + q + 1] - A->p[first + q];
        }
        hypre.HYPRE_IJMatrixSetValues(multigrid->matrix, rows, count, row, A->i + A->p[first], x + A->p[first]);
    }
    assemble(multigrid);
}

/* Would the hierarchy that is there serve these values? */
static bool serves(const struct multigrid *multigrid, const struct laplacian *A, const double *x)
{
    int32_t changed = 0;
    if (!multigrid->made || multigrid->worn)
        return false;
    for (int32_t j = 0; j < A->n; j++)
        changed += !(fabs(x[A->d[j]] - multigrid->diagonal[j]) <= changed_by * multigrid->diagonal[j]);
    return changed <= changed_share * A->n;
}

static enum iteration_status make_hierarchy(struct multigrid *multigrid)
{
    forget_hierarchy(multigrid);
    hypre.HYPRE_BoomerAMGCreate(&multigrid->amg);
    hypre.HYPRE_BoomerAMGSetCoarsenType(multigrid->amg, HMIS);
    hypre.HYPRE_BoomerAMGSetInterpType(multigrid->amg, EXTENDED_I);
    hypre.HYPRE_BoomerAMGSetPMaxElmts(multigrid->amg, ENTRIES_A_ROW);
    hypre.HYPRE_BoomerAMGSetRelaxType(multigrid->amg,
                                      multigrid->scaled ? SCALED_GAUSS_SEIDEL : SYMMETRIC_GAUSS_SEIDEL);
    hypre.HYPRE_BoomerAMGSetMaxIter(multigrid->amg, 1);
    hypre.HYPRE_BoomerAMGSetTol(multigrid->amg, 0);
    if (multigrid->aggressive) {
        hypre.HYPRE_BoomerAMGSetAggNumLevels(multigrid->amg, 1);
        hypre.HYPRE_BoomerAMGSetAggInterpType(multigrid->amg, TWO_STAGE_EXTENDED_I);
    }
    hypre.HYPRE_BoomerAMGSetup(multigrid->amg, multigrid->A, multigrid->residual.par, multigrid->x.par);
    enum iteration_status status = verdict(multigrid);
    multigrid->made = status == ITERATION_OK;
    return status;
}

enum iteration_status multigrid_setup(struct multigrid *multigrid, const struct laplacian *A, const double *x)
{
    assert(A->n == multigrid->n);
    for (int32_t j = 0; j < A->n; j++)
        if (!(x[A->d[j]] > 0) || isinf(x[A->d[j]]))
            return ITERATION_STALLED;
    bool keep = serves(multigrid, A, x);
    pthread_mutex_lock(&turn);
    hand_over(multigrid, A, x);
    enum iteration_status status = verdict(multigrid);
    if (status == ITERATION_OK && !keep) {
        multigrid->aggressive = !multigrid->refused && laplacian_spread(A, x) <= MULTIGRID_ALIKE;
        status = make_hierarchy(multigrid);
        for (int32_t j = 0; j < A->n; j++)
            multigrid->diagonal[j] = x[A->d[j]];
    }
    pthread_mutex_unlock(&turn);
    return status;
}

enum iteration_status multigrid_setup_shared(struct multigrid *multigrid, const struct multigrid_rows *rows,
                                             bool alike)
{
    pthread_mutex_lock(&turn);
    hypre.HYPRE_IJMatrixInitialize(multigrid->matrix);
    hypre.HYPRE_IJMatrixAddToValues(multigrid->matrix, rows->rows, rows->count, rows->row, rows->column, rows->x);
    assemble(multigrid);
    multigrid->aggressive = !multigrid->refused && alike;
    enum iteration_status status = verdict(multigrid);
    if (status == ITERATION_OK)
        status = make_hierarchy(multigrid);
    pthread_mutex_unlock(&turn);
    return status;
}

/* ---- solving ----------------------------------------------------------------------------------------------------- */

static double product(const struct vector *x, const struct vector *y)
{
    double sum = 0;
    hypre.HYPRE_ParVectorInnerProd(x->par, y->par, &sum);
    return sum;
}

/* One step of conjugate gradients. rz: r'z of the step before, 0 at first; of this one out. False: there is none, since
 * what is left is in rows without a conductance, or is no number. */
static bool step(struct multigrid *multigrid, double *rz)
{
    HYPRE_ParVector p = multigrid->direction.par, z = multigrid->image.par, image = z; /* one after the other */
    double before = *rz;
    hypre.HYPRE_ParVectorSetConstantValues(z, 0);
    hypre.HYPRE_BoomerAMGSolve(multigrid->amg, multigrid->A, multigrid->residual.par, z);
    *rz = product(&multigrid->residual, &multigrid->image);
    hypre.HYPRE_ParVectorScale(before > 0 ? *rz / before : 0, p);
    hypre.HYPRE_ParVectorAxpy(1, z, p);
    hypre.HYPRE_ParCSRMatrixMatvec(1, multigrid->A, p, 0, image);
    double energy = product(&multigrid->direction, &multigrid->image);
    if (!(energy > 0))
        return false;
    hypre.HYPRE_ParVectorAxpy(*rz / energy, p, multigrid->x.par);
    hypre.HYPRE_ParVectorAxpy(-*rz / energy, image, multigrid->residual.par);
    return true;
}

/* Conjugate gradients by Hestenes and Stiefel (1952) with one cycle of multigrid for each step, and none beyond the
 * last: corrections of corrections are short. */
static enum iteration_status iterate(struct multigrid *multigrid, double accuracy, const double *b, int most)
{
    int iterations = 0;
    double rz = 0;
    hypre.HYPRE_IJVectorSetValues(multigrid->residual.values, multigrid->n, NULL, b);
    hypre.HYPRE_ParVectorSetConstantValues(multigrid->x.par, 0);
    hypre.HYPRE_ParVectorSetConstantValues(multigrid->direction.par, 0);
    double all = sqrt(product(&multigrid->residual, &multigrid->residual)), left = all;
    while (iterations < most && left > accuracy * all && step(multigrid, &rz)) {
        left = sqrt(product(&multigrid->residual, &multigrid->residual));
        iterations++;
    }
    multigrid->left = all > 0 && rz != 0 ? left / all : 0; /* rows without a conductance keep what is left in them */
    enum iteration_status status = verdict(multigrid);
    if (status == ITERATION_NO_MEMORY || !(multigrid->left <= accuracy))
        return status == ITERATION_NO_MEMORY ? status : ITERATION_STALLED;
    if (multigrid->fresh == 0)
        multigrid->fresh = iterations > 0 ? iterations : 1;
    multigrid->worn |= iterations > multigrid->fresh + SETUP_ITERATIONS;
    return ITERATION_OK;
}

/* With the hierarchy that is there; where that stalls with one of the present values. */
static enum iteration_status solve(struct multigrid *multigrid, double accuracy, const double *b)
{
    enum iteration_status status =
        iterate(multigrid, accuracy, b, multigrid->aggressive ? AGGRESSIVE_ITERATIONS : MOST_ITERATIONS);
    if (status != ITERATION_STALLED)
        return status;
    multigrid->refused |= multigrid->aggressive;
    multigrid->aggressive = false;
    status = make_hierarchy(multigrid);
    if (status == ITERATION_OK)
        status = iterate(multigrid, accuracy, b, MOST_ITERATIONS);
    if (status != ITERATION_STALLED || multigrid->scaled || multigrid->comm == hypre.self)
        return status;
    multigrid->scaled = true;
    status = make_hierarchy(multigrid);
    return status == ITERATION_OK ? iterate(multigrid, accuracy, b, MOST_ITERATIONS) : status;
}

enum iteration_status multigrid_solve(struct multigrid *multigrid, double accuracy, const double *b, double *x)
{
    bool is_shared = multigrid->comm != hypre.self; /* others may have more */
    double size = is_shared;
    for (int32_t i = 0; i < multigrid->n && !is_shared; i++)
        size += fabs(b[i]);
    if (size == 0) {
        multigrid->left = 0;
        memset(x, 0, (size_t)multigrid->n * sizeof *x);
        return ITERATION_OK;
    }
    if (!isfinite(size))
        return ITERATION_STALLED;
    pthread_mutex_lock(&turn);
    enum iteration_status status = solve(multigrid, accuracy, b);
    if (status == ITERATION_OK)
        hypre.HYPRE_IJVectorGetValues(multigrid->x.values, multigrid->n, NULL, x);
    hypre.HYPRE_ClearAllErrors();
    pthread_mutex_unlock(&turn);
    return status;
}

double multigrid_residual(const struct multigrid *multigrid)
{
    return multigrid->left;
}

#else

#include <math.h>

bool multigrid_is_there(void)
{
    return false;
}

struct multigrid *multigrid_new(const struct laplacian *A)
{
    (void)A;
    return NULL;
}

enum iteration_status multigrid_setup(struct multigrid *multigrid, const struct laplacian *A, const double *x)
{
    (void)multigrid, (void)A, (void)x;
    return ITERATION_STALLED;
}

enum iteration_status multigrid_solve(struct multigrid *multigrid, double accuracy, const double *b, double *x)
{
    (void)multigrid, (void)accuracy, (void)b, (void)x;
    return ITERATION_STALLED;
}

double multigrid_residual(const struct multigrid *multigrid)
{
    (void)multigrid;
    return INFINITY;
}

enum iteration_status multigrid_new_shared(int32_t first, int32_t n, const int32_t *sizes, multigrid_agreement *agree,
                                           struct multigrid **out)
{
    (void)first, (void)n, (void)sizes, (void)agree;
    *out = NULL;
    return ITERATION_STALLED;
}

enum iteration_status multigrid_setup_shared(struct multigrid *multigrid, const struct multigrid_rows *rows, bool alike)
{
    (void)multigrid, (void)rows, (void)alike;
    return ITERATION_STALLED;
}

void multigrid_free(struct multigrid *multigrid)
{
    (void)multigrid;
}

#endif
