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

/* Does the path lead to a folder in the working directory that is not there? */
static bool is_missing_inside(const char *path)
{
    const char *last = strrchr(path, '/');
    char *folder = last && last > path ? strndup(path, (size_t)(last - path)) : NULL;
    struct stat about;
    bool is_missing = folder && *path != '/' && stat(folder, &about) != 0 && errno == ENOENT;
    for (const char *part = path; is_missing && part; part = strchr(part, '/')) {
        part += *part == '/';
        is_missing = strncmp(part, "../", 3) != 0;
    }
    free(folder);
    return is_missing;
}

/* The file of this path that it has made, or NULL. */
static struct made_file *made_file(const struct script *script, const char *path)
{
    for (size_t f = 0; f < script->files; f++) {
        if (strcmp(script->file[f].path, path) == 0)
            return &script->file[f];
    }
    return NULL;
}

static bool has_made(const struct script *script, const char *path)
{
    return made_file(script, path);
}

bool script_has_written(const struct script *script, const char *path)
{
    struct stat wanted, about;
    bool found = false;
    for (size_t f = 0; f < script->files && !found && stat(path, &wanted) == 0; f++) {
        const struct made_file *file = &script->file[f];
        found = file->is_of_run && stat(file->path, &about) == 0 && about.st_dev == wanted.st_dev &&
                about.st_ino == wanted.st_ino;
    }
    return found;
}

/* Is it one that a circuit was read from, also one that was removed? */
static bool is_of_netlist(const struct script *script, const char *path)
{
    struct stat about;
    bool found = false;
    if (stat(path, &about) != 0)
        return false;
    for (size_t c = 0; c < script->circuits && !found; c++)
        found = sources_hold_own(&script->circuit[c]->session->netlist.sources, &about);
    return found;
}

/* What a script may not do with this file, to be said behind its path; or NULL. What is there is replaced, but in a
 * sandbox only what the script has made. *why: what the system says instead, that there is no such folder. */
static const char *objection(struct script *script, const char *path, int *why)
{
    *why = 0;
    if (strcmp(path, "/dev/null") == 0) /* nothing is written there */
        return NULL;
    errno = 0;
    char *here = folder_real(".");
    size_t length = strlen(path);
    struct stat about;
    bool is_inside =
        here && length > 0 && path[length - 1] != '/' && strcmp(path, "-") != 0 && folder_holds(here, path);
    int reason = errno;
    if (!is_inside && reason == ENOMEM)
        diagnose_no_memory(script->diagnostics);
    bool exists = stat(path, &about) == 0;
    free(here);
    *why = is_missing_inside(path) ? ENOENT : 0;
    if (!is_inside && *why == 0)
        return ": a script writes files in the working directory, and below it, only";
    if (is_hidden(path))
        return ": a script writes no hidden files";
    if (exists && !S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode))
        return ": a script writes no devices and pipes";
    if (is_of_netlist(script, path) && !has_made(script, path))
        return " belongs to the netlist: it is not written over";
    if (exists && script->folder && !has_made(script, path))
        return ": in the sandbox a script replaces no file";
    return NULL;
}

/* Remember the path, which is taken over, of a file that the script makes. */
static void remember(struct script *script, char *path)
{
    struct made_file *made = made_file(script, path);
    if (made)
        made->is_of_run = true;
    if (!made && array_reserve(&script->file, &script->file_capacity, script->files + 1, sizeof *script->file))
        script->file[script->files++] = (struct made_file){path, true};
    else
        free(path);
}

/* Copy what a file has, where there is one. False with errno set when it cannot be read. */
static bool copy_old(FILE *to, const char *path)
{
    char bytes[4096];
    size_t count;
    FILE *old = fopen(path, "r");
    if (!old)
        return errno == ENOENT;
    while ((count = fread(bytes, 1, sizeof bytes, old)) > 0)
        fwrite(bytes, 1, count, to);
    bool done = !ferror(old);
    int reason = errno;
    fclose(old);
    errno = reason;
    return done;
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
    int reason;
    const char *why = objection(script, path, &reason);
    if (why)
        script_refuse(script, ERROR_SCRIPT_FILE, command, "%s%s", path, why);
    else if (reason != 0)
        diagnose(script->diagnostics, FAILURE_CANNOT_WRITE, command.text, command.length,
                 "cannot write %s: there is no such folder", path);
    else if (!(opened = whole_file_open(file, path)))
        diagnose(script->diagnostics, FAILURE_CANNOT_WRITE, command.text, command.length, "cannot write %s: %s", path,
                 strerror(errno));
    if (opened && append && !copy_old(file->file, path)) {
        diagnose(script->diagnostics, FAILURE_CANNOT_WRITE, command.text, command.length,
                 "cannot append to %s, which cannot be read: %s", path, strerror(errno));
        whole_file_close(file, false);
        opened = false;
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

/* All bytes of an open file, or so many at the most. NULL with errno set. */
static char *read_up_to(FILE *file, size_t most, size_t *size)
{
    size_t capacity = 0, count, room;
    char *text = NULL;
    *size = 0;
    do {
        if (!array_reserve(&text, &capacity, *size + BUFSIZ, 1)) {
            free(text);
            errno = ENOMEM;
            return NULL;
        }
        room = capacity - *size;
        count = fread(text + *size, 1, room < most - *size ? room : most - *size, file);
        *size += count;
    } while (count > 0);
    if (!ferror(file))
        return text;
    free(text);
    return NULL;
}

char *script_read_file(struct script *script, struct command command, const char *name, size_t length, size_t most,
                       size_t *size)
{
    const char *folder = script->folder;
    char *path = strndup(name, length), *text = NULL;
    struct stat about;
    if (!path) {
        diagnose_no_memory(script->diagnostics);
        return NULL;
    }
    errno = 0;
    FILE *file = NULL;
    if (folder && !has_made(script, path) && !folder_holds(folder, path))
        script_refuse(script, ERROR_SCRIPT_FILE, command,
                      "%s: in the sandbox a script reads what is in the netlist's folder only", path);
    else if (stat(path, &about) == 0 && !S_ISREG(about.st_mode))
        script_complain(script, command, "cannot read %s: it is no file", path);
    else if (!(file = fopen(path, "r")) || !(text = read_up_to(file, most, size)))
        script_complain(script, command, "cannot read %s: %s", path, strerror(errno));
    if (file)
        fclose(file);
    free(path);
    return text;
}
