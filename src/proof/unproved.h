/* Why a point is not proved, in words for a message. */
#ifndef OPSPICE_UNPROVED_H
#define OPSPICE_UNPROVED_H

#include "proof/certificate.h"

/* Of a certificate's worst node and elements, and of the element that turns most power; NULL: there is none. */
struct unproved_names {
    const char *node, *law, *loop, *power;
};

enum { UNPROVED_TEXT = 640 }; /* room for all that is told, with names of any length */

/* The figures of a certificate that is not proved. */
void unproved_tell(const struct certificate *certificate, const struct unproved_names *names, char *text, size_t size);

#endif
