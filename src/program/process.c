#include "program/process.h"

#include "opspice.h"
#include "program/message.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <unistd.h>

enum { STACK = 1 << 20, SPARE = 1 << 16 }; /* bytes */

/* What is opened in place of a closed one fails when it is used. */
static void guard_descriptors(void)
{
    for (int descriptor = 0; descriptor <= STDERR_FILENO; descriptor++) {
        if (fcntl(descriptor, F_GETFD) < 0 && open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY) != descriptor)
            _exit(OPSPICE_SYSTEM);
    }
}

static bool has_room(size_t size)
{
    void *room = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED)
        return false;
    munmap(room, size);
    return true;
}

/* A sanitizer has by now more than that, not all of it used: then there is no bound. */
static void bound_memory(void)
{
    struct sysinfo machine;
    struct rlimit limit;
    if (sysinfo(&machine) != 0 || getrlimit(RLIMIT_DATA, &limit) != 0)
        return;
    rlim_t memory = (rlim_t)(machine.totalram + machine.totalswap) * machine.mem_unit;
    bool had_room = has_room(SPARE);
    if (limit.rlim_cur > memory && setrlimit(RLIMIT_DATA, &(struct rlimit){memory, limit.rlim_max}) == 0 && had_room &&
        !has_room(SPARE))
        setrlimit(RLIMIT_DATA, &limit);
}

/* Where address space runs out, a stack that has to grow ends the program without a word: so it grows now, or the
 * program does not begin. Its pages are not used yet. */
static void __attribute__((noinline)) grow_stack(void)
{
    volatile char stack[STACK];
    stack[0] = 0;
    (void)stack[0];
}

static bool reserve_stack(void)
{
    if (!has_room(STACK + SPARE))
        return false;
    grow_stack();
    return true;
}

void process_begin(void)
{
    guard_descriptors();
    signal(SIGXFSZ, SIG_IGN);
    bound_memory();
    if (!reserve_stack()) {
        errno = ENOMEM;
        system_error("start", program_name);
        _exit(OPSPICE_SYSTEM);
    }
}

#if defined(M_MMAP_THRESHOLD) && defined(MADV_HUGEPAGE)
enum { PAGE = 1 << 21 };

/* Whether memory that nobody touches is counted: then what one process lays out another cannot have (proc(5),
 * overcommit_memory 2). */
static bool is_untouched_counted(void)
{
    char policy = 0;
    int file = open("/proc/sys/vm/overcommit_memory", O_RDONLY | O_CLOEXEC);
    if (file >= 0) {
        if (read(file, &policy, 1) != 1)
            policy = 0;
        close(file);
    }
    return policy == '2';
}

/* A share of the memory that there is, bytes; of what a limit leaves less, since what has mappings of its own (MPI,
 * OpenBLAS, stacks) counts there too. */
static size_t share_of_memory(void)
{
    enum { OF_MACHINE = 2, OF_LIMIT = 4 };
    static const int kinds[] = {RLIMIT_AS, RLIMIT_DATA};
    struct sysinfo machine;
    rlim_t share = sysinfo(&machine) == 0 ? (rlim_t)machine.totalram * machine.mem_unit / OF_MACHINE : 0;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        struct rlimit limit;
        if (getrlimit(kinds[k], &limit) == 0 && limit.rlim_cur / OF_LIMIT < share)
            share = limit.rlim_cur / OF_LIMIT;
    }
    return (size_t)share;
}

static void take_and_give_back(size_t size)
{
    void *volatile block = malloc(size); /* a compiler leaves out one that nobody looks at */
    free(block);
}

/* The heap grows by so much, of which nothing is touched but the end: what is touched before it is advised has small
 * pages for good. Another malloc than that of the C library has no heap. */
static void grow_heap(size_t room)
{
    enum { SOME = 1 << 18 }; /* more than there is at the beginning */
    const int mappings = 1 << 16; /* as many blocks as the C library maps unless told otherwise */
    char *before = sbrk(0), *start;
    take_and_give_back(SOME);
    start = sbrk(0);
    if (start == before)
        return;
    mallopt(M_MMAP_MAX, 0);
    take_and_give_back(room);
    mallopt(M_MMAP_MAX, mappings);
    start += PAGE - (uintptr_t)start % PAGE;
    madvise(start, (size_t)((char *)sbrk(0) - start), MADV_HUGEPAGE);
}
#endif

void process_keep_memory(void)
{
#if defined(M_MMAP_THRESHOLD) && defined(MADV_HUGEPAGE)
    enum { LARGE = 1 << 30, NEVER = -1 };
    mallopt(M_MMAP_THRESHOLD, LARGE);
    mallopt(M_TRIM_THRESHOLD, NEVER);
    if (!is_untouched_counted())
        grow_heap(share_of_memory());
    mallopt(M_TOP_PAD, PAGE);
#endif
}

void process_give_back_memory(void)
{
    malloc_trim(0);
}

void process_choose_blas(void)
{
    setenv("OPENBLAS_NUM_THREADS", "1", 0);
    setenv("OMP_THREAD_LIMIT", "1", 0); /* those of CHOLMOD and hypre wait for each other longer than they work */
#ifdef __x86_64__
    __builtin_cpu_init();
    bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    bool has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
    if (__builtin_cpu_is("intel") && has_avx2)
        setenv("OPENBLAS_CORETYPE", has_avx512 ? "SkylakeX" : "Haswell", 0);
#endif
}

void process_be_single(void)
{
    if (getenv("PMIX_RANK") || getenv("PMI_RANK")) /* mpirun, or what a cluster has in its place */
        return;
    setenv("OMPI_MCA_ess_singleton_isolated", "1", 0);
    setenv("OMPI_MCA_pml", "ob1", 0);
}
