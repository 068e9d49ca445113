/* Feeds files to a fuzz target without libFuzzer: all files of the folders, and the files, that the arguments name. */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static size_t files;

static void replay(const char *path)
{
    struct fuzz_text text = fuzz_read_file(path);
    printf("%s\n", path);
    fflush(stdout);
    LLVMFuzzerTestOneInput((const uint8_t *)text.data, text.size);
    free(text.data);
    files++;
}

static void replay_folder(const char *folder)
{
    struct dirent **entry;
    int count = scandir(folder, &entry, NULL, alphasort);
    for (int e = 0; e < count; e++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", folder, entry[e]->d_name);
        struct stat about;
        if (stat(path, &about) == 0 && S_ISREG(about.st_mode))
            replay(path);
        free(entry[e]);
    }
    if (count >= 0)
        free(entry);
}

/* Paths are absolute: targets have a working directory of their own. */
int main(int count, char **argument)
{
    for (int a = 1; a < count; a++) {
        struct stat about;
        fuzz_require(argument[a][0] == '/' && stat(argument[a], &about) == 0);
        if (S_ISDIR(about.st_mode))
            replay_folder(argument[a]);
        else
            replay(argument[a]);
    }
    printf("%zu inputs\n", files);
    return files > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
