#include "write/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_stdout(const char *path)
{
    return strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0;
}

static bool open_directly(struct whole_file *whole, const char *path)
{
    whole->file = is_stdout(path) ? stdout : fopen(path, "we");
    return whole->file != NULL;
}

/* Where the file will stand: the end of a chain of links, so that the link remains. */
static char *target_of(const char *path, bool exists)
{
    return exists ? realpath(path, NULL) : strdup(path);
}

enum { NAME_ROOM = 64, ATTEMPTS = 10000 };

static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

/* A name in the target's folder that no file has when make() is called with it; *made is what that returned. NULL and
 * errno where it failed for another reason than EEXIST. */
static char *name_beside(const char *target, int (*make)(const char *name, const void *data), const void *data,
                         int *made)
{
    size_t folder = folder_length(target);
    char *name = malloc(folder + NAME_ROOM);
    if (!name)
        return NULL;
    memcpy(name, target, folder);
    for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
        snprintf(name + folder, NAME_ROOM, ".opspice-%ld-%u", (long)getpid(), attempt);
        if ((*made = make(name, data)) >= 0)
            return name;
        if (errno != EEXIST)
            break;
    }
    int reason = errno;
    free(name);
    errno = reason;
    return NULL;
}

static int create(const char *name, const void *data)
{
    (void)data;
    return open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
}

/* A file in the target's folder that has no name yet: whatever ends the program, nothing of it remains. -1: the file
 * system has no such files, or there is no /proc by which it could get a name. */
static int create_unnamed(const char *target)
{
    int descriptor = -1;
#ifdef O_TMPFILE
    size_t folder = folder_length(target);
    char *name = folder > 0 ? strndup(target, folder) : strdup(".");
    if (name && access("/proc/self/fd", X_OK) == 0)
        descriptor = open(name, O_WRONLY | O_TMPFILE | O_CLOEXEC, 0666);
    free(name);
#endif
    return descriptor;
}

/* A new file in the target's folder, with its permissions where it exists; its name, if it has one, in *temporary. */
static int create_beside(const char *target, char **temporary, const struct stat *there, bool exists)
{
    int descriptor = create_unnamed(target);
    if (descriptor < 0)
        *temporary = name_beside(target, create, NULL, &descriptor);
    if (descriptor >= 0 && exists && fchmod(descriptor, there->st_mode & 07777) != 0) {
        int reason = errno;
        close(descriptor);
        descriptor = -1;
        errno = reason; /* abandon() removes what has a name */
    }
    return descriptor;
}

/* Close and remove what there is, keeping errno. */
static void abandon(struct whole_file *whole)
{
    int reason = errno;
    if (whole->file && whole->file != stdout)
        fclose(whole->file);
    if (whole->temporary)
        unlink(whole->temporary);
    free(whole->temporary);
    free(whole->target);
    *whole = (struct whole_file){0};
    errno = reason;
}

bool whole_file_open(struct whole_file *whole, const char *path)
{
    *whole = (struct whole_file){0};
    struct stat there;
    bool exists = stat(path, &there) == 0;
    if (is_stdout(path) || (exists && !S_ISREG(there.st_mode)))
        return open_directly(whole, path);
    if (exists && access(path, W_OK) != 0)
        return false;

    int descriptor = -1;
    whole->target = target_of(path, exists);
    if (whole->target)
        descriptor = create_beside(whole->target, &whole->temporary, &there, exists);
    if (descriptor >= 0 && !(whole->file = fdopen(descriptor, "w"))) {
        int reason = errno;
        close(descriptor);
        errno = reason;
    }
    if (!whole->file)
        abandon(whole);
    return whole->file != NULL;
}

static int give_name(const char *name, const void *data)
{
    return linkat(AT_FDCWD, data, AT_FDCWD, name, AT_SYMLINK_FOLLOW);
}

/* Put the finished file into its place: at once where the place is free, else by way of a name beside it, since only a
 * file with a name can take the place of another one. */
static bool place(struct whole_file *whole)
{
    if (!whole->temporary) {
        char unnamed[NAME_ROOM];
        int linked;
        snprintf(unnamed, sizeof unnamed, "/proc/self/fd/%d", fileno(whole->file));
        if (give_name(whole->target, unnamed) == 0)
            return true;
        if (errno != EEXIST || !(whole->temporary = name_beside(whole->target, give_name, unnamed, &linked)))
            return false;
    }
    if (rename(whole->temporary, whole->target) != 0)
        return false;
    free(whole->temporary);
    whole->temporary = NULL;
    return true;
}

/* The same with signals held back, so that none ends the program while there is another name. */
static bool place_undisturbed(struct whole_file *whole)
{
    sigset_t all, before;
    sigfillset(&all);
    bool held = pthread_sigmask(SIG_SETMASK, &all, &before) == 0, placed = place(whole);
    int reason = errno;
    if (held)
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = reason;
    return placed;
}

/* Close the file and put it into its place; one without a name first gets its place, since it is gone when it is
 * closed. */
static bool finish(struct whole_file *whole)
{
    FILE *file = whole->file;
    bool is_unnamed = whole->target && !whole->temporary;
    if (fflush(file) != 0 || (is_unnamed && !place_undisturbed(whole)))
        return false;
    whole->file = NULL;
    if (file != stdout && fclose(file) != 0)
        return false;
    return is_unnamed || !whole->target || place_undisturbed(whole);
}

bool whole_file_close(struct whole_file *whole, bool good)
{
    good = good && finish(whole);
    abandon(whole);
    return good;
}
