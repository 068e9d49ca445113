/* Files that reports read: coordinates, limits of currents. The first byte says which the input is. */
#include "fuzz.h"

static const char grid[] =
    "t\nv1 n1_m2_0_0 0 1\nr1 n1_m1_0_0 n1_m2_0_0 1\nr2 n1_m1_0_0 n1_m1_1_0 1\nr3 n1_m1_1_0 n1_m1_1_1 1\n"
    "r4 n1_m1_1_1 n1_m1_0_1 1\nr5 n1_m1_0_1 n1_m1_0_0 1\ni1 n1_m1_1_1 0 10m\nr6 x y 1\n.op\n";

/* Written, or refused with an error at its place, which no file is left of; checking says the same. */
static void report(opspice *deck, const char *format, const char *file)
{
    const char *const options[] = {format, file, NULL};
    int checked = opspice_write_report(deck, NULL, options);
    size_t said = opspice_diagnostic_count(deck);
    int status = opspice_write_report(deck, "out", options);
    fuzz_require(status == checked && (status == OPSPICE_OK || status == OPSPICE_NETLIST));
    fuzz_require(status == OPSPICE_OK || said > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int status;
    const char *file = fuzz_take(&data, &size) % 2 ? "coordinates=in.csv" : "current-limit=in.csv";
    opspice *deck = fuzz_load(grid, sizeof grid - 1, &status);
    fuzz_require(status == OPSPICE_OK && fuzz_run(deck) == OPSPICE_OK);
    fuzz_write_file("in.csv", data, size);
    report(deck, "format=html", file);
    report(deck, "format=csv", file);
    fuzz_close(deck);
    return 0;
}
