#include "program/gnuplot.h"

#include "opspice.h"
#include "program/interrupts.h"
#include "program/message.h"
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* An empty file of a name that no other program takes. */
static bool make_file(const char *path)
{
    unlink(path); /* of another process of this number, long ago */
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    return descriptor >= 0 && close(descriptor) == 0;
}

int gnuplot_begin(struct gnuplot *plot, const char *path)
{
    long process = (long)getpid();
    *plot = (struct gnuplot){.path = path};
    errno = 0;
    if (asprintf(&plot->script, "%s.%ld.gp", path, process) < 0)
        plot->script = NULL;
    if (asprintf(&plot->picture, "%s.%ld", path, process) < 0)
        plot->picture = NULL;
    interrupts_remove(INTERRUPTS_SCRIPT, plot->script);
    interrupts_remove(INTERRUPTS_PICTURE, plot->picture);
    return plot->script && plot->picture && make_file(plot->picture) ? OPSPICE_OK : system_error("draw", path);
}

static int could_not_draw(const struct gnuplot *plot)
{
    program_message("gnuplot could not draw %s", plot->path);
    return OPSPICE_SYSTEM;
}

/* What gnuplot has to say of a script of ours is of no use to those who have not written it. */
static int run(const struct gnuplot *plot)
{
    char *arguments[] = {(char[]){"gnuplot"}, (char[]){"-d"}, plot->script, NULL};
    posix_spawn_file_actions_t silence;
    pid_t child;
    int result = 0, failed = posix_spawn_file_actions_init(&silence);
    if (!failed) {
        failed = posix_spawn_file_actions_addopen(&silence, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        if (!failed)
            failed = posix_spawnp(&child, "gnuplot", &silence, NULL, arguments, environ);
        posix_spawn_file_actions_destroy(&silence);
    }
    errno = failed;
    if (failed == ENOENT || failed == EACCES || failed == ENOTDIR) {
        program_message("--plot needs gnuplot, which is not installed (Debian: apt-get install gnuplot-nox)");
        return OPSPICE_SYSTEM;
    }
    if (failed)
        return system_error("run", "gnuplot");
    while (waitpid(child, &result, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(result) && WEXITSTATUS(result) == 0 ? OPSPICE_OK : could_not_draw(plot);
}

/* gnuplot does not say so where its disk was full. */
static bool is_whole(const char *picture)
{
    char end[16] = "";
    FILE *file = fopen(picture, "re");
    bool whole = file && fseek(file, -(long)sizeof end, SEEK_END) == 0 &&
                 fread(end, 1, sizeof end, file) == sizeof end &&
                 (memmem(end, sizeof end, "</svg>", 6) || memmem(end, sizeof end, "IEND", 4));
    if (file)
        fclose(file);
    return whole;
}

int gnuplot_draw(struct gnuplot *plot)
{
    int status = run(plot);
    if (status == OPSPICE_OK && !is_whole(plot->picture))
        status = could_not_draw(plot);
    if (status == OPSPICE_OK && rename(plot->picture, plot->path) != 0)
        status = system_error("draw", plot->path);
    return status;
}

void gnuplot_end(struct gnuplot *plot)
{
    if (plot->script)
        unlink(plot->script);
    if (plot->picture)
        unlink(plot->picture);
    interrupts_remove(INTERRUPTS_SCRIPT, NULL);
    interrupts_remove(INTERRUPTS_PICTURE, NULL);
    free(plot->script);
    free(plot->picture);
}
