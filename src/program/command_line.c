#include "program/command_line.h"

#include "program/message.h"
#include <stdio.h>

/* The option that getopt could not take: one of several letters in a word, or a word. */
static int refuse(int letter, char *word)
{
    char single[] = {'-', (char)optopt, '\0'};
    const char *name = optopt > 0 && optopt < OPTION_SET ? single : word;
    return letter == ':' ? usage_error("%s needs a value", name) : usage_error("cannot understand the option %s", name);
}

int command_line_read(const struct command_line *line, void *context, int argc, char **argv)
{
    char letters[64];
    int status = GO_ON, letter, index = 0;
    opterr = 0;
    optind = 0; /* from the first argument on, whoever has read them before */
    snprintf(letters, sizeof letters, ":%s", line->letters);
    while (status == GO_ON && (letter = getopt_long(argc, argv, letters, line->options, &index)) != -1) {
        if (letter == ':' || letter == '?')
            status = refuse(letter, argv[optind - 1]);
        else
            status = line->take_option(context, letter, optarg, line->options[index].name);
    }
    for (; status == GO_ON && optind < argc; optind++)
        status = line->take_argument(context, argv[optind]);
    return status;
}
