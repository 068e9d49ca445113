/* What the files of topology.h share. */
#ifndef OPSPICE_TOPOLOGY_PARTS_H
#define OPSPICE_TOPOLOGY_PARTS_H

#include "circuit/topology.h"

enum { TOPOLOGY_NOTES = 20 }; /* of a loop or cut */

struct topology {
    const struct circuit *circuit;
    const struct supernodes *supernodes;
    struct diagnostics *diagnostics;
    uint32_t *path; /* [nodes] work */
};

/* Say something of an element: its name, and then what the format makes of the rest. */
__attribute__((format(printf, 4, 5)))
void topology_say(const struct topology *checker, enum diagnostic_code code, uint32_t e, const char *format, ...);

/* What an element is, in a note. */
void topology_note(const struct topology *checker, uint32_t e);

/* Report currents without a path. False when memory is out. */
bool topology_check_paths(const struct topology *checker);

#endif
