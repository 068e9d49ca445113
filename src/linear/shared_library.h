/* Libraries that are opened when they are needed. */
#ifndef OPSPICE_SHARED_LIBRARY_H
#define OPSPICE_SHARED_LIBRARY_H

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

/* Set *function, a pointer to a function, to what a library has by that name, or to NULL: then false. */
static inline bool shared_library_find(void *handle, const char *name, void *function)
{
    void *address = dlsym(handle, name);
    memcpy(function, &address, sizeof address);
    return address;
}

#endif
