/* A stream whose bytes go to a function as they come. */
#ifndef OPSPICE_CALLBACK_STREAM_H
#define OPSPICE_CALLBACK_STREAM_H

#include <stddef.h>
#include <stdio.h>

/* Takes bytes[0..size); returns 0, or the write fails, with errno as it left it. */
typedef int callback(void *context, const char *bytes, size_t size);

/* A stream without a buffer of its own, to be fclosed. NULL when memory is out. */
FILE *callback_stream(callback *function, void *context);

#endif
