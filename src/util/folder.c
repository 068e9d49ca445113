#include "util/folder.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The path of the folder that a path names something in. False where it is too long. */
static bool parent_of(const char *path, char parent[PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) + (slash == path) : 1;
    if (length >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(parent, slash ? path : ".", length);
    parent[length] = '\0';
    return true;
}

char *folder_real(const char *path)
{
    char real[PATH_MAX];
    return realpath(path, real) ? strdup(real) : NULL;
}

char *folder_of(const char *path)
{
    char parent[PATH_MAX];
    return parent_of(path, parent) ? folder_real(parent) : NULL;
}

static bool is_below(const char *folder, const char *real, bool or_is)
{
    size_t length = strlen(folder);
    if (length == 1)
        return true; /* everything is below / */
    return strncmp(folder, real, length) == 0 && (real[length] == '/' || (or_is && real[length] == '\0'));
}

/* folder_holds, but for what errno says. */
static bool holds(const char *folder, const char *path)
{
    char real[PATH_MAX], parent[PATH_MAX];
    struct stat about;
    if (realpath(path, real))
        return is_below(folder, real, false);
    return errno == ENOENT && lstat(path, &about) != 0 && parent_of(path, parent) && realpath(parent, real) &&
           is_below(folder, real, true);
}

bool folder_holds(const char *folder, const char *path)
{
    errno = 0;
    bool inside = holds(folder, path);
    if (!inside && errno != ENOMEM)
        errno = EPERM;
    return inside;
}
