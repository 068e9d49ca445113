#include "program/message.h"

#include "opspice.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

static FILE *copied; /* the log's, while the program runs */

void messages_copy(FILE *copy)
{
    copied = copy;
}

int end_output(int status)
{
    errno = EIO;
    if ((fflush(stdout) != 0 || ferror(stdout)) && status == OPSPICE_OK)
        status = system_error("write", "standard output");
    return status;
}

int usage_error(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s: ", program_name);
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "; see %s --help\n", program_name);
    va_end(arguments);
    return OPSPICE_USAGE;
}

void program_message(const char *format, ...)
{
    FILE *const to[] = {stderr, copied};
    for (size_t f = 0; f < sizeof to / sizeof *to && to[f]; f++) {
        va_list arguments;
        va_start(arguments, format);
        fprintf(to[f], "%s: ", program_name);
        vfprintf(to[f], format, arguments);
        fputc('\n', to[f]);
        va_end(arguments);
    }
}

int system_error(const char *what, const char *path)
{
    const char *reason = errno == 0 || errno == ENOMEM ? "out of memory" : strerror(errno);
    program_message("cannot %s %s: %s", what, path, reason);
    return OPSPICE_SYSTEM;
}
