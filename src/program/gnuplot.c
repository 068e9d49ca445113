#include "program/gnuplot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A string of gnuplot in single quotes: quotes in it are doubled. */
static void put_string(FILE *script, const char *text)
{
    fputc('\'', script);
    for (; *text; text++) {
        if (*text == '\'')
            fputc('\'', script);
        fputc((unsigned char)*text < ' ' ? ' ' : *text, script);
    }
    fputc('\'', script);
}

static void put_script(FILE *script, const char *csv, const char *picture, const char *title)
{
    bool is_png = strlen(picture) > 4 && strcmp(picture + strlen(picture) - 4, ".png") == 0;
    fprintf(script, "set terminal %s size 900,600 enhanced\nset output ", is_png ? "pngcairo" : "svg");
    put_string(script, picture);
    fputs("\nset datafile separator ','\nset key outside noenhanced\nset grid\nset title ", script);
    put_string(script, title);
    fputs(" noenhanced\nset xlabel columnheader(1) noenhanced\ndata = ", script);
    put_string(script, csv);
    fputs("\nstats data skip 1 nooutput\n"
          "plot for [c = 2:STATS_columns] data using 1:c with linespoints pointsize 0.4 title columnheader(c)\n",
          script);
}

/* Run gnuplot on a script from a pipe. */
static bool run(const char *csv, const char *picture, const char *title)
{
    FILE *script = popen("gnuplot 2>/dev/null", "w");
    if (!script)
        return false;
    put_script(script, csv, picture, title);
    int status = pclose(script);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    errno = WIFEXITED(status) && WEXITSTATUS(status) == 127 ? ENOENT : EIO;
    return false;
}

bool gnuplot_draw(const char *csv, const char *path, const char *title)
{
    const char *ending = path + strlen(path) - 4;
    size_t size = strlen(path) + sizeof ".XXXXXX";
    char *picture = malloc(size);
    struct stat made;
    if (!picture)
        return false;
    snprintf(picture, size, "%.*s.%06ld%s", (int)(ending - path), path, (long)getpid() % 1000000, ending);
    bool drawn = run(csv, picture, title) && stat(picture, &made) == 0 && made.st_size > 0 && rename(picture, path) == 0;
    if (!drawn) {
        int reason = errno;
        unlink(picture);
        errno = reason;
    }
    free(picture);
    return drawn;
}
