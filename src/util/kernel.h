/* Inner loops that are worth vector instructions: compiled for several processors, chosen when the program starts. */
#ifndef OPSPICE_KERNEL_H
#define OPSPICE_KERNEL_H

/* Sanitizers begin after the choice is made. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define KERNEL_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define KERNEL_SANITIZED
#endif
#endif

/* With fused multiply-add for processors with AVX2 too; clang 14 has no name for those. No two kernels have one name,
 * in files of their own either: clang's choice among versions is not static. */
#if !defined(__x86_64__) || !defined(__ELF__) || defined(KERNEL_SANITIZED)
#define KERNEL
#elif defined(__clang__)
#define KERNEL __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define KERNEL __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif

/* A function that is part of kernels, and so compiled for the same processors. */
#define KERNEL_PART static inline __attribute__((always_inline))

/* Before a loop whose rounds do not depend on each other; or whose largest or least value, flag (|) or sums are wanted
 * in any order. Clang has no vectors for such a largest value, and would warn. */
#ifdef __clang__
#define KERNEL_EACH
#define KERNEL_FLAG(flag)
#define KERNEL_FLAG_SUM(flag, sum)
#define KERNEL_LEAST(least)
#define KERNEL_FLAG_LEAST_SUMS(flag, least, sum, other_sum, third_sum)
#define KERNEL_LARGEST(largest)
#define KERNEL_FLAG_LARGEST(flag, largest)
#define KERNEL_FAN(flag, largest, sum, other_sum, third_sum)
#define KERNEL_REDUCTIONS(largest, other_largest, sum, other_sum)
#define KERNEL_SUM(sum) _Pragma("clang loop vectorize(enable)")
#else
#define KERNEL_PRAGMA(text) _Pragma(#text)
#define KERNEL_EACH KERNEL_PRAGMA(omp simd)
#define KERNEL_FLAG(flag) KERNEL_PRAGMA(omp simd reduction(| : flag))
#define KERNEL_FLAG_SUM(flag, sum) KERNEL_PRAGMA(omp simd reduction(| : flag) reduction(+ : sum))
#define KERNEL_FAN(flag, largest, sum, other_sum, third_sum) \
    KERNEL_PRAGMA(omp simd reduction(| : flag) reduction(max : largest) reduction(+ : sum, other_sum, third_sum))
#define KERNEL_LARGEST(largest) KERNEL_PRAGMA(omp simd reduction(max : largest))
#define KERNEL_FLAG_LARGEST(flag, largest) KERNEL_PRAGMA(omp simd reduction(| : flag) reduction(max : largest))
#define KERNEL_LEAST(least) KERNEL_PRAGMA(omp simd reduction(min : least))
#define KERNEL_FLAG_LEAST_SUMS(flag, least, sum, other_sum, third_sum) \
    KERNEL_PRAGMA(omp simd reduction(| : flag) reduction(min : least) reduction(+ : sum, other_sum, third_sum))
#define KERNEL_REDUCTIONS(largest, other_largest, sum, other_sum) \
    KERNEL_PRAGMA(omp simd reduction(max : largest, other_largest) reduction(+ : sum, other_sum))
#define KERNEL_SUM(sum) KERNEL_PRAGMA(omp simd reduction(+ : sum))
#endif

#endif
