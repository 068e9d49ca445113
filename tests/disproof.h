/* A proof of the answer for a network, which shares nothing with opspice but the numbers of its public interface. */
#ifndef OPSPICE_TEST_DISPROOF_H
#define OPSPICE_TEST_DISPROOF_H

#include "networks.h"

/* What is wrong with an answer, as text to free(), or NULL: every branch law, Kirchhoff's law at every node and the
 * power balance hold within `tolerance`, relative, or what rounding of the voltages allows. */
char *random_network_disproof(const struct random_network *network, const struct answer *answer, double tolerance);

/* Whether two answers agree within `tolerance` of the largest voltage, or what the rounding of either allows. Only
 * what is unique is compared: differences of potential between nodes that conducting branches tie together.
 * NULL, or what differs, to free(). */
char *random_network_difference(const struct random_network *network, const struct answer *one,
                                const struct answer *other, double tolerance);

#endif
