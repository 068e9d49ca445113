#include "program/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <unistd.h>

/* What is opened in place of a closed one fails when it is used. */
static void guard_descriptors(int failed)
{
    for (int descriptor = 0; descriptor <= STDERR_FILENO; descriptor++) {
        if (fcntl(descriptor, F_GETFD) < 0 && open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY) != descriptor)
            _exit(failed);
    }
}

static void bound_memory(void)
{
    struct sysinfo machine;
    struct rlimit limit;
    if (sysinfo(&machine) != 0 || getrlimit(RLIMIT_DATA, &limit) != 0)
        return;
    rlim_t memory = (rlim_t)(machine.totalram + machine.totalswap) * machine.mem_unit;
    if (limit.rlim_cur > memory)
        setrlimit(RLIMIT_DATA, &(struct rlimit){memory, limit.rlim_max});
}

void process_begin(int failed)
{
    guard_descriptors(failed);
    signal(SIGXFSZ, SIG_IGN);
    bound_memory();
}
