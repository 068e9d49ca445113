/* What becomes of iterations towards x in Ax = b. */
#ifndef OPSPICE_ITERATION_H
#define OPSPICE_ITERATION_H

enum iteration_status {
    ITERATION_OK,
    ITERATION_STALLED, /* they do not come to the accuracy, or not soon enough, or a row begins with nothing positive */
    ITERATION_NO_MEMORY
};

#endif
