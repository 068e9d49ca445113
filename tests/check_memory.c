/* Memory runs out anywhere in the process: in opspice, and in the libraries that it calls (CHOLMOD, METIS,
 * zlib, jansson, the C library). Each allocation of each work below fails in turn, alone or with all that
 * follow. Then the call says so or did without, nothing leaks, no file is left half written, and the same work
 * succeeds when it is tried again.
 *
 * check_opspice does the same for allocations of opspice alone, where sanitizers and valgrind look on; this program
 * takes the place of malloc, which they do too. */
#include "opspice_drn.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#if defined(__has_feature)
#define HAS_FEATURE(name) __has_feature(name)
#else
#define HAS_FEATURE(name) 0
#endif
#if !defined(__GLIBC__) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    HAS_FEATURE(address_sanitizer) || HAS_FEATURE(thread_sanitizer)

int main(void)
{
    puts("skipped: memory: the sanitizers have an allocator of their own");
    return 77;
}

#else

/* ---- the allocator ---------------------------------------------------------------------------------------------- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);

static atomic_long live;         /* blocks allocated and not freed */
static atomic_bool armed;        /* are allocations counted? */
static atomic_long asked;        /* since then */
static atomic_long first_failed; /* from which on they fail */
static atomic_bool only_one;     /* that one alone */
static atomic_long failed;

/* OpenMP's library ends the program when it has no memory, and nothing can be done about it. The loader's allocations
 * are those of threads, which it makes for that library. */
static bool is_excused(const void *caller)
{
    Dl_info about;
    return dladdr(caller, &about) && (strstr(about.dli_fname, "libgomp") || strstr(about.dli_fname, "libomp") ||
                                      strstr(about.dli_fname, "ld-linux"));
}

static bool is_out(const void *caller)
{
    if (!armed || is_excused(caller))
        return false;
    long number = atomic_fetch_add(&asked, 1);
    if (only_one ? number != first_failed : number < first_failed)
        return false;
    failed++;
    errno = ENOMEM;
    return true;
}

static void *counted(void *block)
{
    live += block != NULL;
    return block;
}

/* The libraries are to call these too. */
#pragma GCC visibility push(default)
#define IS_OUT is_out(__builtin_return_address(0))

void *malloc(size_t size)
{
    return IS_OUT ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
    return IS_OUT ? NULL : counted(__libc_calloc(count, size));
}

void *realloc(void *block, size_t size)
{
    if (IS_OUT)
        return NULL;
    void *moved = __libc_realloc(block, size);
    live += (moved != NULL) - (block && (moved || size == 0));
    return moved;
}

