#include "program/netlist_options.h"

#include "program/command_line.h"
#include "program/message.h"
#include <string.h>

int read_raw_type(const char *definition, enum raw_type *type)
{
    static const char name[] = "filetype=";
    const char *value = definition + strlen(name);
    if (strncmp(definition, name, strlen(name)) != 0)
        return GO_ON;
    if (strcmp(value, "ascii") != 0 && strcmp(value, "binary") != 0)
        return usage_error("-D filetype is ascii or binary, not %s", value);
    *type = *value == 'a' ? RAW_ASCII : RAW_BINARY;
    return GO_ON;
}

int check_outputs(const char *output, const char *rawfile, bool is_data, bool figures)
{
    if (strcmp(output, "-") == 0 && is_data && figures)
        return usage_error("--certificate and --stats would mix with the data on standard output: give -o FILE");
    if (rawfile && strcmp(rawfile, output) == 0 && strncmp(output, "/dev/", 5) != 0)
        return usage_error("-o and -r both write to %s", output);
    return GO_ON;
}
