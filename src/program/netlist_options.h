/* What the command lines of opspice and opspice-mpi have in common. */
#ifndef OPSPICE_NETLIST_OPTIONS_H
#define OPSPICE_NETLIST_OPTIONS_H

#include <stdbool.h>

/* ngspice's options: letters, and rows of getopt_long's table. */
#define NGSPICE_LETTERS "abc:D:hino:pqr:st:v"
#define NGSPICE_OPTIONS                                                                                                \
    {"autorun", 0, NULL, 'a'}, {"batch", 0, NULL, 'b'}, {"circuitfile", 1, NULL, 'c'}, {"define", 1, NULL, 'D'},       \
    {"help", 0, NULL, 'h'}, {"interactive", 0, NULL, 'i'}, {"no-spiceinit", 0, NULL, 'n'},                             \
    {"output", 1, NULL, 'o'}, {"pipe", 0, NULL, 'p'}, {"completion", 0, NULL, 'q'}, {"rawfile", 1, NULL, 'r'},         \
    {"server", 0, NULL, 's'}, {"term", 1, NULL, 't'}, {"version", 0, NULL, 'v'}

enum raw_type { RAW_NOT_SAID, RAW_ASCII, RAW_BINARY };

/* Of -D filetype=TYPE the type; that stays as it is where the definition is of something else. Returns GO_ON, or
 * OPSPICE_USAGE after a message. */
int read_raw_type(const char *definition, enum raw_type *type);

/* Does each file, "-" for standard output, get one thing? is_data: what goes to the output is; figures: some are
 * printed too. rawfile: or NULL. Returns GO_ON, or OPSPICE_USAGE after a message. */
int check_outputs(const char *output, const char *rawfile, bool is_data, bool figures);

#endif
