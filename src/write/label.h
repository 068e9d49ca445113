/* The names by which ngspice calls vectors. */
#ifndef OPSPICE_LABEL_H
#define OPSPICE_LABEL_H

#include "analysis/vectors.h"
#include "write/sink.h"

enum { LABEL_PARTS = 6 };

/* A name in parts that follow each other; NULL after the last. */
struct label {
    const char *part[LABEL_PARTS];
};

/* As it heads a column of a .print table: v(a), v(a)-v(k), v1#branch, @r1[i]. */
struct label label_in_table(const struct vector *vector, const struct circuit *circuit);

/* As a rawfile has it: v(a), i(v1), i(@r1[i]), @r1[p]; *type becomes voltage, current or power. */
struct label label_in_rawfile(const struct vector *vector, const struct circuit *circuit, const char **type);

void label_put(const struct label *label, struct sink *sink);

/* Put its first `most` bytes and blanks up to `width` bytes. */
void label_put_padded(const struct label *label, struct sink *sink, size_t most, size_t width);

#endif
