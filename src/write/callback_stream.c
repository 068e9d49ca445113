#include "write/callback_stream.h"

#include <errno.h>
#include <stdlib.h>

struct receiver {
    callback *function;
    void *context;
};

static ssize_t pass(void *cookie, const char *bytes, size_t size)
{
    const struct receiver *receiver = cookie;
    errno = 0;
    if (receiver->function(receiver->context, bytes, size) == 0)
        return (ssize_t)size;
    if (errno == 0)
        errno = EIO;
    return 0;
}

static int end(void *cookie)
{
    free(cookie);
    return 0;
}

FILE *callback_stream(callback *function, void *context)
{
    struct receiver *receiver = malloc(sizeof *receiver);
    if (!receiver)
        return NULL;
    *receiver = (struct receiver){function, context};
    FILE *stream = fopencookie(receiver, "w", (cookie_io_functions_t){.write = pass, .close = end});
    if (!stream)
        free(receiver);
    else
        setvbuf(stream, NULL, _IONBF, 0);
    return stream;
}
