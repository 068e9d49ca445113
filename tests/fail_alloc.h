/* Make memory run out on purpose.
 *
 * The check program is linked with --wrap for malloc, calloc, realloc, aligned_alloc, strdup and strndup: every call in
 * an object of that program (all rooms, and Check's static library) comes here first. Calls inside shared libraries
 * (libc, CHOLMOD, jansson) do not.
 *
 * Check allocates in every ck_assert, so: arm, call the code under test, disarm, then assert.
 *
 *     for (long n = 0, failed = 1; failed; n++) {
 *         fail_alloc_after(n);
 *         status = code_under_test();
 *         failed = fail_alloc_off();
 *         ck_assert_int_eq(status, failed ? NO_MEMORY : OK);
 *     } */
#ifndef OPSPICE_FAIL_ALLOC_H
#define OPSPICE_FAIL_ALLOC_H

/* Let n allocations succeed and fail all that follow (errno: ENOMEM), until fail_alloc_off. Counts from 0 again. */
void fail_alloc_after(long n);

/* Let all succeed again. Returns how many were failed since fail_alloc_after: 0 when the code needed at most n. */
long fail_alloc_off(void);

/* Allocations asked for since fail_alloc_after, or since the program's start; failed ones included. */
long fail_alloc_count(void);

#endif
