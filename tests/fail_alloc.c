#include "fail_alloc.h"
#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

static atomic_long asked;              /* allocations since fail_alloc_after */
static atomic_long allowed = LONG_MAX; /* how many of them succeed */

void fail_alloc_after(long n)
{
    asked = 0;
    allowed = n;
}

long fail_alloc_off(void)
{
    long failed = asked > allowed ? asked - allowed : 0;
    allowed = LONG_MAX;
    return failed;
}

long fail_alloc_count(void)
{
    return asked;
}

static bool out_of_memory(void)
{
    if (atomic_fetch_add(&asked, 1) < allowed)
        return false;
    errno = ENOMEM;
    return true;
}

/* The linker turns a call of f into __wrap_f, and __real_f into the f that would have been called. */
#define WRAP(result, function, parameters, arguments)                  \
    result __real_##function parameters;                               \
    result __wrap_##function parameters;                               \
    result __wrap_##function parameters                                \
    {                                                                  \
        return out_of_memory() ? NULL : __real_##function arguments;   \
    }

WRAP(void *, malloc, (size_t size), (size))
WRAP(void *, calloc, (size_t count, size_t size), (count, size))
WRAP(void *, realloc, (void *block, size_t size), (block, size))
WRAP(void *, aligned_alloc, (size_t alignment, size_t size), (alignment, size))
WRAP(char *, strdup, (const char *text), (text))
WRAP(char *, strndup, (const char *text, size_t length), (text, length))
