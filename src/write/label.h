/* The names by which ngspice calls vectors. */
#ifndef OPSPICE_LABEL_H
#define OPSPICE_LABEL_H

#include "analysis/result.h"
#include "write/sink.h"

enum { LABEL_PARTS = 8 };

/* A name in parts that follow each other; NULL after the last. */
struct label {
    const char *part[LABEL_PARTS];
};

/* As it heads a column of a .print table: v(a), v(a)-v(k), v1#branch, @r1[i]; a bare name that begins with a digit:
 * V(1). */
struct label label_in_table(const struct vector *vector, const struct circuit *circuit);

/* As a rawfile has it: v(a), i(v1), i(@r1[i]), @r1[p]; *type becomes voltage, current or power. */
struct label label_in_rawfile(const struct vector *vector, const struct circuit *circuit, const char **type);

/* The head of a column: a formula's name, or that of its vector. */
struct label label_of_series(const struct series *series, const struct plot *plot, const struct circuit *circuit);

/* The scale of a plot with axes in a rawfile: v(v-sweep). */
struct label label_of_axis(const struct axis *axis, const char **type);

/* The order of their texts, byte by byte, but that numbers come in theirs, as in ngspice: n2 before n10. */
int label_compare(const struct label *p, const struct label *q);

/* Its text, to be freed. NULL when memory is out. */
char *label_text(const struct label *label);

/* The same in the caller's memory: its bytes without the NUL that ends it, and writing it there. */
size_t label_length(const struct label *label);
void label_write(const struct label *label, char *text);

void label_put(const struct label *label, struct sink *sink);

/* Put its first `most` bytes and blanks up to `width` bytes. */
void label_put_padded(const struct label *label, struct sink *sink, size_t most, size_t width);

#endif
