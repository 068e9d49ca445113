/* What several tests of the public interface share: texts, and how the formats begin. */
#ifndef OPSPICE_TEST_API_DECKS_H
#define OPSPICE_TEST_API_DECKS_H

#include "decks.h"

static const char divider[] = "The divider\nV1 In 0 10\nR1 In Out 1k\nR2 Out 0 2k\n.end\n";

static const char warm_text[] = "Warm\nv1 a 0 5\nr1 a b 1k\nd1 b c m\nr2 c 0 1k\nd2 0 b m\ni1 0 c 1m\nr3 b d 2k\n"
                                "d3 d c m\nv2 e d 1\nr4 e 0 1k\n.model m D(Ron=0)\n";

static const char *const formats[] = {[OPSPICE_LISTING] = "Circuit", [OPSPICE_LOG] = "Circuit",
                                      [OPSPICE_RAW_BINARY] = "Title", [OPSPICE_RAW_ASCII] = "Title",
                                      [OPSPICE_CSV] = "quantity", [OPSPICE_JSON] = "{"};
enum { FORMATS = sizeof formats / sizeof *formats };

#endif
