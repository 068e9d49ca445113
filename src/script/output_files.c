#include "script/output_files.h"

#include "util/array.h"
#include "util/folder.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Is part of the path a name that begins with a point, but `.` itself? Shells and editors hide such files, and run some
 * of them. */
static bool is_hidden(const char *path)
{
    for (const char *part = path; part; part = strchr(part, '/')) {
        part += *part == '/';
        if (part[0] == '.' && part[1] != '/' && part[1] != '\0')
            return true;
    }
    return false;
}

static bool has_made(const struct script *script, const char *path)
{
    for (size_t f = 0; f < script->files; f++) {
        if (strcmp(script->file[f], path) == 0)
            return true;
    }
    return false;
}

/* Why a script may not write this file, to be said behind its path; or NULL. What is there is replaced, but in a
 * sandbox only what the script has made. */
static const char *objection(struct script *script, const char *path)
{
    const struct sources *sources = &script->session->netlist.sources;
    errno = 0;
    char *here = folder_real(".");
    size_t length = strlen(path);
    struct stat about;
    bool is_inside =
        here && length > 0 && path[length - 1] != '/' && strcmp(path, "-") != 0 && folder_holds(here, path);
    if (!is_inside && errno == ENOMEM)
        diagnose_no_memory(script->diagnostics);
    bool exists = stat(path, &about) == 0;
    free(here);
    if (!is_inside)
        return ": a script writes files in the working directory, and below it, only";
    if (is_hidden(path))
        return ": a script writes no hidden files";
    if (exists && !S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode))
        return ": a script writes no devices and pipes";
    if (sources_hold(sources, path))
        return " belongs to the netlist: it is not written over";
    if (exists && sources->folder && !has_made(script, path))
        return ": in the sandbox a script replaces no file";
    return NULL;
}

/* Remember the path, which is taken over, of a file that the script makes. */
static void remember(struct script *script, char *path)
{
    if (!has_made(script, path) &&
        array_reserve(&script->file, &script->file_capacity, script->files + 1, sizeof *script->file))
        script->file[script->files++] = path;
    else
        free(path);
}

bool script_open_file(struct script *script, struct command command, const char *name, size_t length, bool append,
                      struct whole_file *file)
{
    char *path = strndup(name, length);
    if (!path) {
        diagnose_no_memory(script->diagnostics);
        return false;
    }
    bool opened = false;
    const char *why = objection(script, path);
    if (why)
        script_complain(script, command, "%s%s", path, why);
    else if (!(opened = whole_file_open(file, path)))
        diagnose(script->diagnostics, FAILURE_CANNOT_WRITE, command.text, command.length, "cannot write %s: %s", path,
                 strerror(errno));
    FILE *old = opened && append ? fopen(path, "r") : NULL;
    if (old) {
        char bytes[4096];
        size_t count;
        while ((count = fread(bytes, 1, sizeof bytes, old)) > 0)
            fwrite(bytes, 1, count, file->file);
        fclose(old);
    }
    if (opened)
        remember(script, path);
    else
        free(path);
    return opened;
}

bool script_close_file(struct script *script, struct command command, struct whole_file *file, bool good)
{
    if (whole_file_close(file, good && !ferror(file->file)))
        return true;
    diagnose(script->diagnostics, FAILURE_CANNOT_WRITE, command.text, command.length, "a file was not written: %s",
             strerror(errno));
    return false;
}
