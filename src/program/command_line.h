/* A program's command line, read by getopt_long. */
#ifndef OPSPICE_COMMAND_LINE_H
#define OPSPICE_COMMAND_LINE_H

#include <getopt.h>

enum { GO_ON = -1 }; /* no exit status yet */

/* Long options whose letter is OPTION_SET are told apart by their names; other letters of those that have no
 * short form are above it. */
enum { OPTION_SET = 256 };

/* take_option is called with the letter of each option, its value or NULL, and the name of a long one; take_argument
 * with what is no option. Both return GO_ON, or the exit status at which reading ends. */
struct command_line {
    const char *letters;         /* as getopt wants them, without a colon in front */
    const struct option *options; /* ended by one without a name */
    int (*take_option)(void *context, int letter, const char *value, const char *name);
    int (*take_argument)(void *context, const char *argument);
};

/* Returns GO_ON, what one of the functions returned, or OPSPICE_USAGE after a message. */
int command_line_read(const struct command_line *line, void *context, int argc, char **argv);

#endif