void *memalign(size_t alignment, size_t size);
void *memalign(size_t alignment, size_t size)
{
    return IS_OUT ? NULL : counted(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return IS_OUT ? NULL : counted(__libc_memalign(alignment, size));
}

int posix_memalign(void **block, size_t alignment, size_t size)
{
    if (IS_OUT)
        return ENOMEM;
    void *made = counted(__libc_memalign(alignment, size));
    *block = made ? made : *block;
    return made ? 0 : ENOMEM;
}

void free(void *block)
{
    live -= block != NULL;
    __libc_free(block);
}

#pragma GCC visibility pop

/* ---- netlists --------------------------------------------------------------------------------------------------- */

static const char everything[] =
    "Everything\n.param p=1k q={p*2}\n.func f(x,y)={x*y+1}\nv1 a 0 5\nv2 a 0 5\nr1 a b {p}\nd1 b c ideal\n"
    "d2 b c ideal\nr2 c 0 {q}\nd3 0 c silicon\nr3 x y 1k\nv3 y z 1\nr4 z x 4k7\ni1 0 c 1m\nl1 c e 1u\nc1 e x 1n\n"
    "d4 e 0 knee\nr5 f 0 {f(2,3)}\nx1 e f s m=2\nb1 c 0 i=table(v(c),-1,-1m,0,0,1,2m)\n.subckt s a k r=1k\n"
    "r1 a m {r}\nd1 m k silicon\n.ends\n.if (p>0)\nr6 e 0 1k\n.else\nr6 e 0 2k\n.endif\n.model ideal D(Ron=0)\n"
    ".model knee D(Ron=10 Roff=1meg Vfwd=2)\n.model silicon D(is=1e-14 rs=1)\n.print v(a) v(a,b) i(v1) @r1[p]\n"
    ".save all @r1[i]\n.options savecurrents nosuch\n";

static const char analyses[] =
    "Analyses\n.param p=1k\nv1 a 0 5\nr1 a b {p}\nd1 b 0 knee\nr2 b 0 2k\n.model knee D(Ron=10 Roff=1meg Vfwd=2)\n"
    ".dc v1 0 4 1 r2 1k 2k 1k\n.step param p list 1k 2k\n.op\n.tf v(b) v1\n.print dc v(a) v(a,b) mean(v(b))*2\n"
    ".plot dc v(a) v(b)\n.meas dc most max v(b)\n.meas dc at1 find v(b) at=1\n"
    ".meas dc sum integ v(b) from=1 to=2.5\n";

static const char script[] =
    "Script\nv1 in 0 10\nr1 in out 1k\nr2 out 0 2k\n.control\nop\nprint all\nlet k = 0\nwhile k < 2\nlet k = k+1\n"
    "end\nforeach n a b\necho $n\nend\ndc v1 0 2 1\nprint v(in,out) vector(2)\nmeas dc m max v(out)\n"
    "write f.raw v(out)\nwrdata g v(in)\nset filetype=ascii\nwrite f.txt all\necho a > h\necho b >> h\ndisplay\n"
    "show r1\nalter r1 = 2k\nreset\ntf v(out) v1\nrun\ndestroy all\nop\n.endc\n";

/* A grid with diodes: large enough for orderings, supernodes of the factor, and sweeps in chunks. */
static char grid[1 << 16];

static void make_grid(size_t side)
{
    char *at = grid + sprintf(grid, "Grid\nv1 n0x0 0 1\n.model d D(ron=1 vfwd=0.3)\n");
    for (size_t y = 0; y < side; y++) {
        for (size_t x = 0; x < side; x++) {
            at += sprintf(at, "ra%zux%zu n%zux%zu n%zux%zu 1\n", x, y, x, y, x + 1, y);
            at += sprintf(at, "rb%zux%zu n%zux%zu n%zux%zu 2\n", x, y, x, y, x, y + 1);
        }
        at += sprintf(at, "d%zu n%zux%zu 0 d\n", y, side, y);
    }
    sprintf(at, "r0 n%zux%zu 0 1\n", side - 1, side);
}

/* ---- works: each returns the first status that is not OPSPICE_OK ---- */

static int loaded(opspice **deck, const char *text, const char *solver, const char *threads)
{
    *deck = opspice_new();
    if (!*deck)
        return OPSPICE_SYSTEM;
    if (opspice_set(*deck, "solver", solver) != OPSPICE_OK || opspice_set(*deck, "threads", threads) != OPSPICE_OK)
        return OPSPICE_USAGE;
    return opspice_load_memory(*deck, "deck.cir", text, strlen(text));
}

static int solve(const char *text, const char *solver)
{
    opspice *deck;
    int status = loaded(&deck, text, solver, "1");
    if (status == OPSPICE_OK)
        status = opspice_solve(deck);
    if (status == OPSPICE_OK && opspice_set_source(deck, "v1", 4.5) == OPSPICE_OK)
        status = text == everything ? OPSPICE_OK : opspice_solve(deck);
    opspice_free(deck);
    return status;
}

static int run(const char *text)
{
    opspice *deck;
    int status = loaded(&deck, text, "auto", "1");
    if (status == OPSPICE_OK)
        status = opspice_run(deck, NULL, NULL);
    for (int format = OPSPICE_LISTING; format <= OPSPICE_SERVER && status == OPSPICE_OK; format++)
        status = opspice_write(deck, (enum opspice_format)format, "out");
    for (size_t n = 0; deck && n < opspice_diagnostic_count(deck); n++) {
        char *message = opspice_diagnostic_text(deck, n);
        if (message && status != OPSPICE_OK && status != OPSPICE_SYSTEM)
            fputs(message, stdout);
        free(message);
    }
    opspice_free(deck);
    return status;
}

static int solve_newton(void) { return solve(everything, "newton"); }
static int solve_cd(void) { return solve(everything, "cd"); }
static int solve_grid(void) { return solve(grid, "newton"); }
static int run_analyses(void) { return run(analyses); }
static int run_script(void) { return run(script); }
static int run_everything(void) { return run(everything); }

static int sweep_on_threads(void)
{
    static char text[sizeof grid + 64];
    snprintf(text, sizeof text, "%s.dc v1 0 1 0.25m\n.save v(n1x1)\n", grid);
    opspice *deck;
    int status = loaded(&deck, text, "auto", "2");
    if (status == OPSPICE_OK)
        status = opspice_run(deck, NULL, NULL);
    opspice_free(deck);
    return status;
}

/* The C library allocates for the real path of a long one with a link. */
static int read_in_sandbox(void)
{
    opspice *deck = opspice_new();
    int status = deck ? opspice_set(deck, "sandbox", "yes") : OPSPICE_SYSTEM;
    if (status == OPSPICE_OK)
        status = opspice_load_file(deck, "data/deck.cir");
    opspice_free(deck);
    return status;
}

static int train(void)
{
    static const char *const options[][2] = {
        {"layers", "8,4,3"}, {"iterations", "200"}, {"beta", "0.01"}, {"batch", "2"},
        {"momentum", "0.5"}, {"variant", "positive"}, {"threads", "1"}, {"epochs", "2"}};
    opspice_drn *drn = opspice_drn_new(), *again = NULL;
    int status = drn ? OPSPICE_OK : OPSPICE_SYSTEM;
    for (size_t o = 0; o < sizeof options / sizeof *options && status == OPSPICE_OK; o++)
        status = opspice_drn_set(drn, options[o][0], options[o][1]);
    if (status == OPSPICE_OK)
        status = opspice_drn_read(drn, "data");
    if (status == OPSPICE_OK)
        status = opspice_drn_begin(drn);
    if (status == OPSPICE_OK)
        status = opspice_drn_step(drn, 100);
    if (status == OPSPICE_OK)
        status = opspice_drn_end_epoch(drn);
    if (status == OPSPICE_OK)
        status = opspice_drn_save(drn, "checkpoint");
    if (status == OPSPICE_OK)
        status = opspice_drn_export(drn, "out", 0);
    if (status == OPSPICE_OK)
        status = opspice_drn_write_log(drn, "out");
    if (status == OPSPICE_OK)
        status = opspice_drn_write_plot(drn, "out", "svg");
    if (status == OPSPICE_OK)
        status = (again = opspice_drn_new()) ? opspice_drn_read(again, "data") : OPSPICE_SYSTEM;
    if (status == OPSPICE_OK)
        status = opspice_drn_resume(again, "checkpoint");
    if (status == OPSPICE_OK)
        status = opspice_drn_step(again, 1);
    if (status != OPSPICE_OK && !armed)
        puts(opspice_drn_message(again ? again : drn));
    opspice_drn_free(again);
    opspice_drn_free(drn);
    return status;
}

static const struct {
    const char *name;
    int (*work)(void);
    bool is_long; /* only each seventh allocation, and that alone */
} works[] = {
    {"solve by Newton's method", solve_newton, false}, {"solve by coordinate descent", solve_cd, false},
    {"solve a grid", solve_grid, false}, {"run and write", run_everything, false},
    {"analyses", run_analyses, false}, {"a script and its files", run_script, false},
    {"read in a sandbox", read_in_sandbox, false}, {"a sweep on two threads", sweep_on_threads, true},
    {"train, save, resume", train, false},
};

/* ---- files ------------------------------------------------------------------------------------------------------ */

static void put_compressed(const char *path, const uint8_t *bytes, size_t size)
{
    gzFile file = gzopen(path, "wb");
    if (!file || gzwrite(file, bytes, (unsigned)size) != (int)size || gzclose(file) != Z_OK)
        exit(EXIT_FAILURE);
}

static void make_data(void)
{
    static const uint8_t images[] = {0,   0, 8,  3, 0, 0,  0,   5,   0, 0,   0, 2, 0, 0, 0,  2,  0, 255,
                                     255, 0, 10, 0, 0, 90, 255, 255, 0, 255, 1, 2, 3, 4, 99, 99, 0, 0};
    static const uint8_t labels[] = {0, 0, 8, 1, 0, 0, 0, 5, 0, 1, 2, 1, 0};
    static const char *const names[] = {"data/train-images-idx3-ubyte.gz", "data/train-labels-idx1-ubyte.gz",
                                        "data/t10k-images-idx3-ubyte.gz", "data/t10k-labels-idx1-ubyte.gz"};
    for (int n = 0; n < 4; n++)
        put_compressed(names[n], n % 2 ? labels : images, n % 2 ? sizeof labels : sizeof images);
}

/* A netlist that includes a file by a link and 2,000 bytes behind it. */
static void make_netlist(void)
{
    FILE *deck = fopen("data/deck.cir", "w"), *part = fopen("data/part.inc", "w");
    if (!deck || !part || symlink(".", "data/here") != 0)
        exit(EXIT_FAILURE);
    fprintf(deck, "deck\nv1 a 0 1\n.include here/");
    for (int n = 0; n < 1000; n++)
        fprintf(deck, "./");
    fprintf(deck, "part.inc\n");
    fprintf(part, "r1 a 0 1k\n");
    fclose(deck);
    fclose(part);
}

/* Remove the files of a folder. Those that begin so are halves. */
static bool clear(const char *folder, const char *half)
{
    bool whole = true;
    DIR *open = opendir(folder);
    for (struct dirent *entry; open && (entry = readdir(open));) {
        whole = whole && strncmp(entry->d_name, half, strlen(half)) != 0;
        if (entry->d_name[0] != '.' || strncmp(entry->d_name, half, strlen(half)) == 0)
            unlinkat(dirfd(open), entry->d_name, 0);
    }
    closedir(open);
    return whole;
}

/* ---- each in turn ------------------------------------------------------------------------------------------------ */

static int mistakes;

static void complain(size_t w, long n, const char *format, long number)
{
    printf("%s, allocation %ld%s: ", works[w].name, n, only_one ? " alone" : " and all that follow");
    printf(format, number);
    putchar('\n');
    mistakes++;
}

static int attempt(size_t w, long n, bool alone)
{
    asked = failed = 0;
    first_failed = n;
    only_one = alone;
    armed = true;
    int status = works[w].work();
    armed = false;
    return status;
}

static long fail_each(size_t w, bool alone)
{
    enum { MOST = 10 };
    long n = 0;
    int before_all = mistakes, status = works[w].work(); /* libraries keep what they make at the first time */
    if (status != OPSPICE_OK)
        complain(w, -1, "status %ld with memory enough", status);
    for (bool is_over = false; !is_over && mistakes < before_all + MOST; n += works[w].is_long ? 7 : 1) {
        long before = live;
        status = attempt(w, n, alone);
        is_over = failed == 0;
        if (status != OPSPICE_OK && (status != OPSPICE_SYSTEM || is_over))
            complain(w, n, "status %ld", status);
        if (live != before)
            complain(w, n, "%ld blocks leak", live - before);
        if (!clear(".", ".opspice"))
            complain(w, n, "half a file is left", 0);
        status = is_over || n % 8 ? OPSPICE_OK : works[w].work();
        if (status != OPSPICE_OK)
            complain(w, n, "status %ld when tried again", status);
    }
    return n - (works[w].is_long ? 7 : 1);
}

int main(int count, char **argument)
{
    static char folder[] = "opspice-memory-XXXXXX";
    if (!mkdtemp(folder) || chdir(folder) != 0 || mkdir("data", 0777) != 0)
        return EXIT_FAILURE;
    make_data();
    make_netlist();
    make_grid(16);
    for (size_t w = 0; w < sizeof works / sizeof *works; w++) {
        if (count > 1 && !strstr(works[w].name, argument[1]))
            continue;
        long each = fail_each(w, true), all = works[w].is_long ? 0 : fail_each(w, false);
        printf("%s: %ld allocations failed alone, %ld with all that follow\n", works[w].name, each, all);
        fflush(stdout);
    }
    clear("data", "-");
    clear(".", "-");
    rmdir("data");
    if (chdir("..") == 0)
        rmdir(folder);
    return mistakes ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
