/* Labelled images. */
#ifndef OPSPICE_DRN_DATASET_H
#define OPSPICE_DRN_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct drn_dataset {
    size_t count, height, width;
    uint8_t *pixel; /* [count][height][width] 0 ... 255 */
    uint8_t *label; /* [count] */
};

enum dataset_status { DATASET_OK, DATASET_WRONG, DATASET_NO_MEMORY };

/* Read a file of images and one of labels, both IDX, plain or gzip. Checked: kinds, sizes, that the files end where
 * their headers say, that there are as many labels as images. On DATASET_WRONG `why`[size] names the file and what is
 * wrong. Source of the format: Y. LeCun's page of the MNIST database. */
enum dataset_status dataset_read(struct drn_dataset *dataset, const char *images, const char *labels, char *why,
                                 size_t size);

/* The file of a usual name in a folder: name, name.gz, or with a point for the dash before "idx" (free() it). NULL when
 * there is none (*out_of_memory false) or memory is out (true). */
char *dataset_find(const char *folder, const char *name, bool *out_of_memory);

/* The largest label. */
uint8_t dataset_largest_label(const struct drn_dataset *dataset);

/* Safe on a zeroed struct; leaves it zeroed. */
void dataset_free(struct drn_dataset *dataset);

#endif
