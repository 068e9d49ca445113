#include "write/whole_file.h"

#include <errno.h>
#include <fcntl.h>
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

/* A new file in the target's folder, with its permissions where it exists; its name in *temporary. */
static int create_beside(const char *target, char **temporary, const struct stat *there, bool exists)
{
    enum { NAME_ROOM = 64, ATTEMPTS = 10000 };
    const char *slash = strrchr(target, '/');
    size_t folder = slash ? (size_t)(slash - target) + 1 : 0;
    char *name = malloc(folder + NAME_ROOM);
    if (!name)
        return -1;
    memcpy(name, target, folder);
    int descriptor = -1;
    for (unsigned attempt = 0; descriptor < 0 && attempt < ATTEMPTS; attempt++) {
        snprintf(name + folder, NAME_ROOM, ".opspice-%ld-%u", (long)getpid(), attempt);
        descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (descriptor < 0 && errno != EEXIST)
            break;
    }
    if (descriptor >= 0 && exists && fchmod(descriptor, there->st_mode & 07777) != 0) {
        int reason = errno;
        unlink(name);
        close(descriptor);
        descriptor = -1;
        errno = reason;
    }
    if (descriptor < 0)
        free(name);
    else
        *temporary = name;
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

/* Close the file and put it into its place. */
static bool finish(struct whole_file *whole)
{
    FILE *file = whole->file;
    if (fflush(file) != 0)
        return false;
    whole->file = NULL;
    if (file != stdout && fclose(file) != 0)
        return false;
    if (whole->temporary && rename(whole->temporary, whole->target) != 0)
        return false;
    free(whole->temporary);
    whole->temporary = NULL;
    return true;
}

bool whole_file_close(struct whole_file *whole, bool good)
{
    good = good && finish(whole);
    abandon(whole);
    return good;
}
