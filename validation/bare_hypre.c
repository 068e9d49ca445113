/* What hypre takes for a resistor deck by itself: assemble, setup and solve of conjugate gradients with BoomerAMG,
 * timed without reading or writing, with the parameters that suit grids best (HMIS, extended+i, four entries a row,
 * symmetric Gauss-Seidel; "aggressive": the first coarsening takes two steps at once).
 *
 *     bare_hypre DECK [TOLERANCE]        or under mpirun, whose ranks divide the rows
 *
 * Prints a line a hierarchy: name, seconds of each, their sum, iterations, relative residual, peak resident memory in
 * kilobytes of the first rank. */
#include "bare_deck.h"
#include <HYPRE.h>
#include <HYPRE_IJ_mv.h>
#include <HYPRE_krylov.h>
#include <HYPRE_parcsr_ls.h>
#include <mpi.h>
#include <sys/resource.h>

/* The rows first..last of the Laplacian of the free nodes, and of the right-hand side. */
struct rows {
    int first, last;
    int *count, *start; /* [last - first + 1] entries; where they begin */
    int *column;
    double *x, *b;
};

/* The two ends of a resistor as unknowns; -1: ground, -2: the fixed node. */
static int unknown(const struct deck *deck, int node)
{
    return node < 0 ? -1 : node == deck->fixed ? -2 : node - (node > deck->fixed);
}

static int owns(const struct rows *rows, int i)
{
    return i >= rows->first && i <= rows->last;
}

static void make_rows(const struct deck *deck, struct rows *rows)
{
    size_t n = (size_t)(rows->last - rows->first + 1), entries = n;
    rows->count = or_die(calloc(n + 1, sizeof *rows->count));
    rows->start = or_die(calloc(n + 1, sizeof *rows->start));
    rows->b = or_die(calloc(n + 1, sizeof *rows->b));
    for (size_t k = 0; k < deck->resistors; k++) {
        int end[2] = {unknown(deck, deck->a[k]), unknown(deck, deck->b[k])};
        for (int e = 0; e < 2; e++)
            if (owns(rows, end[e]) && end[1 - e] >= 0) {
                rows->count[end[e] - rows->first]++;
                entries++;
            }
    }
    rows->column = or_die(calloc(entries, sizeof *rows->column));
    rows->x = or_die(calloc(entries, sizeof *rows->x));
    size_t at = 0;
    for (size_t i = 0; i < n; i++) { /* the diagonal first */
        rows->start[i] = (int)at;
        rows->column[at] = rows->first + (int)i;
        at += (size_t)rows->count[i] + 1;
        rows->count[i] = 1;
    }
    for (size_t k = 0; k < deck->resistors; k++) {
        int end[2] = {unknown(deck, deck->a[k]), unknown(deck, deck->b[k])};
        for (int e = 0; e < 2; e++) {
            if (!owns(rows, end[e]))
                continue;
            int i = end[e] - rows->first;
            rows->x[rows->start[i]] += deck->g[k];
            if (end[1 - e] == -2)
                rows->b[i] += deck->g[k] * deck->volts;
            if (end[1 - e] < 0)
                continue;
            int to = rows->start[i] + rows->count[i]++;
            rows->column[to] = end[1 - e];
            rows->x[to] = -deck->g[k];
        }
    }
}

