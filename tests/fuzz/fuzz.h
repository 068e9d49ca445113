/* What the fuzz targets share.
 *
 * A target is a file that defines LLVMFuzzerTestOneInput: any bytes, through opspice.h. `make fuzz` links it with
 * libFuzzer, which invents bytes; `make check` links it with replay.c, which feeds it the files of its folder. A target
 * calls fuzz_require for what must hold whatever the bytes are. */
#ifndef OPSPICE_FUZZ_H
#define OPSPICE_FUZZ_H

#include "opspice.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Before each input: an empty folder is the working directory, where what the target and netlists write
 * goes (it is removed at exit), and processor time is measured: a program that does not come to an end is
 * ended, with its input kept. */
void fuzz_begin(void);

/* After it: no file is left. */
void fuzz_end(void);

/* End the program, so that the input is kept, where this does not hold. */
#define fuzz_require(condition) fuzz_require_that(condition, #condition, __FILE__, __LINE__)
void fuzz_require_that(bool holds, const char *what, const char *file, int line);

/* Bytes with a NUL behind them; free() the data. */
struct fuzz_text {
    char *data;
    size_t size;
};

struct fuzz_text fuzz_copy(const void *data, size_t size);
struct fuzz_text fuzz_read_file(const char *path);
void fuzz_write_file(const char *path, const void *data, size_t size);

/* The next byte of an input, which is taken off; 0 behind its end. */
uint8_t fuzz_take(const uint8_t **data, size_t *size);

/* Begin, and load text as a netlist: the status fits the diagnostics. What it runs is interrupted after a moment. */
opspice *fuzz_load(const char *text, size_t size, int *status);

/* Run it: the status fits the diagnostics, an answer is proved. */
int fuzz_run(opspice *deck);

/* Write it in all formats, and reports of it; a result is always written. */
void fuzz_write_all(opspice *deck);

/* Free it, and end. */
void fuzz_close(opspice *deck);

#endif
