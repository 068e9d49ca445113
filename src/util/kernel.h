/* Inner loops that are worth vector instructions: compiled for several processors, chosen when the program starts. */
#ifndef OPSPICE_KERNEL_H
#define OPSPICE_KERNEL_H

#if defined(__x86_64__) && defined(__ELF__) && !defined(__SANITIZE_ADDRESS__)
#define KERNEL __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define KERNEL
#endif

#endif
