/* What opspice does with its command line. What it can do is what opspice.h offers. */
#ifndef OPSPICE_OPSPICE_COMMAND_H
#define OPSPICE_OPSPICE_COMMAND_H

/* Do what the arguments of main ask for, and return the exit status; messages go to standard error. */
int opspice_command(int argc, char **argv);

#endif
