/* A stream without control characters: what scripts print, which may be a user's text. */
#ifndef OPSPICE_VISIBLE_STREAM_H
#define OPSPICE_VISIBLE_STREAM_H

#include <stdio.h>

/* A stream that passes on to another what is written to it, line by line, with question marks for control characters
 * (util/visible.h). fclose it; the other stays open. NULL when memory is out. */
FILE *visible_stream(FILE *to);

#endif
