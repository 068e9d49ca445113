/* Files that a script makes and reads. */
#ifndef OPSPICE_SCRIPT_OUTPUT_FILES_H
#define OPSPICE_SCRIPT_OUTPUT_FILES_H

#include "script/state.h"
#include "write/whole_file.h"

/* Begin a file of this name in the working directory or below it, with what it holds already where append is set.
 * False: a diagnostic says why. script_close_file ends it: it appears where good is true. */
bool script_open_file(struct script *script, struct command command, const char *name, size_t length, bool append,
                      struct whole_file *file);
bool script_close_file(struct script *script, struct command command, struct whole_file *file, bool good);

/* All of a file, or so many bytes at the most, to be freed: in a sandbox one in the netlist's folder or that the script
 * has made. NULL: a diagnostic says why. */
char *script_read_file(struct script *script, struct command command, const char *name, size_t length, size_t most,
                       size_t *size);

#endif
