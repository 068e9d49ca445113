#include "program/message.h"

#include "opspice.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

int system_error(const char *what, const char *path)
{
    const char *reason = errno == 0 || errno == ENOMEM ? "out of memory" : strerror(errno);
    fprintf(stderr, "%s: cannot %s %s: %s\n", program_name, what, path, reason);
    return OPSPICE_SYSTEM;
}
