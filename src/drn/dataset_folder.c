/* Data sets by the usual names of their files. */
#include "drn/dataset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILES = 5, NAME = 64 };

/* The file of a name in a folder: name, name.gz, or with a point for the dash before "idx" (free() it). NULL when there
 * is none (*out_of_memory false) or memory is out (true). */
static char *find_file(const char *folder, const char *name, bool *out_of_memory)
{
    size_t size = strlen(folder) + strlen(name) + sizeof "/.gz";
    char *path = malloc(size);
    *out_of_memory = !path;
    for (int form = 0; form < 4 && path; form++) {
        snprintf(path, size, "%s/%s%s", folder, name, form % 2 ? ".gz" : "");
        char *dash = strstr(path + strlen(folder), "-idx");
        if (form >= 2 && dash)
            *dash = '.';
        if (access(path, F_OK) == 0)
            return path;
    }
    free(path);
    return NULL;
}

/* ---- IDX ---------------------------------------------------------------------------------------------------- */

/* Images by the name of any number of dimensions. */
static char *find_images(const char *folder, const char *part, bool *out_of_memory)
{
    static const int dimensions[] = {3, 2, 4};
    char *path = NULL;
    *out_of_memory = false;
    for (size_t n = 0; n < sizeof dimensions / sizeof *dimensions && !path && !*out_of_memory; n++) {
        char name[NAME];
        snprintf(name, sizeof name, "%s-images-idx%d-ubyte", part, dimensions[n]);
        path = find_file(folder, name, out_of_memory);
    }
    return path;
}

static enum dataset_status read_idx_part(struct drn_dataset *dataset, const char *folder, enum dataset_part part,
                                         char *why, size_t size)
{
    static const char *const names[] = {[DATASET_TRAIN] = "train", [DATASET_TEST] = "t10k"};
    char labels_name[NAME];
    snprintf(labels_name, sizeof labels_name, "%s-labels-idx1-ubyte", names[part]);
    bool out_of_memory = false;
    char *images = find_images(folder, names[part], &out_of_memory);
    char *labels = images ? find_file(folder, labels_name, &out_of_memory) : NULL;
    enum dataset_status status = DATASET_WRONG;
    if (images && labels)
        status = dataset_read(dataset, images, labels, why, size);
    else if (out_of_memory)
        status = DATASET_NO_MEMORY;
    else
        snprintf(why, size, "%s has no %s%s, plain or .gz (./bootstrap.sh data brings MNIST and Fashion-MNIST)", folder,
                 images ? labels_name : names[part], images ? "" : "-images-idx3-ubyte");
    free(images);
    free(labels);
    return status;
}

/* ---- CIFAR -------------------------------------------------------------------------------------------------- */

/* A data set of records; names: files of training, of the test; NULL behind the last. */
static const struct records {
    const char *archive; /* the folder that its archive makes */
    const char *names[2][FILES + 1];
    size_t labels, classes;
} records[] = {{"cifar-10-batches-bin",
                {{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"},
                 {"test_batch.bin"}},
                1,
                10},
               {"cifar-100-binary", {{"train.bin"}, {"test.bin"}}, 2, 100}};

static enum dataset_status read_records_part(struct drn_dataset *dataset, const struct records *kind,
                                             const char *folder, enum dataset_part part, char *why, size_t size)
{
    char *paths[FILES] = {NULL};
    size_t files = 0;
    enum dataset_status status = DATASET_OK;
    for (; status == DATASET_OK && kind->names[part][files]; files++) {
        bool out_of_memory;
        paths[files] = find_file(folder, kind->names[part][files], &out_of_memory);
        if (!paths[files])
            status = out_of_memory ? DATASET_NO_MEMORY : DATASET_WRONG;
        if (status == DATASET_WRONG)
            snprintf(why, size, "%s has no %s", folder, kind->names[part][files]);
    }
    if (status == DATASET_OK)
        status = dataset_read_cifar(dataset, (const char *const *)paths, files, kind->labels, kind->classes, why, size);
    for (size_t f = 0; f < files; f++)
        free(paths[f]);
    return status;
}

/* Whether the first file of a kind is in a folder. */
static bool has_records(const struct records *kind, const char *folder, bool *out_of_memory)
{
    char *path = find_file(folder, kind->names[DATASET_TRAIN][0], out_of_memory);
    free(path);
    return path;
}

/* ---- what is there ------------------------------------------------------------------------------------------ */

/* Read it as a kind of records, where it is one in the folder or in the archive's below; *found says so. */
static enum dataset_status try_records(struct drn_dataset *dataset, const struct records *kind, const char *folder,
                                       enum dataset_part part, char *why, size_t size, bool *found)
{
    bool out_of_memory = false;
    size_t length = strlen(folder) + 1 + strlen(kind->archive) + 1;
    char *below = malloc(length);
    if (!below)
        return DATASET_NO_MEMORY;
    snprintf(below, length, "%s/%s", folder, kind->archive);
    const char *places[] = {folder, below};
    enum dataset_status status = DATASET_OK;
    for (size_t p = 0; p < 2 && !*found && status == DATASET_OK; p++) {
        *found = has_records(kind, places[p], &out_of_memory);
        if (out_of_memory)
            status = DATASET_NO_MEMORY;
        else if (*found)
            status = read_records_part(dataset, kind, places[p], part, why, size);
    }
    free(below);
    return status;
}

enum dataset_status dataset_read_folder(struct drn_dataset *dataset, const char *folder, enum dataset_part part,
                                        char *why, size_t size)
{
    bool out_of_memory;
    char *images = find_images(folder, "train", &out_of_memory);
    bool found = images;
    free(images);
    if (found)
        return read_idx_part(dataset, folder, part, why, size);
    enum dataset_status status = out_of_memory ? DATASET_NO_MEMORY : DATASET_OK;
    for (size_t n = 0; n < sizeof records / sizeof *records && !found && status == DATASET_OK; n++)
        status = try_records(dataset, &records[n], folder, part, why, size, &found);
    return found || status != DATASET_OK ? status : read_idx_part(dataset, folder, part, why, size);
}
