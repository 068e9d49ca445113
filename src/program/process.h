/* How both programs begin. */
#ifndef OPSPICE_PROCESS_H
#define OPSPICE_PROCESS_H

/* Make failures errors that can be told: a descriptor 0, 1 or 2 that the caller has closed does not become that of a
 * file, a file beyond its limit (ulimit -f) is no signal, and memory ends where the machine's ends, before the system
 * has to end a program of its own choice. Ends the program with OPSPICE_SYSTEM where that cannot be done. */
void process_begin(void);

/* Before memory is first asked for: what one stage frees the next one uses again, without asking the system for fresh
 * pages; and the first of it, half of what there is or a quarter of a limit, comes in large pages, since a fault for
 * each small one costs a fifth of the time of a middling netlist and a sixth of that of a grid of a million nodes. */
void process_keep_memory(void);

/* What has been freed is the system's again: others need it. */
void process_give_back_memory(void);

/* Before a BLAS is loaded, where the user has not said so: it has no threads of its own, which would spin beside the
 * work while they are idle; and OpenBLAS takes a processor of Intel for one that it knows, with the same vectors. One
 * that is younger than the library would run the kernels of a processor of 2004, at a fourth of the speed. */
void process_choose_blas(void);

/* Before MPI is begun, where no mpirun has started this process and the user has not said so: Open MPI begins in it
 * alone, without a daemon beside it and without looking for networks, which takes 0.05 s in place of 0.4 s. */
void process_be_single(void);

#endif
