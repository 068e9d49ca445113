/* Files that appear whole or not at all. */
#ifndef OPSPICE_WHOLE_FILE_H
#define OPSPICE_WHOLE_FILE_H

#include <stdbool.h>
#include <stdio.h>

struct whole_file {
    FILE *file;      /* to write to */
    char *target;    /* links followed; NULL: written directly */
    char *temporary; /* the name of the file beside the target, where it has one before its end */
};

/* Begin a file at path: written beside it under another name. "-" (standard output) and what is no regular file (a
 * device, a pipe) are written directly. False with errno set. */
bool whole_file_open(struct whole_file *whole, const char *path);

/* End it. Where good is true and nothing fails it takes its place, else it vanishes and what was there stays: false,
 * with errno set (kept as it is where good is false). */
bool whole_file_close(struct whole_file *whole, bool good);

#endif
