/* A training as a file: continued from it bit for bit. */
#ifndef OPSPICE_DRN_CHECKPOINT_H
#define OPSPICE_DRN_CHECKPOINT_H

#include "drn/history.h"
#include "drn/trainer.h"

enum checkpoint_status {
    CHECKPOINT_OK,
    CHECKPOINT_WRONG, /* the file is none, is damaged, or belongs to other data: `why` says so */
    CHECKPOINT_SYSTEM /* memory or the file failed: errno */
};

/* Write the training between two batches. The file appears whole or not at all. seconds: spent on the epoch at hand. */
enum checkpoint_status checkpoint_write(const char *path, struct drn_trainer *trainer, struct drn_history *history,
                                        double seconds);

/* Make a trainer (zeroed before) with all that was written. data: those that it was trained with, which is checked. */
enum checkpoint_status checkpoint_read(const char *path, struct drn_trainer *trainer, struct drn_history *history,
                                       double *seconds, const struct drn_dataset *data, char *why, size_t size);

#endif
