/* Labelled images. */
#ifndef OPSPICE_DRN_DATASET_H
#define OPSPICE_DRN_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct drn_dataset {
    size_t count, channels, height, width;
    uint8_t *pixel; /* [count][channels][height][width] 0 ... 255 */
    uint8_t *label; /* [count] */
};

/* Of an image, in all its channels. */
static inline size_t dataset_pixels(const struct drn_dataset *dataset)
{
    return dataset->channels * dataset->height * dataset->width;
}

enum dataset_status { DATASET_OK, DATASET_WRONG, DATASET_NO_MEMORY };

/* Where what is wrong with a file is said: its name and a reason. */
struct dataset_reading {
    const char *path;
    char *why;
    size_t size; /* of why */
};

/* Read a file of images and one of labels, both IDX, plain or gzip. Images have two dimensions (count, features), three
 * (count, height, width) or four (count, channels, height, width). Checked: kinds, sizes, that the files end where
 * their headers say, that there are as many labels as images. On DATASET_WRONG `why`[size] names the file and what is
 * wrong. Source of the format: Y. LeCun's page of the MNIST database. */
enum dataset_status dataset_read(struct drn_dataset *dataset, const char *images, const char *labels, char *why,
                                 size_t size);

/* Read files of records one after another, plain or gzip: `labels` bytes, of which the last is the label, then three
 * channels of 32 x 32 pixels. Checked: that files end with a record, that labels are below `classes`. Source of the
 * format: A. Krizhevsky's page of CIFAR-10 (one byte of label) and CIFAR-100 (two). */
enum dataset_status dataset_read_cifar(struct drn_dataset *dataset, const char *const *paths, size_t files,
                                       size_t labels, size_t classes, char *why, size_t size);

/* A whole data set in a folder, by the files' usual names: four of IDX (train-images-idx3-ubyte ..., plain or .gz, with
 * a point for the dash before "idx" or not, idx2 or idx4 for idx3 or not), those of CIFAR-10 (data_batch_1.bin ...) or
 * of CIFAR-100 (train.bin, test.bin), there or in a folder of the archive's name below. */
enum dataset_part { DATASET_TRAIN, DATASET_TEST };
enum dataset_status dataset_read_folder(struct drn_dataset *dataset, const char *folder, enum dataset_part part,
                                        char *why, size_t size);

/* Say what is wrong; DATASET_WRONG. */
__attribute__((format(printf, 2, 3)))
enum dataset_status dataset_wrong(const struct dataset_reading *reading, const char *format, ...);

/* The largest label. */
uint8_t dataset_largest_label(const struct drn_dataset *dataset);

/* Safe on a zeroed struct; leaves it zeroed. */
void dataset_free(struct drn_dataset *dataset);

#endif