static void solve(const struct rows *rows, double tolerance, int aggressive, int rank)
{
    int n = rows->last - rows->first + 1, iterations = 0;
    double residual = 0, begin = now();
    int *row = or_die(calloc((size_t)n + 1, sizeof *row));
    for (int i = 0; i < n; i++)
        row[i] = rows->first + i;
    HYPRE_IJMatrix matrix;
    HYPRE_IJVector right, left;
    void *A, *b, *x;
    HYPRE_IJMatrixCreate(MPI_COMM_WORLD, rows->first, rows->last, rows->first, rows->last, &matrix);
    HYPRE_IJMatrixSetObjectType(matrix, HYPRE_PARCSR);
    HYPRE_IJMatrixSetRowSizes(matrix, rows->count);
    HYPRE_IJMatrixInitialize(matrix);
    HYPRE_IJMatrixSetValues(matrix, n, rows->count, row, rows->column, rows->x);
    HYPRE_IJMatrixAssemble(matrix);
    HYPRE_IJMatrixGetObject(matrix, &A);
    HYPRE_IJVectorCreate(MPI_COMM_WORLD, rows->first, rows->last, &right);
    HYPRE_IJVectorSetObjectType(right, HYPRE_PARCSR);
    HYPRE_IJVectorInitialize(right);
    HYPRE_IJVectorSetValues(right, n, row, rows->b);
    HYPRE_IJVectorAssemble(right);
    HYPRE_IJVectorGetObject(right, &b);
    HYPRE_IJVectorCreate(MPI_COMM_WORLD, rows->first, rows->last, &left);
    HYPRE_IJVectorSetObjectType(left, HYPRE_PARCSR);
    HYPRE_IJVectorInitialize(left);
    HYPRE_IJVectorAssemble(left);
    HYPRE_IJVectorGetObject(left, &x);
    double assembled = now();

    HYPRE_Solver amg, cg;
    HYPRE_BoomerAMGCreate(&amg);
    HYPRE_BoomerAMGSetCoarsenType(amg, 10);
    HYPRE_BoomerAMGSetInterpType(amg, 6);
    HYPRE_BoomerAMGSetPMaxElmts(amg, 4);
    HYPRE_BoomerAMGSetRelaxType(amg, 6);
    HYPRE_BoomerAMGSetMaxIter(amg, 1);
    HYPRE_BoomerAMGSetTol(amg, 0);
    HYPRE_BoomerAMGSetAggNumLevels(amg, aggressive);
    HYPRE_BoomerAMGSetAggInterpType(amg, 1);
    HYPRE_ParCSRPCGCreate(MPI_COMM_WORLD, &cg);
    HYPRE_PCGSetTol(cg, tolerance);
    HYPRE_PCGSetMaxIter(cg, 200);
    HYPRE_PCGSetTwoNorm(cg, 1);
    HYPRE_PCGSetPrecond(cg, (HYPRE_PtrToSolverFcn)HYPRE_BoomerAMGSolve, (HYPRE_PtrToSolverFcn)HYPRE_BoomerAMGSetup, amg);
    HYPRE_ParCSRPCGSetup(cg, A, b, x);
    double made = now();
    HYPRE_ParCSRPCGSolve(cg, A, b, x);
    double solved = now();
    HYPRE_PCGGetNumIterations(cg, &iterations);
    HYPRE_PCGGetFinalRelativeResidualNorm(cg, &residual);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    if (rank == 0)
        printf("%-10s assemble %.3f setup %.3f solve %.3f sum %.3f s, %d iterations, residual %.1e, %ld kB\n",
               aggressive ? "aggressive" : "plain", assembled - begin, made - assembled, solved - made, solved - begin,
               iterations, residual, usage.ru_maxrss);
    HYPRE_ParCSRPCGDestroy(cg);
    HYPRE_BoomerAMGDestroy(amg);
    HYPRE_IJMatrixDestroy(matrix);
    HYPRE_IJVectorDestroy(right);
    HYPRE_IJVectorDestroy(left);
    free(row);
}

int main(int argc, char **argv)
{
    int rank, ranks;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    FILE *file = argc > 1 ? fopen(argv[1], "r") : NULL;
    if (!file) {
        fputs("usage: bare_hypre DECK [TOLERANCE]\n", stderr);
        return 2;
    }
    double tolerance = argc > 2 ? atof(argv[2]) : 1e-8;
    struct deck deck = {0};
    read_deck(&deck, file);
    fclose(file);
    HYPRE_Init();
    long n = deck.nodes - 1;
    struct rows rows = {.first = (int)(n * rank / ranks), .last = (int)(n * (rank + 1) / ranks) - 1};
    make_rows(&deck, &rows);
    for (int aggressive = 0; aggressive < 2; aggressive++)
        solve(&rows, tolerance, aggressive, rank);
    HYPRE_Finalize();
    MPI_Finalize();
    return 0;
}
