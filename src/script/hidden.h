/* Commands in comments: lines of a netlist that begin with *#, which SPICE3 and ngspice run as those of .control
 * blocks.
 *
 * *# also begins what is meant for people (*#####, *# run time is small), so only what begins, without a blank behind
 * the mark, with the name of a command, or is part of a block that is closed, is taken. Lines of included files and the
 * title are comments, as in ngspice. */
#ifndef OPSPICE_HIDDEN_H
#define OPSPICE_HIDDEN_H

#include "script/lines.h"

/* Make a card of each such line outside of the blocks, and put it among them where it stands. The netlist has been
 * read, and nothing has been made of it yet. False when memory is out. */
bool hidden_add(struct netlist *netlist);

/* Is the line of a block one? *text and *length become what is behind the mark. */
bool hidden_is(const char **text, size_t *length);

#endif
